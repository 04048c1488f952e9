"""Write the expected answers of stored questions from what they answer now. Read the diff before you commit it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from boundwork.explore.session import Session
from boundwork.queries.stored import stored_queries

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Write queries/ask/SLUG.STUDY.READING.expected.csv for both shipped studies and their default readings."""
    for study in ("regulating-public-services", "example-study"):
        reading = Session(ROOT / "data" / study).reading.id
        for slug in sys.argv[1:] or sorted(stored_queries()):
            done = subprocess.run([sys.executable, "-m", "boundwork", "ask", slug, "--study", study, "--format", "csv"],
                                  capture_output=True, check=True)
            (ROOT / "queries" / "ask" / f"{slug}.{study}.{reading}.expected.csv").write_bytes(done.stdout)


if __name__ == "__main__":
    main()
