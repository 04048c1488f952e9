"""A mapping set -> the lines of a void:Linkset with provenance; registered councils, areas, codes and reorganisations -> theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from boundwork.linking.contract import SCHEMES
from boundwork.linking.days import instant
from boundwork.linking.history import Body, History, Step
from boundwork.linking.mappings import MappingSet
from boundwork.linking.matching import Matching
from boundwork.linking.registers import AssignedCode, Council
from boundwork.terms import BASE, BW, CODE, GRAPH, RDF_TYPE, XSD_INTEGER, iri, literal, local_name, study_iri

_VOID, _DCT, _PROV = "http://rdfs.org/ns/void#", "http://purl.org/dc/terms/", "http://www.w3.org/ns/prov#"
_SSSOM, _OWL, _RDFS = "https://w3id.org/sssom/", "http://www.w3.org/2002/07/owl#", "http://www.w3.org/2000/01/rdf-schema#"
_ORG, _SKOS = "http://www.w3.org/ns/org#", "http://www.w3.org/2004/02/skos/core#"
_A, _LABEL = iri(RDF_TYPE), iri(_RDFS + "label")
_TEXTS = ("author_label", "match_string", "comment", "subject_match_field", "similarity_measure")
REFERENCE = BASE + "reference/"


def linkset_lines(study: str, name: str, mappings: MappingSet) -> Iterator[str]:
    """Yield the link set: one void:Linkset a predicate, one sssom:Mapping a row, and the matches themselves."""
    whole = f"{GRAPH}{study}/links/{local_name(name)}"
    data = mappings.metadata
    per: Counter[str] = Counter(mappings.expand(r["predicate_id"]) for r in mappings.rows)
    yield f"{iri(whole)} {_A} {iri(_VOID + 'Dataset')} ."
    yield f"{iri(whole)} {iri(BW + 'inStudy')} {iri(study_iri(study))} ."
    yield f"{iri(whole)} {_LABEL} {literal(str(data.get('mapping_set_title') or name))} ."
    if data.get("license"):
        yield f"{iri(whole)} {iri(_DCT + 'license')} {iri(str(data['license']))} ."
    for key in ("subject_source", "object_source"):
        if data.get(key):
            yield f"{iri(whole)} {iri(_PROV + 'wasDerivedFrom')} {iri(mappings.expand(str(data[key])))} ."
    if data.get("object_source_version"):
        yield f"{iri(whole)} {iri(_DCT + 'source')} {literal(str(data['object_source_version']))} ."
    if days := [r["mapping_date"] for r in mappings.rows if r.get("mapping_date")]:
        yield f'{iri(whole)} {iri(_DCT + "issued")} "{max(days)}"^^<http://www.w3.org/2001/XMLSchema#date> .'
    if data.get("mapping_set_description"):
        yield f"{iri(whole)} {iri(_DCT + 'description')} {literal(str(data['mapping_set_description']))} ."
    for predicate, number in sorted(per.items()):
        part = f"{whole}/linkset/{local_name(predicate.rpartition('#')[2].rpartition('/')[2])}"
        yield f"{iri(part)} {_A} {iri(_VOID + 'Linkset')} ."
        yield f"{iri(whole)} {iri(_VOID + 'subset')} {iri(part)} ."
        yield f"{iri(part)} {iri(_VOID + 'linkPredicate')} {iri(predicate)} ."
        yield f'{iri(part)} {iri(_VOID + "triples")} "{number}"^^<{XSD_INTEGER}> .'
        for key, prop in (("subject_source", "subjectsTarget"), ("object_source", "objectsTarget")):
            if data.get(key):
                yield f"{iri(part)} {iri(_VOID + prop)} {iri(mappings.expand(str(data[key])))} ."
    for row in mappings.rows:
        yield from _mapping(study, name, mappings, row)


def _mapping(study: str, name: str, mappings: MappingSet, row: dict[str, str]) -> Iterator[str]:
    subject, predicate, target = (mappings.expand(row[c]) for c in ("subject_id", "predicate_id", "object_id"))
    this = iri("/".join([study_iri(study, "mapping", name), *(local_name(x.rstrip("/").rpartition("/")[2]) for x in (subject, predicate, target))]))
    yield f"{iri(subject)} {iri(predicate)} {iri(target)} ."
    yield f"{this} {_A} {iri(_SSSOM + 'Mapping')} ."
    for prop, value in (("annotatedSource", subject), ("annotatedProperty", predicate), ("annotatedTarget", target)):
        yield f"{this} {iri(_OWL + prop)} {iri(value)} ."
    yield f"{this} {iri(_SSSOM + 'mapping_justification')} {iri(mappings.expand(row['mapping_justification']))} ."
    yield from (f"{this} {iri(_SSSOM + c)} {literal(row[c])} ." for c in _TEXTS if row.get(c))
    if row.get("mapping_date"):
        yield f'{this} {iri(_SSSOM + "mapping_date")} "{row["mapping_date"]}"^^<http://www.w3.org/2001/XMLSchema#date> .'
    if row.get("object_label"):
        yield f"{iri(target)} {_LABEL} {literal(row['object_label'])} ."


def register_lines(study: str, name: str, matching: Matching, history: History) -> Iterator[str]:
    """Yield what is known of the linked councils: council, area, codes with their days, and the reorganisations on the way."""
    found = {link.found.key: link.found for link in matching.links}
    chained = {step for link in matching.links for step in link.chain}
    wanted = {s.event for s in history.steps if s.shown in chained}
    steps = [s for s in history.steps if s.event in wanted]
    bodies = {code.key: body for s in steps for body in (s.original, s.resulting) for code in body.codes}
    for council in (found[k] for k in sorted(found)):
        this = _record(study, name, council)
        yield f"{this} {_A} {iri(BW + 'RegisteredCouncil')} ."
        yield f"{this} {_LABEL} {literal(council.name)} ."
        if council.type:
            yield f"{this} {iri(_ORG + 'classification')} {iri(CODE + council.type)} ."
        yield from _days(this, council.start, council.end)
        yield from _governed(this, council.name, council.codes, history)
        known = {body.ident: body for code in council.codes if (body := bodies.get(code.key)) and body.type == council.type}
        yield from (f"{this} {iri(_SKOS + 'exactMatch')} {_body(body)} ." for body in known.values())
        yield from _ended(study, name, council, found)
    for step in steps:
        yield from _event(step, history)


def _record(study: str, name: str, council: Council) -> str:
    return iri(council.iri or study_iri(study, f"register/{local_name(name)}", council.key))


def _ended(study: str, name: str, council: Council, found: dict[str, Council]) -> Iterator[str]:
    """The reorganisation in which a council of the register ended, as the register itself tells it; its day is the first of what took over."""
    this = _record(study, name, council)
    event = this[:-1] + "/reorganisation>"
    after = [found[key] for key in council.replaced_by if key in found]
    if not after:
        return
    yield f"{event} {_A} {iri(BW + 'Reorganisation')} ."
    yield f"{event} {_LABEL} {literal(f'{council.name} ends')} ."
    yield f"{event} {iri(_ORG + 'originalOrganization')} {this} ."
    for one in after:
        yield f"{event} {iri(_ORG + 'resultingOrganization')} {_record(study, name, one)} ."
        yield f"{this} {iri(BW + 'succeededBy')} {_record(study, name, one)} ."
    if days := sorted({one.start for one in after if one.start is not None}):
        yield f"{event} {iri(BW + 'tookEffect')} {instant(days[0])} ."


def _days(this: str, start: date | None, end: date | None) -> Iterator[str]:
    for prop, day in (("validFrom", start), ("validUntil", end)):
        if day is not None:
            yield f"{this} {iri(BW + prop)} {instant(day)} ."


def _governed(this: str, name: str, codes: Iterable[AssignedCode], history: History) -> Iterator[str]:
    """Yield the area of a council with its codes; the register's own code hangs on the council."""
    area = this[:-1] + "/area>"
    later = {earlier.key: change for earlier, change in history.changes}
    sooner = {change.key: change for _, change in history.changes}
    of_area = False
    for code in codes:
        after, begun = later.get(code.key), sooner.get(code.key)
        start = code.start or (begun.start if begun is not None else None)
        end = code.end or (after.start - timedelta(days=1) if after is not None and after.start else None)
        yield from _code(this if code.scheme == "register" else area, AssignedCode(code.scheme, code.text, start, end))
        of_area = of_area or code.scheme != "register"
    if of_area:
        yield f"{this} {iri(BW + 'governs')} {area} ."
        yield f"{area} {_A} {iri(BW + 'Area')} ."
        yield f"{area} {_LABEL} {literal(f'Area of {name}')} ."


def _code(owner: str, code: AssignedCode) -> Iterator[str]:
    this = iri(f"{REFERENCE}code/{local_name(code.scheme)}/{local_name(code.text)}")
    yield f"{owner} {iri(BW + 'hasCode')} {this} ."
    yield f"{this} {_A} {iri(BW + 'AssignedCode')} ."
    yield f"{this} {iri(BW + 'codeText')} {literal(code.text)} ."
    if code.scheme in SCHEMES:
        yield f"{this} {iri(BW + 'codeScheme')} {iri(CODE + code.scheme)} ."
    yield from _days(this, code.start, code.end)


def _event(step: Step, history: History) -> Iterator[str]:
    this = iri(f"{REFERENCE}reorganisation/{local_name(step.event)}")
    yield f"{this} {_A} {iri(BW + 'Reorganisation')} ."
    yield f"{this} {_LABEL} {literal(step.event.replace('-', ' '))} ."
    yield f"{this} {iri(BW + 'tookEffect')} {instant(step.day)} ."
    if step.source:
        yield f"{this} {iri(_DCT + 'source')} {literal(step.source)} ."
    for body, prop in ((step.original, "originalOrganization"), (step.resulting, "resultingOrganization")):
        yield f"{this} {iri(_ORG + prop)} {_body(body)} ."
        yield f"{_body(body)} {_A} {iri(BW + 'RegisteredCouncil')} ."
        yield f"{_body(body)} {_LABEL} {literal(body.name)} ."
        yield from _governed(_body(body), body.name, body.codes, history)
    yield f"{_body(step.original)} {iri(BW + 'succeededBy')} {_body(step.resulting)} ."


def _body(body: Body) -> str:
    return iri(f"{REFERENCE}council/{local_name(body.ident)}")


def unique(lines: Iterable[str]) -> list[str]:
    """Return lines sorted, each once."""
    return sorted(set(lines))
