"""What a thing is, where it is defined, and where it is used: terms, codes, shapes, rules, questions, columns, and study things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from boundwork.errors import UsageError, did_you_mean
from boundwork.explore.session import Session
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.project import content_files, content_root
from boundwork.queries.stored import read_query, stored_queries
from boundwork.stores.answer import Value
from boundwork.tables.schema import TABLES
from boundwork.terms import BASE, BW, CODE, RULE, SHAPE, STUDY, Term, Vocabulary, compact, id_of, study_iri


@dataclass
class Explanation:
    """A title, what kind of thing it is, and facts as (name, value) in the order to show them."""

    title: str
    kind: str
    facts: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        """Add a fact unless it is empty."""
        if value:
            self.facts.append((name, " ".join(value.split())))


KINDS = ("coding", "extract", "case", "council", "speaker", "source", "claim", "judgement", "decision", "coder", "reading", "wave", "code", "work",
         "boundary", "field", "codebook")


def explain(session: Session, thing: str) -> Explanation:
    """Return what is known of a thing, by its name, prefixed name or IRI.

    Errors: UsageError with the nearest known names.
    """
    thing = thing.encode(errors="replace").decode()  # a name that was no UTF-8 on the command line is nobody's name
    vocabulary = load_vocabulary(session.folder)
    name = _short(thing, vocabulary)
    for look in (_question, _rule, _shape, _term, _column, _study_thing, _table_rule):
        found = look(session, vocabulary, thing, name)
        if found is not None:
            return found
    known = [*stored_queries(session.folder), *(i[len(CODE):] for i in vocabulary.terms if i.startswith(CODE)),
             *(i[len(BW):] for i in vocabulary.terms if i.startswith(BW))]
    raise UsageError(f"Nothing here is called '{thing}'.",
                     did_you_mean(name, known) or "Try a code, a term, a shape, a question, or the id of a coding or case.")


def _short(thing: str, vocabulary: Vocabulary) -> str:
    full = vocabulary.expand(thing.strip("<>"))
    for namespace in (CODE, BW, SHAPE, RULE, BASE + "query/"):
        if full.startswith(namespace):
            return full[len(namespace):]
    return thing.strip("<>")


def _question(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    path = stored_queries(session.folder).get(name)
    if path is None:
        return None
    query = read_query(path)
    found = Explanation(query.slug, "stored question")
    found.add("question", query.question)
    found.add("competency question", str(query.competency or ""))
    for p in query.params.values():
        found.add(f"parameter {p.name}", f"{p.kind}; default {p.default or 'any'}. {p.description}")
    for column, meaning in query.columns.items():
        found.add(f"column {column}", meaning)
    found.add("note", query.note)
    found.add("defined in", _place(path))
    found.add("command", f"boundwork ask {query.slug}")
    return found


def _rule(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    for path in content_files("queries/derive", "*.rq", session.folder):
        if name in (path.stem, re.sub(r"^\d+-", "", path.stem)):
            query = read_query(path)
            found = Explanation(re.sub(r"^\d+-", "", path.stem), "derivation rule")
            found.add("rule", query.summary)
            found.add("stage", str(query.header.get("stage", "")))
            found.add("defined in", _place(path))
            found.add("sparql", query.body)
            return found
    return None


def _shape(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    for path in content_files("shapes", "*.ttl", session.folder):
        if re.search(rf"^shape:{re.escape(name)}\b", path.read_text(encoding="utf-8"), re.M):
            from boundwork import shacl

            info = shacl.describe(shacl.load_shapes([path])).get(SHAPE + name)
            if info is None:
                continue
            found = Explanation(info.name, "constraint")
            found.add("rule", info.label)
            found.add("severity", info.severity.word)
            found.add("message", info.message)
            found.add("why", info.why)
            found.add("cell to edit", f"{info.table}.csv, column {info.column}" if info.table else "")
            found.add("defined in", _place(path))
            for example in sorted((path.parent / path.stem / "invalid").glob("*.ttl")):
                if name in example.read_text(encoding="utf-8").split("\n", 1)[0].split():
                    found.add("broken by", _place(example))
            return found
    return None


def _term(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    term = vocabulary.terms.get(CODE + name) or vocabulary.terms.get(BW + name) or vocabulary.terms.get(vocabulary.expand(thing))
    if term is None:
        return None
    p = vocabulary.prefixes
    found = Explanation(term.label or name, "code" if term.iri.startswith(CODE) else "term")
    found.add("name", compact(term.iri, p))
    found.add("is a", ", ".join(sorted(compact(t, p) for t in term.types if t.startswith(BASE) or "owl#" in t)))
    found.add("also called", ", ".join(sorted(term.alternatives)))
    found.add("definition", term.definition)
    found.add("example", term.example)
    found.add("source", term.source)
    found.add("broader", ", ".join(sorted(compact(b, p) for b in term.broader | term.superclasses if b.startswith(BASE))))
    found.add("column", ", ".join(_columns(term, vocabulary)))
    page = session.folder / "codebook" / f"{name}.md"
    if page.is_file():
        found.add("codebook page", _place(page))
        for heading, text in _sections(page):
            found.add(heading, text)
    found.add("defined in", ", ".join(_place(f) for f in ontology_files(session.folder) if _mentions(f, compact(term.iri, p), r"^{}\s")))
    uses = (("used by question", "queries/ask", "*.rq"), ("used by rule", "queries/derive", "*.rq"), ("used by shapes", "shapes", "*.ttl"))
    for label, kind, pattern in uses:
        found.add(label, ", ".join(f.stem for f in content_files(kind, pattern, session.folder) if _mentions(f, compact(term.iri, p))))
    return found


def _columns(term: Term, vocabulary: Vocabulary) -> Iterator[str]:
    for spec in TABLES.values():
        for column in spec.columns:
            takes = column.code_class not in ("", "*") and term.iri.startswith(CODE) and term.iri[len(CODE) :] in vocabulary.codes(column.code_class)
            if takes or (column.property and vocabulary.expand(column.property) == term.iri):
                yield f"{spec.name}.{column.name}"


def _mentions(path: Path, name: str, pattern: str = r"(?<![\w:-]){}(?![\w-])") -> bool:
    return re.search(pattern.format(re.escape(name)), path.read_text(encoding="utf-8"), re.M) is not None


def _sections(page: Path) -> Iterator[tuple[str, str]]:
    text = page.read_text(encoding="utf-8")
    question = re.search(r"^Question: (.+)$", text, re.M)
    if question:
        yield "question", question[1]
    for match in re.finditer(r"^## (.+)\n((?:(?!^## ).*\n?)*)", text, re.M):
        if match[1].strip().lower() not in ("owner", "source"):
            yield match[1].strip().lower(), match[2].replace("\n- ", " / ").strip("- \n")


def _column(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    table, _, column = name.partition(".")
    table = table.removesuffix(".csv")
    if table not in TABLES or (column and column not in TABLES[table].by_name):
        return None
    spec = TABLES[table]
    if not column:
        found = Explanation(spec.file, "table")
        found.add("a row is", spec.doc)
        for c in spec.columns:
            found.add(c.name, c.doc)
        return found
    c = spec.by_name[column]
    found = Explanation(f"{spec.file}, column {c.name}", "column")
    found.add("meaning", c.doc)
    found.add("required", "yes" if c.required else "no")
    found.add("several values", "yes, separated by ;" if c.many else "no")
    found.add("property", c.property)
    if c.code_class not in ("", "*"):
        found.add("values", ", ".join(sorted(vocabulary.codes(c.code_class))))
    found.add("values", ", ".join(c.words))
    return found


def _study_thing(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    base = study_iri(session.study.id)
    full = vocabulary.expand(thing.strip("<>"))
    if full.startswith(STUDY):
        candidates = [full]
    elif "/" in name:
        candidates = [f"{base}/{name}"]
    else:
        candidates = [study_iri(session.study.id, kind, name) for kind in KINDS]
    for candidate in candidates:
        if re.search(r"[\s<>\"{}|\\^`]", candidate):
            continue
        rows = session.store.select(f"SELECT ?p ?o WHERE {{ <{candidate}> ?p ?o }} ORDER BY ?p ?o")
        if not rows:
            continue
        labels = session.labels({v.text for row in rows for v in row if v is not None and v.kind == "iri"} | {candidate})
        kind = candidate[len(base) + 1:].split("/")[0]
        found = Explanation(labels.get(candidate) or id_of(candidate), kind)
        for prop, value in rows:
            assert prop is not None and value is not None
            found.add(compact(prop.text, vocabulary.prefixes), _value(value, labels, vocabulary))
        for subject, prop in session.store.select(f"SELECT ?s ?p WHERE {{ ?s ?p <{candidate}> }} ORDER BY ?p ?s LIMIT 25"):
            assert subject is not None and prop is not None
            found.add(f"is {compact(prop.text, vocabulary.prefixes)} of", _value(subject, labels, vocabulary))
        spec = next((t for t in TABLES.values() if t.kind == ("coding" if kind == "work" else kind)), None)
        number = next((v.text for p, v in rows if p is not None and v is not None and p.text == BW + "row"), "")
        if spec and number:
            found.add("row", f"{_place(session.folder / spec.file)}#row={number} (the header is row 1)")
        return found
    return None


def _value(value: Value, labels: dict[str, str], vocabulary: Vocabulary) -> str:
    if value.kind != "iri":
        return value.text
    short = compact(value.text, vocabulary.prefixes)
    if value.text.startswith(STUDY):
        short = "/".join(value.text[len(STUDY):].split("/")[1:]) or value.text
    label = labels.get(value.text)
    return f"{short} ({label})" if label and label != short else short


def _table_rule(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    if name.startswith("table-"):
        found = Explanation(name, "table check")
        found.add("rule", "A check that boundwork makes while it reads the tables, before SHACL; its finding says what to change.")
        found.add("tables", ", ".join(t.file for t in TABLES.values()))
        return found
    return None


def _place(path: Path) -> str:
    for root in (Path.cwd(), content_root()):
        try:
            return str(path.relative_to(root))
        except ValueError:
            continue
    return str(path)
