"""Figures about the shipped study that pages state in prose, counted again from its tables."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "data" / "regulating-public-services"
COLUMNS = ("boundary", "work", "form", "elements")


def rows(table: str) -> list[dict[str, str]]:
    with open(STUDY / table, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_how_far_the_two_coders_agree_is_what_the_decision_says() -> None:
    coded: dict[str, dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows("codings.csv"):
        coded[row["extract"]][row["coder"]].append(row)

    def alike(extract: str, *columns: str) -> bool:
        one, other = ({tuple(row[c] for c in columns) for row in coded[extract][coder]} for coder in ("coder-1", "coder-2"))
        return one == other

    kinds: dict[str, list[str]] = defaultdict(list)
    for row in rows("extracts.csv"):
        kinds[row["kind"]].append(row["id"])
    whole = {kind: (sum(alike(x, *COLUMNS) for x in extracts), len(extracts)) for kind, extracts in kinds.items()}
    both = [x for x in kinds["narrative"] if coded[x]["coder-1"] and coded[x]["coder-2"]]
    assert all(alike(x, "boundary") for x in kinds["attributed"])
    said = (ROOT / "docs" / "decisions" / "0005-two-coders-and-adjudication.md").read_text(encoding="utf-8")
    for figure in (f"{whole['attributed'][0]} of the {whole['attributed'][1]} attributed extracts", f"{whole['narrative'][0]} of the {whole['narrative'][1]} "
                   "narrative passages", f"in all {len(kinds['attributed'])} attributed extracts",
                   f"in {sum(alike(x, 'boundary') for x in both)} of the {len(both)} narrative passages that both coded"):
        assert figure in said
