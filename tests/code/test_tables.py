"""Bad tables give findings, or one clear error, that name file, line and column; never a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork.errors import InputError
from boundwork.findings import Finding, Severity
from boundwork.populate.study import populate
from boundwork.tables.reader import MOST_CELL, MOST_LINE, read_table
from boundwork.tables.schema import TABLES
from boundwork.tables.studyfile import read_study
from boundwork.terms import Vocabulary

HEADER = ",".join(c.name for c in TABLES["codings"].columns)
COLUMNS = [c.name for c in TABLES["codings"].columns]
Check = Callable[[str, bytes], list[Finding]]


def coding(**cells: str) -> str:
    """A row of codings.csv that is fine but for what is given."""
    plain = {"id": "k1", "extract": "x1", "coder": "me", "boundary": "expertise", "work": "boundary", "basis": "interpreted", "confidence": "medium"}
    return ",".join({**plain, **cells}.get(c, "") for c in COLUMNS)


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def without(*names: str) -> bytes:
    keep = [i for i, c in enumerate(COLUMNS) if c not in names]
    return "\n".join(",".join(line.split(",")[i] for i in keep) for line in (HEADER, coding())).encode()


@pytest.fixture
def check(study: Path, vocabulary: Vocabulary, scratch: Path) -> Check:
    """Put bytes in the place of one table and return what populating finds, in order."""

    def call(name: str, data: bytes) -> list[Finding]:
        (study / name).write_bytes(data)
        work = scratch / "work"
        work.mkdir(exist_ok=True)
        return sorted(populate(read_study(study), vocabulary, work).findings, key=lambda f: f.order)

    return call


V, W = Severity.VIOLATION, Severity.WARNING
FAULTS: dict[str, tuple[bytes, Severity, str, int, str, str]] = {
    "a missing column": (without("extract"), V, "table-missing-column", 1, "extract", "Column 'extract' is missing"),
    "an unknown column": (table(coding() + ",5", header=HEADER + ",elemnts"), W, "table-unknown-column", 1, "elemnts", "Did you mean 'elements'?"),
    "a column twice": (table(coding() + ",x", header=HEADER + ",code"), V, "table-column-twice", 1, "code", "stands twice"),
    "an unknown code": (table(coding(boundary="expertize")), V, "table-unknown-code", 2, "boundary", "Did you mean 'expertise'?"),
    "a code of another scheme": (table(coding(boundary="blurring")), V, "table-unknown-code", 2, "boundary",
                              "a code of column form, and column boundary does not take it"),
    "a code unlike any other": (table(coding(boundary="zzzzzz")), V, "table-unknown-code", 2, "boundary", "'zzzzzz' is no code that column boundary takes"),
    "an unknown extract": (table(coding(extract="x11")), V, "table-unknown-ref", 2, "extract", "'x11' is no id in extracts.csv. Did you mean 'x1'?"),
    "an unknown coder": (table(coding(coder="mee")), V, "table-unknown-coder", 2, "coder", "Did you mean 'me'?"),
    "an unknown word": (table(coding(work="bounday")), V, "table-unknown-word", 2, "work", "Did you mean 'boundary'?"),
    "an unknown claim": (table(coding(supports="c9")), V, "table-unknown-ref", 2, "supports", "'c9' is no id in claims.csv"),
    "a row that follows no row": (table(coding(follows="k7")), V, "table-unknown-ref", 2, "follows", "'k7' is no id in codings.csv"),
    "an empty required cell": (table(coding(basis="")), V, "table-empty-cell", 2, "basis",
                              "Column basis must be filled in every row. It takes interpreted or stated."),
    "blanks in a required cell": (table(coding(basis=" ")), V, "table-empty-cell", 2, "basis", "must be filled"),
    "an undecided coder": (table(coding(coder="?")), V, "table-unknown-coder", 2, "coder", "'?' is no coder"),
    "an id twice": (table(coding(), coding()), V, "table-id-twice", 3, "id", "stands in line 2 already"),
    "cp1252": (table(coding(note="caf\u00e9")).decode().encode("cp1252"), V, "table-encoding", 2, "", "is not UTF-8 (near '"),
    "UTF-16": (table(coding()).decode().encode("utf-16"), V, "table-encoding", 1, "", "CSV UTF-8"),
    "UTF-16 without a mark": (table(coding()).decode().encode("utf-16-le"), V, "table-encoding", 1, "", "NUL"),
    "a NUL byte": (table(coding(note="a\0b")), V, "table-encoding", 2, "", "NUL"),
    "a stray quote": (table(coding(note='"a"b')), V, "table-quote", 2, "", "stands inside a cell"),
    "an unclosed quote": (table(coding(), coding(id="k2", note='"never')), V, "table-quote", 3, "", "never closed"),
    "a control character": (table(coding(id="k\x0b1")), V, "table-control-character", 2, "id", "control character"),
    "nothing at all": (b"", V, "table-empty", 1, "", "It must name the columns: id, extract, coder"),
    "an empty first line": (b"\n" + table(coding()), V, "table-empty", 1, "", "It must name the columns"),
    "only a header": (table(), V, "table-no-rows", 2, "", "a header and no rows"),
    "too few cells": (table("k1,x1,me,,expertise"), W, "table-row-too-short", 2, "", "has 5 cells, the header 30"),
    "too many cells": (table(coding() + ",more,still"), V, "table-row-too-long", 2, "", "has 32 cells, the header 30"),
    "semicolons": (table(coding()).replace(b",", b";"), V, "table-separator", 1, "", "comma-separated CSV"),
    "tabs": (table(coding()).replace(b",", b"\t"), V, "table-separator", 1, "", "comma-separated CSV"),
    "carriage returns alone": (table(coding()).replace(b"\n", b"\r"), V, "table-quote", 1, "", "carriage returns alone"),
    "a cell over the limit": (table(coding(note='"' + "x" * (MOST_CELL + 1) + '"')), V, "table-quote", 2, "", "longer than 1,000,000 characters"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_table_is_found_at_its_line_and_column(fault: str, check: Check) -> None:
    data, severity, rule, line, column, words = FAULTS[fault]
    found = check("codings.csv", data)
    hit = next((f for f in found if f.rule == rule), None)
    assert hit is not None, found
    assert (hit.severity, hit.line, hit.column) == (severity, line, column)
    assert hit.file.endswith("codings.csv")
    assert words in hit.message


@pytest.mark.parametrize(("name", "cells", "rule", "column", "words"), [
    ("councils.csv", "c1,Council 1,,district,south-east,03-Apr,,", "table-not-a-number", "interviews", "a spreadsheet seems to have turned it into a date"),
    ("councils.csv", "c1,Council 1,,district,south-east,1.5,,", "table-not-a-number", "interviews", "'1.5' is no whole number"),
    ("councils.csv", "c1,,,district,south-east,1,,", "table-empty-cell", "label", "must be filled"),
    ("councils.csv", "c1,Council 1,,distrikt,south-east,1,,", "table-unknown-code", "type", "Did you mean 'district'?"),
    ("sources.csv", "s1,Title,,12,abc,,,,", "table-not-a-hash", "sha256", "64 hexadecimal digits"),
    ("codebook.csv", "no-such-code,1.0.0,,,me,,,,,,,,", "table-unknown-code", "code", "no code that column code takes"),
    ("codebook.csv", "expertise,1.0.0,,expertize,me,,,,,,,,", "table-unknown-code", "replaced_by", "Did you mean 'expertise'?"),
    ("judgements.csv", "j1,me,c2,expertise,,hybrid,x1,interpreted,low,", "table-unknown-actor", "about", "neither a council of councils.csv"),
    ("judgements.csv", "j1,me,c1,expertise,2019,hybrid,x1,interpreted,low,", "table-unknown-wave", "wave", "no wave of study.toml"),
    ("decisions.csv", "d1,x1,k9,agreed,me,", "table-unknown-ref", "keeps", "'k9' is no id in codings.csv"),
    ("extracts.csv", "x1,interview-1,,0,2019-03-04,,narrative,,,,g,,", "table-not-a-number", "end", "into a date"),
    ("codes.csv", "a,A,b,,", "table-unknown-ref", "broader", "'b' is no id in codes.csv"),
])
def test_every_table_is_checked_by_its_columns(check: Check, name: str, cells: str, rule: str, column: str, words: str) -> None:
    header = ",".join(c.name for c in TABLES[name.removesuffix(".csv")].columns)
    found = [f for f in check(name, f"{header}\n{cells}\n".encode()) if f.file.endswith(name)]
    assert [(f.rule, f.line, f.column) for f in found] == [(rule, 2, column)]
    assert words.lower() in found[0].message.lower()


@pytest.mark.parametrize("data", [
    b"\xef\xbb\xbf" + table(coding()),
    table(coding()).replace(b"\n", b"\r\n"),
    table(coding()).rstrip(b"\n"),
    table(coding(), "", "," * 29, ""),
    table(coding(note='"one\ntwo, ""three"""')),
    table(coding(id=" k1 ", boundary=" expertise ")),
], ids=["a byte order mark", "CRLF", "no last line end", "blank rows", "a quoted line end", "blanks around cells"])
def test_what_spreadsheets_write_is_accepted(check: Check, data: bytes) -> None:
    assert check("codings.csv", data) == []


def test_a_quoted_line_end_keeps_physical_lines_and_record_numbers_apart(check: Check) -> None:
    found = check("codings.csv", table(coding(note='"one\ntwo\nthree"'), coding(id="k2", boundary="expertize")))
    assert [(f.line, f.row, f.column) for f in found] == [(5, 3, "boundary")]


def test_a_wrong_cell_costs_the_cell_and_not_the_row(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    (study / "codings.csv").write_bytes(table(coding(form="blurr"), coding(id="k2", coder="you")))
    population = populate(read_study(study), vocabulary, scratch)
    text = "".join(p.read_text(encoding="utf-8") for p in population.parts["coding", "me"].values())
    assert "/coding/k1>" in text
    assert "hasForm" not in text
    assert "/coding/k2>" not in text


def test_findings_are_counted_but_not_piled_up_without_end(check: Check) -> None:
    found = check("codings.csv", table(*(coding(id=f"k{i}", boundary="expertize") for i in range(1000))))
    assert 200 <= len(found) <= 202
    assert [f.rule for f in found if f.severity is Severity.INFO] == ["table-more"]


def test_a_missing_required_table_is_a_finding(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    (study / "extracts.csv").unlink()
    rules = {(f.rule, f.file.rsplit("/", 1)[-1]) for f in populate(read_study(study), vocabulary, scratch).findings}
    assert ("table-missing", "extracts.csv") in rules


def test_a_folder_or_a_pipe_in_the_place_of_a_table_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"codings\.csv is not a file"):
        read_table(tmp_path, TABLES["codings"], "codings.csv")
    with pytest.raises(InputError, match=r"cannot be read: No such file"):
        read_table(tmp_path / "none.csv", TABLES["codings"])


def test_200_megabytes_on_one_line_are_refused_in_bounded_memory(study: Path) -> None:
    with open(study / "codings.csv", "wb") as file:
        file.write(HEADER.encode() + b"\nk1,")
        file.seek(200 * 1024 * 1024)  # a hole: reads as NUL bytes, costs no disk
        file.write(b"x\n")
    code = (f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({1 << 29}, {1 << 29}));"
            "import sys; from boundwork.tables.reader import read_table; from boundwork.tables.schema import TABLES; from pathlib import Path;"
            "t = read_table(Path(sys.argv[1]), TABLES['codings']); list(t.rows()); print([(f.rule, f.line) for f in t.findings])")
    done = subprocess.run([sys.executable, "-c", code, str(study / "codings.csv")], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[('table-line-too-long', 2)]", "")


@pytest.mark.parametrize("where", ["header", "row"])
def test_a_line_of_letters_without_end_is_refused_wherever_it_stands(check: Check, where: str) -> None:
    long = b"x" * (MOST_LINE + 10)
    found = check("codings.csv", long if where == "header" else table(coding()) + long)
    assert [(f.rule, f.line) for f in found if f.rule == "table-line-too-long"] == [("table-line-too-long", 1 if where == "header" else 3)]


def test_a_control_character_in_a_cell_never_reaches_the_terminal(check: Check) -> None:
    found = check("codings.csv", table(coding(boundary="\x1b[31mred")))
    assert "\x1b" not in found[0].message + found[0].value
    assert "␛[31mred" in found[0].message
