"""Candidates as a table for a person, and the decisions of that person as links. What nobody accepted is never a link."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from boundwork.errors import InputError
from boundwork.linking.matching import SAME, SUCCESSOR, Candidate, Link, Matching
from boundwork.linking.registers import Council, Register
from boundwork.linking.sheets import read_sheet

COLUMNS = ("council", "council_name", "candidate", "candidate_name", "score", "why", "council_type", "candidate_type", "council_region", "candidate_region",
           "candidate_days", "decision", "relation", "decided_by", "date", "comment")
_FILLED = ("decision", "relation", "decided_by", "date", "comment")
_ACCEPTED, _REJECTED = ("accept", "accepted"), ("reject", "rejected")
_RELATIONS = {"": SAME, SAME: SAME, SUCCESSOR: SUCCESSOR}


@dataclass(frozen=True)
class Decision:
    """What a person wrote beside a candidate."""

    council: str
    candidate: str
    accepted: bool
    relation: str
    by: str
    on: str
    comment: str
    score: float | None = None


def read_decisions(path: Path) -> dict[tuple[str, str], Decision]:
    """Return what was decided, by council and candidate; rows without a decision are left out.

    Errors: InputError naming the row for a word that is no decision, and for an acceptance that nobody signed or dated.
    """
    found: dict[tuple[str, str], Decision] = {}
    if not path.is_file():
        return found
    sheet = read_sheet(path)
    for name in ("council", "candidate", "decision", "decided_by", "date"):
        sheet.column(name)
    for line, row in sheet.records():
        word = row["decision"].lower()
        if not word:
            continue
        where = f"{sheet.shown}:{line}"
        if word not in (*_ACCEPTED, *_REJECTED):
            raise InputError(f"{where}: '{row['decision']}' is no decision.", "Write accept or reject, or leave the cell blank.")
        relation = _RELATIONS.get(row.get("relation", "").lower())
        if relation is None:
            raise InputError(f"{where}: '{row['relation']}' is no relation.", "Write same, or successor where the candidate took over from the council.")
        if not row["decided_by"] or not _is_day(row["date"]):
            raise InputError(f"{where}: a decision needs who made it (decided_by) and when (date, as 2026-11-27).")
        score = row.get("score", "")
        found[row["council"], row["candidate"]] = Decision(row["council"], row["candidate"], word in _ACCEPTED, relation, row["decided_by"], row["date"],
                                                           row.get("comment", ""), float(score) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", score) else None)
    return found


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def apply_decisions(matching: Matching, decisions: dict[tuple[str, str], Decision], councils: Iterable[Council], register: Register) -> list[str]:
    """Turn accepted candidates into links by a person, take decided ones from the list, and return notes on decisions that fit nothing."""
    by_key = {c.key: c for c in councils}
    notes = []
    for (council, candidate), decision in sorted(decisions.items()):
        if council not in by_key or candidate not in register.councils:
            notes.append(f"The decision on {council} and {candidate} is left aside: the study or the table no longer has one of them.")
        elif decision.accepted:
            why = decision.comment or "A person looked at the candidate and accepted it."
            matching.links.append(Link(by_key[council], register.councils[candidate], decision.relation, "person", "", why, (), decision.by, decision.on,
                                       decision.score))
    linked = {link.council.key for link in matching.links}
    matching.unlinked = [c for c in matching.unlinked if c.key not in linked]
    matching.candidates = [c for c in matching.candidates if (c.council.key, c.found.key) not in decisions]
    return notes


def candidates_text(candidates: Iterable[Candidate], decided: Iterable[dict[str, str]]) -> str:
    """Return the table for a person: what was decided first, as it was written, then what is open."""
    rows = [*decided, *(candidate_row(c) for c in candidates)]
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def candidate_row(candidate: Candidate) -> dict[str, str]:
    """Return a candidate with its evidence as a row; the columns of the decision are blank."""
    council, found = candidate.council, candidate.found
    return {"council": council.key, "council_name": council.name, "candidate": found.key, "candidate_name": found.name,
            "score": "" if candidate.score is None else f"{candidate.score:g}", "why": candidate.why, "council_type": council.type,
            "candidate_type": found.type, "council_region": council.region, "candidate_region": found.region, "candidate_days": found.days,
            **dict.fromkeys(_FILLED, "")}


def decided_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of an earlier table that hold a decision, as they were written."""
    if not path.is_file():
        return []
    return [row for _, row in read_sheet(path).records() if row.get("decision")]
