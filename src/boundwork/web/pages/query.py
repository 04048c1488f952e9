"""SPARQL in a browser: an editor where it is installed, else a plain field; the answer of the latter is written by the server."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from starlette.responses import Response

from boundwork.errors import BoundworkError
from boundwork.explore.listings import Cell
from boundwork.explore.querying import QueryRunner
from boundwork.pipeline.inputs import prefixes
from boundwork.stores.answer import Answer, Rows, Triples, Truth
from boundwork.terms import compact
from boundwork.web.guard import POLICY
from boundwork.web.view import View, json_text

SHOWN = 1_000
EDITOR_STYLE = "'sha256-zCK2EVMoPc04mRF/g5CotUvxbJPWS+8V0b+s9ptqQIk='"
"""The one style sheet that the pinned editor writes into a page (of its table's column grips); nothing else inline is let through."""
EDITOR = Path(__file__).resolve().parents[1] / "static" / "vendor" / "yasgui.min.js"
START = """SELECT ?council ?label ?type ?interviews WHERE {
  ?council a bw:Council ; rdfs:label ?label ; bw:councilType/skos:prefLabel ?type
  OPTIONAL { ?council bw:interviewsReported ?interviews }
}
ORDER BY ?label
"""


def page(view: View) -> Response:
    """The editor; with a query in the address its answer, at most `SHOWN` rows of it."""
    text, example = view.given("query"), view.given("example")
    if not text and example:
        text = next((q.body for q in view.session.queries() if q.slug == example), "")
    answer: Answer | None = None
    error: BoundworkError | None = None
    if view.given("query"):
        try:
            runner: QueryRunner = view.request.app.state.runner
            answer = runner.answer(text, reading=view.session.reading.id, rows=SHOWN + 1, cut=True)
        except BoundworkError as stopped:
            error = stopped
    if view.form == "json":
        return view.file(json_text({"prefixes": prefixes(), "terms": _terms(view), "examples": _examples(view)}), "json", "editor")
    if view.form != "page":
        raise view.refuse(("json",))
    rows = list(islice(answer.rows, SHOWN + 1)) if isinstance(answer, Rows) else []
    lines = list(islice(answer.lines, SHOWN + 1)) if isinstance(answer, Triples) else []
    editor = EDITOR.is_file()
    shown = view.render("query.html", 400 if error else 200, text=text or START, asked=bool(view.given("query")), error=error,
                       rows=rows[:SHOWN], lines=lines[:SHOWN],
                       variables=answer.variables if isinstance(answer, Rows) else [], truth=answer.value if isinstance(answer, Truth) else None,
                       graph=isinstance(answer, Triples), more=len(rows) > SHOWN or len(lines) > SHOWN, examples=view.session.queries(), example=example,
                       editor=editor, prefixes=prefixes(), compact=compact, shown=SHOWN,
                       endpoint=f"/sparql/{view.session.reading.id}")
    if editor:
        shown.headers["Content-Security-Policy"] = POLICY.replace("style-src 'self'", f"style-src 'self' {EDITOR_STYLE}")
    return shown


def _terms(view: View) -> list[dict[str, Cell]]:
    return [{"name": e.name, "iri": e.iri, "label": e.label, "kind": e.kind} for e in view.snapshot.terminology.entries.values()]


def _examples(view: View) -> list[dict[str, Cell]]:
    return [{"slug": q.slug, "question": q.question, "query": q.body} for q in view.session.queries()]


__all__ = ["EDITOR", "page"]
