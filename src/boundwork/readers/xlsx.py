"""Excel workbooks (.xlsx), read as streams of their XML within limits: values only, every sheet, no formula, no macro, no link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from boundwork.readers.archive import Archive
from boundwork.readers.draft import shown
from boundwork.readers.limits import MEGABYTE, MOST_CELLS, MOST_COLUMNS, MOST_XML
from boundwork.readers.markup import End, Start, Text, events
from boundwork.readers.refusing import unreadable
from boundwork.readers.sheets import Budget, Sheet
from boundwork.wording import whole_number

_DATES = {14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47}
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_NOT_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


def read_xlsx(path: Path, name: str) -> Iterator[Sheet]:
    """Yield the sheets of a workbook in their order; hidden sheets too."""
    with Archive(path, name) as archive:
        for nested in archive.nested:
            raise archive.refusal(nested, "is an archive inside the archive", "Save the workbook again without embedded objects")
        book = _Workbook(archive)
        budget = Budget(name)
        for title, part in book.sheets():
            yield book.read(title, part, budget)


class _Workbook:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._shared = self._strings()
        self._dated, self._base = self._formats(), datetime(1899, 12, 30)

    def _events(self, part: str) -> Iterator[Start | End | Text]:
        return events(self._archive.chunks(part, MOST_XML), f"{self._archive.shown}: {part}")

    def _strings(self) -> list[str]:
        """Return the shared strings; the phonetic readings in them are no part of the words."""
        found: list[str] = []
        part = self._archive.find("xl/sharedStrings.xml")
        if part is None:
            return found
        words: list[str] = []
        inside = phonetic = False
        total = 0
        for event in self._events(part):
            if isinstance(event, Text):
                if inside and not phonetic:
                    words.append(event.data)
                    total += len(event.data)
                    if total > MOST_CELLS:
                        raise unreadable(f"{self._archive.shown} holds more than {MOST_CELLS / MEGABYTE:,.0f} million characters")
            elif event.name == "t":
                inside = isinstance(event, Start)
            elif event.name == "rPh":
                phonetic = isinstance(event, Start)
            elif event.name == "si":
                if isinstance(event, End):
                    found.append(_unescaped("".join(words)))
                words = []
        return found

    def _formats(self) -> set[int]:
        """Return the numbers of the cell styles that show a date or a time."""
        part = self._archive.find("xl/styles.xml")
        dated: set[int] = set()
        own: dict[str, str] = {}
        inside, number = False, 0
        for event in self._events(part) if part else ():
            if isinstance(event, Start) and event.name == "numFmt":
                own[event.attributes.get("numFmtId", "")] = event.attributes.get("formatCode", "")
            elif not isinstance(event, Text) and event.name == "cellXfs":
                inside = isinstance(event, Start)
            elif isinstance(event, Start) and event.name == "xf" and inside:
                id = event.attributes.get("numFmtId", "0")
                code = _NOT_DATE.sub("", own.get(id, "")).lower()
                if whole_number(id) in _DATES or any(c in code for c in "ydhs") or ("m" in code and "0" not in code):
                    dated.add(number)
                number += 1
        return dated

    def sheets(self) -> list[tuple[str, str]]:
        """Return titles and parts of the sheets, in the order of the workbook."""
        targets: dict[str, str] = {}
        relations = self._archive.find("xl/_rels/workbook.xml.rels")
        for event in self._events(relations) if relations else ():
            if isinstance(event, Start) and event.name == "Relationship":
                targets[event.attributes.get("Id", "")] = event.attributes.get("Target", "")
        found = []
        for event in self._events("xl/workbook.xml"):
            if isinstance(event, Start) and event.name == "workbookPr" and event.attributes.get("date1904") in ("1", "true"):
                self._base = datetime(1904, 1, 1)
            if isinstance(event, Start) and event.name == "sheet":
                target = targets.get(event.attributes.get("id", ""), "").replace("\\", "/")
                part = self._archive.find(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
                title = event.attributes.get("name", "")
                if part is None:
                    raise unreadable(f"{self._archive.shown}: the sheet '{shown(title)}' is not in the file", "It is damaged: save it again")
                found.append((title, part))
        return found

    def read(self, title: str, part: str, budget: Budget) -> Sheet:
        """Return the rows of one sheet."""
        sheet = Sheet(title)
        number, cells, column = 0, [], -1  # type: int, list[str], int
        kind, style, words = "", "", []  # type: str, str, list[str]
        inside = phonetic = formula = False
        for event in self._events(part):
            if isinstance(event, Text):
                if inside and not phonetic:
                    words.append(event.data)
            elif event.name in ("v", "t"):
                inside = isinstance(event, Start)
            elif event.name == "rPh":
                phonetic = isinstance(event, Start)
                sheet.notes[("phonetic readings of words", "they are no part of the words")] += phonetic
            elif event.name == "row":
                if isinstance(event, Start):
                    given = event.attributes.get("r", "")
                    row = whole_number(given, 8)
                    number = number + 1 if row is None else row
                    cells, column = [], -1
                else:
                    budget.take(sheet, number, cells)
            elif event.name == "c":
                if isinstance(event, Start):
                    at = _column(event.attributes.get("r", ""))
                    column = column + 1 if at is None else at
                    kind, style, words, formula = event.attributes.get("t", "n"), event.attributes.get("s", ""), [], False
                    continue
                value = self._value("".join(words), kind, style, sheet)
                if formula:
                    sheet.notes[("formulas", "the value that was saved with them is read") if words else
                                ("formulas without a value", "the program that wrote the file did not compute them")] += 1
                if not value:
                    continue
                if column >= MOST_COLUMNS:
                    sheet.notes[(f"cells beyond column {MOST_COLUMNS:,}", "no table of codings is that wide")] += 1
                    continue
                while len(cells) <= column:
                    cells.append("")
                cells[column] = value
            elif event.name == "f":
                formula = True
        return sheet

    def _value(self, raw: str, kind: str, style: str, sheet: Sheet) -> str:
        if kind == "s":
            at = whole_number(raw.strip())
            if at is not None and at < len(self._shared):
                return self._shared[at]
            sheet.notes[("cells whose words are not in the file", "they point past the shared strings")] += 1
            return ""
        if kind == "b":
            return {"1": "true", "0": "false"}.get(raw.strip(), raw)
        if kind in ("str", "inlineStr", "e", "d"):
            return _unescaped(raw)
        if whole_number(style) in self._dated:
            return self._date(raw)
        return plain_number(raw)

    def _date(self, raw: str) -> str:
        try:
            days = float(raw)
            if not 0 <= days < 2_958_466:
                return raw
            if 1 <= days < 60 and self._base.year == 1899:
                days += 1  # Excel counts a 29 February 1900 that never was
            moment = self._base + timedelta(seconds=round(days * 86_400))
        except (ValueError, OverflowError):
            return raw
        if days < 1:
            return moment.time().isoformat()
        return moment.date().isoformat() if moment.hour == moment.minute == moment.second == 0 else moment.isoformat()


def _unescaped(text: str) -> str:
    r"""Return a string with Excel's way of writing characters that XML lacks undone.

    >>> _unescaped("a_x000D_b")
    'a\rb'
    """
    return _ESCAPED.sub(lambda m: chr(int(m.group(1), 16)), text) if "_x" in text else text


def plain_number(raw: str) -> str:
    """Return a number as a person would type it.

    >>> plain_number("3.0"), plain_number("0.1"), plain_number("1E2"), plain_number("007")
    ('3', '0.1', '100', '7')
    """
    try:
        value = float(raw)
    except ValueError:
        return raw
    if "_" in raw:
        return raw
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return raw if "E" not in raw.upper() else repr(value)


def _column(reference: str) -> int | None:
    """Return the column of a cell reference, 0 = A; None for no reference.

    >>> _column("A1"), _column("AB12"), _column("XFD1048576"), _column("")
    (0, 27, 16383, None)
    """
    letters = reference.rstrip("0123456789").upper()
    if not letters or len(letters) > 4 or not letters.isascii() or not letters.isalpha():
        return None
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - 64
    return at - 1
