"""The contract of the command line, run as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import rdflib

from conftest import ROOT, Run

SLUG = "hybrid-council-types"
QUERY = "SELECT ?council ?type { ?council bw:councilType ?type }"


@pytest.mark.parametrize("form", ["table", "csv", "tsv", "json", "md", "html", "srj", "srx"])
@pytest.mark.parametrize("command", [("ask", SLUG), ("sparql", QUERY)])
def test_answers_come_in_every_format(run: Run, command: tuple[str, str], form: str) -> None:
    done = run(*command, "--format", form)
    assert done.returncode == 0, done.stderr
    if form in ("json", "srj"):
        tree = json.loads(done.stdout)
        assert isinstance(tree, list) == (form == "json")
    if form in ("csv", "tsv"):
        rows = list(csv.reader(io.StringIO(done.stdout), delimiter="," if form == "csv" else "\t"))
        assert len({len(r) for r in rows}) == 1 and len(rows) > 5
    if form == "srx":
        ET.fromstring(done.stdout)
    assert "\033" not in done.stdout


@pytest.mark.parametrize("form", ["turtle", "ttl", "nt", "trig", "nq", "jsonld"])
def test_graphs_come_in_every_format(run: Run, form: str) -> None:
    done = run("sparql", "CONSTRUCT { ?c a bw:Council } WHERE { ?c a bw:Council }", "--format", form)
    graph = rdflib.Dataset()
    graph.parse(data=done.stdout, format={"ttl": "turtle", "nq": "nquads", "jsonld": "json-ld"}.get(form, form))
    assert len(graph) == 11


@pytest.mark.parametrize("form", ["text", "json", "csv", "html", "sarif", "junit", "github"])
def test_findings_come_in_every_format(run: Run, form: str) -> None:
    done = run("validate", "example-study", "--format", form)
    assert done.returncode == 0, done.stdout
    if form in ("json", "sarif"):
        assert json.loads(done.stdout)
    if form == "junit":
        assert ET.fromstring(done.stdout).get("failures") == "0"
    if form == "github":
        assert all(line.startswith(("::warning", "::notice")) for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("args", "status", "said"),
    [
        (("ask", SLUG, "--param", "boundary=expertize"), 2, "Did you mean 'expertise'?"),
        (("ask", SLUG, "--param", "bondary=expertise"), 2, "Did you mean 'boundary'?"),
        (("ask", "hybrid-council-typs"), 2, f"Did you mean '{SLUG}'?"),
        (("ask", SLUG, "--reading", "reading-3"), 2, "has no reading"),
        (("ask", SLUG, "--study", "exmple-study"), 2, "Did you mean 'example-study'?"),
        (("sparql", "SELECT * {"), 2, "does not parse"),
        (("sparql", "ASK { ?x a bw:Nothing }"), 1, ""),
        (("sparql", "ASK { ?x a bw:Council }"), 0, ""),
        (("sparql", "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"), 2, "SERVICE"),
        (("sparql", "DELETE WHERE { ?s ?p ?o }"), 2, "DELETE"),
        (("sparql", "SELECT * " + "{" * 4000 + "}" * 4000), 2, "nests"),
        (("sparql",), 2, "Give one query"),
        (("validate", "missing.ttl"), 2, "cannot be read"),
        (("validate", "missing"), 2, "There is no study"),
        (("validate", "example-study", "--fail-on", "warning"), 1, ""),
        (("explain", "expertise"), 0, ""),
        (("explain", "expertiz"), 2, "Did you mean"),
        (("resolve", "--text", "missing.txt"), 2, "cannot be read"),
        (("resolve", "--study", "example-study"), 0, ""),
        (("resolve", "--study", "example-study", "--text", "README.md", "--source", "fieldnotes"), 1, "do not"),
        (("asc",), 2, "Did you mean 'ask'?"),
        (("completion", "bash"), 0, ""),
    ],
)
def test_exit_status_and_what_is_said(run: Run, args: tuple[str, ...], status: int, said: str) -> None:
    done = run(*args)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr


def test_a_query_comes_from_standard_input_or_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "q.rq").write_text(QUERY, encoding="utf-8")
    assert run("sparql", "-", text=QUERY).stdout == run("sparql", "-f", tmp_path / "q.rq").stdout == run("sparql", QUERY).stdout


def test_a_time_limit_stops_a_query(run: Run) -> None:
    start = time.monotonic()
    done = run("sparql", "--timeout", "1", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    assert done.returncode == 2 and "longer than 1 second and" in done.stderr
    assert time.monotonic() - start < 10


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_a_query_with_130(cache: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    hear = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # a shell that runs us in the background has it ignored
    start = f"{hear}\nfrom boundwork.cli.main import main\nmain()"
    process = subprocess.Popen([sys.executable, "-c", start, "sparql", query], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 130 and "stopped" in said


def test_formula_cells_are_defused_unless_raw_is_asked_for(run: Run) -> None:
    query = 'SELECT ?x { VALUES ?x { "=1+1" "+1" "-1" "@x" "plain" } }'
    safe = run("sparql", query, "--format", "csv").stdout.splitlines()[1:]
    assert safe == ["'=1+1", "'+1", "'-1", "'@x", "plain"]
    assert run("sparql", query, "--format", "csv", "--raw").stdout.splitlines()[1:] == ["=1+1", "+1", "-1", "@x", "plain"]


def test_evidence_stands_under_every_row(run: Run) -> None:
    rows = json.loads(run("ask", SLUG, "--evidence", "--format", "json").stdout)
    assert all(len(r["evidence"]) == r["extracts"] for r in rows)
    assert any(r["evidence"] for r in rows)


def test_a_new_study_builds_validates_and_answers(run: Run, tmp_path: Path) -> None:
    study = tmp_path / "mine"
    assert run("init", study).returncode == 0
    assert run("init", study).returncode == 2
    for kind in ("query", "shape", "code", "term"):
        assert run("new", kind, f"my-{kind}", cwd=study).returncode == 0
    assert run("validate", cwd=study).returncode == 0
    assert run("ask", "my-query", "--format", "csv", cwd=study).stdout.splitlines() == ["council,type,region", "Council 1,district,South East"]
    assert "blended" in run("ask", SLUG, cwd=study).stdout


def test_help_and_ask_load_no_heavy_library(run: Run, cache: Path) -> None:
    run("ask", SLUG)
    for args in (["--help"], ["ask", SLUG]):
        done = subprocess.run([sys.executable, "-X", "importtime", "-m", "boundwork", *args], cwd=ROOT, capture_output=True, text=True, check=True)
        loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
        assert not loaded & {"rdflib", "pyshacl", "owlready2", "SPARQLWrapper"}
