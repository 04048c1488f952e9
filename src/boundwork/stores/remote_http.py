"""One HTTP request in, one whole reply out before a total deadline, or a clear error.

Built on http.client, since urllib's time-outs are per read and its redirects carry credentials to other hosts. Knows nothing of SPARQL.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.client import HTTPException, HTTPMessage, HTTPResponse, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from boundwork import __version__
from boundwork.errors import RemoteError, TimeLimit, UsageError
from boundwork.wording import counted, whole_number

AGENT = f"boundwork/{__version__} (https://w3id.org/boundwork)"
MOST_BYTES = 256 * 1024 * 1024
"""A reply may be so long; an endless one ends here or at the deadline."""
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


class Deadline:
    """A moment by which everything must be over, however slowly bytes arrive."""

    def __init__(self, seconds: float, host: str = "the server") -> None:
        self.seconds, self.host = seconds, host
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left. Errors: TimeLimit when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.over()
        return left

    def over(self) -> TimeLimit:
        """The error that says so."""
        return TimeLimit(f"{self.host} gave no whole answer within {counted(self.seconds, 'second')}.", "Give more with --timeout, or ask for less.")


@dataclass(frozen=True)
class Request:
    """What is sent. `secret` headers go to the server of `url` alone; `body` may be a file, which is read as it is sent."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    secret: dict[str, str] = field(default_factory=dict)
    body: bytes | Path | None = None


@dataclass(frozen=True)
class Reply:
    """What came back, whole. `measured` is False when only the end of the connection said where the body ends."""

    status: int
    headers: HTTPMessage
    body: bytes
    url: str
    measured: bool = True

    @property
    def kind(self) -> str:
        """The media type without parameters, in lower case."""
        return (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()

    @property
    def server(self) -> str:
        """What the server says it is."""
        return str(self.headers.get("Server") or "")


def shown(url: str) -> str:
    """Return an address as it may be printed: no user, password, query or fragment, which may hold secrets.

    >>> shown("https://ann:secret@example.org:8443/sparql?apikey=1")
    'https://example.org:8443/sparql'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{host_of(parts)}{parts.path}"


def host_of(parts: SplitResult) -> str:
    """Return host and port of an address, without the user."""
    return parts.netloc.rpartition("@")[2]


def check_address(url: str) -> SplitResult:
    """Return the parts of an address that may be asked.

    Errors: UsageError for another scheme, no host, characters that no address has, or a user or password in it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("The address of the endpoint is none: its host or port cannot be read.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\x00-\x20\x7f]", url) or port == 0:
        raise UsageError(f"'{shown(url) if parts.scheme and parts.netloc else url[:80]}' is no address of an endpoint.",
                         "It starts with https:// or http://, such as https://example.org/sparql.")
    if "@" in parts.netloc:
        raise UsageError(f"The address of {parts.hostname} holds a user or a password.", "Leave them out of it; they are taken from the environment.")
    return parts


def is_loopback(host: str) -> bool:
    """Return whether a host names this machine."""
    address = _literal(host)
    return host.lower().rstrip(".") == "localhost" if address is None else address.is_loopback


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def send(request: Request, deadline: Deadline) -> Reply:
    """Send a request and return the whole reply, whatever its status; redirects are followed for GET and POST, which here only ask.

    A redirect keeps the body, drops credentials when host, port or scheme change, and may not lead to a private address that the user
    did not name. Errors: RemoteError, TimeLimit.
    """
    named = check_address(request.url)
    for _ in range(MOST_REDIRECTS + 1):
        reply = _once(request, deadline, str(named.hostname))
        if reply.status not in _REDIRECTS:
            return reply
        request = _redirected(request, reply)
    raise RemoteError(f"{named.hostname} redirects more than {MOST_REDIRECTS} times.", "Ask its keeper for the address of the endpoint itself.")


def _redirected(request: Request, reply: Reply) -> Request:
    host = urlsplit(request.url).hostname
    place = reply.headers.get("Location")
    if not place:
        raise RemoteError(f"{host} redirects to nowhere (status {reply.status}).")
    target = urljoin(request.url, place)
    try:
        parts = check_address(target)
    except UsageError:
        raise RemoteError(f"{host} redirects to something that is no address of an endpoint.") from None
    if request.method not in ("GET", "POST"):
        raise RemoteError(f"{host} redirects to {shown(target)}, and what writes follows no redirect.", "If that is the right address, give it instead.")
    before = urlsplit(request.url)
    if before.scheme == "https" and parts.scheme == "http":
        raise RemoteError(f"{host} redirects from https to http ({shown(target)}), which anybody on the way could read.")
    same = (before.scheme, before.hostname, before.port) == (parts.scheme, parts.hostname, parts.port)
    if reply.status == 303:
        return replace(request, method="GET", url=target, body=None, secret=request.secret if same else {},
                       headers={k: v for k, v in request.headers.items() if k.lower() != "content-type"})
    return replace(request, url=target, secret=request.secret if same else {})


def _once(request: Request, deadline: Deadline, named: str) -> Reply:
    parts = urlsplit(request.url)
    host = str(parts.hostname)
    connection = _connection(parts, deadline, named)
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    if connection.through_proxy and parts.scheme == "http":
        target = f"http://{host_of(parts)}{target}"
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close", **request.headers, **request.secret}
    body: Any = request.body
    try:
        if isinstance(request.body, Path):
            headers["Content-Length"] = str(request.body.stat().st_size)
            body = open(request.body, "rb")
        connection.request(request.method, target, body, headers)
        with closing(connection.getresponse()) as response:
            return _whole(response, deadline, host, request.url)
    except TimeoutError:
        raise deadline.over() from None
    except (RemoteDisconnected, ConnectionResetError, BrokenPipeError, ConnectionAbortedError):
        raise RemoteError(f"{host} closed the connection without an answer.", passing=True) from None
    except IncompleteRead:
        raise _cut(host) from None
    except ssl.SSLCertVerificationError as error:
        raise RemoteError(f"The certificate of {host} cannot be trusted: {error.verify_message}.") from None
    except ssl.SSLError as error:
        raise RemoteError(f"No safe connection to {host} came about: {error.reason or 'TLS failed'}.") from None
    except ConnectionRefusedError:
        raise RemoteError(f"Nothing listens at {host_of(parts)}.", "Is the address right, and does the server run?") from None
    except HTTPException:
        raise RemoteError(f"{host} does not speak HTTP as it should.", "Is the address that of a SPARQL endpoint?") from None
    except OSError as error:
        raise RemoteError(f"{host} cannot be reached: {error.strerror or type(error).__name__}.") from None
    finally:
        connection.close()
        if body is not None and not isinstance(body, bytes):
            body.close()


def _cut(host: str) -> RemoteError:
    return RemoteError(f"{host} broke off in the midst of its answer.", "Half an answer is no answer; ask again, or for less.", passing=True)


def _whole(response: HTTPResponse, deadline: Deadline, host: str, url: str) -> Reply:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RemoteError(f"{host} packed its answer although it was asked not to.")
    length = response.headers.get("Content-Length")
    expected = whole_number(length.strip()) if length and not response.chunked else None
    too_long = RemoteError(f"The answer of {host} is longer than {MOST_BYTES // 2**20} MB.", "Ask for less, or in parts with --page.")
    if expected is not None and expected > MOST_BYTES:
        raise too_long
    pieces, size = [], 0
    while piece := response.read1(1 << 16):
        deadline.left()
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise too_long
    if expected is not None and size < expected:
        raise _cut(host)
    return Reply(response.status, response.headers, b"".join(pieces), url, measured=expected is not None or bool(response.chunked))


class _TimedReader(io.RawIOBase):
    """Reads from a socket; each read may take what is left until the deadline, so that a dripping server gains nothing."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedSocket:
    """The part of a socket that http.client uses, held to the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def sendall(self, data: Any) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def close(self) -> None:
        self._sock.close()


class _Connection(http.client.HTTPConnection):
    """A connection that looks its host up itself, so that the address that was checked is the one that is called."""

    through_proxy = False

    def __init__(self, host: str, port: int, deadline: Deadline, named: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port)
        self.deadline, self.named, self.tls = deadline, named, tls

    def connect(self) -> None:
        trusted = self.through_proxy or self.host == self.named
        addresses = _look_up(self.host, self.port, self.deadline)
        if not trusted:
            _refuse_private(self.host, self.named, [str(a[-1][0]) for a in addresses])
        problem: OSError | None = None
        for family, kind, protocol, _, address in addresses:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(self.deadline.left())
                sock.connect(address)
                break
            except OSError as error:
                sock.close()
                problem = error
            except BaseException:
                sock.close()
                raise
        else:
            raise problem or OSError("no address")
        self.sock: Any = _TimedSocket(sock, self.deadline)
        try:
            tunnelled = getattr(self, "_tunnel_host", None)
            if tunnelled:
                self._tunnel()  # type: ignore[attr-defined]
            if self.tls is not None:
                sock.settimeout(self.deadline.left())
                self.sock = _TimedSocket(self.tls.wrap_socket(sock, server_hostname=tunnelled or self.host), self.deadline)
        except BaseException:
            sock.close()
            raise


def _connection(parts: SplitResult, deadline: Deadline, named: str) -> _Connection:
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    proxy = None if is_loopback(host) or urllib.request.proxy_bypass(host) else urllib.request.getproxies().get(parts.scheme)
    if not proxy:
        return _Connection(host, port, deadline, named, tls)
    if host != named:  # behind a proxy only what stands in the address itself can be judged
        _refuse_private(host, named, [host])
    relay = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    connection = _Connection(str(relay.hostname), relay.port or 80, deadline, named, tls)
    connection.through_proxy = True
    if tls is not None:
        connection.set_tunnel(host, port, headers={"User-Agent": AGENT})
    return connection


def _refuse_private(host: str, named: str, addresses: list[str]) -> None:
    found = [a for a in map(_literal, addresses) if a is not None]
    if is_loopback(host) or any(not a.is_global or a.is_multicast for a in found):
        raise RemoteError(f"{named} redirects to {host}, an address within a private network or this machine, which it has no business to choose.",
                          "If that is wanted, give that address instead.")


def _look_up(host: str, port: int, deadline: Deadline) -> list[Any]:
    """Return the addresses of a host; looked up in a thread, since the system's own limit may be minutes."""
    found: list[Any] = []

    def look() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            found.append([])

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if not found:
        raise deadline.over()
    if not found[0]:
        raise RemoteError(f"There is no host {host}, or its name cannot be looked up.", "Is the address right, and is there a network?")
    return list(found[0])


__all__ = ["AGENT", "Deadline", "Reply", "Request", "check_address", "host_of", "is_loopback", "send", "shown"]
