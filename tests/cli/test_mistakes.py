"""What goes wrong on the first day, and how to find the place of some words: one mistake gives one message that says what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from boundwork.explore.locating import find_words
from boundwork.findings import Severity
from conftest import STUDIES, Run

PAPER_STUDY, EXAMPLE = STUDIES

pytestmark = pytest.mark.usefixtures("builds")


# ---- places of words -----------------------------------------------------------------------------------------------------------------

TEXT = "\ufeffShe said: “We don’t\nknow – yet.”\r\n\r\nIn the corpo-\nrate centre, we don't know.\nWe DON'T know.\n"


def places(words: str, fresh: Path, text: str = TEXT) -> list[str]:
    """The words as the text has them, at each place that was found."""
    path = fresh / "texts" / "new.txt"
    path.write_bytes(text.encode())
    found = find_words(fresh, words, path)
    assert [p.words for p in found.places] == [text[p.start : p.end] for p in found.places]
    return [p.words for p in found.places]


def test_words_are_found_whatever_their_quotes_and_white_space(fresh: Path) -> None:
    assert places('"we don\'t know - yet."', fresh) == ["“We don’t\nknow – yet.”"]
    assert places("we  don’t know", fresh) == ["We don’t\nknow", "we don't know", "We DON'T know"]
    assert places("the corporate centre", fresh) == ["the corpo-\nrate centre"]
    assert places("cafe\u0301", fresh, "the caf\u00e9") == ["caf\u00e9"]
    assert places("corpora", fresh) == []


def test_a_found_place_is_a_row_that_resolves(run: Run, fresh: Path) -> None:
    done = run("resolve", "--find", "They bring a way\nof measuring", "--format", "json", cwd=fresh)
    [place] = json.loads(done.stdout)
    assert done.returncode == 0
    assert place["line"].startswith(f"x2,interview-1,,{place['start']},{place['end']},{place['sha256']},attributed,")
    with open(fresh / "extracts.csv", "a", encoding="utf-8") as file:
        file.write(place["line"] + "\n")
    again = json.loads(run("resolve", "--extract", "x2", "--format", "json", cwd=fresh).stdout)
    assert [(r["words"], r["holds"]) for r in again] == [("They bring a way of measuring", "yes")]
    assert json.loads(run("resolve", "--find", "They bring a way of measuring", "--format", "json", cwd=fresh).stdout)[0]["extract"] == "x2"


def test_a_text_that_no_table_knows_gets_a_row_for_sources_too(run: Run, fresh: Path) -> None:
    (fresh / "texts" / "second.txt").write_text("Nothing is said twice here.\n", encoding="utf-8")
    shown = run("resolve", "--text", "texts/second.txt", "--find", "said twice", cwd=fresh).stdout.splitlines()
    assert shown[0] == "second: 11,21"
    at = shown.index("For sources.csv:")
    with open(fresh / "sources.csv", "a", encoding="utf-8") as file:
        file.write(shown[at + 2] + "\n")
    assert run("validate", cwd=fresh).returncode == 0
    assert "For sources.csv:" not in run("resolve", "--text", "texts/second.txt", "--find", "said twice", cwd=fresh).stdout


def test_words_that_do_not_stand_there_get_the_nearest(run: Run, fresh: Path) -> None:
    done = run("resolve", "--find", "We know our districts", cwd=fresh)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Did you mean" in done.stderr
    assert "'We know our district'?" in done.stderr
    assert json.loads(run("resolve", "--find", "zebra crossing", "--format", "json", cwd=fresh).stdout) == []
    assert run("resolve", "--find", " ", cwd=fresh).returncode == 2
    assert "We know our district." in run("resolve", "--find", "-", cwd=fresh, text="We know\nour district.\n").stdout


# ---- what goes wrong on the first day ------------------------------------------------------------------------------------------------


def broken(name: str, fresh: Path) -> None:
    """Do to the study what people and spreadsheets do."""
    table = fresh / "codings.csv"
    text = table.read_bytes()
    extracts = fresh / "extracts.csv"
    match name:
        case "workbook":
            table.write_bytes(b"PK\x03\x04" + bytes(40))
        case "utf-16":
            table.write_bytes(text.decode().encode("utf-16"))
        case "semicolons":
            table.write_bytes(text.replace(b";", b"+").replace(b",", b";"))
        case "sep":
            table.write_bytes(b"sep=,\n" + text)
        case "column":
            table.write_bytes(text.replace(b",basis,", b",basiss,"))
        case "label":
            table.write_bytes(text.replace(b",external-assessor,", b",External assessor,"))
        case "comma":
            table.write_bytes(text.replace(b"local-expertise-first;generic-expertise-first", b'"local-expertise-first, generic-expertise-first"'))
        case "other column":
            table.write_bytes(text.replace(b",blurring,", b",expertise,"))
        case "decimal":
            extracts.write_bytes(extracts.read_bytes().replace(b",166,", b",166.0,"))
        case "date":
            extracts.write_bytes(extracts.read_bytes().replace(b"c1-director,c1,,", b"c1-director,c1,01/02/2024,"))
        case "formula":
            table.write_bytes(text.replace(b",expertise,", b",#REF!,"))
        case "latin-1":
            councils = fresh / "councils.csv"
            councils.write_bytes(councils.read_bytes().replace(b"Council 1", "Zürich".encode("latin-1")))
        case "no councils":
            (fresh / "councils.csv").unlink()


@pytest.mark.parametrize(("fault", "rule", "said"), [
    ("workbook", "table-encoding", "a workbook of Excel or LibreOffice"), ("utf-16", "table-encoding", "UTF-16"),
    ("semicolons", "table-separator", "separated by semicolons"), ("sep", "table-separator", "Remove it"),
    ("column", "table-missing-column", "called 'basiss'? Then rename that."), ("label", "table-unknown-code", "Did you mean 'external-assessor'?"),
    ("comma", "table-unknown-code", "Put ; between several values"), ("other column", "table-unknown-code", "a code of column boundary"),
    ("decimal", "table-not-a-number", "Write 166."), ("date", "table-unknown-wave", "turned it into a date"),
    ("formula", "table-unknown-code", "formula fails"),
    ("latin-1", "table-encoding", "save as 'CSV UTF-8'"), ("no councils", "table-unknown-actor", "neither a council")])
def test_one_mistake_gives_one_violation_that_says_what_to_do(fault: str, rule: str, said: str, fresh: Path) -> None:
    from boundwork.explore.validation import validate_study

    broken(fault, fresh)
    violations = [f for f in validate_study(fresh).sorted() if f.severity == Severity.VIOLATION]
    assert {f.rule for f in violations} == {rule}
    assert len(violations) == (2 if fault == "no councils" else 1)
    assert said in violations[0].message
    assert not re.search(r"[?!.]\.(\s|$)", violations[0].message)


def test_a_skeleton_is_never_added_to_a_shipped_study_unasked(run: Run, tmp_path: Path) -> None:
    done = run("new", "query", "own-question", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--study" in done.stderr and "boundwork init" in done.stderr


@pytest.mark.parametrize(("args", "said"), [
    (["sparql", " "], "The query is empty."), (["import", "paper.pdf", "-o", "new"], "paper.pdf is a PDF.\n  Export the project from its program"),
    (["ask", "hybrid-cases", "--colour"], "boundwork ask: error: unrecognized arguments: --colour\n  See: boundwork ask --help"),
    (["restore", "paper.pdf"], "See: boundwork restore --help")])
def test_wrong_usage_says_what_to_do_next(args: list[str], said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.4\n")
    done = run(*args, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_capitals_and_blanks_in_column_names_are_no_mistake(run: Run, fresh: Path) -> None:
    table = fresh / "codings.csv"
    text = table.read_text(encoding="utf-8").replace("id,extract,coder", "ID,Extract, Coder").replace("performed_by", "Performed by")
    table.write_text(text, encoding="utf-8")
    assert run("validate", "--fail-on", "info", cwd=fresh).returncode == 0


def test_a_finding_on_a_blank_cell_says_that_it_is_blank(run: Run) -> None:
    shown = run("validate", EXAMPLE).stdout
    assert "boundary-work-has-other  [other is blank]" in shown
    rows = json.loads(run("validate", EXAMPLE, "--format", "json").stdout)
    assert {r["value"] for r in rows if r["rule"] == "boundary-work-has-other"} == {""}


def test_a_skeleton_of_a_shape_is_broken_and_kept_by_its_own_examples(run: Run, fresh: Path) -> None:
    assert run("new", "shape", "own-shape", cwd=fresh).returncode == 0
    for example, expected in (("invalid/without-interviews.ttl", ["own-shape"]), ("valid/with-interviews.ttl", [])):
        done = run("validate", f"shapes/own-shape/{example}", "--shapes", "shapes/own-shape.ttl", "--fail-on", "violation", "--format", "json", cwd=fresh)
        assert done.returncode == 0, done.stdout
        assert [f["rule"] for f in json.loads(done.stdout)] == expected
    shape = fresh / "shapes" / "own-shape.ttl"
    shape.write_text(shape.read_text(encoding="utf-8").replace("bw:interviewsReported", "bw:interviewReported"), encoding="utf-8")
    done = run("validate", "shapes/own-shape/valid/with-interviews.ttl", "--shapes", "shapes/own-shape.ttl", "--format", "json", cwd=fresh)
    assert done.returncode == 1
    assert "shape-unknown-name" in {f["rule"] for f in json.loads(done.stdout)}
