"""Runs every test, slow ones too, folder by folder; what passed on the files as they stand is not done again after an interruption.

    python tests/full_run.py            run what is not done, then say what failed
    python tests/full_run.py --again    forget what is done
    python tests/full_run.py --quick    only what make test runs, the slow tests left out
    python tests/full_run.py --promises only the tests of the promises, slow ones too

Results lie in build/full/FOLDER.xml (JUnit), and beside each what it was a result of; docs/promises.py reads them.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "full"
CONTENT = ("src", "tests", "ontology", "shapes", "data", "queries", "pyproject.toml", "requirements-test.lock")
BESIDE = ("docs", "bench")
PARTS = [*sorted(p.name for p in (ROOT / "tests").iterdir() if any(p.glob("test_*.py"))), "doctests"]


def state(names: tuple[str, ...]) -> str:
    """A hash of everything under these names."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", *names], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    total = hashlib.sha256()
    for name in sorted(n for n in listed if n and not n.endswith(b"promises.md") and not n.endswith(b"promises.toml")):
        path = ROOT / name.decode()
        if path.is_file():
            total.update(name + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def reads_beside(part: str) -> bool:
    """True for a part with a test that names the folders docs or bench, so that they may change what comes out of it."""
    return any(word in path.read_text(encoding="utf-8") for path in (ROOT / "tests" / part).rglob("*.py") for word in BESIDE)


def failures(result: Path) -> list[str]:
    """Names of the tests that failed in one part."""
    return [f"{case.get('classname')}::{case.get('name')}" for case in ElementTree.parse(result).iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None]


def of_promises(part: str) -> list[str]:
    """The tests of a part that the list of promises names; one that stands within another is not named twice."""
    listed = tomllib.loads((ROOT / "tests" / "promises" / "promises.toml").read_text(encoding="utf-8"))
    named = {test for promise in listed.values() for test in promise["tests"] if test.split("/")[0] == part}
    return sorted(f"tests/{t}" for t in named if not any(t.startswith((f"{other}/", f"{other}::")) for other in named))


def main() -> int:
    """Run what is not done; 1 when a test failed."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    kind = next((k for k in ("quick", "promises") if f"--{k}" in sys.argv), "full")
    parts = [p for p in PARTS if kind != "promises" or of_promises(p)]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    narrow, wide = state(CONTENT), state((*CONTENT, *BESIDE))
    for part in parts:
        result, mark = RESULTS / f"{part}.xml", RESULTS / f"{part}.state"
        now = f"{kind} {wide if reads_beside(part) else narrow}"
        done = result.is_file() and mark.is_file() and mark.read_text(encoding="utf-8").startswith(now) and not failures(result)
        if done and "--again" not in sys.argv:
            print(f"{part}: done before", flush=True)
            continue
        print(f"{part}:", flush=True)
        where = of_promises(part) if kind == "promises" else ["src" if part == "doctests" else f"tests/{part}"]
        unfinished = result.with_suffix(".unfinished")
        chosen = ["-m", "not slow"] if kind == "quick" else []
        ended = subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", *chosen, f"--junitxml={unfinished}", *where], cwd=ROOT, check=False)
        if ended.returncode not in (0, 1, 5):
            return ended.returncode
        unfinished.replace(result)
        mark.write_text(f"{now} {commit}\n", encoding="utf-8")
    failed = [name for part in parts for name in failures(RESULTS / f"{part}.xml")]
    cases = [c for part in parts for c in ElementTree.parse(RESULTS / f"{part}.xml").iter("testcase")]
    skipped = sum(c.find("skipped") is not None for c in cases)
    print("".join(f"FAILED {name}\n" for name in failed) + f"{len(cases) - len(failed) - skipped} passed, {len(failed)} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
