"""A study at a glance: its councils with the status of each of their cases, what was coded, and what each reading makes of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from boundwork.explore.session import Session
from boundwork.pipeline.inputs import prefixes
from boundwork.stores.answer import Rows
from boundwork.tables.studyfile import Reading
from boundwork.terms import id_of

STATUSES = ("blended", "hybrid-element", "co-existence", "undecidable", "only-bureaucratic", "only-managerial", "no-logic-coded", "no-evidence")
"""Every status, as the rules try them."""


@dataclass(frozen=True)
class Case:
    """One case: what the counts make of it, and on how many extracts."""

    iri: str
    status: str
    extracts: int
    wave: str = ""


@dataclass
class Actor:
    """A council, or the field as a whole; `cases` by the IRI of the boundary, one for each wave that was coded."""

    iri: str
    label: str
    type: str = ""
    region: str = ""
    interviews: int | None = None
    extracts: int = 0
    cases: dict[str, list[Case]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What one reading makes of the cases: status -> number."""

    reading: Reading
    statuses: dict[str, int]


@dataclass
class Overview:
    """The numbers of a study under one reading. `rows` counts the rows of each table."""

    boundaries: dict[str, str]
    actors: list[Actor]
    outcomes: list[Outcome]
    rows: dict[str, int]

    @property
    def interviews(self) -> int:
        """Interviews of all councils together; those about the field stand apart."""
        return sum(a.interviews or 0 for a in self.actors if a.type)

    @property
    def statuses(self) -> list[str]:
        """The statuses that occur in some reading, in their order."""
        seen = {s for o in self.outcomes for s in o.statuses}
        return [*(s for s in STATUSES if s in seen), *sorted(seen - set(STATUSES))]


def overview(session: Session) -> Overview:
    """Return the study as the session's reading has it."""
    actors: dict[str, Actor] = {}
    for row in _rows(session, """SELECT ?a ?l ?type ?region ?n (COUNT(DISTINCT ?x) AS ?extracts) {
            { ?a a bw:Council } UNION { ?a a bw:Field }
            OPTIONAL { ?a rdfs:label ?l } OPTIONAL { ?a bw:councilType/skos:prefLabel ?type } OPTIONAL { ?a bw:region/skos:prefLabel ?region }
            OPTIONAL { ?a bw:interviewsReported ?n } OPTIONAL { ?x bw:aboutActor ?a } } GROUP BY ?a ?l ?type ?region ?n ORDER BY ?a"""):
        iri, label, kind, region, interviews, extracts = row
        actors[iri] = Actor(iri, label or id_of(iri), kind, region, int(interviews) if interviews else None, int(extracts or 0))
    boundaries = {row[0]: row[1] for row in _rows(session, "SELECT ?b ?l { ?b a bw:BoundaryCategory ; skos:prefLabel ?l } ORDER BY ?l")}
    for case, actor, boundary, wave, status, extracts in _rows(session, """SELECT ?c ?a ?b ?w ?s ?n {
            ?c bw:focalActor ?a ; bw:caseBoundary ?b . ?t a bw:CaseTally ; bw:byCase ?c ; bw:floor code:low ; bw:caseStatus ?s ; bw:extracts ?n
            OPTIONAL { ?c bw:atWave/rdfs:label ?w } } ORDER BY ?w ?c"""):
        if actor in actors:
            actors[actor].cases.setdefault(boundary, []).append(Case(case, id_of(status), int(extracts), wave))
    for one in actors.values():  # a wave without evidence says nothing where another one has some
        for boundary, cases in one.cases.items():
            one.cases[boundary] = [c for c in cases if c.status != "no-evidence"] or cases[:1]
    return Overview(boundaries, sorted(actors.values(), key=lambda a: (not a.type, _natural(a.label))), _outcomes(session), session.built.rows)


def _outcomes(session: Session) -> list[Outcome]:
    counted: dict[str, Counter[str]] = {}
    for reading, status, number in _rows(session, """SELECT ?r ?s (COUNT(?o) AS ?n) { ?o bw:underReading ?r ; bw:outcomeStatus ?s } GROUP BY ?r ?s"""):
        counted.setdefault(id_of(reading), Counter())[id_of(status)] = int(number)
    return [Outcome(r, dict(counted.get(r.id, {}))) for r in session.study.readings.values()]


def _natural(label: str) -> tuple[Any, ...]:
    import re

    return tuple((len(p.lstrip("0")), p.lstrip("0")) if i % 2 else p.casefold() for i, p in enumerate(re.split(r"([0-9]+)", label)))


def _rows(session: Session, text: str) -> list[list[str]]:
    answer = session.store.query(text, prefixes())
    assert isinstance(answer, Rows)
    return [["" if v is None else v.text for v in row] for row in answer.rows if row and row[0] is not None]


__all__ = ["STATUSES", "Actor", "Case", "Outcome", "Overview", "overview"]
