"""Reference answers about hybridity: which cases and councils are hybrid, as judged, as counted, and beside other attributes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from reference.world import EXPERTISE, HYBRID, LOOSER, STRICT, TERMS, Case, Counts, Row, World, chosen, code, question

_OTHER = ("undecidable", "only-bureaucratic", "only-managerial", "no-logic-coded")
Found = tuple[Case, Counts]


def counted(w: World, boundary: str | None, confidence: str) -> list[Found]:
    """Cases of a boundary, or of all, with their counts."""
    counts = w.counts(confidence)
    return [(c, counts[c.id]) for c in w.cases if c.boundary in chosen(boundary)]


def councils(found: Iterable[Found]) -> int:
    return len({c.actor for c, _ in found})


def attribute(case: Case, column: str) -> str:
    """A type or region; empty for the field and where it is open."""
    value = (case.council or {}).get(column, "")
    return "" if value == "?" else value


@question("hybrid-council-types", "type status", LOOSER, {"boundary": "ideological-alignment"}, {"boundary": "any"})
def hybrid_council_types(w: World, boundary: str | None = "expertise", confidence: str = "low") -> Iterator[Row]:
    groups: dict[tuple[str, str, str], list[Found]] = {}
    for case, n in counted(w, boundary, confidence):
        if kind := attribute(case, "type"):
            groups.setdefault((case.boundary, kind, n.status), []).append((case, n))
    for (line, kind, status), found in groups.items():
        yield {"boundary": code(line), "type": code(kind), "status": code(status), "councils": councils(found),
               "extracts": sum(n.extracts for _, n in found), "stated": sum(n.stated for _, n in found),
               "interpreted": sum(n.interpreted for _, n in found), **w.said(confidence)}


def _shares(found: list[Found]) -> Row:
    def cases(*statuses: str) -> int:
        return sum(n.status in statuses for _, n in found)

    return {"councils": councils(found), "cases": len(found), "hybrid": cases(*HYBRID), "coexistence": cases("co-existence"), "other_status": cases(*_OTHER),
            "no_evidence": cases("no-evidence"), "codings": sum(n.codings for _, n in found)}


@question("council-types-by-boundary", "boundary type", EXPERTISE, {"type": "unitary"})
def council_types_by_boundary(w: World, boundary: str | None = None, type: str | None = None, confidence: str = "low") -> Iterator[Row]:
    groups: dict[tuple[str, str], list[Found]] = {}
    for case, n in counted(w, boundary, confidence):
        kind = attribute(case, "type")
        if kind and type in (None, kind):
            groups.setdefault((case.boundary, kind), []).append((case, n))
    for (line, kind), found in groups.items():
        shares = _shares(found)
        yield {"boundary": code(line), "type": code(kind), **{k: shares[k] for k in ("councils", "cases", "coexistence", "other_status", "no_evidence")},
               "blended": sum(n.status == "blended" for _, n in found), "hybrid_element": sum(n.status == "hybrid-element" for _, n in found),
               "extracts": sum(n.extracts for _, n in found), "stated": sum(n.stated for _, n in found),
               "interpreted": sum(n.interpreted for _, n in found), **w.said(confidence)}


def _with_status(w: World, statuses: tuple[str, ...], boundary: str | None, confidence: str) -> Iterator[Row]:
    found = counted(w, boundary, confidence)
    for status in statuses:
        of_status = [(c, n) for c, n in found if n.status == status]
        for case, n in of_status:
            yield {"status": code(status), "case": f"case:{case.id}", "actor": case.actor, "boundary": code(case.boundary),
                   "wave": f"wave:{case.wave}" if case.wave else None, "blended": n.blended, "hybrid_element": n.hybrid, "bureaucratic": n.bureaucratic,
                   "managerial": n.managerial, "undecided": n.undecided, "extracts": n.extracts, "stated": n.stated, "interpreted": n.interpreted,
                   **w.said(confidence)}
        if not of_status:
            yield {"status": code(status), "case": None, "actor": None, "boundary": code(boundary), "wave": None,
                   **dict.fromkeys(("blended", "hybrid_element", "bureaucratic", "managerial", "undecided", "extracts", "stated", "interpreted"), 0),
                   **w.said(confidence)}


@question("hybrid-cases", "status case", EXPERTISE, STRICT)
def hybrid_cases(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    return _with_status(w, ("blended", "hybrid-element", "co-existence"), boundary, confidence)


@question("one-logic-cases", "status case", EXPERTISE, STRICT)
def one_logic_cases(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    return _with_status(w, ("only-bureaucratic", "only-managerial"), boundary, confidence)


@question("undecidable-cases", "status case", {"boundary": "organisational-culture", "confidence": "medium"}, STRICT)
def undecidable_cases(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    return _with_status(w, ("undecidable",), boundary, confidence)


def _verdict(judged: str, status: str) -> str:
    if status == "no-evidence":
        return "asserted only: nothing is coded"
    if status in ("co-existence", "undecidable", "no-logic-coded"):
        return "open"
    agrees = {"hybrid": HYBRID, "bureaucratic": ("only-bureaucratic",), "managerial": ("only-managerial",)}[judged]
    return "same" if status in agrees else "different"


@question("asserted-and-inferred", "verdict boundary case judgement", EXPERTISE, STRICT)
def asserted_and_inferred(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    empty: Row = dict.fromkeys(("case", "actor", "judged", "coder", "basis", "certainty", "judgement", "status", "extracts"))
    judged: dict[str, list[dict[str, str]]] = {}
    for j in w.judgements():
        judged.setdefault(w.case_id(j["about"], j["boundary"], j["wave"]), []).append(j)
    found = counted(w, boundary, confidence)
    for case, n in found:
        of_case: Row = {"case": f"case:{case.id}", "actor": case.actor, "boundary": code(case.boundary), "status": code(n.status), "extracts": n.extracts}
        for j in judged.get(case.id, []):
            yield {**of_case, "verdict": _verdict(j["judged_as"], n.status), "judged": code(j["judged_as"]), "coder": f"coder:{j['coder']}",
                   "basis": code(j["basis"]), "certainty": code(j["confidence"]), "judgement": f"judgement:{j['id']}", **w.said(confidence)}
        if case.id not in judged and n.status in HYBRID:
            yield {**empty, **of_case, "verdict": "inferred only: nobody judged the case", **w.said(confidence)}
    for line in chosen(boundary):
        if not any(case.id in judged for case, _ in found if case.boundary == line):
            yield {**empty, "boundary": code(line), "verdict": "unknown: no judgement on this boundary in this reading", **w.said(confidence)}


@question("hybridity-by-type-and-region", "attribute value", LOOSER)
def hybridity_by_type_and_region(w: World, confidence: str = "low") -> Iterator[Row]:
    found = counted(w, None, confidence)
    for column, name in (("type", "bw:councilType"), ("region", "bw:region")):
        held = sorted(((attribute(c, column), (c, n)) for c, n in found if attribute(c, column)), key=lambda x: x[0])
        for value, group in groupby(held, key=lambda x: x[0]):
            yield {"attribute": name, "value": code(value), **_shares([f for _, f in group]), **w.said(confidence)}


@question("hybridity-by-rating-word", "term target", LOOSER, {"target": "other"}, {"target": "any"})
def hybridity_by_rating_word(w: World, target: str | None = "self", confidence: str = "low") -> Iterator[Row]:
    found = counted(w, None, confidence)
    for term in TERMS:
        for whom in (target,) if target else ("self", "other"):
            using = {w.actor(c.extract["about"]) for c in w.works(confidence) if term in c.given["rating_terms"] and c.one("rating_of") == whom}
            theirs = [(c, n) for c, n in found if c.council and c.actor in using]
            yield {"term": code(term), "target": code(whom), **_shares(theirs), **w.said(confidence)}


@question("hybridity-and-figures", "type region status figures period", LOOSER, {"boundary": "competitiveness"}, {"figures": "any"})
def hybridity_and_figures(w: World, boundary: str | None = "expertise", figures: str | None = None, confidence: str = "low") -> Iterator[Row]:
    groups: dict[tuple[str, str, str, str], list[Found]] = {}
    for case, n in counted(w, boundary, confidence):
        kind, region = attribute(case, "type"), attribute(case, "region")
        if kind and region:
            groups.setdefault((case.boundary, kind, region, n.status), []).append((case, n))
    for (line, kind, region, status), found in groups.items():
        joined = {(f["set"], f["period"], f["value"]): f for f in w.figures if f["type"] in ("", kind) and f["region"] in ("", region)
                  and (f["type"] or f["region"]) and figures in (None, f["set"])}
        for figure in joined.values() or [None]:
            beside: Row = dict.fromkeys(("figures", "period", "figure", "unit"))
            if figure is not None:
                beside = {"figures": f"figureset:{figure['set']}", "period": figure["period"], "figure": float(figure["value"]), "unit": figure["unit"] or None}
            yield {"boundary": code(line), "type": code(kind), "region": code(region), "status": code(status), "councils": councils(found),
                   "extracts": sum(n.extracts for _, n in found), **beside, **w.said(confidence)}


@question("range-of-figures-by-hybridity", "figures period group", LOOSER, {"boundary": "competitiveness"})
def range_of_figures(w: World, boundary: str | None = "expertise", confidence: str = "low") -> Iterator[Row]:
    groups: dict[tuple[str, str, str, str, str], list[tuple[Case, dict[str, str]]]] = {}
    for case, n in counted(w, boundary, confidence):
        group = "hybrid" if n.status in HYBRID else {"co-existence": "co-existence", "no-evidence": "no evidence"}.get(n.status, "another status")
        for f in w.figures:
            if f["type"] and f["region"] and (f["type"], f["region"]) == (attribute(case, "type"), attribute(case, "region")):
                groups.setdefault((case.boundary, f["set"], group, f["period"], f["unit"]), []).append((case, f))
    for (line, name, group, period, unit), held in groups.items():
        numbers = [float(f["value"]) for _, f in held]
        yield {"boundary": code(line), "figures": f"figureset:{name}", "group": group, "councils": len({c.actor for c, _ in held}),
               "cells": len({(f["type"], f["region"]) for _, f in held}), "least": min(numbers), "greatest": max(numbers), "period": period,
               "unit": unit or None, **w.said(confidence)}
