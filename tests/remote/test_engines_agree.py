"""Every stored question, on the embedded store and on servers: the same whole answer, as one set of rows and in the same order."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from boundwork.errors import BoundworkError
from boundwork.explore.answers import AskResult
from boundwork.explore.session import Session, open_study
from boundwork.queries.stored import stored_queries
from boundwork.stores.answer import Value
from boundwork.tables.studyfile import read_study
from conftest import ROOT, STUDIES

EVERY_READING = {"hybrid-council-types"}
QUICK = ("claims-without-evidence", "evidence-per-element", "hybrid-council-types", "interviews-by-type-and-region", "purposes-by-council",
         "reading-differences")
"""Questions that Virtuoso plans within a second or two."""
SECONDS = 60.0


def known(engine: str) -> dict[str, str]:
    """Question -> the error that the engine gives, or how the wrong answer begins."""
    tree = tomllib.loads(Path(__file__).with_name("known-differences.toml").read_text(encoding="utf-8"))
    assert all(entry["reason"] for entry in tree.get(engine, {}).values())
    return {slug: str(entry.get("error") or entry["answer"]) for slug, entry in tree.get(engine, {}).items()}


def normal(value: Value | None) -> object:
    """A term in which two engines must agree: numbers by their value, whatever their datatype."""
    if value is None:
        return None
    number = value.number
    return (value.kind, value.text, value.lang, value.datatype) if number is None else round(float(number), 9)


def rows(result: AskResult) -> list[list[object]]:
    if result.truth is not None:
        return [[result.truth]]
    return [[normal(v) for v in row] for row in result.rows]


def _whole(result: AskResult) -> tuple[object, ...]:
    return result.variables, rows(result), result.table, result.disclosure


def questions(slugs: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """(question, study, reading) in an order in which those that are known to fail come last: they may keep a server busy."""
    found = []
    for name in STUDIES:
        study = read_study(ROOT / "data" / name)
        for slug in stored_queries(study.folder):
            found += [(slug, name, r) for r in (study.readings if slug in EVERY_READING else [study.default_reading]) if not slugs or slug in slugs]
    return sorted(found, key=lambda q: (known("virtuoso").get(q[0]) == "TimeLimit", q))


def compare(endpoint: str, asked: list[tuple[str, str, str]], engine: str) -> dict[str, str]:
    """Question -> how its answer differs, for those whose answer does."""
    different: dict[str, str] = {}
    sessions: dict[tuple[str, str], tuple[Session, Session]] = {}
    for slug, name, reading in asked:
        if (name, reading) not in sessions:
            sessions[name, reading] = (open_study(name, reading=reading), open_study(name, reading=reading, endpoint=endpoint, timeout=SECONDS))
        here, there = sessions[name, reading]
        if known(engine).get(slug) == "TimeLimit":
            there = open_study(name, reading=reading, endpoint=endpoint, timeout=5)
        expected = here.ask(slug)
        try:
            found = there.ask(slug)
        except BoundworkError as error:
            different[slug] = type(error).__name__
            continue
        assert found.fetched and "Answered by http://127.0.0.1" in found.notes[-1]
        if _whole(found) != _whole(expected):
            wrong = [r for r in rows(found) if r not in rows(expected)][:2], [r for r in rows(expected) if r not in rows(found)][:2]
            counts = f"{name}, {reading}: {len(found)} rows, not {len(expected)}"
            different[slug] = counts if known(engine).get(slug) == counts else f"{counts}; too much {wrong[0]}, too little {wrong[1]}"
    return different


def test_oxigraph_answers_every_stored_question_alike(oxigraph_server: str) -> None:
    asked = questions()
    assert len(asked) >= 2 * 36
    assert compare(oxigraph_server, asked, "oxigraph") == known("oxigraph")


def test_virtuoso_answers_some_stored_questions_alike(virtuoso_server: str) -> None:
    assert compare(virtuoso_server, questions(QUICK), "virtuoso") == {}


@pytest.mark.slow
def test_virtuoso_answers_every_stored_question_alike(virtuoso_server: str) -> None:
    assert compare(virtuoso_server, questions(), "virtuoso") == known("virtuoso")


def test_an_answer_that_lost_rows_is_an_error(virtuoso_server: str) -> None:
    """Virtuoso 7.2.5 orders nine of the ten rows of this answer, and counts ten; a later one may give them all."""
    asked = {"boundary": "expertise"}
    expected = rows(open_study("example-study").ask("single-extract-answers", **asked))
    assert len(expected) == 10
    try:
        found = rows(open_study("example-study", endpoint=virtuoso_server).ask("single-extract-answers", **asked))
    except BoundworkError as error:
        assert "the answer is wrong" in error.message
    else:
        assert found == expected


@pytest.mark.parametrize("server", ["oxigraph_server", "virtuoso_server"])
def test_evidence_and_parameters_are_the_same_from_a_server(server: str, request: pytest.FixtureRequest) -> None:
    endpoint = request.getfixturevalue(server)
    here, there = open_study("example-study"), open_study("example-study", endpoint=endpoint)
    for slug, params in (("hybrid-council-types", {"boundary": "competitiveness"}), ("purposes-by-council", {"actor": "northmere"})):
        mine, theirs = here.ask(slug, **params), there.ask(slug, **params)
        assert theirs.table == mine.table and len(mine) > 0
        assert there.evidence(theirs, 3) == here.evidence(mine, 3)
    with pytest.raises(BoundworkError, match="Did you mean 'competitiveness'"):
        there.ask("hybrid-council-types", boundary="competitivenes")


def test_a_study_that_is_not_there_is_an_error_and_no_empty_answer(oxigraph_server: str, fresh: Path) -> None:
    with pytest.raises(BoundworkError, match="does not hold the reading"):
        open_study(str(fresh), endpoint=oxigraph_server).ask("hybrid-council-types")
