"""A small graph in parts: which shapes are asked where, what is kept of the parts, and findings that are those of the whole graph."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork import shacl
from boundwork.errors import InputError
from boundwork.findings import Finding, Severity
from boundwork.shacl import Facts, Parted, check_parted
from boundwork.shacl.facts import SUBCLASS as BELOW
from boundwork.shacl.facts import TYPE
from boundwork.shacl.parted import Needs, Plan, ask_common, ask_parted, ask_parts, ask_whole, complete, kept_files, plan_of, read_lines, whole_findings
from boundwork.shacl.reach import Map
from boundwork.terms import BASE, BW

Turtle = Callable[[str], Facts]
S = f"{BASE}study/a/"
OWNED = tuple(f"<{S}{kind}/" for kind in ("extract", "coding", "work", "selector"))
PREFIXES = f"@prefix bw: <{BW}> . @prefix s: <{S}> . @prefix prov: <http://www.w3.org/ns/prov#> . @prefix oa: <http://www.w3.org/ns/oa#> . "
COMMON = "bw:Special rdfs:subClassOf bw:Coding . s:council\\/c a bw:Council ; bw:row 2 . s:source\\/s a bw:Source . " \
    "s:judgement\\/j a bw:CaseJudgement ; bw:restsOn s:extract\\/x3 ."
ROW = "{k} a bw:Coding ; bw:row {n} ; prov:wasAttributedTo s:coder\\/ann ; bw:codes {x} ; bw:claimsWork {w} . " \
    "{x} a bw:Extract ; bw:row {n} ; oa:hasSource s:source\\/s ."
SHAPES = PREFIXES + """
:local sh:targetClass bw:Coding ; sh:property [ sh:path bw:row ; sh:maxExclusive 4 ; sh:message "Too far down." ] .
:common sh:targetClass bw:Council ; sh:property [ sh:path bw:row ; sh:minExclusive 2 ; sh:message "Too far up." ] .
:twice sh:targetClass bw:Extract ; sh:message "As many words as {?other}." ;
    sh:sparql [ sh:select "SELECT $this ?other { $this <urn:x:words> ?n . ?other <urn:x:words> ?n FILTER ($this != ?other) }" ] .
:source sh:targetClass bw:Source ; sh:property [ sh:path [ sh:inversePath oa:hasSource ] ; sh:maxCount 2 ; sh:message "Too long." ] .
:rests sh:targetClass bw:CaseJudgement ; sh:property [ sh:path ( bw:restsOn bw:row ) ; sh:minCount 1 ] .
:work sh:targetObjectsOf bw:claimsWork ; sh:closed true ; sh:ignoredProperties ( :known ) ; sh:message "Unknown." .
"""


@pytest.fixture
def graph(tmp_path: Path, turtle: Turtle, monkeypatch: pytest.MonkeyPatch) -> Parted:
    """Three parts of one coding each; worked in this process."""
    monkeypatch.setattr("boundwork.workers._LIMIT", [1])
    (tmp_path / "shapes.ttl").write_text("@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <urn:x:> ." + SHAPES, encoding="utf-8")
    rows = [ROW.format(n=n, k=f"s:coding\\/k{n}", x=f"s:extract\\/x{n}", w=f"s:work\\/k{n}") for n in (3, 4, 5)]
    texts = [COMMON, rows[0] + " s:extract\\/x3 :words 7 . s:work\\/k3 :known 1 .",
             rows[1] + " s:extract\\/x4 :words 8 . s:work\\/k4 :strange 1 ; a bw:BoundaryWork .",
             rows[2].replace("bw:Coding", "bw:Special") + " s:extract\\/x5 :words 7 . s:work\\/k5 :known 1 ."]
    files = []
    for number, text in enumerate(texts):
        files.append(tmp_path / f"{number}.nt")
        files[-1].write_text("".join(f"{line}\n" for line in turtle(PREFIXES + text).lines()), encoding="utf-8")
    return Parted(files[:1], [[f] for f in files[1:]], OWNED)


def told(found: list[Finding]) -> list[tuple[object, ...]]:
    return sorted((f.rule.removeprefix("urn:x:"), f.file, f.row, f.coder, f.extract, f.subject.removeprefix(S), f.value, f.message) for f in found)


LOCAL = [("local", "codings.csv", n, "ann", f"x{n}", f"coding/k{n}", str(n), "Too far down.") for n in (4, 5)]
EXPECTED = [
    ("common", "councils.csv", 2, "", "", "council/c", "2", "Too far up."), *LOCAL, ("source", "sources.csv", 0, "", "", "source/s", "", "Too long."),
    ("twice", "extracts.csv", 3, "", "", "extract/x3", "", "As many words as x5."),
    ("twice", "extracts.csv", 5, "", "", "extract/x5", "", "As many words as x3."),
    ("work", "codings.csv", 4, "ann", "x4", "work/k4", "1", "Unknown."),
    ("work", "codings.csv", 4, "ann", "x4", "work/k4", "BoundaryWork", "Unknown.")]


def test_findings_are_those_of_the_whole_graph(graph: Parted, tmp_path: Path) -> None:
    steps: list[tuple[str, int]] = []
    found = check_parted(graph, [tmp_path / "shapes.ttl"], tmp_path, lambda *so_far: steps.append(so_far))
    everything = read_lines([*graph.common, *(f for part in graph.parts for f in part)])
    assert told(found) == EXPECTED == told(shacl.check(everything, shacl.load_shapes([tmp_path / "shapes.ttl"])))
    assert steps == [("shapes, parts", 3), ("shapes, parts", 3), *(("shapes, whole", n) for n in (1, 2, 3))]  # the second part has what the first lacks


def x(*names: str) -> set[str]:
    return {f"<urn:x:{n}>" for n in names}


def test_what_is_asked_of_the_whole_is_told_with_what_it_needs(graph: Parted, tmp_path: Path) -> None:
    asked = ask_parted(graph, [tmp_path / "shapes.ttl"], tmp_path)
    assert set(asked.plan.local) == x("local", "common", "work")
    assert asked.plan.whole == {"<urn:x:rests>": Needs(frozenset({TYPE, BELOW, f"<{BW}restsOn>", f"<{BW}row>"}), frozenset({f"<{BW}CaseJudgement>"})),
                                "<urn:x:source>": Needs(frozenset({TYPE, BELOW, "<http://www.w3.org/ns/oa#hasSource>"}), frozenset({f"<{BW}Source>"})),
                                "<urn:x:twice>": Needs(frozenset({TYPE, BELOW, "<urn:x:words>"}), frozenset({f"<{BW}Extract>"}))}
    assert {shape: len(found) for shape, found in asked.whole.items()} == {"<urn:x:rests>": 0, "<urn:x:source>": 1, "<urn:x:twice>": 2}
    assert told(asked.local + whole_findings(asked, graph)) == EXPECTED
    assert asked.plan.wanted == {TYPE, BELOW, f"<{BW}restsOn>", f"<{BW}row>", "<http://www.w3.org/ns/oa#hasSource>", "<urn:x:words>"}
    assert [path.name for path in kept_files(tmp_path, {"<urn:x:words>"})] == ["0.nt", "1.nt", "2.nt"] and kept_files(tmp_path, {"<urn:x:never>"}) == []
    assert len(kept_files(tmp_path, None)) == 6 * 3


@pytest.mark.parametrize(("parts", "cores", "told_at"), [(3, 3, [1, 2, 3]), (3, 1, [3]), (3, 2, [1, 2, 3]), (1, 4, [1])])
def test_parts_are_shared_out_over_the_cores(
        parts: int, cores: int, told_at: list[int], graph: Parted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boundwork.shacl.parted.cores", lambda: cores)
    steps: list[tuple[str, int]] = []
    few = Parted(graph.common, graph.parts[:parts], OWNED)
    found = ask_parted(few, [tmp_path / "shapes.ttl"], tmp_path, lambda *so_far: steps.append(so_far))
    assert [n for said, n in steps if said == "shapes, parts"][: len(told_at)] == told_at
    assert (told(found.local + whole_findings(found, few)) == EXPECTED) is (parts == 3)


def test_predicates_that_cross_in_a_finer_division_are_asked_of_the_whole(graph: Parted, tmp_path: Path) -> None:
    asked = ask_parted(graph, [tmp_path / "shapes.ttl"], tmp_path, crossing=frozenset({f"<{BW}claimsWork>"}))
    assert set(asked.plan.local) == x("local", "common") and f"<{BW}claimsWork>" in asked.known.astray
    assert told(asked.local + whole_findings(asked, graph)) == EXPECTED


def test_what_a_later_part_shows_has_the_decision_made_anew(graph: Parted, tmp_path: Path) -> None:
    """Only the third part has work that stands in another one."""
    with open(graph.parts[2][0], "a", encoding="utf-8") as file:
        file.write(f"<{S}coding/k5> <{BW}claimsWork> <{S}work/k3> .\n")
    asked = ask_parted(graph, [tmp_path / "shapes.ttl"], tmp_path)
    assert set(asked.plan.local) == x("local", "common") and asked.plan.wanted is None
    assert told(asked.local + whole_findings(asked, graph)) == EXPECTED


def test_a_shape_of_the_whole_is_asked_again_with_what_went_and_came(graph: Parted, tmp_path: Path) -> None:
    asked = ask_parted(graph, [tmp_path / "shapes.ttl"], tmp_path)
    needs = asked.plan.whole["<urn:x:twice>"]

    def focus(gone: list[str] = [], come: list[str] = []) -> list[str]:  # noqa: B006  nobody changes them
        return sorted(r.focus[1:-1].removeprefix(S) for r in ask_whole("<urn:x:twice>", needs, asked.common, asked.rules, tmp_path, gone, come))

    seven, eight = (f'<{S}extract/x{n}> <urn:x:words> "{m}"^^<http://www.w3.org/2001/XMLSchema#integer> .' for n, m in ((5, 7), (5, 8)))
    assert focus() == ["extract/x3", "extract/x5"]
    assert focus([seven]) == [] and focus([f"{seven}\n"], [f"{eight}\n"]) == ["extract/x4", "extract/x5"]
    assert focus([f"<{S}extract/x3> {TYPE} <{BW}Extract> ."]) == ["extract/x5"]
    before = len(asked.common)
    assert ask_whole("<urn:x:work>", Needs(None, frozenset()), asked.common, asked.rules, tmp_path) == []  # what was not wanted was not kept
    assert len(asked.common) == before


def test_needs_are_met_by_their_predicates_and_classes() -> None:
    needs = Needs(frozenset({TYPE, "<urn:p>"}), frozenset({"<urn:C>"}))
    lines = {f"<urn:a> {TYPE} <urn:C> .": True, f"<urn:a> {TYPE} <urn:D> .\n": False, '<urn:a> <urn:p> "<urn:q> ." .\n': True,
             "<urn:a> <urn:q> <urn:C> .": False}
    assert {line: needs.meets(line) for line in lines} == lines
    assert all(Needs(None, frozenset()).meets(line) for line in lines)
    plans = [Plan(), Plan(whole={"a": needs, "b": Needs(frozenset({"<urn:r>"}), frozenset())}), Plan(whole={"a": needs, "b": Needs(None, frozenset())})]
    assert [plan.wanted for plan in plans] == [set(), {TYPE, "<urn:p>", "<urn:r>"}, None]


def test_parts_are_asked_one_by_one_and_told_as_json_can_hold_it(graph: Parted, tmp_path: Path) -> None:
    made = ask_parts([str(f) for f in graph.common], [str(tmp_path / "shapes.ttl")], list(OWNED), ["<urn:x:local>", "<urn:x:common>"],
                     ["<urn:x:words>"], str(tmp_path), {"7": [str(graph.parts[1][0])]})
    assert told([Finding(Severity(f.pop("severity")), **f) for f in json.loads(json.dumps(made["found"]))]) == LOCAL[:1]  # what is common is asked apart
    assert Map.from_lists(made["seen"]).classes == {f"<{BW}Coding>", f"<{BW}Extract>", f"<{BW}BoundaryWork>"}
    assert [(path.name, path.read_text(encoding="utf-8").count("\n")) for path in kept_files(tmp_path, None)] == [("7.nt", 1)]
    found = ask_common(read_lines(graph.common), shacl.load_shapes([tmp_path / "shapes.ttl"]), ["<urn:x:local>", "<urn:x:common>"], OWNED)
    assert told(found) == EXPECTED[:1]


@pytest.mark.parametrize(("text", "local", "needs"), [
    (':s sh:targetClass bw:Coding ; sh:sparql [ sh:select "SELECT $this" ] .', [], Needs(None, frozenset())),  # pySHACL alone can run it
    (":s sh:targetNode bw:a ; sh:closed true .", [], Needs(None, frozenset())),
    (":s sh:targetNode bw:a ; sh:property [ sh:path rdf:type ; sh:minCount 1 ] .", [], Needs(None, frozenset())),
    (':s sh:targetClass bw:Coding ; sh:sparql [ sh:select "SELECT $this { $this <urn:p> ?x }" ], [ sh:select "SELECT $this { ?x <urn:out> 1 }" ] .', [],
     Needs(frozenset({TYPE, BELOW, "<urn:p>", "<urn:out>"}), frozenset({f"<{BW}Coding>", f"<{BW}Special>"}))),
    (':s sh:targetClass bw:Coding ; sh:sparql [ sh:select "SELECT $this { $this <urn:p> ?x }" ] .', ["<urn:x:s>"], None),
])
def test_a_plan_needs_everything_where_it_cannot_be_told_what_a_shape_meets(text: str, local: list[str], needs: Needs | None, turtle: Turtle) -> None:
    known = Map(out={"<urn:out>"}, classes={f"<{BW}Coding>"})
    rules = turtle("@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> ." + PREFIXES + text)
    plan = plan_of(rules, turtle(PREFIXES + COMMON), known)
    assert (plan.local, plan.whole) == (local, {} if needs is None else {"<urn:x:s>": needs})


def test_a_shape_that_cannot_be_run_is_refused_when_it_is_planned(turtle: Turtle) -> None:
    with pytest.raises(InputError, match="more than one sh:minCount"):
        plan_of(turtle(":s sh:targetClass :C ; sh:minCount 1, 2 ."), Facts(), Map())


def test_what_parts_say_of_nodes_is_added_with_the_codings_that_claim_them(graph: Parted, turtle: Turtle) -> None:
    """Of work and of places the row is that of whoever names them."""
    def added(*nodes: str) -> set[str]:
        facts = Facts()
        complete(facts, graph, {f"<{S}{node}>" for node in nodes})
        return {thing[1:-1].removeprefix(S) for thing in facts.things}

    assert added() == set() and added("extract/x3") == {"extract/x3"} and added("work/k4") == {"work/k4", "coding/k4"}
    assert added("work/k4", "coding/k5", "selector/none") == {"work/k4", "coding/k4", "coding/k5"}
    whole = Facts()
    complete(whole, graph, {f"<{S}work/k4>"})
    assert len(whole.values(f"<{S}coding/k4>", f"<{BW}row>")) == 1
