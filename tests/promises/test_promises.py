"""The list of promises: eighteen, each with a bar and tests that exist; the page tells of them all."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
PROMISES = tomllib.loads((TESTS / "promises" / "promises.toml").read_text(encoding="utf-8"))


def test_there_are_eighteen() -> None:
    assert len(PROMISES) == 18
    assert all(p["promise"] and p["bar"] and p["tests"] for p in PROMISES.values())


@pytest.mark.parametrize("name", PROMISES)
def test_the_tests_of_a_promise_exist(name: str) -> None:
    for test in PROMISES[name]["tests"]:
        path, _, function = test.partition("::")
        assert (TESTS / path).exists(), test
        if function:
            assert re.search(rf"^def {function}\(", (TESTS / path).read_text(encoding="utf-8"), re.M), test


def test_every_test_module_here_belongs_to_a_promise() -> None:
    named = {t for p in PROMISES.values() for t in p["tests"]}
    here = {f"promises/{p.name}" for p in (TESTS / "promises").glob("test_*.py")} - {"promises/test_promises.py"}
    assert here - named == set()


def test_a_page_is_made_of_results(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("promises_page", ROOT / "docs" / "promises.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["promises_page"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    suite = ElementTree.Element("testsuite")
    for name, extra in (("test_a[1]", ""), ("test_b", "failure"), ("test_c", "skipped")):
        case = ElementTree.SubElement(suite, "testcase", classname="tests.promises.test_threads", name=name)
        ElementTree.SubElement(ElementTree.SubElement(case, "properties"), "property", name="tried", value="500")
        if extra:
            ElementTree.SubElement(case, extra, message="why")
    ElementTree.ElementTree(suite).write(tmp_path / "r.xml")
    found = module.outcomes([tmp_path / "r.xml"])["threads"]
    assert (found.tests, found.trials, found.failed, len(found.skipped)) == (2, 1000, 1, 1)
    page = module.page(module.outcomes([tmp_path / "r.xml"]), "2026-01-01", ran=["abc1234"])
    assert all(p["promise"] in page for p in PROMISES.values())
    assert "Last run: 2026-01-01, commit abc1234: every test of these promises, slow ones too." in page
    assert "| 2 | 1,000 | 1 |" in page and "promises/test_threads.py::test_c: why" in page
