"""One table's rows -> lines, as the schema says: column by column, with the checks that need no other row.

A pure function of the rows and of what `Known` holds, so that it runs the same in one process or on a partition.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from boundwork.errors import did_you_mean
from boundwork.findings import Finding, Severity
from boundwork.tables.reader import Row, Table
from boundwork.tables.schema import Column
from boundwork.tables.studyfile import Study
from boundwork.terms import CODE, Vocabulary, integer, iri, literal, study_iri

UNDECIDED = "?"
_WHOLE = re.compile(r"-?\d{1,18}\Z")
_SHA = re.compile(r"[0-9a-f]{64}\Z")
_DATE = re.compile(r"(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[- ](Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)([- ]\d{2,4})?)\Z", re.I)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass
class Known:
    """What a row may refer to: the vocabulary, the study, and the ids of the tables read so far (id -> line of its row)."""

    study: Study
    vocabulary: Vocabulary
    ids: dict[str, dict[str, int]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def has(self, table: str, name: str) -> bool:
        """True when the table has a row of this id."""
        return name in self.ids.get(table, {})

    def actor_iri(self, name: str) -> str:
        """IRI of a council or of the field."""
        kind = "council" if self.has("councils", name) else "field"
        return study_iri(self.study.id, kind, name)


class Cell:
    """What one cell became: predicate-object pairs to put behind a subject, or a finding's rule and message."""

    __slots__ = ("message", "pairs", "rule", "severity", "values")

    def __init__(self, pairs: list[str] | None = None, values: tuple[str, ...] = (), rule: str = "", message: str = "",
                 severity: Severity = Severity.VIOLATION) -> None:
        self.pairs, self.values, self.rule, self.message, self.severity = pairs or [], values, rule, message, severity


_EMPTY = Cell()
Reader = Callable[[str], Cell]


def predicate(known: Known, name: str) -> str:
    """Return a prefixed property as an N-Triples term."""
    return iri(known.vocabulary.expand(name))


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

    def _read(text: str) -> Cell:
        value = text.strip()
        if not value:
            return _EMPTY
        if value == UNDECIDED and column.undecidable:
            return Cell([f"{undecided} {literal(column.name)}"], (UNDECIDED,))
        parts = [p.strip() for p in value.split(";")] if column.many else [value]
        tails, values = [], []
        for part in dict.fromkeys(p for p in parts if p):
            term = convert(part)
            if isinstance(term, Cell):
                return term
            values.append(part)
            if prop and term:
                tails.append(f"{prop} {term}")
        return Cell(tails, tuple(values))

    return _Memory(_read).__getitem__ if column.kind in ("code", "actor", "coder", "wave", "version", "word") else _read


def _converter(column: Column, known: Known, table: str) -> Callable[[str], str | Cell]:
    """Return a function from one value to its N-Triples term, or to a Cell that says what is wrong with it."""
    study, vocabulary = known.study, known.vocabulary

    def wrong(value: str, what: str, hints: object = (), rule: str = "") -> Cell:
        hint = did_you_mean(value, hints) if hints else ""  # type: ignore[arg-type]
        if not hint and _DATE.match(value):
            hint = "A spreadsheet seems to have turned it into a date: format the column as text and enter it again."
        return Cell(rule=rule or f"table-unknown-{column.kind}", message=f"'{value}' is {what}. {hint}".strip())

    def text(value: str) -> str | Cell:
        if _CONTROL.search(value):
            return wrong(value, "not plain text: it holds a control character. Remove it", rule="table-control-character")
        return literal(value)

    def whole(value: str) -> str | Cell:
        if not _WHOLE.match(value):
            return wrong(value, f"no whole number, which column {column.name} needs", rule="table-not-a-number")
        return integer(int(value))

    def sha(value: str) -> str | Cell:
        return literal(value.lower()) if _SHA.match(value.lower()) else wrong(
            value, "no SHA-256 (64 hexadecimal digits)", rule="table-not-a-hash")

    def code(value: str) -> str | Cell:
        codes = vocabulary.codes(column.code_class)
        if value in codes:
            return iri(CODE + value)
        if column.code_class == "*" and known.has("codes", value):
            return iri(study_iri(study.id, "code", value))
        hints = {**codes, **({t.label: t for t in codes.values()} if len(codes) < 200 else {})}
        every = vocabulary.codes("*")
        if value in every:
            place = "; ".join(sorted(t.rsplit("#", 1)[-1] for t in every[value].types if "#" in t and "boundwork" in t))
            return wrong(value, f"a {place}, which column {column.name} does not take")
        return wrong(value, f"no code that column {column.name} takes", {**hints, **known.ids.get("codes", {})} if column.code_class == "*" else hints)

    def ref(value: str) -> str | Cell:
        if column.refers not in ("codings", table) and not known.has(column.refers, value):
            return wrong(value, f"no id in {column.refers}.csv", known.ids.get(column.refers, {}) if len(known.ids.get(column.refers, {})) < 5000 else ())
        kind = "work" if column.name == "follows" else column.refers.rstrip("s")
        return iri(study_iri(study.id, kind, value))

    def actor(value: str) -> str | Cell:
        if value != study.field_id and not known.has("councils", value):
            return wrong(value, f"neither a council of councils.csv nor the field '{study.field_id}'", [*known.ids.get("councils", {}), study.field_id])
        return iri(known.actor_iri(value))

    def coder(value: str) -> str | Cell:
        return iri(study_iri(study.id, "coder", value)) if value in study.coders else wrong(value, "no coder of study.toml", study.coders)

    def wave(value: str) -> str | Cell:
        return iri(study_iri(study.id, "wave", value)) if value in study.waves else wrong(value, "no wave of study.toml", study.waves)

    def version(value: str) -> str | Cell:
        if _CONTROL.search(value):
            return wrong(value, "no version")
        return iri(study_iri(study.id, "codebook", value))

    def word(value: str) -> str | Cell:
        return "" if value in column.words else wrong(value, f"not one of {', '.join(column.words)}", column.words)

    return {"text": text, "id": text, "path": text, "integer": whole, "sha256": sha, "code": code, "ref": ref, "actor": actor,
            "coder": coder, "wave": wave, "version": version, "word": word}[column.kind]


class RowReader:
    """Reads the rows of one table: cells by column name, findings on the table, ids remembered in `known`."""

    def __init__(self, table: Table, known: Known) -> None:
        self.table = table
        self.known = known
        spec = table.spec
        self.columns = [(i, spec.by_name[n], column_reader(spec.by_name[n], known, spec.name)) for i, n in enumerate(table.header) if n in spec.by_name]
        self.place = {c.name: i for i, c, _ in self.columns}
        self.key = "id" if "id" in spec.by_name else "code"
        self.ids = known.ids.setdefault(spec.name, {})
        self.later = [c for _, c, _ in self.columns if c.refers in ("codings", spec.name)]
        self.pending: list[tuple[Row, Column, str]] = []

    def read(self, row: Row) -> dict[str, Cell] | None:
        """Return column -> Cell for one row, or None when the row has no usable id; what is wrong goes to the table's findings."""
        cells: dict[str, Cell] = {}
        for index, column, reader in self.columns:
            text = row.cells[index]
            if not text:
                if column.required:
                    self._note(row, column, Cell(rule="table-empty-cell", message=f"Column {column.name} must be filled in every row."), "")
                continue
            cell = reader(text)
            if cell.rule:
                self._note(row, column, cell, text)
                continue
            if column.required and not cell.values:
                self._note(row, column, Cell(rule="table-empty-cell", message=f"Column {column.name} must be filled in every row."), "")
                continue
            if cell.values:
                cells[column.name] = cell
        key = cells.get(self.key)
        if key is None:
            return None
        name = key.values[0]
        if name in self.ids:
            self._note(row, self.table.spec.by_name[self.key],
                       Cell(rule="table-id-twice", message=f"The {self.key} '{name}' stands in line {self.ids[name]} already. Give this row another one."), name)
            return None
        self.ids[name] = row.line
        if self.table.spec.name == "councils" and "label" in cells:
            self.known.labels[name] = cells["label"].values[0]
        for column in self.later:
            if column.name in cells:
                self.pending.extend((row, column, value) for value in cells[column.name].values)
        return cells

    def settle(self) -> None:
        """Check the references that could only be checked once every row was read (to codings, or within the table)."""
        for row, column, value in self.pending:
            if not self.known.has(column.refers, value):
                self._note(row, column, Cell(rule="table-unknown-ref", message=f"'{value}' is no id in {column.refers}.csv."), value)
        self.pending.clear()

    def _note(self, row: Row, column: Column, cell: Cell, text: str) -> None:
        coder = ""
        if "coder" in self.place:
            coder = row.cells[self.place["coder"]].strip()
        extract = row.cells[self.place["extract"]].strip() if "extract" in self.place else ""
        if len(self.table.findings) < 200:
            self.table.findings.append(Finding(cell.severity, cell.rule, cell.message, self.table.shown, row.line, row.number, column.name,
                                               text.strip()[:200], coder, extract=extract))
        else:
            self.table.find("table-more", "")
