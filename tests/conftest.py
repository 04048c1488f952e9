"""What tests share: the repository, builds of both shipped studies (made once), the command line, and the paper where it exists."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boundwork.pipeline.build import build
from boundwork.pipeline.builds import Build
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.populate import Population, populate
from boundwork.rules import codebook_facts, read_rules
from boundwork.stores.local import n_triples
from boundwork.tables.studyfile import read_study

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
PAPER = SHARED / "paper" / "regulating-public-services.txt"
STUDIES = ("regulating-public-services", "example-study")


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what thousands of tests and their libraries hold: it runs whenever a store on disk is closed."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def paper() -> Path:
    """The text of the paper, which is not part of the project."""
    if not PAPER.is_file():
        pytest.skip("the text of the paper is not here (../shared/paper)")
    return PAPER


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of the test run's own, also for the commands that tests start; in memory where the machine offers that."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="boundwork-cache-", dir=memory)) if memory.is_dir() else tmp_path_factory.mktemp("cache")
    os.environ["BOUNDWORK_CACHE"] = str(folder)
    os.environ["BOUNDWORK_CONFIG"] = str(folder / "config")  # not the settings of whoever runs the tests
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, in memory where the machine offers that: builds wait for the disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="boundwork-test-", dir=memory))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def builds(cache: Path) -> dict[str, Build]:
    """Both shipped studies, built."""
    return {name: build(ROOT / "data" / name) for name in STUDIES}


Statements = Callable[[str, str | None], bytes]


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


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def run(cache: Path) -> Run:
    """Run the command as a user does; returns exit status, output and error output. A traceback fails the test."""

    def call(*args: str | Path, cwd: Path = ROOT, text: str | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([sys.executable, "-m", "boundwork.cli", *map(str, args)], cwd=cwd, input=text, capture_output=True, encoding="utf-8",
                              env={**os.environ, **(env or {})}, timeout=300, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture
def fresh(run: Run, scratch: Path) -> Path:
    """A study that `boundwork init` made."""
    assert run("init", scratch / "fresh").returncode == 0
    return scratch / "fresh"
