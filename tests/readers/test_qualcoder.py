"""QualCoder's tables one by one: what has no text, what reaches outside it, whole cases and parts, and how the project is called."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from boundwork import readers
from boundwork.readers.record import Case, Loss, Project, Selection, User
from readers.test_databases import Rows, written
from readers.writers import QUALCODER, QUALCODER_8, database

TEXT = "One two three"
SOURCE = [(1, "one.txt", TEXT, None, "", "", "", None, None)]


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read"]


def test_coders_are_known_by_their_own_table_too() -> None:
    project = written(QUALCODER + "CREATE TABLE coder_names (name text);", {"coder_names": [("ada",), ("bob",)], "source": SOURCE})
    assert project.users == [User("ada", "ada"), User("bob", "bob")]


def test_a_picture_has_a_text_where_one_was_typed_and_an_empty_document_has_an_empty_one() -> None:
    rows = [(n, "s", text, path, "", "", "", None, None) for n, (text, path) in enumerate(
        ((None, None), ("", None), ("words", None), ("", "/images/a.jpg"), ("words", "images:/x/b.jpg"), ("", "/docs/a.pdf"), ("", "audio:/c.mp3"),
         ("said", "/video/d.mp4")))]
    project = written(QUALCODER, {"source": rows})
    assert [(s.kind, s.text, s.path) for s in project.sources] == [
        ("text", None, ""), ("text", "", ""), ("text", "words", ""), ("picture", None, "images/a.jpg"), ("picture", "words", ""),
        ("pdf", "", "docs/a.pdf"), ("audio", None, ""), ("video", "said", "video/d.mp4")]
    assert losses(project) == [Loss("left out", "paths on somebody's machine", 2, "private")]


def test_a_coding_whose_position_is_missing_is_kept_without_characters() -> None:
    rows: Rows = {"source": SOURCE, "code_name": [(1, "voice", "", None, "", "", "", None)],
                  "code_text": [(1, 1, 1, "One", None, 3, "ada", "", "", 5, None), (2, 1, 1, "two", 4, None, "ada", "", "", None, None),
                                (3, 1, 1, "two", 4, 7, "ada", "", "", None, 1)]}
    project = written(QUALCODER, rows)
    assert project.selections == [
        Selection("selection:1", "source:1", quote="One", place="? to 3 of the file's own count", user="ada"),
        Selection("selection:2", "source:1", quote="two", place="4 to ? of the file's own count", user="ada"),
        Selection("selection:3", "source:1", 4, 7, "two", user="ada")]
    assert losses(project) == [
        Loss("approximated", "selections without characters", 2, "they reach outside their text", "code_text: selection:1; code_text: selection:2"),
        Loss("left out", "ties between a coding of a transcript and one of its recording", 1, "the record has no place for them", "1"),
        Loss("left out", "marks of importance on codings", 1, "the record has no place for them", "3")]


def test_an_annotation_is_a_stretch_or_a_point_of_its_text() -> None:
    spans = [(0, 3), (0, 0), (13, 13), (-1, 3), (5, 4), (5, 14), (None, 3), (3, None)]
    rows: Rows = {"source": [*SOURCE, (2, "film", None, "/video/a.mp4", "", "", "", None, None)],
                  "annotation": [*((n, 1, *span, f"memo {n}", "ada", "2024") for n, span in enumerate(spans, 1)), (9, 2, 0, 3, "film", "ada", "")]}
    project = written(QUALCODER, rows)
    assert [(s.start, s.end) for s in project.selections] == [(0, 3), (0, 0), (13, 13), *[(None, None)] * 6]
    assert project.selections[0] == Selection("annotation:1", "source:1", 0, 3, memo="memo 1", created="2024", user="ada")
    assert losses(project) == [Loss("approximated", "stretches that reach outside their text", 3, "kept without characters",
                                    "source:1, -1 to 3; source:1, 5 to 4; source:1, 5 to 14")]


def test_a_case_has_a_source_whole_or_a_part_of_it() -> None:
    """QualCoder ends the whole of a text at its last character, or one before it."""
    spans = [(0, 13), (0, 12), (0, 11), (1, 13)]
    rows: Rows = {"source": SOURCE, "cases": [(n, f"case {n}", "", "", "") for n in range(4)],
                  "case_text": [(70 + n, n, 1, *span, "ada", "2024", "m") for n, span in enumerate(spans)]}
    project = written(QUALCODER, rows)
    assert project.cases == [Case("case:0", "case 0", sources=("source:1",)), Case("case:1", "case 1", sources=("source:1",)),
                             Case("case:2", "case 2", selections=("case_text:72",)), Case("case:3", "case 3", selections=("case_text:73",))]
    assert project.selections[0] == Selection("case_text:72", "source:1", 0, 11, memo="m", created="2024", user="ada")
    older = QUALCODER.replace("case_text (id integer primary key, ", "case_text (")
    project = written(older, rows | {"case_text": [row[1:] for row in rows["case_text"]]})
    assert [s.id for s in project.selections] == ["case_text:3", "case_text:4"]


def test_members_of_cases_that_are_gone_are_named_up_to_five() -> None:
    rows: Rows = {"source": SOURCE, "case_text": [(n, n, 1, 0, 13 if n % 2 else 3, "", "", "") for n in range(1, 7)]}
    for most in (5, 6):
        project = written(QUALCODER, rows | {"case_text": rows["case_text"][:most]})
        assert losses(project) == [Loss("left out", "members of cases that are not there", most, "", "case:1, case:2, case:3, case:4, case:5")]


def test_an_attribute_of_neither_case_nor_file_is_told() -> None:
    project = written(QUALCODER, {"attribute": [(1, "age", "journal", "41", 1, "", ""), (2, "age", "journal", "", 1, "", "")]})
    assert losses(project) == [Loss("left out", "attributes of a journal", 1, "only cases and files have attributes", "table attribute, row 1")]


@pytest.mark.parametrize(("file", "name"), [("study.qda/data.qda", "study"), ("Study.QDA/Data.qda", "Study"), ("folder/data.qda", "data"),
                                            ("folder.qda/other.qda", "other")])
def test_a_database_alone_is_called_by_its_folder_or_by_itself(file: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.parent.mkdir()
    database(path, QUALCODER_8, {"source": [(1, "one", b"\xff", None, "", "", "")]}).with_name("pseudonyms.json").write_text("{}")
    project = readers.read(path)
    assert project.name == name
    assert ("pseudonyms.json" in {loss.what for loss in losses(project)}) == (path.name.lower() == "data.qda")


def test_messages_name_the_database_inside_a_folder(tmp_path: Path) -> None:
    """A text that is not UTF-8 is told with the file that holds it."""
    folder = tmp_path / "study.qda"
    folder.mkdir()
    database(folder / "data.qda", QUALCODER_8 + "INSERT INTO source (id, name, memo) VALUES (1, 'one', CAST(x'4ae972' AS TEXT));", {})
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.write(folder / "data.qda", "deep/inside.qda/data.qda")
        archive.writestr("deep/inside.qda/pseudonyms.json", "{}")
    told = [{loss.what: loss.where for loss in losses(readers.read(path))} for path in (folder, folder / "data.qda", tmp_path / "study.zip")]
    assert [t["texts that are not UTF-8"] for t in told] == ["study.qda/data.qda", "data.qda", "study.zip: deep/inside.qda/data.qda"]
    assert "pseudonyms.json" in told[2]
    assert readers.read(tmp_path / "study.zip").name == "inside"
