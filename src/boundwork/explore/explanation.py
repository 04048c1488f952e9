"""The shape of an explanation: a title, a kind, and facts in the order to show them. What to say is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from boundwork.project import content_root


@dataclass
class Explanation:
    """A title, what kind of thing it is, and facts as (name, value) in the order to show them."""

    title: str
    kind: str
    facts: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        """Add a fact unless it is empty."""
        if value:
            self.facts.append((name, " ".join(value.split())))

    def add_each(self, name: str, values: Sequence[str], most: int = 25) -> None:
        """Add a fact for each value, and say how many are left out beyond `most`."""
        for value in values[:most]:
            self.add(name, value)
        if len(values) > most:
            self.add(name, f"and {len(values) - most:,} more")


def place(path: Path) -> str:
    """Return a path as a reader writes it: from the current folder, else from the folder of the shipped content."""
    for root in (Path.cwd(), content_root()):
        try:
            return str(path.relative_to(root))
        except ValueError:
            continue
    return str(path)


def sections(page: Path) -> Iterator[tuple[str, str]]:
    """Yield heading and text of a codebook page; its owner and source stand elsewhere."""
    text = page.read_text(encoding="utf-8", errors="replace")
    question = re.search(r"^Question: (.+)$", text, re.M)
    if question:
        yield "question", question[1]
    for match in re.finditer(r"^## (.+)\n((?:(?!^## ).*\n?)*)", text, re.M):
        if match[1].strip().lower() not in ("owner", "source"):
            yield match[1].strip().lower(), match[2].replace("\n- ", " / ").strip("-/ \n")
