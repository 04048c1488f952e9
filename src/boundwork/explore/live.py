"""The findings of a study as its files are now: checked again when they change, once for all who ask."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import BoundworkError
from boundwork.explore.validation import validate_study
from boundwork.explore.watching import Look, look
from boundwork.explore.working_list import WorkingList, work_through
from boundwork.findings import Finding, Report, Severity


@dataclass(frozen=True)
class Checked:
    """One check: the findings in a list to work off, its number (it grows with each), and how many seconds it took."""

    number: int
    working: WorkingList
    seconds: float
    trouble: BoundworkError | None = None

    def chosen(self, coder: str = "", rule: str = "", severity: str = "", accepted: bool = True) -> list[Finding]:
        """Return the findings of a coder, a rule and a severity, each where given."""
        return [f for f in self.working.report.sorted() if coder in ("", f.coder) and rule in ("", f.rule) and severity in ("", f.severity.word)
                and (accepted or not f.accepted)]

    @property
    def counts(self) -> dict[str, int]:
        """Severity -> open findings, the worst first."""
        count = self.working.report.count()
        return {s.word: count[s] for s in sorted(Severity, reverse=True)}


class LiveFindings:
    """Checks a study when it has to, from whichever thread asks first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._seen: Look | None = None
        self._last: Checked | None = None

    def changed(self) -> bool:
        """True when the files are others than those of the last check; cheap."""
        return look(self.folder, None) != self._seen

    @property
    def last(self) -> Checked | None:
        """The last check, whatever became of the files; None before the first one."""
        return self._last

    def now(self) -> Checked:
        """Return the findings of the files as they are."""
        with self._lock:
            seen = look(self.folder, None)
            if self._last is None or seen != self._seen:
                start = time.monotonic()
                number = self._last.number + 1 if self._last else 1
                try:
                    working, trouble = work_through(validate_study(self.folder), self.folder), None
                except BoundworkError as error:  # a file that is half written, or gone for a moment
                    working, trouble = self._last.working if self._last else WorkingList(Report()), error
                self._last, self._seen = Checked(number, working, time.monotonic() - start, trouble), seen
            return self._last


__all__ = ["Checked", "LiveFindings"]
