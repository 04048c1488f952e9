"""QualCoder, Taguette, RQDA and requal: round trips with every character that shifts offsets, versions, several projects, private tables."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundwork import readers
from boundwork.errors import InputError
from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Link, Memo, Offsets, Project, Selection, Source, User, Variable
from readers.projects import TEXTS, inside_crlf
from readers.writers import COUNT, QUALCODER, QUALCODER_8, REQUAL, RQDA, TAGUETTE, database, highlight_add

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
Rows = dict[str, list[tuple[Any, ...]]]
SLOW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def codings(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text and distinct spans of it, none of them between CR and LF."""
    text = draw(TEXTS)
    spots = st.sampled_from([at for at in range(len(text) + 1) if not inside_crlf(text, at)])
    return text, draw(st.lists(st.tuples(spots, spots).map(lambda p: (min(p), max(p))), unique=True, max_size=6))


def lost(project: Project) -> dict[str, int]:
    return {loss.what: loss.count for loss in project.losses if loss.outcome != "read"}


def written(schema: str, rows: Rows, name: str = "data.qda", **choices: Any) -> Project:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        return readers.read(database(Path(folder, name), schema, rows), **choices)


@SLOW
@given(coded=codings(), unit=st.sampled_from(["code points", "UTF-16 units"]), separator=st.sampled_from(["\n", "\u2029"]))
def test_qualcoder_selections_stand_at_their_words(coded: tuple[str, list[tuple[int, int]]], unit: str, separator: str) -> None:
    """QualCoder counts code points, and UTF-16 units in its window; its quotes have U+2029 for a line end. The quote decides, one by one."""
    text, spans = coded
    rows: Rows = {
        "project": [("v8", "", "memo", "")], "source": [(1, "one.txt", text, None, "", "ada", "")], "code_name": [(1, "voice", "", None, "ada", "", "#fff")],
        "code_text": [(i, 1, 1, text[a:b].replace("\n", separator), COUNT[unit](text, a), COUNT[unit](text, b), "ada", "2024-01-01", "")
                      for i, (a, b) in enumerate(spans, 1)]}
    project = written(QUALCODER_8, rows)
    assert project.sources[0].text == text
    at = {c.id: next(s for s in project.selections if s.id == c.selection) for c in project.codings}
    for i, (a, b) in enumerate(spans, 1):
        found = at[f"coding:{i}"]
        assert found.start is not None
        assert text[found.start:found.end].replace("\r\n", "\n").replace("\u2029", "\n") == text[a:b].replace("\r\n", "\n").replace("\u2029", "\n")
        if unit == "code points":
            assert (found.start, found.end) == (a, b)
    assert sum(o.fitting for o in project.offsets) == len(spans)


def test_a_qualcoder_project_whole(tmp_path: Path) -> None:
    text = "One line.\nAnother 🙂 line."
    rows: Rows = {
        "project": [("v17", "2024", "about it", "QualCoder 3.9", 0, 0, "ada")],
        "source": [(1, "one.txt", text, None, "a memo", "ada", "", None, None), (2, "a.jpg", None, "/images/a.jpg", "", "ada", "", None, None),
                   (3, "b.mp3", None, "/home/ada/b.mp3", "", "ada", "", 1, None)],
        "code_cat": [(1, "Work", "ada", "", "what they do", None), (2, "Inner", "ada", "", "", 1)],
        "code_name": [(1, "voice", "speaking up", 2, "ada", "", "#ff0000", None), (2, "loud", "", None, "ada", "", "", 1)],
        "code_text": [(7, 1, 1, "One", 0, 3, "ada", "2024-01-01", "m", None, None), (8, 2, 1, "One", 0, 3, "bob", "", "", None, 1),
                      (9, 1, 1, "gone", 10, 14, "bob", "", "", None, None), (10, 1, 1, "x", 90, 99, "bob", "", "", None, None)],
        "code_image": [(1, 2, 5, 6, 7, 8, 1, "", "", "ada", None, None)],
        "code_av": [(1, 3, 100, 200, 2, "", "", "bob", None)],
        "annotation": [(1, 1, 4, 8, "odd word", "ada", "")],
        "cases": [(1, "Ada", "a chief", "ada", ""), (2, "Bob", "", "ada", "")],
        "case_text": [(1, 1, 1, 0, len(text), "ada", "", ""), (2, 2, 1, 0, 3, "ada", "", "")],
        "attribute_type": [("age", "", "ada", "in years", "case", "numeric"), ("wave", "", "ada", "", "file", "character")],
        "attribute": [(1, "age", "case", "41", 1, "", "ada"), (2, "wave", "file", "007", 1, "", "ada"), (3, "age", "case", "", 2, "", "ada")],
        "journal": [(1, "diary", "Monday.", "2024-01-02", "ada")],
        "stored_sql": [("t", "", "", "select * from source")],
    }
    folder = tmp_path / "study.qda"
    folder.mkdir()
    database(folder / "data.qda", QUALCODER, rows)
    (folder / "pseudonyms.json").write_text('{"Ada": "Mary Smith"}')
    before = sorted(folder.iterdir())
    project = readers.read(folder)
    assert sorted(folder.iterdir()) == before
    assert "Mary" not in repr(project)
    assert "/home/ada" not in repr(project)
    assert (project.name, project.origin, project.description) == ("study", "QualCoder (v17)", "about it")
    assert project.users == [User("ada", "ada"), User("bob", "bob")]
    assert project.codes == [Code("category:1", "Work", "", "what they do", False), Code("category:2", "Inner", "category:1", "", False),
                             Code("code:1", "voice", "category:2", "speaking up", True, "#ff0000"), Code("code:2", "loud", "code:1")]
    assert project.sources == [Source("source:1", "one.txt", text, "text", "", "a memo"), Source("source:2", "a.jpg", None, "picture", "images/a.jpg"),
                               Source("source:3", "b.mp3", None, "text")]
    assert [(s.id, s.source, s.start, s.end, s.place) for s in project.selections] == [
        ("selection:7", "source:1", 0, 3, ""), ("selection:9", "source:1", 10, 14, ""),
        ("selection:10", "source:1", None, None, "90 to 99 of the file's own count"),
        ("code_image:1", "source:2", None, None, "area 5,6, 7 wide, 8 high"), ("code_av:1", "source:3", None, None, "100 to 200 ms"),
        ("annotation:1", "source:1", 4, 8, ""), ("case_text:2", "source:1", 0, 3, "")]
    assert project.codings[:2] == [Coding("coding:7", "code:1", "ada", "selection:7", "source:1", created="2024-01-01", memo="m"),
                                   Coding("coding:8", "code:2", "bob", "selection:7", "source:1")]
    assert len(project.codings) == 6
    assert project.cases == [Case("case:1", "Ada", "a chief", ("source:1",)), Case("case:2", "Bob", selections=("case_text:2",))]
    assert project.variables == [Variable("case:age", "age", "float", "in years"), Variable("file:wave", "wave")]
    assert project.attributes == [Attribute("case:age", "41", case="case:1"), Attribute("file:wave", "007", source="source:1")]
    assert project.memos == [Memo("journal:1", "Monday.", "diary", "", "ada", "2024-01-02")]
    assert project.links == [Link("source:3>transcript", "source:1", "source:3", "transcript of")]
    assert project.offsets == [Offsets("code points", "as they are", False, 2, 4, 4)]
    assert lost(project) == {
        "marks of importance on codings": 1, "selections of characters that another selection marks already": 1, "selections without characters": 1,
        "selections whose stored words differ from the text there": 1, "paths on somebody's machine": 1, "pseudonyms.json": 1, "table stored_sql": 1}


def test_qualcoder_as_a_file_a_folder_and_a_zip_is_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "study.qda"
    folder.mkdir()
    rows: Rows = {"source": [(1, "one.txt", "One.", None, "", "", "")], "code_name": [(1, "voice", "", None, "", "", "")],
            "code_text": [(1, 1, 1, "One", 0, 3, "ada", "", "")]}
    data = database(folder / "data.qda", QUALCODER_8, rows)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.write(data, "study.qda/data.qda")
        archive.writestr("study.qda/documents/one.txt", "One.")
    projects = [readers.read(p) for p in (folder, data, tmp_path / "study.zip")]
    assert projects[0] == projects[1] == projects[2]
    assert projects[0].codings[0].user == "ada"


TAGGED: Rows = {
    "users": [("ada", "", "scrypt:secret-hash", "ada@example.com")], "projects": [(1, "First", "about", ""), (2, "Second", "", "")],
    "project_members": [(1, "ada", "ADMIN")],
    "documents": [(1, "one", "a note", "one.docx", "", 1, "LEFT_TO_RIGHT", "<p>R&amp;D is <b>é🙂</b> fine.</p>\r\n<p>Yes.</p>"),
                  (2, "two", "", "", "", 2, "LEFT_TO_RIGHT", "<p>Other</p>")],
    "tags": [(1, 1, "work", "what they do"), (2, 1, "voice", ""), (3, 2, "else", "")],
    "highlights": [(1, 1, 7, 13, "<b>é🙂</b>"), (2, 1, 20, 24, "Yes."), (3, 2, 0, 5, "Other")],
    "highlight_tags": [(1, 1), (1, 2), (2, 1), (3, 3)],
    "commands": [(1, "2024-01-01", "ada", 1, 1, highlight_add(1, [1])), (2, "2024-01-02", "bob", 1, 1, highlight_add(1, [1, 2])),
                 (3, "2024-01-03", "bob", 1, 1, json.dumps({"type": "tag_add"})), (4, "2024-01-04", "ada", 1, 1, "no json")],
}


def test_taguette_offsets_are_bytes_and_each_tag_has_its_own_coder() -> None:
    project = written(TAGUETTE, TAGGED, "t.sqlite3", project="First")
    assert "secret-hash" not in repr(project)
    assert "example.com" not in repr(project)
    text = "R&D is é🙂 fine.\nYes."
    assert project.sources == [Source("document:1", "one", text, memo="a note")]
    assert [(s.id, text[s.start:s.end]) for s in project.selections] == [("highlight:1", "é🙂"), ("highlight:2", "Yes.")]
    assert project.codings == [
        Coding("highlight:1/1", "tag:1", "ada", "highlight:1", created="2024-01-01"),
        Coding("highlight:1/2", "tag:2", "bob", "highlight:1", created="2024-01-02"),
        Coding("highlight:2/1", "tag:1", "", "highlight:2")]
    assert project.offsets == [Offsets("UTF-8 bytes", "as they are", False, 2, 2, 2)]
    assert lost(project) == {"other projects in the file": 1, "documents in HTML": 1, "codings without a coder": 1, "commands that are no JSON": 1,
                             "highlights of documents that are not in the project": 1, "table project_members": 1, "table users": 1}


def test_a_tag_that_was_taken_off_and_put_on_again_is_the_second_ones() -> None:
    rows = TAGGED | {"commands": [(1, "d1", "ada", 1, 1, highlight_add(1, [1])), (2, "d2", "ada", 1, 1, highlight_add(1, [])),
                                  (3, "d3", "bob", 1, 1, highlight_add(1, [1]))]}
    project = written(TAGUETTE, rows, "t.sqlite3", project="1")
    assert [(c.id, c.user, c.created) for c in project.codings if c.id == "highlight:1/1"] == [("highlight:1/1", "bob", "d3")]


def test_several_projects_in_a_file_are_listed() -> None:
    with pytest.raises(InputError) as error:
        written(TAGUETTE, TAGGED, "t.sqlite3")
    assert str(error.value) == "t.sqlite3 holds 2 projects: 1 (First), 2 (Second). Name one of them with --project."
    with pytest.raises(InputError, match=r"holds no project called 'Third'\. It holds 1 \(First\), 2 \(Second\)"):
        written(TAGUETTE, TAGGED, "t.sqlite3", project="Third")
    assert written(TAGUETTE, TAGGED, "t.sqlite3", project="2").name == "Second"


@SLOW
@given(coded=codings())
def test_taguette_selections_stand_at_their_words(coded: tuple[str, list[tuple[int, int]]]) -> None:
    text, spans = coded
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip(" \t\n\f")
    spans = [(a, b) for a, b in spans if b <= len(text)]
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    rows: Rows = {
        "projects": [(1, "p", "", "")], "documents": [(1, "one", "", "", "", 1, "", f"<p>{escaped}</p>")], "tags": [(1, 1, "t", "")],
        "highlights": [(i, 1, COUNT["UTF-8 bytes"](text, a), COUNT["UTF-8 bytes"](text, b), text[a:b]) for i, (a, b) in enumerate(spans, 1)],
        "highlight_tags": [(i, 1) for i in range(1, len(spans) + 1)]}
    project = written(TAGUETTE, rows, "t.sqlite3")
    assert project.sources[0].text == text
    assert sorted({(s.start, s.end) for s in project.selections}) == sorted(set(spans))
    assert len(project.codings) == len(spans)


@SLOW
@given(coded=codings())
def test_rqda_and_requal_selections_stand_at_their_words(coded: tuple[str, list[tuple[int, int]]]) -> None:
    text, spans = coded
    rqda = written(RQDA, {"source": [("one", 1, text, "", "", "", "", 1)], "freecode": [("c", "", "", "", "", 1, 1, "")],
                          "coding": [(1, 1, text[a:b], float(a), float(b), 1, "ada", "", "") for a, b in spans]}, "p.rqda")
    assert [(s.start, s.end) for s in rqda.selections] == spans
    assert [c.user for c in rqda.codings] == ["ada"] * len(spans)
    requal = written(REQUAL, {"projects": [(1, "p", "", "")], "users": [(1, "login", "Ada", "mail")], "documents": [(1, 1, 1, "one", "", text)],
                              "codes": [(1, 1, 1, "c", "", "")],
                              "segments": [(1, 1, 1, 1, i, a + 1, b, text[a:b]) for i, (a, b) in enumerate(spans, 1)]}, "p.requal")
    assert [(s.start, s.end) for s in requal.selections] == spans
    assert "mail" not in repr(requal)
    for project in (rqda, requal):
        assert sum(o.fitting for o in project.offsets) == len(spans)


def test_an_rqda_project_whole() -> None:
    text = "One line. Another line."
    rows: Rows = {
        "project": [("DBVersion:0.1", "", "", "about it", "", "")],
        "source": [("one", 1, text, "a memo", "ada", "", "", 1), ("old", 2, "gone", "", "", "", "", 0)],
        "freecode": [("voice", "speaking", "", "", "", 1, 1, "red"), ("power", "", "", "", "", 2, 1, ""), ("old", "", "", "", "", 3, 0, "")],
        "coding": [(1, 1, "One", 0.0, 3.0, 1, "ada", "2024", "m"), (2, 1, "One", 0.0, 3.0, 1, "bob", "", ""), (1, 1, "line", 4.0, 8.0, 0, "ada", "", ""),
                   (3, 1, "line", 4.0, 8.0, 1, "ada", "", "")],
        "coding2": [(1, 1, "One", 0.0, 3.0, 1, "ada", "", "")],
        "codecat": [("Work", 0, 1, "", "", "", "w", 1), ("Talk", 0, 2, "", "", "", "", 1)],
        "treecode": [(1, 1, "", "", "", 1, ""), (1, 2, "", "", "", 1, ""), (2, 1, "", "", "", 1, "")],
        "filecat": [("Wave 1", 0, 1, "", "", "", "", 1)], "treefile": [(1, 1, "", "", "", 1, "")],
        "cases": [("Ada", "chief", "", "", "", 1, 1), ("Bob", "", "", "", "", 2, 1)],
        "caselinkage": [(1, 1, 0.0, float(len(text)), 1, "", "", ""), (2, 1, 10.0, 17.0, 1, "", "", "")],
        "attributes": [("age", 1, "", "", "", "years", "numeric"), ("unused", 1, "", "", "", "", "character")],
        "caseAttr": [("age", "41", 1, "", "", "", 1), ("age", "NA", 2, "", "", "", 1)], "fileAttr": [("wave", "1", 1, "", "", "", 1)],
        "journal": [("day", "Monday.", "2024", "", "ada", 1)],
        "annotation": [(1, 4, "odd", "ada", "", "", 1), (1, len(text) + 1, "behind the end", "ada", "", "", 1)],
    }
    project = written(RQDA, rows, "p.rqda")
    assert project.codes == [Code("category:1", "Work", "", "w", False), Code("category:2", "Talk", "", "", False),
                             Code("code:1", "voice", "category:1", "speaking", True, "red"), Code("code:2", "power", "category:1")]
    assert project.groups == [Group("category:1:codes", "Work", ("code:1", "code:2")), Group("category:2:codes", "Talk", ("code:1",)),
                              Group("filecat:1", "Wave 1", ("source:1",))]
    assert [(c.code, c.user, c.memo) for c in project.codings] == [("code:1", "ada", "m"), ("code:2", "bob", "")]
    assert project.cases == [Case("case:1", "Ada", "chief", ("source:1",)), Case("case:2", "Bob", selections=("caselinkage:2",))]
    assert project.attributes == [Attribute("case:age", "41", case="case:1"), Attribute("source:wave", "1", source="source:1")]
    assert project.variables == [Variable("case:age", "age", "float", "years"), Variable("source:wave", "wave"), Variable("case:unused", "unused")]
    assert [s for s in project.selections if s.id.startswith("annotation")] == [
        Selection("annotation:1", "source:1", 4, 4, memo="odd", user="ada"), Selection("annotation:2", "source:1", memo="behind the end", user="ada")]
    assert lost(project) == {
        "rows of source that are deleted in RQDA": 1, "rows of freecode that are deleted in RQDA": 1, "rows of coding that are deleted in RQDA": 1,
        "codes in several categories": 1, "selections of characters that another selection marks already": 1, "codings with a code that is not there": 1,
        "annotations that lie outside their text": 1, "table coding2": 1}


def test_requal_reads_one_project_of_several_and_memos_about_things() -> None:
    rows: Rows = {
        "projects": [(1, "A", "about", ""), (2, "B", "", "")], "users": [(1, "l", "Ada", "m@x")],
        "documents": [(1, 1, 1, "one", "d", "One two"), (2, 2, 1, "b", "", "x")],
        "codes": [(1, 1, 1, "c", "", "")], "segments": [(1, 1, 1, 1, 5, 5, 7, "two")], "cases": [(1, 1, "Case", "cd")], "cases_documents_map": [(1, 1, 1)],
        "attributes": [(1, "wave", "document", "category", 1, 1)], "attribute_values": [(1, 1, "first")], "attributes_documents_map": [(1, 1, 1, 1)],
        "memos": [(1, 1, 1, "note")], "memos_documents_map": [(1, 1, 1, 2)]}
    project = written(REQUAL, rows, "p.requal", project="A")
    assert project.sources == [Source("source:1", "one", "One two", memo="d")]
    assert project.cases == [Case("case:1", "Case", "cd", ("source:1",))]
    assert project.memos == [Memo("memo:1", "note", about="source:1", user="1")]
    assert project.attributes == [Attribute("attribute:1", "first", source="source:1")]
    assert lost(project) == {"rows of other projects in the file": 1, "memos on a stretch of a document": 1}


def test_text_that_is_not_utf8_is_mended_and_counted(tmp_path: Path) -> None:
    path = database(tmp_path / "p.rqda", RQDA, {"source": [("one", 1, "x", "", "", "", "", 1)]})
    connection = sqlite3.connect(path)
    connection.execute("UPDATE source SET file = CAST(x'4ae972' AS TEXT)")
    connection.commit()
    connection.close()
    project = readers.read(path)
    assert project.sources[0].text == "J�r"
    assert lost(project) == {"texts that are not UTF-8": 1}


def test_what_waits_in_a_write_ahead_log_is_reported(tmp_path: Path) -> None:
    path = database(tmp_path / "p.rqda", RQDA, {"source": [("one", 1, "x", "", "", "", "", 1)]})
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("INSERT INTO source VALUES ('two', 2, 'y', '', '', '', '', 1)")
    connection.commit()
    assert lost(readers.read(path)) == {"changes that are still in the write-ahead log": 1}
    connection.close()
    assert len(readers.read(path).sources) == 2
