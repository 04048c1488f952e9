"""Rows that each say source, words and code: layouts of columns in, sources, codes, selections and codings of a draft out.

Where a row has no characters, its quote is looked for in the source's text when that is at hand: one match gives characters, none or
several are reported, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boundwork.readers.draft import Draft, shown
from boundwork.readers.limits import MOST_DEPTH
from boundwork.readers.offsets import CODE_POINTS, UTF16, Claim, Convention, folded, settle
from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Selection, Source, Variable

ROLES = ("source", "group", "code", "coder", "quote", "start", "end", "range", "from", "to", "place", "date", "memo", "coding memo", "weight", "id", "case",
         "speaker", "name", "category", "attributes")
"""What a column can be. `from` and `to` are paragraphs or the like, `range` is START-END in characters, `attributes` names several columns."""
_ONE_BASED = Convention("code points", 1, True)


@dataclass(frozen=True)
class Layout:
    """How one tool lays its table out: the names its columns go by, how codes are written, and what tells it from the others."""

    format: str
    origin: str
    headers: Mapping[str, tuple[str, ...]]
    telling: tuple[str, ...]
    """Roles whose columns must all be there for a header to be this tool's."""
    several: tuple[str, ...] = ()
    """What stands between the codes of one cell."""
    path: tuple[str, ...] = ()
    """What stands between a code and those above it."""
    id_is_selection: bool = False
    ignored: tuple[str, ...] = ()
    """Columns that say nothing of the coding (colours, densities)."""

    def match(self, header: Sequence[str]) -> dict[str, int]:
        """Return which column plays which role; the first name of a role wins, and a column has one role."""
        names = [plain(cell) for cell in header]
        found: dict[str, int] = {}
        for role, known in self.headers.items():
            for name in known:
                if name in names and names.index(name) not in found.values():
                    found[role] = names.index(name)
                    break
        return found

    def tells(self, columns: Mapping[str, int]) -> bool:
        """True when a header is this tool's."""
        return all(role in columns for role in self.telling)


def plain(header: str) -> str:
    """Return a header as it is compared: composed, lower case, with single blanks, without marks around.

    >>> plain(" Document_Name: ")
    'document name'
    """
    header = header[:1_000]
    return " ".join(unicodedata.normalize("NFC", header.replace("_", " ").replace("\ufeff", "")).casefold().split()).strip(" :*.")


def locate(text: str, quote: str) -> list[tuple[int, int]]:
    """Return where a quote stands in a text, at most two places: exactly, else with every run of white space taken as one.

    >>> locate("one  two", "one two"), locate("aba", "a")
    ([(0, 8)], [(0, 1), (2, 3)])
    """
    if not quote.strip():
        return []
    first = text.find(quote)
    if first >= 0:
        second = text.find(quote, first + 1)
        return [(at, at + len(quote)) for at in (first, second) if at >= 0]
    words = folded(quote)
    if not words:
        return []
    pattern = re.compile(r"[\s\u200b\ufeff]+".join(map(re.escape, words.split(" "))))
    places: list[tuple[int, int]] = []
    at = 0
    while len(places) < 2 and (match := pattern.search(text, at)):
        places.append(match.span())
        at = match.start() + 1
    return places


@dataclass
class Entry:
    """One row on its way: what it says, as text."""

    where: str
    source: str
    codes: list[tuple[tuple[str, ...], str]]
    """Paths of codes, the topmost first, with the weight of each."""
    cells: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)

    def get(self, role: str) -> str:
        """Return the cell of a role, empty where there is none."""
        return self.cells.get(role, "")


class CodedTable:
    """Collects entries, then settles their characters and fills the draft."""

    def __init__(self, draft: Draft, texts: Mapping[str, str], id_is_selection: bool = False) -> None:
        self.draft = draft
        self._texts = _by_name(texts)
        self._id_is_selection = id_is_selection
        self._entries: list[Entry] = []
        self._groups: dict[str, dict[str, None]] = {}
        self._cases: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
        self._values: dict[tuple[str, str], str] = {}

    def add(self, entry: Entry) -> None:
        """Take a row in; its source, codes and coder exist from now on."""
        draft = self.draft
        group = entry.get("group")
        id = f"{group}/{entry.source}" if group else entry.source
        if not draft.has(Source, id):
            text = self._texts.get(plain(entry.source))
            draft.add(Source(id, entry.source, self._texts.get(plain(entry.source.rpartition(".")[0])) if text is None else text))
        if group:
            self._groups.setdefault(group, {})[id] = None
        for path, _ in entry.codes:
            self._add_code(path)
        for name, value in entry.attributes.items():
            if not draft.has(Variable, name):
                draft.add(Variable(name, name))
            if value and self._values.setdefault((name, id), value) != value:
                draft.lose("left out", f"second values of {shown(name)} for one source", "a source has one value of a variable", entry.where)
        entry.source = id
        self._entries.append(entry)

    def _add_code(self, path: tuple[str, ...]) -> None:
        """Add a code by its path, and those above it."""
        for depth, name in enumerate(path):
            id = " > ".join((*path[:depth], name))
            if not self.draft.has(Code, id):
                self.draft.add(Code(id, name, " > ".join(path[:depth])))

    def close(self) -> None:
        """Settle characters, add selections and codings, groups, cases and values."""
        texts = {s.id: s.text for s in self.draft.project.sources}
        spans = self._spans(texts)
        seen: dict[tuple[Any, ...], Selection] = {}
        for number, (entry, (start, end, place)) in enumerate(zip(self._entries, spans, strict=True), 1):
            self._place(entry, number, start, end, place, seen)
        for name, members in self._groups.items():
            self.draft.add(Group(f"group:{name}", name, tuple(members)))
        for name, (sources, selections) in self._cases.items():
            self.draft.add(Case(f"case:{name}", name, sources=tuple(sources), selections=tuple(selections)))
        self.draft.project.attributes += [Attribute(variable, value, source=source) for (variable, source), value in self._values.items()]

    def _spans(self, texts: Mapping[str, str | None]) -> list[tuple[int | None, int | None, str]]:
        """Return start, end and place of every entry."""
        pairs = [_pair(entry) for entry in self._entries]
        claims = [Claim(texts[entry.source], *pair, entry.get("quote"), "") for entry, pair in zip(self._entries, pairs, strict=True) if pair]
        verdict = settle(claims, (CODE_POINTS, UTF16, _ONE_BASED))
        if claims:
            self.draft.project.offsets.append(verdict.offsets)
        settled = iter(zip(verdict.spans, verdict.against, strict=True))
        found: list[tuple[int | None, int | None, str]] = []
        for entry, pair in zip(self._entries, pairs, strict=True):
            place = _place(entry)
            text, quote = texts[entry.source], entry.get("quote")
            if pair:
                span, against = next(settled)
                if against:
                    self.draft.lose("approximated", "selections whose quote differs from the text there", "kept where the table puts them", entry.where)
                if span is None:
                    self.draft.lose("approximated", "selections that reach outside their text", "kept without characters", entry.where)
                    place = ", ".join(filter(None, (place, f"{pair[0]} to {pair[1]} of the table's own count")))
                found.append((*(span or (None, None)), place))
                continue
            if entry.get("start") or entry.get("end") or entry.get("range"):
                given = entry.get("range") or " to ".join(filter(None, (entry.get("start"), entry.get("end"))))
                self.draft.lose("approximated", "selections whose positions are no numbers", "kept as words", f"{entry.where}: {shown(given, 20)}")
                place = ", ".join(filter(None, (place, given)))
            places = locate(text, quote) if text is not None else []
            if text is not None and quote.strip() and len(places) != 1:
                why = "found several times in its text" if places else "not found in its text"
                self.draft.lose("approximated", f"quotes {why}", "the selection has no characters", entry.where)
            found.append((*(places[0] if len(places) == 1 else (None, None)), place))
        return found

    def _place(self, entry: Entry, number: int, start: int | None, end: int | None, place: str, seen: dict[tuple[Any, ...], Selection]) -> None:
        draft, quote = self.draft, entry.get("quote")
        given = entry.get("id")
        user = draft.user(entry.get("coder"))
        created = entry.get("date")
        key = ("span", entry.source, start, end) if start is not None else ("words", entry.source, quote, place, given if self._id_is_selection else "")
        whole = start is None and not quote and not place and not (self._id_is_selection and given)
        selection, memo = seen.get(key), entry.get("memo")
        if selection is None and not whole:
            selection = seen[key] = draft.add(Selection(given if given and self._id_is_selection else f"selection {number}", entry.source, start, end, quote,
                                                        entry.get("name"), memo, place, created, entry.get("speaker"), user), entry.where)
        id = selection.id if selection else ""
        rest = "" if selection and selection.memo == memo else memo
        if not entry.codes and whole:
            draft.lose("left out", "rows without a code and without words", "their source and its attributes are read; they say nothing of its words",
                       entry.where)
        elif not entry.codes:
            draft.lose("kept", "rows without a code", "they are selections that nobody coded", entry.where)
            draft.lose("left out", "memos of selections that were merged", "the first one's memo is kept", entry.where, bool(rest))
        for at, (path, weight) in enumerate(entry.codes):
            base = given if given and not self._id_is_selection else f"coding {number}"
            draft.add(Coding(f"{base}/{at + 1}" if at else base, " > ".join(path), user, id, entry.source, created=created,
                             memo="\n".join(filter(None, (entry.get("coding memo"), rest))), weight=weight or entry.get("weight")))
        if case := entry.get("case"):
            members = self._cases.setdefault(case, ({}, {}))
            members[bool(id)][id or entry.source] = None


def split(text: str, separators: Sequence[str]) -> tuple[str, ...]:
    r"""Return the parts of a cell, trimmed, without empty ones: several codes, or a code's path with the topmost first.

    >>> split("Power > Voice", (" > ", "/")), split("Power", ())
    (('Power', 'Voice'), ('Power',))
    """
    for separator in separators[1:]:
        text = text.replace(separator, separators[0])
    return tuple(part for part in (p.strip() for p in (text.split(separators[0]) if separators else [text])) if part)


def code_path(text: str, separators: Sequence[str]) -> tuple[str, ...]:
    r"""Return a code's path, the topmost first; one that is deeper than any codebook is one name.

    >>> code_path(r"Power\Voice", ("\\",)), len(code_path("a/" * 300, ("/",)))
    (('Power', 'Voice'), 1)
    """
    path = split(text, separators)
    return path if len(path) <= MOST_DEPTH else (text.strip(),)


def _pair(entry: Entry) -> tuple[int, int] | None:
    """Return the numbers of a row's characters as it has them."""
    start, end = entry.get("start"), entry.get("end")
    if entry.get("range"):
        match = re.fullmatch(r"\s*(\d{1,12})\s*[-–—]\s*(\d{1,12})\s*", entry.get("range"))
        start, end = match.groups() if match else ("", "")
    if re.fullmatch(r"\d{1,12}", start.strip()) and re.fullmatch(r"\d{1,12}", end.strip()):
        return int(start), int(end)
    return None


def _place(entry: Entry) -> str:
    """Return where a row stands in the tool's own words."""
    first, last = entry.get("from"), entry.get("to")
    between = " to ".join(dict.fromkeys(filter(None, (first, last))))
    if (first or last).isdecimal():
        between = f"paragraphs {between}" if " to " in between else f"paragraph {between}"
    return ", ".join(filter(None, (entry.get("place"), between)))


def _by_name(texts: Mapping[str, str]) -> dict[str, str]:
    """Return texts by the plain name of their source, with and without the ending."""
    found: dict[str, str] = {}
    for name, text in texts.items():
        found.setdefault(plain(name.rpartition(".")[0]) or plain(name), text)
    found.update((plain(name), text) for name, text in texts.items())
    return found
