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
from boundwork.explore.session import Session
from boundwork.explore.terminology import Terminology, read_terminology
from boundwork.explore.watching import Look, look
from boundwork.pipeline.builds import Progress
from boundwork.tables.studyfile import Study, read_study


class Snapshot:
    """A study as it stood at one moment: a session for each reading, and what is read from the tables when it is first needed."""

    def __init__(self, folder: Path, store: Path | None, progress: Progress | None) -> None:
        self.folder = folder
        self.study: Study = read_study(folder)
        self._lock = threading.Lock()
        self._coded: CodedStudy | None = None
        self._comparison: Comparison | None = None
        self._mentions: dict[str, Mentions] = {}
        self._terminology: Terminology | None = None
        self._sessions: dict[str, Session] = {}
        for name in self.study.readings:
            session = Session(folder, name, store, progress)
            assert session.study.id == self.study.id
            len(session.store)  # opened now: a later build may take the folder away, and an open store outlives that
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
    """Hands out the snapshot that the files make now. `trouble` says why it is an older one, and is None where it is not."""

    def __init__(self, folder: Path, store: Path | None = None, progress: Progress | None = None) -> None:
        self.folder, self._store, self._progress = folder, store, progress
        self._lock = threading.Lock()
        self._seen: Look | None = None
        self._snapshot: Snapshot | None = None
        self.trouble: BoundworkError | None = None

    def snapshot(self) -> Snapshot:
        """The newest snapshot; while another thread makes one, the one before it.

        Errors: what the build says, where no snapshot was ever good.
        """
        now = look(self.folder, None)
        if now != self._seen and self._lock.acquire(blocking=self._snapshot is None):
            try:
                if now != self._seen:
                    self._renew(now)
            finally:
                self._lock.release()
        assert self._snapshot is not None
        return self._snapshot

    def _renew(self, now: Look) -> None:
        try:
            snapshot = Snapshot(self.folder, self._store, self._progress)
        except BoundworkError as error:
            if self._snapshot is None:
                raise
            self.trouble = error
        else:
            self._snapshot, self.trouble = snapshot, None
        self._seen = now


__all__ = ["Current", "Snapshot"]
