"""Reference answers about regimes and ratings: what is done under them, when they held, and who is called what by whom."""

from __future__ import annotations

from collections.abc import Iterator

from reference.boundaries import shown
from reference.world import LOOSER, REGIMES, TERMS, Row, World, code, extracts, question


@question("rating-words-by-speaker", "term target kind role", LOOSER, {"term": "excellent"})
def rating_words_by_speaker(w: World, term: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for word in (term,) if term else TERMS:
        using = [c for c in w.works(confidence) if word in c.given["rating_terms"]]
        groups: set[tuple[str | None, str | None, str | None]] = {(c.one("rating_of"), c.extract_kind, w.role(c)) for c in using}
        for target, kind, role in groups or {(None, None, None)}:
            n = shown(c for c in using if (c.one("rating_of"), c.extract_kind, w.role(c)) == (target, kind, role))
            del n["codings"]
            yield {"term": code(word), "target": code(target), "kind": kind, "role": code(role), **n, **w.said(confidence)}


@question("rating-words-for-self-and-others", "term~", LOOSER)
def rating_words_for_self_and_others(w: World, confidence: str = "low") -> Iterator[Row]:
    works = w.works(confidence)
    for word in (*TERMS, None):
        using = [c for c in works if (word in c.given["rating_terms"] if word else not c.given["rating_terms"] and c.one("rating_of"))]
        if word or using:
            yield {"term": code(word), "self": extracts(c for c in using if c.one("rating_of") == "self"),
                   "other": extracts(c for c in using if c.one("rating_of") == "other"), "unsaid": extracts(c for c in using if not c.one("rating_of")),
                   **w.said(confidence)}


@question("regime-work", "regime~ boundary~ kind~", LOOSER, {"regime": "cpa"})
def regime_work(w: World, regime: str | None = None, confidence: str = "low") -> Iterator[Row]:
    works = w.works(confidence)
    for each in (regime,) if regime else (*REGIMES, None):
        under = [c for c in works if (each in c.given["regime"] if each else not c.given["regime"])]
        groups: set[tuple[str | None, str | None]] = {(c.one("boundary"), c.kind) for c in under}
        for line, kind in groups or ({(None, None)} if each else ()):
            here = [c for c in under if (c.one("boundary"), c.kind) == (line, kind)]
            n = shown(here)
            del n["codings"]
            yield {"regime": code(each), "boundary": code(line), "kind": kind, **n, "creating": extracts(c for c in here if "create" in c.purposes),
                   "maintaining": extracts(c for c in here if "maintain" in c.purposes),
                   "disrupting": extracts(c for c in here if "disrupt" in c.purposes), **w.said(confidence)}


def _in_force(first: int | None, last: int | None, starts: int | None, ends: int | None) -> str:
    if first is None and last is None:
        return "unknown: the wave has no year"
    if ends is not None and first is not None and ends < first:
        return "not in force: ended before"
    latest = last if last is not None else first
    if starts is not None and latest is not None and starts > latest:
        return "not in force: began later"
    if starts is None:
        return "unknown: no first year is given"
    return "in force, as far as known: no last year is given" if ends is None else "in force"


@question("regimes-in-force", "_place wave regime")
def regimes_in_force(w: World) -> Iterator[Row]:
    said = {"reading": f"reading:{w.reading}"}
    for wave, about in w.waves.items():
        first, last = about.get("start-year"), about.get("end-year")
        for regime, (starts, ends) in REGIMES.items():
            yield {"wave": f"wave:{wave}", "extracts": sum(e["wave"] == wave for e in w.extracts.values()), "regime": code(regime), "starts": starts,
                   "ends": ends, "answer": _in_force(first, last, starts, ends), "_place": 9999 if first is None else first, **said}
    yield {"wave": None, "extracts": sum(not e["wave"] for e in w.extracts.values()), "regime": None, "starts": None, "ends": None,
           "answer": "unknown: these extracts carry no wave", "_place": 99999, **said}
