"""A public build and public exports: the study reduced to what may be public, and then built and written like any other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import InputError
from boundwork.exchange.public import Public, public_tables
from boundwork.exchange.sheets import csv_text, read_kept
from boundwork.files import atomic, temporary_folder
from boundwork.pipeline.builds import Build, Progress, read_current, study_cache
from boundwork.pipeline.exporting import read_material
from boundwork.pipeline.inputs import content_hash, input_files, load_vocabulary
from boundwork.project import shipped_studies
from boundwork.wording import whole_number

NAMES = "public-names.csv"
"""Which pseudonym stands for whom: stays in the study, and is no part of anything that is public."""


@dataclass
class Published:
    """A build, what was left out of it (in words, with counts), and whether the pseudonyms could be written down."""

    build: Build
    left_out: dict[str, int]
    remembered: bool


@contextmanager
def public_copy(folder: Path, k: int, offsets: bool) -> Iterator[tuple[Path, Public, bool]]:
    """Give a folder with the public tables of a study; it is gone afterwards."""
    path = folder / NAMES
    known = {(r["kind"], r["id"]): n for r in read_kept(path).rows if (n := whole_number(r.get("number", ""))) is not None} if path.is_file() else {}
    public = public_tables(read_material(folder), load_vocabulary(), known, k, offsets)
    rows = [{"kind": kind, "id": ident, "number": str(n)} for (kind, ident), n in sorted(public.names.items(), key=lambda pair: (pair[0][0], pair[1]))]
    remembered = folder.resolve() not in {p.resolve() for p in shipped_studies().values()}  # what ships is nobody's to write to
    if remembered and public.names != known:
        try:
            with atomic(path) as file:
                file.write(csv_text(["kind", "id", "number"], rows).encode())
        except OSError:
            remembered = False
    with temporary_folder() as place:
        copy = place / "public"
        copy.mkdir()
        (copy / "study.toml").write_text(public.toml, encoding="utf-8")
        for name, sheet in public.sheets.items():
            (copy / f"{name}.csv").write_bytes(csv_text(sheet.columns, sheet.rows).encode())
        yield copy, public, remembered


def build_public(folder: Path, store: Path | None, output: Path | None, k: int = 5, offsets: bool = False, progress: Progress | None = None) -> Published:
    """Build what of a study may be public; the store lies in a cache folder of its own or in `store`.

    Errors: InputError when the study cannot be built.
    """
    with public_copy(folder, k, offsets) as (copy, public, remembered):
        made = _build(folder, copy, store, output, progress)
    return Published(made, {what: n for what, n in sorted(public.left_out.items()) if n}, remembered)


@contextmanager
def public_study(folder: Path, store: Path | None = None, k: int = 5, offsets: bool = False,
                 progress: Progress | None = None) -> Iterator[tuple[Path, Published, Public]]:
    """Give the public tables of a study as a folder of their own, which is gone afterwards, with their build; one of the same tables is taken as it is.

    Errors: InputError when the study cannot be built.
    """
    with public_copy(folder, k, offsets) as (copy, public, remembered):
        found = read_current(_home(folder, store))
        if found is not None and found.manifest["hash"] == content_hash(input_files(copy)):
            found.fresh = False
        else:
            found = _build(folder, copy, store, None, progress)
        yield copy, Published(found, {what: n for what, n in sorted(public.left_out.items()) if n}, remembered), public


def _home(folder: Path, store: Path | None) -> Path:
    return store if store is not None else study_cache(folder).with_name(study_cache(folder).name + "-public")


def _build(folder: Path, copy: Path, store: Path | None, output: Path | None, progress: Progress | None) -> Build:
    """Build the public tables in `copy`, and take out of the build what tells of this machine."""
    from boundwork.pipeline.build import build

    try:
        made = build(copy, _home(folder, store), output, progress)
    except InputError as error:
        raise InputError(error.message.replace(f"{copy}/", ""), f"See: boundwork validate {folder.name}") from None
    made.manifest["inputs"] = {}
    with suppress(OSError), atomic(made.folder / "manifest.json") as file:  # files of this machine are nobody's business
        file.write(json.dumps(made.manifest, indent=1).encode())
    for log in made.folder.glob("stores/*/LOG*"):  # the engine's own diary: paths and the name of this machine
        with suppress(OSError):
            log.unlink()
    return made
