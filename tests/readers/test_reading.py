"""What a file is, told by its content: every container, every refusal, what may be asked of which format, and one project of several."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from boundwork import readers
from boundwork.errors import InputError, UsageError
from boundwork.readers import reading
from boundwork.readers.decoding import decoded
from boundwork.readers.detecting import FORMATS, container
from boundwork.readers.several import chosen
from readers.writers import QUALCODER_8, SCHEMAS, csv_bytes, database, ods, xlsx, zipped

TABLE = csv_bytes([["source", "code"], ["one", "voice"]])
REPORT = "<Files\\\\one> - § 1 references coded  [ 6.78% Coverage]\n\nReference 1 - 5.80% Coverage\n\nWords.\n"
OTHERWISE = ("Export the project from its program as REFI-QDA (.qdpx), or its codings as a table (CSV, XLSX). "
             f"If it is one of these formats all the same, name it with --from: {', '.join(FORMATS)}.")


def kind(folder: Path, data: bytes, name: str = "f") -> str:
    (folder / name).write_bytes(data)
    return container(folder / name, name)


def refused(folder: Path, data: bytes, name: str = "f") -> str:
    with pytest.raises(InputError) as error:
        kind(folder, data, name)
    return str(error.value)


@pytest.mark.parametrize(("encoded", "name", "codec"), [
    ("é".encode(), "UTF-8", "utf-8"), ("\ufeffé".encode(), "UTF-8", "utf-8-sig"), (b"", "UTF-8", "utf-8"), (b"\xe9\x81", "Windows-1252", "cp1252"),
    ("é".encode("utf-16"), "UTF-16", "utf-16"), ("\ufeffé".encode("utf-16-be"), "UTF-16", "utf-16"),
    ("ab".encode("utf-16-le"), "UTF-16", "utf-16-le"), ("ab".encode("utf-16-be"), "UTF-16", "utf-16-be"),
    *((data, "UTF-8", "utf-8") for data in (b"a\0b", b"\0a\0", b"a\0\0\0", b"ab\0\0", b"\0\0\0a")),
    (("a" * 100 + "\u0100").encode("utf-16-le"), "UTF-16", "utf-16-le"), (("a" * 99 + "Ж").encode("utf-16-le"), "UTF-8", "utf-8"),
    (("a" * 100 + "\u0141").encode("utf-16-be"), "UTF-16", "utf-16-be"), (("a" * 99 + "\u0141").encode("utf-16-be"), "UTF-8", "utf-8"),
    (("a" * 99 + "\u0100").encode("utf-16-be"), "UTF-8", "utf-8")])
def test_an_encoding_is_told_by_its_mark_or_by_the_zeros_of_its_first_hundred_characters(encoded: bytes, name: str, codec: str) -> None:
    assert decoded(encoded) == (encoded.decode(codec, "replace"), name)


def test_a_beginning_may_end_inside_a_character() -> None:
    assert [decoded("aé🙂".encode()[:n], whole=False) for n in (2, 3, 6, 7)] == [("a", "UTF-8"), ("aé", "UTF-8"), ("aé", "UTF-8"), ("aé🙂", "UTF-8")]
    assert decoded("aé".encode()[:2]) == ("aÃ", "Windows-1252")


def test_every_container_is_told_by_what_is_in_it(tmp_path: Path) -> None:
    assert {format: container(database(tmp_path / format, schema, {}), "f") for format, schema in SCHEMAS.items()} == {f: f for f in SCHEMAS}
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "data.qda").touch()
    assert container(folder, "f") == "qualcoder"
    entries = {"qdpx": "Inside/P.QDE", "qualcoder": "x/Data.qda", "xlsx": "xl/workbook.xml", "dedoose-word": "word/document.xml", "ods": "content.xml"}
    assert {format: kind(tmp_path, zipped({entry: "", "more": ""})) for format, entry in entries.items()} == {f: f for f in entries}
    assert kind(tmp_path, zipped({"data.qda": ""})) == "qualcoder"
    assert kind(tmp_path, b"PK00" + zipped({"content.xml": ""})) == "ods"  # the first of several volumes begins so
    for words in (b"MZ" + zipped({"content.xml": ""}), b"PKW,code\n", b"source,code\n"):
        assert kind(tmp_path, words) == "csv"


@pytest.mark.parametrize(("text", "format"), [
    ("<?xml version='1.0'?><x/>", "qdc"), (" \n<!DOCTYPE x>", "qdc"), ("<CodeBook>", "qdc"), ("<q:Project x='1'>", "qdc"), ("<Projects>", "csv"),
    ("a <CodeBook>", "csv"), (REPORT, "nvivo-text"), ("Name: x\n" + REPORT, "nvivo-text"), ("> " + REPORT, "csv")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_words_are_told_by_how_they_begin(text: str, format: str, encoding: str, tmp_path: Path) -> None:
    assert kind(tmp_path, text.encode(encoding)) == format


def test_four_thousand_bytes_tell_what_words_are_wherever_they_are_cut(tmp_path: Path) -> None:
    head = "<f> - § 1 ".encode()
    assert [kind(tmp_path, b"x" * (4_095 - len(head) + late) + b"\n" + head + b"more") for late in (0, 1)] == ["nvivo-text", "csv"]
    for shift in range(3):  # one of them ends inside a character
        assert kind(tmp_path, REPORT.encode() + b"x" * shift + "é".encode() * 3_000) == "nvivo-text"


def test_what_is_none_of_them_is_told_with_what_it_is(tmp_path: Path) -> None:
    def other(found: str) -> str:
        return f"f is {found}. {OTHERWISE}"

    assert refused(tmp_path, b"") == other("empty")
    for magic, words in ((b"\xd0\xcf\x11\xe0", "a file of an older Microsoft Office: save it again as XLSX or DOCX"), (b"%PDF-1.7", "a PDF"),
                         (b"{\\rtf1", "an RTF document"), (b"\x1f\x8b", "a gzip archive: unpack it first"), (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
                         (b"Rar!", "a RAR archive: unpack it first")):
        assert refused(tmp_path, magic + b"more") == other(words)
    for names, shown in (((), "none"), ("abcde", "a, b, c, d")):
        assert refused(tmp_path, zipped(dict.fromkeys(names, ""))) == other(f"a zip file of something else (its first entries: {shown})")
    for names, shown in (((), "none"), ("abcdefg", "a, b, c, d, e, f")):
        data = database(tmp_path / f"{len(names)}.db", "".join(f"CREATE TABLE {n} (x);" for n in names) or "VACUUM", {}).read_bytes()
        assert refused(tmp_path, data) == other(f"an SQLite database of another program (its tables: {shown})")
    for path, words in ((tmp_path, other("a folder without a data.qda in it")), (tmp_path / "none", "There is no file f."),
                        (tmp_path / ("x" * 300), "f cannot be read (File name too long).")):
        with pytest.raises(InputError) as error:
            container(path, "f")
        assert str(error.value) == words


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f")
    with pytest.raises(InputError, match=r"^f is no file\.$"):
        container(tmp_path / "f", "f")


@pytest.mark.parametrize(("data", "formats"), [
    (TABLE, {"maxqda", "atlas", "dedoose", "qualcoder-table", "taguette-table", "table", "nvivo-text", "qdc"}),
    (xlsx({"s": [["source", "code"], ["one", "voice"]]}), {"maxqda", "atlas", "dedoose", "qualcoder-table", "taguette-table", "table"}),
    (ods({"s": [["source", "code"], ["one", "voice"]]}), {"maxqda", "atlas", "dedoose", "qualcoder-table", "taguette-table", "table"}),
    (b"<CodeBook/>", {"qdc"}), (REPORT.encode(), {"nvivo-text"})], ids=["csv", "xlsx", "ods", "qdc", "report"])
def test_a_format_is_asked_of_files_that_can_be_of_it(data: bytes, formats: set[str], tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(data)
    possible = set()
    for format in FORMATS:
        try:
            readers.read(tmp_path / "f", format=format)
            possible.add(format)
        except InputError as error:
            if f"f is not {FORMATS[format].split(' (')[0]}: its content is " not in str(error):
                possible.add(format)
            else:
                assert str(error).endswith(". Leave --from out, or name the right one.")
    assert possible == formats


def test_every_format_is_read_by_its_own_reader(tmp_path: Path) -> None:
    """The format of the project says who read it."""
    projects = [(0, "A", "", ""), (1, "B", "", "")]
    comment = "<comments><comment id='1'><p><t>Codes (0-1)</t></p></comment></comments>"
    files = {"qdpx": zipped({"p.qde": "<Project/>"}), "qdc": b"<CodeBook/>",
             "dedoose-word": zipped({"word/document.xml": "<x/>", "word/comments.xml": comment}),
             "nvivo-text": REPORT.encode(), "taguette-table": csv_bytes([["id", "document", "tag", "content"], ["1", "one", "voice", "Words."]]),
             **{f: database(tmp_path / f, SCHEMAS[f], {"projects": projects} if f in ("taguette", "requal") else {}).read_bytes() for f in SCHEMAS}}
    for format, data in files.items():
        (tmp_path / "f").write_bytes(data)
        project = readers.read(tmp_path / "f", project="1", texts={"one": "Words."})
        assert project.format == format
        assert project.name == ("B" if format in ("taguette", "requal") else "f")
        assert [(s.start, s.end) for s in project.selections if s.quote] == ([(0, 6)] if format in ("nvivo-text", "taguette-table") else [])


def test_what_is_no_format_and_no_choice_is_told(tmp_path: Path) -> None:
    for choices, words in (({"projekt": 1},
                            "'projekt' is no choice of a reader. Did you mean 'project'? Choices are project, columns, sheets, texts, code, name"),
                           ({"format": "qdpq"}, f"'qdpq' is no format. Did you mean 'qdpx'? Formats are {', '.join(FORMATS)}")):
        with pytest.raises(UsageError) as error:
            readers.read(tmp_path / "f", **choices)
        assert str(error.value) == words
    (tmp_path / "f").write_bytes(TABLE)
    with pytest.raises(InputError, match=r"^mine\.csv is not REFI-QDA project: its content is csv\. Leave"):
        readers.read(tmp_path / "f", format="qdpx", name="mine.csv")


@pytest.mark.parametrize(("error", "words"), [
    (RecursionError("x"), "f.csv is too large or too deep to read (RecursionError)."), (MemoryError(), "f.csv is too large or too deep to read (MemoryError)."),
    (OSError(5, "Input/output error"), "f.csv cannot be read (Input/output error)."), (OSError("odd"), "f.csv cannot be read (odd).")])
def test_a_failure_while_reading_is_one_line(error: Exception, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> None:
        raise error

    (tmp_path / "f.csv").write_bytes(TABLE)
    monkeypatch.setattr(reading, "_table", failing)  # no file does so at will
    with pytest.raises(InputError) as caught:
        readers.read(tmp_path / "f.csv")
    assert str(caught.value) == words


def test_a_report_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_bytes(REPORT.encode())
    monkeypatch.setattr(reading, "MOST_FILE", len(REPORT.encode()))
    assert len(readers.read(tmp_path / "f").selections) == 1
    monkeypatch.setattr(reading, "MOST_FILE", len(REPORT.encode()) - 1)
    with pytest.raises(InputError, match=r"^f is more than 0 MB\.$"):
        readers.read(tmp_path / "f")


def test_a_zip_holds_one_database_of_qualcoder(tmp_path: Path) -> None:
    data = database(tmp_path / "data.qda", QUALCODER_8, {}).read_bytes()
    path = tmp_path / "study.qda.zip"
    for entry, name in (("data.qda", "study"), ("inside.qda/data.qda", "inside"), ("deep/Folder/DATA.QDA", "Folder")):
        path.write_bytes(zipped({entry: data, "notes.txt": ""}))
        assert readers.read(path).name == name
    path.write_bytes(zipped({f"{n}/data.qda": data for n in range(5)}))
    with pytest.raises(InputError) as error:
        readers.read(path)
    assert str(error.value) == ("study.qda.zip holds 5 databases of QualCoder: 0/data.qda, 1/data.qda, 2/data.qda, 3/data.qda. Zip one project alone.")


def test_bytes_that_are_no_text_are_no_table(tmp_path: Path) -> None:
    """What a caller names columns of is read as a table, and refused where it is none; UTF-16 is full of zeros."""
    def told(data: bytes, **choices: Any) -> str:
        (tmp_path / "f").write_bytes(data)
        with pytest.raises(InputError) as error:
            readers.read(tmp_path / "f", **choices)
        return str(error.value)

    row = "f, row 3: a NUL character. The file is damaged, or no table."
    none = f"f is no text, and none of the containers that are known. {OTHERWISE}"
    padded = TABLE + b"y" * (65_535 - len(TABLE))
    assert told(padded + b"\0") == none
    assert told(padded + b"y\0") == row
    assert told(TABLE + b"\0") == none
    assert told(TABLE + b"\0", columns={"source": "source"}) == row
    (tmp_path / "f").write_bytes(TABLE.decode().encode("utf-16"))
    assert [c.code for c in readers.read(tmp_path / "f").codings] == ["voice"]


def test_one_project_of_several_is_asked_for_by_id_or_name() -> None:
    """An id comes before a name; what is not told apart is listed, up to twenty."""
    def told(projects: dict[str, str], asked: str | None) -> str:
        with pytest.raises(InputError) as error:
            chosen(projects, asked, "f")
        return str(error.value)

    some = {"1": "A", "2": "B", "3": "B", "4": "1"}
    assert [chosen(some, asked, "f") for asked in ("1", "2", "A")] == ["1", "2", "1"]
    assert chosen({"7": "A"}, None, "f") == "7"
    assert told(some, "B") == "f holds several projects called 'B'. It holds 1 (A), 2 (B), 3 (B), 4 (1)."
    assert told(some, "C") == "f holds no project called 'C'. It holds 1 (A), 2 (B), 3 (B), 4 (1)."
    assert told(some, None) == "f holds 4 projects: 1 (A), 2 (B), 3 (B), 4 (1). Name one of them with --project."
    assert (told({}, "A"), told({}, None)) == ("f holds no project called 'A'. It holds none.", "f holds 0 projects.")
    many = {str(n): "x" for n in range(21)}
    assert told(many, "y").endswith("18 (x), 19 (x).")
