"""A study that lies on another server: which of its graphs make up a reading, and what was fetched when. Makes no request itself."""

from __future__ import annotations

from dataclasses import replace

from boundwork.errors import RemoteError
from boundwork.pipeline.builds import Progress
from boundwork.stores.answer import Answer
from boundwork.stores.remote import RemoteStore
from boundwork.stores.remote_endpoints import find_endpoint
from boundwork.tables.studyfile import Reading, Study
from boundwork.terms import graph_iri, literal


class Distant:
    """An endpoint that is asked in the place of the local store."""

    def __init__(self, endpoint: str, timeout: float | None = None, max_age: float | None = None, page: int | None = None,
                 progress: Progress | None = None) -> None:
        found = find_endpoint(endpoint)
        if timeout is not None:
            found = replace(found, timeout=timeout)
        if max_age is not None:
            found = replace(found, max_age=max_age)
        if page is not None:
            found = replace(found, page=page)
        self.endpoint, self._progress = found, progress
        self._stores: dict[tuple[str, ...], RemoteStore] = {}
        self._last: RemoteStore | None = None

    def plain(self) -> RemoteStore:
        """The endpoint as it stands, with its own default graph."""
        return self._stores.setdefault((), RemoteStore(self.endpoint, (), self._progress))

    def reading(self, study: Study, reading: Reading) -> RemoteStore:
        """The endpoint with one reading as its default graph, for stored questions.

        Errors: RemoteError when the endpoint does not hold that reading.
        """
        key = (study.id, reading.id)
        if key not in self._stores:
            self._stores[key] = RemoteStore(self.endpoint, self._graphs(study, reading), self._progress, as_written=True)
        self._last = self._stores[key]
        return self._stores[key]

    def _graphs(self, study: Study, reading: Reading) -> list[str]:
        """The graphs that the local store of a reading loads: all of the study but what other coders coded and other readings infer."""
        start = graph_iri(study.id, "")
        rows = self.plain().select(f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), {literal(start)})) }}")
        found = {g.text for (g,) in rows if g is not None and g.kind == "iri"}
        inferred, runs = graph_iri(study.id, "inferred", reading.id), graph_iri(study.id, "runs")
        if not {inferred, runs} <= found:
            raise RemoteError(f"{self.endpoint.shown} does not hold the reading {reading.id} of {study.id}, or not all of it.",
                              f"Load it with: boundwork push --endpoint {self.endpoint.name or self.endpoint.shown} {study.id}")
        mine = {inferred, *(graph_iri(study.id, "coding", name) for name in reading.graphs)}
        common = {g for g in found if not g.startswith((f"{start}coding/", f"{start}inferred/"))}
        return [graph_iri(study.id, "ontology"), *sorted(common | (found & mine))]

    def sparql(self, text: str, prefixes: dict[str, str], whose: tuple[Study, Reading] | None) -> Answer:
        """Run any query on the endpoint as it stands, or on one reading that it holds."""
        self._last = self.plain() if whose is None else RemoteStore(self.endpoint, self.reading(*whose).graphs, self._progress)
        return self._last.query(text, prefixes)

    def last(self) -> tuple[str, ...]:
        """Where and when the last answer was fetched, in words."""
        return (str(self._last.fetched[-1]),) if self._last and self._last.fetched else ()


__all__ = ["Distant"]
