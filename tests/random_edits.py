"""Random edits of a study's codings and extracts, each followed by a validation of what changed and by one of everything, compared whole."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from random import Random

from boundwork.explore.incremental import Revalidation
from boundwork.explore.validation import validate_study
from boundwork.explore.working_list import WorkingList, work_through

EDITS = 25
HARD = ["no-such-thing", "", "?", "two\nlines", "a,b", 'say "so"', "x;y", " ", "é"]
Rows = list[list[str]]


def rows_of(path: Path) -> Rows:
    """Return the records of a table, the header first."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write(path: Path, rows: Rows) -> None:
    """Write a table."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_bytes(text.getvalue().encode())


def edit_cell(rows: Rows, random: Random) -> None:
    """Give a cell what another row has there, or something hard."""
    row, other, column = random.choice(rows[1:]), random.choice(rows[1:]), random.randrange(1, len(rows[0]))
    row[column] = random.choice([other[column], other[column], random.choice(HARD)])


def insert_row(rows: Rows, random: Random) -> None:
    """Insert a row like another."""
    row = list(random.choice(rows[1:]))
    row[0] = f"new-{random.randrange(10**9)}"
    rows.insert(random.randrange(1, len(rows) + 1), row)


def delete_row(rows: Rows, random: Random) -> None:
    """Take a row out."""
    del rows[random.randrange(1, len(rows))]


def move_row(rows: Rows, random: Random) -> None:
    """Put a row elsewhere."""
    rows.insert(random.randrange(1, len(rows) - 1), rows.pop(random.randrange(1, len(rows))))


def repeat_row(rows: Rows, random: Random) -> None:
    """Append a row like another."""
    row = list(random.choice(rows[1:]))
    row[0] = f"again-{random.randrange(10**9)}"
    rows.append(row)


def blank_row(rows: Rows, random: Random) -> None:
    """Insert a row of nothing but commas."""
    rows.insert(random.randrange(1, len(rows)), [""] * len(rows[0]))


def rename(rows: Rows, random: Random) -> None:
    """Give a row another id, which may be one that stands there already."""
    random.choice(rows[1:])[0] = random.choice([f"named-{random.randrange(10**9)}", random.choice(rows[1:])[0]])


def follow(rows: Rows, random: Random) -> None:
    """Have the work of a coding follow another."""
    random.choice(rows[1:])[rows[0].index("follows")] = random.choice(rows[1:])[0]


def support(rows: Rows, random: Random) -> None:
    """Have a coding speak to claims, or to none any more."""
    column = rows[0].index(random.choice(["supports", "challenges"]))
    if random.random() < 0.5:
        for row in rows[1:]:
            row[column] = ""
    else:
        random.choice(rows[1:])[column] = random.choice(["c1", "c3", "c5", "c4;c5", "no-such-claim"])


def name_nothing(rows: Rows, random: Random) -> None:
    """Have a coding name an extract that is not there, or is named a little otherwise."""
    row, column = random.choice(rows[1:]), rows[0].index("extract")
    row[column] = random.choice(["", "X01", row[column] + "x", f"new-{random.randrange(3)}"])


def same_stretch(rows: Rows, random: Random) -> None:
    """Have an extract be the stretch of another, or lack only its actor."""
    row, other = random.choice(rows[1:]), random.choice(rows[1:])
    for column in random.choice([("source", "start", "end", "about"), ("source", "start", "end"), ("start", "end"), ("speaker",)]):
        row[rows[0].index(column)] = other[rows[0].index(column)]


def touch(rows: Rows, random: Random) -> None:
    """Have an extract start where another of its source ends."""
    row, other = random.choice(rows[1:]), random.choice(rows[1:])
    for column, like in (("source", "source"), ("start", "end")):
        row[rows[0].index(column)] = other[rows[0].index(like)]


def zeros(rows: Rows, random: Random) -> None:
    """Write the numbers of an extract otherwise."""
    row = random.choice(rows[1:])
    for column in ("start", "end"):
        row[rows[0].index(column)] = random.choice(["0", "00", " "]) + row[rows[0].index(column)].strip()


def insert_named(rows: Rows, random: Random) -> None:
    """Insert an extract of an id that codings may name already."""
    row = list(random.choice(rows[1:]))
    row[0] = f"new-{random.randrange(3)}"
    rows.insert(random.randrange(1, len(rows) + 1), row)


Kinds = tuple[Callable[[Rows, Random], None], ...]
OF_CODINGS: Kinds = (*(edit_cell,) * 6, insert_row, insert_row, delete_row, delete_row, move_row, repeat_row, blank_row, follow, rename, name_nothing,
                     support)
OF_EXTRACTS: Kinds = (*(edit_cell,) * 6, insert_row, insert_row, delete_row, delete_row, move_row, repeat_row, blank_row, rename,
                      same_stretch, same_stretch, touch, zeros, insert_named)

ODD = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix bw: <https://w3id.org/boundwork/ontology#> . @prefix shape: <https://w3id.org/boundwork/shape/> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix oa: <http://www.w3.org/ns/oa#> .

shape:against-a-hub a sh:PropertyShape ; sh:targetObjectsOf bw:appliesCode ; sh:path [ sh:inversePath bw:appliesCode ] ; sh:minCount 2 .
shape:of-a-hub a sh:PropertyShape ; sh:targetObjectsOf bw:appliesCode ; sh:path [ sh:inversePath bw:entryFor ] ; sh:minCount 2 .
shape:through-a-decision a sh:PropertyShape ; sh:targetClass bw:Decision ; sh:path ( bw:keepsCoding bw:confidence ) ; sh:maxCount 1 .
shape:long-way a sh:PropertyShape ; sh:targetClass bw:Coding ; sh:path ( bw:claimsWork [ sh:oneOrMorePath bw:follows ] ) ; sh:maxCount 1 .
shape:who-follows a sh:PropertyShape ; sh:targetClass bw:InstitutionalWork ; sh:path [ sh:inversePath bw:follows ] ; sh:maxCount 0 .
shape:followed-says-how-sure a sh:NodeShape ; sh:targetObjectsOf bw:follows ;
    sh:property [ sh:path ( [ sh:inversePath bw:claimsWork ] bw:confidence ) ; sh:minCount 1 ; sh:maxCount 1 ] .
shape:either-way a sh:NodeShape ; sh:targetSubjectsOf bw:follows ;
    sh:not [ sh:path [ sh:alternativePath ( bw:follows [ sh:inversePath bw:follows ] ) ] ; sh:minCount 2 ] .
shape:judged-on a sh:PropertyShape ; sh:targetClass bw:CaseJudgement ; sh:path ( bw:restsOn [ sh:inversePath bw:codes ] bw:confidence ) ; sh:maxCount 1 .
shape:named a sh:PropertyShape ; sh:targetNode <https://w3id.org/boundwork/study/example-study/coding/a05> ; sh:path bw:appliesCode ; sh:minCount 1 .
shape:follows-other a sh:NodeShape ; sh:targetClass bw:Coding ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ; sh:message "of {?value}" ;
    sh:select '''SELECT $this ?value WHERE { $this bw:claimsWork/bw:follows ?w . ?value bw:claimsWork ?w .
                                              $this bw:codes ?here . ?value bw:codes ?there FILTER (?here != ?there) }''' ] .
shape:kept-elsewhere a sh:NodeShape ; sh:targetClass bw:Coding ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select "SELECT $this WHERE { ?d bw:keepsCoding $this ; bw:decidesOn ?e . $this bw:codes ?f FILTER (?e != ?f) }" ] .
shape:same-code a sh:NodeShape ; sh:targetClass bw:Coding ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select "SELECT $this ?value WHERE { $this bw:appliesCode ?c ; bw:confidence ?a . ?value bw:appliesCode ?c ; bw:confidence ?b FILTER (?a != ?b) }" ] .
shape:not-followed a sh:NodeShape ; sh:targetClass bw:InstitutionalWork ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this WHERE { $this bw:hasPurpose ?p FILTER NOT EXISTS { ?w bw:follows $this ; bw:hasPurpose ?p }
                                       FILTER EXISTS { ?v bw:follows $this } }''' ] .
shape:same-reason a sh:NodeShape ; sh:targetClass bw:Decision ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this bw:decisionReason ?r ; bw:keepsCoding ?a . ?value bw:decisionReason ?r ; bw:keepsCoding ?b .
                                             ?a bw:confidence ?sure . ?b bw:confidence ?less FILTER ($this != ?value && ?sure != ?less) }''' ] .
shape:some-other-is-unsure a sh:NodeShape ; sh:targetClass bw:Decision ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { ?value a bw:Decision ; bw:keepsCoding ?b . ?b bw:confidence ?low . $this bw:decidesOn ?e .
                                             FILTER ($this != ?value && STRENDS(STR(?low), "low")) }''' ] .
shape:one-of-a-reason a sh:NodeShape ; sh:targetClass bw:Decision ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this bw:decidesOn ?e . ?value bw:decisionReason code:agreed ;
                                             bw:keepsCoding/bw:claimsWork/bw:hasForm ?f FILTER ($this != ?value) }''' ] .
shape:judged-from-elsewhere a sh:NodeShape ; sh:targetClass bw:Decision ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this bw:decidesOn ?e . ?e bw:aboutActor ?a . ?case bw:focalActor ?a . ?j bw:judges ?case ; bw:restsOn ?value .
                                             ?value bw:gist ?g . ?e bw:gist ?h FILTER (STRLEN(?g) > STRLEN(?h)) }''' ] .
shape:judged-alike a sh:NodeShape ; sh:targetClass bw:CaseJudgement ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this bw:judges/bw:focalActor ?a . ?other bw:judges/bw:focalActor ?a ; bw:restsOn ?value .
                                             ?value bw:spokenBy ?s FILTER NOT EXISTS { $this bw:restsOn/bw:spokenBy ?s } }''' ] .
shape:rested-on-together a sh:NodeShape ; sh:targetClass bw:CaseJudgement ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this bw:restsOn ?e . ?other bw:restsOn ?e , ?value . ?value bw:gist ?g ; bw:spokenBy ?s .
                                             FILTER ($this != ?other && STRLEN(?g) > 80) }''' ] .

shape:of-a-source a sh:PropertyShape ; sh:targetClass bw:Source ; sh:path [ sh:inversePath oa:hasSource ] ; sh:minCount 3 .
shape:used a sh:PropertyShape ; sh:targetClass bw:Source ; sh:path [ sh:inversePath oa:hasSource ] ; sh:minCount 1 .
shape:silent a sh:PropertyShape ; sh:targetClass bw:Speaker ; sh:path [ sh:inversePath bw:spokenBy ] ; sh:maxCount 0 .
shape:rested-on a sh:PropertyShape ; sh:targetObjectsOf bw:restsOn ; sh:path ( bw:spokenBy [ sh:inversePath bw:spokenBy ] ) ; sh:maxCount 2 .
shape:rests-on-one-source a sh:PropertyShape ; sh:targetClass bw:CaseJudgement ; sh:path ( bw:restsOn oa:hasSource ) ; sh:maxCount 1 .
shape:same-start a sh:NodeShape ; sh:targetClass bw:Extract ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ; sh:message "as {?value}" ;
    sh:select "SELECT $this ?value WHERE { $this oa:hasSelector ?a . ?a oa:start ?n . ?b oa:start ?n . ?value oa:hasSelector ?b FILTER (?value != $this) }" ] .
shape:ends-where-another-starts a sh:NodeShape ; sh:targetClass bw:Extract ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this oa:hasSource ?s ; oa:hasSelector ?a . ?a oa:end ?n .
                                             ?b oa:start ?n . ?value oa:hasSelector ?b ; oa:hasSource ?s }''' ] .
shape:says-more a sh:NodeShape ; sh:targetSubjectsOf bw:gist ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this bw:spokenBy ?s ; bw:gist ?g . ?value bw:spokenBy ?s ; bw:gist ?h .
                                             FILTER (STRLEN(?g) > STRLEN(?h)) }''' ] .
shape:same-form-by-one-speaker a sh:NodeShape ; sh:targetClass bw:Coding ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this bw:codes ?e ; bw:claimsWork ?w . ?e bw:spokenBy ?s . ?w bw:hasForm ?form .
                                             ?value bw:codes ?f ; bw:claimsWork ?v . ?f bw:spokenBy ?s . ?v bw:hasForm ?form FILTER (?value != $this) }''' ] .
shape:alone-in-its-source a sh:NodeShape ; sh:targetClass bw:Extract ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select "SELECT $this WHERE { $this oa:hasSource ?s FILTER NOT EXISTS { ?other oa:hasSource ?s FILTER (?other != $this) } }" ] .
shape:three-of-one-source a sh:NodeShape ; sh:targetClass bw:Extract ; sh:sparql [ sh:prefixes <https://w3id.org/boundwork/prefixes> ;
    sh:select '''SELECT $this ?value WHERE { $this oa:hasSource ?s . ?value oa:hasSource ?s ; bw:gist ?g . ?third oa:hasSource ?s ; bw:gist ?g .
                                             FILTER ($this != ?value && ?value != ?third) }''' ] .
"""
"""Shapes that look from one row to others in many ways: along and against references, through decisions and judgements, over codes, sources and speakers."""


def whole(study: Path, shapes: list[Path] | None = None) -> WorkingList:
    """Return what a whole validation finds."""
    return work_through(validate_study(study, shapes), study)


def compare(found: WorkingList, expected: WorkingList, told: str) -> None:
    """Hold every finding, count and row of one list against another."""
    assert [dataclasses.asdict(f) for f in found.report.sorted()] == [dataclasses.asdict(f) for f in expected.report.sorted()], told
    assert found.report.looked_at == expected.report.looked_at, told
    assert found.rows == expected.rows, told


def odd_shapes(study: Path) -> list[Path]:
    """Return a file beside a study with the odd shapes."""
    (study.parent / "odd.ttl").write_text(ODD, encoding="utf-8")
    return [study.parent / "odd.ttl"]


def refer_less(study: Path, decisions: int = 3, judgements: int = 2) -> None:
    """Leave a study few decisions and judgements, so that few rows are ones that others refer to."""
    for table, number in (("decisions.csv", decisions), ("judgements.csv", judgements)):
        write(study / table, rows_of(study / table)[: number + 1])


def run_edits(study: Path, seed: int, shapes: list[Path] | None = None, extracts: bool = False, edits: int = EDITS) -> int:
    """Edit codings, or with `extracts` those or both tables, at random; compare after each edit; return how many led to no whole validation."""
    random = Random(seed)
    paths = {study / "codings.csv": OF_CODINGS, study / "extracts.csv": OF_EXTRACTS}
    good = {path: path.read_bytes() for path in paths}
    validation = Revalidation(study, shapes)
    quick = 0
    try:
        compare(validation.validate(), whole(study, shapes), "first")
        for n in range(edits):
            done = []
            if n % 6 == 5:  # mend it all
                for path, text in good.items():
                    path.write_bytes(text)
            else:
                codings, others = paths
                for path in random.choice([[others], [others], [others], [codings, others], [codings]]) if extracts else [codings]:
                    rows = rows_of(path)
                    done.append(kind := random.choice(paths[path]))
                    kind(rows, random)
                    write(path, rows)
            found = validation.validate()
            told = f"seed {seed}, edit {n}: {', '.join(k.__name__ for k in done)} {validation.told}"
            compare(found, whole(study, shapes), told)
            quick += not validation.told
    finally:
        validation.close()
    return quick
