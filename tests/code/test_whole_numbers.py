"""What Python calls a digit is not always a number: a superscript two, and five thousand nines that int() refuses, are read nowhere as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundwork.errors import InputError
from boundwork.explore.overview import _natural
from boundwork.explore.validation import validate_files, validate_study
from boundwork.linking.decisions import COLUMNS, read_decisions
from boundwork.linking.disclosure import read_counts
from boundwork.linking.words import Words
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.wording import whole_number
from small_study import write_small

SOURCE = Path(__file__).resolve().parents[2] / "src" / "boundwork"
TRAPS = ("²", "٣", "9" * 5_000, "1²", "")
BY_HAND = {  # may ask for digits itself
    "wording.py": "the one place", "explore/joined.py": "only the first letter of a word", "explore/why/asking.py": "only the first letter of a word",
    "readers/coded_table.py": "no number is made of it", "rules.py": "of literals that boundwork wrote",
    "scale/cluster.py": "the version of Java, a port", "stores/remote_patience.py": "with a length", "populate/origins.py": "of a term that is a number",
    "web/guard.py": "with a length",
}


def test_digits_are_asked_for_in_one_place() -> None:
    """Found by reading for what the fuzzers had not reached: each of these crashed on one of the traps."""
    found = {p.relative_to(SOURCE).as_posix() for p in SOURCE.rglob("*.py")
             if any(f".is{word}()" in p.read_text(encoding="utf-8") for word in ("digit", "decimal", "numeric"))}
    assert {f for f in found if not f.startswith("cli/")} == set(BY_HAND)  # on the command line argparse tells a ValueError


def test_whole_numbers() -> None:
    assert [whole_number(t) for t in TRAPS] == [None] * len(TRAPS)
    assert (whole_number("9" * 18), whole_number("9" * 19), whole_number("123", 2)) == (10**18 - 1, None, None)


@pytest.mark.parametrize("trap", TRAPS)
def test_a_count_that_is_none_is_told_with_its_line(trap: str, tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text(f"type,region,councils\nunitary,london,{trap}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"counts\.csv:2: .* is no number of councils"):
        read_counts(Words.of(load_vocabulary()), table)


def test_a_score_that_is_none_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "set.candidates.csv"
    for score, read in (("²", None), ("1.2.3", None), ("9" * 400, None), ("95.7", 95.7), ("", None)):
        cells = {"council": "a", "candidate": "b", "decision": "accept", "decided_by": "ann", "date": "2026-11-27", "relation": "same", "score": score}
        path.write_text(",".join(COLUMNS) + "\n" + ",".join(cells.get(c, "") for c in COLUMNS) + "\n", encoding="utf-8")
        assert [d.score for d in read_decisions(path).values()] == [read]


def test_labels_with_digits_of_any_kind_sort() -> None:
    labels = ["CS 10", "CS 9", "²", "1²", "9" * 5_000, "CS", "٣", "cs 010"]
    assert sorted(labels, key=_natural)[-2:] != [] and sorted(["CS 10", "CS 9"], key=_natural) == ["CS 9", "CS 10"]


@pytest.mark.parametrize("trap", ["²", "9" * 5_000])
def test_a_length_of_the_codebook_that_is_no_number_is_a_finding(trap: str, scratch: Path) -> None:
    study = write_small(scratch / "small")
    (study / "codebook.csv").write_text(f"code,shortest,longest\nvertical-relations,{trap},{trap}\n", encoding="utf-8")
    report = validate_study(study)
    assert {f.column for f in report.sorted() if f.file.endswith("codebook.csv")} >= {"shortest", "longest"}


def test_interviews_that_are_no_number_are_left_aside(scratch: Path) -> None:
    study = write_small(scratch / "small")
    head, *rows = (study / "councils.csv").read_text(encoding="utf-8").splitlines()
    (study / "councils.csv").write_text("\n".join([f"{head},interviews", *(f"{row},²" for row in rows), ""]), encoding="utf-8")
    assert {f.column for f in validate_study(study).sorted() if f.rule == "table-not-a-number"} == {"interviews"}


def test_a_row_that_is_no_number_is_no_fault_of_ours(tmp_path: Path) -> None:
    """Somebody's RDF may say anything of a row; the finding is told without one."""
    data = tmp_path / "data.ttl"
    data.write_text("@prefix bw: <https://w3id.org/boundwork/ontology#> .\n"
                    '<https://w3id.org/boundwork/study/s/coding/k1> a bw:Coding ; bw:row "yes" .\n', encoding="utf-8")
    found = [f for f in validate_files([data]).findings if f.subject.endswith("coding/k1")]
    assert found and {f.row for f in found} == {0}
