"""A validation on partitions from beginning to end: populate, shapes in partitions, shapes of the whole, one table of findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundwork import __version__
from boundwork.explore.validation import not_asked
from boundwork.findings import Finding, Report
from boundwork.scale.building import as_finding
from boundwork.scale.checking import COLUMNS, table_findings, write_findings
from boundwork.scale.engines import Engine, Progress
from boundwork.scale.layout import FORMAT, Staging, checked, read_manifest, sha256_of, taken
from boundwork.scale.run import told, works_in
from boundwork.scale.studies import Work, key_of
from boundwork.shacl.reach import Map
from boundwork.tables.schema import EXCEPTIONS, TABLES

_STEP = "boundwork.scale.checking:"
_SHAPES_PER_JOB = 8
"""Shapes of a whole study that one task asks one after the other; it reads the common part once."""


@dataclass
class Checked:
    """A table of findings in partitions: its folder, and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]
    fresh: bool = True

    def findings(self, study: str = "") -> Iterator[Finding]:
        """Yield all findings, or those on one study, file by file."""
        import csv

        from boundwork.findings import Severity

        for name in sorted(n for n in self.manifest["files"] if not study or n.split("/")[1] == study):
            with open(self.folder / name, encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    yield Finding(Severity.parse(row["severity"]), row["rule"], row["message"], row["file"], int(row["line"]), int(row["row"]), row["column"],
                                  row["value"], row["coder"], row["subject"], row["extract"], row["accepted"])

    def report(self) -> Report:
        """Return all findings as one report, in memory."""
        looked_at: Counter[str] = Counter()
        for study in self.manifest["studies"].values():
            looked_at.update(study["rows"])
        order = [t for t in TABLES if t in looked_at]
        return Report(list(self.findings()), {t: looked_at[t] for t in order})


def validate_partitions(sources: list[Path], output: Path, start: Callable[[], Engine], partitions: int = 0, shapes: list[Path] | None = None,
                        progress: Progress = None, together: bool = False, named: Mapping[Path, str] | None = None) -> Checked:
    """Validate studies into a folder with a table of findings, whole or not at all; `together` as in validate_study.

    Errors: InputError when a file is damaged, or when the machines give up.
    """
    key = key_of_checks(sources, partitions, shapes, together)
    if (manifest := taken(output, key)) is not None:
        return Checked(output, manifest, fresh=False)
    staging = Staging(output, key)
    with staging.open():
        works = works_in(sources, staging, partitions, True, named)
        engine = start()
        try:
            manifest = _make(works, staging, engine, shapes, progress, together)
        finally:
            engine.close()
        staging.commit(manifest)
    return Checked(output, read_manifest(output))


def key_of_checks(sources: list[Path], partitions: int, shapes: list[Path] | None, together: bool) -> str:
    """Return what decides whether two validations do the same work."""
    asked = ("shipped",) if shapes is None else tuple(f"{p.name} {sha256_of(p)}" for p in shapes)
    return key_of(sources, partitions, "validate", (*asked, str(together)))


def validate_for_report(source: Path, start: Callable[[], Engine], shapes: list[Path] | None = None, progress: Progress = None,
                        together: bool = False) -> Report:
    """Return all findings on a study as one report; the table of findings lies in the cache folder while it is made."""
    import shutil

    from boundwork.pipeline.builds import study_cache

    place = study_cache(source).with_name(f"{study_cache(source).name}-findings")
    shutil.rmtree(place, ignore_errors=True)
    try:
        return validate_partitions([source], place, start, 0, shapes, progress, together).report()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _make(works: list[Work], staging: Staging, engine: Engine, shapes: list[Path] | None, progress: Progress,
          together: bool) -> dict[str, Any]:
    """Run each step for all studies together, so that many small studies keep a cluster as busy as a large one."""
    engine.populate(works, progress)
    first = {w.study.id: _first(w) for w in works}
    asked = [w for w in works if not checked(w.common)["broken"]]
    given = None if shapes is None else [str(p.absolute()) for p in shapes]
    files = {}
    for w, made in zip(asked, engine.each(f"{_STEP}prepare_checks", [{"work": w.as_job(), "shapes": given} for w in asked]), strict=True):
        first[w.study.id] += [w.named(as_finding(f)) for f in made["findings"]]
        files[w.study.id] = made["shapes"]
    counts, written = _check(asked, files, first, engine, progress)
    for w in works:
        mine = Report(first[w.study.id]).sorted()
        counts[w.study.id].update(f.severity.word for f in mine)
        write_findings(mine, w.place / "tables.jsonl")
        written.append((w.place / "tables.jsonl", f"findings/{w.study.id}/tables.csv"))
    by_study: dict[str, list[str]] = {}
    for source, name in written:
        by_study.setdefault(name.split("/")[1], []).append(str(source))
    jobs = [{"work": w.as_job(), "sources": by_study[w.study.id], "together": together} for w in asked]
    for w, made in zip(asked, engine.each(f"{_STEP}check_together", jobs), strict=True):
        counts[w.study.id].update(made)
        written.append((w.place / "together.jsonl", f"findings/{w.study.id}/together.csv"))
    accepted = _accept(works, written, counts, engine)
    jobs = [{"source": str(source), "into": str(staging.made / name)} for source, name in written]
    tables = {name: made for (_, name), made in zip(written, engine.each(f"{_STEP}write_table", jobs), strict=True)}
    studies = {w.study.id: {"title": w.study.title, "partitions": w.partitions, "rows": checked(w.common)["rows"]} for w in works}
    total = sum(counts.values(), Counter[str]())
    return {"format": FORMAT, "boundwork": __version__, "key": staging.key, "engine": engine.name, "findings": dict(sorted(total.items())),
            "accepted": accepted, "columns": COLUMNS, "files": tables, "studies": studies}


def _accept(works: list[Work], written: list[tuple[Path, str]], counts: dict[str, Counter[str]], engine: Engine) -> int:
    """Mark what the exceptions of each study accept, in files and counts, and return how many findings that are; only open ones stay counted."""
    having = [w for w in works if (w.source / EXCEPTIONS.file).is_file()]
    of = {w.study.id: [n for n, (_, name) in enumerate(written) if name.split("/")[1] == w.study.id] for w in having}
    jobs = [{"work": w.as_job(), "sources": [str(written[n][0]) for n in of[w.study.id]]} for w in having]
    accepted = 0
    for w, made in zip(having, engine.each(f"{_STEP}accept", jobs), strict=True):
        *marked, own = map(Path, made["files"])
        for n, path in zip(of[w.study.id], marked, strict=True):
            written[n] = path, written[n][1]
        written.append((own, f"findings/{w.study.id}/exceptions.csv"))
        counts[w.study.id] = Counter(made["open"])
        accepted += made["accepted"]
    return accepted


def _first(work: Work) -> list[Finding]:
    """What the tables say of themselves, and that shapes were not asked where one is broken."""
    return [*table_findings(work), *(not_asked(work.shown(n)) for n in TABLES if n in checked(work.common)["broken"])]


def _check(works: list[Work], shapes: dict[str, list[str]], first: dict[str, list[Finding]], engine: Engine,
           progress: Progress) -> tuple[dict[str, Counter[str]], list[tuple[Path, str]]]:
    """Ask the shapes in the partitions of all studies, then of each study as a whole; return counts by study, and the files with the findings."""
    seen = {w.study.id: Map() for w in works}
    parts = [(w, {"work": w.as_job(), "part": n}) for w in works for n in range(w.partitions)]
    for (w, _), found in told("partitions", parts, engine.each(f"{_STEP}map_part", [j for _, j in parts]), progress):
        seen[w.study.id].join(Map.from_lists(found))
    plans = [{"work": w.as_job(), "shapes": shapes[w.study.id], "seen": seen[w.study.id].as_lists()} for w in works]
    wholes = list(engine.each(f"{_STEP}plan_checks", plans))
    shown = {w.study.id: sorted({(f.file.rsplit("/", 1)[-1], f.row, f.column) for f in first[w.study.id] if f.row}) for w in works}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    jobs = [{**job, "shown": shown[w.study.id]} for w, job in parts]
    for (w, _), made in told("shapes, partitions", parts, engine.each(f"{_STEP}check_part", jobs), progress):
        counts[w.study.id].update(made)
    written = [(w.place / "kept" / f"{j['part']:05d}" / "findings.jsonl", f"findings/{w.study.id}/part-{j['part']:05d}.csv") for w, j in parts]
    some = [(w, i, [*whole, ""][i : i + _SHAPES_PER_JOB]) for w, whole in zip(works, wholes, strict=True) for i in range(0, len(whole) + 1, _SHAPES_PER_JOB)]
    jobs = [{"work": w.as_job(), "number": i, "shapes": names, "shown": shown[w.study.id]} for w, i, names in some]
    for (w, _, _), made in told("shapes, whole", some, engine.each(f"{_STEP}check_whole", jobs), progress):
        counts[w.study.id].update(made)
    written += [(w.place / "whole" / f"{i:05d}" / "findings.jsonl", f"findings/{w.study.id}/whole-{i:05d}.csv") for w, i, _ in some]
    return counts, written
