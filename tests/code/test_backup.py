"""A backup comes back as it was, byte by byte; what was changed, cut or made to reach elsewhere is refused and leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import boundwork.pipeline.backup as module
from boundwork import __version__
from boundwork.errors import BoundworkError, InputError
from boundwork.explore.session import Session
from boundwork.pipeline.backup import Saved, backup, restore
from boundwork.pipeline.build import build
from boundwork.pipeline.builds import current_build, up_to_date
from boundwork.tables.studyfile import FORMAT, read_study
from conftest import ROOT, Run
from small_study import write_small

Entries = dict[str, bytes]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study, its store and its backup, made once."""
    place = tmp_path_factory.mktemp("kept")
    folder = write_small(place / "small")
    (folder / "texts").mkdir()
    (folder / "texts" / "naïve – 1.txt").write_text("words\r\n", encoding="utf-8", newline="")
    backup(folder, place / "small.zip", place / "store")
    return place


@pytest.fixture
def study(kept: Path, scratch: Path) -> Path:
    """A copy that a test may spoil; not built."""
    return Path(shutil.copytree(kept / "small", scratch / "small"))


@pytest.fixture
def saved(kept: Path, scratch: Path) -> Path:
    return Path(shutil.copy(kept / "small.zip", scratch / "small.zip"))


def files(folder: Path) -> Entries:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_study_comes_back_as_it_was_with_its_stores(kept: Path, saved: Path, scratch: Path) -> None:
    told: list[tuple[str, int]] = []
    done = restore(saved, scratch / "back", scratch / "store", lambda what, number: told.append((what, number)))
    assert files(scratch / "back") == files(kept / "small")
    steps = [number for what, number in told if what == "restore"]
    assert steps == sorted(steps) and len(steps) >= len(files(kept / "small"))
    assert done.store == "restored"
    assert up_to_date(scratch / "back", scratch / "store") is not None
    old, new = Session(kept / "small", store=kept / "store").ask("statuses"), Session(scratch / "back", store=scratch / "store").ask("statuses")
    assert old.table == new.table and len(old.table) > 10


def test_the_dataset_with_its_provenance_is_what_a_build_writes(study: Path, saved: Path, scratch: Path) -> None:
    build(study, scratch / "store", scratch / "out.nq")
    with zipfile.ZipFile(saved) as archive:
        dataset = archive.read("dataset.nq")
    assert dataset == (scratch / "out.nq").read_bytes()
    assert b"http://www.w3.org/ns/csvw#" in dataset and b"http://www.w3.org/ns/prov#" in dataset


def test_stores_of_another_version_are_built_again(kept: Path, saved: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "__version__", "9.9.9")
    done = restore(saved, scratch / "back", scratch / "store")
    assert "another version" in done.store and "0.1.0" in done.store
    assert up_to_date(scratch / "back", scratch / "store") is None
    again = Session(scratch / "back", store=scratch / "store").ask("statuses")
    assert again.table == Session(kept / "small", store=kept / "store").ask("statuses").table


def test_a_backup_without_stores_comes_back_all_the_same(saved: Path, scratch: Path) -> None:
    def bare(entries: Entries, manifest: dict[str, object]) -> None:
        for name in [n for n in entries if n.startswith("build/")]:
            without(name, listed=True)(entries, manifest)

    assert restore(rewritten(saved, bare), scratch / "back").store == "not part of the backup, so it is built when first needed"


def test_links_are_not_followed_and_are_told(study: Path) -> None:
    (study / "elsewhere").symlink_to("/etc")
    (study / "hosts").symlink_to("/etc/hosts")
    done = backup(study, study.with_name("b.zip"), study.with_name("store"))
    assert sorted(done.passed_over) == ["elsewhere", "hosts"]
    with zipfile.ZipFile(done.path) as archive:
        assert not [n for n in archive.namelist() if "hosts" in n or "elsewhere" in n]


# ---- what is refused


def rewritten(saved: Path, change: Callable[[Entries, dict[str, object]], None], link: str = "") -> Path:
    """The same backup with other entries or another manifest."""
    with zipfile.ZipFile(saved) as archive:
        entries = {n: archive.read(n) for n in archive.namelist()}
    manifest = json.loads(entries.pop("manifest.json"))
    change(entries, manifest)
    target = saved.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            if name == link:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, data)
        archive.writestr("manifest.json", json.dumps(manifest))
    return target


def listed(data: bytes) -> dict[str, object]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def add(name: str, data: bytes = b"x") -> Callable[[Entries, dict[str, object]], None]:
    def change(entries: Entries, manifest: dict[str, object]) -> None:
        entries[name] = data
        manifest["files"][name] = listed(data)  # type: ignore[index]

    return change


def put(name: str, data: bytes) -> Callable[[Entries, dict[str, object]], None]:
    return lambda entries, manifest: entries.update({name: data})


def without(name: str, listed: bool = False) -> Callable[[Entries, dict[str, object]], None]:
    def change(entries: Entries, manifest: dict[str, object]) -> None:
        del entries[name]
        if listed:
            del manifest["files"][name]  # type: ignore[attr-defined]

    return change


CHANGES: dict[str, tuple[Callable[[Entries, dict[str, object]], None], str]] = {
    "an entry with other bytes": (lambda e, m: e.update({"study/codings.csv": bytes([e["study/codings.csv"][0] ^ 1]) + e["study/codings.csv"][1:]}), "damaged"),
    "an entry that is shorter": (lambda e, m: e.update({"study/codings.csv": e["study/codings.csv"][:-1]}), "another size"),
    "an entry that is missing": (without("study/codings.csv"), "not what the manifest lists"),
    "an entry that nobody lists": (put("study/more.csv", b"x"), "not what the manifest lists"),
    "a path that climbs": (add("study/../../out.csv"), "would not stay in its folder"),
    "an absolute path": (add("/tmp/out.csv"), "would not stay in its folder"),
    "a path of Windows": (add("study\\..\\out.csv"), "would not stay in its folder"),
    "a drive": (add("study/C:out.csv"), "would not stay in its folder"),
    "another folder": (add("home/out.csv"), "would not stay in its folder"),
    "a newer format": (lambda e, m: m.update(format=2), "made by a newer boundwork"),
    "no format": (lambda e, m: m.update(format=None), "says something else"),
    "no study": (without("study/study.toml", listed=True), "it holds no study.toml"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_backup_is_refused_whole(name: str, saved: Path, scratch: Path) -> None:
    change, said = CHANGES[name]
    before = set(scratch.rglob("*"))
    with pytest.raises(InputError, match=said):
        restore(rewritten(saved, change), scratch / "back")
    assert set(scratch.rglob("*")) - before == {saved.with_name("changed.zip")}


def test_a_link_in_a_backup_is_refused(saved: Path, scratch: Path) -> None:
    with pytest.raises(InputError, match="would not stay in its folder"):
        restore(rewritten(saved, lambda e, m: None, link="study/codings.csv"), scratch / "back")


@pytest.mark.parametrize(("manifest", "said"), [(None, "it has no manifest.json"), (b"{", "its manifest.json cannot be read"),
                                                (b"[]", "its manifest.json says something else")])
def test_an_archive_without_a_manifest_of_ours_is_refused(manifest: bytes | None, said: str, scratch: Path) -> None:
    with zipfile.ZipFile(scratch / "other.zip", "w") as archive:
        archive.writestr("study/study.toml", "")
        if manifest is not None:
            archive.writestr("manifest.json", manifest)
    with pytest.raises(InputError, match=said):
        restore(scratch / "other.zip", scratch / "back")


def test_a_manifest_is_read_up_to_its_limit(saved: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(saved) as archive:
        size = archive.getinfo("manifest.json").file_size
    monkeypatch.setattr(module, "MOST_MANIFEST", size - 1)
    with pytest.raises(InputError, match=r"no manifest\.json"):
        restore(saved, scratch / "back")
    monkeypatch.setattr(module, "MOST_MANIFEST", size)
    assert restore(saved, scratch / "back", scratch / "store").study == "small"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_is_there_twice_is_named(saved: Path, scratch: Path) -> None:
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("study/codings.csv", b"x")
    with pytest.raises(InputError, match=r"entry 'study/codings\.csv' is not what the manifest lists"):
        restore(saved, scratch / "back")


def test_an_entry_that_unpacks_to_more_than_it_says_is_cut_and_refused(saved: Path, scratch: Path) -> None:
    def bomb(entries: Entries, manifest: dict[str, object]) -> None:
        entries["study/codings.csv"] = b"0" * 10_000_000

    with pytest.raises(InputError, match="another size"):
        restore(rewritten(saved, bomb), scratch / "back")


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bits_and_cuts_never_pass(seed: int, kept: Path, saved: Path, scratch: Path) -> None:
    """A flipped bit is found, or it stands where nothing is read (a date, a comment) and the study is the same."""
    chance = random.Random(seed)
    data = bytearray(saved.read_bytes())
    if seed % 4 == 0:
        del data[chance.randrange(len(data)):]
    else:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    (scratch / "bad.zip").write_bytes(data)
    try:
        restore(scratch / "bad.zip", scratch / "back", scratch / "store")
    except BoundworkError:
        assert not (scratch / "back").exists()
        assert not list(scratch.glob(".back*"))
    else:
        assert files(scratch / "back") == files(kept / "small")


def test_an_entry_that_no_longer_unpacks_is_refused(saved: Path, scratch: Path) -> None:
    """Bytes that are no deflate stream at all: zlib says so before zipfile gets to compare a checksum."""
    data = bytearray(saved.read_bytes())
    with zipfile.ZipFile(saved) as archive:
        start = archive.getinfo("study/codings.csv").header_offset
    at = start + 30 + sum(data[start + i] + 256 * data[start + i + 1] for i in (26, 28))
    data[at : at + 4] = b"\xff" * 4
    (scratch / "bad.zip").write_bytes(data)
    with pytest.raises(InputError, match="no backup that can be read"):
        restore(scratch / "bad.zip", scratch / "back")
    assert not list(scratch.glob("*back*"))


@pytest.mark.parametrize("text", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 40])
def test_what_is_no_zip_is_one_line(text: bytes, scratch: Path, run: Run) -> None:
    (scratch / "no.zip").write_bytes(text)
    done = run("restore", scratch / "no.zip", "-o", scratch / "back")
    assert done.returncode == 2 and done.stderr.count("\n") <= 3 and not (scratch / "back").exists()


def test_a_folder_that_holds_something_is_left_alone(saved: Path, scratch: Path) -> None:
    (scratch / "back").mkdir()
    (scratch / "back" / "mine.txt").write_text("mine", encoding="utf-8")
    for place in (scratch / "back", scratch / "back" / "mine.txt"):
        with pytest.raises(InputError, match="exists and is not empty"):
            restore(saved, place)
    assert files(scratch / "back") == {"mine.txt": b"mine"}


def test_an_empty_folder_is_taken(kept: Path, saved: Path, scratch: Path) -> None:
    (scratch / "back").mkdir()
    done = restore(saved, scratch / "back", scratch / "store")
    assert (done.folder, done.study, done.files, done.made_by) == (scratch / "back", "small", len(files(kept / "small")), __version__)
    assert files(scratch / "back") == files(kept / "small")
    assert not list(scratch.glob(".back*"))


def test_a_place_where_nothing_can_be_written_or_read_is_told_with_the_cause(saved: Path, scratch: Path) -> None:
    with pytest.raises(InputError) as missing:
        restore(scratch / "no.zip", scratch / "back")
    assert (missing.value.message, missing.value.hint) == (f"{scratch / 'no.zip'}: No such file or directory.", "Nothing was restored.")
    with pytest.raises(InputError, match=": File name too long") as long:
        restore(saved, scratch / ("n" * 250))
    assert "small.zip" not in long.value.message


def test_a_backup_inside_the_study_or_in_no_folder_is_refused(study: Path) -> None:
    with pytest.raises(InputError, match="lies inside the study"):
        backup(study, study / "b.zip")
    with pytest.raises(InputError, match=r"There is no folder .*nowhere"):
        backup(study, study.parent / "nowhere" / "b.zip")


def test_a_backup_says_what_it_holds(study: Path, scratch: Path) -> None:
    told: list[int] = []
    done = backup(study, scratch / "b.zip", scratch / "store", lambda what, number: told.append(number) if what == "backup" else None)
    build(study, scratch / "store", scratch / "out.nq")
    with zipfile.ZipFile(scratch / "b.zip") as archive:
        sizes = {i.filename: i.file_size for i in archive.infolist()}
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.read("dataset.nq") == (scratch / "out.nq").read_bytes()
        assert manifest["files"] == {n: listed(archive.read(n)) for n in sizes if n != "manifest.json"}
    study_bytes, store_bytes = (sum(size for name, size in sizes.items() if name.startswith(part)) for part in ("study/", "build/"))
    assert done == Saved(scratch / "b.zip", "small", len(files(study)), study_bytes, sizes["dataset.nq"], store_bytes, ())
    assert study_bytes == sum(map(len, files(study).values()))
    assert told == list(range(len(manifest["files"])))


def test_from_the_command_line_and_back(scratch: Path, run: Run) -> None:
    shutil.copytree(ROOT / "data" / "example-study", scratch / "mine")
    assert run("backup", scratch / "mine", "-o", scratch / "b.zip").returncode == 0
    done = run("restore", scratch / "b.zip", "-o", scratch / "back")
    assert done.returncode == 0 and "Stores: restored." in done.stderr.replace("\n", " ")
    assert run("restore", scratch / "b.zip", "-o", scratch / "back").returncode == 2
    assert files(scratch / "back") == files(scratch / "mine")


# ---- formats


def test_a_study_of_a_newer_format_is_refused_in_one_line(study: Path, run: Run) -> None:
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("[study]", f"[study]\nformat = {FORMAT + 1}"), encoding="utf-8")
    for verb in ("build", "agreement"):
        done = run(verb, study)
        assert done.returncode == 2 and f"format {FORMAT + 1}, made for a newer boundwork" in done.stderr
    toml.write_text(toml.read_text(encoding="utf-8").replace(f"format = {FORMAT + 1}", "format = 0"), encoding="utf-8")
    with pytest.raises(InputError, match="no format"):
        read_study(study)
    toml.write_text(toml.read_text(encoding="utf-8").replace("format = 0", f"format = {FORMAT}"), encoding="utf-8")
    assert read_study(study).id == "small"


@pytest.mark.parametrize("change", [{"format": 0}, {"format": 99}, {"boundwork": "0.0.9"}])
def test_a_store_of_another_format_or_version_is_made_again_and_never_read(kept: Path, scratch: Path, change: dict[str, object]) -> None:
    study = kept / "small"
    shutil.copytree(kept / "store", scratch / "store")
    first = current_build(study, scratch / "store")
    path = first.folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    for store in (first.folder / "stores").iterdir():
        (store / "CURRENT").write_bytes(b"not a store of this version\n")
    assert up_to_date(study, scratch / "store") is None
    again = build(study, scratch / "store")
    assert again.fresh and again.folder != first.folder
    assert Session(study, store=scratch / "store").ask("statuses").table


def test_a_backup_is_of_format_1_packed_and_without_what_is_no_part_of_a_study(study: Path) -> None:
    for name in (".DS_Store", ".git/config", "texts/__pycache__/x.pyc", "codings.csv.tmp-1", "notes.txt"):
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).write_text("x", encoding="utf-8")
    done = backup(study, study.with_name("b.zip"), study.with_name("store"))
    with zipfile.ZipFile(done.path) as archive:
        names = [n.removeprefix("study/") for n in archive.namelist() if n.startswith("study/")]
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_DEFLATED}
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert sum(i.compress_size for i in archive.infolist()) < sum(i.file_size for i in archive.infolist()) / 2
        assert json.loads(archive.read("manifest.json"))["format"] == 1
    assert [n for n in names if "." in n and n.partition(".")[2] not in ("csv", "toml", "rq")] == ["notes.txt", "texts/naïve – 1.txt"]


def test_a_backup_goes_where_no_folder_is_yet(saved: Path, scratch: Path) -> None:
    assert restore(saved, scratch / "new" / "deep" / "back", scratch / "store").folder.name == "back"


def test_the_first_of_several_strange_entries_is_named(saved: Path, scratch: Path) -> None:
    def change(entries: Entries, manifest: dict[str, object]) -> None:
        entries.update({"study/b.csv": b"x", "study/a.csv": b"x"})

    with pytest.raises(InputError, match=r"'study/a\.csv' is not what the manifest lists"):
        restore(rewritten(saved, change), scratch / "back")


def test_blocks_end_at_the_size_that_was_announced() -> None:
    assert [b"".join(module._blocks(io.BytesIO(b"0123456789"), size)) for size in (0, 1, 4, 10, 11)] == [b"", b"0", b"0123", b"0123456789", b"0123456789"]
