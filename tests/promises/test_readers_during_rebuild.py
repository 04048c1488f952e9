"""Readers open a study again and again while it is rebuilt beside them: each sees one whole build, and never an error."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from boundwork.pipeline.builds import read_current
from boundwork.stores.local import LocalStore
from boundwork.terms import BW
from small_study import write_small

WRITER = """
import sys
from pathlib import Path
from boundwork.pipeline.build import build
study, store = Path(sys.argv[1]), Path(sys.argv[2])
text = (study / "extracts.base").read_text()
for number in range(int(sys.argv[3])):
    (study / "extracts.csv").write_text(text.replace("wave\\n", "wave,gist\\n").replace("narrative,alder,", f"narrative,alder,,version {number:03}"))
    build(study, store)
"""
GISTS = f"SELECT ?g {{ ?e <{BW}gist> ?g }}"


@pytest.mark.parametrize(("opens", "builds"), [(40, 2), pytest.param(500, 12, marks=pytest.mark.slow)])
def test_every_open_finds_one_whole_version(opens: int, builds: int, scratch: Path, record_property: Callable[[str, object], None]) -> None:
    study, home = write_small(scratch / "small"), scratch / "store"
    shutil.copy(study / "extracts.csv", study / "extracts.base")
    subprocess.run([sys.executable, "-c", WRITER, str(study), str(home), "1"], check=True)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(study), str(home), str(builds)])
    seen: list[set[str]] = []
    sizes: set[int] = set()
    while len(seen) < opens or writer.poll() is None:
        made = read_current(home)
        assert made is not None
        try:
            store = LocalStore.open(made.store("ann"))
        except Exception:  # two builds may have passed between looking and opening, as a session knows: look again
            again = read_current(home)
            assert again is not None and again.folder != made.folder
            store = LocalStore.open(again.store("ann"))
        seen.append({g.text for (g,) in store.select(GISTS) if g is not None})
        sizes.add(len(store))
        store.close()
    assert writer.returncode == 0
    record_property("tried", len(seen))
    assert all(len(gists) == 1 for gists in seen)
    assert len(sizes) == 1
    assert len({next(iter(g)) for g in seen}) > 1
