"""Real servers that tests start on free ports of this machine: the Oxigraph server, Virtuoso 7, and one that answers badly on purpose."""

from __future__ import annotations

import configparser
import http.server
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

VIRTUOSO = shutil.which("virtuoso-t")
OXIGRAPH = Path(sys.executable).with_name("oxigraph")
_INI = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
ServerThreads = 10
CheckpointInterval = 0
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
CaseMode = 2
DirsAllowed = {readable}
StopCompilerWhenXOverRunTime = 1
MaxOptimizeLayouts = 1000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
MaxClientConnections = 10
ServerThreads = 10
[SPARQL]
ResultSetMaxRows = 10000
MaxQueryCostEstimationTime = 0
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"{url}?query=ASK%20%7B%7D", timeout=5).read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start within 60 seconds")


@contextmanager
def oxigraph(folder: Path) -> Iterator[str]:
    """An Oxigraph server on an empty store; gives the address of its SPARQL endpoint."""
    port = free_port()
    with subprocess.Popen([OXIGRAPH, "serve", "--location", folder, "--bind", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/query", process)
            yield f"http://127.0.0.1:{port}/query"
        finally:
            process.kill()


def sql_address(folder: Path) -> str:
    """The host and port at which the Virtuoso of a folder takes SQL."""
    ini = configparser.ConfigParser()
    ini.read(folder / "virtuoso.ini")
    return ini["Parameters"]["ServerPort"]


@contextmanager
def virtuoso(folder: Path, readable: Path = Path()) -> Iterator[str]:
    """A Virtuoso of its own in an empty folder (user dba, password dba), which may read files of one; gives the address of its SPARQL endpoint."""
    assert VIRTUOSO
    port = free_port()
    (folder / "virtuoso.ini").write_text(_INI.format(sql=free_port(), http=port, readable=readable), encoding="utf-8")
    command = [VIRTUOSO, "+foreground", "+configfile", "virtuoso.ini"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/sparql", process)
            yield f"http://127.0.0.1:{port}/sparql"
        finally:
            process.kill()


class Seen:
    """A request as the server got it."""

    def __init__(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as it is told; keeps what it was asked."""

    protocol_version = "HTTP/1.1"

    def _work(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(Seen(self.command, self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.close_connection = True
        try:
            self.server.answer(self)  # type: ignore[attr-defined]
        except OSError:
            pass  # the client has had enough

    do_GET = do_POST = do_PUT = do_DELETE = _work

    def log_message(self, *args: object) -> None:
        pass

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.wfile.write(data)
        self.wfile.flush()

    def reply(self, body: bytes, kind: str = "application/sparql-results+json", status: int = 200, length: int | None = -1, **headers: str) -> None:
        """Send an answer; `length` None leaves the length out, another number lies about it."""
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length < 0 else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class Bad:
    """A running server: where it is, and what it was asked."""

    def __init__(self, url: str, seen: list[Seen]) -> None:
        self.url, self.seen = url, seen


@contextmanager
def answering(answer: Callable[[Handler], None], host: str = "127.0.0.1") -> Iterator[Bad]:
    """A server that answers every request by a function."""
    server = _Server((host, 0), Handler)
    server.answer, server.seen = answer, []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Bad(f"http://{host}:{server.server_address[1]}/sparql", server.seen)  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
