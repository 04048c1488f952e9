"""Two answers are compared row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundwork.errors import InputError
from boundwork.explore.comparing import Roles, compare, roles
from boundwork.queries.stored import StoredQuery
from boundwork.stores.answer import XSD, Solution, Value


def _query(key: list[str] | None = None) -> StoredQuery:
    return StoredQuery("q", Path("q.rq"), "", {"key": key} if key else {})


def _iri(name: str) -> Value:
    return Value("iri", f"https://example.org/{name}")


def _number(n: int) -> Value:
    return Value("literal", str(n), XSD + "integer")


def _text(t: str) -> Value:
    return Value("literal", t)


def test_numbers_are_counts_and_all_else_but_the_reading_is_the_key() -> None:
    rows: list[Solution] = [(_iri("a"), _text("yes"), _number(2), _iri("reading-1"))]
    assert roles(_query(), ["who", "answer", "extracts", "reading"], [rows]) == Roles(["who", "answer", "extracts", "reading"], [0, 1], [], [2])


def test_a_header_may_name_the_key() -> None:
    rows: list[Solution] = [(_iri("a"), _text("yes"), _number(2))]
    assert roles(_query(["who"]), ["who", "answer", "extracts"], [rows]) == Roles(["who", "answer", "extracts"], [0], [1], [2])
    with pytest.raises(InputError, match="whom"):
        roles(_query(["whom"]), ["who", "answer", "extracts"], [rows])


@pytest.mark.parametrize(
    ("key", "after", "kind"),
    [
        (["who"], [("a", "yes", 2, 1)], "holds"),
        (["who"], [("a", "yes", 1, 0)], "holds"),  # the words are the answer, so a count may become 0
        (["who"], [("a", "no", 2, 1)], "changes"),
        (["who"], [("b", "yes", 2, 1)], "falls"),
        (None, [("a", "yes", 1, 1)], "holds"),
        (None, [("a", "yes", 0, 0)], "changes"),  # nothing but counts answers
        (None, [("a", "yes", 2, 0)], "holds"),  # what is stated is no answer
        (None, [("a", "no", 2, 1)], "falls"),
        (None, [], "falls"),
    ],
)
def test_a_row_holds_changes_or_falls(key: list[str] | None, after: list[tuple[str, str, int, int]], kind: str) -> None:
    variables = ["who", "answer", "extracts", "stated"]

    def rows(plain: list[tuple[str, str, int, int]]) -> list[tuple[Value | None, ...]]:
        return [(_iri(a), _text(b), _number(c), _number(d)) for a, b, c, d in plain]

    before = rows([("a", "yes", 2, 1)])
    effects, new = compare(roles(_query(key), variables, [before, rows(after)]), before, rows(after))
    assert [e.kind for e in effects] == [kind]
    assert len(new) == (len(after) if kind == "falls" else 0)


def test_rows_that_say_that_there_is_nothing_are_told_by_their_words() -> None:
    """Two statuses without a case are two rows, not one whose status changed."""
    table = Roles(["case", "status", "extracts"], [0], [1], [2])
    effects, new = compare(table, [(None, _iri("blended"), None)], [(None, _iri("co-existence"), None)])
    assert [e.kind for e in effects] == ["falls"]
    assert len(new) == 1


def test_rows_of_one_identity_are_paired_by_what_they_have_in_common() -> None:
    table = Roles(["who", "answer", "n"], [0], [1], [2])
    one, two, three = ((_iri("a"), _text(t), _number(n)) for t, n in (("x", 1), ("y", 2), ("z", 3)))
    effects, new = compare(table, [one, two], [(_iri("a"), _text("y"), _number(5)), three])
    assert [(e.kind, [c.column for c in e.changes]) for e in effects] == [("changes", ["answer", "n"][:1]), ("holds", ["n"])]
    assert new == []


