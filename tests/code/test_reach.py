"""The proof of which shapes may be asked part by part: the map of a parted graph, steps and paths over it, and what queries can meet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from boundwork.shacl.facts import SUBCLASS, TYPE, Facts
from boundwork.shacl.paths import Path
from boundwork.shacl.reach import (
    AWAY,
    COMMON,
    HERE,
    Map,
    Places,
    asks_in_parts,
    classes_below,
    classes_mentioned,
    focus_places,
    in_parts,
    mentioned,
    predicates_of,
    starts,
)
from boundwork.shacl.shapes import Shapes
from boundwork.stores.local import LocalStore

Turtle = Callable[[str], Facts]
KINDS = ("within", "out", "astray", "back", "plain")
KNOWN = Map(**{kind: {f"<urn:{kind}>"} for kind in KINDS}, classes={"<urn:Part>"})
OWNED = ("<urn:part/",)


def at(*places: str) -> Places:
    return frozenset(places)


STEPS = {  # predicate, and whether it is gone against -> where that ends from a part, and from the common part
    ("within", False): ({HERE}, set()), ("within", True): ({HERE}, set()), ("out", False): ({COMMON}, set()), ("out", True): (set(), None),
    ("astray", False): ({AWAY}, set()), ("astray", True): (None, set()), ("back", False): (set(), {AWAY}), ("back", True): ({COMMON}, set()),
    ("plain", False): (set(), {COMMON}), ("plain", True): (set(), {COMMON}), ("never", False): (set(), set()), ("never", True): (set(), set()),
}


@pytest.mark.parametrize(("kind", "inverse"), STEPS)
def test_a_step_ends_where_triples_of_its_kind_do(kind: str, inverse: bool) -> None:
    """And nowhere known where a part may lack some of them: whoever else leads to a common node, or into a part from another."""
    here, common = (None if ends is None else frozenset(ends) for ends in STEPS[kind, inverse])
    assert KNOWN.step(f"<urn:{kind}>", inverse, at(HERE)) == here
    assert KNOWN.step(f"<urn:{kind}>", inverse, at(COMMON)) == common
    assert KNOWN.step(f"<urn:{kind}>", inverse, at(HERE, COMMON)) == (None if here is None or common is None else here | common)
    assert KNOWN.step(f"<urn:{kind}>", inverse, at(AWAY)) is KNOWN.step(f"<urn:{kind}>", inverse, at(HERE, AWAY)) is None
    assert KNOWN.step(f"<urn:{kind}>", inverse, at()) == at()


def test_a_step_along_any_predicate_ends_wherever_one_does() -> None:
    assert KNOWN.step(None, False, at(HERE)) == at(HERE, COMMON, AWAY) and KNOWN.step(None, False, at(COMMON)) == at(COMMON, AWAY)
    assert KNOWN.step(None, True, at(HERE)) is KNOWN.step(None, True, at(COMMON)) is None
    calm = Map(within={"<urn:w>"}, back={"<urn:b>"}, plain={"<urn:p>"})
    assert calm.step(None, True, at(HERE)) == at(HERE, COMMON) and calm.step(None, True, at(COMMON)) == at(COMMON)
    assert Map().step(None, False, at(HERE, COMMON)) == Map().step(None, True, at(HERE, COMMON)) == at()


def p(name: str) -> Path:
    return Path("predicate", f"<urn:{name}>")


def path(kind: str, *parts: Path) -> Path:
    return Path(kind, parts=parts)


@pytest.mark.parametrize(("walked", "start", "end"), [
    (p("within"), at(HERE), at(HERE)), (path("^", p("back")), at(HERE), at(COMMON)), (path("^", path("^", p("out"))), at(HERE), at(COMMON)),
    (path("/", p("within"), p("out"), p("plain")), at(HERE), at(COMMON)), (path("/", p("out"), p("within")), at(HERE), at()),
    (path("/", p("astray"), p("within")), at(HERE), None), (path("^", path("/", p("back"), p("within"))), at(HERE), at(COMMON)),
    (path("^", path("/", p("within"), p("astray"))), at(HERE), None), (path("/", path("^", p("astray")), p("out")), at(HERE), None),
    (path("|", p("within"), p("out")), at(HERE), at(HERE, COMMON)), (path("|", p("within"), path("^", p("astray"))), at(HERE), None),
    (path("?", p("out")), at(HERE), at(HERE, COMMON)), (path("?", p("within")), at(HERE), at(HERE)), (path("*", p("within")), at(HERE), at(HERE)),
    (path("*", path("|", p("within"), p("out"))), at(HERE), at(HERE, COMMON)), (path("*", p("astray")), at(HERE), None),
    (path("?", p("astray")), at(HERE), at(HERE, AWAY)), (path("+", path("|", p("out"), p("plain"))), at(HERE), at(HERE, COMMON)),
    (path("*", path("^", p("back"))), at(HERE), at(HERE, COMMON)), (path("^", path("*", p("out"))), at(COMMON), None),
    (path("*", p("back")), at(COMMON), None), (path("^", path("+", path("|", p("plain"), p("back")))), at(HERE), at(HERE, COMMON)),
])
def test_a_path_ends_where_its_steps_do(walked: Path, start: Places, end: Places | None) -> None:
    assert KNOWN.walk(walked, False, start) == end
    assert KNOWN.walk(path("^", walked), True, start) == end


NODES = ["<urn:part/a1>", "<urn:part/a2>", "<urn:part/b1>", "<urn:part/b2>", "<urn:c>", "<urn:d>"]
PART_OF = {**{n: n[10] for n in NODES[:4]}, "<urn:c>": "", "<urn:d>": ""}
TRIPLES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(["<urn:p>", "<urn:q>", "<urn:r>"]), st.sampled_from(NODES)), unique=True, max_size=9)


def mapped(triples: list[tuple[str, str, str]]) -> tuple[Map, Facts, dict[str, Facts]]:
    """A map of triples laid out in two parts and what is common; a node has its part by its name."""
    by_part = {part: Facts(f"{s} {p} {o} ." for s, p, o in triples if PART_OF[s] == part) for part in ("", "a", "b")}
    known = Map()
    known.common_part(by_part[""], OWNED)
    known.one_part(by_part["a"], OWNED)
    known.one_part(by_part["b"], OWNED)
    return known, by_part[""], {part: by_part[part] for part in "ab"}


PATHS = st.recursive(st.sampled_from([p("p"), p("q"), p("r")]), lambda inner: st.one_of(
    st.builds(path, st.sampled_from("^*+?"), inner),
    st.builds(path, st.sampled_from("/|"), inner, inner)), max_leaves=4)
TIED = [("<urn:part/a1>", "<urn:p>", "<urn:part/b1>"), ("<urn:part/a1>", "<urn:q>", "<urn:c>"), ("<urn:part/b1>", "<urn:q>", "<urn:c>"),
        ("<urn:c>", "<urn:r>", "<urn:part/a1>"), ("<urn:c>", "<urn:r>", "<urn:d>")]


@given(triples=TRIPLES, walked=PATHS)
@example(TIED, path("/", p("q"), path("^", p("q"))))
@example(TIED, path("/", path("^", p("r")), p("r")))
def test_a_path_that_is_proved_leads_in_each_part_where_it_leads_in_the_whole(triples: list[tuple[str, str, str]], walked: Path) -> None:
    known, common, parts = mapped(triples)
    whole = Facts(f"{s} {p} {o} ." for s, p, o in triples)
    for part, mine in parts.items():
        seen = mine.copy()
        seen.join(common)
        nodes = [n for n in NODES if PART_OF[n] == part and n in mine.things]
        end = known.walk(walked, False, at(HERE))
        if end is not None:
            ends = {n: set(walked.edges(whole, nodes).get(n, ())) for n in nodes}
            assert {n: set(walked.edges(seen, nodes).get(n, ())) for n in nodes} == ends
            places = {HERE if value in mine.things else AWAY if PART_OF[value] else COMMON for values in ends.values() for value in values}
            assert places <= (end | {HERE} if AWAY in end else end)  # a part that may be another may be this one


QUERIES = ["?this <urn:p> ?x . ?x <urn:q> ?y", "?this <urn:p>/^<urn:q> ?x", "?x <urn:p> ?this . ?y <urn:r> ?x",
           "?this <urn:q> ?x FILTER NOT EXISTS { ?y <urn:q> ?x FILTER (?y != ?this) }",
           "?this <urn:p> ?x OPTIONAL { ?x <urn:r> ?y } FILTER (!BOUND(?y))", "{ ?this <urn:p> ?x } UNION { ?x <urn:q> ?this } ?x <urn:r> ?y",
           "?this <urn:p>* ?x . ?x <urn:q> ?y", "?this ?p ?x . ?x ?p ?y", "?this <urn:p> ?x . <urn:c> <urn:r> ?x", "?x <urn:r> ?y . ?this <urn:q> ?y"]


@given(triples=TRIPLES, where=st.sampled_from(QUERIES))
@example(TIED, QUERIES[1])
@example(TIED, QUERIES[3])
@example(TIED, QUERIES[9])
def test_a_query_that_is_proved_finds_in_each_part_what_it_finds_in_the_whole(triples: list[tuple[str, str, str]], where: str) -> None:
    known, common, parts = mapped(triples)
    if not asks_in_parts(f"SELECT ?this WHERE {{ {where} }}", at(HERE), known):
        return

    def found(facts: Facts, part: str) -> set[str]:
        store = LocalStore.memory()
        store.load_lines(facts.lines())
        focus = " ".join(sorted(n for n in NODES if PART_OF[n] == part and n in parts[part].things))
        return {str(row[0]) for row in store.select(f"SELECT ?this WHERE {{ VALUES ?this {{ {focus} }} {where} }}")}

    whole = Facts(f"{s} {p} {o} ." for s, p, o in triples)
    for part, mine in parts.items():
        seen = mine.copy()
        seen.join(common)
        assert found(seen, part) == found(whole, part)


def test_a_map_tells_predicates_by_where_their_triples_lead() -> None:
    known, *_ = mapped([*TIED, ("<urn:part/b1>", "<urn:p>", "<urn:part/b1>"), ("<urn:d>", "<urn:s>", "<urn:c>")])
    known.one_part(Facts([f"<urn:part/e> {TYPE} <urn:C> .", f"<urn:part/e> {TYPE} <urn:D> ."]), OWNED)
    expected = Map({"<urn:p>"}, {"<urn:q>", TYPE}, astray={"<urn:p>"}, back={"<urn:r>"}, plain={"<urn:r>", "<urn:s>"}, classes={"<urn:C>", "<urn:D>"})
    assert known == expected and known.size() == 9
    assert mapped([("<urn:part/a1>", "<urn:p>", "<urn:part/a1>")])[0] == Map(within={"<urn:p>"})
    assert Map.from_lists(known.as_lists()) == known and known.as_lists()["plain"] == ["<urn:r>", "<urn:s>"] and list(known.as_lists()) == [*KINDS, "classes"]


@pytest.mark.parametrize("kind", [*KINDS, "classes"])
def test_a_map_that_is_joined_says_whether_that_brought_anything_new(kind: str) -> None:
    known, more = Map(), Map(**{kind: {"<urn:x>"}})
    assert (known.join(more), known.join(more), known.join(Map()), known) == (True, False, False, more)


TARGETS = [  # of a shape: where its nodes may stand, predicates whose values in no part are such nodes, and whether all are named
    ("sh:targetClass :Part", {HERE}, set(), True), ("sh:targetClass :Above", {HERE}, set(), True), ("sh:targetClass :Common", {COMMON}, set(), True),
    ("sh:targetClass :Nobody", set(), set(), True), ("a owl:Class, sh:NodeShape", {COMMON}, set(), True),
    ("a sh:NodeShape ; sh:targetNode :a", set(), set(), False),
    *((f"sh:targetSubjectsOf <urn:{kind}>", {place}, set(), True)
      for kind, place in (("within", HERE), ("out", HERE), ("astray", HERE), ("plain", COMMON), ("back", COMMON))),
    ("sh:targetSubjectsOf <urn:never>", set(), set(), True), ("sh:targetObjectsOf <urn:within>", {HERE}, set(), True),
    ("sh:targetObjectsOf <urn:astray>", {HERE}, set(), False), ("sh:targetObjectsOf <urn:back>", {HERE}, set(), False),
    ("sh:targetObjectsOf <urn:plain>", {COMMON}, set(), True), ("sh:targetObjectsOf <urn:out>", {COMMON}, {"<urn:out>"}, False),
    ("sh:targetClass :Part, :Common ; sh:targetObjectsOf <urn:never>", {HERE, COMMON}, set(), True),
]


@pytest.mark.parametrize(("says", "places", "counted", "named"), TARGETS)
def test_where_focus_nodes_may_stand(says: str, places: set[str], counted: set[str], named: bool, turtle: Turtle) -> None:
    known = Map(**{kind: {f"<urn:{kind}>"} for kind in KINDS}, classes={"<urn:x:Part>"})
    common = turtle(":Part rdfs:subClassOf :Between . :Between rdfs:subClassOf :Above . :c a :Common . :i a :s .")
    rules = turtle(f":s {says} .")
    assert focus_places(rules, "<urn:x:s>", common, known) == (places, counted)
    assert starts(rules, "<urn:x:s>", common, known) == (frozenset(places) if named else None)


def test_classes_below_a_class() -> None:
    facts = Facts(f"<urn:{low}> {SUBCLASS} <urn:{high}> ." for low, high in ("ba", "cb", "db", "ac", "ef"))
    assert [classes_below(facts, f"<urn:{c}>") for c in "afx"] == [{"<urn:a>", "<urn:b>", "<urn:c>", "<urn:d>"}, {"<urn:e>", "<urn:f>"}, {"<urn:x>"}]


@pytest.mark.parametrize(("says", "start", "enough"), [
    ("sh:nodeKind sh:IRI", at(HERE, COMMON), True), ("sh:nodeKind sh:IRI", at(AWAY), False),
    ("sh:path <urn:out> ; sh:minCount 1", at(HERE), True), ("sh:path [ sh:inversePath <urn:astray> ] ; sh:minCount 1", at(HERE), False),
    ("sh:path <urn:astray> ; sh:nodeKind sh:IRI", at(HERE), True), ("sh:path <urn:astray> ; sh:class :C", at(HERE), False),
    ("sh:path <urn:within> ; sh:class :C", at(HERE), True), ("sh:path <urn:astray> ; sh:node [ sh:nodeKind sh:IRI ]", at(HERE), False),
    ("sh:path <urn:within> ; sh:equals <urn:out>", at(HERE), True), ("sh:path <urn:plain> ; sh:equals <urn:out>", at(HERE, AWAY), False),
    ("sh:disjoint <urn:astray>", at(HERE), True), ("sh:path <urn:within> ; sh:property [ sh:path <urn:out> ; sh:minCount 1 ]", at(HERE), True),
    ("sh:property [ sh:path <urn:astray> ; sh:property [ sh:path <urn:out> ; sh:minCount 1 ] ]", at(HERE), False),
    ("sh:not [ sh:path [ sh:inversePath <urn:out> ] ; sh:minCount 1 ]", at(COMMON), False),
    ("sh:not [ sh:path <urn:plain> ; sh:minCount 1 ]", at(COMMON), True),
    ("sh:path <urn:within> ; sh:qualifiedValueShape [ sh:path [ sh:inversePath <urn:astray> ] ; sh:minCount 1 ]", at(HERE), False),
    ("sh:and ( [ sh:class :C ] [ sh:path [ sh:inversePath <urn:astray> ] ; sh:minCount 1 ] )", at(HERE), False),
    ("sh:or ( [ sh:class :C ] [ sh:path <urn:out> ; sh:minCount 1 ] )", at(HERE), True),
    ("sh:xone ( [ sh:path [ sh:inversePath <urn:out> ] ; sh:minCount 1 ] )", at(HERE, COMMON), False),
    ("sh:node [ sh:node :s ]", at(HERE), False), ("sh:node :t ; sh:property [ sh:path <urn:within> ; sh:node :t ] . :t sh:class :C", at(HERE), True),
])
def test_a_shape_sees_enough_in_a_part_where_all_its_steps_do(says: str, start: Places, enough: bool, turtle: Turtle) -> None:
    shapes = Shapes(turtle(f":s {says} ."))
    assert in_parts(shapes, shapes.shape("<urn:x:s>"), start, KNOWN) is enough


@pytest.mark.parametrize(("query", "predicates"), [
    ("SELECT $this { $this <urn:p> 1 ; <urn:q>/^<urn:r> ?x }", "pqr"), ("SELECT $this { $this <urn:p>*/(<urn:q>|<urn:r>) ?x }", "pqr"),
    ("SELECT $this { $this ?p ?o }", None),
    ("SELECT $this { OPTIONAL { $this <urn:p> ?x } MINUS { $this <urn:q> ?y } { $this <urn:r> 1 } UNION { $this <urn:s> 2 } }", "pqrs"),
    ("SELECT $this { $this <urn:p> ?x FILTER NOT EXISTS { ?x <urn:q> ?y FILTER EXISTS { ?y <urn:r> 1 } } BIND(EXISTS { ?x <urn:s> 1 } AS ?z) }", "pqrs"),
    ("SELECT $this { { SELECT $this (COUNT(?x) AS ?n) { $this <urn:p> ?x } GROUP BY $this } }", "p"), ("ASK { $this <urn:p> 1 }", None), ("SELECT", None),
    ("SELECT $this { $this <urn:p> ?x OPTIONAL { $this ?p ?x } }", None), ("SELECT $this { BIND(1 AS ?x) }", ""),
])
def test_the_predicates_of_a_query_are_read_from_its_patterns(query: str, predicates: str | None) -> None:
    assert predicates_of(query) == (None if predicates is None else {f"<urn:{name}>" for name in predicates})


def x(*names: str) -> set[str]:
    return {f"<urn:x:{name}>" for name in names}


@pytest.mark.parametrize(("says", "queries", "predicates", "classes"), [
    ("sh:targetClass :C", [], set(), x("C", "Below")), ("a owl:Class, sh:NodeShape", [], set(), x("s")),
    ("sh:targetSubjectsOf :a ; sh:targetObjectsOf :b", [], x("a", "b"), set()),
    ("sh:property [ sh:path ( :p [ sh:inversePath :q ] ) ; sh:class :D ; sh:node [ sh:class :C ; sh:lessThan :r ] ]", [],
     x("p", "q", "r"), x("C", "Below", "D")),
    ("sh:closed true", [], None, set()), ("sh:node [ sh:closed true ]", [], None, set()),
    ("sh:path ( :p rdf:type ) ; sh:minCount 1", [], x("p"), None), ("sh:equals rdf:type", [], set(), None),
    ("sh:equals :p ; sh:hasValue rdf:type", [], x("p"), set()),
    ("sh:nodeKind sh:IRI", ["SELECT $this { $this <urn:x:p> ?o ; a <urn:x:C> }"], x("p"), x("C", "Below")),
    ("sh:nodeKind sh:IRI", ["SELECT $this { $this a ?c }"], set(), None), ("sh:nodeKind sh:IRI", ["SELECT $this { $this ?p <urn:x:D> }"], None, x("D")),
    ("sh:nodeKind sh:IRI", ["SELECT $this { $this a/<urn:x:p>* <urn:x:D> }", "SELECT $this { $this <urn:x:q> 1 }"], x("p", "q"), None),
    ("sh:nodeKind sh:IRI", ["SELECT $this { $this <urn:x:p>*/a <urn:x:D> }"], x("p"), x("D")), ("sh:nodeKind sh:IRI", ["SELECT"], None, None),
    ("sh:nodeKind sh:IRI", ["SELECT $this { $this (<urn:x:p>|a)+ <urn:x:D> }"], x("p"), None),
])
def test_what_a_shape_can_meet_is_read_from_it_and_its_queries(
        says: str, queries: list[str], predicates: set[str] | None, classes: set[str] | None, turtle: Turtle) -> None:
    shapes = Shapes(turtle(f"@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . :s {says} ."))
    shape = shapes.shape("<urn:x:s>")
    assert mentioned(shapes, shape, queries) == (None if predicates is None else predicates | {TYPE, SUBCLASS})
    assert classes_mentioned(shapes, shape, queries, turtle(":Below rdfs:subClassOf :C .")) == classes


@pytest.mark.parametrize(("pattern", "enough"), [
    ("?this <urn:out> ?x", True),
    ("?x <urn:within> ?this", True),
    ("?this <urn:out> ?x . ?y <urn:out> ?x", False),  # others that share a value stand anywhere
    ("?this <urn:out> ?x . ?x <urn:plain> ?y", True),
    ("?this ^<urn:back> ?x . ?x <urn:back> ?y", True),
    ("?this ^<urn:back> ?x . ?x <urn:back> ?y . ?y <urn:out> ?z", False),  # y may stand in another part
    ("?x <urn:plain> ?y . ?this <urn:out> ?y", True),
    ("?x <urn:out> 1", False),
    ("FILTER NOT EXISTS { ?this <urn:out> ?x . ?y <urn:out> ?x }", False),
    ("FILTER NOT EXISTS { ?this <urn:within> ?x . ?y <urn:within> ?x }", True),
    ("?this <urn:astray> ?x", True),
    ("?x <urn:astray> ?this", False),
    ("?this <urn:within>* ?x . ?x <urn:out> ?y", True),
    ("?this <urn:within>/<urn:astray> ?x . ?x <urn:out> ?y", False),
    ("OPTIONAL { ?this <urn:within> ?x } BIND(COALESCE(?x, 1) AS ?y) ?y <urn:out> ?z", True),
    ("?this <urn:out> ?x . BIND(IRI(?x) AS ?y) ?y <urn:out> ?z", False),
    ("{ SELECT (COUNT(?y) AS ?n) { ?y <urn:within> ?x } } ?this <urn:out> ?n", False),
    ("{ ?this <urn:out> ?x } UNION { ?this <urn:within> ?x } ?x <urn:within> ?y", True),
    ("{ ?this <urn:out> ?x } UNION { ?this <urn:astray> ?x } ?x <urn:within> ?y", False),
    ("?this ?p ?x . ?x ?q ?y", False),
    # values from elsewhere, groups, and what is taken away
    ("VALUES ?x { <urn:a> } ?this <urn:out> ?x", True), ("VALUES ?x { <urn:a> } ?x <urn:within> ?y", False), ("{ ?y <urn:out> ?x }", False),
    ("?this <urn:out> ?x . { ?x <urn:plain> ?y } ?y <urn:plain> ?z", True), ("{ ?this <urn:within> ?x } ?x <urn:out> ?y", True),
    ("?this <urn:out> ?x MINUS { ?this <urn:within> ?x }", True), ("?this <urn:out> ?x MINUS { ?y <urn:out> ?x }", False),
    ("OPTIONAL { ?this <urn:within> ?y } ?y <urn:out> ?z", False), ("?this <urn:out> ?x OPTIONAL { ?y <urn:out> ?x }", False),
    ("?this <urn:within> ?x OPTIONAL { ?x <urn:within> ?this } ?x <urn:out> ?y", True),
    # patterns that the common part answers alone, and others without a known node
    ("?x <urn:plain> ?y", True), ("?x <urn:never> ?y", True), ("?x <urn:back> ?y", False), ("?x <urn:within> ?y", False), ("?x ?p ?y", False),
    ("?x a ?c", False),
    ("?x a <urn:Part>", False), ("?x a <urn:Other>", True), ("?x a <urn:Other> . ?x <urn:plain> ?y", True),
    ("?x a <urn:Other> . ?x <urn:back> ?y . ?y <urn:out> ?z", False), ("?x <urn:out> <urn:Other>", False),
    ("<urn:c> <urn:plain> ?x . ?this <urn:out> ?x", True),
    ("?this <urn:astray> ?x . ?x <urn:within> ?this", True), ("?x <urn:within> ?this . ?z <urn:out> ?x", True),
    ("?this <urn:within> ?x . ?this <urn:out> ?x", True),
    ("?this <urn:astray> ?x . ?x <urn:out> ?y", False), ("<urn:c> <urn:out> ?x", True), ("<urn:c> <urn:back> ?x . ?x <urn:out> ?y", False),
    # steps over and over
    ("?this (<urn:within>|<urn:out>)* ?x . ?x <urn:plain> ?y", True), ("?x <urn:within>* ?this", True), ("?x <urn:out>* ?this", True),
    ("?x <urn:astray>+ ?this", False), ("?x <urn:plain>* ?y", True), ("?x <urn:out>* ?y", False), ("?x <urn:out>+ <urn:c>", False),
    ("?this (^<urn:back>)* ?x . ?x <urn:plain> ?y", True), ("?this (^<urn:astray>)* ?x", False), ("?this <urn:astray>* ?x", False),
    ("?this (^<urn:back>|<urn:plain>)* ?x . ?x <urn:back> ?y . ?y <urn:out> ?z", False), ("?this <urn:within>+ ?x . ?x <urn:out> ?y", True),
    # either or
    ("{ ?this <urn:out> ?x } UNION { ?this <urn:within> ?y } ?x <urn:out> ?z", False), ("{ ?this <urn:out> ?x } UNION { ?y <urn:out> ?x }", False),
    ("{ ?this <urn:within> ?x } UNION { ?this <urn:within> ?x } UNION { ?this <urn:out> ?y } ?x <urn:out> ?z", False),
    ("{ ?this <urn:within> ?x } UNION { ?this <urn:within> ?x } UNION { ?this <urn:within> ?x } ?x <urn:out> ?z", True),
    # computed values
    ("?this <urn:within> ?x . BIND(STR(?x) AS ?y) ?y <urn:out> ?z", True), ("BIND(STR(?x) AS ?y) ?y <urn:out> ?z", False),
    ("?this <urn:astray> ?x . BIND(?x AS ?y) ?y <urn:out> ?z", False), ("?this <urn:out> ?x . BIND(uri (?x) AS ?y) ?y <urn:out> ?z", False),
    ("?this <urn:out> ?x . BIND(IRI(?x) AS ?y)", True), ("BIND(1 AS ?y) ?y <urn:plain> ?z . ?z <urn:out> ?w", True), ("BIND(1 AS ?y) ?z <urn:out> ?y", False),
    ("?this <urn:within> ?x . BIND(EXISTS { ?y <urn:out> ?x } AS ?b)", True), ("?this <urn:out> ?x . BIND(EXISTS { ?y <urn:out> ?x } AS ?b)", False),
    ("?this <urn:out> ?x FILTER (?x > 1)", True), ("GRAPH ?g { ?this <urn:out> ?x }", False),
])
def test_what_a_query_must_see_is_proved(pattern: str, enough: bool) -> None:
    assert asks_in_parts(f"SELECT ?this WHERE {{ {pattern} }}", at(HERE), TYPED) is enough


TYPED = Map({"<urn:within>"}, {"<urn:out>", TYPE}, {"<urn:astray>"}, {"<urn:back>"}, {"<urn:plain>", TYPE}, {"<urn:Part>"})


class _Connected(Map):
    connected = True


@pytest.mark.parametrize(("pattern", "otherwise"), [
    ("<urn:c> <urn:plain> ?x", True), ("?x <urn:never> ?y", True), ("?this <urn:within> ?x . BIND(?x AS ?y) ?y <urn:out> ?z", True),
    ("?this <urn:out> ?x . ?y <urn:plain> ?z", True), ("?this <urn:out> ?x . <urn:c> <urn:plain> <urn:d>", True)])
def test_where_every_node_must_be_come_to_by_steps_a_constant_is_no_beginning(pattern: str, otherwise: bool) -> None:
    strict = _Connected(TYPED.within, TYPED.out, TYPED.astray, TYPED.back, TYPED.plain, TYPED.classes)
    assert asks_in_parts(f"SELECT ?this WHERE {{ {pattern} }}", at(HERE), strict) is False
    assert asks_in_parts(f"SELECT ?this WHERE {{ {pattern} }}", at(HERE), TYPED) is otherwise
    assert asks_in_parts("SELECT ?this WHERE { ?this <urn:out> ?x . ?x <urn:plain> ?y . ?this <urn:out> <urn:c> }", at(HERE), strict) is True


@pytest.mark.parametrize("query", [
    "SELECT ?this { ?this <urn:out> ?x } LIMIT 1", "SELECT ?this (COUNT(?x) AS ?n) { ?this <urn:out> ?x } GROUP BY ?this",
    "SELECT ?this { ?this <urn:out> ?x } GROUP BY ?this HAVING (COUNT(?x) > 1)", "SELECT"])
def test_a_query_that_counts_or_stops_early_is_asked_of_the_whole(query: str) -> None:
    assert asks_in_parts(query, at(HERE), TYPED) is False
