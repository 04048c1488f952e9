"""The whole study as one dataset of named graphs, sorted, so that the same input gives the same bytes."""

from __future__ import annotations

import heapq
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import groupby, islice
from pathlib import Path

from boundwork.errors import UsageError
from boundwork.files import atomic
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Study
from boundwork.terms import BW, RDF_TYPE, STUDY, iri, study_iri

FORMATS = {".nq": "nq", ".trig": "trig", ".jsonld": "jsonld", ".ttl": "turtle", ".nt": "nt"}
_CHUNK = 500_000
_ROW = re.compile(rf'^<({re.escape(STUDY)}[^/]+/(\w+)/[^>]*)> <{re.escape(BW)}row> "(\d+)"')
_CSVW = "http://www.w3.org/ns/csvw#"
_TABLE = {**{t.kind: t.file for t in TABLES.values()}}


def write_dataset(study: Study, parts: list[tuple[str, Path]], output: Path) -> None:
    """Write graphs as N-Quads, TriG or JSON-LD (or, graphs merged, Turtle or N-Triples); the ending decides.

    Rows are described with CSVW: csvw:rownum counts data rows, csvw:url points into the table by RFC 7111.
    Memory stays flat for N-Quads and N-Triples, however large the study.
    """
    form = FORMATS.get(output.suffix.lower())
    if form is None:
        raise UsageError(f"{output.name} has no ending that says which format to write.", f"Use one of {' '.join(FORMATS)}.")
    flat = form in ("turtle", "nt")
    with ExitStack() as stack:
        lines = ordered(quads(study.id, parts, flat), stack)
        file = stack.enter_context(atomic(output))
        if form in ("nq", "nt"):
            for block in iter(lambda: list(islice(lines, 10_000)), []):
                file.write(("\n".join(block) + "\n").encode())
        else:
            from boundwork.pipeline.inputs import prefixes
            from boundwork.stores.local import write_rdf

            write_rdf(lines, form, prefixes(), file.write)


def ordered(lines: Iterator[str], stack: ExitStack) -> Iterator[str]:
    """Yield lines sorted, each once; what does not fit into memory waits in files that end with the stack."""
    return _unique(_sorted(lines, stack))


def quads(study: str, parts: list[tuple[str, Path]], flat: bool = False) -> Iterator[str]:
    """Yield N-Triples files as N-Quads lines (`flat`: as triples), each with its graph, and the place of every row in CSVW's words."""
    for graph, path in parts:
        end = " ." if flat else f" {iri(graph)} ."
        with open(path, encoding="utf-8", newline="\n") as file:
            for line in file:
                triple = line.rstrip("\n")[:-2]
                yield triple + end
                if match := _ROW.match(triple):
                    yield from (t + end for t in _row_triples(study, match[1], match[2], int(match[3])))


def _row_triples(study: str, subject: str, kind: str, number: int) -> Iterator[str]:
    """A record of a table in CSVW's words; `number` counts the header as 1, as RFC 7111 does."""
    table = _TABLE.get(kind, f"{kind}.csv")
    base = study_iri(study)
    row = iri(f"{base}/row/{table}/{number}")
    yield f"{row} {iri(RDF_TYPE)} {iri(_CSVW + 'Row')}"
    yield f"{row} {iri(_CSVW + 'rownum')} \"{number - 1}\"^^<http://www.w3.org/2001/XMLSchema#integer>"
    yield f"{row} {iri(_CSVW + 'url')} {iri(f'{base}/{table}#row={number}')}"
    yield f"{row} {iri(_CSVW + 'describes')} {iri(subject)}"


def _sorted(lines: Iterator[str], stack: ExitStack) -> Iterator[str]:
    """Sort in pieces on disk and merge them; code point order, so that no locale matters."""
    pieces: list[Iterator[str]] = []
    for chunk in iter(lambda: sorted(islice(lines, _CHUNK)), []):
        if len(chunk) < _CHUNK and not pieces:
            return iter(chunk)
        file = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n"))
        file.write("\n".join(chunk) + "\n")
        file.seek(0)
        pieces.append(line.rstrip("\n") for line in file)
    return heapq.merge(*pieces)


def _unique(lines: Iterator[str]) -> Iterator[str]:
    return (line for line, _ in groupby(lines))


__all__ = ["FORMATS", "ordered", "quads", "write_dataset"]
