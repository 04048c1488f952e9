"""Words for people, and help that is true: nothing broken at hyphens, counts in the right number, lines that fit."""

from __future__ import annotations

import ast
import os
import pty
import re
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from boundwork.cli.main import MODULES, VERBS, parser
from boundwork.errors import BoundworkError
from boundwork.findings import Finding, Severity
from boundwork.wording import counted, ended_once, folded
from cli.test_examples import examples
from conftest import ROOT, STUDIES, Run

SOURCE = ROOT / "src" / "boundwork"
PAPER_STUDY, EXAMPLE = STUDIES

pytestmark = pytest.mark.usefixtures("builds")


# ---- words ---------------------------------------------------------------------------------------------------------------------------


def test_codes_are_never_broken_where_text_is_folded(run: Run) -> None:
    codes = {path.stem for path in (ROOT / "data" / PAPER_STUDY / "codebook").glob("*-*.md")}
    for command in (("validate", EXAMPLE), ("explain", "expertise"), ("explain", "1.0.0"), ("ask", "evidence-per-element"), ("queries",), ("ask", "--help")):
        for width in ("40", "60", "80"):
            text = run(*command, env={"COLUMNS": width}).stdout
            broken = [line for line in text.splitlines() if re.search(r"[a-z]-$", line) and line.strip("- ")]
            assert not broken, (command, width)
    assert folded("see corporate-service-relations and more", 10) == ["see", "corporate-service-relations", "and more"]
    assert len(codes) > 20


def test_counts_of_a_build_and_rows_under_a_bullet_fit_80_columns(run: Run) -> None:
    built = run("build", EXAMPLE, env={"COLUMNS": "80"})
    asked = run("ask", "hybrid-council-types", "--study", PAPER_STUDY, "--sensitivity", env={"COLUMNS": "80"})
    assert [line for line in (built.stderr + asked.stdout).splitlines() if len(line) > 80] == []
    rows = asked.stdout.partition("* ")[2].partition("\n\n")[0].splitlines()
    assert len(rows) > 20 and [line for line in rows[1:] if not line.startswith(("* ", "  "))] == []


def test_text_is_folded_in_one_place() -> None:
    users = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py") if re.search(r"\btextwrap\b", path.read_text(encoding="utf-8"))}
    assert users == {"wording.py"}


def test_counts_are_in_the_right_number(run: Run, fresh: Path, tmp_path: Path) -> None:
    own = {"BOUNDWORK_CACHE": str(tmp_path)}  # it is emptied, and the other tests need theirs
    said = "".join(run(*command, cwd=fresh, env=own).stderr + run(*command, cwd=fresh, env=own).stdout for command in (
        ("validate",), ("build",), ("resolve",), ("resolve", "--find", "our district"), ("cache", "--clear")))
    assert re.findall(r"\b1 (?:\w+ )?(?:councils|speakers|sources|extracts|codings|rows|studies|hashes|places|violations|warnings|infos)\b", said) == []
    assert "1 council, 1 speaker, 1 source, 1 extract" in said
    assert "1 extract, 1 hash holds, 0 do not." in said
    assert counted(1, "hash", "holds") == "1 hash holds"


def test_no_message_ends_twice() -> None:
    assert ended_once("Did you mean 'x'?.") == "Did you mean 'x'?"
    assert ended_once("and so on ... .. then") == "and so on ... . then"
    assert Finding(Severity.INFO, "r", "Is it 'x'?.").message == "Is it 'x'?"
    assert str(BoundworkError("No such 'x'..", "Did you mean 'y'?.")) == "No such 'x'. Did you mean 'y'?"


# ---- help ----------------------------------------------------------------------------------------------------------------------------


def subparsers() -> dict[str, ArgumentParser]:
    """The options of every verb, by its name."""
    found = next(action for action in parser()._actions if action.dest == "verb").choices
    assert isinstance(found, dict)
    return found


def test_every_verb_has_examples_and_a_help_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    top, verbs = parser(), subparsers()
    assert set(verbs) == set(VERBS)
    for verb, sub in {"": top, **verbs}.items():
        assert [line for line in sub.format_help().splitlines() if len(line) > 80] == [], verb
        assert not verb or list(examples(verb))


def test_an_option_of_the_help_is_read_by_its_verb() -> None:
    """Every option's name occurs as `args.NAME` in the verb or in what it hands the options to."""
    shared = "".join((SOURCE / "cli" / name).read_text(encoding="utf-8") for name in ("options.py", "main.py"))
    unread = []
    for verb, sub in subparsers().items():
        text = (SOURCE / "cli" / f"{MODULES.get(verb, verb)}.py").read_text(encoding="utf-8")
        helpers = [f"cli/{m}.py" for m in re.findall(r"from boundwork\.cli\.(\w+) import", text) if m not in ("options", "output", "main", "results")]
        read = text + "".join((SOURCE / h).read_text(encoding="utf-8") for h in helpers) + (shared if "session(args" in text else "")
        for action in sub._actions:
            name = action.dest
            used = re.search(rf"args\.{name}\b|args, \"{name}\"|options, \"{name}\"", read) or (name == "timeout" and "timeout" in shared)
            if name not in ("help", "debug") and not used:
                unread.append(f"{verb} {name}")
    assert unread == []
    for verb in ("new", "resolve", "queries"):
        assert "--store" not in subparsers()[verb].format_help()


# ---- terminals and counts ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="a terminal of POSIX")
def test_on_a_terminal_of_80_columns_no_line_is_longer(fresh: Path, cache: Path) -> None:
    for words in (["validate"], ["ask", "hybrid-council-types"], ["explain", "k1"], ["resolve"], ["queries"], ["ask", "hybrid-counci-types"]):
        shown = on_a_terminal([sys.executable, "-m", "boundwork.cli", *words], fresh)
        assert shown.strip()
        assert [line for line in shown.splitlines() if len(line) > 80 and "boundwork " not in line] == [], words


def on_a_terminal(words: list[str], cwd: Path) -> str:
    """What a command prints on a terminal of 80 columns and 24 lines."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(words, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    read = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        read += piece
    process.wait(timeout=60)
    os.close(ours)
    return re.sub(r"\r\033\[K|[^\n]*\r(?!\n)", "", read.decode().replace("\r\n", "\n"))  # a line of progress is written over


def test_the_note_that_the_shipped_study_is_meant_is_given_only_where_it_helps(run: Run, fresh: Path, tmp_path: Path) -> None:
    assert "this is the shipped study" in run("validate", "--least", "violation", cwd=tmp_path).stderr
    assert "shipped" not in run("validate", cwd=fresh).stderr


def test_no_module_prints_counts_by_hand() -> None:
    """A plural behind `len(...)` says "1 rows" one day, where `counted` says it right; "1 of 3 rows" and "the first 1 rows" stay in the plural."""
    found = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.JoinedStr):
                continue
            parts = [ast.unparse(v.value) if isinstance(v, ast.FormattedValue) else str(getattr(v, "value", "")) for v in node.values]
            for before, number, after in zip(["", *parts], parts, parts[1:], strict=False):
                by_length = number.startswith("len(") and not before.endswith((" of ", "the first "))
                if by_length and re.match(r" (?!of\b)[a-z]+s\b", after):
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert found == []
