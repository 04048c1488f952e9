"""A SPARQL endpoint asked through SPARQLWrapper, which makes the request and reads the answer; nobody else imports it.

What SPARQLWrapper lacks stands around it: a total deadline and safe redirects (remote_http), patience (remote_patience), a cache
(remote_cache), pages where a server cuts its answers short. An answer is whole, or there is an error.
"""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from SPARQLWrapper import JSON, POST, TURTLE
from SPARQLWrapper.Wrapper import QueryResult, SPARQLWrapper

from boundwork.errors import InputError, RemoteError, TimeLimit, UsageError
from boundwork.queries.pages import counting, page, pageable, unordered, with_prefixes
from boundwork.queries.tokens import check_safe, query_form, without_open_blocks
from boundwork.stores.answer import Answer, Rows, Solution, Triples, Truth, Value
from boundwork.stores.local import turtle_lines
from boundwork.stores.remote_cache import Kept, age_in_words, keep, recall
from boundwork.stores.remote_endpoints import Endpoint
from boundwork.stores.remote_http import AGENT, Deadline, Reply, Request
from boundwork.stores.remote_patience import Told, send_patiently
from boundwork.wording import counted, whole_number

_JSON = {"application/sparql-results+json", "application/json", "text/json"}
_TURTLE = {"text/turtle", "application/turtle", "application/x-turtle", "application/n-triples", "text/rdf+n3", "text/n3", "application/n3"}
_KINDS = {"uri": "iri", "literal": "literal", "typed-literal": "literal", "bnode": "bnode", "triple": "triple"}
MOST_ROWS = 2_000_000
AS_WRITTEN = 'DEFINE sql:select-option "order"\n'
"""Has Virtuoso join in the order in which a query is written. Left to itself, 7.2.5 plans some stored questions for minutes, and then loses rows."""
RECOUNT = 5.0
"""Seconds that an ordered answer of Virtuoso may take to be counted again."""


class Fetched(NamedTuple):
    """Where an answer came from and when (seconds since 1970); `cached` when it lay on disk, `uncounted` when nobody could tell that no row is lost."""

    endpoint: str
    at: float
    cached: bool
    uncounted: bool = False

    @property
    def when(self) -> str:
        """The time at which it was fetched, such as 2026-01-31 12:00:00 UTC."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

    def __str__(self) -> str:
        if not self.cached:
            doubt = f" Virtuoso may lose rows of an ordered answer, and did not count this one within {RECOUNT:g} seconds." if self.uncounted else ""
            return f"Answered by {self.endpoint}, fetched {self.when}.{doubt}"
        return f"Answered by {self.endpoint}, from the cache: fetched {self.when}, {age_in_words(time.time() - self.at)} ago (--max-age 0 asks again)."


class _Response:
    """What SPARQLWrapper reads an answer from."""

    def __init__(self, body: bytes, kind: str) -> None:
        self._body, self._kind = body, kind

    def info(self) -> dict[str, str]:
        return {"content-type": self._kind}

    def read(self) -> bytes:
        return self._body


class _Wrapper(SPARQLWrapper):
    """SPARQLWrapper told what a query is by our own tokenizer: its own takes words in comments and prefixes for the form."""

    def __init__(self, endpoint: Endpoint, query: str, form: str, graphs: Sequence[str]) -> None:
        self._form = form
        super().__init__(endpoint.url, returnFormat=JSON if form in ("SELECT", "ASK") else TURTLE, agent=AGENT)
        self.setMethod(POST)
        self.setOnlyConneg(True)
        for graph in graphs:
            self.addDefaultGraph(graph)
        self.setQuery(query)

    def _parseQueryType(self, query: str) -> str:
        return self._form

    def request(self) -> urllib.request.Request:
        """Return the request that SPARQLWrapper makes, unsent."""
        return self._createRequest()


class RemoteStore:
    """One endpoint, and the graphs that together are asked as its default graph (none: as the endpoint has it)."""

    def __init__(self, endpoint: Endpoint, graphs: Sequence[str] = (), told: Told | None = None, within: Deadline | None = None,
                 as_written: bool = False) -> None:
        """Open it; `within` is one deadline for all questions together, else each has the endpoint's own time.

        `as_written`: what is asked is written in an order that is good to join in.
        """
        self.endpoint, self.graphs, self._told, self._within, self._as_written = endpoint, tuple(graphs), told, within, as_written
        self._server: str | None = None
        self.fetched: list[Fetched] = []

    def query(self, text: str, prefixes: dict[str, str] | None = None) -> Answer:
        """Run a query there; the given prefixes are known besides its own.

        Errors: UsageError for an update; TimeLimit after the endpoint's time; RemoteError for all else that is no whole answer.
        """
        check_safe(text, service=True)
        form = query_form(text)
        if form not in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
            raise UsageError("The query is no SELECT, ASK, CONSTRUCT or DESCRIBE.")
        asked = with_prefixes(text, prefixes or {})
        deadline = self._within or Deadline(self.endpoint.timeout, self.endpoint.host)
        kept = recall(self.endpoint, asked, self.graphs)
        if kept is not None and kept.age <= self.endpoint.max_age:
            answer = self._read(form, kept)
            self.fetched.append(Fetched(self.endpoint.shown, kept.at, True))
            return answer
        try:
            answer = self._fresh(asked, form, deadline)
        except RemoteError as error:
            if kept is None or error.hint:
                raise
            raise RemoteError(error.message, f"An answer fetched {age_in_words(kept.age)} ago is in the cache: "
                              f"--max-age {int(kept.age) + 3600} shows it.") from None
        return answer

    def select(self, text: str) -> list[Solution]:
        """Return all rows of a SELECT."""
        answer = self.query(text)
        assert isinstance(answer, Rows)
        return list(answer.rows)

    def _fresh(self, query: str, form: str, deadline: Deadline) -> Answer:
        reply = self._send(query, form, deadline)
        got = Kept(reply.body, reply.kind, time.time())
        answer = self._read(form, got)
        self.fetched.append(Fetched(self.endpoint.shown, got.at, False))
        if isinstance(answer, Triples) and not reply.measured:
            raise RemoteError(f"{self.endpoint.host} does not say how long its graph is, so half of it would look like all of it.",
                              "Ask with SELECT ?s ?p ?o, whose answer says where it ends.")
        if isinstance(answer, Rows):
            rows = list(answer.rows)
            whole = self._whole(query, answer.variables, rows, reply, deadline)
            answer = Rows(answer.variables, iter(whole))
            if len(whole) != len(rows) or self.fetched[-1].uncounted:
                return answer  # the pages together are not kept: each has a time of its own
        elif _partial(reply, 0):
            raise RemoteError(f"{self.endpoint.host} says that its answer is not whole.", "Ask for less, or when it is less busy.")
        keep(self.endpoint, query, self.graphs, got)
        return answer

    def _send(self, query: str, form: str, deadline: Deadline) -> Reply:
        if self._as_written:
            if self._server is None:
                self._request("ASK {}", "ASK", deadline)
            query = AS_WRITTEN + without_open_blocks(query) if "virtuoso" in (self._server or "") else query
        return self._request(query, form, deadline)

    def _request(self, query: str, form: str, deadline: Deadline) -> Reply:
        made = _Wrapper(self.endpoint, query, form, self.graphs).request()
        headers = {key: value for key, value in made.header_items() if key.lower() != "user-agent"}
        body = made.data
        assert isinstance(body, bytes)
        reply = send_patiently(Request("POST", made.full_url, headers, self.endpoint.headers, body), deadline, self._told)
        if reply.status != 200:
            raise refusal(self.endpoint, reply)
        self._server = reply.server.lower()
        wanted = _JSON if form in ("SELECT", "ASK") else _TURTLE
        if reply.kind not in wanted:
            what = "a page for people (HTML)" if "html" in reply.kind else f"{reply.kind or 'something without a media type'}"
            raise RemoteError(f"{self.endpoint.host} answers with {what} instead of {'results in JSON' if wanted is _JSON else 'Turtle'}.",
                              "Is the address that of the SPARQL endpoint itself, and not of its form or a login?")
        return reply

    def _read(self, form: str, kept: Kept) -> Answer:
        what = "result in JSON" if form in ("SELECT", "ASK") else "Turtle"
        broken = RemoteError(f"{self.endpoint.host} answers with something that is no {what}, or half of one.",
                             "Half an answer is no answer; ask again, or for less.")
        kind = "application/sparql-results+json" if kept.kind in _JSON else "text/turtle"
        try:
            tree: Any = QueryResult((_Response(kept.body, kind), JSON if kept.kind in _JSON else TURTLE)).convert()  # type: ignore[arg-type]
            if form in ("CONSTRUCT", "DESCRIBE"):
                return Triples(iter(turtle_lines(tree)))
            if form == "ASK":
                if not isinstance(tree["boolean"], bool):
                    raise broken
                return Truth(tree["boolean"])
            names = [str(v) for v in tree["head"]["vars"]]
            return Rows(names, iter([tuple(_value(row.get(name)) for name in names) for row in tree["results"]["bindings"]]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError):
            raise broken from None

    def _whole(self, query: str, variables: list[str], rows: list[Solution], reply: Reply, deadline: Deadline) -> list[Solution]:
        """Return all rows: those that came, or where the server cut them short, page by page, counted in the end."""
        partial = _partial(reply, len(rows))
        if not partial and not _round(len(rows)):
            self._none_lost(query, len(rows), reply)
            return rows
        if not pageable(query):
            if partial:
                raise RemoteError(f"{self.endpoint.host} says that its answer is not whole.", "Ask for fewer rows.")
            return rows
        wanted = self._count(query, deadline)
        if wanted == len(rows) and not partial:
            return rows
        if wanted > MOST_ROWS:
            raise RemoteError(f"The answer has {wanted:,} rows, more than the {MOST_ROWS:,} that are fetched.", "Ask for less.")
        size = min(self.endpoint.page, len(rows) or self.endpoint.page)
        found: list[Solution] = []
        while len(found) < wanted:
            if self._told:
                self._told(f"rows from {self.endpoint.host}, of {wanted:,}", len(found))
            part = self._send(page(query, variables, size, len(found), "virtuoso" in reply.server.lower()), "SELECT", deadline)
            answer = self._read("SELECT", Kept(part.body, part.kind, 0))
            assert isinstance(answer, Rows)
            more = list(answer.rows)
            if not more or len(more) > size:
                break
            found += more
        if len(found) != wanted or self._count(query, deadline) != wanted:
            raise RemoteError(f"{self.endpoint.host} counts {counted(wanted, 'row')} and gives {len(found):,}: the data changed while it was asked, "
                              "or its pages do not fit together.", "Ask again, or for less.")
        return found

    def _none_lost(self, query: str, found: int, reply: Reply) -> None:
        """Refuse an ordered answer of Virtuoso whose rows are others in number than it counts without the order: 7.2.5 loses rows of some.

        What it does not count within a few seconds is taken as it came, which is said: it plans some counts for half a minute.
        """
        if "virtuoso" not in reply.server.lower() or not pageable(query) or not (plain := unordered(query)):
            return
        try:
            counts = self._count(plain, Deadline(RECOUNT, self.endpoint.host))
        except TimeLimit:
            self.fetched[-1] = self.fetched[-1]._replace(uncounted=True)
            return
        if counts != found:
            raise RemoteError(f"{self.endpoint.host} (Virtuoso) gives {counted(found, 'row')} in order and counts {counts:,} without: the answer is wrong.",
                              "Ask without the parameters, or ask the study here, without --endpoint.")

    def _count(self, query: str, deadline: Deadline) -> int:
        reply = self._send(counting(query), "SELECT", deadline)
        answer = self._read("SELECT", Kept(reply.body, reply.kind, 0))
        assert isinstance(answer, Rows)
        number = [row[0].number for row in answer.rows if row and row[0] is not None]
        if len(number) != 1 or not isinstance(number[0], int):
            raise RemoteError(f"{self.endpoint.host} does not count its own answer, so nobody can tell whether it is whole.")
        return number[0]


def _value(term: Any) -> Value | None:
    if term is None:
        return None
    kind, text = _KINDS[term["type"]], term["value"]
    if kind == "triple":
        return Value(kind, str(text))
    datatype, lang = str(term.get("datatype", "")), str(term.get("xml:lang", ""))
    if not isinstance(text, str) or (kind == "iri" and re.search(r'[\x00-\x20<>"{}|^`\\]', text)):
        raise ValueError("no RDF term")
    if kind == "bnode":
        return Value(kind, text.removeprefix("_:"))
    return Value(kind, text, "" if lang or datatype.endswith(("#string", "#langString")) else datatype, lang) if kind == "literal" else Value(kind, text)


def _partial(reply: Reply, rows: int) -> bool:
    """True when the server says that it stopped early: Virtuoso's time limit, or its greatest number of rows."""
    most = (reply.headers.get("X-SPARQL-MaxRows") or "").strip()
    return (reply.headers.get("X-SQL-State") or "").startswith("S1TAT") or 0 < (whole_number(most) or 0) <= rows


def _round(rows: int) -> bool:
    """True for a number of rows at which servers cut silently: hundreds, and powers of two."""
    return rows >= 100 and (rows % 100 == 0 or rows & (rows - 1) == 0)


def refusal(endpoint: Endpoint, reply: Reply) -> RemoteError:
    """Return the error for a reply that is no success; what a server says is shown only as plain text, without secrets."""
    host, status = endpoint.host, reply.status
    if status == 401:
        prefix = f"BOUNDWORK_ENDPOINT_{re.sub('[^A-Z0-9]', '_', endpoint.name.upper())}_" if endpoint.name else "BOUNDWORK_ENDPOINT_"
        return RemoteError(f"{host} {'does not accept the user and password' if endpoint.has_credentials else 'wants a user and a password'} (status 401).",
                           f"Set {prefix}USER and {prefix}PASSWORD in the environment.")
    if status == 403:
        return RemoteError(f"{host} refuses the request (status 403).", "It may want credentials, or not want programs: its keeper can tell.")
    if status == 404:
        return RemoteError(f"There is nothing at {endpoint.shown} (status 404).", "Is the address that of the SPARQL endpoint?")
    if status in (405, 501):
        return RemoteError(f"{host} takes no queries at {endpoint.shown} (status {status}).", "Is the address that of the SPARQL endpoint?")
    if status == 429:
        return RemoteError(f"{host} has had too many requests (status 429).", "Wait a while, then ask again.")
    said = _said(endpoint, reply)
    if status in (400, 500) and said:
        return RemoteError(f"{host} does not answer the query (status {status}): {said}")
    if status >= 500:
        return RemoteError(f"{host} has a fault of its own or is overloaded (status {status}){': ' + said if said else '.'}")
    return RemoteError(f"{host} does not answer the query (status {status}){': ' + said if said else '.'}")


def _said(endpoint: Endpoint, reply: Reply) -> str:
    if "html" in reply.kind or reply.body.lstrip()[:1] == b"<":
        return ""
    text = reply.body[:2_000].decode("utf-8", "replace").partition("\nSPARQL query:")[0]
    for secret in filter(None, (endpoint.user, endpoint.password, *(v for value in endpoint.headers.values() for v in (value, value.rpartition(" ")[2])))):
        text = text.replace(secret, "***")
    line = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())
    return f"{line[:300]}{'...' if len(line) > 300 else ''}"


__all__ = ["Fetched", "RemoteStore", "refusal"]
