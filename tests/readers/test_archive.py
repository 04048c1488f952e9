"""Zip files made on purpose, entry by entry: what is read, what is refused, and by which limit."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import pytest

import boundwork.readers.archive as archive_module
from boundwork.errors import InputError
from boundwork.readers.archive import Archive


def zipped(path: Path, entries: dict[str, bytes], mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return path


@pytest.mark.parametrize("name", ["C:out", "c:/out", "a:", "/out", "../out", "a/../out", "\\out", "a\\..\\out"])
def test_an_entry_that_points_outside_is_refused_by_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="points outside the archive"):
        Archive(zipped(tmp_path / "a.zip", {"fine": b"", name: b"x"}), "a.zip")


def test_names_that_only_look_like_it_are_read(tmp_path: Path) -> None:
    names = ["a..b", "..a", "abc:d", "folder/.../x"]
    with Archive(zipped(tmp_path / "a.zip", {n: n.encode() for n in names}), "a.zip") as archive:
        assert [archive.read(n).decode() for n in archive.names()] == names


def test_links_are_refused_and_plain_files_of_unix_are_not(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="symbolic link"):
        Archive(zipped(tmp_path / "a.zip", {"a": b"b"}, 0o120777), "a.zip")
    assert Archive(zipped(tmp_path / "b.zip", {"a": b"b"}, 0o100644), "b.zip").read("a") == b"b"


def test_as_many_entries_as_allowed_and_one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MOST_ENTRIES", 20)  # as many as it takes for a quick test
    entries = {str(n): b"" for n in range(20)}
    assert len(Archive(zipped(tmp_path / "a.zip", entries), "a.zip").names()) == 20
    with pytest.raises(InputError, match="at most"):
        Archive(zipped(tmp_path / "b.zip", {**entries, "more": b""}), "b.zip")


def test_names_in_any_case_folders_and_archives_inside(tmp_path: Path) -> None:
    with Archive(zipped(tmp_path / "a.zip", {"Sources/": b"", "Sources/A.txt": b"abc", "x\\y.ZIP": b"z"}), "a.zip") as archive:
        assert archive.names() == ["Sources/A.txt", "x/y.ZIP"]
        assert [archive.find(n) for n in ("sources/a.TXT", "X\\Y.zip", "Sources/")] == ["Sources/A.txt", "x/y.ZIP", None]
        assert archive.nested == ["x/y.ZIP"]
        assert (archive.size("SOURCES/a.txt"), archive.read("Sources/a.txt"), archive.taken) == (3, b"abc", 3)
    with warnings.catch_warnings(), pytest.raises(InputError, match="occurs twice"):
        warnings.simplefilter("ignore")
        Archive(zipped(tmp_path / "b.zip", {"A": b"", "a": b""}), "b.zip")


def test_an_entry_of_just_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    with Archive(zipped(tmp_path / "a.zip", {"a": b"x" * 70_000}), "a.zip") as archive:
        assert archive.read("a", 70_000) == b"x" * 70_000
        with pytest.raises(InputError, match="at most"):
            archive.read("a", 69_999)
        archive._entries["a"].file_size = 10  # an archive that declares less than it holds
        taken = b""
        with pytest.raises(InputError, match="the entry 'a' is damaged"):
            for chunk in archive.chunks("a", 50):
                taken += chunk
        assert len(taken) <= 10


def test_what_cannot_be_read_is_told_with_the_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Archive(zipped(tmp_path / "a.zip", {"a": b"abc", "b": b"def"}), "a.zip") as archive:
        monkeypatch.setattr(archive_module, "MOST_TEXTS", 6)
        assert archive.read("a") + archive.read("b") == b"abcdef"
        with pytest.raises(InputError, match="the texts inside are more than"):
            archive.read("a")
        archive._entries["b"].CRC ^= 1
        with pytest.raises(InputError, match=r"the entry 'b' is damaged \(Bad CRC-32"):
            list(archive.chunks("b", 9))
        archive._entries["b"].flag_bits |= 1
        with pytest.raises(InputError, match="the entry 'b' is encrypted"):
            list(archive.chunks("b", 9))
        assert "'ä' says" in str(archive.refusal("ä", "says")) and r"'\x1b[2J" in str(archive.refusal("\x1b[2J", "says")).replace("''", "'")
        assert f"'{'x' * 120}' says" in str(archive.refusal("x" * 130, "says"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="which files a process holds is asked of Linux")
def test_a_file_is_let_go_of_also_when_it_is_refused(tmp_path: Path) -> None:
    def held(path: Path) -> bool:
        return any(entry.is_symlink() and entry.readlink() == path.resolve() for entry in Path("/proc/self/fd").iterdir())

    fine, refused = zipped(tmp_path / "a.zip", {"a": b"b"}), zipped(tmp_path / "b.zip", {"/a": b"b"})
    with Archive(fine, "a.zip") as archive:
        assert held(fine)
    assert archive.names() == ["a"] and not held(fine)
    with pytest.raises(InputError) as caught:
        Archive(refused, "b.zip")
    assert caught.tb is not None and not held(refused)


@pytest.mark.parametrize("data", [b"PK\x03\x04" + b"x" * 50, b"", b"PK\x05\x06" + b"\xff" * 18], ids=["cut off", "empty", "a directory that is nowhere"])
def test_what_is_no_whole_zip_is_one_line(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InputError, match=r"a\.zip is a zip file that is damaged or cut off"):
        Archive(tmp_path / "a.zip", "a.zip")
