"""What the tests of the code share: a fresh study, and the terms of the ontology."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork.explore.skeletons import init
from boundwork.linking.words import Words
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.shacl import Facts, read
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


@pytest.fixture
def turtle(tmp_path: Path) -> Callable[[str], Facts]:
    """Facts of a text in Turtle, which knows the prefixes of SHACL, and `:` for names of its own."""

    def call(text: str) -> Facts:
        path = tmp_path / "text.ttl"
        path.write_text("""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix : <urn:x:> .
            @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .""" + text, encoding="utf-8")
        return read([path])

    return call
