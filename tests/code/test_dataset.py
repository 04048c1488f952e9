"""What `build -o` writes out: the same bytes each time, the same triples in every format, and rows that point into the tables."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from boundwork.errors import InputError, UsageError
from boundwork.pipeline.build import build
from boundwork.terms import BASE, BW, STUDY

ROOT = Path(__file__).resolve().parents[2]
CSVW = "http://www.w3.org/ns/csvw#"
FORMATS = {".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG, ".jsonld": ox.RdfFormat.JSON_LD, ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}


@pytest.fixture
def example(scratch: Path) -> Path:
    """A copy of the example study with one reading, which makes it quick."""
    folder = scratch / "example-study"
    shutil.copytree(ROOT / "data" / "example-study", folder)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[readings.ben]")
    (folder / "study.toml").write_text(head + "[waves.w1]" + rest.partition("[waves.w1]")[2], encoding="utf-8")
    return folder


def write(study: Path, name: str) -> bytes:
    build(study, study.parent / "store", study.parent / name)
    return (study.parent / name).read_bytes()


def quads(data: bytes, form: ox.RdfFormat) -> ox.Dataset:
    found = ox.Dataset(ox.parse(input=data, format=form))
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return found


def without_rows(data: bytes) -> list[bytes]:
    return [line for line in data.splitlines() if f"<{BW}row>".encode() not in line and b"csvw#" not in line]


def test_the_same_tables_are_written_as_the_same_bytes_and_shuffled_ones_differ_in_row_numbers_only(example: Path) -> None:
    first = write(example, "a.nq")
    assert write(example, "b.nq") == first
    assert write(example, "a.trig") == write(example, "b.trig")
    for path in example.glob("*.csv"):
        header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
        random.Random(11).shuffle(rows)
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    shuffled = write(example, "c.nq")
    assert shuffled != first
    assert without_rows(shuffled) == without_rows(first)
    assert first.splitlines() == sorted(set(first.splitlines()))


def test_no_graph_holds_a_clock_time_or_a_path(example: Path) -> None:
    """Days on which councils and codes begin and end are written as midnight; no other time of day occurs."""
    text = write(example, "a.nq").decode()
    assert set(re.findall(r'"\d{4}-\d\d-\d\dT([^"]*)"', text)) == {"00:00:00Z"}
    assert str(example.parent) not in text


def test_every_format_says_the_same(example: Path) -> None:
    whole = quads(write(example, "a.nq"), ox.RdfFormat.N_QUADS)
    flat = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in whole)
    flat.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    for ending, form in FORMATS.items():
        assert quads(write(example, f"a{ending}"), form) == (flat if ending in (".ttl", ".nt") else whole), ending
    graphs = {str(q.graph_name.value) for q in whole if isinstance(q.graph_name, ox.NamedNode)}
    assert {g.removeprefix(BASE + "graph/") for g in graphs} == {
        "ontology/0.1.0", *(f"example-study/{k}" for k in ("codebook/1.1.0", "coding/adjudicated", "coding/ann", "coding/ben", "decisions", "inferred/ann",
                                                           "figures/deprivation", "figures/ratings", "links/council-register", "outcomes", "runs", "source",
                                                           "study"))}


def test_rdflib_reads_what_is_written(example: Path) -> None:
    data = write(example, "a.trig")
    dataset = rdflib.Dataset()
    dataset.parse(data=data, format="trig")
    assert len(list(dataset.quads())) == len(quads(data, ox.RdfFormat.TRIG))


def test_every_row_is_described_with_its_place_in_the_table(example: Path) -> None:
    store = ox.Store()
    store.load(input=write(example, "a.nq"), format=ox.RdfFormat.N_QUADS)
    found = store.query(f"""SELECT ?thing ?n ?url
        WHERE {{ GRAPH ?g {{ ?row a <{CSVW}Row> ; <{CSVW}describes> ?thing ; <{CSVW}rownum> ?n ; <{CSVW}url> ?url }} }}""")
    assert isinstance(found, ox.QuerySolutions)
    places = {str(s["thing"].value): (int(s["n"].value), str(s["url"].value)) for s in found}
    base = f"{STUDY}example-study"
    for table, kind in (("codings", "coding"), ("extracts", "extract"), ("councils", "council"), ("speakers", "speaker")):
        for number, row in enumerate(csv.DictReader(io.StringIO((example / f"{table}.csv").read_text(encoding="utf-8")))):
            assert places[f"{base}/{kind}/{row['id']}"] == (number + 1, f"{base}/{table}.csv#row={number + 2}")


def test_an_ending_that_says_no_format_is_wrong_usage_and_writes_nothing(study: Path, scratch: Path) -> None:
    with pytest.raises(UsageError, match=r"Use one of \.nq \.trig"):
        build(study, scratch / "store", scratch / "out.doc")
    assert not (scratch / "out.doc").exists()


def test_an_output_that_cannot_be_written_is_one_error(study: Path, scratch: Path) -> None:
    with pytest.raises(InputError, match="No such file or directory"):
        build(study, scratch / "store", scratch / "none" / "out.nq")
    assert not any(scratch.glob("**/.out*"))
