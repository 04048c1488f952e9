"""Writes docs/promises.md from tests/promises/promises.toml and the results of a full run (make test-all).

python docs/promises.py                 from build/full/*.xml
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "promises.md"


@dataclass
class Outcome:
    """What came of the tests of one promise."""

    tests: int = 0
    trials: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)


def promises() -> dict[str, dict[str, object]]:
    """Every promise by its name."""
    return tomllib.loads((ROOT / "tests" / "promises" / "promises.toml").read_text(encoding="utf-8"))


def belongs(node: str, wanted: Iterable[str]) -> bool:
    """True for a test that a promise names, by its folder, its file or itself."""
    return any(node == w or node.startswith((f"{w}/", f"{w}::", f"{w}[")) for w in wanted)


def node_of(case: ElementTree.Element) -> str:
    """Name of a test as the list of promises writes it."""
    parts = (case.get("classname") or "").split(".")
    return "/".join(parts[1:]) + ".py::" + (case.get("name") or "").split("[")[0] if parts[0] == "tests" else ""


def outcomes(results: Iterable[Path]) -> dict[str, Outcome]:
    """What came of each promise. A test counts as one trial unless it says how many it made (property `tried`)."""
    wanted = promises()
    found = {name: Outcome() for name in wanted}
    for path in results:
        for case in ElementTree.parse(path).iter("testcase"):
            node = node_of(case)
            tried = sum(int(p.get("value") or 0) for p in case.iter("property") if p.get("name") == "tried") or 1
            skipped = case.find("skipped")
            for name, promise in wanted.items():
                if node and belongs(node, promise["tests"]):  # type: ignore[arg-type]
                    outcome = found[name]
                    if skipped is not None and skipped.get("type") != "pytest.xfail":
                        outcome.skipped.append(f"{node}: {skipped.get('message')}")
                        continue
                    outcome.tests += 1
                    outcome.trials += tried
                    outcome.failed += case.find("failure") is not None or case.find("error") is not None
    return found


def commits(marks: Iterable[Path]) -> list[str]:
    """The states of the repository that the results belong to; more than one where parts were run again after a change that did not concern the others."""
    return sorted({mark.read_text(encoding="utf-8").split()[2] for mark in marks})


def page(found: dict[str, Outcome], day: str, quick: bool = False, ran: Iterable[str] = ()) -> str:
    """The page as Markdown; `quick` says that slow tests were left out of the run, `ran` the commits that it was a run of."""
    what = "the quick part of every test alone, as `make test` runs it: the full counts of the bars were not reached" if quick else (
        "every test of these promises, slow ones too")
    lines = ["# Promises", "",
             "Written by `docs/promises.py` from `tests/promises/promises.toml` and the results of a run of their tests",
             "(`make promises`, or `make test-all`, which runs every other test too).",
             "A trial is one file, value, kill, request or study that a test tried; a test that does not count its trials counts as one.", "",
             f"Last run: {day}{''.join(f', commit {c}' for c in ran)}: {what}.", "",
             "| promise | bar | tests | trials | failed |", "| --- | --- | ---: | ---: | ---: |"]
    wanted = promises()
    for name, outcome in found.items():
        promise = wanted[name]
        lines.append(f"| {promise['promise']} | {promise['bar']} | {outcome.tests:,} | {outcome.trials:,} | {outcome.failed:,} |")
    lines += ["", "## Where each is tested", ""]
    for promise in wanted.values():
        tests = ", ".join(f"`tests/{t}`" for t in promise["tests"])  # type: ignore[attr-defined]
        lines += [f"- **{promise['promise']}**: {tests}."]
    skipped = sorted({s for o in found.values() for s in o.skipped})
    if skipped:
        lines += ["", "## Skipped in that run", "", *(f"- {s}" for s in skipped)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page."""
    results = sorted((ROOT / "build" / "full").glob("*.xml"))
    if not results:
        print("There is no full run yet: make test-all", file=sys.stderr)
        return 2
    found = outcomes(results)
    marks = [r.with_suffix(".state") for r in results if r.with_suffix(".state").is_file()]
    quick = any(mark.read_text(encoding="utf-8").startswith("quick") for mark in marks)
    PAGE.write_text(page(found, date.today().isoformat(), quick, commits(marks)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
