"""Random projects for Hypothesis: texts with everything that shifts offsets, and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Link, Memo, Project, Selection, Source, User, Variable

PIECES = ("We shared the work. ", "é", "e\u0301", "🙂", "👩\u200d🚒", "𝔘", "\r\n", "\n", "\u2029",
          "שלום עולם ", "\u200fمرحبا ", "  ", "\t", "ß", "Then, a quarrel;\r\n", "x")
"""Astral characters, combining marks, joiners, every line end, right-to-left words."""
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=24).map("".join)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")), min_size=1, max_size=12)
WORDS = st.one_of(st.just(""), st.lists(st.sampled_from((*PIECES[:6], "\n", "\r\n", "<&>\"'")), max_size=6).map("".join))


def guid(number: int) -> str:
    """A GUID in the form that the readers give."""
    return f"{number:08x}-0000-4000-8000-00000000abcd"


@dataclass
class Numbers:
    """Hands out ids."""

    last: int = 0

    def take(self) -> str:
        self.last += 1
        return guid(self.last)


def inside_crlf(text: str, at: int) -> bool:
    """True where a position stands between CR and LF, which no tool can mark."""
    return 0 < at < len(text) and text[at - 1] == "\r" and text[at] == "\n"


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """A project that QDPX can hold whole: no two selections of one span, no two equal codings."""
    ids = Numbers()
    project = Project(draw(NAMES), "qdpx", "", draw(WORDS))
    project.users = [User(ids.take(), draw(NAMES)) for _ in range(draw(st.integers(0, 3)))]
    for _ in range(draw(st.integers(1, 6))):
        parent = draw(st.sampled_from(["", *(c.id for c in project.codes)]))
        project.codes.append(Code(ids.take(), draw(NAMES), parent, draw(WORDS), draw(st.booleans()), draw(st.sampled_from(["", "#FF0000"]))))
    project.codes = _in_document_order(project.codes)
    project.sources = [Source(i := ids.take(), draw(NAMES), draw(TEXTS), path=f"sources/{i}.txt", memo=draw(WORDS)) for _ in range(draw(st.integers(1, 3)))]
    users = st.sampled_from(["", *(u.id for u in project.users)])
    dates = st.sampled_from(["", "2024-02-29T12:00:00Z"])
    for source in project.sources:
        text = source.text or ""
        spots = st.sampled_from([at for at in range(len(text) + 1) if not inside_crlf(text, at)])
        spans = draw(st.lists(st.tuples(spots, spots).map(lambda p: (min(p), max(p))), unique=True, max_size=5))
        for start, end in spans:
            selection = Selection(ids.take(), source.id, start, end, "", "", draw(WORDS), "", draw(dates), user=draw(users))
            project.selections.append(selection)
            for code, user in draw(st.lists(st.tuples(st.sampled_from([c.id for c in project.codes]), users), unique=True, max_size=3)):
                project.codings.append(Coding(ids.take(), code, user, selection.id, source.id, created=draw(dates)))
    for source in project.sources:
        for code, user in draw(st.lists(st.tuples(st.sampled_from([c.id for c in project.codes]), users), unique=True, max_size=1)):
            project.codings.append(Coding(ids.take(), code, user, "", source.id, created=draw(dates)))
    kinds = {"text": "a <b>", "boolean": "true", "integer": "-3", "float": "0.5", "date": "2024-02-29", "datetime": "2024-02-29T12:00:00Z"}
    project.variables = [Variable(ids.take(), draw(NAMES), draw(st.sampled_from(sorted(kinds))), draw(WORDS)) for _ in range(draw(st.integers(0, 3)))]
    for _ in range(draw(st.integers(0, 2))):
        some = [s.id for s in project.sources] + [s.id for s in project.selections]
        members = draw(st.lists(st.sampled_from(some), unique=True, max_size=3))
        case = Case(ids.take(), draw(NAMES), draw(WORDS), tuple(m for m in members if any(m == s.id for s in project.sources)),
                    tuple(m for m in members if any(m == s.id for s in project.selections)))
        project.cases.append(case)
        project.attributes += [Attribute(v.id, kinds[v.type], case=case.id) for v in project.variables]
    project.attributes += [Attribute(v.id, kinds[v.type], source=project.sources[0].id) for v in project.variables if draw(st.booleans())]
    project.groups = [Group(ids.take(), draw(NAMES), tuple(draw(st.lists(st.sampled_from([c.id for c in project.codes] + [s.id for s in project.sources]),
                                                                            unique=True, max_size=3))), draw(WORDS)) for _ in range(draw(st.integers(0, 2)))]
    about = st.sampled_from(["", *(c.id for c in project.codes), *(s.id for s in project.sources)])
    project.memos = [Memo(ids.take(), draw(WORDS) + ".", draw(NAMES), draw(about), draw(users), draw(dates)) for _ in range(draw(st.integers(0, 2)))]
    if len(project.codes) > 1 and draw(st.booleans()):
        project.links = [Link(ids.take(), project.codes[0].id, project.codes[1].id, "supports", "OneWay")]
    return project


def _in_document_order(codes: list[Code], parent: str = "") -> list[Code]:
    return [c for code in codes if code.parent == parent for c in (code, *_in_document_order(codes, code.id))]
