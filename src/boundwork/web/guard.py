"""What every request passes: Host and Origin (DNS rebinding, other sites), sizes, and the headers that keep a browser safe."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_TARGET = 32_000
"""Bytes of path and query string."""
MOST_BODY = 1_000_000
TOO_LONG = f"A request may have {MOST_BODY:,} bytes."
PATIENCE = 30.0
"""Seconds that a client may take to send a piece of a request."""
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
HEADERS = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()", "Cache-Control": "no-cache",
}
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")


class Guard:
    """ASGI middleware. Only requests that name one of `hosts` (with or without a port) and come from no other site go on.

    `origins` may read from their pages too, such as "https://yasgui.example"; they get CORS headers.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], origins: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = {h.lower() for h in hosts}
        self._origins = {o.lower().rstrip("/") for o in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = [(n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in scope["headers"]]
        refusal = self._refused(scope, headers)
        origin = _values(headers, "origin")
        welcome = origin[0] if origin and origin[0].lower() in self._origins else ""
        sending = _Sending(send, welcome, bool(self._origins))
        if refusal is None and welcome and scope["method"] == "OPTIONS" and _values(headers, "access-control-request-method"):
            refusal = Response(status_code=204, headers={"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Accept, Content-Type",
                                                         "Access-Control-Max-Age": "600"})
        if refusal is not None:
            await refusal(scope, receive, sending)
            return
        await self._app(scope, _Receiving(receive), sending)

    def _refused(self, scope: Scope, headers: list[tuple[str, str]]) -> Response | None:
        hosts = _values(headers, "host")
        if len(hosts) != 1:
            return _told(400, "A request names one host.")
        host = hosts[0].lower()
        parts = _HOST.fullmatch(host)
        if parts is None or not self._hosts & {host, parts["name"]}:
            return _told(421, f"This server does not answer as '{hosts[0][:100]}'.")
        if not self._from_here(scope, headers, host):
            return _told(403, "Pages of other sites may not ask this server.")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_TARGET:
            return _told(414, "The address is too long. Send a long query with POST.")
        lengths = _values(headers, "content-length")
        if lengths and (not lengths[0].isdecimal() or int(lengths[0][:12]) > MOST_BODY):
            return _told(413, TOO_LONG)
        return None

    def _from_here(self, scope: Scope, headers: list[tuple[str, str]], host: str) -> bool:
        """Whether a request comes from a page of this server, from no page at all, from a welcome origin, or is a link that was followed."""
        origins = _values(headers, "origin")
        if origins:
            own = {f"http://{host}", f"https://{host}"}
            return len(origins) == 1 and origins[0].lower() in own | self._origins
        site = _values(headers, "sec-fetch-site")
        if not site or site[0] in ("same-origin", "none"):
            return True
        mode, destination = _values(headers, "sec-fetch-mode"), _values(headers, "sec-fetch-dest")
        return scope["method"] == "GET" and mode == ["navigate"] and destination == ["document"]


def _values(headers: list[tuple[str, str]], name: str) -> list[str]:
    return [v.strip() for n, v in headers if n == name]


def _told(status: int, sentence: str) -> Response:
    return PlainTextResponse(sentence + "\n", status)


class _Receiving:
    """Ends a request that is longer than it may be, or that does not come to its end."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._size = 0
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(PATIENCE):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "The request did not come to its end.") from None
        self._size += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._size > MOST_BODY:
            raise HTTPException(413, TOO_LONG)
        return message


class _Sending:
    """Adds the headers that a response does not have yet."""

    def __init__(self, send: Send, welcome: str, varies: bool) -> None:
        self._send = send
        self._welcome = welcome
        self._varies = varies

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            there = {n.lower() for n, _ in headers}
            added = dict(HEADERS)
            if self._welcome:
                added |= {"Access-Control-Allow-Origin": self._welcome, "Cross-Origin-Resource-Policy": "cross-origin"}
            if self._varies:
                headers.append((b"vary", b"Origin"))
            headers += [(n.lower().encode(), v.encode()) for n, v in added.items() if n.lower().encode() not in there]
            message = {**message, "headers": headers}
        await self._send(message)
