"""Workbooks written part by part: what every kind of cell becomes, which styles are dates, rows and cells that say no place, and what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

import boundwork.readers.xlsx as module
from boundwork.errors import InputError
from boundwork.readers.sheets import Record, Sheet
from boundwork.readers.xlsx import _column, _unescaped, plain_number, read_xlsx
from readers.writers import zipped


def workbook(rows: str, shared: str = "", styles: str = "", properties: str = "", target: str = "worksheets/sheet1.xml", **parts: bytes) -> bytes:
    """A workbook with one sheet, of these elements."""
    entries: dict[str, bytes | str] = {
        "xl/workbook.xml": f'<workbook>{properties}<sheets><sheet name="s" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="r1" Target="{target}"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{rows}</sheetData></worksheet>", **parts}
    if shared:
        entries["xl/sharedStrings.xml"] = f"<sst>{shared}</sst>"
    if styles:
        entries["xl/styles.xml"] = f"<styleSheet>{styles}</styleSheet>"
    return zipped(entries)


def read(folder: Path, data: bytes) -> Sheet:
    (folder / "t.xlsx").write_bytes(data)
    (sheet,) = read_xlsx(folder / "t.xlsx", "t.xlsx")
    return sheet


def refused(folder: Path, data: bytes) -> str:
    with pytest.raises(InputError) as error:
        read(folder, data)
    return str(error.value)


def styled(formats: Sequence[str]) -> str:
    """Styles whose cells have these formats, a style of named cells before them."""
    own = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{code}"/>' for n, code in enumerate(formats))
    return (f'<numFmts>{own}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>'
            + "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(formats))) + "</cellXfs>")


def dates(folder: Path, styles: str, days: Sequence[str], properties: str = "") -> list[str]:
    """What cells become that have these numbers, the first in the first style and so on."""
    row = "".join(f'<c s="{n}"><v>{number}</v></c>' for n, number in enumerate(days))
    (record,) = read(folder, workbook(f"<row>{row}</row>", styles=styles, properties=properties)).rows
    return record.cells


def test_a_cell_is_what_its_kind_says(tmp_path: Path) -> None:
    cells = ("".join(f'<c t="{kind}"><v>{words}</v></c>' for kind, words in (
        ("b", "1"), ("b", " 0 "), ("b", "2"), ("str", "a_x0041_"), ("e", "#N/A"), ("d", "2024-02-29"), ("n", "3.0"), ("n", "x")))
        + "<c><v>007</v></c>" + '<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>')
    sheet = read(tmp_path, workbook(f"<row>{cells}</row>"))
    assert sheet.rows == [Record(1, ["true", "false", "2", "aA", "#N/A", "2024-02-29", "3", "x", "7", "inline"])]
    assert sheet.notes == Counter()


def test_shared_words_are_found_by_their_number_without_their_readings(tmp_path: Path) -> None:
    shared = ("<si><t>one</t></si>\n<si> <r><t>tw</t></r> <r><t>o_x0021_</t></r><rPh><t>phonetic</t></rPh><r><t>?</t></r></si><si></si><si><t>last</t></si>")
    cells = "".join(f'<c t="s"><v>{at}</v></c>' for at in ("0", " 1 ", "2", "3", "4", "x", "-1", "0"))
    sheet = read(tmp_path, workbook(f"<row>{cells}</row>", shared))
    assert sheet.rows == [Record(1, ["one", "two!?", "", "last", "", "", "", "one"])]
    assert sheet.notes == {("cells whose words are not in the file", "they point past the shared strings"): 3}
    assert read(tmp_path,
                workbook('<row><c t="s"><v>0</v></c></row>')).notes[("cells whose words are not in the file", "they point past the shared strings")] == 1


def test_shared_words_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook('<row><c t="s"><v>1</v></c></row>', "<si><t>one</t></si><si><t>two</t></si>")
    monkeypatch.setattr(module, "MOST_CELLS", 6)
    assert read(tmp_path, data).rows == [Record(1, ["two"])]
    monkeypatch.setattr(module, "MOST_CELLS", 5)
    assert refused(tmp_path, data) == "t.xlsx holds more than 0 million characters."


def test_rows_and_cells_stand_where_they_say_or_after_the_one_before(tmp_path: Path) -> None:
    rows = ('<row><c><v>1</v></c><c r="D1"><v>2</v></c><c><v>3</v></c></row><row><c><v>4</v></c></row><row r="7"><c><v>5</v></c></row>'
            '<row><c r="B"><v>6</v></c></row><row r="12345678"><c><v>7</v></c></row><row r="123456789"><c><v>8</v></c><c r="A12345679"><v>9</v></c></row>')
    assert read(tmp_path, workbook(rows)).rows == [
        Record(1, ["1", "", "", "2", "3"]), Record(2, ["4"]), Record(7, ["5"]), Record(8, ["", "6"]), Record(12345678, ["7"]), Record(12345679, ["9"])]


def test_formulas_and_readings_are_told(tmp_path: Path) -> None:
    rows = ('<row><c><f>1+1</f><v>2</v></c><c><f t="shared"/></c><c><f>A1</f><v>3</v></c><c><v>4</v></c>'
            '<c t="inlineStr"><is><t>word</t><rPh><t>s</t></rPh></is></c><c t="inlineStr"><is><t>x</t><rPh/></is></c></row>')
    sheet = read(tmp_path, workbook(rows))
    assert sheet.notes == {("formulas", "the value that was saved with them is read"): 2,
                           ("formulas without a value", "the program that wrote the file did not compute them"): 1,
                           ("phonetic readings of words", "they are no part of the words"): 2}
    assert sheet.rows == [Record(1, ["2", "", "3", "4", "word", "x"])]


def test_cells_beyond_the_widest_table_are_told(tmp_path: Path) -> None:
    rows = '<row><c r="BXX1"><v>1</v></c><c><v>2</v></c><c/><c><v>3</v></c></row>'  # BXX is the 2,000th
    sheet = read(tmp_path, workbook(rows))
    assert (len(sheet.rows[0].cells), sheet.rows[0].cells[-1]) == (2_000, "1")
    assert sheet.notes == {("cells beyond column 2,000", "no table of codings is that wide"): 2}


def test_formats_of_dates_are_told_from_others(tmp_path: Path) -> None:
    """By their number where Excel has them built in, else by their letters outside quotes, brackets and escapes."""
    built_in = "<cellXfs>" + "".join(f'<xf numFmtId="{n}"/>' for n in range(60)) + '<xf/><xf numFmtId="x"/></cellXfs><dxfs><xf numFmtId="14"/></dxfs>'
    found = dates(tmp_path, built_in, ["45351"] * 63)
    assert {n for n, words in enumerate(found) if words == "2024-02-29"} == {14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47}
    dated = ["yyyy", "D.M.", "hh", "[h]:ss", "mmm", "mm/yy", "MMMM"]
    others = ["0.00", "#,###", "[Red]0", "0&quot;days&quot;", "0\\d", "0 m", "_d0", "*y0", "General", ""]
    assert dates(tmp_path, styled([*dated, *others]), ["45351"] * 17) == ["2024-02-29"] * 7 + ["45351"] * 10


@pytest.mark.parametrize(("number", "words"), [
    ("45351", "2024-02-29"), ("45351.5", "2024-02-29T12:00:00"), ("45351.00001", "2024-02-29T00:00:01"), ("45351.000694", "2024-02-29T00:01:00"),
    ("45351.25", "2024-02-29T06:00:00"), ("0", "00:00:00"), ("0.5", "12:00:00"), ("0.99999", "23:59:59"), ("1", "1900-01-01"), ("59", "1900-02-28"),
    ("59.5", "1900-02-28T12:00:00"), ("60", "1900-02-28"),
    ("61", "1900-03-01"), ("2958465", "9999-12-31"), ("2958466", "2958466"), ("-1", "-1"), ("x", "x"), ("nan", "nan"), ("1e400", "1e400")])
def test_a_date_is_what_excel_shows(number: str, words: str, tmp_path: Path) -> None:
    assert dates(tmp_path, styled(["yyyy"]), [number]) == [words]


def test_days_of_a_workbook_may_count_from_1904(tmp_path: Path) -> None:
    for said, day in (('date1904="1"', "1904-01-02"), ('date1904="true"', "1904-01-02"), ('date1904="0"', "1900-01-01"), ("", "1900-01-01")):
        assert dates(tmp_path, styled(["yyyy"]), ["1"], f"<workbookPr {said}/>") == [day]
    assert dates(tmp_path, styled(["yyyy"]), ["1"], '<other date1904="1"/>') == ["1900-01-01"]


@pytest.mark.parametrize(("raw", "words"), [("3.0", "3"), ("1.50", "1.50"), ("15E-1", "1.5"), ("1.5e-7", "1.5e-07"), ("999999999999999", "999999999999999"),
                                            ("1e15", "1000000000000000.0"), ("1000000000000000", "1000000000000000"), ("-2.0", "-2"),
                                            ("1_0", "1_0"), ("x", "x")])
def test_a_number_is_as_a_person_types_it(raw: str, words: str) -> None:
    assert plain_number(raw) == words


def test_references_of_up_to_four_letters_and_escapes_in_hexadecimals() -> None:
    assert [_column(r) for r in ("A1", "Z", "aa10", "AAAA1", "AAAAA1", "1", "Ä1", "A:B", "")] == [0, 25, 26, 18_278, None, None, None, None, None]
    assert _unescaped("_x0041_ _x263a_ _x004g_") == "A ☺ _x004g_"


@pytest.mark.parametrize("target", ["worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml", "worksheets\\sheet1.xml"])
def test_a_sheet_is_found_where_the_workbook_says(target: str, tmp_path: Path) -> None:
    assert read(tmp_path, workbook("<row><c><v>1</v></c></row>", target=target)).rows == [Record(1, ["1"])]


def test_a_workbook_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    assert refused(tmp_path, workbook("", target="worksheets/none.xml")) == "t.xlsx: the sheet 's' is not in the file. It is damaged: save it again."
    inner = {"xl/embeddings/a.zip": zipped({"a": ""})}
    assert "is an archive inside the archive. Save the workbook again without embedded objects." in refused(tmp_path, workbook("", **inner))  # type: ignore[arg-type]
