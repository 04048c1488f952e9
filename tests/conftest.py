"""What tests share: the repository, builds of both shipped studies (made once), the command line, and the paper where it exists."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork.pipeline.build import build
from boundwork.pipeline.builds import Build

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
PAPER = SHARED / "paper" / "regulating-public-services.txt"
STUDIES = ("regulating-public-services", "example-study")


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
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of the test run's own, also for the commands that tests start."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["BOUNDWORK_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def builds(cache: Path) -> dict[str, Build]:
    """Both shipped studies, built."""
    return {name: build(ROOT / "data" / name) for name in STUDIES}


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
