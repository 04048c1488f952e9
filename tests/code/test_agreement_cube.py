"""Figures of agreement as RDF Data Cube observations: the constraints of data cubes, and each figure under its own name."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from boundwork.explore.agreed import Asked, agreement, as_turtle
from conftest import ROOT

EXAMPLE = ROOT / "data" / "example-study"
SHIPPED = ROOT / "data" / "regulating-public-services"
QB = "PREFIX qb: <http://purl.org/linked-data/cube#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX bw: <https://w3id.org/boundwork/ontology#> "
CONSTRAINTS = {
    "IC-1 unique data set": "{ ?o a qb:Observation FILTER NOT EXISTS { ?o qb:dataSet ?d } } UNION { ?o qb:dataSet ?d , ?e FILTER(?d != ?e) }",
    "IC-2 unique structure": "?d a qb:DataSet FILTER NOT EXISTS { ?d qb:structure ?s }",
    "IC-3 structure includes measure": "?s a qb:DataStructureDefinition FILTER NOT EXISTS { ?s qb:component/qb:measure ?m . ?m a qb:MeasureProperty }",
    "IC-4 dimensions have a range": "?p a qb:DimensionProperty FILTER NOT EXISTS { ?p rdfs:range ?r }",
    "IC-6 only attributes are optional": "?s qb:component ?c . ?c qb:componentRequired false FILTER NOT EXISTS { ?c qb:attribute ?a }",
    "IC-11 all dimensions": "?o qb:dataSet/qb:structure/qb:component/qb:dimension ?p FILTER NOT EXISTS { ?o ?p ?v }",
    "IC-12 no observation twice": """?a qb:dataSet ?d ; bw:comparedOn ?x ; bw:comparedValue ?y ; bw:coefficient ?z .
        ?b qb:dataSet ?d ; bw:comparedOn ?x ; bw:comparedValue ?y ; bw:coefficient ?z FILTER(?a != ?b)""",
    "IC-14 all measures": "?o qb:dataSet/qb:structure/qb:component/qb:measure ?m FILTER NOT EXISTS { ?o ?m ?v }",
}


def broken(text: str) -> list[str]:
    store = ox.Store()
    store.load(input=text.encode(), format=ox.RdfFormat.TURTLE)
    return [name for name, pattern in CONSTRAINTS.items() if store.query(f"{QB}ASK {{ {pattern} }}")]


def test_the_cube_keeps_the_constraints_of_data_cubes_and_the_same_bytes() -> None:
    found = agreement(SHIPPED, Asked(bootstrap=50))
    text = as_turtle(found).decode()
    assert broken(text) == []
    assert text == as_turtle(agreement(SHIPPED, Asked(bootstrap=50))).decode()
    store = ox.Store()
    store.load(input=text.encode(), format=ox.RdfFormat.TURTLE)
    answer = store.query(f"{QB}SELECT ?on ?value ?c ?n ?low ?code {{ ?o bw:comparedOn ?on ; bw:comparedValue ?value ; bw:coefficient ?c ; "
                         "bw:agreementFigure ?n OPTIONAL { ?o bw:intervalLow ?low } OPTIONAL { ?o bw:comparedCode ?code } }")
    assert isinstance(answer, ox.QuerySolutions)
    cube = {(s["on"].value, s["value"].value, s["c"].value): (float(s["n"].value), s["low"] is not None, s["code"] and s["code"].value) for s in answer}
    for f in found.figures:
        for name in f.COEFFICIENTS:
            number = f.coefficient(name)
            assert ((f.dimension, f.value or "(all)", name) in cube) == (number is not None)
            if number is not None:
                value, interval, _ = cube[f.dimension, f.value or "(all)", name]
                assert value == pytest.approx(number, abs=1e-6)
                assert interval == (name in f.intervals)
    assert cube["boundary", "expertise", "cohen"][2] == "https://w3id.org/boundwork/code/expertise"
    assert cube["overall", "(all)", "percent"][2] is None


@pytest.mark.parametrize(("take", "name"), [("qb:structure", "IC-2"), ("qb:measure", "IC-3"), ("rdfs:range", "IC-4"), ("bw:coefficient", "IC-11"),
                                            ("bw:agreementFigure", "IC-14"), ("qb:dataSet", "IC-1")])
def test_a_cube_with_a_piece_missing_is_noticed(take: str, name: str) -> None:
    store = ox.Store()
    store.load(input=as_turtle(agreement(EXAMPLE, Asked(bootstrap=0))), format=ox.RdfFormat.TURTLE)
    store.update(f"{QB}DELETE {{ ?s {take} ?o }} WHERE {{ ?s {take} ?o }}")
    left = ox.serialize((q.triple for q in store), format=ox.RdfFormat.TURTLE)
    assert isinstance(left, bytes)
    assert any(b.startswith(f"{name} ") for b in broken(left.decode()))
