"""What became of every axiom in, explanations and the page of it out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from boundwork.project import content_files
from cases.mutation import Mutant

COMMAND = "python tests/content/mutate_axioms.py --write"
FOLLOWS = "follows"
KINDS = {
    "rdfs:subClassOf": "subclass", "owl:equivalentClass": "definition of a class", "owl:disjointWith": "two classes disjoint",
    "owl:disjointUnionOf": "disjoint union", "rdfs:domain": "domain", "rdfs:range": "range", "rdfs:subPropertyOf": "subproperty",
    "owl:propertyChainAxiom": "chain of properties", "owl:inverseOf": "inverse properties",
}


@dataclass(frozen=True)
class Explanation:
    """A row of survivors.csv: a pattern of names, what protects the axioms instead, and why no case does."""

    pattern: str
    check: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        """Say whether the row explains why an axiom is missed by no case."""
        return mutant.follows == (self.check == FOLLOWS) and fnmatchcase(mutant.axiom.name, self.pattern)


def explanations(study: Path | None = None) -> list[Explanation]:
    """Return the rows of survivors.csv: the shipped ones, or those of a study's own."""
    own = study / "ontology" / "cases" / "survivors.csv" if study else content_files("ontology/cases", "survivors.csv")[0]
    if not own.is_file():
        return []
    with own.open(encoding="utf-8", newline="") as file:
        return [Explanation(row["axiom"], row["check"], row["reason"]) for row in csv.DictReader(file)]


def explained(mutants: Iterable[Mutant], rows: Sequence[Explanation]) -> tuple[dict[Explanation, list[Mutant]], list[str]]:
    """Return row -> the survivors that it explains (the first row that fits), and the names of survivors that none explains."""
    found: dict[Explanation, list[Mutant]] = {row: [] for row in rows}
    open_ = []
    for mutant in mutants:
        if not mutant.noticed:
            row = next((r for r in rows if r.fits(mutant)), None)
            if row:
                found[row].append(mutant)
            else:
                open_.append(mutant.axiom.name)
    return found, open_


def kind(mutant: Mutant) -> str:
    """Return what sort of axiom it is, in words."""
    subject, predicate, *_ = mutant.axiom.words
    if subject.startswith("owl:"):
        return {"owl:AllDifferent": "codes all different", "owl:AllDisjointClasses": "classes all disjoint"}[subject]
    if predicate in KINDS:
        return KINDS[predicate]
    if predicate == "a":
        return "functional or inverse functional property" if "owl:" in mutant.axiom.name else "class of a code or scheme"
    return "property of a code"


def page(mutants: Sequence[Mutant], rows: Sequence[Explanation]) -> str:
    """Return the page in Markdown: the score by kind of axiom, the survivors with their reasons, and which cases notice what."""
    found, open_ = explained(mutants, rows)
    noticed = [m for m in mutants if m.noticed]
    lines = ["# Axioms and the cases that protect them", "",
             "Each axiom of the ontology is taken away in turn, and all of `ontology/cases` is put to the reasoner again.",
             "An axiom is noticed when a case no longer holds: something no longer follows, or a contradiction is gone.",
             "Declarations, labels and definitions are no axioms here.", "",
             "This page is made by `" + COMMAND + "`, which needs Java; `make test-all` compares it.", "",
             f"{len(mutants)} axioms: {len(noticed)} noticed by a case, {sum(map(len, found.values()))} explained below, {len(open_)} unexplained.", "",
             "## By kind", ""]
    kinds = sorted({kind(m) for m in mutants})
    of = {k: [m for m in mutants if kind(m) == k] for k in kinds}
    lines += _table(("kind of axiom", "axioms", "noticed", "follow from the rest", "checked elsewhere", "unexplained"),
                    ((k, *map(str, (len(of[k]), sum(bool(m.noticed) for m in of[k]), sum(m.follows and not m.noticed for m in of[k]),
                                    sum(not m.follows and not m.noticed and m.axiom.name not in open_ for m in of[k]),
                                    sum(m.axiom.name in open_ for m in of[k])))) for k in kinds))
    lines += ["## Noticed by no case", "", "From `ontology/cases/survivors.csv`.",
              "An axiom that follows from the rest cannot be missed; the run proves that it follows.", ""]
    protects = {r: "they follow from the rest" if r.check == FOLLOWS else f"`{r.check}`" for r in found}
    lines += [] if not found else _table(("axioms", "how many", "what protects them", "why no case does"),
                    ((f"`{r.pattern}`", str(len(m)), protects[r], r.reason) for r, m in found.items()))
    if open_:
        lines += ["Unexplained:", "", *(f"- `{name}`" for name in open_), ""]
    lines += ["## Noticed", "", "Cases that name the axiom; where none does, every case that notices it.", ""]
    lines += _table(("axiom", "cases"), ((f"`{_short(m.axiom.name)}`", ", ".join(m.noticed)) for m in noticed))
    return "\n".join(lines).rstrip() + "\n"


def _short(name: str) -> str:
    words = name.split()
    return name if len(words) <= 14 else f"{' '.join(words[:4])} ... ({len(words) - 1})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(r)} |" for r in (head, ["---"] * len(head), *rows)] + [""]
