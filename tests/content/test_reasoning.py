"""The OWL reasoner: the ontology holds together, and the rules derive what its definitions mean, class by class."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, URIRef

from boundwork import reasoning
from boundwork.errors import InputError
from boundwork.reasoning import reason
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Study
from boundwork.terms import BW
from conftest import STUDIES

Statements = Callable[[str, str | None], bytes]
Opened = Callable[[str, str], LocalStore]
needs_java = pytest.mark.skipif(not reasoning.java(), reason="the OWL reasoner HermiT needs Java, which is not installed")
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
BASE = "https://w3id.org/boundwork/study/example-study"


EMPTY = {
    # Table 3 gives no element of this boundary to the hybrid alone, and none to the managerial logic alone
    "example-study": {"HybridOrganisationalCultureCase", "HybridOrganisationalCultureCouncil"},
    "regulating-public-services": {"HybridOrganisationalCultureCase", "HybridOrganisationalCultureCouncil", "BlendedHybridCase", "BlendedWork",
                                   "HybridExpertiseCase", "HybridExpertiseCouncil"},
}
"""Defined classes without a member in the default reading; of them the comparison says nothing."""


def _line(subject: str, name: str) -> bytes:
    return f"<{subject}> {TYPE} <{BW}{name}> .\n".encode()


@needs_java
def test_ontology_is_consistent_and_every_class_can_have_members(ontology: rdflib.Graph, ontology_lines: bytes, tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Every class is read, none is unsatisfiable, and nothing is left in the folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = reason(ontology_lines)
    assert found.consistent
    assert found.unsatisfiable == set()
    assert set(found.instances) == {str(c) for c in ontology.subjects(RDF.type, OWL.Class) if isinstance(c, URIRef)}
    assert found.classes == len(found.instances) > 90
    assert tempfile.tempdir == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


@needs_java
@pytest.mark.parametrize("study", STUDIES)
def test_rules_give_what_the_definitions_mean(study: str, ontology: rdflib.Graph, statements: Statements,
                                                opened: Opened, studies: dict[str, Study]) -> None:
    """The default reading: the members of every defined class are the same for HermiT and for the rules."""
    reading = studies[study].default_reading
    defined = sorted(str(c) for c in ontology.subjects(OWL.equivalentClass) if isinstance(c, URIRef))
    assert len(defined) >= 19
    found = reason(statements(study, reading))
    assert found.consistent
    assert found.unsatisfiable == set()
    store = opened(study, reading)
    ruled = {c: {v.text for (v,) in store.select(f"SELECT ?x WHERE {{ ?x a <{c}> }}") if v} for c in defined}
    assert ruled == {c: found.instances[c] for c in defined}
    assert {c.removeprefix(BW) for c in defined if not ruled[c]} == EMPTY[study]


@needs_java
@pytest.mark.parametrize("kinds", [("AttributedExtract", "NarrativePassage"), ("BoundaryWork", "PracticeWork"), ("Council", "Field"), ("Coding", "Extract")])
def test_reasoner_sees_that_kinds_exclude_each_other(ontology_lines: bytes, kinds: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thing of two disjoint kinds fits nowhere; the file that owlready2 forgets is gone as well."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = reason(ontology_lines + _line(f"{BASE}/thing/t1", kinds[0]) + _line(f"{BASE}/thing/t1", kinds[1]))
    assert not found.consistent
    assert found.instances == {}
    assert list(tmp_path.iterdir()) == []


def _n_triples(turtle: str) -> bytes:
    header = f"@prefix : <{BW}> .\n@prefix owl: <{OWL}> .\n@prefix rdfs: <{RDFS}> .\n"
    text = rdflib.Graph().parse(data=header + turtle, format="turtle").serialize(format="nt")
    return text.encode()


@needs_java
def test_reasoner_names_the_class_that_nothing_can_belong_to() -> None:
    """Whatever is both of two disjoint kinds is a class without members, and so is every class below it."""
    found = reason(_n_triples(":A a owl:Class ; owl:disjointWith :B . :B a owl:Class . :C a owl:Class ; rdfs:subClassOf :A, :B ."
                              ":D a owl:Class ; rdfs:subClassOf :C . :x a :A ."))
    assert found.consistent
    assert found.unsatisfiable == {BW + "C", BW + "D"}
    assert found.instances == {BW + "A": {BW + "x"}, BW + "B": set(), BW + "C": set(), BW + "D": set()}


@needs_java
def test_what_the_reasoner_cannot_read_is_one_clear_error() -> None:
    """A date on a data property stops HermiT: the whole run is lost, so the error says why."""
    with pytest.raises(InputError, match=r"HermiT stopped: .*datatype"):
        reason(_n_triples(':A a owl:Class . :on a owl:DatatypeProperty ; rdfs:range <http://www.w3.org/2001/XMLSchema#date> . '
                          ':x a :A ; :on "2004-05-01"^^<http://www.w3.org/2001/XMLSchema#date> .'))


def test_without_java_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reasoner alone needs it; nothing is started."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="Install a Java runtime"):
        reason(b"")
