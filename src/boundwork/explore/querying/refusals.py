"""Why a question from outside was not answered, in one sentence and one word. Knows nothing of HTTP."""

from __future__ import annotations

from typing import Literal

from boundwork.errors import BoundworkError

Kind = Literal["malformed", "forbidden", "format", "busy", "time", "memory", "size", "stopped"]
"""malformed: does not parse; forbidden: SERVICE, update, a graph that is not kept apart; format: cannot be written as asked;
busy: no place in the queue; time, memory, size: a limit was reached; stopped: the engine died or the server ends."""


class Refused(BoundworkError):
    """A question that got no answer, with its kind and, where trying again may help, the seconds to wait first."""

    def __init__(self, kind: Kind, message: str, hint: str = "", retry_after: int = 0) -> None:
        super().__init__(message, hint)
        self.kind: Kind = kind
        self.retry_after = retry_after
