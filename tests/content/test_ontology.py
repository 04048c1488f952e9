"""The words: every term is explained, every scheme is closed, every file is sound, and only known prefixes occur."""

from __future__ import annotations

import re
from pathlib import Path

import pyhornedowl
import pyoxigraph as ox
import pytest
import rdflib
from pyhornedowl.profile import check_profile
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, URIRef
from rdflib.collection import Collection

from boundwork.pipeline.inputs import ontology_files
from boundwork.queries.tokens import tokens
from boundwork.terms import BASE, BW, CODE, Vocabulary, read_prefixes

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("ontology", "shapes", "data", "queries")
TURTLE = sorted(p for f in FOLDERS for p in (ROOT / f).rglob("*.ttl"))
QUERIES = sorted(p for f in FOLDERS for p in (ROOT / f).rglob("*.rq"))
PREFIXES = read_prefixes((ROOT / "ontology" / "prefixes.ttl").read_text(encoding="utf-8"))
TERMS = {"label": RDFS.label, "definition": SKOS.definition, "source": DCTERMS.source, "example": SKOS.example}
_DECLARED = re.compile(r"^\s*@?prefix\s+([\w-]*):\s*<([^>]*)>", re.M | re.I)
_BASED = re.compile(r"^\s*@?base\s+<([^>]*)>", re.M | re.I)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _terms(graph: rdflib.Graph) -> set[URIRef]:
    return {s for s in graph.subjects(RDF.type) if isinstance(s, URIRef) and str(s).startswith((BW, CODE, BASE + "scheme/"))}


def test_files_are_found() -> None:
    """An empty list would make every test below pass."""
    assert {"boundwork.ttl", "codes.ttl", "linking.ttl", "properties.ttl", "tallies.ttl", "uk-local-government.ttl"} == {p.name for p in ontology_files()}
    assert len(TURTLE) > 300
    assert len(QUERIES) > 60


@pytest.mark.parametrize("what", TERMS)
def test_every_term_is_explained(ontology: rdflib.Graph, what: str) -> None:
    """A label, a definition, a source and an example, each of them exactly one where two would contradict each other."""
    terms = _terms(ontology)
    assert len(terms) > 300
    assert not [str(t) for t in sorted(terms) if (t, TERMS[what], None) not in ontology]
    if what in ("label", "definition"):
        assert not [str(t) for t in sorted(terms) if len(list(ontology.objects(t, TERMS[what]))) != 1]


def test_every_code_is_named_after_its_label(ontology: rdflib.Graph) -> None:
    """The name in the tables is the preferred label in kebab case, so that a reader can guess one from the other."""
    wrong = [(str(t), str(label)) for t in _terms(ontology) if str(t).startswith(CODE) for label in ontology.objects(t, SKOS.prefLabel)
             if re.sub(r"[^a-z0-9]+", "-", str(label).lower()).strip("-") != str(t).removeprefix(CODE)]
    assert not wrong
    assert not [str(t) for t in _terms(ontology) if str(t).startswith(CODE) and len(list(ontology.objects(t, SKOS.prefLabel))) != 1]


def test_every_scheme_is_all_different_and_complete(ontology: rdflib.Graph) -> None:
    """Without it a functional property would merge two codes in silence."""
    schemes = {s: set(ontology.subjects(SKOS.inScheme, s)) for s in ontology.subjects(RDF.type, SKOS.ConceptScheme)}
    groups = [list(Collection(ontology, members)) for members in ontology.objects(None, OWL.distinctMembers)]
    assert len(schemes) >= 24
    assert all(len(g) == len(set(g)) for g in groups)
    assert {frozenset(m) for m in schemes.values()} == {frozenset(g) for g in groups}
    assert {c for members in schemes.values() for c in members} == {t for t in _terms(ontology) if str(t).startswith(CODE)}
    assert sum(map(len, schemes.values())) == len({c for members in schemes.values() for c in members})


def test_every_word_that_the_content_uses_is_declared(ontology: rdflib.Graph) -> None:
    """A misspelt class in a shape or a query would match nothing in silence."""
    declared = {str(t) for t in _terms(ontology)}
    missing = set()
    for path in TURTLE:
        if "invalid" not in path.parts:  # those misspell on purpose
            missing |= {(_name(path), str(t)) for triple in rdflib.Graph().parse(path) for t in triple
                        if isinstance(t, URIRef) and str(t).startswith((BW, CODE)) and str(t) not in (declared | {BW, CODE})}
    vocabulary = Vocabulary([], PREFIXES)
    for path in [*QUERIES, *(ROOT / "shapes").glob("*.ttl"), *(ROOT / "data").glob("*/shapes/*.ttl")]:
        names = {t.text for t in tokens(_body(path)) if t.kind == "name" and t.text.startswith(("bw:", "code:")) and not t.text.endswith(":")}
        missing |= {(_name(path), n) for n in names if vocabulary.expand(n) not in declared}
    assert not missing


def _body(path: Path) -> str:
    """The SPARQL of a file: a query's own text and pattern of evidence, or what shapes hold in long strings."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ttl":
        return "\n".join(re.findall(r'"""(.*?)"""', text, re.S))
    return text.replace("#+", "")


@pytest.mark.parametrize("path", TURTLE, ids=_name)
def test_turtle_uses_known_prefixes_and_reads_alike_in_two_parsers(path: Path) -> None:
    """The same triples for rdflib and pyoxigraph, and no prefix that prefixes.ttl does not give the same meaning."""
    text = path.read_text(encoding="utf-8")
    assert dict(_DECLARED.findall(text)).items() <= PREFIXES.items()
    assert all(base.startswith(BASE) for base in _BASED.findall(text))
    one = rdflib.Graph().parse(path, format="turtle")
    two = set(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
    assert len(one) == len(two) > 0


@pytest.mark.parametrize("path", QUERIES, ids=_name)
def test_query_declares_the_prefixes_that_it_uses(path: Path) -> None:
    """With the meaning of prefixes.ttl, and none for nothing: a query file stands alone."""
    text = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    declared = dict(_DECLARED.findall(text))
    assert declared.items() <= PREFIXES.items()
    body = _DECLARED.sub("", text)
    assert {t.text.split(":")[0] for t in tokens(body) if t.kind == "name"} == set(declared)


def _profile(extra: str = "") -> tuple[bool, list[str]]:
    """Whether ontology and extra Turtle are OWL 2 DL; py-horned-owl reads no Turtle, hence RDF/XML."""
    header = "".join(f"@prefix {p}: <{n}> .\n" for p, n in PREFIXES.items())
    triples = [t for p in ontology_files() for t in ox.parse(path=str(p), format=ox.RdfFormat.TURTLE)]
    triples += list(ox.parse(input=header + extra, format=ox.RdfFormat.TURTLE))
    xml = ox.serialize((t.triple for t in triples), format=ox.RdfFormat.RDF_XML)
    assert isinstance(xml, bytes)
    onto = pyhornedowl.open_ontology_from_string(xml.decode(), "rdf")
    assert len(onto.get_classes()) > 90
    report = check_profile(onto, "DL")
    return report.conformant, [str(v) for v in report.violations]


def test_ontology_is_owl_2_dl() -> None:
    """The profile that a reasoner needs in order to be complete."""
    assert _profile() == (True, [])


@pytest.mark.parametrize("mistake", [
    "bw:stance a owl:DatatypeProperty .",
    "bw:hasWork a owl:FunctionalProperty . bw:evidencesLogic a owl:FunctionalProperty .",
])
def test_profile_check_notices_a_mistake(mistake: str) -> None:
    """An object property that is also a datatype property; a composite property that is functional."""
    conforms, violations = _profile(mistake)
    assert not conforms
    assert violations
