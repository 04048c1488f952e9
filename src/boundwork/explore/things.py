"""What a study's own things are: codings, cases, councils, extracts and the rest, in the words of the tables.

What stands in a row is read from its table, what follows from it from the graph; terms and shapes are explained elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from boundwork.errors import BoundworkError, InputError
from boundwork.explore.explanation import Explanation, place
from boundwork.explore.session import Session
from boundwork.pipeline.inputs import prefixes
from boundwork.project import find_study, shipped_studies
from boundwork.stores.answer import Rows, Value
from boundwork.stores.local import LocalStore
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Reading
from boundwork.terms import BW, CODE, STUDY, compact, id_of, kebab, literal, study_iri

KINDS = ("coding", "extract", "case", "council", "speaker", "source", "claim", "judgement", "decision", "coder", "reading", "wave", "code", "field",
         "codebook", "work", "boundary")
_TABLE = {t.kind: t.name for t in TABLES.values() if t.name != "codebook"}
_IDS = 20_000
"""Ids that are looked through for a near one."""


class Look:
    """One study thing under one reading: the questions that every kind asks of the graph and of its row."""

    def __init__(self, session: Session, store: LocalStore, reading: Reading, kind: str, name: str, full: str) -> None:
        self.session, self.store, self.reading, self.kind, self.name, self.iri = session, store, reading, kind, name, f"<{full}>"

    def rows(self, pattern: str, store: LocalStore | None = None) -> list[list[str]]:
        """Return the rows of a SELECT as people read them; `$it` stands for the thing."""
        answer = (store or self.store).query(pattern.replace("$it", self.iri), prefixes())
        assert isinstance(answer, Rows)
        return [["" if v is None else shown(v) for v in row] for row in answer.rows]

    def column(self, pattern: str) -> list[str]:
        """Return the first column of a SELECT."""
        return [row[0] for row in self.rows(pattern)]

    def one(self, path: str) -> str:
        """Return what a property path leads to; several values stand in order, with `;` between them."""
        return "; ".join(self.column(f"SELECT DISTINCT ?x {{ $it {path} ?x }} ORDER BY ?x"))

    def named(self, path: str) -> str:
        """Return what a property path leads to, each with its label where that says more than the id."""
        return "; ".join(with_label(*row) for row in self.rows(
            f"SELECT DISTINCT ?x ?l {{ $it {path} ?x OPTIONAL {{ ?x rdfs:label ?l }} }} ORDER BY ?x"))

    def cells(self) -> dict[str, str]:
        """Return the row of the thing as it stands in its table, blank cells left out; empty for what has no row."""
        return table_row(self.session, self.kind, self.name)[1]

    def command(self, *words: str) -> str:
        """Return a boundwork command that finds this study."""
        return " ".join(["boundwork", *words, *study_option(self.session)])


def shown(value: Value) -> str:
    """Return a term as it stands in the tables: a code or an id by its name, anything else as it is."""
    if value.kind != "iri":
        return value.text
    return value.text[len(CODE):] if value.text.startswith(CODE) else id_of(value.text) if value.text.startswith(STUDY) else value.text


def with_label(name: str, label: str = "") -> str:
    """Return an id, with its label where that says more.

    >>> with_label("coder-1", "Coder 1"), with_label("cs03", "CS 3")
    ('coder-1', 'cs03 (CS 3)')
    """
    return f"{name} ({label})" if label and name not in (label, kebab(label)) else name


def table_row(session: Session, kind: str, name: str) -> tuple[str, dict[str, str]]:
    """Return where the row of a thing stands and its cells by column; nothing for what has no row."""
    if kind not in _TABLE:
        return "", {}
    spec = TABLES[_TABLE[kind]]
    path = session.folder / spec.file
    if path.is_file():
        table = read_table(path, spec)
        at = table.header.index("id") if "id" in table.header else -1
        for row in table.rows():
            if at >= 0 and row.cells[at].strip() == name:
                cells = {h: " ".join(c.split()) for h, c in zip(table.header, row.cells, strict=True) if h in spec.by_name and c.strip()}
                return f"{place(path)}, row {row.number} (the header is row 1)", cells
    return "", {}


def study_thing(session: Session, thing: str, name: str) -> Explanation | None:
    """Return what is known of a thing of the study by id, KIND/id, IRI or label; None when it has no such thing.

    The graph of the reading is asked first, then those of the other readings, then the tables alone, so that a row can be
    explained while tables have mistakes. Errors: InputError when only the graph could tell and it cannot be built.
    """
    wanted = list(_candidates(session, thing, name))
    trouble: BoundworkError | None = None
    found: list[Look] = []
    try:
        found = [look for kind, ident, full in wanted if (look := _look(session, kind, ident, full)) is not None] or list(_by_label(session, thing))
    except InputError as error:
        trouble = error
    if found:
        from boundwork.explore.portraits import PORTRAITS

        look = found[0]
        result = PORTRAITS.get(look.kind, _plain)(look)
        if look.reading.id != session.reading.id:
            result.add("reading", f"shown under {look.reading.id}, because {session.reading.id} does not include it")
        _row_and_others(look, result, [other for other in found[1:] if other.kind not in ("work", "boundary")])
        return result
    for kind, ident, _ in wanted:
        where, cells = table_row(session, kind, ident)
        if where:
            result = Explanation(ident, kind)
            for column, text in cells.items():
                result.add(column, text)
            result.add("table row", where)
            result.add("not shown", f"what follows from it: {trouble}" if trouble else "what follows from it: no reading includes its coder")
            return result
    if trouble is not None:
        raise trouble
    return None


def _candidates(session: Session, thing: str, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind, id and IRI of everything that the words may mean."""
    study = session.study.id
    text = thing.strip("<>")
    if text.startswith(study_iri(study) + "/"):
        kind, _, ident = text[len(study_iri(study)) + 1 :].partition("/")
        yield kind, id_of(text) if "/" not in ident else ident, text
    elif not text.startswith("http"):
        kind, slash, ident = text.partition("/")
        if slash and re.fullmatch(r"[a-z]+", kind) and ident:
            yield kind, ident, study_iri(study, kind, ident) if kind in KINDS else f"{study_iri(study)}/{text}"
        elif name:
            yield from ((kind, name, study_iri(study, kind, name)) for kind in KINDS)


def _stores(session: Session) -> Iterator[tuple[LocalStore, Reading]]:
    """Yield the store of each reading, the session's own first and those that show whole rows before adjudicated ones."""
    yield session.store, session.reading
    for reading in sorted(session.study.readings.values(), key=lambda r: r.adjudicated):
        if reading.id != session.reading.id:
            yield LocalStore.open(session.built.store(reading.id)), reading


def _look(session: Session, kind: str, ident: str, full: str) -> Look | None:
    if re.search(r"[\s<>\"{}|\\^`]", full):
        return None
    for store, reading in _stores(session):
        if store.select(f"SELECT ?p {{ <{full}> ?p ?o }} LIMIT 1"):
            return Look(session, store, reading, kind, ident, full)
        if kind not in ("coding", "judgement", "work"):  # everything else is the same in every reading
            return None
    return None


def _by_label(session: Session, thing: str) -> Iterator[Look]:
    base = study_iri(session.study.id) + "/"
    labels = "(rdfs:label|skos:prefLabel|bw:speakerLabel|dcterms:title)"
    text = f"SELECT DISTINCT ?x {{ ?x {labels} ?l FILTER(LCASE(STR(?l)) = {literal(thing.lower())}) FILTER(STRSTARTS(STR(?x), {literal(base)})) }} ORDER BY ?x"
    answer = session.store.query(text, prefixes())
    assert isinstance(answer, Rows)
    for (value,) in answer.rows:
        if value is not None and value.text[len(base):].split("/")[0] in KINDS:
            yield Look(session, session.store, session.reading, value.text[len(base):].split("/")[0], id_of(value.text), value.text)


def known_names(session: Session) -> list[str]:
    """Return ids and labels of the study's things, for finding the nearest one; what cannot be read is left out."""
    names: list[str] = []
    for spec in TABLES.values():
        with suppress(BoundworkError):
            if spec.name != "codebook" and (session.folder / spec.file).is_file():
                table = read_table(session.folder / spec.file, spec)
                places = [table.header.index(c) for c in ("id", "label") if c in table.header]
                for row in table.rows():
                    names += [row.cells[i].strip() for i in places]
                    if len(names) > _IDS:
                        break
    with suppress(BoundworkError):
        names += [*session.study.coders, *session.study.readings, *session.study.waves, session.study.field_id]
        names += [shown(v) for (v,) in session.store.select(f"SELECT ?c {{ ?c a <{BW}BoundaryCase> }} LIMIT {_IDS}") if v is not None]
    return [n for n in names if n]


def study_option(session: Session) -> list[str]:
    """Return the words that make a command find this study; none where it is the one that the command takes by itself."""
    if session.folder == find_study(None):
        return []
    name = next((n for n, folder in shipped_studies().items() if folder == session.folder), place(session.folder))
    import shlex

    return ["--study", shlex.quote(name)]


def _row_and_others(look: Look, result: Explanation, others: list[Look]) -> None:
    where, cells = table_row(look.session, look.kind, look.name)
    if "note" in cells:
        result.add("note", cells["note"])
    result.add("table row", where)
    for other in others:
        result.add("the same name", f"a {other.kind}: {look.command('explain', f'{other.kind}/{other.name}')}")


def _plain(look: Look) -> Explanation:
    """What the graph says of a thing that needs no words of its own."""
    names = prefixes()
    label = look.one("rdfs:label")
    result = Explanation(label or look.name, look.kind)
    for p, o in look.store.select(f"SELECT ?p ?o {{ {look.iri} ?p ?o }} ORDER BY ?p ?o LIMIT 100"):
        if p is not None and o is not None:
            result.add(compact(p.text, names), o.text if o.kind != "iri" else shown(o) if o.text.startswith((CODE, STUDY)) else compact(o.text, names))
    return result


Portrait = Callable[[Look], Explanation]


__all__ = ["KINDS", "Look", "Portrait", "known_names", "shown", "study_option", "study_thing", "table_row", "with_label"]
