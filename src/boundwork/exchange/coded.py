"""Codes and codings of the projects -> codes.csv and codings.csv, and which coding of a project each row stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boundwork.exchange.draft import Draft, Previous, Things, key_of
from boundwork.exchange.mapping import Names
from boundwork.exchange.naming import assign, digest, plain, slug
from boundwork.exchange.placing import Place, Placing
from boundwork.exchange.sheets import Row
from boundwork.readers.record import Coding
from boundwork.tables.schema import TABLES
from boundwork.terms import Vocabulary

UNKNOWN = "unknown"
"""Coder of codings whose coder the project does not name."""
_MANY = {c.name for c in TABLES["codings"].columns if c.many}
_CODED = [c.name for c in TABLES["codings"].columns if c.code_class and c.name not in ("basis", "confidence")]
Said = tuple[str, str]
"""Column of codings and value: ("code", own code or relation code), ("boundary", "expertise") ..."""


def said_in(row: Row) -> list[Said]:
    """Return what a row says by codes, column by column."""
    return [(column, value) for column in _CODED for value in map(str.strip, row.get(column, "").split(";")) if value and value != "?"]


class Coded:
    """Rows of codes and codings for a draft."""

    def __init__(self, draft: Draft, things: Sequence[Things], previous: Previous, placing: Placing, vocabulary: Vocabulary) -> None:
        self.draft = draft
        self.previous = previous
        self.placing = placing
        self.vocabulary = vocabulary
        self.names = Names(vocabulary)
        self.codes: dict[str, str] = {}
        """Path of a code -> its id."""
        self.coders: dict[Place, str] = {}
        self.rows_of: dict[Place, str] = {}
        """Coding of a project -> the row that stands for it."""
        self._name_codes(things)
        self._name_coders(things)
        self._write(things)

    def _name_codes(self, things: Sequence[Things]) -> None:
        wanted: dict[str, str] = {}
        described: dict[str, tuple[str, str, str]] = {}
        by_guid: dict[str, str] = {}
        twice = 0
        for each in things:
            met: set[str] = set()
            for code in each.project.codes:
                path = each.paths[code.id]
                if each.is_frame(code.id) or self._theory(each, code.id):
                    continue
                key = key_of(path)
                twice += key in met
                met.add(key)
                wanted.setdefault(key, slug(code.name, "code"))
                old = described.get(key, ("", "", ""))
                described[key] = (code.name, key_of(path[:-1]), old[2] or code.description)
                by_guid.setdefault(code.id, key)
        known = {r["path"]: r["study_id"] for r in self.previous.beside("codes") if r.get("study_id")}
        gone = {r["id"]: r for r in self.previous.beside("codes") if r.get("path") not in wanted and "-" in r["id"]}
        for ident, key in by_guid.items():  # the same GUID under another name or place: the code was renamed or moved
            if key not in known and ident in gone:
                known[key] = gone[ident]["study_id"]
        for row, full in self._paths_before():
            known.setdefault(full, row["id"])
        self.codes = assign(wanted, {k: v for k, v in known.items() if k in wanted}, self.vocabulary.codes("*"))
        before = {r["id"]: r for r in self.previous.rows("codes")}
        for key, ident in sorted(self.codes.items(), key=lambda pair: pair[1]):
            name, above, description = described[key]
            maps = before[ident].get("maps_to", "") if ident in before else ";".join(self.names.maps_to(name))
            self.draft.rows("codes").append({"id": ident, "label": plain(name) or ident, "broader": self.codes.get(above, ""),
                                             "description": _tidy(description), "maps_to": maps})
        self.draft.lose("read", "codes", len(self.codes))
        self.draft.lose("approximated", "codes that stand twice", twice, "Two codes with one name in one place count as one.")

    def _paths_before(self) -> Iterator[tuple[Row, str]]:
        """Yield the codes of the tables before with their paths; their labels are the names."""
        rows = {r["id"]: r for r in self.previous.rows("codes")}
        for row in rows.values():
            steps, here, seen = [], row, set()
            while here and here["id"] not in seen:
                seen.add(here["id"])
                steps.append(here.get("label", ""))
                here = rows.get(here.get("broader", ""), {})
            yield row, key_of(reversed(steps))

    def _theory(self, things: Things, code: str) -> Said | None:
        """Return what a code of the project says in a column of the theory, where it is such a code and the column takes the term."""
        found = things.theory(code)
        if found is None or found[0] not in _CODED:
            return None
        cls = TABLES["codings"].by_name[found[0]].code_class
        return found if found[1] in self.vocabulary.codes(cls) else None

    def _name_coders(self, things: Sequence[Things]) -> None:
        wanted: dict[str, str] = {}
        for each in things:
            for user in each.project.users:
                name = plain(user.name) or user.id
                wanted.setdefault(name, slug(name, "coder"))
                self.coders[each.number, user.id] = name
        known = {r.get("name", ""): r["study_id"] for r in self.previous.beside("users") if r.get("study_id")}
        known.update({r["label"]: r["id"] for r in self.previous.rows("coders")})
        ids = assign(wanted, {k: v for k, v in known.items() if k in wanted}, {"adjudicated", UNKNOWN})
        self.coders = {place: ids[name] for place, name in self.coders.items()}
        self._labels = {ids[name]: name for name in wanted}

    def _write(self, things: Sequence[Things]) -> None:
        available: dict[tuple[str, str], dict[Said, list[Place]]] = {}
        lost = {"without text": 0, "no code": 0, "case": 0}
        users: set[str] = set()
        total = 0
        for each in things:
            for coding in each.project.codings:
                total += 1
                extract, why = self._extract_of(each, coding)
                said = self._said(each, coding.code)
                if not extract or said is None:
                    lost["no code" if said is None else why] += 1
                    continue
                coder = self.coders.get((each.number, coding.user), UNKNOWN)
                users.add(coder)
                available.setdefault((extract, coder), {}).setdefault(said, []).append((each.number, coding.id))
        same = sum(len(places) - 1 for said_ in available.values() for places in said_.values())
        self._claim(available)
        for (extract, coder), said_ in sorted(available.items()):
            for said in sorted(said_):
                self._add(extract, coder, said, said_[said])
        self.draft.coders = {c: self._labels.get(c, "Unknown coder") for c in sorted({*users, *self.coders.values()})}
        draft = self.draft
        draft.lose("read", "codings", total - sum(lost.values()) - same)
        draft.lose("approximated", "codings that stand twice", same, "One code by one coder on one stretch is one row; each stands in kept/codings.csv.")
        draft.lose("kept", "codings without words under them", lost["without text"], "What is coded has no text or no length; they stand in kept/codings.csv.")
        draft.lose("kept", "codings of cases", lost["case"], "A coding of the study is on words; these stand in kept/codings.csv.")
        draft.lose("kept", "codings of unknown codes", lost["no code"], "The project does not hold the code that they point at.")
        draft.lose("approximated", "confidence and basis of codings", len(draft.rows("codings")) if not self.previous.carried else 0,
                   "The project does not say them: interpreted, and medium, until somebody says otherwise.")

    def _extract_of(self, things: Things, coding: Coding) -> tuple[str, str]:
        if coding.selection:
            return self.placing.extracts.get((things.number, coding.selection), ""), "without text"
        if coding.source:
            return self.placing.whole(self.placing.sources.get((things.number, coding.source), "")), "without text"
        return "", "case"

    def _said(self, things: Things, code: str) -> Said | None:
        if code not in things.codes:
            return None
        theory = self._theory(things, code)
        own = self.codes.get(key_of(things.paths[code]))
        return theory or (("code", own) if own else None)

    def _claim(self, available: dict[tuple[str, str], dict[Said, list[Place]]]) -> None:
        """Let the rows from before take what they already say; what a project no longer says is taken out of them."""
        kept: list[tuple[Row, tuple[str, str], list[Said]]] = []
        for row in self.previous.rows("codings"):
            place = (self.placing.first_of.get(row.get("extract", ""), ""), row.get("coder", ""))
            here = available.get(place, {})
            said = said_in(row)
            present = [s for s in said if s in here]
            if (said and not present) or (not said and row.get("extract", "") not in self.placing.rows):
                continue
            fresh = dict(row)
            for column, value in set(said) - set(present):
                fresh[column] = ";".join(v for v in map(str.strip, row[column].split(";")) if v != value) if column in _MANY else ""
            self.draft.rows("codings").append(fresh)
            self.rows_of.update({p: row["id"] for s in present for p in here[s]})
            kept.append((row, place, present))
        for _, place, present in kept:
            for said_ in present:
                available[place].pop(said_, None)

    def _add(self, extract: str, coder: str, said: Said, places: list[Place]) -> None:
        column, value = said
        ident = f"k{digest(extract, coder, column, value)}"
        self.draft.rows("codings").append({"id": ident, "extract": extract, "coder": coder, column: value, "basis": "interpreted", "confidence": "medium"})
        self.rows_of.update(dict.fromkeys(places, ident))


def _tidy(text: str) -> str:
    """Return a longer text as a cell takes it: lines stay, other control characters become blanks."""
    return "\n".join(plain(line) for line in text.splitlines()).strip()
