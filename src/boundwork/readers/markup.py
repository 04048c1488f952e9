"""XML as a stream of events with line numbers: bounded in size, depth and count, DOCTYPE and entities refused. Nobody else parses XML here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_external_ges, feature_external_pes
from xml.sax.xmlreader import AttributesImpl

from boundwork.readers.limits import MEGABYTE, MOST_DEPTH, MOST_ELEMENTS, MOST_TOKEN
from boundwork.readers.refusing import unreadable


class Start(NamedTuple):
    """An element opens: its local name, its attributes by local name, its namespace as far as declared on itself, and its line."""

    name: str
    attributes: dict[str, str]
    line: int


class End(NamedTuple):
    """An element closes."""

    name: str
    line: int


class Text(NamedTuple):
    """Character data; one run of it may come in several pieces."""

    data: str


_EXPAT_CHUNK = 1 << 20
"""pyexpat hands expat no more than this at a time, whatever it is given."""
Event = Start | End | Text


class Locator(Protocol):
    """What knows the current line; SAX parsers do."""

    def getLineNumber(self) -> int:
        """Return the line that was reached, 1 = first."""


class _Collector(ContentHandler):
    """Puts the parser's calls into a list; prefixes are cut off, so that any prefix and any namespace will do."""

    def __init__(self, shown: str, parser: Locator) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.namespaces: set[str] = set()
        self.shown = shown
        self.quiet: bool
        """False as soon as the parser has said anything."""
        self._depth = self._elements = 0
        self._parser = parser

    def _line(self) -> int:
        return self._parser.getLineNumber()

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._depth += 1
        self.quiet = False
        self._elements += 1
        if self._depth > MOST_DEPTH:
            raise unreadable(f"{self.shown}, line {self._line()}: elements stand more than {MOST_DEPTH} deep inside each other")
        if self._elements > MOST_ELEMENTS:
            raise unreadable(f"{self.shown} has more than {MOST_ELEMENTS:,} elements", "Split the project and import its parts")
        plain = {}
        for key, value in attrs.items():
            if key == "xmlns" or key.startswith("xmlns:"):
                self.namespaces.add(value)
            else:
                plain[key.rpartition(":")[2]] = value
        self.events.append(Start(name.rpartition(":")[2], plain, self._line()))

    def endElement(self, name: str) -> None:
        self._depth -= 1
        self.quiet = False
        self.events.append(End(name.rpartition(":")[2], self._line()))

    def characters(self, content: str) -> None:
        self.quiet = False
        self.events.append(Text(content))


def events(chunks: Iterable[bytes], shown: str, namespaces: set[str] | None = None) -> Iterator[Event]:
    """Yield what an XML document holds, in order; `namespaces` is filled with those that it declares.

    Raises InputError with the line for what is not well-formed, has a DOCTYPE, or is larger than the limits.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import DefusedExpatParser

    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setFeature(feature_external_ges, False)
    parser.setFeature(feature_external_pes, False)
    collector = _Collector(shown, parser)
    if namespaces is not None:
        collector.namespaces = namespaces
    parser.setContentHandler(collector)
    try:
        for chunk in _growing(chunks, collector):
            parser.feed(chunk)
            yield from collector.events
            collector.events.clear()
        parser.close()
        yield from collector.events
    except DefusedXmlException:
        raise unreadable(f"{shown} has a DOCTYPE or entities, and such files are refused", "No QDA program writes them") from None
    except SAXParseException as error:
        line = error.getLineNumber()
        raise unreadable(f"{shown}, line {line}: not well-formed XML ({error.getMessage()})", "The file is damaged or cut off: export it again") from None
    except (SAXException, UnicodeError, ValueError, LookupError) as error:
        raise unreadable(f"{shown} is not XML that can be read ({error})", "The file is damaged: export it again") from None


def _growing(chunks: Iterable[bytes], collector: _Collector) -> Iterator[bytes]:
    """Yield larger and larger chunks while the parser sees no event: it reads an unfinished token again from its start each time."""
    waiting: list[bytes] = []
    size = least = 1 << 16
    have = silent = 0
    for chunk in chunks:
        waiting.append(chunk)
        have += len(chunk)
        if have < size:
            continue
        collector.quiet = True
        yield b"".join(waiting)
        quiet = collector.quiet
        size = min(size * 2, _EXPAT_CHUNK) if quiet else least
        silent = silent + have if quiet else 0
        if silent > MOST_TOKEN:
            raise unreadable(f"{collector.shown} has a tag or comment of more than {MOST_TOKEN / MEGABYTE:,.0f} MB", "No QDA program writes such")
        waiting, have = [], 0
    yield b"".join(waiting)
