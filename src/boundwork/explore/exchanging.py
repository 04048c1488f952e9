"""Import and export as a face shows them: files in, report and advice out; a study in, a file out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from boundwork.errors import InputError
from boundwork.explore.answers import Cell
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.importing import REPORT, counts, import_projects
from boundwork.pipeline.importing import Imported as Done
from boundwork.wording import counted

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
            listed = ", ".join(f"{code} ({n})" for code, n in done.unmapped[:_SHOWN]) + (", ..." if len(done.unmapped) > _SHOWN else "")
            told.append(f"{counted(len(done.unmapped), 'code')} in use map to nothing yet: {listed}.")
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
                 replace: bool = False) -> Imported:
    """Read projects and bring a study to what they hold.

    Errors: InputError for a file that cannot be read, UsageError for a folder that is no study.
    """
    from boundwork.readers.reading import read

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
    return Imported(import_projects(found, target, progress, replace), [p.name for p in files])


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
