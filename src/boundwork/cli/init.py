"""boundwork init: a new study that builds at once."""

from __future__ import annotations

import argparse

HELP = "make the skeleton of a new study"
DESCRIPTION = "Make a folder with a commented study.toml and every table, filled with one invented example, so that it builds, validates and answers at once."
EXAMPLES = """\
examples:
  boundwork init mystudy
  cd mystudy && boundwork validate && boundwork ask hybrid-council-types
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("dir", metavar="DIR", help="a new folder")


def run(args: argparse.Namespace) -> int:
    """Write the skeleton and print its files."""
    import shlex
    from pathlib import Path

    from boundwork.cli.output import reader_note
    from boundwork.explore.skeletons import init

    for path in init(Path(args.dir)):
        print(path)
    shown = shlex.quote(args.dir)
    reader_note(f"Next: edit the tables, then\n  boundwork validate {shown}\n  boundwork ask hybrid-council-types --study {shown}")
    return 0
