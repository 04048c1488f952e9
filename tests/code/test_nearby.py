"""Which shapes are asked only near an edit, which nodes those are, and by what values parts meet: on small maps, shapes and graphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from boundwork.shacl import load_shapes, shape_files
from boundwork.shacl import nearby as nearby_module
from boundwork.shacl.facts import TYPE, Facts
from boundwork.shacl.nearby import Near, Rows, Values, existing, meeting, near, values_that_are_asked
from boundwork.shacl.parted import Needs
from boundwork.shacl.reach import Map

Turtle = Callable[[str], Facts]
KINDS = ("within", "out", "astray", "back", "plain")
P = {kind: f"<urn:{kind}>" for kind in KINDS}
NEEDS = Needs(frozenset(P.values()), frozenset())
INVERSE = "[ sh:inversePath {} ]"
PART, ROOT = "sh:targetClass :Part", "sh:targetClass :Common"
BACK, OUT, PLAIN, ASTRAY, WITHIN = (f"<urn:{kind}>" for kind in ("back", "out", "plain", "astray", "within"))


def far(path: str, target: str = ROOT) -> str:
    """A shape that follows a path and asks for one value at its end."""
    return f":s {target} ; sh:property [ sh:path {path} ; sh:minCount 1 ] ."


def asks(where: str, target: str = ROOT) -> str:
    return f':s {target} ; sh:sparql [ sh:select "SELECT $this WHERE {{ {where} }}" ] .'


def entered(*steps: tuple[str, bool], returns: bool = False) -> Near:
    return Near("<urn:x:s>", NEEDS, frozenset(), True, frozenset({BACK}), frozenset(steps), returns)


PLAINLY = Near("<urn:x:s>", NEEDS, frozenset(), True)


@pytest.mark.parametrize(("text", "expected"), [
    # of nodes of parts: all that they come to must be connected with them
    (far(f"( {WITHIN} {ASTRAY} )", PART), PLAINLY), (far(INVERSE.format(ASTRAY), PART), PLAINLY), (far(INVERSE.format(BACK), PART), PLAINLY),
    (far(f"( {OUT} {INVERSE.format(OUT)} )", PART), None), (far(f"( {INVERSE.format(BACK)} {BACK} )", PART), PLAINLY),
    (far(f"( {INVERSE.format(BACK)} {BACK} {OUT} )", PART), None), (asks(f"$this {OUT} ?x . ?y {OUT} ?x", PART), None),
    (far(f"( {WITHIN} {OUT} {INVERSE.format(OUT)} )", PART), None), (far(f"( {ASTRAY} {OUT} {INVERSE.format(OUT)} )", PART), None),
    # of common nodes that come to no part, or step by step to parts
    (far(PLAIN), PLAINLY), (far(BACK), PLAINLY), (far(f"( {BACK} {OUT} )"), entered()), (far(f"( {PLAIN} {BACK} {WITHIN} )"), entered((PLAIN, False))),
    (far(f"( {INVERSE.format(PLAIN)} {BACK} {WITHIN} )"), entered((PLAIN, True))), (far(INVERSE.format(OUT)), None),
    (far(f"( {BACK} {INVERSE.format(BACK)} {PLAIN} )"), entered((PLAIN, False), returns=True)), (far(f"( {BACK} {OUT} {PLAIN} )"), entered()),
    (far(f"( {BACK} {INVERSE.format(WITHIN)} {OUT} )"), entered()),
    (far(f"( {BACK} {OUT} {BACK} {OUT} )"), None),  # what a row has in common with others leads into any of them
    (far(f"( {BACK} {OUT} {INVERSE.format(OUT)} )"), None), (asks(f"$this {BACK} ?x . ?x {OUT} ?y"), entered()),
    (asks(f"$this {BACK} ?x . ?x {OUT} ?y . ?z {PLAIN} ?y FILTER (?z = <urn:c>)"), entered()),
    (asks(f"$this {BACK} ?x . <urn:c> {BACK} ?y . ?y {OUT} ?z"), None),
    (asks(f"$this {BACK} ?x . BIND(?x AS ?y) ?y {OUT} ?z"), None), (asks(f"$this ?p ?x . ?x {OUT} ?y"), None),
    (far(f"( {BACK} {OUT} )", f"{PART}, :Common"), entered()), (far(f"( {OUT} {INVERSE.format(OUT)} )", f"{PART}, :Common"), None),
    # nodes that hang on whether anything leads to them
    (far(PLAIN, f"sh:targetObjectsOf {OUT}"), replace(PLAINLY, counted=frozenset({OUT}))), (far(f"( {BACK} {OUT} )", f"sh:targetObjectsOf {OUT}"), None),
    (far(PLAIN, "sh:targetNode :a"), None), (f":s {PART} ; sh:js :j .", None),
])
def test_a_shape_is_asked_near_an_edit_where_its_way_to_rows_is_known(text: str, expected: Near | None, turtle: Turtle) -> None:
    known = Map(**{kind: {P[kind]} for kind in KINDS}, classes={"<urn:x:Part>"})
    assert near(turtle(text), "<urn:x:s>", NEEDS, turtle(":c a :Common ."), known, frozenset({ASTRAY})) == expected


def test_what_a_shape_needs_limits_whether_it_is_asked_near_an_edit(turtle: Turtle) -> None:
    known, rules, common = Map(**{kind: {P[kind]} for kind in KINDS}, classes={"<urn:x:Part>"}), turtle(far(WITHIN, PART)), turtle(":c a :Common .")

    def found(needs: Needs, crossing: str = ASTRAY) -> Near | None:
        return near(rules, "<urn:x:s>", needs, common, known, frozenset({crossing}))

    few = Needs(frozenset({WITHIN}), frozenset())
    assert found(Needs(None, frozenset())) is None and found(NEEDS, WITHIN) is None  # others cross than are known to
    assert found(few) == found(few, "<urn:other>") == Near("<urn:x:s>", few, frozenset(), False)
    assert found(few, WITHIN) == Near("<urn:x:s>", few, frozenset(), True)
    back = near(turtle(far(f"( {BACK} {WITHIN} )")), "<urn:x:s>", Needs(frozenset({BACK, WITHIN}), frozenset()), common, known, frozenset({ASTRAY}))
    assert back is not None and (back.entered, back.crosses) == (frozenset({BACK}), False)


OWNED = ("<urn:part/",)
ROWS = Facts(f"<urn:part/{s}> <urn:{p}> {o} ." for s, p, o in [
    ("a1", "within", "<urn:part/a2>"), ("a2", "astray", "<urn:part/b1>"), ("a2", "out", "<urn:c>"), ("b1", "out", "<urn:c>"), ("d1", "out", "<urn:c>"),
    ("e1", "strange", "<urn:part/f1>"), ("f1", "out", "<urn:c>"), ("e2", TYPE[1:-1].removeprefix("urn:"), "<urn:part/e1>")])
COMMON = Facts(f"<urn:{s}> <urn:{p}> <urn:{o}> ." for s, p, o in [
    ("j", "back", "part/a1"), ("k", "back", "part/d1"), ("k", "back", "part/f1"), ("top", "plain", "j"), ("higher", "plain", "top"), ("low", "up", "k"),
    ("lone", "plain", "c"), ("l", "back", "part/f1")])


def rows(read: Callable[[set[str]], bool] = lambda nodes: True) -> Rows:
    return Rows(ROWS, COMMON, OWNED, read)


def short(nodes: set[str] | None) -> set[str] | None:
    return None if nodes is None else {n[5:-1].removeprefix("part/") for n in nodes}


def of(*names: str) -> set[str]:
    return {f"<urn:part/{n}>" for n in names}


NO_WAY = Near("<urn:x:s>", Needs(frozenset({P[k] for k in ("within", "out", "astray", "back", "plain")} | {TYPE}), frozenset()), frozenset(), True)


@pytest.mark.parametrize(("way", "more", "expected"), [
    (NO_WAY, of("a1"), {"a1", "a2", "b1"}), (NO_WAY, of("b1"), {"a1", "a2", "b1"}), (NO_WAY, of("e1"), {"e1"}), (NO_WAY, set(), set()),
    (replace(NO_WAY, entered=frozenset({BACK})), of("b1"), {"a1", "a2", "b1", "j"}),
    (replace(NO_WAY, entered=frozenset({BACK}), steps=frozenset({(PLAIN, False)})), of("b1"), {"a1", "a2", "b1", "j", "top", "higher"}),
    (replace(NO_WAY, entered=frozenset({BACK}), steps=frozenset({("<urn:up>", False), (PLAIN, True)})), of("d1"), {"d1", "k", "low"}),
    (replace(NO_WAY, entered=frozenset({BACK}), steps=frozenset({("<urn:up>", True)})), of("d1"), {"d1", "k"}),
    (replace(NO_WAY, entered=frozenset({BACK})), of("d1"), {"d1", "k"}),
    (replace(NO_WAY, entered=frozenset({BACK}), returns=True), of("d1"), {"d1", "k", "l"}),
    (replace(NO_WAY, entered=frozenset({"<urn:never>"})), of("d1"), {"d1"}),
])
def test_the_nodes_near_an_edit_are_those_connected_and_those_that_come_to_them(way: Near, more: set[str], expected: set[str]) -> None:
    assert short(way.nodes((), more, rows())) == expected


def test_changed_triples_count_by_their_subject_and_their_value() -> None:
    lines = ["<urn:part/a1> <urn:within> <urn:part/gone> .\n", "<urn:c> <urn:back> <urn:part/d1> .", '<urn:c> <urn:plain> "a <urn:part/f1>" .']
    assert short(NO_WAY.nodes(lines, of("e1"), rows())) == {"a1", "a2", "b1", "gone", "d1", "e1"}


def test_where_much_would_have_to_be_read_the_whole_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    way = replace(NO_WAY, entered=frozenset({BACK}), steps=frozenset({(PLAIN, False)}))
    asked: list[set[str]] = []

    def refuse(nodes: set[str]) -> bool:
        asked.append(nodes)
        return False

    assert short(way.nodes((), of("a1"), rows(refuse))) == {"a1", "a2", "b1", "j", "top", "higher"} and asked == []  # all is there
    assert way.nodes((), of("new"), rows(refuse)) is None and asked == [of("new")]
    assert NO_WAY.nodes((), of("new"), rows(refuse)) == of("new") and len(asked) == 1
    returning = replace(way, returns=True)
    without = Rows(Facts(line for line in ROWS.lines() if not line.startswith("<urn:part/f1>")), COMMON, OWNED, refuse)
    assert returning.nodes((), of("d1"), without) is None and asked[1:] == [of("f1")]
    assert replace(returning, returns=False).nodes((), of("d1"), without) is None  # k leads to d1 and to f1
    near_one = replace(NO_WAY, entered=frozenset({BACK}))
    for each, most, enough in ((way, 3, True), (way, 2, False), (near_one, 1, True), (near_one, 0, False)):  # common nodes: three of them, and one
        monkeypatch.setattr(nearby_module, "_MOST_COMMON", most)
        assert (each.nodes((), of("a1"), rows()) is not None) is enough


def test_rows_are_read_only_where_they_are_not_there() -> None:
    asked: list[set[str]] = []

    def read(nodes: set[str]) -> bool:
        asked.append(nodes)
        return len(nodes) < 2

    some = rows(read)
    assert some.have(of("a1", "a2")) and some.have(set()) and some.have(ROWS.things) and asked == []
    assert some.have(of("a1", "x")) and not some.have(of("x", "y")) and asked == [of("x"), of("x", "y")]


def test_values_are_counted_and_told_when_the_last_goes_or_the_first_comes(tmp_path: Path) -> None:
    first, second = ["<urn:part/a> <urn:out> <urn:c> .", '<urn:part/a> <urn:out> "two words" .'], ["<urn:part/b> <urn:out> <urn:c> ."]
    for number, lines in (("0", first), ("1", second)):
        for predicate, name in ((OUT, "one"), ("<urn:other>", "other")):
            place = tmp_path / "kept" / name
            place.mkdir(parents=True, exist_ok=True)
            (place / "predicate").write_text(predicate, encoding="utf-8")
            (place / f"{number}.nt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    values = Values.of(OUT, tmp_path)
    assert (dict(values), values.predicate) == ({"<urn:c>": 2, '"two words"': 1}, OUT)
    assert values.witnesses(["<urn:c>", "<urn:d>", '"two words"']) == ["_:some <urn:out> <urn:c> .", '_:some <urn:out> "two words" .']

    def line(value: str, predicate: str = OUT) -> str:
        return f"<urn:part/x> {predicate} {value} .\n"

    assert values.turned([line("<urn:c>")], []) == set() and values["<urn:c>"] == 1
    came = [line("<urn:d>"), line('"two words"'), line("<urn:e>", "<urn:other>")]
    assert values.turned([line("<urn:c>"), line('"two words"')], came) == {"<urn:c>", "<urn:d>"}
    assert values.witnesses(["<urn:c>", "<urn:d>", "<urn:e>"]) == ["_:some <urn:out> <urn:d> ."]
    assert values.turned([], [line("<urn:d>")]) == set() and values["<urn:d>"] == 2 and values.turned([line("<urn:d>")] * 2, []) == {"<urn:d>"}


def test_predicates_whose_values_are_focus_nodes(turtle: Turtle) -> None:
    rules = turtle(":s sh:targetObjectsOf :p, :q ; sh:targetSubjectsOf :r . :t sh:targetObjectsOf :z .")
    assert values_that_are_asked(rules, ["<urn:x:s>", "<urn:x:none>"]) == {"<urn:x:p>", "<urn:x:q>"} and values_that_are_asked(rules, []) == set()


BW, OA = "https://w3id.org/boundwork/ontology#", "http://www.w3.org/ns/oa#"
KNOWN = Map(within={f"<{OA}hasSelector>", f"<{BW}codes>", f"<{BW}follows>"}, out={f"<{OA}{p}>" for p in ("start", "end", "hasSource")} | {f"<{BW}atWave>"},
            astray={f"<{BW}follows>"}, back={f"<{BW}restsOn>"}, plain={f"<{BW}atWave>", f"<{BW}hasRole>"}, classes={f"<{BW}Extract>"})
START, SOURCE = f"<{OA}start>", f"<{OA}hasSource>"


@pytest.mark.parametrize(("where", "expected"), [
    ("$this oa:hasSelector ?a . ?a oa:start ?n . ?b oa:start ?n . ?v oa:hasSelector ?b", {START}),
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s FILTER (?v != $this)", {SOURCE}),
    ("$this oa:hasSource ?s ; oa:hasSelector/oa:start ?n . ?v oa:hasSource ?s ; oa:hasSelector/oa:start ?n . ?s bw:hasRole ?r", {START, SOURCE}),
    ("$this oa:hasSource ?s ; oa:hasSelector/oa:end ?n . ?v oa:hasSource ?s ; oa:hasSelector/oa:start ?n", {SOURCE}),
    ("$this oa:hasSelector/oa:end ?n . ?v oa:hasSelector/oa:start ?n", set()),  # no value of one predicate
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s . ?w oa:hasSource ?s", set()),  # three parts
    ("$this oa:hasSource ?s . ?v oa:hasSelector ?b", set()),  # not joined
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s OPTIONAL { ?v oa:hasSelector ?b }", set()),
    ("$this oa:hasSource ?s FILTER NOT EXISTS { ?v oa:hasSource ?s }", set()),
    ("$this oa:hasSource ?s FILTER EXISTS { ?v oa:hasSource ?s }", set()),
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s ; bw:atWave ?w", set()),  # also of common nodes
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s ; bw:follows ?w", set()),  # leads into another part
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s . ?j bw:restsOn ?v", set()),  # from a common node into a part
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s ; ?p ?o", set()),
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s ; bw:never ?o", set()),
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s ; oa:hasSelector <urn:x:one>", set()),
    ("$this oa:hasSource ?s . { ?v oa:hasSource ?s }", set()),
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s ; oa:start 5", {SOURCE}),
    ("$this oa:hasSource ?s . ?v oa:hasSource ?s . $this oa:hasSelector <urn:x:one>", set()),
    ("GRAPH ?g { $this oa:hasSource ?s }", set()),
])
def test_a_query_is_asked_of_what_is_alike_only_where_two_parts_are_joined_by_values(tmp_path: Path, where: str, expected: set[str]) -> None:
    path = tmp_path / "shape.ttl"
    path.write_text(f'''@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix bw: <{BW}> .
        <urn:x:shape> a sh:NodeShape ; sh:targetClass bw:Extract ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
            sh:select "SELECT $this ?v WHERE {{ {where} }}" ] .''', encoding="utf-8")
    assert meeting(load_shapes([path]), "<urn:x:shape>", Facts(), KNOWN) == expected


@pytest.mark.parametrize("says", ["sh:targetClass bw:Source", "sh:targetClass bw:Extract ; sh:js :j", "sh:targetClass bw:Extract ; sh:targetNode :n",
                                  "sh:targetClass bw:Extract ; sh:property [ sh:path [ sh:inversePath bw:follows ] ; sh:minCount 1 ]"])
def test_parts_meet_by_values_only_in_shapes_that_look_at_nothing_else(says: str, turtle: Turtle) -> None:
    head = f"@prefix bw: <{BW}> . @prefix oa: <{OA}> . :s sh:sparql"
    query = f'[ sh:select "SELECT $this {{ $this <{OA}hasSource> ?s . ?v <{OA}hasSource> ?s }}" ]'
    common = turtle(f"@prefix bw: <{BW}> . :one a bw:Source .")
    assert meeting(turtle(f"{head} {query} ; sh:targetClass bw:Extract ."), "<urn:x:s>", common, KNOWN) == {SOURCE}
    assert meeting(turtle(f"{head} {query} ; {says} ."), "<urn:x:s>", common, KNOWN) == frozenset()
    twice = f"{head} {query}, {query.replace('?v ', '?w ')} ; sh:targetClass bw:Extract ."
    assert meeting(turtle(twice), "<urn:x:s>", common, KNOWN) == frozenset()


def test_the_shipped_shape_for_repeated_extracts_is_asked_of_what_is_alike_by_its_query_and_not_by_its_name() -> None:
    known = Map(within={f"<{OA}hasSelector>"}, out={START, f"<{OA}end>", SOURCE, f"<{BW}aboutActor>"}, classes={f"<{BW}Extract>"})
    shape = "<https://w3id.org/boundwork/shape/extract-not-repeated>"
    assert meeting(load_shapes(shape_files()), shape, Facts(), known) == {START, f"<{OA}end>", SOURCE, f"<{BW}aboutActor>"}
    known.plain.add(START)
    assert START not in meeting(load_shapes(shape_files()), shape, Facts(), known)


@pytest.mark.parametrize(("says", "expected"), [
    ("sh:targetClass bw:Source ; sh:path [ sh:inversePath oa:hasSource ] ; sh:minCount 1", {SOURCE}),
    ("sh:targetClass bw:Source ; sh:path [ sh:inversePath oa:hasSource ] ; sh:maxCount 0", {SOURCE}),
    ("sh:targetClass bw:Source ; sh:minCount 1 ; sh:path [ sh:alternativePath ( [ sh:inversePath oa:hasSource ] [ sh:inversePath oa:start ] ) ]",
     {SOURCE, START}),
    ("sh:targetClass bw:Source ; sh:path [ sh:inversePath oa:hasSource ] ; sh:minCount 2", set()),
    ("sh:targetClass bw:Source ; sh:path [ sh:inversePath oa:hasSource ] ; sh:maxCount 1", set()),
    ("sh:targetClass bw:Source ; sh:path [ sh:inversePath oa:hasSource ] ; sh:minCount 1 ; sh:class bw:Extract", set()),
    ("sh:targetClass bw:Source ; sh:path [ sh:alternativePath ( [ sh:inversePath oa:hasSource ] oa:start ) ] ; sh:minCount 1", set()),
    ("sh:targetClass bw:Source ; sh:path ( [ sh:inversePath oa:hasSource ] oa:start ) ; sh:minCount 1", set()),
    ("sh:targetClass bw:Source ; sh:path oa:hasSource ; sh:minCount 1", set()),
    ("sh:targetClass bw:Extract ; sh:path [ sh:inversePath oa:hasSource ] ; sh:minCount 1", set()),  # of rows
    ("sh:targetClass bw:Source ; sh:targetObjectsOf oa:hasSource ; sh:path [ sh:inversePath oa:hasSource ] ; sh:minCount 1", set()),
    ("sh:targetNode <urn:x:one> ; sh:path [ sh:inversePath oa:hasSource ] ; sh:minCount 1", set()),
])
def test_a_shape_asks_whether_anything_leads_to_its_nodes_only_where_it_asks_nothing_else(tmp_path: Path, says: str, expected: set[str]) -> None:
    path = tmp_path / "shape.ttl"
    path.write_text(f"@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix bw: <{BW}> . @prefix oa: <{OA}> .\n<urn:x:shape> a sh:PropertyShape ; {says} .",
                    encoding="utf-8")
    common = Facts([f"<urn:x:one> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BW}Source> ."])
    assert existing(load_shapes([path]), "<urn:x:shape>", common, KNOWN) == expected
