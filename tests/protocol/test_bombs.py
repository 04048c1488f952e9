"""The server survives: no query outlasts its limit by more than a second, ends the server, or keeps the next one waiting."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boundwork.pipeline.builds import Build
from protocol.asking import ask, get, query, slack
from protocol.bombs import BOMBS, QUICK
from serving import served

LIMIT = 2.0
MEMORY = 100 << 20
SMALL = get("SELECT ?c ?t { ?c bw:councilType ?t } ORDER BY ?c LIMIT 3")
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for the server's child processes in /proc")


@pytest.fixture(scope="module")
def server(builds: dict[str, Build]) -> Iterator[tuple[str, int]]:
    """Address and process of a server with tight limits."""
    assert builds
    with served("regulating-public-services", seconds=LIMIT, memory=MEMORY) as address:
        yield address, listener(int(address.rpartition(":")[2]))


def listener(port: int) -> int:
    """The process that serves a port, by its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(port).encode() in words and any(w.endswith(b"serving.py") for w in words):
            return int(folder.name)
    raise AssertionError(f"nobody serves {port}")


def children(server: int) -> dict[int, float]:
    """Worker processes of the server and the processor seconds of each."""
    found = {}
    for task in Path(f"/proc/{server}/task").iterdir():
        try:
            names = (task / "children").read_text().split()
        except OSError:  # a thread that has just ended
            continue
        for child in names:
            try:
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                found[int(child)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def throw(server: tuple[str, int], name: str) -> None:
    """Ask a bomb, and see that the server, the next small question and the processes are as they should be."""
    address, process = server
    start = time.monotonic()
    reply = query(address, BOMBS[name], timeout=LIMIT + 20)
    took = time.monotonic() - start
    assert reply.status in (200, 400, 403, 500, 504, 507), reply.body[:500]
    assert b"Traceback" not in reply.body
    assert took < LIMIT + 1 + slack(), f"answered after {took:.1f} s"
    start = time.monotonic()
    small = ask(address, SMALL)
    waited = time.monotonic() - start
    assert (small.status, small.body.count(b'"c":')) == (200, 3)
    assert waited < 1 + slack(), f"the next question took {waited:.2f} s"
    assert within(LIMIT + 1, lambda: not [p for p, cpu in children(process).items() if computing(p, cpu)]), "a worker still computes"




def computing(process: int, before: float) -> bool:
    time.sleep(0.05)
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") > before + 0.02


def within(seconds: float, what: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("name", QUICK)
def test_server_survives_a_bomb(server: tuple[str, int], name: str) -> None:
    throw(server, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in BOMBS if n not in QUICK])
def test_server_survives_every_bomb(server: tuple[str, int], name: str) -> None:
    throw(server, name)


def test_there_are_fifty_bombs() -> None:
    assert len(BOMBS) >= 50
    assert len(set(BOMBS.values())) == len(BOMBS)


def test_a_client_that_leaves_takes_its_query_along(server: tuple[str, int]) -> None:
    address, process = server
    with pytest.raises(TimeoutError):
        ask(address, get(BOMBS["cross product that never matches"]), timeout=0.7)
    assert within(1 + slack(), lambda: not [p for p, cpu in children(process).items() if computing(p, cpu)])


def test_workers_end_with_the_server(builds: dict[str, Build]) -> None:
    assert builds
    with served("regulating-public-services", seconds=60.0) as address:
        process = listener(int(address.rpartition(":")[2]))

        def wait_in_vain() -> None:
            with pytest.raises((OSError, http.client.HTTPException)):
                query(address, BOMBS["cross product of 8, counted"])

        asking = threading.Thread(target=wait_in_vain, daemon=True)
        asking.start()
        assert within(10, lambda: any(cpu > 0.5 for cpu in children(process).values()))
        at_work = list(children(process))
        os.kill(process, 9)
        assert within(5, lambda: not any(alive(p) for p in at_work))
        asking.join(5)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
