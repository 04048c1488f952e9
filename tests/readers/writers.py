"""Writes real project files for the tests of the readers, from the neutral record or from plain rows; it shares no code with the readers."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from boundwork.readers.record import Project

Counter = Callable[[str, int], int]
"""From a text and a code point to the number that a tool writes for it."""

COUNT: dict[str, Counter] = {
    "code points": lambda text, at: at,
    "UTF-16 units": lambda text, at: len(text[:at].encode("utf-16-le", "surrogatepass")) // 2,
    "UTF-8 bytes": lambda text, at: len(text[:at].encode("utf-8", "surrogatepass")),
    "code points, CRLF as one": lambda text, at: len(text[:at].replace("\r\n", "\n")),
    "UTF-16 units, CRLF as one": lambda text, at: len(text[:at].replace("\r\n", "\n").encode("utf-16-le", "surrogatepass")) // 2,
}


def zipped(entries: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file with these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _attributes(**values: str | None) -> str:
    return "".join(f" {name}={quoteattr(value, {chr(10): '&#10;', chr(13): '&#13;', chr(9): '&#9;'})}" for name, value in values.items() if value)


def _words(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def qde(project: Project, count: Counter = COUNT["code points"], namespace: str = "urn:QDA-XML:project:1.0", guid: Callable[[str], str] = str,
        names: bool = False) -> str:
    """The document of a REFI-QDA project. Selections are written one per coding when `names` is off, as NVivo does; `names` writes previews."""
    out: list[str] = [f'<?xml version="1.0" encoding="utf-8"?><Project xmlns="{namespace}"{_attributes(name=project.name, origin=project.origin)}>']
    add = out.append

    def many(name: str, items: Iterable[str]) -> None:
        found = list(items)
        if found:
            add(f"<{name}>{''.join(found)}</{name}>")

    def described(text: str) -> str:
        return f"<Description>{_words(text)}</Description>" if text else ""

    def noted(about: str) -> str:
        return "".join(f'<NoteRef targetGUID="{guid(m.id)}"/>' for m in project.memos if m.about == about)

    many("Users", (f"<User{_attributes(guid=guid(u.id), name=u.name)}/>" for u in project.users))

    def codes(parent: str) -> str:
        return "".join(f"<Code{_attributes(guid=guid(c.id), isCodable=str(c.codable).lower(), color=c.color)} name={quoteattr(c.name)}>"
                       f"{described(c.description)}{noted(c.id)}{codes(c.id)}</Code>" for c in project.codes if c.parent == parent)

    if project.codes:
        add(f"<CodeBook><Codes>{codes('')}</Codes></CodeBook>")
    many("Variables", (f"<Variable{_attributes(guid=guid(v.id), typeOfVariable=_TYPES[v.type])} name={quoteattr(v.name)}>{described(v.description)}</Variable>"
                       for v in project.variables))
    kinds = {v.id: _TYPES[v.type] for v in project.variables}

    def values(case: str = "", source: str = "") -> str:
        return "".join(f'<VariableValue><VariableRef targetGUID="{guid(a.variable)}"/><{kinds[a.variable]}Value>{_words(a.value)}</{kinds[a.variable]}Value>'
                       "</VariableValue>" for a in project.attributes if a.case == case and a.source == source)

    many("Cases", (f"<Case{_attributes(guid=guid(c.id))} name={quoteattr(c.name)}>{described(c.description)}"
                   + "".join(f'<CodeRef targetGUID="{guid(x)}"/>' for x in c.codes) + values(case=c.id)
                   + "".join(f'<SourceRef targetGUID="{guid(x)}"/>' for x in c.sources)
                   + "".join(f'<SelectionRef targetGUID="{guid(x)}"/>' for x in c.selections) + "</Case>" for c in project.cases))

    def coding(c: object) -> str:
        return (f"<Coding{_attributes(guid=guid(c.id), creatingUser=guid(c.user) if c.user else None, creationDateTime=c.created)}>"  # type: ignore[attr-defined]
                f'<CodeRef targetGUID="{guid(c.code)}"/></Coding>')  # type: ignore[attr-defined]

    of_selection: dict[str, list[str]] = {}
    of_source: dict[str, list[str]] = {}
    for c in project.codings:
        (of_selection.setdefault(c.selection, []) if c.selection else of_source.setdefault(c.source, [])).append(coding(c))
    inside: dict[str, list[str]] = {}
    texts = {s.id: s.text or "" for s in project.sources}
    for s in project.selections:
        assert s.start is not None and s.end is not None
        text = texts[s.source]
        name = text[s.start:s.end] if names else s.name
        made = _attributes(guid=guid(s.id), startPosition=str(count(text, s.start)), endPosition=str(count(text, s.end)),
                           creatingUser=guid(s.user) if s.user else None, creationDateTime=s.created)
        inside.setdefault(s.source, []).append(f"<PlainTextSelection{made} name={quoteattr(_printable(name))}>{described(s.memo)}"
                                               f"{''.join(of_selection.get(s.id, ()))}</PlainTextSelection>")
    many("Sources", (f"<TextSource{_attributes(guid=guid(s.id))} name={quoteattr(s.name)} plainTextPath=\"internal://{s.id}.txt\">{described(s.memo)}"
                     + "".join(inside.get(s.id, ())) + "".join(of_source.get(s.id, ())) + noted(s.id) + values(source=s.id) + "</TextSource>"
                     for s in project.sources))
    many("Notes", (f"<Note{_attributes(guid=guid(m.id), creatingUser=guid(m.user) if m.user else None, creationDateTime=m.created)} name={quoteattr(m.name)}>"
                   f"<PlainTextContent>{_words(m.text)}</PlainTextContent></Note>" for m in project.memos))
    many("Links", (f"<Link{_attributes(guid=guid(x.id), name=x.name, direction=x.direction, originGUID=guid(x.origin), targetGUID=guid(x.target))}/>"
                   for x in project.links))
    sources = {s.id for s in project.sources}
    many("Sets", (f"<Set{_attributes(guid=guid(g.id))} name={quoteattr(g.name)}>{described(g.description)}"
                  + "".join(f'<Member{"Source" if m in sources else "Code"} targetGUID="{guid(m)}"/>' for m in g.members) + "</Set>" for g in project.groups))
    add(described(project.description))
    add("</Project>")
    return "".join(out)


_TYPES = {"text": "Text", "boolean": "Boolean", "integer": "Integer", "float": "Float", "date": "Date", "datetime": "DateTime"}


def _printable(name: str) -> str:
    """A preview as tools write it: one line, cut after 60 characters with three dots."""
    line = " ".join(name.split())
    return line if len(line) <= 60 else line[:60].rstrip() + "…"


def qdpx(project: Project, count: Counter = COUNT["code points"], document: str = "project.qde", folder: str = "sources/", bom: bool = False,
         **choices: object) -> bytes:
    """A REFI-QDA project with its texts as UTF-8 files."""
    entries: dict[str, bytes | str] = {document: qde(project, count, **choices)}  # type: ignore[arg-type]
    for source in project.sources:
        if source.text is not None:
            entries[f"{folder}{source.id}.txt"] = ("\ufeff" if bom else "").encode() + source.text.encode("utf-8", "surrogatepass")
    return zipped(entries)


def database(path: Path, schema: str, rows: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """An SQLite file with these tables and rows."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA journal_mode=MEMORY")
    connection.executescript(schema)
    for table, values in rows.items():
        for row in values:
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", tuple(row))
    connection.commit()
    connection.close()
    return path


QUALCODER = """
CREATE TABLE project (databaseversion text, date text, memo text, about text, bookmarkfile integer, bookmarkpos integer, codername text);
CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text, date text, av_text_id integer, risid integer);
CREATE TABLE code_image (imid integer primary key, id integer, x1 integer, y1 integer, width integer, height integer, cid integer, memo text, date text,
  owner text, important integer, pdf_page integer);
CREATE TABLE code_av (avid integer primary key, id integer, pos0 integer, pos1 integer, cid integer, memo text, date text, owner text, important integer);
CREATE TABLE annotation (anid integer primary key, fid integer, pos0 integer, pos1 integer, memo text, owner text, date text);
CREATE TABLE attribute_type (name text primary key, date text, owner text, memo text, caseOrFile text, valuetype text);
CREATE TABLE attribute (attrid integer primary key, name text, attr_type text, value text, id integer, date text, owner text);
CREATE TABLE case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer, owner text, date text, memo text);
CREATE TABLE cases (caseid integer primary key, name text, memo text, owner text, date text);
CREATE TABLE code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer);
CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, pos1 integer, owner text, date text, memo text,
  avid integer, important integer);
CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text, color text, supercid integer);
CREATE TABLE journal (jid integer primary key, name text, jentry text, date text, owner text);
CREATE TABLE stored_sql (title text, description text, grouper text, ssql text);
"""
QUALCODER_8 = """
CREATE TABLE project (databaseversion text, date text, memo text, about text);
CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text, date text);
CREATE TABLE code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer);
CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer, pos1 integer, owner text, date text, memo text);
CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text, color text);
"""
TAGUETTE = """
CREATE TABLE users (login text primary key, created text, hashed_password text, email text);
CREATE TABLE projects (id integer primary key, name text, description text, created text);
CREATE TABLE project_members (project_id integer, user_login text, privileges text);
CREATE TABLE documents (id integer primary key, name text, description text, filename text, created text, project_id integer, text_direction text,
  contents text);
CREATE TABLE commands (id integer primary key, date text, user_login text, project_id integer, document_id integer, payload text);
CREATE TABLE highlights (id integer primary key, document_id integer, start_offset integer, end_offset integer, snippet text);
CREATE TABLE tags (id integer primary key, project_id integer, path text, description text);
CREATE TABLE highlight_tags (highlight_id integer, tag_id integer);
"""
RQDA = """
CREATE TABLE project (databaseversion text, date text, dateM text, memo text, about text, imageDir text);
CREATE TABLE source (name text, id integer, file text, memo text, owner text, date text, dateM text, status integer);
CREATE TABLE freecode (name text, memo text, owner text, date text, dateM text, id integer, status integer, color text);
CREATE TABLE coding (cid integer, fid integer, seltext text, selfirst real, selend real, status integer, owner text, date text, memo text);
CREATE TABLE coding2 (cid integer, fid integer, seltext text, selfirst real, selend real, status integer, owner text, date text, memo text);
CREATE TABLE codecat (name text, cid integer, catid integer, owner text, date text, dateM text, memo text, status integer);
CREATE TABLE treecode (cid integer, catid integer, date text, dateM text, memo text, status integer, owner text);
CREATE TABLE filecat (name text, fid integer, catid integer, owner text, date text, dateM text, memo text, status integer);
CREATE TABLE treefile (fid integer, catid integer, date text, dateM text, memo text, status integer, owner text);
CREATE TABLE cases (name text, memo text, owner text, date text, dateM text, id integer, status integer);
CREATE TABLE caselinkage (caseid integer, fid integer, selfirst real, selend real, status integer, owner text, date text, memo text);
CREATE TABLE attributes (name text, status integer, date text, dateM text, owner text, memo text, class text);
CREATE TABLE caseAttr (variable text, value text, caseID integer, date text, dateM text, owner text, status integer);
CREATE TABLE fileAttr (variable text, value text, fileID integer, date text, dateM text, owner text, status integer);
CREATE TABLE journal (name text, journal text, date text, dateM text, owner text, status integer);
CREATE TABLE annotation (fid integer, position integer, annotation text, owner text, date text, dateM text, status integer);
"""
REQUAL = """
CREATE TABLE projects (project_id integer primary key, project_name text, project_description text, created_at text);
CREATE TABLE users (user_id integer primary key, user_login text, user_name text, user_mail text);
CREATE TABLE documents (doc_id integer primary key, project_id integer, user_id integer, doc_name text, doc_description text, doc_text text);
CREATE TABLE codes (project_id integer, code_id integer primary key, user_id integer, code_name text, code_description text, code_color text);
CREATE TABLE segments (project_id integer, user_id integer, doc_id integer, code_id integer, segment_id integer primary key, segment_start integer,
  segment_end integer, segment_text text);
CREATE TABLE cases (project_id integer, case_id integer primary key, case_name text, case_description text);
CREATE TABLE cases_documents_map (project_id integer, case_id integer, doc_id integer);
CREATE TABLE attributes (attribute_id integer primary key, attribute_name text, attribute_object text, attribute_type text, project_id integer,
  user_id integer);
CREATE TABLE attribute_values (attribute_value_id integer primary key, attribute_id integer, value text);
CREATE TABLE attributes_documents_map (doc_id integer, attribute_id integer, attribute_value_id integer, project_id integer);
CREATE TABLE attributes_cases_map (case_id integer, attribute_id integer, attribute_value_id integer, project_id integer);
CREATE TABLE memos (project_id integer, memo_id integer primary key, user_id integer, text text);
CREATE TABLE memos_documents_map (memo_id integer, doc_id integer, memo_start integer, memo_end integer);
"""
SCHEMAS = {"qualcoder": QUALCODER, "taguette": TAGUETTE, "rqda": RQDA, "requal": REQUAL}


def highlight_add(highlight: int, tags: Sequence[int]) -> str:
    """The payload of Taguette's command that makes or changes a highlight."""
    return json.dumps({"type": "highlight_add", "highlight_id": highlight, "start_offset": 0, "end_offset": 1, "tags": list(tags)})


def csv_bytes(rows: Sequence[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """A table as CSV."""
    import csv

    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    return buffer.getvalue().encode(encoding)


def xlsx(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook, written by openpyxl."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
            for cell in sheet[sheet.max_row] if row else ():
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # else openpyxl makes formulas of words that begin with =
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """A spreadsheet as LibreOffice writes it: equal neighbours repeated, paragraphs for lines, blanks as elements."""
    def paragraph(line: str) -> str:
        words = escape(line).replace("\t", "<text:tab/>")
        while "  " in words:
            words = words.replace("  ", ' <text:s text:c="1"/>', 1)
        return f"<text:p>{words}</text:p>"

    def cell(value: str) -> str:
        if not value:
            return "<table:table-cell/>"
        return f'<table:table-cell office:value-type="string">{"".join(map(paragraph, value.split(chr(10))))}</table:table-cell>'

    tables = "".join(f"<table:table table:name={quoteattr(title)}>" + "".join(
        "<table:table-row>" + "".join(map(cell, row)) + '<table:table-cell table:number-columns-repeated="16370"/></table:table-row>' for row in rows)
        + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
        for title, rows in sheets.items())
    content = ('<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
               'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
               f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>")
    return zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})
