"""What a file is, by what stands in it and never by its name: the name of a reader, or an error that lists what can be read."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from boundwork.errors import InputError
from boundwork.readers.archive import Archive
from boundwork.readers.database import Database
from boundwork.readers.refusing import unreadable

FORMATS: dict[str, str] = {
    "qdpx": "REFI-QDA project (.qdpx): NVivo, ATLAS.ti, MAXQDA, QualCoder, Quirkos and others export it",
    "qdc": "REFI-QDA codebook (.qdc), or a project document (.qde) that stands alone",
    "qualcoder": "QualCoder project: the folder NAME.qda, its data.qda, or the folder zipped",
    "taguette": "Taguette database (.sqlite3)",
    "rqda": "RQDA project (.rqda)",
    "requal": "requal project (.requal)",
    "maxqda": "MAXQDA table of coded segments (XLSX, CSV), headers in English, German, Spanish, French and others",
    "atlas": "ATLAS.ti table of quotations (XLSX, CSV)",
    "dedoose": "Dedoose table of excerpts (XLSX, CSV)",
    "dedoose-word": "Dedoose export to Word, with the codes as comments (.docx)",
    "nvivo-text": "NVivo report of coded references (.txt)",
    "qualcoder-table": "QualCoder report of codings (CSV)",
    "taguette-table": "Taguette export of highlights (CSV, XLSX)",
    "table": "a table of your own, one coding a row (CSV, TSV, XLSX, ODS)",
}
"""The readers and what they read."""
SHEETS = ("csv", "xlsx", "ods")
_START = 4096
"""Bytes at the beginning of a file that tell what it is."""
_SQLITE = b"SQLite format 3\x00"
_TABLES = {"qualcoder": ("code_text", "code_name"), "taguette": ("highlights", "highlight_tags"), "rqda": ("freecode", "coding"),
           "requal": ("segments", "codes")}
_OLD = {b"\xd0\xcf\x11\xe0": "a file of an older Microsoft Office: save it again as XLSX or DOCX", b"%PDF": "a PDF", b"{\\rtf": "an RTF document",
        b"\x1f\x8b": "a gzip archive: unpack it first", b"7z\xbc\xaf": "a 7z archive: unpack it first", b"Rar!": "a RAR archive: unpack it first"}


def unknown(name: str, found: str) -> InputError:
    """Return the error that a file is none of the known formats."""
    return unreadable(f"{name} is {found}", "Export the project from its program as REFI-QDA (.qdpx), or its codings as a table (CSV, XLSX). "
                      f"If it is one of these formats all the same, name it with --from: {', '.join(FORMATS)}")


def container(path: Path, name: str) -> str:
    """Return what a file is as far as its container tells: a format's name, or csv, xlsx, ods, text for what its words must tell.

    Raises InputError for what can be no project.
    """
    try:
        if path.is_dir():
            if (path / "data.qda").is_file():
                return "qualcoder"
            raise unknown(name, "a folder without a data.qda in it")
        if not path.is_file():
            raise unreadable(f"There is no file {name}" if not path.exists() else f"{name} is no file")
        with open(path, "rb") as file:
            start = file.read(_START)
    except OSError as error:
        raise unreadable(f"{name} cannot be read ({error.strerror})") from None
    if not start:
        raise unknown(name, "empty")
    if start.startswith(_SQLITE):
        with Database(path, name) as database:
            for format, tables in _TABLES.items():
                if all(t in database.columns for t in tables):
                    return format
            raise unknown(name, f"an SQLite database of another program (its tables: {', '.join(list(database.columns)[:6]) or 'none'})")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")) or (start.startswith(b"PK") and zipfile.is_zipfile(path)):
        return _zipped(path, name)
    for magic, words in _OLD.items():
        if start.startswith(magic):
            raise unknown(name, words)
    return _words(start)


def _zipped(path: Path, name: str) -> str:
    with Archive(path, name) as archive:
        names = [n.lower() for n in archive.names()]
        if any(n.endswith(".qde") for n in names):
            return "qdpx"
        if any(n == "data.qda" or n.endswith("/data.qda") for n in names):
            return "qualcoder"
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "word/document.xml" in names:
            return "dedoose-word"
        if "content.xml" in names:
            return "ods"
        raise unknown(name, f"a zip file of something else (its first entries: {', '.join(archive.names()[:4]) or 'none'})")


def _words(start: bytes) -> str:
    from boundwork.readers.decoding import decoded

    text = decoded(start, whole=False)[0]
    if re.match(r"\s*(<\?xml|<!DOCTYPE|<(\w+:)?(Project|CodeBook)\b)", text):
        return "qdc"
    if re.search(r"^<[^<>\n]+> - § \d+ ", text, re.MULTILINE):
        return "nvivo-text"
    return "csv"
