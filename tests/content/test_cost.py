"""Guards on cost that no clock is needed for: triples per coding, and questions that read counts and never codings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from boundwork.derivations.needs import Needs
from boundwork.derivations.patterns import JOINS, Group, Minus, Optional, Select, Union
from boundwork.derivations.reading import read_select
from boundwork.pipeline.builds import Build
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate import populate
from boundwork.populate.study import Population
from boundwork.project import find_study
from boundwork.queries.stored import read_query, stored_queries
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import read_study
from boundwork.terms import iri

SLUGS = sorted(stored_queries())
READS_CODINGS = {
    "evidence-chain": "it lists codings, of ten cases at most",
    "asserted-and-inferred": "it reads judgements of cases, which have a coder, a basis and a confidence like codings",
}
"""Questions that may look at what grows with the codings, and why that is no harm."""


@pytest.fixture(scope="module")
def coding_level() -> frozenset[str]:
    """Properties of codings, works and extracts; waves apart, which cases have too."""
    vocabulary = load_vocabulary()
    columns = {c.property for t in ("codings", "extracts") for c in TABLES[t].columns if c.property} - {"bw:atWave"}
    return frozenset(iri(vocabulary.expand(p)) for p in {*columns, "bw:claimsWork", "bw:inCase", "bw:deploresElement", "oa:hasSelector"})


@pytest.mark.parametrize("slug", SLUGS)
def test_a_question_reads_counts_and_not_codings(slug: str, coding_level: frozenset[str]) -> None:
    """So it costs what the cases cost, however many codings there are."""
    needs = Needs.of([read_query(stored_queries()[slug]).body])
    assert needs.predicates is not None, "it may read anything"
    assert bool(needs.predicates & coding_level) == (slug in READS_CODINGS)


def optionals(element: object) -> Iterator[Group]:
    """Every OPTIONAL of a pattern, those within others included."""
    inner: list[object] = []
    if isinstance(element, Optional):
        yield element.group
        inner = [element.group]
    elif isinstance(element, Group):
        inner = list(element.elements)
    elif isinstance(element, Minus):
        inner = [element.group]
    elif isinstance(element, Union):
        inner = list(element.groups)
    elif isinstance(element, Select):
        inner = [element.where]
    for each in inner:
        yield from optionals(each)


def test_what_is_optional_for_a_coding_is_one_triple_each() -> None:
    """The engine answers an OPTIONAL of several triples for the whole store first, and one of a single triple row by row."""
    where = read_select(read_query(stored_queries()["evidence-chain"]).body).where
    found = list(optionals(where))
    assert len(found) > 4
    assert [g for g in found if sum(isinstance(e, JOINS) for e in g.elements) > 1] == []


def test_a_coding_takes_few_triples(builds: dict[str, Build], tmp_path: Path) -> None:
    """On average: a handful that every coding has, and one for each cell that is filled."""
    for name in builds:
        folder = tmp_path / name
        folder.mkdir()
        study = find_study(name)
        population = populate(read_study(study), load_vocabulary(study), folder)
        parts = {key: [p for n, p in paths.items() if n != Population.COMMON] for key, paths in population.parts.items()}
        lines = {key: sum(p.read_bytes().count(b"\n") for p in paths) for key, paths in parts.items()}
        codings = sum(n for (kind, coder), n in lines.items() if kind == "coding" and coder != "adjudicated")
        assert codings <= 25 * population.rows["codings"]
        assert lines["source", ""] <= 16 * population.rows["extracts"]


def test_rules_make_of_a_coding_few_triples_more(builds: dict[str, Build]) -> None:
    """What is inferred of single codings: a purpose, a logic, and the classes that go with them."""
    for build in builds.values():
        made = build.manifest["rules"][build.manifest["default-reading"]]
        of_codings = sum(made[r] for r in ("purpose-of-form", "draws-on", "assigns-logic", "work-by-purpose", "work-by-logic", "blended-work"))
        assert 0 < of_codings <= 5 * build.rows["codings"]
