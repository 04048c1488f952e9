"""Reference answers about coverage and time: interviews, extracts, gaps, versions of the codebook, and change between waves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from reference.world import BOUNDARIES, EXPERTISE, LOOSER, Case, Counts, Row, World, chosen, code, extracts, or_none, question


def _open(value: str) -> str:
    return "" if value == "?" else value


@question("interviews-by-type-and-region", "_place type~ region~")
def interviews_by_type_and_region(w: World) -> Iterator[Row]:
    rows = list(w.councils.values())

    def summed(place: int, row: str, kind: str, region: str, held: list[dict[str, str]]) -> Row:
        return {"_place": place, "row": row, "type": code(kind), "region": code(region), "councils": len(held),
                "interviews": sum(int(r["interviews"] or 0) for r in held), "unreported": sum(not r["interviews"] for r in held)}

    for kind, region in {(_open(r["type"]), _open(r["region"])) for r in rows}:
        yield summed(1, "type and region", kind, region, [r for r in rows if (_open(r["type"]), _open(r["region"])) == (kind, region)])
    for kind in {_open(r["type"]) for r in rows}:
        yield summed(2, "type", kind, "", [r for r in rows if _open(r["type"]) == kind])
    yield summed(3, "all councils", "", "", rows)
    held = w.toml.get("field", {}).get("interviews")
    yield {"_place": 4, "row": "field" if held is not None else "field: no number is reported", "type": None, "region": None, "councils": 0,
           "interviews": held or 0, "unreported": 0}


@question("over-quoted-councils", "-_excess council", {"margin": 2}, {"margin": 0})
def over_quoted_councils(w: World, margin: int = 1) -> Iterator[Row]:
    def quoted(council: str) -> int:
        return sum(e["about"] == council and e["kind"] == "attributed" for e in w.extracts.values())

    reported = [r for r in w.councils.values() if r["interviews"]]
    everywhere, printed = sum(int(r["interviews"]) for r in reported), sum(quoted(r["id"]) for r in reported)
    for r in w.councils.values():
        held, n = int(r["interviews"]) if r["interviews"] else None, quoted(r["id"])
        excess = n * everywhere - (held or 0) * printed
        if held is None:
            answer = "unknown: no number of interviews is reported"
        elif not everywhere:
            answer = "unknown: no interview is reported in any council"
        elif excess >= margin * everywhere:
            answer = "over-quoted"
        elif not n:
            answer = "not quoted"
        else:
            answer = "under-quoted" if -excess >= margin * everywhere else "in proportion"
        expected = (2 * held * printed + everywhere) // (2 * everywhere) if held is not None and everywhere else None
        yield {"council": f"council:{r['id']}", "interviews": held, "extracts": n, "expected": expected, "answer": answer, "all_interviews": everywhere,
               "all_extracts": printed, "reading": f"reading:{w.reading}", "_excess": excess}


@question("type-boundary-coverage", "extracts type boundary", EXPERTISE, LOOSER)
def type_boundary_coverage(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    for kind in {_open(r["type"]) for r in w.councils.values()} - {""}:
        held = [r for r in w.councils.values() if r["type"] == kind]
        for line in chosen(boundary):
            n = extracts(c for c in w.works(confidence) if c.one("boundary") == line and c.extract["about"] in {r["id"] for r in held})
            yield {"type": code(kind), "boundary": code(line), "councils": len(held), "interviews": sum(int(r["interviews"] or 0) for r in held),
                   "extracts": n, "answer": "covered" if n else "gap: no extract", **w.said(confidence)}


@question("undated-extracts", "-undated actor")
def undated_extracts(w: World) -> Iterator[Row]:
    for actor in (*w.councils, w.field):
        about = [e for e in w.extracts.values() if e["about"] == actor]
        undated = [e for e in about if not e["wave"]]
        answer = ("unknown: no extract at all" if not about else "unknown: no extract carries a wave" if len(undated) == len(about) else
                  "partly known: some extracts carry no wave" if undated else "known: every extract carries a wave")
        yield {"actor": w.actor(actor), "extracts": len(about), "dated": len(about) - len(undated), "undated": len(undated),
               "quoted": sum(e["kind"] == "attributed" for e in undated), "answer": answer, "reading": f"reading:{w.reading}"}


@question("old-codebook-codings", "codebook coder")
def old_codebook_codings(w: World) -> Iterator[Row]:
    changed: dict[str, set[str]] = {}
    for entry in w.entries:
        if entry["changed"]:
            changed.setdefault(entry["code"], set()).add(entry["changed"])
    versions = {w.codebook, *(e[c] for e in w.entries for c in ("version", "changed") if e[c]), *(c.codebook for c in w.codings)}
    for version in versions:
        made = [c for c in w.codings if c.codebook == version]
        for coder in or_none({c.coder for c in made}):
            mine = [c for c in made if c.coder == coder]
            old = 0
            if version != w.codebook:
                used = [{*c.codes, *c.purposes, *(cell.rsplit("-", 1)[1] for cell in c.given["cell"]), *(v for vs in c.given.values() for v in vs)}
                        for c in mine]
                old = sum(any(changed.get(name, set()) - {version} for name in names) for names in used)
            answer = ("current" if version == w.codebook else "old: nothing is coded under it" if coder is None else
                      "old: some codings use a code that has changed" if old else "old: no code that was used has changed")
            yield {"codebook": f"codebook:{version}", "coder": f"coder:{coder}" if coder else None, "answer": answer, "codings": len(mine),
                   "outdated": old, "extracts": extracts(mine), "current": f"codebook:{w.codebook}", "reading": f"reading:{w.reading}"}


def _change(before: Counts, after: Counts) -> str:
    if not before.extracts or not after.extracts:
        return "unknown: nothing is coded at one wave or both"
    if {before.status, after.status} & {"no-logic-coded", "undecidable"}:
        return "unknown: no logic can be told at one wave or both"
    return "no change" if before.status == after.status else "change"


@question("change-between-waves", "boundary council later~ earlier", EXPERTISE, LOOSER)
def change_between_waves(w: World, boundary: str | None = None, confidence: str = "low") -> Iterator[Row]:
    counts = w.counts(confidence)

    def year(case: Case) -> int | None:
        found: int | None = w.waves[case.wave].get("start-year") if case.wave else None
        return found

    for council in w.councils:
        for line in chosen(boundary) if boundary else BOUNDARIES:
            cases = [c for c in w.cases if c.actor == f"council:{council}" and c.boundary == line]
            start: Row = {"boundary": code(line), "council": f"council:{council}", **w.said(confidence)}
            years = sorted({y for c in cases if (y := year(c)) is not None})
            for first, second in pairwise(years):
                for earlier in (c for c in cases if year(c) == first):
                    for later in (c for c in cases if year(c) == second):
                        before, after = counts[earlier.id], counts[later.id]
                        yield {**start, "earlier": f"case:{earlier.id}", "before": code(before.status), "extracts_before": before.extracts,
                               "later": f"case:{later.id}", "after": code(after.status), "extracts_after": after.extracts, "answer": _change(before, after)}
            for case in cases:
                n = counts[case.id]
                if case.wave and year(case) is None:
                    answer = "unknown: the wave has no year"
                elif case.wave and years == [year(case)]:
                    answer = "unknown: there is one wave only" if sum(year(c) is not None for c in cases) == 1 else "unknown: the waves begin in one year"
                elif not case.wave and (n.extracts or not years):
                    answer = "unknown: no wave is recorded for these extracts" if n.extracts else "unknown: nothing is coded"
                else:
                    continue
                yield {**start, "earlier": f"case:{case.id}", "before": code(n.status), "extracts_before": n.extracts, "later": None, "after": None,
                       "extracts_after": None, "answer": answer}
