"""Triples in dictionaries: a set of triples to whoever asks; few laid over many are both joined, and leave the many as they were."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from boundwork.shacl.facts import FIRST, NIL, RDF, REST, SUBCLASS, TYPE, XSD, Facts, Layered, is_iri, literal_parts, plain_text

NODES = st.sampled_from(["<urn:a>", "<urn:b>", "<urn:c>", '"1"', '"x"@en'])
LINES = st.lists(st.builds(lambda s, p, o: f"{s} {p} {o} .", NODES.filter(lambda n: n.startswith("<")), st.sampled_from(["<urn:p>", "<urn:q>", TYPE]), NODES))


@given(few=LINES, many=LINES)
def test_few_over_many_are_both(few: list[str], many: list[str]) -> None:
    below = Facts(many)
    layered, joined = Layered(Facts(few), below), Facts(few)
    joined.join(Facts(many))
    assert layered.forward == joined.forward and sorted(layered.lines()) == sorted(joined.lines()) and len(layered) == len(joined)
    for predicate in ("<urn:p>", "<urn:q>", TYPE, "<urn:none>"):
        assert {n: set(v) for n, v in layered.edges(predicate, inverse=True).items()} == {n: set(v) for n, v in joined.edges(predicate, inverse=True).items()}
        assert layered.repeated(predicate, True) == joined.repeated(predicate, True) and layered.repeated(predicate) == joined.repeated(predicate)
    assert layered.things == joined.things and layered.instances("<urn:a>") == joined.instances("<urn:a>")
    assert below.forward == Facts(many).forward


def parts(line: str) -> tuple[str, str, str]:
    subject, predicate, value = line[:-2].split(" ", 2)
    return subject, predicate, value


@given(first=LINES, second=LINES, gone=LINES)
@example(["<urn:a> <urn:p> <urn:b> ."] * 2 + ["<urn:a> <urn:p> <urn:c> ."],
         ["<urn:a> <urn:p> <urn:c> .", "<urn:b> <urn:q> <urn:c> ."], ["<urn:a> <urn:p> <urn:b> ."])
@example(["<urn:a> <urn:p> <urn:b> ."], [], ["<urn:a> <urn:p> <urn:b> .", "<urn:a> <urn:q> <urn:b> ."])
def test_facts_are_a_set_of_triples(first: list[str], second: list[str], gone: list[str]) -> None:
    """Put in one after another, joined, copied, cut and taken out; asked each time, so that nothing is remembered of before."""
    facts, triples = Facts(first), set(first)

    def same(found: Facts, wanted: set[str]) -> None:
        assert sorted(found.lines()) == sorted(wanted) and len(found) == len(wanted)
        assert found.things == {parts(line)[0] for line in wanted}
        assert all(found.forward.values()) and all(of_one for values in found.forward.values() for of_one in values.values())
        for predicate in ("<urn:p>", "<urn:q>", TYPE):
            edges = {(s, o) for s, p, o in map(parts, wanted) if p == predicate}
            assert {(s, o) for s, objects in found.edges(predicate).items() for o in objects} == edges
            assert {(s, o) for o, subjects in found.edges(predicate, inverse=True).items() for s in subjects} == edges
            assert sorted(found.lines({predicate})) == sorted(line for line in wanted if parts(line)[1] == predicate)
            for at, repeated in ((0, found.repeated(predicate)), (1, found.repeated(predicate, inverse=True))):
                nodes = [edge[at] for edge in edges]
                assert repeated == {node for node in nodes if nodes.count(node) > 1}
        assert found.instances("<urn:a>") == {parts(line)[0] for line in wanted if parts(line)[1:] == (TYPE, "<urn:a>")}

    same(facts, triples)
    facts.add(f"{line}\n" for line in second)
    same(facts, triples := triples | set(second))
    twin, part = facts.copy(), facts.only({"<urn:q>", TYPE, "<urn:none>"})
    facts.remove(f"{line}\n" for line in gone)
    same(facts, triples - set(gone))
    same(twin, triples)
    same(part, {line for line in triples if parts(line)[1] != "<urn:p>"})
    facts.join(twin)
    same(facts, triples)
    facts.remove(triples)
    same(facts, set())
    same(twin, triples)
    facts.join(twin)
    facts.add(["<urn:new> <urn:p> <urn:b> ."])
    same(twin, triples)


def test_values_keep_their_order_and_stand_once() -> None:
    facts = Facts([f"<urn:a> <urn:p> <urn:{o}> ." for o in "cabac"])
    assert facts.values("<urn:a>", "<urn:p>") == ["<urn:c>", "<urn:a>", "<urn:b>"] and facts.value("<urn:a>", "<urn:p>") == "<urn:c>"
    facts.join(Facts([f"<urn:a> <urn:p> <urn:{o}> ." for o in "da"]))
    assert facts.values("<urn:a>", "<urn:p>") == ["<urn:c>", "<urn:a>", "<urn:b>", "<urn:d>"]
    assert (facts.values("<urn:b>", "<urn:p>"), facts.value("<urn:a>", "<urn:q>"), facts.edges("<urn:q>")) == ([], "", {})
    assert facts.holds("<urn:a>", "<urn:p>", "<urn:d>") and not facts.holds("<urn:a>", "<urn:p>", "<urn:e>")
    assert (list(facts.lines(set())), len(Facts()), Facts().things) == ([], 0, set())


def test_a_value_may_hold_blanks() -> None:
    lines = ['<urn:a> <urn:p> "two  words ." .', '<urn:a> <urn:p> "a <urn:b> c"@en .']
    facts = Facts(f"{line}\n" for line in lines)
    assert list(facts.lines()) == lines and facts.values("<urn:a>", "<urn:p>") == ['"two  words ."', '"a <urn:b> c"@en']
    facts.remove(lines[:1])
    assert list(facts.lines()) == lines[1:]


def test_members_of_a_class_are_those_of_classes_below_it_however_they_lead_round() -> None:
    below = [("b", "a"), ("c", "b"), ("d", "b"), ("a", "c"), ("e", "f")]
    facts = Facts([*(f"<urn:{low}> {SUBCLASS} <urn:{high}> ." for low, high in below), *(f"<urn:of-{c}> {TYPE} <urn:{c}> ." for c in "abcde")])
    assert facts.instances("<urn:a>") == facts.instances("<urn:b>") == frozenset(f"<urn:of-{c}>" for c in "abcd")
    assert [sorted(facts.instances(f"<urn:{c}>")) for c in "dfg"] == [["<urn:of-d>"], ["<urn:of-e>"], []]
    few = Facts([f"<urn:of-f> {TYPE} <urn:f> .", f"<urn:f> {SUBCLASS} <urn:d> ."])
    assert Layered(few, facts).instances("<urn:a>") == {f"<urn:of-{c}>" for c in "abcdef"}


def cells(*rest: tuple[str, str, str]) -> Facts:
    return Facts(f"{cell} {p} {o} ." for cell, item, after in rest for p, o in ((FIRST, item), (REST, after)) if o)


def test_a_list_is_read_to_its_end() -> None:
    facts = cells(("_:a", '"1"', "_:b"), ("_:b", '"1"', "_:c"), ("_:c", "<urn:x>", NIL))
    assert (facts.items("_:a"), facts.items("_:c"), facts.items(NIL)) == (['"1"', '"1"', "<urn:x>"], ["<urn:x>"], [])


@pytest.mark.parametrize(("facts", "at"), [
    (cells(("_:a", '"1"', "_:a")), "_:a"), (cells(("_:a", '"1"', "_:b"), ("_:b", '"2"', "_:a")), "_:a"), (cells(("_:a", '"1"', "_:b")), "_:b"),
    (cells(("_:a", "", NIL)), "_:a"), (cells(("_:a", '"1"', "")), "_:a"), (Facts(), "_:a"),
])
def test_a_list_without_an_end_is_none(facts: Facts, at: str) -> None:
    with pytest.raises(ValueError, match=f"^{at} is no RDF list$"):
        facts.items("_:a")


@pytest.mark.parametrize(("term", "text", "language", "datatype"), [
    ('"a"', "a", "", XSD + "string"), ('"a"@en-GB', "a", "en-GB", RDF + "langString"), ('"1"^^<urn:d>', "1", "", "urn:d"), ('""', "", "", XSD + "string"),
    (r'"say \"no\" \\n"', 'say "no" \\n', "", XSD + "string"), (r'"\n\r\t\b\f"', "\n\r\t\b\f", "", XSD + "string"),
    (r'"\u00e4\U0001F600\\u00e4"', "ä😀\\u00e4", "", XSD + "string"), ('"two\nlines"', "two\nlines", "", XSD + "string"),
    ("<urn:x>", "<urn:x>", "", ""), ("_:b", "_:b", "", ""), ("", "", "", ""), ('"open', '"open', "", ""),
])
def test_a_literal_is_text_language_and_datatype(term: str, text: str, language: str, datatype: str) -> None:
    assert literal_parts(term) == (text, language, datatype)
    assert plain_text(term) == (text[1:-1] if is_iri(term) else text) and is_iri(term) is (term == "<urn:x>")
