"""One of several: of projects in a file, the one that is asked for or an error that lists them; of a code's categories, the first."""

from __future__ import annotations

from collections.abc import Iterable

from boundwork.readers.draft import shown
from boundwork.readers.refusing import unreadable
from boundwork.wording import counted

SEVERAL_CATEGORIES = "they stand under the first; the categories are groups besides"


def by_category(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, tuple[str, ...]]]:
    """Return the categories of every code, and the codes of those categories that share one with another; from pairs of code and category.

    >>> by_category([("a", "1"), ("b", "1"), ("b", "2"), ("c", "3")])
    ({'a': ['1'], 'b': ['1', '2'], 'c': ['3']}, {'1': ('code:a', 'code:b'), '2': ('code:b',)})
    """
    categories: dict[str, list[str]] = {}
    codes: dict[str, list[str]] = {}
    for code, category in dict.fromkeys(pairs):
        categories.setdefault(code, []).append(category)
        codes.setdefault(category, []).append(f"code:{code}")
    shared = {c for listed in categories.values() if len(listed) > 1 for c in listed}
    return categories, {c: tuple(listed) for c, listed in codes.items() if c in shared}


def chosen(projects: dict[str, str], asked: str | None, file: str) -> str:
    """Return the id of the project that is meant, from ids and names; `asked` is an id or a name, None where nobody asked."""
    listed = ", ".join(f"{id} ({shown(name)})" for id, name in list(projects.items())[:20])
    if asked is not None:
        named = [id for id, name in projects.items() if name == asked]
        found = [asked] if asked in projects else named
        if len(found) != 1:
            what = "several projects" if found else "no project"
            raise unreadable(f"{file} holds {what} called '{shown(asked)}'", f"It holds {listed}" if listed else "It holds none")
        return found[0]
    if len(projects) != 1:
        raise unreadable(f"{file} holds {counted(len(projects), 'project')}" + (f": {listed}" if listed else ""),
                         "Name one of them with --project" if projects else "")
    return next(iter(projects))
