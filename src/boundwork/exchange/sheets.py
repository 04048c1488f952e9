"""Tables in memory, as an import and an export work on them: rows by column name, read from and written to CSV with nothing changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern

from boundwork.errors import InputError
from boundwork.findings import Severity
from boundwork.tables.reader import MOST_CELL, read_table
from boundwork.tables.schema import TABLES, TableSpec

Row = dict[str, str]


@dataclass
class Sheet:
    """One table: its columns in order, and its rows."""

    columns: list[str]
    rows: list[Row] = field(default_factory=list)

    def by_id(self) -> dict[str, Row]:
        """Return id -> row."""
        return {row.get("id", ""): row for row in self.rows}


Sheets = dict[str, Sheet]
"""Name of a table -> the table."""


def columns_of(name: str) -> list[str]:
    """Return the columns of a table of the study."""
    return [c.name for c in TABLES[name].columns]


def read_own(folder: Path, spec: TableSpec, replaced: bool = False) -> Sheet | None:
    """Return a table of a study as it stands, or None where it has none.

    With `replaced`, another table takes its place: then one that is separated by semicolons or tabs counts as none, because
    its own import is how such a table is mended.

    Errors: InputError for a table that cannot be read to its end.
    """
    path = folder / spec.file
    if not path.is_file():
        return None
    table = read_table(path, spec, shown=spec.file)
    rows = [dict(zip(table.header, (intern(c.strip()) for c in row.cells), strict=True)) for row in table.rows()]
    bad = next((f for f in table.findings if f.severity is Severity.VIOLATION), None)
    if bad is not None and replaced and bad.rule == "table-separator":
        return None
    if bad is not None:
        raise InputError(f"{path}:{bad.line}: {bad.message}", "Mend it first; nothing was changed.")
    return Sheet([n for n in table.header if n], rows)


def parse(text: str) -> Sheet:
    """Return CSV text as a table; cells that a row lacks are blank."""
    csv.field_size_limit(MOST_CELL)
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    columns = next(lines, [])
    return Sheet(columns, [dict(zip(columns, map(intern, [*cells, *[""] * (len(columns) - len(cells))]), strict=False)) for cells in lines if any(cells)])


def read_kept(path: Path) -> Sheet:
    """Return a CSV file of ours. Errors: InputError when it cannot be read."""
    try:
        return parse(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is damaged: {error}.", "Take it back from a copy, or import into a new folder.") from None


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Return rows as CSV; a carriage return stays within its quotes."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([row.get(c, "") for c in columns] for row in rows)
    text = out.getvalue()
    return text if "\r" in text.replace("\r\n", "") or "\n" in text.replace("\r\n", "") else text.replace("\r\n", "\n")
