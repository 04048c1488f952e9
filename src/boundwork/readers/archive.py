"""A zip file that a stranger made, opened with care: entries by name without case, each read up to a limit, nothing ever unpacked to disk.

Path traversal, symbolic links, encrypted entries and archives inside the archive are refused by name; what a reader does not ask for
(films, pictures) is never unpacked, so its size does not matter.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from boundwork.errors import InputError
from boundwork.readers.limits import MEGABYTE, MOST_ENTRIES, MOST_TEXT, MOST_TEXTS
from boundwork.readers.refusing import unreadable
from boundwork.wording import counted

_CHUNK = 1 << 16
_NESTED = (".zip", ".qdpx", ".qda", ".7z", ".rar", ".gz", ".tar", ".bz2", ".xz")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class Archive:
    """The entries of a zip file; `shown` is the file's name as messages give it."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        self.taken = 0
        self.nested: list[str] = []
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise unreadable(f"{shown} is a zip file that is damaged or cut off ({error})", "Export or copy it again") from None
        try:
            self._check()
        except InputError:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    def _check(self) -> None:
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES:
            raise unreadable(f"{self.shown} holds {counted(len(entries), 'entry')}, and at most {MOST_ENTRIES:,} are read")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = entry.filename.replace("\\", "/")
            if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":" or "\x00" in name:
                raise self.refusal(entry.filename, "points outside the archive", "It was not written by a QDA program: do not open it elsewhere")
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise self.refusal(entry.filename, "is a symbolic link", "A project file holds plain files only")
            if name.endswith("/"):
                continue
            if name.lower() in self._entries:
                raise self.refusal(entry.filename, "occurs twice", "It cannot be told which one counts: export the project again")
            if name.lower().endswith(_NESTED):
                self.nested.append(name)
            self._entries[name.lower()] = entry

    def refusal(self, entry: str, why: str, hint: str = "") -> InputError:
        """Return the error that an entry cannot be read, with its name; control characters are shown as they are written in Python."""
        shown = entry if entry.isprintable() else ascii(entry)
        return unreadable(f"{self.shown}: the entry '{shown[:120]}' {why}", hint)

    def names(self) -> list[str]:
        """Names of all files inside, with forward slashes, in the archive's order."""
        return [entry.filename.replace("\\", "/") for entry in self._entries.values()]

    def find(self, name: str) -> str | None:
        """Return the entry's name as it is written, for a name in any case; None where there is none."""
        entry = self._entries.get(name.replace("\\", "/").lower())
        return None if entry is None else entry.filename.replace("\\", "/")

    def size(self, name: str) -> int:
        """Bytes of an entry as the archive declares them."""
        return self._entries[name.lower()].file_size

    def chunks(self, name: str, most: int) -> Iterator[bytes]:
        """Yield an entry's bytes; more than `most` is an error. Of an entry that holds more than is declared, zipfile hands out what is declared."""
        entry = self._entries[name.lower()]
        if entry.flag_bits & 1:
            raise self.refusal(name, "is encrypted", "Take the password off in the program that made it")
        if entry.file_size > most:
            raise self.refusal(name, f"is {entry.file_size / MEGABYTE:,.0f} MB unpacked, and at most {most / MEGABYTE:,.0f} MB are read")
        try:
            with self._zip.open(entry) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except _BROKEN as error:
            raise self.refusal(name, f"is damaged ({str(error) or type(error).__name__})", "Export or copy the file again") from None

    def read(self, name: str, most: int = MOST_TEXT) -> bytes:
        """Return an entry whole, within its own limit and that of all texts together."""
        data = b"".join(self.chunks(name, most))
        self.taken += len(data)
        if self.taken > MOST_TEXTS:
            raise unreadable(f"{self.shown}: the texts inside are more than {MOST_TEXTS / MEGABYTE:,.0f} MB together", "Split the project and import its parts")
        return data
