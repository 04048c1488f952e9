"""One question over this study and other servers: their part is fetched for the values that the study has, and joined here.

Not by the engine's own SERVICE, which knows no time-out, no cache and no allow-list, and says nothing of where a row comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from boundwork.errors import RemoteError, UsageError
from boundwork.explore.session import Session
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.inputs import prefixes
from boundwork.queries.federated import Call, Taken, take_apart
from boundwork.queries.pages import with_prefixes
from boundwork.queries.tokens import check_safe, keywords, query_form, tokens
from boundwork.stores.answer import Answer, Solution, Value
from boundwork.stores.remote import Fetched, RemoteStore
from boundwork.stores.remote_endpoints import Endpoint, find_endpoint
from boundwork.stores.remote_http import Deadline, shown
from boundwork.wording import counted

BATCH = 200
"""Values that are sent in one request."""
MOST_KEYS = 10_000
MOST_ROWS = 200_000


@dataclass
class Federated:
    """The joined answer, and what was sent to whom, what came, and when."""

    answer: Answer
    notes: list[str]


def federate(session: Session, text: str, allowed: list[str], timeout: float | None = None, max_age: float | None = None,
             progress: Progress | None = None) -> Federated:
    """Answer a query whose SERVICE blocks name servers that are allowed (addresses, or names in endpoints.toml).

    Errors: UsageError for a server that is not allowed or a query that cannot be taken apart; RemoteError and TimeLimit as for one server.
    """
    check_safe(text, service=True)
    taken = take_apart(with_prefixes(text, prefixes()))
    known = [find_endpoint(name, credentials=False) for name in allowed]
    servers = [_server(call, known, timeout, max_age) for call in taken.calls]
    reading = session.reading
    notes = [f"Joined here with the reading {reading.label} ({reading.id}) of {session.study.id}."]
    tables = []
    for number, (call, server) in enumerate(zip(taken.calls, servers, strict=True), 1):
        column = _column(taken, number)
        tables.append(_fetched(session, taken, call, server, column, notes, progress))
    query = taken.answered(tables)
    if query_form(query) == "SELECT":
        query = _shown_columns(query, [_column(taken, n) for n in range(1, len(tables) + 1)])
    return Federated(session.store.query(query), notes)


def _server(call: Call, known: list[Endpoint], timeout: float | None, max_age: float | None) -> Endpoint:
    for endpoint in known:
        if endpoint.url == call.address:
            return replace(endpoint, timeout=endpoint.timeout if timeout is None else timeout, max_age=endpoint.max_age if max_age is None else max_age)
    raise UsageError(f"The query asks {shown(call.address)}, which is not among the servers that it may ask.",
                     f"If it may, add: --federate {shown(call.address)}")


def _column(taken: Taken, number: int) -> str:
    """The name of the column that says where a row's remote part came from; empty where the query has such a column."""
    name = "fetched" if len(taken.calls) == 1 else f"fetched_{number}"
    return "" if any(t.kind == "variable" and t.text[1:] == name for t in tokens(taken.query)) else name


def _fetched(session: Session, taken: Taken, call: Call, server: Endpoint, column: str, notes: list[str], progress: Progress | None) -> str:
    """Ask one server, and return what came as a VALUES block; what was sent and what came goes to the notes."""
    keys = taken.keys(call)
    batches: list[list[str]] = [[]]
    sent = 0
    if keys:
        found = [row for row in session.store.select(taken.seed(keys)) if all(v is not None and v.kind in ("iri", "literal") for v in row)]
        sent = len(found)
        if sent > MOST_KEYS:
            raise UsageError(f"The study has {sent:,} combinations of {_names(keys)} to ask {server.host} about, more than {MOST_KEYS:,}.",
                             "Narrow the part of the query outside SERVICE.")
        lines = [f"({' '.join(v.n_triples for v in row if v is not None)})" for row in sorted(found, key=str)]
        batches = [lines[i : i + BATCH] for i in range(0, len(lines), BATCH)]
    store = RemoteStore(server, (), progress, Deadline(server.timeout, server.host))
    rows: list[str] = []
    for number, batch in enumerate(batches):
        if progress:
            progress(f"asking {server.host}, part", number + 1)
        came = store.select(taken.asked(call, keys, batch))
        rows += [_line(row, number, server, column, store.fetched[-1]) for row in came]
        if len(rows) > MOST_ROWS:
            raise RemoteError(f"{server.host} has more than {MOST_ROWS:,} rows for this.", "Narrow the query.")
    what = f"{counted(sent, 'combination')} of values of {_names(keys)} sent in {counted(len(batches), 'request')}" if keys else "nothing of the study sent"
    notes.append(f"From {server.shown}: {what}, {counted(len(rows), 'row')} came.")
    notes += sorted({f"  {f}" for f in store.fetched})
    columns = [*call.mentioned, *([column] if column else [])]
    block = f"VALUES ({' '.join('?' + c for c in columns)}) {{\n{chr(10).join(rows)}\n}}"
    return f"OPTIONAL {{ {block} }}" if call.optional else block


def _names(keys: list[str]) -> str:
    return ", ".join("?" + k for k in keys)


def _line(row: Solution, batch: int, server: Endpoint, column: str, fetched: Fetched) -> str:
    cells = [_cell(value, batch, server) for value in row]
    if column:
        cells.append(Value("literal", f"{server.host} {fetched.when}{' (cache)' if fetched.cached else ''}").n_triples)
    return f"({' '.join(cells)})"


def _cell(value: Value | None, batch: int, server: Endpoint) -> str:
    if value is None:
        return "UNDEF"
    if value.kind == "bnode":  # of no use for a join, and its name holds within one answer only
        return Value("iri", f"urn:boundwork:blank:{server.host}:{batch}:{''.join(c for c in value.text if c.isalnum())}").n_triples
    if value.kind == "triple":
        raise RemoteError(f"{server.host} answers with a quoted triple, which cannot be joined.")
    return value.n_triples


def _shown_columns(query: str, columns: list[str]) -> str:
    """Add the columns that say where rows come from to a SELECT, unless rows are put together there, so that a row has no one source."""
    words = keywords(query)
    found = list(tokens(query))
    start = next(i for i, t in enumerate(found) if t.kind == "word" and t.text.upper() == "SELECT")
    end = next(i for i in range(start, len(found)) if found[i].text == "{" or found[i].text.upper() in ("WHERE", "FROM"))
    head = found[start + 1 : end]
    plain = all(t.kind == "variable" for t in head)
    if not plain or "GROUP" in words or not any(columns):
        return query
    place = head[-1].end
    return f"{query[:place]} {' '.join('?' + c for c in columns if c)}{query[place:]}"


__all__ = ["Federated", "federate"]
