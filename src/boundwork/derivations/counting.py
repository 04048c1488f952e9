"""Groups and counts: what a SELECT with GROUP BY makes of its members, and which parts of it one count needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from boundwork.derivations.patterns import Bind, Column, Element, Group, Select, Triple, mentioned, variables
from boundwork.errors import InputError
from boundwork.stores.answer import XSD, Value

if TYPE_CHECKING:
    from boundwork.derivations.solving import Solution, Solver


def argument(column: Column, solutions: Sequence[Solution], solver: Solver) -> list[Value | None]:
    """Return what a column counts in each solution; None where there is nothing to count. Rows themselves count as true."""
    if column.value is None:
        return [Value("literal", "true", XSD + "boolean")] * len(solutions)
    name = column.value.text.removeprefix("?")
    if name in column.value.variables and not column.value.exists and len(name) + 1 == len(column.value.text):
        return [s.binding.get(name) for s in solutions]
    return solver.evaluate(column.value, [s.binding for s in solutions])


def result(column: Column, values: Iterable[Value | None]) -> Value | None:
    """Return what an aggregate makes of the values of its group.

    Errors: InputError for GROUP_CONCAT and for counts within expressions.
    """
    present = [v for v in values if v is not None]
    if column.distinct:
        present = list(dict.fromkeys(present))
    if column.function == "COUNT":
        return Value("literal", str(len(present)), XSD + "integer")
    if column.function == "SAMPLE":
        return present[0] if present else None
    numbers = [v.number for v in present]
    if column.function not in ("SUM", "AVG", "MIN", "MAX") or any(n is None for n in numbers):
        raise InputError(f"{column.function} within a pattern cannot be run backwards.", "Use COUNT, SUM, MIN or MAX of numbers.")
    known = [n for n in numbers if n is not None]
    if column.function in ("MIN", "MAX"):
        pick = min if column.function == "MIN" else max
        return pick(present, key=lambda v: v.number or 0) if present else None
    total = sum(known)
    if column.function == "AVG":
        return Value("literal", repr(total / len(known)), XSD + "decimal") if known else Value("literal", "0", XSD + "integer")
    return Value("literal", str(total), XSD + ("integer" if isinstance(total, int) else "decimal"))


def unique(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    """Return triples once each, in the order in which they came."""
    return tuple(dict.fromkeys(triples))


def grouped(select: Select, matches: Iterable[Solution], solver: Solver, mark: str) -> Iterator[Solution]:
    """Yield one solution a group, with its counts and with all that its members use."""
    from boundwork.derivations.solving import Solution

    groups: dict[tuple[Value | None, ...], list[Solution]] = {}
    for match in matches:
        groups.setdefault((match.binding[mark], *(match.binding.get(g) for g in select.grouped)), []).append(match)
    for key, members in groups.items():
        binding = {n: v for n, v in zip((mark, *select.grouped), key, strict=True) if v is not None}
        for column in select.columns:
            if column.function:
                value = result(column, argument(column, members, solver))
                binding.update({column.name: value} if value is not None else {})
        yield Solution(binding, unique(t for m in members for t in m.used), tuple(dict.fromkeys(a for m in members for a in m.absent)))


def needed(select: Select, columns: Iterable[Column]) -> Group:
    """Return the pattern of a SELECT without what only other counts need."""
    wanted = set(select.grouped)
    for column in columns:
        wanted |= mentioned(column.value) if column.value else set()
    binds: list[Bind] = []
    for element in _leaves(select.where):
        if isinstance(element, Bind):
            binds.append(element)
        else:
            wanted |= variables(element)
    while more := set().union(*(variables(b) for b in binds if b.name in wanted)) - wanted:
        wanted |= more
    return _with_binds(select.where, wanted)


def _leaves(group: Group) -> Iterator[Element]:
    """Yield what stands in a group and in the groups within it."""
    for element in group.elements:
        if isinstance(element, Group):
            yield from _leaves(element)
        else:
            yield element


def _with_binds(group: Group, wanted: set[str]) -> Group:
    """Return a group without the BINDs of other names."""
    return Group(tuple(_with_binds(e, wanted) if isinstance(e, Group) else e for e in group.elements if not isinstance(e, Bind) or e.name in wanted))
