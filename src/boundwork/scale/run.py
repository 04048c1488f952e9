"""A build on partitions from beginning to end: populate, rules, counts, quads, manifest, and one rename at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from boundwork import __version__
from boundwork.pipeline.build import refuse
from boundwork.scale.building import as_finding
from boundwork.scale.engines import Engine, Progress
from boundwork.scale.layout import FORMAT, Staging, checked, finished, taken
from boundwork.scale.studies import Work, key_of, partitions_of, shown_folder, with_notes
from boundwork.tables.studyfile import read_study
from boundwork.terms import graph_iri

_T = TypeVar("_T")
_STEP = "boundwork.scale.building:"


@dataclass
class Dataset:
    """A dataset in partitions: its folder, what its manifest says, and whether this run made it."""

    folder: Path
    manifest: dict[str, Any]
    fresh: bool = True
    resumed: int = 0
    """Partitions that an earlier, interrupted run had finished."""

    @property
    def graphs(self) -> dict[str, int]:
        """Graph IRI -> number of quads."""
        return dict(self.manifest["graphs"])


@dataclass
class _Counts:
    graphs: Counter[str] = field(default_factory=Counter)
    rules: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, result: dict[str, Any]) -> None:
        self.graphs.update(result["counts"])
        for reading, made in result.get("per_rule", {}).items():
            self.rules.setdefault(reading, Counter()).update(made)


def works_in(sources: list[Path], staging: Staging, partitions: int, notes: bool, named: Mapping[Path, str] | None = None) -> list[Work]:
    """Return the studies with their working folders; `named` are the addresses of those that were fetched from elsewhere."""
    studies = [with_notes(read_study(s), notes) for s in sources]
    shown = {s: f"{name.rstrip('/')}/" for s, name in (named or {}).items()}
    return [Work(s, study, staging.folder / "studies" / study.id, partitions_of(s, partitions), notes, shown.get(s) or shown_folder(s))
            for s, study in zip(sources, studies, strict=True)]


def build_partitions(sources: list[Path], output: Path, start: Callable[[], Engine], partitions: int = 0, progress: Progress = None,
                     named: Mapping[Path, str] | None = None) -> Dataset:
    """Build studies into a folder of N-Quads partitions, whole or not at all.

    A run that was interrupted is gone on with: what is finished, and still has the hash that was written down, is not made
    again. Errors: InputError when tables hold violations, when a file is damaged, or when the machines give up.
    """
    key = key_of(sources, partitions, "build")
    if (manifest := taken(output, key)) is not None:
        return Dataset(output, manifest, fresh=False)
    staging = Staging(output, key)
    with staging.open():
        works = works_in(sources, staging, partitions, False, named)
        before = sum(finished(w.inferred(n)) is not None for w in works for n in range(w.partitions))
        engine = start()
        try:
            manifest = _make(works, staging, engine, progress)
        finally:
            engine.close()
        staging.commit(manifest)
    return Dataset(output, manifest, resumed=before)


def _make(works: list[Work], staging: Staging, engine: Engine, progress: Progress) -> dict[str, Any]:
    engine.populate(works, progress)
    refuse_findings(works)
    counts = {w.study.id: _Counts() for w in works}
    jobs = [(w, {"work": w.as_job(), "part": n}) for w in works for n in range(w.partitions)]
    for (w, _), result in told("rules, partitions", jobs, engine.each(f"{_STEP}infer_part", [j for _, j in jobs]), progress):
        counts[w.study.id].add(result)
    readings = [(w, r) for w in works for r in w.study.readings]
    for w in works:
        (w.place / "readings").mkdir(exist_ok=True)
    engine.add([(w, r, _tallies(w, r)) for w, r in readings])
    jobs = [(w, {"work": w.as_job(), "reading": r, "tallies": str(_tallies(w, r))}) for w, r in readings]
    for (w, job), result in told("rules, cases", jobs, engine.each(f"{_STEP}conclude_reading", [j for _, j in jobs]), progress):
        counts[w.study.id].rules.setdefault(str(job["reading"]), Counter()).update(result["per_rule"])
    rows = {}
    common = [(w, {"work": w.as_job(), "into": str(w.place / "common.nq")}) for w in works]
    for (w, _), result in zip(common, engine.each(f"{_STEP}write_common", [j for _, j in common]), strict=True):
        counts[w.study.id].add(result)
        rows[w.study.id] = result["rows"]
    whole = staging.folder / "ontology.nq"
    shared = next(iter(engine.each(f"{_STEP}write_ontology", [{"works": [w.as_job() for w in works], "into": str(whole)}])))
    files = _publish(works, staging, whole, engine, progress)
    graphs = sum((c.graphs for c in counts.values()), Counter(shared["counts"]))
    return {
        "format": FORMAT, "boundwork": __version__, "key": staging.key, "engine": engine.name, "graphs": dict(sorted(graphs.items())), "files": files,
        "quads": graphs.total(), "ontology": graph_iri("", "ontology"),
        "studies": {w.study.id: {**_described(w), "rows": dict(sorted(rows[w.study.id].items())),
                                 "rules": {r: dict(sorted(c.items())) for r, c in sorted(counts[w.study.id].rules.items())}} for w in works},
    }


def _described(work: Work) -> dict[str, Any]:
    study = work.study
    return {"title": study.title, "version": study.version, "codebook": study.codebook_version, "partitions": work.partitions,
            "default-reading": study.default_reading,
            "readings": {r.id: {"label": r.label, "description": r.description, "coders": list(r.coders), "adjudicated": r.adjudicated}
                         for r in study.readings.values()}}


def _publish(works: list[Work], staging: Staging, ontology: Path, engine: Engine, progress: Progress) -> dict[str, Any]:
    """Put every file in its place in the dataset; return name -> size and hash."""
    jobs = [{"source": str(ontology), "into": "ontology.nq", "digest": ""}]
    for w in works:
        jobs.append({"source": str(w.place / "common.nq"), "into": f"{w.study.id}/common.nq", "digest": ""})
        for n in range(w.partitions):
            digest = (finished(w.inferred(n)) or {"files": {}})["files"].get("part.nq", ["", ""])[1]
            jobs.append({"source": str(w.inferred(n) / "part.nq"), "into": f"{w.study.id}/part-{n:05d}.nq", "digest": digest})
    names = [f"quads/{j['into']}" for j in jobs]
    placed = [{**j, "into": str(staging.made / name)} for j, name in zip(jobs, names, strict=True)]
    return {name: made for (name, _), made in told("files", list(zip(names, placed, strict=True)), engine.each(f"{_STEP}publish", placed), progress)}


def refuse_findings(works: list[Work]) -> None:
    """Raise when the tables of a study hold violations. Errors: InputError."""
    for w in works:
        refuse([w.named(as_finding(f)) for f in checked(w.common)["findings"]], w.study)


def _tallies(work: Work, reading: str) -> Path:
    return work.place / "readings" / f"{reading}~tallies.nt"


def told(what: str, jobs: list[_T], results: Iterator[Any], progress: Progress) -> Iterator[tuple[_T, Any]]:
    """Yield each job with its result, and say how many are done."""
    for done, (job, result) in enumerate(zip(jobs, results, strict=True), 1):
        if progress:
            progress(what, done)
        yield job, result
