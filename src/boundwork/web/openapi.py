"""What the server answers, said as an OpenAPI description: every address with its parameters, forms and refusals. Made for the study that is served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from boundwork import __version__
from boundwork.explore.forms import MOST, Field, fields
from boundwork.explore.matrix import COUNTS, DIMENSIONS, TOGETHER
from boundwork.queries.stored import ANY, StoredQuery
from boundwork.web.guard import HEADERS
from boundwork.web.view import LISTINGS, TYPES, View, json_text

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_FLAG: Json = {"type": "string", "description": "Anything but blank counts as yes."}
_RESULTS = ("application/sparql-results+json", "application/json", "application/sparql-results+xml", "application/xml", "text/xml", "text/csv",
            "text/tab-separated-values", "text/turtle", "application/n-triples", "text/plain", "application/ld+json", "application/rdf+xml")
_GRAPHS = ("text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml")


@dataclass(frozen=True)
class Described:
    """A page: what it shows, the parameters that it reads, the forms besides the page, and refusals besides 400."""

    summary: str
    reads: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()


_MATRIX = ("rows", "columns", "count", "together", "near", "where", "full")
PAGES: dict[str, Described] = {
    "/": Described("The study: its cases, its readings, its findings at a glance.", ("from",)),
    "/study": Described("The same as the first page.", ("from",), ("json",)),
    "/matrix": Described("Two dimensions crossed.", (*_MATRIX, "compare"), (*LISTINGS, "svg", "png", "vl")),
    "/matrix/cell": Described("The codings behind one cell.", (*_MATRIX, "row", "column"), LISTINGS),
    "/ask": Described("Every stored question.", ("q",), (*LISTINGS, "ttl")),
    "/ask/{slug}": Described("A stored question as a form with its answer; the question's own parameters are read, too.", (), (), (404,)),
    "/why": Described("Why a triple is in the graph, or what it lacks.", ("s", "p", "o", "most"), ("json", "svg", "ttl")),
    "/why/{slug}": Described("Why a row of an answer is there; the question's own parameters are read, too.", ("row", "most"), ("json", "svg", "ttl"), (404,)),
    "/coding": Described("Every extract, and on what its coders differ.", ("q", "about", "differs", "coder", "from"), LISTINGS),
    "/coding/{name}": Described("One extract with all codings side by side.", (), ("json", "ttl"), (404,)),
    "/validate": Described("The findings.", ("coder", "rule", "severity", "open"), (*LISTINGS, "sarif")),
    "/ontology": Described("The terms.", ("q", "kind"), LISTINGS),
    "/query": Described("SPARQL in the browser.", ("query", "example"), ("json",)),
    "/thing": Described("Anything with an IRI.", ("iri", "as"), ("json", "ttl"), (307, 404)),
    "/thing/{name}": Described("A term by its name, such as bw:Coding.", ("as",), ("json", "ttl"), (307, 404)),
    "/thing/{kind}/{name}": Described("A thing of the study by its kind and id.", ("as",), ("json", "ttl"), (307, 404)),
}
"""Address -> what it is. A form is the end of an address: /matrix.csv."""
_SAID = {
    "from": "Where a long list begins; 1 where it is no number.", "rows": "The dimension of the rows; blank for boundary.",
    "columns": "The dimension of the columns; blank for logic.", "count": "What a cell counts; blank for codings.",
    "together": "How two values stand together; blank for on one coding.", "near": "How many characters apart is near; blank for 100.",
    "where": "Which codings count, such as boundary=expertise AND NOT form=blurring.", "full": "Show rows and columns without a coding, too.",
    "compare": "Another reading beside this one.", "row": "A value of the rows; or the number of a row of the answer.",
    "column": "A value of the columns.", "q": "Words that occur.", "s": "Subject: a name, an id, or an IRI.", "p": "Property; a for is a.",
    "o": "Value.", "most": "How many derivations of a triple are shown; 0 for all, blank for 3.", "about": "Id of the council or field.",
    "differs": "The dimension that coders differ on, or any.", "coder": "Id of a coder.", "rule": "Name of a rule or shape.",
    "severity": "violation, warning or info.", "open": "Leave out what the study accepts.", "kind": "Kind of term.", "query": "A SPARQL query.",
    "example": "Slug of a stored question to begin with.", "iri": "The IRI.", "as": "statements: an extract as statements, not as its page.",
    "reading": "Name of a reading; blank for the default."}


def page(view: View) -> Response:
    """The description, as JSON."""
    return view.file(json_text(describe(view)), "json", "openapi")


def describe(view: View) -> Json:
    """Return the OpenAPI 3.1 description of the server for the study that it serves."""
    readings = ["", *view.snapshot.study.readings]
    queries = view.session.queries()
    paths: Json = {}
    for path, about in PAGES.items():
        inside = [_inside(name, queries, view) for name in ("slug", "name", "kind") if f"{{{name}}}" in path]
        read = [*(_parameter(name, readings, path == "/matrix/cell") for name in about.reads), _parameter("reading", readings)]
        paths[path] = _get(about.summary, [*inside, *read], _answers(about.refusals, {"text/html": _TEXT, **_negotiated(about.forms)}, "text/html"))
        if about.forms:
            form = {"name": "form", "in": "path", "required": True, "schema": {"enum": list(about.forms)}}
            paths[f"{path}.{{form}}"] = _get(f"{about.summary} In another form.", [*inside, form, *read],
                                             _answers((*about.refusals, 404), _negotiated(about.forms), "text/html" if "html" in about.forms else ""))
    for query in queries:
        paths[f"/ask/{query.slug}.{{form}}"] = _question(view, query, readings)
    paths["/ask/{slug}.rq"] = _get("The SPARQL of a stored question, as its file holds it.", [_inside("slug", queries, view)],
                                   _answers((404,), _negotiated(("rq",))))
    paths |= {"/validate/events": {"get": {"summary": "Server-sent events: one when the page opens, and one after each check; without end.",
                                           "responses": {"200": _response("Events.", {"text/event-stream": _TEXT}), **_refusals((405,))}}},
              "/openapi.json": _get("This description.", [], _answers((), {"application/json": {"type": "object"}})),
              **_endpoints(readings)}
    return {"openapi": "3.1.0", "info": {"title": f"boundwork: {view.snapshot.study.title}", "version": __version__,
                                         "description": "The explorer of one study and its read-only SPARQL 1.1 endpoint. Nothing can be changed."},
            "servers": [{"url": "/"}], "paths": paths, "components": {"schemas": {
                "Error": {"type": "object", "required": ["error"], "properties": {"error": {
                    "type": "object", "required": ["message"], "properties": {"message": _TEXT, "hint": _TEXT}}}}}}}


def _parameter(name: str, readings: list[str], of_cell: bool = False) -> Json:
    schema: Json = dict(_TEXT)
    if name in ("rows", "columns"):
        schema = {"enum": ["", *DIMENSIONS]}
    elif name in ("count", "together"):
        schema = {"enum": ["", *(COUNTS if name == "count" else TOGETHER)]}
    elif name in ("near", "most"):
        schema = {"type": "string", "pattern": r"^\s*[0-9]{0,12}\s*$" if name == "near" else r"^\s*[0-9]{0,5}\s*$"}
    elif name in ("reading", "compare"):
        schema = {"enum": readings}
    elif name in ("full", "open"):
        schema = dict(_FLAG)
    elif name in ("row", "column"):
        schema = {"type": "string", "minLength": 1} if of_cell else {"type": "string", "pattern": r"^\s*[0-9]*\s*$"}
    return {"name": name, "in": "query", "description": _SAID[name], "schema": schema}


def _inside(name: str, queries: list[StoredQuery], view: View) -> Json:
    """A parameter that is a step of the address."""
    schema: Json = {"type": "string", "pattern": "^[^/]+$", "minLength": 1}
    if name == "slug":
        schema = {"enum": [q.slug for q in queries]}
    example = {"slug": queries[0].slug if queries else "", "name": next(iter(view.snapshot.coded.extracts), "x01"), "kind": "extract"}[name]
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _question(view: View, query: StoredQuery, readings: list[str]) -> Json:
    """The answer of a stored question, its parameters typed."""
    given = [{"name": f.name, "in": "query", "description": f.description, "schema": _values(f)} for f in fields(view.session, query, {})]
    forms = (*LISTINGS, "srj", "srx")
    form = {"name": "form", "in": "path", "required": True, "schema": {"enum": list(forms)}}
    evidence = {"name": "evidence", "in": "query", "description": "json: with the extracts under every row.", "schema": dict(_FLAG)}
    answers = _answers((404,), _negotiated(forms), "text/html")
    return _get(query.question, [form, *given, evidence, _parameter("reading", readings)], answers,
                f"{query.note}\n\nFrom the command line: boundwork ask {query.slug}")


def _values(field: Field) -> Json:
    one: Json = dict(_TEXT)
    if field.kind == "number":
        one = {"anyOf": [{"type": "integer"} if field.whole else {"type": "number"}, {"const": ANY}]}
    elif field.kind == "choice" and len(field.options) <= MOST:
        one = {"enum": [o.value for o in field.options]}
    return {"type": "array", "items": one, "description": "Given several times, each value counts."}


def _negotiated(forms: tuple[str, ...]) -> Json:
    """Media type -> schema of the forms."""
    return {TYPES[form]: {"type": ["array", "object"]} if "json" in TYPES[form] else dict(_TEXT) for form in forms}


def _get(summary: str, parameters: list[Json], responses: Json, description: str = "") -> Json:
    return {"get": {"summary": summary, **({"description": description} if description else {}), "parameters": parameters, "responses": responses}}


def _answers(refusals: tuple[int, ...], content: Json, said: str = "application/json") -> Json:
    """200 and what else may come; a page is refused as a page, and every other form as JSON, whichever the client likes better."""
    error = {"application/json": {"$ref": "#/components/schemas/Error"}, **({"text/html": _TEXT} if said == "text/html" else {})}
    return {"200": _response("What was asked for.", content), "400": _response("Something in the address is wrong; the answer says what.", error),
            **({"307": _response("It has a page of its own.", {})} if 307 in refusals else {}),
            **({"404": _response("There is no such thing.", {**error, "text/html": _TEXT})} if 404 in refusals else {}), **_refusals((403, 405, 414))}


def _refusals(statuses: tuple[int, ...]) -> Json:
    said = {400: "The request is malformed, or the query is.", 403: "From a page of another site; or more than is given at once.", 404: "No such reading.",
            405: "This address is only read.", 406: "In none of these forms.", 413: "The request is too long.", 414: "The address is too long.",
            415: "A query is not sent so.", 500: "The query was stopped.", 503: "Too many ask at once.", 504: "The query took too long.",
            507: "The query needs too much memory."}
    return {str(s): _response(said[s], {"text/plain": _TEXT, **({"text/html": _TEXT, "application/json": _TEXT} if s == 405 else {})}) for s in statuses}


def _response(what: str, content: Json) -> Json:
    headers = {name: {"required": True, "schema": {"const": value} if name in ("X-Content-Type-Options", "X-Frame-Options") else dict(_TEXT)}
               for name, value in HEADERS.items()}
    return {"description": what, "headers": headers, **({"content": {media: {"schema": schema} for media, schema in content.items()}} if content else {})}


def _endpoints(readings: list[str]) -> Json:
    """The SPARQL 1.1 Protocol, on the default reading and on each."""
    dataset = [{"name": f"{kind}-graph-uri", "in": "query", "schema": {"type": "array", "items": {"type": "string"}},
                "description": f"IRI of a {kind} graph of the dataset."} for kind in ("default", "named")]
    wish = {"name": "format", "in": "query", "schema": dict(_TEXT),
            "description": "Name of a format for clients that cannot set Accept: json, xml, csv, tsv, ttl."}
    asked = {"name": "query", "in": "query", "schema": dict(_TEXT), "example": "SELECT ?c { ?c a bw:Council }",
             "description": "A SPARQL 1.1 query; without one the service describes itself."}
    answers = {"200": _response("The answer, or the description of the service.", {media: {} for media in (*_RESULTS, "text/html")}),
               **_refusals((400, 403, 404, 405, 406, 413, 414, 415, 500, 503, 504, 507))}
    sent = {"application/sparql-query": {"schema": {"type": "string", "minLength": 1}, "example": "ASK {}"},
            "application/x-www-form-urlencoded": {"schema": {"type": "object", "required": ["query"], "properties": {
                "query": _TEXT, "default-graph-uri": {"type": "array", "items": _TEXT}, "named-graph-uri": {"type": "array", "items": _TEXT}}},
                "example": {"query": "ASK {}"}}}
    found: Json = {}
    for path, inside in (("/sparql", []), ("/sparql/{reading}", [{"name": "reading", "in": "path", "required": True,
                                                                  "schema": {"enum": [r for r in readings if r]}}])):
        found[path] = {"get": {"summary": "Ask a query.", "parameters": [*inside, asked, *dataset, wish], "responses": answers},
                       "post": {"summary": "Ask a query.", "parameters": [*inside, *dataset, wish], "requestBody": {"required": True, "content": sent},
                                "responses": answers},
                       "options": {"summary": "What may be done here.", "parameters": [{**p, "schema": dict(_TEXT)} for p in inside],
                                   "responses": {"204": _response("See the header Allow.", {})}}}
    return found


__all__ = ["PAGES", "Described", "describe", "page"]
