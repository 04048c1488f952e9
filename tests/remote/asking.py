"""A question to a server of the tests, and answers that such a server gives."""

from __future__ import annotations

import json
from dataclasses import replace

from boundwork.stores.answer import Rows, Truth
from boundwork.stores.remote import RemoteStore
from boundwork.stores.remote_endpoints import Endpoint

SELECT = "SELECT ?x WHERE { ?x a ?c }"
GOOD = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "uri", "value": "http://x/1"}}]}}).encode()
YES = b'{"head": {}, "boolean": true}'
LIMIT = 1.5


def ask(url: str, query: str = SELECT, **changes: object) -> object:
    """The whole answer as plain data."""
    store = RemoteStore(replace(Endpoint(url, timeout=LIMIT, max_age=0.0), **changes))  # type: ignore[arg-type]
    answer = store.query(query)
    if isinstance(answer, Truth):
        return answer.value
    return list(answer.rows) if isinstance(answer, Rows) else list(answer.lines)
