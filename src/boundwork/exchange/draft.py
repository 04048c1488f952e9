"""What an import makes before it meets the study on disk: tables, texts, what is kept beside them, and what became of everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from boundwork.exchange.sheets import Row, Sheet, Sheets, columns_of
from boundwork.readers.record import Loss, Outcome, Project

DRAWN = ("councils", "speakers", "sources", "extracts", "codings", "codes")
"""Tables that an import fills; it leaves all others as they are."""
THEORY_ROOT = "boundwork"
"""Name of the code above all terms of the theory in what export writes; below it a code for each column, below that its terms."""


@dataclass
class Previous:
    """What the last import made (or what a project that export wrote brings along): tables, and which id belongs to what."""

    sheets: Sheets = field(default_factory=dict)
    kept: Sheets = field(default_factory=dict)
    study: str = ""
    """Id of the study."""
    carried: bool = False
    """True when it came with the project: then councils, speakers and waves are those of its tables and not drawn from cases again."""

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a table."""
        return self.sheets[name].rows if name in self.sheets else []

    def beside(self, name: str) -> list[Row]:
        """Return the rows of a table that is kept beside the study's own."""
        return self.kept[name].rows if name in self.kept else []


@dataclass
class Draft:
    """Tables as rows, texts by their path, what is kept beside, coders and waves by id with their labels, and the losses."""

    sheets: Sheets = field(default_factory=lambda: {name: Sheet(columns_of(name)) for name in DRAWN})
    texts: dict[str, str] = field(default_factory=dict)
    kept: Sheets = field(default_factory=dict)
    coders: dict[str, str] = field(default_factory=dict)
    waves: dict[str, str] = field(default_factory=dict)
    variables: list[Row] = field(default_factory=list)
    projects: list[dict[str, object]] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a table."""
        return self.sheets[name].rows

    def lose(self, outcome: Outcome, what: str, count: int, why: str = "", where: str = "") -> None:
        """Put a line into the loss report; nothing for a count of nought."""
        if count:
            self.losses.append(Loss(outcome, what, count, why, where))


class Things:
    """The things of one project by their ids, and the path of each code."""

    def __init__(self, project: Project, number: int) -> None:
        self.project = project
        self.number = str(number)
        self.codes = {c.id: c for c in project.codes}
        self.selections = {s.id: s for s in project.selections}
        self.paths: dict[str, tuple[str, ...]] = {}
        for code in project.codes:
            steps: list[str] = []
            seen: set[str] = set()
            here = code.id
            while here in self.codes and here not in seen:  # a circle of parents ends where it closes
                seen.add(here)
                steps.append(self.codes[here].name)
                here = self.codes[here].parent
            self.paths[code.id] = tuple(reversed(steps))

    def theory(self, code: str) -> tuple[str, str] | None:
        """Return (column, term) for a code that stands for a term of the theory in what export writes."""
        path = self.paths.get(code, ())
        return (path[1], path[2]) if len(path) == 3 and path[0] == THEORY_ROOT else None

    def is_frame(self, code: str) -> bool:
        """True for the codes that only hold terms of the theory together."""
        path = self.paths.get(code, ())
        return bool(path) and path[0] == THEORY_ROOT and len(path) < 3


def key_of(path: Iterable[str]) -> str:
    """Return the path of a code as one text."""
    return "\x1f".join(path)


def unmapped(codings: Iterable[Row], codes: Iterable[Row]) -> list[tuple[str, int]]:
    """Return the codes in use that map to nothing, with the number of their codings, most used first."""
    used = Counter(code.strip() for row in codings for code in row.get("code", "").split(";"))
    blank = {row["id"] for row in codes if not row.get("maps_to", "").strip()}
    return sorted(((c, n) for c, n in used.items() if c in blank), key=lambda pair: (-pair[1], pair[0]))
