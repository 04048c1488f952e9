"""requal projects (.requal): offsets count from 1 and include their end; several projects may share a file."""

from __future__ import annotations

from collections.abc import Iterator

from boundwork.readers.database import Database, Row
from boundwork.readers.draft import Draft
from boundwork.readers.offsets import Convention
from boundwork.readers.quoted import add_selections, claimed
from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Memo, Project, Selection, Source, User, Variable
from boundwork.readers.several import SEVERAL_CATEGORIES, by_category, chosen

_DECLARED = Convention("code points", 1, True)
_WHY = {"logs": "a log of clicks, with people's names", "user_permissions": "who may do what", "requal_version": "of the tool alone",
        "attributes_users_map": "the record says nothing of coders but their names"}


def read_requal(database: Database, name: str, project: str | None = None) -> Project:
    """Return the project in a requal database, or the one of several that is asked for by id or name."""
    projects = {row.text("project_id"): row for row in database.rows("projects")}
    id = chosen({key: row.text("project_name") for key, row in projects.items()}, project, database.shown)
    draft = Draft(projects[id].text("project_name") or name, "requal", "requal")
    draft.project.description = projects[id].text("project_description")
    for row in database.rows("requal_version"):
        if row.text("project_id") == id:
            draft.project.origin = f"requal {row.text('version')}"
    reader = _Reader(database, draft, id)
    reader.read()
    database.count_unread(draft, _WHY)
    return draft.finish()


class _Reader:
    def __init__(self, database: Database, draft: Draft, project: str) -> None:
        self._database, self._draft, self._project = database, draft, project
        self._names: dict[str, str] = {}

    def read(self) -> None:
        """Fill the draft, table by table."""
        draft = self._draft
        for row in self._database.rows("users", ("user_id", "user_name")):
            self._names[row.text("user_id")] = row.text("user_name")
        self._codes()
        for row in self._rows("documents"):
            draft.add(Source(f"source:{row.text('doc_id')}", row.text("doc_name"), None if row["doc_text"] is None else row.text("doc_text"),
                             memo=row.text("doc_description")), f"table documents, row {row['#']}")
        self._segments()
        members: dict[str, list[str]] = {}
        for row in self._rows("cases_documents_map"):
            members.setdefault(row.text("case_id"), []).append(f"source:{row.text('doc_id')}")
        for row in self._rows("cases"):
            draft.add(Case(f"case:{row.text('case_id')}", row.text("case_name"), row.text("case_description"), tuple(members.get(row.text("case_id"), ()))))
        self._attributes()
        self._memos()

    def _rows(self, table: str) -> Iterator[Row]:
        """Yield a table's rows that belong to the project; tables without that column belong to it whole."""
        for row in self._database.rows(table):
            if row["project_id"] is None or row.text("project_id") == self._project:
                yield row
            else:
                self._draft.lose("left out", "rows of other projects in the file", "one project is read at a time")

    def _user(self, row: Row) -> str:
        id = row.text("user_id")
        if id and not self._draft.has(User, id):
            self._draft.add(User(id, self._names.get(id) or id))
        return id

    def _codes(self) -> None:
        draft = self._draft
        categories, shared = by_category((row.text("code_id"), row.text("category_id")) for row in self._rows("categories_codes_map"))
        for row in self._rows("categories"):
            key = row.text("category_id")
            draft.add(Code(f"category:{key}", row.text("category_name"), description=row.text("category_description"), codable=False))
            if key in shared:
                draft.add(Group(f"category:{key}:codes", row.text("category_name"), shared[key]))
        for row in self._rows("codes"):
            listed = categories.get(row.text("code_id"), [])
            if len(listed) > 1:
                draft.lose("approximated", "codes in several categories", SEVERAL_CATEGORIES, row.text("code_name"))
            draft.add(Code(f"code:{row.text('code_id')}", row.text("code_name"), f"category:{listed[0]}" if listed else "", row.text("code_description"),
                           color=row.text("code_color")), f"table codes, row {row['#']}")

    def _segments(self) -> None:
        texts = {s.id: s.text for s in self._draft.project.sources}
        claims, selections, codings = [], [], []
        for row in self._rows("segments"):
            id, source, user = row.text("segment_id") or str(row["#"]), f"source:{row.text('doc_id')}", self._user(row)
            claims.append(claimed(texts.get(source), row.number("segment_start"), row.number("segment_end"), row.text("segment_text")))
            selections.append(Selection(f"selection:{id}", source, quote=row.text("segment_text"), user=user))
            codings.append(Coding(f"coding:{id}", f"code:{row.text('code_id')}", user, source=source) if row["code_id"] is not None else None)
            self._draft.lose("kept", "segments without a code", "they are selections that nobody coded", id, int(row["code_id"] is None))
        self._moved = add_selections(self._draft, claims, selections, codings, (_DECLARED,), "segments")

    def _attributes(self) -> None:
        draft = self._draft
        values = {row.text("attribute_value_id"): row.text("value") for row in self._rows("attribute_values")}
        for row in self._rows("attributes"):
            if row.text("attribute_object") != "user":
                draft.add(Variable(f"attribute:{row.text('attribute_id')}", row.text("attribute_name")))
            else:
                draft.lose("left out", "attributes of the coders", "the record says nothing of coders but their names", "")
        for table, column, kind in (("attributes_documents_map", "doc_id", "source"), ("attributes_cases_map", "case_id", "case")):
            for row in self._rows(table):
                owner, value = f"{kind}:{row.text(column)}", values.get(row.text("attribute_value_id"))
                if value is None:
                    draft.lose("left out", "values that the file does not hold", "", f"table {table}, row {row['#']}")
                    continue
                draft.project.attributes.append(Attribute(f"attribute:{row.text('attribute_id')}", value, case=owner if kind == "case" else "",
                                                          source=owner if kind == "source" else ""))

    def _memos(self) -> None:
        draft = self._draft
        about: dict[str, str] = {}
        for table, column, kind in (("memos_segments_map", "segment_id", "selection"), ("memos_codes_map", "code_id", "code"),
                                    ("memos_documents_map", "doc_id", "source")):
            for row in self._rows(table):
                target = f"{kind}:{row.text(column)}"
                if row["memo_start"] is not None:
                    draft.lose("approximated", "memos on a stretch of a document", "kept on the document", row.text("memo_id"))
                about.setdefault(row.text("memo_id"), self._moved.get(target, target))
        for row in self._rows("memos"):
            draft.add(Memo(f"memo:{row.text('memo_id')}", row.text("text"), "", about.get(row.text("memo_id"), ""), self._user(row)))
