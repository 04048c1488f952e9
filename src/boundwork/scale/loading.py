"""Partitions into a store, in bulk and counted: an embedded store, a server that takes N-Quads over HTTP, or Virtuoso by its own loader.

What was loaded is counted by graph and compared with the manifest; a store that does not hold every quad is not called loaded.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundwork.errors import InputError
from boundwork.files import fsync_folder, fsync_tree, temporary
from boundwork.scale.layout import read_manifest, sha256_of, write_json
from boundwork.stores.local import LocalStore
from boundwork.terms import graph_iri

COUNTS = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
LOADED = "manifest.json"
_WAIT = 3600
Progress = Callable[[str, int], None] | None


@dataclass
class Loaded:
    """What was put where: quads by graph, and the studies with their readings."""

    place: str
    graphs: dict[str, int]
    studies: dict[str, Any]


def read_parts(folders: list[Path]) -> tuple[list[Path], dict[str, int], dict[str, Any]]:
    """Return the files of datasets, their quads by graph, and their studies; every file has the hash that its manifest names.

    Errors: InputError for a folder that holds no dataset, a damaged file, or one study in two datasets.
    """
    files: list[Path] = []
    graphs: Counter[str] = Counter()
    studies: dict[str, Any] = {}
    ontologies: dict[str, Path] = {}
    for folder in folders:
        manifest = read_manifest(folder)
        if "quads" not in manifest:
            raise InputError(f"{folder} holds findings, not quads.", "Make a dataset with: boundwork build STUDY -o DIR")
        for name, (_, digest) in sorted(manifest["files"].items()):
            if not (folder / name).is_file() or sha256_of(folder / name) != digest:
                raise InputError(f"{folder / name} is damaged: it has not the hash that the manifest names.", "Build the dataset again.")
            if name.endswith("ontology.nq"):
                ontologies[digest] = folder / name
            else:
                files.append(folder / name)
        if both := studies.keys() & manifest["studies"].keys():
            raise InputError(f"The study {min(both)} stands in two of the datasets.", "Load each study once.")
        studies |= manifest["studies"]
        graphs.update({g: n for g, n in manifest["graphs"].items() if g != manifest["ontology"]})
        name_of_ontology = manifest["ontology"]
    lines: set[bytes] = set()
    for path in ontologies.values():
        lines.update(path.read_bytes().splitlines())
    graphs[name_of_ontology] = len(lines)
    return [*ontologies.values(), *files], dict(graphs), studies


def load_local(folders: list[Path], store: Path, progress: Progress = None) -> Loaded:
    """Load datasets into a new embedded store in a folder, whole or not at all.

    Errors: InputError when something stands there, or the counts differ.
    """
    if store.exists() and any(store.iterdir()):
        raise InputError(f"{store} is not empty.", "Give another folder to --into.")
    files, graphs, studies = read_parts(folders)
    making = temporary(store.with_name(f".{store.name}.making-{os.getpid()}"))
    shutil.rmtree(making, ignore_errors=True)
    try:
        (making / "store").mkdir(parents=True)
        target = LocalStore.create(making / "store")
        for done, path in enumerate(files, 1):
            target.load_quads(path)
            if progress:
                progress("files", done)
        target.finish()
        _compare(graphs, ((g.text, int(n.text)) for g, n in target.select(COUNTS) if g is not None and n is not None), str(store))
        target.close()
        write_json(making / LOADED, {"graphs": graphs, "studies": studies})
        fsync_tree(making)
        if store.exists():
            store.rmdir()
        making.rename(store)
        fsync_folder(store.parent)
    except OSError as error:
        raise InputError(f"Loading stopped: {error.strerror or error} ({error.filename or store}).", "Nothing was put in place.") from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return Loaded(str(store), graphs, studies)


def load_server(folders: list[Path], url: str, progress: Progress = None) -> Loaded:
    """Load datasets into a server that takes N-Quads by POST at /store and answers at /query, as oxigraph does.

    Errors: InputError when it cannot be reached, refuses, or holds other counts afterwards.
    """
    base = url.rstrip("/")
    files, graphs, studies = read_parts(folders)
    held = dict(_counts_of(f"{base}/query"))
    files = [f for f in files if f.name != "ontology.nq" or held.get(graph_iri("", "ontology")) != graphs[graph_iri("", "ontology")]]  # it has blank nodes
    for done, path in enumerate(files, 1):
        with open(path, "rb") as file:
            _ask(f"{base}/store?no_transaction", file, {"Content-Type": "application/n-quads", "Content-Length": str(path.stat().st_size)})
        if progress:
            progress("files", done)
    _compare(graphs, _counts_of(f"{base}/query"), url)
    return Loaded(url, graphs, studies)


def load_virtuoso(folders: list[Path], host: str, endpoint: str, isql: str = "", progress: Progress = None) -> Loaded:
    """Load datasets into Virtuoso 7 with its own bulk loader; `host` is HOST:PORT of its SQL port, `endpoint` its SPARQL endpoint.

    Virtuoso reads the files itself: their folders must stand in DirsAllowed of its settings. The password of the user dba is
    taken from BOUNDWORK_VIRTUOSO_PASSWORD. Errors: InputError as load_server, and when a file was not loaded.
    """
    program = isql or shutil.which("isql-vt") or shutil.which("isql-v") or ""
    if not program:
        raise InputError("Virtuoso's own client isql is not here.", "Install it (Debian: apt install virtuoso-opensource).")
    files, graphs, studies = read_parts(folders)
    inner = sorted({str(p.parent.resolve()) for p in files})
    quote = "''".join
    steps = [f"ld_dir('{quote(place.split(chr(39)))}', '*.nq', 'urn:boundwork:none');" for place in inner]
    steps += ["rdf_loader_run();", "checkpoint;"]
    if progress:
        progress("files", len(files))
    _isql(program, host, " ".join(steps))
    left = _isql(program, host, "SELECT ll_file, ll_error FROM DB.DBA.load_list WHERE ll_state <> 2 OR ll_error IS NOT NULL;")
    wrong = [line for line in left.splitlines() if any(line.startswith(place) for place in inner)]
    if wrong:
        raise InputError(f"Virtuoso did not load {wrong[0]}.", "Does DirsAllowed in virtuoso.ini name the folder?")
    _compare(graphs, ((g, n) for g, n in _counts_of(endpoint) if g in graphs), endpoint)
    return Loaded(endpoint, graphs, studies)


def _isql(program: str, host: str, text: str) -> str:
    password = os.environ.get("BOUNDWORK_VIRTUOSO_PASSWORD", "dba")
    try:
        done = subprocess.run([program, host, "dba", password, "VERBOSE=OFF", "PROMPT=OFF", "BANNER=OFF", f"EXEC={text}"], capture_output=True, text=True,
                              timeout=_WAIT, check=False)
    except subprocess.TimeoutExpired:
        raise InputError(f"Virtuoso at {host} did not end loading within {_WAIT} seconds.") from None
    if done.returncode or "*** Error" in done.stderr + done.stdout:
        said = next((x for x in (done.stderr + done.stdout).splitlines() if "Error" in x or "rror:" in x), "no reason given")
        raise InputError(f"Virtuoso at {host} refuses: {said.strip()[:300]}.", "Is it running, and is BOUNDWORK_VIRTUOSO_PASSWORD right?")
    return done.stdout


def _ask(url: str, data: Any, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(url, data=data, headers={"User-Agent": "boundwork", **headers})
    if not url.startswith(("http://", "https://")):
        raise InputError(f"{url} is no address of a server.", "It starts with http:// or https://")
    try:
        with urllib.request.urlopen(request, timeout=_WAIT) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise InputError(f"{url} refuses: {error.code} {error.read(300).decode('utf-8', 'replace').strip()}.") from None
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise InputError(f"{url} cannot be reached: {getattr(error, 'reason', error)}.") from None


def _counts_of(endpoint: str) -> Iterator[tuple[str, int]]:
    body = urllib.parse.urlencode({"query": COUNTS}).encode()
    answer = _ask(endpoint, body, {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/sparql-results+json"})
    try:
        for row in json.loads(answer)["results"]["bindings"]:
            yield row["g"]["value"], int(row["n"]["value"])
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{endpoint} does not answer as a SPARQL endpoint does.") from None


def _compare(wanted: dict[str, int], found: Iterator[tuple[str, int]], place: str) -> None:
    """Raise when a graph does not hold as many quads as the manifest says. Graphs that were there before are left aside."""
    held = dict(found)
    wrong = [(g, n, held.get(g, 0)) for g, n in sorted(wanted.items()) if held.get(g, 0) != n]
    if wrong:
        graph, much, there = wrong[0]
        raise InputError(f"After loading, {place} holds {there:,} quads of {graph}, and the manifest says {much:,}.",
                         "Was something of it there before? Empty the store, and load again.")
