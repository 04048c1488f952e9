"""Which reasoners there are, which of them work on this machine, and why the others do not or are not used."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import zipfile
from dataclasses import dataclass

from boundwork.reasoning.hermit import folder_of_hermit, java

_CLASS_FILE_BEFORE_JAVA_1 = 44


@dataclass(frozen=True)
class Engine:
    """A reasoner: whether `boundwork reason` can use it here, its version where it is installed, and what is to be said of it."""

    name: str
    usable: bool
    version: str
    remark: str


def engines() -> list[Engine]:
    """Return the reasoners that a user may think of, looked up on this machine as it is now."""
    return [
        _hermit(),
        Engine("rules", True, "", "The CONSTRUCT rules of every build: HermiT is compared with them. They test no consistency and need no Java."),
        _pellet(),
        _package("owlrl", "it comes to the same instances as HermiT, but slowly, and its many trivial triples would have to be filtered"),
        _package("reasonable", "it knows no property chains and reports no contradiction, so its instances would be wrong without a word"),
        _package("rustdl", "it leaves conclusions out on larger graphs without saying so"),
        _package("whelk", "a package of that name is something else; the OWL reasoner Whelk knows OWL EL only"),
    ]


def java_version() -> int:
    """Return the main version of Java, such as 17; 0 where there is none, or it does not say."""
    program = java()
    if not program:
        return 0
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _hermit() -> Engine:
    version = _version("owlready2")
    if folder_of_hermit() is None:
        return Engine("hermit", False, "", "Comes with owlready2, which is not installed.")
    found = java_version()
    if not found:
        return Engine("hermit", False, f"owlready2 {version}", "Needs Java, which is not here. Install one, such as: apt install default-jre-headless.")
    return Engine("hermit", True, f"owlready2 {version}", f"Runs on Java {found}. The default: consistency, hierarchy, instances, comparison with the rules.")


def _pellet() -> Engine:
    version = _version("owlready2")
    needs = _java_of_pellet()
    if not needs:
        return Engine("pellet", False, f"owlready2 {version}" if version else "", "Not used; this owlready2 brings no Pellet that boundwork knows.")
    found = java_version()
    if found < needs:
        here = f"here is Java {found}" if found else "here is no Java"
        return Engine("pellet", False, f"owlready2 {version}", f"Does not run: a part of it was compiled for Java {needs}, and {here}.")
    return Engine("pellet", False, f"owlready2 {version}", "Not used: boundwork drives HermiT only.")


def _java_of_pellet() -> int:
    """Return the version of Java that the newest class of Pellet's parts was compiled for; 0 when there is no Pellet."""
    home = folder_of_hermit()
    newest = 0
    for part in home.with_name("pellet").glob("jena-arq*.jar") if home else ():
        with zipfile.ZipFile(part) as jar:
            for name in jar.namelist():
                if name.endswith(".class") and "/riot/lang/" in name:  # its reader, which every run needs
                    with jar.open(name) as file:
                        newest = max(newest, int.from_bytes(file.read(8)[6:], "big") - _CLASS_FILE_BEFORE_JAVA_1)
    return newest


def _package(name: str, why: str) -> Engine:
    there = importlib.util.find_spec(name) is not None
    return Engine(name, False, _version(name) if there else "", f"{'Not used' if there else 'Not installed, and not used'}: {why}.")
