"""Which SHACL queries may be asked of all focus nodes at once, and which SHACL does not allow: query by query."""

from __future__ import annotations

import pytest

from boundwork.shacl import Facts, results
from boundwork.shacl.prebinding import all_at_once, refused
from boundwork.shacl.setwise import Held
from boundwork.stores.local import turtle_lines

NESTED = "a nested SELECT that leaves $this out"


@pytest.mark.parametrize(("query", "said"), [
    ("SELECT $this { $this ?p ?o }", ""),
    ("SELECT $this { $this ?p 'MINUS { } VALUES SERVICE' } # MINUS", ""),
    ("SELECT $this { $this ?p ?o minus { ?o ?p 1 } }", "MINUS"),
    ("SELECT $this { VALUES ?o { 1 } $this ?p ?o }", "VALUES"),
    ("SELECT $this { $this ?p ?o SERVICE <urn:s> { ?o ?p 1 } }", "SERVICE"),
    ("SELECT ?x (1 AS $this) { ?x ?p ?o }", "AS $this"),
    ("SELECT $this { $this ?p ?o BIND(?o AS ?this) }", "AS $this"),
    ("SELECT $this (?o AS ?value) { $this ?p ?o }", ""),
    ("SELECT $this { $this ?p ?as }", ""),
    ("SELECT $this (COUNT(?o) AS", ""),
    ("SELECT ?o (?o AS $this", "AS $this"),
    ("SELECT ?o { ?s ?p ?o }", ""),  # only a nested SELECT must hand $this on
    ("SELECT $this { $this ?p ?o { SELECT ?o { ?o ?p $this } } }", NESTED),
    ("SELECT $this { $this ?p ?o { SELECT ?o WHERE { ?o ?p 1 } } }", NESTED),
    ("SELECT $this { $this ?p ?o { SELECT $this ?o { ?o ?p $this } } }", ""),
    ("SELECT $this { $this ?p ?o { select ?o ?this WHERE { ?o ?p $this } } }", ""),
    ("SELECT $this { $this ?p ?o { SELECT * { ?o ?p $this } } }", ""),
    ("ASK { { SELECT ?o { ?s ?p ?o } } }", NESTED),
])
def test_what_shacl_does_not_allow_is_named(query: str, said: str) -> None:
    assert refused(query) == said


@pytest.mark.parametrize(("query", "one_run"), [
    ("SELECT $this { $this ?p ?o }", True),
    ("SELECT ?this WHERE { ?this ?p ?o }", True),
    ("SELECT ?s { ?s ?p ?o }", False),
    ("SELECT $this { $this ?p ?o } LIMIT 1", False),
    ("SELECT $this { $this ?p ?o } offset 1", False),
    ("SELECT $this { $this ?p 'LIMIT' }", True),
    ("SELECT $this", False),
    # counting and grouping
    ("SELECT $this (COUNT(?o) AS ?n) { $this ?p ?o }", False),
    ("SELECT $this (COUNT(?o) AS ?n) { $this ?p ?o } GROUP BY $this", True),
    ("SELECT $this (COUNT(?o) AS ?n) { { $this ?p ?o } } GROUP BY $this", True),
    ("SELECT $this (COUNT(?o) AS ?n) { $this ?p ?o } GROUP BY ?o $this HAVING (?n > 1)", True),
    ("SELECT $this (COUNT(?o) AS ?n) { $this ?p ?o } GROUP BY ?o", False),
    ("SELECT $this (COUNT(?o) AS ?n) { $this ?p ?o } GROUP BY ?o HAVING (COUNT($this) > 1)", False),
    ("SELECT $this { $this ?p ?o } HAVING (COUNT(?o) > 1)", False),
    ("SELECT $this { $this ?p ?o { ?o ?q ?r } } GROUP BY $this", True),
    ("SELECT $this { $this ?p ?o { SELECT $this (COUNT(?q) AS ?n) { $this ?q ?r } } } GROUP BY $this", False),
    ("SELECT $this { $this ?p ?o { SELECT $this (COUNT(?q) AS ?n) { $this ?q ?r } GROUP BY $this } }", True),
    ("SELECT $this { $this ?p ?o { SELECT ?o { ?o ?q ?r } } }", False),
    # nested groups must bind what they test
    ("SELECT $this { $this ?p ?o { FILTER ($this = ?o) } }", False),
    ("SELECT $this { $this ?p ?o { $this ?q ?r FILTER ($this = ?o) } }", True),
    ("SELECT $this { $this ?p ?o { FILTER (bound(?o) && ($this = ?o)) } }", False),
    ("SELECT $this { $this ?p ?o { ?o ?q ?r FILTER (?r > 1) } }", True),
    ("SELECT $this { $this ?p ?o { FILTER (?o > (1)) $this ?q ?r } }", True),
    ("SELECT $this { $this ?p ?o FILTER ($this != ?o) }", True),  # the outermost group has it bound
    ("SELECT $this { $this ?p ?o FILTER EXISTS { FILTER ($this = ?o) } }", True),
    ("SELECT $this { $this ?p ?o FILTER NOT EXISTS { ?o ?q ?r { FILTER ($this = ?o) } } }", False),
    ("SELECT $this { $this ?p ?o { ?o ?q ?r } { FILTER ($this = ?o) } }", False),
    ("SELECT $this { $this ?p ?o { ?o ?q ?r } FILTER ($this = ?o) }", True),  # the nested group is over where the test stands
    ("SELECT $this { $this ?p ?o { SELECT $this { ?o ?q ?r } } }", False),
    ("SELECT $this { $this ?p ?o { SELECT $this { $this ?q ?r } } }", True),
    ("SELECT $this { { $this ?p ?o } UNION { $this ?p ?o FILTER (?o = $this) } }", True),
])
def test_one_run_over_all_nodes_is_allowed_where_each_node_would_find_the_same(query: str, one_run: bool) -> None:
    assert all_at_once(query) is one_run


def test_every_beginning_of_a_query_is_judged_without_a_fault() -> None:
    query = "SELECT $this (COUNT(?o) AS ?n) { { SELECT $this { $this ?p ?o FILTER ($this = ?o) } } } GROUP BY $this HAVING (?n > 1)"
    for cut in range(len(query)):
        assert refused(query[:cut]) in ("", NESTED)
        assert isinstance(all_at_once(query[:cut]), bool)


SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:shape> a sh:NodeShape ; sh:targetClass <urn:Class> ; sh:sparql [ sh:message "found" ; sh:select "SELECT $this { $this <urn:first>/<urn:last> ?x }" ] ."""


def test_a_blank_node_is_one_node_however_many_lines_lie_between() -> None:
    """A store names the blank nodes of each text that it loads anew, so lines must not come to it as several texts."""
    many = [f"<urn:n{n}> <urn:first> <urn:o{n}> ." for n in range(45_000)]
    data = Facts(["<urn:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:Class> .", "<urn:a> <urn:first> _:b .", *many, "_:b <urn:last> <urn:z> ."])
    assert [r.focus for r in results(data, Facts(turtle_lines(SHAPES.encode())))] == ["<urn:a>"]


def test_a_store_that_is_held_gives_back_what_came_beside() -> None:
    common = Facts(["<urn:c> <urn:last> <urn:z> .", "<urn:a> <urn:last> <urn:z> ."])
    held, shapes = Held(common), Facts(turtle_lines(SHAPES.encode()))
    for name in ("a", "b", "a"):
        near = Facts([f"<urn:{name}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:Class> .", f"<urn:{name}> <urn:first> <urn:c> .",
                      "<urn:a> <urn:last> <urn:z> ."])
        data = near.copy()
        data.join(common)
        with held.beside(near) as store:
            assert [r.focus for r in results(data, shapes, store=store)] == [f"<urn:{name}>"]
        assert sorted(f"{s.n_triples} {p.n_triples} {o.n_triples} ." for s, p, o in held.store.select("SELECT ?s ?p ?o { ?s ?p ?o }")  # type: ignore[union-attr]
                      ) == sorted(common.lines())
