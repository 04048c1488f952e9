"""A table of figures by type, region or code -> one figure for each cell; several rows of a cell become one only as somebody says how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median

from boundwork.errors import InputError, UsageError, did_you_mean
from boundwork.linking.figures import KEYS, Figure, number
from boundwork.linking.registers import Council, Register
from boundwork.linking.sheets import Sheet
from boundwork.linking.words import Words
from boundwork.terms import kebab
from boundwork.wording import counted

AGGREGATES = ("mean", "sum", "median", "min", "max")
_MOST_SHOWN = 5
Pair = tuple[Decimal, Decimal]
"""A number and its weight."""


@dataclass
class Wanted:
    """What to take from a table. `on`: key (type, region, council, or a code scheme) -> column; `via` gives type and region of a code."""

    on: dict[str, str]
    value: str
    period: str
    period_column: str = ""
    aggregate: str = ""
    weight: str = ""
    categories: dict[str, str] = field(default_factory=dict)
    via: Register | None = None
    day: date | None = None


@dataclass
class Joined:
    """Figures, how they were made in words, and notes on rows that found no place."""

    figures: list[Figure]
    made_by: str
    notes: list[str]


def _mean(pairs: list[Pair]) -> Decimal:
    total = sum((w for _, w in pairs), Decimal(0))
    if not total:
        raise UsageError("The weights of a cell add up to nothing.", "Give another --weight column, or none.")
    return sum((v * w for v, w in pairs), Decimal(0)) / total


_COMPUTE: Mapping[str, Callable[[list[Pair]], Decimal]] = {
    "mean": _mean, "sum": lambda pairs: sum((v for v, _ in pairs), Decimal(0)), "median": lambda pairs: median(v for v, _ in pairs),
    "min": lambda pairs: min(v for v, _ in pairs), "max": lambda pairs: max(v for v, _ in pairs),
}


class Joiner:
    """Reads the rows of one table as a `Wanted` says."""

    def __init__(self, sheet: Sheet, wanted: Wanted, words: Words, councils: list[Council]) -> None:
        self.sheet, self.wanted, self.words, self.councils = sheet, wanted, words, councils
        self.places = {key: sheet.column(column) for key, column in wanted.on.items()}
        self.value = sheet.column(wanted.value)
        self.weight = sheet.column(wanted.weight) if wanted.weight else None
        self.period = sheet.column(wanted.period_column) if wanted.period_column else None
        self.no_place: list[str] = []
        self.no_value: list[str] = []

    def join(self) -> Joined:
        """Return one figure a cell.

        Errors: InputError where two rows fall into one cell and nothing says how they become one, and for a cell that cannot be read.
        """
        cells: dict[tuple[str, str, str, str], list[tuple[int, Decimal | None, str, Decimal]]] = {}
        for line, row in self.sheet.rows:
            place = self._place(line, row)
            if place is None:
                continue
            read = self._read(line, row)
            if read is not None:
                cells.setdefault(place, []).append(read)
        if not cells:
            raise InputError(f"No row of {self.sheet.shown} could be joined.", " ".join(self._notes()[:1]))
        figures = [self._one(key, rows) for key, rows in cells.items()]
        return Joined(figures, self._made_by(sum(map(len, cells.values()))), self._notes())

    def _place(self, line: int, row: list[str]) -> tuple[str, str, str, str] | None:
        found = dict.fromkeys(KEYS, "")
        for key, at in self.places.items():
            text = row[at].strip()
            where = f"line {line} ({key} '{text}')"
            if key == "type":
                found["type"] = self.words.type_of(text)
            elif key == "region":
                found["region"] = self.words.region_of(text)
            elif key == "council":
                found["council"] = text if any(c.key == text for c in self.councils) else ""
            elif self.wanted.via is not None:
                record = self._through(key, text)
                found.update({"type": record.type, "region": record.region} if record else {})
                if not (record and record.type and record.region):
                    self.no_place.append(where)
                    return None
                continue
            else:
                found["council"] = next((c.key for c in self.councils for code in c.codes if code.key == (key, text.upper())), "")
                if not found["council"]:
                    self.no_place.append(where)
                    return None
                continue
            if not found[key]:
                self.no_place.append(where)
                return None
        period = row[self.period].strip() if self.period is not None else self.wanted.period
        return found["type"], found["region"], found["council"], period

    def _through(self, scheme: str, text: str) -> Council | None:
        assert self.wanted.via is not None
        day = self.wanted.day
        holders = {c.key: c for c, code in self.wanted.via.by_code.get((scheme, text.upper()), ()) if day is None or (c.there(day) and code.holds(day))}
        return next(iter(holders.values())) if len(holders) == 1 else None

    def _read(self, line: int, row: list[str]) -> tuple[int, Decimal | None, str, Decimal] | None:
        text = row[self.value].strip()
        weight = Decimal(1)
        if self.weight is not None:
            given = number(row[self.weight])
            if given is None or given < 0:
                raise InputError(f"{self.sheet.shown}:{line}: the weight '{row[self.weight].strip()}' is no number from 0.")
            weight = given
        if not text:
            self.no_value.append(f"line {line}")
            return None
        if self.wanted.categories:
            category = self.wanted.categories.get(kebab(text))
            if category is None:
                raise InputError(f"{self.sheet.shown}:{line}: '{text}' is no category of the scheme.",
                                 did_you_mean(kebab(text), self.wanted.categories) or f"It knows {', '.join(sorted(set(self.wanted.categories.values())))}.")
            return line, None, category, weight
        value = number(text)
        if value is None:
            raise InputError(f"{self.sheet.shown}:{line}: '{text}' is no number.",
                             "Name another column with --value; for categories such as those of CPA, name their scheme with --categories.")
        return line, value, "", weight

    def _one(self, key: tuple[str, str, str, str], rows: list[tuple[int, Decimal | None, str, Decimal]]) -> Figure:
        named = ", ".join(k for k in key[:3] if k)
        if len(rows) > 1 and (not self.wanted.aggregate or self.wanted.categories):
            lines = ", ".join(str(line) for line, *_ in rows[:_MOST_SHOWN])
            hint = ("Categories have no mean: join them for councils of an open study, or count them in the table first." if self.wanted.categories
                    else f"Say how they become one figure: --aggregate {'|'.join(AGGREGATES)}, with --weight COLUMN where they do not weigh alike.")
            raise InputError(f"{self.sheet.shown}: {counted(len(rows), 'row')} are about {named} (lines {lines}).", hint)
        if self.wanted.categories:
            return Figure(*key, category=rows[0][2])
        if not self.wanted.aggregate:
            return Figure(*key, value=rows[0][1], weight=rows[0][3] if self.weight is not None else None)
        pairs = [(v, w) for _, v, _, w in rows if v is not None]
        return Figure(*key, value=_COMPUTE[self.wanted.aggregate](pairs), weight=sum((w for _, w in pairs), Decimal(0)))

    def _made_by(self, rows: int) -> str:
        if not self.wanted.aggregate:
            return "Taken row by row as the table has them."
        weighed = {"mean": f"weighted by column {self.wanted.weight}" if self.wanted.weight else "each row weighing the same"}.get(self.wanted.aggregate, "")
        through = f", type and region from {self.wanted.via.shown.rpartition('/')[2]}" if self.wanted.via is not None else ""
        kept = f"; the weight of a figure is the {'sum of its weights' if self.wanted.weight else 'number of its rows'}"
        return f"{self.wanted.aggregate.capitalize()} of {counted(rows, 'row')}{f', {weighed}' if weighed else ''}{through}{kept}."

    def _notes(self) -> list[str]:
        notes = []
        for found, one, several in ((self.no_place, "found no place and was left out", "found no place and were left out"),
                                    (self.no_value, "holds no figure and was left out", "hold no figure and were left out")):
            if found:
                more = f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
                what = one if len(found) == 1 else several
                notes.append(f"{counted(len(found), 'row')} of {self.sheet.shown} {what}: {', '.join(found[:_MOST_SHOWN])}{more}.")
        return notes
