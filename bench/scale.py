"""Measures the engines of a build on partitions: time, processor, memory of driver and executors, bytes that Spark shuffles, equality.

    python bench/scale.py --sizes 10000 100000 --engines one processes spark:local[1] spark:local[2]
    python bench/scale.py --what validate --faults 0.01 --sizes 100000 --engines plain one processes spark:local[2]

Each build or validation is a session of its own, whose processes are looked at every fifth of a second; Spark's event log
tells what was shuffled. The quads or findings of all engines at one size are compared by the hash over their sorted lines;
`plain` is the command without partitions. Times vary by half on a shared machine: processor seconds say more.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from generate import generate  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@dataclass
class Cost:
    """What a build took: seconds, megabytes at the peak of each kind of process, and megabytes that were shuffled."""

    codings: int
    engine: str
    wall: float = 0.0
    cpu: float = 0.0
    lines: int = 0
    """Quads, or findings."""
    peaks: dict[str, float] = field(default_factory=dict)
    shuffled: float = 0.0
    digest: str = ""


def kind_of(command: str, leader: bool) -> str:
    if leader:
        return "driver"
    return "java" if "java" in command.split("\0", 1)[0] else "python"


def watch(process: subprocess.Popen[bytes], cost: Cost) -> None:
    """Follow the processes of a session to its end."""
    used: dict[int, float] = {}
    while process.poll() is None:
        held: dict[str, float] = {}
        for path in Path("/proc").iterdir():
            if not path.name.isdigit():
                continue
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) != process.pid:
                    continue
                kind = kind_of((path / "cmdline").read_text(), int(path.name) == process.pid)
                used[int(path.name)] = (int(fields[11]) + int(fields[12])) / TICK
                held[kind] = held.get(kind, 0.0) + int((path / "statm").read_text().split()[1]) * PAGE
            except (OSError, ValueError, IndexError):
                continue
        held["all"] = sum(held.values())
        for kind, size in held.items():
            cost.peaks[kind] = max(cost.peaks.get(kind, 0.0), size)
        time.sleep(0.2)
    cost.cpu = sum(used.values())


def shuffled(folder: Path) -> float:
    """Megabytes that the tasks of the applications wrote for others."""
    total = 0
    for path in folder.rglob("*"):
        if path.is_file():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                if '"SparkListenerTaskEnd"' in line:
                    told = json.loads(line).get("Task Metrics") or {}
                    total += told.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    return total / 1e6


def digest_of(files: list[Path], presorted: bool) -> tuple[int, str]:
    """Number of lines in all files, and hash over them sorted."""
    command = ["sort", f"--batch-size={max(2, len(files))}", *(["-m"] if presorted else []), *map(str, files)]
    total, lines = hashlib.sha256(), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(1 << 20):
            total.update(piece)
            lines += piece.count(b"\n")
    if process.returncode:
        raise SystemExit(f"sort ended with {process.returncode}")
    return lines, total.hexdigest()


def bodies(files: list[Path], into: Path) -> Path:
    """One file with the records of tables that have one header, each record in one line."""
    rows = [json.dumps(row) for path in files for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))]
    into.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return into


def measure(what: str, study: Path, codings: int, engine: str, place: Path, partitions: int) -> Cost:
    """Run a build or a validation; `plain` writes one file, and the other engines a folder of partitions."""
    cost = Cost(codings, engine)
    out, conf = place / "out", place / "conf"
    for folder in (out, conf, place / "events"):
        shutil.rmtree(folder, ignore_errors=True)
    conf.mkdir()
    (place / "events").mkdir()
    (conf / "spark-defaults.conf").write_text(
        f"spark.eventLog.enabled true\nspark.eventLog.dir file://{place / 'events'}\nspark.eventLog.compress false\n", encoding="utf-8")
    name, _, master = engine.partition(":")
    words = [sys.executable, "-m", "boundwork", what, str(study)]
    if name != "plain":
        words += ["-o", str(out), "--engine", name, *(["--master", master] if master else []), *(["--partitions", str(partitions)] if partitions else [])]
    else:
        out.mkdir()
        words += ["-o", str(out / "all.nq"), "--store", str(out / "store")] if what == "build" else ["--format", "csv", "--raw"]
    env = {**os.environ, "SPARK_CONF_DIR": str(conf), "BOUNDWORK_CACHE": str(place / "cache")}
    start = time.perf_counter()
    with open(place / "said.txt", "wb") as said, open(place / "told.csv", "wb") as told:
        process = subprocess.Popen(words, stdout=told, stderr=said, start_new_session=True, env=env)
        watch(process, cost)
    cost.wall = time.perf_counter() - start
    if process.returncode not in ((0,) if what == "build" else (0, 1)):
        raise SystemExit(f"{' '.join(words)}\nended with {process.returncode}: {(place / 'said.txt').read_text()[-1500:]}")
    if what == "build":
        cost.lines, cost.digest = digest_of([out / "all.nq"] if name == "plain" else sorted((out / "quads").rglob("*.nq")), presorted=True)
    else:
        cost.lines, cost.digest = digest_of([bodies([place / "told.csv"] if name == "plain" else sorted(out.rglob("*.csv")), place / "found.txt")], False)
    cost.shuffled = shuffled(place / "events")
    shutil.rmtree(out)
    shutil.rmtree(place / "cache", ignore_errors=True)
    return cost


def one_reading(study: Path) -> None:
    """Leave a study the first of its readings alone, which wants half the room."""
    path = study / "study.toml"
    text = path.read_text(encoding="utf-8")
    parts = re.split(r"(?m)^(?=\[)", text)
    first = next(p for p in parts if p.startswith("[readings."))
    path.write_text("".join(p for p in parts if p is first or not p.startswith("[readings.")), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the engines of a build on partitions.")
    parser.add_argument("--what", choices=("build", "validate"), default="build")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--engines", nargs="+", default=["one", "processes", "spark:local[1]", "spark:local[2]"])
    parser.add_argument("--partitions", type=int, default=0, help="partitions (default: one for 5 MB of codings)")
    parser.add_argument("--faults", type=float, default=0.0, help="share of rows with a fault that a shape names (such a study is validated, not built)")
    parser.add_argument("--one-reading", action="store_true", help="leave the study one of its two readings")
    parser.add_argument("--work", type=Path, help="folder for studies and datasets (default: a temporary one)")
    parser.add_argument("--json", type=Path, help="write the figures here as well, one line each")
    given = parser.parse_args()
    place = given.work or Path(tempfile.mkdtemp(prefix="boundwork-bench-"))
    place.mkdir(parents=True, exist_ok=True)
    things = "quads" if given.what == "build" else "findings"
    print(f"| codings | {things} | engine | wall s | CPU s | CPU / one | driver MB | executors MB (Java, Python) | together MB | shuffled MB | {things} equal |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for size in given.sizes:
        study = place / f"study-{size}-{given.faults}{'-one' if given.one_reading else ''}"
        if not (study / "study.toml").is_file():
            generate(study, size, 1, given.faults, of_shapes=True)
            if given.one_reading:
                one_reading(study)
        first: Cost | None = None
        for engine in given.engines:
            cost = measure(given.what, study, size, engine, place, given.partitions)
            first = first or cost
            peaks = cost.peaks
            print(f"| {size:,} | {cost.lines:,} | {engine} | {cost.wall:.0f} | {cost.cpu:.0f} | {cost.cpu / first.cpu:.2f} | {peaks.get('driver', 0):.0f} | "
                  f"{peaks.get('java', 0):.0f}, {peaks.get('python', 0):.0f} | {peaks.get('all', 0):.0f} | {cost.shuffled:.1f} | {'yes' if cost.digest == first.digest else 'NO'} |",
                  flush=True)
            if given.json:
                with open(given.json, "a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(cost)) + "\n")
    if not given.work:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
