"""Knowledge graphs of qualitative research: coded interviews in; checked, queryable, explained RDF out.

    >>> import boundwork
    >>> study = boundwork.open("regulating-public-services")          # doctest: +SKIP
    >>> rows = study.ask("hybrid-council-types", boundary="expertise")  # doctest: +SKIP

Importing this module loads no engine; the parts are loaded when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from boundwork.explore.session import Session


def open(study: str | None = None, *, reading: str | None = None, store: str | None = None, endpoint: str | None = None,
         timeout: float | None = None) -> Session:
    """Return an open study: a folder with study.toml, the name of a shipped one, or (None) the enclosing or default one.

    With `endpoint` (an address, or a name in endpoints.toml) questions go to that server, each with `timeout` seconds in all.
    """
    from boundwork.explore.session import open_study

    return open_study(study, reading=reading, store=store, endpoint=endpoint, timeout=timeout)
