"""The process that answers questions from outside on one store: it may be killed at any time, and can reach nothing else.

Jobs come as lines of JSON on stdin, answers go to stdout in frames: a letter, a length, the bytes. H: what the answer is (JSON);
D: a piece of it; E: its end (JSON); X: why there is none (JSON). The process ends when stdin does.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from boundwork.errors import BoundworkError, UsageError
from boundwork.explore.querying.refusals import Refused
from boundwork.explore.querying.writing import table_chunks, truth_bytes
from boundwork.queries.tokens import Token, check_safe, query_form, tokens
from boundwork.stores.answer import Rows, Triples, Truth
from boundwork.stores.local import LocalStore, write_rdf

HEAD = struct.Struct(">cI")
MERGED = "The default graph holds it merged with the others of its reading; boundwork build -o FILE writes it out by itself."
_OFFERED = {
    "table": "A SELECT can be had as JSON, XML, CSV or TSV.", "truth": "An ASK can be had as JSON or XML.",
    "graph": "A graph can be had as Turtle, N-Triples, JSON-LD or RDF/XML.",
}
Frame = tuple[bytes, "bytes | dict[str, Any]"]
_T = TypeVar("_T")


def main(folder: str, memory: int, prefixes: dict[str, str]) -> None:
    """Open the store, give up what a query does not need, and answer until stdin ends; `memory` is in bytes beyond what is in use then."""
    jobs: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            jobs.put(line)
        os._exit(0)  # nobody waits any more, whatever is being computed

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides when its workers end
    apart = _leave_network()  # before any thread is started
    try:
        store = LocalStore.open(Path(folder))
        store.query("ASK { ?s ?p ?o }")
    except BoundworkError as error:
        _send((b"X", _told("stopped", error)))
        return
    threading.Thread(target=listen, daemon=True).start()
    _confine(memory)
    _send((b"E", {"apart": apart, "total": time.process_time()}))
    while True:
        job = json.loads(jobs.get())
        start = time.process_time()
        _limit_time(job["seconds"])
        end: Frame
        try:
            end = b"E", {}
            for frame in _answer(store, job, prefixes):
                if frame[0] == b"E":
                    end = frame
                else:
                    _send(frame, flush=False)
        except Refused as error:
            end = b"X", _told(error.kind, error)
        except BoundworkError as error:
            end = b"X", _told("malformed", error)
        except MemoryError:
            end = b"X", {"kind": "memory", "message": "", "hint": ""}
        assert isinstance(end[1], dict)
        now = time.process_time()
        _send((end[0], {**end[1], "cpu": now - start, "total": now}))


def _send(frame: Frame, flush: bool = True) -> None:
    kind, content = frame
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    sys.stdout.buffer.write(HEAD.pack(kind, len(data)) + data)
    if flush:
        sys.stdout.buffer.flush()


def _told(kind: str, error: BoundworkError) -> dict[str, Any]:
    return {"kind": kind, "message": error.message, "hint": error.hint}


def _answer(store: LocalStore, job: dict[str, Any], prefixes: dict[str, str]) -> Iterator[Frame]:
    """Yield the frames of one answer; the kind of the query decides first whether it can be written as the client wishes."""
    text, most = job["text"], job["rows"]
    try:
        check_safe(text)
    except UsageError as error:
        raise Refused("forbidden", error.message, error.hint) from None
    _check_graphs(text, set(job["merged"]))
    form = query_form(text)
    kind = {"SELECT": "table", "ASK": "truth"}.get(form, "graph")
    choice = job[kind]
    if choice is None and form in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
        raise Refused("format", f"None of the accepted media types can hold what {form} answers.", _OFFERED[kind])
    answer = store.query(text, prefixes, job["base"], job["default"], job["named"])
    count = Count(most, job["cut"])
    yield b"H", {"kind": kind, "media": choice[1], "variables": answer.variables if isinstance(answer, Rows) else []}
    size = 0
    for data in _written(answer, choice[0], count, prefixes):
        size += len(data)
        if size > job["bytes"]:
            raise Refused("size", f"The answer is larger than the {job['bytes'] / 1e6:,.0f} MB that are given at once.", "Ask for less: LIMIT and OFFSET.")
        yield b"D", data
    yield b"E", {"rows": count.seen, "cut": count.cut}


class Count:
    """How many rows went by; beyond the most it refuses, or cuts off where that is asked for."""

    def __init__(self, most: int, cutting: bool) -> None:
        self.most, self.cutting, self.seen, self.cut = most, cutting, 0, False

    def __call__(self, rows: Iterator[_T]) -> Iterator[_T]:
        """Yield the rows as long as there may be more."""
        for row in rows:
            if self.seen == self.most:
                if not self.cutting:
                    raise Refused("size", f"The answer has more than the {self.most:,} rows that are given at once.", "Ask for less: LIMIT and OFFSET.")
                self.cut = True
                return
            self.seen += 1
            yield row


def _written(answer: Rows | Truth | Triples, form: str, count: Count, prefixes: dict[str, str]) -> Iterator[bytes]:
    if isinstance(answer, Truth):
        yield truth_bytes(answer.value, form)
    elif isinstance(answer, Rows):
        yield from table_chunks(Rows(answer.variables, count(answer.rows)), form)
    elif form == "nt":
        for line in count(answer.lines):
            yield f"{line}\n".encode()
    else:
        pieces: list[bytes] = []
        write_rdf(sorted(set(count(answer.lines))), form, prefixes, pieces.append)
        yield from pieces


def _check_graphs(text: str, merged: set[str]) -> None:
    """Refuse FROM and GRAPH for graphs that stand only merged in the default graph: empty would be a wrong answer."""
    before = Token("other", "", 0)
    for token in tokens(text):
        if token.kind == "iri" and token.text[1:-1] in merged and before.text.upper() in ("FROM", "NAMED", "GRAPH"):
            raise Refused("forbidden", f"The graph {token.text} is not kept by itself here.", MERGED)
        before = token


def _leave_network() -> bool:
    """Move to a network of its own that reaches nobody, not even this machine; False where the system does not allow that.

    The text of a query is searched for SERVICE before; this is for the day when that search is fooled.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    new_network, new_user = 0x40000000, 0x10000000  # CLONE_NEWNET, CLONE_NEWUSER of unshare(2)
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    return unshare is not None and (unshare(new_network) == 0 or unshare(new_user | new_network) == 0)


def _confine(memory: int) -> None:
    """No core file, and no more memory than said."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    limits = {resource.RLIMIT_CORE: 0}
    statm = Path("/proc/self/statm")
    if memory and statm.exists():
        limits[resource.RLIMIT_AS] = int(statm.read_text(encoding="ascii").split()[0]) * resource.getpagesize() + memory
    for what, value in limits.items():
        resource.setrlimit(what, (value, value))


def _limit_time(seconds: float) -> None:
    """A last resort, should nobody be left to stop it: the system ends the process after so much processor time."""
    try:
        import resource
    except ImportError:
        return
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 2, hard))
