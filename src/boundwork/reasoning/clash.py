"""Statements that contradict each other in, a smallest set of them that still does out: none of it can be left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from boundwork.reasoning.hermit import Limits, hermit
from boundwork.reasoning.statements import Statements, data, is_vocabulary, triple

Unit = tuple[str, ...]
"""Lines that stay together: one axiom, one fact, or all that comes from one row."""
_WIDTH = 10
"""Sets that one Java process tries, one after the other, until one contradicts itself."""
_SMALL = 24
"""Units so few that one process tries every beginning of their list."""


@dataclass(frozen=True)
class Clash:
    """Facts and axioms that cannot all hold, each with its lines."""

    facts: tuple[str, ...]
    axioms: tuple[Unit, ...]
    runs: int


def explain(statements: Statements, groups: Sequence[Unit], limits: Limits, progress: Callable[[str, int], None] | None = None) -> Clash | None:
    """Return a smallest set of facts and axioms that contradict each other, or None when nothing does.

    `groups` are the facts row by row, those most likely to be at fault first. First rows are left out while the rest still
    contradicts itself, then single facts and axioms, those near the facts last. HermiT decides each time; it gives no reason
    itself. What comes out is smallest in that none of it can be left out; there may be other contradictions.
    """
    search = _Search(statements.declarations, limits, progress)
    rows = search.needed([line for axiom in statements.axioms for line in axiom], groups)
    if rows is None:
        return None
    facts: list[Unit] = [(line,) for row in rows for line in row]
    used = search.needed([], [*facts, *_nearest_first(facts, statements.axioms)]) or []
    known = set(facts)
    return Clash(tuple(u[0] for u in used if u in known), tuple(u for u in used if u not in known), search.runs)


class _Search:
    """Finds the units that a contradiction needs, each as the end of the shortest beginning of the list that contradicts itself."""

    def __init__(self, declarations: Sequence[str], limits: Limits, progress: Callable[[str, int], None] | None) -> None:
        self._limits, self._progress = limits, progress
        self._declared: dict[str, list[str]] = defaultdict(list)
        for line in declarations:
            self._declared[triple(line)[0]].append(line)
        self.runs = 0

    def needed(self, fixed: Sequence[str], units: Sequence[Unit]) -> list[Unit] | None:
        """Return the units that, with what is fixed, contradict each other; none of them can be left out. None: nothing contradicts."""
        needed: list[Unit] = []
        pool = list(units)
        sure = False
        while True:
            base = [*fixed, *(line for unit in needed for line in unit)]
            end, seen = self._shortest(base, pool)
            if not (sure or seen) and self._first([[*base, *(line for unit in pool for line in unit)]]) is None:
                return None
            sure = True
            if end == 0:
                return needed
            needed.insert(0, pool[end - 1])
            pool = pool[: end - 1]

    def _shortest(self, base: list[str], pool: list[Unit]) -> tuple[int, bool]:
        """Return how many of the pool, from its beginning, contradict each other, and whether that was seen: all of them are supposed to."""
        low, high, seen = -1, len(pool), False
        ends = list(range(high)) if high <= _SMALL else [0, *(n for k in range(1, _WIDTH) if (n := 4 * 2 ** k) < high)]
        while ends:
            found = self._first([[*base, *(line for unit in pool[:end] for line in unit)] for end in ends])
            if found is None:
                low = ends[-1]
            else:
                low, high, seen = (ends[found - 1] if found else low), ends[found], True
            width = high - low
            if width <= _SMALL:
                ends = list(range(low + 1, high))
            else:
                ends = sorted({low + max(1, width * k // (_WIDTH + 1)) for k in range(1, _WIDTH + 1)} - {low, high})
        return high, seen

    def _first(self, sets: list[list[str]]) -> int | None:
        """Return the number of the first set that contradicts itself."""
        self.runs += 1
        if self._progress:
            self._progress("looking for the contradiction", self.runs)
        run = hermit([data([*self._declarations(lines), *lines]) for lines in sets], ["-k"], self._limits)
        return run.output.count("is satisfiable") if run.inconsistent else None

    def _declarations(self, lines: list[str]) -> list[str]:
        """The declarations of all terms that lines use: without them a property would be read as an annotation."""
        used = dict.fromkeys(term for line in lines for term in triple(line))
        return [line for term in used if term in self._declared for line in self._declared[term]]


def _nearest_first(facts: Sequence[Unit], axioms: Sequence[Unit]) -> list[Unit]:
    """Order axioms by how many steps of shared terms they are away from the facts; those that are out of reach come last."""
    by_term: dict[str, list[int]] = defaultdict(list)
    terms = []
    for number, axiom in enumerate(axioms):
        names = {t for line in axiom for t in triple(line) if t.startswith("<") and not is_vocabulary(t)}
        terms.append(names)
        for name in names:
            by_term[name].append(number)
    seen_terms = {t for fact in facts for line in fact for t in triple(line) if t.startswith("<") and not is_vocabulary(t)}
    order: dict[int, None] = {}
    front = seen_terms
    while front:
        reached = sorted({n for term in front for n in by_term[term]} - order.keys(), key=lambda n: (len(axioms[n]), n))
        order.update(dict.fromkeys(reached))
        front = {t for n in reached for t in terms[n]} - seen_terms
        seen_terms = seen_terms | front
    return [axioms[n] for n in [*order, *(n for n in range(len(axioms)) if n not in order)]]
