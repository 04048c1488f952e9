"""The tests that pages name exist: a threat without its test, or a fault whose example was renamed, would be a promise in words alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(?:tests/)?((?:[a-z_]+/)+test_\w+\.py)(?:::(\w+))?`")
PAGES = [p for p in sorted((ROOT / "docs").rglob("*.md")) if NAMED.search(p.read_text(encoding="utf-8"))]


def _tests_of(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = NAMED.findall(page.read_text(encoding="utf-8"))
    missing = [f"{file}::{test}" for file, test in named if not (ROOT / "tests" / file).is_file() or (test and test not in _tests_of(ROOT / "tests" / file))]
    assert missing == []


def test_every_threat_has_its_defence_and_its_test() -> None:
    rows = [line for line in (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    threats = [row.strip("| ").split(" | ") for row in rows if not row.startswith(("| threat", "| ---"))]
    assert len(threats) >= 25
    assert [cells[0] for cells in threats if len(cells) != 3 or not cells[1] or not NAMED.search(cells[2])] == []


def test_every_fault_names_what_keeps_it_away() -> None:
    rows = [line for line in (ROOT / "docs" / "faults-found.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    faults = [row.strip("| ").split(" | ") for row in rows if not row.startswith(("| found by", "| ---"))]
    assert len(faults) >= 25
    assert [cells[1] for cells in faults if len(cells) != 3 or not NAMED.search(cells[2])] == []
