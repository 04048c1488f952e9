"""Spreadsheets written element by element: what every kind of cell becomes, what is repeated and how often, and what is too long or too wide."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import boundwork.readers.ods as module
import boundwork.readers.sheets as sheets_module
from boundwork.errors import InputError
from boundwork.readers.ods import read_ods
from boundwork.readers.sheets import Record, Sheet
from readers.writers import zipped


def spreadsheet(*tables: str) -> bytes:
    """A spreadsheet of tables, each by its rows; with what LibreOffice puts around them."""
    content = "".join(f'<table:table table:name="{n}"><table:table-column/><office:forms/>{rows}</table:table>\n' for n, rows in enumerate(tables, 1))
    return zipped({"content.xml": f"<office:document><office:body><office:spreadsheet>{content}</office:spreadsheet></office:body></office:document>"})


def read(folder: Path, data: bytes) -> list[Sheet]:
    (folder / "t.ods").write_bytes(data)
    return list(read_ods(folder / "t.ods", "t.ods"))


def row(*cells: str, times: str = "") -> str:
    return f'<table:table-row table:number-rows-repeated="{times}">{"".join(cells)}</table:table-row>'


def cell(inside: str = "", times: str = "", **attributes: str) -> str:
    given = "".join(f' office:{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<table:table-cell table:number-columns-repeated="{times}"{given}>{inside}</table:table-cell>'


def p(inside: str) -> str:
    return f"<text:p>{inside}</text:p>"


def one(folder: Path, *cells: str) -> list[str]:
    """The cells of a sheet with one row."""
    ((record,),) = (sheet.rows for sheet in read(folder, spreadsheet(row(*cells))))
    return record.cells


def test_words_are_those_of_paragraphs(tmp_path: Path) -> None:
    cells = ["\n " + p("a") + "\n", p("a<text:s/>b<text:s text:c='3'/>c<text:tab/>d<text:line-break/>e<text:span>f<text:s/></text:span>g<text:other/>"),
             p("") + p("b") + p("") + p("c"), "<text:s/>x<table:shapes>y</table:shapes>" + p("z") + "<text:tab/>x"]
    assert one(tmp_path, *map(cell, cells)) == ["a", "a b   c\td\nef g", "\nb\n\nc", "z"]


def test_ten_thousand_blanks_say_as_much_as_more_of_them(tmp_path: Path) -> None:
    for times, blanks in (("9999", 9_999), ("10000", 10_000), ("99999999", 10_000)):
        assert one(tmp_path, cell(p(f"a<text:s text:c='{times}'/>b"))) == [f"a{' ' * blanks}b"]


def test_a_remark_on_a_cell_is_no_part_of_it_and_told(tmp_path: Path) -> None:
    remark = f"<office:annotation><dc:creator>ada</dc:creator>{p('odd<text:s/>')}</office:annotation>"
    rows = row(cell(remark + p("a")), cell(p("b") + remark + p("c")), cell(p("d" + remark + "e")), cell(remark),
               cell(p("f"))) + f"<x>{remark}</x>" + row(cell(p("g")))
    (sheet,) = read(tmp_path, spreadsheet(rows))
    assert sheet.rows == [Record(1, ["a", "b\nc", "de", "", "f"]), Record(2, ["g"])]
    assert sheet.notes == Counter({("comments on cells", "they are no part of the table"): 4})


def test_a_cell_is_what_its_kind_says(tmp_path: Path) -> None:
    """Dates and numbers are what stands behind the words that a reader sees."""
    seen = p("seen")
    cells = [cell(seen, value_type="date", date_value="2024-02-29"), cell(seen, value_type="date", date_value="2024-02-29T00:00:00"),
             cell(seen, value_type="date", date_value="2024-02-29T13:05:00"), cell(seen, value_type="date"), cell(seen, value_type="float", value="3.0"),
             cell(seen, value_type="float"), cell(seen, value_type="boolean", boolean_value="true"), cell(seen, value_type="boolean"),
             cell(seen, value_type="string", date_value="2024", value="1", boolean_value="true", string_value="whole"),
             cell(value_type="string", string_value="whole"), cell(seen, value_type="percentage", value="0.5")]
    assert one(tmp_path, *cells) == ["2024-02-29", "2024-02-29", "2024-02-29T13:05:00", "seen", "3", "seen", "true", "seen", "seen", "whole", "seen"]


def test_rows_and_cells_are_repeated_as_often_as_they_say(tmp_path: Path) -> None:
    rows = (row(cell(p("a"), "2"), cell("", "2"), cell(p("b"), "1"), times="2") + row(cell("", "16384"), times="1048575") + row("<table:covered-table-cell/>",
                                                                                                                                cell(p("c")))
            + row(times="99999999999999") + row(cell(p("d"))) + row(times="0") + row(cell(p("e"), "-3"), times="x") + row(cell(p("f")), times="9" * 5_000))
    (sheet,) = read(tmp_path, spreadsheet(rows))
    top = 1 << 20
    assert sheet.rows == [Record(1, ["a", "a", "", "", "b"]), Record(2, ["a", "a", "", "", "b"]), Record(top + 2, ["", "c"]), Record(2 * top + 3, ["d"]),
                          Record(2 * top + 5, ["e"]), Record(2 * top + 6, ["f"])]
    assert sheet.rows[0].cells is not sheet.rows[1].cells


def test_every_sheet_counts_its_own_rows(tmp_path: Path) -> None:
    first, empty, second = read(tmp_path, spreadsheet(row(cell(p("a"))) + row(cell(p("b"))), "", row(cell(p("c")))))
    assert [(s.name, s.rows) for s in (first, empty, second)] == [("1", [Record(1, ["a"]), Record(2, ["b"])]), ("2", []), ("3", [Record(1, ["c"])])]


def test_a_table_is_at_most_two_thousand_columns_wide(tmp_path: Path) -> None:
    for cells in ([cell("", "1999"), cell(p("a"))], [cell(p("a"), "2000"), cell("", "14384")]):
        assert len(one(tmp_path, *cells)) == 2_000
    for cells, times in (([cell("", "2000"), cell(p("a"))], "1"), ([cell(p("a")), cell(p("b"), "2000")], "2,000"), ([cell("", "16383"), cell(p("a"))], "1")):
        with pytest.raises(InputError) as error:
            one(tmp_path, *cells)
        assert str(error.value) == f"t.ods: the sheet '1' repeats a cell {times} times, and at most 2,000 are read."


def test_a_cell_that_is_too_long_is_refused_and_never_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However its words come, in pieces, paragraphs or blanks."""
    monkeypatch.setattr(module, "MOST_CELL", 10)
    monkeypatch.setattr(sheets_module, "MOST_CELL", 10)
    assert one(tmp_path, cell(p("x" * 10)), cell(p("x" * 4) + p("x" * 5)), cell(p("x<text:s text:c='9'/>"))) == ["x" * 10, "xxxx\nxxxxx", "x" + " " * 9]
    for inside in (p("x" * 11), p("x" * 500), p("x<text:s text:c='10'/>"), p("xxxx") + p("xxxxxx"), p("x" * 9 + "<text:s/>" + "x" * 90)):
        with pytest.raises(InputError, match=r"^t\.ods: sheet '1', row 1: a cell of 11 characters\."):
            one(tmp_path, cell(inside))


def test_a_spreadsheet_without_content_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^t\.ods holds no content\.xml\. It is no spreadsheet of LibreOffice, or damaged\.$"):
        read(tmp_path, zipped({"other.xml": "<x/>"}))
