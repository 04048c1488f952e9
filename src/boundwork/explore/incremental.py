"""A study validated again after a save: of codings.csv and extracts.csv only the rows that changed, and what they can have an effect on; else everything.

The findings are those of a whole validation. Why that holds, and what is asked in which case, is told in
docs/decisions/0027-validate-what-changed.md.
"""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from boundwork import shacl
from boundwork.explore.consistency import runs
from boundwork.explore.edited_rows import Everything
from boundwork.explore.further_rows import MOST_LOOKED_UP, FurtherRows
from boundwork.explore.kept_rows import EXTRACTS, KEPT, KeptRows, Moment, Turn
from boundwork.explore.row_numbers import ROW, looking_at_rows
from boundwork.explore.validation import check_tables, graph_in_parts, place_findings, shown, validate_study
from boundwork.explore.watching import Look, changed, look
from boundwork.explore.working_list import Cells, WorkingList, read_rows, work_through
from boundwork.files import temporary_folder
from boundwork.findings import Finding, Report
from boundwork.populate.rows import predicate
from boundwork.populate.study import Populator
from boundwork.shacl.nearby import Near, Rows, Values, existing, meeting, near, values_that_are_asked
from boundwork.shacl.parted import Asked, Needs, ask_parted, ask_whole, plan_of, whole_findings
from boundwork.shacl.reach import Map
from boundwork.shacl.setwise import Held
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Study, read_study


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
    """What a whole validation leaves for the next: findings by what asked for them, the rows, and what the tables made known."""

    study: Study
    asked: Asked
    report: Report
    rows: KeptRows
    by_number: list[str]
    owned: tuple[str, ...]
    of_rows: tuple[str, ...]
    crossing: frozenset[str]
    counted: dict[str, Values]
    near: dict[str, Near | None]
    meeting: dict[str, list[str]]
    """Shape -> columns of extracts.csv by whose values extracts meet in it; empty where that is not known."""
    existing: dict[str, frozenset[str]]
    """Shape -> predicates of which it asks only whether some triple leads to a common node; empty where it asks for more."""
    held: Held

    def __init__(self, folder: Path, shapes: list[Path] | None) -> None:
        self.folder, self.shapes = folder, shapes
        self._stack = ExitStack()
        self.place = self._stack.enter_context(temporary_folder())
        self.seen: Look = {}
        self.local: list[Finding] = []
        self.whole: dict[str, list[Finding]] = {}
        self.gone: set[str] = set()
        self.come: set[str] = set()

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
        work = holding[0].work
        work.known.ids["codings"] = {}
        self.rows = KeptRows(self.folder, self.place, work, report)
        graph = graph_in_parts(population, self.place, self.folder)
        self.crossing = frozenset(predicate(work.known, c.property) for t in KEPT.values() for c in t.columns
                                  if c.refers in ("codings", "extracts") and c.name != "extract")
        self.asked = ask_parted(graph, files, self.place, None, self.crossing)
        self._prove_near()
        counted = values_that_are_asked(self.asked.rules, self.asked.plan.whole).union(*self.existing.values())
        self.counted = {p: Values.of(p, self.place) for p in counted}
        report.add(shacl.lint(self.asked.rules, self.asked.common))
        self.by_number = looking_at_rows(self.asked.rules)
        self.owned = graph.owned
        self.of_rows = tuple(o for o in graph.owned if o.endswith(("/coding/", "/work/")))
        self.report = Report([f for f in report.findings if Path(f.file).name not in KEPT], report.looked_at)
        self.local = place_findings(self.folder, self.asked.local)
        for shape, results in self.asked.whole.items():
            one = dataclasses.replace(self.asked, whole={shape: results})
            self.whole[shape] = place_findings(self.folder, whole_findings(one, graph)) if results else []
        self.asked.local, self.asked.whole = [], {}
        self.held = Held(self.asked.common)
        if changed(self.seen, look(self.folder, self.shapes)):
            raise Everything("a file changed in the meantime")
        return self._list()

    # ----- an edit

    def again(self) -> WorkingList:
        now = look(self.folder, self.shapes)
        saved = {Path(f).name if Path(f).parent == self.folder else f for f in changed(self.seen, now)} - {"exceptions.csv"}
        if saved - KEPT.keys():
            raise Everything(f"{', '.join(sorted(Path(f).name for f in saved - KEPT.keys()))} changed")
        for file in saved:
            if str(self.folder / file) not in now:
                raise Everything(f"{file} is missing")
        with self.rows.turn(sorted(saved)) as turn:
            if turn is not None:
                self._take(turn)
        if changed(now, look(self.folder, self.shapes)):
            raise Everything("a file changed in the meantime")
        self.seen = now
        return self._list()

    def _take(self, turn: Turn) -> None:
        """Take an edit in: ask what it can have an effect on, and keep what it cannot."""
        if self.by_number and turn.more:
            raise Everything(f"rows came or went, and the shape {self.by_number[0].strip('<>')} may look at their numbers")
        old, new = set(turn.old), set(turn.new)
        subjects = {line.split(" ", 1)[0] for line in old | new}
        went, came = ({line for line in one if not (turn.more and line.split(" ", 2)[1] == ROW)} for one in (old - new, new - old))
        self._see(turn.new)
        self.gone, self.come = (self.gone - came) | (went - self.come), (self.come - went) | (came - self.gone)
        turned = {p: counted.turned(went, came) for p, counted in self.counted.items()}
        met = {shape: {line for line in (*went, *came) if needs.meets(line)} for shape, needs in self.asked.plan.whole.items()}
        standing = {shape: {f"<{f.subject}>" for f in self.whole[shape]} & subjects for shape in met}
        touched = [shape for shape in met if met[shape] or standing[shape]]
        further = FurtherRows(self.rows, turn, self.of_rows, any(way is not None and way.crosses for way in self.near.values()))
        nodes_of = self._nodes_of(touched, met, standing, turned, further, turn)
        near_by = further.near_by
        facts = near_by.copy()
        facts.join(self.asked.common)
        with self.held.beside(near_by) as store:
            world = _World(near_by, facts, store)
            self._ask_local(world, subjects, further.nodes, turn)
            for shape, needs in self.asked.plan.whole.items():
                if shape not in touched:
                    self.whole[shape] = [turn.moved(f) for f in self.whole[shape]]
                    continue
                asks_of = self.existing[shape]
                if asks_of and asks_of <= turned.keys():
                    self._ask_whether(shape, asks_of, set[str]().union(*(turned[p] for p in asks_of)), turn)
                    continue
                if shape in nodes_of:
                    self._ask_near(shape, nodes_of[shape], facts, store, turn)
                else:
                    self._ask_whole(shape, needs, turn.now)

    def _nodes_of(self, shapes: list[str], met: dict[str, set[str]], standing: dict[str, set[str]], turned: dict[str, set[str]], further: FurtherRows,
                  turn: Turn) -> dict[str, set[str]]:
        """Return shape -> the nodes outside which it finds nothing else than before; a shape that must be asked of the whole is left out.

        What it needs to see of rows that did not change is taken in by `further`.
        """
        complete = further.follow([*turn.old, *turn.new])
        rows, found = Rows(further.near_by, self.asked.common, self.owned, further.read), {}
        for shape in shapes:
            way = self.near[shape]
            if way is not None and (complete or not way.crosses):
                nodes = way.nodes(met[shape], standing[shape], rows)
                if nodes is not None:
                    found[shape] = nodes.union(*(turned[p] for p in way.counted))
            elif self.meeting[shape] and (others := self._alike(turn, self.meeting[shape], further)) is not None:
                found[shape] = {line.split(" ", 1)[0] for line in (*turn.old, *turn.new)} | others
        return found

    def _see(self, lines: list[str]) -> None:
        """Take what the changed extracts say into the map by which it is decided how each shape is asked."""
        asked, seen = self.asked, Map()
        seen.one_part(shacl.Facts(lines), self.owned)
        if asked.known.join(seen):
            if plan_of(asked.rules, asked.common, asked.known) != asked.plan:
                raise Everything("the study says for the first time what more shapes must see all rows for")
            self._prove_near()

    def _prove_near(self) -> None:
        """Decide which of the shapes that need the whole are asked, after an edit, only of what is connected with it, or of what is like it."""
        asked = self.asked
        self.near = {s: near(asked.rules, s, needs, asked.common, asked.known, self.crossing) for s, needs in asked.plan.whole.items()}
        self.meeting = {s: [] if way else self.rows.columns_of(meeting(asked.rules, s, asked.common, asked.known)) for s, way in self.near.items()}
        self.existing = {s: frozenset() if way else existing(asked.rules, s, asked.common, asked.known) for s, way in self.near.items()}

    def _alike(self, turn: Turn, columns: list[str], found: FurtherRows) -> set[str] | None:
        """Return the nodes of extracts that say in some columns what changed extracts say or said; None where they are many.

        What these say, and what those say that are like them in turn, goes to `found`.
        """
        now = turn.now[EXTRACTS.file]
        if len(turn.extracts) > MOST_LOOKED_UP:
            return None
        rows = [r for e in turn.edits if e.file == EXTRACTS.file for r in e.old] + [r for name in sorted(turn.extracts) for r in now.saying("id", name)]
        like = self.rows.alike(turn.now, rows, columns, MOST_LOOKED_UP)
        if like is None:
            return None
        further = self.rows.alike(turn.now, [r for name in sorted(like - turn.extracts) for r in now.saying("id", name)], columns, MOST_LOOKED_UP)
        if further is None:
            return None
        try:
            mine = self.rows.lines(turn.now, like - turn.extracts)[0]
            found.add([*mine, *self.rows.lines(turn.now, further - like - turn.extracts)[0]])
        except Everything:
            return None
        return {line.split(" ", 1)[0] for line in mine}

    def _ask_local(self, world: _World, subjects: set[str], elsewhere: set[str], turn: Turn) -> None:
        """Ask the shapes that see enough of one extract, of the extracts that changed."""
        asked = self.asked
        results = shacl.results(world.facts, asked.rules, among=asked.plan.local, store=world.store,
                                focus=lambda nodes: {n for n in nodes if n.startswith(self.owned) and n not in elsewhere})
        self.local = [turn.moved(f) for f in self.local if f"<{f.subject}>" not in subjects]
        self.local += self._placed(shacl.found_at(results, world.facts, asked.rules), turn.now)

    def _ask_near(self, shape: str, nodes: set[str], facts: shacl.Facts, store: LocalStore | None, turn: Turn) -> None:
        """Ask a shape that needs the whole only of nodes outside which it finds nothing else than before."""
        results = shacl.results(facts, self.asked.rules, among=[shape], focus=lambda found: found & nodes, store=store)
        self.whole[shape] = [turn.moved(f) for f in self.whole[shape] if f"<{f.subject}>" not in nodes]
        self.whole[shape] += self._placed(shacl.found_at(results, facts, self.asked.rules), turn.now)

    def _ask_whether(self, shape: str, predicates: frozenset[str], nodes: set[str], turn: Turn) -> None:
        """Ask a shape that asks only whether something leads to its nodes of those to which something leads for the first time, or nothing any more."""
        facts = self.asked.common.copy() if nodes else shacl.Facts()
        facts.add(line for p in sorted(predicates) for line in self.counted[p].witnesses(nodes))
        self._ask_near(shape, nodes, facts, None, turn)

    def _ask_whole(self, shape: str, needs: Needs, now: Moment) -> None:
        """Ask a shape of the whole, of which only what it needs is read."""
        results = ask_whole(shape, needs, self.asked.common, self.asked.rules, self.place, self.gone, self.come)
        self.whole[shape] = []
        if results:
            about = self.asked.common.copy()
            about.add(self.rows.about(now, {r.focus for r in results if r.focus.startswith(self.owned)}))
            self.whole[shape] = self._placed(shacl.found_at(results, about, self.asked.rules), now)

    def _placed(self, found: list[Finding], now: Moment) -> list[Finding]:
        """Return new findings with their file as shown, the physical line, and what the cell says."""
        placed = [f for f in found if f.file not in KEPT]
        placed = place_findings(self.folder, placed) if placed else []
        for f in found:
            if f.file in KEPT:
                sight = now[f.file]
                row = sight.row(f.row)
                placed.append(dataclasses.replace(f, file=sight.where.table.shown, line=row.line, value=sight.cells(row).get(f.column, f.value)))
        return placed

    # ----- what is shown

    def _list(self) -> WorkingList:
        """Return all findings as a list to work off."""
        report = Report([*self.report.findings, *(f for found in self.rows.findings.values() for f in found)], {**self.report.looked_at, **self.rows.counts})
        report.add(shown([*self.local, *(f for found in self.whole.values() for f in found)], report.findings, self.study))
        report.add(runs(report.findings, lambda: self.rows.order({f.coder for f in report.findings})))
        with self.rows.moment() as now:
            def read(path: Path, numbers: set[int]) -> dict[int, Cells]:
                if path.name not in KEPT:
                    return read_rows(path, numbers)
                rows = (now[path.name].row(n) for n in sorted(numbers))
                return {r.number: now[path.name].cells(r) for r in rows if any(r.cells)}

            return work_through(report, self.folder, read=read)
