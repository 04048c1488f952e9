"""From shapes and facts to findings: which engine runs a shape, what is asked, and how a result becomes a row of a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork import shacl
from boundwork.errors import InputError
from boundwork.findings import Finding, Severity
from boundwork.shacl import Facts, check, describe, found_at, results
from boundwork.shacl.core import Result
from boundwork.shacl.engine import needs_reference
from boundwork.shacl.facts import plain_text
from boundwork.shacl.setwise import Held
from boundwork.shacl.shapes import Shapes, sh
from boundwork.terms import BASE, BW, SHAPE

Turtle = Callable[[str], Facts]
PREFIXES = f"""@prefix bw: <{BW}> . @prefix shape: <{SHAPE}> . @prefix s: <{BASE}study/a/> . @prefix prov: <http://www.w3.org/ns/prov#> .
    @prefix oa: <http://www.w3.org/ns/oa#> ."""


def short(found: list[Result]) -> list[tuple[str, str]]:
    return sorted((plain_text(r.shape).removeprefix("urn:x:"), plain_text(r.focus).removeprefix("urn:x:")) for r in found)


MIXED = """
:core sh:targetClass :C ; sh:nodeKind sh:Literal . :asked sh:targetClass :C ; sh:sparql [ sh:select "SELECT $this { $this <urn:x:p> 1 }" ] .
:both sh:targetClass :C ; sh:nodeKind sh:Literal ; sh:sparql [ sh:select "SELECT $this { $this <urn:x:p> 1 }" ] .
"""
FAR = ':far sh:targetClass :C ; sh:property :below . :below sh:path :p ; sh:sparql [ sh:select "SELECT $this { $this $PATH 1 }" ] .'
DATA = ":a a :C ; :p 1 . :b a :C ; :p 2 ."


def test_all_shapes_with_a_target_are_asked_or_those_among_some_of_those_nodes_that_are_wanted(turtle: Turtle) -> None:
    shapes, data = turtle(MIXED), turtle(DATA)
    every = [("asked", "a"), ("both", "a"), ("both", "a"), ("both", "b"), ("core", "a"), ("core", "b")]
    assert short(results(data, shapes)) == short(results(data, shapes, store=Held(data).store)) == every
    assert short(results(data, shapes, among=["<urn:x:both>", "<urn:x:none>"])) == every[1:4]
    assert short(results(data, shapes, focus=lambda nodes: nodes - {"<urn:x:a>"})) == [("both", "b"), ("core", "b")]
    assert results(data, shapes, among=[]) == []


def test_pyshacl_runs_what_the_others_cannot_and_nothing_else(turtle: Turtle, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def by_pyshacl(data: Facts, shapes: Facts) -> list[Result]:
        asked.append(sorted(plain_text(n).removeprefix("urn:x:") for n in Shapes(shapes).facts.edges(sh("targetClass"))) + sorted(
            plain_text(s.node) for s in Shapes(shapes).targeted() if s.node not in shapes.edges(sh("targetClass"))))
        return [Result("<urn:x:far>", "", "<urn:x:a>", "", "", "", ""), Result("<urn:x:far>", "", "<urn:x:b>", "", "", "", "")]

    monkeypatch.setattr("boundwork.shacl.reference.by_pyshacl", by_pyshacl)
    data, shapes = turtle(DATA), turtle(MIXED + FAR + ":implied a owl:Class, sh:NodeShape ; sh:nodeKind sh:Literal .")
    assert short(results(data, turtle(MIXED))) and asked == []
    assert [r for r in short(results(data, shapes, focus=lambda nodes: nodes - {"<urn:x:b>"})) if r[0] == "far"] == [("far", "a")]
    assert [r for r in short(results(data, shapes)) if r[0] == "far"] == [("far", "a"), ("far", "b")]
    assert asked == [["far"], ["far"]] and len(shapes) == len(turtle(MIXED + FAR)) + 3
    assert short(results(data, shapes, reference=True)) == [("far", "a"), ("far", "b")] and asked[2:] == [["asked", "both", "core", "far", "urn:x:implied"]]


@pytest.mark.parametrize(("text", "foreign"), [
    (":s sh:class :C .", False), (':s sh:sparql [ sh:select "SELECT $this { $this ?p ?o }" ] .', False), (':s sh:sparql [ sh:select "SELECT $this" ] .', True),
    (':s sh:sparql [ sh:select "SELECT $this { $this ?p ?o }" ], [ sh:select "SELECT $this" ] .', True), (":s sh:node :t . :t sh:js :j .", True),
    (':s sh:node :t . :t sh:sparql [ sh:select "SELECT $this { $this ?p ?o }" ] .', True), (":s sh:target [] .", True),
])
def test_which_shapes_pyshacl_must_run(text: str, foreign: bool, turtle: Turtle) -> None:
    shapes = Shapes(turtle(text + " :s sh:targetClass :C ."))
    assert needs_reference(shapes, shapes.shape("<urn:x:s>")) is foreign


@pytest.mark.parametrize(("text", "said"), [
    (":s sh:class :C .", "The shapes hold no shape with a target: nothing would be checked."),
    (":s sh:targetClass :C ; sh:minCount 1, 2 .", "The shapes cannot be run: urn:x:s has more than one sh:minCount."),
    (":s sh:targetClass :C ; sh:node :s .", "The shapes cannot be run: urn:x:s leads back to itself, which SHACL does not define."),
])
def test_shapes_that_cannot_be_run_are_one_clear_error(text: str, said: str, turtle: Turtle) -> None:
    with pytest.raises(InputError) as refused:
        results(turtle(DATA), turtle(text))
    assert refused.value.message == said


def test_shapes_are_described_by_name_words_and_place(turtle: Turtle) -> None:
    found = describe(turtle(PREFIXES + """
        shape:one sh:targetClass :C ; rdfs:label "One" ; rdfs:comment "Why." ; sh:message "Mend." ; sh:severity sh:Warning ; bw:table "codings" ;
            bw:column "id" .
        s:rule\\/two-needs sh:targetNode :n ; sh:sparql [ sh:select "" ], [ sh:message "In the query." ] .
        :rule\\/three sh:targetClass :C ; sh:severity :own . [] sh:targetClass :C . :none sh:class :C ."""))
    assert list(found) == [f"{SHAPE}one", f"{BASE}study/a/rule/two-needs", "urn:x:rule/three"]
    one, two, three = found.values()
    assert (one.name, one.iri, one.label, one.message, one.severity, one.table, one.column, one.why, one.file) == (
        "one", f"{SHAPE}one", "One", "Mend.", Severity.WARNING, "codings", "id", "Why.", "")
    assert (two.name, two.message, two.severity) == ("two-needs", "In the query.", Severity.VIOLATION)
    assert (two.label, two.table, two.column, two.why) == ("", "", "", "")
    assert (three.name, three.severity, three.message) == ("urn:x:rule/three", Severity.VIOLATION, "")


ROWS = """
s:coding\\/k1 bw:row 7 ; prov:wasAttributedTo s:coder\\/ann ; bw:codes s:extract\\/x%201 ; bw:claimsWork s:work\\/k1 .
s:extract\\/x1 bw:row 3 ; oa:hasSelector s:selector\\/x1 . s:council\\/c1 bw:row "many" . s:entry\\/a bw:row 2 . :thing bw:row 4 .
"""
NAMED = PREFIXES + """
shape:mine sh:targetClass :C ; bw:table "codings" ; bw:column "note" ; sh:property [ sh:path :p ; sh:node [ sh:class :D ] ] . shape:bare sh:targetClass :C .
"""


def a_result(focus: str, shape: str = f"{SHAPE}bare", value: str = "", path: str = "", message: str = "Mend it.", severity: str = "Violation") -> Result:
    return Result(f"<{shape}>", "", f"<{focus}>", value, path, message, sh(severity))


S = f"{BASE}study/a/"


@pytest.mark.parametrize(("result", "expected"), [
    (a_result(f"{S}coding/k1"), Finding(Severity.VIOLATION, "bare", "Mend it.", "codings.csv", row=7, coder="ann", subject=f"{S}coding/k1", extract="x 1")),
    (a_result(f"{S}work/k1", path=f"<{BW}hasForm>", severity="Info"), Finding(
        Severity.INFO, "bare", "Mend it.", "codings.csv", row=7, column="form", coder="ann", subject=f"{S}work/k1", extract="x 1")),
    (a_result(f"{S}selector/x1", path="<http://www.w3.org/ns/oa#start>"), Finding(
        Severity.VIOLATION, "bare", "Mend it.", "extracts.csv", row=3, subject=f"{S}selector/x1")),
    (a_result(f"{S}extract/x1", path=f"<{BW}never>"), Finding(Severity.VIOLATION, "bare", "Mend it.", "extracts.csv", row=3, subject=f"{S}extract/x1")),
    (a_result(f"{S}coding/k1", f"{SHAPE}mine", '"a  b"', f"<{BW}basis>", f"Say\n <{BASE}code/one>  again."), Finding(
        Severity.VIOLATION, "mine", "Say one again.", "codings.csv", row=7, column="note", value="a  b", coder="ann", subject=f"{S}coding/k1", extract="x 1")),
    (a_result(f"{S}coding/k1", value=f"<{S}coding/k1>", severity="Own"), Finding(
        Severity.VIOLATION, "bare", "Mend it.", "codings.csv", row=7, coder="ann", subject=f"{S}coding/k1", extract="x 1")),
    (a_result(f"{S}council/c1", value=f"<{BASE}code/unitary>", severity="Warning"), Finding(
        Severity.WARNING, "bare", "Mend it.", "councils.csv", value="unitary", subject=f"{S}council/c1")),
    (a_result(f"{S}entry/a"), Finding(Severity.VIOLATION, "bare", "Mend it.", "codebook.csv", row=2, subject=f"{S}entry/a")),
    (a_result(f"{S}wave/w1"), Finding(Severity.VIOLATION, "bare", "Mend it.", subject=f"{S}wave/w1")),
    (a_result(f"{S}coding"), Finding(Severity.VIOLATION, "bare", "Mend it.", subject=f"{S}coding")),
    (a_result(f"{BASE}study/a"), Finding(Severity.VIOLATION, "bare", "Mend it.", subject=f"{BASE}study/a")),
    (a_result(f"{BASE}reading/a/coding/k1"), Finding(Severity.VIOLATION, "bare", "Mend it.", subject=f"{BASE}reading/a/coding/k1")),
    (a_result("urn:x:thing", "urn:x:unknown", path=f"<{BW}basis>"), Finding(Severity.VIOLATION, "urn:x:unknown", "Mend it.", row=4, subject="urn:x:thing")),
])
def test_a_result_becomes_a_finding_at_its_row(result: Result, expected: Finding, turtle: Turtle) -> None:
    assert found_at([result], turtle(PREFIXES + ROWS), turtle(NAMED)) == [expected]


def test_a_result_of_a_shape_within_a_shape_is_told_by_the_outer_one(turtle: Turtle) -> None:
    shapes = turtle(NAMED + ":a a :C . ")
    told = check(turtle(":a a :C ; :p :b ."), shapes)
    assert [(f.rule, f.column, f.value, f.message) for f in told] == [("mine", "note", "urn:x:b", "The values of urn:x:p must meet sh:node as the shape says.")]
    assert found_at(iter(()), Facts(), shapes) == []


def test_files_are_read_together_and_blank_nodes_of_one_are_not_those_of_another(tmp_path: Path) -> None:
    for name, text in (("a.ttl", "_:b <urn:p> 1 ."), ("b.nt", "_:b <urn:p> <urn:o> .\n"), ("c.trig", "<urn:g> { <urn:a> <urn:p> _:b }")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = sorted(tmp_path.iterdir())
    assert sorted(shacl.read(files).lines()) == [
        "<urn:a> <urn:p> _:f2x0 .", '_:f0x0 <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .', "_:f1x0 <urn:p> <urn:o> ."]
    assert sorted(shacl.read(files[:1], {files[0]: b"<urn:a> <urn:p> <urn:given> ."}).lines()) == ["<urn:a> <urn:p> <urn:given> ."]
    loaded = shacl.load_shapes(files[:1])
    assert loaded.values("_:f1x0", "<urn:p>") and loaded.edges(sh("declare")) and {".ttl", ".nq"} < shacl.rdf_suffixes()
    assert shacl.shape_files() and {path.suffix for path in shacl.shape_files()} == {".ttl"}
