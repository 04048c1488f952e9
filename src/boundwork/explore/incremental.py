"""A study validated again after a save: of codings.csv only the rows that changed, and what they can have an effect on; else everything.

The findings are those of a whole validation. Why that holds, and what is asked in which case, is told in
docs/decisions/0027-validate-what-changed.md.
"""

from __future__ import annotations

import dataclasses
import mmap
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from boundwork import shacl
from boundwork.explore.consistency import runs
from boundwork.explore.edited_rows import Edit, Everything, find_edit, mapped, rows_that_say
from boundwork.explore.row_numbers import ROW, looking_at_rows
from boundwork.explore.validation import check_tables, graph_in_parts, place_findings, shown, validate_study
from boundwork.explore.watching import Look, changed, look
from boundwork.explore.working_list import Cells, WorkingList, cells_of, read_rows, work_through
from boundwork.files import shown_path, temporary_folder
from boundwork.findings import Finding, Report
from boundwork.populate.again import read_again
from boundwork.populate.rows import predicate
from boundwork.populate.study import Populator, Work
from boundwork.shacl.nearby import Near, Values, near, values_that_are_asked
from boundwork.shacl.parted import Asked, Needs, ask_parted, ask_whole, plan_of, whole_findings
from boundwork.shacl.reach import Map
from boundwork.shacl.setwise import Held
from boundwork.stores.local import LocalStore
from boundwork.tables.index import Index, digest, index
from boundwork.tables.reader import Row, read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Study, read_study
from boundwork.terms import id_of

_CODINGS, _EXTRACTS = TABLES["codings"], TABLES["extracts"]
_OWNER = {"extract": "extracts", "selector": "extracts", "coding": "codings", "work": "codings"}
_MOST_AGAIN = 20_000
_MOST_LOOKED_UP = 500
"""Codings whose followers are looked for one by one; where more are near an edit, a shape that meets column follows is asked of the whole."""
_MOST_TABLE_FINDINGS = 150
"""Fewer than a table may have at most: where findings are left out, it depends on all rows which ones are."""


class Revalidation:
    """Validates a study, and again after each save. `told` says why the last time everything was looked at; empty where it was not."""

    def __init__(self, folder: Path, shapes: list[Path] | None = None) -> None:
        self.folder, self.shapes = folder, shapes
        self.told = ""
        self._kept: _Kept | None = None

    def close(self) -> None:
        """Give back what is held on disk."""
        if self._kept is not None:
            self._kept.close()
        self._kept = None

    def validate(self) -> WorkingList:
        """Return the findings as they are now. Errors: BoundworkError for a study that cannot be read; the next call starts afresh."""
        kept, self._kept, self.told = self._kept, None, ""
        if kept is not None:
            try:
                found = kept.again()
            except Everything as reason:
                self.told = str(reason)
                kept.close()
            except BaseException:
                kept.close()
                raise
            else:
                self._kept = kept
                return found
        made = _Kept(self.folder, self.shapes)
        try:
            found = made.first()
        except Everything as reason:
            made.close()
            self.told = self.told or str(reason)
            return work_through(validate_study(self.folder, self.shapes), self.folder)
        except BaseException:
            made.close()
            raise
        self._kept = made
        return found


class _World(NamedTuple):
    """What shapes are asked of after an edit: the rows near it, those with the common part, and the same in a store."""

    near: shacl.Facts
    facts: shacl.Facts
    store: LocalStore


class _Kept:
    """What a whole validation leaves for the next: findings by what asked for them, where rows stand, and what the tables made known."""

    study: Study
    work: Work
    asked: Asked
    report: Report
    codings: Index
    extracts: Index
    by_number: list[str]
    owned: tuple[str, ...]
    of_rows: tuple[str, ...]
    crossing: frozenset[str]
    counted: dict[str, Values]
    near: dict[str, Near | None]
    held: Held

    def __init__(self, folder: Path, shapes: list[Path] | None) -> None:
        self.folder, self.shapes = folder, shapes
        self._stack = ExitStack()
        self.place = self._stack.enter_context(temporary_folder())
        self.seen: Look = {}
        self.of_codings: list[Finding] = []
        self.local: list[Finding] = []
        self.whole: dict[str, list[Finding]] = {}
        self.gone: set[str] = set()
        self.come: set[str] = set()
        self.referred: set[int] = set()

    def close(self) -> None:
        self._stack.close()

    # ----- the whole validation

    def first(self) -> WorkingList:
        self.seen = look(self.folder, self.shapes)
        self.study = read_study(self.folder)
        if self.study.agreement_threshold is not None:
            raise Everything("study.toml sets a threshold of agreement, which hangs on all rows")
        holding: list[Populator] = []
        population, files, report = check_tables(self.folder, self.study, self.shapes, self.place, None, holding)
        if population.broken:
            raise Everything("a table cannot be read to its end")
        self.work = holding[0].work
        self.work.known.ids["codings"] = {}
        self._index(report.findings)
        graph = graph_in_parts(population, self.place, self.folder)
        crossing = frozenset(predicate(self.work.known, c.property) for t in (_CODINGS, _EXTRACTS) for c in t.columns
                             if c.refers in ("codings", "extracts") and c.name != "extract")
        self.asked = ask_parted(graph, files, self.place, None, crossing)
        self.crossing = crossing
        self.counted = {p: Values.of(p, self.place) for p in values_that_are_asked(self.asked.rules, self.asked.plan.whole)}
        self._prove_near()
        report.add(shacl.lint(self.asked.rules, self.asked.common))
        self.by_number = looking_at_rows(self.asked.rules)
        self.owned = graph.owned
        self.of_rows = tuple(o for o in graph.owned if o.endswith(("/coding/", "/work/")))
        self.of_codings = [f for f in report.findings if Path(f.file).name == _CODINGS.file]
        self.report = Report([f for f in report.findings if Path(f.file).name != _CODINGS.file], report.looked_at)
        self.local = place_findings(self.folder, self.asked.local)
        for shape, results in self.asked.whole.items():
            one = dataclasses.replace(self.asked, whole={shape: results})
            self.whole[shape] = place_findings(self.folder, whole_findings(one, graph)) if results else []
        self.asked.local, self.asked.whole = [], {}
        self.held = Held(self.asked.common)
        if changed(self.seen, look(self.folder, self.shapes)):
            raise Everything("a file changed in the meantime")
        return self._list()

    def _index(self, findings: list[Finding]) -> None:
        """Take a copy of codings.csv, and note where the rows of codings and extracts stand."""
        if any(f.rule in ("table-id-twice", "table-more") and Path(f.file).name in (_CODINGS.file, _EXTRACTS.file) for f in findings):
            raise Everything("an id stands twice, or findings were left out because there are many")
        made = []
        for spec in (_CODINGS, _EXTRACTS):
            columns = ("id", "extract", "coder", "follows") if spec is _CODINGS else ("id",)
            path = self.folder / spec.file
            if not path.is_file():
                raise Everything(f"{spec.file} is missing")
            copy = Path(shutil.copyfile(path, self.place / spec.file))
            table = read_table(path, spec, shown=shown_path(path))
            found = index(table, copy, [c for c in columns if c in table.header])
            if found is None or not {"id", *({"extract", "coder"} if spec is _CODINGS else set())} <= found.digests.keys():
                raise Everything(f"{spec.file} cannot be read to its end")
            made.append(found)
        self.codings, self.extracts = made
        self.referred = set(self.codings.digests.get("follows", ()))
        for spec in TABLES.values():
            referring = [c.name for c in spec.columns if c.refers == "codings"]
            if spec is not _CODINGS and referring and (path := self.folder / spec.file).is_file():
                table = read_table(path, spec)
                for row in table.rows():
                    self._refers(cells_of(table.header, row.cells).get(c, "") for c in referring)

    def _refers(self, cells: Iterable[str]) -> None:
        self.referred.update(digest(part) for cell in cells for part in (cell, *cell.split(";")))

    # ----- an edit

    def again(self) -> WorkingList:
        now = look(self.folder, self.shapes)
        different = changed(self.seen, now) - {str(self.folder / _CODINGS.file), str(self.folder / "exceptions.csv")}
        if different:
            raise Everything(f"{', '.join(sorted(Path(d).name for d in different))} changed")
        if str(self.folder / _CODINGS.file) not in now:
            raise Everything(f"{_CODINGS.file} is missing")
        new = Path(shutil.copyfile(self.folder / _CODINGS.file, self.place / "codings.new"))
        before = self.place / _CODINGS.file
        if not new.stat().st_size:
            raise Everything(f"{_CODINGS.file} is empty")
        with ExitStack() as stack:
            old_data, new_data = (stack.enter_context(mapped(p)) for p in (before, new))
            edit = find_edit(self.codings, old_data, new_data)
            if edit is not None:
                self._take(edit, old_data, new_data)
        new.replace(before)
        if changed(now, look(self.folder, self.shapes)):
            raise Everything("a file changed in the meantime")
        self.seen = now
        return self._list()

    def _take(self, edit: Edit, old_data: mmap.mmap, new_data: mmap.mmap) -> None:
        """Take an edit in: ask what it can have an effect on, and keep what it cannot."""
        if self.by_number and edit.more:
            raise Everything(f"rows came or went, and the shape {self.by_number[0].strip('<>')} may look at their numbers")
        before, table = self.codings, self.codings.table
        cells = {True: [cells_of(table.header, r.cells) for r in edit.old], False: [cells_of(table.header, r.cells) for r in edit.rows]}
        now = before.replaced(edit.first, edit.last, edit.rows, edit.starts, edit.bytes_more, edit.lines_more)
        self._check_ids([c.get("id", "") for c in cells[True]], [c.get("id", "") for c in cells[False]], edit, old_data)
        self._refers(c.get("follows", "") for c in cells[False])
        extracts = {c.get("extract", "") for each in cells.values() for c in each} - {""}
        with mapped(self.place / _EXTRACTS.file) as data:
            of_extracts = self._again(self.extracts, data, "id", extracts)
        old = self._lines(before, old_data, extracts)[0]
        new, found = self._lines(now, new_data, extracts)
        changed_rows = {r.number for r in edit.rows}
        self.of_codings = [edit.moved(f) for f in self.of_codings if not edit.holds(f.row)]
        self.of_codings += edit.findings + [f for f in found if f.row in changed_rows]
        if len(self.of_codings) > _MOST_TABLE_FINDINGS:
            raise Everything("codings.csv has many findings")
        self.codings = now
        self.report.looked_at[_CODINGS.name] += sum(any(r.cells) for r in edit.rows) - sum(any(r.cells) for r in edit.old)
        if not self.report.looked_at[_CODINGS.name]:
            raise Everything("codings.csv has no rows")
        subjects = {line.split(" ", 1)[0] for line in (*old, *new, *of_extracts)}
        went, came = ({line for line in one if line not in other and not (edit.more and line.split(" ", 2)[1] == ROW)}
                      for one, other in ((old, set(new)), (new, set(old))))
        self._see([*of_extracts, *new])
        elsewhere, complete = self._connected([*old, *new], extracts, new_data)
        near_by = shacl.Facts([*of_extracts, *new])
        near_by.join(elsewhere)
        facts = near_by.copy()
        facts.join(self.asked.common)
        self.gone, self.come = (self.gone - came) | (went - self.come), (self.come - went) | (came - self.gone)
        turned = {p: counted.turned(went, came) for p, counted in self.counted.items()}
        with self.held.beside(near_by) as store:
            world = _World(near_by, facts, store)
            self._ask_local(world, subjects, elsewhere.things, edit, new_data)
            for shape, needs in self.asked.plan.whole.items():
                met = {line for line in (*went, *came) if needs.meets(line)}
                standing = {f"<{f.subject}>" for f in self.whole[shape]} & subjects
                way = self.near[shape]
                if not met and not standing:
                    self.whole[shape] = [edit.moved(f) for f in self.whole[shape]]
                elif way is None or (way.crosses and not complete) or not self._ask_near(way, world, met, standing, turned, edit, new_data):
                    self._ask_whole(shape, needs, new_data)

    def _check_ids(self, old: list[str], new: list[str], edit: Edit, data: mmap.mmap) -> None:
        """Refuse an edit after which an id stands twice, or in which one comes or goes that another row refers to."""
        names = [n for n in new if n]
        if len(set(names)) < len(names):
            raise Everything("an id stands twice")
        for name in set(names) - set(old):
            if any(not edit.holds(r.number) for r in rows_that_say(self.codings, data, "id", name)):
                raise Everything("an id stands twice")
        if any(digest(name) in self.referred for name in set(old) ^ set(new) if name):
            raise Everything("other rows refer to an id that came or went")

    def _lines(self, where: Index, data: mmap.mmap, extracts: Iterable[str]) -> tuple[list[str], list[Finding]]:
        """Return the lines and findings of all codings of some extracts."""
        rows = [r for e in sorted(extracts) for r in rows_that_say(where, data, "extract", e)]
        if len(rows) > _MOST_AGAIN:
            raise Everything("the changed rows lie in extracts with very many codings")
        return read_again(self.work, where.table, rows, lambda name: any(True for _ in rows_that_say(where, data, "id", name)))

    def _see(self, lines: list[str]) -> None:
        """Take what the changed extracts say into the map by which it is decided how each shape is asked."""
        asked, seen = self.asked, Map()
        seen.one_part(shacl.Facts(lines), self.owned)
        if asked.known.join(seen):
            if plan_of(asked.rules, asked.common, asked.known) != asked.plan:
                raise Everything("the study says for the first time what more shapes must see all rows for")
            self._prove_near()

    def _prove_near(self) -> None:
        """Decide which of the shapes that need the whole are asked, after an edit, only of what is connected with it."""
        asked = self.asked
        self.near = {s: near(asked.rules, s, needs, asked.common, asked.known, self.crossing) for s, needs in asked.plan.whole.items()}

    def _connected(self, changed: list[str], extracts: set[str], data: mmap.mmap) -> tuple[shacl.Facts, bool]:
        """Return what the rows say to which a way leads from changed extracts along column follows, and whether that is all.

        `changed` are the lines of the codings of these extracts, as they were and as they are.
        """
        found, seen, extracts = shacl.Facts(), set[str](), set(extracts)
        todo = changed if any(way is not None and way.crosses for way in self.near.values()) else []
        while todo:
            names = {id_of(term[1:-1]) for line in todo for term in line[:-2].split(" ", 2)[::2] if term.startswith(self.of_rows)} - seen
            seen |= names
            if len(seen) > _MOST_LOOKED_UP:
                return found, False
            columns = [c for c in ("id", "follows") if c in self.codings.digests]
            rows = [r for name in sorted(names) for c in columns for r in rows_that_say(self.codings, data, c, name)]
            more = {cells_of(self.codings.table.header, r.cells).get("extract", "") for r in rows} - extracts - {""}
            extracts |= more
            try:
                todo = self._lines(self.codings, data, more)[0]
            except Everything:
                return found, False
            with mapped(self.place / _EXTRACTS.file) as where:
                found.add([*todo, *self._again(self.extracts, where, "id", more)])
        return found, True

    def _ask_local(self, world: _World, subjects: set[str], elsewhere: set[str], edit: Edit, data: mmap.mmap) -> None:
        """Ask the shapes that see enough of one extract, of the extracts that changed."""
        asked = self.asked
        results = shacl.results(world.facts, asked.rules, among=asked.plan.local, store=world.store,
                                focus=lambda nodes: {n for n in nodes if n.startswith(self.owned) and n not in elsewhere})
        self.local = [edit.moved(f) for f in self.local if f"<{f.subject}>" not in subjects]
        self.local += self._placed(shacl.found_at(results, world.facts, asked.rules), data)

    def _ask_near(self, way: Near, world: _World, met: set[str], standing: set[str],
                  turned: dict[str, set[str]], edit: Edit, data: mmap.mmap) -> bool:
        """Ask a shape that needs the whole only of what is connected with the edit; False where that does not give all that it finds."""
        nodes = way.nodes(met, standing, world.near, self.asked.common, self.owned)
        if nodes is None:
            return False
        nodes = nodes.union(*(turned[p] for p in way.counted))
        results = shacl.results(world.facts, self.asked.rules, among=[way.shape], focus=lambda found: found & nodes, store=world.store)
        self.whole[way.shape] = [edit.moved(f) for f in self.whole[way.shape] if f"<{f.subject}>" not in nodes]
        self.whole[way.shape] += self._placed(shacl.found_at(results, world.facts, self.asked.rules), data)
        return True

    def _ask_whole(self, shape: str, needs: Needs, data: mmap.mmap) -> None:
        """Ask a shape of the whole, of which only what it needs is read."""
        results = ask_whole(shape, needs, self.asked.common, self.asked.rules, self.place, self.gone, self.come)
        self.whole[shape] = []
        if results:
            about = self.asked.common.copy()
            about.add(self._lines_about({r.focus for r in results}, data))
            self.whole[shape] = self._placed(shacl.found_at(results, about, self.asked.rules), data)

    def _lines_about(self, nodes: set[str], data: mmap.mmap) -> list[str]:
        """Return the lines of the rows that some nodes stand for."""
        names: dict[str, set[str]] = defaultdict(set)
        for node in nodes:
            kind, name = node.strip("<>").rsplit("/", 2)[-2:] if node.startswith(self.owned) else ("", "")
            if kind:
                names[_OWNER[kind]].add(id_of(name))
        with mapped(self.place / _EXTRACTS.file) as extracts:
            return self._again(self.codings, data, "id", names["codings"]) + self._again(self.extracts, extracts, "id", names["extracts"])

    def _again(self, where: Index, data: mmap.mmap, column: str, texts: Iterable[str]) -> list[str]:
        """Return the lines of the rows that say one of these texts in a column."""
        return read_again(self.work, where.table, [r for t in sorted(texts) for r in rows_that_say(where, data, column, t)], lambda _: True)[0]

    def _placed(self, found: list[Finding], data: mmap.mmap) -> list[Finding]:
        """Return new findings with their file as shown, the physical line, and what the cell says."""
        placed = [f for f in found if f.file not in (_CODINGS.file, _EXTRACTS.file)]
        placed = place_findings(self.folder, placed) if placed else []
        with mapped(self.place / _EXTRACTS.file) as extracts:
            for where, source in ((self.codings, data), (self.extracts, extracts)):
                for f in found:
                    if f.file != where.table.spec.file:
                        continue
                    row = where.record(source, f.row) if f.row else Row(0, 0, [])
                    cells = cells_of(where.table.header, row.cells)
                    placed.append(dataclasses.replace(f, file=where.table.shown, line=row.line, value=cells.get(f.column, f.value)))
        return placed

    # ----- what is shown

    def _list(self) -> WorkingList:
        """Return all findings as a list to work off."""
        report = Report([*self.report.findings, *self.of_codings], dict(self.report.looked_at))
        report.add(shown([*self.local, *(f for found in self.whole.values() for f in found)], report.findings, self.study))
        report.add(runs(report.findings, lambda: self._order({f.coder for f in report.findings})))
        with mapped(self.place / _CODINGS.file) as data:
            def read(path: Path, numbers: set[int]) -> dict[int, Cells]:
                if path.name != _CODINGS.file:
                    return read_rows(path, numbers)
                rows = (self.codings.record(data, n) for n in sorted(numbers) if n <= len(self.codings))
                return {r.number: cells_of(self.codings.table.header, r.cells) for r in rows if any(r.cells)}

            return work_through(report, self.folder, read=read)

    def _order(self, coders: set[str]) -> Mapping[str, list[int]]:
        return {c: self.codings.numbers("coder", c) for c in coders if c}
