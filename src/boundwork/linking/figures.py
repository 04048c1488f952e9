"""Figures for types, regions or councils, as a study keeps them: figures/SET.csv beside figures/SET.toml, read and written here alone."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path

from boundwork.errors import InputError, did_you_mean
from boundwork.linking.sheets import read_sheet

COLUMNS = ("type", "region", "council", "period", "value", "category", "weight")
KEYS = ("type", "region", "council")
_DECIMAL_PLACES = 6


@dataclass(frozen=True)
class Figure:
    """One figure: whom it is about (`type`, `region`, `council`; empty where it is about all), its period, and a number or a category."""

    type: str = ""
    region: str = ""
    council: str = ""
    period: str = ""
    value: Decimal | None = None
    category: str = ""
    weight: Decimal | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells a figure from the others of its set."""
        return self.type, self.region, self.council, self.period


@dataclass(frozen=True)
class About:
    """What has to be known of a set of figures: each key of SET.toml."""

    title: str
    source: str
    licence: str
    unit: str = ""
    made_by: str = ""
    measure: str = ""
    scheme: str = ""
    taken: str = ""
    """Day on which the figures were brought in; stays while they stay."""


@dataclass
class FigureSet:
    """Figures of one measure with what is known of them."""

    name: str
    about: About
    figures: list[Figure] = field(default_factory=list)

    @property
    def keys(self) -> tuple[str, ...]:
        """What the figures are about: type, region, council."""
        return tuple(k for k in KEYS if any(getattr(f, k) for f in self.figures))


def number(text: str) -> Decimal | None:
    """Return the number that a cell holds, thousands separated or not; None where it holds none.

    >>> number("1,234.50"), number("n/a")
    (Decimal('1234.50'), None)
    """
    plain = text.strip().replace(" ", "").replace(" ", "").removeprefix("£").removesuffix("%")
    if "," in plain:
        whole, point, rest = plain.partition(".")
        groups = whole.lstrip("-").split(",")
        if any(len(g) != 3 for g in groups[1:]) or not groups[0] or len(groups[0]) > 3:
            return None
        plain = whole.replace(",", "") + point + rest
    try:
        found = Decimal(plain)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def shown_number(value: Decimal) -> str:
    """Return a number with at most six digits behind the point and no more than needed.

    >>> shown_number(Decimal("31.680000")), shown_number(Decimal("1E+3"))
    ('31.68', '1000')
    """
    text = f"{round(value, _DECIMAL_PLACES):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def table_text(figures: FigureSet) -> str:
    """Return the table of a set, sorted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for f in sorted(figures.figures, key=lambda f: f.key):
        writer.writerow([f.type, f.region, f.council, f.period, "" if f.value is None else shown_number(f.value), f.category,
                         "" if f.weight is None else shown_number(f.weight)])
    return out.getvalue()


def about_text(about: About) -> str:
    """Return what is known of a set as TOML."""
    import json

    lines = ["# What these figures are. The table beside this file holds them; boundwork build takes both in."]
    lines += [f"{f.name.replace('_', '-')} = {json.dumps(getattr(about, f.name), ensure_ascii=False)}" for f in fields(About) if getattr(about, f.name)]
    return "\n".join(lines) + "\n"


def figure_files(study: Path) -> list[Path]:
    """Return the files that hold the figures of a study."""
    return sorted(p for p in (study / "figures").glob("*") if p.suffix in (".csv", ".toml"))


def read_figures(study: Path) -> list[FigureSet]:
    """Return the sets of figures that a study keeps, by name.

    Errors: InputError for a set without its TOML, for a key that is missing or unknown, and for a cell that is no number.
    """
    return [read_figure_set(path) for path in figure_tables(study)]


def figure_tables(study: Path) -> list[Path]:
    """Return the tables of a study's sets of figures, by name."""
    return sorted((study / "figures").glob("*.csv"))


def read_figure_set(path: Path) -> FigureSet:
    """Return the set of figures that a table and the TOML beside it hold. Errors: as of read_figures."""
    about = path.with_suffix(".toml")
    try:
        tree = tomllib.loads(about.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} has no {about.name} beside it, which says what the figures are.", "Bring the table in with: boundwork join") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{about} cannot be read: {error}.") from None
    known = {f.name.replace("_", "-"): f.name for f in fields(About)}
    for key in tree:
        if key not in known:
            raise InputError(f"{about}: {key}: is no key that boundwork knows.", did_you_mean(key, known))
    if missing := [k for k in ("title", "source", "licence") if not tree.get(k)]:
        raise InputError(f"{about}: {missing[0]} is missing.", "Figures are published with title, source and licence.")
    sheet = read_sheet(path)
    found = FigureSet(path.stem, About(**{known[k]: str(v) for k, v in tree.items()}))
    seen: dict[tuple[str, str, str, str], int] = {}
    for line, row in sheet.records():
        figure = Figure(row.get("type", ""), row.get("region", ""), row.get("council", ""), row.get("period", ""), number(row.get("value", "")),
                        row.get("category", ""), number(row.get("weight", "")))
        if figure.value is None and not figure.category:
            raise InputError(f"{sheet.shown}:{line}: the row holds neither a number in column value nor a category.")
        if figure.key in seen:
            raise InputError(f"{sheet.shown}:{line}: the figure for {', '.join(filter(None, figure.key))} stands in line {seen[figure.key]} already.")
        seen[figure.key] = line
        found.figures.append(figure)
    for key in found.keys:
        if not all(getattr(f, key) for f in found.figures):
            raise InputError(f"{sheet.shown}: some rows have a {key} and some have none.", "Keep them in sets of their own.")
    return found
