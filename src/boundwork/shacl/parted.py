"""SHACL on a graph in parts, several at a time: shapes that see enough of each part are asked there, the others of the whole.

Which they are is decided in shacl.reach from a map of the common part and of the first one. Every part is mapped when it is
looked at, and when one holds what the map did not show, the decision is made anew. The answer is that of the whole graph.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from boundwork.findings import Finding, Severity
from boundwork.shacl import setwise
from boundwork.shacl.engine import found_at, load_shapes, needs_reference, results
from boundwork.shacl.facts import Facts
from boundwork.shacl.reach import Map, asks_in_parts, in_parts, mentioned, starts
from boundwork.shacl.shapes import Shape, Shapes, sh
from boundwork.workers import cores, run_each

_MOST_PARTS_PER_JOB = 4
_ABOUT_A_ROW = 20_000


@dataclass(frozen=True)
class Parted:
    """A graph in parts: N-Triples files of the common part, and of each part; `owned` says how the nodes of parts start (as N-Triples)."""

    common: list[Path]
    parts: list[list[Path]]
    owned: tuple[str, ...]


@dataclass
class _Plan:
    """Which shapes are asked in parts (`local`) and of the whole, and which predicates the whole needs (None: all)."""

    local: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    wanted: set[str] | None = field(default_factory=set)


def check_parted(graph: Parted, shapes: list[Path], folder: Path, progress: Callable[[str, int], None] | None = None) -> list[Finding]:
    """Return what `check` would return for the whole graph. Temporary files go into `folder`.

    Errors: InputError when the shapes cannot be run.
    """
    rules = load_shapes(shapes)
    common = read_lines(graph.common)
    known = Map()
    known.common_part(common, graph.owned)
    known.one_part(read_lines(graph.parts[0]), graph.owned)
    while True:
        plan = _plan(rules, common, known)
        found, seen = _ask_parts(graph, shapes, plan, folder, progress)
        if not known.join(seen):
            break
    found += found_at(results(common, rules, among=plan.local, focus=lambda nodes: {n for n in nodes if not n.startswith(graph.owned)}), common, rules)
    if plan.whole:
        if progress:
            progress("shapes on the whole", len(plan.whole))
        for part in range(len(graph.parts)):
            with open(_kept(folder, part), encoding="utf-8", newline="\n") as lines:
                common.add(lines)
        whole = results(common, rules, among=plan.whole)
        _complete(common, graph, {r.focus for r in whole if r.focus.startswith(graph.owned)})
        found += found_at(whole, common, rules)
    return found


def local_and_whole(rules: Facts, common: Facts, known: Map) -> tuple[list[str], list[str]]:
    """Return the shapes that may be asked in parts, and those that must be asked of the whole."""
    plan = _plan(rules, common, known)
    return plan.local, plan.whole


def read_lines(files: Iterable[Path]) -> Facts:
    """Return the facts of N-Triples files that this program wrote."""
    facts = Facts()
    for path in files:
        with open(path, encoding="utf-8", newline="\n") as lines:
            facts.add(lines)
    return facts


def _plan(rules: Facts, common: Facts, known: Map) -> _Plan:
    read = Shapes(rules)
    plan = _Plan()
    for shape in read.targeted():
        constraints = rules.values(shape.node, sh("sparql"))
        queries = [setwise.asked(rules, c) for c in constraints]
        if _sees_enough(read, shape, queries, common, known):
            plan.local.append(shape.node)
            continue
        plan.whole.append(shape.node)
        named = None if needs_reference(read, shape) else mentioned(read, shape, queries)
        plan.wanted = None if named is None or plan.wanted is None else plan.wanted | named
    return plan


def _sees_enough(read: Shapes, shape: Shape, queries: list[str], common: Facts, known: Map) -> bool:
    if needs_reference(read, shape):
        return False
    places = starts(read.facts, shape.node, common, known)
    return places is not None and in_parts(read, shape, places, known) and all(asks_in_parts(q, places, known) for q in queries)


def _kept(folder: Path, part: int) -> Path:
    return folder / f"kept-{part}.nt"


def _ask_parts(graph: Parted, shapes: list[Path], plan: _Plan, folder: Path, progress: Callable[[str, int], None] | None) -> tuple[list[Finding], Map]:
    fixed: dict[str, Any] = {"common": [str(p) for p in graph.common], "shapes": [str(p) for p in shapes], "owned": list(graph.owned), "among": plan.local,
                             "wanted": sorted(plan.wanted) if plan.wanted is not None else None, "folder": str(folder)}
    numbers = range(len(graph.parts))
    size = max(1, min(_MOST_PARTS_PER_JOB, len(numbers) // cores()))  # a job reads the common part once
    jobs = [{**fixed, "parts": {str(n): [str(p) for p in graph.parts[n]] for n in numbers[i : i + size]}} for i in range(0, len(numbers), size)]
    found: list[Finding] = []
    seen = Map()
    for done, made in enumerate(run_each("boundwork.shacl.parted:ask_parts", jobs), 1):
        found += [Finding(Severity(f.pop("severity")), **f) for f in made["found"]]
        seen.join(Map.from_lists(made["seen"]))
        if progress:
            progress("shapes, parts", min(done * size, len(graph.parts)))
    return found, seen


def ask_parts(common: list[str], shapes: list[str], owned: list[str], among: list[str], wanted: list[str] | None, folder: str,
              parts: dict[str, list[str]]) -> dict[str, Any]:
    """Ask some shapes of some parts, each with the common part before it; return findings and a map, as JSON can hold them.

    Triples with the wanted predicates (None: all) go to a file for each part.
    """
    rules, before, seen = load_shapes(map(Path, shapes)), read_lines(map(Path, common)), Map()
    mine = tuple(owned)
    found: list[dict[str, Any]] = []
    for number, files in parts.items():
        part = read_lines(map(Path, files))
        seen.one_part(part, mine)
        with open(_kept(Path(folder), int(number)), "w", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{line}\n" for line in part.lines(set(wanted) if wanted is not None else None))
        part.join(before)
        answers = results(part, rules, among=among, focus=lambda nodes: {n for n in nodes if n.startswith(mine)})
        found += [{**asdict(f), "severity": f.severity.value} for f in found_at(answers, part, rules)]
    return {"found": found, "seen": seen.as_lists()}


def _complete(facts: Facts, graph: Parted, wanted: set[str]) -> None:
    """Add what the parts say of some nodes, and of the codings that claim them, so that a finding can name its row."""
    if not wanted:
        return
    works = {n for n in wanted if "/work/" in n or "/selector/" in n}
    for path in itertools.chain.from_iterable(graph.parts):
        with open(path, encoding="utf-8", newline="\n") as lines:
            while batch := list(itertools.islice(lines, _ABOUT_A_ROW)):
                facts.add(line for line in batch if line.split(" ", 1)[0] in wanted or (works and line.rstrip(" .\n").rsplit(" ", 1)[-1] in works))
    owners = {s for predicate in facts.forward.values() for s, objects in predicate.items() if not works.isdisjoint(objects)} - wanted if works else set()
    _complete(facts, graph, owners)
