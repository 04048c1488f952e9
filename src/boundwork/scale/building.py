"""The steps of a build on partitions, as functions that any process on any machine can run: folders in, folders out.

Each step leaves a finished folder (see layout) or nothing, so that it can be tried again, or left out when it is done.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from boundwork.files import atomic
from boundwork.findings import Finding, Severity
from boundwork.pipeline.build import run_lines
from boundwork.pipeline.dataset import ordered, quads
from boundwork.pipeline.inputs import ontology_files
from boundwork.populate.study import Population
from boundwork.rules import STAGES, Tallies, Texts, conclude, read_rules, run_partition, shared_facts
from boundwork.scale.layout import checked, damaged, finish, finished, made_whole, sha256_of
from boundwork.scale.studies import OWNED, Work, graph_files
from boundwork.stores.local import n_triples
from boundwork.terms import Vocabulary, graph_iri, study_iri

ONTOLOGY = "ontology.nt"


def lay_out(work: Work, population: Population) -> None:
    """Move what populating gave into the folders of partitions; they count as done from here on."""
    files: dict[int, list[tuple[str, str, Path]]] = {n: [] for n in (*range(work.partitions), Population.COMMON)}
    for (kind, name), parts in population.parts.items():
        for number, path in parts.items():
            files[number].append((kind, name, path))
    for number, mine in files.items():
        folder = work.common if number == Population.COMMON else work.part(number)
        shutil.rmtree(folder, ignore_errors=True)
        with made_whole(folder) as place:
            graphs = []
            for i, (kind, name, path) in enumerate(sorted(mine)):
                path.rename(place / f"{i}.nt")
                graphs.append([kind, name, f"{i}.nt"])
            if number == Population.COMMON:
                add_context(work, place)
                finish(place, {"graphs": graphs, "rows": dict(population.rows), "broken": sorted(population.broken),
                               "findings": [as_dict(f) for f in population.findings]})
            else:
                finish(place, {"graphs": graphs})


def as_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON can hold it; `as_finding` reads it again."""
    return {**asdict(finding), "severity": finding.severity.value}


def as_finding(tree: dict[str, Any]) -> Finding:
    """Return the finding that `as_dict` wrote."""
    return Finding(**{**tree, "severity": Severity(tree["severity"])})


def add_context(work: Work, place: Path) -> None:
    """Write beside the common graphs what the rules of each reading are given: the ontology, and what the codebook rules infer."""
    ontology = "".join(f"{line}\n" for i, p in enumerate(ontology_files(work.source)) for line in n_triples(p, f"o{i}x")).encode()
    (place / ONTOLOGY).write_bytes(ontology)
    rules = read_rules(work.source)
    (place / "runs.nt").write_bytes(_text(run_lines(work.study, rules)))
    codebook = [(r.name, r.query.body) for r in rules if r.stage == "codebook"]
    for reading in work.study.readings.values():
        shared = shared_facts(work.study.id, reading, ontology, codebook, {})
        (place / f"shared~{reading.id}.nt").write_bytes(_text(shared))


def infer_part(work: dict[str, Any], part: int) -> dict[str, Any]:
    """Run the rules over one partition under every reading, and write its quads; return quads per graph and lines per rule.

    What the coding rules say of nodes that stand in no partition is kept apart: another partition may say the same.
    """
    w = Work.from_job(**work)
    folder = w.inferred(part)
    if done := finished(folder, verify=True):
        return _result(done)
    shutil.rmtree(folder, ignore_errors=True)
    rules = by_stage(w)
    graphs, common = graph_files(w.part(part)), checked(w.common)
    owned = tuple(f"<{study_iri(w.study.id, kind, '')}" for kind in OWNED)
    per_rule: dict[str, Counter[str]] = {}
    with made_whole(folder) as place:
        parts = [(graph_iri(w.study.id, *key), path) for key, path in graphs]
        for reading in w.study.readings.values():
            mine = [*_given(w, reading.id, reading.graphs, common), *(str(p) for (kind, name), p in graphs if kind != "coding" or name in reading.graphs)]
            codings = place / f"codings~{reading.id}.nt"
            made = run_partition(mine, {s: rules[s] for s in ("coding", "tally")}, str(codings), str(place / f"tallies~{reading.id}.nt"))
            per_rule[reading.id] = Counter(made)
            _set_apart(codings, owned, place / f"astray~{reading.id}.nt")
            parts.append((graph_iri(w.study.id, "inferred", reading.id), codings))
        counts = write_quads(w.study.id, parts, place / "part.nq")
        for reading in w.study.readings.values():
            (place / f"codings~{reading.id}.nt").unlink()
        done = finish(place, {"counts": counts, "per_rule": per_rule})
    return _result(done)


def _result(done: dict[str, Any]) -> dict[str, Any]:
    return {"counts": done["counts"], "per_rule": done["per_rule"]}


def _given(work: Work, reading: str, coders: Iterable[str], common: dict[str, Any]) -> list[str]:
    """The common files that rules of a reading see: its own coders' and no others'."""
    seen = (str(p) for (kind, name), p in graph_files(work.common, common) if kind != "coding" or name in coders)
    return [str(work.common / ONTOLOGY), str(work.common / f"shared~{reading}.nt"), *seen]


def _set_apart(codings: Path, owned: tuple[str, ...], astray: Path) -> None:
    lines = codings.read_bytes().splitlines(keepends=True)
    starts = tuple(o.encode() for o in owned)
    far = [line for line in lines if not line.startswith(starts)]
    astray.write_bytes(b"".join(far))
    if far:
        codings.write_bytes(b"".join(line for line in lines if line.startswith(starts)))


def by_stage(work: Work) -> dict[str, Texts]:
    """Return the rules of a study by their stage, as names and texts."""
    rules = read_rules(work.source)
    return {stage: [(r.name, r.query.body) for r in rules if r.stage == stage] for stage in STAGES}


def tallies_of(files: Iterable[str], vocabulary: Vocabulary) -> Tallies:
    """Return the counts of partitions, given as N-Triples files, added."""
    tallies = Tallies(vocabulary)
    for path in files:
        with open(path, encoding="utf-8", newline="\n") as lines:
            tallies.add(line.rstrip("\n") for line in lines)
    return tallies


def write_tallies(items: Iterable[tuple[str, int]], into: Path) -> None:
    """Write sums as sorted N-Triples."""
    with atomic(into) as file:
        file.write(_text(sorted(Tallies.line(key, number) for key, number in items)))


def conclude_reading(work: dict[str, Any], reading: str, tallies: str) -> dict[str, Any]:
    """Run the rules of whole cases over the added counts of one reading; return lines per rule."""
    w = Work.from_job(**work)
    folder = w.reading(reading)
    if done := finished(folder, verify=True):
        return {"per_rule": done["per_rule"]}
    shutil.rmtree(folder, ignore_errors=True)
    counted = Path(tallies).read_text(encoding="utf-8").splitlines()
    per_rule: dict[str, int] = {}
    with made_whole(folder) as place:
        files = _given(w, reading, w.study.readings[reading].graphs, checked(w.common))
        cases, outcomes = conclude(files, counted, by_stage(w), per_rule)
        shared = (w.common / f"shared~{reading}.nt").read_text(encoding="utf-8").splitlines()
        (place / "cases.nt").write_bytes(_text(sorted({*shared, *counted, *cases})))
        (place / "outcomes.nt").write_bytes(_text(outcomes))
        finish(place, {"per_rule": per_rule})
    return {"per_rule": per_rule}


def write_common(work: dict[str, Any], into: str) -> dict[str, Any]:
    """Write the quads that stand in no partition of a study; return quads per graph and rows per table."""
    w = Work.from_job(**work)
    done = checked(w.common)
    parts = [(graph_iri(w.study.id, *key), path) for key, path in graph_files(w.common, done)]
    parts.append((graph_iri(w.study.id, "runs"), w.common / "runs.nt"))
    for reading in w.study.readings:
        checked(w.reading(reading))
        parts.append((graph_iri(w.study.id, "outcomes"), w.reading(reading) / "outcomes.nt"))
        parts.append((graph_iri(w.study.id, "inferred", reading), w.reading(reading) / "cases.nt"))
        parts += [(graph_iri(w.study.id, "inferred", reading), w.inferred(n) / f"astray~{reading}.nt") for n in range(w.partitions)]
    return {"counts": write_quads(w.study.id, parts, Path(into)), "rows": done["rows"]}


def write_ontology(works: list[dict[str, Any]], into: str) -> dict[str, Any]:
    """Write the graph of the ontology, which all studies share; what a study's own ontology adds stands in it as well."""
    found = [Work.from_job(**w) for w in works]
    return {"counts": write_quads("", [(graph_iri("", "ontology"), w.common / ONTOLOGY) for w in found], Path(into))}


def publish(source: str, into: str, digest: str) -> list[Any]:
    """Put a finished file into the dataset; return its size and hash. A file that changed since it was hashed is refused."""
    path, target = Path(source), Path(into)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(path, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, target)
    found = sha256_of(target)
    if digest and found != digest:
        target.unlink(missing_ok=True)
        raise damaged(path)
    return [target.stat().st_size, found]


def write_quads(study: str, parts: list[tuple[str, Path]], into: Path) -> dict[str, int]:
    """Write N-Triples files as sorted N-Quads, each quad once, and return quads per graph."""
    counts: Counter[str] = Counter()
    into.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack, open(into, "wb") as file:
        held: list[str] = []
        for line in ordered(quads(study, parts), stack):
            counts[line.rsplit(" ", 2)[1][1:-1]] += 1
            held.append(line)
            if len(held) == 10_000:
                file.write(_text(held))
                held = []
        file.write(_text(held))
    return dict(sorted(counts.items()))


def _text(lines: Iterable[str] | Iterator[str]) -> bytes:
    text = "\n".join(lines)
    return (text + "\n").encode() if text else b""


