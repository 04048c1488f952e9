"""boundwork agreement: how far coders agree, where they differ, and what would change if the other one were right."""

from __future__ import annotations

import argparse
import sys

from boundwork.cli.output import LISTINGS, Cell, add_format

HELP = "how far coders agree, and where they differ"
DESCRIPTION = """Agreement between coders over all, on each dimension and on each value of it: per cent, Cohen's and Fleiss' kappa, Krippendorff's
alpha for labels, for sets of labels and for ranges of characters, with intervals by bootstrap over extracts."""
EXAMPLES = """\
examples:
  boundwork agreement                       the enclosing study, or the shipped
  boundwork agreement mystudy --coders ann,ben --uncoded count
  boundwork agreement --extracts attributed --dimensions boundary,other
  boundwork agreement --disagreements       both rows, what moves most first
  boundwork agreement --decisions-template  rows for decisions.csv
  boundwork agreement --format ttl          an RDF Data Cube
"""
COLUMNS = ("dimension", "value", "units", "coded", "percent", "cohen", "fleiss", "alpha", "alpha_set", "low", "high", "alpha_u")
NARROW = ("coded", "fleiss", "alpha", "alpha_u", "units")
"""Columns that a narrow terminal loses, in this order."""


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 0")
    return int(text)


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 2.0
    if not -1 <= number <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from -1 to 1, such as 0.67")
    return number


def _names(text: str) -> tuple[str, ...]:
    return tuple(n.strip() for n in text.split(",") if n.strip())


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    parser.add_argument("--coders", type=_names, default=(), metavar="A,B", help="these coders (default: all who interpret and share extracts)")
    parser.add_argument("--dimensions", type=_names, metavar="A,B", help="what to compare (default: boundary,logic,form,purpose,code)")
    parser.add_argument("--extracts", choices=("all", "attributed", "narrative"), default="all", help="which extracts")
    parser.add_argument("--uncoded", choices=("omit", "count"), default="omit", help="leave out extracts that nobody coded, or count them as nothing")
    parser.add_argument("--distance", choices=("masi", "jaccard"), default="masi", help="how far two sets of values are apart")
    parser.add_argument("--bootstrap", type=_whole, default=1000, metavar="N", help="samples for the intervals; 0 for none")
    parser.add_argument("--seed", type=_whole, default=1, metavar="N", help="start of the random samples")
    parser.add_argument("--threshold", type=_share, metavar="X", help="least alpha_set (default: the study's [thresholds] agreement)")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--disagreements", action="store_true", help="list the extracts that are coded differently instead of the figures")
    shown.add_argument("--decisions-template", action="store_true", help="print those that nobody has decided on as rows for decisions.csv")
    add_format(parser, (*LISTINGS, "ttl", "turtle"), None)


def run(args: argparse.Namespace) -> int:
    """Print figures or disagreements; 1 when a figure is below the threshold."""
    from boundwork.cli.output import listing, reader_note, wrapped
    from boundwork.errors import UsageError
    from boundwork.explore.agreed import USUAL, Asked, agreement, as_turtle
    from boundwork.project import find_study

    cube = args.format in ("ttl", "turtle")
    if cube and (args.disagreements or args.decisions_template):
        raise UsageError("Turtle holds the figures.", "Take another --format for disagreements.")
    listed = args.disagreements or args.decisions_template
    asked = Asked(args.coders, tuple(dict.fromkeys(args.dimensions or USUAL)), args.extracts, args.uncoded, args.distance,
                  0 if listed else args.bootstrap, args.seed, args.threshold)
    found = agreement(find_study(args.study), asked)
    if cube:
        sys.stdout.buffer.write(as_turtle(found))
        sys.stdout.buffer.flush()
        for finding in found.findings:
            reader_note(wrapped(finding.message))
    elif args.decisions_template:
        listing(found.template, ["id", "extract", "keeps", "reason", "decided_by", "note"], args.format or "csv", args.raw)
        reader_note(wrapped("Fill in keeps (ids of codings), reason and decided_by, and put the rows into decisions.csv: the originals stay as they are."))
    elif args.disagreements:
        listing(found.differences, ["extract", "differs", "coder_1", "says_1", "rows_1", "coder_2", "says_2", "rows_2", "effect", "moves"],
                args.format or "table", args.raw, found.notes, found.title)
    else:
        rows, columns, left = _fitting(found.table) if args.format in (None, "table") else (found.table, list(COLUMNS), "")
        listing(rows, columns, args.format or "table", args.raw, [*found.notes, *([left] if left else [])], found.title)
    return 1 if found.below else 0


def _fitting(rows: list[dict[str, Cell]]) -> tuple[list[dict[str, Cell]], list[str], str]:
    """Return rows and columns as the terminal has room for them, with a note on the columns that it has no room for."""
    from boundwork.cli.output import text_of, width

    def wide(columns: list[str]) -> bool:
        return sum(max(len(c), *(len(text_of(r[c])) for r in rows)) + 2 for c in columns) - 2 > width()

    kept, left = list(COLUMNS), []
    if not width() or not wide(kept):
        return rows, kept, ""
    rows = [{**r, "on": r["value"] or f"{r['dimension']}, all"} for r in rows]  # values follow the dimension that they belong to
    kept = ["on", *COLUMNS[2:]]
    for column in NARROW:
        if wide(kept):
            kept.remove(column)
            left.append(column)
    return rows, kept, f"Left out because the terminal is narrow: {', '.join(left)}. See them with --format csv." if left else ""
