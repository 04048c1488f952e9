"""boundwork load: datasets in partitions -> one store, in bulk, every quad counted."""

from __future__ import annotations

import argparse
from pathlib import Path

from boundwork.cli.output import add_format

HELP = "put datasets in partitions into one store"
DESCRIPTION = """Put datasets in partitions (boundwork build -o DIR) into one store, in bulk, and count what it holds afterwards.
A folder becomes an embedded store; http://... is a server that takes N-Quads, such as oxigraph; virtuoso:HOST:PORT loads by Virtuoso's own loader."""
EXAMPLES = """\
examples:
  boundwork load parts --into archive
  boundwork ask hybrid-council-types --loaded archive
  boundwork load parts more --into http://127.0.0.1:7878
  boundwork load parts --into virtuoso:127.0.0.1:1111
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("parts", nargs="+", metavar="PARTS", help="folders that boundwork build -o DIR has written, also at addresses such as hdfs://host/parts")
    parser.add_argument("--into", required=True, metavar="STORE", help="a folder, http://HOST:PORT, or virtuoso:HOST:PORT")
    parser.add_argument("--endpoint", metavar="URL", default="http://127.0.0.1:8890/sparql", help="virtuoso: its SPARQL endpoint, where quads are counted "
                        "(default: http://127.0.0.1:8890/sparql)")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Load, and print the number of quads of each graph."""
    from boundwork.cli.output import Progress, listing, reader_note
    from boundwork.scale.loading import load_local, load_server, load_virtuoso
    from boundwork.scale.stores import datasets_at
    from boundwork.terms import GRAPH
    from boundwork.wording import counted

    progress = Progress()
    try:
        with datasets_at(args.parts, progress) as parts:
            if args.into.startswith("virtuoso:"):
                made = load_virtuoso(parts, args.into.removeprefix("virtuoso:"), args.endpoint, progress=progress)
            elif args.into.startswith(("http://", "https://")):
                made = load_server(parts, args.into, progress)
            else:
                made = load_local(parts, Path(args.into), progress)
    finally:
        progress.clear()
    listing([{"graph": g.removeprefix(GRAPH), "quads": n} for g, n in sorted(made.graphs.items())], ["graph", "quads"], args.format, args.raw)
    reader_note(f"{counted(len(made.studies), 'study')}, {counted(sum(made.graphs.values()), 'quad')} loaded into {args.into}, and counted there.")
    return 0
