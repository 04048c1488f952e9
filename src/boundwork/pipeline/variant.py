"""One reading of a study taken apart by extract, so that its graph can be made again without some extracts or codings.

What the rules count is additive over extracts (see rules.py), so coding and tally rules run once for each extract; for a variant
the parts that it touches are taken out of the sums, and only the rules of whole cases run again. The result is the graph of a
study whose tables never had these rows, but for the row numbers, which stay as the tables have them. Nothing here asks a question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field

from boundwork.errors import InputError
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.cases import CaseRules
from boundwork.pipeline.material import Inventory, Material, split, text
from boundwork.rules import STAGES
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Reading, Study
from boundwork.terms import BW, XSD_INTEGER, graph_iri, id_of, iri, study_iri

_COUNT = re.compile(r'(\S+) (\S+) "(\d+)"\^\^<' + re.escape(XSD_INTEGER) + r"> \.\Z").match
_TALLY_READING = iri(BW + "tallyReading")
_NONE: frozenset[str] = frozenset()


@dataclass
class Piece:
    """What one extract, or the rest of a partition, brings: its lines, what they imply, and its share of the tallies."""

    lines: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    counts: list[tuple[str, int]] = field(default_factory=list)


class Sums:
    """Tallies as sums that remember how many pieces made each line, so that a piece can be taken out again."""

    def __init__(self) -> None:
        self._facts: Counter[str] = Counter()
        self._counts: dict[str, tuple[int, int]] = {}

    def add(self, piece: Piece) -> None:
        """Take in a piece."""
        self._facts.update(piece.facts)
        for name, number in piece.counts:
            total, times = self._counts.get(name, (0, 0))
            self._counts[name] = (total + number, times + 1)

    @staticmethod
    def _line(name: str, number: int) -> str:
        return f'{name} "{number}"^^<{XSD_INTEGER}> .'

    def lines(self) -> list[str]:
        """Return facts and sums."""
        return [*self._facts, *(self._line(n, total) for n, (total, _) in self._counts.items())]

    def exchanged(self, old: list[Piece], new: list[Piece]) -> tuple[list[str], list[str]]:
        """Return the lines that go and that come when pieces are exchanged for others; the sums themselves stay."""
        facts: Counter[str] = Counter()
        counts: dict[str, tuple[int, int]] = {}
        for pieces, sign in ((old, -1), (new, 1)):
            for piece in pieces:
                for line in piece.facts:
                    facts[line] += sign
                for name, number in piece.counts:
                    total, times = counts.get(name, (0, 0))
                    counts[name] = (total + sign * number, times + sign)
        gone = [f for f, n in facts.items() if self._facts[f] > 0 >= self._facts[f] + n]
        come = [f for f, n in facts.items() if self._facts[f] <= 0 < self._facts[f] + n]
        for name, (more, pieces_more) in counts.items():
            total, times = self._counts.get(name, (0, 0))
            if (total, times > 0) == (total + more, times + pieces_more > 0):
                continue
            if times > 0:
                gone.append(self._line(name, total))
            if times + pieces_more > 0:
                come.append(self._line(name, total + more))
        return gone, come


@dataclass(frozen=True)
class Changes:
    """Lines that go and lines that come when something is left out; of these, those that say which cases there are."""

    gone: list[str]
    come: list[str]
    cases_gone: list[str]
    cases_come: list[str]
    outcomes_before: list[str]
    outcomes_after: list[str]


class Variants:
    """The pieces of one reading, and the changes that leaving some out makes."""

    def __init__(self, source: Material, reading: Reading, apart: Set[str] | None = None, progress: Progress | None = None) -> None:
        """Take a reading apart: each extract (with `apart`, each of these ids) by itself, the rest of a partition together."""
        self.source, self.reading = source, reading
        self._rules = {stage: [r.query.body for r in source.rules if r.stage == stage] for stage in STAGES}
        self._inventory = Inventory(source, reading, apart)
        self._others: list[Variants] = []
        current = f"{iri(study_iri(source.study.id))} {iri(BW + 'currentReading')} {source.term('reading', reading.id)} ."
        given = source.ontology + text([current])
        self._common = set(self._inventory.common)
        self._bench = LocalStore.memory()
        self._bench.load(given + text(self._inventory.common))
        self._sums = Sums()
        self._pieces = self._run_all(progress)
        tallies = self._sums.lines()
        self._cases = CaseRules(given, self._inventory.common, tallies, self._rules)
        self._total = Counter([*self._inventory.common, *tallies, *self._cases.all.made, *self._cases.all.outcomes])
        for piece in self._pieces.values():
            self._total.update(piece.lines)
            self._total.update(piece.made)

    @property
    def extracts(self) -> list[str]:
        """Ids of all extracts of the study, those about one actor together: in this order they are left out quickest."""
        return [id_of(e[1:-1]) for e in sorted(self._inventory.extracts, key=lambda e: self._inventory.extracts[e][1])]

    @property
    def codings(self) -> list[str]:
        """The reading's codings, as N-Triples terms."""
        return self._inventory.codings

    @property
    def low(self) -> list[str]:
        """Those of low confidence."""
        return self._inventory.low

    def _run_all(self, progress: Progress | None) -> dict[str | int, Piece]:
        """Run the coding and tally rules over every piece and sum up."""
        pieces: dict[str | int, Piece] = {}
        for part in range(self.source.population.partitions):
            found: dict[str | int, list[str]] = {}
            for line in self.source.lines(self.reading, part):
                found.setdefault(self._inventory.place(line.split(" ", 1)[0]), []).append(line)
            for name, lines in found.items():
                piece = pieces[name] = self._run(lines)
                self._sums.add(piece)
                if isinstance(name, int):
                    piece.lines = []  # many; they are read again when needed
                if progress:
                    progress(f"rules, {self.reading.id}", len(pieces))
        return pieces

    def _run(self, lines: list[str]) -> Piece:
        """Run the coding and tally rules over some lines alone."""
        store, piece = self._bench, Piece(lines)
        if not lines:
            return piece
        store.load(text(lines))
        added = dict.fromkeys(lines)
        for body in self._rules["coding"]:
            made = sorted(set(store.construct(body)))
            piece.made += made
            new = [line for line in made if line not in added and line not in self._common]
            store.load(text(new))
            added.update(dict.fromkeys(new))
        for body in self._rules["tally"]:
            for line in set(store.construct(body)):
                count = _COUNT(line)
                if count and count[2] in self.source.measures:
                    piece.counts.append((f"{count[1]} {count[2]}", int(count[3])))
                else:
                    piece.facts.append(line)
        store.remove(text(added))
        return piece

    def beside(self, other: Variants) -> None:
        """Let another reading's outcomes change with this one's, for questions that compare readings."""
        self._others.append(other)
        self._total.update(other._cases.all.outcomes)

    def outcome_words(self) -> set[str]:
        """Names of the ontology that outcomes are written with."""
        found = {x for line in self._cases.all.outcomes for x in split(line)[1:] if x.startswith(f"<{BW}")}
        return {x[1:-1].removeprefix(BW) for x in found}

    def check(self, store: LocalStore) -> None:
        """Refuse a study whose rules count over several extracts together: its sums would not be those of the reading's store.

        Errors: InputError.
        """
        lines = {*self._sums.lines(), *self._cases.all.made}
        subjects = {line.split(" ", 1)[0] for line in lines if f" {_TALLY_READING} " in line}
        number = store.select(f"SELECT (COUNT(*) AS ?n) {{ ?t {_TALLY_READING} {self.source.term('reading', self.reading.id)} ; ?p ?o }}")[0][0]
        own = sum(line.split(" ", 1)[0] in subjects for line in lines)
        if store.missing(text([*lines, *self._cases.all.outcomes])) or number is None or int(number.text) != own:
            raise InputError("Counted one extract at a time, the rules give other tallies than the build, so no extract can be left out.",
                             "Look at the rules in the study's queries/derive: one that looks at several extracts together needs the stage case.")

    def without(self, extracts: Set[str] = _NONE, codings: Set[str] = _NONE) -> Changes:
        """Return the changes that leaving out some extracts (ids) and codings (N-Triples terms) makes, with all that hangs on them."""
        inventory = self._inventory
        names = {self.source.term("extract", e) for e in extracts}
        things = inventory.hanging(names, codings)
        touched = {inventory.owner.get(t, t) for t in things} | {e for t in things for e in inventory.pointed.get(t, ())}
        less: Counter[str] = Counter()
        more: Counter[str] = Counter()
        old, new = [], []
        for name in sorted({inventory.place(e) for e in touched if e in inventory.extracts}, key=str):
            piece = self._pieces[name]
            kept: list[str] = []
            dropped: list[str] = []
            for line in self._lines_of(name):
                subject, _, thing = split(line)
                (dropped if subject in things or thing in things else kept).append(line)
            if dropped:
                old.append(piece)
                new.append(self._run(kept))
                less.update([*dropped, *piece.made])
                more.update(new[-1].made)
        gone, come = self._sums.exchanged(old, new)
        common = list(dict.fromkeys(line for t in things for line in inventory.common_of.get(t, ())))
        cases_gone, cases_come = self._grid(names)
        actors = self._cases.relevant({inventory.extracts[e][1] for e in touched if e in inventory.extracts})
        then = self._cases.concluded(actors)
        now = self._cases.concluded(actors, [*gone, *common, *cases_gone], [*come, *cases_come])
        less.update([*gone, *common, *cases_gone, *then.made, *then.outcomes])
        more.update([*come, *cases_come, *now.made, *now.outcomes])
        for other in self._others:
            changes = other.without(extracts, codings)
            less.update(changes.outcomes_before)
            more.update(changes.outcomes_after)
        total = self._total
        return Changes([x for x, n in less.items() if n > more[x] and total[x] - n + more[x] <= 0],
                       [x for x, n in more.items() if n > less[x] and total[x] <= 0], cases_gone, cases_come, then.outcomes, now.outcomes)

    def _lines_of(self, name: str | int) -> list[str]:
        if isinstance(name, str):
            return self._pieces[name].lines
        return [line for line in self.source.lines(self.reading, name) if self._inventory.place(line.split(" ", 1)[0]) == name]

    def _grid(self, extracts: set[str]) -> tuple[list[str], list[str]]:
        """Lines of cases that go and come: an actor has cases at a wave while an extract about it carries that wave."""
        before = self._inventory.cast
        after = before - Counter(self._inventory.extracts[e][1:] for e in extracts if e in self._inventory.extracts)
        if after.keys() == before.keys():
            return [], []
        then, now = self.source.grid(before), self.source.grid(after)
        return sorted(then - now), sorted(now - then)


class Bench:
    """A copy of a reading's store in which changes are made and taken back."""

    def __init__(self, store: LocalStore, study: Study) -> None:
        """Copy a store into memory."""
        self._store = store.in_memory()
        self._graph = graph_iri(study.id, "study")

    @contextmanager
    def changed(self, changes: Changes) -> Iterator[LocalStore]:
        """Give the store with the changes made; they are taken back at the end."""
        store = self._store
        swaps = ((changes.gone, changes.come, ""), (changes.cases_gone, changes.cases_come, self._graph))
        for gone, come, graph in swaps:
            store.remove(text(gone), graph)
            store.load(text(come), graph)
        try:
            yield store
        finally:
            for gone, come, graph in swaps:
                store.remove(text(come), graph)
                store.load(text(gone), graph)
