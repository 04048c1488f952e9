"""Code points -> the positions that a program counts by, as measured, for what export writes."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_CRLF = re.compile("\r\n")


@dataclass(frozen=True)
class Program:
    """How a program counts. `origin` is the word that tells our importer the same; `warning` says what nobody has measured."""

    name: str
    utf16: bool = False
    crlf_is_one: bool = False
    warning: str = ""


PROGRAMS = {
    "nvivo": Program("NVivo", utf16=True),
    "qualcoder": Program("QualCoder"),
    "atlas": Program("ATLAS.ti", crlf_is_one=True,
                     warning="Whether ATLAS.ti counts code points or UTF-16 units has not been measured: code points are written, as the standard says, and "
                             "CRLF counts as one. Check a selection behind an emoji before you trust the others."),
    "maxqda": Program("MAXQDA", warning="How MAXQDA counts characters has not been measured: code points are written, as the standard says. Check a selection "
                                        "behind an emoji before you trust the others."),
}
"""Programs that export can write for; the standard's own way, code points, where none is named."""


class Counter:
    """Turns places in one text, as code points, into what a program counts."""

    def __init__(self, text: str, program: Program | None) -> None:
        self._longer = [m.start() for m in _ASTRAL.finditer(text)] if program and program.utf16 else []
        self._shorter = [m.start() + 1 for m in _CRLF.finditer(text)] if program and program.crlf_is_one else []

    def __call__(self, place: int) -> int:
        """Return the position.

        >>> Counter("a\U0001f600b", PROGRAMS["nvivo"])(2)
        3
        """
        return place + bisect_left(self._longer, place) - bisect_left(self._shorter, place)
