"""Named graphs written to a server by the Graph Store HTTP Protocol: each is replaced whole by one PUT. Nothing is read but status codes."""

from __future__ import annotations

import hashlib
import re
import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit

from boundwork.errors import RemoteError, UsageError
from boundwork.stores.remote import refusal
from boundwork.stores.remote_endpoints import Endpoint
from boundwork.stores.remote_http import Deadline, Reply, Request, check_address, is_loopback, shown
from boundwork.stores.remote_patience import Told, send_patiently

_BUILT_IN = {"oxigraph": ("/query", "/store"), "virtuoso": ("/sparql", "/sparql-graph-crud-auth")}
"""Server -> end of the path of its query endpoint, and what stands there for its graph store."""
_ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256, "": hashlib.md5}


def graph_store_of(endpoint: Endpoint, server: str) -> str:
    """Return the address of the graph store that belongs to an endpoint; `server` is what it says it is.

    Errors: UsageError where that cannot be told.
    """
    if endpoint.graph_store:
        return endpoint.graph_store
    parts = urlsplit(endpoint.url)
    for name, (query, store) in _BUILT_IN.items():
        if name in server.lower() and parts.path.endswith(query):
            return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(query)}{store}"
    raise UsageError(f"Where {endpoint.host} takes graphs cannot be told from {endpoint.shown}.", "Give it with --graph-store URL.")


class GraphStore:
    """A graph store, with the credentials of its endpoint: basic, digest where it asks for that, or headers of one's own."""

    def __init__(self, address: str, endpoint: Endpoint, told: Told | None = None) -> None:
        parts = check_address(address)
        if (parts.hostname, parts.scheme) != (urlsplit(endpoint.url).hostname, urlsplit(endpoint.url).scheme):
            raise UsageError(f"The graph store {shown(address)} lies on another host than {endpoint.shown}.", "What is written is counted there afterwards.")
        if parts.scheme == "http" and not is_loopback(str(parts.hostname)):
            raise UsageError(f"What is written to {parts.hostname} would travel unencrypted.", "Use its https:// address.")
        self.address, self.endpoint, self._told = address, endpoint, told
        self._challenge: dict[str, str] = {}
        self._count = 0

    def put(self, graph: str, triples: Path, seconds: float) -> None:
        """Replace a graph by the N-Triples of a file. Errors: RemoteError, TimeLimit; the graph is then as it was, if the server keeps its word."""
        self._write("PUT", graph, seconds, triples)

    def delete(self, graph: str, seconds: float) -> None:
        """Remove a graph; one that is not there is no error."""
        self._write("DELETE", graph, seconds)

    def _write(self, method: str, graph: str, seconds: float, body: Path | None = None) -> None:
        deadline = Deadline(seconds, str(urlsplit(self.address).hostname))
        name = "graph-uri" if "sparql-graph-crud" in self.address else "graph"  # Virtuoso 7 has a name of its own for it
        url = f"{self.address}{'&' if urlsplit(self.address).query else '?'}{name}={quote(graph, safe='')}"
        headers = {"Content-Type": "application/n-triples"} if body is not None else {}
        if self.endpoint.user and not self._challenge:  # asked with a small request first: the answer 401 may come before a large body is read
            self._learn(send_patiently(Request("GET", url, {"Accept": "text/turtle"}), deadline, self._told))
        reply = send_patiently(Request(method, url, headers, self._secret(method, url), body), deadline, self._told)
        if reply.status == 401 and self._learn(reply):
            reply = send_patiently(Request(method, url, headers, self._secret(method, url), body), deadline, self._told)
        if reply.status not in (200, 201, 202, 204) and not (method == "DELETE" and reply.status == 404):
            error = refusal(self.endpoint, reply)
            raise RemoteError(f"The graph {graph} was not {'written' if body else 'removed'}: {error.message}", error.hint)

    def _learn(self, reply: Reply) -> bool:
        """Remember a digest challenge; True when there is a new one."""
        for line in reply.headers.get_all("WWW-Authenticate") or []:
            if line.lower().startswith("digest "):
                self._challenge = {k.lower(): (a or b) for k, a, b in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', line)}
                self._count = 0
                return True
        return False

    def _secret(self, method: str, url: str) -> dict[str, str]:
        if not self._challenge or not self.endpoint.user or "Authorization" in self.endpoint.secret:
            return self.endpoint.headers
        return {**self.endpoint.secret, "Authorization": self._digest(method, url)}

    def _digest(self, method: str, url: str) -> str:
        """An Authorization header by RFC 7616."""
        asked, user = self._challenge, self.endpoint.user
        hashed = _ALGORITHMS.get(asked.get("algorithm", "").upper())
        if hashed is None:
            raise RemoteError(f"{self.endpoint.host} wants digest authentication by {asked['algorithm'][:20]}, which is not known here.")

        def h(text: str) -> str:
            return hashed(text.encode()).hexdigest()

        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}"
        self._count += 1
        number, own = f"{self._count:08x}", secrets.token_hex(8)
        realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
        first, second = h(f"{user}:{realm}:{self.endpoint.password}"), h(f"{method}:{path}")
        fields = {"username": user, "realm": realm, "nonce": nonce, "uri": path}
        plain = {}
        if "auth" in [q.strip() for q in asked.get("qop", "").split(",")]:
            fields |= {"cnonce": own, "response": h(f"{first}:{nonce}:{number}:{own}:auth:{second}")}
            plain = {"qop": "auth", "nc": number}
        else:
            fields["response"] = h(f"{first}:{nonce}:{second}")
        if "opaque" in asked:
            fields["opaque"] = asked["opaque"]
        if "algorithm" in asked:
            plain["algorithm"] = asked["algorithm"]
        return "Digest " + ", ".join([*(f'{k}="{v}"' for k, v in fields.items()), *(f"{k}={v}" for k, v in plain.items())])


def server_of(endpoint: Endpoint) -> str:
    """Return what an endpoint says it is, from an empty question."""
    request = Request("POST", endpoint.url, {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/sparql-results+json"},
                      endpoint.headers, b"query=ASK%20%7B%7D")
    reply = send_patiently(request, Deadline(endpoint.timeout, endpoint.host))
    if reply.status >= 400:
        raise refusal(endpoint, reply)
    return reply.server


__all__ = ["GraphStore", "graph_store_of", "server_of"]
