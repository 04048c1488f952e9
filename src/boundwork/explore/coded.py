"""The codings of a study as its tables give them, all coders side by side, with the lines that they stand in.

The rows are read and checked as a build reads them; nothing is inferred here but the logics of elements and the purposes of forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from boundwork.errors import InputError
from boundwork.findings import Finding
from boundwork.populate.rows import Cell, Known, RowReader
from boundwork.populate.study import case_id
from boundwork.tables.reader import Row, read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Study, read_study

THEORY = frozenset(c.name for c in TABLES["codings"].columns if c.on == "work")
"""Columns that claim a piece of work."""
_OPEN = ("?",)


class Extract(NamedTuple):
    """Where an extract lies (code points, end exclusive), what kind it is, and what its cases are named after."""

    id: str
    source: str
    start: int
    end: int
    kind: str
    about: str
    wave: str


class Coding(NamedTuple):
    """One row of codings.csv: its physical line and record number, and the values of the cells that are filled in."""

    id: str
    extract: str
    coder: str
    line: int
    cells: dict[str, tuple[str, ...]]
    row: int = 0

    def case(self, extract: Extract) -> str:
        """The case that the row is about, or nothing where it names no boundary."""
        boundary = self.cells.get("boundary")
        return case_id(extract.about, boundary[0], extract.wave) if boundary and boundary != _OPEN else ""

    @property
    def voiced(self) -> tuple[str, ...]:
        """The elements that the row takes as evidence: those that are not deplored, `?` for an open question."""
        return () if self.cells.get("stance") == ("deplored",) else self.cells.get("elements", ())


@dataclass
class CodedStudy:
    """Every coding of a study with its extract, and what the codebook says of elements and forms."""

    study: Study
    extracts: dict[str, Extract] = field(default_factory=dict)
    codings: list[Coding] = field(default_factory=list)
    characters: dict[str, int] = field(default_factory=dict)
    decisions: list[tuple[str, str]] = field(default_factory=list)
    logics: dict[str, frozenset[str]] = field(default_factory=dict)
    purposes: dict[str, frozenset[str]] = field(default_factory=dict)
    own_codes: frozenset[str] = frozenset()
    theory_codes: frozenset[str] = frozenset()
    shown: str = "codings.csv"

    def of(self, coder: str) -> Iterator[Coding]:
        """The rows of one coder."""
        return (c for c in self.codings if c.coder == coder)


def read_coded(folder: Path, columns: frozenset[str] | None = None, here: str | None = None) -> CodedStudy:
    """Return the codings of a study; with `columns`, of their cells only these. `here` is what stands before the names of its tables.

    Errors: InputError when the tables hold violations, as a build would say.
    """
    from boundwork.pipeline.build import refuse
    from boundwork.pipeline.inputs import load_vocabulary

    study = read_study(folder)
    found = CodedStudy(study)
    known = Known(study, load_vocabulary(folder))
    findings: list[Finding] = []
    readers = []
    for spec in TABLES.values():
        path = folder / spec.file
        if not path.is_file():
            if spec.required:
                raise InputError(f"The study has no {spec.file}.", "Make it with: boundwork init")
            continue
        table = read_table(path, spec, shown=_shown(path) if here is None else here + path.name)
        reader = RowReader(table, known)
        readers.append(reader)
        for row in table.rows():
            cells = reader.read(row)
            if cells is not None:
                _take(found, spec.name, row, cells, columns)
        if spec.name == "codings":
            found.shown = table.shown
    for reader in readers:
        reader.settle()
        findings += reader.table.findings
    refuse(findings, study)
    found.own_codes, found.theory_codes = frozenset(known.ids.get("codes", ())), frozenset(known.vocabulary.codes("*"))
    _codebook(found, folder)
    return found


def _take(found: CodedStudy, table: str, row: Row, cells: dict[str, Cell], columns: frozenset[str] | None) -> None:
    def first(name: str, default: str = "") -> str:
        return cells[name].values[0] if name in cells else default

    if table == "extracts" and {"source", "start", "end"} <= cells.keys():
        found.extracts[first("id")] = Extract(first("id"), first("source"), int(first("start")), int(first("end")), first("kind"),
                                              first("about", found.study.field_id), first("wave"))
    elif table == "codings" and {"extract", "coder"} <= cells.keys():
        kept = {n: c.values for n, c in cells.items() if columns is None or n in columns}
        found.codings.append(Coding(first("id"), first("extract"), first("coder"), row.line, kept, row.number))
    elif table == "sources" and "characters" in cells:
        found.characters[first("id")] = int(first("characters"))
    elif table == "decisions" and "extract" in cells:
        found.decisions.append((first("id"), first("extract")))


def _codebook(found: CodedStudy, folder: Path) -> None:
    """Take in which logic an element is distinctive of and which purpose a form serves, as the rules and the ontology say it."""
    from boundwork.pipeline.inputs import ontology_files, prefixes
    from boundwork.rules import codebook_facts, read_rules
    from boundwork.stores.local import LocalStore, n_triples
    from boundwork.terms import CODE

    ontology = "".join(f"{line}\n" for i, p in enumerate(ontology_files(folder)) for line in n_triples(p, f"o{i}x")).encode()
    store = LocalStore.memory()
    store.load(ontology)
    store.load("".join(f"{line}\n" for line in codebook_facts(ontology, read_rules(folder))).encode())
    names = "".join(f"PREFIX {p}: <{n}>\n" for p, n in prefixes().items() if p == "bw")
    for facts, prop in ((found.logics, "distinctiveOf"), (found.purposes, "formServes")):
        for thing, value in store.select(f"{names}SELECT ?thing ?value {{ ?thing bw:{prop} ?value }}"):
            if thing is not None and value is not None:
                name = thing.text.removeprefix(CODE)
                facts[name] = facts.get(name, frozenset()) | {value.text.removeprefix(CODE)}


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


__all__ = ["THEORY", "CodedStudy", "Coding", "Extract", "read_coded"]
