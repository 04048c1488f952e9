"""Tables in any container, as rows of text with their numbers: CSV and TSV in any common encoding, every sheet of XLSX and ODS.

Read as a stream and within limits; a cell keeps what its author typed ("007" stays "007"), dates come out as ISO 8601. No formula runs.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from boundwork.readers.decoding import decoded
from boundwork.readers.draft import shown
from boundwork.readers.limits import MEGABYTE, MOST_CELL, MOST_CELLS, MOST_COLUMNS, MOST_FILE, MOST_ROWS
from boundwork.readers.refusing import unreadable
from boundwork.wording import counted

_DELIMITERS = (",", ";", "\t", "|")


class Record(NamedTuple):
    """One row: its number (1 = the first row of the sheet) and its cells."""

    number: int
    cells: list[str]


@dataclass
class Sheet:
    """A table of a file. `notes` are what had to be guessed or left out to read it, with counts."""

    name: str
    rows: list[Record] = field(default_factory=list)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)


class Budget:
    """What a file's cells may hold together."""

    def __init__(self, shown_name: str) -> None:
        self.shown = shown_name
        self._characters = 0
        self._cells = 0

    def take(self, sheet: Sheet, number: int, cells: list[str]) -> None:
        """Add a row to a sheet if it holds anything and the limits allow it."""
        where = f"{self.shown}: sheet '{shown(sheet.name)}', row {number}" if sheet.name else f"{self.shown}, row {number}"
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return
        if len(cells) > MOST_COLUMNS:
            raise unreadable(f"{where} has {counted(len(cells), 'cell')}, and at most {MOST_COLUMNS:,} are read")
        if len(sheet.rows) >= MOST_ROWS:
            raise unreadable(f"{where}: more than {MOST_ROWS:,} rows")
        for cell in cells:
            if len(cell) > MOST_CELL:
                raise unreadable(f"{where}: a cell of {len(cell):,} characters", "A quote that never closes makes such cells")
            if "\x00" in cell:
                raise unreadable(f"{where}: a NUL character", "The file is damaged, or no table")
            self._characters += len(cell)
        self._cells += len(cells)
        if self._characters > MOST_CELLS or self._cells > 10 * MOST_ROWS:
            raise unreadable(f"{self.shown} holds more than {MOST_CELLS / MEGABYTE:,.0f} million characters or {10 * MOST_ROWS:,} cells")
        sheet.rows.append(Record(number, cells))


def read_csv(path: Path, name: str) -> list[Sheet]:
    """Return the one table of a CSV or TSV file; encoding and delimiter are found out and reported."""
    try:
        if path.stat().st_size > MOST_FILE:
            raise unreadable(f"{name} is more than {MOST_FILE / MEGABYTE:,.0f} MB")
        text, encoding = decoded(path.read_bytes())
    except OSError as error:
        raise unreadable(f"{name} cannot be read ({error.strerror})") from None
    return [csv_table(text, name, encoding)]


def csv_table(text: str, name: str, encoding: str = "UTF-8") -> Sheet:
    """Return the table in a text; see `read_csv`."""
    sheet = Sheet("")
    if encoding == "Windows-1252":
        sheet.notes[("a text that is not UTF-8", "read as Windows-1252: look at its accents")] += 1
    budget = Budget(name)
    csv.field_size_limit(MOST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            budget.take(sheet, number, cells)
    except csv.Error as error:
        raise unreadable(f"{name}, line {reader.line_num}: {error}", "Look for a quote that never closes") from None
    return sheet


def _delimiter(text: str) -> str:
    """Return what separates the cells of the first row that is not empty: the candidate that occurs most often outside quotes.

    A row "sep=;", the hint of a spreadsheet, is such a row.
    """
    head = text.lstrip("\r\n \ufeff")[:20_000]
    counts: Counter[str] = Counter()
    quoted = False
    for character in head:
        if character == '"':
            quoted = not quoted
        elif not quoted:
            if character in "\r\n":
                break
            if character in _DELIMITERS:
                counts.update(character)
    return max(_DELIMITERS, key=lambda d: counts[d])


def read_sheets(path: Path, name: str, container: str) -> Iterator[Sheet]:
    """Yield every table of a file whose container is csv, xlsx or ods."""
    if container == "csv":
        yield from read_csv(path, name)
    elif container == "xlsx":
        from boundwork.readers.xlsx import read_xlsx

        yield from read_xlsx(path, name)
    else:
        from boundwork.readers.ods import read_ods

        yield from read_ods(path, name)
