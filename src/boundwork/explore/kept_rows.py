"""codings.csv and extracts.csv as they were last read: where their rows stand, what they say, what is wrong with them, and what they become.

An edit is taken in here as far as tables go; shapes are not known. What hangs on all rows leads to a whole validation.
"""

from __future__ import annotations

import mmap
import shutil
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from boundwork.explore.edited_rows import Edit, Everything, find_edit, mapped, rows_alike, rows_that_say
from boundwork.explore.working_list import Cells, cells_of
from boundwork.files import shown_path
from boundwork.findings import Finding, Report
from boundwork.populate.again import read_again
from boundwork.populate.rows import MOST_NEAREST, predicate
from boundwork.populate.study import Work
from boundwork.tables.index import Index, digest, index
from boundwork.tables.reader import Row, read_table
from boundwork.tables.schema import TABLES
from boundwork.terms import id_of

CODINGS, EXTRACTS = TABLES["codings"], TABLES["extracts"]
KEPT = {t.file: t for t in (CODINGS, EXTRACTS)}
"""The tables whose edits are taken in, by file."""
_OWNER = {"extract": EXTRACTS.file, "selector": EXTRACTS.file, "coding": CODINGS.file, "work": CODINGS.file}
_BY_VALUE = ("integer", "ref", "wave")
"""Kinds of column of which equal values are found by equal texts; a blank or unreadable cell of theirs says nothing."""
_MOST_AGAIN = 20_000
_MOST_TABLE_FINDINGS = 150
"""Fewer than a table may have at most: where findings are left out, it depends on all rows which ones are."""


class Sight(NamedTuple):
    """A table at one time: where its records stand, and its bytes."""

    where: Index
    data: mmap.mmap

    def saying(self, column: str, text: str) -> list[Row]:
        """Return the records that say a text in a column."""
        return rows_that_say(self.where, self.data, column, text)

    def row(self, number: int) -> Row:
        """Return a record; one without cells where there is none of this number."""
        return self.where.record(self.data, number) if 0 < number <= len(self.where) else Row(0, 0, [])

    def cells(self, row: Row) -> Cells:
        """Return the cells of a record by column."""
        return cells_of(self.where.table.header, row.cells)


Moment = Mapping[str, Sight]
"""File -> the table at that time."""


@dataclass
class Turn:
    """What an edit did: to which records, which extracts it concerns, and what those and their codings said before and say now."""

    edits: list[Edit]
    now: Moment
    extracts: set[str]
    old: list[str]
    new: list[str]

    @property
    def more(self) -> bool:
        """True when rows that did not change have other numbers now."""
        return any(e.more for e in self.edits)

    def moved(self, finding: Finding) -> Finding:
        """Return a finding on a row that did not change, where that row stands now."""
        for edit in self.edits:
            finding = edit.moved(finding)
        return finding


class KeptRows:
    """Both tables of a study after it was validated whole; `folder` gets copies of them."""

    def __init__(self, study: Path, folder: Path, work: Work, report: Report) -> None:
        self.work = work
        self._study, self._folder = study, folder
        mine = [f for f in report.findings if Path(f.file).name in KEPT]
        if any(f.rule in ("table-id-twice", "table-more") for f in mine):
            raise Everything("an id stands twice, or findings were left out because there are many")
        self.findings = {file: [f for f in mine if Path(f.file).name == file] for file in KEPT}
        self._indexes = {CODINGS.file: self._index(CODINGS.file, ("extract", "coder"), ("follows",)),
                         EXTRACTS.file: self._index(EXTRACTS.file, (), tuple(c.name for c in EXTRACTS.columns if c.kind in _BY_VALUE))}
        self.counts = {spec.name: report.looked_at[spec.name] for spec in KEPT.values()}
        if not all(self.counts.values()):
            raise Everything("a table has no rows")
        self._waves = Counter((place.about, place.wave) for place in work.place.values())
        self._referred: dict[str, set[int]] = {CODINGS.file: set(self._indexes[CODINGS.file].digests.get("follows", ())), EXTRACTS.file: set()}
        self._unknown_extracts = False
        for spec in TABLES.values():
            if spec.file in KEPT or not (study / spec.file).is_file():
                continue
            for name, referred in (("codings", self._referred[CODINGS.file]), ("extracts", self._referred[EXTRACTS.file])):
                columns = [c.name for c in spec.columns if c.refers == name]
                table = read_table(study / spec.file, spec)
                for row in table.rows() if columns else ():
                    referred.update(_names(cells_of(table.header, row.cells).get(c, "") for c in columns))
                self._unknown_extracts |= name == "extracts" and any(
                    f.rule == "table-unknown-ref" and f.column in columns and Path(f.file).name == spec.file for f in report.findings)

    def _index(self, file: str, needed: tuple[str, ...], welcome: tuple[str, ...]) -> Index:
        """Take a copy of a table, and note where its rows stand."""
        path = self._study / file
        if not path.is_file():
            raise Everything(f"{file} is missing")
        copy = Path(shutil.copyfile(path, self._folder / file))
        table = read_table(path, KEPT[file], shown=shown_path(path))
        found = index(table, copy, [c for c in ("id", *needed, *welcome) if c in table.header])
        if found is None or not {"id", *needed} <= found.digests.keys():
            raise Everything(f"{file} cannot be read to its end")
        return found

    @contextmanager
    def moment(self) -> Iterator[Moment]:
        """Give both tables as they are now, for as long as the context lasts."""
        with ExitStack() as stack:
            yield {file: Sight(found, stack.enter_context(mapped(self._folder / file))) for file, found in self._indexes.items()}

    # ----- what rows say

    def lines(self, at: Moment, extracts: Collection[str]) -> tuple[list[str], list[Finding]]:
        """Return the lines of some extracts and of all their codings, with the findings on the cells of these."""
        lines = self._read(at, EXTRACTS.file, [r for e in sorted(extracts) for r in at[EXTRACTS.file].saying("id", e)])[0]
        rows = [r for e in sorted(extracts) for r in at[CODINGS.file].saying("extract", e)]
        if len(rows) > _MOST_AGAIN:
            raise Everything("the changed rows lie in extracts with very many codings")
        more, findings = self._read(at, CODINGS.file, rows)
        return lines + more, findings

    def about(self, at: Moment, nodes: Iterable[str]) -> list[str]:
        """Return the lines of the rows that some nodes stand for, which are nodes of rows as N-Triples."""
        return [line for file, ids in _ids(nodes).items() for line in self._read(at, file, [r for i in sorted(ids) for r in at[file].saying("id", i)])[0]]

    def extracts_of(self, at: Moment, ids: Iterable[str]) -> set[str]:
        """Return the extracts of the codings of these ids, and of those that follow them."""
        sight = at[CODINGS.file]
        columns = [c for c in ("id", "follows") if c in sight.where.digests]
        return {sight.cells(row).get("extract", "") for i in sorted(ids) for c in columns for row in sight.saying(c, i)} - {""}

    def extracts_behind(self, at: Moment, nodes: Iterable[str]) -> set[str]:
        """Return the extracts that some nodes of rows stand for, as N-Triples, or that the codings name for which they stand."""
        ids = _ids(nodes)
        return ids.get(EXTRACTS.file, set()) | self.extracts_of(at, ids.get(CODINGS.file, ()))

    def _read(self, at: Moment, file: str, rows: Iterable[Row]) -> tuple[list[str], list[Finding]]:
        return read_again(self.work, at[file].where.table, rows, lambda name: bool(at[CODINGS.file].saying("id", name)))

    def columns_of(self, predicates: Iterable[str]) -> list[str]:
        """Return the columns of extracts.csv that alone make triples with one of these predicates, and by whose texts equal values are found."""
        made: dict[str, list[str]] = defaultdict(list)
        for spec in KEPT.values():
            for c in spec.columns:
                if c.property:
                    made[predicate(self.work.known, c.property)].append(f"{spec.file}/{c.name}")
        able = {c.name for c in EXTRACTS.columns if c.kind in _BY_VALUE and not c.many and c.name in self._indexes[EXTRACTS.file].digests}
        return [c for p in sorted(predicates) for c in sorted(able) if made[p] == [f"{EXTRACTS.file}/{c}"]]

    def alike(self, at: Moment, rows: Iterable[Row], columns: list[str], most: int) -> set[str] | None:
        """Return the extracts that say in all of these columns what one of these rows of extracts.csv says; None where they are more than `most`."""
        sight = at[EXTRACTS.file]
        found: set[str] = set()
        for row in rows:
            said = sight.cells(row)
            texts = {c: said.get(c, "") for c in columns}
            if not all(texts.values()):
                continue
            numbers = rows_alike(sight.where, texts)
            if len(numbers) > most:
                return None
            found |= {sight.cells(sight.row(n)).get("id", "") for n in numbers} - {""}
            if len(found) > most:
                return None
        return found

    # ----- an edit

    @contextmanager
    def turn(self, files: Iterable[str]) -> Iterator[Turn | None]:
        """Take in what was saved of these files, and give what that did for as long as the context lasts; None where no row changed."""
        before = {file: self._folder / file for file in files}
        new = {file: Path(shutil.copyfile(self._study / file, self._folder / f"{file}.new")) for file in before}
        for file, path in new.items():
            if not path.stat().st_size:
                raise Everything(f"{file} is empty")
        with ExitStack() as stack:
            old = stack.enter_context(self.moment())
            now = dict(old)
            edits = []
            for file, path in new.items():
                data = stack.enter_context(mapped(path))
                edit = find_edit(old[file].where, old[file].data, data)
                if edit is not None:
                    edits.append(edit)
                    now[file] = Sight(old[file].where.replaced(edit.first, edit.last, edit.rows, edit.starts, edit.bytes_more, edit.lines_more), data)
            yield self._take(edits, old, now) if edits else None
        for file, path in new.items():
            path.replace(before[file])

    def _take(self, edits: list[Edit], before: Moment, now: Moment) -> Turn:
        extracts: set[str] = set()
        for edit in edits:
            old, new = ([before[edit.file].cells(r) for r in rows] for rows in (edit.old, edit.rows))
            self._check_ids(edit, [c.get("id", "") for c in old], [c.get("id", "") for c in new], before[edit.file])
            extracts |= {c.get("id" if edit.file == EXTRACTS.file else "extract", "") for c in (*old, *new)}
            if edit.file == CODINGS.file:
                self._referred[edit.file].update(_names(c.get("follows", "") for c in new))
            elif [c.get("id", "") for c in old] != [c.get("id", "") for c in new]:
                extracts |= self._of_unknown(before[CODINGS.file])
        extracts.discard("")
        turn = Turn(edits, now, extracts, self.lines(before, extracts)[0], [])
        self._indexes = {file: sight.where for file, sight in now.items()}
        for edit in edits:
            if edit.file == EXTRACTS.file:
                self._know(edit, before, now)
        turn.new, found = self.lines(now, extracts)
        self._find(turn, found)
        return turn

    def _check_ids(self, edit: Edit, old: list[str], new: list[str], sight: Sight) -> None:
        """Refuse an edit after which an id stands twice, or in which one comes or goes that another row refers to."""
        names = [n for n in new if n]
        if len(set(names)) < len(names):
            raise Everything("an id stands twice")
        for name in set(names) - set(old):
            if any(not edit.holds(r.number) for r in sight.saying("id", name)):
                raise Everything("an id stands twice")
        if any(digest(name) in self._referred[edit.file] for name in set(old) ^ set(new) if name):
            raise Everything("other rows refer to an id that came or went")

    def _of_unknown(self, codings: Sight) -> set[str]:
        """Return the extracts that codings name and that are not there: what is found on them names the ids that are nearest."""
        if self._unknown_extracts:
            raise Everything("a row of another table names an extract that is not there")
        return {codings.cells(codings.row(f.row)).get("extract", "") for f in self.findings[CODINGS.file] if _names_no_extract(f)}

    def _know(self, edit: Edit, before: Moment, now: Moment) -> None:
        """Know the extracts as they are now. A case is there for each wave of the extracts about an actor: that must stay so."""
        place, ids, grid = self.work.place, self.work.known.ids["extracts"], self._grid()
        old, new = ([at[edit.file].cells(r).get("id", "") for r in rows] for at, rows in ((before, edit.old), (now, edit.rows)))
        for name in old:
            if (was := place.pop(name, None)) is not None:
                self._waves[was.about, was.wave] -= 1
                del ids[name]
        self._read(now, edit.file, edit.rows)
        for name in new:
            if (became := place.get(name)) is not None:
                self._waves[became.about, became.wave] += 1
                ids[name] = 0  # the line is only told where an id stands twice
        if self._grid() != grid:
            raise Everything("there are extracts of other waves about somebody, so that cases come or go")
        if old != new and len(ids) < MOST_NEAREST:  # among so few, the nearest is looked for in the order of the table
            sight = now[edit.file]
            order = [sight.cells(sight.row(n)).get("id", "") for n in range(2, len(sight.where) + 1)]
            known = {name: ids[name] for name in order if name in ids}
            ids.clear()
            ids.update(known)

    def _grid(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for (about, wave), count in self._waves.items():
            if count:
                found[about].add(wave)
        return {about: waves for about, waves in found.items() if waves != {""}}

    def _find(self, turn: Turn, found: list[Finding]) -> None:
        """Take in what is found on the cells of changed rows, and of codings whose extract came or went."""
        for edit in turn.edits:
            sight = turn.now[edit.file]
            kept = [edit.moved(f) for f in self.findings[edit.file] if not edit.holds(f.row)]
            self.findings[edit.file] = kept + edit.findings + self._read(turn.now, edit.file, edit.rows)[1]
            self.counts[sight.where.table.spec.name] += sum(any(r.cells) for r in edit.rows) - sum(any(r.cells) for r in edit.old)
        if any(e.file == EXTRACTS.file for e in turn.edits):
            changed = {r.number for e in turn.edits if e.file == CODINGS.file for r in e.rows}
            again = {r.number for e in sorted(turn.extracts) for r in turn.now[CODINGS.file].saying("extract", e)} - changed
            kept = [f for f in self.findings[CODINGS.file] if not (_names_no_extract(f) and f.row in again)]
            self.findings[CODINGS.file] = kept + [f for f in found if _names_no_extract(f) and f.row in again]
        for file, spec in KEPT.items():
            if len(self.findings[file]) > _MOST_TABLE_FINDINGS:
                raise Everything(f"{file} has many findings")
            if not self.counts[spec.name]:
                raise Everything(f"{file} has no rows")

    def order(self, coders: set[str]) -> dict[str, list[int]]:
        """Return coder -> numbers of that coder's rows in codings.csv."""
        return {c: self._indexes[CODINGS.file].numbers("coder", c) for c in coders if c}


def _names(cells: Iterable[str]) -> set[int]:
    return {digest(part) for cell in cells for part in (cell, *cell.split(";"))}


def _names_no_extract(finding: Finding) -> bool:
    return finding.rule == "table-unknown-ref" and finding.column == "extract"


def _ids(nodes: Iterable[str]) -> dict[str, set[str]]:
    """Return file -> the ids in it that some nodes of rows stand for, which are N-Triples."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        kind, name = node.strip("<>").rsplit("/", 2)[-2:]
        found[_OWNER[kind]].add(id_of(name))
    return found
