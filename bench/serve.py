"""Measures the SPARQL endpoint beside the oxigraph server and rdflib-endpoint: one stored question, the same triples, 1, 10 and 50 clients.

    python bench/serve.py --seconds 8 --rounds 2

Every client asks again as soon as it is answered, over a connection that stays open. The servers take turns within each round, so that
a slow minute of the machine hits all of them; clients and server share its processors. Everything stays on loopback. Prints a Markdown
table: requests a second, the median and the slowest 1% of the waiting times, and the server's processor time for one request.
rdflib-endpoint is installed by `uv pip install "rdflib-endpoint>=0.6.3,<0.7"`, oxigraph by the tests' lock file.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """What the clients of one server saw in one round."""

    times: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def row(self) -> dict[str, float]:
        """Requests a second, median, slowest 1% (the time that 99% stay below) in milliseconds, and processor milliseconds a request."""
        if not self.times:
            return {"rate": 0.0, "median": math.nan, "slowest": math.nan, "cpu": math.nan, "failed": self.failed}
        ordered = sorted(self.times)
        return {"rate": len(ordered) / self.seconds, "median": 1e3 * statistics.median(ordered), "slowest": 1e3 * ordered[math.ceil(0.99 * len(ordered)) - 1],
                "cpu": 1e3 * self.cpu / len(ordered), "failed": self.failed}


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one HTTP answer: its status and its body, with a length or in chunks."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    if "transfer-encoding: chunked" in head:
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size + 2)
        await reader.readline()
        return status, body
    length = next(int(line.partition(":")[2]) for line in head.split("\r\n") if line.startswith("content-length:"))
    return status, await reader.readexactly(length)


async def client(port: int, request: bytes, until: float, found: Measured) -> None:
    """Ask again and again until the time is over; the last answer is waited for."""
    while time.perf_counter() < until:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                while time.perf_counter() < until:
                    start = time.perf_counter()
                    writer.write(request)
                    status, _ = await answer(reader)
                    if status == 200:
                        found.times.append(time.perf_counter() - start)
                    else:
                        found.failed += 1
            finally:
                writer.close()


async def load(port: int, process: int, request: bytes, clients: int, seconds: float) -> Measured:
    """Return what so many clients see in so many seconds."""
    found = Measured()
    before, start = used(process), time.perf_counter()
    tasks = [asyncio.create_task(client(port, request, start + seconds, found)) for _ in range(clients)]
    _, late = await asyncio.wait(tasks, timeout=seconds + 120)
    for task in late:
        task.cancel()
        found.failed += 1
    found.seconds, found.cpu = time.perf_counter() - start, used(process) - before
    return found


def used(process: int) -> float:
    """Processor seconds of a process and of its children, ended ones included."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        own = sum(map(int, fields[11:15])) / TICKS
        return own + sum(used(int(c)) for task in Path(f"/proc/{process}/task").iterdir() for c in (task / "children").read_text().split())
    except OSError:
        return 0.0


@contextlib.contextmanager
def server(command: list[str], port: int, path: str) -> Iterator[int]:
    """Run a server until the block ends; yields its process as soon as it answers."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            end = time.monotonic() + 120
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?query={quote('ASK {}')}", timeout=60).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > end:
                        said.seek(0)
                        raise SystemExit(f"{' '.join(command)}\n{said.read().decode()[-800:]}") from None
                    time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def serve(port: int, study: str) -> None:
    """The endpoint of a study behind its guard; what this file runs as its own peer."""
    import uvicorn
    from starlette.applications import Starlette

    from boundwork.explore.querying import QueryRunner, StudyStores
    from boundwork.project import find_study
    from boundwork.web import protocol
    from boundwork.web.guard import Guard

    runner = QueryRunner(StudyStores(find_study(study)))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await runner.start()
        yield
        await runner.stop()

    uvicorn.run(Guard(Starlette(routes=protocol.routes(runner), lifespan=lifespan), ["127.0.0.1"]), host="127.0.0.1", port=port, log_level="warning")


def rows_of(port: int, path: str, text: str) -> list[str]:
    """The answer of a server, row by row in any order: peers that answer otherwise are not compared."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}?query={quote(text, safe='')}", headers={"Accept": "application/sparql-results+json"})
    with urllib.request.urlopen(asked, timeout=120) as reply:
        return sorted(json.dumps({n: b["value"] for n, b in row.items()}, sort_keys=True) for row in json.load(reply)["results"]["bindings"])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def tool(name: str) -> str:
    """A command beside the running Python or on the path; empty where it is not installed."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name) or ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="regulating-public-services")
    parser.add_argument("--query", default="hybrid-council-types", help="slug of a stored question")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--own", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.own:
        serve(args.own, args.study)
        return

    from boundwork.pipeline.builds import current_build
    from boundwork.project import find_study
    from boundwork.queries.stored import find_query
    from boundwork.stores.local import LocalStore

    folder = find_study(args.study)
    build = current_build(folder)
    store = build.store(build.manifest["default-reading"])
    text = find_query(args.query, folder).body
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as work:
        triples = Path(work) / "reading.nt"
        lines = list(LocalStore.open(store).lines())
        triples.write_text("\n".join(lines) + "\n", encoding="utf-8")
        port = free_port()
        peers = {"boundwork": ([sys.executable, __file__, "--own", str(port), "--study", args.study], "/sparql")}
        if tool("oxigraph"):
            peers["oxigraph serve-read-only"] = ([tool("oxigraph"), "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"], "/query")
        if tool("rdflib-endpoint"):
            peers["rdflib-endpoint"] = ([tool("rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port), str(triples)], "/")
        found: dict[tuple[str, int], list[dict[str, float]]] = {}
        answers: dict[str, list[str]] = {}
        for number in range(1, args.rounds + 1):
            for name, (command, path) in peers.items():
                print(f"round {number} of {args.rounds}: {name}", file=sys.stderr)
                request = (f"GET {path}?query={quote(text, safe='')} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/sparql-results+json\r\n\r\n").encode()
                with server(command, port, path) as process:
                    answers[name] = rows_of(port, path, text)
                    if answers[name] != answers["boundwork"]:
                        raise SystemExit(f"{name} answers {len(answers[name])} rows, boundwork {len(answers['boundwork'])}, and not the same.")
                    for clients in args.clients:
                        found.setdefault((name, clients), []).append(asyncio.run(load(port, process, request, clients, args.seconds)).row)
        for (name, clients), each in sorted(found.items(), key=lambda f: (f[0][1], list(peers).index(f[0][0]))):
            rows.append({"clients": clients, "server": name, **{k: statistics.median(e[k] for e in each) for k in each[0]}})
    print(f"{args.query} on {args.study}, {len(lines):,} triples, medians of {args.rounds} rounds of {args.seconds:g} s\n")
    print("| clients | server | requests a second | median ms | slowest 1% ms | server CPU ms a request | failed |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['clients']} | {row['server']} | {row['rate']:,.1f} | {row['median']:,.1f} | {row['slowest']:,.1f} | {row['cpu']:,.1f} | {row['failed']:g} |")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
