"""boundwork build: tables -> graph -> rules -> store."""

from __future__ import annotations

import argparse

from boundwork.cli.common import add_store, group_size
from boundwork.cli.output import add_format

HELP = "make the graph of a study from its tables"
DESCRIPTION = "Make the graph of a study from its tables, run the rules over each reading, and put the result in place, whole or not at all."
EXAMPLES = """\
examples:
  boundwork build                        the enclosing study, or the shipped one
  boundwork build mystudy -o mystudy.nq  write the dataset of named graphs too
                                         (.nq .trig .jsonld .ttl .nt)
  boundwork build mystudy --public -o public.nq    without text, names and notes
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the dataset here; the same input gives the same bytes")
    add_store(parser)
    parser.add_argument("--public", action="store_true", help="build what may be public: an allow-list, with pseudonyms and without rare attributes")
    parser.add_argument("--least", type=group_size, default=5, metavar="K", help="with --public: an attribute stays where K councils or speakers share it "
                        "(default: 5)")
    parser.add_argument("--offsets", action="store_true", help="with --public: the places of extracts in their sources stay")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Build and print the number of triples of each graph."""
    from pathlib import Path

    from boundwork.cli.output import Progress, listing, reader_note, wrapped
    from boundwork.pipeline.build import build
    from boundwork.project import find_study
    from boundwork.tables.schema import TABLES
    from boundwork.terms import GRAPH
    from boundwork.wording import counted

    progress = Progress()
    output = Path(args.output) if args.output else None
    store = Path(args.store) if args.store else None
    left_out: list[str] = []
    if args.public:
        from boundwork.explore.exchanging import publish

        made, left_out = publish(find_study(args.study), store, output, args.least, args.offsets, progress)
    else:
        made = build(find_study(args.study), store, output, progress)
    progress.clear()
    listing([{"graph": g.removeprefix(GRAPH), "triples": n} for g, n in made.graphs.items()], ["graph", "triples"], args.format, args.raw)
    rows = ", ".join(counted(n, TABLES[t].thing) for t, n in made.rows.items())
    reader_note(f"{made.manifest['study']}: {rows}; {'built' if made.fresh else 'already up to date'}." + (f" Written: {output}" if output else ""))
    for line in left_out:
        reader_note(wrapped(line))
    return 0
