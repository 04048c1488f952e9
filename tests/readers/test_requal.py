"""requal's tables one by one: projects that share a file, codes in categories, memos about things, people who are ids."""

from __future__ import annotations

from typing import Any

from boundwork.readers.record import Attribute, Code, Coding, Group, Loss, Memo, Offsets, Project, Selection, User, Variable
from readers.test_databases import Rows, written
from readers.writers import REQUAL

CATEGORIES = """
CREATE TABLE requal_version (project_id integer, version text);
CREATE TABLE categories (project_id integer, category_id integer, category_name text, category_description text);
CREATE TABLE categories_codes_map (project_id integer, category_id integer, code_id integer);
CREATE TABLE memos_segments_map (memo_id integer, segment_id integer);
CREATE TABLE memos_codes_map (memo_id integer, code_id integer);
CREATE TABLE logs (project_id integer, words text);
"""
ROWS: Rows = {"projects": [(1, "A", "about", "")], "users": [(1, "login", "Ada", "m@x"), (2, "other", "", "")], "documents": [(1, 1, 1, "one", "", "One two")],
              "codes": [(1, n, 1, f"code {n}", "", "") for n in (1, 2)]}


def read(rows: Rows, schema: str = REQUAL + CATEGORIES, **choices: Any) -> Project:
    return written(schema, ROWS | rows, "p.requal", **choices)


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read" and not loss.what.startswith("table")]


def test_the_project_says_its_version_and_what_it_is_about() -> None:
    rows: Rows = {"requal_version": [(1, "1.2"), (2, "9")], "projects": [(1, "A", "about", ""), (2, "", "", "")], "logs": [(1, "Ada"), (2, "Ben")]}
    project = read(rows, project="1")
    assert (project.name, project.origin, project.description) == ("A", "requal 1.2", "about")
    assert Loss("left out", "table logs", 2, "a log of clicks, with people's names") in project.losses
    other = read(rows, project="2")
    assert (other.name, other.origin, other.description) == ("p", "requal 9", "")


def test_segments_count_from_one_with_their_end() -> None:
    segments = [(1, 1, 1, 1, 5, 1, 3, "One"), (1, 2, 1, None, 6, 5, 7, "two"), (1, 3, 1, 1, 7, 5, 6, "two"), (1, 1, 1, 2, 8, None, 3, "One"),
                (1, 1, 1, 2, 9, 5, None, "two")]
    project = read({"segments": segments})
    assert project.selections == [
        Selection("selection:5", "source:1", 0, 3, "One", user="1"), Selection("selection:6", "source:1", 4, 7, "two", user="2"),
        Selection("selection:7", "source:1", 4, 6, "two", user="3"),
        Selection("selection:8", "source:1", quote="One", place="? to 3 of the file's own count", user="1"),
        Selection("selection:9", "source:1", quote="two", place="5 to ? of the file's own count", user="1")]
    assert project.codings == [Coding("coding:5", "code:1", "1", "selection:5", "source:1"), Coding("coding:7", "code:1", "3", "selection:7", "source:1"),
                               Coding("coding:8", "code:2", "1", "selection:8", "source:1"), Coding("coding:9", "code:2", "1", "selection:9", "source:1")]
    assert project.users == [User("1", "Ada"), User("2", "2"), User("3", "3")]
    assert project.offsets == [Offsets("code points, counted from 1, end included", "as they are", False, 2, 5, 5)]
    assert losses(project) == [
        Loss("kept", "segments without a code", 1, "they are selections that nobody coded", "6"),
        Loss("approximated", "selections whose stored words differ from the text there", 1, "kept where the file puts them", "segments: selection:7"),
        Loss("approximated", "selections without characters", 2, "they reach outside their text", "segments: selection:8; segments: selection:9")]


def test_a_segment_without_an_id_is_called_by_its_row() -> None:
    schema = REQUAL.replace("segment_id integer primary key, ", "")
    assert [s.id for s in read({"segments": [(1, 1, 1, 1, 1, 3, "One"), (1, 1, 1, 1, 5, 7, "two")]}, schema).selections] == ["selection:1", "selection:2"]


def test_codes_stand_under_the_first_of_their_categories() -> None:
    rows: Rows = {"categories": [(1, n, f"category {n}", f"about {n}") for n in (1, 2, 3)],
                  "categories_codes_map": [(1, 1, 1), (1, 2, 1), (1, 1, 2), (2, 3, 2)]}
    project = read(rows)
    assert project.codes == [*(Code(f"category:{n}", f"category {n}", "", f"about {n}", False) for n in (1, 2, 3)),
                             Code("code:1", "code 1", "category:1"), Code("code:2", "code 2", "category:1")]
    assert project.groups == [Group("category:1:codes", "category 1", ("code:1", "code:2")), Group("category:2:codes", "category 2", ("code:1",))]
    assert losses(project) == [
        Loss("approximated", "codes in several categories", 1, "they stand under the first; the categories are groups besides", "code 1"),
        Loss("left out", "rows of other projects in the file", 1, "one project is read at a time")]
    assert [c.parent for c in read({}).codes] == ["", ""]


def test_memos_hang_on_segments_codes_and_documents() -> None:
    """Two segments on the same characters are one selection, and so is what their memos are about."""
    rows: Rows = {"segments": [(1, 1, 1, 1, 5, 1, 3, "One"), (1, 1, 1, 2, 6, 1, 3, "One")], "memos": [(1, n, n % 2 + 1, f"memo {n}") for n in range(1, 6)],
                  "memos_segments_map": [(2, 6)], "memos_codes_map": [(3, 2), (2, 1)], "memos_documents_map": [(4, 1, None, None), (5, 1, 2, 3)]}
    project = read(rows)
    about = ("", "selection:5", "code:2", "source:1", "source:1")
    assert project.memos == [Memo(f"memo:{n}", f"memo {n}", "", thing, str(n % 2 + 1)) for n, thing in enumerate(about, 1)]
    assert Loss("approximated", "memos on a stretch of a document", 1, "kept on the document", "5") in losses(project)


def test_attributes_of_coders_are_not_read_and_values_that_are_gone_are_told() -> None:
    rows: Rows = {"attributes": [(1, "wave", "document", "", 1, 1), (2, "age", "user", "", 1, 1), (3, "place", "case", "", 1, 1)],
                  "attribute_values": [(1, 1, "first"), (2, 3, "")], "attributes_documents_map": [(1, 1, 1, 1), (1, 1, 9, 1)],
                  "cases": [(1, 1, "Case", "")], "attributes_cases_map": [(1, 3, 2, 1)]}
    project = read(rows)
    assert project.variables == [Variable("attribute:1", "wave"), Variable("attribute:3", "place")]
    assert project.attributes == [Attribute("attribute:1", "first", source="source:1"), Attribute("attribute:3", "", case="case:1")]
    assert losses(project) == [Loss("left out", "attributes of the coders", 1, "the record says nothing of coders but their names"),
                               Loss("left out", "values that the file does not hold", 1, "", "table attributes_documents_map, row 2")]
