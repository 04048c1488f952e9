"""Rows of a table become codings: where the header may stand, what a caller may name, and what is told of everything that is not read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from boundwork.errors import InputError
from boundwork.readers.record import Attribute, Loss, Project, Selection
from boundwork.readers.sheets import Record, Sheet
from boundwork.readers.tabular import read_tables

HEAD = ["source", "code"]


def sheet(*rows: Sequence[str], name: str = "") -> Sheet:
    return Sheet(name, [Record(number, list(cells)) for number, cells in enumerate(rows, 1)])


def read(*rows: Sequence[str], **choices: Any) -> Project:
    return read_tables([sheet(*rows)], "t.csv", **choices)


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read"]


def test_a_header_stands_among_the_first_ten_rows() -> None:
    project = read(*[["a report"]] * 9, HEAD, ["one", "voice"])
    assert [(c.source, c.code) for c in project.codings] == [("one", "voice")]
    assert losses(project) == [Loss("left out", "rows above the header", 9, "titles of a report")]
    with pytest.raises(InputError, match="columns are not known"):
        read(*[["a report"]] * 10, HEAD, ["one", "voice"])


def test_of_headers_that_are_not_known_the_first_are_shown_and_cut() -> None:
    wide = ["x" * 20, "y" * 21, "", *map(str, range(3, 14))]
    with pytest.raises(InputError) as error:
        read_tables([sheet(wide), *(sheet([name]) for name in "abc")], "t.xlsx")
    shown = f"{'x' * 20}, {'y' * 19}…, 3, 4, 5, 6, 7, 8, 9, 10, 11; a; b"
    assert str(error.value) == (f"t.xlsx is a table whose columns are not known. Its headers are: {shown}. Say which column is the source and which the code, "
                                "for example --column source=HEADER --column code=HEADER.")
    with pytest.raises(InputError, match=r"columns are not known\. It is empty\. Say"):
        read_tables([sheet()], "t.xlsx")


def test_sheets_that_were_not_asked_for_are_told() -> None:
    project = read_tables([sheet(HEAD, ["a", "x"], name="one"), sheet(HEAD, ["b", "y"], name="two"), sheet(HEAD, name="three")], "t.xlsx", wanted=["two"])
    assert [s.name for s in project.sources] == ["b"]
    assert losses(project) == [Loss("left out", "sheets that were not asked for", 2, "", "one; three")]


def test_a_format_that_is_named_is_the_one_that_is_read() -> None:
    head = ["document name", "code", "segment", "begin", "end"]
    found = read(head, ["one", r"Work\Voice", "words", "3", "4"])
    assert (found.format, [c.code for c in found.codings], found.selections[0].place) == ("maxqda", ["Work > Voice"], "paragraphs 3 to 4")
    named = read(head, ["one", r"Work\Voice", "words", "3", "4"], format="table")
    assert (named.format, [c.code for c in named.codings], named.selections[0].start) == ("table", [r"Work\Voice"], 3)


def test_columns_that_are_named_stand_beside_those_that_are_known() -> None:
    """What the caller says of a column is what it is, whatever its header; the other columns are what their headers say."""
    project = read(["code", "source", "coder", "quote"], ["one", "voice", "ada", "words"], columns={"source": "code", "code": "source"})
    assert [(c.source, c.code, c.user) for c in project.codings] == [("one", "voice", "ada")]
    assert losses(project) == []


def test_a_column_that_is_named_leaves_a_tool_s_table_what_it_is() -> None:
    """Paths, codes and positions are read as that tool writes them; in a table of one's own `begin` and `end` are characters."""
    rows = [["document name", "code", "segment", "begin", "end", "mood"], ["one", r"Work\Voice", "words", "3", "4", "calm"]]
    project = read(*rows, columns={"attributes": "mood"})
    assert (project.format, project.origin, [c.code for c in project.codings]) == ("maxqda", "MAXQDA", ["Work > Voice"])
    assert project.selections == [Selection("selection 1", "one", quote="words", place="paragraphs 3 to 4")]
    assert project.attributes == [Attribute("mood", "calm", source="one")]
    own = read(["document name", "theme no.", "segment", "begin", "end"], [*rows[1][:4], "8"], columns={"code": "theme no."}, texts={"one": "of words"})
    assert (own.format, [c.code for c in own.codings]) == ("table", [r"Work\Voice"])
    assert [(s.start, s.end) for s in own.selections] == [(3, 8)]


def test_a_table_says_source_and_code_or_source_and_quote() -> None:
    quoted = read(["source", "Wer", "quote"], ["one", "ada", "words"], columns={"coder": "Wer"})
    assert quoted.selections == [Selection("selection 1", "one", quote="words", user="ada")]
    coded = read(["source", "Wer", "code"], ["one", "ada", "voice"], columns={"coder": "Wer"})
    assert [(c.source, c.code, c.user) for c in coded.codings] == [("one", "voice", "ada")]
    for head in (["source", "Wer", "memo"], ["code", "Wer", "quote"]):
        with pytest.raises(InputError, match="columns are not known"):
            read(head, ["one", "ada", "words"], columns={"coder": "Wer"})


def test_white_space_around_a_quote_is_part_of_it_and_of_no_other_cell() -> None:
    project = read([*HEAD, "coder", "quote"], [" one ", " voice ", " ada ", " two "], texts={"one": "one two "})
    assert project.selections == [Selection("selection 1", "one", 3, 8, " two ", user="ada")]
    assert [(c.source, c.code, c.user) for c in project.codings] == [("one", "voice", "ada")]


def test_what_is_not_read_of_a_row_is_told_with_its_place() -> None:
    """A column of another kind, cells beyond the header, a row that names no source."""
    rows = [["document", "quotation content", "density", "mood"], ["", "words", "", ""], ["one", "words", "2", "calm", "beyond"], ["one", "more", "1"]]
    told = {"column density": ("it says nothing of the coding", 2), "column mood": ("no role for it: name it under attributes to keep it", 1),
            "cells beyond the header": ("no role for it: name it under attributes to keep it", 1)}
    for name, where in (("", "t.xlsx: row"), ("one", "t.xlsx: one, row")):
        project = read_tables([sheet(*rows, name=name)], "t.xlsx")
        assert losses(project) == [
            Loss("kept", "rows without a code", 2, "they are selections that nobody coded", f"{where} 3; {where} 4"),
            Loss("left out", "rows without a source", 1, "it cannot be told what they code", f"{where} 2"),
            *(Loss("left out", what, count, why, name) for what, (why, count) in told.items())]


def test_a_code_in_dedoose_s_header_is_read_up_to_a_thousand_characters() -> None:
    head = ["Media Title", "Excerpt Copy", "Codes Applied Combined"]
    for length, codes in ((1_000, 1), (1_001, 0)):
        column = f"Code: {'x' * (length - len('Code:  Applied'))} Applied"
        assert len(column) == length
        assert len(read([*head, column], ["one", "words", "", "True"]).codings) == codes
