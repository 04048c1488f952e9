"""Triples in dictionaries: few laid over many are the same as both joined, and leave the many as they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from boundwork.shacl.facts import TYPE, Facts, Layered

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
