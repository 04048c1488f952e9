"""What the graph says of one thing, in both directions, as rows with labels and as RDF."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from boundwork.explore.results import graph_text
from boundwork.explore.session import Session
from boundwork.pipeline.inputs import prefixes
from boundwork.stores.answer import Rows, Triples, Value
from boundwork.terms import compact, iri

MOST = 200


@dataclass(frozen=True)
class Statement:
    """A property with its other end; `label` is empty for a literal."""

    property: str
    name: str
    value: Value
    label: str = ""


@dataclass
class Statements:
    """Statements that a thing is the subject of, those that point at it, and those that it is the property of, as subject and value.

    At most `MOST` each; `more_*` tells that there are more.
    """

    iri: str
    label: str
    out: list[Statement]
    back: list[Statement]
    uses: list[tuple[Statement, Statement]]
    more_out: bool = False
    more_back: bool = False
    more_uses: bool = False

    @property
    def known(self) -> bool:
        """Whether the graph says anything of it."""
        return bool(self.out or self.back or self.uses)


def statements(session: Session, thing: str) -> Statements:
    """Return what the store of the session's reading says of an IRI; empty lists for what it does not know."""
    out = _ask(session, f"SELECT DISTINCT ?p ?o {{ {iri(thing)} ?p ?o }} ORDER BY ?p ?o LIMIT {MOST + 1}")
    back = _ask(session, f"SELECT DISTINCT ?p ?s {{ ?s ?p {iri(thing)} }} ORDER BY ?p ?s LIMIT {MOST + 1}")
    uses = _ask(session, f"SELECT DISTINCT ?s ?o {{ ?s {iri(thing)} ?o }} ORDER BY ?s ?o LIMIT {MOST + 1}")
    labels = session.labels({thing, *(v.text for pair in (*out, *back, *uses) for v in pair if v.kind == "iri")})
    known = prefixes()

    def told(pairs: Iterable[tuple[Value, Value]]) -> list[Statement]:
        return [Statement(p.text, labels.get(p.text) or compact(p.text, known), o, (labels.get(o.text) or "") if o.kind == "iri" else "") for p, o in pairs]

    ends = [told([(Value("iri", thing), v) for v in pair]) for pair in uses[:MOST]]
    return Statements(thing, labels.get(thing, ""), told(out[:MOST]), told(back[:MOST]), [(one, two) for one, two in ends],
                      len(out) > MOST, len(back) > MOST, len(uses) > MOST)


def _ask(session: Session, text: str) -> list[tuple[Value, Value]]:
    answer = session.store.query(text)
    assert isinstance(answer, Rows)
    return [(row[0], row[1]) for row in answer.rows if row[0] is not None and row[1] is not None]


def as_rdf(session: Session, thing: str, form: str = "turtle") -> bytes:
    """Return all statements with the thing as subject, those of its blank nodes, and those that point at it, as RDF."""
    answer = session.store.query(f"""CONSTRUCT {{ {iri(thing)} ?p ?o . ?o ?q ?r . ?s ?back {iri(thing)} }} {{
        {{ {iri(thing)} ?p ?o OPTIONAL {{ ?o ?q ?r FILTER(isBlank(?o)) }} }} UNION {{ ?s ?back {iri(thing)} FILTER(!isBlank(?s)) }} }}""")
    assert isinstance(answer, Triples)
    return graph_text(answer.lines, form)


__all__ = ["Statement", "Statements", "as_rdf", "statements"]
