"""A small invented study whose answers hang on little, and how to strike rows from the tables of a study."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

STUDY_TOML = """
[study]
id = "small"
title = "Small study (invented)"
default-reading = "ann"
[coders.ann]
label = "Ann"
[coders.ben]
label = "Ben"
[readings.ann]
label = "Ann alone"
coders = ["ann"]
[readings.ben]
label = "Ben alone"
coders = ["ben"]
[readings.both]
label = "Both"
coders = ["ann", "ben"]
[waves.w1]
label = "First wave"
start-year = 2019
"""
BOTH, MANAGERIAL, BUREAUCRATIC, HYBRID = ("local-expertise-first;generic-expertise-first", "generic-expertise-first", "local-expertise-first",
                                         "locally-fitted-expertise")
EXTRACTS = {"x1": "alder", "x2": "alder", "x3": "birch", "x4": "cedar", "x5": "cedar", "x6": "cedar", "x7": "dogwood"}
CODINGS = [  # id, extract, coder, elements, follows, confidence
    ("k1", "x1", "ann", BOTH, "", "high"), ("k2", "x2", "ann", BOTH, "k1", "medium"), ("k3", "x3", "ann", MANAGERIAL, "", "high"),
    ("k4", "x4", "ann", HYBRID, "", "low"), ("k5", "x5", "ann", HYBRID, "", "low"), ("k6", "x6", "ann", "", "", "high"),
    ("b1", "x1", "ben", BOTH, "", "high"), ("b2", "x2", "ben", BOTH, "", "high"), ("b3", "x3", "ben", BUREAUCRATIC, "", "high"),
    ("b4", "x4", "ben", HYBRID, "", "high"), ("b7", "x7", "ben", MANAGERIAL, "", "high"),
]
STATUSES = """\
#+ summary: Status of every case.
#+ question: What is the status of each case?
#+ key: [case]
PREFIX bw: <https://w3id.org/boundwork/ontology#>
PREFIX code: <https://w3id.org/boundwork/code/>
SELECT ?case ?status ?extracts ?reading WHERE {
  ?study bw:currentReading ?reading .
  ?tally a bw:CaseTally ; bw:tallyReading ?reading ; bw:byCase ?case ; bw:floor code:low ; bw:caseStatus ?status ; bw:extracts ?extracts .
} ORDER BY ?case
"""


def write_csv(path: Path, head: str, rows: Iterable[tuple[str, ...]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head.split(","), *rows])


def write_small(folder: Path) -> Path:
    """A study of four councils: alder's hybrid holds, birch hangs on one extract, cedar falls without low confidence, dogwood is Ben's."""
    (folder / "queries" / "ask").mkdir(parents=True)
    (folder / "queries" / "ask" / "statuses.rq").write_text(STATUSES, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY_TOML, encoding="utf-8")
    write_csv(folder / "councils.csv", "id,label,type", [(c, c.title(), "unitary") for c in dict.fromkeys(EXTRACTS.values())])
    write_csv(folder / "sources.csv", "id,title", [("s1", "Invented")])
    write_csv(folder / "extracts.csv", "id,source,start,end,kind,about,wave",
              [(x, "s1", str(10 * n), str(10 * n + 9), "narrative", c, "w1" if x == "x7" else "") for n, (x, c) in enumerate(EXTRACTS.items())])
    write_csv(folder / "codings.csv", "id,extract,coder,boundary,work,elements,follows,basis,confidence",
              [(k, x, c, "expertise", "boundary", e, f, "interpreted", sure) for k, x, c, e, f, sure in CODINGS])
    return folder


def strike(folder: Path, target: Path, extracts: set[str], codings: set[str]) -> Path:
    """Copy a study without some extracts and codings, nor anything that names them."""
    copied = Path(shutil.copytree(folder, target / folder.name))

    def edit(table: str, keep: Callable[[dict[str, str]], bool]) -> None:
        path = copied / f"{table}.csv"
        if not path.exists():
            return
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows([r for r in rows if keep(r)])

    gone = set(codings)

    def coding(row: dict[str, str]) -> bool:
        if row["extract"] in extracts:
            gone.add(row["id"])
        return row["id"] not in gone

    def unlink(row: dict[str, str], column: str, names: set[str]) -> bool:
        row[column] = ";".join(n for n in row[column].split(";") if n not in names)
        return True

    edit("extracts", lambda r: r["id"] not in extracts)
    edit("codings", coding)
    edit("codings", lambda r: unlink(r, "follows", gone))
    edit("decisions", lambda r: r["extract"] not in extracts and unlink(r, "keeps", gone))
    edit("judgements", lambda r: unlink(r, "rests_on", extracts))
    return copied


def edit_rows(path: Path, change: Callable[[list[dict[str, str]]], object]) -> None:
    """Change the rows of a table in place."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    change(rows)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
