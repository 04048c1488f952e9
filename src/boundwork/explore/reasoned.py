"""One reading before the OWL reasoner: does it hold together, what are its members class by class, do the rules say the same, and if it
contradicts itself, which rows and axioms clash.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from boundwork.errors import Fault
from boundwork.explore.explanation import place
from boundwork.files import temporary_folder
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.populate import Population, populate
from boundwork.populate.origins import TABLE_OF, Rows
from boundwork.reasoning import LEAST_MEMORY, Clash, Conclusions, Limits, Split, conclude, engines, explain, sort_out, split
from boundwork.reasoning.axioms import sentences
from boundwork.reasoning.statements import OWL, TYPE, Statements, triple
from boundwork.rules import codebook_facts, infer, read_rules
from boundwork.shacl.facts import is_iri, literal_parts
from boundwork.stores.answer import Value
from boundwork.stores.local import n_triples
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Reading, Study, read_study
from boundwork.terms import BW, CODE, Vocabulary, compact, study_iri

_FIRST = ("coding", "work", "judgement", "decision", "extract", "selector", "speaker", "council")
"""Kinds of thing by how likely their row is at fault; all others come after them."""


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


@dataclass(frozen=True)
class Clashing:
    """One part of a contradiction: what it says, and where it stands (file:line and columns, or the ontology)."""

    what: str
    says: str
    where: str


@dataclass
class Reasoned:
    """What the reasoner said of one reading; `why_whole` says why it was not taken apart, `violations` counts findings on the tables."""

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

    @property
    def sound(self) -> bool:
        """True when nothing contradicts itself, every class can have members, and the rules agree with the definitions."""
        return self.conclusions.consistent and not self.conclusions.unsatisfiable and all(c.same for c in self.compared)


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
            progress(f"reasoning, {len(pieces.parts)} parts" if len(pieces.parts) > 1 else "reasoning", 0)
        found = conclude(pieces, limits)
        violations = sum(f.severity.word == "violation" for f in population.findings)
        reasoned = Reasoned(study, reading, found, found.again or pieces.why, pieces.components, len(lines), violations)
        if found.consistent:
            inferred = infer(reading, population, vocabulary, given, rules, place_for_files / "inferred", progress)
            made = [line for path in inferred.files for line in path.read_text(encoding="utf-8").splitlines()]
            reasoned.compared = _compare(found, statements, [*lines, *made])
            return reasoned
    part = statements if found.again else sort_out([*pieces.shared, *pieces.parts[found.failed]])
    clash = explain(part, _rows_first(part.facts, study), limits, progress) or explain(statements, _rows_first(statements.facts, study), limits, progress)
    if clash is None:
        raise Fault("The reasoner called the statements contradictory, and did not the second time.", "Run again with --whole.")
    reasoned.clash, reasoned.runs = _told(clash, study, vocabulary, statements), clash.runs
    return reasoned


def available() -> list[dict[str, str]]:
    """Return the reasoners that a user may think of: name, whether it can be used here, version, and what is to be said of it."""
    return [{"engine": e.name, "usable": "yes" if e.usable else "no", "version": e.version, "remark": e.remark} for e in engines()]


def _facts(population: Population, reading: Reading) -> list[str]:
    coders = {("coding", name) for name in reading.graphs}
    return [line for key, parts in population.parts.items() if key[0] != "coding" or key in coders
            for path in parts.values() for line in path.read_text(encoding="utf-8").splitlines()]


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


def _rows_first(facts: Iterable[str], study: Study) -> list[tuple[str, ...]]:
    """Facts row by row, those that are most likely at fault first."""
    base = study_iri(study.id) + "/"
    groups: dict[tuple[int, str], list[str]] = defaultdict(list)
    for line in facts:
        subject = triple(line)[0][1:-1]
        kind, _, ident = subject.removeprefix(base).partition("/") if subject.startswith(base) else ("", "", subject)
        rank = _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
        groups[rank, f"{TABLE_OF.get(kind, kind)}/{ident}"].append(line)
    return [tuple(lines) for _, lines in sorted(groups.items(), key=lambda g: g[0])]


def _told(clash: Clash, study: Study, vocabulary: Vocabulary, statements: Statements) -> list[Clashing]:
    base = study_iri(study.id) + "/"

    def name(iri: str) -> str:
        term = vocabulary.terms.get(iri)
        return iri.removeprefix(base) if iri.startswith(base) else (term.label if term else "") or compact(iri, vocabulary.prefixes)

    rows = Rows(study, vocabulary.expand)
    found = []
    for fact in clash.facts:
        s, p, o = triple(fact)
        value = _value(o)
        says = f"{name(s[1:-1])} {'is a' if p == TYPE else name(p[1:-1])} {name(value.text) if value.kind == 'iri' else value.text}"
        places = list(_places(rows, study, s[1:-1], p[1:-1], value))
        ours = s[1:-1].startswith((BW, CODE))
        found += [Clashing("row", says, where) for where in places] or [Clashing("axiom" if ours else "study", says, "ontology" if ours else "")]
    about = {t for fact in clash.facts for t in triple(fact)}
    for axiom in clash.axioms:
        found.append(Clashing("axiom", " ".join(sentences(axiom, statements.declarations, about, name)), "ontology"))
    return found


def _value(term: str) -> Value:
    if is_iri(term):
        return Value("iri", term[1:-1])
    text, language, datatype = literal_parts(term)
    return Value("literal", text, datatype, language)


def _places(rows: Rows, study: Study, subject: str, predicate: str, value: Value) -> Iterable[str]:
    """Every row that makes a triple, those that share an id included: file, physical line, columns and cells."""
    at = rows.place_of(subject)
    table = TABLE_OF.get(at[0]) if at else None
    if at is None or table is None:
        return
    spec = TABLES[table]
    path = study.folder / spec.file
    if not path.is_file():
        return
    read = read_table(path, spec)
    key = "id" if "id" in spec.by_name else spec.columns[0].name
    for row in read.rows():
        cells = dict(zip(read.header, row.cells, strict=False))
        if cells.get(key, "").strip() != at[1]:
            continue
        origin = next((o for o in rows.properties(at[0], predicate) if o.made(cells, value)), None)
        if origin is not None:
            shown = "; ".join(f"{c} = {t}" for c in origin.columns if (t := cells.get(c, "").strip()))
            yield re.sub(r"; $", "", f"{place(path)}:{row.line}  {shown}".rstrip())


__all__ = ["LEAST_MEMORY", "Clashing", "Compared", "Limits", "Reasoned", "available", "reason_over"]
