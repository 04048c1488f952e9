"""Every table and column of a study, in one place: what may stand in a cell, which property it becomes, and why.

docs/reference/tables.md is generated from here, the reader checks against it, and populate writes what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """One column: `kind` says how a cell is read, `property` what it becomes, `on` which of the row's things carries it.

    Kinds: id (names the row), text, integer, sha256, path, code (a term of the class `code_class`), ref (the id of a row
    in the table `refers`), coder, wave, version, actor (a council or the field), word (one of `words`).
    """

    name: str
    kind: str
    doc: str
    property: str = ""
    on: str = ""
    many: bool = False
    required: bool = False
    code_class: str = ""
    refers: str = ""
    words: tuple[str, ...] = ()
    undecidable: bool = False


@dataclass(frozen=True)
class TableSpec:
    """One table: its file, what a row is, the class of its rows, and its columns in order."""

    name: str
    thing: str
    kind: str
    classes: tuple[str, ...]
    doc: str
    columns: tuple[Column, ...]
    required: bool = False
    by_name: dict[str, Column] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.by_name.update({c.name: c for c in self.columns})

    @property
    def file(self) -> str:
        """The file name of the table."""
        return f"{self.name}.csv"


def _id(doc: str) -> Column:
    return Column("id", "id", doc, required=True)


def _code(name: str, cls: str, prop: str, doc: str, many: bool = False, on: str = "work") -> Column:
    return Column(name, "code", doc, property=prop, on=on, many=many, code_class=cls, undecidable=True)


_NOTE = Column("note", "text", "Anything the reader of the row should know. Enters the graph only where [publish] notes = true.", "bw:note")

COUNCILS = TableSpec(
    "councils", "council", "council", ("bw:Council",), "One row a council: the case-study organisations.",
    (
        _id("Short name used by the other tables, such as cs03."),
        Column("label", "text", "What a reader sees; in an anonymised study a number, never a name.", "rdfs:label", required=True),
        Column("name", "text", "The real name; blank in an anonymised study.", "bw:councilName"),
        _code("type", "CouncilType", "bw:councilType", "Kind of council.", on="self"),
        _code("region", "Region", "bw:region", "Region or nation the council lies in.", on="self"),
        Column("interviews", "integer", "How many interviews the study reports there.", "bw:interviewsReported"),
        Column("identifiers", "text", "Identifiers as scheme:code, such as gss:E06000001; blank in an anonymised study.",
               "dcterms:identifier", many=True),
        _NOTE,
    ),
)
SPEAKERS = TableSpec(
    "speakers", "speaker", "speaker", ("bw:Speaker",), "One row a speaker label. A label is not a person: one person may stand behind two.",
    (
        _id("Short name used by extracts."),
        Column("label", "text", "The label as the source gives it, spacing normalised.", "bw:speakerLabel", required=True),
        _code("role", "ActorCategory", "bw:hasRole", "Role of the speaker.", on="self"),
        Column("speaks_for", "actor", "Council, or the id of the field, that the speaker belongs to.", "bw:speaksFor"),
        _NOTE,
    ),
)
SOURCES = TableSpec(
    "sources", "source", "source", ("bw:Source",), "One row a text: an interview transcript, an article, field notes.",
    (
        _id("Short name used by extracts."),
        Column("title", "text", "Title of the source.", "dcterms:title", required=True),
        Column("kind", "text", "Transcript, article, field notes and so on.", "dcterms:type"),
        Column("characters", "integer", "Length in Unicode code points; every extract lies within it.", "bw:characters"),
        Column("sha256", "sha256", "SHA-256 of the text in UTF-8, so that a reader can prove to hold the same text.", "bw:sha256"),
        Column("file", "path", "Where the text lies, relative to the study; blank where it may not be shipped. Never enters the graph."),
        Column("citation", "text", "How to cite the source.", "dcterms:bibliographicCitation"),
        Column("licence", "text", "Licence of the source's text.", "dcterms:rights"),
        _NOTE,
    ),
)
EXTRACTS = TableSpec(
    "extracts", "extract", "extract", (), "One row an extract: a stretch of a source by its first and last character, and a gist in the coder's words.",
    (
        _id("Short name used by codings."),
        Column("source", "ref", "The source the extract lies in.", "oa:hasSource", required=True, refers="sources"),
        Column("section", "text", "Where in the source, such as findings/expertise.", "bw:section"),
        Column("start", "integer", "First character, counted in Unicode code points from 0.", "oa:start", on="selector", required=True),
        Column("end", "integer", "The character after the last one, counted the same way.", "oa:end", on="selector", required=True),
        Column("sha256", "sha256", "SHA-256 of the stretch in UTF-8.", "bw:sha256"),
        Column("kind", "word", "attributed: somebody is quoted. narrative: the authors' own voice.", words=("attributed", "narrative")),
        Column("speaker", "ref", "Who speaks, for an attributed extract.", "bw:spokenBy", refers="speakers"),
        Column("about", "actor", "Council, or the id of the field, that the extract tells of; blank = the field.", "bw:aboutActor"),
        Column("wave", "wave", "When it was said; blank = unknown.", "bw:atWave"),
        Column("gist", "text", "What it says, in your own words.", "bw:gist"),
        Column("quote", "text", "The words themselves. Enter the graph only where [publish] quotes = true.", "bw:quote"),
        _NOTE,
    ),
    required=True,
)
CODINGS = TableSpec(
    "codings", "coding", "coding", ("bw:Coding",), "One row a coding: what one coder says about one extract. Blank = not coded, ? = undecided.",
    (
        _id("Short name of the row; stays the same when rows are sorted."),
        Column("extract", "ref", "The extract that is coded.", "bw:codes", required=True, refers="extracts"),
        Column("coder", "coder", "Who coded.", "prov:wasAttributedTo", required=True),
        Column("code", "code", "Any code: of the theory, or the project's own from codes.csv.", "bw:appliesCode", many=True,
               code_class="*", undecidable=True),
        _code("boundary", "BoundaryCategory", "bw:onBoundary", "The boundary that the work is about."),
        Column("work", "word", "boundary: work on a line between groups. practice: work on what is done.", on="work",
               words=("boundary", "practice"), undecidable=True),
        _code("form", "WorkForm", "bw:hasForm", "How the boundary is worked on."),
        _code("purpose", "WorkPurpose", "bw:hasPurpose", "What the work does to the boundary or practice."),
        _code("performed_by", "ActorCategory", "bw:performedBy", "Who does the work; not always the speaker."),
        _code("other", "ActorCategory", "bw:constructsOther", "The Other against whom the line is drawn.", many=True),
        _code("elements", "LogicElement", "bw:invokesElement",
              "Characteristics of a logic that the extract voices; with stance deplored they become bw:deploresElement.", many=True),
        _code("cell", "MatrixCell", "bw:assignedCell", "The cell of Table 3 that the coder assigns directly."),
        _code("logic", "InstitutionalLogic", "bw:assignsLogic",
              "The logic that the coder assigns directly, naming no characteristic; a weaker ground, which no answer about hybridity counts.", many=True),
        _code("regime", "PerformanceRegime", "bw:withinRegime", "The performance regime spoken of.", many=True),
        _code("rating_terms", "RatingTerm", "bw:usesRatingTerm", "Rating words that are used.", many=True),
        _code("rating_of", "RatingTarget", "bw:ratingOf", "Whom the rating words describe."),
        _code("level", "WorkLevel", "bw:level", "Organisation, practice or field."),
        _code("direction", "Direction", "bw:direction", "Vertical or horizontal."),
        _code("stance", "Stance", "bw:stance", "Whether the speaker endorses or deplores what is voiced."),
        _code("distance", "RelationalDistance", "bw:distance", "Closeness to the Other or distance from it."),
        _code("comparer", "ComparerType", "bw:comparer", "How willing the actor is to compare."),
        _code("response", "AssessmentResponse", "bw:response", "Gaming or ritual compliance.", many=True),
        _code("consequence", "Consequence", "bw:consequence", "What follows from a rating.", many=True),
        Column("follows", "ref", "The coding whose work this work follows.", "bw:follows", on="work", refers="codings"),
        Column("supports", "ref", "Claims that the extract supports.", "bw:supports", many=True, refers="claims"),
        Column("challenges", "ref", "Claims that the extract challenges.", "bw:challenges", many=True, refers="claims"),
        Column("basis", "code", "stated by the source's authors, or interpreted by the coder.", "bw:basis", required=True, code_class="Basis"),
        Column("confidence", "code", "low, medium or high.", "bw:confidence", required=True, code_class="ConfidenceLevel"),
        Column("codebook", "version", "Version of the codebook that was used; blank = the study's.", "bw:underCodebook"),
        _NOTE,
    ),
    required=True,
)
JUDGEMENTS = TableSpec(
    "judgements", "judgement", "judgement", ("bw:CaseJudgement",), "One row a coder's own verdict on a whole case.",
    (
        _id("Short name of the row."),
        Column("coder", "coder", "Who judges.", "prov:wasAttributedTo", required=True),
        Column("about", "actor", "Council, or the id of the field; blank = the field."),
        Column("boundary", "code", "The boundary of the case.", required=True, code_class="BoundaryCategory"),
        Column("wave", "wave", "The wave of the case; blank = undated."),
        Column("judged_as", "code", "The logic that the coder sees.", "bw:judgedAs", required=True, code_class="InstitutionalLogic"),
        Column("rests_on", "ref", "Extracts that the verdict rests on.", "bw:restsOn", many=True, refers="extracts"),
        Column("basis", "code", "stated or interpreted.", "bw:basis", required=True, code_class="Basis"),
        Column("confidence", "code", "low, medium or high.", "bw:confidence", required=True, code_class="ConfidenceLevel"),
        _NOTE,
    ),
)
CLAIMS = TableSpec(
    "claims", "claim", "claim", ("bw:Claim",), "One row an analytical claim of the source's authors.",
    (
        _id("Short name used by codings."),
        Column("label", "text", "A few words.", "rdfs:label", required=True),
        Column("statement", "text", "The claim in our words.", "bw:statement"),
        Column("section", "text", "Where it is made.", "bw:section"),
        _NOTE,
    ),
)
DECISIONS = TableSpec(
    "decisions", "decision", "decision", ("bw:Decision",), "One row a decision about an extract that several coders coded; makes the adjudicated reading.",
    (
        _id("Short name of the row."),
        Column("extract", "ref", "The extract that is decided on.", "bw:decidesOn", required=True, refers="extracts"),
        Column("keeps", "ref", "Codings that stand; blank = none.", "bw:keepsCoding", many=True, refers="codings"),
        Column("reason", "code", "Why, from a closed list.", "bw:decisionReason", required=True, code_class="DecisionReason"),
        Column("decided_by", "text", "Who decided.", "dcterms:creator", required=True),
        _NOTE,
    ),
)
CODES = TableSpec(
    "codes", "code", "code", ("skos:Concept",), "One row a code of the project's own, and what it maps to.",
    (
        _id("Short name used in column code of codings."),
        Column("label", "text", "The code as the project writes it.", "skos:prefLabel", required=True),
        Column("broader", "ref", "The code above it.", "skos:broader", refers="codes"),
        Column("description", "text", "When to use it.", "skos:definition"),
        Column("maps_to", "code", "Terms of the theory that the code stands for: a coding with the code counts as one with these terms in their columns.",
               "bw:mapsTo", many=True, code_class="*"),
    ),
)
CODEBOOK = TableSpec(
    "codebook", "codebook entry", "entry", (),
    "One row a code in use: since when, last change of meaning, successor, owner. The prose stands in codebook/CODE.md.",
    (
        Column("code", "code", "The code.", required=True, code_class="*"),
        Column("version", "version", "Codebook version that brought it in."),
        Column("changed", "version", "Codebook version that last changed its meaning; blank = never."),
        Column("replaced_by", "code", "Its successor.", code_class="*"),
        Column("owner", "text", "Who answers for its page."),
        Column("excludes", "code", "Rule: codes that may not stand beside it on one extract, by the same coder.", many=True, code_class="*"),
        Column("needs", "code", "Rule: codes of which one at least must stand beside it on the extract, by the same coder.", many=True, code_class="*"),
        Column("roles", "code", "Rule: only for speakers of these roles.", many=True, code_class="ActorCategory"),
        Column("waves", "wave", "Rule: only for extracts of these waves.", many=True),
        Column("boundaries", "code", "Rule: only for work on these boundaries.", many=True, code_class="BoundaryCategory"),
        Column("shortest", "integer", "Rule: least length of an extract, in characters."),
        Column("longest", "integer", "Rule: greatest length of an extract, in characters."),
        Column("note_if", "word", "Rule: a coding needs a note at this confidence or a lower one.", words=("low", "medium", "high")),
    ),
)

TABLES: dict[str, TableSpec] = {
    t.name: t
    for t in (COUNCILS, SPEAKERS, SOURCES, EXTRACTS, CLAIMS, CODES, CODEBOOK, DECISIONS, CODINGS, JUDGEMENTS)
}
"""Every table by name, in an order in which what is referred to comes first (codings last but judgements)."""

MAPPED = {"RelationCode": "code", "ActorCategory": "other",
          **{c.code_class: c.name for c in CODINGS.columns if c.on == "work" and c.code_class not in ("", "ActorCategory")}}
"""Class of a term -> the column of codings that a project's own code fills when it maps to such a term."""

EXCEPTIONS = TableSpec(
    "exceptions", "exception", "exception", (),
    "One row an accepted finding: the study knows of it and says why it stays. Shown in every report, never in the graph.",
    (
        Column("rule", "text", "The rule of the finding, as the report names it.", required=True),
        Column("table", "text", "The table of its row, such as codings.", required=True),
        Column("id", "text", "The id of its row.", required=True),
        Column("column", "text", "The column; blank accepts the finding in every column of the row."),
        Column("reason", "text", "Why it stays.", required=True),
        Column("by", "text", "Who accepted it.", required=True),
        Column("date", "text", "When, as 2026-11-24."),
    ),
)
"""A table of the study that validation alone reads."""

VARIABLES = TableSpec(
    "variables", "variable", "variable", (),
    "One row a variable of an imported project, and one row each of its values: what they say of councils, speakers and waves. Read by import alone.",
    (
        Column("variable", "text", "The variable, as the project calls it.", required=True),
        Column("value", "text", "One of its values; blank in the row that is about the variable itself."),
        Column("maps_to", "text", "In the row of the variable: type, region, role, wave, council or speaker; blank = kept beside. "
               "In the row of a value: the council type, region, role or wave that it stands for."),
    ),
)
"""A table of the study that import alone reads."""
