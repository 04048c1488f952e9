"""Which files a validation depends on, and whether they changed: sizes and times, nothing is read."""

from __future__ import annotations

from pathlib import Path

from boundwork.project import content_files
from boundwork.tables.schema import EXCEPTIONS, TABLES

Look = dict[str, tuple[int, int]]
"""File -> size and time of change in nanoseconds; a file that is not there is missing."""


def look(folder: Path, shapes: list[Path] | None) -> Look:
    """Return the state of the study's tables, terms, shapes and rules as they are now."""
    paths = [folder / "study.toml", *(folder / t.file for t in (*TABLES.values(), EXCEPTIONS)), *content_files("ontology", "*.ttl", folder),
             *(shapes if shapes is not None else content_files("shapes", "*.ttl", folder)), *content_files("queries/derive", "*.rq", folder)]
    found: Look = {}
    for path in paths:
        try:
            info = path.stat()
        except OSError:
            continue
        found[str(path)] = (info.st_size, info.st_mtime_ns)
    return found


def changed(before: Look, after: Look) -> set[str]:
    """Return the files that changed, came or went.

    >>> sorted(changed({"a": (1, 1), "b": (1, 1)}, {"a": (2, 1), "c": (1, 1)}))
    ['a', 'b', 'c']
    """
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
