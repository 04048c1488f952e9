"""The columns of a table of councils, in one place: what may stand in each, and under which other names it is found.

docs/reference/council-tables.md is generated from here. Any table that has a name and a key for each council fits; the more of the
other columns it has, the more is linked by codes and dates, and the less is left to a person.
"""

from __future__ import annotations

from collections.abc import Sequence

from boundwork.errors import InputError, did_you_mean
from boundwork.tables.schema import Column
from boundwork.terms import kebab

COUNCIL_COLUMNS: tuple[tuple[Column, tuple[str, ...]], ...] = (
    (Column("id", "id", "Key of the council in its table; part of its IRI.", required=True),
     ("code", "local-authority-code", "authority-code", "register-code")),
    (Column("name", "text", "Its official name in full, such as Gateshead Metropolitan Borough Council.", required=True),
     ("official-name", "council", "council-name", "authority", "name-2004")),
    (Column("other_names", "text", "Other names, with ; between them.", many=True), ("nice-name", "short-name", "alt-name")),
    (Column("type", "code", "Council type: our code or label, a type code of the register (UA, NMD, MD, LBO, CC, CTY), or the first three characters of "
            "its GSS code (E06 ... E10).", code_class="CouncilType"), ("local-authority-type", "council-type", "authority-type")),
    (Column("region", "code", "Region: our code, its name, or its GSS code.", code_class="Region"), ("region-name", "gor")),
    (Column("start", "text", "First day, as 2009-04-01 or 2009; blank = not known. A day that a spreadsheet made of a year counts as not known."),
     ("start-date", "from", "valid-from")),
    (Column("end", "text", "Last day, written the same way; blank = still there."), ("end-date", "until", "valid-until")),
    (Column("snac", "text", "SNAC code of the area."), ("snac-code", "ons-code", "snac-2004")),
    (Column("gss", "text", "GSS code of the area, the latest."), ("gss-code", "area-code", "lad-code", "gss-last")),
    (Column("former_gss", "text", "Earlier GSS codes, with ; or , between them.", many=True), ("former-gss-codes", "former-gss", "gss-2009")),
    (Column("register", "text", "Code of the government's register of local authorities; where the table has no such column and an id is of three "
            "capital letters, the id is taken."), ("old-register-and-code",)),
    (Column("codes", "text", "Any codes as scheme:code, with ; between them; with the days of their validity as gss:E08000020/2009-01-01/2013-03-31.",
            many=True), ("identifiers",)),
    (Column("replaced_by", "text", "Keys, in this table, of the councils that took over, with ; or , between them.", many=True), ("replaced-by", "successor")),
    (Column("iri", "text", "IRI of the council where its table gives one; else one is made from the study, the set and the id."), ("uri",)),
)
SCHEMES = ("snac", "gss", "register")


def place_columns(header: Sequence[str], named: dict[str, str], shown: str) -> dict[str, int]:
    """Return column of the contract -> place in the header.

    A column is found by its own name, by one of its other names, or by `named`, which a person gave.
    Errors: InputError for a name that the table or the contract does not have, and for a table without key or name.
    """
    by_name = {kebab(h): i for i, h in reversed(list(enumerate(header)))}
    known = [c.name for c, _ in COUNCIL_COLUMNS]
    places: dict[str, int] = {}
    for ours, theirs in named.items():
        if ours not in known:
            raise InputError(f"'{ours}' is no column of a council table.", did_you_mean(ours, known) or f"It is one of {', '.join(known)}.")
        if kebab(theirs) not in by_name:
            raise InputError(f"{shown} has no column '{theirs}'.", did_you_mean(theirs, header))
        places[ours] = by_name[kebab(theirs)]
    for column, others in COUNCIL_COLUMNS:
        found = next((by_name[n] for n in (kebab(column.name), *others) if n in by_name and by_name[n] not in places.values()), None)
        if column.name not in places and found is not None:
            places[column.name] = found
    for column, _ in COUNCIL_COLUMNS:
        if column.required and column.name not in places:
            raise InputError(f"{shown} has no column that holds the {column.name} of a council; it has {', '.join(header[:12])}.",
                             f"Say which one it is: --column {column.name}=THEIR-COLUMN")
    return places
