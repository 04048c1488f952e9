"""Coefficients of agreement: against published figures, definitions written out, and nltk."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.agreement import coefficients as co
from boundwork.agreement.unitizing import disagreement, merged, terms, unitizing_alpha

Span = tuple[int, int]


def units(*coders: str) -> Counter[co.Unit]:
    """One string a coder, one letter a unit; a dot is "not looked at"."""
    return Counter(tuple(None if x == "." else frozenset(x.strip()) for x in unit) for unit in zip(*coders, strict=True))


def near(one: float | None, two: float | None) -> bool:
    return one is two or (one is not None and two is not None and one == pytest.approx(two, abs=1e-9))


# ---- published figures


def test_alpha_is_what_krippendorff_works_out_for_four_coders_with_gaps() -> None:
    said = units("123321412...", "1233224125.3", ".33323422 51.".replace(" ", ""), "1233244125 1.".replace(" ", ""))
    assert co.alpha(said, co.Likeness(labels_of(said), co.nominal)) == pytest.approx(0.743, abs=5e-4)


def test_kappa_is_what_fleiss_and_cohen_work_out() -> None:
    table = ["00005e", "02642", "00356", "03920", "22811", "77000", "32630", "25322", "65210", "02237"]
    rows = [[0, 0, 0, 0, 14], *([int(c) for c in row] for row in table[1:])]
    patients: Counter[co.Unit] = Counter(tuple(frozenset("abcde"[k]) for k, n in enumerate(row) for _ in range(n)) for row in rows)
    assert co.fleiss(patients) == pytest.approx(0.210, abs=5e-4)
    readers = units("y" * 20 + "y" * 5 + "n" * 10 + "n" * 15, "y" * 20 + "n" * 5 + "y" * 10 + "n" * 15)
    assert co.cohen(readers) == pytest.approx(0.4)
    assert co.percent(readers) == pytest.approx(70)


def test_the_published_segments_give_the_published_alpha_u() -> None:
    segments = {"c": [[(225, 295), (370, 400)], [(220, 300), (355, 375), (400, 420)]], "k": [[(180, 240), (300, 350)]] * 2}
    found = terms(segments, (150, 450))
    assert (round(float(found["c"][0]), 4), round(float(found["c"][1]), 4)) == (0.0144, 0.0532)
    assert unitizing_alpha([found["c"]]) == pytest.approx(0.7286, abs=5e-5)
    assert unitizing_alpha(found.values()) == pytest.approx(0.8587, abs=5e-5)


def test_distances_between_sets() -> None:
    a, ab, bc, none = frozenset("a"), frozenset("ab"), frozenset("bc"), frozenset[str]()
    assert [co.jaccard(a, ab), co.jaccard(ab, bc), co.jaccard(a, bc), co.jaccard(none, none), co.jaccard(none, a)] == pytest.approx([1 / 2, 2 / 3, 1, 0, 1])
    assert [co.masi(a, ab), co.masi(ab, bc), co.masi(a, bc), co.masi(none, none), co.masi(none, a)] == pytest.approx([2 / 3, 8 / 9, 1, 0, 1])


# ---- definitions written out, and properties


def labels_of(said: Iterable[co.Unit]) -> list[co.Label]:
    return [x for unit in said for x in unit if x is not None]


def alpha_by_definition(said: Counter[co.Unit], distance: co.Distance) -> float | None:
    """Every pair of values within a unit against every pair in the pool."""
    kept = [[x for x in u if x is not None] for u in said.elements()]
    kept = [u for u in kept if len(u) > 1]
    pool = [x for u in kept for x in u]
    if not pool:
        return None
    observed = sum(distance(a, b) / (len(u) - 1) for u in kept for a, b in itertools.permutations(u, 2)) / len(pool)
    expected = sum(distance(a, b) for a, b in itertools.permutations(pool, 2)) / (len(pool) * (len(pool) - 1))
    return 1 - observed / expected if expected else None


LABEL = st.frozensets(st.sampled_from("abcd"), max_size=3)


def several(label: st.SearchStrategy[co.Label | None], least: int = 2, most: int = 4) -> st.SearchStrategy[Counter[co.Unit]]:
    return st.integers(least, most).flatmap(lambda m: st.lists(st.tuples(*[label] * m), min_size=1, max_size=14)).map(Counter)


COMPLETE = several(LABEL)
GAPPED = several(st.one_of(st.none(), LABEL))


def every_coefficient(said: Counter[co.Unit]) -> list[float | None]:
    alphas = [co.alpha(said, co.Likeness(labels_of(said), d)) for d in co.DISTANCES.values()]
    return [co.percent(said), co.cohen(said), co.fleiss(said), *alphas]


@given(GAPPED, st.sampled_from(list(co.DISTANCES)))
def test_alpha_is_its_definition(said: Counter[co.Unit], distance: str) -> None:
    measure = co.DISTANCES[distance]
    assert near(co.alpha(said, co.Likeness(labels_of(said), measure)), alpha_by_definition(said, measure))


@given(GAPPED, st.randoms(use_true_random=False))
def test_the_order_of_coders_and_the_names_of_codes_do_not_matter(said: Counter[co.Unit], draw: random.Random) -> None:
    order = draw.sample(range(len(next(iter(said)))), len(next(iter(said))))
    names = dict(zip("abcd", draw.sample(["zebra", "yak", "x-ray", "1"], 4), strict=True))
    other: Counter[co.Unit] = Counter()
    for unit, n in said.items():
        other[tuple(None if unit[i] is None else frozenset(names[x] for x in unit[i] or ()) for i in order)] += n
    assert all(near(a, b) for a, b in zip(every_coefficient(said), every_coefficient(other), strict=True))


@given(st.lists(LABEL, min_size=2, max_size=10), st.integers(2, 4))
def test_perfect_agreement_is_one_unless_nobody_varies(labels: list[co.Label], coders: int) -> None:
    said: Counter[co.Unit] = Counter((label,) * coders for label in labels)
    percent, *rest = every_coefficient(said)
    assert percent == 100
    assert rest == ([1.0] * 5 if len(set(labels)) > 1 else [None] * 5)


@given(COMPLETE)
def test_no_coefficient_is_above_one_and_sets_agree_at_least_as_often_as_not(said: Counter[co.Unit]) -> None:
    assert all(x is None or x <= 1 + 1e-12 for x in every_coefficient(said)[1:])


def test_what_one_coder_alone_looked_at_decides_nothing() -> None:
    assert every_coefficient(units("a.", ".b")) == [None] * 6


def test_very_many_different_sets_are_estimated_close_to_the_exact_figure() -> None:
    draw = random.Random(4)
    said: Counter[co.Unit] = Counter((frozenset(draw.sample("abcdefghijklmnop", 3)), frozenset(draw.sample("abcdefghijklmnop", 3))) for _ in range(1200))
    exact = co.Likeness(labels_of(said), co.masi)
    few = co.Likeness(labels_of(said), co.masi)
    few.exact = False
    assert exact.exact
    assert co.alpha(said, few) == pytest.approx(co.alpha(said, exact), abs=2e-3)


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 15)).map(lambda p: (p[0], p[0] + p[1])), max_size=5)


def disagreement_by_definition(coders: Sequence[list[Span]], whole: Span) -> tuple[Fraction, Fraction]:
    """Every section of every coder against every section of every other, as the paper has it: units and the gaps between them."""
    sections = []
    for spans in coders:
        mine, at = [], whole[0]
        for a, b in merged(spans):
            mine += [(at, a - at, 0)] * (at < a) + [(a, b - a, 1)]
            at = b
        sections.append(mine + [(at, whole[1] - at, 0)] * (at < whole[1]))
    m, length, observed = len(coders), whole[1] - whole[0], 0
    for one, two in itertools.permutations(sections, 2):
        for (b, n, v), (c, k, w) in itertools.product(one, two):
            if v and w and -n < b - c < k:
                observed += (b - c) ** 2 + (b + n - c - k) ** 2
            elif v and not w and k - n >= b - c >= 0:
                observed += n * n
            elif w and not v and n - k >= c - b >= 0:
                observed += k * k
    sizes = [n for s in sections for _, n, v in s if v]
    holes = [n for s in sections for _, n, v in s if not v]
    expected = sum((Fraction(len(sizes) - 1, 3) * (2 * n**3 - 3 * n**2 + n) + n**2 * sum(k - n + 1 for k in holes if k >= n) for n in sizes), Fraction(0))
    ways = m * length * (m * length - 1) - sum(n * (n - 1) for n in sizes)
    return Fraction(observed, m * (m - 1) * length**2), Fraction(2, length) * expected / ways


@given(st.lists(SPANS, min_size=2, max_size=3))
def test_alpha_u_is_its_definition_and_the_order_of_coders_does_not_matter(coders: list[list[Span]]) -> None:
    whole = (0, 60)
    assert disagreement(coders, whole) == disagreement_by_definition(coders, whole) == disagreement(coders[::-1], whole)
    mirrored = [[(60 - b, 60 - a) for a, b in spans] for spans in coders]
    assert disagreement(mirrored, whole) == disagreement(coders, whole)


@given(SPANS.filter(bool), st.integers(2, 3))
def test_coders_who_mark_the_same_segments_agree_wholly(spans: list[Span], coders: int) -> None:
    found = disagreement([spans] * coders, (0, 60))
    assert found[0] == 0
    assert unitizing_alpha([found]) == 1


@given(COMPLETE)
@settings(max_examples=60, deadline=None)
def test_nltk_says_the_same(said: Counter[co.Unit]) -> None:
    from nltk.metrics.agreement import AnnotationTask
    from nltk.metrics.distance import binary_distance, jaccard_distance

    def task(distance: object) -> object:
        rows = [(f"c{i}", n, frozenset(x or {"nothing"})) for n, u in enumerate(said.elements()) for i, x in enumerate(u) if x is not None]
        return AnnotationTask(rows, distance)

    def value(call: object) -> float | None:
        try:
            found: float = call()  # type: ignore[operator]
        except ZeroDivisionError:
            return None
        return found

    varied = len({x for u in said for x in u}) > 1
    plain = task(binary_distance)
    if not varied:  # nltk has 1 here; a coefficient that corrects for chance is not defined
        assert every_coefficient(said)[1:] == [None] * 5
        return
    assert co.percent(said) == pytest.approx(100 * plain.avg_Ao())  # type: ignore[attr-defined]
    assert near(co.fleiss(said), value(plain.pi))  # type: ignore[attr-defined]
    assert near(co.alpha(said, co.Likeness(labels_of(said), co.nominal)), value(plain.alpha))  # type: ignore[attr-defined]
    mine = co.cohen(said)
    if value(plain.kappa) is not None and mine is not None and all(len({u[i] for u in said}) > 1 for i in range(len(next(iter(said))))):  # type: ignore[attr-defined]
        assert near(mine, plain.kappa())  # type: ignore[attr-defined]
    for distance, theirs in ((co.jaccard, jaccard_distance), (co.masi, co.masi)):
        assert near(co.alpha(said, co.Likeness(labels_of(said), distance)), value(task(theirs).alpha))  # type: ignore[attr-defined]
