"""What is wrong with data, as plain values that sort and print the same each time. Nothing here reads or checks data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from boundwork.wording import ended_once, visible


class Severity(IntEnum):
    """How bad a finding is, in SHACL's three steps; a higher number is worse."""

    INFO = 1
    WARNING = 2
    VIOLATION = 3

    @property
    def word(self) -> str:
        """The name as it stands in reports and on the command line.

        >>> Severity.VIOLATION.word
        'violation'
        """
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Severity:
        """Read a severity from its word."""
        return cls[word.upper()]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, where it stands, and how to repair it.

    `line` is the physical line in the file (1 = header), `row` the record number that RFC 7111 uses (1 = header);
    0 where a finding has no place in a table.
    """

    severity: Severity
    rule: str
    message: str
    file: str = ""
    line: int = 0
    row: int = 0
    column: str = ""
    value: str = ""
    coder: str = ""
    subject: str = ""
    extract: str = ""
    accepted: str = ""
    """Why the study accepts it, and who did; empty for a finding that is open."""

    def __post_init__(self) -> None:
        """Show control characters as pictures. A message ends its sentences once."""
        object.__setattr__(self, "message", ended_once(self.message))
        for name in ("message", "value", "column", "coder", "extract", "accepted"):
            object.__setattr__(self, name, visible(getattr(self, name)))

    @property
    def place(self) -> str:
        """The place as file:line:column, with what is not known left out."""
        parts = [self.file or self.subject or "-"]
        if self.line:
            parts.append(str(self.line))
        if self.column:
            parts.append(self.column)
        return ":".join(parts)

    @property
    def order(self) -> tuple[str, int, str, int, str, str, str, str, int, str, str, str]:
        """Row first, then column, then the worst first; findings of the same order are the same."""
        return (self.file, self.line, self.column, -self.severity, self.rule, self.message, self.subject, self.value, self.row, self.coder, self.extract,
                self.accepted)

    def as_row(self) -> dict[str, str | int]:
        """The finding as one flat row, the same keys in every format."""
        return {
            "file": self.file,
            "line": self.line,
            "row": self.row,
            "column": self.column,
            "severity": self.severity.word,
            "rule": self.rule,
            "value": self.value,
            "message": self.message,
            "coder": self.coder,
            "extract": self.extract,
            "subject": self.subject,
            "accepted": self.accepted,
        }


@dataclass
class Report:
    """Findings in a stable order, with what was looked at."""

    findings: list[Finding] = field(default_factory=list)
    looked_at: dict[str, int] = field(default_factory=dict)

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings; sorting happens on reading."""
        self.findings.extend(findings)

    def sorted(self) -> list[Finding]:
        """All findings without repetition, by place."""
        return sorted(set(self.findings), key=lambda f: f.order)

    def count(self) -> Counter[Severity]:
        """How many open findings there are of each severity."""
        return Counter(f.severity for f in set(self.findings) if not f.accepted)

    def accepted(self) -> list[Finding]:
        """Findings that the study accepts, by place."""
        return [f for f in self.sorted() if f.accepted]

    def reaches(self, least: Severity) -> bool:
        """True when an open finding is at least this bad."""
        return any(f.severity >= least and not f.accepted for f in self.findings)
