"""Cases in, what HermiT answers otherwise than they say out."""

from __future__ import annotations

from collections.abc import Sequence

from cases.axioms import Ontology
from cases.casefiles import Case
from cases.hermit import satisfiable
from cases.probes import PROBE, name, written

NOTHING = f"{PROBE}nothing"
"""The class of everything that must not fit: one question, as long as all is well."""


def wrong(ontology: Ontology, cases: Sequence[Case]) -> list[str]:
    """Return what a case says and HermiT does not, one line each: the case, and the statement or the graph."""
    probes = [p for c in cases for p in c.probes()]
    fit = [i for i, p in enumerate(probes) if p.fits]
    unfit = [i for i, p in enumerate(probes) if not p.fits]
    text = ontology.without() + written(probes, [(NOTHING, unfit)])
    answer = satisfiable([text], [NOTHING, *map(name, fit)])[0]
    found = [probes[i].label for i in fit if not answer[name(i)]]
    if answer[NOTHING]:
        answer = satisfiable([text], [name(i) for i in unfit])[0]
        found += [probes[i].label for i in unfit if answer[name(i)]]
    return found
