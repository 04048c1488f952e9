"""A study's tables as N-Triples in a temporary folder, and what in them hangs on which extract: what its variants are made from.

It reads and sorts; the rules run in variant.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from boundwork.files import temporary_folder
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.populate.context import grid_lines
from boundwork.populate.rows import Known, RowReader
from boundwork.populate.study import Population, populate
from boundwork.rules import Rule, codebook_facts, read_rules
from boundwork.stores.local import n_triples
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Reading, Study
from boundwork.terms import BW, CODE, id_of, iri, study_iri

_SELECTOR = "<http://www.w3.org/ns/oa#hasSelector>"
_CODES, _CLAIMS, _ABOUT, _WAVE, _CONFIDENCE, _DECIDES = (iri(BW + n) for n in ("codes", "claimsWork", "aboutActor", "atWave", "confidence", "decidesOn"))
_LOW = iri(CODE + "low")
_DATATYPE = "http://www.w3.org/2002/07/owl#DatatypeProperty"


def text(lines: Iterable[str]) -> bytes:
    """Lines as N-Triples text."""
    return "".join(f"{line}\n" for line in lines).encode()


def split(line: str) -> tuple[str, str, str]:
    """Subject, predicate and object of an N-Triples line, as they stand.

    >>> split('<a> <b> "c d" .')
    ('<a>', '<b>', '"c d"')
    """
    subject, predicate, thing = line[:-2].split(" ", 2)
    return subject, predicate, thing


class Material:
    """What all readings of a study share: tables as N-Triples, ontology, rules."""

    def __init__(self, study: Study, folder: Path, progress: Progress | None = None) -> None:
        """Write the tables into a folder. Errors: InputError when they hold violations."""
        from boundwork.pipeline.build import refuse

        self.study = study
        vocabulary = load_vocabulary(study.folder)
        self.rules: list[Rule] = read_rules(study.folder)
        self.population: Population = populate(study, vocabulary, folder, progress)
        refuse(self.population.findings, study)
        ontology = "".join(f"{line}\n" for i, p in enumerate(ontology_files(study.folder)) for line in n_triples(p, f"o{i}x")).encode()
        self.ontology = ontology + text(codebook_facts(ontology, self.rules))
        """Ontology as N-Triples, with what the rules of the codebook stage make of it."""
        self.measures = {iri(i) for i, t in vocabulary.terms.items() if _DATATYPE in t.types and BW + "Tally" in t.domains}
        """Properties whose values add up, as N-Triples terms."""
        self._known = Known(study, vocabulary)
        councils = study.folder / TABLES["councils"].file
        if councils.is_file():
            table = read_table(councils, TABLES["councils"])
            reader = RowReader(table, self._known)
            for row in table.rows():
                reader.read(row)

    def term(self, kind: str, name: str) -> str:
        """Return a thing of the study as an N-Triples term."""
        return iri(study_iri(self.study.id, kind, name))

    def lines(self, reading: Reading, part: int) -> Iterator[str]:
        """Yield the lines of one partition that the reading holds."""
        for parts in self.population.read_by(reading.graphs).values():
            if part in parts:
                with open(parts[part], encoding="utf-8", newline="\n") as file:
                    yield from (line.rstrip("\n") for line in file)

    def grid(self, cast: Iterable[tuple[str, str]]) -> set[str]:
        """Return the lines of every case, given the actors and waves (blank: undated) that extracts carry."""
        waves: dict[str, set[str]] = {}
        for actor, wave in cast:
            waves.setdefault(actor, set()).add(wave)
        return {f"{subject} {pair} ." for subject, pairs in grid_lines(self._known, waves) for pair in pairs}


@contextmanager
def material(study: Study, progress: Progress | None = None) -> Iterator[Material]:
    """Give the material of a study; its temporary folder goes at the end."""
    with temporary_folder() as folder:
        yield Material(study, folder, progress)


class Inventory:
    """What belongs to which extract in one reading. Things are N-Triples terms, as they stand in the lines."""

    def __init__(self, source: Material, reading: Reading, apart: Set[str] | None) -> None:
        """Look through a reading; `apart` names the extracts that are to stand by themselves (None: all)."""
        self._kinds = tuple(f"<{study_iri(source.study.id)}/{kind}/" for kind in ("coding", "work", "extract"))
        self.owner: dict[str, str] = {}
        """Selector, coding, work or decision -> its extract."""
        self.works: dict[str, str] = {}
        """Coding -> the work that it claims."""
        self.extracts: dict[str, tuple[int, str, str]] = {}
        """Extract -> partition, and the ids of actor and wave (blank: undated)."""
        self.codings: list[str] = []
        self.low: list[str] = []
        """Codings of low confidence."""
        self.pointed: dict[str, set[str]] = {}
        """Thing -> extracts whose rows name it without owning it, as a work that follows another."""
        self.common_of: dict[str, list[str]] = {}
        """Thing -> the lines outside every partition that name it, and all lines of a decision."""
        pointing = [pair for part in range(source.population.partitions) for pair in self._read(source.lines(reading, part), part)]
        for coding, work in self.works.items():
            if coding in self.owner:
                self.owner[work] = self.owner[coding]
        self.common = list(source.lines(reading, Population.COMMON))
        self._read_common()
        self.apart = set(self.extracts) if apart is None else {source.term("extract", e) for e in apart} & self.extracts.keys()
        for subject, thing in pointing:
            extract = self.owner.get(subject, subject)
            if self.owner.get(thing, thing) != extract:
                self.pointed.setdefault(thing, set()).add(extract)
        self.apart |= {e for thing, extracts in self.pointed.items() if self.owner.get(thing, thing) in self.apart for e in extracts}
        self.cast = Counter((actor, wave) for _, actor, wave in self.extracts.values())
        self._things: dict[str, list[str]] = {}
        for thing, extract in self.owner.items():
            self._things.setdefault(extract, []).append(thing)

    def _read(self, lines: Iterable[str], part: int) -> Iterator[tuple[str, str]]:
        """Take in the lines of a partition; yield subject and object where the object is some row's thing."""
        for line in lines:
            subject, predicate, thing = split(line)
            if predicate == _CODES:
                self.owner[subject] = thing
                self.codings.append(subject)
            elif predicate == _CLAIMS:
                self.works[subject] = thing
            elif predicate == _SELECTOR:
                self.owner[thing] = subject
            elif predicate in (_ABOUT, _WAVE):
                _, actor, wave = self.extracts.get(subject, (part, "", ""))
                name = id_of(thing[1:-1])
                self.extracts[subject] = (part, name, wave) if predicate == _ABOUT else (part, actor, name)
            elif predicate == _CONFIDENCE and thing == _LOW:
                self.low.append(subject)
            elif thing.startswith(self._kinds):
                yield subject, thing

    def _read_common(self) -> None:
        decisions = set()
        for line in self.common:
            subject, predicate, thing = split(line)
            if thing.startswith(self._kinds):
                self.common_of.setdefault(thing, []).append(line)
                if predicate == _DECIDES:
                    self.owner[subject] = thing
                    decisions.add(subject)
        for line in self.common:
            if (subject := line.split(" ", 1)[0]) in decisions:
                self.common_of.setdefault(subject, []).append(line)

    def place(self, subject: str) -> str | int:
        """Return the piece that a line of this subject belongs to: an extract that stands by itself, or the rest of a partition."""
        extract = self.owner.get(subject, subject)
        return extract if extract in self.apart or extract not in self.extracts else self.extracts[extract][0]

    def hanging(self, extracts: Set[str], codings: Set[str]) -> set[str]:
        """Return all that goes with some extracts and codings, themselves included."""
        things = {*extracts, *codings, *(self.works[c] for c in codings if c in self.works)}
        for extract in extracts:
            things.update(self._things.get(extract, ()))
        return things
