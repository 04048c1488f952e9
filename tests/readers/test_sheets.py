"""Tables as text: each limit at its number, which mark separates cells, and what a broken table is told with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import boundwork.readers.sheets as module
from boundwork.errors import InputError
from boundwork.readers.sheets import Budget, Record, Sheet, csv_table, read_csv, read_sheets
from readers.writers import csv_bytes, ods, xlsx


def taken(*rows: Sequence[str], name: str = "") -> Sheet:
    sheet, budget = Sheet(name), Budget("t.csv")
    for number, cells in enumerate(rows, 1):
        budget.take(sheet, number, list(cells))
    return sheet


def refused(*rows: Sequence[str], name: str = "") -> str:
    with pytest.raises(InputError) as error:
        taken(*rows, name=name)
    return str(error.value)


def test_a_row_ends_with_its_last_words_and_one_without_any_is_none() -> None:
    assert taken(["", "a", "", ""], ["", ""], [], ["b"]).rows == [Record(1, ["", "a"]), Record(4, ["b"])]


def test_each_limit_is_kept_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, rows, words in (
            ("MOST_COLUMNS", [["a", "b", "c"]], "t.csv, row 1 has 3 cells, and at most 2 are read."),
            ("MOST_ROWS", [["a"], ["b"], ["c"]], "t.csv, row 3: more than 2 rows."),
            ("MOST_CELL", [["a"], ["b", "ccc"]], "t.csv, row 2: a cell of 3 characters. A quote that never closes makes such cells."),
            ("MOST_CELLS", [["a", "b"], ["c"]], "t.csv holds more than 0 million characters or 4,000,000 cells.")):
        with monkeypatch.context() as patch:
            patch.setattr(module, limit, 3)
            assert len(taken(*rows).rows) == len(rows)
            patch.setattr(module, limit, 2)
            assert refused(*rows) == words
            assert refused(*rows, name="s").startswith(words[:5] if limit == "MOST_CELLS" else words.split(",")[0] + ": sheet 's', row ")
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    assert len(taken(["a"] * 11, ["a"] * 9).rows) == 2
    assert refused(["a"] * 11, ["a"] * 10) == "t.csv holds more than 100 million characters or 20 cells."
    assert refused(["a", "b\0"]) == "t.csv, row 1: a NUL character. The file is damaged, or no table."


@pytest.mark.parametrize(("text", "cells"), [
    ("a,b", ["a", "b"]), ("a;b", ["a", "b"]), ("a\tb", ["a", "b"]), ("a|b", ["a", "b"]), ("a", ["a"]), ("a;b,c;d", ["a", "b,c", "d"]), ("a,b;c", ["a", "b;c"]),
    ('"x;y;z",b', ["x;y;z", "b"]), ('"x"",;;"";",b', ['x",;;";', "b"]), ("\r\n \ufeffa;b\n,,,", [" \ufeffa", "b"]), ("a;b\r,,,,", ["a", "b"]),
    ("step=;,,,b\n", ["step=;", "", "", "b"]), ("sep_;,,b\n", ["sep_;", "", "b"]), ("sep=:,b\n", ["sep=:", "b"])])
def test_cells_are_separated_by_what_the_first_row_has_most_of(text: str, cells: Sequence[str]) -> None:
    """Outside quotes; of two that are level the comma comes first."""
    assert csv_table(text, "t.csv").rows[0].cells == cells


@pytest.mark.parametrize(("hint", "separator"), [("sep=;", ";"), ("SEP=|", "|"), ("sep=\t", "\t"), ("sep=,", ",")])
def test_a_spreadsheet_s_hint_goes_before(hint: str, separator: str) -> None:
    assert csv_table(f"{hint}\na{separator}b:,;|;|,", "t.csv").rows[1].cells[0] == "a"
    assert module._delimiter(f"{hint}\n,,;;||") == separator


def test_a_separator_is_looked_for_in_twenty_thousand_characters() -> None:
    for length, separator in ((19_999, ";"), (20_000, ",")):
        assert module._delimiter("x" * length + ";") == separator


def test_a_table_of_any_container_is_read_by_its_own_reader(tmp_path: Path) -> None:
    rows = [["é", "b"], ["c"]]
    old = {("a text that is not UTF-8", "read as Windows-1252: look at its accents"): 1}
    for container, data, name, notes in (("csv", csv_bytes(rows), "", {}), ("csv", csv_bytes(rows, encoding="cp1252"), "", old),
                                         ("xlsx", xlsx({"s": rows}), "s", {}), ("ods", ods({"s": rows}), "s", {})):
        (tmp_path / "t").write_bytes(data)
        (sheet,) = read_sheets(tmp_path / "t", "t", container)
        assert (sheet.name, sheet.rows, sheet.notes) == (name, [Record(1, ["é", "b"]), Record(2, ["c"])], notes)


def test_a_broken_table_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, words in (('a,b\n"c,d\n', "t.csv, line 2: unexpected end of data. Look for a quote that never closes."),
                        ('a,b\n"c"d,e\n', "t.csv, line 2: ',' expected after '\"'. Look for a quote that never closes.")):
        with pytest.raises(InputError) as error:
            csv_table(text, "t.csv")
        assert str(error.value) == words
    path = tmp_path / "t.csv"
    path.write_bytes(b"source,code")
    monkeypatch.setattr(module, "MOST_FILE", 11)
    assert [s.rows for s in read_csv(path, "t.csv")] == [[Record(1, ["source", "code"])]]
    monkeypatch.setattr(module, "MOST_FILE", 10)
    for file, words in ((path, "t.csv is more than 0 MB."), (tmp_path / "none", "t.csv cannot be read (No such file or directory).")):
        with pytest.raises(InputError) as error:
            read_csv(file, "t.csv")
        assert str(error.value) == words


def test_a_cell_may_be_as_long_as_it_is_allowed_to() -> None:
    """Python's own limit is lower."""
    assert [len(c) for c in csv_table("a," + "b" * 1_000_000, "t.csv").rows[0].cells] == [1, 1_000_000]
    with pytest.raises(InputError, match=r"^t\.csv, line 1: field larger than field limit \(1000000\)"):
        csv_table("a," + "b" * 1_000_001, "t.csv")
