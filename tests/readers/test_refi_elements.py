"""REFI-QDA element by element: what each becomes where a writer leaves something out, says it twice, or hangs it on nothing."""

from __future__ import annotations

import pytest

import boundwork.readers.refi_elements as module
from boundwork.errors import InputError
from boundwork.readers.record import Attribute, Code, Coding, Group, Link, Loss, Memo, Project, Selection, Source, User, Variable
from readers.projects import guid
from readers.test_refi import C1, C2, S, U, read, selection, small
from readers.writers import zipped

LINE = "p.qdpx: project.qde, line 1"


def project(inside: str, **entries: str) -> Project:
    return read(zipped({"project.qde": f'<Project name="p">{inside}</Project>', **entries}))


def losses(found: Project) -> list[Loss]:
    return [loss for loss in found.losses if loss.outcome != "read"]


def note(number: int, inside: str, **attributes: str) -> str:
    return f'<Note guid="{guid(number)}"' + "".join(f' {k}="{v}"' for k, v in attributes.items()) + f">{inside}</Note>"


def coding(number: int, *codes: str) -> str:
    return f'<Coding guid="{guid(number)}">' + "".join(f'<CodeRef targetGUID="{c}"/>' for c in codes) + "</Coding>"


CODES = f'<CodeBook><Codes><Code guid="{C1}" name="voice"/><Code guid="{C2}" name="power"/></Codes></CodeBook>'


def test_words_where_the_standard_has_none_are_told() -> None:
    found = project(f"{'x' * 30}\n <Users> {'x' * 31} </Users>")
    assert losses(found)[-1] == Loss("left out", "words between elements", 2, "the standard has none there", f"{'x' * 30}; {'x' * 29}…")
    assert losses(found)[0] == Loss("kept", "an empty Users", 1, "the schema asks for at least one inside", LINE[:-1] + "2")


def test_what_has_no_place_is_told_with_its_element() -> None:
    found = project('<Users><User guid="x" name="Ada" shoe="7"/></Users><Extra/>')
    assert losses(found) == [
        Loss("kept", "ids that are no GUIDs", 1, "the standard asks for GUIDs; they are read as they are", "x"),
        Loss("left out", "element Project/Extra", 1, "the record has no place for it"),
        Loss("left out", "attribute shoe", 1, "the record has no place for it", "User")]
    assert found.users == [User("x", "Ada")]


def test_what_lacks_an_id_gets_one_and_is_told() -> None:
    found = project(f'<CodeBook><Codes><Code name="a"/><Code guid=" " name="b"><Code name="c"/></Code></Codes></CodeBook>\n<Sources><TextSource name="s">'
                    f'<PlainTextContent>one</PlainTextContent><PlainTextSelection startPosition="0" endPosition="1">{coding(9, C1)}</PlainTextSelection>'
                    "</TextSource>"
                    "</Sources>")
    ids = [f"line 1, without an id {n}" for n in (1, 2, 3)]
    assert found.codes == [Code(ids[0], "a"), Code(ids[1], "b"), Code(ids[2], "c", ids[1])]
    source = "line 2, without an id 4"
    assert found.sources == [Source(source, "s", "one")]
    assert found.selections == [Selection("line 2, without an id 5", source, 0, 1)]
    assert losses(found) == [
        Loss("approximated", "Code without guid", 2, "the schema asks for it", LINE),
        Loss("approximated", "TextSource without guid", 1, "the schema asks for it", LINE[:-1] + "2"),
        Loss("approximated", "PlainTextSelection without guid", 1, "the schema asks for it", LINE[:-1] + "2"),
        Loss("left out", "codings with a code that is not there", 1, "the file does not hold what they point at", guid(9))]
    bare = project("<CodeBook><Codes><Code/></Codes></CodeBook>")
    assert losses(bare)[0].what == "Code without guid and name"
    dangling = project(f'<Sets><Set guid="{guid(1)}" name="s"><MemberCode/></Set></Sets>')
    assert dangling.groups == [Group(guid(1), "s")]


def test_the_first_of_what_is_said_twice_is_read() -> None:
    two = "<Description>one</Description><Description>two</Description>"
    value = (f'<VariableValue><VariableRef targetGUID="{guid(5)}"/><TextValue>a</TextValue><TextValue>b</TextValue>'
             "<IntegerValue>7</IntegerValue></VariableValue>"
             f'<VariableValue><VariableRef targetGUID="{guid(6)}"/><TextValue>c</TextValue></VariableValue>'
             f'<VariableValue><VariableRef targetGUID="{guid(6)}"/></VariableValue>')
    variables = "".join(f'<Variable guid="{guid(n)}" name="v{n}" typeOfVariable="{kind}"/>' for n, kind in ((5, " Text "), (6, "Sound")))
    content = "<PlainTextContent>first</PlainTextContent><PlainTextContent>second</PlainTextContent>"
    found = project(f'<CodeBook><Codes><Code guid="{C1}" name="a">{two}</Code></Codes></CodeBook><Variables>{variables}</Variables>'
                    f'<Sources><TextSource guid="{S}" name="s">{content}{two}{value}</TextSource></Sources>{two}')
    assert found.description == "one"
    assert found.codes == [Code(C1, "a", "", "one")]
    assert found.sources == [Source(S, "s", "first", memo="one\ntwo")]
    assert found.variables == [Variable(guid(5), "v5", "text"), Variable(guid(6), "v6", "text")]
    assert found.attributes == [Attribute(guid(5), "a", source=S), Attribute(guid(6), "c", source=S)]
    assert losses(found) == [Loss("approximated", "variables of a type that the standard lacks", 1, "read as text", "sound"),
                             Loss("left out", "second values of one variable", 2, "the standard allows one", LINE)]
    texts = "".join(f'<Representation guid="{guid(n)}"><PlainTextContent>text {n}</PlainTextContent></Representation>' for n in (8, 9))
    pdf = project(f'<Sources><PDFSource guid="{S}" name="a">{texts}</PDFSource></Sources>')
    assert pdf.sources == [Source(S, "a", "text 8", "pdf")]
    assert losses(pdf) == [Loss("left out", "second texts of one source", 1, "the standard allows one", LINE)]


def test_a_note_is_about_what_refers_to_it() -> None:
    def ref(number: int) -> str:
        return f'<NoteRef targetGUID="{guid(number)}"/>'

    found = project(f'<CodeBook><Codes><Code guid="{C1}" name="a">{ref(20)}{ref(99)}</Code><Code guid="{C2}" name="b">{ref(20)}</Code></Codes></CodeBook>'
                    f"<Notes>{note(20, '<PlainTextContent>words</PlainTextContent><Description>why</Description>')}"
                    f"{note(21, '<Description>only</Description>')}</Notes>"
                    f"{ref(20)}{ref(21)}")
    assert found.memos == [Memo(f"{guid(20)}/description", "why", "description", guid(20)), Memo(guid(20), "words", "", C1), Memo(guid(21), "only")]
    assert found.links == [Link(f"{guid(20)}>{C2}", guid(20), C2, "note")]
    assert losses(found) == [Loss("left out", "references to a note that is not there", 1, "", guid(99))]


def test_a_note_that_is_coded_is_a_source() -> None:
    """So is one with a selection; a selection in the note before it makes none of the next."""
    content = "<PlainTextContent>words</PlainTextContent>"
    marked = selection(1, 0, 2, C1)
    found = project(f"{CODES}<Notes>{note(20, content + marked, name='n')}{note(21, content)}{note(22, content + coding(9, C2))}"
                    f"{note(23, content + selection(2, 0, 1) + selection(3, 1, 2))}</Notes>")
    assert found.sources == [Source(guid(20), "n", "words", "note"), Source(guid(22), "", "words", "note"), Source(guid(23), "", "words", "note")]
    assert [m.id for m in found.memos] == [guid(n) for n in (20, 21, 22, 23)]
    assert found.codings == [Coding(guid(910), C1, "", guid(101), guid(20)), Coding(guid(9), C2, source=guid(22))]


def test_a_coding_stands_where_it_hangs() -> None:
    """On a selection, on a source whole, on what holds its text, or on nothing that can be coded."""
    words = f"<Representation guid=\"{guid(8)}\"><PlainTextContent>one</PlainTextContent><Description>scan</Description>{coding(3, C1)}</Representation>"
    found = project(f'{CODES}<Sources><PDFSource guid="{S}" name="a">{words}{coding(4, C2)}{coding(5)}</PDFSource><AudioSource guid="{guid(7)}" name="b">'
                    f'<AudioSelection guid="{guid(6)}" begin="1">{coding(1, C1, C2, C1)}</AudioSelection></AudioSource></Sources>{coding(2, C1)}')
    assert found.sources[0] == Source(S, "a", "one", "pdf", memo="scan")
    assert found.selections == [Selection(guid(6), guid(7), place="1 to ? ms")]
    assert found.codings == [Coding(guid(1), C1, "", guid(6), guid(7)), Coding(f"{guid(1)}#2", C2, "", guid(6), guid(7)),
                             Coding(guid(3), C1, source=S), Coding(guid(4), C2, source=S)]
    assert [loss for loss in losses(found) if "coding" in loss.what] == [
        Loss("kept", "codings that say the same again", 1, "same code, coder and characters: one coding", f"{guid(1)}#3"),
        Loss("left out", "codings without a code", 1, "", LINE),
        Loss("left out", "codings of a source that is not there", 1, "the file does not hold what they point at", guid(2))]


def test_a_graph_is_a_group_and_its_lines_are_links() -> None:
    vertices = "".join(f'<Vertex guid="{guid(n)}" name="{name}" representedGUID="{thing}"/>' for n, name, thing in (
        (30, "v", C1), (31, "w", "{" + C2.upper() + "}"), (32, "box", "")))
    edges = "".join(f'<Edge guid="{guid(n)}" sourceVertex="{guid(a)}" targetVertex="{guid(b)}" name="e" direction="OneWay" representedGUID="{thing}"/>'
                    for n, a, b, thing in ((40, 30, 31, ""), (41, 30, 31, guid(50)), (42, 30, 32, ""), (43, 99, 31, "")))
    found = project(f'{CODES}\n<Graphs><Graph guid="{guid(60)}" name="g">{vertices}{edges}</Graph></Graphs>')
    assert found.groups == [Group(guid(60), "g", (C1, C2))]
    assert found.links == [Link(guid(40), C1, C2, "e", "OneWay")]
    assert losses(found) == [
        Loss("left out", "boxes of a graph that stand for nothing in the project", 1, "the record has no place for drawings", "box"),
        Loss("left out", "lines of a graph between things that are not in the project", 2, "", LINE[:-1] + "2")]


def transcript(*selections: tuple[int, int]) -> Project:
    """Marks at 4 and 7 with their times, one without a place and one without a time."""
    points = "".join(f'<SyncPoint guid="{guid(n)}"{" " + said if said else ""}/>' for n, said in (
        (11, 'position=" 4 " timeStamp="100"'), (12, 'position="7" timeStamp="250"'), (13, 'position="x" timeStamp="300"'), (14, 'position="0"')))
    marked = "".join(f'<TranscriptSelection guid="{guid(20 + n)}" fromSyncPoint="{guid(a)}" toSyncPoint="{guid(b)}"/>' for n, (a, b) in enumerate(selections))
    return project(f'<Sources><AudioSource guid="{S}" name="a"><Transcript guid="{C2}" name="t"><PlainTextContent>one two</PlainTextContent>{points}{marked}'
                   "</Transcript></AudioSource></Sources>")


def test_a_stretch_of_a_transcript_stands_between_two_marks() -> None:
    found = transcript((11, 12), (11, 99), (99, 12), (11, 13), (13, 12), (14, 11))
    assert [(s.start, s.end, s.place) for s in found.selections] == [
        (4, 7, "100 to 250 ms"), (None, None, "100 to ? ms"), (None, None, "? to 250 ms"), (None, None, "100 to 300 ms"), (None, None, "300 to 250 ms"),
        (0, 4, " to 100 ms")]


def test_a_text_that_is_missing_is_told_by_the_name_or_the_id_of_its_source() -> None:
    sources = (f'<TextSource guid="{guid(n)}"{name} plainTextPath="internal://gone.txt"/>' for n, name in ((1, ' name="one"'), (2, "")))
    found = project(f"<Sources>{''.join(sources)}</Sources>")
    assert losses(found) == [Loss("approximated", "texts that the archive does not hold", 2, "their selections cannot be checked", f"one; {guid(2)}")]


def test_as_many_selections_as_allowed_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    data = small(selection(1, 0, 3, C1, user=U), selection(2, 4, 6, C1, user=U))
    monkeypatch.setattr(module, "MOST_THINGS", 2)
    assert len(read(data).selections) == 2
    monkeypatch.setattr(module, "MOST_THINGS", 1)
    with pytest.raises(InputError, match=r"^p\.qdpx: project\.qde, line 1: more than 1 selections\. Split the project and import its parts\.$"):
        read(data)
