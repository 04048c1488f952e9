"""Which texts a datatype knows, at the edges of each, and which of two literals is the smaller."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundwork.shacl.facts import RDF, XSD
from boundwork.shacl.literals import less, well_formed, worth

LIMITS = {"long": (-9223372036854775808, 9223372036854775807), "int": (-2147483648, 2147483647), "short": (-32768, 32767), "byte": (-128, 127),
          "unsignedLong": (0, 18446744073709551615), "unsignedInt": (0, 4294967295), "unsignedShort": (0, 65535), "unsignedByte": (0, 255),
          "nonNegativeInteger": (0, None),
          "positiveInteger": (1, None), "nonPositiveInteger": (None, 0), "negativeInteger": (None, -1), "integer": (None, None)}
"""Least and greatest whole number of each datatype, as XML Schema writes them."""


def typed(text: str, datatype: str) -> str:
    return f'"{text}"^^<{XSD}{datatype}>'


@pytest.mark.parametrize("name", LIMITS)
def test_a_whole_number_lies_within_the_limits_of_its_datatype(name: str) -> None:
    least, most = LIMITS[name]
    far = 10**30
    numbers = {least: True, most: True, (least if least is not None else -far) - 1: least is None, (most if most is not None else far) + 1: most is None}
    for number, inside in numbers.items():
        if number is not None:
            term = typed(str(number), name)
            assert well_formed(term, XSD + name) is inside
            assert worth(term) == (("number", Decimal(number)) if inside else None)
    assert not any(well_formed(typed(text, name), XSD + name) for text in ("", "1.0", "one", "1 ", "--1", "٣"))


@pytest.mark.parametrize(("datatype", "good", "bad"), [
    ("decimal", ["1", "-1.5", "+.5", "1."], ["1e3", ".", "", "INF"]),
    ("boolean", ["true", "false", "1", "0"], ["True", "2", ""]),
    ("double", ["1", "1.5e-3", "INF", "-INF", "NaN"], ["inf", "1e", ""]),
    ("gYear", ["2019", "-0044", "12019", "2019Z"], ["19", "02019", "2019-01"]),
    ("gMonthDay", ["--02-29"], ["--13-01", "02-29"]),
    ("duration", ["P1Y", "PT1.5S", "-P1DT2H"], ["P", "P1YT", "1Y"]),
    ("hexBinary", ["", "0aFF"], ["0", "xy"]),
    ("date", ["2020-02-29", "2020-02-29Z", "2020-02-29+14:00"], ["2019-02-29", "2020-2-9", "2020-02-29+15:00", "2020-02-29T00:00:00", "2020-02-29Z "]),
    ("time", ["12:30:00", "12:30:00.1234567Z", "00:00:00-05:30"], ["24:01:00", "12:30", "12:30:00z"]),
    ("dateTime", ["2020-02-29T12:30:00", "2020-02-29T12:30:00.5+01:00"], ["2020-02-29", "2020-02-30T12:30:00", "2020-02-29 12:30:00"]),
    ("dateTimeStamp", ["2020-02-29T12:30:00Z"], ["2020-02-29"]),
    ("string", ["", "anything at all"], []),
    ("never", ["anything at all"], []),
])
def test_a_text_is_a_form_of_its_datatype(datatype: str, good: list[str], bad: list[str]) -> None:
    assert {text: well_formed(typed(text, datatype), XSD + datatype) for text in good + bad} == {**dict.fromkeys(good, True), **dict.fromkeys(bad, False)}


def test_a_term_of_another_datatype_is_not_well_formed() -> None:
    terms = [f"<{XSD}integer>", "_:b", '"1"', '"1"@en', typed("1", "int")]
    assert [well_formed(t, XSD + "integer") for t in terms] == [False] * 5
    assert well_formed('"1"', XSD + "string") is well_formed('"1"@en', RDF + "langString") is well_formed('"x"^^<urn:x>', "urn:x") is True
    assert not well_formed('"1"^^<urn:integer>', XSD + "integer") and well_formed('"x"^^<integer>', "integer")  # another's datatype of that name


@pytest.mark.parametrize(("text", "datatype", "expected"), [
    ("1.50", "decimal", ("number", Decimal("1.50"))), ("007", "integer", ("number", Decimal(7))), ("-INF", "double", ("number", float("-inf"))),
    ("1.5", "float", ("number", 1.5)), ("true", "boolean", ("boolean", True)), ("1", "boolean", ("boolean", True)), ("false", "boolean", ("boolean", False)),
    ("0", "boolean", ("boolean", False)), ("2", "boolean", None), ("a", "string", ("string", "a")), ("2019", "gYear", ("gYear", "2019")),
    ("--02", "gMonth", None),
    ("P1Y", "duration", None), ("x", "integer", None),
    ("2020-02-29", "date", ("date False", datetime(2020, 2, 29))), ("2020-02-29Z", "date", ("date True", datetime(2020, 2, 29, tzinfo=UTC))),
    ("2020-02-29-05:30", "date", ("date True", datetime(2020, 2, 29, tzinfo=timezone(-timedelta(hours=5, minutes=30))))),
    ("2020-02-29T12:30:00", "dateTime", ("dateTime False", datetime(2020, 2, 29, 12, 30))),
    ("2020-02-29T12:30:00.123456789Z", "dateTimeStamp", ("dateTime True", datetime(2020, 2, 29, 12, 30, 0, 123456, UTC))),
    ("12:30:00", "time", ("time False", time(12, 30))), ("12:30:00Z", "time", ("time True", time(12, 30, tzinfo=UTC))),
    ("12:30:00+01:00", "time", ("time True", time(12, 30, tzinfo=timezone(timedelta(hours=1))))),
])
def test_a_literal_is_worth_a_value_of_its_kind(text: str, datatype: str, expected: object) -> None:
    assert worth(typed(text, datatype)) == expected


def test_what_has_no_worth() -> None:
    assert [worth(t) for t in ("<urn:x>", "_:b", '"a"@en', '"a"^^<urn:string>')] == [None] * 4
    assert worth('"a"') == ("string", "a")


@pytest.mark.parametrize(("smaller", "greater"), [
    (typed("9", "integer"), typed("10.5", "decimal")), (typed("1", "byte"), typed("INF", "double")), ('"a"', '"b"'),
    (typed("2019-12-31", "date"), typed("2020-01-01", "date")), (typed("0", "boolean"), typed("true", "boolean")),
    (typed("2020-01-01T00:00:00+01:00", "dateTime"), typed("2020-01-01T00:00:00Z", "dateTimeStamp")),
])
def test_values_of_one_kind_have_an_order(smaller: str, greater: str) -> None:
    for or_equal in (False, True):
        assert (less(smaller, greater, or_equal), less(greater, smaller, or_equal), less(smaller, smaller, or_equal)) == (True, False, or_equal)
    assert not less(smaller, smaller)


@pytest.mark.parametrize(("one", "other"), [
    (typed("2020-01-01T00:00:00", "dateTime"), typed("2020-01-01T00:00:00Z", "dateTime")),  # with a zone and without
    (typed("2020-01-01", "date"), typed("2020-01-01T00:00:00", "dateTime")), (typed("1", "integer"), '"1"'), ('"a"', '"a"@en'),
    (typed("x", "integer"), typed("x", "integer")), ("<urn:a>", "<urn:a>"), (typed("1", "boolean"), typed("1", "integer")),
    (typed("NaN", "double"), typed("NaN", "double")),
])
def test_other_values_have_none(one: str, other: str) -> None:
    assert {less(a, b, or_equal) for a, b in ((one, other), (other, one)) for or_equal in (False, True)} == {False}


@given(st.integers(), st.integers(), st.dates(), st.dates())
def test_the_order_is_that_of_numbers_and_days(a: int, b: int, one: date, other: date) -> None:
    assert (less(typed(str(a), "integer"), typed(str(b), "decimal")), less(typed(str(a), "integer"), typed(str(b), "decimal"), True)) == (a < b, a <= b)
    assert less(typed(one.isoformat(), "date"), typed(other.isoformat(), "date")) == (one < other)
