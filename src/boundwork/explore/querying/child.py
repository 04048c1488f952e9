"""One worker process as its parent sees it: started, asked, measured, killed. Decides nothing about whose turn it is."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from boundwork.explore.querying.refusals import Refused
from boundwork.explore.querying.worker import HEAD

SPOOLED = 1 << 20
"""Bytes of an answer that are held in memory; more goes to a temporary file."""
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass
class Result:
    """An answer as it goes to the client: kind (table, truth, graph), media type, the bytes to be read, and whether rows were left out."""

    kind: str
    media: str
    body: IO[bytes]
    variables: list[str] = field(default_factory=list)
    size: int = 0
    rows: int = 0
    cut: bool = False
    cpu: float = 0.0


class Child:
    """A worker on one store. It answers one job at a time; whoever gives up on a job kills it.

    `spent` is its processor time at the end of its last job, `jobs` how many it was asked.
    """

    def __init__(self, folder: Path, process: asyncio.subprocess.Process, complaints: IO[bytes]) -> None:
        self.folder = folder
        self.jobs = 0
        self.spent = 0.0
        self.killed_for: str = ""
        self._process = process
        self._complaints = complaints

    @classmethod
    async def start(cls, folder: Path, memory: int, prefixes: dict[str, str]) -> Child:
        """Return a worker that has its store open. Errors: Refused (stopped) where that cannot be."""
        package = str(Path(__file__).resolve().parents[3])
        complaints = tempfile.TemporaryFile()
        code = "import sys, json; from boundwork.explore.querying.worker import main; main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")])), "RUST_BACKTRACE": "0"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-c", code, str(folder), str(memory), json.dumps(prefixes), env=environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=complaints,
            limit=SPOOLED)
        child = cls(folder, process, complaints)
        try:
            await child._frames(Result("", "", complaints))
        except BaseException:
            child.kill()
            await child.gone()
            raise
        return child

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can take a job."""
        return self._process.returncode is None and not self.killed_for

    async def ask(self, job: dict[str, Any]) -> Result:
        """Return the answer to a job. Errors: Refused; the worker lives on unless it died of the job."""
        assert self._process.stdin is not None
        self.jobs += 1
        result = Result("", "", tempfile.SpooledTemporaryFile(SPOOLED))
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            await self._process.stdin.drain()
            await self._frames(result)
        except (ConnectionError, asyncio.IncompleteReadError):
            result.body.close()
            raise await self._death() from None
        except BaseException:
            result.body.close()
            raise
        result.body.seek(0)
        return result

    async def _frames(self, result: Result) -> None:
        assert self._process.stdout is not None
        while True:
            kind, length = HEAD.unpack(await self._process.stdout.readexactly(HEAD.size))
            data = await self._process.stdout.readexactly(length)
            if kind == b"D":
                result.body.write(data)
                result.size += length
                await asyncio.sleep(0)  # what is here already is read without a pause, and others want their turn
                continue
            said = json.loads(data)
            self.spent = said.get("total", self.spent)
            if kind == b"H":
                result.kind, result.media, result.variables = said["kind"], said["media"], said["variables"]
            elif kind == b"E":
                result.rows, result.cut, result.cpu = said.get("rows", 0), said.get("cut", False), said.get("cpu", 0.0)
                return
            else:
                if said["kind"] == "memory":
                    raise no_memory()
                raise Refused(said["kind"], said["message"], said["hint"])

    async def _death(self) -> Refused:
        """Why the worker died, from its status and last words."""
        status = await self._process.wait()
        self._complaints.seek(0)
        words = self._complaints.read(20_000)
        if self.killed_for:
            return Refused("stopped", self.killed_for)
        if b"memory allocation" in words or b"MemoryError" in words or b"bad_alloc" in words:
            return no_memory()
        if hasattr(signal, "SIGXCPU") and status == -signal.SIGXCPU:
            return Refused("time", "The query used more processor time than a query may.", "Make it narrower.")
        return Refused("stopped", f"The query made the engine stop (status {status}).", "Write it simpler; nested or very long patterns do that.")

    def kill(self, why: str = "The query was stopped.") -> None:
        """End the process at once; what was asked of it raises Refused."""
        if self.alive:
            self.killed_for = why
            try:
                self._process.kill()
            except ProcessLookupError:
                pass

    async def gone(self) -> None:
        """Wait until the process has ended, and let go of its pipes."""
        await self._process.wait()
        self._process._transport.close()  # type: ignore[attr-defined]  # asyncio closes pipes with unread data in no other way
        self._complaints.close()

    def step_back(self) -> None:
        """Let other processes go first from now on; only possible where the system knows that, and never undone.

        Not all the way to 19: a process that gets no processor at all cannot even end when it is killed.
        """
        if hasattr(os, "setpriority"):
            try:
                os.setpriority(os.PRIO_PROCESS, self.pid, 10)
            except OSError:
                pass

    def cpu(self) -> float | None:
        """Seconds of processor time so far; None where the system does not say."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / _TICKS
        except (OSError, ValueError, IndexError):
            return None


def no_memory() -> Refused:
    """Return the refusal of a query that wanted more memory than it may have."""
    return Refused("memory", "The query needed more memory than a query may have here.", "Make it narrower: fewer rows to sort, group or combine.")
