"""How results of SHACL read to people: names as they stand in the tables, and whose shape a blank node is. Checks nothing."""

from __future__ import annotations

import re

from boundwork.shacl.facts import Facts
from boundwork.terms import BASE, id_of

_OURS = re.compile(rf"<?{re.escape(BASE)}(?:code/|shape/|ontology#|study/[^/\s>]+/\w+/)([^\s<>\"',;]*[^\s<>\"',;.])>?")


def plain(text: str) -> str:
    """Return a message with our IRIs cut to the names that stand in the tables."""
    return _OURS.sub(lambda m: id_of(m[1]), text)


def owner(shapes: Facts, node: str) -> str:
    """Return the IRI of the shape that a blank node belongs to, as N-Triples."""
    for _ in range(20):
        above = ""
        if node.startswith("_:"):
            above = next((s for p in shapes.forward for s in shapes.edges(p, inverse=True).get(node, ())), "")
        if not above:
            break
        node = above
    return node
