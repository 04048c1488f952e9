"""A project while it is read: ids that are taken, references to what is not there, codes in circles, and how losses are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import boundwork.readers.draft as draft_module
from boundwork.errors import InputError
from boundwork.readers.draft import Draft, shown
from boundwork.readers.record import Attribute, Case, Code, Coding, Group, Link, Loss, Memo, Project, Selection, Source, User, Variable

GONE = "the file does not hold what they point at"


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read"]


def test_equal_losses_are_one_line_with_their_first_five_places_once() -> None:
    draft = Draft("p", "x")
    for place in ("1", "1", "2", "", "3", "4", "5"):
        draft.lose("left out", "five", "why", place)
    for place in ("1", "2", "3", "4", "5", "6", "6", "7"):
        draft.lose("left out", "more", "why", place)
    draft.lose("kept", "counted", count=3)
    draft.lose("kept", "none of it", count=0)
    draft.lose("approximated", "more", "another why")
    assert draft.finish().losses == [Loss("kept", "counted", 3), Loss("approximated", "more", 1, "another why"),
                                     Loss("left out", "five", 7, "why", "1; 2; 3; 4; 5"), Loss("left out", "more", 8, "why", "1; 2; 3; 4; 5; ...")]


def test_words_of_a_file_are_shown_in_sixty_characters() -> None:
    assert [shown("x" * n) for n in (60, 61)] == ["x" * 60, "x" * 59 + "…"]


def test_an_id_that_is_taken_is_numbered_and_told_with_its_place() -> None:
    """A number is given out once, also where nobody took it."""
    draft = Draft("p", "x")
    assert [draft.add(Code("a", name), where).id for name, where in (("1", ""), ("2", ""), ("3", "row 3"))] == ["a", "a#2", "a#3"]
    assert [draft.another(Code, "a"), draft.another(Code, "a"), draft.another(Code, "b")] == ["a#4", "a#5", "b#2"]
    draft.add(Code("c#2", "4"))
    assert draft.another(Code, "c") == "c#3"
    assert [draft.has(Code, id) for id in ("a", "a#3", "a#4")] == [True, True, False]
    project = draft.finish()
    assert project.codes == [Code("a", "1"), Code("a#2", "2"), Code("a#3", "3"), Code("c#2", "4")]
    assert project.losses == [Loss("read", "codes", 4), Loss("approximated", "codes with an id that another one has", 2,
                                                             "the later one is kept as ID#2, and references mean the first", "a; row 3")]


def test_as_many_things_as_allowed_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_module, "MOST_THINGS", 3)
    draft = Draft("p", "x")
    for number in range(3):
        draft.add(Code(str(number), ""))
    with pytest.raises(InputError, match=r"^The project has more than 3 codes\. Split it and import its parts\.$"):
        draft.add(Code("3", ""))


def test_a_user_is_added_at_her_first_appearance() -> None:
    draft = Draft("p", "x")
    assert [draft.user(name) for name in ("ada", "", "ada", "bob")] == ["ada", "", "ada", "bob"]
    assert draft.project.users == [User("ada", "ada"), User("bob", "bob")]


def test_what_points_at_nothing_is_taken_out_and_told() -> None:
    draft = Draft("p", "x")
    for thing in (Code("c", "voice"), Code("d", "loud", "c"), Code("e", "lost", "gone"), Source("s", "one"), Selection("x", "s"), Selection("y", "gone"),
                  Variable("v", "age"), Case("k", "Ada", "", ("s", "gone", "s"), ("x", "y", "x"), ("c", "gone", "c")), Group("g", "", ("c", "s", "c", "gone")),
                  Group("h", "named", ("gone",)), Memo("m", "on a code", about="c"), Memo("n", "on nothing"), Memo("o", "on what is gone", about="y"),
                  Link("l", "c", "s"), Link("l2", "gone", "s"), Link("l3", "c", "gone")):
        draft.add(thing)  # type: ignore[type-var]  # one of each kind
    kept = (Coding("1", "c", "", "x", "s"), Coding("2", "c", "", "", "s"), Coding("3", "c", case="k"))
    for coding in (*kept, Coding("4", "gone", source="s"), Coding("5", "c", "", "y", "s"), Coding("6", "c", source="gone"), Coding("7", "c", case="gone")):
        draft.add(coding)
    held = [Attribute("v", "1", case="k"), Attribute("v", "1", source="s")]
    draft.project.attributes += [*held, Attribute("gone", "1", case="k"), Attribute("gone", "1", source="s"), Attribute("v", "1", case="gone"),
                                 Attribute("v", "1", source="gone")]
    project = draft.finish()
    assert project.codes == [Code("c", "voice"), Code("d", "loud", "c"), Code("e", "lost")]
    assert project.selections == [Selection("x", "s")]
    assert project.codings == list(kept)
    assert project.cases == [Case("k", "Ada", "", ("s",), ("x",), ("c",))]
    assert project.groups == [Group("g", "", ("c", "s")), Group("h", "named")]
    assert project.attributes == held
    assert project.memos == [Memo("m", "on a code", about="c"), Memo("n", "on nothing"), Memo("o", "on what is gone")]
    assert project.links == [Link("l", "c", "s")]
    assert losses(project) == [
        Loss("approximated", "codes under a code that is not there", 1, "kept at the top", "lost"),
        Loss("approximated", "memos on something that is not there", 1, "kept as free memos", "o"),
        *(Loss("left out", what, count, GONE, where) for what, count, where in (
            ("selections of a source that is not there", 1, "y"), ("codings with a code that is not there", 1, "4"),
            ("codings of a selection that is not there", 1, "5"), ("codings of a source that is not there", 1, "6"),
            ("codings of a case that is not there", 1, "7"), ("members of cases that are not there", 3, "k"),
            ("members of groups that are not there", 2, "g; named"), ("values of a variable that is not there", 2, "k; s"),
            ("values of a case that is not there", 1, "v"), ("values of a source that is not there", 1, "v"),
            ("links from something that is not there", 1, "l2"), ("links to something that is not there", 1, "l3")))]


def test_what_was_taken_out_is_pointed_at_no_more() -> None:
    draft = Draft("p", "x")
    draft.add(Code("c", "voice"))
    draft.add(Code("d", "loud", "c"))
    draft.project.codes.pop(0)
    draft.forget(Code, {"c"})
    assert draft.finish().codes == [Code("d", "loud")]


def test_a_circle_of_codes_is_cut_at_one_place() -> None:
    draft = Draft("p", "x")
    for code in (Code("below", "", "a"), Code("a", "", "b"), Code("b", "", "c"), Code("c", "", "a"), Code("self", "", "self"), Code("beside", "", "below")):
        draft.add(code)
    project = draft.finish()
    assert {c.id: c.parent for c in project.codes} == {"below": "a", "a": "", "b": "c", "c": "a", "self": "", "beside": "below"}
    assert losses(project) == [Loss("approximated", "codes that stand above themselves", 2, "one of the circle is put at the top", "a; self")]


@given(st.lists(st.integers(-1, 7), min_size=8, max_size=8))
def test_codes_form_a_hierarchy_whatever_stands_above_them(parents: list[int]) -> None:
    """Every code reaches the top, and no more are cut loose than there are circles."""
    draft = Draft("p", "x")
    for number, parent in enumerate(parents):
        draft.add(Code(str(number), "", "" if parent < 0 else str(parent)))
    project = draft.finish()
    above = {c.id: c.parent for c in project.codes}

    def top(id: str, steps: int) -> bool:
        return not id or (steps > 0 and top(above[id], steps - 1))

    def ring(number: int) -> frozenset[int]:
        seen: list[int] = []
        while number >= 0 and number not in seen:
            seen.append(number)
            number = parents[number]
        return frozenset(seen[seen.index(number):]) if number >= 0 else frozenset()

    assert all(top(id, 9) for id in above)
    cut = sum(above[str(n)] != ("" if p < 0 else str(p)) for n, p in enumerate(parents))
    assert cut == len({ring(n) for n in range(8)} - {frozenset()})
