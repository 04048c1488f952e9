"""Anything with an IRI: what it is in words, and everything that the graph says of it."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from boundwork.errors import BoundworkError
from boundwork.explore.explaining import explain
from boundwork.explore.explanation import Explanation
from boundwork.explore.statements import as_rdf, statements
from boundwork.explore.things import KINDS
from boundwork.terms import study_iri
from boundwork.web.view import View, json_text

_NOT_IRI = re.compile(r"[\x00-\x20<>\"{}|\\^`]")
_FACT_OF_WORDS = frozenset({"definition", "description", "gist", "statement", "note", "why", "example", "question", "message", "rule", "reason", "quote"})


def page(view: View) -> Response:
    """The thing that the address names: `/thing/KIND/ID`, `/thing/bw:Name`, `/thing/shape-or-rule`, or `/thing?iri=IRI`."""
    asked = view.given("iri")
    name, form = str(view.request.path_params.get("name", "")), view.form
    if not asked and (match := re.fullmatch(r"(.+)\.(json|ttl)", name)):
        name, form = match[1], match[2]
    iri = asked or _iri(view, name)
    if _NOT_IRI.search(iri):
        raise HTTPException(404, f"'{(asked or name)[:120]}' is no IRI.")
    explanation: Explanation | None = None
    try:
        explanation = explain(view.session, asked or name)
    except BoundworkError:
        explanation = None
    found = statements(view.session, iri) if iri else None
    if explanation is None and (found is None or not found.known):
        raise HTTPException(404, f"Nothing here is called '{(asked or name)[:120]}'.")
    extract = study_iri(view.study, "extract") + "/"
    if iri.startswith(extract) and form == "page" and view.given("as") != "statements":
        return RedirectResponse(view.href(iri))
    if form == "ttl" and iri:
        return view.file(as_rdf(view.session, iri), "ttl", name or "thing")
    if form == "json":
        return view.file(json_text({"iri": iri, **({"title": explanation.title, "kind": explanation.kind, "facts": explanation.facts} if explanation else {}),
                                    "statements": found.out if found else [], "pointing_here": found.back if found else [],
                                    "as_property": found.uses if found else []}), "json", name or "thing")
    if form != "page":
        raise view.refuse(("json", "ttl"))
    facts: dict[str, list[str]] = {}
    for fact, value in explanation.facts if explanation else []:
        facts.setdefault(fact, []).append(value)
    commands = facts.pop("next", [])
    return view.render("thing.html", explanation=explanation, facts=facts, commands=commands, found=found, iri=iri, in_words=_FACT_OF_WORDS,
                       outside=iri.startswith(("http://", "https://")) and not iri.startswith("https://w3id.org/boundwork/"))


def _iri(view: View, name: str) -> str:
    vocabulary = view.snapshot.terminology.vocabulary
    kind, slash, ident = name.partition("/")
    if slash and kind in KINDS:
        return study_iri(view.study, kind, ident)
    full = vocabulary.expand(name)
    if full != name or "://" in name:
        return full
    return view.snapshot.mentions(view.session.reading.id).iri(name)
