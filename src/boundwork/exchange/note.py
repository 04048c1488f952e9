"""What another format has no place for, as one note inside the project: written by export, read back by import.

The note is JSON: the study's tables and codebook pages as they were, and fields of the record that the format drops. Nothing
in it is run: rules, shapes and questions of a study do not travel, and only files of known names are read back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from boundwork.exchange.sheets import Sheet, Sheets, parse
from boundwork.readers.record import Project
from boundwork.tables.schema import EXCEPTIONS, TABLES, VARIABLES

NAME = "boundwork study"
_FORMAT = 1
_PAGE = re.compile(r"codebook/[\w.-]{1,120}\.md\Z")
_FILES = {"study.toml", *(t.file for t in (*TABLES.values(), EXCEPTIONS, VARIABLES))}


@dataclass
class Note:
    """The files of the study by their path, and fields by kind, id and name of things that the format has no place for."""

    study: str
    files: dict[str, str] = field(default_factory=dict)
    extra: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def sheets(self) -> Sheets:
        """Return the tables, by name."""
        return {name: Sheet([c for c in sheet.columns if c], sheet.rows) for name in TABLES if (text := self.files.get(f"{name}.csv"))
                for sheet in (parse(text),)}


def may_travel(path: str) -> bool:
    """True for the files of a study that the note carries."""
    return path in _FILES or bool(_PAGE.match(path))


def write(note: Note) -> str:
    """Return the text of the note."""
    return json.dumps({"boundwork": _FORMAT, "study": note.study, "files": note.files, "extra": note.extra}, ensure_ascii=True, sort_keys=True, indent=0)


def take(project: Project) -> Note | None:
    """Take the note out of a project and return it; None where there is none, or one that cannot be read."""
    for memo in project.memos:
        if memo.name.removesuffix(".txt") == NAME:
            found = _read(memo.text)
            if found is not None:
                project.memos = [m for m in project.memos if m is not memo]
                return found
    return None


def _read(text: str) -> Note | None:
    try:
        tree: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(tree, dict) or tree.get("boundwork") != _FORMAT or not isinstance(tree.get("study"), str):
        return None
    files, extra = tree.get("files"), tree.get("extra")
    if not isinstance(files, dict) or not all(isinstance(v, str) for v in files.values()) or not isinstance(extra, dict):
        return None
    note = Note(tree["study"], {k: v for k, v in files.items() if may_travel(k)})
    for kind, things in extra.items():
        if isinstance(things, dict):
            note.extra[kind] = {i: {k: v for k, v in t.items() if isinstance(v, str)} for i, t in things.items() if isinstance(t, dict)}
    return note


def restore(project: Project, extra: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
    """Put the fields that travelled in the note back into the things of a project that still have their ids."""
    from dataclasses import fields, replace

    for kind in ("codings", "selections", "sources", "memos", "links", "codes", "cases", "groups"):
        found = extra.get(kind, {})
        if found:
            things: list[Any] = getattr(project, kind)
            allowed = {f.name for f in fields(things[0]) if str(f.type) == "str" and f.name != "id"} if things else set()
            things[:] = [replace(t, **{k: v for k, v in found[t.id].items() if k in allowed}) if t.id in found else t for t in things]


__all__ = ["NAME", "Note", "may_travel", "restore", "take", "write"]
