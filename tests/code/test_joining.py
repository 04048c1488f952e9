"""Figures from elsewhere: one a cell, made of several only as somebody says, and written as a well-formed Data Cube."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.errors import InputError, UsageError
from boundwork.explore.joined import Asked, Joined, join
from boundwork.explore.session import Session
from boundwork.linking.cube import figure_lines
from boundwork.linking.figures import About, Figure, FigureSet, number, read_figures, shown_number
from boundwork.linking.joining import Joiner, Wanted
from boundwork.linking.sheets import Sheet
from boundwork.linking.words import Words
from boundwork.pipeline.builds import Build
from boundwork.pipeline.inputs import ontology_files
from boundwork.stores.local import LocalStore, n_triples
from conftest import ROOT, SHARED, Run

PAPER = ROOT / "data" / "regulating-public-services"
EXAMPLE = ROOT / "data" / "example-study"
IMD = SHARED / "linking" / "imd2004_by_type_region.csv"
COUNCILS = SHARED / "linking" / "england_councils_2004.csv"
QB = """PREFIX qb: <http://purl.org/linked-data/cube#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX bw: <https://w3id.org/boundwork/ontology#> PREFIX code: <https://w3id.org/boundwork/code/>"""
CONSTRAINTS = {
    "IC-1": "{ ?obs a qb:Observation . ?obs qb:dataSet ?one, ?two FILTER(?one != ?two) }",
    "IC-1, none": "{ ?obs a qb:Observation FILTER NOT EXISTS { ?obs qb:dataSet ?set . ?set a qb:DataSet } }",
    "IC-2": "{ ?set a qb:DataSet FILTER NOT EXISTS { ?set qb:structure ?dsd } }",
    "IC-2, two": "{ ?set a qb:DataSet ; qb:structure ?one, ?two FILTER(?one != ?two) }",
    "IC-3": "{ ?dsd a qb:DataStructureDefinition FILTER NOT EXISTS { ?dsd qb:component/qb:measure ?m . ?m a qb:MeasureProperty } }",
    "IC-4": "{ ?dim a qb:DimensionProperty FILTER NOT EXISTS { ?dim rdfs:range ?range } }",
    "IC-5": "{ ?dim a qb:DimensionProperty ; rdfs:range ?k . ?k rdfs:subClassOf* skos:Concept FILTER NOT EXISTS { ?dim qb:codeList ?list } }",
    "IC-6": "{ ?dsd qb:component ?c . ?c qb:componentRequired false . ?c qb:dimension ?p }",
    "IC-11": "{ ?obs qb:dataSet/qb:structure/qb:component/qb:dimension ?dim FILTER NOT EXISTS { ?obs ?dim ?value } }",
    "IC-12": """{ ?one qb:dataSet ?set . ?two qb:dataSet ?set FILTER(STR(?one) < STR(?two))
                 FILTER NOT EXISTS { ?set qb:structure/qb:component/qb:dimension ?dim . ?one ?dim ?a . ?two ?dim ?b FILTER(?a != ?b) } }""",
    "IC-14": "{ ?obs qb:dataSet/qb:structure/qb:component/qb:measure ?m FILTER NOT EXISTS { ?obs ?m ?value } }",
    "IC-19": """{ ?obs qb:dataSet/qb:structure/qb:component/qb:dimension ?dim . ?dim qb:codeList ?list . ?obs ?dim ?v
                 FILTER NOT EXISTS { ?v skos:inScheme ?list } }""",
    "IC-19, measures": """{ ?obs qb:dataSet/qb:structure/qb:component ?c . ?c qb:measure ?m ; qb:codeList ?list . ?obs ?m ?v
                           FILTER NOT EXISTS { ?v skos:inScheme ?list } }""",
}
"""Integrity constraints of the Data Cube recommendation that such a cube can break (it has no slices); each pattern finds what breaks one."""


def asked(table: Path, **more: object) -> Asked:
    said: dict[str, object] = {"on": {"type": "type", "region": "region"}, "period": "2004", "source": "A source", "licence": "OGL-UK-3.0", **more}
    return Asked(table, table.name, **said)  # type: ignore[arg-type]


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def figures_of(found: Joined) -> dict[tuple[str, ...], str]:
    return {tuple(filter(None, (f.type, f.region, f.council))): f.category or shown_number(f.value or Decimal(0)) for f in found.figures.figures}


@pytest.mark.skipif(not IMD.is_file(), reason="the third-party tables are not here (../shared/linking)")
def test_the_cells_of_the_paper_get_the_deprivation_of_2004() -> None:
    """IMD 2004 by type and region; London is the boroughs and the City, weighted by their small areas."""
    found = join(PAPER, asked(IMD, value="mean_lsoa_imd2004_score_unweighted", unit="points", aggregate="mean", weight="lsoas"))
    assert {(r["type"], r["region"]): (r["figure"], r["weight"]) for r in found.table} == {
        ("unitary", "North West"): (28.9, 389), ("unitary", "East Midlands"): (33.31, 533), ("district", "South East"): (11.73, 3964),
        ("district", "East of England"): (13.87, 3123), ("metropolitan borough", "North East"): (32.47, 719),
        ("metropolitan borough", "West Midlands"): (31.36, 1687), ("county", "South East"): (11.73, 3964), ("county", "West Midlands"): (15.45, 1411),
        ("county", "South West"): (15.87, 2006), ("London borough", "London"): (25.149675, 4765)}
    assert found.figures.about.made_by == "Mean of 30 rows, weighted by column lsoas; the weight of a figure is the sum of its weights."
    with pytest.raises(InputError, match=r"2 rows are about london-borough, london \(lines 2, 11\)"):
        join(PAPER, asked(IMD, value="mean_lsoa_imd2004_score_unweighted"))


@pytest.mark.skipif(not COUNCILS.is_file(), reason="the third-party tables are not here (../shared/linking)")
def test_rows_with_codes_become_cells_through_a_table_of_councils(tmp_path: Path) -> None:
    """Gateshead and Sunderland by SNAC are metropolitan boroughs of the North East; a code that nobody has is told."""
    table = write(tmp_path, "snac,score,people\n00CH,30,200\n00CM,36,100\n99ZZ,1,1\n")
    found = join(PAPER, asked(table, on={"snac": "snac"}, value="score", aggregate="mean", weight="people", via=COUNCILS,
                              via_columns={"id": "snac_2004", "name": "name_2004", "snac": "snac_2004"}))
    assert figures_of(found) == {("metropolitan-borough", "north-east"): "32"}
    assert found.figures.figures[0].weight == 300
    assert any("1 row of table.csv found no place and was left out: line 4 (snac '99ZZ')" in n for n in found.notes)
    assert "type and region from england_councils_2004.csv" in found.figures.about.made_by


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(1, 50)), min_size=1, max_size=8))
def test_aggregates_are_those_of_the_statistics_module(pairs: list[tuple[int, int]]) -> None:
    import statistics

    rows = [(n, ["UA", "North West", str(v), str(w)]) for n, (v, w) in enumerate(pairs, 2)]
    sheet = Sheet("t.csv", ["type", "region", "v", "w"], rows)
    words = Words({"ua": "unitary"}, {"north-west": "north-west"})

    def one(how: str, weight: str = "") -> Figure:
        wanted = Wanted({"type": "type", "region": "region"}, "v", "2004", aggregate=how, weight=weight)
        return Joiner(sheet, wanted, words, []).join().figures[0]

    values = [v for v, _ in pairs]
    expected = {"sum": sum(values), "median": statistics.median(values), "min": min(values), "max": max(values), "mean": statistics.fmean(values)}
    for how, value in expected.items():
        assert float(one(how).value or 0) == pytest.approx(value, abs=1e-6)
        assert one(how).weight == len(pairs)
    assert float(one("mean", "w").value or 0) == pytest.approx(statistics.fmean(values, [w for _, w in pairs]), abs=1e-6)
    assert one("mean", "w").weight == sum(w for _, w in pairs)


def test_types_and_regions_are_known_by_their_names_and_codes(tmp_path: Path) -> None:
    table = write(tmp_path, "kind,where,v\nUA,E12000002,1\nMetropolitan district,North East,2\nE10,south-west,3\nshire,North East,4\n")
    found = join(PAPER, asked(table, on={"type": "kind", "region": "where"}))
    assert figures_of(found) == {("unitary", "north-west"): "1", ("metropolitan-borough", "north-east"): "2", ("county", "south-west"): "3"}
    assert any("line 5 (type 'shire')" in n for n in found.notes)


def test_cpa_words_and_cpa_stars_are_two_schemes(tmp_path: Path) -> None:
    """A star is no word and a word is no star, however a table writes them."""
    stars = write(tmp_path, "council,r\nnorthmere,4\nsaltreach,1 star\nquaymarsh,CPA 0 stars\n")
    found = join(EXAMPLE, asked(stars, on={"council": "council"}, value="r", categories="cpa-stars"))
    assert figures_of(found) == {("northmere",): "cpa-4-stars", ("saltreach",): "cpa-1-star", ("quaymarsh",): "cpa-0-stars"}
    told = write(tmp_path, "council,r\nnorthmere,Excellent\nsaltreach,weak\n")
    words = join(EXAMPLE, asked(told, on={"council": "council"}, value="r", categories="cpa-categories"))
    assert set(figures_of(words).values()) == {"cpa-excellent", "cpa-weak"}
    with pytest.raises(InputError, match="'Excellent' is no category of the scheme"):
        join(EXAMPLE, asked(told, on={"council": "council"}, value="r", categories="cpa-stars"))
    with pytest.raises(UsageError, match="no scheme of categories"):
        join(EXAMPLE, asked(told, on={"council": "council"}, value="r", categories="cpa"))
    with pytest.raises(InputError, match="Categories have no mean"):
        join(PAPER, asked(write(tmp_path, "type,region,r\nUA,London,good\nUA,London,fair\n"), value="r", categories="cpa-categories", aggregate="mean"))


def test_figures_of_single_councils_are_refused_for_an_anonymised_study(tmp_path: Path) -> None:
    table = write(tmp_path, "council,v\ncs01,4\n")
    for on in ({"council": "council"}, {"gss": "council"}):
        with pytest.raises(InputError, match="unmasks it"):
            join(PAPER, asked(table, on=on))
    folder = tmp_path / "study"
    shutil.copytree(PAPER, folder)
    (folder / "figures").mkdir()
    (folder / "figures" / "own.csv").write_text("council,period,value\ncs02,2004,4\n", encoding="utf-8")
    (folder / "figures" / "own.toml").write_text('title = "T"\nsource = "S"\nlicence = "L"\n', encoding="utf-8")
    from boundwork.explore.disclosed import disclosure

    found = disclosure(folder, ignore_override=True)
    assert {r["case"]: r["together"] for r in found.table}["CS 2"] == 1
    assert next(r["publish"] for r in found.proposals if r["case"] == "CS 2") == "withheld"


@pytest.mark.parametrize(("change", "message"), [
    ({"source": ""}, "--source is missing"), ({"licence": ""}, "--licence is missing"), ({"period": ""}, "--period is missing"),
    ({"on": {}}, "Say what the rows of the table are about"), ({"on": {"county": "type"}}, "--on takes"), ({"aggregate": "average"}, "no way to make one"),
    ({"weight": "v"}, "--weight weighs a mean"), ({"name": "a/b"}, "cannot name a set"), ({"value": "z"}, "has no column 'z'"),
])
def test_what_is_not_said_is_asked_for(change: dict[str, object], message: str, tmp_path: Path) -> None:
    table = write(tmp_path, "type,region,v\nUA,London,1\n")
    with pytest.raises((UsageError, InputError), match=message):
        join(PAPER, asked(table, **change))


@pytest.mark.parametrize(("text", "value"), [("1,234.5", "1234.5"), ("£12", "12"), ("7%", "7"), ("-3", "-3"), ("1,23", None), ("nan", None), ("", None),
                                           ("a", None)])
def test_numbers_are_read_as_tables_write_them(text: str, value: str | None) -> None:
    assert number(text) == (Decimal(value) if value else None)


def test_shipped_figures_are_what_the_command_makes(scratch: Path) -> None:
    """From the invented tables beside them; every set is labelled as invented."""
    folder = scratch / "study"
    shutil.copytree(EXAMPLE, folder)
    shutil.rmtree(folder / "figures")
    more = {"source": "Invented for this study", "licence": "CC0-1.0", "period": "2019"}
    join(folder, asked(EXAMPLE / "reference" / "deprivation.csv", value="score", aggregate="mean", weight="areas", unit="points (invented)", name="deprivation",
                       title="Deprivation score (invented)", **more)).write()
    join(folder, asked(EXAMPLE / "reference" / "ratings.csv", on={"council": "council"}, value="stars", categories="cpa-stars", name="ratings",
                       title="Star rating (invented)", **more)).write()
    for kept in sorted((EXAMPLE / "figures").iterdir()):
        texts = [re.sub(r'(?m)^taken = ".*"$', "", p.read_text(encoding="utf-8")) for p in (folder / "figures" / kept.name, kept)]
        assert texts[0] == texts[1], kept.name
    assert all("invented" in f.about.title for f in read_figures(EXAMPLE))


def cube_store(*sets: FigureSet) -> LocalStore:
    store = LocalStore.memory()
    for i, path in enumerate(ontology_files()):
        store.load("".join(f"{line}\n" for line in n_triples(path, f"o{i}x")).encode())
    for one in sets:
        store.load("".join(f"{line}\n" for line in figure_lines("example-study", one)).encode())
    return store


@pytest.mark.parametrize("rule", CONSTRAINTS)
def test_cubes_keep_the_integrity_constraints(rule: str) -> None:
    assert cube_store(*read_figures(EXAMPLE)).select(f"{QB} SELECT * {CONSTRAINTS[rule]}") == []


@pytest.mark.parametrize(("rule", "wrong"), [
    ("IC-14", [Figure("unitary", "", "", "1", Decimal(1)), Figure("district", "", "", "1")]),
    ("IC-19", [Figure("north-west", "", "", "1", Decimal(1))]),
])
def test_a_constraint_finds_a_cube_that_breaks_it(rule: str, wrong: list[Figure]) -> None:
    assert cube_store(FigureSet("w", About("T", "S", "L"), wrong)).select(f"{QB} SELECT * {CONSTRAINTS[rule]}")


def test_figures_are_a_graph_of_their_own_and_answer_a_stored_question(builds: dict[str, Build]) -> None:
    graph = "https://w3id.org/boundwork/graph/example-study/figures/deprivation"
    assert builds[EXAMPLE.name].graphs[graph] > 50
    session = Session(EXAMPLE, "ann")
    rows = session.store.select(f"{QB} SELECT ?v ?u ?w {{ GRAPH <{graph}> {{ ?o a bw:Figure ; bw:figureType code:unitary ; bw:figureValue ?v ; "
                                "bw:figureUnit ?u ; bw:figureWeight ?w } }")
    assert [tuple(v.text for v in row if v) for row in rows] == [("23.166667", "points (invented)", "24")]
    found = session.ask("hybridity-and-figures", figures="deprivation")
    assert {(r["type"], r["figure"]) for r in found.table} >= {("unitary", 23.166667), ("Welsh council", None)}
    assert session.ask("range-of-figures-by-hybridity").notes[-1].startswith("Note: Ranges and no means")


@pytest.mark.parametrize(("table", "about", "message"), [
    ("type,region,period,value\nunitary,north-west,1,x\n", 'title = "T"\nsource = "S"\nlicence = "L"\n', "neither a number"),
    ("type,region,period,value\nunitary,,1,2\nunitary,north-west,1,3\n", 'title = "T"\nsource = "S"\nlicence = "L"\n', "some have none"),
    ("type,region,period,value\nunitary,north-west,1,2\nunitary,north-west,1,3\n", 'title = "T"\nsource = "S"\nlicence = "L"\n', "stands in line 2 already"),
    ("type,region,period,value\nunitary,north-west,1,2\n", 'title = "T"\nlicence = "L"\n', "source is missing"),
    ("type,region,period,value\nunitary,north-west,1,2\n", None, "says what the figures are"),
    ("type,region,period,value\nunitry,north-west,1,2\n", 'title = "T"\nsource = "S"\nlicence = "L"\n', "is no type that this study knows"),
])
def test_figures_that_cannot_be_read_are_findings(table: str, about: str | None, message: str, scratch: Path) -> None:
    from boundwork.explore.validation import validate_study

    folder = scratch / "study"
    shutil.copytree(EXAMPLE, folder)
    (folder / "figures" / "wrong.csv").write_text(table, encoding="utf-8")
    if about is not None:
        (folder / "figures" / "wrong.toml").write_text(about, encoding="utf-8")
    assert [f.rule for f in validate_study(folder).sorted() if f.rule.startswith("figures-") and message in f.message] != []


def test_join_prints_every_format_and_says_what_it_wrote(run: Run, scratch: Path) -> None:
    folder = scratch / "study"
    shutil.copytree(PAPER, folder)
    table = write(scratch, "type,region,v\nUA,North West,28.9\n")
    said = ["join", folder, table, "--on", "type,region", "--period", "2004", "--source", "S", "--licence", "L", "--unit", "points"]
    for form in ("table", "csv", "tsv", "json", "md", "html", "ttl"):
        done = run(*said, "--dry-run", "--format", form)
        assert done.returncode == 0, done.stderr
        assert "28.9" in done.stdout
    assert not (folder / "figures").exists()
    piped = run("join", folder, "-", *said[3:], "--set", "piped", "--format", "json", text=table.read_text(encoding="utf-8"))
    assert [r["figure"] for r in json.loads(piped.stdout) if r["figure"] is not None] == [28.9]
    assert sorted(p.name for p in (folder / "figures").iterdir()) == ["piped.csv", "piped.toml"]
    refused = run("join", folder, table, "--on", "council=v", "--period", "2004", "--source", "S", "--licence", "L")
    assert (refused.returncode, "unmasks" in refused.stderr) == (2, True)


