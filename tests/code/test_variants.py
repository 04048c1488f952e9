"""A variant of a reading is the graph of a study whose tables never had these rows: each is compared, triple by triple, with a full build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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
from boundwork.terms import graph_iri, id_of
from conftest import ROOT, STUDIES
from small_study import EXTRACTS, strike, write_small

Rebuilt = Callable[[set[str], set[str]], Build]


@pytest.fixture
def small(scratch: Path) -> Path:
    return write_small(scratch / "small")


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Build]:
    """The small study and its build, for tests that change nothing in it."""
    folder = write_small(tmp_path_factory.mktemp("variants") / "small")
    return folder, build(folder, folder.parent / "store")


def triples(lines: Iterable[str]) -> set[str]:
    """Lines but for row numbers, which go by the place in a table, and blank nodes, whose names are the engine's."""
    return {x for x in lines if "ontology#row>" not in x and "_:" not in x}


class Trial:
    """One reading taken apart, with the copy of its store in which variants are made."""

    def __init__(self, variants: Variants, bench: Bench) -> None:
        self.variants, self._bench = variants, bench
        self._study, self._reading = variants.source.study.id, variants.reading.id

    def differing(self, changes: Changes, struck: Build) -> set[str]:
        """Return the triples that only one of the two has: the variant, and the build of a study without the rows."""
        graph = graph_iri(self._study, "study")
        other = LocalStore.open(struck.store(self._reading))
        with self._bench.changed(changes) as variant:
            found = triples(variant.lines()) ^ triples(other.lines()) | triples(variant.lines(graph)) ^ triples(other.lines(graph))
        other.close()
        return found


@contextmanager
def tried(folder: Path, built: Build, reading: str) -> Iterator[Trial]:
    """Give a reading of a build taken apart, the outcomes of the others beside it."""
    study = read_study(folder)
    store = LocalStore.open(built.store(reading))
    with material(study) as source:
        variants = Variants(source, study.readings[reading])
        variants.check(store)
        for other in study.readings.values():
            if other.id != reading:
                variants.beside(Variants(source, other))
        yield Trial(variants, Bench(store, study))
    store.close()


def rebuilding(folder: Path, place: Path) -> Rebuilt:
    """Return what builds a copy of a study whose tables never had some rows."""
    def rebuilt(extracts: set[str], codings: set[str]) -> Build:
        target = place / "-".join(["struck", *sorted(extracts), *([str(len(codings))] if codings else [])])
        return build(strike(folder, target, extracts, codings), target / "store")

    return rebuilt


def without_low(trial: Trial, rebuilt: Rebuilt) -> set[str]:
    """Return what differs without the codings of low confidence."""
    low = set(trial.variants.low)
    assert low
    return trial.differing(trial.variants.without(codings=low), rebuilt(set(), {id_of(c[1:-1]) for c in low}))


@pytest.mark.slow
def test_every_variant_of_a_small_study_is_the_graph_of_a_study_without_these_rows(small: Path, scratch: Path) -> None:
    """Each extract in each reading."""
    built, rebuilt = build(small, scratch / "store"), rebuilding(small, scratch)
    struck = {extract: rebuilt({extract}, set()) for extract in EXTRACTS}
    for reading in read_study(small).readings:
        with tried(small, built, reading) as trial:
            assert set(trial.variants.extracts) == EXTRACTS.keys()
            for extract, other in struck.items():
                assert trial.differing(trial.variants.without({extract}), other) == set(), (reading, extract)
            if reading == "ann":
                assert without_low(trial, rebuilt) == set()
                for extract in EXTRACTS.keys() - {"x1"}:
                    assert trial.differing(trial.variants.without({extract}), struck["x1"]) != set()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "reading", "extract"), [
    ("example-study", "ann", "x17"),
    ("regulating-public-services", "reading-1", "p05"),
    ("example-study", "both", "x17"),  # others follow it
])
def test_a_variant_of_a_real_study_is_too(builds: dict[str, Build], scratch: Path, name: str, reading: str, extract: str) -> None:
    folder = ROOT / "data" / name
    rebuilt = rebuilding(folder, scratch)
    with tried(folder, builds[name], reading) as trial:
        assert without_low(trial, rebuilt) == set()
        assert trial.differing(trial.variants.without({extract}), rebuilt({extract}, set())) == set()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "reading"), [(n, r) for n in STUDIES for r in read_study(ROOT / "data" / n).readings])
def test_every_variant_is_the_graph_of_a_study_without_these_rows(builds: dict[str, Build], scratch: Path, name: str, reading: str) -> None:
    """All extracts in the default reading, each fourth in the others."""
    folder = ROOT / "data" / name
    rebuilt = rebuilding(folder, scratch)
    step = 1 if reading == read_study(folder).default_reading else 4
    with tried(folder, builds[name], reading) as trial:
        assert not trial.variants.low or without_low(trial, rebuilt) == set()
        for extract in sorted(trial.variants.extracts)[::step]:
            assert trial.differing(trial.variants.without({extract}), rebuilt({extract}, set())) == set(), extract


def test_the_last_extract_of_a_wave_takes_its_cases_along(unchanged: tuple[Path, Build], scratch: Path) -> None:
    """Dogwood's only extract carries a wave; without it the council has undated cases, as if nothing had been found."""
    with tried(*unchanged, "ben") as trial:
        changes = trial.variants.without({"x7"})
        assert trial.differing(changes, rebuilding(unchanged[0], scratch)({"x7"}, set())) == set()
    assert any("dogwood-expertise-w1" in line for line in changes.cases_gone)
    assert any("dogwood-expertise>" in line for line in changes.cases_come)


def test_work_that_follows_left_out_work_follows_nothing(unchanged: tuple[Path, Build], scratch: Path) -> None:
    with tried(*unchanged, "ann") as trial:
        changes, other = trial.variants.without({"x1"}), rebuilding(unchanged[0], scratch)({"x1"}, set())
        assert trial.differing(changes, other) == set()
        assert trial.differing(trial.variants.without({"x3"}), other) != set()
    assert any("work/k2> " in line and "#follows>" in line for line in changes.gone)


def test_changes_are_taken_back(unchanged: tuple[Path, Build]) -> None:
    folder, built = unchanged
    store = LocalStore.open(built.store("both"))
    with tried(folder, built, "both") as trial:
        bench = Bench(store, read_study(folder))
        with bench.changed(trial.variants.without({"x7"})) as variant:
            assert set(variant.lines()) != set(store.lines())
        with bench.changed(trial.variants.without()) as variant:
            assert set(variant.lines()) == set(store.lines())
    store.close()


def test_pieces_need_not_stand_alone() -> None:
    """With few extracts by themselves and the rest together, the changes are the same."""
    study = read_study(ROOT / "data" / "example-study")
    with material(study) as source:
        all_apart, few = (Variants(source, study.readings["both"], chosen) for chosen in (None, {"x12"}))
        for left in ({"extracts": {"x12"}}, {"extracts": {"x17"}}, {"codings": set(all_apart.low)}):
            one, two = all_apart.without(**left), few.without(**left)
            assert one.gone
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
    with tried(small, build(small, scratch / "store"), "ann") as trial:
        assert isinstance(trial.variants._cases, CaseRules)
        assert not trial.variants._cases._parted
        assert any("OnlyHybrid" in line for line in trial.variants.without(codings=set(trial.variants.low)).come)
        assert without_low(trial, rebuilding(small, scratch)) == set()


def test_a_study_whose_rules_count_over_several_extracts_is_refused(small: Path, scratch: Path) -> None:
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
    session = Session(small, None, scratch / "store")
    with pytest.raises(InputError, match="one extract at a time"):
        sensitivity(session, session.ask("statuses"))
