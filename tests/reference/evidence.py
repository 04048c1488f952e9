"""Reference answers about evidence: claims, the chain of a case, elements, what is stated, and what an answer hangs on."""

from __future__ import annotations

from collections.abc import Iterator

from reference.world import (
    BOUNDARIES,
    DISTINCTIVE,
    EXPERTISE,
    HYBRID,
    LOOSER,
    STRICT,
    TABLE_3,
    UNPLACED,
    Counts,
    Row,
    World,
    chosen,
    code,
    count,
    extracts,
    or_none,
    question,
)


@question("claims-without-evidence", "claim", LOOSER, STRICT)
def claims_without_evidence(w: World, confidence: str = "low") -> Iterator[Row]:
    spoken_of = {claim for c in w.sure(confidence) for claim in (*c.supports, *c.challenges)}
    bare = [r["id"] for r in w.claims if r["id"] not in spoken_of]
    for claim in bare:
        yield {"claim": f"claim:{claim}", "answer": "no coded extract", "extracts": 0, **w.said(confidence)}
    if not bare:
        yield {"claim": None, "answer": "none: every claim has a coded extract" if w.claims else "none: the study lists no claims", "extracts": 0,
               **w.said(confidence)}


@question("counter-evidence", "-challenging claim", LOOSER, {"claim": "c1"})
def counter_evidence(w: World, claim: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for row in w.claims:
        if claim in (None, row["id"]):
            against = [c for c in w.sure(confidence) if row["id"] in c.challenges]
            support = [c for c in w.sure(confidence) if row["id"] in c.supports]
            n = count({*against, *support})
            yield {"claim": f"claim:{row['id']}", "challenging": extracts(against), "supporting": extracts(support), "extracts": n.extracts,
                   "stated": n.stated, "interpreted": n.interpreted, **w.said(confidence)}


@question("evidence-chain", "case extract coding element deplored", {"case": "sector-expertise"})
def evidence_chain(w: World, case: str | None = None) -> Iterator[Row]:
    counts = w.counts("low")
    coded = sorted(c.id for c in w.cases if counts[c.id].codings and case in (None, c.id))[:10]
    chain = sorted((c for c in w.codings if c.case in coded), key=lambda c: (c.case, c.extract["id"], c.id))
    rows = [(c, element, deplored) for c in chain for element in or_none(sorted(c.voiced)) for deplored in or_none(sorted(c.deplored))]
    for c, element, deplored in rows[:50]:
        yield {"case": f"case:{c.case}", "status": code(counts[c.case].status), "total": counts[c.case].codings, "coding": f"coding:{c.id}",
               "coder": f"coder:{c.coder}", "basis": code(c.basis), "confidence": code(c.confidence), "element": code(element),
               "logic": code(DISTINCTIVE.get(element or "")), "deplored": code(deplored), "extract": f"extract:{c.extract['id']}",
               "source": f"source:{c.extract['source']}", "section": c.extract["section"] or None, "start": int(c.extract["start"]),
               "end": int(c.extract["end"]), "reading": f"reading:{w.reading}"}


@question("evidence-per-element", "extracts element", EXPERTISE, {"boundary": "competitiveness"})
def evidence_per_element(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for element, line in {**{e: b for e, (b, _) in TABLE_3.items()}, **UNPLACED}.items():
        if line in chosen(boundary):
            n = count(c for c in w.works(confidence) if element in c.voiced)
            yield {"element": code(element), "boundary": code(line), "distinctive": code(DISTINCTIVE.get(element)), "extracts": n.extracts,
                   "deplored": extracts(c for c in w.works(confidence) if element in c.deplored), "stated": n.stated, "interpreted": n.interpreted,
                   **w.said(confidence)}


@question("stated-and-interpreted", "boundary~ kind -basis", EXPERTISE)
def stated_and_interpreted(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for line in (boundary,) if boundary else (*BOUNDARIES, None):
        for kind in ("bw:AttributedExtract", "bw:NarrativePassage", "bw:Extract"):
            for basis in ("stated", "interpreted"):
                found = [c for c in w.sure(confidence) if (c.one("boundary"), c.extract_kind, c.basis) == (line, kind, basis)]
                n = count(found)
                if found or (line and kind != "bw:Extract"):
                    yield {"boundary": code(line), "kind": kind, "basis": code(basis), "extracts": n.extracts, "codings": n.codings,
                           "bureaucratic": n.bureaucratic, "managerial": n.managerial, "hybrid": n.hybrid, "undecided": n.undecided, **w.said(confidence)}


def _decisive(n: Counts) -> int:
    return {"blended": n.blended, "hybrid-element": n.hybrid, "co-existence": min(n.bureaucratic, n.managerial), "undecidable": n.undecided,
            "only-bureaucratic": n.bureaucratic, "only-managerial": n.managerial}.get(n.status, n.extracts)


@question("single-extract-answers", "boundary case", {"most": 2}, {"most": 0}, EXPERTISE)
def single_extract_answers(w: World, most: int = 1, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    counts = w.counts(confidence)
    found = [(c, counts[c.id]) for c in w.cases if c.boundary in chosen(boundary) and counts[c.id].extracts and _decisive(counts[c.id]) <= most]
    for case, n in found:
        decisive = _decisive(n)
        answer = "the case has this one extract" if n.extracts == 1 else "one extract decides" if decisive == 1 else "few extracts decide"
        yield {"boundary": code(case.boundary), "actor": case.actor, "case": f"case:{case.id}", "status": code(n.status), "decisive": decisive,
               "extracts": n.extracts, "answer": answer, **w.said(confidence)}
    if not found:
        yield {"boundary": code(boundary), "actor": None, "case": None, "status": None, "decisive": 0, "extracts": 0,
               "answer": "none: no coded case hangs on so few extracts", **w.said(confidence)}


@question("answers-without-low-confidence", "boundary case", STRICT, {"confidence": "low"}, {"boundary": "expertise"})
def answers_without_low_confidence(w: World, boundary: str | None = None, confidence: str = "medium") -> Iterator[Row]:
    every, kept = w.counts("low"), w.counts(confidence)
    found = [c for c in w.cases if c.boundary in chosen(boundary) and every[c.id].status != kept[c.id].status]
    for case in found:
        before, after = every[case.id], kept[case.id]
        yield {"boundary": code(case.boundary), "actor": case.actor, "case": f"case:{case.id}", "status": code(before.status),
               "without": code(after.status), "extracts": before.extracts, "remaining": after.extracts,
               "answer": "the status changes" if after.extracts else "no evidence remains", **w.said(confidence)}
    if not found:
        yield {"boundary": code(boundary), "actor": None, "case": None, "status": None, "without": None, "extracts": 0, "remaining": 0,
               "answer": "none: every case keeps its status", **w.said(confidence)}


def _difference(mine: Counts, theirs: Counts) -> str:
    if not mine.extracts:
        return "not coded in this reading"
    if not theirs.extracts:
        return "not coded in the other reading"
    if mine.status == "no-logic-coded":
        return "no logic is coded in this reading"
    if theirs.status == "no-logic-coded":
        return "no logic is coded in the other reading"
    if (mine.status in HYBRID) == (theirs.status in HYBRID):
        return "another status, the same answer about hybridity"
    return f"changes: hybrid in {'this' if mine.status in HYBRID else 'the other'} reading only"


@question("reading-differences", "boundary case other", {"other": "both"}, {"boundary": "expertise"}, {"other": "ann"})
def reading_differences(w: World, boundary: str | None = None, other: str | None = None) -> Iterator[Row]:
    mine, said = w.counts("low"), {"reading": f"reading:{w.reading}"}
    found = False
    for name in (other,) if other else w.toml["readings"]:
        theirs = w.counts("low", name)
        for case in w.cases:
            if case.boundary in chosen(boundary) and mine[case.id].status != theirs[case.id].status:
                found = True
                yield {"boundary": code(case.boundary), "actor": case.actor, "case": f"case:{case.id}", "status": code(mine[case.id].status),
                       "extracts": mine[case.id].extracts, "other": f"reading:{name}", "other_status": code(theirs[case.id].status),
                       "other_extracts": theirs[case.id].extracts, "answer": _difference(mine[case.id], theirs[case.id]), **said}
    if not found:
        yield {"boundary": code(boundary), "actor": None, "case": None, "status": None, "extracts": 0, "other": f"reading:{other}" if other else None,
               "other_status": None, "other_extracts": 0, "answer": "none: every case has the same status", **said}
