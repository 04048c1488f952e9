"""Parts of the generated pages in Markdown: a page with its title and origin, a table, a cell, code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence


def page(title: str, source: str, lines: Iterable[str]) -> str:
    """Return a page with its title and a line that says what it is made from."""
    text = "\n".join([f"# {title}", "", f"Made by `docs/generate.py` from {source}; do not edit this page.", "", *lines])
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def cell(text: str) -> str:
    """Return a text that a cell of a Markdown table can hold."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(' --- ' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(map(cell, row))} |"
    yield ""


def code(text: str) -> str:
    """Return a text as code, or nothing for nothing."""
    return f"`{text}`" if text else ""
