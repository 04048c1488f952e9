"""Answers in the formats of the W3C that need an engine to write."""

from __future__ import annotations

from collections.abc import Iterable

from boundwork.pipeline.inputs import prefixes
from boundwork.stores.local import convert_results, write_rdf


def as_xml(results_json: bytes) -> bytes:
    """Return SPARQL results in XML from SPARQL results in JSON."""
    return convert_results(results_json)


def graph_text(lines: Iterable[str], form: str) -> bytes:
    """Return N-Triples lines in another RDF format, sorted, with the known prefixes."""
    out: list[bytes] = []
    write_rdf(sorted(set(lines)), form, prefixes(), out.append)
    return b"".join(out)
