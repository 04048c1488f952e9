"""The documentation is true: generated pages are current, commands print what the pages show, links lead somewhere.

In a page, a ```console block holds commands after `$ ` and what they print. Lines of output that are shown must appear in
that order, as on a terminal of 100 columns; `...` stands for any number of lines, or at the end of a line for its rest. An HTML comment before a block
says more: `<!-- exit: 1 -->` the exit status, `<!-- file: NAME -->` that the block is a file which the reader makes.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(p for p in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if p.is_file())
BLOCK = re.compile(r"(?:^<!-- (?P<key>exit|file): (?P<value>.+?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
LINK = re.compile(r"(?<!!)\[[^\]\[]*\]\(([^)\s]+)\)")


@dataclass
class Command:
    """One command of a page, with the status it must leave and the lines that the page shows."""

    words: list[str]
    line: str
    status: int
    shown: list[str]


def steps(page: Path) -> Iterator[Command | tuple[str, str]]:
    """Yield the commands of a page and the files (name, text) that it asks for, in order."""
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["key"] == "file":
            yield block["value"], block["text"]
        elif block["kind"] == "console":
            status = int(block["value"]) if block["key"] == "exit" else 0
            command: Command | None = None
            for line in block["text"].splitlines():
                if line.startswith("$ "):
                    if command:
                        yield command
                    command = Command(shlex.split(line[2:]), line, status, [])
                elif command:
                    command.shown.append(line)
            if command:
                yield command


def missing_line(shown: list[str], printed: list[str]) -> str:
    """Return the first shown line that is not printed after the one before it, or nothing."""
    place = 0
    for line in shown:
        wanted = line.rstrip()
        if not wanted.removesuffix("...").strip():
            continue
        while place < len(printed):
            found = printed[place].rstrip()
            place += 1
            if found == wanted or (wanted.endswith("...") and found.startswith(wanted.removesuffix("...").rstrip())):
                break
        else:
            return line
    return ""


WITH_COMMANDS = [p for p in PAGES if "```console" in p.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_commands_of_a_page_print_what_it_shows(page: Path, cache: Path, tmp_path: Path) -> None:
    here = tmp_path
    for step in steps(page):
        if isinstance(step, tuple):
            (here / step[0]).parent.mkdir(parents=True, exist_ok=True)
            (here / step[0]).write_text(step[1], encoding="utf-8", newline="\n")
            continue
        match step.words:
            case ["cd", folder]:
                here = here / folder
                continue
            case ["boundwork", *rest]:
                words = [sys.executable, "-m", "boundwork", *rest]
            case ["python", *rest]:
                words = [sys.executable, *rest]
            case _:
                continue
        done = subprocess.run(words, cwd=here, capture_output=True, encoding="utf-8", timeout=300, check=False,
                              env={**os.environ, "COLUMNS": "100", "BOUNDWORK_CACHE": str(cache), "PYTHONUTF8": "1"})
        assert done.returncode == step.status, f"{step.line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        missing = missing_line(step.shown, [*done.stdout.splitlines(), *done.stderr.splitlines()])
        assert not missing, f"{step.line}\nshows, but the command does not print:\n{missing}\nIt prints:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"


def test_readme_and_tutorial_have_commands() -> None:
    with_commands = {p.relative_to(ROOT).as_posix() for p in WITH_COMMANDS}
    assert {"README.md", "docs/tutorial.md"} <= with_commands
    assert sum(isinstance(s, Command) for s in steps(ROOT / "docs" / "tutorial.md")) >= 15


def test_a_changed_line_is_noticed() -> None:
    assert missing_line(["one", "...", "thr..."], ["one", "two", "three"]) == ""
    assert missing_line(["two", "one"], ["one", "two"]) == "one"


def test_generated_pages_are_current() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", BLOCK.sub("", text))


def _anchors(page: Path) -> set[str]:
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text(encoding="utf-8")), re.M):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(slug if slug not in found else f"{slug}-{sum(1 for f in found if re.fullmatch(re.escape(slug) + r'(-[0-9]+)?', f))}")
    return found


def test_links_between_pages_lead_somewhere() -> None:
    anchors: dict[Path, set[str]] = {}
    wrong = []
    checked = 0
    for page in PAGES:
        for target in LINK.findall(_without_code(page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            checked += 1
            name, _, anchor = target.partition("#")
            path = (page.parent / name).resolve() if name else page
            if not path.exists() or not path.is_relative_to(ROOT):
                wrong.append(f"{page.relative_to(ROOT)}: {target}")
            elif anchor and path.suffix == ".md" and anchor not in anchors.setdefault(path, _anchors(path)):
                wrong.append(f"{page.relative_to(ROOT)}: {target} (no such heading)")
    assert checked > 100
    assert not wrong, "\n".join(wrong)


def test_no_page_tells_of_somebodys_machine() -> None:
    found = [f"{p.relative_to(ROOT)}: {m}" for p in PAGES for m in re.findall(r"(?:/home/|/Users/|/root/|/tmp/|[A-Z]:\\)\S*", p.read_text(encoding="utf-8"))]
    assert not found
