"""Coding that no single row shows to be off: slips in a run, coders who contradict each other, overlaps that clash, voices that weigh too much, gaps.

Findings come out; the rows are read as a build reads them. What is asked of one row or one extract is a shape, not here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from boundwork.explore.coded import CodedStudy, Coding, Extract, read_coded
from boundwork.findings import Finding, Severity
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.wording import counted, whole_number

LONG_RUN = 3
"""As many rows of one coder in a row that break the same rule are a habit and not a slip."""
MOST = 200
"""Findings of one rule; more of them say nothing more."""
CLASHING = ("boundary", "cell", "purpose", "stance")
"""Columns in which two answers on the same words cannot both be right."""


def runs(findings: Iterable[Finding], order_of: Callable[[], Mapping[str, list[int]]]) -> list[Finding]:
    """Return a warning for each run of a coder's rows that break one rule, one after the other in that coder's own order.

    `order_of` gives the numbers of the rows of each coder; it is asked only when some coder breaks a rule often enough.
    """
    broken: dict[tuple[str, str], dict[int, Finding]] = defaultdict(dict)
    for f in sorted(findings, key=lambda f: f.order):
        if f.coder and f.rule != "table-unknown-coder" and f.row and not f.accepted and Path(f.file).name == TABLES["codings"].file:
            broken[f.coder, f.rule].setdefault(f.row, f)
    often = {key: rows for key, rows in broken.items() if len(rows) >= LONG_RUN}
    if not often:
        return []
    order = order_of()
    return [_run(rows, run) for (coder, _), rows in sorted(often.items()) for run in _stretches(order.get(coder, []), rows)]


def rows_of_coders(folder: Path) -> dict[str, list[int]]:
    """Return coder -> numbers of that coder's rows in codings.csv."""
    table = read_table(folder / TABLES["codings"].file, TABLES["codings"])
    order: dict[str, list[int]] = defaultdict(list)
    if "coder" in table.header:
        at = table.header.index("coder")
        for row in table.rows():
            order[row.cells[at].strip()].append(row.number)
    return order


def _stretches(order: list[int], broken: Mapping[int, Finding]) -> Iterator[list[int]]:
    run: list[int] = []
    for number in [*order, -1]:
        if number in broken:
            run.append(number)
            continue
        if len(run) >= LONG_RUN:
            yield run
        run = []


def _run(rows: Mapping[int, Finding], run: list[int]) -> Finding:
    first, last = rows[run[0]], rows[run[-1]]
    return replace(first, severity=Severity.WARNING, rule="coder-drifts", column="", value="", accepted="",
                   message=f"From here to line {last.line}, {counted(len(run), 'row')} of coder {first.coder} one after the other break the rule {first.rule}. "
                   "Look at them together: has the rule, the codebook page or the coder changed?")


def consistency(folder: Path, here: str | None = None) -> list[Finding]:
    """Return what the rows say only together; empty where nothing is off. `here` is what stands before the names of tables.

    Errors: InputError when the tables hold violations, as a build would say.
    """
    coded = read_coded(folder, here=here)
    found = [list(f) for f in (_contradictions(coded), _overlaps(coded), _over_quoted(coded, folder), _gaps(coded, folder))]
    return [f for findings in found for f in findings[:MOST]]


def _decided(coding: Coding, column: str) -> set[str]:
    return set(coding.cells.get(column, ())) - {"?"}


def _clash(one: list[Coding], other: list[Coding]) -> Iterator[tuple[str, Coding, Coding]]:
    """Yield the columns in which two sets of rows say something, and nothing in common."""
    for column in CLASHING:
        left, right = ({v for c in rows for v in _decided(c, column)} for rows in (one, other))
        if left and right and not left & right:
            yield column, next(c for c in one if _decided(c, column)), next(c for c in other if _decided(c, column))


def _at(coded: CodedStudy, coding: Coding, column: str, rule: str, message: str) -> Finding:
    return Finding(Severity.INFO, rule, message, coded.shown, coding.line, coding.row, column, ";".join(coding.cells.get(column, ())), coding.coder,
                   extract=coding.extract)


def _row(coded: CodedStudy, coding: Coding, column: str) -> str:
    return f"{coding.id} of {coding.coder} ({coded.shown}:{coding.line}) says {', '.join(sorted(_decided(coding, column)))}"


def _contradictions(coded: CodedStudy) -> Iterator[Finding]:
    """Two coders who interpret one extract and share no answer, where nobody has decided between them."""
    settled = {extract for _, extract in coded.decisions}
    by_extract: dict[str, dict[str, list[Coding]]] = defaultdict(lambda: defaultdict(list))
    for coding in coded.codings:
        if coding.extract not in settled and coding.cells.get("basis") == ("interpreted",):
            by_extract[coding.extract][coding.coder].append(coding)
    for extract, coders in by_extract.items():
        for one, other in combinations(coders, 2):
            for column, left, right in _clash(coders[one], coders[other]):
                here, there = sorted((left, right), key=lambda c: -c.line)
                yield _at(coded, here, column, "coders-contradict", f"On extract {extract}, {_row(coded, there, column)}, and this row "
                          f"{', '.join(sorted(_decided(here, column)))}. Decide in decisions.csv, or let each reading keep its own.")


def _overlaps(coded: CodedStudy) -> Iterator[Finding]:
    """Extracts of one source that share characters, coded by one coder with answers that share nothing."""
    rows: dict[str, dict[str, list[Coding]]] = defaultdict(lambda: defaultdict(list))
    for coding in coded.codings:
        rows[coding.extract][coding.coder].append(coding)
    sources: dict[str, list[Extract]] = defaultdict(list)
    for extract in coded.extracts.values():
        if extract.id in rows:
            sources[extract.source].append(extract)
    for extracts in sources.values():
        open_: list[Extract] = []
        for here in sorted(extracts, key=lambda e: (e.start, e.end, e.id)):
            open_ = [e for e in open_ if e.end > here.start]
            for before in open_:
                for coder in rows[here.id].keys() & rows[before.id].keys():
                    for column, left, right in _clash(rows[before.id][coder], rows[here.id][coder]):
                        yield _at(coded, right, column, "overlap-clashes", f"Extracts {before.id} and {here.id} share characters "
                                  f"{here.start} to {min(before.end, here.end)}; {_row(coded, left, column)}, and this row "
                                  f"{', '.join(sorted(_decided(right, column)))}. Cut the extracts so that they do not overlap, or correct a row.")
            open_.append(here)


def _councils(folder: Path) -> Iterator[tuple[int, int, dict[str, str]]]:
    """Yield physical line, record number and filled cells of each council."""
    path = folder / TABLES["councils"].file
    if path.is_file():
        table = read_table(path, TABLES["councils"])
        for row in table.rows():
            yield row.line, row.number, {n: v.strip() for n, v in zip(table.header, row.cells, strict=False) if v.strip()}


def _over_quoted(coded: CodedStudy, folder: Path) -> Iterator[Finding]:
    """Councils with at least twice the quotes, and two more, than their share of the interviews gives."""
    quoted = Counter(e.about for e in coded.extracts.values() if e.kind == "attributed")
    councils = [(line, row, c, n) for line, row, c in _councils(folder) if (n := whole_number(c.get("interviews", ""))) is not None]
    interviews, quotes = sum(n for *_, n in councils), sum(quoted[c["id"]] for _, _, c, _ in councils)
    for line, row, c, held in councils:
        share = held * quotes / interviews if interviews else 0
        if quoted[c["id"]] >= max(2 * share, share + 2):
            told = f"{c['id']} gave {counted(held, 'interview')} of {interviews} and {quoted[c['id']]} of {quotes} "
            yield Finding(Severity.INFO, "council-over-quoted", told +
                          f"quotes; its share would be {share:.1f}. Say so where its cases carry an answer, or quote others too.",
                          _place(coded, "councils"), line, row, "interviews", c["interviews"])


def _gaps(coded: CodedStudy, folder: Path) -> Iterator[Finding]:
    """Kinds of council of which no extract is coded on a boundary that the study uses."""
    first: dict[str, tuple[int, int]] = {}
    kind: dict[str, str] = {}
    for line, row, c in _councils(folder):
        if "type" in c and c["type"] != "?":
            kind[c["id"]] = c["type"]
            first.setdefault(c["type"], (line, row))
    seen = {(kind.get(coded.extracts[c.extract].about, ""), b) for c in coded.codings if c.extract in coded.extracts for b in _decided(c, "boundary")}
    boundaries = sorted({b for _, b in seen})
    for name, (line, row) in first.items():
        missing = [b for b in boundaries if (name, b) not in seen]
        if missing:
            yield Finding(Severity.INFO, "type-without-boundary", f"No extract about a council of the type {name} is coded on {', '.join(missing)}. "
                          "Nothing can be said of it there: look for passages, or say that there are none.", _place(coded, "councils"), line, row, "type", name)


def _place(coded: CodedStudy, table: str) -> str:
    return str(Path(coded.shown).with_name(TABLES[table].file))
