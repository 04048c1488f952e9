"""A boolean filter as researchers write it, such as `code=a AND NOT (role=b OR role=c)` -> a tree. Nothing here knows a dimension or a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from boundwork.errors import UsageError

MOST_DEPTH = 40
_TOKEN = re.compile(r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<mark>!=|[=()])|(?P<word>[^\s()=!"']+))""")
_HINT = "Write it like: code=a AND NOT (role=b OR role=c); a value with spaces stands in quotes."


@dataclass(frozen=True)
class Has:
    """A dimension has a value."""

    dimension: str
    value: str


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: Node


@dataclass(frozen=True)
class Every:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Any:
    """At least one part holds."""

    parts: tuple[Node, ...]


Node = Has | Not | Every | Any


def parse(text: str) -> Node:
    """Return the tree of a filter; NOT binds closest, then AND, then OR.

    >>> parse("code=a AND NOT role=b")
    Every(parts=(Has(dimension='code', value='a'), Not(part=Has(dimension='role', value='b'))))

    Errors: UsageError that says where the filter is off.
    """
    words: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise UsageError(f"The filter cannot be read from '{text[place:].strip()[:30]}' on.", _HINT)
        kind = str(found.lastgroup)
        word = found[kind]
        words.append((kind, word[1:-1] if kind == "quoted" else word))
        place = found.end()
    reader = _Reader(words)
    tree = reader.either(0)
    if reader.place < len(words):
        raise reader.off("AND or OR")
    return tree


class _Reader:
    def __init__(self, words: list[tuple[str, str]]) -> None:
        self.words, self.place = words, 0

    def off(self, wanted: str) -> UsageError:
        here = f"'{self.words[self.place][1]}'" if self.place < len(self.words) else "the end"
        return UsageError(f"The filter has {here} where {wanted} should stand.", _HINT)

    def takes(self, kind: str, word: str) -> bool:
        if self.place < len(self.words) and self.words[self.place][0] == kind and self.words[self.place][1].upper() == word:
            self.place += 1
            return True
        return False

    def text(self, wanted: str) -> str:
        if self.place >= len(self.words) or self.words[self.place][0] == "mark":
            raise self.off(wanted)
        self.place += 1
        return self.words[self.place - 1][1]

    def either(self, depth: int) -> Node:
        parts = [self.every(depth)]
        while self.takes("word", "OR"):
            parts.append(self.every(depth))
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def every(self, depth: int) -> Node:
        parts = [self.one(depth)]
        while self.takes("word", "AND"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def one(self, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise UsageError(f"The filter nests deeper than {MOST_DEPTH} times.", "Make it plainer.")
        if self.takes("word", "NOT"):
            return Not(self.one(depth + 1))
        if self.takes("mark", "("):
            inner = self.either(depth + 1)
            if not self.takes("mark", ")"):
                raise self.off("a closing bracket")
            return inner
        dimension = self.text("a dimension")
        if self.takes("mark", "!="):
            return Not(Has(dimension, self.text("a value")))
        if not self.takes("mark", "="):
            raise self.off("= or !=")
        return Has(dimension, self.text("a value"))


__all__ = ["Any", "Every", "Has", "Node", "Not", "parse"]
