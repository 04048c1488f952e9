"""Dedoose's Word documents, comment by comment: stretches that are one, that are none, and what in a comment is a code."""

from __future__ import annotations

from pathlib import Path

import pytest

import boundwork.readers.dedoose_word as module
from boundwork.errors import InputError
from boundwork.readers.dedoose_word import read_dedoose_word
from boundwork.readers.record import Code, Coding, Loss, Offsets, Project, Selection, Source
from readers.writers import zipped

TOLD = "of the file's own count"


def comment(id: int | str, *lines: str) -> str:
    return f'<w:comment w:id="{id}" w:author="ada" w:date="2024"> ' + "".join(f"<w:p> <w:r><w:t>{line}</w:t></w:r> </w:p>" for line in lines) + "</w:comment>"


def begin(id: int | str) -> str:
    return f'<w:commentRangeStart w:id="{id}"/>'


def end(id: int | str) -> str:
    return f'<w:commentRangeEnd w:id="{id}"/>'


def read(folder: Path, body: str, comments: str | None, **others: bytes) -> Project:
    entries: dict[str, bytes | str] = {"word/document.xml": f"<w:document> <w:body> {body} </w:body> </w:document>", **others}
    if comments is not None:
        entries["word/comments.xml"] = f"<w:comments> {comments} </w:comments>"
    (folder / "d.docx").write_bytes(zipped(entries))
    return read_dedoose_word(folder / "d.docx", "d.docx")


def refused(folder: Path, body: str, comments: str | None, **others: bytes) -> str:
    with pytest.raises(InputError) as error:
        read(folder, body, comments, **others)
    return str(error.value)


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read"]


def words(text: str) -> str:
    return f"<w:p> <w:r> <w:t>{text}</w:t> </w:r> </w:p>"


def test_comments_of_the_same_numbers_on_the_same_stretch_are_one_selection(tmp_path: Path) -> None:
    marks = "".join(map(begin, range(4))), "".join(map(end, range(4)))
    body = f"<w:p>{marks[0]}<w:r><w:t>on</w:t><w:br/><w:t>e</w:t><w:cr/><w:noBreakHyphen/></w:r>{marks[1]}</w:p>{words('two')}"
    listed = [comment(0, "Codes (0-6)", "voice", " ", "power "), comment(1, " Codes ( 0 - 6 ) ", "voice"), comment(2, "Codes (0-5)", "voice"),
              comment(3, "Codes (0-6)<w:tab/>", "a<w:br/>b")]
    project = read(tmp_path, body, "".join(listed).replace("<w:tab/></w:t>", "</w:t><w:tab/>").replace("<w:br/>b", "</w:t><w:br/><w:t>b"))
    assert project.sources == [Source("document", "d", "on\ne\n\u2011\ntwo")]
    assert project.codes == [Code("voice", "voice"), Code("power", "power"), Code("a\nb", "a\nb")]
    assert project.selections == [Selection("comment 0", "document", 0, 6, place=f"characters 0 to 6 {TOLD}", created="2024", user="ada"),
                                  Selection("comment 2", "document", 0, 6, place=f"characters 0 to 5 {TOLD}", created="2024", user="ada")]
    assert project.codings == [Coding(id, code, "ada", selection, "document", created="2024") for id, code, selection in (
        ("comment 0/1", "voice", "comment 0"), ("comment 0/3", "power", "comment 0"), ("comment 1/1", "voice", "comment 0"),
        ("comment 2/1", "voice", "comment 2"),
        ("comment 3/1", "a\nb", "comment 0"))]
    assert project.offsets == [Offsets("code points, from the anchors of the comments", "each paragraph ends with LF", False, 3, 4, 4)]
    assert losses(project) == [Loss("approximated", "codings whose numbers are not where their comment stands", 1,
                                    "read where the comment stands; the numbers are kept as words")]


def test_comments_without_a_stretch_are_kept_each_for_itself(tmp_path: Path) -> None:
    """One that is not in the text, one that never ends, one that ends before it begins; one of no length stands at its place."""
    body = f"<w:p>{begin(1)}{end(2)}<w:r><w:t>ab</w:t></w:r>{begin(2)}{begin(3)}{end(3)}</w:p>"
    project = read(tmp_path, body, "".join(comment(id, "Codes (0-2)", "voice") for id in range(3)) + comment(3, "Codes (2-2)", "voice"))
    assert [(s.id, s.start, s.end) for s in project.selections] == [("comment 0", None, None), ("comment 1", None, None), ("comment 2", None, None),
                                                                    ("comment 3", 2, 2)]
    assert losses(project) == [
        Loss("approximated", "comments that stand on no stretch of the text", 3, "kept without characters", "comment 0; comment 1; comment 2"),
        Loss("approximated", "codings whose numbers are not where their comment stands", 3, "read where the comment stands; the numbers are kept as words")]


def test_other_comments_are_told(tmp_path: Path) -> None:
    long = "x" * 20
    comments = (comment(3, "Codes (0-1)"), comment(long, "a remark"), comment(f"{long}y", "why"), comment(2), words("aside"), comment(4, "Codes (0-1)"))
    project = read(tmp_path, words("a"), "odd" + "".join(comments))
    assert losses(project)[-1] == Loss("left out", "comments that are not Dedoose's lists of codes", 3, "", f"comment {long}; comment {long[1:]}…; comment 2")
    assert project.offsets[0].selections == 2


def test_what_is_none_of_dedoose_s_is_refused(tmp_path: Path) -> None:
    none = "d.docx is a Word document without Dedoose's comments. Their first paragraph is Codes (START-END)."
    assert refused(tmp_path, words("a"), None) == none
    assert refused(tmp_path, words("a"), comment(0, "a remark")) == none
    for id, shown in (("x" * 20, "x" * 20), ("x" * 21, "x" * 19 + "…")):
        told = refused(tmp_path, words("a"), comment(id, "Codes (0-1)") + "\n" + comment(id, "Codes (0-1)"))
        assert told == f"d.docx, word/comments.xml, line 2: a second comment {shown}. It cannot be told which one counts."
    assert "is an archive inside the archive" in refused(tmp_path, words("a"), comment(0, "Codes (0-1)"), **{"word/embeddings/a.zip": zipped({"a": ""})})


def test_a_document_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TEXT", 5)
    assert read(tmp_path, words("one") + words("2"), comment(0, "Codes (0-1)")).sources[0].text == "one\n2"
    assert refused(tmp_path, words("one") + words("22"), comment(0, "Codes (0-1)")) == "d.docx holds more than 0 million characters."
