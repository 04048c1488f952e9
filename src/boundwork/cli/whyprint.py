"""Derivations on standard output: a tree for people, Markdown, Mermaid, a drawing, JSON, or PROV-O."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from boundwork.cli.output import width
from boundwork.wording import folded

if TYPE_CHECKING:
    from boundwork.explore.answers import AskResult
    from boundwork.explore.session import Session
    from boundwork.explore.why.tree import Node

GRAPHS = ("ttl", "nt", "jsonld")
FORMATS = ("text", "json", "md", "mermaid", "svg", *GRAPHS)


def print_trees(nodes: Sequence[Node], form: str, study: str, title: str) -> None:
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
    elif form in GRAPHS:
        from boundwork.explore.results import graph_text
        from boundwork.explore.why.provenance import provenance

        sys.stdout.buffer.write(graph_text((line.removesuffix(" .") + " ." for line in provenance(study, nodes)), "turtle" if form == "ttl" else form))
    else:
        print("\n\n".join("\n".join(text_tree(n, width() or 80)) for n in nodes))


def print_answer(opened: Session, result: AskResult, form: str) -> int:
    """Print an answer with the derivation under each row; return the exit status.

    Errors: UsageError for a format that cannot hold a tree.
    """
    from boundwork.cli.output import reader_note, wrapped
    from boundwork.errors import UsageError
    from boundwork.explore.why.answering import why_rows

    if form not in ("table", "json", "md"):
        raise UsageError(f"A derivation cannot be written as {form}.", "Use one of table, json, md; boundwork why also draws.")
    trees = why_rows(opened, result)
    if form == "json":
        import json

        print(json.dumps([{**row, "why": tree.as_dict()} for row, tree in zip(result.table, trees, strict=True)], ensure_ascii=False, indent=1))
        for note in result.notes:
            reader_note(wrapped(note))
        return 0
    print(f"**{_plain(result.query.question)}**\n" if form == "md" else f"{wrapped(result.query.question)}\n")
    if trees:
        print_trees(trees, "text" if form == "table" else form, opened.study.id, result.query.question)
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
        for place, line in enumerate(folded(text, max(24, limit - len(later)))):
            yield (start if place == 0 else later) + line
    for number, child in enumerate(whole.children, 1):
        last = number == len(whole.children)
        yield from _text(child, rest + ("└ " if last else "├ "), rest + ("  " if last else "│ "), limit)


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
