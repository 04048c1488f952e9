"""Builds a study's stores beside the old ones and swaps a pointer: a reader sees the old build or the new one, whole."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from boundwork import __version__
from boundwork.errors import InputError
from boundwork.files import atomic, exclusive, fsync_folder, fsync_tree, shown_path, temporary
from boundwork.pipeline.builds import Build, Progress, read_current, study_cache, up_to_date
from boundwork.pipeline.inputs import BUILD_FORMAT, content_hash, input_files, load_vocabulary, ontology_files, stamps
from boundwork.project import cache_root
from boundwork.queries.stored import headers_file
from boundwork.tables.studyfile import Study, read_study
from boundwork.terms import BW, RDF_TYPE, RULE, graph_iri, iri, literal
from boundwork.wording import counted

SMALL = ("ontology", "codebook", "study", "links", "figures", "runs")
"""Graphs that the local store also keeps under their own names, so that GRAPH works on them."""

def build(study_folder: Path, store: Path | None = None, output: Path | None = None, progress: Progress | None = None) -> Build:
    """Build a study and return the build; with `output`, also write the whole dataset there.

    Errors: InputError when tables hold violations (all are listed by `boundwork validate`) or cannot be read; the old build stays.
    """
    home = study_cache(study_folder, store)
    if store is not None and home.exists() and any(home.iterdir()) and not (home / "builds").is_dir():
        raise InputError(f"{home} is not empty and holds no builds of boundwork.", "Give another folder to --store.")
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {home} cannot be made: {error.strerror}.", "Set BOUNDWORK_CACHE or use --store DIR.") from None
    with exclusive(home / "lock"):
        found = up_to_date(study_folder, home)
        if found is not None and output is None:
            found.fresh = False
            return found
        builds = home / "builds"
        builds.mkdir(parents=True, exist_ok=True)
        _clean(home, keep_previous=True)
        work = temporary(Path(tempfile.mkdtemp(prefix="making-", dir=builds)))
        try:
            made = _make(study_folder, work, output, progress)
            return _publish(home, work, made)
        except OSError as error:
            raise InputError(f"The build stopped: {error.strerror or error} ({error.filename or home}).",
                             "The build before it is untouched.") from None
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _make(study_folder: Path, work: Path, output: Path | None, progress: Progress | None) -> dict[str, Any]:
    from boundwork.pipeline.dataset import write_dataset
    from boundwork.populate import Population, populate
    from boundwork.rules import infer, read_rules
    from boundwork.stores.local import LocalStore, n_triples

    files = input_files(study_folder)
    before, digest = stamps(files), content_hash(files)  # taken first: a file that is edited from here on makes the build stale
    study = read_study(study_folder)
    vocabulary = load_vocabulary(study_folder)
    rules = read_rules(study_folder)
    graphs = work / "graphs"
    graphs.mkdir()
    population = populate(study, vocabulary, graphs, progress)
    refuse(population.findings, study)
    ontology = "".join(f"{line}\n" for i, p in enumerate(ontology_files(study_folder)) for line in n_triples(p, f"o{i}x")).encode()
    runs = run_lines(study, rules)
    (graphs / "ontology.nt").write_bytes(ontology)
    (graphs / "runs.nt").write_bytes("".join(f"{line}\n" for line in runs).encode())
    inferred = {}
    outcomes: set[str] = set()
    for reading in study.readings.values():
        inferred[reading.id] = infer(reading, population, vocabulary, ontology, rules, work / "inferred" / reading.id, progress)
        outcomes.update(inferred[reading.id].outcomes)
    (graphs / "outcomes.nt").write_bytes("".join(f"{line}\n" for line in sorted(outcomes)).encode())
    common = [(graph_iri(study.id, "ontology"), graphs / "ontology.nt"), (graph_iri(study.id, "runs"), graphs / "runs.nt"),
              (graph_iri(study.id, "outcomes"), graphs / "outcomes.nt")]
    common += [(graph_iri(study.id, *key), path) for key, parts in population.parts.items() if key[0] != "coding" for path in parts.values()]
    small = {graph_iri(study.id, *key) for key in population.parts if key[0] in SMALL} | {common[0][0], common[1][0]}
    partitions = {path for parts in population.parts.values() for part, path in parts.items() if part != Population.COMMON}  # ids, all encoded
    for reading in study.readings.values():
        if progress:
            progress(f"store, {reading.id}", 0)
        folder = work / "stores" / reading.id
        folder.mkdir(parents=True)
        target = LocalStore.create(folder)
        for name, path in common:
            target.load_file(path, trusted=path in partitions)
            if name in small:
                target.load_file(path, name)
        for name in reading.graphs:
            for path in population.parts.get(("coding", name), {}).values():
                target.load_file(path, trusted=path in partitions)
        for path in inferred[reading.id].files:
            target.load_file(path, trusted=True)
        target.finish()
        target.close()
    parts: list[tuple[str, Path]] = [*common]
    parts += [(graph_iri(study.id, *key), path) for key, files_ in population.parts.items() if key[0] == "coding" for path in files_.values()]
    parts += [(graph_iri(study.id, "inferred", r), path) for r, result in inferred.items() for path in result.files]
    counts: dict[str, int] = {}
    for name, path in parts:
        counts[name] = counts.get(name, 0) + _count_lines(path)
    if output is not None:
        write_dataset(study, parts, output)
    shutil.rmtree(graphs)
    shutil.rmtree(work / "inferred")
    return {
        "format": BUILD_FORMAT, "boundwork": __version__, "study": study.id, "hash": digest, "inputs": before,
        "graphs": dict(sorted(counts.items())), "rows": dict(sorted(population.rows.items())), "readings": list(study.readings),
        "default-reading": study.default_reading, "rules": {r: result.per_rule for r, result in inferred.items()},
    }


def _count_lines(path: Path) -> int:
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def refuse(findings: list[Any], study: Study) -> None:
    """Raise when tables hold violations: a graph is only made from tables that say what they mean."""
    from boundwork.findings import Severity

    bad = sorted((f for f in findings if f.severity == Severity.VIOLATION), key=lambda f: f.order)
    if bad:
        more = f" {counted(len(bad) - 1, 'more violation')}." if len(bad) > 1 else ""
        raise InputError(f"The tables of {study.id} cannot be built: {bad[0].place}: {bad[0].message}{more}",
                         f"See them all with: boundwork validate {shown_path(study.folder)}")


def run_lines(study: Study, rules: list[Any]) -> list[str]:
    """Where each reading's inferred graph comes from: its graphs and the rules. No clock time, so that builds compare."""
    prov, label, kind = "http://www.w3.org/ns/prov#", iri("http://www.w3.org/2000/01/rdf-schema#label"), iri(RDF_TYPE)
    lines = []
    for rule in rules:
        lines += [f"{iri(RULE + rule.name)} {kind} {iri(BW + 'Rule')} .", f"{iri(RULE + rule.name)} {label} {literal(rule.query.summary)} .",
                  f"{iri(RULE + rule.name)} {iri(BW + 'stage')} {literal(rule.stage)} ."]
    for reading in study.readings.values():
        target = iri(graph_iri(study.id, "inferred", reading.id))
        sources = [graph_iri(study.id, "ontology"), graph_iri(study.id, "codebook", study.codebook_version), graph_iri(study.id, "study"),
                   graph_iri(study.id, "source"), *(graph_iri(study.id, "coding", c) for c in reading.graphs)]
        lines += [f"{target} {iri(prov + 'wasDerivedFrom')} {iri(s)} ." for s in sources]
    return sorted(lines)


def install(home: Path, made: Path, manifest: dict[str, Any]) -> Build:
    """Put stores that were made elsewhere in place as the current build; whoever calls holds the lock of `home`."""
    builds = home / "builds"
    builds.mkdir(parents=True, exist_ok=True)
    work = temporary(Path(tempfile.mkdtemp(prefix="making-", dir=builds)))
    try:
        shutil.copytree(made, work, dirs_exist_ok=True)
        return _publish(home, work, manifest)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _publish(home: Path, work: Path, manifest: dict[str, Any]) -> Build:
    (work / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    fsync_tree(work)
    target = work.with_name(manifest["hash"][:16] + "-" + work.name.removeprefix("making-"))
    work.rename(target)
    fsync_folder(target.parent)
    with atomic(home / "current") as file:
        file.write(target.name.encode())
    _clean(home, keep_previous=True)
    return Build(target, manifest)


def _clean(home: Path, keep_previous: bool) -> None:
    """Remove what killed builds left behind, and all builds but the current one and the newest before it."""
    current = read_current(home)
    name = current.folder.name if current else ""
    others = [p for p in (home / "builds").iterdir() if p.name != name]
    done = sorted((p for p in others if not p.name.startswith("making-")), key=lambda p: p.stat().st_mtime)
    keep = set(done[-1:]) if keep_previous else set()
    for path in others:
        if path not in keep:
            shutil.rmtree(path, ignore_errors=True)
    for path in home.glob(".current.tmp-*"):
        path.unlink(missing_ok=True)


def clear_cache() -> tuple[int, Path]:
    """Remove every build in the cache folder, and the answers of other servers; return how many studies were removed, and the folder."""
    root = cache_root()
    shutil.rmtree(root / "remote", ignore_errors=True)  # see stores.remote_cache
    homes = [p for p in root.iterdir() if (p / "builds").is_dir()] if root.is_dir() else []
    for home in homes:
        with exclusive(home / "lock"):
            shutil.rmtree(home, ignore_errors=True)
    headers_file().unlink(missing_ok=True)
    return len(homes), root
