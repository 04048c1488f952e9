"""What the rows of an answer hang on, printed: blocks for people, full rows in every other format."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundwork.cli.output import Cell, Progress, listing, text_of, width, wrapped
from boundwork.wording import folded

if TYPE_CHECKING:
    from boundwork.explore.answers import AskResult
    from boundwork.explore.session import Session

_INDENT = 20


def print_sensitivity(opened: Session, result: AskResult, args: argparse.Namespace) -> None:
    """Compute and print."""
    from boundwork.explore.sensitivity import sensitivity

    progress = Progress()
    try:
        found = sensitivity(opened, result, progress)
    finally:
        progress.clear()
    if args.format in ("srj", "srx"):
        from boundwork.cli.results import write_results

        write_results(found.columns, found.solutions, None, args.format)
        return
    if args.format != "table":
        listing(found.table, found.columns, args.format, args.raw, found.notes, result.query.question)
        return
    print(f"{wrapped(result.query.question)}\n")
    shown = [c for c in found.variables if c != "reading"]
    same = [c for c in shown if len(found.rows) > 1 and len({text_of(cells[c]) for cells in found.table}) == 1 and found.table[0][c] is not None]
    if same and len(same) < len(shown):
        print(wrapped(f"In every row: {_told(found.table[0], same)}") + "\n")
        shown = [c for c in shown if c not in same]
    for row, cells in zip(found.rows, found.table, strict=True):
        print(wrapped(f"* {_told(cells, shown)}", "  "))
        words = found.told(row)
        readings = words["readings"] + (f"; {words['other_readings']}" if words["other_readings"] else "")
        _say("readings", readings)
        _say("without low", words["without_low"])
        alone = words["single_extract"]
        _say("single extract", f"{alone}: {words['without_extract']}" if row.single and len(row.single) == 1
             else f"{alone} (each alone); {words['without_extract']}" if row.single else alone)
    if not found.rows:
        print("(no rows)")
    print("".join(f"\n{wrapped(n)}" for n in found.notes))


def _told(cells: dict[str, Cell], columns: list[str]) -> str:
    return "; ".join(f"{c} {text_of(cells[c])}" for c in columns if cells[c] is not None)


def _say(name: str, told: str) -> None:
    if told:
        print(f"    {name}".ljust(_INDENT) + f"\n{' ' * _INDENT}".join(folded(told, max(width() or 100, 40) - _INDENT)))
