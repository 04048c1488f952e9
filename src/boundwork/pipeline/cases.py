"""The rules of whole cases, run for the cases of a few actors at a time, so that a variant costs what it touches.

Whether a study's rules can be run so is tried and not assumed: if the actors one by one do not give what all give together,
everything runs together each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from boundwork.pipeline.material import split, text
from boundwork.stores.local import LocalStore
from boundwork.terms import BW, id_of, iri

_FOCAL = iri(BW + "focalActor")
_TALLY_READING = iri(BW + "tallyReading")


@dataclass(frozen=True)
class Concluded:
    """What the rules of the stage case make, and the outcomes of the reading."""

    made: list[str]
    outcomes: list[str]


class CaseRules:
    """A store of common lines and tallies in which the rules of whole cases run, also with some lines exchanged."""

    def __init__(self, ontology: bytes, common: Sequence[str], tallies: Sequence[str], rules: Mapping[str, list[str]]) -> None:
        """Sort the lines by actor, run the rules over all of them (`all`), and try whether actors can be run one by one."""
        self._rules = rules
        parted = [(line, split(line)) for line in (*common, *tallies)]
        cases = {s: id_of(o[1:-1]) for _, (s, p, o) in parted if p == _FOCAL}
        counted = {s for _, (s, p, _) in parted if p == _TALLY_READING}
        owner = {**cases, **{s: cases[o] for _, (s, _, o) in parted if s in counted and o in cases}}
        self._own: dict[str, list[str]] = {}
        shared = []
        for line, (subject, _, _) in parted:
            if subject in owner:
                self._own.setdefault(owner[subject], []).append(line)
            else:
                shared.append(line)
        self._store = LocalStore.memory()
        self._store.load(ontology + text(shared))
        self._shared = set(shared)
        self._present: frozenset[str] = frozenset()
        self._present_lines: set[str] = set()
        self._everybody = frozenset(self._own)
        self._known: dict[frozenset[str], Concluded] = {}
        self.all = self.concluded(self._everybody)
        self._parted = self._can_be_parted()

    def _can_be_parted(self) -> bool:
        together = {*self.all.made, *self.all.outcomes}
        found: set[str] = set()
        for actor in self._everybody:
            one = self.concluded({actor})
            found.update(one.made)
            found.update(one.outcomes)
            if not found <= together:
                return False
        return found == together

    def concluded(self, actors: Set[str], gone: Iterable[str] = (), come: Iterable[str] = ()) -> Concluded:
        """Return what the rules make of the cases of some actors (and of what belongs to nobody), after an exchange of lines."""
        less, more = list(gone), list(come)
        if not less and not more and (known := self._known.get(frozenset(actors))):
            return known
        self._put(frozenset(actors))
        found = self._run(less, more)
        if not less and not more:
            self._known[self._present] = found
        return found

    def relevant(self, actors: Set[str]) -> frozenset[str]:
        """Return the actors that must be looked at when the cases of some change."""
        return frozenset(actors) & self._everybody if self._parted else self._everybody

    def _put(self, actors: frozenset[str]) -> None:
        if actors == self._present:
            return
        self._store.remove(text(self._present_lines))
        lines = [line for actor in sorted(actors) for line in self._own[actor]]
        self._store.load(text(lines))
        self._present, self._present_lines = actors, set(lines)

    def _run(self, gone: list[str], come: list[str]) -> Concluded:
        store, less, more = self._store, set(gone), set(come)
        store.remove(text(gone))
        store.load(text(come))
        made: dict[str, None] = {}
        added = []
        for body in self._rules["case"]:
            lines = sorted(set(store.construct(body)))
            new = [x for x in lines if x not in made and x not in more and (x in less or not (x in self._shared or x in self._present_lines))]
            store.load(text(new))
            added += new
            made.update(dict.fromkeys(lines))
        outcomes = sorted({x for body in self._rules["outcome"] for x in store.construct(body)})
        store.remove(text([*added, *come]))
        store.load(text(line for line in gone if line in self._shared or line in self._present_lines))
        return Concluded(list(made), outcomes)
