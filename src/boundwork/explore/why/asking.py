"""Three words in, the triple that they mean out: one that holds where the words allow one, else the likeliest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from boundwork.derivations.patterns import Triple
from boundwork.errors import UsageError
from boundwork.explore.why.building import Builder
from boundwork.explore.why.naming import names_near, unknown
from boundwork.stores.answer import Truth, Value
from boundwork.stores.local import LocalStore
from boundwork.terms import BW, literal, study_iri

_LABELS = ("http://www.w3.org/2000/01/rdf-schema#label", "http://www.w3.org/2004/02/skos/core#prefLabel", "http://purl.org/dc/terms/title")
_LOOKED = 300
"""Triples of a property that are looked at to see what it links."""


@dataclass
class Asked:
    """The triple that the words of a command mean; `holds` says whether it stands in the store of the reading.

    `instead` holds what the subject has there in place of the object, `meanings` the triples that the words may mean as
    well, `readings` the other readings in which one of them holds.
    """

    triple: Triple
    holds: bool
    instead: list[str] = field(default_factory=list)
    meanings: list[Triple] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)


def understand(builder: Builder, subject: str, predicate: str, value: str) -> Asked:
    """Return the triple that three words mean.

    Errors: UsageError with the nearest known name for a word that means nothing here.
    """
    subject, predicate, value = (w.encode(errors="replace").decode() for w in (subject, predicate, value))  # a word that was no UTF-8
    naming, store = builder.naming, builder.reach().store
    subjects = thing(builder, subject)
    predicates = [p for p in naming.properties(predicate) if p.text in builder.vocabulary.terms or _asked(store, f"?s {p.n_triples} ?o")]
    if not predicates:
        raise unknown(predicate, "property", names_near(builder.session, builder.vocabulary, "properties"), builder.vocabulary)
    objects = list(dict.fromkeys(o for o in naming.objects(value) if o.kind == "literal" or _known(store, o)))
    if not [o for o in objects if o.kind != "literal"] and not _may_be_text(value):
        raise unknown(value, "value", names_near(builder.session, builder.vocabulary), builder.vocabulary)
    meanings = [(s, p, o) for s in subjects for p in predicates for o in objects]
    found = next((t for t in meanings if _holds(store, t)), None)
    if found is not None:
        return Asked(found, True, meanings=meanings)
    likely = _likely(builder, meanings)
    s, p, _ = likely[0]
    there = [naming.term(o) for (o,) in store.select(f"SELECT ?o {{ {s.n_triples} {p.n_triples} ?o }} ORDER BY ?o LIMIT 6") if o is not None]
    return Asked(likely[0], False, there, likely, [r for r, other in _others(builder) if any(_holds(other, t) for t in likely)])


def thing(builder: Builder, word: str) -> list[Value]:
    """Return the things that a word may mean, the likeliest first.

    Errors: UsageError for a word that means nothing in this reading; it names the reading in which it means something.
    """
    store = builder.reach().store
    wanted = list(dict.fromkeys(builder.naming.things(word)))
    found = [s for s in wanted if _known(store, s)] or _labelled(builder, word)
    if not found:
        where = [r for r, other in _others(builder) if any(_known(other, s) for s in wanted)]
        if where:
            raise UsageError(f"'{word}' stands in no triple of the reading {builder.session.reading.id}.", f"It does under --reading {' or '.join(where)}.")
        raise unknown(word, "thing", names_near(builder.session, builder.vocabulary), builder.vocabulary)
    return found


def _labelled(builder: Builder, word: str) -> list[Value]:
    """The things of the study that carry a word as their label."""
    base = study_iri(builder.session.study.id) + "/"
    rows = builder.reach().store.select(
        f"SELECT DISTINCT ?x {{ VALUES ?p {{ <{_LABELS[0]}> <{_LABELS[1]}> <{BW}speakerLabel> <{_LABELS[2]}> }} ?x ?p ?l "
        f"FILTER(STRSTARTS(STR(?x), {literal(base)}) && LCASE(STR(?l)) = {literal(word.strip().lower())}) }} ORDER BY ?x LIMIT 20")
    return [x for (x,) in rows if x is not None]


def _likely(builder: Builder, meanings: list[Triple]) -> list[Triple]:
    """The triples that could stand in the graph, by what the property links there; all of them where nothing tells."""
    reach = builder.reach()
    links: dict[Value, tuple[set[str], set[str]]] = {}

    def score(triple: Triple) -> int:
        s, p, o = triple
        if p not in links:
            rows = reach.store.select(f"SELECT ?s ?o {{ SELECT ?s ?o {{ ?s {p.n_triples} ?o }} LIMIT {_LOOKED} }}")
            links[p] = ({_space(x) for x, _ in rows if x}, {_space(x) for _, x in rows if x})
        return 2 * (_space(s) in links[p][0]) + (_space(o) in links[p][1]) + 2 * _asked(reach.store, f"{s.n_triples} {p.n_triples} ?o")

    scores = {t: score(t) for t in islice(meanings, _LOOKED)}
    best = max(scores.values())
    return [t for t, n in scores.items() if n == best]


def _space(term: Value) -> str:
    """What terms of one kind share: the part of the IRI before the name, or the datatype."""
    return re.split(r"[^/#]*\Z", term.text)[0] if term.kind == "iri" else f"{term.kind} {term.datatype}"


def _others(builder: Builder) -> list[tuple[str, LocalStore]]:
    session = builder.session
    return [(r, LocalStore.open(session.built.store(r))) for r in session.study.readings if r != session.reading.id]


def _asked(store: LocalStore, pattern: str) -> bool:
    answer = store.query(f"ASK {{ {pattern} }}")
    return isinstance(answer, Truth) and answer.value


def _holds(store: LocalStore, triple: Triple) -> bool:
    return _asked(store, " ".join(v.n_triples for v in triple))


def _known(store: LocalStore, term: Value) -> bool:
    return _asked(store, f"{{ {term.n_triples} ?p ?o }} UNION {{ ?s ?p {term.n_triples} }}")


def _may_be_text(word: str) -> bool:
    """True for what can only be a literal, or hardly anything else: quotes, numbers, truths, words with spaces."""
    return word[:1] in '"+-' or word[:1].isdigit() or word in ("true", "false") or " " in word or (":" not in word and "/" not in word)


__all__ = ["Asked", "thing", "understand"]
