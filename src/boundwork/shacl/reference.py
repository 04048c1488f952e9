"""pySHACL over rdflib, the reference for what SHACL means: it runs what the faster way does not know, and the tests compare the two."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from boundwork.errors import InputError
from boundwork.shacl.core import Result
from boundwork.shacl.facts import Facts
from boundwork.shacl.shapes import sh
from boundwork.stores.local import n_triples


def graph(facts: Facts) -> Any:
    """Return facts as an rdflib graph."""
    import rdflib

    return rdflib.Graph().parse(data="\n".join(facts.lines()), format="nt")


def parse(paths: Iterable[Path]) -> Any:
    """Return the union of RDF files as an rdflib graph."""
    import rdflib

    lines = [line for i, path in enumerate(paths) for line in n_triples(path, f"f{i}x")]
    return rdflib.Graph().parse(data="\n".join(lines), format="nt")


def by_pyshacl(data: Facts, shapes: Facts) -> list[Result]:
    """Return what pySHACL finds. Errors: InputError when it cannot run the shapes."""
    import pyshacl
    import rdflib
    from rdflib import RDF, SH

    try:
        _, report, _ = pyshacl.validate(graph(data), shacl_graph=graph(shapes), inference="none", advanced=bool(shapes.edges(sh("target"))),
                                        do_owl_imports=False, meta_shacl=False, js=False)
    except Exception as error:
        raise InputError(f"The shapes cannot be run: {' '.join(str(error).split())[:400]}.") from None
    if not isinstance(report, rdflib.Graph):
        raise InputError(f"The shapes cannot be run: {' '.join(str(report).split())[:400]}.")

    def term(node: Any) -> str:
        return node.n3() if node is not None else ""

    found = []
    for r in report.subjects(RDF.type, SH.ValidationResult):
        path = report.value(r, SH.resultPath)
        found.append(Result(term(report.value(r, SH.sourceShape)), str(report.value(r, SH.sourceConstraintComponent) or ""),
                            term(report.value(r, SH.focusNode)), term(report.value(r, SH.value)), term(path) if isinstance(path, rdflib.URIRef) else "",
                            str(report.value(r, SH.resultMessage) or ""), term(report.value(r, SH.resultSeverity))))
    return found
