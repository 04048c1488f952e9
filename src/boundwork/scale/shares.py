"""A share of a study's tables -> the triples of a partition, by the functions that populate the whole; and what shares must tell each other.

A share holds some extracts and all their codings. What it cannot know by itself comes with it: ids that stand in another
share already, references that lead nowhere, and what the tables say that are read as a whole (`Context`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from boundwork.findings import Finding
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate.rows import column_reader
from boundwork.populate.study import Populator, missing_table, no_rows, while_nothing_is_coded
from boundwork.scale.building import add_context, as_dict, as_finding
from boundwork.scale.layout import finish, finished, made_whole, read_json, write_json
from boundwork.scale.studies import LARGE, Work, table_file
from boundwork.tables.reader import Row, Table, read_table
from boundwork.tables.schema import TABLES

MOST_FINDINGS = 200
"""Findings on one table, as `Table` takes them in; one more says that there are others."""
TOLD_OF_IDS = "told.json"
FEW_IDS = 5000
"""Extracts up to which a wrong reference gets a hint that looks at all of them, as populate.rows says."""
Places = list[tuple[int, int, Finding]]
"""Findings on a table with the place at which reading it would come to them: phase (0: header, 1: rows, 2: references), row."""


@dataclass
class Summary:
    """What shares of one study found out together; adding two up is bounded by cases and by the most findings that are told."""

    rows: dict[str, int] = field(default_factory=dict)
    waves: dict[str, list[str]] = field(default_factory=dict)
    findings: dict[str, Places] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    """Tables with more findings than are told."""

    def add(self, other: Summary) -> Summary:
        """Return the two together."""
        rows = {t: self.rows.get(t, 0) + other.rows.get(t, 0) for t in {*self.rows, *other.rows}}
        waves = {a: sorted({*self.waves.get(a, ()), *other.waves.get(a, ())}) for a in {*self.waves, *other.waves}}
        findings, more = {}, {*self.more, *other.more}
        for table in {*self.findings, *other.findings}:
            both = sorted([*self.findings.get(table, ()), *other.findings.get(table, ())], key=lambda p: p[:2])
            if len(both) > MOST_FINDINGS:
                more.add(table)
            findings[table] = both[:MOST_FINDINGS]
        return Summary(rows, waves, findings, sorted(more))

    def take(self, table: Table, before: int, phase: int = 1) -> None:
        """Take in the findings of a table: the first `before` belong to the phase, those after them to references."""
        for i, finding in enumerate(table.findings):
            if finding.rule == "table-more":
                self.more.append(table.spec.name)
            else:
                self.findings.setdefault(table.spec.name, []).append((phase if i < before else 2, finding.row, finding))

    def told(self, table: str, shown: str) -> list[Finding]:
        """Return the findings on a table as reading it in one piece tells them."""
        scratch = Table(TABLES[table], Path(shown), shown, findings=[f for _, _, f in self.findings.get(table, ())])
        if table in self.more:
            scratch.find("table-more", "")
        return scratch.findings

    def as_json(self) -> dict[str, Any]:
        """Return the summary as JSON can hold it; `from_json` reads it again."""
        return {"rows": self.rows, "waves": self.waves, "more": self.more,
                "findings": {t: [[phase, row, as_dict(f)] for phase, row, f in places] for t, places in self.findings.items()}}

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Summary:
        """Return the summary that `as_json` wrote."""
        return cls(tree["rows"], tree["waves"], {t: [(a, b, as_finding(f)) for a, b, f in p] for t, p in tree["findings"].items()}, tree["more"])


class Ids(dict[str, int]):
    """Ids of a large table as far as they are known here; `total` is how many there are, `unknown` those that no row has."""

    def __init__(self, total: int, unknown: set[str] | None = None) -> None:
        super().__init__()
        self.total, self.unknown = total, unknown

    def __len__(self) -> int:
        return self.total

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) if self.unknown is None else name not in self.unknown


def read_context(work: dict[str, Any]) -> dict[str, Any]:
    """Read the tables that are read as a whole for what partitions must know of them, and the headers of the large ones.

    Returns header, wholeness and findings of each large table; the ids go to a file that every partition of the study reads.
    """
    w = Work.from_job(**work)
    w.place.mkdir(parents=True, exist_ok=True)
    with made_whole(w.place / "context") as place:
        populator = Populator(w.study, load_vocabulary(w.source), place)
        with populator:
            for spec in TABLES.values():
                path = w.source / spec.file
                if spec.name in LARGE:
                    populator.known.ids[spec.name] = Ids(0, set())
                elif path.exists():
                    populator.read(read_table(path, spec))
        for path in place.glob("*.nt"):
            path.unlink()
        known = populator.known
        write_json(place / "known.json", {
            "ids": {t: ids for t, ids in known.ids.items() if t not in LARGE}, "labels": known.labels, "broken": sorted(known.broken),
            "kept": sorted(populator.kept), "maps": known.maps})
        finish(place, {})
    large = {}
    for name in LARGE:
        path = table_file(w.source, name)
        if path.suffix == ".csv" and path.exists():
            table = read_table(path, TABLES[name], shown=w.shown(name))
            large[name] = {"header": table.header, "whole": table.whole, "findings": [as_dict(f) for f in table.findings]}
    return large


@lru_cache(maxsize=4)
def _context(path: str, changed: int) -> dict[str, Any]:
    del changed
    return dict(json.loads(Path(path).read_text(encoding="utf-8")))


def prepared(work: Work, place: Path, totals: dict[str, int], broken: list[str], unknown: dict[str, set[str]] | None = None) -> Populator:
    """Return a populator that knows what the rest of the study says. With `unknown`, every other id of a large table counts as known."""
    populator = Populator(work.study, _vocabulary(str(work.source)), place)
    known, path = populator.known, work.place / "context" / "known.json"
    told = _context(str(path), path.stat().st_mtime_ns)
    if unknown is None:
        known.ids.update({t: dict(ids) for t, ids in told["ids"].items()})
        known.labels.update(told["labels"])
        known.maps.update({code: tuple(terms) for code, terms in told["maps"].items()})
        populator.kept.update(told["kept"])
        known.broken.update(told["broken"])
    known.broken.update(broken)
    for name in LARGE:
        known.ids[name] = Ids(totals.get(name, 0), None if unknown is None else unknown.get(name, set()))
    return populator


@lru_cache(maxsize=4)
def _vocabulary(source: str) -> Any:
    return load_vocabulary(Path(source))


@dataclass
class Given:
    """What comes to a share: rows of the large tables in their order, and what it is told about ids."""

    repeated: dict[str, int] = field(default_factory=dict)
    """Codings of this share whose id stands in another one before: id -> line of the first row."""
    unknown: set[str] = field(default_factory=set)
    """Ids of codings that rows of this share refer to and that no row has."""
    extracts: dict[str, int] = field(default_factory=dict)
    """All extracts of the study, where they are few."""
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    """Findings on the files as such."""


class _Share(Table):
    """The rows of a table that belong to a share, given and not read."""

    given: Iterator[Row] = iter(())

    def rows(self) -> Iterator[Row]:
        """Yield the rows that were given."""
        return self.given


def populate_share(work: Work, part: int, header: dict[str, list[str]], totals: dict[str, int], broken: list[str], given: Given,
                   extracts: Iterator[Row], codings: Iterator[Row]) -> Summary:
    """Write the triples of one partition into its folder and return what it found out. The rows are taken in the order given.

    With notes (validation) the rows themselves are kept as well, so that a finding can say what stands in a cell.
    """
    folder = work.part(part)
    shutil.rmtree(folder, ignore_errors=True)
    summary = Summary()
    with made_whole(folder) as place:
        populator = prepared(work, place, totals, broken)
        with populator:
            for name, rows in (("extracts", extracts), ("codings", codings)):
                if name == "codings":
                    populator.known.ids["extracts"].update({i: n for i, n in given.extracts.items() if i not in populator.known.ids["extracts"]})
                    populator.known.ids["codings"].update(given.repeated)
                if header.get(name):
                    table = _Share(TABLES[name], table_file(work.source, name), work.shown(name), header=header[name])
                    table.given = _kept(rows, place / f"{name}.rows") if work.notes else rows
                    populator.read(table)
        lengths = [len(r.table.findings) for r in populator.readers]
        for reader in populator.readers:
            for _, column, value in reader.pending:
                if value not in given.unknown:
                    populator.known.ids[column.refers].setdefault(value, 0)
        population = populator.settled()
        for name, finding in given.findings:
            summary.findings.setdefault(name, []).append((1, finding.row, finding))
        for reader, before in zip(populator.readers, lengths, strict=True):
            summary.take(reader.table, before)
        summary.rows, summary.waves = dict(population.rows), {a: sorted(w) for a, w in populator.waves.items()}
        summary = Summary().add(summary)
        graphs = [[kind, name, path.name] for (kind, name), parts in sorted(population.parts.items()) for path in parts.values()]
        finish(place, {"graphs": graphs, "summary": summary.as_json()})
    return summary


def _kept(rows: Iterator[Row], path: Path) -> Iterator[Row]:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            yield row


def finished_share(work: Work, part: int) -> Summary | None:
    """Return what a partition that is done already found out; None where it must be made."""
    done = finished(work.part(part), verify=True)
    return None if done is None else Summary.from_json(done["summary"])


def populate_common(work: dict[str, Any], summary: dict[str, Any], totals: dict[str, int], broken: list[str], told_of_ids: bool) -> None:
    """Write the common part of a study: the tables that are read as a whole, the study itself, and the grid of its cases."""
    w, told = Work.from_job(**work), Summary.from_json(summary)
    ids = read_json(w.place / TOLD_OF_IDS) if told_of_ids else {"few": {}, "unknown": {}}
    shutil.rmtree(w.common, ignore_errors=True)
    findings: list[Finding] = []
    rows = dict(told.rows)
    with made_whole(w.common) as place:
        populator = prepared(w, place, totals, broken, {t: set(v) for t, v in ids["unknown"].items()})
        dict.update(populator.known.ids["extracts"], ids["few"])
        for about, waves in told.waves.items():
            populator.waves.setdefault(about, set()).update(waves)
        with populator:
            for spec in TABLES.values():
                path = w.source / spec.file
                if spec.name not in LARGE and path.exists():
                    rows[spec.name] = populator.read(read_table(path, spec, shown=w.shown(spec.name)))
            populator.complete()
        population = populator.settled()
        findings = [*population.findings]
        for name in LARGE:
            if not table_file(w.source, name).exists():
                findings.append(replace(missing_table(TABLES[name], w.study), file=w.here + TABLES[name].file))
            else:
                table = Table(TABLES[name], Path(w.shown(name)), w.shown(name), findings=told.told(name, w.shown(name)))
                if not rows.get(name) and name not in broken:
                    no_rows(table)
                findings += table.findings
        findings = while_nothing_is_coded(findings)
        add_context(w, place)
        graphs = [[kind, name, path.name] for (kind, name), parts in sorted(population.parts.items()) for path in parts.values()]
        finish(place, {"graphs": graphs, "rows": rows, "broken": sorted({*population.broken, *broken}), "findings": [as_dict(f) for f in findings]})


def id_reader(work: Work, table: str) -> Any:
    """Return a function from the cell of an id to the id, empty where it cannot be read; as populate reads it."""
    from boundwork.populate.rows import Known

    read = column_reader(TABLES[table].by_name["id"], Known(work.study, _vocabulary(str(work.source))), table)

    def name(text: str) -> str:
        values = read(text).values
        return values[0] if values else ""

    return name
