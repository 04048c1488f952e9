"""Derivations on standard output: a tree for people, Markdown, Mermaid, a drawing, JSON, or PROV-O."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boundwork.cli.output import GRAPHS, listing, width
from boundwork.wording import folded

if TYPE_CHECKING:
    from boundwork.explore.answers import AskResult
    from boundwork.explore.session import Session
    from boundwork.explore.why.tree import Node

PROVENANCE = GRAPHS
FLAT = ("table", "csv", "tsv", "html")
FORMATS = ("text", "json", "md", "mermaid", "svg", *FLAT, *PROVENANCE)


def add_most(parser: argparse.ArgumentParser, when: str = "") -> None:
    """Add --most."""
    parser.add_argument("--most", type=whole, default=3, metavar="N",
                        help=f"{when}show N derivations of a triple and N members of a count; 0 shows all (default 3)")


def whole(text: str) -> int:
    """Return a whole number from the command line."""
    if not (text.isascii() and text.isdigit() and int(text) < 1_000_000):
        raise argparse.ArgumentTypeError(f"'{text}' is no number such as 0 or 3")
    return int(text)


def print_trees(nodes: Sequence[Node], form: str, study: str, title: str, raw: bool = False) -> None:
    """Print trees in a format; several of them are the rows of an answer."""
    if form == "json":
        import json

        whole = [n.as_dict() for n in nodes]
        print(json.dumps(whole[0] if len(whole) == 1 and nodes[0].kind != "answer" else whole, ensure_ascii=False, indent=1))
    elif form == "md":
        print("\n\n".join("\n".join(_markdown(n, 0)) for n in nodes))
    elif form == "mermaid":
        print("\n".join(_mermaid(nodes)))
    elif form == "svg":
        from boundwork.explore.why.drawing import svg

        sys.stdout.write(svg(nodes, title))
    elif form in FLAT:
        from boundwork.explore.why.listing import COLUMNS, grounds

        listing(grounds(nodes), COLUMNS, form, raw, title=title)
    elif form in PROVENANCE:
        from boundwork.explore.results import graph_text
        from boundwork.explore.why.provenance import provenance

        sys.stdout.buffer.write(graph_text(provenance(study, nodes), form))
    else:
        print("\n\n".join("\n".join(text_tree(n, width() or 80)) for n in nodes))


def print_answer(opened: Session, result: AskResult, form: str, most: int | None = 3, raw: bool = False) -> int:
    """Print an answer with the derivation under each row; return the exit status.

    As table and md a row says no more of what a row above it has explained; csv, tsv and html list the grounds of each row.
    Errors: UsageError for an answer or a format without rows.
    """
    from boundwork.cli.output import reader_note, wrapped
    from boundwork.errors import UsageError
    from boundwork.explore.why.answering import why_rows

    if result.truth is not None:
        raise UsageError("A yes or no has no rows to trace.", "boundwork why traces a single triple.")
    if form in ("srj", "srx"):
        raise UsageError(f"A derivation cannot be written as {form}.", "Use one of table, csv, tsv, json, md, html; boundwork why also draws.")
    trees = why_rows(opened, result, most, apart=form not in ("table", "md"))
    question = result.query.question
    if form == "json":
        import json

        print(json.dumps([{**row, "why": tree.as_dict()} for row, tree in zip(result.table, trees, strict=True)], ensure_ascii=False, indent=1))
        for note in result.notes:
            reader_note(wrapped(note))
    elif form in FLAT and form != "table":
        from boundwork.explore.why.listing import COLUMNS, grounds

        names = {c: c if c not in result.variables else f"ground_{c}" for c in COLUMNS}
        flat = [{**row, **{names[c]: g.get(c) for c in COLUMNS}} for row, tree in zip(result.table, trees, strict=True) for g in grounds([tree])]
        listing(flat, [*result.variables, *names.values()], form, raw, result.notes, question)
    else:
        print(f"**{_plain(question)}**\n" if form == "md" else f"{wrapped(question)}\n")
        if trees:
            print_trees(trees, "text" if form == "table" else form, opened.study.id, question)
        else:
            print("(no rows)")
        print("".join(f"\n{note if form == 'md' else wrapped(note)}" + ("\n" if form == "md" else "") for note in result.notes))
    return 0


def text_tree(node: Node, limit: int) -> list[str]:
    """Return a tree as lines of at most `limit` columns, as far as single names allow."""
    return list(_text(node, "", "", max(limit, 40)))


def _text(node: Node, first: str, rest: str, limit: int) -> Iterator[str]:
    from boundwork.explore.why.tree import merged

    whole = merged(node)
    stem = rest + ("│ " if whole.children else "  ")
    for number, text in enumerate(whole.text):
        start, later = (first, stem + "  ") if number == 0 else (stem + "  ", stem + "  ")
        room = max(24, limit - len(later))
        for place, line in enumerate(part for whole_line in folded(text, room) for part in _parts(whole_line, room)):
            yield (start if place == 0 else later) + line
    for number, child in enumerate(whole.children, 1):
        last = number == len(whole.children)
        yield from _text(child, rest + ("└ " if last else "├ "), rest + ("  " if last else "│ "), limit)


def _parts(line: str, room: int) -> Iterator[str]:
    """A line that is one long name is broken behind a slash, so that a tree deep down still fits."""
    while len(line) > room and (cut := line.rfind("/", 1, room)) > 0:
        yield line[: cut + 1]
        line = line[cut + 1 :]
    yield line


def _markdown(node: Node, depth: int) -> Iterator[str]:
    from boundwork.explore.why.tree import merged

    whole = merged(node)
    indent = "  " * depth
    title, *lines = whole.text
    yield f"{indent}- **{_plain(title)}**" + (f" ({whole.kind})" if whole.kind in ("absent", "missing", "holds") else "")
    for line in lines:
        yield f"{indent}  <br>{_plain(line)}"
    for child in whole.children:
        yield from _markdown(child, depth + 1)


def _plain(text: str) -> str:
    """Text in which Markdown sees no markup."""
    return re.sub(r"([\\`*_{}\[\]<>|#!])", r"\\\1", " ".join(text.split()))


def _mermaid(nodes: Sequence[Node]) -> Iterator[str]:
    from boundwork.explore.why.tree import merged

    yield "flowchart TD"
    count = 0

    def walk(node: Node, parent: str) -> Iterator[str]:
        nonlocal count
        whole = merged(node)
        name = f"n{count}"
        count += 1
        label = "<br/>".join(_entity(line) for text in whole.text for line in folded(text, 60))
        left, right = ("([", "])") if whole.kind in ("row", "ontology", "file", "imported", "build") else ("[/", "/]") if whole.kind == "absent" else ("[", "]")
        yield f'  {name}{left}"{label}"{right}'
        if parent:
            yield f"  {parent} --> {name}"
        for child in whole.children:
            yield from walk(child, name)

    for node in nodes:
        yield from walk(node, "")


def _entity(text: str) -> str:
    """Text as Mermaid takes it within quotes: everything that could end or style the label as an entity."""
    return re.sub(r"[\"<>&#`\[\](){}|;\\]", lambda m: f"#{ord(m[0])};", re.sub(r"[\x00-\x1f\x7f]", " ", text))
