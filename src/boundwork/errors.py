"""What can stop boundwork, as one small tree; each error knows its exit code. Findings about data are not errors: see findings.

BoundworkError
├── UsageError      2  the command's words are off
├── InputError      2  a file or a value cannot be read
├── RemoteError     2  another server did not answer as it should
├── TimeLimit       2  a query ran longer than allowed
└── Fault           3  something of ours is broken
"""

from __future__ import annotations

from collections.abc import Iterable

from boundwork.wording import ended_once, visible


class BoundworkError(Exception):
    """One clear sentence that says what is wrong, and where it helps a second that says what to do; control characters in them are shown as pictures."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = visible(ended_once(message))
        self.hint = visible(ended_once(hint))

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(BoundworkError):
    """The words of a command or a call are off."""


class InputError(BoundworkError):
    """A file, a table or a value cannot be read."""


class RemoteError(BoundworkError):
    """Another server refused, broke off or answered something else; `passing` when the same request may succeed a little later."""

    def __init__(self, message: str, hint: str = "", passing: bool = False) -> None:
        super().__init__(message, hint)
        self.passing = passing


class TimeLimit(BoundworkError):
    """A query ran longer than it was allowed to."""


class Fault(BoundworkError):
    """Something of boundwork's own is broken: please report it."""

    exit_code = 3


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean 'x'?` for the nearest known word, or an empty string.

    >>> did_you_mean("expertize", ["expertise", "competitiveness"])
    "Did you mean 'expertise'?"
    """
    from difflib import get_close_matches

    by_lower = {k.lower(): k for k in known}
    near = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return f"Did you mean '{by_lower[near[0]]}'?" if near else ""
