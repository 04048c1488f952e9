"""OWL axioms in, sentences out: owlready2 reads their class expressions, and each kind of axiom has its words."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from boundwork.reasoning.statements import OWL, RDF, RDFS, TYPE, data, triple

Unit = tuple[str, ...]
Name = Callable[[str], str]
_MANY = 4


def sentences(axiom: Unit, declarations: Iterable[str], about: set[str], name: Name) -> list[str]:
    """Return what one axiom says, in words.

    `axiom` and `declarations` are N-Triples lines, `about` the terms (as N-Triples) that matter here: of a long list only those
    are named. `name` gives the words for an IRI. Source: OWL 2, as owlready2 reads it.
    """
    import owlready2

    terms = {t for line in axiom for t in triple(line) if t.startswith("<")}
    declared_lines = [d for d in declarations if triple(d)[0] in terms]
    declared = {triple(d)[0] for d in declared_lines}
    values = {o for _, p, o in map(triple, axiom) if p in (f"<{OWL}hasValue>", f"<{RDF}first>") and o.startswith("<") and o not in declared}
    world = owlready2.World()
    text = data([*declared_lines, *(f"{v} {TYPE} <{OWL}NamedIndividual> ." for v in sorted(values)), *axiom])
    world.get_ontology("urn:boundwork:axiom#").load(fileobj=io.BytesIO(text))
    found = [*_lists(axiom, about, name), *_classes(world, owlready2, name), *_properties(world, owlready2, axiom, name)]
    world.close()
    return list(dict.fromkeys(found)) or [" ".join(axiom)]


def _lists(axiom: Unit, about: set[str], name: Name) -> Iterator[str]:
    """Things that all differ, and classes that share no member."""
    parts = [triple(line) for line in axiom]
    kinds = {o for _, p, o in parts if p == TYPE}
    members = [o for _, p, o in parts if p == f"<{RDF}first>"]
    chosen = [m for m in members if m in about] or members
    told = _joined([name(m[1:-1]) for m in chosen[:_MANY]], len(members) - min(len(chosen), _MANY))
    if f"<{OWL}AllDifferent>" in kinds:
        yield f"These are different things: {told}."
    elif f"<{OWL}AllDisjointClasses>" in kinds:
        yield f"Nothing is two of these at once: {told}."
    for s, p, o in parts:
        if p == TYPE and s.startswith("<") and o.startswith("<") and not o.startswith((f"<{OWL}", f"<{RDF}", f"<{RDFS}")):
            yield f"{name(s[1:-1])} is {_one(name(o[1:-1]))}."
        elif p == f"<{OWL}disjointWith>":
            yield f"Nothing is both {name(s[1:-1])} and {name(o[1:-1])}."
        elif p == f"<{OWL}disjointUnionOf>":
            yield f"Every {name(s[1:-1])} is exactly one of {', '.join(name(m[1:-1]) for m in members)}."


def _joined(names: Sequence[str], more: int) -> str:
    return ", ".join([*names, *([f"and {more} more"] if more > 0 else [])])


def _classes(world: Any, owlready2: Any, name: Name) -> Iterator[str]:
    for cls in world.classes():
        for each in cls.equivalent_to:
            yield f"{name(cls.iri)} means: {_expression(each, owlready2, name)}."
        for each in cls.is_a:
            if each is not owlready2.Thing:
                yield f"Every {name(cls.iri)} is {_expression(each, owlready2, name)}."


def _properties(world: Any, owlready2: Any, axiom: Unit, name: Name) -> Iterator[str]:
    said = {(p, o) for _, p, o in map(triple, axiom)}
    for each in world.properties():
        own = name(each.iri)
        if owlready2.FunctionalProperty in each.is_a:
            yield f"A thing has one value of '{own}' at most."
        if owlready2.InverseFunctionalProperty in each.is_a:
            yield f"No two things share a value of '{own}'."
        for kind in each.domain:
            yield f"What has '{own}' is {_expression(kind, owlready2, name)}."
        for kind in each.range:
            yield f"A value of '{own}' is {_expression(kind, owlready2, name)}."
        for chain in each.get_property_chain():
            yield f"'{own}' follows from {' then '.join(repr(name(p.iri)) for p in chain.properties)}."
        for above in each.is_a:
            if any(p == f"<{RDFS}subPropertyOf>" and o == f"<{getattr(above, 'iri', '')}>" for p, o in said):
                yield f"What has '{own}' also has '{name(above.iri)}', with the same value."
        if each.inverse_property is not None:
            yield f"'{own}' is '{name(each.inverse_property.iri)}' read backwards."


def _expression(each: Any, owlready2: Any, name: Name) -> str:
    """A class expression in words."""
    def inner(part: Any) -> str:
        return _expression(part, owlready2, name)

    if isinstance(each, owlready2.Restriction):
        prop = each.property
        backwards = isinstance(prop, owlready2.Inverse)
        own = f"'{name(prop.property.iri if backwards else prop.iri)}'{' backwards' if backwards else ''}"
        value = each.value
        told = name(value.iri) if hasattr(value, "iri") else inner(value) if isinstance(value, owlready2.Construct) else repr(value)
        words = {owlready2.VALUE: f"something with {own} {told}", owlready2.SOME: f"something with {own} some {told}",
                 owlready2.ONLY: f"something with {own} only {told}"}
        return words.get(each.type) or f"something with {each.cardinality} of {own}"
    if isinstance(each, owlready2.And):
        return " and ".join(map(inner, each.Classes))
    if isinstance(each, owlready2.Or):
        return f"({' or '.join(map(inner, each.Classes))})"
    if isinstance(each, owlready2.Not):
        return f"not ({inner(each.Class)})"
    if isinstance(each, owlready2.OneOf):
        return f"one of {_joined([name(i.iri) for i in each.instances[:_MANY]], len(each.instances) - _MANY)}"
    return _one(name(each.iri)) if hasattr(each, "iri") else getattr(each, "__name__", str(each))


def _one(noun: str) -> str:
    """A noun with its article.

    >>> _one("attributed extract"), _one("council")
    ('an attributed extract', 'a council')
    """
    return f"{'an' if noun[:1] in 'aeioAEIO' else 'a'} {noun}"
