"""Two answers of one question -> what became of each row: it holds, its answer changes, or it falls. Nothing here asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from boundwork.errors import InputError
from boundwork.queries.stored import StoredQuery
from boundwork.stores.answer import Solution, Value

READING = "reading"
"""The column that names the reading; it tells no row from another."""
BASIS = ("stated", "interpreted")
"""Counts that say on what a row rests and never what it answers."""
Identity = tuple[Value | None, ...]


@dataclass(frozen=True)
class Change:
    """A cell before and after."""

    column: str
    before: Value | None
    after: Value | None


@dataclass(frozen=True)
class Effect:
    """What became of a row: `kind` is holds, changes or falls; a row that holds may still have other counts (`changes`)."""

    kind: str
    changes: tuple[Change, ...] = ()


HOLDS, FALLS = Effect("holds"), Effect("falls")


@dataclass(frozen=True)
class Roles:
    """Places of the columns that say which row it is (`key`), what is answered in words, and what is counted."""

    variables: list[str]
    key: list[int]
    words: list[int]
    counts: list[int]

    @property
    def counts_answer(self) -> bool:
        """True when the row answers by its counts alone, so that a count which becomes 0 changes the answer."""
        return not self.words

    def identity(self, row: Solution) -> Identity:
        """Return what tells the row from others. A row with a blank key says that there is nothing, so its words tell it."""
        key = tuple(row[i] for i in self.key)
        return (*key, *(row[i] for i in self.words)) if key and not any(key) else key

    def answer(self, row: Solution) -> Identity:
        """Return key and words of the row: two rows with the same say the same, on whatever counts."""
        return tuple(row[i] for i in (*self.key, *self.words))

    def effect(self, before: Solution, after: Solution) -> Effect:
        """Return what became of a row, given the row that it became."""
        def changed(places: list[int]) -> tuple[Change, ...]:
            return tuple(Change(self.variables[i], before[i], after[i]) for i in places if before[i] != after[i])

        if words := changed(self.words):
            return Effect("changes", words)
        counts = changed(self.counts)
        turned = tuple(c for c in counts if _nothing(c.before) != _nothing(c.after) and c.column not in BASIS)
        return Effect("changes", turned) if turned and self.counts_answer else Effect("holds", counts)


def _nothing(value: Value | None) -> bool:
    return value is None or not value.number


def roles(query: StoredQuery, variables: list[str], answers: Iterable[list[Solution]]) -> Roles:
    """Return the columns' roles: numbers are counts and all else is the key, unless the query's header says what the key is.

    Errors: InputError for a key that is no column.
    """
    numbers = {i for rows in answers for row in rows for i, v in enumerate(row) if v is not None and v.number is not None}
    others = [i for i, name in enumerate(variables) if i not in numbers and name != READING]
    named = query.key_columns
    if unknown := [name for name in named if name not in variables]:
        raise InputError(f"{query.path}: 'key' in the header names {', '.join(unknown)}, which is no column of the answer.")
    key = [variables.index(name) for name in named] if named else others
    return Roles(variables, key, [i for i in others if i not in key], sorted(numbers - set(key)))


def compare(roles: Roles, before: list[Solution], after: list[Solution]) -> tuple[list[Effect], list[Solution]]:
    """Return what became of each row, and the rows that were not there before.

    Rows of one identity are paired: first those that are equal, then those that answer the same, then the rest in their order.
    """
    if before == after:
        return [HOLDS] * len(before), []
    waiting: dict[Identity, list[Solution]] = {}
    for row in after:
        waiting.setdefault(roles.identity(row), []).append(row)
    found: list[Effect | None] = [None] * len(before)
    for same in (lambda x, y: x == y, lambda x, y: roles.answer(x) == roles.answer(y), lambda x, y: True):
        for place, row in enumerate(before):
            if found[place] is not None:
                continue
            candidates = waiting.get(roles.identity(row), [])
            match = next((i for i, other in enumerate(candidates) if same(row, other)), None)
            if match is not None:
                found[place] = roles.effect(row, candidates.pop(match))
    left = {id(row) for rows in waiting.values() for row in rows}
    return [effect or FALLS for effect in found], [row for row in after if id(row) in left]
