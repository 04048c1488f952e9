"""A derivation drawn as a self-contained SVG: one box a node, indented like the tree, every text escaped. Needs no library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from boundwork.explore.why.tree import Node, merged
from boundwork.wording import folded

_LETTER, _LINE, _INDENT, _GAP, _PAD = 6.9, 16, 26, 10, 8
_MOST_LETTERS = 96
_COLOURS = {
    "inferred": ("#e8eef9", "#27509b"), "rule": ("#e8eef9", "#27509b"), "answer": ("#f1e9f8", "#66329b"), "counted": ("#f4f4f4", "#5a5a5a"),
    "row": ("#e6f4ea", "#1c6b37"), "file": ("#e6f4ea", "#1c6b37"), "ontology": ("#fdf3dc", "#855a00"), "imported": ("#e0f3f4", "#0b6166"),
    "build": ("#f4f4f4", "#5a5a5a"), "absent": ("#ffffff", "#8a1f1f"), "missing": ("#fdeaea", "#8a1f1f"), "holds": ("#e6f4ea", "#1c6b37"),
}
_PLAIN = ("#ffffff", "#5a5a5a")
WORDS = {"inferred": "inferred", "rule": "rule", "answer": "answer", "counted": "counted", "row": "table row", "file": "study file", "ontology": "ontology",
         "imported": "imported", "build": "build", "absent": "not found", "missing": "missing", "holds": "holds", "shown": "see above", "more": "more",
         "unexplained": "unexplained", "words": "counts", "column": "column"}


def svg(nodes: Sequence[Node], title: str) -> str:
    """Return the trees as one drawing, about 800 points wide for trees of ordinary depth."""
    boxes = list(_boxes(nodes))
    height = sum(b.height + _GAP for b in boxes) + 2 * _GAP
    width = max((b.x + b.width for b in boxes), default=100) + 2 * _GAP
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}" role="img">',
             f"<title>{_text(title)}</title>",
             "<style>text{font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1a1a1a}.t{font-weight:bold}.k{font-size:10px}"
             "path{fill:none;stroke:#8a8a8a}</style>", f'<rect width="{width:.0f}" height="{height}" fill="#ffffff"/>']
    y = 2 * _GAP
    for box in boxes:
        box.y = y
        y += box.height + _GAP
    for box in boxes:
        if box.parent is not None:
            x = box.parent.x + _INDENT / 2
            parts.append(f'<path d="M{x:.0f} {box.parent.y + box.parent.height} V{box.y + 14} H{box.x:.0f}"/>')
    parts += [line for box in boxes for line in box.drawn()]
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Box:
    def __init__(self, node: Node, depth: int, parent: _Box | None) -> None:
        title, *rest = node.text
        self.kind = node.kind
        self.parent = parent
        self.title = folded(title, _MOST_LETTERS)
        self.lines = [line for text in rest for line in folded(text, _MOST_LETTERS)]
        self.x = 2 * _GAP + depth * _INDENT
        self.y = 0
        word = WORDS.get(self.kind, self.kind)
        longest = max([len(self.title[0]) + len(word) + 2, *map(len, self.title), *map(len, self.lines)])
        self.width = longest * _LETTER * 1.08 + 2 * _PAD
        self.height = (len(self.title) + len(self.lines)) * _LINE + _PAD

    def drawn(self) -> Iterator[str]:
        fill, edge = _COLOURS.get(self.kind, _PLAIN)
        dash = ' stroke-dasharray="4 3"' if self.kind in ("absent", "shown", "more", "missing") else ""
        yield f'<rect x="{self.x:.0f}" y="{self.y}" width="{self.width:.0f}" height="{self.height}" rx="4" fill="{fill}" stroke="{edge}"{dash}/>'
        end = self.x + self.width - _PAD
        yield f'<text class="k" x="{end:.0f}" y="{self.y + 14}" text-anchor="end" style="fill:{edge}">{_text(WORDS.get(self.kind, self.kind))}</text>'
        for number, line in enumerate([*self.title, *self.lines]):
            kind = ' class="t"' if number < len(self.title) else ""
            yield f'<text{kind} x="{self.x + _PAD:.0f}" y="{self.y + 15 + number * _LINE}" xml:space="preserve">{_text(line)}</text>'


def _boxes(nodes: Sequence[Node]) -> Iterator[_Box]:
    def walk(node: Node, depth: int, parent: _Box | None) -> Iterator[_Box]:
        whole = merged(node)
        box = _Box(whole, depth, parent)
        yield box
        for child in whole.children:
            yield from walk(child, depth + 1, box)

    for node in nodes:
        yield from walk(node, 0, None)


def _text(text: str) -> str:
    return escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "�", text))
