"""The steps of a validation on partitions, as functions that any process on any machine can run; their results lie in folders.

Shapes that see enough of a partition are asked there; the others are asked of one study as a whole, of which only what they
need is brought together. shacl.parted decides and does both; here its parts run apart.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from boundwork import shacl
from boundwork.explore.working_list import Cells, cells_of, work_through
from boundwork.files import atomic
from boundwork.findings import Finding, Report, Severity
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.rules import codebook_facts, read_rules
from boundwork.scale.building import ONTOLOGY, as_dict, as_finding
from boundwork.scale.layout import checked, finish, finished, made_whole, read_json, write_json
from boundwork.scale.studies import LARGE, OWNED, Work, graph_files, table_file
from boundwork.shacl.core import Result
from boundwork.shacl.engine import found_at
from boundwork.shacl.parted import Needs, Parted, ask_common, ask_parts, ask_whole, complete, plan_of, read_lines
from boundwork.shacl.reach import Map
from boundwork.tables.reader import read_table
from boundwork.tables.schema import EXCEPTIONS, TABLES
from boundwork.terms import study_iri

_ADJUDICATED = ("coding", "adjudicated")
COLUMNS = list(Finding(Severity.INFO, "", "").as_row())
"""Columns of the table of findings."""


def _owned(work: Work) -> tuple[str, ...]:
    return tuple(f"<{study_iri(work.study.id, kind, '')}" for kind in OWNED)


def _common(work: Work) -> list[Path]:
    return [work.common / ONTOLOGY, *(p for key, p in graph_files(work.common) if key != _ADJUDICATED), work.place / "checks" / "facts.nt"]


def _part(work: Work, number: int) -> list[Path]:
    return [p for key, p in graph_files(work.part(number)) if key != _ADJUDICATED]


def prepare_checks(work: dict[str, Any], shapes: list[str] | None) -> dict[str, Any]:
    """Write what the codebook rules infer and the shapes of the codebook; return the files of shapes, and findings on shapes and rules."""
    w = Work.from_job(**work)
    folder = w.place / "checks"
    shutil.rmtree(folder, ignore_errors=True)
    with made_whole(folder) as place:
        common = [w.common / ONTOLOGY, *(p for key, p in graph_files(w.common) if key != _ADJUDICATED)]
        facts = codebook_facts(b"".join(p.read_bytes() for p in common), read_rules(w.source))
        (place / "facts.nt").write_text("".join(f"{line}\n" for line in facts), encoding="utf-8", newline="\n")
        own = shacl.codebook_rules(w.study, load_vocabulary(w.source), w.shown("codebook"))
        written = own.write(place) if shapes is None else None
        files = [str(p) for p in (shacl.shape_files(w.source) if shapes is None else map(Path, shapes))]
        rules = shacl.load_shapes([*map(Path, files), *([written] if written else [])])
        findings = [*own.findings, *shacl.lint(rules, read_lines([*common, place / "facts.nt"]))]
        finish(place, {})
    files += [str(folder / written.name)] if written else []
    return {"shapes": files, "findings": [as_dict(f) for f in findings]}


def map_part(work: dict[str, Any], part: int) -> dict[str, list[str]]:
    """Return which predicates lead where in one partition."""
    w = Work.from_job(**work)
    seen = Map()
    seen.one_part(read_lines(_part(w, part)), _owned(w))
    return seen.as_lists()


def plan_checks(work: dict[str, Any], shapes: list[str], seen: dict[str, list[str]]) -> list[str]:
    """Decide which shapes are asked in partitions, write that down, and return those that are asked of the whole."""
    w = Work.from_job(**work)
    common = read_lines(_common(w))
    known = Map.from_lists(seen)
    known.common_part(common, _owned(w))
    plan = plan_of(shacl.load_shapes(map(Path, shapes)), common, known)
    whole = {s: [None if n.predicates is None else sorted(n.predicates), sorted(n.classes)] for s, n in plan.whole.items()}
    write_json(w.place / "plan.json", {"local": plan.local, "whole": whole, "wanted": None if plan.wanted is None else sorted(plan.wanted), "shapes": shapes})
    return list(whole)


def check_part(work: dict[str, Any], part: int, shown: list[list[Any]]) -> dict[str, int]:
    """Ask the shapes of one partition and write its findings; return findings by severity.

    `shown` are the cells (file, row, column) about which the tables say something already.
    """
    w = Work.from_job(**work)
    folder = w.place / "kept" / f"{part:05d}"
    if done := finished(folder, verify=True):
        return dict(done["counts"])
    shutil.rmtree(folder, ignore_errors=True)
    plan = read_json(w.place / "plan.json")
    with made_whole(folder) as place:
        made = ask_parts([str(p) for p in _common(w)], plan["shapes"], list(_owned(w)), plan["local"], plan["wanted"], str(place),
                         {str(part): [str(p) for p in _part(w, part)]})
        counts = _write(w, [as_finding(f) for f in made["found"]], shown, [part], place / "findings.jsonl")
        finish(place, {"counts": counts})
    return counts


def check_whole(work: dict[str, Any], number: int, shapes: list[str], shown: list[list[Any]]) -> dict[str, int]:
    """Ask shapes of a whole study (an empty name: those of partitions, of what stands in none); return findings by severity."""
    w = Work.from_job(**work)
    folder = w.place / "whole" / f"{number:05d}"
    if done := finished(folder, verify=True):
        return dict(done["counts"])
    shutil.rmtree(folder, ignore_errors=True)
    plan = read_json(w.place / "plan.json")
    rules, common = shacl.load_shapes(map(Path, plan["shapes"])), read_lines(_common(w))
    with made_whole(folder) as place:
        found = ask_common(common, rules, plan["local"], _owned(w)) if "" in shapes else []
        left: list[Result] = []
        for shape in filter(None, shapes):
            predicates, classes = plan["whole"][shape]
            left += ask_whole(shape, Needs(None if predicates is None else frozenset(predicates), frozenset(classes)), common, rules, w.place)
        graph = Parted([], [_part(w, n) for n in range(w.partitions)], _owned(w))
        complete(common, graph, {r.focus for r in left if r.focus.startswith(graph.owned)})
        counts = _write(w, [*found, *found_at(left, common, rules)], shown, range(w.partitions), place / "findings.jsonl")
        finish(place, {"counts": counts})
    return counts


def check_together(work: dict[str, Any], sources: list[str], together: bool) -> dict[str, int]:
    """Write what the findings and rows of a study say only together: runs of one slip, agreement, with `together` contradictions and the like.

    One task does this for one study; it holds the findings on codings, and for agreement and contradictions the codings.
    """
    from boundwork.explore.agreed import below_threshold
    from boundwork.explore.consistency import consistency, runs
    from boundwork.explore.validation import all_readable, together_not_asked

    w = Work.from_job(**work)
    own = table_findings(w)
    order: dict[str, list[int]] = {}
    if table_file(w.source, "codings").exists():
        header, rows = _rows(w, "codings", range(w.partitions))
        for _, number, cells in rows:
            order.setdefault(cells[header.index("coder")].strip(), []).append(number)
    mine = (f for source in sources for f in read_findings(Path(source)) if f.coder and f.row)
    found = runs(mine, lambda: {coder: sorted(numbers) for coder, numbers in order.items()})
    if together:
        found += consistency(_as_csv(w), w.here) if all_readable(own) else [together_not_asked()]
    if w.study.agreement_threshold is not None:
        found += [replace(f, file=w.here + Path(f.file).name) for f in below_threshold(_as_csv(w))]
    write_findings(sorted(set(found), key=lambda f: f.order), w.place / "together.jsonl")
    return dict(Counter(f.severity.word for f in set(found)))


def accept(work: dict[str, Any], sources: list[str]) -> dict[str, Any]:
    """Mark the findings on a study that its exceptions.csv accepts, and add those on the exceptions; one task holds all findings of a study.

    Return the files of findings, in the order of the sources and then of the exceptions' own, with open findings by severity and
    how many are accepted.
    """
    w = Work.from_job(**work)

    def read(path: Path, numbers: set[int]) -> dict[int, Cells]:
        header, rows = _rows(w, path.stem, range(w.partitions))
        return {number: cells_of(header, cells) for _, number, cells in rows if number in numbers}

    found = [list(read_findings(Path(source))) for source in sources]
    every = [f for each in found for f in each]
    marked = work_through(Report(list(every)), w.source, read=read, shown=w.here + EXCEPTIONS.file).report.findings
    said = {replace(f, accepted=""): f for f in marked}
    found = [[said[f] for f in each] for each in found]
    found.append(sorted(said.keys() - set(every), key=lambda f: f.order))
    folder = w.place / "accepted"
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{n:05d}.jsonl" for n in range(len(found))]
    for each, into in zip(found, files, strict=True):
        write_findings(each, into)
    left = [f for each in found for f in each]
    return {"files": [str(f) for f in files], "open": dict(Counter(f.severity.word for f in left if not f.accepted)),
            "accepted": sum(bool(f.accepted) for f in left)}


def _as_csv(work: Work) -> Path:
    """The folder of the tables; where large ones are Parquet, a copy in which they are CSV."""
    if all(table_file(work.source, name).suffix == ".csv" for name in LARGE):
        return work.source
    folder = work.place / "as-csv"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(work.source, folder, ignore=shutil.ignore_patterns("*.parquet", "texts"))
    for name in LARGE:
        header, rows = _rows(work, name, range(work.partitions))
        with open(folder / TABLES[name].file, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *(cells for _, _, cells in sorted(rows, key=lambda r: r[1]))])
    return folder


def _write(work: Work, found: Iterable[Finding], shown: list[list[Any]], parts: Iterable[int], into: Path) -> dict[str, int]:
    """Place findings, leave out what the tables say already and what the study sets aside, and write the rest sorted."""
    at_cell = {tuple(cell) for cell in shown}
    overridden = {o.rule for o in work.study.overrides}
    kept = {f for f in found if (f.file, f.row, f.column) not in at_cell and f.rule not in overridden}
    placed = sorted(set(_placed(work, kept, parts)), key=lambda f: f.order)
    write_findings(placed, into)
    return dict(Counter(f.severity.word for f in placed))


def write_findings(found: Iterable[Finding], into: Path) -> None:
    """Write findings, one JSON object a line."""
    with atomic(into) as file:
        file.write("".join(json.dumps(as_dict(f), ensure_ascii=False) + "\n" for f in found).encode())


def read_findings(path: Path) -> Iterator[Finding]:
    """Yield findings that `write_findings` wrote."""
    with open(path, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield as_finding(json.loads(line))


def _placed(work: Work, found: set[Finding], parts: Iterable[int]) -> Iterator[Finding]:
    """Give findings on rows their file as shown, the physical line, and what the cell says."""
    wanted: dict[str, set[int]] = {}
    for f in found:
        if f.file:
            wanted.setdefault(f.file.removesuffix(".csv"), set()).add(f.row)
    places: dict[str, dict[int, tuple[int, list[str], list[str]]]] = {}
    for name, numbers in wanted.items():
        places[name] = {}
        header, rows = _rows(work, name, parts)
        for line, number, cells in rows:
            if number in numbers:
                places[name][number] = (line, cells, header)
    for f in found:
        name = f.file.removesuffix(".csv")
        line, cells, header = places.get(name, {}).get(f.row, (0, [], []))
        value = cells[header.index(f.column)].strip() if f.column in header and header.index(f.column) < len(cells) else f.value
        yield replace(f, file=work.shown(name) if name in places else f.file, line=line, value=value)


def _rows(work: Work, name: str, parts: Iterable[int]) -> tuple[list[str], Iterator[tuple[int, int, list[str]]]]:
    path = table_file(work.source, name)
    if name not in LARGE:
        table = read_table(path, TABLES[name])
        return table.header, iter(table.rows())
    kept = [work.part(n) / f"{name}.rows" for n in parts]
    headers = read_json(work.place / "headers.json") if (work.place / "headers.json").is_file() else {}
    if not all(p.is_file() for p in kept) or name not in headers:
        table = read_table(path, TABLES[name])
        return table.header, iter(table.rows())

    def rows() -> Iterator[tuple[int, int, list[str]]]:
        for place in kept:
            with open(place, encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    number_of_line, number, cells = json.loads(line)
                    yield number_of_line, number, cells

    return list(headers[name]), rows()


def write_table(source: str, into: str) -> list[Any]:
    """Write findings as one file of the table of findings, CSV with a header; return its size and hash."""
    from boundwork.scale.layout import sha256_of

    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for f in read_findings(Path(source)):
        writer.writerow(f.as_row())
    target = Path(into)
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic(target) as file:
        file.write(text.getvalue().encode())
    return [target.stat().st_size, sha256_of(target)]


def table_findings(work: Work) -> list[Finding]:
    """Return what the tables of a study say of themselves."""
    return [work.named(as_finding(f)) for f in checked(work.common)["findings"]]
