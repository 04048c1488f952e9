"""A .rq file read whole: every part of its header, its parameters, and its text with values put in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boundwork.errors import InputError, UsageError
from boundwork.queries.stored import Parameter, find_query, headers_file, read_query, stored_queries, uses
from conftest import ROOT

TEXT = """#+ summary: Cases
#+ question: Which cases?
#+ competency: 7
#+ note: Not   all.
#+ open: [b]
#+ key: [a]
#+ columns: {a: first, 2: second}
#+ evidence: |
#+   ?a ?kind ?coding .
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
    assert (query.evidence, query.form, bare.evidence, bare.form) == ("?a ?kind ?coding .", "SELECT", "", "SELECT")
    assert query.params == {"kind": Parameter("kind", "Which", "2", choices=("one", "2")), "least": Parameter("least", "", None, datatype="xsd:integer")}
    assert [p.kind for p in query.params.values()] == ["one | 2", "xsd:integer"]
    assert (bare.summary, bare.question, bare.competency, bare.note, bare.columns, bare.params) == ("", "", None, "", {}, {})


def test_a_header_needs_no_space_before_its_words_and_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "close.rq").write_text("#+question: Which?\nSELECT * {}", encoding="utf-8")
    assert read_query(tmp_path / "close.rq").question == "Which?"
    (tmp_path / "latin.rq").write_bytes(b"#+ question: Qu\xe9?\nSELECT * {}")
    for name in ("latin.rq", "missing.rq"):
        with pytest.raises(InputError, match=rf"{name} cannot be read"):
            read_query(tmp_path / name)


def test_a_header_is_remembered_where_that_is_asked_for_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDWORK_CACHE", str(tmp_path / "not" / "yet"))
    (tmp_path / "q.rq").write_text("#+ question: Which?\nSELECT * {}", encoding="utf-8")
    assert (read_query(tmp_path / "q.rq").question, headers_file().exists()) == ("Which?", False)
    assert read_query(tmp_path / "q.rq", remember=True).question == "Which?"
    assert json.loads(headers_file().read_text(encoding="utf-8")) == {"question: Which?": {"question": "Which?"}}
    headers_file().write_text('{"question: Which?": {"question": "What was remembered?"}}', encoding="utf-8")
    assert read_query(tmp_path / "q.rq", remember=True).question == "What was remembered?"
    assert read_query(tmp_path / "q.rq").question == "Which?"


def test_a_query_is_found_by_its_name_and_an_unknown_one_gets_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOUNDWORK_CACHE", str(tmp_path / "cache"))
    known = stored_queries()
    assert known["hybrid-council-types"] == ROOT / "queries" / "ask" / "hybrid-council-types.rq"
    assert stored_queries(kind="check").keys().isdisjoint(known)
    assert find_query("hybrid-council-types") == read_query(known["hybrid-council-types"])
    assert headers_file().exists()
    for slug, hint in (("hybrid-council-type", "Did you mean 'hybrid-council-types'"), ("zzz", "See: boundwork queries")):
        with pytest.raises(UsageError, match=rf"There is no stored query '{slug}'\.\s+{hint}"):
            find_query(slug)


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
