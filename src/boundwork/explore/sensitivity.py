"""What an answer's rows hang on: the question is asked again of every reading, without low confidence, and without single extracts.

Computed, never annotated: for each variant the graph is made again (pipeline/variant.py) and the same query runs over it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from boundwork.explore.answers import AskResult, Cell
from boundwork.explore.comparing import HOLDS, Change, Effect, Identity, Roles, compare, roles
from boundwork.explore.session import Session
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.material import material
from boundwork.pipeline.variant import Bench, Variants
from boundwork.queries.tokens import keywords
from boundwork.stores.answer import XSD, Rows, Solution, Truth, Value
from boundwork.stores.local import LocalStore
from boundwork.wording import counted

COLUMNS = ("readings", "other_readings", "without_low", "single_extract", "without_extract")
"""What is added to the columns of an answer."""
MOST_EXTRACTS = 1_000
"""Extracts that are left out one by one; in a study with more, only those behind rows with few."""
FEW = 50
"""Codings behind a row up to which its extracts are left out in such a study."""


@dataclass
class RowSensitivity:
    """One row and what became of it; `readings` maps each reading to that, `present` is False for a row of variants only."""

    row: Solution
    present: bool = True
    readings: dict[str, Effect] = field(default_factory=dict)
    without_low: Effect | None = None
    single: dict[str, Effect] = field(default_factory=dict)
    """Extract id -> what its absence does, for the extracts that the row hangs on."""
    not_computed: str = ""
    """Why no extract was left out for this row; empty where that was done."""

    @property
    def keeps(self) -> list[str]:
        """Readings in which the row stands with the same answer."""
        return [r for r, effect in self.readings.items() if effect.kind == "holds"]


@dataclass
class Sensitivity:
    """Every row of an answer with what it hangs on, rows that only variants have, and what was computed (`notes`)."""

    result: AskResult
    variables: list[str]
    rows: list[RowSensitivity]
    labels: dict[str, str]
    computed: list[str]
    all_readings: int

    @property
    def added(self) -> dict[str, str]:
        """The added columns: plain name -> name in the table, which is longer where the answer has a column of that name."""
        return {n: n if n not in self.variables else f"sensitivity_{n}" for n in COLUMNS}

    @property
    def columns(self) -> list[str]:
        """All columns of the table."""
        return [*self.variables, *self.added.values()]

    @property
    def table(self) -> list[dict[str, Cell]]:
        """Rows as column -> label, number or text, ready for a data frame."""
        names = self.added
        return [{**dict(zip(self.variables, (AskResult.shown(v, self.labels) for v in row.row), strict=True)),
                 **{names[n]: v for n, v in self.told(row).items()}} for row in self.rows]

    @property
    def solutions(self) -> list[Solution]:
        """Rows as RDF terms, the added columns as texts."""
        return [(*row.row, *(Value("literal", v) if v else None for v in self.told(row).values())) for row in self.rows]

    @property
    def notes(self) -> list[str]:
        """The answer's own notes and what was computed."""
        return [*self.result.notes, *self.computed]

    def told(self, row: RowSensitivity) -> dict[str, str]:
        """The added columns of a row in words."""
        keeps = row.keeps
        readings = f"all {self.all_readings}" if len(keeps) == self.all_readings else ", ".join(keeps) or "none"
        if not row.present:
            return dict(zip(COLUMNS, (f"only {readings}" if keeps else readings, "", "appears" if row.without_low else "", "", ""), strict=True))
        others = "; ".join(f"{r}: {'no such row' if e.kind == 'falls' else self._changes(e.changes)}" for r, e in row.readings.items() if e.kind != "holds")
        effects: dict[str, list[str]] = {}
        for extract, effect in row.single.items():
            effects.setdefault(self.effect(effect), []).append(extract)
        without = "; ".join(effects) if len(effects) == 1 else "; ".join(f"{', '.join(x)}: {e}" for e, x in effects.items())
        single = ", ".join(row.single) or "no"
        low = self.effect(row.without_low) if row.without_low else ""
        return dict(zip(COLUMNS, (readings, others, low, row.not_computed or single, "" if row.not_computed else without or "holds"), strict=True))

    def effect(self, effect: Effect) -> str:
        """An effect in words: holds, holds (extracts 5 -> 3), changes: X -> Y, or falls."""
        if not effect.changes:
            return effect.kind
        told = self._changes(effect.changes)
        return f"changes: {told}" if effect.kind == "changes" else f"{effect.kind} ({told})"

    def _changes(self, changes: tuple[Change, ...]) -> str:
        def shown(value: Value | None) -> str:
            cell = AskResult.shown(value, self.labels)
            return "blank" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)

        bare = len(changes) == 1 and all(v is None or v.number is None for v in (changes[0].before, changes[0].after))
        return "; ".join(f"{'' if bare else c.column + ' '}{shown(c.before)} -> {shown(c.after)}" for c in changes)


def sensitivity(session: Session, result: AskResult, progress: Progress | None = None) -> Sensitivity:
    """Ask a stored question again of all readings and variants, and return what each row of the answer hangs on.

    Errors: InputError when the study's own rules count over several extracts together, so that none can be left out.
    """
    asking = _Asking(session, result, progress or (lambda what, done: None))
    asking.readings()
    asking.variants()
    return asking.told()


def _rows(store: LocalStore, text: str) -> list[Solution]:
    answer = store.query(text)
    if isinstance(answer, Truth):
        return [(Value("literal", str(answer.value).lower(), XSD + "boolean"),)]
    assert isinstance(answer, Rows)
    return list(answer.rows)


class _Asking:
    """One answer while it is put to its readings and variants."""

    def __init__(self, session: Session, result: AskResult, progress: Progress) -> None:
        self.session, self.result, self.progress = session, result, progress
        self.study, self.reading = session.study, result.reading
        self.yes_or_no = result.truth is not None
        self.variables = ["answer"] if self.yes_or_no else result.variables
        self.base = _rows(session.store, result.text) if self.yes_or_no else result.rows
        self.rows = [RowSensitivity(row) for row in self.base]
        self.extra: dict[Identity, RowSensitivity] = {}
        self.appearing: list[str] = []
        self.notes: list[str] = []
        self.values: list[Solution] = list(self.base)
        self.roles: Roles

    def readings(self) -> None:
        """Ask every reading's store."""
        answers: dict[str, list[Solution]] = {}
        for name in self.study.readings:
            if name == self.reading.id:
                answers[name] = self.base
                continue
            store = LocalStore.open(self.session.built.store(name))
            answers[name] = _rows(store, self.result.text)
            store.close()
        self.roles = Roles(self.variables, [], [0], []) if self.yes_or_no else roles(self.result.query, self.variables, answers.values())
        for name, found in answers.items():
            effects, new = compare(self.roles, self.base, found)
            for row, effect in zip(self.rows, effects, strict=True):
                row.readings[name] = effect
                self._remember(effect)
            for solution in new:
                self._elsewhere(solution).readings[name] = HOLDS
        self.notes.append(f"Readings: asked of all {len(answers)} ({', '.join(answers)}). Those in which a row stands with the same answer are named, "
                          "whatever its counts there.")

    def _elsewhere(self, solution: Solution) -> RowSensitivity:
        self.values.append(solution)
        return self.extra.setdefault(self.roles.answer(solution), RowSensitivity(solution, present=False))

    def _remember(self, effect: Effect) -> None:
        self.values += [(c.before, c.after) for c in effect.changes]

    def variants(self) -> None:
        """Make the graph again without low confidence and without single extracts, and ask each time."""
        apart = self._candidates()
        with material(self.study, self.progress) as source:
            pieces = Variants(source, self.reading, apart, self.progress)
            pieces.check(self.session.store)
            if set(re.findall(r"\w+", self.result.text)) & pieces.outcome_words():  # the question looks at other readings' outcomes
                for other in self.study.readings.values():
                    if other.id != self.reading.id:
                        pieces.beside(Variants(source, other, apart, self.progress))
            bench = Bench(self.session.store, self.study)
            self._without_low(pieces, bench)
            self._without_extracts(pieces, bench, [e for e in pieces.extracts if apart is None or e in apart])

    def _candidates(self) -> set[str] | None:
        """Return the extracts to leave out one by one (None: all), and say of which rows that cannot be told."""
        number = self.session.built.rows.get("extracts", 0)
        if number <= MOST_EXTRACTS:
            return None
        chosen: dict[str, None] = {}
        evidence = [] if self.yes_or_no else self.session.evidence(self.result, FEW)
        for row, found in zip(self.rows, evidence or [[] for _ in self.rows], strict=True):
            behind = {e.extract for e in found if e.extract}
            if not behind:
                row.not_computed = "not computed: no extracts are named for the row"
            elif len(found) > FEW:
                row.not_computed = f"not computed: more than {FEW} codings stand behind the row"
            elif len(chosen.keys() | behind) > MOST_EXTRACTS:
                row.not_computed = f"not computed: {MOST_EXTRACTS:,} extracts were left out for the rows above"
            else:
                chosen.update(dict.fromkeys(sorted(behind)))
        skipped = sum(bool(row.not_computed) for row in self.rows)
        self.notes.append(f"Not computed: the study has {number:,} extracts, and leaving out one by one was limited to those behind rows with at most {FEW} "
                          f"codings. For {skipped} of {len(self.rows)} rows it is not told whether they hang on a single extract; for the others, only "
                          "extracts that the question names as their evidence were left out.")
        return set(chosen)

    def _without_low(self, pieces: Variants, bench: Bench) -> None:
        low = set(pieces.low)
        if low:
            self.progress("without low confidence", 0)
            with bench.changed(pieces.without(codings=low)) as store:
                found = _rows(store, self.result.text)
        else:
            found = self.base
        effects, new = compare(self.roles, self.base, found)
        for row, effect in zip(self.rows, effects, strict=True):
            row.without_low = effect
            self._remember(effect)
        for solution in new:
            self._elsewhere(solution).without_low = HOLDS
        self.notes.append(
            f"Without low confidence: the graph was made again without the {len(low):,} of {len(pieces.codings):,} codings of this reading that have it. "
            "Judgements of whole cases stay." if low else "Without low confidence: no coding of this reading has it, so nothing can fall.")

    def _without_extracts(self, pieces: Variants, bench: Bench, extracts: list[str]) -> None:
        for done, extract in enumerate(extracts, 1):
            self.progress(f"without one extract, of {len(extracts):,}", done)
            with bench.changed(pieces.without(extracts={extract})) as store:
                effects, new = compare(self.roles, self.base, _rows(store, self.result.text))
            for row, effect in zip(self.rows, effects, strict=True):
                if effect.kind != "holds" and not row.not_computed:
                    row.single[extract] = effect
                    self._remember(effect)
            if new:
                self.appearing.append(extract)
        self.notes.append(f"Single extract: the graph was made again {counted(len(extracts), 'time')}, each time without one extract and all that hangs on it. "
                          "A row hangs on an extract when it falls or its answer changes without it; counts that only become smaller are not told.")

    def told(self) -> Sensitivity:
        """Put it together."""
        for row in self.rows:
            row.single = dict(sorted(row.single.items()))
        if self.roles.counts_answer and self.roles.counts:
            self.notes.append("A row is named by all that is no number here, so its answer changes when one of its counts becomes 0 or ceases to be 0 "
                              "(stated and interpreted apart).")
        if self.appearing:
            some = f"{', '.join(self.appearing[:5])}{' and others' if len(self.appearing) > 5 else ''}"
            self.notes.append("Rows that only appear when one extract is left out are not listed; "
                              f"{counted(len(self.appearing), 'extract', 'has')} that effect ({some}).")
        if "LIMIT" in keywords(self.result.text):
            self.notes.append("The question shows only so many rows (LIMIT), so a row may be missing in a variant because others took its place.")
        iris = {v.text for row in self.values for v in row if v is not None and v.kind == "iri"}
        return Sensitivity(self.result, self.variables, [*self.rows, *self.extra.values()], self.session.labels(iris), self.notes, len(self.study.readings))


__all__ = ["COLUMNS", "RowSensitivity", "Sensitivity", "sensitivity"]
