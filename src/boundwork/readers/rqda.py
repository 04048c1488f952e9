"""RQDA projects (.rqda): rows with status 1 are read, rows that the tool has marked as deleted are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from boundwork.readers.database import Database, Row
from boundwork.readers.draft import Draft, shown
from boundwork.readers.offsets import CODE_POINTS, UTF16
from boundwork.readers.quoted import add_selections, claimed, part
from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Memo, Project, Selection, Source, Variable
from boundwork.readers.several import SEVERAL_CATEGORIES, by_category

_WHY = {"coding2": "a second coding table, for RQDA's own comparison of coders", "image": "pictures have no place", "imageCoding": "pictures have no place"}


def read_rqda(database: Database, name: str) -> Project:
    """Return the project in an RQDA database."""
    draft = Draft(name, "rqda", "RQDA")
    for row in database.rows("project"):
        draft.project.description = row.text("memo")
        if row["databaseversion"]:
            draft.project.origin = f"RQDA ({row.text('databaseversion')})"
    for row in _live(database, draft, "source"):
        draft.add(Source(f"source:{row.text('id')}", row.text("name"), None if row["file"] is None else row.text("file"), memo=row.text("memo")),
                  f"table source, row {row['#']}")
    _codes(database, draft)
    _codings(database, draft)
    _cases(database, draft)
    _groups(database, draft)
    _attributes(database, draft)
    for row in _live(database, draft, "journal"):
        draft.add(Memo(f"journal:{row.text('name') or row['#']}", row.text("journal"), row.text("name"), "", draft.user(row.text("owner")), row.text("date")))
    _annotations(database, draft)
    database.count_unread(draft, _WHY)
    return draft.finish()


def _annotations(database: Database, draft: Draft) -> None:
    """Add annotations, each a point in its source; one whose text is at hand and does not reach that far is kept without a point."""
    texts = {s.id: s.text for s in draft.project.sources}
    for row in _live(database, draft, "annotation"):
        id, source, position = f"annotation:{row['#']}", f"source:{row.text('fid')}", row.number("position")
        text = texts.get(source)
        if position is not None and text is not None and not 0 <= position <= len(text):
            draft.lose("approximated", "annotations that lie outside their text", "kept without a place", shown(f"{source}, {position}"))
            position = None
        draft.add(Selection(id, source, position, position, memo=row.text("annotation"), created=row.text("date"), user=draft.user(row.text("owner"))))


def _live(database: Database, draft: Draft, table: str) -> Iterator[Row]:
    for row in database.rows(table):
        if row.number("status") in (1, None):
            yield row
        else:
            draft.lose("left out", f"rows of {table} that are deleted in RQDA", "their status is not 1")


def _codes(database: Database, draft: Draft) -> None:
    """Codes under their category; a code in several categories stands under the first, and its categories are groups besides."""
    categories, shared = by_category((row.text("cid"), row.text("catid")) for row in _live(database, draft, "treecode"))
    for row in _live(database, draft, "codecat"):
        id = f"category:{row.text('catid')}"
        draft.add(Code(id, row.text("name"), description=row.text("memo"), codable=False))
        if row.text("catid") in shared:
            draft.add(Group(f"{id}:codes", row.text("name"), shared[row.text("catid")]))
    for row in _live(database, draft, "freecode"):
        listed = categories.get(row.text("id"), [])
        if len(listed) > 1:
            draft.lose("approximated", "codes in several categories", SEVERAL_CATEGORIES, row.text("name"))
        draft.add(Code(f"code:{row.text('id')}", row.text("name"), f"category:{listed[0]}" if listed else "", row.text("memo"), color=row.text("color")),
                  f"table freecode, row {row['#']}")


def _codings(database: Database, draft: Draft) -> None:
    texts = {s.id: s.text for s in draft.project.sources}
    claims, selections, codings = [], [], []
    for row in _live(database, draft, "coding"):
        source, user = f"source:{row.text('fid')}", draft.user(row.text("owner"))
        claims.append(claimed(texts.get(source), row.number("selfirst"), row.number("selend"), row.text("seltext")))
        selections.append(Selection(f"selection:{row['#']}", source, quote=row.text("seltext"), created=row.text("date"), user=user))
        codings.append(Coding(f"coding:{row['#']}", f"code:{row.text('cid')}", user, source=source, created=row.text("date"), memo=row.text("memo")))
    add_selections(draft, claims, selections, codings, (CODE_POINTS, UTF16), "coding")


def _cases(database: Database, draft: Draft) -> None:
    texts = {s.id: s.text for s in draft.project.sources}
    cases = {f"case:{row.text('id')}": Case(f"case:{row.text('id')}", row.text("name"), row.text("memo")) for row in _live(database, draft, "cases")}
    sources: dict[str, list[str]] = {}
    selections: dict[str, list[str]] = {}
    for row in _live(database, draft, "caselinkage"):
        id, source = f"case:{row.text('caseid')}", f"source:{row.text('fid')}"
        if id not in cases:
            draft.lose("left out", "members of cases that are not there", "", id)
        elif span := part(draft, source, texts.get(source), row.number("selfirst"), row.number("selend")):
            selection = draft.add(Selection(f"caselinkage:{row['#']}", source, *span, memo=row.text("memo"), created=row.text("date"),
                                            user=draft.user(row.text("owner"))))
            selections.setdefault(id, []).append(selection.id)
        else:
            sources.setdefault(id, []).append(source)
    for id, case in cases.items():
        draft.add(replace(case, sources=tuple(sources.get(id, ())), selections=tuple(selections.get(id, ()))))


def _groups(database: Database, draft: Draft) -> None:
    members: dict[str, list[str]] = {}
    for row in _live(database, draft, "treefile"):
        members.setdefault(row.text("catid"), []).append(f"source:{row.text('fid')}")
    for row in _live(database, draft, "filecat"):
        draft.add(Group(f"filecat:{row.text('catid')}", row.text("name"), tuple(members.get(row.text("catid"), ())), row.text("memo")))


def _attributes(database: Database, draft: Draft) -> None:
    known = {}
    for row in _live(database, draft, "attributes"):
        known[row.text("name")] = ("float" if row.text("class") == "numeric" else "text", row.text("memo"))
    for table, column, kind in (("caseAttr", "caseID", "case"), ("fileAttr", "fileID", "source")):
        for row in _live(database, draft, table):
            name, value = row.text("variable"), row.text("value")
            type, memo = known.get(name, ("text", ""))
            if not draft.has(Variable, f"{kind}:{name}"):
                draft.add(Variable(f"{kind}:{name}", name, type, memo))
            if value and value != "NA":
                owner = f"{kind}:{row.text(column)}"
                draft.project.attributes.append(Attribute(f"{kind}:{name}", value, **{kind: owner}))
    for name, (type, memo) in known.items():
        if not draft.has(Variable, f"case:{name}") and not draft.has(Variable, f"source:{name}"):
            draft.add(Variable(f"case:{name}", name, type, memo))
