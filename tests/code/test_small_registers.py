"""Matching on registers of two or three councils: what links, what is left to a person, and how successors are followed."""

from __future__ import annotations

import dataclasses
import datetime

import pytest

from boundwork.linking.history import Body, History, Step
from boundwork.linking.matching import Matcher, Matching
from boundwork.linking.registers import AssignedCode, Council, Register
from boundwork.linking.words import Words

DAY = datetime.date(2004, 4, 1)


def matched(words: Words, register: Register, councils: list[Council], history: History, day: datetime.date = DAY) -> Matching:
    return Matcher(register, history, words, day).match(councils)


def coded(key: str, *codes: AssignedCode, **more: object) -> Council:
    return Council(key, f"{key.title()} Council", codes=codes, **more)  # type: ignore[arg-type]


def register_of(*councils: Council) -> Register:
    made = Register("r", "r")
    for council in councils:
        made.add(council)
    return made


def took_over(original: str, resulting: str, year: int) -> Step:
    one, two = (Body(n.title(), "", (AssignedCode("x", n),)) for n in (original, resulting))
    return Step(f"{original} {year}", datetime.date(year, 4, 1), one, two)


def history_of(*steps: Step) -> History:
    made = History()
    for step in steps:
        made.add(step)
    return made


def reasons(found: Matching) -> list[tuple[str, str]]:
    return [(c.found.key, c.why) for c in found.candidates]


def ends(found: Matching) -> list[tuple[str, str]]:
    return [(x.relation, x.found.key) for x in found.links]


def test_a_code_counts_for_whom_has_it_on_the_day_and_alone_at_any_time(words: Words) -> None:
    day = datetime.date
    early, late = AssignedCode("x", "7", day(1990, 1, 1), day(2006, 12, 31)), AssignedCode("x", "7", day(2007, 1, 1))
    both, study = register_of(coded("early", early), coded("late", late)), [coded("a", AssignedCode("x", "7"))]
    assert ends(matched(words, both, study, History())) == [("same", "early")]
    assert ends(matched(words, both, study, History(), day(2008, 1, 1))) == [("same", "late")]
    assert [c.why for c in matched(words, both, study, History()).candidates] == []
    assert ends(matched(words, register_of(coded("late", late)), study, History())) == [("same", "late")]  # nobody else had it
    gone = matched(words, register_of(coded("one", early), coded("two", early)), study, History(), day(2010, 1, 1))
    assert (ends(gone), reasons(gone)) == ([], [(k, "The code x:7 is there, but not for 2010-01-01, and others have had it.") for k in ("one", "two")])


def test_a_code_whose_council_cannot_be_the_one_is_a_doubt_beside_the_link_of_another(words: Words) -> None:
    one, two = AssignedCode("x", "1"), AssignedCode("x", "2")
    register = register_of(coded("p", one, type="district"), coded("q", two, type="county"))
    doubt = ("q", "The code x:2 is there, but it is of another type there (county, not district).")
    both = matched(words, register, [coded("a", one, two, type="district")], History())
    assert (ends(both), reasons(both), both.links[0].match) == ([("same", "p")], [doubt], "x:1")
    alone = matched(words, register, [coded("a", two, type="district")], History())
    assert (ends(alone), reasons(alone), [c.key for c in alone.unlinked]) == ([], [doubt], ["a"])


def test_a_name_links_one_council_of_its_type_and_two_are_left_to_a_person(words: Words) -> None:
    since = Council("p", "Alder Council", type="county", start=datetime.date(1974, 4, 1))
    study = [Council("a", "Alder Council", type="county")]
    assert [x.why for x in matched(words, register_of(since), study, History()).links] == ["Same name, same type, there on 2004-04-01."]
    unknown = dataclasses.replace(since, start=None)
    assert [x.why for x in matched(words, register_of(unknown), study, History()).links] == [
        "Same name, same type, there on 2004-04-01. Its first day is not known."]
    two = matched(words, register_of(since, dataclasses.replace(since, key="q"), dataclasses.replace(since, key="r", type="")), study, History())
    assert (ends(two), reasons(two)) == ([], [
        ("r", "The name is the same, but the type of one of the two is not known."),
        ("p", "Several councils have this name and type."), ("q", "Several councils have this name and type.")])


def test_at_most_three_councils_are_called_alike_however_many_names_they_have(words: Words) -> None:
    register = register_of(*(Council(f"n{i}", f"Northmere {i} Council", frozenset({f"northmere {i}{i}"})) for i in range(4)))
    found = matched(words, register, [Council("a", "Northmere"), Council("b", "")], History())
    assert [(c.council.key, c.why) for c in found.candidates] == [("a", "Only the names are alike.")] * 3
    assert len({c.found.key for c in found.candidates}) == 3
    assert [c.key for c in found.unlinked] == ["a", "b"]


@pytest.mark.parametrize(("ours", "theirs"), [("district", ""), ("", "district"), ("", "")])
def test_a_name_without_its_type_on_one_side_makes_no_link(ours: str, theirs: str, words: Words) -> None:
    found = matched(words, register_of(Council("p", "Alder Council", type=theirs)), [Council("a", "Alder Council", type=ours)], History())
    assert found.links == []
    assert [(c.found.key, c.why, c.score) for c in found.candidates] == [
        ("p", "The name is the same, but the type of one of the two is not known.", 100.0)]


def test_a_register_s_own_successors_are_followed_past_what_it_lacks_and_out_of_a_ring(words: Words) -> None:
    day = datetime.date(2009, 3, 31)
    code = AssignedCode("x", "1")
    ended = coded("ended", code, end=day, replaced_by=("missing", "next", "ended"))
    living, between = coded("living"), coded("next", end=day, replaced_by=("ended", "living"))
    found = matched(words, register_of(ended, between, living), [coded("a", code)], History())
    assert ends(found) == [("same", "ended"), ("successor", "living")]
    assert found.links[1].chain == ("Ended Council -> Next Council (ended 2009-03-31)", "Next Council -> Living Council (ended 2009-03-31)")


def test_a_history_is_followed_to_the_first_council_that_the_register_has_living(words: Words) -> None:
    history = history_of(took_over("a", "b", 2005), took_over("b", "c", 2010))
    register = register_of(coded("b", AssignedCode("x", "b")), coded("c", AssignedCode("x", "c")))
    assert ends(matched(words, register, [coded("a", AssignedCode("x", "a"))], history)) == [("successor", "b")]
    assert ends(matched(words, register_of(coded("c", AssignedCode("x", "c"))), [coded("a", AssignedCode("x", "a"))], history)) == [("successor", "c")]


@pytest.mark.parametrize(("steps", "followed"), [(12, True), (13, False)])
def test_a_chain_of_reorganisations_is_followed_for_twelve_steps(steps: int, followed: bool, words: Words) -> None:
    history = history_of(*(took_over(f"c{i}", f"c{i + 1}", 2005 + i) for i in range(steps)))
    found = matched(words, register_of(coded("end", AssignedCode("x", f"c{steps}"))), [coded("a", AssignedCode("x", "c0"))], history)
    assert ends(found) == ([("successor", "end")] if followed else [])


def test_a_register_s_own_successors_go_before_the_history_and_may_have_ended_too(words: Words) -> None:
    day, code = datetime.date(2009, 3, 31), AssignedCode("x", "a")
    history = history_of(took_over("a", "b", 2009))
    other, last = coded("b", AssignedCode("x", "b")), coded("last", end=day)
    assert ends(matched(words, register_of(coded("ended", code, end=day, replaced_by=("last",)), last, other), [coded("a", code)], history)) == [
        ("same", "ended"), ("successor", "last")]
    assert ends(matched(words, register_of(coded("ended", code, end=day), last, other), [coded("a", code)], history)) == [
        ("same", "ended"), ("successor", "b")]
    assert ends(matched(words, register_of(coded("living", code), last, other), [coded("a", code)], history)) == [("same", "living")]


def test_a_history_hands_over_to_the_register_at_a_council_that_ended_there(words: Words) -> None:
    day, history = datetime.date(2010, 3, 31), history_of(took_over("a", "b", 2005), took_over("b", "c", 2010))
    codes, later = {n: AssignedCode("x", n) for n in "abc"}, (coded("c", AssignedCode("x", "c")), coded("d"))
    study = [coded("a", AssignedCode("y", "0"), codes["a"])]
    followed = matched(words, register_of(coded("b", codes["b"], end=day, replaced_by=("d",)), *later), study, history)
    assert (ends(followed), followed.links[0].match) == ([("successor", "d")], "y:0")
    assert ends(matched(words, register_of(coded("b", codes["b"], end=day), *later), study, history)) == [("successor", "c")]


def test_a_council_of_another_type_or_time_is_not_the_successor(words: Words) -> None:
    one, two = Body("A", "", (AssignedCode("x", "a"),)), Body("B", "county", (AssignedCode("x", "b"),))
    history = history_of(Step("2005", datetime.date(2005, 4, 1), one, two))
    for after, followed in ({"type": "county"}, True), ({"type": ""}, True), ({"type": "unitary"}, False), ({"end": datetime.date(2004, 12, 31)}, False):
        found = matched(words, register_of(coded("b", AssignedCode("x", "b"), **after)), [coded("a", AssignedCode("x", "a"))], history)
        assert ends(found) == ([("successor", "b")] if followed else []), after
