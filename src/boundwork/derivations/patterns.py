"""What a rule looks for, as plain data: triple patterns, conditions, choices and counts. Knows neither SPARQL text nor a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from boundwork.stores.answer import Value

Triple = tuple[Value, Value, Value]
Binding = dict[str, Value]


@dataclass(frozen=True)
class Var:
    """A variable; names that start with a slash are made for the inner nodes of a path and stand in no text."""

    name: str


Term = Var | Value


@dataclass(frozen=True)
class Pattern:
    """A triple with variables."""

    subject: Term
    predicate: Term
    object: Term

    @property
    def terms(self) -> tuple[Term, Term, Term]:
        """The three terms in order."""
        return self.subject, self.predicate, self.object


@dataclass(frozen=True)
class Closure:
    """A path of `least` or more steps (or at most one) over some properties; True marks a step against the arrow."""

    subject: Term
    steps: tuple[tuple[Value, bool], ...]
    object: Term
    least: int
    once: bool = False


@dataclass(frozen=True)
class Expression:
    """SPARQL text with full IRIs; each EXISTS in it is replaced by a variable that holds its truth."""

    text: str
    variables: frozenset[str]
    exists: tuple[tuple[str, Group], ...] = ()


@dataclass(frozen=True)
class Filter:
    """A condition."""

    test: Expression


@dataclass(frozen=True)
class Bind:
    """A value that is computed."""

    value: Expression
    name: str


@dataclass(frozen=True)
class Group:
    """Elements that must hold together."""

    elements: tuple[Element, ...]


@dataclass(frozen=True)
class Optional:
    """A group that may hold."""

    group: Group


@dataclass(frozen=True)
class Minus:
    """A group that must not hold."""

    group: Group


@dataclass(frozen=True)
class Union:
    """Groups of which one must hold."""

    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Values:
    """Rows of values; None leaves a variable open."""

    names: tuple[str, ...]
    rows: tuple[tuple[Value | None, ...], ...]


@dataclass(frozen=True)
class Column:
    """A projected variable: plain, computed (`value`), or counted (`function` over `value`; without `value`, over rows)."""

    name: str
    function: str = ""
    distinct: bool = False
    value: Expression | None = None


@dataclass(frozen=True)
class Select:
    """A SELECT: its columns, what it groups by, and its pattern."""

    columns: tuple[Column, ...]
    grouped: tuple[str, ...]
    where: Group
    distinct: bool = False
    having: str = ""
    limited: bool = False

    @property
    def counts(self) -> bool:
        """True when it aggregates."""
        return bool(self.grouped) or any(c.function for c in self.columns)

    def column(self, name: str) -> Column | None:
        """The column of this name."""
        return next((c for c in self.columns if c.name == name), None)


Element = Pattern | Closure | Filter | Bind | Group | Optional | Minus | Union | Values | Select
JOINS = (Pattern, Closure, Group, Union, Values, Select)
"""Elements whose order among each other does not matter."""


@dataclass(frozen=True)
class Construct:
    """A CONSTRUCT: what it makes (`head`) from what it finds (`where`)."""

    head: tuple[Pattern, ...]
    where: Group
    enumerated: dict[str, frozenset[Value]] = field(default_factory=dict, compare=False, hash=False)


def variables(element: Element | Pattern) -> frozenset[str]:
    """Return the variables that an element mentions and that can be seen from outside."""
    if isinstance(element, Pattern):
        return frozenset(t.name for t in element.terms if isinstance(t, Var))
    if isinstance(element, Closure):
        return frozenset(t.name for t in (element.subject, element.object) if isinstance(t, Var))
    if isinstance(element, Filter):
        return mentioned(element.test)
    if isinstance(element, Bind):
        return mentioned(element.value) | {element.name}
    if isinstance(element, Group):
        return frozenset().union(*(variables(e) for e in element.elements)) if element.elements else frozenset()
    if isinstance(element, Optional | Minus):
        return variables(element.group)
    if isinstance(element, Union):
        return frozenset().union(*(variables(g) for g in element.groups))
    if isinstance(element, Values):
        return frozenset(element.names)
    return frozenset(c.name for c in element.columns)


def certain(element: Element) -> frozenset[str]:
    """Return the variables that have a value in every solution of an element."""
    if isinstance(element, Group):
        return frozenset().union(*map(certain, element.elements))
    if isinstance(element, Union):
        return frozenset.intersection(*map(certain, element.groups))
    return frozenset() if isinstance(element, Optional | Minus | Filter) else variables(element)


def mentioned(expression: Expression) -> frozenset[str]:
    """Return the variables of an expression, those within its EXISTS included."""
    return expression.variables.union(*(variables(g) for _, g in expression.exists))


def patterns(element: Element) -> Iterator[Pattern]:
    """Yield the triple patterns of an element, outside EXISTS."""
    if isinstance(element, Pattern):
        yield element
    elif isinstance(element, Group):
        for e in element.elements:
            yield from patterns(e)
    elif isinstance(element, Optional | Minus):
        yield from patterns(element.group)
    elif isinstance(element, Union):
        for g in element.groups:
            yield from patterns(g)
    elif isinstance(element, Select):
        yield from patterns(element.where)


def unify(pattern: Pattern, triple: Triple) -> Binding | None:
    """Return what the variables of a pattern stand for in a triple, or None where it does not fit."""
    found: Binding = {}
    for term, value in zip(pattern.terms, triple, strict=True):
        if isinstance(term, Var):
            if found.setdefault(term.name, value) != value:
                return None
        elif term != value:
            return None
    return found


def bound(term: Term, binding: Binding) -> Value | None:
    """Return what a term stands for under a binding; None for an open variable."""
    return binding.get(term.name) if isinstance(term, Var) else term
