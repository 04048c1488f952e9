"""A set of figures -> an RDF Data Cube: the data set with its source and licence, its structure, and one observation a figure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from boundwork.linking.figures import Figure, FigureSet
from boundwork.terms import BASE, BW, CODE, RDF_TYPE, graph_iri, iri, literal, local_name, study_iri

QB = "http://purl.org/linked-data/cube#"
_RDF, _RDFS, _DCT = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2000/01/rdf-schema#", "http://purl.org/dc/terms/"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_A = iri(RDF_TYPE)
DIMENSIONS = {"type": ("figureType", "CouncilType", "council-types"), "region": ("figureRegion", "Region", "regions"),
              "council": ("figureCouncil", "Council", "")}
"""Key of a figure -> its property, the class of its values, and their scheme."""


def decimal(value: Decimal) -> str:
    """Return a number as an N-Triples decimal, in the form that a store keeps as it is.

    >>> decimal(Decimal("4.0")), decimal(Decimal("12.50"))
    ('"4"^^<http://www.w3.org/2001/XMLSchema#decimal>', '"12.5"^^<http://www.w3.org/2001/XMLSchema#decimal>')
    """
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f'"{text or "0"}"^^<{_XSD}decimal>'


def figure_lines(study: str, figures: FigureSet) -> Iterator[str]:
    """Yield the N-Triples of a set. Every dimension has a range, those of codes a code list, and every observation all dimensions."""
    about = figures.about
    base = study_iri(study, "figureset", figures.name)
    dataset, structure = iri(base), iri(f"{base}/structure")
    for cls in (QB + "DataSet", BW + "FigureSet"):
        yield f"{dataset} {_A} {iri(cls)} ."
    yield f"{dataset} {iri(_RDFS + 'label')} {literal(about.title)} ."
    yield f"{dataset} {iri(_DCT + 'title')} {literal(about.title)} ."
    yield f"{dataset} {iri(_DCT + 'source')} {_named(about.source)} ."
    yield f"{dataset} {iri(_DCT + 'license')} {_named(about.licence)} ."
    yield f"{dataset} {iri(BW + 'inStudy')} {iri(study_iri(study))} ."
    yield f"{dataset} {iri(QB + 'structure')} {structure} ."
    graph = iri(graph_iri(study, "figures", figures.name))
    yield f"{graph} {iri(_DCT + 'source')} {_named(about.source)} ."
    if about.taken:
        yield from (f'{each} {iri(_DCT + "issued")} "{about.taken}"^^<{_XSD}date> .' for each in (dataset, graph))
    if about.made_by:
        yield f"{dataset} {iri(BW + 'madeBy')} {literal(about.made_by)} ."
    yield f"{structure} {_A} {iri(QB + 'DataStructureDefinition')} ."
    yield from _components(structure[1:-1], figures)
    for figure in figures.figures:
        yield from _observation(study, base, figures, figure)


def _named(text: str) -> str:
    return iri(text) if text.startswith(("http://", "https://")) and not set(text) & set(' "<>{}|^`\\') else literal(text)


def _components(structure: str, figures: FigureSet) -> Iterator[str]:
    parts = [("dimension", "DimensionProperty", DIMENSIONS[k][0], BW + DIMENSIONS[k][1], DIMENSIONS[k][2]) for k in figures.keys]
    parts.append(("dimension", "DimensionProperty", "figurePeriod", _XSD + "string", ""))
    coded = any(f.category for f in figures.figures)
    parts.append(("measure", "MeasureProperty", "figureCategory", "http://www.w3.org/2004/02/skos/core#Concept", figures.about.scheme) if coded
                 else ("measure", "MeasureProperty", "figureValue", _XSD + "decimal", ""))
    if figures.about.unit:
        parts.append(("attribute", "AttributeProperty", "figureUnit", _XSD + "string", ""))
    if any(f.weight is not None for f in figures.figures):
        parts.append(("attribute", "AttributeProperty", "figureWeight", _XSD + "decimal", ""))
    for role, cls, name, ranged, scheme in parts:
        component, prop = iri(f"{structure}/{name}"), iri(BW + name)
        yield f"{iri(structure)} {iri(QB + 'component')} {component} ."
        yield f"{component} {_A} {iri(QB + 'ComponentSpecification')} ."
        yield f"{component} {iri(QB + role)} {prop} ."
        for kind in (QB + cls, _RDF + "Property", *([QB + "CodedProperty"] if scheme else [])):
            yield f"{prop} {_A} {iri(kind)} ."
        yield f"{prop} {iri(_RDFS + 'range')} {iri(ranged)} ."
        if scheme:
            yield f"{component} {iri(QB + 'codeList')} {iri(f'{BASE}scheme/{scheme}')} ."
            if role == "dimension":
                yield f"{prop} {iri(QB + 'codeList')} {iri(f'{BASE}scheme/{scheme}')} ."


def _observation(study: str, base: str, figures: FigureSet, figure: Figure) -> Iterator[str]:
    this = iri("/".join([base, *(local_name(k) for k in figure.key if k)]))
    for cls in (QB + "Observation", BW + "Figure"):
        yield f"{this} {_A} {iri(cls)} ."
    yield f"{this} {iri(QB + 'dataSet')} {iri(base)} ."
    for key in figures.keys:
        value = getattr(figure, key)
        if not value:  # a figure for a whole type stands beside figures for its regions
            continue
        yield f"{this} {iri(BW + DIMENSIONS[key][0])} {iri(study_iri(study, 'council', value) if key == 'council' else CODE + value)} ."
    yield f"{this} {iri(BW + 'figurePeriod')} {literal(figure.period)} ."
    if figure.category:
        yield f"{this} {iri(BW + 'figureCategory')} {iri(CODE + figure.category)} ."
    elif figure.value is not None:
        yield f"{this} {iri(BW + 'figureValue')} {decimal(figure.value)} ."
    if figures.about.unit:
        yield f"{this} {iri(BW + 'figureUnit')} {literal(figures.about.unit)} ."
    if figure.weight is not None:
        yield f"{this} {iri(BW + 'figureWeight')} {decimal(figure.weight)} ."
