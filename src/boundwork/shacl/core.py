"""SHACL Core checked for whole sets of nodes at once: set arithmetic finds who fails, and only they are looked at one by one.

A shape over a million nodes that all conform costs a few operations on sets. W3C Recommendation of 20 July 2017, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from boundwork.shacl.facts import Facts, is_iri, literal_parts, plain_text
from boundwork.shacl.literals import less, well_formed
from boundwork.shacl.paths import SH
from boundwork.shacl.shapes import Shape, Shapes, sh

Pairs = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Result:
    """One validation result; terms are N-Triples text, empty where SHACL gives none. `path` is an IRI term, empty for longer paths."""

    shape: str
    component: str
    focus: str
    value: str
    path: str
    message: str
    severity: str


class Checker:
    """Shapes over facts."""

    def __init__(self, shapes: Shapes, data: Facts) -> None:
        self.shapes = shapes
        self.data = data
        self._open: list[Shape] = []

    def results(self, shape: Shape, nodes: set[str]) -> Iterator[Result]:
        """Yield what a shape finds on focus nodes, in a stable order."""
        if shape.deactivated or not nodes:
            return
        for name, value in shape.parameters:
            for focus in sorted(self._failing(shape, name, value, nodes)):
                for found, predicate in self._details(shape, name, value, focus):
                    yield self._result(shape, name, value, focus, found, predicate)
        if shape.nested:
            below = nodes if shape.path is None else self._reached(shape, nodes)
            for inner in shape.nested:
                yield from self.results(inner, below)

    def failing(self, shape: Shape, nodes: set[str]) -> set[str]:
        """Return the nodes that do not conform to a shape."""
        if shape.deactivated or not nodes:
            return set()
        if shape in self._open:
            raise ValueError(f"{plain_text(shape.node)} leads back to itself, which SHACL does not define")
        self._open.append(shape)
        found: set[str] = set()
        for name, value in shape.parameters:
            found |= self._failing(shape, name, value, nodes - found)
        for inner in shape.nested:
            left = nodes - found
            if shape.path is None:
                found |= self.failing(inner, left)
            else:
                found |= self._with_bad(shape, left, self.failing(inner, self._reached(shape, left)))
        self._open.pop()
        return found

    # ----- who fails

    def _failing(self, shape: Shape, name: str, value: str, nodes: set[str]) -> set[str]:
        """The nodes that break one constraint."""
        if not nodes:
            return set()
        if name in _COUNTED:
            return _COUNTED[name](self, shape, value, nodes)
        if name in _PAIRED:
            edges = self._edges(shape, nodes)
            return {node for node in nodes if any(True for _ in _PAIRED[name](self, value, node, edges.get(node, [])))}
        if name == "closed":
            return {node for node in nodes if any(True for _ in self._strange(shape, value, node))}
        reached = set(nodes) if shape.path is None else self._reached(shape, nodes)
        bad = _VALUES[name](self, shape, value, reached)
        return bad if shape.path is None else self._with_bad(shape, nodes, bad)

    def _edges(self, shape: Shape, nodes: Iterable[str]) -> dict[str, list[str]]:
        return {n: [n] for n in nodes} if shape.path is None else shape.path.edges(self.data, nodes)

    def _reached(self, shape: Shape, nodes: Iterable[str]) -> set[str]:
        edges = self._edges(shape, nodes)
        found: set[str] = set()
        for node in nodes:
            values = edges.get(node)
            if values:
                found.update(values)
        return found

    def _with_bad(self, shape: Shape, nodes: set[str], bad: set[str]) -> set[str]:
        """The nodes that have a bad value."""
        if not bad:
            return set()
        edges = self._edges(shape, nodes)
        return {node for node in nodes if not bad.isdisjoint(edges.get(node, ()))}

    def _strange(self, shape: Shape, value: str, node: str) -> Pairs:
        """Property and value for what a closed shape does not know."""
        if literal_parts(value)[0] not in ("true", "1"):
            return
        facts = self.shapes.facts
        known = {p.path.iri for p in shape.nested if p.path is not None and p.path.kind == "predicate"}
        for head in facts.values(shape.node, sh("ignoredProperties")):
            known.update(facts.items(head))
        for predicate, values in self.data.forward.items():
            if predicate not in known:
                yield from ((each, predicate) for each in values.get(node, ()))

    # ----- what they fail by

    def _details(self, shape: Shape, name: str, value: str, focus: str) -> Pairs:
        """Value and predicate of each result on a focus node that fails; both empty where SHACL gives none."""
        if name == "uniqueLang":
            yield from (("", "") for _ in _repeated_languages(self._edges(shape, [focus]).get(focus, ())))
        elif name in _COUNTED:
            yield "", ""
        elif name in _PAIRED:
            edges = self._edges(shape, [focus])
            yield from ((each, "") for each in _PAIRED[name](self, value, focus, edges.get(focus, [])))
        elif name == "closed":
            yield from self._strange(shape, value, focus)
        else:
            values = dict.fromkeys(self._edges(shape, [focus]).get(focus, []))
            bad = _VALUES[name](self, shape, value, set(values))
            yield from ((each, "") for each in values if each in bad)

    def _result(self, shape: Shape, name: str, value: str, focus: str, found: str, predicate: str) -> Result:
        path = predicate or (shape.path.iri if shape.path is not None and shape.path.kind == "predicate" else "")
        component = name[0].upper() + name[1:]
        if name == "qualifiedValueShape":
            component = "QualifiedMinCount" if self._short(shape, value, focus) else "QualifiedMaxCount"
        said = shape.message or _own_words(shape, name, value, predicate)
        return Result(shape.node, f"{SH}{component}ConstraintComponent", focus, found, path, said, shape.severity)

    # ----- sh:qualifiedValueShape

    def _qualified(self, shape: Shape, value: str, node: str) -> int:
        values = set(self._edges(shape, [node]).get(node, ()))
        good = values - self.failing(self.shapes.shape(value), values)
        facts = self.shapes.facts
        if literal_parts(facts.value(shape.node, sh("qualifiedValueShapesDisjoint")))[0] in ("true", "1"):
            beside = {s for parent in facts.edges(sh("property"), inverse=True).get(shape.node, ()) for s in facts.values(parent, sh("property"))}
            for other in {q for s in beside for q in facts.values(s, sh("qualifiedValueShape"))} - {value}:
                good &= self.failing(self.shapes.shape(other), good)
        return len(good)

    def _limit(self, shape: Shape, name: str) -> int | None:
        text = self.shapes.facts.value(shape.node, sh(name))
        return int(literal_parts(text)[0]) if text else None

    def _short(self, shape: Shape, value: str, node: str) -> bool:
        least = self._limit(shape, "qualifiedMinCount")
        return least is not None and self._qualified(shape, value, node) < least


def _min_count(check: Checker, shape: Shape, value: str, nodes: set[str]) -> set[str]:
    least = int(literal_parts(value)[0])
    edges = check._edges(shape, nodes)
    if least == 1:
        return nodes.difference(edges)
    return {node for node in nodes if len(edges.get(node, ())) < least}


def _max_count(check: Checker, shape: Shape, value: str, nodes: set[str]) -> set[str]:
    most = int(literal_parts(value)[0])
    simple = shape.path.simple if shape.path is not None else None
    if simple and most == 1:
        return nodes & check.data.repeated(*simple)
    edges = check._edges(shape, nodes)
    return {node for node in nodes if len(edges.get(node, ())) > most}


def _has_value(check: Checker, shape: Shape, value: str, nodes: set[str]) -> set[str]:
    simple = shape.path.simple if shape.path is not None else None
    if simple:
        return nodes.difference(check.data.edges(simple[0], not simple[1]).get(value, ()))
    edges = check._edges(shape, nodes)
    return {node for node in nodes if value not in edges.get(node, ())}


def _unique_lang(check: Checker, shape: Shape, value: str, nodes: set[str]) -> set[str]:
    if literal_parts(value)[0] != "true":  # "1"^^xsd:boolean asks for nothing: W3C suite, core/property/uniqueLang-002
        return set()
    edges = check._edges(shape, nodes)
    return {node for node in nodes if len(edges.get(node, ())) > 1 and any(True for _ in _repeated_languages(edges[node]))}


def _repeated_languages(values: Iterable[str]) -> Iterator[str]:
    tags = [tag.lower() for v in values if (tag := literal_parts(v)[1] if v.startswith('"') else "")]
    yield from dict.fromkeys(t for t in tags if tags.count(t) > 1)


_COUNTED: dict[str, Callable[[Checker, Shape, str, set[str]], set[str]]] = {
    "minCount": _min_count, "maxCount": _max_count, "hasValue": _has_value, "uniqueLang": _unique_lang}


def _equals(check: Checker, value: str, node: str, values: list[str]) -> Iterator[str]:
    others = check.data.edges(value).get(node, [])
    yield from (v for v in values if v not in others)
    yield from (v for v in others if v not in values)


def _disjoint(check: Checker, value: str, node: str, values: list[str]) -> Iterator[str]:
    others = check.data.edges(value).get(node, [])
    yield from (v for v in values if v in others)


def _less_than(check: Checker, value: str, node: str, values: list[str], or_equal: bool = False) -> Iterator[str]:
    others = check.data.edges(value).get(node, [])
    yield from (v for v in values for other in others if not less(v, other, or_equal))


_PAIRED: dict[str, Callable[[Checker, str, str, list[str]], Iterator[str]]] = {
    "equals": _equals, "disjoint": _disjoint, "lessThan": _less_than,
    "lessThanOrEquals": lambda check, value, node, values: _less_than(check, value, node, values, or_equal=True)}


def _class(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    return values - check.data.instances(value)


def _datatype(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    return {v for v in values if not well_formed(v, value[1:-1])}


def _node_kind(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    kind = plain_text(value).removeprefix(SH)
    return {v for v in values if ("IRI" if is_iri(v) else "Literal" if v.startswith('"') else "BlankNode") not in kind}


def _in(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    return values.difference(check.shapes.facts.items(value))


def _pattern(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    text = check.shapes.facts.value(shape.node, sh("flags"))
    marks = {"i": re.I, "s": re.S, "m": re.M, "x": re.X}
    flags = 0
    for letter in plain_text(text) if text else "":
        flags |= marks.get(letter, 0)
    pattern = re.compile(plain_text(value), flags)
    return {v for v in values if v.startswith("_:") or not pattern.search(plain_text(v))}


def _language_in(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    ranges = [plain_text(r).lower() for r in check.shapes.facts.items(value)]
    tags = {v: literal_parts(v)[1].lower() if v.startswith('"') else "" for v in values}
    return {v for v, tag in tags.items() if not tag or not any(r in ("*", tag) or tag.startswith(r + "-") for r in ranges)}


def _length(keep: Callable[[int, int], bool]) -> Callable[[Checker, Shape, str, set[str]], set[str]]:
    return lambda check, shape, value, values: {
        v for v in values if v.startswith("_:") or not keep(len(plain_text(v)), int(literal_parts(value)[0]))}


def _range(keep: Callable[[str, str], bool]) -> Callable[[Checker, Shape, str, set[str]], set[str]]:
    return lambda check, shape, value, values: {v for v in values if not keep(v, value)}


def _not(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    return values - check.failing(check.shapes.shape(value), values)


def _node(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    return check.failing(check.shapes.shape(value), values)


def _members(check: Checker, value: str) -> list[Shape]:
    return [check.shapes.shape(node) for node in check.shapes.facts.items(value)]


def _and(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    found: set[str] = set()
    for member in _members(check, value):
        found |= check.failing(member, values - found)
    return found


def _or(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    left = set(values)
    for member in _members(check, value):
        left = check.failing(member, left)
    return left


def _xone(check: Checker, shape: Shape, value: str, values: set[str]) -> set[str]:
    once: set[str] = set()
    more: set[str] = set()
    for member in _members(check, value):
        good = values - check.failing(member, values)
        more |= once & good
        once |= good
    return values - (once - more)


def _qualified_value_shape(check: Checker, shape: Shape, value: str, nodes: set[str]) -> set[str]:
    least, most = check._limit(shape, "qualifiedMinCount"), check._limit(shape, "qualifiedMaxCount")
    counts = {node: check._qualified(shape, value, node) for node in nodes}
    return {node for node, n in counts.items() if (least is not None and n < least) or (most is not None and n > most)}


_COUNTED["qualifiedValueShape"] = _qualified_value_shape
_VALUES: dict[str, Callable[[Checker, Shape, str, set[str]], set[str]]] = {
    "class": _class, "datatype": _datatype, "nodeKind": _node_kind, "in": _in, "pattern": _pattern, "languageIn": _language_in,
    "minLength": _length(lambda n, limit: n >= limit), "maxLength": _length(lambda n, limit: n <= limit),
    "minInclusive": _range(lambda v, limit: less(limit, v, or_equal=True)), "maxInclusive": _range(lambda v, limit: less(v, limit, or_equal=True)),
    "minExclusive": _range(lambda v, limit: less(limit, v)), "maxExclusive": _range(less),
    "not": _not, "node": _node, "and": _and, "or": _or, "xone": _xone}


def _own_words(shape: Shape, name: str, value: str, predicate: str) -> str:
    """A message for a shape that brings none."""
    where = f"The values of {shape.path.text.replace('<', '').replace('>', '')}" if shape.path is not None else "The node"
    if name == "closed":
        return f"The node has a property that its shape does not know: {plain_text(predicate)}."
    return f"{where} must meet sh:{name} {plain_text(value) if not value.startswith('_:') else 'as the shape says'}."
