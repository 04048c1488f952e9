"""What populating gives: N-Triples files per named graph and partition, with counts and findings. Knows nothing of tables."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from boundwork.findings import Finding
from boundwork.tables.studyfile import Study

GraphKey = tuple[str, str]
"""Kind and name of a graph, such as ("coding", "coder-1")."""
_FLUSH = 20_000


@dataclass
class Population:
    """What populating gave: N-Triples files per graph (`parts`), lines per graph (`counts`), rows per table, findings."""

    study: Study
    parts: dict[GraphKey, dict[int, Path]] = field(default_factory=dict)
    counts: Counter[GraphKey] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    partitions: int = 1
    broken: set[str] = field(default_factory=set)
    """Tables that could not be read to their end."""

    COMMON = -1
    """The partition of what every partition needs: all but extracts and codings."""

    BESIDE = ("links", "figures")
    """Graphs that stand beside a reading: rules and reasoners do not read them, questions and shapes do."""

    def read_by(self, coders: Collection[str]) -> dict[GraphKey, dict[int, Path]]:
        """Return the graphs that the rules of a reading read: those that all readings share, and the codings of these coders."""
        return {key: parts for key, parts in self.parts.items() if key[0] not in self.BESIDE and (key[0] != "coding" or key[1] in coders)}

    KINDS = ("extract", "selector", "coding", "work")
    """Things that stand in a partition of their own extract, as the third step of their IRI says."""


class Sink:
    """Collects lines per graph and partition and writes them to files when there are many."""

    def __init__(self, folder: Path, population: Population) -> None:
        self.folder = folder
        self.population = population
        self._held: dict[tuple[GraphKey, int], list[str]] = {}
        self._files: dict[tuple[GraphKey, int], IO[bytes]] = {}
        self._lines = 0

    def write(self, graph: GraphKey, part: int, lines: str, count: int) -> None:
        """Take `count` lines of a graph, each with its line end."""
        key = (graph, part)
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = []
        held.append(lines)
        self.population.counts[graph] += count
        self._lines += count
        if self._lines > _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write what is held to the files."""
        for key, held in self._held.items():
            if key not in self._files:
                (kind, name), part = key
                path = self.folder / "~".join([kind, zlib.crc32(name.encode()).__format__("08x"), str(part)])
                path = path.with_name(path.name + ".nt")
                self._files[key] = open(path, "wb")
                self.population.parts.setdefault(key[0], {})[part] = path
            self._files[key].write("".join(held).encode())
        self._held = {}
        self._lines = 0

    def close(self) -> None:
        """Write the rest and close the files."""
        self.flush()
        for file in self._files.values():
            file.close()
