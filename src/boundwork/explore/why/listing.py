"""The grounds at the ends of a tree as rows of a listing: one a table row, a term of the ontology, a thing not found."""

from __future__ import annotations

from collections.abc import Sequence

from boundwork.explore.why.drawing import WORDS
from boundwork.explore.why.tree import LEAVES, Node, Row

COLUMNS = ("ground", "place", "thing", "says", "coder", "basis", "confidence", "extract", "section", "start", "end", "gist")
"""Columns of the listing; `says` holds the cells of a table row, else the statement."""
Cells = dict[str, str | int | float | bool | None]


def grounds(nodes: Sequence[Node]) -> list[Cells]:
    """Return the grounds of trees, each once and with all the cells that count, in the order in which the trees name them."""
    rows: dict[tuple[str, str], tuple[Row, dict[str, str]]] = {}
    found: dict[tuple[str, str], Cells] = {}
    for node in (n for tree in nodes for n in tree.walk() if n.kind in LEAVES):
        key = (node.row.table, node.row.ident) if node.row else (node.kind, node.title)
        if node.row is None:
            found.setdefault(key, {"ground": WORDS[node.kind], "place": node.source or None, "thing": None, "says": node.title})
            continue
        first, cells = rows.setdefault(key, (node.row, {}))
        cells.update(node.row.cells)
        found.setdefault(key, _row(first))["says"] = "; ".join(f"{c} = {t}" if t else f"{c} is blank" for c, t in cells.items())
    return list(found.values())


def _row(row: Row) -> Cells:
    extract = row.extract
    return {"ground": WORDS["row"], "place": f"{row.file}:{row.line}", "thing": row.ident, "says": "", "coder": row.coder or None,
            "basis": row.basis or None, "confidence": row.confidence or None, "extract": extract.ident if extract else None,
            "section": extract.section or None if extract else None, "start": extract.start if extract else None,
            "end": extract.end if extract else None, "gist": extract.gist or None if extract else None}


__all__ = ["COLUMNS", "grounds"]
