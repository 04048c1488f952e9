"""Terms as people write them, and back: prefixed names, ids of the study, numbers and texts; a wrong one gets the nearest known one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boundwork.derivations.patterns import Pattern, Triple, Var
from boundwork.derivations.solving import Absent
from boundwork.errors import UsageError, did_you_mean
from boundwork.explore.session import Session
from boundwork.explore.things import KINDS, known_names
from boundwork.stores.answer import XSD, Value
from boundwork.terms import BASE, BW, CODE, RDF_TYPE, RULE, Vocabulary, compact, kebab, study_iri

_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+\Z", re.I)
_TEXT = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<lang>[A-Za-z-]+)|\^\^<?(?P<type>[^>]+)>?)?\Z', re.S)


class Naming:
    """The names of one study: IRIs shortened, and words turned into the terms that they may mean."""

    def __init__(self, study: str, vocabulary: Vocabulary) -> None:
        self.study = study
        self.vocabulary = vocabulary
        self._base = study_iri(study) + "/"

    def term(self, term: Value | Var) -> str:
        """Return a term as people read it: KIND/ID for a thing of the study, a prefixed name, a number, or a text in quotes."""
        if isinstance(term, Var):
            return "(something)" if term.name.startswith("/") else f"?{term.name}"
        if term.kind == "iri":
            if term.text.startswith(self._base):
                return term.text[len(self._base) :]
            if term.text == self._base[:-1]:
                return f"study/{self.study}"
            return "a" if term.text == RDF_TYPE else compact(term.text, self.vocabulary.prefixes)
        if term.kind == "literal":
            return term.text if term.datatype in (XSD + "integer", XSD + "boolean", XSD + "decimal") else '"' + " ".join(term.text.split()) + '"'
        return f"_:{term.text}"

    def triple(self, triple: Triple | Pattern) -> str:
        """Return a triple, or what one would look like, on one line."""
        return "  ".join(map(self.term, triple.terms if isinstance(triple, Pattern) else triple))

    def looked_for(self, absent: Absent) -> str:
        """Return what was looked for in vain on one line: the patterns and the conditions on them."""
        text = " . ".join(map(self.triple, absent.patterns))
        return " where ".join([text, *([" and ".join(map(self.condition, absent.conditions))] if absent.conditions else [])])

    def condition(self, text: str) -> str:
        """Return a condition of a rule with its IRIs shortened and without the brackets around it."""
        short = re.sub(r"<([^>]+)>", lambda m: self.term(Value("iri", m[1])), text)
        return short[1:-1] if short.startswith("(") and short.endswith(")") and "(" not in short[1:-1] else short

    def things(self, word: str) -> Iterator[Value]:
        """Yield the IRIs that a word may mean, the likeliest first; whether they exist is for the caller to ask."""
        full = self.vocabulary.expand(word.strip().removeprefix("<").removesuffix(">"))
        if _IRI.match(full) and (full != word or "//" in full):
            yield Value("iri", full)
            return
        kind, slash, ident = word.partition("/")
        if slash and re.fullmatch(r"[a-z]+", kind) and ident:
            if (kind, ident) == ("study", self.study):
                yield Value("iri", study_iri(self.study))
            if not re.search(r"[\s<>\"{}|\\^`\x00-\x1f]", word) or kind in KINDS:
                yield Value("iri", study_iri(self.study, kind, ident) if kind in KINDS else self._base + word)
            return
        if re.search(r"[\x00-\x1f\ud800-\udfff]", word) or not word.strip():
            return
        yield from (Value("iri", study_iri(self.study, k, word)) for k in ("coding", "work", *KINDS, "selector", "entry"))
        if word == self.study:
            yield Value("iri", study_iri(self.study))
        for name in dict.fromkeys((word, kebab(word))):
            yield from (Value("iri", space + name) for space in (CODE, BW, RULE) if re.fullmatch(r"[\w.-]+", name, re.A))

    def properties(self, word: str) -> list[Value]:
        """Return the properties that a word may mean."""
        if word == "a":
            return [Value("iri", RDF_TYPE)]
        full = self.vocabulary.expand(word.strip().removeprefix("<").removesuffix(">"))
        if full != word or "//" in full:
            return [Value("iri", full)] if _IRI.match(full) else []
        return [Value("iri", space + word) for space in self.vocabulary.prefixes.values() if re.fullmatch(r"[\w-]+", word, re.A)]

    def objects(self, word: str) -> list[Value]:
        """Return the terms that a word may mean as an object: a number or truth, a text in quotes, a thing, at last the word as text."""
        match = _TEXT.match(word)
        if match and (not match["type"] or _IRI.match(self.vocabulary.expand(match["type"]))):
            text = re.sub(r"\\(.)", r"\1", match["text"], flags=re.S)
            kind = self.vocabulary.expand(match["type"]) if match["type"] else ""
            return [Value("literal", text, "" if kind == XSD + "string" else kind, (match["lang"] or "").lower())]
        found = []
        if re.fullmatch(r"[+-]?\d{1,18}", word, re.A):
            found.append(Value("literal", str(int(word)), XSD + "integer"))
        elif re.fullmatch(r"[+-]?\d{1,15}\.\d{1,15}", word, re.A):
            found.append(Value("literal", word, XSD + "decimal"))
        elif word in ("true", "false"):
            found.append(Value("literal", word, XSD + "boolean"))
        return [*found, *self.things(word), *([] if re.search(r"[\x00-\x08\ud800-\udfff]", word) else [Value("literal", word)])]


def unknown(word: str, role: str, known: list[str], vocabulary: Vocabulary) -> UsageError:
    """Return the error for a word that means nothing here, with the nearest name that does."""
    prefix, colon, name = word.partition(":")
    said = f"'{' '.join(word.split())[:80]}' is no {role} that is known here."
    if colon and name and not name.startswith("//") and re.fullmatch(r"[\w-]+", prefix):
        if prefix not in vocabulary.prefixes:
            hint = did_you_mean(prefix, vocabulary.prefixes) or "Known are those of ontology/prefixes.ttl, bw and code among them."
            return UsageError(f"'{word[:80]}' has the prefix '{prefix}', which is not known.", hint)
        space = vocabulary.prefixes[prefix]
        return UsageError(said, did_you_mean(word, [compact(t, vocabulary.prefixes) for t in vocabulary.terms if t.startswith(space)])
                          or f"Look for it with: boundwork explain {prefix}:NAME")
    if role == "property" and word.lower() in ("is", "is-a", "isa", "type"):
        return UsageError(said, "Write a for the class of a thing.")
    plain = word.strip("<> ")
    foreign = "://" in plain and not plain.startswith(BASE)
    near = "" if foreign else did_you_mean(re.split("[/#]", plain)[-1], known)
    return UsageError(said, near or "Give a prefixed name, an id of the study or a full IRI.")


def names_near(session: Session, vocabulary: Vocabulary, only: str = "") -> list[str]:
    """Return names that a word may have meant: of the study, its codes and terms; with `only`, properties alone."""
    words = [t.rsplit("#", 1)[-1].rsplit("/", 1)[-1] for t in vocabulary.terms if t.startswith((CODE, BW))]
    if only:
        return [t.rsplit("#", 1)[-1] for t, term in vocabulary.terms.items() if t.startswith(BW) and any("Property" in x for x in term.types)]
    return [*known_names(session), *words]


__all__ = ["Naming", "names_near", "unknown"]
