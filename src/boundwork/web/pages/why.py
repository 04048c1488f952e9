"""Why something is in the graph, or why not: a tree down to rows, coders and extracts."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from boundwork.errors import InputError, UsageError
from boundwork.explore.results import graph_text
from boundwork.explore.why import Builder, understand
from boundwork.explore.why.answering import why_rows
from boundwork.explore.why.drawing import WORDS, svg
from boundwork.explore.why.lacking import why_no_hybrid, why_not
from boundwork.explore.why.provenance import provenance
from boundwork.explore.why.tree import Node, merged
from boundwork.web.pages.ask import Given, asked_query, given_params
from boundwork.web.view import View, json_text
from boundwork.wording import whole_number


def page(view: View) -> Response:
    """The form; with three words the derivation of that triple, or what is missing for it; with one, what a case or council lacks."""
    words = [view.given(n) for n in ("s", "p", "o")]
    if not words[0]:
        if view.form != "page":
            raise UsageError("A derivation needs a subject.", "Such as: /why?s=cs08-competitiveness&p=a&o=bw:HybridCase")
        _most(view)
        return _show(view, words, [], "")
    try:
        nodes, verdict = _trees(view, words)
    except (UsageError, InputError) as error:
        if view.form != "page":
            raise
        return _show(view, words, [], "", error)
    return _show(view, words, nodes, verdict)


def _trees(view: View, words: list[str]) -> tuple[list[Node], str]:
    """The trees, and in a sentence what they are."""
    subject, predicate, value = words
    if not predicate and not value:
        trees = why_no_hybrid(view.session, subject)
        lacking = [n for n, holds in trees if not holds]
        return [n for n, _ in trees], f"What {subject} lacks to be a hybrid" if lacking else f"{subject} is a hybrid"
    if not predicate or not value:
        raise UsageError("A triple has a subject, a property and a value.", "Fill in all three, or the subject alone to see what it lacks to be a hybrid.")
    builder = Builder(view.session, _most(view), None)
    asked = understand(builder, subject, predicate, value)
    if asked.holds:
        return [builder.tree(asked.triple)], "It is in the graph, and this is why"
    return [why_not(view.session, subject, predicate, value)[0]], "It is not in the graph, and this is what is missing"


def _most(view: View) -> int | None:
    text = view.given("most", "3")
    most = whole_number(text, 5)
    if most is None:
        raise UsageError(f"'{text[:40]}' is no number such as 0 or 3.", "It says how many derivations of a triple are shown; 0 shows all.")
    return most or None


def row(view: View) -> Response:
    """The derivation of one row of an answer."""
    query = asked_query(view)
    given = given_params(view, query)
    result = view.session.ask(query.slug, **given)
    text = view.given("row", "1")
    if result.truth is not None or not 1 <= (number := whole_number(text) or 0) <= len(result.rows):
        raise InputError(f"The answer has no row {text[:40]}.", f"It has {len(result.rows)}." if result.rows else "It has none.")
    nodes = why_rows(view.session, replace(result, rows=[result.rows[number - 1]]), _most(view))
    return _show(view, [], nodes, f"Row {text} of the answer", None, query, given)


def _show(view: View, words: list[str], nodes: list[Node], verdict: str, error: UsageError | InputError | None = None, query: object = None,
          given: Given | None = None) -> Response:
    title = f"Why: {' '.join(w for w in words if w)}" if words else verdict
    if view.form == "json":
        return view.file(json_text([n.as_dict() for n in nodes]), "json", "why")
    if view.form == "svg":
        return view.file(svg(nodes, title), "svg", "why")
    if view.form == "ttl":
        return view.file(graph_text(provenance(view.study, nodes), "turtle"), "ttl", "why")
    if view.form != "page":
        raise view.refuse(("json", "svg", "ttl"))
    status = 400 if error else 200
    return view.render("why.html", status, words=words or ["", "", ""], nodes=[merged(n) for n in nodes], merged=merged, kinds=WORDS, verdict=verdict,
                       error=error, query=query, given=given or {}, command=view.command("why", *_command(words, nodes)) if words and words[0] else "")


def _command(words: list[str], nodes: list[Node]) -> list[str]:
    return [*(["--not"] if len([w for w in words if w]) == 1 or any(n.kind == "missing" for n in nodes) else []), *(w for w in words if w)]
