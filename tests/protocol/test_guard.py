"""What a browser that was led astray can do with the server: nothing. Host, Origin, CORS, Sec-Fetch, sizes and headers, over the wire."""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from boundwork.web import guard
from boundwork.web.guard import HEADERS
from protocol.asking import ask, get
from serving import served

OK = get("ASK {}")
FRIEND = "https://yasgui.example"


class Case(NamedTuple):
    name: str
    status: int
    headers: dict[str, str]
    method: str = "GET"


def case(name: str, status: int, method: str = "GET", **headers: str) -> Case:
    return Case(name, status, headers, method)


CASES = [  # {port} is the server's port
    # names that the server answers to
    case("numeric host", 200, host="127.0.0.1:{port}"),
    case("localhost", 200, host="localhost:{port}"),
    case("localhost in capitals", 200, host="LOCALHOST:{port}"),
    case("ip version 6", 200, host="[::1]:{port}"),
    case("another port, as through a tunnel", 200, host="localhost:9999"),
    case("no port", 200, host="127.0.0.1"),
    # names that a rebinding attacker's page has
    case("rebound name", 421, host="attacker.example:{port}"),
    case("rebound name with forwarded host", 421, host="attacker.example", x_forwarded_host="127.0.0.1"),
    case("name that starts like the host", 421, host="127.0.0.1.nip.io:{port}"),
    case("name that starts like localhost", 421, host="localhost.attacker.example"),
    case("name that ends like localhost", 421, host="attacker-localhost"),
    case("localhost with a final dot", 421, host="localhost.:{port}"),
    case("user part", 421, host="127.0.0.1@attacker.example"),
    case("short numeric host", 421, host="127.1:{port}"),
    case("decimal numeric host", 421, host="2130706433"),
    case("any address", 421, host="0.0.0.0:{port}"),
    case("two ports", 421, host="127.0.0.1:80:80"),
    case("empty host", 421, host=""),
    case("another address of this machine", 421, host="192.168.1.7:{port}"),
    # pages of other origins
    case("own origin", 200, origin="http://127.0.0.1:{port}"),
    case("own origin over TLS, as through a proxy", 200, origin="https://127.0.0.1:{port}"),
    case("own origin, other name", 403, origin="http://localhost:{port}"),
    case("other origin", 403, origin="http://attacker.example"),
    case("other port of this machine", 403, origin="http://127.0.0.1:3000"),
    case("own origin without its port", 403, origin="http://127.0.0.1"),
    case("origin that starts like ours", 403, origin="http://127.0.0.1:{port}.attacker.example"),
    case("opaque origin", 403, origin="null"),
    case("empty origin", 403, origin=""),
    case("file", 403, origin="file://"),
    case("browser extension", 403, origin="chrome-extension://abcdefgh"),
    case("form of another site", 403, "POST", origin="http://attacker.example", content_type="application/x-www-form-urlencoded"),
    # preflights
    case("preflight", 403, "OPTIONS", origin="http://attacker.example", access_control_request_method="POST"),
    case("preflight of a private network", 403, "OPTIONS", origin="http://attacker.example", access_control_request_method="GET",
         access_control_request_private_network="true"),
    case("preflight with a header", 403, "OPTIONS", origin="null", access_control_request_method="POST", access_control_request_headers="content-type"),
    # what browsers say of themselves where no origin is sent
    case("image of another site", 403, sec_fetch_site="cross-site", sec_fetch_mode="no-cors", sec_fetch_dest="image"),
    case("script of another port", 403, sec_fetch_site="same-site", sec_fetch_mode="no-cors", sec_fetch_dest="script"),
    case("frame of another site", 403, sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="iframe"),
    case("form of another site by navigation", 403, "POST", sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="document"),
    case("link from another site", 200, sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="document"),
    case("address typed by the user", 200, sec_fetch_site="none", sec_fetch_mode="navigate", sec_fetch_dest="document"),
    case("own page", 200, sec_fetch_site="same-origin", sec_fetch_mode="cors", sec_fetch_dest="empty"),
    case("no browser", 200),
]


def port_of(address: str) -> str:
    return address.rpartition(":")[2]


@pytest.mark.parametrize("each", CASES, ids=lambda c: c.name)
def test_request_of_a_browser_is_let_in_or_not(suite: str, each: Case) -> None:
    headers = {n: v.replace("{port}", port_of(suite)) for n, v in each.headers.items()}
    body = b"query=ASK%7B%7D" if each.method == "POST" else None
    reply = ask(suite, "/sparql" if body else OK, each.method, body, **headers)
    assert reply.status == each.status, reply.body
    assert [n for n in reply.headers if n.startswith("access-control")] == []
    assert {n: reply.headers.get(n.lower()) for n in HEADERS} == HEADERS
    assert b"boolean" not in reply.body or each.status == 200


def test_there_are_forty_cases() -> None:
    assert len(CASES) >= 40
    assert len({c.name for c in CASES}) == len(CASES)


def raw(address: str, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", int(port_of(address))), timeout=20) as connection:
        connection.sendall(text)
        connection.settimeout(20)
        return connection.recv(4096)


@pytest.mark.parametrize(("head", "status"), [
    ("GET {ok} HTTP/1.1\r\n\r\n", b"400"),
    ("GET {ok} HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: attacker.example\r\n\r\n", b"400"),
    ("GET {ok} HTTP/1.0\r\n\r\n", b"400"),
    ("GET http://attacker.example{ok} HTTP/1.1\r\nHost: attacker.example\r\n\r\n", b"421"),
    ("GET {ok} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nOrigin: http://attacker.example\r\n\r\n", b"403"),
], ids=["no host", "two hosts", "no host in HTTP/1.0", "absolute address", "two origins"])
def test_head_that_no_client_library_would_send(suite: str, head: str, status: bytes) -> None:
    assert raw(suite, head.replace("{ok}", OK).encode()).split()[1] == status


def test_a_request_that_says_it_is_long_is_refused(suite: str) -> None:
    reply = raw(suite, b"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sparql-query\r\nContent-Length: 9999999999\r\n\r\n")
    assert reply.split()[1] == b"413"


def test_a_request_that_becomes_long_is_refused(suite: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(port_of(suite)), timeout=30)
    try:
        pieces = (b"# " + b"x" * 65_000 + b"\n" for _ in range(40))
        connection.request("POST", "/sparql", pieces, {"Content-Type": "application/sparql-query"}, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused while it was still being sent
    finally:
        connection.close()
    assert ask(suite, OK).status == 200


def test_an_address_that_is_too_long_is_refused(suite: str) -> None:
    assert ask(suite, get("ASK {} #" + "x" * 40_000)).status == 414


def test_a_request_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard around an application that waits for the body; the client sends one piece and no more."""
    monkeypatch.setattr(guard, "PATIENCE", 0.05)

    async def reading(request: Request) -> Response:
        return Response(await request.body())

    sent: list[Message] = []
    messages = [{"type": "http.request", "body": b"ASK", "more_body": True}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.sleep(60)
        raise AssertionError("nobody ended the request")

    async def send(message: Message) -> None:
        sent.append(message)

    app = guard.Guard(Starlette(routes=[Route("/", reading, methods=["POST"])]), ["localhost"])
    scope = {"type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "", "http_version": "1.1", "scheme": "http",
             "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 408


@pytest.fixture(scope="module")
def friendly(suite_store: Path) -> Iterator[str]:
    with served(suite_store, origins=[FRIEND]) as address:
        yield address


def test_a_welcome_origin_may_read_and_nobody_else(friendly: str) -> None:
    reply = ask(friendly, OK, origin=FRIEND)
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, FRIEND)
    assert "Origin" in reply.headers["vary"]
    preflight = ask(friendly, "/sparql", "OPTIONS", origin=FRIEND, access_control_request_method="POST", access_control_request_headers="content-type")
    assert (preflight.status, preflight.headers["access-control-allow-methods"]) == (204, "GET, POST")
    assert "access-control-allow-credentials" not in preflight.headers
    for origin in ("null", "https://attacker.example", FRIEND + ".attacker.example", "http://yasgui.example"):
        reply = ask(friendly, OK, origin=origin)
        assert reply.status == 403
        assert "access-control-allow-origin" not in reply.headers
    assert ask(friendly, OK, origin=FRIEND, host="attacker.example").status == 421
