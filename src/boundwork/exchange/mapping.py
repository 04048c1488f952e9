"""What a project's codes and variables stand for: first answers by exact names and synonyms of the ontology, for a person to correct."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from boundwork.exchange.naming import plain, slug
from boundwork.exchange.sheets import Row
from boundwork.populate.mapping import column_of
from boundwork.terms import Vocabulary

ASPECTS = {"type": "CouncilType", "region": "Region", "role": "ActorCategory", "wave": "", "council": "", "speaker": ""}
"""What a variable may say of a case, and the class of the terms that its values stand for."""
_WORDS = {
    "type": ("type", "council type", "type of council", "authority type", "kind of council"), "region": ("region", "area", "nation"),
    "role": ("role", "position", "job title", "job", "function"), "wave": ("wave", "round", "phase", "time point"),
    "council": ("council", "organisation", "organization", "authority", "local authority", "case study"), "speaker": ("speaker", "interviewee", "respondent"),
}
_MOST_VALUES = 200
"""Values of one variable that get a row each; beyond that it is no list to choose from."""


def folded(name: str) -> str:
    """Return a name for comparison: case, punctuation and blanks do not matter.

    >>> folded("Generic-Expertise  first")
    'generic expertise first'
    """
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


class Names:
    """The terms of the ontology by their labels, synonyms and ids."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._found: dict[str, set[str]] = {}
        for code, term in vocabulary.codes("*").items():
            if not term.replaced_by:
                for name in (code, term.label, *term.alternatives):
                    self._found.setdefault(folded(name), set()).add(code)

    def maps_to(self, name: str) -> tuple[str, ...]:
        """Return what a code of this name stands for: a term that codings carry, with its boundary where it is an element; nothing when in doubt."""
        terms = [t for t in self._found.get(folded(name), ()) if column_of(t, self._vocabulary)]
        if len(terms) != 1:
            return ()
        boundary = self._vocabulary.boundaries.get(terms[0]) if column_of(terms[0], self._vocabulary) == "elements" else None
        return (boundary, terms[0]) if boundary else (terms[0],)

    def of_class(self, name: str, cls: str) -> str:
        """Return the one term of a class that has this name, or nothing."""
        terms = [t for t in self._found.get(folded(name), ()) if t in self._vocabulary.codes(cls)]
        return terms[0] if len(terms) == 1 else ""


@dataclass
class Facts:
    """What variables say of one thing: aspect -> id; names of councils and speakers stay as the project writes them."""

    said: dict[str, str] = field(default_factory=dict)

    def get(self, aspect: str) -> str:
        """Return what is said of an aspect, or nothing."""
        return self.said.get(aspect, "")


class VariableMap:
    """variables.csv: what each variable and value stands for."""

    def __init__(self, rows: Iterable[Row], names: Names) -> None:
        self._names = names
        self._aspects: dict[str, str] = {}
        self._values: dict[tuple[str, str], str] = {}
        self.labels: dict[str, str] = {}
        """Wave -> its label."""
        for row in rows:
            variable, value, target = row.get("variable", "").strip(), row.get("value", "").strip(), row.get("maps_to", "").strip()
            if value:
                self._values[variable, value] = target
            elif target in ASPECTS:
                self._aspects[variable] = target

    def facts(self, attributes: Iterable[tuple[str, str]]) -> Facts:
        """Return what (variable, value) pairs say, the first of each aspect."""
        found = Facts()
        for name, text in attributes:
            variable, value = plain(name), plain(text)
            aspect = self._aspects.get(variable, "")
            if not aspect or not value or aspect in found.said:
                continue
            meant = self._values.get((variable, value))
            if aspect in ("council", "speaker"):
                found.said[aspect] = meant or value
            elif aspect == "wave":
                wave = slug(meant or value, "wave")
                self.labels.setdefault(wave, value)
                found.said[aspect] = wave
            elif meant is None:
                meant = self._names.of_class(value, ASPECTS[aspect])
            if aspect in ("type", "region", "role") and meant:
                found.said[aspect] = meant
        return found


def variable_rows(values: Mapping[str, Iterable[str]], names: Names) -> list[Row]:
    """Return the rows of variables.csv: each variable with what it seems to be, and its values with the terms of the same name."""
    rows = []
    for variable in sorted(values):
        distinct = sorted({plain(v) for v in values[variable]} - {""})
        aspect = next((a for a, words in _WORDS.items() if folded(variable) in words), "")
        for each in ("type", "region", "role"):
            if not aspect and distinct and sum(bool(names.of_class(v, ASPECTS[each])) for v in distinct) * 2 > len(distinct):
                aspect = each
        rows.append({"variable": plain(variable), "value": "", "maps_to": aspect})
        if len(distinct) <= _MOST_VALUES and aspect not in ("council", "speaker"):
            for value in distinct:
                target = slug(value, "wave") if aspect == "wave" else names.of_class(value, ASPECTS[aspect]) if aspect else ""
                rows.append({"variable": plain(variable), "value": value, "maps_to": target})
    return rows
