"""The selections of a REFI-QDA project: one convention found for their offsets, those of one span merged, codings with their true coder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from boundwork.readers.draft import Draft, shown
from boundwork.readers.offsets import CODE_POINTS, UTF8, UTF16, Claim, Convention, settle
from boundwork.readers.record import Case, Code, Coding, Selection, User
from boundwork.readers.refi_schema import Raw, RawCoding

_CRLF_ONE = Convention(crlf_is_one=True)
_UTF16_CRLF_ONE = Convention("UTF-16 units", crlf_is_one=True)
WRITERS: tuple[tuple[str, tuple[Convention, ...], bool], ...] = (
    ("nvivo", (UTF16, CODE_POINTS, _UTF16_CRLF_ONE, _CRLF_ONE), True),
    ("atlas", (_CRLF_ONE, _UTF16_CRLF_ONE, CODE_POINTS, UTF16), False),
    ("qualcoder", (CODE_POINTS, UTF16, _CRLF_ONE, _UTF16_CRLF_ONE), True),
    ("taguette", (UTF8, CODE_POINTS, UTF16), False),
    ("boundwork", (CODE_POINTS, UTF16), True),
    ("", (CODE_POINTS, UTF16, _CRLF_ONE, _UTF16_CRLF_ONE), False),
)
"""Per word in Project/@origin: the conventions to try, the declared one first, and whether that writer was measured (NVivo 12, QualCoder 3)."""


def conventions(origin: str) -> tuple[tuple[Convention, ...], bool]:
    """Return the conventions to try for a writer, and whether its own was measured on real files."""
    return next((candidates, measured) for word, candidates, measured in WRITERS if word in origin.lower())


def place_selections(draft: Draft, raws: list[Raw], whole: list[tuple[str, RawCoding]], origin: str) -> dict[str, str]:
    """Fill the draft with selections and codings; returns which selection's id became which other's, for those that were merged."""
    texts = {s.id: s.text for s in draft.project.sources}
    raws = _written_twice(draft, raws)
    placed = [r for r in raws if r.start is not None and r.end is not None]
    candidates, measured = conventions(origin)
    verdict = settle([Claim(texts.get(r.source), r.start or 0, r.end or 0, r.quote, r.name) for r in placed], candidates, measured)
    if placed:
        draft.project.offsets.append(verdict.offsets)
    spans = {id(r): s for r, s in zip(placed, verdict.spans, strict=True)}
    for raw, against in zip(placed, verdict.against, strict=True):
        if against:
            draft.lose("approximated", "selections whose name or quote speaks against the convention chosen", "kept where the file puts them", raw.id)
        if spans[id(raw)] is None:
            draft.lose("approximated", "selections that reach outside their text", "kept without characters; their numbers are kept as words", raw.id)
    without = sum(texts.get(r.source) is None for r in placed)
    draft.lose("approximated", "selections of texts that are not in the file", f"their numbers are taken as {verdict.offsets.unit}, unchecked", "", without)
    moved, selections = _merge(draft, raws, spans)
    for selection in selections:
        draft.add(selection)
    _code(draft, ((moved[r.id], r.source, c) for r in raws for c in r.codings), whole)
    return moved


def _written_twice(draft: Draft, raws: list[Raw]) -> list[Raw]:
    """Make one of a selection that is written as an area of a page and as characters under one id (ATLAS.ti does); rename true duplicates."""
    found: dict[str, Raw] = {}
    twice = 0
    for raw in raws:
        other = found.get(raw.id)
        if other is None:
            found[raw.id] = raw
        elif other.source == raw.source and (other.start is None) != (raw.start is None):
            twice += 1
            text, area = (raw, other) if other.start is None else (other, raw)
            found[raw.id] = text._replace(quote=area.quote, place=area.place, memo=text.memo or area.memo, codings=other.codings + raw.codings)
        else:
            id = draft.another(Selection, raw.id)
            draft.lose("approximated", "selections with an id that another one has", "the later one is kept as ID#2", shown(raw.id))
            found[id] = raw._replace(id=id)
    draft.lose("kept", "quotations written as an area and as characters", "one selection each, as the ids say", "", twice)
    return list(found.values())


def _merge(draft: Draft, raws: list[Raw], spans: dict[int, tuple[int, int] | None]) -> tuple[dict[str, str], list[Selection]]:
    """Make one selection of all that mark the same characters of a source (NVivo writes one per coding)."""
    moved: dict[str, str] = {}
    at: dict[tuple[str, int, int], int] = {}
    selections: list[Selection] = []
    merged = 0
    for raw in raws:
        span = spans.get(id(raw))
        place = raw.place
        if span is None and raw.start is not None:
            place = ", ".join(filter(None, (place, f"characters {raw.start} to {raw.end} of the file's own count")))
        start, end = span or (None, None)
        key = (raw.source, span[0], span[1]) if span else None
        if key is None or key not in at:
            if key:
                at[key] = len(selections)
            moved[raw.id] = raw.id
            selections.append(Selection(raw.id, raw.source, start, end, raw.quote, raw.name, raw.memo, place, raw.created, user=raw.user))
            continue
        merged += 1
        first = selections[at[key]]
        moved[raw.id] = first.id
        if raw.name and first.name and raw.name != first.name:
            draft.lose("left out", "names of selections that were merged with one of another name", "a selection has one name", shown(raw.name))
        memos = dict.fromkeys(m for m in (first.memo, raw.memo) if m)
        selections[at[key]] = replace(first, quote=first.quote or raw.quote, name=first.name or raw.name, memo="\n".join(memos), place=first.place or place)
    draft.lose("kept", "selections of characters that another selection marks already", "one selection a span, with the codings of all", "", merged)
    return moved, selections


def _code(draft: Draft, coded: Iterable[tuple[str, str, RawCoding]], whole: list[tuple[str, RawCoding]]) -> None:
    """Add the codings; the same code by the same user on the same characters is one, and a code that is a case's own becomes membership."""
    cases = {c.id: c for c in draft.project.cases}
    nodes = {c.id for c in draft.project.codes if c.id in cases}
    seen: set[tuple[str, str, str]] = set()
    members: dict[str, tuple[list[str], list[str]]] = {}
    triples = [*coded, *(("", source, c) for source, c in whole)]
    for selection, source, coding in triples:
        key = (coding.code, coding.user, selection or source)
        if key in seen:
            draft.lose("kept", "codings that say the same again", "same code, coder and characters: one coding", coding.id)
            continue
        seen.add(key)
        if coding.code in nodes:
            members.setdefault(coding.code, ([], []))[0 if selection else 1].append(selection or source)
            continue
        if coding.user and not draft.has(User, coding.user):
            draft.lose("approximated", "coders that the project does not name", "known by their id alone", coding.user)
            draft.user(coding.user)
        draft.add(Coding(coding.id, coding.code, coding.user, selection, source, created=coding.created))
    if nodes:
        _nodes_to_cases(draft, nodes, members)


def _nodes_to_cases(draft: Draft, nodes: set[str], members: dict[str, tuple[list[str], list[str]]]) -> None:
    """Read codes that share a case's id as what they are: NVivo's way of saying which words belong to a case."""
    for selections, sources in members.values():
        draft.lose("approximated", "codings with a case's own code", "read as the case's selections and sources; who drew them, and when, is not kept",
                   "", len(selections) + len(sources))
    draft.project.cases = [replace(c, selections=(*c.selections, *members[c.id][0]), sources=(*c.sources, *members[c.id][1])) if c.id in members else c
                           for c in draft.project.cases]
    draft.lose("kept", "codes that are cases", "NVivo writes a case as a code of the same id", "", len(nodes))
    draft.project.codes = [replace(c, parent="") if c.parent in nodes else c for c in draft.project.codes if c.id not in nodes]
    draft.forget(Code, nodes)


def rename_case_selections(cases: list[Case], moved: dict[str, str]) -> list[Case]:
    """Return the cases with merged selections under the id that they have now."""
    return [replace(c, selections=tuple(dict.fromkeys(moved.get(s, s) for s in c.selections))) for c in cases]


