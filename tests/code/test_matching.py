"""Councils in time: codes count with their dates, successors are followed and said, and what is only alike is left to a person."""

from __future__ import annotations

import csv
import datetime
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.errors import InputError
from boundwork.linking.contract import COUNCIL_COLUMNS, place_columns
from boundwork.linking.days import mistaken_year, read_day
from boundwork.linking.decisions import Decision, decided_rows, read_decisions
from boundwork.linking.history import Body, History, Step, read_history
from boundwork.linking.matching import Matcher, Matching
from boundwork.linking.registers import AssignedCode, Council, Register, read_code, read_register
from boundwork.linking.words import Words, plain_name
from conftest import ROOT, SHARED

LINKING = SHARED / "linking"
MODERN = LINKING / "modern_councils.csv"
DAY = datetime.date(2004, 4, 1)
TYPES = {"UA": "unitary", "NMD": "district", "MD": "metropolitan-borough", "LBO": "london-borough", "CC": "london-borough", "CTY": "county"}
needs_tables = pytest.mark.skipif(not MODERN.is_file(), reason="the third-party tables of councils are not here (../shared/linking)")
EXAMPLE = ROOT / "data" / "example-study"


@pytest.fixture(scope="module")
def modern(words: Words) -> Register:
    return read_register(MODERN, words, "modern")


def councils_of_2004() -> list[dict[str, str]]:
    with open(LINKING / "england_councils_2004.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def successors_of_2009() -> dict[str, set[str]]:
    with open(LINKING / "successors_2009.csv", encoding="utf-8", newline="") as file:
        return {row["snac_2004"]: set(row["successor_register_codes"].split()) for row in csv.DictReader(file)}


def named(words: Words, *schemes: str) -> Iterator[Council]:
    """The councils of 2004 as a study has them: name, type, region, and codes of some schemes."""
    column = {"snac": "snac_2004", "gss": "gss_2009", "register": "register"}
    for row in councils_of_2004():
        codes = tuple(AssignedCode(s, row[column[s]]) for s in schemes if row[column[s]])
        yield Council(row["snac_2004"], row["name_2004"], frozenset(), TYPES[row["type"]], words.region_of(row["region"]), codes)


def matched(words: Words, modern: Register, councils: Iterator[Council] | list[Council], history: History | None = None,
            day: datetime.date = DAY) -> Matching:
    return Matcher(modern, history if history is not None else read_history(words), words, day).match(councils)


def wrong_links(found: Matching) -> list[tuple[str, str, str]]:
    """Links that the tables contradict: another body by register code, or what did not take over."""
    rows = {row["snac_2004"]: row for row in councils_of_2004()}
    after = successors_of_2009()
    wrong = []
    for one in found.links:
        row = rows[one.council.key]
        later = after.get(one.council.key, {s.strip() for s in row["successor"].split(",") if s.strip()})
        right = {row["register"]} if one.relation == "same" else final(later)
        if one.found.key not in right:
            wrong.append((one.council.name, one.relation, one.found.name))
    return wrong


def final(keys: set[str]) -> set[str]:
    """Somerset West and Taunton, which took over in 2019, ended itself in 2023."""
    return {"SMT" if k == "SWT" else k for k in keys}


@needs_tables
@pytest.mark.parametrize("schemes", [("snac",), ("gss",), ("snac", "gss"), ("register",), ()], ids=lambda s: "+".join(s) or "names alone")
def test_the_388_councils_of_2004_are_linked_to_todays_list_without_a_wrong_link(schemes: tuple[str, ...], words: Words, modern: Register) -> None:
    """By any code, and by names alone: 344 are the same body, 91 have successors; only two whose region the list has wrong stay with a person."""
    found = matched(words, modern, named(words, *schemes))
    assert wrong_links(found) == []
    same = {one.council.key for one in found.links if one.relation == "same"}
    followed = {one.council.key for one in found.links if one.relation == "successor"}
    assert len(followed) == 91
    if schemes == ():
        assert [c.name for c in found.unlinked] == ["Derbyshire County Council", "Lincolnshire County Council"]
        assert all("another region" in c.why for c in found.candidates if c.score == 100 and c.council in found.unlinked)
        assert (len(same), len(same | followed)) == (342, 386)
    else:
        assert found.unlinked == []
        assert (len(same), len(same | followed)) == (344, 388)
    assert Counter(one.how for one in found.links if one.relation == "same").keys() <= {"code", "name"}


@needs_tables
def test_every_council_that_a_list_lacks_is_left_to_a_person(words: Words, modern: Register) -> None:
    """Without a history the 44 that ended in 2009 stay unlinked; each near name is wrong, and none is linked."""
    found = matched(words, modern, named(words, "snac"), History())
    assert wrong_links(found) == []
    assert {c.key for c in found.unlinked} == set(successors_of_2009())
    assert len(found.unlinked) == 44
    near = {c.council.name: c for c in found.candidates}
    assert set(near) <= {c.name for c in found.unlinked}
    for name, likely in {"South Shropshire District Council": "Shropshire Council", "Bedford Borough Council": "Bedford Borough Council",
                         "Durham City Council": "Durham County Council"}.items():
        assert likely in {c.found.name for c in found.candidates if c.council.name == name}, name
    assert {c.found.name for c in found.candidates if c.council.name == "Chester City Council"} & {
        "Chesterfield Borough Council", "Manchester City Council", "Chichester District Council", "Cheshire West and Chester Council"}
    assert all(c.score is not None and c.score >= 75 for c in found.candidates)


@needs_tables
def test_bedford_and_durham_have_the_name_of_another_council(words: Words, modern: Register) -> None:
    """The same words in the list are the unitary councils of 2009: of another type, and not there in 2004."""
    by_name = [Council("a", "Bedford Borough Council", type="district"), Council("b", "Durham County Council", type="county")]
    found = matched(words, modern, by_name, History())
    assert found.links == []
    reasons = {(c.council.key, c.found.key): c.why for c in found.candidates}
    assert "another type" in reasons["a", "BDF"]
    assert "another type" in reasons["b", "DUR"]
    untyped = matched(words, modern, [Council("a", "Bedford Borough Council"), Council("b", "Durham County Council")], History())
    assert untyped.links == []
    assert all("not on 2004-04-01" in c.why for c in untyped.candidates if c.score == 100)
    followed = matched(words, modern, by_name)
    assert {(x.council.key, x.relation, x.found.key) for x in followed.links} == {("a", "successor", "BDF"), ("b", "successor", "DUR")}
    later = matched(words, modern, [Council("a", "Bedford Borough Council", type="unitary")], day=datetime.date(2010, 1, 1))
    assert [(x.relation, x.how, x.found.key) for x in later.links] == [("same", "name", "BDF")]


@needs_tables
def test_a_county_that_became_two_councils_has_two_successors(words: Words, modern: Register) -> None:
    found = matched(words, modern, [Council("a", "Cheshire County Council", type="county", codes=(AssignedCode("snac", "13"),))])
    assert {(x.found.key, x.relation, x.how) for x in found.links} == {("CHE", "successor", "succession"), ("CHW", "successor", "succession")}
    assert all("Not the same council" in x.why and "(2009-04-01)" in x.why for x in found.links)


@needs_tables
def test_a_chain_of_two_reorganisations_is_followed_and_said(words: Words, modern: Register) -> None:
    """Taunton Deane became Somerset West and Taunton in 2019, which became Somerset in 2023."""
    given_ = [Council("a", "Taunton Deane Borough Council", type="district", codes=(AssignedCode("snac", "40UE"),))]
    found = matched(words, modern, given_)
    assert [(x.relation, x.found.key) for x in found.links] == [("same", "TAU"), ("successor", "SMT")]
    assert len(found.links[1].chain) == 2
    without = Register("m", "m")
    for council in modern.councils.values():
        if council.key not in ("TAU", "SWT"):
            without.add(council)
    through_history = matched(words, without, given_)
    assert [(x.relation, x.found.key, len(x.chain)) for x in through_history.links] == [("successor", "SMT", 2)]


@needs_tables
@pytest.mark.parametrize("code", ["snac:00CH", "gss:E08000020", "gss:E08000037", "register:GAT", "gss:e08000020"])
def test_gateshead_is_one_council_under_either_code(code: str, words: Words, modern: Register) -> None:
    parsed = read_code(code)
    assert parsed is not None
    found = matched(words, modern, [Council("a", "Somewhere", type="metropolitan-borough", codes=(parsed,))])
    assert [(x.found.key, x.relation, x.how) for x in found.links] == [("GAT", "same", "code")]


def test_a_recoded_area_is_found_in_a_list_that_has_the_later_code_alone(words: Words) -> None:
    register = Register("r", "r")
    register.add(Council("G", "Gateshead Council", type="metropolitan-borough", codes=(AssignedCode("gss", "E08000037"),)))
    found = matched(words, register, [Council("a", "x", codes=(AssignedCode("gss", "E08000020"),))])
    assert [x.found.key for x in found.links] == ["G"]
    assert "recoded" in found.links[0].why
    assert matched(words, register, [Council("a", "x", codes=(AssignedCode("gss", "E08000020"),))], History()).links == []


@needs_tables
@pytest.mark.parametrize("code", ["snac:00HF", "snac:15UH", "gss:E07000025", "gss:E06000053"])
def test_scilly_is_a_unitary_council_under_codes_of_two_kinds(code: str, words: Words, modern: Register) -> None:
    """Its first code begins as those of districts do: a code tells an area, not a type."""
    parsed = read_code(code)
    assert parsed is not None
    found = matched(words, modern, [Council("a", "Council of the Isles of Scilly", type="unitary", codes=(parsed,))])
    assert [(x.found.key, x.how) for x in found.links] == [("IOS", "code")]


@needs_tables
def test_first_days_that_a_spreadsheet_made_of_years_count_as_unknown(modern: Register) -> None:
    """77 of them; taken at their word, living councils would drop out of 2004."""
    assert any("77 councils with a first day that a spreadsheet made of a year" in note for note in modern.notes)
    with open(MODERN, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    corrupt = [r for r in rows if (day := read_day(r["start-date"])) and mistaken_year(day)]
    assert len(corrupt) == 77
    assert sum(r["nation"] == "England" for r in corrupt) == 45
    assert all(modern.councils[r["local-authority-code"]].start is None and modern.councils[r["local-authority-code"]].there(DAY) for r in corrupt)


def test_one_code_that_two_councils_had_goes_by_its_date(words: Words) -> None:
    register = Register("r", "r")
    day = datetime.date
    register.add(Council("old", "Old", codes=(AssignedCode("x", "7", day(1990, 1, 1), day(2006, 12, 31)),), end=day(2006, 12, 31)))
    register.add(Council("new", "New", codes=(AssignedCode("x", "7", day(2007, 1, 1)),), start=day(2007, 1, 1)))
    study = [Council("a", "A", codes=(AssignedCode("x", "7"),))]
    assert [x.found.key for x in matched(words, register, study, History()).links] == ["old"]
    assert [x.found.key for x in matched(words, register, study, History(), day(2008, 1, 1)).links] == ["new"]


def test_codes_that_lead_to_two_councils_are_left_to_a_person(words: Words) -> None:
    register = Register("r", "r")
    register.add(Council("p", "P", codes=(AssignedCode("x", "1"),)))
    register.add(Council("q", "Q", codes=(AssignedCode("x", "2"),)))
    found = matched(words, register, [Council("a", "A", codes=(AssignedCode("x", "1"), AssignedCode("x", "2")))], History())
    assert found.links == []
    assert {c.found.key for c in found.candidates} == {"p", "q"}


def test_a_name_that_is_only_alike_says_what_speaks_against_it(words: Words) -> None:
    register = Register("r", "r")
    register.add(Council("p", "Northmere Council", type="county"))
    register.add(Council("q", "Northmere Borough", type="unitary"))
    found = matched(words, register, [Council("a", "Northmeer Council", type="unitary")], History())
    assert found.links == []
    assert {c.found.key: (c.why, c.score) for c in found.candidates} == {
        "p": ("Only the names are alike, and it is of another type there (county, not unitary).", 88.9), "q": ("Only the names are alike.", 88.9)}


@settings(deadline=None)
@given(st.dates(datetime.date(1800, 1, 1), datetime.date(2100, 12, 31)))
def test_a_day_is_read_back_from_its_iso_form(day: datetime.date) -> None:
    assert read_day(day.isoformat()) == day
    assert (mistaken_year(day) is not None) <= (day.year in (1904, 1905, 2004, 2005))


@settings(deadline=None)
@given(st.integers(1850, 2100))
def test_every_year_that_was_taken_for_a_number_of_days_is_noticed(year: int) -> None:
    assert mistaken_year(datetime.date(1899, 12, 30) + datetime.timedelta(days=year)) == year


def test_shipped_reorganisations_are_sound(words: Words) -> None:
    """91 councils of England that ended from 2009 on and one of 2019, in 16 events; no council takes over before it begins."""
    history = read_history(words)
    assert len({s.event for s in history.steps}) == 16
    assert Counter(s.day.year for s in {(s.original.ident): s for s in history.steps}.values()) == {2009: 44, 2019: 15, 2020: 5, 2021: 8, 2023: 20}
    assert all(s.source and s.original.codes and s.resulting.codes and s.original.type and s.resulting.type for s in history.steps)
    ended = {code.key: s.day for s in history.steps for code in s.original.codes}
    assert [s.shown for s in history.steps for code in s.resulting.codes if code.key in ended and ended[code.key] <= s.day] == []
    assert [(a.text, b.text) for a, b in history.changes if a.scheme == "gss" and b.start is None] == [("E07000025", "E06000053")]


@needs_tables
def test_shipped_reorganisations_agree_with_the_tables(words: Words) -> None:
    history = read_history(words)
    for snac, after in successors_of_2009().items():
        steps = [s for s in history.steps if any(c.key == ("snac", snac) for c in s.original.codes)]
        assert {c.text for s in steps for c in s.resulting.codes if c.scheme == "register"} == after, snac


def test_columns_are_found_by_other_names_and_by_what_a_person_says() -> None:
    assert place_columns(["Official name", "gss-code", "CODE"], {}, "t") == {"id": 2, "name": 0, "gss": 1}
    assert place_columns(["A", "B", "id"], {"name": "b", "id": "A"}, "t") == {"name": 1, "id": 0}
    with pytest.raises(InputError, match="no column that holds the name"):
        place_columns(["id", "x"], {}, "t")
    with pytest.raises(InputError, match="no column of a council table"):
        place_columns(["id", "name"], {"nam": "name"}, "t")
    with pytest.raises(InputError, match="has no column 'z'"):
        place_columns(["id", "name"], {"type": "z"}, "t")
    assert len({c.name for c, _ in COUNCIL_COLUMNS}) == len(COUNCIL_COLUMNS)


def test_names_are_compared_without_case_and_marks_alone() -> None:
    assert plain_name("Bournemouth, Christchurch & Poole") == plain_name("bournemouth christchurch and poole")
    assert plain_name("North Shropshire") != plain_name("Shropshire")


def test_columns_of_tables_by_others_are_known_with_capitals_too(words: Words, tmp_path: Path) -> None:
    decided, events = tmp_path / "decided.csv", tmp_path / "events.csv"
    decided.write_text("Council,Candidate,DECISION,Relation,Decided_by,Date\na,ALD,accept,successor,Ada,2026-11-27\nb,BLD,,,,\n", encoding="utf-8")
    assert read_decisions(decided) == {("a", "ALD"): Decision("a", "ALD", True, "successor", "Ada", "2026-11-27", "", None)}
    assert [(row["council"], row["decision"]) for row in decided_rows(decided)] == [("a", "accept")]
    columns = ("Event", "Date", "Original", "Original_codes", "Original_type", "Resulting", "Resulting_codes", "Resulting_type", "Source")
    events.write_text(f"{','.join(columns)}\nAlder 2005,2005-04-01,Alder,x:1,district,Birch,x:2,unitary,here\n", encoding="utf-8")
    assert read_history(words, events, shipped=False).steps == [
        Step("Alder 2005", datetime.date(2005, 4, 1), Body("Alder", "district", (AssignedCode("x", "1"),)),
             Body("Birch", "unitary", (AssignedCode("x", "2"),)), "here")]
