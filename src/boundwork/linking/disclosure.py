"""How many real councils share what is published about an anonymous case, and the least coarsening that makes them enough.

The counts come from a table: data/reference/councils-by-type-and-region.csv, or another with the columns type, region and councils, and a
column for each further attribute. A council that shares everything with few others can be named by whoever has a list of councils.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from boundwork.errors import InputError
from boundwork.linking.days import read_day
from boundwork.linking.sheets import read_sheet
from boundwork.linking.words import Words
from boundwork.project import content_root
from boundwork.terms import kebab
from boundwork.wording import whole_number

THRESHOLD = 10
"""Least number of councils that share what is published about a case, where a study sets no other."""
RULE = "disclosure"
WITHHELD = "withheld"
_ENGLAND = "england"
_COUNTS = "councils-by-type-and-region.csv"
_OURS = ("type", "region", "councils", "from", "until", "source", "note")


def reference_file(study: Path | None = None) -> Path:
    """Return the table of counts: the study's own where it has one (reference/councils-by-type-and-region.csv), else the shipped one."""
    own = study / "reference" / _COUNTS if study is not None else None
    return own if own is not None and own.is_file() else content_root() / "data" / "reference" / _COUNTS


@dataclass(frozen=True)
class CountRow:
    """So many councils of a type in a region, with the values of further attributes, between two days."""

    type: str
    region: str
    councils: int
    start: date | None
    end: date | None
    more: tuple[tuple[str, str], ...] = ()
    source: str = ""


@dataclass
class Counts:
    """A table of counts, and what it can tell."""

    rows: list[CountRow]
    words: Words
    attributes: tuple[str, ...] = ()
    shown: str = ""

    def at(self, day: date | None) -> Counts:
        """Return the counts that hold on a day. Where the day is not known, those of the only period that the table has, or none."""
        if day is None:
            return self if len({(r.start, r.end) for r in self.rows}) == 1 else Counts([], self.words, self.attributes, self.shown)
        rows = [r for r in self.rows if (r.start is None or r.start <= day) and (r.end is None or day <= r.end)]
        return Counts(rows, self.words, self.attributes, self.shown)

    def sharing(self, kind: str = "", region: str = "", more: Mapping[str, str] | None = None) -> int | None:
        """Return how many councils have this type, lie in this region and have these attributes; None where the table cannot tell.

        What is empty is not published and narrows nothing. A region may be a coarser one.
        """
        wanted = {kebab(k): kebab(v) for k, v in (more or {}).items()}
        if not self.rows or not set(wanted) <= set(self.attributes):
            return None
        known = {r.region for r in self.rows}
        if kind and kind not in {r.type for r in self.rows}:
            return None
        inside = set(self.words.within(region, known)) if region else known
        if not inside:
            return None
        return sum(r.councils for r in self.rows if (not kind or r.type == kind) and r.region in inside and wanted.items() <= dict(r.more).items())


def read_counts(words: Words, path: Path | None = None) -> Counts:
    """Return the counts of a table, the shipped one by default.

    Errors: InputError for a table without the columns, and naming the line of a cell that cannot be read.
    """
    sheet = read_sheet(path or reference_file())
    for name in ("type", "region", "councils"):
        sheet.column(name)
    attributes = tuple(kebab(h) for h in sheet.header if h and h.lower() not in _OURS)
    rows = []
    for line, row in sheet.records():
        number = whole_number(row["councils"])
        if number is None:
            raise InputError(f"{sheet.shown}:{line}: '{row['councils']}' is no number of councils.")
        region = words.region_of(row["region"])
        if not region:
            raise InputError(f"{sheet.shown}:{line}: '{row['region']}' is no region.")
        more = tuple((kebab(k), kebab(v)) for k, v in row.items() if kebab(k) in attributes)
        rows.append(CountRow(words.type_of(row["type"]) or kebab(row["type"]), region, number, read_day(row.get("from", "")),
                             read_day(row.get("until", ""), last=True), more, row.get("source", "")))
    return Counts(rows, words, attributes, sheet.shown)


@dataclass(frozen=True)
class Published:
    """What a study publishes about one case. `more` holds further attributes, such as a rating; `exact` names figures of the council's own."""

    case: str
    label: str
    type: str = ""
    region: str = ""
    more: tuple[tuple[str, str], ...] = ()
    exact: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exposure:
    """How many councils share what is published about a case: one thing at a time, and together. None where nobody knows."""

    published: Published
    by_type: int | None
    by_region: int | None
    by_more: tuple[tuple[str, int | None], ...]
    together: int | None
    threshold: int
    note: str = ""

    @property
    def below(self) -> bool:
        """True when too few councils share it."""
        return self.together is not None and self.together < self.threshold


def exposure(published: Published, counts: Counts, threshold: int) -> Exposure:
    """Return how many councils share what is published about one case.

    A figure of the council's own counts as shared by one; an attribute that the counts do not have leaves the number open from above.
    """
    alone = tuple((name, counts.sharing(more={name: value})) for name, value in published.more)
    known = {name: value for name, value in published.more if kebab(name) in counts.attributes}
    together = counts.sharing(published.type, published.region, known)
    notes = []
    if published.exact:
        together = 1
        notes.append(f"A figure of its own ({', '.join(published.exact)}) is as good as a name.")
    if unknown := [name for name, _ in published.more if name not in known]:
        notes.append(f"How many share its {', '.join(unknown)} is not known: at most as many as shown.")
    if together is None and (published.type or published.region):
        notes.append("The counts do not say how many there are of this kind at this date.")
    by_type = counts.sharing(published.type) if published.type else None
    by_region = counts.sharing(region=published.region) if published.region else None
    return Exposure(published, by_type, by_region, alone, together, threshold, " ".join(notes))


@dataclass(frozen=True)
class Coarsening:
    """What to publish instead of the region of a case, and how many councils then share it. `level`: region, part, england or withheld."""

    published: Published
    level: str
    region: str
    councils: int | None


def levels(region: str, words: Words) -> list[tuple[str, str]]:
    """Return what can be published of a region, least coarse first: (level, region).

    >>> levels("west-midlands", Words({}, {}, {"west-midlands": "midlands", "midlands": "england"}))
    [('region', 'west-midlands'), ('part', 'midlands'), ('england', 'england')]
    """
    return [("england" if r == _ENGLAND else "region" if i == 0 else "part", r) for i, r in enumerate(words.above(region))]


def coarsen(published: Published, counts: Counts, threshold: int, least: str = "") -> Coarsening:
    """Return the least coarsening of a case's region that enough councils share, no finer than `least`; withheld where none is enough.

    Its type and its further attributes stay as they are; a figure of its own cannot be helped by a coarser region.
    """
    order = ["region", "part", "england"]
    more = {name: value for name, value in published.more if kebab(name) in counts.attributes}
    for level, region in levels(published.region, counts.words) if published.region and not published.exact else ():
        if least and (least == WITHHELD or order.index(level) < order.index(least)):
            continue
        number = counts.sharing(published.type, region, more)
        if number is not None and number >= threshold:
            return Coarsening(published, level, region, number)
    return Coarsening(published, WITHHELD, "", counts.sharing())


def coarsen_alike(cases: Iterable[Published], counts: Counts, threshold: int) -> list[Coarsening]:
    """Return the least coarsening of each type under which every case of it is shared by enough councils.

    Cases of one type are coarsened alike, because a region that is held back for one case only tells that it is a small one.
    """
    order = ("region", "part", "england", WITHHELD)
    found = {c.case: coarsen(c, counts, threshold) for c in cases}
    coarsest: dict[str, str] = {}
    for c in found.values():
        before = coarsest.get(c.published.type, "region")
        coarsest[c.published.type] = max(before, c.level, key=order.index)
    return [coarsen(c.published, counts, threshold, coarsest[c.published.type]) for c in found.values()]


def study_day(years: Sequence[int | None]) -> date | None:
    """Return the day at which a study's councils are looked up: the first of its earliest wave; None where no wave has a year.

    >>> study_day([2006, 2004, None])
    datetime.date(2004, 1, 1)
    """
    known = [y for y in years if y is not None]
    return date(min(known), 1, 1) if known else None
