"""Starts the explorer on this machine's own address and stays until it is stopped."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from boundwork.errors import UsageError
from boundwork.pipeline.builds import Build

ADDRESS = "127.0.0.1"


def serve(folder: Path, port: int, started: Callable[[str], None], store: Path | None = None, reading: str | None = None, texts: tuple[Path, ...] = (),
          progress: Callable[[str, int], None] | None = None, debug: bool = False, build: Build | None = None) -> None:
    """Serve a study, or one build of it, until the process ends; `started` is called with the address once it answers. Port 0 takes a free one.

    Errors: UsageError when the port is taken or the extra `web` is not installed; what the build says.
    """
    try:
        import uvicorn

        from boundwork.web.app import application
    except ImportError as error:
        raise UsageError(f"The explorer needs {(error.name or 'a package').split('.')[0]}, which is not installed.",
                         "Install it with: pip install 'boundwork[web]'") from None
    with _listening(port) as listening:
        made = application(folder, store, reading, texts, progress, build)
        logging.basicConfig(level=logging.DEBUG if debug else logging.ERROR, format="boundwork: %(message)s")
        logging.getLogger("asyncio").setLevel(logging.ERROR)
        server = uvicorn.Server(uvicorn.Config(made, log_level="info" if debug else "critical", access_log=debug, lifespan="on", timeout_graceful_shutdown=1,
                                               server_header=False))
        address = f"http://{ADDRESS}:{listening.getsockname()[1]}/"
        threading.Thread(target=_tell, args=(server, started, address), daemon=True).start()
        server.run([listening])


def _listening(port: int) -> socket.socket:
    """Return a socket that listens, before anything is built: a taken port is told at once."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((ADDRESS, port))
        found.listen(128)
    except OverflowError:
        found.close()
        raise UsageError(f"{port} is no port.", "Ports are numbers from 0 to 65535; 0 takes a free one.") from None
    except OSError as error:
        found.close()
        what = "is taken: another program listens there" if error.errno in (48, 98, 10048) else f"cannot be used: {error.strerror}"
        raise UsageError(f"Port {port} {what}.", "Choose another one with --port, or --port 0 for one that is free.") from None
    return found


def _tell(server: object, started: Callable[[str], None], address: str) -> None:
    while not getattr(server, "started", False):
        time.sleep(0.02)
    started(address)


__all__ = ["ADDRESS", "serve"]
