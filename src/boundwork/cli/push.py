"""boundwork push: a build into a remote store."""

from __future__ import annotations

import argparse

from boundwork.cli.options import add_store, add_timeout
from boundwork.cli.output import add_format

HELP = "load a study into a remote store"
DESCRIPTION = ("Build a study and write its named graphs, as `boundwork build -o` has them, into a remote store by the Graph Store HTTP Protocol. "
               "Each graph is replaced whole and counted there afterwards.")
EXAMPLES = """\
examples:
  boundwork push --endpoint http://127.0.0.1:7878/query
  boundwork push --endpoint https://example.org/sparql mystudy
  boundwork push --endpoint mystore mystudy --prune

credentials: BOUNDWORK_ENDPOINT_USER and BOUNDWORK_ENDPOINT_PASSWORD in the
environment, or BOUNDWORK_ENDPOINT_MYSTORE_USER ... for a named endpoint.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("--endpoint", metavar="URL", required=True, help="the store's SPARQL endpoint: an address, or a name in endpoints.toml")
    parser.add_argument("--graph-store", metavar="URL", help="where it takes graphs; known for Oxigraph and Virtuoso, and from endpoints.toml")
    parser.add_argument("--prune", action="store_true", help="remove graphs of the study there that the build no longer has")
    add_timeout(parser)
    add_store(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Push, and print what the server counts in each graph."""
    from pathlib import Path

    from boundwork.cli.options import limit_of
    from boundwork.cli.output import Progress, listing, reader_note, wrapped
    from boundwork.explore.pushing import push
    from boundwork.project import find_study
    from boundwork.terms import GRAPH
    from boundwork.wording import counted

    progress = Progress()
    found = push(find_study(args.study), args.endpoint, args.graph_store, Path(args.store) if args.store else None, limit_of(args), args.prune, progress)
    progress.clear()
    sent = [p for p in found if not p.left]
    listing([{"graph": p.graph.removeprefix(GRAPH), "triples": p.counted} for p in sent], ["graph", "triples"], args.format, args.raw)
    left = [p for p in found if p.left]
    reader_note(wrapped(f"{counted(len(sent), 'graph')} written, {sum(p.sent for p in sent):,} triples; the server counts the same."))
    if left:
        names = ", ".join(p.graph.removeprefix(GRAPH) for p in left)
        reader_note(wrapped(f"{counted(len(left), 'graph')} of an earlier push {'is' if len(left) == 1 else 'are'} not in this build: {names}. "
                            "--prune removes such graphs."))
    return 0
