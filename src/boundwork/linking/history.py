"""Reorganisations and changes of codes -> who took over from whom, and when; data/reference holds those of England since 2009."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from boundwork.errors import InputError
from boundwork.linking.contract import SCHEMES
from boundwork.linking.days import read_day
from boundwork.linking.registers import AssignedCode, read_code
from boundwork.linking.sheets import read_sheet
from boundwork.linking.words import Words, plain_name
from boundwork.project import content_root

_NEEDED = ("event", "date", "original", "original_codes", "resulting", "resulting_codes")


@dataclass(frozen=True)
class Body:
    """A council before or after a reorganisation: name, type, and the codes that it is known by."""

    name: str
    type: str
    codes: tuple[AssignedCode, ...]

    @property
    def ident(self) -> str:
        """A short name that tells the body from others: its first code."""
        return f"{self.codes[0].scheme}-{self.codes[0].text}".lower() if self.codes else plain_name(self.name).replace(" ", "-")


@dataclass(frozen=True)
class Step:
    """One council that took over from another in an event."""

    event: str
    day: date
    original: Body
    resulting: Body
    source: str = ""

    @property
    def shown(self) -> str:
        """The step in words."""
        return f"{self.original.name} -> {self.resulting.name} ({self.day})"


@dataclass
class History:
    """Steps by the codes and by the name and type of the council that ended, and codes that replaced each other."""

    steps: list[Step] = field(default_factory=list)
    same: dict[tuple[str, str], set[tuple[str, str]]] = field(default_factory=dict)
    changes: list[tuple[AssignedCode, AssignedCode]] = field(default_factory=list)
    _by_code: dict[tuple[str, str], list[Step]] = field(default_factory=dict)
    _by_name: dict[tuple[str, str], list[Step]] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Take in one step."""
        self.steps.append(step)
        for code in step.original.codes:
            self._by_code.setdefault(code.key, []).append(step)
        self._by_name.setdefault((plain_name(step.original.name), step.original.type), []).append(step)

    def add_change(self, earlier: AssignedCode, later: AssignedCode) -> None:
        """Note that one code followed another for the same area."""
        self.changes.append((earlier, later))
        self.same.setdefault(earlier.key, set()).add(later.key)
        self.same.setdefault(later.key, set()).add(earlier.key)

    def alike(self, key: tuple[str, str]) -> Iterator[tuple[str, str]]:
        """Yield a code and every other that its area has had."""
        seen, todo = set(), [key]
        while todo:
            one = todo.pop()
            if one not in seen:
                seen.add(one)
                yield one
                todo += sorted(self.same.get(one, ()))

    def after(self, codes: tuple[AssignedCode, ...], name: str, kind: str, day: date) -> list[Step]:
        """Return the steps in which a council that existed on a day ended: by its codes, else by its exact name and type.

        A name without a type finds nothing, because districts, counties and their successors share names.
        """
        found = {id(s): s for code in codes for key in self.alike(code.key) for s in self._by_code.get(key, ())}
        if not found and kind and not any(c.scheme in SCHEMES for c in codes):
            found = {id(s): s for s in self._by_name.get((plain_name(name), kind), ())}
        fitting = [s for s in found.values() if s.day > day and (not kind or not s.original.type or s.original.type == kind)]
        first = min((s.day for s in fitting), default=None)
        return [s for s in fitting if s.day == first]


def read_history(words: Words, more: Path | None = None, shipped: bool = True) -> History:
    """Return the shipped reorganisations and code changes, and those of another table with the same columns.

    Errors: InputError naming file and line for a row that cannot be read.
    """
    history = History()
    folder = content_root() / "data" / "reference"
    for path in [*([folder / "reorganisations.csv"] if shipped else []), *([more] if more else [])]:
        sheet = read_sheet(path)
        for name in _NEEDED:
            sheet.column(name)
        for line, row in sheet.records():
            day = read_day(row["date"])
            if day is None or not row["original"] or not row["resulting"]:
                raise InputError(f"{sheet.shown}:{line}: a reorganisation needs a date, what ended (original) and what took over (resulting).")
            history.add(Step(row["event"], day, _body(row, "original", words), _body(row, "resulting", words), row.get("source", "")))
    if shipped:
        for _, row in read_sheet(folder / "code-changes.csv").records():
            history.add_change(AssignedCode(row["scheme"], row["earlier"]), AssignedCode(row["scheme"], row["later"], read_day(row["date"])))
    return history


def _body(row: dict[str, str], which: str, words: Words) -> Body:
    codes = (read_code(c) for c in row[f"{which}_codes"].split(";"))
    return Body(row[which], words.type_of(row.get(f"{which}_type", "")), tuple(c for c in codes if c is not None))
