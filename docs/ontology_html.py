"""The ontology in, one HTML page out: pyLODE draws classes and properties, and this adds codes and where each term is used.

    python docs/ontology_html.py                    writes build/ontology.html
    python docs/ontology_html.py -o FILE

The page needs no network: no script, style, font or picture comes from elsewhere. pyLODE 3.3.4 does it; 3.4.1 does not import.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

import rdflib
from rdflib import OWL, RDF, SKOS, URIRef
from rdflib.collection import Collection
from rdflib.util import from_n3

from boundwork import project, rules
from boundwork.files import atomic
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.queries.stored import read_query
from boundwork.queries.tokens import tokens
from boundwork.queries.turtle import statements
from boundwork.stores.local import n_triples
from boundwork.tables.schema import TABLES
from boundwork.terms import BASE, BW, CODE, Term, Vocabulary, compact

ROOT = project.content_root()
TARGET = ROOT / "build" / "ontology.html"
NEEDED = "pylode==3.3.4"
ONTOLOGY = BASE + "ontology"
_SCHEME = BASE + "scheme/"
_CODED = ("name", "iri")
STYLE = """
html { -webkit-text-size-adjust: 100%; }
body { padding: 1rem 22rem 3rem 2rem; font: 1rem/1.5 system-ui, sans-serif; }
#content { width: auto; max-width: 60rem; padding: 0; margin: 0; overflow-wrap: anywhere; }
#content dd { margin-left: 1.5rem; }
#toc { position: fixed; top: 0; right: 0; bottom: 0; width: 19rem; max-height: none; overflow: auto; box-sizing: border-box;
       margin: 0; padding: 1rem; border: 0; border-left: 1px solid #767676; background: white; }
#toc ul { padding-left: 1rem; margin: 0; list-style: none; } #toc ul.first { padding-left: 0; }
#toc h3, #toc h4 { margin: .6rem 0 .2rem; }
#pylode { position: static; transform: none; color: #595959; font-size: .875rem; }
#pylode a, #pylode #p, #pylode #y, #pylode #profile { font-size: 1em; color: #005A9C !important; font-style: normal; }
.entity { border: 1px solid #767676; overflow-wrap: anywhere; }
.entity th, .entity td { padding-bottom: .5rem; vertical-align: top; } .entity th { width: 9rem; font-weight: 600; }
.entity td p, .entity td pre { margin: 0; } .entity pre { font: inherit; white-space: pre-wrap; border: 0; padding: 0; background: none; }
.entity:target { outline: 3px solid #005A9C; }
a { color: #005A9C; } .sup-c, .sup-con { color: #8a4b00; }
@media (max-width: 60rem) {
  body { padding: 1rem; display: flex; flex-direction: column; }
  #toc { position: static; order: -1; width: auto; border: 1px solid #767676; max-height: 16rem; }
  #content { max-width: 100%; }
  .entity table, .entity tbody, .entity tr, .entity th, .entity td { display: block; width: auto; }
  .entity th { padding: 0; } .entity td { padding: 0 0 .6rem; }
}
@media print { #toc { display: none; } body { padding: 0; } .entity { break-inside: avoid; } }
"""


class InOrder(list[object]):
    """A list that takes what a set takes."""

    add = list.append


def missing() -> str:
    """Return what to install, or an empty string where pyLODE is there."""
    return "" if importlib.util.find_spec("pylode") else f"pyLODE is not installed, which draws the page. Install it: python -m pip install '{NEEDED}'"


class Uses:
    """Which questions, rules, constraints and columns name a term; counted by tokens, so that a word in a text is no use."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.found: dict[str, dict[str, list[str]]] = {}
        self._vocabulary = vocabulary
        for path in project.content_files("queries/ask", "*.rq"):
            query = read_query(path)
            self._note("Questions", query.slug, f"{query.body}\n{query.evidence}")
        for rule in rules.read_rules():
            self._note("Rules", rule.name, rule.query.body)
        for path in project.content_files("shapes", "*.ttl"):
            for statement in statements(path.read_text(encoding="utf-8")):
                if statement[0].text.startswith("shape:"):
                    quoted = "\n".join(t.text.strip("\"'") for t in statement if t.kind == "string" and "{" in t.text)
                    self._note("Constraints", statement[0].text.removeprefix("shape:"), " ".join(t.text for t in statement if t.kind in _CODED) + "\n" + quoted)
        for spec in TABLES.values():
            for column in spec.columns:
                if column.property:
                    self._add("Written from", f"{spec.name}.{column.name}", vocabulary.expand(column.property))
                if column.code_class not in ("", "*"):
                    for term in vocabulary.codes(column.code_class).values():
                        self._add("Stands in", f"{spec.name}.{column.name}", term.iri)

    def _note(self, how: str, who: str, text: str) -> None:
        for token in tokens(text):
            if token.kind in _CODED:
                self._add(how, who, self._vocabulary.expand(token.text.strip("<>")))

    def _add(self, how: str, who: str, iri: str) -> None:
        users = self.found.setdefault(iri, {}).setdefault(how, [])
        if who not in users:
            users.append(who)

    def rows(self, iri: str) -> Iterator[tuple[str, str]]:
        """Each way of use with the users, as HTML."""
        for how in ("Written from", "Stands in", "Questions", "Rules", "Constraints"):
            users = self.found.get(iri, {}).get(how, [])
            if users:
                yield how, ", ".join(f"<code>{escape(u)}</code>" for u in sorted(users))


def read() -> rdflib.Graph:
    """Return the ontology; nodes without a name are numbered, so that the page is the same each time."""
    graph = rdflib.Graph()
    for number, path in enumerate(ontology_files()):
        for line in n_triples(path, f"o{number}x"):
            subject, predicate, rest = line.split(" ", 2)
            graph.add((from_n3(subject), from_n3(predicate), from_n3(rest.removesuffix(" ."))))  # type: ignore[arg-type]
    return graph


def schema(graph: rdflib.Graph) -> rdflib.Graph:
    """Return what pyLODE shall draw: the ontology's header, and our classes and properties without codes and outside terms."""
    part = rdflib.Graph(bind_namespaces="core")
    twice = (OWL.FunctionalProperty, OWL.InverseFunctionalProperty)  # pyLODE would draw such a property a second time
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    todo = [URIRef(ONTOLOGY), *(s for k in kinds for s in graph.subjects(RDF.type, k) if str(s).startswith(BW))]
    seen = set()
    while todo:
        node = todo.pop()
        seen.add(node)
        for s, p, o in graph.triples((node, None, None)):
            if o not in twice:
                part.add((s, p, o))
            if isinstance(o, rdflib.BNode) and o not in seen:
                todo.append(o)  # type: ignore[arg-type]
    return part


def row(name: str, html: str) -> str:
    """One line of an entry."""
    return f"<tr><th>{name}</th><td>{html}</td></tr>\n"


def link(iri: str, vocabulary: Vocabulary) -> str:
    """A link within the page, or out of it."""
    term = vocabulary.terms.get(iri)
    place = "#" + iri[len(BW):] if iri.startswith(BW) else "#code-" + iri[len(CODE):] if iri.startswith(CODE) else iri
    return f'<a href="{escape(place)}">{escape(term.label if term and term.label else compact(iri, vocabulary.prefixes))}</a>'


def code_entry(graph: rdflib.Graph, term: Term, vocabulary: Vocabulary, uses: Uses) -> str:
    """The entry of one code, in pyLODE's form."""
    name = term.iri[len(CODE):]
    lines = [row("IRI", f"<code>{escape(term.iri)}</code>"), row("Description", f"<p>{escape(term.definition)}</p>")]
    if term.alternatives:
        lines.append(row("Also called", escape(", ".join(sorted(term.alternatives)))))
    lines.append(row("Example", f"<p>{escape(term.example)}</p>"))
    lines.append(row("Source", f"<p>{escape(term.source)}</p>"))
    lines.append(row("Is a", ", ".join(link(t, vocabulary) for t in sorted(term.types) if t.startswith(BW))))
    if term.broader:
        lines.append(row("Narrower than", ", ".join(link(b, vocabulary) for b in sorted(term.broader))))
    said: dict[str, list[str]] = {}
    for prop, value in sorted(graph.predicate_objects(URIRef(term.iri))):
        if str(prop).startswith(BW):
            said.setdefault(link(str(prop), vocabulary), []).append(link(str(value), vocabulary) if isinstance(value, URIRef) else escape(str(value)))
    lines += [row(prop, ", ".join(values)) for prop, values in said.items()]
    lines += [row(*r) for r in uses.rows(term.iri)]
    return f'<div class="entity" id="code-{escape(name)}">\n<h4>{escape(term.label)}</h4>\n<table>\n{"".join(lines)}</table>\n</div>\n'


def codes_section(graph: rdflib.Graph, vocabulary: Vocabulary, uses: Uses) -> tuple[str, str]:
    """All codes by scheme, and their part of the table of contents."""
    body, contents = ['<div class="section" id="all-codes">\n<h2>Codes</h2>\n'], ['<li><h4><a href="#all-codes">Codes</a></h4><ul class="second">\n']
    schemes = sorted((vocabulary.terms[str(s)] for s in graph.subjects(RDF.type, SKOS.ConceptScheme)), key=lambda t: t.label.lower())
    for scheme in schemes:
        name = "scheme-" + scheme.iri[len(_SCHEME):]
        members = sorted((vocabulary.terms[str(c)] for c in graph.subjects(SKOS.inScheme, URIRef(scheme.iri))), key=lambda t: t.label.lower())
        contents.append(f'<li><a href="#{name}">{escape(scheme.label)}</a></li>\n')
        listed = ", ".join(link(t.iri, vocabulary) for t in members)
        body.append(f'<h3 id="{name}">{escape(scheme.label)}</h3>\n<p>{escape(scheme.definition)}</p>\n<p>{listed}</p>\n')
        body += [code_entry(graph, t, vocabulary, uses) for t in members]
    return "".join(body) + "</div>\n", "".join(contents) + "</ul></li>\n"


def axioms(graph: rdflib.Graph, term: URIRef, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """What pyLODE leaves out: of how many things a property is said, and what it follows from."""
    many = [words for kind, words in ((OWL.FunctionalProperty, "at most one value"), (OWL.InverseFunctionalProperty, "a value belongs to one subject only"))
            if (term, RDF.type, kind) in graph]
    if many:
        yield "Limits", "; ".join(many)
    for steps in graph.objects(term, OWL.propertyChainAxiom):
        yield "Follows from", " then ".join(link(str(s), vocabulary) for s in Collection(graph, steps))


def _once(pattern: str, new: str, text: str) -> str:
    """Put text in place of the one thing that a pattern finds; anything else means that pyLODE's page has changed."""
    text, count = re.subn(pattern, lambda _: new, text, count=2)
    if count != 1:
        raise SystemExit(f"docs/ontology_html.py: pyLODE's page has {count} places for {pattern}. Is it {NEEDED}?")
    return text


def page() -> str:
    """Return the whole page."""
    logging.disable(logging.INFO)  # pyLODE tells how it loads its own files
    from pylode import utils
    from pylode.profiles.ontpub import OntPub

    utils.set = InOrder  # pyLODE 3.3.4 puts the parts of a definition into a set, whose order changes from run to run
    graph, vocabulary = read(), load_vocabulary()
    uses, part = Uses(vocabulary), schema(graph)
    drawn = OntPub(part, sort_subjects=True)
    terms = sorted(str(s) for s in set(part.subjects(RDF.type)) if str(s).startswith(BW))
    drawn.fids.update({t: t[len(BW):] for t in terms})  # the IRI's own fragment, so that the IRI leads to its entry
    html = str(drawn.make_html())
    for term in terms:
        more = "".join(row(*r) for r in (*axioms(graph, URIRef(term), vocabulary), *uses.rows(term)))
        place = html.find(f"<code>{term}</code>")
        end = html.find("</table>", place)
        if place < 0 or end < 0:
            raise SystemExit(f"docs/ontology_html.py: pyLODE's page has no entry for {term}.")
        html = html[:end] + more + html[end:]
    html = re.sub(rf'<a href="{re.escape(CODE)}([\w-]+)">[^<]*</a>', lambda m: link(CODE + m[1], vocabulary), html)
    body, contents = codes_section(graph, vocabulary, uses)
    html = _once(r"(?=<div[^>]*id=\"namespaces\")", body, html)
    html = _once(r"(?=<li>\s*<h4>\s*<a href=\"#namespaces\")", contents, html)
    html = _once(r"<html>", '<html lang="en">', html)
    return _once(r"(?=</head>)", f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n', html)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; 2 where pyLODE is missing."""
    parser = argparse.ArgumentParser(description="Write the ontology as one HTML page that needs no network.")
    parser.add_argument("-o", "--output", type=Path, default=TARGET, metavar="FILE", help="where to write it (default: build/ontology.html)")
    target = parser.parse_args(arguments).output
    if hint := missing():
        print(hint, file=sys.stderr)
        return 2
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic(target) as file:
        file.write(page().encode())
    print(f"Wrote {target} ({target.stat().st_size // 1024:,} kB).", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
