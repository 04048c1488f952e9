"""Export: round trips lose nothing, files are valid by their standards, text stays home unless asked for, no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundwork.errors import UsageError
from boundwork.exchange import note as notes
from boundwork.exchange.counting import PROGRAMS, Counter
from boundwork.exchange.flat import write_csv, write_xlsx
from boundwork.exchange.refi import write_qdpx
from boundwork.exchange.sheets import Sheet
from boundwork.pipeline.exporting import export
from boundwork.pipeline.importing import import_projects
from boundwork.readers.reading import read
from boundwork.readers.record import Memo, Project, Selection
from conftest import ROOT, SHARED
from invented_projects import INTERVIEW, any_project, by_hand, said

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
SCHEMA = SHARED / "samples" / "schema" / "Project.xsd"
TABLES = ("study.toml", "codings.csv", "extracts.csv", "codes.csv", "sources.csv", "councils.csv", "speakers.csv", "claims.csv", "decisions.csv",
          "judgements.csv", "codebook.csv")


def tables(folder: Path) -> dict[str, bytes]:
    found = {n: (folder / n).read_bytes() for n in TABLES if (folder / n).is_file()}
    return found | {p.relative_to(folder).as_posix(): p.read_bytes() for d in ("texts", "codebook") for p in sorted((folder / d).rglob("*.*"))}


def to_qdpx(folder: Path, target: Path, **more: Any) -> Path:
    export(folder, "qdpx", target, io.BytesIO(), with_text=True, **more)
    return target


def text(folder: Path, to: str, **more: Any) -> str:
    out = io.BytesIO()
    export(folder, to, None, out, **more)
    return out.getvalue().decode()


@pytest.fixture(scope="session")
def schema() -> xmlschema.XMLSchema:
    if not SCHEMA.is_file():
        pytest.skip("the schema of the standard is not here (../shared/samples/schema)")
    return xmlschema.XMLSchema(str(SCHEMA))


@pytest.fixture
def town(scratch: Path) -> Path:
    import_projects([by_hand()], scratch / "town")
    return scratch / "town"


def test_the_shipped_study_comes_back_as_it_went(scratch: Path) -> None:
    """Two coders, theory in columns, claims, decisions, judgements: every table to the byte."""
    file = to_qdpx(ROOT / "data" / "example-study", scratch / "e.qdpx")
    import_projects([read(file)], scratch / "back")
    assert tables(scratch / "back") == tables(ROOT / "data" / "example-study")


def test_a_project_with_everything_comes_back_with_everything(town: Path, scratch: Path) -> None:
    """Also what no table holds: memos, links, sets, cases, values, dates, weights, colours, a coding on an empty selection."""
    back = read(to_qdpx(town, scratch / "t.qdpx"))
    carried = notes.take(back)
    assert carried is not None
    notes.restore(back, carried.extra)
    given_, found = by_hand(), back
    assert {(c.name, c.description, c.codable, c.color) for c in found.codes} == {(c.name, c.description, c.codable, c.color) for c in given_.codes}
    assert {(m.name, m.text) for m in found.memos} == {(m.name, m.text.replace("\r\n", "\n")) for m in given_.memos} or \
        {(m.name, m.text) for m in found.memos} == {(m.name, m.text) for m in given_.memos}
    assert {(g.name, len(g.members)) for g in found.groups} == {(g.name, len(g.members)) for g in given_.groups}
    assert [(link.name, link.direction) for link in found.links] == [("answers", "OneWay")]
    assert {c.name for c in found.cases} == {"Alderton", "The officer"}
    assert {a.value for a in found.attributes} == {"District", "Chief executive", "2004", "cheerful"}
    assert {c.weight for c in found.codings} == {"", "50"}
    assert any(s.start == s.end == 5 for s in found.selections)
    assert {s.memo for s in found.sources} >= {"Recorded in the town hall."}
    about = {m.name: m.about for m in found.memos}
    assert about["case note"] == next(c.id for c in found.cases if c.name == "Alderton")
    assert said(found) >= {s for s in said(given_) if s[1] is not None and s[1] != s[2] and s[4]}


@QUIET
@given(project=any_project())
def test_any_study_comes_back_as_it_went(project: Project, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    import_projects([project], tmp_path / "one")
    import_projects([read(to_qdpx(tmp_path / "one", tmp_path / "p.qdpx"))], tmp_path / "two")
    first, second = tables(tmp_path / "one"), tables(tmp_path / "two")
    assert second == first


@QUIET
@given(project=any_project(), program=st.sampled_from([None, *PROGRAMS]))
def test_every_coding_keeps_its_characters(project: Project, program: str | None, tmp_path: Path) -> None:
    """qdpx -> study -> qdpx: the same words of the same text under the same code by the same coder, however a program counts."""
    with open(tmp_path / "in.qdpx", "wb") as file:
        write_qdpx(file, project, "boundwork test", None, {})
    shutil.rmtree(tmp_path / "study", ignore_errors=True)
    given_ = read(tmp_path / "in.qdpx")
    assert said(given_) == said(project)
    import_projects([given_], tmp_path / "study")
    back = read(to_qdpx(tmp_path / "study", tmp_path / "out.qdpx", program=program))
    plain = {(t, a, b, tuple(" ".join(n.split()) for n in p), " ".join(u.split())) for t, a, b, p, u in said(back)}
    assert plain == {(t, a, b, tuple(" ".join(n.split()) for n in p), " ".join(u.split())) for t, a, b, p, u in said(project)}


@QUIET
@given(project=any_project())
def test_what_is_written_is_valid_by_the_schema_of_the_standard(project: Project, schema: xmlschema.XMLSchema, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "study", ignore_errors=True)
    import_projects([project], tmp_path / "study")
    with zipfile.ZipFile(to_qdpx(tmp_path / "study", tmp_path / "p.qdpx")) as archive:
        schema.validate(io.BytesIO(archive.read("project.qde")))


def test_everything_that_a_project_may_hold_is_valid(town: Path, scratch: Path, schema: xmlschema.XMLSchema) -> None:
    for file in (to_qdpx(town, scratch / "t.qdpx"), to_qdpx(ROOT / "data" / "example-study", scratch / "e.qdpx", program="nvivo")):
        with zipfile.ZipFile(file) as archive:
            schema.validate(io.BytesIO(archive.read("project.qde")))


def test_the_same_study_gives_the_same_bytes(town: Path, scratch: Path) -> None:
    assert to_qdpx(town, scratch / "a.qdpx").read_bytes() == to_qdpx(town, scratch / "b.qdpx").read_bytes()


def test_work_done_in_another_program_comes_back_into_the_study(town: Path, scratch: Path) -> None:
    """Out, a coding added and one taken away there under new GUIDs; meanwhile a cell was edited here: both stand afterwards."""
    project = read(to_qdpx(town, scratch / "t.qdpx"))
    with open(town / "codes.csv", encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for row in found:
        row["maps_to"] = "external-assessor" if row["id"] == "outsiders" else row["maps_to"]
    with open(town / "codes.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    first = project.selections[0]
    project.selections.append(Selection("new", first.source, 0, 12))
    project.codings = [*project.codings[1:], replace(project.codings[0], id="fresh", selection="new")]
    done = import_projects([project], town)
    assert sorted((c.what, c.table) for c in done.changes) == [("gone", "codings"), ("new", "codings"), ("new", "extracts")]
    with open(town / "codes.csv", encoding="utf-8", newline="") as file:
        assert {r["id"]: r["maps_to"] for r in csv.DictReader(file)}["outsiders"] == "external-assessor"


@pytest.mark.parametrize(("program", "start"), [("nvivo", 4), ("qualcoder", 3), ("atlas", 2), ("maxqda", 3)])
def test_characters_are_counted_as_the_program_counts_them(program: str, start: int) -> None:
    """Behind an emoji and a CRLF."""
    assert Counter("\U0001f600\r\nx", PROGRAMS[program])(3) == start
    assert bool(PROGRAMS[program].warning) == (program in ("atlas", "maxqda"))


def test_a_qdpx_is_refused_without_leave_to_hold_text(town: Path, scratch: Path) -> None:
    with pytest.raises(UsageError, match="holds the texts"):
        export(town, "qdpx", scratch / "x.qdpx", io.BytesIO())
    assert not (scratch / "x.qdpx").exists()


def test_a_note_from_a_stranger_writes_nothing_outside_and_runs_nothing(scratch: Path) -> None:
    tree = {"boundwork": 1, "study": "evil", "extra": {"codings": {"x": {"id": "y"}}}, "files": {
        "../../outside.txt": "x", "codebook/../../up.md": "x", "queries/derive/01-evil.rq": "CONSTRUCT {} WHERE { SERVICE <http://x/> {} }",
        "study.toml": "[study]\nid = \"evil\"\ntitle = \"t\"\n[coders.a]\nlabel = \"a\"\n",
        "sources.csv": f"id,title,file\ns,Interview 1.docx,../../../outside.txt\nn,Office notes,/etc/outside\n"}}  # noqa: F541
    project = by_hand()
    project.memos.append(Memo("m", json.dumps(tree), notes.NAME))
    import_projects([project], scratch / "deep" / "town")
    assert {p.relative_to(scratch).parts[:2] for p in scratch.rglob("*")} - {("deep",)} == {("deep", "town")}
    assert not (scratch / "deep" / "town" / "queries").exists()
    assert {p.parent.name for p in (scratch / "deep" / "town").rglob("*.txt")} == {"texts"}


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "-2+3+cmd", "+49 30 1", "=HYPERLINK(\"http://x\")"]
HARMLESS = ["007", "1e5", "a=b", "'quoted", "_x0041_", "line\nbreak", "\x01bell", "é\U0001f600", ""]


@pytest.mark.parametrize("raw", [False, True])
def test_no_cell_is_a_formula_and_raw_is_exact(raw: bool) -> None:
    sheet = Sheet(["a"], [{"a": cell} for cell in (*DANGEROUS, *HARMLESS)])
    out = io.BytesIO()
    write_csv(out, sheet, raw)
    cells = [r[0] if r else "" for r in csv.reader(io.StringIO(out.getvalue().decode(), newline=""))][1:]
    assert cells[: len(DANGEROUS)] == [c if raw else f"'{c}" for c in DANGEROUS]
    assert cells[len(DANGEROUS) :][: len(HARMLESS) - 1] == HARMLESS[:-1]
    book = io.BytesIO()
    write_xlsx(book, [("t", sheet)], raw)
    found = [row[0] for row in openpyxl.load_workbook(book)["t"].iter_rows(min_row=2)]
    assert {c.data_type for c in found if c.value is not None} <= {"s", "n", "inlineStr"}
    assert not any(c.data_type == "f" for c in found)
    assert [c.quotePrefix for c in found[: len(DANGEROUS)]] == [not raw] * len(DANGEROUS)


def test_a_workbook_reads_back_cell_by_cell(tmp_path: Path) -> None:
    from boundwork.readers.sheets import read_sheets

    with open(tmp_path / "t.xlsx", "wb") as file:
        write_xlsx(file, [("t", Sheet(["a"], [{"a": c} for c in (*DANGEROUS, *HARMLESS[:-1])]))], False)
    [sheet] = read_sheets(tmp_path / "t.xlsx", "t.xlsx", "xlsx")
    assert [r.cells[0] for r in sheet.rows[1:]] == [*DANGEROUS, *HARMLESS[:-1]]


@pytest.mark.parametrize("to", ["csv", "jsonld", "qdc", "nq", "turtle"])
def test_words_leave_only_when_asked(to: str, town: Path, cache: Path) -> None:
    words = "they bring a way of measuring"
    assert words in INTERVIEW
    assert words not in text(town, to)
    if to != "qdc":
        assert words in text(town, to, with_text=True)


def test_annotations_say_who_coded_what_where(town: Path) -> None:
    page = json.loads(text(town, "jsonld", with_text=True))
    assert page["@context"] == "http://www.w3.org/ns/anno.jsonld"
    assert page["partOf"]["total"] == len(page["items"]) == 8
    one = next(i for i in page["items"] if any(b.get("value") == "Outsiders" for b in i["body"]) and i["creator"]["name"] == "Ben")
    position, quote = one["target"]["selector"]
    assert INTERVIEW[position["start"] : position["end"]] == quote["exact"] == "they bring a way of measuring"
    assert INTERVIEW.index(quote["prefix"] + quote["exact"] + quote["suffix"]) >= 0
    assert {i["type"] for i in page["items"]} == {"Annotation"}


def test_the_table_of_codings_and_all_tables(town: Path, scratch: Path) -> None:
    flat = list(csv.DictReader(io.StringIO(text(town, "csv"))))
    assert {(r["coder_label"], r["code_labels"]) for r in flat} >= {("Ann Example", "Expertise"), ("Ben", "Outsiders")}
    export(town, "csv", scratch / "t.zip", io.BytesIO())
    assert {"coded.csv", "codings.csv", "extracts.csv", "codes.csv"} <= set(zipfile.ZipFile(scratch / "t.zip").namelist())
    export(town, "xlsx", scratch / "t.xlsx", io.BytesIO())
    assert openpyxl.load_workbook(scratch / "t.xlsx")["coded"].max_row == len(flat) + 1


def test_a_codebook_keeps_its_hierarchy(town: Path, scratch: Path) -> None:
    export(town, "qdc", scratch / "c.qdc", io.BytesIO())
    found = read(scratch / "c.qdc")
    assert {(c.name, c.description) for c in found.codes} == {(c.name, c.description) for c in by_hand().codes}
