"""Cases and variables -> councils.csv, speakers.csv and waves, and for each extract who speaks, about whom, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from boundwork.exchange.draft import Draft, Previous, Things
from boundwork.exchange.mapping import Facts, VariableMap
from boundwork.exchange.naming import assign, plain, slug
from boundwork.exchange.placing import Place, Placing
from boundwork.readers.record import Case


class People:
    """Councils and speakers of a draft. A case with a council type or region is a council, every other case with a name a speaker."""

    def __init__(self, draft: Draft, things: Sequence[Things], previous: Previous, meant: VariableMap) -> None:
        self._draft = draft
        self._previous = previous
        self._councils: dict[str, Facts] = {}  # label -> what is said of it
        self._speakers: dict[str, Facts] = {}
        self._of_source: dict[Place, list[tuple[str, str, Facts]]] = {}  # source -> (council label, speaker label, facts)
        self._of_selection: dict[Place, list[tuple[str, str, Facts]]] = {}
        unnamed = 0
        for each in things:
            attributes: dict[tuple[str, str], list[tuple[str, str]]] = {}
            names = {v.id: v.name for v in each.project.variables}
            for a in each.project.attributes:
                attributes.setdefault(("case", a.case) if a.case else ("source", a.source), []).append((names.get(a.variable, a.variable), a.value))
            for case in each.project.cases:
                facts = meant.facts(attributes.get(("case", case.id), ()))
                council, speaker = self._as_actor(case, facts)
                unnamed += not plain(case.name)
                for ident in case.sources:
                    self._of_source.setdefault((each.number, ident), []).append((council, speaker, facts))
                for selection in case.selections:
                    self._of_selection.setdefault((each.number, selection), []).append((council, speaker, facts))
            for source in each.project.sources:
                facts = meant.facts(attributes.get(("source", source.id), ()))
                if facts.said:
                    self._of_source.setdefault((each.number, source.id), []).append((*self._named(facts), facts))
        draft.lose("read", "cases without a name", unnamed, "Their variables are taken as those of their documents.")

    def _as_actor(self, case: Case, facts: Facts) -> tuple[str, str]:
        """Return the labels of council and speaker that a case stands for; a council holds what is said of it."""
        council, speaker = self._named(facts)
        name = plain(case.name)
        if not name:
            return council, speaker
        if (facts.get("type") or facts.get("region")) and not council and not facts.get("role"):
            self._councils.setdefault(name, facts)
            return name, speaker
        self._speakers.setdefault(speaker or name, facts)
        return council, speaker or name

    def _named(self, facts: Facts) -> tuple[str, str]:
        council, speaker = plain(facts.get("council")), plain(facts.get("speaker"))
        if council:
            known = self._councils.setdefault(council, Facts())
            for aspect in ("type", "region"):
                if facts.get(aspect):
                    known.said.setdefault(aspect, facts.get(aspect))
        if speaker:
            self._speakers.setdefault(speaker, facts)
        return council, speaker

    def write(self, things: Sequence[Things], placing: Placing, meant: VariableMap) -> None:
        """Fill councils.csv and speakers.csv, and the columns of extracts.csv that name them."""
        if self._previous.carried:
            return
        for each in things:
            for selection in each.project.selections:
                if selection.speaker.strip():
                    self._speakers.setdefault(plain(selection.speaker), Facts())
        councils = self._ids("councils", self._councils, "council")
        speakers = self._ids("speakers", self._speakers, "speaker")
        for label, facts in sorted(self._councils.items()):
            self._draft.rows("councils").append({"id": councils[label], "label": label, "name": label, "type": facts.get("type"),
                                                 "region": facts.get("region")})
        for label, facts in sorted(self._speakers.items()):
            self._draft.rows("speakers").append({"id": speakers[label], "label": label, "role": facts.get("role"),
                                                 "speaks_for": councils.get(plain(facts.get("council")), "")})
        for each in things:
            for selection in each.project.selections:
                row = placing.rows.get(placing.extracts.get((each.number, selection.id), ""))
                if row is not None:
                    closest = self._of_selection.get((each.number, selection.id), [])
                    wider = self._of_source.get((each.number, selection.source), [])
                    council = self._one(closest, wider, 0)
                    speaker = plain(selection.speaker) or self._one(closest, wider, 1)
                    wave = _only(f.get("wave") for _, _, f in closest) or _only(f.get("wave") for _, _, f in wider)
                    council = council or plain(self._speakers.get(speaker, Facts()).get("council"))
                    for column, value in (("about", councils.get(council, "")), ("speaker", speakers.get(speaker, "")), ("wave", wave)):
                        if value and not row.get(column):
                            row[column] = value
                    if row.get("speaker"):
                        row["kind"] = "attributed"
        self._draft.waves = dict(sorted((w, meant.labels.get(w, w)) for w in {r["wave"] for r in placing.rows.values() if r.get("wave")}))
        self._draft.lose("read", "councils", len(councils), "Cases with a council type or region, or the values of a variable that names councils.")
        self._draft.lose("read", "speakers", len(speakers), "The other cases that have a name, and speakers that the project names.")

    def _one(self, closest: list[tuple[str, str, Facts]], wider: list[tuple[str, str, Facts]], which: int) -> str:
        return _only((c[0], c[1])[which] for c in closest) or _only((c[0], c[1])[which] for c in wider)

    def _ids(self, table: str, labels: Iterable[str], kind: str) -> dict[str, str]:
        known = {r.get("label", ""): r["id"] for r in self._previous.rows(table)}
        return assign({label: slug(label, kind) for label in labels}, {k: v for k, v in known.items() if k in set(labels)},
                      {"field", *(r["id"] for r in self._previous.rows(table))} - set(known.values()))


def _only(values: Iterable[str]) -> str:
    """Return the one value that is there, or nothing where there is none or several."""
    found = {v for v in values if v}
    return found.pop() if len(found) == 1 else ""
