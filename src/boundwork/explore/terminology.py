"""The terms of a study's ontology as a reader looks them up: search, what uses each, and Table 3 as a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from boundwork.explore.session import Session
from boundwork.pipeline.inputs import load_vocabulary, prefixes
from boundwork.project import content_files
from boundwork.stores.answer import Rows
from boundwork.tables.schema import TABLES
from boundwork.terms import BASE, CODE, Term, Vocabulary, compact

_NAME = re.compile(r"(?<![\w:-])([a-z][\w-]*:[A-Za-z][\w-]*)")
_OWL = "http://www.w3.org/2002/07/owl#"
USES = (("questions", "queries/ask", "*.rq"), ("rules", "queries/derive", "*.rq"), ("shapes", "shapes", "*.ttl"))


@dataclass
class Entry:
    """A term as a dictionary gives it; the last four say where it is used, by file or column."""

    iri: str
    name: str
    kind: str
    label: str
    also: list[str] = field(default_factory=list)
    definition: str = ""
    example: str = ""
    source: str = ""
    group: str = ""
    columns: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)


@dataclass
class Terminology:
    """Every term that has a label, by IRI, in the order of the labels."""

    vocabulary: Vocabulary
    entries: dict[str, Entry]

    def find(self, words: str, kind: str = "") -> list[Entry]:
        """Return the entries that hold all the words, those that are called so first; without words all entries of the kind."""
        wanted = words.casefold().split()
        found = []
        for entry in self.entries.values():
            if kind and entry.kind != kind:
                continue
            names = " ".join((entry.label, entry.name, *entry.also)).casefold()
            text = f"{names} {entry.definition} {entry.example} {entry.group}".casefold()
            if all(w in text for w in wanted):
                label = entry.label.casefold()
                rank = 0 if label == words.strip().casefold() else 1 if label.startswith(tuple(wanted[:1])) else 2 if all(w in names for w in wanted) else 3
                found.append((rank, entry))
        return [e for _, e in sorted(found, key=lambda f: f[0])]

    @property
    def kinds(self) -> list[str]:
        """The kinds of entry that there are."""
        return sorted({e.kind for e in self.entries.values()})


def read_terminology(folder: Path) -> Terminology:
    """Return the terms of the shipped ontology and of the study's own, with what uses each."""
    vocabulary = load_vocabulary(folder)
    mentioned = {use: _mentioned(content_files(kind, pattern, folder)) for use, kind, pattern in USES}
    entries = []
    for term in vocabulary.terms.values():
        if not term.label or not term.types:
            continue
        name = compact(term.iri, vocabulary.prefixes)
        kind = _kind(term)
        groups = sorted((t for t in term.types if t.startswith(BASE)), key=len, reverse=True)
        group = vocabulary.terms[groups[0]].label if groups and groups[0] in vocabulary.terms else ""
        entries.append(Entry(term.iri, name, kind, term.label, sorted(term.alternatives), term.definition, term.example, term.source, group,
                             list(columns_of(term, vocabulary)), **{use: files.get(name, []) for use, files in mentioned.items()}))
    return Terminology(vocabulary, {e.iri: e for e in sorted(entries, key=lambda e: (e.label.casefold(), e.iri))})


def _kind(term: Term) -> str:
    if term.iri.startswith(CODE):
        return "code"
    if any(t.startswith(_OWL) and t.endswith("Property") for t in term.types):
        return "property"
    return "class" if _OWL + "Class" in term.types else "other"


def _mentioned(files: Iterable[Path]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in files:
        for name in sorted(set(_NAME.findall(path.read_text(encoding="utf-8")))):
            found.setdefault(name, []).append(path.stem)
    return found


def columns_of(term: Term, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the columns, as table.column, that take a code or that make a property."""
    for spec in TABLES.values():
        for column in spec.columns:
            takes = column.code_class not in ("", "*") and term.iri.startswith(CODE) and term.iri[len(CODE) :] in vocabulary.codes(column.code_class)
            if takes or (column.property and vocabulary.expand(column.property) == term.iri):
                yield f"{spec.name}.{column.name}"


@dataclass(frozen=True)
class Characteristic:
    """An element of a cell; `tells` is the logic that it alone tells, empty where it stands under several."""

    iri: str
    label: str
    tells: str = ""


@dataclass
class TheoryCell:
    """A cell of Table 3; without characteristics it is either not relevant or has none."""

    iri: str
    relevant: bool
    characteristics: list[Characteristic] = field(default_factory=list)


@dataclass
class Theory:
    """Table 3: boundaries down, logics across, both as IRI -> label."""

    boundaries: dict[str, str]
    logics: dict[str, str]
    cells: dict[tuple[str, str], TheoryCell]


def theory(session: Session) -> Theory:
    """Return Table 3 as the ontology holds it."""
    answer = session.store.query("""SELECT ?cell ?boundary ?bl ?logic ?ll ?element ?el ?tells ?no {
        ?cell bw:cellBoundary ?boundary ; bw:cellLogic ?logic . ?boundary skos:prefLabel ?bl . ?logic skos:prefLabel ?ll
        BIND(EXISTS { ?cell a bw:NotRelevantCell } AS ?no)
        OPTIONAL { ?element bw:inCell ?cell ; skos:prefLabel ?el OPTIONAL { ?element bw:distinctiveOf ?tells } } } ORDER BY ?bl ?ll ?el""", prefixes())
    assert isinstance(answer, Rows)
    found = Theory({}, {}, {})
    for row in answer.rows:
        cell, boundary, bl, logic, ll, element, el, tells, no = ("" if v is None else v.text for v in row)
        found.boundaries[boundary], found.logics[logic] = bl, ll
        place = found.cells.setdefault((boundary, logic), TheoryCell(cell, no != "true"))
        if element and element not in {c.iri for c in place.characteristics}:
            place.characteristics.append(Characteristic(element, el, tells))
    return found


__all__ = ["Characteristic", "Entry", "Terminology", "Theory", "TheoryCell", "columns_of", "read_terminology", "theory"]
