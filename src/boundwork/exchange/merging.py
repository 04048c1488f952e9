"""What an import says, against what stands in the study and what the last import said: new, changed and gone; hand edits stay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from boundwork.exchange.sheets import Row, Sheet

What = Literal["new", "changed", "gone", "kept"]


@dataclass(frozen=True)
class Change:
    """One row that an import touched; `kept` is what it left alone because somebody had edited it."""

    what: What
    table: str
    id: str
    column: str = ""
    before: str = ""
    after: str = ""
    why: str = ""


@dataclass
class Merged:
    """A table after an import, and what changed in it."""

    sheet: Sheet
    changes: list[Change] = field(default_factory=list)


def merge(table: str, base: Sheet | None, mine: Sheet | None, theirs: Sheet, needed: Collection[str] = ()) -> Merged:
    """Return a table of the study (`mine`) with what changed from the last import (`base`) to this one (`theirs`) put into it.

    A cell that somebody edited stays, a row that somebody added stays, a row that somebody deleted stays away; each is told
    where the project has changed there too. Rows keep the order of the study; new ones come last.
    """
    if mine is None:
        return Merged(Sheet(list(theirs.columns), [dict(r) for r in theirs.rows]), [Change("new", table, r["id"]) for r in theirs.rows])
    old, new = base.by_id() if base else {}, theirs.by_id()
    columns = [*mine.columns, *(c for c in theirs.columns if c not in mine.columns and any(r.get(c) for r in theirs.rows))]
    merged = Merged(Sheet(columns))
    present = set()
    for row in mine.rows:
        ident = row.get("id", "")
        present.add(ident)
        before, after = old.get(ident), new.get(ident)
        if after is None:
            if before is None:
                merged.sheet.rows.append(row)  # somebody's own row
            elif _edited(row, before):
                merged.sheet.rows.append(row)
                merged.changes.append(Change("kept", table, ident, why="gone from the project, but edited by hand; delete the row if you agree"))
            elif ident in needed:
                merged.sheet.rows.append(row)
                merged.changes.append(Change("kept", table, ident, why="gone from the project, but rows that stay name it"))
            else:
                merged.changes.append(Change("gone", table, ident))
            continue
        merged.sheet.rows.append(_cells(table, ident, before or {}, row, after, merged.changes))
    for ident, row in new.items():
        if ident in present:
            continue
        if ident in old:
            merged.changes.append(Change("kept", table, ident, why="deleted by hand, and stays away"))
        else:
            merged.sheet.rows.append(dict(row))
            merged.changes.append(Change("new", table, ident))
    return merged


def _edited(row: Row, before: Row) -> bool:
    return any(row.get(c, "") != before.get(c, "") for c in {*row, *before})


def _cells(table: str, ident: str, before: Row, mine: Row, after: Row, changes: list[Change]) -> Row:
    row = dict(mine)
    for column in after.keys() | before.keys():
        was, now, here = before.get(column, ""), after.get(column, ""), mine.get(column, "")
        if now in (was, here):
            continue
        if here == was:
            row[column] = now
            changes.append(Change("changed", table, ident, column, was, now))
        else:
            changes.append(Change("kept", table, ident, column, here, now, "edited by hand; the project now says otherwise"))
    return row
