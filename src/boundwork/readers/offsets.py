"""From a tool's positions to code points: the conventions that tools count by, and which of them the evidence in a file bears out.

Inside, everything is code points of the text as it is, 0-based, end exclusive. A convention is chosen for a file as a whole where
names and quotes speak for it; where they do not decide, the one that the format (or a measurement of its writer) declares is taken,
and `Offsets.declared` says so. Nothing is shifted on a guess.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from boundwork.readers.record import Offsets

_FOLD = re.compile(r"[\s\u2028\u2029\u200b\ufeff]+")
_LEAST_NAME = 5
"""A name shorter than this is no evidence unless it is the selection whole."""


@dataclass(frozen=True)
class Convention:
    """How a tool counts: its unit, the number of the first character, whether the end belongs to the selection, and what a CRLF counts."""

    unit: str = "code points"
    first: int = 0
    inclusive: bool = False
    crlf_is_one: bool = False

    @property
    def words(self) -> str:
        """The unit as reports give it.

        >>> Convention("code points", 1, True).words
        'code points, counted from 1, end included'
        """
        return self.unit + (f", counted from {self.first}" if self.first else "") + (", end included" if self.inclusive else "")

    @property
    def line_ends(self) -> str:
        """What CRLF counts, in words."""
        return "CRLF counts as one" if self.crlf_is_one else "as they are"


CODE_POINTS = Convention()
UTF16 = Convention("UTF-16 units")
UTF8 = Convention("UTF-8 bytes")


class Ruler:
    """Turns positions in one text from one convention into code points."""

    def __init__(self, text: str, convention: Convention) -> None:
        self._length = len(text)
        self._convention = convention
        pattern = {"code points": "", "UTF-16 units": "[\U00010000-\U0010ffff]", "UTF-8 bytes": "[^\x00-\x7f]"}[convention.unit]
        if convention.crlf_is_one:
            pattern = f"{pattern}|\r\n" if pattern else "\r\n"
        self._unit_ends = array("q")
        """Units up to the end of each odd character (one that is not one unit wide)."""
        self._ends = array("q")
        """Code points up to the end of the same."""
        self._widths = array("b")
        """Its width in units; a CRLF that counts as one is one unit and two code points."""
        if not pattern:
            return
        shift = 0
        for match in re.finditer(pattern, text):
            found = match.group()
            width = 1 if found == "\r\n" else 2 if convention.unit == "UTF-16 units" else len(found.encode("utf-8", "surrogatepass"))
            shift += width - len(found)
            self._ends.append(match.end())
            self._unit_ends.append(match.end() + shift)
            self._widths.append(width)

    def code_point(self, units: int) -> int | None:
        """Return the code point at a position, None where the position is outside the text or inside a character."""
        if units < 0:
            return None
        at = bisect_right(self._unit_ends, units)
        base_units, base = (self._unit_ends[at - 1], self._ends[at - 1]) if at else (0, 0)
        if at < len(self._ends) and units > self._unit_ends[at] - self._widths[at]:
            return None
        index = base + units - base_units
        return index if index <= self._length else None

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return start and end (exclusive) in code points for a tool's pair, None where they mark no stretch of the text."""
        first = self.code_point(start - self._convention.first)
        last = self.code_point(end - self._convention.first + self._convention.inclusive)
        if first is None or last is None or first > last:
            return None
        return first, last


def folded(text: str) -> str:
    r"""Return a text with every run of white space as one blank, and none around; U+2029 and the like are white space.

    >>> folded(" one\r\n two\u2029")
    'one two'
    """
    return _FOLD.sub(" ", text).strip()


def same_words(quote: str, stretch: str) -> bool:
    r"""True when a stored quote and a stretch of text are the same but for the kind of line ends (U+2029 stands for one).

    >>> same_words("a\u2029b", "a\r\nb"), same_words("ab", "a b")
    (True, False)
    """
    return quote == stretch or _lines(quote) == _lines(stretch)


def _lines(text: str) -> str:
    return text.replace("\u2029", "\n").replace("\u2028", "\n").replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")


def name_shows(name: str, stretch: str) -> bool:
    r"""True when a selection's name is the beginning of its words, as tools name them; a name of one's own shows nothing.

    >>> name_shows("I did try the…", "I did try the\nbread"), name_shows("on bread", "I did try the bread")
    (True, False)
    """
    words, seen = folded(name), folded(stretch)
    cut = words.rstrip(".…").rstrip() if words.endswith(("…", "...")) else words
    if not cut or not seen:
        return False
    return seen == words or (len(cut) >= _LEAST_NAME and seen.startswith(cut))


class Claim(NamedTuple):
    """A selection before its offsets are settled: its source's text (None = not at hand), the tool's pair, and what it says stands there."""

    text: str | None
    start: int
    end: int
    quote: str
    name: str


class Verdict(NamedTuple):
    """The chosen convention's report line, and per claim its span (None where it marks no stretch) and whether evidence speaks against it."""

    offsets: Offsets
    spans: list[tuple[int, int] | None]
    against: list[bool]


def _stretch(text: str, span: tuple[int, int], words: str) -> str:
    """Return what stands in a span, no more of it than is needed to compare it with these words: a span may hold a whole book."""
    return text[span[0]:min(span[1], span[0] + 2 * len(words) + 1_000)]


def _evidence(claim: Claim, span: tuple[int, int] | None) -> bool:
    """True when a selection's words speak for a span."""
    if span is None or claim.text is None:
        return False
    stretch = _stretch(claim.text, span, claim.quote or claim.name)
    if claim.quote:
        return same_words(claim.quote, stretch) or _FOLD.sub(" ", claim.quote) == _FOLD.sub(" ", stretch)
    return bool(claim.name) and name_shows(claim.name, stretch)


def _edges(claim: Claim, span: tuple[int, int] | None) -> int:
    """Count how many of the two ends stand at the edge of a word; a start on a blank is none, as one place off would look like that."""
    if span is None or claim.text is None or span[0] == span[1] or claim.text[span[0]].isspace():
        return 0
    text, (start, end) = claim.text, span
    return int(start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())) + int(
        end == len(text) or not (text[end - 1].isalnum() and text[end].isalnum()))


def settle(claims: Sequence[Claim], candidates: Sequence[Convention], measured: bool = False) -> Verdict:
    """Choose one convention for all selections of a file.

    `candidates` begin with the declared one. Names and quotes decide first; then which convention keeps inside the texts; then, where
    the writer was never measured, edges of words, if one is clearly ahead and nearly all of its ends stand there, as those of a person's
    selections do. What is still level is decided by declaration.
    """
    rulers: dict[tuple[int, Convention], Ruler] = {}

    def span(claim: Claim, convention: Convention) -> tuple[int, int] | None:
        if claim.text is None:
            start, end = claim.start - convention.first, claim.end - convention.first + convention.inclusive
            return (start, end) if 0 <= start <= end else None
        key = (id(claim.text), convention)
        if key not in rulers:
            rulers[key] = Ruler(claim.text, convention)
        return rulers[key].span(claim.start, claim.end)

    spans = {c: [span(claim, c) for claim in claims] for c in candidates}
    fits = {c: [_evidence(claim, s) for claim, s in zip(claims, spans[c], strict=True)] for c in candidates}
    best = _leading(list(candidates), lambda c: sum(fits[c]))
    best = _leading(best, lambda c: sum(s is not None for s in spans[c]))
    if len(best) > 1 and not measured:
        edges = {c: sum(_edges(claim, s) for claim, s in zip(claims, spans[c], strict=True)) for c in best}
        ahead = _leading(best, lambda c: edges[c])
        most, others = edges[ahead[0]], [n for c, n in edges.items() if c not in ahead]
        ends = 2 * sum(claim.text is not None and s is not None and s[0] < s[1] for claim, s in zip(claims, spans[ahead[0]], strict=True))
        if others and most - max(others) >= max(6, len(claims) // 10) and 6 * most >= 5 * ends:  # ends at random stand there about every other time
            best = ahead
    chosen = best[0]
    decided = len(best) == 1 or all(spans[c] == spans[chosen] for c in best)
    known = any(claim.text is not None for claim in claims)
    checked = [any(fits[c][i] for c in candidates) or bool(claim.quote and claim.text is not None) for i, claim in enumerate(claims)]
    report = Offsets(chosen.words, chosen.line_ends, not decided or not known, sum(fits[chosen]), sum(checked), len(claims))
    return Verdict(report, spans[chosen], [c and not f for c, f in zip(checked, fits[chosen], strict=True)])


def settle_each(claims: Sequence[Claim], candidates: Sequence[Convention]) -> list[tuple[Convention, tuple[int, int] | None, bool]]:
    """Choose a convention for every selection by its own stored quote: the first that the quote fits, else the first (declared) one.

    For tools that count differently from window to window. Gives per claim the convention, the span, and whether its quote fits.
    """
    rulers: dict[tuple[int, Convention], Ruler] = {}
    settled = []
    for claim in claims:
        outcome = None
        declared = None
        for convention in candidates:
            if claim.text is None:
                break
            key = (id(claim.text), convention)
            if key not in rulers:
                rulers[key] = Ruler(claim.text, convention)
            span = rulers[key].span(claim.start, claim.end)
            if convention is candidates[0]:
                declared = span
            if span is not None and same_words(claim.quote, _stretch(claim.text, span, claim.quote)):
                outcome = (convention, span, True)
                break
        settled.append(outcome or (candidates[0], declared, False))
    return settled


def _leading(candidates: list[Convention], score: Callable[[Convention], int]) -> list[Convention]:
    """Return the candidates with the highest score, in their order."""
    most = max(score(c) for c in candidates)
    return [c for c in candidates if score(c) == most]
