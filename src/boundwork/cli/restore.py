"""boundwork restore: a backup back into a folder, once every byte is known to be as it was."""

from __future__ import annotations

import argparse
from pathlib import Path

from boundwork.cli.options import add_store

HELP = "put a backup back into a new folder"
DESCRIPTION = ("Put a study back from a file that boundwork backup wrote. Every entry is checked against its SHA-256 first, and nothing is written outside the "
               "new folder. Stores of this version are used as they are; others are built again when they are first needed.")
EXAMPLES = """\
examples:
  boundwork restore mystudy.zip -o mystudy
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a file that boundwork backup wrote")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="the folder to make; it may not hold anything yet")
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    """Restore, and say what became of the stores."""
    from boundwork.cli.output import Progress, reader_note, wrapped
    from boundwork.pipeline.backup import restore
    from boundwork.wording import counted

    progress = Progress()
    try:
        done = restore(args.file, args.output, Path(args.store) if args.store else None, progress)
    finally:
        progress.clear()
    reader_note(wrapped(f"{done.study} restored to {done.folder}: {counted(done.files, 'file')}, saved {done.made} by boundwork {done.made_by}. "
                        f"Stores: {done.store}."))
    return 0
