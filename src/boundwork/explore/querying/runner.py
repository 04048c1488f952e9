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
from boundwork.explore.querying.turns import Place, Room, Turns
from boundwork.explore.querying.worker import MERGED
from boundwork.pipeline.inputs import prefixes
from boundwork.stores.answer import Answer, Rows, Solution, Triples, Truth, Value
from boundwork.wording import counted
from boundwork.workers import cores

_JOBS = 2_000
"""Answers after which a worker makes way for a fresh one."""


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
    quick: Room = field(default_factory=lambda: Room(max(2, cores()), 256, 32))
    slow: Room = field(default_factory=lambda: Room(2, 16, 4))


@dataclass(frozen=True)
class Question:
    """A query as it came: its text, what the answer is to look like, on which reading and graphs, and who asks.

    `default` and `named` are the graphs of the protocol's dataset (None: as the store has them). `cut` leaves out the rows beyond `rows`
    where otherwise the query is refused.
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


class QueryRunner:
    """Answers questions on the stores that a source names, in warm worker processes.

    It belongs to the event loop that first used it. Every query starts in the quick lane; one that takes longer than a slice goes on in
    the slow lane behind everybody else, or waits for a place there, so that long queries do not keep short ones waiting.
    """

    def __init__(self, source: Source, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._source = source
        self._prefixes = prefixes()
        self._turns = Turns({"quick": self.limits.quick, "slow": self.limits.slow})
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stores: Stores | None = None
        self._asked = 0.0
        self._refreshing: asyncio.Task[Stores] | None = None
        self._idle: list[Child] = []
        self._alive: set[Child] = set()
        self._later: set[asyncio.Task[None]] = set()
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
        for task in self._later:
            task.cancel()
        children = list(self._alive)
        for child in children:
            child.kill("The server is stopping.")
        await asyncio.gather(*(child.gone() for child in children))

    async def stores(self) -> Stores:
        """Return the current stores; the source is asked twice a second at most."""
        if self._stores is None or time.monotonic() - self._asked > 0.5:
            if self._refreshing is None or self._refreshing.done():
                self._refreshing = asyncio.create_task(asyncio.to_thread(self._source))
            found = await asyncio.shield(self._refreshing)
            self._asked = time.monotonic()
            if self._stores is not None and found.name != self._stores.name:
                self._turns.forget()
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
        key = f"{folder}\n{question.default}\n{question.named}\n{question.text}"
        cost = self._turns.cost(key)
        if cost is None or cost <= self.limits.slice:
            place = await self._turns.take("quick", question.client, 1 if cost is None else 0, self.limits.seconds)
            result = await self._work(folder, job, place, key)
            if result is not None:
                return result
        place = await self._turns.take("slow", question.client, 0, self.limits.seconds)
        result = await self._work(folder, job, place, key)
        assert result is not None  # only the quick lane sends away
        return result

    def answer(self, text: str, *, reading: str | None = None, rows: int | None = None, cut: bool = False, client: str = "") -> Answer:
        """Answer a query from another thread than the event loop's, as terms; rows and triples come from what is already here. Errors: as run."""
        if self._loop is None:
            raise UsageError("The query runner has not been started.")
        everything = Wanted(*(Choice(f, "") for f in ("srj", "srj", "nt")))
        question = Question(text, everything, reading, client=client, rows=rows, cut=cut)
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
        child: Child | None = None
        asked: asyncio.Task[Result] | None = None
        start = time.monotonic()
        try:
            child = await self._take(folder)
            asked = asyncio.create_task(child.ask(job))
            start = time.monotonic()
            if place.lane == "quick" and not await self._in_slice(child, asked, start):
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
            return asked.result()
        finally:
            self._turns.give_back(place)
            if child is not None and asked is not None:
                done = asked.done() and not asked.cancelled() and asked.exception() is None
                cost = asked.result().cpu if done else time.monotonic() - start
                self._turns.note(place.client, key, cost)
                if not asked.done():
                    child.kill()
                    await asyncio.wait({asked})
                    asked.exception()
                self._give_back(child, place.lane == "slow" or cost > self.limits.slice)

    async def _in_slice(self, child: Child, asked: asyncio.Task[Result], start: float) -> bool:
        """Whether a query is answered within its slice of processor time (of wall time, where the system does not tell the other)."""
        used = child.cpu()
        while True:
            some = self.limits.crowded if self._turns.crowded("quick") else self.limits.slice
            await asyncio.wait({asked}, timeout=some)
            if asked.done():
                return True
            now = child.cpu()
            if now is None or used is None or now - used >= some or time.monotonic() - start > 20 * some:
                return False

    async def _take(self, folder: Path) -> Child:
        """Return an idle worker on a store, or a new one, and see to it that the next one is ready."""
        if self._stopped:
            raise Refused("stopped", "The server is stopping.")
        ready = [c for c in self._idle if c.folder == folder and c.alive]
        child = ready[0] if ready else None
        if child is not None:
            self._idle.remove(child)
        else:
            child = await self._new(folder)
        if len(ready) < 2:
            self._soon(self._warm(folder))
        return child

    async def _new(self, folder: Path) -> Child:
        child = await Child.start(folder, self.limits.memory, self._prefixes)
        self._alive.add(child)
        return child

    async def _warm(self, folder: Path) -> None:
        """Have as many idle workers as there are quick places."""
        self._idle = [c for c in self._idle if c.alive]
        missing = self.limits.quick.places - sum(c.folder == folder for c in self._idle)
        for child in await asyncio.gather(*(self._new(folder) for _ in range(missing))):
            self._idle.append(child)

    def _give_back(self, child: Child, used_up: bool) -> None:
        current = self._stores is not None and child.folder in self._stores.folders.values()
        if child.alive and current and not used_up and child.jobs < _JOBS and not self._stopped and len(self._idle) < 4 * self.limits.quick.places:
            self._idle.append(child)
        else:
            self._discard(child)

    def _discard(self, child: Child) -> None:
        if child in self._idle:
            self._idle.remove(child)
        child.kill()
        self._soon(self._bury(child))

    async def _bury(self, child: Child) -> None:
        await child.gone()
        self._alive.discard(child)

    def _soon(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)


def _solutions(variables: list[str], bindings: list[dict[str, Any]]) -> Iterator[Solution]:
    def value(found: dict[str, str] | None) -> Value | None:
        if found is None:
            return None
        kind = "iri" if found["type"] == "uri" else found["type"]
        return Value(kind, found["value"], found.get("datatype", ""), found.get("xml:lang", ""))

    for binding in bindings:
        yield tuple(value(binding.get(v)) for v in variables)
