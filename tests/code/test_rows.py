"""One cell after another: what each kind of column makes of it, and what is said of a cell that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate.rows import Cell, Known, RowReader, column_reader, namer
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES, Column
from boundwork.tables.studyfile import read_study
from small_study import write_small


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """Of a small study with extracts x1 and x2, and no table of speakers."""
    study = write_small(tmp_path_factory.mktemp("rows") / "small")
    return Known(read_study(study), load_vocabulary(study), {"extracts": {"x1": 2, "x2": 3}, "councils": {"alder": 2}})


def cell(known: Known, table: str, name: str, text: str) -> Cell:
    return column_reader(TABLES[table].by_name[name], known, table)(text)


def test_a_cell_of_several_values_keeps_each_once_in_its_order(known: Known) -> None:
    found = cell(known, "codings", "elements", " local-expertise-first;generic-expertise-first ; local-expertise-first;")
    assert found.values == ("local-expertise-first", "generic-expertise-first")
    assert len(found.pairs) == 2 and all(p.endswith("-first>") for p in found.pairs)
    assert cell(known, "codings", "elements", "local-expertise-first").values == ("local-expertise-first",)
    assert (cell(known, "codings", "elements", " ; ").values, cell(known, "codings", "elements", "  ").values) == ((), ())


@pytest.mark.parametrize(("table", "name", "text", "rule", "said"), [
    ("codings", "elements", "local-expertise-first;local-expertize-first", "table-unknown-code",
     "'local-expertize-first' is no code that column elements takes. Did you mean 'local-expertise-first'?"),
    ("codings", "elements", "expertise;local-expertise-first", "table-unknown-code",
     "'expertise' is a code of column boundary, and column elements does not take it. "
     "Did you mean 'local-expertise-first'?"),
    ("codings", "extract", "x3", "table-unknown-ref", "'x3' is no id in extracts.csv. Known: x1, x2."),
    ("extracts", "speaker", "s1", "table-unknown-ref", "'s1' is no id of speakers.csv, because the study has no such table."),
    ("extracts", "start", "12.0", "table-not-a-number", "'12.0' is no whole number, which column start needs. Write 12."),
    ("extracts", "start", "-3,00", "table-not-a-number", "'-3,00' is no whole number, which column start needs. Write -3."),
    ("extracts", "start", "12.5", "table-not-a-number", "'12.5' is no whole number, which column start needs."),
    ("extracts", "start", "#12", "table-not-a-number", "'#12' is no whole number, which column start needs."),
    ("extracts", "start", "12!", "table-not-a-number", "'12!' is no whole number, which column start needs."),
    ("codings", "codebook", "1\x01", "table-unknown-version", "'1␁' is no version."),
    ("extracts", "start", "#REF!", "table-not-a-number",
     "'#REF!' is no whole number, which column start needs. A spreadsheet writes that where a formula fails: enter the value itself."),
    ("codings", "coder", "annn", "table-unknown-coder", "'annn' is no coder of study.toml. Did you mean 'ann'?"),
    ("codings", "coder", "zzz", "table-unknown-coder", "'zzz' is no coder of study.toml. Known: ann, ben."),
    ("extracts", "sha256", "abc", "table-not-a-hash", "'abc' is no SHA-256 (64 hexadecimal digits)."),
    ("extracts", "gist", "a\x01b", "table-control-character", "'a␁b' is no plain text: it holds a control character. Remove that."),
])
def test_a_cell_that_cannot_be_read_says_why(table: str, name: str, text: str, rule: str, said: str, known: Known) -> None:
    found = cell(known, table, name, text)
    assert (found.rule, found.values, list(found.pairs)) == (rule, (), [])
    assert found.message.replace("\x01", "␁") == said


def test_a_decimal_where_words_are_wanted_is_not_made_a_number(known: Known) -> None:
    column = Column("kind", "word", "", words=("1.5", "note"))
    assert column_reader(column, known, "extracts")("1.0").message == "'1.0' is not one of 1.5, note. Did you mean '1.5'?"


def test_an_id_of_a_broken_table_may_stand_there(known: Known, tmp_path: Path) -> None:
    broken = Known(known.study, known.vocabulary, {"extracts": {"x1": 2}}, broken={"extracts"})
    assert cell(broken, "codings", "extract", "x9").values == ("x9",)
    assert cell(broken, "codings", "extract", "x9").rule == ""


def test_what_was_read_once_is_remembered_and_stays_the_same(known: Known) -> None:
    read = column_reader(TABLES["codings"].by_name["boundary"], known, "codings")
    assert read("expertise") is read("expertise")
    assert read("expertize") is read("expertize") and read("expertize").rule == "table-unknown-code"
    assert read("?").values == ("?",)


def test_a_version_of_the_codebook_is_a_thing_of_the_study(known: Known) -> None:
    found = cell(known, "codings", "codebook", "1.0")
    assert found.values == ("1.0",) and next(iter(found.pairs)).endswith("/codebook/1.0>")


def test_an_actor_is_a_council_of_the_table_or_the_field(known: Known) -> None:
    study = "https://w3id.org/boundwork/study/small"
    assert (known.actor_iri("alder"), known.actor_iri("local-government")) == (f"{study}/council/alder", f"{study}/field/local-government")


def test_ids_are_encoded_in_iris(known: Known) -> None:
    """Those of letters, digits and the marks that IRIs take need no look at each character; both ways lead to one IRI."""
    name = namer(known.study, "extract")
    assert [name(i) for i in ("x1", "a.b_c~d-1", "né x>")] == [
        f"<https://w3id.org/boundwork/study/small/extract/{i}>" for i in ("x1", "a.b_c~d-1", "n%C3%A9%20x%3E")]


def test_a_public_study_need_not_say_where_an_extract_stands(known: Known) -> None:
    table = read_table(known.study.folder / "extracts.csv", TABLES["extracts"])
    required = RowReader(table, known).required
    assert {"id", "start", "end"} <= required
    assert RowReader(table, replace(known, study=replace(known.study, public=True))).required == required - {"start", "end"}
