"""One reading before the OWL reasoner: does it hold together, what are its members class by class, do the rules say the same, and if it
contradicts itself, which rows and axioms clash.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from boundwork.errors import Fault, TimeLimit
from boundwork.explore.clashing import Clashing, namer, rows_first, told
from boundwork.files import temporary_folder
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.populate import Population, populate
from boundwork.reasoning import LEAST_MEMORY, Conclusions, Limits, Split, conclude, engines, explain, sort_out, split
from boundwork.reasoning.statements import OWL, TYPE, Statements, triple
from boundwork.rules import codebook_facts, infer, read_rules
from boundwork.stores.local import n_triples
from boundwork.tables.studyfile import Reading, Study, read_study
from boundwork.terms import Vocabulary
from boundwork.wording import counted

_SUPPOSED = "urn:boundwork:supposed"


@dataclass(frozen=True)
class Compared:
    """A defined class: how many members the reasoner and the rules find, and those that only one of the two has (IRIs)."""

    name: str
    reasoner: int
    rules: int
    only_reasoner: tuple[str, ...]
    only_rules: tuple[str, ...]

    @property
    def same(self) -> bool:
        """True when the two agree on every member."""
        return not self.only_reasoner and not self.only_rules


@dataclass
class Reasoned:
    """What the reasoner said of one reading; `why_whole` says why it was not taken apart, `violations` counts findings on the tables.

    `names` gives words for IRIs. `clash` explains a contradiction, or why the class `clash_of` can have no member; where that took
    longer than allowed, it is empty and `unfinished` says so.
    """

    study: Study
    reading: Reading
    conclusions: Conclusions
    why_whole: str
    components: int
    statements: int
    violations: int
    compared: list[Compared] = field(default_factory=list)
    clash: list[Clashing] = field(default_factory=list)
    runs: int = 0
    clash_of: str = ""
    unfinished: str = ""
    names: Callable[[str], str] = str

    @property
    def sound(self) -> bool:
        """True when nothing contradicts itself, every class can have members, and the rules agree with the definitions."""
        return self.conclusions.consistent and not self.conclusions.unsatisfiable and all(c.same for c in self.compared)

    def hierarchy(self) -> list[dict[str, str | int | bool]]:
        """Return every class with those right above it by HermiT, those of them that no statement gives, and how many members it has."""
        said = self.conclusions
        above: dict[str, list[str]] = defaultdict(list)
        news: dict[str, list[str]] = defaultdict(list)
        for low, high in sorted(said.hierarchy):
            above[low].append(class_name(high))
            if (low, high) in said.inferred:
                news[low].append(class_name(high))
        return [{"class": class_name(c), "above": " ".join(above[c]), "inferred": " ".join(news[c]), "possible": c not in said.unsatisfiable,
                 "members": len(found)} for c, found in sorted(said.instances.items())]

    def members(self) -> list[dict[str, str]]:
        """Return every member of every class, and for classes that have a definition, whether the definition, the rules or both find it."""
        rows = []
        defined = {c.name: c for c in self.compared}
        for cls, found in sorted(self.conclusions.instances.items()):
            only = defined[cls].only_rules if cls in defined else ()
            for thing in sorted({*found, *only}):
                by = "" if cls not in defined else "rules" if thing in only else "definition" if thing in defined[cls].only_reasoner else "both"
                rows.append({"class": class_name(cls), "member": self.names(thing), "found_by": by, "iri": thing})
        return rows


def class_name(cls: str) -> str:
    """Return the name of a class without its address."""
    return re.split("[#/]", cls)[-1]


def reason_over(folder: Path, wanted: str | None = None, limits: Limits | None = None, whole: bool = False, progress: Progress | None = None) -> Reasoned:
    """Reason over one reading of a study, as its tables stand now; a build is not needed.

    Rows that share an id are taken in together, so that what they say may clash. Errors: InputError without Java or memory,
    TimeLimit.
    """
    limits = limits or Limits()
    study = read_study(folder)
    reading = study.reading(wanted)
    vocabulary = load_vocabulary(folder)
    rules = read_rules(folder)
    ontology = [line for i, path in enumerate(ontology_files(folder)) for line in n_triples(path, f"o{i}x")]
    given = ("\n".join(ontology) + "\n").encode()
    with temporary_folder() as place_for_files:
        population = populate(study, vocabulary, place_for_files, progress, keep_repeated=True)
        facts = _facts(population, reading)
        lines = [*ontology, *facts, *codebook_facts(given, rules)]
        statements = sort_out(lines)
        pieces = split(statements) if not whole else Split([], [[*statements.lines()]], why="asked to")
        if progress:
            progress(f"reasoning, {counted(len(pieces.parts), 'part')}" if len(pieces.parts) > 1 else "reasoning", 0)
        found = conclude(pieces, limits)
        violations = sum(f.severity.word == "violation" for f in population.findings)
        reasoned = Reasoned(study, reading, found, found.again or pieces.why, pieces.components, len(lines), violations, names=namer(study, vocabulary))
        if found.consistent:
            inferred = infer(reading, population, vocabulary, given, rules, place_for_files / "inferred", progress)
            made = [line for path in inferred.files for line in path.read_text(encoding="utf-8").splitlines()]
            reasoned.compared = _compare(found, statements, [*lines, *made])
    try:
        if not found.consistent:
            part = statements if found.again else sort_out([*pieces.shared, *pieces.parts[found.failed]])
            _explain(reasoned, part, vocabulary, limits, progress)
        elif found.unsatisfiable:
            _explain_class(reasoned, statements, vocabulary, limits, progress)
    except TimeLimit:
        reasoned.unfinished = "The time was up before the smallest set that clashes was found. Give more with --time-limit."
    return reasoned


def _explain(reasoned: Reasoned, statements: Statements, vocabulary: Vocabulary, limits: Limits, progress: Progress | None) -> None:
    """Find the rows and axioms that contradict each other."""
    clash = explain(statements, rows_first(statements.facts, reasoned.study), limits, progress)
    if clash is None:
        raise Fault("HermiT called the statements contradictory, and did not the second time.", "Run again with --whole.")
    reasoned.clash, reasoned.runs = told(clash, reasoned.study, vocabulary, statements.declarations), clash.runs


def _explain_class(reasoned: Reasoned, statements: Statements, vocabulary: Vocabulary, limits: Limits, progress: Progress | None) -> None:
    """Find the axioms by which the first class that nothing can belong to has no member: suppose one, and see what contradicts it."""
    cls = min(reasoned.conclusions.unsatisfiable)
    member = f"<{_SUPPOSED}> {TYPE} <{cls}> ."
    clash = explain(Statements(statements.declarations, statements.axioms, [member]), [(member,)], limits, progress)
    if clash is None:  # only together with what is told of individuals
        supposed = Statements(statements.declarations, statements.axioms, [member, *statements.facts])
        clash = explain(supposed, [(member,), *rows_first(statements.facts, reasoned.study)], limits, progress)
    if clash is not None:
        clash = replace(clash, facts=tuple(f for f in clash.facts if f != member))
        reasoned.clash, reasoned.runs, reasoned.clash_of = told(clash, reasoned.study, vocabulary, statements.declarations), clash.runs, class_name(cls)


def available() -> list[dict[str, str]]:
    """Return the reasoners that a user may think of: name, whether it can be used here, version, and what is to be said of it."""
    return [{"engine": e.name, "usable": "yes" if e.usable else "no", "version": e.version, "remark": e.remark} for e in engines()]


def _facts(population: Population, reading: Reading) -> list[str]:
    return [line for parts in population.read_by(reading.graphs).values() for path in parts.values() for line in path.read_text(encoding="utf-8").splitlines()]


def _compare(found: Conclusions, statements: Statements, lines: Iterable[str]) -> list[Compared]:
    """Compare the members of every class that has a definition."""
    defined = {s[1:-1] for axiom in statements.axioms for line in axiom for s, p, _ in [triple(line)] if p == f"<{OWL}equivalentClass>" and s.startswith("<")}
    ruled: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        s, p, o = triple(line)
        if p == TYPE and o[1:-1] in defined:
            ruled[o[1:-1]].add(s[1:-1])
    compared = []
    for cls in sorted(defined):
        owl = found.instances.get(cls, set())
        compared.append(Compared(cls, len(owl), len(ruled[cls]), tuple(sorted(owl - ruled[cls])), tuple(sorted(ruled[cls] - owl))))
    return compared


__all__ = ["LEAST_MEMORY", "Clashing", "Compared", "Limits", "Reasoned", "available", "class_name", "reason_over"]
