"""boundwork export: a study for another program."""

from __future__ import annotations

import argparse

from boundwork.cli.options import group_size

HELP = "write a study out for another program"
DESCRIPTION = """Write a study out: for QDA tools (qdpx, or qdc for the codes alone), as one table of codings (csv, xlsx), as W3C Web Annotations (jsonld)
or as a dataset of named graphs (nq, trig; turtle and nt without names). Text and quotes stay out unless --with-text says that the file may hold them."""
EXAMPLES = """\
examples:
  boundwork export mystudy --to qdpx --with-text -o mystudy.qdpx
  boundwork export mystudy --to qdpx --with-text --for nvivo -o mystudy.qdpx
  boundwork export mystudy --to xlsx -o mystudy.xlsx
  boundwork export mystudy --to csv -o tables.zip      every table as CSV
  boundwork export mystudy --to csv --public           without what is private
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from boundwork.exchange.counting import PROGRAMS
    from boundwork.exchange.formats import FORMATS

    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("--to", required=True, choices=FORMATS, metavar="FORMAT", help=f"one of {', '.join(FORMATS)}")
    parser.add_argument("-o", "--output", metavar="FILE", help="write here; formats that are text go to standard output without it")
    parser.add_argument("--with-text", action="store_true", help="the file may hold the words of the sources")
    parser.add_argument("--for", dest="program", choices=tuple(PROGRAMS), metavar="PROGRAM",
                        help=f"count characters as this program does: {', '.join(PROGRAMS)} (qdpx)")
    parser.add_argument("--public", action="store_true", help="only what may be public; see boundwork build --help")
    parser.add_argument("--least", type=group_size, default=5, metavar="K", help="with --public: an attribute stays where K councils or speakers share it "
                        "(default: 5)")
    parser.add_argument("--offsets", action="store_true", help="with --public: the places of extracts in their sources stay")
    parser.add_argument("--raw", action="store_true", help="csv and xlsx: leave cells that start with = + - @ as they are")


def run(args: argparse.Namespace) -> int:
    """Write the file; talk goes to standard error."""
    import sys
    from pathlib import Path

    from boundwork.cli.output import Progress, reader_note, wrapped
    from boundwork.explore.disclosed import publishing_note
    from boundwork.explore.exchanging import export_file
    from boundwork.project import find_study

    progress = Progress()
    output = Path(args.output) if args.output else None
    folder = find_study(args.study)
    lines = export_file(folder, args.to, output, sys.stdout.buffer, with_text=args.with_text, program=args.program, raw=args.raw,
                        public=args.public, k=args.least, offsets=args.offsets, progress=progress)
    sys.stdout.flush()
    progress.clear()
    for line in lines:
        reader_note(wrapped(line))
    if note := publishing_note(folder):
        reader_note(wrapped(note))
    if output is not None:
        reader_note(f"Written: {output}")
    return 0
