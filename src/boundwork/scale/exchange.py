"""What partitions must be told of each other, as keyed records: which key a record goes to, and what a sorted run of records comes to.

Plain functions over iterators; who moves and sorts the records is not known here. A record is (key, value), and keys of one
place sort so that everything arrives in the order in which it is needed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from boundwork.findings import Finding
from boundwork.scale.blocks import Block, rows_of
from boundwork.scale.building import as_dict, as_finding
from boundwork.scale.layout import write_json
from boundwork.scale.shares import TOLD_OF_IDS, Given, Summary, finished_share, id_reader, populate_share
from boundwork.scale.studies import Work
from boundwork.tables.reader import Row
from boundwork.tables.schema import TABLES

Key = tuple[int, int, int]
"""Place (partition over all studies), kind of record, number of the row."""
TOLD, EXTRACT, CODING = 0, 1, 2
_KIND = {"extracts": EXTRACT, "codings": CODING}
_KEPT_REFERENCES = {"decisions": (("keeps", "codings"), ("extract", "extracts")), "judgements": (("rests_on", "extracts"),)}
"""References from tables that are read as a whole to the large ones."""


@dataclass(frozen=True)
class Plan:
    """Everything that is worked on, small enough to go to every machine: studies, headers, totals, and where each study's places start."""

    works: tuple[dict[str, Any], ...]
    starts: tuple[int, ...]
    headers: tuple[dict[str, list[str]], ...]
    totals: tuple[dict[str, int], ...]
    broken: tuple[list[str], ...]
    few: tuple[bool, ...]
    """Studies whose extracts are few enough to be told to every partition."""
    done: frozenset[int] = frozenset()
    """Places that an earlier run has finished."""

    def work(self, study: int) -> Work:
        """Return a study by its number."""
        return Work.from_job(**self.works[study])

    def place(self, study: int, extract: str) -> int:
        """Return the place of an extract and of its codings."""
        return self.starts[study] + zlib.crc32(extract.encode()) % int(self.works[study]["partitions"])

    def at(self, place: int) -> tuple[int, int]:
        """Return study and partition of a place."""
        study = max(i for i, start in enumerate(self.starts) if start <= place)
        return study, place - self.starts[study]

    @property
    def places(self) -> int:
        """How many partitions there are over all studies."""
        return self.starts[-1] + int(self.works[-1]["partitions"])


def block_rows(plan: Plan, study: int, block: Block) -> Iterator[tuple[Key, Any]]:
    """Yield the rows of a block, each to the place of its extract, and the findings on the file."""
    work, header = plan.work(study), plan.headers[study][block.table]
    table, rows = rows_of(block, header, work.shown(block.table))
    yield from placed(plan, study, block.table, rows)
    for finding in table.findings:
        if finding.rule != "table-more":
            yield (plan.starts[study], TOLD, finding.row), ("finding", block.table, as_dict(finding))


def placed(plan: Plan, study: int, table: str, rows: Iterable[Row]) -> Iterator[tuple[Key, Any]]:
    """Yield rows, each with its place."""
    at, kind = _column(plan.headers[study][table], "id" if table == "extracts" else "extract"), _KIND[table]
    for row in rows:
        place = plan.place(study, row.cells[at].strip())
        if place not in plan.done:
            yield (place, kind, row.number), (row.line, row.cells)


def _column(header: list[str], name: str) -> int:
    return header.index(name)


IdKey = tuple[int, str, str, int, int]
"""Study, table, id, kind of record (0: a row has it, 1: a row refers to it), number of the row."""


def ids_of(plan: Plan, study: int, table: str, rows: Iterable[Row]) -> Iterator[tuple[IdKey, Any]]:
    """Yield the ids that rows of a large table have, and those that they refer to in another row of it."""
    header = plan.headers[study][table]
    at = _column(header, "id")
    home = _column(header, "extract") if table == "codings" else at
    refers = [header.index(c.name) for c in TABLES[table].columns if c.refers == table and c.name in header]
    readable = id_reader(plan.work(study), table)
    for row in rows:
        place = plan.place(study, row.cells[home].strip())
        if name := readable(row.cells[at]):
            yield (study, table, name, 0, row.number), (row.line, place)
        for column in refers:
            if value := row.cells[column].strip():
                yield (study, table, value, 1, row.number), place


def asked_by_common(plan: Plan, study: int) -> Iterator[tuple[IdKey, Any]]:
    """Yield the ids of large tables that the tables which are read as a whole refer to."""
    from boundwork.populate.origins import values_of
    from boundwork.tables.reader import read_table

    work = plan.work(study)
    for name, references in _KEPT_REFERENCES.items():
        path = work.source / TABLES[name].file
        if not path.exists():
            continue
        table = read_table(path, TABLES[name])
        for row in table.rows():
            for column, large in references:
                if column in table.header:
                    for value in values_of(TABLES[name].by_name[column], row.cells[table.header.index(column)]):
                        yield (study, large, value, 1, row.number), -1


def bucket(key: IdKey, buckets: int) -> int:
    """Return where an id is looked at: the same for rows that have it and rows that refer to it."""
    return zlib.crc32(f"{key[0]} {key[1]} {key[2]}".encode()) % buckets


def told_of_ids(plan: Plan, records: Iterator[tuple[IdKey, Any]]) -> Iterator[tuple[Key, Any]]:
    """Yield what partitions must be told, from records sorted by id: rows whose id stands elsewhere before, references that lead nowhere.

    What the common part of a study must be told goes to the place behind all others, -1 - study.
    """
    for (study, table, name), run in groupby(records, key=lambda r: r[0][:3]):
        first: tuple[int, int] | None = None
        told: set[int] = set()
        for (_, _, _, kind, number), value in run:
            if kind == 0:
                line, place = value
                if first is None:
                    first = (line, place)
                    told.add(place)
                    if table == "extracts" and plan.few[study]:
                        targets = [*range(plan.starts[study], plan.starts[study] + int(plan.works[study]["partitions"])), -1 - study]
                        yield from (((target, TOLD, number), ("extract", name, line)) for target in targets)
                elif table == "codings" and place not in told:
                    told.add(place)
                    yield (place, TOLD, number), ("repeated", name, first[0])
            elif first is None and value not in told:
                told.add(value)
                yield (value if value >= 0 else -1 - study, TOLD, number), ("unknown", table, name)


def tell_common(plan: Plan, study: int, records: Iterable[tuple[Key, Any]]) -> int:
    """Write down what the common part of a study is told, from the records of its place; return the study."""
    few: dict[str, int] = {}
    unknown: dict[str, list[str]] = {}
    for _, (kind, name, value) in sorted(records, key=lambda r: r[0]):
        if kind == "extract":
            few[name] = value
        else:
            unknown.setdefault(name, []).append(value)
    write_json(plan.work(study).place / TOLD_OF_IDS, {"few": few, "unknown": unknown})
    return study


def make_share(plan: Plan, place: int, records: Iterator[tuple[Key, Any]]) -> tuple[int, dict[str, Any]]:
    """Populate the partition of a place from its sorted records; return the study and what the partition found out."""
    study, part = plan.at(place)
    work = plan.work(study)
    if place in plan.done and (summary := finished_share(work, part)) is not None:
        return study, summary.as_json()
    given = Given()
    ahead = _Ahead(records)
    for _, (kind, name, value) in ahead.while_kind(TOLD):
        if kind == "finding":
            given.findings.append((name, as_finding(value)))
        elif kind == "extract":
            given.extracts[name] = value
        elif kind == "repeated":
            given.repeated[name] = value
        else:
            given.unknown.add(value)

    def rows(kind: int) -> Iterator[Row]:
        return (Row(line, key[2], cells) for key, (line, cells) in ahead.while_kind(kind))

    summary = populate_share(work, part, plan.headers[study], plan.totals[study], plan.broken[study], given, rows(EXTRACT), rows(CODING))
    return study, summary.as_json()


class _Ahead:
    """Records in order, of which those of one kind can be taken at a time."""

    def __init__(self, records: Iterator[tuple[Key, Any]]) -> None:
        self._records = records
        self._next = next(records, None)

    def while_kind(self, kind: int) -> Iterator[tuple[Key, Any]]:
        while self._next is not None and self._next[0][1] == kind:
            record, self._next = self._next, next(self._records, None)
            yield record


def header_places(findings: list[Finding]) -> Summary:
    """Return findings on headers as a summary, so that they come before those on rows."""
    by_table: dict[str, list[tuple[int, int, Finding]]] = {}
    for f in findings:
        name = f.file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        by_table.setdefault(name, []).append((0, f.row, f))
    return Summary(findings=by_table)


