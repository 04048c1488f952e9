"""Links of a study: what the command finds and writes, decisions of a person, the graph of links, and what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.errors import InputError, UsageError
from boundwork.explore.linked import Asked, link
from boundwork.linking.decisions import COLUMNS as DECISION_COLUMNS
from boundwork.linking.mappings import COLUMNS as SSSOM_COLUMNS
from boundwork.linking.mappings import JUSTIFIED, MappingSet, read_mappings, same_dates
from boundwork.linking.registers import read_register
from boundwork.linking.words import Words
from boundwork.pipeline.build import build
from boundwork.pipeline.builds import Build
from boundwork.stores.local import LocalStore
from conftest import ROOT, Run
from readers.writers import csv_bytes, ods, xlsx

EXAMPLE = ROOT / "data" / "example-study"


@pytest.fixture
def study(scratch: Path) -> Path:
    """A copy of the example study without its links."""
    import shutil

    folder = scratch / "study"
    shutil.copytree(EXAMPLE, folder)
    shutil.rmtree(folder / "links")
    return folder


REGISTER = EXAMPLE / "reference" / "council-register.csv"


def asked() -> Asked:
    return Asked(REGISTER, "council-register.csv", source="Register of invented councils", author="The boundwork maintainers")


def test_shipped_links_are_what_the_command_finds(study: Path) -> None:
    """The mapping set, the linked councils and the candidates, but for the day of the mapping."""
    link(study, asked()).write()
    names = sorted(p.name for p in (study / "links").iterdir())
    assert names == ["council-register.candidates.csv", "council-register.councils.ttl", "council-register.sssom.tsv"]
    new, kept = (read_mappings(f / "links" / "council-register.sssom.tsv") for f in (study, EXAMPLE))
    assert same_dates(new.rows, kept.rows) == kept.rows
    assert new.metadata == kept.metadata
    assert (study / "links" / names[0]).read_text() == (EXAMPLE / "links" / names[0]).read_text()
    shown = [rdflib.Graph().parse(f / "links" / names[1]) for f in (study, EXAMPLE)]
    assert set(shown[0]) == set(shown[1])


@pytest.mark.parametrize("path", [EXAMPLE / "links" / "council-register.sssom.tsv", ROOT / "data" / "reference" / "council-types-and-regions.sssom.tsv"],
                         ids=lambda p: p.name)
@pytest.mark.filterwarnings("ignore")
def test_mapping_sets_are_valid_sssom(path: Path) -> None:
    """By the library of the standard: schema, prefixes, and no row lost on the way in."""
    from sssom.parsers import parse_sssom_table
    from sssom.validators import validate

    parsed = parse_sssom_table(path)
    reports = validate(parsed, fail_on_error=False)
    assert [r.message for report in reports.values() for r in report.results] == []
    assert len(parsed.df) == len(read_mappings(path).rows) > 4


def test_decisions_of_a_person_become_links_by_manual_curation(study: Path) -> None:
    first = link(study, asked())
    first.write()
    table = study / "links" / "council-register.candidates.csv"
    with open(table, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["council"] for r in rows} == {"brackenford", "dyffryn-glas"}
    for row in rows:
        row.update(decision="accept" if row["council"] == "brackenford" else "reject", decided_by="Somebody", date="2026-11-27")
    with open(table, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, DECISION_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    second = link(study, asked())
    by_hand = [r for r in second.mappings.rows if r["mapping_justification"] == JUSTIFIED["person"]]
    assert [(r["subject_id"], r["object_id"], r["author_label"], r["mapping_date"]) for r in by_hand] == [
        ("council:brackenford", "record:XBR", "Somebody", "2026-11-27")]
    assert [c.key for c in second.matching.unlinked] == ["dyffryn-glas"]
    assert second.matching.candidates == []
    second.write()
    with open(table, encoding="utf-8", newline="") as file:
        assert [r["decision"] for r in csv.DictReader(file)] == [r["decision"] for r in rows]


@pytest.mark.parametrize(("change", "message"), [({"decision": "maybe"}, "no decision"), ({"decided_by": ""}, "who made it"),
                                                 ({"date": "today"}, "who made it"), ({"relation": "cousin"}, "no relation")])
def test_a_decision_that_nobody_signed_or_dated_is_refused(change: dict[str, str], message: str, study: Path) -> None:
    link(study, asked()).write()
    table = study / "links" / "council-register.candidates.csv"
    with open(table, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0].update({"decision": "accept", "decided_by": "Somebody", "date": "2026-11-27", **change})
    with open(table, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, DECISION_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(InputError, match=message):
        link(study, asked())


def test_an_anonymised_study_is_refused_and_a_study_without_a_date_asked_for_one(study: Path) -> None:
    with pytest.raises(InputError, match="is anonymised: a link to a council's own record would name its cases"):
        link(ROOT / "data" / "regulating-public-services", asked())
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("start-year", "#start-year").replace("end-year", "#end-year"), encoding="utf-8")
    with pytest.raises(UsageError, match="not known when its councils were there"):
        link(study, asked())


def test_links_are_a_graph_of_their_own_with_provenance(builds: dict[str, Build]) -> None:
    """void:Linkset, one mapping a row with author and date, matches, areas apart from councils, and reorganisations."""
    name = "https://w3id.org/boundwork/graph/example-study/links/council-register"
    made = builds[EXAMPLE.name]
    assert made.graphs[name] == len(link(EXAMPLE, asked()).graph())
    store = LocalStore.open(made.store("ann"))
    prefix = """PREFIX void: <http://rdfs.org/ns/void#> PREFIX bw: <https://w3id.org/boundwork/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
                PREFIX sssom: <https://w3id.org/sssom/> PREFIX org: <http://www.w3.org/ns/org#> PREFIX owl: <http://www.w3.org/2002/07/owl#>"""

    def rows(pattern: str, variables: str = "*") -> list[tuple[str, ...]]:
        answer = store.select(f"{prefix} SELECT {variables} {{ GRAPH <{name}> {{ {pattern} }} }}")
        return sorted(tuple(v.text.rpartition("/")[2] if v else "" for v in row) for row in answer)

    assert rows("?s a void:Linkset ; void:triples ?n", "?s ?n") == [("exactMatch", "4"), ("isReplacedBy", "1")]
    assert rows("?council skos:exactMatch ?record", "?council ?record") == [
        ("northmere", "XNM"), ("quaymarsh", "XQM"), ("saltreach", "XSR"), ("strathinver", "XST")]
    assert len(rows("?m a sssom:Mapping ; sssom:mapping_justification ?j ; sssom:author_label ?a ; sssom:mapping_date ?d")) == 5
    assert rows("?e a bw:Reorganisation ; org:originalOrganization ?a ; org:resultingOrganization ?b", "?e ?a ?b") == [("reorganisation", "XNM", "XNA")]
    assert rows("?c bw:governs ?a . ?a bw:hasCode ?code . FILTER NOT EXISTS { ?c bw:hasCode ?code }") != []
    assert rows("?c a bw:Council") == []


def test_links_in_an_anonymised_study_stop_the_build(study: Path, scratch: Path) -> None:
    link(study, asked()).write()
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("anonymised = false", "anonymised = true"), encoding="utf-8")
    with pytest.raises(InputError, match="cannot be built"):
        build(study, scratch / "store")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(SSSOM_COLUMNS[6:]), st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)))
def test_a_mapping_set_is_read_back_as_it_was_written(cells: dict[str, str]) -> None:
    import tempfile

    row = {"subject_id": "a:1", "subject_label": "", "predicate_id": "skos:exactMatch", "object_id": "b:2", "object_label": "",
           "mapping_justification": JUSTIFIED["name"], **{k: " ".join(v.split()) for k, v in cells.items()}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.sssom.tsv"
        path.write_text(MappingSet({"mapping_set_id": "https://example.org/x"}, [row]).text(), encoding="utf-8", newline="")
        read = read_mappings(path)
    assert [{k: v for k, v in r.items() if v} for r in read.rows] == [{k: v for k, v in row.items() if v}]


def test_link_prints_every_format_and_says_what_it_wrote(run: Run, study: Path) -> None:
    words_ = ["link", study, "--to", REGISTER]
    for form in ("table", "csv", "tsv", "json", "md", "html", "sssom", "ttl"):
        done = run(*words_, "--format", form, "--dry-run")
        assert done.returncode == 0, done.stderr
        assert "XNM" in done.stdout
    assert not (study / "links").exists()
    piped = run("link", study, "--to", "-", "--set", "piped", "--candidates", "--format", "csv", text=REGISTER.read_text(encoding="utf-8"))
    assert piped.returncode == 0
    assert piped.stdout.splitlines()[0] == "council,council_name,candidate,candidate_name,score,why"
    assert piped.stderr.count("Written: ") == 3
    refused = run("link", "regulating-public-services", "--to", REGISTER)
    assert refused.returncode == 2
    assert "anonymised" in refused.stderr
    assert run("link", study, "--to", study / "nothing.csv").returncode == 2
    assert run("link", study, "--to", REGISTER, "--column", "id").returncode == 2


@pytest.mark.parametrize("kind", ["xlsx", "ods", "tsv", "semicolons", "utf-16"])
def test_a_table_of_councils_may_be_any_spreadsheet(kind: str, words: Words, tmp_path: Path) -> None:
    rows = list(csv.reader(REGISTER.read_text(encoding="utf-8").splitlines()))
    made = {"xlsx": xlsx({"councils": rows}), "ods": ods({"councils": rows, "empty": []}), "tsv": csv_bytes(rows, "\t"), "semicolons": csv_bytes(rows, ";"),
            "utf-16": csv_bytes(rows, "\t", "utf-16")}
    path = tmp_path / f"councils.{kind}"
    path.write_bytes(made[kind])
    assert read_register(path, words, "r", shown="r").councils == read_register(REGISTER, words, "r", shown="r").councils


def test_a_workbook_of_several_tables_or_of_none_is_refused(words: Words, tmp_path: Path) -> None:
    path = tmp_path / "councils.xlsx"
    for made, message in ((xlsx({"a": [["id", "name"], ["1", "One"]], "b": [["x"]]}), "has 2 sheets with something in them: a, b"),
                          (xlsx({"a": []}), "is empty"), (xlsx({"a": [["id", "name"], [], ["1", "One", "Two"]]}), "councils.xlsx:3"),
                          (b"PK\x03\x04 and no more", "councils.xlsx")):
        path.write_bytes(made)
        with pytest.raises(InputError, match=message):
            read_register(path, words, "r")


def test_nothing_is_written_into_a_study_that_ships(run: Run) -> None:
    before = {p: p.read_bytes() for p in (EXAMPLE / "links").iterdir()}
    done = run("link", "example-study", "--to", REGISTER, "--set", "another")
    assert done.returncode == 0
    assert "Nothing is written into example-study" in done.stderr
    assert {p: p.read_bytes() for p in (EXAMPLE / "links").iterdir()} == before


def test_why_tells_where_a_link_and_a_figure_were_brought_in_from(run: Run, cache: Path) -> None:
    base = "https://w3id.org/boundwork/study/example-study/"
    said = run("why", f"{base}council/saltreach", "skos:exactMatch", f"{base}register/council-register/XSR", "--study", "example-study")
    assert "imported with example-study/links/council-register" in said.stdout
    figure = run("why", f"{base}figureset/ratings/saltreach/2019", "bw:figureCategory", "code:cpa-2-stars", "--study", "example-study")
    assert "imported with example-study/figures/ratings" in figure.stdout
    assert "from Invented for this study" in figure.stdout
    assert "on 2026-11-27" in figure.stdout
