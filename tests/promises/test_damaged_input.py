"""Tables with flipped bits, cuts, open quotes and bad UTF-8: where a hash stands nothing passes, and all other damage is listed or is plain text."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork.errors import BoundworkError
from boundwork.explore.resolving import resolve
from boundwork.explore.validation import validate_study
from conftest import ROOT

EXAMPLE = ROOT / "data" / "example-study"
TABLES = ("codings", "extracts", "councils", "sources", "speakers", "decisions", "judgements", "codes")


def mutant(data: bytes, chance: random.Random) -> bytes:
    """The same bytes with one thing broken."""
    at = chance.randrange(len(data))
    how = chance.randrange(6)
    if how == 0:
        return data[:at]
    if how == 1:
        return data[:at] + b'"' + data[at:]
    if how == 2:
        return data[:at] + b"\xff\xfe" + data[at:]
    if how == 3:
        return data[:at] + b"\x00" + data[at + 1:]
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1:]


@pytest.mark.parametrize("mutants", [30, pytest.param(500, marks=pytest.mark.slow)])
def test_a_damaged_table_never_stops_the_tool_with_anything_but_a_finding_or_one_error(mutants: int, scratch: Path,
                                                                                       record_property: Callable[[str, object], None]) -> None:
    """What still reads as a table must differ in plain text only: every structural damage is named with its file."""
    record_property("tried", mutants)
    study = Path(shutil.copytree(EXAMPLE, scratch / "study"))
    clean = len(validate_study(study).findings)
    flagged = 0
    for seed in range(mutants):
        chance = random.Random(seed)
        path = study / f"{chance.choice(TABLES)}.csv"
        whole = path.read_bytes()
        path.write_bytes(mutant(whole, chance))
        try:
            report = validate_study(study)
            flagged += len(report.findings) != clean
            assert all(f.message for f in report.findings)
        except BoundworkError as error:
            flagged += 1
            assert "\n" not in error.message
        finally:
            path.write_bytes(whole)
    assert flagged > mutants / 3


@pytest.mark.parametrize("mutants", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_a_damaged_text_never_resolves_where_its_hash_stands(mutants: int, scratch: Path, record_property: Callable[[str, object], None]) -> None:
    """A changed character in an extract, in its hash or in its offsets: the hash of that extract no longer holds."""
    record_property("tried", mutants)
    study = Path(shutil.copytree(EXAMPLE, scratch / "study"))
    texts = sorted((study / "texts").glob("*.txt"))
    reached = 0
    for seed in range(mutants):
        chance = random.Random(seed)
        path = chance.choice(texts)
        whole = path.read_text(encoding="utf-8")
        at = chance.randrange(len(whole))
        changed = whole[:at] + ("X" if whole[at] != "X" else "Y") + whole[at + 1:]
        path.write_text(changed, encoding="utf-8")
        try:
            assert hashlib.sha256(changed.encode()).hexdigest() != hashlib.sha256(whole.encode()).hexdigest()
            found = resolve(study)
            hit = [e for e in found if e.source == path.stem and e.start <= at < e.end]
            assert all(e.holds is False for e in hit)
            assert [e.extract for e in found if e.holds is not True] == [e.extract for e in hit]
            reached += len(hit)
        finally:
            path.write_text(whole, encoding="utf-8")
    assert reached > mutants / 10
