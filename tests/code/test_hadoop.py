"""Datasets and studies at addresses of stores that Hadoop reaches, by Hadoop's own classes: there whole or not at all, the same quads and findings.

Two kinds of store: viewfs:// renames a folder at once, as HDFS does; of blob:// nobody knows that, as of an object store. Both
are file systems of Hadoop's, whose mount table leads to a folder of the test.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from boundwork.errors import InputError
from boundwork.explore.validation import validate_study
from boundwork.pipeline.build import build
from boundwork.scale import cluster_files
from boundwork.scale.cluster_files import Files, found_access, is_uri, plain_path
from boundwork.scale.engines import engine_named
from boundwork.scale.layout import SUCCESS
from boundwork.scale.loading import read_parts
from boundwork.scale.stores import build_at, datasets_at, validate_at
from conftest import Run
from random_study import quads_of, write_random
from small_study import write_small
from spark_cluster import need_spark

KINDS = ("viewfs://store/data", "blob://store/data")
SETTINGS = """\
spark.hadoop.fs.blob.impl org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme
spark.hadoop.fs.viewfs.overload.scheme.target.blob.impl org.apache.hadoop.fs.LocalFileSystem
spark.hadoop.fs.viewfs.overload.scheme.target.file.impl org.apache.hadoop.fs.LocalFileSystem
spark.hadoop.fs.viewfs.mounttable.store.link./data {folder}
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that /data of the stores leads to, and the settings of Spark that say so."""
    need_spark()
    place = tmp_path_factory.mktemp("hadoop")
    (place / "data").mkdir()
    (place / "conf").mkdir()
    (place / "conf" / "spark-defaults.conf").write_text(SETTINGS.format(folder=(place / "data").as_uri()), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(place / "conf"))
        patch.setattr(cluster_files, "_FOUND", [])
        yield place / "data"


@pytest.fixture
def data(settings: Path) -> Iterator[Path]:
    """The same, with a study of few rows in /data/studies."""
    write_small(settings / "studies" / "small")
    yield settings
    for path in list(settings.iterdir()):
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The quads of that study, made by one process."""
    place = tmp_path_factory.mktemp("whole")
    build(write_small(place / "small"), store=place / "store", output=place / "all.nq")
    return (place / "all.nq").read_text(encoding="utf-8").splitlines()


def one() -> Any:
    return engine_named("one")


def copied(folder: Path) -> list[str]:
    """The files of a store, without what Hadoop writes beside files of a local disk."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.suffix != ".crc")


@pytest.mark.parametrize("kind", KINDS)
def test_a_build_that_stops_while_it_is_shipped_is_gone_on_with_and_never_seen_half(
        kind: str, data: Path, scratch: Path, wanted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real = Files.put
    sent: list[str] = []
    again: list[str] = []

    def counted(self: Files, source: Path, uri: str) -> int:
        again.append(uri)
        return real(self, source, uri)

    def failing(self: Files, source: Path, uri: str) -> int:
        if len(sent) == 2:
            raise InputError("The store is gone.")
        sent.append(uri)
        return real(self, source, uri)

    asked = (f"{kind}/studies", f"{kind}/parts", one, 2, scratch / "work")
    with monkeypatch.context() as patch:
        patch.setattr(Files, "put", failing)
        with pytest.raises(InputError, match="The store is gone"):
            build_at(*asked)
    assert not (data / "parts" / SUCCESS).exists() and len(sent) == 2
    with pytest.raises(InputError, match="no finished dataset"), datasets_at([f"{kind}/parts"]):
        pass
    monkeypatch.setattr(Files, "put", counted)
    made = build_at(*asked)
    assert made.fresh and not set(again) & set(sent) and len(again) == 2
    assert copied(data / "parts") == sorted(["_SUCCESS", "manifest.json", *made.manifest["files"]])
    assert sorted(p.name for p in data.iterdir()) == ["parts", "studies"]
    with datasets_at([f"{kind}/parts"]) as (folder,):
        assert quads_of(folder) == wanted
        assert sum(read_parts([folder])[1].values()) == len(wanted)
    assert not build_at(*asked).fresh and len(again) == 2
    with pytest.raises(InputError, match="dataset of other inputs"):
        build_at(f"{kind}/studies", f"{kind}/parts", one, 3, scratch / "work")
    victim = data / "parts" / "quads" / "small" / "part-00001.nq"
    victim.with_name(f".{victim.name}.crc").unlink()
    victim.write_bytes(victim.read_bytes().replace(b"extract", b"extrakt", 1))
    with pytest.raises(InputError, match="damaged"), datasets_at([f"{kind}/parts"]):
        pass


def test_findings_on_tables_of_a_store_name_their_address(data: Path, scratch: Path) -> None:
    shutil.rmtree(data / "studies" / "small")
    write_random(data / "studies" / "odd", 1)
    made = validate_at("blob://store/data/studies", str(scratch / "found"), one, 2, work=scratch / "work")
    alone = [replace(f, file=f.file.replace(str(data), "blob://store/data")) for f in validate_study(data / "studies" / "odd").sorted()]
    assert sorted(made.findings(), key=lambda f: f.order) == sorted(alone, key=lambda f: f.order)
    assert any(f.file == "blob://store/data/studies/odd/codings.csv" for f in alone)


def test_a_place_that_is_taken_and_a_study_that_is_not_there_are_told(data: Path, scratch: Path) -> None:
    (data / "letters").mkdir()
    (data / "letters" / "a.txt").write_text("mine", encoding="utf-8")
    for kind in KINDS:
        with pytest.raises(InputError, match="holds no dataset"):
            build_at("example-study", f"{kind}/letters", one, 2, scratch / "work")
        with pytest.raises(InputError, match="holds no study"):
            build_at(f"{kind}/letters", str(scratch / "out"), one)
        with pytest.raises(InputError, match="There is no folder"):
            build_at(f"{kind}/none", str(scratch / "out"), one)
        with pytest.raises(InputError, match="names no folder"):
            build_at("example-study", f"{kind.removesuffix('data')}", one, 2, scratch / "work")
    assert (data / "letters" / "a.txt").read_text(encoding="utf-8") == "mine"
    files = Files(found_access())
    with pytest.raises(InputError, match=r"S3AFileSystem not found.*jar of this store"):
        files.entry("s3a://bucket/parts")
    with pytest.raises(InputError, match='No FileSystem for scheme "nosuch"'):
        files.entry("nosuch://bucket/parts")


@pytest.mark.parametrize(("name", "uri", "path"), [
    ("hdfs://h/a", True, None), ("file:///a%20b", True, "/a b"), ("file:/a", True, "/a"), ("a/b", False, None), ("C:/a", False, None)])
def test_addresses_and_paths_are_told_apart(name: str, uri: bool, path: str | None) -> None:
    assert is_uri(name) == uri
    assert not uri or plain_path(name) == path


def test_a_file_address_is_a_path(run: Run, scratch: Path, wanted: list[str]) -> None:
    study, out = write_small(scratch / "small"), (scratch / "parts out").as_uri()
    done = run("build", study.as_uri(), "-o", out, "--engine", "one", "--partitions", "2")
    assert done.returncode == 0, done.stderr
    assert quads_of(scratch / "parts out") == wanted
    done = run("build", study, "-o", "file://elsewhere/parts")
    assert done.returncode == 2 and "names the machine elsewhere" in done.stderr


@pytest.mark.slow
def test_spark_reads_and_writes_a_store_on_the_command_line(data: Path, scratch: Path, wanted: list[str], run: Run) -> None:
    words = ["build", "blob://store/data/studies", "-o", "viewfs://store/data/parts", "--engine", "spark", "--master", "local[2]", "--partitions", "3",
             "--work", scratch / "work"]
    done = run(*words)
    assert done.returncode == 0, done.stderr
    with datasets_at(["viewfs://store/data/parts"]) as (folder,):
        assert quads_of(folder) == wanted
    done = run("validate", "viewfs://store/data/studies", "-o", "blob://store/data/found", "--engine", "spark", "--work", scratch / "work")
    assert done.returncode == 1 and (data / "found" / SUCCESS).is_file(), done.stderr
    found = Counter(f.severity.word for f in validate_study(data / "studies" / "small").findings)
    assert found and [int(n) for n in re.findall(r"(\d+) (?:violation|warning|info)", done.stdout)] == [found[s] for s in ("violation", "warning", "info")]
    done = run("load", "blob://store/data/parts", "--into", scratch / "archive")
    assert done.returncode == 0 and f"{len(wanted):,} quads loaded" in done.stderr, done.stderr
