"""SPARQL text cut into tokens that know strings, IRIs and comments, so that nothing inside them is taken for syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from boundwork.errors import UsageError

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\r\n]*)
      |(?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
      |(?P<string>\"\"\"(?:\"{0,2}(?:[^"\\]|\\.))*\"\"\"|'''(?:'{0,2}(?:[^'\\]|\\.))*'''|"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
      |(?P<variable>[?$]\w+)
      |(?P<name>(?:[^\W\d][\w.-]*(?<![.]))?:(?:[\w:-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]|\.+(?=[\w:%\\-]))*)
      |(?P<word>[^\W\d]\w*)
      |(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
MOST_NESTING = 200
"""Deeper brackets than this crash the engine's parser (about 3,200 were needed); no honest query comes near."""
MOST_PARTS = 3_000
"""More keywords, operators and variables than this crash it too (about 8,000 were needed); IRIs, texts and lists may be any number."""


class Token(NamedTuple):
    """One token: its kind (iri, string, variable, name, word, other), its text, and where it starts."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The place after the token."""
        return self.start + len(self.text)


def tokens(query: str) -> Iterator[Token]:
    """Yield the tokens of a query; space and comments are left out."""
    for match in _TOKEN.finditer(query):
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "other", match.group(), match.start())


def keywords(query: str) -> set[str]:
    """Return the bare words of a query in capitals.

    >>> "SERVICE" in keywords('SELECT * WHERE { ?s rdfs:label "SERVICE" } # SERVICE')
    False
    """
    return {t.text.upper() for t in tokens(query) if t.kind == "word"}


def check_safe(query: str, service: bool = False) -> None:
    """Refuse what must not reach an engine: calls to other servers, updates, and brackets deep enough to crash a parser.

    With `service`, calls to other servers pass: the query is for a server that decides itself whom it asks, or is taken apart first.

    Errors: UsageError that says what to do instead.
    """
    depth = parts = 0
    listing = False  # within the braces of VALUES
    for token in tokens(query):
        listing = (listing or token.text.upper() == "VALUES") and token.text != "}"
        if token.kind == "other":
            depth += (token.text in "{([") - (token.text in "})]")
            if depth > MOST_NESTING:
                raise UsageError(f"The query nests more than {MOST_NESTING} brackets.", "Write it flatter.")
            if token.text == "\\":
                raise UsageError("The query has a backslash outside texts and IRIs.", "Write the character itself.")
        if token.kind in ("word", "variable") or (token.kind == "other" and token.text != ","):
            parts += not listing
            if parts > MOST_PARTS:
                raise UsageError(f"The query has more than {MOST_PARTS:,} keywords, operators and variables.", "Ask it in pieces.")
        # Engines part words where no space stands: `trueSERVICE<...>` and `SERVICE:x` call out as well.
        if not service and token.kind in ("word", "name") and "SERVICE" in token.text.partition(":")[0].upper():
            raise UsageError("The query calls another server with SERVICE, which boundwork does only when told so.",
                             "Name that server: boundwork sparql --federate URL")
    first = next((t.text.upper() for t in _after_prologue(query)), "")
    if first in ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"):
        raise UsageError(f"{first} would change the graph, which is built from the study's tables.", "Edit the tables and run: boundwork build")


def query_form(query: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE; empty when the query has none."""
    return next((t.text.upper() for t in _after_prologue(query) if t.kind == "word"), "")


def _after_prologue(query: str) -> Iterator[Token]:
    stream = tokens(query)
    for token in stream:
        word = token.text.upper()
        if token.kind == "word" and word == "PREFIX":
            next(stream, None)
            next(stream, None)
        elif token.kind == "word" and word == "BASE":
            next(stream, None)
        else:
            yield token
            return


def values_blocks(query: str) -> dict[str, list[tuple[int, int]]]:
    """Return variable -> places of the text between the braces of each `VALUES ?variable { ... }`.

    >>> q = 'SELECT * { VALUES ?b { "}" } }'
    >>> [(q[a:z]) for a, z in values_blocks(q)["b"]]
    [' "}" ']
    """
    found: dict[str, list[tuple[int, int]]] = {}
    window: list[Token] = []
    stream = tokens(query)
    for token in stream:
        window = [*window[-2:], token]
        if len(window) == 3 and window[0].text.upper() == "VALUES" and window[1].kind == "variable" and token.text == "{":
            for close in stream:
                if close.text == "}" and close.kind == "other":
                    found.setdefault(window[1].text[1:], []).append((token.end, close.start))
                    break
    return found


def without_open_blocks(query: str) -> str:
    """Return a query without the blocks of parameters that are left open: `{ SELECT ?x { VALUES ?x { UNDEF } } }` binds nothing.

    Joined with anything it changes nothing. Virtuoso 7 finds no rows at all where it stands; Oxigraph needs it, as without it a join over a value that
    is open may begin at all counts of a reading.

    >>> without_open_blocks("SELECT * { { SELECT ?b { VALUES ?b { UNDEF } } } ?a ?b ?c }")
    'SELECT * {  ?a ?b ?c }'
    """
    found = list(tokens(query))
    shape = ["{", "SELECT", "?", "{", "VALUES", "?", "{", "UNDEF", "}", "}", "}"]
    cuts = []
    for i in range(len(found) - len(shape) + 1):
        part = found[i : i + len(shape)]
        if all(t.kind == "variable" if s == "?" else t.text.upper() == s for t, s in zip(part, shape, strict=True)) and part[2].text == part[5].text:
            cuts.append((part[0].start, part[-1].end))
    for start, end in reversed(cuts):
        query = query[:start] + query[end:]
    return query
