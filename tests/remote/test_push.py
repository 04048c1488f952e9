"""A build in another server is the build that was written, whole; and nothing is written where it should not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundwork.errors import BoundworkError, RemoteError, UsageError
from boundwork.explore.pushing import push
from boundwork.explore.session import open_study
from boundwork.pipeline.build import build
from boundwork.stores.answer import Triples
from boundwork.stores.remote import RemoteStore
from boundwork.stores.remote_endpoints import Endpoint
from boundwork.stores.remote_graphs import GraphStore
from conftest import ROOT, Run
from servers import Handler, answering, oxigraph
from small_study import write_small

YES = b'{"head": {}, "boolean": true}'


def dataset(folder: Path, file: Path) -> set[str]:
    build(folder, output=file)
    return {line for line in file.read_text(encoding="utf-8").splitlines() if "_:" not in line}


def there(url: str) -> set[str]:
    """All quads of a server without blank nodes, as N-Quads lines."""
    store = RemoteStore(Endpoint(url, max_age=0.0, timeout=120.0))
    found = set()
    for (graph,) in store.select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"):
        assert graph is not None
        answer = store.query(f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{graph.text}> {{ ?s ?p ?o }} }}")
        assert isinstance(answer, Triples)
        found |= {line.removesuffix(".") + f"<{graph.text}> ." for line in answer.lines if "_:" not in line}
    return found


def test_a_push_holds_the_same_quads_and_a_second_one_replaces_them(scratch: Path, cache: Path, run: Run) -> None:
    study = write_small(scratch / "small")
    (scratch / "store").mkdir()
    with oxigraph(scratch / "store") as url:
        first = push(study, url)
        assert all(p.sent == p.counted for p in first) and first[-1].graph.endswith("small/runs")
        assert there(url) == dataset(study, scratch / "a.nq")
        toml = (study / "study.toml").read_text(encoding="utf-8")
        changed = toml.replace('id = "small"', 'id = "small"\nversion = "9"').replace('[readings.both]\nlabel = "Both"\ncoders = ["ann", "ben"]\n', "")
        (study / "study.toml").write_text(changed, encoding="utf-8")
        done = run("push", "--endpoint", url, study, "--format", "csv")
        assert done.returncode == 0 and done.stdout.startswith("graph,triples\nontology/")
        assert "1 graph of an earlier push is not in this build: small/inferred/both. --prune" in " ".join(done.stderr.split())
        now = dataset(study, scratch / "b.nq")
        assert now < there(url)
        done = run("push", "--endpoint", url, study, "--prune")
        assert done.returncode == 0 and there(url) == now
        rows = open_study(str(study), endpoint=url).ask("statuses")
        assert rows.table == open_study(str(study)).ask("statuses").table and len(rows) > 2


def test_virtuoso_takes_a_push_by_digest_and_refuses_a_wrong_password(virtuoso_server: str, cache: Path, run: Run) -> None:
    for password, status, said in (("dba", 0, "the server counts the same"), ("wrong", 2, "does not accept the user and password")):
        done = run("push", "--endpoint", virtuoso_server, "example-study", env={"BOUNDWORK_ENDPOINT_USER": "dba", "BOUNDWORK_ENDPOINT_PASSWORD": password})
        assert (done.returncode, said in " ".join(done.stderr.split())) == (status, True), done.stderr
    done = run("ask", "hybrid-council-types", "--study", "example-study", "--endpoint", virtuoso_server)
    assert done.returncode == 0, "a push that is refused leaves what was there"


class _Store:
    """A store that takes graphs, and counts what it is told to."""

    def __init__(self, count: int, status: int = 201) -> None:
        self.count, self.status = count, status

    def __call__(self, handler: Handler) -> None:
        body = handler.server.seen[-1].body.decode()  # type: ignore[attr-defined]
        if handler.command in ("PUT", "DELETE"):
            handler.reply(b"", "text/plain", self.status, Server="Oxigraph")
        elif "ASK" in body:
            handler.reply(YES, Server="Oxigraph/0.5")
        elif "COUNT" in body:
            handler.reply(b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","datatype":"http://www.w3.org/2001/XMLSchema#integer","value":"'
                          + str(self.count).encode() + b'"}}]}}')
        else:
            handler.reply(b'{"head":{"vars":["g"]},"results":{"bindings":[]}}')


def test_a_wrong_count_is_an_error_and_the_graph_of_runs_stays_away(scratch: Path, cache: Path) -> None:
    study = write_small(scratch / "small")
    with answering(_Store(7)) as bad, pytest.raises(RemoteError, match=r"counts 7 triples in .* were sent; [0-9]+ more"):
        push(study, bad.url.replace("/sparql", "/query"))
    written = [s for s in bad.seen if s.method in ("PUT", "DELETE")]
    assert (written[0].method, "runs" in written[0].path) == ("DELETE", True)
    assert [s.path for s in written[1:] if "runs" in s.path] == []


@pytest.mark.parametrize("status", [403, 404, 500, 507])
def test_a_store_that_refuses_is_an_error(status: int, scratch: Path, cache: Path) -> None:
    study = write_small(scratch / "small")
    with answering(_Store(7, status)) as bad, pytest.raises(RemoteError, match=f"status {status}"):
        push(study, bad.url.replace("/sparql", "/query"))


def test_a_store_that_redirects_gets_nothing(scratch: Path, cache: Path) -> None:
    study = write_small(scratch / "small")

    def answer(handler: Handler) -> None:
        if handler.command in ("PUT", "DELETE"):
            handler.reply(b"", status=307, Location=other.url)
        else:
            _Store(7)(handler)

    with answering(_Store(7)) as other, answering(answer) as bad, pytest.raises(RemoteError, match="follows no redirect"):
        push(study, bad.url.replace("/sparql", "/query"))
    assert other.seen == []


@pytest.mark.parametrize(("store", "endpoint", "said"), [
    ("http://example.org/store", "http://example.org/sparql", "unencrypted"), ("https://other.org/store", "https://example.org/sparql", "another host"),
    ("ftp://example.org/", "https://example.org/sparql", "no address"),
])
def test_a_store_that_is_not_safe_to_write_to_is_refused(store: str, endpoint: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        GraphStore(store, Endpoint(endpoint))


def test_a_store_that_is_not_known_must_be_named(cache: Path) -> None:
    with answering(lambda h: h.reply(YES)) as bad, pytest.raises(BoundworkError, match="--graph-store"):
        push(ROOT / "data" / "example-study", bad.url)
