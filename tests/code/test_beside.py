"""What stands beside a study's tables: link sets, figures and how many councils share a case become lines; what cannot be read is told."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from boundwork.findings import Severity
from boundwork.linking.disclosure import Published
from boundwork.linking.figures import About, Figure, FigureSet
from boundwork.populate.beside import Beside, published, with_figures
from boundwork.populate.rows import Cell, Known
from boundwork.tables.studyfile import read_study
from boundwork.terms import BW, Vocabulary, integer

ROOT = Path(__file__).resolve().parents[2]
TOML = """
[study]
id = "fresh"
title = "A study"
anonymised = {anonymised}
[coders.ann]
[waves.w1]
start-year = 2005
{more}
"""
COUNTS = "type,region,councils,from,until\ndistrict,London,7,2000-01-01,2009-12-31\ndistrict,London,99,2010-01-01,\nunitary,Wales,12,2000-01-01,\n"
CASES = [Published("c2", "Two", "unitary", "wales"), Published("c1", "One", "district", "london"), Published("c3", "Three", "unitary", "london", ())]
ABOUT = 'title = "Invented"\nsource = "Nobody"\nlicence = "CC0-1.0"\n'


def beside(folder: Path, vocabulary: Vocabulary, anonymised: bool, more: str = "", councils: list[Published] = CASES, repeated: bool = False) -> Beside:
    (folder / "study.toml").write_text(TOML.format(anonymised=str(anonymised).lower(), more=more), encoding="utf-8")
    return Beside(Known(read_study(folder), vocabulary, {"councils": {c.case: 2 for c in councils}}, keep_repeated=repeated), councils)


def counted(folder: Path, text: str = COUNTS) -> None:
    (folder / "reference").mkdir()
    (folder / "reference" / "councils-by-type-and-region.csv").write_text(text, encoding="utf-8")


def figures(folder: Path, **tables: str) -> None:
    (folder / "figures").mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / "figures" / f"{name}.csv").write_text(text, encoding="utf-8")
        (folder / "figures" / f"{name}.toml").write_text(ABOUT, encoding="utf-8")


def shared(**cases: tuple[int | None, int]) -> list[str]:
    """Case -> by how many councils it is shared (None: nobody knows), and the threshold; as lines."""
    found = []
    for case, (number, least) in cases.items():
        subject = f"<https://w3id.org/boundwork/study/fresh/council/{case}>"
        found += [f"{subject} <{BW}sharedByAtLeast> {integer(least)} ."] + ([f"{subject} <{BW}sharedBy> {integer(number)} ."] if number is not None else [])
    return sorted(found)


def test_an_anonymised_study_says_of_each_council_how_many_share_what_is_published(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """Counted where the wave of the study lies; at least ten, unless the study asks for another number."""
    counted(tmp_path)
    assert list(beside(tmp_path, vocabulary, True).graphs()) == [(("study", ""), shared(c1=(7, 10), c2=(12, 10), c3=(0, 10)))]
    assert list(beside(tmp_path, vocabulary, True, "[thresholds]\ndisclosure = 3").graphs()) == [(("study", ""), shared(c1=(7, 3), c2=(12, 3), c3=(0, 3)))]
    assert list(beside(tmp_path, vocabulary, True, repeated=True).graphs()) == [(("study", ""), [])]
    assert list(beside(tmp_path, vocabulary, True, councils=[]).graphs()) == list(beside(tmp_path, vocabulary, False).graphs()) == []
    unknown = [Published("c1", "One", "county")]
    assert list(beside(tmp_path, vocabulary, True, councils=unknown).graphs()) == [(("study", ""), shared(c1=(None, 10)))]


def test_counts_that_cannot_be_read_are_told_and_nothing_is_said_of_sharing(tmp_path: Path, vocabulary: Vocabulary) -> None:
    counted(tmp_path, COUNTS.replace("12", "many"))
    found = beside(tmp_path, vocabulary, True)
    assert list(found.graphs()) == [(("study", ""), [])]
    assert [(f.rule, f.severity, Path(f.file).name, "no number of councils" in f.message) for f in found.findings] == [
        ("counts-unreadable", Severity.VIOLATION, "councils-by-type-and-region.csv", True)]


def test_figures_of_a_council_count_among_what_is_published_of_it(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """A number is as good as a name; a category is one more attribute; a figure for a type is of nobody in particular."""
    counted(tmp_path)
    figures(tmp_path, exact="council,value\nc1,4\n", types="type,value\nunitary,5\n")
    found = beside(tmp_path, vocabulary, True)
    graphs = dict(found.graphs())
    assert list(graphs) == [("figures", "exact"), ("figures", "types"), ("study", "")] and found.findings == []
    assert graphs["study", ""] == shared(c1=(1, 10), c2=(12, 10), c3=(0, 10))
    assert all(lines == sorted(set(lines)) and lines for lines in graphs.values())
    assert [sum("/figureset/exact/" in line for line in graphs["figures", name]) > 0 for name in ("exact", "types")] == [True, False]


def test_a_category_is_an_attribute_and_a_number_an_exact_figure() -> None:
    sets = [FigureSet("stars", About("", "", ""), [Figure(council="c1", category="two"), Figure(council="c1", period="2006", category="three"),
                                                   Figure(type="unitary", category="x")]),
            FigureSet("score", About("", "", ""), [Figure(council="c1", value=Decimal(1)), Figure(council="c2", value=Decimal(2)), Figure(value=Decimal(3))])]
    plain = [Published("c1", "One"), Published("c2", "Two"), Published("c3", "Three")]
    assert with_figures(plain, sets) == [Published("c1", "One", more=(("stars", "two"), ("stars", "three")), exact=("score",)),
                                         Published("c2", "Two", exact=("score",)), plain[2]]


def test_what_is_undecided_or_blank_is_not_published() -> None:
    assert published({"id": Cell((), ("c1",)), "label": Cell((), ("One",)), "type": Cell((), ("?",)), "note": Cell((), ("a",))}) == Published("c1", "One")
    assert published({"id": Cell((), ("c1",)), "label": Cell((), ("One",)), "type": Cell((), ("unitary",)), "region": Cell((), ("wales",))}) == Published(
        "c1", "One", "unitary", "wales")


def test_figures_for_what_the_study_does_not_know_are_told_twenty_at_most(tmp_path: Path, vocabulary: Vocabulary) -> None:
    figures(tmp_path, a="type,region,council,value,category\nunitarry,london,c1,1,\nunitary,londn,c9,,stars\n",
            b="council,value\n" + "".join(f"n{i:02d},1\n" for i in range(22)))
    found = beside(tmp_path, vocabulary, False)
    assert [key for key, _ in found.graphs()] == [("figures", "a"), ("figures", "b")]
    told = [(f.severity, f.rule, f.message, Path(f.file).name, f.column, f.value) for f in found.findings]
    expected = [("a.csv", "type", "unitarry"), ("a.csv", "region", "londn"), ("a.csv", "council", "c9"), ("a.csv", "category", "stars"),
                *(("b.csv", "council", f"n{i:02d}") for i in range(20))]
    assert told == [(Severity.VIOLATION, f"figures-unknown-{column}", f"'{value}' is no {column} that this study knows.", name, column, value)
                    for name, column, value in expected]


def test_a_set_that_cannot_be_read_is_told_and_the_others_are_there(tmp_path: Path, vocabulary: Vocabulary) -> None:
    figures(tmp_path, a="type,value\nunitary,one\n", b="type,value\nunitary,1\n")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "a.sssom.tsv").write_text("subject_id\nc1\n", encoding="utf-8")
    found = beside(tmp_path, vocabulary, False)
    assert [key for key, _ in found.graphs()] == [("figures", "b")]
    assert [(f.severity, f.rule, Path(f.file).name) for f in found.findings] == [
        (Severity.VIOLATION, "links-unreadable", "a.sssom.tsv"), (Severity.VIOLATION, "figures-unreadable", "a.csv")]


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "data" / "example-study" / "links", tmp_path / "links")
    return tmp_path


def test_links_come_with_what_is_known_of_the_linked_councils(linked: Path, vocabulary: Vocabulary) -> None:
    [(key, whole)] = beside(linked, vocabulary, False).graphs()
    (linked / "links" / "council-register.councils.ttl").unlink()
    [(_, alone)] = beside(linked, vocabulary, False).graphs()
    assert key == ("links", "council-register")
    assert all(lines == sorted(set(lines)) for lines in (whole, alone)) and set(alone) < set(whole)
    assert any(line.startswith("<https://w3id.org/boundwork/graph/fresh/links/council-register> ") for line in alone)
    blank = {term for line in whole for term in line.split(" ") if term.startswith("_:")}
    assert all(term.startswith("_:lcouncil-register") for term in blank)


def test_an_anonymised_study_takes_no_links_to_councils_own_records(linked: Path, vocabulary: Vocabulary) -> None:
    found = beside(linked, vocabulary, True, councils=[])
    assert list(found.graphs()) == []
    assert [(f.rule, f.severity, f.message.startswith("An anonymised study holds links")) for f in found.findings] == [
        ("links-unreadable", Severity.VIOLATION, True)]
