"""Which axioms of the ontology no case would miss: python tests/content/mutate_axioms.py [--write] [STUDY].

Prints a Markdown page; with --write, docs/reference/axiom-mutations.md is written instead. A folder STUDY with cases of its own is
looked at with its own ontology. Takes some minutes and needs Java. Ends with 1 when a survivor has no explanation, or an
explanation no survivor.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "axiom-mutations.md"


def main() -> int:
    """Print or write the page."""
    sys.path.insert(0, str(ROOT / "tests"))
    from cases.mutation import mutants
    from cases.report import explained, explanations, page

    parser = argparse.ArgumentParser(description="Remove each axiom in turn and say which cases notice.")
    parser.add_argument("study", nargs="?", type=Path, help="a study whose own cases are meant, instead of the shipped ones")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    found, rows = mutants(options.study), explanations(options.study)
    text = page(found, rows)
    if options.write and not options.study:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    else:
        print(text, end="")
    by_row, open_ = explained(found, rows)
    for name in open_:
        print(f"unexplained: {name}", file=sys.stderr)
    stale = [row.pattern for row, survivors in by_row.items() if not survivors]
    for pattern in stale:
        print(f"stale: {pattern}", file=sys.stderr)
    return 1 if open_ or stale else 0


if __name__ == "__main__":
    sys.exit(main())
