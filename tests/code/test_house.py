"""The house as DESIGN draws it: levels, one importer per library, small files, a light start, and content that travels in the wheel."""

from __future__ import annotations

import ast
import functools
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from boundwork.pipeline.builds import Build

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "boundwork"
MODULES = sorted(SOURCE.rglob("*.py"))
CONTENT = ("ontology", "shapes", "data", "queries")
LEVELS = {
    0: ("errors", "findings", "files", "wording", "workers"),
    1: ("project",),
    2: ("terms", "tables", "queries", "readers", "stores"),
    3: ("populate", "rules", "derivations", "shacl", "reasoning", "agreement", "linking", "exchange"),
    4: ("pipeline", "explore", "scale"),
    5: ("cli", "web", "__init__", "__main__"),
}
LEVEL = {name: level for level, names in LEVELS.items() for name in names}
IMPORTERS: dict[str, tuple[str, ...]] = {
    "pyoxigraph": ("stores/local.py",),
    "SPARQLWrapper": ("stores/remote.py",),
    "pyshacl": ("shacl/",),
    "rdflib": ("shacl/",),
    "owlready2": ("reasoning",),
    "rapidfuzz": ("linking/matching.py",),
    "pyspark": ("scale/cluster",),
    "py4j": ("scale/cluster_files.py",),
}
OF_THE_EXPLORER: dict[str, tuple[str, ...]] = {
    "starlette": ("web/",), "uvicorn": ("web/serving.py",), "jinja2": ("web/view.py",), "vl_convert": ("explore/plotting.py",)}
DOORS = {"cli/serve.py": "boundwork.web.serving.serve"}
"""Where one face may open the other: a verb that starts the server, and nothing else of it."""
HEAVY = {"rdflib", "pyshacl", "owlready2", "SPARQLWrapper", "pyspark"}


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def part_of(path: Path) -> str:
    """The row of the level table that a module belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@functools.cache
def imports(path: Path) -> list[tuple[int, str]]:
    """Every import of a module, wherever it stands: line and full name."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, a.name) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno} imports by dots"
            found += [(node.lineno, f"{node.module}.{a.name}") for a in node.names]
    return found


def test_every_module_has_a_place_in_the_level_table() -> None:
    assert {part_of(p) for p in MODULES} - set(LEVEL) == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_its_own_level_or_below(path: Path) -> None:
    own = LEVEL[part_of(path)]
    up = [f"line {line}: {name}" for line, name in imports(path)
          if name.startswith("boundwork.") and (part := name.split(".")[1]) in LEVEL and LEVEL[part] > own]
    assert up == []


@pytest.mark.parametrize("path", [p for p in MODULES if part_of(p) in ("cli", "web")], ids=name_of)
def test_a_face_imports_no_rdf_library_and_not_the_other_face(path: Path) -> None:
    other = "boundwork.web" if part_of(path) == "cli" else "boundwork.cli"
    libraries = {*IMPORTERS, "boundwork.stores.local", "boundwork.stores.remote", "boundwork.shacl", "boundwork.reasoning"}
    wrong = [name for _, name in imports(path) if (name.startswith(other) and name != DOORS.get(name_of(path)))
             or any(name == x or name.startswith(x + ".") for x in libraries)]
    assert wrong == []


@pytest.mark.parametrize("library", IMPORTERS | OF_THE_EXPLORER)
def test_a_library_has_one_importer(library: str) -> None:
    users = {name_of(p) for p in MODULES for _, name in imports(p) if name.split(".")[0] == library}
    assert [u for u in users if not u.startswith((IMPORTERS | OF_THE_EXPLORER)[library])] == []


def test_no_room_is_called_by_a_name_that_says_nothing() -> None:
    empty = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
    assert [name_of(p) for p in MODULES if {p.stem, *p.relative_to(SOURCE).parts[:-1]} & empty] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_file_stays_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    purpose = ast.get_docstring(ast.parse(text))
    assert purpose, "no module docstring"
    assert purpose.splitlines()[0].endswith((".", ":", ";", ",")) or len(purpose) > 20


def test_files_beside_the_source_stay_small_too() -> None:
    files = [p for folder in ("tests", "bench", "docs", "tools") for p in (ROOT / folder).rglob("*.py") if "fetched" not in p.parts]
    assert len(files) > 150
    assert [p.relative_to(ROOT).as_posix() for p in files if p.read_text(encoding="utf-8").count("\n") > 400] == []


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_test_module_hides_a_test_behind_another_of_the_same_name(path: Path) -> None:
    names = [n.name for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef)]
    assert sorted(names) == sorted(set(names))


def loaded(*args: str, **env: str) -> set[str]:
    """Top-level names of all modules that a command imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "boundwork", *args], cwd=ROOT, capture_output=True, encoding="utf-8",
                          env={**os.environ, **env}, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    found = set(re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s+([\w.]+)", done.stderr, re.M))
    assert "boundwork.errors" in found
    return {name.split(".")[0] for name in found}


@pytest.mark.parametrize("args", [["--help"], ["ask", "--help"], ["--version"], ["cache"]], ids=" ".join)
def test_help_starts_without_any_engine(args: list[str], cache: Path) -> None:
    assert loaded(*args, BOUNDWORK_CACHE=str(cache)) & (HEAVY | {"pyoxigraph"}) == set()


def test_asking_a_built_study_starts_no_heavy_library(builds: dict[str, Build], cache: Path) -> None:
    found = loaded("ask", "hybrid-council-types", "--study", "example-study", BOUNDWORK_CACHE=str(cache))
    assert found & HEAVY == set()
    assert "pyoxigraph" in found


def test_a_question_asked_before_starts_no_reader_of_yaml_and_no_openssl(builds: dict[str, Build], cache: Path) -> None:
    ask = ("ask", "hybrid-council-types", "--study", "example-study")
    loaded(*ask, BOUNDWORK_CACHE=str(cache))
    assert loaded(*ask, BOUNDWORK_CACHE=str(cache)) & {"yaml", "hashlib", "_hashlib"} == set()


def test_importing_the_package_loads_no_engine() -> None:
    code = "import sys, boundwork; print(sorted(m.split('.')[0] for m in sys.modules))"
    names = set(ast.literal_eval(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout))
    assert names & (HEAVY | {"pyoxigraph", "yaml"}) == set()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_content_file_and_every_module(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    content = {f"boundwork/content/{p.relative_to(ROOT).as_posix()}" for kind in CONTENT for p in (ROOT / kind).rglob("*")
               if p.is_file() and p.suffix in (".ttl", ".rq", ".csv", ".toml", ".md", ".txt")}
    code = {f"boundwork/{name_of(p)}" for p in MODULES}
    pages = {f"boundwork/{name_of(p)}" for kind in ("templates", "static") for p in (SOURCE / "web" / kind).rglob("*") if p.is_file()}
    assert (content | code | pages) - inside == set()
    assert len(pages) > 15
    assert len(content) > 100


def test_the_wheel_answers_by_its_own_content(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    done = subprocess.run([sys.executable, "-m", "boundwork", "ask", "hybrid-council-types", "--study", "example-study", "--format", "csv"], cwd=tmp_path,
                          capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path / "site"), "BOUNDWORK_CACHE": str(tmp_path / "c")},
                          check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("boundary,type,status,")
    manifest = next((tmp_path / "c").glob("*/builds/*/manifest.json")).read_text(encoding="utf-8")
    assert str(tmp_path / "site" / "boundwork" / "content") in manifest
