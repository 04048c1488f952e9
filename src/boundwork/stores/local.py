"""RDF in files and in the embedded store, by pyoxigraph; nobody else imports it.

The store rewrites literals ("007"^^integer becomes 7, language tags become lower case), so whoever writes here uses plain
strings and canonical integers. A store on disk has one writer and is never written once readers may open it.
"""

from __future__ import annotations

import gc
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox

from boundwork.errors import InputError
from boundwork.stores.answer import Answer, Rows, Triples, Truth, Value

_T = TypeVar("_T")
_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE, "ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS, "jsonld": ox.RdfFormat.JSON_LD, "xml": ox.RdfFormat.RDF_XML, "rdf": ox.RdfFormat.RDF_XML,
    "owl": ox.RdfFormat.RDF_XML,
}


def _value(term: Any) -> Value | None:
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return Value("iri", term.value)
    if isinstance(term, ox.Literal):
        datatype = term.datatype.value
        return Value("literal", term.value, "" if datatype.endswith(("#string", "#langString")) else datatype, term.language or "")
    if isinstance(term, ox.BlankNode):
        return Value("bnode", term.value)
    return Value("triple", str(term))


def read_rdf(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (subject, predicate, object) of an RDF file as plain texts; the format goes by the ending.

    Errors: InputError with file and line when it does not parse.
    """
    for quad in _parse(path):
        yield quad.subject.value if isinstance(quad.subject, ox.NamedNode) else f"_:{quad.subject}", quad.predicate.value, _plain(quad.object)


def _plain(term: Any) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else f"_:{term}"


_QUAD = re.compile(rb'^\s*(?:<[^>]*>|_:\S+)\s+<[^>]*>\s+(?:<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"\S*)\s+(?:<[^>]*>|_:\S+)\s*\.\s*$', re.M)
_LOOKED_AT = 100_000
_LINES_AT_A_TIME = 20_000


def rdf_ending(text: bytes) -> str:
    """Return the file ending of RDF that comes without a name, from how it begins; TriG takes in Turtle and N-Triples.

    >>> [rdf_ending(t) for t in (b'<urn:a> <urn:b> "c" .', b'<urn:a> <urn:b> "c" <urn:g> .', b"[] a <urn:b> .", b'[{"@id": "urn:a"}]', b"<?xml?>")]
    ['.trig', '.nq', '.trig', '.jsonld', '.rdf']
    """
    start = text[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<?xml", b"<rdf:RDF", b"<!DOCTYPE")):
        return ".rdf"
    if re.match(rb'\[\s*\{|\{\s*(?:"|\})|\[\s*\]\s*\Z', start):
        return ".jsonld"
    return ".nq" if _QUAD.search(start) else ".trig"


def _parse(path: Path, text: bytes | None = None) -> Iterator[Any]:
    form = _FORMATS.get(path.suffix.lstrip(".").lower())
    if form is None:
        raise InputError(f"{path} has no ending that says which RDF format it is.", f"Known endings: {', '.join(sorted(_FORMATS))}.")
    try:
        source = {"path": str(path)} if text is None else {"input": text}
        yield from ox.parse(**source, format=form, base_iri=path.resolve().as_uri())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    except SyntaxError as error:
        raise InputError(f"{path}{f':{error.lineno}' if error.lineno else ''}: {error.msg}.", "Mend the file at that line.") from None


def n_triples(path: Path, skolem: str = "", text: bytes | None = None) -> Iterator[str]:
    """Yield an RDF file as N-Triples lines; blank nodes are numbered from `skolem` in order, so the lines are the same each time.

    With `text`, that is read, and the path only gives the format and the place that relative IRIs start from.
    """
    names: dict[str, str] = {}

    def term(t: Any) -> str:
        if isinstance(t, ox.BlankNode):
            return names.setdefault(t.value, f"_:{skolem}{len(names)}")
        return str(t)

    for quad in _parse(path, text):
        yield f"{term(quad.subject)} {quad.predicate} {term(quad.object)} ."


def turtle_lines(text: bytes) -> list[str]:
    """Return Turtle (or N-Triples) text as N-Triples lines. Errors: InputError when it does not parse."""
    try:
        return [f"{t.subject} {t.predicate} {t.object} ." for t in ox.parse(input=text, format=ox.RdfFormat.TURTLE)]
    except (SyntaxError, ValueError) as error:
        raise InputError(f"The graph does not parse: {error}.") from None


def _short(message: str) -> str:
    """The engine's message without its list of everything it would have taken."""
    where = re.match(r"error at (\d+):(\d+)", message)
    if "Prefix not found" in message and where:
        return f"the prefix before line {where[1]}, column {where[2]} is not known"
    return f"line {where[1]}, column {where[2]}" if where and "expected one of" in message else " ".join(message.split())


class _Text:
    """Lines as a file that is read from its beginning to its end."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._piece = io.BytesIO()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most so many; empty at the end."""
        if found := self._piece.read(size):
            return found
        self._piece = io.BytesIO("".join(f"{line}\n" for line in itertools.islice(self._lines, _LINES_AT_A_TIME)).encode())
        return self._piece.read(size)


class LocalStore:
    """An embedded store, in memory or on disk."""

    def __init__(self, store: Any, locked: bool = False) -> None:
        self._store = store
        self._locked = locked
        self._seen: list[str] | None = None

    @classmethod
    def memory(cls) -> LocalStore:
        """Return an empty store in memory."""
        return cls(ox.Store())

    @classmethod
    def create(cls, folder: Path) -> LocalStore:
        """Make a store on disk in a folder that nobody reads yet."""
        return cls(ox.Store(str(folder)), locked=True)

    @classmethod
    def open(cls, folder: Path) -> LocalStore:
        """Open a store on disk for reading only."""
        try:
            return cls(ox.Store.read_only(str(folder)), locked=True)
        except OSError as error:
            raise InputError(f"The store in {folder} cannot be opened: {error}.", "Build it again: boundwork build") from None

    def load(self, lines: bytes, graph: str = "", trusted: bool = False) -> None:
        """Add N-Triples text, to the default graph or a named one.

        IRIs in `trusted` text are not checked again, which takes a quarter of the time: only for what was made from checked IRIs.
        """
        target = ox.NamedNode(graph) if graph else ox.DefaultGraph()
        self._store.bulk_load(input=lines, format=ox.RdfFormat.N_TRIPLES, to_graph=target, lenient=trusted)

    def load_lines(self, lines: Iterable[str]) -> None:
        """Add N-Triples lines without line ends to the default graph, without holding all of their text; a blank node is the same in all of them."""
        self._store.bulk_load(input=_Text(lines), format=ox.RdfFormat.N_TRIPLES)

    def load_file(self, path: Path, graph: str = "", trusted: bool = False) -> None:
        """Add an N-Triples file in bulk; see `load`."""
        target = ox.NamedNode(graph) if graph else ox.DefaultGraph()
        self._store.bulk_load(path=str(path), format=ox.RdfFormat.N_TRIPLES, to_graph=target, lenient=trusted)

    def load_quads(self, path: Path) -> None:
        """Add an N-Quads file in bulk, each quad to its own graph."""
        self._store.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)

    def seen_as(self, graphs: list[str]) -> LocalStore:
        """Return the same store as a query sees it whose default graph is the union of some named ones."""
        view = LocalStore(self._store, self._locked)
        view._seen = graphs
        return view

    def remove(self, lines: bytes, graph: str = "") -> None:
        """Take N-Triples text out again, from the default graph or a named one; what is not there is passed over."""
        for quad in ox.parse(input=lines, format=ox.RdfFormat.N_TRIPLES):  # a quad of the default graph
            self._store.remove(ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode(graph)) if graph else quad)

    def missing(self, lines: bytes) -> int:
        """Return how many triples of N-Triples text the default graph lacks."""
        return sum(quad not in self._store for quad in ox.parse(input=lines, format=ox.RdfFormat.N_TRIPLES))

    def in_memory(self) -> LocalStore:
        """Return a copy in memory, named graphs included, that may be changed."""
        copied = ox.Store()
        copied.bulk_extend(self._store)
        return LocalStore(copied)

    def finish(self) -> None:
        """Compact and write to disk what is still in memory; after this the store is only read."""
        self._store.optimize()
        self._store.flush()

    def close(self) -> None:
        """Let go of the store and, where it is on disk, of its lock, whoever still holds a result of it in a circle of references."""
        self._store = None
        if self._locked:
            gc.collect()

    def __len__(self) -> int:
        return len(self._store)

    def query(self, text: str, prefixes: dict[str, str] | None = None, base: str | None = None,
              default: list[str] | None = None, named: list[str] | None = None) -> Answer:
        """Run any SPARQL 1.1 query; the given prefixes are known besides its own, and relative IRIs are resolved against `base`.

        `default` and `named` say what the dataset is made of (graphs of this store, by name) in the place of FROM and FROM NAMED.
        The engine itself would follow SERVICE to another host: queries.tokens.check_safe refuses that for text that users write.
        Errors: InputError for a query that does not parse or cannot run.
        """
        result = self._result(text, prefixes, base, default, named)
        if isinstance(result, ox.QueryBoolean):
            return Truth(bool(result))
        if isinstance(result, ox.QueryTriples):
            return Triples(_guard(f"{t} ." for t in result))
        return Rows([v.value for v in result.variables], _guard(tuple(map(_value, s)) for s in result))

    def _result(self, text: str, prefixes: dict[str, str] | None = None, base: str | None = None,
                default: list[str] | None = None, named: list[str] | None = None) -> Any:
        try:
            seen = _graphs(self._seen if default is None else default)
            return self._store.query(text, prefixes=prefixes, base_iri=base, default_graph=seen, named_graphs=_graphs(named))
        except SyntaxError as error:
            if not text.strip():
                raise InputError("The query is empty.", "Such as: SELECT ?council ?type { ?council bw:councilType ?type }") from None
            raise InputError(f"The query does not parse: {_short(str(error))}.",
                             "Look at what stands before that place: a prefix, bracket, dot or quote.") from None
        except (ValueError, RuntimeError, OSError) as error:
            raise InputError(f"The query cannot run: {error}.") from None

    def construct(self, text: str) -> list[str]:
        """Return what a CONSTRUCT makes, as N-Triples lines without repetition."""
        made = self._result(text)
        assert isinstance(made, ox.QueryTriples)
        try:
            text = (made.serialize(format=ox.RdfFormat.N_TRIPLES) or b"").decode()  # far quicker than triple by triple
        except (ValueError, RuntimeError, OSError) as error:
            raise InputError(f"The query stopped: {error}.") from None
        return list(dict.fromkeys(text.split("\n")[:-1]))

    def select(self, text: str) -> list[tuple[Value | None, ...]]:
        """Return all rows of a SELECT."""
        answer = self.query(text)
        assert isinstance(answer, Rows)
        return list(answer.rows)

    def lines(self, graph: str | None = None) -> Iterator[str]:
        """Yield the triples of one graph (default graph: an empty name) as N-Triples lines."""
        name = ox.NamedNode(graph) if graph else ox.DefaultGraph()
        for q in self._store.quads_for_pattern(None, None, None, name):
            yield f"{q.subject} {q.predicate} {q.object} ."


def _graphs(names: list[str] | None) -> list[Any] | None:
    return None if names is None else [ox.NamedNode(name) for name in names]


def _guard(items: Iterator[_T]) -> Iterator[_T]:
    try:
        yield from items
    except (ValueError, RuntimeError, OSError) as error:
        raise InputError(f"The query stopped: {error}.") from None


def write_rdf(lines: Iterable[str], form: str, prefixes: dict[str, str], write: Callable[[bytes], object]) -> None:
    """Write N-Triples or N-Quads lines in another RDF format, in the order given."""
    text = "\n".join(lines).encode()
    quads: Iterable[Any] = ox.parse(input=text, format=ox.RdfFormat.N_QUADS)
    target = _FORMATS[form]
    if target in (ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.RDF_XML):
        quads = (q.triple for q in quads)
    data = ox.serialize(quads, format=target, prefixes=prefixes if target in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG) else None)
    write(_with_sorted_prefixes(data or b""))


def _with_sorted_prefixes(data: bytes) -> bytes:
    """The engine writes @prefix lines in an order of its own at each run; sorted, the same input gives the same bytes."""
    end = 0
    while data.startswith(b"@prefix ", end):
        end = data.index(b"\n", end) + 1
    return b"".join(sorted(data[:end].splitlines(keepends=True))) + data[end:]


def convert_results(srj: bytes) -> bytes:
    """Return SPARQL results in JSON as SPARQL results in XML."""
    solutions = ox.parse_query_results(srj, format=ox.QueryResultsFormat.JSON)
    data = solutions.serialize(format=ox.QueryResultsFormat.XML)
    assert isinstance(data, bytes)
    return data
