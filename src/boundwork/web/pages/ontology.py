"""The terms with their definitions, examples and uses, and Table 3 as a table."""

from __future__ import annotations

from starlette.responses import Response

from boundwork.explore.listings import Cell
from boundwork.explore.terminology import theory
from boundwork.web.view import View

SHOWN = 60


def page(view: View) -> Response:
    """The terms that hold the words."""
    terminology = view.snapshot.terminology
    words, kind = view.given("q"), view.given("kind")
    found = terminology.find(words, kind)
    if view.form != "page":
        columns = ["name", "iri", "kind", "label", "definition", "example", "source", "columns", "questions", "rules", "shapes"]
        rows: list[dict[str, Cell]] = [{c: ", ".join(v) if isinstance(v := getattr(e, c), list) else v for c in columns} for e in found]
        return view.rows(rows, columns, "terms", title="Terms")
    return view.render("ontology.html", words=words, kind=kind, kinds=terminology.kinds, entries=found[:SHOWN], found=len(found),
                       total=len(terminology.entries), theory=theory(view.session))
