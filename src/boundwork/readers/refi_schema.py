"""What REFI-QDA 1.5 allows and what of it has a place in the record: elements, attributes, GUIDs. Nothing is read here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
SELECTIONS = {"PlainTextSelection", "PictureSelection", "PDFSelection", "AudioSelection", "VideoSelection", "TranscriptSelection"}
SOURCES = {"TextSource": "text", "PictureSource": "picture", "PDFSource": "pdf", "AudioSource": "audio", "VideoSource": "video", "Transcript": "transcript"}
OWNERS = {*SOURCES, "Note"}
VALUES = {"TextValue": "text", "BooleanValue": "boolean", "IntegerValue": "integer", "FloatValue": "float", "DateValue": "date", "DateTimeValue": "datetime"}
LEAVES = {"Description", "PlainTextContent", *VALUES}
_MADE = {"guid", "name", "creatingUser", "creationDateTime"}
PLACED: dict[str, set[str]] = {
    "Project": {"name", "origin"}, "User": {"guid", "name", "id"}, "Code": {"guid", "name", "isCodable", "color"},
    "Variable": {"guid", "name", "typeOfVariable"}, "Case": {"guid", "name"}, "Set": {"guid", "name"}, "Graph": {"guid", "name"},
    "Vertex": {"guid", "representedGUID", "name"}, "Edge": {"guid", "representedGUID", "sourceVertex", "targetVertex", "name", "direction"},
    "Link": {"guid", "name", "direction", "originGUID", "targetGUID"}, "Coding": {"guid", "creatingUser", "creationDateTime"},
    "TextSource": {"guid", "name", "plainTextPath"}, "PictureSource": {"guid", "name", "path"}, "PDFSource": {"guid", "name", "path"},
    "AudioSource": {"guid", "name", "path"}, "VideoSource": {"guid", "name", "path"}, "Transcript": {"guid", "name", "plainTextPath"},
    "Representation": {"guid", "name", "plainTextPath"}, "TextDescription": {"guid", "name", "plainTextPath"}, "Note": {*_MADE, "plainTextPath"},
    "PlainTextSelection": {*_MADE, "startPosition", "endPosition"}, "PictureSelection": {*_MADE, "firstX", "firstY", "secondX", "secondY"},
    "PDFSelection": {*_MADE, "page", "firstX", "firstY", "secondX", "secondY"}, "AudioSelection": {*_MADE, "begin", "end"},
    "VideoSelection": {*_MADE, "begin", "end"}, "TranscriptSelection": {*_MADE, "fromSyncPoint", "toSyncPoint"},
    "SyncPoint": {"guid", "position", "timeStamp"}, "MemberCode": {"targetGUID", "guid"}, "MemberSource": {"targetGUID", "guid"},
    "MemberNote": {"targetGUID", "guid"}, "CodeBook": {"origin"},
    **{name: {"targetGUID"} for name in ("CodeRef", "SourceRef", "SelectionRef", "VariableRef", "NoteRef")},
    **{name: set() for name in ("Users", "Codes", "Variables", "Cases", "Sources", "Notes", "Links", "Sets", "Graphs", "VariableValue", *LEAVES)},
}
"""The elements and attributes that have a place in the record."""
LISTS = {"Users", "Codes", "Variables", "Cases", "Sources", "Notes", "Links", "Sets", "Graphs"}
_LAYOUT = "how a graph or a code is drawn"
WHY = {**dict.fromkeys(("firstX", "firstY", "secondX", "secondY", "shape", "lineStyle", "color"), _LAYOUT),
        **dict.fromkeys(("modifyingUser", "modifiedDateTime", "modifyingUserGUID"), "the record keeps who made a thing, and when"),
        "basePath": "a private path", "currentPath": "a path of somebody's machine", "schemaLocation": "of the XML alone",
        "richTextPath": "the plain text is read; the formatted file stays in the archive"}
NEEDED = {"Code": ("guid", "name"), "User": ("guid",), "Coding": ("guid",), "Case": ("guid",), "Variable": ("guid", "name"), "Set": ("guid", "name"),
           "PlainTextSelection": ("guid", "startPosition", "endPosition"), **dict.fromkeys(SOURCES, ("guid",))}


def canonical(guid: str, odd: Callable[[str], None] = lambda _: None) -> str:
    """Return a GUID in one form: lower case, no braces; other ids stay as they are, and `odd` hears of them.

    >>> canonical("{0F8A1907-7E42-4739-8610-A676B4D1B69F}")
    '0f8a1907-7e42-4739-8610-a676b4d1b69f'
    """
    plain = guid.strip().removeprefix("{").removesuffix("}")
    if _GUID.fullmatch(plain):
        return plain.lower()
    if guid:
        odd(guid)
    return guid.strip()


class RawCoding(NamedTuple):
    """A coding as it stands in the file."""

    id: str
    code: str
    user: str
    created: str


class Raw(NamedTuple):
    """A selection as it stands in the file: positions in the file's own convention, None where it has none."""

    id: str
    source: str
    start: int | None
    end: int | None
    quote: str
    name: str
    memo: str
    place: str
    created: str
    user: str
    codings: tuple[RawCoding, ...]
