"""Thirty datatypes from file to store to dump: what comes back as it was, what the engine rewrites, and that boundwork writes only the first kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork.stores.local import LocalStore

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
KEPT = {  # datatype -> lexical form that comes back as it was
    "string": "007", "boolean": "true", "integer": "7", "decimal": "1.5", "dateTime": "2004-03-01T10:00:00", "date": "2004-03-01",
    "time": "10:00:00", "gYear": "2004", "gYearMonth": "2004-03", "gMonthDay": "--03-01", "gDay": "---01", "gMonth": "--03", "duration": "P1Y2M",
    "yearMonthDuration": "P1Y", "dayTimeDuration": "P1D", "anyURI": "http://example.org/a b", "normalizedString": "a b", "token": "a", "language": "en",
    "NMTOKEN": "a", "Name": "a", "NCName": "a", "hexBinary": "0FB7", "base64Binary": "AA==", "QName": "a:b",
}
REWRITTEN = {  # (datatype, given) -> what the engine makes of it
    ("integer", "007"): ("integer", "7"), ("decimal", "1.50"): ("decimal", "1.5"), ("nonNegativeInteger", "7"): ("integer", "7"),
    ("positiveInteger", "7"): ("integer", "7"), ("long", "7"): ("integer", "7"), ("int", "7"): ("integer", "7"), ("short", "7"): ("integer", "7"),
    ("byte", "7"): ("integer", "7"), ("unsignedInt", "7"): ("integer", "7"), ("dateTimeStamp", "2004-03-01T10:00:00Z"): ("dateTime", "2004-03-01T10:00:00Z"),
    ("boolean", "1"): ("boolean", "true"), ("double", "1.5E0"): ("double", "1.5"), ("float", "1.50"): ("float", "1.5"),
}
WRITTEN = {*(f"{XSD}{name}" for name in ("string", "integer", "boolean", "decimal", "date", "dateTime", "anyURI")), f"{RDF}langString", f"{RDF}PlainLiteral"}
"""What boundwork itself writes into a store, each in the one form that comes back as it was."""
CANONICAL = {f"{XSD}integer": r"0|-?[1-9]\d*", f"{XSD}boolean": "true|false", f"{XSD}decimal": r"-?(0|[1-9]\d*)(\.\d*[1-9])?"}


def through_a_store(folder: Path, literal: str) -> str:
    (folder / "in.nt").write_text(f"<urn:s> <urn:p> {literal} .\n", encoding="utf-8")
    store = LocalStore.create(folder / "store")
    store.load_file(folder / "in.nt")
    store.finish()
    store.close()
    line, = LocalStore.open(folder / "store").lines()
    return line.removeprefix("<urn:s> <urn:p> ").removesuffix(" .")


def written(datatype: str, text: str) -> str:
    return f'"{text}"' if datatype == "string" else f'"{text}"^^<{XSD}{datatype}>'


@pytest.mark.parametrize("datatype", KEPT)
def test_a_datatype_comes_back_as_it_was(datatype: str, scratch: Path) -> None:
    assert through_a_store(scratch, written(datatype, KEPT[datatype])) == written(datatype, KEPT[datatype])


@pytest.mark.parametrize(("datatype", "given"), REWRITTEN)
def test_what_the_engine_rewrites_is_known(datatype: str, given: str, scratch: Path) -> None:
    """If this fails the engine has changed for the better: the form can then be kept."""
    assert through_a_store(scratch, written(datatype, given)) == written(*REWRITTEN[datatype, given])


@pytest.mark.parametrize("tag", ["en", "de", "zh-hant"])
def test_language_tags_come_back_in_lower_case(tag: str, scratch: Path) -> None:
    assert through_a_store(scratch, f'"a"@{tag}') == f'"a"@{tag}'


@pytest.mark.parametrize("study", ["regulating-public-services", "example-study"])
def test_boundwork_writes_only_what_comes_back_as_it_was(study: str, statements: Callable[[str, str | None], bytes]) -> None:
    """Every literal of the graphs: its datatype is one that is kept, its form the canonical one, its language tag in lower case."""
    seen: set[str] = set()
    for line in statements(study, None).decode().split("\n")[:-1]:
        found = re.search(r' "((?:[^"\\]|\\.)*)"(?:\^\^<([^>]*)>|@([\w-]+))? \.\Z', line)
        if found is None:
            continue
        datatype = found[2] or (f"{RDF}langString" if found[3] else f"{XSD}string")
        seen.add(datatype)
        assert datatype in WRITTEN, line
        assert found[3] is None or found[3] == found[3].lower(), line
        assert re.fullmatch(CANONICAL.get(datatype, r"(?s).*"), found[1]), line
    assert f"{XSD}integer" in seen and f"{XSD}string" in seen
