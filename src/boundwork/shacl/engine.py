"""SHACL in, findings out: shapes over facts, with SHACL Core set-wise, SPARQL constraints set-wise, and pySHACL for what neither knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from boundwork.errors import InputError
from boundwork.findings import Finding, Severity
from boundwork.project import content_files, content_root
from boundwork.shacl import setwise
from boundwork.shacl.core import Checker, Result
from boundwork.shacl.facts import RDFS, TYPE, Facts, is_iri, plain_text
from boundwork.shacl.shapes import OWL_CLASSES, TARGETS, Shape, Shapes, message, sh, with_target
from boundwork.shacl.words import owner, plain
from boundwork.stores.local import LocalStore, n_triples
from boundwork.tables.schema import TABLES
from boundwork.terms import BASE, BW, SHAPE, STUDY, id_of, iri
from boundwork.wording import whole_number

_SEVERITY = {sh("Violation"): Severity.VIOLATION, sh("Warning"): Severity.WARNING, sh("Info"): Severity.INFO}
_SUFFIXES = {".ttl", ".turtle", ".nt", ".nq", ".trig", ".jsonld", ".rdf", ".xml", ".owl"}
_TABLE_OF = {t.kind: t.name for t in TABLES.values()} | {"work": "codings", "selector": "extracts", "entry": "codebook"}
_ROW, _WORK, _SELECTOR = iri(BW + "row"), iri(BW + "claimsWork"), "<http://www.w3.org/ns/oa#hasSelector>"
_CODER, _EXTRACT = "<http://www.w3.org/ns/prov#wasAttributedTo>", iri(BW + "codes")


def rdf_suffixes() -> set[str]:
    """File endings that are taken for RDF."""
    return set(_SUFFIXES)


def read(paths: Iterable[Path], given: Mapping[Path, bytes] | None = None) -> Facts:
    """Return the union of RDF files; named graphs are merged, nothing is fetched. `given` is the text of files that exist by name only.

    Errors: InputError with the file and line.
    """
    return Facts(line for i, path in enumerate(paths) for line in n_triples(path, f"f{i}x", (given or {}).get(path)))


def shape_files(study: Path | None = None) -> list[Path]:
    """Return the shipped shapes and the study's own."""
    return content_files("shapes", "*.ttl", study)


def load_shapes(paths: Iterable[Path]) -> Facts:
    """Return shapes together with the prefix list that their SPARQL constraints point to."""
    return read([content_root() / "ontology" / "prefixes.ttl", *paths])


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


def describe(shapes: Facts) -> dict[str, ShapeInfo]:
    """Return IRI -> description of every named shape with a target."""
    found = {}
    for shape in sorted(s for s in with_target(shapes) if is_iri(s)):
        said = message(shapes, shape) or next((m for c in shapes.values(shape, sh("sparql")) if (m := message(shapes, c))), "")

        def text(predicate: str, shape: str = shape) -> str:
            return plain_text(shapes.value(shape, predicate))

        found[shape[1:-1]] = ShapeInfo(
            _name(shape[1:-1]), shape[1:-1], text(f"<{RDFS}label>"), said,
            _SEVERITY.get(shapes.value(shape, sh("severity")) or sh("Violation"), Severity.VIOLATION), text(iri(BW + "table")), text(iri(BW + "column")),
            text(f"<{RDFS}comment>"))
    return found


def _name(shape: str) -> str:
    """What a shape is called in reports: the end of its IRI, for shipped shapes and for the rules of a study's codebook."""
    study, _, rule = shape.rpartition("/rule/")
    return rule if rule and study.startswith(STUDY) else shape.removeprefix(SHAPE)


@contextmanager
def readable() -> Iterator[None]:
    """Read shapes within it: what is wrong with them becomes an InputError."""
    try:
        yield
    except (ValueError, RecursionError) as error:
        raise InputError(f"The shapes cannot be run: {error}.") from None


Focus = Callable[[set[str]], set[str]]


def results(data: Facts, shapes: Facts, reference: bool = False, among: Iterable[str] | None = None, focus: Focus | None = None,
            store: LocalStore | None = None) -> list[Result]:
    """Return the validation results; with `reference`, pySHACL finds them all by itself, slowly.

    `among` limits which shapes with a target are asked, `focus` picks among their focus nodes, and `store` holds the same data where
    that is at hand. Plain SHACL: no inference, no
    owl:imports, nothing from the network. Errors: InputError when the shapes cannot be run.
    """
    if not with_target(shapes):
        raise InputError("The shapes hold no shape with a target: nothing would be checked.")
    from boundwork.shacl.reference import by_pyshacl

    if reference:
        return by_pyshacl(data, shapes)
    with readable():
        read_shapes = Shapes(shapes)
        targeted = read_shapes.targeted(among)
        foreign = [s for s in targeted if needs_reference(read_shapes, s)]
        checker = Checker(read_shapes, data)
        known = [s for s in targeted if s not in foreign]
        found: list[Result] = []
        for shape in known:
            nodes = read_shapes.target(shape.node, data)
            found += checker.results(shape, focus(nodes) if focus else nodes)
    asked = setwise.results(data, shapes, [s.node for s in known], store)
    if foreign:
        asked += by_pyshacl(data, _only(shapes, {s.node for s in foreign}))
    return found + ([r for r in asked if focus({r.focus})] if focus else asked)


def needs_reference(shapes: Shapes, shape: Shape) -> bool:
    """True for a shape with a target that only pySHACL can run."""
    return any(each.foreign or _asks(shapes.facts, each, shape) for each in shapes.everything(shape))


def _asks(shapes: Facts, shape: Shape, top: Shape) -> bool:
    """True for SPARQL constraints that cannot be run set-wise: below the shape that has the target, or in a form of their own."""
    constraints = shapes.values(shape.node, sh("sparql"))
    return bool(constraints) and (shape is not top or not all(setwise.query(shapes, shape.node, c) for c in constraints))


def _only(shapes: Facts, nodes: set[str]) -> Facts:
    """The shapes graph in which no other shape has a target."""
    part = shapes.copy()
    for term in TARGETS.values():
        part.remove([f"{s} {term} {o} ." for s, objects in shapes.edges(term).items() if s not in nodes for o in objects])
    part.remove([f"{s} {TYPE} {c} ." for s in with_target(part) - nodes for c in OWL_CLASSES])
    return part


def check(data: Facts, shapes: Facts, reference: bool = False) -> list[Finding]:
    """Return one finding per validation result, with the row, coder and extract of its focus node where it has one."""
    return found_at(results(data, shapes, reference), data, shapes)


def found_at(found: Iterable[Result], data: Facts, shapes: Facts) -> list[Finding]:
    """Return results as findings, each with the row, coder and extract of its focus node where the data say so."""
    every = list(found)
    return list(_findings(every, data, shapes, describe(shapes))) if every else []


def _findings(found: Iterable[Result], data: Facts, shapes: Facts, info: dict[str, ShapeInfo]) -> Iterator[Finding]:
    works, selectors = data.edges(_WORK, inverse=True), data.edges(_SELECTOR, inverse=True)
    owners: dict[str, str] = {}
    for result in found:
        shape = owners.setdefault(result.shape, owner(shapes, result.shape))
        known = info.get(plain_text(shape))
        thing = result.focus
        if not data.values(thing, _ROW):
            thing = next(iter(works.get(thing, ()) or selectors.get(thing, ())), thing)
        number, coder, extract = data.value(thing, _ROW), data.value(thing, _CODER), data.value(thing, _EXTRACT)
        parts = plain_text(thing).removeprefix(BASE).split("/")
        table = _TABLE_OF.get(parts[2], "") if len(parts) > 3 and parts[0] == "study" else ""
        column = known.column if known and known.column else _column(table, result.path)
        yield Finding(
            _SEVERITY.get(result.severity, Severity.VIOLATION), known.name if known else plain_text(shape), " ".join(plain(result.message).split()),
            file=TABLES[table].file if table else "", row=whole_number(plain_text(number)) or 0 if number else 0, column=column,
            value=plain(plain_text(result.value)) if result.value not in ("", result.focus) else "", coder=id_of(plain_text(coder)) if coder else "",
            subject=plain_text(result.focus), extract=id_of(plain_text(extract)) if extract else "")


def _column(table: str, path: str) -> str:
    if not table or not path:
        return ""
    wanted = plain_text(path).removeprefix(BW)
    return next((c.name for c in TABLES[table].columns if c.property.rsplit(":", 1)[-1] == wanted), "")
