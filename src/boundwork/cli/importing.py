"""boundwork import: a project of any QDA tool -> a study, or the same study brought up to date."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundwork.cli.output import add_format

if TYPE_CHECKING:
    from pathlib import Path

    from boundwork.explore.exchanging import Imported, ImportedTables

HELP = "make a study from a project of a QDA tool, or bring it up to date"
DESCRIPTION = """Make a study from the projects or tables that another program wrote: NVivo, ATLAS.ti, MAXQDA, QualCoder, Taguette, RQDA, requal, Dedoose,
a spreadsheet. Several files make one study, such as the copies of two coders. Import into the same study again, and what changed in the project
changes there, while everything that was edited by hand stays. The report says what was read, kept beside the tables, approximated or left out."""
EXAMPLES = """\
examples:
  boundwork import project.qdpx -o mystudy
  boundwork import ann.qdpx ben.qdpx -o mystudy    two coders, one study
  boundwork import coded.xlsx -o mystudy --column code=Theme --column quote=Text
  boundwork import tables.ods -o mystudy           the study's own tables, from
                                                   a spreadsheet
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="projects, codebooks or tables; - reads one from standard input")
    parser.add_argument("-o", "--output", required=True, metavar="STUDY", help="folder of the study: a new one, or one that was imported before")
    parser.add_argument("--from", dest="source", metavar="FORMAT", help="what the files are, where their content does not tell")
    parser.add_argument("--project", metavar="NAME", help="which of several projects in one database")
    parser.add_argument("--column", action="append", default=[], metavar="ROLE=NAME", help="which column of a table plays which role, such as code=Theme")
    parser.add_argument("--sheet", action="append", default=[], metavar="NAME", help="only this sheet of a workbook; may be given again")
    parser.add_argument("--texts", metavar="DIR", help="folder with the documents as .txt, to look for quotes in")
    parser.add_argument("--code", metavar="NAME", help="the code that a report of references is about")
    parser.add_argument("--replace", action="store_true", help="let projects with other documents take the place of the last import")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Import, print the report, and say what to do next."""
    from pathlib import Path

    from boundwork.cli.output import Progress, listing
    from boundwork.explore.exchanging import import_files

    progress = Progress()
    with _given(args.files) as files:
        found = import_files(files, Path(args.output), progress, source=args.source, project=args.project, columns=_columns(args.column), sheets=args.sheet,
                             texts=Path(args.texts) if args.texts else None, code=args.code, replace=args.replace)
    progress.clear()
    listing(found.lines, ["file", "outcome", "what", "count", "why", "where"], args.format, args.raw)
    _next(found)
    return 0


class _given:
    """The files that are named, with standard input as a file of its own."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def __enter__(self) -> list[Path]:
        import shutil
        import sys
        import tempfile
        from pathlib import Path

        from boundwork.errors import UsageError
        from boundwork.files import temporary

        if self._names.count("-") > 1:
            raise UsageError("Standard input can be read once.", "Name the other files.")
        self._folder = temporary(Path(tempfile.mkdtemp(prefix="boundwork-"))) if "-" in self._names else None
        if self._folder is not None:
            with open(self._folder / "input", "wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        return [self._folder / "input" if n == "-" and self._folder else Path(n) for n in self._names]

    def __exit__(self, *_: object) -> None:
        import shutil

        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _columns(pairs: list[str]) -> dict[str, list[str]]:
    from boundwork.errors import UsageError

    found: dict[str, list[str]] = {}
    for pair in pairs:
        role, equals, name = pair.partition("=")
        if not equals or not role or not name:
            raise UsageError(f"'{pair}' says no column.", "Write the role, = and the name of the column: --column code=Theme")
        found.setdefault(role.strip(), []).append(name)
    return found


def _next(found: Imported | ImportedTables) -> None:
    """Say what came of it and what is to be done, on standard error."""
    from boundwork.cli.output import reader_note, wrapped

    for line in found.talk:
        reader_note(wrapped(line) if line else "")
