"""Crosstabs: every count of the store against plain counting over the tables, the filter's grammar, and ranges that lie together."""

from __future__ import annotations

import csv
import itertools
import shutil
from collections.abc import Callable
from functools import cache as remembered
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundwork.errors import UsageError
from boundwork.explore.behind import behind
from boundwork.explore.filters import Any, Every, Has, Node, Not, parse
from boundwork.explore.matrix import COUNTS, DIMENSIONS, Matrix, Wanted, matrix
from boundwork.explore.nearness import Place, cells
from boundwork.explore.session import Session, open_study
from boundwork.pipeline.builds import Build
from boundwork.terms import BW, study_iri
from conftest import ROOT
from small_study import edit_rows

READINGS = (("regulating-public-services", "reading-1"), ("regulating-public-services", "adjudicated"), ("example-study", "both"), ("example-study", "ann"))
LOGIC = {"central-local-contest": "bureaucratic", "local-expertise-first": "bureaucratic", "professional-silos": "bureaucratic",
         "managerial-alignment": "managerial", "generic-expertise-first": "managerial",
         "selective-alignment": "hybrid", "locally-fitted-expertise": "hybrid", "competing-over-time": "hybrid"}
PURPOSE = {"bolstering": "maintain", "breaching": "disrupt"}
COLUMN = {"boundary": "boundary", "form": "form", "other": "other", "code": "code", "coder": "coder", "performer": "performed_by", "regime": "regime",
          "rating": "rating_terms", "level": "level", "direction": "direction", "stance": "stance", "basis": "basis", "confidence": "confidence"}
pytestmark = pytest.mark.usefixtures("builds")


class Row:
    """One coding as the tables have it: values per dimension, what it counts towards, and where its extract lies."""

    def __init__(self, cells: dict[str, str], extract: dict[str, str], council: dict[str, str], role: str, field: str) -> None:
        def several(text: str) -> set[str]:
            return {v for v in text.split(";") if v and v != "?"}

        voiced = several(cells["elements"]) if cells["stance"] != "deplored" else set()
        about = extract["about"] or field
        self.values = {d: several(cells[c]) for d, c in COLUMN.items()} | {
            "element": voiced, "logic": {LOGIC[e] for e in voiced if e in LOGIC},
            "purpose": several(cells["purpose"]) | {PURPOSE[f] for f in several(cells["form"]) if f in PURPOSE},
            "role": several(role), "council": {about}, "type": several(council.get("type", "")), "region": several(council.get("region", "")),
            "wave": several(extract["wave"]), "kind": {extract["kind"] if extract["kind"] in ("attributed", "narrative") else "open"}}
        case = "-".join(filter(None, [about, *self.values["boundary"], extract["wave"]])) if self.values["boundary"] else ""
        self.unit = {"codings": cells["id"], "extracts": cells["extract"], "cases": case}
        self.source, self.start, self.end = extract["source"], int(extract["start"]), int(extract["end"])


@remembered
def tables(study: str, reading: str) -> tuple[Row, ...]:
    folder = ROOT / "data" / study

    def read(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    session = open_study(study, reading=reading)
    extracts, councils, speakers = ({r["id"]: r for r in read(n)} for n in ("extracts", "councils", "speakers"))
    kept = {k for r in read("decisions") for k in r["keeps"].split(";")}
    rows = []
    for r in read("codings"):
        if r["coder"] in session.reading.coders and (not session.reading.adjudicated or r["id"] in kept):
            x = extracts[r["extract"]]
            rows.append(Row(r, x, councils.get(x["about"], {}), speakers[x["speaker"]]["role"] if x["speaker"] else "", session.study.field_id))
    return tuple(rows)


@remembered
def opened(study: str, reading: str) -> Session:
    return open_study(study, reading=reading)


Holds = Callable[[Row, Row], bool]
TOGETHER: dict[str, Holds] = {
    "coding": lambda a, b: a is b,
    "extract": lambda a, b: a.unit["extracts"] == b.unit["extracts"],
    "overlap": lambda a, b: a.source == b.source and a.start < b.end and b.start < a.end,
    "nesting": lambda a, b: a.source == b.source and ((a.start <= b.start and b.end <= a.end) or (b.start <= a.start and a.end <= b.end)),
    "near": lambda a, b: a.source == b.source and max(a.start, b.start) - min(a.end, b.end) <= 300,
}


def fulfils(node: Node, row: Row, rows: tuple[Row, ...], count: str) -> bool:
    """Whether the unit of a row fulfils a filter: some coding of the unit has each value that must be there."""
    match node:
        case Has(dimension, value):
            return any(value in r.values[dimension] for r in rows if r.unit[count] == row.unit[count])
        case Not(part):
            return not fulfils(part, row, rows, count)
        case Every(parts):
            return all(fulfils(p, row, rows, count) for p in parts)
        case Any(parts):
            return any(fulfils(p, row, rows, count) for p in parts)


def plainly(wanted: Wanted, rows: tuple[Row, ...]) -> tuple[dict[tuple[str, str], int], dict[str, int], dict[str, int], int, int]:
    """Cells, totals of rows and columns, grand total, and units that the filter leaves; by brute force over the tables."""
    tree = parse(wanted.where) if wanted.where else None
    taken = [r for r in rows if r.unit[wanted.count] and (tree is None or fulfils(tree, r, rows, wanted.count))]
    how = TOGETHER[wanted.together or ("overlap" if wanted.rows == wanted.columns else "coding")]
    found: dict[tuple[str, str], set[str]] = {}
    for a, b in itertools.product(taken, taken):
        if how(a, b):
            for pair in itertools.product(a.values[wanted.rows], b.values[wanted.columns]):
                found.setdefault(pair, set()).add(a.unit[wanted.count])
    by_row: dict[str, set[str]] = {}
    by_column: dict[str, set[str]] = {}
    for (r, c), units in found.items():
        by_row.setdefault(r, set()).update(units)
        by_column.setdefault(c, set()).update(units)
    return ({k: len(v) for k, v in found.items()}, {k: len(v) for k, v in by_row.items()}, {k: len(v) for k, v in by_column.items()},
            len(set().union(*found.values())), len({r.unit[wanted.count] for r in taken}))


def named(iri: str) -> str:
    """The short name of a value."""
    return {"AttributedExtract": "attributed", "NarrativePassage": "narrative", "Extract": "open"}.get(iri.rsplit("#", 1)[-1], iri.rsplit("/", 1)[-1])


def by_store(found: Matrix) -> tuple[dict[tuple[str, str], int], dict[str, int], dict[str, int], int, int]:
    return ({(named(r), named(c)): n for (r, c), n in found.counts.items()}, {named(r): n for r, n in found.row_totals.items()},
            {named(c): n for c, n in found.column_totals.items()}, found.total, found.chosen)


PAIRS = (("boundary", "form"), ("logic", "type"), ("element", "role"), ("code", "boundary"), ("purpose", "coder"), ("other", "council"), ("region", "wave"),
         ("kind", "confidence"), ("performer", "regime"), ("stance", "basis"), ("level", "direction"), ("rating", "logic"))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("study", "reading"), READINGS)
def test_every_cell_and_total_is_what_plain_counting_over_the_tables_gives(study: str, reading: str, count: str) -> None:
    rows = tables(study, reading)
    filled = 0
    for one, two in PAIRS:
        wanted = Wanted(one, two, count)
        found = by_store(matrix(opened(study, reading), wanted))
        assert found == plainly(wanted, rows), wanted
        filled += len(found[0])
    assert {d for pair in PAIRS for d in pair} == set(DIMENSIONS)
    assert filled > 40


@pytest.mark.parametrize("together", ["extract", "overlap", "nesting", "near"])
@pytest.mark.parametrize(("study", "reading"), READINGS[1:3])
def test_what_lies_together_is_what_every_pair_of_ranges_gives(study: str, reading: str, together: str) -> None:
    rows = tables(study, reading)
    for one, two, count in (("element", "element", "codings"), ("code", "code", "extracts"), ("boundary", "logic", "cases")):
        wanted = Wanted(one, two, count, together, 300 if together == "near" else 0)
        assert by_store(matrix(opened(study, reading), wanted)) == plainly(wanted, rows), wanted


def test_extracts_of_an_open_kind_stand_in_a_row_of_their_own(scratch: Path, cache: Path) -> None:
    folder = scratch / "example-study"
    shutil.copytree(ROOT / "data" / "example-study", folder)
    edit_rows(folder / "extracts.csv", lambda rows: [r.update(kind="") for r in rows[::3]])
    name, reading = str(folder), "both"
    rows = tables(name, reading)
    for wanted in (Wanted("kind", "confidence"), Wanted("confidence", "kind", "extracts"), Wanted("kind", "kind", "cases"),
                   Wanted("boundary", "coder", where="kind=open AND NOT confidence=low"), Wanted("kind", "boundary", "codings", "extract")):
        found = matrix(opened(name, reading), wanted)
        assert by_store(found) == plainly(wanted, rows), wanted
    table = matrix(opened(name, reading), Wanted("kind", "coder")).table
    assert [r["kind"] for r in table] == ["attributed", "open", "narrative", "total"]
    shown = behind(opened(name, reading), Wanted("kind", "coder"), f"{BW}Extract", study_iri("example-study", "coder", "ann"))
    assert len(shown.codings) + shown.more == sum("open" in r.values["kind"] and "ann" in r.values["coder"] for r in rows) > 3


ATOMS = ["boundary=expertise", "form=bolstering", "logic=hybrid", "kind=narrative", "code=horizontal-relations", "confidence=high", "type=county",
         "other=central-government", "role!=chief-executive"]
FILTER = st.recursive(st.sampled_from(ATOMS), lambda inner: st.one_of(inner.map("NOT ({})".format), st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
    lambda p: f"({p[0]} {p[1]} {p[2]})")), max_leaves=5)


@given(FILTER, st.sampled_from(list(COUNTS)), st.sampled_from(["coding", "extract", "overlap"]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_filter_leaves_what_plain_python_leaves(where: str, count: str, together: str) -> None:
    wanted = Wanted("boundary", "form", count, together, where=where)
    assert by_store(matrix(opened(*READINGS[0]), wanted)) == plainly(wanted, tables(*READINGS[0]))


# ---- the filter


def test_not_binds_closest_then_and_then_or() -> None:
    a, b, c = Has("x", "a"), Has("x", "b"), Has("y", "c d")
    assert parse("x=a OR x=b AND NOT y='c d'") == Any((a, Every((b, Not(c)))))
    assert parse('(x = a or x=b) and y != "c d"') == Every((Any((a, b)), Not(c)))
    assert parse("NOT NOT x=and") == Not(Not(Has("x", "and")))


@pytest.mark.parametrize("text", ["x", "x=", "=a", "x=a AND", "AND x=a", "(x=a", "x=a)", "x=a x=b", "NOT", "x==a", "x='a", "!x=a", "()", "NOT " * 60 + "x=a",
                                  "(" * 60 + "x=a" + ")" * 60])
def test_a_filter_that_cannot_be_read_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.hint


@given(st.text(max_size=30))
def test_no_text_breaks_the_filter(text: str) -> None:
    try:
        assert isinstance(parse(text), Has | Not | Every | Any)
    except UsageError as error:
        assert error.message


@pytest.mark.parametrize(("where", "said"), [
    ("bondary=expertise", "Did you mean 'boundary'?"), ("boundary=expertize", "Did you mean 'expertise'?"), ("coder=nobody", "is no coder"),
    ("boundary='expertise> ?x ?y } #'", "is no boundary")])
def test_an_unknown_dimension_or_value_names_the_nearest(where: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        matrix(opened(*READINGS[0]), Wanted("boundary", "form", where=where))
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_a_value_may_be_named_by_its_label() -> None:
    by_label, by_id = (by_store(matrix(opened(*READINGS[0]), Wanted("boundary", "form", where=w)))
                       for w in ("boundary='Organisational culture'", "boundary=organisational-culture"))
    assert by_label == by_id
    assert by_id[3] > 0


# ---- what is shown


def test_gaps_stay_visible_unless_they_are_left_out() -> None:
    whole = matrix(opened(*READINGS[0]), Wanted("council", "boundary", "extracts"))
    short = matrix(opened(*READINGS[0]), Wanted("council", "boundary", "extracts", empty=False))
    assert len(whole.table) == 13  # eleven councils, the field, the total
    assert [r["total"] for r in whole.table if r["council"] == "CS 2"] == [0]
    assert 0 not in [r["total"] for r in short.table]
    assert [r for r in whole.table if r["total"]] == short.table


def test_totals_are_distinct_and_not_sums() -> None:
    found = matrix(opened(*READINGS[0]), Wanted("boundary", "form", "extracts"))
    *rows, last = found.table
    assert last["boundary"] == "total"
    assert sum(int(r["total"] or 0) for r in rows) > int(last["total"] or 0)
    assert "not sums" in " ".join(found.notes)
    assert found.notes[0].startswith("Reading: Reading 1 (reading-1).")


def test_a_matrix_of_a_dimension_with_itself_mirrors_in_extracts_on_one_extract() -> None:
    found = by_store(matrix(opened(*READINGS[2]), Wanted("element", "element", "extracts", "extract")))[0]
    assert found == {(b, a): n for (a, b), n in found.items()}
    assert len(found) > len({a for a, _ in found})


PLACES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.sampled_from("abc"), st.sampled_from("abc")), max_size=8)


@given(PLACES, st.sampled_from(["overlap", "nesting", "near"]), st.integers(0, 10))
def test_the_sweep_finds_every_pair(places: list[tuple[int, int, str, str]], how: str, near: int) -> None:
    made = [Place(start, start + size, {row: {f"{n}"}}, {column}) for n, (start, size, row, column) in enumerate(places)]
    expected: dict[tuple[str, str], set[str]] = {}
    for (n, one), two in itertools.product(enumerate(made), made):
        gap = max(one.start, two.start) - min(one.end, two.end)
        inside = (one.start <= two.start and two.end <= one.end) or (two.start <= one.start and one.end <= two.end)
        if {"overlap": gap < 0, "nesting": inside, "near": gap <= near}[how]:
            for column in two.columns:
                expected.setdefault((places[n][2], column), set()).add(f"{n}")
    assert cells([made], how, near) == expected


def test_labels_that_are_alike_are_told_apart(study: Path, builds: dict[str, Build], scratch: Path) -> None:
    (study / "codes.csv").write_text("id,label,broader,description,maps_to\no1,total,,,\no2,Same,,,\no3,Same,,,\n", encoding="utf-8")
    found = matrix(open_study(str(study), store=str(scratch / "store")), Wanted("boundary", "code"))
    assert found.columns == ["boundary", "total (code)", "Same (o2)", "Same (o3)", "total"]
    assert all(set(r) == set(found.columns) for r in found.table)
