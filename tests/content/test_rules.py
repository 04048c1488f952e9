"""What follows from the coding: every rule derives, counts do not depend on how the work is cut, and a recount without RDF agrees."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import boundwork.populate.study
from boundwork.pipeline.builds import Build
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate import populate
from boundwork.rules import STAGES, infer, read_rules
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Reading, Study, read_study
from boundwork.terms import id_of
from conftest import STUDIES

ROOT = Path(__file__).resolve().parents[2]
RULES = read_rules()
READINGS = [(name, reading) for name in STUDIES for reading in read_study(ROOT / "data" / name).readings]
FLOORS = {"low": {"low", "medium", "high"}, "medium": {"medium", "high"}, "high": {"high"}}
BOUNDARIES = ("ideological-alignment", "expertise", "organisational-culture", "competitiveness")
DISTINCTIVE = {
    "central-local-contest": "bureaucratic", "managerial-alignment": "managerial", "selective-alignment": "hybrid",
    "local-expertise-first": "bureaucratic", "generic-expertise-first": "managerial", "locally-fitted-expertise": "hybrid",
    "professional-silos": "bureaucratic", "competing-over-time": "hybrid",
}
"""Table 3 by hand: the elements that stand in one column only."""
Counts = tuple[str, int, int, int, int, int, int, int]
"""Status; extracts, codings, bureaucratic, managerial, hybrid-element, blended and undecided extracts."""


def test_every_rule_file_is_a_rule() -> None:
    """One IRI each, and nothing in the folder that is no rule."""
    assert {p.name for p in (ROOT / "queries" / "derive").iterdir()} == {r.query.path.name for r in RULES}
    assert len({r.iri for r in RULES}) == len(RULES) > 30


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_rule_explains_itself(rule) -> None:  # type: ignore[no-untyped-def]
    """A sentence, a stage, and SPARQL that parses."""
    assert rule.query.summary.endswith(".")
    assert rule.stage in STAGES
    assert rule.query.header.keys() <= {"summary", "stage", "note"}
    ox.Store().query(rule.query.body)  # it parses


def test_every_rule_derives_something(builds: dict[str, Build]) -> None:
    """In some reading of a shipped study; a rule that never fires checks nothing."""
    derived = Counter({rule: n for b in builds.values() for counts in b.manifest["rules"].values() for rule, n in counts.items() if n})
    assert set(derived) == {r.name for r in RULES}


def test_every_reading_is_inferred_in_each_study(builds: dict[str, Build], studies: dict[str, Study]) -> None:
    """No reading is left out of the manifest that the test above reads."""
    assert {n: list(b.manifest["rules"]) for n, b in builds.items()} == {n: list(s.readings) for n, s in studies.items()}


def _inferred(study: Study, readings: list[Reading], parts: int, folder: Path, monkeypatch: pytest.MonkeyPatch, ontology: bytes) -> dict[str, list[str]]:
    size = (study.folder / "codings.csv").stat().st_size
    monkeypatch.setattr(boundwork.populate.study, "_BYTES_PER_PARTITION", size // parts)
    vocabulary = load_vocabulary(study.folder)
    folder.mkdir()
    population = populate(study, vocabulary, folder)
    assert population.partitions == parts
    assert len({p for held in population.parts.values() for p in held if p >= 0}) == parts
    made = {}
    for reading in readings:
        result = infer(reading, population, vocabulary, ontology, RULES, folder / "inferred" / reading.id)
        lines = [line for file in result.files for line in file.read_text(encoding="utf-8").splitlines()]
        made[reading.id] = sorted({*lines, *result.outcomes})
    return made


@pytest.mark.parametrize(("all_readings", "counts"), [(False, (1, 3)), pytest.param(True, (1, 3, 7), marks=pytest.mark.slow)], ids=["default", "all"])
@pytest.mark.parametrize("name", STUDIES)
def test_counts_do_not_depend_on_the_number_of_partitions(name: str, all_readings: bool, counts: tuple[int, ...], tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch, ontology_lines: bytes) -> None:
    """Every inferred triple of a reading is the same, however many partitions its codings lie in."""
    study = read_study(ROOT / "data" / name)
    readings = list(study.readings.values()) if all_readings else [study.reading(None)]
    one, *others = (_inferred(study, readings, parts, tmp_path / str(parts), monkeypatch, ontology_lines) for parts in counts)
    assert all(len(lines) > 500 for lines in one.values())
    assert all(other == one for other in others)


def _table(study: Study, name: str) -> Iterator[dict[str, str]]:
    with open(study.folder / f"{name}.csv", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _kept(study: Study, reading: str) -> Callable[[dict[str, str]], bool]:
    chosen = study.readings[reading]
    if not chosen.adjudicated:
        return lambda row: row["coder"] in chosen.coders
    kept = {k for row in _table(study, "decisions") for k in row["keeps"].split(";") if k}
    return lambda row: row["id"] in kept


def _status(extracts: int, bureaucratic: int, managerial: int, hybrid: int, blended: int, undecided: int) -> str:
    tests = {"blended": blended, "hybrid-element": hybrid, "co-existence": bureaucratic and managerial, "undecidable": undecided,
             "only-bureaucratic": bureaucratic, "only-managerial": managerial, "no-logic-coded": extracts, "no-evidence": True}
    return next(status for status, holds in tests.items() if holds)


def _recount(study: Study, reading: str, floor: str) -> dict[str, Counts]:
    """Every case counted from the tables alone."""
    extracts = {row["id"]: (row["about"] or study.field_id, row["wave"]) for row in _table(study, "extracts")}
    waves: dict[str, set[str]] = {}
    for about, wave in extracts.values():
        waves.setdefault(about, set()).add(wave)
    actors = [*(row["id"] for row in _table(study, "councils")), study.field_id]
    kinds = ("all", "bureaucratic", "managerial", "hybrid", "blended", "undecided")
    found: dict[str, dict[str, set[str]]] = {
        "-".join([a, b, *([w] if w else [])]): {k: set() for k in (*kinds, "codings")} for a in actors for b in BOUNDARIES for w in waves.get(a) or {""}}
    keep = _kept(study, reading)
    for row in _table(study, "codings"):
        if not keep(row) or row["confidence"] not in FLOORS[floor] or row["boundary"] in ("", "?"):
            continue
        about, wave = extracts[row["extract"]]
        case = found["-".join([about, row["boundary"], *([wave] if wave else [])])]
        elements = [] if row["stance"] == "deplored" else [e for e in row["elements"].split(";") if e not in ("", "?")]
        logics = {DISTINCTIVE[e] for e in elements if e in DISTINCTIVE}
        what = {"all", *logics}
        if {"bureaucratic", "managerial"} <= logics:
            what.add("blended")
        if elements and not logics:
            what.add("undecided")
        for each in what:
            case[each].add(row["extract"])
        case["codings"].add(row["id"])
    counted = {}
    for name, case in found.items():
        n = {k: len(v) for k, v in case.items()}
        status = _status(*(n[k] for k in kinds))
        counted[name] = (status, n["all"], n["codings"], n["bureaucratic"], n["managerial"], n["hybrid"], n["blended"], n["undecided"])
    return counted


QUERY = """PREFIX bw: <https://w3id.org/boundwork/ontology#>
SELECT ?case ?status ?n ?c ?b ?m ?h ?l ?u WHERE {
  ?tally a bw:CaseTally ; bw:tallyReading ?reading ; bw:floor <https://w3id.org/boundwork/code/FLOOR> ; bw:byCase ?case ; bw:caseStatus ?status ;
    bw:extracts ?n ; bw:codings ?c ; bw:bureaucraticExtracts ?b ; bw:managerialExtracts ?m ; bw:hybridElementExtracts ?h ; bw:blendedExtracts ?l ;
    bw:undecidedExtracts ?u . ?study bw:currentReading ?reading }"""


@pytest.mark.parametrize(("name", "reading"), READINGS)
def test_case_statuses_are_what_a_recount_of_the_tables_gives(name: str, reading: str, opened: Callable[[str, str], LocalStore]) -> None:
    """Plain Python over the CSV files against the graph: every case, every count, every floor."""
    study = read_study(ROOT / "data" / name)
    for floor in FLOORS:
        rows = [[v.text for v in row if v is not None] for row in opened(name, reading).select(QUERY.replace("FLOOR", floor))]
        graph = {id_of(row[0]): (id_of(row[1]), *map(int, row[2:])) for row in rows}
        assert len(graph) == len(rows)
        assert graph == _recount(study, reading, floor)
        assert len({counts[0] for counts in graph.values()}) > 1


@pytest.mark.parametrize("name", STUDIES)
def test_outcomes_of_all_readings_stand_in_every_store(name: str, opened: Callable[[str, str], LocalStore], studies: dict[str, Study]) -> None:
    """What a reading makes of a case beside the others is its status at the lowest floor."""
    query = """PREFIX bw: <https://w3id.org/boundwork/ontology#>
        SELECT ?reading ?case ?status ?n WHERE { ?o bw:underReading ?reading ; bw:outcomeOf ?case ; bw:outcomeStatus ?status ; bw:outcomeExtracts ?n }"""
    study = studies[name]
    expected = {(r, case, counts[0], counts[1]) for r in study.readings for case, counts in _recount(study, r, "low").items()}
    for reading in study.readings:
        rows = [[v.text for v in row if v is not None] for row in opened(name, reading).select(query)]
        assert {(id_of(r), id_of(c), id_of(s), int(n)) for r, c, s, n in rows} == expected
        assert len(rows) == len(expected)
