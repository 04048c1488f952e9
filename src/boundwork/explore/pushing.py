"""A build into another server: each named graph of the dataset replaced whole, then counted there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from boundwork.errors import InputError, RemoteError
from boundwork.files import temporary_folder
from boundwork.pipeline.build import build
from boundwork.pipeline.builds import Progress
from boundwork.stores.remote import RemoteStore
from boundwork.stores.remote_cache import forget
from boundwork.stores.remote_endpoints import find_endpoint
from boundwork.stores.remote_graphs import GraphStore, graph_store_of, server_of
from boundwork.tables.studyfile import read_study
from boundwork.terms import GRAPH, graph_iri, iri, literal

SECONDS = 600.0
"""Time for one graph, where nothing else is said."""


@dataclass(frozen=True)
class Pushed:
    """A graph, how many triples it has here and how many the server counts; `left` when it is of an earlier push and not of this build."""

    graph: str
    sent: int
    counted: int
    left: bool = False


def push(folder: Path, endpoint: str, graph_store: str | None = None, store: Path | None = None, timeout: float | None = None,
         prune: bool = False, progress: Progress | None = None) -> list[Pushed]:
    """Write the dataset of a study, as `build -o` writes it, to a server, and return what it counts graph by graph.

    The graph of runs, by which a reading is found there, is removed first and written last: who asks meanwhile hears that the reading is
    not there, and gets no mixture of two builds. `prune` removes graphs of the study that this build no longer has.
    Errors: RemoteError, also when a count differs; then the graph of runs is missing there and the push can be repeated.
    """
    study = read_study(folder)
    where = find_endpoint(endpoint)
    where = replace(where, timeout=timeout or max(where.timeout, 120.0), max_age=0.0, graph_store=graph_store or where.graph_store)
    seconds = timeout or SECONDS
    target = GraphStore(graph_store_of(where, server_of(where)), where, progress)
    asked = RemoteStore(where, (), progress)
    runs = graph_iri(study.id, "runs")
    with temporary_folder() as work:
        build(folder, store, work / "dataset.nq", progress)
        sizes = _by_graph(work / "dataset.nq", work, progress)
        if runs not in sizes:
            raise InputError("The build has no graph of runs, so it cannot be pushed.", "Build it again: boundwork build")
        before = {name for name in _there(asked, study.id) if name not in sizes}
        forget(where)
        target.delete(runs, seconds)
        ordered = [*(g for g in sorted(sizes) if g != runs), runs]
        found: list[Pushed] = []
        for number, graph in enumerate(ordered, 1):
            path, size = sizes[graph]
            if progress:
                progress(f"graph {number} of {len(ordered)}, {graph.removeprefix(GRAPH)}, triples", size)
            if graph == runs:
                _check(found, where.shown)
            target.put(graph, path, seconds)
            found.append(Pushed(graph, size, _count(asked, graph)))
        _check(found[-1:], where.shown)
        for graph in sorted(before):
            if prune:
                target.delete(graph, seconds)
            else:
                found.append(Pushed(graph, 0, _count(asked, graph), left=True))
    forget(where)
    return found


def _check(found: list[Pushed], where: str) -> None:
    wrong = [p for p in found if p.sent != p.counted]
    if wrong:
        raise RemoteError(f"{where} counts {wrong[0].counted:,} triples in {wrong[0].graph}, and {wrong[0].sent:,} were sent"
                          + (f"; {len(wrong) - 1} more graphs differ." if len(wrong) > 1 else "."), "Push again; its readings cannot be asked until then.")


def _by_graph(dataset: Path, work: Path, progress: Progress | None) -> dict[str, tuple[Path, int]]:
    """Cut sorted N-Quads into one N-Triples file per graph; return graph -> file and number of triples."""
    found: dict[str, tuple[Path, int]] = {}
    held: dict[str, list[str]] = {}
    waiting = 0

    def write() -> None:
        for graph, lines in held.items():
            path, size = found.setdefault(graph, (work / f"{len(found)}.nt", 0))
            with open(path, "a", encoding="utf-8", newline="\n") as file:
                file.write("".join(lines))
            found[graph] = (path, size + len(lines))
        held.clear()

    for done, (triple, graph) in enumerate(_quads(dataset), 1):
        held.setdefault(graph, []).append(triple + " .\n")
        waiting += 1
        if waiting >= 200_000:
            write()
            waiting = 0
            if progress:
                progress("parting the dataset, triples", done)
    write()
    return found


def _quads(dataset: Path) -> Iterator[tuple[str, str]]:
    with open(dataset, encoding="utf-8", newline="\n") as file:
        for line in file:
            triple, _, graph = line.rstrip("\n").removesuffix(" .").rpartition(" ")
            yield triple, graph[1:-1]


def _there(asked: RemoteStore, study: str) -> list[str]:
    """The graphs of a study that the server holds."""
    start = literal(f"{GRAPH}{study}/")
    rows = asked.select(f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), {start})) }}")
    return [g.text for (g,) in rows if g is not None]


def _count(asked: RemoteStore, graph: str) -> int:
    rows = asked.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {iri(graph)} {{ ?s ?p ?o }} }}")
    number = rows[0][0].number if rows and rows[0][0] is not None else None
    return int(number) if number is not None else -1


__all__ = ["Pushed", "push"]
