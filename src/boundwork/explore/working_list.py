"""Findings as a list to work off: which are accepted and why, which are new since a baseline, and the rows that they stand in.

A finding is known again by its rule, the id of its row, its column and what the cell says, never by the number of a row.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from boundwork.errors import InputError, did_you_mean
from boundwork.files import atomic
from boundwork.findings import Finding, Report, Severity
from boundwork.tables.reader import read_table
from boundwork.tables.schema import EXCEPTIONS, TABLES, TableSpec
from boundwork.wording import visible

_SPECS = {t.file: t for t in (*TABLES.values(), EXCEPTIONS)}
_AROUND = 2
"""Cells that are shown on each side of the one that a finding means; the id of the row always is."""
_BASELINE = ("rule", "table", "id", "column", "value")


class Key(NamedTuple):
    """What a finding is known by from one day to the next; `table` is the name of a table, or a file that is none."""

    rule: str
    table: str
    id: str
    column: str
    value: str


Cells = dict[str, str]


@dataclass
class WorkingList:
    """The report as it is to be worked off. `rows` has the cells of the row of each finding that has one."""

    report: Report
    rows: dict[tuple[str, int], Cells] = field(default_factory=dict)
    known: int = 0
    """Findings that stand in the baseline and are left out."""
    gone: int = 0
    """Findings of the baseline that are there no more."""

    def key(self, finding: Finding) -> Key:
        """Return what a finding is known by."""
        cells = self.rows.get((finding.file, finding.row), {})
        spec = _spec(finding.file)
        ident = cells.get("id", cells.get(spec.columns[0].name, "")) if spec and cells else ""
        return Key(finding.rule, spec.name if spec else finding.file, ident or finding.subject, finding.column, finding.value)


Read = Callable[[Path, set[int]], dict[int, Cells]]
"""From a table's file and numbers of rows to the cells of those rows."""


def work_through(report: Report, folder: Path | None = None, baseline: Path | None = None, read: Read | None = None, shown: str = "") -> WorkingList:
    """Return the report with accepted findings marked by the study's exceptions.csv, and without those that a baseline holds.

    `read` reads rows where that need not go through the tables, and `shown` is what findings call exceptions.csv where that is not
    its place. Errors: InputError for a baseline that cannot be read.
    """
    found = WorkingList(report)
    found.rows = _rows(report.findings, read or read_rows)
    if folder is not None:
        _accept(found, folder, shown)
    if baseline is not None:
        _leave_out_known(found, read_baseline(baseline))
    return found


def _spec(file: str) -> TableSpec | None:
    """The table that a file holds, as CSV or Parquet."""
    path = Path(file)
    return _SPECS.get(f"{path.stem}.csv") if path.suffix in (".csv", ".parquet") else None


def _rows(findings: Iterable[Finding], read: Read) -> dict[tuple[str, int], Cells]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for f in findings:
        if f.row > 1 and _spec(f.file) is not None:
            wanted[f.file].add(f.row)
    return {(file, number): cells for file, numbers in wanted.items() for number, cells in read(Path(file), numbers).items()}


def read_rows(path: Path, numbers: set[int]) -> dict[int, Cells]:
    """Return the cells of some rows of a table, read from its beginning to the last of them; of none where there is no such CSV file."""
    rows: dict[int, Cells] = {}
    if path.name not in _SPECS or not path.is_file():
        return rows
    table = read_table(path, _SPECS[path.name])
    for row in table.rows():
        if row.number in numbers:
            rows[row.number] = cells_of(table.header, row.cells)
            if row.number == max(numbers):
                break
    return rows


def cells_of(header: list[str], cells: list[str]) -> Cells:
    """Return a row's cells by column."""
    return {c: v.strip() for c, v in zip(header, cells, strict=False)}


def _accept(found: WorkingList, folder: Path, shown: str) -> None:
    """Mark what exceptions.csv accepts; add findings on the exceptions themselves."""
    path = folder / EXCEPTIONS.file
    if not path.is_file():
        return
    from boundwork.files import shown_path

    table = read_table(path, EXCEPTIONS, shown=shown or shown_path(path))
    rules = _rule_names(folder) | {f.rule for f in found.report.findings}
    findings = sorted(set(found.report.findings), key=lambda f: f.order)
    keys = [found.key(f) for f in findings]
    for row in table.rows():
        cells = {c: v.strip() for c, v in zip(table.header, row.cells, strict=False)}
        blank = [c.name for c in EXCEPTIONS.columns if c.required and c.name in table.header and not cells.get(c.name)]
        for column in blank:
            table.find("table-empty-cell", f"Column {column} must be filled in every row. An exception says what is accepted, why, and by whom.",
                       row.line, row.number, column)
        rule = cells.get("rule", "")
        if rule and rule not in rules:
            table.find("exception-unknown-rule", f"There is no rule '{rule}'. {did_you_mean(rule, rules)}".strip(), row.line, row.number, "rule", rule)
        if blank or rule not in rules:
            continue
        why = f"{cells['reason']} ({', '.join(x for x in (cells['by'], cells.get('date', '')) if x)})"
        met = False
        for n, (key, f) in enumerate(zip(keys, findings, strict=True)):
            if (key.rule, key.table, key.id) == (rule, cells.get("table", ""), cells.get("id", "")) and cells.get("column", "") in ("", key.column):
                findings[n] = replace(f, accepted=why)
                met = True
        if not met:
            table.find("exception-unused", "Nothing is found at that row by this rule any more. Delete the exception, or correct table, id and column.",
                       row.line, row.number, "id", cells.get("id", ""), Severity.WARNING)
    found.report.findings = [*findings, *table.findings]
    if mine := {f.row for f in table.findings if f.row > 1}:
        found.rows.update(((table.shown, number), cells) for number, cells in read_rows(path, mine).items())


def _rule_names(folder: Path) -> set[str]:
    from boundwork import shacl
    from boundwork.explore.finding_rules import FINDING_RULES

    return set(FINDING_RULES) | {i.name for i in shacl.describe(shacl.load_shapes(shacl.shape_files(folder))).values()}


def _leave_out_known(found: WorkingList, before: Counter[Key]) -> None:
    left = Counter(before)
    kept = []
    for f in found.report.sorted():
        key = found.key(f)
        if left[key] > 0:
            left[key] -= 1
            found.known += 1
        else:
            kept.append(f)
    found.gone = sum(left.values())
    found.report.findings = kept


def read_baseline(path: Path) -> Counter[Key]:
    """Return the findings that a baseline holds. Errors: InputError when it cannot be read or is none."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != _BASELINE:
                raise InputError(f"{path} is no baseline of boundwork validate: its first line is not {','.join(_BASELINE)}.",
                                 "Write one: boundwork validate --write-baseline FILE")
            return Counter(Key(*row) for row in reader if len(row) == len(_BASELINE))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", f"Write it first: boundwork validate --write-baseline {path}") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path} is no baseline of boundwork validate: it is no CSV in UTF-8.",
                         "Write one: boundwork validate --write-baseline FILE") from None


def write_baseline(found: WorkingList, path: Path) -> int:
    """Write all findings that are not accepted as a baseline, sorted, and return how many there are."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_BASELINE)
    keys = sorted(found.key(f) for f in set(found.report.findings) if not f.accepted)
    writer.writerows(keys)
    with atomic(path) as file:
        file.write(text.getvalue().encode())
    return len(keys)


def counts(findings: Iterable[Finding]) -> dict[str, list[tuple[str, int]]]:
    """Return how many findings each rule and each coder has, most first; accepted ones do not count."""
    open_ = [f for f in findings if not f.accepted]
    return {name: sorted(Counter(v for f in open_ if (v := getattr(f, name))).items(), key=lambda c: (-c[1], c[0])) for name in ("rule", "coder")}


def around(finding: Finding, cells: Cells) -> list[tuple[str, str, bool]]:
    """Return the cell that a finding means between its filled neighbours, and the id of the row, as column, value and whether it is meant."""
    if not cells:
        return []
    names = list(cells)
    filled = [n for n in names if cells[n] or n == finding.column]
    near = filled.index(finding.column) if finding.column in filled else 0
    chosen = dict.fromkeys([names[0], *filled[max(0, near - _AROUND) : near + _AROUND + 1]])
    return [(visible(n), visible(cells[n]), n == finding.column) for n in chosen]
