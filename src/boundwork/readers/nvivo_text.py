"""NVivo's report of coded references as plain text: files, numbers of references and their words in, selections without characters out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from boundwork.readers.coded_table import CodedTable, Entry, code_path
from boundwork.readers.draft import Draft, shown
from boundwork.readers.record import Project
from boundwork.readers.refusing import unreadable

_FILE = re.compile(r"^<(?P<path>[^<>\n]+)> - § (?P<count>\d[\d.,\s]*) \S.*?\[\s*(?P<coverage>[\d.,]+)\s*%.*\]\s*$")
_REFERENCE = re.compile(r"^\S+ (?P<number>\d+) - (?P<coverage>[\d.,]+)\s*% .*$")
_LONGEST_HEAD = 2_000
_NAME = re.compile(r"^(?:Name|Node|Code|Knoten|Nombre|Nom)\s*:\s*(.+)$")


def read_nvivo_text(text: str, name: str, code: str | None = None, texts: Mapping[str, str] | None = None) -> Project:
    r"""Return the references of a report. The code is the one asked for, else the report's own line `Name: ...`, else the file's name."""
    draft = Draft(Path(name).stem, "nvivo-text", "NVivo")
    table = CodedTable(draft, texts or {})
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2029", "\n").split("\n")
    path: tuple[str, ...] = ()
    source, group, promised, had = "", "", 0, 0
    words: list[str] = []
    place = where = ""

    def close() -> None:
        if place:
            quote = "\n".join(words).strip("\n ")
            table.add(Entry(where, source, [(path, "")], {"quote": quote, "place": place, "group": group}))

    for number, line in enumerate(lines, 1):
        if len(line) <= _LONGEST_HEAD and (match := _FILE.match(line)):
            close()
            _check(draft, source, promised, had)
            parts = re.split(r"\\+", match["path"])
            source, group, place = parts[-1], "\\".join(parts[1:-1]), ""
            promised, had = int(re.sub(r"\D", "", match["count"])), 0
            path = code_path(code or "", ("\\",)) or path or (Path(name).stem,)
            draft.lose("left out", "percentages of coverage", "they follow from the characters")
        elif source and len(line) <= _LONGEST_HEAD and (match := _REFERENCE.match(line)):
            close()
            words, had = [], had + 1
            place, where = f"reference {match['number']}", f"{name}, line {number}"
        elif place:
            words.append(line)
        elif (match := _NAME.match(line)) and not source and not code:
            path = code_path(match[1], ("\\",))
        elif line.strip():
            draft.lose("left out", "lines outside references", "", f"{name}, line {number}: {shown(line, 30)}")
    close()
    _check(draft, source, promised, had)
    if not draft.project.sources:
        raise unreadable(f"{name} holds no coded reference as NVivo reports them", "Its lines look like <Files\\\\doc> - § 2 references coded [6.78% Coverage]")
    table.close()
    return draft.finish()


def _check(draft: Draft, source: str, promised: int, had: int) -> None:
    if promised != had:
        draft.lose("left out", "references that the report announces and does not show", "", f"{shown(source)}: {promised} announced, {had} there",
                   abs(promised - had))
