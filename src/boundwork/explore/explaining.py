"""What a thing is, where it is defined, and where it is used: terms, codes, shapes, rules, questions, columns, and study things."""

from __future__ import annotations

import re
from pathlib import Path

from boundwork.errors import UsageError, did_you_mean
from boundwork.explore.explanation import Explanation, place, sections
from boundwork.explore.finding_rules import FINDING_RULES
from boundwork.explore.session import Session
from boundwork.explore.terminology import columns_of
from boundwork.explore.things import known_names, study_thing
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.project import content_files
from boundwork.queries.stored import read_query, stored_queries
from boundwork.tables.schema import TABLES
from boundwork.terms import BASE, BW, CODE, RULE, SHAPE, Vocabulary, compact, kebab, study_iri


def explain(session: Session, thing: str) -> Explanation:
    """Return what is known of a thing, by its name, prefixed name or IRI.

    Errors: UsageError with the nearest known names.
    """
    thing = thing.encode(errors="replace").decode()  # a name that was no UTF-8 on the command line is nobody's name
    vocabulary = load_vocabulary(session.folder)
    name = _short(thing, vocabulary)
    for spelling in dict.fromkeys((name, kebab(name))):  # a label, such as "local expertise first", leads to its code
        for look in (_question, _rule, _shape, _codebook_rule, _term, _column, _check, _ontology_check):
            found = look(session, vocabulary, thing, spelling) if spelling else None
            if found is not None:
                return found
    found = study_thing(session, vocabulary.expand(thing.strip("<>")), name)
    if found is not None:
        return found
    raise UsageError(f"Nothing here is called '{thing}'.", did_you_mean(name, _known(session, vocabulary))
                     or "Try a code, a term, a shape, a question, a column such as codings.stance, or the id of a coding, case or extract.")


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
    found.add("defined in", place(path))
    found.add("command", f"boundwork ask {query.slug}")
    return found


def _rule(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    for path in content_files("queries/derive", "*.rq", session.folder):
        if name in (path.stem, re.sub(r"^\d+-", "", path.stem)):
            query = read_query(path)
            found = Explanation(re.sub(r"^\d+-", "", path.stem), "derivation rule")
            found.add("rule", query.summary)
            found.add("stage", str(query.header.get("stage", "")))
            found.add("defined in", place(path))
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
            found.add("defined in", place(path))
            for example in sorted((path.parent / path.stem / "invalid").glob("*.ttl")):
                if name in example.read_text(encoding="utf-8").split("\n", 1)[0].split():
                    found.add("broken by", place(example))
            return found
    return None


def _codebook_rule(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    from boundwork import shacl

    base = study_iri(session.study.id, "rule", "x")[:-1]
    rules = shacl.codebook_rules(session.study, vocabulary)
    info = shacl.describe(rules.facts()).get(base + thing.removeprefix(base)) if rules.turtle else None
    if info is None:
        return None
    found = Explanation(info.name, "rule of the codebook")
    found.add("rule", info.label)
    found.add("severity", info.severity.word)
    found.add("message", info.message)
    found.add("why", info.why)
    found.add("cell to edit", f"{info.table}.csv, column {info.column}")
    found.add("shape", info.iri)
    return found


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
    found.add("column", ", ".join(columns_of(term, vocabulary)))
    page = session.folder / "codebook" / f"{name}.md"
    if page.is_file():
        found.add("codebook page", place(page))
        for heading, text in sections(page):
            found.add(heading, text)
    found.add("defined in", ", ".join(place(f) for f in ontology_files(session.folder) if _mentions(f, compact(term.iri, p), r"^{}\s")))
    uses = (("used by question", "queries/ask", "*.rq"), ("used by rule", "queries/derive", "*.rq"), ("used by shapes", "shapes", "*.ttl"))
    for label, kind, pattern in uses:
        found.add(label, ", ".join(f.stem for f in content_files(kind, pattern, session.folder) if _mentions(f, compact(term.iri, p))))
    return found


def _mentions(path: Path, name: str, pattern: str = r"(?<![\w:-]){}(?![\w-])") -> bool:
    return re.search(pattern.format(re.escape(name)), path.read_text(encoding="utf-8"), re.M) is not None


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


def _check(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    if name not in FINDING_RULES:
        return None
    holds, repair = FINDING_RULES[name]
    found = Explanation(name, "check of tables" if name.startswith("table-") else "check of shapes")
    found.add("rule", holds)
    found.add("repair", repair)
    found.add("when", "while tables are read, before SHACL" if name.startswith("table-") else "before shapes are run")
    found.add("tables", ", ".join(t.file for t in TABLES.values()) if name.startswith("table-") else "")
    return found


def _ontology_check(session: Session, vocabulary: Vocabulary, thing: str, name: str) -> Explanation | None:
    from boundwork.explore.ontology_gate import facts_of

    found = Explanation(name, "check of the ontology")
    for fact, value in facts_of(name, session.folder):
        found.add(fact, value)
    return found if found.facts else None


def _known(session: Session, vocabulary: Vocabulary) -> list[str]:
    """Everything that has a name here."""
    shapes = [n for f in content_files("shapes", "*.ttl", session.folder) for n in re.findall(r"^shape:([\w-]+)", f.read_text(encoding="utf-8"), re.M)]
    rules = [re.sub(r"^\d+-", "", f.stem) for f in content_files("queries/derive", "*.rq", session.folder)]
    terms = [i[len(n):] for i in vocabulary.terms for n in (CODE, BW) if i.startswith(n)]
    columns = [x for t in TABLES.values() for x in (t.name, *(f"{t.name}.{c.name}" for c in t.columns))]
    return [*stored_queries(session.folder), *stored_queries(session.folder, "check"), *terms, *shapes, *rules, *FINDING_RULES, *columns, *known_names(session)]
