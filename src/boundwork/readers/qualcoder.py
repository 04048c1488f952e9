"""QualCoder projects: the folder NAME.qda, its data.qda alone, or the folder zipped. Database versions 8 to 17; columns are probed.

Never read: pseudonyms.json (it re-identifies people) and paths outside the project's own folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from boundwork.readers.database import Database, Row
from boundwork.readers.draft import Draft, shown
from boundwork.readers.offsets import CODE_POINTS, UTF16
from boundwork.readers.quoted import add_selections, claimed, part, stretch
from boundwork.readers.record import Attribute, Case, Code, Coding, Link, Memo, Project, Selection, Source, Variable

_TYPES = {"character": "text", "numeric": "float"}
_FOLDERS = ("/docs/", "/images/", "/audio/", "/video/", "docs/", "images/", "audio/", "video/")
_WHY = {"stored_sql": "a stranger's queries are never run", "ris": "bibliographic references have no place in the record", "graph": "drawings have no place"}


def read_qualcoder(database: Database, name: str, files: Iterable[str] = ()) -> Project:
    """Return the project in a QualCoder database; `files` are the names of what lies beside it."""
    draft = Draft(name, "qualcoder", "QualCoder")
    for row in database.rows("project"):
        draft.project.origin = f"QualCoder ({row.text('databaseversion')})" if row["databaseversion"] else "QualCoder"
        draft.project.description = row.text("memo")
    for row in database.rows("coder_names"):
        draft.user(row.text("name"))
    _codes(database, draft)
    _sources(database, draft)
    _text_codings(database, draft)
    _media_codings(database, draft)
    _annotations(database, draft)
    _cases(database, draft)
    _attributes(database, draft)
    for row in database.rows("journal"):
        draft.add(Memo(f"journal:{row.text('jid')}", row.text("jentry"), row.text("name"), "", draft.user(row.text("owner")), row.text("date")))
    for file in files:
        if file.rpartition("/")[2].lower() == "pseudonyms.json":
            draft.lose("left out", "pseudonyms.json", "it says who people are, and is never read")
    why = _WHY | {t: "drawings have no place in the record" for t in database.columns if t.startswith(("gr_", "graph"))}
    database.count_unread(draft, why)
    return draft.finish()


def _codes(database: Database, draft: Draft) -> None:
    for row in database.rows("code_cat"):
        above = row.text("supercatid")
        draft.add(Code(f"category:{row.text('catid')}", row.text("name"), f"category:{above}" if above else "", row.text("memo"), codable=False))
    for row in database.rows("code_name"):
        code, category = row.text("supercid"), row.text("catid")
        parent = f"code:{code}" if code else f"category:{category}" if category else ""
        draft.add(Code(f"code:{row.text('cid')}", row.text("name"), parent, row.text("memo"), color=row.text("color")))


def _kind(row: Row) -> str:
    path = row.text("mediapath").lower()
    for word, kind in (("/images/", "picture"), ("images:", "picture"), ("/audio/", "audio"), ("audio:", "audio"), ("/video/", "video"), ("video:", "video")):
        if path.startswith((word, word.lstrip("/"))):
            return kind
    return "pdf" if path.endswith(".pdf") else "text"


def _sources(database: Database, draft: Draft) -> None:
    for row in database.rows("source"):
        id = f"source:{row.text('id')}"
        path = row.text("mediapath")
        if path and not path.startswith(_FOLDERS):
            draft.lose("left out", "paths on somebody's machine", "private")
            path = ""
        kind = _kind(row)
        text = None if row["fulltext"] is None or (kind not in ("text", "pdf") and not row["fulltext"]) else row.text("fulltext")
        draft.add(Source(id, row.text("name"), text, kind, path.lstrip("/"), row.text("memo")), f"table source, row {row['#']}")
        if transcript := row.text("av_text_id"):
            draft.add(Link(f"{id}>transcript", f"source:{transcript}", id, "transcript of"))


def _text_codings(database: Database, draft: Draft) -> None:
    texts = {s.id: s.text for s in draft.project.sources}
    claims, selections, codings = [], [], []
    for row in database.rows("code_text"):
        id, source = row.text("ctid") or f"row {row['#']}", f"source:{row.text('fid')}"
        claims.append(claimed(texts.get(source), row.number("pos0"), row.number("pos1"), row.text("seltext")))
        selections.append(Selection(f"selection:{id}", source, quote=row.text("seltext"), created=row.text("date"), user=draft.user(row.text("owner"))))
        codings.append(Coding(f"coding:{id}", f"code:{row.text('cid')}", row.text("owner"), source=source, created=row.text("date"), memo=row.text("memo")))
        if row["important"]:
            draft.lose("left out", "marks of importance on codings", "the record has no place for them", id)
        if row["avid"]:
            draft.lose("left out", "ties between a coding of a transcript and one of its recording", "the record has no place for them", id)
    add_selections(draft, claims, selections, codings, (CODE_POINTS, UTF16), "code_text")


def _media_codings(database: Database, draft: Draft) -> None:
    for table, key in (("code_image", "imid"), ("code_av", "avid")):
        for row in database.rows(table):
            id, source = f"{table}:{row.text(key)}", f"source:{row.text('id')}"
            if table == "code_av":
                place = f"{row.text('pos0')} to {row.text('pos1')} ms"
            else:
                page = f"page {row.text('pdf_page')}, " if row["pdf_page"] is not None else ""
                place = f"{page}area {row.text('x1')},{row.text('y1')}, {row.text('width')} wide, {row.text('height')} high"
            user = draft.user(row.text("owner"))
            draft.add(Selection(id, source, place=place, created=row.text("date"), user=user))
            draft.add(Coding(f"coding:{id}", f"code:{row.text('cid')}", user, id, source, created=row.text("date"), memo=row.text("memo")))


def _annotations(database: Database, draft: Draft) -> None:
    texts = {s.id: s.text for s in draft.project.sources}
    for row in database.rows("annotation"):
        source = f"source:{row.text('fid')}"
        start, end = stretch(draft, source, texts.get(source), row.number("pos0"), row.number("pos1")) or (None, None)
        draft.add(Selection(f"annotation:{row.text('anid')}", source, start, end, memo=row.text("memo"), created=row.text("date"),
                            user=draft.user(row.text("owner"))))


def _cases(database: Database, draft: Draft) -> None:
    texts = {s.id: s.text for s in draft.project.sources}
    sources: dict[str, list[str]] = {}
    selections: dict[str, list[str]] = {}
    for row in database.rows("case_text"):
        case, source = f"case:{row.text('caseid')}", f"source:{row.text('fid')}"
        span = part(draft, source, texts.get(source), row.number("pos0"), row.number("pos1"))
        if span is None:
            sources.setdefault(case, []).append(source)
            continue
        selection = draft.add(Selection(f"case_text:{row.text('id') or row['#']}", source, *span, memo=row.text("memo"), created=row.text("date"),
                                        user=draft.user(row.text("owner"))))
        selections.setdefault(case, []).append(selection.id)
    for row in database.rows("cases"):
        id = f"case:{row.text('caseid')}"
        draft.add(Case(id, row.text("name"), row.text("memo"), tuple(sources.pop(id, ())), tuple(selections.pop(id, ()))))
    draft.lose("left out", "members of cases that are not there", "", ", ".join(sorted({*sources, *selections})[:5]), len({*sources, *selections}))


def _attributes(database: Database, draft: Draft) -> None:
    for row in database.rows("attribute_type"):
        draft.add(Variable(f"{row.text('caseOrFile')}:{row.text('name')}", row.text("name"), _TYPES.get(row.text("valuetype"), "text"), row.text("memo")))
    for row in database.rows("attribute"):
        kind, value = row.text("attr_type"), row.text("value")
        if not value:
            continue
        variable = f"{kind}:{row.text('name')}"
        if kind == "case":
            draft.project.attributes.append(Attribute(variable, value, case=f"case:{row.text('id')}"))
        elif kind == "file":
            draft.project.attributes.append(Attribute(variable, value, source=f"source:{row.text('id')}"))
        else:
            draft.lose("left out", f"attributes of a {shown(kind)}", "only cases and files have attributes", f"table attribute, row {row['#']}")


def open_qualcoder(path: Path, name: str) -> Project:
    """Return the project in a .qda folder or a data.qda file; what lies beside the database is listed, not opened."""
    folder, file = (path, path / "data.qda") if path.is_dir() else (path.parent, path)
    stem = folder.stem if file.name.lower() == "data.qda" and folder.name.lower().endswith(".qda") else file.stem
    with Database(file, f"{name}/data.qda" if path.is_dir() else name) as database:
        files = [p.name for p in folder.iterdir()] if file.name.lower() == "data.qda" else []
        return read_qualcoder(database, stem, files)
