"""A study with its store and its whole dataset as one file, every byte of it with a hash; and back. What is not as it was is refused.

manifest.json   format, version, study, and path -> sha256 and size of everything else
study/          the files of the study as they are
dataset.nq      the named graphs with the provenance of every row
build/          the stores, one per reading
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from boundwork import __version__
from boundwork.errors import InputError
from boundwork.files import atomic, exclusive, fsync_folder, fsync_tree, temporary, temporary_folder
from boundwork.pipeline.build import build, install
from boundwork.pipeline.builds import Build, Progress, current_build, study_cache
from boundwork.pipeline.inputs import content_hash, input_files, stamps
from boundwork.tables.studyfile import read_study

FORMAT = 1
MOST_MANIFEST = 64 << 20
"""Bytes; a manifest of more is no manifest."""
_BLOCK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PASSED_OVER = {".git", "__pycache__", ".DS_Store"}


@dataclass(frozen=True)
class Saved:
    """What a backup holds: number of files and bytes of the study, bytes of the dataset and of the stores, and what was passed over."""

    path: Path
    study: str
    files: int
    study_bytes: int
    dataset_bytes: int
    store_bytes: int
    passed_over: tuple[str, ...]


@dataclass(frozen=True)
class Restored:
    """Where a backup went; `store` says whether its stores are in use, or why they are built again when first needed."""

    folder: Path
    study: str
    files: int
    made: str
    made_by: str
    store: str


def backup(folder: Path, target: Path, store: Path | None = None, progress: Progress | None = None) -> Saved:
    """Write a study, its dataset and its stores to one file, whole or not at all.

    Errors: InputError when the study cannot be built, or the target stands inside it or cannot be written.
    """
    folder = folder.resolve()
    if folder in target.resolve().parents:
        raise InputError(f"{target} lies inside the study, so the next backup would hold this one.", "Give a place outside of it with -o.")
    study = read_study(folder)
    if not target.resolve().parent.is_dir():
        raise InputError(f"There is no folder {target.resolve().parent}.")
    with temporary_folder() as place:
        dataset = place / "dataset.nq"
        build(folder, store, dataset, progress)
        built = current_build(folder, store, progress)
        entries, passed_over = _entries(folder, dataset, built)
        sizes = dict.fromkeys(("study", "dataset.nq", "build"), 0)
        listed: dict[str, dict[str, Any]] = {}
        with atomic(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (name, path) in enumerate(entries):
                listed[name] = _store(archive, name, path)
                sizes[name.split("/", 1)[0]] += listed[name]["size"]
                if progress:
                    progress("backup", number)
            manifest = {"format": FORMAT, "boundwork": __version__, "study": study.id, "made": datetime.now(UTC).isoformat(timespec="seconds"),
                        "files": listed}
            archive.writestr(zipfile.ZipInfo("manifest.json", _EPOCH), json.dumps(manifest, indent=1), zipfile.ZIP_DEFLATED)
    return Saved(target, study.id, sum(n.startswith("study/") for n in listed), sizes["study"], sizes["dataset.nq"], sizes["build"], tuple(passed_over))


def _entries(folder: Path, dataset: Path, built: Build) -> tuple[list[tuple[str, Path]], list[str]]:
    """Name in the archive -> file; and what of the study is no plain file of its own."""
    found: list[tuple[str, Path]] = []
    passed_over: list[str] = []
    for root, folders, names in os.walk(folder):
        links = [n for n in folders if (Path(root) / n).is_symlink()]
        folders[:] = sorted(set(folders) - _PASSED_OVER - set(links))
        for name in [*sorted(names), *links]:
            path = Path(root) / name
            shown = path.relative_to(folder).as_posix()
            if name in _PASSED_OVER or ".tmp-" in name:
                continue
            if stat.S_ISREG(path.lstat().st_mode):
                found.append((f"study/{shown}", path))
            else:
                passed_over.append(shown)
    found.append(("dataset.nq", dataset))
    found += [(f"build/{p.relative_to(built.folder).as_posix()}", p) for p in sorted(built.folder.rglob("*")) if p.is_file() and p.name != "LOCK"]
    return found, passed_over


def _store(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, Any]:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as source, archive.open(info, "w", force_zip64=True) as entry:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
            entry.write(block)
    return {"sha256": digest.hexdigest(), "size": size}


def restore(path: Path, folder: Path, store: Path | None = None, progress: Progress | None = None) -> Restored:
    """Put a backup back into a folder that does not exist yet or is empty; nothing is written before everything is known to be as it was.

    Errors: InputError that names the entry for a file that is no backup, is damaged, is of a newer format, or reaches outside its folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not empty.", "Give a new folder with -o.")
    folder.resolve().parent.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            work = temporary(Path(tempfile.mkdtemp(prefix=f".{folder.name}.tmp-", dir=folder.resolve().parent)))
            try:
                for number, (name, want) in enumerate(manifest["files"].items()):
                    _extract(archive, name, want, work, path)
                    if progress:
                        progress("restore", number)
                study = read_study(work / "study")
                fsync_tree(work)
                if folder.exists():
                    folder.rmdir()
                (work / "study").rename(folder)
                fsync_folder(folder.resolve().parent)
                used = _use_store(folder, work / "build", store)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path} is no backup that can be read: {error}.",
                         "A backup is what boundwork backup wrote; if this is one, take another copy of it.") from None
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror or error}.", "Nothing was restored.") from None
    return Restored(folder, study.id, sum(n.startswith("study/") for n in manifest["files"]), str(manifest.get("made", "")), str(manifest["boundwork"]), used)


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    def bad(why: str) -> InputError:
        return InputError(f"{path} is no backup of boundwork: {why}.", "Make one with: boundwork backup STUDY -o FILE")

    names = archive.namelist()
    if "manifest.json" not in names or archive.getinfo("manifest.json").file_size > MOST_MANIFEST:
        raise bad("it has no manifest.json")
    try:
        manifest = json.loads(archive.read("manifest.json"))
    except (ValueError, RecursionError):
        raise bad("its manifest.json cannot be read") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int) or not isinstance(manifest.get("files"), dict):
        raise bad("its manifest.json says something else")
    if manifest["format"] > FORMAT:
        raise InputError(f"{path} was made by a newer boundwork ({manifest.get('boundwork')}, backup format {manifest['format']}; this one knows {FORMAT}).",
                         "Upgrade boundwork, then restore.")
    files = manifest["files"]
    if len(names) != len(set(names)) or set(names) != {*files, "manifest.json"}:
        extra = sorted(set(names) ^ {*files, "manifest.json"}) or sorted(n for n in names if names.count(n) > 1)
        raise bad(f"entry {extra[0]!r} is not what the manifest lists")
    for name, want in files.items():
        parts = PurePosixPath(name).parts
        safe = parts and parts[0] in ("study", "build", "dataset.nq") and ".." not in parts and "\\" not in name and ":" not in name and not name.endswith("/")
        if not safe or name != "/".join(parts) or stat.S_ISLNK(archive.getinfo(name).external_attr >> 16):
            raise bad(f"entry {name!r} would not stay in its folder")
        if not isinstance(want, dict) or not isinstance(want.get("size"), int) or archive.getinfo(name).file_size != want["size"]:
            raise bad(f"entry {name!r} has another size than the manifest says")
    if "study/study.toml" not in files:
        raise bad("it holds no study.toml")
    return manifest


def _extract(archive: zipfile.ZipFile, name: str, want: dict[str, Any], work: Path, path: Path) -> None:
    target = work / name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(name) as source, open(target, "xb") as file:
        for block in _blocks(source, want["size"]):
            digest.update(block)
            file.write(block)
    if digest.hexdigest() != want.get("sha256"):
        raise InputError(f"{path}: entry {name!r} is damaged: its hash is not the one that was written down.", "Take another copy of the backup.")


def _blocks(source: IO[bytes], size: int) -> Iterator[bytes]:
    """No more than the size that was announced, whatever the archive unpacks to."""
    while size > 0 and (block := source.read(min(_BLOCK, size))):
        size -= len(block)
        yield block


def _use_store(folder: Path, made: Path, store: Path | None) -> str:
    """Put restored stores in place where this version, with its content, would make the same; say what was done."""
    try:
        manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
        files = input_files(folder)
        if manifest["boundwork"] != __version__ or manifest["hash"] != content_hash(files):
            return f"made by another version ({manifest['boundwork']}), so it is built again when first needed"
    except (OSError, ValueError, KeyError, TypeError):
        return "not part of the backup, so it is built when first needed"
    manifest["inputs"] = stamps(files)
    home = study_cache(folder, store)
    with exclusive(home / "lock"):
        install(home, made, manifest)
    return "restored"
