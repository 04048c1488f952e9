"""Every request of the W3C's SPARQL 1.1 Protocol suite (data-sparql11/protocol/manifest.ttl), of which a read-only server owes 27 of 34.

The suite is a description, so its requests stand here as a table: name, method, address, media type, body, and what is owed: "true" for
a yes in JSON or XML, "table" and "graph" for any of their media types, 4xx for a refusal. The seven tests of updates that succeed are
here too: each of their updates must be refused. In `query_multiple_dataset` the manifest escapes the separator between its two
named-graph-uri parameters; it is sent here as the parameters that its comment and its expected answer speak of.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from protocol.asking import DATA, DOCUMENT, Reply, ask, query

FORM, QUERY, UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"
D0, D1, D2, D3 = (quote(DATA.format(n), safe="") for n in range(4))
I1, I2, I3 = (f"<{DATA.format(n)}>" for n in range(1, 4))
BOTH = f"ASK {{ {I1} a ?type . {I2} a ?type . }}"
NAMED = f"ASK {{ GRAPH ?g1 {{ {I1} a ?type }} GRAPH ?g2 {{ {I2} a ?type }} }}"
TABLE = {"application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"}
GRAPH = {"application/rdf+xml", "text/turtle", "application/n-triples", "application/ld+json"}


class Case(NamedTuple):
    name: str
    method: str
    path: str
    media: str
    body: bytes | None
    owed: str


OWED = [
    Case("query_post_form", "POST", f"/sparql/?default-graph-uri={D0}", FORM, b"query=ASK%20%7B%7D", "true"),
    Case("query_dataset_default_graphs_get", "GET", f"/sparql/?query={quote(BOTH)}&default-graph-uri={D1}&default-graph-uri={D2}", "", None, "true"),
    Case("query_dataset_default_graphs_post", "POST", f"/sparql/?default-graph-uri={D1}&default-graph-uri={D2}", QUERY, BOTH.encode(), "true"),
    Case("query_dataset_named_graphs_post", "POST", f"/sparql/?named-graph-uri={D1}&named-graph-uri={D2}", QUERY, NAMED.encode(), "true"),
    Case("query_dataset_named_graphs_get", "GET", f"/sparql/?query={quote(NAMED)}&named-graph-uri={D1}&named-graph-uri={D2}", "", None, "true"),
    Case("query_dataset_full", "POST", f"/sparql/?default-graph-uri={D3}&named-graph-uri={D1}&named-graph-uri={D2}", QUERY,
         f"ASK {{\n  {I3} a ?type\n  GRAPH ?g1 {{ {I1} a ?type }}\n  GRAPH ?g2 {{ {I2} a ?type }}\n}}".encode(), "true"),
    Case("query_multiple_dataset", "POST", f"/sparql/?named-graph-uri={D1}&named-graph-uri={D2}", QUERY,
         NAMED.replace("ASK", f"ASK FROM {I3}").encode(), "true"),
    Case("query_get", "GET", f"/sparql/?query=ASK%20%7B%7D&default-graph-uri={D0}", "", None, "true"),
    Case("query_content_type_select", "POST", f"/sparql/?default-graph-uri={D0}", QUERY, b"SELECT (1 AS ?value) {}", "table"),
    Case("query_content_type_ask", "POST", f"/sparql/?default-graph-uri={D0}", QUERY, b"ASK {}", "true"),
    Case("query_content_type_describe", "POST", f"/sparql/?default-graph-uri={D0}", QUERY, b"DESCRIBE <http://example.org/>", "graph"),
    Case("query_content_type_construct", "POST", f"/sparql/?default-graph-uri={D0}", QUERY, b"CONSTRUCT { <s> <p> 1 } WHERE {}", "graph"),
    Case("query_post_direct", "POST", "/sparql/", QUERY, b"ASK {}", "true"),
    Case("bad_query_method", "PUT", f"/sparql/?query=ASK%20%7B%7D&default-graph-uri={D0}", FORM, b"", "4xx"),
    Case("bad_multiple_queries", "GET", "/sparql/?query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D", "", None, "4xx"),
    Case("bad_query_wrong_media_type", "POST", "/sparql/", "text/plain", b"ASK {}", "4xx"),
    Case("bad_query_missing_form_type", "POST", "/sparql/", "", b"query=ASK%20%7B%7D", "4xx"),
    Case("bad_query_missing_direct_type", "POST", "/sparql/", "", b"ASK {}", "4xx"),
    Case("bad_query_non_utf8", "POST", "/sparql/", f"{QUERY}; charset=UTF-16", "ASK {}".encode("utf-16"), "4xx"),
    Case("bad_query_syntax", "GET", "/sparql/?query=ASK%20%7B", "", None, "4xx"),
    Case("bad_update_get", "GET", "/sparql/?update=CLEAR%20ALL", "", None, "4xx"),
    Case("bad_multiple_updates", "POST", "/sparql/", FORM, b"update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", "4xx"),
    Case("bad_update_wrong_media_type", "POST", "/sparql/", "text/plain", b"CLEAR NAMED", "4xx"),
    Case("bad_update_missing_form_type", "POST", "/sparql/", "", b"update=CLEAR%20NAMED", "4xx"),
    Case("bad_update_non_utf8", "POST", "/sparql/", f"{UPDATE}; charset=UTF-16", "CLEAR NAMED".encode("utf-16"), "4xx"),
    Case("bad_update_syntax", "POST", "/sparql/", FORM, b"update=CLEAR%20XYZ", "4xx"),
    Case("bad_update_dataset_conflict", "POST", "/sparql/?using-named-graph-uri=http%3A%2F%2Fexample%2Fpeople", UPDATE,
         b"PREFIX foaf: <http://xmlns.com/foaf/0.1/> WITH <http://example/addresses> DELETE { ?person foaf:givenName 'Bill' } "
         b"INSERT { ?person foaf:givenName 'William' } WHERE { ?person foaf:givenName 'Bill' }", "4xx"),
]
_INSERT = (f"CLEAR ALL ; INSERT DATA {{ GRAPH {I1} {{ {I1} a {DOCUMENT} }} }} ; "
           f"INSERT {{ GRAPH <http://example.org/g/> {{ ?s a 1 }} }} WHERE {{ ?s a {DOCUMENT} }}")
REFUSED = [
    Case("update_dataset_default_graph", "POST", f"/sparql/?using-graph-uri={D1}", UPDATE, _INSERT.encode(), "403"),
    Case("update_dataset_default_graphs", "POST", f"/sparql/?using-graph-uri={D1}&using-graph-uri={D2}", UPDATE, _INSERT.encode(), "403"),
    Case("update_dataset_named_graphs", "POST", f"/sparql/?using-named-graph-uri={D1}&using-named-graph-uri={D2}", UPDATE, _INSERT.encode(), "403"),
    Case("update_dataset_full", "POST", f"/sparql/?using-graph-uri={D1}&using-named-graph-uri={D2}", UPDATE, _INSERT.encode(), "403"),
    Case("update_post_form", "POST", "/sparql/", FORM, b"update=CLEAR+ALL", "403"),
    Case("update_post_direct", "POST", "/sparql/", UPDATE, b"CLEAR ALL", "403"),
    Case("update_base_uri", "POST", "/sparql/", UPDATE,
         b"CLEAR GRAPH <http://example.org/b/> ; INSERT DATA { GRAPH <http://example.org/b/> { <http://example.org/s> <http://example.org/p> <test> } }",
         "403"),
]


def truth(reply: Reply) -> bool:
    if reply.media == "application/sparql-results+json":
        return bool(json.loads(reply.body)["boolean"])
    assert reply.media == "application/sparql-results+xml"
    return ET.fromstring(reply.body).findtext("{http://www.w3.org/2005/sparql-results#}boolean") == "true"


@pytest.mark.parametrize("accept", ["", "application/sparql-results+xml, application/rdf+xml"], ids=["anything", "xml"])
@pytest.mark.parametrize("case", [*OWED, *REFUSED], ids=lambda c: c.name)
def test_request_of_the_suite_is_answered_as_owed(suite: str, case: Case, accept: str) -> None:
    headers = {**({"content_type": case.media} if case.media else {}), **({"accept": accept} if accept else {})}
    reply = ask(suite, case.path, case.method, case.body, **headers)
    if case.owed == "true":
        assert (reply.status, truth(reply)) == (200, True)
    elif case.owed in ("table", "graph"):
        assert reply.status == 200
        assert reply.media in (TABLE if case.owed == "table" else GRAPH)
    elif case.owed == "4xx":
        assert 400 <= reply.status < 500
        assert reply.body.strip()
    else:
        assert reply.status == int(case.owed)


def test_the_table_holds_the_whole_suite() -> None:
    names = [c.name for c in (*OWED, *REFUSED)]
    assert len(OWED) == 27
    assert len(set(names)) == len(names) == 34


def test_the_store_is_as_it_was_after_all_updates(suite: str, suite_store: Path) -> None:
    assert query(suite, "SELECT ?g ?s ?o { GRAPH ?g { ?s a ?o } } ORDER BY ?g", "text/csv").body.decode().splitlines()[1:] == [
        ",".join([DATA.format(n), DATA.format(n), DOCUMENT[1:-1]]) for n in (1, 2, 3)]
