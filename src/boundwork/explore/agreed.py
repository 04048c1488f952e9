"""Agreement between the coders of a study: which extracts and values are compared, the figures, and the disagreements with both rows.

What the coefficients are stands in boundwork.agreement; this module decides what a unit is and says so in the notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from boundwork.agreement import Figure, Material, Move, disagreements, figures
from boundwork.agreement.coefficients import Label, Unit
from boundwork.agreement.moves import Flags, either, flags
from boundwork.errors import UsageError, did_you_mean
from boundwork.explore.answers import Cell
from boundwork.explore.coded import CodedStudy, Coding, Extract, read_coded
from boundwork.findings import Finding, Severity
from boundwork.tables.studyfile import read_study
from boundwork.wording import counted

COLUMNS = {
    "boundary": "boundary", "form": "form", "code": "code", "work": "work", "other": "other", "performer": "performed_by", "regime": "regime",
    "rating": "rating_terms", "level": "level", "direction": "direction", "stance": "stance", "distance": "distance", "comparer": "comparer",
    "response": "response", "consequence": "consequence",
}
"""Dimensions that are the values of one column."""
DIMENSIONS = (*COLUMNS, "logic", "purpose", "element")
USUAL = ("boundary", "logic", "form", "purpose", "code")
KINDS = ("all", "attributed", "narrative")
RULE = "agreement-below-threshold"
_NEEDED = frozenset({*COLUMNS.values(), "purpose", "elements", "stance", "basis"})


@dataclass(frozen=True)
class Asked:
    """What to compare. No coders: those who interpret and share extracts. `threshold` None: the study's, if it sets one."""

    coders: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = USUAL
    extracts: str = "all"
    uncoded: str = "omit"
    distance: str = "masi"
    bootstrap: int = 1000
    seed: int = 1
    threshold: float | None = None


@dataclass
class Agreement:
    """Figures and disagreements between coders, with what they may not be taken for."""

    coded: CodedStudy
    asked: Asked
    coders: tuple[str, ...]
    extracts: int
    figures: list[Figure]
    moves: list[Move] = field(default_factory=list)
    alone: int = 0

    @property
    def threshold(self) -> float | None:
        """What alpha_set must reach."""
        return self.asked.threshold if self.asked.threshold is not None else self.coded.study.agreement_threshold

    @property
    def below(self) -> list[Figure]:
        """The figures over all and of whole dimensions whose alpha_set is below the threshold; single values are not held against it."""
        return [f for f in self.figures if not f.value and f.alpha_set is not None and self.threshold is not None and f.alpha_set < self.threshold]

    @property
    def findings(self) -> list[Finding]:
        """One finding for each figure below the threshold."""
        file = self.coded.shown.removesuffix("codings.csv") + "study.toml"
        return [Finding(Severity.WARNING, RULE,
                        f"{', '.join(self.coders)} agree on {f.dimension} by alpha {f.alpha_set:.3f}, and the study asks for {self.threshold:g}. "
                        "See where they differ: boundwork agreement --disagreements", file, column="thresholds.agreement", value=f"{f.alpha_set:.3f}")
                for f in self.below]

    @property
    def title(self) -> str:
        """What was compared, in a line."""
        return f"Agreement between {' and '.join(self.coders) if len(self.coders) == 2 else ', '.join(self.coders)} on {counted(self.extracts, 'extract')}"

    @property
    def notes(self) -> list[str]:
        """What was counted, and what the figures may not be taken for."""
        asked, study = self.asked, self.coded.study
        kinds = {"all": "attributed extracts and narrative passages", "attributed": "attributed extracts alone", "narrative": "narrative passages alone"}
        silent = {
            "omit": "Uncoded extracts are left out: an extract counts on a dimension only where two coders have a row on it and at least one of them gave a "
                    "value there. One coder's blank beside the other's value is a difference.",
            "count": "Uncoded extracts are counted: a blank, and an extract on which a coder has no row, count as saying nothing, which is a value of its own.",
        }[asked.uncoded]
        run = {f.rounds for f in self.figures if f.intervals}
        rounds = f"{min(run):,}" + (f" to {max(run):,}" if len(run) > 1 else "") if run else ""
        distance = {"masi": "MASI", "jaccard": "Jaccard"}[asked.distance]
        alone = f" Not compared: {counted(self.alone, 'extract')} on which one coder alone has a row." if self.alone else ""
        drawn = f"low and high hold the middle 95 in 100 of {rounds} bootstrap samples of the extracts (seed {asked.seed}) for alpha_set. " if rounds else ""
        told = [f"Compared: {kinds[asked.extracts]}; what a coder says of an extract is the set of values in all of the coder's rows on it. {silent}{alone}",
                f"alpha_set is Krippendorff's alpha with {distance} distance between sets; cohen, fleiss and alpha take two sets as equal or not. "
                f"{drawn}alpha_u compares ranges of characters: where the extracts were given to the coders, it says nothing of how they would find them. "
                "A blank figure is not defined: nobody varied, or nothing was compared."]
        if len(self.coders) > 2:
            told.append("Of more than two coders, percent and cohen are means over pairs of coders, and fleiss counts the extracts that all of them looked at.")
        if any(f.estimated for f in self.figures):
            told.append("Where there are very many different sets, the disagreement by chance behind alpha_set is estimated from a fixed sample of pairs.")
        told += [f"{study.coders[c].label} ({c}): {study.coders[c].description}".rstrip(": ") for c in self.coders if study.coders[c].description]
        hybrid, other = (sum(1 for m in self.moves if m.weight[i]) for i in (0, 1))
        told.append(f"{counted(len(self.moves), 'disagreement')}; in {other} of them a case gets another status if the other coder is right, in {hybrid} "
                    "it becomes hybrid or ceases to be. List them with --disagreements.")
        if self.threshold is not None:
            names = ", ".join(f"{f.dimension} {f.alpha_set:.3f}" for f in self.below)
            told.append(f"Threshold {self.threshold:g} for alpha_set: " + (f"below it are {names}." if names else "nothing is below it."))
        return told

    @property
    def table(self) -> list[dict[str, Cell]]:
        """The figures as rows; `percent` from 0 to 100, coefficients rounded to three digits."""
        def short(number: float | None, digits: int = 3) -> float | None:
            return None if number is None else round(number, digits) + 0.0

        rows: list[dict[str, Cell]] = []
        for f in self.figures:
            wide = f.intervals.get("alpha_set")
            rows.append({"dimension": f.dimension, "value": f.value, "units": f.units, "coded": f.coded, "percent": short(f.percent, 1),
                         "cohen": short(f.cohen), "fleiss": short(f.fleiss), "alpha": short(f.alpha), "alpha_set": short(f.alpha_set),
                         "low": short(wide.low) if wide else None, "high": short(wide.high) if wide else None, "alpha_u": short(f.alpha_u)})
        return rows

    @property
    def differences(self) -> list[dict[str, Cell]]:
        """The disagreements as rows, those that move most first: what each coder says, where the rows stand, and what would change."""
        rows: list[dict[str, Cell]] = []
        by_place: dict[tuple[str, str], list[Coding]] = {}
        for c in self.coded.codings:
            by_place.setdefault((c.extract, c.coder), []).append(c)
        for move in self.moves:
            row: dict[str, Cell] = {"extract": move.extract, "differs": ", ".join(move.dimensions)}
            for place, coder in enumerate(move.coders, 1):
                mine = by_place.get((move.extract, coder), [])
                said = {d: sorted({v for c in mine for v in values_on(d, c, self.coded)}) for d in move.dimensions}
                row |= {f"coder_{place}": coder, f"says_{place}": "; ".join(f"{d}: {', '.join(v) or '-'}" for d, v in said.items()),
                        f"rows_{place}": ", ".join(f"codings.csv:{c.line}" for c in mine)}
            hybrid, other, _ = move.weight
            row["effect"] = "hybrid or not" if hybrid else "another status" if other else "none"
            row["moves"] = "; ".join(f"{c.case}: {c.before} -> {c.after} if {c.right} is right" for c in move.changes)
            rows.append(row)
        return rows

    @property
    def template(self) -> list[dict[str, Cell]]:
        """The extracts that nobody has decided on, as rows of decisions.csv with `keeps` and `reason` left to fill in."""
        used = {name for name, _ in self.coded.decisions}
        decided = {extract for _, extract in self.coded.decisions}
        rows: list[dict[str, Cell]] = []
        number = len(self.coded.decisions)
        for extract in dict.fromkeys(m.extract for m in self.moves):
            if extract in decided:
                continue
            number += 1
            while f"d{number:02d}" in used:
                number += 1
            parts = [f"{coder}: {' '.join(ids) or 'no row'}" for coder in self.coders
                     for ids in ([c.id for c in self.coded.codings if c.extract == extract and c.coder == coder],)]
            rows.append({"id": f"d{number:02d}", "extract": extract, "keeps": "", "reason": "", "decided_by": "", "note": ", ".join(parts)})
        return rows


def as_turtle(found: Agreement) -> bytes:
    """Return the figures as an RDF Data Cube in Turtle, sorted; the same study and question give the same bytes."""
    from boundwork.agreement.cube import cube
    from boundwork.explore.results import graph_text
    from boundwork.terms import CODE, study_iri

    study, asked = found.coded.study, found.asked
    terms = (("dimensions", "+".join(asked.dimensions)), ("extracts", asked.extracts), ("uncoded", asked.uncoded), ("distance", asked.distance),
             ("bootstrap", str(asked.bootstrap)), ("seed", str(asked.seed)))

    def code_iri(value: str) -> str | None:
        return study_iri(study.id, "code", value) if value in found.coded.own_codes else CODE + value if value in found.coded.theory_codes else None

    return graph_text(cube(study.id, found.title, found.coders, terms, found.figures, code_iri), "turtle")


def agreement(folder: Path, asked: Asked | None = None) -> Agreement:
    """Return the agreement between coders of a study.

    Errors: UsageError for an unknown coder or dimension, or when fewer than two coders can be compared.
    """
    asked = asked or Asked()
    for name in asked.dimensions:
        if name not in DIMENSIONS:
            raise UsageError(f"Agreement knows no dimension '{name}'.", did_you_mean(name, DIMENSIONS) or f"It knows {', '.join(DIMENSIONS)}.")
    coded = read_coded(folder, _NEEDED)
    coders = compared_coders(coded, asked.coders)
    rows: dict[str, dict[str, list[Coding]]] = {}
    for coding in coded.codings:
        if coding.coder in coders:
            rows.setdefault(coding.extract, {}).setdefault(coding.coder, []).append(coding)
    chosen = [e for e in coded.extracts.values() if asked.extracts in ("all", e.kind) and (asked.uncoded == "count" or e.id in rows)]
    material = _material(coded, coders, asked, chosen, rows)
    found = figures(material, omit_uncoded=asked.uncoded == "omit", distance=asked.distance, rounds=asked.bootstrap, seed=asked.seed)
    alone = sum(1 for e in chosen if len(rows.get(e.id, ())) < 2) if asked.uncoded == "omit" else 0
    return Agreement(coded, asked, coders, len(chosen) - alone, found, _moves(coded, coders, asked, chosen, rows, material), alone)


def below_threshold(folder: Path) -> list[Finding]:
    """Return the findings of a study whose coders agree less than it asks for; none where it sets no threshold or nothing can be compared."""
    if read_study(folder).agreement_threshold is None:
        return []
    try:
        return agreement(folder, Asked(bootstrap=0)).findings
    except UsageError:
        return []


def compared_coders(coded: CodedStudy, wanted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the coders to compare: those named, else those who interpret and share extracts. Errors: UsageError for fewer than two."""
    known = coded.study.coders
    for name in wanted:
        if name not in known:
            raise UsageError(f"The study {coded.study.id} has no coder '{name}'.", did_you_mean(name, known) or f"It has: {', '.join(known)}.")
    if wanted:
        coders = tuple(dict.fromkeys(wanted))
        if len(coders) < 2:
            raise UsageError("Agreement needs at least two coders.", "Name them with --coders A,B.")
        return coders
    seen: dict[str, set[str]] = {}
    for coding in coded.codings:
        if coding.cells.get("basis") == ("interpreted",):
            seen.setdefault(coding.extract, set()).add(coding.coder)
    sharing = {coder for coders in seen.values() if len(coders) > 1 for coder in coders}
    if len(sharing) < 2:
        raise UsageError("No two coders of this study interpret the same extract, so there is nothing to compare by itself.",
                         "Name coders with --coders A,B: their ranges of characters can still be compared.")
    return tuple(c for c in known if c in sharing)


def values_on(dimension: str, coding: Coding, coded: CodedStudy) -> tuple[str, ...]:
    """What one row says on a dimension; `?` where the coder left it open."""
    if dimension == "element":
        return coding.voiced
    if dimension == "logic":
        return tuple(x for e in coding.voiced for x in ("?" if e == "?" else None, *coded.logics.get(e, ())) if x)
    if dimension == "purpose":
        return (*coding.cells.get("purpose", ()), *(p for f in coding.cells.get("form", ()) for p in coded.purposes.get(f, ())))
    return coding.cells.get(COLUMNS[dimension], ())


def _material(coded: CodedStudy, coders: tuple[str, ...], asked: Asked, chosen: list[Extract], rows: dict[str, dict[str, list[Coding]]]) -> Material:
    silent: Label | None = frozenset() if asked.uncoded == "count" else None
    labels: dict[str, list[Unit]] = {d: [] for d in asked.dimensions}
    for extract in chosen:
        by_coder = rows.get(extract.id, {})
        for name, units in labels.items():
            units.append(tuple(frozenset(v for c in by_coder[k] for v in values_on(name, c, coded)) if k in by_coder else silent for k in coders))
    lengths: dict[str, int] = {}
    for extract in chosen:
        lengths[extract.source] = max(lengths.get(extract.source, coded.characters.get(extract.source, 0)), extract.end)
    if asked.uncoded == "count":
        lengths = {**lengths, **{s: n for s, n in coded.characters.items() if s not in lengths}}
    starts: dict[str, int] = {}
    total = 0
    for source in sorted(lengths):
        starts[source] = total
        total += lengths[source]
    return Material(coders, dict(labels), [(starts[e.source] + e.start, starts[e.source] + e.end) for e in chosen], total)


def _moves(coded: CodedStudy, coders: tuple[str, ...], asked: Asked, chosen: list[Extract], rows: dict[str, dict[str, list[Coding]]],
           material: Material) -> list[Move]:
    said = case_flags(coded, coders)
    found: list[Move] = []
    for i, j in combinations(range(len(coders)), 2):
        differing = {}
        for place, extract in enumerate(chosen):
            if asked.uncoded == "omit" and not {coders[i], coders[j]} <= rows.get(extract.id, {}).keys():
                continue
            names = tuple(d for d, units in material.labels.items() if units[place][i] != units[place][j])
            if names:
                differing[extract.id] = names
        found += disagreements(coders[i], coders[j], said, differing)
    return sorted(found, key=lambda m: tuple(-n for n in m.weight))


def case_flags(coded: CodedStudy, coders: tuple[str, ...]) -> dict[str, dict[str, dict[str, Flags]]]:
    """Return coder -> extract -> case -> what the coder's rows on the extract say of the case's logics."""
    found: dict[str, dict[str, dict[str, Flags]]] = {c: {} for c in coders}
    for coding in coded.codings:
        extract = coded.extracts.get(coding.extract)
        if coding.coder not in found or extract is None or not (case := coding.case(extract)):
            continue
        elements = [e for e in coding.voiced if e != "?"]
        mine = flags(frozenset(x for e in elements for x in coded.logics.get(e, ())), bool(elements))
        cases = found[coding.coder].setdefault(extract.id, {})
        cases[case] = either(cases[case], mine) if case in cases else mine
    return found


__all__ = ["DIMENSIONS", "KINDS", "USUAL", "Agreement", "Asked", "agreement", "as_turtle", "below_threshold", "case_flags"]
