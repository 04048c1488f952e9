"""What the tests of the content share: the ontology as a graph, the statements of one reading, and the stores of a build."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import rdflib

from boundwork.pipeline.builds import Build
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.populate import Population, populate
from boundwork.rules import codebook_facts, read_rules
from boundwork.shacl import parse
from boundwork.stores.local import LocalStore, n_triples
from boundwork.tables.studyfile import Study, read_study

Statements = Callable[[str, str | None], bytes]
Opened = Callable[[str, str], LocalStore]


@pytest.fixture(scope="session")
def ontology() -> rdflib.Graph:
    """The ontology that goes into every graph; a test that adds to it takes it away again."""
    graph: rdflib.Graph = parse(ontology_files())
    return graph


@pytest.fixture(scope="session")
def ontology_lines() -> bytes:
    """The same as N-Triples."""
    return "".join(f"{line}\n" for i, p in enumerate(ontology_files()) for line in n_triples(p, f"o{i}x")).encode()


@pytest.fixture(scope="session")
def statements(root: Path, ontology_lines: bytes) -> Statements:
    """Ontology and tables of a study as N-Triples, with what is distinctive: one reading, or (None) all coders together."""

    def lines(name: str, reading: str | None) -> bytes:
        folder = root / "data" / name
        study = read_study(folder)
        coders = study.readings[reading].graphs if reading else list(study.coders)
        with tempfile.TemporaryDirectory() as place:
            population: Population = populate(study, load_vocabulary(folder), Path(place))
            text = ontology_lines + b"".join(
                path.read_bytes() for key, parts in population.parts.items() if key[0] != "coding" or key[1] in coders for path in parts.values())
        return text + "".join(f"{line}\n" for line in codebook_facts(text, read_rules(folder))).encode()

    return lines


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
