"""The endpoint as clients meet it: formats, status codes, datasets, its description, and the two clients that Python people use."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import Result, ResultRow
from SPARQLWrapper import CSV, JSON, JSONLD, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from boundwork.pipeline.builds import Build
from boundwork.stores.local import LocalStore
from protocol.asking import DATA, ask, get, query

SELECT, ASK, CONSTRUCT = "SELECT ?s { GRAPH ?g { ?s ?p ?o } } ORDER BY ?s", "ASK {}", "CONSTRUCT { ?s ?p ?o } { GRAPH ?g { ?s ?p ?o } }"
SRJ, SRX, TTL, NT = "application/sparql-results+json", "application/sparql-results+xml", "text/turtle", "application/n-triples"
LD, RX, TEXT_CSV, TEXT_TSV = "application/ld+json", "application/rdf+xml", "text/csv", "text/tab-separated-values"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(("text", "accept", "status", "media"), [
    (SELECT, "*/*", 200, SRJ), (SELECT, SRJ, 200, SRJ), (SELECT, SRX, 200, SRX), (SELECT, TEXT_CSV, 200, TEXT_CSV), (SELECT, TEXT_TSV, 200, TEXT_TSV),
    (SELECT, "application/json", 200, "application/json"), (SELECT, "application/xml", 200, "application/xml"), (SELECT, BROWSER, 200, "application/xml"),
    (SELECT, f"{SRX};q=0.5, {TEXT_CSV};q=0.9", 200, TEXT_CSV), (SELECT, f"{SRJ};q=0, */*;q=0.1", 200, "application/json"), (SELECT, "text/*", 200, "text/xml"),
    (SELECT, "image/png, */*;q=0", 406, "text/plain"), (SELECT, TTL, 406, "text/plain"), (SELECT, "text/html", 406, "text/plain"),
    (SELECT, "nonsense", 406, "text/plain"), (SELECT, f"{SRJ};q=abc, {SRX};q=0.1", 200, SRX), (SELECT, f"{SRJ};q=nan", 406, "text/plain"),
    (ASK, "*/*", 200, SRJ), (ASK, SRX, 200, SRX), (ASK, TEXT_CSV, 406, "text/plain"), (ASK, f"{TEXT_CSV}, {SRX};q=0.2", 200, SRX),
    (CONSTRUCT, "*/*", 200, TTL), (CONSTRUCT, NT, 200, NT), (CONSTRUCT, LD, 200, LD), (CONSTRUCT, RX, 200, RX), (CONSTRUCT, "text/plain", 200, "text/plain"),
    (CONSTRUCT, SRJ, 406, "text/plain"), (CONSTRUCT, f"{SRJ}, {RX};q=0.1", 200, RX), ("DESCRIBE <http://example.org/>", BROWSER, 200, "application/xml"),
])
def test_the_format_is_the_one_that_the_client_likes_best(suite: str, text: str, accept: str, status: int, media: str) -> None:
    reply = query(suite, text, accept)
    assert (reply.status, reply.media) == (status, media)
    assert reply.headers["vary"] == "Accept"


@pytest.mark.parametrize(("name", "text", "media"), [
    ("csv", SELECT, TEXT_CSV), ("json", SELECT, SRJ), ("xml", SELECT, SRX), ("json", CONSTRUCT, LD), ("ttl", CONSTRUCT, TTL), ("csv", CONSTRUCT, TTL),
    ("nonsense", SELECT, SRJ),
])
def test_a_format_can_be_named_in_the_address(suite: str, name: str, text: str, media: str) -> None:
    assert ask(suite, get(text, {"format": name})).media == media


@pytest.mark.parametrize(("method", "path", "headers", "body", "status"), [
    ("DELETE", get(ASK), {}, None, 405), ("PATCH", "/sparql", {"content_type": "application/sparql-query"}, b"ASK {}", 405),
    ("GET", "/sparql?query=", {}, None, 400), ("GET", "/sparql?query=ASK%7B%7D%ff", {}, None, 400), ("GET", get("SELEKT *"), {}, None, 400),
    ("GET", get("SELECT * { ?s <no iri> ?o }"), {}, None, 400), ("GET", get(ASK, {"default-graph-uri": "no iri"}), {}, None, 400),
    ("POST", "/sparql", {"content_type": "application/sparql-query"}, b"ASK { ?s ?p '\xff' }", 400),
    ("POST", "/sparql", {"content_type": "application/x-www-form-urlencoded"}, b"", 400),
    ("POST", get(ASK), {"content_type": "application/sparql-query"}, b"ASK {}", 400),
    ("POST", "/sparql", {"content_type": "application/sparql-query; charset=latin-1"}, b"ASK {}", 415),
    ("POST", "/sparql", {"content_type": "application/sparql-query; charset=\"UTF-8\""}, b"ASK {}", 200),
    ("POST", "/sparql", {"content_type": "multipart/form-data; boundary=x"}, b"--x--", 415),
    ("POST", "/sparql", {"content_type": "application/x-www-form-urlencoded"}, b"query=ASK%7B%7D&" + b"x=1&" * 1500, 400),
    ("GET", "/sparql/nobody" + get(ASK).removeprefix("/sparql"), {}, None, 404), ("GET", "/nothing", {}, None, 404),
    ("GET", get(ASK, {"using-graph-uri": "http://example.org/g"}), {}, None, 400),
    ("GET", get(ASK, {"default-graph-uri": ""}), {}, None, 200),
])
def test_the_status_says_what_is_wrong(suite: str, method: str, path: str, headers: dict[str, str], body: bytes | None, status: int) -> None:
    reply = ask(suite, path, method, body, **headers)
    assert reply.status == status, reply.body
    assert b"Traceback" not in reply.body
    if status == 405:
        assert reply.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_head_and_options_say_as_much_without_a_body(suite: str) -> None:
    full, head = ask(suite, get(SELECT)), ask(suite, get(SELECT), "HEAD")
    assert (head.status, head.body, head.headers["content-length"], head.media) == (200, b"", str(len(full.body)), full.media)
    options = ask(suite, "/sparql", "OPTIONS")
    assert (options.status, options.headers["allow"], options.body) == (204, "GET, HEAD, POST, OPTIONS", b"")


def sources(address: str, text: str, **graphs: list[str]) -> set[str]:
    """Which of the suite's three graphs a query saw."""
    path = "/sparql?" + urlencode({"query": text, **{n.replace("_", "-"): g for n, g in graphs.items()}}, doseq=True)
    reply = ask(address, path, accept=TEXT_CSV)
    assert reply.status == 200, reply.body
    return {line[-5] for line in reply.body.decode().splitlines()[1:]}


def test_the_dataset_is_what_the_protocol_says_before_what_the_query_says(suite: str) -> None:
    plain, named = "SELECT ?s {{ ?s ?p ?o }}", "SELECT ?s {from_} {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    one, two, three = (DATA.format(n) for n in (1, 2, 3))
    assert sources(suite, plain.format()) == set()
    assert sources(suite, plain.format(), default_graph_uri=[one, two]) == {"1", "2"}
    assert sources(suite, named.format(from_=""), default_graph_uri=[one]) == set()
    assert sources(suite, named.format(from_=""), named_graph_uri=[one, two]) == {"1", "2"}
    assert sources(suite, named.format(from_=""), named_graph_uri=[one], default_graph_uri=[two]) == {"1"}
    assert sources(suite, named.format(from_=f"FROM NAMED <{three}>")) == {"3"}
    assert sources(suite, named.format(from_=f"FROM NAMED <{three}>"), named_graph_uri=[one]) == {"1"}
    assert sources(suite, f"SELECT ?s FROM <{three}> {{ ?s ?p ?o }}") == {"3"}
    assert sources(suite, f"SELECT ?s FROM <{three}> {{ ?s ?p ?o }}", default_graph_uri=[one]) == {"1"}
    assert sources(suite, f"SELECT ?s FROM <{three}> {{ ?s ?p ?o }}", named_graph_uri=[one]) == set()
    assert sources(suite, plain.format(), default_graph_uri=["http://example.org/unknown"]) == set()


def test_a_graph_that_stands_only_in_the_default_graph_is_refused_and_not_empty(study: str) -> None:
    merged = "https://w3id.org/boundwork/graph/regulating-public-services/coding/coder-1"
    kept = "https://w3id.org/boundwork/graph/regulating-public-services/study"
    for text, graphs in ((ASK, {"default-graph-uri": merged}), (ASK, {"named-graph-uri": merged}), (f"ASK FROM <{merged}> {{ ?s ?p ?o }}", {}),
                         (f"ASK FROM NAMED <{merged}> {{ GRAPH ?g {{ ?s ?p ?o }} }}", {}), (f"ASK {{ GRAPH <{merged}> {{ ?s ?p ?o }} }}", {})):
        reply = ask(study, get(text, graphs))
        assert (reply.status, b"build -o FILE" in reply.body) == (403, True)
    assert json.loads(ask(study, get(f"ASK {{ GRAPH <{kept}> {{ ?s ?p ?o }} }}")).body)["boolean"] is True
    assert json.loads(ask(study, get("ASK { ?s ?p ?o }", {"default-graph-uri": kept})).body)["boolean"] is True


def test_each_reading_has_an_address(study: str) -> None:
    text = "SELECT ?r { ?study bw:currentReading ?r }"
    answers = {r: query(study, text, TEXT_CSV, reading=r).body.decode().split()[1].rpartition("/")[2] for r in ("", "stated", "reading-2", "adjudicated")}
    assert answers == {"": "reading-1", "stated": "stated", "reading-2": "reading-2", "adjudicated": "adjudicated"}


@pytest.mark.parametrize(("accept", "form"), [("*/*", "turtle"), (RX, "xml"), (NT, "nt"), (LD, "json-ld")])
def test_the_service_describes_itself(study: str, accept: str, form: str) -> None:
    reply = ask(study, "/sparql", accept=accept)
    graph = Graph().parse(reply.body, format=form)
    sd = "http://www.w3.org/ns/sparql-service-description#"
    service = URIRef(f"{study}/sparql#service")
    assert (service, RDF.type, URIRef(sd + "Service")) in graph
    assert graph.value(service, URIRef(sd + "endpoint")) == URIRef(f"{study}/sparql")
    assert graph.value(service, URIRef(sd + "supportedLanguage")) == URIRef(sd + "SPARQL11Query")
    assert len(set(graph.objects(service, URIRef(sd + "resultFormat")))) == 8
    names = {str(o) for o in graph.objects(None, URIRef(sd + "name"))}
    counted = query(study, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", TEXT_CSV).body.decode().split()[1:]
    assert names == set(counted)
    for entry, name in graph.subject_objects(URIRef(sd + "name")):
        content = graph.value(entry, URIRef(sd + "graph"))
        size = query(study, f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{name}> {{ ?s ?p ?o }} }}", TEXT_CSV).body.decode().split()[1]
        assert graph.value(content, URIRef("http://rdfs.org/ns/void#triples")) == Literal(int(size))


def test_description_in_no_format_that_suits(study: str) -> None:
    assert ask(study, "/sparql", accept="image/png").status == 406
    assert ask(study, "/sparql/nobody").status == 404


HOSTILE = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", 'quote " and, comma', "line\nbreak\r\nhere", "<script>alert(1)</script>", "]]>",
           "&amp;", "'", "\\", "é 😀 \u202e", ""]


def bindings(data: bytes, form: str) -> list[dict[str, str]]:
    """Results as rdflib reads them."""
    return [{str(n): str(v) for n, v in zip(row.labels, row, strict=True)} for row in Result.parse(io.BytesIO(data), format=form)
            if isinstance(row, ResultRow)]


def test_hostile_texts_come_through_every_format_unchanged(suite: str) -> None:
    values = " ".join(json.dumps(h, ensure_ascii=False) for h in HOSTILE)
    text = f"SELECT ?v {{ VALUES ?v {{ {values} }} }}"
    found = {name: [b["v"] for b in bindings(query(suite, text, media).body, name)]
             for name, media in (("json", SRJ), ("xml", SRX), ("tsv", TEXT_TSV))}
    found["csv"] = [row[0] if row else "" for row in csv.reader(io.StringIO(query(suite, text, TEXT_CSV).body.decode(), newline=""))][1:]
    assert found == dict.fromkeys(found, HOSTILE)


@pytest.mark.parametrize("character", ["\x01", "\x0b", "\x1f", "\ufffe"])
def test_what_xml_cannot_hold_is_refused_there_and_given_elsewhere(suite: str, character: str) -> None:
    text = f'SELECT ("a{character}b" AS ?v) {{}}'
    assert query(suite, text, SRX).status == 406
    assert json.loads(query(suite, text, SRJ).body)["results"]["bindings"][0]["v"]["value"] == f"a{character}b"


def test_more_rows_than_are_given_at_once_are_refused(study: str) -> None:
    reply = query(study, "SELECT * { ?a ?b ?c . ?c ?d ?e } LIMIT 1001")
    assert (reply.status, b"1,000 rows" in reply.body, b"LIMIT" in reply.body) == (403, True, True)
    assert len(query(study, "SELECT * { ?a ?b ?c . ?c ?d ?e } LIMIT 1000", TEXT_TSV).body.splitlines()) == 1_001


# ----- the clients


def wrapper(address: str, text: str, form: str, method: str = "GET", request: str = "urlencoded") -> SPARQLWrapper:
    client = SPARQLWrapper(f"{address}/sparql")
    client.setQuery(text)
    client.setReturnFormat(form)
    client.setMethod(method)
    client.setRequestMethod(request)
    client.setTimeout(60)
    return client


SOURCES = [f"http://kasei.us/2009/09/sparql/data/data{n}.rdf" for n in (1, 2, 3)]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # SPARQLWrapper 2.0 makes one
@pytest.mark.parametrize(("method", "request_method"), [("GET", "urlencoded"), (POST, "urlencoded"), (POST, POSTDIRECTLY)], ids=["get", "form", "direct"])
def test_sparqlwrapper_reads_every_format(suite: str, method: str, request_method: str) -> None:
    def answer(text: str, form: str) -> object:
        return wrapper(suite, text, form, method, request_method).query().convert()

    as_json = answer(SELECT, JSON)
    assert isinstance(as_json, dict)
    assert [b["s"]["value"] for b in as_json["results"]["bindings"]] == SOURCES
    as_xml = answer(SELECT, XML)
    assert [n.firstChild.data for n in as_xml.getElementsByTagName("uri")] == SOURCES  # type: ignore[attr-defined]
    as_csv, as_tsv = answer(SELECT, CSV), answer(SELECT, TSV)
    assert isinstance(as_csv, bytes)
    assert isinstance(as_tsv, bytes)
    assert as_csv.decode().split() == ["s", *SOURCES]
    assert as_tsv.decode().split() == ["?s", *(f"<{s}>" for s in SOURCES)]
    for form in (TURTLE, RDFXML, JSONLD):
        made = answer(CONSTRUCT, form)
        graph = made if isinstance(made, Graph) else Graph().parse(made, format="turtle")  # type: ignore[arg-type]
        assert {str(s) for s in graph.subjects()} == set(SOURCES)
    truth = answer(ASK, JSON)
    assert isinstance(truth, dict)
    assert truth["boolean"] is True
    with pytest.raises(QueryBadFormed):
        answer("SELECT", JSON)


def test_sparqlwrapper_names_graphs(suite: str) -> None:
    client = wrapper(suite, "SELECT ?s { ?s ?p ?o }", JSON)
    client.addDefaultGraph(SOURCES[1])
    found = client.query().convert()
    assert isinstance(found, dict)
    assert [b["s"]["value"] for b in found["results"]["bindings"]] == [SOURCES[1]]


def codings_of_the_default_reading(builds: dict[str, Build]) -> int:
    store = LocalStore.open(builds["regulating-public-services"].store("reading-1"))
    return len(store.select("SELECT DISTINCT ?c { ?c a <https://w3id.org/boundwork/ontology#Coding> }"))


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflib_reads_the_study(study: str, builds: dict[str, Build], method: str, form: str) -> None:
    store = SPARQLStore(f"{study}/sparql", method=method, returnFormat=form)
    graph = Graph(store)
    rows = graph.query("PREFIX bw: <https://w3id.org/boundwork/ontology#> SELECT (COUNT(DISTINCT ?c) AS ?n) { ?c a bw:Coding }")
    assert [[str(v) for v in b.values()] for b in rows.bindings] == [[str(codings_of_the_default_reading(builds))]]
    if form in ("xml", "json"):
        assert graph.query("ASK { ?s ?p ?o }").askAnswer is True


def test_rdflib_uses_the_endpoint_as_a_graph(suite: str) -> None:
    graph = Graph(SPARQLStore(f"{suite}/sparql", returnFormat="xml"), identifier=URIRef(SOURCES[0]))
    assert list(graph.triples((None, RDF.type, None))) == [(URIRef(SOURCES[0]), RDF.type, URIRef("http://xmlns.com/foaf/0.1/Document"))]
    assert len(graph) == 1
    made = Graph(SPARQLStore(f"{suite}/sparql")).query(CONSTRUCT)
    assert made.graph is not None
    assert {str(s) for s in made.graph.subjects()} == set(SOURCES)


def test_pyoxigraph_reads_results_as_those_of_its_own_writer(suite: str) -> None:
    text = """SELECT ?a ?b { VALUES (?a ?b) { (1 "x"@en) (1.50 "y"@de-AT) (1e3 <http://example.org/é>) (true UNDEF)
              ("a	b" "2020-01-01"^^<http://www.w3.org/2001/XMLSchema#date>) } }"""

    def own(form: ox.QueryResultsFormat) -> bytes:
        written = ox.Store().query(text)
        assert isinstance(written, ox.QuerySolutions)
        return written.serialize(format=form) or b""

    def rows(data: bytes, form: ox.QueryResultsFormat) -> list[tuple[object, object]]:
        read = ox.parse_query_results(data, format=form)
        assert isinstance(read, ox.QuerySolutions)
        return [(row["a"], row["b"]) for row in read]

    for form, media in ((ox.QueryResultsFormat.JSON, SRJ), (ox.QueryResultsFormat.XML, SRX), (ox.QueryResultsFormat.TSV, TEXT_TSV)):
        assert rows(query(suite, text, media).body, form) == rows(own(form), form)
    assert query(suite, text, TEXT_CSV).body == own(ox.QueryResultsFormat.CSV)
