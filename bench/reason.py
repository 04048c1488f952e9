"""Measures HermiT on invented studies, over the whole and in parts, and compares what the two conclude; prints a Markdown table.

    python bench/reason.py --sizes 50 500 5000 --least 32 64 128 256 512

The default reading is reasoned over, which holds half of the codings. Each run is a process of its own, whole and parts in
turn. CPU is Java's, of all its threads; the peak is the most memory that Java held when it may take 2,000 MB. With --least,
each way is tried with ever more memory until one suffices.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
WAYS = ("whole", "parts")


def statements(folder: Path) -> list[str]:
    """Ontology and default reading of a study as N-Triples lines."""
    from boundwork.pipeline.inputs import load_vocabulary, ontology_files
    from boundwork.populate import populate
    from boundwork.rules import codebook_facts, read_rules
    from boundwork.stores.local import n_triples
    from boundwork.tables.studyfile import read_study

    study = read_study(folder)
    graphs = study.reading(None).graphs
    ontology = [line for i, path in enumerate(ontology_files(folder)) for line in n_triples(path, f"o{i}x")]
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        population = populate(study, load_vocabulary(folder), Path(place))
        facts = [line for key, parts in population.parts.items() if key[0] != "coding" or key[1] in graphs
                 for path in parts.values() for line in path.read_text(encoding="utf-8").splitlines()]
    return [*ontology, *facts, *codebook_facts(("\n".join(ontology) + "\n").encode(), read_rules(folder))]


def one(way: str, folder: Path, memory: int) -> dict[str, Any]:
    """Reason over a study in one way; return what it took, and a digest of what came out."""
    from boundwork.errors import InputError
    from boundwork.reasoning import Limits, Split, conclude, sort_out, split

    given = sort_out(statements(folder))
    pieces = split(given) if way == "parts" else Split([], [[*given.lines()]])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        found = conclude(pieces, Limits.of(memory))
    except InputError as error:
        return {"failed": error.message}
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = json.dumps([found.consistent, sorted((c, sorted(m)) for c, m in found.instances.items()), sorted(found.hierarchy)])
    return {"cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, "wall": found.seconds, "peak": found.peak, "parts": found.parts,
            "components": pieces.components, "triples": len(given.declarations) + sum(map(len, given.axioms)) + len(given.facts),
            "instances": sum(map(len, found.instances.values())), "digest": hashlib.sha256(said.encode()).hexdigest()}


def run(way: str, folder: Path, memory: int, limit: float) -> dict[str, Any]:
    """The same in a process of its own."""
    try:
        done = subprocess.run([sys.executable, __file__, "--one", way, str(folder), str(memory)], capture_output=True, text=True, check=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"failed": f"stopped after {limit:.0f} s"}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> int:
    """Run and print; 1 when the two ways conclude something different."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--memory", type=int, default=2000, metavar="MB")
    parser.add_argument("--least", type=int, nargs="+", default=[], metavar="MB", help="also find the first of these that is enough")
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a run is stopped")
    parser.add_argument("--one", nargs=3, metavar=("WAY", "FOLDER", "MB"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args.one[0], Path(args.one[1]), int(args.one[2]))))
        return 0
    different = False
    least = " enough MB |" if args.least else ""
    print(f"| codings | triples | way | parts | CPU s | wall s | peak MB |{least} members found | same |\n|{'---|' * (10 if least else 9)}", flush=True)
    for size in args.sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name) / "study"
            subprocess.run([sys.executable, str(ROOT / "bench" / "generate.py"), "--codings", str(size), "--out", str(folder), "--seed", "1", "--faults", "0"],
                           check=True, stdout=subprocess.DEVNULL)
            got: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
            for _ in range(args.repeat):
                for way in WAYS:
                    got[way].append(run(way, folder, args.memory, args.limit))
            for way in WAYS:
                worked = [r for r in got[way] if "failed" not in r]
                if not worked:
                    print(f"| {size:,} | | {way} | {got[way][0]['failed']} |", flush=True)
                    continue
                middle = {k: statistics.median(r[k] for r in worked) for k in ("cpu", "wall", "peak")}
                first = worked[0]
                same = {r["digest"] for r in worked} == {r["digest"] for r in got[WAYS[0]] if "failed" not in r}
                different |= not same
                enough = next((m for m in sorted(args.least) if "failed" not in run(way, folder, m, args.limit)), None)
                print(f"| {size:,} | {first['triples']:,} | {way} | {first['parts']} of {first['components']} | {middle['cpu']:.1f} | {middle['wall']:.1f} | "
                      f"{middle['peak']:.0f} |{f' {enough} |' if args.least else ''} {first['instances']:,} | {'yes' if same else 'NO'} |", flush=True)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
