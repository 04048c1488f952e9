"""A CSV table cut into blocks that different machines read: where each block's first record starts, exactly, also within quoted cells.

A block is looked at as if a record started at its first line. Where the block before it ends within a record, the lines that
this record takes are known from there, and the block is looked at again behind them, until all blocks agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from boundwork.tables.reader import Row, Span, Table
from boundwork.tables.schema import TABLES

_PIECE = 1 << 20


@dataclass(frozen=True)
class Block:
    """A stretch of a table in bytes, and what a look at it gave: lines, records, lines that its last record takes behind it.

    `skip` lines at its start belong to a record before it. `line` and `number` count lines and records before the block.
    """

    path: str
    table: str
    start: int
    end: int
    skip: int = 0
    digest: str = ""
    lines: int = 0
    records: int = 0
    over: int = 0
    rows: int = 0
    stopped: bool = False
    too_long: bool = False
    line: int = 0
    number: int = 0


def cut(path: Path, table: str, size: int) -> list[Block]:
    """Return the blocks of a table of about so many bytes each; where lines start is not known yet."""
    total = path.stat().st_size
    edges = [*range(0, total, size), total] if total else [0]
    return [Block(str(path), table, a, b) for a, b in pairwise(edges)]


def _next_line(path: Path, place: int) -> int:
    """Return where the first line starts at a place or behind it."""
    if not place:
        return 0
    with open(path, "rb") as file:
        file.seek(place - 1)
        at = place - 1
        while piece := file.read(_PIECE):
            found = piece.find(b"\n")
            if found >= 0:
                return at + found + 1
            at += len(piece)
        return at


def look(block: Block, width: int) -> Block:
    """Return the block with its lines counted and its records told; `width` is the number of columns in the header."""
    path = Path(block.path)
    if not block.digest:  # the first look also settles where its lines start
        start, end = _next_line(path, block.start), _next_line(path, block.end)
        digest, count, at, last = hashlib.sha256(), 0, start, b"\n"
        with open(path, "rb") as file:
            file.seek(start)
            while at < end and (piece := file.read(min(_PIECE, end - at))):
                digest.update(piece)
                count += piece.count(b"\n")
                at += len(piece)
                last = piece[-1:]
        block = replace(block, start=start, end=end, digest=digest.hexdigest(), lines=count + (last != b"\n"))
    if block.skip >= block.lines:
        return replace(block, over=block.skip - block.lines, records=0, rows=0, stopped=False, too_long=False)
    spec = TABLES[block.table]
    table = Table(spec, path, block.path, header=[""] * width)
    table.span = Span(_behind(path, block), block.end, line=min(1, block.start + block.skip), number=1)
    rows = sum(1 for _ in table.rows())
    span = table.span
    return replace(block, records=span.records, over=span.over, rows=rows, stopped=span.stopped, too_long=not table.whole and not span.stopped)


def _behind(path: Path, block: Block) -> int:
    """Where the first line starts that belongs to no record before the block."""
    at = block.start
    with open(path, "rb") as file:
        file.seek(at)
        for _ in range(block.skip):
            at += len(file.readline())
    return at


def settle(blocks: list[Block], look_at: Callable[[list[Block]], list[Block]]) -> list[Block]:
    """Return the blocks of one table with the line and record number at which each starts; what follows an unreadable record is left out."""
    found = look_at(blocks)
    while True:
        wrong = []
        for i, (before, block) in enumerate(pairwise(found), 1):
            if before.stopped:
                break
            if block.skip != before.over:
                wrong.append((i, replace(block, skip=before.over)))
        if not wrong:
            break
        for (i, _), block in zip(wrong, look_at([b for _, b in wrong]), strict=True):
            found[i] = block
    line = number = 0
    placed = []
    for block in found:
        placed.append(replace(block, line=line, number=number))
        line, number = line + block.lines, number + block.records
        if block.stopped:
            break
    return placed


def rows_of(block: Block, header: list[str], shown: str) -> tuple[Table, Iterator[Row]]:
    """Return the table for findings and the records that start in a block, as `Table.rows` would yield them for the whole file."""
    table = Table(TABLES[block.table], Path(block.path), shown, header=header)
    if block.skip >= block.lines:
        return table, iter(())
    table.span = Span(_behind(Path(block.path), block), block.end, block.line + block.skip, block.number)
    return table, table.rows()
