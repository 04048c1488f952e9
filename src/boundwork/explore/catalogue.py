"""The stored questions as RDF, in the vocabulary that the sparql-examples collections use (SHACL's SPARQL executables)."""

from __future__ import annotations

from boundwork.explore.results import graph_text
from boundwork.queries.stored import StoredQuery
from boundwork.terms import BASE, RDF_TYPE, iri, literal

_SH, _RDFS, _SCHEMA, _DCT = "http://www.w3.org/ns/shacl#", "http://www.w3.org/2000/01/rdf-schema#", "https://schema.org/", "http://purl.org/dc/terms/"


def as_turtle(queries: list[StoredQuery]) -> bytes:
    """Return one sh:SPARQLExecutable a question: its text, what it asks, its tags."""
    lines = []
    for query in queries:
        subject = iri(f"{BASE}query/{query.slug}")
        kind = {"ASK": "SPARQLAskExecutable", "CONSTRUCT": "SPARQLConstructExecutable"}.get(query.form, "SPARQLSelectExecutable")
        text = {"ASK": "ask", "CONSTRUCT": "construct"}.get(query.form, "select")
        lines += [f"{subject} {iri(RDF_TYPE)} {iri(_SH + 'SPARQLExecutable')} .", f"{subject} {iri(RDF_TYPE)} {iri(_SH + kind)} .",
                  f"{subject} {iri(_RDFS + 'label')} {literal(query.summary, 'en')} .", f"{subject} {iri(_RDFS + 'comment')} {literal(query.question, 'en')} .",
                  f"{subject} {iri(_SH + text)} {literal(query.body)} ."]
        lines += [f"{subject} {iri(_SCHEMA + 'keywords')} {literal(str(t))} ." for t in query.header.get("tags") or []]
        if query.note:
            lines.append(f"{subject} {iri(_DCT + 'description')} {literal(query.note, 'en')} .")
    return graph_text(lines, "turtle")
