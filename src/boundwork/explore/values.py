"""What a user writes for a parameter -> an RDF term that exists, or an error that names the nearest one."""

from __future__ import annotations

import re

from boundwork.errors import InputError, UsageError, did_you_mean
from boundwork.queries.stored import ANY, Parameter
from boundwork.stores.answer import Queryable, Rows, Truth
from boundwork.terms import BW, CODE, id_of, iri, kebab, literal, local_name, study_iri
from boundwork.wording import one_line

_KINDS = {"BoundaryCase": ("case",), "SituatedBoundary": ("boundary",), "FocalActor": ("council", "field")}
"""Class -> the kinds of thing of a study that are of it, where its name does not say so."""
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+\Z", re.I)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SUBCLASS = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
_LABELS = "(<http://www.w3.org/2004/02/skos/core#prefLabel>, <http://www.w3.org/2000/01/rdf-schema#label>)"


def terms_for(param: Parameter, texts: list[str], store: Queryable, study: str) -> list[str]:
    """Return the N-Triples terms for the values of one parameter; an empty list leaves it open (`any`).

    Errors: UsageError for a value that is not of the parameter's type or not in the graph.
    """
    if texts == [ANY]:
        return []
    for text in texts:
        if _UNPRINTABLE.search(text):
            raise _wrong(param, text, "plain text without control characters")
    return [_term(param, text, store, study) for text in texts]


def _term(param: Parameter, text: str, store: Queryable, study: str) -> str:
    if param.choices:
        if text not in param.choices:
            raise _wrong(param, text, f"one of {', '.join(param.choices)}", param.choices)
        return literal(text)
    if param.datatype:
        return _typed(param, text)
    return _member(param, text, store, study)


def _typed(param: Parameter, text: str) -> str:
    kind = param.datatype.rsplit(":", 1)[-1]
    xsd = "http://www.w3.org/2001/XMLSchema#"
    if kind == "integer":
        if not re.fullmatch(r"[+-]?\d{1,18}", text, re.A):
            raise _wrong(param, text, "a whole number")
        return f'"{int(text)}"^^<{xsd}integer>'
    if kind == "decimal":
        if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,15})?", text, re.A):
            raise _wrong(param, text, "a number such as 0.5")
        return f'"{text}"^^<{xsd}decimal>'
    if kind == "boolean":
        if text not in ("true", "false"):
            raise _wrong(param, text, "true or false")
        return f'"{text}"^^<{xsd}boolean>'
    return literal(text)


def _member(param: Parameter, text: str, store: Queryable, study: str) -> str:
    name = param.cls.split(":", 1)[-1]
    cls = iri(BW + name) if not param.cls.startswith("skos:") else iri("http://www.w3.org/2004/02/skos/core#" + name)
    kinds = _KINDS.get(name, (name.lower(),))
    candidates = [CODE + kebab(text), *(study_iri(study, kind, text) for kind in kinds), *([text] if _IRI.match(text) else [])]
    if text.startswith("code:"):
        candidates.insert(0, CODE + local_name(text[5:]))
    members = " ".join(iri(c) for c in _subclasses(cls[1:-1], store))
    for candidate in candidates:
        try:
            answer = store.query(f"ASK {{ VALUES ?cls {{ {members} }} {iri(candidate)} a ?cls }}")
        except InputError:  # it looked like an IRI and is none, such as a:[
            continue
        if isinstance(answer, Truth) and answer.value:
            return iri(candidate)
    known = {}
    same = set()  # things whose id alone was given, of whatever kind
    found = store.query(f"SELECT ?x ?l WHERE {{ {{ SELECT DISTINCT ?x {{ {{ SELECT ?cls {{ VALUES ?cls {{ {members} }} }} }} ?x a ?cls }} }} "
                        f"OPTIONAL {{ ?x ?named ?l . FILTER(?named IN {_LABELS}) }} }} LIMIT 5000")
    assert isinstance(found, Rows)
    for thing, label in found.rows:
        if thing is not None:
            same |= {thing.text} if id_of(thing.text) == text else set()
            known[thing.text.rsplit("/", 1)[-1]] = thing.text
            if label is not None:
                if label.text.lower() == text.lower():
                    return iri(thing.text)
                known[label.text] = thing.text
    if len(same) == 1:  # of two things with one id none is guessed
        return iri(same.pop())
    names = sorted({i.rsplit("/", 1)[-1] for i in known.values()})
    raise _wrong(param, text, f"one of {', '.join(names)}" if 0 < len(names) <= 15 else f"a {name} of this study", known)


def _subclasses(cls: str, store: Queryable) -> list[str]:
    """A class and all below it, followed here: paths over several graphs are something that not every engine gets right."""
    pairs = store.query(f"SELECT ?below ?above WHERE {{ ?below {_SUBCLASS} ?above }}")
    assert isinstance(pairs, Rows)
    above = [(low.text, high.text) for low, high in pairs.rows if low and high and low.kind == high.kind == "iri"]
    found, grown = {cls}, True
    while grown:
        more = {low for low, high in above if high in found} - found
        found, grown = found | more, bool(more)
    return sorted(found)


def _wrong(param: Parameter, text: str, what: str, known: object = ()) -> UsageError:
    near = did_you_mean(text, known) if known else ""  # type: ignore[arg-type]
    return UsageError(f"'{one_line(text)}' is no {param.name}.", near or f"It must be {what}, or {ANY}.")
