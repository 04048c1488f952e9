"""A study as plain Python data: its tables, the codings that one reading counts, and the counts that answers are made of.

Knows csv, TOML and Tables 2 and 3 of the paper; knows no RDF, no SPARQL and nothing of the package that is tested.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

Row = dict[str, str | int | float | None]
BOUNDARIES = ("competitiveness", "expertise", "ideological-alignment", "organisational-culture")
LEVELS = ("low", "medium", "high")
FORMS = ("blurring", "bolstering", "breaching", "distancing", "internalising", "negotiating", "sharpening")
TERMS = ("direction-of-travel", "excellent", "fair", "good", "numeric-score", "poor", "weak")
REGIMES: dict[str, tuple[int | None, int | None]] = {
    "best-value": (2000, None), "caa": (2009, 2010), "corporate-peer-challenge": (None, None), "cpa": (2002, 2009)}
TABLE_3: dict[str, tuple[str, tuple[str, ...]]] = {
    "central-local-contest": ("ideological-alignment", ("bureaucratic",)),
    "managerial-alignment": ("ideological-alignment", ("managerial",)),
    "selective-alignment": ("ideological-alignment", ("hybrid",)),
    "local-expertise-first": ("expertise", ("bureaucratic",)),
    "generic-expertise-first": ("expertise", ("managerial",)),
    "locally-fitted-expertise": ("expertise", ("hybrid",)),
    "professional-silos": ("organisational-culture", ("bureaucratic",)),
    "corporate-organisation": ("organisational-culture", ("managerial", "hybrid")),
    "competing-between-organisations": ("competitiveness", ("managerial", "hybrid")),
    "competing-within-organisations": ("competitiveness", ("managerial", "hybrid")),
    "competing-over-time": ("competitiveness", ("hybrid",)),
}
"""Element -> its boundary, and the logics in whose columns it stands."""
UNPLACED = {"specialist-service-expertise": "expertise", "assessor-externality": "expertise"}
ELEMENTS = (*TABLE_3, *UNPLACED)
DISTINCTIVE = {element: logics[0] for element, (_, logics) in TABLE_3.items() if len(logics) == 1}
TABLE_2 = {"ideological-alignment": ("central-government",), "expertise": ("external-assessor",), "competitiveness": ("other-council",),
           "organisational-culture": ("service-department", "corporate-centre", "service-professional")}
"""Boundary -> the Others whom Table 2 names for it."""
WIDER = {"corporate-manager": "public-manager", "chief-executive": "corporate-manager", "corporate-director": "corporate-manager",
         "corporate-officer": "corporate-manager", "service-director": "public-manager", "corporate-performance-team": "corporate-centre",
         "audit-commission": "external-assessor", "former-council-manager": "external-assessor"}
ACTORS = ("public-manager", "corporate-manager", "chief-executive", "corporate-director", "corporate-officer", "service-director", "service-professional",
          "elected-member", "corporate-performance-team", "corporate-centre", "service-department", "national-stakeholder", "central-government",
          "external-assessor", "audit-commission", "local-government-association", "improvement-agency", "former-council-manager", "other-council",
          "manager-coalition", "interviewer", "local-government")
PURPOSE_OF = {"bolstering": "maintain", "breaching": "disrupt"}
HYBRID = ("blended", "hybrid-element")
_SINGLE = ("boundary", "work", "form", "purpose", "performed_by", "cell", "rating_of", "level", "direction", "stance", "distance", "comparer")
_SEVERAL = ("other", "elements", "logic", "regime", "rating_terms", "response", "consequence")


def code(name: str | None) -> str | None:
    """The term of a code; nothing for none."""
    return f"code:{name}" if name else None


def values(cell: str) -> list[str]:
    """The values of a cell, each once; none where it is blank or undecided."""
    return [v for v in dict.fromkeys(p.strip() for p in cell.split(";")) if v and v != "?"]


@dataclass(eq=False)
class Coding:
    """One row of codings.csv with what its own codes stand for; `given` holds the decided values of each column of theory."""

    id: str
    extract: dict[str, str]
    coder: str
    basis: str
    confidence: str
    codebook: str
    codes: list[str]
    supports: list[str]
    challenges: list[str]
    follows: str
    given: dict[str, list[str]]
    case: str = ""

    def one(self, column: str) -> str | None:
        """The value of a column that takes one."""
        return next(iter(self.given[column]), None)

    @property
    def claims(self) -> bool:
        """Whether anything of the theory is said."""
        return bool(self.follows) or any(self.given.values())

    @property
    def deplores(self) -> bool:
        return self.one("stance") == "deplored"

    @property
    def voiced(self) -> list[str]:
        """Elements that are drawn on."""
        return [] if self.deplores else self.given["elements"]

    @property
    def deplored(self) -> list[str]:
        return self.given["elements"] if self.deplores else []

    @property
    def logics(self) -> set[str]:
        return {DISTINCTIVE[e] for e in self.voiced if e in DISTINCTIVE}

    @property
    def undecided(self) -> bool:
        """Elements are voiced, and none is distinctive."""
        return bool(self.voiced) and not self.logics

    @property
    def blended(self) -> bool:
        return {"bureaucratic", "managerial"} <= self.logics

    @property
    def purposes(self) -> set[str]:
        """What the coder says, and what the form brings with it."""
        return {*self.given["purpose"], *(PURPOSE_OF[f] for f in self.given["form"] if f in PURPOSE_OF)}

    @property
    def kind(self) -> str:
        return {"boundary": "bw:BoundaryWork", "practice": "bw:PracticeWork"}.get(self.one("work") or "", "bw:InstitutionalWork")

    @property
    def extract_kind(self) -> str:
        return {"attributed": "bw:AttributedExtract", "narrative": "bw:NarrativePassage"}.get(self.extract["kind"], "bw:Extract")


def extracts(codings: Iterable[Coding], holds: Callable[[Coding], object] = lambda _: True) -> int:
    """How many extracts have a coding of which something holds."""
    return len({c.extract["id"] for c in codings if holds(c)})


@dataclass
class Counts:
    """What codings amount to: extracts by what is said in them."""

    codings: int
    extracts: int
    stated: int
    interpreted: int
    bureaucratic: int
    managerial: int
    hybrid: int
    blended: int
    undecided: int

    @property
    def status(self) -> str:
        """The first status that fits."""
        if self.blended:
            return "blended"
        if self.hybrid:
            return "hybrid-element"
        if self.bureaucratic and self.managerial:
            return "co-existence"
        if self.undecided:
            return "undecidable"
        if self.bureaucratic:
            return "only-bureaucratic"
        if self.managerial:
            return "only-managerial"
        return "no-logic-coded" if self.extracts else "no-evidence"


def count(codings: Iterable[Coding]) -> Counts:
    """Count extracts and codings."""
    c = list(codings)
    return Counts(len(c), extracts(c), extracts(c, lambda k: k.basis == "stated"), extracts(c, lambda k: k.basis == "interpreted"),
                  extracts(c, lambda k: "bureaucratic" in k.logics), extracts(c, lambda k: "managerial" in k.logics),
                  extracts(c, lambda k: "hybrid" in k.logics), extracts(c, lambda k: k.blended), extracts(c, lambda k: k.undecided))


@dataclass(frozen=True)
class Case:
    """An actor's boundary at a wave, or undated."""

    id: str
    actor: str
    boundary: str
    wave: str
    council: dict[str, str] | None = field(hash=False)


class World:
    """A study under one reading."""

    def __init__(self, folder: Path, reading: str) -> None:
        self.folder, self.reading = folder, reading
        self.toml = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
        self.councils = {r["id"]: r for r in self.table("councils")}
        self.field = self.toml.get("field", {}).get("id", "sector")
        self.waves = self.toml.get("waves", {})
        self.codebook = self.toml["study"].get("codebook-version", "1.0.0")
        self.sources = self.table("sources")
        self.speakers = {r["id"]: r for r in self.table("speakers")}
        self.claims = self.table("claims")
        self.entries = self.table("codebook")
        self.extracts = {r["id"]: {"kind": "", "wave": "", "speaker": "", "section": "", **r, "about": r.get("about") or self.field}
                         for r in self.table("extracts")}
        self.figures = [{**r, "set": p.stem, "unit": tomllib.loads(p.with_suffix(".toml").read_text(encoding="utf-8")).get("unit", "")}
                        for p in sorted((folder / "figures").glob("*.csv")) for r in self._read(p) if r["value"]]
        self.maps = {r["id"]: values(r.get("maps_to", "")) for r in self.table("codes")}
        self.every = [self._coding(r) for r in self.table("codings")]

    def table(self, name: str) -> list[dict[str, str]]:
        """The rows of a table; none where there is no file."""
        path = self.folder / f"{name}.csv"
        return self._read(path) if path.is_file() else []

    @staticmethod
    def _read(path: Path) -> list[dict[str, str]]:
        with open(path, newline="", encoding="utf-8") as file:
            return [{k: v.strip() for k, v in row.items()} for row in csv.DictReader(file)]

    def _coding(self, row: dict[str, str]) -> Coding:
        get = {**dict.fromkeys((*_SINGLE, *_SEVERAL, "code", "codebook", "supports", "challenges", "follows"), ""), **row}
        given = {column: values(get[column]) for column in (*_SINGLE, *_SEVERAL)}
        for own in values(get["code"]):
            for column, value in self._stands_for(own):
                said = get[column]
                if said != "?" and (not said or column in _SEVERAL) and value not in given[column]:
                    given[column].append(value)
        made = Coding(row["id"], self.extracts[row["extract"]], row["coder"], row["basis"], row["confidence"], get["codebook"] or self.codebook,
                      values(get["code"]), values(get["supports"]), values(get["challenges"]), get["follows"], given)
        if boundary := made.one("boundary"):
            made.case = self.case_id(made.extract["about"], boundary, made.extract["wave"])
        return made

    def _stands_for(self, own: str) -> list[tuple[str, str]]:
        places = {**dict.fromkeys(BOUNDARIES, "boundary"), **dict.fromkeys(ELEMENTS, "elements"), **dict.fromkeys(FORMS, "form"),
                  **dict.fromkeys(ACTORS, "other"), **dict.fromkeys(REGIMES, "regime"), **dict.fromkeys(TERMS, "rating_terms")}
        return [(places[v], v) for v in self.maps.get(own, []) if v in places]

    @staticmethod
    def case_id(about: str, boundary: str, wave: str) -> str:
        return "-".join(filter(None, (about, boundary, wave)))

    def actor(self, name: str) -> str:
        """The term of a council or of the field."""
        return f"council:{name}" if name in self.councils else f"field:{name}"

    def codings_of(self, reading: str) -> list[Coding]:
        """Codings that a reading counts: its coders', or those that the decisions keep."""
        about = self.toml["readings"][reading]
        if about.get("adjudicated"):
            kept = {k for r in self.table("decisions") for k in values(r["keeps"])}
            return [c for c in self.every if c.id in kept]
        return [c for c in self.every if c.coder in about["coders"]]

    @cached_property
    def codings(self) -> list[Coding]:
        return self.codings_of(self.reading)

    def sure(self, floor: str, codings: list[Coding] | None = None) -> list[Coding]:
        """Codings of at least this confidence, whether or not they claim work."""
        return [c for c in (self.codings if codings is None else codings) if LEVELS.index(c.confidence) >= LEVELS.index(floor)]

    def works(self, floor: str) -> list[Coding]:
        """Codings of at least this confidence that claim work."""
        return [c for c in self.sure(floor) if c.claims]

    @cached_property
    def cases(self) -> list[Case]:
        """Every actor by every boundary, at each wave of its extracts; undated where it has none."""
        found = []
        for actor in (*self.councils, self.field):
            waves = {e["wave"] for e in self.extracts.values() if e["about"] == actor} or {""}
            found += [Case(self.case_id(actor, b, w), self.actor(actor), b, w, self.councils.get(actor)) for b in BOUNDARIES for w in waves]
        return sorted(found, key=lambda c: c.id)

    def counts(self, floor: str, reading: str = "") -> dict[str, Counts]:
        """Counts of every case."""
        codings = self.sure(floor, self.codings_of(reading) if reading else None)
        return {case.id: count(c for c in codings if c.case == case.id) for case in self.cases}

    def judgements(self) -> list[dict[str, str]]:
        """Judgements of the coders of this reading; none where codings were chosen one by one."""
        about = self.toml["readings"][self.reading]
        coders = [] if about.get("adjudicated") else about["coders"]
        return [{**r, "about": r["about"] or self.field} for r in self.table("judgements") if r["coder"] in coders]

    def role(self, coding: Coding) -> str | None:
        """The role of who speaks."""
        speaker = self.speakers.get(coding.extract["speaker"])
        return speaker["role"] if speaker and speaker["role"] != "?" and speaker["role"] else None

    def said(self, floor: str) -> Row:
        """The two columns at the end of most answers."""
        return {"confidence": code(floor), "reading": f"reading:{self.reading}"}


Answer = Callable[..., Iterable[Row]]


@dataclass(frozen=True)
class Question:
    """A reference answer, the columns it is ordered by, and values of its parameters to ask for besides the default."""

    answer: Answer
    order: tuple[str, ...]
    also: tuple[dict[str, str | int], ...]


QUESTIONS: dict[str, Question] = {}


def question(slug: str, order: str, *also: dict[str, str | int]) -> Callable[[Answer], Answer]:
    """Register a reference answer. In `order` a column with - before it falls, one with ~ behind it has its blanks last."""

    def register(answer: Answer) -> Answer:
        QUESTIONS[slug] = Question(answer, tuple(order.split()), also)
        return answer

    return register


T = TypeVar("T")


def or_none(found: Iterable[T]) -> list[T | None]:
    """What was found, or a single nothing, for the row that says that there is none."""
    return [*found] or [None]


LOOSER: dict[str, str | int] = {"confidence": "medium"}
STRICT: dict[str, str | int] = {"confidence": "high"}
EXPERTISE: dict[str, str | int] = {"boundary": "expertise", "confidence": "medium"}


def chosen(asked: str | None) -> tuple[str, ...]:
    """The boundaries that a parameter leaves: the one, or all."""
    return (asked,) if asked else BOUNDARIES
