"""boundwork reason as a user runs it: what holds together, what clashes and where, and a clean machine whatever happens."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from boundwork import reasoning
from boundwork.explore.reasoned import reason_over
from boundwork.explore.skeletons import init
from conftest import ROOT, STUDIES, Run
from small_study import edit_rows

needs_java = pytest.mark.skipif(not reasoning.java(), reason="the OWL reasoner HermiT needs Java, which is not installed")


@pytest.fixture
def study(scratch: Path) -> Path:
    init(scratch / "mine")
    return scratch / "mine"


def clash(run: Run, study: Path) -> list[dict[str, str]]:
    done = run("reason", study, "--format", "json", cwd=study)
    assert done.returncode == 1, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


@needs_java
@pytest.mark.parametrize("name", STUDIES)
def test_the_rules_say_what_the_definitions_say(name: str, run: Run) -> None:
    done = run("reason", name, "--format", "json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0
    assert len(rows) > 20 and all(r["same"] and r["reasoner"] == r["rules"] for r in rows)
    assert sum(r["reasoner"] for r in rows) > 100
    assert "every one of which can have members" in done.stderr


@needs_java
@pytest.mark.parametrize("name", STUDIES)
def test_parts_conclude_what_the_whole_concludes(name: str) -> None:
    parts, whole = (reason_over(ROOT / "data" / name, whole=w) for w in (False, True))
    assert parts.conclusions.parts > (name == "regulating-public-services")  # the other is too small to be worth it
    assert whole.conclusions.parts == 1
    assert parts.conclusions.instances == whole.conclusions.instances
    assert parts.conclusions.inferred == whole.conclusions.inferred
    assert parts.compared == whole.compared


@needs_java
def test_a_council_of_two_types_names_both_rows(run: Run, study: Path) -> None:
    edit_rows(study / "councils.csv", lambda rows: rows.append({**rows[0], "type": "county"}))
    found = clash(run, study)
    assert [(f["where"], f["says"]) for f in found if f["kind"] == "row"] == [
        ("councils.csv:2  type = district", "council/c1 council type district"), ("councils.csv:3  type = county", "council/c1 council type county")]
    assert next(f["says"] for f in found if f["kind"] == "axiom") == "A thing has one value of 'council type' at most."
    assert any("different things: district, county" in f["says"] for f in found)


@needs_java
def test_a_coding_on_the_not_relevant_cell_names_its_row_and_the_cell(run: Run, study: Path) -> None:
    edit_rows(study / "codings.csv", lambda rows: rows[0].update(boundary="competitiveness", cell="competitiveness-bureaucratic", elements=""))
    found = clash(run, study)
    assert [f["where"] for f in found if f["kind"] == "row"] == ["codings.csv:2  cell = competitiveness-bureaucratic"]
    assert "competitiveness bureaucratic is a not relevant cell" in {f["says"] for f in found}
    assert any("exactly one of" in f["says"] for f in found)


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
    assert "differ in" in done.stdout and "only by the rules: https://w3id.org/boundwork/study/mine/work/k1" in done.stdout.replace("\n", "")


def test_the_engines_are_listed_with_reasons(run: Run) -> None:
    rows = {r["engine"]: r for r in json.loads(run("reason", "--engine", "list", "--format", "json").stdout)}
    assert rows["hermit"]["usable"] == ("yes" if reasoning.java() else "no")
    assert rows["rules"]["usable"] == "yes"
    assert all(r["remark"] for n, r in rows.items() if r["usable"] == "no")


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
@pytest.mark.parametrize(("options", "said"), [(["--timeout", "0.2"], "was stopped"), (["--memory", "8"], "ran out of memory")])
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


@pytest.mark.parametrize("words", [["--memory", "7"], ["--memory", "x"], ["--timeout", "0"], ["--engine", "pellet"]])
def test_wrong_options_are_named(words: list[str], run: Run) -> None:
    assert run("reason", *words).returncode == 2
