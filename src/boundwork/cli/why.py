"""boundwork why: the derivation of one triple down to rows, coders and extracts, or what is missing for it."""

from __future__ import annotations

import argparse

from boundwork.cli.common import add_reading, add_study
from boundwork.cli.whyprint import FORMATS

HELP = "say why a triple is in the graph, or why not"
DESCRIPTION = ("Trace one triple of the graph to its ground: which rule inferred it from which premises, and these in turn, down to the row, "
               "the coder and the extract, the ontology, or what was looked for and not found. With --not, say what is missing for a triple.")
EXAMPLES = """\
examples:
  boundwork why cs08-competitiveness a bw:HybridCase
  boundwork why b001 drawsOn bureaucratic
  boundwork why cs03-expertise a bw:BoundaryCase --format json
  boundwork why --not cs03-expertise a bw:HybridCase
  boundwork why cs08-competitiveness a bw:HybridCase --format svg > why.svg

A name is a prefixed name, a full IRI, an id of the study (cs03-expertise),
KIND/ID (work/b001), a number, true or false, a text, or a for "is a".
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("subject", metavar="SUBJECT", help="what the triple is about")
    parser.add_argument("predicate", metavar="PREDICATE", help="the property, or a")
    parser.add_argument("object", metavar="OBJECT", help="the value")
    parser.add_argument("--not", dest="negative", action="store_true", help="say what is missing for a triple that is not in the graph")
    parser.add_argument("--depth", type=_count, metavar="N", help="explain no more than N levels of inference (default: all)")
    parser.add_argument("--most", type=_count, default=3, metavar="N", help="show N derivations of a triple and N members of a count; 0 shows all (default 3)")
    add_reading(parser)
    add_study(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", metavar="FORMAT", help=f"one of {', '.join(FORMATS)}; ttl, nt and jsonld are PROV-O")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 1_000_000):
        raise argparse.ArgumentTypeError(f"'{text}' is no number such as 0 or 3")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Print the tree; 1 when the triple is not there, or, with --not, when it is."""
    import shlex

    from boundwork.cli.common import session
    from boundwork.cli.output import reader_note, wrapped
    from boundwork.cli.whyprint import GRAPHS, print_trees
    from boundwork.errors import UsageError
    from boundwork.explore.why import Builder, understand

    opened = session(args)
    words = (args.subject, args.predicate, args.object)
    asked = " ".join(map(shlex.quote, words))
    if args.negative:
        from boundwork.explore.why.lacking import why_not

        if args.format in GRAPHS:
            raise UsageError("What is missing has no provenance.", "Use one of text, json, md, mermaid, svg.")
        tree, holds = why_not(opened, *words)
        print_trees([tree], args.format, opened.study.id, f"Why not: {asked}")
        return 1 if holds else 0
    builder = Builder(opened, args.most or None, args.depth)
    found = understand(builder, *words)
    if not found.holds:
        there = f" There it says: {', '.join(found.instead)}." if found.instead else ""
        option = " ".join(f"--{n} {shlex.quote(v)}" for n in ("study", "reading") if (v := getattr(args, n)))
        reader_note(wrapped(f"boundwork: {builder.naming.triple(found.triple)} is not in the graph of the reading {opened.reading.id}.{there}"))
        reader_note(f"  What is missing: boundwork why --not {asked}{' ' + option if option else ''}")
        return 1
    print_trees([builder.tree(found.triple)], args.format, opened.study.id, f"Why: {asked}")
    return 0
