"""Property paths: written as SPARQL writes them, walked as SPARQL walks them, and refused where they are none."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from boundwork.shacl.facts import FIRST, NIL, REST, Facts
from boundwork.shacl.paths import SH, Path, read_path
from boundwork.stores.answer import Rows
from boundwork.stores.local import LocalStore

P, Q = Path("predicate", "<urn:p>"), Path("predicate", "<urn:q>")
BACK = Path("^", parts=(P,))
PATHS = st.recursive(st.sampled_from([P, Q]), lambda inner: st.one_of(
    st.builds(lambda kind, part: Path(kind, parts=(part,)), st.sampled_from("^*+?"), inner),
    st.builds(lambda kind, parts: Path(kind, parts=tuple(parts)), st.sampled_from("/|"), st.lists(inner, min_size=2, max_size=3))), max_leaves=4)
NODES = ["<urn:a>", "<urn:b>", "<urn:c>", "<urn:d>"]
EDGES = st.lists(st.builds(lambda s, p, o: f"{s} {p.iri} {o} .", st.sampled_from(NODES), st.sampled_from([P, Q]), st.sampled_from(NODES)), max_size=9)


@pytest.mark.parametrize(("path", "text", "simple"), [
    (P, "<urn:p>", ("<urn:p>", False)),
    (BACK, "^<urn:p>", ("<urn:p>", True)),
    (Path("^", parts=(BACK,)), "^(^<urn:p>)", None),
    (Path("+", parts=(BACK,)), "(^<urn:p>)+", None),
    (Path("|", parts=(BACK, Q)), "^<urn:p>|<urn:q>", None),
    (Path("*", parts=(P,)), "<urn:p>*", None),
    (Path("^", parts=(Path("+", parts=(P,)),)), "^(<urn:p>+)", None),
    (Path("?", parts=(Path("/", parts=(P, BACK, Q)),)), "(<urn:p>/^<urn:p>/<urn:q>)?", None),
    (Path("|", parts=(Path("/", parts=(P, Q)), Q)), "(<urn:p>/<urn:q>)|<urn:q>", None),
])
def test_a_path_is_written_as_sparql_writes_it(path: Path, text: str, simple: tuple[str, bool] | None) -> None:
    assert (path.text, path.simple) == (text, simple)
    assert path.predicates() == {p for p in ("<urn:p>", "<urn:q>") if p in text}


CHAIN = [f"<urn:{s}> <urn:{p}> <urn:{o}> ." for s, p, o in ("apb", "bpc", "cpd", "aqc", "dqb")]


@given(path=PATHS, lines=EDGES)
@example(Path("^", parts=(Path("/", parts=(P, Q)),)), CHAIN)
@example(Path("^", parts=(Path("^", parts=(P,)),)), CHAIN)
@example(Path("*", parts=(BACK,)), CHAIN)
@example(Path("+", parts=(P,)), CHAIN)
@example(Path("^", parts=(Path("+", parts=(Path("|", parts=(P, Q)),)),)), CHAIN)
def test_a_path_leads_where_sparql_says(path: Path, lines: list[str]) -> None:
    """Each value node once; a node of the data that leads nowhere may be missing."""
    store = LocalStore.memory()
    store.load("".join(f"{line}\n" for line in [*lines, *(f"{node} <urn:is> {node} ." for node in NODES)]).encode())
    found = path.edges(Facts(lines), NODES)
    for node in NODES:
        answer = store.query(f"SELECT DISTINCT ?x {{ {node} {path.text} ?x }}")
        assert isinstance(answer, Rows)
        assert sorted(found.get(node, [])) == sorted(x.n_triples for [x] in answer.rows if x is not None)


def test_values_come_in_the_order_of_the_facts() -> None:
    facts = Facts(f"<urn:{s}> <urn:{p}> <urn:{o}> ." for s, p, o in ("apz", "apb", "aqy", "zqy", "bqx"))
    assert Path("/", parts=(P, Q)).edges(facts, ["<urn:a>"]) == {"<urn:a>": ["<urn:y>", "<urn:x>"]}
    assert Path("|", parts=(Q, P)).edges(facts, ["<urn:a>", "<urn:x>"]) == {"<urn:a>": ["<urn:y>", "<urn:z>", "<urn:b>"]}
    assert Path("?", parts=(P,)).edges(facts, ["<urn:a>"]) == {"<urn:a>": ["<urn:a>", "<urn:z>", "<urn:b>"]}


def listed(head: str, *items: str) -> list[str]:
    """The triples of an RDF list."""
    cells = [head, *(f"{head}{i}" for i in range(1, len(items))), NIL]
    return [line for cell, rest, item in zip(cells[:-1], cells[1:], items, strict=True) for line in (f"{cell} {FIRST} {item} .", f"{cell} {REST} {rest} .")]


def test_paths_are_read_from_shapes() -> None:
    steps = {"inversePath": "^", "zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
    facts = Facts([*(f"_:{name} <{SH}{name}> <urn:p> ." for name in steps), *listed("_:s", "<urn:p>", "_:inversePath"),
                   f"_:a <{SH}alternativePath> _:l .", *listed("_:l", "<urn:q>", "_:s")])
    assert {name: read_path(facts, f"_:{name}") for name in steps} == {name: Path(mark, parts=(P,)) for name, mark in steps.items()}
    assert read_path(facts, "<urn:p>") == P
    assert read_path(facts, "_:a") == Path("|", parts=(Q, Path("/", parts=(P, BACK))))


@pytest.mark.parametrize(("lines", "said"), [
    (["_:x <urn:p> <urn:q> ."], "_:x is no property path"),
    (listed("_:x", "<urn:p>"), "a sequence or alternative path needs two members"),
    ([f"_:x <{SH}alternativePath> _:l .", *listed("_:l", "<urn:p>")], "a sequence or alternative path needs two members"),
    ([f"_:x <{SH}inversePath> _:y ."], "_:y is no property path"),
])
def test_what_is_no_path_is_refused(lines: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_path(Facts(lines), "_:x")
