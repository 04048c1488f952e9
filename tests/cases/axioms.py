"""Turtle files in, the OWL axioms in them out, each with a name in Turtle's own words and all triples that make it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from boundwork.pipeline.inputs import ontology_files, prefixes
from boundwork.rules import Rule, codebook_facts, read_rules
from boundwork.terms import compact

OWL = "http://www.w3.org/2002/07/owl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
TYPE = RDF + "type"
LISTS = {OWL + "AllDisjointClasses": OWL + "members", OWL + "AllDifferent": OWL + "distinctMembers"}
DECLARED = {OWL + n for n in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty", "NamedIndividual", "Ontology")}
SAID_BESIDE = {RDFS + "label", RDFS + "comment", RDFS + "seeAlso", OWL + "versionInfo", OWL + "versionIRI"}
Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
"""As pyoxigraph has it; a triple in the place of a node does not occur here."""


@dataclass(frozen=True)
class Axiom:
    """One OWL axiom: `bw:codes rdfs:domain bw:Coding`, `owl:AllDifferent code:low code:medium code:high`, ..."""

    name: str
    triples: frozenset[ox.Triple]

    @property
    def words(self) -> list[str]:
        """The name word by word, without brackets."""
        return words(self.name)

    @property
    def terms(self) -> set[str]:
        """IRIs of the project that it speaks of."""
        nodes = {n.value for t in self.triples for n in (t.subject, t.predicate, t.object) if isinstance(n, ox.NamedNode)}
        return {n for n in nodes if "boundwork" in n}


def value(node: Node) -> str:
    """Return the IRI, the text or the label of a node."""
    return str(node) if isinstance(node, ox.Triple) else node.value


def words(name: str) -> list[str]:
    """Split an axiom's name.

    >>> words("bw:basis rdfs:domain (bw:Coding or bw:CaseJudgement)")
    ['bw:basis', 'rdfs:domain', 'bw:Coding', 'or', 'bw:CaseJudgement']
    """
    return [w for w in re.split(r"[\s(),]+", name) if w]


class Ontology:
    """The ontology that goes into every graph, a study's own included: its axioms, and what is needed to read them."""

    def __init__(self, study: Path | None = None) -> None:
        """Read the files; what is only said for people (labels, definitions, examples) is left out."""
        self.study = study
        everything = [q.triple for path in ontology_files(study) for q in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]
        beside = SAID_BESIDE | {t.subject.value for t in everything if t.predicate.value == TYPE and t.object.value == OWL + "AnnotationProperty"}
        headers = {t.subject for t in everything if t.predicate.value == TYPE and t.object.value == OWL + "Ontology"}
        self.triples = [t for t in dict.fromkeys(everything) if t.predicate.value not in beside and t.subject not in headers and t.subject.value not in beside]
        self._about: dict[Node, list[ox.Triple]] = defaultdict(list)
        for triple in self.triples:
            self._about[triple.subject].append(triple)
        self._prefixes = prefixes()

    @cached_property
    def declared(self) -> dict[str, set[str]]:
        """IRI -> what it is declared as (class, object property ...)."""
        found: dict[str, set[str]] = defaultdict(set)
        for triple in self.triples:
            if triple.predicate.value == TYPE and triple.object.value in DECLARED:
                found[triple.subject.value].add(triple.object.value.removeprefix(OWL))
        return dict(found)

    @cached_property
    def axioms(self) -> list[Axiom]:
        """Every logical axiom, sorted by name; a declaration is none."""
        made = {}
        for triple in self.triples:
            declaration = triple.predicate.value == TYPE and triple.object.value in DECLARED
            if isinstance(triple.subject, ox.NamedNode) and not declaration:
                parts = frozenset({triple, *self._below(triple.object)})
                made[f"{self.short(triple.subject)} {self.short(triple.predicate)} {self.show(triple.object)}"] = parts
            elif triple.predicate.value == TYPE and triple.object.value in LISTS:
                members = next(t.object for t in self._about[triple.subject] if t.predicate.value == LISTS[triple.object.value])
                made[f"{self.short(triple.object)} {' '.join(self.show(m) for m in self._list(members))}"] = frozenset(self._below(triple.subject))
        return [Axiom(name, parts) for name, parts in sorted(made.items())]

    def named(self, header: str) -> list[Axiom]:
        """Return what a header means: the axiom that begins with its first words and holds the others; with `*`, all that fit.

        Errors: LookupError when none or, without `*`, several fit.
        """
        asked = words(header)
        start = 1 if asked[0].startswith("owl:All") else 2
        found = [a for a in self.axioms if len(a.words) >= len(asked) and all(map(fnmatchcase, a.words[:start], asked[:start]))
                 and all(any(fnmatchcase(w, x) for w in a.words[start:]) for x in asked[start:])]
        if not found or (len(found) > 1 and "*" not in header):
            raise LookupError(f"'{header}' names {len(found)} axioms: {'; '.join(a.name for a in found[:4]) or 'nothing like it'}")
        return found

    def without(self, *axioms: Axiom) -> str:
        """Return the ontology as N-Triples, less some axioms, with what the codebook rules compute from the rest, as every reading holds it."""
        gone = {triple for axiom in axioms for triple in axiom.triples}
        text = "".join(f"{t} .\n" for t in self.triples if t not in gone)
        facts = self._compute(text) if any(map(self.computes_from, axioms)) else self._facts
        return text + facts

    def computes_from(self, axiom: Axiom) -> bool:
        """Say whether a codebook rule looks at an axiom: then it can be missed although it follows from the others."""
        return any(t.predicate.value in self._counted for t in axiom.triples)

    @cached_property
    def _facts(self) -> str:
        return self._compute("".join(f"{t} .\n" for t in self.triples))

    def _compute(self, text: str) -> str:
        return "".join(f"{line}\n" for line in codebook_facts(text.encode(), self._rules))

    @cached_property
    def _rules(self) -> list[Rule]:
        return [r for r in read_rules(self.study) if r.stage == "codebook"]

    @cached_property
    def _counted(self) -> set[str]:
        """Properties that the codebook rules look at."""
        text = " ".join(r.query.body for r in self._rules)
        return {name for name in self.declared if re.search(rf"\b{re.escape(compact(name, self._prefixes))}\b", text)}

    def short(self, node: Node) -> str:
        """Return a name as Turtle writes it."""
        if isinstance(node, ox.Literal):
            return str(node).replace("^^<http://www.w3.org/2001/XMLSchema#", "^^xsd:").removesuffix(">")
        return "a" if value(node) == TYPE else compact(value(node), self._prefixes)

    def show(self, node: Node) -> str:
        """Return a class expression as people write it: `(bw:inCell some bw:CharacterisedCell)`."""
        if not isinstance(node, ox.BlankNode):
            return self.short(node)
        said = {t.predicate.value: t.object for t in self._about[node]}
        for key, word in (("unionOf", " or "), ("intersectionOf", " and ")):
            if OWL + key in said:
                return f"({word.join(self.show(m) for m in self._list(said[OWL + key]))})"
        if OWL + "complementOf" in said:
            return f"not {self.show(said[OWL + 'complementOf'])}"
        for key, word in (("someValuesFrom", "some"), ("allValuesFrom", "only"), ("hasValue", "value")):
            if OWL + key in said:
                return f"({self.show(said[OWL + 'onProperty'])} {word} {self.show(said[OWL + key])})"
        if RDF + "first" in said:
            return f"({' '.join(self.show(m) for m in self._list(node))})"
        raise LookupError(f"no words for {sorted(said)}")

    def _list(self, node: Node) -> list[Node]:
        found: list[Node] = []
        while value(node) != RDF + "nil":
            said = {t.predicate.value: t.object for t in self._about[node]}
            found.append(said[RDF + "first"])
            node = said[RDF + "rest"]
        return found

    def _below(self, node: Node) -> Iterable[ox.Triple]:
        """Every triple of a blank node and of the blank nodes that it points at."""
        todo: list[Node] = [node]
        seen: set[Node] = set()
        while todo:
            each = todo.pop()
            if isinstance(each, ox.BlankNode) and each not in seen:
                seen.add(each)
                for triple in self._about[each]:
                    yield triple
                    todo.append(triple.object)
