"""Requests as they go over the wire, byte by byte where that matters."""

from __future__ import annotations

import http.client
import os
from dataclasses import dataclass
from urllib.parse import quote, urlencode

DATA = "http://kasei.us/2009/09/sparql/data/data{}.rdf"
"""Names of the graphs of the W3C's protocol suite."""
DOCUMENT = "<http://xmlns.com/foaf/0.1/Document>"


def slack() -> float:
    """Seconds that the machine may add to what is promised: one, and more where others keep it busy."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)) if hasattr(os, "getloadavg") else 1.0


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def media(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").split(";")[0]


def ask(address: str, path: str, method: str = "GET", body: bytes | None = None, /, **headers: str | float) -> Reply:
    """Send one request and read its answer; a header is given as content_type="..."; nothing is added but Host and Content-Length.

    `timeout` among them is not a header but the seconds that the answer may take.
    """
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=float(headers.pop("timeout", 60)))
    try:
        names = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="host" in names, skip_accept_encoding=True)
        for name, value in names.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return Reply(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def query(address: str, text: str, accept: str = "*/*", timeout: float = 60, reading: str = "", more: dict[str, str] | None = None) -> Reply:
    """Ask a query by POST, directly, with more parameters in the address."""
    path = "/sparql" + (f"/{reading}" if reading else "") + ("?" + urlencode(more) if more else "")
    return ask(address, path, "POST", text.encode(), timeout=timeout, content_type="application/sparql-query", accept=accept)


def get(text: str, more: dict[str, str] | None = None) -> str:
    """The path of a query asked by GET, with more parameters."""
    return f"/sparql?query={quote(text, safe='')}" + ("&" + urlencode(more) if more else "")
