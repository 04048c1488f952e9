"""boundwork cache: where built graphs lie, and how to empty it."""

from __future__ import annotations

import argparse

HELP = "show or empty the folder of built graphs"
DESCRIPTION = ("Show where built graphs and kept answers of other servers lie; with --clear, remove them all. "
               "They are made again when they are needed.")
EXAMPLES = """\
examples:
  boundwork cache
  boundwork cache --clear
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--clear", action="store_true", help="remove every built graph")


def run(args: argparse.Namespace) -> int:
    """Print the folder, or empty it."""
    from boundwork.cli.output import reader_note
    from boundwork.pipeline.build import clear_cache
    from boundwork.project import cache_root
    from boundwork.wording import counted

    if args.clear:
        count, root = clear_cache()
        reader_note(f"Removed the built graphs of {counted(count, 'study')} from {root}.")
    else:
        print(cache_root())
    return 0
