"""Writes a large invented project as a .qdpx, the same bytes each time: python bench/project.py --codings 100000 -o big.qdpx"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from boundwork.exchange.naming import guid
from boundwork.exchange.refi import write_qdpx
from boundwork.readers.record import Code, Coding, Project, Selection, Source, User

PER_SOURCE, CODES, USERS = 200, 150, 4
_WORDS = ["the", "council", "office", "said", "that", "measures", "rules", "people", "town", "work", "line", "😀", "own", "they", "know", "use", "set", "and", "but", "in", "of"]


def project(codings: int, seed: int = 1) -> Project:
    """Return a project of so many codings: a selection each, 200 to a transcript, 150 codes in two levels, four coders."""
    rng = Random(seed)
    found = Project("Large invented project", "qdpx")
    found.users = [User(guid("bench", "user", str(i)), f"Coder {i}") for i in range(USERS)]
    tops = [Code(guid("bench", "code", str(i)), f"Theme {i}") for i in range(10)]
    found.codes = [*tops, *(Code(guid("bench", "code", str(i)), f"Code {i}", tops[i % 10].id, f"When {i} is said.") for i in range(10, CODES))]
    for number in range(-(-codings // PER_SOURCE)):
        text = " ".join(rng.choice(_WORDS) for _ in range(6_000))
        source = Source(guid("bench", "source", str(number)), f"Interview {number}.txt", text)
        found.sources.append(source)
        for _ in range(min(PER_SOURCE, codings - number * PER_SOURCE)):
            start = rng.randrange(len(text) - 400)
            ident = str(len(found.codings))
            end = start + rng.randrange(20, 400)
            found.selections.append(Selection(guid("bench", "selection", ident), source.id, start, end, text[start:end], text[start : start + 40]))
            found.codings.append(Coding(guid("bench", "coding", ident), rng.choice(found.codes[10:]).id, rng.choice(found.users).id, found.selections[-1].id,
                                        created="2024-05-06T07:08:09Z"))
    return found


def main() -> None:
    """Write the project."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codings", type=int, default=100_000)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    with open(options.output, "wb") as file:
        write_qdpx(file, project(options.codings), "boundwork bench", None, {})


if __name__ == "__main__":
    main()
