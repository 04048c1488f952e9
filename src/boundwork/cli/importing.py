"""boundwork import: a project of any QDA tool -> a study, or the same study brought up to date."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundwork.cli.output import LISTINGS, add_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boundwork.cli.output import Cell
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
    add_format(parser, ("text", *LISTINGS), "text")


def run(args: argparse.Namespace) -> int:
    """Import, print the report, and say what to do next."""
    from pathlib import Path

    from boundwork.cli.output import Progress, listing, width
    from boundwork.explore.exchanging import import_files

    progress = Progress()
    with _given(args.files) as files:
        found = import_files(files, Path(args.output), progress, source=args.source, project=args.project, columns=_columns(args.column), sheets=args.sheet,
                             texts=Path(args.texts) if args.texts else None, code=args.code, replace=args.replace)
    progress.clear()
    if args.format == "text":
        print("\n".join(_report(found.lines, width() or 100)))
    else:
        listing(found.lines, ["file", "outcome", "what", "count", "why", "where"], args.format, args.raw)
    _next(found)
    return 0


def _report(lines: Sequence[Mapping[str, Cell]], limit: int) -> list[str]:
    """The loss report to read: by file and by what became of things, those of one reason in one entry, folded to a width."""
    from itertools import groupby

    from boundwork.wording import folded

    order = ("read", "kept", "approximated", "left out")
    entries: dict[tuple[str, str, str], list[str]] = {}
    for line in lines:
        key = (str(line.get("file") or "the study"), str(line["outcome"]), str(line.get("why") or "").rstrip("."))
        where = f" ({line['where']})" if line.get("where") and line["outcome"] != "left out" else ""
        entries.setdefault(key, []).append(f"{line['count']} {line['what']}{where}")
    files = list(dict.fromkeys(file for file, _, _ in entries))
    shown: list[str] = []
    for file, own in groupby(sorted(entries, key=lambda k: (files.index(k[0]), order.index(k[1]))), key=lambda k: k[0]):
        shown.append(file)
        for key in own:
            text = ", ".join(entries[key]) + (f": {key[2][:1].lower()}{key[2][1:]}" if key[2] else "")
            shown += [f"  {key[1] if at == 0 else '':<13} {part}" for at, part in enumerate(folded(text, max(30, limit - 16)))]
    return shown


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
