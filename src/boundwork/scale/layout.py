"""Where partitions lie while they are made and when they are done, and the manifest that makes them count: files, hashes, one rename.

OUT/manifest.json, OUT/_SUCCESS             a dataset is there when these are, whole
OUT/quads/STUDY/common.nq, part-00000.nq    N-Quads, each file sorted; together the dataset that `build -o FILE.nq` writes
OUT/findings/part-00000.csv                 what validation finds, instead of quads
.OUT.unfinished/                            work in progress; a run with the same inputs goes on from there
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from boundwork import __version__
from boundwork.errors import InputError
from boundwork.files import atomic, exclusive, fsync_folder, fsync_tree

MANIFEST, SUCCESS = "manifest.json", "_SUCCESS"
FORMAT = 1
"""Raised when the layout of a dataset in partitions changes."""
_DONE = "done.json"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, tree: Any) -> None:
    """Write a file whole or not at all; several processes may write the same one."""
    with atomic(path) as file:
        file.write(json.dumps(tree, ensure_ascii=False, sort_keys=True, indent=1).encode())


def read_json(path: Path) -> Any:
    """Return what a JSON file holds. Errors: OSError, ValueError."""
    return json.loads(path.read_text(encoding="utf-8"))


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside another one, which it replaces when the block ends without an error.

    Two attempts at the same work may run at the same time: each has a folder of its own, and the first to end stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f".{folder.name}.{os.uname().nodename if hasattr(os, 'uname') else ''}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        yield unfinished
        if not (folder / _DONE).is_file():
            shutil.rmtree(folder, ignore_errors=True)
        try:
            unfinished.rename(folder)
        except OSError:
            if not (folder / _DONE).is_file():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def finish(folder: Path, result: dict[str, Any]) -> dict[str, Any]:
    """Write down what a folder holds, with the hash of every file, and return it; from here on the folder counts as done."""
    files = {p.relative_to(folder).as_posix(): [p.stat().st_size, sha256_of(p)] for p in sorted(folder.rglob("*")) if p.is_file() and p.name != _DONE}
    tree = {**result, "files": files}
    write_json(folder / _DONE, tree)
    return tree


def finished(folder: Path, verify: bool = False) -> dict[str, Any] | None:
    """Return what was written down of a finished folder; None where it is unfinished or, with `verify`, where a file is not what it was."""
    try:
        tree = read_json(folder / _DONE)
        if verify and any((folder / name).stat().st_size != size or sha256_of(folder / name) != digest for name, (size, digest) in tree["files"].items()):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(tree)


def checked(folder: Path) -> dict[str, Any]:
    """Return what was written down of a folder that another step has finished. Errors: InputError when a file is not what it was."""
    tree = finished(folder, verify=True)
    if tree is None:
        raise damaged(folder)
    return tree


def damaged(place: Path) -> InputError:
    """Return the error for a file that another step has written and that is not what it was."""
    return InputError(f"The partition in {place} is damaged: a file is missing or has another hash than when it was written.",
                      "Run the same command again: it makes that partition anew.")


class Staging:
    """The folder in which a dataset is made beside its place; nobody reads it but runs with the same key."""

    def __init__(self, output: Path, key: str) -> None:
        output = output.absolute()  # the processes of a cluster work in other folders
        self.output = output
        self.key = key
        self.folder = output.with_name(f".{output.name}.unfinished")
        self.made = self.folder / "made"
        """What becomes the dataset."""

    @contextmanager
    def open(self) -> Iterator[bool]:
        """Hold the folder while the block runs; True when it goes on with what an earlier run of the same inputs left."""
        try:
            self.output.parent.mkdir(parents=True, exist_ok=True)
            with exclusive(self.output.with_name(f".{self.output.name}.lock")):
                try:
                    known = read_json(self.folder / "plan.json").get("key") == self.key
                except (OSError, ValueError, AttributeError):
                    known = False
                if not known:
                    shutil.rmtree(self.folder, ignore_errors=True)
                    self.folder.mkdir()
                    write_json(self.folder / "plan.json", {"key": self.key})
                self.made.mkdir(exist_ok=True)
                yield known
        except OSError as error:
            raise InputError(f"The work stopped: {error.strerror or error} ({error.filename or self.folder}).",
                             "Nothing stands in the output; the same command goes on where this one stopped.") from None

    def commit(self, manifest: dict[str, Any]) -> Path:
        """Put the dataset in its place by one rename and remove what was only needed on the way. Errors: OSError."""
        write_json(self.made / MANIFEST, manifest)
        (self.made / SUCCESS).touch()
        fsync_tree(self.made)
        self.made.rename(self.output)
        fsync_folder(self.output.parent)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.output.with_name(f".{self.output.name}.lock").unlink(missing_ok=True)
        return self.output


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished dataset. Errors: InputError when the folder holds none."""
    try:
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}.", "Make it with: boundwork build STUDY --engine processes -o DIR")
        if not (folder / SUCCESS).is_file():
            raise InputError(f"{folder} is no finished dataset: it has no {SUCCESS}.", "Make it with: boundwork build STUDY --engine processes -o DIR")
        tree = read_json(folder / MANIFEST)
    except (OSError, ValueError):
        raise InputError(f"{folder} is no dataset in partitions: its {MANIFEST} cannot be read.",
                         "Make it with: boundwork build STUDY --engine processes -o DIR") from None
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        written = tree.get("boundwork", "unknown") if isinstance(tree, dict) else "unknown"
        raise InputError(f"{folder} was written by another version of boundwork ({written}; this is {__version__}).", "Build it again.")
    return tree


def taken(output: Path, key: str) -> dict[str, Any] | None:
    """Return the manifest when the output holds this very dataset already; None when its place is free.

    Errors: InputError when something else stands there.
    """
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return None
    if output.is_dir() and (output / SUCCESS).is_file():
        manifest = read_manifest(output)
        if manifest["key"] == key:
            return manifest
        raise InputError(f"{output} holds a dataset of other inputs.", "Give another folder to -o, or remove that one first.")
    raise InputError(f"{output} is not empty and holds no dataset of boundwork.", "Give another folder to -o.")
