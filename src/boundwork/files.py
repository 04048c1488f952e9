"""Files written whole or not at all: a temporary name beside the target, fsync, rename."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_TEMPORARY: set[Path] = set()


def temporary(path: Path) -> Path:
    """Remember a path that must not outlive the program, and return it."""
    _TEMPORARY.add(path)
    return path


def shown_path(path: Path) -> str:
    """Return a path as people read it: from the current folder where it lies below, else in full."""
    try:
        return str(path.relative_to(Path.cwd())) or "."
    except ValueError:
        return str(path)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give an empty folder that is gone afterwards, also after Ctrl-C in the midst of work."""
    import shutil
    import tempfile

    folder = temporary(Path(tempfile.mkdtemp(prefix="boundwork-")))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _TEMPORARY.discard(folder)


def remove_temporaries() -> None:
    """Remove what an interrupted command left unfinished."""
    import shutil

    for path in list(_TEMPORARY):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def fsync_folder(folder: Path) -> None:
    """Make renames in a folder last; a no-op where folders cannot be opened (Windows)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def fsync_tree(folder: Path) -> None:
    """Make everything below a folder last."""
    for root, _, names in os.walk(folder):
        for name in names:
            handle = os.open(os.path.join(root, name), os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        fsync_folder(Path(root))


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes its place only when the block ends without an error."""
    unfinished = temporary(path.with_name(f".{path.name}.tmp-{os.getpid()}"))
    try:
        with open(unfinished, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
        fsync_folder(path.parent)
    finally:
        with suppress(OSError):
            unfinished.unlink()
        _TEMPORARY.discard(unfinished)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock file while the block runs; it is let go even when the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+b") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        except ImportError:  # Windows: the last build to finish wins, each is still whole
            pass
        yield
