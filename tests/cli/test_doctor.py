"""boundwork doctor tells what is here, and for what is not, what works without it and how to get it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from boundwork.explore import equipment
from conftest import Run

NAMES = {"boundwork", "SPARQL and rules", "SHACL reference", "Java", "memory", "explorer", "plots", "Spark", "Chromium", "Virtuoso", "cache"}


def test_everything_that_the_product_can_use_has_a_row(run: Run) -> None:
    rows = json.loads(run("doctor", "--format", "json").stdout)
    assert {r["name"] for r in rows} == NAMES
    assert next(r for r in rows if r["name"] == "boundwork")["version"] == "0.1.0"
    for row in rows:
        assert row["used_for"]
        assert row["here"] or (row["without"] and (row["get"] or row["name"] == "memory")), row


def test_a_machine_without_programs_hears_what_works_and_how_to_get_them(run: Run, tmp_path: Path) -> None:
    """An empty PATH: neither Java nor Chromium nor Virtuoso can be found."""
    said = run("doctor", env={"PATH": str(tmp_path), "JAVA_HOME": "", "COLUMNS": "80"}).stdout
    assert "no   Java" in said and "every command but reason works" in said and "default-jre-headless" in said
    assert "no   Virtuoso" in said and "no   Chromium" in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_missing_package_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equipment, "_version", lambda package: "" if package in ("uvicorn", "pyspark") else "1.0")
    found = {e.name: e for e in equipment.examine()}
    assert not found["explorer"].here and found["explorer"].get == "pip install 'boundwork[web]'"
    assert not found["Spark"].here and "boundwork[spark]" in found["Spark"].get


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    said = run("doctor", env={"BOUNDWORK_CACHE": str(tmp_path / "cache")}).stdout
    assert "no   cache" in said and "--store DIR" in said


