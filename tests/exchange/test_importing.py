"""Import: a study that validates and answers at once, the same ids each time, hand edits kept, nothing half-written."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import boundwork.pipeline.importing as importing
from boundwork.errors import InputError, UsageError
from boundwork.exchange.naming import text_hash
from boundwork.explore.resolving import resolve
from boundwork.explore.validation import validate_study
from boundwork.pipeline.importing import import_projects
from boundwork.readers.record import Code, Coding, Project
from conftest import Run
from invented_projects import INTERVIEW, any_project, by_hand, shuffled, span

QUIET = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with open(folder / f"{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tree(folder: Path, beside: bool = False) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and (beside or "kept" not in p.parts)}


def edit(folder: Path, table: str, change: Any) -> None:
    found = rows(folder, table)
    columns = list(found[0])
    change(found)
    with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(found)


@pytest.fixture
def study(scratch: Path) -> Path:
    import_projects([by_hand()], scratch / "town")
    return scratch / "town"


def test_every_coding_of_the_project_is_a_row_or_named_as_kept(study: Path) -> None:
    """Nine codings: seven on words, one on the whole of a source; the one on an empty selection is kept beside."""
    found = {(r["extract"], r["coder"], r["code"]) for r in rows(study, "codings")}
    codes = {r["label"]: r["id"] for r in rows(study, "codes") if r["label"] != "Expertise"}
    town, talk = span(INTERVIEW, "We know our town \U0001f600"), span(INTERVIEW, "they bring a way of measuring")
    ids = {r["id"]: r for r in rows(study, "extracts")}
    assert len(found) == 8
    assert (f"interview-1-docx-{town[0]}-{town[1]}", "ann-example", "expertise-1") not in found  # ids of own codes are never those of the theory
    assert (f"interview-1-docx-{talk[0]}-{talk[1]}", "ben", codes["Outsiders"]) in found
    assert {c for _, c, _ in found} == {"ann-example", "ben", "unknown"}
    assert all(ids[x]["sha256"] for x, _, _ in found)
    report = json.loads((study / "kept" / "import-report.json").read_text(encoding="utf-8"))
    kept = {(line["what"], line["count"]) for line in report["in the study"] if line["outcome"] == "kept"}
    assert {("codings without words under them", 1), ("selections of no length", 1), ("memos", 3), ("links", 1), ("sets", 1), ("cases", 2)} <= kept
    assert len(rows(study / "kept", "codings")) == 9


def test_texts_are_kept_to_the_character_and_every_extract_resolves(study: Path) -> None:
    assert (study / "texts" / "interview-1-docx.txt").read_bytes().decode() == INTERVIEW
    found = resolve(study)
    assert len(found) == 5
    assert all(r.holds for r in found)
    assert {r.words for r in found} >= {"We know our town \U0001f600", "they bring a way of measuring", "A corner of the map"}


def test_cases_and_variables_become_councils_speakers_and_waves(study: Path) -> None:
    assert [(r["id"], r["label"], r["type"]) for r in rows(study, "councils")] == [("alderton", "Alderton", "district")]
    assert [(r["id"], r["role"]) for r in rows(study, "speakers")] == [("the-officer", "chief-executive")]
    spoken = [r for r in rows(study, "extracts") if r["speaker"]]
    assert {(r["about"], r["kind"], r["wave"]) for r in spoken} == {("alderton", "attributed", "")}
    assert {(r["variable"], r["maps_to"]) for r in rows(study, "variables") if not r["value"]} == {("Council type", "type"), ("Role", "role"), ("Year", ""),
                                                                                                 ("Mood", "")}
    edit(study, "variables", lambda found: [r.update(maps_to="wave") for r in found if r["variable"] == "Year" and not r["value"]])
    import_projects([by_hand()], study)
    assert {r["wave"] for r in rows(study, "extracts") if r["speaker"]} == {"2004"}
    assert "[waves.2004]" in (study / "study.toml").read_text(encoding="utf-8")


def test_codes_are_mapped_by_exact_names_with_the_boundary_of_an_element(study: Path) -> None:
    assert {r["label"]: r["maps_to"] for r in rows(study, "codes")} == {
        "Boundaries": "", "Expertise": "expertise", "generic expertise first": "expertise;generic-expertise-first", "Outsiders": "", "Emoji \U0001f600": ""}


def test_an_imported_study_validates_without_a_finding(study: Path) -> None:
    report = validate_study(study)
    assert report.findings == []
    assert report.looked_at["codings"] == 8


def test_general_commands_work_from_the_first_minute(study: Path, run: Run) -> None:
    done = run("ask", "hybrid-council-types", "--study", study, "--format", "csv", "--param", "boundary=expertise")
    assert done.returncode == 0, done.stderr
    assert "managerial" in run("sparql", "SELECT ?l { ?w bw:drawsOn ?l }", "--study", study).stdout
    matrix = run("matrix", "code", "coder", "--study", study, "--reading", "side-by-side", "--format", "csv")
    assert "Outsiders,1,1,1,3" in matrix.stdout, matrix.stdout + matrix.stderr
    together = run("matrix", "code", "code", "--study", study, "--reading", "side-by-side", "--format", "csv")
    assert together.returncode == 0
    assert run("agreement", study, "--dimension", "code", "--format", "json").returncode == 0
    assert run("explain", "outsiders", "--study", study).returncode == 0
    first = rows(study, "codings")[0]
    assert run("why", f"coding/{first['id']}", "bw:appliesCode", f"code/{first['code']}", "--study", study).returncode == 0
    query = "SELECT (COUNT(DISTINCT ?k) AS ?n) { ?c skos:inScheme ?s . ?s bw:inStudy ?study . ?k bw:appliesCode ?c }"
    concepts = run("sparql", query, "--study", study, "--reading", "side-by-side", "--format", "csv")
    assert concepts.stdout.splitlines()[1] == "8"


def test_new_guids_and_another_order_change_nothing(study: Path) -> None:
    before = tree(study)
    done = import_projects([shuffled(by_hand(7), 3)], study)
    assert done.changes == []
    assert tree(study) == before


@QUIET
@given(project=any_project(), seed=st.integers(0, 99))
def test_ids_do_not_depend_on_the_order_of_things(project: Project, seed: int, tmp_path: Path) -> None:
    """Two imports into new folders are the same study."""
    one, other = tmp_path / "a" / "s", tmp_path / "b" / "s"
    for folder, each in ((one, project), (other, shuffled(project, seed))):
        shutil.rmtree(folder, ignore_errors=True)
        import_projects([each], folder)
    assert tree(one) == tree(other)


def test_an_update_adds_changes_and_takes_away(study: Path) -> None:
    project = by_hand(1)
    project.codes.append(Code("new", "Fresh idea", project.codes[0].id))
    project.codings = [*project.codings[:-1], Coding("x", "new", project.users[0].id, project.selections[0].id)]
    project.codes[3] = Code(project.codes[3].id, "Outsiders", description="Another meaning")
    done = import_projects([project], study)
    told = {(c.what, c.table, c.id, c.column) for c in done.changes}
    fresh = next(r["id"] for r in rows(study, "codings") if r["code"] == "fresh-idea")
    gone = [c.id for c in done.changes if c.what == "gone"]
    assert told == {("new", "codes", "fresh-idea", ""), ("new", "codings", fresh, ""), ("changed", "codes", "outsiders", "description"),
                    ("gone", "codings", gone[0], "")}
    assert len(gone) == 1
    assert gone[0] not in {r["id"] for r in rows(study, "codings")}


def test_hand_edits_stay_and_conflicts_are_told(study: Path) -> None:
    ident = rows(study, "codings")[0]["id"]
    edit(study, "codes", lambda found: [r.update(maps_to="external-assessor", description="Mine") for r in found if r["id"] == "outsiders"])
    edit(study, "extracts", lambda found: found[0].update(gist="My words"))
    edit(study, "codings", lambda found: (found[0].update(note="Look again", confidence="high"), found.append({**found[1], "id": "mine", "code": "outsiders"})))
    toml = study / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('title = "town"', 'title = "My town"  # mine'), encoding="utf-8")
    project = by_hand(2)
    project.codes[3] = Code(project.codes[3].id, "Outsiders", description="The project's")
    done = import_projects([project], study)
    assert [(c.what, c.id, c.column) for c in done.changes] == [("kept", "outsiders", "description")]
    code = next(r for r in rows(study, "codes") if r["id"] == "outsiders")
    assert (code["maps_to"], code["description"]) == ("external-assessor", "Mine")
    assert rows(study, "extracts")[0]["gist"] == "My words"
    assert next(r for r in rows(study, "codings") if r["id"] == ident)["note"] == "Look again"
    assert "mine" in {r["id"] for r in rows(study, "codings")}
    assert 'title = "My town"  # mine' in toml.read_text(encoding="utf-8")


def test_what_is_gone_stays_where_rows_name_it_or_somebody_edited_it(study: Path) -> None:
    edit(study, "codings", lambda found: [r.update(note="dear to me") for r in found if r["code"] == "emoji"])
    project = by_hand(3)
    emoji = project.codes[4].id
    project.codes = [c for c in project.codes if c.id != emoji]
    project.codings = [c for c in project.codings if c.code != emoji]
    done = import_projects([project], study)
    assert {(c.what, c.table) for c in done.changes} == {("kept", "codings"), ("kept", "codes")}
    assert "emoji" in {r["id"] for r in rows(study, "codes")}
    assert {r["code"] for r in rows(study, "codings")} <= {r["id"] for r in rows(study, "codes")}


def test_a_renamed_code_keeps_its_id_and_its_meaning(study: Path) -> None:
    edit(study, "codes", lambda found: [r.update(maps_to="external-assessor") for r in found if r["id"] == "outsiders"])
    project = by_hand()
    project.codes[3] = Code(project.codes[3].id, "People from outside", description="Line one\nline two", color="#ff0000")
    done = import_projects([project], study)
    assert [(c.what, c.id, c.column, c.after) for c in done.changes] == [("changed", "outsiders", "label", "People from outside")]
    assert next(r for r in rows(study, "codes") if r["id"] == "outsiders")["maps_to"] == "external-assessor"


def test_a_changed_text_moves_its_extracts_and_is_told(study: Path) -> None:
    project = by_hand(4)
    longer = "Added before. "
    source = project.sources[1]
    project.sources[1] = type(source)(source.id, source.name, longer + (source.text or ""))
    project.selections[2] = type(project.selections[2])(project.selections[2].id, source.id, (project.selections[2].start or 0) + len(longer),
                                                        (project.selections[2].end or 0) + len(longer))
    done = import_projects([project], study)
    assert {c.column for c in done.changes if c.table == "sources"} == {"characters", "sha256"}
    assert all(r.holds for r in resolve(study))


def test_two_copies_of_a_project_are_one_study_of_two_coders(scratch: Path, run: Run) -> None:
    one, other = by_hand(), by_hand(9)
    one.codings = [c for c in one.codings if c.user == one.users[0].id]
    other.codings = [c for c in other.codings if c.user == other.users[1].id]
    import_projects([one, other], scratch / "two")
    assert {r["coder"] for r in rows(scratch / "two", "codings")} == {"ann-example", "ben"}
    assert len(rows(scratch / "two", "sources")) == 3
    assert run("agreement", scratch / "two", "--dimension", "code").returncode == 0


def test_another_project_does_not_take_the_place_unasked(study: Path) -> None:
    other = Project("Other", "qdpx", users=by_hand().users, codes=by_hand().codes[3:4])
    from boundwork.readers.record import Source

    other.sources = [Source("s", "Elsewhere", "Quite another text.")]
    before = tree(study, beside=True)
    with pytest.raises(UsageError, match="3 documents, of which none"):
        import_projects([other], study)
    assert tree(study, beside=True) == before
    import_projects([other], study, replace=True)
    assert [r["title"] for r in rows(study, "sources")] == ["Elsewhere"]


def test_an_import_that_breaks_leaves_the_study_as_it_was(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(study, beside=True)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(importing, "fsync_tree", full)
    project = by_hand()
    project.codings.pop()
    with pytest.raises(InputError, match="No space left"):
        import_projects([project], study)
    assert tree(study, beside=True) == before
    assert [p.name for p in study.parent.iterdir()] == [study.name]


def test_a_study_that_was_set_aside_when_the_machine_stopped_comes_back(study: Path) -> None:
    before = tree(study, beside=True)
    study.rename(study.with_name(f".{study.name}.before-import"))
    import_projects([by_hand()], study)
    after = tree(study, beside=True)
    assert {k: v for k, v in after.items() if "report" not in k} == {k: v for k, v in before.items() if "report" not in k}


def test_a_folder_that_is_no_study_is_left_alone(scratch: Path) -> None:
    (scratch / "full").mkdir()
    (scratch / "full" / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="no study"):
        import_projects([by_hand()], scratch / "full")
    assert (scratch / "full" / "thesis.docx").read_text(encoding="utf-8") == "mine"


def test_a_broken_table_stops_the_import_before_anything_changes(study: Path) -> None:
    (study / "codes.csv").write_text('id,label,maps_to\nx,"open,\n', encoding="utf-8")
    before = tree(study, beside=True)
    with pytest.raises(InputError, match=r"codes\.csv:2"):
        import_projects([by_hand()], study)
    assert tree(study, beside=True) == before


def test_hashes_of_texts_are_those_of_the_files(study: Path) -> None:
    for row in rows(study, "sources"):
        assert row["sha256"] == text_hash((study / row["file"]).read_bytes().decode())


def test_tables_of_a_study_come_from_any_spreadsheet(study: Path, scratch: Path, run: Run) -> None:
    """A workbook of the study's own tables makes the same study; a sheet that changed changes that table alone."""
    from boundwork.exchange.flat import write_xlsx
    from boundwork.exchange.sheets import parse

    names = ("codings", "extracts", "codes", "sources", "councils", "speakers")
    found = [(n, parse((study / f"{n}.csv").read_text(encoding="utf-8"))) for n in names]
    with open(scratch / "tables.xlsx", "wb") as file:
        write_xlsx(file, found, False)
    assert run("import", scratch / "tables.xlsx", "-o", scratch / "again").returncode == 0
    assert [rows(scratch / "again", n) for n in names] == [rows(study, n) for n in names]
    codes = dict(found)["codes"]
    codes.rows[0]["maps_to"] = "expertise"
    lines = ["\t".join(codes.columns), *("\t".join(r[c].replace("\n", " ") for c in codes.columns) for r in codes.rows)]
    (scratch / "codes.csv").write_text("\n".join(lines), encoding="utf-8")
    done = run("import", scratch / "codes.csv", "-o", study)
    assert done.returncode == 0, done.stderr
    assert "codes: " in done.stderr
    assert rows(study, "codes")[0]["maps_to"] == "expertise"
    assert (study / "kept").is_dir()


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_that_a_spreadsheet_saved_with_other_separators_is_written_again(mark: str, fresh: Path, run: Run) -> None:
    """Excel writes semicolons in many languages; the finding names the import that mends the table in its place."""
    table = fresh / "codings.csv"
    before = rows(fresh, "codings")
    written = [list(before[0]), *(list(r.values()) for r in before)]
    with open(table, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=mark).writerows(written)
    shown = run("validate", cwd=fresh)
    assert shown.returncode == 1 and "boundwork import STUDY/codings.csv -o STUDY" in " ".join(shown.stdout.split())
    done = run("import", table, "-o", fresh)
    assert done.returncode == 0, done.stderr
    assert rows(fresh, "codings") == before
    assert run("validate", cwd=fresh).returncode == 0


def test_an_import_does_not_take_the_folder_away_that_somebody_stands_in(fresh: Path, run: Run) -> None:
    before = tree(fresh, beside=True)
    for cwd, target in ((fresh, "."), (fresh / "texts", "..")):
        done = run("import", fresh / "codings.csv", "-o", target, cwd=cwd)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"cd {fresh.parent}" in done.stderr and f"-o {fresh.name}" in done.stderr
    assert tree(fresh, beside=True) == before


def test_a_workbook_with_one_sheet_is_the_table_that_its_file_is_named_after(study: Path, scratch: Path, run: Run) -> None:
    from boundwork.exchange.flat import write_xlsx
    from boundwork.exchange.sheets import parse

    codes = parse((study / "codes.csv").read_text(encoding="utf-8"))
    codes.rows[0]["maps_to"] = "expertise"
    with open(scratch / "codes.xlsx", "wb") as file:
        write_xlsx(file, [("Sheet1", codes)], False)
    done = run("import", scratch / "codes.xlsx", "-o", study)
    assert done.returncode == 0, done.stderr
    assert rows(study, "codes")[0]["maps_to"] == "expertise"


def test_tables_that_no_study_can_begin_with_are_told_what_is_missing(study: Path, scratch: Path, run: Run) -> None:
    done = run("import", study / "codings.csv", "-o", scratch / "new")
    assert done.returncode == 2
    assert "extracts is not among: codings" in done.stderr
    assert not (scratch / "new").exists()


def test_the_command_reports_and_says_what_to_do_next(scratch: Path, run: Run) -> None:
    from boundwork.exchange.refi import write_qdpx

    with open(scratch / "p.qdpx", "wb") as file:
        write_qdpx(file, by_hand(), "NVivo", None, {})
    done = run("import", scratch / "p.qdpx", "-o", "town", "--format", "json", cwd=scratch)
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)
    assert {"file": "p.qdpx", "outcome": "read", "what": "codes", "count": 6, "why": "", "where": ""} in lines
    assert "map to nothing yet: outsiders" in done.stderr
    assert "town/codes.csv" in done.stderr
    again = run("import", scratch / "p.qdpx", "-o", "town", cwd=scratch)
    assert "Nothing changed." in again.stderr
    piped = run("export", "town", "--to", "csv", cwd=scratch)
    assert piped.stdout.startswith("coding,extract,coder")
    for wrong, words in ((["import", "none.qdpx", "-o", "x"], "no file none.qdpx"), (["import", "p.qdpx", "-o", "p.qdpx"], "no study"),
                         (["import", "p.qdpx", "-o", "x", "--column", "code"], "says no column"), (["export", "town", "--to", "qdpx"], "--with-text"),
                         (["export", "town", "--to", "qdpx", "--with-text"], "-o FILE"), (["export", "town", "--to", "csv", "--for", "nvivo"], "--for")):
        bad = run(*wrong, cwd=scratch)
        assert bad.returncode == 2
        assert words in bad.stderr
    assert not (scratch / "x").exists()
