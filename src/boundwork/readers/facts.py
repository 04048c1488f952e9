"""What each format gives beyond its tables, in words: where characters come from, who the coder is, what is never read. Reference pages print it."""

from __future__ import annotations

from typing import NamedTuple


class Facts(NamedTuple):
    """Three sentences about a format, and the modules that read it."""

    modules: tuple[str, ...]
    characters: str
    coder: str
    never: str = ""


_TABLE = ("coded_table",)
_LOCATED = "None in the table; a quote that stands once in a text at hand gives them."
FACTS: dict[str, Facts] = {
    "qdpx": Facts(("refi_elements", "refi_selections"), "The writer's convention, found out from names and quotes: see below.",
                  "The creatingUser of each coding, not of the selection.", "basePath, currentPath and absolute paths."),
    "qdc": Facts(("refi_elements",), "None: a codebook holds no codings."
                 " Those of a project document alone are taken as declared, unchecked.", "As in qdpx."),
    "qualcoder": Facts(("qualcoder",), "Code points, or UTF-16 units where the stored quote says so, selection by selection.", "The owner of each row.",
                       "pseudonyms.json, and paths outside the project's folders."),
    "taguette": Facts(("taguette",), "UTF-8 bytes of the text inside the HTML, checked against the snippet.",
                      "Whoever put the tag on the highlight, from the log of commands.", "The tables users and project_members."),
    "rqda": Facts(("rqda",), "Code points, checked against the stored quote; rows that RQDA marks as deleted are counted, not read.", "The owner of each row."),
    "requal": Facts(("requal",), "Code points counted from 1 with the end included, checked against the stored quote.", "The segment's user, by name.",
                    "Logins, mail addresses, permissions and the log."),
    "maxqda": Facts(_TABLE, f"{_LOCATED} Paragraph numbers are kept as the place.", "Created by, or author."),
    "atlas": Facts(_TABLE, _LOCATED, "Created by."),
    "dedoose": Facts(_TABLE, "The excerpt range, checked against the excerpt where the text is at hand.", "The excerpt's creator."),
    "dedoose-word": Facts(("dedoose_word",), "The anchors of the comments; the numbers that a comment gives are kept as the place.", "The comment's author."),
    "nvivo-text": Facts(("nvivo_text", *_TABLE), _LOCATED, "None."),
    "qualcoder-table": Facts(_TABLE, _LOCATED, "Column Coder."),
    "taguette-table": Facts(_TABLE, _LOCATED, "None."),
    "table": Facts(_TABLE, "Columns for start and end (0-based, end excluded, or what the quotes say), else as for the other tables.",
                   "A column for the coder."),
}
