"""Which rows of a table an edit changed, found from the bytes of the file before and after. What the rows say is not looked at."""

from __future__ import annotations

import dataclasses
import mmap
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path

from boundwork.findings import Finding
from boundwork.tables.index import Index, same_ends
from boundwork.tables.reader import Row

_MOST_CHANGED = 2_000


class Everything(Exception):
    """Why an edit needs a whole validation."""


@dataclass
class Edit:
    """Records `first` to `last` (without it) of a table's `file` became `rows`, in bytes and lines of the new file."""

    file: str
    first: int
    last: int
    old: list[Row]
    rows: list[Row]
    starts: list[int]
    bytes_more: int
    lines_more: int
    findings: list[Finding]

    @property
    def more(self) -> int:
        """How many records more there are after the edit."""
        return len(self.rows) - (self.last - self.first)

    def holds(self, number: int) -> bool:
        """True for a record of before that changed."""
        return self.first <= number < self.last

    def moved(self, finding: Finding) -> Finding:
        """Return a finding on a row that did not change, where that row stands now."""
        if Path(finding.file).name != self.file or finding.row < self.last or not (self.more or self.lines_more):
            return finding
        return dataclasses.replace(finding, row=finding.row + self.more, line=finding.line + self.lines_more)


def find_edit(where: Index, old: mmap.mmap, new: mmap.mmap) -> Edit | None:
    """Return which records of a table changed, from its index as it was and both files; None where none did.

    Errors: Everything for an edit that is no edit of rows.
    """
    head, tail = same_ends(old, new)
    file = where.table.spec.file
    if head == len(old) == len(new):
        return None
    starts, lines = where.starts, where.lines
    first = bisect_right(starts, head) - 1
    if first and old[starts[first] - 1] != ord("\n"):
        first -= 1
    if first < 1:
        raise Everything(f"the header of {file} changed")
    last = min(max(bisect_left(starts, len(old) - tail + 1), first), len(where))
    more = len(new) - len(old)
    piece = new[starts[first] : starts[last] + more]
    table = dataclasses.replace(where.table, findings=[], whole=True)
    before = list(table.piece(old[starts[first] : starts[last]], lines[first], first + 1))
    table.findings = []
    rows = list(table.piece(piece, lines[first], first + 1))
    if not table.whole:
        raise Everything(f"{file} cannot be read to its end")
    if max(len(rows), len(before)) > _MOST_CHANGED:
        raise Everything(f"more than {_MOST_CHANGED:,} rows of {file} changed, or lie between two that did")
    ends = [0]
    while (at := piece.find(b"\n", ends[-1])) >= 0:
        ends.append(at + 1)
    physical = len(ends) - 1 + (ends[-1] < len(piece))
    return Edit(file, first + 1, last + 1, before, rows, [starts[first] + ends[r.line - lines[first]] for r in rows], more,
                physical - (lines[last] - lines[first]), table.findings)


def mapped(path: Path) -> mmap.mmap:
    """Return a file as memory that is read as it is used."""
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def rows_that_say(where: Index, data: mmap.mmap, column: str, text: str) -> list[Row]:
    """Return the records that say a text in a column."""
    at = where.table.header.index(column)
    rows = (where.record(data, n) for n in where.numbers(column, text) if n > 1)
    return [r for r in rows if at < len(r.cells) and r.cells[at].strip() == text]


def rows_alike(where: Index, texts: dict[str, str]) -> set[int]:
    """Return the numbers of the records that may say the same values in all of these columns; some may say others."""
    found: set[int] = set()
    for n, (column, text) in enumerate(texts.items()):
        numbers = {n for n in where.numbers(column, text) if n > 1}
        found = found & numbers if n else numbers
    return found
