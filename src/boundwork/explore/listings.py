"""Rows of cells as text that other programs and people read: CSV, TSV, JSON, Markdown, HTML. Where the text goes is for a face to say.

Cells that a spreadsheet would run are defused, unless raw ones are asked for.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from boundwork.wording import defused

Cell = str | int | float | bool | None
_STYLE = ("body{font:1rem/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}"
          "th,td{border:1px solid #767676;padding:.3em .6em;text-align:left}")


def text_of(cell: Cell) -> str:
    """A cell as text: nothing for None, true and false in lower case, whole floats without a fraction."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:g}"
    return str(cell)


def is_number(cell: Cell) -> bool:
    """True for a number; true and false are none."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def separated(rows: Iterable[dict[str, Cell]], columns: Sequence[str], comma: str = ",", raw: bool = False) -> Iterator[str]:
    r"""Yield lines of CSV, or of TSV with a tab for `comma`; each ends in \n, the first holds the names of the columns.

    >>> "".join(separated([{"a": "=1+1", "b": 2}], ["a", "b"]))
    "a,b\n'=1+1,2\n"
    """
    for cells in (list(columns), *([_defused(row.get(c), raw) for c in columns] for row in rows)):
        line = io.StringIO()
        csv.writer(line, delimiter=comma, lineterminator="\r\n").writerow(cells)  # with "\n" a carriage return would stand unquoted
        yield line.getvalue().removesuffix("\r\n") + "\n"


def _defused(cell: Cell, raw: bool) -> str:
    text = text_of(cell)
    return defused(text) if isinstance(cell, str) and not raw else text


def as_json(rows: Iterable[dict[str, Cell]]) -> str:
    """Rows as a JSON array of objects."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1)


def markdown(rows: Sequence[dict[str, Cell]], columns: Sequence[str]) -> str:
    """Rows as a Markdown table; columns of numbers stand to the right."""
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(c.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ") for c in cells) + " |"

    right = {c for c in columns if rows and all(is_number(r.get(c)) for r in rows)}
    rule = "|" + "|".join(" ---: " if c in right else " --- " for c in columns) + "|"
    return "\n".join([line(columns), rule, *(line(text_of(r.get(c)) for c in columns) for r in rows)])


def html_page(rows: Iterable[dict[str, Cell]], columns: Sequence[str], notes: Sequence[str] = (), title: str = "") -> str:
    """Rows as an HTML page of its own, without script; notes stand under the table."""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in columns)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(text_of(r.get(c)))}</td>" for c in columns) + "</tr>" for r in rows)
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    foot = "\n".join(f"<p>{escape(n)}</p>" for n in notes)
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(title or 'boundwork')}</title><style>{_STYLE}</style></head><body>\n<table>{caption}\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody></table>\n{foot}\n</body></html>")


__all__ = ["Cell", "as_json", "html_page", "is_number", "markdown", "separated", "text_of"]
