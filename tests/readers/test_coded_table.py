"""Rows that say source, words and code: where their words stand, what several rows on the same words become, and what is told of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from boundwork.readers.coded_table import CodedTable, Entry, Layout, code_path, locate, plain
from boundwork.readers.draft import Draft
from boundwork.readers.record import Attribute, Case, Code, Coding, Loss, Offsets, Project, Selection


def table(*rows: Mapping[str, str], texts: Mapping[str, str] | None = None, id_is_selection: bool = False) -> Project:
    """The project in rows, each by role; their codes, without a path, stand between blanks."""
    found = CodedTable(Draft("t", "table"), texts or {}, id_is_selection)
    for number, row in enumerate(rows, 1):
        found.add(Entry(f"row {number}", row.get("source", "one"), [((code,), "") for code in row.get("code", "").split()], row,
                        {name: value for name, value in row.items() if name.startswith("@")}))
    found.close()
    return found.draft.finish()


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read"]


def spans(project: Project) -> list[tuple[int | None, int | None, str]]:
    return [(s.start, s.end, s.place) for s in project.selections]


def test_the_first_name_of_a_role_wins_and_a_column_has_one_role() -> None:
    layout = Layout("x", "", {"code": ("code", "codes", "theme"), "place": ("theme", "page")}, ("code", "place"))
    assert layout.match(["Theme", "codes", "Code"]) == {"code": 2, "place": 0}
    assert layout.match(["page", "theme"]) == {"code": 1, "place": 0}
    assert [layout.tells(layout.match(h)) for h in (["code", "theme"], ["theme"])] == [True, False]


def test_a_header_is_compared_up_to_a_thousand_characters() -> None:
    assert [len(plain("x" * n)) for n in (999, 1_000, 1_001)] == [999, 1_000, 1_000]


@pytest.mark.parametrize(("text", "quote", "places"), [
    ("one two, one  two", "one two", [(0, 7)]),  # as it stands comes before any likeness
    ("aaa", "aa", [(0, 2), (1, 3)]), ("aaa", " aa", [(0, 2), (1, 3)]),
    ("a  b a  b a  b", "a b", [(0, 4), (5, 9)]),
    ("\u200bone\ufefftwo", "one two", [(1, 8)]), ("one", "\u200b", []), ("", "\u200b", []), ("one", "", [])])
def test_a_quote_is_where_it_stands(text: str, quote: str, places: Sequence[tuple[int, int]]) -> None:
    assert locate(text, quote) == places


def test_texts_are_known_by_the_names_of_their_sources_with_and_without_an_ending() -> None:
    texts = {"One.txt": "a", "two": "b", "v1.2": "c", "v1": "d", ".hidden": "e"}
    rows = [{"source": name} for name in ("one.txt", "ONE", "one.docx", "two.pdf", "v1.2", "v1", ".hidden", "v1.2.txt", "v3.txt")]
    assert [s.text for s in table(*rows, texts=texts).sources] == ["a", "a", "a", "b", "c", "d", "e", "c", None]


def test_positions_counted_from_one_with_their_end_are_told_by_the_quotes() -> None:
    project = table({"quote": "one", "start": "1", "end": "3"}, {"quote": "two", "range": "5 – 7"}, texts={"one": "one two"})
    assert spans(project) == [(0, 3, ""), (4, 7, "")]
    assert project.offsets == [Offsets("code points, counted from 1, end included", "as they are", False, 2, 2, 2)]


def test_positions_that_do_not_hold_are_kept_as_words_and_told() -> None:
    rows = [{"quote": "two", "start": "4", "end": "7"}, {"quote": "one", "start": "4", "end": "5"}, {"start": "1", "end": "99", "place": "page 3"},
            {"start": "4", "end": "x", "place": "page 4"}, {"start": "y", "end": "7"}, {"range": "seven to twenty-one", "start": "4", "end": "7"}, {"end": "4"}]
    project = table(*rows, texts={"one": "one two"})
    assert spans(project) == [(4, 7, ""), (4, 5, ""), (None, None, "page 3, 1 to 99 of the table's own count"), (None, None, "page 4, 4 to x"),
                              (None, None, "y to 7"), (None, None, "seven to twenty-one"), (None, None, "4")]
    assert losses(project) == [
        Loss("kept", "rows without a code", 7, "they are selections that nobody coded", "row 1; row 2; row 3; row 4; row 5; ..."),
        Loss("approximated", "selections whose quote differs from the text there", 1, "kept where the table puts them", "row 2"),
        Loss("approximated", "selections that reach outside their text", 1, "kept without characters", "row 3"),
        Loss("approximated", "selections whose positions are no numbers", 4, "kept as words",
             "row 4: 4 to x; row 5: y to 7; row 6: seven to twenty-one; row 7: 4")]


def test_a_long_range_is_told_in_twenty_characters() -> None:
    told = [[loss.where for loss in losses(table({"range": "x" * length})) if loss.outcome == "approximated"] for length in (20, 21)]
    assert told == [[f"row 1: {'x' * 20}"], [f"row 1: {'x' * 19}…"]]


def test_rows_without_positions_name_paragraphs() -> None:
    rows = [{"from": "3"}, {"to": "4"}, {"from": "3", "to": "3"}, {"from": "3", "to": "5", "place": "page 1"}, {"from": "0:10", "to": "0:20"}]
    assert [s.place for s in table(*rows).selections] == ["paragraph 3", "paragraph 4", "page 1, paragraphs 3 to 5", "0:10 to 0:20"]


def test_a_memo_of_a_second_row_on_the_same_words_is_kept_with_its_codings() -> None:
    """A selection has one memo; what another coder remarks on the same words hangs on her coding, and is told where she has none."""
    words = {"quote": "two"}
    project = table(words | {"code": "voice", "memo": "loud"}, words | {"code": "voice", "coder": "ada", "memo": "loud"},
                    words | {"code": "voice power", "memo": "odd", "coding memo": "unsure", "id": "7"}, words | {"memo": "why"}, words | {"memo": "loud"},
                    words)
    assert [(s.id, s.memo) for s in project.selections] == [("selection 1", "loud")]
    assert project.codings == [
        Coding("coding 1", "voice", "", "selection 1", "one"), Coding("coding 2", "voice", "ada", "selection 1", "one"),
        Coding("7", "voice", "", "selection 1", "one", memo="unsure\nodd"), Coding("7/2", "power", "", "selection 1", "one", memo="unsure\nodd")]
    assert losses(project) == [Loss("kept", "rows without a code", 3, "they are selections that nobody coded", "row 4; row 5; row 6"),
                               Loss("left out", "memos of selections that were merged", 1, "the first one's memo is kept", "row 4")]


def test_a_row_without_words_is_about_its_source() -> None:
    project = table({"code": "voice", "memo": "odd", "case": "Ada"}, {"quote": "two", "code": "voice", "case": "Ada"}, {"case": "Ada", "memo": "lost"})
    assert project.selections == [Selection("selection 2", "one", quote="two")]
    assert project.codings == [Coding("coding 1", "voice", source="one", memo="odd"), Coding("coding 2", "voice", "", "selection 2", "one")]
    assert project.cases == [Case("case:Ada", "Ada", sources=("one",), selections=("selection 2",))]
    assert losses(project) == [Loss("left out", "rows without a code and without words", 1,
                                    "their source and its attributes are read; they say nothing of its words", "row 3")]


def test_an_id_is_the_coding_s_or_where_a_tool_says_so_the_selection_s() -> None:
    rows = [{"id": "7", "quote": "two", "code": "voice"}, {"id": "8", "quote": "two", "code": "voice"}]
    by_coding = table(*rows)
    assert [(c.id, c.selection) for c in by_coding.codings] == [("7", "selection 1"), ("8", "selection 1")]
    by_selection = table(*rows, {"id": "9", "code": "voice"}, id_is_selection=True)
    assert [(c.id, c.selection) for c in by_selection.codings] == [("coding 1", "7"), ("coding 2", "8"), ("coding 3", "9")]
    plain_table = CodedTable(Draft("t", "table"), {})
    plain_table.add(Entry("row 1", "one", [(("voice",), "")], rows[0]))
    plain_table.close()
    assert [c.id for c in plain_table.draft.project.codings] == ["7"]


def test_an_attribute_that_is_said_again_is_said_once_and_a_second_value_is_told() -> None:
    project = table({"@wave": "1"}, {"@wave": "1"}, {"@wave": ""}, {"@wave": "2"}, {"@wave": "2"}, {"@wave": "1", "source": "two"})
    assert project.attributes == [Attribute("@wave", "1", source="one"), Attribute("@wave", "1", source="two")]
    assert losses(project)[0] == Loss("left out", "second values of @wave for one source", 2, "a source has one value of a variable", "row 4; row 5")


def test_codes_stand_under_each_other_up_to_a_depth() -> None:
    found = CodedTable(Draft("t", "table"), {})
    found.add(Entry("row 1", "one", [(("Work", "Voice", "Loud"), "")]))
    assert found.draft.project.codes == [Code("Work", "Work"), Code("Work > Voice", "Voice", "Work"), Code("Work > Voice > Loud", "Loud", "Work > Voice")]
    assert [len(code_path("/".join(["a"] * depth), ("/",))) for depth in (200, 201)] == [200, 1]
