"""SHACL in, findings out; nobody else imports pyshacl. Shapes are linted first, because a misspelt one passes in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyshacl
import rdflib
from rdflib import OWL, RDF, RDFS, SH, URIRef

from boundwork.errors import InputError
from boundwork.findings import Finding, Severity
from boundwork.project import content_files, content_root
from boundwork.queries.tokens import tokens
from boundwork.shacl import setwise
from boundwork.stores.answer import Value
from boundwork.stores.local import LocalStore
from boundwork.tables.schema import TABLES
from boundwork.terms import BASE, BW, CODE, SHAPE, id_of

_SEVERITY: dict[Any, Severity] = {SH.Violation: Severity.VIOLATION, SH.Warning: Severity.WARNING, SH.Info: Severity.INFO}
_TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.target)
_NOT_CONSTRAINTS = {*_TARGETS, RDF.type, SH.severity, SH.message, SH.deactivated, SH.name, SH.description, SH.order, SH.group, SH.path,
                    SH.defaultValue}
_TERMS: Any = SH  # rdflib's closed list of SHACL's terms: `term in _TERMS` tells a misspelt one
_OURS = re.compile(rf"<?{re.escape(BASE)}(?:code/|shape/|ontology#|study/[^/\s>]+/\w+/)([^\s<>\"',;]*[^\s<>\"',;.])>?")
_FORMATS = {".ttl": "turtle", ".turtle": "turtle", ".nt": "nt", ".nq": "nquads", ".trig": "trig", ".jsonld": "json-ld", ".rdf": "xml", ".xml": "xml",
            ".owl": "xml"}
_TABLE_OF = {t.kind: t.name for t in TABLES.values()} | {"work": "codings", "selector": "extracts", "entry": "codebook"}


def rdf_suffixes() -> set[str]:
    """File endings that are taken for RDF."""
    return set(_FORMATS)


def parse(paths: Iterable[Path], graph: rdflib.Graph | None = None) -> rdflib.Graph:
    """Return the union of RDF files; named graphs are merged. Nothing is fetched: JSON-LD with a remote context is refused.

    Errors: InputError with the file when it is missing or does not parse.
    """
    union = rdflib.Graph() if graph is None else graph
    for path in paths:
        form = _FORMATS.get(path.suffix.lower())
        if form is None:
            raise InputError(f"{path} has no ending that says which RDF format it is.", f"Known endings: {' '.join(sorted(_FORMATS))}.")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
        if form == "json-ld" and re.search(r'"@(context|import)"\s*:\s*(\[\s*)?"https?:', text):
            raise InputError(f"{path} points to a JSON-LD context on the network, which is not fetched.", "Put the context into the file.")
        try:
            if form in ("nquads", "trig", "json-ld"):
                dataset = rdflib.Dataset()
                dataset.parse(data=text, format=form, publicID=path.resolve().as_uri())
                for s, p, o, _ in dataset.quads():
                    union.add((s, p, o))
            else:
                union.parse(data=text, format=form, publicID=path.resolve().as_uri())
        except Exception as error:
            raise InputError(f"{path} does not parse: {' '.join(str(error).split())[:300]}.") from None
    return union


def parse_n_triples(text: str) -> rdflib.Graph:
    """Return N-Triples text as a graph."""
    graph = rdflib.Graph()
    graph.parse(data=text, format="nt")
    return graph


def shape_files(study: Path | None = None) -> list[Path]:
    """Return the shipped shapes and the study's own."""
    return content_files("shapes", "*.ttl", study)


def load_shapes(paths: Iterable[Path]) -> rdflib.Graph:
    """Return shapes together with the prefix list that their SPARQL constraints point to."""
    return parse([content_root() / "ontology" / "prefixes.ttl", *paths])


@dataclass(frozen=True)
class ShapeInfo:
    """What a person wants to know of a constraint."""

    name: str
    iri: str
    label: str
    message: str
    severity: Severity
    table: str
    column: str
    why: str
    file: str = ""


def describe(shapes: rdflib.Graph) -> dict[str, ShapeInfo]:
    """Return IRI -> description of every named shape with a target."""
    found = {}
    for shape in {s for t in _TARGETS for s in shapes.subjects(t)}:
        if isinstance(shape, URIRef):
            message = shapes.value(shape, SH.message) or next((shapes.value(c, SH.message) for c in shapes.objects(shape, SH.sparql)), None)
            found[str(shape)] = ShapeInfo(
                _name(shape), str(shape), str(shapes.value(shape, RDFS.label) or ""), str(message or ""),
                _SEVERITY.get(shapes.value(shape, SH.severity, default=SH.Violation), Severity.VIOLATION),
                str(shapes.value(shape, URIRef(BW + "table")) or ""), str(shapes.value(shape, URIRef(BW + "column")) or ""),
                str(shapes.value(shape, RDFS.comment) or ""))
    return found


def lint(shapes: rdflib.Graph, data: rdflib.Graph, meets: bool = False, declared: rdflib.Graph | None = None) -> list[Finding]:
    """Return what makes shapes pass in silence: misspelt sh: terms, unknown targets, shapes without a constraint.

    With `meets`, also shapes that meet no node of the data. `declared` is what names are looked up in, where the data does not say.
    """
    findings = []
    for term in {t for triple in shapes for t in triple if isinstance(t, URIRef) and str(t).startswith(str(SH))}:
        if term not in _TERMS:
            users = sorted(str(s) for s, p, o in shapes if term in (p, o) and isinstance(s, URIRef))
            findings.append(Finding(Severity.VIOLATION, "shape-unknown-term", f"sh:{str(term)[len(str(SH)):]} is no term of SHACL, so the shape checks nothing "
                                    "with it. Correct the spelling.", subject=users[0] if users else str(term)))
    for user, name in _names(shapes):
        if not any((URIRef(name), None, None) in graph for graph in (data, declared) if graph is not None):
            findings.append(Finding(Severity.VIOLATION, "shape-unknown-name", f"{plain(name)} is declared nowhere, so what the shape says of it is never met. "
                                    "Correct the spelling.", subject=user))
    for constraint in shapes.objects(None, SH.sparql):
        if (constraint, SH.severity, None) in shapes:
            findings.append(Finding(Severity.WARNING, "shape-severity-unheard", "sh:severity inside sh:sparql is heard by no engine. Put it on the shape.",
                                    subject=str(next(shapes.subjects(SH.sparql, constraint)))))
    for shape in {s for t in _TARGETS for s in shapes.subjects(t)}:
        named = str(shape)
        if not _constrains(shapes, shape):
            findings.append(Finding(Severity.VIOLATION, "shape-without-constraint", "The shape has a target and checks nothing. Add a constraint.",
                                    subject=named))
        for prop in _TARGETS:
            for target in shapes.objects(shape, prop):
                if not _declared(target, prop, data):
                    findings.append(Finding(Severity.VIOLATION, "shape-unknown-target", f"The target {target} is declared nowhere and used nowhere, "
                                            "so the shape never checks anything. Correct the name.", subject=named))
        if meets and not any(_meets(shape, p, t, data) for p in _TARGETS for t in shapes.objects(shape, p)):
            findings.append(Finding(Severity.WARNING, "shape-meets-nothing", "The shape meets no node of the data: it checks nothing here.", subject=named))
    return findings


def _names(shapes: rdflib.Graph) -> Iterator[tuple[str, str]]:
    """Yield (shape, IRI) for every name of our own vocabulary that shapes mention, in their triples or in their SPARQL."""
    ours = (BW, CODE)
    for s, p, o in shapes:
        if p in (SH.select, SH.ask):
            owner = _owner(shapes, s)
            for token in tokens(str(o)):
                for prefix, namespace in (("bw:", BW), ("code:", CODE)):
                    if token.kind == "name" and token.text.startswith(prefix):
                        yield owner, namespace + token.text[len(prefix):]
        elif isinstance(o, URIRef) and str(o).startswith(ours):
            yield _owner(shapes, s), str(o)


def _owner(shapes: rdflib.Graph, node: Any) -> str:
    """The IRI of the shape that a blank node belongs to."""
    for _ in range(20):
        above = next(shapes.subjects(None, node), None) if isinstance(node, rdflib.BNode) else None
        if above is None:
            break
        node = above
    return str(node)


def _constrains(shapes: rdflib.Graph, shape: Any) -> bool:
    shacl = str(SH)
    return any(str(p).startswith(shacl) and p not in _NOT_CONSTRAINTS and p in _TERMS for p in shapes.predicates(shape))


def _declared(target: Any, prop: URIRef, data: rdflib.Graph) -> bool:
    if prop == SH.targetClass:
        return (target, RDF.type, OWL.Class) in data or (target, RDF.type, RDFS.Class) in data or (None, RDF.type, target) in data
    if prop in (SH.targetSubjectsOf, SH.targetObjectsOf):
        return (target, RDF.type, None) in data or (None, target, None) in data
    return prop != SH.targetNode or (target, None, None) in data or (None, None, target) in data


def _meets(shape: Any, prop: URIRef, target: Any, data: rdflib.Graph) -> bool:
    if prop == SH.targetClass:
        classes = set(data.transitive_subjects(RDFS.subClassOf, target))
        return any((None, RDF.type, c) in data for c in classes)
    if prop in (SH.targetSubjectsOf, SH.targetObjectsOf):
        return (None, target, None) in data
    return (target, None, None) in data


@dataclass(frozen=True)
class _Result:
    """A validation result, whichever engine found it."""

    shape: Any
    focus: Any
    value: Any
    path: Any
    message: str
    severity: Any


def check(data: rdflib.Graph, shapes: rdflib.Graph, reference: bool = False) -> list[Finding]:
    """Return one finding per validation result, with the row, coder and extract of its focus node where it has one.

    Plain SHACL: no inference, no owl:imports, nothing from the network. With `reference`, pySHACL answers everything by
    itself, slowly. Errors: InputError when the shapes cannot be run.
    """
    if not any(True for t in _TARGETS for _ in shapes.subjects(t)):
        raise InputError("The shapes hold no shape with a target: nothing would be checked.")
    rest, constraints = (shapes, []) if reference else setwise.split(shapes)
    results = _by_pyshacl(data, rest)
    if constraints:
        store = LocalStore.memory()
        store.load(data.serialize(format="nt", encoding="utf-8"))
        results += [_Result(URIRef(r.constraint.shape), _term(r.focus), _term(r.value or r.focus), URIRef(r.path) if r.path else None, r.message,
                            URIRef(r.constraint.severity)) for r in setwise.run(store, constraints)]
    info = describe(shapes)
    return [_finding(replace(r, shape=URIRef(_owner(shapes, r.shape))), data, info) for r in results]


def _term(value: Value) -> Any:
    if value.kind == "iri":
        return URIRef(value.text)
    return rdflib.Literal(value.text) if value.kind == "literal" else rdflib.BNode(value.text)


def _by_pyshacl(data: rdflib.Graph, shapes: rdflib.Graph) -> list[_Result]:
    try:
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False, do_owl_imports=False, meta_shacl=False, js=False)
    except Exception as error:
        raise InputError(f"The shapes cannot be run: {' '.join(str(error).split())[:400]}.") from None
    if not isinstance(report, rdflib.Graph):
        raise InputError(f"The shapes cannot be run: {' '.join(str(report).split())[:400]}.")
    return [_Result(report.value(r, SH.sourceShape), report.value(r, SH.focusNode), report.value(r, SH.value), report.value(r, SH.resultPath),
                    str(report.value(r, SH.resultMessage) or ""), report.value(r, SH.resultSeverity))
            for r in report.subjects(RDF.type, SH.ValidationResult)]


def _name(shape: Any) -> str:
    return str(shape).removeprefix(SHAPE)


def plain(text: str) -> str:
    """Return a message with our IRIs cut to the names that stand in the tables."""
    return _OURS.sub(lambda m: id_of(m[1]), text)


def _finding(result: _Result, data: rdflib.Graph, info: dict[str, ShapeInfo]) -> Finding:
    focus, shape, value = result.focus, result.shape, result.value
    known = info.get(str(shape))
    message = " ".join(plain(result.message).split())
    severity = _SEVERITY.get(result.severity, Severity.VIOLATION)
    row_thing = focus
    if data.value(focus, URIRef(BW + "row")) is None:
        row_thing = data.value(predicate=URIRef(BW + "claimsWork"), object=focus) or data.value(
            predicate=URIRef("http://www.w3.org/ns/oa#hasSelector"), object=focus) or focus
    number = data.value(row_thing, URIRef(BW + "row"))
    coder = data.value(row_thing, URIRef("http://www.w3.org/ns/prov#wasAttributedTo"))
    extract = data.value(row_thing, URIRef(BW + "codes"))
    parts = str(row_thing).removeprefix(BASE).split("/")
    table = _TABLE_OF.get(parts[2], "") if len(parts) > 3 and parts[0] == "study" else ""
    column = known.column if known and known.column else _column(table, result.path)
    return Finding(
        severity, _name(shape) if known else str(shape), message, file=TABLES[table].file if table else "", row=int(str(number)) if number is not None else 0,
        column=column, value=plain(str(value)) if value is not None else "", coder=id_of(str(coder)) if coder else "",
        subject=str(focus), extract=id_of(str(extract)) if extract else "")


def _column(table: str, path: Any) -> str:
    if not table or path is None:
        return ""
    wanted = str(path).removeprefix(BW)
    return next((c.name for c in TABLES[table].columns if c.property.rsplit(":", 1)[-1] == wanted), "")
