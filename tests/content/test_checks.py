"""The checks of an ontology: each is kept alive by an example that it catches, and two engines answer it alike."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
import rdflib
from rdflib.query import ResultRow
from rdflib.term import Node

from boundwork.errors import InputError
from boundwork.explore import owl_profile
from boundwork.explore.finding_rules import FINDING_RULES
from boundwork.explore.ontology_gate import Check, Gathered, answers, check_files, check_study, facts_of, gather, read_check, read_checks
from boundwork.findings import Finding, Severity
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.project import content_files
from boundwork.stores.answer import Value
from boundwork.terms import compact, read_prefixes
from conftest import Run

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "queries" / "check"
BASE = "https://w3id.org/boundwork/study/example/"
CLEAN = FOLDER / "valid" / "inspections.ttl"
VALID = sorted((FOLDER / "valid").glob("*.ttl"))
INVALID = sorted((FOLDER / "invalid").glob("*.ttl"))
CHECKS = {c.slug: c for c in read_checks()}
PREFIXES = read_prefixes((ROOT / "ontology" / "prefixes.ttl").read_text(encoding="utf-8"))
Rows = dict[str, list[str]]
NOT_ASKED = {9, 12, 16, 17, 18, 30, 37}
"""Pitfalls of OOPS! that need a dictionary (P12, P30), the network (P37) or somebody who knows the field (P09, P16, P17, P18)."""
OF_OBO_ALONE = {"duplicate_scoped_synonym", "invalid_entity_uri", "invalid_xref", "missing_obsolete_label", "missing_subset_declaration",
                "missing_synonymtype_declaration"}
"""Checks of ROBOT's report that ask for conventions of the OBO Foundry, such as its IRIs and its four kinds of synonym."""
ROBOT_REPORT = re.findall(r"\w+", """
    annotation_whitespace deprecated_boolean_datatype deprecated_class_reference deprecated_property_reference duplicate_definition
    duplicate_exact_synonym duplicate_label duplicate_label_synonym duplicate_scoped_synonym equivalent_class_axiom_no_genus equivalent_pair
    illegal_use_of_built_in_vocabulary invalid_entity_uri invalid_xref label_formatting label_whitespace lowercase_definition missing_definition
    missing_label missing_obsolete_label missing_ontology_description missing_ontology_license missing_ontology_title missing_subset_declaration
    missing_superclass missing_synonymtype_declaration misused_obsolete_label misused_replaced_by multiple_asserted_superclasses multiple_definitions
    multiple_equivalent_class_definitions multiple_equivalent_classes multiple_labels multiple_logical_definitions""")


def _expected(path: Path) -> Rows:
    """Slug -> the rows that the head of an example names, one a line below `# expect: slug`."""
    rows: Rows = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# expect: "):
            rows[line.removeprefix("# expect: ").strip()] = []
        elif line.startswith("#   ") and rows:
            rows[list(rows)[-1]].append(line.removeprefix("#   "))
        elif not line.startswith("#"):
            break
    return rows


@cache
def _gathered(path: Path) -> Gathered:
    """The example as it is checked: beside the ontology that is in order, unless it says that it stands alone."""
    alone = path == CLEAN or "# alone" in path.read_text(encoding="utf-8").split("@base")[0]
    return gather([path] if alone else [CLEAN, path])


def _shown(term: Value | Node | None, gathered: Gathered) -> str:
    """A term as it is written in an example."""
    blank = term.kind == "bnode" if isinstance(term, Value) else isinstance(term, rdflib.BNode)
    text = term.text if isinstance(term, Value) else str(term)
    if blank:
        return "[]"
    if text in gathered.named:
        return gathered.named[text].relative_to(ROOT).as_posix()
    if text == BASE + "ontology":
        return "<>"
    if text.startswith(BASE):
        return f"<{text.removeprefix(BASE).replace('ontology#', '#')}>"
    return compact(text, PREFIXES)


def _found(path: Path) -> Rows:
    """What the embedded store answers; a row is its columns in their order."""
    gathered = _gathered(path)
    rows: dict[str, list[str]] = defaultdict(list)
    for check, row in answers(gathered, CHECKS.values()):
        rows[check.slug].append(" | ".join(_shown(v, gathered) for v in row.values()))
    return dict(rows)


def _rows(graph: rdflib.Graph, check: Check, gathered: Gathered) -> list[str]:
    """What rdflib answers."""
    found = [tuple(row) for row in graph.query(check.query) if isinstance(row, ResultRow)]
    return [" | ".join(_shown(v, gathered) for v in row if v is not None) for row in found]


def _found_by_rdflib(gathered: Gathered) -> Rows:
    graph = rdflib.Graph().parse(data=gathered.data.decode(), format="nt")
    rows = {slug: _rows(graph, check, gathered) for slug, check in CHECKS.items()}
    return {slug: found for slug, found in rows.items() if found}


def _name(path: Path) -> str:
    return path.stem


def test_every_check_has_an_example_and_every_example_a_check() -> None:
    """Counted both ways, with nothing else in the folder."""
    assert len(CHECKS) > 90
    assert {p.stem for p in INVALID} == set(CHECKS)
    assert {s for p in INVALID for s in _expected(p)} == set(CHECKS)
    assert {p for p in FOLDER.rglob("*") if p.is_file()} == {*(c.path for c in CHECKS.values()), *VALID, *INVALID}
    assert [p.stem for p in INVALID if not all(_expected(p).values()) or p.stem not in _expected(p)] == []


@pytest.mark.parametrize("path", INVALID, ids=_name)
def test_an_example_triggers_exactly_the_checks_and_rows_that_it_names(path: Path) -> None:
    assert _found(path) == _expected(path)


@pytest.mark.parametrize("path", VALID, ids=_name)
def test_no_check_has_a_word_to_say_of_an_ontology_in_order(path: Path) -> None:
    assert _expected(path) == _found(path) == {}
    assert check_files([path])[0].findings == []


@pytest.mark.parametrize("path", [*VALID, *INVALID], ids=_name)
def test_rdflib_finds_the_same_rows(path: Path) -> None:
    """By the checks that the example names, and the shipped ontology below by all of them."""
    gathered, wanted = _gathered(path), _expected(path)
    graph = rdflib.Graph().parse(data=gathered.data.decode(), format="nt")
    slugs = wanted or CHECKS
    rows = {s: _rows(graph, CHECKS[s], gathered) for s in slugs}
    assert {s: r for s, r in rows.items() if r} == wanted


@pytest.mark.slow
def test_rdflib_finds_the_same_in_the_shipped_ontology() -> None:
    gathered = gather(content_files("ontology", "*.ttl"))
    rows: dict[str, list[str]] = defaultdict(list)
    for check, row in answers(gathered, CHECKS.values()):
        rows[check.slug].append(" | ".join(_shown(v, gathered) for v in row.values()))
    assert _found_by_rdflib(gathered) == rows
    assert rows


def test_the_shipped_ontology_passes_without_a_warning() -> None:
    """Infos are left standing: each of them is a matter of taste, or a decision."""
    report, notes = check_study(ROOT / "data" / "regulating-public-services")
    assert notes == []
    assert [f for f in report.sorted() if f.severity > Severity.INFO] == []
    assert {f.rule for f in report.findings} <= {"missing-inverse", "missing-domain", "missing-superclass", "several-superclasses", "siblings-not-disjoint"}
    assert report.looked_at["terms"] > 390
    assert report.looked_at["checks"] == len(CHECKS) + 1


def test_every_check_says_what_is_wrong_how_bad_it_is_and_what_to_do() -> None:
    """A slot in the message that no column fills would leave a hole in it."""
    for check in CHECKS.values():
        columns = set(re.findall(r"\?(\w+)", re.sub(r"\(.*? AS (\?\w+)\)", r"\1", check.query.split("WHERE")[0])))
        slots = set(re.findall(r"\{\?(\w+)\}", check.problem + check.fix))
        assert slots <= columns, check.slug
        assert columns - slots <= {"term"}, check.slug
        assert check.problem.endswith(".") and check.fix.endswith("."), check.slug
    assert {c.severity for c in CHECKS.values()} == set(Severity)


def test_every_check_names_the_tool_or_the_rule_that_it_comes_from() -> None:
    """And together they cover what those tools report without a network."""
    origins = " ".join(c.source for c in CHECKS.values())
    assert [c.slug for c in CHECKS.values() if not re.search(r"ROBOT|OOPS!|FOOPS!|House rule|OWL 2 DL|SKOS", c.source)] == []
    pitfalls = {int(n) for n in re.findall(r"\bP(\d\d)\b", origins)}
    assert {*range(1, 42)} - pitfalls == NOT_ASKED
    asked = set(re.findall(r"[a-z]+(?:_[a-z]+)+", origins))
    assert set(ROBOT_REPORT) - asked == OF_OBO_ALONE


def _finding(report_of: list[Path], rule: str) -> Finding:
    [found] = [f for f in check_files(report_of)[0].findings if f.rule == rule]
    return found


def test_a_finding_points_at_the_line_that_defines_the_term() -> None:
    path = FOLDER / "invalid" / "missing-example.ttl"
    found = _finding([CLEAN, path], "missing-example")
    assert found.message == f"{BASE}ontology#FollowUp has no example. Give a concrete case as skos:example, so that a coder can recognise the next one."
    assert path.read_text(encoding="utf-8").splitlines()[found.line - 1].startswith("<#FollowUp> a owl:Class")
    assert found.file.endswith("queries/check/invalid/missing-example.ttl")
    assert found.subject == f"{BASE}ontology#FollowUp"


def test_a_term_that_is_declared_nowhere_is_shown_where_it_is_used() -> None:
    path = FOLDER / "invalid" / "undeclared-class.ttl"
    found = _finding([CLEAN, path], "undeclared-class")
    assert "<#Inspecton>" in path.read_text(encoding="utf-8").splitlines()[found.line - 1]


def test_a_fault_planted_in_the_shipped_ontology_is_found(tmp_path: Path) -> None:
    """The gate looks at what it is given, and not at what ships."""
    files = []
    for path in content_files("ontology", "*.ttl"):
        text = path.read_text(encoding="utf-8")
        if path.name == "codes.ttl":
            assert 'rdfs:label "managerial"@en ;' in text
            text = text.replace('rdfs:label "managerial"@en ;', 'rdfs:label "managerial "@en ;', 1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
        files.append(tmp_path / path.name)
    report, _ = check_files([f for f in files if f.name not in ("prefixes.ttl", "alignments.ttl")])
    assert {f.rule for f in report.findings if f.severity == Severity.VIOLATION} == {"label-white-space"}


def test_one_file_of_the_ontology_is_checked_with_the_others_behind_it() -> None:
    """Its neighbours are read, so that their terms are known, and what is to say of them is not said."""
    report, _ = check_files([ROOT / "ontology" / "tallies.ttl"])
    assert {f.file for f in report.findings} == {"ontology/tallies.ttl"} or {Path(f.file).name for f in report.findings} == {"tallies.ttl"}
    assert not report.reaches(Severity.WARNING)
    assert report.looked_at["files"] == 1


def test_an_ontology_of_somebody_else_is_checked_as_theirs(tmp_path: Path) -> None:
    """Its namespace is known from its header, or taken to be all that belongs to no vocabulary that is known."""
    body = ("@prefix owl: <http://www.w3.org/2002/07/owl#> .\n@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n@prefix ex: <https://example.org/terms/> .\n"
            "foaf:Person a owl:Class .\nex:Farmer a owl:Class .\n")
    for name, head in (("with.ttl", "<https://example.org/terms/> a owl:Ontology .\n"), ("without.ttl", "")):
        (tmp_path / name).write_text(body + head, encoding="utf-8")
        report, _ = check_files([tmp_path / name])
        unlabelled = [f for f in report.findings if f.rule == "missing-label"]
        assert [(f.subject, f.line) for f in unlabelled] == [("https://example.org/terms/Farmer", 5)]
        assert unlabelled[0].message.startswith("ex:Farmer has no label.")


@pytest.mark.parametrize("ending", ["nt", "rdf"])
def test_other_formats_than_turtle_are_checked_too(tmp_path: Path, ending: str) -> None:
    graph = rdflib.Graph()
    for path in (CLEAN, FOLDER / "invalid" / "missing-example.ttl"):
        graph.parse(path)
    target = tmp_path / f"inspections.{ending}"
    graph.serialize(target, format="nt" if ending == "nt" else "xml", encoding="utf-8")
    found = _finding([target], "missing-example")
    assert f"{BASE}ontology#FollowUp" in target.read_text(encoding="utf-8").splitlines()[found.line - 1]


def test_a_study_with_an_ontology_of_its_own_hears_of_that_one_alone(tmp_path: Path) -> None:
    """A new code that the list of different ones was not told of; its neighbours in the shipped scheme are no news."""
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology" / "stonewalling.ttl").write_text(
        "@prefix bw: <https://w3id.org/boundwork/ontology#> .\n@prefix code: <https://w3id.org/boundwork/code/> .\n"
        "@prefix dcterms: <http://purl.org/dc/terms/> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n@prefix scheme: <https://w3id.org/boundwork/scheme/> .\n"
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        'code:stonewalling a owl:NamedIndividual , skos:Concept , bw:WorkForm ; rdfs:label "stonewalling"@en ; skos:prefLabel "stonewalling"@en ;\n'
        '  skos:inScheme scheme:forms ; skos:definition "Nobody answers."@en ; skos:example "A letter without a reply."@en ; dcterms:source "invented" .\n',
        encoding="utf-8")
    report, _ = check_study(tmp_path)
    assert [(f.rule, f.subject.rsplit("/", 1)[-1], f.line) for f in report.sorted()] == [("codes-not-all-different", "stonewalling", 8)]
    assert report.looked_at["terms"] == 1


def test_a_study_brings_checks_of_its_own(tmp_path: Path) -> None:
    """Found like the shipped ones, by their file."""
    (tmp_path / "queries" / "check").mkdir(parents=True)
    (tmp_path / "queries" / "check" / "logic-without-definition-of-ours.rq").write_text(
        "#+ summary: Every logic\n#+ problem: '{?term} is a logic.'\n#+ severity: warning\n#+ fix: 'Leave it.'\n#+ source: House rule.\n"
        "PREFIX bw: <https://w3id.org/boundwork/ontology#>\nSELECT ?term WHERE { ?term a bw:InstitutionalLogic } ORDER BY ?term\n", encoding="utf-8")
    report, _ = check_study(tmp_path)
    assert [f.value or f.subject.rsplit("/", 1)[-1] for f in report.sorted() if f.rule == "logic-without-definition-of-ours"] == [
        "bureaucratic", "managerial", "hybrid"]


@pytest.mark.parametrize(("change", "says"), [
    (("severity: violation", "severity: bad"), "'bad' is no severity"),
    (("severity: violation", "severity: violaton"), "Did you mean 'violation'?"),
    (("#+ fix:", "#+ note:"), "needs the key 'fix'"),
    (("SELECT DISTINCT ?term", "SELECT DISTINCT *"), ""),
    (("?term", "?thing"), "whose rows name a ?term"),
])
def test_a_check_that_is_written_wrongly_is_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = (FOLDER / "missing-label.rq").read_text(encoding="utf-8")
    assert change[0] in text
    path = tmp_path / "mine.rq"
    path.write_text(text.replace(*change), encoding="utf-8")
    if not says:
        assert read_check(path).slug == "mine"
        return
    with pytest.raises(InputError) as error:
        read_check(path)
    assert says in str(error.value)
    assert str(path) in str(error.value)


def test_a_check_that_does_not_run_is_named(tmp_path: Path) -> None:
    broken = Check("broken", tmp_path / "broken.rq", "s", "p", Severity.INFO, "f", "House rule", "SELECT ?term WHERE { ?term ")
    with pytest.raises(InputError, match=r"broken\.rq"):
        list(answers(_gathered(CLEAN), [broken]))


def test_files_without_a_term_are_refused(tmp_path: Path) -> None:
    """Nothing to look at is no success."""
    (tmp_path / "empty.ttl").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="No term is declared"):
        check_files([tmp_path / "empty.ttl"])


def test_the_profile_is_part_of_the_gate(tmp_path: Path) -> None:
    """An object property that is also a datatype property; a property with a chain that is functional."""
    extra = tmp_path / "extra.ttl"
    extra.write_text("@prefix bw: <https://w3id.org/boundwork/ontology#> .\n@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
                     "bw:evidencesLogic a owl:FunctionalProperty .\n\nbw:stance a owl:DatatypeProperty .\n", encoding="utf-8")
    report, notes = check_files([*ontology_files(), extra])
    assert notes == []
    outside = [f for f in report.sorted() if f.rule == owl_profile.RULE]
    assert {(f.subject.rsplit("#", 1)[-1], f.severity) for f in outside} >= {("evidencesLogic", Severity.VIOLATION), ("stance", Severity.VIOLATION)}
    assert all(f.line for f in outside if f.subject)


def test_without_the_library_the_profile_is_a_note_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    report, notes = check_files([CLEAN])
    assert notes == ["The OWL 2 DL profile was not checked: py-horned-owl is not installed. To check it: pip install 'py-horned-owl>=2.0,<3'"]
    assert report.looked_at["checks"] == len(CHECKS)


def test_what_to_install_is_what_the_tests_have() -> None:
    assert f'"{owl_profile.NEEDED}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_every_check_can_be_explained() -> None:
    """Its name belongs to nothing else that `explain` knows."""
    taken = {p.stem for p in content_files("queries/ask", "*.rq")} | set(FINDING_RULES) | set(load_vocabulary().codes("*"))
    taken |= {n for p in content_files("shapes", "*.ttl") for n in re.findall(r"^shape:([\w-]+)", p.read_text(encoding="utf-8"), re.M)}
    taken |= {re.sub(r"^\d+-", "", p.stem) for p in content_files("queries/derive", "*.rq")}
    assert taken & {*CHECKS, owl_profile.RULE} == set()
    for slug in CHECKS:
        facts = dict(facts_of(slug))
        assert facts["fix"] and facts["asks like"] and facts["caught in"].endswith(f"{slug}.ttl")
    assert dict(facts_of(owl_profile.RULE))["severity"] == "violation"
    assert facts_of("no-such-check") == []


# ---------------------------------------------------------------- the command


def test_the_command_passes_on_the_shipped_ontology(run: Run) -> None:
    done = run("validate", "--ontology", "--least", "warning", "--fail-on", "warning")
    assert done.returncode == 0
    assert done.stdout.startswith("0 violations, 0 warnings, ")


@pytest.mark.parametrize("form", ["text", "json", "csv", "html", "sarif", "junit", "github"])
def test_the_command_speaks_every_format(run: Run, form: str) -> None:
    path = FOLDER / "invalid" / "missing-label.ttl"
    done = run("validate", "--ontology", CLEAN, path, "--format", form)
    assert done.returncode == 1
    assert "missing-label" in done.stdout
    if form == "json":
        [row] = json.loads(done.stdout)
        assert (row["file"], row["severity"], row["rule"]) == ("queries/check/invalid/missing-label.ttl", "violation", "missing-label")
        assert row["line"] > 0


def test_the_command_explains_a_check(run: Run) -> None:
    done = run("explain", "missing-label")
    assert done.returncode == 0
    assert "Give it an rdfs:label with a language tag." in done.stdout


def test_the_command_refuses_what_does_not_go_together(run: Run) -> None:
    done = run("validate", "--ontology", CLEAN, "--shapes", ROOT / "shapes")
    assert done.returncode == 2
    assert "--ontology" in done.stderr
