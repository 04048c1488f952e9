"""SPARQL constraints become one query over their target where that asks the same, and what the query finds become results."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from boundwork.shacl.core import Result
from boundwork.shacl.facts import TYPE, Facts, plain_text
from boundwork.shacl.paths import SH
from boundwork.shacl.setwise import Held, asked, query, results
from boundwork.shacl.shapes import sh

Turtle = Callable[[str], Facts]
SELECT = "SELECT $this ?value WHERE { $this <urn:x:p> ?value }"


def written(shapes: Facts, data: Facts | None = None, shape: str = "<urn:x:s>") -> str:
    """The query of the one constraint of a shape, blanks made single."""
    [constraint] = shapes.values(shape, sh("sparql"))
    return " ".join(query(shapes, shape, constraint, data).split())


def shape(target: str = "sh:targetClass :C", select: str = SELECT, more: str = "", of_constraint: str = "") -> str:
    return f""":s a sh:NodeShape ; {target} ; {more} sh:sparql [ {of_constraint} sh:select "{select}" ] ."""


CLASS = "{ $this a/<http://www.w3.org/2000/01/rdf-schema#subClassOf>* <urn:x:C> }"


@pytest.mark.parametrize(("target", "pattern"), [
    ("sh:targetClass :C", CLASS),
    ("sh:targetSubjectsOf :p", "{ $this <urn:x:p> ?targetObject }"),
    ("sh:targetObjectsOf :p", "{ ?targetSubject <urn:x:p> $this }"),
    ("sh:targetNode :a", "{ VALUES $this { <urn:x:a> } }"),
    ("sh:targetNode :a ; sh:targetClass :C", CLASS + " UNION { VALUES $this { <urn:x:a> } }"),
])
def test_a_query_is_asked_of_the_whole_target(target: str, pattern: str, turtle: Turtle) -> None:
    assert written(turtle(shape(target))) == (
        f"SELECT DISTINCT $this ?value WHERE {{ {{ SELECT DISTINCT $this WHERE {{ {pattern} }} }} $this <urn:x:p> ?value }}")


def test_with_data_classes_are_those_that_have_members(turtle: Turtle) -> None:
    data = turtle(":a a :C . :b a :Below . :Below rdfs:subClassOf :Between . :Between rdfs:subClassOf :C . :c a :Other .")
    assert "WHERE { { $this a <urn:x:Below> } UNION { $this a <urn:x:C> } }" in written(turtle(shape()), data)
    assert "FILTER ( false )" in written(turtle(shape("sh:targetClass :Nobody")), data)
    assert "{ VALUES $this { <urn:x:a> } }" in written(turtle(shape("sh:targetClass :Nobody ; sh:targetNode :a")), data)


@pytest.mark.parametrize("text", [
    shape(more="sh:path :p ;"), shape(of_constraint="sh:ask 'ASK { }' ;"), shape("sh:target []"), shape("sh:targetClass :C ; sh:target []"),
    shape("sh:name 'none'"),
    shape(select="SELECT $this { $this $PATH ?value }"), shape(select="SELECT $this { $this ?PATH ?value }"),
    shape(select="SELECT $this { $this <urn:x:p> $currentShape }"), shape(select="SELECT $this { GRAPH $shapesGraph { $this ?p ?o } }"),
    shape(select="SELECT ?value { $this <urn:x:p> ?value }"), shape(select="SELECT $this { $this ?p ?o } LIMIT 1"), shape(select="SELECT $this"),
    shape(select="ASK { $this ?p ?o }"), ":s sh:targetClass :C ; sh:sparql [ sh:message 'none' ] .",
])
def test_what_cannot_be_asked_of_all_nodes_at_once_is_left_to_another(text: str, turtle: Turtle) -> None:
    assert written(turtle(text)) == ""


def test_a_shape_without_a_name_is_left_to_another(turtle: Turtle) -> None:
    shapes = turtle(f"[] sh:targetClass :C ; sh:sparql [ sh:select '{SELECT}' ] .")
    [node] = shapes.edges(sh("sparql"))
    assert written(shapes, shape=node) == ""


@pytest.mark.parametrize("select", ["SELECT ?this WHERE { ?this ?p ?o }", "SELECT DISTINCT $this { $this ?p ?o }", "select distinct ?this { ?this ?p ?o }"])
def test_this_may_be_written_in_every_way(select: str, turtle: Turtle) -> None:
    assert written(turtle(shape(select=select))).count(CLASS) == 1


def test_what_shacl_bars_is_refused_by_the_name_of_the_shape(turtle: Turtle) -> None:
    with pytest.raises(ValueError, match=r"^the query of urn:x:s has MINUS, which SHACL does not allow there$"):
        written(turtle(shape(select="SELECT $this { $this ?p ?o MINUS { $this ?p 1 } }")))


def test_prefixes_come_from_what_is_declared_there_and_further_on(turtle: Turtle) -> None:
    shapes = turtle(shape(select="SELECT $this { $this o:p ?value }", of_constraint="sh:prefixes :one, :other ;") + """
        :one sh:declare [ sh:prefix "o" ; sh:namespace "urn:o:"^^xsd:anyURI ], [ sh:prefix "a" ; sh:namespace "urn:a:" ] ; owl:imports :two .
        :two sh:declare [ sh:prefix "t" ; sh:namespace "urn:t:" ] ; owl:imports :one . :never sh:declare [ sh:prefix "n" ; sh:namespace "urn:n:" ] .
        :other sh:declare [ sh:prefix "x" ; sh:namespace "urn:x:" ] .""")
    [constraint] = shapes.values("<urn:x:s>", sh("sparql"))
    head = "PREFIX a: <urn:a:>\nPREFIX o: <urn:o:>\nPREFIX t: <urn:t:>\nPREFIX x: <urn:x:>\n"
    assert asked(shapes, constraint) == head + "SELECT $this { $this o:p ?value }"
    assert query(shapes, "<urn:x:s>", constraint).startswith(head + "SELECT DISTINCT $this {")


Found = list[tuple[str, ...]]


def found(shapes: Facts, data: Facts, nodes: tuple[str, ...] = ("<urn:x:s>",)) -> Found:
    """Node, value, path, message and severity of each result; the same whether the data stand in a store or not."""
    held = Held(data)
    both = [results(data, shapes, list(nodes), store) for store in (None, held.store)]
    assert both[0] == both[1] and all(r.component == f"{SH}SPARQLConstraintComponent" for r in both[0])
    return sorted((*(plain_text(t).removeprefix("urn:x:") for t in (r.focus, r.value, r.path)), r.message, plain_text(r.severity).removeprefix(SH))
                  for r in both[0])


DATA = ':a a :C ; :p 1, "two", :b . :b a :Below . :Below rdfs:subClassOf :C .'
NOTHING = "The constraint in SPARQL is not met."


@pytest.mark.parametrize(("text", "expected"), [
    (shape(), [("a", "1", "", NOTHING, "Violation"), ("a", "b", "", NOTHING, "Violation"), ("a", "two", "", NOTHING, "Violation")]),
    (shape(select="SELECT $this { $this a ?kind }", more="sh:severity sh:Info ; sh:message 'of the shape'@en ;"), [
        ("a", "a", "", "of the shape", "Info"), ("b", "b", "", "of the shape", "Info")]),
    (shape(select="SELECT $this ?path ?n { $this ?path ?n FILTER (isNumeric(?n)) }", more="sh:message 'of the shape' ;",
           of_constraint="sh:message 'It has {?n} and {$path}, {?none} and {n}.' ;"), [("a", "a", "p", "It has 1 and urn:x:p, {?none} and {n}.", "Violation")]),
    (shape(select="SELECT $this ?path ?value { $this <urn:x:p> ?path OPTIONAL { ?path a ?value } }"), [
        ("a", "a", "", NOTHING, "Violation"), ("a", "a", "", NOTHING, "Violation"), ("a", "Below", "b", NOTHING, "Violation")]),
    (shape("sh:targetClass :C ; sh:targetNode :z", "SELECT $this { FILTER NOT EXISTS { $this a ?any } }"), [("z", "z", "", NOTHING, "Violation")]),
    (shape("sh:targetObjectsOf :p", "SELECT $this { FILTER (isLiteral($this)) }"), [
        ("1", "1", "", NOTHING, "Violation"), ("two", "two", "", NOTHING, "Violation")]),
    (shape("sh:targetSubjectsOf :p", "SELECT $this { $this ?any :b }".replace(":b", "<urn:x:b>")), [("a", "a", "", NOTHING, "Violation")]),
    (shape(select="SELECT $this ?p { $this ?p ?value . ?value ?q ?r }"), [
        ("a", "a", "", NOTHING, "Violation"), ("b", "b", "", NOTHING, "Violation")]),
    (shape(more="sh:deactivated true ;"), []), (shape(of_constraint="sh:deactivated true ;"), []), (shape(of_constraint="sh:deactivated false ;"), [
        ("a", "1", "", NOTHING, "Violation"), ("a", "b", "", NOTHING, "Violation"), ("a", "two", "", NOTHING, "Violation")]),
    (shape(select="SELECT $this (COUNT(?any) AS ?value) WHERE { $this <urn:x:p> ?any } GROUP BY $this"), [("a", "3", "", NOTHING, "Violation")]),
    (shape("sh:targetClass :Nobody"), []), (shape(select="SELECT $this ?value { $this <urn:x:never> ?value }"), []),
])
def test_what_a_query_finds_become_results(text: str, expected: Found, turtle: Turtle) -> None:
    assert found(turtle(text), turtle(DATA)) == sorted(expected)


def test_each_constraint_of_each_shape_is_asked(turtle: Turtle) -> None:
    data = turtle(DATA + " :a :q :b .")
    shapes = turtle("""
        :s sh:targetClass :C ; sh:sparql [ sh:message "one" ; sh:select "SELECT $this { $this <urn:x:p> 1 }" ],
                                         [ sh:message "two" ; sh:select "SELECT $this { $this <urn:x:q> ?o }" ] .
        :t sh:targetClass :Below ; sh:severity sh:Warning ; sh:sparql [ sh:message "three" ; sh:select "SELECT $this { ?s ?p $this }" ] .
        :unasked sh:targetClass :C ; sh:sparql [ sh:select "SELECT $this { $this ?p ?o }" ] .""")
    assert found(shapes, data, ("<urn:x:s>", "<urn:x:t>")) == [
        ("a", "a", "", "one", "Violation"), ("a", "a", "", "two", "Violation"), ("b", "b", "", "three", "Warning")]
    assert found(shapes, data, ()) == []


def test_facts_beside_those_that_are_held_are_there_for_a_while(turtle: Turtle) -> None:
    held = Held(turtle(":a :p 1 ; :said 'two words' . :c a :C ."))
    before = sorted(held.store.lines())
    more = turtle(":a a :C ; :p 1 ; :said 'two words' . :c a :C .")
    with held.beside(more) as store:
        there: list[Result] = results(Facts([*before_lines(before), *more.lines()]), turtle(shape()), ["<urn:x:s>"], store)
        assert [(r.focus, plain_text(r.value)) for r in there] == [("<urn:x:a>", "1")]
        assert len(store) == 4
    assert sorted(held.store.lines()) == before
    with pytest.raises(RuntimeError), held.beside(Facts([f"<urn:x:d> {TYPE} <urn:x:C> ."])):
        raise RuntimeError
    assert sorted(held.store.lines()) == before


def before_lines(lines: list[str]) -> list[str]:
    return [line if line.endswith(" .") else f"{line} ." for line in lines]
