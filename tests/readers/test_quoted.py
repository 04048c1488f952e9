"""Selections with their own words: each at its characters, one a span, and what is told where words, numbers and text disagree."""

from __future__ import annotations

from boundwork.readers.draft import Draft
from boundwork.readers.offsets import CODE_POINTS, UTF16
from boundwork.readers.quoted import add_selections, claimed, part, stretch
from boundwork.readers.record import Code, Coding, Loss, Offsets, Project, Selection, Source

TEXT = "🙂 one two"
Row = tuple[str, int | None, int | None, str]


def placed(*rows: Row, memos: tuple[str, ...] = ()) -> tuple[Project, dict[str, str]]:
    """Selections of source s (with a text) or t (without), each by source, numbers and words; every second one is coded."""
    draft = Draft("p", "x")
    draft.add(Source("s", "s", TEXT))
    draft.add(Source("t", "t"))
    draft.add(Code("c", "c"))
    texts = {"s": TEXT, "t": None}
    selections = [Selection(str(n), row[0], quote=row[3], memo=memos[n] if n < len(memos) else "") for n, row in enumerate(rows)]
    codings = [Coding(f"c{n}", "c", source=row[0]) if n % 2 == 0 else None for n, row in enumerate(rows)]
    moved = add_selections(draft, [claimed(texts[row[0]], *row[1:]) for row in rows], selections, codings, (CODE_POINTS, UTF16), "table")
    return draft.finish(), moved


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read"]


def test_selections_of_one_span_are_one_with_the_codings_of_all() -> None:
    project, moved = placed(("s", 2, 5, "one"), ("s", 2, 5, "one"), ("s", 2, 5, "one"), ("s", 6, 9, "two"), memos=("", "odd", "", "fine"))
    assert project.selections == [Selection("0", "s", 2, 5, "one"), Selection("3", "s", 6, 9, "two", memo="fine")]
    assert project.codings == [Coding("c0", "c", "", "0", "s"), Coding("c2", "c", "", "0", "s")]
    assert moved == {"0": "0", "1": "0", "2": "0", "3": "3"}
    assert project.offsets == [Offsets("code points", "as they are", False, 4, 4, 4)]
    assert losses(project) == [
        Loss("kept", "selections of characters that another selection marks already", 2, "one selection a span, with the codings of all"),
        Loss("left out", "memos of selections that were merged", 1, "the first one's memo is kept", "table: 1")]


def test_each_selection_is_counted_as_its_own_words_say() -> None:
    project, _ = placed(("s", 2, 5, "one"), ("s", 7, 10, "two"), ("s", 2, 5, "gone"), ("s", 3, 6, "one"))
    assert [(s.id, s.start, s.end) for s in project.selections] == [("0", 2, 5), ("1", 6, 9)]
    assert project.offsets == [Offsets("code points", "as they are", False, 1, 2, 2), Offsets("UTF-16 units", "as they are", False, 2, 2, 2)]
    assert losses(project) == [
        Loss("kept", "selections of characters that another selection marks already", 2, "one selection a span, with the codings of all"),
        Loss("approximated", "selections whose stored words differ from the text there", 1, "kept where the file puts them", "table: 2")]


def test_selections_without_characters_are_kept_each_with_its_numbers() -> None:
    project, moved = placed(("s", 2, 99, "one"), ("s", 2, 99, "one"), ("s", None, 5, "one"), ("s", 2, None, "one"))
    assert [(s.id, s.start, s.end, s.place) for s in project.selections] == [
        (str(n), None, None, f"{numbers} of the file's own count") for n, numbers in enumerate(("2 to 99", "2 to 99", "? to 5", "2 to ?"))]
    assert moved == {str(n): str(n) for n in range(4)}
    assert losses(project) == [Loss("approximated", "selections without characters", 4, "they reach outside their text",
                                    "table: 0; table: 1; table: 2; table: 3")]
    assert project.offsets == [Offsets("code points", "as they are", True, 0, 4, 4)]


def test_what_has_no_text_cannot_be_checked() -> None:
    project, _ = placed(("t", None, None, "one"), ("s", 2, 5, "one"))
    assert project.selections == [Selection("0", "t", quote="one", place="? to ? of the file's own count"), Selection("1", "s", 2, 5, "one")]
    assert losses(project) == [Loss("approximated", "selections without characters", 1, "the project holds no text of their source", "table: 0")]
    assert project.offsets == [Offsets("code points", "as they are", False, 1, 1, 2)]


def test_an_id_that_is_taken_is_followed() -> None:
    draft = Draft("p", "x")
    draft.add(Source("s", "s", TEXT))
    draft.add(Code("c", "c"))
    draft.add(Selection("0", "s"))
    moved = add_selections(draft, [claimed(TEXT, 2, 5, "one")], [Selection("0", "s")], [Coding("k", "c", source="s")], (CODE_POINTS,), "table")
    assert (moved, draft.project.codings) == ({"0": "0#2"}, [Coding("k", "c", "", "0#2", "s")])
    assert losses(draft.finish())[0].where == "table: 0"


def test_a_stretch_is_inside_its_text_and_a_part_less_than_the_whole() -> None:
    draft = Draft("p", "x")
    spans = [(0, 9), (0, 8), (0, 7), (1, 9), (0, 0), (9, 9), (-1, 3), (5, 4), (5, 10), (None, 3), (3, None)]
    assert [stretch(draft, "s", TEXT, *span) for span in spans] == [*spans[:6], *[None] * 5]
    assert stretch(draft, "t", None, 0, 3) is None
    assert draft.finish().losses == [Loss("approximated", "stretches that reach outside their text", 3, "kept without characters",
                                          "s, -1 to 3; s, 5 to 4; s, 5 to 10")]
    assert [part(draft, "s", TEXT, *span) for span in spans] == [None, None, (0, 7), (1, 9), (0, 0), (9, 9), *[None] * 5]
    assert part(draft, "s", "", 0, 0) is None
