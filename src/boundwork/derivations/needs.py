"""Which triples a rule can meet at all, so that only they need to be loaded: read from its patterns, never from a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from boundwork.derivations.patterns import (
    Bind,
    Closure,
    Element,
    Expression,
    Filter,
    Group,
    Minus,
    Optional,
    Pattern,
    Select,
    Term,
    Union,
    Values,
    Var,
)
from boundwork.derivations.reading import read_construct, read_select
from boundwork.errors import InputError
from boundwork.queries.tokens import query_form
from boundwork.terms import RDF_TYPE, iri

_TYPE = iri(RDF_TYPE)
_ABOUT_A_BLOCK = 1 << 24


@dataclass(frozen=True)
class Needs:
    """Predicates and classes (as N-Triples) of the triples that some rules can match; None where they may match any."""

    predicates: frozenset[str] | None
    classes: frozenset[str] | None

    @classmethod
    def of(cls, texts: Iterable[str]) -> Needs:
        """Read the needs of some CONSTRUCTs and SELECTs; one that cannot be read may need anything."""
        predicates: set[str] = set()
        classes: set[str] = set()
        every_class = False
        for text in texts:
            met = _met(text)
            if met is None:
                return cls(None, None)
            for named, kinds in met:
                if named is None:
                    return cls(None, None)
                predicates |= named
                if _TYPE in named:
                    every_class = every_class or kinds is None
                    classes |= kinds or frozenset()
        return cls(frozenset(predicates), None if every_class else frozenset(classes))

    def of_file(self, path: Path) -> Iterator[bytes]:
        """Yield the lines of an N-Triples file that are needed, many at a time."""
        with open(path, "rb") as file:
            while lines := file.readlines(_ABOUT_A_BLOCK):
                yield self.of_lines(lines)

    def of_lines(self, lines: Iterable[bytes]) -> bytes:
        """Return those of some N-Triples lines (each with its line end) that are needed, as one text."""
        if self.predicates is None:
            return b"".join(lines)
        kind = _TYPE.encode()
        named = {p.encode() for p in self.predicates if self.classes is None or p != _TYPE}
        ends = {f"{c} .\n".encode() for c in self.classes or ()}
        return b"".join([line for line in lines if (parts := line.split(b" ", 2))[1] in named or (parts[1] == kind and parts[2] in ends)])


_Met = tuple[frozenset[str] | None, frozenset[str] | None]
"""Predicates of a pattern, and its classes where it asks for a type; None for any."""


@lru_cache(maxsize=512)
def _met(text: str) -> tuple[_Met, ...] | None:
    """What the patterns of a query can meet, None where it cannot be read; kept, as every partition asks for the same rules."""
    try:
        where = read_select(text).where if query_form(text) == "SELECT" else read_construct(text).where
    except InputError:
        return None
    return tuple(_elements(where.elements))


def _elements(elements: tuple[Element, ...]) -> Iterator[_Met]:
    """Walk through a group; a variable can only be what a VALUES beside its pattern lists."""
    listed: dict[str, frozenset[str]] = {}
    for element in elements:
        if isinstance(element, Values):
            for i, name in enumerate(element.names):
                values = [row[i] for row in element.rows]
                if all(v is not None for v in values):
                    listed[name] = frozenset(v.n_triples for v in values if v is not None)
    for element in elements:
        yield from _element(element, listed)


def _element(element: Element, listed: dict[str, frozenset[str]]) -> Iterator[_Met]:
    if isinstance(element, Pattern):
        yield _choices(element.predicate, listed), _choices(element.object, listed)
    elif isinstance(element, Closure):
        yield frozenset(step.n_triples for step, _ in element.steps), None
    elif isinstance(element, Group):
        yield from _elements(element.elements)
    elif isinstance(element, Optional | Minus):
        yield from _elements(element.group.elements)
    elif isinstance(element, Union):
        for group in element.groups:
            yield from _elements(group.elements)
    elif isinstance(element, Select):
        yield from _elements(element.where.elements)
        for column in element.columns:
            yield from _expression(column.value)
    elif isinstance(element, Filter):
        yield from _expression(element.test)
    elif isinstance(element, Bind):
        yield from _expression(element.value)


def _expression(expression: Expression | None) -> Iterator[_Met]:
    for _, group in expression.exists if expression else ():
        yield from _elements(group.elements)


def _choices(term: Term, listed: dict[str, frozenset[str]]) -> frozenset[str] | None:
    return listed.get(term.name) if isinstance(term, Var) else frozenset([term.n_triples])
