"""A server of the endpoint as tests need it: real, on a free loopback port, in a process of its own.

    python tests/serving.py PORT STORE [JSON with limits]    serves one store folder, or a study by its name
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()


def application(store: str, limits: dict[str, Any]) -> Any:
    """The endpoint behind its guard, and nothing else; among the limits may stand `origins` that are welcome."""
    from starlette.applications import Starlette

    from boundwork.explore.querying import Limits, QueryRunner, Room, Stores, StudyStores
    from boundwork.project import find_study
    from boundwork.web import protocol
    from boundwork.web.guard import Guard

    origins = limits.pop("origins", [])
    limits = {k: Room(*v) if isinstance(v, list) else v for k, v in limits.items()}
    folder = Path(store)
    source = (lambda: Stores(store, {"all": folder}, "all")) if (folder / "CURRENT").exists() else StudyStores(find_study(store))
    runner = QueryRunner(source, Limits(**limits))

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await runner.start()
        yield
        await runner.stop()

    return Guard(Starlette(routes=protocol.routes(runner), lifespan=lifespan), ["127.0.0.1", "localhost", "[::1]"], origins)


@contextlib.contextmanager
def served(store: str | Path, **limits: Any) -> Iterator[str]:
    """Serve a store for the length of the block and yield the address, such as http://127.0.0.1:40123."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(HERE), str(port), str(store), json.dumps(limits)], stderr=subprocess.PIPE, env=dict(os.environ))
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/sparql?query=ASK%7B%7D", timeout=10).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    process.kill()
                    raise RuntimeError((process.stderr.read() if process.stderr else b"").decode()[-2000:]) from None
                time.sleep(0.05)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()
            if process.stderr:
                process.stderr.close()


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(application(sys.argv[2], json.loads(sys.argv[3])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", server_header=False,
                timeout_graceful_shutdown=2)
