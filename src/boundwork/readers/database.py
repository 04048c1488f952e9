"""An SQLite file that a stranger made, read with care: real tables only, no view, trigger or expression of the file's own ever runs.

Opened read-only and immutable (nothing is written, not even a lock), with an authorizer that allows plain reads of tables and nothing
else, a limit of steps per query, and text that is not UTF-8 mended and counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any

from boundwork.errors import InputError
from boundwork.readers.draft import Draft, shown
from boundwork.readers.limits import MEGABYTE, MOST_CELLS, MOST_DATABASE, MOST_ROWS, MOST_STEPS, MOST_TEXT
from boundwork.readers.refusing import unreadable

_EACH = 1_000_000
_PAGES = {1 << power for power in range(9, 17)}
"""The sizes of page that SQLite knows."""
_PRAGMAS = ("table_info",)
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}


class Row(dict[str, Any]):
    """One row by column. Columns that this version of the tool lacks read as None."""

    def __missing__(self, key: str) -> None:
        return None

    def text(self, column: str) -> str:
        """Return a cell as text; numbers as SQLite would print them, nothing as an empty string."""
        value = self[column]
        if value is None:
            return ""
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return str(value)

    def number(self, column: str) -> int | None:
        """Return a cell as a whole number, None where it is none."""
        value = self[column]
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                return None
        if isinstance(value, float):
            return int(value) if value.is_integer() and abs(value) < 1e15 else None
        return value if isinstance(value, int) else None


class Database:
    """Tables and columns of an SQLite file; `placed` collects the tables that a reader has read, for `count_unread`."""

    def __init__(self, path: Path, shown: str, data: bytes | None = None) -> None:
        self.shown = shown
        self.mended = 0
        self.placed: set[str] = set()
        self._characters = 0
        self._steps = 0
        self._path = path
        try:
            if data is None:
                from urllib.request import pathname2url

                self._connection = sqlite3.connect(f"file:{pathname2url(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
            else:
                if len(data) > MOST_DATABASE:
                    raise unreadable(f"{shown} is more than {MOST_DATABASE / MEGABYTE:,.0f} MB unpacked", "Unpack it yourself and import the folder")
                self._connection = sqlite3.connect(":memory:")
                self._connection.deserialize(data)
        except (sqlite3.Error, OverflowError) as error:
            raise self._refusal(error) from None
        if data is None:
            self._check_length()
        connection = self._connection
        connection.text_factory = self._text
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TEXT)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA query_only=ON")
            connection.set_authorizer(self._authorize)
            connection.set_progress_handler(self._step, _EACH)
            self.columns = self._schema()
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            connection.close()
            raise self._refusal(error) from None

    def __enter__(self) -> Database:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def _check_length(self) -> None:
        """Refuse a file that is shorter than its own header says; SQLite reads such a file up to the first page that is not there."""
        with open(self._path, "rb") as file:
            head = file.read(100)
        written = int.from_bytes(head[16:18], "big")
        size, pages, length = 65_536 if written == 1 else written, int.from_bytes(head[28:32], "big"), self._path.stat().st_size
        if size in _PAGES and head[24:28] == head[92:96] and length < pages * size:
            self._connection.close()
            raise unreadable(f"{self.shown} is cut off: {length:,} of {pages * size:,} bytes are there", "Copy it again")

    def _refusal(self, error: Exception, table: str = "") -> InputError:
        where = f"{self.shown}: the table '{shown(table)}'" if table else self.shown
        if "interrupted" in str(error):
            return unreadable(f"{where} takes too long to read", "It is damaged, or no program for qualitative data wrote it")
        return unreadable(f"{where} is an SQLite file that cannot be read ({error})", "It is damaged, or still open in its program: close it and copy it again")

    def _text(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            self.mended += 1
            return data.decode("utf-8", "replace")

    def _step(self) -> int:
        self._steps += _EACH
        return int(self._steps > MOST_STEPS)

    @staticmethod
    def _authorize(action: int, first: str | None, second: str | None, _database: str | None, inner: str | None) -> int:
        """Allow reading tables, and nothing that a view or trigger (named in `inner`) asks for."""
        fine = inner is None and (action in _ALLOWED or (action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS))
        return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY

    def _schema(self) -> dict[str, list[str]]:
        """Return the columns of every real table: no view, no virtual table, no generated column."""
        found: dict[str, list[str]] = {}
        self.views: list[str] = []
        with closing(self._connection.execute("SELECT type, name, sql FROM sqlite_master LIMIT 10001")) as rows:
            listed = list(rows)
        if len(listed) > 10_000:
            raise sqlite3.DatabaseError("more than 10,000 tables and indexes")
        for kind, name, sql in listed:
            if not isinstance(name, str) or "\x00" in name:
                continue
            if kind == "view":
                self.views.append(name)
            if kind != "table" or name.startswith("sqlite_") or str(sql or "").lstrip().upper().startswith("CREATE VIRTUAL"):
                continue
            with closing(self._connection.execute(f"PRAGMA table_info({_quoted(name)})")) as columns:
                found[name] = [str(column[1]) for column in columns]
        return found

    def rows(self, table: str, wanted: Sequence[str] | None = None, order: str = "") -> Iterator[Row]:
        """Yield the rows of a table in the order they were written; a table that is not there has none. `rowid` comes as a column of its own."""
        if table not in self.columns:
            return
        self.placed.add(table)
        columns = [c for c in (wanted or self.columns[table]) if c in self.columns[table]]
        if not columns:
            return
        self._steps = 0
        query = f"SELECT {', '.join(_quoted(c) for c in columns)} FROM {_quoted(table)}"
        if order in self.columns[table]:
            query += f" ORDER BY {_quoted(order)}"
        try:
            with closing(self._connection.execute(query)) as cursor:
                for number, values in enumerate(cursor):
                    if number >= MOST_ROWS:
                        raise unreadable(f"{self.shown}: the table '{shown(table)}' has more than {MOST_ROWS:,} rows")
                    self._characters += sum(len(v) for v in values if isinstance(v, str | bytes))
                    if self._characters > MOST_CELLS:
                        raise unreadable(f"{self.shown}: the texts inside are more than {MOST_CELLS / MEGABYTE:,.0f} million characters together",
                                         "Split the project and import its parts")
                    row = Row(zip(columns, values, strict=True))
                    row["#"] = number + 1
                    yield row
        except (sqlite3.Error, OverflowError) as error:
            raise self._refusal(error, table) from None

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        self._steps = 0
        try:
            with closing(self._connection.execute(f"SELECT 1 FROM {_quoted(table)} LIMIT {MOST_ROWS + 1}")) as cursor:
                return sum(1 for _ in cursor)
        except sqlite3.Error as error:
            raise self._refusal(error, table) from None

    def count_unread(self, draft: Draft, why: dict[str, str]) -> None:
        """Put every table that no reader placed, every view and every mended text into the loss report; `why` explains tables by name."""
        for table in sorted(set(self.columns) - self.placed):
            reason = why.get(table, "the record has no place for it")
            if reason == "private":
                draft.lose("left out", f"table {shown(table)}", "private: it is never read")
            else:
                draft.lose("left out", f"table {shown(table)}", reason, "", self.count(table))
        draft.lose("left out", "views", "a stranger's queries are never run", ", ".join(shown(v) for v in self.views[:5]), len(self.views))
        draft.lose("approximated", "texts that are not UTF-8", "bytes that do not fit are shown as U+FFFD", self.shown, self.mended)
        log = self._path.with_name(self._path.name + "-wal")
        if log.is_file() and log.stat().st_size:
            draft.lose("left out", "changes that are still in the write-ahead log", "close the program, so that it writes them, and read again", log.name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
