"""Hostile and broken files: one clear line each, within ten seconds and a gigabyte, and nothing written. Damaged copies of good files too."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from boundwork import readers
from boundwork.errors import BoundworkError, InputError, UsageError
from boundwork.readers.record import Code, Coding, Project, Selection, Source, User
from readers.hostile import CASES
from readers.projects import guid
from readers.writers import QUALCODER_8, csv_bytes, database, ods, qdpx, xlsx

ENDLESS = [name for name in CASES if name.startswith("endless")]
OTHERS = [name for name in CASES if not name.startswith("endless")]
Outcome = dict[str, Any]


def outcomes(folder: Path, *words: str) -> dict[str, Outcome]:
    """Run the readers over the files in a process of their own, whose peak of memory is theirs."""
    done = subprocess.run([sys.executable, str(Path(__file__).with_name("hostile.py")), str(folder), *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, cwd=folder, timeout=580)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stderr == ""
    return {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}


def folder(factory: pytest.TempPathFactory, name: str) -> Path:
    memory = Path("/dev/shm")
    return factory.mktemp(name) if not memory.is_dir() else Path(tempfile.mkdtemp(prefix="boundwork-hostile-", dir=memory))


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    place = folder(tmp_path_factory, "hostile")
    yield outcomes(place)
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    place = folder(tmp_path_factory, "endless")
    yield outcomes(place, "endless")
    shutil.rmtree(place, ignore_errors=True)


def check(found: Outcome) -> None:
    says = CASES[found["name"]][1]
    if says.startswith("+"):
        assert found["outcome"] == "read", found
        assert says[1:] in found["words"]
    else:
        assert found["outcome"] == "refused", found
        assert says in found["words"]
        assert "\n" not in found["words"]
        assert found["words"].startswith((found["name"], f"There is no file {found['name']}", "The project has more than")), "the file is named"
    assert found["unchanged"], "something was written"
    assert found["megabytes"] < 1_024
    assert found["seconds"] < 10


def test_there_are_as_many_files_as_were_promised() -> None:
    assert len(CASES) >= 80


@pytest.mark.parametrize("name", OTHERS)
def test_a_hostile_file_is_one_clear_line(quick: dict[str, Outcome], name: str) -> None:
    check(quick[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDLESS)
def test_an_endless_file_is_one_clear_line(endless: dict[str, Outcome], name: str) -> None:
    check(endless[name])


def good() -> dict[str, bytes]:
    """A small good file of every container."""
    text = "The chief executive decides, and the members 🙂 ask."
    project = Project("p", "qdpx", "NVivo", users=[User(guid(1), "Ada")], codes=[Code(guid(2), "voice", description="why")],
                      sources=[Source(guid(3), "s", text, path=f"sources/{guid(3)}.txt")], selections=[Selection(guid(4), guid(3), 0, 9, name="The chief")],
                      codings=[Coding(guid(5), guid(2), guid(1), guid(4), guid(3))])
    rows = [["source", "code", "quote", "coder"], *[[f"s{i}", "voice", f"words {i}", "ada"] for i in range(20)]]
    return {"p.qdpx": qdpx(project), "t.csv": csv_bytes(rows), "t.xlsx": xlsx({"s": rows}), "t.ods": ods({"s": rows})}


ZIPPED = ("p.qdpx", "t.xlsx", "t.ods")


def read(path: Path, data: bytes) -> Project | None:
    """Read a damaged copy; None where it is refused in one line."""
    path.write_bytes(data)
    try:
        return readers.read(path)
    except BoundworkError as error:
        assert "\n" not in str(error)
        assert path.name in str(error)
        return None


@pytest.mark.parametrize("name", ZIPPED)
def test_a_zip_that_is_cut_off_is_refused(name: str, tmp_path: Path) -> None:
    data = good()[name]
    cuts = [len(data) * i // 60 for i in range(60)]
    assert [cut for cut in cuts if read(tmp_path / name, data[:cut]) is not None] == []


@pytest.mark.parametrize("name", ZIPPED)
def test_a_zip_with_a_flipped_bit_is_refused_or_reads_the_same(name: str, tmp_path: Path) -> None:
    """Every byte that is unpacked is under a checksum: what is read is what was written, or the file is refused. Names of entries are not."""
    data = good()[name]
    whole = read(tmp_path / name, data)
    assert whole is not None
    dice = random.Random(7)
    refused = 0
    for _ in range(200):
        at = dice.randrange(len(data))
        project = read(tmp_path / name, data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1:])
        refused += project is None
        if project is not None and replace(project, losses=[]) != replace(whole, losses=[]):
            assert project.losses != whole.losses, at
    assert refused > 50


def test_a_damaged_database_is_refused_or_reported(tmp_path: Path) -> None:
    """SQLite keeps no checksum: a flipped bit in a text shows only where quote and text disagree. Nothing may crash."""
    text = "The chief executive decides, and the members ask. " * 40
    rows: dict[str, list[tuple[object, ...]]] = {"source": [(1, "s", text, None, "", "", "")], "code_name": [(1, "voice", "", None, "", "", "")],
            "code_text": [(i, 1, 1, text[i:i + 20], i, i + 20, "ada", "", "") for i in range(1, 60)]}
    data = database(tmp_path / "good.qda", QUALCODER_8, rows).read_bytes()
    dice = random.Random(7)
    seen = {"refused": 0, "read": 0}
    for _ in range(200):
        damaged = bytearray(data)
        for _ in range(dice.choice((1, 1, 8))):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        seen["refused" if read(tmp_path / "bad.qda", bytes(damaged)) is None else "read"] += 1
    for cut in range(0, len(data), 1_024):
        assert read(tmp_path / "bad.qda", data[:cut]) is None, cut
    assert min(seen.values()) > 10


def test_a_format_that_is_not_the_files_own_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.qdpx"
    path.write_bytes(good()["p.qdpx"])
    with pytest.raises(InputError, match=r"p\.qdpx is not Taguette database: its content is REFI-QDA project"):
        readers.read(path, format="taguette")
    with pytest.raises(UsageError, match=r"'qdpq' is no format\. Did you mean 'qdpx'\?"):
        readers.read(path, format="qdpq")
    with pytest.raises(UsageError, match=r"'projekt' is no choice of a reader\. Did you mean 'project'\?"):
        readers.read(path, projekt="x")


def test_an_unknown_file_is_told_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    with pytest.raises(InputError) as error:
        readers.read(path)
    assert str(error.value).endswith(f"name it with --from: {', '.join(readers.FORMATS)}.")
