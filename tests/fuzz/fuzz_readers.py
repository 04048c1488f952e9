"""Fuzzing of the readers, guided by coverage: any bytes may be refused in one line, none may crash.

`python tests/fuzz/fuzz_readers.py -runs=100000 NEW tests/fuzz/corpus` runs on (libFuzzer's options; what is new goes into the folder NEW). The first
byte of an input chooses what it is put into, so that the fuzzer works on the words of a format and not on the checksums around them.
`python tests/fuzz/fuzz_readers.py --seeds tests/fuzz/corpus` writes the first corpus again from the test writers.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import atheris

with atheris.instrument_imports(include=["boundwork.readers"]):
    from boundwork import readers
    from boundwork.readers import (  # noqa: F401  # noqa: F401
        archive,
        coded_table,
        database,
        dedoose_word,
        detecting,
        draft,
        layouts,
        markup,
        nvivo_text,
        ods,
        offsets,
        qualcoder,
        quoted,
        refi,
        refi_elements,
        refi_selections,
        requal,
        rqda,
        sheets,
        tabular,
        taguette,
        xlsx,
    )

from boundwork.errors import BoundworkError
from fuzz.fuzzing import run
from readers.writers import QUALCODER, QUALCODER_8, REQUAL, RQDA, TAGUETTE

PLACE = Path(tempfile.mkdtemp(prefix="boundwork-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)) / "file"
_BOOK = {"xl/workbook.xml": b'<workbook><sheets><sheet name="s" id="r1"/></sheets></workbook>',
         "xl/_rels/workbook.xml.rels": b'<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>'}


def _zipped(**entries: bytes) -> None:
    with zipfile.ZipFile(PLACE, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def _halves(data: bytes) -> tuple[bytes, bytes]:
    first, _, second = data.partition(b"\x00\x00")
    return first, second


def _rows(schema: str) -> Callable[[bytes], None]:
    """Fill a tool's own tables with what the bytes say: a table, then its cells, split at line ends."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema)
        template = connection.serialize()
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        widths = {name: len(list(connection.execute(f"PRAGMA table_info({name})"))) for name in tables}

    def make(data: bytes) -> None:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(template)
            for line in data.split(b"\n")[:40]:
                if not line:
                    continue
                table = tables[line[0] % len(tables)]
                cells: list[object] = []
                for cell in line[1:].split(b"|")[:widths[table]]:
                    word = cell.decode("utf-8", "replace")
                    cells.append(int(word) if word.isdecimal() and len(word) < 18 else word or None)
                cells += [None] * (widths[table] - len(cells))
                with suppress(sqlite3.IntegrityError):  # a word where the table wants the number of a row
                    connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({','.join('?' * len(cells))})", cells)
            connection.commit()
            PLACE.write_bytes(connection.serialize())

    return make


def _qdpx(data: bytes) -> None:
    document, text = _halves(data)
    _zipped(**{"project.qde": document, "sources/s.txt": text})


def _docx(data: bytes) -> None:
    document, comments = _halves(data)
    _zipped(**{"word/document.xml": document, "word/comments.xml": comments})


def _xlsx(data: bytes) -> None:
    sheet, strings = _halves(data)
    _zipped(**_BOOK, **{"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": strings or b"<sst/>"})


TARGETS: tuple[Callable[[bytes], object], ...] = (
    PLACE.write_bytes, _qdpx, _docx, _xlsx, lambda data: _zipped(**{"content.xml": data}), _rows(QUALCODER_8), _rows(TAGUETTE), _rows(RQDA), _rows(REQUAL),
    _rows(QUALCODER))


def one_input(data: bytes) -> None:
    """Read one input; anything but a refusal in one line is a crash."""
    if not data:
        return
    TARGETS[data[0] % len(TARGETS)](data[1:])
    try:
        project = readers.read(PLACE, texts={"one": "one two"})
    except BoundworkError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than one line: {error!r}") from error
        return
    texts = {s.id: s.text for s in project.sources}
    for selection in project.selections:
        text = texts[selection.source]
        if selection.start is not None and selection.end is not None and text is not None and not 0 <= selection.start <= selection.end <= len(text):
            raise AssertionError(f"outside its text: {selection}")
    codes = {c.id for c in project.codes}
    if not all(c.code in codes for c in project.codings):
        raise AssertionError("a coding without its code")


G = [f"{i:08x}-0000-4000-8000-00000000abcd" for i in range(9)]
_QDE = (f'<Project name="p" origin="NVivo"><Users><User guid="{G[1]}" name="A"/></Users><CodeBook><Codes><Code guid="{G[2]}" name="c" isCodable="true">'
        f'<Description>d</Description><NoteRef targetGUID="{G[6]}"/></Code></Codes></CodeBook><Variables>'
        f'<Variable guid="{G[7]}" name="v" typeOfVariable="Date"/>'
        f'</Variables><Cases><Case guid="{G[8]}"><VariableValue><VariableRef targetGUID="{G[7]}"/><DateValue>2024-01-01</DateValue></VariableValue>'
        f'<SourceRef targetGUID="{G[3]}"/></Case></Cases><Sources><TextSource guid="{G[3]}" name="s" plainTextPath="internal://s.txt"><PlainTextSelection '
        f'guid="{G[4]}" startPosition="0" endPosition="4" name="one"><Coding guid="{G[5]}" creatingUser="{G[1]}"><CodeRef targetGUID="{G[2]}"/></Coding>'
        f'</PlainTextSelection></TextSource><PDFSource guid="{G[0]}"><PDFSelection guid="{G[4]}" page="1" firstX="1" firstY="2" secondX="3" secondY="4"/>'
        f'<Representation guid="{G[6]}"><PlainTextContent>x</PlainTextContent></Representation></PDFSource></Sources><Notes><Note guid="{G[6]}"/></Notes>'
        "<Links>"
        f'<Link guid="{G[1]}" originGUID="{G[2]}" targetGUID="{G[3]}"/></Links><Sets><Set guid="{G[2]}" name="s"><MemberCode targetGUID="{G[2]}"/></Set></Sets>'
        f'<Graphs><Graph guid="{G[1]}"><Vertex guid="{G[2]}" representedGUID="{G[3]}"/></Graph></Graphs></Project>')
_ROWS = ("<row><c t='inlineStr'><is><t>source</t></is></c><c t='s'><v>0</v></c></row><row r='3'><c r='A3'><v>1</v></c>"
         "<c r='B3' t='str'><f>x</f><v>y</v></c></row>")


def seeds() -> list[bytes]:
    """The inputs to begin with: one for every target and every text format."""
    texts = [_QDE, "source,code,quote,start,end\none,a; b,two,4,7\n", "Document name;Code;Begin;End;Segment\nd;A > B;1;2;words\n",
             "ID\tDocument\tQuotation Content\tCodes\n3:10\tone\ttwo\tc\n", "Media Title,Excerpt Copy,Code: A\\B Applied,Code: A\\B Weight\none,two,True,3\n",
             "File,Coder,Coded,Id,Codename,Category\none,ada,two,7,c,k\n", "id,document,tag,content\n1,one,c,two\n",
             "Name: c\n<Files\\\\a\\\\b> - § 1 reference coded [ 6.78% Coverage]\n\nReference 1 - 5.80% Coverage\n\nwords\n"]
    found = [b"\x00" + text.encode() for text in texts]
    found.append(b"\x01" + _QDE.encode() + b"\x00\x00" + "o🙂 two\r\nthree".encode())
    found.append(b"\x02<d><p><commentRangeStart id='0'/><r><t>one</t></r><commentRangeEnd id='0'/></p></d>\x00\x00"
                 b"<c><comment id='0' author='a'><p><r><t>Codes (0-3)</t></r></p><p><r><t>c</t></r></p></comment></c>")
    found.append(b"\x03<worksheet>" + _ROWS.encode() + b"</worksheet>\x00\x00<sst><si><t>code</t></si></sst>")
    found.append(b"\x04<a><table name='s'><table-row><table-cell number-columns-repeated='1'><p>source</p></table-cell>"
                 b"<table-cell><p>code</p></table-cell>"
                 b"</table-row><table-row number-rows-repeated='2'><table-cell><p>a<s c='2'/>b</p></table-cell>"
                 b"<table-cell><p>c</p></table-cell></table-row></table></a>")
    found.append(b"\x05\x01" + "1|s|o🙂 two\n\x021|k\n\x031|1|1|two|4|7|ada\n\x041|c||1".encode())
    found.append(b"\x06\x011|p\n\x031|s|||2024|1||<p>one <b>two</b></p>\n\x051|1|4|7|two\n\x061|1|c\n\x071|1\n"
                 b'\x041|d|ada|1|1|{"type": "highlight_add", "highlight_id": 1, "tags": [1]}')
    found.append(b"\x07\x01s|1|one two||||1|1\n\x02c|||||1|1\n\x031|1|two|4|7|1|ada")
    found.append(b"\x08\x001|p\n\x011|l|Ada\n\x021|1|1|s||one two\n\x031|1|1|c\n\x041|1|1|1|1|5|7|two")
    found.append(b"\x09\x011|s|one two\n\x0b1|k\n\x0a1|1|1|two|4|7|ada\n\x041|1|0|3|memo|ada\n\x071|1|1|0|3\n\x081|c")
    return found


if __name__ == "__main__":
    run(one_input, seeds)
