"""SHACL on a graph in parts, several at a time: shapes that see enough of each part are asked there, the others of the whole.

Which they are is decided in shacl.reach from a map of the common part and of the first one. Every part is mapped when it is
looked at, and when one holds what the map did not show, the decision is made anew. The answer is that of the whole graph.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from boundwork.findings import Finding, Severity
from boundwork.shacl import setwise
from boundwork.shacl.core import Result
from boundwork.shacl.engine import found_at, load_shapes, needs_reference, readable, results
from boundwork.shacl.facts import TYPE, Facts
from boundwork.shacl.reach import Map, asks_in_parts, classes_mentioned, in_parts, mentioned, starts
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


@dataclass(frozen=True)
class Needs:
    """What a shape that is asked of the whole needs of the parts: predicates (None: all), and classes whose members it must know."""

    predicates: frozenset[str] | None
    classes: frozenset[str]

    def meets(self, line: str) -> bool:
        """True for a triple of a part, as an N-Triples line, that may change what the shape finds."""
        if self.predicates is None:
            return True
        _, predicate, value = line.rstrip("\n")[:-2].split(" ", 2)
        return predicate in self.predicates and (predicate != TYPE or value in self.classes)


@dataclass
class Plan:
    """Which shapes are asked in parts (`local`), and which of the whole."""

    local: list[str] = field(default_factory=list)
    whole: dict[str, Needs] = field(default_factory=dict)

    @property
    def wanted(self) -> set[str] | None:
        """Predicates that some shape needs of the whole; None for all."""
        if any(n.predicates is None for n in self.whole.values()):
            return None
        return set().union(*(n.predicates or () for n in self.whole.values()))


@dataclass
class Asked:
    """What asking a graph in parts gave, and what is needed to ask again when few of its triples have changed."""

    common: Facts
    rules: Facts
    known: Map
    plan: Plan
    local: list[Finding] = field(default_factory=list)
    """Findings of the shapes that are asked in parts."""
    whole: dict[str, list[Result]] = field(default_factory=dict)
    """Shape that is asked of the whole -> its results."""


def check_parted(graph: Parted, shapes: list[Path], folder: Path, progress: Callable[[str, int], None] | None = None) -> list[Finding]:
    """Return what `check` would return for the whole graph. Temporary files go into `folder`.

    Errors: InputError when the shapes cannot be run.
    """
    asked = ask_parted(graph, shapes, folder, progress)
    return asked.local + whole_findings(asked, graph)


def ask_parted(graph: Parted, shapes: list[Path], folder: Path, progress: Callable[[str, int], None] | None = None,
               crossing: frozenset[str] = frozenset()) -> Asked:
    """Ask all shapes, those that need it of the whole; `check_parted` makes findings of the answer.

    `crossing` are predicates that lead from one part into another in a finer division than these parts: what is then asked in
    parts might be asked in those. Errors: InputError when the shapes cannot be run.
    """
    rules = load_shapes(shapes)
    common = read_lines(graph.common)
    known = Map(astray=set(crossing))
    known.common_part(common, graph.owned)
    known.one_part(read_lines(graph.parts[0]), graph.owned)
    while True:
        plan = plan_of(rules, common, known)
        found, seen = _ask_parts(graph, shapes, plan, folder, progress)
        if not known.join(seen):
            break
    asked = Asked(common, rules, known, plan, found + ask_common(common, rules, plan.local, graph.owned))
    for done, (shape, needs) in enumerate(plan.whole.items(), 1):
        asked.whole[shape] = ask_whole(shape, needs, common, rules, folder)
        if progress:
            progress("shapes, whole", done)
    return asked


def whole_findings(asked: Asked, graph: Parted) -> list[Finding]:
    """Return the findings of the shapes that were asked of the whole."""
    left = [r for found in asked.whole.values() for r in found]
    data = asked.common.copy()
    complete(data, graph, {r.focus for r in left if r.focus.startswith(graph.owned)})
    return found_at(left, data, asked.rules)


def ask_common(common: Facts, rules: Facts, local: list[str], owned: tuple[str, ...]) -> list[Finding]:
    """Ask the shapes that are asked in parts of the nodes that stand in none."""
    return found_at(results(common, rules, among=local, focus=lambda nodes: {n for n in nodes if not n.startswith(owned)}), common, rules)


def ask_whole(shape: str, needs: Needs, common: Facts, rules: Facts, folder: Path, gone: Iterable[str] = (), come: Iterable[str] = ()) -> list[Result]:
    """Ask one shape of the whole graph, of which only what it needs is brought together.

    `gone` and `come` are lines of parts that were taken out and put in since the parts were asked.
    """
    data = common.copy() if needs.predicates is None else common.only(set(needs.predicates))
    data.add(_kept_lines(folder, needs))
    data.remove(gone)
    data.add(line for line in come if needs.meets(line))
    return results(data, rules, among=[shape])


def _kept_lines(folder: Path, needs: Needs) -> Iterator[str]:
    for path in kept_files(folder, needs.predicates):
        few = needs.predicates is not None and (path.parent / "predicate").read_text(encoding="utf-8") == TYPE
        with open(path, encoding="utf-8", newline="\n") as lines:
            yield from (line for line in lines if line.rstrip(" .\n").rsplit(" ", 1)[-1] in needs.classes) if few else lines


def kept_files(folder: Path, predicates: Collection[str] | None) -> list[Path]:
    """Return the files that asking in parts kept in a folder of the triples with some predicates (None: all), part by part."""
    found = []
    for path in sorted((folder / "kept").rglob("predicate")):
        if predicates is None or path.read_text(encoding="utf-8") in predicates:
            found += sorted(path.parent.glob("*.nt"))
    return found


def read_lines(files: Iterable[Path]) -> Facts:
    """Return the facts of N-Triples files that this program wrote."""
    facts = Facts()
    for path in files:
        with open(path, encoding="utf-8", newline="\n") as lines:
            facts.add(lines)
    return facts


def plan_of(rules: Facts, common: Facts, known: Map) -> Plan:
    """Return which shapes are asked in parts and which of the whole, given a map of the common part and of the parts.

    Errors: InputError when the shapes cannot be run.
    """
    plan = Plan()
    with readable():
        read = Shapes(rules)
        for shape in read.targeted():
            constraints = rules.values(shape.node, sh("sparql"))
            queries = [setwise.asked(rules, c) for c in constraints]
            if _sees_enough(read, shape, queries, common, known):
                plan.local.append(shape.node)
                continue
            named = None if needs_reference(read, shape) else mentioned(read, shape, queries)
            classes = classes_mentioned(read, shape, queries, common) if named is not None else None
            plan.whole[shape.node] = Needs(None if named is None or classes is None else frozenset(named), frozenset(classes or ()))
    return plan


def _sees_enough(read: Shapes, shape: Shape, queries: list[str], common: Facts, known: Map) -> bool:
    if needs_reference(read, shape):
        return False
    places = starts(read.facts, shape.node, common, known)
    return places is not None and in_parts(read, shape, places, known) and all(asks_in_parts(q, places, known) for q in queries)


def _ask_parts(graph: Parted, shapes: list[Path], plan: Plan, folder: Path, progress: Callable[[str, int], None] | None) -> tuple[list[Finding], Map]:
    fixed: dict[str, Any] = {"common": [str(p) for p in graph.common], "shapes": [str(p) for p in shapes], "owned": list(graph.owned), "among": plan.local,
                             "wanted": None if (wanted := plan.wanted) is None else sorted(wanted), "folder": str(folder)}
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

    Triples with the wanted predicates (None: all) go to a file for each part and predicate.
    """
    rules, before, seen = load_shapes(map(Path, shapes)), read_lines(map(Path, common)), Map()
    mine = tuple(owned)
    found: list[dict[str, Any]] = []
    for number, files in parts.items():
        part = read_lines(map(Path, files))
        seen.one_part(part, mine)
        for predicate in part.forward if wanted is None else wanted:
            _keep(part, predicate, Path(folder), number)
        part.join(before)
        answers = results(part, rules, among=among, focus=lambda nodes: {n for n in nodes if n.startswith(mine)})
        found += [{**asdict(f), "severity": f.severity.value} for f in found_at(answers, part, rules)]
    return {"found": found, "seen": seen.as_lists()}


def _keep(part: Facts, predicate: str, folder: Path, number: str) -> None:
    place = folder / "kept" / hashlib.sha256(predicate.encode()).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    (place / "predicate").write_text(predicate, encoding="utf-8")
    with open(place / f"{number}.nt", "w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{line}\n" for line in part.lines({predicate}))


def complete(facts: Facts, graph: Parted, wanted: set[str]) -> None:
    """Add what the parts say of some nodes, and of the codings that claim them, so that a finding can name its row."""
    if not wanted:
        return
    works = {n for n in wanted if "/work/" in n or "/selector/" in n}
    for path in itertools.chain.from_iterable(graph.parts):
        with open(path, encoding="utf-8", newline="\n") as lines:
            while batch := list(itertools.islice(lines, _ABOUT_A_ROW)):
                facts.add(line for line in batch if line.split(" ", 1)[0] in wanted or (works and line.rstrip(" .\n").rsplit(" ", 1)[-1] in works))
    owners = {s for predicate in facts.forward.values() for s, objects in predicate.items() if not works.isdisjoint(objects)} - wanted if works else set()
    complete(facts, graph, owners)
