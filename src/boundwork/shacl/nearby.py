"""Which shapes that need the whole graph find, after an edit, something new on nodes connected to it alone; and which nodes those are.

A proof over paths and patterns, as in shacl.reach, and a walk over the triples near an edit; docs/decisions/0027 tells why it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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


class _Entered(Map):
    """A map in which the nodes of parts that common nodes lead to are at hand: it shows only that no step leads against one out of a part."""

    def step(self, predicate: str | None, inverse: bool, places: Places) -> Places | None:
        """Return where one step ends, as Map does."""
        found = super().step(predicate, inverse, places)
        return None if found is None else frozenset(HERE if p == AWAY else p for p in found)


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
    entered: frozenset[str]
    """Predicates that it meets and that lead from common nodes into parts."""

    def nodes(self, changed: Iterable[str], more: Iterable[str], world: Facts, common: Facts, owned: tuple[str, ...]) -> set[str] | None:
        """Return the nodes of parts that changed triples and `more` nodes are connected with; None where a common node leads to one of them.

        `changed` are N-Triples lines that the shape meets, `world` has all triples about the parts of these nodes.
        """
        found = set(more)
        for line in changed:
            subject, _, value = line.rstrip("\n")[:-2].split(" ", 2)
            found.update(node for node in (subject, value) if node.startswith(owned))
        todo = list(found)
        edges = [world.edges(p, inverse) for p in self.needs.predicates or () if p != TYPE for inverse in (False, True)]
        while todo:
            node = todo.pop()
            for each in edges:
                for other in each.get(node, ()):
                    if other.startswith(owned) and other not in found:
                        found.add(other)
                        todo.append(other)
        into = [common.edges(p, inverse=True) for p in self.entered]
        return None if any(node in each for each in into for node in found) else found


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
    names = {"within": known.within | known.astray, "out": known.out, "back": known.back, "plain": known.plain, "classes": known.classes}
    closed, entered = Map(**names), _Entered(**names)

    def proved(start: str, by: Map) -> bool:
        at = frozenset({start})
        return in_parts(read, found, at, by) and all(asks_in_parts(setwise.asked(rules, c), at, by) for c in rules.values(shape, sh("sparql")))

    if (HERE in places and not proved(HERE, closed)) or (COMMON in places and not proved(COMMON, closed if counted else entered)):
        return None
    return Near(shape, needs, frozenset(counted), bool(needs.predicates & crossing), frozenset(needs.predicates & known.back))


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
