"""Datasets and studies in stores that Hadoop reaches: fetched before work begins, shipped when it is done, there whole or not at all.

Work in progress lies in a folder that all machines see, and only what is finished is shipped, by the machines that did the
work. Where a store renames folders at once, a dataset lies beside its place until it is whole:

PARENT/.OUT.unfinished/plan.json, made/     and then one rename of made to PARENT/OUT

Elsewhere it lies in its place from the beginning, with OUT/_plan.json, and OUT/_SUCCESS is written last: every reader of
ours refuses a dataset without it.
"""

from __future__ import annotations

import json
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from boundwork.errors import InputError
from boundwork.project import cache_root
from boundwork.scale.cluster_files import ATOMIC, Entry, Files, found_access, is_uri, plain_path
from boundwork.scale.engines import Engine, Here, Progress
from boundwork.scale.layout import FORMAT, MANIFEST, SUCCESS, sha256_of
from boundwork.scale.run import Dataset, build_partitions
from boundwork.scale.studies import Work, key_of, studies_in
from boundwork.scale.validate import Checked, key_of_checks, validate_partitions

_STEP = "boundwork.scale.cluster_files:"
_MOST_FILES, _MOST_BYTES = 64, 256_000_000
"""Files and bytes that one task copies."""
_Made = TypeVar("_Made", Dataset, Checked)


@dataclass(frozen=True)
class Sources:
    """Studies at hand: their folders, and how findings name those that were fetched."""

    folders: list[Path]
    named: dict[Path, str] = field(default_factory=dict)


class Kept:
    """An engine that starts with the first work and goes on for further work; `stop` ends it."""

    def __init__(self, start: Callable[[], Engine]) -> None:
        self._start = start
        self._engine: Engine | None = None

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.started.name

    @property
    def started(self) -> Engine:
        """The engine."""
        self._engine = self._engine or self._start()
        return self._engine

    def each(self, function: str, jobs: list[dict[str, Any]]) -> Iterator[Any]:
        """Yield what the function makes of each job."""
        return self.started.each(function, jobs)

    def populate(self, works: list[Work], progress: Progress) -> None:
        """Populate the studies."""
        self.started.populate(works, progress)

    def add(self, targets: list[tuple[Work, str, Path]]) -> None:
        """Add what partitions counted."""
        self.started.add(targets)

    def close(self) -> None:
        """Go on for further work."""

    def stop(self) -> None:
        """End the engine, if it was started."""
        if self._engine is not None:
            self._engine.close()


def work_place(uri: str, work: Path | None) -> Path:
    """Return the folder in which work for an address lies: the same one each time, below `work` or the user's cache folder."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", uri.rstrip("/").rsplit("/", 1)[-1]).strip("-.") or "store"
    return (work or cache_root() / "stores").absolute() / f"{name}-{zlib.crc32(uri.rstrip('/').encode()):08x}"


def path_of(name: str | None) -> str | None:
    """Return a path for a file: address, and any other name as it is."""
    return plain_path(name) or name if name is not None and is_uri(name) else name


def sources_at(name: str | None, engine: Engine, work: Path | None = None, progress: Progress = None) -> Sources:
    """Return a study or a folder of studies by its name; what lies in a store is fetched first, and what was fetched before is not fetched again.

    Errors: InputError where there is no study.
    """
    name = path_of(name)
    if name is None or not is_uri(name):
        return Sources(studies_in(name))
    files, root = Files(found_access()), name.rstrip("/")
    top = files.entry(root)
    if top is None or not top.folder:
        raise InputError(f"There is no folder {root}.", "Give the address of a study, or of a folder of studies.")
    if files.entry(f"{root}/study.toml") is not None:
        studies = [top]
    else:
        studies = [e for e in files.inside(root) if e.folder and files.entry(f"{e.uri}/study.toml") is not None]
    if not studies:
        raise InputError(f"{root} holds no study: no study.toml stands there, or in a folder of it.", "Give the address of a study, or of a folder of studies.")
    place = work_place(root, work) / "tables"
    wanted: dict[Path, Entry] = {}
    for study in studies:
        wanted |= {place / study.name / n: e for n, e in files.below(study.uri).items() if not any(x.startswith(("_temporary", ".")) for x in n.split("/"))}
    for old in [p for p in place.rglob("*") if p.is_file() and p not in wanted]:
        old.unlink()
    missing = [(p, e) for p, e in wanted.items() if not (p.is_file() and (p.stat().st_size, p.stat().st_mtime_ns) == (e.size, e.changed * 1_000_000))]
    _copy(files, "get_files", [([e.uri, e.size, e.changed, str(p)], e.size) for p, e in missing], engine, progress)
    one = len(studies) == 1 and studies[0] is top
    found = studies_in(str(place / top.name if one else place))
    return Sources(found, {f: root if one else f"{root}/{f.name}" for f in found})


def _batches(copies: list[tuple[list[Any], int]]) -> Iterator[list[tuple[list[Any], int]]]:
    """Yield the copies that one task makes."""
    batch: list[tuple[list[Any], int]] = []
    for file, size in copies:
        if batch and (len(batch) == _MOST_FILES or sum(s for _, s in batch) + size > _MOST_BYTES):
            yield batch
            batch = []
        batch.append((file, size))
    if batch:
        yield batch


def _copy(files: Files, step: str, copies: list[tuple[list[Any], int]], engine: Engine, progress: Progress) -> None:
    """Let the engine's machines copy files, each with its bytes, and see that each arrived with all of them. Errors: InputError."""
    batches = list(_batches(copies))
    jobs = [{"access": files.access.as_job(), "files": [file for file, _ in batch]} for batch in batches]
    for done, (batch, sizes) in enumerate(zip(batches, engine.each(_STEP + step, jobs), strict=True), 1):
        for (file, wanted), held in zip(batch, sizes, strict=True):
            if held != wanted:
                raise InputError(f"{file[0]} arrived with {held:,} of {wanted:,} bytes.", "The same command goes on where this one stopped.")
        if progress:
            progress("copied", done)


class Store:
    """The place of a dataset in a store."""

    def __init__(self, uri: str) -> None:
        self.uri = uri.rstrip("/")
        if not urlsplit(self.uri).path:
            raise InputError(f"{uri} names no folder in its store.", "Add one, such as hdfs://host/parts.")
        self.files = Files(found_access())
        parent, _, name = self.uri.rpartition("/")
        self.renames = urlsplit(uri).scheme in ATOMIC
        self.unfinished = f"{parent}/.{name}.unfinished"
        self.made = f"{self.unfinished}/made" if self.renames else self.uri
        self.plan = f"{self.unfinished}/plan.json" if self.renames else f"{self.uri}/_plan.json"

    def taken(self, key: str) -> dict[str, Any] | None:
        """Return the manifest when the place holds this very dataset; None when it is free. Errors: InputError when something else stands there."""
        there = self.files.entry(self.uri)
        if there is None or (there.folder and not self.files.inside(self.uri)):
            return None
        if self.files.entry(f"{self.uri}/{SUCCESS}") is not None:
            manifest = self.manifest()
            if manifest["key"] == key:
                return manifest
            raise InputError(f"{self.uri} holds a dataset of other inputs.", "Give another address to -o, or remove that one first.")
        if not self.renames and self.files.entry(self.plan) is not None:
            return None
        raise InputError(f"{self.uri} is not empty and holds no dataset of boundwork.", "Give another address to -o.")

    def manifest(self) -> dict[str, Any]:
        """Return the manifest of a dataset that is whole. Errors: InputError."""
        if self.files.entry(f"{self.uri}/{SUCCESS}") is None:
            raise InputError(f"{self.uri} is no finished dataset: it has no {SUCCESS}.", "Make it with: boundwork build STUDY -o ADDRESS")
        try:
            tree = json.loads(self.files.read(f"{self.uri}/{MANIFEST}"))
        except ValueError:
            tree = None
        if not isinstance(tree, dict) or tree.get("format") != FORMAT:
            raise InputError(f"{self.uri} is no dataset of this version of boundwork.", "Build it again.")
        return tree

    def ship(self, folder: Path, manifest: dict[str, Any], engine: Engine, progress: Progress) -> None:
        """Copy a finished dataset to its place: what an earlier run has shipped stays, and nobody sees the dataset before it is whole.

        Errors: InputError when a file does not arrive whole, or something stands in the place meanwhile.
        """
        files = self.files
        try:
            known = json.loads(files.read(self.plan))["key"] == manifest["key"] if files.entry(self.plan) is not None else False
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            files.delete(self.unfinished if self.renames else self.uri)
            files.make_folder(self.made)
            files.write(self.plan, json.dumps({"key": manifest["key"]}).encode())
        held = {n: e.size for n, e in files.below(self.made).items()}
        missing = [(n, size) for n, (size, _) in sorted(manifest["files"].items()) if held.get(n) != size]
        _copy(files, "put_files", [([str(folder / n), f"{self.made}/{n}"], size) for n, size in missing], engine, progress)
        self._commit(folder, manifest)

    def _commit(self, folder: Path, manifest: dict[str, Any]) -> None:
        files = self.files
        files.write(f"{self.made}/{MANIFEST}", (folder / MANIFEST).read_bytes())
        held = {n: e.size for n, e in files.below(self.made).items()}
        wrong = [n for n, (size, _) in manifest["files"].items() if held.get(n) != size]
        if wrong:
            raise InputError(f"{self.made}/{wrong[0]} is not there whole.", "The same command goes on where this one stopped.")
        files.write(f"{self.made}/{SUCCESS}", b"")
        if not self.renames:
            files.delete(self.plan)
            return
        if self.files.entry(self.uri) is not None and not self.files.inside(self.uri):
            files.delete(self.uri)
        if self.files.entry(self.uri) is not None or not files.move(self.made, self.uri):
            raise InputError(f"Something stands at {self.uri} that was not there before.", "Give another address to -o.")
        files.delete(self.unfinished)


def build_at(study: str | None, output: str, start: Callable[[], Engine], partitions: int = 0, work: Path | None = None, progress: Progress = None) -> Dataset:
    """Build a study or a folder of studies into a dataset in partitions; each of the two lies in a folder or at an address of a store.

    Errors: as build_partitions, and InputError of the store.
    """
    with _engine(start) as engine:
        sources = sources_at(study, engine, work, progress)

        def make(folder: Path) -> Dataset:
            return build_partitions(sources.folders, folder, lambda: engine, partitions, progress, sources.named)

        place = path_of(output) or output
        if not is_uri(place):
            return make(Path(place))
        key = key_of(sources.folders, partitions, "build")
        return _shipped(place, key, engine, make, lambda manifest: Dataset(Path(place), manifest, fresh=False), work, progress)


def validate_at(study: str | None, output: str, start: Callable[[], Engine], partitions: int = 0, shapes: list[Path] | None = None,
                together: bool = False, work: Path | None = None, progress: Progress = None) -> Checked:
    """Validate a study or a folder of studies into a table of findings; each of the two lies in a folder or at an address of a store.

    Errors: as validate_partitions, and InputError of the store.
    """
    with _engine(start) as engine:
        sources = sources_at(study, engine, work, progress)

        def make(folder: Path) -> Checked:
            return validate_partitions(sources.folders, folder, lambda: engine, partitions, shapes, progress, together, sources.named)

        place = path_of(output) or output
        if not is_uri(place):
            return make(Path(place))
        key = key_of_checks(sources.folders, partitions, shapes, together)
        return _shipped(place, key, engine, make, lambda manifest: Checked(Path(place), manifest, fresh=False), work, progress)


@contextmanager
def _engine(start: Callable[[], Engine]) -> Iterator[Kept]:
    engine = Kept(start)
    try:
        yield engine
    finally:
        engine.stop()


def _shipped(output: str, key: str, engine: Kept, make: Callable[[Path], _Made], known: Callable[[dict[str, Any]], _Made], work: Path | None,
             progress: Progress) -> _Made:
    """Make a dataset in a folder and ship it; what an earlier run has made or shipped is not made or shipped again."""
    store = Store(output)
    if (manifest := store.taken(key)) is not None:
        return known(manifest)
    folder = work_place(output, work) / "dataset"
    if (folder / SUCCESS).is_file() and json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("key") != key:
        shutil.rmtree(folder)  # an earlier run made it of other inputs, and could not ship it
    made = make(folder)
    store.ship(folder, made.manifest, engine, progress)
    shutil.rmtree(folder.parent, ignore_errors=True)
    return replace(made, fresh=True)


@contextmanager
def datasets_at(names: list[str], progress: Progress = None) -> Iterator[list[Path]]:
    """Give the folders of datasets by their names; those in stores are fetched, and gone afterwards. Errors: InputError for one that is not whole."""
    from boundwork.files import temporary_folder

    with temporary_folder() as place:
        found = []
        for number, name in enumerate(map(str, map(path_of, names))):
            if not is_uri(name):
                found.append(Path(name))
                continue
            store, folder = Store(name), place / str(number)
            manifest = store.manifest()
            held = store.files.below(store.uri)
            wanted = [n for n in [*manifest["files"], MANIFEST, SUCCESS] if n in held]
            copies = [([held[n].uri, held[n].size, held[n].changed, str(folder / n)], held[n].size) for n in wanted]
            _copy(store.files, "get_files", copies, Here("one"), progress)
            wrong = [n for n, (_, digest) in manifest["files"].items() if not (folder / n).is_file() or sha256_of(folder / n) != digest]
            if wrong:
                raise InputError(f"{store.uri}/{wrong[0]} is damaged: it has not the hash that the manifest names.", "Build the dataset again.")
            found.append(folder)
        yield found
