"""The runner and its parts without HTTP: turns, formats, limits, new builds, and what is left behind: nothing."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import shutil
import signal
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.errors import InputError, UsageError
from boundwork.explore.querying import Limits, QueryRunner, Question, Refused, Room, Stores, StudyStores, wanted
from boundwork.explore.querying.formats import accepted, weight_of
from boundwork.explore.querying.turns import Place, Turns
from boundwork.explore.querying.writing import table_chunks
from boundwork.pipeline.builds import Build
from boundwork.stores.answer import Rows, Solution, Triples, Truth, Value
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


# ----- formats


def test_weights_of_media_types() -> None:
    ranges = accepted("text/*;q=0.3, text/csv;q=0.7, text/csv;header=present, */*;q=0.5, bad, a/b;q=2, c/d;q=x, e/f;Q=0.2")
    assert [(m, weight_of(m, ranges)) for m in ("text/csv", "text/plain", "image/png", "a/b", "c/d", "e/f")] == [
        ("text/csv", 1.0), ("text/plain", 0.3), ("image/png", 0.5), ("a/b", 1.0), ("c/d", 0.0), ("e/f", 0.2)]


SR = "{http://www.w3.org/2005/sparql-results#}"
NOT_IN_XML = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=NOT_IN_XML), max_size=20)
TERMS = st.one_of(
    st.none(),
    TEXTS.map(lambda t: Value("literal", t)),
    st.tuples(TEXTS, st.sampled_from(["en", "de-at"])).map(lambda p: Value("literal", p[0], "", p[1])),
    st.integers().map(lambda n: Value("literal", str(n), "http://www.w3.org/2001/XMLSchema#integer")),
    st.tuples(TEXTS, st.sampled_from(["date", "boolean", "decimal", "integer", "double"])).map(
        lambda p: Value("literal", p[0], f"http://www.w3.org/2001/XMLSchema#{p[1]}")),
    st.text("abcé/?&='", max_size=10).map(lambda t: Value("iri", f"http://example.org/{t}")),
    st.text("abc0", min_size=1, max_size=6).map(lambda t: Value("bnode", f"b{t}")),
)


def as_engine(value: Value | None) -> object:
    if value is None:
        return None
    if value.kind == "iri":
        return ox.NamedNode(value.text)
    if value.kind == "bnode":
        return ox.BlankNode(value.text)
    if value.lang:
        return ox.Literal(value.text, language=value.lang)
    return ox.Literal(value.text, datatype=ox.NamedNode(value.datatype)) if value.datatype else ox.Literal(value.text)


def from_xml(result: ET.Element, name: str) -> Value | None:
    """A binding of the W3C's XML, read by Python's own parser: pyoxigraph's leaves out spaces at the ends of a literal."""
    node = result.find(f"{SR}binding[@name='{name}']/*")
    if node is None:
        return None
    kind = {"uri": "iri"}.get(node.tag.removeprefix(SR), node.tag.removeprefix(SR))
    return Value(kind, node.text or "", node.get("datatype", ""), node.get("{http://www.w3.org/XML/1998/namespace}lang", ""))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TERMS, TERMS), max_size=6))
def test_written_tables_are_read_back_as_they_were(rows: list[Solution]) -> None:
    def written(form: str) -> bytes:
        return b"".join(table_chunks(Rows(["a", "b"], iter(rows)), form))

    wanted_rows = [[as_engine(v) for v in row] for row in rows]
    for form, engine in (("srj", ox.QueryResultsFormat.JSON), ("tsv", ox.QueryResultsFormat.TSV)):
        read = ox.parse_query_results(written(form), format=engine)
        assert isinstance(read, ox.QuerySolutions)
        assert [[row["a"], row["b"]] for row in read] == wanted_rows, form
    assert [[from_xml(result, name) for name in ("a", "b")] for result in ET.fromstring(written("srx")).iter(f"{SR}result")] == [list(r) for r in rows]
    plain = [["" if v is None else f"_:{v.text}" if v.kind == "bnode" else v.text for v in row] for row in rows]
    assert list(csv.reader(io.StringIO(written("csv").decode(), newline=""))) == [["a", "b"], *plain]


def test_many_rows_are_written_in_pieces_that_join() -> None:
    rows = [(Value("literal", str(n)),) for n in range(1234)]
    data = b"".join(table_chunks(Rows(["n"], iter(rows)), "srj"))
    assert [b["n"]["value"] for b in json.loads(data)["results"]["bindings"]] == [str(n) for n in range(1234)]
    pieces = list(table_chunks(Rows(["n"], iter(rows)), "csv"))
    assert [p.count(b"\r\n") for p in pieces] == [1, 500, 500, 234]


def test_a_statement_about_a_statement_is_refused() -> None:
    with pytest.raises(Refused, match="statement about a statement"):
        list(table_chunks(Rows(["t"], iter([(Value("triple", "<< a b c >>"),)])), "srj"))


# ----- turns


def test_places_go_to_those_who_have_least_at_work_then_to_those_who_used_least() -> None:
    async def inside() -> list[str]:
        turns = Turns({"quick": Room(2, 10, 10)})
        turns.note("greedy", "g", 5.0)
        order: list[str] = []

        async def one(client: str) -> None:
            place = await turns.take("quick", client, 5)
            order.append(client)
            await asyncio.sleep(0)
            turns.give_back(place)

        first, long = await turns.take("quick", "first", 5), await turns.take("quick", "busy", 5)
        waiting = [asyncio.create_task(one(w)) for w in ("busy", "greedy", "new", "other", "new")]
        await asyncio.sleep(0)
        turns.give_back(first)
        await asyncio.gather(*waiting)
        turns.give_back(long)
        assert turns.take_now("quick", "first") == Place("quick", "first")
        return order

    assert asyncio.run(inside()) == ["new", "other", "new", "greedy", "busy"]


def test_what_questions_cost_is_known_by_themselves_and_by_their_shape() -> None:
    turns = Turns({"quick": Room(1, 1, 1)})
    turns.note("a", "SELECT * { ?s ?p 1 } # 1", 3.0)
    turns.note("a", "SELECT * { ?s ?p 2 }", 0.1)
    asked = ("SELECT * { ?s ?p 1 } # 1", "SELECT * { ?s ?p 2 }", "SELECT * { ?s ?p 33 }", "SELECT * { ?s ?q 1 }")
    assert [turns.cost(q) for q in asked] == [3.0, 0.1, 0.1, None]
    start = time.monotonic()
    for text_ in ('\\"' * 400_000, "'" * 700_001, "<" * 700_000, "#" * 900_000):
        turns.note("a", text_, 1.0)
    assert time.monotonic() - start < 1 + slack()
    assert 3.0 < turns.used("a") < 7.2


def test_too_many_who_wait_are_told_to_come_back() -> None:
    async def inside() -> None:
        turns = Turns({"quick": Room(1, 2, 2), "slow": Room(1, 1, 1)})
        place = await turns.take("quick", "a", 5)
        waiting = asyncio.create_task(turns.take("quick", "a", 5))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as mine:  # one at work and one waiting are all that a client may have
            await turns.take("quick", "a", 5)
        other = asyncio.create_task(turns.take("quick", "b", 5))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as full:
            await turns.take("quick", "c", 5)
        assert [(e.value.kind, e.value.retry_after > 0) for e in (mine, full)] == [("busy", True), ("busy", True)]
        other.cancel()
        with pytest.raises(Refused):
            await asyncio.gather(turns.take("quick", "c", 0.01))
        turns.give_back(place)
        assert await waiting == Place("quick", "a")
        turns.give_back(Place("quick", "a"))
        assert turns.take_now("quick", "d") is not None
        assert turns.take_now("quick", "e") is None

    asyncio.run(inside())


# ----- the runner


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
