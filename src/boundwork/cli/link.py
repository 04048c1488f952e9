"""boundwork link: the named councils of a study in a table of councils, by codes and dates; what is only alike is left to a person."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from boundwork.cli.output import LISTINGS, add_format

HELP = "link councils to a table of councils, by codes and dates"
DESCRIPTION = """Link the named councils of a study with a table of councils: by (scheme, code, date), by exact name within type and date, and through
reorganisations, which is said. What is only alike goes into a table of candidates: write accept or reject into its column decision, and run
the command again. The links are written to STUDY/links and become a named graph at the next build. An anonymised study is refused."""
_WIDE = 140
"""Columns of a terminal on which the reason of a link fits beside it."""
EXAMPLES = """\
examples:
  boundwork link mystudy --to councils.csv --dry-run
  boundwork link mystudy --to councils.csv --date 2004-04-01
  boundwork link mystudy --to lads.csv --column id=LAD23CD --column name=LAD23NM
  boundwork link mystudy --to councils.csv --format sssom > links.sssom.tsv
  boundwork link mystudy --to councils.csv --candidates
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("--to", required=True, metavar="TABLE", help="table of councils (CSV, TSV, XLSX, ODS), one row each; - reads standard input")
    parser.add_argument("--set", default="", dest="name", metavar="NAME", help="name of the set of links (default: the table's)")
    parser.add_argument("--column", action="append", default=[], metavar="OURS=THEIRS", help="a column of the table that is called otherwise; again for more")
    parser.add_argument("--date", default="", metavar="DATE", help="day or year at which the study's councils were there (default: its first wave)")
    parser.add_argument("--successors", metavar="FILE", help="more reorganisations, with the columns of data/reference/reorganisations.csv")
    parser.add_argument("--no-history", action="store_true", help="leave the shipped reorganisations and code changes aside")
    parser.add_argument("--author", default="", metavar="NAME", help="who answers for the links that are found")
    parser.add_argument("--source", default="", metavar="TEXT", help="what the table is and where it comes from")
    parser.add_argument("--candidates", action="store_true", help="list what is left to a person instead of the links")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    add_format(parser, (*LISTINGS, "sssom", "ttl", "turtle"))


def run(args: argparse.Namespace) -> int:
    """Link, write, and print the links or the candidates."""
    from boundwork.cli.options import local_file, pairs, ships
    from boundwork.cli.output import listing, reader_note, width, wrapped
    from boundwork.explore.linked import CANDIDATE_COLUMNS, COLUMNS, Asked, link
    from boundwork.files import shown_path
    from boundwork.project import find_study

    columns = pairs("--column", args.column)
    folder = find_study(args.study)
    with local_file(args.to) as table:
        asked = Asked(table, args.to, args.name or ("stdin" if args.to == "-" else ""), columns, args.date, Path(args.successors) if args.successors else None,
                      not args.no_history, args.author, args.source)
        found = link(folder, asked)
    written = [] if args.dry_run or ships(folder) else found.write()
    if args.format == "sssom":
        sys.stdout.write(found.sssom())
    elif args.format in ("ttl", "turtle"):
        sys.stdout.buffer.write(found.turtle())
        sys.stdout.buffer.flush()
    else:
        title = f"Links of {found.study.id} to {args.to}, as of {found.day}"
        rows, names = (found.candidates, list(CANDIDATE_COLUMNS)) if args.candidates else (found.table, list(COLUMNS))
        notes = [*found.summary, *(f"Note: {n}" for n in found.notes)]
        if args.format == "table" and not args.candidates and 0 < width() < _WIDE:
            names = [n for n in names if n not in ("name", "match", "why")]
            notes.append("Left out because the terminal is narrow: name, match, why. See them with --format csv.")
        listing(rows, names, args.format, args.raw, notes, title)
    if args.format in ("sssom", "ttl", "turtle"):
        for line in (*found.summary, *found.notes):
            reader_note(wrapped(line))
    for path in written:
        reader_note(f"Written: {shown_path(path)}")
    return 0
