"""What moves when coders disagree: the status of each case by the counts of its extracts, and how it changes with one coder's rows.

The statuses are those of the rule `case-status`, at floor low; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Flags = tuple[bool, bool, bool, bool, bool, bool]
"""Of an extract in a case: coded there, bureaucratic, managerial, hybrid element, blended in one work, elements but no logic."""
Cases = Mapping[str, Flags]
HYBRID = ("blended", "hybrid-element")
NO_FLAGS: Flags = (False, False, False, False, False, False)


def flags(logics: frozenset[str], elements: bool) -> Flags:
    """Return the flags of one piece of work: the logics that it draws on, and whether it invokes elements at all."""
    bureaucratic, managerial = "bureaucratic" in logics, "managerial" in logics
    return (True, bureaucratic, managerial, "hybrid" in logics, bureaucratic and managerial, elements and not logics)


def either(one: Flags, two: Flags) -> Flags:
    """Return the flags of an extract with two pieces of work."""
    return tuple(a or b for a, b in zip(one, two, strict=True))  # type: ignore[return-value]


def status(counts: Sequence[int]) -> str:
    """Return the status of a case by its numbers of extracts per flag; the first that fits.

    >>> status((2, 1, 1, 0, 0, 0))
    'co-existence'
    """
    extracts, bureaucratic, managerial, hybrid, blended, undecided = counts
    if blended:
        return "blended"
    if hybrid:
        return "hybrid-element"
    if bureaucratic and managerial:
        return "co-existence"
    if undecided:
        return "undecidable"
    if bureaucratic:
        return "only-bureaucratic"
    if managerial:
        return "only-managerial"
    return "no-logic-coded" if extracts else "no-evidence"


@dataclass(frozen=True)
class Change:
    """A case whose status is another one when one coder's rows on the extract are replaced by the other's."""

    case: str
    before: str
    after: str
    right: str

    @property
    def hybrid(self) -> bool:
        """True when the case becomes hybrid or ceases to be."""
        return (self.before in HYBRID) != (self.after in HYBRID)


@dataclass(frozen=True)
class Move:
    """One extract on which two coders differ: on which dimensions, what each said, and what it changes."""

    extract: str
    coders: tuple[str, str]
    dimensions: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        """Cases that become or cease to be hybrid, cases whose status changes, dimensions that differ."""
        return (len({c.case for c in self.changes if c.hybrid}), len({c.case for c in self.changes}), len(self.dimensions))


def totals(extracts: Iterable[Cases]) -> dict[str, list[int]]:
    """Return case -> number of extracts per flag."""
    found: dict[str, list[int]] = {}
    for cases in extracts:
        for case, said in cases.items():
            counts = found.setdefault(case, [0] * len(NO_FLAGS))
            for i, flag in enumerate(said):
                counts[i] += flag
    return found


def disagreements(first: str, second: str, said: Mapping[str, Mapping[str, Cases]], differing: Mapping[str, tuple[str, ...]]) -> list[Move]:
    """Return the extracts on which two coders differ, those that move most first.

    `said` is coder -> extract -> case -> flags; `differing` is extract -> dimensions, in the order of the extracts, which is
    kept between moves of equal weight.
    """
    counts = {coder: totals(said.get(coder, {}).values()) for coder in (first, second)}
    found = []
    for extract, dimensions in differing.items():
        changes = [c for base, right in ((first, second), (second, first)) for c in _changes(base, right, extract, said, counts[base])]
        found.append(Move(extract, (first, second), dimensions, tuple(changes)))
    return sorted(found, key=lambda m: tuple(-n for n in m.weight))


def _changes(base: str, right: str, extract: str, said: Mapping[str, Mapping[str, Cases]], counts: dict[str, list[int]]) -> Iterable[Change]:
    mine, theirs = said.get(base, {}).get(extract, {}), said.get(right, {}).get(extract, {})
    for case in sorted({*mine, *theirs}):
        now = counts.get(case, [0] * len(NO_FLAGS))
        then = [n - a + b for n, a, b in zip(now, mine.get(case, NO_FLAGS), theirs.get(case, NO_FLAGS), strict=True)]
        before, after = status(now), status(then)
        if before != after:
            yield Change(case, before, after, right)
