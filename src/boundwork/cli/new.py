"""boundwork new: a commented skeleton of a term, code, shape or query."""

from __future__ import annotations

import argparse

from boundwork.cli.options import add_study

HELP = "add a skeleton of a term, code, shape or query to a study"
DESCRIPTION = "Add a commented skeleton to a study: a term of the theory, a code of the project's own, a shape with its examples, or a stored question."
EXAMPLES = """\
examples:
  boundwork new code blame-talk --study mystudy
  boundwork new query councils-by-type --study mystudy
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("kind", choices=("term", "code", "shape", "query"), help="what to add")
    parser.add_argument("name", metavar="NAME", help="its name: lower-case words with hyphens")
    add_study(parser, store=False)


def run(args: argparse.Namespace) -> int:
    """Write the skeleton and print its files."""
    from boundwork.cli.output import reader_note
    from boundwork.explore.skeletons import new
    from boundwork.project import find_own_study

    made = new(find_own_study(args.study), args.kind, args.name)
    for path in made:
        print(path)
    reader_note(f"Edit {'it; it is' if len(made) == 1 else 'them; they are'} used from now on.")
    return 0
