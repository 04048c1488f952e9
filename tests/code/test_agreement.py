"""Agreement: coefficients against published figures, definitions written out, and nltk; statuses against the store; disagreements and the cube."""

from __future__ import annotations

import csv
import io
import itertools
import random
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.agreement import Material, figures
from boundwork.agreement import coefficients as co
from boundwork.agreement.figures import rounds_for
from boundwork.agreement.moves import status, totals
from boundwork.agreement.unitizing import disagreement, merged, terms, unitizing_alpha
from boundwork.errors import InputError, UsageError
from boundwork.explore.agreed import Asked, agreement, as_turtle, below_threshold, case_flags
from boundwork.explore.coded import read_coded
from boundwork.explore.session import open_study
from boundwork.pipeline.builds import Build
from boundwork.tables.studyfile import read_study
from conftest import ROOT, STUDIES

EXAMPLE = ROOT / "data" / "example-study"
SHIPPED = ROOT / "data" / "regulating-public-services"
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
    nltk = pytest.importorskip("nltk.metrics.agreement", reason="nltk, an independent implementation, is not installed")
    jaccard_distance = pytest.importorskip("nltk.metrics.distance").jaccard_distance

    def task(distance: object) -> object:
        rows = [(f"c{i}", n, frozenset(x or {"nothing"})) for n, u in enumerate(said.elements()) for i, x in enumerate(u) if x is not None]
        return nltk.AnnotationTask(rows, distance)

    def value(call: object) -> float | None:
        try:
            found: float = call()  # type: ignore[operator]
        except ZeroDivisionError:
            return None
        return found

    varied = len({x for u in said for x in u}) > 1
    plain = task(nltk.binary_distance)
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


# ---- units, intervals


def material(*coders: str) -> Material:
    rows: list[co.Unit] = [tuple(None if x == "." else frozenset(x.strip()) for x in u) for u in zip(*coders, strict=True)]
    return Material(tuple(f"c{i}" for i in range(len(coders))), {"d": rows}, [(10 * i, 10 * i + 5) for i in range(len(rows))], 10 * len(rows))


def test_uncoded_extracts_are_counted_or_left_out_as_asked() -> None:
    said = material("aab   .", "ab     ")  # seven extracts: three coded by somebody, three by nobody, one not looked at by one coder
    counted = figures(said, omit_uncoded=False, rounds=0)[1]
    omitted = figures(said, omit_uncoded=True, rounds=0)[1]
    assert (counted.units, counted.coded, counted.percent) == (6, 3, 100 * 4 / 6)
    assert (omitted.units, omitted.coded, omitted.percent) == (3, 3, 100 / 3)
    value = next(f for f in figures(said, omit_uncoded=True, rounds=0) if f.value == "a")
    assert (value.units, value.coded, value.percent) == (3, 2, 100 * 2 / 3)


def test_intervals_are_the_same_for_the_same_seed_and_hold_the_figure() -> None:
    draw = random.Random(7)
    one = "".join(draw.choice("abc") for _ in range(60))
    two = "".join(x if draw.random() < 0.8 else draw.choice("abc") for x in one)
    first, again, other = (figures(material(one, two), omit_uncoded=True, rounds=300, seed=s)[1] for s in (1, 1, 2))
    assert first.intervals == again.intervals != other.intervals
    for name in ("percent", "cohen", "fleiss", "alpha", "alpha_set"):
        wide = first.intervals[name]
        assert wide.low < (first.coefficient(name) or 0) < wide.high
    large = figures(material(one * 16, two * 16), omit_uncoded=True, rounds=300)[1].intervals["alpha"]
    assert large.high - large.low < (first.intervals["alpha"].high - first.intervals["alpha"].low) / 2
    assert (rounds_for(75, 1000), rounds_for(500_000, 1000), rounds_for(500_000, 5)) == (1000, 100, 5)


# ---- the shipped studies


@pytest.mark.parametrize("name", STUDIES)
def test_statuses_are_those_that_the_rules_write(name: str, builds: dict[str, Build]) -> None:
    session = open_study(name)
    outcomes: dict[str, dict[str, str]] = {}
    answer = session.store.select("""PREFIX bw: <https://w3id.org/boundwork/ontology#>
        SELECT ?r ?c ?s { ?o bw:underReading ?r ; bw:outcomeOf ?c ; bw:outcomeStatus ?s }""")
    for reading, case, said in answer:
        assert reading is not None and case is not None and said is not None
        outcomes.setdefault(reading.text.rsplit("/", 1)[-1], {})[case.text.rsplit("/", 1)[-1]] = said.text.rsplit("/", 1)[-1]
    coded = read_coded(session.folder)
    compared = 0
    for reading_name, theirs in outcomes.items():
        coders = session.study.readings[reading_name].coders
        if session.study.readings[reading_name].adjudicated or len(coders) > 1:
            continue
        mine = {case: status(n) for case, n in totals(case_flags(coded, coders)[coders[0]].values()).items()}
        assert {case: mine.get(case, "no-evidence") for case in theirs} == theirs
        assert mine.keys() <= theirs.keys()
        compared += 1
    assert compared >= 2


def plain_table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))


@pytest.mark.parametrize(("folder", "coders"), [(SHIPPED, ("coder-1", "coder-2")), (EXAMPLE, ("ann", "ben"))], ids=("shipped", "example"))
@pytest.mark.parametrize("kind", ["all", "attributed"])
def test_per_cent_on_a_study_is_what_plain_counting_gives(folder: Path, coders: tuple[str, str], kind: str) -> None:
    found = agreement(folder, Asked(extracts=kind, bootstrap=0))
    assert found.coders == coders
    rows = plain_table(folder, "codings.csv")
    for column in ("boundary", "form", "code"):
        alike = every = 0
        for extract in plain_table(folder, "extracts.csv"):
            if kind in ("all", extract["kind"]):
                mine = [[r for r in rows if r["extract"] == extract["id"] and r["coder"] == c] for c in coders]
                said = [{v for r in rs for v in r[column].split(";") if v} for rs in mine]
                if all(mine) and any(said):
                    every += 1
                    alike += said[0] == said[1]
        figure = next(f for f in found.figures if f.dimension == column and not f.value)
        assert figure.units == every
        assert figure.percent == pytest.approx(100 * alike / every)


def test_the_shipped_study_says_what_its_agreement_is_worth() -> None:
    told = " ".join(agreement(SHIPPED, Asked(bootstrap=0)).notes)
    assert "no evidence of reliability between people" in told
    assert "Uncoded extracts are left out" in told
    assert "Uncoded extracts are counted" in " ".join(agreement(SHIPPED, Asked(bootstrap=0, uncoded="count")).notes)


def test_disagreements_name_both_rows_and_those_that_move_most_stand_first() -> None:
    found = agreement(EXAMPLE, Asked(bootstrap=0))
    lines = (EXAMPLE / "codings.csv").read_text(encoding="utf-8").splitlines()
    weights = [m.weight for m in found.moves]
    assert weights == sorted(weights, reverse=True)
    assert weights[0][0] > 0 and weights[-1][:2] == (0, 0)
    for row in found.differences:
        for side in ("1", "2"):
            for place in str(row[f"rows_{side}"]).split(", "):
                assert lines[int(place.removeprefix("codings.csv:")) - 1].split(",")[1:3] == [row["extract"], row[f"coder_{side}"]]
    first = found.differences[0]
    assert first["effect"] == "hybrid or not"
    assert "if ben is right" in str(first["moves"]) and "if ann is right" in str(first["moves"])


def test_a_move_is_what_a_build_with_the_other_coders_row_shows(scratch: Path, cache: Path) -> None:
    move = next(m for m in agreement(EXAMPLE, Asked(bootstrap=0)).moves if m.extract == "x34")
    change = next(c for c in move.changes if c.right == "ben")
    copy = scratch / "example-study"
    shutil.copytree(EXAMPLE, copy)
    rows = plain_table(copy, "codings.csv")
    mine = next(r for r in rows if r["extract"] == "x34" and r["coder"] == "ann")
    theirs = next(r for r in rows if r["extract"] == "x34" and r["coder"] == "ben")
    mine.update({k: v for k, v in theirs.items() if k not in ("id", "coder")})
    with (copy / "codings.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    [(after,)] = open_study(str(copy), reading="ann", store=str(scratch / "store")).store.select(f"""PREFIX bw: <https://w3id.org/boundwork/ontology#>
        SELECT ?s {{ ?o bw:underReading <https://w3id.org/boundwork/study/example-study/reading/ann> ; bw:outcomeStatus ?s ;
          bw:outcomeOf <https://w3id.org/boundwork/study/example-study/case/{change.case}> }}""")
    assert after is not None
    assert after.text.rsplit("/", 1)[-1] == change.after != change.before


def test_three_coders_are_compared_in_pairs_and_those_asked_for_only() -> None:
    three = agreement(SHIPPED, Asked(coders=("authors", "coder-1", "coder-2"), dimensions=("boundary", "other"), bootstrap=0))
    assert [f.dimension for f in three.figures if not f.value] == ["overall", "boundary", "other"]
    assert {m.coders for m in three.moves} == {("authors", "coder-1"), ("authors", "coder-2"), ("coder-1", "coder-2")}
    assert "means over pairs" in " ".join(three.notes)
    for coders, said in ((("coder-1",), "at least two"), (("coder-1", "coder-3"), "no coder 'coder-3'")):
        with pytest.raises(UsageError, match=said):
            agreement(SHIPPED, Asked(coders=coders))
    with pytest.raises(UsageError, match="no dimension"):
        agreement(SHIPPED, Asked(dimensions=("bondary",)))


def test_free_hand_segments_are_compared_by_their_ranges(study: Path) -> None:
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("[readings.me]", "[coders.you]\n\n[readings.me]"), encoding="utf-8")
    extracts, codings = study / "extracts.csv", study / "codings.csv"
    head, row = extracts.read_text(encoding="utf-8").splitlines()[:2]
    cells = dict(zip(head.split(","), next(csv.reader([row])), strict=True))
    cells |= {"id": "x2", "start": str(int(cells["start"]) + 10), "sha256": "", "gist": "The same as another hand marked it."}
    extracts.write_text("\n".join([head, row, ",".join(cells.values()), ""]), encoding="utf-8")
    head, row = codings.read_text(encoding="utf-8").splitlines()[:2]
    codings.write_text("\n".join([head, row, row.replace("k1,x1,me", "k2,x2,you"), ""]), encoding="utf-8")
    with pytest.raises(UsageError, match="nothing to compare"):
        agreement(study)
    found = agreement(study, Asked(coders=("me", "you"), bootstrap=0)).figures[1]
    assert (found.dimension, found.units, found.alpha) == ("boundary", 0, None)
    assert found.alpha_u is not None and 0.5 < found.alpha_u < 1


# ---- thresholds


def with_threshold(study: Path, text: str) -> Path:
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + f"\n[thresholds]\nagreement = {text}\n", encoding="utf-8")
    return study


@pytest.mark.parametrize("text", ["2", "true", '"high"', "-1.5", "nan"])
def test_a_threshold_that_cannot_be_is_an_error_that_names_the_key(study: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"thresholds\.agreement"):
        read_study(with_threshold(study, text))


def test_what_is_below_the_threshold_of_the_study_is_a_finding(scratch: Path) -> None:
    copy = scratch / "example-study"
    shutil.copytree(EXAMPLE, copy)
    assert below_threshold(copy) == []
    with_threshold(copy, "0.67")
    found = agreement(copy, Asked(bootstrap=0))
    assert {f.dimension for f in found.below} == {f.dimension for f in found.figures if not f.value and (f.alpha_set or 0) < 0.67} != set()
    findings = below_threshold(copy)
    assert [f.rule for f in findings] == ["agreement-below-threshold"] * len(found.below)
    assert findings == found.findings
    assert findings[0].file.endswith("study.toml")
    assert agreement(copy, Asked(bootstrap=0, threshold=-1.0)).findings == []


# ---- the cube

QB = "PREFIX qb: <http://purl.org/linked-data/cube#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX bw: <https://w3id.org/boundwork/ontology#> "
CONSTRAINTS = {
    "IC-1 unique data set": "{ ?o a qb:Observation FILTER NOT EXISTS { ?o qb:dataSet ?d } } UNION { ?o qb:dataSet ?d , ?e FILTER(?d != ?e) }",
    "IC-2 unique structure": "?d a qb:DataSet FILTER NOT EXISTS { ?d qb:structure ?s }",
    "IC-3 structure includes measure": "?s a qb:DataStructureDefinition FILTER NOT EXISTS { ?s qb:component/qb:measure ?m . ?m a qb:MeasureProperty }",
    "IC-4 dimensions have a range": "?p a qb:DimensionProperty FILTER NOT EXISTS { ?p rdfs:range ?r }",
    "IC-6 only attributes are optional": "?s qb:component ?c . ?c qb:componentRequired false FILTER NOT EXISTS { ?c qb:attribute ?a }",
    "IC-11 all dimensions": "?o qb:dataSet/qb:structure/qb:component/qb:dimension ?p FILTER NOT EXISTS { ?o ?p ?v }",
    "IC-12 no observation twice": """?a qb:dataSet ?d ; bw:comparedOn ?x ; bw:comparedValue ?y ; bw:coefficient ?z .
        ?b qb:dataSet ?d ; bw:comparedOn ?x ; bw:comparedValue ?y ; bw:coefficient ?z FILTER(?a != ?b)""",
    "IC-14 all measures": "?o qb:dataSet/qb:structure/qb:component/qb:measure ?m FILTER NOT EXISTS { ?o ?m ?v }",
}


def broken(text: str) -> list[str]:
    store = ox.Store()
    store.load(input=text.encode(), format=ox.RdfFormat.TURTLE)
    return [name for name, pattern in CONSTRAINTS.items() if store.query(f"{QB}ASK {{ {pattern} }}")]


def test_the_cube_keeps_the_constraints_of_data_cubes_and_the_same_bytes() -> None:
    found = agreement(SHIPPED, Asked(bootstrap=50))
    text = as_turtle(found).decode()
    assert broken(text) == []
    assert text == as_turtle(agreement(SHIPPED, Asked(bootstrap=50))).decode()
    store = ox.Store()
    store.load(input=text.encode(), format=ox.RdfFormat.TURTLE)
    answer = store.query(f"{QB}SELECT ?on ?value ?c ?n ?low ?code {{ ?o bw:comparedOn ?on ; bw:comparedValue ?value ; bw:coefficient ?c ; "
                         "bw:agreementFigure ?n OPTIONAL { ?o bw:intervalLow ?low } OPTIONAL { ?o bw:comparedCode ?code } }")
    assert isinstance(answer, ox.QuerySolutions)
    cube = {(s["on"].value, s["value"].value, s["c"].value): (float(s["n"].value), s["low"] is not None, s["code"] and s["code"].value) for s in answer}
    for f in found.figures:
        for name in f.COEFFICIENTS:
            number = f.coefficient(name)
            assert ((f.dimension, f.value or "(all)", name) in cube) == (number is not None)
            if number is not None:
                value, interval, _ = cube[f.dimension, f.value or "(all)", name]
                assert value == pytest.approx(number, abs=1e-6)
                assert interval == (name in f.intervals)
    assert cube["boundary", "expertise", "cohen"][2] == "https://w3id.org/boundwork/code/expertise"
    assert cube["overall", "(all)", "percent"][2] is None


@pytest.mark.parametrize(("take", "name"), [("qb:structure", "IC-2"), ("qb:measure", "IC-3"), ("rdfs:range", "IC-4"), ("bw:coefficient", "IC-11"),
                                            ("bw:agreementFigure", "IC-14"), ("qb:dataSet", "IC-1")])
def test_a_cube_with_a_piece_missing_is_noticed(take: str, name: str) -> None:
    store = ox.Store()
    store.load(input=as_turtle(agreement(EXAMPLE, Asked(bootstrap=0))), format=ox.RdfFormat.TURTLE)
    store.update(f"{QB}DELETE {{ ?s {take} ?o }} WHERE {{ ?s {take} ?o }}")
    left = ox.serialize((q.triple for q in store), format=ox.RdfFormat.TURTLE)
    assert isinstance(left, bytes)
    assert any(b.startswith(f"{name} ") for b in broken(left.decode()))
