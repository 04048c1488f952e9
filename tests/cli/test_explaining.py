"""What `explain` says of everything that has a name, and what it says of a name that nothing has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from boundwork.errors import InputError, UsageError
from boundwork.explore.explaining import explain
from boundwork.explore.explanation import Explanation
from boundwork.explore.finding_rules import FINDING_RULES
from boundwork.explore.session import Session
from boundwork.tables.schema import TABLES
from conftest import ROOT, STUDIES, Run

SOURCE = ROOT / "src" / "boundwork"
PAPER_STUDY, EXAMPLE = STUDIES

pytestmark = pytest.mark.usefixtures("builds")


def facts(found: Explanation) -> dict[str, list[str]]:
    """Facts by name, each with all its values."""
    kept: dict[str, list[str]] = {}
    for name, value in found.facts:
        kept.setdefault(name, []).append(value)
    return kept


def explained(study: str, thing: str, reading: str | None = None) -> tuple[str, dict[str, list[str]]]:
    found = explain(Session(ROOT / "data" / study, reading), thing)
    return found.kind, facts(found)


def test_a_coding_shows_what_was_coded_where_it_stands_and_what_follows() -> None:
    kind, said = explained(PAPER_STUDY, "b022")
    assert kind == "coding"
    expected = {
        "extract": ["x16, findings/competitiveness [38103..38378] in paper"], "about": ["cs03 (CS 3)"], "boundary": ["expertise"], "work": ["boundary"],
        "element": ["local-expertise-first (distinctive of the bureaucratic logic)"], "logic drawn on": ["bureaucratic"], "coder": ["coder-1"],
        "basis": ["interpreted"], "confidence": ["medium"], "case": ["cs03-expertise: only-bureaucratic"], "codebook": ["1.0.0"]}
    assert {name: said[name] for name in expected} == expected
    assert said["table row"] == ["data/regulating-public-services/codings.csv, row 151 (the header is row 1)"]
    assert "rdf:type" not in said


def test_a_coding_says_why_it_draws_on_no_logic() -> None:
    assert explained(PAPER_STUDY, "b012")[1]["logic drawn on"] == ["none: no element is distinctive of one"]
    assert explained(PAPER_STUDY, "a008")[1]["logic drawn on"] == ["none: no element is coded"]
    assert explained(PAPER_STUDY, "b008")[1]["boundary"] == ["undecided (?)"]
    deplored = explained(EXAMPLE, "a03")[1]["deplored element"]
    assert deplored[0].endswith("(named to deplore it: evidence of no logic)")


def test_a_coding_of_another_reading_is_found_and_the_reading_is_named() -> None:
    said = explained(PAPER_STUDY, "c001")[1]
    assert said["reading"] == ["shown under reading-2, because reading-1 does not include it"]
    assert "reading" not in explained(PAPER_STUDY, "c001", "reading-2")[1]


def test_a_case_shows_its_status_at_each_floor_its_codings_and_where_to_go_on() -> None:
    kind, said = explained(PAPER_STUDY, "cs03-expertise")
    assert kind == "case"
    assert said["status, all codings"] == ["only-bureaucratic; 1 extract, 1 coding (extracts: bureaucratic 1, interpreted 1)"]
    assert said["status, high confidence only"] == ["no-evidence; 0 extracts, 0 codings"]
    assert said["status in stated"] == ["no-logic-coded; 2 extracts"]
    assert said["coding"] == ["b022 of x16 by coder-1: local-expertise-first, draws on the bureaucratic logic (medium)"]
    assert len(said["same council"]) == 3
    assert "boundwork ask evidence-chain --param case=cs03-expertise" in said["next"]


def test_the_commands_that_an_explanation_names_run(run: Run) -> None:
    for thing, study in (("b022", ""), ("northmere-expertise-w1", EXAMPLE)):
        for command in explained(study or PAPER_STUDY, thing)[1]["next"]:
            words = [str(ROOT / "README.md") if word == "FILE" else word for word in shlex.split(command)[1:]]
            assert run(*words).returncode in (0, 1), command


@pytest.mark.parametrize(("study", "thing", "kind", "named"), [
    (PAPER_STUDY, "x07", "extract", {"place", "gist", "sha256", "speaker", "coding", "decision"}),
    (PAPER_STUDY, "cs03", "council", {"type", "region", "interviews", "case", "extract", "speaker"}),
    (PAPER_STUDY, "sector", "field", {"description", "interviews", "case", "extract"}),
    (PAPER_STUDY, "cs03-corporate-director", "speaker", {"role", "speaks for", "extract", "remember"}),
    (PAPER_STUDY, "coder-2", "coder", {"description", "readings", "codings", "by boundary"}),
    (PAPER_STUDY, "adjudicated", "reading", {"coders", "cases by status", "default"}),
    (PAPER_STUDY, "paper", "source", {"characters", "citation", "extract"}),
    (PAPER_STUDY, "mistrust-bolsters-tiers", "claim", {"statement", "supported by", "challenged by"}),
    (PAPER_STUDY, "ja01", "judgement", {"case", "judged as", "rests on", "coder"}),
    (PAPER_STUDY, "d10", "decision", {"extract", "keeps", "reason", "decided by"}),
    (PAPER_STUDY, "w2007-08", "wave", {"years", "extracts"}),
    (PAPER_STUDY, "1.0.0", "codebook version", {"brought in", "codings under it"}),
    (EXAMPLE, "a02", "coding", {"extract", "element", "logic drawn on"}),
    (EXAMPLE, "x07", "extract", {"quote", "coding"}),
    (EXAMPLE, "northmere", "council", {"name", "case", "speaker"}),
    (EXAMPLE, "northmere-w1", "source", {"file", "extract"}),
    (EXAMPLE, "c1", "claim", {"supported by", "challenged by"}),
    (EXAMPLE, "both", "reading", {"coders", "cases by status"}),
    (EXAMPLE, "w1", "wave", {"years", "extracts", "cases"}),
    (EXAMPLE, "centre-as-weather", "code of this study", {"codebook page", "code when", "used by coding", "broader", "since codebook"}),
    (EXAMPLE, "weather-talk", "code of this study", {"replaced by", "used by coding"}),
])
def test_every_kind_of_thing_is_explained_in_the_words_of_the_tables(study: str, thing: str, kind: str, named: set[str]) -> None:
    found, said = explained(study, thing)
    assert found == kind
    assert named - set(said) == set()
    assert not [name for name in said if re.match(r"(rdf|bw|oa|prov|is bw):", name)]


def test_the_codings_of_an_extract_are_those_of_every_coder() -> None:
    assert {line.split(" by ")[1].split(":")[0] for line in explained(PAPER_STUDY, "x07")[1]["coding"]} == {"authors", "coder-1", "coder-2"}


def test_a_label_leads_to_its_thing_and_a_name_of_two_things_says_so() -> None:
    assert explained(PAPER_STUDY, "CS 3")[1]["id"] == ["cs03"]
    assert explained(PAPER_STUDY, "local expertise first")[1]["name"] == ["code:local-expertise-first"]
    assert explained(EXAMPLE, "ben")[1]["the same name"][0].startswith("a reading: boundwork explain reading/ben")
    assert explained(EXAMPLE, "reading/ben")[0] == "reading"


@pytest.mark.parametrize(("thing", "near"), [
    ("cs3-expertise", "cs03-expertise"), ("mistrust-bolster-tiers", "mistrust-bolsters-tiers"), ("element-belongs-to-boundry", "element-belongs-to-boundary"),
    ("codings.stanse", "codings.stance"), ("table-unknown-cod", "table-unknown-code"), ("hybrid-councils-types", "hybrid-council-types"),
    ("coder-11", "coder-1"), ("expertiz", "expertise")])
def test_an_unknown_name_gets_the_nearest_one_of_any_kind(thing: str, near: str) -> None:
    with pytest.raises(UsageError) as error:
        explained(PAPER_STUDY, thing)
    assert error.value.hint == f"Did you mean '{near}'?"


def test_a_row_is_explained_while_the_tables_have_mistakes(fresh: Path) -> None:
    table = fresh / "codings.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("blurring", "bluring"), encoding="utf-8")
    said = facts(explain(Session(fresh), "k1"))
    assert said["form"] == ["bluring"]
    assert "bluring" in said["not shown"][0]
    with pytest.raises(InputError, match="cannot be built"):
        explain(Session(fresh), "c1-expertise")


def test_every_rule_of_a_finding_is_explained() -> None:
    written = {m for path in SOURCE.rglob("*.py") if path.name != "finding_rules.py"
               for m in re.findall(r"\"((?:table|shape|shapes|exception|codebook-rule)-[a-z-]+)\"", path.read_text(encoding="utf-8"))}
    kinds = {c.kind for t in TABLES.values() for c in t.columns} & {"code", "ref", "actor", "coder", "wave", "version", "word"}
    written = written - {"table-cell", "table-row"} | {f"table-unknown-{kind}" for kind in kinds}  # elements of a spreadsheet's XML
    assert written <= set(FINDING_RULES)
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if path.name != "finding_rules.py")
    assert [n for n in set(FINDING_RULES) - written if f'"{n}"' not in source and f'"{n.rpartition("-")[0]}-{{' not in source] == []
    assert explained(PAPER_STUDY, "table-quote")[0] == "check of tables"
    assert explained(PAPER_STUDY, "element-belongs-to-boundary")[1]["cell to edit"] == ["codings.csv, column elements"]
