"""What was said and coded: the shipped study is the paper's, none of the paper's sentences is in it, and the example study shows everything."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boundwork.explore.resolving import resolve
from boundwork.explore.session import Session
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.stores.local import LocalStore
from boundwork.tables.studyfile import Study
from boundwork.terms import id_of
from conftest import ROOT, STUDIES

PAPER, EXAMPLE = STUDIES
HEADINGS = ["Code when", "Do not code when", '"?" when', "Examples", "Counter-example", "Owner", "Source"]
PREFIXES = "PREFIX bw: <https://w3id.org/boundwork/ontology#>\nPREFIX code: <https://w3id.org/boundwork/code/>\n"
RUN = 5
CITATION = ("Doering, H., Downe, J. and Martin, S. (2015) Regulating public services: how public managers respond to external performance assessment. "
            "Public Administration Review 75(6), 867-877")
WORK_PAGES = {"boundary-work", "practice-work"}
"""Pages on the two words of column work, which are no codes and have no row in codebook.csv."""
Opened = Callable[[str, str], LocalStore]


def _table(study: str, name: str) -> list[dict[str, str]]:
    with open(ROOT / "data" / study / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rows(store: LocalStore, query: str) -> list[tuple[str, ...]]:
    return [tuple(v.text if v is not None else "" for v in row) for row in store.select(PREFIXES + query)]


def _counts(store: LocalStore, query: str) -> dict[str, int]:
    return {id_of(name): int(n) for name, n in _rows(store, query)}


@pytest.fixture
def paper_study(opened: Opened) -> LocalStore:
    """The paper's study in its default reading."""
    return opened(PAPER, "reading-1")


def test_table_1_has_11_councils_and_87_interviews(paper_study: LocalStore) -> None:
    """Table 1, by SPARQL: interviews by type; the nine national ones stand beside them."""
    query = "SELECT ?type (SUM(?n) AS ?sum) WHERE { ?c a bw:Council ; bw:councilType ?type ; bw:interviewsReported ?n } GROUP BY ?type"
    by_type = _counts(paper_study, query)
    assert by_type == {"unitary": 21, "district": 20, "metropolitan-borough": 25, "county": 19, "london-borough": 2}
    assert sum(by_type.values()) == 87
    assert _rows(paper_study, "SELECT (COUNT(?c) AS ?n) (SUM(?i) AS ?sum) WHERE { ?c a bw:Council ; bw:interviewsReported ?i }") == [("11", "87")]
    assert _rows(paper_study, "SELECT ?n WHERE { ?f a bw:Field ; bw:interviewsReported ?n }") == [("9",)]
    regions = _counts(paper_study, "SELECT ?region (COUNT(?c) AS ?n) WHERE { ?c a bw:Council ; bw:region ?region } GROUP BY ?region")
    assert len(regions) == 8
    assert sum(regions.values()) == 11


def test_23_extracts_are_attributed(paper_study: LocalStore) -> None:
    """20 to councils and 3 to national stakeholders; councils 2 and 11 have none, and districts rest on one."""
    query = "SELECT ?who (COUNT(?x) AS ?n) WHERE { ?x a bw:AttributedExtract ; bw:aboutActor ?who } GROUP BY ?who"
    by_actor = _counts(paper_study, query)
    assert by_actor.pop("sector") == 3
    assert sum(by_actor.values()) == 20
    assert {f"cs{n:02}" for n in range(1, 12)} - set(by_actor) == {"cs02", "cs11"}
    query = "SELECT ?type (COUNT(?x) AS ?n) WHERE { ?x a bw:AttributedExtract ; bw:aboutActor/bw:councilType ?type } GROUP BY ?type"
    assert _counts(paper_study, query)["district"] == 1
    by_part = Counter(id_of(s.split("/")[0]) for s, in _rows(paper_study, "SELECT ?s WHERE { ?x a bw:AttributedExtract ; bw:section ?s }"))
    assert by_part["findings"] == 17
    assert sum(by_part.values()) == 23


def test_17_speaker_labels_are_labels_and_no_persons(paper_study: LocalStore) -> None:
    """Two of them are national; each speaks for one actor, and a national stakeholder for no council."""
    rows = _rows(paper_study, "SELECT ?label ?role ?for WHERE { ?s a bw:Speaker ; bw:speakerLabel ?label ; bw:hasRole ?role ; bw:speaksFor ?for }")
    assert len(rows) == len({label for label, _, _ in rows}) == 17
    national = [(label, id_of(actor)) for label, role, actor in rows if id_of(role) == "national-stakeholder"]
    assert sorted(national) == [("National Stakeholder #1", "sector"), ("National Stakeholder #2", "sector")]
    query = "SELECT ?s (COUNT(?x) AS ?n) WHERE { ?x a bw:AttributedExtract ; bw:spokenBy ?s } GROUP BY ?s"
    assert sum(_counts(paper_study, query).values()) == 23


def test_no_logic_is_stated_for_a_quote(paper_study: LocalStore, opened: Opened) -> None:
    """The authors place extracts; which logic one shows is always somebody's reading."""
    query = """SELECT ?k WHERE { ?k bw:codes ?x ; bw:basis code:stated ; bw:claimsWork ?w . ?x a bw:AttributedExtract .
               ?w bw:invokesElement|bw:deploresElement|bw:assignedCell ?logic }"""
    assert all(_rows(opened(PAPER, r), query) == [] for r in ("stated", "reading-1", "reading-2", "adjudicated"))
    assert len(_rows(paper_study, "SELECT ?k WHERE { ?k bw:basis code:interpreted ; bw:claimsWork/bw:invokesElement ?e }")) > 20


def test_no_council_extract_carries_a_wave(paper_study: LocalStore) -> None:
    """The paper dates the national extracts alone."""
    assert _rows(paper_study, "SELECT ?x WHERE { ?x bw:atWave ?w ; bw:aboutActor ?a . ?x a bw:Extract . ?a a bw:Council }") == []
    assert len(_rows(paper_study, "SELECT ?x WHERE { ?x a bw:AttributedExtract ; bw:atWave ?w }")) == 3


def test_every_hash_resolves_against_the_paper(paper: Path) -> None:
    """And the text is the one whose length and hash the source gives."""
    text = paper.read_bytes().decode("utf-8")
    source = _table(PAPER, "sources")[0]
    assert (int(source["characters"]), source["sha256"]) == (len(text), hashlib.sha256(text.encode()).hexdigest())
    found = resolve(ROOT / "data" / PAPER, paper)
    assert {r.extract for r in found} == {row["id"] for row in _table(PAPER, "extracts")}
    assert [r for r in found if r.holds is not True or r.words != r.words.strip()] == []


def test_every_hash_of_the_example_study_resolves() -> None:
    """Its invented texts ship with it; the quotes in the table are their words."""
    found = {r.extract: r for r in resolve(ROOT / "data" / EXAMPLE)}
    rows = _table(EXAMPLE, "extracts")
    assert set(found) == {row["id"] for row in rows}
    assert all(r.holds for r in found.values())
    assert [row["id"] for row in rows if row["quote"] and row["quote"] != found[row["id"]].words] == []


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", "'"))


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _words(text)
    return (tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


def _cells(path: Path) -> list[str]:
    if path.suffix != ".csv":
        return [path.read_text(encoding="utf-8")]
    with open(path, encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


def test_no_five_words_in_a_row_are_the_papers(paper: Path) -> None:
    """In any file of the content, cell by cell in tables; the citation and speaker labels are free."""
    free = {run for text in [CITATION, *(r["label"] for r in _table(PAPER, "speakers"))] for run in _runs(text)}
    theirs = set(_runs(paper.read_text(encoding="utf-8"))) - free
    assert len(theirs) > 9000
    files = [p for folder in ("data", "ontology", "shapes", "queries") for p in (ROOT / folder).rglob("*") if p.is_file()]
    assert len(files) > 500
    assert [(p.name, " ".join(run)) for p in sorted(files) for cell in _cells(p) for run in _runs(cell) if run in theirs] == []


@pytest.mark.parametrize("study", STUDIES)
def test_every_code_rule_has_a_page_with_the_fixed_headings(study: str) -> None:
    """codebook.csv and the pages name the same codes, and each page answers the same questions in the same order."""
    pages = {p.stem: p for p in (ROOT / "data" / study / "codebook").iterdir() if p.name != "README.md"}
    rows = _table(study, "codebook")
    assert sorted(pages) == sorted([*(row["code"] for row in rows), *(WORK_PAGES if study == PAPER else ())])
    for name, page in pages.items():
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.M) == HEADINGS, name
        assert re.match(r"# [A-Z].+\n\nColumn: \S.*\n+Question: \S.*\n", text), name
        assert all(part.strip() for part in re.split(r"^## .+$", text, flags=re.M)[1:]), name
    assert all(row["owner"] for row in rows)
    assert {row["replaced_by"] for row in rows} - {""} <= set(pages)


def test_codes_in_use_have_a_page() -> None:
    """What coder-1, coder-2 and the authors entered in a column of the theory or as a code is explained in the codebook."""
    pages = {row["code"] for row in _table(PAPER, "codebook")}
    columns = ("code", "boundary", "form", "purpose", "performed_by", "other", "elements", "regime", "rating_terms", "rating_of", "level", "direction",
               "stance", "distance", "comparer", "response", "consequence", "basis", "confidence")
    used = {v for row in _table(PAPER, "codings") for c in columns for v in row[c].split(";")} - {"", "?"}
    assert used <= pages
    assert pages <= set(load_vocabulary().codes("*"))


def test_locators_in_the_codebook_are_those_of_the_extracts() -> None:
    """An example is given by id, section and range; the three must belong together."""
    extracts = {row["id"]: (row["section"], row["start"], row["end"]) for row in _table(PAPER, "extracts")}
    pattern = re.compile(r"\b([xp]\d+) \(([\w/-]+), characters (\d+) to (\d+)\)")
    named = [m for p in (ROOT / "data" / PAPER / "codebook").glob("*.md") for m in pattern.findall(p.read_text(encoding="utf-8"))]
    assert len(named) > 100
    assert [m for m in named if extracts.get(m[0]) != m[1:]] == []


@pytest.mark.parametrize(("reading", "statuses"), [
    ("stated", {"no-logic-coded": 5, "no-evidence": 6}),
    ("reading-1", {"only-bureaucratic": 2, "undecidable": 2, "no-logic-coded": 1, "no-evidence": 6}),
    ("reading-2", {"only-bureaucratic": 2, "undecidable": 2, "no-logic-coded": 1, "no-evidence": 6}),
    ("adjudicated", {"only-bureaucratic": 2, "undecidable": 2, "no-logic-coded": 1, "no-evidence": 6}),
])
def test_hybrid_expertise_answer_tells_the_statuses_apart(reading: str, statuses: dict[str, int], opened: Opened) -> None:
    """By type and reading, each council once, with its extracts; what is not there is said in a row."""
    assert opened(PAPER, reading)
    result = Session(ROOT / "data" / PAPER, reading).ask("hybrid-council-types")
    found: Counter[str] = Counter()
    for row in result.rows:
        values = dict(zip(result.variables, row, strict=True))
        status, councils, extracts = (v.text if (v := values[c]) is not None else "" for c in ("status", "councils", "extracts"))
        found[id_of(status)] += int(councils)
        assert (int(extracts) == 0) == (id_of(status) == "no-evidence")
    assert found == statuses
    assert sum(found.values()) == 11
    assert f"({reading})" in result.notes[0]
    assert "necessary for it and not sufficient" in result.notes[1]


def test_example_study_shows_every_status(opened: Opened, studies: dict[str, Study]) -> None:
    """So that each of the eight is seen by a test, and by a reader of the tutorial."""
    every = set(load_vocabulary().codes("CaseStatus"))
    query = "SELECT DISTINCT ?status WHERE { ?t a bw:CaseTally ; bw:floor code:low ; bw:caseStatus ?status }"
    seen = {r: {id_of(s) for s, in _rows(opened(EXAMPLE, r), query)} for r in studies[EXAMPLE].readings}
    assert len(every) == 8
    assert seen[studies[EXAMPLE].default_reading] == every
    assert set.union(*seen.values()) == every


def test_pooling_two_coders_can_make_a_case_that_neither_saw(opened: Opened) -> None:
    """The reason why a reading names its coders."""
    query = "SELECT ?case ?status WHERE { ?t a bw:CaseTally ; bw:floor code:low ; bw:byCase ?case ; bw:caseStatus ?status }"
    ann, ben, both = ({id_of(c): id_of(s) for c, s in _rows(opened(EXAMPLE, r), query)} for r in ("ann", "ben", "both"))
    assert ann.keys() == ben.keys() == both.keys()
    assert [c for c in both if both[c] == "co-existence" and "co-existence" not in (ann[c], ben[c])]
