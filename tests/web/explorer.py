"""Starts the explorer, asks its addresses, and finds a browser: what the tests of the pages share besides fixtures."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HEAR = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\nfrom boundwork.cli.main import main\nmain()"
"""The command, which hears Ctrl-C also where the tests run behind a shell that has it ignored."""


class Answer(NamedTuple):
    """What came back: status, media type, headers, and the body."""

    status: int
    media: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def get(address: str, accept: str = "text/html", **headers: str) -> Answer:
    """Ask an address; an error of the server is an answer, too."""
    request = urllib.request.Request(address, headers={"Accept": accept, **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as found:
            return Answer(found.status, found.headers.get_content_type(), {k.lower(): v for k, v in found.headers.items()}, found.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers.get_content_type(), {k.lower(): v for k, v in error.headers.items()}, error.read())


@contextlib.contextmanager
def serving(*args: str | Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `boundwork serve` for the length of the block; yields the address, without the slash at its end, and the process."""
    process = subprocess.Popen([sys.executable, "-c", HEAR, "serve", *map(str, args), "--port", "0", "--no-browser"], cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None and process.stderr is not None
    try:
        address = process.stdout.readline().strip().rstrip("/")
        assert address.startswith("http://127.0.0.1:"), process.stderr.read() if process.poll() is not None else address
        yield address, process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=20)
        process.stdout.close()
        process.stderr.close()


def chromium() -> str | None:
    """The browser's program: $CHROMIUM, or the first that is installed."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds. The page's own policy forbids Playwright's wait_for_function, which evaluates text."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
