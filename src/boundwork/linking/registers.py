"""A table of councils in -> records that know their codes, type, region and days; dates that cannot be right count as not known, and are told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from boundwork.errors import InputError
from boundwork.linking.contract import SCHEMES, place_columns
from boundwork.linking.days import mistaken_year, read_day
from boundwork.linking.sheets import read_outside
from boundwork.linking.words import Words, plain_name
from boundwork.terms import kebab
from boundwork.wording import counted

_REGISTER = re.compile(r"[A-Z]{3}\Z")
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+\Z")
_SEVERAL = re.compile(r"[;,]")


@dataclass(frozen=True)
class AssignedCode:
    """A code with its scheme and the days on which it holds; None where that is not known."""

    scheme: str
    text: str
    start: date | None = None
    end: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What two codes have in common when they are the same code."""
        return self.scheme, self.text.upper()

    @property
    def shown(self) -> str:
        """The code as scheme:code."""
        return f"{self.scheme}:{self.text}"

    def holds(self, day: date) -> bool:
        """True unless the code is known not to hold on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


def read_code(text: str) -> AssignedCode | None:
    """Return the code that scheme:code or scheme:code/FROM/UNTIL means; None for anything else.

    >>> read_code("gss:E08000020/2009-01-01/2013-03-31").end
    datetime.date(2013, 3, 31)
    """
    scheme, colon, rest = text.strip().partition(":")
    code, _, days = rest.partition("/")
    start, _, end = days.partition("/")
    if not colon or not scheme.strip() or not code.strip() or "/" in code:
        return None
    return AssignedCode(kebab(scheme), code.strip(), read_day(start) if start else None, read_day(end, last=True) if end else None)


@dataclass(frozen=True)
class Council:
    """A council as a table has it; `line` is the physical line of its row."""

    key: str
    name: str
    names: frozenset[str] = frozenset()
    type: str = ""
    region: str = ""
    codes: tuple[AssignedCode, ...] = ()
    start: date | None = None
    end: date | None = None
    replaced_by: tuple[str, ...] = ()
    iri: str = ""
    line: int = 0

    def there(self, day: date) -> bool:
        """True unless the council is known not to exist on a day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    @property
    def days(self) -> str:
        """First and last day in words."""
        return f"{self.start or 'unknown'} to {self.end or 'now'}"


@dataclass
class Register:
    """The councils of one table, found by key, by code and by name; `notes` says what about the table is not to be trusted."""

    name: str
    shown: str
    councils: dict[str, Council] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    by_code: dict[tuple[str, str], list[tuple[Council, AssignedCode]]] = field(default_factory=dict)
    by_name: dict[str, list[Council]] = field(default_factory=dict)

    def add(self, council: Council) -> None:
        """Take in one council."""
        self.councils[council.key] = council
        for code in council.codes:
            self.by_code.setdefault(code.key, []).append((council, code))
        for name in sorted({plain_name(council.name), *council.names}):
            self.by_name.setdefault(name, []).append(council)


def read_register(path: Path, words: Words, name: str, named: dict[str, str] | None = None, shown: str = "") -> Register:
    """Read a table of councils by the contract of its columns.

    Errors: InputError for a file that is no table, a table without key or name, and a key that stands twice.
    """
    sheet = read_outside(path, shown)
    places = place_columns(sheet.header, named or {}, sheet.shown)
    register = Register(name, sheet.shown)
    odd: Counter[str] = Counter()
    lines: dict[str, int] = {}
    for line, cells in sheet.rows:
        def cell(column: str, cells: list[str] = cells) -> str:
            return cells[places[column]].strip() if column in places else ""

        key, official = cell("id"), cell("name")
        if not key or not official:
            odd["without key or name"] += 1
            continue
        if key in lines:
            raise InputError(f"{sheet.shown}:{line}: the key '{key}' stands in line {lines[key]} already.",
                             "Give one row a council, or name another column: --column id=THEIR-COLUMN")
        lines[key] = line
        start, end = _day(cell("start"), odd, False), _day(cell("end"), odd, True)
        if start and end and end < start:
            odd["that end before they begin"] += 1
            start = None
        kind, region = words.type_of(cell("type")), words.region_of(cell("region"))
        odd[f"of a type that is not known here ('{cell('type')}')"] += bool(cell("type") and not kind)
        others = frozenset(plain_name(n) for n in _parts(cell("other_names"), ";") if plain_name(n))
        register.add(Council(key, official, others, kind, region, tuple(_codes(cell, "register" in places, key)), start, end,
                             tuple(_parts(cell("replaced_by"), ";,")), _iri(cell("iri"), odd), line))
    missing = {k for c in register.councils.values() for k in c.replaced_by if k not in register.councils}
    odd["replaced by a key that the table does not have"] += sum(bool(missing & set(c.replaced_by)) for c in register.councils.values())
    register.notes = [f"{sheet.shown}: {counted(n, 'council')} {what}." for what, n in sorted(odd.items()) if n]
    return register


def _iri(text: str, odd: Counter[str]) -> str:
    odd["with an iri that is none"] += bool(text and not _IRI.match(text))
    return text if _IRI.match(text) else ""


def _parts(text: str, marks: str) -> list[str]:
    return [p for p in (x.strip() for x in re.split(f"[{marks}]", text)) if p]


def _day(text: str, odd: Counter[str], last: bool) -> date | None:
    """A day that can be right; what cannot is counted and left unknown, because a wrong first day would drop a living council."""
    if not text:
        return None
    day = read_day(text, last)
    if day is None:
        odd[f"with {'a last' if last else 'a first'} day that is no date, left unknown"] += 1
    elif mistaken_year(day) is not None:
        odd[f"with {'a last' if last else 'a first'} day that a spreadsheet made of a year, left unknown"] += 1
        return None
    return day


def _codes(cell: Callable[[str], str], has_register: bool, key: str) -> list[AssignedCode]:
    """The codes of a row. A former code of an area whose later one stands beside it is one of its codes, too."""
    read: dict[tuple[str, str], AssignedCode] = {}
    for scheme in SCHEMES:
        for text in _SEVERAL.split(cell(scheme)):
            code = text.strip().rpartition(":")[2] if scheme == "register" else text.strip()
            if code:
                read.setdefault((scheme, code.upper()), AssignedCode(scheme, code))
    for text in _SEVERAL.split(cell("former_gss")):
        if text.strip():
            read.setdefault(("gss", text.strip().upper()), AssignedCode("gss", text.strip()))
    for text in cell("codes").split(";"):
        if (found := read_code(text)) is not None:
            read[found.key] = found
    if not has_register and _REGISTER.match(key):
        read.setdefault(("register", key), AssignedCode("register", key))
    return list(read.values())
