"""What rows become, triple by triple: a study with something in every kind of column, and what stands in each of its graphs, whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import boundwork.populate.population as population_module
import boundwork.populate.study as study_module
from boundwork.findings import Severity
from boundwork.populate.population import Population, Sink
from boundwork.populate.study import Populator, populate, populated
from boundwork.terms import Vocabulary
from filled_study import BASE, HEAD, TABLES, TOML, write_tables

KEPT = """
<coding/k1> a bw:Coding ; bw:codes <extract/x1> ; prov:wasAttributedTo <coder/ann> ; bw:supports <claim/m1> ; bw:basis code:stated ;
    bw:confidence code:high ; bw:note "why" ; bw:underCodebook <codebook/1.1.0> ; bw:row 2 ; bw:claimsWork <work/k1> .
<work/k1> a bw:InstitutionalWork, bw:BoundaryWork ; bw:inCase <case/c1-expertise-w1> ; bw:onBoundary code:expertise ; bw:hasForm code:blurring ;
    bw:invokesElement code:local-expertise-first ; bw:stance code:endorsed ."""
ALSO_KEPT = """
<coding/k3> a bw:Coding ; bw:codes <extract/x3> ; prov:wasAttributedTo <coder/ben> ; bw:appliesCode <code/own> ; bw:basis code:stated ;
    bw:confidence code:high ; bw:underCodebook <codebook/1.1.0> ; bw:row 4 ."""
GRAPHS = {
    ("codebook", "1.1.0"): """
<code/own> a skos:Concept ; skos:inScheme <scheme/codes> ; skos:prefLabel "Own" ; bw:row 2 .
<code/new%20one> a skos:Concept ; skos:inScheme <scheme/codes> ; skos:prefLabel "New" ; skos:broader <code/own> ; skos:definition "Of late." ;
    bw:mapsTo code:endorsed ; bw:row 3 .
<entry/expertise> a bw:CodebookEntry ; bw:entryFor code:expertise ; bw:row 2 ; bw:introducedIn <codebook/1.0.0> ; dcterms:creator "ann" .
<entry/own> a bw:CodebookEntry ; bw:entryFor <code/own> ; bw:row 3 ; bw:introducedIn <codebook/0.9.0> ; bw:changedIn <codebook/1.1.0> ;
    dcterms:isReplacedBy <code/new%20one> .
<entry/new%20one> a bw:CodebookEntry ; bw:entryFor <code/new%20one> ; bw:row 4 ; dcterms:isReplacedBy code:expertise .
<codebook/0.9.0> a bw:Codebook ; bw:inStudy <../all> ; rdfs:label "0.9.0" ; dcterms:hasVersion "0.9.0" .
<codebook/1.0.0> a bw:Codebook ; bw:inStudy <../all> ; rdfs:label "1.0.0" ; dcterms:hasVersion "1.0.0" .
<codebook/1.1.0> a bw:Codebook ; bw:inStudy <../all> ; rdfs:label "1.1.0" ; dcterms:hasVersion "1.1.0" .
<scheme/codes> a skos:ConceptScheme ; rdfs:label "Codes of the project" ; bw:inStudy <../all> .""",
    ("coding", "adjudicated"): KEPT + ALSO_KEPT,
    ("coding", "ann"): KEPT + """
<coding/k2> a bw:Coding ; bw:codes <extract/x2> ; prov:wasAttributedTo <coder/ann> ; bw:appliesCode <code/own> ; bw:undecided "boundary", "form" ;
    bw:basis code:interpreted ; bw:confidence code:low ; bw:underCodebook <codebook/1.0.0> ; bw:row 3 ; bw:claimsWork <work/k2> .
<work/k2> a bw:InstitutionalWork, bw:PracticeWork ; bw:deploresElement code:generic-expertise-first ; bw:stance code:deplored ; bw:follows <work/k1> .
<judgement/j1> a bw:CaseJudgement ; bw:judges <case/c1-expertise-w1> ; prov:wasAttributedTo <coder/ann> ; bw:judgedAs code:hybrid ;
    bw:restsOn <extract/x1>, <extract/x3> ; bw:basis code:stated ; bw:confidence code:high ; bw:row 2 .""",
    ("coding", "ben"): ALSO_KEPT + """
<coding/k4> a bw:Coding ; bw:codes <extract/x3> ; prov:wasAttributedTo <coder/ben> ; bw:basis code:stated ; bw:confidence code:high ;
    bw:underCodebook <codebook/1.1.0> ; bw:row 5 ; bw:claimsWork <work/k4> .
<work/k4> a bw:InstitutionalWork ; bw:inCase <case/c1-competitiveness-w1> ; bw:onBoundary code:competitiveness .
<coding/k5> a bw:Coding ; bw:codes <extract/x2> ; prov:wasAttributedTo <coder/ben> ; bw:appliesCode <code/new%20one> ; bw:basis code:stated ;
    bw:confidence code:medium ; bw:underCodebook <codebook/1.1.0> ; bw:row 6 ; bw:claimsWork <work/k5> .
<work/k5> a bw:InstitutionalWork ; bw:stance code:endorsed .
<coding/k6> a bw:Coding ; bw:codes <extract/x2> ; prov:wasAttributedTo <coder/ben> ; bw:undecided "work", "stance" ; bw:basis code:stated ;
    bw:confidence code:medium ; bw:underCodebook <codebook/1.1.0> ; bw:row 7 ; bw:claimsWork <work/k6> .
<work/k6> a bw:InstitutionalWork ; bw:inCase <case/sector-expertise> ; bw:onBoundary code:expertise .
<judgement/j2> a bw:CaseJudgement ; bw:judges <case/sector-competitiveness> ; prov:wasAttributedTo <coder/ben> ; bw:judgedAs code:managerial ;
    bw:basis code:stated ; bw:confidence code:low ; bw:row 3 .""",
    ("decisions", ""): """
<decision/d1> a bw:Decision ; bw:decidesOn <extract/x1> ; bw:keepsCoding <coding/k1>, <coding/k3> ; bw:decisionReason code:agreed ;
    dcterms:creator "both" ; bw:row 2 .
<decision/d2> a bw:Decision ; bw:decidesOn <extract/x2> ; bw:decisionReason code:agreed ; dcterms:creator "both" ; bw:row 3 .""",
    ("source", ""): """
<speaker/d1> a bw:Speaker ; bw:inStudy <../all> ; bw:speakerLabel "Director" ; bw:hasRole code:corporate-director ; bw:speaksFor <council/c1> ; bw:row 2 .
<speaker/d2> a bw:Speaker ; bw:inStudy <../all> ; bw:speakerLabel "Other" ; bw:speaksFor <field/sector> ; bw:row 3 .
<source/s1> a bw:Source ; bw:inStudy <../all> ; dcterms:title "Text" ; dcterms:type "transcript" ; bw:characters 90 ; bw:row 2 .
<selector/x1> a oa:TextPositionSelector ; oa:start 0 ; oa:end 9 .
<extract/x1> a bw:Extract, bw:AttributedExtract ; oa:hasSource <source/s1> ; bw:spokenBy <speaker/d1> ; bw:aboutActor <council/c1> ; bw:atWave <wave/w1> ;
    bw:gist "One." ; bw:quote "Said." ; bw:row 2 ; oa:hasSelector <selector/x1> .
<selector/x2> a oa:TextPositionSelector ; oa:start 9 ; oa:end 20 .
<extract/x2> a bw:Extract, bw:NarrativePassage ; oa:hasSource <source/s1> ; bw:gist "Two." ; bw:aboutActor <field/sector> ; bw:row 3 ;
    oa:hasSelector <selector/x2> .
<selector/x3> a oa:TextPositionSelector ; oa:start 20 ; oa:end 30 .
<extract/x3> a bw:Extract ; oa:hasSource <source/s1> ; bw:aboutActor <council/c1> ; bw:atWave <wave/w1> ; bw:row 4 ; oa:hasSelector <selector/x3> .""",
    ("study", ""): """
<council/c1> a bw:Council ; bw:inStudy <../all> ; rdfs:label "One" ; bw:councilType code:district ; bw:interviewsReported 2 ; bw:note "old" ; bw:row 2 .
<council/c2> a bw:Council ; bw:inStudy <../all> ; rdfs:label "Two" ; bw:undecided "type" ; bw:row 3 .
<claim/m1> a bw:Claim ; bw:inStudy <../all> ; rdfs:label "Claim" ; bw:statement "It is so." ; bw:row 2 .
<../all> a bw:Study ; rdfs:label "All columns" ; dcterms:title "All columns" ; dcterms:description "Of everything one." ;
    dcterms:bibliographicCitation "Nobody (2026)" ; dcterms:hasVersion "2.0.0" ; dcterms:license <https://creativecommons.org/licenses/by/4.0/> ;
    bw:anonymised false ; bw:currentCodebook <codebook/1.1.0> .
<field/sector> a bw:Field ; bw:inStudy <../all> ; rdfs:label "The sector" ; dcterms:description "All of them." ; bw:interviewsReported 0 .
<coder/ann> a bw:Coder ; bw:inStudy <../all> ; rdfs:label "Ann" ; dcterms:description "Coded first." .
<coder/ben> a bw:Coder ; bw:inStudy <../all> ; rdfs:label "ben" .
<wave/w1> a bw:Wave ; bw:inStudy <../all> ; rdfs:label "First" ; bw:startYear 2019 ; bw:endYear 2020 .
<wave/w2> a bw:Wave ; bw:inStudy <../all> ; rdfs:label "w2" .
<reading/ann> a bw:Reading ; bw:inStudy <../all> ; rdfs:label "Ann alone" ; bw:includesCoder <coder/ann> ; bw:isDefaultReading false .
<reading/both> a bw:Reading ; bw:inStudy <../all> ; rdfs:label "both" ; dcterms:description "Pooled." ; bw:includesCoder <coder/ann>, <coder/ben> ;
    bw:isDefaultReading true .
<reading/agreed> a bw:Reading ; bw:inStudy <../all> ; rdfs:label "agreed" ; bw:includesCoder <coder/ann> ; bw:isDefaultReading false .""",
}
BOUNDARIES = ("competitiveness", "expertise", "ideological-alignment", "organisational-culture")


def grid(actors: dict[str, tuple[str, str, str]]) -> Iterator[str]:
    """Id of an actor -> its kind, label, and wave (or nothing): the cases that it has by themselves."""
    for actor, (kind, label, wave) in actors.items():
        for code in BOUNDARIES:
            name, at = f"{label}: {code.replace('-', ' ')}", f" ; bw:atWave <wave/{wave}>" if wave else ""
            yield f'<boundary/{actor}-{code}> a bw:SituatedBoundary ; rdfs:label "{name}" .'
            yield (f'<case/{actor}-{code}{f"-{wave}" if wave else ""}> a bw:BoundaryCase ; bw:inStudy <../all> ; rdfs:label '
                   f'"{name}{" (First)" if wave else ""}" ; bw:focalActor <{kind}/{actor}> ; bw:caseBoundary code:{code} ; '
                   f'bw:stateOf <boundary/{actor}-{code}>{at} .')


def triples(turtle: str) -> set[str]:
    return {str(t) for t in ox.parse(HEAD + turtle, format=ox.RdfFormat.TURTLE)}


def written(population: Population, key: tuple[str, str]) -> list[str]:
    """The lines of a graph, those of its partitions one after another."""
    return [line.removesuffix(" .") for _, path in sorted(population.parts[key].items()) for line in path.read_text(encoding="utf-8").splitlines()]


Fill = Callable[..., Population]


@pytest.fixture
def fill(scratch: Path, vocabulary: Vocabulary) -> Fill:
    """Populate a study of these tables."""

    def call(toml: str = TOML, tables: dict[str, str] = TABLES, **how: object) -> Population:
        study = write_tables(Path(tempfile.mkdtemp(dir=scratch)), toml, tables)
        return populate(study, vocabulary, Path(tempfile.mkdtemp(dir=scratch)), **how)  # type: ignore[arg-type]

    return call


def test_every_column_becomes_what_is_said_here_and_nothing_else(fill: Fill) -> None:
    population = fill()
    assert population.findings == []
    assert population.parts.keys() == GRAPHS.keys()
    cases = grid({"c1": ("council", "One", "w1"), "c2": ("council", "Two", ""), "sector": ("field", "The sector", "")})
    for key, turtle in GRAPHS.items():
        lines = written(population, key)
        assert set(lines) == triples(turtle + "\n".join(cases if key[0] == "study" else ()))
        assert len(lines) == len(set(lines)) == population.counts[key]
    assert population.rows == {name: text.count("\n") - 1 for name, text in TABLES.items()}
    assert {key: set(parts) for key, parts in population.parts.items()} == {
        ("codebook", "1.1.0"): {-1}, ("coding", "adjudicated"): {0}, ("coding", "ann"): {-1, 0}, ("coding", "ben"): {-1, 0}, ("decisions", ""): {-1},
        ("source", ""): {-1, 0}, ("study", ""): {-1}}


LITTLE = """
[study]
id = "all"
title = "Little"
licence = "Ask first"
anonymised = true
[coders.ann]
"""


def test_a_study_that_says_little_of_itself_has_no_empty_texts(fill: Fill) -> None:
    population = fill(LITTLE, {"extracts": "id,source,start,end\n", "codings": "id,extract,coder,basis,confidence\n"})
    assert set(written(population, ("codebook", "1.0.0"))) == triples(
        '<codebook/1.0.0> a bw:Codebook ; bw:inStudy <../all> ; rdfs:label "1.0.0" ; dcterms:hasVersion "1.0.0" .')
    assert set(written(population, ("study", ""))) == triples("""
        <../all> a bw:Study ; rdfs:label "Little" ; dcterms:title "Little" ; dcterms:hasVersion "0.1.0" ; dcterms:license "Ask first" ;
            bw:anonymised true ; bw:currentCodebook <codebook/1.0.0> .
        <field/field> a bw:Field ; bw:inStudy <../all> ; rdfs:label "the field as a whole" .
        <coder/ann> a bw:Coder ; bw:inStudy <../all> ; rdfs:label "ann" .
        <reading/ann> a bw:Reading ; bw:inStudy <../all> ; rdfs:label "ann" ; dcterms:description "The codings of ann." ; bw:includesCoder <coder/ann> ;
            bw:isDefaultReading true .""" + "\n".join(grid({"field": ("field", "the field as a whole", "")})))
    assert population.parts.keys() == {("study", ""), ("codebook", "1.0.0")}


def test_words_and_notes_stay_out_where_the_study_does_not_publish_them(fill: Fill) -> None:
    kept, public = (fill(TOML.replace("= true\nnotes = true", f"= {word}\nnotes = {word}")) for word in ("false", "true"))
    gone = {line for key in public.parts for line in written(public, key)} - {line for key in kept.parts for line in written(kept, key)}
    assert gone == triples('<extract/x1> bw:quote "Said." . <council/c1> bw:note "old" . <coding/k1> bw:note "why" .')


@pytest.mark.parametrize(("councils", "together"), [(7, False), (8, True)])
def test_what_is_about_a_council_stands_together_where_there_are_four_councils_for_each_partition(councils: int, together: bool, fill: Fill) -> None:
    numbers = [(c, e) for c in range(councils) for e in range(6)]
    population = fill(LITTLE, {
        "councils": "id,label\n" + "".join(f"c{c},{c}\n" for c in range(councils)),  # no other table comes before the extracts
        "extracts": "id,source,start,end,about\n" + "".join(f"x{c}.{e},s1,0,9,c{c}\n" for c, e in numbers),
        "codings": "id,extract,coder,basis,confidence\n" + "".join(f"k{c}.{e},x{c}.{e},ann,stated,high\n" for c, e in numbers)}, partitions=2)
    where: dict[str, set[int]] = {}
    for key in (("source", ""), ("coding", "ann")):
        for part, path in population.parts[key].items():
            for line in path.read_text(encoding="utf-8").splitlines():
                kind, _, name = line.split(">")[0].removeprefix(f"<{BASE}/").partition("/")
                if kind in Population.KINDS:
                    where.setdefault(name[1:], set()).add(part)
    assert {len(parts) for parts in where.values()} == {1} and len(where) == len(numbers)
    of_council = [set().union(*(where[f"{c}.{e}"] for e in range(6))) for c in range(councils)]
    assert all(len(parts) == 1 for parts in of_council) is together
    assert set().union(*of_council) == {0, 1} and population.partitions == 2


def test_there_are_as_many_partitions_as_the_size_of_the_codings_asks_for(
        fill: Fill, scratch: Path, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(TABLES["codings"])
    numbers = {share: fill(partition_bytes=share).partitions for share in (size // 3, size // 2 - 1, size, size + 1, 0)}
    assert numbers == {size // 3: 3, size // 2 - 1: 2, size: 1, size + 1: 1, 0: 1}
    monkeypatch.setattr(study_module, "_BYTES_PER_PARTITION", size // 3)
    (scratch / "lines").mkdir()
    assert fill().partitions == 3 == populated(write_tables(scratch / "study", TOML, TABLES), vocabulary, scratch / "lines").population.partitions
    without = fill(tables={name: text for name, text in TABLES.items() if name != "codings"}, partition_bytes=1)
    assert without.partitions == 1 and ("coding", "adjudicated") not in without.parts


def test_progress_is_told_after_every_ten_thousand_rows(fill: Fill) -> None:
    told: list[tuple[str, int]] = []
    population = fill(LITTLE, {"claims": "id,label\n" + "".join(f"m{i},a\n" for i in range(10_000))}, progress=lambda *so_far: told.append(so_far))
    assert told == [("claims", 10_000)] and population.rows["claims"] == 10_000


def test_tables_that_are_missing_or_empty_are_told(fill: Fill) -> None:
    """What a study cannot do without is a violation; where nothing at all is coded yet, an empty table is a warning."""
    none, one, all_of_them = (fill(LITTLE, tables) for tables in ({}, {"extracts": "id,source,start,end\n"}, {
        "extracts": "id,source,start,end\n", "codings": "id,extract,coder,basis,confidence\n"}))
    missing = [("table-missing", Severity.VIOLATION, f"The study has no {name}.csv. Add it; its columns are listed by: boundwork explain {name}", 0, 0, "")
               for name in ("extracts", "codings")]

    def told(population: Population) -> list[tuple[str, Severity, str, int, int, str]]:
        return [(f.rule, f.severity, f.message, f.line, f.row, f.column) for f in population.findings]

    empty = "extracts.csv has a header and no rows. Enter at least one."
    assert told(none) == missing
    assert {Path(f.file).name for f in none.findings} == {"extracts.csv", "codings.csv"}
    assert sorted(told(one)) == sorted([missing[1], ("table-no-rows", Severity.VIOLATION, empty, 2, 2, "")])
    assert told(all_of_them) == [("table-no-rows", Severity.WARNING, f"{name} has a header and no rows: nothing is coded yet. Enter rows as you code; "
                                  "what the codebook says is checked already.", 2, 2, "") for name in ("extracts.csv", "codings.csv")]
    assert all(p.broken == set() for p in (none, one, all_of_them))


def test_rows_that_cannot_be_placed_are_left_out_and_the_rest_stays(fill: Fill) -> None:
    """A coding without a coder or an extract, or of one where the table of extracts ends too early; a judgement without a coder or a boundary."""
    codings, judgements, extracts = (TABLES[name] for name in ("codings", "judgements", "extracts"))
    spoilt = fill(tables={**TABLES, "codings": codings + "k7,x1,,,expertise,,,,,,,stated,high,,\nk8,,ann,,expertise,,,,,,,stated,high,,\n"
                          "k9,x4,ann,,expertise,,,,,,,stated,high,,\n", "extracts": extracts + '"x4\n',
                          "judgements": judgements + "j3,,,expertise,,hybrid,,stated,high\nj4,ann,,,,hybrid,,stated,high\n"})
    plain = fill()
    assert (spoilt.broken, plain.broken) == ({"extracts"}, set())
    assert spoilt.counts == plain.counts
    assert spoilt.rows == {**plain.rows, "codings": 9, "judgements": 4}
    assert {(Path(f.file).name, f.row, f.column, f.rule) for f in spoilt.findings} == {
        ("extracts.csv", 5, "", "table-quote"), ("codings.csv", 8, "coder", "table-empty-cell"), ("codings.csv", 9, "extract", "table-empty-cell"),
        ("judgements.csv", 4, "coder", "table-empty-cell"), ("judgements.csv", 5, "boundary", "table-empty-cell")}


def test_a_table_that_cannot_be_read_is_not_said_to_have_no_rows(fill: Fill) -> None:
    population = fill(LITTLE, {"extracts": 'id,source,start,end\n"x1\n', "codings": "id,extract,coder,basis,confidence\n"})
    assert population.broken == {"extracts"}
    assert [(Path(f.file).name, f.rule, f.severity) for f in population.findings] == [
        ("extracts.csv", "table-quote", Severity.VIOLATION), ("codings.csv", "table-no-rows", Severity.VIOLATION)]


def test_what_a_run_came_to_know_is_at_hand(scratch: Path, vocabulary: Vocabulary) -> None:
    (scratch / "lines").mkdir()
    populator = populated(write_tables(scratch / "study", TOML, TABLES), vocabulary, scratch / "lines")
    assert populator.kept == {"k1", "k3"} and populator.versions == {"0.9.0", "1.0.0", "1.1.0"}
    assert populator.waves == {"c1": {"w1"}, "sector": {""}}


def test_a_row_whose_id_stands_twice_comes_in_only_where_it_is_to_be_kept(fill: Fill, scratch: Path, vocabulary: Vocabulary) -> None:
    twice = {**TABLES, "claims": TABLES["claims"] + "m1,Another,\n"}
    once, both = fill(tables=twice), fill(tables=twice, keep_repeated=True)
    assert set(written(both, ("study", ""))) - set(written(once, ("study", ""))) == triples('<claim/m1> rdfs:label "Another" ; bw:row 3 .')
    (scratch / "lines").mkdir()
    study = write_tables(scratch / "study", TOML, twice)
    assert populated(study, vocabulary, scratch / "lines").population.counts == once.counts
    with Populator(study, vocabulary, scratch / "lines") as populator:
        assert (populator.population.partitions, populator.known.keep_repeated) == (1, False)


def test_a_reference_to_a_row_further_down_is_checked_at_the_end(fill: Fill) -> None:
    told = fill(tables={**TABLES, "codings": TABLES["codings"] + "k7,x3,ben,,,,,,,k8,,stated,high,,\nk8,x3,ben,,,,,,,k9,,stated,high,,\n"}).findings
    assert [(Path(f.file).name, f.row, f.column, f.value) for f in told] == [("codings.csv", 9, "follows", "k9")]


def test_what_stands_beside_the_tables_comes_in_with_what_is_wrong_with_it(fill: Fill) -> None:
    population = fill(LITTLE.replace("[coders.ann]", "[coders.ann]\n[waves.w1]\nstart-year = 2019"), {
        **{name: TABLES[name] for name in ("claims", "sources")}, "councils": "id,label,type\nc1,One,district\n", "figures/untold": "value\n1\n",
        "reference/councils-by-type-and-region": "type,region,councils\ndistrict,London,7\n"})
    assert {line for line in written(population, ("study", "")) if "sharedBy" in line} == triples("<council/c1> bw:sharedBy 7 ; bw:sharedByAtLeast 10 .")
    assert len(written(population, ("study", ""))) == population.counts["study", ""]
    assert [f.rule for f in population.findings] == ["table-missing", "table-missing", "figures-unreadable"]


def test_lines_go_to_the_disk_when_more_are_held_than_may_be_and_stay_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population_module, "_FLUSH", 4)
    population = Population(write_tables(tmp_path / "study", LITTLE, {}))
    sink, long, sizes = Sink(tmp_path, population), "." * 20_000, []
    for number in range(3):
        for key, part, letters in ((("coding", "ann"), 0, "ab"), (("study", ""), Population.COMMON, "cd"), (("coding", "ann"), 0, "e")):
            lines = [f"{letter}{number}{long}\n" for letter in letters]
            sink.write(key, part, "".join(lines), len(lines))
            sizes.append(sum(path.stat().st_size for path in tmp_path.glob("*.nt")) // len(lines[0]))
    sink.close()
    assert sizes == [0, 0, 5, 5, 5, 10, 10, 10, 15]
    texts = {key: [path.read_text(encoding="utf-8").replace(long, "").split() for path in files.values()] for key, files in population.parts.items()}
    assert texts == {("coding", "ann"): [[f"{letter}{i}" for i in range(3) for letter in "abe"]],
                     ("study", ""): [[f"{letter}{i}" for i in range(3) for letter in "cd"]]}
    assert population.counts == {("coding", "ann"): 9, ("study", ""): 6} and population.partitions == 1


def test_a_reading_reads_what_all_share_and_the_codings_of_its_coders(tmp_path: Path) -> None:
    population = Population(write_tables(tmp_path, LITTLE, {}))
    for key in (("coding", "ann"), ("coding", "ben"), ("study", ""), ("source", ""), ("links", "l"), ("figures", "ann")):
        population.parts[key] = {0: tmp_path / key[0]}
    assert population.read_by(["ann"]) == {key: {0: tmp_path / key[0]} for key in (("coding", "ann"), ("study", ""), ("source", ""))}
