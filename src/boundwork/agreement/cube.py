"""Figures of agreement as an RDF Data Cube: one data set, its structure, and one observation for each coefficient that is defined.

A figure that is not defined has no observation, so the cube has one measure and names the coefficient by a dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from boundwork.agreement.figures import Figure
from boundwork.terms import BASE, BW, RDF_TYPE, XSD_INTEGER, integer, iri, literal, study_iri

QB = "http://purl.org/linked-data/cube#"
_RDF, _RDFS, _XSD = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2000/01/rdf-schema#", "http://www.w3.org/2001/XMLSchema#"
_DECIMAL = f"{_XSD}decimal"
_CONCEPT = "http://www.w3.org/2004/02/skos/core#Concept"
WHOLE = "(all)"
_ROLES = (
    ("dimension", "DimensionProperty", (("comparedOn", f"{_XSD}string"), ("comparedValue", f"{_XSD}string"), ("coefficient", f"{_XSD}string"))),
    ("measure", "MeasureProperty", (("agreementFigure", _DECIMAL),)),
    ("attribute", "AttributeProperty", (("comparedExtracts", XSD_INTEGER), ("intervalLow", _DECIMAL), ("intervalHigh", _DECIMAL), ("comparedCode", _CONCEPT))),
)


def decimal(number: float) -> str:
    """Return a number as an N-Triples decimal in canonical form, with at most six digits behind the point.

    >>> decimal(1.0)
    '"1.0"^^<http://www.w3.org/2001/XMLSchema#decimal>'
    """
    digits = f"{number:.6f}".rstrip("0")
    text = digits + "0" if digits.endswith(".") else digits
    return f'"{"0.0" if text == "-0.0" else text}"^^<{_DECIMAL}>'


def cube(study: str, title: str, coders: Sequence[str], terms: Sequence[tuple[str, str]], figures: Sequence[Figure],
         code_iri: Callable[[str], str | None]) -> Iterator[str]:
    """Yield the N-Triples of the data set: its name is made of the coders and of the terms of the comparison, so the same question has the same name.

    `code_iri` gives the IRI of a value that is a code, or None.
    """
    kind, label = iri(RDF_TYPE), iri(_RDFS + "label")
    base = study_iri(study, "agreement", "_".join([*coders, *(value for _, value in terms)]))
    dataset, structure = iri(base), iri(f"{BASE}ontology/agreement-structure")
    yield f"{dataset} {kind} {iri(QB + 'DataSet')} ."
    yield f"{dataset} {iri(QB + 'structure')} {structure} ."
    yield f"{dataset} {label} {literal(title, 'en')} ."
    yield f"{dataset} {iri(BW + 'inStudy')} {iri(study_iri(study))} ."
    yield from (f"{dataset} {iri(BW + 'comparesCoder')} {iri(study_iri(study, 'coder', c))} ." for c in coders)
    yield from (f"{dataset} {iri(BW + 'comparisonTerms')} {literal(f'{name}: {value}')} ." for name, value in terms)
    yield f"{structure} {kind} {iri(QB + 'DataStructureDefinition')} ."
    for role, cls, properties in _ROLES:
        for name, value_range in properties:
            component = iri(f"{BASE}ontology/agreement-structure/{name}")
            yield f"{structure} {iri(QB + 'component')} {component} ."
            yield f"{component} {kind} {iri(QB + 'ComponentSpecification')} ."
            yield f"{component} {iri(QB + role)} {iri(BW + name)} ."
            yield f"{iri(BW + name)} {kind} {iri(QB + cls)} ."
            yield f"{iri(BW + name)} {kind} {iri(_RDF + 'Property')} ."
            yield f"{iri(BW + name)} {iri(_RDFS + 'range')} {iri(value_range)} ."
    for figure in figures:
        for name in Figure.COEFFICIENTS:
            number = figure.coefficient(name)
            if number is not None:
                yield from _observation(base, dataset, figure, name, number, code_iri(figure.value) if figure.value else None)


def _observation(base: str, dataset: str, figure: Figure, name: str, number: float, code: str | None) -> Iterator[str]:
    from urllib.parse import quote

    steps = [figure.dimension, *([figure.value] if figure.value else []), name]
    this = iri("/".join([base, *(quote(s, safe="-._~") for s in steps)]))
    yield f"{this} {iri(RDF_TYPE)} {iri(QB + 'Observation')} ."
    yield f"{this} {iri(RDF_TYPE)} {iri(BW + 'AgreementObservation')} ."
    yield f"{this} {iri(QB + 'dataSet')} {dataset} ."
    yield f"{this} {iri(BW + 'comparedOn')} {literal(figure.dimension)} ."
    yield f"{this} {iri(BW + 'comparedValue')} {literal(figure.value or WHOLE)} ."
    yield f"{this} {iri(BW + 'coefficient')} {literal(name)} ."
    yield f"{this} {iri(BW + 'agreementFigure')} {decimal(number)} ."
    if name != "alpha_u":
        yield f"{this} {iri(BW + 'comparedExtracts')} {integer(figure.units)} ."
    if wide := figure.intervals.get(name):
        yield f"{this} {iri(BW + 'intervalLow')} {decimal(wide.low)} ."
        yield f"{this} {iri(BW + 'intervalHigh')} {decimal(wide.high)} ."
    if code:
        yield f"{this} {iri(BW + 'comparedCode')} {iri(code)} ."
