"""Every triple that a row made is traced to that row and to the cells that made it, and to no row that did not."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from boundwork.populate.origins import ORIGINS, TABLE_OF, Made, Rows, same, values_of
from boundwork.populate.study import populate
from boundwork.stores.answer import Value
from boundwork.tables.schema import TABLES as SPECS
from boundwork.terms import Vocabulary
from filled_study import BASE, HEAD, TABLES, TOML, write_tables

NOTED = {**TABLES, "speakers": TABLES["speakers"] + "d3,Third,?,c1\n"}
MADE = """
<code/own> a skos:Concept | codes 2 | id=own | every row is a code
<code/own> skos:inScheme <scheme/codes> | codes 2 | id=own | every row is a code of the project
<code/own> skos:prefLabel "Own" | codes 2 | label=Own
<code/own> bw:row 2 | codes 2 |  | the place of the row
<code/new%20one> skos:broader <code/own> | codes 3 | broader=own
<code/new%20one> skos:definition "Of late." | codes 3 | description=Of late.
<code/new%20one> bw:mapsTo code:endorsed | codes 3 | maps_to=endorsed
<entry/expertise> a bw:CodebookEntry | codebook 2 | code=expertise | every row is a codebook entry
<entry/expertise> bw:entryFor code:expertise | codebook 2 | code=expertise
<entry/expertise> bw:row 2 | codebook 2 |  | the place of the row
<entry/expertise> bw:introducedIn <codebook/1.0.0> | codebook 2 | version=1.0.0
<entry/expertise> dcterms:creator "ann" | codebook 2 | owner=ann
<entry/own> bw:entryFor <code/own> | codebook 3 | code=own
<entry/own> bw:changedIn <codebook/1.1.0> | codebook 3 | changed=1.1.0
<entry/own> dcterms:isReplacedBy <code/new%20one> | codebook 3 | replaced_by=new one
<coding/k1> a bw:Coding | codings 2 | id=k1 | every row is a coding
<coding/k1> bw:codes <extract/x1> | codings 2 | extract=x1
<coding/k1> prov:wasAttributedTo <coder/ann> | codings 2 | coder=ann
<coding/k1> bw:supports <claim/m1> | codings 2 | supports=m1
<coding/k1> bw:note "why" | codings 2 | note=why
<coding/k1> bw:underCodebook <codebook/1.1.0> | codings 2 | codebook= | blank: codebook-version of study.toml
<coding/k2> bw:underCodebook <codebook/1.0.0> | codings 3 | codebook=1.0.0
<coding/k1> bw:row 2 | codings 2 |  | the place of the row
<coding/k2> bw:undecided "boundary" | codings 3 | boundary=? | the cell holds ?
<coding/k6> bw:undecided "work" | codings 7 | work=? | the cell holds ?
<coding/k4> bw:claimsWork <work/k4> | codings 5 | boundary=competitiveness | a row with any column of the theory claims work
<coding/k2> bw:claimsWork <work/k2> | codings 3 | boundary=?; work=practice; form=?; elements=generic-expertise-first; stance=deplored; follows=k1 | \
a row with any column of the theory claims work
<coding/k5> bw:claimsWork <work/k5> | codings 6 | code=new one | codes.csv maps new one to endorsed
<work/k1> a bw:InstitutionalWork | codings 2 | work=boundary | the kind of work
<work/k1> a bw:BoundaryWork | codings 2 | work=boundary | the kind of work
<work/k2> a bw:PracticeWork | codings 3 | work=practice | the kind of work
<work/k3> a bw:InstitutionalWork | codings 4 | work= | the kind of work
<work/k1> bw:inCase <case/c1-expertise-w1> | codings 2 | boundary=expertise; extract=x1 | the boundary, with actor and wave of the extract
<work/k1> bw:invokesElement code:local-expertise-first | codings 2 | elements=local-expertise-first
<work/k2> bw:deploresElement code:generic-expertise-first | codings 3 | elements=generic-expertise-first; stance=deplored | elements under stance deplored
<work/k2> bw:follows <work/k1> | codings 3 | follows=k1
<work/k5> bw:stance code:endorsed | codings 6 | code=new one | codes.csv maps new one to endorsed
<judgement/j1> a bw:CaseJudgement | judgements 2 | id=j1 | every row is a judgement
<judgement/j1> bw:judges <case/c1-expertise-w1> | judgements 2 | about=c1; boundary=expertise; wave=w1 | the case of actor, boundary and wave
<judgement/j1> bw:restsOn <extract/x3> | judgements 2 | rests_on=x1;x3
<judgement/j2> bw:judges <case/sector-competitiveness> | judgements 3 | about=; boundary=competitiveness; wave= | the case of actor, boundary and wave
<decision/d1> a bw:Decision | decisions 2 | id=d1 | every row is a decision
<decision/d1> bw:keepsCoding <coding/k3> | decisions 2 | keeps=k1;k3
<speaker/d1> a bw:Speaker | speakers 2 | id=d1 | every row is a speaker
<speaker/d1> bw:inStudy <../all> | speakers 2 | id=d1 | every row belongs to the study
<speaker/d2> bw:speaksFor <field/sector> | speakers 3 | speaks_for=sector
<speaker/d3> bw:undecided "role" | speakers 4 | role=? | the cell holds ?
<source/s1> bw:inStudy <../all> | sources 2 | id=s1 | every row belongs to the study
<source/s1> bw:characters 90 | sources 2 | characters=90
<selector/x1> a oa:TextPositionSelector | extracts 2 | start=0; end=9
<selector/x1> oa:start 0 | extracts 2 | start=0
<extract/x1> a bw:AttributedExtract | extracts 2 | kind=attributed | the kind of extract
<extract/x2> a bw:NarrativePassage | extracts 3 | kind=narrative | the kind of extract
<extract/x3> a bw:Extract | extracts 4 | kind= | the kind of extract
<extract/x1> bw:aboutActor <council/c1> | extracts 2 | about=c1
<extract/x2> bw:aboutActor <field/sector> | extracts 3 | about= | blank: the field of study.toml
<extract/x1> oa:hasSelector <selector/x1> | extracts 2 | start=0; end=9
<council/c1> a bw:Council | councils 2 | id=c1 | every row is a council
<council/c1> bw:inStudy <../all> | councils 2 | id=c1 | every row belongs to the study
<council/c1> bw:councilType code:district | councils 2 | type=district
<council/c2> bw:undecided "type" | councils 3 | type=? | the cell holds ?
<claim/m1> bw:inStudy <../all> | claims 2 | id=m1 | every row belongs to the study
"""
NOT_MADE = """
<coding/k1> bw:codes <extract/x2>
<coding/k1> bw:undecided "boundary"
<coding/k3> bw:claimsWork <work/k3>
<coding/k2> bw:underCodebook <codebook/1.1.0>
<coding/k3> bw:appliesCode <code/new%20one>
<coding/k1> a bw:Decision
<coding/k99> bw:codes <extract/x1>
<work/k4> a bw:BoundaryWork
<work/k6> a bw:PracticeWork
<work/k2> bw:inCase <case/sector-expertise>
<work/k1> bw:inCase <case/c1-competitiveness-w1>
<work/k3> bw:inCase <case/c1-expertise-w1>
<work/k1> bw:deploresElement code:local-expertise-first
<work/k2> bw:invokesElement code:generic-expertise-first
<work/k5> bw:stance code:deplored
<judgement/j1> bw:judges <case/c1-competitiveness-w1>
<source/s1> bw:characters 91
<source/s1> bw:characters "90"
<extract/x3> a bw:AttributedExtract
<extract/x1> bw:aboutActor <field/sector>
<council/c1> bw:councilType code:unitary
<council/c1> a bw:Speaker
<council/c1> bw:undecided "type"
<wave/w1> rdfs:label "First"
<case/c1-expertise-w1> bw:inStudy <../all>
<../all> a bw:Study
<urn:x:coding/k1> bw:codes <extract/x1>
"""


def parsed(text: str) -> tuple[str, str, Value]:
    """One triple in Turtle: subject, predicate and value."""
    [triple] = ox.parse(f"{HEAD}{text} .", format=ox.RdfFormat.TURTLE)
    assert isinstance(triple.subject, ox.NamedNode)
    term = triple.object
    value = Value("literal", term.value, term.datatype.value) if isinstance(term, ox.Literal) else Value("iri", term.value)
    return triple.subject.value, triple.predicate.value, value


def shown(made: Made | None) -> str:
    """A ground in short: table, line, cells, and how where that is said."""
    if made is None:
        return ""
    cells = "; ".join(f"{column}={text}" for column, text in made.cells)
    return " | ".join([f"{made.spec.name} {made.record.line}", cells, *([made.how] if made.how else [])])


@pytest.fixture
def rows(tmp_path: Path, vocabulary: Vocabulary) -> Rows:
    return Rows(write_tables(tmp_path, TOML, NOTED), vocabulary)


@pytest.mark.parametrize("line", MADE.strip().splitlines())
def test_a_triple_is_traced_to_its_row_and_cells(line: str, rows: Rows) -> None:
    triple, expected = line.split(" | ", 1)
    subject, predicate, value = parsed(triple)
    made = rows.made(subject, predicate, value)
    assert shown(made) == expected
    assert made is not None and made.path == rows.study.folder / f"{made.spec.name}.csv" and (made.spec.kind, made.ident) == rows.place_of(
        subject.replace("/work/", "/coding/").replace("/selector/", "/extract/"))


@pytest.mark.parametrize("triple", NOT_MADE.strip().splitlines())
def test_a_triple_that_no_row_made_has_no_row(triple: str, rows: Rows) -> None:
    assert rows.made(*parsed(triple)) is None


def test_every_triple_about_a_row_is_traced_and_no_other_is(rows: Rows, vocabulary: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "lines").mkdir()
    population = populate(rows.study, vocabulary, tmp_path / "lines")
    traced: dict[bool, set[str]] = {True: set(), False: set()}
    for path in (path for parts in population.parts.values() for path in parts.values()):
        for line in path.read_text(encoding="utf-8").splitlines():
            subject, predicate, value = parsed(line.removesuffix(" ."))
            place = rows.place_of(subject)
            traced[rows.made(subject, predicate, value) is not None].add(place[0] if place else "")
    assert traced[True] == TABLE_OF.keys()
    assert traced[False] == {"", "field", "coder", "wave", "reading", "codebook", "scheme", "boundary", "case"}


def test_a_mapped_code_counts_where_its_column_is_free_or_takes_several(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """Own codes that are called as a term of the theory stand for nothing; what a coding says itself comes first."""
    rows = Rows(write_tables(tmp_path, TOML, {
        **TABLES, "codes": "id,label,maps_to\na,A,endorsed; local-expertise-first ;blurring\nb,B,generic-expertise-first;vertical-relations\n"
                           "deplored,Named as a term,blurring\nnone,None,\n",
        "codings": "id,extract,coder,code,form,elements,stance,basis,confidence\nk1,x1,ann,a;b,,locally-fitted-expertise,,stated,high\n"
                   "k2,x1,ann, a ,blurring,?,deplored,stated,high\nk3,x1,ann,deplored;none,,,,stated,high\nk4,x1,ann,a,,,,stated,high\n"}), vocabulary)
    assert rows.maps == {"a": [("stance", "endorsed"), ("elements", "local-expertise-first"), ("form", "blurring")],
                         "b": [("elements", "generic-expertise-first"), ("code", "vertical-relations")], "none": []}
    assert rows.maps is rows.maps

    def ground(triple: str) -> str:
        return shown(rows.made(*parsed(triple)))

    assert ground("<work/k1> bw:invokesElement code:locally-fitted-expertise") == "codings 2 | elements=locally-fitted-expertise"
    assert ground("<work/k1> bw:invokesElement code:local-expertise-first") == (
        "codings 2 | code=a;b | codes.csv maps a to local-expertise-first, b to generic-expertise-first")
    assert ground("<work/k1> bw:invokesElement code:generic-expertise-first") == ground("<work/k1> bw:invokesElement code:local-expertise-first")
    assert ground("<coding/k1> bw:appliesCode code:vertical-relations") == "codings 2 | code=a;b | codes.csv maps b to vertical-relations"
    assert ground("<work/k1> bw:stance code:endorsed") == "codings 2 | code=a;b | codes.csv maps a to endorsed"
    assert ground("<work/k2> bw:hasForm code:blurring") == "codings 3 | form=blurring"
    assert ground("<work/k4> bw:invokesElement code:local-expertise-first") == "codings 5 | code=a | codes.csv maps a to local-expertise-first"
    for nothing in ("<work/k2> bw:invokesElement code:local-expertise-first", "<work/k2> bw:stance code:endorsed",
                    "<work/k3> bw:hasForm code:blurring", "<work/k4> bw:invokesElement code:generic-expertise-first"):
        assert ground(nothing) == ""


def test_a_mapped_code_counts_where_the_table_has_no_column_of_it(tmp_path: Path, vocabulary: Vocabulary) -> None:
    rows = Rows(write_tables(tmp_path, TOML, {"codes": "id,label,maps_to\na,A,endorsed;local-expertise-first\n",
                                              "codings": "id,extract,coder,code,basis,confidence\nk1,x1,ann,a,stated,high\n"}), vocabulary)
    for name, term in (("invokesElement", "local-expertise-first"), ("stance", "endorsed")):
        assert shown(rows.made(*parsed(f"<work/k1> bw:{name} code:{term}"))) == f"codings 2 | code=a | codes.csv maps a to {term}"


def test_a_study_without_codes_of_its_own_maps_nothing(tmp_path: Path, vocabulary: Vocabulary) -> None:
    assert Rows(write_tables(tmp_path, TOML, {"codings": TABLES["codings"]}), vocabulary).maps == {}


def test_things_of_the_study_have_a_place_and_those_with_a_row_a_record(rows: Rows) -> None:
    places = {f"{BASE}/coding/k1": ("coding", "k1"), f"{BASE}/code/new%20one": ("code", "new one"), f"{BASE}/register/a/b%20c": ("register", "a/b%20c")}
    assert {thing: rows.place_of(thing) for thing in places} == places
    assert [rows.place_of(thing) for thing in (BASE, f"{BASE}2/coding/k1", "urn:x")] == [None] * 3
    found = rows.record("selector", "x2")
    assert found is not None and (found[0].name, found[1].name, found[2].line, found[2].cells["gist"]) == ("extracts", "extracts.csv", 3, "Two.")
    assert rows.record("coding", "k99") is None and rows.record("wave", "w1") is None


def test_the_columns_that_may_make_a_property_are_known(rows: Rows) -> None:
    def columns(kind: str, name: str) -> list[tuple[str, ...]]:
        return [o.columns for o in rows.properties(kind, rows.vocabulary.expand(name))]

    def kinds(name: str) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(kind, o.table, o.columns) for kind, o in rows.kinds_with(rows.vocabulary.expand(name))]

    assert columns("coding", "bw:underCodebook") == [("codebook",), ("codebook",)] and columns("wave", "bw:codes") == []
    assert kinds("bw:undecided")[:2] == [("council", "councils", ("type", "region")), ("speaker", "speakers", ("role",))]
    assert kinds("oa:hasSelector") == [("extract", "extracts", ("start", "end"))] and kinds("bw:row") == kinds("bw:never") == []


def test_a_cell_is_written_as_one_term() -> None:
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    characters, sha, label = SPECS["sources"].by_name["characters"], SPECS["sources"].by_name["sha256"], SPECS["councils"].by_name["label"]
    assert [same(characters, text, Value("literal", "90", integer)) for text in ("90", "+90", "090", "91", "x", "")] == [True, True, True, False, False, False]
    assert not same(characters, "90", Value("literal", "90")) and same(characters, "-1", Value("literal", "-1", integer))
    assert same(sha, "AB", Value("literal", "ab")) and not same(label, "AB", Value("literal", "ab")) and same(label, "A", Value("literal", "A"))
    assert same(label, "a b", Value("iri", f"{BASE}/x/a%20b")) and not same(label, "b", Value("iri", f"{BASE}/x/a%20b"))
    elements = SPECS["codings"].by_name["elements"]
    assert (values_of(elements, " a;; b ;"), values_of(label, "a;b"), values_of(label, "")) == (["a", "b"], ["a;b"], [])


def test_a_place_of_one_end_is_a_place() -> None:
    nobody = Value("iri", "urn:x")
    for kind, name in (("extract", "oa:hasSelector"), ("selector", "rdf:type")):
        [origin] = ORIGINS[kind, name]
        assert [origin.made(cells, nobody) for cells in ({"start": "0"}, {"start": "", "end": "5"}, {"start": " "}, {"end": "?"}, {})] == [
            True, True, False, False, False]
