"""boundwork doctor: what this machine has, and what works without the rest."""

from __future__ import annotations

import argparse

from boundwork.cli.output import add_format

HELP = "say what this machine has, and what works without the rest"
DESCRIPTION = ("Say what this machine has of what boundwork can use: packages, Java, Chromium, Virtuoso, memory, cache; what each is for, and what works "
               "without it.")
EXAMPLES = """\
examples:
  boundwork doctor
  boundwork doctor --format json
"""
COLUMNS = ["name", "here", "version", "used_for", "without", "get"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print one row for each thing."""
    from boundwork.cli.output import listing, width
    from boundwork.explore.equipment import examine
    from boundwork.wording import folded

    found = examine()
    if args.format != "table":
        listing([{c: getattr(e, c) for c in COLUMNS} for e in found], COLUMNS, args.format, args.raw)
        return 0
    for each in found:
        version = f" ({each.version})" if each.version else ""
        lines = [f"{each.name}{version}: {each.used_for}.", each.without and f"Without it: {each.without}.", each.get and f"To get it: {each.get}"]
        folds = [part for line in lines if line for part in folded(line, (width() or 100) - 5)]
        print("\n".join(f"{('yes' if each.here else 'no') if at == 0 else '':<5}{part}" for at, part in enumerate(folds)))
    return 0
