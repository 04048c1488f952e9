"""Agreement on studies: units and intervals, statuses against the store, disagreements, free-hand segments and thresholds."""

from __future__ import annotations

import csv
import io
import random
import shutil
from pathlib import Path

import pytest

from boundwork.agreement import Material, figures
from boundwork.agreement import coefficients as co
from boundwork.agreement.figures import rounds_for
from boundwork.agreement.moves import status, totals
from boundwork.errors import InputError, UsageError
from boundwork.explore.agreed import Asked, agreement, below_threshold, case_flags
from boundwork.explore.coded import read_coded
from boundwork.explore.session import open_study
from boundwork.pipeline.builds import Build
from boundwork.tables.studyfile import read_study
from conftest import ROOT, STUDIES

EXAMPLE = ROOT / "data" / "example-study"
SHIPPED = ROOT / "data" / "regulating-public-services"


# ---- units, intervals


def material(*coders: str) -> Material:
    rows: list[co.Unit] = [tuple(None if x == "." else frozenset(x.strip()) for x in u) for u in zip(*coders, strict=True)]
    return Material(tuple(f"c{i}" for i in range(len(coders))), {"d": rows}, [(10 * i, 10 * i + 5) for i in range(len(rows))], 10 * len(rows))


def test_uncoded_extracts_are_counted_or_left_out_as_asked() -> None:
    said = material("aab   .", "ab     ")  # seven extracts: three coded by somebody, three by nobody, one not looked at by one coder
    counted = figures(said, omit_uncoded=False, rounds=0)[1]
    omitted = figures(said, omit_uncoded=True, rounds=0)[1]
    assert (counted.units, counted.coded, counted.percent) == (6, 3, 100 * 4 / 6)
    assert (omitted.units, omitted.coded, omitted.percent) == (3, 3, 100 / 3)
    value = next(f for f in figures(said, omit_uncoded=True, rounds=0) if f.value == "a")
    assert (value.units, value.coded, value.percent) == (3, 2, 100 * 2 / 3)


def test_intervals_are_the_same_for_the_same_seed_and_hold_the_figure() -> None:
    draw = random.Random(7)
    one = "".join(draw.choice("abc") for _ in range(60))
    two = "".join(x if draw.random() < 0.8 else draw.choice("abc") for x in one)
    first, again, other = (figures(material(one, two), omit_uncoded=True, rounds=300, seed=s)[1] for s in (1, 1, 2))
    assert first.intervals == again.intervals != other.intervals
    for name in ("percent", "cohen", "fleiss", "alpha", "alpha_set"):
        wide = first.intervals[name]
        assert wide.low < (first.coefficient(name) or 0) < wide.high
    large = figures(material(one * 16, two * 16), omit_uncoded=True, rounds=300)[1].intervals["alpha"]
    assert large.high - large.low < (first.intervals["alpha"].high - first.intervals["alpha"].low) / 2
    assert (rounds_for(75, 1000), rounds_for(500_000, 1000), rounds_for(500_000, 5)) == (1000, 100, 5)


# ---- the shipped studies


@pytest.mark.parametrize("name", STUDIES)
def test_statuses_are_those_that_the_rules_write(name: str, builds: dict[str, Build]) -> None:
    session = open_study(name)
    outcomes: dict[str, dict[str, str]] = {}
    answer = session.store.select("""PREFIX bw: <https://w3id.org/boundwork/ontology#>
        SELECT ?r ?c ?s { ?o bw:underReading ?r ; bw:outcomeOf ?c ; bw:outcomeStatus ?s }""")
    for reading, case, said in answer:
        assert reading is not None and case is not None and said is not None
        outcomes.setdefault(reading.text.rsplit("/", 1)[-1], {})[case.text.rsplit("/", 1)[-1]] = said.text.rsplit("/", 1)[-1]
    coded = read_coded(session.folder)
    compared = 0
    for reading_name, theirs in outcomes.items():
        coders = session.study.readings[reading_name].coders
        if session.study.readings[reading_name].adjudicated or len(coders) > 1:
            continue
        mine = {case: status(n) for case, n in totals(case_flags(coded, coders)[coders[0]].values()).items()}
        assert {case: mine.get(case, "no-evidence") for case in theirs} == theirs
        assert mine.keys() <= theirs.keys()
        compared += 1
    assert compared >= 2


def plain_table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))


@pytest.mark.parametrize(("folder", "coders"), [(SHIPPED, ("coder-1", "coder-2")), (EXAMPLE, ("ann", "ben"))], ids=("shipped", "example"))
@pytest.mark.parametrize("kind", ["all", "attributed"])
def test_per_cent_on_a_study_is_what_plain_counting_gives(folder: Path, coders: tuple[str, str], kind: str) -> None:
    found = agreement(folder, Asked(extracts=kind, bootstrap=0))
    assert found.coders == coders
    rows = plain_table(folder, "codings.csv")
    for column in ("boundary", "form", "code"):
        alike = every = 0
        for extract in plain_table(folder, "extracts.csv"):
            if kind in ("all", extract["kind"]):
                mine = [[r for r in rows if r["extract"] == extract["id"] and r["coder"] == c] for c in coders]
                said = [{v for r in rs for v in r[column].split(";") if v} for rs in mine]
                if all(mine) and any(said):
                    every += 1
                    alike += said[0] == said[1]
        figure = next(f for f in found.figures if f.dimension == column and not f.value)
        assert figure.units == every
        assert figure.percent == pytest.approx(100 * alike / every)


def test_the_shipped_study_says_what_its_agreement_is_worth() -> None:
    told = " ".join(agreement(SHIPPED, Asked(bootstrap=0)).notes)
    assert "no evidence of reliability between people" in told
    assert "Uncoded extracts are left out" in told
    assert "Uncoded extracts are counted" in " ".join(agreement(SHIPPED, Asked(bootstrap=0, uncoded="count")).notes)


def test_disagreements_name_both_rows_and_those_that_move_most_stand_first() -> None:
    found = agreement(EXAMPLE, Asked(bootstrap=0))
    lines = (EXAMPLE / "codings.csv").read_text(encoding="utf-8").splitlines()
    weights = [m.weight for m in found.moves]
    assert weights == sorted(weights, reverse=True)
    assert weights[0][0] > 0 and weights[-1][:2] == (0, 0)
    for row in found.differences:
        for side in ("1", "2"):
            for place in str(row[f"rows_{side}"]).split(", "):
                assert lines[int(place.removeprefix("codings.csv:")) - 1].split(",")[1:3] == [row["extract"], row[f"coder_{side}"]]
    first = found.differences[0]
    assert first["effect"] == "hybrid or not"
    assert "if ben is right" in str(first["moves"]) and "if ann is right" in str(first["moves"])


def test_a_move_is_what_a_build_with_the_other_coders_row_shows(scratch: Path, cache: Path) -> None:
    move = next(m for m in agreement(EXAMPLE, Asked(bootstrap=0)).moves if m.extract == "x34")
    change = next(c for c in move.changes if c.right == "ben")
    copy = scratch / "example-study"
    shutil.copytree(EXAMPLE, copy)
    rows = plain_table(copy, "codings.csv")
    mine = next(r for r in rows if r["extract"] == "x34" and r["coder"] == "ann")
    theirs = next(r for r in rows if r["extract"] == "x34" and r["coder"] == "ben")
    mine.update({k: v for k, v in theirs.items() if k not in ("id", "coder")})
    with (copy / "codings.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    [(after,)] = open_study(str(copy), reading="ann", store=str(scratch / "store")).store.select(f"""PREFIX bw: <https://w3id.org/boundwork/ontology#>
        SELECT ?s {{ ?o bw:underReading <https://w3id.org/boundwork/study/example-study/reading/ann> ; bw:outcomeStatus ?s ;
          bw:outcomeOf <https://w3id.org/boundwork/study/example-study/case/{change.case}> }}""")
    assert after is not None
    assert after.text.rsplit("/", 1)[-1] == change.after != change.before


def test_three_coders_are_compared_in_pairs_and_those_asked_for_only() -> None:
    three = agreement(SHIPPED, Asked(coders=("authors", "coder-1", "coder-2"), dimensions=("boundary", "other"), bootstrap=0))
    assert [f.dimension for f in three.figures if not f.value] == ["overall", "boundary", "other"]
    assert {m.coders for m in three.moves} == {("authors", "coder-1"), ("authors", "coder-2"), ("coder-1", "coder-2")}
    assert "means over pairs" in " ".join(three.notes)
    for coders, said in ((("coder-1",), "at least two"), (("coder-1", "coder-3"), "no coder 'coder-3'")):
        with pytest.raises(UsageError, match=said):
            agreement(SHIPPED, Asked(coders=coders))
    with pytest.raises(UsageError, match="no dimension"):
        agreement(SHIPPED, Asked(dimensions=("bondary",)))


def test_free_hand_segments_are_compared_by_their_ranges(study: Path) -> None:
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("[readings.me]", "[coders.you]\n\n[readings.me]"), encoding="utf-8")
    extracts, codings = study / "extracts.csv", study / "codings.csv"
    head, row = extracts.read_text(encoding="utf-8").splitlines()[:2]
    cells = dict(zip(head.split(","), next(csv.reader([row])), strict=True))
    cells |= {"id": "x2", "start": str(int(cells["start"]) + 10), "sha256": "", "gist": "The same as another hand marked it."}
    extracts.write_text("\n".join([head, row, ",".join(cells.values()), ""]), encoding="utf-8")
    head, row = codings.read_text(encoding="utf-8").splitlines()[:2]
    codings.write_text("\n".join([head, row, row.replace("k1,x1,me", "k2,x2,you"), ""]), encoding="utf-8")
    with pytest.raises(UsageError, match="nothing to compare"):
        agreement(study)
    found = agreement(study, Asked(coders=("me", "you"), bootstrap=0)).figures[1]
    assert (found.dimension, found.units, found.alpha) == ("boundary", 0, None)
    assert found.alpha_u is not None and 0.5 < found.alpha_u < 1


# ---- thresholds


def with_threshold(study: Path, text: str) -> Path:
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + f"\n[thresholds]\nagreement = {text}\n", encoding="utf-8")
    return study


@pytest.mark.parametrize("text", ["2", "true", '"high"', "-1.5", "nan"])
def test_a_threshold_that_cannot_be_is_an_error_that_names_the_key(study: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"thresholds\.agreement"):
        read_study(with_threshold(study, text))


def test_what_is_below_the_threshold_of_the_study_is_a_finding(scratch: Path) -> None:
    copy = scratch / "example-study"
    shutil.copytree(EXAMPLE, copy)
    assert below_threshold(copy) == []
    with_threshold(copy, "0.67")
    found = agreement(copy, Asked(bootstrap=0))
    assert {f.dimension for f in found.below} == {f.dimension for f in found.figures if not f.value and (f.alpha_set or 0) < 0.67} != set()
    findings = below_threshold(copy)
    assert [f.rule for f in findings] == ["agreement-below-threshold"] * len(found.below)
    assert findings == found.findings
    assert findings[0].file.endswith("study.toml")
    assert agreement(copy, Asked(bootstrap=0, threshold=-1.0)).findings == []
