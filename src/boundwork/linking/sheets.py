"""A table that somebody else made -> its header and rows with line numbers; what is wrong with the file stops the work with one clear error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import InputError
from boundwork.findings import Severity
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TableSpec


@dataclass(frozen=True)
class Sheet:
    """Header, rows as (physical line, cells), and the name to show."""

    shown: str
    header: list[str]
    rows: list[tuple[int, list[str]]]

    def column(self, name: str) -> int:
        """Return the place of a column by its name, capitals aside. Errors: InputError with the nearest name."""
        from boundwork.errors import did_you_mean

        names = [h.strip().lower() for h in self.header]
        if name.strip().lower() not in names:
            raise InputError(f"{self.shown} has no column '{name}'.", did_you_mean(name, self.header) or f"It has {', '.join(self.header[:15])}.")
        return names.index(name.strip().lower())

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield (line, column -> cell)."""
        for line, cells in self.rows:
            yield line, dict(zip(self.header, (c.strip() for c in cells), strict=True))


def read_sheet(path: Path, shown: str = "") -> Sheet:
    """Read a CSV table whose columns are not ours.

    Errors: InputError with the place of the first thing that makes it unreadable.
    """
    spec = TableSpec(path.stem, "row", "row", (), "A table from elsewhere.", ())
    table = read_table(path, spec, shown or str(path))
    rows = [(row.line, row.cells) for row in table.rows()]
    if any(f.rule == "table-empty" for f in table.findings):
        raise InputError(f"{table.shown} is empty: its first line must name the columns.")
    bad = next((f for f in table.findings if f.severity == Severity.VIOLATION), None)
    if bad is not None:
        raise InputError(f"{bad.place}: {bad.message}")
    if not table.header or not rows:
        raise InputError(f"{table.shown} has no rows below its header.", "Give a table with a header and at least one row.")
    return Sheet(table.shown, table.header, rows)
