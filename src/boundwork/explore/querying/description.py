"""What an endpoint offers, as RDF: the SPARQL 1.1 Service Description of one reading."""

from __future__ import annotations

from boundwork.explore.querying.sources import Stores
from boundwork.explore.results import graph_text
from boundwork.terms import RDF_TYPE, iri, literal

_SD, _VOID, _FORMATS, _DCT = "http://www.w3.org/ns/sparql-service-description#", "http://rdfs.org/ns/void#", "http://www.w3.org/ns/formats/", \
    "http://purl.org/dc/terms/"
_XSD_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
WRITTEN = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle", "N-Triples", "JSON-LD", "RDF_XML")


def description(stores: Stores, reading: str | None, sizes: dict[str, int], endpoint: str, form: str) -> bytes:
    """Return the description of the endpoint at an address as turtle, nt, jsonld or xml.

    `sizes`: the graphs that stand by themselves beside the default graph, with the number of their triples.
    """
    name = reading or stores.default
    stores.folder(name)
    service, dataset, graph = iri(f"{endpoint}#service"), iri(f"{endpoint}#dataset"), iri(f"{endpoint}#default-graph")

    def of(subject: str, predicate: str, *objects: str) -> list[str]:
        return [f"{subject} {iri(predicate)} {o} ." for o in objects]

    lines = [
        *of(service, RDF_TYPE, iri(_SD + "Service")), *of(service, _SD + "endpoint", iri(endpoint)),
        *of(service, _SD + "supportedLanguage", iri(_SD + "SPARQL11Query")), *of(service, _SD + "resultFormat", *(iri(_FORMATS + f) for f in WRITTEN)),
        *of(service, _SD + "defaultDataset", dataset), *of(dataset, RDF_TYPE, iri(_SD + "Dataset")),
        *of(dataset, _SD + "defaultGraph", graph), *of(graph, RDF_TYPE, iri(_SD + "Graph")),
        *of(graph, _DCT + "title", literal(f"{stores.title}: {stores.labels.get(name, name)}", "en")),
    ]
    for number, (named, triples) in enumerate(sorted(sizes.items())):
        entry, content = iri(f"{endpoint}#graph-{number}"), iri(f"{endpoint}#graph-{number}-content")
        lines += [*of(dataset, _SD + "namedGraph", entry), *of(entry, RDF_TYPE, iri(_SD + "NamedGraph")), *of(entry, _SD + "name", iri(named)),
                  *of(entry, _SD + "graph", content), *of(content, RDF_TYPE, iri(_SD + "Graph")),
                  *of(content, _VOID + "triples", f'"{triples}"^^{iri(_XSD_INTEGER)}')]
    return graph_text(lines, form)
