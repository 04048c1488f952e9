"""A derivation as a tree of plain nodes, ready for any face: what each node is, in words and as data. Nothing here asks or prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from boundwork.derivations.patterns import Triple

LEAVES = ("row", "file", "ontology", "build", "imported", "absent")
"""Kinds of node that end a tree: a row of a table, a study's file, the ontology, the build itself, imported data, nothing found."""


@dataclass(frozen=True)
class Extract:
    """Where the words stand: section, code points from 0 (end exclusive), and the SHA-256 of the stretch."""

    ident: str
    section: str = ""
    start: int | None = None
    end: int | None = None
    sha256: str = ""
    gist: str = ""

    @property
    def locator(self) -> str:
        """Section and range."""
        return f"{self.section} [{self.start}..{self.end}]".strip() if self.start is not None else self.section


@dataclass(frozen=True)
class Row:
    """A row of a table: physical line and record number (both count the header as 1), the cells that count, and who coded how surely."""

    file: str
    table: str
    line: int
    number: int | None
    ident: str
    cells: tuple[tuple[str, str], ...] = ()
    how: str = ""
    coder: str = ""
    basis: str = ""
    confidence: str = ""
    extract: Extract | None = None


@dataclass
class Node:
    """One node. Kinds: inferred (a triple, with the rules that made it beneath), rule, counted (one thing that a rule counted),
    answer, shown (explained above), more (left out), unexplained, and the kinds that end a tree: see LEAVES.
    """

    kind: str
    title: str
    lines: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    triples: list[Triple] = field(default_factory=list)
    rule: str = ""
    reading: str = ""
    row: Row | None = None
    source: str = ""

    def walk(self) -> Iterator[Node]:
        """Yield the node and all beneath it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def leaves(self) -> list[Node]:
        """The nodes with nothing beneath them."""
        return [n for n in self.walk() if not n.children]

    @property
    def text(self) -> list[str]:
        """The title and the lines beneath it, as people read them."""
        return [self.title, *self.lines, *(row_lines(self.row) if self.row else [])]

    def as_dict(self) -> dict[str, Any]:
        """The tree as JSON holds it; triples are written in N-Triples."""
        found: dict[str, Any] = {"kind": self.kind, "title": self.title}
        if self.lines:
            found["lines"] = self.lines
        if self.triples:
            found["triples"] = [" ".join(v.n_triples for v in t) + " ." for t in self.triples]
        for name in ("rule", "reading", "source"):
            if getattr(self, name):
                found[name] = getattr(self, name)
        if self.row:
            found["row"] = {**asdict(self.row), "cells": dict(self.row.cells)}
        if self.children:
            found["children"] = [c.as_dict() for c in self.children]
        return found


def row_lines(row: Row) -> list[str]:
    """Return what a row says: the cells that made the triple, who coded how surely, and where the words stand."""
    lines = []
    if row.cells:
        cells = "; ".join(f"{name} = {short(value.replace(';', ', '), 60)}" if value else f"{name} is blank" for name, value in row.cells)
        lines.append(("column " if len(row.cells) == 1 else "columns ") + cells)
    who = ", ".join(x for x in (row.coder, row.basis, f"{row.confidence} confidence" if row.confidence else "") if x)
    if who:
        lines.append(who)
    if row.extract:
        lines.append(f"extract {row.extract.ident}: {row.extract.locator}, sha256 {row.extract.sha256[:12]}...")
        if row.extract.gist:
            lines.append(row.extract.gist)
    return lines


def short(text: str, most: int) -> str:
    """Return a text cut to a number of characters.

    >>> short("one two three", 9)
    'one tw...'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 3] + "..."


def merged(node: Node) -> Node:
    """Return a node with its only rule told in its own lines, which halves the depth of what people see."""
    if len(node.children) != 1 or node.children[0].kind != "rule":
        return node
    rule = node.children[0]
    return Node(node.kind, node.title, [*node.lines, *rule.text], rule.children, node.triples, rule.rule, node.reading, node.row, node.source)
