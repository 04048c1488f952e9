"""After an edit of extracts.csv, a validation of what changed finds what a whole validation finds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from boundwork.explore.incremental import Revalidation
from random_edits import compare, odd_shapes, refer_less, rows_of, run_edits, whole, write

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = Path(shutil.copytree(ROOT / "data" / "example-study", tmp_path / "study"))
    refer_less(made)
    return made


def test_random_edits_give_the_findings_of_a_whole_validation(study: Path) -> None:
    assert run_edits(study, 101, extracts=True, edits=17) >= 17 // 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(102, 122))
def test_many_random_edits_give_the_findings_of_a_whole_validation(study: Path, seed: int) -> None:
    assert run_edits(study, seed, extracts=True) > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(122, 127))
def test_many_random_edits_give_the_same_where_the_nearest_id_is_told_of_few_alone(study: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    few = len(rows_of(study / "extracts.csv")) - 2 + seed % 4  # one more or less makes the difference
    monkeypatch.setattr("boundwork.populate.rows.MOST_NEAREST", few)
    monkeypatch.setattr("boundwork.explore.kept_rows.MOST_NEAREST", few)
    assert run_edits(study, seed, extracts=True) > 0


def test_shapes_that_look_far_find_what_a_whole_validation_finds(study: Path) -> None:
    assert run_edits(study, 131, odd_shapes(study), extracts=True, edits=11) > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(132, 152))
def test_shapes_that_look_far_find_the_same_after_many_edits(study: Path, seed: int) -> None:
    assert run_edits(study, seed, odd_shapes(study), extracts=True) > 0


def test_a_row_that_comes_goes_or_changes_has_no_shape_read_all_rows(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    validation = Revalidation(study)
    validation.validate()
    monkeypatch.setattr("boundwork.explore.incremental.ask_whole", None)
    path, rows = study / "extracts.csv", rows_of(study / "extracts.csv")
    head, first, last = rows[0], rows[20], list(rows[30])
    place = ("source", "start", "end", "about", "wave")
    about, wave = head.index("about"), head.index("wave")
    others = [row[about] for row in rows[1:] if row[wave] == first[wave] and row[about] not in ("", first[about])]
    changes: list[dict[str, str]] = [
        {"id": "new-1"}, {column: first[head.index(column)] for column in place}, {"start": f"0{first[head.index('start')]}"}, {"gist": "another", "quote": ""},
        {"end": "1"}, {"kind": "narrative"}, {"speaker": ""}, {"sha256": "no"}, {"about": others[0]}]
    repeated = 0
    for change in changes:
        if "id" in change:
            rows.insert(25, list(last))
        for column, value in change.items():
            rows[25][head.index(column)] = value
        write(path, rows)
        found = validation.validate()
        repeated += any(f.rule == "extract-not-repeated" for f in found.report.findings)
        compare(found, whole(study), str(change))
        assert validation.told == "", change
    assert 2 <= repeated < len(changes)
    del rows[25]
    write(path, rows)
    compare(validation.validate(), whole(study), "gone")
    assert validation.told == ""
    validation.close()


def test_both_tables_saved_at_once_and_codings_whose_extract_comes_and_goes(study: Path) -> None:
    validation = Revalidation(study)
    validation.validate()
    extracts, codings = rows_of(study / "extracts.csv"), rows_of(study / "codings.csv")
    name, told = codings[0].index("extract"), []

    def saved(what: str) -> set[str]:
        write(study / "extracts.csv", extracts)
        write(study / "codings.csv", codings)
        found = validation.validate()
        compare(found, whole(study), f"{what} {validation.told}")
        told.append(validation.told)
        return {f"{f.rule} {f.extract}" for f in found.report.findings if f.rule == "table-unknown-ref"}

    like, coded = list(extracts[25]), list(codings[60])
    coded[codings[0].index("follows")] = ""
    codings.insert(10, ["late-1", "late", *coded[2:]])
    assert saved("a coding of no extract") == {"table-unknown-ref late"}
    extracts.insert(3, ["late", *like[1:]])
    assert saved("its extract comes") == set()
    extracts.insert(7, ["other", *like[1:]])
    codings[10][name] = "other"
    codings.append(["late-2", "late", *coded[2:]])
    assert saved("both tables at once") == set()
    del extracts[3]
    assert saved("an extract goes") == {"table-unknown-ref late"}
    codings.pop()
    assert saved("its coding goes") == set()
    assert told == [""] * 5
    validation.close()


def test_what_hangs_on_all_extracts_is_told_and_leads_to_a_whole_validation(study: Path) -> None:
    validation = Revalidation(study)
    validation.validate()
    path, good = study / "extracts.csv", rows_of(study / "extracts.csv")
    column = {name: at for at, name in enumerate(good[0])}

    def told(change: dict[str, str], row: int = 1, more: tuple[list[str], ...] = ()) -> str:
        rows = [list(r) for r in good]
        for name, value in change.items():
            rows[row][column[name]] = value
        write(path, [*rows, *more])
        compare(validation.validate(), whole(study), str(change))
        reason = validation.told
        write(path, good)
        validation.validate()
        return reason

    assert "of other waves" in told({"about": "", "wave": "w1"})
    assert "refer to an id" in told({"id": "another"})
    assert "stands twice" in told({"id": good[9][0]}, 8) or "refer to an id" in told({"id": good[9][0]}, 8)
    assert "stands twice" in told({}, more=(list(good[9]),))
    assert "header of extracts.csv" in told({"note": "notes"}, 0)
    write(path, good[:1])
    compare(validation.validate(), whole(study), "no rows")
    assert validation.told
    write(path, good)
    compare(validation.validate(), whole(study), "rows again")
    validation.validate()
    assert validation.told == ""
    path.unlink()
    compare(validation.validate(), whole(study), "gone")
    assert validation.told == "extracts.csv is missing"
    validation.close()
