"""The list of promises: eighteen, each with a bar and tests that exist; the page tells of them all."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

import resuming

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
    ran = [resuming.Outcome(f"tests/promises/test_threads.py::{name}", outcome, 500, 0.1, why) for name, outcome, why in (
        ("test_a[1]", "failed", "earlier"), ("test_b", "failed", "why"), ("test_c", "skipped", "Skipped: not here"), ("test_a[1]", "passed", ""))]
    path = tmp_path / "promises-0123.jsonl"
    path.write_text("".join(json.dumps(asdict(o)) + "\n" for o in ran), encoding="utf-8")
    found = module.kept([path])
    threads = found["threads"]
    assert (threads.tests, threads.trials, threads.failed, threads.skipped) == (2, 1000, 1, ["promises/test_threads.py::test_c: not here"])
    page = module.page(found, "2026-01-01", "abc1234")
    assert all(p["promise"] in page for p in PROMISES.values())
    assert "Last run: 2026-01-01, commit abc1234: every test of these promises, slow ones too." in page
    assert "| 2 | 1,000 | 1 |" in page and "promises/test_threads.py::test_c: not here" in page


TRIED = """
import pytest

def test_a(record_property): record_property("tried", 40)
def test_b(): assert RIGHT
def test_c(): pytest.skip("not here")
@pytest.mark.xfail
def test_d(): assert 0
@pytest.fixture
def broken(): yield; assert 0
def test_e(broken): pass
"""


def test_a_run_that_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    """What passed is left out; what failed, was skipped or was cut off runs again."""
    def ran(right: bool, **before: Path) -> dict[str, tuple[str, int]]:
        (tmp_path / "test_tried.py").write_text(TRIED.replace("RIGHT", str(right)), encoding="utf-8")
        options = [f"--rootdir={tmp_path}", f"--outcomes={tmp_path / 'out'}", *(f"--{name}={path}" for name, path in before.items())]
        subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "1", "-p", "no:schemathesis", "-p", "resuming", "-c", os.devnull, *options, tmp_path],
                       env={**os.environ, "PYTHONPATH": str(TESTS)}, capture_output=True, check=False)
        return {o.test.split("::")[1]: (o.outcome, o.tried) for o in resuming.outcomes(tmp_path / "out").values()}

    first = {"test_a": ("passed", 40), "test_b": ("failed", 1), "test_c": ("skipped", 1), "test_d": ("xfailed", 1), "test_e": ("failed", 1)}
    assert ran(False) == first
    before = (tmp_path / "out").rename(tmp_path / "before")
    with before.open("a", encoding="utf-8") as file:
        file.write('{"test": "test_tried.py::test_b", "outcome": "pass')
    shutil.copy(before, tmp_path / "out")  # as full_run.py does: what comes is added behind the line that was cut off
    assert ran(True, **{"passed-before": before}) == {**first, "test_b": ("passed", 1)}
    assert len((tmp_path / "out").read_text(encoding="utf-8").splitlines()) == 5 + 1 + 3
