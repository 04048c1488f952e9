"""The derivation of each row of an answer: the stored question is run backwards from the row, or else its evidence is followed."""

from __future__ import annotations

from itertools import islice

from boundwork.derivations.counting import unique
from boundwork.derivations.patterns import Binding, Group, variables
from boundwork.derivations.reading import read_group, read_select
from boundwork.derivations.solving import Solution, Solver
from boundwork.errors import InputError
from boundwork.explore.answers import AskResult
from boundwork.explore.session import Session
from boundwork.explore.why.building import Builder
from boundwork.explore.why.tree import Node
from boundwork.pipeline.inputs import prefixes
from boundwork.stores.answer import Solution as Row

_MOST = 1_000


def why_rows(session: Session, result: AskResult, most: int | None = 3, depth: int | None = None, apart: bool = False) -> list[Node]:
    """Return a tree for each row of an answer, down to rows of tables and extracts.

    What one tree has explained, those after it do not explain again, so read them in order; with `apart` each explains all.
    """
    builder = Builder(session, most, depth)
    found = []
    for row, shown in zip(result.rows, result.table, strict=True):
        if apart:
            builder.forget()
        found.append(_row(builder, result, row, shown))
    return found


def _row(builder: Builder, result: AskResult, row: Row, shown: dict[str, str | int | float | bool | None]) -> Node:
    text = "; ".join(f"{k} {str(v).lower() if isinstance(v, bool) else v}" for k, v in shown.items() if v is not None)
    node = Node("answer", text, reading=builder.session.reading.id)
    reach = builder.reach()
    solver = Solver(reach.store)
    for find in (_backwards, _evidence):
        try:
            found = find(solver, result, row)
        except InputError as error:
            node.lines.append(f"{error.message} Its evidence is followed instead." if result.query.evidence else error.message)
            continue
        if found:
            shown_solutions = found[: builder.most]
            seen: set[str] = set()
            node.triples = list(unique(t for s in shown_solutions for t in s.used))
            node.children = builder.premises(reach, node.triples, None, 0, seen)
            node.children += builder.absences(dict.fromkeys(a for s in shown_solutions for a in s.absent))
            if len(found) > len(shown_solutions):
                total = f"{len(found):,}" if len(found) < _MOST else f"{_MOST:,} or more"
                node.children.append(Node("more", f"and more: {len(shown_solutions)} of the {total} ways to this row are shown; --most shows them"))
        if node.children:
            return node
    node.children.append(Node("absent", "nothing stands behind this row: it says what was not found"))
    return node


def _backwards(solver: Solver, result: AskResult, row: Row) -> list[Solution]:
    """The solutions of the question's own pattern that make the row."""
    select = read_select(result.text)
    plain = {c.name for c in select.columns if not c.function and c.value is None}
    given = dict(zip(result.variables, row, strict=True))
    binding: Binding = {n: v for n, v in given.items() if n in plain and v is not None and v.kind != "bnode"}
    blank = {n for n, v in given.items() if n in plain and v is None}
    return list(islice((s for s in solver.solve(select.where, binding) if not blank & s.binding.keys()), _MOST))


def _evidence(solver: Solver, result: AskResult, row: Row) -> list[Solution]:
    """The solutions of the question's evidence pattern for the row."""
    if not result.query.evidence:
        return []
    group: Group = read_group(result.query.evidence, prefixes())
    names = variables(group)
    given = dict(zip(result.variables, row, strict=True))
    if {n for n, v in given.items() if n in names and v is None} - result.query.open_columns:
        return []
    binding = {n: v for n, v in given.items() if n in names and v is not None and v.kind != "bnode"}
    return list(islice(solver.solve(group, binding), _MOST))


__all__ = ["why_rows"]
