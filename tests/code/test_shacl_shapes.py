"""Shapes are read from their graph whole: targets, constraints, severities, messages, and what another engine must run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from boundwork.shacl.facts import TYPE, Facts
from boundwork.shacl.paths import Path
from boundwork.shacl.shapes import ONE_AT_MOST, Shapes, constrains, message, sh, with_target

Turtle = Callable[[str], Facts]
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def x(*names: str) -> set[str]:
    return {f"<urn:x:{n}>" for n in names}


def test_a_shape_is_read_whole(turtle: Turtle) -> None:
    shapes = Shapes(turtle("""
        :s a sh:NodeShape ; sh:targetClass :C ; sh:severity sh:Info ; sh:message "no"@de, "yes"@en-GB, "also" ; sh:deactivated true ;
            sh:property :p ; sh:minCount 2 ; sh:class :B, :A ; sh:name "n" ; :other 1 .
        :p sh:path ( :a [ sh:inversePath :b ] ) ; sh:maxCount 1 ; sh:qualifiedMinCount 1 ; sh:message "plain" .
        :bare sh:property :p .
    """))
    [shape] = shapes.targeted()
    assert (shape.node, shape.path, shape.severity, shape.message, shape.deactivated, shape.foreign) == ("<urn:x:s>", None, sh("Info"), "yes", True, False)
    assert shape.parameters == [("class", "<urn:x:A>"), ("class", "<urn:x:B>"), ("minCount", f'"2"^^<{INTEGER}>')]
    [inner] = shape.nested
    step = Path("predicate", "<urn:x:a>"), Path("^", parts=(Path("predicate", "<urn:x:b>"),))
    assert (inner.node, inner.path, inner.parameters) == ("<urn:x:p>", Path("/", parts=step), [("maxCount", f'"1"^^<{INTEGER}>')])
    assert (inner.severity, inner.message, inner.deactivated, inner.foreign) == (sh("Violation"), "plain", False, False)
    assert shapes.shape("<urn:x:p>") is inner and shapes.shape("<urn:x:bare>").message == ""


@pytest.mark.parametrize(("text", "deactivated"), [("true", True), ('"1"^^xsd:boolean', True), ("false", False), ('"yes"', False)])
def test_a_shape_is_deactivated_where_it_says_so(text: str, deactivated: bool, turtle: Turtle) -> None:
    assert Shapes(turtle(f":s sh:deactivated {text} .")).shape("<urn:x:s>").deactivated is deactivated


@pytest.mark.parametrize("name", sorted(ONE_AT_MOST))
def test_what_stands_once_at_most_is_refused_twice(name: str, turtle: Turtle) -> None:
    with pytest.raises(ValueError, match=f"^urn:x:s has more than one sh:{name}$"):
        Shapes(turtle(f":s sh:{name} :one, :two .")).shape("<urn:x:s>")


@pytest.mark.parametrize(("text", "foreign"), [
    (":s sh:js :j .", True), (":s sh:expression :e .", True), (":s sh:rule :r .", True), (":s sh:target :t .", True), (":s sh:sparql :q .", False),
    (":c sh:parameter [ sh:path :own ] . :s :own 1 .", True), (":c sh:parameter [ sh:path :own ] . :s :other 1 .", False),
    (":t sh:js :j . :s sh:class :t .", False),
])
def test_a_shape_is_foreign_where_it_goes_beyond_shacl_core(text: str, foreign: bool, turtle: Turtle) -> None:
    assert Shapes(turtle(text)).shape("<urn:x:s>").foreign is foreign


def test_a_shape_leads_to_the_shapes_of_its_constraints(turtle: Turtle) -> None:
    shapes = Shapes(turtle("""
        :s sh:property :p1 ; sh:not :n ; sh:node :m ; sh:qualifiedValueShape :q ; sh:and ( :a1 :a2 ) ; sh:or ( :o ) ;
            sh:xone ( :y ) ; sh:class :C ; sh:in ( :v ) .
        :p1 sh:path :p ; sh:node :deep . :deep sh:not :deeper . :deeper sh:node :s .
    """))
    shape = shapes.shape("<urn:x:s>")
    direct = x("p1", "n", "m", "q", "a1", "a2", "o", "y")
    assert {each.node for each in shapes.inner(shape)} == direct
    assert {each.node for each in shapes.everything(shape)} == direct | x("s", "deep", "deeper")


TARGETS = """
:byClass sh:targetClass :C, :D . :byNode sh:targetNode :n, "text" . :subjects sh:targetSubjectsOf :p . :objects sh:targetObjectsOf :p . :own sh:target [] .
:implied a owl:Class, sh:NodeShape . :alsoImplied a rdfs:Class, sh:PropertyShape . :onlyClass a owl:Class .
:onlyShape a sh:NodeShape . [] a owl:Class, sh:NodeShape .
"""


def test_a_shape_is_about_what_its_targets_name(turtle: Turtle) -> None:
    rules = turtle(TARGETS)
    shapes = Shapes(rules)
    with_one = x("byClass", "byNode", "subjects", "objects", "own", "implied", "alsoImplied")
    assert {node for node in with_target(rules) if node.startswith("<")} == with_one and len(with_target(rules)) == 8
    assert [s.node for s in shapes.targeted()] == sorted(with_target(rules))
    assert [s.node for s in shapes.targeted(["<urn:x:own>", "<urn:x:byNode>", "<urn:x:onlyShape>"])] == ["<urn:x:byNode>", "<urn:x:own>"]
    data = turtle(":c a :C . :d a :Below . :Below rdfs:subClassOf :D . :i a :implied . :a a :alsoImplied . :o a :onlyClass ; :p 'text', :c . :z a :onlyShape .")
    names = ("byClass", "byNode", "subjects", "objects", "own", "implied", "alsoImplied", "onlyClass", "onlyShape")
    assert {name: shapes.target(f"<urn:x:{name}>", data) for name in names} == {
        "byClass": x("c", "d"), "byNode": {*x("n"), '"text"'}, "subjects": x("o"), "objects": {*x("c"), '"text"'}, "own": set(), "implied": x("i"),
        "alsoImplied": x("a"), "onlyClass": x("o"), "onlyShape": set()}
    [blank] = [node for node in with_target(rules) if node.startswith("_:")]
    data.add([f"<urn:x:m> {TYPE} {blank} ."])
    assert shapes.target(blank, data) == set()  # a blank node names no class of other data


@pytest.mark.parametrize(("texts", "said"), [
    ('"b"@fr, "a"@de', "a"), ('"z"@en, "a"@de', "z"), ('"b"@en-GB, "a"@en', "a"), ('"a"@de, "plain"', "a"), ('"plain"', "plain"), ('"b"@EN, "a"', "b"),
    ("", ""),
])
def test_a_message_is_in_english_where_there_is_a_choice(texts: str, said: str, turtle: Turtle) -> None:
    assert message(turtle(f":s sh:message {texts} ." if texts else ":s sh:name 'n' ."), "<urn:x:s>") == said


@pytest.mark.parametrize(("text", "says"), [
    ("sh:property :p", True), ("sh:sparql :q", True), ("sh:js :j", True), ("sh:expression :e", True), ("sh:minCount 1", True), ("sh:closed true", True),
    ("sh:in ()", True), (":own 1", True), (":other 1", False), ("sh:targetClass :C", False), ("sh:severity sh:Info", False), ("sh:path :p", False),
    ('sh:flags "i"', False), ("sh:qualifiedMinCount 1", False), ('sh:message "m"', False), ("sh:order 1 ; rdfs:label 'l'", False),
    ('sh:name "n" ; sh:maxCount 1', True), ("sh:minCuont 1", True),
])
def test_whether_a_shape_says_anything_that_can_be_broken(text: str, says: bool, turtle: Turtle) -> None:
    assert constrains(turtle(f":c sh:parameter [ sh:path :own ] . :s {text} . :t sh:class :C ."), "<urn:x:s>") is says
