"""RQDA's tables one by one: where annotations and cases stand, what is deleted, and which of its codes stand in several categories."""

from __future__ import annotations

from typing import Any

from boundwork.readers.record import Case, Loss, Memo, Project, Selection
from readers.test_databases import Rows, written
from readers.writers import RQDA

TEXT = "One two three"
SOURCE = ("one", 1, TEXT, "", "", "", "", 1)


def read(**rows: Any) -> Project:
    return written(RQDA, {"source": [SOURCE], **rows}, "p.rqda")


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read"]


def test_the_project_says_its_version_and_what_it_is_about() -> None:
    project = read(project=[("DBVersion:0.1", "", "", "about it", "", "")])
    assert (project.name, project.origin, project.description) == ("p", "RQDA (DBVersion:0.1)", "about it")
    assert read(project=[(None, "", "", "about it", "", "")]).origin == "RQDA"


def test_journals_are_memos_with_an_id_of_their_own() -> None:
    project = read(journal=[("day", "Monday.", "2024", "", "ada", 1), ("", "Tuesday.", "", "", "", 1), ("gone", "", "", "", "", 0),
                            ("kept", "Friday.", "", "", "", None)])
    assert project.memos == [Memo("journal:day", "Monday.", "day", "", "ada", "2024"), Memo("journal:2", "Tuesday."), Memo("journal:kept", "Friday.", "kept")]
    assert losses(project) == [Loss("left out", "rows of journal that are deleted in RQDA", 1, "their status is not 1")]


def test_an_annotation_is_a_point_of_its_text() -> None:
    places = (0, 13, -1, 14, None)
    project = read(annotation=[(1, place, "odd", "ada", "2024", "", 1) for place in places])
    assert [(s.start, s.end) for s in project.selections] == [(0, 0), (13, 13), *[(None, None)] * 3]
    assert project.selections[1] == Selection("annotation:2", "source:1", 13, 13, memo="odd", created="2024", user="ada")
    assert losses(project) == [Loss("approximated", "annotations that lie outside their text", 2, "kept without a place", "source:1, -1; source:1, 14")]


def test_a_coding_whose_position_is_missing_is_kept_without_characters() -> None:
    rows: Rows = {"freecode": [("voice", "", "", "", "", 1, 1, "")],
                  "coding": [(1, 1, "One", None, 3.0, 1, "ada", "", ""), (1, 1, "two", 4.0, None, 1, "ada", "", "")]}
    assert read(**rows).selections == [Selection("selection:1", "source:1", quote="One", place="? to 3 of the file's own count", user="ada"),
                                       Selection("selection:2", "source:1", quote="two", place="4 to ? of the file's own count", user="ada")]


def test_a_case_has_a_source_whole_or_a_part_of_it() -> None:
    """What reaches outside its text is the source whole, and told."""
    spans = [(0, 13), (0, 12), (0, 11), (1, 13), (5, 5), (-1, 3), (5, 4), (1, 14), (None, 3), (0, None)]
    cases = [(f"case {n}", "", "", "", "", n, 1) for n in range(len(spans))]
    project = read(cases=cases, caselinkage=[*((n, 1, *span, 1, "ada", "2024", "m") for n, span in enumerate(spans)), (99, 1, 0, 3, 1, "", "", "")])
    parts = {2: 3, 3: 4, 4: 5}
    assert project.cases == [Case(f"case:{n}", f"case {n}", selections=(f"caselinkage:{parts[n]}",)) if n in parts else
                             Case(f"case:{n}", f"case {n}", sources=("source:1",)) for n in range(len(spans))]
    assert [(s.start, s.end) for s in project.selections] == [(0, 11), (1, 13), (5, 5)]
    assert project.selections[0] == Selection("caselinkage:3", "source:1", 0, 11, memo="m", created="2024", user="ada")
    assert losses(project) == [
        Loss("approximated", "stretches that reach outside their text", 3, "kept without characters", "source:1, -1 to 3; source:1, 5 to 4; source:1, 1 to 14"),
        Loss("left out", "members of cases that are not there", 1, "", "case:99")]
