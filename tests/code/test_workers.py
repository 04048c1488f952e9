"""Jobs on all cores: in their order, with errors that stay clear, and nobody left at work when the one who asked is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from boundwork import workers
from boundwork.errors import Fault, InputError

WORK = """
import os, time
from pathlib import Path
from boundwork.errors import InputError

def double(number):
    time.sleep(0.3 if number == 1 else 0)
    return {"number": 2 * number, "process": os.getpid()}

def refuse(number):
    raise InputError(f"no {number}", "another")

def die(number):
    os._exit(7)

def linger(place):
    Path(place).write_text(str(os.getpid()))
    time.sleep(120)
"""


@pytest.fixture(autouse=True)
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "jobs_to_do.py").write_text(WORK, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(workers, "cores", lambda: 2)
    return tmp_path


def test_results_come_in_the_order_of_the_jobs_from_other_processes() -> None:
    made = list(workers.run_each("jobs_to_do:double", [{"number": n} for n in range(1, 6)]))
    assert [m["number"] for m in made] == [2, 4, 6, 8, 10]
    assert os.getpid() not in {m["process"] for m in made}


def test_one_job_alone_needs_no_process() -> None:
    assert [m["process"] for m in workers.run_each("jobs_to_do:double", [{"number": 1}])] == [os.getpid()]


def test_no_job_is_no_work() -> None:
    assert list(workers.run_each("jobs_to_do:double", [])) == []


def test_an_error_comes_back_with_its_words() -> None:
    with pytest.raises(InputError, match="no 1") as caught:
        list(workers.run_each("jobs_to_do:refuse", [{"number": 1}, {"number": 2}]))
    assert caught.value.hint == "another"


def test_a_worker_that_dies_is_a_fault_of_ours() -> None:
    with pytest.raises(Fault, match=r"stopped \(7\)"):
        list(workers.run_each("jobs_to_do:die", [{"number": 1}, {"number": 2}]))


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_the_process_that_asked(jobs: Path, how: signal.Signals) -> None:
    places = [jobs / "one", jobs / "two"]
    asks = (f"import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\nfrom boundwork import workers\nworkers.cores = lambda: 2\n"
            f"list(workers.run_each('jobs_to_do:linger', [{{'place': p}} for p in {[str(p) for p in places]!r}]))")
    process = subprocess.Popen([sys.executable, "-c", asks], stderr=subprocess.DEVNULL)
    try:
        assert _within(20, lambda: all(p.is_file() and p.read_text() for p in places))
        process.send_signal(how)
        process.wait(timeout=10)
        at_work = [int(p.read_text()) for p in places]
        assert _within(10, lambda: not any(Path(f"/proc/{pid}").exists() for pid in at_work))
    finally:
        process.kill()


def _within(seconds: float, what: object) -> bool:
    assert callable(what)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False
