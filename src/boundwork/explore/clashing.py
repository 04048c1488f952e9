"""A contradiction in words: what each fact and axiom says, and the row of a table or the line of the ontology where it stands.

Which facts and axioms contradict each other is found by `boundwork.reasoning`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from boundwork.explore.explanation import place
from boundwork.pipeline.inputs import ontology_files
from boundwork.populate.origins import TABLE_OF, Rows
from boundwork.reasoning import Clash
from boundwork.reasoning.axioms import sentences
from boundwork.reasoning.statements import TYPE, is_vocabulary, triple
from boundwork.shacl.facts import is_iri, literal_parts
from boundwork.stores.answer import Value
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Study
from boundwork.terms import BASE, STUDY, Vocabulary, compact, study_iri

_FIRST = ("coding", "work", "judgement", "decision", "extract", "selector", "speaker", "council")
"""Kinds of thing by how likely their row is at fault; all others come after them."""
_NAME = re.compile(r"<[^>\s]*>|[A-Za-z][\w-]*:[\w-][\w.-]*|(?<=\s)a(?=\s)")
_TEXT = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"', re.S)


@dataclass(frozen=True)
class Clashing:
    """One piece of a contradiction: what it says in words, and where it stands.

    `kind` is row (of a table), study (study.toml, and what the build writes for every study), axiom (of the ontology) or computed
    (by a rule of the codebook). `line` is the physical line, `row` the record number of a table, the header being 1; 0 where unknown.
    """

    kind: str
    says: str
    file: str = ""
    line: int = 0
    row: int = 0
    cells: str = ""

    @property
    def where(self) -> str:
        """File, line and cells, as far as they are known."""
        return f"{self.file}{f':{self.line}' if self.line else ''}{f'  {self.cells}' if self.cells else ''}"


def rows_first(facts: Iterable[str], study: Study) -> list[tuple[str, ...]]:
    """Return facts (N-Triples lines) row by row, the rows that are most likely at fault first."""
    base = study_iri(study.id) + "/"
    groups: dict[tuple[int, str], list[str]] = defaultdict(list)
    for line in facts:
        subject = triple(line)[0][1:-1]
        kind, _, ident = subject.removeprefix(base).partition("/") if subject.startswith(base) else ("", "", subject)
        rank = _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
        groups[rank, f"{TABLE_OF.get(kind, kind)}/{ident}"].append(line)
    return [tuple(lines) for _, lines in sorted(groups.items(), key=lambda g: g[0])]


def namer(study: Study, vocabulary: Vocabulary) -> Callable[[str], str]:
    """Return a function from an IRI to words: KIND/ID for a thing of the study, a label, or a prefixed name."""
    base = study_iri(study.id) + "/"

    def name(iri: str) -> str:
        term = vocabulary.terms.get(iri)
        return iri.removeprefix(base) if iri.startswith(base) else (term.label if term else "") or compact(iri, vocabulary.prefixes)

    return name


def told(clash: Clash, study: Study, vocabulary: Vocabulary, declarations: Iterable[str]) -> list[Clashing]:
    """Return a contradiction in words: facts with every row that says them, then axioms. A table is read again for that."""
    name = namer(study, vocabulary)
    rows = Rows(study, vocabulary)
    written = Written(ontology_files(study.folder), vocabulary.prefixes)
    found = []
    for fact in clash.facts:
        s, p, o = triple(fact)
        value = _value(o)
        says = f"{name(s[1:-1])} {'is a' if p == TYPE else name(p[1:-1])} {name(value.text) if value.kind == 'iri' else value.text}"
        in_rows = list(_rows(rows, study, says, s[1:-1], p[1:-1], value))
        if in_rows:
            found += in_rows
        elif s[1:-1].startswith(STUDY):
            found.append(Clashing("study", says, place(study.folder / "study.toml")))
        else:
            file, line = written.at((fact,))
            found.append(Clashing("axiom" if file else "computed", says, file, line))
    about = {t for fact in clash.facts for t in triple(fact)}
    declared = list(declarations)
    for axiom in clash.axioms:
        file, line = written.at(axiom)
        found.append(Clashing("axiom", " ".join(sentences(axiom, declared, about, name)), file, line))
    return found


def _value(term: str) -> Value:
    if is_iri(term):
        return Value("iri", term[1:-1])
    text, language, datatype = literal_parts(term)
    return Value("literal", text, datatype, language)


def _rows(rows: Rows, study: Study, says: str, subject: str, predicate: str, value: Value) -> Iterator[Clashing]:
    """Yield every row that makes a triple, those that share an id included."""
    at = rows.place_of(subject)
    table = TABLE_OF.get(at[0]) if at else None
    if at is None or table is None:
        return
    spec = TABLES[table]
    path = study.folder / spec.file
    if not path.is_file():
        return
    read = read_table(path, spec)
    key = "id" if "id" in spec.by_name else spec.columns[0].name
    for row in read.rows():
        cells = dict(zip(read.header, row.cells, strict=False))
        if cells.get(key, "").strip() != at[1]:
            continue
        origin = next((o for o in rows.properties(at[0], predicate) if o.made(cells, value)), None)
        if origin is not None:
            shown = "; ".join(f"{c} = {t}" for c in origin.made_by(value) if (t := cells.get(c, "").strip()))
            yield Clashing("row", says, place(path), row.line, row.number, shown)


class Written:
    """The ontology's files as text: where an axiom stands. Each statement begins at the start of a line, as the files are laid out."""

    def __init__(self, files: Iterable[Path], prefixes: dict[str, str]) -> None:
        self._prefixes = prefixes
        self._blocks: list[tuple[str, list[tuple[int, set[str]]]]] = []
        for path in files:
            text = _TEXT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), path.read_text(encoding="utf-8"))  # words in quotes are no terms
            shown = place(path)
            for number, line in enumerate(text.split("\n"), 1):
                if line[:1] not in ("", " ", "\t", "#", "@", "]", ")", ".", ";", ","):
                    self._blocks.append((shown, []))
                if self._blocks and self._blocks[-1][0] == shown:
                    self._blocks[-1][1].append((number, set(_NAME.findall(f" {line.partition(' # ')[0]} "))))

    def at(self, axiom: Iterable[str]) -> tuple[str, int]:
        """Return file and line of an axiom, given as N-Triples lines; no file where none of them states it."""
        lines = [triple(line) for line in axiom]
        terms = {self._short(t) for each in lines for t in each if t.startswith("<") and (not is_vocabulary(t) or t == TYPE)}
        how = {self._short(p): 1 for _, p, _ in lines} | {self._short(o): 2 for _, _, o in lines if o.startswith("<")}  # an object tells more
        subject = next((self._short(s) for s, _, _ in lines if s.startswith("<")), "")
        wanted = terms - {"a"} if not subject else terms
        best = (0, "", 0)
        for file, block in self._blocks:
            names = set().union(*(found for _, found in block))
            if not wanted <= names or (subject and subject not in block[0][1]):
                continue
            if not subject:
                return file, block[0][0]
            for number, found in block:
                told = sum(how.get(name, 0) for name in found)
                if told > best[0]:
                    best = (told, file, number)
        return best[1], best[2]

    def _short(self, term: str) -> str:
        if term == TYPE:
            return "a"
        short = compact(term[1:-1], self._prefixes)
        return term if short.startswith(BASE) or "://" in short else short


__all__ = ["Clashing", "Written", "namer", "rows_first", "told"]
