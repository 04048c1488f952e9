"""boundwork disclosure: how many real councils share what an anonymised study publishes about each case."""

from __future__ import annotations

import argparse
from pathlib import Path

from boundwork.cli.output import add_format

HELP = "how many real councils share what is published about a case"
DESCRIPTION = """For each case of an anonymised study: how many real councils share its type, its region and what else is published about it, one at a
time and together, at the study's date. Fewer than the threshold (10, or [thresholds] disclosure in study.toml) is a finding and makes the
exit status 1, unless study.toml records why it stays. --coarsen proposes what to publish instead."""
EXAMPLES = """\
examples:
  boundwork disclosure                     the enclosing study, or the shipped
  boundwork disclosure mystudy --coarsen
  boundwork disclosure mystudy --threshold 20 --format csv
  boundwork disclosure mystudy --counts my-counts.csv
  boundwork disclosure --ignore-override   as if study.toml set nothing aside
"""


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of councils, such as 10")
    return int(text)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("--coarsen", action="store_true", help="propose the least coarsening: part of England, England, or withheld")
    parser.add_argument("--threshold", type=_whole, metavar="N", help="least number of councils (default: the study's, else 10)")
    parser.add_argument("--counts", metavar="FILE", help="table of counts with columns type, region, councils, and one for each further attribute")
    parser.add_argument("--ignore-override", action="store_true", help="report as if study.toml set nothing aside")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print the table; 1 when a case is shared by too few and the study does not say why it stays."""
    from boundwork.cli.output import listing
    from boundwork.explore.disclosed import disclosure
    from boundwork.project import find_study

    found = disclosure(find_study(args.study), Path(args.counts) if args.counts else None, args.threshold, args.ignore_override)
    if args.coarsen:
        title = f"What {found.study.id} may publish so that {found.threshold} councils share each case"
        listing(found.proposals, found.COARSE, args.format, args.raw, [*found.notes, *(found.coarse_notes if found.exposures else [])], title)
    else:
        listing(found.table, found.columns, args.format, args.raw, found.notes, f"Real councils that share what {found.study.id} publishes about a case")
    return 1 if found.fails else 0
