"""The servers that the tests of this folder share, each with both shipped studies pushed into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from boundwork.explore.pushing import push
from boundwork.pipeline.builds import Build
from conftest import ROOT, STUDIES
from servers import VIRTUOSO, oxigraph, virtuoso


@pytest.fixture(scope="session")
def oxigraph_server(builds: dict[str, Build], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An Oxigraph server that holds both studies."""
    with oxigraph(tmp_path_factory.mktemp("oxigraph")) as url:
        for study in STUDIES:
            push(ROOT / "data" / study, url)
        yield url


@pytest.fixture(scope="session")
def virtuoso_server(builds: dict[str, Build], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Virtuoso 7 that holds both studies."""
    if VIRTUOSO is None:
        pytest.skip("Virtuoso 7 is not installed (Debian: apt install virtuoso-opensource-7-bin, or make debian)")
    with virtuoso(Path(tmp_path_factory.mktemp("virtuoso"))) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOUNDWORK_ENDPOINT_USER", "dba")
        patch.setenv("BOUNDWORK_ENDPOINT_PASSWORD", "dba")
        for study in STUDIES:
            push(ROOT / "data" / study, url)
        patch.undo()
        yield url


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache and settings of the test's own."""
    monkeypatch.setenv("BOUNDWORK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("BOUNDWORK_CONFIG", str(tmp_path / "config"))
