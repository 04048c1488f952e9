"""The answer of a stored question with what makes it honest: reading, caveats, and the codings behind every row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from boundwork.explore.listings import Cell
from boundwork.queries.stored import StoredQuery
from boundwork.queries.tokens import tokens
from boundwork.stores.answer import Solution, Value
from boundwork.tables.studyfile import Reading
from boundwork.terms import STUDY, id_of, iri

_EVIDENCE = ("coding", "extract", "coder", "basis", "confidence", "section", "start", "end", "sha256", "about", "gist", "speaker", "row")


class EvidenceRow(NamedTuple):
    """A coding or extract behind a row. `start` and `end` count code points from 0, end exclusive; `row` is the record in codings.csv."""

    coding: str = ""
    extract: str = ""
    coder: str = ""
    basis: str = ""
    confidence: str = ""
    section: str = ""
    start: int | None = None
    end: int | None = None
    sha256: str = ""
    about: str = ""
    gist: str = ""
    speaker: str = ""
    row: int | None = None

    @classmethod
    def from_solution(cls, solution: Solution) -> EvidenceRow:
        """Read a row of the evidence query."""
        values = dict(zip(_EVIDENCE, solution, strict=True))
        plain = {k: (v.text if v is not None else "") for k, v in values.items() if k not in ("start", "end", "row")}
        numbers = {k: (int(v.text) if (v := values[k]) is not None else None) for k in ("start", "end", "row")}
        return cls(**plain, **numbers)  # type: ignore[arg-type]

    @property
    def locator(self) -> str:
        """Where the words stand: section and character range."""
        return f"{self.section} [{self.start}..{self.end}]" if self.start is not None else self.section


def labelled(row: EvidenceRow, labels: dict[str, str]) -> EvidenceRow:
    """Return the row with ids and labels in the place of IRIs."""
    def short(text: str) -> str:
        return labels.get(text) or (id_of(text) if text.startswith("http") else text)

    return row._replace(coding=id_of(row.coding), extract=id_of(row.extract), coder=short(row.coder), basis=short(row.basis),
                        confidence=short(row.confidence), about=short(row.about))


@dataclass
class AskResult:
    """Rows as RDF terms (`rows`) and as people read them (`table`), with the question, the reading and the caveats."""

    query: StoredQuery
    reading: Reading
    text: str
    params: dict[str, list[str]]
    variables: list[str]
    rows: list[Solution]
    labels: dict[str, str]
    truth: bool | None = None
    fetched: tuple[str, ...] = ()
    """Where and when it was fetched, for an answer of another server."""
    disclosure: str = ""
    """Whether the rows narrow an anonymous case to too few real councils; see narrowing."""

    @property
    def table(self) -> list[dict[str, Cell]]:
        """Rows as column -> label, number or text; ready for a data frame."""
        return [dict(zip(self.variables, (self.shown(v, self.labels) for v in row), strict=True)) for row in self.rows]

    @staticmethod
    def shown(value: Value | None, labels: dict[str, str]) -> Cell:
        """A term as people read it: the label of an IRI, else the id at its end; a reading by its name, which --reading takes."""
        if value is None:
            return None
        if value.kind == "iri" and value.text.startswith(STUDY) and "/reading/" in value.text:
            return id_of(value.text)
        if value.kind == "iri":
            return labels.get(value.text) or (id_of(value.text) if value.text.startswith(STUDY) else value.text)
        return value.plain

    @property
    def notes(self) -> list[str]:
        """What the answer rests on and what it may not be taken for, one sentence or paragraph each."""
        resting = f"Reading: {self.reading.label} ({self.reading.id}). {self.reading.description}".strip()
        return [resting, *([f"Note: {self.query.note}"] if self.query.note else []), *([self.disclosure] if self.disclosure else []), *self.fetched]

    def __iter__(self) -> Iterator[dict[str, Cell]]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.rows)


def label_query(iris: list[str]) -> str:
    """Return a query for the labels of some IRIs; a preferred label is told from a plain one by its third column."""
    skos, rdfs = "http://www.w3.org/2004/02/skos/core#prefLabel", "http://www.w3.org/2000/01/rdf-schema#label"
    things = " ".join(iri(i) for i in iris)
    return (f"SELECT ?x ?l ?p WHERE {{ VALUES ?x {{ {things} }} {{ ?x <{skos}> ?l BIND(1 AS ?p) }} UNION {{ ?x <{rdfs}> ?l }} }}")


def evidence_query(result: AskResult, row: Solution, prefixes: dict[str, str], most: int) -> str:
    """Return the query for the codings and extracts behind one row; empty where the stored query names none."""
    pattern = result.query.evidence
    if not pattern:
        return ""
    used = {t.text[1:] for t in tokens(pattern) if t.kind == "variable"}
    blank = {v for v, value in zip(result.variables, row, strict=True) if v in used and value is None}
    if blank - result.query.open_columns:
        return ""  # the row speaks of what is not there: left open, the pattern would list everything
    bound = [(v, value) for v, value in zip(result.variables, row, strict=True) if v in used and value is not None and value.kind != "bnode"]
    values = f"VALUES ({' '.join('?' + v for v, _ in bound)}) {{ ({' '.join(value.n_triples for _, value in bound)}) }}" if bound else ""
    by_extract = "coding" not in used
    inner = f"SELECT DISTINCT {'' if by_extract else '?coding '}?extract WHERE {{ {values} {pattern} {'' if by_extract else '?coding bw:codes ?extract .'} }}"
    coded = "" if by_extract else ("OPTIONAL { ?coding prov:wasAttributedTo ?coder } OPTIONAL { ?coding bw:basis ?basis } "
                                   "OPTIONAL { ?coding bw:confidence ?confidence } OPTIONAL { ?coding bw:row ?row }")
    text = f"""SELECT ?coding ?extract ?coder ?basis ?confidence ?section ?start ?end ?sha ?about ?gist ?speaker ?row WHERE {{
  {{ {inner} ORDER BY {'' if by_extract else '?coding '}?extract LIMIT {most} }}
  {coded} OPTIONAL {{ ?extract bw:section ?section }} OPTIONAL {{ ?extract bw:sha256 ?sha }}
  OPTIONAL {{ ?extract oa:hasSelector ?selector . ?selector oa:start ?start ; oa:end ?end }}
  OPTIONAL {{ ?extract bw:aboutActor ?about }} OPTIONAL {{ ?extract bw:gist ?gist }}
  OPTIONAL {{ ?extract bw:spokenBy ?who . ?who bw:speakerLabel ?speaker }}
}} ORDER BY ?extract ?coding"""
    names = {t.text.split(":")[0] for t in tokens(text) if t.kind == "name"}
    return "".join(f"PREFIX {p}: <{n}>\n" for p, n in prefixes.items() if p in names) + text


__all__ = ["AskResult", "Cell", "EvidenceRow", "evidence_query", "label_query", "labelled"]
