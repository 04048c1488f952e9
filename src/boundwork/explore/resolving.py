"""The words behind every locator, for whoever holds the text, and whether every hash holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import InputError
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.wording import counted


@dataclass(frozen=True)
class Resolved:
    """One extract with its words. `holds` is True when the SHA-256 of the words is the one in the table; None without a hash."""

    extract: str
    source: str
    section: str
    start: int
    end: int
    holds: bool | None
    words: str
    problem: str = ""


def read_source(path: Path) -> str:
    """Return a text exactly as it stands: UTF-8, line ends kept, so that offsets count as they were counted.

    Errors: InputError when it cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8 without changing its words.") from None


def shipped_text(folder: Path, record: dict[str, str]) -> str:
    """Return the text that a row of sources.csv names. Errors: InputError that says which row, when it cannot be read."""
    try:
        return read_source(folder / record["file"])
    except InputError as error:
        repair = error.hint or "Correct column file of sources.csv, or use --text FILE."
        raise InputError(f"The text of source {record['id']}: {error.message}", repair) from None


def records(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table as column -> cell; nothing for a table that is not there.

    Errors: InputError with the first violation of the table itself.
    """
    path = folder / TABLES[name].file
    if not path.is_file():
        return
    table = read_table(path, TABLES[name])
    for row in table.rows():
        yield {h: c.strip() for h, c in zip(table.header, row.cells, strict=False)}
    if bad := next((f for f in table.findings if f.severity == 3), None):
        raise InputError(f"{bad.place}: {bad.message}")


def resolve(folder: Path, text: Path | None = None, source: str | None = None, extract: str | None = None) -> list[Resolved]:
    """Return every extract of a study with its words.

    `text` is the file with the words of one source (`source`, or the one whose hash it has, or the only one); without it, the
    files that sources.csv names are read. Errors: InputError when no text or no such source or extract is there.
    """
    sources = {r["id"]: r for r in records(folder, "sources")}
    texts: dict[str, str] = {}
    if text is not None:
        words = read_source(text)
        texts[_which(sources, words, source, text)] = words
    else:
        for name, record in sources.items():
            if record.get("file") and source in (None, name):
                texts[name] = shipped_text(folder, record)
        if not texts:
            raise InputError("The study ships no text.", "Give it with: boundwork resolve --text FILE")
    found = []
    for record in records(folder, "extracts"):
        if extract in (None, record["id"]) and record["source"] in texts:
            found.append(_one(record, texts[record["source"]]))
    if extract is not None and not found:
        raise InputError(f"There is no extract '{extract}' in a source whose text is at hand.")
    return found


def _which(sources: dict[str, dict[str, str]], words: str, wanted: str | None, path: Path) -> str:
    if wanted is not None:
        if wanted not in sources:
            raise InputError(f"There is no source '{wanted}'.", f"There are: {', '.join(sources)}.")
        return wanted
    digest = hashlib.sha256(words.encode()).hexdigest()
    same = [n for n, r in sources.items() if r.get("sha256", "").lower() == digest]
    if same:
        return same[0]
    if len(sources) == 1:
        return next(iter(sources))
    raise InputError(f"{path} is none of the study's sources by its hash.", "Say which one it is with --source ID.")


def _one(record: dict[str, str], text: str) -> Resolved:
    try:
        start, end = int(record["start"]), int(record["end"])
    except ValueError:
        return Resolved(record["id"], record["source"], record.get("section", ""), 0, 0, False, "", "start or end is no number")
    if not 0 <= start < end <= len(text):
        return Resolved(record["id"], record["source"], record.get("section", ""), start, end, False, "",
                        f"the range does not lie within the text, which has {counted(len(text), 'character')}")
    words = text[start:end]
    wanted = record.get("sha256", "").lower()
    holds = hashlib.sha256(words.encode()).hexdigest() == wanted if wanted else None
    problem = "these are not the words that were coded: the text differs" if holds is False else ""
    return Resolved(record["id"], record["source"], record.get("section", ""), start, end, holds, words, problem)


__all__ = ["Resolved", "read_source", "records", "resolve", "shipped_text"]
