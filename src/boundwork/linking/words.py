"""What other tables call our council types, regions and columns -> our codes; whatever is ambiguous stays unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from boundwork.terms import CODE, Vocabulary, kebab

_AMP = re.compile(r"\s*&\s*")
_MARKS = re.compile(r"[^\w\s]|_")


def plain_name(text: str) -> str:
    """Return a council's name without what spelling varies: case, marks, spaces, & for and. Nothing else is taken away.

    >>> plain_name("St. Helens  Metropolitan Borough Council"), plain_name("Windsor & Maidenhead")
    ('st helens metropolitan borough council', 'windsor and maidenhead')
    """
    return " ".join(_MARKS.sub(" ", _AMP.sub(" and ", text.casefold()).replace("'", "").replace("’", "")).split())


@dataclass
class Words:
    """Code names by everything that they are called: code, label, alternative label, notation. `broader` leads from a region to a coarser one."""

    types: dict[str, str]
    regions: dict[str, str]
    broader: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Words:
        """Collect the words of a vocabulary."""
        regions = vocabulary.codes("Region")
        broader = {name: b[len(CODE) :] for name, t in regions.items() for b in t.broader}
        labels = {name: t.label for kind in ("CouncilType", "Region") for name, t in vocabulary.codes(kind).items()}
        return cls(called(vocabulary, "CouncilType"), called(vocabulary, "Region"), broader, labels)

    def type_of(self, text: str) -> str:
        """Return the council type that a text means, or an empty string."""
        return self.types.get(kebab(text), "")

    def region_of(self, text: str) -> str:
        """Return the region that a text means, or an empty string."""
        return self.regions.get(kebab(text)) or self.regions.get(kebab(text.replace("(English Region)", ""))) or ""

    def above(self, region: str) -> list[str]:
        """Return a region and what it lies in, smallest first."""
        found = [region]
        while found[-1] in self.broader:
            found.append(self.broader[found[-1]])
        return found

    def within(self, region: str, known: Iterable[str]) -> list[str]:
        """Return those of some regions that lie in one, itself among them."""
        return [r for r in known if region in self.above(r)]


def called(vocabulary: Vocabulary, kind: str) -> dict[str, str]:
    """Return every name of the codes of a class, in kebab-case -> code; a name that two codes share is left out."""
    found: dict[str, set[str]] = {}
    for name, term in vocabulary.codes(kind).items():
        for word in (name, term.label, *term.alternatives, *term.notations):
            found.setdefault(kebab(word), set()).add(name)
    return {word: next(iter(codes)) for word, codes in found.items() if word and len(codes) == 1}
