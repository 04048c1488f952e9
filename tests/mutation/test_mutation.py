"""The runner of mutants is alive: in a small module a planted fault is killed, what changes nothing survives, and what no test runs is told."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

from mutation.mutants import mutants, mutated, sample
from mutation.report import Explanation, page, read_explanations, unexplained
from mutation.run import MODULES, RESULTS

ROOT = Path(__file__).resolve().parents[2]
MODULE = '''"""A module of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from boundwork.readers.offsets import Convention

LEAST = 3
COUNT = Convention("code points", 1)


class Box:
    size: int = 2

    @property
    def full(self) -> bool:
        return self.size >= LEAST


def cut(text: str, most: int = 2) -> str:
    return text if len(text) < most else text[:most]


def first() -> int:
    return COUNT.first


def least(most: int) -> Callable[[int], bool]:
    return lambda n: n >= most


@dataclass(frozen=True)
class Kind:
    holds: Callable[[int], bool]
    place: tuple[int, str] = (0, "")


def parity() -> Kind:
    half = 2
    return Kind(lambda n: n % half == 0)


KINDS = {"long": (Kind(least(4), (7, "l")),), "even": (parity(),)}


def kinds(number: int) -> list[tuple[int, str]]:
    return [k.place for kinds in KINDS.values() for k in kinds if k.holds(number)]


def unused(number: int) -> int:
    while number:
        number -= 1
    return number
'''
TESTS = '''from small_module import COUNT, Box, cut, first, kinds


def test_cut() -> None:
    assert [cut("a"), cut("ab"), cut("abc")] == ["a", "ab", "ab"]


def test_box() -> None:
    box = Box()
    assert not box.full
    box.size = 3
    assert box.full


def test_first() -> None:
    assert [first(), COUNT.first] == [1, 1]


def test_kinds() -> None:
    assert [kinds(n) for n in (3, 4, 5)] == [[], [(7, "l"), (0, "")], [(7, "l")]]
'''
TRY = '''import json, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {folder!r}]
from mutation.mutants import mutants
from mutation.trial import try_mutants
folder, found = Path({folder!r}), {{}}
chosen = mutants((folder / "small_module.py").read_text())
passed = try_mutants("small_module", chosen, ["test_small.py"], folder, lambda m, outcome, killer: found.__setitem__(m.name, [outcome, killer]))
(folder / "found.json").write_text(json.dumps([passed, found]))
'''


def tried(folder: Path) -> tuple[bool, dict[str, list[str]]]:
    (folder / "small_module.py").write_text(MODULE, encoding="utf-8")
    (folder / "test_small.py").write_text(TESTS, encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", TRY.format(tests=str(ROOT / "tests"), folder=str(folder))], cwd=folder, capture_output=True, text=True,
                          timeout=300, check=False, env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")})
    assert done.returncode == 0, done.stdout + done.stderr
    passed, found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    return passed, found


def test_a_planted_fault_is_killed_and_an_equivalent_change_survives(tmp_path: Path) -> None:
    passed, found = tried(tmp_path)
    assert passed
    killed = {name: killer for name, (outcome, killer) in found.items() if outcome == "killed"}
    tables = {name: killer for name, killer in killed.items() if name.startswith(("Kind", "kinds", "least", "parity"))
              or name in {f"module: {n} -> {m}" for n in (4, 7) for m in (n + 1, n - 1)}}
    assert set(tables.values()) == {"test_small.py::test_kinds"} and len(tables) == 15  # functions and numbers in tables and closures
    assert {name: killer for name, killer in killed.items() if name not in tables} == {
        "module: 3 -> 4": "test_small.py::test_box",
        "module: 3 -> 2": "test_small.py::test_box",
        "module: 1 -> 2": "test_small.py::test_first",
        "module: 1 -> 0": "test_small.py::test_first",
        "first: return COUNT.first -> return None": "test_small.py::test_first",
        "Box: 2 -> 3": "test_small.py::test_box",
        "Box.full: return self.size >= LEAST -> return None": "test_small.py::test_box",
        "Box.full: self.size >= LEAST -> self.size > LEAST": "test_small.py::test_box",
        "cut: return text if len(text) < most else text[:most] -> return None": "test_small.py::test_cut",
        "cut: text if len(text) < most else text[:most] -> text[:most] if len(text) < most else text": "test_small.py::test_cut",
        "cut: 2 -> 3": "test_small.py::test_cut",
        "cut: 2 -> 1": "test_small.py::test_cut",
    }
    assert found["cut: len(text) < most -> len(text) <= most"] == ["survived", ""]  # a text of that length is whole either way
    assert found["Box: 2 -> 1"] == ["survived", ""]  # no box of one is full either
    assert {outcome for name, (outcome, _) in found.items() if name.startswith("unused")} == {"not run"}


def test_every_mutant_of_every_module_compiles_and_differs() -> None:
    for module in MODULES:
        source = (ROOT / "src" / "boundwork" / f"{module}.py").read_text(encoding="utf-8")
        found, plain = mutants(source), ast.dump(ast.parse(source))
        assert len({m.name for m in found}) == len(found) > 10
        for mutant in sample(found, 10, module):
            tree = mutated(source, mutant)
            compile(tree, module, "exec")
            assert ast.dump(tree) != plain


def test_a_sample_is_the_same_for_a_seed_and_in_the_order_of_the_text() -> None:
    found = mutants(MODULE)
    assert sample(found, 5, "a") == sample(found, 5, "a") != sample(found, 5, "b")
    assert [m for m in found if m in sample(found, 5, "a")] == sample(found, 5, "a")
    assert sample(found, 100, "a") == found


def test_the_page_counts_and_explains() -> None:
    results = {"m": {"all": 9, "mutants": {"f: a < b -> a <= b": ["killed", "t"], "f: 1 -> 2": ["survived", ""], "g: not a -> a": ["not run", ""]}}}
    rows = [Explanation("m", "f: 1*", "equivalent", "Only the sign counts."), Explanation("n", "*", "accepted", "Another module.")]
    assert unexplained(results, rows) == ["m g: not a -> a"]
    lines = page(results, rows).splitlines()
    assert "| `m.py` | 9 | 3 | 1 | 2 | 33 % |" in lines
    assert "| `m.py` | `f: 1 -> 2` | equivalent | Only the sign counts. |" in lines
    assert "| `m.py` | `g: not a -> a` | unexplained |  |" in lines
    every = "Every mutant of these modules is tried."
    assert (every in lines, every in page({"m": {**results["m"], "all": 3}}, rows).splitlines()) == (False, True)


def test_every_explanation_is_of_a_module_that_is_tried_and_has_a_mutant() -> None:
    for row in read_explanations():
        source = (ROOT / "src" / "boundwork" / f"{row.module}.py").read_text(encoding="utf-8")
        assert row.module in MODULES and row.kind in ("equivalent", "accepted") and row.reason.endswith(".")
        assert any(row.fits(row.module, m.name) for m in mutants(source)), row
    assert RESULTS.parent.name == "build"
