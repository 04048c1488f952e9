"""Every kind of fault that a row can carry, and the name of the finding that catches it. Knows rows, not files.

Left out are faults that end a whole table (a wrong encoding, a quote that never closes, a missing column): nothing after
them would be seen. `extra` faults stand in a row of their own, made from a copy of the row before it, so that nothing
else in the study comes to hang in the air.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from invented import CHANGED, CURRENT, FORMER, REPLACED, Row, Theory

LONG, SHORT = "+", "-"
"""Keys of a row that stand for one cell more, or one cell fewer, than the header has."""


@dataclass
class Scene:
    """What a fault may need to know besides its row."""

    theory: Theory
    extract: Row = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)  # coder -> last coding that claims work
    earlier: Row = field(default_factory=dict)  # a clean row of the same table, further up
    characters: int = 0


Change = Callable[[Row, Scene], bool]


@dataclass(frozen=True)
class Fault:
    """One kind of fault: where it stands, which finding names it, and how a row gets it (False: this row cannot have it)."""

    table: str
    column: str
    kind: str
    rule: str
    change: Change
    extra: bool = False
    both: bool = False
    """The finding stands at the row that was copied, too: neither of the two is the wrong one."""


def _set(**cells: str) -> Change:
    def change(row: Row, scene: Scene) -> bool:
        row.update(cells)
        return True

    return change


def _twice(key: str = "id") -> Change:
    def change(row: Row, scene: Scene) -> bool:
        row[key] = scene.earlier.get(key, "")
        return bool(row[key])

    return change


def _where(test: Callable[[Row, Scene], bool], **cells: str) -> Change:
    def change(row: Row, scene: Scene) -> bool:
        if test(row, scene):
            row.update(cells)
            return True
        return False

    return change


def _work(row: Row, scene: Scene) -> bool:
    return row.get("boundary", "") in scene.theory.relation


def _plain(row: Row, scene: Scene) -> bool:
    """Work with an Other and without elements: other columns can be put at odds with it one at a time."""
    return _work(row, scene) and row.get("work") == "boundary" and not row.get("elements") and row.get("basis") == "interpreted"


def _next(row: Row, scene: Scene) -> str:
    names = scene.theory.boundaries
    return names[(names.index(row["boundary"]) + 1) % len(names)]


def _foreign(column: str) -> Change:
    def change(row: Row, scene: Scene) -> bool:
        if not _work(row, scene) or row["basis"] != "interpreted":
            return False
        other, theory = _next(row, scene), scene.theory
        own = theory.relation[row["boundary"]]
        if column == "elements":
            row.update(elements=theory.elements[other][0], cell="")
        elif column == "cell":
            row.update(cell=f"{other}-managerial", elements="", stance="")
        elif column == "code":
            row.update(code=theory.relation[other], other="?", distance="")
        else:
            row.update(code=own if column == "other" else "", other=theory.others[theory.relation[other]][0])
        return True

    return change


def _follows(coder: str) -> Change:
    def change(row: Row, scene: Scene) -> bool:
        if coder == "self":
            row["follows"] = row["id"]
        else:
            row["follows"] = next((i for c, i in scene.last.items() if c != row["coder"]), "")
        return _work(row, scene) and bool(row["follows"])

    return change


def _says_nothing(row: Row, scene: Scene) -> bool:
    for column in list(row):
        if column not in ("id", "extract", "coder", "basis", "confidence"):
            del row[column]
    return True


def _expertise(row: Row, scene: Scene) -> bool:
    return _work(row, scene) and row["boundary"] == "expertise"


def _competing(row: Row, scene: Scene) -> bool:
    return _work(row, scene) and row["boundary"] == "competitiveness"


def _attributed(row: Row, scene: Scene) -> bool:
    return scene.extract.get("kind") == "attributed" and bool(row.get("elements")) and row["elements"] != "?"


def _both_sides(row: Row, scene: Scene) -> bool:
    row.update(supports="claim-01;claim-02", challenges="claim-02")
    return True


def _too_early(row: Row, scene: Scene) -> bool:
    row["regime"] = "caa"
    return _work(row, scene) and scene.extract.get("wave") == "w1"


def _outside(row: Row, scene: Scene) -> bool:
    row["end"] = str(int(row["end"]) + 50_000_000)
    return True


def _reversed(row: Row, scene: Scene) -> bool:
    row["start"], row["end"] = row["end"], row["start"]
    return True


def _elsewhere(row: Row, scene: Scene) -> bool:
    row["about"] = "c001" if row["about"] != "c001" else "c002"
    return row["kind"] == "attributed"


def _other_wave(row: Row, scene: Scene) -> bool:
    row["wave"] = "w2" if row["wave"] == "w1" else "w1"
    return True


def _other_verdict(row: Row, scene: Scene) -> bool:
    row["judged_as"] = "hybrid" if row["judged_as"] != "hybrid" else "managerial"
    return True


def _table2(column: str) -> Change:
    """In Table 2's own quotes, what the table prints is stated, and a row that says otherwise is wrong."""

    def change(row: Row, scene: Scene) -> bool:
        found = scene.extract.get("section") == "table-2" and _foreign(column)(row, scene)
        row.update(basis="stated", elements="", cell="", stance="")
        return found

    return change


def _own_successor(row: Row, scene: Scene) -> bool:
    codes = scene.theory.codes("Region")  # no coding applies these, so nothing else becomes a finding
    row["code"] = row["replaced_by"] = codes[sum(map(ord, row["code"])) % len(codes)]
    return True


def _other_rows_extract(column: str) -> Change:
    def change(row: Row, scene: Scene) -> bool:
        row[column] = scene.earlier.get(column, "")
        return bool(row[column]) and scene.earlier.get("about", "-") != row.get("about") and scene.earlier.get("wave") == row.get("wave")

    return change


def _never(row: Row, scene: Scene) -> bool:
    return True


EMPTY, CODE, REF = "table-empty-cell", "table-unknown-code", "table-unknown-ref"
FAULTS: list[Fault] = [
    Fault("codings", "code", "unknown code", CODE, _set(code="vertical-realtions")),
    Fault("codings", "boundary", "code of another column", CODE, _where(_work, boundary="managerial")),
    Fault("codings", "form", "two values where one may stand", CODE, _where(_work, form="bolstering;blurring")),
    Fault("codings", "basis", "undecided where nobody may be", CODE, _set(basis="?")),
    Fault("codings", "confidence", "spreadsheet's date", CODE, _set(confidence="2-Mar")),
    Fault("codings", "elements", "element of another boundary", "element-belongs-to-boundary", _foreign("elements")),
    Fault("codings", "cell", "cell that is not relevant", "cell-is-characterised", _where(_competing, cell="competitiveness-bureaucratic", elements="", stance="", basis="interpreted")),
    Fault("codings", "cell", "cell of another boundary", "cell-belongs-to-boundary", _foreign("cell")),
    Fault("codings", "basis", "missing basis", EMPTY, _set(basis="")),
    Fault("codings", "confidence", "missing confidence", EMPTY, _set(confidence="")),
    Fault("codings", "coder", "missing coder", EMPTY, _set(coder="")),
    Fault("codings", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
    Fault("codings", "id", "duplicate coding", "coding-not-repeated", _never, extra=True),
    Fault("codings", "extract", "dangling extract", REF, _set(extract="x-gone")),
    Fault("codings", "coder", "unknown coder", "table-unknown-coder", _set(coder="coder-z")),
    Fault("codings", "work", "unknown word", "table-unknown-word", _where(_work, work="boundry")),
    Fault("codings", "other", "Other against Table 2", "code-identifies-other-elsewhere", _foreign("other")),
    Fault("codings", "other", "Other of another boundary", "boundary-faces-other", _foreign("boundary")),
    Fault("codings", "boundary", "code against boundary", "code-indicates-boundary-elsewhere", _foreign("code")),
    Fault("codings", "boundary", "code against boundary in Table 2", "code-indicates-boundary", _table2("code")),
    Fault("codings", "other", "Other against code in Table 2", "code-identifies-other", _table2("other")),
    Fault("codings", "purpose", "form against purpose", "form-fits-purpose", _where(_work, form="bolstering", purpose="disrupt")),
    Fault("codings", "basis", "logic stated on a quote", "stated-logic-only-on-passages", _where(_attributed, basis="stated")),
    Fault("codings", "supports", "unknown claim", REF, _set(supports="claim-99")),
    Fault("codings", "supports", "claim on both sides", "coding-takes-one-side", _both_sides),
    Fault("codings", "follows", "unknown predecessor", REF, _where(_work, follows="k-gone")),
    Fault("codings", "follows", "follows itself", "work-never-follows-itself", _follows("self")),
    Fault("codings", "follows", "follows another coder", "work-follows-same-coder", _follows("other")),
    Fault("codings", "code", "says nothing", "coding-says-something", _says_nothing),
    Fault("codings", "performed_by", "performer is the Other", "other-is-not-performer",
          _where(_expertise, performed_by="external-assessor", other="external-assessor")),
    Fault("codings", "other", "distance to nobody", "distance-has-other", _where(_plain, other="", distance="distant", work="practice", code="")),
    Fault("codings", "other", "boundary work without an Other", "boundary-work-has-other", _where(_plain, other="", distance="")),
    Fault("codings", "work", "work of no kind", "work-says-its-kind", _where(_work, work="")),
    Fault("codings", "rating_terms", "rating without a term", "rating-has-term", _where(_work, rating_terms="", rating_of="self")),
    Fault("codings", "rating_of", "rating of nobody", "rating-has-target", _where(_work, rating_terms="good", rating_of="")),
    Fault("codings", "elements", "deplores nothing", "deplored-stance-names-elements", _where(_plain, elements="", stance="deplored")),
    Fault("codings", "regime", "regime before its time", "regime-had-begun", _too_early),
    Fault("codings", "cell", "cell that nothing bears out", "cell-is-borne-out",
          _where(_expertise, elements="local-expertise-first", cell="expertise-managerial", stance="", basis="interpreted")),
    Fault("codings", "cell", "element against the cell", "cell-is-not-contradicted",
          _where(_expertise, elements="local-expertise-first;generic-expertise-first", cell="expertise-bureaucratic", stance="", basis="interpreted")),
    Fault("codings", "elements", "cell on an undecided element", "cell-rests-on-distinctive-element",
          _where(_competing, elements="competing-between-organisations", cell="competitiveness-managerial", stance="", basis="interpreted")),
    Fault("codings", "boundary", "element without a boundary", "logic-needs-boundary",
          _where(_expertise, boundary="", elements="local-expertise-first", cell="", code="", other="", distance="", stance="", work="practice",
                 basis="interpreted")),
    Fault("codings", "codebook", "outdated codebook", "coding-is-not-outdated", _set(code=CHANGED, codebook=FORMER)),
    Fault("codings", "codebook", "unknown codebook", "coding-under-known-codebook", _set(codebook="7.0.0")),
    Fault("codings", "code", "replaced code", "replaced-code-not-used", _set(code=REPLACED, codebook=CURRENT)),
    Fault("codings", "note", "control character", "table-control-character", _set(note="page\x0cbreak")),
    Fault("codings", "", "one cell too many", "table-row-too-long", _set(**{LONG: "1"}), extra=True),
    Fault("codings", "", "one cell too few", "table-row-too-short", _set(**{SHORT: "1"})),
    Fault("extracts", "source", "dangling source", REF, _set(source="s-gone")),
    Fault("extracts", "end", "outside its source", "extract-ends-within-source", _outside),
    Fault("extracts", "start", "ends before it starts", "extract-starts-before-it-ends", _reversed),
    Fault("extracts", "start", "spreadsheet's date", "table-not-a-number", _set(start="12-Mar")),
    Fault("extracts", "start", "before the first character", "extract-has-start", _set(start="-4")),
    Fault("extracts", "end", "missing end", EMPTY, _set(end="")),
    Fault("extracts", "kind", "unknown kind", "table-unknown-word", _set(kind="quote")),
    Fault("extracts", "speaker", "dangling speaker", REF, _where(lambda r, s: r["kind"] == "attributed", speaker="nobody")),
    Fault("extracts", "speaker", "quote without a speaker", "attributed-extract-has-speaker", _where(lambda r, s: r["kind"] == "attributed", speaker="")),
    Fault("extracts", "speaker", "passage with a speaker", "narrative-passage-has-no-speaker",
          _where(lambda r, s: r["kind"] == "attributed", kind="narrative")),
    Fault("extracts", "about", "unknown council", "table-unknown-actor", _set(about="c-gone")),
    Fault("extracts", "about", "about another council than its speaker's", "extract-about-speakers-own", _elsewhere),
    Fault("extracts", "wave", "unknown wave", "table-unknown-wave", _set(wave="w9")),
    Fault("extracts", "sha256", "no hash", "table-not-a-hash", _set(sha256="12345")),
    Fault("extracts", "sha256", "missing hash", "extract-has-hash", _set(sha256="")),
    Fault("extracts", "gist", "nothing to read", "extract-can-be-read", _set(gist="")),
    Fault("extracts", "id", "duplicate extract", "extract-not-repeated", _never, extra=True),
    Fault("extracts", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
    Fault("councils", "type", "unknown code", CODE, _set(type="burough")),
    Fault("councils", "type", "type against region", "council-type-fits-region", _set(type="london-borough", region="wales")),
    Fault("councils", "region", "missing region", "council-has-region", _set(region="")),
    Fault("councils", "label", "missing label", EMPTY, _set(label="")),
    Fault("councils", "interviews", "not a number", "table-not-a-number", _set(interviews="seven")),
    Fault("councils", "interviews", "fewer than none", "interviews-are-counted", _set(interviews="-3")),
    Fault("councils", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
    Fault("speakers", "role", "unknown code", CODE, _set(role="cheif-executive")),
    Fault("speakers", "role", "missing role", "speaker-has-role", _set(role="")),
    Fault("speakers", "label", "missing label", EMPTY, _set(label="")),
    Fault("speakers", "speaks_for", "unknown council", "table-unknown-actor", _set(speaks_for="c-gone")),
    Fault("speakers", "speaks_for", "national stakeholder of a council", "national-stakeholder-speaks-for-no-council", _set(role="national-stakeholder")),
    Fault("speakers", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
    Fault("sources", "title", "missing title", EMPTY, _set(title="")),
    Fault("sources", "characters", "missing length", "source-has-length", _set(characters="")),
    Fault("sources", "characters", "not a number", "table-not-a-number", _set(characters="12 pages")),
    Fault("sources", "sha256", "missing hash", "source-has-hash", _set(sha256="")),
    Fault("sources", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
    Fault("claims", "label", "missing label", EMPTY, _set(label="")),
    Fault("claims", "statement", "missing statement", "claim-has-statement", _set(statement="")),
    Fault("claims", "id", "claim that no coding meets", "claim-meets-evidence", _never, extra=True),
    Fault("claims", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
    Fault("codes", "maps_to", "unknown code", CODE, _set(maps_to="vertical-realtions")),
    Fault("codes", "broader", "dangling code", REF, _set(broader="gone-talk")),
    Fault("codes", "label", "missing label", EMPTY, _set(label="")),
    Fault("codes", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
    Fault("codebook", "code", "unknown code", CODE, _set(code="gone-talk"), extra=True),
    Fault("codebook", "replaced_by", "replaced by itself", "entry-names-another-known-successor", _own_successor, extra=True),
    Fault("codebook", "owner", "nobody answers", "entry-has-owner", _set(owner="")),
    Fault("codebook", "code", "duplicate id", "table-id-twice", _twice("code"), extra=True),
    Fault("decisions", "extract", "dangling extract", REF, _set(extract="x-gone", keeps="")),
    Fault("decisions", "keeps", "keeps what codes another extract", "decision-keeps-own-extract", _other_rows_extract("extract")),
    Fault("decisions", "keeps", "dangling coding", REF, _set(keeps="k-gone")),
    Fault("decisions", "keeps", "coding kept twice", "coding-kept-once", _never, extra=True, both=True),
    Fault("decisions", "reason", "unknown code", CODE, _set(reason="because")),
    Fault("decisions", "decided_by", "missing decider", EMPTY, _set(decided_by="")),
    Fault("decisions", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
    Fault("judgements", "coder", "unknown coder", "table-unknown-coder", _set(coder="coder-z")),
    Fault("judgements", "boundary", "unknown code", CODE, _set(boundary="expertize")),
    Fault("judgements", "judged_as", "unknown logic", CODE, _set(judged_as="professional")),
    Fault("judgements", "basis", "missing basis", EMPTY, _set(basis="")),
    Fault("judgements", "basis", "logic stated on a quote", "stated-judgement-rests-on-passages", _set(basis="stated")),
    Fault("judgements", "rests_on", "dangling extract", REF, _set(rests_on="x-gone")),
    Fault("judgements", "rests_on", "no evidence", "judgement-rests-on-evidence", _set(rests_on="")),
    Fault("judgements", "rests_on", "evidence about another council", "judgement-rests-on-own-actor", _other_rows_extract("rests_on")),
    Fault("judgements", "rests_on", "evidence of another wave", "judgement-rests-on-own-wave", _other_wave),
    Fault("judgements", "judged_as", "two verdicts", "coder-gives-one-verdict", _other_verdict, extra=True),
    Fault("judgements", "id", "duplicate judgement", "judgement-not-repeated", _never, extra=True),
    Fault("judgements", "id", "duplicate id", "table-id-twice", _twice(), extra=True),
]


class Picker:
    """Gives about `share` of a table's rows a fault, the kinds in turn, so that every kind occurs once there are rows enough.

    `rows` is known for small tables only: there every kind gets its row, however small the share. With `of_shapes` only
    faults that a shape names, so that the tables are good enough for the shapes to be asked.
    """

    def __init__(self, table: str, share: float, rng: Random, rows: int = 0, of_shapes: bool = False) -> None:
        self._kinds = deque(f for f in FAULTS if f.table == table and not (of_shapes and f.rule.startswith("table-")))
        self._share, self._rng, self._row = share, rng, 0
        self._due = set(rng.sample(range(rows), min(rows, max(len(self._kinds), round(share * rows))))) if share and rows else None

    def pick(self, row: Row, scene: Scene) -> tuple[Fault, Row] | None:
        """Return a fault and the row that carries it: the row itself, changed, or (extra) a changed copy to stand after it."""
        self._row += 1
        if not (self._row - 1 in self._due if self._due is not None else self._rng.random() < self._share):
            return None
        for place, fault in enumerate(self._kinds):
            changed = dict(row)
            if fault.change(changed, scene):
                del self._kinds[place]
                self._kinds.append(fault)
                return fault, changed
        return None
