"""A shapes graph read into shapes: targets, paths, constraints, severities. Nothing is checked here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from boundwork.shacl.facts import RDFS, TYPE, Facts, is_iri, literal_parts, plain_text
from boundwork.shacl.paths import SH, Path, read_path

OWL_CLASSES = {f"<{RDFS}Class>", "<http://www.w3.org/2002/07/owl#Class>"}


def sh(name: str) -> str:
    """Return a term of SHACL as N-Triples writes it."""
    return f"<{SH}{name}>"


TARGETS = {name: sh(name) for name in ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "target")}
_SAID = {"targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "target", "severity", "message", "deactivated", "name", "description", "order",
         "group", "path", "defaultValue", "property", "sparql"}
SIMPLE = {"class", "datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive", "minLength", "maxLength",
          "pattern", "languageIn", "uniqueLang", "equals", "disjoint", "lessThan", "lessThanOrEquals", "not", "and", "or", "xone", "node",
          "qualifiedValueShape", "closed", "hasValue", "in"}
BESIDE = {"flags", "ignoredProperties", "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint"}
"""Parameters that only mean something beside another one."""
ONE_AT_MOST = {"path", "datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive", "minLength",
               "maxLength", "languageIn", "uniqueLang", "in", "severity", "deactivated", "closed"}


@dataclass(eq=False)
class Shape:
    """One shape. `parameters` has (name, value term) for each constraint of SHACL Core; `nested` holds its sh:property shapes."""

    node: str
    path: Path | None = None
    parameters: list[tuple[str, str]] = field(default_factory=list)
    nested: list[Shape] = field(default_factory=list)
    severity: str = sh("Violation")
    message: str = ""
    deactivated: bool = False
    foreign: bool = False
    """True when it uses something that is no part of SHACL Core: only another engine can run it."""

    def __hash__(self) -> int:
        return hash(self.node)


class Shapes:
    """The shapes of a graph, read when they are first asked for. Errors: ValueError for one that is not well formed."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._read: dict[str, Shape] = {}
        self._components = self._custom()

    def _custom(self) -> set[str]:
        """Parameters that constraint components of the graph's own bring along."""
        parameters = self.facts.edges(sh("parameter"))
        return {path for values in parameters.values() for p in values for path in self.facts.values(p, sh("path"))}

    def targeted(self, among: Iterable[str] | None = None) -> list[Shape]:
        """Return the shapes that have a target, or those among some, in a stable order."""
        found = with_target(self.facts)
        return [self.shape(node) for node in sorted(found if among is None else found.intersection(among))]

    def shape(self, node: str) -> Shape:
        """Return the shape that a node stands for."""
        if node in self._read:
            return self._read[node]
        facts = self.facts
        found = self._read[node] = Shape(node)
        for name in ONE_AT_MOST:
            if len(facts.values(node, sh(name))) > 1:
                raise ValueError(f"{plain_text(node)} has more than one sh:{name}")
        if path := facts.value(node, sh("path")):
            found.path = read_path(facts, path)
        found.severity = facts.value(node, sh("severity")) or found.severity
        found.message = message(facts, node)
        found.deactivated = literal_parts(facts.value(node, sh("deactivated")))[0] in ("true", "1")
        found.nested = [self.shape(each) for each in facts.values(node, sh("property"))]
        for predicate, values in facts.forward.items():
            if node in values:
                if predicate in self._components or predicate in (sh("js"), sh("expression"), sh("rule"), sh("target")):
                    found.foreign = True
                name = predicate[len(SH) + 1 : -1] if predicate.startswith(f"<{SH}") else ""
                if name in SIMPLE:
                    found.parameters += [(name, value) for value in values[node]]
        found.parameters.sort()
        return found

    def inner(self, shape: Shape) -> Iterator[Shape]:
        """Yield the shapes that a constraint of this one points to."""
        yield from shape.nested
        for name, value in shape.parameters:
            if name in ("not", "node", "qualifiedValueShape"):
                yield self.shape(value)
            elif name in ("and", "or", "xone"):
                yield from (self.shape(v) for v in self.facts.items(value))

    def everything(self, shape: Shape) -> set[Shape]:
        """Return a shape and all that its constraints lead to."""
        found, todo = {shape}, [shape]
        while todo:
            for each in self.inner(todo.pop()):
                if each not in found:
                    found.add(each)
                    todo.append(each)
        return found

    def target(self, node: str, data: Facts) -> set[str]:
        """Return the nodes of the data that a shape is about."""
        values = self.facts.values
        found: set[str] = set()
        classes = values(node, TARGETS["targetClass"])
        if OWL_CLASSES & set(values(node, TYPE)) and is_iri(node):
            classes = [*classes, node]
        for cls in classes:
            found |= data.instances(cls)
        found |= set(values(node, TARGETS["targetNode"]))
        for predicate in values(node, TARGETS["targetSubjectsOf"]):
            found |= data.edges(predicate).keys()
        for predicate in values(node, TARGETS["targetObjectsOf"]):
            found |= data.edges(predicate, inverse=True).keys()
        return found


def with_target(facts: Facts) -> set[str]:
    """Return the shapes that have a target; one that is also a class has its members for a target (SHACL 2.1.3.3)."""
    found = {node for term in TARGETS.values() for node in facts.edges(term)}
    kinds = {sh("NodeShape"), sh("PropertyShape")}
    return found | {node for node, types in facts.edges(TYPE).items() if OWL_CLASSES & set(types) and kinds & set(types)}


def message(facts: Facts, node: str) -> str:
    """Return what a shape says when it is broken: in English where there is a choice."""
    texts = sorted(facts.values(node, sh("message")), key=lambda m: (not literal_parts(m)[1].lower().startswith("en"), m))
    return plain_text(texts[0]) if texts else ""


def constrains(facts: Facts, node: str) -> bool:
    """True when a shape says anything that can be broken."""
    for predicate, values in facts.forward.items():
        if node in values:
            name = predicate[len(SH) + 1 : -1] if predicate.startswith(f"<{SH}") else ""
            if name in ("property", "sparql", "js", "expression") or (name and name not in _SAID and name not in BESIDE):
                return True
    custom = facts.edges(sh("parameter"))
    return any(node in facts.edges(path) for values in custom.values() for p in values for path in facts.values(p, sh("path")))
