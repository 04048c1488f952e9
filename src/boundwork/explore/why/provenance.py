"""A derivation in PROV-O: every triple an entity, every firing of a rule an activity, every row a csvw:Row at the end of the chain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from boundwork.derivations.patterns import Triple
from boundwork.explore.why.tree import Node, Row
from boundwork.stores.answer import Value
from boundwork.terms import BW, RDF_TYPE, STUDY, integer, iri, literal, study_iri

_PROV = "http://www.w3.org/ns/prov#"
_CSVW = "http://www.w3.org/ns/csvw#"
_RDF = RDF_TYPE.removesuffix("type")
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_A = iri(RDF_TYPE)


def provenance(study: str, nodes: Sequence[Node]) -> Iterator[str]:
    """Yield N-Triples lines; a triple is an rdf:Statement whose IRI is made from its text, so that the same triple is the same entity."""
    writer = _Writer(study)
    for node in nodes:
        for line in writer.node(node):
            yield f"{line} ."


class _Writer:
    def __init__(self, study: str) -> None:
        self.base = study_iri(study)

    def node(self, node: Node) -> Iterator[str]:
        own = node.triples[0] if node.triples and node.kind not in ("rule", "counted", "answer") else None
        if own is not None:
            for triple in node.triples:
                yield from self.statement(triple)
                yield from self.ground(triple, node)
        answer = ""
        if node.kind == "answer":
            answer = iri(f"{self.base}/answer/{_digest(node.title)}")
            yield f"{answer} {_A} {_prov('Entity')}"
            yield f"{answer} {iri(_LABEL)} {literal(node.title)}"
            yield from (f"{answer} {_prov('wasDerivedFrom')} {self.name(t)}" for t in node.triples)
            for triple in node.triples:
                yield from self.statement(triple)
        for child in node.children:
            if child.kind == "rule" and own is not None:
                yield from self.activity(node, child)
            yield from self.node(child)

    def name(self, triple: Triple) -> str:
        return iri(f"{self.base}/statement/{_digest(' '.join(v.n_triples for v in triple))}")

    def statement(self, triple: Triple) -> Iterator[str]:
        subject = self.name(triple)
        yield f"{subject} {_A} {iri(_RDF + 'Statement')}"
        yield f"{subject} {_A} {_prov('Entity')}"
        for part, value in zip(("subject", "predicate", "object"), triple, strict=True):
            if value.kind != "bnode":
                yield f"{subject} {iri(_RDF + part)} {value.n_triples}"

    def activity(self, made: Node, rule: Node) -> Iterator[str]:
        """One firing: which rule under which reading used what and made what."""
        first = made.triples[0]
        run = iri(f"{self.base}/run/{rule.reading or 'any'}/{rule.rule.rsplit('/', 1)[-1]}/{_digest(' '.join(v.n_triples for v in (*first, *_flat(rule))))}")
        yield f"{run} {_A} {_prov('Activity')}"
        yield f"{iri(rule.rule)} {_A} {_prov('Plan')}"
        yield f"{iri(rule.rule)} {_A} {_prov('Entity')}"
        yield f"{run} {_prov('used')} {iri(rule.rule)}"
        if rule.reading:
            yield f"{run} {_prov('used')} {iri(study_iri(self.base.removeprefix(STUDY), 'reading', rule.reading))}"
        for triple in rule.triples:
            yield from self.statement(triple)
            yield f"{run} {_prov('used')} {self.name(triple)}"
        for triple in made.triples:
            yield f"{self.name(triple)} {_prov('wasGeneratedBy')} {run}"
            yield from (f"{self.name(triple)} {_prov('wasDerivedFrom')} {self.name(t)}" for t in rule.triples if t != triple)

    def ground(self, triple: Triple, node: Node) -> Iterator[str]:
        subject = self.name(triple)
        if node.row is not None:
            row = iri(f"{self.base}/row/{node.row.table}/{node.row.number or node.row.line}")
            yield f"{subject} {_prov('wasDerivedFrom')} {row}"
            yield from self.row(row, node.row)
            if node.row.coder:
                yield f"{subject} {_prov('wasAttributedTo')} {iri(study_iri(self.base.removeprefix(STUDY), 'coder', node.row.coder))}"
        elif node.kind == "ontology":
            yield f"{subject} {_prov('wasDerivedFrom')} {iri(BW.removesuffix('#'))}"
        elif node.kind == "imported" and node.source.startswith("http"):
            yield f"{subject} {_prov('wasDerivedFrom')} {Value('iri', node.source).n_triples}"
        elif node.kind == "file":
            yield f"{subject} {_prov('wasDerivedFrom')} {iri(self.base)}"

    def row(self, name: str, row: Row) -> Iterator[str]:
        yield f"{name} {_A} {iri(_CSVW + 'Row')}"
        yield f"{name} {_A} {_prov('Entity')}"
        yield f"{name} {iri(_CSVW + 'url')} {iri(f'{self.base}/{row.table}#row={row.number or row.line}')}"
        yield f"{name} {iri(_CSVW + 'rownum')} {integer((row.number or row.line) - 1)}"
        study = self.base.removeprefix(STUDY)
        if row.coder:
            coder = iri(study_iri(study, "coder", row.coder))
            yield f"{name} {_prov('wasAttributedTo')} {coder}"
            yield f"{coder} {_A} {_prov('Agent')}"
        if row.extract is not None:
            extract = iri(study_iri(study, "extract", row.extract.ident))
            yield f"{name} {_prov('wasDerivedFrom')} {extract}"
            yield f"{extract} {_A} {_prov('Entity')}"
            if row.extract.sha256:
                yield f"{extract} {iri(BW + 'sha256')} {literal(row.extract.sha256)}"


def _flat(node: Node) -> Iterator[Value]:
    for triple in node.triples:
        yield from triple


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _prov(name: str) -> str:
    return iri(_PROV + name)
