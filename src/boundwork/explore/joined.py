"""A table of figures joined to a study's cells: computed, kept in the study's folder, and told as plain rows beside the study's councils."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from boundwork.errors import InputError, UsageError, did_you_mean
from boundwork.explore.answers import Cell
from boundwork.explore.linked import study_councils
from boundwork.files import atomic
from boundwork.linking.contract import SCHEMES
from boundwork.linking.cube import figure_lines
from boundwork.linking.days import read_day
from boundwork.linking.disclosure import study_day
from boundwork.linking.figures import KEYS, About, Figure, FigureSet, about_text, number, shown_number, table_text
from boundwork.linking.joining import AGGREGATES, Joiner, Wanted
from boundwork.linking.registers import Council, read_register
from boundwork.linking.sheets import Sheet, read_outside
from boundwork.linking.words import Words, called
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Study, read_study
from boundwork.terms import Vocabulary, kebab
from boundwork.wording import counted

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_CATEGORIES = {"cpa-categories": ("CpaCategory", "cpa-"), "cpa-stars": ("CpaStarRating", "cpa-")}
"""Scheme -> class of its codes, and what stands before a word that a table writes alone."""


@dataclass
class Asked:
    """What to join and what is said of it. `on`: type, region, council or a code scheme -> column of the table."""

    table: Path
    shown: str
    on: dict[str, str]
    value: str = ""
    name: str = ""
    title: str = ""
    unit: str = ""
    period: str = ""
    period_column: str = ""
    source: str = ""
    licence: str = ""
    aggregate: str = ""
    weight: str = ""
    categories: str = ""
    via: Path | None = None
    via_columns: dict[str, str] = field(default_factory=dict)


@dataclass
class Joined:
    """The figures, and the study's cells with them."""

    study: Study
    figures: FigureSet
    cells: list[tuple[dict[str, str], int]]
    words: Words
    notes: list[str]

    @property
    def columns(self) -> list[str]:
        """Columns of the table of cells."""
        weight = ["weight"] if any(f.weight is not None for f in self.figures.figures) else []
        return [*self.figures.keys, "councils", "period", "figure", *(["unit"] if self.figures.about.unit else []), *weight]

    @property
    def table(self) -> list[dict[str, Cell]]:
        """One row a cell that councils of the study lie in, and period; blank where no figure was joined."""
        rows: list[dict[str, Cell]] = []
        for cell, councils in self.cells:
            found = [f for f in self.figures.figures if all(getattr(f, k) == cell[k] for k in self.figures.keys)]
            for figure in found or [Figure()]:
                category = self.words.labels.get(figure.category, figure.category)
                rows.append({**{k: self.words.labels.get(v, v) for k, v in cell.items()}, "councils": councils, "period": figure.period or None,
                             "figure": category or _plain(figure.value), "unit": self.figures.about.unit if found else None,
                             "weight": _plain(figure.weight)})
        return rows

    def turtle(self) -> bytes:
        """The cube as Turtle."""
        from boundwork.explore.results import graph_text

        return graph_text(figure_lines(self.study.id, self.figures), "turtle")

    def write(self) -> list[Path]:
        """Write the figures and what is known of them into the study's folder figures/."""
        folder = self.study.folder / "figures"
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be made: {error.strerror}.", "Look without writing: --dry-run") from None
        table, about = (folder / f"{self.figures.name}.{ending}" for ending in ("csv", "toml"))
        texts = {table: table_text(self.figures), about: about_text(replace(self.figures.about, taken=date.today().isoformat()))}
        if table.is_file() and about.is_file() and table.read_text(encoding="utf-8") == texts[table]:
            before = re.search(r'^taken = "([0-9-]+)"$', about.read_text(encoding="utf-8"), re.M)
            texts[about] = about_text(replace(self.figures.about, taken=before[1] if before else date.today().isoformat()))
        for path, text in texts.items():
            with atomic(path) as file:
                file.write(text.encode())
        return list(texts)


def _plain(value: Decimal | None) -> float | None:
    return None if value is None else float(shown_number(value))


def join(folder: Path, asked: Asked) -> Joined:
    """Join a table of figures to a study.

    Errors: InputError for a figure a council of an anonymised study, and for a table that cannot be read; UsageError for what is not said.
    """
    study = read_study(folder)
    _refuse(study, asked)
    vocabulary = load_vocabulary(folder)
    words = Words.of(vocabulary)
    sheet = read_outside(asked.table, asked.shown)
    name = asked.name or kebab(Path(asked.shown).stem if asked.shown != "-" else "figures")
    if not _NAME.match(name):
        raise UsageError(f"'{name}' cannot name a set of figures.", "Use letters, digits, '-', '_' and '.'.")
    for column in asked.on.values():
        sheet.column(column)
    value = asked.value or _only_value(sheet, asked)
    via = read_register(asked.via, words, "via", asked.via_columns) if asked.via else None
    day = study_day([w.start_year for w in study.waves.values()]) if not asked.period else read_day(asked.period[:4])
    wanted = Wanted(asked.on, value, asked.period, asked.period_column, asked.aggregate, asked.weight, _categories(vocabulary, asked.categories), via, day)
    cases = [c for _, c in _councils(study, words)]
    joined = Joiner(sheet, wanted, words, cases).join()
    about = About(asked.title or f"{value} ({asked.period})", asked.source, asked.licence, asked.unit, joined.made_by, value, asked.categories)
    figures = FigureSet(name, about, sorted(joined.figures, key=lambda f: f.key))
    labels = {code: t.label for code, t in vocabulary.codes("*").items() if code in {f.category for f in figures.figures}}
    words.labels.update(labels)
    found = Joined(study, figures, _cells(figures, cases), words, [*joined.notes, *(via.notes if via else [])])
    found.notes += _coverage(found)
    return found


def _refuse(study: Study, asked: Asked) -> None:
    keys = [k for k in asked.on if k not in KEYS]
    if unknown := [k for k in keys if k not in SCHEMES]:
        raise UsageError(f"--on takes {', '.join((*KEYS, *SCHEMES))}, not '{unknown[0]}'.", did_you_mean(unknown[0], (*KEYS, *SCHEMES)))
    if not asked.on:
        raise UsageError("Say what the rows of the table are about: --on type,region", "Or --on type, --on region, --on council.")
    single = "council" in asked.on or (bool(keys) and asked.via is None)
    if single and study.anonymised:
        raise InputError(f"{study.id} is anonymised: a figure for a single council cuts its case out of all others and unmasks it.",
                         "Join by type and region: --on type,region; rows with codes become such cells with --via COUNCILS --aggregate mean")
    for option, given in (("--source", asked.source), ("--licence", asked.licence), ("--period", asked.period or asked.period_column)):
        if not given:
            raise UsageError(f"{option} is missing.", "Figures are published with their period, source and licence.")
    if asked.aggregate and asked.aggregate not in AGGREGATES:
        raise UsageError(f"'{asked.aggregate}' is no way to make one figure of several.", f"Take one of {', '.join(AGGREGATES)}.")
    if asked.weight and asked.aggregate != "mean":
        raise UsageError("--weight weighs a mean.", "Add --aggregate mean.")


def _only_value(sheet: Sheet, asked: Asked) -> str:
    """The one column of numbers that is neither a key nor a weight nor a period."""
    used = {c.lower() for c in (*asked.on.values(), asked.weight, asked.period_column)}
    free = [h for i, h in enumerate(sheet.header) if h and h.lower() not in used
            and any(row[i].strip() for _, row in sheet.rows) and all(number(row[i]) is not None for _, row in sheet.rows if row[i].strip())]
    if len(free) != 1:
        raise UsageError(f"Which column holds the figures? {', '.join(free) if free else 'None holds numbers alone'}.", "Name it: --value COLUMN")
    return free[0]


def _categories(vocabulary: Vocabulary, scheme: str) -> dict[str, str]:
    """Word in kebab-case -> code of a scheme; CPA's words and stars also as tables write them, such as excellent, 4 or 4 stars."""
    if not scheme:
        return {}
    if scheme not in _CATEGORIES:
        raise UsageError(f"'{scheme}' is no scheme of categories.", did_you_mean(scheme, _CATEGORIES) or f"It is one of {', '.join(_CATEGORIES)}.")
    kind, before = _CATEGORIES[scheme]
    known = called(vocabulary, kind)
    short = {word.removeprefix(before): code for word, code in known.items()}
    digits = {word.split("-")[0]: code for word, code in short.items() if word[0].isdigit()}
    return {**digits, **short, **known}


def _councils(study: Study, words: Words) -> list[tuple[int, Council]]:
    """The councils of the study by type and region, with codes where it is open."""
    named = {c.key: c for c in study_councils(study, words)} if not study.anonymised else {}
    path = study.folder / TABLES["councils"].file
    if not path.is_file():
        return []
    table = read_table(path, TABLES["councils"])
    found = []
    for row in table.rows():
        cells = dict(zip(table.header, map(str.strip, row.cells), strict=True))
        key = cells.get("id", "")
        found.append((row.line, named.get(key) or Council(key, cells.get("label", ""), frozenset(), words.type_of(cells.get("type", "")),
                                                          words.region_of(cells.get("region", "")))))
    return found


def _cells(figures: FigureSet, councils: list[Council]) -> list[tuple[dict[str, str], int]]:
    counts: Counter[tuple[str, ...]] = Counter(tuple({"type": c.type, "region": c.region, "council": c.key}[k] for k in figures.keys) for c in councils)
    return [(dict(zip(figures.keys, key, strict=True)), n) for key, n in sorted(counts.items())]


def _coverage(found: Joined) -> list[str]:
    keys = found.figures.keys
    have = {tuple(getattr(f, k) for k in keys) for f in found.figures.figures}
    wanted = {tuple(cell.values()) for cell, _ in found.cells}
    lines = [f"{len(wanted & have)} of {counted(len(wanted), 'cell')} of the study have a figure; {counted(len(have - wanted), 'figure')} more "
             f"{'is' if len(have - wanted) == 1 else 'are'} about cells that the study has no council in.", found.figures.about.made_by]
    if found.study.anonymised:
        lines.append("A figure of a cell holds for every council of that type and region and says nothing of the single case.")
    return lines


__all__ = ["Asked", "Joined", "join"]
