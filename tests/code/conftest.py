"""What the tests of the code share: a scratch folder in memory where there is one (builds wait for the disk), and a fresh study."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from boundwork.explore.skeletons import init
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.terms import Vocabulary


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, in memory where the machine offers that."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="boundwork-test-", dir=memory))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def study(scratch: Path) -> Path:
    """A study as `boundwork init` makes it: one council, one extract, one coding."""
    init(scratch / "fresh")
    return scratch / "fresh"


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """The terms of the shipped ontology."""
    return load_vocabulary()
