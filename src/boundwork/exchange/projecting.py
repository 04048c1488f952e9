"""A study -> the record of a project, for export: what the tables say now, and what import kept beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from boundwork.errors import InputError
from boundwork.exchange.beside import restored
from boundwork.exchange.coded import said_in
from boundwork.exchange.draft import THEORY_ROOT
from boundwork.exchange.naming import guid
from boundwork.exchange.sheets import Row, Sheet, Sheets
from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Link, Memo, Project, Selection, Source, User, Variable
from boundwork.tables.studyfile import Study

_SHOWN = 60
_CASES = {"councils": (("council type", "type"), ("region", "region")), "speakers": (("role", "role"),)}


@dataclass
class Material:
    """What an export is made of: the study, its tables, what is kept beside them, and a function from a row of sources to its text."""

    study: Study
    sheets: Sheets
    kept: Sheets
    text_of: Callable[[Row], str]

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a table."""
        return self.sheets.get(name, Sheet([])).rows

    def beside(self, name: str) -> list[Row]:
        """Return the rows of a table that is kept beside."""
        return self.kept.get(name, Sheet([])).rows


class Projecting:
    """Makes a Project of a study. Every thing has a GUID: its own from the program it came from, or one made from study and id."""

    def __init__(self, material: Material, with_text: bool = True) -> None:
        self.m = material
        self.with_text = with_text
        self.project = Project(material.study.title or material.study.id, "boundwork", description=material.study.description)
        self._used: dict[str, tuple[str, str]] = {}
        self._ids: dict[tuple[str, str], str] = {}  # (project, id of the tool) -> GUID
        self._of: dict[tuple[str, str], str] = {}  # (kind, id of the study) -> GUID
        self.words: dict[str, str] = {}
        """Extract -> its words, where the text is at hand."""

    def made(self) -> Project:
        """Return the project."""
        self._users()
        self._codes()
        self._sources()
        self._selections()
        self._codings()
        self._rest()
        self._actors()
        return self.project

    def codebook(self) -> Project:
        """Return the codes alone."""
        self._codes()
        return self.project

    def _guid(self, kind: str, own: str, original: str = "") -> str:
        found = guid(self.m.study.id, kind, original or own)
        holder = self._used.setdefault(found, (kind, own))
        if holder != (kind, own):
            found = guid(self.m.study.id, kind, own, "second")
            self._used[found] = (kind, own)
        self._of[kind, own] = found
        return found

    def _kept(self, kind: str) -> dict[str, Row]:
        """Return the first row kept for each id of the study, and note which GUID the tool's own ids have become."""
        found: dict[str, Row] = {}
        for row in self.m.beside(kind):
            if row.get("study_id"):
                found.setdefault(row["study_id"], row)
        return found

    def _remember(self, kind: str, table: str) -> None:
        for row in self.m.beside(table):
            target = self._of.get((kind, row.get("study_id", "")))
            if target:
                self._ids[row["project"], row["id"]] = target

    def _users(self) -> None:
        kept = self._kept("users")
        for coder in self.m.study.coders.values():
            self.project.users.append(User(self._guid("user", coder.id, kept.get(coder.id, {}).get("id", "")), coder.label))
        self._remember("user", "users")

    def _codes(self) -> None:
        kept = self._kept("codes")
        rows = {r["id"]: r for r in self.m.rows("codes")}
        for ident in rows:
            self._guid("code", ident, kept.get(ident, {}).get("id", ""))
        for ident, row in rows.items():
            old = kept.get(ident, {})
            self.project.codes.append(Code(self._of["code", ident], row.get("label", "") or ident, self._of.get(("code", row.get("broader", "")), ""),
                                           row.get("description", ""), old.get("codable", "true") != "false", old.get("color", "")))
        used = sorted({(c, v) for row in self.m.rows("codings") for c, v in said_in(row) if not (c == "code" and v in rows)})
        if used:
            root = self._guid("theory", THEORY_ROOT)
            self.project.codes.append(Code(root, THEORY_ROOT, description="Terms of the theory, by the columns of codings.csv.", codable=False))
            for column in dict.fromkeys(c for c, _ in used):
                self.project.codes.append(Code(self._guid("column", column), column, root, codable=False))
            for column, value in used:
                self.project.codes.append(Code(self._guid("term", f"{column}/{value}"), value, self._of["column", column]))
        self._remember("code", "codes")
        self._own_codes = set(rows)

    def _sources(self) -> None:
        kept = self._kept("sources")
        self._texts: dict[str, str] = {}
        for row in self.m.rows("sources"):
            ident, old = row["id"], kept.get(row["id"], {})
            if self.with_text:
                self._texts[ident] = self.m.text_of(row)
            self.project.sources.append(Source(self._guid("source", ident, old.get("id", "")), row.get("title", "") or ident, self._texts.get(ident),
                                               memo=old.get("memo", "")))
        self._remember("source", "sources")
        present = {r["id"] for r in self.m.rows("sources")}
        for row in self.m.beside("sources"):
            if row.get("study_id") not in present:
                fields: dict[str, Any] = restored("sources", row)
                fields["id"] = self._ids[row["project"], row["id"]] = self._guid("kept source", f"{row['project']}/{row['id']}", row["id"])
                self.project.sources.append(Source(**fields))

    def _selections(self) -> None:
        kept = self._kept("selections")
        for row in self.m.rows("extracts"):
            ident, old = row["id"], kept.get(row["id"], {})
            source = self._of.get(("source", row.get("source", "")))
            if source is None:
                continue
            try:
                start, end = int(row["start"]), int(row["end"])
            except (KeyError, ValueError):
                raise InputError(f"The extract {ident} has no place in its source.", "Fill start and end in extracts.csv.") from None
            words = self._texts.get(row["source"], "")[start:end]
            if self.with_text and len(words) != end - start:
                raise InputError(f"The extract {ident} ends behind its source.", "See: boundwork validate")
            self.words[ident] = words
            name = old.get("name", "") or " ".join(words[:_SHOWN].split())
            self.project.selections.append(Selection(self._guid("selection", ident, old.get("id", "")), source, start, end, words, name, old.get("memo", ""),
                                                     old.get("place", ""), old.get("created", ""), old.get("speaker", ""), self._user(old)))
        self._remember("selection", "selections")
        for row in self.m.beside("selections"):
            source = self._ids.get((row["project"], row["source"]))
            if not row.get("study_id") and source and row.get("start") and row.get("start") == row.get("end"):
                fields = restored("selections", row)
                fields |= {"id": self._guid("kept selection", f"{row['project']}/{row['id']}", row["id"]), "source": source, "user": self._user(row)}
                self._ids[row["project"], row["id"]] = str(fields["id"])
                self.project.selections.append(Selection(**fields))  # type: ignore[arg-type]

    def _user(self, row: Row) -> str:
        return self._ids.get((row.get("project", ""), row.get("user", "")), "") if row.get("user") else ""

    def _codings(self) -> None:
        kept: dict[tuple[str, str], Row] = {}
        paths = {(r["project"], r["id"]): r for r in self.m.beside("codes")}
        for row in self.m.beside("codings"):
            if row.get("study_id"):
                code = paths.get((row["project"], row["code"]), {})
                kept.setdefault((row["study_id"], code.get("study_id") or "/".join(code.get("path", "").split("\x1f")[1:])), row)
        for row in self.m.rows("codings"):
            selection, user = self._of.get(("selection", row.get("extract", ""))), self._of.get(("user", row.get("coder", "")), "")
            if selection is None:
                continue
            for column, value in said_in(row):
                own = column == "code" and value in self._own_codes
                said = value if own else f"{column}/{value}"
                old = kept.get((row["id"], said), {})
                applied = self._of["code", value] if own else self._of["term", said]
                self.project.codings.append(Coding(self._guid("coding", f"{row['id']}/{said}", old.get("id", "")), applied, user, selection,
                                                   created=old.get("created", ""), memo=old.get("memo", ""), weight=old.get("weight", "")))
        for row in self.m.beside("codings"):
            target = self._of.get(("coding", f"{row.get('study_id', '')}/{(paths.get((row['project'], row['code'])) or {}).get('study_id', '')}"))
            if target:
                self._ids[row["project"], row["id"]] = target
            elif not row.get("study_id"):
                self._kept_coding(row)

    def _kept_coding(self, row: Row) -> None:
        """Give back a coding that no row stands for, where what it is on and its code are in the project."""
        code = self._ids.get((row["project"], row["code"]))
        selection, source = self._ids.get((row["project"], row["selection"]), ""), self._ids.get((row["project"], row["source"]), "")
        if code and not row["case"] and (selection or (source and not row["selection"])):
            ident = self._guid("kept coding", f"{row['project']}/{row['id']}", row["id"])
            self.project.codings.append(Coding(ident, code, self._user(row), selection, "" if selection else source, created=row.get("created", ""),
                                               memo=row.get("memo", ""), weight=row.get("weight", "")))

    def _rest(self) -> None:
        """Variables, cases, values, sets, memos and links as they were kept, with the GUIDs that things have now."""
        p = self.project
        kinds: tuple[tuple[str, Any, list[Any]], ...] = (("variables", Variable, p.variables), ("cases", Case, p.cases), ("groups", Group, p.groups),
                                                         ("memos", Memo, p.memos), ("links", Link, p.links))
        found: list[tuple[str, Any, list[Any]]] = []
        for kind, cls, target in kinds:
            for row in self.m.beside(kind):
                ident = self._guid(kind, f"{row['project']}/{row['id']}", row["id"])
                self._ids[row["project"], row["id"]] = ident
                found.append((row["project"], cls(**{**restored(kind, row), "id": ident}), target))
        for number, thing, target in found:
            target.append(self._pointing(number, thing))
        for row in self.m.beside("attributes"):
            variable = self._ids.get((row["project"], row["variable"]))
            case, source = self._ids.get((row["project"], row["case"]), ""), self._ids.get((row["project"], row["source"]), "")
            if variable and (case or source):
                p.attributes.append(Attribute(variable, row["value"], case if row["case"] else "", source if not row["case"] else ""))

    def _pointing(self, number: str, thing: Any) -> Any:
        """Return a thing whose references are GUIDs; one that leads nowhere is taken out."""
        def now(ident: str) -> str:
            return self._ids.get((number, ident), "")

        if isinstance(thing, Case):
            return replace(thing, sources=tuple(filter(None, map(now, thing.sources))), selections=tuple(filter(None, map(now, thing.selections))),
                           codes=tuple(filter(None, map(now, thing.codes))))
        if isinstance(thing, Group):
            return replace(thing, members=tuple(filter(None, map(now, thing.members))))
        if isinstance(thing, Memo):
            return replace(thing, about=now(thing.about), user=now(thing.user))
        return replace(thing, origin=now(thing.origin), target=now(thing.target)) if isinstance(thing, Link) else thing

    def _actors(self) -> None:
        """Give councils and speakers that are no kept cases as cases with their variables."""
        names = {c.name for c in self.project.cases}
        variables: Mapping[str, str] = {v.name: v.id for v in self.project.variables}
        for table, aspects in _CASES.items():
            column = "about" if table == "councils" else "speaker"
            of: dict[str, list[str]] = {}
            for row in self.m.rows("extracts"):
                if row.get(column):
                    of.setdefault(row[column], []).append(self._of["selection", row["id"]])
            for row in self.m.rows(table):
                label = row.get("label", "") or row["id"]
                if label in names:
                    continue
                ident = self._guid(table, row["id"])
                self.project.cases.append(Case(ident, label, selections=tuple(of.get(row["id"], ()))))
                for name, source in aspects:
                    if row.get(source):
                        if name not in variables:
                            variables = {**variables, name: self._guid("variable", name)}
                            self.project.variables.append(Variable(variables[name], name))
                        self.project.attributes.append(Attribute(variables[name], row[source], case=ident))
