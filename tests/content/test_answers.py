"""Stored questions answer as expected in two engines, every rule derives, and the study is the one that the paper reports."""

from __future__ import annotations

import csv
import io
import logging
import re
from pathlib import Path

import pytest
import rdflib

from boundwork.explore.session import Session
from boundwork.pipeline.builds import Build
from boundwork.queries.stored import read_query, stored_queries
from boundwork.rules import read_rules
from boundwork.stores.local import LocalStore
from conftest import ROOT, STUDIES, Run

QUERIES = sorted(stored_queries())


def test_all_competency_questions_have_a_stored_query() -> None:
    assert {read_query(stored_queries()[q]).competency for q in QUERIES} == set(range(1, 37))




@pytest.mark.parametrize("study", STUDIES)
def test_queries_answer_as_expected_in_two_engines(study: str, builds: dict[str, Build], run: Run) -> None:
    logging.disable(logging.CRITICAL)
    session = Session(ROOT / "data" / study)
    reading = session.reading.id
    graph = rdflib.Graph().parse(data="\n".join(session.store.lines()), format="nt")
    wrong = []
    for slug in QUERIES:
        path = ROOT / "queries" / "ask" / f"{slug}.{study}.{reading}.expected.csv"
        result = session.ask(slug)
        columns = result.variables
        ours = [["" if v is None else v.text for v in row] for row in result.rows]
        theirs = [["" if v is None else str(v) for v in row] for row in graph.query(result.text)]  # type: ignore[union-attr]
        if ours != theirs:
            wrong.append(f"{slug}: pyoxigraph and rdflib differ")
        expected = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        shown = [["" if c is None else str(c).lower() if isinstance(c, bool) else str(c) for c in row.values()] for row in result.table]
        if [columns, *shown] != [[re.sub(r"^'(?=[=+@-])", "", c) for c in row] for row in expected]:
            wrong.append(f"{slug}: not the expected answer")
    assert wrong == []


def test_every_rule_derives_something(builds: dict[str, Build]) -> None:
    derived: dict[str, int] = {}
    for built in builds.values():
        for counts in built.manifest["rules"].values():
            for rule, n in counts.items():
                derived[rule] = derived.get(rule, 0) + n
    assert {r.name for r in read_rules()} == set(derived)
    assert [r for r, n in derived.items() if n == 0] == []


def test_the_study_is_the_one_that_the_paper_reports(builds: dict[str, Build]) -> None:
    store = LocalStore.open(builds[STUDIES[0]].store("reading-1"))
    rows = store.select("""PREFIX bw: <https://w3id.org/boundwork/ontology#>
        SELECT (COUNT(?c) AS ?n) (SUM(?i) AS ?sum) WHERE { ?c a bw:Council ; bw:interviewsReported ?i }""")
    assert [v.text for v in rows[0] if v] == ["11", "87"]
    rows = store.select("""PREFIX bw: <https://w3id.org/boundwork/ontology#>
        SELECT (COUNT(?x) AS ?n) (COUNT(?c) AS ?councils) WHERE { ?x a bw:AttributedExtract ; bw:aboutActor ?a OPTIONAL { ?a a bw:Council BIND(?a AS ?c) } }""")
    assert rows[0][0] is not None and rows[0][0].text == "23"


def test_every_hash_resolves_against_the_paper(paper: Path, run: Run) -> None:
    done = run("resolve", "--text", paper, "--study", STUDIES[0], "--format", "json")
    assert done.returncode == 0
    assert "77 extracts, 77 hashes hold, 0 do not." in done.stderr
