"""REFI-QDA 1.5 element by element: what each one becomes in the record. Selections stay as the file counts them: see refi_selections.

A stack machine over XML events: memory grows with the record, not with the document. Which elements and attributes have a place is
said in refi_schema; everything else is counted for the loss report.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from boundwork.readers.draft import Draft, shown
from boundwork.readers.limits import MOST_THINGS
from boundwork.readers.markup import Event, Start, Text
from boundwork.readers.record import Attribute, Case, Code, Group, Link, Memo, Source, User, Variable
from boundwork.readers.refi_schema import (
    LEAVES,
    LISTS,
    NEEDED,
    OWNERS,
    PLACED,
    SELECTIONS,
    SOURCES,
    VALUES,
    WHY,
    Raw,
    RawCoding,
    canonical,
)
from boundwork.readers.refusing import unreadable


@dataclass(slots=True)
class Frame:
    """An open element, with what its children left."""

    name: str
    attributes: dict[str, str]
    line: int
    children: bool = False
    text: list[str] = field(default_factory=list)
    got: dict[str, list[Any]] = field(default_factory=dict)

    def leave(self, kind: str, value: Any) -> None:
        """Keep something for when the element closes."""
        self.got.setdefault(kind, []).append(value)

    def first(self, kind: str) -> str:
        """Return the first text that a child left, or an empty string."""
        found = self.got.get(kind)
        return found[0] if found else ""


class Walker:
    """Fills a draft from the events of a project or codebook; `texts` gives the text behind a plainTextPath, or None."""

    def __init__(self, draft: Draft, shown_name: str, texts: Callable[[str, str], str | None], place: Callable[[str], str]) -> None:
        self.draft = draft
        self.raw: list[Raw] = []
        self.whole: list[tuple[str, RawCoding]] = []
        self.origin = ""
        self._shown, self._texts, self._place = shown_name, texts, place
        self._stack: list[Frame] = []
        self._unplaced: Counter[tuple[str, str]] = Counter()
        self._given: set[str] = set()
        self._source_ids: set[str] = set()
        self._odd: Counter[str] = Counter()
        self._about: list[tuple[str, str]] = []
        self._notes: dict[str, Memo] = {}
        self._sync: dict[str, tuple[int | None, str]] = {}
        self._ends: dict[str, Callable[[Frame, Frame], None]] = {
            name.removeprefix("_end_"): getattr(self, name) for name in dir(self) if name.startswith("_end_")}
        for name in SELECTIONS:
            self._ends[name] = self._selection
        for name in SOURCES:
            self._ends[name] = self._source
        for name in ("CodeRef", "SourceRef", "SelectionRef", "VariableRef", "MemberCode", "MemberSource", "MemberNote"):
            self._ends[name] = self._reference

    def walk(self, events: Iterable[Event]) -> str:
        """Read the document to its end and return its root's name."""
        root = ""
        for event in events:
            if isinstance(event, Text):
                if self._stack and self._stack[-1].name in LEAVES:
                    self._stack[-1].text.append(event.data)
                elif event.data.strip():
                    self.draft.lose("left out", "words between elements", "the standard has none there", shown(event.data, 30))
            elif isinstance(event, Start):
                frame = Frame(event.name, event.attributes, event.line)
                self._begin(frame)
                root = root or event.name
                self._stack.append(frame)
            else:
                frame = self._stack.pop()
                parent = self._stack[-1] if self._stack else Frame("", {}, 0)
                if frame.name in LISTS and not frame.children:
                    self.draft.lose("kept", f"an empty {frame.name}", "the schema asks for at least one inside", self._where(frame))
                if frame.name in LEAVES:
                    parent.leave(frame.name, "".join(frame.text))
                elif frame.name in self._ends:
                    self._ends[frame.name](frame, parent)
        return root

    def close(self, moved: dict[str, str]) -> None:
        """Hang the notes on what they are about and report what had no place; `moved` says which selection became part of which."""
        for (element, attribute), count in sorted(self._unplaced.items()):
            self.draft.lose("left out", f"attribute {attribute}" if attribute else f"element {element}",
                            WHY.get(attribute, "the record has no place for it"), element if attribute else "", count)
        for guid, count in self._odd.items():
            self.draft.lose("kept", "ids that are no GUIDs", "the standard asks for GUIDs; they are read as they are", shown(guid), count)
        for owner, note in self._about:
            memo = self._notes.get(note)
            about = moved.get(owner, owner)
            if memo is None:
                self.draft.lose("left out", "references to a note that is not there", "", shown(note))
            elif not memo.about:
                self._notes[note] = replace(memo, about=about)
            elif about and about != memo.about:
                self.draft.add(Link(f"{note}>{about}", note, about, "note"))
        for memo in self._notes.values():
            self.draft.add(memo)

    def _guid(self, frame: Frame, attribute: str = "guid") -> str:
        if frame.attributes.get(attribute, "") in self._given:
            return frame.attributes[attribute]
        return canonical(frame.attributes.get(attribute, ""), lambda guid: self._odd.update([guid]))

    def _where(self, frame: Frame) -> str:
        return f"{self._shown}, line {frame.line}"

    def _begin(self, frame: Frame) -> None:
        """Check an element against the tables, and do what must be done before its children."""
        known = PLACED.get(frame.name)
        if known is None:
            self._unplaced[(f"{self._stack[-1].name}/{frame.name}" if self._stack else frame.name, "")] += 1
            return
        for attribute in frame.attributes:
            if attribute not in known:
                self._unplaced[(frame.name, attribute)] += 1
        missing = [a for a in NEEDED.get(frame.name, ()) if not frame.attributes.get(a)]
        if missing:
            self.draft.lose("approximated", f"{frame.name} without {' and '.join(missing)}", "the schema asks for it", self._where(frame))
        self._identify(frame, known)
        if self._stack:
            self._stack[-1].children = True
        if frame.name in ("Project", "CodeBook") and not self.origin:
            self.origin = frame.attributes.get("origin", "").strip()
        if frame.name == "Project":
            self.draft.project.name = frame.attributes.get("name", "") or self.draft.project.name
        elif frame.name == "Code":
            above = self._stack[-1] if self._stack and self._stack[-1].name == "Code" else None
            code = self.draft.add(Code(self._guid(frame), frame.attributes.get("name", ""), canonical(above.attributes["#"]) if above else "",
                                       codable=frame.attributes.get("isCodable", "true").strip() not in ("false", "0"),
                                       color=frame.attributes.get("color", "")), self._where(frame))
            frame.attributes["#"] = code.id
            frame.leave("index", len(self.draft.project.codes) - 1)
        elif frame.name == "SyncPoint":
            position = frame.attributes.get("position", "").strip()
            self._sync[self._guid(frame)] = (_whole(position), frame.attributes.get("timeStamp", ""))

    def _identify(self, frame: Frame, known: set[str]) -> None:
        """Give an id to an element that should have one and does not, or whose id another source has, before its children refer to it."""
        if "guid" in known and "targetGUID" not in known and not frame.attributes.get("guid", "").strip():
            given = f"line {frame.line}, without an id {len(self._given) + 1}"
            self._given.add(given)
            frame.attributes["guid"] = given
        if frame.name in SOURCES:
            guid = given = self._guid(frame)
            if guid in self._source_ids:
                given = self.draft.another(Source, guid)
                self.draft.lose("approximated", "sources with an id that another one has", "the later one is kept as ID#2, with what stands inside it",
                                self._where(frame))
                self._given.add(given)
                frame.attributes["guid"] = given
            self._source_ids.add(given)

    def _owner(self) -> str:
        """Return the id of the source (or note) that the innermost open elements belong to."""
        for frame in reversed(self._stack):
            if frame.name in OWNERS:
                return self._guid(frame)
        return ""

    def _reference(self, frame: Frame, parent: Frame) -> None:
        guid = self._guid(frame, "targetGUID") or self._guid(frame)
        parent.leave("Member" if frame.name.startswith("Member") else frame.name, guid)

    def _end_NoteRef(self, frame: Frame, parent: Frame) -> None:
        self._about.append((self._guid(parent) if parent.name != "Project" else "", self._guid(frame, "targetGUID")))

    def _end_Project(self, frame: Frame, parent: Frame) -> None:
        self.draft.project.description = frame.first("Description")

    def _end_User(self, frame: Frame, parent: Frame) -> None:
        self.draft.add(User(self._guid(frame), frame.attributes.get("name") or frame.attributes.get("id") or self._guid(frame)), self._where(frame))

    def _end_Code(self, frame: Frame, parent: Frame) -> None:
        if description := frame.first("Description"):
            codes, index = self.draft.project.codes, frame.got["index"][0]
            codes[index] = replace(codes[index], description=description)

    def _end_Variable(self, frame: Frame, parent: Frame) -> None:
        kind = frame.attributes.get("typeOfVariable", "Text").strip().lower()
        if kind not in VALUES.values():
            self.draft.lose("approximated", "variables of a type that the standard lacks", "read as text", shown(kind))
            kind = "text"
        self.draft.add(Variable(self._guid(frame), frame.attributes.get("name", ""), kind, frame.first("Description")), self._where(frame))

    def _end_VariableValue(self, frame: Frame, parent: Frame) -> None:
        values = [value for name in VALUES for value in frame.got.get(name, ())]
        if values:
            parent.leave("VariableValue", (frame.first("VariableRef"), values[0]))
            self.draft.lose("left out", "second values of one variable", "the standard allows one", self._where(frame), len(values) - 1)

    def _end_Case(self, frame: Frame, parent: Frame) -> None:
        guid, name = self._guid(frame), frame.attributes.get("name", "")
        refs = {kind: tuple(frame.got.get(kind, ())) for kind in ("CodeRef", "SourceRef", "SelectionRef")}
        values = frame.got.get("VariableValue", [])
        if not name and refs["SourceRef"] and not refs["CodeRef"] and not refs["SelectionRef"]:
            self.draft.lose("kept", "cases without a name", "they carry document variables, and are read as such")
            for source in refs["SourceRef"]:
                self.draft.project.attributes += [Attribute(variable, value, source=source) for variable, value in values]
            return
        case = self.draft.add(Case(guid, name, frame.first("Description"), refs["SourceRef"], refs["SelectionRef"], refs["CodeRef"]), self._where(frame))
        self.draft.project.attributes += [Attribute(variable, value, case=case.id) for variable, value in values]

    def _end_Set(self, frame: Frame, parent: Frame) -> None:
        self.draft.add(Group(self._guid(frame), frame.attributes.get("name", ""), tuple(frame.got.get("Member", ())), frame.first("Description")),
                       self._where(frame))

    def _end_Link(self, frame: Frame, parent: Frame) -> None:
        self.draft.add(Link(self._guid(frame), self._guid(frame, "originGUID"), self._guid(frame, "targetGUID"), frame.attributes.get("name", ""),
                            frame.attributes.get("direction", "")), self._where(frame))

    def _end_Vertex(self, frame: Frame, parent: Frame) -> None:
        stands_for = self._guid(frame, "representedGUID")
        parent.leave("Vertex", (self._guid(frame), stands_for))
        if not stands_for:
            self.draft.lose("left out", "boxes of a graph that stand for nothing in the project", "the record has no place for drawings",
                            shown(frame.attributes.get("name", "")))

    def _end_Edge(self, frame: Frame, parent: Frame) -> None:
        parent.leave("Edge", frame)

    def _end_Graph(self, frame: Frame, parent: Frame) -> None:
        stands_for = dict(frame.got.get("Vertex", ()))
        self.draft.add(Group(self._guid(frame), frame.attributes.get("name", ""), tuple(v for v in stands_for.values() if v)), self._where(frame))
        for edge in frame.got.get("Edge", ()):
            ends = [stands_for.get(self._guid(edge, end), "") for end in ("sourceVertex", "targetVertex")]
            if edge.attributes.get("representedGUID"):
                continue
            if all(ends):
                self.draft.add(Link(self._guid(edge), ends[0], ends[1], edge.attributes.get("name", ""), edge.attributes.get("direction", "")),
                               self._where(edge))
            else:
                self.draft.lose("left out", "lines of a graph between things that are not in the project", "", self._where(edge))

    def _end_Note(self, frame: Frame, parent: Frame) -> None:
        guid, text, description = self._guid(frame), self._text(frame), frame.first("Description")
        self._notes[guid] = Memo(guid, text or description, frame.attributes.get("name", ""), "", self._guid(frame, "creatingUser"),
                                 frame.attributes.get("creationDateTime", ""))
        if text and description:
            self.draft.add(Memo(f"{guid}/description", description, "description", guid))
        if (self.raw and self.raw[-1].source == guid) or frame.got.get("Coding"):
            self.draft.add(Source(guid, frame.attributes.get("name", ""), text, "note"), self._where(frame))
            self.whole += [(guid, coding) for coding in frame.got.get("Coding", ())]

    def _end_Coding(self, frame: Frame, parent: Frame) -> None:
        codes = frame.got.get("CodeRef", [])
        if not codes:
            self.draft.lose("left out", "codings without a code", "", self._where(frame))
        for number, code in enumerate(codes):
            guid = self._guid(frame)
            coding = RawCoding(f"{guid}#{number + 1}" if number else guid, code, self._guid(frame, "creatingUser"),
                               frame.attributes.get("creationDateTime", ""))
            if parent.name in SELECTIONS or parent.name in OWNERS:
                parent.leave("Coding", coding)
            else:
                self.whole.append((self._owner(), coding))

    def _end_Representation(self, frame: Frame, parent: Frame) -> None:
        text = self._text(frame)
        if parent.name == "PDFSelection":
            parent.leave("quote", text or "")
        elif text is not None:
            parent.leave("represented", text)
        if description := frame.first("Description"):
            parent.leave("Description", description)

    _end_TextDescription = _end_Representation

    def _text(self, frame: Frame) -> str | None:
        """Return the text of an element that has one: written inside, or in a file of the archive."""
        if "PlainTextContent" in frame.got:
            return str(frame.got["PlainTextContent"][0])
        if path := frame.attributes.get("plainTextPath"):
            return self._texts(path, frame.attributes.get("name", "") or self._guid(frame))
        return None

    def _source(self, frame: Frame, parent: Frame) -> None:
        guid = self._guid(frame)
        texts = frame.got.get("represented") or [self._text(frame)]
        self.draft.lose("left out", "second texts of one source", "the standard allows one", self._where(frame), len(texts) - 1)
        source = self.draft.add(Source(guid, frame.attributes.get("name", ""), texts[0], SOURCES[frame.name],
                                       self._place(frame.attributes.get("plainTextPath") or frame.attributes.get("path", "")),
                                       "\n".join(frame.got.get("Description", ()))), self._where(frame))
        self.whole += [(source.id, coding) for coding in frame.got.get("Coding", ())]
        self.draft.project.attributes += [Attribute(variable, value, source=source.id) for variable, value in frame.got.get("VariableValue", ())]
        if frame.name == "Transcript" and self._stack:
            self.draft.add(Link(f"{source.id}>", source.id, self._guid(parent), "transcript of"))

    def _selection(self, frame: Frame, parent: Frame) -> None:
        a = frame.attributes
        start = end = None
        place = ""
        if frame.name == "PlainTextSelection":
            start, end = _whole(a.get("startPosition", "")), _whole(a.get("endPosition", ""))
            if start is None or end is None:
                start = end = None
                place = f"characters {shown(a.get('startPosition', ''))} to {shown(a.get('endPosition', ''))}"
                self.draft.lose("approximated", "selections whose positions are no numbers", "kept without characters", self._where(frame))
            if any(f.name == "PDFSelection" for f in self._stack):
                start = end = None
                place = "inside an area of the page"
        elif frame.name == "TranscriptSelection":
            first, last = self._sync.get(self._guid(frame, "fromSyncPoint")), self._sync.get(self._guid(frame, "toSyncPoint"))
            if first and last and first[0] is not None and last[0] is not None:
                start, end = first[0], last[0]
            place = f"{first[1] if first else '?'} to {last[1] if last else '?'} ms"
        elif "begin" in a:
            place = f"{a['begin']} to {a.get('end', '?')} ms"
        else:
            page = f"page {a['page']}, " if "page" in a else ""
            place = f"{page}area {a.get('firstX', '?')},{a.get('firstY', '?')} to {a.get('secondX', '?')},{a.get('secondY', '?')}"
        if len(self.raw) >= MOST_THINGS:
            raise unreadable(f"{self._where(frame)}: more than {MOST_THINGS:,} selections", "Split the project and import its parts")
        self.raw.append(Raw(self._guid(frame), self._owner(), start, end, frame.first("quote"), a.get("name", ""),
                            frame.first("Description"), place, a.get("creationDateTime", ""), self._guid(frame, "creatingUser"),
                            tuple(frame.got.get("Coding", ()))))


def _whole(text: str) -> int | None:
    """Return a whole number of reasonable size, None for all else."""
    text = text.strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else None
