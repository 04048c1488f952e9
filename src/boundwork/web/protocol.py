"""The SPARQL 1.1 Protocol, read-only: HTTP requests in, answers of the query runner out. Knows no engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from boundwork.errors import BoundworkError, UsageError
from boundwork.explore.querying import QueryRunner, Question, Refused, Result, wanted
from boundwork.explore.querying.description import description
from boundwork.explore.querying.formats import GRAPHS, accepted, weight_of

MOST_TEXT = 1_000_000
"""Bytes of a request's body."""
ALLOWED = "GET, HEAD, POST, OPTIONS"
STATUS = {"malformed": 400, "forbidden": 403, "format": 406, "size": 403, "stopped": 500, "busy": 503, "time": 504, "memory": 507}
PIECE = 1 << 16
PATIENCE = 30.0
"""Seconds that a client may take to read one piece of an answer."""
BREATH = 2.0
"""Seconds before a client learns that there is no place for its query; those who ask again at once are slowed down by it."""
Page = Callable[[Request], Awaitable[Response]]


def routes(runner: QueryRunner, page: Page | None = None) -> list[BaseRoute]:
    """Return the routes of the endpoint: /sparql for the default reading, /sparql/READING for each.

    `page`, where given, answers browsers that come without a query.
    """
    endpoint = Endpoint(runner, page)
    return [Route("/sparql", endpoint), Route("/sparql/", endpoint), Route("/sparql/{reading}", endpoint)]


class Malformed(Exception):
    """A request that is not one of the protocol's, with its status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Endpoint:
    """The endpoint as an ASGI application."""

    def __init__(self, runner: QueryRunner, page: Page | None = None) -> None:
        self._runner = runner
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._response(request, receive)
        except ClientDisconnect:
            return
        except Malformed as error:
            response = _told(error.status, str(error))
            if error.status == 405:
                response.headers["Allow"] = ALLOWED
        except Refused as error:
            response = _told(STATUS[error.kind], str(error))
            if error.retry_after:
                await asyncio.sleep(BREATH)
                response.headers["Retry-After"] = str(error.retry_after)
        except UsageError as error:
            response = _told(404, str(error))
        except BoundworkError as error:
            response = _told(503, str(error))
        if response is not None:
            response.headers["Vary"] = "Accept"
            await response(scope, receive, send)

    async def _response(self, request: Request, receive: Receive) -> Response | None:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ALLOWED, "Accept-Post": "application/sparql-query, application/x-www-form-urlencoded"})
        if request.method not in ("GET", "HEAD", "POST"):
            raise Malformed(405, f"A query is asked with GET or POST, not with {request.method}.")
        text, given = await _read(request)
        reading = request.path_params.get("reading")
        if text is None:
            return await self._described(request, reading)
        default, named = _graphs(given, "default"), _graphs(given, "named")
        if default is not None or named is not None:  # the protocol's dataset is what is named, and nothing besides
            default, named = default or (), named or ()
        base = str(request.url.replace(query="", fragment=""))
        question = Question(text, wanted(request.headers.get("accept"), _one(given, "format") or ""), reading, default, named, base, _client(request))
        result = await _while_there(receive, self._runner.run(question))
        return None if result is None else Answer(result, request.method == "HEAD")

    async def _described(self, request: Request, reading: str | None) -> Response:
        ranges = accepted(request.headers.get("accept") or "*/*")
        if self._page is not None and reading is None and weight_of("text/html", ranges) > max(weight_of(m[0], ranges) for m in GRAPHS.values()):
            return await self._page(request)
        choice = wanted(request.headers.get("accept"), request.query_params.get("format", "")).graph
        if choice is None:
            raise Malformed(406, "The description of this service can be had as Turtle, N-Triples, JSON-LD or RDF/XML. To ask something, give a query.")
        stores = await self._runner.stores()
        data = description(stores, reading, await self._runner.sizes(reading), str(request.url.replace(query="", fragment="")), choice.form)
        return Response(data, media_type=choice.media)


async def _read(request: Request) -> tuple[str | None, list[tuple[str, str]]]:
    """Return the text of the query, None where there is none, and the other parameters. Errors: Malformed."""
    given = _parameters(request.scope["query_string"])
    text: str | None = None
    if request.method == "POST":
        media, charset = _content_type(request)
        if media == "application/sparql-update":
            raise Malformed(403, "This endpoint is read-only. The graph is built from the study's tables: edit those.")
        if media not in ("application/x-www-form-urlencoded", "application/sparql-query"):
            raise Malformed(415, "POST a query as application/sparql-query, or as application/x-www-form-urlencoded with query=.")
        if charset not in ("", "utf-8"):
            raise Malformed(415, f"A query is sent in UTF-8, not in {charset}.")
        body = await _body(request)
        if media == "application/sparql-query":
            text = _utf8(body)
        else:
            given += _parameters(body)
    if any(name == "update" for name, _ in given):
        raise Malformed(403, "This endpoint is read-only. The graph is built from the study's tables: edit those.")
    if any(name.startswith("using-") for name, _ in given):
        raise Malformed(400, "using-graph-uri and using-named-graph-uri belong to updates; a query takes default-graph-uri and named-graph-uri.")
    queries = [value for name, value in given if name == "query"]
    if len(queries) + (text is not None) > 1:
        raise Malformed(400, "Give one query, not several.")
    if text is None and not queries and request.method == "POST":
        raise Malformed(400, "There is no query in the request.")
    return (queries[0] if queries else text), given


def _parameters(data: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(data.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=1000)
    except UnicodeDecodeError:
        raise Malformed(400, "The parameters are not percent-encoded UTF-8.") from None
    except ValueError:
        raise Malformed(400, "There are too many parameters.") from None


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Malformed(400, "The query is not UTF-8.") from None


def _content_type(request: Request) -> tuple[str, str]:
    media, *parameters = (p.strip() for p in request.headers.get("content-type", "").lower().split(";"))
    charset = next((p.partition("=")[2].strip().strip('"') for p in parameters if p.partition("=")[0].strip() == "charset"), "")
    return media, "utf-8" if charset == "utf8" else charset


async def _body(request: Request) -> bytes:
    """Return the body. Errors: Malformed for one that is longer than it may be."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_TEXT:
            raise Malformed(413, f"A request may have {MOST_TEXT:,} bytes.")
        parts.append(part)
    return b"".join(parts)


def _one(given: list[tuple[str, str]], name: str) -> str | None:
    return next((value for n, value in given if n == name), None)


def _graphs(given: list[tuple[str, str]], kind: str) -> tuple[str, ...] | None:
    """The graphs of a kind that the protocol names; None for none, which means the store's own."""
    found = tuple(value for name, value in given if name == f"{kind}-graph-uri" and value)
    return found or None


def _client(request: Request) -> str:
    """Who asks, for fair turns: a host, or a connection where all come from this machine."""
    if request.client is None:
        return ""
    host = request.client.host
    return f"{host} {request.client.port}" if host.startswith("127.") or host in ("::1", "testclient") else host


async def _while_there(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Return what comes of the work; a client that goes away ends it, and the answer is None."""
    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        for task in (working, leaving):
            if not task.done():
                task.cancel()
        await asyncio.wait({working, leaving})


def _told(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence + "\n", status)


class Answer(Response):
    """An answer read from its file piece by piece. A client that does not read for a long time is left."""

    def __init__(self, result: Result, head: bool = False) -> None:
        super().__init__(None, media_type=result.media)
        del self.headers["content-length"]
        self.headers["content-length"] = str(result.size)
        if result.cut:
            self.headers["boundwork-cut"] = str(result.rows)
        self._result = result
        self._head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self._result.body as body:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while not self._head and (piece := body.read(PIECE)):
                async with asyncio.timeout(PATIENCE):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
