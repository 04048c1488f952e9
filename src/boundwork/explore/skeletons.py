"""Commented skeletons: a new study that builds at once, and new terms, codes, shapes and questions in the study they belong to."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path

from boundwork.errors import InputError, UsageError
from boundwork.files import atomic
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.project import content_files
from boundwork.tables.schema import TABLES, TableSpec
from boundwork.terms import kebab

_TEXT = """Invented example. Replace this file with your own transcript, in UTF-8, and do not change it afterwards.

INTERVIEWER: How do you work with the inspectors?
DIRECTOR: We know our district. They bring a way of measuring, and we have learnt to use both.
"""

_STUDY = """\
# What this study is. Lines that start with # are comments.
[study]
id = "{id}"                      # part of every name in the graph: letters, digits, - _ .
title = "{title}"
description = "Say in two sentences what was asked, of whom, and when."
licence = "https://creativecommons.org/licenses/by/4.0/"
citation = ""
anonymised = true                # true: councils have no names, and boundwork keeps it so
version = "0.1.0"
codebook-version = "1.0.0"
default-reading = "me"

# The field as a whole: extracts that are about no single council are about it.
[field]
id = "sector"
label = "The sector as a whole"

# Everybody who codes. The name in brackets stands in column coder of codings.csv.
[coders.me]
label = "First coder"

# A reading says whose codings count together. Coders are never pooled unless a reading says so.
[readings.me]
label = "First coder alone"
coders = ["me"]

# Rounds of interviews; the name in brackets stands in column wave of extracts.csv.
# [waves.w1]
# label = "First round"
# start-year = 2024
# end-year = 2024

# What may enter the graph besides locators and gists. Off unless you switch it on.
[publish]
quotes = false
notes = false
"""


def _toml(text: str) -> str:
    return "".join(c if c.isprintable() and c not in '"\\' else " " for c in text).strip()


def _row(spec: TableSpec, **cells: str) -> list[str]:
    return [cells.get(c.name, "") for c in spec.columns]


def _csv(spec: TableSpec, rows: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([c.name for c in spec.columns])
    writer.writerows(rows)
    return out.getvalue()


def init(folder: Path) -> list[Path]:
    """Make a study that builds, validates and answers at once; return the files. Nothing that exists is touched.

    Errors: UsageError when the folder holds anything, or its name cannot name a study.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty.", "Give the name of a new folder.")
    ident = kebab(folder.resolve().name)
    if not ident:
        raise UsageError(f"'{folder.name}' cannot name a study.", "Use letters and digits.")
    quote = "We know our district. They bring a way of measuring, and we have learnt to use both."
    start = _TEXT.index(quote)
    sha = hashlib.sha256
    files = {
        "study.toml": _STUDY.format(id=ident, title=_toml(folder.resolve().name)),
        "texts/interview-1.txt": _TEXT,
        "councils.csv": _csv(TABLES["councils"], [_row(TABLES["councils"], id="c1", label="Council 1", type="district", region="south-east", interviews="1")]),
        "speakers.csv": _csv(TABLES["speakers"], [_row(TABLES["speakers"], id="c1-director", label="Director, Council 1", role="corporate-director",
                                                       speaks_for="c1")]),
        "sources.csv": _csv(TABLES["sources"], [_row(TABLES["sources"], id="interview-1", title="Interview 1 (invented)", kind="interview transcript",
                                                     characters=str(len(_TEXT)), sha256=sha(_TEXT.encode()).hexdigest(), file="texts/interview-1.txt")]),
        "extracts.csv": _csv(TABLES["extracts"], [_row(TABLES["extracts"], id="x1", source="interview-1", section="turn 1", start=str(start),
                                                       end=str(start + len(quote)), sha256=sha(quote.encode()).hexdigest(), kind="attributed",
                                                       speaker="c1-director", about="c1", gist="Knowing the place and measuring go together.")]),
        "codings.csv": _csv(TABLES["codings"], [_row(TABLES["codings"], id="k1", extract="x1", coder="me", boundary="expertise", work="boundary",
                                                     form="blurring", other="external-assessor", elements="local-expertise-first;generic-expertise-first",
                                                     stance="endorsed", basis="interpreted", confidence="medium")]),
        "judgements.csv": _csv(TABLES["judgements"], []),
        "claims.csv": _csv(TABLES["claims"], []),
        "decisions.csv": _csv(TABLES["decisions"], []),
        "codes.csv": _csv(TABLES["codes"], []),
        "codebook.csv": _csv(TABLES["codebook"], [_row(TABLES["codebook"], code="expertise", version="1.0.0", owner="me")]),
        "codebook/expertise.md": _page("expertise"),
    }
    written = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        written.append(_write(path, text))
    return written


def _write(path: Path, text: str) -> Path:
    if path.exists():
        raise UsageError(f"{path} exists already.", "Choose another name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as file:
        file.write(text.encode())
    return path


def _page(name: str) -> str:
    return f"""# {name.replace('-', ' ')}
Column: `code`
Question: What does the coder have to decide here?
## Code when
- Say what must be in the extract.
## Do not code when
- Say what looks like it and is not.
## "?" when
- Say what leaves it open.
## Examples
- The id of an extract, and why.
## Counter-example
- The id of an extract that is not, and why.
## Owner
Who answers for this page.
## Source
Where the idea comes from.
"""


def new(study: Path, kind: str, name: str) -> list[Path]:
    """Add a skeleton of a term, code, shape or query to a study; return the files.

    Errors: UsageError for a name that is not kebab-case or exists already; InputError when the study cannot be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(f"'{name}' is no name for a {kind}.", f"Use lower-case words with hyphens, such as '{kebab(name) or 'my-' + kind}'.")
    shipped = {"term": "ontology", "code": "ontology", "shape": "shapes", "query": "queries/ask"}[kind]
    if name in _taken(shipped, study):
        raise UsageError(f"boundwork has a {kind} '{name}' already.", f"Choose another name, or see: boundwork explain {name}")
    try:
        return {"term": _term, "code": _code, "shape": _shape, "query": _query}[kind](study, name)
    except PermissionError:
        raise InputError(f"{study} cannot be written to.", "Make a study of your own with: boundwork init DIR") from None


def _taken(kind: str, study: Path) -> set[str]:
    if kind == "ontology":
        return set(load_vocabulary(study).codes("*"))
    if kind == "shapes":
        return {name for path in content_files(kind, "*.ttl", study) for name in re.findall(r"^shape:([\w-]+)", path.read_text(encoding="utf-8"), re.M)}
    return {path.stem for path in content_files(kind, "*.rq", study)}


def _term(study: Path, name: str) -> list[Path]:
    return [_write(study / "ontology" / f"{name}.ttl", f"""\
@prefix bw: <https://w3id.org/boundwork/ontology#> .
@prefix code: <https://w3id.org/boundwork/code/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix scheme: <https://w3id.org/boundwork/scheme/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

# A new code of the theory. Choose the class that says which column takes it: bw:WorkForm (form), bw:ActorCategory
# (performed_by, other, role), bw:RatingTerm (rating_terms), bw:PerformanceRegime (regime) ...
code:{name} a owl:NamedIndividual , skos:Concept , bw:WorkForm ;
    rdfs:label "{name.replace('-', ' ')}"@en ; skos:prefLabel "{name.replace('-', ' ')}"@en ;
    skos:inScheme scheme:forms ;
    skos:definition "Say in a sentence what it means."@en ;
    skos:example "Give a concrete example."@en ;
    dcterms:source "Say where it comes from." .
""")]


def _code(study: Path, name: str) -> list[Path]:
    table = study / TABLES["codes"].file
    old = table.read_text(encoding="utf-8-sig") if table.is_file() else _csv(TABLES["codes"], [])
    header = next(csv.reader([old.splitlines()[0]])) if old.strip() else [c.name for c in TABLES["codes"].columns]
    if any(row and row[0] == name for row in csv.reader(old.splitlines()[1:])):
        raise UsageError(f"The code '{name}' exists already in {table}.", "Choose another name.")
    page = _write(study / "codebook" / f"{name}.md", _page(name))
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([{"id": name, "label": name.replace("-", " ")}.get(h, "") for h in header])
    with atomic(table) as file:
        file.write((old + ("" if old.endswith("\n") else "\n") + line.getvalue()).encode())
    return [table, page]


def _shape(study: Path, name: str) -> list[Path]:
    shape = f"""\
@prefix bw: <https://w3id.org/boundwork/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <https://w3id.org/boundwork/shape/> .

# One constraint with a name of its own. The message tells the rule and the repair.
shape:{name} a sh:PropertyShape ;
    rdfs:label "every council says how many interviews it gave"@en ;
    sh:targetClass bw:Council ;
    sh:path bw:interviewsReported ;
    sh:minCount 1 ;
    sh:message "Every council says how many interviews it gave. Put the number in column interviews."@en ;
    sh:severity sh:Warning ;
    bw:table "councils" ;
    bw:column "interviews" .
"""
    bad = f"""# expect: {name}
@prefix bw: <https://w3id.org/boundwork/ontology#> .
<https://w3id.org/boundwork/study/example/council/c1> a bw:Council .
"""
    good = """@prefix bw: <https://w3id.org/boundwork/ontology#> .
<https://w3id.org/boundwork/study/example/council/c1> a bw:Council ; bw:interviewsReported 3 .
"""
    folder = study / "shapes"
    return [_write(folder / f"{name}.ttl", shape), _write(folder / name / "invalid" / "without-interviews.ttl", bad),
            _write(folder / name / "valid" / "with-interviews.ttl", good)]


def _query(study: Path, name: str) -> list[Path]:
    return [_write(study / "queries" / "ask" / f"{name}.rq", """\
#+ summary: Councils of a type, with their region.
#+ question: Which councils of this type are in the study?
#+ tags: [study]
#+ params:
#+   type: {class: "bw:CouncilType", default: any, description: Kind of council.}
#+ columns:
#+   council: The council.
#+   region: Where it lies.
#+ note: Say what the answer may not be taken for.
PREFIX bw: <https://w3id.org/boundwork/ontology#>
SELECT ?council ?type ?region
WHERE {
  { SELECT ?type { VALUES ?type { UNDEF } } }
  ?council a bw:Council ; bw:councilType ?type ; bw:region ?region .
}
ORDER BY ?council
""")]
