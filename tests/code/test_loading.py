"""Partitions in a store hold every quad, and a question asked of several studies answers as each study answers by itself."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from boundwork.errors import InputError, UsageError
from boundwork.explore.session import Session, open_study
from boundwork.explore.several import ask_several, open_loaded, open_several
from boundwork.pipeline.builds import Build
from boundwork.scale.engines import engine_named
from boundwork.scale.loading import load_local, load_server, load_virtuoso, read_parts
from boundwork.scale.run import build_partitions
from conftest import ROOT, STUDIES, Run
from random_study import quads_of
from servers import VIRTUOSO, free_port, oxigraph, sql_address, virtuoso
from small_study import write_small

LISTED = ("hybrid-council-types", "roles-and-logics", "change-between-waves")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of few rows."""
    return write_small(tmp_path_factory.mktemp("studies") / "small")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, small: Path) -> Path:
    """The example study and a small one as one dataset in partitions."""
    place = tmp_path_factory.mktemp("loading") / "parts"
    build_partitions([ROOT / "data" / STUDIES[1], small], place, lambda: engine_named("one"), 2)
    return place


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both shipped studies as one dataset in partitions."""
    place = tmp_path_factory.mktemp("loading") / "parts"
    build_partitions([ROOT / "data" / name for name in STUDIES], place, lambda: engine_named("one"), 2)
    return place


@pytest.fixture(scope="module")
def archive(parts: Path) -> Path:
    """A local store that holds the two studies."""
    load_local([parts], parts.with_name("archive"))
    return parts.with_name("archive")


def test_a_loaded_store_counts_every_quad(parts: Path, archive: Path) -> None:
    told = json.loads((archive / "manifest.json").read_text(encoding="utf-8"))
    assert sum(told["graphs"].values()) == len(quads_of(parts))
    assert set(told["studies"]) == {STUDIES[1], "small"}
    assert [p.name for p in archive.parent.iterdir() if p.name.startswith(".")] == []


def slugs() -> list[str]:
    return sorted(p.stem for p in (ROOT / "queries" / "ask").glob("*.rq"))


def check_answers(archive: Path, alone: dict[str, Session], asked: Iterable[str]) -> None:
    """Compare what several studies answer together with what each answers by itself."""
    loaded = open_loaded(archive, [])
    for slug in asked:
        together = ask_several(loaded, slug)
        for name, study in alone.items():
            rows = [{k: v for k, v in row.items() if k != together.column} for row in together.table if row[together.column] == name]
            wanted = study.ask(slug)
            assert rows == (wanted.table if wanted.truth is None else [{"answer": wanted.truth}]), (slug, name)
        assert {row[together.column] for row in together.table} <= set(alone)


def test_several_studies_answer_as_each_by_itself(archive: Path, small: Path, builds: dict[str, Build]) -> None:
    check_answers(archive, {STUDIES[1]: open_study(STUDIES[1]), "small": open_study(str(small))}, LISTED)


@pytest.mark.slow
def test_both_shipped_studies_answer_every_question_as_each_by_itself(shipped: Path, builds: dict[str, Build]) -> None:
    load_local([shipped], shipped.with_name("archive"))
    check_answers(shipped.with_name("archive"), {name: open_study(name) for name in STUDIES}, slugs())


def test_one_or_several_studies_are_asked_on_the_command_line(archive: Path, run: Run, builds: dict[str, Build]) -> None:
    one = run("ask", LISTED[0], "--loaded", archive, "--study", STUDIES[1], "--format", "json")
    both = run("ask", LISTED[0], "--study", STUDIES[1], "--study", STUDIES[0], "--format", "json")
    alone = run("ask", LISTED[0], "--study", STUDIES[1], "--format", "json")
    assert (one.returncode, both.returncode, alone.returncode) == (0, 0, 0), one.stderr + both.stderr
    wanted = [{"study": STUDIES[1], **row} for row in json.loads(alone.stdout)]
    assert json.loads(one.stdout) == wanted
    rows = json.loads(both.stdout)
    assert rows[: len(wanted)] == wanted and {r["study"] for r in rows[len(wanted) :]} == {STUDIES[0]}
    assert "nothing is added up" in both.stderr
    wrong = run("ask", LISTED[0], "--loaded", archive, "--study", "exmple-study")
    assert wrong.returncode == 2 and "Did you mean 'example-study'" in wrong.stderr


def test_what_cannot_be_asked_of_several_is_told(archive: Path, run: Run) -> None:
    assert "one --study" in run("ask", LISTED[0], "--loaded", archive, "--evidence").stderr
    assert "holds no loaded store" in run("ask", LISTED[0], "--loaded", archive.parent).stderr
    with pytest.raises(UsageError, match="named twice"):
        open_several([STUDIES[0], STUDIES[0]])


def test_a_damaged_or_foreign_dataset_is_not_loaded(parts: Path, tmp_path: Path) -> None:
    copy = tmp_path / "parts"
    shutil.copytree(parts, copy)
    file = next((copy / "quads" / "example-study").glob("part-*.nq"))
    file.write_bytes(file.read_bytes().replace(b"extract", b"extrakt", 1))
    with pytest.raises(InputError, match="damaged"):
        load_local([copy], tmp_path / "store")
    with pytest.raises(InputError, match="in two of the datasets"):
        read_parts([parts, parts])
    with pytest.raises(InputError, match="no finished dataset"):
        read_parts([tmp_path])
    with pytest.raises(InputError, match="There is no folder"):
        read_parts([tmp_path / "elsewhere"])
    assert not (tmp_path / "store").exists()


def test_a_store_that_is_there_is_not_loaded_into(parts: Path, archive: Path) -> None:
    with pytest.raises(InputError, match="not empty"):
        load_local([parts], archive)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of an Oxigraph server with an empty store."""
    with oxigraph(tmp_path / "db") as url:
        yield url.removesuffix("/query")


def test_an_oxigraph_server_takes_partitions_in_bulk(parts: Path, server: str, run: Run) -> None:
    done = run("load", parts, "--into", server, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert sum(row["quads"] for row in json.loads(done.stdout)) == len(quads_of(parts))
    load_server([parts], server)  # the same quads again are no other quads
    extra = '<urn:a> <urn:b> "c" <https://w3id.org/boundwork/graph/example-study/study> .\n'
    request = urllib.request.Request(f"{server}/store", extra.encode(), {"Content-Type": "application/n-quads"})
    urllib.request.urlopen(request, timeout=10).close()
    again = run("load", parts, "--into", server)
    assert again.returncode == 2 and "the manifest says" in again.stderr


def test_a_server_that_is_not_there_is_told(parts: Path, run: Run) -> None:
    done = run("load", parts, "--into", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 2 and "cannot be reached" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not VIRTUOSO or not shutil.which("isql-vt"), reason="Virtuoso 7 is not installed (Debian: apt install virtuoso-opensource-7-bin)")
def test_virtuoso_loads_partitions_with_its_own_loader(shipped: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with virtuoso(tmp_path, shipped.parent) as endpoint:
        host = sql_address(tmp_path)
        done = run("load", shipped, "--into", f"virtuoso:{host}", "--endpoint", endpoint, "--format", "json")
        assert done.returncode == 0, done.stderr
        assert sum(row["quads"] for row in json.loads(done.stdout)) == len(quads_of(shipped))
        monkeypatch.setenv("BOUNDWORK_VIRTUOSO_PASSWORD", "wrong")
        with pytest.raises(InputError, match="refuses"):
            load_virtuoso([shipped], host, endpoint)
