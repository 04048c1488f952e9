"""REFI-QDA: round trips in every convention, and each trap that real writers set."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundwork import readers
from boundwork.errors import InputError
from boundwork.readers import refi, refi_selections
from boundwork.readers.record import Case, Code, Coding, Loss, Memo, Offsets, Project, Selection, Source, User
from readers.projects import guid, projects
from readers.writers import COUNT, qde, qdpx, zipped

WRITERS = {"NVivo 12": "UTF-16 units", "NVivo Mac 12.7": "UTF-16 units", "QualCoder 3.5": "code points", "ATLAS.ti Win 24": "code points, CRLF as one",
           "MAXQDA 24": "code points", "boundwork 0.1": "code points", "boundwork 0.1 for NVivo": "UTF-16 units"}


def read(data: bytes, name: str = "p.qdpx", **choices: Any) -> Project:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        return readers.read(path, **choices)


def same(project: Project, other: Project) -> None:
    """The two hold the same, but for the report of reading."""
    assert replace(other, losses=[], offsets=[], format="", name="") == replace(project, losses=[], offsets=[], format="", name="")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(project=projects(), writer=st.sampled_from(sorted(WRITERS)), bom=st.booleans(), variant=st.integers(0, 3))
def test_a_project_comes_back_from_qdpx_as_it_was(project: Project, writer: str, bom: bool, variant: int) -> None:
    """The names of real selections are the evidence; where there is none, the writer's declared convention is right by construction."""
    project.origin = writer
    document, folder, namespace, form = (
        ("project.qde", "sources/", "urn:QDA-XML:project:1.0", str),
        ("Project.qde", "Sources/", "urn:QDA-XML:project:1:0", str.upper),
        ("My study.QDE", "SOURCES/", "urn:QDA-XML:project:0:4", lambda g: "{" + g + "}"),
        ("p.qde", "", "urn:QDA-XML:project:1.0", lambda g: "{" + g.upper() + "}"))[variant]
    data = qdpx(project, COUNT[WRITERS[writer]], document, folder, bom, namespace=namespace, guid=form, names=True)
    back = read(data)
    assert back.name == project.name
    for selection in back.selections:
        text = next(s.text for s in project.sources if s.id == selection.source) or ""
        if "\r" not in text[selection.start:selection.end]:
            assert selection.name.rstrip("…") in " ".join(text[selection.start:selection.end].split())
    back.selections = [replace(s, name="") for s in back.selections]
    back.sources = [replace(s, path=f"sources/{s.id}.txt") for s in back.sources]
    same(project, back)
    assert [loss for loss in back.losses if loss.outcome in ("approximated", "left out")] == []


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(project=projects())
def test_losses_count_what_is_read(project: Project) -> None:
    back = read(qdpx(project))
    counted = {loss.what: loss.count for loss in back.losses if loss.outcome == "read"}
    kinds = ("users", "codes", "sources", "selections", "codings", "variables", "cases", "groups", "memos", "links", "attributes")
    assert counted == {k: len(getattr(project, k)) for k in kinds if getattr(project, k)}


TEXT = "The chief executive 🙂 decides.\r\nThe members 🙂 ask,\r\nand the officers 🙂 answer."
U, C1, C2, S = (guid(i) for i in (1, 2, 3, 4))


def small(*selections: str, extra: str = "", cases: str = "", codes: str = "", origin: str = "NVivo", text: str | bytes = TEXT,
          **entries: bytes | str) -> bytes:
    """A QDPX with one source, two codes, and these selections as XML."""
    document = (f'<Project name="p" origin="{origin}" xmlns="urn:QDA-XML:project:1.0"><Users><User guid="{U}" name="Ada"/></Users><CodeBook><Codes>'
                f'<Code guid="{C1}" name="voice" isCodable="true"/><Code guid="{C2}" name="power" isCodable="true"/>{codes}</Codes></CodeBook>{cases}'
                f'<Sources><TextSource guid="{S}" name="one" plainTextPath="internal://{S}.txt">{"".join(selections)}</TextSource></Sources>{extra}</Project>')
    return zipped({"project.qde": document, f"sources/{S}.txt": text.encode() if isinstance(text, str) else text, **entries})


def selection(number: int, start: int | str, end: int | str, *codes: str, user: str = "", name: str = "", memo: str = "") -> str:
    description = f"<Description>{memo}</Description>" if memo else ""
    codings = "".join(f'<Coding guid="{guid(900 + 10 * number + i)}" creatingUser="{user}"><CodeRef targetGUID="{c}"/></Coding>' for i, c in enumerate(codes))
    return (f'<PlainTextSelection guid="{guid(100 + number)}" startPosition="{start}" endPosition="{end}" name="{name}">{description}{codings}'
            "</PlainTextSelection>")


def lost(project: Project) -> dict[str, int]:
    return {loss.what: loss.count for loss in project.losses if loss.outcome != "read"}


def test_nvivo_counts_utf16_units_and_its_coder_is_the_codings_own() -> None:
    start = COUNT["UTF-16 units"](TEXT, TEXT.index("members"))
    inner = selection(1, start, start + 7, C1, user=U).replace("<PlainTextSelection", f'<PlainTextSelection creatingUser="{guid(77)}"')
    project = read(small(inner))
    assert [(s.start, s.end) for s in project.selections] == [(TEXT.index("members"), TEXT.index("members") + 7)]
    assert project.codings == [Coding(guid(910), C1, U, guid(101), S)]
    assert project.offsets == [Offsets("UTF-16 units", "as they are", True, 0, 0, 1)]


def test_selections_of_one_span_are_one_and_cases_follow_them() -> None:
    cases = f'<Cases><Case guid="{guid(50)}" name="Ada"><SelectionRef targetGUID="{guid(102)}"/></Case></Cases>'
    project = read(small(selection(1, 0, 3, C1, user=U), selection(2, 0, 3, C2, user=U, memo="see"), selection(3, 0, 3, C1, user=U), cases=cases))
    assert [(s.id, s.start, s.end, s.memo) for s in project.selections] == [(guid(101), 0, 3, "see")]
    assert {(c.code, c.selection) for c in project.codings} == {(C1, guid(101)), (C2, guid(101))}
    assert project.cases == [Case(guid(50), "Ada", selections=(guid(101),))]
    assert lost(project) == {"selections of characters that another selection marks already": 2, "codings that say the same again": 1}


def test_a_selection_without_a_code_is_an_annotation() -> None:
    project = read(small(selection(1, 0, 3, memo="why?")))
    assert (project.selections[0].memo, project.codings) == ("why?", [])


def test_a_case_without_a_name_carries_variables_of_its_sources() -> None:
    v = guid(60)
    value = f'<VariableValue><VariableRef targetGUID="{v}"/><IntegerValue>3</IntegerValue></VariableValue>'
    cases = (f'<Variables><Variable guid="{v}" name="wave" typeOfVariable="Integer"/></Variables>'
             f'<Cases><Case guid="{guid(61)}">{value}<SourceRef targetGUID="{S}"/></Case></Cases>')
    project = read(small(cases=cases))
    assert project.cases == []
    assert [(a.variable, a.value, a.source) for a in project.attributes] == [(v, "3", S)]
    assert lost(project) == {"cases without a name": 1}


def test_a_code_that_is_a_case_becomes_membership() -> None:
    """Codes below it are at the top, those below other codes stay there, and where it is named as a code there is none."""
    node = guid(70)
    cases = f'<Cases><Case guid="{{{node.upper()}}}" name="Ada"/><Case guid="{guid(71)}" name="Ben"><CodeRef targetGUID="{node}"/></Case></Cases>'
    codes = "".join(f'<Code guid="{above}" name="{name}" isCodable="true"><Code guid="{below}" name="below {name}" isCodable="true"/></Code>'
                    for above, name, below in ((node, "Ada", guid(72)), (guid(73), "top", guid(74))))
    project = read(small(selection(1, 0, 3, node, user=U), codes=codes, cases=cases))
    assert project.cases == [Case(node, "Ada", selections=(guid(101),)), Case(guid(71), "Ben")]
    assert [(c.name, c.parent) for c in project.codes] == [("voice", ""), ("power", ""), ("below Ada", ""), ("top", ""), ("below top", guid(73))]
    assert project.codings == []
    assert lost(project) == {"codes that are cases": 1, "codings with a case's own code": 1, "members of cases that are not there": 1}


def test_two_sources_of_one_name_or_one_id_keep_their_own_selections() -> None:
    other = (f'<TextSource guid="{S}" name="one" plainTextPath="internal://b.txt"><PlainTextSelection guid="{guid(200)}" startPosition="0" endPosition="1">'
             f'<Coding guid="{guid(201)}"><CodeRef targetGUID="{C1}"/></Coding></PlainTextSelection></TextSource>')
    data = small(selection(1, 0, 3, C1) + "</TextSource>" + other.removesuffix("</TextSource>"), **{"sources/b.txt": "b"})
    project = read(data)
    assert [(s.id, s.name, s.text) for s in project.sources] == [(S, "one", TEXT), (f"{S}#2", "one", "b")]
    assert [(s.source, s.end) for s in project.selections] == [(S, 3), (f"{S}#2", 1)]
    assert lost(project) == {"sources with an id that another one has": 1}


def test_dangling_references_are_left_out_and_named() -> None:
    sets = f'<Sets><Set guid="{guid(80)}" name="s"><MemberCode targetGUID="{C1}"/><MemberCode targetGUID="{guid(81)}"/></Set></Sets>'
    project = read(small(selection(1, 0, 3, guid(82)), extra=sets + f'<Links><Link guid="{guid(83)}" originGUID="{C1}" targetGUID="{guid(84)}"/></Links>'))
    assert (project.codings, project.links, project.groups[0].members) == ([], [], (C1,))
    assert [loss for loss in project.losses if loss.outcome == "left out"] == [
        Loss("left out", "codings with a code that is not there", 1, "the file does not hold what they point at", guid(910)),
        Loss("left out", "members of groups that are not there", 1, "the file does not hold what they point at", "s"),
        Loss("left out", "links to something that is not there", 1, "the file does not hold what they point at", guid(83))]


def test_what_reaches_outside_or_is_no_number_is_kept_as_words() -> None:
    project = read(small(selection(1, 0, 9999, C1), selection(2, "x", 3, C1), selection(3, 5, 2, C2), selection(4, 7, 7, C2)))
    assert [(s.start, s.end, s.place) for s in project.selections] == [
        (None, None, "characters 0 to 9999 of the file's own count"), (None, None, "characters x to 3"),
        (None, None, "characters 5 to 2 of the file's own count"), (7, 7, "")]
    assert len(project.codings) == 4
    assert lost(project) == {"selections that reach outside their text": 2, "selections whose positions are no numbers": 1}


def test_a_coder_without_a_name_is_known_by_her_id() -> None:
    project = read(small(selection(1, 0, 3, C1, user=guid(99).upper())))
    assert project.codings[0].user == guid(99)
    assert project.users == [User(U, "Ada"), User(guid(99), guid(99))]
    assert lost(project) == {"coders that the project does not name": 1}


def test_elements_and_attributes_without_a_place_are_counted() -> None:
    project = read(small(selection(1, 0, 3, C1).replace(" name=", ' modifiedDateTime="x" name='), extra='<Extra a="1"><b/></Extra>'))
    assert lost(project) == {"attribute modifiedDateTime": 1, "element Project/Extra": 1, "element Extra/b": 1}


def test_private_paths_are_dropped() -> None:
    document = (f'<Project name="p" basePath="C:\\Users\\ada" xmlns="urn:QDA-XML:project:1.0"><Sources><PictureSource guid="{S}" name="a" '
                f'path="absolute:///home/ada/a.jpg" currentPath="/home/ada/a.jpg"/><TextSource guid="{C1}" name="b" plainTextPath="C:\\Users\\ada\\b.txt"/>'
                f'<VideoSource guid="{C2}" name="c" path="relative:///films/c.mp4"/></Sources></Project>')
    project = read(zipped({"project.qde": document}))
    assert "ada" not in repr(project).lower()
    assert [s.path for s in project.sources] == ["", "", "films/c.mp4"]
    assert lost(project)["paths on somebody's machine"] == 2


def test_a_text_behind_a_path_of_somebody_s_machine_is_not_looked_for_in_the_archive() -> None:
    document = f'<Project name="p"><Sources><TextSource guid="{S}" name="a" plainTextPath="ABSOLUTE:///home/ada/a.txt"/></Sources></Project>'
    project = read(zipped({"project.qde": document, "sources/a.txt": "words", "sources/b.txt": "words"}))
    assert project.sources == [Source(S, "a", None)]
    assert Loss("left out", "files in the archive (.txt)", 2, "media and formatted texts stay in the archive", "sources/a.txt") in project.losses


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_texts_come_in_several_encodings(encoding: str) -> None:
    text = "Ünit one, and then unit two: all in one line of words."
    project = read(small(selection(1, 0, 4, C1, name="Ünit"), text=text.encode(encoding)))
    assert project.sources[0].text == text
    assert ("texts that are not UTF-8, read as Windows-1252" in lost(project)) == (encoding == "cp1252")


def test_a_pdf_has_its_representations_text_and_a_quotation_written_twice_is_one() -> None:
    area = f'<PDFSelection guid="{guid(100)}" page="0" firstX="1" firstY="2" secondX="3" secondY="4" name="granola">{{}}</PDFSelection>'
    codings = [f'<Coding guid="{guid(n)}" creatingUser="{U}"><CodeRef targetGUID="{C1}"/></Coding>' for n in (300, 301)]
    document = (f'<Project name="p" origin="ATLAS.ti" xmlns="urn:QDA-XML:project:1.0"><Users><User guid="{U}" name="Ada"/></Users><CodeBook><Codes>'
                f'<Code guid="{C1}" name="food" isCodable="true"/></Codes></CodeBook><Sources><PDFSource guid="{S}" name="a.pdf" path="internal://{S}.pdf">'
                + area.format(f'<Representation guid="{guid(8)}"><PlainTextContent>granola</PlainTextContent></Representation>{codings[0]}')
                + f'<Representation guid="{guid(9)}" plainTextPath="internal://r.txt"><PlainTextSelection guid="{guid(100)}" startPosition="7" '
                f'endPosition="14" name="granola">{codings[1]}</PlainTextSelection></Representation></PDFSource></Sources></Project>')
    project = read(zipped({"project.qde": document, f"sources/{S}.pdf": b"%PDF", "sources/r.txt": "Pay de granola."}))
    assert project.sources == [Source(S, "a.pdf", "Pay de granola.", "pdf", f"sources/{S}.pdf")]
    assert project.selections == [Selection(guid(100), S, 7, 14, "granola", "granola", place="page 0, area 1,2 to 3,4")]
    assert [c.id for c in project.codings] == [guid(300)]
    assert lost(project) == {"quotations written as an area and as characters": 1, "codings that say the same again": 1, "files in the archive (.pdf)": 1}


def test_the_words_of_an_area_are_kept_and_speak_for_its_characters() -> None:
    """What the area says is all that is left of a quotation where the text of its page is not in the file."""
    def pdf(start: int, end: int, *others: int, **entries: str) -> Project:
        characters = "".join(f'<PlainTextSelection guid="{guid(n)}" startPosition="{start}" endPosition="{end}"/>' for n in (*others, 100))
        return read(zipped({"project.qde": (
            f'<Project name="p" origin="ATLAS.ti"><Sources><PDFSource guid="{S}" name="a.pdf"><Representation guid="{guid(9)}" '
            f'plainTextPath="internal://r.txt">{characters}</Representation><PDFSelection guid="{guid(100)}" page="0" firstX="1" firstY="2" secondX="3" '
            f'secondY="4"><Description>a remark</Description><Representation guid="{guid(8)}"><PlainTextContent>granola</PlainTextContent></Representation>'
            "</PDFSelection></PDFSource></Sources></Project>"), **entries}))

    said = ("granola", "", "a remark", "page 0, area 1,2 to 3,4")
    text = {"sources/r.txt": "Pay de granola."}
    against = "selections whose name or quote speaks against the convention chosen"
    for project, ident, start, end in ((pdf(7, 14), 100, 7, 14), (pdf(7, 14, **text), 100, 7, 14), (pdf(7, 14, 101, **text), 101, 7, 14),
                                       (pdf(0, 7, **text), 100, 0, 7)):
        assert project.selections == [Selection(guid(ident), S, start, end, *said)]
        assert lost(project).get(against, 0) == (start == 0)
    assert pdf(7, 99, **text).selections == [Selection(guid(100), S, None, None, *said[:3], f"{said[3]}, characters 7 to 99 of the file's own count")]


def test_films_and_their_transcripts() -> None:
    document = (f'<Project name="p" xmlns="urn:QDA-XML:project:1.0"><CodeBook><Codes><Code guid="{C1}" name="c" isCodable="true"/></Codes></CodeBook><Sources>'
                f'<VideoSource guid="{S}" name="v.mp4"><Transcript guid="{C2}" name="v.txt"><PlainTextContent>one two</PlainTextContent>'
                f'<SyncPoint guid="{guid(11)}" position="4" timeStamp="100"/><SyncPoint guid="{guid(12)}" position="7" timeStamp="250"/>'
                f'<TranscriptSelection guid="{guid(13)}" name="two" fromSyncPoint="{guid(11)}" toSyncPoint="{guid(12)}"><Coding guid="{guid(14)}">'
                f'<CodeRef targetGUID="{C1}"/></Coding></TranscriptSelection></Transcript>'
                f'<VideoSelection guid="{guid(15)}" begin="5" end="9"><Coding guid="{guid(16)}"><CodeRef targetGUID="{C1}"/></Coding></VideoSelection>'
                "</VideoSource></Sources></Project>")
    project = read(zipped({"project.qde": document}))
    assert [(s.id, s.source, s.start, s.end, s.place) for s in project.selections] == [
        (guid(13), C2, 4, 7, "100 to 250 ms"), (guid(15), S, None, None, "5 to 9 ms")]
    assert [(x.origin, x.target, x.name) for x in project.links] == [(C2, S, "transcript of")]
    assert len(project.codings) == 2


def test_a_note_on_several_things_is_one_memo_with_links() -> None:
    extra = f'<Notes><Note guid="{guid(20)}" name="n" creatingUser="{U}"><PlainTextContent>words</PlainTextContent></Note></Notes>'
    ref = f'<NoteRef targetGUID="{guid(20)}"/>'
    data = small(ref, codes=f'<Code guid="{guid(21)}" name="d" isCodable="false">{ref}</Code>', extra=extra)
    project = read(data)
    assert project.memos == [Memo(guid(20), "words", "n", guid(21), U)]
    assert [(x.origin, x.target) for x in project.links] == [(guid(20), S)]


def test_a_codebook_alone_with_sets_by_guid_and_an_empty_list() -> None:
    document = (f'<CodeBook xmlns="urn:QDA-XML:codebook:1:0" origin="NVivo"><Codes><Code guid="{C1}" name="a" isCodable="true"><Code guid="{C2}" name="b" '
                f'isCodable="true"/></Code></Codes><Sets><Set guid="{S}" name="s"><MemberCode guid="{C2}"/></Set></Sets></CodeBook>')
    project = read(document.encode(), "c.qdc")
    assert (project.format, project.origin) == ("qdc", "NVivo")
    assert project.codes == [Code(C1, "a"), Code(C2, "b", C1)]
    assert project.groups[0].members == (C2,)
    assert lost(project) == {"a namespace that the standard lacks": 1}
    empty = read(re.sub("<Set .*</Set>", "", document).encode(), "c.qdc")
    assert lost(empty) == {"a namespace that the standard lacks": 1, "an empty Sets": 1}


def test_a_project_document_alone_says_that_its_texts_are_missing() -> None:
    project = Project("p", "qdpx", "MAXQDA", users=[User(U, "Ada")], codes=[Code(C1, "a")], sources=[Source(S, "s", "one two")],
                      selections=[Selection(guid(9), S, 4, 7)], codings=[Coding(guid(10), C1, U, guid(9), S)])
    back = read(qde(project).encode(), "project.qde")
    assert back.format == "qde"
    assert [(s.start, s.end) for s in back.selections] == [(4, 7)]
    assert lost(back)["texts of a project document that stands alone"] == 1


def refused(data: bytes, name: str = "p.qdpx") -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            (refi.read_qdpx if name.endswith("qdpx") else refi.read_document)(path, name)
    return str(caught.value)


def test_an_archive_holds_one_document_of_a_project() -> None:
    assert "should hold one .qde document at its root, and holds none" in refused(zipped({"x.txt": "", "sources/a.qde": ""}))
    assert "holds 2: a.qde, b.QDE" in refused(zipped({"a.qde": "<Project/>", "b.QDE": "<Project/>"}))
    assert "holds 5: 0.qde, 1.qde, 2.qde, 3.qde." in refused(zipped({f"{n}.qde": "<Project/>" for n in range(5)}))
    assert "begins with the element 'CodeBook', and a REFI-QDA document with Project" in refused(zipped({"a.qde": "<CodeBook/>"}))
    assert "begins with the element 'Thing', and a REFI-QDA document with Project or CodeBook" in refused(b"<Thing/>", "c.qdc")
    inner = zipped({"x.txt": "x"})
    assert "is an archive inside the archive" in refused(zipped({"a.qde": "<Project/>", "other/b.qdpx": inner, "sources/c.docx": inner}))
    assert [p.sources for p in [read(zipped({"a.qde": "<Project/>", "sources/c.docx": inner}))]] == [[]]


def test_what_cannot_be_read_or_is_no_text_is_refused(tmp_path: Path) -> None:
    assert "is no text: it has NUL characters in it" in refused(small(text=b"words \x00 and more"))
    with pytest.raises(InputError, match=r"c\.qdc cannot be read \(No such file or directory\)"):
        refi.read_document(tmp_path / "c.qdc", "c.qdc")


def test_a_document_alone_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    document = b"<CodeBook><Codes></Codes></CodeBook>"
    monkeypatch.setattr(refi, "MOST_XML", len(document))
    assert read(document, "c.qdc").codes == []
    monkeypatch.setattr(refi, "MOST_XML", len(document) - 1)
    assert "MB of XML" in refused(document, "c.qdc")


def test_a_text_is_found_by_its_name_wherever_the_archive_keeps_it() -> None:
    document = (f'<Project name="p" origin="x"><Sources><TextSource guid="{S}" name="one" plainTextPath="internal://Words.txt"/>'
                f'<TextSource guid="{C1}" name="two" plainTextPath="internal://gone.txt"/>'
                f'<TextSource guid="{C2}" name="three"><PlainTextContent>inside</PlainTextContent></TextSource></Sources></Project>')
    back = read(zipped({"project.qde": document, "Texts/deep/words.TXT": "one two", "clip.abcdefghijklm": "x"}))
    assert [(s.name, s.text, s.path) for s in back.sources] == [("one", "one two", "Texts/deep/words.TXT"), ("two", None, "gone.txt"), ("three", "inside", "")]
    assert lost(back)["texts that the archive does not hold"] == 1
    assert lost(back)["files in the archive (.abcdefghijk…)"] == 1


def test_writers_that_were_measured_are_believed() -> None:
    """NVivo 12, QualCoder 3 and boundwork itself; for the others edges of words may speak."""
    known = {word: refi_selections.conventions(f"{word} 1.0") for word in ("NVivo", "ATLAS.ti", "QualCoder", "Taguette", "boundwork", "Other")}
    assert {word for word, (_, measured) in known.items() if measured} == {"NVivo", "QualCoder", "boundwork"}
    assert {word: (c[0].unit, c[0].crlf_is_one) for word, (c, _) in known.items()} == {
        "NVivo": ("UTF-16 units", False), "ATLAS.ti": ("code points", True), "QualCoder": ("code points", False), "Taguette": ("UTF-8 bytes", False),
        "boundwork": ("code points", False), "Other": ("code points", False)}
    assert all({(c.unit, c.crlf_is_one) for c in found} >= {("UTF-16 units", True), ("code points", True)}
               for word, (found, _) in known.items() if word in ("NVivo", "ATLAS.ti", "QualCoder", "Other"))


def test_selections_without_their_text_with_one_id_or_with_two_names_are_told() -> None:
    twice = read(small(selection(10, 0, 3, C1), selection(10, 4, 9, C2)))
    assert [(s.id, s.start, s.end) for s in twice.selections] == [(guid(110), 0, 3), (f"{guid(110)}#2", 4, 9)]
    assert {(c.code, c.selection) for c in twice.codings} == {(C1, guid(110)), (C2, f"{guid(110)}#2")}
    assert lost(twice)["selections with an id that another one has"] == 1
    named = read(small(selection(10, 0, 9, C1, name="The chief"), selection(11, 0, 9, C2, name="My remark"), selection(12, 0, 9, C1, name="The chief"),
                       selection(13, 0, 9, C1, name="Another")))
    assert lost(named)["names of selections that were merged with one of another name"] == 2
    assert named.selections[0].name == "The chief"
    document = small(selection(10, 0, 3, C1), selection(11, 4, 9, C2)).replace(b"sources/", b"sourcez/")
    apart = zipped({"project.qde": zipfile.ZipFile(io.BytesIO(document)).read("project.qde")})
    assert lost(read(apart))["selections of texts that are not in the file"] == 2


def test_codings_with_a_case_s_own_code_are_counted() -> None:
    case = f'<Cases><Case guid="{C2}" name="officer"/></Cases>'
    whole = f'<Coding guid="{guid(30)}"><CodeRef targetGUID="{C2}"/></Coding>'
    back = read(small(selection(10, 0, 3, C2), selection(11, 4, 9, C1, C2), whole, cases=case))
    assert (lost(back)["codings with a case's own code"], lost(back)["codes that are cases"]) == (3, 1)
    assert [c.id for c in back.codes] == [C1]
    assert (len(back.cases[0].selections), back.cases[0].sources) == (2, (S,))
