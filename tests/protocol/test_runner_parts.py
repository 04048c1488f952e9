"""Parts of the runner by themselves: formats and their weights, tables in pieces, whose turn it is, and what a question costs."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.explore.querying import Refused, Room
from boundwork.explore.querying.formats import accepted, weight_of
from boundwork.explore.querying.turns import Place, Turns
from boundwork.explore.querying.writing import table_chunks
from boundwork.stores.answer import Rows, Solution, Value
from protocol.asking import slack

# ----- formats


def test_weights_of_media_types() -> None:
    ranges = accepted("text/*;q=0.3, text/csv;q=0.7, text/csv;header=present, */*;q=0.5, bad, a/b;q=2, c/d;q=x, e/f;Q=0.2")
    assert [(m, weight_of(m, ranges)) for m in ("text/csv", "text/plain", "image/png", "a/b", "c/d", "e/f")] == [
        ("text/csv", 1.0), ("text/plain", 0.3), ("image/png", 0.5), ("a/b", 1.0), ("c/d", 0.0), ("e/f", 0.2)]


SR = "{http://www.w3.org/2005/sparql-results#}"
NOT_IN_XML = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=NOT_IN_XML), max_size=20)
TERMS = st.one_of(
    st.none(),
    TEXTS.map(lambda t: Value("literal", t)),
    st.tuples(TEXTS, st.sampled_from(["en", "de-at"])).map(lambda p: Value("literal", p[0], "", p[1])),
    st.integers().map(lambda n: Value("literal", str(n), "http://www.w3.org/2001/XMLSchema#integer")),
    st.tuples(TEXTS, st.sampled_from(["date", "boolean", "decimal", "integer", "double"])).map(
        lambda p: Value("literal", p[0], f"http://www.w3.org/2001/XMLSchema#{p[1]}")),
    st.text("abcé/?&='", max_size=10).map(lambda t: Value("iri", f"http://example.org/{t}")),
    st.text("abc0", min_size=1, max_size=6).map(lambda t: Value("bnode", f"b{t}")),
)


def as_engine(value: Value | None) -> object:
    if value is None:
        return None
    if value.kind == "iri":
        return ox.NamedNode(value.text)
    if value.kind == "bnode":
        return ox.BlankNode(value.text)
    if value.lang:
        return ox.Literal(value.text, language=value.lang)
    return ox.Literal(value.text, datatype=ox.NamedNode(value.datatype)) if value.datatype else ox.Literal(value.text)


def from_xml(result: ET.Element, name: str) -> Value | None:
    """A binding of the W3C's XML, read by Python's own parser: pyoxigraph's leaves out spaces at the ends of a literal."""
    node = result.find(f"{SR}binding[@name='{name}']/*")
    if node is None:
        return None
    kind = {"uri": "iri"}.get(node.tag.removeprefix(SR), node.tag.removeprefix(SR))
    return Value(kind, node.text or "", node.get("datatype", ""), node.get("{http://www.w3.org/XML/1998/namespace}lang", ""))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TERMS, TERMS), max_size=6))
def test_written_tables_are_read_back_as_they_were(rows: list[Solution]) -> None:
    def written(form: str) -> bytes:
        return b"".join(table_chunks(Rows(["a", "b"], iter(rows)), form))

    wanted_rows = [[as_engine(v) for v in row] for row in rows]
    for form, engine in (("srj", ox.QueryResultsFormat.JSON), ("tsv", ox.QueryResultsFormat.TSV)):
        read = ox.parse_query_results(written(form), format=engine)
        assert isinstance(read, ox.QuerySolutions)
        assert [[row["a"], row["b"]] for row in read] == wanted_rows, form
    assert [[from_xml(result, name) for name in ("a", "b")] for result in ET.fromstring(written("srx")).iter(f"{SR}result")] == [list(r) for r in rows]
    plain = [["" if v is None else f"_:{v.text}" if v.kind == "bnode" else v.text for v in row] for row in rows]
    assert list(csv.reader(io.StringIO(written("csv").decode(), newline=""))) == [["a", "b"], *plain]


def test_many_rows_are_written_in_pieces_that_join() -> None:
    rows = [(Value("literal", str(n)),) for n in range(1234)]
    data = b"".join(table_chunks(Rows(["n"], iter(rows)), "srj"))
    assert [b["n"]["value"] for b in json.loads(data)["results"]["bindings"]] == [str(n) for n in range(1234)]
    pieces = list(table_chunks(Rows(["n"], iter(rows)), "csv"))
    assert [p.count(b"\r\n") for p in pieces] == [1, 500, 500, 234]


def test_a_statement_about_a_statement_is_refused() -> None:
    with pytest.raises(Refused, match="statement about a statement"):
        list(table_chunks(Rows(["t"], iter([(Value("triple", "<< a b c >>"),)])), "srj"))


# ----- turns


def test_places_go_to_those_who_have_least_at_work_then_to_those_who_used_least() -> None:
    async def inside() -> list[str]:
        turns = Turns({"quick": Room(2, 10, 10)})
        turns.note("greedy", "g", 5.0)
        order: list[str] = []

        async def one(client: str) -> None:
            place = await turns.take("quick", client, 5)
            order.append(client)
            await asyncio.sleep(0)
            turns.give_back(place)

        first, long = await turns.take("quick", "first", 5), await turns.take("quick", "busy", 5)
        waiting = [asyncio.create_task(one(w)) for w in ("busy", "greedy", "new", "other", "new")]
        await asyncio.sleep(0)
        turns.give_back(first)
        await asyncio.gather(*waiting)
        turns.give_back(long)
        assert turns.take_now("quick", "first") == Place("quick", "first")
        return order

    assert asyncio.run(inside()) == ["new", "other", "new", "greedy", "busy"]


def test_what_questions_cost_is_known_by_themselves_and_by_their_shape() -> None:
    turns = Turns({"quick": Room(1, 1, 1)})
    turns.note("a", "SELECT * { ?s ?p 1 } # 1", 3.0)
    turns.note("a", "SELECT * { ?s ?p 2 }", 0.1)
    asked = ("SELECT * { ?s ?p 1 } # 1", "SELECT * { ?s ?p 2 }", "SELECT * { ?s ?p 33 }", "SELECT * { ?s ?q 1 }")
    assert [turns.cost(q) for q in asked] == [3.0, 0.1, 0.1, None]
    start = time.monotonic()
    for text_ in ('\\"' * 400_000, "'" * 700_001, "<" * 700_000, "#" * 900_000):
        turns.note("a", text_, 1.0)
    assert time.monotonic() - start < 1 + slack()
    assert 3.0 < turns.used("a") < 7.2


def test_too_many_who_wait_are_told_to_come_back() -> None:
    async def inside() -> None:
        turns = Turns({"quick": Room(1, 2, 2), "slow": Room(1, 1, 1)})
        place = await turns.take("quick", "a", 5)
        waiting = asyncio.create_task(turns.take("quick", "a", 5))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as mine:  # one at work and one waiting are all that a client may have
            await turns.take("quick", "a", 5)
        other = asyncio.create_task(turns.take("quick", "b", 5))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as full:
            await turns.take("quick", "c", 5)
        assert [(e.value.kind, e.value.retry_after > 0) for e in (mine, full)] == [("busy", True), ("busy", True)]
        other.cancel()
        with pytest.raises(Refused):
            await asyncio.gather(turns.take("quick", "c", 0.01))
        turns.give_back(place)
        assert await waiting == Place("quick", "a")
        turns.give_back(Place("quick", "a"))
        assert turns.take_now("quick", "d") is not None
        assert turns.take_now("quick", "e") is None

    asyncio.run(inside())
