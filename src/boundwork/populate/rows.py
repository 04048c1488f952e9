"""One table's rows -> lines, as the schema says: column by column, with the checks that need no other row.

A pure function of the rows and of what `Known` holds, so that it runs the same in one process or on a partition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boundwork.errors import did_you_mean
from boundwork.findings import Finding, Severity
from boundwork.tables.reader import Row, Table
from boundwork.tables.schema import TABLES, Column
from boundwork.tables.studyfile import Study
from boundwork.terms import CODE, Vocabulary, integer, iri, kebab, literal, study_iri

if TYPE_CHECKING:
    from boundwork.populate.mapping import Mapping

UNDECIDED = "?"
_WHOLE = re.compile(r"-?\d{1,18}\Z")
_SHA = re.compile(r"[0-9a-f]{64}\Z")
_DATE = re.compile(r"(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[- ](Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)([- ]\d{2,4})?)\Z", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SPECIAL = re.compile(r"[\x00-\x1f\"\\\ufffe\uffff\ud800-\udfff]").search
"""Finds what a literal must escape or may not hold; most text has neither and is written as it stands."""
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*\Z").match
"""Matches an id that needs no percent-encoding."""
_MOST_FINDINGS = 200
MOST_NEAREST = 5000
"""Among fewer ids than these the nearest to a wrong one is told."""


@dataclass
class Known:
    """What a row may refer to: the vocabulary, the study, and the ids of the tables read so far (id -> line of its row)."""

    study: Study
    vocabulary: Vocabulary
    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Tables that could not be read to their end: an id that seems to be missing may stand there."""
    keep_repeated: bool = False
    """Whether a row whose id another row has is taken in as well, so that what the two say comes together."""
    maps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The project's own codes that stand for terms of the theory, with those terms."""

    def has(self, table: str, name: str) -> bool:
        """True when the table has a row of this id."""
        return name in self.ids.get(table, {})

    def actor_iri(self, name: str) -> str:
        """IRI of a council or of the field."""
        kind = "council" if self.has("councils", name) else "field"
        return study_iri(self.study.id, kind, name)


class Cell:
    """What one cell became: predicate-object pairs to put behind a subject, and the values as they stand."""

    __slots__ = ("pairs", "values")
    rule = ""
    message = ""
    severity = Severity.VIOLATION

    def __init__(self, pairs: Sequence[str], values: tuple[str, ...]) -> None:
        self.pairs, self.values = pairs, values


class Wrong(Cell):
    """A cell that cannot be read: the rule that it breaks, and what is wrong."""

    __slots__ = ("message", "rule")

    def __init__(self, rule: str, message: str) -> None:
        super().__init__((), ())
        self.rule, self.message = rule, message


_EMPTY = Cell((), ())
Reader = Callable[[str], Cell]


def _left_aside(text: str) -> Cell:
    """Read a cell of a column that the schema does not have."""
    return _EMPTY


def predicate(known: Known, name: str) -> str:
    """Return a prefixed property as an N-Triples term."""
    return iri(known.vocabulary.expand(name))


def namer(study: Study, kind: str) -> Callable[[str], str]:
    """Return a function from an id to the IRI of that thing of the study, as an N-Triples term."""
    start = f"<{study_iri(study.id, kind, '')}"

    def name(value: str) -> str:
        return f"{start}{value}>" if _PLAIN(value) else iri(study_iri(study.id, kind, value))

    return name


_REPEATED = ("code", "actor", "coder", "wave", "version", "word")
"""Kinds of column whose values repeat."""


class _Memory(dict[str, Cell]):
    """Cell text -> Cell for columns whose values repeat; bounded, so that a column of free text costs nothing for long."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Cell:
        cell = self._read(text)
        if len(self) < 50_000:
            self[text] = cell
        return cell


def column_reader(column: Column, known: Known, table: str) -> Reader:
    """Return a function from a cell's text to a Cell; the answers of columns with few values are remembered."""
    convert = _converter(column, known, table)
    prop = predicate(known, column.property) if column.property else ""
    undecided = predicate(known, "bw:undecided")

    def one(text: str) -> Cell:
        value = text.strip()
        if not value:
            return _EMPTY
        if value == UNDECIDED and column.undecidable:
            return Cell((f"{undecided} {literal(column.name)}",), (UNDECIDED,))
        term = convert(value)
        if isinstance(term, Wrong):
            return term
        return Cell((f"{prop} {term}",) if prop and term else (), (value,))

    def several(text: str) -> Cell:
        if ";" not in text:
            return one(text)
        tails, values = [], []
        for part in dict.fromkeys(p for p in map(str.strip, text.split(";")) if p):
            term = convert(part)
            if isinstance(term, Wrong):
                return term
            values.append(part)
            if prop and term:
                tails.append(f"{prop} {term}")
        return Cell(tails, tuple(values))

    read = several if column.many else one
    return _Memory(read).__getitem__ if column.kind in _REPEATED else read


_MOST_NAMED = 12
_DECIMAL = re.compile(r"(-?\d+)[.,]0+\Z")


def _taking(column: Column, known: list[str]) -> str:
    """What a column takes, named where it is little."""
    if 0 < len(known) <= _MOST_NAMED:
        names = sorted(known)
        if column.kind in ("ref", "actor", "coder", "wave"):
            return f"Known: {', '.join(names)}."
        return f"It takes {' or '.join(filter(None, (', '.join(names[:-1]), names[-1])))}."
    return ""


def _hint(value: str, known: list[str], column: Column) -> str:
    """What was probably meant by a cell that cannot be read, or what the column takes."""
    near = (f"Did you mean '{kebab(value)}'?" if kebab(value) in known else did_you_mean(value, known)) if known else ""
    if _DATE.match(value):
        return near or "A spreadsheet seems to have turned it into a date: format the column as text and enter it again."
    if decimal := _DECIMAL.match(value):
        return f"Write {decimal[1]}." if column.kind == "integer" else near
    if value.startswith("#") and value.endswith(("!", "?", "#N/A")):
        return "A spreadsheet writes that where a formula fails: enter the value itself."
    if column.many and "," in value:
        return "Put ; between several values, not a comma."
    if not column.many and ";" in value and column.kind in ("code", "ref", "word"):
        return "The column takes one value; give the other a row of its own."
    return near or _taking(column, known)


def _converter(column: Column, known: Known, table: str) -> Callable[[str], str | Wrong]:
    """Return a function from one value to its N-Triples term, or to what is wrong with it."""
    study, vocabulary = known.study, known.vocabulary

    def wrong(value: str, what: str, hints: object = (), rule: str = "") -> Wrong:
        hint = _hint(value, list(hints), column)  # type: ignore[call-overload]
        return Wrong(rule or f"table-unknown-{column.kind}", f"'{value}' is {what}. {hint}".strip())

    def text(value: str) -> str | Wrong:
        if not _SPECIAL(value):
            return f'"{value}"'
        if _CONTROL.search(value):
            return wrong(value, "no plain text: it holds a control character. Remove that", rule="table-control-character")
        return literal(value)

    def whole(value: str) -> str | Wrong:
        if not _WHOLE.match(value):
            return wrong(value, f"no whole number, which column {column.name} needs", rule="table-not-a-number")
        return integer(int(value))

    def sha(value: str) -> str | Wrong:
        if _SHA.match(value):
            return f'"{value}"'
        return literal(value.lower()) if _SHA.match(value.lower()) else wrong(
            value, "no SHA-256 (64 hexadecimal digits)", rule="table-not-a-hash")

    def code(value: str) -> str | Wrong:
        codes = vocabulary.codes(column.code_class)
        if value in codes:
            return iri(CODE + value)
        if column.code_class == "*" and known.has("codes", value):
            return iri(study_iri(study.id, "code", value))
        if column.code_class == "*":
            if "codes" in known.broken:
                return ""
            codes = {**codes, **dict.fromkeys(known.ids.get("codes", ()))}  # type: ignore[dict-item]
        tables = [t for t in TABLES.values() if t.name != "codebook"]  # its columns of codes are rules about other tables
        takers = dict.fromkeys(c.name for t in tables for c in t.columns if c.code_class not in ("", "*") and value in vocabulary.codes(c.code_class))
        if takers:
            return wrong(value, f"a code of column {' or '.join(takers)}, and column {column.name} does not take it", codes)
        return wrong(value, f"no code that column {column.name} takes", codes)

    anywhere = column.refers in ("codings", table)
    referred = known.ids.setdefault(column.refers, {}) if column.refers else {}
    refer = namer(study, "work" if column.name == "follows" else column.refers.rstrip("s"))

    def ref(value: str) -> str | Wrong:
        if value not in referred and not anywhere and column.refers not in known.broken:
            if not (study.folder / f"{column.refers}.csv").is_file():
                return wrong(value, f"no id of {column.refers}.csv, because the study has no such table")
            return wrong(value, f"no id in {column.refers}.csv", referred if len(referred) < MOST_NEAREST else ())
        return refer(value)

    def actor(value: str) -> str | Wrong:
        if value != study.field_id and not known.has("councils", value) and "councils" not in known.broken:
            return wrong(value, f"neither a council of councils.csv nor the field '{study.field_id}'", [*known.ids.get("councils", {}), study.field_id])
        return iri(known.actor_iri(value))

    def coder(value: str) -> str | Wrong:
        return iri(study_iri(study.id, "coder", value)) if value in study.coders else wrong(value, "no coder of study.toml", study.coders)

    def wave(value: str) -> str | Wrong:
        return iri(study_iri(study.id, "wave", value)) if value in study.waves else wrong(value, "no wave of study.toml", study.waves)

    def version(value: str) -> str | Wrong:
        if _CONTROL.search(value):
            return wrong(value, "no version")
        return iri(study_iri(study.id, "codebook", value))

    def word(value: str) -> str | Wrong:
        return "" if value in column.words else wrong(value, f"not one of {', '.join(column.words)}", column.words)

    return {"text": text, "id": text, "path": text, "integer": whole, "sha256": sha, "code": code, "ref": ref, "actor": actor,
            "coder": coder, "wave": wave, "version": version, "word": word}[column.kind]


_Place = tuple[int, int, str, str]
"""Line, record number, coder and extract of a row."""


class RowReader:
    """Reads the rows of one table: cells by column name, findings on the table, ids remembered in `known`."""

    def __init__(self, table: Table, known: Known) -> None:
        self.table = table
        self.known = known
        spec = table.spec
        present = [spec.by_name.get(n) for n in table.header]
        self.columns = present
        self.names = [c.name if c else "" for c in present]
        self.readers = [column_reader(c, known, spec.name) if c else _left_aside for c in present]
        self.place = {c.name: i for i, c in enumerate(present) if c}
        self.key = "id" if "id" in spec.by_name else "code"
        self.ids = known.ids.setdefault(spec.name, {})
        self.required = {c.name for c in present if c and c.required and not (known.study.public and c.name in ("start", "end"))}
        self.later = [c for c in present if c and c.refers in ("codings", spec.name)]
        self.pending: list[tuple[_Place, Column, str]] = []
        self.mapping: Mapping | None = None
        if spec.name == "codings" and known.maps:
            from boundwork.populate.mapping import Mapping

            self.mapping = Mapping(known)

    def read(self, row: Row) -> dict[str, Cell] | None:
        """Return column -> Cell for one row, or None when the row has no usable id; what is wrong goes to the table's findings."""
        cells: dict[str, Cell] = {}
        wrong = False
        for text, name, read in zip(row.cells, self.names, self.readers, strict=True):
            if text:
                cell = read(text)
                if cell.values:
                    cells[name] = cell
                elif cell.rule:
                    wrong = True
        if wrong or not cells.keys() >= self.required:
            self._complain(row)
        key = cells.get(self.key)
        if key is None:
            return None
        name = key.values[0]
        if name in self.ids:
            self._note(self._where(row), self.table.spec.by_name[self.key],
                       Wrong("table-id-twice", f"The {self.key} '{name}' stands in line {self.ids[name]} already. Give this row another one."), name)
            if not self.known.keep_repeated:
                return None
        self.ids.setdefault(name, row.line)
        if self.table.spec.name == "councils" and "label" in cells:
            self.known.labels[name] = cells["label"].values[0]
        elif self.table.spec.name == "codes" and "maps_to" in cells:
            self.known.maps[name] = cells["maps_to"].values
        elif self.mapping is not None and "code" in cells:
            for clash in self.mapping.fill(cells):
                self._note(self._where(row), self.table.spec.by_name["code"], clash, ";".join(cells["code"].values))
        for column in self.later:
            if column.name in cells:
                known = self.known.ids.get(column.refers, {})
                self.pending += [(self._where(row), column, value) for value in cells[column.name].values if value not in known]
        return cells

    def settle(self) -> None:
        """Check the references that could only be checked once every row was read (to codings, or within the table)."""
        for place, column, value in self.pending:
            if not self.known.has(column.refers, value) and column.refers not in self.known.broken:
                self._note(place, column, Wrong("table-unknown-ref", f"'{value}' is no id in {column.refers}.csv."), value)
        self.pending.clear()

    def _complain(self, row: Row) -> None:
        """Note what is wrong with the cells of a row, column by column."""
        if len(self.table.findings) > _MOST_FINDINGS:
            return
        for text, column, read in zip(row.cells, self.columns, self.readers, strict=True):
            if column is None:
                continue
            cell = read(text) if text else _EMPTY
            if cell.rule:
                self._note(self._where(row), column, cell, text)
            elif column.name in self.required and not cell.values:
                said = f"Column {column.name} must be filled in every row. {self._takes(column)}".strip()
                self._note(self._where(row), column, Wrong("table-empty-cell", said), "")

    def _takes(self, column: Column) -> str:
        if column.kind == "coder":
            return _taking(column, list(self.known.study.coders))
        return _taking(column, list(column.words or (self.known.vocabulary.codes(column.code_class) if column.code_class not in ("", "*") else ())))

    def _where(self, row: Row) -> _Place:
        coder = row.cells[self.place["coder"]].strip() if "coder" in self.place else ""
        extract = row.cells[self.place["extract"]].strip() if "extract" in self.place else ""
        return row.line, row.number, coder, extract

    def _note(self, place: _Place, column: Column, cell: Cell, text: str) -> None:
        line, number, coder, extract = place
        if len(self.table.findings) < _MOST_FINDINGS:
            self.table.findings.append(Finding(cell.severity, cell.rule, cell.message, self.table.shown, line, number, column.name,
                                               text.strip()[:200], coder, extract=extract))
        else:
            self.table.find("table-more", "")
