"""Names of things: prefixes, IRIs, the terms of the ontology with their labels, and how a value is written in N-Triples."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

BASE = "https://w3id.org/boundwork/"
BW = BASE + "ontology#"
CODE = BASE + "code/"
SHAPE = BASE + "shape/"
RULE = BASE + "rule/"
GRAPH = BASE + "graph/"
STUDY = BASE + "study/"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
XSD_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
ONTOLOGY_VERSION = "0.1.0"

_PREFIX_LINE = re.compile(r"^@prefix\s+([A-Za-z][\w-]*):\s*<([^>]*)>\s*\.", re.M)
_SAFE = "-._~"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def read_prefixes(text: str) -> dict[str, str]:
    """Return prefix -> namespace from the `@prefix` lines of ontology/prefixes.ttl.

    >>> read_prefixes("@prefix bw: <https://w3id.org/boundwork/ontology#> .")
    {'bw': 'https://w3id.org/boundwork/ontology#'}
    """
    return dict(_PREFIX_LINE.findall(text))


def literal(text: str, lang: str = "") -> str:
    r"""Return a plain string as an N-Triples literal.

    >>> print(literal('say "no"'))
    "say \"no\""
    """
    escaped = text.translate(_ESCAPES)
    return f'"{escaped}"@{lang}' if lang else f'"{escaped}"'


def integer(value: int) -> str:
    """Return a whole number as an N-Triples literal in canonical form."""
    return f'"{value}"^^<{XSD_INTEGER}>'


def iri(text: str) -> str:
    """Return an IRI as an N-Triples term."""
    return f"<{text}>"


def local_name(value: str) -> str:
    """Return an id as the last step of an IRI; whatever is not safe there is percent-encoded.

    >>> local_name("Ä 1")
    '%C3%84%201'
    """
    if value in (".", ".."):  # a step that readers of IRIs take for "here" and "up"
        return value.replace(".", "%2E")
    return quote(value, safe=_SAFE)


def id_of(thing: str) -> str:
    """Return the id at the end of a study IRI, as it stands in the table."""
    return unquote(thing.rsplit("/", 1)[-1])


def study_iri(study: str, kind: str = "", name: str = "") -> str:
    """Return the IRI of a study or of one of its things.

    >>> study_iri("regulating-public-services", "council", "cs03")
    'https://w3id.org/boundwork/study/regulating-public-services/council/cs03'
    """
    parts = [study, *([kind, local_name(name)] if kind else [])]
    return STUDY + "/".join(parts)


def graph_iri(study: str, kind: str, name: str = "") -> str:
    """Return the IRI of a named graph; the ontology's is the same for all studies.

    >>> graph_iri("regulating-public-services", "coding", "coder-1")
    'https://w3id.org/boundwork/graph/regulating-public-services/coding/coder-1'
    """
    if kind == "ontology":
        return f"{GRAPH}ontology/{ONTOLOGY_VERSION}"
    return GRAPH + "/".join([study, kind, *([local_name(name)] if name else [])])


def kebab(label: str) -> str:
    """Return a label in the form of a code.

    >>> kebab("London borough")
    'london-borough'
    """
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


@dataclass
class Term:
    """A class, property or code of the ontology, with what a reader needs to know of it."""

    iri: str
    types: set[str] = field(default_factory=set)
    label: str = ""
    alternatives: set[str] = field(default_factory=set)
    notations: set[str] = field(default_factory=set)
    definition: str = ""
    example: str = ""
    source: str = ""
    broader: set[str] = field(default_factory=set)
    superclasses: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    replaced_by: str = ""


_SKOS = "http://www.w3.org/2004/02/skos/core#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_DCT = "http://purl.org/dc/terms/"


class Vocabulary:
    """The terms of the ontology by IRI, and which codes belong to which class (subclasses included)."""

    def __init__(self, triples: Iterable[tuple[str, str, str]], prefixes: dict[str, str]) -> None:
        """Build from (subject, predicate, object) where IRIs and literals are both plain text."""
        self.prefixes = prefixes
        self.terms: dict[str, Term] = {}
        self.distinctive: dict[str, set[str]] = {}
        places: dict[str, dict[str, str]] = {BW + name: {} for name in ("inCell", "cellBoundary", "concernsBoundary")}
        for s, p, o in triples:
            if not s.startswith(BASE):
                continue
            term = self.terms.setdefault(s, Term(s))
            if p in places:
                places[p][s] = o
            if p == RDF_TYPE:
                term.types.add(o)
            elif p == _SKOS + "prefLabel" or (p == _RDFS + "label" and not term.label):
                term.label = o
            elif p == _SKOS + "altLabel":
                term.alternatives.add(o)
            elif p == _SKOS + "notation":
                term.notations.add(o)
            elif p == _SKOS + "definition":
                term.definition = o
            elif p == _SKOS + "example":
                term.example = o
            elif p == _DCT + "source":
                term.source = o
            elif p == _SKOS + "broader":
                term.broader.add(o)
            elif p == _RDFS + "subClassOf":
                term.superclasses.add(o)
            elif p == _RDFS + "domain":
                term.domains.add(o)
            elif p == _DCT + "isReplacedBy":
                term.replaced_by = o
        self._codes: dict[str, dict[str, Term]] = {}
        in_cell, of_cell, concerns = places.values()
        found = {**{e: of_cell[c] for e, c in in_cell.items() if c in of_cell}, **concerns}
        self.boundaries = {e[len(CODE) :]: b[len(CODE) :] for e, b in found.items() if e.startswith(CODE)}
        """Element -> the boundary that it belongs to, both as code names."""

    def codes(self, cls: str) -> dict[str, Term]:
        """Return code name -> term for every code of a class and its subclasses; `*` = every code."""
        if cls not in self._codes:
            wanted = self._subclasses(BW + cls) if cls != "*" else None
            self._codes[cls] = {
                iri[len(CODE) :]: t for iri, t in self.terms.items()
                if iri.startswith(CODE) and (wanted is None or t.types & wanted)
            }
        return self._codes[cls]

    def _subclasses(self, cls: str) -> set[str]:
        found = {cls}
        while True:
            more = {i for i, t in self.terms.items() if t.superclasses & found} - found
            if not more:
                return found
            found |= more

    def expand(self, name: str) -> str:
        """Return the IRI of a prefixed name or of a bare code; what has no known prefix comes back as it is."""
        prefix, colon, local = name.partition(":")
        if colon and prefix in self.prefixes and not local.startswith("//"):
            return self.prefixes[prefix] + local
        return name


def compact(iri_text: str, prefixes: dict[str, str]) -> str:
    """Return an IRI as a prefixed name where the rest is a plain name, else as it is.

    >>> compact("https://w3id.org/boundwork/code/county", {"code": "https://w3id.org/boundwork/code/"})
    'code:county'
    """
    best = ""
    for prefix, namespace in prefixes.items():
        rest = iri_text[len(namespace) :]
        if iri_text.startswith(namespace) and len(namespace) > len(prefixes.get(best, "")) and re.fullmatch(r"[A-Za-z0-9_][\w-]*", rest):
            best = prefix
    return f"{best}:{iri_text[len(prefixes[best]):]}" if best else iri_text
