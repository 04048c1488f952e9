"""Stored queries as text: a tokenizer that knows strings, IRIs and comments; values that cannot become syntax; nothing that calls out or writes."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundwork.errors import BoundworkError, InputError, UsageError
from boundwork.explore.session import Session
from boundwork.explore.values import terms_for
from boundwork.pipeline.builds import Build
from boundwork.queries.stored import Parameter, StoredQuery, headers_file, read_query
from boundwork.queries.tokens import MOST_NESTING, MOST_PARTS, check_safe, keywords, query_form, tokens, values_blocks, without_open_blocks

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "queries" / "ask").glob("*.rq"), *ROOT.glob("data/*/queries/ask/*.rq")])
QUERIES = {p.stem: read_query(p) for p in FILES}


@pytest.mark.parametrize(("text", "kinds"), [
    ("<http://x#y> # <z>\n?v", "iri variable"),
    ("<http://x\\u0023'> 'b'", "iri string"),
    ("\"a\\\"b\" 'c#d' \"\"\"e\"f\n\"\"\" '''g'''", "string string string string"),
    ("?a < ?b && ?c > ?d", "variable other variable other other variable other variable"),
    ("bw:a\\' bw:b\\# code:x-y :z _:b a:", "name name name name name name"),
    ("bw:a. bw:b.c .", "name other name other"),
    ("1 2.5 .5 1e5SERVICE", "number number number number word"),
    ("\"x\"@en-GB \"y\"^^xsd:integer", "string other word other word string other other name"),
    ("'it''s' \"\" ''", "string string string string"),
    ("\"never closed", "other word word"),
])
def test_text_is_cut_into_tokens(text: str, kinds: str) -> None:
    assert " ".join(t.kind for t in tokens(text)) == kinds


@given(st.text(max_size=80))
def test_tokens_cover_the_text_in_order_but_for_space_and_comments(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert re.fullmatch(r"(\s|#[^\r\n]*)*", text[end : token.start])
        assert text[token.start : token.end] == token.text
        end = token.end


def test_a_values_block_is_found_where_it_is_one_and_nowhere_else() -> None:
    text = """# VALUES ?b { 1 }
    SELECT * { ?s ?p "VALUES ?b { 2 }" . values $b { "}" <http://x/}> } VALUES (?b ?c) { (1 2) } VALUES ?b{} }"""
    assert [text[a:z] for a, z in values_blocks(text)["b"]] == [' "}" <http://x/', ""]
    assert set(values_blocks(text)) == {"b"}


def test_bare_words_are_in_capitals() -> None:
    assert keywords("select ?x { ?x bw:y 'ask' filter(?x < <urn:x>) }") == {"SELECT", "FILTER"}


OPEN = "{ SELECT ?b { VALUES ?b { UNDEF } } }"


@pytest.mark.parametrize(("text", "left"), [
    (OPEN, ""),
    (f"SELECT * {{ ?b ?p ?o {OPEN} }}", "SELECT * { ?b ?p ?o  }"),
    (f"SELECT * {{ {OPEN} {OPEN.replace('?b', '?c')} ?b ?c ?o }}", "SELECT * {   ?b ?c ?o }"),
    (OPEN[:-1], OPEN[:-1]),
    (OPEN.replace("UNDEF", "1"), OPEN.replace("UNDEF", "1")),
    (OPEN.replace("VALUES ?b", "VALUES ?c"), OPEN.replace("VALUES ?b", "VALUES ?c")),
])
def test_a_block_that_is_left_open_is_taken_out_whole_or_not_at_all(text: str, left: str) -> None:
    assert without_open_blocks(text) == left


@pytest.mark.parametrize(("text", "form"), [
    ("PREFIX a: <x> PREFIX : <y> BASE <z> # SELECT\n ask {}", "ASK"), ("SELECT * {}", "SELECT"), ("", ""), ("PREFIX", ""), ("construct {} {}", "CONSTRUCT")])
def test_the_form_of_a_query_is_its_first_word_after_the_prologue(text: str, form: str) -> None:
    assert query_form(text) == form


class Trap(BaseHTTPRequestHandler):
    hits: list[str]

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_error(404)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def trap() -> Iterator[tuple[str, list[str]]]:
    """A web server on this machine, and the requests that reached it."""
    Trap.hits = []
    server = HTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"<http://127.0.0.1:{server.server_port}/x>", Trap.hits
    server.shutdown()
    server.server_close()


CALLS = [
    "SELECT * { SERVICE URL { ?s ?p ?o } }", "SELECT * { service URL { ?s ?p ?o } }", "SELECT * { SeRvIcE SILENT URL { ?s ?p ?o } }",
    "SELECT * { SERVICE # no\nURL { ?s ?p ?o } }", "SELECT * {SERVICE\tURL{?s ?p ?o}}", "SELECT * { SERVICESILENT URL { ?s ?p ?o } }",
    "PREFIX : URL SELECT * { SERVICE : { ?s ?p ?o } }", "PREFIX : URL SELECT * { SERVICE:{ ?s ?p ?o } }", "PREFIX : URL SELECT * { SERVICE:x { ?s ?p ?o } }",
    "PREFIX x: URL SELECT * { SERVICE x:y { ?s ?p ?o } }", "SELECT * { VALUES ?u { URL } SERVICE ?u { ?s ?p ?o } }", "ASK { SERVICE URL { ?s ?p ?o } }",
    "CONSTRUCT { ?s ?p ?o } { SERVICE URL { ?s ?p ?o } }", "SELECT * { { SELECT * { SERVICE URL { ?s ?p ?o } } } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE URL { ?s ?p ?o } } }", "SELECT * { OPTIONAL { SERVICE URL { ?s ?p ?o } } }",
    "SELECT * { ?s ?p trueSERVICE URL { ?a ?b ?c } }", "SELECT * { ?s ?p 1e5SERVICE URL { ?a ?b ?c } }", "SELECT * { ?s ?p 1SERVICE URL { ?a ?b ?c } }",
    "SELECT * { ?s ?p bw:a\\' . SERVICE URL { ?a ?b ?c } } #'", "SELECT * { ?s ?p bw:a\\# . SERVICE URL { ?a ?b ?c } }",
    "SELECT * { ?s ?p <http://x/\\u0062#'> . SERVICE URL { ?a ?b ?c } } #'", "SELECT * { ?s ?p '#' . SERVICE URL { ?a ?b ?c } }",
    "SELECT * { ?s ?p '''it's''' . SERVICE URL { ?a ?b ?c } } #'", "SELECT * { ?s ?p \"\\\\\" . SERVICE URL { ?a ?b ?c } } #\"",
    "SELECT * { \\u0053ERVICE URL { ?s ?p ?o } }", "SELECT * { ?s ?p \"\"SERVICE URL { ?a ?b ?c } }", "SELECT * { <a#b> ?p ?o SERVICE URL { ?a ?b ?c } }",
    "SELECT * { FILTER(?a<1)SERVICE URL{ ?a ?b ?c } }", "SELECT * { MINUS { GRAPH ?g { SERVICE URL { ?s ?p ?o } } } }",
]
UPDATES = [
    "INSERT DATA { <a:a> <a:b> <a:c> }", "insert data { <a:a> <a:b> <a:c> }", "# SELECT\nDELETE WHERE { ?s ?p ?o }", "PREFIX x: <a:> CLEAR ALL", "DROP DEFAULT",
    "LOAD URL", "BASE <a:> LOAD SILENT URL INTO GRAPH <a:g>", "WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "CREATE GRAPH <a:g>",
    "COPY DEFAULT TO <a:g>", "MOVE DEFAULT TO <a:g>", "ADD DEFAULT TO <a:g>", "SELECT * {} ; DROP ALL", "ASK {} ; INSERT DATA { <a:a> <a:b> <a:c> }",
    "PREFIX SELECT: <a:> DELETE DATA { <a:a> <a:b> <a:c> }",
]


@pytest.mark.parametrize("text", [*CALLS, *UPDATES[:-4], UPDATES[-1], "SELECT * { ?s ?p \\u0020 }"])
def test_a_query_is_refused_by_its_text_alone(text: str) -> None:
    with pytest.raises(UsageError, match=r"SERVICE|would change the graph|backslash"):
        check_safe(text.replace("URL", "<http://127.0.0.1:1/>"))


@pytest.mark.parametrize("text", [c for c in CALLS if "\\u0053" not in c])
def test_calls_pass_where_a_server_decides(text: str) -> None:
    check_safe(text, service=True)


def nested(deep: int, more: str = "") -> str:
    return "SELECT * {" + "{" * (deep - 1) + more + "}" * deep


@pytest.mark.parametrize(("within", "beyond"), [
    (nested(MOST_NESTING), nested(MOST_NESTING + 1)),
    (nested(MOST_NESTING - 2, "FILTER([])([])"), nested(MOST_NESTING - 1, "FILTER([])")),
    ("{} " * MOST_NESTING + "() " * MOST_NESTING + "[] " * MOST_NESTING, "{([" * (MOST_NESTING // 3) + "((("),
    ("?a " * MOST_PARTS, "?a " * (MOST_PARTS + 1)),
    ("a " * MOST_PARTS + ", " * 9 + "<urn:x> 'text' bw:name 12 " * 9, "a " * (MOST_PARTS // 2) + "+ " * (MOST_PARTS // 2) + "?a"),
    ("VALUES ?a { " + "true " * MOST_PARTS + "} " + "?a " * (MOST_PARTS - 1), "VALUES ?a { " + "true " * MOST_PARTS + "} " + "?a " * MOST_PARTS),
], ids=["nesting", "kinds of brackets", "brackets that close", "variables", "words and operators", "values"])
def test_a_query_of_just_the_limit_passes_and_one_more_does_not(within: str, beyond: str) -> None:
    check_safe(within)
    with pytest.raises(UsageError, match=r"nests more than 200 brackets|more than 3,000 keywords"):
        check_safe(beyond)


@pytest.fixture(scope="module")
def session(builds: dict[str, Build]) -> Session:
    return Session(ROOT / "data" / "example-study")


@pytest.mark.parametrize("text", [*CALLS, *UPDATES])
def test_a_query_that_calls_out_or_writes_is_refused_and_reaches_nobody(text: str, session: Session, trap: tuple[str, list[str]]) -> None:
    url, hits = trap
    size = len(session.store)
    with pytest.raises(BoundworkError) as caught:
        answer = session.sparql(text.replace("URL", url))
        list(getattr(answer, "rows", ()) or getattr(answer, "lines", ()))
    assert (caught.value.exit_code, hits, len(session.store)) == (2, [], size)


@pytest.mark.parametrize("text", [
    "SELECT * { ?s ?p 'SERVICE <http://x> { }' }", "SELECT * { ?service bw:row ?SERVICE } # SERVICE <x> {}", "ASK { ?s ?p <http://x/SERVICE> }",
    "SELECT * { ?s bw:performedBy code:service-director }", "SELECT ('DROP ALL; INSERT DATA' AS ?x) {}", "SELECT * FROM <http://127.0.0.1:9/x> { ?s ?p ?o }",
    "SELECT ('\\\\u0053ERVICE' AS ?x) {}", "# INSERT DATA\nSELECT ?insert { ?insert ?load ?clear } LIMIT 1",
])
def test_a_query_that_only_speaks_of_it_passes(text: str, session: Session) -> None:
    answer = session.sparql(text)
    assert list(getattr(answer, "rows", [])) is not None


@pytest.mark.parametrize("text", [
    "SELECT * " + "{" * 4000 + "}" * 4000, "SELECT * { BIND(" + "(" * 4000 + "1" + ")" * 4000 + " AS ?x) }",
    "SELECT * { ?s ?p " + "[ ?p " * 4000 + "]" * 4000 + " }",
    "SELECT * { FILTER(" + "!" * 20_000 + "true) }", "SELECT * { BIND(" + "+".join("1" * 10_000) + " AS ?x) }", "SELECT * { {} " + "UNION {} " * 8000 + "}",
    "SELECT * { " + "<< " * 20_000 + "}", "SELECT * { " + "OPTIONAL { ?s <a:b> ?o } " * 4000 + "}", "SELECT * { ?s " + "/".join(["<a:b>"] * 9000) + " ?o }",
    "SELECT * { " + "<a:a> <a:b> <a:c> . " * 20_000 + "}",
], ids=["groups", "brackets", "blank nodes", "not", "plus", "union", "quoted triples", "optional", "path", "triples"])
def test_a_query_that_would_crash_the_engine_is_refused(text: str, session: Session) -> None:
    with pytest.raises(UsageError, match=rf"more than ({MOST_NESTING} brackets|{MOST_PARTS:,} keywords)"):
        session.sparql(text)


def test_a_query_just_within_the_limits_runs(session: Session) -> None:
    deep = MOST_NESTING - 5
    check_safe("SELECT * " + "{" * deep + "}" * deep)
    for text in ("SELECT * " + "{" * deep + "}" * deep, "SELECT * { BIND(" + "+".join(["1"] * (MOST_PARTS - 20)) + " AS ?x) }",
                 "SELECT * { " + "OPTIONAL { ?s <a:b> ?o } " * (MOST_PARTS // 6) + "}", "SELECT * { VALUES ?x { " + "<a:b> " * 20_000 + "} ?x ?p ?o }"):
        list(getattr(session.sparql(text), "rows", []))


HOSTILE = st.text(st.characters() | st.sampled_from("<>\"'{}()\\#?$;,.:@^|`%\n\r\t\0 "), max_size=40) | st.sampled_from([
    "any", "?", "", "} #", '" } #', "' } ; DROP ALL #", "code:expertise> ?p ?o } #", "expertise } UNION { ?s ?p ?o", "<http://x>", "http://x> ?p ?o . #",
    "\\u0022", "\\", "UNDEF", "} VALUES ?x {", "a\nb", "\x00", "\ud800", "code:", "urn:x:y", "1e5", "+1", "-0", "٣", "true", "True", "1" * 400])


def skeleton(query: StoredQuery, text: str) -> list[str]:
    """The text without what stands in the VALUES blocks of parameters."""
    cut, end = [], 0
    for start, stop in sorted(b for name in query.params for b in values_blocks(text)[name]):
        cut.append(text[end:start])
        end = stop
    return [*cut, text[end:]]


def check_value(query: StoredQuery, name: str, value: str, session: Session) -> None:
    try:
        result = session.ask(query.slug, **{name: value})
    except UsageError as error:
        assert "is no " in error.message
        return
    assert skeleton(query, result.text) == skeleton(query, query.body)
    inside = [result.text[a:z] for a, z in values_blocks(result.text)[name]]
    kinds = [[t.kind for t in tokens(part)] for part in inside]
    assert all(k in (["word"], ["iri"], ["string"], ["string", "other", "other", "iri"]) for k in kinds), inside
    assert all(t.text in ("UNDEF",) for part in inside for t in tokens(part) if t.kind == "word")


PARAMS = [(q.slug, n) for q in QUERIES.values() for n in q.params if "data/" not in str(q.path.relative_to(ROOT)) or "example-study" in str(q.path)]


@pytest.mark.parametrize(("slug", "name"), PARAMS, ids="-".join)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(value=HOSTILE)
def test_no_value_of_a_parameter_changes_the_rest_of_a_stored_query(
        slug: str, name: str, value: str, session: Session, record_property: Callable[[str, object], None]) -> None:
    record_property("tried", 1)
    check_value(QUERIES[slug], name, value, session)


TYPES = {
    "class": Parameter("x", "", None, cls="bw:BoundaryCategory"), "text": Parameter("x", "", None, datatype="xsd:string"),
    "integer": Parameter("x", "", None, datatype="xsd:integer"), "decimal": Parameter("x", "", None, datatype="xsd:decimal"),
    "boolean": Parameter("x", "", None, datatype="xsd:boolean"), "list": Parameter("x", "", None, choices=("low", "it's", "a } b")),
}


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(value=HOSTILE | st.sampled_from(["it's", "a } b", "0.5", "12", "false"]))
def test_no_value_of_any_type_becomes_syntax_and_texts_come_back_whole(
        kind: str, value: str, session: Session, record_property: Callable[[str, object], None]) -> None:
    record_property("tried", 1)
    parameter = TYPES[kind]
    try:
        terms = terms_for(parameter, [value], session.store, "example-study")
    except UsageError:
        return
    query = StoredQuery("q", Path("q.rq"), "SELECT ?x { { SELECT ?x { VALUES ?x { UNDEF } } } }", {}, {"x": parameter})
    text = query.with_values({"x": terms})
    assert skeleton(query, text) == skeleton(query, query.body)
    [(answer,)] = session.store.select(text)
    if value == "any":
        assert answer is None
    elif kind in ("text", "list"):
        assert answer is not None
        assert answer.text == value


@pytest.mark.parametrize(("text", "words"), [
    ("#+ summary: [\nSELECT * {}", "the #+ header is not YAML"), ("#+ just words\nSELECT * {}", "must be lines of the form"),
    ("#+ sumary: x\nSELECT * {}", "unknown key 'sumary'. Did you mean 'summary'?"), ("#+ params: {x: {in: [a]}}\nSELECT * {}", "has no block VALUES ?x"),
    ("#+ params: {x: {}}\nSELECT * {}", "needs exactly one of class, datatype and in"), ("#+ params: {x: 3}\nSELECT * {}", "needs exactly one of"),
    ("#+ params: {X-Y: {in: [a]}}\nSELECT * {}", "must be lower-case letters"), ("#+ params: [x]\nSELECT * {}", "params"),
    ("#+ params: {x: {in: 3}}\nSELECT * { VALUES ?x {} }", "x"), ("#+ columns: [a]\nSELECT * {}", "columns"), ("#+ competency: one\nSELECT * {}", "competency"),
])
def test_a_fault_in_a_stored_query_is_one_error_that_names_the_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.rq").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.rq") as caught:
        read_query(tmp_path / "bad.rq")
    assert words in str(caught.value)


# headers that are remembered

QUESTION = "#+ question: {q}\n#+ key: {key}\nSELECT ?s {{ ?s ?p ?o }}\n"


@pytest.fixture
def remembering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BOUNDWORK_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "q.rq"
    path.write_text(QUESTION.format(q="Which?", key="[s]"), encoding="utf-8")
    return path


def test_a_remembered_header_is_the_one_that_was_read(remembering: Path) -> None:
    first = read_query(remembering, remember=True)
    assert list(json.loads(headers_file().read_text(encoding="utf-8")).values()) == [{"question": "Which?", "key": ["s"]}]
    assert read_query(remembering, remember=True) == first == read_query(remembering)


def test_an_edited_header_is_read_anew_and_an_edited_query_too(remembering: Path) -> None:
    read_query(remembering, remember=True)
    remembering.write_text(QUESTION.format(q="Who?", key="[s]").replace("?o }", "?x }"), encoding="utf-8")
    found = read_query(remembering, remember=True)
    assert (found.question, "?x }" in found.body) == ("Who?", True)


@pytest.mark.parametrize("damage", ["", "[]", "{", "\x00"])
def test_a_damaged_memory_of_headers_is_made_anew(remembering: Path, damage: str) -> None:
    headers_file().parent.mkdir()
    headers_file().write_text(damage, encoding="utf-8")
    assert read_query(remembering, remember=True) == read_query(remembering)
    assert len(json.loads(headers_file().read_text(encoding="utf-8"))) == 1


def test_what_json_cannot_hold_is_not_remembered(remembering: Path) -> None:
    remembering.write_text(QUESTION.format(q="2015-01-01", key="[s]"), encoding="utf-8")
    assert read_query(remembering, remember=True) == read_query(remembering)
    assert not headers_file().exists()


def test_a_cache_that_cannot_be_written_is_no_error(remembering: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDWORK_CACHE", str(remembering / "below-a-file"))
    assert read_query(remembering, remember=True) == read_query(remembering)
