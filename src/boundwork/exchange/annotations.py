"""A study's codings as W3C Web Annotations in JSON-LD: one annotation a coding, in one page of a collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boundwork.exchange.coded import said_in
from boundwork.exchange.projecting import Material
from boundwork.terms import CODE, study_iri
from boundwork.wording import whole_number

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_AROUND = 32
"""Characters before and behind a quote, by which it is found again where offsets have shifted."""


def annotation_page(material: Material, with_text: bool) -> dict[str, Any]:
    """Return the codings as a tree for JSON; with `with_text`, each target quotes its words besides giving its place."""
    study = material.study.id
    labels = {r["id"]: r.get("label", r["id"]) for r in material.rows("codes")}
    extracts = {r["id"]: r for r in material.rows("extracts")}
    sources = {r["id"]: r for r in material.rows("sources")}
    texts: dict[str, str] = {}

    def text_of(source: str) -> str:
        if source not in texts:
            texts[source] = material.text_of(sources[source])
        return texts[source]

    items = []
    for row in material.rows("codings"):
        extract = extracts.get(row.get("extract", ""))
        if extract is None:
            continue
        coder = material.study.coders.get(row.get("coder", ""))
        items.append({
            "id": study_iri(study, "coding", row["id"]), "type": "Annotation", "motivation": "classifying",
            **({"creator": {"id": study_iri(study, "coder", coder.id), "name": coder.label}} if coder else {}),
            "body": _bodies(study, row, labels), "target": _target(study, extract, text_of if with_text else None),
        })
    base = study_iri(study)
    return {"@context": CONTEXT, "id": f"{base}/annotations/1", "type": "AnnotationPage",
            "partOf": {"id": f"{base}/annotations", "type": "AnnotationCollection", "label": material.study.title, "total": len(items)},
            "startIndex": 0, "items": items}


def _bodies(study: str, row: dict[str, str], labels: dict[str, str]) -> list[dict[str, str]]:
    bodies = []
    for column, value in said_in(row):
        if column == "code" and value in labels:
            bodies.append({"type": "SpecificResource", "source": study_iri(study, "code", value), "purpose": "classifying"})
            bodies.append({"type": "TextualBody", "value": labels[value], "purpose": "tagging"})
        else:
            bodies.append({"type": "SpecificResource", "source": CODE + value, "purpose": "classifying"})
    return bodies


def _target(study: str, extract: dict[str, str], text_of: Callable[[str], str] | None) -> dict[str, Any]:
    selectors: list[dict[str, Any]] = []
    start, end = whole_number(extract.get("start", "")), whole_number(extract.get("end", ""))
    if start is not None and end is not None:
        selectors.append({"type": "TextPositionSelector", "start": start, "end": end})
        if text_of is not None:
            text = text_of(extract["source"])
            selectors.append({"type": "TextQuoteSelector", "exact": text[start:end], "prefix": text[max(0, start - _AROUND) : start],
                              "suffix": text[end : end + _AROUND]})
    found: dict[str, Any] = {"type": "SpecificResource", "id": study_iri(study, "extract", extract["id"]),
                             "source": study_iri(study, "source", extract.get("source", ""))}
    return {**found, "selector": selectors} if selectors else found
