"""Servers that the tests of the endpoint share: one on the small dataset of the W3C's protocol suite, one on the shipped study."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from boundwork.pipeline.builds import Build
from boundwork.stores.local import LocalStore
from protocol.asking import DATA, DOCUMENT
from serving import served


@pytest.fixture(scope="session")
def suite_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the three graphs that the suite asks of: each says of itself that it is a document."""
    folder = tmp_path_factory.mktemp("suite")
    store = LocalStore.create(folder)
    for number in (1, 2, 3):
        name = DATA.format(number)
        store.load(f"<{name}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> {DOCUMENT} .\n".encode(), name)
    store.finish()
    store.close()
    return folder


@pytest.fixture(scope="session")
def suite(suite_store: Path) -> Iterator[str]:
    """Address of a server on that store."""
    with served(suite_store) as address:
        yield address


@pytest.fixture(scope="session")
def study(builds: dict[str, Build]) -> Iterator[str]:
    """Address of a server on the shipped study, which gives 1,000 rows at most."""
    assert builds
    with served("regulating-public-services", rows=1_000) as address:
        yield address
