"""A validation after an edit finds what a whole validation finds: random edits, compared whole."""

from __future__ import annotations

import csv
import dataclasses
import io
import mmap
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from boundwork.explore.incremental import Revalidation
from boundwork.explore.row_numbers import PASS_OVER_ROWS
from boundwork.explore.validation import validate_study
from boundwork.explore.working_list import WorkingList, work_through
from boundwork.shacl import Facts, load_shapes, read, results, shape_files
from boundwork.tables.index import index, same_ends
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "data" / "example-study"
EDITS = 25
HARD = ["no-such-thing", "", "?", "two\nlines", "a,b", 'say "so"', "x;y", " ", "é"]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(EXAMPLE, tmp_path / "study"))


def rows_of(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_bytes(text.getvalue().encode())


def edit_cell(rows: list[list[str]], random: Random) -> None:
    row, other, column = random.choice(rows[1:]), random.choice(rows[1:]), random.randrange(1, len(rows[0]))
    row[column] = random.choice([other[column], other[column], random.choice(HARD)])


def insert_row(rows: list[list[str]], random: Random) -> None:
    row = list(random.choice(rows[1:]))
    row[0] = f"new-{random.randrange(10**9)}"
    rows.insert(random.randrange(1, len(rows) + 1), row)


def delete_row(rows: list[list[str]], random: Random) -> None:
    del rows[random.randrange(1, len(rows))]


def move_row(rows: list[list[str]], random: Random) -> None:
    rows.insert(random.randrange(1, len(rows) - 1), rows.pop(random.randrange(1, len(rows))))


def repeat_row(rows: list[list[str]], random: Random) -> None:
    row = list(random.choice(rows[1:]))
    row[0] = f"again-{random.randrange(10**9)}"
    rows.append(row)


def blank_row(rows: list[list[str]], random: Random) -> None:
    rows.insert(random.randrange(1, len(rows)), [""] * len(rows[0]))


def follow(rows: list[list[str]], random: Random) -> None:
    random.choice(rows[1:])[rows[0].index("follows")] = random.choice(rows[1:])[0]


def rename(rows: list[list[str]], random: Random) -> None:
    random.choice(rows[1:])[0] = random.choice([f"named-{random.randrange(10**9)}", random.choice(rows[1:])[0]])


KINDS: tuple[Callable[[list[list[str]], Random], None], ...] = (
    *(edit_cell,) * 6, insert_row, insert_row, delete_row, delete_row, move_row, repeat_row, blank_row, follow, rename)


ODD = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix bw: <https://w3id.org/boundwork/ontology#> . @prefix shape: <https://w3id.org/boundwork/shape/> .
@prefix prov: <http://www.w3.org/ns/prov#> .

shape:against-a-hub a sh:PropertyShape ; sh:targetObjectsOf bw:appliesCode ; sh:path [ sh:inversePath bw:appliesCode ] ; sh:minCount 2 .
shape:of-a-hub a sh:PropertyShape ; sh:targetObjectsOf bw:appliesCode ; sh:path [ sh:inversePath bw:entryFor ] ; sh:minCount 2 .
shape:through-a-decision a sh:PropertyShape ; sh:targetClass bw:Decision ; sh:path ( bw:keepsCoding bw:confidence ) ; sh:maxCount 1 .
shape:long-way a sh:PropertyShape ; sh:targetClass bw:Coding ; sh:path ( bw:claimsWork [ sh:oneOrMorePath bw:follows ] ) ; sh:maxCount 1 .
shape:who-follows a sh:PropertyShape ; sh:targetClass bw:InstitutionalWork ; sh:path [ sh:inversePath bw:follows ] ; sh:maxCount 0 .
shape:followed-says-how-sure a sh:NodeShape ; sh:targetObjectsOf bw:follows ;
    sh:property [ sh:path ( [ sh:inversePath bw:claimsWork ] bw:confidence ) ; sh:minCount 1 ; sh:maxCount 1 ] .
shape:either-way a sh:NodeShape ; sh:targetSubjectsOf bw:follows ;
    sh:not [ sh:path [ sh:alternativePath ( bw:follows [ sh:inversePath bw:follows ] ) ] ; sh:minCount 2 ] .
shape:judged-on a sh:PropertyShape ; sh:targetClass bw:CaseJudgement ; sh:path ( bw:restsOn [ sh:inversePath bw:codes ] bw:confidence ) ; sh:maxCount 1 .
shape:named a sh:PropertyShape ; sh:targetNode <https://w3id.org/boundwork/study/example-study/coding/a05> ; sh:path bw:appliesCode ; sh:minCount 1 .
shape:follows-other a sh:NodeShape ; sh:targetClass bw:Coding ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ; sh:message "of {?value}" ;
    sh:select '''SELECT $this ?value WHERE { $this bw:claimsWork/bw:follows ?w . ?value bw:claimsWork ?w .
                                              $this bw:codes ?here . ?value bw:codes ?there FILTER (?here != ?there) }''' ] .
shape:kept-elsewhere a sh:NodeShape ; sh:targetClass bw:Coding ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select "SELECT $this WHERE { ?d bw:keepsCoding $this ; bw:decidesOn ?e . $this bw:codes ?f FILTER (?e != ?f) }" ] .
shape:same-code a sh:NodeShape ; sh:targetClass bw:Coding ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select "SELECT $this ?value WHERE { $this bw:appliesCode ?c ; bw:confidence ?a . ?value bw:appliesCode ?c ; bw:confidence ?b FILTER (?a != ?b) }" ] .
shape:not-followed a sh:NodeShape ; sh:targetClass bw:InstitutionalWork ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this WHERE { $this bw:hasPurpose ?p FILTER NOT EXISTS { ?w bw:follows $this ; bw:hasPurpose ?p }
                                       FILTER EXISTS { ?v bw:follows $this } }''' ] .
"""
"""Shapes that look from one row to others in many ways: along and against references, through decisions and judgements, over codes."""


def whole(study: Path, shapes: list[Path] | None = None) -> WorkingList:
    return work_through(validate_study(study, shapes), study)


def compare(found: WorkingList, expected: WorkingList, told: str) -> None:
    assert [dataclasses.asdict(f) for f in found.report.sorted()] == [dataclasses.asdict(f) for f in expected.report.sorted()], told
    assert found.report.looked_at == expected.report.looked_at, told
    assert found.rows == expected.rows, told


def run_edits(study: Path, seed: int, shapes: list[Path] | None = None) -> int:
    """Edit at random, compare after each edit, and return how many edits were taken in without a whole validation."""
    random = Random(seed)
    path = study / "codings.csv"
    good = path.read_bytes()
    validation = Revalidation(study, shapes)
    quick = 0
    try:
        compare(validation.validate(), whole(study, shapes), "first")
        for n in range(EDITS):
            kind = random.choice(KINDS)
            if n % 6 == 5:  # mend it all
                path.write_bytes(good)
            else:
                rows = rows_of(path)
                kind(rows, random)
                write(path, rows)
            found = validation.validate()
            compare(found, whole(study, shapes), f"seed {seed}, edit {n}: {kind.__name__} {validation.told}")
            quick += not validation.told
    finally:
        validation.close()
    return quick


def test_random_edits_give_the_findings_of_a_whole_validation(study: Path) -> None:
    assert run_edits(study, 1) >= EDITS // 2


def odd(study: Path, decisions: bool) -> list[Path]:
    """The odd shapes in a file; without decisions, fewer rows are ones that others refer to."""
    (study.parent / "odd.ttl").write_text(ODD, encoding="utf-8")
    if not decisions:
        write(study / "decisions.csv", rows_of(study / "decisions.csv")[:4])
    return [study.parent / "odd.ttl"]


@pytest.mark.parametrize("decisions", [True, False])
def test_shapes_that_look_far_find_what_a_whole_validation_finds(study: Path, decisions: bool) -> None:
    assert run_edits(study, 20, odd(study, decisions)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(21, 41))
def test_shapes_that_look_far_find_the_same_after_many_edits(study: Path, seed: int) -> None:
    assert run_edits(study, seed, odd(study, seed % 3 == 0)) > 0


def test_a_row_that_comes_goes_or_changes_has_no_shape_read_all_rows(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    validation = Revalidation(study)
    validation.validate()
    monkeypatch.setattr("boundwork.explore.incremental.ask_whole", None)
    write(study / "decisions.csv", rows_of(study / "decisions.csv")[:2])
    validation.validate()
    rows = rows_of(study / "codings.csv")
    path, head, last = study / "codings.csv", rows[0], list(rows[-1])
    changes = [{"id": "new-1"}, {"coder": "ann", "follows": "a05"}, {"coder": "ben"}, {"follows": "b05"}, {"boundary": "", "cell": ""}, {"code": "place-talk"}]
    for change in changes:
        if "id" in change:
            rows.append(list(last))
        for column, value in change.items():
            rows[-1][head.index(column)] = value
        write(path, rows)
        compare(validation.validate(), whole(study), str(change))
        assert validation.told == ""
    write(path, rows[:-1])
    compare(validation.validate(), whole(study), "gone")
    assert validation.told == ""
    validation.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 14))
def test_many_random_edits_give_the_findings_of_a_whole_validation(study: Path, seed: int) -> None:
    assert run_edits(study, seed) > 0


def test_other_files_and_ids_that_stand_twice_are_told_and_lead_to_a_whole_validation(study: Path) -> None:
    validation = Revalidation(study)
    validation.validate()
    assert validation.told == ""
    text = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(text + "\n", encoding="utf-8")
    validation.validate()
    assert validation.told == "study.toml changed"
    rows = rows_of(study / "codings.csv")
    rows[2][0] = rows[1][0]
    write(study / "codings.csv", rows)
    found = validation.validate()
    assert "stands twice" in validation.told or "refer to" in validation.told
    compare(found, whole(study), validation.told)
    validation.close()


def test_shipped_shapes_that_ask_for_any_property_find_the_same_under_other_numbers_of_rows() -> None:
    row, shapes = "<https://w3id.org/boundwork/ontology#row>", load_shapes(shape_files())
    breaking = set()

    def asked(facts: Facts) -> list[str]:
        return sorted(map(repr, results(facts, shapes, among=PASS_OVER_ROWS)))

    for path in sorted((ROOT / "shapes").glob("*/invalid/*.ttl")):
        data = read([path])
        codings = sorted(data.instances("<https://w3id.org/boundwork/ontology#Coding>"))
        if not codings or not (found := asked(data)):
            continue
        breaking |= {name for name in PASS_OVER_ROWS if any(name in each for each in found)}
        bare = data.copy()
        bare.remove([f"{s} {row} {v} ." for s, values in data.edges(row).items() for v in list(values)])
        for first, step in ((2, 1), (90, -1), (7, 0)):
            other = bare.copy()
            other.add(f'{s} {row} "{first + n * step}"^^<http://www.w3.org/2001/XMLSchema#integer> .' for n, s in enumerate(codings))
            assert asked(other) == found, path
    assert breaking == PASS_OVER_ROWS


def test_an_index_gives_each_row_as_the_reader_does(study: Path) -> None:
    path = study / "codings.csv"
    rows = rows_of(path)
    rows[3][-1] = "two\nlines"
    rows.insert(5, [""] * len(rows[0]))
    write(path, rows)
    table = read_table(path, TABLES["codings"])
    made = index(table, path, ["id"])
    assert made is not None
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for row in read_table(path, TABLES["codings"]).rows():
            assert made.record(data, row.number) == row
            assert row.number in made.numbers("id", row.cells[0])
        for cut in (0, 1, 40, len(data) // 2, len(data)):
            other = data[:cut] + b"x" + data[cut:]
            head, tail = same_ends(data, other)  # type: ignore[arg-type]
            assert data[:head] == other[:head] and data[len(data) - tail :] == other[len(other) - tail :] and head + tail == len(data)
