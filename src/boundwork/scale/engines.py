"""Who does the steps: this process alone, one process a core, or Spark. Each runs the same functions on the same folders."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from boundwork import workers
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate import populate
from boundwork.scale.building import lay_out, tallies_of, write_tallies
from boundwork.scale.layout import finished
from boundwork.scale.studies import LARGE, Work, table_file

Progress = Callable[[str, int], None] | None


class Engine(Protocol):
    """What a build on partitions asks of the machines that do it."""

    @property
    def name(self) -> str:
        """How --engine names it."""

    def each(self, function: str, jobs: list[dict[str, Any]]) -> Iterator[Any]:
        """Yield what `module:name` makes of each job, in their order. Errors: those of the function, as BoundworkError."""

    def populate(self, works: list[Work], progress: Progress) -> None:
        """Leave finished folders for the common part, with the findings on tables, and for every partition."""

    def add(self, targets: list[tuple[Work, str, Path]]) -> None:
        """Add what the partitions of each study counted under a reading, and write the sums to a file."""

    def close(self) -> None:
        """Let go of what was started."""


class Here:
    """One machine: the tables are read in one process, and what follows runs in one (`one`) or on all cores (`processes`)."""

    def __init__(self, name: str) -> None:
        self.name = name

    def each(self, function: str, jobs: list[dict[str, Any]]) -> Iterator[Any]:
        """Yield what the function makes of each job."""
        if self.name == "processes":
            yield from workers.run_each(function, jobs)
        else:
            yield from (workers.called(function, job) for job in jobs)

    def populate(self, works: list[Work], progress: Progress) -> None:
        """Populate study by study; one that an earlier run has populated whole is left as it is."""
        for work in works:
            folders = [work.common, *(work.part(n) for n in range(work.partitions))]
            if all(finished(f, verify=True) for f in folders):
                continue
            refuse_parquet(work)
            work.place.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=work.place) as place:
                population = populate(work.study, load_vocabulary(work.source), Path(place), progress, partitions=work.partitions)
                lay_out(work, population)

    def add(self, targets: list[tuple[Work, str, Path]]) -> None:
        """Add the counts here: there are as many as cases, not as codings."""
        for work, reading, into in targets:
            files = (str(work.inferred(n) / f"tallies~{reading}.nt") for n in range(work.partitions))
            write_tallies(tallies_of(files, load_vocabulary(work.source)).items(), into)

    def close(self) -> None:
        """Nothing was started that outlives its job."""


def refuse_parquet(work: Work) -> None:
    """Raise for a study with tables in Parquet, which Spark reads and this process does not."""
    from boundwork.errors import InputError

    for table in LARGE:
        if (path := table_file(work.source, table)).suffix == ".parquet":
            raise InputError(f"{path} is a Parquet table, which one machine alone does not read.", "Use --engine spark.")


def engine_named(name: str, master: str = "") -> Engine:
    """Return an engine by its name; Spark is imported only when it is asked for."""
    if name == "spark":
        from boundwork.scale.cluster import Spark

        return Spark(master or "local[*]")
    return Here(name)
