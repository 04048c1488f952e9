"""boundwork explain: what it is, where it is defined, where it is used."""

from __future__ import annotations

import argparse

from boundwork.cli.options import add_reading, add_study
from boundwork.cli.output import add_format

HELP = "say what anything is: a term, code, shape, case, coding ..."
DESCRIPTION = """Say what a thing is, where it is defined and where it is used: a term, code, shape, rule, question, column, the rule of a finding,
or anything of the study: case, coding, extract, council, speaker, source, claim, decision, coder, reading."""
EXAMPLES = """\
examples:
  boundwork explain expertise
  boundwork explain element-belongs-to-boundary
  boundwork explain cs03-expertise       a case: its status and its codings
  boundwork explain b012                 a coding, by its id
  boundwork explain codings.stance
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("thing", metavar="THING", help="a name, a prefixed name or an IRI")
    add_reading(parser)
    add_study(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print what is known of the thing."""
    from boundwork.cli.options import session
    from boundwork.cli.output import listing, width, wrapped
    from boundwork.explore.explaining import explain
    from boundwork.wording import folded

    found = explain(session(args), args.thing)
    if args.format == "table":
        print(f"{wrapped(f'{found.title}  ({found.kind})')}\n")
        for name, value in found.facts:
            command = value.startswith("boundwork ")  # stays on one line, to be copied
            print(f"{name}: {value}" if command else "\n".join(folded(f"{name}: {value}", width() or 100, "    ")))
    else:
        listing([{"name": n, "value": v} for n, v in [("title", found.title), ("kind", found.kind), *found.facts]], ["name", "value"], args.format, args.raw)
    return 0
