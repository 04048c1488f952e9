"""Why a triple is there: every tree ends in what was asserted, every step of a rule can be run again, and rows say what they are said to say."""

from __future__ import annotations

import csv
import re
import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
import rdflib

from boundwork.derivations.patterns import Filter, Triple, Var
from boundwork.derivations.solving import Absent
from boundwork.errors import UsageError
from boundwork.explore.session import Session
from boundwork.explore.why import Builder, Node, understand, why
from boundwork.explore.why.answering import why_rows
from boundwork.explore.why.lacking import why_no_hybrid
from boundwork.explore.why.provenance import provenance
from boundwork.explore.why.tree import Row
from boundwork.pipeline.builds import Build
from boundwork.stores.answer import Truth, Value
from boundwork.terms import BW, graph_iri
from conftest import STUDIES
from replay import Ground, Replay, text_of

ROOT = Path(__file__).resolve().parents[2]
PROV = rdflib.Namespace("http://www.w3.org/ns/prov#")
CSVW = rdflib.Namespace("http://www.w3.org/ns/csvw#")
EX = "http://example.org/"


@pytest.fixture(scope="module")
def grounds(builds: dict[str, Build], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ground]:
    """Both shipped studies, with each triple's graph."""
    return {name: Ground.of(ROOT / "data" / name, tmp_path_factory.mktemp("dataset") / f"{name}.nq") for name in builds}


@pytest.fixture(params=STUDIES)
def ground(request: pytest.FixtureRequest, grounds: dict[str, Ground]) -> Ground:
    return grounds[request.param]


# every conclusion has a tree, and the tree holds

def test_every_hybrid_claim_is_derived_from_asserted_triples_by_rules_that_can_be_run_again(ground: Ground) -> None:
    replay = Replay(ground)
    assert replay.faults(ground.hybrid) == []
    assert len(ground.hybrid) > 50 and replay.steps > 300


def test_so_is_a_sample_of_all_conclusions(ground: Ground) -> None:
    replay, sample = Replay(ground), ground.conclusions[::97]
    assert replay.faults(sample) == []
    assert len(sample) > 100 and len({t[1] for t in sample}) > 15


@pytest.mark.slow
def test_so_is_every_conclusion_of_the_default_reading(ground: Ground) -> None:
    replay = Replay(ground)
    assert replay.faults(ground.conclusions) == []
    assert replay.steps >= 0.9 * len(ground.conclusions) > 9_000


def _nodes(tree: Node, kind: str) -> list[Node]:
    return [n for n in tree.walk() if n.kind == kind]


def _spoil(tree: Node, how: str) -> None:
    rules, rows = _nodes(tree, "rule"), _nodes(tree, "row")
    if how == "a premise is left out":
        rules[-1].triples.pop()
    elif how == "a premise has nothing beneath":
        rules[-1].children.remove(next(c for c in rules[-1].children if c.triples))
    elif how == "another rule":
        rules[0].rule = rules[-1].rule
    elif how == "a leaf that nobody asserted":
        s, p, _ = rows[0].triples[0]
        rows[0].triples[0] = (s, p, Value("literal", "made up"))
    elif how == "a circle":
        _nodes(tree, "inferred")[-1].triples.append(tree.triples[0])
    elif how == "an empty promise":
        last = _nodes(tree, "inferred")[-1]
        last.kind, last.children = "shown", []
    elif how == "no reason at all":
        _nodes(tree, "inferred")[-1].children = []
    else:
        _nodes(tree, "inferred")[-1].kind = how


@pytest.mark.parametrize("how", ["a premise is left out", "a premise has nothing beneath", "another rule", "a leaf that nobody asserted", "a circle",
                                 "an empty promise", "no reason at all", "unexplained", "more"])
def test_the_check_of_trees_sees(how: str, grounds: dict[str, Ground]) -> None:
    """The two tests above would be worth nothing if a spoilt tree passed them."""
    ground = grounds["regulating-public-services"]
    replay = Replay(ground)
    claim = next(t for t in ground.hybrid if t[2].text == BW + "CodedHybridCase")
    tree = replay.builder.tree(claim)
    assert list(replay.check(deepcopy(tree), [])) == []
    _spoil(tree, how)
    assert list(Replay(ground).check(tree, [])) != []


def _as_query(absent: Absent) -> str:
    def term(t: Value | Var) -> str:
        return f"?{t.name.replace('/', 'path')}" if isinstance(t, Var) else t.n_triples

    tests = [f"FILTER({c})" for c in absent.conditions]
    return "ASK { " + " . ".join(" ".join(map(term, p.terms)) for p in absent.patterns) + " " + " ".join(tests) + " }"


def test_what_is_said_not_to_be_found_is_not_there_or_came_later(ground: Ground) -> None:
    """The engine itself looks again; only a rule that runs later may have put it there since."""
    builder = Builder(ground.session, None, None)
    reach, looked = builder.reach(), 0
    for triple in [*ground.hybrid, *ground.conclusions[::211]]:
        for found in reach.derivations.of(triple):
            members = found.counted.members if found.counted else []
            for absent in dict.fromkeys([*found.absent, *(a for m in members for a in m.absent)]):
                assert not any(isinstance(e, Filter) and e.test.exists for e in absent.group.elements)
                looked += 1
                answer = reach.store.query(_as_query(absent))
                if isinstance(answer, Truth) and answer.value:
                    written = [str(builder.naming.triple(p)) for p in absent.patterns]
                    first = {"case-without-evidence": f"{builder.naming.term(triple[0])}  a  bw:CaseTally",
                             "claim-without-evidence": "?counted  a  bw:ClaimTally"}
                    assert written[0] == first[found.rule.rule.name]
    assert looked > 10


def test_a_triple_has_a_ground_exactly_if_it_was_asserted(ground: Ground) -> None:
    reach = Builder(ground.session).reach()
    said = [(t, reach.grounds.holds(t)) for t in ground.triples[::4]]
    assert [text_of(t) for t, holds in said if holds != (text_of(t) in ground.asserted)] == []
    assert Counter(holds for _, holds in said)[True] > 1_000


# rows and extracts

def _lines(path: Path) -> dict[int, dict[str, str]]:
    """Physical line on which a record begins -> its cells; the csv module alone."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header, found, start = next(reader), {}, reader.line_num + 1
        for record in reader:
            found[start] = dict(zip(header, record, strict=False))
            start = reader.line_num + 1
    return found


def _says_the_same(row: Row, tables: dict[str, dict[int, dict[str, str]]]) -> None:
    cells = tables[row.table][row.line]
    assert next(iter(cells.values())) == row.ident
    assert {c: t for c, t in row.cells if cells[c].strip() != t} == {}
    for name in ("coder", "basis", "confidence"):
        assert getattr(row, name) in ("", cells.get(name))
    if row.extract is not None:
        assert row.extract.ident in (cells.get("extract"), row.ident)
        stretch = next(e for e in tables["extracts.csv"].values() if e["id"] == row.extract.ident)
        assert (str(row.extract.start), str(row.extract.end)) == (stretch["start"], stretch["end"])
        assert (row.extract.sha256, row.extract.section, row.extract.gist) == (stretch["sha256"], stretch["section"], stretch["gist"])


def test_why_of_the_hybrid_expertise_answer_ends_at_rows_and_extracts(ground: Ground) -> None:
    """Every table row that a tree names is read back from its file, and says the same."""
    tables = {p.name: _lines(p) for p in ground.session.folder.glob("*.csv")}
    result = ground.session.ask("hybrid-council-types", boundary="expertise")
    assert len(result) > 5
    for row, tree in zip(result.table, why_rows(ground.session, result, None, apart=True), strict=True):
        rows = [n.row for n in tree.walk() if n.row]
        for found in rows:
            _says_the_same(found, tables)
        coded = {r.extract.ident for r in rows if r.table == "codings.csv" and r.extract}
        assert {r.table for r in rows} >= {"councils.csv"}
        assert len(coded) == row["extracts"]
        assert all(r.coder for r in rows if r.table == "codings.csv" and r.extract)
        assert {n.kind for n in tree.walk()} & {"unexplained"} == set()


def test_each_column_of_each_table_is_found_again_in_its_row(ground: Ground) -> None:
    tables = {p.name: _lines(p) for p in ground.session.folder.glob("*.csv")}
    reach = Builder(ground.session).reach()
    leaves = [leaf for t in ground.triples[::11] if (leaf := reach.grounds.of(t)) is not None and leaf.row is not None]
    for leaf in leaves:
        assert leaf.row is not None
        _says_the_same(leaf.row, tables)
    assert len({(leaf.row.table, c) for leaf in leaves if leaf.row for c, _ in leaf.row.cells}) > 25


def test_a_tree_by_hand(grounds: dict[str, Ground]) -> None:
    """Council 8 measures itself against its own past: one row, one element, five rules."""
    tree = why(grounds["regulating-public-services"].session, "cs08-competitiveness", "a", "bw:HybridCase", None)
    assert [n.rule.rsplit("/", 1)[1] for n in _nodes(tree, "rule")] == ["hybrid-case", "coded-hybrid-case", "work-by-logic", "draws-on", "distinctive-of"]
    rows = {n.row.ident: n.row for n in reversed(_nodes(tree, "row")) if n.row}
    assert list(rows) == ["b031"]
    assert rows["b031"].coder == "coder-1" and rows["b031"].extract and rows["b031"].extract.locator == "table-2 [64596..64777]"
    assert [n.title for n in _nodes(tree, "ontology")] == [
        "code:competing-over-time  bw:inCell  code:competitiveness-hybrid", "code:competitiveness-hybrid  bw:cellLogic  code:hybrid"]
    assert [n.title.split(":")[0] for n in _nodes(tree, "absent")] == ["looked for and not found"]


def test_a_count_names_each_thing_that_it_counts(ground: Ground) -> None:
    whole, short = Builder(ground.session, None), Builder(ground.session, 2)
    numbers = [t for t in ground.conclusions if t[1].text == BW + "extracts"][::25]
    assert max(int(t[2].text) for t in numbers) > 5
    for triple in numbers:
        assert len(_nodes(whole.tree(triple).children[0], "counted")) == int(triple[2].text), text_of(triple)
        shown = [c.title for c in short.tree(triple).children[0].children if c.kind in ("counted", "more")]
        assert len(shown) == min(3, int(triple[2].text))


def test_a_tree_takes_milliseconds(grounds: dict[str, Ground]) -> None:
    """Of processor time, with the store open and the rules read; 200 is many times what is needed."""
    builder = Builder(grounds["regulating-public-services"].session)
    claims = grounds["regulating-public-services"].hybrid
    builder.tree(claims[0])
    start = time.process_time()
    for claim in claims[::10]:
        builder.tree(claim)
    assert (time.process_time() - start) / len(claims[::10]) < 0.2


# rules that are the study's own

def _rules(study: Path, **texts: str) -> Path:
    (study / "queries" / "derive").mkdir(parents=True)
    for name, text in texts.items():
        head = f"#+ summary: A rule of the study's own.\n#+ stage: coding\nPREFIX bw: <{BW}>\nPREFIX ex: <{EX}>\n"
        (study / "queries" / "derive" / f"{name.replace('_', '-')}.rq").write_text(head + text, encoding="utf-8")
    return study


def test_a_rule_that_cannot_be_run_backwards_is_named_with_the_reason(study: Path, scratch: Path, cache: Path) -> None:
    limited = "CONSTRUCT { ?c ex:first true } WHERE { { SELECT ?c { ?c a bw:Coding } ORDER BY ?c LIMIT 1 } }"
    path = "CONSTRUCT { ?c ex:second ?x } WHERE { ?c (bw:codes|!bw:basis)/bw:gist ?x }"
    session = Session(_rules(study, **{"80_limited": limited, "81_path": path}), store=scratch / "store")
    builder, store = Builder(session), session.store
    for name, rule in (("first", "limited"), ("second", "path")):
        s, p, o = store.select(f"SELECT ?s ?p ?o {{ VALUES ?p {{ <{EX}{name}> }} ?s ?p ?o }}")[0]
        assert s and p and o
        tree = builder.tree((s, p, o))
        assert tree.kind == "unexplained" and f"made by rule {rule}" in tree.lines[0] and "cannot be run backwards" in tree.lines[0]


def test_two_rules_that_feed_each_other_make_no_circle(study: Path, scratch: Path, cache: Path) -> None:
    there, back = "CONSTRUCT { ?c ex:there true } WHERE { ?c ex:back true }", "CONSTRUCT { ?c ex:back true } WHERE { ?c ex:there true }"
    seed = "CONSTRUCT { ?c ex:there true } WHERE { ?c a bw:Coding }"
    session = Session(_rules(study, **{"80_seed": seed, "81_back": back, "82_there": there}), store=scratch / "store")
    subject, value = session.store.select(f"SELECT ?s ?o {{ ?s <{EX}there> ?o }}")[0]
    assert subject and value
    tree = Builder(session, None).tree((subject, Value("iri", EX + "there"), value))
    assert [n.rule.rsplit("/", 1)[1] for n in _nodes(tree, "rule")] == ["seed", "there", "back", "seed"]
    assert {n.row.ident for n in tree.leaves if n.row} == {subject.text.rsplit("/", 1)[1]}


# imported, provenance, what is missing

def test_an_imported_triple_names_its_source_and_date(builds: dict[str, Build]) -> None:
    session = Session(ROOT / "data" / "example-study")
    memory, graph = session.store.in_memory(), graph_iri("example-study", "links")
    council = "<https://w3id.org/boundwork/study/example-study/council/northmere>"
    link = f"{council} <http://www.w3.org/2004/02/skos/core#exactMatch> <{EX}E06000001> .\n"
    about = f'<{graph}> <http://purl.org/dc/terms/source> <{EX}register> .\n<{graph}> <http://purl.org/dc/terms/issued> "2025-04-01" .\n'
    memory.load((link + about).encode())
    memory.load((link + about).encode(), graph)
    session._store = memory
    tree = why(session, "northmere", "skos:exactMatch", f"{EX}E06000001")
    assert tree.kind == "imported" and tree.source == f"{EX}register"
    assert tree.lines == ["imported with example-study/links", f"from {EX}register", "on 2025-04-01"]


def test_provenance_leads_from_every_conclusion_to_rows_coders_and_extracts(ground: Ground) -> None:
    builder, graph = Builder(ground.session, None), rdflib.Graph()
    trees = [builder.tree(t) for t in ground.hybrid[::6]]
    lines = list(provenance(ground.session.study.id, trees))
    graph.parse(data="\n".join(lines), format="nt")
    for made in set(graph.subjects(PROV.wasGeneratedBy)):
        used = {u for run in graph.objects(made, PROV.wasGeneratedBy) for u in graph.objects(run, PROV.used)}
        assert set(graph.objects(made, PROV.wasDerivedFrom)) <= used
        assert [u for u in used if (u, rdflib.RDF.type, PROV.Plan) in graph]
    rows = set(graph.subjects(rdflib.RDF.type, CSVW.Row))
    assert len(rows) > 5
    for row in rows:  # the same rows, under the same names, as in the dataset
        for p in (rdflib.RDF.type, CSVW.rownum, CSVW.url):
            assert f"{row.n3()} {p.n3()} {next(graph.objects(row, p)).n3()}" in ground.asserted
    coded = [r for r in rows if "/codings.csv/" in str(r)]
    assert coded and all(graph.value(r, PROV.wasAttributedTo) and graph.value(r, PROV.wasDerivedFrom) for r in coded)
    for tree in trees:
        seen, here = set(), {s for s in graph.subjects(rdflib.RDF.subject, rdflib.URIRef(tree.triples[0][0].text))
                             if graph.value(s, rdflib.RDF.object) == rdflib.URIRef(tree.triples[0][2].text)}
        while here:
            seen |= here
            here = {o for s in here for o in graph.objects(s, PROV.wasDerivedFrom)} - seen
        assert seen & rows


def _kinds(tree: Node) -> dict[str, str]:
    return {m[1]: n.kind for n in tree.children if (m := re.match(r"(blended|hybrid element|co-existence), ", n.title))}


def test_of_a_case_each_kind_of_hybrid_is_said_to_hold_or_to_be_missing(ground: Ground) -> None:
    store = ground.session.store
    classes = {"blended": "BlendedHybridCase", "hybrid element": "CodedHybridCase", "co-existence": "CoexistenceCase"}
    members = {kind: {c.text for (c,) in store.select(f"SELECT ?c {{ ?c a <{BW}{cls}> }}") if c} for kind, cls in classes.items()}
    every = [c.text for (c,) in store.select(f"SELECT ?c {{ ?c a <{BW}BoundaryCase> }} ORDER BY ?c") if c]
    cases = sorted({*every[::10], *members["blended"], *members["hybrid element"]})
    hybrids = 0
    for case in cases:
        ((tree, holds),) = why_no_hybrid(ground.session, case)
        assert _kinds(tree) == {kind: "holds" if case in cases_of else "missing" for kind, cases_of in members.items()}
        assert holds == (case in members["blended"] | members["hybrid element"])
        assert holds or any(n.kind == "rule" and _nodes(n, "missing") for n in tree.children)
        hybrids += holds
    assert 0 < hybrids < len(cases)


def _ways(triple: Triple) -> Iterator[tuple[str, str, str]]:
    yield triple[0].text, triple[1].text, triple[2].text
    yield f"<{triple[0].text}>", f"<{triple[1].text}>", f"<{triple[2].text}>"


def test_a_triple_is_understood_however_it_is_written(grounds: dict[str, Ground]) -> None:
    session = grounds["regulating-public-services"].session
    builder = Builder(session)
    said: dict[Triple, list[tuple[str, str, str]]] = {}
    for words in (("b031", "drawsOn", "hybrid"), ("work/b031", "bw:drawsOn", "code:hybrid"), ("cs03", "interviewsReported", "12"),
                  ("council/cs03", "bw:interviewsReported", '"12"^^xsd:integer'), ("bw:HybridCase", "rdfs:label", '"hybrid case"@en'),
                  ("CS 3", "a", "bw:Council"), ("b031", "row", "160"), ("reading-1", "isDefaultReading", "true")):
        try:
            found = understand(builder, *words)
        except UsageError as error:
            pytest.fail(f"{words}: {error}")
        assert found.holds, words
        said.setdefault(found.triple, []).append(words)
    assert Counter(map(len, said.values())) == {2: 2, 1: 4}
    for triple in said:
        assert all(understand(builder, *w).triple == triple for w in _ways(triple) if triple[2].kind == "iri")
