"""boundwork reason as a user runs it: what holds together, what clashes and where, and a clean machine whatever happens."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from boundwork import reasoning
from boundwork.explore.reasoned import Limits, reason_over
from boundwork.explore.skeletons import init
from conftest import ROOT, STUDIES, Run
from small_study import edit_rows

needs_java = pytest.mark.skipif(not reasoning.java(), reason="the OWL reasoner HermiT needs Java, which is not installed")


@pytest.fixture
def study(scratch: Path) -> Path:
    init(scratch / "mine")
    return scratch / "mine"


def clash(run: Run, study: Path) -> list[dict[str, Any]]:
    done = run("reason", study, "--format", "json", cwd=study)
    assert done.returncode == 1, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@needs_java
def test_the_rules_say_what_the_definitions_say(run: Run) -> None:
    """In parts; the tests of the content compare them in both studies as a whole."""
    done = run("reason", STUDIES[0], "--format", "json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0
    assert len(rows) > 20 and all(r["same"] and r["reasoner"] == r["rules"] for r in rows)
    assert sum(r["reasoner"] for r in rows) > 100
    assert "every one of which can have members" in done.stderr
    assert "in 2 parts of 12 neighbourhoods of councils" in done.stderr.replace("\n", " ")


@needs_java
@pytest.mark.slow
def test_parts_conclude_what_the_whole_concludes() -> None:
    """The shipped study is large enough to be taken apart."""
    parts, whole = (reason_over(ROOT / "data" / STUDIES[0], whole=w) for w in (False, True))
    assert (parts.conclusions.parts > 1, whole.conclusions.parts) == (True, 1)
    assert (parts.why_whole, whole.why_whole) == ("", "asked to")
    assert parts.conclusions.instances == whole.conclusions.instances
    assert parts.conclusions.hierarchy == whole.conclusions.hierarchy
    assert parts.compared == whole.compared
    assert next(r for r in parts.hierarchy() if r["class"] == "BlendedHybridCase") == {
        "class": "BlendedHybridCase", "above": "CoexistenceCase HybridCase", "inferred": "CoexistenceCase", "possible": True, "members": 0}


@needs_java
def test_a_council_of_two_types_names_both_rows(run: Run, study: Path) -> None:
    edit_rows(study / "councils.csv", lambda rows: rows.append({**rows[0], "type": "county"}))
    found = clash(run, study)
    assert [(f["where"], f["says"]) for f in found if f["kind"] == "row"] == [
        ("councils.csv:2  type = district", "council/c1 council type district"), ("councils.csv:3  type = county", "council/c1 council type county")]
    assert [(f["file"], f["line"], f["row"]) for f in found if f["kind"] == "row"] == [("councils.csv", 2, 2), ("councils.csv", 3, 3)]
    assert next(f["says"] for f in found if f["kind"] == "axiom") == "A thing has one value of 'council type' at most."
    assert any("different things: district, county" in f["says"] for f in found)


@needs_java
def test_a_coding_on_the_not_relevant_cell_names_its_row_and_the_cell(run: Run, study: Path) -> None:
    edit_rows(study / "codings.csv", lambda rows: rows[0].update(boundary="competitiveness", cell="competitiveness-bureaucratic", elements=""))
    found = clash(run, study)
    assert [f["where"] for f in found if f["kind"] == "row"] == ["codings.csv:2  cell = competitiveness-bureaucratic"]
    assert "competitiveness bureaucratic is a not relevant cell" in {f["says"] for f in found}
    assert any("exactly one of" in f["says"] for f in found)
    for f in found:  # the axioms are found in the ontology's files, the cell's own line among them
        line = (study / f["file"] if f["kind"] == "row" else ROOT / f["file"]).read_text(encoding="utf-8").splitlines()[int(f["line"]) - 1]
        assert f["kind"] == "row" or "bw:" in line
        assert "not relevant" not in f["says"] or "NotRelevantCell" in line


@needs_java
def test_a_rule_that_infers_too_much_is_caught(run: Run, study: Path) -> None:
    rules = study / "queries" / "derive"
    rules.mkdir(parents=True, exist_ok=True)
    (rules / "20-too-much.rq").write_text("""\
#+ summary: Every work is said to be blended.
#+ stage: coding
PREFIX bw: <https://w3id.org/boundwork/ontology#>
CONSTRUCT { ?work a bw:CreatingWork, bw:DisruptingWork } WHERE { ?work a bw:InstitutionalWork }
""", encoding="utf-8")
    done = run("reason", study)
    assert done.returncode == 1
    assert "differ in" in done.stdout and "only by the rules: work/k1" in done.stdout


@needs_java
@pytest.mark.slow
def test_a_class_that_can_have_no_member_is_named_with_the_axioms(run: Run, study: Path) -> None:
    (study / "ontology").mkdir(exist_ok=True)
    (study / "ontology" / "own.ttl").write_text("""\
@prefix bw: <https://w3id.org/boundwork/ontology#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
bw:OddExtract a owl:Class ;
    rdfs:subClassOf bw:AttributedExtract ,
        bw:NarrativePassage ;
    rdfs:label "odd extract"@en .
""", encoding="utf-8")
    done = run("reason", study, cwd=study)
    assert done.returncode == 1
    assert "Nothing can belong to: OddExtract" in done.stdout
    assert "* ontology/own.ttl:5: Every odd extract is an attributed extract." in done.stdout
    assert "* ontology/own.ttl:6: Every odd extract is a narrative passage." in done.stdout


@needs_java
def test_the_members_are_a_listing_of_their_own(run: Run, study: Path) -> None:
    row = {"class": "BlendedWork", "member": "work/k1", "found_by": "both", "iri": "https://w3id.org/boundwork/study/mine/work/k1"}
    assert row in json.loads(run("reason", study, "--show", "members", "--format", "json").stdout)


@needs_java
def test_a_contradiction_stays_a_finding_when_the_time_is_too_short_to_explain_it(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_rows(study / "councils.csv", lambda rows: rows.append({**rows[0], "type": "county"}))
    limits, left = Limits.of(seconds=600), Limits.left

    def until_explaining(self: Limits) -> float | None:
        if any(frame.function == "explain" for frame in inspect.stack()):
            raise self.over()
        return left(self)

    monkeypatch.setattr(Limits, "left", until_explaining)
    found = reason_over(study, limits=limits)
    assert (found.conclusions.consistent, found.sound, found.clash) == (False, False, [])
    assert "--time-limit" in found.unfinished


def test_the_engines_are_listed_with_reasons(run: Run) -> None:
    rows = {r["engine"]: r for r in json.loads(run("reason", "--engine", "list", "--format", "json").stdout)}
    assert rows["hermit"]["usable"] == ("yes" if reasoning.java() else "no")
    assert rows["rules"]["usable"] == "yes"
    assert all(r["remark"] for n, r in rows.items() if r["usable"] == "no")
    assert run("reason", "--engine", "--format", "csv").stdout.count("\n") == len(rows) + 1


@pytest.mark.parametrize(("engine", "said"), [("pellet", "compiled for Java"), ("rules", "test no consistency"), ("helmit", "Did you mean 'hermit'?")])
def test_an_engine_that_is_not_used_is_refused_with_the_reason(engine: str, said: str, run: Run) -> None:
    done = run("reason", "--engine", engine)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_without_java_one_message_says_what_to_install(run: Run, study: Path, tmp_path: Path) -> None:
    done = run("reason", study, env={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert "apt install default-jre-headless" in done.stderr and "Traceback" not in done.stderr


def ours(place: Path) -> list[str]:
    """Java processes whose temporary folder lies in this place."""
    found = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if str(place) in line and "java" in line]


@needs_java
@pytest.mark.skipif(os.name == "nt" or not shutil.which("ps"), reason="looks at processes as POSIX shows them")
@pytest.mark.parametrize(("options", "said"), [(["--time-limit", "0.2"], "was stopped"), (["--memory", "8"], "ran out of memory")])
def test_a_limit_ends_java_and_leaves_nothing(options: list[str], said: str, run: Run, tmp_path: Path) -> None:
    done = run("reason", STUDIES[0], *options, env={"TMPDIR": str(tmp_path)})
    assert done.returncode == 2 and said in done.stderr.replace("\n", " "), done.stderr
    assert list(tmp_path.iterdir()) == [] and ours(tmp_path) == []


@needs_java
@pytest.mark.skipif(os.name == "nt" or not shutil.which("ps"), reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_java_ends_with_the_command(how: signal.Signals, cache: Path) -> None:
    place = Path(tempfile.mkdtemp(prefix="boundwork-test-"))
    start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nfrom boundwork.cli.main import main\nmain()"
    process = subprocess.Popen([sys.executable, "-c", start, "reason", STUDIES[0], "--whole"], cwd=ROOT, env={**os.environ, "TMPDIR": str(place)},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not ours(place) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(how)
        status = process.wait(timeout=10)
        assert status == (130 if how == signal.SIGINT else -signal.SIGKILL)
        deadline = time.monotonic() + 10
        while ours(place) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert ours(place) == []
        if how == signal.SIGINT:
            assert list(place.iterdir()) == []
    finally:
        process.kill()
        shutil.rmtree(place, ignore_errors=True)


@pytest.mark.parametrize("words", [["--memory", "7"], ["--memory", "x"], ["--timeout", "0"], ["--time-limit", "x"]])
def test_wrong_options_are_named(words: list[str], run: Run) -> None:
    assert run("reason", *words).returncode == 2
