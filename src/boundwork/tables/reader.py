"""CSV in, rows that know file, line and record number out. What is wrong with the file itself comes out as findings."""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from boundwork.errors import InputError
from boundwork.findings import Finding, Severity
from boundwork.tables.schema import TableSpec
from boundwork.wording import counted

MOST_CELL = 1_000_000
"""Characters in one cell; more is a broken file (a quote that never closes), not data."""
MOST_LINE = 4_000_000
"""Bytes in one physical line; read no further than this before giving up."""
_MOST_BAD = 200
_NOT_CSV = {b"PK\x03\x04": "a workbook of Excel or LibreOffice", b"\xd0\xcf\x11\xe0": "a workbook of an older Excel", b"%PDF": "a PDF",
            b"\xff\xfe": "text in UTF-16 ('Unicode text')", b"\xfe\xff": "text in UTF-16 ('Unicode text')", b"{\\rtf": "a word processor's document"}
"""How files begin that are no CSV, and what they are."""


class Row(NamedTuple):
    """One record: physical line and record number (both 1 = header), and its cells in the order of `Table.header`."""

    line: int
    number: int
    cells: list[str]


@dataclass
class Span:
    """The stretch of a table that `rows()` reads: records whose first byte lies from `start` to before `end` (0: all of them).

    `line` and `number` say how many physical lines and records stand before it. While it is read, `lines`, `records` and `over`
    count its lines, its records, and the lines behind its end that its last record takes; `stopped` says that it ended early.
    """

    start: int = 0
    end: int = 0
    line: int = 0
    number: int = 0
    lines: int = 0
    records: int = 0
    over: int = 0
    stopped: bool = False


@dataclass
class Table:
    """A table that is open for reading: `rows()` yields its records once; `findings` grows while it is read."""

    spec: TableSpec
    path: Path
    shown: str
    header: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    whole: bool = True
    """False once a header or a record could not be read: what else the table holds is not known."""
    span: Span = field(default_factory=Span)

    def find(self, rule: str, message: str, line: int = 0, row: int = 0, column: str = "", value: str = "",
             severity: Severity = Severity.VIOLATION) -> None:
        """Note one finding about this table."""
        if len(self.findings) == _MOST_BAD:
            self.findings.append(Finding(Severity.INFO, "table-more", f"More findings in {self.shown} are left out: mend these first.",
                                         self.shown))
        if len(self.findings) < _MOST_BAD:
            self.findings.append(Finding(severity, rule, message, self.shown, line, row, column, value[:200]))

    def rows(self) -> Iterator[Row]:
        """Yield the records after the header; a record that cannot be read ends the table with a finding."""
        if not self.header:
            return
        span = self.span
        with open(self.path, "rb") as file:
            file.seek(span.start)
            lines = Lines(file, span.line, span.end - span.start)
            reader = csv.reader(lines, strict=True)
            number, start = span.number, span.line + 1
            try:
                while not lines.behind:
                    start = lines.number + 1
                    number += 1
                    cells = next(reader)
                    if number > 1 and any(cells):  # the header stands apart, and spreadsheets write rows of nothing but commas
                        fitted = self.fitted(cells, start, number)
                        if fitted is not None:
                            yield Row(start, number, fitted)
            except StopIteration:
                number -= 1
            except csv.Error as error:
                self.find("table-quote", _quote_message(error), start, number)
                self.whole, span.stopped = False, True
            except BadLine as error:
                self.find(error.rule, error.message, error.line, number)
                self.whole, span.stopped = False, True
            span.lines, span.over, span.records = lines.inside - span.line, lines.number - lines.inside, number - span.number

    def piece(self, data: bytes, line: int, number: int) -> Iterator[Row]:
        """Yield the records of a piece of the file, the blank ones too, of which the first is the record of this line and number."""
        lines = Lines(io.BytesIO(data), line - 1)
        reader = csv.reader(lines, strict=True)
        start = line
        try:
            while True:
                start = lines.number + 1
                cells = next(reader)
                fitted = self.fitted(cells, start, number) if any(cells) else []
                if fitted is not None:
                    yield Row(start, number, fitted)
                number += 1
        except StopIteration:
            return
        except csv.Error as error:
            self.find("table-quote", _quote_message(error), start, number)
        except BadLine as error:
            self.find(error.rule, error.message, error.line, number)
        self.whole = False

    def fitted(self, cells: list[str], line: int, number: int) -> list[str] | None:
        """Return the cells of a record as many as the header has, or None for a record with too many; a finding says what was wrong."""
        width = len(self.header)
        if len(cells) != width:
            self._wrong_width(cells, width, line, number)
            if len(cells) > width:
                self.whole = False
                return None
            return cells + [""] * (width - len(cells))
        return cells

    def _wrong_width(self, cells: list[str], width: int, line: int, number: int) -> None:
        if len(cells) > width:
            self.find("table-row-too-long",
                      f"The row has {counted(len(cells), 'cell')}, the header {width}; '{cells[width].strip()[:30]}' is one too many. "
                      "Put a cell that holds a comma in double quotes.", line, number,
                      value=cells[width])
        else:
            self.find("table-row-too-short", f"The row has {counted(len(cells), 'cell')}, the header {width}. Add the missing commas.", line, number,
                      severity=Severity.WARNING)


class BadLine(Exception):
    """A physical line that no table has: the rule that it breaks, and where."""

    def __init__(self, rule: str, message: str, line: int) -> None:
        super().__init__(message)
        self.rule, self.message, self.line = rule, message, line


class Lines:
    """Physical lines as text: bounded in length, UTF-8 only, with the line that breaks either rule."""

    def __init__(self, file: object, number: int = 0, most: int = 0) -> None:
        """Take an open file, how many lines stand before its place, and how many bytes belong to the stretch (0: all)."""
        self._file = file
        self.number = self.inside = number
        self.place, self._most = 0, most
        self.behind = False
        """True once the next line lies behind the stretch."""

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        raw: bytes = self._file.readline(MOST_LINE)  # type: ignore[attr-defined]
        if not raw:
            raise StopIteration
        self.number += 1
        if not self.behind:
            self.inside = self.number
            self.place += len(raw)
            self.behind = 0 < self._most <= self.place
        if len(raw) == MOST_LINE and not raw.endswith(b"\n"):
            raise BadLine("table-line-too-long",
                           f"Line {self.number} is longer than {MOST_LINE:,} bytes. This is not a table: export it again as CSV.", self.number)
        kind = next((k for start, k in _NOT_CSV.items() if raw.startswith(start)), "") if self.number == 1 else ""
        if kind:
            raise BadLine("table-encoding",
                          f"The file is {kind}, and no CSV. Open it in the program that made it, and save the table as 'CSV UTF-8'.", 1)
        if b"\0" in raw:
            raise BadLine("table-encoding", f"Line {self.number} holds a character that no text has (NUL). Save the table again as 'CSV UTF-8'.", self.number)
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            near = raw[max(0, error.start - 15) : error.start + 5].decode("cp1252", "replace")
            raise BadLine("table-encoding",
                           f"Line {self.number} is not UTF-8 (near '{near.strip()}'). In the spreadsheet, save as 'CSV UTF-8'.",
                           self.number) from None


def _quote_message(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return f"A cell that starts here is longer than {MOST_CELL:,} characters: a double quote is opened and never closed. Close it, or double it."
    if "new-line" in text:
        return "The lines end in a way that only old spreadsheets write (carriage returns alone). Save the table again as CSV UTF-8."
    if "unexpected end" in text:
        return "A double quote is opened in this row and never closed. Close it, or write a double quote inside a cell twice."
    return 'A double quote stands inside a cell of this row. Put the whole cell in double quotes and write the one inside twice ("").'


def read_table(path: Path, spec: TableSpec, shown: str = "") -> Table:
    """Open a table and check its header; return it ready for `rows()`.

    Errors: InputError when the file cannot be opened at all. Everything else becomes a finding on the table.
    """
    table = Table(spec, path, shown or str(path), whole=False)
    csv.field_size_limit(MOST_CELL)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"{table.shown} is not a file.")
        with open(path, "rb") as file:
            try:
                header = next(csv.reader(Lines(file), strict=True), None)
            except BadLine as error:
                table.find(error.rule, error.message, error.line, 1)
                return table
            except csv.Error as error:
                table.find("table-quote", _quote_message(error), 1, 1)
                return table
    except OSError as error:
        raise InputError(f"{table.shown} cannot be read: {error.strerror}.") from None
    if not header or not any(header):
        names = ", ".join(c.name for c in spec.columns)
        table.find("table-empty", f"The first line is empty. It must name the columns: {names}.", 1, 1)
        return table
    check_header(table, header)
    return table


def _column_name(written: str, spec: TableSpec) -> str:
    """Return the name of the column that is meant: capitals, and blanks for underscores, do not matter."""
    name = written.strip()
    plain = name.lower().replace(" ", "_")
    return plain if plain in spec.by_name else name


def check_header(table: Table, header: list[str]) -> None:
    """Give a table its header where that names what the schema needs; what is wrong with it becomes findings."""
    from boundwork.errors import did_you_mean

    spec = table.spec
    header = [_column_name(name, spec) for name in header]
    if len(header) == 1 and header[0].count(";") + header[0].count("\t") > 1:
        mark = "semicolons" if header[0].count(";") > 1 else "tabs"
        table.find("table-separator", f"The columns are separated by {mark}, not by commas. Save the table as comma-separated CSV, "
                   f"or have it written again: boundwork import STUDY/{spec.file} -o STUDY.", 1, 1)
        return
    if header[0].lower().startswith("sep="):
        table.find("table-separator", "The first line is a hint for one spreadsheet (sep=) and names no columns. Remove it.", 1, 1)
        return
    fatal = False
    missing = [c.name for c in spec.columns if c.required and c.name not in header]
    meant = {m: next((n for n in header if n not in spec.by_name and did_you_mean(n, [m])), "") for m in missing}
    for name in header:
        if name and name not in spec.by_name and name not in meant.values():
            table.find("table-unknown-column",
                       f"The table {spec.file} has no column '{name}'; it is left aside. {did_you_mean(name, spec.by_name)}".strip(), 1, 1, name,
                       severity=Severity.WARNING)
        if header.count(name) > 1 and name:
            table.find("table-column-twice", f"Column '{name}' stands twice. Remove one.", 1, 1, name)
            fatal = True
    for column in missing:
        repair = f"Is it the one that is called '{meant[column]}'? Then rename that." if meant[column] else f"Add it to the first line of {spec.file}."
        table.find("table-missing-column", f"Column '{column}' is missing. {repair}", 1, 1, column)
        fatal = True
    if not fatal:
        table.header, table.whole = header, True
