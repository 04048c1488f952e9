"""What any QDA project holds, as plain values: every reader fills this record, the importer and the exporter work on nothing else.

Ids are the tool's own (a GUID, a row number, a path) and hold within one project only. Offsets are Unicode code points of the
source's text, 0-based, end exclusive, whatever the tool counts in; `Project.offsets` says which convention a reader found and
how many selections bear it out. Text is kept exactly as the tool has it, line ends included.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["read", "kept", "approximated", "left out"]


@dataclass(frozen=True)
class User:
    """A person who coded, as the tool names them."""

    id: str
    name: str


@dataclass(frozen=True)
class Code:
    """A code of the project; `parent` is the code or category above it. A category that cannot be applied has `codable` False."""

    id: str
    name: str
    parent: str = ""
    description: str = ""
    codable: bool = True
    color: str = ""


@dataclass(frozen=True)
class Source:
    """A document. `text` is None where the project holds no text of it (a picture, a table of quotes)."""

    id: str
    name: str
    text: str | None = None
    kind: str = "text"
    path: str = ""
    """The place inside the project's file or the tool's folder of documents; never a path of somebody's machine."""
    memo: str = ""


@dataclass(frozen=True)
class Selection:
    """A stretch of a source. `start` and `end` are None where the tool gives no characters; `quote` is what it says stands there."""

    id: str
    source: str
    start: int | None = None
    end: int | None = None
    quote: str = ""
    name: str = ""
    memo: str = ""
    place: str = ""
    """Where it stands in the tool's own words (paragraph 12, page 3), for what has no characters."""
    created: str = ""
    speaker: str = ""
    user: str = ""
    """Who made the selection; who coded it stands with each coding."""


@dataclass(frozen=True)
class Coding:
    """One code put on one selection by one user; `selection` is empty for a code on the whole `source` or on a `case`."""

    id: str
    code: str
    user: str = ""
    selection: str = ""
    source: str = ""
    case: str = ""
    created: str = ""
    memo: str = ""
    weight: str = ""


@dataclass(frozen=True)
class Variable:
    """An attribute of cases or sources; `type` is text, boolean, integer, float, date or datetime."""

    id: str
    name: str
    type: str = "text"
    description: str = ""


@dataclass(frozen=True)
class Case:
    """A unit of the project (a person, an organisation), with what belongs to it."""

    id: str
    name: str
    description: str = ""
    sources: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attribute:
    """The value of a variable for a case or a source, as text in the lexical form of the variable's type; absent = unknown."""

    variable: str
    value: str
    case: str = ""
    source: str = ""


@dataclass(frozen=True)
class Group:
    """A named set of codes, sources or other things (`members` are ids), or a picture of them."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Memo:
    """A free note; `about` is the id of what it hangs on, empty for the project."""

    id: str
    text: str
    name: str = ""
    about: str = ""
    user: str = ""
    created: str = ""


@dataclass(frozen=True)
class Link:
    """A relation that the project draws between two things, by their ids."""

    id: str
    origin: str
    target: str
    name: str = ""
    direction: str = ""


@dataclass(frozen=True)
class Loss:
    """One line of the loss report: what became of `count` things of a kind, and why; `where` names entry, table or row."""

    outcome: Outcome
    what: str
    count: int
    why: str = ""
    where: str = ""


@dataclass(frozen=True)
class Offsets:
    """The convention that a reader chose for selections, and how many of those that can be checked fit it."""

    unit: str
    line_ends: str = "as they are"
    declared: bool = False
    """True where the evidence does not decide and the convention is the one that the format declares."""
    fitting: int = 0
    checked: int = 0
    selections: int = 0


@dataclass
class Project:
    """One project, whole. `format` is the reader's name, `origin` the program that wrote the file."""

    name: str
    format: str
    origin: str = ""
    description: str = ""
    users: list[User] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    selections: list[Selection] = field(default_factory=list)
    codings: list[Coding] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    memos: list[Memo] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    offsets: list[Offsets] = field(default_factory=list)
