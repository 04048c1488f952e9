"""One cell after another: what each kind of column makes of it, and what is said of a cell that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from boundwork.findings import Severity
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


@pytest.mark.parametrize(("table", "name", "text", "hint"), [
    ("codings", "elements", "local-expertise-first, generic-expertise-first", "Put ; between several values, not a comma."),
    ("codings", "boundary", "expertise;sectoral", "The column takes one value; give the other a row of its own."),
    ("codings", "extract", "x1;x2", "The column takes one value; give the other a row of its own."),
    ("codings", "work", "x;y", "The column takes one value; give the other a row of its own."),
    ("extracts", "start", "1;2", ""),
    ("extracts", "kind", "zz,zz", "It takes attributed or narrative."),
])
def test_several_values_are_written_as_the_column_takes_them(table: str, name: str, text: str, hint: str, known: Known) -> None:
    assert cell(known, table, name, text).message.partition(". ")[2] == hint


@pytest.mark.parametrize(("words", "said"), [
    (("yes",), " It takes yes."), (("no", "yes"), " It takes no or yes."),
    (tuple(f"w{i:02}" for i in range(12)), f" It takes {', '.join(f'w{i:02}' for i in range(11))} or w11."), (tuple(f"w{i:02}" for i in range(13)), ""),
])
def test_what_a_column_takes_is_named_where_it_is_little(words: tuple[str, ...], said: str, known: Known) -> None:
    column = Column("kind", "word", "", words=words)
    assert column_reader(column, known, "extracts")("#").message == f"'#' is not one of {', '.join(words)}.{said}"


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


def test_a_cell_becomes_its_property_with_the_term_and_nothing_where_the_column_has_none(known: Known) -> None:
    """A project's own code is a thing of the study, and a word a mark for the readers of the table."""
    study, base = "https://w3id.org/boundwork/study/small", "https://w3id.org/boundwork"
    own = replace(known, ids={**known.ids, "codes": {"ours": 2}})
    for table, name, text, pair in [
            ("extracts", "start", "007", ("<http://www.w3.org/ns/oa#start>", '"7"^^<http://www.w3.org/2001/XMLSchema#integer>')),
            ("extracts", "about", "alder", (f"<{base}/ontology#aboutActor>", f"<{study}/council/alder>")),
            ("extracts", "about", known.study.field_id, (f"<{base}/ontology#aboutActor>", f"<{study}/field/{known.study.field_id}>")),
            ("codings", "code", "ours", (f"<{base}/ontology#appliesCode>", f"<{study}/code/ours>")),
            ("codings", "code", "expertise", (f"<{base}/ontology#appliesCode>", f"<{base}/code/expertise>"))]:
        found = cell(own, table, name, text)
        assert (list(found.pairs), found.values) == ([" ".join(pair)], (text,))
    for table, name, text in ("extracts", "kind", "narrative"), ("codebook", "excludes", "ours"), ("codebook", "excludes", "ours;expertise"):
        found = cell(own, table, name, text)
        assert (list(found.pairs), found.values) == ([], tuple(text.split(";")))
    assert list(column_reader(Column("kind", "word", "", property="bw:note", words=("a", "b"), many=True), own, "extracts")("a;b").pairs) == []
    assert list(column_reader(Column("kind", "word", "", property="bw:note", words=("a",)), own, "extracts")("a").pairs) == []


def test_a_code_that_the_study_lacks_is_told_with_the_nearest_of_its_own(known: Known) -> None:
    own = replace(known, ids={**known.ids, "codes": {"officer-voice": 2}})
    assert cell(own, "codings", "code", "officer-voise").message.endswith("Did you mean 'officer-voice'?")
    assert cell(own, "codings", "boundary", "officer-voise").message.startswith("'officer-voise' is no code that column boundary takes.")
    assert "officer-voice" not in cell(own, "codings", "boundary", "officer-voise").message
    broken = replace(own, broken={"codes"})
    assert (cell(broken, "codings", "code", "officer-voise").values, cell(broken, "codings", "boundary", "officer-voise").values) == (("officer-voise",), ())


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


# ---- rows, of tables of two or three


def read_rows(known: Known, folder: Path, name: str, text: str) -> tuple[RowReader, list[dict[str, Cell] | None]]:
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    reader = RowReader(read_table(folder / f"{name}.csv", TABLES[name]), known)
    return reader, [reader.read(row) for row in reader.table.rows()]


def told(reader: RowReader) -> list[tuple[str, int, str]]:
    return [(f.rule, f.line, f.column) for f in reader.table.findings]


def fresh(known: Known, **more: object) -> Known:
    return replace(known, ids={"extracts": {"x1": 2}}, labels={}, **more)  # type: ignore[arg-type]


def test_a_row_with_the_id_of_another_is_told_and_left_out_unless_it_is_to_be_kept(known: Known, tmp_path: Path) -> None:
    text = "id,label\nalder,Alder\nbirch,Birch\nalder,Alder Town\n"
    for keep in (False, True):
        plain = Known(known.study, known.vocabulary)
        mine = replace(plain, keep_repeated=True) if keep else plain
        reader, rows = read_rows(mine, tmp_path, "councils", text)
        assert [row is not None for row in rows] == [True, True, keep]
        assert told(reader) == [("table-id-twice", 4, "id")]
        assert (mine.ids["councils"], mine.labels) == ({"alder": 2, "birch": 3}, {"alder": "Alder Town" if keep else "Alder", "birch": "Birch"})


def test_references_within_a_table_are_checked_once_it_was_read(known: Known, tmp_path: Path) -> None:
    text = "id,extract,coder,basis,confidence,follows\nk1,x1,ann,interpreted,high,k2\nk2,x1,ann,interpreted,high,k9\n"
    reader, rows = read_rows(fresh(known), tmp_path, "codings", text)
    assert (len(rows), told(reader)) == (2, [])
    reader.settle()
    reader.settle()
    assert told(reader) == [("table-unknown-ref", 3, "follows")]
    assert [(f.value, f.coder, f.extract, f.row) for f in reader.table.findings] == [("k9", "ann", "x1", 3)]
    broken, _ = read_rows(fresh(known, broken={"codings"}), tmp_path, "codings", text)
    broken.settle()
    assert told(broken) == []


def test_a_column_that_nobody_knows_is_no_matter_and_what_is_wrong_is_quoted_up_to_two_hundred_characters(known: Known, tmp_path: Path) -> None:
    reader, _ = read_rows(fresh(known), tmp_path, "codings", f"id,mine,extract,coder,basis,confidence,boundary\nk1,any,x1,,interpreted,high,{'é' * 201}\n")
    found = {f.column: f for f in reader.table.findings if f.severity is Severity.VIOLATION}
    assert sorted(found) == ["boundary", "coder"]
    assert found["boundary"].value == "é" * 200
    assert found["coder"].message == "Column coder must be filled in every row. Known: ann, ben."


def test_own_codes_stand_for_terms_in_codings_and_nowhere_else(known: Known, tmp_path: Path) -> None:
    mine = fresh(known, maps={"ours": ("expertise",)})
    mine.ids["codes"] = {"ours": 2}
    _, (coding,) = read_rows(mine, tmp_path, "codings", "id,extract,coder,basis,confidence,code\nk1,x1,ann,interpreted,high,ours\n")
    _, (rule,) = read_rows(mine, tmp_path, "codebook", "code,shortest\nours,3\n")
    assert coding is not None and coding["boundary"].values == ("expertise",)
    assert rule is not None and sorted(rule) == ["code", "shortest"]
