"""boundwork build: tables -> graph -> rules -> store."""

from __future__ import annotations

import argparse

from boundwork.cli.common import add_store
from boundwork.cli.output import add_format

HELP = "make the graph of a study from its tables"
DESCRIPTION = "Make the graph of a study from its tables, run the rules over each reading, and put the result in place, whole or not at all."
EXAMPLES = """\
examples:
  boundwork build                        the enclosing study, or the shipped one
  boundwork build mystudy -o mystudy.nq  write the dataset of named graphs too
                                         (.nq .trig .jsonld .ttl .nt)
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the dataset here; the same input gives the same bytes")
    add_store(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Build and print the number of triples of each graph."""
    from pathlib import Path

    from boundwork.cli.output import Progress, listing, reader_note
    from boundwork.pipeline.build import build
    from boundwork.project import find_study
    from boundwork.tables.schema import TABLES
    from boundwork.terms import GRAPH
    from boundwork.wording import counted

    progress = Progress()
    output = Path(args.output) if args.output else None
    made = build(find_study(args.study), Path(args.store) if args.store else None, output, progress)
    progress.clear()
    listing([{"graph": g.removeprefix(GRAPH), "triples": n} for g, n in made.graphs.items()], ["graph", "triples"], args.format, args.raw)
    rows = ", ".join(counted(n, TABLES[t].thing) for t, n in made.rows.items())
    reader_note(f"{made.manifest['study']}: {rows}; {'built' if made.fresh else 'already up to date'}." + (f" Written: {output}" if output else ""))
    return 0
