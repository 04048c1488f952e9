"""The files of ontology/cases in, cases out: what is given, what must follow, what must not, and what cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from boundwork.project import content_files
from boundwork.terms import BASE
from cases.axioms import OWL, RDFS, TYPE, Node, Ontology, value
from cases.probes import IS_NOT, Fact, Probe, fails, holds

KINDS = ("entails", "inconsistent")
ABOUT_TERMS = {RDFS + "subClassOf", RDFS + "subPropertyOf", OWL + "disjointWith"}
ABOUT_TWO = {OWL + "sameAs", OWL + "differentFrom"}
_HEADER = re.compile(r"^# (summary|axiom): *(.*\S)\s*$", re.M)


@dataclass(frozen=True)
class Case:
    """One file. `given` is its default graph; `graphs` are its named ones, in their order."""

    path: Path
    summary: str
    axioms: tuple[str, ...]
    given: tuple[Fact, ...]
    graphs: dict[str, tuple[Fact, ...]] = field(hash=False)

    @property
    def kind(self) -> str:
        """Entails or inconsistent: the folder that the file stands in."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        """Kind and name of the file."""
        return f"{self.kind}/{self.path.stem}"

    @property
    def contradictions(self) -> dict[str, tuple[Fact, ...]]:
        """What an inconsistent case says, once for each of its graphs (a Turtle file is one)."""
        return {label: self.given + facts for label, facts in self.graphs.items()} or {"": self.given}

    @property
    def terms(self) -> set[str]:
        """Every IRI that occurs in the case."""
        return {n.value for facts in (self.given, *self.graphs.values()) for t in facts for n in (t.subject, t.predicate, t.object)
                if isinstance(n, ox.NamedNode)}

    def probes(self) -> Iterator[Probe]:
        """Yield what the case asks, in the order of the file."""
        if self.kind == "inconsistent":
            for label, facts in self.contradictions.items():
                yield Probe(f"{self.name} {label}".strip(), tuple(holds(facts)), None, False)
            return
        given = tuple(holds(self.given))
        if given:
            yield Probe(f"{self.name} given", given, None, True)
        for label, fits in (("entailed", False), ("not-entailed", True)):
            for fact in self.graphs.get(label, ()):
                yield Probe(f"{self.name} {label}: {fact}", given, fails(fact), fits)


def folders(study: Path | None = None) -> list[Path]:
    """Return the folders of cases: the shipped ones, or (with a study) those of the study."""
    if study is None:
        return [content_files("ontology/cases", kind)[0] for kind in KINDS]
    return [p for kind in KINDS if (p := study / "ontology" / "cases" / kind).is_dir()]


def read_cases(study: Path | None = None) -> list[Case]:
    """Return every case, sorted by kind and name."""
    return [read_case(p) for folder in folders(study) for p in sorted(folder.iterdir())]


def read_case(path: Path) -> Case:
    """Return the case of a .ttl or .trig file."""
    text = path.read_text(encoding="utf-8")
    headers = _HEADER.findall(text)
    form = {".ttl": ox.RdfFormat.TURTLE, ".trig": ox.RdfFormat.TRIG}[path.suffix]
    graphs: dict[str, list[Fact]] = {}
    for quad in ox.parse(input=text, format=form):
        label = "" if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name.value.rpartition("/")[2]
        graphs.setdefault(label, []).append(quad.triple)
    graphs = {label: _folded(facts) for label, facts in graphs.items()}
    given = tuple(graphs.pop("", []))
    return Case(path, " ".join(said for key, said in headers if key == "summary"), tuple(said for key, said in headers if key == "axiom"), given,
                {label: tuple(facts) for label, facts in graphs.items()})


def _folded(triples: list[Fact]) -> list[Fact]:
    """Put "is none of that class" in the place of a type that is a complement; other blank nodes stay, as a fault."""
    kinds: dict[Node, ox.NamedNode] = {
        t.subject: t.object for t in triples if t.predicate.value == OWL + "complementOf" and isinstance(t.object, ox.NamedNode)}
    rest = [t for t in triples if t.subject not in kinds]
    return [ox.Triple(t.subject, ox.NamedNode(IS_NOT), kinds[t.object]) if t.predicate.value == TYPE and t.object in kinds else t for t in rest]


def faults(case: Case, ontology: Ontology) -> list[str]:
    """Return what is wrong with the file itself, in words: headers, base, graphs, words that the ontology does not declare."""
    found = []
    text = case.path.read_text(encoding="utf-8")
    base = f"{BASE}case/{case.path.stem}/"
    if f"@base <{base}> ." not in text:
        found.append(f"the line '@base <{base}> .' is missing")
    if not case.summary.endswith("."):
        found.append("the first line must be '# summary: ' and a sentence")
    if not case.axioms:
        found.append("no line '# axiom: ' says which axiom the case protects")
    if case.kind == "entails":
        if not case.graphs.keys() <= {"entailed", "not-entailed"} or not case.graphs:
            found.append("the graphs of a case of what follows are <entailed> and <not-entailed>")
    elif not any(case.contradictions.values()):
        found.append("the file says nothing")
    for asked in (False, True):
        for fact in (f for label, facts in {"": case.given, **case.graphs}.items() if (label in ("entailed", "not-entailed")) is asked for f in facts):
            found += _wrong(fact, ontology.declared, base, asked)
    return found


def _wrong(fact: Fact, declared: dict[str, set[str]], base: str, asked: bool) -> list[str]:
    """What keeps a statement from being put to the reasoner."""
    if isinstance(fact.subject, ox.BlankNode) or isinstance(fact.object, ox.BlankNode):
        return [f"{fact}: a blank node; give it a name"]
    predicate = fact.predicate.value
    if predicate in ABOUT_TERMS:
        names = {value(fact.subject), value(fact.object)}
        known = all(declared.get(n, set()) & {"Class", "ObjectProperty"} for n in names)
        return [] if asked and known else [f"{fact}: only asked, and only of declared classes and properties"]
    if predicate in (TYPE, IS_NOT):
        return [] if "Class" in declared.get(value(fact.object), ()) else [f"{fact}: no declared class"]
    kinds = declared.get(predicate, set())
    wanted = "DatatypeProperty" if isinstance(fact.object, ox.Literal) else "ObjectProperty"
    if predicate not in ABOUT_TWO and not kinds & {"DatatypeProperty", "ObjectProperty"}:
        return [f"{fact}: no declared property"]
    if predicate not in ABOUT_TWO and wanted not in kinds and asked:
        return [f"{fact}: the value does not fit the property"]
    individuals = [n.value for n in (fact.subject, fact.object) if isinstance(n, ox.NamedNode)]
    strange = [i for i in individuals if not i.startswith(base) and "NamedIndividual" not in declared.get(i, ())]
    return [f"{fact}: {i} is no code, and no name below the base" for i in strange]
