"""SQLite files made on purpose: what a cell becomes, each limit at its number, each guard alone, and files that are cut off or damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import boundwork.readers.database as module
from boundwork.errors import InputError
from boundwork.readers.database import Database, Row
from boundwork.readers.draft import Draft
from boundwork.readers.limits import MOST_TEXT
from boundwork.readers.record import Loss


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "p.db"


def made(path: Path, script: str) -> Path:
    """A database of small pages with these tables; what is wrong in its schema is written as it is."""
    connection = sqlite3.connect(path)
    connection.executescript(f"PRAGMA page_size=512; PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; BEGIN; {script}; COMMIT;")
    connection.close()
    return path


NUMBERS = "CREATE TABLE t (n); WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x LIMIT {}) INSERT INTO t SELECT n FROM x"


def refused(path: Path, data: bytes | None = None) -> str:
    with pytest.raises(InputError) as caught, Database(path, "p.db", data) as database:
        for table in database.columns:
            list(database.rows(table))
    return str(caught.value)


def test_a_cell_is_a_text_or_a_number_as_its_author_typed_it() -> None:
    cells = [None, "", "7", "x", "7.0", "7.5", "nan", 7, -7, 7.0, 7.5, 999_999_999_999_999.0, 1e15, -1e15, float("inf"), b"7", b"\xff", "1e15", 1 << 62]
    assert [Row(a=cell).text("a") for cell in cells] == [
        "", "", "7", "x", "7.0", "7.5", "nan", "7", "-7", "7", "7.5", "999999999999999", "1000000000000000.0", "-1000000000000000.0", "inf", "7", "\ufffd",
        "1e15", "4611686018427387904"]
    assert [Row(a=cell).number("a") for cell in cells] == [
        None, None, 7, None, 7, None, None, 7, -7, 7, None, 999_999_999_999_999, None, None, None, None, None, None, 1 << 62]
    assert (Row().text("a"), Row().number("a"), Row()["a"]) == ("", None, None)


def test_a_text_that_is_not_utf8_is_mended_and_counted(path: Path) -> None:
    draft = Draft("p", "x")
    with Database(made(path, "CREATE TABLE t (a); INSERT INTO t VALUES (CAST(x'4ae972' AS TEXT)), ('é'), (CAST(x'ff' AS TEXT))"), "p.db") as database:
        assert [r["a"] for r in database.rows("t")] == ["J\ufffdr", "é", "\ufffd"]
        database.count_unread(draft, {})
    assert draft.finish().losses == [Loss("approximated", "texts that are not UTF-8", 2, "bytes that do not fit are shown as U+FFFD", "p.db")]


def test_rows_come_as_they_were_written_or_in_an_order(path: Path) -> None:
    with Database(made(path, "CREATE TABLE t (a, n); INSERT INTO t VALUES ('x', 2), ('y', 1)"), "p.db") as database:
        assert list(database.rows("t")) == [{"a": "x", "n": 2, "#": 1}, {"a": "y", "n": 1, "#": 2}]
        assert [r["a"] for r in database.rows("t", order="n")] == ["y", "x"]
        assert [r["a"] for r in database.rows("t", order="m")] == ["x", "y"]
        assert list(database.rows("t", ("n", "m"))) == [{"n": 2, "#": 1}, {"n": 1, "#": 2}]
        assert [*database.rows("t", ("m",)), *database.rows("u")] == []
        assert (database.columns, database.placed) == ({"t": ["a", "n"]}, {"t"})


def test_only_real_tables_are_there(path: Path) -> None:
    script = ("CREATE TABLE a (n PRIMARY KEY, m GENERATED ALWAYS AS (n)); CREATE VIRTUAL TABLE f USING fts5(words); CREATE TABLE c (n); CREATE TABLE d (n); "
              "CREATE TRIGGER x AFTER INSERT ON a BEGIN SELECT 1; END; ANALYZE; ")
    made(path, script + ";".join(f"CREATE VIEW v{n} AS SELECT {n}" for n in range(6)))
    connection = sqlite3.connect(path)
    for odd in ("name = 'c' || char(0) || 'x' WHERE name = 'c'", "name = CAST('d' AS BLOB) WHERE name = 'd'"):
        connection.executescript(f"PRAGMA writable_schema=ON; UPDATE sqlite_master SET {odd}")
    connection.close()
    with Database(path, "p.db") as database:
        assert database.columns["a"] == ["n"]
        assert {t for t in database.columns if not t.startswith("f_")} == {"a"}
        draft = Draft("p", "x")
        database.placed |= set(database.columns)
        database.count_unread(draft, {})
    assert draft.finish().losses == [Loss("left out", "views", 6, "a stranger's queries are never run", "v0, v1, v2, v3, v4")]


def test_as_many_tables_as_allowed_and_one_more(path: Path) -> None:
    views = ("PRAGMA writable_schema=ON; WITH RECURSIVE x(n) AS (SELECT {} UNION ALL SELECT n + 1 FROM x LIMIT {}) "
             "INSERT INTO sqlite_master SELECT 'view', 'v' || n, 'v' || n, 0, 'CREATE VIEW v' || n || ' AS SELECT 1' FROM x")
    made(path, views.format(0, 10_000))
    with Database(path, "p.db") as database:
        assert len(database.views) == 10_000
    made(path, views.format(10_000, 1))
    assert "p.db is an SQLite file that cannot be read (more than 10,000 tables and indexes)" in refused(path)


def test_what_was_not_read_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(path, "CREATE TABLE a (n); CREATE TABLE b (n); CREATE TABLE c (n); " + NUMBERS.format(5))
    path.with_name("p.db-wal").touch()
    draft = Draft("p", "x")
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    with Database(path, "p.db") as database:
        database.placed.add("a")
        database._steps = 7
        assert (database.count("t"), database._steps) == (4, 0)  # counted no further than one more than is read
        database.count_unread(draft, {"b": "private", "t": "of the tool alone"})
    path.with_name("p.db-wal").write_bytes(b"x")
    with Database(path, "p.db") as database:
        database.placed |= set(database.columns)
        database.count_unread(draft, {})
    assert draft.finish().losses == [Loss("left out", "table b", 1, "private: it is never read"), Loss("left out", "table t", 4, "of the tool alone"),
                                     Loss("left out", "changes that are still in the write-ahead log", 1,
                                          "close the program, so that it writes them, and read again", "p.db-wal")]


def test_as_much_as_allowed_and_no_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(path, "CREATE TABLE t (a, b); INSERT INTO t VALUES ('one', x'ff'), ('two', 7), ('six', NULL)")
    for limit, most, words in (("MOST_ROWS", 3, "p.db: the table 't' has more than 2 rows."),
                               ("MOST_CELLS", 10, "p.db: the texts inside are more than 0 million characters together. "
                                "Split the project and import its parts.")):
        with monkeypatch.context() as patch:
            patch.setattr(module, limit, most)
            with Database(path, "p.db") as database:
                assert [r["a"] for r in database.rows("t")] == ["one", "two", "six"]
            patch.setattr(module, limit, most - 1)
            assert refused(path) == words
    data = path.read_bytes()
    monkeypatch.setattr(module, "MOST_DATABASE", len(data))
    with Database(path, "p.db", data) as database:
        assert [r["a"] for r in database.rows("t")] == ["one", "two", "six"]
    monkeypatch.setattr(module, "MOST_DATABASE", len(data) - 1)
    assert refused(path, data) == "p.db is more than 0 MB unpacked. Unpack it yourself and import the folder."


def test_a_query_that_takes_too_many_steps_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(path, NUMBERS.format(5_000))
    with Database(path, "p.db") as database:
        assert database._steps == 0
        database._steps = 7
        next(database.rows("t"))
        assert database._steps == 0
    monkeypatch.setattr(module, "_EACH", 100)
    monkeypatch.setattr(module, "MOST_STEPS", 1_000)
    with Database(path, "p.db") as database:
        database._steps = 800
        assert [database._step(), database._steps, database._step(), database._step()] == [0, 900, 0, 1]
        with pytest.raises(InputError, match=r"^p\.db: the table 't' takes too long to read\. It is damaged, or no program for qualitative data wrote it\.$"):
            list(database.rows("t"))
        with pytest.raises(InputError, match="the table 't' takes too long"):
            database.count("t")
    monkeypatch.setattr(module, "MOST_STEPS", -1)
    monkeypatch.setattr(module, "_EACH", 1)
    assert refused(path).startswith("p.db takes too long to read.")


@pytest.mark.parametrize(("action", "first", "inner", "fine"), [
    ("SELECT", None, None, True), ("READ", "t", None, True), ("PRAGMA", "table_info", None, True), ("READ", "t", "a view", False),
    ("PRAGMA", "table_info", "a view", False), ("PRAGMA", "writable_schema", None, False), ("INSERT", "table_info", None, False), ("ATTACH", "x", None, False),
    ("FUNCTION", None, None, False), ("RECURSIVE", None, None, False)])
def test_plain_reads_alone_are_allowed(action: str, first: str | None, inner: str | None, fine: bool) -> None:
    code = getattr(sqlite3, f"SQLITE_{action}")
    assert Database._authorize(code, first, "n", "main", inner) == (sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY)


@pytest.mark.parametrize("inside", [False, True], ids=["file", "memory"])
def test_each_guard_holds_without_the_others(inside: bool, path: Path) -> None:
    made(path, "CREATE TABLE t (n)")
    with Database(path, "p.db", path.read_bytes() if inside else None) as database:
        connection = database._connection
        for words in ("DELETE FROM t", "SELECT abs(n) FROM t", "PRAGMA writable_schema=ON", "ATTACH ':memory:' AS x"):
            with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
                connection.execute(words)
        connection.set_authorizer(None)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM t")
        with pytest.raises(sqlite3.OperationalError, match="too many attached databases - max 0"):
            connection.execute("ATTACH ':memory:' AS x")
        assert list(connection.execute("PRAGMA trusted_schema")) == [(0,)]
        assert connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) == MOST_TEXT
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


@pytest.mark.parametrize("size", [512, 4_096, 65_536])
def test_a_file_that_is_shorter_than_it_says_is_refused(size: int, path: Path) -> None:
    made(path, "CREATE TABLE t (n)")
    connection = sqlite3.connect(path)
    connection.executescript(f"PRAGMA page_size={size}; VACUUM;")
    connection.close()
    data = path.read_bytes()
    assert len(data) == 2 * size
    with Database(path, "p.db") as database:
        assert database.columns == {"t": ["n"]}
    path.write_bytes(data[:-1])
    assert refused(path) == f"p.db is cut off: {2 * size - 1:,} of {2 * size:,} bytes are there. Copy it again."
    path.write_bytes(data[:28] + bytes([1, 2, 3, 4]) + data[32:])
    assert refused(path) == f"p.db is cut off: {2 * size:,} of {0x01020304 * size:,} bytes are there. Copy it again."


def test_a_length_that_its_header_does_not_vouch_for_is_not_believed(path: Path) -> None:
    """The counters at 24 and 92 differ where an old SQLite wrote last; pages of 256 bytes are none of SQLite's."""
    data = made(path, "CREATE TABLE t (n)").read_bytes()
    head = data[:28] + bytes([1, 2, 3, 4]) + data[32:]
    path.write_bytes(head[:92] + b"\x00\x00\x00\x09" + head[96:])
    with Database(path, "p.db") as database:
        assert database.columns == {"t": ["n"]}
    path.write_bytes(head[:16] + b"\x01\x00" + head[18:])
    assert "p.db is an SQLite file that cannot be read (file is not a database)" in refused(path)


def test_what_is_damaged_is_one_line_with_its_table(path: Path) -> None:
    data = made(path, NUMBERS.format(300)).read_bytes()
    path.write_bytes(data[:512] + b"\xff" * 512 + data[1_024:])
    words = "p.db: the table 't' is an SQLite file that cannot be read (database disk image is malformed). It is damaged, or still open in its program"
    assert refused(path).startswith(words)
    with Database(path, "p.db") as database, pytest.raises(InputError, match="the table 't' is an SQLite file that cannot be read"):
        database.count("t")
    assert "p.db is an SQLite file that cannot be read (unable to open database file)" in refused(path.with_name("none.db"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="which files a process holds is asked of Linux")
@pytest.mark.parametrize("damage", ["short", "schema"])
def test_a_file_is_let_go_of_when_it_is_refused(damage: str, path: Path) -> None:
    data = made(path, "CREATE TABLE t (n)").read_bytes()
    path.write_bytes(data[:-1] if damage == "short" else data[:100] + b"\xff" * 412 + data[512:])
    with pytest.raises(InputError) as caught:
        Database(path, "p.db")
    assert caught.tb is not None
    assert not any(entry.is_symlink() and entry.readlink() == path for entry in Path("/proc/self/fd").iterdir())
