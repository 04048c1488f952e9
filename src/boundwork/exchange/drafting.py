"""Projects in, a draft of the study's tables out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from boundwork.exchange.beside import keep
from boundwork.exchange.coded import Coded
from boundwork.exchange.draft import Draft, Previous, Things
from boundwork.exchange.mapping import Names, VariableMap, variable_rows
from boundwork.exchange.people import People
from boundwork.exchange.placing import Placing
from boundwork.exchange.sheets import Row
from boundwork.readers.record import Project
from boundwork.terms import Vocabulary


def draft_tables(projects: Sequence[Project], vocabulary: Vocabulary, previous: Previous, variables: Sequence[Row] | None = None) -> Draft:
    """Return what the projects come to as one study.

    `previous` is what the last import made: ids are kept by path, text and name. `variables` are the rows of variables.csv as
    somebody left them; None: first answers are given. The same projects give the same draft, whatever their ids and their order of things.
    """
    draft = Draft()
    things = [Things(project, number) for number, project in enumerate(projects, 1)]
    for each in things:
        p = each.project
        draft.projects.append({"name": p.name, "format": p.format, "origin": p.origin, "description": p.description,
                               "offsets": [vars(o) for o in p.offsets], "report": [vars(loss) for loss in p.losses]})
    names = Names(vocabulary)
    values: dict[str, list[str]] = {}
    for each in things:
        called = {v.id: v.name for v in each.project.variables}
        for name in called.values():
            values.setdefault(name, [])
        for a in each.project.attributes:
            values.setdefault(called.get(a.variable, a.variable), []).append(a.value)
    fresh = variable_rows(values, names)
    if variables is None:
        draft.variables = fresh
    else:
        known = {(r.get("variable", "").strip(), r.get("value", "").strip()) for r in variables}
        draft.variables = [*variables, *(r for r in fresh if (r["variable"], r["value"]) not in known)]
    meant = VariableMap(draft.variables, names)
    placing = Placing(draft, things, previous)
    people = People(draft, things, previous, meant)
    coded = Coded(draft, things, previous, placing, vocabulary)
    placing.finish()
    people.write(things, placing, meant)
    keep(draft, things, placing, coded)
    return draft


def busiest(draft: Draft) -> str:
    """Return the coder with most codings, the first by name among equals."""
    counts = Counter(row.get("coder", "") for row in draft.rows("codings"))
    return min(draft.coders, key=lambda c: (-counts[c], c), default="")
