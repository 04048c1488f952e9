"""Questions from outside, answered by processes that can be killed, within limits and in fair turns."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boundwork.errors import UsageError
from boundwork.explore.querying.child import Child, Result
from boundwork.explore.querying.formats import Choice, Wanted, wanted
from boundwork.explore.querying.refusals import Refused
from boundwork.explore.querying.sources import Source, Stores
from boundwork.explore.querying.turns import Lane, Place, Room, Turns
from boundwork.explore.querying.worker import MERGED
from boundwork.pipeline.inputs import prefixes
from boundwork.stores.answer import Answer, Rows, Solution, Triples, Truth, Value
from boundwork.wording import counted
from boundwork.workers import cores

_JOBS = 2_000
"""Answers after which a worker makes way for a fresh one."""


_PATIENCE = 15.0
"""Seconds that a query may wait for a place, at least."""


@dataclass(frozen=True)
class Limits:
    """What one query may take, and how many may run and wait.

    `seconds` of wall time from its start; `rows` of a table or graph; `size` of the answer in bytes; `memory` in bytes beyond what an
    idle worker has. `slice` is the processor time after which a query counts as slow, `crowded` the same when others wait.
    """

    seconds: float = 30.0
    rows: int = 100_000
    size: int = 50_000_000
    memory: int = 768 << 20
    slice: float = 0.25
    crowded: float = 0.05
    known: Room = field(default_factory=lambda: Room(max(2, cores()), 256, 32))
    quick: Room = field(default_factory=lambda: Room(max(2, cores()), 256, 32))
    slow: Room = field(default_factory=lambda: Room(2, 16, 4))


@dataclass(frozen=True)
class Question:
    """A query as it came: its text, what the answer is to look like, on which reading and graphs, and who asks.

    `default` and `named` are the graphs of the protocol's dataset (None: as the store has them). `cut` leaves out the rows beyond `rows`
    where otherwise the query is refused. `own` is a question of the house, such as a stored one: it need not show that it is quick.
    """

    text: str
    wanted: Wanted = field(default_factory=lambda: wanted(None))
    reading: str | None = None
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    base: str | None = None
    client: str = ""
    rows: int | None = None
    cut: bool = False
    own: bool = False


class QueryRunner:
    """Answers questions on the stores that a source names, in warm worker processes.

    It belongs to the event loop that first used it. A query not seen before starts in the quick lane; one that takes longer than a slice
    goes on in the slow lane, or waits for a place there and begins again. Questions known to be quick have places and a worker of their
    own, so that neither long queries nor a crowd of new ones keep them waiting.
    """

    def __init__(self, source: Source, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._source = source
        self._prefixes = prefixes()
        self._turns = Turns({"known": self.limits.known, "quick": self.limits.quick, "slow": self.limits.slow})
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stores: Stores | None = None
        self._asked = 0.0
        self._refreshing: asyncio.Task[Stores] | None = None
        self._idle: list[Child] = []
        self._alive: set[Child] = set()
        self._later: set[asyncio.Task[None]] = set()
        self._warming = False
        self._stopped = False

    async def start(self) -> Stores:
        """Find the stores, building them where needed, and have workers ready. Errors: those of the build."""
        self._loop = asyncio.get_running_loop()
        stores = await self.stores()
        await self._warm(stores.folder(None))
        return stores

    async def stop(self) -> None:
        """Kill every worker; queries that run are refused."""
        self._stopped = True
        while self._alive or self._later:
            for child in list(self._alive):
                self._discard(child, "The server is stopping.")
            await asyncio.gather(*self._later, return_exceptions=True)

    async def stores(self) -> Stores:
        """Return the current stores; the source is asked twice a second at most."""
        if self._stores is None or time.monotonic() - self._asked > 0.5:
            if self._refreshing is None or self._refreshing.done():
                self._refreshing = asyncio.create_task(asyncio.to_thread(self._source))
            found = await asyncio.shield(self._refreshing)
            self._asked = time.monotonic()
            if self._stores is not None and found.name != self._stores.name:
                for child in [c for c in self._idle if c.folder not in found.folders.values()]:
                    self._discard(child)
            self._stores = found
        return self._stores

    async def run(self, question: Question) -> Result:
        """Return the answer, written in the format that the client likes best; its body is to be read and closed.

        Errors: Refused, and those of the source at its first call.
        """
        self._loop = asyncio.get_running_loop()
        stores = await self.stores()
        folder = stores.folder(question.reading)
        job = self._job(question, stores)
        key = f"{question.reading}\n{question.default}\n{question.named}\n{question.text}"
        cost = self._turns.cost(key)
        if cost is None and question.own:
            cost = 0.0
        patience = max(self.limits.seconds, _PATIENCE)
        if cost is None or cost <= self.limits.slice:
            place = await self._turns.take("quick" if cost is None else "known", question.client, patience)
            learnt = self._turns.cost(key) if cost is None else cost  # from those of its shape that went before it
            if learnt is not None and learnt > self.limits.slice:
                self._turns.give_back(place)
            elif (result := await self._work(folder, job, place, key)) is not None:
                return result
        place = await self._turns.take("slow", question.client, patience)
        result = await self._work(folder, job, place, key)
        assert result is not None  # only the quick lane sends away
        return result

    async def sizes(self, reading: str | None = None) -> dict[str, int]:
        """Return the named graphs of a reading's store and the number of their triples. Errors: as run."""
        result = await self.run(Question("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", wanted(None, "srj"), reading, own=True))
        with result.body as body:
            return {row["g"]["value"]: int(row["n"]["value"]) for row in json.loads(body.read())["results"]["bindings"]}

    def answer(self, text: str, *, reading: str | None = None, rows: int | None = None, cut: bool = False, client: str = "", own: bool = False) -> Answer:
        """Answer a query from another thread than the event loop's, as terms; rows and triples come from what is already here. Errors: as run."""
        if self._loop is None:
            raise UsageError("The query runner has not been started.")
        if asyncio._get_running_loop() is self._loop:
            raise UsageError("QueryRunner.answer would wait for its own event loop.", "Await QueryRunner.run there.")
        everything = Wanted(*(Choice(f, "") for f in ("srj", "srj", "nt")))
        question = Question(text, everything, reading, client=client, rows=rows, cut=cut, own=own)
        result = asyncio.run_coroutine_threadsafe(self.run(question), self._loop).result()
        with result.body as body:
            data = body.read()
        if result.kind == "graph":
            return Triples(iter(data.decode().splitlines()))
        tree = json.loads(data)
        if result.kind == "truth":
            return Truth(tree["boolean"])
        return Rows(result.variables, _solutions(result.variables, tree["results"]["bindings"]))

    def _job(self, question: Question, stores: Stores) -> dict[str, Any]:
        merged = sorted(stores.merged)
        for graph in (*(question.default or ()), *(question.named or ())):
            if graph in stores.merged:
                raise Refused("forbidden", f"The graph <{graph}> is not kept by itself here.", MERGED)
        takes = question.wanted
        return {
            "text": question.text, "table": takes.table, "truth": takes.truth, "graph": takes.graph, "base": question.base, "merged": merged,
            "default": question.default, "named": question.named, "cut": question.cut, "seconds": self.limits.seconds, "bytes": self.limits.size,
            "rows": self.limits.rows if question.rows is None else min(question.rows, self.limits.rows),
        }

    async def _work(self, folder: Path, job: dict[str, Any], place: Place, key: str) -> Result | None:
        """Answer on a place, which is given back. A query that outlasts its slice in the quick lane goes on in the slow lane if that has a
        place at once; else None: it has to wait for one and begin again.
        """
        try:
            child = await self._take(folder, 0 if place.lane == "known" else 1)
        except BaseException:
            self._turns.give_back(place)
            raise
        asked = asyncio.create_task(child.ask(job))
        start, spent = time.monotonic(), child.spent
        answered = False
        try:
            if place.lane != "slow" and not await self._in_slice(child, asked, start, place.lane):
                slow = self._turns.take_now("slow", place.client)
                if slow is None:
                    return None
                self._turns.give_back(place)
                place = slow
            if place.lane == "slow":
                child.step_back()
            await asyncio.wait({asked}, timeout=max(0.0, start + self.limits.seconds - time.monotonic()))
            if not asked.done():
                child.kill()
                raise Refused("time", f"The query ran longer than {counted(self.limits.seconds, 'second')} and was stopped.", "Make it narrower.")
            result = asked.result()
            answered = True
            return result
        finally:
            self._turns.give_back(place)
            if not asked.done():
                child.kill()
            if not answered:
                self._soon(_ended(asked))  # not waited for: a process takes its time to end on a busy machine
            # who killed a worker counts as slow, however fast that was
            cost = child.spent - spent if child.alive else max(time.monotonic() - start, 2 * self.limits.slice)
            self._turns.note(place.client, key, cost)
            self._give_back(child, place.lane == "slow" or cost > self.limits.slice)

    async def _in_slice(self, child: Child, asked: asyncio.Task[Result], start: float, lane: Lane) -> bool:
        """Whether a query is answered within its slice of processor time (of wall time, where the system does not tell the other)."""
        used = child.spent
        while True:
            some = self.limits.crowded if self._turns.crowded(lane) else self.limits.slice
            await asyncio.wait({asked}, timeout=some)
            if asked.done():
                return True
            now = child.cpu()
            if now is None or now - used >= some or time.monotonic() - start > 20 * some:
                return False

    async def _take(self, folder: Path, left: int = 0) -> Child:
        """Return an idle worker on a store, but not one of the last that are left to others; or a new one. And see to it that more are ready."""
        if self._stopped:
            raise Refused("stopped", "The server is stopping.")
        for dead in [c for c in self._idle if not c.alive]:
            self._discard(dead)
        ready = [c for c in self._idle if c.folder == folder]
        child = ready[0] if len(ready) > left else None
        if child is not None:
            self._idle.remove(child)
        else:
            child = await self._new(folder)
        if len(ready) <= left + 1 and not self._warming:
            self._warming = True
            self._soon(self._warm(folder))
        return child

    async def _new(self, folder: Path) -> Child:
        child = await Child.start(folder, self.limits.memory, self._prefixes)
        self._alive.add(child)
        return child

    async def _warm(self, folder: Path) -> None:
        """Have as many idle workers as there are quick places, and one more."""
        try:
            while not self._stopped and sum(c.folder == folder and c.alive for c in self._idle) < self.limits.quick.places + 1:
                self._idle.append(await self._new(folder))
        except Refused:
            pass  # the next question on that store says why
        finally:
            self._warming = False

    def _give_back(self, child: Child, used_up: bool) -> None:
        current = self._stores is not None and child.folder in self._stores.folders.values()
        if child.alive and current and not used_up and child.jobs < _JOBS and not self._stopped and len(self._idle) < 4 * self.limits.quick.places:
            self._idle.append(child)
        else:
            self._discard(child)

    def _discard(self, child: Child, why: str = "The query was stopped.") -> None:
        """Kill a worker, and wait for its end in the background."""
        if child in self._idle:
            self._idle.remove(child)
        child.kill(why)
        if child in self._alive:
            self._alive.discard(child)
            self._soon(child.gone())

    def _soon(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)


async def _ended(asked: asyncio.Task[Result]) -> None:
    """Wait for an answer that nobody wants any more."""
    await asyncio.wait({asked})
    if asked.exception() is None:
        asked.result().body.close()


def _solutions(variables: list[str], bindings: list[dict[str, Any]]) -> Iterator[Solution]:
    def value(found: dict[str, str] | None) -> Value | None:
        if found is None:
            return None
        kind = "iri" if found["type"] == "uri" else found["type"]
        return Value(kind, found["value"], found.get("datatype", ""), found.get("xml:lang", ""))

    for binding in bindings:
        yield tuple(value(binding.get(v)) for v in variables)
