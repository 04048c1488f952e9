"""Links <-> an SSSOM mapping set in TSV: one row a link with its justification, who says so, and when. Nothing here decides on a link."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from boundwork.errors import InputError
from boundwork.linking.matching import SAME, Link
from boundwork.terms import local_name

JUSTIFIED = {
    "code": "semapv:BackgroundKnowledgeBasedMatching", "name": "semapv:LexicalMatching", "succession": "semapv:MappingChaining",
    "person": "semapv:ManualMappingCuration",
}
"""How a link was found -> its justification in the Semantic Mapping Vocabulary."""
PREDICATES = {SAME: "skos:exactMatch", "successor": "dcterms:isReplacedBy"}
PREFIXES = {
    "skos": "http://www.w3.org/2004/02/skos/core#", "dcterms": "http://purl.org/dc/terms/", "semapv": "https://w3id.org/semapv/vocab/",
    "org": "http://www.w3.org/ns/org#",
}
COLUMNS = ("subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "author_label", "mapping_date",
           "subject_match_field", "object_match_field", "match_string", "similarity_score", "similarity_measure", "comment")
UNSPECIFIED = "https://w3id.org/sssom/license/unspecified"
Row = dict[str, str]


@dataclass
class MappingSet:
    """An SSSOM mapping set: metadata as in its header, and rows by column."""

    metadata: dict[str, Any]
    rows: list[Row] = field(default_factory=list)

    @property
    def curies(self) -> dict[str, str]:
        """Prefix -> namespace."""
        return {str(k): str(v) for k, v in (self.metadata.get("curie_map") or {}).items()}

    def expand(self, name: str) -> str:
        """Return the IRI of a CURIE; a full IRI as it is. Errors: InputError for an unknown prefix."""
        prefix, colon, rest = name.partition(":")
        if colon and not rest.startswith("//"):
            known = {**PREFIXES, **self.curies}
            if prefix not in known:
                raise InputError(f"The prefix of '{name}' is not in the curie_map of the mapping set.", "Add it there.")
            return known[prefix] + rest
        return name

    def text(self) -> str:
        """Return the set as SSSOM/TSV, the same bytes for the same content."""
        out = io.StringIO()
        for line in yaml.safe_dump(self.metadata, sort_keys=False, allow_unicode=True, width=1_000_000).splitlines():
            out.write(f"#{line}\n")
        used = [c for c in COLUMNS if any(r.get(c) for r in self.rows)] or list(COLUMNS[:6])
        writer = csv.writer(out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        writer.writerow(used)
        writer.writerows([" ".join(r.get(c, "").split()) for c in used] for r in self.rows)
        return out.getvalue()


def licence_iri(licence: str) -> str:
    """Return a licence as an IRI: as it is, by its SPDX name, or as not specified.

    >>> licence_iri("CC0-1.0")
    'https://spdx.org/licenses/CC0-1.0'
    """
    if licence.startswith(("http://", "https://")):
        return licence
    return f"https://spdx.org/licenses/{licence}" if licence and " " not in licence else UNSPECIFIED


def link_row(link: Link, today: str, author: str) -> Row:
    """Return a link as a row of a mapping set."""
    field_name = {"code": link.match.partition(":")[0], "name": "name"}.get(link.how, "")
    return {
        "subject_id": f"council:{local_name(link.council.key)}", "subject_label": link.council.name, "predicate_id": PREDICATES[link.relation],
        "object_id": link.found.iri or f"record:{local_name(link.found.key)}", "object_label": link.found.name,
        "mapping_justification": JUSTIFIED[link.how], "author_label": link.by or author, "mapping_date": link.on or today,
        "subject_match_field": field_name, "object_match_field": field_name, "match_string": link.match if field_name else "",
        "similarity_score": f"{link.score / 100:g}" if link.score is not None else "",
        "similarity_measure": "rapidfuzz WRatio" if link.score is not None else "", "comment": link.why,
    }


def same_dates(rows: list[Row], before: Iterable[Row]) -> list[Row]:
    """Return rows with the date of the row that said the same before: a mapping that is found again is not a new one."""
    known = {tuple(r.get(c, "") for c in COLUMNS if c != "mapping_date"): r.get("mapping_date", "") for r in before}
    return [{**r, "mapping_date": known.get(tuple(r.get(c, "") for c in COLUMNS if c != "mapping_date")) or r["mapping_date"]} for r in rows]


def read_mappings(path: Path) -> MappingSet:
    """Read an SSSOM/TSV file.

    Errors: InputError for a header that is no YAML, and for rows without subject, predicate, object or justification.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None
    head = [line[1:] for line in lines if line.startswith("#")]
    try:
        metadata = yaml.safe_load("".join(head)) or {}
    except yaml.YAMLError as error:
        raise InputError(f"{path}: the header is not YAML: {str(error).splitlines()[0]}.") from None
    body = [line for line in lines if not line.startswith("#")]
    rows = [{k: v or "" for k, v in row.items() if k} for row in csv.DictReader(body, delimiter="\t")]
    for number, row in enumerate(rows, len(head) + 2):
        empty = [c for c in ("subject_id", "predicate_id", "object_id", "mapping_justification") if not row.get(c)]
        if empty:
            raise InputError(f"{path}:{number}: the mapping has no {empty[0]}.", "Every mapping says what is mapped to what, how, and why.")
    if not isinstance(metadata, dict):
        raise InputError(f"{path}: the header must hold keys and values, such as mapping_set_id.")
    return MappingSet(metadata, rows)
