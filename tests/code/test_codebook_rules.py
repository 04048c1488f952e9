"""The codebook's own rules, as a researcher writes them: each is broken at exactly its row, kept elsewhere, and plain SHACL."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import pytest

from boundwork import shacl
from boundwork.explore.skeletons import init
from boundwork.explore.validation import validate_study
from boundwork.findings import Finding
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.populate import Population, populate
from boundwork.shacl import Facts, setwise
from boundwork.shacl.parted import plan_of
from boundwork.shacl.reach import Map
from boundwork.shacl.shapes import sh
from boundwork.stores.local import n_triples
from boundwork.tables.studyfile import read_study
from boundwork.terms import study_iri
from conftest import ROOT, Run
from small_study import edit_rows

CODE = "vertical-relations"
RULES = {  # column -> cell of the rule, and what makes the only coding break it
    "excludes": ("horizontal-relations", {"code": f"{CODE};horizontal-relations"}),
    "needs": ("horizontal-relations", {}),
    "roles": ("service-director", {}),
    "waves": ("w2", {}),
    "boundaries": ("competitiveness", {}),
    "shortest": ("500", {}),
    "longest": ("20", {}),
    "note_if": ("medium", {}),
}
KEPT = {"excludes": "horizontal-relations", "needs": "", "roles": "corporate-director", "waves": "w1", "boundaries": "expertise", "shortest": "20",
        "longest": "500", "note_if": "low"}


def rule(study: Path, **cells: str) -> None:
    """Give CODE an entry in the codebook with these rules."""
    edit_rows(study / "codebook.csv", lambda rows: rows.append({**dict.fromkeys(rows[0], ""), "code": CODE}) if all(r["code"] != CODE for r in rows) else None)
    with open(study / "codebook.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = list(dict.fromkeys([*rows[0], *cells]))
    next(r for r in rows if r["code"] == CODE).update(cells)
    with open(study / "codebook.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def study(scratch: Path) -> Path:
    """One coding with CODE, by a corporate director, in wave w1, of an extract of 84 characters, with medium confidence and no note."""
    init(scratch / "mine")
    folder = scratch / "mine"
    text = (folder / "study.toml").read_text(encoding="utf-8")
    waves = "".join(f'\n[waves.w{n}]\nlabel = "Wave {n}"\nstart-year = {2017 + 2 * n}\n' for n in (1, 2))
    (folder / "study.toml").write_text(text + waves, encoding="utf-8")
    edit_rows(folder / "codings.csv", lambda rows: rows[0].update(code=CODE, note=""))
    edit_rows(folder / "extracts.csv", lambda rows: rows[0].update(wave="w1"))
    edit_rows(folder / "speakers.csv", lambda rows: rows[0].update(role="corporate-director"))
    return folder


def broken(study: Path) -> list[Finding]:
    return [f for f in validate_study(study).sorted() if f.rule.startswith(f"{CODE}-")]


@pytest.mark.parametrize("column", RULES)
def test_a_broken_rule_is_found_at_its_row(column: str, study: Path) -> None:
    cell, change = RULES[column]
    rule(study, **{column: cell})
    edit_rows(study / "codings.csv", lambda rows: rows[0].update(change))
    found, = broken(study)
    assert found.rule == f"{CODE}-{column.replace('_', '-')}"
    assert (Path(found.file).name, found.line, found.coder, found.extract) == ("codings.csv", 2, "me", "x1")
    assert found.column == {"boundaries": "boundary", "note_if": "note"}.get(column, "code")
    assert found.message.startswith("The codebook")


def test_rules_that_are_kept_find_nothing(study: Path) -> None:
    rule(study, **KEPT)
    assert broken(study) == []
    rule(study, needs="horizontal-relations", excludes="")
    edit_rows(study / "codings.csv", lambda rows: rows.append({**rows[0], "id": "k2", "code": "horizontal-relations", "boundary": "", "work": "", "form": "",
                                                               "elements": "", "other": "", "purpose": ""}))
    assert broken(study) == []


def test_a_code_in_any_column_may_have_rules(study: Path) -> None:
    """An element that stands in column elements, not in column code."""
    edit_rows(study / "codebook.csv", lambda rows: rows.append({**dict.fromkeys(rows[0], ""), "code": "local-expertise-first"}))
    with open(study / "codebook.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[-1]["excludes"] = "generic-expertise-first"
    with open(study / "codebook.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0], "excludes"] if "excludes" not in rows[0] else list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    found, = [f for f in validate_study(study).sorted() if f.rule == "local-expertise-first-excludes"]
    assert found.column == "elements" and "generic-expertise-first" in found.message and "k1" in found.message


@pytest.mark.parametrize(("cells", "name", "column", "said"), [
    ({"excludes": "horizontal-relation"}, "table-unknown-code", "excludes", "Did you mean 'horizontal-relations'?"),
    ({"roles": "corporate-directer"}, "table-unknown-code", "roles", "Did you mean 'corporate-director'?"),
    ({"waves": "w3"}, "table-unknown-wave", "waves", "w1"),
    ({"shortest": "long"}, "table-not-a-number", "shortest", ""),
    ({"note_if": "sometimes"}, "table-unknown-word", "note_if", "low"),
    ({"excludes": CODE}, "codebook-rule-contradicts", "excludes", "exclude itself"),
    ({"needs": CODE}, "codebook-rule-contradicts", "needs", "need itself"),
    ({"excludes": "horizontal-relations", "needs": "horizontal-relations"}, "codebook-rule-contradicts", "needs", "no coding can keep"),
    ({"shortest": "90", "longest": "80"}, "codebook-rule-contradicts", "shortest", "longer than the longest"),
])
def test_a_wrong_rule_is_a_finding_in_the_codebook(cells: dict[str, str], name: str, column: str, said: str, study: Path) -> None:
    rule(study, **cells)
    found = [f for f in validate_study(study).sorted() if Path(f.file).name == "codebook.csv" and f.rule == name]
    assert [f.column for f in found] == [column] and said in found[0].message


def _data(study: Path) -> Facts:
    folder = study.parent / "populated"
    folder.mkdir()
    population = populate(dataclasses.replace(read_study(study), publish_notes=True), load_vocabulary(study), folder)
    lines = [line for i, p in enumerate(ontology_files(study)) for line in n_triples(p, f"o{i}x")]
    files = [p for key, parts in population.parts.items() if key != ("coding", "adjudicated") for p in parts.values()]
    return Facts([*lines, *(line for p in files for line in p.read_text(encoding="utf-8").splitlines())])


def test_the_shapes_are_plain_shacl_that_pyshacl_runs_alike(study: Path) -> None:
    for column, (cell, _) in RULES.items():
        rule(study, **{column: cell})
    rules = shacl.codebook_rules(read_study(study), load_vocabulary(study)).facts()
    data = _data(study)

    def alike(reference: bool) -> set[tuple[str, ...]]:
        return {(r.shape, r.focus, r.value, r.message, r.severity) for r in shacl.results(data, rules, reference=reference)}

    assert alike(False) == alike(True)
    assert len(alike(False)) == len(RULES) - 1  # nothing stands beside what is excluded


def test_every_rule_can_be_asked_in_parts_and_set_wise(study: Path) -> None:
    for column, (cell, _) in RULES.items():
        rule(study, **{column: cell})
    rules, data = shacl.codebook_rules(read_study(study), load_vocabulary(study)).facts(), _data(study)
    assert all(setwise.query(rules, node, c) for node, values in rules.edges(sh("sparql")).items() for c in values)
    owned = tuple(f"<{study_iri('mine', kind, '')}" for kind in Population.KINDS)
    common, part, known = Facts(), Facts(), Map()
    common.add(line for line in data.lines() if not line.startswith(owned))
    part.add(line for line in data.lines() if line.startswith(owned))
    known.common_part(common, owned)
    known.one_part(part, owned)
    plan = plan_of(rules, common, known)
    local, whole = plan.local, list(plan.whole)
    assert (len(local), whole) == (len(RULES), [])


def test_a_rule_is_explained_by_its_name(study: Path, run: Run) -> None:
    rule(study, longest="20")
    said = run("explain", f"{CODE}-longest", "--study", study).stdout
    assert "rule of the codebook" in said and f"{CODE} is for extracts of at most 20 characters" in said and "column longest" in said


def test_the_example_study_has_rules_and_keeps_them(run: Run) -> None:
    rules = shacl.codebook_rules(read_study(ROOT / "data" / "example-study"), load_vocabulary())
    names = {i.name for i in shacl.describe(rules.facts()).values()}
    assert {"centre-as-weather-excludes", "centre-as-weather-needs", "centre-as-weather-note-if", "weather-talk-waves", "central-deadline-shortest"} == names
    found = json.loads(run("validate", "example-study", "--format", "json").stdout)
    assert names & {f["rule"] for f in found} == set()
