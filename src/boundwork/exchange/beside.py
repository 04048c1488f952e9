"""What is kept beside a study's tables, in its folder kept/: every thing of the projects by its own id, and the study's id for it.

A table has the fields of the record (boundwork.readers.record) as columns, the number of the project, and study_id. Texts and
quotes are not among them: the texts lie in texts/, and what a selection quotes can be read there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from boundwork.exchange.coded import Coded
from boundwork.exchange.draft import Draft, Things, key_of
from boundwork.exchange.placing import Placing
from boundwork.exchange.sheets import Row, Sheet
from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Link, Memo, Selection, Source, User, Variable

KINDS = {"users": User, "codes": Code, "sources": Source, "selections": Selection, "codings": Coding, "variables": Variable, "cases": Case,
         "attributes": Attribute, "groups": Group, "memos": Memo, "links": Link}
"""Table -> the class of the record that its rows hold."""
_LEFT_OUT = {"sources": {"text"}, "selections": {"quote"}}
_GAP = "\x1f"


def columns(kind: str) -> list[str]:
    """Return the columns of a table that is kept beside."""
    own = [f.name for f in fields(KINDS[kind]) if f.name not in _LEFT_OUT.get(kind, ())]
    return ["project", "study_id", *(["path"] if kind == "codes" else []), *own]


def keep(draft: Draft, things: Sequence[Things], placing: Placing, coded: Coded) -> None:
    """Fill `draft.kept` with everything the projects hold."""
    for kind in KINDS:
        heads = columns(kind)
        names = [h for h in heads if h not in ("project", "study_id") and not (kind == "codes" and h == "path")]
        rows: list[Row] = []
        for each in things:
            for thing in getattr(each.project, kind):
                row = {name: _text(getattr(thing, name)) for name in names}
                row["project"] = each.number
                place = (each.number, getattr(thing, "id", ""))
                if kind == "codes":
                    row["path"] = key_of(each.paths[thing.id])
                    row["study_id"] = coded.codes.get(row["path"], "")
                else:
                    known = {"users": coded.coders, "sources": placing.sources, "selections": placing.extracts, "codings": coded.rows_of}.get(kind, {})
                    row["study_id"] = known.get(place, "")
                rows.append(row)
        if rows:
            draft.kept[kind] = Sheet(heads, rows)
    for kind in ("memos", "links", "groups", "cases", "variables", "attributes"):
        what = {"groups": "sets", "attributes": "values of variables"}.get(kind, kind)
        draft.lose("kept", what, len(draft.kept[kind].rows) if kind in draft.kept else 0, f"They stand in kept/{kind}.csv, and export gives them back.")


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return _GAP.join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def restored(kind: str, row: Row) -> dict[str, object]:
    """Return the fields of the record that a row holds, with their types."""
    found: dict[str, object] = {}
    for field in fields(KINDS[kind]):
        if field.name not in row:
            continue
        text = row[field.name]
        declared = str(field.type)
        if declared.startswith("tuple"):
            found[field.name] = tuple(text.split(_GAP)) if text else ()
        elif declared == "bool":
            found[field.name] = text == "true"
        elif declared.startswith("int"):
            found[field.name] = int(text) if text else None
        else:
            found[field.name] = text
    return found
