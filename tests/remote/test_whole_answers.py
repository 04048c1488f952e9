"""Answers that are not whole: cut in silence, pages that do not add up, rows that Virtuoso loses in ordering."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from boundwork.errors import RemoteError
from boundwork.stores import remote
from boundwork.stores.answer import Rows
from boundwork.stores.remote import RemoteStore
from boundwork.stores.remote_endpoints import Endpoint
from remote.asking import GOOD, LIMIT, SELECT, YES, ask
from servers import Handler, Seen, answering

pytestmark = pytest.mark.usefixtures("own_cache")


@contextmanager
def rows_server(total: int, most: int, tells: bool = False, order: Callable[[int], int] = lambda i: i) -> Iterator[str]:
    """A server of `total` rows that gives at most `most` at a time, counts them all, and understands LIMIT and OFFSET."""

    def answer(handler: Handler) -> None:
        from urllib.parse import parse_qs

        seen: Seen = handler.server.seen[-1]  # type: ignore[attr-defined]
        query = parse_qs(seen.body.decode())["query"][0]
        if "COUNT(*)" in query:
            handler.reply(json.dumps({"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {
                "type": "literal", "datatype": "http://www.w3.org/2001/XMLSchema#integer", "value": str(total)}}]}}).encode())
            return
        window = re.search(r"LIMIT (\d+) OFFSET (\d+)", query)
        start, size = (int(window[2]), int(window[1])) if window else (0, total)
        numbers = [order(i) for i in range(total)][start : start + min(size, most)]
        data = {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": f"{n:05d}"}} for n in numbers]}}
        if tells:
            handler.reply(json.dumps(data).encode(), X_SPARQL_MaxRows=str(most))
        else:
            handler.reply(json.dumps(data).encode())

    with answering(answer) as bad:
        yield bad.url


@pytest.mark.parametrize(("total", "most", "tells"), [(2500, 1000, True), (2500, 1000, False), (1000, 1000, False), (999, 1000, True), (5000, 137, True)])
def test_an_answer_that_is_cut_silently_is_fetched_page_by_page(total: int, most: int, tells: bool) -> None:
    with rows_server(total, most, tells) as url:
        rows = ask(url, timeout=20.0)
    assert isinstance(rows, list)
    assert [v.text for (v,) in rows] == [f"{i:05d}" for i in range(total)]


def test_pages_that_do_not_add_up_are_no_answer() -> None:
    with rows_server(2500, 1000) as url, pytest.raises(RemoteError, match="counts 2,500 rows and gives"):
        calls: list[int] = []

        def shrinking(query: str, variables: list[str], size: int, offset: int, nested: bool = False) -> str:
            calls.append(offset)
            return f"SELECT ?x {{ }} LIMIT {size} OFFSET {2500 if len(calls) > 1 else offset}"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(remote, "page", shrinking)
            ask(url, timeout=20.0)


VIRTUOSO = "Virtuoso/07.20.3229 (Linux) x86_64-pc-linux-gnu"
ORDERED = f"{SELECT} ORDER BY ?x"


def _counting(count: Callable[[Handler], None]) -> Callable[[Handler], None]:
    """A Virtuoso that gives one row, and counts as it is told."""
    return lambda h: count(h) if b"boundwork_rows" in h.server.seen[-1].body else h.reply(GOOD, Server=VIRTUOSO)  # type: ignore[attr-defined]


def test_an_ordered_answer_of_virtuoso_that_lost_rows_is_refused() -> None:
    two = GOOD.replace(b'"x"', b'"boundwork_rows"').replace(b'"uri", "value": "http://x/1"', b'"literal", "value": "2", "datatype": "http://www.w3.org/2001/XMLSchema#integer"')
    with answering(_counting(lambda h: h.reply(two, Server=VIRTUOSO))) as server, pytest.raises(RemoteError, match="1 row in order and counts 2 without"):
        ask(server.url, ORDERED)


@pytest.mark.parametrize(("name", "as_written", "asked"), [(VIRTUOSO, True, 2), (VIRTUOSO, False, 1), ("oxigraph/0.5.13", True, 2)])
def test_virtuoso_alone_is_told_to_join_in_the_order_of_a_stored_question(name: str, as_written: bool, asked: int) -> None:
    def answer(handler: Handler) -> None:
        handler.reply(YES if b"ASK" in handler.server.seen[-1].body else GOOD, Server=name)  # type: ignore[attr-defined]

    with answering(answer) as server:
        found = RemoteStore(Endpoint(server.url, max_age=0.0), as_written=as_written).select(SELECT)
    assert len(found) == 1 and len(server.seen) == asked
    assert (b"DEFINE+sql%3Aselect-option" in server.seen[-1].body) == (name == VIRTUOSO and as_written)


def test_an_answer_that_nobody_could_count_says_so_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "RECOUNT", 0.3)
    for query, uncounted in ((ORDERED, True), (SELECT, False)):
        with answering(_counting(lambda h: time.sleep(1))) as server:
            store = RemoteStore(Endpoint(server.url, timeout=LIMIT, max_age=3600.0))
            for _ in range(2):
                answer = store.query(query)
                assert isinstance(answer, Rows)
                assert len(list(answer.rows)) == 1
        assert [(f.uncounted, f.cached) for f in store.fetched] == [(uncounted, False), (uncounted, not uncounted)]
        assert all(("did not count this one within 0.3 seconds" in str(f)) == uncounted for f in store.fetched)
