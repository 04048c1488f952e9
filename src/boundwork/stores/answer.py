"""What an engine answers, without the engine: a table of terms, a yes or no, or triples as N-Triples lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS = {XSD + n for n in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger")}


class Value(NamedTuple):
    """One RDF term: `kind` is iri, literal, bnode or triple; `datatype` is empty for plain strings."""

    kind: str
    text: str
    datatype: str = ""
    lang: str = ""

    @property
    def number(self) -> int | float | None:
        """The number behind a numeric literal, else None."""
        if self.kind != "literal" or self.datatype not in _NUMBERS:
            return None
        try:
            return int(self.text) if self.datatype == XSD + "integer" else float(self.text)
        except ValueError:
            return None

    @property
    def plain(self) -> str | int | float | bool:
        """The value as Python would write it: a number, a truth value, or the text."""
        if self.datatype == XSD + "boolean" and self.text in ("true", "false"):
            return self.text == "true"
        number = self.number
        return self.text if number is None else number

    @property
    def n_triples(self) -> str:
        """The term in N-Triples, safe to put into a query."""
        from boundwork.terms import iri, literal

        if self.kind == "iri":
            return iri(self.text)
        if self.kind == "literal":
            text = literal(self.text, self.lang)
            return f"{text}^^<{self.datatype}>" if self.datatype and not self.lang else text
        return f"_:{self.text}"


Solution = tuple[Value | None, ...]


@dataclass
class Rows:
    """The answer of a SELECT: names of the columns, and rows that may come lazily."""

    variables: list[str]
    rows: Iterator[Solution]


@dataclass
class Truth:
    """The answer of an ASK."""

    value: bool


@dataclass
class Triples:
    """The answer of a CONSTRUCT or DESCRIBE: N-Triples lines without the line end, as they come."""

    lines: Iterator[str]


Answer = Rows | Truth | Triples


class Queryable(Protocol):
    """What can be asked: the embedded store, or a server."""

    def query(self, text: str, prefixes: dict[str, str] | None = None) -> Answer:
        """Run a query; the given prefixes are known besides its own."""

    def select(self, text: str) -> list[Solution]:
        """Return all rows of a SELECT."""
