"""What literals are worth: whether one is well formed for its datatype, and which of two is the smaller. SPARQL 1.1 operators, XSD 1.1."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from boundwork.shacl.facts import XSD, literal_parts

_SIGNED = {"integer": (None, None), "long": (-(2**63), 2**63 - 1), "int": (-(2**31), 2**31 - 1), "short": (-(2**15), 2**15 - 1), "byte": (-128, 127),
           "nonNegativeInteger": (0, None), "positiveInteger": (1, None), "nonPositiveInteger": (None, 0), "negativeInteger": (None, -1),
           "unsignedLong": (0, 2**64 - 1), "unsignedInt": (0, 2**32 - 1), "unsignedShort": (0, 2**16 - 1), "unsignedByte": (0, 255)}
_ZONE = r"(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
_FORMS = {
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)", "boolean": r"true|false|1|0",
    "double": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN", "float": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN",
    "gYear": r"-?(\d{4}|[1-9]\d{4,})" + _ZONE, "gYearMonth": r"-?(\d{4}|[1-9]\d{4,})-(0[1-9]|1[0-2])" + _ZONE, "gMonth": r"--(0[1-9]|1[0-2])" + _ZONE,
    "gDay": r"---(0[1-9]|[12]\d|3[01])" + _ZONE, "gMonthDay": r"--(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])" + _ZONE,
    "hexBinary": r"([0-9a-fA-F]{2})*", "anyURI": r"\S*", "language": r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
    "duration": r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
}
Worth = tuple[str, object]
"""A kind and a value; only values of one kind have an order."""


@lru_cache(65536)
def well_formed(term: str, datatype: str) -> bool:
    """True when a literal has this datatype (an IRI without brackets) and its text is one of the datatype's forms."""
    text, _, own = literal_parts(term)
    if own != datatype or not term.startswith('"'):
        return False
    name = datatype.removeprefix(XSD) if datatype.startswith(XSD) else ""
    if name in _SIGNED:
        low, high = _SIGNED[name]
        return bool(re.fullmatch(r"[+-]?[0-9]+", text)) and (low is None or int(text) >= low) and (high is None or int(text) <= high)
    if name in ("date", "dateTime", "dateTimeStamp", "time"):
        return _moment(text, name) is not None
    return name not in _FORMS or bool(re.fullmatch(_FORMS[name], text))


def _moment(text: str, name: str) -> tuple[bool, object] | None:
    """Whether a zone is given, and the moment."""
    forms = {"date": r"\d{4}-\d\d-\d\d" + _ZONE, "time": r"\d\d:\d\d:\d\d(\.\d+)?" + _ZONE}
    if not re.fullmatch(forms.get(name, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?" + _ZONE), text):
        return None
    zone = re.search(r"(Z|[+-]\d\d:\d\d)$", text[8:])
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        if name == "date":
            day = date.fromisoformat(text[:10])
            moment = datetime.fromisoformat(f"{day}T00:00:00{zone[1] if zone else ''}")
            return zone is not None, moment
        if name == "time":
            return zone is not None, time.fromisoformat(text)
        return zone is not None, datetime.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(65536)
def worth(term: str) -> Worth | None:
    """Return what a literal is worth; None for an IRI, a blank node, or text that its datatype does not know."""
    if not term.startswith('"'):
        return None
    text, language, datatype = literal_parts(term)
    name = datatype.removeprefix(XSD)
    if not well_formed(term, datatype):
        return None
    try:
        if name in _SIGNED or name == "decimal":
            return "number", Decimal(text)
        if name in ("double", "float"):
            return "number", float(text.replace("INF", "inf"))
    except (InvalidOperation, ValueError):
        return None
    if name in ("date", "dateTime", "dateTimeStamp", "time"):
        found = _moment(text, name)
        return None if found is None else (f"{name.removesuffix('Stamp')} {found[0]}", found[1])
    if name == "boolean":
        return "boolean", text in ("true", "1")
    if name == "string" and not language:
        return "string", text
    return (name, text) if name == "gYear" else None


def less(a: str, b: str, or_equal: bool = False) -> bool:
    """True when one literal is smaller than another; False also where the two have no order.

    >>> less('"9"^^<http://www.w3.org/2001/XMLSchema#integer>', '"10.5"^^<http://www.w3.org/2001/XMLSchema#decimal>')
    True
    """
    left, right = worth(a), worth(b)
    if left is None or right is None or left[0] != right[0]:
        return False
    return bool(left[1] < right[1] or (or_equal and left[1] == right[1]))  # type: ignore[operator]
