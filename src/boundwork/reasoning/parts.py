"""Statements in, parts that may be reasoned over one by one, or the reason why that would not be enough.

What stands between two councils is shared knowledge only: codes, coders, waves, the study. A part is all that is about one
focal actor, together with that shared knowledge. Decision 0008 argues why the parts then conclude what the whole concludes;
each condition of the argument is checked here, and what breaks one is either drawn into a part or makes the whole one part.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from boundwork.reasoning.statements import OWL, RDF, RDFS, TYPE, Statements, above, is_vocabulary, triple
from boundwork.terms import BW

FOCAL = f"<{BW}FocalActor>"
LINES_PER_PART = 4_000
_ALLOWED = {f"<{OWL}{n}>" for n in (
    "Restriction", "onProperty", "hasValue", "someValuesFrom", "intersectionOf", "unionOf", "complementOf", "equivalentClass", "disjointWith",
    "disjointUnionOf", "AllDisjointClasses", "members", "AllDifferent", "distinctMembers", "inverseOf", "propertyChainAxiom",
    "FunctionalProperty", "InverseFunctionalProperty", "Class", "Thing", "Nothing")} | {
    f"<{RDFS}{n}>" for n in ("subClassOf", "subPropertyOf", "domain", "range")} | {f"<{RDF}{n}>" for n in ("type", "first", "rest", "nil")}
"""Words of OWL that the argument covers. A universal restriction, a cardinality or owl:sameAs may carry conclusions across."""


@dataclass
class Split:
    """What every part shares, and the lines of each part; `why` says why it is one part only, and is empty when there are several."""

    shared: list[str]
    parts: list[list[str]]
    components: int = 1
    shared_individuals: frozenset[str] = frozenset()
    why: str = ""

    def texts(self) -> list[list[str]]:
        """The lines of each part with what is shared."""
        return [[*self.shared, *part] for part in self.parts]


@dataclass
class _Schema:
    """What the axioms say, as far as the argument needs it."""

    classes: dict[str, set[str]]
    properties: dict[str, set[str]]
    ranges: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    two_way: set[str] = field(default_factory=set)
    functional: set[str] = field(default_factory=set)
    inverse_functional: set[str] = field(default_factory=set)
    choices: list[tuple[str, str, set[str]]] = field(default_factory=list)
    different: list[set[str]] = field(default_factory=list)
    refused: str = ""

    def supers(self, prop: str) -> set[str]:
        return self.properties.get(prop, {prop})

    def told(self, classes: set[str]) -> set[str]:
        return {c for each in classes for c in self.classes.get(each, {each})}


def split(statements: Statements, lines_per_part: int = LINES_PER_PART) -> Split:
    """Return the parts of statements: the neighbourhoods of focal actors, several in one part where they are small."""
    schema = _schema(statements)
    whole = [*statements.lines()]
    if schema.refused:
        return Split([], [whole], why=schema.refused)
    edges: list[tuple[str, str, str]] = []
    types: dict[str, set[str]] = defaultdict(set)
    for line in statements.facts:
        s, p, o = triple(line)
        if p == TYPE:
            types[s].add(o)
        elif o.startswith("<"):
            edges.append((s, p, o))
    danger = _merging(schema, edges)
    if danger:
        return Split([], [whole], why=danger)
    told = {x: schema.told(t) for x, t in types.items()}
    inner = {x for x, t in told.items() if FOCAL in t}
    if len(inner) < 2:
        return Split([], [whole], why="there is one focal actor")
    inner = _closed(inner, edges, told, schema)
    leader = _components(inner, edges)
    _draw_in(leader, edges, {x for axiom in statements.axioms for line in axiom for x in triple(line)})
    outside = {x for s, _, o in edges for x in (s, o) if x not in leader} | {x for x in types if x not in leader}
    for kind, owner, members in schema.choices:
        about = {s for s, p, _ in edges if owner in schema.supers(p)} if kind == "property" else {x for x, t in told.items() if owner in t}
        undecided = sorted(x for x in about & outside if not told.get(x, set()) & members)
        if undecided:
            return Split([], [whole], why=f"what {_name(undecided[0])} is, which all share, is left open between {', '.join(sorted(map(_name, members)))}")
    lines: dict[str, list[str]] = defaultdict(list)
    shared = [*statements.declarations, *(line for axiom in statements.axioms for line in axiom)]
    for line in statements.facts:
        s, _, _ = triple(line)
        (lines[leader[s]] if s in leader else shared).append(line)
    parts: list[list[str]] = []
    for _, group in sorted(lines.items()):
        if not parts or len(parts[-1]) + len(group) > lines_per_part:
            parts.append([])
        parts[-1] += group
    return Split(shared, parts, len(lines), frozenset(x[1:-1] for x in outside), "" if len(parts) > 1 else "the statements are few")


def _name(term: str) -> str:
    return term.strip("<>").rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def _schema(statements: Statements) -> _Schema:
    """Read the axioms; `refused` says which of them the argument does not cover."""
    flat = [triple(line) for axiom in statements.axioms for line in axiom]
    sub = f"<{RDFS}subClassOf>", f"<{RDFS}subPropertyOf>", f"<{OWL}equivalentClass>"
    named = [(s, p, o) for s, p, o in flat if s.startswith("<") and o.startswith("<")]
    both = [(o, s) for s, p, o in named if p == sub[2]]
    schema = _Schema(above([*((s, o) for s, p, o in named if p in (sub[0], sub[2])), *both]), above((s, o) for s, p, o in named if p == sub[1]))
    for s, p, o in flat:
        used = [t for t in (p, o) if is_vocabulary(t) and t not in _ALLOWED]
        if used:
            schema.refused = f"the ontology uses {_name(used[0])}, which may carry conclusions from one council to another"
            return schema
        if p == f"<{RDFS}range>":
            if o.startswith("_:"):
                schema.refused = f"the range of {_name(s)} is not one class"
                return schema
            schema.ranges[s].add(o)
        elif p == f"<{OWL}inverseOf>":
            schema.two_way |= {s, o}
        elif o == f"<{OWL}InverseFunctionalProperty>":
            schema.two_way.add(s)
            schema.inverse_functional.add(s)
        elif o == f"<{OWL}FunctionalProperty>":
            schema.functional.add(s)
    _expressions(flat, schema)
    return schema


def _expressions(flat: list[tuple[str, str, str]], schema: _Schema) -> None:
    """Read unions, complements and lists of different things."""
    after = {(s, p): o for s, p, o in flat if s.startswith("_:")}
    owner = {o: (s, p) for s, p, o in flat if o.startswith("_:")}

    def members(node: str) -> set[str]:
        found = set()
        while node in owner or (node, f"<{RDF}first>") in after:
            found.add(after[node, f"<{RDF}first>"])
            node = after[node, f"<{RDF}rest>"]
            if node == f"<{RDF}nil>":
                break
        return found

    for s, p, o in flat:
        if p == f"<{OWL}distinctMembers>":
            schema.different.append(members(o))
        elif p == f"<{OWL}disjointUnionOf>":
            schema.choices.append(("class", s, members(o)))
        elif p == f"<{OWL}unionOf>":
            whose, how = (s, "") if s.startswith("<") else owner.get(s, ("", ""))
            if any(m.startswith("_:") for m in members(o)) or not whose.startswith("<"):
                schema.refused = "the ontology nests a union, which leaves open what something is"
            else:
                schema.choices.append(("property" if how == f"<{RDFS}domain>" else "class", whose, members(o)))
        elif p == f"<{OWL}complementOf>":
            whose, how = owner.get(s, ("", ""))
            if how != f"<{RDFS}subClassOf>" or not whose.startswith("<") or not (o.startswith("<") or (o, f"<{OWL}someValuesFrom>") in after):
                schema.refused = "the ontology uses a complement in a definition, which leaves open what something is"


def _merging(schema: _Schema, edges: list[tuple[str, str, str]]) -> str:
    """Say which statement may make two individuals one; where they are told different it is a contradiction, which a part shows."""
    values: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
    for s, p, o in edges:
        for each in schema.supers(p):
            if each in schema.functional:
                values[s, each, True].add(o)
            if each in schema.inverse_functional:
                values[o, each, False].add(s)
    for (_, prop, _), found in sorted(values.items()):
        if len(found) > 1 and not any(found <= group for group in schema.different):
            return f"{' and '.join(sorted(map(_name, found)))} may be one and the same, by {_name(prop)}"
    return ""


def _closed(inner: set[str], edges: list[tuple[str, str, str]], told: dict[str, set[str]], schema: _Schema) -> set[str]:
    """Add all that leads to an inner individual, and every outer one of which an edge from inside says something new."""
    before: dict[str, set[str]] = defaultdict(set)
    for s, _, o in edges:
        before[o].add(s)
    inner = set(inner)
    todo = list(inner)
    while True:
        while todo:
            for each in before[todo.pop()] - inner:
                inner.add(each)
                todo.append(each)
        for s, p, o in edges:
            if s in inner and o not in inner:
                supers = schema.supers(p)
                if supers & schema.two_way or not {r for each in supers for r in schema.ranges.get(each, ())} <= told.get(o, set()):
                    inner.add(o)
                    todo.append(o)
        if not todo:
            return inner


def _components(inner: set[str], edges: list[tuple[str, str, str]]) -> dict[str, str]:
    """Return inner individual -> the one that stands for its component."""
    leader = {x: x for x in inner}

    def find(x: str) -> str:
        while leader[x] != x:
            leader[x] = leader[leader[x]]
            x = leader[x]
        return x

    for s, _, o in edges:
        if s in leader and o in leader:
            one, other = sorted((find(s), find(o)))
            leader[other] = one
    return {x: find(x) for x in inner}


def _draw_in(leader: dict[str, str], edges: list[tuple[str, str, str]], mentioned: set[str]) -> None:
    """Take into a component what nothing else speaks of, no axiom either, so that parts carry little; changes `leader`."""
    users: dict[str, set[str]] = defaultdict(set)
    for s, _, o in edges:
        users[o].add(leader.get(s, ""))
    for x, whose in users.items():
        if x not in leader and x not in mentioned and len(whose) == 1 and "" not in whose:
            leader[x] = next(iter(whose))
