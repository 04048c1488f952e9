"""Whether a SHACL query may be asked of all focus nodes at once: SHACL binds $this before the query runs, in every nested group.

Source: SHACL 5.3.1 and appendix A ("Pre-binding of Variables"). Nothing is run here.
"""

from __future__ import annotations

from dataclasses import dataclass

from boundwork.queries.tokens import Token, tokens

_THIS = {"$this", "?this"}
_BARRED = {"MINUS": "MINUS", "VALUES": "VALUES", "SERVICE": "SERVICE"}
_SINGLE = {"LIMIT", "OFFSET"}
"""What counts over the rows of one focus node."""


@dataclass
class _Group:
    """One group of a query between braces, while it is read."""

    nested: bool
    tested: bool
    parentheses: int = 0
    bound: bool = False


def refused(select: str) -> str:
    """Return what SHACL does not allow in this query, or an empty string.

    >>> refused("SELECT $this WHERE { $this ?p ?o MINUS { $this ?p 1 } }")
    'MINUS'
    """
    found = list(tokens(select))
    for at, token in enumerate(found):
        if token.kind == "word" and token.text.upper() in _BARRED:
            return _BARRED[token.text.upper()]
        if token.kind == "word" and token.text.upper() == "AS" and at + 1 < len(found) and found[at + 1].text in _THIS:
            return "AS $this"
        if at and token.kind == "word" and token.text.upper() == "SELECT" and not _THIS & {t.text for t in _projected(found[at:])} \
                and "*" not in {t.text for t in _projected(found[at:])}:
            return "a nested SELECT that leaves $this out"
    return ""


def all_at_once(select: str) -> bool:
    """True when one run over all focus nodes finds what a run for each finds, with $this bound beforehand.

    >>> all_at_once("SELECT $this WHERE { $this a ?c FILTER NOT EXISTS { $this ?p ?o FILTER ( ?o = $this ) } }")
    True
    >>> all_at_once("SELECT $this WHERE { { FILTER ( $this = <urn:a> ) } UNION { FILTER ( false ) } }")
    False
    """
    found = list(tokens(select))
    words = [t.text.upper() if t.kind == "word" else t.text for t in found]
    return not _SINGLE & set(words) and all(_counts_per_node(words, i) for i, w in enumerate(words) if w == "SELECT") and _groups_bind_what_they_test(found)


def _counts_per_node(words: list[str], at: int) -> bool:
    """A SELECT that hands on $this, and groups by it where it groups or counts."""
    start = next((i for i in range(at, len(words)) if words[i] == "{"), None)
    if start is None or not _THIS & set(words[at:start]):
        return False
    depth, end = 1, start + 1
    while end < len(words) and depth:
        depth += (words[end] == "{") - (words[end] == "}")
        end += 1
    after = words[end : next((i for i in range(end, len(words)) if words[i] == "}"), None)]
    if "GROUP" in after:
        return bool(_THIS & set(after[after.index("GROUP") : after.index("HAVING") if "HAVING" in after else None]))
    return "(" not in words[at:start] and "HAVING" not in after


def _projected(rest: list[Token]) -> list[Token]:
    """What stands between a SELECT and its group."""
    end = next((i for i, t in enumerate(rest) if t.text == "{" or t.text.upper() == "WHERE"), len(rest))
    return rest[1:end]


def _groups_bind_what_they_test(found: list[Token]) -> bool:
    """A nested group that tests $this, or a nested SELECT, would find it unbound without a triple of it; the group of EXISTS is run for each row."""
    open_groups: list[_Group] = []
    selected = False
    for before, token in zip([None, *found], found, strict=False):
        group = open_groups[-1] if open_groups else None
        if token.kind == "word" and token.text.upper() == "SELECT":
            selected = bool(open_groups)
        if token.text == "{" and token.kind == "other":
            of_exists = before is not None and before.text.upper() == "EXISTS"
            open_groups.append(_Group(nested=bool(open_groups) and not of_exists, tested=selected))
            selected = False
        elif token.text == "}" and token.kind == "other" and group is not None:
            open_groups.pop()
            if group.nested and group.tested and not group.bound:
                return False
        elif group is not None and not selected:
            group.parentheses += (token.text == "(") - (token.text == ")")
            if token.text in _THIS:
                group.tested |= group.parentheses > 0
                group.bound |= group.parentheses == 0
    return True
