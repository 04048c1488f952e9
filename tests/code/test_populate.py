"""Rows become the same bytes each time, texts survive whole, and every column becomes what the table reference says."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundwork.explore.skeletons import init
from boundwork.populate.study import Population, populate
from boundwork.stores.answer import Rows
from boundwork.stores.local import LocalStore
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import read_study
from boundwork.terms import BW, Vocabulary

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ("regulating-public-services", "example-study")
PRINT = """
import hashlib, sys, tempfile
from pathlib import Path
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate.study import populate
from boundwork.tables.studyfile import read_study
with tempfile.TemporaryDirectory() as place:
    study = read_study(Path(sys.argv[1]))
    for key, parts in sorted(populate(study, load_vocabulary(study.folder), Path(place)).parts.items()):
        for part, path in sorted(parts.items()):
            print(key, part, hashlib.sha256(path.read_bytes()).hexdigest())
"""


def digests(folder: Path, seed: str) -> str:
    """One line per graph with the hash of its bytes, from a process with this hash seed."""
    return subprocess.run([sys.executable, "-c", PRINT, str(folder)], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONHASHSEED": seed}).stdout


def graphs(folder: Path, vocabulary: Vocabulary, scratch: Path) -> dict[tuple[str, str], set[str]]:
    """Graph -> its lines, row numbers left out."""
    work = Path(tempfile.mkdtemp(dir=scratch))
    parts = populate(read_study(folder), vocabulary, work).parts
    return {key: {line for p in files.values() for line in p.read_text(encoding="utf-8").splitlines() if f"<{BW}row>" not in line}
            for key, files in parts.items()}


@pytest.mark.parametrize("name", STUDIES)
def test_the_same_tables_give_the_same_bytes_whatever_the_hash_seed(name: str) -> None:
    first = digests(ROOT / "data" / name, "0")
    assert first.count("\n") >= 6
    assert {digests(ROOT / "data" / name, seed) for seed in ("1", "424242", "random")} == {first}


@pytest.mark.parametrize("name", STUDIES)
def test_rows_in_another_order_change_nothing_but_row_numbers(name: str, vocabulary: Vocabulary, scratch: Path) -> None:
    shuffled = scratch / name
    shutil.copytree(ROOT / "data" / name, shuffled)
    for path in shuffled.glob("*.csv"):
        header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
        random.Random(7).shuffle(rows)
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    before, after = graphs(ROOT / "data" / name, vocabulary, scratch), graphs(shuffled, vocabulary, scratch)
    assert before.keys() == after.keys()
    assert [k for k in before if before[k] != after[k]] == []


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts") / "fresh"
    init(folder)
    return folder


def write(folder: Path, name: str, *rows: dict[str, str]) -> None:
    """Write a table with these rows; columns that are not given stay blank."""
    columns = [c.name for c in TABLES[name].columns]
    with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *([r.get(c, "") for c in columns] for r in rows)])


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\t\n\r"\\\'<>{}^@_:.;,=#%~?'), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(TEXT.filter(lambda t: t.strip() != "" and "\ufffe" not in t and "\uffff" not in t), min_size=1, max_size=15))
def test_any_gist_comes_back_from_the_store_as_it_was_written(texts: list[str], empty: Path, vocabulary: Vocabulary) -> None:
    write(empty, "extracts", *({"id": f"e{i}", "source": "interview-1", "start": "0", "end": "1", "kind": "narrative", "gist": t}
                               for i, t in enumerate(texts)), {"id": "x1", "source": "interview-1", "start": "0", "end": "1", "kind": "narrative"})
    with tempfile.TemporaryDirectory() as place:
        population = populate(read_study(empty), vocabulary, Path(place))
        assert population.findings == []
        store = LocalStore.memory()
        for path in population.parts["source", ""].values():
            store.load_file(path)
    answer = store.query(f"SELECT ?e ?g {{ ?e <{BW}gist> ?g }}")
    assert isinstance(answer, Rows)
    found = {e.text.rsplit("/", 1)[1]: g.text for e, g in answer.rows if e and g}
    assert found == {f"e{i}": t.strip() for i, t in enumerate(texts)}


CODING = {"id": "k1", "extract": "x1", "coder": "me", "boundary": "expertise", "work": "boundary", "basis": "interpreted", "confidence": "medium"}


def shown(study: Path, vocabulary: Vocabulary, scratch: Path) -> set[str]:
    """All triples in short: IRIs by the end that tells them apart."""
    work = Path(tempfile.mkdtemp(dir=scratch))
    population: Population = populate(read_study(study), vocabulary, work)
    assert population.findings == []
    text = "".join(p.read_text(encoding="utf-8") for files in population.parts.values() for p in files.values())
    text = re.sub(r"<https://w3id\.org/boundwork/(?:ontology#|study/fresh/)?([^>]*)>", r"\1", text)
    return {line.removesuffix(" .") for line in text.splitlines()}


def about(subject: str, triples: set[str]) -> dict[str, set[str]]:
    """Predicate -> objects of one subject."""
    found: dict[str, set[str]] = {}
    for triple in triples:
        s, p, o = triple.split(" ", 2)
        if s == subject:
            found.setdefault(p, set()).add(o)
    return found


def test_an_element_that_is_deplored_is_no_evidence_that_the_speaker_draws_on_it(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    elements = {"elements": "local-expertise-first;generic-expertise-first"}
    row = {**CODING, **elements}
    write(study, "codings", {**row, "stance": "deplored"}, {**row, "id": "k2", "stance": "endorsed"}, {**row, "id": "k3"})
    triples = shown(study, vocabulary, scratch)
    both = {"code/local-expertise-first", "code/generic-expertise-first"}
    seen = [(about(f"work/k{i}", triples).get("deploresElement"), about(f"work/k{i}", triples).get("invokesElement")) for i in (1, 2, 3)]
    assert seen == [(both, None), (None, both), (None, both)]


def test_an_undecided_cell_is_kept_as_undecided_on_the_coding(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    write(study, "codings", {**CODING, "form": "?", "elements": "?", "code": "?"})
    triples = shown(study, vocabulary, scratch)
    assert about("coding/k1", triples)["undecided"] == {'"form"', '"elements"', '"code"'}
    assert not {"hasForm", "invokesElement"} & about("work/k1", triples).keys()
    assert about("work/k1", triples)["inCase"] == {"case/c1-expertise"}


def test_an_undecided_boundary_leaves_the_work_in_no_case(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    write(study, "codings", {**CODING, "boundary": "?"})
    work = about("work/k1", shown(study, vocabulary, scratch))
    assert not {"inCase", "onBoundary"} & work.keys()


def test_a_row_without_a_column_of_the_theory_claims_no_work(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    write(study, "codings", {k: v for k, v in CODING.items() if k not in ("boundary", "work")} | {"code": "vertical-relations"})
    triples = shown(study, vocabulary, scratch)
    assert "claimsWork" not in about("coding/k1", triples)
    assert about("coding/k1", triples)["appliesCode"] == {"code/vertical-relations"}
    assert about("work/k1", triples) == {}


def adjudicate(study: Path) -> None:
    with open(study / "study.toml", "a", encoding="utf-8") as file:
        file.write('[readings.adjudicated]\ncoders = ["me"]\nadjudicated = true\n')


def test_the_adjudicated_graph_holds_the_kept_codings_whole_and_no_other(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    adjudicate(study)
    write(study, "codings", CODING, {**CODING, "id": "k2"}, {**CODING, "id": "k3"})
    write(study, "decisions", {"id": "d1", "extract": "x1", "keeps": "k1;k3", "reason": "agreed", "decided_by": "me"})
    found = graphs(study, vocabulary, scratch)
    kept, all_rows = found["coding", "adjudicated"], found["coding", "me"]
    assert kept == {line for line in all_rows if not re.search(r"/(coding|work)/k2>", line)}
    assert len(kept) == 2 * len(all_rows) // 3


def test_the_grid_holds_every_actor_by_every_boundary_at_its_waves(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    with open(study / "study.toml", "a", encoding="utf-8") as file:
        file.write("[waves.w1]\n[waves.w2]\n[waves.w3]\n")
    councils = [{"id": i, "label": i, "type": "district", "region": "south-east"} for i in ("c1", "c2", "c3")]
    extract = {"source": "interview-1", "start": "0", "end": "1", "kind": "narrative"}
    write(study, "councils", *councils)
    write(study, "extracts", {**extract, "id": "x1", "about": "c1", "wave": "w1"}, {**extract, "id": "x2", "about": "c1", "wave": "w2"},
          {**extract, "id": "x3", "about": "c2"}, {**extract, "id": "x4", "about": "c2", "wave": "w1"})
    cases = {t.split(" ")[0].removeprefix("case/") for t in shown(study, vocabulary, scratch) if t.endswith(" BoundaryCase")}
    boundaries = ("competitiveness", "expertise", "ideological-alignment", "organisational-culture")
    waves = {"c1": ("-w1", "-w2"), "c2": ("", "-w1"), "c3": ("",), "sector": ("",)}
    assert cases == {f"{a}-{b}{w}" for a, ws in waves.items() for b in boundaries for w in ws}


@pytest.mark.parametrize(("quotes", "notes"), [(False, False), (True, False), (False, True), (True, True)])
def test_quotes_and_notes_enter_the_graph_only_where_the_study_publishes_them(
        study: Path, vocabulary: Vocabulary, scratch: Path, quotes: bool, notes: bool) -> None:
    toml = (study / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace("quotes = false", f"quotes = {str(quotes).lower()}").replace("notes = false", f"notes = {str(notes).lower()}")
    (study / "study.toml").write_text(toml, encoding="utf-8")
    extract = {"id": "x1", "source": "interview-1", "start": "0", "end": "1", "kind": "narrative"}
    write(study, "extracts", {**extract, "quote": "CANARY-QUOTE", "note": "CANARY-NOTE"})
    write(study, "codings", {**CODING, "note": "CANARY-NOTE"})
    write(study, "councils", {"id": "c1", "label": "Council", "note": "CANARY-NOTE"})
    text = "\n".join(shown(study, vocabulary, scratch))
    assert ("CANARY-QUOTE" in text, text.count("CANARY-NOTE")) == (quotes, 3 if notes else 0)
    assert "texts/interview-1.txt" not in text


def test_every_row_leaves_its_number_and_every_hash_stays_a_string(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    write(study, "codings", CODING, {**CODING, "id": "007"})
    triples = shown(study, vocabulary, scratch)
    assert {r for k in ("k1", "007") for r in about(f"coding/{k}", triples)["row"]} == {f'"{n}"^^<http://www.w3.org/2001/XMLSchema#integer>' for n in (2, 3)}
    words = (study / "texts" / "interview-1.txt").read_bytes()
    assert about("source/interview-1", triples)["sha256"] == {f'"{hashlib.sha256(words).hexdigest()}"'}
