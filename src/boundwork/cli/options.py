"""Options that several verbs share, and how they become a session."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from boundwork.errors import UsageError

ENGINES = ("one", "processes", "spark")

if TYPE_CHECKING:
    from boundwork.explore.session import Session


def add_study(parser: argparse.ArgumentParser, store: bool = True) -> None:
    """Add --study and, for verbs that need the built graph, --store."""
    parser.add_argument("--study", metavar="STUDY", help="folder with study.toml, or the name of a shipped study (default: the enclosing study)")
    if store:
        add_store(parser)


def add_studies(parser: argparse.ArgumentParser) -> None:
    """Add --study for one or several studies, --loaded for a store that holds several, and --store."""
    parser.add_argument("--study", action="append", metavar="STUDY",
                        help="folder with study.toml, or the name of a shipped study (default: the enclosing study); again for more: "
                        "each row then names its study")
    parser.add_argument("--loaded", metavar="DIR", help="ask the studies in a store that boundwork load has made: all, or those that --study names")
    add_store(parser)


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add --store."""
    parser.add_argument("--store", metavar="DIR", help="keep the built graph here instead of in the user's cache folder")


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add --reading."""
    parser.add_argument("--reading", metavar="NAME", help="whose codings count (default: the study's default reading)")


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """Add --timeout."""
    parser.add_argument("--timeout", type=seconds, metavar="S", help="give up after so many seconds")


def add_endpoint(parser: argparse.ArgumentParser) -> None:
    """Add --endpoint and what belongs to it."""
    parser.add_argument("--endpoint", metavar="URL", help="ask this SPARQL endpoint: an address, or a name in endpoints.toml")
    parser.add_argument("--max-age", type=age, metavar="S",
                        help="with --endpoint, take an answer from the cache up to so many seconds old (default 3600; 0 asks again, as always on this machine)")
    parser.add_argument("--page", type=rows, metavar="ROWS", help="with --endpoint, rows of a page where it cuts its answers short")


def age(text: str) -> float:
    """Read a number of seconds, 0 included. Errors: ArgumentTypeError."""
    return 0.0 if text.strip() in ("0", "0.0") else seconds(text)


def rows(text: str) -> int:
    """Read a number of rows. Errors: ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 10**7):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of rows, such as 5000")
    return int(text)


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add --engine, --master and --partitions."""
    parser.add_argument("--engine", choices=ENGINES, default="processes", metavar="ENGINE",
                        help="one (process), processes (all cores; the default) or spark (Java 17, pip install 'boundwork[spark]')")
    parser.add_argument("--master", metavar="URL", default="local[*]", help="where Spark runs: local[*] (the default), or spark://HOST:7077")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where work in progress lies when -o or the study is an address such as s3a://bucket/parts: "
                        "a folder that all machines see (default: the user's cache folder)")
    parser.add_argument("--partitions", type=number, default=0, metavar="N", help="partitions of each study (default: one for 5 MB of codings)")


def number(text: str) -> int:
    """Read a whole number above 0. Errors: ArgumentTypeError."""
    if not text.isdecimal() or not 0 < int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of partitions, such as 8")
    return int(text)


def seconds(text: str) -> float:
    """Read a number of seconds. Errors: ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds, such as 30 or 0.5")
    return number


def limit_of(args: argparse.Namespace) -> float | None:
    """Return the seconds that another server gets: a little fewer than the command has, so that the error can name the server."""
    import time

    limit: float | None = getattr(args, "timeout", None)
    if limit is None:
        return None
    left: float = max(0.1, limit - (time.monotonic() - getattr(args, "started", time.monotonic())))
    return max(left * 0.8, left - 1)


def group_size(text: str) -> int:
    """Read how many must share an attribute. Errors: ArgumentTypeError."""
    if not text.isdecimal() or not 2 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"'{text}' is no size of a group, such as 5 (2 at least)")
    return int(text)


def session(args: argparse.Namespace, remote: bool = False) -> Session:
    """Return the session that the options ask for; progress shows while the graph is built. `remote`: another server is asked besides."""
    from boundwork.cli.output import Progress
    from boundwork.explore.session import open_study

    endpoint = getattr(args, "endpoint", None)
    if endpoint is None and not remote and (getattr(args, "max_age", None) is not None or getattr(args, "page", None) is not None):
        raise UsageError("--max-age and --page are for answers of another server.", "Name it with --endpoint.")
    opened = open_study(args.study, reading=getattr(args, "reading", None), store=getattr(args, "store", None), progress=Progress(), endpoint=endpoint,
                        timeout=limit_of(args), max_age=getattr(args, "max_age", None),
                        page=getattr(args, "page", None))
    if getattr(args, "reading", None):
        opened.study.reading(args.reading)
    return opened


@contextmanager
def local_file(name: str) -> Iterator[Path]:
    """Give a file by its path; for `-`, what standard input holds, as a file that is gone afterwards.

    Errors: UsageError when there is no such file.
    """
    if name != "-":
        if not Path(name).is_file():
            raise UsageError(f"There is no file {name}." if not Path(name).exists() else f"{name} is a folder, not a table.")
        yield Path(name)
        return
    from boundwork.files import temporary_folder

    with temporary_folder() as folder:
        path = folder / "stdin.csv"
        path.write_bytes(sys.stdin.buffer.read())
        yield path


def ships(folder: Path) -> bool:
    """Say on standard error that nothing is written into a study that ships with boundwork; True for such a one."""
    from boundwork.project import shipped_studies

    if folder not in shipped_studies().values():
        return False
    print(f"Nothing is written into {folder.name}, which ships with boundwork: copy its folder, and give the copy.", file=sys.stderr)
    return True


def pairs(option: str, texts: list[str]) -> dict[str, str]:
    """Read what an option takes several times as OURS=THEIRS. Errors: UsageError for anything else."""
    found = {}
    for text in texts:
        ours, equals, theirs = text.partition("=")
        if not equals or not ours.strip() or not theirs.strip():
            raise UsageError(f"{option} takes OURS=THEIRS, not '{text}'.", f"Such as {option} id=LAD23CD")
        found[ours.strip()] = theirs.strip()
    return found


def read_bytes() -> bytes:
    """Return what standard input holds. Errors: UsageError when that is nothing, as after a command that failed."""
    if not (text := sys.stdin.buffer.read()).strip():
        raise UsageError("Standard input is empty.", "Pipe something into the command, or name a file instead of -.")
    return text


def read_text(name: str) -> str:
    """Return the text of a file, or of standard input for `-`.

    Errors: UsageError when it cannot be read.
    """
    try:
        if name == "-":
            return sys.stdin.read()
        with open(name, encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8 text.") from None
