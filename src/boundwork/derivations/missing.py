"""Triples that are not there in, the condition at which a rule stops out: what still held, for how many, and what is nearest."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

from boundwork.derivations.backwards import BackRule, Derivations
from boundwork.derivations.patterns import (
    JOINS,
    Bind,
    Binding,
    Element,
    Filter,
    Group,
    Minus,
    Optional,
    Pattern,
    Select,
    Triple,
    Values,
    Var,
    patterns,
    variables,
)
from boundwork.derivations.solving import Solution, Solver, instance
from boundwork.stores.answer import XSD, Value

MOST = 500
"""Solutions that are followed; more are not needed to say what is missing."""
_CAP = 30
_MARK = "#"


@dataclass(frozen=True)
class Condition:
    """One element of a rule: for how many of the asked triples it holds, with how many matches
    among how many tried, and the constants known by then.
    """

    element: Element
    holds: int
    of: int
    matches: int
    tried: int
    known: Binding = field(hash=False)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Its triple patterns with the constants put in that all triples share."""
        return tuple(instance(p, self.known) for p in patterns(self.element))


@dataclass
class Lack:
    """Why one rule does not make some triples: conditions in the order tried; the last one that counts holds for none.

    `wanted` are the triples that would have to be there; `blocking` those that a NOT EXISTS found; `besides` are
    conditions that were not reached, each tried alone; `alone` is the failing one for all that were asked; `complete`
    means that every condition holds for some.
    """

    rule: BackRule
    asked: int
    conditions: list[Condition]
    wanted: list[Triple]
    blocking: list[Triple]
    besides: list[Condition]
    complete: bool = False
    alone: Condition | None = None


def lack(derivations: Derivations, back: BackRule, triples: list[Triple]) -> Lack:
    """Return where a rule stops on its way to some triples."""
    solver = derivations.solver(back)
    elements = _elements(back)
    chunk: list[Solution] = []
    near: set[str] = set()
    for i, triple in enumerate(triples):
        for head, binding in back.heads(triple):
            near |= {head.subject.name} if isinstance(head.subject, Var) else set()
            counts = {c.name for c in back.counting.columns if c.function} if back.counting else set()
            more, _ = derivations.siblings(back, head, binding, triple)
            known = {k: v for k, v in {**more, **binding}.items() if k not in counts}
            chunk.append(Solution({**known, _MARK: Value("literal", str(i), XSD + "integer")}))
    found, start = Lack(back, len(triples), [], [], [], []), chunk
    while elements and chunk:
        place = _next(elements, chunk[0], near, solver)
        element = elements.pop(place)
        after = list(islice(solver.step(element, chunk), MOST))
        condition = _condition(element, chunk, after)
        found.conditions.append(condition)
        if not after:
            found.wanted = _wanted(element, chunk)
            found.blocking = _blocking(element, chunk, solver)
            ready = [e for e in elements if isinstance(e, Pattern) and variables(e) <= chunk[0].binding.keys()]
            if len(start) > len(chunk) and variables(element) <= start[0].binding.keys():
                found.alone = _condition(element, start, list(islice(solver.step(element, start), MOST)))
            found.besides = [_condition(e, chunk, list(islice(solver.step(e, chunk), MOST))) for e in ready]
            return found
        near |= set() if isinstance(element, Values) else variables(element)
        chunk = after
    found.complete = bool(chunk)
    return found


def _elements(back: BackRule) -> list[Element]:
    """The elements of a rule; those of its counting SELECT stand among them, without what only its counts need."""
    found: list[Element] = []
    for element in back.construct.where.elements:
        if isinstance(element, Select) and element.counts:
            from boundwork.derivations.counting import needed

            found += needed(element, []).elements
        else:
            found.append(element)
    return [e for e in found if not (isinstance(e, Bind) and back.counting)]


def _next(elements: list[Element], sample: Solution, near: set[str], solver: Solver) -> int:
    """The element to try next: lists first, then what is tied to the subject, then whatever has the fewest matches.

    Of conditions on what is known by then, the one that holds most often anywhere comes first: the rarer one is what is missing.
    """
    for i, e in enumerate(elements):
        if isinstance(e, Values):
            return i
    block = next((i for i, e in enumerate(elements) if isinstance(e, Optional | Minus)), len(elements))
    tied = [i for i in range(block) if isinstance(elements[i], JOINS) and variables(elements[i]) & near]
    if tied:
        return min(tied, key=lambda i: (solver.size(elements[i], sample.binding, _CAP), -solver.size(elements[i], _open(elements[i], sample.binding), MOST)))
    return solver.choose(tuple(elements), sample.binding)


def _open(element: Element, binding: Binding) -> Binding:
    """A binding without the subject of a pattern."""
    subject = element.subject if isinstance(element, Pattern) else None
    return {k: v for k, v in binding.items() if not (isinstance(subject, Var) and k == subject.name)}


def _condition(element: Element, before: list[Solution], after: list[Solution]) -> Condition:
    def marks(solutions: list[Solution]) -> int:
        return len({s.binding[_MARK] for s in solutions})

    first = before[0].binding
    known = {k: v for k, v in first.items() if k != _MARK and all(s.binding.get(k) == v for s in before)}
    return Condition(element, marks(after), marks(before), len(after), len(before), known)


def _wanted(element: Element, chunk: list[Solution]) -> list[Triple]:
    found: dict[Triple, None] = {}
    for solution in chunk if isinstance(element, Pattern) else ():
        s, p, o = instance(element, solution.binding).terms  # type: ignore[arg-type]
        if isinstance(s, Value) and isinstance(p, Value) and isinstance(o, Value):
            found[s, p, o] = None
    return list(found)


def _blocking(element: Element, chunk: list[Solution], solver: Solver) -> list[Triple]:
    groups: list[Group] = [g for _, g in element.test.exists] if isinstance(element, Filter) else [element.group] if isinstance(element, Minus) else []
    found: dict[Triple, None] = {}
    for group in groups:
        for solution in chunk[:5]:
            for match in islice(solver.solve(group, solution.binding), 3):
                found.update(dict.fromkeys(match.used))
    return list(found)
