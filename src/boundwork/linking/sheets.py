"""A table that somebody else made -> its header and rows with line numbers; what is wrong with the file stops the work with one clear error."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import InputError
from boundwork.files import temporary_folder
from boundwork.findings import Severity
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TableSpec
from boundwork.wording import counted


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
        """Yield (line, column -> cell), the columns in small letters: `column` finds them with any."""
        names = [h.strip().lower() for h in self.header]
        for line, cells in self.rows:
            yield line, dict(zip(names, (c.strip() for c in cells), strict=True))


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


def read_outside(path: Path, shown: str = "") -> Sheet:
    """Read a table in whatever container a spreadsheet saved it: CSV with commas as `read_sheet`, CSV with other marks, TSV, XLSX and ODS.

    Errors: InputError for a file that is no table, for several filled sheets, and as `read_sheet`.
    """
    shown = shown or str(path)
    with open(path, "rb") as file:
        start = file.read(4096)
    head = start.lstrip(b"\xef\xbb\xbf\r\n ").split(b"\n")[0]
    zipped = start.startswith(b"PK")
    marks = max((b",", b";", b"\t", b"|"), key=head.count)
    if not zipped and marks == b"," and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return read_sheet(path, shown)
    from boundwork.readers.detecting import SHEETS, container
    from boundwork.readers.sheets import read_sheets

    kind = container(path, shown) if zipped else "csv"
    if kind not in SHEETS:
        raise InputError(f"{shown} is no table.", "Give a table as CSV, TSV, XLSX or ODS.")
    sheets = [sheet for sheet in read_sheets(path, shown, kind) if sheet.rows]
    if len(sheets) > 1:
        raise InputError(f"{shown} has {counted(len(sheets), 'sheet')} with something in them: {', '.join(s.name for s in sheets[:8])}.",
                         "Save the one that is meant as a file of its own.")
    with temporary_folder() as folder:
        written = io.StringIO(newline="")
        if sheets:
            writer, line = csv.writer(written, lineterminator="\n"), 1
            for record in sheets[0].rows:
                written.write("\n" * (record.number - line))  # so that a finding names the row that a person sees
                writer.writerow([" ".join(cell.split("\n")) for cell in record.cells])
                line = record.number + 1
        copy = folder / f"{path.stem}.csv"
        copy.write_text(written.getvalue(), encoding="utf-8", newline="")
        return read_sheet(copy, shown)
