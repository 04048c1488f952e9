"""What stands behind one cell of a matrix: its codings, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from boundwork.errors import UsageError, did_you_mean
from boundwork.explore.matrix import Dimension, Wanted, codings_left, find_dimension
from boundwork.explore.nearness import Place, together
from boundwork.explore.session import Session
from boundwork.explore.terminology import theory
from boundwork.pipeline.inputs import prefixes
from boundwork.stores.answer import Rows
from boundwork.terms import id_of, iri

_MOST = 500


@dataclass
class Coded:
    """A coding with what a reader asks of it first; values are labels."""

    iri: str
    extract: str
    coder: str
    boundary: str
    form: str
    elements: str
    logics: str
    basis: str
    confidence: str
    gist: str
    about: str


@dataclass
class Behind:
    """The codings behind a cell, `more` that are not listed; `reason` says why there are none."""

    row: str
    column: str
    row_label: str
    column_label: str
    codings: list[Coded] = field(default_factory=list)
    more: int = 0
    reason: str = ""


def behind(session: Session, wanted: Wanted, row: str, column: str) -> Behind:
    """Return the codings of one reading that have the row's value and stand together with the column's value.

    `row` and `column` are IRIs. Errors: UsageError for an unknown dimension, value or filter.
    """
    rows, columns = find_dimension(wanted.rows), find_dimension(wanted.columns)
    labels = session.labels({row, column})
    for name, one, value in ((wanted.rows, rows, row), (wanted.columns, columns, column)):
        known = {v for (v,) in _select(session, f"SELECT DISTINCT ?v {{ {{ {one.values} }} UNION {{ {one.of('?coding', '?v')} }} }}")}
        if value not in known:
            raise UsageError(f"'{value[:120]}' is no {name} of this study.", did_you_mean(value, known))
    how = wanted.together or ("overlap" if wanted.rows == wanted.columns else "coding")
    codings = _codings(session, rows, columns, row, column, how, wanted.near)
    left = codings_left(session, wanted)
    codings = codings if left is None else [c for c in codings if c in left]
    found = Behind(row, column, labels.get(row, id_of(row)), labels.get(column, id_of(column)), _described(session, codings[:_MOST]),
                   max(0, len(codings) - _MOST))
    if not codings:
        found.reason = _why_empty(session, wanted, row, column)
    return found


def _codings(session: Session, rows: Dimension, columns: Dimension, row: str, column: str, how: str, near: int) -> list[str]:
    one, two = rows.has("?coding", iri(row)), columns.has("?other", iri(column))
    if how == "coding":
        both = f"{one} {columns.has('?coding', iri(column))}"
        return [c for (c,) in _select(session, f"SELECT DISTINCT ?coding {{ ?coding a bw:Coding . {both} }} ORDER BY ?coding")]
    if how == "extract":
        return [c for (c,) in _select(session, f"SELECT DISTINCT ?coding {{ ?coding a bw:Coding . {one} ?coding bw:codes ?x . ?other bw:codes ?x . {two} }} "
                                               "ORDER BY ?coding")]
    place = "bw:codes ?x . ?x oa:hasSource ?source ; oa:hasSelector ?s . ?s oa:start ?start ; oa:end ?end"
    ours = _select(session, f"SELECT DISTINCT ?coding ?source ?start ?end {{ {one} ?coding {place} }} ORDER BY ?coding")
    theirs = [(s, Place(int(a), int(b))) for s, a, b in _select(session, f"SELECT DISTINCT ?source ?start ?end {{ {two} ?other {place} }}")]
    return [c for c, source, a, b in ours if any(s == source and together(Place(int(a), int(b)), p, how, near) for s, p in theirs)]


def _described(session: Session, codings: list[str]) -> list[Coded]:
    if not codings:
        return []
    several = "GROUP_CONCAT(DISTINCT {0}; separator=\", \")"
    rows = _select(session, f"""SELECT ?k ?x ?coder (SAMPLE(?bl) AS ?boundary) ({several.format('?fl')} AS ?forms) ({several.format('?el')} AS ?elements)
        ({several.format('?ll')} AS ?logics) (SAMPLE(?basisl) AS ?basis) (SAMPLE(?confl) AS ?conf) (SAMPLE(?g) AS ?gist) (SAMPLE(?al) AS ?about) {{
        VALUES ?k {{ {' '.join(map(iri, codings))} }} ?k bw:codes ?x ; prov:wasAttributedTo ?c . ?c rdfs:label ?coder
        OPTIONAL {{ ?k bw:basis/skos:prefLabel ?basisl }} OPTIONAL {{ ?k bw:confidence/skos:prefLabel ?confl }} OPTIONAL {{ ?x bw:gist ?g }}
        OPTIONAL {{ ?x bw:aboutActor/rdfs:label ?al }}
        OPTIONAL {{ ?k bw:claimsWork ?w OPTIONAL {{ ?w bw:onBoundary/skos:prefLabel ?bl }} OPTIONAL {{ ?w bw:hasForm/skos:prefLabel ?fl }}
          OPTIONAL {{ ?w bw:invokesElement/skos:prefLabel ?el }} OPTIONAL {{ ?w bw:drawsOn/skos:prefLabel ?ll }} }} }} GROUP BY ?k ?x ?coder ORDER BY ?x ?k""")
    return [Coded(*row) for row in rows]


def _why_empty(session: Session, wanted: Wanted, row: str, column: str) -> str:
    """Return why nothing stands in a cell: Table 3 rules it out, cannot show it, or nobody coded it."""
    return next(iter(ruled_out(session, wanted.rows, wanted.columns, {(row, column)}).values()),
                f"Nobody coded this in {session.reading.label}: no row has both values where the table looks for them"
                + (f", among what the filter leaves ({wanted.where})." if wanted.where.strip() else "."))


def ruled_out(session: Session, rows: str, columns: str, cells: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return, of empty cells, those that Table 3 rules out or cannot show, each with the reason; what is left nobody coded."""
    return dict(_ruled_out(session, (rows, columns), cells)) if {rows, columns} <= {"boundary", "logic", "element"} and rows != columns else {}


def _ruled_out(session: Session, names: tuple[str, str], cells: set[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
    table = theory(session)
    places = [(b, lo, c) for (b, lo), cell in table.cells.items() for c in cell.characteristics]
    for cell in cells:
        value = dict(zip(names, cell, strict=True))
        boundary, logic, element = value.get("boundary", ""), value.get("logic", ""), value.get("element", "")
        at = table.cells.get((boundary, logic))
        name = f"{table.boundaries.get(boundary, '')}, {table.logics.get(logic, '')}".strip(", ")
        if boundary and logic and at is not None:
            if not at.relevant:
                yield cell, f"Table 3 rules it out: {name} is not a relevant category of practice there."
            elif not any(c.tells == logic for c in at.characteristics):
                yield cell, (f"Table 3 cannot show it: no characteristic of {name} tells this logic from the others "
                             f"({', '.join(c.label for c in at.characteristics) or 'it has none'}).")
        elif boundary and element and not any(b == boundary and c.iri == element for b, _, c in places):
            yield cell, "Table 3 rules it out: it gives this characteristic to another boundary."
        elif logic and element and not any(c.iri == element and c.tells == logic for _, _, c in places):
            shared = [c for _, lo, c in places if c.iri == element and lo == logic]
            yield cell, ("Table 3 cannot show it: it gives this characteristic to more than one logic." if shared else
                         "Table 3 rules it out: it gives this characteristic to another logic.")


def _select(session: Session, text: str) -> list[list[str]]:
    answer = session.store.query(text, prefixes())
    assert isinstance(answer, Rows)
    return [["" if v is None else v.text for v in row] for row in answer.rows if row and row[0] is not None]


__all__ = ["Behind", "Coded", "behind", "ruled_out"]
