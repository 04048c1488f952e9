"""What became of the mutants in, explanations and the page docs/mutation.md out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SURVIVORS = Path(__file__).with_name("survivors.csv")
KINDS = ("equivalent", "accepted")


@dataclass(frozen=True)
class Explanation:
    """A row of survivors.csv: mutants of a module (`*` stands for anything), what they are, and why no test kills them."""

    module: str
    mutant: str
    kind: str
    reason: str

    def fits(self, module: str, name: str) -> bool:
        """Say whether the row speaks of a mutant."""
        return module == self.module and re.fullmatch(".*".join(map(re.escape, self.mutant.split("*"))), name) is not None


def read_explanations(path: Path = SURVIVORS) -> list[Explanation]:
    """Return the rows of survivors.csv."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Explanation(row["module"], row["mutant"], row["kind"], row["reason"]) for row in csv.DictReader(file)]


def survivors(results: Mapping[str, Any], rows: Sequence[Explanation]) -> Iterator[tuple[str, str, Explanation | None]]:
    """Yield module, mutant and the first row that explains it, for every mutant that no test kills."""
    for module, state in results.items():
        for name, (outcome, _) in state["mutants"].items():
            if outcome != "killed":
                yield module, name, next((r for r in rows if r.fits(module, name)), None)


def unexplained(results: Mapping[str, Any], rows: Sequence[Explanation]) -> list[str]:
    """Return the survivors that no row explains."""
    return [f"{module} {name}" for module, name, row in survivors(results, rows) if row is None]


def page(results: Mapping[str, Any], rows: Sequence[Explanation]) -> str:
    """Return the page in Markdown: the score by module, and every survivor with its reason."""
    whole = all(len(state["mutants"]) == state["all"] for state in results.values())
    lines = ["# Mutants of the code, and the tests that kill them", "",
             "One place of a module is changed at a time: a comparison turned, a condition negated, a constant one off, `and` for `or`,",
             "a result left out, a statement removed. A mutant is killed when a quick test fails under it or does not end; otherwise it survives.",
             "Every mutant of these modules is tried." if whole else "Of a module that has more mutants than were tried, they were drawn with a seed.",
             "The score is killed by tried, with nothing taken off for mutants that are equivalent.",
             "Tests that start the command or need both studies built are not asked.", "",
             "Content is mutated by tests of its own.",
             "Every piece of every SHACL constraint is dropped in turn, and some example must notice: "
             "`content/test_shapes.py::test_some_example_misses_a_constraint_that_is_gone`.",
             "Every axiom of the ontology is dropped in turn, and some case must notice: [mutants of the axioms](reference/axiom-mutations.md).", "",
             "This page is made by `make mutate`.", "",
             "| module | mutants | tried | killed | survived | score |", "| --- | --- | --- | --- | --- | --- |"]
    sums = [0, 0, 0]
    for module, state in results.items():
        tried, killed = len(state["mutants"]), sum(v[0] == "killed" for v in state["mutants"].values())
        sums = [a + b for a, b in zip(sums, (state["all"], tried, killed), strict=True)]
        lines.append(f"| `{module}.py` | {state['all']} | {tried} | {killed} | {tried - killed} | {_share(killed, tried)} |")
    lines += [f"| all | {sums[0]} | {sums[1]} | {sums[2]} | {sums[1] - sums[2]} | {_share(sums[2], sums[1])} |", "",
              "## Survivors", "", "The reasons are from `tests/mutation/survivors.csv`.", "",
              "| module | mutant | what it is | why no test kills it |", "| --- | --- | --- | --- |"]
    for module, name, row in survivors(results, rows):
        said = (row.kind, row.reason) if row else ("unexplained", "")
        lines.append(f"| `{module}.py` | {_cell(name)} | {said[0]} | {_cell(said[1], code=False)} |")
    return "\n".join(lines).rstrip() + "\n"


def _share(killed: int, tried: int) -> str:
    return f"{100 * killed / tried:.0f} %" if tried else ""


def _cell(text: str, code: bool = True) -> str:
    text = text.replace("|", "\\|")
    return f"`` {text} ``" if code and "`" in text else f"`{text}`" if code else text
