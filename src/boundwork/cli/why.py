"""boundwork why: the derivation of one triple down to rows, coders and extracts, or what is missing for it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundwork.cli.options import add_reading, add_study
from boundwork.cli.whyprint import FORMATS, add_most, whole

if TYPE_CHECKING:
    from boundwork.explore.session import Session

HELP = "say why a triple is in the graph, or why not"
DESCRIPTION = ("Trace one triple of the graph to its ground: which rule inferred it from which premises, and these in turn, down to the row, "
               "the coder and the extract, the ontology, or what was looked for and not found. With --not, say what is missing for a triple; "
               "of a case or council alone, what it lacks for each kind of hybrid.")
EXAMPLES = """\
examples:
  boundwork why cs08-competitiveness a bw:HybridCase
  boundwork why b001 drawsOn bureaucratic
  boundwork why cs03-expertise a bw:BoundaryCase --format json
  boundwork why --not cs03-expertise
  boundwork why --not b031 drawsOn managerial
  boundwork why cs08-competitiveness a bw:HybridCase --format svg > why.svg

A name is a prefixed name, a full IRI, an id of the study (cs03-expertise),
KIND/ID (work/b001), a number, true or false, a text, or a for "is a".
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("subject", metavar="SUBJECT", help="what the triple is about")
    parser.add_argument("predicate", metavar="PREDICATE", nargs="?", help="the property, or a")
    parser.add_argument("object", metavar="OBJECT", nargs="?", help="the value")
    parser.add_argument("--not", dest="negative", action="store_true", help="say what is missing for a triple that is not in the graph")
    parser.add_argument("--depth", type=whole, metavar="N", help="explain no more than N levels of inference (default: all)")
    add_most(parser)
    add_reading(parser)
    add_study(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", metavar="FORMAT",
                        help=f"one of {', '.join(FORMATS)}; table to html list the grounds alone, turtle and what follows it are PROV-O")
    parser.add_argument("--raw", action="store_true", help="csv and tsv: leave cells that start with = + - @ as they are")


def run(args: argparse.Namespace) -> int:
    """Print the tree; 1 when the triple is not there, or, with --not, when it is."""
    import shlex

    from boundwork.cli.options import session
    from boundwork.cli.output import reader_note, wrapped
    from boundwork.cli.whyprint import print_trees
    from boundwork.errors import UsageError
    from boundwork.explore.why import Builder, understand

    words = [w for w in (args.subject, args.predicate, args.object) if w is not None]
    if len(words) != 3 and not (args.negative and len(words) == 1):
        raise UsageError("A triple has a subject, a property and a value.", "Such as: boundwork why cs08-competitiveness a bw:HybridCase")
    asked = " ".join(map(shlex.quote, words))
    opened = session(args)
    if args.negative:
        return _missing(opened, words, args.format, asked)
    builder = Builder(opened, args.most or None, args.depth)
    found = understand(builder, *words)
    if not found.holds:
        there = f" There it says: {', '.join(found.instead)}." if found.instead else ""
        option = " ".join(f"--{n} {shlex.quote(v)}" for n in ("study", "reading") if (v := getattr(args, n)))
        reader_note(wrapped(f"boundwork: {builder.naming.triple(found.triple)} is not in the graph of the reading {opened.reading.id}.{there}"))
        if found.readings:
            reader_note(f"  It is under --reading {' or '.join(found.readings)}.")
        reader_note(f"  What is missing: boundwork why --not {asked}{' ' + option if option else ''}")
        return 1
    print_trees([builder.tree(found.triple)], args.format, opened.study.id, f"Why: {asked}", args.raw)
    return 0


def _missing(opened: Session, words: list[str], form: str, asked: str) -> int:
    from boundwork.cli.whyprint import FLAT, PROVENANCE, print_trees
    from boundwork.errors import UsageError
    from boundwork.explore.why.lacking import why_no_hybrid, why_not

    if form in PROVENANCE or form in FLAT:
        raise UsageError("What is missing has no grounds to list.", "Use one of text, json, md, mermaid, svg.")
    trees = why_no_hybrid(opened, words[0]) if len(words) == 1 else [why_not(opened, words[0], words[1], words[2])]
    print_trees([tree for tree, _ in trees], form, opened.study.id, f"Why not: {asked}")
    return 1 if all(holds for _, holds in trees) else 0
