"""Which ranges of characters lie together, and the units that this puts into the cells of a matrix. Pure: no store, no names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Unit = str
Cells = dict[tuple[str, str], set[Unit]]


@dataclass
class Place:
    """One range of a source (end exclusive): the units behind each value of the row dimension, and the values of the column dimension."""

    start: int
    end: int
    rows: dict[str, set[Unit]] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)


def together(one: Place, two: Place, how: str, near: int = 0) -> bool:
    """Return whether two ranges of one source overlap, lie one within the other, or have at most `near` characters between them.

    >>> together(Place(0, 10), Place(12, 20), "near", 2), together(Place(0, 10), Place(10, 20), "overlap")
    (True, False)
    """
    if how == "nesting":
        return (one.start <= two.start and two.end <= one.end) or (two.start <= one.start and one.end <= two.end)
    between = max(one.start, two.start) - min(one.end, two.end)
    return between <= near if how == "near" else between < 0


def cells(sources: Iterable[Iterable[Place]], how: str, near: int = 0) -> Cells:
    """Return (row value, column value) -> units of row ranges that lie together with a range that has the column value.

    A range lies together with itself. Costs the ranges times those that they lie together with.
    """
    found: Cells = {}
    reach = near if how == "near" else 0
    for places in sources:
        open_: list[Place] = []
        for place in sorted(places, key=lambda p: (p.start, p.end)):
            open_ = [p for p in open_ if p.end + reach >= place.start]
            _meet(found, place, place)
            for other in open_:
                if together(place, other, how, near):
                    _meet(found, place, other)
                    _meet(found, other, place)
            open_.append(place)
    return found


def _meet(found: Cells, one: Place, two: Place) -> None:
    for row, units in one.rows.items():
        for column in two.columns:
            cell = found.get((row, column))
            if cell is None:
                found[row, column] = set(units)
            else:
                cell |= units
