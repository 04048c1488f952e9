"""Taguette databases (.sqlite3): text inside HTML, offsets in UTF-8 bytes of it, coders from the log of commands. The table of users is never read."""

from __future__ import annotations

import json
import re
from html import unescape

from boundwork.readers.database import Database
from boundwork.readers.draft import Draft
from boundwork.readers.offsets import CODE_POINTS, UTF8, UTF16
from boundwork.readers.quoted import add_selections, claimed
from boundwork.readers.record import Code, Coding, Project, Selection, Source
from boundwork.readers.several import chosen

_WHY = {"users": "private", "project_members": "private", "alembic_version": "of the tool alone"}
_HIDDEN = {"script", "style", "head", "title"}


_NO_NUMBER = re.compile("&#[0-9]{8,};?")
_TAG_END = re.compile("[>\"']")
_NAME = re.compile("</?([a-zA-Z][^\\s/>]*)")


def _tag_end(html: str, start: int) -> int:
    """Return where a tag ends that begins at `start`, the length of the document where it never does; > inside a quoted value ends nothing."""
    at = start
    while match := _TAG_END.search(html, at):
        if match.group() == ">":
            return match.end()
        at = match.end()
        if html[match.start() - 1] == "=":
            at = html.find(match.group(), at) + 1
            if at == 0:
                break
    return len(html)


def text_inside(html: str) -> str:
    r"""Return the words of an HTML document as Taguette counts them: text nodes one after another, CRLF as LF, white space before the first left off.

    >>> text_inside("<p>R&amp;D &#128578;</p>\n<p>on</p>")
    'R&D 🙂\non'
    """
    html = _NO_NUMBER.sub("\ufffd", html).replace("\r\n", "\n").replace("\r", "\n")
    words: list[str] = []
    at = 0
    while (mark := html.find("<", at)) >= 0:
        words.append(unescape(html[at:mark]))
        name = _NAME.match(html, mark)
        if html.startswith("<!--", mark):
            at = html.find("-->", mark) + 3
            if at == 2:
                at = len(html)
        elif name and name.group(1).lower() in _HIDDEN:
            closing = re.compile(f"</{name.group(1)}", re.IGNORECASE).search(html, mark)
            at = _tag_end(html, closing.start()) if closing else len(html)
        elif name or html[mark + 1:mark + 2] in ("!", "?", "/"):
            at = _tag_end(html, mark)
        else:
            words.append("<")
            at = mark + 1
    words.append(unescape(html[at:]))
    return "".join(words).lstrip(" \t\n\f")


def read_taguette(database: Database, name: str, project: str | None = None) -> Project:
    """Return the project in a Taguette database, or the one of several that is asked for by id or name."""
    projects = {row.text("id"): row for row in database.rows("projects")}
    id = chosen({key: row.text("name") for key, row in projects.items()}, project, database.shown)
    draft = Draft(projects[id].text("name") or name, "taguette", "Taguette")
    draft.project.description = projects[id].text("description")
    draft.lose("left out", "other projects in the file", "one project is read at a time", "", len(projects) - 1)
    for row in database.rows("tags"):
        if row.text("project_id") == id:
            parent = row.text("parent_id")
            draft.add(Code(f"tag:{row.text('id')}", row.text("path"), f"tag:{parent}" if parent else "", row.text("description")),
                      f"table tags, row {row['#']}")
    for row in database.rows("documents"):
        if row.text("project_id") == id:
            draft.add(Source(f"document:{row.text('id')}", row.text("name"), text_inside(row.text("contents")), memo=row.text("description")),
                      f"table documents, row {row['#']}")
    draft.lose("approximated", "documents in HTML", "their words are read, their formatting is not", "", len(draft.project.sources))
    _highlights(database, draft, _coders(database, draft, id))
    database.count_unread(draft, _WHY)
    return draft.finish()


def _coders(database: Database, draft: Draft, project: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return who put a tag on a highlight and when, from the log: the first command since which it has been there without a break."""
    tagged: dict[str, dict[str, tuple[str, str]]] = {}
    for row in database.rows("commands", order="id"):
        if row.text("project_id") != project:
            continue
        try:
            payload = json.loads(row.text("payload"))
        except (ValueError, RecursionError):
            payload = None
        if not isinstance(payload, dict):
            draft.lose("left out", "commands that are no JSON", "who coded cannot be told from them", f"table commands, row {row['#']}")
            continue
        if payload.get("type") != "highlight_add":
            continue
        tags = payload.get("tags")
        before = tagged.get(str(payload.get("highlight_id")), {})
        who = (row.text("user_login"), row.text("date"))
        tagged[str(payload.get("highlight_id"))] = {str(tag): before.get(str(tag), who) for tag in (tags if isinstance(tags, list) else ())}
    return {(highlight, tag): who for highlight, tags in tagged.items() for tag, who in tags.items()}


def _highlights(database: Database, draft: Draft, coders: dict[tuple[str, str], tuple[str, str]]) -> None:
    texts = {s.id: s.text for s in draft.project.sources}
    tags: dict[str, list[str]] = {}
    for row in database.rows("highlight_tags"):
        tags.setdefault(row.text("highlight_id"), []).append(row.text("tag_id"))
    first = {highlight: who for (highlight, _), who in reversed(coders.items())}
    claims, selections = [], []
    for row in database.rows("highlights"):
        source, id = f"document:{row.text('document_id')}", row.text("id")
        if source not in texts:
            draft.lose("left out", "highlights of documents that are not in the project", "they may belong to another project of the file", "")
            continue
        user, date = first.get(id, ("", ""))
        quote = text_inside(row.text("snippet"))
        claims.append(claimed(texts[source], row.number("start_offset"), row.number("end_offset"), quote))
        selections.append(Selection(f"highlight:{id}", source, quote=quote, created=date, user=draft.user(user)))
    moved = add_selections(draft, claims, selections, [None] * len(claims), (UTF8, CODE_POINTS, UTF16), "highlights")
    for highlight, selection in moved.items():
        key = highlight.removeprefix("highlight:")
        for tag in tags.get(key, ()):
            user, date = coders.get((key, tag), ("", ""))
            if not user:
                draft.lose("approximated", "codings without a coder", "the log of commands does not say who drew them", highlight)
            draft.add(Coding(f"{highlight}/{tag}", f"tag:{tag}", draft.user(user), selection, created=date))
