"""SPARQL from outside: answered by processes that can be killed. Knows nothing of HTTP.

What is named here is loaded when it is first used: the workers start with a few small modules only.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boundwork.explore.querying.child import Result
    from boundwork.explore.querying.formats import Wanted, wanted
    from boundwork.explore.querying.refusals import Refused
    from boundwork.explore.querying.runner import Limits, QueryRunner, Question
    from boundwork.explore.querying.sources import Source, Stores, StudyStores
    from boundwork.explore.querying.turns import Room

__all__ = ["Limits", "QueryRunner", "Question", "Refused", "Result", "Room", "Source", "Stores", "StudyStores", "Wanted", "wanted"]
_HOMES = {
    "child": ("Result",), "formats": ("Wanted", "wanted"), "refusals": ("Refused",), "runner": ("Limits", "QueryRunner", "Question"),
    "sources": ("Source", "Stores", "StudyStores"), "turns": ("Room",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"boundwork.explore.querying.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
