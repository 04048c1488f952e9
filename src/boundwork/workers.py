"""The same job many times, on all cores: each worker is a fresh interpreter. Knows nothing of what the jobs do."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from boundwork.errors import BoundworkError, Fault, InputError

MOST = 4
"""Processes at a time; each holds one partition in memory."""


_LIMIT = [MOST]


def limit(number: int) -> None:
    """Let at most so many workers run at a time from here on; with one, everything is worked in this process."""
    _LIMIT[0] = number


def cores() -> int:
    """Return how many workers may run at a time here."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, _LIMIT[0])


def run_each(function: str, jobs: list[dict[str, Any]]) -> Iterator[Any]:
    """Yield what a function makes of each job, in their order: `module:name`, called with the job's items as keywords.

    Jobs and results are what JSON can hold. One job alone, or one core, is worked here and not in a process of its own. A
    worker imports that module only (never the user's script, as multiprocessing would), and ends when this process does,
    however it ends. Errors: those that the function raises as BoundworkError; Fault for a worker that dies.
    """
    workers = min(len(jobs), cores())
    if workers < 2 or not sys.executable:
        yield from (called(function, job) for job in jobs)
        return
    running: set[subprocess.Popen[str]] = set()
    with ThreadPoolExecutor(workers) as pool:
        pending = [pool.submit(run_apart, function, job, running) for job in jobs]
        try:
            for future in pending:
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(running):
                process.kill()


def run_apart(function: str, job: dict[str, Any], running: set[subprocess.Popen[str]] | None = None) -> Any:
    """Return what a function makes of one job, in a process of its own; `running` holds that process as long as it lives.

    Errors: as for run_each.
    """
    running = set() if running is None else running
    here = str(Path(__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))}
    with subprocess.Popen([sys.executable, "-P", "-c", "from boundwork.workers import serve; serve()"], env=environment, text=True,
                          encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        running.add(process)
        try:
            process.stdin.write(json.dumps([function, job]) + "\n")
            process.stdin.flush()  # and left open: its end tells the worker that nobody waits for it any more
            out = process.stdout.read()
            complaint = process.stderr.read()
            process.stdin.close()
        except OSError:
            out, complaint = "", ""
        finally:
            running.discard(process)
    if process.returncode != 0:
        raise Fault(f"A worker process stopped ({process.returncode}): {(complaint.strip().splitlines() or ['no reason given'])[-1]}.")
    answer = json.loads(out)
    if "error" in answer:
        raise InputError(*answer["error"])
    return answer["made"]


def called(function: str, job: dict[str, Any]) -> Any:
    """Return what a function makes of a job, here: `module:name`, called with the job's items as keywords."""
    module, name = function.split(":")
    return getattr(importlib.import_module(module), name)(**job)


def serve() -> None:
    """Work one job: it comes as a line of JSON on stdin, what came of it goes as JSON to stdout."""
    line = sys.stdin.readline()
    if not line:
        return

    def watch() -> None:
        sys.stdin.read()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        answer = {"made": called(*json.loads(line))}
    except BoundworkError as error:
        answer = {"error": [error.message, error.hint]}
    except OSError as error:  # a full disk, a file that is gone: nothing of ours is broken
        if not error.strerror:
            raise
        answer = {"error": [f"{error.filename or 'A file'}: {error.strerror}", "What was made so far is not put in place."]}
    json.dump(answer, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # the watching thread still reads, and interpreters must not wait for it
