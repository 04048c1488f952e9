"""Spark on a real cluster: the quads and findings of one machine, also when a worker dies, hangs, or the driver is killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from boundwork.explore.validation import validate_study
from boundwork.pipeline.build import build
from boundwork.scale.cluster import Spark
from boundwork.scale.engines import engine_named
from boundwork.scale.run import build_partitions
from boundwork.scale.validate import validate_partitions
from conftest import ROOT, STUDIES, Run
from random_study import quads_of, write_random
from servers import free_port
from spark_cluster import Cluster, cluster, need_spark, within

EXAMPLE = ROOT / "data" / "example-study"
PARTS = 6


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The quads of the example study, made by one process."""
    place = tmp_path_factory.mktemp("whole")
    build(EXAMPLE, store=place / "store", output=place / "all.nq")
    return (place / "all.nq").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[Cluster]:
    """A master and two workers."""
    need_spark()
    with cluster(tmp_path) as made:
        yield made


def start(where: Cluster, out: Path, *more: str) -> subprocess.Popen[str]:
    """Start a build on a cluster as a user does, with names as seen from the current folder."""
    words = ["build", os.path.relpath(EXAMPLE, out.parent), "--engine", "spark", "--master", where.master, "--partitions", str(PARTS), "-o", out.name, *more]
    return subprocess.Popen([sys.executable, "-m", "boundwork.cli", *words], cwd=out.parent, env={**where.env, "BOUNDWORK_SPARK_BLOCK": "4000"}, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def until(process: subprocess.Popen[str], out: Path, least: int = 1) -> None:
    """Wait until so many partitions of the rules are done, and the build is not."""
    place = out.with_name(f".{out.name}.unfinished") / "studies" / "example-study" / "inferred"
    assert within(300, lambda: len(list(place.glob("0*/done.json"))) >= least or process.poll() is not None)
    assert process.poll() is None, process.communicate()


def ended(process: subprocess.Popen[str], status: int = 0) -> str:
    out, said = process.communicate(timeout=400)
    assert process.returncode == status, said[-3000:] + out[-500:]
    assert "Traceback" not in said
    return said


def test_a_worker_that_is_killed_changes_nothing(two_workers: Cluster, tmp_path: Path, wanted: list[str]) -> None:
    out = tmp_path / "out"
    process = start(two_workers, out)
    until(process, out)
    two_workers.signal(0, signal.SIGKILL)
    ended(process)
    assert quads_of(out) == wanted
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".out")]


@pytest.mark.slow
def test_a_worker_that_hangs_for_ever_changes_nothing(two_workers: Cluster, tmp_path: Path, wanted: list[str]) -> None:
    out = tmp_path / "out"
    process = start(two_workers, out)
    until(process, out)
    two_workers.signal(1, signal.SIGSTOP)
    ended(process)
    assert quads_of(out) == wanted


@pytest.mark.slow
def test_a_driver_that_is_killed_is_gone_on_with(two_workers: Cluster, tmp_path: Path, wanted: list[str]) -> None:
    out = tmp_path / "out"
    process = start(two_workers, out)
    until(process, out, 2)
    process.kill()
    process.communicate()
    assert not out.exists()
    said = ended(start(two_workers, out))
    assert "taken over" in said
    assert quads_of(out) == wanted


@pytest.mark.slow
def test_a_partition_that_is_damaged_meanwhile_is_made_anew(two_workers: Cluster, tmp_path: Path, wanted: list[str]) -> None:
    out = tmp_path / "out"
    process = start(two_workers, out)
    until(process, out, 2)
    process.kill()
    process.communicate()
    for path in (out.with_name(".out.unfinished") / "studies" / "example-study").rglob("*.nt"):
        path.write_bytes(path.read_bytes()[:-10])
    ended(start(two_workers, out))
    assert quads_of(out) == wanted


@pytest.mark.slow
def test_a_cluster_without_workers_is_told(tmp_path: Path) -> None:
    need_spark()
    with cluster(tmp_path, workers=0) as made:
        made.env["BOUNDWORK_SPARK_PATIENCE"] = "8"
        said = ended(start(made, tmp_path / "out"), 2)
    assert "took work for 8 seconds" in " ".join(said.split())
    assert not (tmp_path / "out").exists()


def test_a_master_that_is_not_there_is_told(tmp_path: Path, run: Run) -> None:
    need_spark()
    words = ["build", EXAMPLE, "--engine", "spark", "--master", f"spark://127.0.0.1:{free_port()}", "-o", tmp_path / "out"]
    done = run(*words, env={"BOUNDWORK_SPARK_PATIENCE": "1"})
    assert done.returncode == 2 and "No Spark master can be reached at spark://127.0.0.1:" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("said", ["Cannot call methods on a stopped SparkContext.", "org.apache.spark.SparkException: Task not serializable"])
def test_why_spark_ended_the_application_is_told_whatever_it_interrupted(said: str, tmp_path: Path) -> None:
    engine = object.__new__(Spark)
    engine.master, engine._log = "spark://127.0.0.1:7077", tmp_path / "log"
    engine._log.write_text("ERROR X: Application has been killed. Reason: All masters are unresponsive! Giving up.\nERROR Y: z\n", encoding="utf-8")
    assert "stopped: All masters are unresponsive! Giving up." in str(engine._told(RuntimeError(said)))
    engine._log.write_text("", encoding="utf-8")
    assert f"stopped: {said.rstrip('.')}." in str(engine._told(RuntimeError(said)))


@pytest.mark.slow
def test_a_master_that_never_answers_is_told(tmp_path: Path, run: Run) -> None:
    need_spark()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:  # Spark itself waits for three times 20 seconds
        done = run("build", EXAMPLE, "--engine", "spark", "--master", f"spark://127.0.0.1:{silent.getsockname()[1]}", "-o", tmp_path / "out")
    assert done.returncode == 2 and "stopped: All masters are unresponsive" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_on_the_cluster_ends_in_a_clear_error(two_workers: Cluster, tmp_path: Path, wanted: list[str]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not mount a tmpfs")
    try:
        said = ended(start(two_workers, disk / "out"), 2)
        assert "no room on its disk" in " ".join(said.split()) or "No space left" in said
        assert not (disk / "out").exists()
        subprocess.run(["mount", "-o", "remount,size=80m", disk], check=True)
        ended(start(two_workers, disk / "out"))
        assert quads_of(disk / "out") == wanted
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_spark_gives_the_quads_of_one_process(name: str, tmp_path: Path) -> None:
    need_spark()
    build(ROOT / "data" / name, store=tmp_path / "store", output=tmp_path / "all.nq")
    build_partitions([ROOT / "data" / name], tmp_path / "out", lambda: engine_named("spark", "local[2]"), 3)
    assert quads_of(tmp_path / "out") == (tmp_path / "all.nq").read_text(encoding="utf-8").splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_spark_gives_the_findings_of_one_process(name: str, tmp_path: Path) -> None:
    need_spark()
    source = ROOT / "data" / name
    made = validate_partitions([source], tmp_path / "found", lambda: engine_named("spark", "local[2]"), 3)
    assert made.report().sorted() == validate_study(source).sorted()


@pytest.mark.slow
def test_spark_gives_the_findings_of_one_process_on_random_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_spark()
    monkeypatch.setenv("BOUNDWORK_SPARK_BLOCK", "3000")
    seeds = range(12)
    sources = [write_random(tmp_path / f"s{n}", n, 400 if n % 4 == 0 else 40) for n in seeds]
    made = validate_partitions(sources, tmp_path / "found", lambda: engine_named("spark", "local[2]"), 3)
    for n, source in zip(seeds, sources, strict=True):
        assert sorted(made.findings(f"random-{n}"), key=lambda f: f.order) == validate_study(source).sorted(), n


@pytest.mark.slow
def test_parquet_gives_the_quads_of_csv(tmp_path: Path, wanted: list[str]) -> None:
    need_spark()
    study = tmp_path / "example-study"
    shutil.copytree(EXAMPLE, study)
    code = """
import csv, sys
from pathlib import Path
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
for name in ("extracts", "codings"):
    path = Path(sys.argv[1]) / f"{name}.csv"
    head, *rows = csv.reader(path.open(encoding="utf-8", newline=""))
    spark.createDataFrame([[c or None for c in r] for r in rows], ", ".join(f"`{h}` string" for h in head)).coalesce(1).write.parquet(
        str(path.with_suffix(".parquet")))
    path.unlink()
"""
    subprocess.run([sys.executable, "-c", code, str(study)], check=True, capture_output=True, timeout=200)
    build_partitions([study], tmp_path / "out", lambda: engine_named("spark", "local[2]"), 2)
    assert quads_of(tmp_path / "out") == wanted


def test_what_is_missing_is_named_with_what_to_install(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "boundwork.cli", "build", str(EXAMPLE), "--engine", "spark", "-o", str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "JAVA_HOME": str(tmp_path)}, check=False)
    assert done.returncode == 2 and "Java 17" in done.stderr and "openjdk-17" in done.stderr
    blind = "import importlib.util as u, sys; real = u.find_spec; u.find_spec = lambda n, *a: None if n == 'pyspark' else real(n, *a)\n"
    run = f"{blind}from boundwork.cli.main import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", run, *words[3:]], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "pip install 'boundwork[spark]'" in done.stderr
    assert not (tmp_path / "out").exists()
