"""Sixty slips of the pen in shapes, and targets that meet nothing: validation says so of each, instead of passing in silence."""

from __future__ import annotations

import random
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from boundwork import shacl
from boundwork.errors import InputError
from boundwork.explore.validation import validate_study
from boundwork.pipeline.inputs import ontology_files
from boundwork.shacl import Facts
from boundwork.shacl.shapes import TARGETS
from boundwork.terms import BW, CODE
from generate import generate

SHACL = "http://www.w3.org/ns/shacl#"
SEEDS = range(60)


@cache
def ontology() -> Facts:
    return shacl.read(ontology_files())


@cache
def shapes() -> tuple[str, ...]:
    return tuple(shacl.load_shapes(shacl.shape_files()).lines())


def misspelt(seed: int) -> tuple[str, list[str]]:
    """The shipped shapes with one letter of one name changed: a term of SHACL, a target, or a name of the vocabulary."""
    chance = random.Random(seed)
    namespace = (SHACL, BW, CODE)[seed % 3]
    at = chance.choice([i for i, line in enumerate(shapes()) if f"<{namespace}" in line.split(" ", 1)[1] and "#select>" not in line])
    line = shapes()[at]
    start = chance.choice([i for i in range(len(line)) if line.startswith(f"<{namespace}", i) and i >= line.index(" ")])
    end = line.index(">", start)
    name = line[start + 1 + len(namespace):end]
    spot = chance.randrange(len(name))
    wrong = name[:spot] + ("q" if name[spot] != "q" else "z") + name[spot + 1:]
    return wrong, [*shapes()[:at], f"{line[:start]}<{namespace}{wrong}{line[end:]}", *shapes()[at + 1:]]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slip_of_the_pen_in_a_shape_is_flagged(seed: int) -> None:
    wrong, lines = misspelt(seed)
    try:
        found = shacl.lint(Facts(lines), ontology())
    except InputError:
        return
    assert [f for f in found if wrong in f.message or f.rule in ("shape-without-constraint", "shape-unknown-target")], wrong


def test_the_shapes_as_they_are_have_no_slip() -> None:
    assert shacl.lint(Facts(shapes()), ontology()) == []


@pytest.mark.parametrize("kind", ["targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode"])
def test_a_target_that_meets_nothing_is_flagged(kind: str) -> None:
    rules = Facts([f"<urn:s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SHACL}NodeShape> .", f"<urn:s> {TARGETS[kind]} <urn:nowhere> .",
                   f"<urn:s> <{SHACL}nodeKind> <{SHACL}IRI> ."])
    assert {f.rule for f in shacl.lint(rules, ontology(), meets=True)} >= {"shape-unknown-target"}


@pytest.mark.parametrize("seed", [pytest.param(s, marks=[pytest.mark.slow] if s else []) for s in range(20)])
def test_a_clean_study_has_no_finding(seed: int, scratch: Path) -> None:
    generate(scratch / "study", 2_000 + 40 * seed, seed, 0)
    assert validate_study(scratch / "study").findings == []
