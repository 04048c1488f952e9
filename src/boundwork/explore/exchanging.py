"""Import and export as a face shows them: files in, report and advice out; a study in, a file out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from boundwork.errors import InputError, UsageError
from boundwork.explore.answers import Cell
from boundwork.pipeline.builds import Build, Progress
from boundwork.pipeline.importing import REPORT, counts, import_projects
from boundwork.pipeline.importing import Imported as Done
from boundwork.pipeline.spreadsheets import Taken
from boundwork.tables.studyfile import read_study
from boundwork.wording import counted

if TYPE_CHECKING:
    from boundwork.pipeline.publishing import Published

_SHOWN = 8
_THING = {"codings": "coding", "extracts": "extract", "speakers": "speaker", "sources": "source", "codes": "code", "councils": "council"}


class Imported:
    """What an import did, as rows (`lines`) and as advice (`talk`)."""

    def __init__(self, done: Done, names: Sequence[str]) -> None:
        self.done = done
        self._names = names

    @property
    def lines(self) -> list[dict[str, Cell]]:
        """The loss report: first file by file, as it was read, then what became of all of it in the study."""
        rows: list[dict[str, Cell]] = []
        for name, project in zip(self._names, self.done.files, strict=True):
            for offsets in project["offsets"]:
                rows.append(_offsets(name, offsets))
            rows += [{"file": name, **{k: loss[k] for k in ("outcome", "what", "count", "why", "where")}} for loss in project["report"]]
        return rows + [{"file": "", **vars(loss)} for loss in self.done.losses]

    @property
    def talk(self) -> list[str]:
        """What came of it, which codes stand for nothing yet, and what to do next."""
        done = self.done
        folder = _shown(done.folder)
        told = [f"{done.study}: " + ", ".join(counted(n, _THING[t]) for t, n in done.rows.items()) + f", {counted(len(done.coders), 'coder')}."]
        if not done.fresh:
            changed = counts(done.changes)
            parts = [f"{t}: " + ", ".join(f"{n} {w}" for w, n in sorted(c.items())) for t, c in changed.items()]
            told.append("; ".join(parts) + "." if parts else "Nothing changed.")
            kept = [c for c in done.changes if c.what == "kept"]
            told += [f"  {c.table}.csv {c.id}{' ' + c.column if c.column else ''}: {c.why}." for c in kept[:_SHOWN]]
            if len(kept) > _SHOWN:
                told.append(f"  ... and {len(kept) - _SHOWN} more.")
        if done.unmapped:
            listed = ", ".join(f"{code} ({n})" for code, n in done.unmapped[:_SHOWN]) + (" and others" if len(done.unmapped) > _SHOWN else "")
            told.append(f"{counted(len(done.unmapped), 'code')} in use {'maps' if len(done.unmapped) == 1 else 'map'} to nothing yet: {listed}.")
        told.append(f"The whole report: {folder}/{REPORT}")
        told.append("")
        told.append("Next:")
        if done.unmapped:
            told.append(f"  1. Fill column maps_to in {folder}/codes.csv: which terms of the theory a code stands for "
                        "(boundwork explain NAME tells what a term means). Leave it blank where nothing fits.")
        if done.unplaced:
            told.append(f"  {2 if done.unmapped else 1}. Fill column maps_to in {folder}/variables.csv, if {', '.join(done.unplaced[:3])} "
                        "say something of councils, speakers or waves, and import again.")
        told.append(f"  boundwork validate {folder}")
        told.append(f"  boundwork matrix code code --study {folder}")
        told.append(f"  boundwork ask hybrid-council-types --study {folder}")
        return told


class ImportedTables:
    """What became of a study's own tables, as rows (`lines`) and as advice (`talk`)."""

    def __init__(self, done: Taken) -> None:
        self.done = done

    @property
    def lines(self) -> list[dict[str, Cell]]:
        """One row a table."""
        return [{"file": "", "outcome": "read", "what": f"rows of {name}.csv", "count": n, "why": "", "where": ""} for name, n in self.done.rows.items()]

    @property
    def talk(self) -> list[str]:
        """What changed, and what to do next."""
        changed = counts(self.done.changes)
        parts = [f"{t}: " + ", ".join(f"{n} {w}" for w, n in sorted(c.items())) for t, c in changed.items()]
        what = "A new study" if self.done.fresh else "; ".join(parts) or "Nothing changed"
        return [f"{self.done.study}: {what}.", "", "Next:", f"  boundwork validate {_shown(self.done.folder)}"]


def _offsets(name: str, offsets: Mapping[str, Any]) -> dict[str, Cell]:
    how = "declared by the format, for the evidence in the file does not decide" if offsets["declared"] else "found by the evidence in the file"
    return {"file": name, "outcome": "read", "what": "places of selections", "count": offsets["selections"],
            "why": f"Counted in {offsets['unit']}, line ends {offsets['line_ends']}: {how}. "
                   f"{offsets['fitting']} of {offsets['checked']} that can be checked fit.", "where": ""}


def _shown(folder: Path) -> str:
    try:
        return str(folder.relative_to(Path.cwd())) or "."
    except ValueError:
        return str(folder)


def import_files(files: Sequence[Path], target: Path, progress: Progress | None = None, *, source: str | None = None, project: str | None = None,
                 columns: Mapping[str, list[str]] | None = None, sheets: Sequence[str] = (), texts: Path | None = None, code: str | None = None,
                 replace: bool = False) -> Imported | ImportedTables:
    """Read projects, or a study's own tables in a spreadsheet, and bring a study to what they hold.

    Errors: InputError for a file that cannot be read, UsageError for a folder that is no study.
    """
    from boundwork.pipeline.spreadsheets import import_tables, tables_in
    from boundwork.readers.detecting import SHEETS, container
    from boundwork.readers.reading import read

    if source is None and not columns:
        kinds = [container(path, path.name) for path in files]
        own = [tables_in(path, kind) if kind in SHEETS else None for path, kind in zip(files, kinds, strict=True)]
        taken = [t for t in own if t is not None]
        if taken and len(taken) < len(files):
            raise UsageError("Some of the files hold tables of a study, and others a project.", "Import them one after the other.")
        if taken:
            return ImportedTables(import_tables(taken, target))
    choices: dict[str, Any] = {}
    if project is not None:
        choices["project"] = project
    if columns:
        choices["columns"] = {role: names[0] if len(names) == 1 else names for role, names in columns.items()}
    if sheets:
        choices["sheets"] = list(sheets)
    if code is not None:
        choices["code"] = code
    if texts is not None:
        choices["texts"] = _texts(texts)
    found = []
    for path in files:
        if progress:
            progress(f"reading {path.name}", 0)
        found.append(read(path, source, **choices))
    handed_over = (found.pop(0) for _ in range(len(found)))  # so that nobody holds a large project while its tables are written
    return Imported(import_projects(handed_over, target, progress, replace), [p.name for p in files])


def publish(folder: Path, store: Path | None, output: Path | None, k: int, offsets: bool, progress: Progress | None = None) -> tuple[Build, list[str]]:
    """Build what of a study may be public; return the build, and what was left out of it in words."""
    from boundwork.pipeline.publishing import build_public

    done = build_public(folder, store, output, k, offsets, progress)
    return done.build, _what_is_public(done)


@contextmanager
def published(folder: Path, store: Path | None, reading: str | None, k: int, offsets: bool,
              progress: Progress | None = None) -> Iterator[tuple[Path, Build, str | None, list[str]]]:
    """Give what of a study may be public to look at: a folder with those tables alone, their build, the public name of a reading, and what was left out.

    Errors: InputError for an unknown reading, and when the study cannot be built.
    """
    from boundwork.pipeline.publishing import public_study

    wanted = read_study(folder).reading(reading).id if reading else None
    with public_study(folder, store, k, offsets, progress) as (copy, done, public):
        yield copy, done.build, f"reading-{public.names['reading', wanted]}" if wanted else None, _what_is_public(done)


def _what_is_public(done: Published) -> list[str]:
    from boundwork.pipeline.publishing import NAMES

    return [
        "Left out, besides texts, memos, GUIDs and whatever no list allows: " + "; ".join(f"{what}: {n}" for what, n in done.left_out.items()) + ".",
        f"Pseudonyms stand in {NAMES} of the study: keep it there, and to yourself." if done.remembered else
        "The pseudonyms are those of this build alone: nothing is written into a study that ships with boundwork, or whose folder is closed.",
        "This says what was checked. It does not make a study anonymous: what was coded of a case may tell who it is to those who know the field.",
    ]


def export_file(folder: Path, to: str, output: Path | None, out: IO[bytes], *, with_text: bool, program: str | None, raw: bool, public: bool, k: int,
                offsets: bool, progress: Progress | None = None) -> list[str]:
    """Write a study, or with `public` what of it may be public, as a file of another format; return what is to be said about it.

    Errors: UsageError for options that do not go together; InputError for a study that cannot be read.
    """
    from boundwork.pipeline.exporting import export
    from boundwork.pipeline.publishing import public_copy

    if not public:
        return export(folder, to, output, out, with_text=with_text, program=program, raw=raw, progress=progress).lines
    if with_text or to == "qdpx":
        raise UsageError("What is public holds no text, and a .qdpx is made of it." if to == "qdpx" else "--public leaves out what --with-text asks for.",
                         "Use one of the two.")
    with public_copy(folder, k, offsets) as (copy, made, _):
        lines = export(copy, to, output, out, raw=raw, progress=progress).lines
    return [*lines, "Left out: " + "; ".join(f"{what}: {n}" for what, n in sorted(made.left_out.items()) if n) + "."]


def _texts(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", "Give the folder with the documents as .txt files to --texts.")
    found = {}
    for path in sorted(folder.glob("*.txt")):
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read as UTF-8 text: {error}.") from None
        found[path.name] = found[path.stem] = text
    return found
