"""Measures boundwork beside other engines on invented studies; prints medians and ratios as a Markdown table, and JSON with --json.

    python bench/run.py build --sizes 10000 100000 --repeat 3
    python bench/run.py ask --sizes 10000 100000 --repeat 5

Every measurement is a process of its own, and the peers take turns within each round, so that a slow minute of the machine
hits all of them. Times vary by a third on a shared machine: trust the ratios. The `oxigraph` binary is found on the path,
beside the running Python, or by --oxigraph (pip install oxigraph, in an environment of its own).
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
RDFLIB_MOST = 10_000
"""Codings beyond which rdflib is left out: it takes minutes."""


@dataclass
class Cost:
    """What one process took: seconds of wall and processor (children included), and megabytes at its peak."""

    wall: float
    cpu: float
    memory: float
    together: float = 0.0


def measure(command: list[str], stdin: Path | None = None, sample: bool = False, limit: float = 7200) -> Cost:
    """Run a command to its end and return its cost; with `sample`, also the peak memory of the process and its children together."""
    start = time.perf_counter()
    with open(stdin or os.devnull, "rb") as given, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=given, stdout=said, stderr=said)
        together = 0.0
        if sample:
            while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
                together = max(together, _resident(process.pid))
                if time.perf_counter() - start > limit:
                    process.kill()
                time.sleep(0.05)
        else:
            ended = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        _, status, used = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            said.seek(0)
            raise SystemExit(f"{' '.join(command)}\nended with {process.returncode}: {said.read().decode()[-800:]}")
    memory = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Cost(wall, used.ru_utime + used.ru_stime, memory, max(together, memory))


def _resident(pid: int) -> float:
    """Megabytes that a process and its children hold now; 0 where /proc does not say."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
        tasks = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
        return own + sum(_resident(int(child)) for task in tasks for child in task.read_text().split())
    except (OSError, ValueError, IndexError):
        return 0.0


def median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(c[key] for c in map(asdict, costs)) for key in ("wall", "cpu", "memory", "together")))


def rounds(repeat: int, peers: dict[str, Callable[[], Cost]]) -> dict[str, Cost]:
    """Let the peers take turns and return the median of each."""
    found: dict[str, list[Cost]] = {name: [] for name in peers}
    for number in range(1, repeat + 1):
        for name, run in peers.items():
            print(f"  round {number} of {repeat}: {name}          ", end="\r", file=sys.stderr, flush=True)
            found[name].append(run())
    return {name: median(costs) for name, costs in found.items()}


def study_of(size: int, work: Path, seed: int) -> Path:
    """Return a clean invented study of that many codings, written once."""
    folder = work / f"study-{size}-{seed}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, str(ROOT / "bench" / "generate.py"), "--codings", str(size), "--out", str(folder), "--seed", str(seed)], check=True)
        (folder / "done").touch()
    return folder


def boundwork(*arguments: str) -> list[str]:
    """The command as installed, else the module."""
    command = Path(sys.executable).with_name("boundwork")
    return [str(command), *arguments] if command.exists() else [sys.executable, "-m", "boundwork", *arguments]


# ----- the parts of a build, each in a process of its own: python bench/run.py step NAME STUDY FOLDER


def step_populate(study: Path, folder: Path) -> None:
    """Tables -> N-Triples files."""
    from boundwork.pipeline.inputs import load_vocabulary
    from boundwork.populate import populate
    from boundwork.tables.studyfile import read_study

    shutil.rmtree(folder / "graphs", ignore_errors=True)
    (folder / "graphs").mkdir(parents=True)
    population = populate(read_study(study), load_vocabulary(study), folder / "graphs")
    if population.findings:
        raise SystemExit(f"{len(population.findings)} findings, such as {population.findings[0]}")
    (folder / "population").write_bytes(pickle.dumps(population))


def step_rules(study: Path, folder: Path) -> None:
    """The rules over the default reading -> N-Triples files."""
    from boundwork.pipeline.inputs import load_vocabulary, ontology_files
    from boundwork.rules import infer, read_rules
    from boundwork.stores.local import n_triples

    population = pickle.loads((folder / "population").read_bytes())
    reading = population.study.reading(None)
    ontology = "".join(f"{line}\n" for i, p in enumerate(ontology_files(study)) for line in n_triples(p, f"o{i}x")).encode()
    shutil.rmtree(folder / "inferred", ignore_errors=True)
    made = infer(reading, population, load_vocabulary(study), ontology, read_rules(study), folder / "inferred")
    coding = [p for g in reading.graphs for p in population.parts[("coding", g)].values()]
    files = [p for key, parts in population.parts.items() if key[0] != "coding" for p in parts.values()] + coding + made.files
    (folder / "files").write_text("\n".join(map(str, files)), encoding="utf-8")


def step_store(study: Path, folder: Path) -> None:
    """All triples of the default reading -> a store on disk, as the build makes it."""
    from boundwork.stores.local import LocalStore

    shutil.rmtree(folder / "store", ignore_errors=True)
    (folder / "store").mkdir()
    store = LocalStore.create(folder / "store")
    for path in (folder / "files").read_text(encoding="utf-8").splitlines():
        store.load_file(Path(path), trusted=not path.endswith("~-1.nt"))  # as the build does
    store.finish()
    store.close()


def step_rdflib(study: Path, folder: Path) -> None:
    """The same triples -> an rdflib graph in memory."""
    import rdflib

    rdflib.Graph().parse(folder / "all.nt", format="nt")


def one_file(folder: Path) -> int:
    """Put what the store holds into one N-Triples file and return the number of triples."""
    triples = 0
    with open(folder / "all.nt", "wb") as out:
        for path in (folder / "files").read_text(encoding="utf-8").splitlines():
            with open(path, "rb") as part:
                for block in iter(lambda: part.read(1 << 22), b""):
                    out.write(block)
                    triples += block.count(b"\n")
    return triples


def bench_build(args: argparse.Namespace) -> list[dict[str, object]]:
    """Populate, rules, load and the whole command, against oxigraph's bulk load of the same triples and rdflib's parser."""
    rows: list[dict[str, object]] = []
    for size in args.sizes:
        print(f"build, {size} codings", file=sys.stderr)
        study, folder = study_of(size, args.work, args.seed), args.work / f"parts-{size}"

        def step(name: str, study: Path = study, folder: Path = folder) -> Cost:
            return measure([sys.executable, __file__, "step", name, str(study), str(folder)], sample=True)

        def oxigraph(folder: Path = folder) -> Cost:
            shutil.rmtree(folder / "oxigraph", ignore_errors=True)
            return measure([args.oxigraph, "load", "--location", str(folder / "oxigraph"), "--file", str(folder / "all.nt")], sample=True)

        def whole(study: Path = study, folder: Path = folder) -> Cost:
            shutil.rmtree(folder / "cache", ignore_errors=True)
            return measure(boundwork("build", str(study), "--store", str(folder / "cache")), sample=True)

        step("populate")
        step("rules")
        triples = one_file(folder)
        peers: dict[str, Callable[[], Cost]] = {
            "populate": partial(step, "populate"), "rules, one reading": partial(step, "rules"), "load, one reading": partial(step, "store"),
            "boundwork build, all readings": whole, "oxigraph load": oxigraph}
        if size <= args.rdflib_most:
            peers["rdflib parse"] = partial(step, "rdflib")
        found = rounds(args.repeat, {n: run for n, run in peers.items() if not args.only or n.startswith((*args.only, "oxigraph"))})
        if {"populate", "load, one reading"} <= found.keys():
            found["populate + load"] = sum_of(found["populate"], found["load, one reading"])
        for name, cost in found.items():
            rows.append({"codings": size, "triples": triples, "what": name, **asdict(cost), "microseconds": cost.cpu / size * 1e6,
                         "ratio": cost.wall / found["oxigraph load"].wall, "cpu_ratio": cost.cpu / found["oxigraph load"].cpu})
        if not args.keep:
            shutil.rmtree(folder)
    return rows


def sum_of(a: Cost, b: Cost) -> Cost:
    return Cost(a.wall + b.wall, a.cpu + b.cpu, max(a.memory, b.memory), max(a.together, b.together))


def bench_ask(args: argparse.Namespace) -> list[dict[str, object]]:
    """Every stored query, cold: boundwork ask against oxigraph query on the same store, and rdflib loading the same triples."""
    from boundwork.pipeline.build import build
    from boundwork.pipeline.builds import current_build
    from boundwork.project import content_files
    from boundwork.queries.stored import read_query

    rows: list[dict[str, object]] = []
    for size in args.sizes:
        study, home = study_of(size, args.work, args.seed), args.work / f"ask-{size}"
        print(f"ask, {size} codings: build", file=sys.stderr)
        made = current_build(study, home) if home.exists() else build(study, home)
        store = made.store(made.manifest["default-reading"])
        for path in content_files("queries/ask", "*.rq", study):
            if args.only and path.stem not in args.only:
                continue
            text = args.work / "query.rq"
            text.write_text(read_query(path).body, encoding="utf-8")
            ours = boundwork("ask", path.stem, "--study", str(study), "--store", str(home), "--format", "csv")
            theirs = [args.oxigraph, "query", "--location", str(store), "--query-file", str(text), "--results-format", "csv"]
            found = rounds(args.repeat, {"boundwork ask": partial(measure, ours), "oxigraph query": partial(measure, theirs)})
            rows.append({"codings": size, "query": path.stem, "ask": found["boundwork ask"].wall, "ask_cpu": found["boundwork ask"].cpu,
                         "oxigraph": found["oxigraph query"].wall, "ratio": found["boundwork ask"].wall / found["oxigraph query"].wall})
        if size <= args.rdflib_most:
            folder = args.work / f"rdflib-{size}"
            folder.mkdir(exist_ok=True)
            measure([args.oxigraph, "dump", "--location", str(store), "--graph", "default", "--file", str(folder / "all.nt")])
            cost = measure([sys.executable, __file__, "step", "rdflib", str(study), str(folder)])
            rows.append({"codings": size, "query": "(rdflib: load the file)", "ask": cost.wall, "ask_cpu": cost.cpu, "oxigraph": 0.0, "ratio": 0.0})
    return rows


def table(rows: list[dict[str, object]], columns: dict[str, str]) -> str:
    """A Markdown table."""
    def shown(value: object) -> str:
        return f"{value:,.3g}" if isinstance(value, float) and value < 100 else f"{value:,.0f}" if isinstance(value, int | float) else str(value)

    lines = ["| " + " | ".join(columns.values()) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(shown(row[c]) for c in columns) + " |" for row in rows])


BUILD = {"codings": "codings", "triples": "triples", "what": "what", "wall": "wall s", "cpu": "CPU s", "microseconds": "CPU µs a coding", "memory": "MB, one process",
         "together": "MB, all", "ratio": "wall / oxigraph load", "cpu_ratio": "CPU / oxigraph load"}
ASK = {"codings": "codings", "query": "query", "ask": "boundwork ask s", "ask_cpu": "CPU s", "oxigraph": "oxigraph query s", "ratio": "ratio"}


def find_oxigraph() -> str:
    beside = Path(sys.executable).with_name("oxigraph")
    return shutil.which("oxigraph") or (str(beside) if beside.exists() else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("build", "ask"):
        command = commands.add_parser(name)
        command.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="codings")
        command.add_argument("--repeat", type=int, default=3)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "boundwork-bench", help="folder for studies and stores")
        command.add_argument("--oxigraph", default=find_oxigraph(), help="the oxigraph binary")
        command.add_argument("--rdflib-most", type=int, default=RDFLIB_MOST, help="codings beyond which rdflib is left out")
        command.add_argument("--json", type=Path, help="also write the numbers here")
        command.add_argument("--keep", action="store_true", help="keep what was built")
        command.add_argument("--only", nargs="*", default=[], help="ask: these queries only; build: what starts so, beside oxigraph's load")
    step = commands.add_parser("step")
    step.add_argument("name", choices=["populate", "rules", "store", "rdflib"])
    step.add_argument("study", type=Path)
    step.add_argument("folder", type=Path)
    args = parser.parse_args()
    if args.command == "step":
        {"populate": step_populate, "rules": step_rules, "store": step_store, "rdflib": step_rdflib}[args.name](args.study, args.folder)
        return
    if not args.oxigraph:
        parser.error("there is no oxigraph binary: pip install oxigraph somewhere and name it with --oxigraph")
    args.work.mkdir(parents=True, exist_ok=True)
    rows = bench_build(args) if args.command == "build" else bench_ask(args)
    print(table(rows, BUILD if args.command == "build" else ASK))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
