"""boundwork build: tables -> graph -> rules -> store."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from boundwork.cli.options import add_engine, add_store, group_size
from boundwork.cli.output import add_format

if TYPE_CHECKING:
    from boundwork.cli.output import Progress

HELP = "make the graph of a study from its tables"
DESCRIPTION = "Make the graph of a study from its tables, run the rules over each reading, and put the result in place, whole or not at all."
EXAMPLES = """\
examples:
  boundwork build                        the enclosing study, or the shipped one
  boundwork build mystudy -o mystudy.nq  write the dataset of named graphs too
                                         (.nq .trig .jsonld .ttl .nt)
  boundwork build mystudy --public -o public.nq    without text, names and notes
  boundwork build mystudy -o parts       write it as a folder of partitions
  boundwork build studies -o parts --engine spark --master spark://HOST:7077
                                         a folder of studies, on a cluster
  boundwork build hdfs://HOST/studies -o hdfs://HOST/parts --engine spark
                                         the same in a file system of Hadoop's
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, the name of a shipped study, or (with -o DIR) a folder of studies, "
                        "also at an address such as hdfs://host/studies")
    parser.add_argument("-o", "--output", metavar="FILE|DIR", help="write the dataset here; the same input gives the same bytes. "
                        "A name without an ending is a folder of N-Quads partitions with a manifest, also at an address such as "
                        "hdfs://host/parts; no store is made then")
    add_engine(parser)
    add_store(parser)
    parser.add_argument("--public", action="store_true", help="build what may be public: an allow-list, with pseudonyms and without rare attributes")
    parser.add_argument("--least", type=group_size, default=5, metavar="K", help="with --public: an attribute stays where K councils or speakers share it "
                        "(default: 5)")
    parser.add_argument("--offsets", action="store_true", help="with --public: the places of extracts in their sources stay")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Build and print the number of triples of each graph."""
    from boundwork.cli.output import Progress, listing, reader_note, wrapped
    from boundwork.pipeline.build import build
    from boundwork.project import find_study
    from boundwork.scale.cluster_files import is_uri
    from boundwork.tables.schema import TABLES
    from boundwork.terms import GRAPH
    from boundwork.wording import counted

    progress = Progress()
    output = Path(args.output) if args.output else None
    away = args.work or is_uri(args.study) or is_uri(args.output)
    if args.engine == "spark" or (output is not None and not output.suffix) or args.partitions or away:
        return _partitions(args, output, progress)
    if args.engine == "one":
        from boundwork import workers

        workers.limit(1)
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
    reader_note(wrapped(f"{made.manifest['study']}: {rows}; {'built' if made.fresh else 'already up to date'}." + (f" Written: {output}" if output else "")))
    for line in left_out:
        reader_note(wrapped(line))
    return 0


def _partitions(args: argparse.Namespace, output: Path | None, progress: Progress) -> int:
    """Build a folder of partitions and print the number of quads of each graph."""
    from boundwork.cli.output import listing, reader_note
    from boundwork.errors import UsageError
    from boundwork.scale.engines import engine_named
    from boundwork.scale.stores import build_at
    from boundwork.terms import GRAPH
    from boundwork.wording import counted

    if output is None or output.suffix:
        raise UsageError("A build in partitions writes a folder.", "Name it with -o DIR, without an ending.")
    if args.store:
        raise UsageError("A build in partitions makes no store, so it takes no --store.", "Put the partitions into a store with: boundwork load DIR")
    if args.public:
        raise UsageError("A build in partitions holds everything, not only what may be public.", "Give -o a FILE such as public.nq, and leave --engine out.")
    try:
        made = build_at(args.study, args.output, lambda: engine_named(args.engine, args.master), args.partitions, args.work, progress)
    finally:
        progress.clear()
    listing([{"graph": g.removeprefix(GRAPH), "quads": n} for g, n in made.graphs.items()], ["graph", "quads"], args.format, args.raw)
    studies = made.manifest["studies"]
    parts = sum(s["partitions"] for s in studies.values())
    again = f" {counted(made.resumed, 'partition')} taken over from a run that was interrupted." if made.resumed else ""
    reader_note(f"{counted(len(studies), 'study')}, {counted(parts, 'partition')}, {counted(made.manifest['quads'], 'quad')}; "
                f"{'built' if made.fresh else 'already up to date'}.{again} Written: {args.output}")
    return 0
