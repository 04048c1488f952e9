"""Eight threads ask one study at once, and cold starts ask it from nothing: no error, and each answer is the one that a single reader gets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from boundwork.explore.session import Session
from small_study import write_small

THREADS = 8
START = """
import sys, threading
from pathlib import Path
from boundwork.explore.session import Session
found, errors = [], []
def ask():
    try:
        session = Session(Path(sys.argv[1]), store=Path(sys.argv[2]))
        found.append(str(session.ask("statuses").table))
    except BaseException as error:
        errors.append(repr(error))
threads = [threading.Thread(target=ask) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
assert not errors, errors
assert len(set(found)) == 1 and len(found) == 8, found
print(found[0])
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_small(tmp_path_factory.mktemp("threads") / "small")
    Session(folder, store=folder.parent / "store").ask("statuses")
    return folder


@pytest.mark.parametrize("requests", [20, pytest.param(500, marks=pytest.mark.slow)])
def test_threads_get_what_one_reader_gets(requests: int, study: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("tried", THREADS * requests)
    one = Session(study, store=study.parent / "store")
    wanted = [one.ask("statuses").table, one.ask("hybrid-council-types").table, one.ask("hybrid-cases").table]

    def many(number: int) -> int:
        session = one if number % 2 else Session(study, store=study.parent / "store")
        for turn in range(requests):
            which = (number + turn) % 3
            assert session.ask(("statuses", "hybrid-council-types", "hybrid-cases")[which]).table == wanted[which]
        return requests

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(many, range(THREADS))) == THREADS * requests


@pytest.mark.parametrize("starts", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_cold_starts_of_eight_threads(starts: int, study: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("tried", starts)
    answers = {subprocess.run([sys.executable, "-c", START, str(study), str(study.parent / "store")], check=True, capture_output=True, text=True).stdout
               for _ in range(starts)}
    assert len(answers) == 1
