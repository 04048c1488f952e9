"""Rows that did not change, as far as shapes are to see them after an edit of codings.csv or extracts.csv: read when a way leads to them.

Which ways there are is known to shacl.nearby; what rows say, to kept_rows.
"""

from __future__ import annotations

from boundwork.explore.edited_rows import Everything
from boundwork.explore.kept_rows import KeptRows, Turn
from boundwork.shacl import Facts
from boundwork.terms import id_of

MOST_LOOKED_UP = 500
"""Codings whose followers, and extracts that are looked for one by one; where more are near an edit, a shape that needs them is asked of the whole."""


class FurtherRows:
    """What rows say that did not change, as far as shapes are to see it after an edit; `near_by` has it with what the changed rows say."""

    def __init__(self, rows: KeptRows, turn: Turn, of_rows: tuple[str, ...], crosses: bool) -> None:
        self._rows, self._turn, self._of_rows, self._crosses = rows, turn, of_rows, crosses
        self.near_by = Facts(turn.new)
        self.nodes: set[str] = set()
        self._seen: set[str] = set()
        self._extracts = set(turn.extracts)

    def add(self, lines: list[str]) -> None:
        """Take in what some rows say."""
        self.near_by.add(lines)
        self.nodes.update(line.split(" ", 1)[0] for line in lines)

    def follow(self, todo: list[str]) -> bool:
        """Take in all rows to which a way leads from some lines along column follows, where shapes look along it; False where these are many."""
        while todo and self._crosses:
            names = {id_of(term[1:-1]) for line in todo for term in line[:-2].split(" ", 2)[::2] if term.startswith(self._of_rows)} - self._seen
            self._seen |= names
            if len(self._seen) > MOST_LOOKED_UP:
                return False
            lines = self._extracts_say(self._rows.extracts_of(self._turn.now, names))
            if lines is None:
                return False
            todo = lines
        return True

    def read(self, nodes: set[str]) -> bool:
        """Take in what is said about the extracts of some nodes of rows, and what `follow` does from there; False where this is much."""
        lines = self._extracts_say(self._rows.extracts_behind(self._turn.now, nodes))
        return lines is not None and self.follow(lines)

    def _extracts_say(self, extracts: set[str]) -> list[str] | None:
        """Take in what some extracts and their codings say, and return it as far as it was not there; None where it is much."""
        more = extracts - self._extracts
        if len(more) > MOST_LOOKED_UP:
            return None
        try:
            lines = self._rows.lines(self._turn.now, more)[0]
        except Everything:
            return None
        self._extracts |= more
        self.add(lines)
        return lines
