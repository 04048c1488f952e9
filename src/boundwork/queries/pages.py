"""A SELECT rewritten so that it is answered page by page, or only counted: text in, text out; nothing here is asked.

A page needs an order in which no two different rows are equal, else rows fall between two pages; so every column is added to ORDER BY.
"""

from __future__ import annotations

from boundwork.queries.tokens import Token, query_form, tokens


def split_prologue(query: str) -> tuple[str, str]:
    """Return the PREFIX and BASE lines of a query, and the rest.

    >>> split_prologue("PREFIX a: <http://a/> SELECT * { ?x a:b 1 }")
    ('PREFIX a: <http://a/> ', 'SELECT * { ?x a:b 1 }')
    """
    stream = tokens(query)
    for token in stream:
        word = token.text.upper() if token.kind == "word" else ""
        if word == "PREFIX":
            next(stream, None)
            next(stream, None)
        elif word == "BASE":
            next(stream, None)
        else:
            return query[: token.start], query[token.start :]
    return query, ""


def with_prefixes(query: str, known: dict[str, str]) -> str:
    r"""Return a query with a PREFIX line for every known prefix that it uses and does not declare.

    >>> with_prefixes("ASK { ?x a a:B }", {"a": "http://a/", "b": "http://b/"})
    'PREFIX a: <http://a/>\nASK { ?x a a:B }'
    """
    prologue, rest = split_prologue(query)
    declared = {t.text.rpartition(":")[0] for t in tokens(prologue) if t.kind == "name"}
    used = {t.text.partition(":")[0] for t in tokens(rest) if t.kind == "name"}
    lines = [f"PREFIX {p}: <{known[p]}>\n" for p in sorted(used - declared) if p in known]
    return "".join(lines) + query


def _tail(query: str) -> list[Token]:
    """The tokens behind the last brace: GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET, or VALUES before it."""
    depth = 0
    found: list[Token] = []
    for token in tokens(query):
        if token.kind == "other" and token.text in "{}":
            depth += 1 if token.text == "{" else -1
            if not depth:
                found = [*(t for t in found if t.text.upper() == "VALUES"), token]
        elif not depth:
            found.append(token)
    return found


def pageable(query: str) -> bool:
    """Return whether a query may be cut into pages: a SELECT without a LIMIT, OFFSET or VALUES of its own at its end."""
    words = {t.text.upper() for t in _tail(query) if t.kind == "word"}
    return query_form(query) == "SELECT" and not words & {"LIMIT", "OFFSET", "VALUES"}


def unordered(query: str) -> str:
    """Return a pageable SELECT without its ORDER BY, or nothing where it has none.

    >>> unordered("SELECT ?x { ?x ?p ?o } ORDER BY ?x")
    'SELECT ?x { ?x ?p ?o } '
    """
    start = next((t.start for t in _tail(query) if t.kind == "word" and t.text.upper() == "ORDER"), 0)
    return query[:start]


def counting(query: str) -> str:
    """Return the query for the number of rows of a SELECT; the column is called boundwork_rows."""
    prologue, rest = split_prologue(query)
    return f"{prologue}SELECT (COUNT(*) AS ?boundwork_rows) WHERE {{ {{\n{rest}\n}} }}"


def page(query: str, variables: list[str], size: int, offset: int, nested: bool = False) -> str:
    """Return the query for rows `offset` to `offset + size` of a pageable SELECT.

    `nested` orders in a sub-SELECT and cuts outside, which Virtuoso wants for more rows than it sorts at a time and which keeps the
    order there alone.
    """
    prologue, rest = split_prologue(query)
    columns = " ".join(f"?{v}" for v in variables)
    ordered = any(t.kind == "word" and t.text.upper() == "ORDER" for t in _tail(query))
    whole = f"{rest}\n{'' if ordered else 'ORDER BY '}{columns}"
    if nested:
        return f"{prologue}SELECT {columns} WHERE {{ {{\n{whole}\n}} }} LIMIT {size} OFFSET {offset}"
    return f"{prologue}{whole} LIMIT {size} OFFSET {offset}"


__all__ = ["counting", "page", "pageable", "split_prologue", "unordered", "with_prefixes"]
