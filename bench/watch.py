"""Measures how long a running `boundwork validate --watch` takes to answer after one edited row, against validating everything.

    python bench/watch.py --sizes 10000 100000
    python bench/watch.py --sizes 20000 --decided    with a decision for every extract

The study is invented (bench/generate.py). Each edit is made in the middle of a table; the findings are those that the next whole
validation would show (tests/code/test_incremental.py and test_incremental_extracts.py compare them). CPU seconds include workers.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
Line = list[str]


def cell(name: str, value: str) -> Callable[[list[str], Line], list[Line]]:
    """Return an edit of one cell of a row."""
    return lambda head, row: [[value if column == name else text for column, text in zip(head, row, strict=True)]]


Change = Callable[[list[str], Line], list[Line]]
EDITS: dict[str, dict[str, Change]] = {
    "codings.csv": {
        "a cell that breaks nothing": cell("form", "breaching"),
        "a cell that breaks a rule": cell("boundary", "no-such-boundary"),
        "the code": cell("code", "accountability"),
        "the coder": cell("coder", "coder-a"),
        "a row inserted": lambda _, row: [row, [f"new-{row[0]}", *row[1:]]],
        "a row deleted": lambda _, row: [],
    },
    "extracts.csv": {
        "a cell that breaks nothing": cell("gist", "Said in other words."),
        "a cell that breaks a rule": cell("end", "0"),
        "the start": lambda head, row: cell("start", str(int(row[head.index("end")]) - 1))(head, row),
        "a stretch twice": lambda _, row: [row, [f"new-{row[0]}", *row[1:]]],
        "a row inserted": lambda head, row: [row, *cell("start", str(int(row[head.index("start")]) + 1))(head, [f"new-{row[0]}", *row[1:]])],
        "a row deleted": lambda _, row: [],
    },
}
NAMED: dict[str, dict[str, Change]] = {
    "codings.csv": {"the extract of a coding that a decision keeps": cell("extract", "x20"), "that of one, back again": cell("extract", "x1")},
    "extracts.csv": {"whom an extract that judgements rest on is about": cell("about", "c002"), "that of one, back again": cell("about", "c001")},
}
"""Edits of the first row of a table, which decisions and judgements name."""


def edit(path: Path, number: int, change: Change) -> None:
    """Change one line of a table whose records are lines."""
    lines = path.read_text(encoding="utf-8").split("\n")
    head, row = (next(csv.reader([lines[n]])) for n in (0, number))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(change(head, row))
    path.write_text("\n".join([*lines[:number], *text.getvalue().split("\n")[:-1], *lines[number + 1 :]]), encoding="utf-8")


def decide(study: Path) -> None:
    """Write a decision for every extract, which keeps its first coding."""
    first: dict[str, str] = {}
    with open(study / "codings.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            first.setdefault(row["extract"], row["id"])
    with open(study / "decisions.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "extract", "keeps", "reason", "decided_by", "note"),
                                                        *((f"d{n}", extract, coding, "agreed", "both coders", "") for n, (extract, coding) in enumerate(first.items(), 1))])


def spent() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(codings: int, decided: bool) -> None:
    from boundwork.explore.incremental import Revalidation

    with tempfile.TemporaryDirectory() as place:
        study = Path(place) / "study"
        subprocess.run([sys.executable, str(ROOT / "bench" / "generate.py"), "--codings", str(codings), "--out", str(study), "--seed", "1", "--faults", "0"],
                       check=True, stdout=subprocess.DEVNULL)
        if decided:
            decide(study)
        validation = Revalidation(study)

        def told(what: str) -> None:
            cpu, wall = spent(), time.perf_counter()
            found = validation.validate()
            peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
            print(f"| {codings:,} | {what} | {spent() - cpu:.2f} | {time.perf_counter() - wall:.2f} | {len(found.report.findings)} | {peak:,} | "
                  f"{validation.told or 'what changed'} |", flush=True)

        told("the first time")
        for table, changes in EDITS.items():
            rows = (study / table).read_bytes().count(b"\n")
            for n, (what, change) in enumerate(changes.items()):
                edit(study / table, rows // 2 + 10 * n, change)
                told(f"{table}: {what}")
        for table, changes in NAMED.items():
            for what, change in changes.items():
                edit(study / table, 1, change)
                told(f"{table}: {what}")
        validation.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--decided", action="store_true", help="write a decision for every extract first")
    options = parser.parse_args()
    print("| codings | edit | CPU s | wall s | findings | peak MB of one process | looked at |\n|---|---|---|---|---|---|---|")
    for size in options.sizes:
        measure(size, options.decided)


if __name__ == "__main__":
    main()
