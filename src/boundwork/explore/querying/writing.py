"""Answers written as the W3C's formats, piece by piece, so that a limit of rows or bytes is met as soon as it is passed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator

from boundwork.explore.querying.refusals import Refused
from boundwork.stores.answer import XSD, Rows, Solution, Value

_AT_ONCE, _LARGE = 500, 1 << 18
"""Rows, and characters, that are held before they are given away."""
_REMEMBERED, _SHORT = 20_000, 500
"""Terms whose written form is remembered, and the most characters that such a form has."""
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BARE = {XSD + "integer": re.compile(r"[+-]?[0-9]+"), XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
         XSD + "double": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+")}
_TSV = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})
_RESULTS = "http://www.w3.org/2005/sparql-results#"


def table_chunks(rows: Rows, form: str) -> Iterator[bytes]:
    """Yield a table as srj, srx, csv or tsv, some hundred rows at a time.

    Sources: SPARQL 1.1 Query Results JSON, CSV and TSV Formats; SPARQL Query Results XML Format. CSV is written as the standard says, so
    a cell that a spreadsheet would run stays as it is. Errors: Refused (format) for what the format cannot hold.
    """
    return {"srj": _srj, "srx": _srx, "csv": _csv, "tsv": _tsv}[form](rows)


def truth_bytes(value: bool, form: str) -> bytes:
    """Return a yes or no as srj or srx."""
    word = "true" if value else "false"
    if form == "srj":
        return f'{{"head":{{}},"boolean":{word}}}'.encode()
    return f'<?xml version="1.0"?>\n<sparql xmlns="{_RESULTS}"><head></head><boolean>{word}</boolean></sparql>'.encode()


def _cells(make: Callable[[Value], str]) -> Callable[[Value], str]:
    """Remember what terms look like: the same IRIs stand in most rows."""
    known: dict[Value, str] = {}

    def cell(value: Value) -> str:
        text = known.get(value)
        if text is None:
            if value.kind == "triple":
                raise Refused("format", "The answer holds a statement about a statement, which the result formats of SPARQL 1.1 cannot write.",
                              "Select its subject, predicate and object instead.")
            text = make(value)
            if len(text) <= _SHORT:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[value] = text
        return text

    return cell


def _pieces(rows: Iterable[Solution], line: Callable[[Solution], str], between: str = "") -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    first = True
    for row in rows:
        text = line(row)
        held.append(text)
        size += len(text)
        if len(held) == _AT_ONCE or size > _LARGE:
            yield (("" if first else between) + between.join(held)).encode()
            first, size = False, 0
            held.clear()
    if held:
        yield (("" if first else between) + between.join(held)).encode()


def _srj(rows: Rows) -> Iterator[bytes]:
    def text(value: Value) -> str:
        found = {"type": "uri" if value.kind == "iri" else value.kind, "value": value.text}
        if value.lang:
            found["xml:lang"] = value.lang
        elif value.datatype:
            found["datatype"] = value.datatype
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    cell = _cells(text)
    names = [json.dumps(v, ensure_ascii=False) + ":" for v in rows.variables]

    def line(row: Solution) -> str:
        return "{" + ",".join([n + cell(v) for n, v in zip(names, row, strict=True) if v is not None]) + "}"

    yield f'{{"head":{{"vars":{json.dumps(rows.variables, ensure_ascii=False)}}},"results":{{"bindings":['.encode()
    yield from _pieces(rows.rows, line, ",\n")
    yield b"]}}"


def _srx(rows: Rows) -> Iterator[bytes]:
    def text(value: Value) -> str:
        if _NO_XML.search(value.text):
            raise Refused("format", "The answer holds a control character, which XML cannot write.", "Ask for JSON, CSV or TSV.")
        inner = value.text.translate(_XML)
        if value.kind in ("iri", "bnode"):
            name = "uri" if value.kind == "iri" else "bnode"
            return f"<{name}>{inner}</{name}>"
        extra = f' xml:lang="{value.lang}"' if value.lang else f' datatype="{value.datatype.translate(_XML)}"' if value.datatype else ""
        return f"<literal{extra}>{inner}</literal>"

    cell = _cells(text)
    names = [f'<binding name="{v}">' for v in rows.variables]

    def line(row: Solution) -> str:
        return "<result>" + "".join([f"{n}{cell(v)}</binding>" for n, v in zip(names, row, strict=True) if v is not None]) + "</result>\n"

    head = "".join(f'<variable name="{v}"/>' for v in rows.variables)
    yield f'<?xml version="1.0"?>\n<sparql xmlns="{_RESULTS}"><head>{head}</head><results>\n'.encode()
    yield from _pieces(rows.rows, line)
    yield b"</results></sparql>"


def _csv(rows: Rows) -> Iterator[bytes]:
    special = re.compile('[",\r\n]')

    def text(value: Value) -> str:
        plain = f"_:{value.text}" if value.kind == "bnode" else value.text
        return '"' + plain.replace('"', '""') + '"' if special.search(plain) else plain

    cell = _cells(text)

    def line(row: Solution) -> str:
        return ",".join(["" if v is None else cell(v) for v in row]) + "\r\n"

    yield (",".join(rows.variables) + "\r\n").encode()
    yield from _pieces(rows.rows, line)


def _tsv(rows: Rows) -> Iterator[bytes]:
    def text(value: Value) -> str:
        if value.kind == "iri":
            return f"<{value.text}>"
        if value.kind == "bnode":
            return f"_:{value.text}"
        bare = _BARE.get(value.datatype)
        if bare and bare.fullmatch(value.text):
            return value.text
        return f'"{value.text.translate(_TSV)}"' + (f"@{value.lang}" if value.lang else f"^^<{value.datatype}>" if value.datatype else "")

    cell = _cells(text)

    def line(row: Solution) -> str:
        return "\t".join(["" if v is None else cell(v) for v in row]) + "\n"

    yield ("\t".join("?" + v for v in rows.variables) + "\n").encode()
    yield from _pieces(rows.rows, line)
