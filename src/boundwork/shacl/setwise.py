"""SPARQL constraints answered for all focus nodes at once on the embedded store.

pySHACL runs a SPARQL constraint once per focus node (11 ms each), which took a minute on 346 codings; one query over the
target takes milliseconds and finds the same. What cannot be rewritten this way stays with pySHACL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from boundwork.queries.tokens import tokens
from boundwork.shacl.core import Result
from boundwork.shacl.facts import SUBCLASS, TYPE, Facts, is_iri, literal_parts, plain_text
from boundwork.shacl.paths import SH
from boundwork.shacl.prebinding import all_at_once, refused
from boundwork.shacl.reach import classes_below, predicates_of
from boundwork.shacl.shapes import TARGETS, message, sh
from boundwork.stores.answer import Rows, Value
from boundwork.stores.local import LocalStore

_UNABLE = {"$PATH", "?PATH", "$shapesGraph", "?shapesGraph", "$currentShape", "?currentShape"}
_IMPORTS = "<http://www.w3.org/2002/07/owl#imports>"
_NOBODY = "FILTER ( false )"
_SLOT = re.compile(r"\{[?$](\w+)\}")


def query(shapes: Facts, shape: str, constraint: str, data: Facts | None = None) -> str:
    """Return a sh:sparql constraint as one query over its whole target; empty where that cannot be.

    With data, classes of the target are replaced by those below them that have members, which engines plan far better.
    Errors: ValueError for what SHACL does not allow in a query.
    """
    select = shapes.value(constraint, sh("select"))
    if not select or not is_iri(shape) or shapes.values(shape, sh("path")) or shapes.values(constraint, sh("ask")):
        return ""
    target = _target(shapes, shape, data)
    text = plain_text(select)
    if barred := refused(text):
        raise ValueError(f"the query of {plain_text(shape)} has {barred}, which SHACL does not allow there")
    if not all_at_once(text):
        return ""
    names = list(tokens(text))
    opening = next((i for i, t in enumerate(names) if t.text == "{" and t.kind == "other"), None)
    head = [t for t in names[:2] if t.text.upper() in ("SELECT", "DISTINCT")]
    if not target or opening is None or not head or _UNABLE & {t.text for t in names} or names[len(head)].text not in ("$this", "?this"):
        return ""
    at = names[opening].end
    prefixes = _prefixes(shapes, constraint)
    start = names[len(head)].start
    return f"{prefixes}SELECT DISTINCT {text[start:at]} {{ {target} }} {text[at:]}"


def _prefixes(shapes: Facts, constraint: str) -> str:
    ontologies, todo = set(), list(shapes.values(constraint, sh("prefixes")))
    while todo:
        if (each := todo.pop()) not in ontologies:
            ontologies.add(each)
            todo += shapes.values(each, _IMPORTS)
    declared = [d for each in ontologies for d in shapes.values(each, sh("declare"))]
    pairs = sorted((plain_text(shapes.value(d, sh("prefix"))), plain_text(shapes.value(d, sh("namespace")))) for d in declared)
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in pairs)


def asked(shapes: Facts, constraint: str) -> str:
    """Return the SELECT of a sh:sparql constraint as it stands, with its prefixes."""
    return _prefixes(shapes, constraint) + plain_text(shapes.value(constraint, sh("select")))


def _target(shapes: Facts, shape: str, data: Facts | None) -> str:
    values = {name: shapes.values(shape, term) for name, term in TARGETS.items()}
    if data is None:
        parts = [f"{{ $this a/{SUBCLASS}* {t} }}" for t in values["targetClass"]]
    else:
        members = data.edges(TYPE, inverse=True)
        parts = [f"{{ $this a {c} }}" for c in sorted({c for t in values["targetClass"] for c in classes_below(data, t) if c in members})]
    parts += [f"{{ $this {t} ?targetObject }}" for t in values["targetSubjectsOf"]]
    parts += [f"{{ ?targetSubject {t} $this }}" for t in values["targetObjectsOf"]]
    parts += [f"{{ VALUES $this {{ {t} }} }}" for t in values["targetNode"]]
    if values["target"] or not any(values.values()):
        return ""
    if not parts:
        return _NOBODY
    return f"SELECT DISTINCT $this WHERE {{ {' UNION '.join(sorted(parts))} }}"


class Held:
    """A store with facts that stay, to which few others come for a while: asking does not load all of them each time."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.store = LocalStore.memory()
        self.store.load_lines(facts.lines())

    @contextmanager
    def beside(self, more: Facts) -> Iterator[LocalStore]:
        """Give the store with more facts in it, which are taken out again."""
        new = [line for line in more.lines() if not self._facts.holds(*line[:-2].split(" ", 2))]
        text = ("\n".join(new) + "\n").encode()
        self.store.load(text)
        try:
            yield self.store
        finally:
            self.store.remove(text)


def results(data: Facts, shapes: Facts, nodes: list[str], store: LocalStore | None = None) -> list[Result]:
    """Return what the SPARQL constraints of these shapes find; `store` holds the data where it is at hand."""
    constraints = [(node, c, text) for node in nodes for c in sorted(shapes.values(node, sh("sparql")))
                   if not any(_deactivated(shapes, x) for x in (node, c)) and (text := query(shapes, node, c, data)) and _NOBODY not in text]
    if not constraints:
        return []
    if store is not None:
        return [r for node, constraint, text in constraints for r in _run(store, shapes, node, constraint, text)]
    named = [predicates_of(asked(shapes, c)) for _, c, _ in constraints]
    wanted = {TYPE, SUBCLASS}.union(*(n or () for n in named)) | {t for node in nodes for name in ("targetSubjectsOf", "targetObjectsOf")
                                                                  for t in shapes.values(node, TARGETS[name])}
    store = LocalStore.memory()
    store.load_lines(data.lines(None if None in named else wanted))
    return [r for node, constraint, text in constraints for r in _run(store, shapes, node, constraint, text)]


def _deactivated(shapes: Facts, node: str) -> bool:
    return literal_parts(shapes.value(node, sh("deactivated")))[0] in ("true", "1")


def _run(store: LocalStore, shapes: Facts, node: str, constraint: str, text: str) -> Iterator[Result]:
    answer = store.query(text)
    assert isinstance(answer, Rows)
    said = message(shapes, constraint) or message(shapes, node) or "The constraint in SPARQL is not met."
    severity = shapes.value(node, sh("severity")) or sh("Violation")
    for row in answer.rows:
        values = {n: v for n, v in zip(answer.variables, row, strict=True) if v is not None}
        focus = values.get("this")
        if focus is None:
            continue

        def slot(match: re.Match[str], values: dict[str, Value] = values) -> str:
            return values[match[1]].text if match[1] in values else match[0]

        path = values["path"].n_triples if "path" in values and values["path"].kind == "iri" else ""
        yield Result(node, f"{SH}SPARQLConstraintComponent", focus.n_triples, values.get("value", focus).n_triples, path, _SLOT.sub(slot, said), severity)
