"""REFI-QDA 1.5 projects (.qdpx) and codebooks (.qdc): the archive, its one document and its texts in, a Project out.

The standard is followed as real writers follow it: one *.qde at the root whatever its name, paths without case, any namespace, GUIDs in
either case with or without braces, texts in UTF-8 or UTF-16.
"""

from __future__ import annotations

import re
from pathlib import Path

from boundwork.readers.archive import Archive
from boundwork.readers.decoding import decoded
from boundwork.readers.draft import Draft, shown
from boundwork.readers.limits import MEGABYTE, MOST_XML
from boundwork.readers.markup import events
from boundwork.readers.record import Project
from boundwork.readers.refi_elements import Walker
from boundwork.readers.refi_selections import place_selections, rename_case_selections
from boundwork.readers.refusing import unreadable

_SCHEME = re.compile(r"(internal|relative|absolute)://", re.IGNORECASE)
_NAMESPACES = {"urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0", "http://www.w3.org/2001/XMLSchema-instance"}


def read_qdpx(path: Path, name: str) -> Project:
    """Return the project in a .qdpx file; `name` is how messages call the file."""
    with Archive(path, name) as archive:
        root = [n for n in archive.names() if "/" not in n and n.lower().endswith(".qde")]
        if len(root) != 1:
            found = f"{len(root)}: {', '.join(shown(n) for n in root[:4])}" if root else "none"
            raise unreadable(f"{name} should hold one .qde document at its root, and holds {found}", "Export the project again as REFI-QDA (QDPX)")
        for nested in archive.nested:
            if not nested.lower().startswith("sources/"):
                raise archive.refusal(nested, "is an archive inside the archive", "Unpack it and import what is inside")
        draft = Draft(Path(name).stem, "qdpx")
        texts = _Texts(archive, draft)
        walker = Walker(draft, f"{name}: {root[0]}", texts.read, texts.place)
        _walk(walker, archive.chunks(root[0], MOST_XML), f"{name}: {root[0]}", "Project", draft)
        texts.count_unread(root[0])
    return _finished(walker, draft)


def read_document(path: Path, name: str) -> Project:
    """Return the codebook in a .qdc file, or the project in a .qde document that stands alone (its texts are then not at hand)."""
    draft = Draft(Path(name).stem, "qdc")
    walker = Walker(draft, name, lambda *_: None, lambda _: "")
    try:
        if path.stat().st_size > MOST_XML:
            raise unreadable(f"{name} is more than {MOST_XML / MEGABYTE:,.0f} MB of XML")
        with open(path, "rb") as file:
            root = _walk(walker, iter(lambda: file.read(1 << 16), b""), name, "", draft)
    except OSError as error:
        raise unreadable(f"{name} cannot be read ({error.strerror})") from None
    if root == "Project":
        draft.project.format = "qde"
        draft.lose("left out", "texts of a project document that stands alone", "import the .qdpx that it belongs to", "",
                   sum(s.text is None for s in draft.project.sources))
    return _finished(walker, draft)


def _walk(walker: Walker, chunks: object, name: str, wanted: str, draft: Draft) -> str:
    namespaces: set[str] = set()
    root = walker.walk(events(chunks, name, namespaces))  # type: ignore[arg-type]
    if root not in ("Project", "CodeBook") or (wanted and root != wanted):
        raise unreadable(f"{name} begins with the element '{shown(root)}', and a REFI-QDA document with {wanted or 'Project or CodeBook'}")
    for other in sorted(namespaces - _NAMESPACES):
        draft.lose("kept", "a namespace that the standard lacks", "read all the same, by the names of the elements", shown(other))
    draft.project.origin = walker.origin
    return root


def _finished(walker: Walker, draft: Draft) -> Project:
    moved = place_selections(draft, walker.raw, walker.whole, walker.origin)
    draft.project.cases = rename_case_selections(draft.project.cases, moved)
    walker.close(moved)
    return draft.finish()


class _Texts:
    """Plain texts by the paths that the document names: internal://, relative:/// or without a scheme; absolute ones are private."""

    def __init__(self, archive: Archive, draft: Draft) -> None:
        self._archive, self._draft = archive, draft
        self._read: set[str] = set()
        self._by_name: dict[str, str] = {}
        for name in archive.names():
            self._by_name.setdefault(name.rpartition("/")[2].lower(), name)

    def _entry(self, path: str) -> str | None:
        scheme = _SCHEME.match(path)
        if scheme and scheme.group(1).lower() == "absolute":
            return None
        bare = _SCHEME.sub("", path).replace("\\", "/").lstrip("/")
        return (self._archive.find(f"sources/{bare}") or self._archive.find(bare) or self._by_name.get(bare.rpartition("/")[2].lower())) if bare else None

    def place(self, path: str) -> str:
        """Return a source's path as the record keeps it: inside the archive or the tool's folder, never on somebody's machine."""
        if not path:
            return ""
        if entry := self._entry(path):
            return entry
        scheme = _SCHEME.match(path)
        bare = _SCHEME.sub("", path).replace("\\", "/")
        if (scheme and scheme.group(1).lower() == "absolute") or re.match(r"[A-Za-z]:|/(?!/)|~", bare if not scheme else bare.lstrip("/")) or ".." in bare:
            self._draft.lose("left out", "paths on somebody's machine", "private")
            return ""
        return bare.lstrip("/")

    def read(self, path: str, source: str) -> str | None:
        """Return the text behind a path, None where the archive does not hold it; a byte order mark is no part of it."""
        entry = self._entry(path)
        if entry is None:
            self._draft.lose("approximated", "texts that the archive does not hold", "their selections cannot be checked", shown(source))
            return None
        self._read.add(entry)
        text, encoding = decoded(self._archive.read(entry))
        if "\x00" in text:
            raise self._archive.refusal(entry, "is no text: it has NUL characters in it")
        if encoding not in ("UTF-8", "UTF-16"):
            self._draft.lose("approximated", f"texts that are not UTF-8, read as {encoding}", "the standard asks for UTF-8", entry)
        return text

    def count_unread(self, root: str) -> None:
        """Report the files of the archive that nobody read."""
        unread = [n for n in self._archive.names() if n not in self._read and n != root]
        for extension in sorted({n.rpartition(".")[2].lower() if "." in n else "" for n in unread}):
            several = [n for n in unread if (n.rpartition(".")[2].lower() if "." in n else "") == extension]
            self._draft.lose("left out", f"files in the archive ({'.' + shown(extension, 12) if extension else 'no ending'})",
                             "media and formatted texts stay in the archive", shown(several[0]), len(several))
