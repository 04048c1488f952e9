"""boundwork backup: a study with its dataset and stores as one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from boundwork.cli.options import add_store

HELP = "write a study with its store and provenance to one file"
DESCRIPTION = ("Write the files of a study, its whole dataset with the provenance of every row, and its built stores to one zip file, each with its SHA-256. "
               "It holds everything, texts included: keep it where the study may be kept.")
EXAMPLES = """\
examples:
  boundwork backup mystudy -o mystudy.zip
  boundwork restore mystudy.zip -o elsewhere
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="the file to write; an older one there is replaced when all is well")
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    """Back up, and say what the file holds."""
    from boundwork.cli.output import Progress, reader_note, wrapped
    from boundwork.pipeline.backup import backup
    from boundwork.project import find_study
    from boundwork.wording import counted

    progress = Progress()
    try:
        done = backup(find_study(args.study), args.output, Path(args.store) if args.store else None, progress)
    finally:
        progress.clear()
    reader_note(wrapped(f"{done.path}: {counted(done.files, 'file')} of {done.study} ({done.study_bytes:,} bytes), its dataset "
                        f"({done.dataset_bytes:,} bytes) and its stores ({done.store_bytes:,} bytes), before compression."))
    if done.passed_over:
        reader_note(wrapped(f"Left out, being no plain files: {', '.join(done.passed_over)}."))
    return 0
