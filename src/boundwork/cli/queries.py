"""boundwork queries: the stored questions."""

from __future__ import annotations

import argparse
import sys

from boundwork.cli.options import add_study
from boundwork.cli.output import LISTINGS, add_format

HELP = "list the stored questions"
DESCRIPTION = "List the stored questions with their parameters; with --format ttl, publish them in the vocabulary of sparql-examples."
EXAMPLES = """\
examples:
  boundwork queries
  boundwork queries --tag hybridity
  boundwork queries --format ttl > queries.ttl
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--tag", metavar="TAG", help="only questions with this tag")
    add_study(parser, store=False)
    add_format(parser, (*LISTINGS, "ttl", "turtle"))


def run(args: argparse.Namespace) -> int:
    """Print the questions."""
    from boundwork.cli.options import session
    from boundwork.cli.output import listing

    found = session(args).queries()
    if args.tag:
        found = [q for q in found if args.tag in (q.header.get("tags") or [])]
    if args.format in ("ttl", "turtle"):
        from boundwork.explore.catalogue import as_turtle

        sys.stdout.buffer.write(as_turtle(found))
        return 0
    rows: list[dict[str, str | int | float | bool | None]] = [
        {"slug": q.slug, "question": q.question, "parameters": ", ".join(f"{p.name}={p.default or 'any'}" for p in q.params.values()),
         "competency": q.competency} for q in found]
    listing(rows, ["slug", "question", "parameters", "competency"], args.format, args.raw)
    return 0
