"""A triple in, its derivations out: the head of a rule is matched, its variables are bound, and its pattern is run with them.

A rule ran once and saw what earlier rules had made; the store holds the end of it all. So a premise that only a later rule
makes is no premise, and what a rule did not find may be there by now. No derivation can run in a circle for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from boundwork.derivations.counting import argument, needed, result, unique
from boundwork.derivations.patterns import (
    JOINS,
    Bind,
    Binding,
    Column,
    Construct,
    Group,
    Pattern,
    Select,
    Triple,
    Var,
    bound,
    unify,
    variables,
)
from boundwork.derivations.reading import read_construct
from boundwork.derivations.solving import Absent, Solution, Solver
from boundwork.errors import InputError
from boundwork.rules import STAGES, Rule
from boundwork.stores.answer import Value

if TYPE_CHECKING:
    from boundwork.stores.local import LocalStore

ENOUGH = 1_000
"""Members of a count that are looked at; beyond them its number is taken from the triple."""
_FEW = 20


@dataclass
class BackRule:
    """A rule with its place in the order, its head and its pattern; `problem` says why it cannot be run backwards."""

    rule: Rule
    order: int
    problem: str = ""

    @cached_property
    def construct(self) -> Construct:
        """Head and pattern; empty for a rule with a problem."""
        try:
            return read_construct(self.rule.query.body)
        except InputError as error:
            self.problem = error.message
            return Construct((), Group(()))

    @cached_property
    def counting(self) -> Select | None:
        """The SELECT that counts, where the rule has one."""
        found = [e for e in self.construct.where.elements if isinstance(e, Select) and e.counts]
        return found[0] if len(found) == 1 else None

    def heads(self, triple: Triple) -> Iterator[tuple[Pattern, Binding]]:
        """Yield each part of the head that could be this triple, with what its variables stand for."""
        for head in self.construct.head:
            binding = unify(head, triple)
            if binding is not None and all(v in self.construct.enumerated.get(n, (v,)) for n, v in binding.items()):
                yield head, binding

    def objects(self, head: Pattern) -> frozenset[Value | None]:
        """Return the objects that a part of the head can have; None among them means any."""
        if isinstance(head.object, Var):
            return self.construct.enumerated.get(head.object.name, frozenset([None]))
        return frozenset([head.object])

    def sees(self, other: BackRule) -> bool:
        """True when this rule found in the store what the other had made."""
        mine, its = STAGES.index(self.rule.stage), STAGES.index(other.rule.stage)
        return its < mine or (its == mine and self.rule.stage not in ("tally", "outcome") and other.order < self.order)


@dataclass(frozen=True)
class Member:
    """One thing that is counted, with the triples that make it count and what was looked for and not found."""

    value: Value | None
    premises: tuple[Triple, ...]
    absent: tuple[Absent, ...]


@dataclass
class Counted:
    """A count: its members (each thing once), how many there are in all, and those that were looked at and did not count.

    Where no number hangs on them (`measures` is false), each member alone is reason enough.
    """

    members: list[Member]
    total: int
    complete: bool
    passed: list[Member] = field(default_factory=list)
    measures: bool = True


@dataclass
class Derivation:
    """One way in which a rule makes a triple. For a counting rule the premises hold for all members alike."""

    rule: BackRule
    triple: Triple
    premises: tuple[Triple, ...]
    absent: tuple[Absent, ...]
    counted: Counted | None = None

    @property
    def all_premises(self) -> tuple[Triple, ...]:
        """The premises with those of every member; of every member that was passed over where none counted; of one where one is enough."""
        members = (self.counted.members or self.counted.passed) if self.counted else []
        members = members if self.counted and self.counted.measures else members[:1]
        return unique([*self.premises, *(t for m in members for t in m.premises)])


class Derivations:
    """All derivations over one store. `asserted` says of a triple whether it comes from a table or file rather than from a rule."""

    def __init__(self, store: LocalStore, rules: Sequence[Rule], asserted: Callable[[Triple], bool]) -> None:
        self.store = store
        self.rules = [BackRule(rule, i) for i, rule in enumerate(rules)]
        self._asserted = asserted
        self._solvers: dict[int, Solver] = {}
        self._plain_solver = Solver(store)
        self._grounded: dict[tuple[Triple, int], bool] = {}
        self._makers: dict[Triple, list[BackRule]] = {}

    @cached_property
    def _by_property(self) -> dict[Value | None, list[BackRule]]:
        """Property -> the rules whose head has it; None -> those that may make any property."""
        found: dict[Value | None, list[BackRule]] = {}
        for back in self.rules:
            for predicate in dict.fromkeys(None if isinstance(h.predicate, Var) else h.predicate for h in back.construct.head):
                found.setdefault(predicate, []).append(back)
        return found

    def of(self, triple: Triple, before: BackRule | None = None) -> Iterator[Derivation]:
        """Yield the derivations of a triple; with `before`, only those by rules that this one saw."""
        for back in self.makers(triple):
            if before is not None and not before.sees(back):
                continue
            seen = set()
            try:
                for head, binding in back.heads(triple):
                    for found in self._by_head(back, head, binding, triple):
                        if found.premises not in seen or found.counted:
                            seen.add(found.premises)
                            yield found
            except InputError as error:  # a part of SPARQL that only running it can tell to be beyond this
                back.problem = error.message

    def makers(self, triple: Triple) -> list[BackRule]:
        """Return the rules whose head could be this triple."""
        if triple not in self._makers:
            maybe = [*self._by_property.get(triple[1], ()), *self._by_property.get(None, ())]
            found = [back for back in maybe if next(back.heads(triple), None)]
            self._makers[triple] = sorted({back.order: back for back in found}.values(), key=lambda back: back.order)
        return self._makers[triple]

    def forwards(self, triple: Triple) -> list[BackRule]:
        """Return the rules that cannot be run backwards and that make the triple when they are run as they stand."""
        line = " ".join(v.n_triples for v in triple) + " ."
        doubtful = [back for back in self.rules if back.problem and (not back.construct.head or next(back.heads(triple), None))]
        return [back for back in doubtful if line in self.store.construct(back.rule.query.body)]

    def knows(self, subject: Value) -> bool:
        """True when the store says anything of a thing."""
        return next(iter(self._plain_solver.solve(Group((Pattern(subject, Var("p"), Var("o")),)))), None) is not None

    def solver(self, back: BackRule) -> Solver:
        """Return a solver that sees what the rule saw."""
        if back.order not in self._solvers:
            late = [other for other in self.rules if not back.sees(other)]
            made: dict[Value | None, set[Value | None]] = {}  # predicate -> objects that a later rule may give it; None = any
            for other in late:
                for head in other.construct.head:
                    predicate = None if isinstance(head.predicate, Var) else head.predicate
                    made.setdefault(predicate, set()).update(other.objects(head))

            def available(triple: Triple) -> bool:
                objects = made.get(triple[1]) or made.get(None)
                if not objects or not (triple[2] in objects or None in objects):
                    return True
                return self._is_grounded(triple, back)

            self._solvers[back.order] = Solver(self.store, available)
        return self._solvers[back.order]

    def _is_grounded(self, triple: Triple, before: BackRule) -> bool:
        key = (triple, before.order)
        if key not in self._grounded:
            self._grounded[key] = self._asserted(triple) or next(self.of(triple, before), None) is not None
        return self._grounded[key]

    def _by_head(self, back: BackRule, head: Pattern, binding: Binding, triple: Triple) -> Iterator[Derivation]:
        if not self.whole(back, head, binding):
            return iter(())
        more, blank = self.siblings(back, head, binding, triple)
        derive = self._counts if back.counting else self._plain
        return derive(back, head, {**binding, **more}, blank, triple)

    def whole(self, back: BackRule, head: Pattern, binding: Binding) -> bool:
        """True when the rest of the head, as far as it is known by now, stands in the store: a rule makes all of it or nothing."""
        for other in back.construct.head:
            s, p, o = (bound(t, binding) for t in other.terms)
            if other is not head and s is not None and p is not None and o is not None and not self._plain_solver.holds((s, p, o)):
                return False
        return True

    def siblings(self, back: BackRule, head: Pattern, binding: Binding, triple: Triple) -> tuple[Binding, frozenset[str]]:
        """What the rest of the head says of a subject that the rule names itself: values, and variables that must be blank."""
        made = {e.name for e in back.construct.where.elements if isinstance(e, Bind)}
        if not isinstance(head.subject, Var) or head.subject.name not in made:
            return {}, frozenset()
        counts = {c.name for c in back.counting.columns if c.function} if back.counting else set()
        more: Binding = {}
        blank = set()
        for other in back.construct.head:
            if other.subject != head.subject or not isinstance(other.object, Var) or other.object.name in {*binding, *counts, *more}:
                continue
            if isinstance(other.predicate, Var):
                continue
            values = [row[0] for row in self.store.select(f"SELECT ?o {{ {triple[0].n_triples} {other.predicate.n_triples} ?o }} LIMIT 2")]
            if len(values) == 1 and values[0] is not None:
                more[other.object.name] = values[0]
            elif not values:
                blank.add(other.object.name)
        return more, frozenset(blank)

    def _plain(self, back: BackRule, head: Pattern, binding: Binding, blank: frozenset[str], triple: Triple) -> Iterator[Derivation]:
        for s in self.solver(back).solve(back.construct.where, binding):
            if not blank & s.binding.keys() and tuple(bound(t, s.binding) for t in head.terms) == triple:
                yield Derivation(back, triple, unique(s.used), tuple(dict.fromkeys(s.absent)))

    def _counts(self, back: BackRule, head: Pattern, binding: Binding, blank: frozenset[str], triple: Triple) -> Iterator[Derivation]:
        select, solver = back.counting, self.solver(back)
        assert select is not None
        outer = [e for e in back.construct.where.elements if e is not select]
        context_group = Group(tuple(e for e in outer if isinstance(e, JOINS)))
        late = Group(tuple(e for e in outer if not isinstance(e, JOINS)))
        columns = {c.name: c for c in select.columns if c.function}
        measure = columns.get(head.object.name) if isinstance(head.object, Var) else None
        used = [c for c in columns.values() if c is measure or c.name in variables(late)]
        shown = measure or next(iter(columns.values()))
        known = {k: v for k, v in binding.items() if k not in columns}
        pattern = needed(select, dict.fromkeys([*used, shown]))
        for context in solver.solve(context_group, known):
            start = {g: context.binding[g] for g in select.grouped if g in context.binding}
            members = (m for m in solver.solve(pattern, start) if not blank & m.binding.keys())
            for key, group, complete in self._groups(select, members, measure, triple, solver):
                values: Binding = {n: v for n, v in zip(select.grouped, key, strict=True) if v is not None}
                if measure is not None and not complete:
                    values[measure.name] = triple[2]
                for column in used:
                    value = result(column, argument(column, group, solver)) if column.name not in values else None
                    values.update({column.name: value} if value is not None else {})
                end = next(solver.solve(late, {**context.binding, **values, **{k: v for k, v in binding.items() if k not in columns}}), None)
                if end is None or tuple(bound(t, end.binding) for t in head.terms) != triple:
                    continue
                counted = _counted(shown, group, solver, complete, triple[2].number if measure is not None else None, bool(used))
                yield Derivation(back, triple, unique([*context.used, *end.used]), tuple(dict.fromkeys([*context.absent, *end.absent])), counted)

    @staticmethod
    def _groups(select: Select, members: Iterator[Solution], measure: Column | None, triple: Triple,
                solver: Solver) -> Iterator[tuple[tuple[Value | None, ...], list[Solution], bool]]:
        """Yield key and members of each group; a very large one is cut short once enough of what counts was seen."""
        groups: dict[tuple[Value | None, ...], list[Solution]] = {}
        scanned = found = 0
        complete = True
        number = triple[2].number
        wanted = min(_FEW, int(number)) if measure is not None and number is not None else 0
        while piece := list(islice(members, 500)):
            for m in piece:
                groups.setdefault(tuple(m.binding.get(g) for g in select.grouped), []).append(m)
            scanned += len(piece)
            found += sum(v is not None for v in argument(measure, piece, solver)) if measure is not None else 0
            if scanned >= ENOUGH and found >= wanted:
                complete = next(members, None) is None
                break
        for key, group in groups.items():
            yield key, group, complete


def _counted(column: Column, group: list[Solution], solver: Solver, complete: bool, number: float | None, measures: bool) -> Counted:
    members: dict[Value, Member] = {}
    passed: list[Member] = []
    for solution, value in zip(group, argument(column, group, solver), strict=True):
        if value is None:
            passed.append(Member(None, unique(solution.used), solution.absent))
        elif value not in members or not column.distinct:
            members.setdefault(value, Member(value, unique(solution.used), tuple(dict.fromkeys(solution.absent))))
    total = int(number) if number is not None else len(members)
    return Counted(sorted(members.values(), key=lambda m: m.value or Value("", "")), total, complete, passed, measures)


__all__ = ["Absent", "BackRule", "Counted", "Derivation", "Derivations", "Member"]
