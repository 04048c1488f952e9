"""Links from a study's councils to a table of councils: found, kept in the study's folder, and told as plain rows. Anonymised studies are refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from boundwork import __version__
from boundwork.errors import InputError, UsageError
from boundwork.explore.answers import Cell
from boundwork.files import atomic
from boundwork.linking.days import read_day
from boundwork.linking.decisions import apply_decisions, candidate_row, candidates_text, decided_rows, read_decisions
from boundwork.linking.disclosure import study_day
from boundwork.linking.history import History, read_history
from boundwork.linking.linkset import linkset_lines, register_lines
from boundwork.linking.mappings import PREFIXES, MappingSet, licence_iri, link_row, read_mappings, same_dates
from boundwork.linking.matching import Link, Matcher, Matching
from boundwork.linking.registers import AssignedCode, Council, Register, read_code, read_register
from boundwork.linking.words import Words
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.tables.reader import read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Study, read_study
from boundwork.terms import kebab, local_name, study_iri
from boundwork.wording import counted

COLUMNS = ("council", "name", "relation", "linked", "linked_name", "how", "match", "why")
CANDIDATE_COLUMNS = ("council", "council_name", "candidate", "candidate_name", "score", "why")
_SET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


@dataclass
class Asked:
    """What to link with what: `to` a table of councils, `columns` ours -> theirs, `day` when the study's councils were there."""

    to: Path
    shown: str = ""
    name: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    day: str = ""
    successors: Path | None = None
    shipped_history: bool = True
    author: str = ""
    source: str = ""


@dataclass
class Linked:
    """What was found: links, what is left to a person, and what stays unlinked, with notes on what is not to be trusted."""

    study: Study
    name: str
    day: date
    matching: Matching
    register: Register
    history: History
    mappings: MappingSet
    notes: list[str]
    councils: int

    @property
    def table(self) -> list[dict[str, Cell]]:
        """One row a link, and one for each council without any."""
        rows = [(link.council, self._row(link)) for link in self.matching.links]
        rows += [(c, {"council": c.key, "name": c.name, "relation": "none", "why": self._left(c)}) for c in self.matching.unlinked]
        order = {key: i for i, key in enumerate(dict.fromkeys(c.key for c, _ in rows))}
        return [row for _, row in sorted(rows, key=lambda pair: order[pair[0].key])]

    @property
    def candidates(self) -> list[dict[str, Cell]]:
        """One row for each candidate that is left to a person."""
        return [dict(candidate_row(c)) for c in self.matching.candidates]

    @property
    def summary(self) -> list[str]:
        """The counts in sentences, and what is to be done next."""
        how = Counter(link.how for link in self.matching.links)
        linked = {link.council.key for link in self.matching.links}
        followed = {link.council.key for link in self.matching.links if link.relation == "successor"}
        ways = (("by code", how["code"]), ("by name", how["name"]), ("by succession", how["succession"]), ("by a person", how["person"]))
        by = ", ".join(f"{n} {way}" for way, n in ways if n)
        lines = [f"{len(linked)} of {counted(self.councils, 'council')} linked as of {self.day}{f' (links: {by})' if by else ''}; "
                 f"{len(self.matching.unlinked)} without a link."]
        if followed:
            lines.append(f"{counted(len(followed), 'council')} ended later: relation successor names what took over, which is not the same council.")
        if self.matching.candidates:
            lines.append(f"{counted(len(self.matching.candidates), 'candidate')} left to a person: a likeness of names is never a link.")
        return lines

    def _row(self, link: Link) -> dict[str, Cell]:
        return {"council": link.council.key, "name": link.council.name, "relation": link.relation, "linked": link.found.key,
                "linked_name": link.found.name, "how": link.how, "match": link.match, "why": link.why}

    def _left(self, council: Council) -> str:
        number = sum(c.council.key == council.key for c in self.matching.candidates)
        return f"Nothing certain was found; {counted(number, 'candidate')} for a person to look at." if number else "Nothing was found."

    def sssom(self) -> str:
        """The mapping set as SSSOM/TSV."""
        return self.mappings.text()

    def graph(self) -> list[str]:
        """The link set with the linked councils, as sorted N-Triples lines."""
        return sorted({*linkset_lines(self.study.id, self.name, self.mappings), *register_lines(self.study.id, self.name, self.matching, self.history)})

    def turtle(self) -> bytes:
        """The same as Turtle."""
        from boundwork.explore.results import graph_text

        return graph_text(self.graph(), "turtle")

    def write(self) -> list[Path]:
        """Write the mapping set, the linked councils and the candidates into the study's folder links/; what people decided stays."""
        from boundwork.explore.results import graph_text

        folder = self.study.folder / "links"
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be made: {error.strerror}.", "Look without writing: --dry-run") from None
        table = folder / f"{self.name}.candidates.csv"
        texts = {folder / f"{self.name}.sssom.tsv": self.sssom().encode(),
                 folder / f"{self.name}.councils.ttl": graph_text(register_lines(self.study.id, self.name, self.matching, self.history), "turtle")}
        decided = decided_rows(table)
        if decided or self.matching.candidates:
            texts[table] = candidates_text(self.matching.candidates, decided).encode()
        for path, text in texts.items():
            with atomic(path) as file:
                file.write(text)
        return list(texts)


def link(folder: Path, asked: Asked) -> Linked:
    """Link the named councils of a study with a table of councils.

    Errors: InputError for an anonymised study, for one without councils or a date, and for tables that cannot be read.
    """
    study = read_study(folder)
    if study.anonymised:
        raise InputError(f"{study.id} is anonymised: a link to a council's own record would name its cases.",
                         "Link by type and region instead: boundwork join STUDY TABLE --on type,region")
    words = Words.of(load_vocabulary(folder))
    day = _day(study, asked.day)
    name = asked.name or kebab(asked.to.stem)
    if not _SET.match(name):
        raise UsageError(f"'{name}' cannot name a set of links.", "Use letters, digits, '-', '_' and '.'.")
    councils = study_councils(study, words)
    if not councils:
        raise InputError(f"{study.id} has no named councils to link.", "Fill columns name and identifiers of councils.csv.")
    register = read_register(asked.to, words, name, asked.columns, asked.shown)
    history = read_history(words, asked.successors, asked.shipped_history)
    matching = Matcher(register, history, words, day).match(councils)
    table = folder / "links" / f"{name}.candidates.csv"
    notes = [*register.notes, *apply_decisions(matching, read_decisions(table), councils, register)]
    mappings = _mappings(study, name, register, matching, asked)
    return Linked(study, name, day, matching, register, history, mappings, notes, len(councils))


def _named(found: Link, curies: dict[str, str]) -> Link:
    """A link whose council has an IRI of its own names it by a prefix of the set."""
    iri = found.found.iri
    if not iri:
        return found
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    prefix = next((p for p, n in curies.items() if n == iri[:cut]), "")
    if not prefix:
        prefix = f"ns{len(curies)}"
        curies[prefix] = iri[:cut]
    return replace(found, found=replace(found.found, iri=f"{prefix}:{iri[cut:]}"))


def _day(study: Study, given: str) -> date:
    day = read_day(given) if given else study_day([w.start_year for w in study.waves.values()])
    if day is None:
        raise UsageError(f"'{given}' is no date." if given else "No wave of the study has a year, so it is not known when its councils were there.",
                         "Give --date 2004-04-01, or a year: a code counts only with its date.")
    return day


def study_councils(study: Study, words: Words) -> list[Council]:
    """Return the councils of a study that have a name or an identifier."""
    path = study.folder / TABLES["councils"].file
    if not path.is_file():
        return []
    table = read_table(path, TABLES["councils"])
    found = []
    for row in table.rows():
        cells = {h: c.strip() for h, c in zip(table.header, row.cells, strict=True)}
        codes = tuple(_codes(cells.get("identifiers", "")))
        if cells.get("id") and (cells.get("name") or codes):
            found.append(Council(cells["id"], cells.get("name") or cells.get("label", ""), frozenset(), words.type_of(cells.get("type", "")),
                                 words.region_of(cells.get("region", "")), codes, line=row.line))
    if bad := next((f for f in table.findings if f.severity.word == "violation"), None):
        raise InputError(f"{bad.place}: {bad.message}")
    return found


def _codes(text: str) -> Iterator[AssignedCode]:
    for part in text.split(";"):
        code = read_code(part)
        if code is not None:
            yield code


def _mappings(study: Study, name: str, register: Register, matching: Matching, asked: Asked) -> MappingSet:
    """The mapping set of the links that were found; a mapping that stood there before keeps its date."""
    curies = {"council": study_iri(study.id, "council", ""), "record": study_iri(study.id, f"register/{local_name(name)}", ""), **PREFIXES}
    metadata = {
        "mapping_set_id": f"https://w3id.org/boundwork/graph/{study.id}/links/{local_name(name)}",
        "mapping_set_title": f"Councils of {study.title} in {asked.source or register.shown.rpartition('/')[2]}",
        "mapping_set_description": "Found by code and date, by exact name within type and date, and by following reorganisations; "
                                   "what is only alike was accepted by a person or is not here.",
        "license": licence_iri(study.licence), "subject_source": study_iri(study.id),
        "object_source": study_iri(study.id, "register", name), "object_source_version": asked.source or register.shown.rpartition("/")[2],
        "mapping_tool": "boundwork", "mapping_tool_version": __version__, "curie_map": curies,
    }
    rows = [link_row(_named(x, curies), date.today().isoformat(), asked.author or f"boundwork {__version__}") for x in matching.links]
    before = study.folder / "links" / f"{name}.sssom.tsv"
    rows = same_dates(rows, read_mappings(before).rows if before.is_file() else ())
    rows.sort(key=lambda r: (r["subject_id"], r["predicate_id"], r["object_id"]))
    return MappingSet(metadata, rows)


__all__ = ["CANDIDATE_COLUMNS", "COLUMNS", "Asked", "Linked", "link", "study_councils"]
