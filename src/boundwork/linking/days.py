"""Days as tables write them, and which of them cannot be right: years that a spreadsheet took for day numbers."""

from __future__ import annotations

import re
from datetime import date, timedelta

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T.*)?\Z")
_BRITISH = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})\Z")
_SPREADSHEET = date(1899, 12, 30)
_YEARS = range(1850, 2101)


def read_day(text: str, last: bool = False) -> date | None:
    """Return the day that a text names; a year or a month alone is its first day, or with `last` its last one. None for what is no day.

    >>> read_day("2009-04-01"), read_day("1/4/2009"), read_day("2004", last=True)
    (datetime.date(2009, 4, 1), datetime.date(2009, 4, 1), datetime.date(2004, 12, 31))
    """
    try:
        if match := _ISO.match(text.strip()):
            year, month, day = (int(g) if g else None for g in match.groups())
            if year is not None and month and day:
                return date(year, month, day)
            if year is not None and month:
                return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1) if last else date(year, month, 1)
            return date(year or 0, 12, 31) if last else date(year or 0, 1, 1)
        if match := _BRITISH.match(text.strip()):
            day, month, year = map(int, match.groups())
            return date(year, month, day)
    except ValueError:
        return None
    return None


def mistaken_year(day: date) -> int | None:
    """Return the year that a spreadsheet probably took for a number of days, for a day that looks like it; None for any other.

    The year 1996 as a number of days is 18 June 1905, and where only two digits of that are kept, 18 June 2005.

    >>> mistaken_year(date(2005, 6, 18)), mistaken_year(date(2009, 4, 1))
    (1996, None)
    """
    for back in (0, 100):
        if day.year - back == 1905 or (day.year - back == 1904 and day.month == 12):
            number = (day.replace(year=day.year - back) - _SPREADSHEET).days
            if number in _YEARS:
                return number
    return None


def instant(day: date) -> str:
    """Return a day as an N-Triples literal; midnight, because a reasoner stops at xsd:date.

    >>> instant(date(2009, 4, 1))
    '"2009-04-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
    """
    return f'"{day.isoformat()}T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
