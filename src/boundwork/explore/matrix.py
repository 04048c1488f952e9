"""Crosstabs and co-occurrence over the codings of one reading: a table of dimensions makes the queries, and the store counts.

A cell is a number of distinct codings, extracts or cases, so that totals are distinct, too, and need not be sums.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from boundwork.errors import UsageError, did_you_mean
from boundwork.explore.answers import Cell
from boundwork.explore.filters import Every, Has, Node, Not, parse
from boundwork.explore.narrowing import disclosure_note
from boundwork.explore.nearness import Cells, Place, cells
from boundwork.explore.session import Session
from boundwork.pipeline.inputs import prefixes
from boundwork.queries.tokens import tokens
from boundwork.terms import BW, id_of, iri
from boundwork.wording import counted, plural


@dataclass(frozen=True)
class Dimension:
    """`path` leads from a coding to its values, of which those count that `only` lets through (empty: all); `values` binds `?v` to all there could be.

    `only` is a condition on the value $V of the coding $C.
    """

    path: str
    values: str
    only: str = ""

    def of(self, coding: str, variable: str) -> str:
        """The pattern that binds a variable to the values of a coding."""
        condition = self.only.replace("$V", variable).replace("$C", coding)
        return f"{coding} {self.path} {variable} ." + (f" FILTER({condition})" if condition else "")

    def has(self, coding: str, value: str) -> str:
        """The pattern of the codings that have a value."""
        condition = self.only.replace("$V", value).replace("$C", coding)
        return f"{coding} {self.path} {value} ." + (f" FILTER({condition})" if condition else "")


def _of(path: str, cls: str) -> Dimension:
    return Dimension(path, f"?v a bw:{cls} .")


_WORK, _EXTRACT = "bw:claimsWork/", "bw:codes/"
DIMENSIONS = {
    "boundary": _of(_WORK + "bw:onBoundary", "BoundaryCategory"),
    "logic": _of(_WORK + "bw:drawsOn", "InstitutionalLogic"),
    "element": _of(_WORK + "bw:invokesElement", "LogicElement"),
    "form": _of(_WORK + "bw:hasForm", "WorkForm"),
    "purpose": _of(_WORK + "bw:hasPurpose", "WorkPurpose"),
    "other": _of(_WORK + "bw:constructsOther", "ActorCategory"),
    "role": Dimension(_EXTRACT + "bw:spokenBy/bw:hasRole", "?speaker bw:hasRole ?v ."),
    "council": Dimension(_EXTRACT + "bw:aboutActor", "{ ?v a bw:Council } UNION { ?v a bw:Field }"),
    "type": Dimension(_EXTRACT + "bw:aboutActor/bw:councilType", "?council bw:councilType ?v ."),
    "region": Dimension(_EXTRACT + "bw:aboutActor/bw:region", "?council bw:region ?v ."),
    "coder": Dimension("prov:wasAttributedTo", "?study bw:currentReading/bw:includesCoder ?v ."),
    "wave": _of(_EXTRACT + "bw:atWave", "Wave"),
    "code": Dimension("bw:appliesCode", "{ ?v skos:inScheme/bw:inStudy ?study } UNION { ?coding bw:appliesCode ?v } "
                                        "UNION { ?v a bw:RelationCode . ?entry bw:entryFor ?v }"),
    "performer": _of(_WORK + "bw:performedBy", "ActorCategory"),
    "regime": _of(_WORK + "bw:withinRegime", "PerformanceRegime"),
    "rating": _of(_WORK + "bw:usesRatingTerm", "RatingTerm"),
    "level": _of(_WORK + "bw:level", "WorkLevel"),
    "direction": _of(_WORK + "bw:direction", "Direction"),
    "stance": _of(_WORK + "bw:stance", "Stance"),
    "basis": _of("bw:basis", "Basis"),
    "confidence": _of("bw:confidence", "ConfidenceLevel"),
    "kind": Dimension(_EXTRACT + "a", "VALUES ?v { bw:AttributedExtract bw:NarrativePassage }",
                      "$V IN (bw:AttributedExtract, bw:NarrativePassage) || ($V = bw:Extract && "
                      "NOT EXISTS { $C bw:codes/a bw:AttributedExtract } && NOT EXISTS { $C bw:codes/a bw:NarrativePassage })"),
}
COUNTS = {"codings": ("?coding a bw:Coding .", "?coding"), "extracts": ("?coding bw:codes ?unit .", "?unit"),
          "cases": ("?coding bw:claimsWork/bw:inCase ?unit .", "?unit")}
TOGETHER = ("coding", "extract", "overlap", "nesting", "near")
_WORDS = {f"{BW}AttributedExtract": "attributed", f"{BW}NarrativePassage": "narrative", f"{BW}Extract": "open"}
_TOTAL = "total"


@dataclass(frozen=True)
class Wanted:
    """What to cross and how. `together` empty: in one coding, or for a dimension with itself, where ranges overlap."""

    rows: str
    columns: str
    count: str = "codings"
    together: str = ""
    near: int = 0
    where: str = ""
    empty: bool = True


@dataclass
class Matrix:
    """Counts of distinct things in the cells (`counts`), in the rows and columns, and in all."""

    wanted: Wanted
    reading: str
    how: str
    counts: dict[tuple[str, str], int]
    row_totals: dict[str, int]
    column_totals: dict[str, int]
    total: int
    chosen: int
    row_values: list[str] = field(default_factory=list)
    column_values: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    disclosure: str = ""
    """Whether cells narrow an anonymous case to too few real councils; see narrowing."""

    @property
    def columns(self) -> list[str]:
        """The heads of the table: the row dimension, a column per value, the total."""
        taken = {self.wanted.rows, _TOTAL}
        heads = [self.wanted.rows]
        for value in self.column_values:
            name = self.names[value]
            while name in taken:
                name += f" ({self.wanted.columns})"
            taken.add(name)
            heads.append(name)
        return [*heads, _TOTAL]

    @property
    def table(self) -> list[dict[str, Cell]]:
        """The rows, and a last one with the totals."""
        heads = self.columns
        rows: list[dict[str, Cell]] = []
        for value in self.row_values:
            numbers = [self.counts.get((value, c), 0) for c in self.column_values]
            rows.append(dict(zip(heads, [self.names[value], *numbers, self.row_totals.get(value, 0)], strict=True)))
        rows.append(dict(zip(heads, [_TOTAL, *(self.column_totals.get(c, 0) for c in self.column_values), self.total], strict=True)))
        return rows

    @property
    def title(self) -> str:
        """What is counted, in a line."""
        return f"{self.wanted.count.capitalize()} by {self.wanted.rows} and {self.wanted.columns}"

    @property
    def notes(self) -> list[str]:
        """What the answer rests on and how it was counted."""
        w = self.wanted
        one = w.count.removesuffix("s")
        beside = f"A cell counts the distinct {w.count} with the row's value on an extract that"
        how = {
            "coding": "A cell counts the codings that have both values." if w.count == "codings" else
                      f"A cell counts the distinct {w.count} with a coding that has both values.",
            "extract": f"{beside} also has the column's value, in the same coding or another.",
            "overlap": f"{beside} shares characters with one that has the column's value; an extract shares them with itself.",
            "nesting": f"{beside} lies within one that has the column's value, or holds it; an extract lies within itself.",
            "near": f"{beside} has at most {counted(w.near, 'character')} between it and one of the same source that has the column's value.",
        }[self.how]
        told = [f"Reading: {self.reading}", f"{how} Totals are distinct {w.count} as well, not sums: what stands in two cells counts once. "
                f"{self.total} of {counted(self.chosen, one)} {'stands' if self.total == 1 else 'stand'} in the table; the others have no value on "
                f"{w.rows}{'' if w.rows == w.columns else ' or ' + w.columns}, or nothing beside them."]
        if "element" in (w.rows, w.columns) or "logic" in (w.rows, w.columns):
            told.append("Elements that are deplored count neither as elements nor for a logic.")
        if w.where:
            told.append(f"Only {plural(one)} with: {w.where}." if w.count == "codings" else
                        f"Only {plural(one)} with: {w.where}. {'An' if one[0] in 'aeio' else 'A'} {one} has a value when one of its codings has it.")
        return [*told, *([self.disclosure] if self.disclosure else [])]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """What a notebook shows: the heat map, and the figures as text where it draws no pictures."""
        from boundwork.explore.listings import markdown
        from boundwork.explore.plotting import heat_map

        text = "\n\n".join([self.title, markdown(self.table, self.columns), *self.notes])
        return {"application/vnd.vegalite.v5+json": heat_map(self), "text/markdown": text, "text/plain": text}


def matrix(session: Session, wanted: Wanted) -> Matrix:
    """Return the crosstab of two dimensions over the codings of the session's reading.

    Errors: UsageError for an unknown dimension, value or filter, with the nearest known one.
    """
    rows, columns = find_dimension(wanted.rows), find_dimension(wanted.columns)
    how = wanted.together or ("overlap" if wanted.rows == wanted.columns else "coding")
    asker = _Asker(session, wanted.count, parse(wanted.where) if wanted.where.strip() else None)
    in_store = how in ("coding", "extract")
    counts, row_totals, column_totals, total = asker.counted(rows, columns, how) if in_store else asker.near(rows, columns, how, wanted.near)
    row_values, column_values = asker.values(rows), asker.values(columns)
    if not wanted.empty:
        row_values, column_values = [v for v in row_values if row_totals.get(v)], [v for v in column_values if column_totals.get(v)]
    reading = session.reading
    return Matrix(wanted, f"{reading.label} ({reading.id}). {reading.description}".strip(), how, counts, row_totals, column_totals, total, asker.chosen(),
                  row_values, column_values, asker.named({*row_values, *column_values}), disclosure_note(session, (k for k, n in counts.items() if n)))


def find_dimension(name: str) -> Dimension:
    """Return a dimension by its name. Errors: UsageError with the nearest one."""
    if name not in DIMENSIONS:
        raise UsageError(f"There is no dimension '{name}'.", did_you_mean(name, DIMENSIONS) or f"There are {', '.join(DIMENSIONS)}.")
    return DIMENSIONS[name]


def codings_left(session: Session, wanted: Wanted) -> frozenset[str] | None:
    """Return the codings that count after the filter of `wanted`, or None where there is no filter."""
    asker = _Asker(session, wanted.count, parse(wanted.where) if wanted.where.strip() else None)
    if asker.taken is None or asker.unit == "?coding":
        return asker.taken
    pairs = asker.select(f"SELECT DISTINCT ?coding {asker.unit} WHERE {{ ?coding a bw:Coding . {asker.pattern} }}")
    return frozenset(pair[0] for pair in pairs if pair[0] and pair[-1] in asker.taken)


Counts = tuple[dict[tuple[str, str], int], dict[str, int], dict[str, int], int]


class _Asker:
    """Makes the queries of one matrix and asks them."""

    def __init__(self, session: Session, count: str, where: Node | None) -> None:
        self.session = session
        self.pattern, self.unit = COUNTS[count]
        self._every: frozenset[str] = frozenset()
        self._taken: frozenset[str] | None = None
        self.known: dict[str, dict[str, str]] = {}
        self.where = where

    def select(self, text: str) -> list[tuple[str | None, ...]]:
        """Return the rows of a query as plain text; the prefixes that it uses are put before it."""
        used = {t.text.split(":")[0] for t in tokens(text) if t.kind == "name"}
        head = "".join(f"PREFIX {p}: <{n}>\n" for p, n in prefixes().items() if p in used)
        return [tuple(None if v is None else v.text for v in row) for row in self.session.store.select(head + text)]

    def values(self, dimension: Dimension) -> list[str]:
        """Return all that could stand on a dimension and all that does, in the order of their names."""
        found = self.select(f"SELECT DISTINCT ?v WHERE {{ {{ {dimension.values} }} UNION {{ {dimension.of('?coding', '?v')} }} }}")
        return sorted({v for (v,) in found if v is not None}, key=lambda v: (id_of(v), v))

    def named(self, values: set[str]) -> dict[str, str]:
        """Return IRI -> label; of values with the same label, each with its id behind it."""
        labels = self.session.labels(values)
        names = {v: _WORDS.get(v) or labels.get(v) or id_of(v) for v in values}
        twice = [n for n in names.values() if list(names.values()).count(n) > 1]
        return {v: f"{n} ({id_of(v)})" if n in twice else n for v, n in names.items()}

    @property
    def taken(self) -> frozenset[str] | None:
        """The units that the filter leaves, or None where there is no filter; each condition is asked once, for all units at a time."""
        if self._taken is None and self.where is not None:
            self._every = self._units("?coding a bw:Coding .")
            self._taken = self._fulfilling(self.where)
        return self._taken

    def _units(self, pattern: str) -> frozenset[str]:
        return frozenset(u for (u,) in self.select(f"SELECT DISTINCT {self.unit} WHERE {{ {pattern} {self.pattern} }}") if u is not None)

    def _fulfilling(self, node: Node) -> frozenset[str]:
        if isinstance(node, Has):
            return self._units(find_dimension(node.dimension).has("?coding", iri(self._value(node))))
        if isinstance(node, Not):
            return self._every - self._fulfilling(node.part)
        parts = [self._fulfilling(p) for p in node.parts]
        return frozenset.intersection(*parts) if isinstance(node, Every) else frozenset.union(*parts)

    def _value(self, node: Has) -> str:
        dimension = find_dimension(node.dimension)
        if node.dimension not in self.known:
            values = self.values(dimension)
            labels = self.session.labels(set(values))
            self.known[node.dimension] = {**{labels[v].casefold(): v for v in values if v in labels}, **{_WORDS.get(v) or id_of(v): v for v in values}}
        known = self.known[node.dimension]
        found = known.get(node.value) or known.get(node.value.casefold())
        if found is None:
            names = sorted({_WORDS.get(v) or id_of(v) for v in known.values()})
            raise UsageError(f"'{node.value[:80]}' is no {node.dimension} of this study.",
                             did_you_mean(node.value, known) or (f"There are {', '.join(names)}." if 0 < len(names) <= 15 else ""))
        return found

    def chosen(self) -> int:
        """Return how many units the filter leaves, whatever values they have."""
        if self.taken is not None:
            return len(self.taken)
        [(number,)] = self.select(f"SELECT (COUNT(DISTINCT {self.unit}) AS ?n) WHERE {{ ?coding a bw:Coding . {self.pattern} }}")
        return int(number or 0)

    def counted(self, rows: Dimension, columns: Dimension, how: str) -> Counts:
        """Count values in one coding, or anywhere on one extract: in the store, set at a time, unless a filter has to look at every unit."""
        body, second = f"{rows.of('?coding', '?row')} {self.pattern}", self.unit
        if how == "coding":
            body += f" {columns.of('?coding', '?column')}"
        else:
            body += f" ?coding bw:codes ?extract . ?coding2 bw:codes ?extract . {columns.of('?coding2', '?column')}"
            if self.taken is not None:
                second = f"{self.unit}2"
                body += " " + self.pattern.replace("?coding", "?coding2").replace("?unit", second)
        if self.taken is not None:
            found: Cells = {}
            names = self.unit if second == self.unit else f"{self.unit} {second}"
            for row, column, *units in self.select(f"SELECT DISTINCT ?row ?column {names} WHERE {{ {body} }}"):
                if row and column and units[0] and self.taken.issuperset(units):
                    found.setdefault((row, column), set()).add(units[0])
            return _added(found)

        def count(by: str) -> list[tuple[str | None, ...]]:
            return self.select(f"SELECT {by} (COUNT(DISTINCT {self.unit}) AS ?n) WHERE {{ {body} }}" + (f" GROUP BY {by}" if by else ""))

        both = {(r, c): int(n or 0) for r, c, n in count("?row ?column") if r and c}
        return (both, {r: int(n or 0) for r, n in count("?row") if r}, {c: int(n or 0) for c, n in count("?column") if c}, int(count("")[0][0] or 0))

    def near(self, rows: Dimension, columns: Dimension, how: str, near: int) -> Counts:
        """Count where ranges lie together: the store gives the ranges, and they are swept once per source."""
        sources: dict[str, dict[tuple[int, int], Place]] = {}
        for dimension, side in ((rows, "row"), (columns, "column")):
            for source, start, end, value, unit in self.select(
                    f"SELECT DISTINCT ?source ?start ?end ?value {self.unit} WHERE {{ {dimension.of('?coding', '?value')} {self.pattern} "
                    "?coding bw:codes ?extract . ?extract oa:hasSource ?source ; oa:hasSelector ?selector . ?selector oa:start ?start ; oa:end ?end }"):
                if source is None or start is None or end is None or value is None or unit is None or (self.taken is not None and unit not in self.taken):
                    continue
                place = sources.setdefault(source, {}).setdefault((int(start), int(end)), Place(int(start), int(end)))
                if side == "row":
                    place.rows.setdefault(value, set()).add(unit)
                else:
                    place.columns.add(value)
        return _added(cells((places.values() for places in sources.values()), how, near))


def _added(found: Cells) -> Counts:
    return ({k: len(v) for k, v in found.items()}, _union((r, v) for (r, _), v in found.items()), _union((c, v) for (_, c), v in found.items()),
            len(set().union(*found.values())))


def _union(parts: Iterable[tuple[str, set[str]]]) -> dict[str, int]:
    found: dict[str, set[str]] = {}
    for key, units in parts:
        found.setdefault(key, set()).update(units)
    return {k: len(v) for k, v in found.items()}


__all__ = ["COUNTS", "DIMENSIONS", "TOGETHER", "Dimension", "Matrix", "Wanted", "codings_left", "find_dimension", "matrix"]
