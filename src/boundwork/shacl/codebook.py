"""The codebook's own rules, written in the columns of codebook.csv -> SHACL shapes that any engine runs, one for each rule of a code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from boundwork.files import temporary_folder
from boundwork.findings import Finding
from boundwork.shacl.engine import load_shapes
from boundwork.shacl.facts import Facts
from boundwork.tables.reader import Row, Table, read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import Study
from boundwork.terms import BASE, CODE, Vocabulary, iri, literal, study_iri
from boundwork.wording import whole_number

SEPARATE = "excludes", "needs", "roles", "waves", "boundaries", "shortest", "longest", "note_if"
"""Columns of codebook.csv that hold a rule."""
_HEAD = """\
@prefix bw: <https://w3id.org/boundwork/ontology#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
_EXTRACT_AND_CODER = "$this bw:codes ?extract ; prov:wasAttributedTo ?coder ."


@dataclass
class CodebookRules:
    """The rules of a study: shapes as Turtle (empty where there are none), and what is wrong with rules."""

    turtle: str = ""
    findings: list[Finding] = field(default_factory=list)

    def facts(self) -> Facts:
        """The shapes alone, with the prefixes that their queries need."""
        with temporary_folder() as place:
            return load_shapes([written]) if (written := self.write(place)) else Facts()

    def write(self, place: Path) -> Path | None:
        """Write the shapes into a folder and return the file; None where there are none."""
        if not self.turtle:
            return None
        path = place / "codebook-rules.ttl"
        path.write_text(self.turtle, encoding="utf-8", newline="\n")
        return path


def codebook_rules(study: Study, vocabulary: Vocabulary, shown: str = "") -> CodebookRules:
    """Return the rules of a study's codebook.csv. Cells that are no codes, waves or numbers are left to the reader of tables."""
    path = study.folder / TABLES["codebook"].file
    found = CodebookRules()
    if not path.is_file():
        return found
    table = read_table(path, TABLES["codebook"], shown=shown) if shown else read_table(path, TABLES["codebook"])
    own = _own_codes(study)
    shapes = []
    for row in table.rows():
        cells = {c: v.strip() for c, v in zip(table.header, row.cells, strict=False)}
        if not any(cells.get(c) for c in SEPARATE) or not cells.get("code"):
            continue
        _contradictions(table, row, cells)
        shapes += list(_Rules(study, vocabulary, own, cells, row.line).shapes())
    found.findings = [f for f in table.findings if f.rule == "codebook-rule-contradicts"]
    found.turtle = _HEAD + "\n".join(shapes) if shapes else ""
    return found


def _own_codes(study: Study) -> set[str]:
    path = study.folder / TABLES["codes"].file
    if not path.is_file():
        return set()
    table = read_table(path, TABLES["codes"])
    return {row.cells[table.header.index("id")].strip() for row in table.rows()}  # a table without ids has no rows


def _many(text: str) -> list[str]:
    return list(dict.fromkeys(v for v in map(str.strip, text.split(";")) if v))


def _contradictions(table: Table, row: Row, cells: dict[str, str]) -> None:
    """Note rules of one row that no coding could keep."""
    code, excludes, needs = cells["code"], _many(cells.get("excludes", "")), _many(cells.get("needs", ""))
    for column, values in (("excludes", excludes), ("needs", needs)):
        if code in values:
            table.find("codebook-rule-contradicts", f"A code cannot {'exclude' if column == 'excludes' else 'need'} itself. "
                                                    f"Take '{code}' out of column {column}.",
                       row.line, row.number, column, cells[column])
    if needs and set(needs) <= set(excludes):
        table.find("codebook-rule-contradicts", f"'{code}' needs one of the codes that it excludes, so no coding can keep the rule. "
                                                "Correct one of the two columns.",
                   row.line, row.number, "needs", cells["needs"])
    least, most = whole_number(cells.get("shortest", "")), whole_number(cells.get("longest", ""))
    if least is not None and most is not None and least > most:
        table.find("codebook-rule-contradicts", f"The shortest extract ({least}) is longer than the longest ({most}). Correct one of the two columns.",
                   row.line, row.number, "shortest", cells["shortest"])


class _Rules:
    """The shapes for the row of one code."""

    def __init__(self, study: Study, vocabulary: Vocabulary, own: set[str], cells: dict[str, str], line: int) -> None:
        self.study, self.vocabulary, self.own, self.cells, self.line = study, vocabulary, own, cells, line
        self.code = cells["code"]

    def shapes(self) -> Iterator[str]:
        uses = self._path(self.code)
        if not uses:
            return
        start = f"$this {uses} {self._term(self.code)} ."
        for column, says, where, message, at in self._rules():
            yield self._shape(column, says, f"{start}\n                {where}", message, at)

    def _rules(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Column of the rule, the rule in words, its pattern, its message, and the column of codings that it is about."""
        column = self._columns(self.code)[0]
        code = self.code
        if others := self._known("excludes"):
            yield "excludes", f"{code} excludes {_or(others)}", (
                f"{_EXTRACT_AND_CODER} ?row bw:codes ?extract . ?row prov:wasAttributedTo ?same . FILTER ( ?same = ?coder ) "
                f"?row {self._paths(others)} ?value . FILTER ( ?value IN ( {self._terms(others)} ) )"), (
                f"The codebook says that {code} excludes {{?value}} on one extract; row {{?row}} of the same coder has it. "
                "Decide which of the two holds."), column
        if others := self._known("needs"):
            yield "needs", f"{code} needs {_or(others)}", (
                f"{_EXTRACT_AND_CODER} BIND ( {self._term(code)} AS ?value )\n                FILTER NOT EXISTS {{ ?row bw:codes ?extract . "
                f"FILTER EXISTS {{ ?row prov:wasAttributedTo ?coder . FILTER EXISTS {{ ?row {self._paths(others)} ?beside . "
                f"FILTER ( ?beside IN ( {self._terms(others)} ) ) }} }} }}"), (
                f"The codebook says that {code} needs {_or(others)} on the same extract, by the same coder. Add it, or take {code} away."), column
        if names := self._known("roles"):
            yield "roles", f"{code} is for {_or(names)}", (
                f"$this bw:codes ?extract . ?extract bw:spokenBy ?speaker . ?speaker bw:hasRole ?value . FILTER ( ?value NOT IN ( {self._terms(names)} ) )"), (
                f"The codebook keeps {code} for speakers who are {_or(names)}; here speaks {{?value}}. Check the code and the speaker."), column
        if names := self._known("waves"):
            waves = ", ".join(iri(study_iri(self.study.id, "wave", n)) for n in names)
            yield "waves", f"{code} is for {_or(names)}", (
                f"$this bw:codes ?extract . ?extract bw:atWave ?value . FILTER ( ?value NOT IN ( {waves} ) )"), (
                f"The codebook keeps {code} for {_or(names)}; the extract is of {{?value}}. Check the code and the wave of the extract."), column
        if names := self._known("boundaries"):
            yield "boundaries", f"{code} is for {_or(names)}", (
                f"$this bw:claimsWork ?work . ?work bw:onBoundary ?value . FILTER ( ?value NOT IN ( {self._terms(names)} ) )"), (
                f"The codebook keeps {code} for {_or(names)}; the row is about {{?value}}. Correct column {column} or column boundary."), "boundary"
        for name, sign, word in (("shortest", "<", "at least"), ("longest", ">", "at most")):
            number = whole_number(self.cells.get(name, ""))
            if number is not None:
                yield name, f"{code} is for extracts of {word} {number} characters", (
                    f"$this bw:codes ?extract . ?extract oa:hasSelector ?place . ?place oa:start ?start . ?place oa:end ?end . "
                    f"BIND ( ?end - ?start AS ?value ) FILTER ( ?value {sign} {number} )"), (
                    f"The codebook keeps {code} for extracts of {word} {number} characters; this one has {{?value}}. "
                    "Take another extract, or another code."), column
        if (least := self.cells.get("note_if", "")) in ("low", "medium", "high"):
            levels = ("low", "medium", "high")[: ("low", "medium", "high").index(least) + 1]
            yield "note_if", f"{code} needs a note at {_or(list(levels))} confidence", (
                f"$this bw:confidence ?value . FILTER ( ?value IN ( {', '.join(iri(CODE + n) for n in levels)} ) ) "
                f"FILTER NOT EXISTS {{ $this bw:note ?note }}"), (
                f"The codebook asks for a note where {code} is coded with {{?value}} confidence. Say in column note why you are not sure."), "note"

    def _known(self, column: str) -> list[str]:
        """The values of a cell that name something; wrong ones are findings of the table."""
        values = _many(self.cells.get(column, ""))
        if column == "waves":
            return [v for v in values if v in self.study.waves]
        return [v for v in values if self._path(v)] if column in ("excludes", "needs") else [v for v in values if CODE + v in self.vocabulary.terms]

    def _columns(self, code: str) -> list[str]:
        """The columns of codings that may hold a code."""
        if code in self.own:
            return ["code"]
        spec = TABLES["codings"]
        return [c.name for c in spec.columns if c.kind == "code" and c.code_class not in ("", "*") and code in self.vocabulary.codes(c.code_class)] + (
            ["code"] if CODE + code in self.vocabulary.terms else [])

    def _path(self, code: str) -> str:
        """Where a coding may hold a code, as a property path; empty for what is no code."""
        steps: dict[str, None] = {}
        for name in self._columns(code):
            column = TABLES["codings"].by_name[name]
            if column.property:
                before = "bw:claimsWork/" if column.on == "work" else ""
                steps[before + column.property] = None
                if name == "elements":
                    steps[before + "bw:deploresElement"] = None
        return "|".join(f"({s})" if "/" in s else s for s in steps)

    def _paths(self, codes: list[str]) -> str:
        return "|".join(dict.fromkeys(step for code in codes for step in self._path(code).split("|")))

    def _term(self, code: str) -> str:
        return iri(study_iri(self.study.id, "code", code) if code in self.own else CODE + code)

    def _terms(self, codes: list[str]) -> str:
        return ", ".join(map(self._term, codes))

    def _shape(self, column: str, says: str, where: str, message: str, at: str) -> str:
        name = f"{self.code}-{column.replace('_', '-')}"
        variables = " ".join(v for v in ("?value", "?row") if v in where and (v == "?value" or column == "excludes"))
        return f"""
{iri(study_iri(self.study.id, "rule", name))}
    a sh:NodeShape ;
    rdfs:label {literal(says, "en")} ;
    rdfs:comment {literal(f"A rule of the codebook: codebook.csv, line {self.line}, column {column}.", "en")} ;
    sh:targetClass bw:Coding ;
    sh:sparql [
        sh:prefixes <{BASE}prefixes> ;
        sh:message {literal(message, "en")} ;
        sh:select \"\"\"
            SELECT DISTINCT $this {variables}
            WHERE {{
                {where}
            }}
            \"\"\"
    ] ;
    sh:severity sh:Violation ;
    bw:table "codings" ;
    bw:column "{at}" .
"""


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

