"""The page of formats: every format has its facts, and the modules it names are there."""

from __future__ import annotations

from pathlib import Path

from boundwork import readers
from boundwork.readers.facts import FACTS
from boundwork.readers.layouts import BY_FORMAT
from boundwork.readers.refi_selections import conventions


def test_every_format_has_facts_and_every_module_of_theirs_exists() -> None:
    assert set(FACTS) == set(readers.FORMATS)
    folder = Path(readers.__file__).parent
    assert {m for facts in FACTS.values() for m in facts.modules if not (folder / f"{m}.py").is_file()} == set()
    assert set(BY_FORMAT) < set(readers.FORMATS)


def test_the_declared_convention_of_each_writer_is_the_measured_one() -> None:
    assert [conventions(o)[0][0].words for o in ("NVivo 12", "NVIVO Mac", "QualCoder 3", "MAXQDA 24", "")] == [
        "UTF-16 units", "UTF-16 units", "code points", "code points", "code points"]
    assert conventions("ATLAS.ti 8")[0][0].line_ends == "CRLF counts as one"
    assert [conventions(o)[1] for o in ("NVivo", "QualCoder", "ATLAS.ti", "MAXQDA", "Quirkos")] == [True, True, False, False, False]
