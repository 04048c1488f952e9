"""Runs every test, slow ones too, folder by folder; what passed on the files as they stand is not done again after an interruption.

    python tests/full_run.py            run what is not done, then say what failed
    python tests/full_run.py --again    forget what is done
    python tests/full_run.py --quick    only what make test runs, the slow tests left out
    python tests/full_run.py --promises only the tests of the promises, slow ones too

What came of every test lies in build/full/FOLDER-STATE.jsonl, written as it ends (resuming.py); STATE is a hash of the files that it is a result of,
so the three kinds of run share what they have in common. build/full/run.json tells of the last run that came to its end; docs/promises.py reads both.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

from resuming import Outcome, outcomes

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "full"
CONTENT = ("src", "tests", "ontology", "shapes", "data", "queries", "pyproject.toml", "requirements-test.lock")
BESIDE = ("docs", "bench")
PARTS = [*sorted(p.name for p in (ROOT / "tests").iterdir() if any(p.glob("test_*.py"))), "doctests"]


def state(names: tuple[str, ...], part: str = "") -> str:
    """A hash of everything under these names, but for the test modules of other parts where a part is given."""
    others = tuple(f"tests/{p}/test_".encode() for p in PARTS if p != part) if part else ()
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", *names], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    total = hashlib.sha256()
    for name in sorted(n for n in listed if n and not n.endswith(b"promises.md") and not n.endswith(b"promises.toml")):
        path = ROOT / name.decode()
        if path.is_file() and not name.startswith(others):
            total.update(name + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def state_of(part: str) -> str:
    """A hash of what the outcome of a part rests on; docs, bench and all tests belong to it where a test of it may read them."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / part).rglob("*.py")]
    reads_tests = part == "doctests" or any(word in text for text in texts for word in ('"tests"', "TESTS"))
    return state((*CONTENT, *(BESIDE if any(word in text for text in texts for word in BESIDE) else ())), "" if reads_tests else part)


def of_promises(part: str) -> list[str]:
    """The tests of a part that the list of promises names; one that stands within another is not named twice."""
    listed = tomllib.loads((ROOT / "tests" / "promises" / "promises.toml").read_text(encoding="utf-8"))
    named = {test for promise in listed.values() for test in promise["tests"] if test.split("/")[0] == part}
    return sorted(f"tests/{t}" for t in named if not any(t.startswith((f"{other}/", f"{other}::")) for other in named))


def run(part: str, results: Path, chosen: list[str]) -> int:
    """Run what has not passed yet of one folder; gives the status of pytest."""
    before = results.with_suffix(".before")
    if results.is_file():
        shutil.copyfile(results, before)
    else:
        before.write_text("", encoding="utf-8")
    called = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "resuming", f"--passed-before={before}", f"--outcomes={results}", *chosen]
    return subprocess.run(called, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "tests")}, check=False).returncode


def told(found: list[Outcome]) -> str:
    """One line on the outcomes, after one for each failure."""
    count = {kind: sum(o.outcome == kind for o in found) for kind in ("passed", "failed", "skipped", "xfailed")}
    lines = [f"FAILED {o.test}" for o in found if o.outcome == "failed"]
    return "\n".join([*lines, f"{', '.join(f'{n:,} {kind}' for kind, n in count.items() if n)}; {sum(o.seconds for o in found):,.0f} s in tests"])


def main() -> int:
    """Run what is not done; 1 when a test failed."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    kind = next((k for k in ("quick", "promises") if f"--{k}" in sys.argv), "full")
    parts = [p for p in PARTS if kind != "promises" or of_promises(p)]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    kept: list[Path] = []
    for part in parts:
        results = RESULTS / f"{part}-{state_of(part)[:16]}.jsonl"
        kept.append(results)
        for old in RESULTS.glob(f"{part}-*"):
            if "--again" in sys.argv or old.stem != results.stem:
                old.unlink()
        print(f"{part}:", flush=True)
        where = of_promises(part) if kind == "promises" else ["src" if part == "doctests" else f"tests/{part}"]
        status = run(part, results, ["-m", "not slow", *where] if kind == "quick" else where)
        if status not in (0, 1, 5):  # passed, failed, nothing left to run
            return status
    about = {"kind": kind, "day": date.today().isoformat(), "commit": commit, "outcomes": [p.name for p in kept]}
    (RESULTS / "run.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    found = [o for path in kept for o in outcomes(path).values()]
    print(told(found))
    return int(any(o.outcome == "failed" for o in found))


if __name__ == "__main__":
    sys.exit(main())
