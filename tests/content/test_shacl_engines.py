"""Faulty graphs by the hundred: set arithmetic finds what pySHACL finds, and a graph in parts gives what the whole gives."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import pytest

from boundwork import shacl, workers
from boundwork.findings import Finding
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.populate import Population, populate
from boundwork.rules import codebook_facts, read_rules
from boundwork.shacl import Facts, Parted, setwise
from boundwork.shacl.core import Result
from boundwork.shacl.facts import SUBCLASS, TYPE, plain_text
from boundwork.shacl.parted import plan_of
from boundwork.shacl.reach import Map, mentioned
from boundwork.shacl.shapes import Shapes, sh
from boundwork.stores.local import n_triples
from boundwork.tables.studyfile import read_study

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "data" / "example-study"
STUDY = "<https://w3id.org/boundwork/study/example-study/"
SEEDS, MORE = range(100), range(100, 2_000)
PARTED, MORE_PARTED = range(10), range(10, 200)
Statements = Callable[[str, str | None], bytes]
ODD = ['"x"', '""', '"-1"^^<http://www.w3.org/2001/XMLSchema#integer>', '"2"^^<http://www.w3.org/2001/XMLSchema#integer>',
       '"yes"^^<http://www.w3.org/2001/XMLSchema#boolean>', '"a"@en', '"b"@en', "<urn:nobody>", "_:lost"]


@cache
def _rules() -> Facts:
    return shacl.load_shapes(shacl.shape_files(EXAMPLE))


@cache
def _names() -> list[str]:
    return sorted(i.iri for i in shacl.describe(_rules()).values())


@pytest.fixture(scope="module")
def lines(statements: Statements) -> list[str]:
    """The example study with all its coders, and the ontology."""
    return statements("example-study", None).decode().split("\n")[:-1]


def _cut(names: list[str]) -> Facts:
    """Some shapes with all that hangs on them."""
    rules, part = _rules(), Facts()
    todo, seen = [f"<{n}>" for n in names], set()
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        for predicate, values in rules.forward.items():
            part.add(f"{node} {predicate} {value} ." for value in values.get(node, ()))
            todo += values.get(node, ())
    return part


def _faulty(lines: list[str], random: Random, faults: int) -> list[str]:
    """The same graph with some triples taken out, bent, doubled or invented."""
    found = list(lines)
    mine = [i for i, line in enumerate(lines) if line.startswith(STUDY)]
    for _ in range(faults):
        at = random.choice(mine)
        subject, predicate, value = found[at][:-2].split(" ", 2)
        other = found[random.choice(mine)][:-2].split(" ", 2)
        how = random.randrange(6)
        if how == 0:
            found[at] = found[(at + 1) % len(found)]
        elif how == 1:
            found[at] = f"{subject} {predicate} {random.choice([other[2], random.choice(ODD)])} ."
        elif how == 2:
            found.append(f"{subject} {predicate} {random.choice([other[2], random.choice(ODD)])} .")
        elif how == 3:
            found.append(f"{subject} {other[1]} {value} .")
        elif how == 4:
            found.append(f"{other[0]} {predicate} {value} .")
        else:
            twin = f"{subject[:-1]}-twin>"
            found += [line.replace(f"{subject} ", f"{twin} ", 1) for line in found if line.startswith(f"{subject} ")]
    return list(dict.fromkeys(found))


def _alike(found: list[Result]) -> list[tuple[str, ...]]:
    """What the engines must agree on; they number blank nodes in their own way."""
    def named(term: str) -> str:
        return "_" if term.startswith("_:") else plain_text(term)

    return sorted({(named(r.shape), r.component.rsplit("#", 1)[-1], named(r.focus), named(r.value), named(r.path), r.message.strip(), r.severity)
                   for r in found})


def _some(lines: list[str], random: Random) -> list[str]:
    """A few extracts with all that hangs on them, and everything that is no extract or coding."""
    extracts = sorted({line.split(" ", 1)[0] for line in lines if line.startswith(f"{STUDY}extract/")})
    kept = set(random.sample(extracts, 6))
    codings = {line.split(" ", 1)[0] for line in lines if line.startswith(f"{STUDY}coding/") and line[:-2].rsplit(" ", 1)[-1] in kept}
    kept |= codings | {line[:-2].rsplit(" ", 1)[-1] for line in lines if line.split(" ", 1)[0] in codings and f"{STUDY}work/" in line}
    kept |= {line[:-2].rsplit(" ", 1)[-1] for line in lines if line.split(" ", 1)[0] in kept and f"{STUDY}selector/" in line}
    parted = tuple(f"{STUDY}{kind}/" for kind in Population.KINDS)
    return [line for line in lines if not line.startswith(parted) or line.split(" ", 1)[0] in kept]


@pytest.mark.parametrize("seed", [*SEEDS, *(pytest.param(s, marks=pytest.mark.slow) for s in MORE)])
def test_both_engines_find_the_same_in_a_faulty_graph(seed: int, lines: list[str]) -> None:
    """Ten shapes at a time, over a few extracts: pySHACL would need minutes for all of them over all."""
    random = Random(seed)
    rules = _cut(random.sample(_names(), 10))
    read = Shapes(rules)
    named = [mentioned(read, s, [setwise.asked(rules, c) for c in rules.values(s.node, sh("sparql"))]) for s in read.targeted()]
    data = Facts(_faulty(_some(lines, random), random, 12))
    if None not in named:  # pySHACL reads slowly: only what the shapes can meet
        data = Facts(data.lines({TYPE, SUBCLASS}.union(*(n or () for n in named))))
    assert _alike(shacl.results(data, rules)) == _alike(shacl.results(data, rules, reference=True))


def test_faulty_graphs_are_faulty(lines: list[str]) -> None:
    """The comparison compares something: among the first graphs most shapes find something somewhere, and all kinds of constraint do."""
    found: set[str] = set()
    for seed in range(12):
        random = Random(seed)
        found |= {r.component.rsplit("#", 1)[-1] for r in shacl.results(Facts(_faulty(_some(lines, random), random, 60)), _rules())}
    assert {"MinCount", "MaxCount", "Class", "Datatype", "SPARQL", "Or"} <= {c.removesuffix("ConstraintComponent") for c in found}


# ----- in parts

@dataclasses.dataclass(frozen=True)
class Pieces:
    """The example study as populating leaves it in many partitions."""

    common: list[str]
    parts: list[list[str]]


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    folder = tmp_path_factory.mktemp("pieces")
    population = populate(read_study(EXAMPLE), load_vocabulary(EXAMPLE), folder, partition_bytes=3_000)
    assert population.partitions > 3
    graphs = {k: p for k, p in population.parts.items() if k != ("coding", "adjudicated")}
    ontology = [line for i, p in enumerate(ontology_files(EXAMPLE)) for line in n_triples(p, f"o{i}x")]

    def read(part: int) -> list[str]:
        return [line for p in graphs.values() if part in p for line in p[part].read_text(encoding="utf-8").splitlines()]

    common = [*ontology, *read(Population.COMMON)]
    return Pieces([*common, *codebook_facts(("\n".join(common) + "\n").encode(), read_rules(EXAMPLE))], [read(n) for n in range(population.partitions)])


def _written(folder: Path, pieces: Pieces) -> Parted:
    folder.mkdir(exist_ok=True)
    names = [folder / "common.nt", *(folder / f"part-{n}.nt" for n in range(len(pieces.parts)))]
    for path, text in zip(names, [pieces.common, *pieces.parts], strict=True):
        path.write_text("".join(f"{line}\n" for line in text), encoding="utf-8")
    return Parted(names[:1], [[p] for p in names[1:]], tuple(f"{STUDY}{kind}/" for kind in Population.KINDS))


def _told(findings: list[Finding], rows: bool) -> list[tuple[object, ...]]:
    """With rows only where no fault has torn a coding from its work: such a row is looked for in the part alone. A store names blank nodes anew."""
    return sorted((f.severity, f.rule, f.subject, re.sub(r"\b[0-9a-f]{20,32}\b", "_", f.message), f.column, "_" if f.value.startswith("_:") else f.value,
                   *([f.file, f.row, f.coder, f.extract] if rows else [])) for f in findings)


@pytest.mark.parametrize("seed", [*PARTED, *(pytest.param(s, marks=pytest.mark.slow) for s in MORE_PARTED)])
def test_a_graph_in_parts_gives_what_the_whole_gives(seed: int, pieces: Pieces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults may tie parts together, give one thing two places, or turn a node of a part into anything else."""
    monkeypatch.setattr(workers, "cores", lambda: 1)
    random = Random(seed)
    faults = random.choice([0, 1, 5, 40])
    text = _faulty([*pieces.common, *(line for part in pieces.parts for line in part)], random, faults)
    place = {line.split(" ", 1)[0]: n for n, part in enumerate(pieces.parts) for line in part}
    owned = tuple(f"{STUDY}{kind}/" for kind in Population.KINDS)
    faulty = Pieces([], [[] for _ in pieces.parts])
    for line in text:
        subject = line.split(" ", 1)[0]
        at = place.get(subject.replace("-twin>", ">"), 0) if subject.startswith(owned) else None
        (faulty.common if at is None else faulty.parts[at]).append(line)
    found = shacl.check_parted(_written(tmp_path / "graph", faulty), shacl.shape_files(EXAMPLE), tmp_path)
    assert _told(found, rows=not faults) == _told(shacl.check(Facts(text), _rules()), rows=not faults)


def test_most_shapes_of_codings_are_asked_in_parts(pieces: Pieces) -> None:
    """What must see the whole is little, and what can be seen in parts is proved, not assumed."""
    common, known = Facts(pieces.common), Map()
    owned = tuple(f"{STUDY}{kind}/" for kind in Population.KINDS)
    known.common_part(common, owned)
    for part in pieces.parts:
        known.one_part(Facts(part), owned)
    plan = plan_of(_rules(), common, known)
    local, whole = plan.local, list(plan.whole)
    assert len(local) > 8 * len(whole)
    assert {f"<{n}>" for n in _names()} <= {*local, *whole}
    assert any(n.endswith("/extract-not-repeated>") for n in whole) and any(n.endswith("/coding-not-repeated>") for n in local)
