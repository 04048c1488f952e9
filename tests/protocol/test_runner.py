"""The runner without HTTP: limits, lanes, new builds, and what is left behind: nothing."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from boundwork.errors import InputError, UsageError
from boundwork.explore.querying import Limits, QueryRunner, Question, Refused, Room, Stores, StudyStores, wanted
from boundwork.pipeline.builds import Build
from boundwork.stores.answer import Rows, Triples, Truth, Value
from boundwork.stores.local import LocalStore
from protocol.asking import slack
from protocol.bombs import BOMBS
from small_study import edit_rows, write_small

T = TypeVar("T")
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def folder(builds: dict[str, Build]) -> Path:
    return builds["regulating-public-services"].store("reading-1")


def running(source: Callable[[], Stores], work: Callable[[QueryRunner], Awaitable[T]], **limits: Any) -> T:
    """Do something with a runner, and stop it."""
    async def inside() -> T:
        runner = QueryRunner(source, Limits(**limits))
        await runner.start()
        try:
            return await work(runner)
        finally:
            await runner.stop()
            assert not runner._alive

    return asyncio.run(inside())


async def text(runner: QueryRunner, query: str, form: str = "csv", **more: Any) -> str:
    result = await runner.run(Question(query, wanted(None, form), **more))
    with result.body as body:
        return body.read().decode()


def at(folder: Path) -> Callable[[], Stores]:
    return lambda: Stores("one", {"one": folder}, "one")


def test_answers_of_all_kinds_from_another_thread(folder: Path) -> None:
    async def work(runner: QueryRunner) -> list[Any]:
        def asking() -> list[Any]:
            rows = runner.answer("SELECT ?t ?l { VALUES ?t { bw:Coding } ?t rdfs:label ?l }")
            truth, triples = runner.answer("ASK { ?s a bw:Coding }"), runner.answer("DESCRIBE bw:Coding")
            assert isinstance(rows, Rows)
            assert isinstance(truth, Truth)
            assert isinstance(triples, Triples)
            return [rows.variables, list(rows.rows), truth.value, sorted(triples.lines)]

        return await asyncio.to_thread(asking)

    store = LocalStore.open(folder)
    name = "https://w3id.org/boundwork/ontology#Coding"
    label = store.select(f"SELECT ?l {{ <{name}> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}")[0][0]
    described = sorted(store.construct(f"DESCRIBE <{name}>"))
    assert running(at(folder), work) == [["t", "l"], [(Value("iri", name), label)], True, described]
    with pytest.raises(UsageError, match="not been started"):
        QueryRunner(at(folder)).answer("ASK {}")


def test_rows_are_cut_off_only_where_that_is_wanted(folder: Path) -> None:
    async def work(runner: QueryRunner) -> None:
        query = "SELECT ?s { ?s ?p ?o } LIMIT 10"
        cut = await runner.run(Question(query, rows=4, cut=True))
        whole = await runner.run(Question(query, rows=10, cut=True))
        assert [(r.rows, r.cut, len(json.loads(r.body.read())["results"]["bindings"])) for r in (cut, whole)] == [(4, True, 4), (10, False, 10)]
        cut.body.close()
        whole.body.close()
        with pytest.raises(Refused) as caught:
            await runner.run(Question(query, rows=4))
        assert caught.value.kind == "size"
        with pytest.raises(Refused):
            await runner.run(Question("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 10", wanted(None, "nt"), rows=4))

    running(at(folder), work)


def test_an_answer_that_is_too_large_is_refused(folder: Path) -> None:
    async def work(runner: QueryRunner) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for query, form in (("SELECT * { ?s ?p ?o } LIMIT 20000", "csv"), ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 20000", "nt")):
            with pytest.raises(Refused) as caught:
                await runner.run(Question(query, wanted(None, form)))
            found.append((caught.value.kind, caught.value.message))
        assert (await text(runner, "SELECT (1 AS ?x) {}")).split() == ["x", "1"]
        return found

    assert running(at(folder), work, size=1_000_000) == [("size", "The answer is larger than the 1 MB that are given at once.")] * 2


def test_memory_is_limited_and_the_answer_says_so(folder: Path) -> None:
    async def work(runner: QueryRunner) -> None:
        with pytest.raises(Refused, match="memory") as caught:
            await runner.run(Question(BOMBS["doubling text"]))
        assert caught.value.kind == "memory"
        assert (await text(runner, "SELECT (1 AS ?x) {}")).split() == ["x", "1"]

    running(at(folder), work, memory=40 << 20, seconds=120.0)


def test_a_query_that_ends_its_worker_is_a_clear_refusal(folder: Path) -> None:
    async def work(runner: QueryRunner) -> None:
        asked = asyncio.create_task(runner.run(Question(HEAVY)))
        await asyncio.sleep(0.3)
        for child in runner._alive - set(runner._idle):
            os.kill(child.pid, signal.SIGSEGV)
        with pytest.raises(Refused, match=r"engine stop \(status -11\)") as caught:
            await asked
        assert caught.value.kind == "stopped"

    running(at(folder), work)


def test_workers_are_used_again_and_replaced_after_a_heavy_query(folder: Path) -> None:
    async def work(runner: QueryRunner) -> None:
        before = {c.pid for c in runner._alive}
        for _ in range(20):
            assert await text(runner, "SELECT (1 AS ?x) {}") == "x\r\n1\r\n"
        assert {c.pid for c in runner._alive} == before
        with pytest.raises(Refused) as caught:
            await runner.run(Question(HEAVY))
        assert (caught.value.kind, "1 second" in str(caught.value)) == ("time", True)
        start = time.monotonic()
        assert await text(runner, "SELECT (1 AS ?x) {}") == "x\r\n1\r\n"
        assert time.monotonic() - start < 2

    running(at(folder), work, seconds=1.0)


def test_long_queries_wait_in_a_lane_of_their_own(folder: Path) -> None:
    """Two run and two wait, all others are sent away, and small questions go on."""
    async def work(runner: QueryRunner) -> tuple[list[str], float]:
        async def heavy(number: int) -> str:
            try:
                await runner.run(Question(f"{HEAVY} # {number}", client=f"greedy {number}"))
            except Refused as error:
                return error.kind
            raise AssertionError("it cannot have been answered")

        greedy = [asyncio.create_task(heavy(n)) for n in range(12)]
        slowest = 0.0
        while not all(g.done() for g in greedy):
            start = time.monotonic()
            assert await text(runner, "ASK { ?s ?p ?o }", "json", client="small") == '{"head":{},"boolean":true}'
            slowest = max(slowest, time.monotonic() - start)
            await asyncio.sleep(0.05)
        return sorted(g.result() for g in greedy), slowest

    kinds, slowest = running(at(folder), work, seconds=1.5, slow=Room(2, 2, 2))
    assert kinds.count("time") >= 2
    assert kinds.count("busy") >= 4
    assert set(kinds) == {"time", "busy"}
    assert slowest < 1 + slack()


def test_a_question_that_is_given_up_leaves_nobody_at_work(folder: Path) -> None:
    async def work(runner: QueryRunner) -> None:
        task = asyncio.create_task(runner.run(Question(HEAVY)))
        await asyncio.sleep(0.6)
        busy = {c.pid for c in runner._alive} - {c.pid for c in runner._idle}
        assert busy
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(200):
            if not busy & running_processes(busy):
                break
            await asyncio.sleep(0.02)
        assert not busy & running_processes(busy)
        assert runner._turns.take_now("slow", "x") is not None
        assert runner._turns.take_now("slow", "y") is not None

    running(at(folder), work)


def test_a_store_that_cannot_be_opened_is_a_clear_refusal(tmp_path: Path) -> None:
    async def work() -> None:
        runner = QueryRunner(at(tmp_path / "nothing"))
        try:
            with pytest.raises(Refused, match="cannot be opened"):
                await runner.run(Question("ASK {}"))
        finally:
            await runner.stop()

    asyncio.run(work())


def running_processes(those: set[int]) -> set[int]:
    def runs(process: int) -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        return True

    return {p for p in those if runs(p)}


# ----- new builds


def test_edited_tables_are_seen_and_broken_ones_keep_the_answers_as_they_were(tmp_path: Path, scratch: Path) -> None:
    study = write_small(scratch / "small")
    stores = StudyStores(study, scratch / "cache")
    count = "SELECT (COUNT(?c) AS ?n) { ?c a bw:Council }"

    async def work(runner: QueryRunner) -> None:
        async def until(wanted_text: str) -> None:
            for _ in range(600):
                if await text(runner, count) == wanted_text:
                    return
                await asyncio.sleep(0.1)
            raise AssertionError(f"{await text(runner, count)!r} instead of {wanted_text!r}; {stores.trouble}")

        assert await text(runner, count) == "n\r\n4\r\n"
        first = (await runner.stores()).name
        edit_rows(study / "councils.csv", lambda rows: rows.append({"id": "elm", "label": "Elm", "type": "unitary"}))
        await until("n\r\n5\r\n")
        assert (await runner.stores()).name != first
        edit_rows(study / "councils.csv", lambda rows: rows.append({"id": "elm", "label": "Elm", "type": "no such type"}))
        for _ in range(600):
            assert await text(runner, count) == "n\r\n5\r\n"
            if stores.trouble:
                break
            await asyncio.sleep(0.1)
        assert isinstance(stores.trouble, InputError)
        assert "councils.csv" in stores.trouble.message
        edit_rows(study / "councils.csv", lambda rows: rows.pop())
        await until("n\r\n5\r\n")
        for _ in range(100):
            if stores.trouble is None:
                break
            await runner.stores()
            await asyncio.sleep(0.1)
        assert stores.trouble is None

    running(stores, work)
    assert threading.active_count() < 20


def test_a_query_that_runs_ends_on_the_build_it_began_with(scratch: Path) -> None:
    folders = []
    for number in (1, 2):
        store = LocalStore.create(scratch / str(number))
        store.load("".join(f'<http://e/{n}> <http://e/p> "{number}" .\n' for n in range(5000)).encode())
        store.finish()
        store.close()
        folders.append(scratch / str(number))
    current = [folders[0]]
    values = Question("SELECT (SAMPLE(?o) AS ?v) (COUNT(*) AS ?n) { ?s ?p ?o }", wanted(None, "csv"))

    async def work(runner: QueryRunner) -> None:
        child = await runner._take(folders[0])  # a query that is about to run
        current[0] = folders[1]
        shutil.rmtree(folders[0])
        for _ in range(100):
            if await text(runner, values.text) == "v,n\r\n2,5000\r\n":
                break
            await asyncio.sleep(0.1)
        else:
            raise AssertionError("the new store was never seen")
        result = await child.ask(runner._job(values, await runner.stores()))
        with result.body as body:
            assert body.read() == b"v,n\r\n1,5000\r\n"
        runner._give_back(child, False)
        assert not child.alive
        assert {c.folder for c in runner._alive} == {folders[1]}

    running(lambda: Stores(str(current[0]), {"one": current[0]}, "one"), work)
