"""A study's named councils and a register -> links by code and date, by exact name, by succession; all that is only alike is left to a person.

A fuzzy score never makes a link: of the councils of 2004 that a modern list lacks, each has a near name in it, and each near name is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from boundwork.linking.history import Body, History
from boundwork.linking.registers import AssignedCode, Council, Register
from boundwork.linking.words import Words, plain_name

SAME, SUCCESSOR = "same", "successor"
_MOST_STEPS = 12
_MOST_ALIKE = 3
_LEAST_SCORE = 75.0
_GENERIC = {"council", "borough", "district", "city", "county", "metropolitan", "royal", "of", "the", "london", "corporation", "unitary", "authority", "cyngor"}
"""Words that most names share; left out where likeness is scored, and nowhere else."""



@dataclass(frozen=True)
class Link:
    """One council of the study and one of the register. `how` is code, name, succession or person; `why` says it in words."""

    council: Council
    found: Council
    relation: str
    how: str
    match: str
    why: str
    chain: tuple[str, ...] = ()
    by: str = ""
    on: str = ""
    score: float | None = None


@dataclass(frozen=True)
class Candidate:
    """What may be a link and is for a person to say. `score` runs from 0 to 100 and is None where no score is the reason."""

    council: Council
    found: Council
    why: str
    score: float | None = None


@dataclass
class Matching:
    """Links, what is left to a person, and the councils that have no link at all."""

    links: list[Link] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    unlinked: list[Council] = field(default_factory=list)


def core_name(name: str) -> str:
    """Return a name without the words that most names share; the whole name where nothing else is left.

    >>> core_name("South Shropshire District Council")
    'south shropshire'
    """
    plain = plain_name(name)
    return " ".join(w for w in plain.split() if w not in _GENERIC) or plain


class Matcher:
    """Looks councils up in a register as of a day; follows successors through the register and a history."""

    def __init__(self, register: Register, history: History, words: Words, day: date) -> None:
        self.register, self.history, self.words, self.day = register, history, words, day
        self._cores: dict[str, list[Council]] | None = None

    def match(self, councils: Iterable[Council]) -> Matching:
        """Return what is found for each council, in the order given."""
        result = Matching()
        for council in councils:
            links, doubts = self._one(council)
            result.links += links
            doubts = [d for d in doubts if d.found.key not in {link.found.key for link in links}]
            if not links:
                result.unlinked.append(council)
                seen = {c.found.key for c in doubts}
                doubts += [c for c in self._alike(council) if c.found.key not in seen]
            result.candidates += doubts
        return result

    def _one(self, council: Council) -> tuple[list[Link], list[Candidate]]:
        """Return the one council that is the same, where there is one, with its successors, and what is left to a person."""
        hits, doubts = self._by_code(council)
        if not hits and not doubts and not any(self._holders(code) for code in council.codes):
            hits, doubts = self._by_name(council)
        return [*hits, *self._successors(council, hits[0].found if hits else None)], doubts

    def _holders(self, code: AssignedCode) -> list[tuple[Council, AssignedCode]]:
        keys = list(self.history.alike(code.key))
        return [pair for key in keys for pair in self.register.by_code.get(key, ())]

    def _by_code(self, council: Council) -> tuple[list[Link], list[Candidate]]:
        fitting: dict[str, Link] = {}
        doubts: list[tuple[str, Candidate]] = []
        for code in council.codes:
            for found, theirs in self._holders(code):
                if objection := self._objection(council, found):
                    doubts.append((code.shown, Candidate(council, found, f"The code {code.shown} is there, but {objection}.")))
                    continue
                if not theirs.holds(self.day) and theirs.key == code.key and (theirs.start or theirs.end) and not self._alone(theirs):
                    why = f"The code {code.shown} is there, but not for {self.day}, and others have had it."
                    doubts.append((code.shown, Candidate(council, found, why)))
                    continue
                through = "" if theirs.key == code.key else f", which is {theirs.text} there: the area was recoded"
                fitting.setdefault(found.key, Link(council, found, SAME, "code", code.shown, f"Both have the code {code.shown}{through}."))
        if len(fitting) > 1:
            names = ", ".join(sorted(f"{link.match} is {link.found.name}" for link in fitting.values()))
            return [], [Candidate(council, link.found, f"The codes lead to several councils: {names}.") for link in fitting.values()]
        linked = {link.match for link in fitting.values()}
        return list(fitting.values()), [d for shown, d in doubts if d.found.key not in fitting and shown not in linked]

    def _alone(self, code: AssignedCode) -> bool:
        """True when no other council of the register has the code."""
        return len({c.key for c, _ in self.register.by_code.get(code.key, ())}) == 1

    def _objection(self, council: Council, found: Council) -> str:
        """Why a council of the register cannot be the one that is meant; empty when nothing speaks against it."""
        if council.type and found.type and council.type != found.type:
            return f"it is of another type there ({self.words.labels.get(found.type, found.type)}, not {self.words.labels.get(council.type, council.type)})"
        if not found.there(self.day):
            return f"it was there from {found.days}, and not on {self.day}"
        return ""

    def _by_name(self, council: Council) -> tuple[list[Link], list[Candidate]]:
        links: list[Link] = []
        doubts: list[Candidate] = []
        for found in self.register.by_name.get(plain_name(council.name), ()):
            objection = self._objection(council, found)
            if not objection and not (council.type and found.type):
                objection = "the type of one of the two is not known"
            if not objection and not self._regions_fit(council.region, found.region):
                objection = f"it lies in another region there ({self.words.labels.get(found.region, found.region)})"
            if objection:
                doubts.append(Candidate(council, found, f"The name is the same, but {objection}.", 100.0))
            else:
                began = "" if found.start else " Its first day is not known."
                links.append(Link(council, found, SAME, "name", plain_name(council.name), f"Same name, same type, there on {self.day}.{began}"))
        if len(links) > 1:
            return [], [*doubts, *(Candidate(council, x.found, "Several councils have this name and type.", 100.0) for x in links)]
        return links, [] if links else doubts

    def _regions_fit(self, one: str, other: str) -> bool:
        return not one or not other or one in self.words.above(other) or other in self.words.above(one)

    def _successors(self, council: Council, found: Council | None) -> list[Link]:
        """Follow the chain from a council that ended to those of the register that are still there at its end."""
        ends: dict[str, tuple[Council, tuple[str, ...]]] = {}
        if found is not None and found.end is not None and found.replaced_by:
            self._through_register(found, (), ends, {found.key})
        if not ends and (found is None or found.end is not None):
            codes = council.codes if found is None else (*council.codes, *found.codes)
            self._through_history(codes, council.name, council.type, self.day, (), ends, 0)
        return [Link(council, end, SUCCESSOR, "succession", council.codes[0].shown if council.codes else plain_name(council.name),
                     f"Not the same council: {'; '.join(chain)}.", chain)
                for key, (end, chain) in sorted(ends.items()) if found is None or key != found.key]

    def _through_register(self, at: Council, chain: tuple[str, ...], ends: dict[str, tuple[Council, tuple[str, ...]]], seen: set[str]) -> None:
        for key in at.replaced_by:
            after = self.register.councils.get(key)
            if after is None or key in seen:
                continue
            longer = (*chain, f"{at.name} -> {after.name} (ended {at.end})")
            if after.end is not None and after.replaced_by:
                self._through_register(after, longer, ends, {*seen, key})
            else:
                ends.setdefault(key, (after, longer))

    def _through_history(self, codes: tuple[AssignedCode, ...], name: str, kind: str, day: date, chain: tuple[str, ...],
                         ends: dict[str, tuple[Council, tuple[str, ...]]], depth: int) -> None:
        for step in self.history.after(codes, name, kind, day) if depth < _MOST_STEPS else ():
            longer = (*chain, step.shown)
            after = self._in_register(step.resulting, step.day)
            if after is not None and (after.end is None or not after.replaced_by):
                if after.end is None:
                    ends.setdefault(after.key, (after, longer))
                    continue
            elif after is not None:
                self._through_register(after, longer, ends, {after.key})
                continue
            self._through_history(step.resulting.codes, step.resulting.name, step.resulting.type, step.day, longer, ends, depth + 1)

    def _in_register(self, body: Body, day: date) -> Council | None:
        """The one council of the register that a successor is, by its codes and with its type; None where that is open."""
        found = {c.key: c for code in body.codes for c, _ in self._holders(code)
                 if c.there(day) and not (body.type and c.type and body.type != c.type)}
        return next(iter(found.values())) if len(found) == 1 else None

    def _alike(self, council: Council) -> list[Candidate]:
        """The nearest names of the register, for a person to look at."""
        from rapidfuzz import fuzz, process

        if not council.name:
            return []
        if self._cores is None:
            self._cores = {}
            for name, councils in self.register.by_name.items():
                self._cores.setdefault(core_name(name), []).extend(councils)
        found = process.extract(core_name(council.name), list(self._cores), scorer=fuzz.WRatio, limit=_MOST_ALIKE * 2, score_cutoff=_LEAST_SCORE)
        doubts: dict[str, Candidate] = {}
        for name, score, _ in found:
            for other in self._cores[name]:
                objection = self._objection(council, other)
                why = f"Only the names are alike{f', and {objection}' if objection else ''}."
                doubts.setdefault(other.key, Candidate(council, other, why, round(float(score), 1)))
        return list(doubts.values())[:_MOST_ALIKE]
