"""Percent agreement, Cohen's and Fleiss' kappa and Krippendorff's alpha from what coders said of units.

A label is the set of values that one coder gave a unit; the empty set says "nothing", None says "not looked at". Every
function takes labels as a count of equal units and returns None where a coefficient is not defined (no unit, no variation).
Sources: Cohen 1960; Fleiss 1971; Krippendorff 2004, Content Analysis, ch. 11; Passonneau 2006 (MASI).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

Label = frozenset[str]
Unit = tuple[Label | None, ...]
"""What each coder said of one unit, in the order of the coders."""
Units = Mapping[Unit, int]
Distance = Callable[[Label, Label], float]

MOST_SETS = 1500
"""Different labels up to which the disagreement expected by chance is summed exactly; beyond, it is estimated."""
_DRAWS = 400_000
_NO_VARIATION = 1e-12


def nominal(one: Label, two: Label) -> float:
    """Return 0 for equal sets, else 1."""
    return 0.0 if one == two else 1.0


def jaccard(one: Label, two: Label) -> float:
    """Return 1 - shared / all values of two sets; two empty sets are equal.

    >>> jaccard(frozenset("ab"), frozenset("abcd"))
    0.5
    """
    every = len(one | two)
    return 1.0 - len(one & two) / every if every else 0.0


def masi(one: Label, two: Label) -> float:
    """Return 1 - jaccard similarity x monotonicity: 1 for equal sets, 2/3 where one holds the other, 1/3 where they only overlap.

    >>> round(masi(frozenset("ab"), frozenset("abcd")), 4)
    0.6667
    """
    if one == two:
        return 0.0
    shared = len(one & two)
    if not shared:
        return 1.0
    weight = 2 if shared in (len(one), len(two)) else 1
    return 1.0 - shared * weight / (3 * len(one | two))


DISTANCES: dict[str, Distance] = {"masi": masi, "jaccard": jaccard, "nominal": nominal}


def percent(units: Units) -> float | None:
    """Return the share of units (0 to 100) on which two coders said the same; of more coders, the mean over their pairs within a unit."""
    same = every = 0.0
    for unit, count in units.items():
        pairs = list(combinations([x for x in unit if x is not None], 2))
        if pairs:
            same += count * sum(a == b for a, b in pairs) / len(pairs)
            every += count
    return 100 * same / every if every else None


def cohen(units: Units) -> float | None:
    """Return Cohen's kappa; of more than two coders, the mean over the pairs for which it is defined (Light's kappa)."""
    coders = len(next(iter(units), ()))
    found = [k for i, j in combinations(range(coders), 2) if (k := _cohen(units, i, j)) is not None]
    return sum(found) / len(found) if found else None


def _cohen(units: Units, i: int, j: int) -> float | None:
    first: Counter[Label] = Counter()
    second: Counter[Label] = Counter()
    same = total = 0
    for unit, count in units.items():
        a, b = unit[i], unit[j]
        if a is None or b is None:
            continue
        first[a] += count
        second[b] += count
        same += count * (a == b)
        total += count
    chance = sum(n * second[label] for label, n in first.items())
    return (same * total - chance) / (total * total - chance) if total * total != chance else None


def fleiss(units: Units) -> float | None:
    """Return Fleiss' kappa over the units that every coder looked at; with two coders it is Scott's pi."""
    overall: Counter[Label] = Counter()
    agreeing = total = coders = 0
    for unit, count in units.items():
        labels = [x for x in unit if x is not None]
        coders = len(unit)
        if len(labels) < coders or coders < 2:
            continue
        for label, n in Counter(labels).items():
            overall[label] += n * count
            agreeing += n * (n - 1) * count
        total += count
    if not total:
        return None
    observed = agreeing / (total * coders * (coders - 1))
    chance = sum(n * n for n in overall.values())
    every = (total * coders) ** 2
    return (observed - chance / every) / (1 - chance / every) if chance != every else None


class Likeness:
    """How alike different labels are, worked out once: only pairs that share a value are kept, because all others differ wholly."""

    def __init__(self, labels: Iterable[Label], distance: Distance) -> None:
        self.distance = distance
        self.labels = sorted(set(labels), key=sorted)
        self.exact = distance is nominal or len(self.labels) <= MOST_SETS
        self.pairs: list[tuple[Label, Label, float]] = []
        if distance is not nominal and self.exact:
            for one, two in combinations(self.labels, 2):
                if not one.isdisjoint(two) and (near := 1.0 - distance(one, two)):
                    self.pairs.append((one, two, near))

    def by_chance(self, counts: Counter[Label]) -> float:
        """Return the sum of likeness over ordered pairs of different single labels drawn from the pool."""
        total = sum(counts.values())
        alike = float(sum(n * (n - 1) for n in counts.values()))
        if self.exact:
            return alike + 2 * sum(near * counts[a] * counts[b] for a, b, near in self.pairs if a in counts and b in counts)
        unequal = total * (total - 1) - alike
        draw = random.Random(0).choices
        pool, weights = list(counts), list(counts.values())
        drawn = [(a, b) for a, b in zip(draw(pool, weights, k=_DRAWS), draw(pool, weights, k=_DRAWS), strict=True) if a != b]
        return alike + unequal * sum(1.0 - self.distance(a, b) for a, b in drawn) / max(1, len(drawn))


def alpha(units: Units, likeness: Likeness) -> float | None:
    """Return Krippendorff's alpha with the distance of `likeness`; units that fewer than two coders looked at do not count."""
    pool: Counter[Label] = Counter()
    apart = 0.0
    for unit, count in units.items():
        labels = [x for x in unit if x is not None]
        if len(labels) < 2:
            continue
        for label in labels:
            pool[label] += count
        apart += count * 2 * sum(likeness.distance(a, b) for a, b in combinations(labels, 2)) / (len(labels) - 1)
    total = sum(pool.values())
    if not total:
        return None
    chance = 1.0 - likeness.by_chance(pool) / (total * (total - 1))
    return 1.0 - apart / total / chance if chance > _NO_VARIATION else None
