"""SPARQL from outside: answered by processes that can be killed. Knows nothing of HTTP."""

from boundwork.explore.querying.child import Result
from boundwork.explore.querying.formats import Wanted, wanted
from boundwork.explore.querying.refusals import Refused
from boundwork.explore.querying.runner import Limits, QueryRunner, Question
from boundwork.explore.querying.sources import Source, Stores, StudyStores
from boundwork.explore.querying.turns import Room

__all__ = ["Limits", "QueryRunner", "Question", "Refused", "Result", "Room", "Source", "Stores", "StudyStores", "Wanted", "wanted"]
