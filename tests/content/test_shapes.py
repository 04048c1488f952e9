"""What consistent coding looks like: every constraint explains itself, is broken by an example, and is missed when it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from boundwork import shacl
from boundwork.explore.validation import validate_study
from boundwork.findings import Finding, Severity
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.rules import read_rules
from boundwork.shacl import Facts, setwise
from boundwork.shacl.core import Result
from boundwork.shacl.facts import FIRST, NIL, REST, plain_text
from boundwork.shacl.shapes import TARGETS, Shapes, sh
from boundwork.stores.local import n_triples
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
SAID = {*TARGETS, "severity", "message", "path", "prefixes", "qualifiedValueShape"}
"""What a shape says beside what it checks; without sh:qualifiedValueShape pySHACL refuses the shape, which is loud enough."""
LISTS = {"or", "and", "in", "xone"}
Statements = Callable[[str, str | None], bytes]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _expected(path: Path) -> set[str]:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return set(first.removeprefix("# expect:").split()) if first.startswith("# expect:") else set()


@cache
def _shapes(folder: Path = ROOT / "shapes") -> Facts:
    """The shapes that hold everywhere, and those of one study beside them."""
    return shacl.load_shapes([*sorted((ROOT / "shapes").glob("*.ttl")), *(sorted(folder.glob("*.ttl")) if folder in OWN else [])])


@cache
def _everything() -> Facts:
    return shacl.load_shapes([p for folder in FOLDERS for p in sorted(folder.glob("*.ttl"))])


def _shapes_for(path: Path) -> Facts:
    return _shapes(path.parents[2])


@pytest.fixture(scope="module")
def ontology() -> Facts:
    """The ontology that goes into every graph; a test that adds to it takes it away again."""
    return shacl.read(ontology_files())


@contextmanager
def _with(ontology: Facts, path: Path) -> Iterator[Facts]:
    """The ontology together with an example, which is taken out again."""
    there = set(ontology.lines())
    added = [line for line in n_triples(path, "e") if line not in there]
    ontology.add(added)
    try:
        yield ontology
    finally:
        ontology.remove(added)


@cache
def _cut(shapes: Facts, names: frozenset[str]) -> Facts:
    """Some shapes by themselves, with all that hangs on them."""
    part, todo, seen = Facts(), [f"<{SHAPE}{n}>" for n in sorted(names)], set()
    while todo:
        node = todo.pop()
        seen.add(node)
        for predicate, values in shapes.forward.items():
            for value in values.get(node, ()):
                part.add([f"{node} {predicate} {value} ."])
                if value not in seen and (value.startswith("_:") or predicate == sh("prefixes")):
                    todo.append(value)
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
def test_example_breaks_exactly_the_constraints_that_it_names(path: Path, ontology: Facts) -> None:
    """A valid example names none and conforms to every shape, not to its own topic alone."""
    with _with(ontology, path) as data:
        assert {f.rule for f in shacl.check(data, _shapes_for(path))} == _expected(path)


def test_every_constraint_is_broken_by_an_example() -> None:
    """And no example expects a constraint that is not there."""
    assert {n for p in INVALID for n in _expected(p)} == {i.name for i in shacl.describe(_everything()).values()}


def test_every_constraint_has_a_readable_name_of_its_own() -> None:
    """One constraint, one IRI: none stands in two files, and none is anonymous."""
    described = shacl.describe(_everything())
    subjects = {s for term in TARGETS.values() for s in _everything().edges(term)}
    assert {plain_text(s) for s in subjects} == set(described)
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
        assert shapes.value(f"<{info.iri}>", sh("severity")) in (sh("Violation"), sh("Warning"), sh("Info")), info.name
        assert info.column in columns[info.table], info.name


def test_lint_finds_nothing_in_the_shipped_shapes(ontology: Facts) -> None:
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
def test_lint_catches_what_would_pass_in_silence(old: str, new: str, rule: str, ontology: Facts, tmp_path: Path) -> None:
    """One mistake in the first shape of the codings; without it the same text is clean."""
    text = (ROOT / "shapes" / "coding.ttl").read_text(encoding="utf-8")
    assert old in text
    for name, words in (("right.ttl", text), ("wrong.ttl", text.replace(old, new, 1))):
        (tmp_path / name).write_text(words, encoding="utf-8")
    assert shacl.lint(shacl.read([tmp_path / "right.ttl"]), ontology) == []
    assert rule in {f.rule for f in shacl.lint(shacl.read([tmp_path / "wrong.ttl"]), ontology) if f.severity is Severity.VIOLATION}


def test_nothing_in_the_shipped_shapes_needs_pyshacl() -> None:
    """It needs seconds where set arithmetic needs milliseconds: nothing may fall back to it unseen."""
    shapes = Shapes(_everything())
    asked = set(_everything().edges(sh("sparql")))
    assert asked == {s.node for s in shapes.targeted() if s.node in asked}
    assert all(setwise.query(_everything(), node, c) for node, values in _everything().edges(sh("sparql")).items() for c in values)
    assert not any(each.foreign for s in shapes.targeted() for each in shapes.everything(s))


def _alike(found: list[Result]) -> list[tuple[str, ...]]:
    """What the two engines must agree on; they number blank nodes in their own way."""
    def named(term: str) -> str:
        return "_" if term.startswith("_:") else plain_text(term)

    return sorted({(named(r.shape), r.component.rsplit("#", 1)[-1], named(r.focus), named(r.value), named(r.path), r.message.strip(), r.severity)
                   for r in found})


@pytest.mark.parametrize("path", [p if i % 12 == 0 else pytest.param(p, marks=pytest.mark.slow) for i, p in enumerate(INVALID)], ids=_name)
def test_set_wise_checks_find_what_pyshacl_finds(path: Path, ontology: Facts) -> None:
    """All shapes over each example that breaks one, in the slow run; over every twelfth always."""
    with _with(ontology, path) as data:
        assert _alike(shacl.results(data, _shapes_for(path))) == _alike(shacl.results(data, _shapes_for(path), reference=True))


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_both_engines_find_the_same_in_the_shipped_studies(study: str, statements: Statements) -> None:
    """All coders' rows together, as `boundwork validate` checks them."""
    data = Facts(statements(study, None).decode().split("\n")[:-1])
    shapes = shacl.load_shapes(shacl.shape_files(ROOT / "data" / study))
    assert _alike(shacl.results(data, shapes)) == _alike(shacl.results(data, shapes, reference=True))


@pytest.mark.parametrize("study", STUDIES)
def test_shipped_study_has_no_violation(study: str) -> None:
    """Warnings and infos are a methodologist's to weigh; a violation would be a fault of the study."""
    report = validate_study(ROOT / "data" / study)
    assert [f for f in report.sorted() if f.severity is Severity.VIOLATION] == []
    assert report.looked_at["codings"] > 90


def _mutants(name: str) -> Iterator[tuple[str, Facts]]:
    """A shape again and again, each time without one of its parameters or without one member of one of its lists."""
    part = _cut(_everything(), frozenset({name}))
    node = f"<{SHAPE}{name}>"
    for term in sorted(part.forward):
        parameter = term.removeprefix("<http://www.w3.org/ns/shacl#")[:-1]
        if term == sh(parameter) and parameter not in SAID:
            for value in part.values(node, term):
                mutant = part.copy()
                mutant.remove([f"{node} {term} {value} ."])
                yield f"sh:{parameter}", mutant
    for parameter in sorted(LISTS):
        for owner, heads in part.edges(sh(parameter)).items():
            for head in heads:
                members = part.items(head)
                for i in range(len(members) if len(members) > 1 else 0):
                    mutant = part.copy()
                    mutant.remove([f"{owner} {sh(parameter)} {head} ."])
                    kept = members[:i] + members[i + 1:]
                    cells = [f"_:cut{k}" for k in range(len(kept))] + [NIL]
                    mutant.add([f"{owner} {sh(parameter)} {cells[0]} .", *(f"{c} {FIRST} {m} ." for c, m in zip(cells, kept, strict=False)),
                                *(f"{a} {REST} {b} ." for a, b in pairwise(cells))])
                    yield f"member {i + 1} of sh:{parameter}", mutant


def _notices(mutant: Facts, name: str, ontology: Facts) -> bool:
    """True when an example gets another verdict from the mutant; those that should notice are asked first."""
    topics = {p.parents[1] for p in INVALID if name in _expected(p)}
    for path in sorted(EXAMPLES, key=lambda p: (name not in _expected(p), p.parents[1] not in topics, p.parent.name != "valid")):
        if path.parents[2] == ROOT / "shapes" or name.startswith("paper-"):
            with _with(ontology, path) as data:
                if any(f.rule == name for f in shacl.check(data, mutant)) != (name in _expected(path)):
                    return True
    return False


@pytest.mark.parametrize("name", sorted(i.name for i in shacl.describe(_everything()).values()))
def test_some_example_misses_a_constraint_that_is_gone(name: str, ontology: Facts) -> None:
    """Drop one piece of the shape (its sh:minCount, one of its alternatives): at least one example must notice."""
    mutants = list(_mutants(name))
    assert mutants
    assert [what for what, mutant in mutants if not _notices(mutant, name, ontology)] == []


def test_rules_of_the_codebook_stage_are_known_to_the_shapes() -> None:
    """Shapes see the data with what these rules add, and nothing else inferred."""
    assert [r.name for r in read_rules() if r.stage == "codebook"] == ["distinctive-of"]
