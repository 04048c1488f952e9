"""Krippendorff's unitizing alpha: how far coders agree on where segments lie and what they are coded as, on one continuum of text.

Source: Krippendorff 2004, Measuring the reliability of qualitative text analysis data, Quality & Quantity 38; his terms of
observed and expected disagreement are summed exactly, in whole numbers, in n log n steps.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

Span = tuple[int, int]
"""First character and the character after the last one."""
Disagreement = tuple[Fraction, Fraction]
"""Observed and expected disagreement on one category."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, overlapping ones made one; spans that only touch stay apart.

    >>> merged([(5, 9), (0, 6), (9, 12)])
    [(0, 9), (9, 12)]
    """
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def gaps(spans: Sequence[Span], whole: Span) -> list[Span]:
    """Return what merged spans leave of the continuum."""
    edges = [whole[0], *(edge for span in spans for edge in span), whole[1]]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def disagreement(coders: Sequence[Iterable[Span]], whole: Span) -> Disagreement:
    """Return observed and expected disagreement on one category: each coder's spans on the continuum `whole`."""
    units = [merged(spans) for spans in coders]
    empty = [gaps(spans, whole) for spans in units]
    m, length = len(units), whole[1] - whole[0]
    observed = 2 * sum(_apart(units[i], empty[i], units[j], empty[j]) for i in range(m) for j in range(i + 1, m))
    sizes = [b - a for spans in units for a, b in spans]
    holes = sorted(b - a for spans in empty for a, b in spans)
    beyond = [0]  # sums of the sizes of the largest gaps
    for size in reversed(holes):
        beyond.append(beyond[-1] + size)
    thirds = 0  # three times the expected disagreement, which is whole
    for size, times in Counter(sizes).items():
        place = bisect_left(holes, size)
        many = len(holes) - place
        fitting = beyond[many] - many * (size - 1)
        thirds += times * ((len(sizes) - 1) * (2 * size**3 - 3 * size**2 + size) + 3 * size**2 * fitting)
    ways = m * length * (m * length - 1) - sum(size * (size - 1) for size in sizes)
    return Fraction(observed, m * (m - 1) * length**2), Fraction(2 * thirds, 3 * length * ways) if ways else Fraction(0)


def _apart(one: list[Span], one_gaps: list[Span], two: list[Span], two_gaps: list[Span]) -> int:
    total, j = 0, 0
    for a, b in one:
        while j < len(two) and two[j][1] <= a:
            j += 1
        k = j
        while k < len(two) and two[k][0] < b:
            total += (a - two[k][0]) ** 2 + (b - two[k][1]) ** 2
            k += 1
    return total + _lost(one, two_gaps) + _lost(two, one_gaps)


def _lost(spans: list[Span], holes: list[Span]) -> int:
    """Return the squared lengths of the spans that lie wholly in a gap of the other coder."""
    total, j = 0, 0
    for a, b in spans:
        while j < len(holes) and holes[j][1] <= a:
            j += 1
        if j < len(holes) and holes[j][0] <= a and b <= holes[j][1]:
            total += (b - a) ** 2
    return total


def unitizing_alpha(terms: Iterable[Disagreement]) -> float | None:
    """Return alpha-u over the observed and expected disagreement of one or several categories; None where nobody marked anything."""
    observed = expected = Fraction(0)
    for one, two in terms:
        observed += one
        expected += two
    return float(1 - observed / expected) if expected else None


def terms(segments: Mapping[str, Sequence[Iterable[Span]]], whole: Span) -> dict[str, Disagreement]:
    """Return category -> observed and expected disagreement."""
    if whole[1] - whole[0] < 1:
        return {}
    return {category: disagreement(coders, whole) for category, coders in segments.items()}
