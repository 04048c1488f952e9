"""The front door of the readers: a path in, the Project in it out, whatever tool wrote it. It says what a file is before it reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from boundwork.errors import UsageError, did_you_mean
from boundwork.readers.archive import Archive
from boundwork.readers.database import Database
from boundwork.readers.decoding import decoded
from boundwork.readers.detecting import FORMATS, SHEETS, container, unknown
from boundwork.readers.limits import MEGABYTE, MOST_DATABASE, MOST_FILE
from boundwork.readers.record import Project
from boundwork.readers.refusing import unreadable
from boundwork.wording import counted

CHOICES = {
    "project": "which of several projects in one database, by id or name",
    "columns": "which column of a table plays which role",
    "sheets": "the sheets to read; all where it is left out",
    "texts": "the documents' texts by name, to look for quotes in",
    "code": "the code that a report of references is about",
    "name": "how messages call the file",
}
"""What a caller may say besides the path. A choice that a format has no use for changes nothing."""
_TABLES = ("maxqda", "atlas", "dedoose", "qualcoder-table", "taguette-table", "table")


def read(path: Path | str, format: str | None = None, **choices: Any) -> Project:
    """Return the project in a file or folder.

    `format` is a key of `FORMATS`; left out, the file's content tells. `choices` are those of `CHOICES`. Raises InputError, one clear
    line, for what cannot be read; nothing is ever written or changed.
    """
    path = Path(path)
    for choice in choices:
        if choice not in CHOICES:
            raise UsageError(f"'{choice}' is no choice of a reader. {did_you_mean(choice, CHOICES)}".strip(), f"Choices are {', '.join(CHOICES)}")
    if format is not None and format not in FORMATS:
        raise UsageError(f"'{format}' is no format. {did_you_mean(format, FORMATS)}".strip(), f"Formats are {', '.join(FORMATS)}")
    name = str(choices.get("name") or path.name)
    found = container(path, name)
    if format is not None and found != format and not (format in _TABLES and found in SHEETS) and not (format in ("nvivo-text", "qdc") and found == "csv"):
        raise unreadable(f"{name} is not {FORMATS[format].partition(' (')[0]}: its content is {FORMATS.get(found, found).partition(' (')[0]}",
                         "Leave --from out, or name the right one")
    try:
        return _read(path, name, format or found, found, choices)
    except (RecursionError, MemoryError) as error:
        raise unreadable(f"{name} is too large or too deep to read ({type(error).__name__})") from None
    except OSError as error:
        raise unreadable(f"{name} cannot be read ({error.strerror or error})") from None


def _read(path: Path, name: str, format: str, found: str, choices: Mapping[str, Any]) -> Project:
    project: str | None = choices.get("project")
    texts: Mapping[str, str] = choices.get("texts") or {}
    if format == "qdpx":
        from boundwork.readers.refi import read_qdpx

        return read_qdpx(path, name)
    if format == "qdc":
        from boundwork.readers.refi import read_document

        return read_document(path, name)
    if format == "qualcoder":
        return _qualcoder(path, name)
    if format in ("taguette", "rqda", "requal"):
        return _database(path, name, format, None if project is None else str(project))
    if format == "dedoose-word":
        from boundwork.readers.dedoose_word import read_dedoose_word

        return read_dedoose_word(path, name)
    if format == "nvivo-text":
        from boundwork.readers.nvivo_text import read_nvivo_text

        if path.stat().st_size > MOST_FILE:
            raise unreadable(f"{name} is more than {MOST_FILE / MEGABYTE:,.0f} MB")
        return read_nvivo_text(decoded(path.read_bytes())[0], name, choices.get("code"), texts)
    return _table(path, name, format, found, choices.get("columns"), choices.get("sheets"), texts)


def _qualcoder(path: Path, name: str) -> Project:
    from boundwork.readers.qualcoder import open_qualcoder, read_qualcoder

    if path.is_dir():
        return open_qualcoder(path, name)
    with open(path, "rb") as file:
        zipped = file.read(2) == b"PK"
    if not zipped:
        return open_qualcoder(path, name)
    with Archive(path, name) as archive:
        entries = [n for n in archive.names() if n.lower() == "data.qda" or n.lower().endswith("/data.qda")]
        if len(entries) != 1:
            raise unreadable(f"{name} holds {counted(len(entries), 'database')} of QualCoder: {', '.join(entries[:4])}", "Zip one project alone")
        (entry,) = entries
        data = b"".join(archive.chunks(entry, MOST_DATABASE))
        with Database(path, f"{name}: {entry}", data) as database:
            folder = PurePosixPath(entry).parent.name or Path(name).stem
            return read_qualcoder(database, folder.removesuffix(".qda"), archive.names())


def _database(path: Path, name: str, format: str, project: str | None) -> Project:
    stem = Path(name).stem
    with Database(path, name) as database:
        if format == "taguette":
            from boundwork.readers.taguette import read_taguette

            return read_taguette(database, stem, project)
        if format == "requal":
            from boundwork.readers.requal import read_requal

            return read_requal(database, stem, project)
        from boundwork.readers.rqda import read_rqda

        return read_rqda(database, stem)


def _table(path: Path, name: str, format: str, found: str, columns: Mapping[str, str | Sequence[str]] | None, sheets: str | Sequence[str] | None,
           texts: Mapping[str, str]) -> Project:
    from boundwork.readers.sheets import read_sheets
    from boundwork.readers.tabular import read_tables

    if found == "csv" and not columns:
        with open(path, "rb") as file:
            start = file.read(65_536)
        if b"\x00" in start and decoded(start)[1] != "UTF-16":
            raise unknown(name, "no text, and none of the containers that are known")
    return read_tables(read_sheets(path, name, found), name, format, columns, sheets, texts)
