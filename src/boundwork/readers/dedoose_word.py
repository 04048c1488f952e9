"""Dedoose's export to Word: the document's paragraphs are the text, comments on stretches of it name the codes. Characters come from the anchors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from boundwork.readers.archive import Archive
from boundwork.readers.draft import Draft, shown
from boundwork.readers.limits import MEGABYTE, MOST_TEXT, MOST_XML
from boundwork.readers.markup import Start, Text, events
from boundwork.readers.record import Code, Coding, Offsets, Project, Selection, Source
from boundwork.readers.refusing import unreadable

_CODES = re.compile(r"\s*Codes\s*\(\s*(\d{1,12})\s*-\s*(\d{1,12})\s*\)\s*")
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "‑"}


@dataclass
class _Comment:
    author: str
    date: str
    line: int
    paragraphs: list[str] = field(default_factory=list)


def read_dedoose_word(path: Path, name: str) -> Project:
    """Return the document with its coded stretches."""
    with Archive(path, name) as archive:
        for nested in archive.nested:
            raise archive.refusal(nested, "is an archive inside the archive")
        comments = _comments(archive)
        text, anchors = _document(archive)
    draft = Draft(Path(name).stem, "dedoose-word", "Dedoose")
    source = draft.add(Source("document", Path(name).stem, text)).id
    chosen = fitting = 0
    at: dict[tuple[tuple[int, int] | None, str], str] = {}
    for key, comment in comments.items():
        head = _CODES.fullmatch(comment.paragraphs[0]) if comment.paragraphs else None
        where = f"comment {shown(key, 20)}"
        if head is None:
            draft.lose("left out", "comments that are not Dedoose's lists of codes", "", where)
            continue
        span = anchors.get(key)
        place = f"characters {head[1]} to {head[2]} of the file's own count"
        if span is None:
            draft.lose("approximated", "comments that stand on no stretch of the text", "kept without characters", where)
        chosen += 1
        fitting += (int(head[1]), int(head[2])) == span
        start, end = span or (None, None)
        known = at.get((span, place)) if span else None
        if known is None:
            known = draft.add(Selection(f"comment {key}", source, start, end, place=place, created=comment.date, user=draft.user(comment.author))).id
            at[span, place] = known
        for number, line in enumerate(comment.paragraphs[1:], 1):
            if not line.strip():
                continue
            code = line.strip()
            if not draft.has(Code, code):
                draft.add(Code(code, code))
            draft.add(Coding(f"comment {key}/{number}", code, draft.user(comment.author), known, source, created=comment.date))
    if chosen == 0:
        raise unreadable(f"{name} is a Word document without Dedoose's comments", "Their first paragraph is Codes (START-END)")
    draft.lose("approximated", "codings whose numbers are not where their comment stands", "read where the comment stands; the numbers are kept as words",
               "", chosen - fitting)
    draft.project.offsets.append(Offsets("code points, from the anchors of the comments", "each paragraph ends with LF", False, fitting, chosen, chosen))
    return draft.finish()


def _comments(archive: Archive) -> dict[str, _Comment]:
    part = archive.find("word/comments.xml")
    found: dict[str, _Comment] = {}
    if part is None:
        return found
    comment: _Comment | None = None
    words: list[str] = []
    inside = False
    for event in events(archive.chunks(part, MOST_XML), f"{archive.shown}: {part}"):
        if isinstance(event, Text):
            if inside:
                words.append(event.data)
        elif event.name == "t":
            inside = isinstance(event, Start)
        elif isinstance(event, Start):
            if event.name == "comment":
                comment = _Comment(event.attributes.get("author", ""), event.attributes.get("date", ""), event.line)
                key = event.attributes.get("id", "")
                if key in found:
                    raise unreadable(f"{archive.shown}, {part}, line {event.line}: a second comment {shown(key, 20)}", "It cannot be told which one counts")
                found[key] = comment
            words += _BREAKS.get(event.name, "")
        elif event.name == "p":
            if comment is not None:
                comment.paragraphs.append("".join(words))
            words = []
        elif event.name == "comment":
            comment = None
    return found


def _document(archive: Archive) -> tuple[str, dict[str, tuple[int, int]]]:
    """Return the text, a line per paragraph, and per comment where it begins and ends in it, if it does."""
    words: list[str] = []
    length = paragraphs = 0
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    inside = False
    part = archive.find("word/document.xml") or ""
    for event in events(archive.chunks(part, MOST_XML), f"{archive.shown}: {part}"):
        piece = ""
        if isinstance(event, Text):
            piece = event.data if inside else ""
        elif event.name == "t":
            inside = isinstance(event, Start)
        elif isinstance(event, Start):
            if event.name == "p":
                paragraphs += 1
                piece = "\n" if paragraphs > 1 else ""
            elif event.name == "commentRangeStart":
                starts.setdefault(event.attributes.get("id", ""), length)
            elif event.name == "commentRangeEnd":
                ends[event.attributes.get("id", "")] = length
            else:
                piece = _BREAKS.get(event.name, "")
        if piece:
            words.append(piece)
            length += len(piece)
            if length > MOST_TEXT:
                raise unreadable(f"{archive.shown} holds more than {MOST_TEXT / MEGABYTE:,.0f} million characters")
    return "".join(words), {key: (start, ends[key]) for key, start in starts.items() if start <= ends.get(key, -1)}
