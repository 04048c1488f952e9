"""What the tests of the content share: the ontology as a graph, the statements of one reading, and the stores of a build."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import rdflib

from boundwork.pipeline.builds import Build
from boundwork.pipeline.inputs import ontology_files
from boundwork.shacl import parse
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Study, read_study

Opened = Callable[[str, str], LocalStore]


@pytest.fixture(scope="session")
def ontology() -> rdflib.Graph:
    """The ontology that goes into every graph; a test that adds to it takes it away again."""
    graph: rdflib.Graph = parse(ontology_files())
    return graph


@pytest.fixture(scope="session")
def opened(builds: dict[str, Build]) -> Opened:
    """Study and reading -> its store, open for reading."""

    @cache
    def store(name: str, reading: str) -> LocalStore:
        return LocalStore.open(builds[name].store(reading))

    return store


@pytest.fixture(scope="session")
def studies(root: Path) -> dict[str, Study]:
    """Both shipped studies, as their study.toml says."""
    return {name: read_study(root / "data" / name) for name in ("regulating-public-services", "example-study")}
