"""A stored question as a form: its parameters with the values that exist, each with the label that people know."""

from __future__ import annotations

from dataclasses import dataclass, field

from boundwork.explore.session import Session
from boundwork.pipeline.inputs import prefixes
from boundwork.queries.stored import ANY, Parameter, StoredQuery
from boundwork.stores.answer import Rows
from boundwork.terms import CODE, STUDY, id_of

MOST = 500
"""Values up to which they are offered as a list; of more, these are suggested while one is typed."""


@dataclass(frozen=True)
class Option:
    """A value as it is given to the question, and its label."""

    value: str
    label: str


@dataclass
class Field:
    """One parameter as a field: `kind` is choice, number, truth or text; `values` is what stands in it."""

    name: str
    description: str
    kind: str
    values: list[str]
    options: list[Option] = field(default_factory=list)
    whole: bool = False

    @property
    def shown(self) -> str:
        """The labels of what stands in the field."""
        labels = {o.value: o.label for o in self.options}
        return ", ".join(labels.get(v, v) for v in self.values)


def fields(session: Session, query: StoredQuery, given: dict[str, list[str]]) -> list[Field]:
    """Return a field for each parameter, filled with what was given or else with the default."""
    return [_field(session, p, given.get(p.name) or [p.default or ANY]) for p in query.params.values()]


def _field(session: Session, param: Parameter, values: list[str]) -> Field:
    if param.datatype:
        kind = param.datatype.rsplit(":", 1)[-1]
        if kind == "boolean":
            return Field(param.name, param.description, "choice", values, [Option(ANY, ANY), Option("true", "yes"), Option("false", "no")])
        return Field(param.name, param.description, "number" if kind in ("integer", "decimal") else "text", values, whole=kind == "integer")
    if param.choices:
        return Field(param.name, param.description, "choice", values, [Option(ANY, ANY), *(Option(c, c) for c in param.choices)])
    return Field(param.name, param.description, "choice", values, [Option(ANY, ANY), *_members(session, param)])


def _members(session: Session, param: Parameter) -> list[Option]:
    answer = session.store.query(f"""SELECT ?x (SAMPLE(?label) AS ?l) (SAMPLE(?number) AS ?n) {{ ?x a/rdfs:subClassOf* {param.cls}
        OPTIONAL {{ ?x skos:prefLabel|rdfs:label ?label }} OPTIONAL {{ ?x skos:notation ?number }} }} GROUP BY ?x ORDER BY ?n ?x LIMIT {MOST}""", prefixes())
    assert isinstance(answer, Rows)
    found = []
    for thing, label, _ in answer.rows:
        if thing is not None and thing.text.startswith((CODE, STUDY)):
            name = id_of(thing.text)
            found.append(Option(name, label.text if label is not None else name))
    return sorted(found, key=lambda o: o.label.casefold())


__all__ = ["Field", "Option", "fields"]
