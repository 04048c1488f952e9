"""A build is whole or not there: kills, full disks, two at once, readers beside it; and it is made again only when it must be."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boundwork.errors import InputError
from boundwork.pipeline.build import build
from boundwork.pipeline.builds import Build, current_build, read_current, study_cache
from boundwork.stores.answer import Rows
from boundwork.stores.local import LocalStore
from boundwork.terms import BW

GISTS = f"SELECT ?g {{ ?e <{BW}gist> ?g }} ORDER BY ?g"


def say(study: Path, words: str) -> None:
    """Give the study's only extract another gist."""
    path = study / "extracts.csv"
    head, row = path.read_text(encoding="utf-8").splitlines()
    cells = row.split(",")
    cells[10] = words
    path.write_text(f"{head}\n{','.join(cells)}\n", encoding="utf-8")


def gists(store: LocalStore) -> list[str]:
    answer = store.query(GISTS)
    assert isinstance(answer, Rows)
    return [g.text for (g,) in answer.rows if g]


def read(made: Build) -> list[str]:
    """What the store of a build says."""
    return gists(LocalStore.open(made.store("me")))


def triples(made: Build) -> int:
    """How many triples its store holds; the same for every whole build of the fresh study, whatever its gist."""
    return len(LocalStore.open(made.store("me")))


@pytest.fixture
def first(study: Path, scratch: Path) -> Build:
    """The fresh study, built with the gist `old`."""
    say(study, "old")
    return build(study, scratch / "store")


def start(study: Path, store: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "boundwork", "build", str(study), "--store", str(store), *more], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def wait_for(what: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not what() and process.poll() is None:
        time.sleep(0.001)


@pytest.mark.parametrize("kills", [9, pytest.param(60, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_leaves_the_old_build_or_the_new_one_whole(kills: int, study: Path, scratch: Path, first: Build,
                                                                        record_property: Callable[[str, object], None]) -> None:
    """A third of the kills fall in the commit, a third while stores are written, a third anywhere."""
    record_property("tried", kills)
    home, dice, said, killed, whole = scratch / "store", random.Random(kills), "old", 0, triples(first)
    for number in range(kills):
        new = f"new {number}"
        say(study, new)
        process = start(study, home)
        if number % 3 == 0:  # in the commit: the manifest is written, the rename and the pointer follow
            wait_for(lambda: any(home.glob("builds/making-*/manifest.json")), process)
        elif number % 3 == 1:  # while stores are written
            wait_for(lambda: any(home.glob("builds/making-*/stores/me")), process)
            time.sleep(dice.uniform(0, 0.1))
        else:
            time.sleep(dice.uniform(0.05, 0.5))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.communicate()
        found = read_current(home)
        assert found is not None
        assert (read(found) in ([said], [new]), triples(found)) == (True, whole)
        said = read(found)[0]
    assert killed >= kills / 2
    say(study, "last")
    assert read(build(study, home)) == ["last"]
    assert sorted(p.name for p in home.iterdir()) == ["builds", "current", "lock"]
    left = [p.name for p in (home / "builds").iterdir()]
    assert len(left) <= 2
    assert not [n for n in left if n.startswith("making-")]


def test_a_reader_keeps_its_build_while_two_newer_ones_are_put_in_place(study: Path, scratch: Path, first: Build) -> None:
    reader = LocalStore.open(first.store("me"))
    for words in ("second", "third"):
        say(study, words)
        assert read(build(study, scratch / "store")) == [words]
        assert gists(reader) == ["old"]
    assert not first.folder.exists()
    assert gists(reader) == ["old"]


def test_two_builds_at_once_make_one(study: Path, scratch: Path, first: Build) -> None:
    say(study, "both")
    both = [start(study, scratch / "store") for _ in range(2)]
    talk = [process.communicate(timeout=60)[1] for process in both]
    assert [p.returncode for p in both] == [0, 0]
    assert sorted(re.findall("built|already up to date", "".join(talk))) == ["already up to date", "built"]
    found = read_current(scratch / "store")
    assert found is not None
    assert read(found) == ["both"]


def test_unchanged_inputs_build_nothing(study: Path, scratch: Path, first: Build) -> None:
    again = build(study, scratch / "store")
    assert (again.folder, again.fresh) == (first.folder, False)
    assert current_build(study, scratch / "store").folder == first.folder


def test_touched_files_with_the_same_words_build_nothing_and_are_hashed_once(study: Path, scratch: Path, first: Build) -> None:
    for path in study.glob("*.csv"):
        os.utime(path, (1, 1))
    assert current_build(study, scratch / "store").folder == first.folder
    stamps = json.loads((first.folder / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    assert {tuple(v)[1] for k, v in stamps.items() if k.endswith(".csv") and str(study) in k} == {10**9}


@pytest.mark.parametrize("change", ["a cell", "a table more", "a rule of its own", "a term of its own", "study.toml"])
def test_a_changed_input_builds_again(change: str, study: Path, scratch: Path, first: Build) -> None:
    if change == "a cell":
        say(study, "olp")  # as long as before
    elif change == "a table more":
        (study / "claims.csv").unlink()
    elif change == "a rule of its own":
        (study / "queries" / "derive").mkdir(parents=True)
        rule = "#+ summary: x\n#+ stage: case\nCONSTRUCT { ?c a <http://example.org/Seen> } WHERE { ?c a <" + BW + "Council> }\n"
        (study / "queries" / "derive" / "99-seen.rq").write_text(rule, encoding="utf-8")
    elif change == "a term of its own":
        (study / "ontology").mkdir()
        (study / "ontology" / "own.ttl").write_text("<http://example.org/a> a <http://example.org/b> .", encoding="utf-8")
    else:
        (study / "study.toml").write_text((study / "study.toml").read_text(encoding="utf-8").replace("First coder alone", "One coder"), encoding="utf-8")
    assert current_build(study, scratch / "store").folder != first.folder


def test_a_violation_refuses_the_build_and_keeps_the_old_one(study: Path, scratch: Path, first: Build) -> None:
    table = study / "codings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",expertise,", ",expertize,"), encoding="utf-8")
    with pytest.raises(InputError, match=r"codings\.csv:2:boundary: 'expertize' .* Did you mean 'expertise'\?") as caught:
        build(study, scratch / "store")
    assert "boundwork validate" in caught.value.hint
    found = read_current(scratch / "store")
    assert found is not None
    assert (found.folder, read(found)) == (first.folder, ["old"])
    assert [p.name for p in (scratch / "store" / "builds").iterdir()] == [first.folder.name]


def test_an_edit_during_a_build_is_not_taken_for_built(study: Path, scratch: Path, first: Build) -> None:
    say(study, "before")
    made = build(study, scratch / "store", progress=lambda what, done: say(study, "during") if what.startswith("store") else None)
    assert read(made) == ["before"]
    assert read(current_build(study, scratch / "store")) == ["during"]


@pytest.mark.parametrize("damage", ["{", '{"format": 0}', *(pytest.param(text, marks=pytest.mark.slow) for text in ("[]", ""))])
def test_a_damaged_manifest_or_a_lost_store_is_built_again(damage: str, study: Path, scratch: Path, first: Build) -> None:
    (first.folder / "manifest.json").write_text(damage, encoding="utf-8")
    second = current_build(study, scratch / "store")
    assert (second.folder != first.folder, read(second)) == (True, ["old"])
    (second.store("me")).rename(scratch / "lost")
    assert read(current_build(study, scratch / "store")) == ["old"]


def test_a_store_folder_with_other_things_in_it_is_left_alone(study: Path, scratch: Path) -> None:
    (scratch / "mine").mkdir()
    (scratch / "mine" / "thesis.txt").write_text("precious", encoding="utf-8")
    with pytest.raises(InputError, match="holds no builds of boundwork"):
        build(study, scratch / "mine")
    assert [p.name for p in (scratch / "mine").iterdir()] == ["thesis.txt"]


def test_two_studies_of_one_name_have_caches_of_their_own(tmp_path: Path, cache: Path) -> None:
    assert study_cache(tmp_path / "a" / "study") != study_cache(tmp_path / "b" / "study")


def test_a_folder_that_cannot_be_made_is_one_clear_line(study: Path, scratch: Path) -> None:
    (scratch / "file").write_text("", encoding="utf-8")
    process = start(study, scratch / "file" / "store")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("boundwork: The folder ")
    assert err.count("\n") <= 2


@pytest.fixture
def small_disk(scratch: Path) -> Iterator[Path]:
    """A file system of 12 MB; only root can make one."""
    disk = scratch / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True, check=False) if os.getuid() == 0 else None
    if done is None or done.returncode:
        pytest.skip("a small file system cannot be mounted here (needs root)")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("free", [0, 1_000_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (40_000, 400_000, 2_500_000))])
def test_a_full_disk_stops_the_build_in_one_line_and_keeps_the_old_one(free: int, study: Path, small_disk: Path) -> None:
    say(study, "old")
    home = small_disk / "store"
    build(study, home)
    with open(small_disk / "filler", "wb", buffering=0) as file:
        room = os.statvfs(small_disk)
        file.write(b"x" * max(0, room.f_bavail * room.f_frsize - free))
    say(study, "new")
    process = start(study, home)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2, err
    assert "Traceback" not in err
    assert err.count("\n") <= 2
    found = read_current(home)
    assert found is not None
    assert gists(LocalStore.open(found.store("me"))) == ["old"]
    (small_disk / "filler").unlink()
    assert read(build(study, home)) == ["new"]
