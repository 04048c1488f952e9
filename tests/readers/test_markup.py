"""XML as events: lines, prefixes, each limit at its number, what is refused, and in how large pieces a document is fed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import boundwork.readers.markup as module
from boundwork.errors import InputError
from boundwork.readers.markup import End, Start, Text, _Collector, _growing, events


class Nowhere:
    """Knows no line."""

    def getLineNumber(self) -> int:
        return 0


def read(document: str | bytes, namespaces: set[str] | None = None) -> list[Start | End | Text]:
    return list(events([document if isinstance(document, bytes) else document.encode()], "x.xml", namespaces))


def refused(*chunks: bytes) -> str:
    with pytest.raises(InputError) as error:
        list(events(chunks, "x.xml"))
    return str(error.value)


def test_a_document_is_its_elements_without_prefixes_and_its_words() -> None:
    namespaces: set[str] = set()
    found = read('<?xml version="1.0"?>\n<q:a xmlns:q="urn:q" xmlns="urn:x"\n b="1" q:c="2">one<d/>\n</q:a>', namespaces)
    assert [e for e in found if not isinstance(e, Text)] == [Start("a", {"b": "1", "c": "2"}, 2), Start("d", {}, 3), End("d", 3), End("a", 4)]
    assert "".join(e.data for e in found if isinstance(e, Text)) == "one\n"
    assert namespaces == {"urn:q", "urn:x"}


def test_depth_and_number_of_elements_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elements beside each other are no deeper for their number."""
    monkeypatch.setattr(module, "MOST_DEPTH", 2)
    monkeypatch.setattr(module, "MOST_ELEMENTS", 5)
    assert len(read("<a><b/><b/><b/><b/></a>")) == 10
    assert refused(b"<a><b/><b/>\n<b><c/></b></a>") == "x.xml, line 2: elements stand more than 2 deep inside each other."
    assert refused(b"<a><b/><b/><b/><b/><b/></a>") == "x.xml has more than 5 elements. Split the project and import its parts."


def test_what_is_no_plain_xml_is_refused() -> None:
    hint = "The file is damaged or cut off: export it again."
    for document in (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', b"<!DOCTYPE a><a/>"):
        assert refused(document) == "x.xml has a DOCTYPE or entities, and such files are refused. No QDA program writes them."
    assert refused(b"<a>\n</b>") == f"x.xml, line 2: not well-formed XML (mismatched tag). {hint}"
    assert refused(b"<a>\n<b/>") == f"x.xml, line 2: not well-formed XML (no element found). {hint}"
    assert refused() == f"x.xml, line 1: not well-formed XML (no element found). {hint}"
    assert refused(b"<?xml version='1.0' encoding='x'?><a/>") == ("x.xml is not XML that can be read (unknown encoding: x). "
                                                                  "The file is damaged: export it again.")


def pieces(sizes: Sequence[int], speaks: Sequence[int]) -> list[int]:
    """The sizes of what is fed, from chunks of these sizes; the parser says something after the pieces with these numbers."""
    collector = _Collector("x.xml", Nowhere())
    fed = []
    for number, piece in enumerate(_growing((b"x" * size for size in sizes), collector)):
        fed.append(len(piece))
        if number in speaks:
            collector.quiet = False
    return fed


K = 1 << 10


def test_a_document_is_fed_in_larger_pieces_while_nothing_comes_of_them() -> None:
    """From 64 kB, doubled up to the megabyte that expat takes at once; what is left at the end is fed whatever its size."""
    assert pieces([64 * K] * 3 + [1], (0, 1, 2)) == [64 * K, 64 * K, 64 * K, 1]
    assert pieces([64 * K - 1, 1, 1], ()) == [64 * K, 1]
    assert pieces([32 * K] * 126 + [1], ()) == [64 * K, 128 * K, 256 * K, 512 * K, 1024 * K, 1024 * K, 1024 * K, 1]
    assert pieces([32 * K] * 20, (1,)) == [64 * K, 128 * K, 64 * K, 128 * K, 256 * K, 0]
    assert pieces([], ()) == [0]


def test_a_tag_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was fed in silence counts; a word in between begins the count anew."""
    monkeypatch.setattr(module, "MOST_TOKEN", 192 * K)
    assert pieces([64 * K] * 3, ()) == [64 * K, 128 * K, 0]
    with pytest.raises(InputError, match=r"^x\.xml has a tag or comment of more than 0 MB\. No QDA program writes such\.$"):
        pieces([64 * K, 128 * K + 1], ())
    with pytest.raises(InputError, match="a tag or comment of more than"):
        pieces([64 * K, 64 * K, 128 * K + 1], (0,))
    assert pieces([64 * K, 128 * K, 64 * K, 128 * K], (1,)) == [64 * K, 128 * K, 64 * K, 128 * K, 0]


@pytest.mark.parametrize(("before", "piece", "after"), [
    ("<a>", '<a b="{}">', "</a></a></a></a>"), ("<a><a><a><a>", "</a{}>", "</a>"), ("<a>", "{}", "</a>")], ids=["opens", "closes", "words"])
def test_any_event_ends_the_silence(before: str, piece: str, after: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags and words of 64 kB each, of which nothing comes but themselves."""
    monkeypatch.setattr(module, "MOST_TOKEN", 50 * K)
    inside = piece.format(" " * (64 * K - len(piece) + 2)).encode()
    found = list(events([before.encode(), inside, inside, inside, after.encode()], "x.xml"))
    assert sum(isinstance(e, Start) for e in found) == sum(isinstance(e, End) for e in found) > 0


def test_a_comment_of_any_length_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOKEN", 100 * K)
    assert "a tag or comment of more than" in refused(b"<a>", b"<!--" + b"x" * (64 * K), b"x" * (128 * K), b"--></a>")
