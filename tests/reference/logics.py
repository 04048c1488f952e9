"""Reference answers about logics: which roles draw on which, and which elements stand together."""

from __future__ import annotations

from collections.abc import Iterator

from reference.world import ACTORS, ELEMENTS, EXPERTISE, LOOSER, STRICT, WIDER, Coding, Row, World, chosen, code, count, extracts, or_none, question

_NAMED = ("chief-executive", "corporate-director", "corporate-officer", "corporate-manager", "service-director", "service-professional", "elected-member",
          "national-stakeholder")


def _logics(codings: list[Coding]) -> Row:
    n = count(codings)
    return {"bureaucratic": n.bureaucratic, "managerial": n.managerial, "hybrid_element": n.hybrid, "blended": n.blended, "undecided": n.undecided,
            "extracts": n.extracts, "stated": n.stated, "interpreted": n.interpreted}


@question("roles-and-logics", "role", LOOSER)
def roles_and_logics(w: World, confidence: str = "low") -> Iterator[Row]:
    for role in ACTORS:
        spoken = [c for c in w.works(confidence) if w.role(c) == role]
        if spoken or role in _NAMED:
            yield {"role": code(role), **_logics(spoken), **w.said(confidence)}


@question("professional-and-corporate-managers", "boundary group", EXPERTISE)
def professional_and_corporate_managers(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for line in chosen(boundary):
        for group in ("corporate-manager", "service-director", "service-professional"):
            spoken = [c for c in w.works(confidence) if c.one("boundary") == line and group in (w.role(c), WIDER.get(w.role(c) or ""))]
            yield {"boundary": code(line), "group": code(group), **_logics(spoken), **w.said(confidence)}


@question("elements-together", "-extracts element second", LOOSER, STRICT, {"element": "local-expertise-first"})
def elements_together(w: World, element: str | None = None, confidence: str = "low") -> Iterator[Row]:
    works = w.works(confidence)
    voiced: dict[str, set[str]] = {}
    for c in works:
        voiced.setdefault(c.extract["id"], set()).update(c.voiced)

    def holding(each: str) -> int:
        return extracts(c for c in works if each in c.voiced)

    for first in (element,) if element else ELEMENTS:
        seconds: list[str] = sorted({e for together in voiced.values() if first in together for e in together} - {first})
        for second in or_none(seconds):
            yield {"element": code(first), "second": code(second), "extracts": sum({first, second} <= together for together in voiced.values()),
                   "codings": sum({first, second} <= set(c.voiced) for c in works), "element_extracts": holding(first),
                   "second_extracts": holding(second) if second else 0, **w.said(confidence)}
