"""What the tests of the code share: a fresh study, and the terms of the ontology."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundwork.explore.skeletons import init
from boundwork.linking.words import Words
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.terms import Vocabulary


@pytest.fixture
def study(scratch: Path) -> Path:
    """A study as `boundwork init` makes it: one council, one extract, one coding."""
    init(scratch / "fresh")
    return scratch / "fresh"


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """The terms of the shipped ontology."""
    return load_vocabulary()


@pytest.fixture(scope="session")
def words() -> Words:
    """How councils, types and regions are called."""
    return Words.of(load_vocabulary())
