"""The `boundwork` command: finds the verb, runs it where Ctrl-C and limits can stop it, and turns errors into one clear line."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
import time
from typing import Any, NoReturn

from boundwork import __version__
from boundwork.errors import BoundworkError, TimeLimit
from boundwork.wording import counted, folded

VERBS = (
    "build", "validate", "load", "queries", "ask", "sparql", "explain", "why", "reason", "agreement",
    "matrix", "import", "export", "link", "join", "disclosure", "push", "serve", "resolve", "init", "new", "backup", "restore", "doctor", "cache", "completion",
)
MODULES = {"import": "importing", "export": "exporting"}
"""Verbs whose module has another name, because Python keeps the verb for itself or for the same pair of words."""
EPILOG = """\
examples:
  boundwork ask hybrid-council-types --evidence
  boundwork validate mystudy
  boundwork sparql 'SELECT ?council ?type { ?council bw:councilType ?type }'

exit status: 0 fine; 1 findings, or a false ASK; 2 wrong usage, unreadable input
or a time limit; 3 a fault of boundwork; 130 Ctrl-C.
"""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Examples as they stand; the rest folded to the terminal between words."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("examples:"):
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in folded(text, width))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return folded(text, width)

    def add_argument(self, action: argparse.Action) -> None:
        super().add_argument(action)
        if isinstance(action, argparse._SubParsersAction):  # argparse forgets how far it indents the verbs, and breaks behind the longest
            self._action_max_length += self._indent_increment


class _Parser(argparse.ArgumentParser):
    """Says what is wrong folded to the terminal, with the usage of the verb that was meant and where to read more."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        options, rest = super().parse_known_args(args, namespace)
        if rest:  # argparse would leave this to the parser at the top, whose usage says nothing about the verb
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return options, rest

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        _say(f"{self.prog}: error: {message}\n  See: {self.prog} --help")
        raise SystemExit(2)


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command; with `only`, that verb alone is set up in full, which keeps start-up short."""
    top = _Parser(
        prog="boundwork", description="Knowledge graphs of qualitative research: build, check and question coded interviews.",
        epilog=EPILOG, formatter_class=_Help)
    top.add_argument("--version", action="version", version=f"boundwork {__version__}")
    top.add_argument("--debug", action="store_true", help="show where an error comes from")
    verbs = top.add_subparsers(dest="verb", metavar="COMMAND", title="commands")
    for verb in VERBS:
        module = importlib.import_module(f"boundwork.cli.{MODULES.get(verb, verb)}") if only in (None, verb) else None
        if module is None:
            verbs.add_parser(verb)
            continue
        sub = verbs.add_parser(verb, help=module.HELP, description=module.DESCRIPTION, epilog=module.EXAMPLES, formatter_class=_Help)
        sub.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        module.arguments(sub)
        sub.set_defaults(run=module.run)
    return top


def main(argv: list[str] | None = None) -> None:
    """Run the command and leave with its exit status."""
    try:
        status = _run(argv)
    except KeyboardInterrupt:
        status = _stopped()
    _leave(status)


def _run(argv: list[str] | None) -> int:
    args = list(sys.argv[1:] if argv is None else argv)
    verb = next((a for a in args if not a.startswith("-")), None)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    top = parser(verb if verb in VERBS else None)
    if verb is not None and verb not in VERBS:
        from boundwork.errors import did_you_mean

        _say(f"boundwork: there is no command '{verb}'. {did_you_mean(verb, VERBS) or 'See: boundwork --help'}")
        return 2
    options = top.parse_args(args)
    if options.verb is None:
        top.print_help()
        return 0
    return _watched(options)


def _watched(options: argparse.Namespace) -> int:
    """Run the verb in a thread of its own, so that Ctrl-C and a time limit are heard while an engine computes."""
    outcome: list[Any] = []
    options.started = time.monotonic()

    def work() -> None:
        try:
            outcome.append(options.run(options))
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True)
    limit = getattr(options, "timeout", None)
    try:
        thread.start()
        thread.join(limit)
        if thread.is_alive():
            outcome = [TimeLimit(f"The query ran longer than {counted(limit or 0, 'second')} and was stopped.",
                                 "Give more with --timeout, or make it narrower.")]
    except KeyboardInterrupt:
        return _stopped()
    result = outcome[0] if outcome else 0
    if isinstance(result, BaseException):
        return _explain(result, options.debug)
    return int(result or 0)


def _explain(error: BaseException, debug: bool) -> int:
    if debug and not isinstance(error, SystemExit):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, SystemExit):
        return int(error.code or 0)
    if isinstance(error, BoundworkError):
        _say(f"boundwork: {error.message}" + (f"\n  {error.hint}" if error.hint else ""))
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        return 0
    if isinstance(error, KeyboardInterrupt):
        return _stopped()
    if isinstance(error, FileNotFoundError) and not error.filename:
        _say("boundwork: the current folder is no longer there.\n  Go to one that is, such as: cd ..")
        return 2
    if isinstance(error, OSError) and error.strerror:
        _say(f"boundwork: {error.filename or 'the output cannot be written'}: {error.strerror}.")
        return 2
    _say(f"boundwork: a fault of ours: {type(error).__name__}: {error}\n  Run again with --debug and report what it prints.")
    return 3


def _stopped() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not disturb the tidying
    _say("boundwork: stopped; nothing is half-written.")
    return 130


def _say(text: str) -> None:
    if sys.stderr.isatty():  # a terminal by itself would break within words
        size = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        text = "\n".join(part for line in text.splitlines() for part in folded(line, size, "  "))
    print(text, file=sys.stderr)


def _leave(status: int) -> None:
    """Leave at once: an engine may still compute in its thread, and interpreters must not wait for it."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        status = status or _explain(error, False)
    if status == 130:
        from boundwork.files import remove_temporaries

        remove_temporaries()
    os._exit(status)
