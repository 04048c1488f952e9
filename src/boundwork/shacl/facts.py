"""Triples in plain dictionaries, by predicate: what shapes are read from and checked against. Terms are N-Triples text.

A set of nodes is a Python set of such texts, so that most of SHACL is set arithmetic over the keys of a dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE, SUBCLASS, FIRST, REST, NIL = f"<{RDF}type>", f"<{RDFS}subClassOf>", f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}nil>"
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?', re.S)
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))', re.S)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
Values = dict[str, list[str]]
"""Node -> the nodes that it leads to."""


class Facts:
    """A set of triples. Do not change one that is being checked: what is derived from it is kept."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self.forward: dict[str, Values] = {}
        self.add(lines)

    def add(self, lines: Iterable[str]) -> None:
        """Take in N-Triples lines, one space between the terms; a triple that is there already is passed over."""
        forward = self.forward
        terms: dict[str, str] = {}
        many: list[tuple[str, str]] = []
        for line in lines:
            subject, predicate, value = line.rstrip("\n")[:-2].split(" ", 2)
            subject, value = terms.setdefault(subject, subject), terms.setdefault(value, value)
            by_subject = forward.get(predicate)
            if by_subject is None:
                by_subject = forward[predicate] = {}
            values = by_subject.get(subject)
            if values is None:
                by_subject[subject] = [value]
            else:
                values.append(value)
                many.append((predicate, subject))
        for predicate, subject in many:
            values = forward[predicate][subject]
            values[:] = dict.fromkeys(values)
        self._forget()

    def join(self, other: Facts) -> None:
        """Take in other facts. What both have of one property of one thing is merged; the other's dictionaries are not shared."""
        for predicate, values in other.forward.items():
            mine = self.forward.get(predicate)
            if mine is None:
                self.forward[predicate] = {s: list(o) for s, o in values.items()}
                continue
            for subject, objects in values.items():
                mine[subject] = list(dict.fromkeys([*mine[subject], *objects])) if subject in mine else list(objects)
        self._forget()

    def remove(self, lines: Iterable[str]) -> None:
        """Take N-Triples lines out again; what is not there is passed over."""
        for line in lines:
            subject, predicate, value = line.rstrip("\n")[:-2].split(" ", 2)
            values = self.forward.get(predicate, {}).get(subject, [])
            if value in values:
                values.remove(value)
                if not values:
                    del self.forward[predicate][subject]
                    if not self.forward[predicate]:
                        del self.forward[predicate]
        self._forget()

    def copy(self) -> Facts:
        """Return the same triples in dictionaries of their own."""
        twin = Facts()
        twin.forward = {p: {s: list(o) for s, o in values.items()} for p, values in self.forward.items()}
        return twin

    def only(self, predicates: set[str]) -> Facts:
        """Return the triples of some predicates, in dictionaries of their own."""
        twin = Facts()
        twin.forward = {p: {s: list(o) for s, o in self.forward[p].items()} for p in sorted(predicates & self.forward.keys())}
        return twin

    def _forget(self) -> None:
        self._backward: dict[str, Values] = {}
        self._repeated: dict[tuple[str, bool], set[str]] = {}
        self._instances: dict[str, frozenset[str]] = {}
        self.__dict__.pop("things", None)

    def lines(self, predicates: set[str] | None = None) -> Iterator[str]:
        """Yield the triples as N-Triples lines; with `predicates`, only theirs."""
        for predicate, values in self.forward.items():
            if predicates is not None and predicate not in predicates:
                continue
            for subject, objects in values.items():
                for value in objects:
                    yield f"{subject} {predicate} {value} ."

    def __len__(self) -> int:
        return sum(len(objects) for values in self.forward.values() for objects in values.values())

    def values(self, subject: str, predicate: str) -> list[str]:
        """Return the values of a property of a thing."""
        return self.forward.get(predicate, {}).get(subject, [])

    def value(self, subject: str, predicate: str) -> str:
        """Return one value, empty where there is none."""
        return next(iter(self.values(subject, predicate)), "")

    def holds(self, subject: str, predicate: str, value: str) -> bool:
        """True when the triple is there."""
        return value in self.values(subject, predicate)

    def edges(self, predicate: str, inverse: bool = False) -> Values:
        """Return subject -> objects of a property, or object -> subjects."""
        if not inverse:
            return self.forward.get(predicate, {})
        if predicate not in self._backward:
            self._backward[predicate] = self._turned(predicate)
        return self._backward[predicate]

    def _turned(self, predicate: str) -> Values:
        found: Values = {}
        for subject, objects in self.forward.get(predicate, {}).items():
            for value in objects:
                found.setdefault(value, []).append(subject)
        return found

    def repeated(self, predicate: str, inverse: bool = False) -> set[str]:
        """Return the nodes that have a property more than once."""
        key = (predicate, inverse)
        if key not in self._repeated:
            self._repeated[key] = {node for node, values in self.edges(predicate, inverse).items() if len(values) > 1}
        return self._repeated[key]

    def instances(self, cls: str) -> frozenset[str]:
        """Return the members of a class and of all classes below it."""
        if cls not in self._instances:
            below, classes, todo = self.edges(SUBCLASS, inverse=True), {cls}, [cls]
            while todo:
                for each in below.get(todo.pop(), ()):
                    if each not in classes:
                        classes.add(each)
                        todo.append(each)
            members = self.edges(TYPE, inverse=True)
            self._instances[cls] = frozenset().union(*(members.get(c, ()) for c in classes))
        return self._instances[cls]

    def items(self, head: str) -> list[str]:
        """Return the members of an RDF list. Errors: ValueError for a list that never ends or breaks off."""
        found, seen = [], set()
        while head != NIL:
            first, rest = self.value(head, FIRST), self.value(head, REST)
            if not first or not rest or head in seen:
                raise ValueError(f"{head} is no RDF list")
            seen.add(head)
            found.append(first)
            head = rest
        return found

    @cached_property
    def things(self) -> set[str]:
        """Every node that is the subject of some triple."""
        return set().union(*(values.keys() for values in self.forward.values()))


class Layered(Facts):
    """Few facts over many, to ask and not to change: what is of the many alone is shared with them, and what they know backwards is not found again."""

    def __init__(self, few: Facts, many: Facts) -> None:
        super().__init__()
        self._few, self._many = few, many
        self.forward = {**many.forward, **few.forward}
        for predicate in few.forward.keys() & many.forward.keys():
            self.forward[predicate] = _merged(few.forward[predicate], many.forward[predicate])

    def _turned(self, predicate: str) -> Values:
        layers = [layer.edges(predicate, inverse=True) for layer in (self._few, self._many) if predicate in layer.forward]
        return _merged(layers[0], layers[1]) if len(layers) == 2 else layers[0] if layers else {}


def _merged(few: Values, many: Values) -> Values:
    """Return both; the lists of nodes that the few do not have are shared."""
    return {**many, **{node: list(dict.fromkeys([*values, *many.get(node, ())])) for node, values in few.items()}}


def is_iri(term: str) -> bool:
    """True for an IRI."""
    return term.startswith("<")


def plain_text(term: str) -> str:
    r"""Return an IRI or blank node without brackets, a literal as the text that it stands for.

    >>> plain_text('"say \\"no\\""@en'), plain_text("<urn:x>")
    ('say "no"', 'urn:x')
    """
    return term[1:-1] if term.startswith("<") else literal_parts(term)[0] if term.startswith('"') else term


def literal_parts(term: str) -> tuple[str, str, str]:
    """Return text, language tag and datatype IRI of a literal; a plain one is an xsd:string."""
    match = _LITERAL.fullmatch(term)
    if match is None:
        return term, "", ""
    text = _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _PLAIN.get(m[3], m[3]), match[1]) if "\\" in match[1] else match[1]
    return text, match[2] or "", match[3] or (f"{RDF}langString" if match[2] else f"{XSD}string")
