"""What rows say only together: each kind is found at its row with both sides named, and is silent where nothing is off."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from boundwork.explore.consistency import LONG_RUN, consistency, rows_of_coders, runs
from boundwork.explore.finding_rules import FINDING_RULES
from boundwork.explore.validation import validate_files, validate_study
from boundwork.findings import Finding, Severity
from conftest import Run
from small_study import write_csv, write_small


@pytest.fixture
def study(scratch: Path) -> Path:
    return write_small(scratch / "small")


def by_rule(folder: Path, rule: str) -> list[Finding]:
    return [f for f in consistency(folder) if f.rule == rule]


def recode(folder: Path, **boundaries: str) -> None:
    """Give rows of codings.csv another boundary."""
    with open(folder / "codings.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["boundary"] = boundaries.get(row["id"], row["boundary"])
        row["elements"] = "" if row["id"] in boundaries else row["elements"]
    write_csv(folder / "codings.csv", ",".join(rows[0]), [tuple(r.values()) for r in rows])


def test_coders_who_agree_are_left_in_peace(study: Path) -> None:
    assert {f.rule for f in consistency(study)} <= {"council-over-quoted", "type-without-boundary"}


def test_two_coders_who_contradict_each_other_are_named_with_both_rows(study: Path) -> None:
    recode(study, b3="competitiveness")
    found, = by_rule(study, "coders-contradict")
    assert (found.line, found.row, found.column, found.value, found.coder, found.extract) == (10, 10, "boundary", "competitiveness", "ben", "x3")
    assert "k3 of ann" in found.message and "codings.csv:4" in found.message and "expertise" in found.message
    assert found.severity == Severity.INFO


@pytest.mark.parametrize("end", [{"b3": "?"}, {"b3": ""}, {"b3": "expertise"}])
def test_what_is_open_blank_or_shared_contradicts_nothing(study: Path, end: dict[str, str]) -> None:
    recode(study, **end)
    assert by_rule(study, "coders-contradict") == []


def test_a_decision_settles_it(study: Path) -> None:
    recode(study, b3="competitiveness")
    write_csv(study / "decisions.csv", "id,extract,keeps,reason,decided_by", [("d1", "x3", "k3", "closer-to-codebook", "both")])
    assert by_rule(study, "coders-contradict") == []


def test_overlapping_extracts_with_clashing_answers_of_one_coder(study: Path) -> None:
    text = (study / "extracts.csv").read_text(encoding="utf-8")
    (study / "extracts.csv").write_text(text.replace("x2,s1,10,19", "x2,s1,5,19"), encoding="utf-8")
    assert by_rule(study, "overlap-clashes") == []
    recode(study, k2="competitiveness")
    found, = by_rule(study, "overlap-clashes")
    assert (found.line, found.column, found.coder) == (3, "boundary", "ann")
    assert "x1 and x2 share characters 5 to 9" in found.message and "k1 of ann" in found.message


def test_extracts_that_only_touch_do_not_overlap(study: Path) -> None:
    text = (study / "extracts.csv").read_text(encoding="utf-8")
    (study / "extracts.csv").write_text(text.replace("x2,s1,10,19", "x2,s1,9,19"), encoding="utf-8")
    recode(study, k2="competitiveness")
    assert by_rule(study, "overlap-clashes") == []


def test_a_council_with_twice_its_share_of_quotes_is_over_quoted(study: Path) -> None:
    write_csv(study / "councils.csv", "id,label,type,interviews", [(c, c.title(), "unitary", "10") for c in ("alder", "birch", "cedar", "dogwood")])
    write_csv(study / "speakers.csv", "id,label", [("p", "Officer")])
    write_csv(study / "extracts.csv", "id,source,start,end,kind,speaker,about",
              [(f"x{n}", "s1", str(10 * n), str(10 * n + 9), "attributed", "p", "cedar" if n < 6 else "birch") for n in range(1, 8)])
    found, = by_rule(study, "council-over-quoted")
    assert (Path(found.file).name, found.line, found.column, found.value) == ("councils.csv", 4, "interviews", "10")
    assert "5 of 7 quotes" in found.message and "1.8" in found.message


def test_a_type_of_council_without_an_extract_on_a_boundary_is_a_gap(study: Path) -> None:
    kinds = {"alder": "unitary", "birch": "district", "cedar": "unitary", "dogwood": "unitary"}
    write_csv(study / "councils.csv", "id,label,type", [(c, c.title(), kind) for c, kind in kinds.items()])
    recode(study, k1="competitiveness", b1="competitiveness")
    found = by_rule(study, "type-without-boundary")
    assert [(f.line, f.value) for f in found] == [(3, "district")]
    assert "competitiveness" in found[0].message and "expertise" not in found[0].message


# ---- runs


def slip(line: int, coder: str = "ann", rule: str = "cell-is-borne-out", accepted: str = "") -> Finding:
    return Finding(Severity.WARNING, rule, "Put it right.", "codings.csv", line, line, "cell", coder=coder, accepted=accepted)


def test_the_same_rule_broken_row_after_row_is_a_habit(study: Path) -> None:
    found, = runs([slip(2), slip(3), slip(4), slip(6)], lambda: rows_of_coders(study))
    assert (found.rule, found.severity, found.line, found.coder) == ("coder-drifts", Severity.WARNING, 2, "ann")
    assert (found.column, found.value) == ("", "")
    assert "line 4, 3 rows of coder ann" in found.message and "cell-is-borne-out" in found.message


@pytest.mark.parametrize("findings", [
    [slip(2), slip(3)], [slip(2), slip(4), slip(6)], [slip(2), slip(3), slip(4, rule="other-rule")], [slip(2), slip(3), slip(4, accepted="known (Ann)")],
    [slip(7), slip(8, coder="ben"), slip(9, coder="ben")]])
def test_fewer_than_a_run_or_apart_is_none(study: Path, findings: list[Finding]) -> None:
    assert LONG_RUN == 3
    assert runs(findings, lambda: rows_of_coders(study)) == []


def test_rows_of_other_coders_in_between_do_not_break_a_run(study: Path) -> None:
    with open(study / "codings.csv", newline="", encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    ann, ben = [r for r in rows if r[2] == "ann"], [r for r in rows if r[2] == "ben"]
    write_csv(study / "codings.csv", ",".join(head), [tuple(r) for pair in zip(ann[:5], ben, strict=True) for r in pair])
    found, = runs([slip(2), slip(4), slip(6)], lambda: rows_of_coders(study))
    assert "line 6, 3 rows" in found.message


def test_validate_tells_of_a_run_by_itself_and_of_the_rest_when_asked(study: Path, run: Run) -> None:
    text = (study / "codings.csv").read_text(encoding="utf-8")
    (study / "codings.csv").write_text(text.replace("expertise,boundary", "expertise,"), encoding="utf-8")
    recode(study, b3="competitiveness")
    alone, together = run("validate", study, "--format", "csv").stdout, run("validate", study, "--format", "csv", "--together").stdout
    assert "coder-drifts" in alone and "coders-contradict" not in alone
    assert "coders-contradict" in together
    assert set(FINDING_RULES) >= {"coder-drifts", "coders-contradict", "overlap-clashes", "council-over-quoted", "type-without-boundary"}


# ---- classes without a shape


def test_a_class_that_no_shape_is_asked_of_is_named(tmp_path: Path) -> None:
    data, shapes = tmp_path / "d.ttl", tmp_path / "s.ttl"
    data.write_text("@prefix ex: <http://example.org/> . ex:a a ex:Seen ; ex:p ex:b . ex:b a ex:Reached . ex:c a ex:Missed , ex:Seen2 . ex:d a ex:Lost .",
                    encoding="utf-8")
    shapes.write_text("@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> . "
                      "ex:s a sh:NodeShape ; sh:targetClass ex:Seen , ex:Seen2 ; sh:property [ sh:path ex:p ; sh:class ex:Reached ] .", encoding="utf-8")
    found = [f for f in validate_files([data], [shapes]).findings if f.rule == "class-without-shape"]
    assert [(f.subject, f.severity) for f in found] == [("http://example.org/Lost", Severity.WARNING)]


def test_findings_that_differ_have_an_order_of_their_own() -> None:
    """Two results of one shape on one row differ only in what they name; listings must not depend on the chance of a hash."""
    one = Finding(Severity.WARNING, "r", "m.", "f", 2, 2, "c", "v", "k", "s", "x", "a")
    other: dict[str, Any] = {"severity": Severity.INFO, "line": 3, "row": 3, "message": "n."}
    for each in dataclasses.fields(Finding):
        changed = dataclasses.replace(one, **{each.name: other.get(each.name, "z")})
        assert changed != one and changed.order != one.order, each.name


def test_rows_that_cannot_be_compared_are_said_not_to_be(study: Path) -> None:
    with open(study / "codings.csv", "a", encoding="utf-8") as file:
        file.write("broken\n")
    assert "together-not-asked" not in {f.rule for f in validate_study(study).findings}
    [said] = [f for f in validate_study(study, together=True).findings if f.rule == "together-not-asked"]
    assert said.severity == Severity.INFO and said.rule in FINDING_RULES
