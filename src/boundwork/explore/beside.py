"""An extract with the codings of all coders side by side: where they differ, and which claims they speak to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from boundwork.errors import InputError, UsageError, did_you_mean
from boundwork.explore.agreed import COLUMNS, DIMENSIONS, compared_coders, values_on
from boundwork.explore.coded import CodedStudy, Coding
from boundwork.explore.coded import Extract as Place
from boundwork.explore.resolving import Resolved, read_source, records, resolve

_SHOWN = ("code", "boundary", "work", "form", "purpose", "performed_by", "other", "elements", "cell", "regime", "rating_terms", "rating_of", "level",
          "direction", "stance", "distance", "comparer", "response", "consequence", "follows", "supports", "challenges", "basis", "confidence", "codebook",
          "note")
_PRIVATE = frozenset({"note"})


@dataclass(frozen=True)
class Line:
    """One column of codings.csv across all codings of the extract; `differs` where the compared coders do not say the same on it."""

    column: str
    cells: list[tuple[str, ...]]
    differs: bool = False


@dataclass
class Summary:
    """An extract in a list: what it is, how many codings each coder made, and on what the compared coders differ."""

    id: str
    kind: str
    about: str
    speaker: str
    section: str
    wave: str
    gist: str
    codings: dict[str, int] = field(default_factory=dict)
    differs: list[str] = field(default_factory=list)


@dataclass
class SideBySide:
    """One extract in full. `codings` give the columns of the table that `lines` fill."""

    summary: Summary
    source: str
    start: int
    end: int
    sha256: str
    codings: list[Coding]
    lines: list[Line]
    compared: list[str]
    decisions: list[dict[str, str]]
    claims: list[dict[str, Any]]
    words: Resolved | None = None
    before: str = ""
    after: str = ""


class Comparison:
    """All extracts of a study, from the rows of its tables."""

    def __init__(self, coded: CodedStudy) -> None:
        self.coded = coded
        try:
            self.compared = list(compared_coders(coded))
        except UsageError:  # fewer than two coders interpret the same extract
            self.compared = []
        self._of: dict[str, list[Coding]] = {}
        for coding in coded.codings:
            self._of.setdefault(coding.extract, []).append(coding)
        folder = coded.study.folder
        self._rows = {r["id"]: r for r in records(folder, "extracts")}
        self._labels = {name: {r["id"]: r.get("label", "") or r["id"] for r in records(folder, name)} for name in ("councils", "speakers", "claims")}
        self._decisions = list(records(folder, "decisions"))
        self._claims = {r["id"]: r for r in records(folder, "claims")}

    @cached_property
    def summaries(self) -> list[Summary]:
        """Every extract, in the order of its table."""
        return [self._summary(e) for e in self.coded.extracts.values()]

    def _summary(self, extract: Place) -> Summary:
        row, codings = self._rows.get(extract.id, {}), self._of.get(extract.id, [])
        counts = {coder: sum(c.coder == coder for c in codings) for coder in self.coded.study.coders}
        about = self._labels["councils"].get(extract.about) or (self.coded.study.field_label if extract.about == self.coded.study.field_id else extract.about)
        differs = [d for d in DIMENSIONS if self._differs(codings, d)]
        return Summary(extract.id, extract.kind, about, self._labels["speakers"].get(row.get("speaker", ""), row.get("speaker", "")), row.get("section", ""),
                       extract.wave, row.get("gist", ""), counts, differs)

    def _differs(self, codings: list[Coding], dimension: str) -> bool:
        """Whether two compared coders who both have a row on the extract say different things, taking all rows of each together."""
        said = {coder: {v for c in codings if c.coder == coder for v in values_on(dimension, c, self.coded)}
                for coder in self.compared if any(c.coder == coder for c in codings)}
        return len({frozenset(v) for v in said.values()}) > 1

    def one(self, name: str, texts: dict[str, Resolved], around: dict[str, tuple[str, str]]) -> SideBySide:
        """Return one extract; `texts` has the words of those whose text is at hand. Errors: InputError with the nearest id."""
        extract = self.coded.extracts.get(name)
        if extract is None:
            raise InputError(f"There is no extract '{name[:80]}'.", did_you_mean(name, self.coded.extracts))
        order = {coder: n for n, coder in enumerate(self.coded.study.coders)}
        codings = sorted(self._of.get(name, []), key=lambda c: (order[c.coder], c.line))
        summary = self._summary(extract)
        dimension_of = {column: d for d, column in COLUMNS.items()} | {"elements": "element"}
        lines = []
        for column in _SHOWN:
            if column in _PRIVATE and not self.coded.study.publish_notes:
                continue
            cells = [c.cells.get(column, ()) for c in codings]
            if any(cells):
                lines.append(Line(column, cells, dimension_of.get(column, column) in summary.differs))
        if "logic" in summary.differs or any(self._logics(c) for c in codings):
            at = next((i for i, x in enumerate(lines) if x.column == "elements"), len(lines) - 1) + 1
            lines.insert(at, Line("logic drawn on", [self._logics(c) for c in codings], "logic" in summary.differs))
        decisions = [d for d in self._decisions if d.get("extract") == name]
        row, before, after = self._rows.get(name, {}), *around.get(name, ("", ""))
        return SideBySide(summary, extract.source, extract.start, extract.end, row.get("sha256", ""), codings, lines, self.compared, decisions,
                          self._claims_of(codings), texts.get(name), before, after)

    def _logics(self, coding: Coding) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v for v in values_on("logic", coding, self.coded) if v != "?"))

    def _claims_of(self, codings: list[Coding]) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for coding in codings:
            for how in ("supports", "challenges"):
                for claim in coding.cells.get(how, ()):
                    row = self._claims.get(claim, {})
                    entry = found.setdefault(claim, {"id": claim, "label": row.get("label", claim), "statement": row.get("statement", ""),
                                                     "supports": [], "challenges": []})
                    entry[how].append({"coding": coding.id, "coder": coding.coder})
        return list(found.values())


_AROUND = 240
"""Characters of the text that are shown before and after an extract."""


def words_of(folder: Path, files: Iterable[Path]) -> tuple[dict[str, Resolved], dict[str, tuple[str, str]]]:
    """Return extract -> its words, and extract -> what stands before and after them, from the texts that a user gives.

    Errors: InputError for a file that cannot be read or is none of the study's sources.
    """
    found: dict[str, Resolved] = {}
    around: dict[str, tuple[str, str]] = {}
    for file in files:
        text = read_source(file)
        for one in resolve(folder, file):
            found[one.extract] = one
            around[one.extract] = (text[max(0, one.start - _AROUND) : one.start], text[one.end : one.end + _AROUND]) if one.words else ("", "")
    return found, around


__all__ = ["Comparison", "Line", "SideBySide", "Summary", "words_of"]
