"""Generated projects through every kind of reader, recounted by plain Python: each coding is there with its coder, code and words, or is named as lost."""

from __future__ import annotations

import random
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from boundwork import readers
from boundwork.readers.record import Code, Coding, Project, Selection, Source, User
from readers.projects import PIECES, guid, inside_crlf
from readers.writers import csv_bytes, ods, qdpx, xlsx

Line = tuple[str, str, str, str]
"""Source, code, coder, words."""
IDS = ["007", "7", "0042", "1e5", "TRUE", "NULL", "-1", "=1+1"]
MORE = 300


def words(chance: random.Random, least: int = 1) -> str:
    text = "".join(chance.choice(PIECES) for _ in range(chance.randint(least, 12)))
    return text if chance.random() < 0.7 else unicodedata.normalize("NFD", text + "Müßiggang")


def rows(chance: random.Random, long: bool) -> list[Line]:
    """A table of codings; one in a while has a cell of 40,000 characters, which a workbook cannot hold."""
    found = []
    for number in range(chance.randint(1, 25)):
        text = " ".join(words(chance).split()) or "x"
        found.append((chance.choice([*IDS, "Interview 🙂"]), chance.choice(["voice", "power", "e\u0301lan", "007"]), chance.choice(["ada", "bob", ""]),
                      "long " * 8_000 if long and number == 3 else f"{number} {text}"))
    return found


def from_table(form: str, chance: random.Random) -> tuple[Counter[Line], Counter[Line], int]:
    lines = rows(chance, form != "xlsx")
    sheet = [["source", "code", "coder", "quote"], *map(list, lines)]
    data = {"csv": lambda: csv_bytes(sheet), "tsv": lambda: csv_bytes(sheet, "\t", "utf-16"), "xlsx": lambda: xlsx({"s": sheet}),
            "ods": lambda: ods({"s": sheet})}
    return Counter(lines), *read(data[form](), f"t.{form}")


def from_qdpx(chance: random.Random) -> tuple[Counter[Line], Counter[Line], int]:
    project = Project("p", "qdpx")
    project.users = [User(guid(1), "ada"), User(guid(2), "bob")]
    project.codes = [Code(guid(10 + i), name) for i, name in enumerate(("voice", "power", "e\u0301lan", "007"))]
    lines: Counter[Line] = Counter()
    number = 100
    for name in chance.sample([*IDS, "Interview 🙂"], chance.randint(1, 3)):
        text = words(chance, 4)
        source = Source(guid(number), name, text, path=f"sources/{guid(number)}.txt")
        project.sources.append(source)
        spots = [at for at in range(len(text) + 1) if not inside_crlf(text, at)]
        spans = {(min(a, b), max(a, b)) for a, b in ((chance.choice(spots), chance.choice(spots)) for _ in range(chance.randint(0, 6)))}
        for start, end in sorted(spans):
            number += 1
            selection = Selection(guid(number), source.id, start, end)
            project.selections.append(selection)
            for code, user in {(chance.choice(project.codes), chance.choice(project.users)) for _ in range(chance.randint(1, 3))}:
                number += 1
                project.codings.append(Coding(guid(number), code.id, user.id, selection.id, source.id))
                lines[name, code.name, user.name, text[start:end]] += 1
        number += 1
    return lines, *read(qdpx(project), "p.qdpx")


def read(data: bytes, name: str) -> tuple[Counter[Line], int]:
    """What the reader makes of it, as lines, and how many things it says it left out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        project = readers.read(path)
    codes, users = {c.id: c.name for c in project.codes}, {u.id: u.name for u in project.users}
    sources, selections = {s.id: s for s in project.sources}, {s.id: s for s in project.selections}
    lines: Counter[Line] = Counter()
    for coding in project.codings:
        selection = selections[coding.selection]
        source = sources[selection.source]
        said = source.text[selection.start:selection.end] if source.text is not None and selection.start is not None else selection.quote
        lines[source.name, codes[coding.code], users.get(coding.user, ""), said] += 1
    return lines, sum(loss.count for loss in project.losses if loss.outcome == "left out")


MAKERS: dict[str, Callable[[random.Random], tuple[Counter[Line], Counter[Line], int]]] = {
    "qdpx": from_qdpx, **{form: partial(from_table, form) for form in ("csv", "tsv", "xlsx", "ods")}}


@pytest.mark.parametrize("form", MAKERS)
@pytest.mark.parametrize("number", [8, pytest.param(MORE, marks=pytest.mark.slow)])
def test_every_coding_is_there_or_named_as_lost(number: int, form: str, record_property: Callable[[str, object], None]) -> None:
    record_property("tried", number)
    for seed in range(number):
        given, found, left_out = MAKERS[form](random.Random(f"{form} {seed}"))
        missing, invented = given - found, found - given
        assert invented == Counter(), seed
        assert sum(missing.values()) <= left_out, (seed, missing)
