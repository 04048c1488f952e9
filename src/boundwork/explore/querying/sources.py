"""Where the stores lie that questions go to: those of a study, made again in a process of its own when its files change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boundwork.errors import BoundworkError, UsageError, did_you_mean
from boundwork.pipeline.builds import Build, current_build, study_cache, up_to_date
from boundwork.workers import run_apart

CHECKED_EVERY = 0.5
"""Seconds for which the study's files are taken to be as they were."""


@dataclass(frozen=True)
class Stores:
    """One build: a folder with a store for each reading, and the graphs of the dataset that stand only merged in the default graph."""

    name: str
    folders: dict[str, Path]
    default: str
    title: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    merged: frozenset[str] = frozenset()

    def folder(self, reading: str | None) -> Path:
        """Folder of a reading's store. Errors: UsageError with the nearest reading."""
        name = reading or self.default
        if name not in self.folders:
            raise UsageError(f"There is no reading '{name}'.", did_you_mean(name, self.folders) or f"There are: {', '.join(self.folders)}.")
        return self.folders[name]


Source = Callable[[], Stores]
"""Says at any time, in a few milliseconds, which stores are current."""


class StudyStores:
    """The stores of a study. While a new build is being made, or cannot be made, the one before it stays current.

    With `build` they are those of that build for good, whatever becomes of the study's files.
    """

    def __init__(self, study: Path, store: Path | None = None, progress: Any = None, build: Build | None = None) -> None:
        self._study = study
        self._store = store
        self._progress = progress
        self._current: Stores | None = self._described(build) if build else None
        self._fixed = build is not None
        self._lock = threading.Lock()
        self._checked = 0.0
        self._making: threading.Thread | None = None
        self._refused_at: dict[str, tuple[int, int]] | None = None
        self.trouble: BoundworkError | None = None

    @property
    def building(self) -> bool:
        """Whether a new build is being made."""
        return self._making is not None and self._making.is_alive()

    def __call__(self) -> Stores:
        """Return the current stores; the first call waits for a build where there is none. Many threads may call.

        Errors: those of the build, at the first call.
        """
        current = self._current
        if current is None:
            with self._lock:
                if self._current is None:
                    self._current = self._described(current_build(self._study, self._store, self._progress))
                    self._checked = time.monotonic()
                return self._current
        if not self._fixed and time.monotonic() - self._checked > CHECKED_EVERY and not self.building and self._lock.acquire(blocking=False):
            try:
                self._current = self._checked_again(current)
            except OSError:
                pass  # a file is just being replaced: look again
            finally:
                self._checked = time.monotonic()
                self._lock.release()
        return self._current or current

    def _checked_again(self, current: Stores) -> Stores:
        found = up_to_date(self._study, study_cache(self._study, self._store))
        if found is None:
            self._make()
            return current
        self.trouble = None
        return current if str(found.folder) == current.name else self._described(found)

    def _make(self) -> None:
        """Build in a process of its own, once for each state of the files."""
        from boundwork.pipeline.inputs import input_files, stamps

        now = stamps(input_files(self._study))
        if now == self._refused_at:
            return

        def work() -> None:
            try:
                run_apart("boundwork.explore.querying.sources:rebuild", {"study": str(self._study), "store": str(self._store) if self._store else None})
                self.trouble = None
            except BoundworkError as error:
                self.trouble, self._refused_at = error, now

        self._making = threading.Thread(target=work, daemon=True)
        self._making.start()

    def _described(self, build: Build) -> Stores:
        from boundwork.pipeline.build import SMALL
        from boundwork.tables.studyfile import read_study
        from boundwork.terms import GRAPH, graph_iri

        study = read_study(self._study)
        apart = tuple(graph_iri(study.id, kind) for kind in SMALL)  # graph/STUDY/KIND, or that with a name below
        merged = {n for n in build.graphs if n not in apart and not n.startswith((f"{GRAPH}ontology/", *(a + "/" for a in apart)))}
        return Stores(str(build.folder), {r: build.store(r) for r in build.manifest["readings"]}, build.manifest["default-reading"], study.title,
                      {r.id: r.label for r in study.readings.values()}, frozenset(merged))


def rebuild(study: str, store: str | None) -> None:
    """Make a study's build; what a process of its own is asked to do."""
    current_build(Path(study), Path(store) if store else None)
