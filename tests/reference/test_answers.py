"""Every stored question is answered as plain Python answers it from the tables, whole answers compared, on studies made at random."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest

from boundwork.explore.session import Session
from boundwork.pipeline.build import build
from boundwork.project import shipped_studies
from boundwork.queries.stored import stored_queries
from boundwork.stores.answer import Value
from boundwork.terms import BW, CODE, STUDY
from reference import boundaries, coverage, evidence, hybridity, logics, regimes  # noqa: F401  they register their answers
from reference.studies import write_study
from reference.world import QUESTIONS, Row, World

SLUGS = sorted(p.stem for p in (Path(__file__).resolve().parents[2] / "queries" / "ask").glob("*.rq"))
WITHOUT: dict[str, str] = {}
"""Question -> why it has no reference answer."""
PART = 50
Cell = str | int | float | None


def test_every_question_has_a_reference_answer_or_a_reason() -> None:
    assert set(SLUGS) == set(QUESTIONS) | set(WITHOUT)
    assert not set(QUESTIONS) & set(WITHOUT)
    assert all(WITHOUT.values())
    assert set(SLUGS) <= set(stored_queries()) and len(SLUGS) >= 39


def short(value: Value | None) -> Cell:
    """A term as the reference writes it: kind:name, or the number or text."""
    if value is None or value.kind != "iri":
        return None if value is None else value.plain
    if value.text.startswith(STUDY):
        _, kind, name = value.text.removeprefix(STUDY).split("/", 2)
        return f"{kind}:{name}"
    return value.text.replace(BW, "bw:").replace(CODE, "code:")


def ordered(rows: list[Row], order: tuple[str, ...]) -> list[Counter[frozenset[tuple[str, Cell]]]]:
    """Rows in their order, those that the order leaves together as one multiset. Columns that begin with _ serve the order alone."""
    for column in reversed(order):
        falls, last, name = column.startswith("-"), column.endswith("~"), column.strip("-~")

        def key(row: Row, name: str = name, last: bool = last) -> tuple[bool, str | int | float]:
            value = row[name]
            return (value is None) if last else (value is not None), value if value is not None else 0 if last else ""

        rows.sort(key=key, reverse=falls)
    names = [column.strip("-~") for column in order]
    return [Counter(frozenset((k, v) for k, v in row.items() if not k.startswith("_")) for row in group)
            for _, group in groupby(rows, key=lambda row: [row[n] for n in names])]


def resolved(world: World, params: dict[str, str | int]) -> dict[str, str | int] | None:
    """Values of parameters for this study; nothing where it has no such thing."""
    if "case" in params:
        return {"case": next((c.case for c in world.codings if c.case), world.cases[0].id)}
    if "claim" in params and not world.claims:
        return None
    if "other" in params and params["other"] != "any":
        return {**params, "other": list(world.toml["readings"])[-1]}
    return params


def compare(session: Session, world: World, slug: str, params: dict[str, str | int]) -> int:
    """Fail where the two answers differ; return how many rows they have."""
    question = QUESTIONS[slug]
    result = session.ask(slug, **params)
    expected = [dict(row) for row in question.answer(world, **{k: None if v == "any" else v for k, v in params.items()})]
    asked = f"{slug} {params} in reading {world.reading} of {world.folder}"
    columns = list(result.variables)
    assert all({k for k in row if not k.startswith("_")} == set(columns) for row in expected), f"{asked}: other columns"
    actual = [dict(zip(columns, map(short, row), strict=True)) for row in result.rows]
    for group in ordered(expected, question.order):
        here, actual = actual[:group.total()], actual[group.total():]
        found = Counter(frozenset(row.items()) for row in here)
        assert found == group, f"{asked}\nnot expected: {[dict(r) for r in found - group]}\nmissing: {[dict(r) for r in group - found]}"
    assert not actual, f"{asked}: more rows: {actual}"
    return len(expected)


def every_question(folder: Path, readings: list[str], store: Path) -> Iterator[tuple[str, int]]:
    """Ask everything of a study and yield each question with the rows of its answers."""
    made = build(folder, store)
    for reading in readings:
        session, world = Session(folder, reading, store, build=made), World(folder, reading)
        for slug, question in QUESTIONS.items():
            for params in ({}, *question.also):
                given = resolved(world, dict(params))
                if given is not None:
                    yield slug, compare(session, world, slug, given)


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_right(seed: int, scratch: Path) -> None:
    readings = write_study(scratch / "study", seed)
    assert {slug for slug, _ in every_question(scratch / "study", readings, scratch / "store")} == set(QUESTIONS)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 300, PART))  # in parts, for several workers
def test_answers_are_right_on_two_hundred_studies(first: int, scratch: Path, record_property: Callable[[str, object], None]) -> None:
    rows: Counter[str] = Counter()
    for seed in range(first, first + PART):
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            readings = write_study(Path(place) / "study", seed)
            for slug, n in every_question(Path(place) / "study", readings, Path(place) / "store"):
                rows[slug] += n
    assert {slug: rows[slug] for slug in QUESTIONS if rows[slug] < PART // 4} == {}
    record_property("tried", PART)


def test_answers_are_right_on_the_example_study(scratch: Path) -> None:
    """The study that is made so that every status occurs."""
    folder = Path(shutil.copytree(shipped_studies()["example-study"], scratch / "study"))
    assert sum(n for _, n in every_question(folder, ["both"], scratch / "store")) > 500
