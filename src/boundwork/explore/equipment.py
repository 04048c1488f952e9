"""What this machine has of what boundwork can use, what for, and what works without it. Nothing is started but `java -version`."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from boundwork import __version__
from boundwork.project import cache_root
from boundwork.reasoning.engines import java_version

ENOUGH_FOR_HERMIT = 2 << 30
"""Bytes that `boundwork reason` gives Java unless told otherwise."""
JAVA_OF_SPARK = 17


@dataclass(frozen=True)
class Equipment:
    """One thing: whether it is here, its version or size, what it is for, what is missing without it, and how to get it."""

    name: str
    here: bool
    version: str
    used_for: str
    without: str = ""
    get: str = ""


def examine() -> list[Equipment]:
    """Return everything that boundwork can use, looked up as the machine is now."""
    return [
        Equipment("boundwork", True, __version__, f"this program, on Python {platform.python_version()}"),
        _packages("SPARQL and rules", ("pyoxigraph",), "build, ask, sparql and everything that reads a graph", "nothing works", "boundwork"),
        _packages("SHACL reference", ("pyshacl", "rdflib"), "shapes in a form that boundwork does not answer by itself",
                  "the shipped shapes are checked all the same", "boundwork"),
        _java(),
        _memory(),
        _packages("explorer", ("starlette", "uvicorn", "jinja2"), "boundwork serve", "every command but serve works", "boundwork[web]"),
        _packages("plots", ("vl-convert-python",), "matrix --plot, and pictures in the explorer", "matrices come as tables", "boundwork[plot]"),
        _spark(),
        _program("Chromium", ("chromium", "chromium-browser", "google-chrome"), "the tests of the explorer", "those tests are skipped", "chromium"),
        _program("Virtuoso", ("virtuoso-t",), "the tests against Virtuoso 7", "those tests are skipped; any Virtuoso elsewhere can be asked with --endpoint",
                 "virtuoso-opensource"),
        _cache(),
    ]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _packages(name: str, packages: Iterable[str], used_for: str, without: str, install: str) -> Equipment:
    versions = {p: _version(p) for p in packages}
    here = all(versions.values())
    told = ", ".join(f"{p} {v}" for p, v in versions.items() if v)
    return Equipment(name, here, told, used_for, "" if here else without, "" if here else f"pip install '{install}'")


def _program(name: str, commands: Iterable[str], used_for: str, without: str, package: str) -> Equipment:
    found = next((p for c in commands if (p := shutil.which(c))), "")
    return Equipment(name, bool(found), found, used_for, "" if found else without, "" if found else f"Debian: apt install {package}")


def _java() -> Equipment:
    version = java_version()
    return Equipment("Java", bool(version), str(version or ""), "boundwork reason (HermiT), and Spark", "" if version else "every command but reason works",
                     "" if version else "Debian: apt install default-jre-headless")


def _spark() -> Equipment:
    package, version = _version("pyspark"), java_version()
    here = bool(package) and version >= JAVA_OF_SPARK
    missing = [*([] if package else ["pip install 'boundwork[spark]'"]), *([] if version >= JAVA_OF_SPARK else [f"Java {JAVA_OF_SPARK} or newer"])]
    return Equipment("Spark", here, f"pyspark {package}" if package else "", "build and validate --engine spark",
                     "" if here else "builds run in one process or on all cores", " and ".join(missing))


def _memory() -> Equipment:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return Equipment("memory", True, "", "how much cannot be seen here")
    enough = size >= ENOUGH_FOR_HERMIT
    return Equipment("memory", enough, f"{size / (1 << 30):.1f} GB, {os.cpu_count() or 1} cores", "a build takes under 2 GB, reason gives Java 2 GB",
                     "" if enough else "reason needs less with --memory", "")


def _cache() -> Equipment:
    root = cache_root()
    there = next(p for p in (root, *root.parents) if p.exists())
    writable = os.access(there, os.W_OK)
    size = sum(p.stat().st_size for p in root.rglob("*") if p.is_file()) if root.is_dir() else 0
    free = shutil.disk_usage(there).free
    told = f"{_shown(root)}: {size / (1 << 20):.0f} MB, {free / (1 << 30):.0f} GB free"
    used_for = "built graphs; boundwork cache --clear empties it"
    if writable:
        return Equipment("cache", True, told, used_for)
    return Equipment("cache", False, told, used_for, "graphs can be built elsewhere with --store DIR", "set BOUNDWORK_CACHE to a folder that you may write to")


def _shown(path: Path) -> str:
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)
