"""Whether an answer narrows an anonymous case to too few real councils, and the note that says so. Open studies get none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from boundwork.terms import BW, CODE, STUDY, iri
from boundwork.wording import counted

if TYPE_CHECKING:
    from boundwork.explore.session import Session

_TO_COUNCIL = ("?x a bw:Council BIND(?x AS ?c)", "?x bw:focalActor ?c", "?x bw:aboutActor ?c", "?x bw:speaksFor ?c", "?x bw:codes/bw:aboutActor ?c",
               "?x ^bw:claimsWork/bw:codes/bw:aboutActor ?c", "?x bw:judges/bw:focalActor ?c")
"""How a thing of the study leads to its council."""
_BATCH = 500


def disclosure_note(session: Session, rows: Iterable[Iterable[str]]) -> str:
    """Return a note for an answer of an anonymised study; `rows` are the IRIs in each of its rows. Empty where no row is too narrow.

    A row that names a case, or anything that leads to one, gives away all that is published about that case; a row with a type and
    a region gives away their cell.
    """
    study = session.study
    if not study.anonymised:
        return ""
    listed = [[i for i in row if i.startswith((STUDY, CODE))] for row in rows]
    if not any(listed):
        return ""
    from boundwork.linking.disclosure import RULE, THRESHOLD

    threshold = study.disclosure_threshold or THRESHOLD
    found = [n for n in _shared(session, listed) if n is not None and n < threshold]
    if not found:
        return ""
    if study.override(RULE) is not None:
        return f"Disclosure: rows point at as few as {counted(min(found), 'real council')}; the study sets that aside, and boundwork disclosure says why."
    return (f"Disclosure: {counted(len(found), 'row')} of this answer {'points' if len(found) == 1 else 'point'} at fewer than {threshold} real councils, "
            f"the narrowest at {min(found)}; each further column narrows it more. Do not publish it as it is: see boundwork disclosure --coarsen.")


def _shared(session: Session, rows: list[list[str]]) -> Iterator[int | None]:
    """How many real councils share what each row gives away."""
    from boundwork.linking.disclosure import read_counts, reference_file, study_day
    from boundwork.linking.words import Words

    regions, types, broader = _codes(session)
    words = Words({t: t for t in types}, {r: r for r in regions}, broader)
    day = study_day([w.start_year for w in session.study.waves.values()])
    counts = read_counts(words, reference_file(session.folder)).at(day)
    councils = _councils(session, {i for row in rows for i in row if i.startswith(STUDY)})
    for row in rows:
        codes = [i.removeprefix(CODE) for i in row if i.startswith(CODE)]
        kinds, places = [c for c in codes if c in types], [c for c in codes if c in regions]
        cases = [councils[i] for i in row if i in councils]
        numbers = [number if number is not None else counts.sharing(kind, region) for kind, region, number in cases]
        if kinds or places:
            numbers.append(counts.sharing(kinds[0] if kinds else "", places[0] if places else ""))
        yield min((n for n in numbers if n is not None), default=None)


def _codes(session: Session) -> tuple[set[str], set[str], dict[str, str]]:
    regions: set[str] = set()
    types: set[str] = set()
    broader: dict[str, str] = {}
    query = f"""SELECT ?kind ?code ?above WHERE {{ VALUES ?kind {{ {iri(BW + 'Region')} {iri(BW + 'CouncilType')} }} ?code a ?kind .
              OPTIONAL {{ ?code <http://www.w3.org/2004/02/skos/core#broader> ?above }} }}"""
    for kind, code, above in session.asked.select(query):
        assert kind is not None
        assert code is not None
        (regions if kind.text == BW + "Region" else types).add(code.text.removeprefix(CODE))
        if above is not None:
            broader[code.text.removeprefix(CODE)] = above.text.removeprefix(CODE)
    return regions, types, broader


def _councils(session: Session, things: set[str]) -> dict[str, tuple[str, str, int | None]]:
    """Thing of the study -> type, region of its council, and how many share it as the build counted; the narrowest of several."""
    found: dict[str, tuple[str, str, int | None]] = {}
    ordered = sorted(things)
    for start in range(0, len(ordered), _BATCH):
        ways = " UNION ".join(f"{{ {way} }}" for way in _TO_COUNCIL)
        query = f"""PREFIX bw: <{BW}>
SELECT ?x ?type ?region ?n WHERE {{ VALUES ?x {{ {' '.join(map(iri, ordered[start:start + _BATCH]))} }} {ways} ?c a bw:Council .
  OPTIONAL {{ ?c bw:councilType ?type }} OPTIONAL {{ ?c bw:region ?region }} OPTIONAL {{ ?c bw:sharedBy ?n }} }}"""
        for thing, kind, region, number in session.asked.select(query):
            assert thing is not None
            new = (kind.text.removeprefix(CODE) if kind else "", region.text.removeprefix(CODE) if region else "", int(number.text) if number else None)
            old = found.get(thing.text)
            if old is None or (new[2] is not None and (old[2] is None or new[2] < old[2])):
                found[thing.text] = new
    return found
