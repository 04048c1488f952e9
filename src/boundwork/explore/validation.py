"""Table checks and SHACL on a study, or SHACL on any RDF files -> one report whose findings point at file, line and column."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from boundwork.errors import InputError
from boundwork.files import shown_path, temporary_folder
from boundwork.findings import Finding, Report, Severity
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import read_study
from boundwork.terms import study_iri

if TYPE_CHECKING:
    from boundwork.populate import Population, Populator
    from boundwork.shacl import Parted
    from boundwork.tables.studyfile import Study

PARTITION = 2_500_000
"""Bytes of codings.csv to a partition: a worker holds one in about 500 MB."""


def validate_study(folder: Path, shapes: list[Path] | None = None, progress: Progress | None = None, together: bool = False) -> Report:
    """Return all findings on a study: tables first, then SHACL over all coders' rows together (nothing inferred but what is distinctive).

    With `together`, also what the rows say only together: see explore.consistency.
    """
    from boundwork.explore.consistency import consistency, rows_of_coders, runs

    study = read_study(folder)
    with temporary_folder() as place:
        population, files, report = check_tables(folder, study, shapes, place, progress)
        if population.broken:
            return report
        found = _ask_shapes(population, place, folder, files, report, progress)
    report.add(shown(place_findings(folder, found), report.findings, study))
    report.add(runs(report.findings, lambda: rows_of_coders(folder)))
    if together:
        report.add(consistency(folder) if all_readable(report.findings) else [together_not_asked()])
    if study.agreement_threshold is not None:
        from boundwork.explore.agreed import below_threshold

        report.add(below_threshold(folder))
    return report


def check_tables(folder: Path, study: Study, shapes: list[Path] | None, place: Path, progress: Progress | None = None,
                 hold: list[Populator] | None = None) -> tuple[Population, list[Path], Report]:
    """Return what the tables of a study became, the files of shapes to ask, and what is wrong so far. `hold` takes what knows the rows."""
    from boundwork.populate import populated
    from boundwork.shacl import codebook_rules, shape_files

    vocabulary = load_vocabulary(folder)
    populator = populated(dataclasses.replace(study, publish_notes=True), vocabulary, place, progress, PARTITION)  # rules may ask for a note
    population = populator.settled()
    if hold is not None:
        hold.append(populator)
    report = Report(list(population.findings), dict(population.rows))
    if population.broken:
        report.add(not_asked(shown_path(folder / TABLES[n].file)) for n in TABLES if n in population.broken)
        return population, [], report
    own = codebook_rules(study, vocabulary, shown_path(folder / TABLES["codebook"].file))
    report.add(own.findings)
    written = own.write(place) if shapes is None else None
    return population, [*(shapes if shapes is not None else shape_files(folder)), *([written] if written else [])], report


def shown(found: list[Finding], before: list[Finding], study: Study) -> list[Finding]:
    """Return the findings of shapes that say more than what was found before at their cell, and that the study does not override."""
    at_cell = {(f.file.rsplit("/", 1)[-1], f.row, f.column) for f in before if f.row}
    overridden = {o.rule for o in study.overrides}
    return [f for f in found if (f.file.rsplit("/", 1)[-1], f.row, f.column) not in at_cell and f.rule not in overridden]


def not_asked(shown: str) -> Finding:
    """Return the finding that says that shapes were not asked, because this table cannot be read to its end."""
    return Finding(Severity.INFO, "shapes-not-asked",
                   "The shapes were not asked, because this table cannot be read to its end. Mend it first, then validate again.", shown)


def all_readable(findings: list[Finding]) -> bool:
    """True where no row is left aside for what its table says, so that rows may be compared with one another."""
    return not any(f.severity == Severity.VIOLATION and f.rule.startswith("table-") for f in findings)


def together_not_asked() -> Finding:
    """Return the finding that says that rows were not compared with one another."""
    return Finding(Severity.INFO, "together-not-asked", "Contradictions, overlaps, over-quoted councils and gaps were not looked for, because some rows cannot "
                   "be read as they stand. Mend the violations of rules that begin with table-, then validate again.")


def _ask_shapes(population: Population, place: Path, folder: Path, shape_files: list[Path], report: Report, progress: Progress | None) -> list[Finding]:
    """Ask the shapes of all coders' rows together, in parts where there are many."""
    from boundwork import shacl

    graph = graph_in_parts(population, place, folder)
    data = shacl.read_lines(graph.common)
    rules = shacl.load_shapes(shape_files)
    if progress:
        progress("shapes", 0)
    report.add(shacl.lint(rules, data))
    if population.partitions > 1:
        return shacl.check_parted(graph, shape_files, place, progress)
    for path in graph.parts[0]:
        data.join(shacl.read_lines([path]))
    return shacl.check(data, rules)


def graph_in_parts(population: Population, place: Path, folder: Path) -> Parted:
    """Return a population with the ontology and what the codebook lets conclude; their files go into a folder."""
    from boundwork import shacl
    from boundwork.rules import codebook_facts, read_rules
    from boundwork.stores.local import n_triples

    files = {key: parts for key, parts in population.parts.items() if key != ("coding", "adjudicated")}
    ontology = place / "ontology.nt"
    ontology.write_text("".join(f"{line}\n" for i, p in enumerate(ontology_files(folder)) for line in n_triples(p, f"o{i}x")), encoding="utf-8", newline="\n")
    common = [ontology, *(parts[population.COMMON] for parts in files.values() if population.COMMON in parts)]
    inferred = place / "codebook-facts.nt"
    facts = codebook_facts(b"".join(p.read_bytes() for p in common), read_rules(folder))
    inferred.write_text("".join(f"{line}\n" for line in facts), encoding="utf-8", newline="\n")
    parts = [[p[n] for p in files.values() if n in p] for n in range(population.partitions)]
    return shacl.Parted([*common, inferred], parts, tuple(f"<{study_iri(population.study.id, kind, '')}" for kind in population.KINDS))


def validate_files(paths: list[Path], shapes: list[Path] | None = None, given: bytes | None = None) -> Report:
    """Return the findings of SHACL on RDF files, together with the ontology where the shipped shapes are used.

    `given` is RDF that stands in no file, in any format that boundwork reads. Errors: InputError for what cannot be read.
    """
    from boundwork import shacl
    from boundwork.stores.local import rdf_ending

    nameless = {} if given is None else {Path(f"stdin{rdf_ending(given)}"): given}
    try:
        data = shacl.read([*paths, *nameless], nameless)
    except InputError as error:
        if not any(error.message.startswith(str(path)) for path in nameless):
            raise
        raise InputError(error.message, "Standard input is read as RDF: Turtle, TriG, N-Triples, N-Quads, JSON-LD or RDF/XML. "
                         "A table is checked in its study: save it there, and give the folder.") from None
    ontology = shacl.read(ontology_files())
    size = len(data)
    if shapes is None:
        data.add(ontology.lines())
    graph = shacl.load_shapes(shapes if shapes is not None else shacl.shape_files())
    report = Report(looked_at={"triples": size})
    report.add(shacl.lint(graph, data, meets=shapes is not None, declared=ontology))
    report.add(shacl.check(data, graph))
    return report


def rdf_files(names: list[str]) -> list[Path]:
    """Return files as paths, a folder as the Turtle files in it.

    Errors: InputError for a name that is neither, or a folder without Turtle.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        inside = sorted(path.glob("*.ttl")) if path.is_dir() else [path]
        if not inside or not all(p.is_file() for p in inside):
            raise InputError(f"{name} is no file, and no folder with .ttl files.")
        found += inside
    return found


def place_findings(folder: Path, findings: list[Finding]) -> list[Finding]:
    """Give findings on rows their file as shown, the physical line, and what the cell says."""
    wanted = {f.file for f in findings if f.file}
    places: dict[str, dict[int, tuple[int, list[str], list[str]]]] = {}
    shown = {}
    for spec in TABLES.values():
        if spec.file in wanted:
            path = folder / spec.file
            numbers = {f.row for f in findings if f.file == spec.file}
            try:
                table = read_table(path, spec)
                places[spec.file] = {r.number: (r.line, r.cells, table.header) for r in table.rows() if r.number in numbers}
            except InputError:
                continue
            shown[spec.file] = shown_path(path)
    placed = []
    for f in findings:
        line, cells, header = places.get(f.file, {}).get(f.row, (0, [], []))
        value = cells[header.index(f.column)].strip() if f.column in header and header.index(f.column) < len(cells) else f.value
        placed.append(dataclasses.replace(f, file=shown.get(f.file, f.file), line=line, value=value))
    return placed
