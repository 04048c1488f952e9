"""What makes shapes pass in silence is told, each with its shape and its words, and nothing is told of shapes that are right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from boundwork.findings import Severity
from boundwork.shacl.facts import Facts
from boundwork.shacl.lint import data_nodes, lint
from boundwork.shacl.words import owner, plain
from boundwork.terms import BASE, BW

Turtle = Callable[[str], Facts]
PREFIXES = f"@prefix bw: <{BW}> . @prefix code: <{BASE}code/> . "
DECLARED = "bw:p a rdfs:Property . code:one a bw:Kind . :C a owl:Class . :D a rdfs:Class . :a a :C ; :p :b . :b :q 1 . :nobody a owl:Class . :typed a :Kind . "
UNKNOWN = "is declared nowhere, so what the shape says of it is never met. Correct the spelling."
NOWHERE = "is declared nowhere and used nowhere, so the shape never checks anything. Correct the name."
NO_NODE = "The shape meets no node of the data: it checks nothing here."


def told(shapes: Facts, data: Facts, meets: bool = False, declared: Facts | None = None) -> list[tuple[str, Severity, str, str]]:
    return [(f.rule, f.severity, f.subject, f.message) for f in lint(shapes, data, meets, declared)]


def misspelt(term: str, of: str = "urn:x:s") -> tuple[str, Severity, str, str]:
    return ("shape-unknown-term", Severity.VIOLATION, of, f"sh:{term} is no term of SHACL, so the shape checks nothing with it. Correct the spelling.")


def undeclared(name: str) -> tuple[str, Severity, str, str]:
    return ("shape-unknown-name", Severity.VIOLATION, "urn:x:s", f"{name} {UNKNOWN}")


def target(name: str) -> tuple[str, Severity, str, str]:
    return ("shape-unknown-target", Severity.VIOLATION, "urn:x:s", f"The target urn:x:{name} {NOWHERE}")


@pytest.mark.parametrize(("says", "expected"), [
    ("sh:targetClass :C ; sh:nodeKind sh:IRI", []),
    ("sh:targetClass :C ; sh:property [ sh:path bw:p ; sh:in ( code:one ) ; sh:minCount 1 ]", []),
    # terms of SHACL
    ("sh:targetClass :C ; sh:nodeKind sh:IRRI ; sh:minCuont 1", [misspelt("IRRI"), misspelt("minCuont")]),
    ("sh:targetClass :C ; sh:property [ sh:path :p ; sh:not [ sh:clas :C ] ]", [misspelt("clas")]),
    ("sh:targetClass :C ; sh:clas :C . :r sh:clas :C", [misspelt("clas", "urn:x:r")]),
    # names of the vocabulary
    ("sh:targetClass :C ; sh:property [ sh:path bw:q ; sh:hasValue code:two, code:one ]", [undeclared("two"), undeclared("q")]),
    ("sh:targetClass :C ; sh:nodeKind sh:IRI ; bw:never 1 ; bw:p 1", [undeclared("never")]),
    ('sh:targetClass :C ; sh:sparql [ sh:select "SELECT $this { $this bw:p/bw:r code:one, code:three, \'bw:text\' } # bw:said" ]', [
        undeclared("three"), undeclared("r")]),
    ('sh:targetClass :C ; sh:sparql [ sh:ask "ASK { $this bw:r 1 }" ]', [undeclared("r")]),
    ('sh:targetClass :C ; sh:nodeKind sh:IRI ; sh:message "bw:q is no name here"', []),
    # targets
    ("sh:targetClass :Cc ; sh:nodeKind sh:IRI", [target("Cc")]),
    ("sh:targetClass :Kind, :D ; sh:nodeKind sh:IRI", []),
    ("sh:targetSubjectsOf :p, :r ; sh:nodeKind sh:IRI", [target("r")]),
    ("sh:targetObjectsOf :typed, :r ; sh:nodeKind sh:IRI", [target("r")]),
    ("sh:targetNode :a, :r, :C ; sh:nodeKind sh:IRI", [target("r")]),
    ("sh:targetNode 1 ; sh:nodeKind sh:Literal", []),
    ("sh:target [] ; sh:nodeKind sh:IRI", []),
    # nothing to break, and severities that nobody hears
    ("sh:targetClass :C ; sh:severity sh:Info", [
        ("shape-without-constraint", Severity.VIOLATION, "urn:x:s", "The shape has a target and checks nothing. Add a constraint.")]),
    ('sh:targetClass :C ; sh:sparql [ sh:severity sh:Info ; sh:select "SELECT $this { }" ]', [
        ("shape-severity-unheard", Severity.WARNING, "urn:x:s", "sh:severity inside sh:sparql is heard by no engine. Put it on the shape.")]),
])
def test_what_would_pass_in_silence_is_told(says: str, expected: list[tuple[str, Severity, str, str]], turtle: Turtle) -> None:
    shapes, data = turtle(f"{PREFIXES} :s a sh:NodeShape ; {says} ."), turtle(PREFIXES + DECLARED)
    assert told(shapes, data) == expected
    assert told(shapes, Facts(), declared=data) == expected


def test_names_are_told_shape_by_shape(turtle: Turtle) -> None:
    shapes = turtle(f"{PREFIXES} :t sh:targetClass :C ; sh:class bw:One, bw:Two . :s sh:targetClass :C ; sh:class bw:Two .")
    assert [(f.subject, f.message.split()[0]) for f in lint(shapes, turtle(DECLARED.partition("code:")[0].replace("bw:p", ":p") + ":C a owl:Class ."))] == [
        ("urn:x:s", "Two"), ("urn:x:t", "One"), ("urn:x:t", "Two")]


@pytest.mark.parametrize(("says", "meets"), [
    ("sh:targetClass :C", True), ("sh:targetClass :nobody", False), ("sh:targetSubjectsOf :p", True), ("sh:targetObjectsOf :q", True),
    ("sh:targetNode :a", True), ("sh:targetNode :b", True), ("sh:targetNode 1", True), ("sh:target []", True),
    ("sh:targetClass :nobody ; sh:targetNode :a", True),
])
def test_a_shape_that_meets_no_node_is_told_where_that_is_asked(says: str, meets: bool, turtle: Turtle) -> None:
    shapes, data = turtle(f":s {says} ; sh:nodeKind sh:IRI ."), turtle(f"{PREFIXES} {DECLARED}")
    assert told(shapes, data) == []
    rules = [(f.rule, f.severity, f.subject, f.message) for f in lint(shapes, data, meets=True) if f.rule == "shape-meets-nothing"]
    assert rules == ([] if meets else [("shape-meets-nothing", Severity.WARNING, "urn:x:s", NO_NODE)])


def test_a_class_whose_members_no_shape_is_asked_of_is_told(turtle: Turtle) -> None:
    """Its members count as asked where they are focus nodes, or where a shape demands the class, nested shapes included."""
    data = turtle(f"@prefix bw: <{BW}> . :a a :C . :b a :Alone . :c a :Alone . :d a :Demanded . :e a :Below . :f a bw:Own . :g a [] . :h a :Half, :C ."
                  " :Below rdfs:subClassOf :Demanded .")
    shapes = turtle(":s sh:targetClass :C ; sh:property [ sh:path :p ; sh:or ( [ sh:class :Demanded ] [ sh:hasValue 1 ] ) ] .")

    def words(name: str, number: str) -> str:
        return (f"{name} has {number}, and no shape is asked of any, so nothing about them is checked. "
                "Write a shape with sh:targetClass, or leave it if that is meant.")

    assert told(shapes, data) == []
    assert told(shapes, data, meets=True) == [("class-without-shape", Severity.WARNING, f"{BW}Own", words("Own", "1 member")),
                                              ("class-without-shape", Severity.WARNING, "urn:x:Alone", words("urn:x:Alone", "2 members"))]
    assert told(turtle(":s sh:targetClass :C ; sh:nodeKind sh:IRI . :t sh:target [] ; sh:nodeKind sh:IRI ."), data, meets=True) == []


def test_nodes_that_a_target_could_name(turtle: Turtle) -> None:
    data = turtle(":a :p 1 . :b :q :c .")
    subjects, every = {"<urn:x:a>", "<urn:x:b>"}, {"<urn:x:a>", "<urn:x:b>", "<urn:x:c>", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'}
    found = {says: data_nodes(data, turtle(f":s {says} ."), "<urn:x:s>") for says in (
        "sh:targetClass :C", "sh:targetSubjectsOf :p", "sh:targetNode :c", "sh:targetObjectsOf :p")}
    assert list(found.values()) == [subjects, subjects, every, every] and data.things == subjects


def test_names_of_ours_are_cut_to_what_stands_in_tables() -> None:
    texts = {f"<{BASE}code/a> and {BASE}ontology#b, or {BASE}study/s/extract/x1.": "a and b, or x1.", f"{BASE}study/s/code/a%20b;{BASE}shape/c-d": "a b;c-d",
             f"{BASE}study/s": f"{BASE}study/s", "urn:x:a": "urn:x:a", f"'{BASE}code/a'": "'a'", f"{BASE}code/": f"{BASE}code/"}
    assert {text: plain(text) for text in texts} == texts


def test_a_blank_node_belongs_to_the_shape_above_it() -> None:
    chain = Facts([f"_:b{i} <urn:p> _:b{i + 1} ." for i in range(30)] + ["<urn:s> <urn:p> _:b0 .", "<urn:t> <urn:q> <urn:s> .", "_:round <urn:p> _:round ."])
    assert (owner(chain, "_:b0"), owner(chain, "_:b5"), owner(chain, "<urn:s>"), owner(chain, "_:alone")) == ("<urn:s>", "<urn:s>", "<urn:s>", "_:alone")
    assert (owner(chain, "_:b19"), owner(chain, "_:b20"), owner(chain, "_:b21")) == ("<urn:s>", "_:b0", "_:b1")  # twenty steps and no more
    assert owner(chain, "_:round") == "_:round"
