"""What no single row says: the study itself, its coders, waves, readings and codebooks, and the grid of cases."""

from __future__ import annotations

from collections.abc import Iterator

from boundwork.populate.rows import Cell, Known, predicate
from boundwork.terms import BW, CODE, RDF_TYPE, integer, iri, literal, study_iri

_TYPE = iri(RDF_TYPE)
Described = tuple[str, list[str]]


def _bw(name: str) -> str:
    return iri(BW + name)


def _truth(value: bool) -> str:
    return f'"{str(value).lower()}"^^<http://www.w3.org/2001/XMLSchema#boolean>'


def study_lines(known: Known, versions: set[str]) -> Iterator[tuple[tuple[str, str], str, list[str]]]:
    """Yield (graph, subject, pairs) for what study.toml says and for the codebook versions in use."""
    study = known.study
    base = iri(study_iri(study.id))
    p = {n: predicate(known, n) for n in (
        "rdfs:label", "dcterms:title", "dcterms:description", "dcterms:license", "dcterms:bibliographicCitation", "dcterms:hasVersion", "skos:prefLabel")}
    here = ("study", "")
    in_study = f"{_bw('inStudy')} {base}"

    def thing(kind: str, name: str) -> str:
        return iri(study_iri(study.id, kind, name))

    texts = [("dcterms:title", study.title), ("dcterms:description", study.description), ("dcterms:bibliographicCitation", study.citation),
             ("dcterms:hasVersion", study.version)]
    licence = [f"{p['dcterms:license']} {iri(study.licence) if study.licence.startswith('http') else literal(study.licence)}"] if study.licence else []
    yield here, base, [
        f"{_TYPE} {_bw('Study')}", f"{p['rdfs:label']} {literal(study.title)}", *(f"{p[n]} {literal(t)}" for n, t in texts if t), *licence,
        f"{_bw('anonymised')} {_truth(study.anonymised)}", f"{_bw('currentCodebook')} {thing('codebook', study.codebook_version)}",
    ]
    field_pairs = [f"{_TYPE} {_bw('Field')}", in_study, f"{p['rdfs:label']} {literal(study.field_label)}"]
    if study.field_description:
        field_pairs.append(f"{p['dcterms:description']} {literal(study.field_description)}")
    if study.field_interviews is not None:
        field_pairs.append(f"{_bw('interviewsReported')} {integer(study.field_interviews)}")
    yield here, thing("field", study.field_id), field_pairs
    for coder in study.coders.values():
        yield here, thing("coder", coder.id), [
            f"{_TYPE} {_bw('Coder')}", in_study, f"{p['rdfs:label']} {literal(coder.label)}",
            *([f"{p['dcterms:description']} {literal(coder.description)}"] if coder.description else [])]
    for wave in study.waves.values():
        years = [("startYear", wave.start_year), ("endYear", wave.end_year)]
        yield here, thing("wave", wave.id), [
            f"{_TYPE} {_bw('Wave')}", in_study, f"{p['rdfs:label']} {literal(wave.label)}",
            *(f"{_bw(n)} {integer(y)}" for n, y in years if y is not None)]
    for reading in study.readings.values():
        yield here, thing("reading", reading.id), [
            f"{_TYPE} {_bw('Reading')}", in_study, f"{p['rdfs:label']} {literal(reading.label)}",
            *([f"{p['dcterms:description']} {literal(reading.description)}"] if reading.description else []),
            *(f"{_bw('includesCoder')} {thing('coder', c)}" for c in reading.coders),
            f"{_bw('isDefaultReading')} {_truth(reading.id == study.default_reading)}"]
    for version in sorted(versions):
        yield ("codebook", study.codebook_version), thing("codebook", version), [
            f"{_TYPE} {_bw('Codebook')}", in_study, f"{p['rdfs:label']} {literal(version)}", f"{p['dcterms:hasVersion']} {literal(version)}"]
    if known.ids.get("codes"):
        scheme = iri(study_iri(study.id) + "/scheme/codes")
        yield ("codebook", study.codebook_version), scheme, [
            f"{_TYPE} {predicate(known, 'skos:ConceptScheme')}", f"{p['rdfs:label']} {literal('Codes of the project')}", in_study]


def grid_lines(known: Known, waves: dict[str, set[str]]) -> Iterator[Described]:
    """Yield every case: each council and the field, by each boundary, at each wave its extracts carry (undated where none does)."""
    study = known.study
    in_study = f"{_bw('inStudy')} {iri(study_iri(study.id))}"
    label = predicate(known, "rdfs:label")
    boundaries = sorted(known.vocabulary.codes("BoundaryCategory").items())
    for actor in sorted({study.field_id, *known.ids.get("councils", {})}):
        actor_iri = iri(known.actor_iri(actor))
        name = known.labels.get(actor) or (study.field_label if actor == study.field_id else actor)
        for code, term in boundaries:
            boundary = iri(study_iri(study.id, "boundary", f"{actor}-{code}"))
            yield boundary, [f"{_TYPE} {_bw('SituatedBoundary')}", f"{label} {literal(f'{name}: {term.label}')}"]
            for wave in sorted(waves.get(actor) or {""}):
                ident = "-".join([actor, code, *([wave] if wave else [])])
                shown = f"{name}: {term.label}" + (f" ({study.waves[wave].label})" if wave else "")
                yield iri(study_iri(study.id, "case", ident)), [
                    f"{_TYPE} {_bw('BoundaryCase')}", in_study, f"{label} {literal(shown)}", f"{_bw('focalActor')} {actor_iri}",
                    f"{_bw('caseBoundary')} {iri(CODE + code)}", f"{_bw('stateOf')} {boundary}",
                    *([f"{_bw('atWave')} {iri(study_iri(study.id, 'wave', wave))}"] if wave else [])]


def codebook_lines(known: Known, number: int, cells: dict[str, Cell]) -> Iterator[Described]:
    """Yield the entry of one code in the codebook."""
    study = known.study
    name = cells["code"].values[0]
    code = study_iri(study.id, "code", name) if known.has("codes", name) else CODE + name
    pairs = [f"{_TYPE} {_bw('CodebookEntry')}", f"{_bw('entryFor')} {iri(code)}", f"{_bw('row')} {integer(number)}"]
    for column, prop in (("version", "introducedIn"), ("changed", "changedIn")):
        if column in cells:
            pairs.append(f"{_bw(prop)} {iri(study_iri(study.id, 'codebook', cells[column].values[0]))}")
    if "replaced_by" in cells:
        new = cells["replaced_by"].values[0]
        target = study_iri(study.id, "code", new) if known.has("codes", new) else CODE + new
        pairs.append(f"{predicate(known, 'dcterms:isReplacedBy')} {iri(target)}")
    if "owner" in cells:
        pairs.append(f"{predicate(known, 'dcterms:creator')} {literal(cells['owner'].values[0])}")
    yield iri(study_iri(study.id, "entry", name)), pairs
