"""What consistent coding looks like: every constraint explains itself, is broken by an example, and is missed when it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import rdflib
from rdflib import SH, BNode, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from boundwork import shacl
from boundwork.explore.validation import validate_study
from boundwork.findings import Finding, Severity
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.rules import read_rules
from boundwork.shacl import setwise
from boundwork.tables.schema import TABLES
from boundwork.terms import BW, SHAPE
from conftest import STUDIES

ROOT = Path(__file__).resolve().parents[2]
OWN = sorted((ROOT / "data").glob("*/shapes"))
FOLDERS = [ROOT / "shapes", *OWN]
EXAMPLES = sorted(p for folder in FOLDERS for p in folder.glob("*/*/*.ttl"))
INVALID = [p for p in EXAMPLES if p.parent.name == "invalid"]
STUDY_KEYS = {"id", "title", "licence", "anonymised", "codebook-version", "default-reading", "coders", "label", "description", "start-year", "end-year"}
"""Columns of the table "study", which are keys of study.toml."""
TARGETS = {SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}
SAID = {*TARGETS, SH.severity, SH.message, SH.path, SH.prefixes, SH.qualifiedValueShape}
"""What a shape says beside what it checks; without sh:qualifiedValueShape pySHACL refuses the shape, which is loud enough."""
LISTS = {SH["or"], SH["and"], SH["in"], SH.xone}
Statements = Callable[[str, str | None], bytes]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _expected(path: Path) -> set[str]:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return set(first.removeprefix("# expect:").split()) if first.startswith("# expect:") else set()


@cache
def _shapes(folder: Path = ROOT / "shapes") -> rdflib.Graph:
    """The shapes that hold everywhere, and those of one study beside them."""
    return shacl.load_shapes([*sorted((ROOT / "shapes").glob("*.ttl")), *(sorted(folder.glob("*.ttl")) if folder in OWN else [])])


@cache
def _everything() -> rdflib.Graph:
    return shacl.load_shapes([p for folder in FOLDERS for p in sorted(folder.glob("*.ttl"))])


def _shapes_for(path: Path) -> rdflib.Graph:
    return _shapes(path.parents[2])


@contextmanager
def _with(ontology: rdflib.Graph, path: Path) -> Iterator[rdflib.Graph]:
    """The ontology together with an example, which is taken out again."""
    added = [t for t in shacl.parse([path]) if t not in ontology]
    for triple in added:
        ontology.add(triple)
    try:
        yield ontology
    finally:
        for triple in added:
            ontology.remove(triple)


@cache
def _cut(shapes: rdflib.Graph, names: frozenset[str]) -> rdflib.Graph:
    """Some shapes by themselves, with all that hangs on them."""
    part, todo, seen = rdflib.Graph(), [URIRef(SHAPE + n) for n in sorted(names)], set()
    while todo:
        node = todo.pop()
        seen.add(node)
        for triple in shapes.triples((node, None, None)):
            part.add(triple)
            if triple[2] not in seen and (isinstance(triple[2], BNode) or triple[1] == SH.prefixes):
                todo.append(triple[2])  # type: ignore[arg-type]
    return part


def _plain(findings: list[Finding]) -> list[tuple[str, ...]]:
    return sorted((f.rule, f.subject, f.severity.word, f.message, f.value, f.file, str(f.row), f.column, f.coder, f.extract) for f in findings)


def test_every_file_is_a_case() -> None:
    """Counted both ways: what the pattern finds is all that is there, and each topic has both kinds of example."""
    for folder in FOLDERS:
        topics = {p.stem for p in folder.glob("*.ttl")}
        assert {p.name for p in folder.iterdir() if p.is_dir()} == topics
        assert {(t, k) for t in topics for k in ("valid", "invalid")} == {(p.parents[1].name, p.parent.name) for p in EXAMPLES if p.parents[2] == folder}
        files = {p for p in folder.rglob("*") if p.is_file()}
        assert files == {folder / f"{t}.ttl" for t in topics} | {p for p in EXAMPLES if p.parents[2] == folder}
    assert len(EXAMPLES) == len(set(EXAMPLES)) > 300
    assert [p for p in EXAMPLES if bool(_expected(p)) != (p.parent.name == "invalid")] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=_name)
def test_example_breaks_exactly_the_constraints_that_it_names(path: Path, ontology: rdflib.Graph) -> None:
    """A valid example names none and conforms to every shape, not to its own topic alone."""
    with _with(ontology, path) as data:
        assert {f.rule for f in shacl.check(data, _shapes_for(path))} == _expected(path)


def test_every_constraint_is_broken_by_an_example() -> None:
    """And no example expects a constraint that is not there."""
    assert {n for p in INVALID for n in _expected(p)} == {i.name for i in shacl.describe(_everything()).values()}


def test_every_constraint_has_a_readable_name_of_its_own() -> None:
    """One constraint, one IRI: none stands in two files, and none is anonymous."""
    described = shacl.describe(_everything())
    subjects = {s for t in TARGETS for s in _everything().subjects(t)}
    assert {str(s) for s in subjects} == set(described)
    assert all(iri.startswith(SHAPE) and " " not in info.name for iri, info in described.items())
    texts = [line for folder in FOLDERS for p in folder.glob("*.ttl") for line in p.read_text(encoding="utf-8").splitlines() if line.startswith("shape:")]
    assert len(texts) == len(set(texts)) == len(described)


def test_every_constraint_says_where_and_how_to_repair() -> None:
    """Message, severity, reason, and a table and column that exist."""
    shapes = _everything()
    properties = {iri.removeprefix(BW) for iri in load_vocabulary().terms if iri.startswith(BW)}
    columns = {**{t.name: set(t.by_name) for t in TABLES.values()}, "study": STUDY_KEYS, "ontology": {*properties, "type"}}
    for info in shacl.describe(shapes).values():
        assert info.message.endswith(".") and info.message.count(".") >= 1, info.name
        assert len(info.message.split()) > 8, f"{info.name} does not tell the repair"
        assert info.label and info.why, info.name
        assert shapes.value(URIRef(info.iri), SH.severity) in (SH.Violation, SH.Warning, SH.Info), info.name
        assert info.column in columns[info.table], info.name


def test_lint_finds_nothing_in_the_shipped_shapes(ontology: rdflib.Graph) -> None:
    """A typo makes SHACL pass in silence."""
    assert shacl.lint(_everything(), ontology) == []


@pytest.mark.parametrize(("old", "new", "rule"), [
    ("sh:minCount 1 ;", "sh:minCuont 1 ;", "shape-unknown-term"),
    ("sh:targetClass bw:Coding", "sh:tragetClass bw:Coding", "shape-unknown-term"),
    ("sh:severity sh:Violation", "sh:severity sh:Voilation", "shape-unknown-term"),
    ("sh:targetClass bw:Coding", "sh:targetClass bw:Codign", "shape-unknown-target"),
    ("sh:path bw:codes", "sh:path bw:cods", "shape-unknown-name"),
    ("sh:class bw:Extract ;\n    sh:minCount 1 ;\n    sh:maxCount 1 ;", "", "shape-without-constraint"),
])
def test_lint_catches_what_would_pass_in_silence(old: str, new: str, rule: str, ontology: rdflib.Graph) -> None:
    """One mistake in the first shape of the codings; without it the same text is clean."""
    text = (ROOT / "shapes" / "coding.ttl").read_text(encoding="utf-8")
    assert old in text
    assert shacl.lint(rdflib.Graph().parse(data=text, format="turtle"), ontology) == []
    wrong = rdflib.Graph().parse(data=text.replace(old, new, 1), format="turtle")
    assert rule in {f.rule for f in shacl.lint(wrong, ontology) if f.severity is Severity.VIOLATION}


def _sparql() -> frozenset[str]:
    return frozenset(str(s).removeprefix(SHAPE) for s in _everything().subjects(SH.sparql))


def test_every_sparql_constraint_is_answered_set_wise() -> None:
    """pySHACL needs seconds where one query needs milliseconds: nothing may fall back to it unseen."""
    rest, constraints = setwise.split(_everything())
    assert {str(c.shape).removeprefix(SHAPE) for c in constraints} == _sparql() != frozenset()
    assert (None, SH.sparql, None) not in rest


def _concerns_sparql(path: Path) -> bool:
    return path.parent.name == "valid" or bool(_expected(path) & _sparql())


@pytest.mark.parametrize("path", [p if _concerns_sparql(p) else pytest.param(p, marks=pytest.mark.slow) for p in EXAMPLES], ids=_name)
def test_set_wise_constraints_find_what_pyshacl_finds(path: Path, ontology: rdflib.Graph) -> None:
    """The SPARQL constraints by themselves; all others are pySHACL's either way."""
    shapes = _cut(_shapes_for(path), _sparql() if path.parents[2] in OWN else frozenset(n for n in _sparql() if not n.startswith("paper-")))
    with _with(ontology, path) as data:
        found = _plain(shacl.check(data, shapes))
        assert found == _plain(shacl.check(data, shapes, reference=True))
    assert {f[0] for f in found} == _expected(path) & _sparql()


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_both_engines_find_the_same_in_the_shipped_studies(study: str, statements: Statements) -> None:
    """All coders' rows together, as `boundwork validate` checks them."""
    data = shacl.parse_n_triples(statements(study, None).decode())
    shapes = shacl.load_shapes(shacl.shape_files(ROOT / "data" / study))
    assert _plain(shacl.check(data, shapes)) == _plain(shacl.check(data, shapes, reference=True))


@pytest.mark.parametrize("study", STUDIES)
def test_shipped_study_has_no_violation(study: str) -> None:
    """Warnings and infos are a methodologist's to weigh; a violation would be a fault of the study."""
    report = validate_study(ROOT / "data" / study)
    assert [f for f in report.sorted() if f.severity is Severity.VIOLATION] == []
    assert report.looked_at["codings"] > 90


def _mutants(name: str) -> Iterator[tuple[str, rdflib.Graph]]:
    """A shape again and again, each time without one of its parameters or without one member of one of its lists."""
    part = _cut(_everything(), frozenset({name}))
    for triple in sorted(part.triples((URIRef(SHAPE + name), None, None)), key=str):
        term = str(triple[1]).removeprefix(str(SH))
        if str(triple[1]).startswith(str(SH)) and triple[1] not in SAID:
            yield f"sh:{term}", part - _of(triple)
    for _, parameter, head in sorted((t for t in part if t[1] in LISTS), key=str):
        for i in range(length := len(Collection(part, head))):
            mutant = part + rdflib.Graph()
            if length > 1:
                del Collection(mutant, head)[i]
                yield f"member {i + 1} of {str(parameter).replace(str(SH), 'sh:')}", mutant


def _of(triple: tuple[Node, Node, Node]) -> rdflib.Graph:
    return rdflib.Graph().add(triple)


def _notices(mutant: rdflib.Graph, name: str, ontology: rdflib.Graph) -> bool:
    """True when an example gets another verdict from the mutant; those that should notice are asked first."""
    topics = {p.parents[1] for p in INVALID if name in _expected(p)}
    for path in sorted(EXAMPLES, key=lambda p: (name not in _expected(p), p.parents[1] not in topics, p.parent.name != "valid")):
        if path.parents[2] == ROOT / "shapes" or name.startswith("paper-"):
            with _with(ontology, path) as data:
                if any(f.rule == name for f in shacl.check(data, mutant)) != (name in _expected(path)):
                    return True
    return False


@pytest.mark.parametrize("name", sorted(i.name for i in shacl.describe(_everything()).values()))
def test_some_example_misses_a_constraint_that_is_gone(name: str, ontology: rdflib.Graph) -> None:
    """Drop one piece of the shape (its sh:minCount, one of its alternatives): at least one example must notice."""
    mutants = list(_mutants(name))
    assert mutants
    assert [what for what, mutant in mutants if not _notices(mutant, name, ontology)] == []


def test_rules_of_the_codebook_stage_are_known_to_the_shapes() -> None:
    """Shapes see the data with what these rules add, and nothing else inferred."""
    assert [r.name for r in read_rules() if r.stage == "codebook"] == ["distinctive-of"]
