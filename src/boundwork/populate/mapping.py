"""What a project's own codes stand for: the columns that a coding with such a code counts as filled.

Every reader of codings sees the filled cells (the graph, agreement, rules of the codebook), none sees the mapping itself.
"""

from __future__ import annotations

from boundwork.populate.rows import UNDECIDED, Cell, Known, Wrong, predicate
from boundwork.tables.schema import MAPPED, TABLES
from boundwork.terms import CODE, Vocabulary, iri

_COLUMNS = TABLES["codings"].by_name


def column_of(term: str, vocabulary: Vocabulary) -> str:
    """Return the column of codings that a term of the theory stands in, or nothing for a term that no coding carries."""
    return next((column for cls, column in MAPPED.items() if term in vocabulary.codes(cls)), "")


class Mapping:
    """Fills the cells of a coding by what its own codes map to in codes.csv.

    A column that takes several values gets those of the row and those of its codes. In any other column what the row says
    itself stands, a question mark in any; codes of which each says something else fill it with nothing.
    """

    def __init__(self, known: Known) -> None:
        theory = known.vocabulary.codes("*")
        self._pairs: dict[str, list[tuple[str, str, str]]] = {}  # own code -> column, value, pair
        for code, terms in known.maps.items():
            if code not in theory:
                placed = [(column_of(term, known.vocabulary), term) for term in terms if term in theory]
                self._pairs[code] = [(c, t, f"{predicate(known, _COLUMNS[c].property)} {iri(CODE + t)}") for c, t in placed if c]

    def fill(self, cells: dict[str, Cell]) -> list[Wrong]:
        """Add what the codes of a row stand for to its cells, and return what they disagree on."""
        found = [(code, *each) for code in cells["code"].values if code in self._pairs for each in self._pairs[code]]
        if not found:
            return []
        said = {name: cells[name] for name in cells}
        several: dict[str, list[str]] = {}
        for code, column, value, pair in found:
            own = said.get(column)
            if own is not None and (own.values == (UNDECIDED,) or not _COLUMNS[column].many):
                continue
            now = cells.get(column)
            if now is None:
                cells[column] = Cell((pair,), (value,))
            elif value not in now.values:
                cells[column] = Cell((*now.pairs, pair), (*now.values, value))
            if not _COLUMNS[column].many:
                several.setdefault(column, []).append(f"{code} to {value}")
        clashes = [column for column in several if len(cells[column].values) > 1]
        for column in clashes:
            del cells[column]
        return [Wrong("table-codes-disagree", f"Column {column} takes one value, and by codes.csv the codes of this row map to several: "
                      f"{', '.join(several[column])}. Put the one that holds here into column {column}, or give a code a row of its own.")
                for column in clashes]
