"""Files made to hurt a reader, by name: how each is made, and what must come of it. Run as a program, it reads them all and prints what happened.

`python hostile.py FOLDER [endless]` makes files in FOLDER, reads each one, and prints a line of JSON per file: outcome, words, seconds, peak
of memory.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import peak
from readers.writers import QUALCODER_8, RQDA, SCHEMAS, TAGUETTE, csv_bytes, database, ods, xlsx, zipped

QDE = '<Project name="p" xmlns="urn:QDA-XML:project:1.0">{}</Project>'
SOURCE = '<Sources><TextSource guid="00000004-0000-4000-8000-00000000abcd" name="s" plainTextPath="internal://s.txt">{}</TextSource></Sources>'
Maker = Callable[[Path], object]
CASES: dict[str, tuple[Maker, str]] = {}
"""What a file is called -> how it is made, and what its one line must say; a text that begins with + is one that is read, with this in its report."""


def case(name: str, says: str) -> Callable[[Maker], Maker]:
    """Register a file."""
    def take(make: Maker) -> Maker:
        CASES[name] = (make, says)
        return make
    return take


def add(name: str, says: str, data: bytes | Callable[[], bytes]) -> None:
    """Register a file by its bytes."""
    CASES[name] = (lambda path: path.write_bytes(data if isinstance(data, bytes) else data()), says)


def qdpx(document: str | bytes, **entries: bytes | str) -> bytes:
    return zipped({"project.qde": document, **entries})


def streamed(path: Path, entry: str, start: bytes, piece: bytes, times: int, end: bytes = b"", **others: bytes) -> None:
    """A zip file with one entry of any length, written without holding it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open(entry, "w", force_zip64=True) as file:
            file.write(start)
            for _ in range(times):
                file.write(piece)
            file.write(end)
        for name, data in others.items():
            archive.writestr(name, data)


MB = b" " * (1 << 20)
CASES["bomb-in-the-document.qdpx"] = (lambda p: streamed(p, "project.qde", b"<Project>", MB, 300),
                                       "the entry 'project.qde' is 300 MB unpacked, and at most 256 MB")


@case("bomb-in-a-text.qdpx", "the entry 's.txt' is 40 MB unpacked, and at most 32 MB are read")
def _(path: Path) -> None:
    streamed(path, "s.txt", b"", MB, 40, **{"project.qde": QDE.format(SOURCE.format("")).encode()})


@case("many-texts.qdpx", "the texts inside are more than 100 MB together")
def _(path: Path) -> None:
    sources = "".join(f'<TextSource guid="{i:08x}-0000-4000-8000-00000000abcd" name="s" plainTextPath="internal://{i}.txt"/>' for i in range(6))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("project.qde", QDE.format(f"<Sources>{sources}</Sources>"))
        for i in range(6):
            archive.writestr(f"sources/{i}.txt", MB * 20)


@case("lies-about-its-size.qdpx", "the entry 'project.qde' is damaged")
def _(path: Path) -> None:
    data = zipped({"project.qde": QDE.format(" " * 100_000)})
    path.write_bytes(data.replace((100_000 + len(QDE) - 2).to_bytes(4, "little"), (60).to_bytes(4, "little")))


@case("film-of-4-GB.qdpx", "+files in the archive (.mp4)")
def _(path: Path) -> None:
    data = zipped({"project.qde": QDE.format(""), "sources/a.mp4": b"x"}, zipfile.ZIP_STORED)
    at = data.rindex(b"PK\x01\x02")
    path.write_bytes(data[:at + 24] + (0xFFFF_FFF0).to_bytes(4, "little") + data[at + 28:])


for _name, _entry in {"up": "../../../tmp/evil.txt", "root": "/etc/passwd", "drive": "C:\\Windows\\a.txt", "deep": "sources/../../a.txt"}.items():
    add(f"path-traversal-{_name}.qdpx", "points outside the archive", qdpx(QDE.format(""), **{_entry: b"x"}))


@case("symlink.qdpx", "the entry 'sources/a.txt' is a symbolic link")
def _(path: Path) -> None:
    info = zipfile.ZipInfo("sources/a.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", QDE.format(""))
        archive.writestr(info, "/etc/passwd")


add("archive-inside.qdpx", "the entry 'inner.qdpx' is an archive inside the archive", lambda: qdpx(QDE.format(""), **{"inner.qdpx": qdpx(QDE.format(""))}))


@case("entry-twice.qdpx", "the entry 'PROJECT.qde' occurs twice")
def _(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", QDE.format(""))
        archive.writestr("PROJECT.qde", QDE.format(""))


@case("encrypted.qdpx", "the entry 'project.qde' is encrypted")
def _(path: Path) -> None:
    data = bytearray(qdpx(QDE.format("")))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


@case("unknown-compression.qdpx", "the entry 'project.qde' is damaged")
def _(path: Path) -> None:
    data = bytearray(qdpx(QDE.format("")))
    data[8] = data[data.rindex(b"PK\x01\x02") + 10] = 99
    path.write_bytes(data)


add("cut-off.qdpx", "is a zip file that is damaged or cut off", lambda: qdpx(QDE.format(SOURCE))[:-40])
add("two-documents.qdpx", "should hold one .qde document at its root, and holds 2: a.qde, b.qde", zipped({"a.qde": QDE, "b.qde": QDE}))
add("document-not-at-the-root.qdpx", "and holds none", zipped({"x/a.qde": QDE}))
add("zip-of-something.qdpx", "is a zip file of something else (its first entries: a.txt)", zipped({"a.txt": "x"}))
add("empty-zip.qdpx", "is a zip file of something else", zipped({}))
add("doctype.qdpx", "project.qde has a DOCTYPE or entities", qdpx('<!DOCTYPE Project SYSTEM "file:///etc/passwd"><Project/>'))
add("billion-laughs.qdpx", "has a DOCTYPE or entities", qdpx('<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><Project name="&b;"/>'))
add("external-entity.qdc", "has a DOCTYPE or entities", b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><CodeBook>&x;</CodeBook>')
add("deep.qdpx", "elements stand more than 200 deep inside each other", qdpx(QDE.format("<a>" * 100_000 + "</a>" * 100_000)))
add("codes-200-deep.qdpx", "more than 200 deep", qdpx(QDE.format(
    "<CodeBook><Codes>" + '<Code name="c" isCodable="true">' * 300 + "</Code>" * 300 + "</Codes></CodeBook>")))
CASES["endless-elements.qdpx"] = (lambda p: streamed(p, "project.qde", b"<Project>", b"<a/>" * 10_000, 300, b"</Project>"), "has more than 1,500,000 elements")
CASES["endless-comment.qdpx"] = (lambda p: streamed(p, "project.qde", b"<Project><!--", MB, 200), "has a tag or comment of more than 32 MB")
CASES["endless-attribute.qdpx"] = (lambda p: streamed(p, "project.qde", b'<Project name="', MB, 120), "has a tag or comment of more than 32 MB")
CASES["endless-selections.qdpx"] = (lambda p: streamed(
    p, "project.qde", b'<Project><Sources><TextSource guid="1" name="s">', b'<PlainTextSelection startPosition="0" endPosition="0"/>' * 10_000, 210),
    "more than 400,000 selections")
add("cut-off-xml.qdc", "line 1: not well-formed XML", b'<CodeBook><Codes><Code guid="1"')
add("wrong-root.qdpx", "begins with the element 'html'", qdpx("<html/>"))
add("empty-document.qdpx", "not well-formed XML", qdpx(""))
add("nul-in-xml.qdpx", "not well-formed XML", qdpx(QDE.format("\x00")))
add("unknown-encoding.qdc", "", b'<?xml version="1.0" encoding="utf-7"?><CodeBook/>')
add("nul-in-text.qdpx", "the entry 's.txt' is no text: it has NUL characters", qdpx(QDE.format(SOURCE.format("")), **{"s.txt": b"one\x00two and more"}))
add("bad-bytes-in-text.qdpx", "+texts that are not UTF-8, read as Windows-1252", qdpx(QDE.format(SOURCE.format("")), **{"s.txt": b"one \xff\xe9 two"}))
add("huge-numbers.qdpx", "+selections whose positions are no numbers", qdpx(QDE.format(SOURCE.format(
    f'<PlainTextSelection guid="1" startPosition="{"9" * 50_000}" endPosition="-1"/>')), **{"s.txt": b"one"}))
add("duplicate-ids.qdpx", "+codes with an id that another one has", qdpx(QDE.format(
    "<CodeBook><Codes>" + '<Code guid="1" name="a"/>' * 3 + "</Codes></CodeBook>")))

add("not-a-database.rqda", "is an SQLite file that cannot be read", b"SQLite format 3\x00" + b"\xff" * 5_000)


@case("cut-off.rqda", "is cut off: 9,000 of 1,318,912 bytes are there")
def _(path: Path) -> None:
    database(path, RQDA, {"source": [("s", 1, "word " * 50_000, "", "", "", "", 1)] * 5})
    path.write_bytes(path.read_bytes()[:9_000])


@case("other-program.sqlite3", "is an SQLite database of another program (its tables: t)")
def _(path: Path) -> None:
    database(path, "CREATE TABLE t (a)", {})


@case("views-for-tables.qda", "is an SQLite database of another program (its tables: source)")
def _(path: Path) -> None:
    endless = "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x"
    database(path, f"CREATE TABLE source (id); CREATE VIEW code_text AS {endless}; CREATE VIEW code_name AS {endless};", {})


@case("view-beside-the-tables.qda", "+views")
def _(path: Path) -> None:
    database(path, QUALCODER_8 + "CREATE VIEW v AS WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x;", {})


@case("computed-column.rqda", "+sources")
def _(path: Path) -> None:
    schema = RQDA.replace("CREATE TABLE source (name text, id integer, file text,",
                          "CREATE TABLE source (name text, id integer, file text GENERATED ALWAYS AS (hex(zeroblob(1e6))),")
    connection = sqlite3.connect(path)
    connection.executescript(schema)
    connection.execute("INSERT INTO source (name, id, status) VALUES ('s', 1, 1)")
    connection.commit()
    connection.close()


@case("huge-cell.rqda", "the table 'source' is an SQLite file that cannot be read (string or blob too big)")
def _(path: Path) -> None:
    database(path, RQDA, {"source": [("s", 1, "x" * (40 << 20), "", "", "", "", 1)]})


@case("endless-rows.rqda", "the table 'coding' has more than 400,000 rows")
def _(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA synchronous=OFF;" + RQDA + "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x LIMIT 1000100) "
                             "INSERT INTO coding SELECT 1, 1, 'a', 0, 1, 1, 'c', '', '' FROM x;")
    connection.close()


@case("codes-in-a-circle.qda", "+codes that stand above themselves")
def _(path: Path) -> None:
    database(path, QUALCODER_8, {"code_cat": [(1, "a", "", "", "", 2), (2, "b", "", "", "", 1)]})


@case("odd-table-names.qda", '+table "; DROP TABLE source; --')
def _(path: Path) -> None:
    database(path, QUALCODER_8 + 'CREATE TABLE """; DROP TABLE source; --" (a); INSERT INTO """; DROP TABLE source; --" VALUES (1);', {})


@case("wrong-types.qda", "+selections without characters")
def _(path: Path) -> None:
    database(path, QUALCODER_8, {"source": [(1, b"\xff", "text", 5, None, 1.5, None)], "code_name": [(1, None, None, "x", None, None, None)],
                                 "code_text": [(1, 1, 1, None, "x", b"y", None, None, None), (2, 1, 1, 7, 1e300, -5, 3, None, None),
                                               (3, "1", 1, "", None, 2**62, "", "", "")]})


@case("deep-json.sqlite3", "+commands that are no JSON")
def _(path: Path) -> None:
    database(path, TAGUETTE, {"projects": [(1, "p", "", "")], "commands": [(1, "", "a", 1, 1, "[" * 1_000_000)]})


for _name, _html in {"comments": "<!--" * 2_000_000, "tags": "<a" * 2_000_000,
                     "quotes": "<a b='" * 1_000_000, "entities": "&#" + "9" * 1_000_000 + ";"}.items():
    CASES[f"html-of-{_name}.sqlite3"] = (lambda path, html=_html: database(  # type: ignore[misc]
        path, TAGUETTE, {"projects": [(1, "p", "", "")], "documents": [(1, "d", "", "", "", 1, "", html)]}), "+documents in HTML")

for _name, _schema in SCHEMAS.items():
    CASES[f"nothing-in-it.{_name}"] = (lambda path, schema=_schema: database(path, schema, {}),  # type: ignore[misc]
                                       "holds 0 projects" if _name in ("taguette", "requal") else "+")

HEAD = ["source", "code", "quote"]
CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'


def sheet(rows: str, **others: bytes | str) -> bytes:
    """A workbook by hand, with one sheet."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    head = "".join(CELL.format(f"{'ABC'[i]}1", h) for i, h in enumerate(HEAD))
    return zipped({
        "xl/workbook.xml": f'<workbook xmlns="{space}"><sheets><sheet name="s" sheetId="1" id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><sheetData><row r="1">{head}</row>{rows}</sheetData></worksheet>', **others})


ROW = "<row r='2'>" + CELL.format("A2", "a") + CELL.format("B2", "x") + "{}</row>"
add("far-cell.xlsx", "+cells beyond column 2,000", sheet(
    ROW.format(CELL.format("XFD1048576", "far")) + '<row r="1048576">' + CELL.format("XFD1048576", "y") + "</row>"))
add("cell-of-40000.xlsx", "+selections", lambda: sheet(ROW.format(CELL.format("C2", "w" * 40_000))))
add("cell-of-2000000.xlsx", "row 2: a cell of 2,000,000 characters", lambda: sheet(ROW.format(CELL.format("C2", "w" * 2_000_000))))
add("doctype.xlsx", "has a DOCTYPE or entities", sheet("", **{"xl/styles.xml": '<!DOCTYPE x [<!ENTITY a "b">]><styleSheet/>'}))
add("lost-sheet.xlsx", "the sheet 's' is not in the file", sheet("", **{"xl/_rels/workbook.xml.rels": "<Relationships/>"}))
add("lost-words.xlsx", "+cells whose words are not in the file", sheet(ROW.format('<c r="C2" t="s"><v>7</v></c>')))
CASES["bomb-in-the-strings.xlsx"] = (lambda p: streamed(p, "xl/sharedStrings.xml", b"<sst><si><t>", MB, 200, b"</t></si></sst>",
                                                         **{"xl/workbook.xml": b"<workbook/>"}),
                                     "holds more than 100 million characters")
CASES["endless-rows.xlsx"] = (lambda p: streamed(
    p, "xl/worksheets/sheet1.xml", b"<worksheet>", b"<row><c><v>1</v></c></row>" * 10_000, 110, b"</worksheet>", **{
    "xl/workbook.xml": b'<workbook><sheets><sheet name="s" id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": b'<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'}), "more than 400,000 rows")
add("of-an-older-excel.xlsx", "is a file of an older Microsoft Office", b"\xd0\xcf\x11\xe0" + bytes(600))
add("empty.xlsx", "is a table whose columns are not known. It is empty", lambda: xlsx({"s": []}))


def cells(attributes: str, row: str = "") -> bytes:
    """A spreadsheet of LibreOffice whose second row holds one cell with these attributes."""
    made = ods({"s": [HEAD, ["a", "x", "q"]]})
    import io

    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        content = archive.read("content.xml").decode()
    second = f'<table:table-row {row}><table:table-cell {attributes} office:value-type="string"><text:p>a</text:p></table:table-cell></table:table-row>'
    return zipped({"content.xml": content.replace("</table:table>", second + "</table:table>")})


add("cell-repeated.ods", "repeats a cell 1,048,576 times", cells('table:number-columns-repeated="9999999"'))
add("endless-repeats.ods", "more than 400,000 rows", cells("", 'table:number-rows-repeated="999999999"'))
add("both-repeated.ods", "characters or 4,000,000 cells", cells('table:number-columns-repeated="1990"', 'table:number-rows-repeated="900000"'))
add("blanks-repeated.ods", "+", zipped({"content.xml": '<a><table name="s"><table-row>' + "".join(f"<table-cell><p>{h}</p></table-cell>" for h in HEAD[:2])
                                        + "</table-row><table-row><table-cell><p>a</p></table-cell><table-cell><p>x"
                                        + '<s c="999999999"/>' * 5 + "y</p></table-cell>"
                                        "</table-row></table></a>"}))
add("quote-never-closed.csv", "Look for a quote that never closes", lambda: csv_bytes([HEAD, ["a", "b", "c"]]) + b'a,b,"' + b"word\n" * 400_000)
add("nul.csv", "is no text, and none of the containers that are known", csv_bytes([HEAD, ["a", "b\x00", "c"]]))
add("nul-far-down.csv", "row 20002: a NUL character", lambda: csv_bytes([HEAD, *[["a", "b", "c"]] * 20_000, ["a", "b\x00", "c"]]))
add("wide.csv", "row 2 has 5,000 cells, and at most 2,000 are read", csv_bytes([HEAD, ["a"] * 5_000]))
add("blank-code.csv", "+selections", lambda: csv_bytes([HEAD, ["a", "x" + " " * 900_000 + ">" + " " * 90_000 + "y", "q"]]))
add("deep-code.csv", "+selections", lambda: csv_bytes([HEAD, ["a", "x > " * 200_000 + "y", "q"]]))
add("blank-header.csv", "columns are not known", lambda: csv_bytes([["code:" + " a" * 400_000, "b"], ["1", "2"]]))
add("only-a-mark.csv", "is a table whose columns are not known. It is empty", b"\xef\xbb\xbf")
add("empty.csv", "is empty", b"")
add("one-line.csv", "columns are not known", b"hello")
add("random.bin", "", bytes((i * 7919 + i // 3) % 256 for i in range(50_000)))
add("page.pdf", "is a PDF", b"%PDF-1.7\n" + bytes(100))
add("page.rtf", "is an RTF document", b"{\\rtf1 hello}")
add("archive.gz", "is a gzip archive: unpack it first", b"\x1f\x8b\x08" + bytes(50))
add("report-heads.txt", "holds no coded reference", b"<a> - \xc2\xa7 1 x [1%]x\n<a> - \xc2\xa7 1 x" + b"[ 1%" * 300_000)
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
add("no-comments.docx", "is a Word document without Dedoose's comments", zipped({"word/document.xml": f'<w:document xmlns:w="{WORDS}"/>'}))
add("comment-twice.docx", "line 1: a second comment 0", zipped({"word/document.xml": "<d/>", "word/comments.xml": '<c><comment id="0"/><comment id="0"/></c>'}))
add("zip-inside.docx", "is an archive inside the archive", zipped({"word/document.xml": "<d/>", "word/embeddings/a.zip": b"PK"}))


@case("folder", "is a folder without a data.qda in it")
def _(path: Path) -> None:
    path.mkdir()


@case("pipe", "is no file")
def _(path: Path) -> None:
    os.mkfifo(path)


@case("points-at-itself", "There is no file points-at-itself")
def _(path: Path) -> None:
    path.symlink_to(path)


@case("missing", "There is no file missing")
def _(path: Path) -> None:
    """Nothing is made."""


def main(folder: Path, endless: bool) -> None:
    """Make and read the files that are endless, or all others; print a line of JSON for each."""
    from boundwork import readers
    from boundwork.errors import BoundworkError

    for name in [n for n in CASES if n.startswith("endless") == endless]:
        make = CASES[name][0]
        path = folder / name
        make(path)
        before = sorted(p.name for p in folder.iterdir())
        start = time.process_time()
        try:
            project = readers.read(path)
            outcome = "read"
            words = "; ".join(f"{loss.what}" for loss in project.losses)
        except BoundworkError as error:
            outcome, words = "refused", str(error)
        except Exception as error:
            outcome, words = "crashed", repr(error)
        seconds = time.process_time() - start
        unchanged = before == sorted(p.name for p in folder.iterdir())
        print(json.dumps({"name": name, "outcome": outcome, "words": words, "seconds": round(seconds, 2), "unchanged": unchanged,
                          "megabytes": peak.megabytes()}), flush=True)
        if path.is_file() and not path.is_symlink():
            path.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] == ["endless"])
