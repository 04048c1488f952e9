"""The ontology less one axiom, again and again: which cases notice, and what follows from the rest anyway."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pyoxigraph as ox

from cases.axioms import OWL, RDF, TYPE, Axiom, Ontology, value
from cases.casefiles import Case, read_cases
from cases.hermit import satisfiable
from cases.probes import PROBE, Probe, fails, written

AT_ONCE = 40
"""Ontologies in one run of HermiT: starting Java costs as much as reading ten."""
EVERY = f"{PROBE}every"
"""The class that stands for everything that must not fit in any case."""
RUNS = 2
"""Runs at a time; each takes up to 1.2 GB."""


@dataclass(frozen=True)
class Mutant:
    """The ontology less one axiom, and which cases no longer hold in it.

    `follows`: the axiom follows from what is left. `broken`: cases that name the axiom and hold without it.
    """

    axiom: Axiom
    noticed: tuple[str, ...]
    follows: bool = False
    broken: tuple[str, ...] = ()


def ask(texts: Sequence[str], classes: Sequence[str]) -> list[dict[str, bool]]:
    """Return what `satisfiable` does, from several runs at a time."""
    size = min(AT_ONCE, max(1, -(-len(texts) // RUNS)))
    parts = [texts[i:i + size] for i in range(0, len(texts), size)]
    with ThreadPoolExecutor(RUNS) as pool:
        return [answer for part in pool.map(lambda part: satisfiable(part, classes), parts) for answer in part]


def union(number: int) -> str:
    """Return the class that stands for everything that must not fit in one case."""
    return f"{PROBE}case-{number}"


def questions(cases: Iterable[Case]) -> str:
    """Return what cannot be according to some cases, as N-Triples: one union a case, by its place, and one of all."""
    probes: list[Probe] = []
    unions = []
    for number, case in enumerate(cases):
        wrong = [p for p in case.probes() if not p.fits]
        unions.append((union(number), range(len(probes), len(probes) + len(wrong))))
        probes += wrong
    return written(probes, [*unions, (EVERY, range(len(probes)))])


def named(ontology: Ontology, cases: Iterable[Case]) -> dict[Axiom, list[Case]]:
    """Return axiom -> the cases whose headers name it."""
    found: dict[Axiom, list[Case]] = defaultdict(list)
    for case in cases:
        for header in case.axioms:
            for axiom in ontology.named(header):
                if case not in found[axiom]:
                    found[axiom].append(case)
    return dict(found)


def kept_promises(ontology: Ontology, cases: Iterable[Case], only: frozenset[str] = frozenset(), beside: Sequence[Axiom] = ()) -> dict[tuple[str, str], bool]:
    """Return (axiom, case) -> whether the case no longer holds without an axiom that it names; of all axioms, or of some.

    Axioms `beside` are taken out with each of them.
    """
    by_number: dict[int, list[tuple[Axiom, list[Case]]]] = defaultdict(list)
    for axiom, naming in named(ontology, cases).items():
        if only and axiom.name not in only:
            continue
        by_number[len(naming)].append((axiom, naming))
    found = {}
    for number, pairs in by_number.items():
        answers = ask([ontology.without(axiom, *beside) + questions(naming) for axiom, naming in pairs], [union(i) for i in range(number)])
        found.update({(axiom.name, case.name): answer[union(i)] for (axiom, naming), answer in zip(pairs, answers, strict=True)
                      for i, case in enumerate(naming)})
    return found


def following(ontology: Ontology, axioms: Sequence[Axiom]) -> set[Axiom]:
    """Return the axioms that follow from the others; kinds of axiom that cannot be asked for are left out."""
    data = frozenset(i for i, kinds in ontology.declared.items() if "DatatypeProperty" in kinds)
    asked = []
    for axiom in axioms:
        try:
            opposites = [fails(fact, data) for fact in _statements(axiom)]
        except LookupError:
            continue
        probes = [Probe(axiom.name, (), opposite, False) for opposite in opposites]
        expressions = "".join(f"{t} .\n" for t in axiom.triples if isinstance(t.subject, ox.BlankNode) and len(opposites) == 1)
        asked.append((axiom, ontology.without(axiom) + expressions + written(probes, [(union(0), range(len(probes)))])))
    answers = ask([text for _, text in asked], [union(0)])
    return {axiom for (axiom, _), answer in zip(asked, answers, strict=True) if not answer[union(0)]}


def _statements(axiom: Axiom) -> list[ox.Triple]:
    """What an axiom says, one statement for each pair where it is about a list."""
    heads = [t for t in axiom.triples if isinstance(t.subject, ox.NamedNode)]
    if heads:
        return heads
    kinds = {value(t.object) for t in axiom.triples if t.predicate.value == TYPE}
    apart = ox.NamedNode(OWL + ("disjointWith" if OWL + "AllDisjointClasses" in kinds else "differentFrom"))
    members = sorted((t.object for t in axiom.triples if t.predicate.value == RDF + "first" and isinstance(t.object, ox.NamedNode)), key=str)
    return [ox.Triple(a, apart, b) for a, b in combinations(members, 2)]


def mutants(study: Path | None = None) -> list[Mutant]:
    """Return what became of every axiom, in the order of their names: cases that name it are asked first, then all the others at once.

    With a study: of every axiom that the study adds, asked of the shipped cases as well.
    """
    ontology, cases = Ontology(study), read_cases(study)
    axioms, asked = ontology.axioms, cases
    if study:
        shipped = {a.name for a in Ontology().axioms}
        axioms, asked = [a for a in axioms if a.name not in shipped], [*read_cases(), *cases]
    promised: dict[str, list[str]] = defaultdict(list)
    broken: dict[str, list[str]] = defaultdict(list)
    for (name, case), kept in kept_promises(ontology, cases, frozenset(a.name for a in axioms)).items():
        (promised if kept else broken)[name].append(case)
    rest = [a for a in axioms if a.name not in promised]
    follows = following(ontology, rest)
    # what follows from the rest cannot be missed, unless a rule computes something from it
    last = [a for a in rest if a not in follows or ontology.computes_from(a)]
    everything = questions(asked)
    seen = [a for a, answer in zip(last, ask([ontology.without(a) + everything for a in last], [EVERY]), strict=True) if answer[EVERY]]
    for axiom, answer in zip(seen, ask([ontology.without(a) + everything for a in seen], [union(i) for i in range(len(asked))]), strict=True):
        promised[axiom.name] = [case.name for i, case in enumerate(asked) if answer[union(i)]]
    return [Mutant(a, tuple(sorted(promised.get(a.name, ()))), a in follows, tuple(broken.get(a.name, ()))) for a in axioms]
