"""The words inside Taguette's HTML, and who put which tag on which highlight by the log of commands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundwork.readers.record import Coding, Loss, Project, Selection
from boundwork.readers.taguette import text_inside
from readers.test_databases import TAGGED, written
from readers.writers import TAGUETTE, highlight_add


@pytest.mark.parametrize(("html", "text"), [
    ("a<b>b</b >c", "abc"), ('a<b title=">" id=\'>\'>b', "ab"), ("a<b it's>b<i \"b\">c", "abc"), ('a<b title="x', "a"), ("a<b", "a"),
    ("a<b title='x>y\">z'>b", "ab"),
    ("a<!-- > <b> -->b", "ab"), ("a<!-->b", "ab"), ("a<!-- open", "a"), ("a<!-- -- >b", "a"),
    ("a<script>1<2</b></Script >b", "ab"), ("a<STYLE>x</style>b<style>y</style>c", "abc"), ("a<title>open", "a"), ("a</script>b", "ab"),
    ("/<head>x</head>b", "/b"),
    ("a<styled>b</styled>c", "abc"), ("a<?x y>b<!DOCTYPE html>c</>d</ p>e", "abcde"), ("a< b<1<", "a< b<1<"), ("<p>1 &lt;b&gt;</p>", "1 <b>"),
    (" \t\n\f<p> \n a</p>\r\n<p>b\rc</p> ", "a\nb\nc "), ("a&#12345678;b&#123456789012;c&#65;", "a\ufffdb\ufffdcA")])
def test_words_are_what_stands_between_tags(html: str, text: str) -> None:
    assert text_inside(html) == text


@given(st.lists(st.sampled_from(["<", ">", "/", "!", "-", "--", "\"", "'", "=", "?", "a", "b c", "<b>", "</b>", "&lt;", "<!--", "-->", "<style>", "</style>"]),
                max_size=12).map("".join))
def test_words_of_any_html_are_found(html: str) -> None:
    """Whatever is cut off, no more words come out than stand in the document, and what follows a whole document is found."""
    words = text_inside(html)
    assert len(words) <= len(html)
    assert text_inside("x<p>" + html.replace("<", "&lt;")) == "x" + html.replace("&lt;", "<")


def losses(project: Project) -> list[Loss]:
    return [loss for loss in project.losses if loss.outcome != "read"]


def test_the_log_of_the_project_says_who_tagged_and_nothing_else_does() -> None:
    other = [(1, "d1", "ada", 2, 1, "no json"), (2, "d2", "eve", 2, 1, highlight_add(1, [2])),  # of another project
             (3, "d3", "ada", 1, 1, highlight_add(1, [1])), (4, "d4", "eve", 1, 1, json.dumps({"type": "document_add", "highlight_id": 1, "tags": [2]})),
             (5, "d5", "bob", 1, 1, highlight_add(1, [1, 2])), (6, "d6", "eve", 1, 1, "[]"), (7, "d7", "bob", 1, 1, highlight_add(2, [1]).replace("[1]", "7")),
             (8, "d8", "eve", 1, 1, "[" * 100_000)]
    project = written(TAGUETTE, TAGGED | {"commands": other, "highlights": TAGGED["highlights"][:2]}, "t.sqlite3", project="1")
    assert (project.name, project.description) == ("First", "about")
    assert project.codings == [
        Coding("highlight:1/1", "tag:1", "ada", "highlight:1", created="d3"), Coding("highlight:1/2", "tag:2", "bob", "highlight:1", created="d5"),
        Coding("highlight:2/1", "tag:1", "", "highlight:2")]
    assert [(s.user, s.created) for s in project.selections] == [("ada", "d3"), ("", "")]
    assert [loss for loss in losses(project) if "command" in loss.what or "coder" in loss.what] == [
        Loss("approximated", "codings without a coder", 1, "the log of commands does not say who drew them", "highlight:2"),
        Loss("left out", "commands that are no JSON", 2, "who coded cannot be told from them", "table commands, row 6; table commands, row 8")]


def test_a_highlight_whose_position_is_missing_is_kept_without_characters() -> None:
    rows = TAGGED | {"highlights": [(1, 1, None, 13, "é"), (2, 1, 20, None, "Yes.")], "highlight_tags": []}
    project = written(TAGUETTE, rows, "t.sqlite3", project="1")
    assert project.selections == [
        Selection("highlight:1", "document:1", quote="é", place="? to 13 of the file's own count", created="2024-01-01", user="ada"),
        Selection("highlight:2", "document:1", quote="Yes.", place="20 to ? of the file's own count")]
