"""One row of a table by its id, found without reading the table as rows: physical line and cells, in milliseconds however long the table is."""

from __future__ import annotations

import csv
import io
import mmap
from dataclasses import dataclass
from pathlib import Path

from boundwork.tables.reader import MOST_CELL, read_table
from boundwork.tables.schema import TableSpec

_BLOCK = 1 << 20
_MOST_ROW = 1 << 22


@dataclass(frozen=True)
class Record:
    """A row as it stands in the file: physical line (1 = header) and cells by column."""

    line: int
    cells: dict[str, str]


class Lookup:
    """Finds rows of one table. The file is mapped, not read; what is found is remembered."""

    def __init__(self, path: Path, spec: TableSpec) -> None:
        self.path = path
        self.spec = spec
        self.key = "id" if "id" in spec.by_name else spec.columns[0].name
        self.header = read_table(path, spec).header if path.is_file() else []
        self._found: dict[str, Record | None] = {}
        self._map: mmap.mmap | None = None
        self._before: list[tuple[int, int]] = [(0, 0)]  # line ends and quotes before each block
        self._all = False

    def find(self, ident: str) -> Record | None:
        """Return the row of this id, or None."""
        if ident not in self._found and self.header and not self._all:
            self._found[ident] = self._search(ident) or self._read(ident)
        return self._found.get(ident)

    def _data(self) -> mmap.mmap:
        if self._map is None:
            with open(self.path, "rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._map

    def _search(self, ident: str) -> Record | None:
        """The row whose line starts with the id; None where the table is laid out in another way."""
        if self.header[0] != self.key or not ident or ident != ident.strip() or any(c in ident for c in '",\r\n'):
            return None
        data, needle = self._data(), b"\n" + ident.encode() + b","
        place = data.find(needle)
        while place >= 0:
            ends, quotes = self._counts(place + 1)
            if quotes % 2 == 0:  # an odd number would mean that the line stands within a cell
                text = data[place + 1 : place + 1 + _MOST_ROW].decode("utf-8", "replace")
                cells = next(csv.reader(io.StringIO(text, newline=""), strict=False), [])
                if len(cells) <= len(self.header):
                    return Record(ends + 1, dict(zip(self.header, cells, strict=False)))
            place = data.find(needle, place + 1)
        return None

    def _counts(self, place: int) -> tuple[int, int]:
        """Line ends and double quotes before a place; counted once per block."""
        data = self._data()
        block = place // _BLOCK
        while len(self._before) <= block:
            start = (len(self._before) - 1) * _BLOCK
            piece = data[start : start + _BLOCK]
            ends, quotes = self._before[-1]
            self._before.append((ends + piece.count(b"\n"), quotes + piece.count(b'"')))
        piece = data[block * _BLOCK : place]
        return self._before[block][0] + piece.count(b"\n"), self._before[block][1] + piece.count(b'"')

    def _read(self, ident: str) -> Record | None:
        """Read the table row by row, once, for ids that are quoted or do not stand first."""
        csv.field_size_limit(MOST_CELL)
        self._all = True
        place = self.header.index(self.key)
        for row in read_table(self.path, self.spec).rows():
            name = row.cells[place].strip()
            self._found.setdefault(name, Record(row.line, dict(zip(self.header, row.cells, strict=True))))
        return self._found.get(ident)
