"""Invented projects for the tests of import and export: one by hand, and a strategy for any."""

from __future__ import annotations

import random
from dataclasses import replace
from uuid import UUID

from hypothesis import strategies as st

from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Link, Memo, Project, Selection, Source, User, Variable

INTERVIEW = ("\ufeffINTERVIEWER: Who decides?\r\nOFFICER: We know our town \U0001f600 and nobody tells us.\r\n"
             "Cafe\u0301 talk: they bring a way of measuring, and we use both.\u2029End.")
NOTES = "Notes from the office. The corporate centre sets targets, and the departments keep their own books."


def span(text: str, words: str) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)


def by_hand(shift: int = 0) -> Project:
    """A project with everything in it; `shift` gives all ids other values, as a tool does that makes new GUIDs at each export."""
    def g(number: int) -> str:
        return str(UUID(int=(number + 1) * 10**6 + shift * 977))

    p = Project("Town study", "qdpx", "NVivo", "A project of two interviews.")
    p.users = [User(g(1), "Ann Example"), User(g(2), "Ben")]
    p.codes = [Code(g(10), "Boundaries", codable=False), Code(g(11), "Expertise", g(10), "Who knows."), Code(g(12), "generic expertise first", g(11)),
               Code(g(13), "Outsiders", description="Line one\nline two", color="#ff0000"), Code(g(14), "Emoji \U0001f600"), Code(g(15), "Expertise")]
    p.sources = [Source(g(20), "Interview 1.docx", INTERVIEW, memo="Recorded in the town hall."), Source(g(21), "Office notes", NOTES),
                 Source(g(22), "map.png", None, "picture")]
    p.selections = [
        Selection(g(30), g(20), *span(INTERVIEW, "We know our town \U0001f600"), name="We know our town", created="2024-01-02T03:04:05Z"),
        Selection(g(31), g(20), *span(INTERVIEW, "they bring a way of measuring"), speaker=""),
        Selection(g(32), g(21), *span(NOTES, "departments keep their own books")), Selection(g(33), g(21), 5, 5),
        Selection(g(34), g(22), place="area 1,1 to 2,2", name="A corner of the map"),
    ]
    p.codings = [
        Coding(g(40), g(11), g(1), g(30), created="2024-01-02T03:04:06Z", weight="50"), Coding(g(41), g(12), g(1), g(31)), Coding(g(42), g(11), g(2), g(30)),
        Coding(g(43), g(13), g(2), g(31)), Coding(g(44), g(14), g(1), g(32)), Coding(g(45), g(13), g(1), g(33)), Coding(g(46), g(13), g(1), g(34)),
        Coding(g(47), g(15), g(1), source=g(21)), Coding(g(48), g(13), "", g(32)),
    ]
    p.variables = [Variable(g(50), "Council type"), Variable(g(51), "Role"), Variable(g(52), "Year", "integer"), Variable(g(53), "Mood")]
    p.cases = [Case(g(60), "Alderton", "A town", sources=(g(20),)), Case(g(61), "The officer", selections=(g(30), g(31)))]
    p.attributes = [Attribute(g(50), "District", case=g(60)), Attribute(g(51), "Chief executive", case=g(61)), Attribute(g(52), "2004", case=g(60)),
                    Attribute(g(53), "cheerful", source=g(21))]
    p.groups = [Group(g(70), "About knowing", (g(11), g(12), g(20)))]
    p.memos = [Memo(g(80), "Compare with the other town.", "idea", g(11), g(1), "2024-01-02T03:04:05Z"), Memo(g(81), "A free note.\r\nTwo lines."),
               Memo(g(82), "About the case", "case note", g(60))]
    p.links = [Link(g(90), g(30), g(31), "answers", "OneWay")]
    return p


def shuffled(project: Project, seed: int) -> Project:
    """The same project with its lists in another order."""
    rng = random.Random(seed)
    found = replace(project)
    for name in ("users", "codes", "selections", "codings", "variables", "cases", "attributes"):
        setattr(found, name, rng.sample(getattr(project, name), len(getattr(project, name))))
    return found


_ALPHABET = st.one_of(st.sampled_from("abc xyz.,\r\n\t=+-@\"';é\u0301\u2029\u200f\u05d0\U0001f600\U0001f9d1\ufeff"),
                      st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]))
TEXTS = st.lists(_ALPHABET, min_size=1, max_size=120).map("".join).filter(str.strip)
NAMES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"], exclude_characters="\ufffe\uffff"), min_size=1,
                max_size=20).filter(lambda s: bool(s.strip()))


@st.composite
def any_project(draw: st.DrawFn) -> Project:
    """A project of users, codes in a hierarchy, sources, selections that may overlap, and codings of them."""
    def g(kind: int, number: int) -> str:
        return str(UUID(int=kind * 10**6 + number + 1))

    users = [User(g(1, i), n) for i, n in enumerate(draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=lambda s: " ".join(s.split()))))]
    names = draw(st.lists(NAMES, min_size=1, max_size=6))
    codes = [Code(g(2, i), n, g(2, draw(st.integers(0, i - 1))) if i and draw(st.booleans()) else "") for i, n in enumerate(names)]
    sources = [Source(g(3, i), draw(NAMES), text) for i, text in enumerate(draw(st.lists(TEXTS, min_size=1, max_size=3)))]
    selections = []
    for i in range(draw(st.integers(0, 8))):
        source = draw(st.sampled_from(sources))
        start = draw(st.integers(0, len(source.text or "") - 1))
        selections.append(Selection(g(4, i), source.id, start, draw(st.integers(start + 1, len(source.text or "")))))
    codings = [Coding(g(5, i), draw(st.sampled_from(codes)).id, draw(st.sampled_from(users)).id, draw(st.sampled_from(selections)).id)
               for i in range(draw(st.integers(0, 12)) if selections else 0)]
    memos = [Memo(g(6, i), text, draw(NAMES), draw(st.sampled_from(["", *(c.id for c in codes)]))) for i, text in enumerate(draw(st.lists(TEXTS, max_size=2)))]
    return Project("any", "qdpx", "somewhere", users=users, codes=codes, sources=sources, selections=selections, codings=codings, memos=memos)


def paths(project: Project) -> dict[str, tuple[str, ...]]:
    """Id of a code -> the names from the top."""
    codes = {c.id: c for c in project.codes}

    def path(ident: str) -> tuple[str, ...]:
        code = codes[ident]
        return (*(path(code.parent) if code.parent else ()), code.name)

    return {c: path(c) for c in codes}


def said(project: Project) -> set[tuple[str, int | None, int | None, tuple[str, ...], str]]:
    """What a project says, whatever its ids: text, characters, path of the code and name of the coder of each coding of a selection."""
    texts = {s.id: s.text or "" for s in project.sources}
    selections = {s.id: s for s in project.selections}
    users = {u.id: u.name for u in project.users}
    names = paths(project)
    return {(texts[s.source], s.start, s.end, names[c.code], users.get(c.user, "")) for c in project.codings if c.selection for s in (selections[c.selection],)}
