"""A study's own tables from any spreadsheet: sheets or files that are named and headed like tables of a study become those tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import InputError
from boundwork.exchange.merging import Change, merge
from boundwork.exchange.naming import slug
from boundwork.exchange.sheets import Row, Sheet, Sheets, csv_text, read_own
from boundwork.exchange.studytoml import extended, new_toml
from boundwork.pipeline.importing import is_new, swap
from boundwork.readers.sheets import Sheet as Read
from boundwork.readers.sheets import read_sheets
from boundwork.tables.schema import EXCEPTIONS, TABLES, VARIABLES, TableSpec
from boundwork.tables.studyfile import read_study

_SPECS = {t.name: t for t in (*TABLES.values(), EXCEPTIONS, VARIABLES)}


@dataclass
class Taken:
    """What became of the tables: the study, whether it is new, rows by table, and what changed."""

    folder: Path
    study: str
    fresh: bool
    rows: dict[str, int]
    changes: list[Change]


def tables_in(path: Path, container: str) -> Sheets | None:
    """Return the tables of a study that a spreadsheet holds, or None where it holds anything else.

    A sheet is a table when it has its name (of a CSV, or a workbook with a single sheet, the file may have it) and its required
    columns. Errors: InputError for a file that cannot be read.
    """
    found: Sheets = {}
    sheets = [sheet for sheet in read_sheets(path, path.name, container) if sheet.rows]
    for sheet in sheets:
        spec = _SPECS.get(sheet.name.strip().lower()) or (_SPECS.get(path.stem.strip().lower()) if len(sheets) == 1 else None)
        if spec is None or (table := _table(sheet, spec)) is None:
            return None
        found[spec.name] = table
    return found or None


def _table(sheet: Read, spec: TableSpec) -> Sheet | None:
    head = [cell.strip().lower().replace(" ", "_") for cell in sheet.rows[0].cells]
    required = {c.name for c in spec.columns if c.required}
    if not required <= set(head) or not set(filter(None, head)) <= set(spec.by_name) or len(set(filter(None, head))) < sum(map(bool, head)):
        return None
    rows = [{name: cell for name, cell in zip(head, record.cells, strict=False) if name} for record in sheet.rows[1:]]
    return Sheet([h for h in head if h], [r for r in rows if any(r.values())])


def import_tables(found: Sequence[Sheets], target: Path) -> Taken:
    """Put tables into a study: each takes the place of the one of its name; a new folder becomes a study.

    Errors: UsageError for a folder that is no study, InputError for tables that no study can be made of.
    """
    target = target.absolute()
    fresh = is_new(target)
    tables: Sheets = {name: sheet for sheets in found for name, sheet in sheets.items()}
    if fresh and not {"codings", "extracts"} <= tables.keys():
        lacking = " and ".join(name for name in ("extracts", "codings") if name not in tables)
        raise InputError(f"A new study begins with the tables extracts and codings, and {lacking} is not among: {', '.join(sorted(tables))}.",
                         "Name those files as well, or a study that is there with -o.")
    changes: list[Change] = []
    files: dict[str, str] = {}
    for name, sheet in tables.items():
        mine = None if fresh else read_own(target, _SPECS[name], replaced=True)
        if "id" in sheet.columns:
            changes += merge(name, mine, mine, sheet).changes
        files[f"{name}.csv"] = csv_text(sheet.columns, sheet.rows)
    coders = _labels(tables, "codings", "coder") | _labels(tables, "judgements", "coder")
    waves = _labels(tables, "extracts", "wave")
    if fresh:
        study = slug(target.name, "study")
        files["study.toml"] = new_toml(study, coders or {"unknown": "Unknown coder"}, waves, next(iter(coders), "unknown"))
    else:
        import tomllib

        known = read_study(target)
        study = known.id
        text = (target / "study.toml").read_text(encoding="utf-8-sig")
        files["study.toml"] = extended(text, coders, waves, known.coders, known.waves, "readings" in tomllib.loads(text))
    swap(target, files, fresh)
    return Taken(target, study, fresh, {name: len(sheet.rows) for name, sheet in tables.items()}, changes)


def _labels(tables: Sheets, table: str, column: str) -> dict[str, str]:
    rows: list[Row] = tables[table].rows if table in tables else []
    return {value: value for value in sorted({r.get(column, "").strip() for r in rows} - {""})}
