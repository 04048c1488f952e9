"""The explorer of both studies as a user starts it, on a free port, and Chromium where the machine has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from boundwork.pipeline.builds import Build
from web.explorer import ROOT, chromium, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def paper_site(builds: dict[str, Build]) -> Iterator[str]:
    """The explorer of the paper's study."""
    with serving("regulating-public-services") as (address, _):
        yield address


@pytest.fixture(scope="session")
def example_site(builds: dict[str, Build]) -> Iterator[str]:
    """The explorer of the invented study, with the text of one of its interviews."""
    with serving("example-study", "--text", ROOT / "data" / "example-study" / "texts" / "northmere-w1.txt") as (address, _):
        yield address


@pytest.fixture(scope="session")
def site(paper_site: str, example_site: str) -> Callable[[str], str]:
    """The address of a study's explorer."""
    return {"regulating-public-services": paper_site, "example-study": example_site}.__getitem__


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not here, so the explorer is not looked at in a browser (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()
