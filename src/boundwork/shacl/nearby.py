"""Which shapes that need the whole graph find, after an edit, something new on nodes connected to it alone; and which nodes those are.

A proof over paths and patterns, as in shacl.reach, and a walk over the triples near an edit; docs/decisions/0027 tells why it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from boundwork.derivations.patterns import Filter, Pattern, Var
from boundwork.derivations.reading import read_select
from boundwork.errors import InputError
from boundwork.shacl import setwise
from boundwork.shacl.engine import needs_reference
from boundwork.shacl.facts import TYPE, Facts, plain_text
from boundwork.shacl.parted import Needs, kept_files
from boundwork.shacl.reach import AWAY, COMMON, HERE, Map, Places, asks_in_parts, focus_places, in_parts, starts
from boundwork.shacl.shapes import TARGETS, Shapes, sh
from boundwork.stores.answer import Value
from boundwork.wording import whole_number

BEYOND = "beyond"
"""Where a common node stands that was come to out of a part: from there, no part is entered."""
_MOST_COMMON = 2_000
"""Common nodes that are followed from rows that they lead to."""


@dataclass
class _Entered(Map):
    """A map for what is asked of common nodes: from one, the nodes of parts that it leads to are at hand, with all that is connected with them.

    Keeps the steps that were asked for among common nodes, and whether one led back from a part to a common node that leads into it.
    """

    connected: ClassVar[bool] = True
    steps: set[tuple[str, bool]] = field(default_factory=set)
    returns: bool = False

    def step(self, predicate: str | None, inverse: bool, places: Places) -> Places | None:
        """Return where one step ends, as Map does."""
        found: set[str] = set()
        for place in places:
            ends = super().step(predicate, inverse, frozenset({COMMON if place == BEYOND else place}))
            if ends is None or predicate is None:
                return None
            if place == HERE:
                self.returns |= inverse and predicate in self.back
                found |= ends if inverse else {BEYOND if end == COMMON else end for end in ends}
            elif place == COMMON:
                self.steps |= {(predicate, inverse)} if predicate in self.plain else set()
                found |= {HERE if end == AWAY else end for end in ends}
            else:
                found |= {BEYOND if end == COMMON else end for end in ends}
        return frozenset(found)


@dataclass(frozen=True)
class Near:
    """A shape that an edit has an effect on only where its nodes are connected with what changed.

    `counted` are predicates whose values, where those stand in no part, are focus nodes for as long as some triple leads to them.
    """

    shape: str
    needs: Needs
    counted: frozenset[str]
    crosses: bool
    """True when it meets a predicate that leads from one part into another."""
    entered: frozenset[str] = frozenset()
    """Predicates along which it comes from common nodes to nodes of parts, if it does."""
    steps: frozenset[tuple[str, bool]] = frozenset()
    """Predicates that it follows, or goes against, from a common node to another on the way to nodes of parts, or back from them."""
    returns: bool = False
    """True when it goes from nodes of parts back to common nodes that lead to them."""

    def nodes(self, changed: Iterable[str], more: Iterable[str], rows: Rows) -> set[str] | None:
        """Return the nodes of parts that changed triples and `more` nodes are connected with, and the common nodes from which the shape comes to them.

        None where these are many. `changed` are N-Triples lines that the shape meets; `rows` has all triples about the parts of these nodes, and
        gets those about the parts that the shape comes to from the common nodes.
        """
        found = set(more)
        for line in changed:
            subject, _, value = line.rstrip("\n")[:-2].split(" ", 2)
            found.update(node for node in (subject, value) if node.startswith(rows.owned))
        found = self._connected(found, rows)
        if not self.entered:
            return found
        from_where = self._reached(found, rows, onward=False)
        asked = {node for node in from_where or () if not node.startswith(rows.owned)}
        if from_where is None or (asked and self._reached(asked, rows, onward=True) is None):
            return None
        return found | asked

    def _connected(self, nodes: set[str], rows: Rows) -> set[str]:
        """Return the nodes of parts that some of them are connected with, these among them."""
        found, todo = set(nodes), list(nodes)
        edges = [rows.facts.edges(p, inverse) for p in self.needs.predicates or () if p != TYPE for inverse in (False, True)]
        while todo:
            node = todo.pop()
            for each in edges:
                for other in each.get(node, ()):
                    if other.startswith(rows.owned) and other not in found:
                        found.add(other)
                        todo.append(other)
        return found

    def _reached(self, start: set[str], rows: Rows, onward: bool) -> set[str] | None:
        """Return the nodes that the shape may come to from some, or (not onward) from which it may come to them; None where these are many."""
        found, latest = set(start), set(start)
        while latest:
            mine = {node for node in latest if node.startswith(rows.owned)}
            if not rows.have(mine):
                return None
            more = self._connected(mine, rows)
            ways = [(rows.common.edges(p, inverse == onward), latest - mine) for p, inverse in self.steps]
            for p in self.entered:
                ways += [(rows.common.edges(p, inverse=True), more)] if self.returns or not onward else []
                ways += [(rows.common.edges(p), latest - mine)] if self.returns or onward else []
            for edges, nodes in ways:
                more = more.union(*(edges[node] for node in nodes if node in edges))
            latest = more - found
            found |= latest
            if sum(not node.startswith(rows.owned) for node in found) > _MOST_COMMON:
                return None
        return found


@dataclass
class Rows:
    """What rows say, as far as it was read, and the common part beside them; `owned` is how the nodes of rows start.

    `read` takes in all that is said about the parts of some nodes, and of those connected with these from part to part; False where that is much.
    """

    facts: Facts
    common: Facts
    owned: tuple[str, ...]
    read: Callable[[set[str]], bool]

    def have(self, nodes: set[str]) -> bool:
        """Take in what is said about the parts of some nodes, where it is not there; False where that is much."""
        return nodes <= self.facts.things or self.read(nodes - self.facts.things)


def near(rules: Facts, shape: str, needs: Needs, common: Facts, known: Map, crossing: frozenset[str]) -> Near | None:
    """Return how a shape that needs the whole may be asked near an edit; None where it must be asked of the whole.

    `known` describes parts among which the `crossing` predicates alone lead from one into another.
    """
    read = Shapes(rules)
    found = read.shape(shape)
    if needs.predicates is None or needs_reference(read, found) or rules.values(shape, TARGETS["targetNode"]):
        return None
    if known.astray & needs.predicates - crossing:
        return None
    places, counted = focus_places(rules, shape, common, known)
    parts = (known.within | known.astray, known.out, set[str](), known.back, known.plain, known.classes)
    closed, entered = Map(*parts), _Entered(*parts)

    def proved(start: str, by: Map) -> bool:
        at = frozenset({start})
        return in_parts(read, found, at, by) and all(asks_in_parts(setwise.asked(rules, c), at, by) for c in rules.values(shape, sh("sparql")))

    way = Near(shape, needs, frozenset(counted), bool(needs.predicates & crossing))
    if HERE in places and not proved(HERE, closed):
        return None
    if COMMON not in places or proved(COMMON, closed):
        return way
    if counted or not proved(COMMON, entered):
        return None
    return replace(way, entered=frozenset(needs.predicates & known.back), steps=frozenset(entered.steps), returns=entered.returns)


def meeting(rules: Facts, shape: str, common: Facts, known: Map) -> frozenset[str]:
    """Return predicates by whose values parts meet in a shape: what it finds in a part hangs, besides that part, on those alone that have
    the same value of each. Empty where that cannot be shown.

    `known` is as for `near`. Shown is it of a query that looks at two parts, each with its own nodes, and joins them by values.
    """
    read = Shapes(rules)
    found, at = read.shape(shape), frozenset({HERE})
    if needs_reference(read, found) or starts(rules, shape, common, known) != at or not in_parts(read, found, at, known):
        return frozenset()
    far = [text for c in rules.values(shape, sh("sparql")) if not asks_in_parts(text := setwise.asked(rules, c), at, known)]
    return _joined(far[0], known) if len(far) == 1 else frozenset()


def _joined(query: str, known: Map) -> frozenset[str]:
    """Return the predicates by whose values the two parts of a query are joined; empty where it is not made of two parts."""
    try:
        select = read_select(query)
    except InputError:
        return frozenset()
    patterns = [e for e in select.where.elements if isinstance(e, Pattern)]
    plain = all(isinstance(e, Pattern) or (isinstance(e, Filter) and not e.test.exists) for e in select.where.elements)
    if not plain or select.counts or select.limited or select.having or any(c.value is not None for c in select.columns):
        return frozenset()
    part: dict[str, str] = {}  # variable that stands for a node of a part -> one of the variables that stand for nodes of the same
    values: list[tuple[str, str, str]] = []  # such a variable, a predicate, and a variable that stands for no node of a part
    for each in patterns:
        subject, term, target = each.terms
        places = _leads(term.n_triples, known) if isinstance(term, Value) else ""
        if places == "plain":
            continue
        if not places or not isinstance(subject, Var):
            return frozenset()
        part.setdefault(subject.name, subject.name)
        if places == "out":
            values += [(subject.name, term.n_triples, target.name)] if isinstance(target, Var) and isinstance(term, Value) else []
        elif isinstance(target, Var):
            one, other = part[subject.name], part.setdefault(target.name, target.name)
            part = {name: one if root == other else root for name, root in part.items()}
        else:
            return frozenset()
    if "this" not in part or len(set(part.values())) != 2 or any(value in part for _, _, value in values):
        return frozenset()
    mine = {(p, value) for name, p, value in values if part[name] == part["this"]}
    return frozenset(p for name, p, value in values if part[name] != part["this"] and (p, value) in mine)


def _leads(predicate: str, known: Map) -> str:
    """Return where all triples with a predicate lead: `within` their part, `out` of one, or `plain`, among common nodes; else empty."""
    kinds = {"within": known.within, "out": known.out, "astray": known.astray, "back": known.back, "plain": known.plain}
    found = [name for name, predicates in kinds.items() if predicate in predicates]
    return found[0] if len(found) == 1 and found[0] in ("within", "out", "plain") else ""


def existing(rules: Facts, shape: str, common: Facts, known: Map) -> frozenset[str]:
    """Return the predicates of which a shape asks only whether any triple with one of them leads to its nodes, which are common ones.

    Empty where it asks for more, or that cannot be shown. `known` is as for `near`.
    """
    read = Shapes(rules)
    found = read.shape(shape)
    steps = () if found.path is None else found.path.parts if found.path.kind == "|" else (found.path,)
    inverse = {step.simple[0] for step in steps if step.simple is not None and step.simple[1]}
    elsewhere = any(rules.values(shape, term) for name, term in TARGETS.items() if name != "targetClass")
    if needs_reference(read, found) or found.nested or rules.values(shape, sh("sparql")) or len(inverse) < len(steps):
        return frozenset()
    if elsewhere or focus_places(rules, shape, common, known)[0] != {COMMON}:
        return frozenset()
    plain = all(name in _WHETHER and whole_number(plain_text(value)) == _WHETHER[name] for name, value in found.parameters)
    return frozenset(inverse) if plain else frozenset()


_WHETHER = {"minCount": 1, "maxCount": 0}
"""Constraints that ask only whether there is any value."""


class Values(Counter[str]):
    """How many triples of parts with one predicate lead to each value."""

    predicate = ""

    @classmethod
    def of(cls, predicate: str, folder: Path) -> Values:
        """Count them in the files that asking in parts kept in a folder."""
        found = cls()
        found.predicate = predicate
        for path in kept_files(folder, {predicate}):
            with open(path, encoding="utf-8", newline="\n") as lines:
                found.update(line.rstrip("\n")[:-2].split(" ", 2)[2] for line in lines)
        return found

    def witnesses(self, values: Iterable[str]) -> list[str]:
        """Return, as N-Triples lines, one triple that leads to each of these values to which some triple leads."""
        return [f"_:some {self.predicate} {value} ." for value in values if self[value] > 0]

    def turned(self, went: Iterable[str], came: Iterable[str]) -> set[str]:
        """Take in what went and came, as N-Triples lines; return the values to which nothing leads any more, or something for the first time."""
        more: Counter[str] = Counter()
        for lines, step in ((went, -1), (came, 1)):
            for line in lines:
                _, predicate, value = line.rstrip("\n")[:-2].split(" ", 2)
                if predicate == self.predicate:
                    more[value] += step
        found = {value for value, step in more.items() if (self[value] > 0) != (self[value] + step > 0)}
        self.update(more)
        return found


def values_that_are_asked(rules: Facts, shapes: Iterable[str]) -> set[str]:
    """Return the predicates whose values are focus nodes of some of these shapes."""
    return {p for shape in shapes for p in rules.values(shape, TARGETS["targetObjectsOf"])}
