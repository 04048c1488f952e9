"""How many real councils share a case, what helps, and where an answer gives more away than it should."""

from __future__ import annotations

import csv
import datetime
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.errors import InputError
from boundwork.explore.disclosed import disclosure
from boundwork.explore.matrix import Wanted, matrix
from boundwork.explore.session import Session
from boundwork.explore.validation import validate_study
from boundwork.findings import Severity
from boundwork.linking.disclosure import WITHHELD, CountRow, Counts, Published, coarsen, coarsen_alike, exposure, read_counts, reference_file
from boundwork.linking.words import Words
from boundwork.pipeline.inputs import load_vocabulary
from conftest import ROOT, SHARED, Run

PAPER = ROOT / "data" / "regulating-public-services"
TABLE = SHARED / "linking" / "type_by_region_2004.csv"
TYPES = ("county", "district", "unitary", "metropolitan-borough", "london-borough")
PUBLISHED = {"CS 1": 4, "CS 2": 55, "CS 3": 5, "CS 4": 7, "CS 5": 4, "CS 6": 44, "CS 7": 4, "CS 8": 7, "CS 9": 6, "CS 10": 32, "CS 11": 55}
"""Case -> real councils of its type and region in 2004 to 2006; counted from the codes of the time."""
LEAST = {"CS 1": ("North", 14), "CS 2": ("South East", 55), "CS 3": ("North", 29), "CS 4": ("South", 19), "CS 5": ("England", 47),
         "CS 6": ("East of England", 44),
         "CS 7": ("England", 34), "CS 8": ("England", 36), "CS 9": ("South", 19), "CS 10": ("London", 32), "CS 11": ("South East", 55)}
"""Case -> the least coarsening that ten councils share: the Midlands give 7, 9 and 7, so three cases need the whole of England."""


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.of(load_vocabulary())


@pytest.fixture(scope="module")
def counts(words: Words) -> Counts:
    return read_counts(words)


@pytest.fixture
def anonymous(scratch: Path) -> Path:
    """The paper's study without its override."""
    folder = scratch / "anonymous"
    shutil.copytree(PAPER, folder)
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text[: text.index("[[override]]")], encoding="utf-8")
    return folder


def test_the_eleven_cases_are_shared_by_as_many_councils_as_the_codes_count() -> None:
    found = disclosure(PAPER)
    assert {str(r["case"]): r["together"] for r in found.table} == PUBLISHED
    assert [r["case"] for r in found.table if r["below"]] == ["CS 1", "CS 3", "CS 4", "CS 5", "CS 7", "CS 8", "CS 9"]
    assert {r["type"]: r["by_type"] for r in found.table} == {"unitary": 47, "district": 238, "metropolitan borough": 36, "county": 34, "London borough": 32}
    assert {r["region"]: r["by_region"] for r in found.table if r["region"] in ("London", "North East")} == {"London": 33, "North East": 25}
    assert found.override is not None
    assert not found.fails
    assert disclosure(PAPER, ignore_override=True).fails


def test_the_least_coarsening_of_each_case_and_of_each_type_alike() -> None:
    found = disclosure(PAPER)
    assert {str(r["case"]): (r["publish"], r["shared_by"]) for r in found.proposals} == LEAST
    alike = {str(r["case"]): r["publish_alike"] for r in found.proposals}
    assert {alike[c] for c in ("CS 1", "CS 5", "CS 3", "CS 8", "CS 4", "CS 7", "CS 9")} == {"England"}
    assert alike["CS 6"] == "East of England"


def test_merged_regions_give_what_was_counted(counts: Counts) -> None:
    assert (counts.sharing("unitary", "north"), counts.sharing("unitary", "midlands")) == (14, 7)
    assert (counts.sharing("metropolitan-borough", "north"), counts.sharing("metropolitan-borough", "midlands")) == (29, 7)
    assert counts.sharing("county", "midlands") == 9
    assert counts.sharing() == 388


def test_where_nothing_short_of_withholding_helps_it_is_said() -> None:
    found = disclosure(PAPER, threshold=35)
    withheld = [r["case"] for r in found.proposals if r["publish"] == WITHHELD]
    assert withheld == ["CS 4", "CS 7", "CS 9", "CS 10"]
    assert "Nothing short of withholding type and region helps CS 4, CS 7, CS 9, CS 10." in found.coarse_notes
    assert all(r["shared_by"] == 388 for r in found.proposals if r["publish"] == WITHHELD)


@pytest.mark.skipif(not TABLE.is_file(), reason="the third-party tables of councils are not here (../shared/linking)")
def test_shipped_counts_are_those_of_the_tables(counts: Counts, words: Words) -> None:
    with open(TABLE, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            region = words.region_of(row["region"])
            for column, kind in zip(("county", "district", "unitary", "metropolitan", "london_borough"), TYPES, strict=True):
                assert counts.sharing(kind, region) == int(row[column]), (row["region"], kind)
            assert counts.sharing(region=region) == int(row["all"])
    assert all(r.source for r in counts.rows)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TYPES[:3]), st.sampled_from(("north-east", "north-west", "west-midlands", "london")), st.integers(0, 30)),
                min_size=1, max_size=12), st.integers(1, 40))
def test_a_coarsening_is_the_least_that_reaches_the_threshold(rows: list[tuple[str, str, int]], threshold: int) -> None:
    """No finer level reaches it, and cases of one type taken together are never published finer than alone."""
    broader = {"north-east": "north", "north-west": "north", "west-midlands": "midlands", "london": "south", "north": "england", "midlands": "england",
               "south": "england"}
    words = Words({}, {}, broader)
    table = Counts([CountRow(t, r, n, None, None) for t, r, n in rows], words)
    cases = [Published(f"c{i}", f"c{i}", t, r) for i, (t, r, _) in enumerate(rows)]
    for case, alike in zip(cases, coarsen_alike(cases, table, threshold), strict=True):
        chosen = coarsen(case, table, threshold)
        steps = words.above(case.region)
        reached = [r for r in steps if (table.sharing(case.type, r) or 0) >= threshold]
        assert chosen.region == (reached[0] if reached else "")
        assert (chosen.level == WITHHELD) == (not reached)
        assert alike.region == "" or steps.index(alike.region) >= steps.index(chosen.region)
        assert exposure(case, table, threshold).below == ((table.sharing(case.type, case.region) or 0) < threshold)


def test_a_further_attribute_cuts_a_cell_and_a_figure_of_its_own_is_as_good_as_a_name(words: Words, tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text("type,region,rating,councils\nunitary,north-west,good,3\nunitary,north-west,weak,1\nunitary,south-west,good,9\n", encoding="utf-8")
    known = read_counts(words, table)
    case = Published("a", "A", "unitary", "north-west", (("rating", "weak"),))
    found = exposure(case, known, 10)
    assert (found.by_type, found.by_region, found.by_more, found.together) == (13, 4, (("rating", 1),), 1)
    unknown = exposure(Published("a", "A", "unitary", "north-west", (("spending", "high"),)), known, 10)
    assert unknown.together == 4
    assert "at most as many" in unknown.note
    exact = exposure(Published("a", "A", "unitary", "north-west", (), ("deprivation",)), known, 10)
    assert (exact.together, exact.note) == (1, "A figure of its own (deprivation) is as good as a name.")
    assert coarsen(replace(case, more=(("rating", "good"),)), known, 4).region == "england", "nine more good ones in another region"
    assert coarsen(replace(case, more=(("spending", "high"),)), known, 4).region == "north-west", "what the counts do not have narrows nothing"
    assert coarsen(Published("a", "A", "unitary", "north-west", (), ("deprivation",)), known, 1).level == WITHHELD


def test_what_a_table_cannot_tell_is_none_and_not_zero() -> None:
    words = Words({}, {}, {"north-east": "north", "north": "england"})
    first, later = (CountRow("unitary", "north-east", n, datetime.date(y, 1, 1), datetime.date(y, 12, 31)) for n, y in ((3, 2004), (4, 2009)))
    counts = Counts([first, later], words)
    assert counts.sharing("unitary", "north-east") == 7
    assert [counts.sharing(more={"rating": "good"}), counts.sharing("county"), counts.sharing(region="south")] == [None, None, None]
    assert [counts.at(datetime.date(y, 6, 1)).sharing() for y in (2004, 2009, 2006)] == [3, 4, None]
    assert (counts.at(datetime.date(2004, 1, 1)).sharing(), counts.at(datetime.date(2004, 12, 31)).sharing()) == (3, 3)
    assert counts.at(None).sharing() is None, "two periods, and nobody knows which"
    assert Counts([first], words).at(None).sharing() == 3
    assert Counts([], words).sharing() is None
    unknown = exposure(Published("a", "A", "county", "north-east"), counts, 10)
    assert (unknown.together, unknown.below, unknown.note) == (None, False, "The counts do not say how many there are of this kind at this date.")
    assert exposure(Published("a", "A", region="south"), counts, 10).note == unknown.note
    assert exposure(Published("a", "A"), Counts([], words), 10).note == ""


@pytest.mark.parametrize(("table", "said"), [
    ("type,region,councils\nunitary,london,3\nunitary,Atlantis,1\n", r"counts\.csv:3: 'Atlantis' is no region"),
    ("type,region,councils\nunitary,london,3\n\nunitary,london,few\n", r"counts\.csv:4: 'few' is no number of councils"),
    ("type,area,councils\nunitary,london,3\n", r"counts\.csv.*column 'region'"),
])
def test_a_table_of_counts_that_cannot_be_read_is_told_with_the_line(table: str, said: str, words: Words, tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text(table, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_counts(words, tmp_path / "counts.csv")


def test_a_table_of_counts_is_read_whole(words: Words, tmp_path: Path) -> None:
    """A type that the vocabulary does not have counts as it is written; a column without a name is no attribute."""
    (tmp_path / "counts.csv").write_text("Type,region,councils,From,until,source,note,CPA rating,\n"
                                         "unitary,London,3,2004,2005,here,,Weak,x\nFire Authority,north-east,1,,,,,,\n", encoding="utf-8")
    counts = read_counts(words, tmp_path / "counts.csv")
    assert counts.attributes == ("cpa-rating",)
    assert counts.rows == [
        CountRow("unitary", "london", 3, datetime.date(2004, 1, 1), datetime.date(2005, 12, 31), (("cpa-rating", "weak"),), "here"),
        CountRow("fire-authority", "north-east", 1, None, None, (("cpa-rating", ""),), "")]


def test_too_few_councils_are_a_violation_unless_the_study_says_why(anonymous: Path) -> None:
    report = validate_study(anonymous)
    found = [f for f in report.sorted() if f.rule == "disclosure"]
    assert [(f.line, f.column, f.severity) for f in found] == [(n, "region", Severity.VIOLATION) for n in (2, 4, 5, 6, 8, 9, 10)]
    assert "disclosure --coarsen" in found[0].message
    assert [f for f in validate_study(PAPER).sorted() if f.rule.startswith("disclosure")] == []


def test_a_threshold_of_the_study_counts_and_coarser_regions_pass(anonymous: Path) -> None:
    toml, table = anonymous / "study.toml", anonymous / "councils.csv"
    for row in disclosure(anonymous).proposals:
        code = str(row["publish"]).lower().replace(" ", "-")
        lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
        for i, line in enumerate(lines):
            cells = line.split(",")
            if cells[1] == row["case"]:
                cells[4] = code
                lines[i] = ",".join(cells)
        table.write_text("".join(lines), encoding="utf-8")
    assert disclosure(anonymous).below == []
    assert [f for f in validate_study(anonymous).sorted() if f.severity is Severity.VIOLATION and f.file.endswith("councils.csv")] == []
    toml.write_text(toml.read_text(encoding="utf-8") + "\n[thresholds]\ndisclosure = 50\n", encoding="utf-8")
    assert len(disclosure(anonymous).below) == 9
    table.unlink()
    assert disclosure(anonymous).exposures == []


def test_a_date_without_counts_is_unknown_and_no_licence_to_publish(anonymous: Path) -> None:
    toml = anonymous / "study.toml"
    text = toml.read_text(encoding="utf-8")
    for year in ("2004", "2006", "2007", "2008"):
        text = text.replace(f"year = {year}", "year = 2019")
    toml.write_text(text, encoding="utf-8")
    found = disclosure(anonymous)
    assert len(found.unknown) == 11
    assert found.fails
    own = anonymous / "reference"
    own.mkdir()
    (own / "councils-by-type-and-region.csv").write_text("type,region,councils\n" + "".join(f"{t},{r},50\n" for t in TYPES for r in (
        "north-east", "north-west", "east-midlands", "west-midlands", "east-of-england", "london", "south-east", "south-west")), encoding="utf-8")
    assert reference_file(anonymous).parent == own
    assert not disclosure(anonymous).fails


def test_answers_of_an_anonymised_study_say_what_they_give_away(anonymous: Path, scratch: Path) -> None:
    """Without an override at length, with one in a line, and not where type alone is named; an open study is left alone."""
    session = Session(anonymous, "reading-1", scratch / "store")
    long = session.ask("purposes-by-council").disclosure
    assert long.startswith("Disclosure: ")
    assert "fewer than 10 real councils, the narrowest at 4" in long
    assert session.ask("hybrid-council-types").disclosure == ""
    assert "the narrowest at 4" in session.ask("interviews-by-type-and-region").disclosure
    assert "narrowest at 4" in matrix(session, Wanted("council", "form")).notes[-1]
    assert not any(n.startswith("Disclosure") for n in matrix(session, Wanted("type", "form")).notes)
    short = Session(PAPER, "reading-1").ask("purposes-by-council")
    assert short.notes[-1] == "Disclosure: rows point at as few as 4 real councils; the study sets that aside, and boundwork disclosure says why."
    assert Session(ROOT / "data" / "example-study", "ann").ask("purposes-by-council").disclosure == ""


def test_disclosure_prints_every_format_and_exits_as_it_found(run: Run, anonymous: Path) -> None:
    for form in ("table", "csv", "tsv", "json", "md", "html"):
        done = run("disclosure", "regulating-public-services", "--format", form)
        assert done.returncode == 0
        assert "CS 10" in done.stdout
    assert "sets the rule disclosure aside: Type and region" in done.stdout
    bad = run("disclosure", anonymous, "--coarsen", "--format", "json")
    assert bad.returncode == 1
    assert {r["case"]: (r["publish"], r["shared_by"]) for r in json.loads(bad.stdout)} == LEAST
    assert run("disclosure", "regulating-public-services", "--ignore-override").returncode == 1
    fine = run("disclosure", "example-study")
    assert fine.returncode == 0
    assert "not anonymised" in fine.stdout
    assert run("disclosure", "--threshold", "none").returncode == 2
    assert run("disclosure", "--counts", anonymous / "study.toml").returncode == 2


def test_an_export_says_what_it_gives_away(run: Run, anonymous: Path, scratch: Path) -> None:
    loud = run("export", anonymous, "--to", "csv", "-o", scratch / "out.zip")
    assert (loud.returncode, "7 cases of 11 shared by fewer than 10 real councils. Do not publish" in " ".join(loud.stderr.split())) == (0, True), loud.stderr
    short = run("export", "regulating-public-services", "--to", "csv", "-o", scratch / "paper.zip")
    assert "Disclosure: cases are shared by as few as 4 real councils; the study sets that aside." in " ".join(short.stderr.split())
    assert "Disclosure" not in run("export", "example-study", "--to", "csv", "-o", scratch / "open.zip").stderr
