"""The tables of a study as they may be public: an allow-list of columns, pseudonyms for whoever and whatever has a name, no rare attributes.

What is not named here stays out: texts, quotes, gists, notes, memos, names, titles, files, hashes, identifiers, statements,
descriptions, the project's GUIDs; places in a source unless they are asked for. It makes no study anonymous: who knows the
field may know a case by what was coded of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from boundwork.exchange.naming import digest
from boundwork.exchange.projecting import Material
from boundwork.exchange.sheets import Row, Sheet, Sheets
from boundwork.exchange.studytoml import quoted
from boundwork.tables.schema import TABLES
from boundwork.terms import Vocabulary

STABLE = ("coder", "council", "speaker", "source", "wave", "code", "reading", "decider", "claim")
"""Kinds whose pseudonyms are written down, so that they are the same in the next build."""
_CODINGS = tuple(c.name for c in TABLES["codings"].columns if c.code_class and c.name != "code")
_VERSION = re.compile(r"v?\d[\d.]{0,15}\Z")
_LICENCE = re.compile(r"(https?://[\w./#-]+|[A-Za-z0-9.+-]{2,40})\Z")
_SHINGLE = 3
"""A label of so many words that stands in a text is taken for a quote."""


@dataclass
class Public:
    """Tables, study.toml, pseudonyms (kind, id -> number), and what was left out, in words with counts."""

    sheets: Sheets = field(default_factory=dict)
    toml: str = ""
    names: dict[tuple[str, str], int] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


class _Names:
    """Pseudonyms: those of before, and new ones in an order that has nothing to do with names."""

    def __init__(self, study: str, known: dict[tuple[str, str], int]) -> None:
        self.study = study
        self.numbers = dict(known)

    def enter(self, kind: str, idents: Iterable[str]) -> None:
        fresh = [i for i in dict.fromkeys(idents) if (kind, i) not in self.numbers]
        last = max((n for (k, _), n in self.numbers.items() if k == kind), default=0)
        for number, ident in enumerate(sorted(fresh, key=lambda i: digest(self.study, kind, i, size=64)), last + 1):
            self.numbers[kind, ident] = number

    def of(self, kind: str, ident: str) -> str:
        number = self.numbers.get((kind, ident))
        return f"{kind}-{number}" if number else ""


def public_tables(material: Material, vocabulary: Vocabulary, known: dict[tuple[str, str], int], k: int = 5, offsets: bool = False) -> Public:
    """Return what of a study may be public. An attribute of councils and speakers stays where at least `k` of them share it.

    `known` are the pseudonyms of an earlier build. `vocabulary` holds the shipped terms: a study's own are left out.
    """
    return _Publishing(material, vocabulary, known, k, offsets).made()


class _Publishing:
    def __init__(self, material: Material, vocabulary: Vocabulary, known: dict[tuple[str, str], int], k: int, offsets: bool) -> None:
        self.m, self.k, self.offsets = material, k, offsets
        self.theory = vocabulary.codes("*")
        self.names = _Names(material.study.id, known)
        self.public = Public()
        self.names.enter("coder", material.study.coders)
        self.names.enter("reading", material.study.readings)
        self.names.enter("wave", material.study.waves)
        self.names.enter("decider", [r.get("decided_by", "") for r in material.rows("decisions")])
        for table in ("councils", "speakers", "sources", "extracts", "codings", "claims", "judgements", "decisions", "codes"):
            self.names.enter(TABLES[table].thing, [r["id"] for r in material.rows(table)])

    def made(self) -> Public:
        self._actors()
        self._sources()
        self._codes()
        self._rows()
        self.public.toml = self._toml()
        self.public.names = {key: n for key, n in self.names.numbers.items() if key[0] in STABLE}
        return self.public

    def _put(self, table: str, columns: Sequence[str], rows: list[Row]) -> None:
        if rows or TABLES[table].required:
            self.public.sheets[table] = Sheet(list(columns), rows)

    def _theory(self, cell: str, own: bool = False) -> str:
        """Return the terms of the theory in a cell, and with `own` the project's codes under their pseudonyms."""
        found = []
        for value in filter(None, map(str.strip, cell.split(";"))):
            if value in self.theory or value == "?":
                found.append(value)
            elif own and self.names.of("code", value):
                found.append(self.names.of("code", value))
            else:
                self.public.left_out["codes that the study's own ontology defines"] += 1
        return ";".join(found)

    def _refs(self, kind: str, cell: str) -> str:
        return ";".join(filter(None, (self.names.of(kind, v.strip()) for v in cell.split(";"))))

    def _about(self, cell: str) -> str:
        return self.names.of("council", cell.strip()) if cell.strip() else ""

    def _actors(self) -> None:
        councils = self.m.rows("councils")
        shown = self._common([(r.get("type", ""), r.get("region", "")) for r in councils], "types and regions of councils that few share")
        self._put("councils", ("id", "label", "type", "region"), [
            {"id": self.names.of("council", r["id"]), "label": f"Council {self.names.numbers['council', r['id']]}", "type": self._theory(t),
             "region": self._theory(g)} for r, (t, g) in zip(councils, shown, strict=True)])
        speakers = self.m.rows("speakers")
        roles = self._common([(r.get("role", ""),) for r in speakers], "roles of speakers that few share")
        self._put("speakers", ("id", "label", "role"), [
            {"id": self.names.of("speaker", r["id"]), "label": f"Speaker {self.names.numbers['speaker', r['id']]}", "role": self._theory(role)}
            for r, (role,) in zip(speakers, roles, strict=True)])

    def _common(self, records: list[tuple[str, ...]], what: str) -> list[tuple[str, ...]]:
        """Return records in which every combination of values is shared by `k` or blank; as many blanks as tell nothing by themselves."""
        width = len(records[0]) if records else 0
        shown: list[tuple[str, ...]] = [()] * len(records)
        for place in range(width):
            groups: dict[tuple[str, ...], list[int]] = {}
            for i, before in enumerate(shown):
                groups.setdefault(before, []).append(i)
            values = [record[place] for record in records]
            for members in groups.values():
                sizes = Counter(values[i] for i in members)
                hidden = {v for v, n in sizes.items() if v and n < self.k}
                blank = sum(sizes[v] for v in hidden) + sizes[""]
                for value, _ in sorted(((v, n) for v, n in sizes.items() if v and v not in hidden), key=lambda pair: (pair[1], pair[0])):
                    if hidden and 0 < blank < self.k:  # a single blank beside a full row of values is no secret
                        hidden.add(value)
                        blank += sizes[value]
                for i in members:
                    self.public.left_out[what] += values[i] in hidden
                    shown[i] = (*shown[i], "" if values[i] in hidden else values[i])
        return shown

    def _sources(self) -> None:
        sources = self.m.rows("sources")
        rows = [{"id": self.names.of("source", r["id"]), "title": f"Source {self.names.numbers['source', r['id']]}"} for r in sources]
        self._put("sources", ("id", "title"), sorted(rows, key=lambda r: r["id"]))
        self.public.left_out["titles, hashes and files of sources"] += len(rows)
        extracts = []
        for r in self.m.rows("extracts"):
            row = {"id": self.names.of("extract", r["id"]), "source": self.names.of("source", r.get("source", "")), "kind": _word(r, "extracts", "kind"),
                   "speaker": self.names.of("speaker", r.get("speaker", "")), "about": self._about(r.get("about", "")),
                   "wave": self.names.of("wave", r.get("wave", "")), "start": "", "end": ""}
            if self.offsets:
                row |= {"start": r.get("start", ""), "end": r.get("end", "")}
            extracts.append(row)
        self._put("extracts", ("id", "source", "start", "end", "kind", "speaker", "about", "wave"), sorted(extracts, key=lambda r: r["id"]))
        for what, columns in (("gists", ("gist",)), ("quotes", ("quote",)), ("notes", ("note",)), ("sections", ("section",)),
                              ("hashes of extracts", ("sha256",)), *(() if self.offsets else (("places of extracts", ("start",)),))):
            self.public.left_out[what] += sum(bool(r.get(c, "").strip()) for t in ("extracts", "codings", "judgements", "councils", "speakers", "sources",
                                              "decisions", "claims") for r in self.m.rows(t) for c in columns)

    def _codes(self) -> None:
        tell = self._telling()
        rows = []
        for r in self.m.rows("codes"):
            label = r.get("label", "")
            if tell(label):
                self.public.left_out["labels of codes that hold a name or quote a text"] += 1
                label = f"Code {self.names.numbers['code', r['id']]}"
            self.public.left_out["descriptions of codes"] += bool(r.get("description", "").strip())
            rows.append({"id": self.names.of("code", r["id"]), "label": label, "broader": self.names.of("code", r.get("broader", "")),
                         "maps_to": self._theory(r.get("maps_to", ""))})
        self._put("codes", ("id", "label", "broader", "maps_to"), sorted(rows, key=lambda r: r["id"]))
        entries = []
        for r in self.m.rows("codebook"):
            code = self._theory(r.get("code", ""), own=True)
            if code:
                row = {"code": code, **{c: self._theory(r.get(c, ""), own=True) for c in ("replaced_by", "excludes", "needs")}}
                row |= {c: self._theory(r.get(c, "")) for c in ("boundaries", "roles", "note_if")}
                row |= {c: _version(r.get(c, "")) for c in ("version", "changed", "shortest", "longest")}
                row["waves"] = self._refs("wave", r.get("waves", ""))
                entries.append(row)
        columns = ("code", "version", "changed", "replaced_by", "excludes", "needs", "roles", "waves", "boundaries", "shortest", "longest", "note_if")
        self._put("codebook", columns, sorted(entries, key=lambda r: r["code"]))

    def _telling(self) -> Callable[[str], bool]:
        """Return a function that says whether a label holds a name of the study, is an extract, or stands in a text."""
        study = self.m.study
        named = [c.label for c in study.coders.values()] + list(study.coders)
        for table, columns in (("councils", ("label", "name", "id")), ("speakers", ("label", "id")), ("sources", ("title", "id")),
                               ("decisions", ("decided_by",))):
            named += [r.get(c, "") for r in self.m.rows(table) for c in columns]
        for table in ("users", "cases", "sources"):
            named += [r.get("name", "") for r in self.m.beside(table)]
        names = {" ".join(n.casefold().split()) for n in named if len(n.strip()) > 2}
        texts = []
        for row in self.m.rows("sources"):
            if row.get("file", "").strip():
                texts.append(" ".join(self.m.text_of(row).casefold().split()))
        quotes = {" ".join(q.casefold().split()) for r in self.m.rows("extracts") if (q := r.get("quote", ""))}

        def tell(label: str) -> bool:
            plain = " ".join(label.casefold().split())
            if any(n in plain for n in names) or plain in quotes:
                return True
            return len(plain.split()) >= _SHINGLE and any(plain in text for text in [*texts, *quotes])

        return tell

    def _rows(self) -> None:
        codings = []
        for r in self.m.rows("codings"):
            row = {c: self._theory(r.get(c, "")) for c in _CODINGS}
            row |= {"id": self.names.of("coding", r["id"]), "extract": self.names.of("extract", r.get("extract", "")),
                    "coder": self.names.of("coder", r.get("coder", "")), "code": self._theory(r.get("code", ""), own=True), "work": _word(r, "codings", "work"),
                    "follows": self._refs("coding", r.get("follows", "")), "supports": self._refs("claim", r.get("supports", "")),
                    "challenges": self._refs("claim", r.get("challenges", "")), "codebook": _version(r.get("codebook", ""))}
            codings.append(row)
        columns = ("id", "extract", "coder", "code", "work", *_CODINGS, "follows", "supports", "challenges", "codebook")
        self._put("codings", columns, sorted(codings, key=lambda r: r["id"]))
        self._put("claims", ("id", "label"), [{"id": self.names.of("claim", r["id"]), "label": f"Claim {self.names.numbers['claim', r['id']]}"}
                                               for r in self.m.rows("claims")])
        self._put("judgements", ("id", "coder", "about", "boundary", "wave", "judged_as", "rests_on", "basis", "confidence"), [
            {"id": self.names.of("judgement", r["id"]), "coder": self.names.of("coder", r.get("coder", "")), "about": self._about(r.get("about", "")),
             "wave": self.names.of("wave", r.get("wave", "")), "rests_on": self._refs("extract", r.get("rests_on", "")),
             **{c: self._theory(r.get(c, "")) for c in ("boundary", "judged_as", "basis", "confidence")}} for r in self.m.rows("judgements")])
        self._put("decisions", ("id", "extract", "keeps", "reason", "decided_by"), [
            {"id": self.names.of("decision", r["id"]), "extract": self.names.of("extract", r.get("extract", "")),
             "keeps": self._refs("coding", r.get("keeps", "")), "reason": self._theory(r.get("reason", "")),
             "decided_by": self.names.of("decider", r.get("decided_by", ""))} for r in self.m.rows("decisions")])

    def _toml(self) -> str:
        s, of = self.m.study, self.names.of
        self.public.left_out["names of coders"] += len(s.coders)
        lines = ["[study]", f"id = {quoted(s.id)}", f"title = {quoted(s.id)}", "anonymised = true", "public = true",
                 f"version = {quoted(_version(s.version) or '0')}",
                 f"codebook-version = {quoted(_version(s.codebook_version) or '0')}", f"default-reading = {quoted(of('reading', s.default_reading))}"]
        if _LICENCE.match(s.licence):
            lines.append(f"licence = {quoted(s.licence)}")
        lines += ["[field]", 'id = "field"', 'label = "The field as a whole"']
        for coder in s.coders:
            lines += [f"[coders.{of('coder', coder)}]", f"label = \"Coder {self.names.numbers['coder', coder]}\""]
        for reading in s.readings.values():
            members = ", ".join(quoted(of("coder", c)) for c in reading.coders)
            lines += [f"[readings.{of('reading', reading.id)}]", f"label = \"Reading {self.names.numbers['reading', reading.id]}\"", f"coders = [{members}]"]
            lines += ["adjudicated = true"] if reading.adjudicated else []
        for wave in s.waves:
            lines += [f"[waves.{of('wave', wave)}]", f"label = \"Wave {self.names.numbers['wave', wave]}\""]
        return "\n".join(lines) + "\n"


def _version(text: str) -> str:
    """Return a version that is made of numbers; any other might say something."""
    return text.strip() if _VERSION.match(text.strip()) else ""


def _word(row: Row, table: str, column: str) -> str:
    """Return the cell of a column that takes a few words alone."""
    text = row.get(column, "").strip()
    return text if text in (*TABLES[table].by_name[column].words, "?") else ""
