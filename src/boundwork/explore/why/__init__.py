"""Why a triple is in the graph, why it is not, and what stands behind the rows of an answer."""

from __future__ import annotations

from boundwork.errors import UsageError
from boundwork.explore.session import Session
from boundwork.explore.why.asking import Asked, understand
from boundwork.explore.why.building import Builder
from boundwork.explore.why.tree import LEAVES, Node


def why(session: Session, subject: str, predicate: str, value: str, most: int | None = 3, depth: int | None = None) -> Node:
    """Return the tree of one triple, down to rows of tables, the ontology and what was not found.

    `most` bounds the derivations of a triple and the members of a count that are shown, `depth` the levels of inference;
    None shows all. Errors: UsageError for a word that means nothing here or a triple that is not in the graph.
    """
    builder = Builder(session, most, depth)
    asked = understand(builder, subject, predicate, value)
    if not asked.holds:
        raise UsageError(f"{builder.naming.triple(asked.triple)} is not in the graph of the reading {session.reading.id}.",
                         "why_not says what is missing for it.")
    return builder.tree(asked.triple)


__all__ = ["LEAVES", "Asked", "Builder", "Node", "understand", "why"]
