"""What we ask: every stored question stands alone, is answered alike by two engines as somebody has read it, and shows its evidence."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from boundwork.cli.output import listing
from boundwork.explore.answers import AskResult
from boundwork.explore.session import Session
from boundwork.project import shipped_studies
from boundwork.queries.stored import StoredQuery, read_query, stored_queries
from boundwork.queries.tokens import check_safe, tokens
from boundwork.stores.answer import Value
from boundwork.tables.studyfile import read_study
from conftest import Run

ROOT = Path(__file__).resolve().parents[2]
EVERY_READING = {"hybrid-council-types"}
"""Questions whose answer is kept for every reading, not for the default one alone."""
NEEDED = {"summary", "question", "competency", "tags", "columns", "note"}
EVIDENCE_OF = {"counter-evidence": "challenging"}
"""Question -> the column whose extracts it lists, where that is not `extracts`."""
NOT_LISTED = {"old-codebook-codings": "current"}
"""Question -> the answer in whose rows there is nothing to look at."""
Case = tuple[str, str, str]


def _questions() -> dict[str, Path]:
    return {**stored_queries(), **{slug: path for folder in shipped_studies().values() for slug, path in stored_queries(folder).items()}}


def cases() -> list[Case]:
    """Every (question, study, reading) whose whole answer is kept; a study's own questions are asked of that study."""
    found = []
    for name, folder in shipped_studies().items():
        study = read_study(folder)
        for slug in stored_queries(folder):
            found += [(slug, name, r) for r in (study.readings if slug in EVERY_READING else [study.default_reading])]
    return found


def _file(case: Case) -> Path:
    return _questions()[case[0]].with_name(".".join(case) + ".expected.csv")


QUESTIONS = _questions()
CASES = cases()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Rdflib warns of literals that it cannot cast, such as a blank number."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="session")
def session(cache: Path) -> Callable[[str, str], Session]:
    """Study and reading -> an open session; the graph is built once."""
    return _session


@cache
def _session(study: str, reading: str) -> Session:
    return Session(shipped_studies()[study], reading)


@cache
def _graph(study: str, reading: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data="\n".join(_session(study, reading).store.lines()), format="nt")


def test_every_question_has_one_file_and_every_answer_belongs_to_one() -> None:
    """Counted both ways: a missing answer and one that nobody asks for both fail."""
    folders = [ROOT / "queries" / "ask", *(f / "queries" / "ask" for f in shipped_studies().values())]
    files = {p for folder in folders if folder.is_dir() for p in folder.iterdir()}
    assert files == set(QUESTIONS.values()) | {_file(case) for case in CASES}
    assert len(CASES) == len(set(CASES)) >= 2 * 36


def test_all_competency_questions_are_asked() -> None:
    """Each number of the model has a question, and no question is outside it."""
    assert {read_query(p).competency for p in QUESTIONS.values()} == set(range(1, 37))


@pytest.mark.parametrize("slug", sorted(QUESTIONS))
def test_question_explains_itself(slug: str) -> None:
    """Header complete, every column explained and no other, every parameter described, the text safe and sound in two parsers."""
    query = read_query(QUESTIONS[slug])
    assert set(query.header) >= NEEDED
    assert query.question.endswith("?")
    assert query.summary.endswith(".")
    assert query.note.endswith(".")
    assert query.header["tags"]
    assert all(query.columns.values())
    assert all(p.description.endswith(".") for p in query.params.values())
    check_safe(query.body)
    ox.Store().query(query.body)  # it parses
    projected = [str(v) for v in prepareQuery(query.body).algebra.PV]
    assert len(projected) == len(set(projected))
    unexplained = set(projected) - set(query.columns)
    assert unexplained <= set(query.params), "a column is explained under columns, or as the parameter that it repeats"
    assert set(query.columns) <= set(projected)
    assert query.open_columns <= set(projected)
    named = {t.text[1:] for t in tokens(query.evidence) if t.kind == "variable"}
    assert not query.evidence or named & {"coding", "extract"}


def _csv(result: AskResult) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        listing(result.table, result.variables, "csv")
    return out.getvalue()


def _value(term: object) -> Value | None:
    if term is None:
        return None
    if isinstance(term, rdflib.Literal):
        datatype = str(term.datatype or "")
        return Value("literal", str(term), "" if datatype.endswith("#string") else datatype, term.language or "")
    return Value("iri" if isinstance(term, rdflib.URIRef) else "bnode", str(term))


@pytest.mark.parametrize("case", CASES, ids=".".join)
def test_whole_answer_is_the_one_that_somebody_has_read(case: Case, session: Callable[[str, str], Session]) -> None:
    """Every cell and the order of the rows, in pyoxigraph and in rdflib."""
    slug, study, reading = case
    result = session(study, reading).ask(slug)
    expected = _file(case).read_text(encoding="utf-8")
    assert _csv(result) == expected
    other = _graph(study, reading).query(result.text)
    assert [str(v) for v in other.vars or []] == result.variables
    rows = [tuple(_value(term) for term in row) for row in other]  # type: ignore[union-attr]
    assert _csv(AskResult(result.query, result.reading, result.text, {}, result.variables, rows, result.labels)) == expected
    assert [_shown(r) for r in rows] == [_shown(r) for r in result.rows]


def _shown(row: tuple[Value | None, ...]) -> list[tuple[str, str] | None]:
    return [(v.kind, v.text) if v else None for v in row]


def test_kept_answer_is_what_the_command_prints(run: Run) -> None:
    """The same bytes, so that a reader can repeat it."""
    case = ("hybrid-council-types", "regulating-public-services", "reading-2")
    done = run("ask", case[0], "--study", case[1], "--reading", case[2], "--format", "csv")
    assert (done.returncode, done.stdout) == (0, _file(case).read_text(encoding="utf-8"))


def _is_listed(query: StoredQuery, row: dict[str, object]) -> bool:
    """True when a row should show an extract: something was counted, and it does not speak of what is not there."""
    used = {t.text[1:] for t in tokens(query.evidence) if t.kind == "variable"} & set(row)
    if any(row[v] is None for v in used - query.open_columns) or row.get("answer") == NOT_LISTED.get(query.slug, ""):
        return False
    count = row.get(EVIDENCE_OF.get(query.slug, "extracts"))
    return isinstance(count, int) and count > 0


@pytest.mark.parametrize("slug", sorted(QUESTIONS))
def test_every_counted_row_shows_an_extract(slug: str, session: Callable[[str, str], Session]) -> None:
    """In every reading of every study: rows that count extracts list some, rows that count none list none."""
    query = read_query(QUESTIONS[slug])
    rows = 0
    for name, folder in shipped_studies().items():
        for reading in read_study(folder).readings if slug in stored_queries(folder) else []:
            opened = session(name, reading)
            result = opened.ask(slug)
            found = opened.evidence(result, 2)
            assert len(found) == len(result.rows)
            for row, evidence in zip(result.table, found, strict=True):
                if not query.evidence:
                    assert evidence == []
                elif "extracts" in row:
                    assert bool(evidence) == _is_listed(query, dict(row)), (name, reading, row)
                rows += bool(evidence)
                assert all(e.extract and e.locator and e.sha256 for e in evidence)
    assert rows or not query.evidence


def test_questions_without_evidence_are_few_and_known() -> None:
    """Nothing was coded behind these rows: claims that nobody supports, and Table 1."""
    assert sorted(s for s, p in QUESTIONS.items() if not read_query(p).evidence) == ["claims-without-evidence", "interviews-by-type-and-region"]


def test_every_answer_names_its_reading() -> None:
    """Each row says whose codings it rests on; Table 1 rests on none."""
    assert [s for s, p in QUESTIONS.items() if "reading" not in read_query(p).columns] == ["interviews-by-type-and-region"]
