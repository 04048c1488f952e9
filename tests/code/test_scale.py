"""Partitions give what one file gives, whoever makes them; what was interrupted is gone on with, and half a result is never seen."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Any

import pytest

from boundwork.errors import InputError
from boundwork.explore.validation import validate_study
from boundwork.explore.working_list import work_through
from boundwork.findings import Finding
from boundwork.pipeline.build import build
from boundwork.populate.rows import Known
from boundwork.rules import Texts, run_partition
from boundwork.scale import building
from boundwork.scale.blocks import cut, look, rows_of, settle
from boundwork.scale.engines import engine_named
from boundwork.scale.layout import read_manifest, sha256_of
from boundwork.scale.run import build_partitions
from boundwork.scale.studies import studies_in
from boundwork.scale.validate import validate_partitions
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from conftest import ROOT, STUDIES, Run
from random_study import quads_of, write_random
from small_study import write_small
from spark_cluster import within

EXAMPLE = ROOT / "data" / "example-study"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """The quads that `build -o FILE.nq` writes for a shipped study."""
    known: dict[str, list[str]] = {}

    def get(name: str) -> list[str]:
        if name not in known:
            place = tmp_path_factory.mktemp("whole")
            build(ROOT / "data" / name, store=place / "store", output=place / "all.nq")
            known[name] = (place / "all.nq").read_text(encoding="utf-8").splitlines()
        return known[name]

    return get


@pytest.mark.parametrize(("name", "engine"), [pytest.param(STUDIES[0], "processes", marks=pytest.mark.slow),
                                              pytest.param(STUDIES[0], "one", marks=pytest.mark.slow), (STUDIES[1], "processes")])
def test_partitions_hold_the_quads_of_the_whole(name: str, engine: str, scratch: Path, whole: Callable[[str], list[str]]) -> None:
    made = build_partitions([ROOT / "data" / name], scratch / "parts", lambda: engine_named(engine), 3)
    found = quads_of(scratch / "parts")
    assert found == whole(name)
    manifest = read_manifest(scratch / "parts")
    assert manifest["quads"] == len(found) == sum(made.graphs.values())
    assert all(sha256_of(scratch / "parts" / n) == digest for n, (_, digest) in manifest["files"].items())
    assert not [p.name for p in scratch.iterdir() if p.name.startswith(".")]


def findings_of(sources: list[Path], output: Path, engine: str, partitions: int) -> dict[str, list[Finding]]:
    made = validate_partitions(sources, output, lambda: engine_named(engine), partitions)
    return {s: sorted(made.findings(s), key=lambda f: f.order) for s in made.manifest["studies"]}


@pytest.mark.parametrize("name", STUDIES)
def test_partitions_hold_the_findings_of_the_whole(name: str, scratch: Path) -> None:
    source = ROOT / "data" / name
    assert findings_of([source], scratch / "found", "one", 3)[name] == validate_study(source).sorted()


def test_partitions_mark_what_the_study_accepts(run: Run, tmp_path: Path) -> None:
    """The table of findings says of each what every other report says, whatever part of the study found it; and counts only what is open."""
    study = tmp_path / "study"
    shutil.copytree(EXAMPLE, study)
    found = validate_study(study).sorted()
    with open(study / "codings.csv", encoding="utf-8", newline="") as file:
        ids = {n: row["id"] for n, row in enumerate(csv.DictReader(file), 2)}
    exceptions = [[f.rule, "codings", ids[f.row], f.column, f"reason {n}", "Ann", ""] for n, f in enumerate(found) if f.file.endswith("codings.csv") and f.row]
    exceptions += [["claim-meets-evidence", "claims", "c5", "", "not asked", "Ben", ""], ["no-such-rule", "claims", "c5", "", "never", "Ben", ""],
                   ["code-identifies-other-elsewhere", "codings", "gone", "", "old", "Ben", ""]]
    with open(study / "exceptions.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["rule", "table", "id", "column", "reason", "by", "date"], *exceptions])
    expected = work_through(validate_study(study), study).report
    assert len(expected.accepted()) == len(exceptions) - 2
    for engine in ("one", "processes"):
        into = tmp_path / f"found-{engine}"
        assert findings_of([study], into, engine, 3)["example-study"] == expected.sorted()
        manifest = read_manifest(into)
        assert manifest["findings"] == {s.word: n for s, n in sorted(expected.count().items(), key=lambda c: c[0].word) if n}
        assert manifest["accepted"] == len(expected.accepted())
    said = run("validate", study, "-o", tmp_path / "by-command", "--engine", "one", cwd=tmp_path).stdout
    assert f"({len(expected.accepted())} accepted with a reason)" in said


def check_random(seeds: range, scratch: Path, engine: Callable[[], object] | str) -> None:
    """Compare what is found in a folder of random studies with what is found in each by itself."""
    sources = [write_random(scratch / f"s{n}", n, 400 if n % 4 == 0 else 40) for n in seeds]
    make = (lambda: engine_named(engine)) if isinstance(engine, str) else engine
    made = validate_partitions(sources, scratch / "found", make, 3)  # type: ignore[arg-type]
    assert set(made.manifest["studies"]) == {f"random-{n}" for n in seeds}
    for n, source in zip(seeds, sources, strict=True):
        found = sorted(made.findings(f"random-{n}"), key=lambda f: f.order)
        assert found == validate_study(source).sorted(), n


def test_random_studies_have_the_same_findings_in_partitions(scratch: Path) -> None:
    check_random(range(2), scratch, "one")


@pytest.mark.slow
def test_many_random_studies_have_the_same_findings_in_partitions(scratch: Path) -> None:
    check_random(range(2, 30), scratch, "processes")


def test_blocks_of_a_table_hold_its_rows_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    random, path, spec = Random(5), tmp_path / "claims.csv", TABLES["claims"]
    parted = stopped = 0
    for _ in range(400):
        rows = [[_cell(random) for _ in range(random.choice([5, 5, 5, 5, 4, 6]))] for _ in range(random.randrange(12))]
        text = "\n".join(",".join('"' + c.replace('"', '""') + '"' if random.random() < 0.9 else c for c in r) for r in rows)
        data = ("id,label,statement,section,note\n" + text + random.choice(["", "\n"])).encode()
        if random.random() < 0.1:
            data = data[: len(data) // 2] + random.choice([b"\0", b"\xff", b'"']) + data[len(data) // 2 :]
        path.write_bytes(data)
        table = read_table(path, spec)
        wanted = list(table.rows())
        head = read_table(path, spec)
        if not head.header:
            continue
        width = len(head.header)
        blocks = settle(cut(path, "claims", random.choice([5, 17, 60, 200])), lambda bs, w=width: [look(b, w) for b in bs])  # type: ignore[misc]
        found, said = [], list(head.findings)
        for block in blocks:
            part, records = rows_of(block, head.header, str(path))
            found += list(records)
            said += part.findings
        assert (found, said) == (wanted, table.findings), data
        assert sum(b.rows for b in blocks) - 1 == len(wanted)
        parted += len(blocks) > 1
        stopped += not table.whole
    assert parted > 200 and stopped > 20


def _cell(random: Random) -> str:
    return "".join(random.choice(["a", '"', "\n", ",", "é", " ", "x", "\r\n"]) for _ in range(random.randrange(random.choice([3, 12, 40]))))


def test_all_that_rows_are_read_with_is_told_to_partitions() -> None:
    assert {f.name for f in fields(Known)} == {"study", "vocabulary", "ids", "labels", "broken", "keep_repeated", "maps"}, (
        "Known has a new field: scale.shares must tell it to partitions (read_context, prepared)")


def test_a_study_with_violations_is_not_built_and_leaves_nothing(scratch: Path) -> None:
    source = write_random(scratch / "s1", 1)
    for _ in range(2):  # the second run goes on where the first one stopped, and says the same
        with pytest.raises(InputError, match="cannot be built"):
            build_partitions([source], scratch / "out", lambda: engine_named("one"), 2)
        assert not (scratch / "out").exists()


def test_a_build_that_is_killed_is_gone_on_with(scratch: Path, whole: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    out = scratch / "out"
    command = [sys.executable, "-m", "boundwork.cli", "build", str(EXAMPLE), "--engine", "one", "--partitions", "8", "-o", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    place = scratch / ".out.unfinished" / "studies" / "example-study" / "inferred"
    assert within(60, lambda: len(list(place.glob("0*/done.json"))) >= 2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    kept = sorted(place.glob("0*/done.json"))
    damaged = kept[0].parent / "part.nq"
    damaged.write_bytes(damaged.read_bytes().replace(b"extract", b"extrakt", 1))
    untouched = {p: p.stat().st_mtime_ns for p in kept[1:]}
    done: list[str] = []

    def counted(files: list[str], rules: dict[str, Texts], codings: str, tallies: str) -> dict[str, int]:
        done.append(files[-1])
        return run_partition(files, rules, codings, tallies)

    monkeypatch.setattr(building, "run_partition", counted)
    made = build_partitions([EXAMPLE], out, lambda: engine_named("one"), 8)
    assert made.resumed == len(kept) and len(done) == 4 * (8 - len(untouched))
    assert quads_of(out) == whole("example-study")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A study of few rows, and its quads as one process writes them."""
    place = tmp_path_factory.mktemp("small")
    build(write_small(place / "small"), store=place / "store", output=place / "small.nq")
    return place / "small", (place / "small.nq").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("what", ["parts/00001/0.nt", "common/0.nt"])
def test_a_damaged_partition_is_told_and_never_built_upon(
        what: str, scratch: Path, small: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    study, quads = small
    real = building.infer_part

    def damage(work: dict[str, Any], part: int) -> dict[str, Any]:
        if part == 0:
            path = Path(str(work["place"])) / what
            path.write_bytes(path.read_bytes()[:-20])
        return real(work, part)

    with monkeypatch.context() as patch:
        patch.setattr(building, "infer_part", damage)
        with pytest.raises(InputError, match="damaged"):
            build_partitions([study], scratch / "out", lambda: engine_named("one"), 3)
    assert not (scratch / "out").exists()
    build_partitions([study], scratch / "out", lambda: engine_named("one"), 3)
    assert quads_of(scratch / "out") == quads


def test_a_place_that_is_taken_is_left_alone(scratch: Path, small: tuple[Path, list[str]]) -> None:
    out = scratch / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds no dataset"):
        build_partitions([small[0]], out, lambda: engine_named("one"))
    shutil.rmtree(out)
    first = build_partitions([small[0]], out, lambda: engine_named("one"))
    again = build_partitions([small[0]], out, lambda: engine_named("processes"))
    assert first.fresh and not again.fresh and again.manifest == first.manifest
    with pytest.raises(InputError, match="other inputs"):
        build_partitions([small[0]], out, lambda: engine_named("one"), 2)


def test_a_folder_of_studies_is_one_dataset(scratch: Path, whole: Callable[[str], list[str]], small: tuple[Path, list[str]], run: Run) -> None:
    folder = scratch / "studies"
    shutil.copytree(EXAMPLE, folder / "example-study")
    shutil.copytree(small[0], folder / "small")
    done = run("build", folder, "-o", scratch / "out", "--engine", "one", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert quads_of(scratch / "out") == sorted({*whole("example-study"), *small[1]})
    assert sum(row["quads"] for row in json.loads(done.stdout)) == len(quads_of(scratch / "out"))
    done = run("validate", folder, "-o", scratch / "found", "--engine", "one", "--fail-on", "warning")
    assert done.returncode == 1 and "in 2 studies" in done.stdout
    rows = [row for path in (scratch / "found" / "findings").rglob("*.csv") for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]
    assert len(rows) == sum(len(validate_study(s).sorted()) for s in studies_in(str(folder)))


def test_two_studies_of_one_id_are_refused(scratch: Path) -> None:
    for name in "ab":
        shutil.copytree(EXAMPLE, scratch / "studies" / name)
    with pytest.raises(InputError, match="same id 'example-study'"):
        studies_in(str(scratch / "studies"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "example-study", "--partitions", "2"], "Name it with -o DIR"),
        (["build", "example-study", "--engine", "spark", "-o", "x.nq"], "without an ending"),
        (["build", "example-study", "--public", "-o", "parts"], "only what may be public"),
        (["build", "example-study", "--partitions", "none"], "is no number of partitions"),
        (["build", "example-study", "--engine", "many"], "invalid choice"),
        (["validate", "example-study", "-o", "x", "--format", "json"], "takes no --format"),
        (["validate", "example-study", "--partitions", "2"], "Name it with -o DIR"),
    ],
)
def test_wrong_words_are_told(words: list[str], said: str, run: Run, tmp_path: Path) -> None:
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2 and said in " ".join(done.stderr.split()) and not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_ends_in_a_clear_error_and_no_half_result(tmp_path: Path, run: Run) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not mount a tmpfs")
    try:
        done = run("build", EXAMPLE, "--engine", "processes", "--partitions", "3", "-o", disk / "out")
        assert done.returncode == 2 and "No space left on device" in done.stderr, done.stderr
        assert not (disk / "out").exists()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
