"""Writes a large invented study: the tables of a real one, the same bytes for the same seed, in flat memory.

    python bench/generate.py --codings 100000 --out DIR --seed 1 --faults 0.01

The number of cases is fixed (500 councils and the field, four boundaries, two waves) and does not grow with the codings;
below 4,000 codings there are fewer councils, so that each still has extracts in both waves. --faults 0 gives a study that
builds; else about that share of the rows carries a fault, and faults.csv beside the study says which
(file, row as RFC 7111 counts, column, kind, rule that names it).
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from boundwork.tables.schema import TABLES
from faults import LONG, SHORT, Fault, Picker, Scene
from invented import CODERS, COUNCILS, CURRENT, FIELD, WAVES, Row, World

PER_TRANSCRIPT = 40
DECISIONS, JUDGED = 200, 250
"""Decisions, and council-waves that both coders judge: as fixed as the cases."""


class Tables:
    """All tables of the study, open for writing; each row may get a fault on its way out."""

    def __init__(self, folder: Path, share: float, seed: int, stack: ExitStack, of_shapes: bool = False) -> None:
        self._files = {name: stack.enter_context(open(folder / spec.file, "w", encoding="utf-8", newline="")) for name, spec in TABLES.items()}
        self._writers = {name: csv.writer(file, lineterminator="\n") for name, file in self._files.items()}
        self._columns = {name: [c.name for c in spec.columns] for name, spec in TABLES.items()}
        self._number = dict.fromkeys(TABLES, 1)
        for name, columns in self._columns.items():
            self._writers[name].writerow(columns)
        listed = stack.enter_context(open(folder / "faults.csv", "w", encoding="utf-8", newline=""))
        self._listed = csv.writer(listed, lineterminator="\n")
        self._listed.writerow(["file", "row", "column", "kind", "rule"])
        self._share, self._rng, self._of_shapes = share, Random(seed + 1), of_shapes
        self._pickers: dict[str, Picker] = {}
        self._history: dict[str, deque[Row]] = {name: deque(maxlen=12) for name in TABLES}

    def rows(self, table: str, rows: list[Row], scene: Scene) -> None:
        """Write a small table as a whole."""
        self._pickers[table] = Picker(table, self._share, self._rng, len(rows), self._of_shapes)
        for row in rows:
            self.row(table, row, scene)

    def row(self, table: str, row: Row, scene: Scene) -> bool:
        """Write one row of a table and say whether it stayed without a fault."""
        picker = self._pickers.get(table)
        if picker is None:
            picker = self._pickers[table] = Picker(table, self._share, self._rng, 0, self._of_shapes)
        history = self._history[table]
        scene.earlier = history[0] if history else {}
        picked = picker.pick(row, scene)
        if picked is None or picked[0].extra:
            self._write(table, row)
            history.append(row)
        if picked is None:
            return True
        fault, changed = picked
        if fault.extra and "id" in row and changed["id"] == row["id"]:
            changed["id"] += "-b"
        self._write(table, changed, fault)
        return fault.extra

    def _write(self, table: str, row: Row, fault: Fault | None = None) -> None:
        cells = [row.get(c, "") for c in self._columns[table]]
        if fault is not None:
            if LONG in row:
                cells.append(row[LONG])
            elif SHORT in row:
                cells.pop()
            for number in (0, 1)[not fault.both:]:
                self._listed.writerow([TABLES[table].file, self._number[table] + number, fault.column, fault.kind, fault.rule])
        self._writers[table].writerow(cells)
        self._number[table] += 1


def study_toml(world: World, codings: int) -> str:
    """The study file: invented in so many words, one reading a coder."""
    parts = ["# Written by bench/generate.py. Everything in this study is invented and is evidence of nothing.\n", "[study]"]
    parts += [f'id = "bench-{codings}"', f'title = "Invented study of {codings} codings"', 'description = "Drawn by chance, for measuring."',
              'licence = "CC0-1.0"', "anonymised = false", 'version = "1.0.0"', f'codebook-version = "{CURRENT}"', f'default-reading = "{CODERS[0]}"\n',
              "[field]", f'id = "{FIELD}"', 'label = "All councils (invented)"\n']
    for c in CODERS:
        parts += [f"[coders.{c}]", f'label = "{c.capitalize()} (invented)"\n', f"[readings.{c}]", f'label = "Reading of {c}"', f'coders = ["{c}"]\n']
    for wave, (start, end) in WAVES.items():
        parts += [f"[waves.{wave}]", f'label = "Wave of {start} and {end}"', f"start-year = {start}", f"end-year = {end}\n"]
    return "\n".join(parts)


def shares(world: World, extracts: int) -> Iterator[tuple[str, str, int]]:
    """Yield (council or field, wave, extracts): at least one each, the rest by weight; the sum is exact."""
    places = [(c, w, weight * (0.6 if w == "w1" else 0.4)) for c, weight in zip(world.councils, world.weight, strict=True) for w in WAVES]
    places += [(FIELD, w, sum(world.weight) * 0.01) for w in WAVES]
    total, spare, given, seen = sum(p[2] for p in places), extracts - len(places), 0, 0.0
    for about, wave, weight in places:
        seen += weight
        count = 1 + round(spare * seen / total) - given
        given += count - 1
        yield about, wave, count


def generate(folder: Path, codings: int, seed: int, faults: float, of_shapes: bool = False) -> None:
    """Write the study; the number of codings is exact but for rows that carry a fault of their own. `of_shapes`: only faults that a shape names."""
    extracts = max(codings // 2, 8)
    world = World(seed, min(COUNCILS, max(2, extracts // 4)))
    rng = world.rng
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(study_toml(world, codings), encoding="utf-8")
    scene = Scene(world.theory)
    with ExitStack() as stack:
        tables = Tables(folder, faults, seed, stack, of_shapes)
        for name, rows in (("councils", world.council_rows()), ("speakers", world.speaker_rows()), ("claims", world.claim_rows()),
                           ("codes", world.code_rows()), ("codebook", world.codebook_rows())):
            tables.rows(name, rows, scene)
        decisions: list[Row] = []
        judgements: list[Row] = []
        number = coding = source = 0
        for about, wave, count in shares(world, extracts):
            first: list[str] = []
            while count:
                here = min(count, PER_TRANSCRIPT)
                count -= here
                source += 1
                position = rng.randint(200, 900)
                for turn in range(here):
                    number += 1
                    end = position + rng.randint(60, 700)
                    extract = world.extract(f"x{number}", f"s{source}", about, wave, 2 * turn + 2, position, end)
                    position = end + rng.randint(40, 1200)
                    clean = tables.row("extracts", extract, scene)
                    if clean and len(first) < 3:
                        first.append(extract["id"])
                    scene.extract = extract
                    left, later = codings - coding, extracts - number
                    wanted = (1, 2, 2, 2, 2, 2, 2, 3)[rng.randrange(8)]
                    kept = []
                    for row in world.codings(extract, max(min(wanted, left - later, 4), left - 4 * later, 0)):
                        coding += 1
                        row = {"id": f"k{coding}", **row}
                        before = scene.last.get(row["coder"])
                        if before and "boundary" in row and rng.random() < 0.05:
                            row["follows"] = before
                        if tables.row("codings", row, scene):
                            kept.append(row["id"])
                            if "boundary" in row:
                                scene.last[row["coder"]] = row["id"]
                    if clean and kept and len(decisions) < DECISIONS:
                        reason = "agreed" if len(kept) > 1 else "missed-by-one"
                        decisions.append({"id": f"d{len(decisions) + 1}", "extract": extract["id"], "keeps": ";".join(kept[:2]), "reason": reason,
                                          "decided_by": "both coders"})
                tables.row("sources", {"id": f"s{source}", "title": f"Transcript {source} (invented)", "kind": "interview transcript",
                                       "characters": str(position), "sha256": world.hash(f"s{source}"), "citation": f"Invented transcript {source}."}, scene)
            if first and len(judgements) < 2 * JUDGED:
                boundary = rng.choice(world.theory.boundaries)
                logics = ["managerial", "hybrid"] if boundary == "competitiveness" else ["bureaucratic", "managerial", "hybrid"]
                judgements += [{"id": f"j{len(judgements) + n}", "coder": c, "about": about, "boundary": boundary, "wave": wave, "judged_as": rng.choice(logics),
                                "rests_on": ";".join(first), "basis": "interpreted", "confidence": "medium"} for n, c in enumerate(CODERS, 1)]
        tables.rows("decisions", decisions, scene)
        tables.rows("judgements", judgements, scene)
    if not faults:
        (folder / "faults.csv").unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a large invented study.")
    parser.add_argument("--codings", type=int, default=10_000, help="how many codings (half as many extracts)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the study")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=float, default=0.0, help="share of rows that carry a fault, such as 0.01")
    given = parser.parse_args()
    generate(given.out, given.codings, given.seed, given.faults)


if __name__ == "__main__":
    main()
