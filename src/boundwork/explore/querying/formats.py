"""The formats of SPARQL answers by name and media type, and which of them a client would like best. Writes nothing itself."""

from __future__ import annotations

import re
from typing import NamedTuple

RESULTS = {
    "srj": ("application/sparql-results+json", "application/json"),
    "srx": ("application/sparql-results+xml", "application/xml", "text/xml"),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
}
"""Tables of SELECT, best first: name -> media types that mean it. ASK has the first two only, as the standards do."""
GRAPHS = {
    "turtle": ("text/turtle", "application/x-turtle"),
    "nt": ("application/n-triples", "text/plain"),
    "jsonld": ("application/ld+json", "application/json"),
    "xml": ("application/rdf+xml", "application/xml", "text/xml"),
}
"""Graphs of CONSTRUCT and DESCRIBE, best first."""
_WEIGHT = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_NAMES = {
    "json": ("srj", "jsonld"), "srj": ("srj", ""), "xml": ("srx", "xml"), "srx": ("srx", ""), "csv": ("csv", ""), "tsv": ("tsv", ""),
    "turtle": ("", "turtle"), "ttl": ("", "turtle"), "nt": ("", "nt"), "n-triples": ("", "nt"), "jsonld": ("", "jsonld"), "json-ld": ("", "jsonld"),
    "rdf": ("", "xml"), "rdf+xml": ("", "xml"),
}


class Choice(NamedTuple):
    """A format and the media type that it is sent as."""

    form: str
    media: str


class Wanted(NamedTuple):
    """What a client takes: for a table, for a yes or no, for a graph; None where nothing that we write suits it."""

    table: Choice | None
    truth: Choice | None
    graph: Choice | None


def accepted(header: str) -> list[tuple[str, float]]:
    """Return the media ranges of an Accept header with their weights, in its order; what makes no sense is left out."""
    found = []
    for part in header.split(","):
        media, *parameters = (p.strip().lower() for p in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                weight = min(float(value), 1.0) if _WEIGHT.fullmatch(value.strip()) else 0.0
        if media.count("/") == 1:
            found.append((media, weight))
    return found


def weight_of(media: str, ranges: list[tuple[str, float]]) -> float:
    """Return how much a media type is wanted: the weight of the most specific range that fits it (RFC 9110, 12.5.1), 0 for none."""
    for pattern in (media, media.partition("/")[0] + "/*", "*/*"):
        weights = [w for m, w in ranges if m == pattern]
        if weights:
            return max(weights)
    return 0.0


def _best(offers: dict[str, tuple[str, ...]], ranges: list[tuple[str, float]]) -> Choice | None:
    best: tuple[float, Choice] | None = None
    for form, medias in offers.items():
        for media in medias:
            weight = weight_of(media, ranges)
            if weight > 0 and (best is None or weight > best[0]):
                best = (weight, Choice(form, media))
    return best[1] if best else None


def wanted(accept: str | None, name: str = "") -> Wanted:
    """Return what suits a client best, by its Accept header (None or empty: anything) and, before that, by a format's name if known.

    >>> wanted("text/csv, */*;q=0.1").table, wanted("text/csv, */*;q=0.1").graph
    (Choice(form='csv', media='text/csv'), Choice(form='turtle', media='text/turtle'))
    >>> wanted("text/html", "xml").graph
    Choice(form='xml', media='application/rdf+xml')
    """
    ranges = accepted(accept) if accept and accept.strip() else [("*/*", 1.0)]
    table, truth, graph = _best(RESULTS, ranges), _best({k: RESULTS[k] for k in ("srj", "srx")}, ranges), _best(GRAPHS, ranges)
    result_form, graph_form = _NAMES.get(name.strip().lower(), ("", ""))
    if result_form:
        table = Choice(result_form, RESULTS[result_form][0])
        truth = table if result_form in ("srj", "srx") else truth
    if graph_form:
        graph = Choice(graph_form, GRAPHS[graph_form][0])
    return Wanted(table, truth, graph)
