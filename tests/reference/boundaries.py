"""Reference answers about work: its forms, purposes, sequences and performers, and the Others against whom lines are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reference.world import ACTORS, EXPERTISE, FORMS, LOOSER, TABLE_2, WIDER, Coding, Row, World, chosen, code, count, extracts, or_none, question

_KINDS = ("bw:BoundaryWork", "bw:PracticeWork")
_MOVES = {"bolstering": "draws", "sharpening": "draws", "distancing": "draws", "breaching": "crosses", "internalising": "crosses", "blurring": "blurs",
          "negotiating": "negotiates"}
_NATIONAL = ("central-government", "national-stakeholder", "audit-commission", "external-assessor", "former-council-manager", "local-government-association",
             "improvement-agency")
_PLACES = {"between councils": ("other-council",), "with assessors": ("external-assessor", "audit-commission", "former-council-manager"),
           "with the centre": ("central-government", "national-stakeholder", "local-government-association", "improvement-agency"),
           "inside a council": ("service-department", "service-professional", "service-director", "corporate-centre", "corporate-performance-team",
                                "corporate-manager", "chief-executive", "corporate-director", "corporate-officer", "public-manager", "elected-member")}
_ALWAYS = ("other-council", "external-assessor", "central-government", "service-department", "corporate-centre", "service-professional")


def shown(codings: Iterable[Coding]) -> Row:
    """The four columns that count works."""
    n = count(codings)
    return {"extracts": n.extracts, "codings": n.codings, "stated": n.stated, "interpreted": n.interpreted}


@question("boundary-work-then-practice-work", "boundary earlier kind", EXPERTISE, LOOSER)
def boundary_work_then_practice_work(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    works = w.works(confidence)
    by_id = {c.id: c for c in works}

    def earlier(c: Coding) -> str:
        before = by_id.get(c.follows)
        return before.kind if before and before.extract is c.extract and before.kind in _KINDS else ""

    for line in chosen(boundary):
        for first in _KINDS:
            for kind in _KINDS:
                later = [c for c in works if c.follows and c.kind == kind and c.one("boundary") == line]
                yield {"boundary": code(line), "earlier": first, "kind": kind, **shown(c for c in later if earlier(c) == first),
                       "earlier_elsewhere": extracts(c for c in later if not earlier(c)), **w.said(confidence)}


def _boundaries(works: list[Coding]) -> set[str]:
    return {line for c in works if (line := c.one("boundary"))}


def _by_performer(works: list[Coding]) -> Iterator[Row]:
    performers = {p for c in works if (p := c.one("performed_by"))}
    for performer in or_none(performers):
        yield {"performer": code(performer), **shown(c for c in works if performer and c.one("performed_by") == performer),
               "without_performer": extracts(c for c in works if not c.one("performed_by"))}


@question("forms-by-performer", "form performer", LOOSER, {"form": "bolstering"})
def forms_by_performer(w: World, form: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for each in (form,) if form else FORMS:
        for row in _by_performer([c for c in w.works(confidence) if c.one("form") == each]):
            yield {"form": code(each), **row, **w.said(confidence)}


@question("line-drawers-and-crossers", "boundary move form performer", EXPERTISE, {"boundary": "any"})
def line_drawers_and_crossers(w: World, boundary: str | None = "ideological-alignment", confidence: str = "low") -> Iterator[Row]:
    for line in chosen(boundary):
        for form, move in _MOVES.items():
            for row in _by_performer([c for c in w.works(confidence) if c.one("form") == form and c.one("boundary") == line]):
                yield {"boundary": code(line), "move": move, "form": code(form), **row, **w.said(confidence)}


def _table2(line: str, other: str) -> str:
    if other in TABLE_2[line]:
        return "named for this boundary"
    if WIDER.get(other) in TABLE_2[line]:
        return "a wider one is named for this boundary"
    return "named for another boundary" if any(other in others for others in TABLE_2.values()) else "not in Table 2"


@question("others-by-boundary", "boundary other", EXPERTISE)
def others_by_boundary(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for line in chosen(boundary):
        here = [c for c in w.codings if c.one("boundary") == line]
        sure = [c for c in w.works(confidence) if c.one("boundary") == line]
        for other in {*TABLE_2[line], *(o for c in here for o in c.given["other"])}:
            yield {"boundary": code(line), "other": code(other), "table2": _table2(line, other), **shown(c for c in sure if other in c.given["other"]),
                   "without_other": extracts(c for c in sure if not c.given["other"]), **w.said(confidence)}


@question("places-of-boundaries", "place other boundary", EXPERTISE, LOOSER)
def places_of_boundaries(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for other in ACTORS:
        place = next((p for p, others in _PLACES.items() if other in others), "elsewhere")
        lines = {line for c in w.works(confidence) if other in c.given["other"] and (line := c.one("boundary")) in chosen(boundary)}
        for line in lines or ([boundary] if other in _ALWAYS else []):
            yield {"place": place, "other": code(other), "boundary": code(line),
                   **shown(c for c in w.works(confidence) if line and other in c.given["other"] and c.one("boundary") == line), **w.said(confidence)}


@question("purposes-by-council", "actor kind", LOOSER, {"actor": "sector"})
def purposes_by_council(w: World, actor: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for name in (*w.councils, w.field):
        for kind in _KINDS if actor in (None, name) else ():
            works = [c for c in w.works(confidence) if c.extract["about"] == name and c.kind == kind]
            yield {"actor": w.actor(name), "kind": kind, **{p: extracts(c for c in works if p in c.purposes) for p in ("create", "maintain", "disrupt")},
                   "without_purpose": extracts(c for c in works if not c.purposes), **w.said(confidence)}


@question("work-of-national-actors", "actor kind boundary", LOOSER, {"actor": "audit-commission"})
def work_of_national_actors(w: World, actor: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for name in _NATIONAL:
        for kind in _KINDS if actor in (None, name) else ():
            works = [c for c in w.works(confidence) if c.one("performed_by") == name and c.kind == kind]
            for line in or_none(_boundaries(works)):
                yield {"actor": code(name), "kind": kind, "boundary": code(line), **shown(c for c in works if line and c.one("boundary") == line),
                       "without_boundary": extracts(c for c in works if not c.one("boundary")), **w.said(confidence)}


@question("internalised-practices", "boundary case kind", EXPERTISE, LOOSER)
def internalised_practices(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    cases = {c.id: c for c in w.cases if c.boundary in chosen(boundary)}
    works = [c for c in w.works(confidence) if c.one("form") == "internalising" and c.case in cases]
    for case, kind in {(c.case, c.kind) for c in works}:
        n = shown(c for c in works if (c.case, c.kind) == (case, kind))
        del n["codings"]
        yield {"boundary": code(cases[case].boundary), "actor": cases[case].actor, "case": f"case:{case}", "kind": kind, **n, **w.said(confidence)}
    if not works:
        yield {"boundary": code(boundary), "actor": None, "case": None, "kind": None, "extracts": 0, "stated": 0, "interpreted": 0, **w.said(confidence)}
