"""A study's codings as one flat table, and all its tables as CSV files in an archive or as sheets of a workbook."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO

from boundwork.errors import InputError
from boundwork.exchange.projecting import Material
from boundwork.exchange.sheets import Row, Sheet, csv_text
from boundwork.tables.schema import TABLES
from boundwork.wording import defused

_FROM_EXTRACT = ("source", "section", "start", "end", "kind", "speaker", "about", "wave", "gist")
_MOST_CELL = 32_767
"""Characters that a cell of a workbook holds."""
_TIME = (1980, 1, 1, 0, 0, 0)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_ESCAPED = re.compile(r"_(x[0-9A-Fa-f]{4}_)")
"""What a workbook takes for a control character that was written out; its own underscore is written out then."""


def coded(material: Material, with_text: bool) -> Sheet:
    """Return one row a coding, with its extract beside it, the labels of its codes, and with `with_text` its words."""
    labels = {r["id"]: r.get("label", "") for r in material.rows("codes")}
    titles = {r["id"]: r.get("title", "") for r in material.rows("sources")}
    sources = {r["id"]: r for r in material.rows("sources")}
    extracts = {r["id"]: r for r in material.rows("extracts")}
    texts: dict[str, str] = {}
    own = [c.name for c in TABLES["codings"].columns if c.name not in ("id", "extract", "coder")]
    columns = ["coding", "extract", "coder", "coder_label", "code_labels", *own, "title", *_FROM_EXTRACT, *(["words"] if with_text else [])]
    rows: list[Row] = []
    for row in material.rows("codings"):
        extract = extracts.get(row.get("extract", ""), {})
        coder = material.study.coders.get(row.get("coder", ""))
        found = {**{c: extract.get(c, "") for c in _FROM_EXTRACT}, **{c: row.get(c, "") for c in own}, "coding": row["id"], "extract": row.get("extract", ""),
                 "coder": row.get("coder", ""), "coder_label": coder.label if coder else "", "title": titles.get(extract.get("source", ""), ""),
                 "code_labels": "; ".join(labels.get(c, c) for c in map(str.strip, row.get("code", "").split(";")) if c)}
        if with_text:
            source = extract.get("source", "")
            if source in sources and source not in texts:
                texts[source] = material.text_of(sources[source])
            found["words"] = texts.get(source, "")[int(extract.get("start") or 0) : int(extract.get("end") or 0)]
        rows.append(found)
    used = {c for r in rows for c, v in r.items() if v} | {"coding", "extract", "coder", "code", "source"}
    return Sheet([c for c in columns if c in used], rows)


def tables(material: Material, with_text: bool) -> Iterator[tuple[str, Sheet]]:
    """Yield the flat table and then every table of the study; quotes stay out without `with_text`."""
    yield "coded", coded(material, with_text)
    for name in TABLES:
        sheet = material.sheets.get(name)
        if sheet is not None:
            yield name, Sheet([c for c in sheet.columns if with_text or c not in ("quote", "file")], sheet.rows)


def safe(sheet: Sheet, raw: bool) -> Sheet:
    """Return a table whose cells no spreadsheet takes for formulas; with `raw`, as it is."""
    return sheet if raw else Sheet(sheet.columns, [{c: defused(v) for c, v in row.items()} for row in sheet.rows])


def write_csv(file: IO[bytes], sheet: Sheet, raw: bool) -> None:
    """Write one table as CSV in UTF-8."""
    found = safe(sheet, raw)
    file.write(csv_text(found.columns, found.rows).encode())


def write_zip(file: IO[bytes], found: Sequence[tuple[str, Sheet]], raw: bool) -> None:
    """Write tables as CSV files in an archive, the same bytes each time."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, sheet in found:
            with archive.open(zipfile.ZipInfo(f"{name}.csv", _TIME), "w") as inside:
                write_csv(inside, sheet, raw)


def write_xlsx(file: IO[bytes], found: Sequence[tuple[str, Sheet]], raw: bool) -> None:
    """Write tables as sheets of a workbook. Every cell is text: nothing is a formula, and `007` stays what it is.

    What would start a formula is marked as text besides (without `raw`), so that it stays one when somebody edits the cell.
    Errors: InputError for a cell that a workbook cannot hold.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import NamedStyle

    book = Workbook(write_only=True)
    marked = NamedStyle("text")
    marked.number_format = "@"
    if not raw:
        book.add_named_style(marked)
    for name, sheet in found:
        page = book.create_sheet(name)
        for row in (dict(zip(sheet.columns, sheet.columns, strict=True)), *sheet.rows):
            cells = []
            for column in sheet.columns:
                text = _CONTROL.sub(lambda m: f"_x{ord(m[0]):04X}_", _ESCAPED.sub(r"_x005F_\1", row.get(column, "")))
                if len(text) > _MOST_CELL:
                    raise InputError(f"Column {column} of {name} has a cell of {len(text):,} characters, and a workbook holds {_MOST_CELL:,} in one.",
                                     "Use --to csv.")
                cell = WriteOnlyCell(page, value="")
                cell._value, cell.data_type = text, "s"  # the setter would take a leading = for a formula
                if not raw and defused(row.get(column, "")) != row.get(column, ""):
                    cell.style = "text"
                    cell.quotePrefix = True
                cells.append(cell)
            page.append(cells)
    book.save(file)
