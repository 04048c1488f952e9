"""Which shapes see all that they ask for when a graph is looked at in parts: a proof over paths and patterns, not a run.

A parted graph has a common part, which every look has before it, and parts with nodes of their own. A shape may be asked
part by part when every step that it takes from a node of its part ends where the whole answer is at hand. What cannot be
proved is asked of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from boundwork.derivations.patterns import Bind, Closure, Expression, Filter, Group, Minus, Optional, Pattern, Select, Union, Values, Var
from boundwork.derivations.reading import read_select
from boundwork.errors import InputError
from boundwork.shacl.facts import SUBCLASS, TYPE, Facts, is_iri
from boundwork.shacl.paths import Path
from boundwork.shacl.shapes import OWL_CLASSES, TARGETS, Shape, Shapes
from boundwork.stores.answer import Value

HERE, COMMON, AWAY = "here", "common", "away"
"""Where a node may stand: in the part that is looked at, in the common part (or nowhere), in a part that may be another."""
Places = frozenset[str]
_TRIPLES_OF_THE_VALUE = {"class"}
_NAMES = ("within", "out", "astray", "back", "plain", "classes")
_OTHER_PROPERTY = {"equals", "disjoint", "lessThan", "lessThanOrEquals"}


@dataclass
class Map:
    """Predicates by where their triples start and end, and the classes that nodes of parts have. Terms are N-Triples text."""

    connected: ClassVar[bool] = False
    """True where only such queries are proved as come to every node by steps from $this: none from a constant or a computed value."""

    within: set[str] = field(default_factory=set)
    """From a part into the same part."""
    out: set[str] = field(default_factory=set)
    """From a part to a node without a part, or to a literal."""
    astray: set[str] = field(default_factory=set)
    """From a part into another."""
    back: set[str] = field(default_factory=set)
    """From the common part into a part."""
    plain: set[str] = field(default_factory=set)
    """Within the common part."""
    classes: set[str] = field(default_factory=set)

    def common_part(self, facts: Facts, owned: tuple[str, ...]) -> None:
        """Take in the common part. `owned` is how the nodes of parts start."""
        for predicate, values in facts.forward.items():
            for objects in values.values():
                for value in objects:
                    (self.back if value.startswith(owned) else self.plain).add(predicate)

    def one_part(self, facts: Facts, owned: tuple[str, ...]) -> None:
        """Take in one part, without the common one."""
        for predicate, values in facts.forward.items():
            ends = set().union(*values.values())
            far = {value for value in ends if value.startswith(owned)}
            if len(far) < len(ends):
                self.out.add(predicate)
            if not far.isdisjoint(facts.things):
                self.within.add(predicate)
            if not far <= facts.things:
                self.astray.add(predicate)
        self.classes.update(*facts.edges(TYPE).values())

    def as_lists(self) -> dict[str, list[str]]:
        """Return the map as JSON can hold it; `Map.from_lists` reads it again."""
        return {name: sorted(getattr(self, name)) for name in _NAMES}

    @classmethod
    def from_lists(cls, lists: dict[str, list[str]]) -> Map:
        """Return the map that `as_lists` wrote."""
        return cls(*(set(lists[name]) for name in _NAMES))

    def join(self, other: Map) -> bool:
        """Take in another map; True when that brought anything new."""
        before = self.size()
        for name in _NAMES:
            getattr(self, name).update(getattr(other, name))
        return self.size() > before

    def size(self) -> int:
        """Return how much is known."""
        return sum(len(getattr(self, name)) for name in _NAMES)

    def step(self, predicate: str | None, inverse: bool, places: Places) -> Places | None:
        """Return where one step along a predicate (None: any) ends; None where a part may lack some of the triples."""
        def has(predicates: set[str]) -> bool:
            return bool(predicates) if predicate is None else predicate in predicates

        found: set[str] = set()
        if AWAY in places:
            return None
        if HERE in places:
            if inverse and has(self.astray):
                return None
            ends = [(self.within, HERE), (self.back, COMMON)] if inverse else [(self.within, HERE), (self.out, COMMON), (self.astray, AWAY)]
            found.update(place for predicates, place in ends if has(predicates))
        if COMMON in places:
            if inverse and has(self.out):
                return None
            ends = [(self.plain, COMMON)] if inverse else [(self.plain, COMMON), (self.back, AWAY)]
            found.update(place for predicates, place in ends if has(predicates))
        return frozenset(found)

    def walk(self, path: Path, inverse: bool, places: Places) -> Places | None:
        """Return where a property path ends, as `step` does."""
        if path.kind == "predicate":
            return self.step(path.iri, inverse, places)
        if path.kind == "^":
            return self.walk(path.parts[0], not inverse, places)
        if path.kind == "/":
            at: Places | None = places
            for part in reversed(path.parts) if inverse else path.parts:
                at = self.walk(part, inverse, at) if at is not None else None
            return at
        ends = [self.walk(part, inverse, places) for part in path.parts]
        if any(e is None for e in ends):
            return None
        found = frozenset().union(*(e for e in ends if e is not None))
        if path.kind == "|":
            return found
        reached = found | places
        return reached if path.kind == "?" or reached == places else self.walk(path, inverse, reached)


def starts(shapes: Facts, shape: str, common: Facts, known: Map) -> Places | None:
    """Return where the focus nodes of a shape may stand; None where the common part may not name them all."""
    crossing = known.out | known.astray | known.back
    if shapes.values(shape, TARGETS["targetNode"]) or any(p in crossing for p in shapes.values(shape, TARGETS["targetObjectsOf"])):
        return None
    return frozenset(focus_places(shapes, shape, common, known)[0])


def focus_places(shapes: Facts, shape: str, common: Facts, known: Map) -> tuple[set[str], set[str]]:
    """Return where the focus nodes of a shape's classes and predicates may stand, and the predicates whose values in no part are such nodes."""
    places: set[str] = set()
    counted: set[str] = set()
    classes = [*shapes.values(shape, TARGETS["targetClass"]), *([shape] if OWL_CLASSES & set(shapes.values(shape, TYPE)) and is_iri(shape) else [])]
    for cls in classes:
        places |= {COMMON} if common.instances(cls) else set()
        places |= {HERE} if classes_below(common, cls) & known.classes else set()
    for predicate in shapes.values(shape, TARGETS["targetSubjectsOf"]):
        places |= {HERE} if predicate in known.within | known.out | known.astray else set()
        places |= {COMMON} if predicate in known.plain | known.back else set()
    for predicate in shapes.values(shape, TARGETS["targetObjectsOf"]):
        places |= {HERE} if predicate in known.within | known.astray | known.back else set()
        places |= {COMMON} if predicate in known.plain | known.out else set()
        counted |= {predicate} if predicate in known.out else set()
    return places, counted


def classes_below(facts: Facts, cls: str) -> set[str]:
    """Return a class and all classes below it."""
    found, todo = {cls}, [cls]
    while todo:
        for each in facts.edges(SUBCLASS, inverse=True).get(todo.pop(), ()):
            if each not in found:
                found.add(each)
                todo.append(each)
    return found


def in_parts(shapes: Shapes, shape: Shape, places: Places, known: Map, seen: frozenset[Shape] = frozenset()) -> bool:
    """True when a shape on nodes of these places finds part by part what it finds on the whole; its SPARQL apart."""
    if shape in seen or AWAY in places:
        return False
    values = places if shape.path is None else known.walk(shape.path, False, places)
    if values is None:
        return False
    inner = list(shape.nested)
    for name, value in shape.parameters:
        if name in _TRIPLES_OF_THE_VALUE and AWAY in values:
            return False
        if name in _OTHER_PROPERTY and known.step(value, False, places) is None:
            return False
        if name in ("not", "node", "qualifiedValueShape"):
            inner.append(shapes.shape(value))
        elif name in ("and", "or", "xone"):
            inner += [shapes.shape(v) for v in shapes.facts.items(value)]
    return all(in_parts(shapes, each, values, known, seen | {shape}) for each in inner)


def mentioned(shapes: Shapes, shape: Shape, queries: Iterable[str]) -> set[str] | None:
    """Return the predicates that a shape and its queries can meet; None where those may be any."""
    found = {TYPE, SUBCLASS}
    for each in shapes.everything(shape):
        found |= each.path.predicates() if each.path is not None else set()
        for name, value in each.parameters:
            if name == "closed":
                return None
            if name in _OTHER_PROPERTY:
                found.add(value)
    for predicate in ("targetSubjectsOf", "targetObjectsOf"):
        found |= set(shapes.facts.values(shape.node, TARGETS[predicate]))
    for text in queries:
        asked = predicates_of(text)
        if asked is None:
            return None
        found |= asked
    return found


def classes_mentioned(shapes: Shapes, shape: Shape, queries: Iterable[str], data: Facts) -> set[str] | None:
    """Return the classes, with those below them, whose members a shape and its queries ask for; None where they may be any."""
    found = set(shapes.facts.values(shape.node, TARGETS["targetClass"]))
    if OWL_CLASSES & set(shapes.facts.values(shape.node, TYPE)):
        found.add(shape.node)
    for each in shapes.everything(shape):
        if each.path is not None and TYPE in each.path.predicates():
            return None
        found |= {value for name, value in each.parameters if name == "class"}
        if any(name in _OTHER_PROPERTY and value == TYPE for name, value in each.parameters):
            return None
    for text in queries:
        try:
            patterns = _patterns(read_select(text).where)
        except InputError:
            return None
        for element in patterns:
            if isinstance(element, Closure):
                if any(s.n_triples == TYPE for s, _ in element.steps):
                    return None
            elif _predicate(element.predicate) in (TYPE, None):
                if isinstance(element.object, Var):
                    return None
                found.add(element.object.n_triples)
    return set().union(*(classes_below(data, c) for c in found))


def predicates_of(query: str) -> set[str] | None:
    """Return the predicates of a SELECT; None where they may be any, or where it cannot be read."""
    try:
        where = read_select(query).where
    except InputError:
        return None
    found: set[str] = set()
    for element in _patterns(where):
        steps = [element.predicate] if isinstance(element, Pattern) else [s for s, _ in element.steps]
        for each in steps:
            if isinstance(each, Var):
                return None
            found.add(each.n_triples)
    return found


def _patterns(element: object) -> list[Pattern | Closure]:
    if isinstance(element, Pattern | Closure):
        return [element]
    inner: list[object] = []
    if isinstance(element, Group):
        inner = list(element.elements)
    elif isinstance(element, Optional | Minus):
        inner = [element.group]
    elif isinstance(element, Union):
        inner = list(element.groups)
    elif isinstance(element, Select):
        inner = [element.where, *(c.value for c in element.columns)]
    elif isinstance(element, Filter):
        inner = [element.test]
    elif isinstance(element, Bind):
        inner = [element.value]
    elif isinstance(element, Expression):
        inner = [group for _, group in element.exists]
    return [found for each in inner for found in _patterns(each)]


def asks_in_parts(query: str, places: Places, known: Map) -> bool:
    """True when a SELECT over ?this on nodes of these places finds part by part what it finds on the whole."""
    try:
        select = read_select(query)
    except InputError:
        return False
    if select.counts or select.limited or select.having:
        return False
    return _group(select.where, {"this": places}, known) is not None


Anchored = dict[str, Places]
"""Variable -> where its values may stand. A name with a question mark is one that may stay without a value."""


def _group(group: Group, outside: Anchored, known: Map) -> Anchored | None:
    """Return where the variables of a group may stand; None where one of its patterns may lack answers."""
    at = dict(outside)
    left = list(group.elements)
    while left:
        waiting = []
        for element in left:
            done = _element(element, at, known)
            if done is None:
                waiting.append(element)
            else:
                at.update({n: p for n, p in done.items() if n not in at})
        if len(waiting) == len(left):
            return None
        left = waiting
    return at


def _element(element: object, at: Anchored, known: Map) -> Anchored | None:
    """What an element adds; None while it may lack answers, which may change once more variables have a place."""
    if isinstance(element, Values):
        return {n: frozenset({COMMON, AWAY}) for n in element.names}
    if isinstance(element, Pattern):
        predicate = _predicate(element.predicate)
        common = _never(known, [predicate]) or (predicate == TYPE and isinstance(element.object, Value) and element.object.n_triples not in known.classes)
        return _pattern(element.subject, element.object, at, lambda inverse, p: known.step(predicate, inverse, p), common, known.connected)
    if isinstance(element, Closure):
        def closure(inverse: bool, places: Places) -> Places | None:
            reached = places
            while True:
                ends = [known.step(step.n_triples, against != inverse, reached) for step, against in element.steps]
                if any(e is None for e in ends):
                    return None
                more = reached.union(*(e for e in ends if e is not None))
                if more == reached:
                    return reached
                reached = more

        return _pattern(element.subject, element.object, at, closure, _never(known, [s.n_triples for s, _ in element.steps]), known.connected)
    if isinstance(element, Group):
        return _group(element, at, known)
    if isinstance(element, Union):
        sides = [_group(g, at, known) for g in element.groups]
        if any(s is None for s in sides):
            return None
        known_sides = [s for s in sides if s is not None]
        return {n: frozenset().union(*(s[n] for s in known_sides)) for n in set(known_sides[0]).intersection(*known_sides[1:])}
    if isinstance(element, Minus):
        return {} if _group(element.group, at, known) is not None else None
    if isinstance(element, Optional):
        found = _group(element.group, at, known)
        return None if found is None else {f"{n.rstrip('?')}?": p for n, p in found.items() if n not in at}
    if isinstance(element, Filter | Bind):
        inner = element.test if isinstance(element, Filter) else element.value
        if any(_group(g, at, known) is None for _, g in inner.exists):
            return None
        return {} if isinstance(element, Filter) else {element.name: frozenset({AWAY})} if known.connected else _bound(element, at)
    return None


def _bound(element: Bind, at: Anchored) -> Anchored | None:
    """A computed value is a literal, or stands where the variables of the expression do, unless it makes new IRIs."""
    if re.search(r"\b(?:IRI|URI)\s*\(", element.value.text, re.I):
        return {element.name: frozenset({COMMON, AWAY})}
    places = [at.get(n, at.get(f"{n}?")) for n in element.value.variables]
    return None if None in places else {element.name: frozenset({COMMON}).union(*(p for p in places if p is not None))}


def _predicate(term: Var | Value) -> str | None:
    return None if isinstance(term, Var) else term.n_triples


def _never(known: Map, predicates: list[str | None]) -> bool:
    """True when no triple of a part has one of the predicates: the common part answers alone."""
    parts = known.within | known.out | known.astray
    return not any(not p or p in parts for p in predicates) and not any(p in known.back for p in predicates)


def _pattern(subject: Var | Value, target: Var | Value, at: Anchored, step: object, common: bool, connected: bool) -> Anchored | None:
    assert callable(step)
    if connected and not any(isinstance(t, Var) and t.name in at for t in (subject, target)):
        return None
    places = [at.get(t.name) if isinstance(t, Var) else frozenset({COMMON}) for t in (subject, target)]
    start, end = places
    onward = step(False, start) if start is not None else None
    backward = step(True, end) if end is not None else None
    if onward is None and backward is None:
        if not common or connected:
            return None
        onward = backward = frozenset({COMMON})
    found: Anchored = {}
    if isinstance(target, Var) and end is None:
        found[target.name] = onward if onward is not None else frozenset({HERE, COMMON, AWAY})
    if isinstance(subject, Var) and start is None:
        found[subject.name] = backward if backward is not None else frozenset({HERE, COMMON, AWAY})
    return found
