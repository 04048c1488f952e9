"""N-Triples files in, HermiT's answer out: one Java process for many files, with limits, and nothing left behind.

HermiT is the one that owlready2 brings along. It is started here and not by owlready2, which has no time limit, leaves its
Java process and its file behind when it is stopped, and gives up after the first set of statements.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import Fault, InputError, TimeLimit
from boundwork.files import temporary
from boundwork.wording import counted

MEMORY = 2000
"""Megabytes that Java may use for its objects, unless told otherwise."""
LEAST_MEMORY = 8
_SMALL = 4_000_000
"""Bytes up to which Java's quick compiler and its simplest collector are the faster choice: half the time on a few thousand triples."""
_NO_MEMORY = ("OutOfMemoryError", "Could not reserve enough space", "insufficient memory", "Too small maximum heap", "Too small initial heap",
              "Invalid maximum heap size", "exceeds the maximum representable size", "Could not create the Java Virtual Machine")
_INCONSISTENT = re.compile(r"^Exception in thread \S+ \S+\.InconsistentOntologyException\b", re.M)
"""The error itself: a method of a similar name stands in the stack of other errors, too, such as too little memory."""


@dataclass(frozen=True)
class Limits:
    """What a call may cost: megabytes of Java's memory, and the moment (of time.monotonic) when it has to stop, if any."""

    memory: int = MEMORY
    deadline: float | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, memory: int | None = None, seconds: float | None = None) -> Limits:
        """Return limits that begin to count now."""
        return cls(memory or MEMORY, time.monotonic() + seconds if seconds else None, seconds)

    def left(self) -> float | None:
        """Seconds that are left, or None without a limit. Errors: TimeLimit when there are none."""
        if self.deadline is None:
            return None
        rest = self.deadline - time.monotonic()
        if rest <= 0:
            raise self.over()
        return rest

    def over(self) -> TimeLimit:
        """Return the error for the time being up."""
        return TimeLimit(f"The reasoner did not come to an end within {counted(self.seconds or 0, 'second')} and was stopped.",
                         "Give more with --time-limit, or take a reading with fewer codings.")


@dataclass(frozen=True)
class Run:
    """What one Java process gave: its output, whether it met statements that contradict each other, megabytes at its peak, seconds."""

    output: str
    inconsistent: bool
    peak: float
    seconds: float


def java() -> str:
    """Return the path of the Java that HermiT runs on; empty when there is none."""
    return shutil.which("java") or ""


def folder_of_hermit() -> Path | None:
    """Return the folder in which owlready2 keeps HermiT, or None; owlready2 itself is not loaded."""
    spec = importlib.util.find_spec("owlready2")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "hermit" / "HermiT.jar").is_file():
            return Path(place) / "hermit"
    return None


def hermit(texts: Sequence[bytes], actions: Sequence[str], limits: Limits) -> Run:
    """Run HermiT on several N-Triples texts, one after the other in one process; it stops at the first that contradicts itself.

    Errors: InputError without Java or memory, or when HermiT cannot read something; TimeLimit. No file and no process
    outlives the call, nor the caller.
    """
    program = java()
    if not program:
        raise InputError("The OWL reasoner HermiT needs Java, which is not installed.",
                         "Install a Java runtime, such as: apt install default-jre-headless. All else works without it.")
    home = folder_of_hermit()
    if home is None:
        raise InputError("The OWL reasoner HermiT is not here: it comes with owlready2.", "Install it: pip install owlready2")
    limits.left()
    folder = temporary(Path(tempfile.mkdtemp(prefix="boundwork-")))
    try:
        files = []
        for number, text in enumerate(texts):
            path = folder / f"{number}.nt"
            path.write_bytes(text)
            files.append(path.as_uri())
        quick = ["-XX:TieredStopAtLevel=1"] if sum(map(len, texts)) < _SMALL else []
        command = [program, f"-Xmx{limits.memory}M", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", *quick, "-XX:-UsePerfData",
                   "-Xshare:auto", "-Dfile.encoding=UTF-8", f"-XX:ErrorFile={folder / 'java-error'}", f"-Djava.io.tmpdir={folder}",
                   "-cp", os.pathsep.join([str(home), str(home / "HermiT.jar")]), "org.semanticweb.HermiT.cli.CommandLine", *actions, *files]
        return _watched(folder, command, limits)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _watched(folder: Path, command: list[str], limits: Limits) -> Run:
    """Run Java under the watchdog, which ends it when this process goes, however it goes."""
    start = time.monotonic()
    watchdog = Path(__file__).with_name("watchdog.py")
    process = subprocess.Popen([sys.executable, "-I", "-S", str(watchdog), str(folder), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, start_new_session=True)
    assert process.stdout is not None
    try:
        # communicate() would close standard input, which tells the watchdog to stop
        said = _line(process, limits)
    finally:
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.close()
        process.wait()
        process.stdout.close()
    if not said.strip():
        raise Fault("HermiT could not be started.", f"Try: {command[0]} -version")
    status, peak = (int(x) for x in said.split())
    output = (folder / "out").read_text(encoding="utf-8", errors="replace").replace("\r", "")
    complaint = (folder / "err").read_text(encoding="utf-8", errors="replace")
    seconds = time.monotonic() - start
    if status == 0:
        return Run(output, False, peak / 1024, seconds)
    if any(sign in complaint or sign in output for sign in _NO_MEMORY):
        raise InputError(f"HermiT ran out of memory: {limits.memory} MB are too few for these statements.",
                         "Give more with --memory MB, as far as the machine has them.")
    if _INCONSISTENT.search(complaint):
        return Run(output, True, peak / 1024, seconds)
    if status < 0:
        raise InputError(f"HermiT was ended by the system (signal {-status}), most often for lack of memory.",
                         "Give it less with --memory MB, or free some.")
    raise InputError(f"HermiT stopped: {_reason(complaint)}.")


def _line(process: subprocess.Popen[str], limits: Limits) -> str:
    """Wait for the watchdog's line, not longer than allowed. Errors: TimeLimit."""
    import threading

    said: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        said.append(process.stdout.readline())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(limits.left())
    if reader.is_alive():
        assert process.stdin is not None
        process.stdin.close()
        reader.join()
        raise limits.over()
    return said[0]


def _reason(text: str) -> str:
    """What Java printed, without its stack."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("at ", "..."))]
    first = " ".join(lines).removeprefix('Exception in thread "main" ') or "it gave no reason"
    return re.sub(r"\s+", " ", first)[:500].rstrip(". ")
