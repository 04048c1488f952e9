"""Invented studies with faults of every kind, the same for the same seed: variants of the example study, and tables of hard cells."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "data" / "example-study"
_HARD = ['say "no"', "two\nlines", "three\r\n\r\nlines", "a,b", "é😀", "", " ", '""', "?", "x;y", ";", "-", "a\x07b"]


def write_random(folder: Path, seed: int, faults: int = 40) -> Path:
    """Write a variant of the example study: rows doubled, shuffled and dropped, cells exchanged, ids repeated, references astray."""
    random = Random(seed)
    shutil.copytree(EXAMPLE, folder)
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8").replace('id = "example-study"', f'id = "random-{seed}"', 1)
    toml.write_text(text, encoding="utf-8")
    tables = {}
    for path in sorted(folder.glob("*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            tables[path.name] = list(csv.reader(file))
    _grow(tables, random)
    for _ in range(faults):
        name = random.choice(["codings.csv"] * 5 + ["extracts.csv"] * 3 + sorted(tables))
        _spoil(tables[name], random)
    for name, rows in tables.items():
        (folder / name).write_bytes(_written(rows, random))
    return folder


def _grow(tables: dict[str, list[list[str]]], random: Random) -> None:
    """Add extracts and codings, so that there is something to part; some follow others."""
    for name, key in (("extracts.csv", "x"), ("codings.csv", "k")):
        head, *rows = tables[name]
        for n in range(random.randrange(60)):
            row = list(random.choice(rows))
            row[0] = f"{key}-new-{n}"
            if name == "codings.csv":
                row[head.index("extract")] = random.choice(tables["extracts.csv"][1:])[0]
                if random.random() < 0.3:
                    row[head.index("follows")] = random.choice(rows)[0]
            tables[name].append(row)


def _spoil(rows: list[list[str]], random: Random) -> None:
    if len(rows) < 2:
        return
    at, column = random.randrange(1, len(rows)), random.randrange(len(rows[0]))
    row, other = rows[at], random.choice(rows[1:])
    how = random.randrange(9)
    if how <= 2 and column < min(len(row), len(other)):
        row[column] = other[column]
    elif how == 3 and column < len(row):
        row[column] = random.choice(_HARD)
    elif how == 4:
        row[0] = other[0]
    elif how == 5:
        rows.insert(random.randrange(1, len(rows)), list(row))
    elif how == 6 and len(rows) > 5:
        del rows[at]
    elif how == 7 and column < len(row):
        row[column] = f"no-such-{random.randrange(5)}"
    elif how == 8:
        rows[at] = random.choice([row[:-1], ["" for _ in row], row, [*row, "one too many"] if random.random() < 0.03 else row])


def _written(rows: list[list[str]], random: Random) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=random.choice(["\n", "\r\n"])).writerows(rows)
    data = (b"\xef\xbb\xbf" if random.random() < 0.2 else b"") + text.getvalue().encode()
    if random.random() < 0.02:  # damage that ends the table there
        at = random.randrange(len(data) // 2, len(data))
        data = data[:at] + random.choice([b"\0", b"\xff", b'\n"open']) + data[at:]
    return data


def quads_of(folder: Path) -> list[str]:
    """Every line of a dataset in partitions, sorted; a line that stands in two files stands here twice."""
    return sorted(line for path in sorted((folder / "quads").rglob("*.nq")) for line in path.read_text(encoding="utf-8").splitlines())
