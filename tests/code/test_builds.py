"""A build is whole or not there, the same input gives the same bytes, and bad tables are told where they are bad."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from boundwork.errors import InputError
from boundwork.explore.validation import validate_study
from boundwork.pipeline.build import build
from conftest import ROOT

EXAMPLE = ROOT / "data" / "example-study"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of the example study that a test may spoil."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example-study"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "spoil", "rule", "column"),
    [
        ("codings", lambda b: b.replace(b",expertise,", b",expertize,", 1), "table-unknown-code", "boundary"),
        ("codings", lambda b: b.replace(b",basis,", b",basiss,", 1), "table-missing-column", "basis"),
        ("codings", lambda b: b.replace(b"\na01,", b"\na02,", 1), "table-id-twice", "id"),
        ("codings", lambda b: b.replace(b",x01,", b",x99,", 1), "table-unknown-ref", "extract"),
        ("codings", lambda b: b + b'zz,x01,ann,"open quote\n', "table-quote", ""),
        ("codings", lambda b: b + b'zz,x01,ann,"a"b,,,\n', "table-quote", ""),
        ("codings", lambda b: b + b"zz,x01,ann," + b"," * 40 + b"x\n", "table-row-too-long", ""),
        ("codings", lambda b: b"", "table-empty", ""),
        ("codings", lambda b: b.split(b"\n")[0] + b"\n", "table-no-rows", ""),
        ("codings", lambda b: b.replace(b",", b";"), "table-separator", ""),
        ("codings", lambda b: b.decode().encode("utf-16"), "table-encoding", ""),
        ("extracts", lambda b: b + "é".encode("cp1252") + b"\n", "table-encoding", ""),
        ("extracts", lambda b: re.sub(rb",(\d+),(\d+),", rb",03-Apr,\2,", b, count=1), "table-not-a-number", "start"),
        ("extracts", lambda b: re.sub(rb",[0-9a-f]{64},", b",abc,", b, count=1), "table-not-a-hash", "sha256"),
        ("councils", lambda b: b.replace(b",county,", b",competitiveness,", 1), "table-unknown-code", "type"),
    ],
)
def test_a_bad_table_is_told_where_it_is_bad(study: Path, table: str, spoil: object, rule: str, column: str) -> None:
    path = study / f"{table}.csv"
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    found = [f for f in validate_study(study).sorted() if f.rule == rule and f.column == column]
    assert found and found[0].file.endswith(f"{table}.csv") and found[0].line >= 1
    with pytest.raises(InputError, match="cannot be built"):
        build(study, store=study.parent / "store")


def test_two_hundred_megabytes_on_one_line_are_refused_in_little_memory(study: Path) -> None:
    with open(study / "codings.csv", "r+b") as file:
        file.truncate(0)
        for _ in range(200):
            file.write(b"x" * 1_000_000)
    code = ("import peak, sys; from pathlib import Path; from boundwork.explore.validation import validate_study\n"
            "rules = {f.rule for f in validate_study(Path(sys.argv[1])).findings}\n"
            "print('table-line-too-long' in rules, peak.megabytes() < 390)")
    done = subprocess.run([sys.executable, "-c", code, str(study)], cwd=ROOT / "tests", capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_partitions_do_not_change_what_is_inferred(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(study, store=tmp_path / "s1", output=tmp_path / "1.nq")
    monkeypatch.setattr("boundwork.populate.study._BYTES_PER_PARTITION", 7_000)
    build(study, store=tmp_path / "s2", output=tmp_path / "2.nq")
    assert (tmp_path / "1.nq").read_bytes() == (tmp_path / "2.nq").read_bytes()
