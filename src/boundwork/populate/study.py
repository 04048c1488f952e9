"""All tables of a study -> N-Triples files, one per named graph and partition, with findings and counts.

Everything about one extract (the extract, and all codings of it) goes into one partition, so that counts of distinct
extracts made per partition simply add up. Where a study has councils enough, all that is about one council goes together:
then the counts of a case are made once, and not once per partition.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from boundwork.files import shown_path
from boundwork.findings import Finding, Severity
from boundwork.linking.disclosure import Published
from boundwork.populate.beside import Beside, published
from boundwork.populate.context import codebook_lines, grid_lines, study_lines
from boundwork.populate.population import GraphKey, Population, Sink
from boundwork.populate.rows import UNDECIDED, Cell, Known, RowReader, namer, predicate
from boundwork.tables.reader import Row, Table, read_table
from boundwork.tables.schema import TABLES, TableSpec
from boundwork.tables.studyfile import Study
from boundwork.terms import BW, RDF_TYPE, XSD_INTEGER, Vocabulary, iri, study_iri

_TYPE = iri(RDF_TYPE)
_THEORY = {c.name for c in TABLES["codings"].columns if c.on == "work"}
_BYTES_PER_PARTITION = 5_000_000
_ACTORS_PER_PARTITION = 4
_OPEN = (UNDECIDED,)


def _types(*names: str) -> tuple[str, ...]:
    """Return the pairs that say of which classes of ours a thing is.

    >>> _types("Coding")
    ('<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/boundwork/ontology#Coding>',)
    """
    return tuple(f"{_TYPE} {iri(BW + name)}" for name in names)


_CODING = _types("Coding")[0]
_CLAIMS = iri(BW + "claimsWork")
_IN_CASE = iri(BW + "inCase")
_EXTRACT = {"": _types("Extract"), "attributed": _types("Extract", "AttributedExtract"), "narrative": _types("Extract", "NarrativePassage")}
_WORK = {"": _types("InstitutionalWork"), UNDECIDED: _types("InstitutionalWork"), "boundary": _types("InstitutionalWork", "BoundaryWork"),
         "practice": _types("InstitutionalWork", "PracticeWork")}


def _lines(subject: str, pairs: list[str]) -> str:
    """Return one line per pair, all of one subject."""
    return f"{subject} " + f" .\n{subject} ".join(pairs) + " .\n"


class _Cases(dict[str, str]):
    """Boundary -> the pair that puts work into the case of one actor and wave; extracts of the same actor and wave share it."""

    def __init__(self, about: str, wave: str, study: str) -> None:
        super().__init__()
        self.about, self.wave, self._study = about, wave, study

    def __missing__(self, boundary: str) -> str:
        case = iri(study_iri(self._study, "case", case_id(self.about, boundary, self.wave)))
        pair = self[boundary] = f"{_IN_CASE} {case}"
        return pair


def populate(study: Study, vocabulary: Vocabulary, folder: Path, progress: Callable[[str, int], None] | None = None,
             partition_bytes: int = 0, keep_repeated: bool = False, partitions: int = 0) -> Population:
    """Write the study's graphs as N-Triples files into a folder and return where they are, with findings.

    There are as many partitions as asked for, or one for each `partition_bytes` of codings.csv (0: the size that suits a build). With
    `keep_repeated`, a row whose id another row has is taken in as well, so that a reasoner sees what the two say together.

    Same tables, same bytes: nothing depends on time, machine or hash seeds. A row with a finding loses the cell it is
    about, or is left out when it cannot be named. Errors: InputError for a file that cannot be opened.
    """
    return populated(study, vocabulary, folder, progress, partition_bytes, keep_repeated, partitions).settled()


def populated(study: Study, vocabulary: Vocabulary, folder: Path, progress: Callable[[str, int], None] | None = None,
              partition_bytes: int = 0, keep_repeated: bool = False, partitions: int = 0) -> Populator:
    """Do what `populate` does, and return what knows the study now; `settled` gives the population."""
    codings = study.folder / TABLES["codings"].file
    size = codings.stat().st_size if codings.is_file() else 0
    number = partitions or max(1, size // (partition_bytes or _BYTES_PER_PARTITION))
    populator = Populator(study, vocabulary, folder, number, keep_repeated, progress)
    with populator:
        for spec in TABLES.values():
            path = study.folder / spec.file
            if path.exists():
                table = read_table(path, spec, shown=shown_path(path))
                if not populator.read(table) and table.whole and spec.required:
                    no_rows(table)
            elif spec.required:
                populator.population.findings.append(missing_table(spec, study))
        populator.complete()
    return populator


class Populator:
    """Writes the graphs of one table after another; what it has read of the tables before is `known`.

    Used as a context: the files are complete when it ends. A share of a study is populated by reading that share alone, after
    `known` and `kept` were told what the rest of the study says.
    """

    def __init__(self, study: Study, vocabulary: Vocabulary, folder: Path, partitions: int = 1, keep_repeated: bool = False,
                 progress: Callable[[str, int], None] | None = None) -> None:
        self.population = Population(study, partitions=partitions)
        self.known = Known(study, vocabulary, keep_repeated=keep_repeated)
        self._sink = Sink(folder, self.population)
        self.work = Work(self.known, self.population, self._sink)
        self.readers: list[RowReader] = []
        self._progress = progress

    def __enter__(self) -> Populator:
        return self

    def __exit__(self, *failure: object) -> None:
        self._sink.close()

    @property
    def kept(self) -> set[str]:
        """Codings that decisions keep: they stand in the graph of the adjudicated reading as well."""
        return self.work.kept

    @property
    def waves(self) -> dict[str, set[str]]:
        """Council or field -> waves of the extracts about it (empty text: undated); there is a case for each."""
        return self.work.waves

    @property
    def versions(self) -> set[str]:
        """Versions of the codebook that the tables name."""
        return self.work.versions

    def read(self, table: Table) -> int:
        """Read a table to its end, write what its rows say, and return how many there were."""
        spec = table.spec
        reader = RowReader(table, self.known)
        self.readers.append(reader)
        write = self.work.writer(spec, reader)
        count = 0
        for row in table.rows():
            cells = reader.read(row)
            if cells is not None:
                write(row, cells)
            count += 1
            if self._progress and not count % 10_000:
                self._progress(spec.name, count)
        if not table.whole:
            self.known.broken.add(spec.name)
            self.population.broken.add(spec.name)
        self.population.rows[spec.name] = count
        return count

    def complete(self) -> None:
        """Write what no single row says: the study, its coders, readings and waves, and the grid of cases."""
        self.work.finish()

    def settled(self) -> Population:
        """Check the references that could only be checked once every row was read, and return what came of it all."""
        for reader in self.readers:
            reader.settle()
            self.population.findings += reader.table.findings
        self.population.findings = while_nothing_is_coded(self.population.findings)
        return self.population


def no_rows(table: Table) -> None:
    """Note that a table that a study cannot do without has a header and nothing else."""
    table.find("table-no-rows", f"{table.spec.file} has a header and no rows. Enter at least one.", 2, 2)


def while_nothing_is_coded(findings: list[Finding]) -> list[Finding]:
    """Return findings in which tables without rows are no violation where all of them are so: a codebook stands before the coding."""
    empty = [f for f in findings if f.rule == "table-no-rows"]
    if len(empty) < sum(spec.required for spec in TABLES.values()):
        return findings
    return [replace(f, severity=Severity.WARNING, message=f"{Path(f.file).name} has a header and no rows: nothing is coded yet. Enter rows as you code; "
                    "what the codebook says is checked already.") if f in empty else f for f in findings]


def missing_table(spec: TableSpec, study: Study) -> Finding:
    """Return the finding on a table that the study lacks."""
    return Finding(Severity.VIOLATION, "table-missing",
                   f"The study has no {spec.file}. Add it; its columns are listed by: boundwork explain {spec.name}", shown_path(study.folder / spec.file))


Write = Callable[[Row, dict[str, Cell]], None]


class Work:
    """Turns the cells of a row into lines and says which graph and partition they belong to."""

    def __init__(self, known: Known, population: Population, sink: Sink) -> None:
        self.known, self.population, self.sink = known, population, sink
        self.study = known.study
        self.parts = population.partitions
        self.by_extract = True
        self.cases: dict[tuple[str, str], _Cases] = {}  # (about, wave) -> its cases
        self.place: dict[str, _Cases] = {}  # extract -> the cases that its codings may belong to
        self.waves: dict[str, set[str]] = {}  # about -> waves of its extracts ("" = undated)
        self.kept: set[str] = set()
        self.versions: set[str] = {self.study.codebook_version}
        self.councils: list[Published] = []
        self.row = f'{predicate(known, "bw:row")} "', f'"^^<{XSD_INTEGER}>'
        self.base = study_iri(self.study.id)
        self.current = f"{predicate(known, 'bw:underCodebook')} {iri(study_iri(self.study.id, 'codebook', self.study.codebook_version))}"
        self.deplored = (predicate(known, "bw:invokesElement"), predicate(known, "bw:deploresElement"))
        self.own = {spec.name: {c.name for c in spec.columns if c.on in ("", "self") and c.property and self.public(c.name)} for spec in TABLES.values()}
        self.name_extract, self.name_selector = namer(self.study, "extract"), namer(self.study, "selector")
        self.name_coding, self.name_work = namer(self.study, "coding"), namer(self.study, "work")
        self.has_selector = predicate(known, "oa:hasSelector")
        self.selector_type = f"{_TYPE} {predicate(known, 'oa:TextPositionSelector')}"

    def writer(self, spec: TableSpec, reader: RowReader) -> Write:
        """Return the function that writes one row of a table."""
        special: dict[str, Write] = {"extracts": self.extract, "codings": self.coding, "judgements": self.judgement,
                                     "codebook": self.codebook, "decisions": self.decision}
        if spec.name == "extracts":  # by now the councils are known
            self.by_extract = len(self.known.ids.get("councils", ())) < _ACTORS_PER_PARTITION * self.parts
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
            if spec.name == "councils":
                self.councils.append(published(cells))
            self.put(graph, Population.COMMON, subject, [*fixed, *self.pairs(spec, cells), self.row_pair(row)])

        return write

    def iri(self, kind: str, name: str) -> str:
        return iri(study_iri(self.study.id, kind, name))

    def row_pair(self, row: Row) -> str:
        return f"{self.row[0]}{row.number}{self.row[1]}"

    def pairs(self, spec: TableSpec, cells: dict[str, Cell]) -> list[str]:
        """The pairs of every cell that hangs on the row's own thing and may be published."""
        found: list[str] = []
        own = self.own[spec.name]
        for name, cell in cells.items():
            if name in own:
                found += cell.pairs
        return found

    def public(self, column: str) -> bool:
        """False for words that stay out of the graph unless the study publishes them."""
        return {"quote": self.study.publish_quotes, "note": self.study.publish_notes}.get(column, True)

    def put(self, graph: GraphKey, part: int, subject: str, pairs: list[str]) -> None:
        self.sink.write(graph, part, _lines(subject, pairs), len(pairs))

    def partition(self, extract: str, about: str) -> int:
        return zlib.crc32((extract if self.by_extract else about).encode()) % self.parts

    def extract(self, row: Row, cells: dict[str, Cell]) -> None:
        name = cells["id"].values[0]
        about = cells["about"].values[0] if "about" in cells else self.study.field_id
        wave = cells["wave"].values[0] if "wave" in cells else ""
        cases = self.cases.get((about, wave))
        if cases is None:
            cases = self.cases[about, wave] = _Cases(about, wave, self.study.id)
            self.waves.setdefault(about, set()).add(wave)
        self.place[name] = cases
        pairs = [*_EXTRACT[cells["kind"].values[0] if "kind" in cells else ""], *self.pairs(TABLES["extracts"], cells)]
        if "about" not in cells:
            pairs.append(f"{predicate(self.known, 'bw:aboutActor')} {iri(self.known.actor_iri(about))}")
        pairs.append(self.row_pair(row))
        part = self.partition(name, about)
        place = [p for c in ("start", "end") if c in cells for p in cells[c].pairs]
        if place:
            selector = self.name_selector(name)
            pairs.append(f"{self.has_selector} {selector}")
            self.put(("source", ""), part, selector, [self.selector_type, *place])
        self.put(("source", ""), part, self.name_extract(name), pairs)

    def coding(self, row: Row, cells: dict[str, Cell]) -> None:
        if "extract" not in cells or "coder" not in cells:
            return
        name, extract, coder = cells["id"].values[0], cells["extract"].values[0], cells["coder"].values[0]
        if extract not in self.place:  # its row could not be read
            return
        own = self.own["codings"]
        on_coding = [_CODING]
        on_work: list[str] = []
        claims = False
        for column, cell in cells.items():
            if column in _THEORY:
                if cell.values == _OPEN:
                    on_coding += cell.pairs
                    continue
                claims = True
                if column == "elements" and "stance" in cells and cells["stance"].values == ("deplored",):
                    on_work += [p.replace(*self.deplored) for p in cell.pairs]
                else:
                    on_work += cell.pairs
            elif column in own:
                on_coding += cell.pairs
        if "codebook" not in cells:
            on_coding.append(self.current)
        on_coding.append(self.row_pair(row))
        if claims:
            work = self.name_work(name)
            on_coding.append(f"{_CLAIMS} {work}")
            about_work = [*_WORK[cells["work"].values[0] if "work" in cells else ""]]
            if "boundary" in cells and cells["boundary"].values != _OPEN:
                about_work.append(self.place[extract][cells["boundary"].values[0]])
            about_work += on_work
            lines, count = _lines(self.name_coding(name), on_coding) + _lines(work, about_work), len(on_coding) + len(about_work)
        else:
            lines, count = _lines(self.name_coding(name), on_coding), len(on_coding)
        part = self.partition(extract, self.place[extract].about)
        self.sink.write(("coding", coder), part, lines, count)
        if name in self.kept:
            self.sink.write(("coding", "adjudicated"), part, lines, count)

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
        beside = Beside(self.known, self.councils)
        for graph, lines in beside.graphs():
            self.sink.write(graph, Population.COMMON, "".join(f"{line}\n" for line in lines), len(lines))
        self.population.findings += beside.findings


def case_id(about: str, boundary: str, wave: str) -> str:
    """Return the id of a case.

    >>> case_id("cs03", "expertise", "")
    'cs03-expertise'
    """
    return "-".join([about, boundary, *([wave] if wave else [])])


__all__ = ["GraphKey", "Population", "case_id", "populate"]
