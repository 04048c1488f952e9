"""Measures SHACL engines side by side on the same faulty graph and the shipped shapes, and compares what they find.

    python bench/validate.py 10000:boundwork,parts,pyshacl,pyshifty,pyrudof 1000000:parts --peers DIR/bin/python

Each engine reads the same two N-Triples files in a process of its own and writes its results. `parts` is boundwork on the
graph in parts, on all cores (it gives findings, of which the focus nodes are compared).
pyshifty and pyrudof are found in the interpreter given by --peers. One row in a hundred is faulty.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
SH = "http://www.w3.org/ns/shacl#"
ENGINES = ("boundwork", "parts", "pyshacl", "pyshifty", "pyrudof")
KINDS = ("extract", "selector", "coding", "work")
PARTITION = 2_500_000


def make(codings: int, folder: Path) -> None:
    """Write shapes.nt, data.nt, and the same graph as common.nt and part-*.nt."""
    from boundwork import shacl
    from boundwork.pipeline.inputs import load_vocabulary, ontology_files
    from boundwork.populate import Population, populate
    from boundwork.rules import codebook_facts, read_rules
    from boundwork.stores.local import n_triples
    from boundwork.tables.studyfile import read_study

    study = folder / "study"
    subprocess.run([sys.executable, str(ROOT / "bench" / "generate.py"), "--codings", str(codings), "--out", str(study), "--seed", "1", "--faults", "0"],
                   check=True, stdout=subprocess.DEVNULL)
    place = folder / "populated"
    place.mkdir()
    population = populate(read_study(study), load_vocabulary(study), place, partition_bytes=min(PARTITION, (study / "codings.csv").stat().st_size // 2))
    graphs = {k: p for k, p in population.parts.items() if k != ("coding", "adjudicated")}
    common = [line for i, p in enumerate(ontology_files(study)) for line in n_triples(p, f"o{i}x")]
    common += [line for p in graphs.values() if Population.COMMON in p for line in p[Population.COMMON].read_text(encoding="utf-8").splitlines()]
    common += codebook_facts(("\n".join(common) + "\n").encode(), read_rules())
    random = Random(1)
    with open(folder / "data.nt", "w", encoding="utf-8") as everything:
        for name, texts in [("common", [common]), *((f"part-{n}", [p[n].read_text(encoding="utf-8").splitlines() for p in graphs.values() if n in p])
                                                    for n in range(population.partitions))]:
            with open(folder / f"{name}.nt", "w", encoding="utf-8") as out:
                for text in texts:
                    for line in text if name == "common" else bent(text, random):
                        out.write(line + "\n")
                        everything.write(line + "\n")
    with open(folder / "shapes.nt", "w", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in shacl.load_shapes(shacl.shape_files()).lines())


def bent(lines: list[str], random: Random) -> list[str]:
    """Every 1,500th triple or so (a row has about fifteen) is left out, or gets another's value."""
    found = []
    for line in lines:
        if random.random() > 1 / 1_500:
            found.append(line)
        elif random.random() < 0.5:
            subject, predicate, _ = line.split(" ", 2)
            found.append(f"{subject} {predicate} {random.choice(lines).split(' ', 2)[2]}")
    return list(dict.fromkeys(found))


# ----- the engines: each gets the folder and returns (focus, path, component, severity) of every result

Results = set[tuple[str, str, str, str]]


def boundwork(folder: Path) -> Results:
    from boundwork import shacl

    return plain(shacl.results(shacl.read_lines([folder / "data.nt"]), shacl.read_lines([folder / "shapes.nt"])))


def parts(folder: Path) -> Results:
    from boundwork import shacl

    name = tomllib.loads((folder / "study" / "study.toml").read_text(encoding="utf-8"))["study"]["id"]
    pieces = [[p] for p in sorted(folder.glob("part-*.nt"))]
    graph = shacl.Parted([folder / "common.nt"], pieces, tuple(f"<https://w3id.org/boundwork/study/{name}/{kind}/" for kind in KINDS))
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return {(f.subject, "", f.rule, str(f.severity)) for f in shacl.check_parted(graph, [folder / "shapes.nt"], work)}


def pyshacl(folder: Path) -> Results:
    from boundwork import shacl

    return plain(shacl.results(shacl.read_lines([folder / "data.nt"]), shacl.read_lines([folder / "shapes.nt"]), reference=True))


def pyshifty(folder: Path) -> Results:
    from shifty._shifty import PreparedValidator

    report = PreparedValidator(shapes_path=str(folder / "shapes.nt"), shapes_format="nt").validate_w3c(
        data_path=str(folder / "data.nt"), data_format="nt", run_infer=False, sort_results=False)
    return from_report(report._report_ntriples)


def pyrudof(folder: Path) -> Results:
    import pyrudof as engine

    session = engine.Rudof(engine.RudofConfig())
    session.read_data(str(folder / "data.nt"), format=engine.RDFFormat.NTriples)
    session.read_shacl(str(folder / "shapes.nt"), format=engine.ShaclFormat.NTriples)
    session.validate_shacl()
    return from_report(session.serialize_shacl_validation_results(engine.ResultShaclValidationFormat.NTriples))


def plain(results: list[Any]) -> Results:
    return {(r.focus.strip("<>"), r.path.strip("<>"), r.component.rsplit("#", 1)[-1], r.severity.strip("<>").rsplit("#", 1)[-1]) for r in results}


def from_report(text: str) -> Results:
    """Results from a validation report in N-Triples; a path that is no IRI counts as none."""
    rows: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        subject, predicate, value = line.rstrip(" .").split(" ", 2)
        if predicate.startswith(f"<{SH}"):
            rows.setdefault(subject, {})[predicate[len(SH) + 1 : -1]] = value

    def named(row: dict[str, str], key: str) -> str:
        return row[key].strip("<>") if row.get(key, "").startswith("<") else ""

    return {(row["focusNode"].strip("<>"), named(row, "resultPath"), named(row, "sourceConstraintComponent").rsplit("#", 1)[-1],
             named(row, "resultSeverity").rsplit("#", 1)[-1]) for row in rows.values() if "focusNode" in row}


RUN: dict[str, Callable[[Path], Results]] = {"boundwork": boundwork, "parts": parts, "pyshacl": pyshacl, "pyshifty": pyshifty, "pyrudof": pyrudof}


@dataclass
class Run:
    """What one run of an engine took; `results` is None where it did not end, and `why` says what ended it."""

    wall: float
    cpu: float
    peak: float
    results: Results | None
    why: str = ""


def measured(engine: str, folder: Path, python: str, limit: float, most: float) -> Run:
    """Wall and processor seconds (children included), peak memory in MB of process and children together, and results."""
    out = folder / f"{engine}.txt"
    start = time.perf_counter()
    process = subprocess.Popen([python, __file__, "--one", engine, str(folder), str(out)])
    peak, spent, why = 0.0, 0.0, ""
    ended: tuple[int, int, Any] = (0, 0, None)
    while not ended[0]:
        ended = os.wait4(process.pid, os.WNOHANG)
        looking = time.perf_counter()
        memory, seconds = of_tree(process.pid)
        peak, spent = max(peak, memory), max(spent, seconds)
        if not why and (spent > limit or memory > most):
            why = f"stopped after {spent:.0f} s" if spent > limit else f"stopped at {memory:,.0f} MB after {spent:.0f} s"
            process.kill()
        time.sleep(max(0.05, 20 * (time.perf_counter() - looking)))  # to sum up the pages of gigabytes takes long, and holds them meanwhile
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    wall, used = time.perf_counter() - start, ended[2]
    rows: Results | None = None
    if process.returncode == 0:
        rows = {(c[0], c[1], c[2], c[3]) for line in out.read_text(encoding="utf-8").splitlines() for c in [line.split("\t")]}
    return Run(wall, used.ru_utime + used.ru_stime, peak, rows, why or f"failed ({process.returncode})")


def of_tree(pid: int) -> tuple[float, float]:
    """Memory in MB (shared pages split among those that share them) and processor seconds of a process and all below it."""
    memory = seconds = 0.0
    try:
        children = [int(c) for task in Path(f"/proc/{pid}/task").iterdir() for c in (task / "children").read_text().split()]
        times = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]
        seconds = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
        memory = sum(int(line.split()[1]) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:")) / 1024
    except (OSError, ValueError):
        return memory, seconds
    below = [of_tree(c) for c in children]
    return memory + sum(m for m, _ in below), seconds + sum(s for _, s in below)


def compared(engine: str, rows: Results, first: Results | None) -> str:
    """How the results of an engine differ from those of boundwork in one process; parts give findings, of which the nodes are compared."""
    if first is None:
        return "not compared"
    if rows == first or (engine == "parts" and {r[0] for r in rows} == {r[0] for r in first}):
        return "yes"
    return f"{len(rows - first)} more, {len(first - rows)} fewer"


def main() -> int:
    """Run the engines in turn and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", default=["1000:boundwork,parts,pyshacl"], metavar="CODINGS:ENGINE,ENGINE",
                        help=f"what to run at which size; engines: {', '.join(ENGINES)}")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="interpreter that has pyshifty and pyrudof")
    parser.add_argument("--limit", type=float, default=1_800, help="processor seconds after which an engine is stopped")
    parser.add_argument("--most-memory", type=float, default=8_000, help="MB at which an engine is stopped")
    parser.add_argument("--one", nargs=3, metavar=("ENGINE", "FOLDER", "OUT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        found = RUN[args.one[0]](Path(args.one[1]))
        Path(args.one[2]).write_text("".join("\t".join(r) + "\n" for r in sorted(found)), encoding="utf-8")
        return 0
    print("| codings | engine | CPU s | wall s | peak MB | results | same as boundwork |\n|---|---|---|---|---|---|---|")
    for run in args.runs:
        size, _, names = run.partition(":")
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            make(int(size), folder)
            first: Results | None = None
            for engine in names.split(","):
                python = args.peers if engine in ("pyshifty", "pyrudof") else sys.executable
                made = measured(engine, folder, python, args.limit, args.most_memory)
                if engine == "boundwork":
                    first = made.results
                told = made.why if made.results is None else f"{len(made.results):,} | {compared(engine, made.results, first)}"
                print(f"| {int(size):,} | {engine} | {made.cpu:.1f} | {made.wall:.1f} | {made.peak:,.0f} | {told} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
