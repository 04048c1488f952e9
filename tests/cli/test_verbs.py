"""Every verb as a user runs it: results apart from talk, formats that parse, studies wherever they stand, and new content used at once."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from boundwork.pipeline.builds import Build
from boundwork.terms import BW, RDF_TYPE
from conftest import Run

SLUG = "hybrid-council-types"
VERBS = ("build", "validate", "queries", "ask", "sparql", "explain", "why", "reason", "agreement", "matrix", "resolve", "init", "new", "backup", "restore",
         "doctor", "cache", "completion", "serve")
RULE = '@prefix bw: <https://w3id.org/boundwork/ontology#> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix ex: <http://example.org/> .\n'
SHAPES = RULE + 'ex:labelled a sh:NodeShape ; sh:targetClass bw:Council ; sh:property [ sh:path bw:region ; sh:minCount 1 ; sh:message "Say where." ] .\n'
DATA = RULE + "ex:a a bw:Council .\n"

pytestmark = pytest.mark.usefixtures("builds")


def as_rows(text: str, form: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t" if form == "tsv" else ","))


PARSERS: dict[str, Callable[[str], object]] = {
    "json": json.loads, "csv": lambda t: as_rows(t, "csv"), "tsv": lambda t: as_rows(t, "tsv"),
    "md": lambda t: [line for line in t.splitlines() if line.startswith("| ")],
    "html": lambda t: ET.fromstring(t[t.index("<table>") : t.index("</table>") + 8]),
}


@pytest.mark.parametrize("form", PARSERS)
@pytest.mark.parametrize("command", [("queries",), ("build", "example-study"), ("explain", "expertise"), ("resolve", "--study", "example-study")],
                         ids=lambda c: c[0])
def test_every_listing_comes_in_every_format_and_says_the_same(run: Run, command: tuple[str, ...], form: str) -> None:
    done = run(*command, "--format", form)
    assert done.returncode == 0, done.stderr
    expected = json.loads(run(*command, "--format", "json").stdout)
    assert isinstance(expected, list)
    assert all(isinstance(row, dict) for row in expected)
    found = PARSERS[form](done.stdout)
    if form in ("csv", "tsv"):
        assert isinstance(found, list)
        assert [list(r) for r in found] == [list(r) for r in expected]
    elif form == "md":
        assert isinstance(found, list)
        assert len(found) == len(expected) + 2
    elif form == "html":
        assert isinstance(found, ET.Element)
        assert len(found.findall("tbody/tr")) == len(expected)
    assert "\033" not in done.stdout + done.stderr


@pytest.mark.parametrize("form", ["srj", "srx", "json", "csv"])
def test_an_empty_answer_and_a_truth_parse_too(run: Run, form: str) -> None:
    nothing = run("sparql", "SELECT ?a ?b { ?a bw:nothing ?b }", "--format", form)
    no = run("sparql", "ASK { ?a bw:nothing ?b }", "--format", form)
    assert (nothing.returncode, no.returncode) == (0, 1)
    if form == "json":
        assert (json.loads(nothing.stdout), json.loads(no.stdout)) == ([], [{"answer": False}])
    elif form == "csv":
        assert (nothing.stdout, no.stdout) == ("a,b\n", "answer\nfalse\n")
    else:
        kind = ox.QueryResultsFormat.JSON if form == "srj" else ox.QueryResultsFormat.XML
        assert list(ox.parse_query_results(nothing.stdout.encode(), format=kind)) == []  # type: ignore[arg-type]
        assert bool(ox.parse_query_results(no.stdout.encode(), format=kind)) is False


def test_the_stored_questions_are_published_in_turtle(run: Run) -> None:
    store = ox.Store()
    store.load(input=run("queries", "--format", "ttl").stdout.encode(), format=ox.RdfFormat.TURTLE)
    published = {str(q.subject) for q in store.quads_for_pattern(None, ox.NamedNode("http://www.w3.org/ns/shacl#select"), None)}
    assert len(published) == len(json.loads(run("queries", "--format", "json").stdout))


@pytest.mark.parametrize("command", [
    ("build", "example-study", "--format", "json"), ("ask", SLUG, "--format", "json"), ("ask", SLUG, "--evidence", "--format", "json"),
    ("sparql", "SELECT * { ?s a bw:Council }", "--format", "json"), ("validate", "example-study", "--format", "json"),
    ("validate", "example-study", "--format", "sarif"), ("resolve", "--study", "example-study", "--format", "json"), ("queries", "--format", "json")],
    ids=lambda c: "-".join(c[:3:2]))
def test_results_go_to_standard_output_and_talk_to_standard_error(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command)
    json.loads(done.stdout)
    assert "{" not in done.stderr


def test_an_error_leaves_standard_output_empty(run: Run) -> None:
    for command in (("ask", "nope"), ("sparql", "SELECT {"), ("validate", "none.ttl"), ("explain", "nope"), ("build", "nope"), ("new", "code", "A B")):
        done = run(*command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("boundwork: ")
        assert done.stderr.count("\n") <= 2


@pytest.mark.parametrize("args", [
    ("ask", SLUG, "--timeout", "nan"), ("ask", SLUG, "--timeout", "-1"), ("sparql", "ASK {}", "--timeout", "1e300"), ("sparql", "ASK {}", "--timeout", "x"),
    ("sparql", "ASK {}", "-f", "x.rq"), ("sparql", "-f", "missing.rq"), ("sparql", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "--format", "csv"),
    ("sparql", "ASK {}", "--format", "nt"), ("ask", SLUG, "--format", "pdf"), ("ask", SLUG, "--param", "boundary"), ("ask", SLUG, "--param", "=x"),
    ("ask", SLUG, "--param", "boundary=code:expertise> ?p ?o } #"), ("ask", SLUG, "--param", "boundary=\udcff"), ("explain", "\udcff"), ("explain", ""),
    ("sparql", "\udcff"), ("sparql", ""), ("new", "code", "expertise"), ("new", "term", "blurring"), ("new", "query", SLUG), ("new", "shape", "Bad Name"),
    ("build", "--store", "README.md"), ("build", "-o", "x.doc"), ("ask",), ("validate", "--fail-on", "never"), ("resolve",), ("resolve", "--text", "/"),
    ("resolve", "--study", "example-study", "--extract", "none"), ("validate", "a.ttl", "b.ttl"), ("validate", "example-study", "--shapes", "missing.ttl"),
    ("completion", "fish"), ("nonsense",), ("--nonsense",), ("validate", "tests"), ("init", "src"), ("ask", SLUG, "--store", "docs")],
    ids=lambda a: " ".join(a)[:40].encode("ascii", "replace").decode())
def test_wrong_words_are_status_2_and_never_a_fault(run: Run, args: tuple[str, ...]) -> None:
    done = run(*args)
    assert done.returncode == 2, done.stderr
    assert done.stderr
    assert done.stdout == ""


def test_a_study_is_found_from_a_folder_inside_it_and_by_path_from_anywhere(run: Run, fresh: Path, tmp_path: Path) -> None:
    inside = run("ask", SLUG, "--format", "csv", cwd=fresh / "texts")
    outside = run("ask", SLUG, "--format", "csv", "--study", fresh, cwd=tmp_path)
    beside = run("ask", SLUG, "--format", "csv", "--study", "fresh", cwd=fresh.parent)
    assert "district,blended,1,1" in inside.stdout
    assert inside.stdout == outside.stdout == beside.stdout
    assert "district,blended" not in run("ask", SLUG, "--format", "csv", cwd=tmp_path).stdout
    assert list(tmp_path.iterdir()) == []


def test_the_cache_folder_is_the_one_that_is_set_and_clear_empties_it(run: Run, fresh: Path, tmp_path: Path) -> None:
    env = {"BOUNDWORK_CACHE": str(tmp_path / "mine")}
    assert run("cache", env=env).stdout == f"{tmp_path / 'mine'}\n"
    assert run("ask", SLUG, cwd=fresh, env=env).returncode == 0
    [home] = [p for p in (tmp_path / "mine").iterdir() if p.is_dir()]
    assert home.name.startswith("fresh-")
    (tmp_path / "mine" / "other").mkdir()
    assert "1 study" in run("cache", "--clear", env=env).stderr
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["other"]
    assert run("ask", SLUG, "--store", tmp_path / "here", cwd=fresh, env=env).returncode == 0
    assert [p.name for p in (tmp_path / "mine").iterdir() if p.is_dir()] == ["other"]
    assert (tmp_path / "here" / "current").is_file()


def test_a_study_on_a_read_only_file_system_is_asked_and_validated(run: Run, fresh: Path) -> None:
    if os.getuid() == 0:
        if subprocess.run(["mount", "--bind", "-o", "ro", str(fresh), str(fresh)], capture_output=True, check=False).returncode:
            pytest.skip("a read-only file system cannot be mounted here")
    else:
        fresh.chmod(0o500)
    try:
        assert run("ask", SLUG, cwd=fresh).returncode == 0
        assert run("validate", cwd=fresh).returncode == 0
        assert run("new", "code", "own-code", cwd=fresh).returncode == 2
    finally:
        if os.getuid() == 0:
            subprocess.run(["umount", "-l", str(fresh)], check=True)
        else:
            fresh.chmod(0o700)


def test_what_new_makes_is_used_at_once(run: Run, fresh: Path) -> None:
    assert run("build", cwd=fresh).returncode == 0
    for kind in ("term", "code", "shape", "query"):
        done = run("new", kind, f"own-{kind}", cwd=fresh)
        assert all(Path(line).is_file() for line in done.stdout.splitlines())
        assert run("explain", f"own-{kind}", cwd=fresh).returncode == 0
        assert run("new", kind, f"own-{kind}", cwd=fresh).returncode == 2
    assert "own-query" in run("queries", "--format", "csv", cwd=fresh).stdout
    table = fresh / "codings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("k1,x1,me,,", "k1,x1,me,own-code,").replace(",blurring,", ",own-term,"), encoding="utf-8")
    councils = fresh / "councils.csv"
    councils.write_text(councils.read_text(encoding="utf-8").replace(",1,,", ",,,"), encoding="utf-8")
    findings = json.loads(run("validate", "--format", "json", cwd=fresh).stdout)
    assert [(f["file"], f["line"], f["column"], f["severity"]) for f in findings if f["rule"] == "own-shape"] == [("councils.csv", 2, "interviews", "warning")]
    used = run("sparql", "SELECT ?f ?c { ?k bw:claimsWork/bw:hasForm ?f ; bw:appliesCode ?c }", "--format", "csv", cwd=fresh).stdout
    assert used.splitlines()[1] == "https://w3id.org/boundwork/code/own-term,https://w3id.org/boundwork/study/fresh/code/own-code"


@pytest.mark.parametrize("name", ['my "big" study', "it's", "2024", "back\\slash", "ünï", "a'b\nc", "x" * 100])
def test_init_makes_a_study_that_builds_whatever_the_name_of_its_folder(run: Run, scratch: Path, name: str) -> None:
    assert run("init", name, cwd=scratch).returncode == 0
    assert run("ask", SLUG, "--study", scratch / name).returncode == 0
    assert run("init", name, cwd=scratch).returncode == 2


@pytest.mark.parametrize(("name", "data"), [
    ("d.ttl", DATA), ("d.turtle", DATA), ("d.trig", DATA), ("d.nt", f"<http://example.org/a> <{RDF_TYPE}> <{BW}Council> .\n"),
    ("d.nq", f"<http://example.org/a> <{RDF_TYPE}> <{BW}Council> <http://example.org/g> .\n"),
    ("d.jsonld", json.dumps({"@id": "http://example.org/a", "@type": BW + "Council"}))], ids=lambda x: x[:8])
def test_rdf_files_of_every_kind_are_checked_against_any_shapes(run: Run, tmp_path: Path, name: str, data: str) -> None:
    (tmp_path / name).write_text(data, encoding="utf-8")
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "s.ttl").write_text(SHAPES, encoding="utf-8")
    for shapes, given, text in (("shapes", name, None), ("shapes/s.ttl", name, None), ("shapes", "-", data)):
        done = run("validate", given, "--shapes", shapes, "--format", "json", cwd=tmp_path, text=text)
        found = [(f["rule"], f["subject"], f["message"]) for f in json.loads(done.stdout)]
        assert (done.returncode, found) == (1, [("http://example.org/labelled", "http://example.org/a", "Say where.")])
    assert run("validate", name, "--shapes", "shapes", "--least", "violation", "--fail-on", "violation", cwd=tmp_path).returncode == 1


def test_shapes_that_check_nothing_are_findings_and_files_that_do_not_parse_are_errors(run: Run, tmp_path: Path) -> None:
    (tmp_path / "d.ttl").write_text(DATA + "ex:a bw:region ex:b .", encoding="utf-8")
    for fault, rule in ((SHAPES.replace("minCount", "minCuont"), "shape-unknown-term"), (SHAPES.replace("bw:Council ", "bw:Councel "), "shape-unknown-target"),
                        (SHAPES.partition("; sh:property")[0] + ".", "shape-without-constraint")):
        (tmp_path / "s.ttl").write_text(fault, encoding="utf-8")
        done = run("validate", "d.ttl", "--shapes", "s.ttl", "--format", "json", cwd=tmp_path)
        assert done.returncode == 1
        assert rule in {f["rule"] for f in json.loads(done.stdout)}
    for name, text in (("bad.ttl", "<a> <b>"), ("bad.nt", "x"), ("remote.jsonld", '{"@context": "http://127.0.0.1:9/c"}'), ("e.ttl", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "s.ttl").write_text(SHAPES, encoding="utf-8")
    assert [run("validate", n, "--shapes", "s.ttl", cwd=tmp_path).returncode for n in ("bad.ttl", "bad.nt", "remote.jsonld")] == [2, 2, 2]
    assert run("validate", "d.ttl", "--shapes", "e.ttl", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(("args", "text", "said"), [
    (("-",), "id,extract\nk1,x1\n", "A table is checked in its study"), (("-",), " \n", "Standard input is empty"), (("-", "-"), DATA, "can be read once"),
    (("-", "--ontology"), DATA, "--ontology takes files"), (("-", "--watch"), DATA, "--watch looks at a study"), (("-", "-o", "out"), DATA, "are for studies"),
    (("d.ttl", "-o", "out"), "", "are for studies")])
def test_what_standard_input_and_files_cannot_be_is_said_with_what_to_do(run: Run, tmp_path: Path, args: tuple[str, ...], text: str, said: str) -> None:
    done = run("validate", *args, cwd=tmp_path, text=text)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(("least", "status"), [("violation", 0), ("warning", 1), ("info", 1)])
def test_fail_on_decides_the_status(run: Run, least: str, status: int) -> None:
    assert run("validate", "example-study", "--fail-on", least).returncode == status


@pytest.mark.parametrize("form", ["json", "csv", "html", "sarif", "junit", "github", "text"])
def test_findings_on_hostile_cells_parse_in_every_format(run: Run, fresh: Path, form: str) -> None:
    folder = fresh.with_name("a study, 100%: new")
    shutil.move(fresh, folder)
    table = folder / "codings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",expertise,", ",=<b>%0A::error::\x1b[31m&]]>,"), encoding="utf-8")
    done = run("validate", folder, "--format", form, cwd=folder.parent)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    if form == "json":
        assert [f["line"] for f in json.loads(done.stdout) if f["column"] == "boundary"] == [2]
    elif form == "csv":
        assert as_rows(done.stdout, "csv")[0]["value"].startswith("'=<b>")
    elif form == "html":
        assert "<b>" not in done.stdout.partition("<tbody>")[2]
    elif form == "sarif":
        places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in json.loads(done.stdout)["runs"][0]["results"]}
        assert places == {"a%20study%2C%20100%25%3A%20new/codings.csv"}
    elif form == "junit":
        assert int(ET.fromstring(done.stdout).get("failures", "0")) >= 1
    elif form == "github":
        assert all(line.startswith("::") for line in done.stdout.splitlines())
        assert "file=a study%2C 100%25%3A new/codings.csv,line=2," in done.stdout


def test_cells_that_a_spreadsheet_would_run_are_defused_and_raw_is_exact(run: Run) -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "plain", "=", "=cmd|' /C calc'!A0", "-"]
    query = "SELECT ?x { VALUES ?x { " + " ".join(json.dumps(c) for c in cells) + " } }"
    for form in ("csv", "tsv"):
        safe = [r["x"] for r in as_rows(run("sparql", query, "--format", form).stdout, form)]
        raw = [r["x"] for r in as_rows(run("sparql", query, "--format", form, "--raw").stdout, form)]
        assert [c.replace("\r", "\n") for c in raw] == [c.replace("\r", "\n") for c in cells]
        assert [s for s in safe if s[0] in "=+-@\t\r\n"] == []
    numbers = run("sparql", "SELECT ?x { VALUES ?x { -1 -2.5 } }", "--format", "csv").stdout.splitlines()
    assert numbers == ["x", "-1", "-2.5"]


def test_the_completion_script_is_a_script(run: Run) -> None:
    script = run("completion", "bash").stdout
    assert all(verb in script for verb in VERBS)
    if shutil.which("bash"):
        assert subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False).stderr == ""


def test_a_build_is_there_for_the_test_run(builds: dict[str, Build]) -> None:
    assert {b.manifest["study"] for b in builds.values()} == {"example-study", "regulating-public-services"}
