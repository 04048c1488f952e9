"""A public build and public exports: no word of a text, no name, no id of the project, no rare attribute, in any byte of what is written."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundwork.errors import UsageError
from boundwork.exchange.public import _Publishing
from boundwork.explore.exchanging import export_file
from boundwork.pipeline.exporting import read_material
from boundwork.pipeline.importing import import_projects
from boundwork.pipeline.publishing import NAMES, build_public, public_copy
from boundwork.stores.local import LocalStore
from boundwork.tables.schema import TABLES
from canaries import CANARY, EXAMPLE, PRIVATE, canaried, write_canaried
from conftest import Run
from invented_projects import INTERVIEW, NOTES, by_hand


def shingles(text: str) -> set[str]:
    words = text.split()
    return {" ".join(words[i : i + 6]) for i in range(len(words) - 5)}


def bytes_of(store: Path | None, files: list[Path]) -> bytes:
    """Everything that was written: files, what lies inside archives, and the stores, raw and read."""
    found = [p.read_bytes() for p in files]
    for path in files:
        if path.suffix in (".zip", ".xlsx"):
            with zipfile.ZipFile(path) as archive:
                found += [archive.read(n) for n in archive.namelist()] + [n.encode() for n in archive.namelist()]
    if store is not None:
        found += [p.read_bytes() for p in store.rglob("*") if p.is_file()] + [str(p.relative_to(store)).encode() for p in store.rglob("*")]
        for folder in store.glob("builds/*/stores/*"):
            opened = LocalStore.open(folder)
            for s, p, o in opened.select("SELECT ?s ?p ?o { ?s ?p ?o }"):
                found.append(" ".join(v.text for v in (s, p, o) if v).encode())
    return b"\n".join(found)


def names_of(folder: Path) -> set[str]:
    """Ids and labels by which somebody could be found: of councils, speakers, sources and coders."""
    found = {"Ann (invented)", "Ben (invented)", "coder/ann", "coder/ben"}
    for table, columns in (("councils", ("id", "name", "label")), ("speakers", ("id", "label")), ("sources", ("id", "title", "sha256")),
                           ("extracts", ("sha256",))):
        with open(folder / f"{table}.csv", encoding="utf-8", newline="") as file:
            found |= {r.get(c, "") for r in csv.DictReader(file) for c in columns}
    return found - {""}


def test_no_private_word_is_in_any_byte(scratch: Path, run: Run) -> None:
    folder, words = canaried(scratch / "example")
    assert len(words) > 300
    build_public(folder, scratch / "store", scratch / "o.nq")
    files = [scratch / "o.nq"]
    for to in ("csv", "zip", "xlsx", "jsonld", "qdc"):
        files.append(scratch / f"o.{to}")
        export_file(folder, "csv" if to == "zip" else to, files[-1], io.BytesIO(), with_text=False, program=None, raw=False, public=True, k=5, offsets=False)
    written = bytes_of(scratch / "store", files)
    assert len(written) > 1_000_000
    seen_words, seen_names = [w for w in words if w.encode() in written], [n for n in names_of(EXAMPLE) if n.encode() in written]
    assert (seen_words, seen_names) == ([], [])
    texts = [p.read_text(encoding="utf-8") for p in (EXAMPLE / "texts").glob("*.txt")]
    with open(EXAMPLE / "extracts.csv", encoding="utf-8", newline="") as file:
        texts += [r["quote"] for r in csv.DictReader(file)]
    seen = " ".join(written.decode("utf-8", "replace").split())
    told = set().union(*map(shingles, texts)) & shingles(seen)
    assert told == set()
    paths, codes = written.count(str(scratch).encode()), written.count(b"appliesCode")
    assert paths == 0
    assert codes > 0


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 200, 50))  # in parts, for several workers
def test_no_private_word_of_200_invented_studies_is_in_any_byte(first: int, scratch: Path, record_property: Callable[[str, object], None]) -> None:
    """Every private cell and every id of theirs is a word that nothing else holds; the store, N-Quads, tables in an archive and a workbook are searched."""
    tried, given, seen = 0, 0, []
    for seed in range(first, first + 50):
        place = scratch / str(seed)
        words = write_canaried(place / "study", seed)
        assert words > 60, seed
        private = b"".join(p.read_bytes() for p in (place / "study").rglob("*") if p.is_file())
        assert len({w.lower() for w in CANARY.findall(private)}) > 60, "the words are there to be found"
        build_public(place / "study", place / "store", place / "o.nq", k=2)
        for to in ("zip", "xlsx"):
            export_file(place / "study", "csv" if to == "zip" else to, place / f"o.{to}", io.BytesIO(), with_text=False, program=None, raw=False, public=True,
                        k=2, offsets=False)
        written = bytes_of(place / "store", [place / "o.nq", place / "o.zip", place / "o.xlsx"])
        assert b"appliesCode" in written
        seen += [(seed, w) for w in CANARY.findall(written)]
        shutil.rmtree(place)
        tried, given = tried + 1, given + words
    record_property("tried", tried)
    record_property("words", given)
    assert seen == []


def test_nothing_of_an_imported_project_is_seen(scratch: Path) -> None:
    """Users, documents, cases, GUIDs, memos, codes that quote or name somebody; codes that do not stay."""
    project = by_hand()
    code = project.codes[0]
    project.codes += [type(code)("q", "nobody tells us"), type(code)("n", "What Ann Example said"), type(code)("p", "Plain idea")]
    import_projects([project], scratch / "town")
    build_public(scratch / "town", scratch / "store", scratch / "o.nq")
    written = bytes_of(scratch / "store", [scratch / "o.nq"])
    ids = {x.id for things in (project.users, project.codes[:6], project.sources, project.selections, project.codings, project.cases, project.memos)
           for x in things}
    for private in ("Ann Example", "ann-example", "Ben", "Alderton", "alderton", "The officer", "the-officer", "Interview 1", "interview-1", "Office notes",
                    "nobody tells us",
                    "nobody-tells-us", "What Ann", "Compare with", "cheerful", "Who knows.", *ids):
        seen = private.encode() in written
        assert not seen, private
    plain = b"Plain idea" in written
    assert plain
    told = {s for s in shingles(INTERVIEW) | shingles(NOTES) if s.encode() in written}
    assert told == set()


def test_pseudonyms_stay_when_somebody_joins(scratch: Path) -> None:
    import_projects([by_hand()], scratch / "town")
    with public_copy(scratch / "town", 5, False):
        pass
    before = (scratch / "town" / NAMES).read_text(encoding="utf-8").splitlines()
    project = by_hand()
    project.users.append(type(project.users[0])("aaa", "Aaron"))
    project.codings.append(type(project.codings[0])("zzz", project.codes[3].id, "aaa", project.selections[0].id))
    import_projects([project], scratch / "town")
    with public_copy(scratch / "town", 5, False) as (copy, _, _):
        assert "Ann" not in (copy / "study.toml").read_text(encoding="utf-8")
    after = (scratch / "town" / NAMES).read_text(encoding="utf-8").splitlines()
    assert set(before) < set(after)
    assert len([line for line in after if line.startswith("coder,")]) == 4


@pytest.mark.slow
def test_the_same_answers_under_other_names(scratch: Path, run: Run) -> None:
    """What was coded of the elements is public: the counts are those of the private build."""
    shutil.copytree(EXAMPLE, scratch / "example")
    assert run("build", scratch / "example", "--public", "--store", scratch / "p", "-o", scratch / "p.nt").returncode == 0
    public = (scratch / "p.nt").read_text(encoding="utf-8")
    assert run("build", scratch / "example", "--store", scratch / "q", "-o", scratch / "q.nt").returncode == 0
    private = (scratch / "q.nt").read_text(encoding="utf-8")
    for prop in ("#invokesElement>", "#onBoundary>", "#codes>", "#claimsWork>", "#drawsOn>"):
        assert public.count(prop) == private.count(prop) > 0
    assert private.count("#gist> ") > public.count("#gist> ")


@settings(max_examples=150, deadline=None)
@given(records=st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.sampled_from(["", "x", "y"])), max_size=40), k=st.sampled_from([2, 5, 10]))
def test_no_combination_of_attributes_is_rare(records: list[tuple[str, str]], k: int) -> None:
    """Every combination that is shown is shared by k, and a blank tells nothing: blanks beside values are none or k at least."""
    publishing = object.__new__(_Publishing)
    publishing.k = k
    publishing.public = type("P", (), {"left_out": Counter()})()
    shown = publishing._common([tuple(r) for r in records], "x")
    assert all(now in ("", was) for r, s in zip(records, shown, strict=True) for was, now in zip(r, s, strict=True))
    hidden = {(r, s) for r, s in zip(records, shown, strict=True) if r != s}
    for place in (1, 2):
        groups = Counter(s[:place] for s in shown)
        for group, size in groups.items():
            if group[place - 1]:
                assert size >= k
    firsts = Counter(s[0] for s in shown)
    if any(r[0] != s[0] for r, s in hidden):
        assert firsts[""] >= k or set(firsts) == {""}


@settings(max_examples=100, deadline=None)
@given(records=st.lists(st.tuples(st.sampled_from("abcd")), min_size=1, max_size=60))
def test_two_builds_together_tell_of_no_group_that_is_small(records: list[tuple[str, ...]]) -> None:
    """Somebody subtracts the build with k = 10 from the one with k = 5: what differs is five at least."""
    found = []
    for k in (5, 10):
        publishing = object.__new__(_Publishing)
        publishing.k = k
        publishing.public = type("P", (), {"left_out": Counter()})()
        found.append(publishing._common(records, "x"))
    told = Counter(a for a, b in zip(*found, strict=True) if a != b)
    assert all(n >= 5 for n in told.values())


def test_every_column_is_listed_or_is_no_free_text() -> None:
    """A new column of words is private until somebody says otherwise here."""
    free = {(t.name, c.name) for t in TABLES.values() for c in t.columns if c.kind == "text"} - {("codes", "label")}
    assert free == {(t, c) for t, columns in PRIVATE.items() for c in columns}


def test_public_and_text_do_not_go_together(scratch: Path) -> None:
    for to, with_text in (("qdpx", False), ("csv", True)):
        with pytest.raises(UsageError):
            export_file(EXAMPLE, to, scratch / "x", io.BytesIO(), with_text=with_text, program=None, raw=False, public=True, k=5, offsets=False)
    assert list(scratch.iterdir()) == []


def test_nothing_is_written_into_a_shipped_study() -> None:
    with public_copy(EXAMPLE, 5, False) as (_, made, remembered):
        assert made.names
        assert not remembered
    assert not (EXAMPLE / NAMES).exists()


def test_offsets_are_public_only_if_asked(scratch: Path) -> None:
    shutil.copytree(EXAMPLE, scratch / "example")
    places = {r["start"] for r in read_material(scratch / "example").rows("extracts")}
    for offsets in (False, True):
        with public_copy(scratch / "example", 5, offsets) as (copy, _, _):
            assert {r["start"] for r in read_material(copy).rows("extracts")} == (places if offsets else {""})
