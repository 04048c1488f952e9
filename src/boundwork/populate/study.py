"""All tables of a study -> N-Triples files, one per named graph and partition, with findings and counts.

Everything about one extract (the extract, and all codings of it) goes into one partition, so that counts of distinct
extracts made per partition simply add up.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from boundwork.findings import Finding
from boundwork.populate.context import codebook_lines, grid_lines, study_lines
from boundwork.populate.rows import UNDECIDED, Cell, Known, RowReader, predicate
from boundwork.tables.reader import Row, Table, read_table
from boundwork.tables.schema import TABLES, TableSpec
from boundwork.tables.studyfile import Study
from boundwork.terms import BW, RDF_TYPE, Vocabulary, integer, iri, study_iri

GraphKey = tuple[str, str]
"""Kind and name of a graph, such as ("coding", "coder-1")."""

_TYPE = iri(RDF_TYPE)
_THEORY = {c.name for c in TABLES["codings"].columns if c.on == "work"}
_BYTES_PER_PARTITION = 5_000_000
_FLUSH = 200_000


@dataclass
class Population:
    """What populating gave: N-Triples files per graph (`parts`), lines per graph (`counts`), rows per table, findings."""

    study: Study
    parts: dict[GraphKey, dict[int, Path]] = field(default_factory=dict)
    counts: Counter[GraphKey] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    partitions: int = 1

    COMMON = -1
    """The partition of what every partition needs: all but extracts and codings."""


class _Sink:
    """Collects lines per graph and partition and writes them to files when there are many."""

    def __init__(self, folder: Path, population: Population) -> None:
        self.folder = folder
        self.population = population
        self._lines: dict[tuple[GraphKey, int], list[str]] = {}
        self._files: dict[tuple[GraphKey, int], IO[bytes]] = {}
        self._held = 0

    def write(self, graph: GraphKey, part: int, lines: list[str]) -> None:
        key = (graph, part)
        held = self._lines.get(key)
        if held is None:
            held = self._lines[key] = []
        held += lines
        self._held += len(lines)
        if self._held > _FLUSH:
            self.flush()

    def flush(self) -> None:
        for key, lines in self._lines.items():
            if key not in self._files:
                (kind, name), part = key
                path = self.folder / "~".join([kind, zlib.crc32(name.encode()).__format__("08x"), str(part)])
                path = path.with_name(path.name + ".nt")
                self._files[key] = open(path, "wb")
                self.population.parts.setdefault(key[0], {})[part] = path
            self.population.counts[key[0]] += len(lines)
            self._files[key].write(("\n".join(lines) + "\n").encode())
            lines.clear()
        self._lines = {}
        self._held = 0

    def close(self) -> None:
        self.flush()
        for file in self._files.values():
            file.close()


def populate(study: Study, vocabulary: Vocabulary, folder: Path, progress: Callable[[str, int], None] | None = None) -> Population:
    """Write the study's graphs as N-Triples files into a folder and return where they are, with findings.

    Same tables, same bytes: nothing depends on time, machine or hash seeds. A row with a finding loses the cell it is
    about, or is left out when it cannot be named. Errors: InputError for a file that cannot be opened.
    """
    population = Population(study)
    known = Known(study, vocabulary)
    sink = _Sink(folder, population)
    codings = study.folder / TABLES["codings"].file
    if codings.is_file():
        population.partitions = max(1, codings.stat().st_size // _BYTES_PER_PARTITION)
    work = _Work(known, population, sink)
    readers: list[RowReader] = []
    try:
        for spec in TABLES.values():
            path = study.folder / spec.file
            if not path.exists():
                if spec.required:
                    population.findings.append(_missing(spec, study))
                continue
            table = read_table(path, spec, shown=_shown(path))
            reader = RowReader(table, known)
            readers.append(reader)
            write = work.writer(spec, reader)
            count = 0
            for row in table.rows():
                cells = reader.read(row)
                if cells is not None:
                    write(row, cells)
                count += 1
                if progress and not count % 10_000:
                    progress(spec.name, count)
            if not count and table.header and spec.required:
                table.find("table-no-rows", f"{spec.file} has a header and no rows. Enter at least one.", 2, 2)
            population.rows[spec.name] = count
        work.finish()
    finally:
        sink.close()
    for reader in readers:
        reader.settle()
        population.findings += reader.table.findings
    return population


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _missing(spec: TableSpec, study: Study) -> Finding:
    from boundwork.findings import Severity

    return Finding(Severity.VIOLATION, "table-missing", f"The study has no {spec.file}. Make it with: boundwork init", _shown(study.folder / spec.file))


Write = Callable[[Row, dict[str, Cell]], None]


class _Work:
    """Turns the cells of a row into lines and says which graph and partition they belong to."""

    def __init__(self, known: Known, population: Population, sink: _Sink) -> None:
        self.known, self.population, self.sink = known, population, sink
        self.study = known.study
        self.parts = population.partitions
        self.place: dict[str, tuple[str, str]] = {}  # extract -> (about, wave)
        self.waves: dict[str, set[str]] = {}  # about -> waves of its extracts ("" = undated)
        self.kept: set[str] = set()
        self.versions: set[str] = {self.study.codebook_version}
        self.row = predicate(known, "bw:row")
        self.base = study_iri(self.study.id)
        self.current = f"{predicate(known, 'bw:underCodebook')} {iri(study_iri(self.study.id, 'codebook', self.study.codebook_version))}"
        self.deplored = (predicate(known, "bw:invokesElement"), predicate(known, "bw:deploresElement"))

    def writer(self, spec: TableSpec, reader: RowReader) -> Write:
        """Return the function that writes one row of a table."""
        special: dict[str, Write] = {"extracts": self.extract, "codings": self.coding, "judgements": self.judgement,
                                     "codebook": self.codebook, "decisions": self.decision}
        if spec.name in special:
            return special[spec.name]
        graph = {"councils": ("study", ""), "claims": ("study", ""), "speakers": ("source", ""), "sources": ("source", ""),
                 "codes": ("codebook", self.study.codebook_version)}[spec.name]
        in_study = [] if spec.name == "codes" else [f"{predicate(self.known, 'bw:inStudy')} {iri(self.base)}"]
        fixed = [*(f"{_TYPE} {predicate(self.known, c)}" for c in spec.classes), *in_study]
        if spec.name == "codes":
            fixed.append(f"{predicate(self.known, 'skos:inScheme')} {iri(self.base + '/scheme/codes')}")

        def write(row: Row, cells: dict[str, Cell]) -> None:
            subject = self.iri(spec.kind, cells["id"].values[0])
            self.put(graph, Population.COMMON, subject, [*fixed, *self.pairs(spec, cells), self.row_pair(row)])

        return write

    def iri(self, kind: str, name: str) -> str:
        return iri(study_iri(self.study.id, kind, name))

    def row_pair(self, row: Row) -> str:
        return f"{self.row} {integer(row.number)}"

    def pairs(self, spec: TableSpec, cells: dict[str, Cell], skip: tuple[str, ...] = ()) -> list[str]:
        """The pairs of every cell that hangs on the row's own thing and may be published."""
        found: list[str] = []
        for name, cell in cells.items():
            column = spec.by_name[name]
            if column.on in ("", "self") and column.property and name not in skip and self.public(name):
                found += cell.pairs
        return found

    def public(self, column: str) -> bool:
        """False for words that stay out of the graph unless the study publishes them."""
        return {"quote": self.study.publish_quotes, "note": self.study.publish_notes}.get(column, True)

    def put(self, graph: GraphKey, part: int, subject: str, pairs: list[str]) -> None:
        self.sink.write(graph, part, [f"{subject} {pair} ." for pair in pairs])

    def partition(self, extract: str) -> int:
        return zlib.crc32(extract.encode()) % self.parts

    def extract(self, row: Row, cells: dict[str, Cell]) -> None:
        name = cells["id"].values[0]
        about = cells["about"].values[0] if "about" in cells else self.study.field_id
        wave = cells["wave"].values[0] if "wave" in cells else ""
        self.place[name] = (about, wave)
        self.waves.setdefault(about, set()).add(wave)
        kind = cells["kind"].values[0] if "kind" in cells else ""
        kinds = {"attributed": ["AttributedExtract"], "narrative": ["NarrativePassage"]}.get(kind, [])
        subject, selector = self.iri("extract", name), self.iri("selector", name)
        pairs = [f"{_TYPE} {iri(BW + c)}" for c in ("Extract", *kinds)]
        pairs += self.pairs(TABLES["extracts"], cells)
        if "about" not in cells:
            pairs.append(f"{predicate(self.known, 'bw:aboutActor')} {iri(self.known.actor_iri(about))}")
        pairs.append(self.row_pair(row))
        part = self.partition(name)
        place = [p for c in ("start", "end") if c in cells for p in cells[c].pairs]
        if place:
            pairs.append(f"{predicate(self.known, 'oa:hasSelector')} {selector}")
            self.put(("source", ""), part, selector, [f"{_TYPE} {predicate(self.known, 'oa:TextPositionSelector')}", *place])
        self.put(("source", ""), part, subject, pairs)

    def coding(self, row: Row, cells: dict[str, Cell]) -> None:
        name = cells["id"].values[0]
        if "extract" not in cells or "coder" not in cells:
            return
        extract, coder = cells["extract"].values[0], cells["coder"].values[0]
        subject, work = self.iri("coding", name), self.iri("work", name)
        spec = TABLES["codings"].by_name
        on_work: list[str] = []
        on_coding = [f"{_TYPE} {iri(BW + 'Coding')}"]
        claims = False
        for column, cell in cells.items():
            if column in _THEORY:
                if cell.values == (UNDECIDED,):
                    on_coding += cell.pairs
                    continue
                claims = True
                if column == "elements" and "stance" in cells and cells["stance"].values == ("deplored",):
                    on_work += [p.replace(*self.deplored) for p in cell.pairs]
                else:
                    on_work += cell.pairs
            elif spec[column].property and self.public(column):
                on_coding += cell.pairs
        if "codebook" not in cells:
            on_coding.append(self.current)
        on_coding.append(self.row_pair(row))
        lines = [f"{subject} {pair} ." for pair in on_coding]
        if claims:
            lines.append(f"{subject} {iri(BW + 'claimsWork')} {work} .")
            kind = cells["work"].values[0] if "work" in cells else ""
            kinds = {"boundary": ["BoundaryWork"], "practice": ["PracticeWork"]}.get(kind, [])
            lines += [f"{work} {_TYPE} {iri(BW + c)} ." for c in ("InstitutionalWork", *kinds)]
            boundary = cells["boundary"].values[0] if "boundary" in cells else UNDECIDED
            if boundary != UNDECIDED:
                about, wave = self.place[extract]
                lines.append(f"{work} {iri(BW + 'inCase')} {self.iri('case', case_id(about, boundary, wave))} .")
            lines += [f"{work} {pair} ." for pair in on_work]
        part = self.partition(extract)
        self.sink.write(("coding", coder), part, lines)
        if name in self.kept:
            self.sink.write(("coding", "adjudicated"), part, lines)

    def judgement(self, row: Row, cells: dict[str, Cell]) -> None:
        if "coder" not in cells or "boundary" not in cells:
            return
        about = cells["about"].values[0] if "about" in cells else self.study.field_id
        wave = cells["wave"].values[0] if "wave" in cells else ""
        case = self.iri("case", case_id(about, cells["boundary"].values[0], wave))
        subject = self.iri("judgement", cells["id"].values[0])
        pairs = [f"{_TYPE} {iri(BW + 'CaseJudgement')}", f"{iri(BW + 'judges')} {case}"]
        pairs += [*self.pairs(TABLES["judgements"], cells), self.row_pair(row)]
        self.put(("coding", cells["coder"].values[0]), Population.COMMON, subject, pairs)

    def codebook(self, row: Row, cells: dict[str, Cell]) -> None:
        for column in ("version", "changed"):
            if column in cells:
                self.versions.add(cells[column].values[0])
        for subject, pairs in codebook_lines(self.known, row.number, cells):
            self.put(("codebook", self.study.codebook_version), Population.COMMON, subject, pairs)

    def decision(self, row: Row, cells: dict[str, Cell]) -> None:
        if "keeps" in cells:
            self.kept.update(cells["keeps"].values)
        subject = self.iri("decision", cells["id"].values[0])
        pairs = [f"{_TYPE} {iri(BW + 'Decision')}", *self.pairs(TABLES["decisions"], cells), self.row_pair(row)]
        self.put(("decisions", ""), Population.COMMON, subject, pairs)

    def finish(self) -> None:
        """Write what no single row says: the study, its coders, readings and waves, and the whole grid of cases."""
        for graph, subject, pairs in study_lines(self.known, self.versions):
            self.put(graph, Population.COMMON, subject, pairs)
        for subject, pairs in grid_lines(self.known, self.waves):
            self.put(("study", ""), Population.COMMON, subject, pairs)


def case_id(about: str, boundary: str, wave: str) -> str:
    """Return the id of a case.

    >>> case_id("cs03", "expertise", "")
    'cs03-expertise'
    """
    return "-".join([about, boundary, *([wave] if wave else [])])


__all__ = ["GraphKey", "Population", "case_id", "populate"]
