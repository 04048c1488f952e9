"""Patterns and a store in, solutions out, each with the triples that it uses and with what was looked for and not found.

Constants are bound first and the element with the fewest matches goes next, in batches, so that a question about one case
costs what that case costs. Functions are left to the engine; only order and bookkeeping happen here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from boundwork.derivations.patterns import (
    JOINS,
    Bind,
    Binding,
    Closure,
    Element,
    Expression,
    Filter,
    Group,
    Minus,
    Optional,
    Pattern,
    Select,
    Triple,
    Union,
    Values,
    Var,
    bound,
    certain,
    mentioned,
    variables,
)
from boundwork.errors import InputError
from boundwork.stores.answer import XSD, Rows, Value

if TYPE_CHECKING:
    from boundwork.stores.local import LocalStore

_PIECE = 64
_CAPS = (30, 1_000, 30_000)
_MARK = "#"
"""Name under which a batch remembers which solution a match belongs to; no pattern can mention it."""


@dataclass(frozen=True)
class Absent:
    """What was looked for and not found: a group, and what its variables stood for."""

    group: Group
    binding: Binding = field(hash=False)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The triple patterns of the group with the constants put in."""
        from boundwork.derivations.patterns import patterns

        return tuple(instance(p, self.binding) for p in patterns(self.group))

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions of the group as SPARQL text, with the constants put in."""
        return tuple(re.sub(r"\?(\w+)", lambda m: v.n_triples if (v := self.binding.get(m[1])) else m[0], e.test.text)
                     for e in self.group.elements if isinstance(e, Filter) and not e.test.exists)


@dataclass(frozen=True)
class Solution:
    """Values of variables, the triples that gave them, and what was not found."""

    binding: Binding = field(default_factory=dict)
    used: tuple[Triple, ...] = ()
    absent: tuple[Absent, ...] = ()

    def having(self, more: Binding, used: Sequence[Triple] = (), absent: Sequence[Absent] = ()) -> Solution:
        """Return the solution with more in it."""
        return Solution({**self.binding, **more}, (*self.used, *used), (*self.absent, *absent))


def instance(pattern: Pattern, binding: Binding) -> Pattern:
    """Return a pattern with the constants put in."""
    s, p, o = (bound(t, binding) or t for t in pattern.terms)
    return Pattern(s, p, o)


def required(group: Group, names: frozenset[str]) -> Group:
    """Return the group for the case that some variables have values already: an OPTIONAL that alone gives one of them must match."""
    open_names = names - certain(group)
    found: list[Element] = []
    for e in group.elements:
        if isinstance(e, Optional) and (hit := open_names & variables(e)):
            found += required(e.group, hit).elements
        elif isinstance(e, Union) and (hit := open_names & variables(e)):
            found.append(Union(tuple(required(g, hit) for g in e.groups if hit <= variables(g))))
        elif isinstance(e, Group):
            found.append(required(e, open_names & variables(e)))
        else:
            found.append(e)
    return Group(tuple(found))


class Solver:
    """Solves groups over one store. `available` may refuse a triple that was not there when the rule ran."""

    def __init__(self, store: LocalStore, available: Callable[[Triple], bool] | None = None) -> None:
        self._store = store
        self.available = available
        self._sizes: dict[tuple[Value | None, Value | None, Value | None, int], int] = {}
        self._plans: dict[tuple[tuple[Element, ...], frozenset[str]], int] = {}

    def holds(self, triple: Triple) -> bool:
        """True when the triple stands in the store."""
        return next(iter(self._pattern(Pattern(*triple), [Solution()])), None) is not None

    def solve(self, group: Group, binding: Binding | None = None) -> Iterator[Solution]:
        """Yield the solutions of a group under a binding, as they are asked for."""
        start = binding or {}
        self._plans.clear()
        group = required(group, frozenset(start))
        yield from self._run(group.elements, [Solution(dict(start))])

    def _run(self, elements: tuple[Element, ...], chunk: list[Solution]) -> Iterator[Solution]:
        if not chunk:
            return
        if not elements:
            yield from chunk
            return
        key = (elements, frozenset(chunk[0].binding))
        place = self._plans[key] if key in self._plans else self._plans.setdefault(key, self.choose(elements, chunk[0].binding))
        rest = elements[:place] + elements[place + 1 :]
        found = self.step(elements[place], chunk)
        while piece := list(islice(found, _PIECE)):
            yield from self._run(rest, piece)

    def choose(self, elements: tuple[Element, ...], binding: Binding) -> int:
        """Return the place of the element to do next: a ready condition, else what has the fewest matches, up to the next OPTIONAL."""
        block = next((i for i, e in enumerate(elements) if isinstance(e, Optional | Minus)), len(elements))
        joins = [i for i in range(block) if isinstance(elements[i], JOINS)]
        for i, e in enumerate(elements):
            if isinstance(e, Filter) and not e.test.exists and mentioned(e.test) <= binding.keys():
                return i
            if isinstance(e, Bind) and i < block and not any(j < i for j in joins):
                return i
        if joins:
            return self._smallest(elements, joins, binding)
        if block < len(elements):
            return block
        return 0

    def _smallest(self, elements: tuple[Element, ...], places: list[int], binding: Binding) -> int:
        if len(places) == 1:
            return places[0]
        for cap in _CAPS:
            sizes = {i: self.size(elements[i], binding, cap) for i in places}
            best = min(places, key=lambda i: (sizes[i], i))
            if sizes[best] < cap:
                return best
        return places[0]

    def size(self, element: Element, binding: Binding, cap: int) -> int:
        """About how many matches an element has, no more than `cap`."""
        if isinstance(element, Pattern):
            s, p, o = (bound(t, binding) for t in element.terms)
            if s and p and o:
                return 0
            key = (s, p, o, cap)
            if key not in self._sizes:
                inner = " ".join(v.n_triples if v and v.kind != "bnode" else f"?{n}" for n, v in zip("spo", (s, p, o), strict=True))
                answer = self._store.select(f"SELECT (COUNT(*) AS ?n) {{ SELECT * {{ {inner} }} LIMIT {cap} }}")
                self._sizes[key] = int(answer[0][0].text) if answer[0][0] else 0
            return self._sizes[key]
        if isinstance(element, Values):
            return min(len(element.rows), cap)
        if isinstance(element, Group):
            return min((self.size(e, binding, cap) for e in element.elements if isinstance(e, JOINS)), default=1)
        if isinstance(element, Union):
            return min(cap, sum(self.size(g, binding, cap) for g in element.groups))
        if isinstance(element, Select):
            names = {c.name for c in element.columns}
            return self.size(element.where, {k: v for k, v in binding.items() if k in names}, cap)
        assert isinstance(element, Closure)
        return 10 if bound(element.subject, binding) or bound(element.object, binding) else cap

    def step(self, element: Element, chunk: list[Solution]) -> Iterator[Solution]:
        """Yield the solutions of a chunk that an element leaves, and what it adds to them."""
        if isinstance(element, Pattern):
            return self._pattern(element, chunk)
        if isinstance(element, Closure):
            return self._closure(element, chunk)
        if isinstance(element, Values):
            return self._values(element, chunk)
        if isinstance(element, Filter):
            return self._filter(element, chunk)
        if isinstance(element, Bind):
            return self._bind(element, chunk)
        if isinstance(element, Group):
            return self._run(element.elements, chunk)
        if isinstance(element, Union):
            return (s for g in element.groups for s in self._run(g.elements, chunk))
        if isinstance(element, Select):
            return self._select(element, chunk)
        return self._optional(element, chunk)

    # one triple pattern for a whole chunk

    def _pattern(self, pattern: Pattern, chunk: list[Solution]) -> Iterator[Solution]:
        by_key: dict[tuple[Value | None, ...], list[Solution]] = {}
        for solution in chunk:
            s, p, o = (bound(t, solution.binding) for t in pattern.terms)
            if (s is None or s.kind != "literal") and (p is None or p.kind == "iri"):
                by_key.setdefault((s, p, o), []).append(solution)
        for shape in dict.fromkeys(tuple(v is not None and v.kind != "bnode" for v in key) for key in by_key):
            keys = [k for k in by_key if tuple(v is not None and v.kind != "bnode" for v in k) == shape]
            for key, found in self._matches(pattern, keys, shape):
                if any(v is not None and v != f for v, f in zip(key, found, strict=True)):
                    continue
                more = {t.name: v for t, v in zip(pattern.terms, found, strict=True) if isinstance(t, Var)}
                if any(isinstance(t, Var) and more[t.name] != v for t, v in zip(pattern.terms, found, strict=True)):
                    continue
                if self.available is not None and not self.available(found):
                    continue
                for solution in by_key[key]:
                    yield solution.having(more, (found,))

    def _matches(self, pattern: Pattern, keys: list[tuple[Value | None, ...]], shape: tuple[bool, ...]) -> Iterator[tuple[tuple[Value | None, ...], Triple]]:
        free = [n for n, fixed in zip("spo", shape, strict=True) if not fixed]
        if len(keys) == 1:
            text = " ".join(v.n_triples if v and fixed else f"?{n}" for n, v, fixed in zip("spo", keys[0], shape, strict=True))
            query = f"SELECT {' '.join('?' + n for n in free) or '(1 AS ?one)'} {{ {text} }}"
        else:
            fixed_names = [n for n, fixed in zip("spo", shape, strict=True) if fixed]
            rows = " ".join(f"({i} {' '.join(v.n_triples for v, fixed in zip(k, shape, strict=True) if fixed and v)})" for i, k in enumerate(keys))
            query = (f"SELECT ?i {' '.join('?' + n for n in free)} {{ VALUES (?i {' '.join('?' + n for n in fixed_names)}) {{ {rows} }} "
                     f"{' '.join('?' + n for n in 'spo')} }}")
        answer = self._store.query(query)
        assert isinstance(answer, Rows)
        for row in answer.rows:
            key = keys[0] if len(keys) == 1 else keys[int(row[0].text) if row[0] else 0]
            values = dict(zip(free, row if len(keys) == 1 else row[1:], strict=False))
            s, p, o = (values.get(n, v) for n, v in zip("spo", key, strict=True))
            if s is not None and p is not None and o is not None:
                yield key, (s, p, o)

    def _closure(self, path: Closure, chunk: list[Solution]) -> Iterator[Solution]:
        for solution in chunk:
            start, end = bound(path.subject, solution.binding), bound(path.object, solution.binding)
            backwards = start is None
            origin = end if backwards else start
            if origin is None:
                raise InputError("A repeated path needs one end that is known.", "Put the pattern that gives it a value before it.")
            target = path.subject if backwards else path.object
            for value, used in self._reach(origin, path, backwards):
                wanted = bound(target, solution.binding)
                if wanted is None or wanted == value:
                    yield solution.having({target.name: value} if isinstance(target, Var) else {}, used)

    def _reach(self, origin: Value, path: Closure, backwards: bool) -> Iterator[tuple[Value, tuple[Triple, ...]]]:
        """Yield what a repeated path reaches, each once, with the triples on a shortest way."""
        here: dict[Value, tuple[Triple, ...]] = {origin: ()}
        if path.least == 0:
            yield origin, ()
        done = {origin} if path.least == 0 else set()
        while here:
            there: dict[Value, tuple[Triple, ...]] = {}
            for node, way in here.items():
                for prop, inverse in path.steps:
                    against = inverse != backwards
                    pattern = Pattern(Var("n"), prop, node) if against else Pattern(node, prop, Var("n"))
                    for match in self._pattern(pattern, [Solution()]):
                        if match.binding["n"] not in done:
                            there.setdefault(match.binding["n"], (*way, *match.used))
            done |= there.keys()
            yield from there.items()
            here = {} if path.once else there

    @staticmethod
    def _values(values: Values, chunk: list[Solution]) -> Iterator[Solution]:
        for solution in chunk:
            for row in values.rows:
                more = {n: v for n, v in zip(values.names, row, strict=True) if v is not None}
                if all(solution.binding.get(n, v) == v for n, v in more.items()):
                    yield solution.having(more)

    # expressions, OPTIONAL, MINUS, sub-SELECT

    def _truths(self, expression: Expression, chunk: list[Solution]) -> list[Solution]:
        """The chunk with the truth of every EXISTS in the expression, a witness where there is one, else what was not found."""
        for name, group in expression.exists:
            witness = self._first(group, chunk)
            seen = variables(group)
            chunk = [s.having({name: _truth(True)}, w.used, w.absent) if (w := witness.get(i)) else
                     s.having({name: _truth(False)}, (), (Absent(group, {k: v for k, v in s.binding.items() if k in seen}),)) for i, s in enumerate(chunk)]
        return chunk

    def _first(self, group: Group, chunk: list[Solution]) -> dict[int, Solution]:
        found: dict[int, Solution] = {}
        for match in self._run(group.elements, _marked(chunk)):
            found.setdefault(int(match.binding[_MARK].text), match)
            if len(found) == len(chunk):
                break
        return found

    def evaluate(self, expression: Expression, bindings: Sequence[Binding]) -> list[Value | None]:
        """Return what the engine makes of an expression for each binding; None where it has no value."""
        names = sorted((expression.variables | {n for n, _ in expression.exists}) & frozenset().union(*bindings))
        rows = " ".join(f"({i} {' '.join(_stand_in(b.get(n)) for n in names)})" for i, b in enumerate(bindings))
        found: list[Value | None] = [None] * len(bindings)
        for number, value in self._store.select(
                f"SELECT ?i (({expression.text}) AS ?result) {{ VALUES (?i {' '.join('?' + n for n in names)}) {{ {rows} }} }}"):
            if number is not None:
                found[int(number.text)] = value
        return found

    def _filter(self, element: Filter, chunk: list[Solution]) -> Iterator[Solution]:
        tried = self._truths(element.test, chunk)
        test = Expression(f"IF({element.test.text}, true, false)", element.test.variables, element.test.exists)
        helpers = {n for n, _ in element.test.exists}
        for solution, value in zip(tried, self.evaluate(test, [s.binding for s in tried]), strict=True):
            if value is not None and value.text == "true":
                yield Solution({k: v for k, v in solution.binding.items() if k not in helpers}, solution.used, solution.absent)

    def _bind(self, element: Bind, chunk: list[Solution]) -> Iterator[Solution]:
        tried = self._truths(element.value, chunk)
        helpers = {n for n, _ in element.value.exists}
        for solution, value in zip(tried, self.evaluate(element.value, [s.binding for s in tried]), strict=True):
            given = solution.binding.get(element.name)
            if given is not None and given != value:
                continue
            more = {element.name: value} if value is not None else {}
            kept = {k: v for k, v in solution.binding.items() if k not in helpers}
            yield Solution({**kept, **more}, solution.used, solution.absent)

    def _optional(self, element: Optional | Minus | Element, chunk: list[Solution]) -> Iterator[Solution]:
        assert isinstance(element, Optional | Minus)
        found: dict[int, list[Solution]] = {}
        for match in self._run(element.group.elements, _marked(chunk)):
            found.setdefault(int(match.binding[_MARK].text), []).append(match)
        seen = variables(element.group)
        for i, solution in enumerate(chunk):
            if i not in found or (isinstance(element, Minus) and not seen & solution.binding.keys()):
                yield solution.having({}, (), (Absent(element.group, {k: v for k, v in solution.binding.items() if k in seen}),))
            elif isinstance(element, Optional):
                for match in found[i]:
                    yield solution.having({k: v for k, v in match.binding.items() if k != _MARK}, match.used, match.absent)

    def _select(self, select: Select, chunk: list[Solution]) -> Iterator[Solution]:
        from boundwork.derivations.counting import grouped

        if select.limited or select.having:
            raise InputError("A SELECT within the pattern has LIMIT or HAVING and cannot be run backwards.", "Say it without.")
        inside = set(select.grouped) if select.counts else {c.name for c in select.columns if c.value is None}
        start = [Solution({**{k: v for k, v in s.binding.items() if k in inside}, _MARK: _number(i)}) for i, s in enumerate(chunk)]
        for shape in dict.fromkeys(frozenset(s.binding) for s in start):
            same = [s for s in start if frozenset(s.binding) == shape]
            matches = self._run(required(select.where, shape - {_MARK}).elements, same)
            for match in grouped(select, matches, self, _MARK) if select.counts else self._projected(select, matches):
                own = chunk[int(match.binding[_MARK].text)]
                more = {k: v for k, v in match.binding.items() if k != _MARK}
                if all(own.binding.get(k, v) == v for k, v in more.items()):
                    yield own.having(more, match.used, match.absent)

    def _projected(self, select: Select, matches: Iterable[Solution]) -> Iterator[Solution]:
        seen = set()
        names = {c.name for c in select.columns}
        for match in matches:
            binding = dict(match.binding)
            for column in select.columns:
                if column.value is not None:
                    value = self.evaluate(column.value, [binding])[0]
                    binding.update({column.name: value} if value is not None else {})
            kept = {k: v for k, v in binding.items() if k in names or k == _MARK}
            key = frozenset(kept.items())
            if not select.distinct or key not in seen:
                seen.add(key)
                yield Solution(kept, match.used, match.absent)


def _marked(chunk: list[Solution]) -> list[Solution]:
    return [Solution({**s.binding, _MARK: _number(i)}) for i, s in enumerate(chunk)]


def _number(value: int) -> Value:
    return Value("literal", str(value), XSD + "integer")


def _truth(value: bool) -> Value:
    return Value("literal", str(value).lower(), XSD + "boolean")


def _stand_in(value: Value | None) -> str:
    return "UNDEF" if value is None else value.n_triples if value.kind != "bnode" else f"<bnode:{value.text}>"
