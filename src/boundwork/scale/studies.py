"""What is to be built or validated: one study or a folder of studies, each with its working folder, its partitions and a key of all inputs."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundwork import __version__
from boundwork.errors import InputError
from boundwork.findings import Finding
from boundwork.populate import Population
from boundwork.populate.study import GraphKey
from boundwork.project import content_files, find_study
from boundwork.scale.layout import FORMAT, checked
from boundwork.tables.schema import EXCEPTIONS, TABLES
from boundwork.tables.studyfile import Study, read_study

BYTES_PER_PARTITION = 5_000_000
"""Bytes of codings.csv to a partition: a worker holds one in about 500 MB."""
LARGE = ("extracts", "codings")
"""Tables that are read in partitions; all others are read as a whole, once for each study."""
OWNED = Population.KINDS


@dataclass(frozen=True)
class Work:
    """A study that is worked on: where its tables lie, what study.toml says, its working folder, and how many partitions it has."""

    source: Path
    study: Study
    place: Path
    partitions: int
    notes: bool
    """True for validation, which looks at notes whether or not they are published."""
    here: str = ""
    """The folder of the tables as findings name it, with a slash behind it."""

    @property
    def common(self) -> Path:
        """Folder of what every partition is told: all tables but the large ones, and what follows from them."""
        return self.place / "common"

    def part(self, number: int) -> Path:
        """Folder of a partition's triples."""
        return self.place / "parts" / f"{number:05d}"

    def inferred(self, number: int) -> Path:
        """Folder of what is inferred in a partition, and of its quads."""
        return self.place / "inferred" / f"{number:05d}"

    def reading(self, name: str) -> Path:
        """Folder of what a reading concludes from the counts of all partitions."""
        return self.place / "readings" / name

    def as_job(self) -> dict[str, Any]:
        """Return what another process needs to work on the study; `Work.from_job` reads it."""
        return {"source": str(self.source), "place": str(self.place), "partitions": self.partitions, "notes": self.notes, "here": self.here}

    @classmethod
    def from_job(cls, source: str, place: str, partitions: int, notes: bool, here: str) -> Work:
        """Return the study of a job."""
        return cls(Path(source), with_notes(read_study(Path(source)), notes), Path(place), partitions, notes, here)

    def shown(self, table: str) -> str:
        """Return the file of a table as findings name it."""
        return self.here + table_file(self.source, table).name

    def named(self, finding: Finding) -> Finding:
        """Return a finding with its file as findings name it, whatever folder the process that made it works in."""
        for start in filter(None, (f"{self.source}/", shown_folder(self.source))):
            if finding.file.startswith(start):
                return dataclasses.replace(finding, file=self.here + finding.file.removeprefix(start))
        return finding


def with_notes(study: Study, notes: bool) -> Study:
    """Return the study, with its notes published where they are asked for."""
    return dataclasses.replace(study, publish_notes=True) if notes else study


def studies_in(name: str | None) -> list[Path]:
    """Return the folder of a study, or of every study in a folder of studies, by name.

    Errors: InputError when there is none, or two have the same id.
    """
    folder = Path(name) if name is not None else None
    if folder is None or not folder.is_dir() or (folder / "study.toml").is_file():
        return [find_study(name)]
    found = sorted(p.parent.resolve() for p in folder.glob("*/study.toml"))
    if not found:
        return [find_study(name)]  # says what is wrong
    by_id: dict[str, Path] = {}
    for path in found:
        ident = read_study(path).id
        if ident in by_id:
            raise InputError(f"{by_id[ident].name} and {path.name} have the same id '{ident}'.",
                             "Give each study in the folder an id of its own in study.toml.")
        by_id[ident] = path
    return found


def shown_folder(source: Path) -> str:
    """Return a folder from the current one where it lies below, else in full; with a slash where there is a name."""
    try:
        text = str(source.relative_to(Path.cwd()))
    except ValueError:
        text = str(source)
    return "" if text == "." else f"{text}/"


def table_file(source: Path, table: str) -> Path:
    """Return the file of a table: CSV, or Parquet where that alone is there."""
    plain = source / TABLES[table].file
    parquet = plain.with_suffix(".parquet")
    return parquet if not plain.exists() and parquet.exists() else plain


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder; 0 for what is not there."""
    if path.is_dir():
        return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    return path.stat().st_size if path.is_file() else 0


def partitions_of(source: Path, wanted: int = 0) -> int:
    """Return how many partitions a study gets."""
    return wanted or max(1, size_of(table_file(source, "codings")) // BYTES_PER_PARTITION)


def key_of(sources: list[Path], wanted: int, purpose: str, extra: tuple[str, ...] = ()) -> str:
    """Return what decides whether two runs do the same work: versions, partitions, and for every input its name, size and hash.

    Tables that are read in partitions go in with size and time of change: hashing them on one machine would take longer than
    reading them on many.
    """
    from boundwork.pipeline.inputs import input_files
    from boundwork.scale.layout import sha256_of

    total = hashlib.sha256(f"{__version__} {FORMAT} {purpose} {wanted} {extra}".encode())
    for source in sources:
        total.update(f"\nstudy {source}".encode())
        files = [*input_files(source), *(table_file(source, t) for t in LARGE), source / EXCEPTIONS.file, *content_files("shapes", "*.ttl", source)]
        for path in dict.fromkeys(files):
            if not path.exists():
                continue
            info = path.stat()
            said = f"{info.st_size} {info.st_mtime_ns}" if path.stem in LARGE or path.is_dir() else sha256_of(path)
            total.update(f"\n{path.name} {said}".encode())
    return total.hexdigest()


def graph_files(folder: Path, tree: dict[str, Any] | None = None) -> list[tuple[GraphKey, Path]]:
    """Return the N-Triples files of a finished folder, each with its graph. Errors: InputError when one is damaged."""
    done = checked(folder) if tree is None else tree
    return [((kind, name), folder / file) for kind, name, file in done["graphs"]]
