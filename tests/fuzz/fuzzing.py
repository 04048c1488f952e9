"""What the fuzzers share: their command line, how tests start them, and what libFuzzer says of a run."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

CRASHES = Path(__file__).resolve().parents[2] / "build" / "fuzz"


def run(one_input: Callable[[bytes], None], seeds: Callable[[], list[bytes]]) -> None:
    """Run libFuzzer with the options of the command line, or with --seeds FOLDER write the inputs to begin with."""
    if sys.argv[1:2] == ["--seeds"]:
        folder = Path(sys.argv[2])
        folder.mkdir(parents=True, exist_ok=True)
        for seed in seeds():
            (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        return
    import atheris

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


def fuzz(fuzzer: Path, corpus: Path, *options: str) -> str:
    """Start a fuzzer on its corpus and return what libFuzzer says; an input that crashes it is kept under build/fuzz."""
    CRASHES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as new:
        command = [sys.executable, str(fuzzer), f"-artifact_prefix={CRASHES}/", *options, new, str(corpus)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=new, errors="replace",
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        assert done.returncode == 0, done.stderr[-3_000:] + done.stdout[-3_000:]
    return done.stderr + done.stdout


def read_whole(said: str, corpus: Path, least: int) -> int:
    """Return how many inputs the corpus has, all of them read; fails where the code under test is not instrumented."""
    files = sum(p.is_file() for p in corpus.iterdir())
    assert int(re.findall(rf"(\d+) files found in .*{corpus.name}", said)[0]) == files
    assert int(re.findall(r"INITED cov: (\d+)", said)[0]) > least, "the code is not instrumented"
    return files


def told(said: str, runs: int) -> str:
    """Return a line on a run to its end; fails where it made fewer runs than were asked for, or lost sight of code."""
    made, seconds = re.findall(r"Done (\d+) runs in (\d+) second", said)[0]
    covered = [int(n) for n in re.findall(r"cov: (\d+)", said)]
    assert int(made) >= runs
    assert covered[-1] > covered[0]
    return f"{made} inputs in {seconds} s, coverage {covered[0]} -> {covered[-1]}"
