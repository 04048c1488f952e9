"""Nothing is changed and nobody is called: smuggled updates, and every way by which a query could fetch something, against a trap on loopback."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from protocol.asking import DATA, Reply, ask, get, query

G = DATA.format(1)
S = "<http://example.org/s> <http://example.org/p> <http://example.org/o>"
UPDATES = [
    f"INSERT DATA {{ {S} }}", f"DELETE DATA {{ {S} }}", "DELETE WHERE { ?s ?p ?o }", f"DELETE {{ ?s ?p ?o }} INSERT {{ {S} }} WHERE {{ ?s ?p ?o }}",
    f"INSERT {{ {S} }} WHERE {{}}", f"WITH <{G}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}", "CLEAR ALL", "CLEAR DEFAULT", "CLEAR NAMED",
    f"CLEAR SILENT GRAPH <{G}>",
    "DROP ALL", f"DROP GRAPH <{G}>", "CREATE GRAPH <http://example.org/g>", f"ADD <{G}> TO DEFAULT", f"MOVE <{G}> TO DEFAULT", f"COPY DEFAULT TO <{G}>",
    "# SELECT * {}\nCLEAR ALL", "PREFIX a: <http://example.org/> CLEAR ALL", "BASE <http://example.org/> CLEAR ALL", "clear all", "\ufeffCLEAR ALL",
    "ASK {} ; CLEAR ALL", "CLEAR ALL ; ASK {}", "ASK {}\n;\nDROP ALL", "SELECT * {} CLEAR ALL", "SELECT * { } INSERT DATA { }", "ASK { INSERT DATA { } }",
    f"INSERT DATA {{ GRAPH <{G}> {{ {S} }} }}", "CLE\\u0041R ALL", "\\u0043LEAR ALL", "INSERT/**/DATA {}", "SELECT * { ?s ?p ?o . DELETE WHERE { ?s ?p ?o } }",
]
HOW = ("direct", "form", "get", "update parameter", "update media type", "query and update")


def send(address: str, text: str, how: str) -> Reply:
    encoded = quote(text, safe="")
    form = {"content_type": "application/x-www-form-urlencoded"}
    match how:
        case "direct":
            return query(address, text)
        case "form":
            return ask(address, "/sparql", "POST", f"query={encoded}".encode(), **form)
        case "get":
            return ask(address, get(text))
        case "update parameter":
            return ask(address, "/sparql", "POST", f"update={encoded}".encode(), **form)
        case "update media type":
            return ask(address, "/sparql", "POST", text.encode(), content_type="application/sparql-update")
        case _:
            return ask(address, "/sparql?query=ASK%7B%7D", "POST", f"update={encoded}".encode(), **form)


def digest(folder: Path) -> str:
    """What a store's files hold, names included."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def test_smuggled_updates_change_nothing(suite: str, suite_store: Path) -> None:
    assert len(UPDATES) >= 30
    before = digest(suite_store)
    content = query(suite, "CONSTRUCT { ?s ?p ?o } { GRAPH ?g { ?s ?p ?o } }", "application/n-triples").body
    statuses = {(text, how): send(suite, text, how).status for text in UPDATES for how in HOW}
    assert {key: status for key, status in statuses.items() if status not in (400, 403)} == {}
    assert digest(suite_store) == before
    assert query(suite, "CONSTRUCT { ?s ?p ?o } { GRAPH ?g { ?s ?p ?o } }", "application/n-triples").body == content


# ----- ways out


class Trap:
    """A server on loopback that counts who comes."""

    def __init__(self) -> None:
        self.hits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.hits += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    found = Trap()
    yield found
    found.close()


def ways_out(port: int, secret: Path) -> list[tuple[str, dict[str, str]]]:
    """Queries and parameters that name an address of the trap, or a file."""
    url, file = f"http://127.0.0.1:{port}/data.ttl", secret.as_uri()
    return [
        (f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}", {}),
        (f"select * {{ service<{url}>{{?s ?p ?o}} }}", {}),
        (f"PREFIX x: <http://127.0.0.1:{port}/> SELECT * {{ SERVICE x:data.ttl {{ ?s ?p ?o }} }}", {}),
        (f"PREFIX : <{url}> SELECT * {{ SERVICE : {{ ?s ?p ?o }} }}", {}),
        (f"PREFIX : <{url}> SELECT * {{ SERVICE:{{?s ?p ?o}} }}", {}),
        (f"BASE <http://127.0.0.1:{port}/> SELECT * {{ SERVICE <data.ttl> {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * {{ VALUES ?e {{ <{url}> }} SERVICE ?e {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * {{ BIND(IRI('{url}') AS ?e) SERVICE ?e {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * {{ FILTER(trueSERVICE<{url}>{{}}) }}", {}),
        (f"SELECT * {{ FILTER(true)SERVICE<{url}>{{?s ?p ?o}} }}", {}),
        (f"SELECT * {{ ?s ?p 1SERVICE<{url}>{{?s ?p ?o}} }}", {}),
        (f"SELECT * {{ # comment\rSERVICE <{url}> {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * {{ OPTIONAL {{ {{ SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }} }} }} }}", {}),
        (f"ASK {{ FILTER EXISTS {{ SERVICE <{url}> {{ ?s ?p ?o }} }} }}", {}),
        (f"SELECT * {{ S\\u0045RVICE <{url}> {{ ?s ?p ?o }} }}", {}),
        (f"CONSTRUCT {{ ?s ?p ?o }} {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", {}),
        (f"DESCRIBE ?s {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * FROM <{url}> {{ ?s ?p ?o }}", {}),
        (f"SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * FROM <{file}> {{ ?s ?p ?o }}", {}),
        (f"SELECT * FROM NAMED <{file}> {{ GRAPH ?g {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * {{ GRAPH <{url}> {{ ?s ?p ?o }} }}", {}),
        (f"SELECT * {{ GRAPH <{file}> {{ ?s ?p ?o }} }}", {}),
        ("SELECT * { ?s ?p ?o }", {"default-graph-uri": url}),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", {"named-graph-uri": url}),
        ("SELECT * { ?s ?p ?o }", {"default-graph-uri": file}),
        (f"LOAD <{url}>", {}),
        (f"LOAD SILENT <{file}> INTO GRAPH <http://example.org/g>", {}),
        (f"DESCRIBE <{url}>", {}),
        (f"SELECT (<{url}>(1) AS ?x) {{}}", {}),
        (f"SELECT * {{ ?s <http://www.w3.org/2002/07/owl#imports> <{url}> }}", {}),
        (f"CONSTRUCT {{ <{url}> <http://www.w3.org/2002/07/owl#imports> <{url}> }} {{}}", {}),
    ]


def test_no_query_calls_anybody_or_reads_a_file(suite: str, trap: Trap, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ttl"
    secret.write_text("<http://example.org/secret> <http://example.org/p> 42 .", encoding="utf-8")
    ways = ways_out(trap.port, secret)
    assert len(ways) >= 25
    for text, parameters in ways:
        for reply in (query(suite, text, more=parameters), ask(suite, get(text, parameters), accept="application/ld+json, */*;q=0.1")):
            assert reply.status in (200, 400, 403), (text, reply)
            assert b"example.org/secret" not in reply.body
            assert reply.status != 200 or "SERVICE" not in text.upper()
    assert trap.hits == 0


def test_a_context_is_neither_fetched_nor_written(suite: str, trap: Trap) -> None:
    """JSON-LD that is written names no context, and a request may not bring one."""
    made = query(suite, "CONSTRUCT { ?s ?p ?o } { GRAPH ?g { ?s ?p ?o } }", "application/ld+json")
    assert b"@context" not in made.body
    linked = f'<http://127.0.0.1:{trap.port}/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    assert ask(suite, get("ASK {}"), link=linked).status == 200
    assert ask(suite, "/sparql", "POST", f'{{"@context": "http://127.0.0.1:{trap.port}/c"}}'.encode(), content_type="application/ld+json").status == 415
    assert trap.hits == 0


CALL = """
import sys
from boundwork.explore.querying.worker import _leave_network
from boundwork.stores.local import LocalStore
apart = _leave_network() if sys.argv[2] == "apart" else None
try:
    list(LocalStore.memory().query(f"SELECT * {{ SERVICE <http://127.0.0.1:{sys.argv[1]}/> {{ ?s ?p ?o }} }}").rows)
except Exception as error:
    print("refused", error)
print("apart", apart)
"""


def call(trap: Trap, how: str) -> str:
    done = subprocess.run([sys.executable, "-c", CALL, str(trap.port), how], capture_output=True, encoding="utf-8", timeout=60, check=True)
    return done.stdout


def test_even_the_engine_itself_reaches_nobody_from_a_worker() -> None:
    trap = Trap()
    try:
        call(trap, "as it is")
        assert trap.hits == 1, "the trap does not notice a call"
        said = call(trap, "apart")
        if "apart True" not in said:
            pytest.skip("this system lets no process have a network of its own; queries are searched for SERVICE all the same")
        assert trap.hits == 1
    finally:
        trap.close()


def test_parameters_of_the_protocol_are_not_fetched_by_the_description(suite: str, trap: Trap) -> None:
    url = f"http://127.0.0.1:{trap.port}/x"
    assert ask(suite, "/sparql?" + urlencode({"default-graph-uri": url, "service": url})).status == 200
    assert trap.hits == 0
