"""One stored question asked of several studies: each study answers by itself, under its own reading, and every row names its study.

Studies are built one by one, or lie together in one store (`boundwork load`). Nothing is added up over studies: an extract of
one says nothing of the cases of another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundwork.errors import InputError, UsageError, did_you_mean
from boundwork.explore.answers import AskResult, Cell
from boundwork.explore.session import Session, open_study
from boundwork.pipeline.builds import Progress
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Reading, Study
from boundwork.terms import GRAPH, graph_iri

COLUMN = "study"


@dataclass
class Answers:
    """The answers of several studies to one question, in the order in which the studies were named."""

    results: dict[str, AskResult]

    @property
    def first(self) -> AskResult:
        """One of the answers, for what all have in common."""
        return next(iter(self.results.values()))

    @property
    def column(self) -> str:
        """The name of the column that holds the study; another one where the question has a column of that name."""
        return COLUMN if COLUMN not in self.first.variables else f"in_{COLUMN}"

    @property
    def variables(self) -> list[str]:
        """The columns: the study, and those of the question."""
        return [self.column, *self.first.variables]

    @property
    def table(self) -> list[dict[str, Cell]]:
        """The rows of all studies, each with its study; of a yes-or-no question, one row a study."""
        if self.first.truth is not None:
            return [{self.column: study, "answer": r.truth} for study, r in self.results.items()]
        return [{self.column: study, **row} for study, result in self.results.items() for row in result.table]

    @property
    def truth(self) -> bool | None:
        """Of a yes-or-no question, whether every study says yes."""
        return None if self.first.truth is None else all(r.truth for r in self.results.values())

    @property
    def notes(self) -> list[str]:
        """Which reading each study answers under, and what the answer may not be taken for."""
        readings = [f"{study}: reading {r.reading.id} ({r.reading.label})." for study, r in self.results.items()]
        silent = [study for study, r in self.results.items() if r.truth is None and not r.rows]
        without = [f"No row: {', '.join(silent)}."] if silent else []
        return [*readings, *without, "Each study answers by itself; nothing is added up over studies.",
                *([f"Note: {self.first.query.note}"] if self.first.query.note else [])]


class Loaded(Session):
    """One study in a store that holds several."""

    def __init__(self, place: Path, study: Study, store: LocalStore, graphs: Mapping[str, int], reading: str | None = None) -> None:
        super().__init__(place, reading)
        self._study = study
        reads = self.reading
        own, kept = f"{GRAPH}{study.id}/", {graph_iri(study.id, "inferred", reads.id), *(graph_iri(study.id, "coding", c) for c in reads.graphs)}
        seen = [g for g in graphs if g.startswith(own) and (g in kept or not g.removeprefix(own).startswith(("coding/", "inferred/")))]
        self._store = store.seen_as([graph_iri(study.id, "ontology"), *seen])


def open_loaded(place: Path, names: list[str], reading: str | None = None) -> dict[str, Session]:
    """Return the studies of a loaded store that are named, or all of them.

    Errors: InputError when the folder holds no loaded store, UsageError for a study that it does not hold.
    """
    try:
        manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        studies, graphs = dict(manifest["studies"]), dict(manifest["graphs"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{place} holds no loaded store.", "Make one with: boundwork load PARTS --into DIR") from None
    for name in names:
        if name not in studies:
            raise UsageError(f"The store holds no study '{name}'.", did_you_mean(name, studies) or f"It holds: {', '.join(sorted(studies))}.")
    store = LocalStore.open(place / "store")
    return {n: Loaded(place, _study(place, n, studies[n]), store, graphs, reading) for n in names or sorted(studies)}


def _study(place: Path, name: str, told: dict[str, Any]) -> Study:
    readings = {r: Reading(r, t.get("label", r), t.get("description", ""), tuple(t["coders"]), t.get("adjudicated", False))
                for r, t in told["readings"].items()}
    return Study(place, name, told["title"], told["version"], told["codebook"], default_reading=told["default-reading"], readings=readings)


def open_several(names: list[str], reading: str | None = None, store: str | None = None, progress: Progress | None = None) -> dict[str, Session]:
    """Return several studies by folder or name, each built when it is asked. Errors: UsageError when two have one id, or share a store."""
    if store is not None:
        raise UsageError("--store holds the build of one study, and several are asked.", "Leave --store out.")
    found: dict[str, Session] = {}
    for name in names:
        opened = open_study(name, reading=reading, progress=progress)
        if opened.study.id in found:
            raise UsageError(f"The study {opened.study.id} is named twice.", "Name each study once.")
        found[opened.study.id] = opened
    return found


def ask_several(sessions: Mapping[str, Session], slug: str, /, **params: str | int | bool | list[str | int | bool]) -> Answers:
    """Ask a stored question of each study. Errors: UsageError as Session.ask."""
    return Answers({study: session.ask(slug, **params) for study, session in sessions.items()})


__all__ = ["Answers", "Loaded", "ask_several", "open_loaded", "open_several"]
