"""boundwork resolve: the words behind every locator, and the locator of any words."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundwork.cli.options import add_study
from boundwork.cli.output import add_format

if TYPE_CHECKING:
    from boundwork.explore.locating import Search

HELP = "show the words behind every locator, or find words"
DESCRIPTION = """Show the words behind every extract to someone who holds the text, and check that they are the words that were coded.
A study carries locators, not texts: without --text, only sources whose file ships with the study are shown.
With --find, say where some words stand, as a row for extracts.csv; quotes, dashes, white space and line breaks may differ."""
EXAMPLES = """\
examples:
  boundwork resolve --study example-study
  boundwork resolve --text paper.txt --extract x07
  boundwork resolve --study mystudy --find 'We know our district.'
  boundwork resolve --text interview.txt --find 'some words of it'
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--text", metavar="FILE", help="the text of a source, in UTF-8")
    parser.add_argument("--source", metavar="ID", help="which source the text is, where its hash does not tell; or only this source")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--extract", metavar="ID", help="only this extract")
    what.add_argument("--find", metavar="WORDS", help="where these words stand, and a line for extracts.csv; - reads them from standard input")
    add_study(parser, store=False)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print the words; 1 when a hash does not hold or the words are not found."""
    from pathlib import Path

    from boundwork.cli.output import listing, reader_note
    from boundwork.explore.resolving import resolve
    from boundwork.project import find_study
    from boundwork.wording import counted

    text = Path(args.text) if args.text else None
    if args.find is not None:
        from boundwork.cli.options import read_text
        from boundwork.explore.locating import find_words

        return _found(find_words(find_study(args.study), read_text("-") if args.find == "-" else args.find, text, args.source), args)
    found = resolve(find_study(args.study), text, args.source, args.extract)
    word = {True: "yes", False: "NO", None: "no hash"}
    listing([{"extract": r.extract, "source": r.source, "section": r.section, "start": r.start, "end": r.end, "holds": word[r.holds],
              "words": r.words or r.problem} for r in found], ["extract", "source", "section", "start", "end", "holds", "words"], args.format, args.raw)
    bad = [r for r in found if r.holds is False]
    good = sum(r.holds is True for r in found)
    without = f", {counted(len(found) - good - len(bad), 'has', 'no hash')}" if len(found) > good + len(bad) else ""
    reader_note(f"{counted(len(found), 'extract')}, {counted(good, 'hash', 'holds')}, {counted(len(bad), 'does')} not{without}.")
    for r in bad[:5]:
        reader_note(f"  {r.extract}: {r.problem}.")
    return 1 if bad else 0


def _found(search: Search, args: argparse.Namespace) -> int:
    """Print the places with lines to paste; 1 when there is none."""
    from boundwork.cli.output import listing, reader_note, wrapped
    from boundwork.wording import counted

    columns = ["source", "start", "end", "sha256", "extract", "words", "line"]
    places = [{"source": p.source, "start": p.start, "end": p.end, "sha256": p.sha256, "extract": p.extract or None, "words": p.words, "line": p.line or None}
              for p in search.places]
    for name in search.changed:
        reader_note(wrapped(f"The text is not the one whose hash stands in sources.csv for {name}: places count for the text as it is now."))
    if not places:
        if args.format != "table":
            listing([], columns, args.format, args.raw)
        reader_note("These words do not stand there.")
        if near := search.nearest:
            reader_note(wrapped(f"Did you mean {near.start},{near.end} in {near.source}: '{' '.join(near.words.split())}'?"))
        return 1
    if args.format != "table":
        listing(places, columns, args.format, args.raw)  # type: ignore[arg-type]
    else:
        for p in search.places:
            print(f"{p.source}: {p.start},{p.end}" + (f"  (extract {p.extract})" if p.extract else ""))
            print(f"sha256: {p.sha256}")
            print("\n".join(f"  {line}" for line in wrapped(p.words).splitlines()) + "\n")
        for table, header, lines in (("sources", search.sources_header, search.sources_lines),
                                     ("extracts", search.header, [p.line for p in search.places if p.line])):
            if lines:
                print("\n".join([f"For {table}.csv:", header, *lines]) + "\n")
    reader_note(f"{counted(len(places), 'place')}." + (" Fill in who speaks, about whom and the gist." if any(p.line for p in search.places) else ""))
    return 0
