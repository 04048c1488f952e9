"""Rows of an invented study: councils, speakers, extracts and codings that agree with the theory. Knows no files and no faults.

Nothing here is evidence of anything: names are numbers, gists are shuffled words. What is real is the shape: skewed
numbers per council, boundary and column, two coders who mostly agree, two waves, every column of the tables in use.
"""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random

from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.stores.local import read_rdf
from boundwork.terms import BW, CODE

Row = dict[str, str]
COUNCILS = 500
CODERS = ("coder-a", "coder-b")
FIELD = "sector"
CURRENT, FORMER = "1.1.0", "1.0.0"
WAVES = {"w1": (2003, 2004), "w2": (2009, 2010)}
ROLES = ("chief-executive", "corporate-director", "corporate-officer", "service-director", "service-professional")
OWN_CODES = {
    "target-talk": "", "league-talk": "target-talk", "threshold-talk": "target-talk", "peer-talk": "", "visit-talk": "peer-talk",
    "trust-talk": "", "distrust-talk": "trust-talk", "money-talk": "", "place-talk": "", "time-talk": "", "elder-talk": "", "younger-talk": "elder-talk",
}
"""The study's own codes and what stands above them; elder-talk was replaced, younger-talk changed its meaning."""
MAPPED = {"distrust-talk": "inter-governmental-relations", "peer-talk": "horizontal-relations"}
"""What two of them stand for, wherever they are applied."""
CHANGED, REPLACED = "younger-talk", "elder-talk"
CLAIMS = 12
_REGIMES = {"w1": ("cpa", "best-value", "best-value;cpa"), "w2": ("caa", "cpa", "caa;cpa")}
_TYPES = (("district", 45), ("unitary", 18), ("metropolitan-borough", 11), ("county", 9), ("london-borough", 10), ("scottish-council", 4),
          ("welsh-council", 3), ("northern-irish-district", 1), ("combined-authority", 1))
_HOME = {"london-borough": "london", "scottish-council": "scotland", "welsh-council": "wales", "northern-irish-district": "northern-ireland"}
_ENGLAND = ("north-east", "north-west", "yorkshire-and-the-humber", "east-midlands", "west-midlands", "east-of-england", "south-east", "south-west")
_WHO = ("The director", "A manager", "The speaker", "An officer", "The panel", "The leader's office", "The team")
_DOES = ("sets aside", "copies", "argues with", "waits out", "borrows", "counts", "explains", "welcomes", "rewrites", "postpones")
_WHAT = ("the yearly score", "a visit of inspectors", "the neighbour's method", "the target for repairs", "a plan of the centre", "the league table",
         "advice from outside", "the list of measures", "what the service has always done", "the letter from the ministry")
_WHY = ("because residents come first", "as every year", "without being asked", "to be left in peace", "since the money follows it", "and says why",
        "though nobody checks", "for want of time", "before the others do", "and keeps the old book as well")


class Draw:
    """Weighted choice that costs one random number and one bisection."""

    def __init__(self, rng: Random, options: Iterable[tuple[str, float]]) -> None:
        pairs = list(options)
        self._random = rng.random
        self._names = [n for n, _ in pairs]
        self._sums = list(accumulate(w for _, w in pairs))

    def __call__(self) -> str:
        return self._names[bisect(self._sums, self._random() * self._sums[-1])]


class Theory:
    """Tables 2 and 3 as the ontology states them, so that the invented rows agree with it."""

    def __init__(self) -> None:
        self.cells_of: dict[str, list[str]] = {}  # element -> cells
        self.logic: dict[str, str] = {}  # cell -> logic
        self.boundary: dict[str, str] = {}  # element, cell or relation code -> boundary
        self.others: dict[str, list[str]] = {}  # relation code -> Others
        self.serves: dict[str, str] = {}  # form -> purpose
        cell_boundary: dict[str, str] = {}
        for path in ontology_files():
            for s, p, o in read_rdf(path):
                if not (s.startswith(CODE) and p.startswith(BW)):
                    continue
                name, value, prop = s[len(CODE) :], o.removeprefix(CODE), p[len(BW) :]
                if prop == "inCell":
                    self.cells_of.setdefault(name, []).append(value)
                elif prop == "cellLogic":
                    self.logic[name] = value
                elif prop == "cellBoundary":
                    cell_boundary[name] = value
                elif prop in ("concernsBoundary", "indicatesBoundary"):
                    self.boundary[name] = value
                elif prop == "identifiesOther":
                    self.others.setdefault(name, []).append(value)
                elif prop == "formServes":
                    self.serves[name] = value
        self.boundary |= cell_boundary
        self.boundary |= {e: cell_boundary[c[0]] for e, c in self.cells_of.items()}
        self.vocabulary = load_vocabulary()
        self.boundaries = sorted(self.vocabulary.codes("BoundaryCategory"))
        self.relation = {b: c for c, b in self.boundary.items() if c in self.others}
        elements = self.vocabulary.codes("LogicElement")
        self.elements = {b: sorted(e for e in elements if self.boundary[e] == b) for b in self.boundaries}

    def codes(self, cls: str) -> list[str]:
        """All codes of a class, sorted."""
        return sorted(self.vocabulary.codes(cls))

    def cell_for(self, elements: Sequence[str]) -> str:
        """A cell that all these elements bear out and one of them alone decides, or nothing."""
        decided = {self.cells_of[e][0] for e in elements if len(self.cells_of.get(e, ())) == 1}
        logics = {self.logic[c] for c in decided}
        if logics == {"bureaucratic", "managerial"}:
            return f"{self.boundary[elements[0]]}-hybrid"
        if len(decided) != 1:
            return ""
        cell = decided.pop()
        return cell if all(cell in self.cells_of.get(e, ()) for e in elements) else ""


class World:
    """The invented field: fixed tables, and the draws from which extracts and codings come."""

    def __init__(self, seed: int, councils: int = COUNCILS) -> None:
        self.rng = rng = Random(seed)
        self.theory = theory = Theory()
        self.seed = seed
        self.councils = [f"c{n:03d}" for n in range(1, councils + 1)]
        ranks = list(range(councils))
        rng.shuffle(ranks)
        self.weight = [1 / (r + 8) ** 0.7 for r in ranks]
        self.role = Draw(rng, zip(ROLES, (20, 25, 25, 20, 10), strict=True))
        self._lean = {c: Draw(rng, zip(theory.boundaries, rng.sample((35, 30, 20, 15), 4), strict=True)) for c in self.councils}
        self._lean[FIELD] = Draw(rng, ((b, 1) for b in theory.boundaries))
        self._form = Draw(rng, [("", 20), *zip(theory.codes("WorkForm"), (30, 9, 12, 14, 8, 7, 6), strict=False)])
        self._free_purpose = Draw(rng, [("", 40), ("create", 25), ("maintain", 25), ("disrupt", 10)])
        self._confidence = Draw(rng, [("medium", 50), ("high", 33), ("low", 17)])
        self._columns = {
            "level": self._mostly_blank("WorkLevel", 0.55), "direction": self._mostly_blank("Direction", 0.5),
            "response": self._mostly_blank("AssessmentResponse", 0.03), "consequence": self._mostly_blank("Consequence", 0.04),
        }
        self._comparer = self._mostly_blank("ComparerType", 0.35)
        self._distance = self._mostly_blank("RelationalDistance", 0.4)
        self._terms = Draw(rng, zip(theory.codes("RatingTerm"), (9, 22, 12, 20, 8, 6, 12), strict=False))
        self._elements = {b: Draw(rng, [(e, 10 / (i + 1)) for i, e in enumerate(rng.sample(names, len(names)))]) for b, names in theory.elements.items()}
        self._own = Draw(rng, [(c, 10 / (i + 1)) for i, c in enumerate(c for c in OWN_CODES if c != REPLACED)])
        self._claim = Draw(rng, [(f"claim-{n:02d}", 10 / n) for n in range(1, CLAIMS + 1)])

    def _mostly_blank(self, cls: str, share: float) -> Draw:
        names = self.theory.codes(cls)
        return Draw(self.rng, [("", 1 - share), *((n, share / (i + 1) / sum(1 / (k + 1) for k in range(len(names)))) for i, n in enumerate(names))])

    def hash(self, name: str) -> str:
        """A hash that belongs to no text."""
        return hashlib.sha256(f"{self.seed} {name}".encode()).hexdigest()

    def council_rows(self) -> list[Row]:
        kind = Draw(self.rng, _TYPES)
        rows = []
        for n, c in enumerate(self.councils, 1):
            council_type = kind()
            region = _HOME.get(council_type) or self.rng.choice(_ENGLAND)
            rows.append({"id": c, "label": f"Council {n}", "type": council_type, "region": region, "interviews": str(self.rng.randint(2, 40))})
        return rows

    def speaker_rows(self) -> list[Row]:
        rows = [{"id": f"{c}-{r}", "label": f"{r.replace('-', ' ').capitalize()}, Council {n}", "role": r, "speaks_for": c}
                for n, c in enumerate(self.councils, 1) for r in ROLES]
        return rows + [{"id": f"{FIELD}-{n}", "label": f"National stakeholder {n}", "role": "national-stakeholder", "speaks_for": FIELD} for n in range(1, 9)]

    def claim_rows(self) -> list[Row]:
        return [{"id": f"claim-{n:02d}", "label": f"Claim {n}", "statement": f"{self.gist()}, in most councils.", "section": "findings"}
                for n in range(1, CLAIMS + 1)]

    def code_rows(self) -> list[Row]:
        return [{"id": c, "label": c.replace("-", " ").capitalize(), "broader": up, "description": "When the passage is " + c.replace("-", " ") + ".",
                 "maps_to": MAPPED.get(c, "")} for c, up in OWN_CODES.items()]

    def codebook_rows(self) -> list[Row]:
        codes = [*OWN_CODES, *self.theory.codes("RelationCode")]
        return [{"code": c, "version": FORMER, "changed": CURRENT if c == CHANGED else "", "replaced_by": CHANGED if c == REPLACED else "",
                 "owner": CODERS[i % 2]} for i, c in enumerate(codes)]

    def gist(self) -> str:
        """A sentence of shuffled words."""
        choice = self.rng.choice
        return f"{choice(_WHO)} {choice(_DOES)} {choice(_WHAT)}, {choice(_WHY)}"

    def extract(self, name: str, source: str, about: str, wave: str, turn: int, start: int, end: int) -> Row:
        """One extract; about one in twenty is a narrative passage without a speaker."""
        narrative = self.rng.random() < 0.05
        speaker = f"{FIELD}-{self.rng.randint(1, 8)}" if about == FIELD else f"{about}-{self.role()}"
        return {"id": name, "source": source, "section": "table-2" if self.rng.random() < 0.01 else f"turn {turn}", "start": str(start), "end": str(end), "sha256": self.hash(name),
                "kind": "narrative" if narrative else "attributed", "speaker": "" if narrative else speaker, "about": about, "wave": wave,
                "gist": self.gist() + "."}

    def codings(self, extract: Row, count: int) -> list[Row]:
        """`count` codings (1 to 4) of one extract: the coders see much the same; a second row of a coder is on another boundary."""
        rng = self.rng
        first = self._lean[extract["about"]]()
        rows: list[Row] = []
        truth: dict[str, Row] = {}
        order = [0, 1, 0, 1] if rng.random() < 0.5 else [1, 0, 1, 0]
        for n, who in enumerate(order[:count]):
            boundary = first if n < 2 else self.theory.boundaries[(self.theory.boundaries.index(first) + 1) % 4]
            if boundary not in truth or rng.random() < 0.1:
                truth[boundary] = self._coded(extract, boundary, second=n >= 2)
            row = {"extract": extract["id"], "coder": CODERS[who], **truth[boundary]}
            if "boundary" in row:
                for column, draw in self._columns.items():
                    if rng.random() < 0.15:
                        row[column] = draw()
            row["confidence"] = self._confidence()
            if rng.random() < 0.15:
                row["supports"] = self._claim()
            elif rng.random() < 0.04:
                row["challenges"] = self._claim()
            if rng.random() < 0.1:
                row["codebook"] = CURRENT if CHANGED in row.get("code", "") else FORMER
            if rng.random() < 0.05:
                row["note"] = self.gist()
            rows.append(row)
        return rows

    def _own_code(self, relation: str) -> str:
        """One of the study's own codes that stands for nothing, or for the relation that the row is about."""
        while (found := self._own()) in MAPPED and MAPPED[found] != relation:
            pass
        return found

    def _coded(self, extract: Row, boundary: str, second: bool) -> Row:
        rng, theory = self.rng, self.theory
        chance = rng.random
        if not second and chance() < 0.07:
            return {"code": self._own_code(""), "basis": "interpreted"}
        relation = theory.relation[boundary]
        row: Row = {"boundary": boundary, "work": "boundary" if chance() < 0.8 else "practice", "form": self._form(), "basis": "interpreted"}
        codes = [relation] if chance() < 0.6 else []
        if chance() < 0.2:
            codes.append(self._own_code(relation))
        row["code"] = ";".join(codes)
        serves = theory.serves.get(row["form"], "")
        row["purpose"] = self._free_purpose() if not serves else serves if chance() < 0.3 else ""
        if row["work"] == "boundary" or chance() < 0.3:
            row["other"] = rng.choice(theory.others[relation]) if chance() < 0.9 else "?"
        row["performed_by"] = extract["speaker"].partition("-")[2] if extract["about"] != FIELD and chance() < 0.8 else ""
        if row["performed_by"] == row.get("other"):
            row["performed_by"] = "public-manager"
        if chance() < 0.62:
            names = list(dict.fromkeys(self._elements[boundary]() for _ in range(1 if chance() < 0.7 else 2)))
            row["elements"] = ";".join(names)
            if chance() < 0.08:
                row["stance"] = "deplored"
            elif chance() < 0.5:
                row["stance"] = "endorsed"
            if chance() < 0.4 and row.get("stance") != "deplored":
                row["cell"] = theory.cell_for(names)
        elif chance() < 0.15:
            row["elements"] = "?"
        elif chance() < 0.1:
            row["basis"] = "stated"
        if row.get("other", "?") != "?":
            row["distance"] = self._distance()
        if chance() < 0.3:
            row["regime"] = rng.choice(_REGIMES[extract["wave"]])
        if chance() < 0.13:
            row["rating_terms"] = ";".join(sorted({self._terms() for _ in range(1 if chance() < 0.8 else 2)}))
            row["rating_of"] = "self" if chance() < 0.7 else "other"
        if boundary == "competitiveness":
            row["comparer"] = self._comparer()
        for column, draw in self._columns.items():
            row[column] = draw()
        return row
