"""Where a triple that no rule made comes from: a row of a table, the study's file, the ontology, an imported set, or the build."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from boundwork.derivations.patterns import Triple
from boundwork.explore.explanation import place
from boundwork.explore.session import Session
from boundwork.explore.why.naming import Naming
from boundwork.explore.why.tree import Extract, Node, Row, short
from boundwork.pipeline.inputs import ontology_files
from boundwork.populate.origins import Made, Rows
from boundwork.stores.answer import Value
from boundwork.stores.local import LocalStore
from boundwork.terms import BW, GRAPH, RDF_TYPE, Vocabulary, id_of, study_iri
from boundwork.wording import whole_number

_DATES = ("http://purl.org/dc/terms/created", "http://purl.org/dc/terms/issued", "http://purl.org/dc/terms/modified",
          "http://www.w3.org/ns/prov#generatedAtTime")
_SOURCES = ("http://www.w3.org/ns/prov#wasDerivedFrom", "http://purl.org/dc/terms/source")
_SECTIONS = {"coder": "coders", "wave": "waves", "reading": "readings"}


class Grounds:
    """The grounds of one study: asks the tables first, then the small graphs that the store keeps under their names."""

    def __init__(self, session: Session, store: LocalStore, vocabulary: Vocabulary, naming: Naming, rows: Rows) -> None:
        self._session = session
        self._store = store
        self._vocabulary = vocabulary
        self._naming = naming
        self._rows = rows
        self._base = study_iri(session.study.id)

    def holds(self, triple: Triple) -> bool:
        """True when the triple has a ground other than a rule."""
        return self.of(triple) is not None

    def of(self, triple: Triple) -> Node | None:
        """Return the leaf that says where a triple comes from, or None when only a rule can have made it."""
        subject, predicate, value = triple
        made = self._rows.made(subject.text, predicate.text, value) if subject.kind == "iri" else None
        if made is not None:
            return self._row(made, [triple])
        if predicate.text == BW + "currentReading":
            return Node("build", self._naming.triple(triple), ["written by the build: which reading this store holds",
                                                               *self._section("readings", id_of(value.text))], triples=[triple])
        for graph in self._graphs(triple):
            kind = graph.removeprefix(GRAPH).split("/")
            if kind[0] == "ontology":
                return self._ontology(triple)
            if kind[0] == self._session.study.id and kind[1] in ("study", "codebook"):
                return self._study(triple)
            if kind[-1] == "runs" or kind[1:2] == ["runs"]:
                return Node("build", self._naming.triple(triple), ["written by the build: a rule, or what a graph was made from"], triples=[triple])
            return self._imported(triple, graph)
        return None

    def merged(self, triples: Iterable[Triple]) -> list[Node]:
        """Return the leaves of several triples; those that one row made are one leaf, with all its columns."""
        by_row: dict[tuple[str, str], tuple[Made, list[Triple], dict[str, str]]] = {}
        order: list[Node | tuple[str, str]] = []
        for triple in triples:
            made = self._rows.made(triple[0].text, triple[1].text, triple[2])
            if made is None:
                leaf = self.of(triple)
                order += [leaf] if leaf else []
                continue
            key = (made.spec.name, made.ident)
            if key not in by_row:
                by_row[key] = (made, [], {})
                order.append(key)
            by_row[key][1].append(triple)
            if len(made.cells) < 4:  # claimsWork: any column of the theory would do
                by_row[key][2].update(made.cells)
        found: list[Node] = []
        for item in order:
            if isinstance(item, Node):
                before = next((n for n in found if n.kind == item.kind == "file" and n.triples[0][0] == item.triples[0][0] and n.lines == item.lines), None)
                if before is None:
                    found.append(item)
                else:  # what study.toml or the grid says of one thing
                    before.triples += item.triples
                    before.title += "; " + "  ".join(map(self._naming.term, item.triples[0][1:]))
            else:
                first, several, cells = by_row[item]
                found.append(self._row(replace(first, cells=tuple(cells.items()), how=first.how if len(several) == 1 else ""), several))
        return found

    def row_of(self, thing: str) -> Node | None:
        """Return the leaf for the row that describes a thing, without saying which of its columns counts."""
        where = self._rows.place_of(thing)
        row = self._rows.record(*where) if where else None
        if where is None or row is None:
            return None
        return self._row(Made(row[0], row[1], where[1], row[2], (), ""), [])

    def _row(self, made: Made, triples: list[Triple]) -> Node:
        cells = made.record.cells
        extract = cells.get("extract", "").strip() if made.spec.name == "codings" else made.ident if made.spec.name == "extracts" else ""
        row = Row(place(made.path), made.spec.file, made.record.line, self._number(made), made.ident, made.cells, made.how,
                  cells.get("coder", "").strip(), cells.get("basis", "").strip(), cells.get("confidence", "").strip(),
                  self._extract(extract) if extract else None)
        said = self._naming.triple(triples[0]) if len(triples) == 1 else ""
        lines = [f"{said}{' (' + made.how + ')' if made.how else ''}"] if said else []
        return Node("row", f"{row.file}:{row.line}  {made.spec.thing} {made.ident}", lines, triples=triples, row=row)

    def _number(self, made: Made) -> int | None:
        kind = made.spec.kind
        found = self._store.select(f"SELECT ?n {{ <{study_iri(self._session.study.id, kind, made.ident)}> <{BW}row> ?n }}")
        return int(found[0][0].text) if found and found[0][0] else None

    def _extract(self, ident: str) -> Extract:
        row = self._rows.record("extract", ident)
        if row is None:
            return Extract(ident)
        cells = {k: v.strip() for k, v in row[2].cells.items()}
        numbers = [whole_number(cells.get(c, "")) for c in ("start", "end")]
        return Extract(ident, cells.get("section", ""), numbers[0], numbers[1], cells.get("sha256", "").lower(), cells.get("gist", ""))

    def _graphs(self, triple: Triple) -> list[str]:
        inner = " ".join(v.n_triples if v.kind != "bnode" else f"?b{i}" for i, v in enumerate(triple))  # unnamed things cannot be asked for
        unnamed = " ".join(f"FILTER(isBlank(?b{i}))" for i, v in enumerate(triple) if v.kind == "bnode")
        return sorted({g.text for (g,) in self._store.select(f"SELECT ?g {{ GRAPH ?g {{ {inner} {unnamed} }} }}") if g is not None})

    def _ontology(self, triple: Triple) -> Node:
        subject, predicate, value = triple
        about = value if predicate.text == RDF_TYPE and value.text not in self._vocabulary.terms else subject
        file, line = self._defined(subject)
        term = self._vocabulary.terms.get(about.text)
        lines = [f"ontology, {file}{f':{line}' if line else ''}" if file else "ontology"]
        if term and term.definition:
            lines.append(f"{term.label or self._naming.term(about)}: {short(term.definition, 160)}")
        return Node("ontology", self._naming.triple(triple), lines, triples=[triple], source=f"{file}:{line}" if file else "")

    def _defined(self, thing: Value) -> tuple[str, int]:
        return self._definitions.get(self._naming.term(thing)) or self._definitions.get(f"<{thing.text}>") or ("", 0)

    @cached_property
    def _definitions(self) -> dict[str, tuple[str, int]]:
        """Term as the ontology's files write it at the start of a line -> file and line."""
        found: dict[str, tuple[str, int]] = {}
        for path in ontology_files(self._session.folder):
            shown = place(path)
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if line[:1] not in ("", " ", "\t", "#", "@", "]", "."):
                    found.setdefault(line.split(None, 1)[0].rstrip(";"), (shown, number))
        return found

    def _study(self, triple: Triple) -> Node:
        where = self._rows.place_of(triple[0].text)
        kind, ident = where if where else ("", "")
        lines: list[str] = []
        if kind in ("case", "boundary"):
            lines.append("the grid of cases: every council and the field, by boundary, at each wave of its extracts")
            actor = next((a for a in self._actors(ident)), None)
            leaf = self.row_of(study_iri(self._session.study.id, "council", actor)) if actor and actor != self._session.study.field_id else None
            lines += [leaf.title] if leaf else self._section("field", "")
        elif kind in _SECTIONS:
            lines += self._section(_SECTIONS[kind], ident)
        elif kind == "field":
            lines += self._section("field", "")
        elif kind == "codebook":
            lines += [*self._section("study", ""), "a version of the codebook that study.toml or codebook.csv names"]
        elif kind == "scheme":
            lines.append("the codes of the project, codes.csv")
        else:
            lines += self._section("study", "")
        return Node("file", self._naming.triple(triple), lines, triples=[triple], source=place(self._session.folder / "study.toml"))

    def _actors(self, case: str) -> Iterable[str]:
        """The longest actor whose id a case's id starts with comes first."""
        parts = case.split("-")
        for size in range(len(parts), 0, -1):
            name = "-".join(parts[:size])
            if name == self._session.study.field_id or self._rows.record("council", name):
                yield name

    def _section(self, section: str, name: str) -> list[str]:
        path = self._session.folder / "study.toml"
        text = path.read_text(encoding="utf-8")
        head = rf'{section}\.(?:{re.escape(name)}|"{re.escape(name)}")' if name else section
        match = re.search(rf"^\[{head}\]", text, re.M)
        line = f":{text.count(chr(10), 0, match.start()) + 1}" if match else ""
        return [f"{place(path)}{line}  [{section}{'.' + name if name else ''}]"]

    def _imported(self, triple: Triple, graph: str) -> Node:
        """A triple of a set that was brought in: its graph says from where and when."""
        said = {p.text: o.text for p, o in self._store.select(
            f"SELECT ?p ?o {{ {{ <{graph}> ?p ?o }} UNION {{ GRAPH <{graph}> {{ <{graph}> ?p ?o }} }} }} ORDER BY ?p ?o") if p and o}
        source = next((said[p] for p in _SOURCES if p in said), "")
        when = next((said[p] for p in _DATES if p in said), "")
        lines = [f"imported with {graph.removeprefix(GRAPH)}", *([f"from {source}"] if source else []), *([f"on {when}"] if when else [])]
        return Node("imported", self._naming.triple(triple), lines, triples=[triple], source=source or graph)
