"""Rebuilds in fresh processes, under other hash seeds and with shuffled rows: the same bytes, and row numbers alone follow the order of rows."""

from __future__ import annotations

import csv
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from small_study import write_small


def dataset(study: Path, place: Path, seed: int, ending: str = "nq") -> bytes:
    """What another process writes for a study."""
    out = place / f"{seed}.{ending}"
    subprocess.run([sys.executable, "-m", "boundwork", "build", str(study), "--store", str(place / f"store-{seed}"), "-o", str(out)], check=True,
                   capture_output=True, env={**os.environ, "PYTHONHASHSEED": str(seed)})
    return out.read_bytes()


def shuffled(study: Path, seed: int) -> None:
    for path in sorted(study.glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            head, *rows = list(csv.reader(file))
        random.Random(seed).shuffle(rows)
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *rows])


def without_rows(data: bytes) -> str:
    kept = [line for line in data.splitlines() if b"ontology#row> " not in line and b"/ns/csvw#" not in line]
    return hashlib.sha256(b"\n".join(kept)).hexdigest()


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_rebuilds_are_the_same_to_the_byte(times: int, scratch: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("tried", 2 * times)
    study = write_small(scratch / "small")
    first = dataset(study, scratch, 0)
    assert len(first) > 100_000
    for seed in range(1, times + 1):
        assert dataset(study, scratch, seed) == first
    for seed in range(1, times + 1):
        shuffled(study, seed)
        assert without_rows(dataset(study, scratch, 1_000 + seed)) == without_rows(first)
