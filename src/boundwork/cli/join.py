"""boundwork join: a table of figures by type, region or council comes in as an RDF Data Cube, with period, unit, source and licence."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from boundwork.cli.output import LISTINGS, add_format

HELP = "join a table of figures by type, region or council"
DESCRIPTION = """Join a table of figures (deprivation, ratings, spending, elections) to the cells that a study's councils lie in. The figures are written
to STUDY/figures with period, unit, source and licence, and become an RDF Data Cube in a named graph of its own at the next build.
Several rows of one cell become one figure only with --aggregate, and the weights are stated."""
EXAMPLES = """\
examples:
  boundwork join mystudy imd.csv --on type,region --value score --unit points \\
      --period 2004 --source "IMD 2004, ODPM" --licence OGL-UK-3.0
  boundwork join mystudy imd.csv --on type=kind,region=gor --dry-run ...
  boundwork join mystudy spend.csv --on snac=code --via councils.csv \\
      --aggregate mean --weight population ...
  boundwork join open-study cpa.csv --on council=id --value rating \\
      --categories cpa-stars ...
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("table", metavar="TABLE", help="table of figures (CSV, TSV, XLSX, ODS); - reads standard input")
    parser.add_argument("--on", required=True, metavar="KEYS", help="what the rows are about: type, region, council, or a code scheme (snac, gss, register), "
                        "with commas between; KEY=COLUMN where the column is called otherwise")
    parser.add_argument("--value", default="", metavar="COLUMN", help="column of the figures (default: the only one with numbers)")
    parser.add_argument("--categories", default="", metavar="SCHEME", help="the figures are categories of cpa-categories (words) or cpa-stars")
    parser.add_argument("--unit", default="", metavar="TEXT", help="unit of the figures, such as points or pounds per head")
    parser.add_argument("--period", default="", metavar="TEXT", help="year or years that the figures are about")
    parser.add_argument("--period-column", default="", metavar="COLUMN", help="column that holds the period of each row")
    parser.add_argument("--source", default="", metavar="TEXT", help="where the table comes from; a text or an IRI")
    parser.add_argument("--licence", default="", metavar="TEXT", help="licence of the table; a name or an IRI")
    parser.add_argument("--title", default="", metavar="TEXT", help="title of the set (default: the column and the period)")
    parser.add_argument("--set", default="", dest="name", metavar="NAME", help="name of the set (default: the table's)")
    parser.add_argument("--aggregate", default="", metavar="HOW", help="make one figure of several rows: mean, sum, median, min or max")
    parser.add_argument("--weight", default="", metavar="COLUMN", help="with --aggregate mean: what each row weighs (default: all alike)")
    parser.add_argument("--via", metavar="COUNCILS", help="table of councils that gives type and region of a code")
    parser.add_argument("--via-column", action="append", default=[], metavar="OURS=THEIRS", help="a column of that table that is called otherwise")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    add_format(parser, (*LISTINGS, "ttl", "turtle"))


def run(args: argparse.Namespace) -> int:
    """Join, write, and print the study's cells with their figures."""
    from boundwork.cli.options import local_file, pairs, ships
    from boundwork.cli.output import listing, reader_note, wrapped
    from boundwork.explore.joined import Asked, join
    from boundwork.files import shown_path
    from boundwork.project import find_study

    on = {key.strip(): (column.strip() or key.strip()) for key, _, column in (k.partition("=") for k in args.on.split(",") if k.strip())}
    folder = find_study(args.study)
    with local_file(args.table) as table:
        asked = Asked(table, args.table, on, args.value, args.name, args.title, args.unit, args.period, args.period_column, args.source, args.licence,
                      args.aggregate, args.weight, args.categories, Path(args.via) if args.via else None, pairs("--via-column", args.via_column))
        found = join(folder, asked)
    written = [] if args.dry_run or ships(folder) else found.write()
    if args.format in ("ttl", "turtle"):
        sys.stdout.buffer.write(found.turtle())
        sys.stdout.buffer.flush()
        for note in found.notes:
            reader_note(wrapped(note))
    else:
        about = found.figures.about
        notes = [*found.notes, f"Source: {about.source}. Licence: {about.licence}."]
        listing(found.table, found.columns, args.format, args.raw, notes, f"{about.title}: cells of {found.study.id}")
    for path in written:
        reader_note(f"Written: {shown_path(path)}")
    return 0
