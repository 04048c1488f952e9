"""Selections that a tool stores with their words: each one's offsets are tried against its own quote, span by span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from boundwork.readers.draft import Draft
from boundwork.readers.offsets import Claim, Convention, settle_each
from boundwork.readers.record import Coding, Offsets, Selection


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
            placed = replace(selection, place=selection.place or f"{claim.start} to {claim.end} of the file's own count")
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
