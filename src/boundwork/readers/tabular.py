"""Sheets in, a Project out: which layout a header has, which column is what, what every row says. All table formats are read here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from boundwork.errors import InputError, UsageError, did_you_mean
from boundwork.readers.coded_table import ROLES, CodedTable, Entry, Layout, code_path, plain, split
from boundwork.readers.draft import Draft, shown
from boundwork.readers.layouts import BY_FORMAT, LAYOUTS, OWN
from boundwork.readers.record import Project
from boundwork.readers.refusing import unreadable
from boundwork.readers.sheets import Record, Sheet

_DEEP = 10
"""Rows at the top of a sheet among which its header is looked for; reports begin with titles."""
_DEDOOSE_CODE = re.compile(r"code:\s*(.+?)\s+(applied|range|weight)", re.IGNORECASE)
_YES = {"true", "1", "yes", "x", "wahr", "vrai", "verdadero"}


def read_tables(sheets: Iterable[Sheet], name: str, format: str | None = None, columns: Mapping[str, str | Sequence[str]] | None = None,
                wanted: str | Sequence[str] | None = None, texts: Mapping[str, str] | None = None) -> Project:
    """Return the codings of all sheets that hold any.

    `columns` says which header plays which role where the headers are not known; `wanted` names the sheets to read (all); `texts` are
    documents by name, in which quotes are looked for.
    """
    names = {wanted} if isinstance(wanted, str) else set(wanted) if wanted is not None else None
    _check_roles(columns)
    draft = Draft(Path(name).stem, OWN.format)
    table: CodedTable | None = None
    layout: Layout | None = None
    headers: list[str] = []
    seen: list[str] = []
    for sheet in sheets:
        seen.append(sheet.name)
        if names is not None and sheet.name not in names:
            draft.lose("left out", "sheets that were not asked for", "", shown(sheet.name))
            continue
        for (what, why), count in sheet.notes.items():
            draft.lose("approximated", what, why, shown(sheet.name), count)
        found = _header(sheet, format, columns, layout)
        if found is None:
            if sheet.rows:
                headers.append(", ".join(shown(c, 20) for c in sheet.rows[0].cells[:12] if c))
                draft.lose("left out", "rows of sheets without a header that names sources and codes", "say with columns what is what", shown(sheet.name),
                           len(sheet.rows))
            continue
        layout, position, places = found
        if table is None:
            table = CodedTable(draft, texts or {}, layout.id_is_selection)
            draft.project.format, draft.project.origin = layout.format, layout.origin
        _read_sheet(table, sheet, layout, position, places, columns or {}, name)
    if names is not None and names - set(seen):
        raise unreadable(f"{name} has no sheet '{shown(min(names - set(seen)))}'", f"It has {', '.join(shown(s) or 'one without a name' for s in seen)}")
    if table is None:
        raise _no_header(name, headers)
    table.close()
    return draft.finish()


def _check_roles(columns: Mapping[str, str | Sequence[str]] | None) -> None:
    for role in columns or ():
        if role not in ROLES:
            raise UsageError(f"'{shown(role)}' is nothing that a column can be. {did_you_mean(role, ROLES)}", f"A column can be {', '.join(ROLES)}")


def _no_header(name: str, headers: list[str]) -> InputError:
    found = f"Its headers are: {'; '.join(headers[:3])}" if headers else "It is empty"
    return unreadable(f"{name} is a table whose columns are not known", f"{found}. Say which column is the source and which the code, "
                      "for example --column source=HEADER --column code=HEADER")


def _header(sheet: Sheet, format: str | None, columns: Mapping[str, str | Sequence[str]] | None,
            before: Layout | None) -> tuple[Layout, int, dict[str, int]] | None:
    """Return the layout of a sheet, the index of its header row and the column of each role; None where no row is a header.

    Where the caller names columns, a header need not tell a tool's layout; it is then a table of one's own.
    """
    asked = BY_FORMAT.get(format or "")
    known = (asked,) if asked else (before,) if before else LAYOUTS
    for index, row in enumerate(sheet.rows[:_DEEP]):
        mapped = _mapped(row.cells, columns or {})
        if mapped is None:
            continue
        for layout in known:
            places = layout.match(row.cells)
            tells = layout.tells(places)
            if columns:
                places = {r: c for r, c in places.items() if c not in mapped.values()} | mapped
                if (tells or layout is known[-1]) and "source" in places and ("code" in places or "quote" in places):
                    return layout, index, places
            elif tells and ("source" in places or "case" in places):
                return layout, index, places
    return None


def _mapped(cells: Sequence[str], columns: Mapping[str, str | Sequence[str]]) -> dict[str, int] | None:
    """Return the caller's columns in a row, None where one of them is not in it."""
    names = [plain(c) for c in cells]
    found: dict[str, int] = {}
    for role, header in columns.items():
        for one in [header] if isinstance(header, str) else header:
            if plain(one) not in names:
                return None
            if role != "attributes":
                found[role] = names.index(plain(one))
    return found


def _read_sheet(table: CodedTable, sheet: Sheet, layout: Layout, position: int, places: dict[str, int],
                columns: Mapping[str, str | Sequence[str]], name: str) -> None:
    draft = table.draft
    header = sheet.rows[position].cells
    draft.lose("left out", "rows above the header", "titles of a report", shown(sheet.name), position)
    asked = columns.get("attributes", ())
    wanted = {plain(a) for a in ([asked] if isinstance(asked, str) else asked)}
    attributes = {i: cell.strip() for i, cell in enumerate(header) if plain(cell) in wanted}
    codes = {i: match for i, cell in enumerate(header) if layout.format == "dedoose" and (match := _DEDOOSE_CODE.fullmatch(cell.strip()[:1_000]))}
    unread: Counter[str] = Counter()
    placed = {*places.values(), *attributes, *codes}
    for row in sheet.rows[position + 1:]:
        where = f"{name}: {shown(sheet.name) + ', ' if sheet.name else ''}row {row.number}"
        cells = {role: _cell(row, column, role) for role, column in places.items()}
        source = cells.get("source", "").strip() or cells.get("case", "").strip()
        for column, cell in enumerate(row.cells):
            if column not in placed and cell.strip():
                unread[header[column] if column < len(header) else ""] += 1
        if not source:
            draft.lose("left out", "rows without a source", "it cannot be told what they code", where)
            continue
        found = _dedoose_codes(row, codes, layout) if codes else [(path, "") for path in _codes(cells, layout)]
        table.add(Entry(where, source, found, cells, {name: _cell(row, column, "") for column, name in attributes.items()}))
    for heading, count in unread.items():
        why = "it says nothing of the coding" if plain(heading) in layout.ignored else "no role for it: name it under attributes to keep it"
        draft.lose("left out", f"column {shown(heading)}" if heading else "cells beyond the header", why, shown(sheet.name), count)
    for column, match in codes.items():
        if match.group(2).lower() == "range":
            draft.lose("left out", "ranges of weights", "of the codebook alone", shown(header[column]))


def _cell(row: Record, column: int, role: str) -> str:
    cell = row.cells[column] if column < len(row.cells) else ""
    return cell if role == "quote" else cell.strip()


def _codes(cells: Mapping[str, str], layout: Layout) -> list[tuple[str, ...]]:
    """Return the paths of the codes in a row's cell, under its category where it names one."""
    text = cells.get("code", "")
    above = (cells["category"],) if cells.get("category") else ()
    return list(dict.fromkeys((*above, *code_path(part, layout.path)) for part in split(text, layout.several)))


def _dedoose_codes(row: Record, codes: Mapping[int, re.Match[str]], layout: Layout) -> list[tuple[tuple[str, ...], str]]:
    """Return the codes that a row of Dedoose's says apply, each with its weight."""
    weights: dict[str, str] = {}
    applied: list[str] = []
    for column, match in codes.items():
        cell = _cell(row, column, "")
        if match.group(2).lower() == "weight":
            weights[match.group(1)] = cell
        elif match.group(2).lower() == "applied" and cell.lower() in _YES:
            applied.append(match.group(1))
    return [(code_path(name, layout.path), weights.get(name, "")) for name in applied]
