"""Findings as a list to work off: baselines, accepted exceptions, counts, every format, and checking again at each save."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft4Validator

from boundwork.explore.skeletons import init
from conftest import Run
from small_study import edit_rows
from suites.fetch import SARIF_SCHEMA

ACCEPT = "rule,table,id,column,reason,by,date\n"


@pytest.fixture
def study(scratch: Path) -> Path:
    """A fresh study with one violation (a cell that Table 3 does not characterise) and a warning in one row."""
    init(scratch / "mine")
    edit_rows(scratch / "mine" / "codings.csv", lambda rows: rows[0].update(boundary="competitiveness", cell="competitiveness-bureaucratic", elements=""))
    return scratch / "mine"


def found(run: Run, study: Path, *options: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(run("validate", study, "--format", "json", *options, cwd=study).stdout)
    return rows


def test_findings_are_counted_by_rule_and_by_coder(run: Run, study: Path) -> None:
    said = run("validate", study, cwd=study).stdout
    assert "By rule: 1 boundary-faces-other, 1 cell-is-characterised." in said
    assert "By coder: 2 me." in said
    assert "[cell = competitiveness-bureaucratic]" in said


def test_a_baseline_leaves_only_what_is_new(run: Run, study: Path) -> None:
    known = study / "known.csv"
    assert run("validate", study, "--write-baseline", known, cwd=study).returncode == 1
    assert found(run, study, "--baseline", str(known)) == []
    assert run("validate", study, "--baseline", known, cwd=study).returncode == 0
    edit_rows(study / "councils.csv", lambda rows: rows[0].update(type="distrikt"))
    new, = found(run, study, "--baseline", str(known))
    assert (new["rule"], new["column"], new["value"]) == ("table-unknown-code", "type", "distrikt") and "Did you mean 'district'?" in new["message"]


def test_a_known_finding_is_known_again_in_another_row(run: Run, study: Path) -> None:
    known = study / "known.csv"
    run("validate", study, "--write-baseline", known, cwd=study)
    edit_rows(study / "codings.csv", lambda rows: rows.insert(0, {**rows[0], "id": "k0", "boundary": "expertise", "cell": "", "work": "practice", "other": "",
                                                             "elements": "local-expertise-first", "form": "", "purpose": ""}))
    assert all(int(f["line"]) != 3 for f in found(run, study, "--baseline", str(known)))
    assert any(int(f["line"]) == 3 for f in found(run, study))


def test_what_is_mended_is_told(run: Run, study: Path) -> None:
    known = study / "known.csv"
    run("validate", study, "--write-baseline", known, cwd=study)
    edit_rows(study / "codings.csv", lambda rows: rows[0].update(cell=""))
    assert "1 of it no longer there" in run("validate", study, "--baseline", known, cwd=study).stderr.replace("\n", " ")


@pytest.mark.parametrize(("text", "said"), [(None, "cannot be read"), (b"a,b\n1,2\n", "is no baseline"), (b"\xff\xfe\x00", "is no baseline")])
def test_a_baseline_that_is_none_is_one_clear_error(text: bytes | None, said: str, run: Run, study: Path) -> None:
    path = study / "known.csv"
    if text is not None:
        path.write_bytes(text)
    done = run("validate", study, "--baseline", path, cwd=study)
    assert done.returncode == 2 and said in done.stderr.replace("\n", " ") and "--write-baseline" in done.stderr


def test_an_accepted_finding_is_shown_with_its_reason_and_does_not_count(run: Run, study: Path) -> None:
    (study / "exceptions.csv").write_text(ACCEPT + "cell-is-characterised,codings,k1,,the speaker means the market,Ann,2026-11-24\n", encoding="utf-8")
    done = run("validate", study, cwd=study)
    assert done.returncode == 0
    assert "Accepted: the speaker means the market (Ann, 2026-11-24)" in done.stdout.replace("\n    ", " ")
    assert "0 violations, 1 warning, 0 infos (1 accepted with a reason)" in done.stdout.replace("\n", " ")
    assert run("validate", study, "--fail-on", "warning", cwd=study).returncode == 1
    rows = found(run, study)
    assert [r["accepted"] for r in rows if r["rule"] == "cell-is-characterised"] == ["the speaker means the market (Ann, 2026-11-24)"]
    assert {r["accepted"] for r in rows if r["rule"] != "cell-is-characterised"} == {""}


@pytest.mark.parametrize(("row", "rule", "column"), [
    ("cell-is-characterized,codings,k1,,why,Ann,", "exception-unknown-rule", "rule"),
    ("cell-is-characterised,codings,k9,,why,Ann,", "exception-unused", "id"),
    ("cell-is-characterised,codings,k1,form,why,Ann,", "exception-unused", "id"),
    ("cell-is-characterised,codings,k1,,,Ann,", "table-empty-cell", "reason"),
    ("cell-is-characterised,codings,k1,,why,,", "table-empty-cell", "by"),
])
def test_an_exception_that_cannot_hold_is_a_finding_itself(row: str, rule: str, column: str, run: Run, study: Path) -> None:
    (study / "exceptions.csv").write_text(f"{ACCEPT}{row}\n", encoding="utf-8")
    rows = found(run, study)
    own = [r for r in rows if r["file"] == "exceptions.csv"]
    assert [(r["rule"], r["column"], int(r["line"])) for r in own] == [(rule, column, 2)]
    assert {r["accepted"] for r in rows} == {""}
    if rule == "exception-unknown-rule":
        assert "Did you mean 'cell-is-characterised'?" in own[0]["message"]


def test_every_format_shows_what_is_accepted(run: Run, study: Path) -> None:
    (study / "exceptions.csv").write_text(ACCEPT + "cell-is-characterised,codings,k1,cell,why not,Ann,\n", encoding="utf-8")
    said = {form: run("validate", study, "--format", form, cwd=study).stdout for form in ("csv", "html", "sarif", "junit", "github")}
    assert all("why not (Ann)" in text for text in said.values())
    results = json.loads(said["sarif"])["runs"][0]["results"]
    accepted = [r for r in results if "suppressions" in r]
    assert [(r["ruleId"], r["suppressions"][0]["status"]) for r in accepted] == [("cell-is-characterised", "accepted")]
    suite = ElementTree.fromstring(said["junit"])
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    assert re.search(r"^::notice file=codings.csv,line=2,title=cell-is-characterised::", said["github"], re.M)


@pytest.mark.skipif(not SARIF_SCHEMA.is_file(), reason="the SARIF schema is not here: make suites fetches it (needs npm)")
def test_sarif_is_valid_by_its_schema(run: Run, study: Path) -> None:
    (study / "exceptions.csv").write_text(ACCEPT + "cell-is-characterised,codings,k1,cell,why not,Ann,\n", encoding="utf-8")
    (study / "codings.csv").write_bytes((study / "codings.csv").read_bytes() + b'k9,x1,me,"=<b>\x1b, \xc3\xa9"\n')
    schema = Draft4Validator(json.loads(SARIF_SCHEMA.read_text(encoding="utf-8")))
    for options in ((), ("--least", "violation")):
        log = json.loads(run("validate", study, "--format", "sarif", *options, cwd=study).stdout)
        assert [e.message for e in schema.iter_errors(log)] == []
        assert log["runs"][0]["results"]
    assert not schema.is_valid({"version": "2.1.0", "runs": [{"results": []}]})


class _Page(HTMLParser):
    """Opened tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_needs_nothing_else_and_can_be_heard(run: Run, study: Path) -> None:
    page = _Page(run("validate", study, "--format", "html", cwd=study).stdout)
    assert not [a for t, a in page.tags if "src" in a or (t == "link") or (a.get("href") or "#")[0] != "#"]
    assert [a.get("lang") for t, a in page.tags if t == "html"] == ["en"]
    assert [a["name"] for t, a in page.tags if t == "meta" and "name" in a] == ["viewport"]
    heads = [a for t, a in page.tags if t == "th"]
    assert len([a for a in heads if a.get("scope") == "col"]) == 6
    assert len([a for a in heads if a.get("scope") == "row"]) == 2
    assert {"main", "caption", "header", "title"} <= {t for t, _ in page.tags}
    assert "competitiveness-bureaucratic" in page.text and "(blank)" not in page.text
    assert page.text.count("k1") >= 2  # the id of the row stands beside each cell


def test_what_a_cell_says_cannot_become_a_part_of_the_page(run: Run, study: Path) -> None:
    edit_rows(study / "councils.csv", lambda rows: rows[0].update(type="<script>alert(1)</script>"))
    text = run("validate", study, "--format", "html", cwd=study).stdout
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text


class Watched:
    """A command that is still running, whose lines come as they are printed."""

    def __init__(self, study: Path) -> None:
        start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nfrom boundwork.cli.main import main\nmain()"
        self.process = subprocess.Popen([sys.executable, "-u", "-c", start, "validate", "--watch"], cwd=study, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env={**os.environ, "COLUMNS": "200"})
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, sign: str, seconds: float = 30) -> str:
        text, end = "", time.monotonic() + seconds
        while sign not in text:
            text += self.lines.get(timeout=max(0.01, end - time.monotonic()))
        return text


@pytest.fixture
def watched(study: Path, cache: Path) -> Iterator[Watched]:
    running = Watched(study)
    yield running
    running.process.kill()
    running.process.wait()
    running.reader.join()
    assert running.process.stdout is not None
    running.process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_watching_shows_what_changed_and_ends_with_ctrl_c(watched: Watched, study: Path) -> None:
    assert "cell-is-characterised" in watched.until("Watching mine")
    edit_rows(study / "codings.csv", lambda rows: rows[0].update(cell="", elements="generic-expertise-firsts"))
    told = watched.until("Watching mine")
    assert told.startswith("New:\n") and "generic-expertise-firsts" in told and "Did you mean" in told
    assert re.search(r"^  cell-is-characterised  codings.csv:2:cell$", told.partition("Gone:\n")[2], re.M)
    assert "boundary-faces-other" not in told
    spare = study / "codings.new"
    spare.write_bytes((study / "codings.csv").read_bytes().replace(b"generic-expertise-firsts", b""))
    spare.replace(study / "codings.csv")  # as many editors save
    assert "table-unknown-code" in watched.until("Watching mine").partition("Gone:\n")[2]
    (study / "study.toml").rename(study / "study.away")
    watched.until("study.toml")
    (study / "study.away").rename(study / "study.toml")
    assert "0 violations" in watched.until("Watching mine")
    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(timeout=10) == 130


@pytest.mark.parametrize("more", [["--format", "json"], ["--baseline", "x.csv"], ["--ontology"]])
def test_watching_refuses_what_it_cannot_do(more: list[str], run: Run, study: Path) -> None:
    assert run("validate", study, "--watch", *more, cwd=study).returncode == 2
