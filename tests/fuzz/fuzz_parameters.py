"""Fuzzing of the parameters of stored questions, guided by coverage: any bytes become terms of the right type, or one clear error; never syntax.

`python tests/fuzz/fuzz_parameters.py -runs=100000 NEW tests/fuzz/parameters` runs on (libFuzzer's options; what is new goes into the folder NEW). The
first byte of an input chooses what it is for: a parameter of a stored question, a parameter of one of the six types, or a file of a stored question
itself, as somebody's study may bring it. The rest is the value as a shell hands it over, or several with 0xFF between them.
`python tests/fuzz/fuzz_parameters.py --seeds tests/fuzz/parameters` writes the first corpus again.
"""

from __future__ import annotations

import re
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import atheris

with atheris.instrument_imports(include=["boundwork.explore.values", "boundwork.queries"]):
    from boundwork.explore import values
    from boundwork.queries import stored, tokens

from boundwork.errors import InputError, UsageError
from boundwork.explore.session import Session, open_study
from boundwork.pipeline.inputs import prefixes
from boundwork.queries.stored import Parameter, StoredQuery
from boundwork.stores.answer import Rows, Value
from boundwork.terms import id_of
from fuzz.fuzzing import run

STUDY = "example-study"
PLACE = Path(tempfile.mkdtemp(prefix="boundwork-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)) / "question.rq"
CHOICES = ("low", "it's", "a } b", 'say "x"', "back\\slash")
TYPES = (Parameter("x", "", None, cls="bw:BoundaryCategory"), Parameter("x", "", None, datatype="xsd:string"),
         Parameter("x", "", None, datatype="xsd:integer"), Parameter("x", "", None, datatype="xsd:decimal"),
         Parameter("x", "", None, datatype="xsd:boolean"), Parameter("x", "", None, choices=CHOICES))
BARE = "SELECT ?x { { SELECT ?x { VALUES ?x { UNDEF } } } }"
MOST = 40
"""Values of one input."""


class Target:
    """The study that is asked, and everything that an input may be for."""

    def __init__(self) -> None:
        self.session: Session = open_study(STUDY)
        queries = [stored.read_query(path) for _, path in sorted(stored.stored_queries(self.session.folder).items())]
        self.places: list[tuple[StoredQuery, Parameter]] = [(q, p) for q in queries for p in q.params.values()]
        self.places += [(StoredQuery("bare", PLACE, BARE, {}, {"x": p}), p) for p in TYPES]
        self._members: dict[str, set[str]] = {}

    def members(self, cls: str) -> set[str]:
        """The IRIs that a parameter of a class may stand for, asked with a path over the classes, as the code does not do."""
        if cls not in self._members:
            rows = self.session.store.query(f"SELECT DISTINCT ?x {{ ?x a/rdfs:subClassOf* {cls} }}", prefixes())
            assert isinstance(rows, Rows)
            self._members[cls] = {thing.text for (thing,) in rows.rows if thing is not None}
        return self._members[cls]


def outside(query: StoredQuery, text: str) -> list[str]:
    """A question without what stands in the VALUES blocks of its parameters."""
    cut, end = [], 0
    for start, stop in sorted(b for name in query.params for b in tokens.values_blocks(text)[name]):
        cut.append(text[end:start])
        end = stop
    return [*cut, text[end:]]


def check_values(target: Target, query: StoredQuery, parameter: Parameter, texts: list[str]) -> None:
    """The values become terms that the engine reads as what plain Python makes of them, and the rest of the question stands; or there is one error."""
    try:
        terms = values.terms_for(parameter, texts, target.session.store, STUDY)
    except UsageError as error:
        said = str(error)
        if "\n" in said or " is no " not in said or len(said) > 2_000:
            raise AssertionError(f"no clear line: {said!r}") from error
        return
    if texts == ["any"]:
        assert terms == []
        return
    text = query.with_values({parameter.name: terms})
    assert outside(query, text) == outside(query, query.body), "the question changed"
    answer = target.session.store.query(f"SELECT ?x {{ VALUES ?x {{ {' '.join(terms)} }} }}")
    assert isinstance(answer, Rows)
    read = [row[0] for row in answer.rows]
    assert len(read) == len(texts), "not as many terms as values"
    for given, term in zip(texts, read, strict=True):
        assert term is not None
        check_term(target, parameter, given, term)


def check_term(target: Target, parameter: Parameter, given: str, term: Value) -> None:
    """A term says what was given: of a class a member, else the same value."""
    kind = parameter.datatype.rsplit(":", 1)[-1]
    if parameter.cls:
        assert term.kind == "iri" and term.text in target.members(parameter.cls), term
    elif kind == "integer":
        assert (int(term.text), term.datatype.rsplit("#", 1)[-1]) == (int(given), "integer"), term
    elif kind == "decimal":
        assert (Decimal(term.text), term.datatype.rsplit("#", 1)[-1]) == (Decimal(given), "decimal"), term
    else:
        assert term.kind == "literal" and term.text == given, term
        assert not parameter.choices or given in parameter.choices
        assert kind != "boolean" or given in ("true", "false")


def check_file(data: bytes) -> None:
    """A file of a question is read, and any value keeps to its block; or it is refused in one line that names the file."""
    PLACE.write_bytes(data)
    try:
        query = stored.read_query(PLACE)
    except InputError as error:
        if "\n" in str(error) or str(PLACE) not in str(error):
            raise AssertionError(f"no clear line: {error!r}") from error
        return
    for name in query.params:
        text = query.with_values({name: ['"} #"', "<urn:x:y>"]})
        for start, end in tokens.values_blocks(text)[name]:
            assert text[start:end] == ' "} #" <urn:x:y> ', text[start:end]
    assert re.fullmatch(r"\w*", query.form)


TARGET: list[Target] = []


def one_input(data: bytes) -> None:
    """Try one input; anything but terms or a refusal in one line is a crash."""
    if not data:
        return
    if not TARGET:
        TARGET.append(Target())
    target = TARGET[0]
    if data[0] == 255:
        check_file(data[1:])
        return
    query, parameter = target.places[data[0] % len(target.places)]
    check_values(target, query, parameter, [part.decode("utf-8", "surrogateescape") for part in data[1:].split(b"\xff")[:MOST]])


WORDS = ["any", "", "?", "} #", '" } #', "' } ; DROP ALL #", "code:expertise> ?p ?o } #", "expertise } UNION { ?s ?p ?o", "<http://x>", "http://x> ?p ?o . #",
         "\\u0022", "\\", "UNDEF", "} VALUES ?x {", "a\nb", "\x00", "\x1f", "\x7f", "\ud800", "code:", "urn:x:y", "1e5", "+1", "-0", "\u0663", "true", "True",
         "1" * 400, "a:[", "0.5", "00.50", "e\u0301", "\u202e", "\U0001f600", "x" * 70_000, *CHOICES]


def seeds() -> list[bytes]:
    """The inputs to begin with: every parameter with a value that fits, every type with words that might become syntax, and files."""
    target = Target()
    found = []
    for number, (_, parameter) in enumerate(target.places):
        members = sorted(map(id_of, target.members(parameter.cls)))[:1] if parameter.cls else []
        for text in [parameter.default or "any", *members, *(WORDS if number >= len(target.places) - len(TYPES) else ())]:
            found.append(bytes([number]) + text.encode("utf-8", "surrogatepass"))
    last = len(target.places) - len(TYPES)
    found += [bytes([last]) + b"expertise\xffcompetitiveness", bytes([last + 2]) + b"1\xff2\xff-3", bytes([last + 5]) + b"low\xffit's"]
    head = b'#+ question: Why?\n#+ params:\n#+   x: {datatype: "xsd:integer", default: "1", description: d}\n'
    found += [b"\xff" + head + b"SELECT ?x { VALUES ?x { 1 } }\n", b"\xff" + head + b"SELECT ?x { }\n", b"\xff#+ question: [\n",
              b"\xff" + head + b'ASK { VALUES ?x { "}" } }',
              b"\xff#+ question: x\n#+ params: {x: {in: [a, b]}}\nSELECT * { VALUES ?x { 'a' } # }\n VALUES ?x { } }", b"\xff\xff\xfe"]
    return found


if __name__ == "__main__":
    run(one_input, seeds)
