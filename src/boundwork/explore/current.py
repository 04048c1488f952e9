"""A study that is looked at while its tables are edited: sessions on the newest build, and on the last good one where the tables do not build.

Used from many threads at a time; what it hands out is only read.
"""

from __future__ import annotations

import threading
from pathlib import Path

from boundwork.errors import BoundworkError
from boundwork.explore.beside import Comparison
from boundwork.explore.coded import CodedStudy, read_coded
from boundwork.explore.mentions import Mentions
from boundwork.explore.overview import Overview, overview
from boundwork.explore.querying import StudyStores
from boundwork.explore.session import Session
from boundwork.explore.terminology import Terminology, read_terminology
from boundwork.pipeline.builds import read_build
from boundwork.tables.studyfile import Study, read_study


class Snapshot:
    """A study as it stood at one moment: a session for each reading, and what is read from the tables when it is first needed."""

    def __init__(self, folder: Path, build: Path) -> None:
        self.folder, self.name = folder, str(build)
        self.study: Study = read_study(folder)
        self._lock = threading.Lock()
        self._coded: CodedStudy | None = None
        self._comparison: Comparison | None = None
        self._overviews: dict[str, Overview] = {}
        self._mentions: dict[str, Mentions] = {}
        self._terminology: Terminology | None = None
        self._sessions: dict[str, Session] = {}
        built = read_build(build)
        for name in self.study.readings:
            session = Session(folder, name, build=built)
            assert session.study.id == self.study.id
            assert len(session.store) > 0  # opened now: a later build may take the folder away, and an open store outlives that
            self._sessions[name] = session

    def session(self, reading: str | None = None) -> Session:
        """The session of a reading, or of the default one. Errors: InputError for an unknown name."""
        return self._sessions[self.study.reading(reading or None).id]

    @property
    def coded(self) -> CodedStudy:
        """The rows of all coders, side by side. Errors: InputError while the tables hold violations."""
        with self._lock:
            if self._coded is None:
                self._coded = read_coded(self.folder)
            return self._coded

    @property
    def comparison(self) -> Comparison:
        """Every extract with the rows of all coders. Errors: as `coded`."""
        coded = self.coded
        with self._lock:
            if self._comparison is None:
                self._comparison = Comparison(coded)
            return self._comparison

    def overview(self, reading: str) -> Overview:
        """The study at a glance under a reading."""
        with self._lock:
            if reading not in self._overviews:
                self._overviews[reading] = overview(self._sessions[reading])
            return self._overviews[reading]

    def mentions(self, reading: str) -> Mentions:
        """What names mean under a reading."""
        vocabulary = self.terminology.vocabulary
        with self._lock:
            if reading not in self._mentions:
                self._mentions[reading] = Mentions(self._sessions[reading], vocabulary)
            return self._mentions[reading]

    @property
    def terminology(self) -> Terminology:
        """Terms, and where each is used."""
        with self._lock:
            if self._terminology is None:
                self._terminology = read_terminology(self.folder)
            return self._terminology


class Current:
    """Hands out the snapshot of the newest build; while the tables do not build, the one before it."""

    def __init__(self, folder: Path, source: StudyStores) -> None:
        self.folder, self._source = folder, source
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._broken: BoundworkError | None = None

    @property
    def trouble(self) -> BoundworkError | None:
        """Why what is shown is older than the files; None where it is not, or where a build is under way."""
        return self._broken or self._source.trouble

    @property
    def building(self) -> bool:
        """Whether a newer build is being made."""
        return self._source.building

    def snapshot(self) -> Snapshot:
        """The newest snapshot. Errors: what the build says, where no snapshot was ever good."""
        with self._lock:
            try:
                stores = self._source()
                if self._snapshot is None or self._snapshot.name != stores.name:
                    self._snapshot = Snapshot(self.folder, Path(stores.name))
                self._broken = None
            except BoundworkError as error:  # study.toml half written, or a build that was taken away between looking and opening
                if self._snapshot is None:
                    raise
                self._broken = error
            return self._snapshot


__all__ = ["Current", "Snapshot"]
