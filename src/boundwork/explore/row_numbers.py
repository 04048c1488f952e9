"""Which shapes may look at the number of a row, which changes without an edit of the row. What they find is not known here."""

from __future__ import annotations

from boundwork import shacl
from boundwork.shacl.facts import Facts
from boundwork.shacl.reach import mentioned
from boundwork.shacl.setwise import asked
from boundwork.shacl.shapes import Shapes, sh
from boundwork.terms import BW, SHAPE, iri

ROW = iri(BW + "row")
PASS_OVER_ROWS = frozenset(iri(SHAPE + name) for name in ("coding-is-not-outdated", "coding-not-repeated", "replaced-code-not-used"))
"""Shipped shapes that ask for any property, and find nothing by the number of a row: by their queries it can be no value that they mean."""


def looking_at_rows(rules: Facts) -> list[str]:
    """Return the shapes that may look at the numbers of rows."""
    shipped = shacl.load_shapes(shacl.shape_files())
    read = Shapes(rules)
    found = []
    for shape in read.targeted():
        queries = [asked(rules, c) for c in rules.values(shape.node, sh("sparql"))]
        named = mentioned(read, shape, queries)
        passed = shape.node in PASS_OVER_ROWS and queries == [asked(shipped, c) for c in shipped.values(shape.node, sh("sparql"))]
        if not passed and (named is None or ROW in named):
            found.append(shape.node)
    return found
