"""A validation after an edit finds what a whole validation finds: random edits, compared whole."""

from __future__ import annotations

import mmap
import shutil
from pathlib import Path

import pytest

from boundwork.errors import InputError
from boundwork.explore.incremental import Revalidation
from boundwork.explore.row_numbers import PASS_OVER_ROWS
from boundwork.shacl import Facts, load_shapes, read, results, shape_files
from boundwork.tables.index import index, same_ends
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from random_edits import compare, odd_shapes, refer_less, rows_of, run_edits, whole, write

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(ROOT / "data" / "example-study", tmp_path / "study"))


def test_random_edits_give_the_findings_of_a_whole_validation(study: Path) -> None:
    assert run_edits(study, 1, edits=17) >= 17 // 2


def odd(study: Path, decisions: bool) -> list[Path]:
    """The odd shapes; without decisions, fewer rows are ones that others refer to."""
    if not decisions:
        refer_less(study, judgements=10)
    return odd_shapes(study)


@pytest.mark.parametrize("decisions", [True, False])
def test_shapes_that_look_far_find_what_a_whole_validation_finds(study: Path, decisions: bool) -> None:
    assert run_edits(study, 20, odd(study, decisions), edits=11) > 0


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
    changes = [{"id": "new-1"}, {"coder": "ann", "follows": "a05"}, {"coder": "ben"}, {"follows": "b05"}, {"boundary": "", "cell": ""}, {"code": "place-talk"},
               {"supports": "c5"}, {"supports": "", "challenges": "c5;c1"}, {"challenges": "c1"}]
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


def test_a_row_that_decisions_and_judgements_name_has_no_shape_read_all_rows(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some columns of the first row that one of them names are given what another row has there."""
    validation = Revalidation(study)
    validation.validate()
    monkeypatch.setattr("boundwork.explore.incremental.ask_whole", None)
    found = set()
    for table, naming, column, changed in (("codings.csv", "decisions.csv", "keeps", ("extract", "confidence")),
                                           ("extracts.csv", "judgements.csv", "rests_on", ("kind", "about"))):
        head, *others = rows_of(study / naming)
        named = {i for row in others for i in row[head.index(column)].split(";")}
        good = rows_of(study / table)
        number, row = next((n, r) for n, r in enumerate(good) if r[0] in named)
        for name in changed:
            rows, place = [list(r) for r in good], good[0].index(name)
            rows[number][place] = next(r[place] for r in reversed(good[1:]) if r[place] != row[place])
            write(study / table, rows)
            now = validation.validate()
            assert validation.told == ""
            compare(now, whole(study), f"{table} {name}")
            found |= {f.rule for f in now.report.findings}
        write(study / table, good)
        compare(validation.validate(), whole(study), "mended")
    assert found >= {"decision-keeps-own-extract", "judgement-rests-on-own-actor"}
    validation.close()


def test_shapes_of_decisions_are_asked_near_an_edit_only_where_they_come_to_rows_step_by_step(study: Path) -> None:
    """Not from a constant, from a decision that nothing leads to, or from a row over what rows have in common."""
    validation = Revalidation(study, odd_shapes(study))
    validation.validate()
    assert validation._kept is not None
    ways = {name.strip("<>").rpartition("/")[2]: way for name, way in validation._kept.near.items()}
    assert {name for name, way in ways.items() if way is not None and way.entered} == {
        "through-a-decision", "judged-on", "rests-on-one-source", "same-reason", "judged-alike", "rested-on-together"}
    assert {ways[name] for name in ("some-other-is-unsure", "one-of-a-reason", "judged-from-elsewhere")} == {None}
    assert {name for name, way in ways.items() if way is not None and way.returns} == {"rested-on-together"}
    validation.close()


def test_a_shape_that_comes_back_from_a_row_to_another_judgement_is_asked_of_that_one_too(study: Path) -> None:
    """A judgement rests on x01; another rests on it too, and on a row that changes."""
    judgements = rows_of(study / "judgements.csv")
    for row, rests_on in zip(judgements[1:], ("x01", "x01;x02"), strict=False):
        row[judgements[0].index("rests_on")] = rests_on
    write(study / "judgements.csv", judgements)
    shapes = odd_shapes(study)
    validation, rows, found = Revalidation(study, shapes), rows_of(study / "extracts.csv"), []
    for gist in ("Short.", "Long." * 20, "Short."):
        next(r for r in rows if r[0] == "x02")[rows[0].index("gist")] = gist
        write(study / "extracts.csv", rows)
        now = validation.validate()
        compare(now, whole(study, shapes), gist)
        found.append(sum(f.rule == "rested-on-together" for f in now.report.findings))
    assert found[1] > found[0] == found[2] and validation.told == ""
    validation.close()


def test_a_shape_that_cannot_be_run_is_one_clear_error(study: Path) -> None:
    (study.parent / "bad.ttl").write_text("""
        @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix bw: <https://w3id.org/boundwork/ontology#> .
        <urn:bad> a sh:NodeShape ; sh:targetClass bw:Coding ; sh:sparql [ sh:select "SELECT $this WHERE { VALUES ?x { 1 } $this bw:codes ?x }" ] .
        """, encoding="utf-8")
    with pytest.raises(InputError, match="cannot be run: the query of urn:bad has VALUES"):
        Revalidation(study, [study.parent / "bad.ttl"]).validate()


def test_a_changed_row_that_names_no_extract_is_found(study: Path) -> None:
    validation = Revalidation(study)
    validation.validate()
    rows = rows_of(study / "codings.csv")
    rows[20][rows[0].index("extract")] = ""
    write(study / "codings.csv", rows)
    found = validation.validate()
    compare(found, whole(study), "blank")
    assert validation.told == "" and [f.row for f in found.report.findings if f.rule == "table-empty-cell"] == [21]
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
        rows = sorted(node for cls in ("Coding", "Extract") for node in data.instances(f"<https://w3id.org/boundwork/ontology#{cls}>"))
        if not rows or not (found := asked(data)):
            continue
        breaking |= {name for name in PASS_OVER_ROWS if any(name in each for each in found)}
        bare = data.copy()
        bare.remove([f"{s} {row} {v} ." for s, values in data.edges(row).items() for v in list(values)])
        for first, step in ((2, 1), (90, -1), (7, 0)):
            other = bare.copy()
            other.add(f'{s} {row} "{first + n * step}"^^<http://www.w3.org/2001/XMLSchema#integer> .' for n, s in enumerate(rows))
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
