"""What stands beside a study's tables -> lines: link sets, figure sets, and how many councils share what is published about a case."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from boundwork.errors import InputError
from boundwork.files import shown_path
from boundwork.findings import Finding, Severity
from boundwork.linking.cube import figure_lines
from boundwork.linking.disclosure import THRESHOLD, Published, exposure, read_counts, reference_file, study_day
from boundwork.linking.figures import FigureSet, figure_tables, read_figure_set
from boundwork.linking.linkset import linkset_lines
from boundwork.linking.mappings import read_mappings
from boundwork.linking.words import Words
from boundwork.populate.rows import UNDECIDED, Cell, Known
from boundwork.terms import BW, integer, iri, study_iri

_T = TypeVar("_T")
Graph = tuple[tuple[str, str], list[str]]


def published(cells: dict[str, Cell]) -> Published:
    """Return what a row of councils.csv publishes of its case."""
    def one(column: str) -> str:
        value = cells[column].values[0] if column in cells else ""
        return "" if value == UNDECIDED else value

    return Published(one("id"), one("label"), one("type"), one("region"))


def with_figures(cases: list[Published], figures: list[FigureSet]) -> list[Published]:
    """Return cases with what figures for single councils publish besides: a category as an attribute, a number as an exact figure."""
    more: dict[str, list[tuple[str, str]]] = {}
    exact: dict[str, list[str]] = {}
    for found in figures:
        for figure in found.figures:
            if figure.council and figure.category:
                more.setdefault(figure.council, []).append((found.name, figure.category))
            elif figure.council:
                exact.setdefault(figure.council, []).append(found.name)
    return [replace(c, more=tuple(more.get(c.case, ())), exact=tuple(exact.get(c.case, ()))) for c in cases]


class Beside:
    """Reads links/ and figures/ of a study. What cannot be read is a finding, and the rest is still there."""

    def __init__(self, known: Known, councils: list[Published]) -> None:
        self.known, self.councils = known, councils
        self.study = known.study
        self.findings: list[Finding] = []

    def graphs(self) -> Iterator[Graph]:
        """Yield (graph, sorted lines)."""
        for path in sorted((self.study.folder / "links").glob("*.sssom.tsv")):
            name = path.name.removesuffix(".sssom.tsv")
            if lines := self._try("links-unreadable", path, partial(self._links, path, name)):
                yield ("links", name), lines
        tables = figure_tables(self.study.folder)
        figures = [f for f in (self._try("figures-unreadable", path, partial(read_figure_set, path)) for path in tables) if f is not None]
        for found in figures:
            self._refer(found)
            yield ("figures", found.name), sorted(set(figure_lines(self.study.id, found)))
        if self.study.anonymised and self.councils:
            yield ("study", ""), self._disclosure(figures)

    def _try(self, rule: str, path: Path, read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except InputError as error:
            self.findings.append(Finding(Severity.VIOLATION, rule, str(error), shown_path(path)))
            return None

    def _links(self, path: Path, name: str) -> list[str]:
        from boundwork.stores.local import n_triples

        if self.study.anonymised:
            raise InputError("An anonymised study holds links to councils' own records, which name its cases.",
                             "Remove the file; link such a study by type and region: boundwork join --on type,region")
        beside = path.with_name(f"{name}.councils.ttl")
        lines = set(linkset_lines(self.study.id, name, read_mappings(path)))
        return sorted(lines | (set(n_triples(beside, f"l{name}")) if beside.is_file() else set()))

    def _refer(self, found: FigureSet) -> None:
        """Find figures for what the study does not know: a type, region or council of another name."""
        vocabulary = self.known.vocabulary
        takers: dict[str, Collection[str]] = {"type": vocabulary.codes("CouncilType"), "region": vocabulary.codes("Region"),
                                              "council": self.known.ids.get("councils", {}), "category": vocabulary.codes("*")}
        for column, names in takers.items():
            unknown = sorted({v for f in found.figures if (v := getattr(f, column)) and v not in names})
            self.findings += [Finding(Severity.VIOLATION, f"figures-unknown-{column}", f"'{v}' is no {column} that this study knows.",
                                      shown_path(self.study.folder / "figures" / f"{found.name}.csv"), column=column, value=v) for v in unknown[:20]]

    def _disclosure(self, figures: list[FigureSet]) -> list[str]:
        if self.known.keep_repeated:
            return []  # a reasoner is asked what the rows say together, not what was counted of each
        words = Words.of(self.known.vocabulary)
        day = study_day([w.start_year for w in self.study.waves.values()])
        counts = self._try("counts-unreadable", reference_file(self.study.folder), lambda: read_counts(words, reference_file(self.study.folder)))
        if counts is None:
            return []
        threshold = self.study.disclosure_threshold or THRESHOLD
        lines = []
        for case in with_figures(self.councils, figures):
            subject = iri(study_iri(self.study.id, "council", case.case))
            lines.append(f"{subject} {iri(BW + 'sharedByAtLeast')} {integer(threshold)} .")
            together = exposure(case, counts.at(day), threshold).together
            if together is not None:
                lines.append(f"{subject} {iri(BW + 'sharedBy')} {integer(together)} .")
        return sorted(lines)
