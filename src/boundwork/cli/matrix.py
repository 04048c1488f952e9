"""boundwork matrix: two dimensions of the coding crossed, gaps included."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from boundwork.cli.options import add_reading, add_study, add_timeout
from boundwork.cli.output import add_format

if TYPE_CHECKING:
    from boundwork.explore.matrix import Matrix

HELP = "cross two dimensions of the coding"
DESCRIPTION = """Cross any two of boundary, logic, element, form, purpose, other, role, council, type, region, coder, wave, code, performer, regime,
rating, level, direction, stance, basis, confidence and kind (attributed, narrative, open). The same dimension twice shows what occurs together."""
EXAMPLES = """\
examples:
  boundwork matrix boundary form
  boundwork matrix type boundary --count extracts
  boundwork matrix element element --together extract
  boundwork matrix code role --near 200
  boundwork matrix boundary logic --plot boundary-logic.svg
  boundwork matrix form role --where 'boundary=expertise AND NOT form=blurring'
"""


def _characters(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of characters, such as 200")
    return int(text)


def _picture(text: str) -> Path:
    if Path(text).suffix.lower() not in (".svg", ".png"):
        raise argparse.ArgumentTypeError(f"'{text}' is no picture: its name must end in .svg or .png")
    return Path(text)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("rows", metavar="ROWS", help="dimension of the rows")
    parser.add_argument("columns", metavar="COLUMNS", help="dimension of the columns")
    parser.add_argument("--count", choices=("codings", "extracts", "cases"), default="codings", help="what a cell counts, each once")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--together", choices=("coding", "extract", "overlap", "nesting"), default="",
                     help="where the two values must stand: in one coding (default), on one extract, or on extracts whose ranges overlap "
                          "(default for a dimension with itself) or nest")
    how.add_argument("--near", type=_characters, metavar="N", help="on extracts of one source with at most N characters between them")
    parser.add_argument("--where", default="", metavar="FILTER", help="only what fulfils this: NAME=VALUE with AND, OR, NOT and brackets")
    parser.add_argument("--no-empty", action="store_true", help="leave out rows and columns in which nothing stands")
    parser.add_argument("--plot", type=_picture, metavar="FILE", help="draw it as a heat map into FILE.svg or FILE.png, in place of printing it")
    add_reading(parser)
    add_timeout(parser)
    add_study(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print the matrix."""
    from boundwork.cli.options import session
    from boundwork.cli.output import listing
    from boundwork.explore.matrix import Wanted, matrix

    together = "near" if args.near is not None else args.together
    found = matrix(session(args), Wanted(args.rows, args.columns, args.count, together, args.near or 0, args.where, not args.no_empty))
    if args.plot is not None:
        _draw(found, args.plot)
        return 0
    listing(found.table, found.columns, args.format, args.raw, found.notes, found.title)
    return 0


def _draw(found: Matrix, path: Path) -> None:
    """Write the picture; what it rests on is said beside it, since a picture holds no notes."""
    from boundwork.cli.output import reader_note, wrapped
    from boundwork.errors import UsageError
    from boundwork.explore.plotting import heat_map, picture
    from boundwork.files import atomic

    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", "Make it first.")
    drawn = picture(heat_map(found), path.suffix.lower().removeprefix("."))
    with atomic(path) as file:
        file.write(drawn)
    reader_note(f"{found.title}: {path}")
    for note in found.notes:
        reader_note(wrapped(note))
