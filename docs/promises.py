"""Writes docs/promises.md from tests/promises/promises.toml and the results of a full run (make test-all).

python docs/promises.py                 from build/full/run.json and the outcomes that it names
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "full"
PAGE = ROOT / "docs" / "promises.md"
sys.path.insert(0, str(ROOT / "tests"))

from resuming import outcomes  # noqa: E402  the folder of the tests is no package that is installed


@dataclass
class Kept:
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


def kept(results: Iterable[Path]) -> dict[str, Kept]:
    """What came of each promise. A test counts as one trial unless it says how many it made; of a test that ran twice the last outcome counts."""
    wanted = promises()
    found = {name: Kept() for name in wanted}
    for test, outcome in {test: outcome for path in results for test, outcome in outcomes(path).items()}.items():
        node = test.removeprefix("tests/")
        for name, promise in wanted.items():
            if belongs(node, promise["tests"]):  # type: ignore[arg-type]
                if outcome.outcome == "skipped":
                    found[name].skipped.append(f"{node.split('[')[0]}: {outcome.why.removeprefix('Skipped: ')}")
                    continue
                found[name].tests += 1
                found[name].trials += outcome.tried
                found[name].failed += outcome.outcome == "failed"
    return found


def page(found: dict[str, Kept], day: str, commit: str, quick: bool = False) -> str:
    """The page as Markdown; `quick` says that slow tests were left out of the run, `commit` what it was a run of."""
    what = "the quick part of every test alone, as `make test` runs it: the full counts of the bars were not reached" if quick else (
        "every test of these promises, slow ones too")
    lines = ["# Promises", "",
             "Written by `docs/promises.py` from `tests/promises/promises.toml` and the results of a run of their tests",
             "(`make promises`, or `make test-all`, which runs every other test too).",
             "A trial is one file, value, kill, request or study that a test tried; a test that does not count its trials counts as one.", "",
             f"Last run: {day}, commit {commit}: {what}.", "",
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
    if not (RESULTS / "run.json").is_file():
        print("No run came to its end yet: make promises", file=sys.stderr)
        return 2
    run = json.loads((RESULTS / "run.json").read_text(encoding="utf-8"))
    found = kept(RESULTS / name for name in run["outcomes"])
    PAGE.write_text(page(found, run["day"], run["commit"], run["kind"] == "quick"), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
