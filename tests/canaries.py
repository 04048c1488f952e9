"""Studies with a word that stands nowhere else in every private place, so that a build can be searched for what must not be in it."""

from __future__ import annotations

import csv
import itertools
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

from boundwork.tables.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "data" / "example-study"
PRIVATE = {  # table -> columns of words that must not be seen; every other column of the tables takes codes, ids, numbers or words of a list
    "councils": ("label", "name", "identifiers", "note"), "speakers": ("label", "note"), "sources": ("title", "kind", "citation", "licence", "note"),
    "extracts": ("section", "gist", "quote", "note"), "codings": ("note",), "judgements": ("note",), "claims": ("label", "statement", "section", "note"),
    "decisions": ("decided_by", "note"), "codes": ("description",), "codebook": ("owner",),
}
CANARY = re.compile(rb"canary\d+bird", re.IGNORECASE)
Tables = dict[str, list[dict[str, str]]]


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        return list(reader.fieldnames or ()), rows


def write_rows(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def canaried(folder: Path) -> tuple[Path, set[str]]:
    """The example study with a word that stands nowhere else in every private cell, and those words."""
    shutil.copytree(EXAMPLE, folder)
    number = itertools.count(1)
    words = set()
    for table, columns in PRIVATE.items():
        head, rows = read_rows(folder / f"{table}.csv")
        for row in rows:
            for column in columns:
                word = f"canary{next(number):05d}bird"
                words.add(word)
                row[column] = f"{row.get(column, '')} {word}".strip()
        write_rows(folder / f"{table}.csv", [*head, *(c for c in columns if c not in head)], rows)
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    for key in ("title", "description", "citation", "label"):
        toml = toml.replace(f"\n{key} = \"", f"\n{key} = \"canary{next(number):05d}bird ")
    words |= {w for w in toml.replace('"', " ").split() if w.startswith("canary")}
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    return folder, words


class _Words:
    """Words, each given once; and for every private id the word that stands for it."""

    def __init__(self) -> None:
        self._number = itertools.count(1)
        self.given = 0
        self.ids: dict[tuple[str, str], str] = {}

    def __call__(self) -> str:
        self.given += 1
        return f"canary{next(self._number):05d}bird"

    def of(self, kind: str, ident: str) -> str:
        if (kind, ident) not in self.ids:
            self.ids[kind, ident] = self()
        return self.ids[kind, ident]


def write_canaried(folder: Path, seed: int) -> int:
    """Write a small study, the same for the same seed, whose private cells and ids are all such words; return how many there are.

    It is made of some extracts of the example study, with what belongs to them; a few labels of its codes hold somebody's name.
    """
    random = Random(seed)
    words = _Words()
    tables: Tables = {name: read_rows(EXAMPLE / f"{name}.csv")[1] for name in PRIVATE}
    _choose(tables, random)
    folder.mkdir(parents=True)
    (folder / "texts").mkdir()
    own_codes = {r["id"] for r in tables["codes"]}
    kinds = {"ref": "", "actor": "councils", "coder": "coder", "wave": "wave"}
    for name, rows in tables.items():
        for row in rows:
            for column, cell in row.items():
                spec = TABLES[name].by_name.get(column)
                if not cell or spec is None:
                    continue
                if column == "id":
                    row[column] = words.of(name, cell)
                elif spec.kind in kinds or spec.code_class == "*" or name in ("codes", "codebook"):
                    kind = spec.refers or kinds.get(spec.kind, "codes")
                    row[column] = ";".join(words.of(kind, v) if kind != "codes" or v in own_codes else v for v in cell.split(";"))
    for name, columns in PRIVATE.items():
        for row in tables[name]:
            for column in columns:
                if row.get(column) or random.random() < 0.5 or TABLES[name].by_name[column].required:
                    row[column] = f"invented:{words()}" if column == "identifiers" else _with(row.get(column, ""), words(), random)
    named = [r["label"] for r in tables["speakers"] + tables["councils"]]
    for row in tables["codes"]:
        if named and random.random() < 0.3:
            row["label"] = f"What {random.choice(named)} says"
    for row in tables["sources"]:
        if row.get("file"):
            text = (EXAMPLE / row["file"]).read_text(encoding="utf-8")
            row["file"] = f"texts/{words()}.txt"
            (folder / row["file"]).write_text(f"{text}\n{words()}\n", encoding="utf-8")
    for name, rows in tables.items():
        head = list(dict.fromkeys([*read_rows(EXAMPLE / f"{name}.csv")[0], *PRIVATE[name]]))
        write_rows(folder / f"{name}.csv", head, rows)
    (folder / "study.toml").write_text("\n".join(_toml(words, random, bool(tables["decisions"]))) + "\n", encoding="utf-8")
    return words.given


def _choose(tables: Tables, random: Random) -> None:
    """Keep some extracts and whatever names nothing that is gone."""
    kept = {r["id"] for r in random.sample(tables["extracts"], random.randrange(3, 13))}
    tables["extracts"] = [r for r in tables["extracts"] if r["id"] in kept]
    tables["codings"] = [r for r in tables["codings"] if r["extract"] in kept and random.random() < 0.9]
    codings = {r["id"] for r in tables["codings"]}
    for row in tables["codings"]:
        row["follows"] = row["follows"] if row["follows"] in codings else ""
    for row in tables["judgements"]:
        row["rests_on"] = ";".join(x for x in row["rests_on"].split(";") if x in kept)
    for row in tables["decisions"]:
        row["keeps"] = ";".join(k for k in row["keeps"].split(";") if k in codings)
    tables["decisions"] = [r for r in tables["decisions"] if r["extract"] in kept and r["keeps"]]
    for name, column in (("sources", "source"), ("speakers", "speaker")):
        used = {r[column] for r in tables["extracts"]}
        tables[name] = [r for r in tables[name] if r["id"] in used or random.random() < 0.2]
    for rows in tables.values():
        random.shuffle(rows)


def _with(cell: str, word: str, random: Random) -> str:
    return random.choice([word, f"{cell} {word}".strip(), f"{word} {cell}".strip(), f'"{word}", {cell}', f"{cell}\n{word}", f"é😀{word.upper()}"])


def _list(names: list[str]) -> str:
    return f"[{', '.join(json.dumps(n) for n in names)}]"


def _toml(words: _Words, random: Random, adjudicated: bool) -> Iterator[str]:
    coders = [words.of("coder", c) for c in ("ann", "ben")]
    readings = {words(): coders[:1]}
    if random.random() < 0.5:
        readings[words()] = coders
    yield from ("[study]", 'id = "invented"', f'default-reading = "{next(iter(readings))}"', "anonymised = false", 'version = "1.0.0"',
                'codebook-version = "1.1.0"')
    yield from (f'{key} = "{words()} of the study"' for key in ("title", "description", "citation", "licence"))
    yield from ("[field]", f"id = \"{words.of('councils', 'sector')}\"", f'label = "{words()}"', f'description = "{words()}"')
    for coder in coders:
        yield from (f"[coders.{coder}]", f'label = "{words()}"', f'description = "{words()}"')
    for reading, members in readings.items():
        yield from (f"[readings.{reading}]", f'label = "{words()}"', f'description = "{words()}"', f"coders = {_list(members)}")
    if adjudicated and random.random() < 0.5:
        yield from (f"[readings.{words()}]", f'label = "{words()}"', f"coders = {_list(coders)}", "adjudicated = true")
    for wave in ("w1", "w2"):
        yield from (f"[waves.{words.of('wave', wave)}]", f'label = "{words()}"', "start-year = 2019", "end-year = 2022")
    yield from ("[publish]", f"quotes = {random.choice(['true', 'false'])}", f"notes = {random.choice(['true', 'false'])}")


__all__ = ["CANARY", "EXAMPLE", "PRIVATE", "canaried", "write_canaried"]
