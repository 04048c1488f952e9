"""SELECT and ASK answers in the W3C's JSON and XML."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from boundwork.stores.answer import Solution, Value


def _binding(value: Value) -> dict[str, Any]:
    if value.kind == "iri":
        return {"type": "uri", "value": value.text}
    if value.kind == "bnode":
        return {"type": "bnode", "value": value.text}
    found: dict[str, Any] = {"type": "literal", "value": value.text}
    if value.lang:
        found["xml:lang"] = value.lang
    elif value.datatype:
        found["datatype"] = value.datatype
    return found


def write_results(variables: list[str], rows: Iterable[Solution], truth: bool | None, form: str) -> None:
    """Print SPARQL 1.1 Query Results JSON (srj) or XML (srx)."""
    if truth is not None:
        tree: dict[str, Any] = {"head": {}, "boolean": truth}
    else:
        bindings = [{n: _binding(v) for n, v in zip(variables, row, strict=True) if v is not None} for row in rows]
        tree = {"head": {"vars": variables}, "results": {"bindings": bindings}}
    text = json.dumps(tree, ensure_ascii=False, indent=1)
    if form == "srj":
        print(text)
        return
    from boundwork.explore.results import as_xml

    sys.stdout.write(as_xml(text.encode()).decode() + "\n")
