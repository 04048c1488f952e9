"""Agreement and matrix as a user runs them: formats, exit status, decisions made from disagreements, and tables that fit."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run

EXAMPLE = ROOT / "data" / "example-study"
FAST = ("--bootstrap", "0")
pytestmark = pytest.mark.usefixtures("builds")


def as_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def copy(scratch: Path) -> Path:
    """The invented study, to be changed."""
    shutil.copytree(EXAMPLE, scratch / "example-study")
    return scratch / "example-study"


@pytest.mark.parametrize("form", ["table", "csv", "html"])
@pytest.mark.parametrize("command", [("agreement", *FAST), ("agreement", "example-study", "--disagreements"), ("matrix", "boundary", "form")], ids=" ".join)
def test_figures_disagreements_and_crosstabs_say_the_same_in_each_format(run: Run, command: tuple[str, ...], form: str) -> None:
    done = run(*command, "--format", form)
    assert done.returncode == 0, done.stderr
    rows = json.loads(run(*command, "--format", "json").stdout)
    talk = done.stdout if form in ("table", "md", "html") else done.stderr
    assert "Uncoded extracts are left out" in " ".join(talk.split()) or "Reading: Reading 1 (reading-1)" in " ".join(talk.split())
    if form == "csv":
        assert [list(r) for r in as_rows(done.stdout)] == [list(r) for r in rows]
    elif form == "html":
        assert done.stdout.count("<tr>") == len(rows) + 1


@pytest.mark.parametrize("command", [("agreement", *FAST), ("matrix", "boundary", "form", "--no-empty"), ("agreement", "--disagreements")], ids=" ".join)
def test_tables_fit_a_terminal_of_80_columns(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, env={"COLUMNS": "80"})
    assert max(map(len, done.stdout.splitlines())) <= 80
    if command == ("agreement", *FAST):
        assert "-- row" not in done.stdout
        assert "Left out because the terminal is narrow" in done.stdout


def test_figures_below_the_threshold_make_the_status_1(run: Run, copy: Path) -> None:
    assert run("agreement", "example-study", *FAST).returncode == 0
    done = run("agreement", "example-study", *FAST, "--threshold", "0.67")
    assert done.returncode == 1
    assert "below it are" in " ".join(done.stdout.split())
    toml = copy / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + "\n[thresholds]\nagreement = 0.67\n", encoding="utf-8")
    for form in ("csv", "ttl"):
        assert run("agreement", copy, *FAST, "--format", form).returncode == 1
    assert run("agreement", copy, *FAST, "--threshold", "-1").returncode == 0


def test_turtle_parses_and_is_the_same_each_time(run: Run) -> None:
    first, second = (run("agreement", "--bootstrap", "20", "--format", "ttl", env={"PYTHONHASHSEED": seed}).stdout for seed in ("1", "2"))
    assert first == second
    store = ox.Store()
    store.load(input=first.encode(), format=ox.RdfFormat.TURTLE)
    assert len(list(store.quads_for_pattern(None, None, ox.NamedNode("http://purl.org/linked-data/cube#Observation")))) > 100


@pytest.mark.parametrize(("args", "said"), [
    (("agreement", "--coders", "coder-1,coder-9"), "has no coder 'coder-9'"), (("agreement", "--coders", "coder-1"), "at least two"),
    (("agreement", "--dimensions", "bondary"), "Did you mean 'boundary'?"), (("agreement", "--threshold", "2"), "no number from -1 to 1"),
    (("agreement", "--bootstrap", "-1"), "no whole number"), (("agreement", "--format", "ttl", "--disagreements"), "Turtle holds the figures"),
    (("agreement", "nowhere"), "There is no study"), (("matrix", "boundary", "from"), "Did you mean 'form'?"), (("matrix", "boundary"), "required"),
    (("matrix", "boundary", "form", "--where", "form=blur"), "is no form"), (("matrix", "boundary", "form", "--where", "form"), "Write it like"),
    (("matrix", "code", "code", "--near", "x"), "no number of characters"), (("matrix", "code", "code", "--near", "5", "--together", "overlap"), "not allowed"),
    (("matrix", "code", "code", "--reading", "none"), "has no reading")], ids=lambda a: " ".join(a)[:50] if isinstance(a, tuple) else "")
def test_wrong_words_are_status_2_with_a_hint(run: Run, args: tuple[str, ...], said: str) -> None:
    done = run(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())


def test_an_adjudicated_reading_is_made_from_the_template_and_both_originals_stay(run: Run, copy: Path, scratch: Path) -> None:
    table = copy / "decisions.csv"
    head, *decided = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([head, *(line for line in decided if ",x12," not in line and ",x34," not in line), ""]), encoding="utf-8")
    open_ = as_rows(run("agreement", copy, "--decisions-template").stdout)
    assert {r["extract"] for r in open_} == {"x12", "x34"}
    assert list(open_[0]) == head.split(",")
    assert all((r["keeps"], r["reason"], r["decided_by"]) == ("", "", "") for r in open_)
    taken = {line.split(",")[0] for line in table.read_text(encoding="utf-8").splitlines()}
    assert not taken & {r["id"] for r in open_}
    kept = {}
    with table.open("a", encoding="utf-8", newline="") as file:
        for r in open_:
            bens = r["note"].split("ben: ")[1].split(" ")[0]
            kept[r["extract"]] = bens
            csv.writer(file, lineterminator="\n").writerow([r["id"], r["extract"], bens, "closer-to-codebook", "ann and ben", r["note"]])
    assert run("validate", copy, "--fail-on", "violation").returncode == 0
    assert as_rows(run("agreement", copy, "--decisions-template").stdout) == []
    assert run("build", copy, "-o", scratch / "all.nq", "--store", scratch / "store").returncode == 0
    dataset = (scratch / "all.nq").read_text(encoding="utf-8")
    before = as_rows((EXAMPLE / "codings.csv").read_text(encoding="utf-8"))
    for extract, coding in kept.items():
        anns = next(r["id"] for r in before if r["extract"] == extract and r["coder"] == "ann")
        for name, graphs in ((coding, {"ben", "adjudicated"}), (anns, {"ann"})):
            lines = [line for line in dataset.splitlines() if f"/coding/{name}> <https://w3id.org/boundwork/ontology#codes>" in line]
            assert {line.rsplit("/", 1)[-1].removesuffix("> .") for line in lines} == graphs
    assert (copy / "codings.csv").read_bytes() == (EXAMPLE / "codings.csv").read_bytes()


def test_a_matrix_names_its_reading_and_takes_another(run: Run) -> None:
    first, second = (run("matrix", "logic", "boundary", "--reading", r, "--format", "csv") for r in ("reading-1", "reading-2"))
    assert first.stdout != second.stdout
    assert "Reading 2 (reading-2)" in second.stderr


def test_a_filter_narrows_a_crosstab_and_keeps_its_gaps(run: Run) -> None:
    whole = json.loads(run("matrix", "boundary", "logic", "--format", "json").stdout)[-1]["total"]
    part = json.loads(run("matrix", "boundary", "logic", "--where", "(form=bolstering OR form=breaching) AND NOT kind=narrative", "--format", "json").stdout)
    assert 0 < part[-1]["total"] < whole
    assert [r["boundary"] for r in part[:-1]] == ["competitiveness", "expertise", "ideological alignment", "organisational culture"]
