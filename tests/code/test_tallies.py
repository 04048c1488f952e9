"""Counts of partitions added up: however lines are divided, the sums and facts are those of all lines together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from boundwork.rules import Tallies
from boundwork.terms import BW, RDF_TYPE, Vocabulary

DATATYPE = "http://www.w3.org/2002/07/owl#DatatypeProperty"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
WHOLE = "http://www.w3.org/2001/XMLSchema#integer"


def measures() -> Vocabulary:
    """Two measures of tallies; a number of something else, and a property of tallies that is no number."""
    said = {"one": ("Tally", DATATYPE), "two": ("Tally", DATATYPE), "other": ("Case", DATATYPE), "of": ("Tally", "http://www.w3.org/2002/07/owl#ObjectProperty")}
    return Vocabulary([t for name, (domain, kind) in said.items() for t in ((BW + name, RDF_TYPE, kind), (BW + name, RDFS + "domain", BW + domain))], {})


def number(subject: str, measure: str, value: object, datatype: str = WHOLE) -> str:
    return f'<urn:{subject}> <{BW}{measure}> "{value}"^^<{datatype}> .'


def test_only_whole_numbers_of_measures_are_added_up() -> None:
    tallies = Tallies(measures())
    facts = [number("t", "other", 3), number("t", "of", 3), number("t", "one", -3), number("t", "one", "3.0"),
             number("t", "one", 3, WHOLE.replace("integer", "decimal")), f"<urn:t> <{BW}of> <urn:c> ."]
    tallies.add([number("t", "one", 0), *facts, number("t", "two", 12)])
    tallies.add([number("t", "one", 30), *facts, number("u", "one", 5), number("t", "one", 4)])
    sums = {f"<urn:t> <{BW}one>": 34, f"<urn:t> <{BW}two>": 12, f"<urn:u> <{BW}one>": 5}
    assert dict(tallies.items()) == {**sums, **dict.fromkeys(facts, 0)}
    assert tallies.lines() == sorted([number("t", "one", 34), number("t", "two", 12), number("u", "one", 5), *facts])


@given(st.lists(st.tuples(st.sampled_from("tuv"), st.sampled_from(["one", "two"]), st.integers(0, 9), st.integers(0, 3)), max_size=30))
def test_sums_do_not_depend_on_how_lines_are_divided(rows: list[tuple[str, str, int, int]]) -> None:
    together, divided, whole = Tallies(measures()), Tallies(measures()), Tallies(measures())
    together.add(number(s, m, n) for s, m, n, _ in rows)
    for part in range(4):
        divided.add(number(s, m, n) for s, m, n, p in rows if p == part)
    expected: dict[str, int] = {}
    for s, m, n, _ in rows:
        expected[f"<urn:{s}> <{BW}{m}>"] = expected.get(f"<urn:{s}> <{BW}{m}>", 0) + n
    assert dict(together.items()) == dict(divided.items()) == expected
    whole.add(divided.lines())  # sums are lines of the same kind
    assert whole.lines() == together.lines()
