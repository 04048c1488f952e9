"""Whether tests notice a changed module: a pytest session that collects once, then runs each mutant in a process forked from it.

The functions of the module get the code of the mutant in place, so that whoever imported them has it too. A mutant meets only the
tests that run one of its lines. Linux and macOS only, since it forks.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import os
import pickle
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.reports import TestReport
from _pytest.runner import runtestprotocol
from _pytest.warnings import catch_warnings_for_item

from mutation.mutants import Mutant, mutated

KILLED, SURVIVED, NOT_RUN = "killed", "survived", "not run"
LIMIT = " (time limit or crash)"
END = "\0"
"""What stands on the pipe between the tests that were begun and the verdict."""
_LEFT_OUT = {"run", "builds"}
"""Fixtures whose tests are left out: those that start the command (a process that the mutant is not in), or need both studies built."""
_LONGEST_TEST = 3.0
"""Seconds of CPU; a test that takes longer is left out."""
_CHEAP = 0.1
"""Seconds of CPU; tests that take longer are asked last."""
_MEMORY = 6 << 30


class Trial:
    """A plugin of pytest that replaces the loop over the tests: first the module as it is, then each mutant."""

    def __init__(self, name: str, chosen: Sequence[Mutant], record: Callable[[Mutant, str, str], None]) -> None:
        self.module = importlib.import_module(name)
        self.path = str(Path(self.module.__file__ or "").resolve())
        self.chosen, self.record = chosen, record
        self.lines: dict[pytest.Item, set[int]] = {}
        self.cost: dict[pytest.Item, float] = {}
        self.imported: set[int] = set()  # lines within functions that run when the module is imported
        self.failed = False
        self.why = ""  # what the last failure said

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Have generated inputs be the same in every process, and failures not be made smaller."""
        from hypothesis import Phase, settings

        settings.register_profile("mutation", derandomize=True, database=None, deadline=None, max_examples=25, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests once as they are, once more as a control, and then under each mutant, each time in a process of its own."""
        items = [i for i in session.items if not _LEFT_OUT & set(getattr(i, "fixturenames", ()))]
        self._measure(items)
        source = Path(self.path).read_text(encoding="utf-8")
        fit = [i for i in items if self.lines.get(i)]
        outcome, killer = self._forked(lambda: None, fit)
        while outcome != SURVIVED and fit:  # a test that a fork breaks says nothing
            print(f"left out, since it fails in a forked process: {killer}\n{self.why}", file=sys.stderr)
            left = [i for i in fit if i.nodeid != killer.removesuffix(LIMIT)]
            fit = left if len(left) < len(fit) else []
            outcome, killer = self._forked(lambda: None, fit)
        for mutant in self.chosen:
            at = set(mutant.lines)
            always = not mutant.called or self.imported & at
            tests = sorted((i for i in fit if always or self.lines[i] & at), key=lambda i: (self.cost[i] > _CHEAP, i.path, self.cost[i]))
            if tests:
                self.record(mutant, *self._forked(lambda m=mutant: install(self.module, mutated(source, m)), tests))  # type: ignore[misc]
            else:
                self.record(mutant, NOT_RUN, "")
        return True

    def _measure(self, items: Sequence[pytest.Item]) -> None:
        """Run the tests on the module as it is, and keep which of its lines each runs and what it costs.

        This process itself runs none: an engine that has started its threads can do nothing after a fork.
        """
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            try:
                found = [self._first(item, after) for item, after in zip(items, [*items[1:], None], strict=True)]
                with os.fdopen(writing, "wb") as pipe:
                    pickle.dump((self._run_on_import(), found), pipe)
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            data = pipe.read()
        os.waitpid(child, 0)
        self.imported, found = pickle.loads(data) if data else (set(), [])
        for item, (seen, cost, said) in zip(items, found, strict=True):
            if said:
                self.failed = True
                print(f"{item.nodeid} fails without any change:\n{said}", file=sys.stderr)
            elif cost < _LONGEST_TEST:
                self.lines[item], self.cost[item] = seen, cost

    def _run_on_import(self) -> set[int]:
        """Execute the module anew; return the lines within functions that this runs."""
        seen: set[int] = set()

        def step(frame: FrameType, event: str, arg: Any) -> Any:
            seen.add(frame.f_lineno)
            return step

        def enter(frame: FrameType, event: str, arg: Any) -> Any:
            of_function = frame.f_code.co_filename == self.path and frame.f_code.co_flags & inspect.CO_OPTIMIZED
            return step(frame, event, arg) if of_function else None

        before = sys.gettrace()
        sys.settrace(enter)
        try:
            executed(self.module, ast.parse(Path(self.path).read_text(encoding="utf-8")))
        finally:
            sys.settrace(before)
        return seen

    def _first(self, item: pytest.Item, after: pytest.Item | None) -> tuple[set[int], float, str]:
        """Run a test; return the lines of the module that it ran, the seconds it took, and what it said if it failed."""
        seen: set[int] = set()

        def step(frame: FrameType, event: str, arg: Any) -> Any:
            seen.add(frame.f_lineno)
            return step

        def enter(frame: FrameType, event: str, arg: Any) -> Any:
            return step(frame, event, arg) if frame.f_code.co_filename == self.path else None

        began = time.process_time()
        before = sys.gettrace()
        threading.settrace(enter)
        sys.settrace(enter)
        try:
            reports = run_test(item, after)
        finally:
            sys.settrace(before)
            threading.settrace(None)
        failed = [r.longreprtext[-1500:] or "no reason" for r in reports if r.failed]
        skipped = any(r.skipped for r in reports)
        return set() if skipped else seen, time.process_time() - began, failed[0] if failed else ""

    def _forked(self, change: Callable[[], None], tests: Sequence[pytest.Item]) -> tuple[str, str]:
        """Run tests in a process of their own, until one fails; return what became of the mutant, and the test that killed it."""
        folder = Path(tempfile.mkdtemp(prefix="boundwork-mutant-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            os.setpgid(0, 0)
            _keep_in(folder)
            _run_child(change, tests, writing)
        os.close(writing)
        limit, said = 30 + 36 * max((self.cost[t] for t in tests), default=0), b""  # seconds without a test that ends; a fork may wait for ever
        while select.select([reading], [], [], limit)[0]:
            block = os.read(reading, 4096)
            if not block:
                break
            said += block
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(child, 0)
        os.close(reading)
        shutil.rmtree(folder, ignore_errors=True)
        begun, ended, self.why = said.decode(errors="replace").partition(END)
        if not ended:
            return KILLED, (begun.splitlines() or [""])[-1] + LIMIT
        verdict, _, self.why = self.why.partition("\n")
        verdict, _, killer = verdict.partition(" ")
        return (SURVIVED, "") if verdict == SURVIVED else (KILLED, killer)


def _run_child(change: Callable[[], None], tests: Sequence[pytest.Item], writing: int) -> None:
    """Say on the pipe what became of the mutant, and end."""
    try:
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        said = SURVIVED
        try:
            change()
            for item, after in zip(tests, [*tests[1:], None], strict=True):
                os.write(writing, f"{item.nodeid}\n".encode())
                reports = run_test(item, after)
                if failed := [r.longreprtext[-800:] for r in reports if r.failed]:
                    said = f"{KILLED} {item.nodeid}\n{failed[0]}"
                    break
        except BaseException as error:
            said = f"{KILLED} ({type(error).__name__} on import)"
        os.write(writing, (END + said).encode())
    finally:
        os._exit(0)


def _keep_in(folder: Path) -> None:
    """Have what fixtures make for themselves in memory made in a folder that goes when this process is gone."""
    make = tempfile.mkdtemp

    def made(suffix: Any = None, prefix: Any = None, dir: Any = None) -> Any:
        return make(suffix, prefix, folder if str(dir) in ("None", "/dev/shm") else dir)

    tempfile.mkdtemp = made


def run_test(item: pytest.Item, after: pytest.Item | None) -> list[TestReport]:
    """Run a test with the filters of warnings that its marks ask for."""
    with catch_warnings_for_item(item.config, item.ihook, when="runtest", item=item):
        return runtestprotocol(item, nextitem=after, log=False)


def executed(module: ModuleType, tree: ast.Module) -> dict[str, Any]:
    """Return the names that a module has when another tree is executed in its place."""
    fresh: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__, "__package__": module.__package__}
    exec(compile(tree, str(Path(module.__file__ or "").resolve()), "exec"), fresh)
    return fresh


def install(module: ModuleType, tree: ast.Module) -> None:
    """Give a loaded module, and everyone who imported from it, the code, defaults and constants of a changed one."""
    old = vars(module)
    for name, new in executed(module, tree).items():
        if name.startswith("__") or name not in old:
            continue
        if isinstance(new, type) and new.__module__ == module.__name__:
            for attribute, value in vars(new).items():
                if isinstance(value, int | str | tuple) and not attribute.startswith("__") and vars(old[name]).get(attribute) != value:
                    setattr(old[name], attribute, value)
                _swap(vars(old[name]).get(attribute), value)
        else:
            before = old[name]
            after = _laid_over(before, new, set())
            if after is not before:
                for other in list(sys.modules.values()):
                    if vars(other).get(name) is before:
                        setattr(other, name, after)


def _laid_over(old: Any, new: Any, met: set[int]) -> Any:
    """Return what is to stand in the place of a value of a module: functions get new code where they are, in tables and closures as well."""
    if old is new or id(old) in met:
        return old
    if isinstance(new, int | str | set | frozenset | re.Pattern) or new is None:
        return old if old == new else new
    met.add(id(old))
    if isinstance(new, dict) and isinstance(old, dict):
        items = {key: _laid_over(old[key], value, met) if key in old else value for key, value in new.items()}
        old.clear()
        old.update(items)
    elif type(new) is tuple and type(old) is tuple:
        row = tuple(_laid_over(a, b, met) for a, b in zip(old, new, strict=False)) + new[len(old):]
        return old if len(row) == len(old) and all(a is b for a, b in zip(old, row, strict=True)) else row
    elif is_dataclass(new) and not isinstance(new, type) and is_dataclass(old):
        for field in fields(new):
            object.__setattr__(old, field.name, _laid_over(getattr(old, field.name), getattr(new, field.name), met))
    elif callable(new):
        for a, b in zip(_functions(old), _functions(new), strict=False):
            for cell, fresh in zip(a.__closure__ or (), b.__closure__ or (), strict=False):
                cell.cell_contents = _laid_over(cell.cell_contents, fresh.cell_contents, met)
        _swap(old, new)
    return old


def _swap(old: Any, new: Any) -> None:
    for a, b in zip(_functions(old), _functions(new), strict=False):
        if a.__module__ == b.__module__:
            a.__defaults__, a.__kwdefaults__ = b.__defaults__, b.__kwdefaults__
            if not a.__code__.co_filename.startswith("<"):  # a dataclass makes its own functions
                a.__code__ = _same_cells(b.__code__, a.__code__)


def _same_cells(new: CodeType, old: CodeType) -> CodeType:
    if not new.co_freevars:
        return new.replace(co_freevars=old.co_freevars)  # what the old code closed over and the new one does not look at
    return new if len(new.co_freevars) == len(old.co_freevars) else old


def _functions(thing: Any) -> Iterator[FunctionType]:
    """The functions behind a name: of a property, a class method, a cached function."""
    if isinstance(thing, property):
        thing = thing.fget
    elif isinstance(thing, functools.cached_property):
        thing = thing.func
    elif isinstance(thing, staticmethod | classmethod):
        thing = thing.__func__
    if hasattr(thing, "cache_clear"):
        thing.cache_clear()
    thing = inspect.unwrap(thing) if callable(thing) and not isinstance(thing, type) else thing
    if isinstance(thing, FunctionType):
        yield thing


def try_mutants(name: str, chosen: Sequence[Mutant], tests: Sequence[str], root: Path, record: Callable[[Mutant, str, str], None]) -> bool:
    """Try mutants of a module against tests; False when the tests do not pass without any."""
    trial = Trial(name, chosen, record)
    os.chdir(root)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a dozen plugins of the tests start slower than most modules are tried
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not slow", *tests], plugins=[trial])
    return not trial.failed and code in (0, 5)
