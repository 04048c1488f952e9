"""Selections that a tool stores with their words: each one's offsets are tried against its own quote, span by span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from boundwork.readers.draft import Draft, shown
from boundwork.readers.offsets import Claim, Convention, settle_each
from boundwork.readers.record import Coding, Offsets, Selection

_NOWHERE = -1
"""A position that no text has, for one that the file does not say."""


def claimed(text: str | None, start: int | None, end: int | None, quote: str) -> Claim:
    """Return what a selection claims of its source's text: the file's own numbers, None where it has none, and the words that it stores."""
    return Claim(text, _NOWHERE if start is None else start, _NOWHERE if end is None else end, quote, "")


def stretch(draft: Draft, source: str, text: str | None, start: int | None, end: int | None) -> tuple[int, int] | None:
    """Return a stretch of a source; None where the file says none, or where it reaches outside the text, which is reported."""
    if start is None or end is None or text is None:
        return None
    if 0 <= start <= end <= len(text):
        return start, end
    draft.lose("approximated", "stretches that reach outside their text", "kept without characters", shown(f"{source}, {start} to {end}"))
    return None


def part(draft: Draft, source: str, text: str | None, start: int | None, end: int | None) -> tuple[int, int] | None:
    """Return the part of a source that belongs to a case, None for the source whole; tools end the whole at its last character or one before it."""
    span = stretch(draft, source, text, start, end)
    return None if span is None or text is None or (span[0] == 0 and span[1] >= len(text) - 1) else span


def add_selections(draft: Draft, claims: Sequence[Claim], selections: Sequence[Selection], codings: Sequence[Coding | None],
                   candidates: Sequence[Convention], table: str) -> dict[str, str]:
    """Add selections at their characters, one for each span of a source, and their codings (None = a selection that is not coded).

    The three sequences run side by side. Where a quote fits no convention the tool's own is taken and the report names the selection;
    where that reaches outside the text, the selection is kept without characters. Returns under which id each selection now stands.
    """
    moved: dict[str, str] = {}
    at: dict[tuple[str, int, int], str] = {}
    used: Counter[Convention] = Counter()
    fitting: Counter[Convention] = Counter()
    checked = 0
    for claim, selection, coding, (convention, span, fits) in zip(claims, selections, codings, settle_each(claims, candidates), strict=True):
        used[convention] += 1
        fitting[convention] += fits
        checked += claim.text is not None
        where = f"{table}: {selection.id}"
        placed = selection
        if span is None:
            why = "the project holds no text of their source" if claim.text is None else "they reach outside their text"
            draft.lose("approximated", "selections without characters", why, where)
            numbers = " to ".join("?" if n == _NOWHERE else str(n) for n in (claim.start, claim.end))
            placed = replace(selection, place=f"{numbers} of the file's own count")
        else:
            placed = replace(selection, start=span[0], end=span[1])
            if not fits:
                draft.lose("approximated", "selections whose stored words differ from the text there", "kept where the file puts them", where)
        key = (selection.source, *span) if span else None
        known = at.get(key) if key else None
        if known is None:
            known = draft.add(placed, where).id
            if key:
                at[key] = known
        else:
            draft.lose("kept", "selections of characters that another selection marks already", "one selection a span, with the codings of all", "")
            if placed.memo:
                draft.lose("left out", "memos of selections that were merged", "the first one's memo is kept", where)
        moved[selection.id] = known
        if coding is not None:
            draft.add(replace(coding, selection=known), where)
    for convention, count in used.items():
        declared = fitting[convention] == 0
        draft.project.offsets.append(Offsets(convention.words, convention.line_ends, declared, fitting[convention],
                                             checked if len(used) == 1 else count, count))
    return moved
