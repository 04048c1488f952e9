"""A Project -> REFI-QDA 1.5: a .qdpx archive or a .qdc codebook, valid by the standard's schema, the same bytes each time."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from boundwork.exchange.counting import Counter, Program
from boundwork.exchange.naming import guid, is_guid
from boundwork.readers.record import Attribute, Code, Coding, Memo, Project, Selection, Source

PROJECT_NS, CODEBOOK_NS = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
_TIME = (1980, 1, 1, 0, 0, 0)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WHITE = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?\Z")
_COLOR = re.compile(r"#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})\Z")
_ELEMENTS = {"picture": "PictureSource", "pdf": "PDFSource", "audio": "AudioSource", "video": "VideoSource"}
_TYPES = {"text": ("Text", "TextValue", None), "boolean": ("Boolean", "BooleanValue", r"true|false|0|1"), "integer": ("Integer", "IntegerValue", r"[+-]?\d+"),
          "float": ("Float", "FloatValue", r"[+-]?(\d+(\.\d*)?|\.\d+)"), "date": ("Date", "DateValue", r"\d{4}-\d\d-\d\d"),
          "datetime": ("DateTime", "DateTimeValue", _MOMENT.pattern.removesuffix(r"\Z"))}
_DIRECTIONS = ("Associative", "OneWay", "Bidirectional")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(_legal(value), _WHITE)}" for name, value in values.items() if value)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_legal(text), {chr(13): '&#13;'})}</{name}>" if text else ""


class _Writer:
    def __init__(self, project: Project, origin: str, program: Program | None, notes: Mapping[str, str]) -> None:
        self.p = project
        self.origin = origin
        self.program = program
        self.memos = [*project.memos, *(Memo(guid("note", name, text[:2000]), text, name) for name, text in notes.items())]
        self.notes: dict[str, list[str]] = {}
        for memo in self.memos:
            self.notes.setdefault(memo.about, []).append(memo.id)
        for link in project.links:  # a note that hangs on several things
            if link.name == "note" and any(m.id == link.origin for m in self.memos):
                self.notes.setdefault(link.target, []).append(link.origin)
        self.own_notes: list[Memo] = []
        self.values: dict[str, list[Attribute]] = {}
        for value in project.attributes:
            self.values.setdefault(value.case or value.source, []).append(value)
        self.types = {v.id: v.type for v in project.variables}
        self.selections: dict[str, list[Selection]] = {}
        for selection in project.selections:
            self.selections.setdefault(selection.source, []).append(selection)
        self.codings: dict[str, list[Coding]] = {}
        for coding in project.codings:
            self.codings.setdefault(coding.selection or coding.source, []).append(coding)

    def refs(self, ident: str) -> str:
        return "".join(f"<NoteRef{_attributes(targetGUID=n)}/>" for n in self.notes.get(ident, ()))

    def made(self, user: str, created: str, name: str = "creatingUser") -> str:
        return _attributes(**{name: user if is_guid(user) else "", "creationDateTime": created if _MOMENT.match(created) else ""})

    def project(self) -> Iterator[str]:
        p = self.p
        yield '<?xml version="1.0" encoding="utf-8"?>\n'
        yield f'<Project xmlns="{PROJECT_NS}"{_attributes(name=p.name or "project", origin=self.origin)}>\n'
        if p.users:
            yield "<Users>" + "".join(f"<User{_attributes(guid=u.id, name=u.name)}/>" for u in p.users) + "</Users>\n"
        if p.codes:
            yield "<CodeBook><Codes>\n"
            yield from codes(p.codes, self.refs)
            yield "</Codes></CodeBook>\n"
        if p.variables:
            yield "<Variables>"
            for v in p.variables:
                kind = _TYPES.get(v.type, _TYPES["text"])[0]
                yield f"<Variable{_attributes(guid=v.id, name=v.name or 'variable', typeOfVariable=kind)}>{_element('Description', v.description)}</Variable>\n"
            yield "</Variables>\n"
        if p.cases:
            yield "<Cases>"
            for c in p.cases:
                yield f"<Case{_attributes(guid=c.id, name=c.name)}>{_element('Description', c.description)}"
                yield "".join(f"<CodeRef{_attributes(targetGUID=x)}/>" for x in c.codes) + self.variable_values(c.id)
                yield "".join(f"<SourceRef{_attributes(targetGUID=x)}/>" for x in c.sources)
                yield "".join(f"<SelectionRef{_attributes(targetGUID=x)}/>" for x in c.selections) + "</Case>\n"
            yield "</Cases>\n"
        if p.sources:
            yield "<Sources>\n"
            for source in p.sources:
                yield from self.source(source)
            yield "</Sources>\n"
        if self.memos:
            yield "<Notes>\n"
            for m in self.memos:
                yield f"<Note{_attributes(guid=m.id, name=m.name)}{self.made(m.user, m.created)}>{_element('PlainTextContent', m.text)}</Note>\n"
            yield "</Notes>\n"
        noted = {m.id for m in self.memos}
        links = [link for link in p.links if not (link.name == "note" and link.origin in noted)]
        if links:
            yield "<Links>"
            for link in links:
                ends = _attributes(originGUID=link.origin, targetGUID=link.target)
                way = _attributes(direction=link.direction if link.direction in _DIRECTIONS else "")
                yield f"<Link{_attributes(guid=link.id, name=link.name)}{way}{ends}>{self.refs(link.id)}</Link>\n"
            yield "</Links>\n"
        if p.groups:
            yield from self.sets()
        yield _element("Description", p.description)
        yield self.refs("")
        yield "</Project>\n"

    def sets(self) -> Iterator[str]:
        kinds = (("MemberCode", {c.id for c in self.p.codes}), ("MemberSource", {s.id for s in self.p.sources}), ("MemberNote", {m.id for m in self.memos}))
        yield "<Sets>"
        for group in self.p.groups:
            yield f"<Set{_attributes(guid=group.id, name=group.name or 'set')}>{_element('Description', group.description)}"
            for name, ids in kinds:
                yield "".join(f"<{name}{_attributes(targetGUID=m)}/>" for m in group.members if m in ids)
            yield "</Set>\n"
        yield "</Sets>\n"

    def variable_values(self, ident: str) -> str:
        found = []
        for value in self.values.get(ident, ()):
            _, element, pattern = _TYPES.get(self.types.get(value.variable, "text"), _TYPES["text"])
            written = _element(element, value.value) if pattern is None or re.fullmatch(pattern, value.value) else ""
            found.append(f"<VariableValue><VariableRef{_attributes(targetGUID=value.variable)}/>{written}</VariableValue>")
        return "".join(found)

    def coding(self, coding: Coding) -> str:
        return (f"<Coding{_attributes(guid=coding.id)}{self.made(coding.user, coding.created)}><CodeRef{_attributes(targetGUID=coding.code)}/>"
                f"{self.refs(coding.id)}</Coding>")

    def source(self, source: Source) -> Iterator[str]:
        element = "TextSource" if source.text is not None else _ELEMENTS.get(source.kind, "TextSource")
        path = _attributes(plainTextPath=f"internal://{source.id}.txt") if source.text is not None else ""
        yield f"<{element}{_attributes(guid=source.id, name=source.name)}{path}>{_element('Description', source.memo)}"
        if element == "TextSource":
            count = Counter(source.text or "", self.program)
            for s in self.selections.get(source.id, ()):
                if s.start is None or s.end is None:
                    continue
                place = f' startPosition="{count(s.start)}" endPosition="{count(s.end)}"'
                inside = "".join(self.coding(c) for c in self.codings.get(s.id, ()))
                yield (f"<PlainTextSelection{_attributes(guid=s.id, name=s.name)}{place}{self.made(s.user, s.created)}>"
                       f"{_element('Description', s.memo)}{inside}{self.refs(s.id)}</PlainTextSelection>\n")
        yield "".join(self.coding(c) for c in self.codings.get(source.id, ()))
        yield f"{self.refs(source.id)}{self.variable_values(source.id)}</{element}>\n"


def codes(found: list[Code], refs: object = None) -> Iterator[str]:
    """Yield code elements within one another, in the order of the list."""
    below: dict[str, list[Code]] = {}
    for code in found:
        below.setdefault(code.parent, []).append(code)

    def one(code: Code) -> Iterator[str]:
        head = _attributes(guid=code.id, name=code.name or "code", isCodable="true" if code.codable else "false",
                           color=code.color if _COLOR.match(code.color) else "")
        yield f"<Code{head}>{_element('Description', code.description)}{refs(code.id) if callable(refs) else ''}"
        for child in below.get(code.id, ()):
            yield from one(child)
        yield "</Code>\n"

    for code in below.get("", ()):
        yield from one(code)


def write_qdpx(file: IO[bytes], project: Project, origin: str, program: Program | None, notes: Mapping[str, str]) -> None:
    """Write a project as an archive: one document, and the texts under sources/ in UTF-8, character for character."""
    writer = _Writer(project, origin, program, notes)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_entry("project.qde"), "w") as inside:
            for piece in writer.project():
                inside.write(piece.encode())
        for source in project.sources:
            if source.text is not None:
                mark = "\ufeff" if source.text.startswith("\ufeff") else ""  # else a reader takes the text's own for one
                archive.writestr(_entry(f"sources/{source.id}.txt"), (mark + source.text).encode())


def write_qdc(file: IO[bytes], project: Project, origin: str) -> None:
    """Write the codebook of a project."""
    file.write(f'<?xml version="1.0" encoding="utf-8"?>\n<CodeBook xmlns="{CODEBOOK_NS}"{_attributes(origin=origin)}>\n<Codes>\n'.encode())
    for piece in codes(project.codes):
        file.write(piece.encode())
    file.write(b"</Codes>\n</CodeBook>\n")


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
