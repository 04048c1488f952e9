"""A plugin of pytest, used by tests/full_run.py: keeps what came of every test as it ends, and leaves out what passed already.

Border: it does not know what a result rests on; full_run.py names the file of outcomes after that.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

DONE = ("passed", "xfailed")


@dataclass(frozen=True)
class Outcome:
    """What came of one test: its node id, `passed`, `failed`, `skipped` or `xfailed`, how many trials it made, seconds, and why it was skipped or failed."""

    test: str
    outcome: str
    tried: int = 1
    seconds: float = 0.0
    why: str = ""


def outcomes(path: Path) -> dict[str, Outcome]:
    """The last outcome of every test in a file; a line that was cut off by a kill is no outcome."""
    found: dict[str, Outcome] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        try:
            read = Outcome(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            continue
        found[read.test] = read
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Both options are given by full_run.py."""
    parser.addoption("--outcomes", type=Path, metavar="FILE", help="add what comes of every test to this file")
    parser.addoption("--passed-before", type=Path, metavar="FILE", help="leave out what passed according to this file, which must not change meanwhile")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what passed before."""
    before: Path | None = config.getoption("--passed-before")
    if before is not None:
        passed = {test for test, outcome in outcomes(before).items() if outcome.outcome in DONE}
        config.hook.pytest_deselected(items=[i for i in items if i.nodeid in passed])
        items[:] = [i for i in items if i.nodeid not in passed]


class Recorder:
    """Joins the three reports of a test (set-up, call, tear-down) into one outcome, written when the last has come."""

    def __init__(self, path: Path) -> None:
        """Append to the file, on a line of its own where a kill has cut the last one off."""
        self.path = path
        if path.is_file() and (text := path.read_bytes()) and not text.endswith(b"\n"):
            path.write_bytes(text + b"\n")
        self.reports: dict[str, list[pytest.TestReport]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for each report; with pytest-xdist in the process that started the workers."""
        self.reports.setdefault(report.nodeid, []).append(report)
        if report.when == "teardown":
            found = outcome_of(report.nodeid, self.reports.pop(report.nodeid))
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")


def outcome_of(test: str, reports: list[pytest.TestReport]) -> Outcome:
    """The outcome of a test by its reports; trials are what it recorded as `tried`."""
    kinds = {("x" if hasattr(r, "wasxfail") and r.skipped else "") + {"skipped": "skipped", "failed": "failed"}.get(r.outcome, "passed") for r in reports}
    kind = "failed" if "failed" in kinds else "xfailed" if "xskipped" in kinds else "skipped" if "skipped" in kinds else "passed"
    reasons = [r.longrepr[2] if isinstance(r.longrepr, tuple) else str(r.longrepr) for r in reports if r.longrepr]
    why = reasons[0] if reasons and kind in ("failed", "skipped") else ""
    tried = sum(int(str(value)) for name, value in reports[-1].user_properties if name == "tried")
    return Outcome(test, kind, tried or 1, round(sum(r.duration for r in reports), 2), why)


def pytest_configure(config: pytest.Config) -> None:
    """Record in the one process that sees all reports."""
    path: Path | None = config.getoption("--outcomes")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path))
