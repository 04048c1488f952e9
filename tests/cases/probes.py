"""A case in, the questions that it puts to a reasoner out: classes that must, or must not, be able to have a member.

Whatever a case says of individuals is said by one class of its own: a member of that class stands in a relation of its own to
each thing of the case, named by a nominal and described by what the case says of it. So the class can have a member exactly if
the statements of the case fit the ontology, and cases that stand in one file know nothing of each other, although they share
the codes. What must follow is asked by adding its opposite. The same question put case by case, without this detour, is a
slow test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import pyoxigraph as ox

from cases.axioms import OWL, RDF, RDFS, TYPE, value

PROBE = "urn:boundwork:probe:"
IS_NOT = PROBE + "is-not"
"""Stands for a type that is a complement: the thing is none of that class."""
Draw = Callable[["Drawing"], str]
Fact = ox.Triple


@dataclass(frozen=True)
class Probe:
    """One question: what to call it, what is given and what is asked beside it, and whether the class of both must be able to have a member."""

    label: str
    given: tuple[Draw, ...]
    asked: Draw | None
    fits: bool


class Drawing:
    """N-Triples of class expressions, piece by piece; each method returns the node of the expression that it adds."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._numbers = count()

    def say(self, *triples: tuple[str, str, str]) -> str:
        """Add triples and return the subject of the first."""
        self.lines += [f"{s} <{p}> {o} ." for s, p, o in triples]
        return triples[0][0]

    def blank(self) -> str:
        """Return a new blank node."""
        return f"_:q{next(self._numbers)}"

    def sequence(self, members: Sequence[str]) -> str:
        """Return an RDF list."""
        rest = f"<{RDF}nil>"
        for member in reversed(members):
            node = self.blank()
            rest = self.say((node, RDF + "first", member), (node, RDF + "rest", rest))
        return rest

    def combined(self, key: str, members: Sequence[str]) -> str:
        """Return an intersection, a union or a nominal (key: intersectionOf, unionOf, oneOf)."""
        return self.say((node := self.blank(), TYPE, f"<{OWL}Class>"), (node, OWL + key, self.sequence(members)))

    def no(self, expression: str) -> str:
        """Return a complement."""
        return self.say((node := self.blank(), TYPE, f"<{OWL}Class>"), (node, OWL + "complementOf", expression))

    def restriction(self, prop: str, key: str, filler: str) -> str:
        """Return a restriction (key: someValuesFrom, hasValue)."""
        return self.say((node := self.blank(), TYPE, f"<{OWL}Restriction>"), (node, OWL + "onProperty", prop), (node, OWL + key, filler))

    def somewhere(self, *members: str) -> str:
        """Return the class of what stands in the probes' own relation to something that is all this."""
        inside = members[0] if len(members) == 1 else self.combined("intersectionOf", members)
        return self.restriction(f"<{PROBE}about>", "someValuesFrom", inside)

    def described(self, fact: Fact) -> str:
        """Return what a fact says of its subject."""
        predicate = fact.predicate.value
        if predicate == TYPE:
            return str(fact.object)
        if predicate == IS_NOT:
            return self.no(str(fact.object))
        if predicate in (OWL + "sameAs", OWL + "differentFrom"):
            other = self.combined("oneOf", [str(fact.object)])
            return other if predicate.endswith("sameAs") else self.no(other)
        return self.restriction(str(fact.predicate), "hasValue", str(fact.object))


def holds(facts: Iterable[Fact]) -> Iterator[Draw]:
    """Yield, for each thing that facts speak of, that it exists and is as they say."""
    about: dict[str, list[Fact]] = {}
    for fact in facts:
        about.setdefault(str(fact.subject), []).append(fact)
    for subject, said in about.items():
        yield lambda d, s=subject, f=said: d.somewhere(d.combined("oneOf", [s]), *(d.described(x) for x in f))  # type: ignore[misc]


def fails(fact: Fact, data: frozenset[str] = frozenset()) -> Draw:
    """Return the opposite of one statement, of individuals or of classes and properties; `data` names the data properties.

    Errors: LookupError for a kind of statement that cannot be asked.
    """
    s, p, o = str(fact.subject), fact.predicate.value, str(fact.object)
    anything = f"<{RDFS}Literal>" if value(fact.subject) in data else f"<{OWL}Thing>"
    if p == RDFS + "subClassOf":
        return lambda d: d.somewhere(s, d.no(o))
    if p == OWL + "disjointWith":
        return lambda d: d.somewhere(s, o)
    if p == RDFS + "subPropertyOf":
        return lambda d: d.somewhere(d.restriction(s, "hasValue", f"<{PROBE}other>"), d.no(d.restriction(o, "hasValue", f"<{PROBE}other>")))
    if p == RDFS + "domain":
        return lambda d: d.somewhere(d.restriction(s, "someValuesFrom", anything), d.no(o))
    if p == RDFS + "range" and value(fact.subject) not in data:
        return lambda d: d.somewhere(d.restriction(s, "someValuesFrom", d.no(o)))
    if (p.startswith((OWL, RDFS)) and p not in (OWL + "sameAs", OWL + "differentFrom")) or o.startswith(f"<{OWL}"):
        raise LookupError(f"{fact} cannot be asked")
    return lambda d: d.somewhere(d.combined("oneOf", [s]), d.no(d.described(fact)))


def name(number: int) -> str:
    """Return the class of a probe in a file."""
    return f"{PROBE}{number}"


def written(probes: Sequence[Probe], extra: Sequence[tuple[str, Sequence[int]]] = ()) -> str:
    """Return N-Triples with one class for each probe, by its place; `extra` names unions of some of them."""
    drawing = Drawing()
    drawing.say((f"<{PROBE}about>", TYPE, f"<{OWL}ObjectProperty>"))
    shared: dict[tuple[Draw, ...], str] = {}
    for number, probe in enumerate(probes):
        drawing.say((f"<{name(number)}>", TYPE, f"<{OWL}Class>"))
        if probe.given and probe.given not in shared:
            shared[probe.given] = given = f"<{PROBE}given-{len(shared)}>"
            drawing.say((given, TYPE, f"<{OWL}Class>"))
            for part in probe.given:
                drawing.say((given, RDFS + "subClassOf", part(drawing)))
        parts = [*([shared[probe.given]] if probe.given else []), *([probe.asked(drawing)] if probe.asked else [])]
        drawing.say(*((f"<{name(number)}>", RDFS + "subClassOf", part) for part in parts))
    for union, members in extra:
        drawing.say((f"<{union}>", TYPE, f"<{OWL}Class>"))
        drawing.say((f"<{union}>", OWL + "equivalentClass", drawing.combined("unionOf", [f"<{name(n)}>" for n in members])))
    return "".join(f"{line}\n" for line in drawing.lines)
