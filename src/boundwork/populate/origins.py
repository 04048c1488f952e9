"""Which column of which table made which property: the one map, and a check of it against a row as it stands in its file.

`ORIGINS` follows from the schema; what populate writes besides, such as the case of a work, is listed here by hand. A test
traces every triple of both shipped studies through it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from boundwork.populate.mapping import column_of
from boundwork.stores.answer import Value
from boundwork.tables.lookup import Lookup, Record
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES, Column, TableSpec
from boundwork.tables.studyfile import Study
from boundwork.terms import Vocabulary, id_of, study_iri

Cells = dict[str, str]
Test = Callable[[Cells, Value], bool]


@dataclass(frozen=True)
class Origin:
    """The columns of a table that make one property; `test` says whether a row does, by its cells and the value.

    `named`: each column makes one value, its own name.
    """

    table: str
    columns: tuple[str, ...]
    how: str
    test: Test
    named: bool = False

    def made(self, cells: Cells, value: Value) -> bool:
        """True when a row with these cells has this value."""
        return self.test(cells, value)

    def made_by(self, value: Value) -> tuple[str, ...]:
        """The columns that make this value."""
        return (value.text,) if self.named else self.columns


@dataclass(frozen=True)
class Made:
    """A triple's ground in a table: the row, and the cells that made it, each with its column."""

    spec: TableSpec
    path: Path
    ident: str
    record: Record
    cells: tuple[tuple[str, str], ...]
    how: str


def values_of(column: Column, text: str) -> list[str]:
    """Return the values in a cell.

    >>> values_of(TABLES["codings"].by_name["elements"], "a; b")
    ['a', 'b']
    """
    return [v for v in map(str.strip, text.split(";") if column.many else [text]) if v]


def same(column: Column, text: str, value: Value) -> bool:
    """True when a value in a cell is written as this term."""
    if value.kind == "iri":
        return id_of(value.text) == text
    if column.kind == "integer":
        return value.number is not None and text.lstrip("+-").isdigit() and int(text) == value.number
    return value.text == (text.lower() if column.kind == "sha256" else text)


def _plain(column: Column) -> Test:
    def test(cells: Cells, value: Value) -> bool:
        return any(same(column, v, value) for v in values_of(column, cells.get(column.name, "")))

    return test


def _always(cells: Cells, value: Value) -> bool:
    return True


def _any_of(*names: str) -> Test:
    return lambda cells, value: any(cells.get(n, "").strip() not in ("", "?") for n in names)


def _one_of(names: tuple[str, ...]) -> Test:
    """True for the classes that every row of a table has; a thing's other classes follow from rules."""
    local = {n.partition(":")[2] for n in names}
    return lambda cells, value: re.split("[#/]", value.text)[-1] in local


def _word(column: str, words: dict[str, set[str]]) -> Test:
    return lambda cells, value: value.text.rsplit("#", 1)[-1] in words.get(cells.get(column, "").strip(), words[""])


_ENTRY = ("bw:CodebookEntry",)
_CODINGS, _EXTRACTS = TABLES["codings"], TABLES["extracts"]
THEORY = tuple(c.name for c in _CODINGS.columns if c.on == "work")
_ELEMENTS = _CODINGS.by_name["elements"]
_voiced = _plain(_ELEMENTS)


def _deplored(cells: Cells) -> bool:
    return cells.get("stance", "").strip() == "deplored"


def _invoked(cells: Cells, value: Value) -> bool:
    return not _deplored(cells) and _voiced(cells, value)


def _special() -> Iterator[tuple[str, str, Origin]]:
    """What populate writes besides the properties of the schema: kind of thing, property, origin."""
    yield "coding", "bw:claimsWork", Origin("codings", THEORY, "a row with any column of the theory claims work", _any_of(*THEORY))
    yield "coding", "bw:underCodebook", Origin("codings", ("codebook",), "blank: codebook-version of study.toml",
                                               lambda c, v: not c.get("codebook", "").strip())
    yield "work", "rdf:type", Origin("codings", ("work",), "the kind of work", _word("work", {
        "": {"InstitutionalWork"}, "boundary": {"InstitutionalWork", "BoundaryWork"}, "practice": {"InstitutionalWork", "PracticeWork"}}))
    yield "work", "bw:inCase", Origin("codings", ("boundary", "extract"), "the boundary, with actor and wave of the extract", lambda c, v: (
        c.get("boundary", "").strip() not in ("", "?") and f"-{c['boundary'].strip()}" in id_of(v.text)))
    yield "work", "bw:deploresElement", Origin("codings", ("elements", "stance"), "elements under stance deplored",
                                               lambda c, v: _deplored(c) and _voiced(c, v))
    yield "extract", "rdf:type", Origin("extracts", ("kind",), "the kind of extract", _word("kind", {
        "": {"Extract"}, "attributed": {"Extract", "AttributedExtract"}, "narrative": {"Extract", "NarrativePassage"}}))
    yield "extract", "bw:aboutActor", Origin("extracts", ("about",), "blank: the field of study.toml", lambda c, v: not c.get("about", "").strip())
    yield "extract", "oa:hasSelector", Origin("extracts", ("start", "end"), "", _any_of("start", "end"))
    yield "selector", "rdf:type", Origin("extracts", ("start", "end"), "", _any_of("start", "end"))
    yield "judgement", "bw:judges", Origin("judgements", ("about", "boundary", "wave"), "the case of actor, boundary and wave", lambda c, v: (
        f"-{c.get('boundary', '').strip()}" in id_of(v.text)))
    for column, prop in (("code", "bw:entryFor"), ("version", "bw:introducedIn"), ("changed", "bw:changedIn"), ("replaced_by", "dcterms:isReplacedBy"),
                         ("owner", "dcterms:creator")):
        yield "entry", prop, Origin("codebook", (column,), "", _plain(TABLES["codebook"].by_name[column]))
    yield "code", "skos:inScheme", Origin("codes", ("id",), "every row is a code of the project", _always)
    for spec in TABLES.values():
        if undecidable := tuple(c.name for c in spec.columns if c.undecidable):
            yield spec.kind, "bw:undecided", Origin(spec.name, undecidable, "the cell holds ?", lambda c, v: c.get(v.text, "").strip() == "?", named=True)
        if spec.name != "extracts":
            yield spec.kind, "rdf:type", Origin(spec.name, (spec.columns[0].name,), f"every row is a {spec.thing}", _one_of(spec.classes or _ENTRY))
        yield spec.kind, "bw:row", Origin(spec.name, (), "the place of the row", _always)
        if spec.name in ("councils", "claims", "speakers", "sources"):
            yield spec.kind, "bw:inStudy", Origin(spec.name, (spec.columns[0].name,), "every row belongs to the study", _always)


def _origins() -> dict[tuple[str, str], tuple[Origin, ...]]:
    found: dict[tuple[str, str], tuple[Origin, ...]] = {}
    for spec in TABLES.values():
        for column in spec.columns:
            if column.property:
                kind = column.on if column.on in ("work", "selector") else spec.kind
                test = _invoked if column is _ELEMENTS else _plain(column)
                found[kind, column.property] = (*found.get((kind, column.property), ()), Origin(spec.name, (column.name,), "", test))
    for kind, prop, origin in _special():
        found[kind, prop] = (*found.get((kind, prop), ()), origin)
    return found


ORIGINS = _origins()
"""(kind of thing, property) -> the columns that may make it, in the order in which they are tried."""
TABLE_OF = {**{t.kind: t.name for t in TABLES.values()}, "work": "codings", "selector": "extracts"}
"""Kind of thing -> the table whose row of the same id describes it."""


class Rows:
    """The tables of a study as grounds: which row and which cells made a triple."""

    def __init__(self, study: Study, vocabulary: Vocabulary) -> None:
        """Take the study and the terms that its cells may hold."""
        self.study = study
        self.vocabulary = vocabulary
        self._base = study_iri(study.id) + "/"
        self._origins = {(kind, vocabulary.expand(prop)): origins for (kind, prop), origins in ORIGINS.items()}
        self._lookups: dict[str, Lookup] = {}
        self._maps: dict[str, list[tuple[str, str]]] | None = None  # own code -> columns and terms that it stands for

    def place_of(self, thing: str) -> tuple[str, str] | None:
        """Return kind and id of a thing of the study, or None for any other IRI."""
        if not thing.startswith(self._base):
            return None
        kind, _, ident = thing[len(self._base) :].partition("/")
        return kind, id_of(thing) if "/" not in ident else ident

    def record(self, kind: str, ident: str) -> tuple[TableSpec, Path, Record] | None:
        """Return the row that describes a thing."""
        name = TABLE_OF.get(kind)
        if name is None:
            return None
        spec = TABLES[name]
        if name not in self._lookups:
            self._lookups[name] = Lookup(self.study.folder / spec.file, spec)
        found = self._lookups[name].find(ident)
        return (spec, self.study.folder / spec.file, found) if found else None

    def made(self, subject: str, predicate: str, value: Value) -> Made | None:
        """Return the row and the cells that made a triple; None where no row does."""
        place = self.place_of(subject)
        origins = self._origins.get((place[0], predicate), ()) if place else ()
        if place is None or not origins:
            return None
        row = self.record(*place)
        if row is None:
            return None
        spec, path, record = row
        for origin in origins:
            if origin.made(record.cells, value):
                filled = [(c, record.cells.get(c, "").strip()) for c in origin.made_by(value)]
                if len(filled) > 3:  # any of many columns: those that are filled
                    filled = [(c, t) for c, t in filled if t]
                return Made(spec, path, place[1], record, tuple(filled), origin.how)
        return self._mapped(spec, path, place[1], record, origins, value) if spec.name == "codings" else None

    @property
    def maps(self) -> dict[str, list[tuple[str, str]]]:
        """Own code -> (column, term) for what it stands for in codes.csv."""
        if self._maps is None:
            self._maps = {}
            spec, theory = TABLES["codes"], self.vocabulary.codes("*")
            path = self.study.folder / spec.file
            table = read_table(path, spec) if path.is_file() else None
            for row in table.rows() if table else ():
                cells = dict(zip(table.header, row.cells, strict=True)) if table else {}
                terms = values_of(spec.by_name["maps_to"], cells.get("maps_to", ""))
                if cells["id"].strip() not in theory:
                    self._maps[cells["id"].strip()] = [(c, t) for t in terms if (c := column_of(t, self.vocabulary))]
        return self._maps

    def _mapped(self, spec: TableSpec, path: Path, ident: str, record: Record, origins: tuple[Origin, ...], value: Value) -> Made | None:
        """Return the row and its cell `code`, where the row has a value only by what its codes stand for."""
        codes = values_of(spec.by_name["code"], record.cells.get("code", ""))
        meant = [(code, column, term) for code in codes for column, term in self.maps.get(code, ())]
        cells = dict(record.cells)
        for _, column, term in meant:
            said = record.cells.get(column, "").strip()
            if said != "?" and (spec.by_name[column].many or not said):
                cells[column] = f"{cells[column]};{term}" if cells.get(column, "").strip() and spec.by_name[column].many else term
        origin = next((o for o in origins if o.made(cells, value)), None) if meant else None
        if origin is None:
            return None
        reasons = [(code, term) for code, column, term in meant if column in origin.columns] or [(code, term) for code, _, term in meant]
        how = "codes.csv maps " + ", ".join(f"{code} to {term}" for code, term in reasons)
        return Made(spec, path, ident, record, (("code", record.cells.get("code", "").strip()),), how)

    def properties(self, kind: str, predicate: str) -> tuple[Origin, ...]:
        """Return the columns that may make a property of a kind of thing."""
        return self._origins.get((kind, predicate), ())

    def kinds_with(self, predicate: str) -> list[tuple[str, Origin]]:
        """Return the kinds of thing that carry a property, each with the first origin that names columns."""
        found = [(kind, next((o for o in origins if o.columns), None)) for (kind, prop), origins in self._origins.items() if prop == predicate]
        return [(kind, origin) for kind, origin in found if origin is not None]

