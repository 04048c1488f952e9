"""Answers of other servers on disk: kept whole, each with the time at which it was fetched, in files that only the user can read."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from boundwork.files import atomic
from boundwork.project import cache_root
from boundwork.stores.remote_endpoints import Endpoint

MOST_FILES = 500
MOST_BYTES = 8 * 1024 * 1024
"""Longer answers are not kept."""


@dataclass(frozen=True)
class Kept:
    """An answer from the cache: its body, its media type, and when it was fetched (seconds since 1970)."""

    body: bytes
    kind: str
    at: float

    @property
    def age(self) -> float:
        """Seconds since it was fetched."""
        return max(0.0, time.time() - self.at)


def cache_folder() -> Path:
    """Return the folder that holds the answers of all servers."""
    return cache_root() / "remote"


def _path(endpoint: Endpoint, query: str, graphs: Iterable[str]) -> Path:
    whose = hashlib.sha256(json.dumps([endpoint.user, sorted(endpoint.headers.items())]).encode()).hexdigest()  # never another user's answer
    name = hashlib.sha256(json.dumps([endpoint.url, query, list(graphs), whose]).encode()).hexdigest()
    host = hashlib.sha256(endpoint.host.encode()).hexdigest()[:16]
    return cache_folder() / host / name


def recall(endpoint: Endpoint, query: str, graphs: Iterable[str]) -> Kept | None:
    """Return what is kept for a question, of whatever age, or None."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        head, _, body = _path(endpoint, query, graphs).read_bytes().partition(b"\n")
        about = json.loads(head)
        if hashlib.sha256(body).hexdigest() == about["sha256"]:
            return Kept(body, str(about["kind"]), float(about["at"]))
    return None


def keep(endpoint: Endpoint, query: str, graphs: Iterable[str], kept: Kept) -> None:
    """Keep an answer; where the disk refuses, it is simply not kept."""
    if len(kept.body) > MOST_BYTES:
        return
    path = _path(endpoint, query, graphs)
    head = json.dumps({"at": kept.at, "kind": kept.kind, "sha256": hashlib.sha256(kept.body).hexdigest()}).encode()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        cache_folder().chmod(0o700)
        with atomic(path) as file:
            file.write(head + b"\n" + kept.body)
        others = sorted(path.parent.iterdir(), key=lambda p: p.stat().st_mtime)
        for old in others[: max(0, len(others) - MOST_FILES)]:
            old.unlink(missing_ok=True)


def forget(endpoint: Endpoint) -> None:
    """Drop all that is kept of a host, such as after writing to it."""
    shutil.rmtree(_path(endpoint, "", ()).parent, ignore_errors=True)


def age_in_words(seconds: float) -> str:
    """Return an age as people say it.

    >>> age_in_words(30), age_in_words(5400), age_in_words(200_000)
    ('30 seconds', '1.5 hours', '2.3 days')
    """
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size, 1)
            return f"{number:g} {word}{'' if number == 1 else 's'}"
    return f"{round(seconds)} second{'' if round(seconds) == 1 else 's'}"


__all__ = ["Kept", "age_in_words", "cache_folder", "forget", "keep", "recall"]
