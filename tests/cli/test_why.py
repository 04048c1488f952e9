"""`boundwork why` and `ask --why` as a user meets them: every format, every wrong word, and the exit status each has."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import rdflib

from boundwork.cli.main import _run
from conftest import ROOT, Run

HYBRID = ("cs08-competitiveness", "a", "bw:HybridCase")
NARROW = {"COLUMNS": "80"}
HEAVY = ("rdflib", "pyshacl", "owlready2")

pytestmark = pytest.mark.usefixtures("builds")


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command within this process, which spares its start; the terminal is 80 columns wide."""
    monkeypatch.setenv("COLUMNS", "80")

    def call(*args: str | Path) -> subprocess.CompletedProcess[str]:
        words = [str(a) for a in args]
        try:
            status = _run(words)
        except SystemExit as error:
            status = int(error.code or 0)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(words, status, out, err)

    return call


def test_a_hybrid_case_is_traced_to_the_row_the_coder_and_the_extract(run: Run) -> None:
    done = run("why", *HYBRID, env=NARROW)
    assert done.returncode == 0 and done.stderr == ""
    for said in ("by rule hybrid-case  (queries/derive/63-hybrid-case.rq)", "by rule draws-on", "data/regulating-public-services/codings.csv:160  coding b031",
                 "column elements = competing-over-time", "coder-1, interpreted, high confidence", "extract x22: table-2 [64596..64777], sha256 c84cf4459f19",
                 "ontology, ontology/codes.ttl:", "looked for and not found: code:competing-over-time  bw:inCell"):
        assert said in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    line = (ROOT / "data/regulating-public-services/codings.csv").read_text(encoding="utf-8").splitlines()[159]
    assert line.startswith("b031,x22,coder-1,")


@pytest.mark.parametrize(("words", "kind", "said"), [
    (("b001", "basis", "interpreted"), "row", "codings.csv:130"),
    (("cs03", "a", "bw:Council"), "row", "councils.csv:4"),
    (("x22", "bw:section", "table-2"), "row", "extracts.csv:"),
    (("cs03-expertise", "a", "bw:BoundaryCase"), "file", "the grid of cases"),
    (("study/regulating-public-services", "currentReading", "reading-1"), "build", "study.toml:"),
    (("bw:HybridCase", "rdfs:subClassOf", "bw:BoundaryCase"), "ontology", "A case with blended work or with a hybrid-only element"),
    (("work/b031", "https://w3id.org/boundwork/ontology#drawsOn", "<https://w3id.org/boundwork/code/hybrid>"), "inferred", "draws-on"),
], ids=lambda v: " ".join(v) if isinstance(v, tuple) else str(v))
def test_each_kind_of_ground_is_named(here: Run, words: tuple[str, ...], kind: str, said: str) -> None:
    done = here("why", *words, "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["kind"] == kind
    assert said in done.stdout


def test_json_holds_the_row_in_full(here: Run) -> None:
    tree = json.loads(here("why", "b031", "drawsOn", "hybrid", "--format", "json").stdout)
    row = tree["children"][0]["children"][0]["row"]
    assert (row["file"], row["line"], row["ident"], row["cells"]) == (
        "data/regulating-public-services/codings.csv", 160, "b031", {"elements": "competing-over-time"})
    assert (row["coder"], row["basis"], row["confidence"]) == ("coder-1", "interpreted", "high")
    assert (row["extract"]["start"], row["extract"]["end"], len(row["extract"]["sha256"])) == (64596, 64777, 64)


def test_a_drawing_is_well_formed_and_has_a_box_for_each_node(here: Run) -> None:
    drawn, text = here("why", *HYBRID, "--format", "svg").stdout, here("why", *HYBRID, "--format", "md").stdout
    tree = ET.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert len(tree.findall(f"{space}rect")) - 1 == len(re.findall(r"^ *- \*\*", text, re.M)) == 10
    width = float(tree.attrib["width"])
    assert all(float(r.attrib.get("x", 0)) + float(r.attrib["width"]) <= width for r in tree.findall(f"{space}rect"))
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


def test_mermaid_has_quoted_labels_and_one_arrow_a_child(here: Run) -> None:
    first, *lines = here("why", *HYBRID, "--format", "mermaid").stdout.splitlines()
    assert first == "flowchart TD"
    boxes = [x for x in lines if re.fullmatch(r'  n\d+(?:\[|\(\[|\[/)"[^"]*"(?:\]|\]\)|/\])', x)]
    arrows = [x for x in lines if re.fullmatch(r"  n\d+ --> n\d+", x)]
    assert len(boxes) == len(arrows) + 1 == 10 and len(boxes) + len(arrows) == len(lines)


@pytest.mark.parametrize(("form", "parser"), [("ttl", "turtle"), ("turtle", "turtle"), ("nt", "nt"), ("jsonld", "json-ld"), ("trig", "trig")])
def test_provenance_parses_and_leads_to_a_row(here: Run, form: str, parser: str) -> None:
    done = here("why", "b031", "drawsOn", "hybrid", "--format", form)
    graph = rdflib.Dataset(default_union=True) if parser in ("trig", "json-ld") else rdflib.Graph()
    graph.parse(data=done.stdout, format=parser)
    chain = ("PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX csvw: <http://www.w3.org/ns/csvw#> PREFIX rule: <https://w3id.org/boundwork/rule/> "
             "SELECT ?url ?coder { ?made prov:wasGeneratedBy/prov:used rule:draws-on ; prov:wasDerivedFrom ?premise . "
             "?premise prov:wasDerivedFrom ?row . ?row csvw:url ?url ; prov:wasAttributedTo ?coder }")
    ((url, coder),) = [tuple(row) for row in graph.query(chain)]  # type: ignore[arg-type]
    assert str(url).endswith("/codings.csv#row=160") and str(coder).endswith("/coder/coder-1")


def test_the_grounds_alone_are_a_listing(here: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(here("why", *HYBRID, "--format", "csv").stdout)))
    assert [r["ground"] for r in rows] == ["table row", "ontology", "ontology", "not found"]
    assert rows[0]["place"].endswith("codings.csv:160") and rows[0]["extract"] == "x22" and "elements = competing-over-time" in rows[0]["says"]
    assert "<td>b031</td>" in here("why", *HYBRID, "--format", "html").stdout
    assert max(map(len, here("why", *HYBRID, "--format", "table").stdout.splitlines())) <= 80


# words that are off

@pytest.mark.parametrize(("words", "said"), [
    (("nosuchthing", "a", "bw:HybridCase"), "'nosuchthing' is no thing that is known here. Give a prefixed name"),
    (("cs08-competitivenes", "a", "bw:HybridCase"), "Did you mean 'cs08-competitiveness'?"),
    (("https://w3id.org/boundwork/study/regulating-public-services/case/cs08-competitivenes", "a", "bw:HybridCase"), "Did you mean 'cs08-competitiveness'?"),
    (("cs08-competitiveness", "drawsUpon", "hybrid"), "Did you mean 'drawsOn'?"),
    (("cs08-competitiveness", "isa", "bw:HybridCase"), "Write a for the class of a thing."),
    (("cs08-competitiveness", "a", "bw:HybridCas"), "Did you mean 'bw:HybridCase'?"),
    (("cod:hybrid", "a", "bw:InstitutionalLogic"), "has the prefix 'cod', which is not known. Did you mean 'code'?"),
    (("http://example.org/x", "a", "bw:HybridCase"), "is no thing that is known here."),
    (("cs08-competitiveness", "a", "<http://nope"), "is no value that is known here."),
    (("", "", ""), "'' is no thing"),
    (("c001", "basis", "interpreted"), "stands in no triple of the reading reading-1. It does under --reading reading-2"),
    (("b031", "drawsOn"), "A triple has a subject, a property and a value."),
    ((*HYBRID, "--most", "x"), "'x' is no number"),
    ((*HYBRID, "--reading", "reading-3"), "Did you mean 'reading-"),
    ((*HYBRID, "--study", "nowhere"), "nowhere"),
    (("--not", *HYBRID, "--format", "ttl"), "What is missing has no grounds to list."),
    (("--not", "b031"), "'b031' is neither a case nor a council."),
], ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_a_wrong_word_gets_one_clear_line(here: Run, words: tuple[str, ...], said: str) -> None:
    done = here("why", *words)
    assert done.returncode == 2 and done.stdout == ""
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize("words", [("\udcff", "a", "b"), ("a\x00b"[:1] + "\n", "a", "b"), ("x" * 5000, "a", "y" * 5000), ("b001", "note", '"unfinished'),
                                   ("b001", "a", '"x"^^<not an iri>'), ("work/../b001", "a", "b"), ("b001", "rdf:type", "bw:Coding> . ?s ?p ?o")], ids=repr)
def test_a_strange_word_does_no_harm(run: Run, words: tuple[str, ...]) -> None:
    assert run("why", *words).returncode in (1, 2)


@pytest.mark.parametrize(("words", "there"), [
    (("b001", "confidence", "high"), "There it says: code:medium."),
    (("cs03", "interviewsReported", "7"), "There it says: 12."),
    (("x22", "gist", "something else"), 'There it says: "The council rose'),
    (("b031", "drawsOn", "managerial"), "There it says: code:hybrid."),
], ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_a_triple_that_is_not_there_is_said_not_to_be(here: Run, words: tuple[str, ...], there: str) -> None:
    done = here("why", *words)
    said = " ".join(done.stderr.split())
    assert done.returncode == 1 and done.stdout == ""
    assert "is not in the graph of the reading reading-1." in said and there in said and "What is missing: boundwork why --not" in said


def test_what_holds_under_another_reading_is_said_to(here: Run) -> None:
    told = here("sparql", "SELECT ?c { ?c a bw:HybridCase }", "--format", "csv").stdout.split()
    other = here("sparql", "SELECT ?c { ?c a bw:HybridCase }", "--format", "csv", "--reading", "reading-2").stdout.split()
    only = sorted(set(other) - set(told))
    done = here("why", only[0], "a", "bw:HybridCase")
    assert done.returncode == 1 and re.search(r"It is under --reading (?:\S+ or )*reading-2", done.stderr)
    assert here("why", only[0], "a", "bw:HybridCase", "--reading", "reading-2").returncode == 0


# why not

def test_a_case_that_is_no_hybrid_is_told_what_each_kind_needs(here: Run) -> None:
    done = here("why", "--not", "cs03-expertise")
    said = " ".join(done.stdout.replace("│", " ").split())
    assert done.returncode == 0 and max(map(len, done.stdout.splitlines())) <= 80
    assert "1 work is coded in this case" in said
    assert "blended, missing: of 1 work, 0 draw on both (bureaucratic 1, managerial 0)" in said
    assert "hybrid element, missing: of 1 work, 0 invoke one It needs a work that invokes an element of the hybrid alone: locally-fitted-expertise." in said
    assert "co-existence, missing: no work draws on the managerial logic (extracts: 1 bureaucratic, 0 managerial)" in said
    assert "work/b022 a bw:ManagerialWork: not found" in re.sub(r"[├└] ", "", said)


def test_why_not_of_what_holds_and_of_a_council(here: Run) -> None:
    assert here("why", "--not", "cs08-competitiveness").returncode == 1
    trees = json.loads(here("why", "--not", "cs08", "--format", "json").stdout)
    assert [t["kind"] for t in trees].count("inferred") == 1 and len(trees) == 4
    assert ET.fromstring(here("why", "--not", "cs08", "--format", "svg").stdout) is not None
    assert here("why", "--not", "b031", "drawsOn", "managerial").returncode == 0


# answers

def test_an_answer_is_traced_row_by_row(here: Run) -> None:
    done = here("ask", "hybrid-council-types", "--why", "--study", "example-study")
    assert done.returncode == 0 and max(map(len, done.stdout.splitlines())) <= 80
    assert "codings.csv:" in done.stdout and "Reading: Ann's reading (ann)." in done.stdout
    rows = json.loads(here("ask", "hybrid-council-types", "--why", "--study", "example-study", "--format", "json").stdout)
    assert all(row["why"]["kind"] == "answer" and row["why"]["children"] for row in rows)
    listed = list(csv.DictReader(io.StringIO(here("ask", "hybrid-council-types", "--why", "--study", "example-study", "--format", "csv").stdout)))
    blended = {r["extract"] for r in listed if r["status"] == "blended" and r["extract"]}
    assert blended == {e for r in rows if r["status"] == "blended" for e in re.findall(r"'ident': '(x\d+)', 'section'", str(r["why"]))} != set()


def test_most_says_how_much_of_a_count_is_shown(here: Run) -> None:
    tally = ("tally/reading-1/case/sector-expertise/low", "bw:extracts", "9")
    whole, few = here("why", *tally, "--most", "0").stdout, here("why", *tally, "--most", "2").stdout
    assert (whole.count("counted: extract/"), few.count("counted: extract/")) == (9, 2) and "and 7 more of 9; --most shows them" in few
    assert "--most shows them" in here("ask", "hybrid-cases", "--why").stdout
    assert "--most shows them" not in here("ask", "hybrid-cases", "--why", "--most", "0").stdout
    assert "not explained at this --depth" in here("why", *HYBRID, "--depth", "1").stdout


def test_why_cannot_be_joined_with_evidence_and_not_be_written_as_results(here: Run) -> None:
    assert "cannot be asked for together" in here("ask", "hybrid-cases", "--why", "--evidence").stderr
    done = here("ask", "hybrid-cases", "--why", "--format", "srj")
    assert done.returncode == 2 and "cannot be written as srj" in done.stderr


# what it needs and what it costs

def test_it_builds_what_is_not_built_and_needs_no_java_and_no_heavy_library(cache: Path, scratch: Path) -> None:
    code = ("import sys; from boundwork.cli.main import _run; status = _run(sys.argv[1:]); "
            f"print('loaded', [m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr); sys.exit(status)")
    done = subprocess.run([sys.executable, "-c", code, "why", *HYBRID], cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
                          env={"PATH": str(scratch), "BOUNDWORK_CACHE": str(scratch / "empty")})
    assert done.returncode == 0 and "coding b031" in done.stdout
    assert done.stderr.endswith("loaded []\n")


def test_a_row_that_moves_is_found_where_it_is_now(here: Run, scratch: Path) -> None:
    study = scratch / "example-study"
    shutil.copytree(ROOT / "data" / "example-study", study)
    before = json.loads(here("why", "a01", "basis", "interpreted", "--study", study, "--format", "json").stdout)["row"]["line"]
    table = study / "codings.csv"
    header, first, rest = table.read_text(encoding="utf-8").split("\n", 2)
    second, rest = rest.split("\n", 1)
    assert (first.split(",")[0], before) == ("a01", 2)
    table.write_text("\n".join((header, second, first, rest)), encoding="utf-8")
    assert json.loads(here("why", "a01", "basis", "interpreted", "--study", study, "--format", "json").stdout)["row"]["line"] == 3
