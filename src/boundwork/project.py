"""Finds things: the shipped content (a checkout first, the wheel second), a study by name or folder, the cache and the config folder."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from boundwork.errors import Fault, InputError, UsageError, did_you_mean

DEFAULT_STUDY = "regulating-public-services"


@cache
def content_root() -> Path:
    """Return the folder that holds ontology/, shapes/, data/ and queries/."""
    here = Path(__file__).resolve()
    for root in (here.parents[2], here.parent / "content"):
        if (root / "ontology" / "prefixes.ttl").is_file():
            return root
    raise Fault("The content that ships with boundwork (ontology, shapes, data, queries) is missing.", "Install boundwork again.")


def shipped_studies() -> dict[str, Path]:
    """Return name -> folder of the studies that ship with boundwork."""
    data = content_root() / "data"
    return {p.parent.name: p.parent for p in sorted(data.glob("*/study.toml"))}


def find_study(name: str | None = None) -> Path:
    """Return the folder of a study: a folder with study.toml, the name of a shipped one, or (None) the enclosing or the default one.

    Errors: InputError that says what there is.
    """
    if name is None:
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / "study.toml").is_file():
                return folder
        return shipped_studies()[DEFAULT_STUDY]
    path = Path(name)
    if (path / "study.toml").is_file():
        return path.resolve()
    shipped = shipped_studies()
    if name in shipped:
        return shipped[name]
    if path.is_file():
        raise InputError(f"{name} is a file, and a study is a folder.", "Give the folder that holds study.toml, or RDF files such as data.ttl.")
    if path.is_dir():
        raise InputError(f"{name} is no study: it has no study.toml.", "Make one with: boundwork init DIR")
    raise InputError(f"There is no study '{name}'.", did_you_mean(name, shipped) or f"Give a folder with study.toml, or one of: {', '.join(shipped)}.")


def find_own_study(name: str | None = None) -> Path:
    """Return the folder of a study to write into: named, or the one that encloses the current folder, and never a shipped one by default.

    Errors: UsageError where none is named and none encloses; InputError that says what there is.
    """
    here = Path.cwd()
    if name is None and not any((folder / "study.toml").is_file() for folder in (here, *here.parents)):
        raise UsageError("No study is named, and this folder lies in none.", "Name it with --study STUDY, or make one with: boundwork init DIR")
    return find_study(name)


def content_files(kind: str, pattern: str, study: Path | None = None) -> list[Path]:
    """Return the shipped files of a kind (ontology, shapes, queries/ask ...) and the study's own, in the order of their names."""
    files = sorted((content_root() / kind).glob(pattern))
    if study is not None:
        files += sorted((study / kind).glob(pattern))
    return files


def cache_root() -> Path:
    """Return the folder for built stores: $BOUNDWORK_CACHE, else the user's cache folder."""
    if set_by_user := os.environ.get("BOUNDWORK_CACHE"):
        return Path(set_by_user)
    if os.name == "posix" and os.uname().sysname == "Linux":  # what platformdirs answers there, without its import
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "boundwork"
    from platformdirs import user_cache_path

    return user_cache_path("boundwork", appauthor=False)


def config_root() -> Path:
    """Return the folder of the user's settings: $BOUNDWORK_CONFIG, else the config folder of the system."""
    if set_by_user := os.environ.get("BOUNDWORK_CONFIG"):
        return Path(set_by_user)
    from platformdirs import user_config_path

    return user_config_path("boundwork", appauthor=False)
