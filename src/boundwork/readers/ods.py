"""Spreadsheets of LibreOffice (.ods), read as a stream of their XML within limits: values only, every sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from boundwork.readers.archive import Archive
from boundwork.readers.limits import MOST_CELL, MOST_COLUMNS, MOST_XML
from boundwork.readers.markup import Start, Text, events
from boundwork.readers.refusing import unreadable
from boundwork.readers.sheets import Budget, Sheet

_CELLS = {"table-cell", "covered-table-cell"}
_MOST_TIMES = 1 << 20
"""How often something may be repeated: as often as a sheet of LibreOffice has rows."""
_MOST_BLANKS = 10_000
"""Blanks in a row; more of them say no more."""


def read_ods(path: Path, name: str) -> Iterator[Sheet]:
    """Yield the sheets of a spreadsheet in their order."""
    with Archive(path, name) as archive:
        part = archive.find("content.xml")
        if part is None:
            raise unreadable(f"{name} holds no content.xml", "It is no spreadsheet of LibreOffice, or damaged")
        budget = Budget(name)
        sheet: Sheet | None = None
        number = 0
        cells: list[str] = []
        cell: _Cell | None = None
        repeated, aside, paragraphs = 1, 0, 0
        for event in events(archive.chunks(part, MOST_XML), f"{name}: {part}"):
            if isinstance(event, Text):
                if cell is not None and not aside and paragraphs:
                    cell.write(event.data)
            elif isinstance(event, Start):
                if event.name == "table":
                    sheet, number = Sheet(event.attributes.get("name", "")), 0
                elif event.name == "table-row":
                    cells, repeated = [], _times(event.attributes.get("number-rows-repeated"))
                elif event.name in _CELLS:
                    cell = _Cell(event.attributes)
                elif cell is not None:
                    aside += event.name == "annotation"
                    if event.name == "p" and not aside:
                        paragraphs += 1
                        cell.paragraph()
                    elif paragraphs and not aside:
                        cell.write({"s": " " * min(_times(event.attributes.get("c")), _MOST_BLANKS), "tab": "\t", "line-break": "\n"}.get(event.name, ""))
            elif event.name == "annotation" and aside:
                aside -= 1
                if sheet is not None:
                    sheet.notes[("comments on cells", "they are no part of the table")] += 1
            elif event.name == "p" and cell is not None and not aside:
                paragraphs -= 1
            elif event.name in _CELLS and cell is not None:
                value = cell.value()
                times = cell.times
                if value and len(cells) + times > MOST_COLUMNS:
                    raise unreadable(f"{name}: the sheet '{sheet.name if sheet else ''}' repeats a cell {times:,} times, and at most {MOST_COLUMNS:,} are read")
                cells.extend([value] * min(times, MOST_COLUMNS + 1 - len(cells)))
                cell, paragraphs, aside = None, 0, 0
            elif event.name == "table-row" and sheet is not None:
                while cells and not cells[-1]:
                    cells.pop()
                for extra in range(repeated if cells else 0):
                    budget.take(sheet, number + extra + 1, list(cells))
                number += repeated
            elif event.name == "table" and sheet is not None:
                yield sheet
                sheet = None


class _Cell:
    """A cell while it is read: its paragraphs are what its author sees; dates and numbers come from the value behind them."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.times = _times(attributes.get("number-columns-repeated"))
        self._attributes = attributes
        self._words: list[str] = []
        self._begun = False
        self._room = MOST_CELL + 1

    def paragraph(self) -> None:
        """Begin a paragraph: a line of the cell."""
        if self._begun:
            self.write("\n")
        self._begun = True

    def write(self, words: str) -> None:
        """Add words to the paragraph; a cell that is too long is one character too long, for who refuses it."""
        words = words[: self._room]
        self._room -= len(words)
        self._words.append(words)

    def value(self) -> str:
        """Return what the cell holds, as text."""
        a = self._attributes
        kind = a.get("value-type", "")
        if kind == "date" and a.get("date-value"):
            return a["date-value"].removesuffix("T00:00:00")
        if kind == "float" and a.get("value"):
            from boundwork.readers.xlsx import plain_number

            return plain_number(a["value"])
        if kind == "boolean" and a.get("boolean-value"):
            return a["boolean-value"]
        return "".join(self._words) or a.get("string-value", "")


def _times(text: str | None) -> int:
    """Return how often something is repeated: once where that is not said, and not more often than there are rows."""
    try:
        return max(1, min(int(text or ""), _MOST_TIMES))
    except ValueError:
        return 1
