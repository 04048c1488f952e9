"""What a project's own codes map to counts as coded: the same triples, findings, figures and derivations as columns that are filled by hand."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from boundwork.explore.coded import read_coded
from boundwork.explore.validation import validate_study
from boundwork.findings import Severity
from boundwork.pipeline.build import build
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate.mapping import column_of
from boundwork.tables.schema import MAPPED, TABLES
from conftest import Run
from small_study import write_csv, write_small

ROWS = {  # id -> codes, cells that the row fills itself
    "k1": ("both", {}), "k2": ("both;blur", {}), "k3": ("generic", {"boundary": "competitiveness"}), "k4": ("fitted;hates", {}),
    "k5": ("fitted", {"elements": "local-expertise-first"}), "k6": ("generic", {"elements": "?"}), "b1": ("unmapped", {}),
    "b2": ("assessors;logic", {}), "b3": ("contest", {}),
}
CODES = {
    "both": "expertise;local-expertise-first;generic-expertise-first", "blur": "blurring", "generic": "expertise;generic-expertise-first",
    "fitted": "locally-fitted-expertise;expertise", "hates": "deplored", "unmapped": "", "assessors": "external-assessor;audit-commission",
    "logic": "bureaucratic", "contest": "inter-governmental-relations;ideological-alignment",
}
FILLED = {  # what the rows above come to, written by hand
    "k1": {"boundary": "expertise", "elements": "local-expertise-first;generic-expertise-first"},
    "k2": {"boundary": "expertise", "elements": "local-expertise-first;generic-expertise-first", "form": "blurring"},
    "k3": {"boundary": "competitiveness", "elements": "generic-expertise-first"},
    "k4": {"boundary": "expertise", "elements": "locally-fitted-expertise", "stance": "deplored"},
    "k5": {"boundary": "expertise", "elements": "local-expertise-first;locally-fitted-expertise"},
    "k6": {"boundary": "expertise", "elements": "?"}, "b1": {},
    "b2": {"other": "external-assessor;audit-commission", "logic": "bureaucratic"},
    "b3": {"code": "inter-governmental-relations", "boundary": "ideological-alignment"},
}
COLUMNS = ["boundary", "form", "elements", "other", "logic", "stance"]


def study(folder: Path, mapped: bool) -> Path:
    """The small study with its codings made by own codes that map, or with the same said in columns."""
    write_small(folder)
    write_csv(folder / "codes.csv", "id,label,maps_to", [(c, c.title(), terms if mapped else "") for c, terms in CODES.items()])
    with open(folder / "codings.csv", newline="", encoding="utf-8") as file:
        old = {r["id"]: r for r in csv.DictReader(file)}
    rows = []
    for name, (codes, own) in ROWS.items():
        cells = own if mapped else FILLED[name]
        code = codes if mapped else ";".join(filter(None, [codes, FILLED[name].get("code", "")]))
        rows.append((name, old[name]["extract"], old[name]["coder"], code, *(cells.get(c, "") for c in COLUMNS), "interpreted", "medium"))
    write_csv(folder / "codings.csv", ",".join(["id", "extract", "coder", "code", *COLUMNS, "basis", "confidence"]), rows)
    return folder


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return study(tmp_path / "a" / "small", True), study(tmp_path / "b" / "small", False)


def test_mapped_codes_make_the_triples_that_filled_columns_make(pair: tuple[Path, Path], tmp_path: Path, cache: Path) -> None:
    lines = []
    for n, folder in enumerate(pair):
        build(folder, tmp_path / f"store{n}", tmp_path / f"{n}.nq")
        lines.append({x for x in (tmp_path / f"{n}.nq").read_text(encoding="utf-8").splitlines() if "ontology#mapsTo" not in x})
    assert lines[0] == lines[1]
    assert any("HybridCase" in x for x in lines[0])
    assert any("deploresElement" in x for x in lines[0])


def test_agreement_and_shapes_see_the_same(pair: tuple[Path, Path]) -> None:
    mapped, filled = (read_coded(folder) for folder in pair)
    assert [c.cells for c in mapped.codings] == [c.cells for c in filled.codings]
    assert len(mapped.codings) == len(ROWS)
    one, other = ([(f.rule, f.row) for f in validate_study(folder).sorted() if not f.file.endswith("codes.csv")] for folder in pair)
    assert sorted(one) == sorted(other)


def test_codes_that_map_to_different_values_of_one_column_are_told_with_the_repair(tmp_path: Path) -> None:
    folder = study(tmp_path / "small", True)
    with open(folder / "codes.csv", "a", encoding="utf-8") as file:
        file.write("rivals,Rivals,competitiveness;distancing\n")
    text = (folder / "codings.csv").read_text(encoding="utf-8")
    (folder / "codings.csv").write_text(text.replace(",both;blur,", ",both;blur;rivals,"), encoding="utf-8")
    found = [f for f in validate_study(folder).sorted() if f.row == 3 and f.file.endswith("codings.csv") and f.severity == Severity.VIOLATION]
    assert [(f.rule, f.column, f.value) for f in found] == [("table-codes-disagree", "code", "both;blur;rivals")] * 2
    assert [re.findall(r"[a-z]+ to (?!several)[a-z]+", f.message) for f in found] == [["both to expertise", "rivals to competitiveness"],
                                                                          ["blur to blurring", "rivals to distancing"]]
    own = text.replace(",both;blur,,,", ",both;blur;rivals,expertise,blurring,")
    (folder / "codings.csv").write_text(own, encoding="utf-8")
    assert own != text and not [f for f in validate_study(folder).sorted() if f.rule == "table-codes-disagree"]


def test_why_names_the_code_and_what_it_maps_to(pair: tuple[Path, Path], run: Run, tmp_path: Path) -> None:
    done = run("why", "work/k2", "bw:hasForm", "code:blurring", "--study", pair[0], "--store", tmp_path / "s")
    assert done.returncode == 0, done.stderr
    assert "codes.csv maps blur to blurring" in done.stdout + done.stderr
    assert "codings.csv:3" in done.stdout


def test_every_column_of_the_theory_can_be_mapped_to_but_who_performs() -> None:
    """An actor that a code stands for is the Other; who does the work is said in its own column."""
    theory = {c.name for c in TABLES["codings"].columns if c.on == "work" and c.code_class}
    assert set(MAPPED.values()) == (theory - {"performed_by"}) | {"code"}
    vocabulary = load_vocabulary()
    assert column_of("county", vocabulary) == ""
    assert column_of("assessor-externality", vocabulary) == "elements"
    assert column_of("expertise-hybrid", vocabulary) == "cell"
