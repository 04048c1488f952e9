"""The OWL 2 DL profile, by py-horned-owl where it is installed: what a reasoner would refuse. Nobody else imports that library."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable

from boundwork.stores.local import write_rdf

RULE = "owl-2-dl"
NEEDED = "py-horned-owl>=2.0,<3"
"""What the check needs; the tests have it."""


def missing() -> str:
    """Return what to install for the check, or an empty string where it can run."""
    if importlib.util.find_spec("pyhornedowl") is not None:
        return ""
    return f"The OWL 2 DL profile was not checked: py-horned-owl is not installed. To check it: pip install '{NEEDED}'"


def outside_dl(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Return what breaks the OWL 2 DL profile in N-Triples lines, as (what, IRI of the term), sorted; the IRI is empty where none is named."""
    import pyhornedowl
    from pyhornedowl.profile import check_profile

    parts: list[bytes] = []
    write_rdf(lines, "xml", {}, parts.append)  # the library reads no Turtle
    try:
        ontology = pyhornedowl.open_ontology_from_string(b"".join(parts).decode(), "rdf")
    except (ValueError, RuntimeError, OSError) as error:
        return [(f"The library cannot read it: {' '.join(str(error).split())[:300]}", "")]
    report = check_profile(ontology, "DL")
    if report.conformant:
        return []
    return sorted({(str(getattr(v, "message", v)), _iri(v)) for v in report.violations})


def _iri(violation: object) -> str:
    """The term that a violation names, or the first in the axiom that it quotes."""
    if iri := getattr(violation, "iri", None):
        return str(iri)
    named = re.search(r"<([^<>]+)>", str(getattr(violation, "axiom", "")))
    return named[1] if named else ""
