"""Every stored question, on the embedded store and on servers: the same whole answer, as one set of rows and in the same order."""

from __future__ import annotations

import logging
import re
import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import rdflib

from boundwork.errors import BoundworkError
from boundwork.explore.answers import AskResult
from boundwork.explore.forms import fields
from boundwork.explore.session import Session, open_study
from boundwork.queries.stored import ANY, StoredQuery, stored_queries
from boundwork.queries.tokens import without_open_blocks
from boundwork.stores.answer import Rows, Value
from boundwork.tables.studyfile import read_study
from conftest import ROOT, STUDIES

EVERY_READING = {"hybrid-council-types"}
QUICK = ("claims-without-evidence", "evidence-per-element", "hybrid-council-types", "interviews-by-type-and-region", "purposes-by-council",
         "reading-differences", "single-extract-answers", "stated-and-interpreted")
"""Questions that Virtuoso plans within a second or two."""
SECONDS = 120.0
Params = dict[str, list[str]]
Question = tuple[str, str, str, Params]
"""Question, study, reading, and what is given for its parameters."""


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


def questions(slugs: tuple[str, ...] = ()) -> list[Question]:
    """The questions as they stand, of both studies."""
    found: list[Question] = []
    for name in STUDIES:
        study = read_study(ROOT / "data" / name)
        for slug in stored_queries(study.folder):
            found += [(slug, name, r, {}) for r in (study.readings if slug in EVERY_READING else [study.default_reading]) if not slugs or slug in slugs]
    return found


def spread(session: Session, query: StoredQuery) -> list[Params]:
    """A spread of what may be given: nothing, one value of each parameter alone, two of all of them together, anything for all of them."""
    one: Params = {}
    two: Params = {}
    for field in fields(session, query, {}):
        names = ["0", "3"] if field.kind == "number" else [o.value for o in field.options if o.value != ANY]
        one[field.name], two[field.name] = names[-1:], names[:2]
    anything = {name: [ANY] if query.params[name].cls else given for name, given in two.items()}
    found: list[Params] = [{}]
    for given in (*({name: value} for name, value in one.items()), two, anything):
        told = {n: v for n, v in given.items() if v and v != [query.params[n].default or ANY]}
        found += [told] if told not in found else []
    return found


def every_spread() -> list[Question]:
    """Every question with a spread of its parameters, of both studies."""
    found: list[Question] = []
    for name in STUDIES:
        session = open_study(name)
        found += [(q.slug, name, session.reading.id, params) for q in session.queries() for params in spread(session, q)]
    return found


def compare(ask: Callable[[Session, str, Params], AskResult], asked: list[Question], told: Callable[[str], None] = print) -> dict[str, str]:
    """Question -> how its answer differs, for those whose answer does."""
    different: dict[str, str] = {}
    sessions: dict[tuple[str, str], Session] = {}
    for slug, name, reading, params in asked:
        here = sessions.setdefault((name, reading), open_study(name, reading=reading))
        expected, start, said = here.ask(slug, **params), time.monotonic(), "same"  # type: ignore[arg-type]
        try:
            found = ask(here, slug, params)
        except BoundworkError as error:
            different[f"{slug} {params}" if params else slug] = said = f"{type(error).__name__}: {error.message}"
        else:
            if _whole(found) != _whole(expected):
                wrong = [r for r in rows(found) if r not in rows(expected)][:2], [r for r in rows(expected) if r not in rows(found)][:2]
                said = f"{name}, {reading}: {len(found)} rows, not {len(expected)}; too much {wrong[0]}, too little {wrong[1]}"
                different[f"{slug} {params}" if params else slug] = said
        told(f"{name} {slug} {params}: {time.monotonic() - start:.1f} s, {len(expected)} rows, {said}")
    return different


def at(endpoint: str) -> Callable[[Session, str, Params], AskResult]:
    """Ask a server."""
    sessions: dict[tuple[str, str], Session] = {}

    def ask(here: Session, slug: str, params: Params) -> AskResult:
        key = here.study.id, here.reading.id
        there = sessions.setdefault(key, open_study(key[0], reading=key[1], endpoint=endpoint, timeout=SECONDS))
        found = there.ask(slug, **params)  # type: ignore[arg-type]
        assert found.fetched and "Answered by http://127.0.0.1" in found.notes[-1]
        return found

    return ask


def by_rdflib() -> Callable[[Session, str, Params], AskResult]:
    """Ask rdflib, which is given the same text and the triples of the reading."""
    graphs: dict[str, rdflib.Graph] = {}

    def value(term: object) -> Value | None:
        if isinstance(term, rdflib.Literal):
            datatype = str(term.datatype or "")
            return Value("literal", str(term), "" if datatype.endswith("#string") else datatype, term.language or "")
        return None if term is None else Value("iri" if isinstance(term, rdflib.URIRef) else "bnode", str(term))

    def ask(here: Session, slug: str, params: Params) -> AskResult:
        asked = here.ask(slug, **params)  # type: ignore[arg-type]
        if here.study.id not in graphs:
            graphs[here.study.id] = rdflib.Graph().parse(data="\n".join(here.store.lines()), format="nt")
        answer = graphs[here.study.id].query(without_open_blocks(asked.text))
        found = [tuple(value(term) for term in row) for row in answer]  # type: ignore[union-attr]
        return replace(asked, variables=[str(v) for v in answer.vars or []], rows=found)

    return ask


def test_oxigraph_answers_every_stored_question_alike(oxigraph_server: str) -> None:
    asked = questions()
    assert len(asked) >= 2 * 36
    assert compare(at(oxigraph_server), asked) == known("oxigraph")


def test_virtuoso_answers_some_stored_questions_alike(virtuoso_server: str) -> None:
    assert compare(at(virtuoso_server), questions(QUICK)) == {}


@pytest.mark.slow
def test_virtuoso_answers_every_stored_question_alike_with_a_spread_of_parameters(virtuoso_server: str) -> None:
    assert compare(at(virtuoso_server), every_spread()) == known("virtuoso")


@pytest.mark.slow
def test_oxigraph_and_rdflib_answer_a_spread_of_parameters_alike(oxigraph_server: str) -> None:
    logging.disable(logging.CRITICAL)  # rdflib warns of literals that it cannot cast
    try:
        assert compare(at(oxigraph_server), every_spread()) == known("oxigraph")
        assert compare(by_rdflib(), every_spread()) == known("rdflib")
    finally:
        logging.disable(logging.NOTSET)


def test_the_order_of_an_answer_leaves_nothing_to_the_engine() -> None:
    """With anything for every parameter, rows that are equal in what a question orders by are equal in all columns."""
    session = open_study("example-study")
    for query in session.queries():
        result = session.ask(query.slug, **spread(session, query)[-1])  # type: ignore[arg-type]
        text = re.sub(r"LIMIT \d+\s*$", "", result.text)
        answers = [session.store.select(f"{text} {tail}") for tail in (" ".join(f"{way}(?{v})" for v in result.variables) for way in ("ASC", "DESC"))]
        assert answers[0] == answers[1], query.slug


def test_what_virtuoso_loses_is_refused(virtuoso_server: str) -> None:
    """Virtuoso 7.2.5 gives nine of ten rows; a later one may give them all. The stored question is asked in another form, which it answers."""
    lossy = Path(__file__).with_name("loses-a-row.rq").read_text(encoding="utf-8")
    here, there = open_study("example-study"), open_study("example-study", reading="ann", endpoint=virtuoso_server)
    expected = [list(map(normal, row)) for row in here.store.select(lossy)]
    assert len(expected) == 10
    try:
        answer = there.sparql(lossy)
    except BoundworkError as error:
        assert "the answer is wrong" in error.message
    else:
        assert isinstance(answer, Rows) and there.distant is not None
        assert "did not count" in there.distant.last()[0] or [list(map(normal, row)) for row in answer.rows] == expected
    assert rows(there.ask("single-extract-answers", boundary="expertise")) == rows(here.ask("single-extract-answers", boundary="expertise"))


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
