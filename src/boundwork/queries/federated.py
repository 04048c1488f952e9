"""A query with SERVICE taken apart: what is asked elsewhere, and which bindings of the rest narrow that. Text in, text out.

Sound for SERVICE blocks that stand in the outermost WHERE, alone or as the only content of an OPTIONAL; others are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from boundwork.errors import UsageError
from boundwork.queries.tokens import Token, query_form, tokens

_OPEN, _CLOSE = "({[", ")}]"
_HINT = "Put SERVICE <address> { ... } into the outermost WHERE { ... }, or alone into an OPTIONAL there."


@dataclass(frozen=True)
class Element:
    """A part of a group: its kind (triples, values, group, graph, service, optional, minus, filter, bind) and where it stands."""

    kind: str
    start: int
    end: int
    variables: frozenset[str]
    """Variables that every solution of the part binds, as far as can be told from its text; those it only mentions are left out."""


@dataclass(frozen=True)
class Call:
    """One SERVICE block: whom it asks, the pattern within its braces, where the whole stands, and what it and the rest bind."""

    address: str
    pattern: str
    start: int
    end: int
    mentioned: tuple[str, ...]
    bound: frozenset[str]
    optional: bool


@dataclass(frozen=True)
class Taken:
    """A query taken apart: the braces of its WHERE, the parts of it that are joined here, and its SERVICE blocks in their order."""

    query: str
    inner: tuple[int, int]
    joined: tuple[Element, ...]
    calls: tuple[Call, ...]

    @property
    def prologue(self) -> str:
        """The PREFIX and BASE lines."""
        from boundwork.queries.pages import split_prologue

        return split_prologue(self.query)[0]

    def keys(self, call: Call) -> list[str]:
        """Variables that both the rest of the query and the call are sure to bind: those whose values are sent."""
        here = frozenset().union(*(e.variables for e in self.joined))
        return sorted(here & call.bound)

    def seed(self, keys: list[str]) -> str:
        """Return the query for the values to send. It asks for a superset: what only takes rows away (FILTER, MINUS ...) is left out."""
        parts = "\n".join(self.query[e.start : e.end] for e in self.joined)
        return f"{self.prologue}SELECT DISTINCT {' '.join('?' + k for k in keys)} WHERE {{\n{parts}\n}}"

    def asked(self, call: Call, keys: list[str], rows: list[str]) -> str:
        """Return the query for the other server; `rows` are the values of the keys as N-Triples terms in brackets."""
        values = f"VALUES ({' '.join('?' + k for k in keys)}) {{ {' '.join(rows)} }}\n" if keys else ""
        return f"{self.prologue}SELECT {' '.join('?' + v for v in call.mentioned)} WHERE {{\n{values}{{ {call.pattern} }}\n}}"

    def answered(self, tables: list[str]) -> str:
        """Return the query with every SERVICE block replaced by what came of it, as VALUES blocks."""
        text = self.query
        for call, table in sorted(zip(self.calls, tables, strict=True), key=lambda pair: -pair[0].start):
            text = text[: call.start] + table + text[call.end :]
        return text


def take_apart(query: str) -> Taken:
    """Take a query with SERVICE apart.

    Errors: UsageError where a block stands somewhere else, is SILENT, or names its server by a variable.
    """
    found = list(tokens(query))
    if query_form(query) not in ("SELECT", "ASK", "CONSTRUCT"):
        raise UsageError("Only SELECT, ASK and CONSTRUCT can ask several servers.")
    first, last = _where(found)
    inside = found[first + 1 : last]
    if inside and inside[0].text.upper() == "SELECT":
        raise UsageError("SERVICE within a sub-SELECT is not taken apart.", _HINT)
    elements = _split(inside)
    joined, calls = [], []
    for kind, part in elements:
        if kind == "service" or (kind == "optional" and _is_call(part)):
            calls.append(_call(query, part, kind == "optional"))
        elif _calls(part):
            raise UsageError(f"SERVICE within {kind.upper()} is not taken apart.", _HINT)
        elif kind in ("triples", "values", "group", "graph"):
            joined.append(Element(kind, part[0].start, part[-1].end, _sure(kind, part)))
    if _calls([*found[: first + 1], *found[last:]]):
        raise UsageError("SERVICE outside the WHERE is not taken apart.", _HINT)
    if not calls:
        raise UsageError("The query has no SERVICE block, so there is nobody else to ask.", "Leave out --federate.")
    return Taken(query, (found[first].end, found[last].start), tuple(joined), tuple(calls))


def _calls(part: list[Token]) -> bool:
    return any(t.kind in ("word", "name") and "SERVICE" in t.text.partition(":")[0].upper() for t in part)


def _where(found: list[Token]) -> tuple[int, int]:
    """The places of the braces of the outermost WHERE; a CONSTRUCT has its template before it."""
    groups, depth, start = [], 0, 0
    for i, token in enumerate(found):
        if token.kind == "other" and token.text in _OPEN:
            start = i if depth == 0 else start
            depth += 1
        elif token.kind == "other" and token.text in _CLOSE:
            depth -= 1
            if depth == 0 and token.text == "}" and found[start].text == "{":
                groups.append((start, i))
            if depth < 0:
                break
    if depth or not groups:
        raise UsageError("The braces of the query do not match.")
    construct = next((t for t in found if t.kind == "word" and t.text.upper() in ("SELECT", "ASK", "CONSTRUCT")), None)
    place = 1 if construct is not None and construct.text.upper() == "CONSTRUCT" and len(groups) > 1 else 0
    return groups[place]


def _closing(part: list[Token], start: int) -> int:
    """The place after the bracket that closes the one at `start`."""
    depth = 0
    for i in range(start, len(part)):
        if part[i].kind == "other" and part[i].text in _OPEN:
            depth += 1
        elif part[i].kind == "other" and part[i].text in _CLOSE:
            depth -= 1
            if depth == 0:
                return i + 1
    raise UsageError("The brackets of the query do not match.")


def _to_group(part: list[Token], start: int, brackets: str) -> int:
    """The place after the next group that opens with one of some brackets."""
    for i in range(start, len(part)):
        if part[i].kind == "other" and part[i].text in brackets:
            return _closing(part, i)
    raise UsageError("The brackets of the query do not match.")


def _split(inside: list[Token]) -> list[tuple[str, list[Token]]]:
    """Cut the tokens of a group into its parts."""
    found: list[tuple[str, list[Token]]] = []
    i = 0
    while i < len(inside):
        token = inside[i]
        word = token.text.upper() if token.kind == "word" else ""
        if token.kind == "other" and token.text == "." and (not found or found[-1][0] != "triples"):
            i += 1
            continue
        if word in ("OPTIONAL", "MINUS", "GRAPH", "SERVICE"):
            end = _to_group(inside, i, "{")
        elif word == "BIND":
            end = _to_group(inside, i, "(")
        elif word == "FILTER":
            following = [t.text.upper() for t in inside[i + 1 : i + 3]]
            end = _to_group(inside, i, "{" if "EXISTS" in following else "(")
        elif word == "VALUES":
            end = _to_group(inside, i, "{")
        elif token.kind == "other" and token.text == "{":
            word, end = "GROUP", _closing(inside, i)
            while end < len(inside) and inside[end].kind == "word" and inside[end].text.upper() == "UNION":
                end = _to_group(inside, end, "{")
        else:
            word, end = "TRIPLES", i + 1
            if token.kind == "other" and token.text in _OPEN:
                end = _closing(inside, i)
        part = inside[i:end]
        if word == "TRIPLES" and found and found[-1][0] == "triples":
            found[-1][1].extend(part)
        else:
            found.append((word.lower(), list(part)))
        i = end
    return found


def _sure(kind: str, part: list[Token]) -> frozenset[str]:
    """Variables that a part binds in every solution."""
    if kind == "triples":
        return frozenset(t.text[1:] for t in part if t.kind == "variable")
    if kind == "values":
        if any(t.kind == "word" and t.text.upper() == "UNDEF" for t in part):
            return frozenset()
        names = []
        for token in part[1:]:
            if token.text == "{":
                break
            if token.kind == "variable":
                names.append(token.text[1:])
        return frozenset(names)
    if kind == "graph":
        start = next(i for i, t in enumerate(part) if t.text == "{")
        return frozenset().union(*(_sure(k, p) for k, p in _split(part[start + 1 : -1])), {t.text[1:] for t in part[:start] if t.kind == "variable"})
    return frozenset()  # a group may be a UNION or a sub-SELECT, whose branches need not bind the same


def _is_call(part: list[Token]) -> bool:
    inside = _split(part[2:-1])
    return len(inside) == 1 and inside[0][0] == "service"


def _call(query: str, part: list[Token], optional: bool) -> Call:
    body = part[2:-1] if optional else part
    if len(body) < 4 or body[1].text.upper() == "SILENT":
        raise UsageError("SERVICE SILENT would hide that a server did not answer.", "Leave out SILENT.")
    if body[1].kind != "iri":
        raise UsageError("SERVICE must name its server by its address in < >.")
    inside = body[3:-1]
    if _calls(inside):
        raise UsageError("SERVICE within SERVICE is not taken apart.", _HINT)
    if any(t.kind == "word" and t.text.upper() == "SELECT" for t in inside):
        raise UsageError("A sub-SELECT within SERVICE is not taken apart.", "Ask that server by itself.")
    parts = _split(inside)
    bound = frozenset().union(*(_sure(kind, p) for kind, p in parts if kind in ("triples", "values", "graph")))
    hidden = {"filter", "minus"}
    mentioned = dict.fromkeys(t.text[1:] for kind, p in parts if kind not in hidden for t in p if t.kind == "variable")
    if not mentioned:
        raise UsageError("A SERVICE block without a variable has nothing to bring.", "Ask that server by itself.")
    return Call(body[1].text[1:-1], query[inside[0].start : inside[-1].end], part[0].start, part[-1].end, tuple(mentioned), bound, optional)


__all__ = ["Call", "Taken", "take_apart"]
