"""Names of things in a text, so that a face can link them: ids of the study, codes, and prefixed names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boundwork.explore.session import Session
from boundwork.explore.things import KINDS
from boundwork.pipeline.inputs import prefixes
from boundwork.stores.answer import Rows
from boundwork.terms import CODE, Vocabulary, id_of, literal, study_iri

_WORD = re.compile(r"[A-Za-z][\w-]*:[\w-]+|[A-Za-z0-9](?:[\w.-]*[\w-])?")
_TELLING = re.compile(r"[\d:_-]")
_MOST = 50_000


class Mentions:
    """What the names of a study mean: `names` maps an id, a code or a prefixed name to its IRI."""

    def __init__(self, session: Session, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        base = study_iri(session.study.id) + "/"
        found: dict[str, str] = {}
        answer = session.store.query(f"SELECT DISTINCT ?x {{ ?x a ?t FILTER(STRSTARTS(STR(?x), {literal(base)})) }} LIMIT {_MOST}", prefixes())
        assert isinstance(answer, Rows)
        rank = {kind: n for n, kind in enumerate(KINDS)}
        things = [v.text for (v,) in answer.rows if v is not None and v.text[len(base) :].split("/")[0] in rank]
        for thing in sorted(things, key=lambda t: -rank[t[len(base) :].split("/")[0]]):
            found[id_of(thing)] = thing
        for name in vocabulary.codes("*"):
            found.setdefault(name, CODE + name)
        self.names = found

    def iri(self, word: str) -> str:
        """Return the IRI that a word names, or nothing."""
        if ":" in word:
            full = self._vocabulary.expand(word)
            return full if full in self._vocabulary.terms else ""
        return self.names.get(word, "")

    def parts(self, text: str, all_words: bool = False) -> Iterator[tuple[str, str]]:
        """Yield the pieces of a text, each with the IRI that it names or with nothing.

        A plain word of the language counts only with `all_words`: in prose "control" is no code.
        """
        at = 0
        for match in _WORD.finditer(text):
            thing = self.iri(match[0]) if all_words or _TELLING.search(match[0]) else ""
            if thing:
                if match.start() > at:
                    yield text[at : match.start()], ""
                yield match[0], thing
                at = match.end()
        if at < len(text):
            yield text[at:], ""


__all__ = ["Mentions"]
