"""What coders said of extracts -> one figure for everything, for each dimension and for each value, with intervals by bootstrap."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from boundwork.agreement.coefficients import DISTANCES, Distance, Label, Likeness, Unit, alpha, cohen, fleiss, nominal, percent
from boundwork.agreement.unitizing import Disagreement, Span, terms, unitizing_alpha

OVERALL = "overall"
MOST_WORK = 5_000_000
"""Extracts drawn in all bootstrap rounds of a dimension; more extracts get fewer rounds, but at least `LEAST_ROUNDS`."""
LEAST_ROUNDS = 100
_OUTSIDE = 0.025
_NOTHING: Label = frozenset()


@dataclass(frozen=True)
class Interval:
    """Where 95 in 100 bootstrap samples of the extracts put a coefficient."""

    low: float
    high: float


@dataclass(frozen=True)
class Figure:
    """Agreement on one dimension, or on one value of it; `percent` runs from 0 to 100, None is "not defined".

    `units` counts extracts, `coded` those of them to which somebody gave the value (or any value). `alpha_set` weighs sets
    of values by a distance; `alpha_u` looks at ranges of characters and not at extracts. `estimated`: there were so many
    different sets that the disagreement by chance behind `alpha_set` comes from a fixed sample of their pairs. `rounds`
    is the number of bootstrap samples behind the intervals.
    """

    dimension: str
    value: str
    units: int
    coded: int
    percent: float | None
    cohen: float | None
    fleiss: float | None
    alpha: float | None
    alpha_set: float | None
    alpha_u: float | None
    intervals: dict[str, Interval] = field(default_factory=dict)
    estimated: bool = False
    rounds: int = 0

    COEFFICIENTS = ("percent", "cohen", "fleiss", "alpha", "alpha_set", "alpha_u")

    def coefficient(self, name: str) -> float | None:
        """A coefficient by its name."""
        found: float | None = getattr(self, name)
        return found


@dataclass(frozen=True)
class Material:
    """What is compared: for each dimension what each coder said of each extract (None: not looked at), and where the extracts lie.

    `spans` are positions on one continuum of `length` characters on which all sources stand end to end.
    """

    coders: tuple[str, ...]
    labels: dict[str, Sequence[Unit]]
    spans: Sequence[Span]
    length: int

    def together(self) -> Sequence[Unit]:
        """All dimensions as one: the label of an extract is the set of all `dimension=value`."""
        found: list[Unit] = []
        for place in range(len(self.spans)):
            row: list[Label | None] = []
            for coder in range(len(self.coders)):
                said = [(name, units[place][coder]) for name, units in self.labels.items()]
                row.append(None if all(x is None for _, x in said) else frozenset(f"{name}={v}" for name, x in said for v in x or ()))
            found.append(tuple(row))
        return found


def figures(material: Material, *, omit_uncoded: bool, distance: str = "masi", rounds: int = 1000, seed: int = 1) -> list[Figure]:
    """Return the figure over all, then for each dimension one figure and one for each of its values.

    `omit_uncoded` leaves out the extracts to which no coder gave a value of the dimension. Intervals come from `rounds`
    samples of the extracts, the same for the same seed; 0 gives none.
    """
    sets = DISTANCES[distance]
    found: list[Figure] = []
    ranges: list[Disagreement] = []
    for name, units in material.labels.items():
        by_value = terms(_segments(units, material), (0, material.length))
        ranges += by_value.values()
        kept = [u for u in units if _counts(u, omit_uncoded)]
        made = _figures(name, kept, sorted(by_value), sets, rounds, seed)
        found.append(replace(made[0], alpha_u=unitizing_alpha(by_value.values())))
        found += [replace(f, alpha_u=unitizing_alpha([by_value[f.value]])) for f in made[1:]]
    every = [u for u in material.together() if _counts(u, omit_uncoded)]
    return [replace(_figures(OVERALL, every, [], sets, rounds, seed)[0], alpha_u=unitizing_alpha(ranges)), *found]


def _counts(unit: Unit, omit_uncoded: bool) -> bool:
    return sum(x is not None for x in unit) > 1 and not (omit_uncoded and not any(unit))


def _segments(units: Sequence[Unit], material: Material) -> dict[str, list[list[Span]]]:
    """Return value -> each coder's ranges, of all extracts that carry it, whoever looked at them."""
    found: dict[str, list[list[Span]]] = {}
    for unit, span in zip(units, material.spans, strict=True):
        for coder, label in enumerate(unit):
            for value in label or ():
                if value not in found:
                    found[value] = [[] for _ in material.coders]
                found[value][coder].append(span)
    return found


def _figures(dimension: str, units: Sequence[Unit], values: Sequence[str], distance: Distance, rounds: int, seed: int) -> list[Figure]:
    """Return the figure of a dimension and of each value, as the same units looked at as having the value or not."""
    numbers: dict[Unit, int] = {}
    places = [numbers.setdefault(u, len(numbers)) for u in units]
    views = [list(numbers)]
    for value in values:
        alone = frozenset((value,))
        views.append([tuple(None if x is None else alone if value in x else _NOTHING for x in u) for u in numbers])
    likeness = []
    for i, view in enumerate(views):
        names = [x for u in view for x in u if x is not None]
        plain = Likeness(names, nominal)
        likeness.append((plain, plain if i else Likeness(names, distance)))
    whole = Counter(places)
    wanted = rounds_for(max(len(units), len(numbers) * len(views)), rounds) if units else 0
    intervals = _bootstrap(places, views, likeness, wanted, seed)
    found = []
    for value, view, (plain, sets), wide in zip(["", *values], views, likeness, intervals, strict=True):
        patterns = _seen(whole, view)
        coded = sum(n for u, n in patterns.items() if any(u))
        found.append(Figure(dimension, value, len(units), coded, alpha_u=None, intervals=wide, estimated=not sets.exact, rounds=wanted,
                            **_measure(patterns, plain, sets)))
    return found


def _seen(sample: Counter[int], view: Sequence[Unit]) -> Counter[Unit]:
    """Return a sample of pattern numbers as a count of units."""
    found: Counter[Unit] = Counter()
    for number, count in sample.items():
        found[view[number]] += count
    return found


def _measure(patterns: Counter[Unit], plain: Likeness, sets: Likeness, again: bool = False) -> dict[str, float | None]:
    """Return the coefficients; `again` leaves out what takes too long to be repeated."""
    one = alpha(patterns, plain)
    found = {"percent": percent(patterns), "cohen": cohen(patterns), "fleiss": fleiss(patterns), "alpha": one}
    if sets.exact or not again:
        found["alpha_set"] = one if sets is plain else alpha(patterns, sets)
    return found


def rounds_for(size: int, wanted: int) -> int:
    """Return how many bootstrap rounds are run: fewer than wanted where there are very many extracts or patterns."""
    return min(wanted, max(LEAST_ROUNDS, MOST_WORK // max(1, size)))


def _bootstrap(places: Sequence[int], views: Sequence[Sequence[Unit]], likeness: Sequence[tuple[Likeness, Likeness]], rounds: int,
               seed: int) -> list[dict[str, Interval]]:
    """Draw the extracts again with replacement, and take the middle 95 in 100 of each coefficient; one undefined in half of the rounds has none."""
    draw = random.Random(seed).choices
    samples: list[dict[str, list[float]]] = [{} for _ in views]
    for _ in range(rounds):
        sample = Counter(draw(places, k=len(places)))
        for view, (plain, sets), into in zip(views, likeness, samples, strict=True):
            for name, number in _measure(_seen(sample, view), plain, sets, True).items():
                if number is not None:
                    into.setdefault(name, []).append(number)
    found: list[dict[str, Interval]] = []
    for into in samples:
        found.append({})
        for name, numbers in into.items():
            if 2 * len(numbers) > rounds:
                numbers.sort()
                last = len(numbers) - 1
                found[-1][name] = Interval(numbers[round(_OUTSIDE * last)], numbers[round((1 - _OUTSIDE) * last)])
    return found


__all__ = ["OVERALL", "Figure", "Interval", "Material", "figures", "rounds_for"]
