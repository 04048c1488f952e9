"""CONSTRUCT rules over one reading -> what it infers, and counts per case. The rules are the files of queries/derive/.

A rule's stage says what it needs: codebook (ontology and codebook only), coding (one coding at a time), tally (everything
about one extract together; counts of distinct extracts, which add up over partitions), case (the counts of whole cases),
outcome (what is kept of a reading beside the others). Rules of one stage run in the order of their numbers, each once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import InputError
from boundwork.populate.study import Population
from boundwork.project import content_files
from boundwork.queries.stored import StoredQuery, read_query
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Reading
from boundwork.terms import BW, RULE, XSD_INTEGER, Vocabulary, iri, study_iri

STAGES = ("codebook", "coding", "tally", "case", "outcome")
_COUNT = re.compile(rf'^(\S+) (\S+) "(\d+)"\^\^<{re.escape(XSD_INTEGER)}> \.$')


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
        self._measures = {iri(i) for i, t in vocabulary.terms.items() if numeric in t.types and BW + "Tally" in t.domains}
        self._counts: dict[tuple[str, str], int] = {}
        self._facts: dict[str, None] = {}

    def add(self, lines: Iterable[str]) -> None:
        """Take in the lines of one partition."""
        for line in lines:
            match = _COUNT.match(line)
            if match and match[2] in self._measures:
                key = (match[1], match[2])
                self._counts[key] = self._counts.get(key, 0) + int(match[3])
            else:
                self._facts[line] = None

    def lines(self) -> list[str]:
        """Return the sums and facts, sorted."""
        return sorted([*self._facts, *(f'{s} {p} "{n}"^^<{XSD_INTEGER}> .' for (s, p), n in self._counts.items())])


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


def infer(reading: Reading, population: Population, vocabulary: Vocabulary, ontology: bytes, rules: list[Rule], folder: Path,
          progress: Callable[[str, int], None] | None = None) -> Inference:
    """Run the rules over one reading, partition by partition, and write the inferred triples into a folder."""
    study = population.study
    folder.mkdir(parents=True, exist_ok=True)
    per_rule: dict[str, int] = {rule.name: 0 for rule in rules}
    by_stage = {stage: [r for r in rules if r.stage == stage] for stage in STAGES}
    current = f"{iri(study_iri(study.id))} {iri(BW + 'currentReading')} {iri(study_iri(study.id, 'reading', reading.id))} ."
    coders = {("coding", name) for name in reading.graphs}
    common = [p for key, parts in population.parts.items() if key[0] != "coding" or key in coders
              for part, p in parts.items() if part == Population.COMMON]

    def run(store: LocalStore, stage: str, keep: bool = True) -> list[str]:
        made: list[str] = []
        for rule in by_stage[stage]:
            lines = sorted(set(store.construct(rule.query.body)))
            per_rule[rule.name] += len(lines)
            if keep:
                store.load(_data(lines))
            made += lines
        return made

    context = LocalStore.memory()
    context.load(ontology)
    shared = [current, *run(context, "codebook")]
    context.close()

    def fresh() -> LocalStore:
        store = LocalStore.memory()
        store.load(ontology)
        for path in common:
            store.load_file(path)
        store.load(_data(shared))
        return store

    files = [folder / "codings.nt", folder / "cases.nt"]
    tallies = Tallies(vocabulary)
    with open(files[0], "wb") as out:
        for part in range(population.partitions):
            store = fresh()
            for key, parts in population.parts.items():
                if part in parts and (key[0] != "coding" or key in coders):
                    store.load_file(parts[part])
            out.write(_data(run(store, "coding")))
            tallies.add(run(store, "tally"))
            store.close()
            if progress:
                progress(f"rules, {reading.id}", part + 1)
    store = fresh()
    counted = tallies.lines()
    store.load(_data(counted))
    cases = run(store, "case")
    outcomes = run(store, "outcome", keep=False)
    store.close()
    files[1].write_bytes(_data(sorted({*shared, *counted, *cases})))
    return Inference(files, outcomes, per_rule)
