"""N-Triples lines as a reasoner sees them: declarations, axioms (with the blank nodes that hang on them), facts about individuals."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
TYPE = f"<{RDF}type>"
_BLANK = re.compile(r"_:[\w.-]*\w")
_ANNOTATIONS = {f"<{RDFS}{n}>" for n in ("label", "comment", "seeAlso", "isDefinedBy")} | {
    f"<{OWL}{n}>" for n in ("versionInfo", "versionIRI", "priorVersion", "imports", "deprecated", "backwardCompatibleWith", "incompatibleWith")}
_DECLARES = {f"<{RDFS}Datatype>"} | {
    f"<{OWL}{n}>" for n in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "NamedIndividual", "Ontology")}


def triple(line: str) -> tuple[str, str, str]:
    """Return subject, predicate and object of an N-Triples line, as they stand there.

    >>> triple('<s> <p> "a b" .')
    ('<s>', '<p>', '"a b"')
    """
    subject, predicate, rest = line.split(" ", 2)
    return subject, predicate, rest.rstrip().removesuffix(".").rstrip()


def is_vocabulary(term: str) -> bool:
    """True for a term of OWL, RDF or RDFS itself."""
    return term.startswith((f"<{OWL}", f"<{RDFS}", f"<{RDF}"))


@dataclass
class Statements:
    """Lines sorted into declarations, axioms (each all lines that belong to it) and facts; annotations, which mean nothing, are left out.

    Declarations have to be kept whatever else is dropped: a property that is not declared is read as an annotation.
    """

    declarations: list[str] = field(default_factory=list)
    axioms: list[tuple[str, ...]] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """All lines."""
        yield from self.declarations
        for axiom in self.axioms:
            yield from axiom
        yield from self.facts


def sort_out(lines: Iterable[str]) -> Statements:
    """Return the statements without repetition, in the order in which they came."""
    every = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    annotations = {s for s, p, o in map(triple, every) if p == TYPE and o == f"<{OWL}AnnotationProperty>"} | _ANNOTATIONS
    found = Statements()
    blank: list[str] = []
    for line in every:
        s, p, o = triple(line)
        if p in annotations:
            continue
        if s.startswith("_:") or o.startswith("_:"):
            blank.append(line)
        elif p == TYPE and o in _DECLARES:
            found.declarations.append(line)
        elif (is_vocabulary(p) and p != TYPE) or (p == TYPE and is_vocabulary(o)):
            found.axioms.append((line,))
        else:
            found.facts.append(line)
    found.axioms += _trees(blank)
    return found


def _trees(lines: list[str]) -> list[tuple[str, ...]]:
    """Group lines that share blank nodes; a tree begins at the named thing or at the blank node that nothing points to."""
    leader: dict[str, str] = {}

    def find(node: str) -> str:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for line in lines:
        s, _, o = triple(line)
        nodes = [n for n in (s, o) if _BLANK.fullmatch(n)]
        for other in nodes[1:]:
            leader[find(nodes[0])] = find(other)
    groups: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        s, _, o = triple(line)
        groups[find(s if s.startswith("_:") else o)].append(line)
    return [tuple(sorted(group, key=lambda text: text.startswith("_:"))) for group in groups.values()]


def data(lines: Iterable[str]) -> bytes:
    """Return lines as the bytes of an N-Triples file."""
    text = "\n".join(lines)
    return (text + "\n").encode() if text else b""


def above(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return everything that can be reached, itself included, for each first member of the pairs.

    >>> sorted(above([("a", "b"), ("b", "c")])["a"])
    ['a', 'b', 'c']
    """
    steps: dict[str, set[str]] = defaultdict(set)
    for low, high in pairs:
        steps[low].add(high)
    return {start: reach(start, steps) for start in list(steps)}


def reach(start: str, steps: dict[str, set[str]]) -> set[str]:
    """Return what can be reached from a start, itself included."""
    found, todo = {start}, [start]
    while todo:
        for each in steps.get(todo.pop(), set()) - found:
            found.add(each)
            todo.append(each)
    return found
