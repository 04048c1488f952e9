"""SERVICE taken apart gives the rows that SERVICE would have given, tells where they came from, and asks nobody who was not named."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundwork.errors import BoundworkError, TimeLimit, UsageError
from boundwork.explore import federating
from boundwork.explore.federating import federate
from boundwork.explore.session import Session, open_study
from boundwork.queries.federated import take_apart
from boundwork.stores.answer import Rows, Triples, Truth
from boundwork.stores.local import LocalStore
from conftest import Run
from servers import answering, free_port, oxigraph


@pytest.mark.parametrize(("query", "said"), [
    ("SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <http://a/> { ?s ?p ?o } } }", "within FILTER"),
    ("SELECT * { { SERVICE <http://a/> { ?s ?p ?o } } UNION { ?s ?p ?o } }", "within GROUP"),
    ("SELECT * { OPTIONAL { ?s ?p ?o SERVICE <http://a/> { ?s ?p ?o } } }", "within OPTIONAL"),
    ("SELECT * { MINUS { SERVICE <http://a/> { ?s ?p ?o } } }", "within MINUS"),
    ("SELECT * { GRAPH ?g { SERVICE <http://a/> { ?s ?p ?o } } }", "within GRAPH"),
    ("SELECT * { SERVICE SILENT <http://a/> { ?s ?p ?o } }", "SILENT"),
    ("SELECT * { ?x ?y ?where SERVICE ?where { ?s ?p ?o } }", "by its address"),
    ("SELECT * { SERVICE a:b { ?s ?p ?o } }", "by its address"),
    ("SELECT * { SERVICE <http://a/> { SERVICE <http://b/> { ?s ?p ?o } } }", "within SERVICE"),
    ("SELECT * { SERVICE <http://a/> { { SELECT ?s { ?s ?p ?o } LIMIT 1 } } }", "sub-SELECT within SERVICE"),
    ("SELECT * { SELECT * { SERVICE <http://a/> { ?s ?p ?o } } }", "within a sub-SELECT"),
    ("SELECT * { ?s ?p ?o }", "no SERVICE block"),
    ("SELECT * { SERVICE <http://a/> { <a:a> <a:b> <a:c> } }", "without a variable"),
    ("DESCRIBE ?s { SERVICE <http://a/> { ?s ?p ?o } }", "Only SELECT"),
    ("SELECT * { SERVICE <http://a/> { ?s ?p ?o }", "do not match"),
    ("SELECT (EXISTS { SERVICE <http://a/> { ?s ?p ?o } } AS ?x) { ?s ?p ?o }", "SERVICE"),
])
def test_what_cannot_be_taken_apart_soundly_is_refused(query: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        take_apart(query)


def test_the_parts_of_a_query_are_told_apart() -> None:
    taken = take_apart("PREFIX a: <http://a/> SELECT * { ?s a:p ?o ; a:q [ a:r ?deep ] . FILTER(?late > 1) OPTIONAL { ?s a:t ?maybe } BIND(1 AS ?one)"
                       " SERVICE <http://a/> { ?s a:u ?v . OPTIONAL { ?v a:w ?o } FILTER(?deep = 1) } VALUES ?v { 1 2 } }")
    (call,) = taken.calls
    assert (taken.keys(call), call.mentioned, call.bound, call.optional) == (["s", "v"], ("s", "v", "o"), frozenset({"s", "v"}), False)
    seed = taken.seed(["s", "v"])
    assert "?late" not in seed and "?maybe" not in seed and "BIND" not in seed and "VALUES ?v" in seed


PRED = ("p", "q", "r")
NODE = st.sampled_from([f"<http://x/{c}>" for c in "abcd"])
TRIPLE = st.tuples(NODE, st.sampled_from([f"<http://x/{p}>" for p in PRED]), NODE)
PATTERNS = (
    "?a <http://x/p> ?b . SERVICE <URL> { ?b <http://x/q> ?c }",
    "SERVICE <URL> { ?b <http://x/q> ?c } ?a <http://x/p> ?b . FILTER(?a != ?c)",
    "?a <http://x/p> ?b . OPTIONAL { SERVICE <URL> { ?b <http://x/q> ?c . FILTER(?b != ?c) } }",
    "?a <http://x/p> ?b . OPTIONAL { ?b <http://x/r> ?c } SERVICE <URL> { ?b <http://x/q> ?c }",
    "?a <http://x/p> ?b . SERVICE <URL> { ?d <http://x/q> ?c OPTIONAL { ?c <http://x/r> ?a } }",
    "?a <http://x/p> ?b . SERVICE <URL> { { ?b <http://x/q> ?c } UNION { ?c <http://x/r> ?b } } MINUS { ?c <http://x/p> ?a }",
    "{ ?a <http://x/p> ?b } UNION { ?a <http://x/r> ?b } SERVICE <URL> { ?b <http://x/q>|<http://x/r> ?c } BIND(STR(?c) AS ?t)",
    "?a <http://x/p> ?b . SERVICE <URL> { ?b <http://x/q> ?c FILTER(?a = ?b) }",
    "?a <http://x/p> ?b . SERVICE <URL> { ?b <http://x/q> ?c } SERVICE <URL> { ?c <http://x/r> ?d }",
    "VALUES ?b { <http://x/a> UNDEF } ?a <http://x/p> ?b . SERVICE <URL> { GRAPH ?g { ?s <http://x/q> ?c } }",
)


class _Study(Session):
    """A session on a store that a test filled."""

    def __init__(self, store: LocalStore, like: Session) -> None:
        super().__init__(like.folder)
        self._store = store


def bag(answer: object, without: str = "fetched") -> Counter[tuple[tuple[str, str], ...]]:
    assert isinstance(answer, Rows)
    found: Counter[tuple[tuple[str, str], ...]] = Counter()
    for row in answer.rows:
        found[tuple(sorted((n, v.n_triples) for n, v in zip(answer.variables, row, strict=True) if v is not None and not n.startswith(without)))] += 1
    return found


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> object:
    with oxigraph(tmp_path_factory.mktemp("empty")) as url:
        yield url


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(here=st.sets(TRIPLE, max_size=8), there=st.sets(TRIPLE, max_size=8), pattern=st.sampled_from(PATTERNS), batch=st.sampled_from([1, 2, 200]))
def test_rows_are_those_of_the_engine_s_own_service(here: set[tuple[str, ...]], there: set[tuple[str, ...]], pattern: str, batch: int, empty_server: str,
                                                    cache: Path) -> None:
    """Differential: pyoxigraph evaluates SERVICE itself against the same server."""
    import urllib.request

    graph = "".join(f"{' '.join(t)} .\n" for t in sorted(there)).encode()
    for address in ("default", "graph=http%3A//x/g"):
        put = urllib.request.Request(f"{empty_server.removesuffix('/query')}/store?{address}", graph, {"Content-Type": "application/n-triples"}, method="PUT")
        urllib.request.urlopen(put, timeout=20).read()
    store = LocalStore.memory()
    store.load("".join(f"{' '.join(t)} .\n" for t in sorted(here)).encode())
    query = f"SELECT * {{ {pattern.replace('URL', empty_server)} }}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(federating, "BATCH", batch)
        found = federate(_Study(store, open_study("example-study")), query, [empty_server], timeout=20)
    assert bag(found.answer) == bag(store.query(query))


def test_rows_say_where_they_came_from_and_when(oxigraph_server: str, run: Run) -> None:
    query = f"SELECT ?council ?l {{ ?council bw:councilType ?type SERVICE <{oxigraph_server}> {{ GRAPH ?g {{ ?type skos:prefLabel ?l }} }} }}"
    done = run("sparql", query, "--federate", oxigraph_server, "--format", "csv", "--study", "example-study")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0] == "council,l,fetched" and len(lines) == 7
    assert all(re.search(r",127\.0\.0\.1 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$", line) for line in lines[1:])
    told = " ".join(done.stderr.split())
    assert "combinations of values of ?type sent in 1 request" in told and "rows came" in told and "fetched 20" in told
    refused = run("sparql", query, "--study", "example-study")
    assert refused.returncode == 2 and "--federate" in refused.stderr
    other = run("sparql", query, "--federate", "http://127.0.0.1:1/", "--study", "example-study")
    assert other.returncode == 2 and "not among the servers" in other.stderr
    both = run("sparql", query, "--federate", oxigraph_server, "--endpoint", oxigraph_server)
    assert both.returncode == 2


def test_asks_and_graphs_can_be_joined_too(oxigraph_server: str, cache: Path) -> None:
    session = open_study("example-study")
    where = f"{{ ?council bw:councilType ?type SERVICE <{oxigraph_server}> {{ GRAPH ?g {{ ?type skos:prefLabel ?l }} }} }}"
    graph = federate(session, f"CONSTRUCT {{ ?council rdfs:comment ?l }} WHERE {where}", [oxigraph_server]).answer
    assert isinstance(graph, Triples) and len(list(graph.lines)) == 6
    assert federate(session, f"ASK {where}", [oxigraph_server]).answer == Truth(True)
    counted = federate(session, f"SELECT (COUNT(?l) AS ?n) {where}", [oxigraph_server]).answer
    assert isinstance(counted, Rows) and [v.plain for row in counted.rows for v in row if v is not None] == [6]


def test_credentials_of_an_address_are_not_for_servers_of_a_query(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDWORK_ENDPOINT_USER", "ann")
    monkeypatch.setenv("BOUNDWORK_ENDPOINT_PASSWORD", "secret")
    with answering(lambda h: h.reply(b'{"head":{"vars":["type","l"]},"results":{"bindings":[]}}')) as bad:
        found = federate(open_study("example-study"), f"SELECT ?l {{ ?c bw:councilType ?type SERVICE <{bad.url}> {{ ?type rdfs:label ?l }} }}", [bad.url])
        assert isinstance(found.answer, Rows) and list(found.answer.rows) == []
    assert all("Authorization" not in s.headers for s in bad.seen) and bad.seen


def test_a_server_that_fails_is_an_error_and_no_missing_row(cache: Path) -> None:
    import time

    session = open_study("example-study")
    query = "SELECT ?l { ?c bw:councilType ?type OPTIONAL { SERVICE <URL> { ?type rdfs:label ?l } } }"
    with answering(lambda h: time.sleep(5)) as bad, pytest.raises(TimeLimit):
        federate(session, query.replace("URL", bad.url), [bad.url], timeout=0.5)
    url = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(BoundworkError, match="Nothing listens"):
        federate(session, query.replace("URL", url), [url])
