"""What the explorer shows, compared with what other parts of boundwork say of the same study."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import boundwork
from boundwork.errors import UsageError
from boundwork.explore.agreed import USUAL, Asked, agreement
from boundwork.explore.behind import behind, ruled_out
from boundwork.explore.current import Current
from boundwork.explore.explaining import explain
from boundwork.explore.forms import fields
from boundwork.explore.live import LiveFindings
from boundwork.explore.matrix import Wanted, matrix
from boundwork.explore.overview import overview
from boundwork.explore.plotting import heat_map, picture
from boundwork.explore.querying import StudyStores
from boundwork.explore.session import Session
from boundwork.explore.statements import as_rdf, statements
from boundwork.explore.terminology import read_terminology, theory
from boundwork.explore.values import terms_for
from boundwork.pipeline.builds import Build
from boundwork.terms import CODE, study_iri
from conftest import ROOT, STUDIES

PAPER, EXAMPLE = STUDIES


@pytest.fixture(scope="module", params=STUDIES)
def session(request: pytest.FixtureRequest, builds: dict[str, Build]) -> Session:
    return boundwork.open(request.param)


@pytest.mark.parametrize("wanted", [
    Wanted("boundary", "logic"), Wanted("type", "boundary"), Wanted("role", "form", together="extract"), Wanted("form", "form"),
    Wanted("code", "role", together="near", near=200), Wanted("element", "kind", together="nesting"),
    Wanted("boundary", "form", where="NOT form=blurring AND (confidence=high OR confidence=medium)")],
    ids=lambda w: f"{w.rows}-{w.columns}-{w.together or 'usual'}")
def test_as_many_codings_stand_behind_a_cell_as_it_counts(session: Session, wanted: Wanted) -> None:
    found = matrix(session, wanted)
    cells = [(r, c) for r in found.row_values for c in found.column_values]
    filled = [k for k in cells if found.counts.get(k)]
    assert filled
    for row, column in [*filled[:12], *[k for k in cells if k not in found.counts][:4]]:
        under = behind(session, wanted, row, column)
        assert len({k.iri for k in under.codings}) + under.more == found.counts.get((row, column), 0), (row, column)
        assert bool(under.reason) == ((row, column) not in found.counts)


def test_a_cell_of_what_does_not_exist_is_refused(session: Session) -> None:
    for wanted, row, column in ((Wanted("boundary", "logic"), CODE + "expertize", CODE + "hybrid"), (Wanted("boundry", "logic"), CODE + "expertise", "")):
        with pytest.raises(UsageError, match="Did you mean"):
            behind(session, wanted, row, column)


def test_table_3_rules_out_one_cell_and_cannot_show_three(session: Session) -> None:
    table = theory(session)
    cells = {(b, lo) for b in table.boundaries for lo in table.logics}
    assert len(cells) == 12
    said = {(b[len(CODE):], lo[len(CODE):]): text.split(":")[0] for (b, lo), text in ruled_out(session, "boundary", "logic", cells).items()}
    assert said == {("competitiveness", "bureaucratic"): "Table 3 rules it out", ("competitiveness", "managerial"): "Table 3 cannot show it",
                    ("organisational-culture", "hybrid"): "Table 3 cannot show it", ("organisational-culture", "managerial"): "Table 3 cannot show it"}
    turned = ruled_out(session, "logic", "boundary", {(lo, b) for b, lo in cells})
    assert {(b[len(CODE):], lo[len(CODE):]): t.split(":")[0] for (lo, b), t in turned.items()} == said
    assert ruled_out(session, "type", "boundary", {("x", "y")}) == {}


def test_every_value_that_a_form_offers_is_one_that_the_question_takes(session: Session) -> None:
    offered = 0
    for query in session.queries():
        for one in fields(session, query, {}):
            assert one.values == [query.params[one.name].default or "any"]
            known = {o.value for o in one.options}
            assert one.kind != "choice" or set(one.values) <= known, (query.slug, one.name)
            for option in one.options:
                terms_for(query.params[one.name], [option.value], session.store, session.study.id)
                offered += 1
    assert offered > 300


def test_extracts_are_marked_where_the_agreement_finds_a_difference(session: Session) -> None:
    snapshot = Current(session.folder, StudyStores(session.folder)).snapshot()
    found = agreement(session.folder, Asked(bootstrap=0))
    expected = {m.extract: sorted(m.dimensions) for m in found.moves}
    marked = {s.id: sorted(d for d in s.differs if d in USUAL) for s in snapshot.comparison.summaries}
    assert tuple(snapshot.comparison.compared) == found.coders
    assert {k: v for k, v in marked.items() if v} == expected
    for summary in snapshot.comparison.summaries:
        assert sum(summary.codings.values()) == len(snapshot.comparison.one(summary.id, {}, {}).codings)


def test_uses_of_a_term_are_those_that_explain_names(session: Session) -> None:
    terms = read_terminology(session.folder)
    for entry in list(terms.entries.values())[::17]:
        said = dict(explain(session, entry.iri).facts)
        assert ", ".join(entry.questions) == said.get("used by question", ""), entry.iri
        assert ", ".join(entry.rules) == said.get("used by rule", ""), entry.iri
        assert ", ".join(entry.columns) == said.get("column", ""), entry.iri


def test_a_search_begins_with_what_is_called_so(session: Session) -> None:
    terms = read_terminology(session.folder)
    assert terms.find("Hybrid Case")[0].name == "bw:HybridCase"
    assert terms.find("") == list(terms.entries.values())
    assert {e.kind for e in terms.find("", "code")} == {"code"}
    assert terms.find("no such words at all") == []
    assert all("boundary" in f"{e.label} {e.name} {e.also} {e.definition} {e.example} {e.group}".lower() for e in terms.find("boundary"))


def test_the_overview_counts_what_stands_in_the_graph(session: Session) -> None:
    found = overview(session)
    asked = {(r["actor"], r["boundary"]): r for r in session.ask("single-extract-answers", most=999).table if r.get("case")}
    assert len(found.boundaries) == 4
    for outcome in found.outcomes:
        number = sum(outcome.statuses.values())
        assert number == int(session.store.select("SELECT (COUNT(?c) AS ?n) { ?c a <https://w3id.org/boundwork/ontology#BoundaryCase> }")[0][0].text)  # type: ignore[union-attr]
    statuses = {(a.label, found.boundaries[b]): c.status for a in found.actors for b, cases in a.cases.items() for c in cases}
    if session.study.id == PAPER:  # in the other study a council has several cases on a boundary, one a wave
        assert {k: str(v["status"]).replace(" ", "-") for k, v in asked.items()}.items() <= statuses.items()
        assert len(asked) > 10


def test_statements_are_all_that_the_graph_says_of_a_thing(session: Session) -> None:
    for thing in (study_iri(session.study.id, "coding", "b031" if session.study.id == PAPER else "a01"), CODE + "expertise"):
        found = statements(session, thing)
        out = session.store.select(f"SELECT DISTINCT ?p ?o {{ <{thing}> ?p ?o }}")
        assert sorted((s.property, s.value) for s in found.out) == sorted((p.text, o) for p, o in out if p and o)
        assert as_rdf(session, thing).decode().count("\n") > len(found.out) / 2
    assert not statements(session, "https://example.org/nothing").known


def test_a_picture_is_drawn_of_an_empty_matrix_too(session: Session) -> None:
    found = matrix(session, Wanted("boundary", "logic", where="boundary=expertise AND NOT boundary=expertise"))
    assert found.counts == {}
    assert picture(heat_map(found), "svg").startswith(b"<svg")
    with pytest.raises(UsageError, match="pdf"):
        picture({}, "pdf")


def test_findings_are_checked_again_only_when_a_file_changes(scratch: Path) -> None:
    folder = shutil.copytree(ROOT / "data" / EXAMPLE, scratch / "mine")
    live = LiveFindings(folder)
    assert live.last is None and live.changed()
    first = live.now()
    assert first is live.now() is live.last and not live.changed()
    table = folder / "codings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",expertise,", ",expertize,", 1), encoding="utf-8")
    assert live.changed()
    second = live.now()
    assert (second.number, second.counts["violation"]) == (first.number + 1, 1)
    assert [f.rule for f in second.chosen(severity="violation")] == ["table-unknown-code"] == [f.rule for f in second.chosen(rule="table-unknown-code")]
    (folder / "study.toml").write_text("[study", encoding="utf-8")
    third = live.now()
    assert third.trouble is not None and third.working is second.working


def test_what_is_shown_is_the_last_state_that_built(scratch: Path, builds: dict[str, Build]) -> None:
    import time

    folder = shutil.copytree(ROOT / "data" / EXAMPLE, scratch / "mine")
    current = Current(folder, StudyStores(folder, scratch / "store"))
    first = current.snapshot()
    assert current.snapshot() is first and current.trouble is None
    table = folder / "councils.csv"
    whole = table.read_text(encoding="utf-8")

    def settled(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end
            current.snapshot()
            time.sleep(0.1)

    table.write_text(whole.replace(",county,", ",countie,", 1), encoding="utf-8")
    settled(lambda: current.trouble is not None)
    assert current.snapshot() is first
    table.write_text(whole.replace("northmere,Northmere,", "northmere,Northmoor,", 1), encoding="utf-8")
    settled(lambda: current.snapshot() is not first)
    assert current.trouble is None
    label = current.snapshot().session().labels({study_iri(EXAMPLE, "council", "northmere")})
    assert label == {study_iri(EXAMPLE, "council", "northmere"): "Northmoor"}
    assert first.session().labels(set(label)) == {next(iter(label)): "Northmere"}  # who still reads the old one reads all of it
