"""Where builds lie and whether one is up to date; this is all that answering needs.

CACHE/STUDY-HASH/current            name of the build that readers open
CACHE/STUDY-HASH/builds/NAME/       manifest.json, stores/READING/
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boundwork import __version__
from boundwork.errors import InputError
from boundwork.pipeline.inputs import BUILD_FORMAT, content_hash, input_files, stamps
from boundwork.project import cache_root

Progress = Callable[[str, int], None]
"""Called with what is being done and how much of it; see cli.output.Progress."""


@dataclass
class Build:
    """A build on disk: where it lies and what its manifest says."""

    folder: Path
    manifest: dict[str, Any] = field(default_factory=dict)
    fresh: bool = True

    def store(self, reading: str) -> Path:
        """Folder of a reading's store."""
        return self.folder / "stores" / reading

    @property
    def graphs(self) -> dict[str, int]:
        """Graph IRI -> number of triples."""
        return dict(self.manifest["graphs"])

    @property
    def rows(self) -> dict[str, int]:
        """Table -> number of rows."""
        return dict(self.manifest["rows"])


def study_cache(study: Path, store: Path | None = None) -> Path:
    """Return the folder that holds the builds of a study."""
    if store is not None:
        return store
    key = f"{zlib.crc32(os.fsencode(study.resolve())):08x}"
    return cache_root() / f"{study.name}-{key}"


def read_current(home: Path) -> Build | None:
    """Return the build that the pointer names, or None when there is none that this version understands."""
    try:
        name = (home / "current").read_text(encoding="utf-8").strip()
        manifest = json.loads((home / "builds" / name / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or manifest.get("format") != BUILD_FORMAT or manifest.get("boundwork") != __version__:
        return None
    found = Build(home / "builds" / name, manifest)
    return found if all(found.store(r).is_dir() for r in manifest["readings"]) else None


def read_build(folder: Path) -> Build:
    """Return the build in a folder. Errors: InputError when it is not there."""
    try:
        return Build(folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise InputError(f"There is no build in {folder}.", "Build the study again: boundwork build") from None


def up_to_date(study: Path, home: Path) -> Build | None:
    """Return the current build when it was made from the files as they are now, else None."""
    current = read_current(home)
    if current is None:
        return None
    files = input_files(study)
    try:
        now = stamps(files)
    except OSError:
        return None
    then = {k: tuple(v) for k, v in current.manifest["inputs"].items()}
    if now == then:
        return current
    if set(now) != set(then) or content_hash(files) != current.manifest["hash"]:
        return None
    current.manifest["inputs"] = now
    from boundwork.files import atomic

    with suppress(OSError), atomic(current.folder / "manifest.json") as file:
        file.write(json.dumps(current.manifest, indent=1).encode())
    return current


def current_build(study: Path, store: Path | None = None, progress: Progress | None = None) -> Build:
    """Return a build of the study as its files are now, making it first where needed."""
    found = up_to_date(study, study_cache(study, store))
    if found is None:
        from boundwork.pipeline.build import build

        found = build(study, store, progress=progress)
    return found
