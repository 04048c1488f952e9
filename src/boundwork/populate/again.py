"""Single rows of extracts.csv and codings.csv -> their lines, as a whole run writes them; the other tables are known from that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from boundwork.findings import Finding
from boundwork.populate.population import GraphKey, Population, Sink
from boundwork.populate.rows import RowReader
from boundwork.populate.study import Work
from boundwork.tables.reader import Row, Table


class _Ids(dict[str, int]):
    """Ids of codings that are looked up where they stand, instead of being held."""

    def __init__(self, has: Callable[[str], bool]) -> None:
        super().__init__()
        self._has = has

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._has(name)


class _Caught(Sink):
    """Keeps the lines of every graph but that of adjudicated codings, which repeats others."""

    def __init__(self, population: Population) -> None:
        super().__init__(Path(), population)
        self.lines: list[str] = []

    def write(self, graph: GraphKey, part: int, lines: str, count: int) -> None:
        """Take lines of a graph, each with its line end."""
        if graph != ("coding", "adjudicated"):
            self.lines += [line for line in lines.split("\n") if line]


def read_again(work: Work, table: Table, rows: Iterable[Row], has_coding: Callable[[str], bool]) -> tuple[list[str], list[Finding]]:
    """Return the lines and the findings of rows of extracts or codings, read with what a whole run came to know.

    `has_coding` says whether codings.csv has a row of an id. Whether an id stands twice is not looked at.
    """
    caught = _Caught(work.population)
    table = replace(table, findings=[])
    reader = RowReader(table, replace(work.known, ids={**work.known.ids, "codings": _Ids(has_coding)}))
    reader.ids = {}
    kept, work.sink = work.sink, caught
    try:
        write = work.coding if table.spec.name == "codings" else work.extract
        for row in rows:
            if any(row.cells) and (cells := reader.read(row)) is not None:
                write(row, cells)
    finally:
        work.sink = kept
    reader.settle()
    return caught.lines, table.findings
