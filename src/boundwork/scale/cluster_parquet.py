"""Tables in Parquet as rows that know their place: the same cells, in the same order, as the CSV that they were written from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from boundwork.findings import Finding
from boundwork.tables.reader import Row, Table, check_header
from boundwork.tables.schema import TABLES


def parquet_table(context: Any, path: Path, name: str, shown: str) -> tuple[Any, list[str], int, list[Finding]]:
    """Return the rows of a Parquet table as an RDD, its header, how many rows there are, and what is wrong with its header.

    Rows are numbered in the order of the files' names and of the rows in each: the first is number 2, as below a header. Cells
    are what Spark writes of a value as text; null is blank. `context` is a SparkContext.
    """
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import col

    session = SparkSession.builder.config(conf=context.getConf()).getOrCreate()
    frame = session.read.parquet(str(path))
    table = Table(TABLES[name], path, shown, whole=False)
    check_header(table, frame.columns)
    if not table.header:
        return None, [], 0, table.findings
    cells = [col(f"`{c}`").cast("string").alias(f"c{i}") for i, c in enumerate(frame.columns)]
    placed = frame.select(*cells, col("_metadata.file_path").alias("file"), col("_metadata.row_index").alias("at"))
    sizes = sorted((r[0], r[1]) for r in placed.groupBy("file").count().collect())
    starts, total = {}, 0
    for file, count in sizes:
        starts[file] = total
        total += count
    return placed.rdd.mapPartitions(partial(_rows, starts, len(cells))), table.header, total, table.findings


def _rows(starts: dict[str, int], width: int, records: Iterator[Any]) -> Iterator[Row]:
    for record in records:
        number = starts[record[width]] + record[width + 1] + 2
        row = [value or "" for value in record[:width]]
        if any(row):
            yield Row(number, number, row)
