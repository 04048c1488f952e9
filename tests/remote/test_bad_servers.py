"""Servers that answer badly: each gives a clear error within the deadline, never a wrong answer, and no credentials leave for another host."""

from __future__ import annotations

import email.utils
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork.errors import BoundworkError, RemoteError, TimeLimit, UsageError
from boundwork.stores import remote_http
from boundwork.stores.answer import Truth
from boundwork.stores.remote import RemoteStore
from boundwork.stores.remote_endpoints import Endpoint, find_endpoint
from boundwork.stores.remote_http import Deadline, Request, send
from conftest import ROOT, Run
from remote.asking import GOOD, LIMIT, SELECT, YES, ask
from servers import Handler, Seen, answering, free_port

pytestmark = pytest.mark.usefixtures("own_cache")

GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
TRIPLE = b"<http://a> <http://b> 1 .\n"
SECRET = "s3cr3t-w0rd"


def slowly(handler: Handler, data: bytes, pause: float = 0.05) -> None:
    for byte in data:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(pause)


def dripping(handler: Handler, body: bytes, pause: float) -> None:
    handler.reply(b"", length=len(body))
    slowly(handler, body, pause)


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/sparql-results+json")
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 65536)


def chunked_cut(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/turtle")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"1d\r\n<http://a> <http://b> \"c\" .  \r\n\r\n")


FAULTS: dict[str, tuple[str, Callable[[Handler], None], type[BoundworkError], str]] = {
    "401": (SELECT, lambda h: h.reply(b"", "text/plain", 401), RemoteError, "does not accept the user and password"),
    "403": (SELECT, lambda h: h.reply(b"no robots", "text/plain", 403), RemoteError, "refuses the request (status 403)"),
    "405": (SELECT, lambda h: h.reply(b"", "text/plain", 405), RemoteError, "takes no queries at http://127.0.0.1"),
    "501": (SELECT, lambda h: h.reply(b"", "text/plain", 501), RemoteError, "takes no queries at http://127.0.0.1"),
    "404": (SELECT, lambda h: h.reply(b"", "text/plain", 404), RemoteError, "There is nothing at http://127.0.0.1"),
    "429 without end": (SELECT, lambda h: h.reply(b"", "text/plain", 429, Retry_After="0"), RemoteError, "too many requests (status 429)"),
    "429, too long a wait": (SELECT, lambda h: h.reply(b"", "text/plain", 429, Retry_After="3600"), RemoteError, "asks to wait 3,600 seconds"),
    "500": (SELECT, lambda h: h.reply(b"out of\x1b[31m memory", "text/plain", 500), RemoteError, "(status 500): out of [31m memory"),
    "503 without end": (SELECT, lambda h: h.reply(b"<html>busy", "text/html", 503, Retry_After="0"), RemoteError, "overloaded (status 503)"),
    "never answers": (SELECT, lambda h: time.sleep(LIMIT + 1), TimeLimit, "no whole answer within 1.5 seconds"),
    "drips its headers": (SELECT, lambda h: slowly(h, b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 500), TimeLimit, "no whole answer within 1.5 seconds"),
    "drips its body": (SELECT, lambda h: dripping(h, GOOD, 0.05), TimeLimit, "no whole answer within 1.5 seconds"),
    "closes at once": (SELECT, lambda h: h.connection.shutdown(socket.SHUT_RDWR), RemoteError, "closed the connection without an answer"),
    "half a body": (SELECT, lambda h: h.reply(GOOD[:-20], length=len(GOOD)), RemoteError, "broke off in the midst"),
    "half a body that parses": (GRAPH, chunked_cut, RemoteError, "broke off in the midst"),
    "half a result, no length": (SELECT, lambda h: h.reply(GOOD[:-20], length=None), RemoteError, "or half of one"),
    "half a graph, no length": (GRAPH, lambda h: h.reply(TRIPLE, "text/turtle", length=None), RemoteError, "half of it would look like all"),
    "says that it is not whole": (SELECT, lambda h: h.reply(GOOD, X_SQL_State="S1TAT"), RemoteError, "does not count its own answer"),
    "not whole, cut by LIMIT": (SELECT + " LIMIT 5", lambda h: h.reply(GOOD, X_SQL_State="S1TAT"), RemoteError, "not whole"),
    "HTML with 200": (SELECT, lambda h: h.reply(b"<html>Log in</html>", "text/html"), RemoteError, "a page for people (HTML) instead of results in JSON"),
    "wrong media type": (SELECT, lambda h: h.reply(GOOD, "text/csv"), RemoteError, "text/csv instead of results in JSON"),
    "no media type": (GRAPH, lambda h: h.reply(b"", ""), RemoteError, "something without a media type instead of Turtle"),
    "no JSON": (SELECT, lambda h: h.reply(b"{'head': 1}"), RemoteError, "no result in JSON, or half of one"),
    "JSON of something else": (SELECT, lambda h: h.reply(b'{"error": "x"}'), RemoteError, "no result in JSON"),
    "JSON, nested too deep": (SELECT, lambda h: h.reply(b"[" * 200_000), RemoteError, "no result in JSON"),
    "a term that is none": (SELECT, lambda h: h.reply(GOOD.replace(b"http://x/1", b"x> } DROP ALL #")), RemoteError, "no result in JSON"),
    "an answer to another question": ("ASK { ?s ?p ?o }", lambda h: h.reply(GOOD), RemoteError, "no result in JSON"),
    "no Turtle": (GRAPH, lambda h: h.reply(b"<http://a> <http://b>", "text/turtle"), RemoteError, "no Turtle"),
    "packed": (SELECT, lambda h: h.reply(b"\x1f\x8b", Content_Encoding="gzip"), RemoteError, "packed its answer"),
    "redirects to itself": (SELECT, lambda h: h.reply(b"", status=307, Location="/sparql"), RemoteError, "redirects more than 5 times"),
    "redirects to nowhere": (SELECT, lambda h: h.reply(b"", status=302), RemoteError, "redirects to nowhere"),
    "redirects to a file": (SELECT, lambda h: h.reply(b"", status=302, Location="file:///etc/passwd"), RemoteError, "no address of an endpoint"),
    "redirects into the network": (SELECT, lambda h: h.reply(b"", status=307, Location="http://10.0.0.1/"), RemoteError, "within a private network"),
    "redirects to cloud metadata": (SELECT, lambda h: h.reply(b"", status=302, Location="http://169.254.169.254/"), RemoteError, "within a private network"),
    "redirects to localhost": (SELECT, lambda h: h.reply(b"", status=308, Location="http://localhost:1/"), RemoteError, "within a private network"),
    "no HTTP": (SELECT, lambda h: h.send(b"220 ftp ready\r\n"), RemoteError, "does not speak HTTP"),
    "headers without end": (SELECT, lambda h: h.send(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 10**5), RemoteError, "does not speak HTTP"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_answer_is_a_clear_error_within_the_deadline(fault: str) -> None:
    query, answer, kind, said = FAULTS[fault]
    with answering(answer) as bad:
        start = time.monotonic()
        with pytest.raises(kind) as caught:
            ask(bad.url, query, user="ann", password=SECRET)
        assert time.monotonic() - start < LIMIT + 1.5
        assert bad.seen
    assert said in caught.value.message, caught.value.message
    assert caught.value.exit_code == 2
    assert SECRET not in str(caught.value) and "\x1b" not in str(caught.value)


def test_the_page_of_faults_names_every_fault() -> None:
    page = (ROOT / "docs" / "how-to" / "remote-endpoints.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")}
    assert set(FAULTS) <= rows, sorted(set(FAULTS) - rows)


def test_an_endless_answer_ends_at_its_greatest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_http, "MOST_BYTES", 1 << 20)
    with answering(endless) as bad, pytest.raises(RemoteError, match="longer than 1 MB"):
        ask(bad.url, timeout=20.0)


def test_an_endless_answer_ends_at_the_deadline() -> None:
    with answering(lambda h: dripping(h, b" " * 10**5, 0.2)) as bad, pytest.raises(TimeLimit):
        ask(bad.url, timeout=0.7)


def test_nobody_listens_and_nobody_has_the_name() -> None:
    with pytest.raises(RemoteError, match="Nothing listens"):
        ask(f"http://127.0.0.1:{free_port()}/sparql")
    with pytest.raises(BoundworkError, match=r"There is no host|no whole answer"):
        ask("http://no-such-host.invalid/sparql")


def test_a_server_that_accepts_and_never_reads_is_left_at_the_deadline() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        start = time.monotonic()
        with pytest.raises(TimeLimit):
            send(Request("POST", f"http://127.0.0.1:{sock.getsockname()[1]}/sparql", body=b"a" * 20_000_000), Deadline(1.0))
        assert time.monotonic() - start < 3


def by_turns(*answers: Callable[[Handler], None]) -> Callable[[Handler], None]:
    left = list(answers)
    lock = threading.Lock()

    def answer(handler: Handler) -> None:
        with lock:
            now = left.pop(0) if len(left) > 1 else left[0]
        now(handler)

    return answer


ONE = [(("iri", "http://x/1"),)]


def plain(rows: object) -> list[tuple[tuple[str, str], ...]]:
    assert isinstance(rows, list)
    return [tuple((v.kind, v.text) for v in row) for row in rows]


@pytest.mark.parametrize("first", [
    lambda h: h.reply(b"", status=429, Retry_After="1"), lambda h: h.reply(b"", status=503), lambda h: h.connection.shutdown(socket.SHUT_RDWR),
    lambda h: h.reply(GOOD[:-5], length=len(GOOD)),
    lambda h: h.reply(b"", status=503, Retry_After=email.utils.formatdate(time.time() + 2, usegmt=True)),
], ids=["429", "503", "cut", "half", "date"])
def test_what_passes_is_asked_again_and_the_server_s_wait_is_kept(first: Callable[[Handler], None]) -> None:
    with answering(by_turns(first, lambda h: h.reply(GOOD))) as bad:
        start = time.monotonic()
        assert plain(ask(bad.url, timeout=8.0)) == ONE
        assert len(bad.seen) == 2
        if "Retry_After" in first.__code__.co_names or "1" in str(first.__code__.co_consts):
            assert time.monotonic() - start >= 0.9


def test_requests_are_posts_with_our_name_and_the_graphs_of_the_reading() -> None:
    with answering(lambda h: h.reply(YES)) as bad:
        store = RemoteStore(Endpoint(bad.url, max_age=0.0), ["http://g/1", "http://g/2"])
        assert store.query("# SELECT\nPREFIX insert: <http://a/> ASK { ?s insert:ask ?o }") == Truth(True)
    seen: Seen = bad.seen[0]
    assert seen.method == "POST" and seen.headers["User-Agent"].startswith("boundwork/")
    assert seen.headers["Accept"].startswith("application/sparql-results+json")
    assert seen.body.count(b"default-graph-uri=http%3A//g/") == 2 and b"format=" not in seen.body and b"query=" in seen.body


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_credentials_stay_with_the_host_that_they_are_for(status: int) -> None:
    with answering(lambda h: h.reply(GOOD)) as other, answering(lambda h: h.reply(b"", status=status, Location=other.url)) as first:
        assert plain(ask(first.url, user="ann", password=SECRET, secret={"X-Key": SECRET})) == ONE
    assert "Authorization" in first.seen[0].headers and first.seen[0].headers["X-Key"] == SECRET
    assert SECRET not in str(other.seen[0].headers) and "Authorization" not in other.seen[0].headers
    assert (other.seen[0].method, other.seen[0].body) == ("POST", first.seen[0].body)


def test_a_redirect_within_the_host_keeps_them() -> None:
    with answering(lambda h: h.reply(GOOD) if h.path == "/there" else h.reply(b"", status=307, Location="/there")) as bad:
        assert plain(ask(bad.url, user="ann", password=SECRET)) == ONE
    assert bad.seen[1].headers["Authorization"] == bad.seen[0].headers["Authorization"]


def test_what_the_server_echoes_is_shown_without_the_password() -> None:
    def echo(handler: Handler) -> None:
        handler.reply(f"bad query; {handler.headers['Authorization']} {SECRET}".encode(), "text/plain", 400)

    with answering(echo) as bad, pytest.raises(RemoteError, match=r"bad query; \*\*\*") as caught:
        ask(bad.url, user="ann", password=SECRET)
    assert SECRET not in str(caught.value) and not re.search(r"Basic \w", str(caught.value))


def test_an_answer_is_kept_with_its_age_and_asked_again_when_told() -> None:
    with answering(lambda h: h.reply(GOOD)) as bad:
        store = RemoteStore(Endpoint(bad.url, max_age=60.0))
        first, second = store.select(SELECT), store.select(SELECT)
        assert first == second and len(bad.seen) == 1
        assert [f.cached for f in store.fetched] == [False, True]
        assert "from the cache: fetched" in str(store.fetched[1]) and "second" in str(store.fetched[1])
        RemoteStore(Endpoint(bad.url, max_age=60.0, user="ann", password="other")).select(SELECT)
        assert len(bad.seen) == 2, "never another user's answer"
        RemoteStore(Endpoint(bad.url, max_age=0.0)).select(SELECT)
        assert len(bad.seen) == 3


def test_a_damaged_cache_is_asked_again_and_a_failing_server_points_to_it(tmp_path: Path) -> None:
    with answering(by_turns(lambda h: h.reply(GOOD), lambda h: h.reply(b"", status=200, kind="text/plain", length=-1))) as bad:
        endpoint = Endpoint(bad.url, max_age=60.0, timeout=LIMIT)
        RemoteStore(endpoint).select(SELECT)
        files = [p for p in (tmp_path / "cache" / "remote").rglob("*") if p.is_file()]
        assert len(files) == 1 and not (files[0].parent.parent.stat().st_mode & 0o077)
        files[0].write_bytes(files[0].read_bytes()[:-1] + b" ")
        with pytest.raises(RemoteError):
            RemoteStore(endpoint).select(SELECT)
        assert len(bad.seen) == 2


@pytest.mark.parametrize("name", ["X_SPARQL_MaxRows", "Content_Length"])
@pytest.mark.parametrize("number", ["9" * 5_000, "\u00b2"])
def test_a_number_of_a_header_that_is_none_is_no_fault_of_ours(name: str, number: str) -> None:
    """Python makes no number of 5,000 digits: this was a crash."""
    with answering(lambda handler: handler.reply(GOOD, length=None, **{name: number})) as bad:  # type: ignore[arg-type]
        assert len(list(ask(bad.url))) == 1  # type: ignore[call-overload]


@pytest.mark.parametrize(("env", "said"), [
    ({"BOUNDWORK_ENDPOINT_PASSWORD": SECRET}, "_USER is not"),
    ({"BOUNDWORK_ENDPOINT_USER": "a:b", "BOUNDWORK_ENDPOINT_PASSWORD": SECRET}, "cannot be sent"),
    ({"BOUNDWORK_ENDPOINT_HEADERS": f"X-Key {SECRET}"}, "Name: value"),
    ({"BOUNDWORK_ENDPOINT_HEADERS": f"X-Key: {SECRET}\x0bX"}, "Name: value"),
    ({"BOUNDWORK_ENDPOINT_HEADERS": f"Host: {SECRET}"}, "may not set Host"),
    ({"BOUNDWORK_ENDPOINT_USER": "ann", "BOUNDWORK_ENDPOINT_PASSWORD": SECRET}, "unencrypted"),
])
def test_credentials_that_cannot_be_sent_safely_are_refused_without_being_shown(env: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        find_endpoint("http://example.org/sparql", env, tmp_path)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://example.org/", "https://", "https://ann:pw@example.org/", "http://exa mple.org/", "https://example.org:99999/",
                                 "http:/x", "https://[::1/"])
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_endpoint(url, {}, tmp_path)
    assert "pw" not in str(caught.value)


def test_named_endpoints_have_credentials_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "endpoints.toml").write_text('[my-store]\nurl = "https://example.org/sparql"\ntimeout = 5\npage = 50\n', encoding="utf-8")
    env = {"BOUNDWORK_ENDPOINT_MY_STORE_USER": "ann", "BOUNDWORK_ENDPOINT_MY_STORE_PASSWORD": SECRET, "BOUNDWORK_ENDPOINT_USER": "bob",
           "BOUNDWORK_ENDPOINT_MY_STORE_HEADERS": "X-A: 1\nX-B: 2"}
    found = find_endpoint("my-store", env, tmp_path)
    assert (found.user, found.timeout, found.page, found.headers["X-B"]) == ("ann", 5.0, 50, "2")
    assert find_endpoint("https://example.org/sparql", env, tmp_path) == found
    assert SECRET not in repr(found)
    with pytest.raises(UsageError, match="Did you mean 'my-store'"):
        find_endpoint("my-stor", env, tmp_path)
    assert find_endpoint("http://127.0.0.1:1/x", {"BOUNDWORK_ENDPOINT_USER": "bob"}, tmp_path).user == "bob"
    assert find_endpoint("http://127.0.0.1:1/x", {"BOUNDWORK_ENDPOINT_USER": "bob"}, tmp_path, credentials=False).user == ""


@pytest.mark.parametrize(("text", "said"), [
    ("[a]\n", "needs url"), ("[a]\nurl = 1\n", "needs url"), ('[a]\nurl = "x"\n', "no address"), ('[a]\nurl = "https://a/"\npassword = "x"\n', "do not belong"),
    ('[a]\nurl = "https://a/"\ntimeout = 0\n', "timeout must be"), ("a = 1\n", "must be a table"), ("[a\n", "not valid TOML"),
])
def test_a_wrong_line_of_the_file_of_endpoints_is_named(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "endpoints.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BoundworkError, match=said):
        find_endpoint("a", {}, tmp_path)


def test_a_proxy_is_used_and_judges_nothing_private(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda h: h.reply(GOOD)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/sparql"))
        monkeypatch.setenv("no_proxy", "")
        assert plain(ask("http://example.org/sparql")) == ONE
    assert proxy.seen[0].path == "http://example.org/sparql"
    with answering(lambda h: h.reply(b"", status=307, Location="http://10.0.0.1/")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/sparql"))
        with pytest.raises(RemoteError, match="private network"):
            ask("http://example.org/sparql")


def test_the_command_says_what_is_wrong_and_ends_with_2(run: Run, tmp_path: Path) -> None:
    env = {"BOUNDWORK_ENDPOINT_USER": "ann", "BOUNDWORK_ENDPOINT_PASSWORD": SECRET, "BOUNDWORK_CONFIG": str(tmp_path)}
    with answering(lambda h: h.reply(b"<html>", "text/html")) as bad:
        for words in (("ask", "hybrid-council-types"), ("sparql", SELECT), ("push",)):
            done = run(*words, "--endpoint", bad.url, env=env)
            assert done.returncode == 2 and done.stdout == "" and SECRET not in done.stderr, done.stderr
    with answering(lambda h: time.sleep(20)) as bad:
        start = time.monotonic()
        done = run("sparql", SELECT, "--endpoint", bad.url, "--timeout", "4", env=env)
        assert done.returncode == 2 and "127.0.0.1 gave no whole answer within" in done.stderr
        assert time.monotonic() - start < 12
    with answering(lambda h: h.reply(YES.replace(b"true", b"false"))) as bad:
        done = run("sparql", "ASK { ?s ?p ?o }", "--endpoint", bad.url, "--format", "csv", env=env)
        assert (done.returncode, done.stdout) == (1, "answer\nfalse\n") and "fetched 20" in done.stderr


def test_graphs_come_whole() -> None:
    with answering(lambda h: h.reply(b"@prefix a: <http://a/> . a:b a:c [ a:d 1 ] .", "text/turtle; charset=utf-8")) as bad:
        assert len(ask(bad.url, GRAPH)) == 2  # type: ignore[arg-type]
