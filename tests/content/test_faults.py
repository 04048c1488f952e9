"""A study with seeded faults of every kind: validation finds each at exactly its file, row and column, and reports nothing else."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from boundwork.explore.validation import validate_study  # noqa: E402
from faults import FAULTS, LONG, Fault  # noqa: E402
from generate import generate  # noqa: E402

SEED, MORE = 37, (30, 44, 47)
"""Seeds under which no fault falls on a row that another one rests on: there two findings would be right."""
ENDS_A_TABLE = "one cell too many"
"""A row that cannot be read leaves open what else the table says, so the shapes are not asked: it has a test of its own."""

Place = tuple[str, int, str, str]


def faulty(folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch, kinds: Callable[[Fault], bool]) -> list[dict[str, str]]:
    """Write an invented study of 3,500 codings, about one row in 22 faulty; return what was seeded."""
    monkeypatch.setattr("faults.FAULTS", [f for f in FAULTS if kinds(f)])
    generate(folder, 3_500, seed, 0.045)
    with open(folder / "faults.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def found(folder: Path) -> set[Place]:
    return {(Path(f.file).name, f.row, f.column, f.rule) for f in validate_study(folder).findings}


@pytest.mark.parametrize("seed", [SEED, *(pytest.param(s, marks=pytest.mark.slow) for s in MORE)])
def test_every_seeded_fault_is_found_in_its_cell_and_nothing_else(seed: int, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded = faulty(scratch / "study", seed, monkeypatch, lambda f: f.kind != ENDS_A_TABLE)
    assert len(seeded) > 300
    if seed == SEED:
        assert {(r["file"], r["kind"]) for r in seeded} == {(f"{f.table}.csv", f.kind) for f in FAULTS if f.kind != ENDS_A_TABLE}
        assert len({r["rule"] for r in seeded}) > 60
    assert found(scratch / "study") == {(r["file"], int(r["row"]), r["column"], r["rule"]) for r in seeded}


def test_rows_that_cannot_be_read_are_all_found_and_the_shapes_say_that_they_were_not_asked(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded = faulty(scratch / "study", SEED, monkeypatch, lambda f: f.kind == ENDS_A_TABLE)
    assert LONG and len(seeded) > 50
    rows = {("codings.csv", int(r["row"]), "", r["rule"]) for r in seeded}
    assert found(scratch / "study") == rows | {("codings.csv", 0, "", "shapes-not-asked")}


def test_the_same_study_without_faults_is_clean(scratch: Path) -> None:
    generate(scratch / "study", 3_500, SEED, 0)
    assert found(scratch / "study") == set()
