"""What is published about each case of an anonymised study, how many real councils share it, and what to publish instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from boundwork.explore.answers import Cell
from boundwork.linking.disclosure import (
    RULE,
    THRESHOLD,
    Coarsening,
    Counts,
    Exposure,
    Published,
    coarsen,
    coarsen_alike,
    exposure,
    read_counts,
    reference_file,
    study_day,
)
from boundwork.linking.figures import read_figures
from boundwork.linking.words import Words
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate.beside import with_figures
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Override, Study, read_study
from boundwork.wording import counted


@dataclass
class Disclosed:
    """The exposure of every case, the coarsening that helps, and whether the study sets the rule aside."""

    study: Study
    day: date | None
    threshold: int
    exposures: list[Exposure]
    coarsened: list[Coarsening]
    alike: list[Coarsening]
    words: Words
    override: Override | None
    source: str
    attributes: tuple[str, ...]

    @property
    def below(self) -> list[Exposure]:
        """Cases that too few councils share."""
        return [e for e in self.exposures if e.below]

    @property
    def unknown(self) -> list[Exposure]:
        """Cases of which the counts cannot tell."""
        return [e for e in self.exposures if e.together is None]

    @property
    def fails(self) -> bool:
        """True when something is found that the study does not set aside."""
        return self.study.anonymised and self.override is None and bool(self.below or self.unknown)

    @property
    def columns(self) -> list[str]:
        """Columns of the table of exposures."""
        return ["case", "type", "region", *(f"by_{a}" for a in ("type", "region", *self.attributes)), "together", "below", *(["note"] if self._noted else [])]

    @property
    def _noted(self) -> bool:
        return any(e.note for e in self.exposures)

    @property
    def table(self) -> list[dict[str, Cell]]:
        """One row a case: how many councils share its type, its region, each further attribute, and all together."""
        rows: list[dict[str, Cell]] = []
        for e in self.exposures:
            rows.append({**self._case(e.published), "by_type": e.by_type, "by_region": e.by_region, **{f"by_{name}": number for name, number in e.by_more},
                         "together": e.together, "below": e.below, "note": e.note or None})
        return rows

    COARSE = ("case", "type", "region", "together", "publish", "shared_by", "publish_alike", "alike_shared_by")

    @property
    def proposals(self) -> list[dict[str, Cell]]:
        """One row a case: the least coarsening for it alone, and the one that all cases of its type can share."""
        rows: list[dict[str, Cell]] = []
        for e, one, all_ in zip(self.exposures, self.coarsened, self.alike, strict=True):
            rows.append({**self._case(e.published), "together": e.together, "publish": self._said(one), "shared_by": one.councils,
                         "publish_alike": self._said(all_), "alike_shared_by": all_.councils})
        return rows

    def _case(self, p: Published) -> dict[str, Cell]:
        return {"case": p.label or p.case, "type": self._label(p.type), "region": self._label(p.region)}

    def _said(self, c: Coarsening) -> str:
        return "withheld" if c.level == "withheld" else self._label(c.region)

    def _label(self, code: str) -> str:
        return self.words.labels.get(code, code)

    @property
    def notes(self) -> list[str]:
        """What the table says in words, the override with its reason, and where the counts come from."""
        if not self.study.anonymised:
            return [f"{self.study.id} is not anonymised: its councils are named, and nothing is held back."]
        lines = [f"{counted(len(self.below), 'case')} of {len(self.exposures)} shared by fewer than {counted(self.threshold, 'council')}"
                 f"{f' as of {self.day}' if self.day else ''}."]
        if self.unknown:
            lines.append(f"Of {counted(len(self.unknown), 'case')} nobody can tell from these counts; give a table of your own with --counts.")
        if self.override is not None and (self.below or self.unknown):
            by = f" ({self.override.by})" if self.override.by else ""
            lines.append(f"The study sets the rule {RULE} aside: {self.override.reason}{by}")
        lines.append(f"Counts: {self.source}")
        return lines

    @property
    def coarse_notes(self) -> list[str]:
        """What to know before a coarsening is chosen."""
        without = [c.published.label or c.published.case for c in self.coarsened if c.level == "withheld"]
        lines = [f"Nothing short of withholding type and region helps {', '.join(without)}."] if without else [
            "Every case can be published with its type and a coarser region."]
        lines.append("publish is the least coarsening for the case alone. "
                     "Whoever knows that rule can see from a region that is held back that it is a small one: "
                     "publish_alike coarsens all cases of a type in the same step.")
        return lines


def disclosure(folder: Path, counts_file: Path | None = None, threshold: int | None = None, ignore_override: bool = False) -> Disclosed:
    """Count the real councils that share what an anonymised study publishes about each case.

    Errors: InputError for tables that cannot be read.
    """
    study = read_study(folder)
    words = Words.of(load_vocabulary(folder))
    day = study_day([w.start_year for w in study.waves.values()])
    counts: Counts = read_counts(words, counts_file or reference_file(folder)).at(day)
    least = threshold or study.disclosure_threshold or THRESHOLD
    figures = read_figures(folder) if study.anonymised else []
    cases = with_figures(published_cases(study), figures) if study.anonymised else []
    exposures = [exposure(c, counts, least) for c in cases]
    attributes = tuple(dict.fromkeys(name for e in exposures for name, _ in e.by_more))
    sources = sorted({r.source for r in counts.rows if r.source})
    return Disclosed(study, day, least, exposures, [coarsen(c, counts, least) for c in cases], coarsen_alike(cases, counts, least), words,
                     None if ignore_override else study.override(RULE), "; ".join(sources) or counts.shown, attributes)


def publishing_note(folder: Path) -> str:
    """Return a note for a study that is about to leave the house; empty where enough councils share each case, or it is open."""
    found = disclosure(folder)
    if not found.study.anonymised or not (found.below or found.unknown):
        return ""
    least = min((e.together for e in found.exposures if e.together is not None), default=None)
    if found.override is not None:
        return f"Disclosure: cases are shared by as few as {'nobody knows how many' if least is None else least} real councils; the study sets that aside."
    known = f"{counted(len(found.below), 'case')} of {len(found.exposures)} shared by fewer than {found.threshold} real councils" if found.below else (
        f"how many real councils share {counted(len(found.unknown), 'case')} is not known")
    return f"Disclosure: {known}. Do not publish the file as it is: see boundwork disclosure --coarsen."


def published_cases(study: Study) -> list[Published]:
    """Return what councils.csv publishes about each case."""
    path = study.folder / TABLES["councils"].file
    if not path.is_file():
        return []
    table = read_table(path, TABLES["councils"])
    found = []
    for row in table.rows():
        cells = {h: c.strip() for h, c in zip(table.header, row.cells, strict=True)}
        known = {k: "" if cells.get(k) == "?" else cells.get(k, "") for k in ("id", "label", "type", "region")}
        if known["id"]:
            found.append(Published(known["id"], known["label"], known["type"], known["region"]))
    return found


__all__ = ["Disclosed", "disclosure", "published_cases", "publishing_note"]
