"""What a build depends on, and whether it changed: size and time first, the hash only when those differ."""

from __future__ import annotations

import os
from pathlib import Path

from boundwork import __version__
from boundwork.linking.disclosure import reference_file
from boundwork.linking.figures import figure_files
from boundwork.project import content_files, content_root
from boundwork.tables.schema import TABLES
from boundwork.terms import Vocabulary, read_prefixes

BUILD_FORMAT = 1
"""Raised when the layout of a build folder changes; a build of another format is made again."""
NOT_REASONED = {"prefixes.ttl", "alignments.ttl"}


def ontology_files(study: Path | None = None) -> list[Path]:
    """Return the ontology files that go into a graph: neither the prefix list nor the alignments."""
    return [p for p in content_files("ontology", "*.ttl", study) if p.name not in NOT_REASONED]


def prefixes() -> dict[str, str]:
    """Return the one prefix list."""
    return read_prefixes((content_root() / "ontology" / "prefixes.ttl").read_text(encoding="utf-8"))


def load_vocabulary(study: Path | None = None) -> Vocabulary:
    """Return the terms of the ontology, a study's own included."""
    from boundwork.stores.local import read_rdf

    return Vocabulary((t for path in ontology_files(study) for t in read_rdf(path)), prefixes())


def input_files(study: Path) -> list[Path]:
    """Return every file that the build of a study reads, sorted."""
    tables = [p for t in TABLES.values() if (p := study / t.file).is_file()]
    rules = content_files("queries/derive", "*.rq", study)
    beside = [*sorted((study / "links").glob("*.sssom.tsv")), *sorted((study / "links").glob("*.councils.ttl")), *figure_files(study)]
    return [study / "study.toml", *sorted(tables), *beside, reference_file(study), *ontology_files(study), *rules]


Stamp = tuple[int, int]


def stamps(files: list[Path]) -> dict[str, Stamp]:
    """Return file -> (size, time of change in nanoseconds)."""
    found = {}
    for path in files:
        info = os.stat(path)
        found[str(path)] = (info.st_size, info.st_mtime_ns)
    return found


def content_hash(files: list[Path]) -> str:
    """Return the SHA-256 over version, build format, file names and file contents."""
    import hashlib  # it loads OpenSSL, which an answer from an up-to-date build does not need

    total = hashlib.sha256(f"{__version__} {BUILD_FORMAT}".encode())
    for path in files:
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        total.update(f"\n{path.name} {digest.hexdigest()}".encode())
    return total.hexdigest()
