"""What a reasoner must say: every case holds, needs the axioms that it names, and no axiom goes unprotected without a reason."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF, SKOS

from boundwork import reasoning
from boundwork.pipeline.inputs import ontology_files, prefixes
from boundwork.terms import BW
from cases.axioms import TYPE, Axiom, Ontology, value
from cases.casefiles import Case, faults, folders, read_case, read_cases
from cases.mutation import Mutant, following, kept_promises, mutants
from cases.probes import Fact
from cases.report import FOLLOWS, explained, explanations, page
from cases.verdicts import wrong

ROOT = Path(__file__).resolve().parents[2]
HOMES = [None, *(p.parents[1] for p in sorted((ROOT / "data").glob("*/ontology/cases")))]
"""The shipped cases, and those of each study that has its own."""
ONTOLOGY = {home: Ontology(home) for home in HOMES}
CASES = [(home, case) for home in HOMES for case in read_cases(home)]
OF = {home: [c for h, c in CASES if h == home] for home in HOMES}
PAGE = ROOT / "docs" / "reference" / "axiom-mutations.md"
COPIED = ("src", "tests", "ontology", "shapes", "queries", "data", "pyproject.toml")
needs_java = pytest.mark.skipif(not reasoning.java(), reason="the OWL reasoner HermiT needs Java, which is not installed")
_DECLARED = re.compile(r"^@prefix\s+([\w-]*):\s*<([^>]*)>", re.M)
Write = Callable[[str, str], Case]


def _home(home: Path | None) -> str:
    return home.name if home else "shipped"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a case as somebody does who drops a file: kind/name.ending and what it says."""

    def put(place: str, text: str) -> Case:
        path = tmp_path / "ontology" / "cases" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        head = (f"# summary: An invented case.\n# axiom: bw:hasForm rdfs:range\n@base <https://w3id.org/boundwork/case/{path.stem}/> .\n"
                "@prefix bw: <https://w3id.org/boundwork/ontology#> .\n@prefix code: <https://w3id.org/boundwork/code/> .\n"
                "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n")
        path.write_text(text if text.startswith("#") else head + text, encoding="utf-8")
        return read_case(path)

    return put


def test_cases_are_found() -> None:
    """An empty list would make every test below pass; nothing else lies in the folders."""
    kinds = [case.kind for _, case in CASES]
    assert kinds.count("entails") >= 40
    assert kinds.count("inconsistent") >= 35
    assert {p.name for folder in folders() for p in folder.parent.iterdir()} == {"entails", "inconsistent", "README.md", "survivors.csv"}
    assert all(c.path.suffix == ".trig" for _, c in CASES if c.kind == "entails")


@pytest.mark.parametrize(("home", "case"), CASES, ids=lambda x: x.name if isinstance(x, Case) else _home(x))
def test_case_is_sound_and_names_axioms_that_exist(home: Path | None, case: Case) -> None:
    assert faults(case, ONTOLOGY[home]) == []
    assert dict(_DECLARED.findall(case.path.read_text(encoding="utf-8"))).items() <= prefixes().items()
    assert all(ONTOLOGY[home].named(header) for header in case.axioms)


def test_cases_read_alike_in_two_parsers() -> None:
    """They are plain TriG and Turtle, for every editor."""
    for _, case in CASES:
        other = rdflib.Dataset().parse(case.path, format=case.path.suffix.lstrip(".").replace("ttl", "turtle"))
        said = list(ox.parse(path=str(case.path), format=ox.RdfFormat.TRIG))
        assert len(list(other.quads())) == len(said) > 0, case.name


@needs_java
@pytest.mark.parametrize("home", HOMES, ids=_home)
def test_every_case_holds(home: Path | None) -> None:
    """All of them in one run of HermiT."""
    assert wrong(ONTOLOGY[home], OF[home]) == []


@needs_java
@pytest.mark.parametrize("home", HOMES, ids=_home)
def test_a_contradiction_is_gone_without_an_axiom_that_it_names(home: Path | None) -> None:
    """One ontology for each axiom, less that axiom."""
    found = kept_promises(ONTOLOGY[home], [c for c in OF[home] if c.kind == "inconsistent"])
    assert len(found) > 100 or home
    assert [pair for pair, kept in found.items() if not kept] == []


@needs_java
def test_a_case_that_does_not_hold_is_named(write: Write) -> None:
    """What does not follow, what follows and must not, a contradiction that is none, and a given that is one."""
    said = [
        write("entails/hopeful.trig", "<w> bw:hasForm code:blurring .\n<entailed> { <w> a bw:MaintainingWork , bw:InstitutionalWork . }"),
        write("entails/careless.trig", "<w> bw:hasForm code:breaching .\n<not-entailed> { <w> a bw:DisruptingWork , bw:CreatingWork . }"),
        write("entails/impossible.trig", "<w> bw:hasForm code:create .\n<entailed> { <w> a bw:Claim . }"),
        write("inconsistent/harmless.ttl", "<w> a bw:BoundaryWork ."),
        write("inconsistent/half.trig", "<w> a bw:BoundaryWork .\n<one> { <w> a bw:PracticeWork . }\n<other> { <w> bw:hasForm code:blurring . }"),
        write("inconsistent/none-of-it.ttl", "<w> a bw:BoundaryWork , [ a owl:Class ; owl:complementOf bw:InstitutionalWork ] ."),
    ]
    assert [s.split("<")[0].strip() for s in wrong(ONTOLOGY[None], said)] == [
        "entails/careless not-entailed:", "entails/impossible given", "entails/hopeful entailed:", "inconsistent/harmless", "inconsistent/half other"]


@needs_java
def test_cases_that_share_a_code_know_nothing_of_each_other(write: Write) -> None:
    """Each of the first two says something of a code that would make the third false."""
    said = [write("entails/one.trig", "code:blurring bw:formServes code:create .\n<entailed> { code:blurring bw:formServes code:create . }"),
            write("inconsistent/two.ttl", "code:blurring a bw:Council ."),
            write("entails/three.trig", "<w> bw:hasForm code:blurring .\n<not-entailed> { <w> a bw:CreatingWork . }")]
    assert wrong(ONTOLOGY[None], said) == []


@needs_java
def test_an_axiom_that_a_case_does_not_need_is_noticed(write: Write) -> None:
    case = write("inconsistent/boastful.ttl", "<w> a bw:BoundaryWork , bw:PracticeWork .")
    assert list(kept_promises(ONTOLOGY[None], [case]).values()) == [False]


@pytest.mark.parametrize(("text", "fault"), [
    ("<w> bw:hasFrom code:blurring .\n<entailed> { <w> a bw:InstitutionalWork . }", "no declared property"),
    ("<w> bw:hasForm code:blurring .\n<entailed> { <w> a bw:Institution . }", "no declared class"),
    ("<w> bw:hasForm code:bluring .\n<entailed> { <w> a bw:InstitutionalWork . }", "is no code"),
    ("<w> bw:hasForm [] .\n<entailed> { <w> a bw:InstitutionalWork . }", "blank node"),
    ("<w> a bw:BoundaryWork .\n<entails> { <w> a bw:InstitutionalWork . }", "the graphs of a case"),
    ("<w> a bw:BoundaryWork .", "the graphs of a case"),
    ("bw:Claim rdfs:subClassOf bw:Study .\n<entailed> { <w> a bw:InstitutionalWork . }", "only asked"),
    ("# summary: No base.\n# axiom: x\n<http://a/w> a <http://a/C> .", "'@base"),
    ("# axiom: x\n@base <https://w3id.org/boundwork/case/odd/> .\n<w> a <http://a/C> .", "the first line"),
    ("# summary: None named.\n@base <https://w3id.org/boundwork/case/odd/> .\n<w> a <http://a/C> .", "which axiom"),
])
def test_a_file_that_asks_nothing_or_misspells_is_told_what_is_wrong(text: str, fault: str, write: Write) -> None:
    assert any(fault in f for f in faults(write("entails/odd.trig", text), ONTOLOGY[None]))


@pytest.mark.parametrize(("header", "number"), [("bw:hasForm rdfs:domain", 1), ("owl:AllDifferent code:low code:high", 1), ("bw:by* rdfs:domain", 20)])
def test_a_header_names_axioms(header: str, number: int) -> None:
    assert len(ONTOLOGY[None].named(header)) >= number


@pytest.mark.parametrize("header", ["bw:hasForm rdfs:domian", "owl:AllDifferent code:low code:create", "code:high bw:atLeast", "bw:hasFrm* rdfs:domain"])
def test_a_header_that_names_nothing_or_too_much_is_refused(header: str) -> None:
    with pytest.raises(LookupError, match="names"):
        ONTOLOGY[None].named(header)


def test_every_logical_statement_belongs_to_an_axiom() -> None:
    """What is no axiom is a declaration, or says what a blank node of an axiom is."""
    ontology = ONTOLOGY[None]
    left = set(ontology.triples) - {t for a in ontology.axioms for t in a.triples}
    assert {t.predicate.value for t in left} == {TYPE}
    assert {value(t.object).rpartition("#")[2] for t in left} == {"Class", "ObjectProperty", "DatatypeProperty", "NamedIndividual"}
    assert len(ontology.axioms) == len({a.name for a in ontology.axioms}) > 900


def test_no_case_is_taken_for_ontology_and_a_study_may_have_its_own(write: Write, tmp_path: Path) -> None:
    case = write("inconsistent/own.ttl", "<w> a bw:BoundaryWork , bw:PracticeWork .")
    (tmp_path / "ontology" / "own.ttl").write_text("<http://a/Own> a <http://www.w3.org/2002/07/owl#Class> .", encoding="utf-8")
    assert read_cases(tmp_path) == [case]
    assert {p.name for p in ontology_files(tmp_path)} - {p.name for p in ontology_files()} == {"own.ttl"}
    assert not [p for p in ontology_files(tmp_path) if "cases" in p.parts]
    assert "http://a/Own" in Ontology(tmp_path).declared


def test_codes_of_a_scheme_are_of_one_kind(ontology: rdflib.Graph) -> None:
    """Each code has the class that its scheme is a list of, which no code of another scheme has."""
    schemes = {s: set(ontology.subjects(SKOS.inScheme, s)) for s in ontology.subjects(RDF.type, SKOS.ConceptScheme)}
    kinds = {code: {str(k) for k in ontology.objects(code, RDF.type) if str(k).startswith(BW)} for codes in schemes.values() for code in codes}
    for scheme, codes in schemes.items():
        shared = set.intersection(*(kinds[code] for code in codes))
        elsewhere = {k for other, strangers in schemes.items() if other != scheme for s in strangers for k in kinds[s]}
        assert len(shared - elsewhere) == 1, scheme


def test_every_check_that_protects_an_axiom_exists() -> None:
    for row in explanations():
        assert row.reason.endswith(".")
        if row.check != FOLLOWS:
            path, _, test = row.check.partition("::")
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def _plain(case: Case, label: str) -> bytes:
    """What a case says, as it stands in its file."""
    form = ox.RdfFormat.TRIG if case.path.suffix == ".trig" else ox.RdfFormat.TURTLE
    quads = ox.parse(input=case.path.read_bytes(), format=form)
    return "".join(f"{q.triple} .\n" for q in quads
                   if isinstance(q.graph_name, ox.DefaultGraph) or q.graph_name.value.rpartition("/")[2] == label).encode()


def _types(facts: tuple[Fact, ...]) -> set[tuple[str, str]]:
    return {(value(f.subject), value(f.object)) for f in facts if f.predicate.value == TYPE}


@needs_java
@pytest.mark.slow
@pytest.mark.parametrize(("home", "case"), CASES, ids=lambda x: x.name if isinstance(x, Case) else _home(x))
def test_case_put_plainly_gets_the_same_answer(home: Path | None, case: Case) -> None:
    """By itself, its statements as they are: for a contradiction the first graph, for what follows the classes."""
    text = ONTOLOGY[home].without().encode()
    if case.kind == "inconsistent":
        assert not reasoning.reason(text + _plain(case, next(iter(case.contradictions)))).consistent
        return
    found = reasoning.reason(text + _plain(case, ""))
    members = {(individual, cls) for cls, individuals in found.instances.items() for individual in individuals}
    assert found.consistent
    assert _types(case.graphs.get("entailed", ())) <= members
    assert not _types(case.graphs.get("not-entailed", ())) & members


@needs_java
@pytest.mark.slow
def test_every_graph_of_a_contradiction_is_freed_by_an_axiom_of_its_file() -> None:
    """None stands in a file of which it is no part. A shorter list of disjoint classes, which the longer one holds, goes with it."""
    lists = [a for a in ONTOLOGY[None].axioms if a.name.startswith("owl:AllDisjointClasses")]
    shorter = sorted(following(ONTOLOGY[None], lists), key=lambda a: a.name)
    assert [len(a.words) for a in shorter] == [20]
    parts = [Case(c.path.with_stem(f"{c.path.stem} {label}"), c.summary, (header,), facts, {})
             for c in OF[None] if c.kind == "inconsistent" and len(c.graphs) > 1 for label, facts in c.contradictions.items() for header in c.axioms]
    freed = {case for (_, case), gone in kept_promises(ONTOLOGY[None], parts, beside=shorter).items() if gone}
    assert {p.name for p in parts} - freed == set()


def _without(axiom: Axiom, folder: Path) -> None:
    """Take a statement out of the ontology of a copy of the project."""
    (triple,) = axiom.triples
    for path in (folder / "ontology").glob("*.ttl"):
        said = [q.triple for q in ox.parse(input=path.read_bytes(), format=ox.RdfFormat.TURTLE)]
        if triple in said:
            path.write_bytes(ox.serialize((t for t in said if t != triple), format=ox.RdfFormat.TURTLE) or b"")


def _fails_without(check: str, survivor: Mutant, folder: Path) -> bool:
    """Run a test in a copy of the project whose ontology lacks an axiom."""
    for kind in COPIED:
        copy = shutil.copytree if (ROOT / kind).is_dir() else shutil.copy
        copy(ROOT / kind, folder / kind)
    _without(survivor.axiom, folder)
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", check], cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(folder / "src")})
    assert "1 failed" in done.stdout or "1 passed" in done.stdout, done.stdout + done.stderr
    return "1 failed" in done.stdout


@needs_java
@pytest.mark.slow
def test_every_axiom_is_missed_by_a_case_or_protected_otherwise(tmp_path: Path) -> None:
    """Each axiom taken away in turn: a survivor needs a row in survivors.csv, a row needs a survivor, and the page shows both."""
    found, rows = mutants(), explanations()
    by_row, unexplained = explained(found, rows)
    assert unexplained == []
    assert [row.pattern for row, survivors in by_row.items() if not survivors] == []
    checked = [(row.check, s) for row, survivors in by_row.items() if row.check != FOLLOWS for s in (survivors[0], survivors[-1])]
    assert [s.axiom.name for i, (check, s) in enumerate(checked) if not _fails_without(check, s, tmp_path / str(i))] == []
    broken = [(m.axiom.name, c) for m in found for c in m.broken]
    assert broken == []
    assert page(found, rows) == PAGE.read_text(encoding="utf-8"), "the page is stale: python tests/content/mutate_axioms.py --write"
