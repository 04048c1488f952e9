"""Where every record of a table stands, in a few bytes each: single records are read, and an edit is found, without reading the table.

Bytes and arrays only; what a row means is not known here.
"""

from __future__ import annotations

import csv
import mmap
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from boundwork.tables.reader import MOST_CELL, BadLine, Lines, Row, Table

_BLOCK = 1 << 20
_Digests = dict[str, "array[int]"]


def digest(text: str, kind: str = "") -> int:
    """Return a number that all texts share which a cell of this kind of column may hold for one value."""
    return zlib.crc32(written(text, kind).encode("utf-8", "surrogatepass"))


def written(text: str, kind: str) -> str:
    """Return one text for all that a cell of a kind of column may hold for one value: blanks around it, and zeros before a whole number.

    >>> written(" 007", "integer"), written("007 ", "text")
    ('7', '007')
    """
    text = text.strip()
    try:
        return str(int(text)) if kind == "integer" else text
    except ValueError:
        return text


@dataclass
class Index:
    """The records of a table as it was read: `starts` and `lines` have one entry a record, the header first, and one for the end."""

    table: Table
    starts: array[int]
    lines: array[int]
    digests: _Digests
    """Column -> digest of each record's cell; the header and blank records have one too."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    def record(self, data: mmap.mmap, number: int) -> Row:
        """Return a record by its number (1 = header)."""
        piece = data[self.starts[number - 1] : self.starts[number]]
        return next(self.table.piece(piece, self.lines[number - 1], number))

    def numbers(self, column: str, text: str) -> list[int]:
        """Return the records that may say a text in a column, in order; some may say another of the same digest."""
        return list(_found(self.digests[column], array("I", [digest(text, self.kind(column))]).tobytes()))

    def kind(self, column: str) -> str:
        """Return how the cells of a column are read."""
        return self.table.spec.by_name[column].kind

    def replaced(self, first: int, last: int, rows: list[Row], starts: list[int], bytes_more: int, lines_more: int) -> Index:
        """Return the index after records `first` to `last` (without it) became these rows, which start there."""
        def spliced(old: array[int], new: Iterable[int], more: int, end: int) -> array[int]:
            tail = old[end:]
            made = old[: first - 1]
            made.extend(new)
            made.extend(tail if not more else array(old.typecode, [n + more for n in tail]))
            return made

        cells = {c: (self.table.header.index(c), self.kind(c)) for c in self.digests}
        return Index(self.table, spliced(self.starts, starts, bytes_more, last - 1), spliced(self.lines, [r.line for r in rows], lines_more, last - 1),
                     {c: spliced(d, [_cell(r.cells, *cells[c]) for r in rows], 0, last - 1) for c, d in self.digests.items()})


def _cell(cells: list[str], at: int, kind: str) -> int:
    return digest(cells[at], kind) if at < len(cells) else 0


def _found(digests: array[int], wanted: bytes) -> Iterator[int]:
    raw = digests.tobytes()
    size = digests.itemsize
    at = raw.find(wanted)
    while at >= 0:
        if at % size == 0:
            yield at // size + 1
        at = raw.find(wanted, at + 1)


def index(table: Table, path: Path, columns: Iterable[str]) -> Index | None:
    """Read a table once and return where its records stand; None where it cannot be read to its end."""
    csv.field_size_limit(MOST_CELL)
    at = {c: (table.header.index(c), table.spec.by_name[c].kind) for c in columns}
    starts, lines, digests = array("Q"), array("Q"), {c: array("I") for c in at}
    with open(path, "rb") as file:
        source = Lines(file)
        reader = csv.reader(source, strict=True)
        try:
            while True:
                start, line = source.place, source.number + 1
                cells = next(reader)
                starts.append(start)
                lines.append(line)
                for column, place in at.items():
                    digests[column].append(_cell(cells, *place))
        except StopIteration:
            pass
        except (csv.Error, BadLine):
            return None
    starts.append(source.place)
    lines.append(source.number + 1)
    return Index(table, starts, lines, digests)


def same_ends(one: mmap.mmap, other: mmap.mmap) -> tuple[int, int]:
    """Return how many bytes two files share at their beginning, and how many of the rest at their end.

    >>> same_ends(b"a,b,c", b"a,x,c")
    (2, 2)
    """
    most = min(len(one), len(other))
    head = _same(most, lambda n, m: one[n:m] == other[n:m])
    tail = _same(most - head, lambda n, m: one[len(one) - m : len(one) - n] == other[len(other) - m : len(other) - n])
    return head, tail


def _same(most: int, equal: Callable[[int, int], bool]) -> int:
    at, step = 0, _BLOCK
    while at < most and step:
        end = min(at + step, most)
        if equal(at, end):
            at = end
        else:
            step //= 2
    return at
