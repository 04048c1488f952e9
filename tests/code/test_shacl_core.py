"""What each constraint of SHACL Core finds: node, value, path, severity and words, compared whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from boundwork.shacl.core import Checker
from boundwork.shacl.facts import Facts, plain_text
from boundwork.shacl.paths import SH
from boundwork.shacl.shapes import Shapes, sh

Turtle = Callable[[str], Facts]
Found = list[tuple[str, ...]]


def check(shapes: Facts, data: Facts, node: str = "<urn:x:s>") -> Found:
    """Component, node, value and path of each result in their order, without what all have in common."""
    read = Shapes(shapes)
    results = list(Checker(read, data).results(read.shape(node), read.target(node, data)))
    assert all(r.component.startswith(SH) and r.component.endswith("ConstraintComponent") for r in results)
    return [(r.component.removeprefix(SH).removesuffix("ConstraintComponent"), *(plain_text(t).removeprefix("urn:x:") for t in (r.focus, r.value, r.path)))
            for r in results]


@pytest.mark.parametrize(("says", "data", "expected"), [
    # cardinality
    ("sh:path :p ; sh:minCount 1", ":a :q 1 . :b :p 1 . :c :p 1, 2 .", [("MinCount", "a", "", "p")]),
    ("sh:path :p ; sh:minCount 2", ":a :q 1 . :b :p 1 . :c :p 1, 2 .", [("MinCount", "a", "", "p"), ("MinCount", "b", "", "p")]),
    ("sh:path :p ; sh:minCount 0", ":a :q 1 .", []),
    ("sh:path :p ; sh:maxCount 1", ":a :q 1 . :b :p 1 . :c :p 1, 2 .", [("MaxCount", "c", "", "p")]),
    ("sh:path :p ; sh:maxCount 0", ":a :q 1 . :b :p 1 .", [("MaxCount", "b", "", "p")]),
    ("sh:path :p ; sh:maxCount 2", ":a :p 1, 2 . :b :p 1, 2, 3 .", [("MaxCount", "b", "", "p")]),
    ("sh:path [ sh:inversePath :p ] ; sh:maxCount 1", ":c :p :a, :b . :a :p :b .", [("MaxCount", "b", "", "")]),
    ("sh:path ( :p :p ) ; sh:maxCount 1", ":a :p :b, :c . :b :p 1 . :c :p 2 .", [("MaxCount", "a", "", "")]),
    ("sh:path [ sh:alternativePath ( :p :q ) ] ; sh:minCount 2", ":a :p 1 . :b :p 1 ; :q 2 . :c :p 1 ; :q 1 .", [
        ("MinCount", "a", "", ""), ("MinCount", "c", "", "")]),
    # values by themselves
    ("sh:path :p ; sh:hasValue 1", ":a :p 1, 2 . :b :p 2 . :c :q 1 .", [("HasValue", "b", "", "p"), ("HasValue", "c", "", "p")]),
    ("sh:path [ sh:inversePath :p ] ; sh:hasValue :c", ":c :p :a . :a :p :b .", [("HasValue", "b", "", ""), ("HasValue", "c", "", "")]),
    ("sh:path ( :p :p ) ; sh:hasValue :c", ":a :p :b . :b :p :c .", [("HasValue", "b", "", ""), ("HasValue", "c", "", "")]),
    ("sh:hasValue :a", ":a :p 1 . :b :p 1 .", [("HasValue", "b", "", ""), ("HasValue", "c", "", "")]),
    ("sh:path :p ; sh:in ( 1 :x )", ":a :p 1, :x . :b :p 2, 1 .", [("In", "b", "2", "p")]),
    ("sh:in ( :a :b )", ":a :p 1 .", [("In", "c", "c", "")]),
    ("sh:path :p ; sh:class :C", ":a :p :b, 1 . :b a :D . :D rdfs:subClassOf :C .", [("Class", "a", "1", "p")]),
    ("sh:path :p ; sh:datatype xsd:integer", ':a :p 1, "x"^^xsd:integer, "1", :b .', [
        ("Datatype", "a", "x", "p"), ("Datatype", "a", "1", "p"), ("Datatype", "a", "b", "p")]),
    ("sh:path :p ; sh:nodeKind sh:IRI", ':a :p 1, :b, [] .', [("NodeKind", "a", "1", "p"), ("NodeKind", "a", "_", "p")]),
    ("sh:path :p ; sh:nodeKind sh:BlankNodeOrLiteral", ':a :p 1, :b, [] .', [("NodeKind", "a", "b", "p")]),
    # strings
    ("sh:path :p ; sh:minLength 3", ':a :p "ab", "abc", [], <urn:x:> .', [("MinLength", "a", "ab", "p"), ("MinLength", "a", "_", "p")]),
    ("sh:path :p ; sh:maxLength 3", ':a :p "abcd", "abc", [] .', [("MaxLength", "a", "abcd", "p"), ("MaxLength", "a", "_", "p")]),
    ('sh:path :p ; sh:pattern "^a.c$"', ':a :p "abc", "xabc", "ABC", "a\\nc", [] .', [
        ("Pattern", "a", "xabc", "p"), ("Pattern", "a", "ABC", "p"), ("Pattern", "a", "a\nc", "p"), ("Pattern", "a", "_", "p")]),
    ('sh:path :p ; sh:pattern "^a.c$" ; sh:flags "is"', ':a :p "ABC", "a\\nc", "b\\nabc" .', [("Pattern", "a", "b\nabc", "p")]),
    ('sh:path :p ; sh:pattern "^a b$" ; sh:flags "mxq"', ':a :p "b\\nab", "a b" .', [("Pattern", "a", "a b", "p")]),
    ('sh:path :p ; sh:languageIn ( "en" "fr" )', ':a :p "a"@en, "b"@en-GB, "c"@FR, "d"@de, "e"@eng, "f", :b .', [
        ("LanguageIn", "a", "d", "p"), ("LanguageIn", "a", "e", "p"), ("LanguageIn", "a", "f", "p"), ("LanguageIn", "a", "b", "p")]),
    ('sh:path :p ; sh:languageIn ( "*" )', ':a :p "a"@en, "f" .', [("LanguageIn", "a", "f", "p")]),
    ("sh:path :p ; sh:uniqueLang true", ':a :p "a"@en, "b"@EN, "c"@de, "d"@fr, "e"@fr, "f", "g" . :b :p "a"@en, "b"@de . :c :p "a"@de, "b"@de .', [
        ("UniqueLang", "a", "", "p"), ("UniqueLang", "a", "", "p"), ("UniqueLang", "c", "", "p")]),
    ("sh:path :p ; sh:uniqueLang false", ':a :p "a"@en, "b"@en .', []),
    # ranges
    ("sh:path :p ; sh:minInclusive 2", ":a :p 1, 2, 3 .", [("MinInclusive", "a", "1", "p")]),
    ("sh:path :p ; sh:maxInclusive 2", ":a :p 1, 2, 3 .", [("MaxInclusive", "a", "3", "p")]),
    ("sh:path :p ; sh:minExclusive 2", ":a :p 1, 2, 3 .", [("MinExclusive", "a", "1", "p"), ("MinExclusive", "a", "2", "p")]),
    ("sh:path :p ; sh:maxExclusive 2", ':a :p 1, 2, 3, "x" .', [
        ("MaxExclusive", "a", "2", "p"), ("MaxExclusive", "a", "3", "p"), ("MaxExclusive", "a", "x", "p")]),
    # pairs
    ("sh:path :p ; sh:equals :q", ":a :p 1, 2 ; :q 2, 3 . :b :p 1 ; :q 1 . :c :q 1 .", [
        ("Equals", "a", "1", "p"), ("Equals", "a", "3", "p"), ("Equals", "c", "1", "p")]),
    ("sh:equals :q", ":a :q :a . :b :q :c .", [("Equals", "b", "b", ""), ("Equals", "b", "c", ""), ("Equals", "c", "c", "")]),
    ("sh:path :p ; sh:disjoint :q", ":a :p 1, 2 ; :q 2, 3 . :b :p 1 .", [("Disjoint", "a", "2", "p")]),
    ("sh:path :p ; sh:lessThan :q", ":a :p 1, 2 ; :q 2 . :b :p 1 . :c :p :x ; :q 9 .", [("LessThan", "a", "2", "p"), ("LessThan", "c", "x", "p")]),
    ("sh:path :p ; sh:lessThanOrEquals :q", ":a :p 1, 3 ; :q 1, 2 .", [
        ("LessThanOrEquals", "a", "3", "p"), ("LessThanOrEquals", "a", "3", "p")]),
    # closed
    ("sh:closed true ; sh:property [ sh:path :p ] ; sh:ignoredProperties ( :r )", ":a :p 1 ; :q 2, 3 ; :r 4 .", [
        ("Closed", "a", "2", "q"), ("Closed", "a", "3", "q")]),
    ('sh:closed "1"^^xsd:boolean ; sh:property [ sh:path [ sh:inversePath :p ] ]', ":a :p 1 .", [("Closed", "a", "1", "p")]),
    ("sh:closed true ; sh:property [ sh:nodeKind sh:Literal ]", ":a :p 1 .", [  # no path, no property
        ("Closed", "a", "1", "p"), ("NodeKind", "a", "a", ""), ("NodeKind", "b", "b", ""), ("NodeKind", "c", "c", "")]),
    ("sh:closed false", ":a :p 1 .", []),
    # shapes within shapes
    ("sh:not [ sh:class :C ]", ":a a :C .", [("Not", "a", "a", "")]),
    ("sh:path :p ; sh:node [ sh:path :q ; sh:minCount 1 ]", ":a :p :b, :c . :b :q 1 .", [("Node", "a", "c", "p")]),
    ("sh:node [ sh:property [ sh:path :p ; sh:class :C ; sh:property [ sh:path :q ; sh:minCount 1 ] ] ]",
     ":a :p :x . :x a :C . :b :p :y . :y a :C ; :q 1 . :c :q 1 .", [("Node", "a", "a", "")]),
    ("sh:node [ sh:deactivated true ; sh:class :C ] ; sh:not [ sh:deactivated true ]", ":a :p 1 .", [
        ("Not", "a", "a", ""), ("Not", "b", "b", ""), ("Not", "c", "c", "")]),
    ("sh:and ( [ sh:class :C ] [ sh:class :D ] )", ":a a :C . :b a :C, :D . :c a :D .", [("And", "a", "a", ""), ("And", "c", "c", "")]),
    ("sh:or ( [ sh:class :C ] [ sh:class :D ] )", ":a a :C . :b a :D .", [("Or", "c", "c", "")]),
    ("sh:xone ( [ sh:class :C ] [ sh:class :D ] [ sh:class :E ] )", ":a a :C . :b a :C, :D, :E .", [("Xone", "b", "b", ""), ("Xone", "c", "c", "")]),
    ("sh:property [ sh:path :p ; sh:property [ sh:path :q ; sh:minCount 1 ] ]", ":a :p :b . :b :q 1 ; :p :a .", [("MinCount", "a", "", "q")]),
    ("sh:property [ sh:deactivated true ; sh:path :p ; sh:minCount 1 ]", "", []),
    ("sh:deactivated true ; sh:class :C", "", []),
    # so many of a kind
    ("sh:path :p ; sh:qualifiedValueShape [ sh:class :C ] ; sh:qualifiedMinCount 1", ":b a :C . :a :p :b . :b :p :a .", [
        ("QualifiedMinCount", "b", "", "p"), ("QualifiedMinCount", "c", "", "p")]),
    ("sh:path :p ; sh:qualifiedValueShape [ sh:class :C ] ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1",
     ":a a :C . :b a :C . :a :p :b . :b :p :a, :b . :c :p 1 .", [
        ("QualifiedMaxCount", "b", "", "p"), ("QualifiedMinCount", "c", "", "p")]),
    ("sh:path :p ; sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMinCount 2 ; sh:qualifiedMaxCount 1", ":a :p :x . :b :p :x, :y . :c :p :x .", [
        ("QualifiedMinCount", "a", "", "p"), ("QualifiedMaxCount", "b", "", "p"), ("QualifiedMinCount", "c", "", "p")]),
    ("sh:property [ sh:path :p ; sh:qualifiedValueShape :one ; sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMinCount 1 ], "
     "[ sh:path :p ; sh:qualifiedValueShape :two ; sh:qualifiedMinCount 1 ] . :one sh:class :C . :two sh:class :D",
     ":x a :C, :D . :y a :C . :z a :D . :a :p :x . :b :p :x, :y . :c :p :y, :z .", [("QualifiedMinCount", "a", "", "p")]),
])
def test_a_constraint_finds_who_breaks_it_and_with_what(says: str, data: str, expected: Found, turtle: Turtle) -> None:
    shapes = turtle(f":s sh:targetNode :a, :b, :c ; {says} .")
    found = check(shapes, turtle(data))
    assert [(c, f, "_" if v.startswith("_:") else v, p) for c, f, v, p in found] == expected


def words(shapes: Facts, data: Facts) -> list[tuple[str, str]]:
    read = Shapes(shapes)
    return [(r.message, r.severity) for r in Checker(read, data).results(read.shape("<urn:x:s>"), {"<urn:x:a>"})]


@pytest.mark.parametrize(("says", "expected"), [
    ('sh:class :C ; sh:message "Mend it."@en ; sh:severity sh:Info', ("Mend it.", sh("Info"))),
    ("sh:class :C", ("The node must meet sh:class urn:x:C.", sh("Violation"))),
    ("sh:path ( :p [ sh:inversePath :q ] ) ; sh:minCount 1", ("The values of urn:x:p/^urn:x:q must meet sh:minCount 1.", sh("Violation"))),
    ("sh:not [ sh:nodeKind sh:IRI ]", ("The node must meet sh:not as the shape says.", sh("Violation"))),
    ("sh:closed true", ("The node has a property that its shape does not know: urn:x:p.", sh("Violation"))),
])
def test_a_result_says_what_the_shape_says_or_what_it_asks(says: str, expected: tuple[str, str], turtle: Turtle) -> None:
    assert words(turtle(f":s {says} ."), turtle(":a :p 1 .")) == [expected]


def test_a_shape_that_leads_back_to_itself_is_refused_and_one_that_is_met_twice_is_not(turtle: Turtle) -> None:
    data = turtle(":a :p :a ; :q 1 .")
    with pytest.raises(ValueError, match=r"^urn:x:t leads back to itself, which SHACL does not define$"):
        check(turtle(":s sh:targetNode :a ; sh:node :t . :t sh:property [ sh:path :p ; sh:node :t ] ."), data)
    twice = turtle(":s sh:targetNode :a ; sh:node :t ; sh:property [ sh:path :p ; sh:node :t ] ; sh:and ( :t :t ) . :t sh:class :C .")
    assert check(twice, data) == [("And", "a", "a", ""), ("Node", "a", "a", ""), ("Node", "a", "a", "p")]


def test_nodes_without_a_shape_or_a_shape_without_nodes_find_nothing(turtle: Turtle) -> None:
    read = Shapes(turtle(":s sh:class :C ; sh:sparql :q . :t sh:deactivated true ; sh:class :C ."))
    checker = Checker(read, turtle(":a :p 1 ."))
    for name, nodes in (("s", set()), ("t", {"<urn:x:a>"})):
        assert list(checker.results(read.shape(f"<urn:x:{name}>"), nodes)) == [] and checker.failing(read.shape(f"<urn:x:{name}>"), nodes) == set()
    assert checker.failing(read.shape("<urn:x:s>"), {"<urn:x:a>"}) == {"<urn:x:a>"}
