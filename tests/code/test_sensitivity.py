"""What an answer hangs on is computed: each variant is the graph of a study without these rows, and each row is compared truly."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from functools import cache as kept
from pathlib import Path

import pytest

from boundwork.explore import sensitivity as module
from boundwork.explore.answers import AskResult
from boundwork.explore.comparing import BASIS
from boundwork.explore.sensitivity import Sensitivity, sensitivity
from boundwork.explore.session import Session
from boundwork.pipeline.builds import Build
from boundwork.queries.stored import read_query
from boundwork.stores.answer import Rows
from boundwork.tables.studyfile import read_study
from boundwork.terms import id_of
from conftest import ROOT, STUDIES, Run
from small_study import EXTRACTS, STATUSES, strike, write_small


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study, for tests that change nothing in it."""
    return write_small(tmp_path_factory.mktemp("sensitivity") / "small")


Asked = Callable[[str, "str | None"], Sensitivity]


@pytest.fixture(scope="module")
def asked(unchanged: Path) -> Asked:
    """A question to the unchanged study and a reading of it -> what its rows hang on; computed once."""
    @kept
    def found(slug: str, reading: str | None) -> Sensitivity:
        session = Session(unchanged, reading, unchanged.parent / "store")
        return sensitivity(session, session.ask(slug))

    return found


@pytest.fixture
def small(scratch: Path) -> Path:
    return write_small(scratch / "small")


@pytest.fixture
def opened(small: Path, scratch: Path) -> Callable[..., Session]:
    return lambda reading=None: Session(small, reading, scratch / "store")


def told(found: Sensitivity, *columns: str) -> dict[str, tuple[object, ...]]:
    """The case of each row -> what is said of it."""
    return {str(row["case"]): tuple(row[c] for c in columns) for row in found.table}


def case(council: str) -> str:
    return f"{council}: expertise"


def test_a_row_says_whether_it_holds_falls_or_hangs_on_one_extract(asked: Asked) -> None:
    rows = told(asked("statuses", None), "status", "readings", "other_readings", "without_low", "single_extract", "without_extract")
    assert rows[case("Alder")] == ("blended", "all 3", "", "holds", "no", "holds")
    assert rows[case("Birch")] == ("only-managerial", "ann", "ben: only-managerial -> only-bureaucratic; both: only-managerial -> co-existence", "holds",
                                   "x3", "changes: only-managerial -> no-evidence")
    assert rows[case("Cedar")] == ("hybrid-element", "all 3", "", "changes: hybrid-element -> no-logic-coded", "no", "holds")


def test_a_hybrid_that_is_no_longer_one_falls_from_the_list_of_hybrids(asked: Asked) -> None:
    found = asked("hybrid-cases", None)
    rows = told(found, "status", "readings", "without_low", "single_extract")
    assert rows[case("Alder")] == ("blended", "all 3", "holds", "no")
    assert rows[case("Cedar")] == ("hybrid-element", "all 3", "falls", "no")
    pooled = next(r for r in found.table if r["case"] is None and r["status"] == "co-existence")  # no case is one of co-existence: the row says none
    assert (pooled["readings"], pooled["without_low"], pooled["single_extract"]) == ("ann, ben", "holds", "no")
    assert rows[case("Birch")] == ("co-existence", "only both", "", "")


def test_what_leaving_out_low_confidence_brings_to_light_is_listed(asked: Asked) -> None:
    found = [r for r in asked("hybrid-cases", None).table if r["without_low"] == "appears"]
    assert [(r["status"], r["case"], r["readings"]) for r in found] == [("hybrid-element", None, "none")]


def test_counts_that_change_do_not_make_a_row_fall(asked: Asked) -> None:
    rows = told(asked("statuses", "both"), "without_low")
    assert rows[case("Cedar")] == ("holds (extracts 3 -> 2)",)


def test_each_of_two_extracts_may_be_enough(opened: Callable[..., Session], small: Path) -> None:
    """Co-existence hangs on either of its two logics."""
    path = small / "codings.csv"
    path.write_text(path.read_text(encoding="utf-8") + "k8,x6,ann,expertise,boundary,local-expertise-first,,interpreted,high\r\n"
                    "k9,x7,ann,expertise,boundary,local-expertise-first,,interpreted,high\r\nk10,x7,ann,expertise,boundary,generic-expertise-first,,"
                    "interpreted,high\r\n", encoding="utf-8")
    extracts = small / "extracts.csv"
    extracts.write_text(extracts.read_text(encoding="utf-8") + "x8,s1,80,89,narrative,birch,\r\n", encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8") + "k11,x8,ann,expertise,boundary,local-expertise-first,,interpreted,high\r\n", encoding="utf-8")
    session = opened()
    found = sensitivity(session, session.ask("statuses"))
    assert told(found, "single_extract", "without_extract")[case("Birch")] == (
        "x3, x8", "x3: changes: co-existence -> only-bureaucratic; x8: changes: co-existence -> only-managerial")


@pytest.mark.slow
def test_brute_force_says_the_same(small: Path, scratch: Path) -> None:
    """Every extract of the small study is struck from the tables, the study is built and asked: the rows that change are those that were told."""
    changed = 0
    for reading in ("ann", "ben", "both"):
        session = Session(small, reading, scratch / "store")
        for slug in ("statuses", "hybrid-council-types", "evidence-per-element"):
            result = session.ask(slug)
            told_of = {(n, x) for n, row in enumerate(sensitivity(session, result).rows) for x in row.single}
            seen = set()
            for extract in EXTRACTS:
                folder = strike(small, scratch / f"{reading}-{extract}", {extract}, set()) if not (scratch / f"{reading}-{extract}").exists() else (
                    scratch / f"{reading}-{extract}" / "small")
                without = Session(folder, reading, scratch / f"store-{reading}-{extract}").ask(slug)
                seen |= {(n, extract) for n, row in enumerate(result.table) if not answers_alike(slug, row, without)}
            assert seen == told_of, (reading, slug)
            changed += len(seen)
    assert changed > 10


def answers_alike(slug: str, row: Mapping[str, object], other: AskResult) -> bool:
    """Told by hand: the same answer stands in the other table, with the same counts at zero."""
    if slug == "statuses":
        return any((o["case"], o["status"]) == (row["case"], row["status"]) for o in other.table)
    names = [c for c in row if not isinstance(row[c], int)]
    zeros = {c for c in row if isinstance(row[c], int) and c not in BASIS and not row[c]}
    return any(all(o[c] == row[c] for c in names) and {c for c in o if isinstance(o[c], int) and c not in BASIS and not o[c]} == zeros for o in other.table)


# The stored questions 26, 27 and 35 answer from floors and counts what is computed here from graphs made again.


@kept
def _asked(name: str, reading: str) -> tuple[Session, Sensitivity]:
    session = Session(ROOT / "data" / name, reading)
    path = Path(session.built.folder) / "statuses.rq"
    path.write_text(STATUSES, encoding="utf-8")
    query = read_query(path)
    answer = session.store.query(query.body)
    assert isinstance(answer, Rows)
    rows = list(answer.rows)
    return session, sensitivity(session, AskResult(query, session.reading, query.body, {}, answer.variables, rows, {}))


ALL = [(n, r) for n in STUDIES for r in read_study(ROOT / "data" / n).readings]
PAIRS = [p if p in (("regulating-public-services", "reading-1"), ("example-study", "ann")) else pytest.param(*p, marks=pytest.mark.slow) for p in ALL]


@pytest.mark.parametrize(("name", "reading"), PAIRS)
def test_what_falls_without_low_confidence_is_what_question_27_says(builds: dict[str, Build], name: str, reading: str) -> None:
    session, found = _asked(name, reading)
    stored = session.ask("answers-without-low-confidence")
    at = stored.variables.index
    expected = {(r[at("case")], r[at("status")], r[at("without")]) for r in stored.rows if r[at("case")] is not None}
    computed = {(r.row[0], c.before, c.after) for r in found.rows if r.without_low and r.without_low.kind == "changes" for c in r.without_low.changes}
    assert computed == expected


@pytest.mark.parametrize(("name", "reading"), PAIRS)
def test_what_hangs_on_one_extract_is_what_question_26_says(builds: dict[str, Build], name: str, reading: str) -> None:
    session, found = _asked(name, reading)
    stored = session.ask("single-extract-answers")
    expected = {r[stored.variables.index("case")] for r in stored.rows} - {None}
    assert expected
    coded = [r for r in found.rows if r.row[2] is not None and r.row[2].number]
    assert {r.row[0] for r in coded if r.single} == expected


@pytest.mark.parametrize(("name", "reading"), PAIRS)
def test_what_other_readings_do_not_keep_is_what_question_35_says(builds: dict[str, Build], name: str, reading: str) -> None:
    session, found = _asked(name, reading)
    stored = session.ask("reading-differences")
    at = stored.variables.index
    expected = {(r[at("case")], id_of(other.text), r[at("other_status")]) for r in stored.rows if (other := r[at("other")]) is not None}
    computed = {(r.row[0], name, c.after) for r in found.rows for name, e in r.readings.items() if e.kind == "changes" for c in e.changes}
    assert computed == expected


# What a user sees.


def test_every_format_says_the_same(unchanged: Path, run: Run) -> None:
    rows = json.loads(run("ask", "statuses", "--sensitivity", "--study", unchanged, "--format", "json").stdout)
    done = run("ask", "statuses", "--sensitivity", "--study", unchanged, "--format", "csv")
    assert done.returncode == 0
    assert [list(r.values()) for r in csv.DictReader(done.stdout.splitlines())] == [["" if v is None else str(v) for v in r.values()] for r in rows]
    assert list(rows[0]) == ["case", "status", "extracts", "reading", *module.COLUMNS]
    bindings = json.loads(run("ask", "statuses", "--sensitivity", "--study", unchanged, "--format", "srj").stdout)["results"]["bindings"]
    assert [b.get("without_low", {"value": ""})["value"] for b in bindings] == [r["without_low"] for r in rows]
    assert "the graph was made again 7 times" in " ".join(done.stderr.split())
    assert "without the 2 of 6 codings" in " ".join(done.stderr.split())


def test_the_page_fits_eighty_columns(unchanged: Path, run: Run) -> None:
    done = run("ask", "hybrid-cases", "--sensitivity", "--study", unchanged, env={"COLUMNS": "80"})
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "    without low     falls\n" in done.stdout
    assert "    readings        only both\n" in done.stdout


def test_evidence_and_sensitivity_are_asked_for_apart(unchanged: Path, run: Run) -> None:
    assert run("ask", "statuses", "--sensitivity", "--evidence", "--study", unchanged).returncode == 2


def test_a_yes_or_no_question_may_turn(small: Path, run: Run) -> None:
    (small / "queries" / "ask" / "only-managerial.rq").write_text("""\
#+ summary: Is a case only managerial?
PREFIX bw: <https://w3id.org/boundwork/ontology#>
PREFIX code: <https://w3id.org/boundwork/code/>
ASK { ?study bw:currentReading ?reading . ?tally bw:tallyReading ?reading ; a bw:CaseTally ; bw:caseStatus code:only-managerial }
""", encoding="utf-8")
    done = run("ask", "only-managerial", "--sensitivity", "--study", small, "--format", "json")
    assert done.returncode == 0
    row, = json.loads(done.stdout)
    assert (row["answer"], row["readings"], row["single_extract"], row["without_extract"]) == (True, "all 3", "x3", "changes: true -> false")
    row, = json.loads(run("ask", "only-managerial", "--sensitivity", "--study", small, "--reading", "both", "--format", "json").stdout)
    assert (row["answer"], row["single_extract"]) == (True, "x7")  # Birch is contested there, and Dogwood is Ben's


def test_an_answer_without_low_confidence_says_so(asked: Asked) -> None:
    found = asked("statuses", "ben")
    assert {r["without_low"] for r in found.table} == {"holds"}
    assert any("no coding of this reading has it" in note for note in found.notes)


def test_a_limit_is_told(opened: Callable[..., Session], small: Path) -> None:
    path = small / "queries" / "ask" / "statuses.rq"
    path.write_text(path.read_text(encoding="utf-8") + "LIMIT 2\n", encoding="utf-8")
    session = opened()
    assert any("LIMIT" in note for note in sensitivity(session, session.ask("statuses")).notes)


def test_a_column_of_the_answer_keeps_its_name(opened: Callable[..., Session], small: Path) -> None:
    path = small / "queries" / "ask" / "statuses.rq"
    path.write_text(STATUSES.replace("?extracts ?reading WHERE", "(?extracts AS ?readings) WHERE"), encoding="utf-8")
    session = opened()
    row = next(r for r in sensitivity(session, session.ask("statuses")).table if r["case"] == case("Alder"))
    assert (row["readings"], row["sensitivity_readings"]) == (2, "all 3")


def test_what_a_large_study_does_not_compute_is_said(opened: Callable[..., Session], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only extracts behind rows with few are left out, and every other row says that it was not tried."""
    monkeypatch.setattr(module, "MOST_EXTRACTS", 3)
    monkeypatch.setattr(module, "FEW", 2)
    session = opened()
    found = sensitivity(session, session.ask("one-logic-cases"))
    rows = told(found, "single_extract", "without_extract")
    assert rows[case("Birch")] == ("x3", "falls")
    assert "not computed: no extracts are named for the row" in rows["None"]
    hybrids = told(sensitivity(session, session.ask("hybrid-cases")), "single_extract", "without_extract")
    assert hybrids[case("Alder")] == ("no", "holds")
    assert hybrids[case("Cedar")] == ("not computed: more than 2 codings stand behind the row", "")
    assert any(note.startswith("Not computed: the study has 7 extracts") for note in found.notes)


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_every_stored_question_can_be_asked_so(builds: dict[str, Build], name: str) -> None:
    """The reading itself keeps every row, and what the tables of the answer hold stays as it was."""
    session = Session(ROOT / "data" / name)
    for query in session.queries():
        result = session.ask(query.slug)
        found = sensitivity(session, result)
        assert [r.row for r in found.rows if r.present] == result.rows, query.slug
        assert all(session.reading.id in r.keeps for r in found.rows if r.present), query.slug
        assert all(not r.keeps or session.reading.id not in r.keeps for r in found.rows if not r.present), query.slug
        assert all(r.single == {} for r in found.rows if not r.present), query.slug

