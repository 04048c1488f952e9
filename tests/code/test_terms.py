"""Names and how values are written: what a store reads back, and the vocabulary of a small ontology, whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, Literal

from boundwork.stores.local import LocalStore
from boundwork.terms import (
    BASE,
    BW,
    CODE,
    RDF_TYPE,
    Vocabulary,
    compact,
    graph_iri,
    id_of,
    integer,
    iri,
    kebab,
    literal,
    local_name,
    read_prefixes,
    study_iri,
)

SKOS, RDFS, DCT = "http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/2000/01/rdf-schema#", "http://purl.org/dc/terms/"
PREFIXES = {"bw": BW, "code": CODE, "b": BASE}
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@given(TEXT, st.sampled_from(["", "en", "en-GB"]))
def test_a_literal_is_one_line_that_another_reader_takes_for_the_same_text(text: str, lang: str) -> None:
    line = f"<urn:s> <urn:p> {literal(text, lang)} .\n"
    assert not {"\n", "\r", "\t"} & set(line[:-1])
    graph = Graph().parse(data=line, format="nt")
    assert list(graph.objects()) == [Literal(text, lang=lang.lower() or None)]
    store = LocalStore.memory()
    store.load(line.encode())
    assert len(list(store.construct("CONSTRUCT WHERE { ?s ?p ?o }"))) == 1


@pytest.mark.parametrize(("text", "written"), [
    ("", '""'), ("a", '"a"'), ('say "no"', '"say \\"no\\""'), ("a\\b", '"a\\\\b"'), ("a\nb\rc\td", '"a\\nb\\rc\\td"'), ("\\n", '"\\\\n"')])
def test_a_literal_escapes_what_would_end_it(text: str, written: str) -> None:
    assert literal(text) == written
    assert literal(text, "en") == f"{written}@en"


@given(TEXT.filter(bool))
def test_an_id_comes_back_from_its_iri(name: str) -> None:
    thing = study_iri("s", "council", name)
    assert id_of(thing) == name
    assert local_name(name) not in (".", "..") and not set(local_name(name)) & set('/#?<>" \\')


def test_iris_are_written_as_the_design_says() -> None:
    assert study_iri("s") == BASE + "study/s"
    assert study_iri("s", "council", "a b") == BASE + "study/s/council/a%20b"
    assert study_iri("s", "council", "..") == BASE + "study/s/council/%2E%2E"
    assert graph_iri("s", "coding") == BASE + "graph/s/coding"
    assert graph_iri("s", "coding", "coder/1") == BASE + "graph/s/coding/coder%2F1"
    assert graph_iri("s", "ontology") == graph_iri("t", "ontology", "x") == BASE + "graph/ontology/0.1.0"
    assert (iri("urn:a"), integer(-7)) == ("<urn:a>", '"-7"^^<http://www.w3.org/2001/XMLSchema#integer>')
    assert kebab("  Non-metropolitan District (2)! ") == "non-metropolitan-district-2"


def test_prefixes_are_read_from_their_lines_alone() -> None:
    assert read_prefixes("@prefix a: <urn:a> .\n# @prefix b: <urn:b> .\n@prefix c-d:   <urn:c>.") == {"a": "urn:a", "c-d": "urn:c"}


def vocabulary() -> Vocabulary:
    return Vocabulary([
        (BW + "Thing", RDF_TYPE, "owl:Class"), (BW + "Kind", RDFS + "subClassOf", BW + "Thing"), (BW + "Sort", RDFS + "subClassOf", BW + "Kind"),
        (CODE + "one", RDF_TYPE, BW + "Thing"), (CODE + "two", RDF_TYPE, BW + "Sort"), (CODE + "three", RDF_TYPE, BW + "Other"),
        (BASE + "x/four", RDF_TYPE, BW + "Thing"), ("urn:foreign", RDF_TYPE, BW + "Thing"),
        (CODE + "one", RDFS + "label", "plain"), (CODE + "one", SKOS + "prefLabel", "preferred"), (CODE + "one", RDFS + "label", "late"),
        (CODE + "one", SKOS + "altLabel", "other"), (CODE + "one", SKOS + "notation", "1"), (CODE + "one", SKOS + "definition", "means one"),
        (CODE + "one", SKOS + "example", "such as"), (CODE + "one", DCT + "source", "p. 1"), (CODE + "one", SKOS + "broader", CODE + "three"),
        (BW + "has", RDFS + "domain", BW + "Thing"), (CODE + "old", DCT + "isReplacedBy", CODE + "one"),
        (CODE + "e1", BW + "inCell", CODE + "c1"), (CODE + "c1", BW + "cellBoundary", CODE + "b1"), (CODE + "e2", BW + "inCell", CODE + "nowhere"),
        (CODE + "e3", BW + "concernsBoundary", CODE + "b2"), (BW + "e4", BW + "concernsBoundary", CODE + "b2"),
    ], PREFIXES)


def test_a_term_has_what_the_ontology_says_of_it() -> None:
    term = vocabulary().terms[CODE + "one"]
    assert (term.iri, term.types, term.label, term.alternatives, term.notations) == (CODE + "one", {BW + "Thing"}, "preferred", {"other"}, {"1"})
    assert (term.definition, term.example, term.source, term.broader, term.replaced_by) == ("means one", "such as", "p. 1", {CODE + "three"}, "")
    assert vocabulary().terms[CODE + "old"].replaced_by == CODE + "one"
    assert vocabulary().terms[BW + "has"].domains == {BW + "Thing"}
    assert "urn:foreign" not in vocabulary().terms


def test_codes_of_a_class_are_those_of_its_subclasses_too() -> None:
    found = vocabulary()
    assert {c: sorted(found.codes(c)) for c in ("Thing", "Kind", "Sort", "Other", "Nothing")} == {
        "Thing": ["one", "two"], "Kind": ["two"], "Sort": ["two"], "Other": ["three"], "Nothing": []}
    assert sorted(found.codes("*")) == ["c1", "e1", "e2", "e3", "old", "one", "three", "two"]
    assert found.codes("Thing") is found.codes("Thing")
    assert found.codes("Thing")["one"] is found.terms[CODE + "one"]


def test_an_element_belongs_to_the_boundary_of_its_cell_or_its_own() -> None:
    assert vocabulary().boundaries == {"e1": "b1", "e3": "b2"}


def test_names_are_expanded_and_compacted_by_known_prefixes() -> None:
    found = vocabulary()
    assert [found.expand(n) for n in ("bw:Case", "no:Case", "plain", "b://host", ":x")] == [BW + "Case", "no:Case", "plain", "b://host", ":x"]
    assert [compact(i, PREFIXES) for i in (CODE + "county", BASE + "county", CODE + "a/b", CODE, "urn:x", CODE + "-a")] == [
        "code:county", "b:county", CODE + "a/b", CODE, "urn:x", CODE + "-a"]
    assert compact(CODE + "county", dict(reversed(PREFIXES.items()))) == "code:county"
    assert compact(CODE + "county", {"first": CODE, "second": CODE}) == "first:county"
