"""Real files of other programs, where they are at hand: every selection is accounted for, recounted here by other means."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from boundwork import readers
from boundwork.readers.record import Project

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
FILES = sorted(p for p in SAMPLES.rglob("*") if p.is_file() and p.suffix != ".xsd")
pytestmark = pytest.mark.skipif(not FILES, reason="the sample files of other programs are not beside this checkout")


def count(project: Project, outcome: str, what: str) -> int:
    return sum(loss.count for loss in project.losses if (loss.outcome, loss.what) == (outcome, what))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_sample_is_told_by_its_content_and_read(path: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "file"
    renamed.write_bytes(path.read_bytes())
    project = readers.read(renamed)
    assert project.format in readers.FORMATS
    assert project == readers.read(path, format=project.format, name="file")


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".qdpx"], ids=lambda p: p.name)
def test_every_selection_and_coding_of_a_qdpx_is_accounted_for(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("Project.qde"))
    elements = [e for e in root.iter() if e.tag.endswith("Selection")]
    codings = [e for e in root.iter() if e.tag.endswith("}Coding")]
    project = readers.read(path)
    merged = count(project, "kept", "quotations written as an area and as characters")
    assert len(project.selections) == len(elements) - merged == len({e.get("guid") for e in elements})
    assert len(project.codings) == len(codings) - count(project, "kept", "codings that say the same again")
    by_id = {s.id: s for s in project.selections}
    for element in elements:
        if element.tag.endswith("PlainTextSelection"):
            read = by_id[str(element.get("guid")).lower()]
            assert (read.start, read.end) == (int(element.get("startPosition", "")), int(element.get("endPosition", "")))
    pairs = {(e.get("guid"), c.find("{*}CodeRef").get("targetGUID"), c.get("creatingUser"))  # type: ignore[union-attr]
             for e in elements for c in e.findall("{*}Coding")}
    assert {(c.selection, c.code, c.user) for c in project.codings} == {tuple(str(x).lower() for x in pair) for pair in pairs}


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".requal"], ids=lambda p: p.name)
def test_every_segment_of_requal_stands_at_its_words(path: Path) -> None:
    project = readers.read(path)
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    rows = list(connection.execute("SELECT doc_id, segment_start, segment_end, segment_text, code_id FROM segments"))
    connection.close()
    texts = {s.id: s.text or "" for s in project.sources}
    read = {(s.source, s.start, s.end): s for s in project.selections}
    assert set(read) == {(f"source:{doc}", start - 1, end) for doc, start, end, _, _ in rows}
    for doc, start, end, words, _ in rows:
        assert texts[f"source:{doc}"][start - 1:end] == words
    assert len(project.codings) == sum(row[4] is not None for row in rows)
    assert [(o.fitting, o.checked) for o in project.offsets] == ([(len(rows), len(rows))] if rows else [])


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".docx"], ids=lambda p: p.name)
def test_every_comment_of_dedoose_is_a_coding_on_the_paragraph_it_hangs_on(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        document = archive.read("word/document.xml").decode()
        comments = archive.read("word/comments.xml").decode()
    project = readers.read(path)
    text = project.sources[0].text or ""
    selections = {s.id: s for s in project.selections}
    paragraphs = dict(pair for p in re.findall("<w:p>.*?</w:p>", document) for pair in
                      ((i, "".join(re.findall("<w:t[^>]*>([^<]*)", p))) for i in re.findall('commentRangeStart w:id="([0-9]+)"', p)))
    expected = {}
    for id, body in re.findall('<w:comment w:id="([0-9]+)".*?>(.*?)</w:comment>', comments):
        expected[f"comment {id}/1"] = (re.findall("<w:t[^>]*>([^<]*)", body)[1], paragraphs[id])
    read = {c.id: (c.code, text[selections[c.selection].start:selections[c.selection].end]) for c in project.codings}
    assert read == expected
