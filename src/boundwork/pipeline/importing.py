"""Puts an import into a study on disk: a new one, or the one that is there brought up to date, whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boundwork.errors import InputError, UsageError
from boundwork.exchange import note as notes
from boundwork.exchange.draft import DRAWN, Draft, Previous, unmapped
from boundwork.exchange.drafting import busiest, draft_tables
from boundwork.exchange.merging import Change, merge
from boundwork.exchange.naming import slug
from boundwork.exchange.sheets import Sheet, Sheets, columns_of, csv_text, parse, read_kept, read_own
from boundwork.exchange.studytoml import extended, new_toml
from boundwork.files import fsync_folder, fsync_tree, temporary
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.readers.record import Loss, Project
from boundwork.tables.schema import TABLES, VARIABLES
from boundwork.tables.studyfile import read_study
from boundwork.wording import counted

KEPT, BASE = "kept", "kept/last-import"
REPORT = f"{KEPT}/import-report.json"
_ORDER = ("codings", "extracts", "speakers", "sources", "codes", "councils")
"""Tables in an order in which what names comes before what is named."""


@dataclass
class Imported:
    """What an import did: the study, changes, losses (of the study, and of each file as its reader reports them), codes without a meaning yet."""

    folder: Path
    study: str
    fresh: bool
    rows: dict[str, int]
    changes: list[Change]
    losses: list[Loss]
    files: list[dict[str, Any]]
    unmapped: list[tuple[str, int]]
    mapped: int
    coders: dict[str, str]
    reading: str
    unplaced: list[str] = field(default_factory=list)
    """Variables that say nothing of councils, speakers or waves yet."""

    @property
    def report(self) -> dict[str, Any]:
        """The loss report as JSON can hold it."""
        return {
            "study": self.study, "rows": self.rows, "files": self.files, "in the study": [vars(loss) for loss in self.losses],
            "changes": [{k: v for k, v in vars(c).items() if v} for c in self.changes], "unmapped codes": dict(self.unmapped),
            "unmapped variables": self.unplaced,
        }


def import_projects(projects: Iterable[Project], target: Path, progress: Progress | None = None, replace: bool = False) -> Imported:
    """Bring a study to what the projects hold, and return what changed. Projects from an iterator are let go as soon as they are drafted.

    A new folder becomes a study. In one that was imported before, what changed in the project since changes, and what somebody
    edited stays. With `replace`, projects that share no document with the last import may take its place.
    Errors: UsageError for a folder that is no study, or projects that are others; InputError for tables that cannot be read.
    """
    target = target.absolute()
    fresh = is_new(target)
    given = list(projects)
    carried = next((n for n in [notes.take(p) for p in given] if n is not None), None)
    study = None if fresh else read_study(target)
    if carried is not None and study is not None and carried.study != study.id:
        carried = None
    if carried is not None:
        for project in given:
            notes.restore(project, carried.extra)
    if progress:
        progress("tables", 0)
    mine = _own_tables(target, carried, fresh)
    previous = _previous(target, carried, study.id if study else "")
    draft = draft_tables(given, load_vocabulary(None if fresh else target), previous, mine["variables"].rows if "variables" in mine else None)
    given.clear()
    if previous.sheets and not previous.carried and not replace:
        _check_same(previous, draft)
    base: Sheets = {**previous.sheets}
    changes: list[Change] = []
    tables: Sheets = {name: sheet for name, sheet in mine.items() if name not in DRAWN}
    for name in _ORDER:
        theirs = draft.sheets[name]
        if previous.carried and name in ("councils", "speakers"):
            theirs = base.get(name, Sheet(columns_of(name)))
        if name not in mine and not theirs.rows and name not in ("codings", "extracts", "codes"):
            continue
        merged = merge(name, base.get(name), mine.get(name), _trimmed(name, theirs) if name not in mine else theirs, _needed(name, tables))
        tables[name] = merged.sheet
        changes += merged.changes
    tables["variables"] = Sheet([c.name for c in VARIABLES.columns], draft.variables)
    ident = study.id if study else carried.study if carried else slug(target.name, "study")
    toml = _toml(target, carried, draft, ident, fresh, tables)
    imported = Imported(target, ident, fresh, {n: len(tables[n].rows) for n in _ORDER if n in tables}, changes, draft.losses, draft.projects,
                        unmapped(tables["codings"].rows, tables["codes"].rows),
                        sum(bool(r.get("maps_to", "").strip()) for r in tables["codes"].rows), draft.coders, "")
    used = {r["variable"] for r in draft.variables if not r["value"] and r["maps_to"]}
    imported.unplaced = sorted({r["variable"] for r in draft.variables} - used)
    files: dict[str, str | Sheet] = {"study.toml": toml, **draft.texts}
    for name, sheet in tables.items():
        if name != "variables" or (sheet.rows and not (previous.carried and name not in mine)):
            files[f"{name}.csv"] = sheet
    if carried is not None and fresh:
        files |= {path: text for path, text in carried.files.items() if path.startswith("codebook/")}
    files |= {f"{KEPT}/{name}.csv": sheet for name, sheet in draft.kept.items()}
    files |= {f"{BASE}/{name}.csv": sheet for name, sheet in draft.sheets.items()}
    files[f"{KEPT}/projects.json"] = json.dumps(draft.projects, ensure_ascii=False, indent=1)
    files[REPORT] = json.dumps(imported.report, ensure_ascii=False, indent=1)
    swap(target, files, fresh, drop=KEPT)
    written = read_study(target)
    imported.reading = written.default_reading
    return imported


def is_new(target: Path) -> bool:
    """Return whether a study is to be made in a folder, or is there.

    Errors: UsageError for a folder with anything else in it, and for the one that the caller stands in.
    """
    _mend(target)
    if target.exists() and Path.cwd().resolve().is_relative_to(target.resolve()):  # an import puts a new folder in its place: the caller's would be gone
        raise UsageError("An import puts a new folder in the study's place, and you stand in the old one.",
                         f"Go out of it first: cd {target.resolve().parent}, then name it with -o {target.resolve().name}")
    if (target / "study.toml").is_file():
        return False
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target.name} is there already, and is no study.", "Give a new folder, or one that holds a study.toml.")
    return True


def _own_tables(target: Path, carried: notes.Note | None, fresh: bool) -> Sheets:
    """Return the tables as they stand in the study; for a new one that a note describes, as they stood when it was written."""
    if fresh:
        found = carried.sheets() if carried else {}
        if carried and "variables.csv" in carried.files:
            found["variables"] = parse(carried.files["variables.csv"])
        return found
    tables: Sheets = {}
    for spec in (*TABLES.values(), VARIABLES):
        sheet = read_own(target, spec)
        if sheet is not None:
            tables[spec.name] = sheet
    return tables


def _previous(target: Path, carried: notes.Note | None, study: str) -> Previous:
    base, beside = target / BASE, target / KEPT
    kept = {kind: read_kept(beside / f"{kind}.csv") for kind in ("codes", "users") if (beside / f"{kind}.csv").is_file()}
    if carried is not None:
        sheets = carried.sheets()
        found = Previous(sheets, kept, carried.study, True)
        import tomllib

        with suppress(tomllib.TOMLDecodeError):
            coders = tomllib.loads(carried.files.get("study.toml", "")).get("coders", {})
            sheets["coders"] = Sheet(["id", "label"], [{"id": i, "label": str(c.get("label", i))} for i, c in coders.items() if isinstance(c, dict)])
        return found
    sheets = {p.stem: read_kept(p) for p in sorted(base.glob("*.csv"))} if base.is_dir() else {}
    return Previous(sheets, kept, study)


def _check_same(previous: Previous, draft: Draft) -> None:
    """Refuse projects that have nothing in common with those of the last import: they would take away all that is there."""
    before, now = ({r["id"] for r in rows} for rows in (previous.rows("sources"), draft.rows("sources")))
    if before and now and not before & now:
        raise UsageError(f"The study has {counted(len(before), 'document')}, of which none is in this import, so all its codings would go.",
                         "To add a project, name all files in one command; to put it in place of the last one, add --replace.")


def _trimmed(name: str, sheet: Sheet) -> Sheet:
    """Return a new table with the columns that are filled, and those that a person fills first."""
    useful = {"codes": {"maps_to", "broader", "description"}, "extracts": {"kind", "speaker", "about", "wave", "gist", "note"},
              "codings": {"code", "boundary", "work", "form", "other", "elements", "note"}}.get(name, set())
    required = {c.name for c in TABLES[name].columns if c.required}
    filled = {c for row in sheet.rows for c, v in row.items() if v}
    return Sheet([c for c in sheet.columns if c in useful | required | filled], sheet.rows)


def _needed(name: str, tables: Sheets) -> set[str]:
    """Return the ids of a table that rows which stay name."""
    naming = {"codings": [("decisions", "keeps"), ("codings", "follows")], "extracts": [("codings", "extract"), ("decisions", "extract"),
              ("judgements", "rests_on")], "sources": [("extracts", "source")], "speakers": [("extracts", "speaker")],
              "councils": [("extracts", "about"), ("speakers", "speaks_for"), ("judgements", "about")], "codes": [("codings", "code"), ("codebook", "code"),
              ("codes", "broader")]}[name]
    return {value.strip() for table, column in naming if table in tables for row in tables[table].rows for value in row.get(column, "").split(";")} - {""}


def _toml(target: Path, carried: notes.Note | None, draft: Draft, ident: str, fresh: bool, tables: Sheets) -> str:
    used = {r.get("coder", "") for r in tables["codings"].rows}
    coders = {c: label for c, label in draft.coders.items() if c in used} or dict(list(draft.coders.items())[:1]) or {"unknown": "Unknown coder"}
    if fresh and carried is None:
        chosen = busiest(draft)
        return new_toml(ident, coders, draft.waves, chosen if chosen in coders else next(iter(coders)))
    text = carried.files["study.toml"] if fresh and carried else (target / "study.toml").read_text(encoding="utf-8-sig")
    with tempfile.TemporaryDirectory(prefix="boundwork-") as place:
        (Path(place) / "study.toml").write_text(text, encoding="utf-8")
        known = read_study(Path(place))
    import tomllib

    readings = "readings" in tomllib.loads(text)
    return extended(text, coders, draft.waves, known.coders, known.waves, readings)


def swap(target: Path, files: Mapping[str, str | Sheet], fresh: bool, drop: str = "") -> None:
    """Write files into a copy of the study beside it, without its folder `drop`, make it last, and let it take the study's place.

    Errors: InputError when the disk does not take it; the study is then as it was.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = temporary(Path(tempfile.mkdtemp(prefix=f".{target.name}.importing-", dir=target.parent)))
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror}.") from None
    try:
        if not fresh:
            shutil.copytree(target, made, dirs_exist_ok=True, symlinks=True)
            if drop:
                shutil.rmtree(made / drop, ignore_errors=True)
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((csv_text(content.columns, content.rows) if isinstance(content, Sheet) else content).encode())
        made.chmod(target.stat().st_mode if target.exists() else 0o755)
        fsync_tree(made)
        old = _aside(target)
        if target.exists():
            target.rename(old)
        made.rename(target)
        fsync_folder(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        _mend(target)
        raise InputError(f"The import stopped: {error.strerror or error} ({error.filename or target}).", "The study is as it was.") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.before-import")


def _mend(target: Path) -> None:
    """Put back a study that an import was about to replace when the machine stopped."""
    old = _aside(target)
    if old.is_dir():
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(target)


def counts(changes: Sequence[Change]) -> dict[str, Counter[str]]:
    """Return table -> how many rows are new, changed, gone or kept by hand."""
    found: dict[str, Counter[str]] = {}
    seen: set[tuple[str, str, str]] = set()
    for change in changes:
        key = (change.what, change.table, change.id)
        if key not in seen:
            seen.add(key)
            found.setdefault(change.table, Counter())[change.what] += 1
    return found


__all__ = ["BASE", "KEPT", "REPORT", "Imported", "counts", "import_projects", "is_new", "swap"]
