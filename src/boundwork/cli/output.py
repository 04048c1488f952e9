"""Listings and graphs on standard output, in every format of the contract. Cells that a spreadsheet would run are defused."""

from __future__ import annotations

import argparse
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence

from boundwork.explore.listings import Cell, as_json, html_page, is_number, markdown, separated, text_of
from boundwork.wording import folded

LISTINGS = ("table", "csv", "tsv", "json", "md", "html")
RESULTS = (*LISTINGS, "srj", "srx")
GRAPHS = ("turtle", "ttl", "nt", "trig", "nq", "jsonld")


def add_format(parser: argparse.ArgumentParser, choices: Sequence[str] = LISTINGS, default: str | None = "table") -> None:
    """Add --format and --raw."""
    parser.add_argument("--format", choices=choices, default=default, metavar="FORMAT", help=f"one of {', '.join(choices)}")
    parser.add_argument("--raw", action="store_true", help="csv and tsv: leave cells that start with = + - @ as they are")


def listing(rows: Iterable[dict[str, Cell]], columns: Sequence[str], form: str, raw: bool = False, notes: Sequence[str] = (), title: str = "") -> None:
    """Print rows. In formats that people read the title and the notes stand beside them; elsewhere notes go to standard error."""
    found = list(rows)
    if form == "json":
        print(as_json(found))
    elif form in ("csv", "tsv"):
        sys.stdout.writelines(separated(found, columns, "," if form == "csv" else "\t", raw))
    elif form == "md":
        print(f"**{title}**\n" if title else "", end="\n" if title else "")
        print(markdown(found, columns))
        print("".join(f"\n{n}\n" for n in notes), end="")
    elif form == "html":
        print(html_page(found, columns, notes, title))
    else:
        if title:
            print(f"{wrapped(title)}\n")
        print(_table(found, columns, width()))
        print("".join(f"\n{wrapped(n)}" for n in notes))
    if form in ("json", "csv", "tsv"):
        for note in notes:
            print(wrapped(note), file=sys.stderr)


def width() -> int:
    """Columns to fill: the terminal's, or 0 (no limit) when the output is no terminal."""
    if not sys.stdout.isatty():
        return int(os.environ.get("COLUMNS", "0") or 0)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return 80


def wrapped(text: str, later: str = "") -> str:
    """Text folded between words to the width of the terminal, 100 where there is none; `later` stands before every line but the first."""
    return "\n".join(folded(text, width() or 100, later))


def _wide(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, size: int, right: bool) -> str:
    gap = " " * (size - _wide(text))
    return gap + text if right else text + gap


def _fold(text: str, size: int) -> list[str]:
    return [part for line in text.splitlines() or [""] for part in folded(line, size)]


def _table(rows: list[dict[str, Cell]], columns: Sequence[str], limit: int) -> str:
    cells = [[text_of(r.get(c)) for c in columns] for r in rows]
    right = [bool(rows) and all(is_number(r.get(c)) for r in rows) for c in columns]
    sizes = [max([_wide(name), *(max((_wide(x) for x in row[i].splitlines()), default=0) for row in cells)]) for i, name in enumerate(columns)]
    if limit and sum(sizes) + 2 * (len(sizes) - 1) > limit:
        same = [c for i, c in enumerate(columns) if len(rows) > 1 and len({row[i] for row in cells}) == 1]
        if same and len(same) < len(columns):
            told = "; ".join(f"{c} {text_of(rows[0].get(c))}" for c in same if text_of(rows[0].get(c)))
            rest = _table(rows, [c for c in columns if c not in same], limit)
            return f"{wrapped('In every row: ' + told)}\n\n{rest}" if told else rest
        longest = [max([_wide(name), *(_wide(word) for row in cells for word in row[i].split())]) for i, name in enumerate(columns)]
        least = [min(size, max(8, word)) for size, word in zip(sizes, longest, strict=True)]  # a code in a cell stays in one piece
        if sum(least) + 2 * (len(least) - 1) > limit:
            return _records(cells, columns, limit)
        while sum(sizes) + 2 * (len(sizes) - 1) > limit:
            widest = max(range(len(sizes)), key=lambda i: sizes[i] - least[i])
            if sizes[widest] <= least[widest]:
                break
            sizes[widest] -= 1
    lines = []
    for kind, row in (("head", list(columns)), ("rule", ["-" * s for s in sizes]), *(("row", r) for r in cells)):
        folded = [_fold(text, size) if kind != "rule" else [text] for text, size in zip(row, sizes, strict=True)]
        for k in range(max(map(len, folded), default=0)):
            parts = [_pad(f[k] if k < len(f) else "", s, r) for f, s, r in zip(folded, sizes, right, strict=True)]
            lines.append("  ".join(parts).rstrip())
    if not rows:
        lines.append("(no rows)")
    return "\n".join(lines)


def _records(cells: list[list[str]], columns: Sequence[str], limit: int) -> str:
    """Rows one below the other, for tables that are too wide for the terminal; empty cells are left out."""
    name = max(map(_wide, columns))
    lines = []
    for number, row in enumerate(cells, 1):
        lines.append(f"-- row {number} ".ljust(min(limit, 40), "-"))
        for column, text in zip(columns, row, strict=True):
            folded = _fold(text, max(20, limit - name - 2))
            lines += [f"{_pad(column if k == 0 else '', name, False)}  {part}".rstrip() for k, part in enumerate(folded) if text]
    return "\n".join(lines) or "(no rows)"


def reader_note(text: str) -> None:
    """Print talk on standard error."""
    print(text, file=sys.stderr)


class Progress:
    """A line on standard error for what takes more than two seconds; silent where standard error is no terminal."""

    def __init__(self) -> None:
        import time

        self._clock = time.monotonic
        self._start = self._last = self._clock()
        self._shown = False

    def __call__(self, what: str, done: int) -> None:
        """Say what is being done; `done` counts rows or pieces."""
        now = self._clock()
        if sys.stderr.isatty() and now - self._start > 2 and now - self._last > 0.2:
            self._last, self._shown = now, True
            count = f" {done:,}" if done else ""
            print(f"\r\033[K{what}{count} ({now - self._start:.0f} s)", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._shown = False


__all__ = ["GRAPHS", "LISTINGS", "RESULTS", "Cell", "Progress", "add_format", "listing", "reader_note", "text_of", "width", "wrapped"]
