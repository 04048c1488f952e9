"""CONSTRUCT rules over one reading -> what it infers, and counts per case. The rules are the files of queries/derive/.

A rule's stage says what it needs: codebook (ontology and codebook only), coding (one coding at a time), tally (everything
about one extract together; counts of distinct extracts, which add up over partitions), case (the counts of whole cases),
outcome (what is kept of a reading beside the others). Rules of one stage run in the order of their numbers, each once, and
see what came before them; but tally rules do not see each other's counts, which mean something only once they are added up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundwork.derivations.needs import Needs
from boundwork.errors import InputError
from boundwork.populate.study import Population
from boundwork.project import content_files
from boundwork.queries.stored import StoredQuery, read_query
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Reading
from boundwork.terms import BW, RULE, XSD_INTEGER, Vocabulary, iri, study_iri
from boundwork.workers import run_each

STAGES = ("codebook", "coding", "tally", "case", "outcome")
_WHOLE = f'"^^<{XSD_INTEGER}> .'


@dataclass(frozen=True)
class Rule:
    """A derivation rule: its stage, its IRI, and the CONSTRUCT."""

    name: str
    stage: str
    query: StoredQuery

    @property
    def iri(self) -> str:
        """IRI of the rule; the number in its file name is not part of it."""
        return RULE + self.name


def read_rules(study: Path | None = None) -> list[Rule]:
    """Return the rules in the order in which they run, the study's own included.

    Errors: InputError for a rule without a known stage or one that is no CONSTRUCT.
    """
    rules = []
    for path in content_files("queries/derive", "*.rq", study):
        query = read_query(path)
        stage = str(query.header.get("stage", ""))
        if stage not in STAGES:
            raise InputError(f"{path}: the header needs 'stage', one of {', '.join(STAGES)}.")
        if query.form != "CONSTRUCT":
            raise InputError(f"{path}: a rule must be a CONSTRUCT.")
        rules.append(Rule(re.sub(r"^\d+-", "", path.stem), stage, query))
    return sorted(rules, key=lambda r: (STAGES.index(r.stage), r.query.path.name))


class Tallies:
    """Triples of the tally stage from all partitions: counts are added, all else is kept once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        numeric = "http://www.w3.org/2002/07/owl#DatatypeProperty"
        self._measures = {m: m for i, t in vocabulary.terms.items() if numeric in t.types and BW + "Tally" in t.domains for m in (iri(i),)}
        self._counts: dict[str, dict[str, int]] = {}  # tally -> measure -> sum
        self._facts: dict[str, None] = {}

    def add(self, lines: Iterable[str]) -> None:
        """Take in the lines of one partition."""
        for line in lines:
            if line.endswith(_WHOLE):
                subject, measure, number = line.split(" ", 2)
                digits = number[1 : -len(_WHOLE)]
                if measure in self._measures and digits.isdecimal():
                    counts = self._counts.setdefault(subject, {})
                    counts[self._measures[measure]] = counts.get(measure, 0) + int(digits)
                    continue
            self._facts[line] = None

    def items(self) -> Iterator[tuple[str, int]]:
        """Yield every sum with its subject and predicate as key, and every fact as a key that counts nothing."""
        yield from ((f"{s} {p}", n) for s, counts in self._counts.items() for p, n in counts.items())
        yield from ((line, 0) for line in self._facts)

    @staticmethod
    def line(key: str, number: int) -> str:
        """Return an item as a line."""
        return key if key.endswith(" .") else f'{key} "{number}{_WHOLE}'

    def lines(self) -> list[str]:
        """Return the sums and facts, sorted."""
        return sorted(self.line(key, number) for key, number in self.items())


@dataclass
class Inference:
    """What a reading infers: files with N-Triples for the inferred graph, its outcomes, and lines per rule."""

    files: list[Path]
    outcomes: list[str]
    per_rule: dict[str, int]


def _data(lines: Iterable[str]) -> bytes:
    text = "\n".join(lines)
    return (text + "\n").encode() if text else b""


def codebook_facts(data: bytes, rules: list[Rule]) -> list[str]:
    """Return what the rules of the codebook stage infer from N-Triples data; shapes and reasoners need it as given."""
    store = LocalStore.memory()
    store.load(data)
    return sorted({line for rule in rules if rule.stage == "codebook" for line in store.construct(rule.query.body)})


Texts = list[tuple[str, str]]
"""Name and CONSTRUCT of each rule of a stage, in their order."""


def _run(store: LocalStore, rules: Texts, per_rule: dict[str, int], keep: bool = True) -> list[str]:
    """Run rules in their order and return the lines they make; with `keep`, each finds in the store what the ones before it made."""
    made: list[str] = []
    for name, text in rules:
        lines = sorted(store.construct(text)) if keep else store.construct(text)  # tallies are sorted once they are added up
        per_rule[name] = per_rule.get(name, 0) + len(lines)
        if keep:
            store.load(_data(lines), trusted=True)
        made += lines
    return made


def _store_of(files: Iterable[str], rules: Texts, more: Iterable[str] = ()) -> LocalStore:
    """Return a store in memory of those triples of some files and lines that these rules can meet: about half of all."""
    needs = Needs.of(text for _, text in rules)
    store = LocalStore.memory()
    for path in files:
        for lines in needs.of_file(Path(path)):
            store.load(lines, trusted=True)  # the store that is built of the same files checks them
    store.load(needs.of_lines(f"{line}\n".encode() for line in more), trusted=True)
    return store


def run_partition(files: list[str], rules: dict[str, Texts], codings: str, tallies: str) -> dict[str, int]:
    """Run the coding and tally rules over one partition and return how many lines each made.

    `files` are N-Triples, of which what the rules can meet is loaded, `rules` those of the two stages; the lines go to the
    files `codings` and `tallies`.
    """
    per_rule: dict[str, int] = {}
    store = _store_of(files, rules["coding"] + rules["tally"])
    Path(codings).write_bytes(_data(_run(store, rules["coding"], per_rule)))
    Path(tallies).write_bytes(_data(_run(store, rules["tally"], per_rule, keep=False)))
    store.close()
    return per_rule


def shared_facts(study: str, reading: Reading, ontology: bytes, rules: Texts, per_rule: dict[str, int]) -> list[str]:
    """Return what every partition of a reading is told beside the tables: which reading it is, and what the codebook rules infer."""
    store = LocalStore.memory()
    store.load(ontology)
    current = f"{iri(study_iri(study))} {iri(BW + 'currentReading')} {iri(study_iri(study, 'reading', reading.id))} ."
    shared = [current, *_run(store, rules, per_rule)]
    store.close()
    return shared


def conclude(files: list[str], counted: list[str], rules: dict[str, Texts], per_rule: dict[str, int]) -> tuple[list[str], list[str]]:
    """Run the case and outcome rules over the common N-Triples files and the added counts; return the lines of each stage."""
    store = _store_of(files, rules["case"] + rules["outcome"], counted)
    cases = _run(store, rules["case"], per_rule)
    outcomes = _run(store, rules["outcome"], per_rule, keep=False)
    store.close()
    return cases, outcomes


def infer(reading: Reading, population: Population, vocabulary: Vocabulary, ontology: bytes, rules: list[Rule], folder: Path,
          progress: Callable[[str, int], None] | None = None) -> Inference:
    """Run the rules over one reading, partition by partition, and write the inferred triples into a folder."""
    study = population.study
    folder.mkdir(parents=True, exist_ok=True)
    per_rule: dict[str, int] = {rule.name: 0 for rule in rules}
    by_stage = {stage: [(r.name, r.query.body) for r in rules if r.stage == stage] for stage in STAGES}
    loaded = population.read_by(reading.graphs)
    common = [str(path) for parts in loaded.values() for part, path in parts.items() if part == Population.COMMON]

    shared = shared_facts(study.id, reading, ontology, by_stage["codebook"], per_rule)
    given = folder / "given.nt"
    given.write_bytes(ontology + _data(shared))

    parts = range(population.partitions)
    jobs: list[dict[str, Any]] = [{"files": [str(given), *common, *(str(p[part]) for p in loaded.values() if part in p)],
                                   "rules": {s: by_stage[s] for s in ("coding", "tally")}, "codings": str(folder / f"{part}-codings.nt"),
                                   "tallies": str(folder / f"{part}-tallies.nt")} for part in parts]
    files = [folder / "codings.nt", folder / "cases.nt"]
    tallies = Tallies(vocabulary)
    with open(files[0], "wb") as out:
        for part, (job, made) in enumerate(zip(jobs, run_each("boundwork.rules:run_partition", jobs), strict=True), 1):
            for name, count in made.items():
                per_rule[name] += count
            out.write(Path(job["codings"]).read_bytes())
            with open(job["tallies"], encoding="utf-8", newline="\n") as lines:
                tallies.add(line.rstrip("\n") for line in lines)
            Path(job["codings"]).unlink()
            Path(job["tallies"]).unlink()
            if progress:
                progress(f"rules, {reading.id}", part)

    counted = tallies.lines()
    cases, outcomes = conclude([str(given), *common], counted, by_stage, per_rule)
    given.unlink()
    files[1].write_bytes(_data(sorted({*shared, *counted, *cases})))
    return Inference(files, outcomes, per_rule)
