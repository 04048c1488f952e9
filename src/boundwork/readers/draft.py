"""A project while it is read: ids made unique, references held to what exists, and every loss counted. No reader fills a record past it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from boundwork.readers.limits import MOST_THINGS
from boundwork.readers.record import (
    Attribute,
    Case,
    Code,
    Coding,
    Group,
    Link,
    Loss,
    Memo,
    Outcome,
    Project,
    Selection,
    Source,
    User,
    Variable,
)
from boundwork.readers.refusing import unreadable
from boundwork.wording import one_line

T = TypeVar("T", User, Code, Source, Selection, Coding, Variable, Case, Group, Memo, Link)
_MOST_PLACES = 5
_KINDS = {User: "users", Code: "codes", Source: "sources", Selection: "selections", Coding: "codings", Variable: "variables", Case: "cases",
          Group: "groups", Memo: "memos", Link: "links", Attribute: "attributes"}


def shown(text: str, most: int = 60) -> str:
    """Return a word from a file so that it can stand in a message: short, on one line, without control characters."""
    return one_line(text, most)


class Draft:
    """The project under construction. `finish` returns it, checked."""

    def __init__(self, name: str, format: str, origin: str = "") -> None:
        self.project = Project(name, format, origin)
        self._ids: dict[type, set[str]] = {kind: set() for kind in _KINDS}
        self._numbers: dict[tuple[type, str], int] = {}
        self._losses: dict[tuple[Outcome, str, str], tuple[int, list[str]]] = {}

    def lose(self, outcome: Outcome, what: str, why: str = "", where: str = "", count: int = 1) -> None:
        """Count something for the loss report; equal lines are one line, with the first few places."""
        if count == 0:
            return
        before, places = self._losses.get((outcome, what, why), (0, []))
        if where and len(places) <= _MOST_PLACES and where not in places:
            places.append(where)
        self._losses[(outcome, what, why)] = (before + count, places)

    def has(self, kind: type, id: str) -> bool:
        """True when the project holds a thing of this kind under this id."""
        return id in self._ids[kind]

    def add(self, thing: T, where: str = "") -> T:
        """Add a thing; where its id is taken, it is kept under a new one and the report says so. Returns it as it was added."""
        kind = type(thing)
        ids = self._ids[kind]
        if thing.id in ids:
            self.lose("approximated", f"{_KINDS[kind]} with an id that another one has", "the later one is kept as ID#2, and references mean the first",
                      where or shown(thing.id))
            thing = replace(thing, id=self.another(kind, thing.id))
        if len(ids) >= MOST_THINGS:
            raise unreadable(f"The project has more than {MOST_THINGS:,} {_KINDS[kind]}", "Split it and import its parts")
        ids.add(thing.id)
        getattr(self.project, _KINDS[kind]).append(thing)
        return thing

    def another(self, kind: type, id: str) -> str:
        """Return an id that no thing of a kind has yet, made from one that is taken; it is not taken by asking."""
        number = self._numbers.get((kind, id), 1)
        ids = self._ids[kind]
        while True:
            number += 1
            self._numbers[(kind, id)] = number
            if f"{id}#{number}" not in ids:
                return f"{id}#{number}"

    def forget(self, kind: type, ids: set[str]) -> None:
        """Take ids out of the references that hold; the caller has taken the things out of the project."""
        self._ids[kind] -= ids

    def user(self, name: str) -> str:
        """Return the id of a user who is known by name alone, adding her at her first appearance; empty for no name."""
        if name and name not in self._ids[User]:
            self.add(User(name, name))
        return name

    def finish(self) -> Project:
        """Return the project with references checked and its losses listed: first what was read, then the rest, the worst last."""
        self._check_references()
        project = self.project
        for name in _KINDS.values():
            if count := len(getattr(project, name)):
                project.losses.append(Loss("read", name, count))
        order = ("read", "kept", "approximated", "left out")
        for (outcome, what, why), (count, places) in sorted(self._losses.items(), key=lambda item: order.index(item[0][0])):
            listed = "; ".join(places[:_MOST_PLACES]) + ("; ..." if len(places) > _MOST_PLACES else "")
            project.losses.append(Loss(outcome, what, count, why, listed))
        return project

    def _check_references(self) -> None:
        """Take out what points at nothing, and count it."""
        project = self.project
        project.codes = [self._parented(code) for code in project.codes]
        self._break_circles()
        project.selections = [s for s in project.selections if self._known(Source, s.source, "selections of a source that is not there", s.id)]
        self._ids[Selection] = {s.id for s in project.selections}
        project.codings = [c for c in project.codings if self._coding_holds(c)]
        known = set().union(*self._ids.values())
        project.cases = [replace(c, sources=self._only(Source, c.sources, "cases", c.id), selections=self._only(Selection, c.selections, "cases", c.id),
                                 codes=self._only(Code, c.codes, "cases", c.id)) for c in project.cases]
        project.groups = [replace(g, members=self._members(known, g)) for g in project.groups]
        project.attributes = [a for a in project.attributes if self._known(Variable, a.variable, "values of a variable that is not there", a.case or a.source)
                              and (not a.case or self._known(Case, a.case, "values of a case that is not there", a.variable))
                              and (not a.source or self._known(Source, a.source, "values of a source that is not there", a.variable))]
        project.links = [link for link in project.links
                         if self._in(known, link.origin, "links from something that is not there", link.id)
                         and self._in(known, link.target, "links to something that is not there", link.id)]
        for index, memo in enumerate(project.memos):
            if memo.about and memo.about not in known:
                self.lose("approximated", "memos on something that is not there", "kept as free memos", shown(memo.id))
                project.memos[index] = replace(memo, about="")

    def _parented(self, code: Code) -> Code:
        if not code.parent or code.parent in self._ids[Code]:
            return code
        self.lose("approximated", "codes under a code that is not there", "kept at the top", shown(code.name))
        return replace(code, parent="")

    def _break_circles(self) -> None:
        """Cut a code loose that stands above itself; a hierarchy has a top."""
        parent = {c.id: c.parent for c in self.project.codes}
        fine: set[str] = {""}
        for code in self.project.codes:
            path: list[str] = []
            seen: set[str] = set()
            at = code.id
            while at not in fine and at not in seen:
                path.append(at)
                seen.add(at)
                at = parent[at]
            if at in seen:
                self.lose("approximated", "codes that stand above themselves", "one of the circle is put at the top", shown(at))
                parent[at] = ""
            fine.update(path)
        self.project.codes = [c if parent[c.id] == c.parent else replace(c, parent=parent[c.id]) for c in self.project.codes]

    def _coding_holds(self, c: Coding) -> bool:
        if not self._known(Code, c.code, "codings with a code that is not there", c.id):
            return False
        if c.selection:
            return self._known(Selection, c.selection, "codings of a selection that is not there", c.id)
        if c.case:
            return self._known(Case, c.case, "codings of a case that is not there", c.id)
        return self._known(Source, c.source, "codings of a source that is not there", c.id)

    def _known(self, kind: type, id: str, what: str, where: str) -> bool:
        return self._in(self._ids[kind], id, what, where)

    def _in(self, known: set[str], id: str, what: str, where: str) -> bool:
        if id in known:
            return True
        self.lose("left out", what, "the file does not hold what they point at", shown(where))
        return False

    def _only(self, kind: type, ids: Sequence[str], owner: str, where: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(i for i in ids if self._known(kind, i, f"members of {owner} that are not there", where)))

    def _members(self, known: set[str], group: Group) -> tuple[str, ...]:
        return tuple(dict.fromkeys(i for i in group.members if self._in(known, i, "members of groups that are not there", group.name or group.id)))


