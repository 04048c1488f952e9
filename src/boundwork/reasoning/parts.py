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
Edge = tuple[str, str, str]


@dataclass
class Split:
    """What every part shares, and the lines of each part; `why` says why it is one part only, and is empty when there are several.

    `choices` are a class and the classes of which each of its members must be one: what is shared must not leave that open.
    """

    shared: list[str]
    parts: list[list[str]]
    components: int = 1
    shared_individuals: frozenset[str] = frozenset()
    why: str = ""
    choices: tuple[tuple[str, frozenset[str]], ...] = ()

    def texts(self) -> list[list[str]]:
        """The lines of each part with what is shared."""
        return [[*self.shared, *part] for part in self.parts]


@dataclass
class _Schema:
    """What the axioms say, as far as the argument needs it."""

    classes: dict[str, set[str]]
    properties: dict[str, set[str]]
    ranges: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    domains: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    inverses: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    values: list[tuple[str, str]] = field(default_factory=list)
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

    def ends(self, prop: str) -> set[str]:
        """Classes that the ranges of a property tell of its values."""
        return self.told({r for each in self.supers(prop) for r in self.ranges.get(each, ())})

    def starts(self, prop: str) -> set[str]:
        return self.told({d for each in self.supers(prop) for d in self.domains.get(each, ())})

    def news(self, prop: str, told: set[str]) -> bool:
        """True when a value of the property, which is told these classes, hears something new by that."""
        return bool(self.supers(prop) & self.two_way) or not self.ends(prop) <= told


def split(statements: Statements, lines_per_part: int = LINES_PER_PART) -> Split:
    """Return the parts of statements: the neighbourhoods of focal actors, several in one part where they are small."""
    schema = _schema(statements)
    whole = [*statements.lines()]
    if schema.refused:
        return Split([], [whole], why=schema.refused)
    edges: list[Edge] = []
    types: dict[str, set[str]] = defaultdict(set)
    for line in statements.facts:
        s, p, o = triple(line)
        if p == TYPE:
            types[s].add(o)
        elif o.startswith("<"):
            edges.append((s, p, o))
    told = {x: schema.told(t) for x, t in types.items()}
    danger = _merging(schema, edges) or _unheard(schema, told)
    if danger:
        return Split([], [whole], why=danger)
    inner = {x for x, t in told.items() if FOCAL in t}
    if len(inner) < 2:
        return Split([], [whole], why="there is one focal actor")
    inner = _closed(inner, edges, told, schema)
    named = sorted(v for _, v in schema.values if v in inner)
    if named:
        return Split([], [whole], why=f"the ontology names {_name(named[0])}, which is no code")
    leader = _components(inner, edges)
    _draw_in(leader, edges, {x for axiom in statements.axioms for line in axiom for x in triple(line)}, told, schema)
    outside = {x for s, _, o in edges for x in (s, o) if x not in leader} | {x for x in types if x not in leader}
    known = {x: set(told.get(x, ())) for x in outside}
    for s, p, o in edges:
        if s in outside:
            known[s] |= schema.starts(p)
            known[o] |= schema.ends(p)
    for kind, owner, members in schema.choices:
        about = {s for s, p, _ in edges if owner in schema.supers(p)} if kind == "property" else {x for x, t in known.items() if owner in t}
        undecided = sorted(x for x in about & outside if not known[x] & members)
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
    choices = tuple((owner[1:-1], frozenset(m[1:-1] for m in members)) for kind, owner, members in schema.choices if kind == "class")
    return Split(shared, parts, len(lines), frozenset(x[1:-1] for x in outside), "" if len(parts) > 1 else "the statements are few", choices)


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
        if p == TYPE and o.startswith("_:") and s.startswith("<"):
            schema.refused = f"what {_name(s)} is has no name"
            return schema
        if p == f"<{RDFS}range>":
            if o.startswith("_:"):
                schema.refused = f"the range of {_name(s)} is not one class"
                return schema
            schema.ranges[s].add(o)
        elif p == f"<{RDFS}domain>" and o.startswith("<"):
            schema.domains[s].add(o)
        elif p == f"<{OWL}inverseOf>":
            if s.startswith("_:"):
                schema.refused = f"the ontology reads {_name(o)} backwards without a name for that"
                return schema
            schema.two_way |= {s, o}
            schema.inverses[s].add(o)
            schema.inverses[o].add(s)
        elif o == f"<{OWL}InverseFunctionalProperty>":
            schema.two_way.add(s)
            schema.inverse_functional.add(s)
        elif o == f"<{OWL}FunctionalProperty>":
            schema.functional.add(s)
    _expressions(flat, schema)
    return schema


def _expressions(flat: list[Edge], schema: _Schema) -> None:
    """Read unions, complements, restrictions, chains and lists of different things."""
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
        elif p == f"<{OWL}hasValue>" and o.startswith("<"):
            schema.values.append((after[s, f"<{OWL}onProperty>"], o))
        elif p == f"<{OWL}someValuesFrom>" and owner.get(s, ("", ""))[1] != f"<{OWL}complementOf>":
            asked = after[s, f"<{OWL}onProperty>"]
            if any(each in schema.functional or schema.inverses[each] & schema.inverse_functional for each in schema.supers(asked)):
                schema.refused = f"the ontology asks for a kind of {_name(asked)}, of which there is one at most"
    if not schema.refused:
        _derived(flat, after, schema)


def _derived(flat: list[Edge], after: dict[tuple[str, str], str], schema: _Schema) -> None:
    """Refuse where a property that follows from a chain or from a definition tells its value something, or is read backwards."""
    unions = {owner for kind, owner, _ in schema.choices if kind == "property"}
    followed = [(prop, set[str]()) for prop, _ in schema.values]
    for s, p, o in flat:
        if p == f"<{OWL}propertyChainAxiom>":
            node = o
            while after[node, f"<{RDF}rest>"] != f"<{RDF}nil>":
                node = after[node, f"<{RDF}rest>"]
            followed.append((s, schema.ends(after[node, f"<{RDF}first>"])))
    values = {prop for prop, _ in schema.values}
    for prop, heard in followed:
        if schema.supers(prop) & schema.two_way:
            schema.refused = f"{_name(prop)}, which follows from other statements, is read backwards"
        elif schema.supers(prop) & unions:
            schema.refused = f"{_name(prop)}, which follows from other statements, leaves open what has it"
        elif prop not in values and not schema.ends(prop) <= heard:
            schema.refused = f"{_name(prop)}, which follows from a chain, says more of its values than the end of the chain"


def _unheard(schema: _Schema, told: dict[str, set[str]]) -> str:
    """Say which value that a definition names would hear something new by being named."""
    for prop, value in schema.values:
        if not schema.ends(prop) <= told.get(value, set()):
            return f"{_name(value)} is not told to be what a value of {_name(prop)} is"
    return ""


def _merging(schema: _Schema, edges: list[Edge]) -> str:
    """Say which statement may make two individuals one; where they are told different it is a contradiction, which a part shows."""
    values: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
    named: dict[str, set[str]] = defaultdict(set)
    for prop, value in schema.values:
        for each in schema.supers(prop) & schema.functional:
            named[each].add(value)
    both = [*edges, *((o, q, s) for s, p, o in edges for each in schema.supers(p) for q in schema.inverses.get(each, ()))]
    for s, p, o in both:
        for each in schema.supers(p):
            if each in schema.functional:
                values[s, each, True].add(o)
                if each in named:
                    named[each].add(o)
            if each in schema.inverse_functional:
                values[o, each, False].add(s)
    values.update({("", prop, True): found for prop, found in named.items()})
    for (_, prop, _), found in sorted(values.items()):
        if len(found) > 1 and not any(found <= group for group in schema.different):
            return f"{' and '.join(sorted(map(_name, found)))} may be one and the same, by {_name(prop)}"
    return ""


def _closed(inner: set[str], edges: list[Edge], told: dict[str, set[str]], schema: _Schema) -> set[str]:
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
            if s in inner and o not in inner and schema.news(p, told.get(o, set())):
                inner.add(o)
                todo.append(o)
        if not todo:
            return inner


def _components(inner: set[str], edges: list[Edge]) -> dict[str, str]:
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


def _draw_in(leader: dict[str, str], edges: list[Edge], mentioned: set[str], told: dict[str, set[str]], schema: _Schema) -> None:
    """Take into a component what nothing else speaks of, no axiom either, so that parts carry little; changes `leader`.

    It stays outside where it would take news from there with it: what it says of others that are shared.
    """
    users: dict[str, set[str]] = defaultdict(set)
    says: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for s, p, o in edges:
        users[o].add(leader.get(s, ""))
        says[s].append((p, o))
    for x, whose in users.items():
        if x not in leader and x not in mentioned and len(whose) == 1 and "" not in whose:
            home = next(iter(whose))
            if all(leader.get(o) == home or not schema.news(p, told.get(o, set())) for p, o in says[x]):
                leader[x] = home
