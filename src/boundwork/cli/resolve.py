"""boundwork resolve: the words behind every locator."""

from __future__ import annotations

import argparse

from boundwork.cli.common import add_study
from boundwork.cli.output import add_format

HELP = "show the words behind every locator, and prove every hash"
DESCRIPTION = """Show the words behind every extract to someone who holds the text, and check that they are the words that were coded.
A study carries locators, not texts: without --text, only sources whose file ships with the study are shown."""
EXAMPLES = """\
examples:
  boundwork resolve --text paper.txt
  boundwork resolve --text paper.txt --extract x07
  boundwork resolve --study example-study --format json
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--text", metavar="FILE", help="the text of a source, in UTF-8")
    parser.add_argument("--source", metavar="ID", help="which source the text is, where its hash does not tell")
    parser.add_argument("--extract", metavar="ID", help="only this extract")
    add_study(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print the words; 1 when a hash does not hold."""
    from pathlib import Path

    from boundwork.cli.output import listing, reader_note
    from boundwork.explore.resolving import resolve
    from boundwork.project import find_study

    found = resolve(find_study(args.study), Path(args.text) if args.text else None, args.source, args.extract)
    word = {True: "yes", False: "NO", None: "no hash"}
    listing([{"extract": r.extract, "source": r.source, "section": r.section, "start": r.start, "end": r.end, "holds": word[r.holds],
              "words": r.words or r.problem} for r in found], ["extract", "source", "section", "start", "end", "holds", "words"], args.format, args.raw)
    bad = [r for r in found if r.holds is False]
    reader_note(f"{len(found)} extracts, {sum(r.holds is True for r in found)} hashes hold, {len(bad)} do not.")
    for r in bad[:5]:
        reader_note(f"  {r.extract}: {r.problem}.")
    return 1 if bad else 0
