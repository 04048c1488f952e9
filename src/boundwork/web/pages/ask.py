"""Every stored question as a form, and its answer with evidence, caveats, SPARQL and downloads."""

from __future__ import annotations

from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.responses import Response

from boundwork.errors import UsageError
from boundwork.explore.answers import AskResult
from boundwork.explore.forms import fields
from boundwork.explore.listings import Cell
from boundwork.explore.querying.writing import table_chunks, truth_bytes
from boundwork.queries.stored import ANY, StoredQuery, find_query
from boundwork.stores.answer import Rows
from boundwork.web.view import LISTINGS, View, json_text

MOST_EVIDENCE = 20
SHOWN = 500
"""Rows that a page shows; downloads hold all."""


def catalogue(view: View) -> Response:
    """Every question, by what it is about."""
    queries = view.session.queries()
    if view.form == "ttl":
        from boundwork.explore.catalogue import as_turtle

        return view.file(as_turtle(queries), "ttl", "questions")
    if view.form != "page":
        columns = ["slug", "question", "parameters", "competency"]
        rows: list[dict[str, Cell]] = [
            {"slug": q.slug, "question": q.question, "parameters": ", ".join(f"{p.name}={p.default or ANY}" for p in q.params.values()),
             "competency": q.competency} for q in queries]
        return view.rows(rows, columns, "questions", title="Stored questions")
    groups: dict[str, list[StoredQuery]] = {}
    words = view.given("q").casefold().split()
    for query in queries:
        text = f"{query.slug} {query.question} {query.summary} {' '.join(map(str, query.header.get('tags') or []))}".casefold()
        if all(w in text for w in words):
            groups.setdefault(str((query.header.get("tags") or ["other"])[0]), []).append(query)
    return view.render("questions.html", groups=groups, words=view.given("q"), total=len(queries))


def asked_query(view: View) -> StoredQuery:
    """The question that the address names. Errors: HTTPException (404) with the nearest one."""
    try:
        return find_query(view.request.path_params["slug"], view.session.folder)
    except UsageError as error:
        raise HTTPException(404, str(error).replace("See: boundwork queries", "All of them stand under Ask")) from None


Given = dict[str, list[str | int | bool]]


def given_params(view: View, query: StoredQuery) -> Given:
    """The parameters of a question that the address gives; blank ones count as not given. A list with `any` in it is open."""
    given: dict[str, list[str]] = {n: [v.strip() for v in view.request.query_params.getlist(n) if v.strip()] for n in query.params}
    return {n: [ANY] if ANY in v else list(v) for n, v in given.items() if v}


def answer(view: View) -> Response:
    """One question: the form, and what comes out; what is wrong with a value stands beside the form."""
    query = asked_query(view)
    given = given_params(view, query)
    texts = {n: [str(v) for v in values] for n, values in given.items()}
    if view.form == "rq":
        return view.file(query.text, "rq", query.slug)
    try:
        result = view.session.ask(query.slug, **given)
    except UsageError as error:
        if view.form != "page":
            raise
        return view.render("ask.html", 400, query=query, fields=fields(view.session, query, texts), given=given, error=error, result=None)
    if view.form in ("srj", "srx"):
        return _results(view, result)
    rows, columns = result.table, result.variables
    if result.truth is not None:
        rows, columns = [{"answer": result.truth}], ["answer"]
    if view.form != "page":
        if view.form == "json" and view.given("evidence"):
            found = view.session.evidence(result, MOST_EVIDENCE)
            return view.file(json_text([{**row, "evidence": ev[:MOST_EVIDENCE]} for row, ev in zip(rows, found, strict=True)]), "json", query.slug)
        return view.rows(rows, columns, query.slug, result.notes, query.question)
    short = replace(result, rows=result.rows[:SHOWN])
    evidence = view.session.evidence(short, MOST_EVIDENCE) if query.evidence and result.truth is None else [[] for _ in short.rows]
    words = [x for n, values in given.items() for v in values for x in ("--param", f"{n}={v}")]
    return view.render("ask.html", query=query, fields=fields(view.session, query, texts), given=given, error=None, result=short, table=short.table,
                       evidence=evidence, most=MOST_EVIDENCE, left=len(result.rows) - len(short.rows), same=_same(short),
                       forms=(*LISTINGS, "srj", "srx"), command=view.command("ask", query.slug, *words))


def _same(result: AskResult) -> list[str]:
    """Columns in which every row says the same; they are said once above the table."""
    table = result.table
    return [c for c in result.variables if len(table) > 1 and table[0][c] is not None and len({str(row[c]) for row in table}) == 1] if table else []


def _results(view: View, result: AskResult) -> Response:
    """The answer in the W3C's JSON or XML."""
    if result.truth is not None:
        return view.file(truth_bytes(result.truth, view.form), view.form, result.query.slug)
    return view.file(b"".join(table_chunks(Rows(result.variables, iter(result.rows)), view.form)), view.form, result.query.slug)
