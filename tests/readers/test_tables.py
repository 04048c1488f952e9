"""Tables in CSV, TSV, XLSX and ODS: containers, layouts of every tool, columns that the caller names, quotes found in texts; reports of NVivo and Dedoose."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundwork import readers
from boundwork.errors import InputError, UsageError
from boundwork.readers.coded_table import locate
from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Offsets, Project, Selection, Source, Variable
from boundwork.readers.sheets import read_sheets
from readers.projects import TEXTS
from readers.writers import csv_bytes, ods, xlsx, zipped


def read(data: bytes, name: str = "t.csv", **choices: Any) -> Project:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        return readers.read(path, **choices)


def lost(project: Project) -> dict[str, int]:
    return {loss.what: loss.count for loss in project.losses if loss.outcome != "read"}


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from("\n"), max_size=12).map(str.strip)
GRIDS = st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=6).filter(lambda g: all(any(r) for r in g))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(grid=GRIDS, container=st.sampled_from(["csv", "tsv", "semicolon", "utf-16", "xlsx", "ods"]))
def test_every_container_gives_back_the_cells(grid: list[list[str]], container: str) -> None:
    grid[0] = ["a", "b", *grid[0]]
    writers: dict[str, Callable[[], bytes]] = {
        "csv": lambda: csv_bytes(grid, encoding="utf-8-sig"), "tsv": lambda: csv_bytes(grid, "\t"), "semicolon": lambda: csv_bytes(grid, ";"),
        "utf-16": lambda: csv_bytes(grid, "\t", "utf-16"), "xlsx": lambda: xlsx({"s": grid}), "ods": lambda: ods({"s": grid})}
    write = writers[container]
    kind = container if container in ("xlsx", "ods") else "csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t")
        path.write_bytes(write())
        (sheet,) = list(read_sheets(path, "t", kind))

    def trimmed(row: list[str]) -> list[str]:
        return row if not row or row[-1] else trimmed(row[:-1])

    assert [r.cells for r in sheet.rows] == [trimmed(r) for r in grid]
    assert [r.number for r in sheet.rows] == list(range(1, len(grid) + 1))


def test_a_workbook_keeps_what_was_typed() -> None:
    rows: list[list[object]] = [["source", "code", "id", "date", "weight", "memo"],
            ["007", "voice", "0042", datetime.date(2024, 2, 29), 2, True], ["007", "power", 42, datetime.datetime(2024, 2, 29, 13, 5), 0.25, None]]
    project = read(xlsx({"codings": rows}), "t.xlsx")
    assert [s.name for s in project.sources] == ["007"]
    assert [(c.id, c.created, c.weight, c.memo) for c in project.codings] == [("0042", "2024-02-29", "2", "true"), ("42", "2024-02-29T13:05:00", "0.25", "")]


def test_every_sheet_is_read_and_others_are_counted() -> None:
    head = ["Document", "Code", "Quote"]
    book: dict[str, Sequence[Sequence[str]]] = {"one": [head, ["a", "x", "q"]], "notes": [["Something", "else"], ["1", "2"]],
                                                "two": [["Coded in 2024"], [], head, ["b", "y", "r"]]}
    for data, name in ((xlsx(book), "t.xlsx"), (ods(book), "t.ods")):
        project = read(data, name)
        assert [s.name for s in project.sources] == ["a", "b"]
        assert lost(project) == {"rows of sheets without a header that names sources and codes": 2, "rows above the header": 1}
        assert [s.name for s in read(data, name, sheets="two").sources] == ["b"]
        with pytest.raises(InputError, match=r"no sheet 'three'.*It has one, notes, two"):
            read(data, name, sheets=["three"])


OWN = [["source", "code", "coder", "quote", "start", "end", "memo", "id", "case", "speaker"],
       ["a.txt", "voice", "ada", "two", "4", "7", "m", "007", "Ada", "S1"], ["a.txt", "power; voice", "bob", "two", "4", "7", "", "8", "", ""],
       ["a.txt", "voice > loud", "ada", "", "", "", "whole", "9", "", ""], ["b.txt", "", "ada", "three", "", "", "", "10", "Ada", ""]]


@pytest.mark.parametrize("data", [csv_bytes(OWN), csv_bytes(OWN, "\t"), csv_bytes(OWN, ";"), xlsx({"s": OWN}), ods({"s": OWN})],
                         ids=["csv", "tsv", ";", "xlsx", "ods"])
def test_ones_own_table(data: bytes) -> None:
    project = read(data, texts={"a.txt": "one two", "b": "one two three"})
    assert project.format == "table"
    assert project.sources == [Source("a.txt", "a.txt", "one two"), Source("b.txt", "b.txt", "one two three")]
    assert project.codes == [Code("voice", "voice"), Code("power", "power"), Code("voice > loud", "loud", "voice")]
    assert project.selections == [Selection("selection 1", "a.txt", 4, 7, "two", "", "m", speaker="S1", user="ada"),
                                  Selection("selection 4", "b.txt", 8, 13, "three", user="ada")]
    assert project.codings == [
        Coding("007", "voice", "ada", "selection 1", "a.txt"), Coding("8", "power", "bob", "selection 1", "a.txt"),
        Coding("8/2", "voice", "bob", "selection 1", "a.txt"), Coding("9", "voice > loud", "ada", "", "a.txt", memo="whole")]
    assert project.cases == [Case("case:Ada", "Ada", selections=("selection 1", "selection 4"))]
    assert project.offsets == [Offsets("code points", "as they are", False, 2, 2, 2)]
    assert lost(project) == {"rows without a code": 1}


def test_columns_that_the_caller_names() -> None:
    rows = [["Interview no.", "Thema", "Wer", "Alter", "Rest"], ["1", "Stimme", "ada", "41", "x"], ["1", "Macht", "ada", "42", ""]]
    with pytest.raises(InputError) as error:
        read(csv_bytes(rows))
    assert "Its headers are: Interview no., Thema, Wer, Alter, Rest." in str(error.value)
    columns = {"source": "interview no", "code": "Thema", "coder": "Wer", "attributes": ["Alter"]}
    project = read(csv_bytes(rows), columns=columns)
    assert [(c.source, c.code, c.user) for c in project.codings] == [("1", "Stimme", "ada"), ("1", "Macht", "ada")]
    assert project.variables == [Variable("Alter", "Alter")]
    assert project.attributes == [Attribute("Alter", "41", source="1")]
    assert lost(project) == {"second values of Alter for one source": 1, "column Rest": 1}
    with pytest.raises(UsageError, match=r"'quotes' is nothing that a column can be\. Did you mean 'quote'\?"):
        read(csv_bytes(rows), columns={"quotes": "Thema"})
    with pytest.raises(InputError, match="columns are not known"):
        read(csv_bytes(rows), columns={"source": "Interview no.", "code": "Theme"})


MAXQDA = {
    "en": ["Color", "Comment", "Document group", "Document name", "Code", "Begin", "End", "Weight score", "Segment", "Created by", "Created"],
    "de": ["Farbe", "Kommentar", "Dokumentgruppe", "Dokumentname", "Code", "Anfang", "Ende", "Gewicht", "Segment", "Bearbeitet von", "Bearbeitet am"],
    "es": ["Color", "Comentario", "Grupo de documentos", "Nombre del documento", "Código", "Inicio", "Final", "Peso", "Segmento", "Autor", "Fecha"],
    "fr": ["Couleur", "Commentaire", "Groupe de documents", "Nom du document", "Code", "Début", "Fin", "Poids", "Segment", "Auteur", "Date"],
}


@pytest.mark.parametrize("language", MAXQDA)
def test_maxqda_in_several_languages(language: str) -> None:
    rows = [MAXQDA[language], ["●", "odd", "Wave 1", "Interview", "Work > Voice", "3", "4", "50", "We shared it.", "ada", "2024-01-01"],
            ["●", "", "Wave 2", "Interview", r"Work\Power", "3", "3", "0", "They did not.", "bob", ""],
            ["●", "", "Wave 2", "Interview", "Work", "3", "3", "0", "They did not.", "ada", ""]]
    project = read(xlsx({"s": rows}), "t.xlsx")
    assert (project.format, project.origin) == ("maxqda", "MAXQDA")
    assert [(s.id, s.name) for s in project.sources] == [("Wave 1/Interview", "Interview"), ("Wave 2/Interview", "Interview")]
    assert project.groups == [Group("group:Wave 1", "Wave 1", ("Wave 1/Interview",)), Group("group:Wave 2", "Wave 2", ("Wave 2/Interview",))]
    assert project.codes == [Code("Work", "Work"), Code("Work > Voice", "Voice", "Work"), Code("Work > Power", "Power", "Work")]
    assert [(s.quote, s.place, s.memo) for s in project.selections] == [("We shared it.", "paragraphs 3 to 4", "odd"), ("They did not.", "paragraph 3", "")]
    assert [(c.code, c.user, c.selection, c.weight) for c in project.codings] == [
        ("Work > Voice", "ada", "selection 1", "50"), ("Work > Power", "bob", "selection 2", "0"), ("Work", "ada", "selection 2", "0")]
    assert set(lost(project)) == {f"column {MAXQDA[language][0]}"}


def test_atlas_quotations_keep_their_ids_and_the_accents_of_windows() -> None:
    rows = [["ID", "Document", "Quotation Content", "Codes", "Comment", "Reference", "Density"],
            ["3:10", "café.docx", "words", "voice\npower", "why", "12 - 13", "2"],
            ["3:11", "café.docx", "words", "", "", "", "0"]]
    project = read(csv_bytes(rows, ";", "cp1252"))
    assert (project.format, project.sources[0].name) == ("atlas", "café.docx")
    assert [(s.id, s.place, s.memo) for s in project.selections] == [("3:10", "12 - 13", "why"), ("3:11", "", "")]
    assert [(c.code, c.selection) for c in project.codings] == [("voice", "3:10"), ("power", "3:10")]
    assert lost(project) == {"a text that is not UTF-8": 1, "rows without a code": 1, "column Density": 2}


def test_dedoose_columns_per_code_with_weights() -> None:
    rows = [["Media Title", "Excerpt Range", "Excerpt Creator", "Excerpt Date", "Excerpt Copy", "Codes Applied Combined", r"Code: Work\Voice Applied",
             r"Code: Work\Voice Range", r"Code: Work\Voice Weight", "Code: Power Applied", "Code: Power Range", "Code: Power Weight"],
            ["one.docx", "4-7", "ada", "2024-01-01", "two", "Voice", "True", "0-10", "7", "False", "", ""],
            ["one.docx", "0-3", "ada", "", "one", "Power", "False", "", "", "True", "", "1"]]
    project = read(csv_bytes(rows), texts={"one": "one two"})
    assert project.format == "dedoose"
    assert [(s.start, s.end, s.quote) for s in project.selections] == [(4, 7, "two"), (0, 3, "one")]
    assert [(c.code, c.weight, c.user) for c in project.codings] == [("Work > Voice", "7", "ada"), ("Power", "1", "ada")]
    assert project.offsets == [Offsets("code points", "as they are", False, 2, 2, 2)]
    assert lost(project) == {"ranges of weights": 2}


def test_qualcoder_and_taguette_tables() -> None:
    rows = [["File", "Coder", "Coded", "Id", "Codename", "Coded_Memo", "Category"], ["one.txt", "ada", "two", "7", "voice", "m", "Work"]]
    project = read(csv_bytes(rows, encoding="utf-8-sig"))
    assert project.format == "qualcoder-table"
    assert project.codings == [Coding("7", "Work > voice", "ada", "selection 1", "one.txt", memo="m")]
    by_case = read(csv_bytes([["Case", *rows[0][1:]], ["Ada", *rows[1][1:]]]))
    assert by_case.cases == [Case("case:Ada", "Ada", selections=("selection 1",))]
    tagged = [["id", "document", "tag", "content"], ["1", "one", "voice", "two"], ["1", "one", "power", "two"], ["2", "one", "voice", "two"]]
    for data in (csv_bytes(tagged), xlsx({"highlights": tagged})):
        project = read(data)
        assert project.format == "taguette-table"
        assert [s.id for s in project.selections] == ["1", "2"]
        assert [(c.code, c.selection) for c in project.codings] == [("voice", "1"), ("power", "1"), ("voice", "2")]


NVIVO = """Name: Work\\Voice

<Files\\\\Wave 1\\\\one> - § 2 references coded  [ 6.78% Coverage]

Reference 1 - 5.80% Coverage

We shared
the work.

Reference 2 - 0.98% Coverage

Yes.

<Files\\\\two> - § 3 references coded  [ 1.00% Coverage]

Reference 1 - 1.00% Coverage

Nobody asked.
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_nvivo_report(encoding: str) -> None:
    project = read(NVIVO.replace("\n", "\r\n").encode(encoding), "report.txt", texts={"one": "So: We shared  the work. Yes. Yes."})
    assert project.format == "nvivo-text"
    assert [(s.id, s.name) for s in project.sources] == [("Wave 1/one", "one"), ("two", "two")]
    assert [(s.quote, s.place, s.start, s.end) for s in project.selections] == [
        ("We shared\nthe work.", "reference 1", 4, 24), ("Yes.", "reference 2", None, None), ("Nobody asked.", "reference 1", None, None)]
    assert {c.code for c in project.codings} == {"Work > Voice"}
    assert lost(project) == {"percentages of coverage": 2,
                             "references that the report announces and does not show": 2, "quotes found several times in its text": 1}
    assert {c.code for c in read(NVIVO.encode(), "report.txt", code="mine").codings} == {"mine"}
    assert {c.code for c in read(NVIVO.partition("\n\n")[2].encode(), "Voice.txt").codings} == {"Voice"}


@settings(deadline=None)
@given(text=TEXTS, data=st.data())
def test_a_quote_is_located_where_it_stands(text: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    places = locate(text, text[start:end])
    if text[start:end].strip():
        assert places
        assert all(text[a:b] == text[start:end] for a, b in places)
        assert (len(places) == 1) == (text.find(text[start:end], text.find(text[start:end]) + 1) < 0)
    else:
        assert places == []


def test_a_quote_with_other_white_space_is_found_and_a_wrong_one_is_not() -> None:
    assert locate("He said:\r\n  no  way\u2029at all.", "said: no way at all") == [(3, 26)]
    assert locate("He said no.", "he said no.") == []


WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def dedoose(comments: str, body: str) -> bytes:
    return zipped({"word/document.xml": f'<w:document xmlns:w="{WORDS}"><w:body>{body}</w:body></w:document>',
                   "word/comments.xml": f'<w:comments xmlns:w="{WORDS}">{comments}</w:comments>'})


def test_dedoose_comments_that_overlap_and_span_paragraphs() -> None:
    body = ('<w:p><w:r><w:t>A </w:t></w:r><w:commentRangeStart w:id="0"/><w:r><w:t>b🙂</w:t><w:tab/></w:r><w:commentRangeStart w:id="1"/></w:p>'
            '<w:p><w:r><w:t>c</w:t></w:r><w:commentRangeEnd w:id="0"/><w:r><w:t>d</w:t></w:r><w:commentRangeEnd w:id="1"/></w:p>')
    listed = [["Codes (2-7)", "voice", "power"], ["Codes (5-8)", "voice"], ["Codes (0-1)", "lost"], ["a remark"]]
    comments = "".join(f'<w:comment w:id="{i}" w:author="ada" w:date="2024">' + "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
                       + "</w:comment>" for i, lines in enumerate(listed))
    project = read(dedoose(comments, body), "d.docx")
    assert project.sources == [Source("document", "d", "A b🙂\t\ncd")]
    assert [(s.id, s.start, s.end) for s in project.selections] == [("comment 0", 2, 7), ("comment 1", 5, 8), ("comment 2", None, None)]
    assert [(c.code, c.selection, c.user) for c in project.codings] == [
        ("voice", "comment 0", "ada"), ("power", "comment 0", "ada"), ("voice", "comment 1", "ada"), ("lost", "comment 2", "ada")]
    assert (project.offsets[0].fitting, project.offsets[0].checked) == (2, 3)
    assert set(lost(project)) == {"comments that are not Dedoose's lists of codes", "comments that stand on no stretch of the text",
                                  "codings whose numbers are not where their comment stands"}


@pytest.mark.parametrize("data", [b"sep=", b"sep=\n", b'sep="\nsource,code\n', b"\0sep=", b"sep=\r\nsource,code,quote\r\na,b,c\r\n"])
def test_a_hint_that_names_no_separator_is_no_fault_of_ours(data: bytes) -> None:
    """Found by fuzzing: the hint that spreadsheets write, with nothing behind it."""
    with contextlib.suppress(InputError):
        read(data)
