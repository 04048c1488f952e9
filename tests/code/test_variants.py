"""A variant of a reading is the graph of a study whose tables never had these rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from boundwork.errors import InputError
from boundwork.explore.sensitivity import sensitivity
from boundwork.explore.session import Session
from boundwork.pipeline.build import build
from boundwork.pipeline.builds import Build
from boundwork.pipeline.cases import CaseRules
from boundwork.pipeline.material import material
from boundwork.pipeline.variant import Bench, Changes, Variants
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import read_study
from boundwork.terms import id_of
from conftest import ROOT, STUDIES
from small_study import strike, write_small


@pytest.fixture
def small(scratch: Path) -> Path:
    return write_small(scratch / "small")


@pytest.fixture
def opened(small: Path, scratch: Path) -> Callable[..., Session]:
    return lambda reading=None: Session(small, reading, scratch / "store")


def triples(lines: Iterable[str]) -> set[str]:
    """Lines but for row numbers, which go by the place in a table, and blank nodes, whose names are the engine's."""
    return {x for x in lines if "ontology#row>" not in x and "_:" not in x}


def differing(folder: Path, store: LocalStore, reading: str, changes: Changes, struck: Path) -> set[str]:
    """Return the triples that only one of the two has: the variant, and the build of a study without the rows."""
    study = read_study(folder)
    graph = f"https://w3id.org/boundwork/graph/{study.id}/study"
    bench = Bench(store, study)
    made = build(struck, struck.parent / "store")
    other = LocalStore.open(made.store(reading))
    with bench.changed(changes) as variant:
        found = triples(variant.lines()) ^ triples(other.lines()) | triples(variant.lines(graph)) ^ triples(other.lines(graph))
    other.close()
    shutil.rmtree(struck.parent)
    return found


def apart(folder: Path, store: LocalStore, reading: str) -> Iterator[Variants]:
    study = read_study(folder)
    with material(study) as source:
        variants = Variants(source, study.readings[reading])
        variants.check(store)
        for other in study.readings.values():
            if other.id != reading:
                variants.beside(Variants(source, other))
        yield variants


def the_same(builds: dict[str, Build], scratch: Path, name: str, reading: str, choose: Callable[[list[str]], list[str]]) -> None:
    folder = ROOT / "data" / name
    store = LocalStore.open(builds[name].store(reading))
    for variants in apart(folder, store, reading):
        low = {id_of(c[1:-1]) for c in variants.low}
        assert low
        assert differing(folder, store, reading, variants.without(codings=set(variants.low)), strike(folder, scratch / "low", set(), low)) == set()
        for extract in choose(sorted(variants.extracts)):
            assert differing(folder, store, reading, variants.without({extract}), strike(folder, scratch / extract, {extract}, set())) == set(), extract


@pytest.mark.parametrize(("name", "reading"), [("regulating-public-services", "reading-1"), ("example-study", "both")])
def test_a_variant_is_the_graph_of_a_study_without_these_rows(builds: dict[str, Build], scratch: Path, name: str, reading: str) -> None:
    """Low confidence, and an extract; of the example study one that others follow."""
    chosen = {"regulating-public-services": ["p05"], "example-study": ["x17"]}[name]
    the_same(builds, scratch, name, reading, lambda extracts: [e for e in chosen if e in extracts])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "reading"), [(n, r) for n in STUDIES for r in read_study(ROOT / "data" / n).readings])
def test_every_variant_is_the_graph_of_a_study_without_these_rows(builds: dict[str, Build], scratch: Path, name: str, reading: str) -> None:
    """All extracts in the default reading, each fourth in the others."""
    step = 1 if reading == read_study(ROOT / "data" / name).default_reading else 4
    the_same(builds, scratch, name, reading, lambda extracts: extracts[::step])


def test_the_last_extract_of_a_wave_takes_its_cases_along(small: Path, scratch: Path) -> None:
    """Dogwood's only extract carries a wave; without it the council has undated cases, as if nothing had been found."""
    store = LocalStore.open(build(small, scratch / "store").store("ben"))
    for variants in apart(small, store, "ben"):
        changes = variants.without({"x7"})
        assert any("dogwood-expertise-w1" in line for line in changes.cases_gone)
        assert any("dogwood-expertise>" in line for line in changes.cases_come)
        assert differing(small, store, "ben", changes, strike(small, scratch / "x7", {"x7"}, set())) == set()


def test_work_that_follows_left_out_work_follows_nothing(small: Path, scratch: Path) -> None:
    store = LocalStore.open(build(small, scratch / "store").store("ann"))
    for variants in apart(small, store, "ann"):
        changes = variants.without({"x1"})
        assert any("work/k2> " in line and "#follows>" in line for line in changes.gone)
        assert differing(small, store, "ann", changes, strike(small, scratch / "x1", {"x1"}, set())) == set()


def test_changes_are_taken_back(small: Path, scratch: Path) -> None:
    store = LocalStore.open(build(small, scratch / "store").store("both"))
    for variants in apart(small, store, "both"):
        bench = Bench(store, read_study(small))
        with bench.changed(variants.without({"x7"})) as variant:
            assert set(variant.lines()) != set(store.lines())
        with bench.changed(variants.without()) as variant:
            assert set(variant.lines()) == set(store.lines())


def test_pieces_need_not_stand_alone(builds: dict[str, Build]) -> None:
    """With few extracts by themselves and the rest together, the changes are the same."""
    folder = ROOT / "data" / "example-study"
    study = read_study(folder)
    with material(study) as source:
        all_apart, few = (Variants(source, study.readings["both"], chosen) for chosen in (None, {"x12"}))
        for left in ({"extracts": {"x12"}}, {"extracts": {"x17"}}, {"codings": set(all_apart.low)}):
            one, two = all_apart.without(**left), few.without(**left)
            assert (set(one.gone), set(one.come)) == (set(two.gone), set(two.come))


def test_rules_that_look_across_actors_run_over_all_of_them(small: Path, scratch: Path) -> None:
    """A rule that compares councils cannot be run council by council; it is noticed, and the variant is still right."""
    rules = small / "queries" / "derive"
    rules.mkdir()
    (rules / "90-only-hybrid.rq").write_text("""\
#+ summary: The study has exactly one hybrid case.
#+ stage: case
PREFIX bw: <https://w3id.org/boundwork/ontology#>
CONSTRUCT { ?case a bw:OnlyHybrid }
WHERE { ?case a bw:HybridCase . FILTER NOT EXISTS { ?another a bw:HybridCase . FILTER(?another != ?case) } }
""", encoding="utf-8")
    store = LocalStore.open(build(small, scratch / "store").store("ann"))
    for variants in apart(small, store, "ann"):
        assert isinstance(variants._cases, CaseRules)
        assert not variants._cases._parted
        changes = variants.without(codings=set(variants.low))
        assert any("OnlyHybrid" in line for line in changes.come)
        assert differing(small, store, "ann", changes, strike(small, scratch / "low", set(), {"k4", "k5"})) == set()


def test_a_study_whose_rules_count_over_several_extracts_is_refused(small: Path, opened: Callable[..., Session]) -> None:
    """Councils counted extract by extract would be counted twice."""
    rules = small / "queries" / "derive"
    rules.mkdir()
    (rules / "90-councils.rq").write_text("""\
#+ summary: How many councils are spoken of.
#+ stage: tally
PREFIX bw: <https://w3id.org/boundwork/ontology#>
CONSTRUCT { ?reading bw:extracts ?n }
WHERE { { SELECT (COUNT(DISTINCT ?c) AS ?n) { ?x bw:aboutActor ?c } } ?study bw:currentReading ?reading }
""", encoding="utf-8")
    session = opened()
    with pytest.raises(InputError, match="one extract at a time"):
        sensitivity(session, session.ask("statuses"))


