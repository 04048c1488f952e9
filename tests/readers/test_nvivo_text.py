"""NVivo's report as plain text: references that are announced and shown, lines that are none, and where each stands."""

from __future__ import annotations

import pytest

from boundwork.errors import InputError
from boundwork.readers.nvivo_text import read_nvivo_text
from boundwork.readers.record import Code, Loss, Project, Selection, Source


def file(name: str, count: str) -> str:
    return f"<Files\\\\{name}> - § {count} references coded  [ 6.78% Coverage]"


def reference(number: int) -> str:
    return f"Reference {number} - 5.80% Coverage"


def read(*lines: str, code: str | None = None) -> Project:
    return read_nvivo_text("\r\n".join(lines), "r.txt", code)


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read" and loss.what != "percentages of coverage"]


def test_a_report_is_its_references_with_the_lines_they_stand_on() -> None:
    project = read("Name: Work\\Voice", "", file("one", "1"), "", reference(1), "", "a", "", " b ", "", file("Wave\\two", "1,002"), "Nombre: kept",
                   reference(1002), "c",
                   code=None)
    assert project.codes == [Code("Work", "Work"), Code("Work > Voice", "Voice", "Work")]
    assert project.sources == [Source("one", "one"), Source("Wave/two", "two")]
    assert project.selections == [Selection("selection 1", "one", quote="a\n\n b", place="reference 1"),
                                  Selection("selection 2", "Wave/two", quote="c", place="reference 1002")]
    assert losses(project) == [Loss("left out", "lines outside references", 1, "", "r.txt, line 12: Nombre: kept"),
                               Loss("left out", "references that the report announces and does not show", 1_001, "", "two: 1002 announced, 1 there")]


def test_what_is_announced_and_not_shown_is_told_of_every_file() -> None:
    """So is what is shown and was not announced."""
    project = read(file("one", "3"), reference(1), "a", file("two", "1"), reference(1), "b", reference(2), "c", file("three", "1"), reference(1), "d")
    assert losses(project) == [Loss("left out", "references that the report announces and does not show", 3, "",
                                    "one: 3 announced, 1 there; two: 1 announced, 2 there")]


def test_lines_that_are_no_reference_are_told() -> None:
    long = "x" * 30
    project = read(reference(7), f"{long}", f"{long}x", " ", file("one", "1"), "why", reference(1), "a", code="mine")
    assert [c.code for c in project.codings] == ["mine"]
    assert losses(project) == [Loss("left out", "lines outside references", 4, "",
                                    f"r.txt, line 1: {reference(7)}; r.txt, line 2: {long}; r.txt, line 3: {long[1:]}…; r.txt, line 6: why")]


def test_a_line_that_is_longer_than_any_heading_is_none() -> None:
    for length, places in ((2_000, ["reference 1", "reference 2"]), (2_001, ["reference 1"])):
        project = read(file("one", "2"), reference(1), "a", reference(2).ljust(length, "."), "b")
        assert [s.place for s in project.selections] == places
        head = file("", "1")
        project = read(file("one", "1"), reference(1), "a", file("x" * (length - len(head)), "1"), reference(1), "b")
        assert len(project.sources) == len(places)


def test_a_text_without_references_is_refused() -> None:
    with pytest.raises(InputError) as error:
        read("Reference 1 - 5.80% Coverage", "words")
    assert str(error.value) == ("r.txt holds no coded reference as NVivo reports them. "
                                r"Its lines look like <Files\\doc> - § 2 references coded [6.78% Coverage].")
