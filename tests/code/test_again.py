"""Single rows read again give the lines and the findings that the whole run gave of them, and change nothing of what is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path

import pytest

from boundwork.findings import Finding
from boundwork.populate.again import read_again
from boundwork.populate.study import Populator, populated
from boundwork.tables.reader import Row, read_table
from boundwork.tables.schema import TABLES as SPECS
from boundwork.terms import Vocabulary
from filled_study import TABLES, TOML, write_tables

MORE = "k7,x3,ben,,,,,,,k1,,stated,high,,\nk8,x3,nobody,,,,,,,k99,,stated,high,,\n"
Again = Callable[[str, Iterable[Row]], tuple[list[str], list[Finding]]]


@pytest.fixture
def whole(scratch: Path, vocabulary: Vocabulary) -> Populator:
    """A study whose last two codings follow others, of which one is not there, and one of which has no coder; populated."""
    (scratch / "lines").mkdir()
    found = populated(write_tables(scratch / "study", TOML, {**TABLES, "codings": TABLES["codings"] + MORE}), vocabulary, scratch / "lines")
    found.settled()
    return found


@pytest.fixture
def again(whole: Populator, scratch: Path) -> Again:
    """Read rows of a table again; codings are looked up by an id that starts with k and has one digit."""

    def call(name: str, rows: Iterable[Row]) -> tuple[list[str], list[Finding]]:
        table = read_table(scratch / "study" / f"{name}.csv", SPECS[name], shown=next(r.table.shown for r in whole.readers if r.table.spec.name == name))
        return read_again(whole.work, table, rows, lambda ident: ident[0] == "k" and len(ident) == 2)

    return call


def rows_of(scratch: Path, name: str) -> list[Row]:
    return list(read_table(scratch / "study" / f"{name}.csv", SPECS[name]).rows())


def lines_of(populator: Populator) -> set[str]:
    return {line for (kind, name), parts in populator.population.parts.items() if (kind, name) != ("coding", "adjudicated")
            for part, path in parts.items() if part >= 0 for line in path.read_text(encoding="utf-8").splitlines()}


def test_rows_read_again_say_what_they_said(whole: Populator, again: Again, scratch: Path) -> None:
    before, counts, knew = whole.population.findings[:], whole.population.counts.copy(), deepcopy(whole.known.ids)
    assert [(f.row, f.column) for f in before] == [(9, "coder"), (9, "follows")]
    found: list[str] = []
    told: list[Finding] = []
    for name in ("extracts", "codings"):
        for row in rows_of(scratch, name):
            lines, findings = again(name, [row])
            found += lines
            told += findings
    assert len(found) == len(set(found)) and set(found) == lines_of(whole)
    assert told == before == whole.population.findings
    assert (whole.population.counts, whole.known.ids) == (counts, knew)


def test_several_rows_at_once_say_what_each_says_and_a_blank_one_nothing(whole: Populator, again: Again, scratch: Path) -> None:
    rows = rows_of(scratch, "codings")
    blank = rows[0]._replace(cells=[""] * len(rows[0].cells))
    lines, findings = again("codings", [rows[0], blank, rows[1]])
    assert lines == [line for row in rows[:2] for line in again("codings", [row])[0]] and findings == []
    assert again("codings", []) == ([], [])


def test_a_coding_that_is_not_there_is_told_and_one_that_is_there_by_now_is_not(again: Again, scratch: Path) -> None:
    row = rows_of(scratch, "codings")[-2]
    for follows, wrong in (("k8", []), ("k9", []), ("k99", ["follows"]), ("m1", ["follows"])):
        _, findings = again("codings", [row._replace(cells=[follows if cell == "k1" else cell for cell in row.cells])])
        assert [f.column for f in findings] == wrong


def test_what_is_written_afterwards_goes_where_it_went_before(whole: Populator, again: Again, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where reading a row broke off."""
    sink = whole.work.sink
    again("extracts", rows_of(scratch, "extracts"))
    assert whole.work.sink is sink
    monkeypatch.setattr(whole.work, "extract", None)
    with pytest.raises(TypeError):
        again("extracts", rows_of(scratch, "extracts"))
    assert whole.work.sink is sink
