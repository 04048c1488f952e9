"""What Spark calls on the machines of a cluster: functions of a module, so that they travel by name. pyspark is not needed here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boundwork import __version__, workers
from boundwork.errors import BoundworkError, InputError
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.scale import exchange
from boundwork.scale.blocks import Block, look, rows_of
from boundwork.scale.building import tallies_of, write_tallies
from boundwork.scale.exchange import Plan
from boundwork.scale.shares import Summary


def work(function: str, version: str, job: dict[str, Any]) -> tuple[str, Any]:
    """Run a step here; return what it made, or the error that it told."""
    try:
        if version != __version__:
            raise InputError(f"The driver runs boundwork {version}, and a machine of the cluster {__version__}.", "Install the same version everywhere.")
        return "made", workers.called(function, job)
    except BoundworkError as error:
        return "error", [error.message, error.hint]


def look_at(asked: tuple[Block, int]) -> Block:
    """Look at a block of a table of so many columns."""
    return look(*asked)


def block_rows(plan: Plan, asked: tuple[int, Block]) -> Iterator[Any]:
    """Yield the rows of a block with their places."""
    return exchange.block_rows(plan, *asked)


def block_ids(plan: Plan, asked: tuple[int, Block]) -> Iterator[Any]:
    """Yield the ids of a block's rows."""
    study, block = asked
    _, rows = rows_of(block, plan.headers[study][block.table], "")
    return exchange.ids_of(plan, study, block.table, rows)


def asked_by_common(plan: Plan, study: int) -> Iterator[Any]:
    """Yield the ids that the common tables of a study refer to."""
    return exchange.asked_by_common(plan, study)


def bucket_of(buckets: int, key: Any) -> int:
    """Return where an id is looked at."""
    return exchange.bucket(key, buckets)


def key_itself(key: Any) -> Any:
    """Return the key, by which records are sorted."""
    return key


def place_of(key: Any) -> int:
    """Return the place of a record's key."""
    return int(key[0])


def for_place(record: Any) -> bool:
    """True for what a partition is told."""
    return bool(record[0][0] >= 0)


def for_common(record: Any) -> bool:
    """True for what the common part of a study is told."""
    return bool(record[0][0] < 0)


def study_of(record: Any) -> int:
    """Return the study whose common part is told."""
    return int(-1 - record[0][0])


def tell(plan: Plan, grouped: Any) -> int:
    """Write down what the common part of a study is told."""
    return exchange.tell_common(plan, *grouped)


def make(plan: Plan, place: int, records: Iterator[Any]) -> Iterator[Any]:
    """Populate the partition of a place."""
    yield exchange.make_share(plan, place, records)


def together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return two summaries added."""
    return Summary.from_json(one).add(Summary.from_json(other)).as_json()


def tally_items(asked: tuple[int, str, str]) -> Iterator[tuple[tuple[int, str], int]]:
    """Yield what a partition counted, each with the number of its reading."""
    number, source, path = asked
    return (((number, key), count) for key, count in tallies_of([path], load_vocabulary(Path(source))).items())


def write_sums(into: list[str], number: int, items: Iterator[tuple[tuple[int, str], int]]) -> Iterator[int]:
    """Write the sums of one reading."""
    write_tallies(((key, count) for (_, key), count in items), Path(into[number]))
    yield 0
