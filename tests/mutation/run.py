"""Try mutants of the modules that promises lean on: python tests/mutation/run.py [MODULE...] [--most N] [--seed S] [--page].

Results go to build/mutation.json as they come, and a run goes on where it was interrupted: what was killed counts while the module's
text is the same, what survived is tried again when the tests changed. At the end docs/mutation.md is written from it.
Ends with 1 when a survivor has no explanation in survivors.csv.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from mutation.mutants import Mutant, mutants, sample  # noqa: E402  the folder of the tests is no package that is installed

RESULTS = ROOT / "build" / "mutation.json"
PAGE = ROOT / "docs" / "mutation.md"
SEED = "boundwork"
MODULES: dict[str, tuple[str, ...]] = {
    "shacl/prebinding": ("code/test_prebinding.py",),
    "queries/tokens": ("code/test_queries_module.py",),
    "readers/offsets": ("readers/test_offsets.py",),
    "terms": ("code/test_terms.py",),
    "rules": ("code/test_tallies.py", "code/test_inference.py"),
    "linking/matching": ("code/test_matching.py", "code/test_small_registers.py"),
    "linking/disclosure": ("code/test_disclosure.py",),
    "queries/stored": ("code/test_stored.py", "code/test_queries_module.py"),
    "readers/archive": ("readers/test_archive.py",),
    "populate/mapping": ("code/test_mapping.py",),
    "populate/rows": ("code/test_rows.py", "code/test_populate.py", "code/test_tables.py", "code/test_mapping.py"),
    "pipeline/backup": ("code/test_backup.py",),
    "explore/values": ("code/test_values.py",),
    "readers/refi": ("readers/test_refi.py",),
    "readers/refi_selections": ("readers/test_refi.py", "readers/test_offsets.py"),
    "readers/tabular": ("readers/test_tabular.py", "readers/test_tables.py"),
    "readers/coded_table": ("readers/test_coded_table.py", "readers/test_tables.py"),
    "readers/reading": ("readers/test_reading.py", "readers/test_qualcoder.py", "readers/test_requal.py"),
    "readers/detecting": ("readers/test_reading.py",),
    "readers/draft": ("readers/test_draft.py", "readers/test_coded_table.py", "readers/test_qualcoder.py"),
    "readers/qualcoder": ("readers/test_qualcoder.py", "readers/test_databases.py"),
    "readers/taguette": ("readers/test_taguette.py", "readers/test_databases.py"),
    "readers/rqda": ("readers/test_rqda.py", "readers/test_databases.py"),
    "readers/requal": ("readers/test_requal.py",),
    "readers/database": ("readers/test_database.py",),
    "readers/refi_elements": ("readers/test_refi_elements.py", "readers/test_refi.py"),
    "readers/decoding": ("readers/test_reading.py",),
    "readers/several": ("readers/test_reading.py", "readers/test_requal.py"),
    "readers/quoted": ("readers/test_quoted.py",),
    "readers/sheets": ("readers/test_sheets.py",),
    "readers/xlsx": ("readers/test_xlsx.py",),
    "readers/ods": ("readers/test_ods.py",),
    "readers/markup": ("readers/test_markup.py",),
    "readers/nvivo_text": ("readers/test_nvivo_text.py",),
    "readers/dedoose_word": ("readers/test_dedoose_word.py",),
    "populate/study": ("code/test_lines.py", "code/test_populate.py"),
    "populate/population": ("code/test_lines.py", "code/test_populate.py"),
    "populate/context": ("code/test_lines.py", "code/test_populate.py"),
    "populate/beside": ("code/test_beside.py",),
    "populate/again": ("code/test_again.py",),
    "populate/origins": ("code/test_origins.py",),
    "shacl/core": ("code/test_shacl_core.py",),
    "shacl/paths": ("code/test_shacl_paths.py",),
    "shacl/literals": ("code/test_shacl_literals.py",),
    "shacl/shapes": ("code/test_shacl_shapes.py",),
    "shacl/words": ("code/test_lint.py",),
    "shacl/lint": ("code/test_lint.py",),
    "shacl/codebook": ("code/test_codebook_shapes.py",),
    "shacl/setwise": ("code/test_shacl_setwise.py",),
    "shacl/engine": ("code/test_shacl_engine.py",),
    "shacl/facts": ("code/test_facts.py",),
    "shacl/parted": ("code/test_parted.py",),
    "shacl/reach": ("code/test_reach.py",),
    "shacl/nearby": ("code/test_nearby.py",),
}
"""Module -> the tests that are asked, besides its own doctests."""


def mutants_of(module: str) -> list[Mutant]:
    """Return all mutants of a module."""
    return mutants((ROOT / "src" / "boundwork" / f"{module}.py").read_text(encoding="utf-8"))


def digest(*paths: Path) -> str:
    """One hash over the texts of files."""
    return hashlib.sha256(b"\0".join(p.read_bytes() for p in paths if p.is_file())).hexdigest()[:16]


def read_results() -> dict[str, Any]:
    """Module -> what is known of its mutants."""
    return dict(json.loads(RESULTS.read_text(encoding="utf-8"))) if RESULTS.is_file() else {}


def try_module(module: str, most: int, seed: str) -> bool:
    """Try one module's mutants, those left out that are known; False when its tests do not pass as they are."""
    from boundwork.files import atomic
    from mutation.trial import KILLED, try_mutants

    path = ROOT / "src" / "boundwork" / f"{module}.py"
    tests = [str(ROOT / "tests" / t) for t in MODULES[module] if (ROOT / "tests" / t).is_file()]
    found = mutants_of(module)
    chosen = sample(found, most, f"{seed} {module}")
    of_source, of_tests = digest(path), digest(*map(Path, tests), *(Path(__file__).with_name(n) for n in ("trial.py", "mutants.py")))
    before = read_results().get(module, {})
    known = before.get("mutants", {}) if before.get("source") == of_source else {}
    same = before.get("tests") == of_tests
    kept = {m.name: known[m.name] for m in chosen if m.name in known and (same or known[m.name][0] == KILLED)}
    state = {"source": of_source, "tests": of_tests, "all": len(found), "seed": seed, "chosen": len(chosen), "mutants": kept}

    def save() -> None:
        RESULTS.parent.mkdir(exist_ok=True)
        with atomic(RESULTS) as file:
            file.write(json.dumps({**read_results(), module: state}, indent=1, ensure_ascii=False).encode())

    def record(mutant: Any, outcome: str, killer: str) -> None:
        kept[mutant.name] = [outcome, killer.removeprefix(str(ROOT))]
        save()

    left = [m for m in chosen if m.name not in kept]
    passed = not left or try_mutants("boundwork." + module.replace("/", "."), left, [*tests, str(path)], ROOT, record)
    save()
    return passed


def main() -> int:
    """Try what is asked, each module in a process of its own, and write the page."""
    parser = argparse.ArgumentParser(description="Change the code and ask whether a test notices.")
    parser.add_argument("modules", nargs="*", choices=[*MODULES, []], metavar="MODULE", help="such as queries/tokens; left out, all of them")
    parser.add_argument("--most", type=int, default=sys.maxsize, help="mutants per module, drawn with the seed where it has more (all)")
    parser.add_argument("--seed", default=SEED, help="(%(default)s)")
    parser.add_argument("--page", action="store_true", help="try nothing, write the page from what is known")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        return 0 if try_module(options.modules[0], options.most, options.seed) else 2
    broken = []
    for module in [] if options.page else options.modules or list(MODULES):
        began = time.monotonic()
        RESULTS.parent.mkdir(exist_ok=True)
        with open(RESULTS.with_suffix(".log"), "ab") as log:
            done = subprocess.run([sys.executable, __file__, "--here", module, "--most", str(options.most), "--seed", options.seed], cwd=ROOT, stdout=log,
                                  check=False)
        tried = read_results().get(module, {}).get("mutants", {})
        print(f"{module}: {len(tried)} tried, {sum(v[0] == 'killed' for v in tried.values())} killed ({time.monotonic() - began:.0f} s)", file=sys.stderr)
        broken += [module] if done.returncode else []
    from mutation.report import page, read_explanations, unexplained

    rows, known = read_explanations(), read_results()
    results = {m: known.get(m) or {"all": len(mutants_of(m)), "mutants": {}} for m in MODULES}
    PAGE.write_text(page(results, rows), encoding="utf-8", newline="\n")
    for module in broken:
        print(f"the tests of {module} do not pass as they are", file=sys.stderr)
    open_ = unexplained(results, rows)
    for name in open_:
        print(f"unexplained: {name}", file=sys.stderr)
    return 1 if broken or open_ else 0


if __name__ == "__main__":
    sys.exit(main())
