"""Write the kept answers of stored questions from what they answer now: python tests/content/regenerate_expected.py [SLUG...].

Read the diff before you commit it: each changed cell is a changed answer. A question that fails keeps the answer it had.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(slugs: list[str]) -> int:
    """Write SLUG.STUDY.READING.expected.csv beside each question; 1 when one failed."""
    sys.path.insert(0, str(HERE.parent))
    spec = importlib.util.spec_from_file_location("test_queries", HERE / "test_queries.py")
    assert spec is not None
    assert spec.loader is not None
    tests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tests)
    failed = 0
    for slug, study, reading in tests.CASES:
        if slug in slugs or not slugs:
            command = [sys.executable, "-m", "boundwork", "ask", slug, "--study", study, "--reading", reading, "--format", "csv"]
            done = subprocess.run(command, capture_output=True, check=False)
            if done.returncode:
                print(f"{slug}, {study}, {reading}: {done.stderr.decode()}", file=sys.stderr)
                failed = 1
            else:
                tests.QUESTIONS[slug].with_name(f"{slug}.{study}.{reading}.expected.csv").write_bytes(done.stdout)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
