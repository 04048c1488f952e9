"""A .rq file read whole: every part of its header, its parameters, and its text with values put in."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundwork.errors import UsageError
from boundwork.queries.stored import Parameter, read_query, uses

TEXT = """#+ summary: Cases
#+ question: Which cases?
#+ competency: 7
#+ note: Not   all.
#+ open: [b]
#+ key: [a]
#+ columns: {a: first, 2: second}
#+ params:
#+   kind: {in: [one, 2], default: 2, description: Which}
#+   least: {datatype: xsd:integer}
SELECT ?a { { SELECT ?kind { VALUES ?kind { UNDEF } } } { SELECT ?least { VALUES ?least { 1 } } } ?a ?kind ?least }
"""


def test_a_query_has_all_that_its_header_says(tmp_path: Path) -> None:
    (tmp_path / "cases.rq").write_text(TEXT, encoding="utf-8")
    (tmp_path / "bare.rq").write_text("SELECT * {}", encoding="utf-8")
    query, bare = read_query(tmp_path / "cases.rq"), read_query(tmp_path / "bare.rq")
    assert (query.slug, query.summary, query.question, query.competency, query.note) == ("cases", "Cases", "Which cases?", 7, "Not all.")
    assert (query.open_columns, query.key_columns, query.columns) == ({"b"}, ["a"], {"a": "first", "2": "second"})
    assert query.params == {"kind": Parameter("kind", "Which", "2", choices=("one", "2")), "least": Parameter("least", "", None, datatype="xsd:integer")}
    assert [p.kind for p in query.params.values()] == ["one | 2", "xsd:integer"]
    assert (bare.summary, bare.question, bare.competency, bare.note, bare.columns, bare.params) == ("", "", None, "", {}, {})


def test_values_stand_in_their_blocks_alone(tmp_path: Path) -> None:
    (tmp_path / "cases.rq").write_text(TEXT, encoding="utf-8")
    (tmp_path / "bare.rq").write_text("SELECT * {}", encoding="utf-8")
    query, bare = read_query(tmp_path / "cases.rq"), read_query(tmp_path / "bare.rq")
    assert query.with_values({}) == query.body
    assert query.with_values({"least": ["2", "3"], "kind": ['"x"']}) == query.body.replace("{ UNDEF }", '{ "x" }').replace("{ 1 }", "{ 2 3 }")
    assert query.with_values({"least": []}) == query.body.replace("{ 1 }", "{ UNDEF }")
    with pytest.raises(UsageError, match=r"no parameter 'other'[\s\S]*It has: kind, least"):
        query.with_values({"other": ["1"]})
    with pytest.raises(UsageError, match=r"no parameter 'other'[\s\S]*It has none"):
        bare.with_values({"other": ["1"]})


def test_names_that_a_query_uses_are_found_outside_texts(tmp_path: Path) -> None:
    (tmp_path / "bare.rq").write_text("SELECT * { ?s bw:a 'bw:b', <urn:c> } # bw:d", encoding="utf-8")
    assert uses(read_query(tmp_path / "bare.rq"), {"bw:a", "bw:b", "<urn:c>", "bw:d", "?s"}) == {"bw:a", "<urn:c>"}
