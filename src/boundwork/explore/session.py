"""An open study: ask stored questions, run SPARQL, look at the evidence. Both faces and Python users start here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundwork.errors import UsageError
from boundwork.explore.answers import AskResult, EvidenceRow, evidence_query, label_query, labelled
from boundwork.explore.narrowing import disclosure_note
from boundwork.explore.values import terms_for
from boundwork.pipeline.builds import Build, Progress, current_build
from boundwork.pipeline.inputs import prefixes
from boundwork.project import find_study
from boundwork.queries.stored import StoredQuery, find_query, stored_queries
from boundwork.queries.tokens import check_safe
from boundwork.stores.answer import Answer, Queryable, Rows, Solution, Truth, Value
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Reading, Study, read_study

if TYPE_CHECKING:
    from boundwork.explore.distant import Distant
    from boundwork.explore.matrix import Matrix
    from boundwork.explore.sensitivity import Sensitivity


class Session:
    """One study under one reading. The graph is built when first needed and again when the study's files change.

    With `distant` the study's questions go to that server, which holds the study, and nothing is built here.
    """

    def __init__(self, folder: Path, reading: str | None = None, store: Path | None = None, progress: Progress | None = None,
                 build: Build | None = None, distant: Distant | None = None) -> None:
        """Open on the build given, whatever became of the files since; without one, on what the files make now."""
        self.folder = folder
        self.distant = distant
        self._store_folder = store
        self._progress = progress
        self._wanted = reading
        self._study: Study | None = None
        self._build: Build | None = build
        self._store: LocalStore | None = None

    @property
    def study(self) -> Study:
        """What study.toml says."""
        if self._study is None:
            self._study = read_study(self.folder)
        return self._study

    @property
    def reading(self) -> Reading:
        """The reading that answers rest on."""
        return self.study.reading(self._wanted)

    @property
    def built(self) -> Build:
        """The build of the study as its files are now."""
        if self._build is None:
            self._build = current_build(self.folder, self._store_folder, self._progress)
        return self._build

    @property
    def store(self) -> LocalStore:
        """The store of this reading, open for reading."""
        if self._store is None:
            name = self.reading.id
            try:
                self._store = LocalStore.open(self.built.store(name))
            except Exception:
                self._build = None  # another process may have replaced the build between looking and opening
                self._store = LocalStore.open(self.built.store(name))
        return self._store

    @property
    def asked(self) -> Queryable:
        """What questions go to: the server that was named, else the store of this reading."""
        return self.store if self.distant is None else self.distant.reading(self.study, self.reading)

    def queries(self) -> list[StoredQuery]:
        """Every stored query, in the order of the competency questions."""
        from boundwork.queries.stored import read_query

        found = [read_query(p) for p in stored_queries(self.folder).values()]
        return sorted(found, key=lambda q: (q.competency or 999, q.slug))

    def ask(self, slug: str, /, **params: str | int | bool | list[str | int | bool]) -> AskResult:
        """Answer a stored question.

        Parameters are given by name; a list means any of its values. Errors: UsageError for an unknown question, parameter
        or value, with the nearest known one.
        """
        query = find_query(slug, self.folder)
        given = {n: [str(x).lower() if isinstance(x, bool) else str(x) for x in (v if isinstance(v, list) else [v])] for n, v in params.items()}
        terms = {}
        for name, texts in given.items():
            if name not in query.params:
                query.with_values({name: []})
            terms[name] = terms_for(query.params[name], texts, self.asked, self.study.id)
        text = query.with_values(terms)
        answer = self.asked.query(text)
        fetched = self.distant.last() if self.distant else ()
        if isinstance(answer, Truth):
            return AskResult(query, self.reading, text, given, [], [], {}, truth=answer.value, fetched=fetched)
        if not isinstance(answer, Rows):
            raise UsageError(f"The query {slug} makes a graph, not a table.", f"Run it with: boundwork sparql -f {query.path}")
        rows = list(answer.rows) if self.distant is None else _mended(answer, terms)
        labels = self.labels({v.text for row in rows for v in row if v is not None and v.kind == "iri"})
        disclosed = disclosure_note(self, ((v.text for v in row if v is not None and v.kind == "iri") for row in rows))
        return AskResult(query, self.reading, text, given, answer.variables, rows, labels, disclosure=disclosed, fetched=fetched)

    def labels(self, iris: set[str]) -> dict[str, str]:
        """Return IRI -> label for those that have one in the graph."""
        found: dict[str, str] = {}
        ordered = sorted(iris)
        for start in range(0, len(ordered), 500):
            for thing, label, preferred in self.asked.select(label_query(ordered[start : start + 500])):
                if thing is not None and label is not None and (preferred is not None or thing.text not in found):
                    found[thing.text] = label.text
        return found

    def evidence(self, result: AskResult, most: int = 20) -> list[list[EvidenceRow]]:
        """Return, for each row of an answer, the codings and extracts behind it; at most `most` a row."""
        found: list[list[EvidenceRow]] = []
        for row in result.rows:
            text = evidence_query(result, row, prefixes(), most + 1)
            found.append([EvidenceRow.from_solution(s) for s in self.asked.select(text)] if text else [])
        everything = {e.coder for rows in found for e in rows} | {e.about for rows in found for e in rows} | {e.confidence for r in found for e in r}
        labels = self.labels({i for i in everything if i})
        return [[labelled(e, labels) for e in rows] for rows in found]

    def sensitivity(self, result: AskResult, progress: Progress | None = None) -> Sensitivity:
        """Return what each row of an answer hangs on: readings, codings of low confidence, single extracts; all of it computed."""
        from boundwork.explore.sensitivity import sensitivity

        return sensitivity(self, result, progress or self._progress)

    def matrix(self, rows: str, columns: str, **how: Any) -> Matrix:
        """Cross two dimensions; `how` takes count, together, near, where and empty as Wanted does. A notebook shows it as a heat map."""
        from boundwork.explore.matrix import Wanted, matrix

        return matrix(self, Wanted(rows, columns, **how))

    def sparql(self, text: str) -> Answer:
        """Run any SPARQL 1.1 query; the prefixes of ontology/prefixes.ttl are known. Nothing is changed and nobody else is called."""
        if self.distant is not None:
            return self.distant.sparql(text, prefixes(), (self.study, self.reading) if self._wanted else None)
        check_safe(text)
        return self.store.query(text, prefixes())


def _mended(answer: Rows, given: dict[str, list[str]]) -> list[Solution]:
    """Return the rows with the given values of parameters as IRIs again: Virtuoso 7.2.5 makes text of a constant that passes through a UNION."""
    places = {i: given[name] for i, name in enumerate(answer.variables) if name in given}
    return [tuple(Value("iri", v.text) if v is not None and f"<{v.text}>" in places.get(i, ()) else v for i, v in enumerate(row)) for row in answer.rows]


def open_study(name: str | None = None, *, reading: str | None = None, store: str | None = None, progress: Progress | None = None,
               endpoint: str | None = None, timeout: float | None = None, max_age: float | None = None, page: int | None = None) -> Session:
    """Return a session on a study by folder or name; see boundwork.open."""
    distant = None
    if endpoint is not None:
        from boundwork.explore.distant import Distant

        distant = Distant(endpoint, timeout, max_age, page, progress)
    return Session(find_study(name), reading, Path(store) if store else None, progress, distant=distant)
