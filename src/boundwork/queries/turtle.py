"""Where a name stands in a Turtle file: the line on which a subject begins, or on which a name is first used. It checks no grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from boundwork.queries.tokens import Token, tokens

_ESCAPE = re.compile(r"\\(.)")


@dataclass
class Places:
    """IRI -> line, counted from 1: where statements about it begin, and where it first occurs at all."""

    subjects: dict[str, int] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=dict)

    def line(self, iri: str) -> int:
        """The line to show for an IRI; 0 where the file does not have it."""
        return self.subjects.get(iri) or self.mentions.get(iri, 0)


def places(text: str, base: str) -> Places:
    r"""Return where the names of a Turtle text stand; of several statements about one subject the first that says what it is counts.

    >>> places('@prefix x: <http://x/> .\nx:a x:p x:b .\nx:a a x:C .', "http://y/").subjects["http://x/a"]
    3
    """
    found, typed, prefixes = Places(), set[str](), dict[str, str]()
    line = last = 0
    for statement in statements(text):
        words = [t.text for t in statement]
        directive = words[1].lower() if words[0] == "@" and len(words) > 1 else words[0].lower() if statement[0].kind == "word" else ""
        if directive in ("prefix", "base"):
            iri = next((t.text for t in statement if t.kind == "iri"), "<>")
            name = next((t.text for t in statement if t.kind == "name"), "")
            if directive == "base":
                base = urljoin(base, iri[1:-1])
            else:
                prefixes[name.removesuffix(":")] = urljoin(base, iri[1:-1])
            continue
        for number, token in enumerate(statement):
            iri = _iri(token, prefixes, base)
            if not iri:
                continue
            line, last = line + text.count("\n", last, token.start), token.start
            found.mentions.setdefault(iri, line + 1)
            if number == 0:
                says_what = len(words) > 1 and words[1] == "a"
                if iri not in found.subjects or (says_what and iri not in typed):
                    found.subjects[iri] = line + 1
                if says_what:
                    typed.add(iri)
    return found


def statements(text: str) -> Iterator[list[Token]]:
    """The tokens between full stops; the SPARQL forms PREFIX and BASE end after their IRI."""
    statement: list[Token] = []
    depth = 0
    for token in tokens(text):
        depth += token.kind == "other" and token.text in "[("
        depth -= token.kind == "other" and token.text in "])"
        if not depth and ((token.kind == "other" and token.text == ".") or (token.kind == "number" and token.text.endswith("."))):
            if statement:
                yield statement
            statement = []
            continue
        statement.append(token)
        if token.kind == "iri" and statement[0].kind == "word" and statement[0].text.lower() in ("prefix", "base"):
            yield statement
            statement = []
    if statement:
        yield statement


def _iri(token: Token, prefixes: dict[str, str], base: str) -> str:
    if token.kind == "iri":
        return urljoin(base, token.text[1:-1]) if token.text != "<>" else base
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        if prefix in prefixes:
            return prefixes[prefix] + _ESCAPE.sub(r"\1", local)
    return ""
