"""Whose turn it is: lanes of places, a fair queue before each, and a memory of what questions cost. Runs nothing itself."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from boundwork.explore.querying.refusals import Refused

HALF_LIFE = 20.0
"""Seconds after which half of what a client used is forgotten."""
_MOST_KNOWN = 5_000
Lane = Literal["known", "quick", "slow"]
_T = TypeVar("_T")


@dataclass
class Place:
    """A place in a lane, held by one client until it is given back."""

    lane: Lane
    client: str


@dataclass(eq=False)
class _Waiting:
    client: str
    number: int
    called: asyncio.Future[None]


@dataclass(frozen=True)
class Room:
    """How many places a lane has, how many may wait for one, and how many of both one client may take."""

    places: int
    waiting: int
    per_client: int


@dataclass
class Turns:
    """Places in the lanes: for questions known to be quick, for those not seen before, and for slow ones.

    Of those who wait for a place, who has least at work goes first, then who used least of late, then who came first.
    """

    rooms: dict[Lane, Room]
    _free: dict[Lane, int] = field(init=False)
    _queues: dict[Lane, list[_Waiting]] = field(init=False)
    _used: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, init=False)
    _costs: OrderedDict[str, float] = field(default_factory=OrderedDict, init=False)
    _at_work: dict[tuple[Lane, str], int] = field(default_factory=dict, init=False)
    _number: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._free = {lane: room.places for lane, room in self.rooms.items()}
        self._queues = {lane: [] for lane in self.rooms}

    async def take(self, lane: Lane, client: str, patience: float) -> Place:
        """Return a place as soon as it is this client's turn. Errors: Refused (busy) when too many wait or it takes too long."""
        queue = self._queues[lane]
        mine = sum(w.client == client for w in queue) + self._at_work.get((lane, client), 0)
        if len(queue) >= self.rooms[lane].waiting or mine >= self.rooms[lane].per_client:
            raise self.busy(lane)
        self._number += 1
        waiting = _Waiting(client, self._number, asyncio.get_running_loop().create_future())
        queue.append(waiting)
        self._call(lane)
        try:
            async with asyncio.timeout(patience):
                await waiting.called
        except BaseException as error:
            if waiting in queue:
                queue.remove(waiting)
            else:  # called in the very moment of giving up
                self.give_back(Place(lane, client))
            if isinstance(error, TimeoutError):
                raise self.busy(lane) from None
            raise
        return Place(lane, client)

    def take_now(self, lane: Lane, client: str) -> Place | None:
        """Return a place if one is free and nobody waits for it."""
        if self._free[lane] and not self._queues[lane]:
            self._hold(lane, client)
            return Place(lane, client)
        return None

    def give_back(self, place: Place) -> None:
        """Let the next one have it."""
        self._free[place.lane] += 1
        key = place.lane, place.client
        self._at_work[key] -= 1
        if not self._at_work[key]:
            del self._at_work[key]
        self._call(place.lane)

    def busy(self, lane: Lane) -> Refused:
        """Return the refusal of those who find no place."""
        if lane == "slow":
            return Refused("busy", "Too many long queries are running or waiting.", "Try again later, or make the query narrower.", 10)
        return Refused("busy", "Too many queries are waiting.", "Try again in a moment.", 2)

    def crowded(self, lane: Lane) -> bool:
        """Whether somebody waits for a place."""
        return bool(self._queues[lane])

    def note(self, client: str, question: str, seconds: float) -> None:
        """Remember what a question, and with it those of its shape, cost its client."""
        _remember(self._used, client, (self.used(client) + seconds, time.monotonic()))
        for name in _names(question):
            _remember(self._costs, name, seconds)

    def cost(self, question: str) -> float | None:
        """Seconds of processor time that a question took last time, or else one of its shape; None where neither was seen."""
        return next((self._costs[name] for name in _names(question) if name in self._costs), None)

    def used(self, client: str) -> float:
        """Seconds of processor time that a client used of late."""
        seconds, when = self._used.get(client, (0.0, 0.0))
        return seconds * math.exp2((when - time.monotonic()) / HALF_LIFE) if seconds else 0.0

    def _hold(self, lane: Lane, client: str) -> None:
        self._free[lane] -= 1
        self._at_work[lane, client] = self._at_work.get((lane, client), 0) + 1

    def _call(self, lane: Lane) -> None:
        queue = self._queues[lane]
        while self._free[lane] and queue:
            first = min(queue, key=lambda w: (self._at_work.get((lane, w.client), 0), self.used(w.client), w.number))
            queue.remove(first)
            self._hold(lane, first.client)
            if not first.called.done():
                first.called.set_result(None)


_LOOKED_AT = 4_000
"""Characters of a question that its shape goes by."""
_VARIES = re.compile(r"""<[^<>\s"]*>|\#[^\r\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[0-9]+|\s+""")


def shape(question: str) -> str:
    """Return a question without its comments, texts, numbers and spaces: what a program that asks again and again leaves as it is.

    >>> shape('SELECT * { ?s <http://a/b#c1> "x" } LIMIT 10 # 7') == shape('SELECT *  { ?s <http://a/b#c1> "y" } LIMIT 20')
    True
    """
    return _VARIES.sub(lambda found: found[0] if found[0].startswith("<") else "", question[:_LOOKED_AT])


def _names(question: str) -> tuple[str, str]:
    """What a question, and its shape, are remembered by: not their texts, which may be long."""
    exact, alike = (hashlib.blake2b(text.encode(errors="replace"), digest_size=16).hexdigest() for text in (question, shape(question)))
    return exact, "~" + alike


def _remember(known: OrderedDict[str, _T], key: str, value: _T) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _MOST_KNOWN:
        known.popitem(last=False)
