"""The engine that runs on Apache Spark; nobody else imports pyspark.

Spark moves, sorts and joins the records (scale.exchange says which), and runs the same steps as the other engines on the
machines of a cluster. Every machine needs boundwork in the same Python, and sees the folders of the studies and of the output
under the same names. The driver holds one line for each partition and block, and never rows.
"""

from __future__ import annotations

import importlib.util
import operator
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from boundwork import __version__
from boundwork.errors import BoundworkError, InputError
from boundwork.scale import cluster_tasks, exchange
from boundwork.scale.blocks import Block, cut, settle
from boundwork.scale.building import as_finding
from boundwork.scale.engines import Progress
from boundwork.scale.exchange import Plan
from boundwork.scale.layout import finished, write_json
from boundwork.scale.shares import FEW_IDS, Summary
from boundwork.scale.studies import LARGE, Work, table_file

BLOCK = 16_000_000
"""Bytes of a table that one task reads."""
PATIENCE = 180
"""Seconds without any task at work after which a cluster is given up."""
_START = 60
"""Seconds that a master which was started just now may take until it listens; on a busy machine 20 were not enough."""


def check_installed() -> None:
    """Raise when pyspark or Java is missing, and say what to install. Errors: InputError."""
    try:
        found = importlib.util.find_spec("pyspark")
    except ImportError:
        found = None
    if found is None:
        raise InputError("The engine spark needs pyspark, which is not installed.", "pip install 'boundwork[spark]'")
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not java or not Path(java).is_file():
        raise InputError("The engine spark needs Java 17 or later, which is not installed.",
                         "Install it (Debian: apt install openjdk-17-jre-headless), or use --engine processes.")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = said.partition('"')[2].partition(".")[0].partition('"')[0]
    if version.isdigit() and int(version) < 17:
        raise InputError(f"The engine spark needs Java 17 or later, and {java} is Java {version}.", "Set JAVA_HOME to a later one.")


def check_reachable(master: str, seconds: float) -> None:
    """Raise when nothing listens at the address of a standalone master, which may have been started just now, within so many seconds.

    Spark itself says so after more than a minute, and in its log alone. Errors: InputError.
    """
    places = [p.rpartition(":") for p in master.removeprefix("spark://").split(",")]
    if not master.startswith("spark://") or not all(host and port.isdigit() for host, _, port in places):
        return  # what Spark makes of another address, it says at once
    end = time.monotonic() + seconds
    while True:
        for host, _, port in places:
            with suppress(OSError, OverflowError), socket.create_connection((host.strip("[]"), int(port)), max(1, seconds)):
                return
        if time.monotonic() > end:
            raise InputError(f"No Spark master can be reached at {master}.",
                             "Start it, or correct --master; without --master Spark runs inside this machine.")
        time.sleep(0.5)


class Spark:
    """A Spark application: it starts with the first job and ends with `close`."""

    name = "spark"

    def __init__(self, master: str = "local[*]", block: int = 0) -> None:
        check_installed()
        self.master = master
        self.block = block or int(os.environ.get("BOUNDWORK_SPARK_BLOCK", BLOCK))
        self.patience = float(os.environ.get("BOUNDWORK_SPARK_PATIENCE", PATIENCE))
        with tempfile.NamedTemporaryFile(prefix="boundwork-spark-", suffix=".log", delete=False) as log:
            self._log = Path(log.name)
        self._gateway: Any = None
        self._started: Any = None
        self._failed = False

    @property
    def context(self) -> Any:
        """The SparkContext, started when first asked for. Errors: InputError when it cannot be reached."""
        if self._started is None:
            self._started = self._start()
        return self._started

    def _start(self) -> Any:
        check_reachable(self.master, min(_START, self.patience))
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")  # it looks for pandas; nothing here uses it
        from pyspark import SparkConf, SparkContext
        from pyspark.java_gateway import launch_gateway

        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        source = str(Path(__file__).resolve().parents[2])
        told = {"spark.app.name": "boundwork", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR",
                "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")])),
                "spark.network.timeout": "60s", "spark.executor.heartbeatInterval": "5s"}
        if self.master.startswith("local") or "127.0.0.1" in self.master:  # nothing beyond this machine need reach the driver
            told |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        try:
            with open(self._log, "ab") as log:
                self._gateway = launch_gateway(  # type: ignore[no-untyped-call]
                    SparkConf(loadDefaults=False).setMaster(self.master), popen_kwargs={"stdout": log, "stderr": log, "stdin": subprocess.PIPE})
            conf = SparkConf(_jvm=self._gateway.jvm)  # what spark-defaults.conf says comes first
            for name, value in told.items():
                conf.setIfMissing(name, value)
            return SparkContext(gateway=self._gateway, conf=conf)
        except Exception as error:  # py4j raises many classes of its own
            self._failed = True
            raise InputError(f"Spark cannot be started on {self.master}: {_short(error)}.", self._hint()) from None

    def _hint(self) -> str:
        return f"Is the master running, and is its address right? What Spark said stands in {self._log}."

    def close(self) -> None:
        """End the application; its Java process ends with it."""
        if self._started is not None:
            with suppress(Exception):  # the other side may be gone already
                self._started.stop()
        process = getattr(self._gateway, "proc", None)
        if self._gateway is not None:
            from pyspark import SparkContext

            with suppress(Exception):
                self._gateway.shutdown()
            SparkContext._gateway = SparkContext._jvm = None  # pyspark 4.3 keeps the first one, and the next application in this process would talk to it
        if process is not None:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        self._started = self._gateway = None
        if not self._failed:
            self._log.unlink(missing_ok=True)

    def run(self, action: Any) -> Any:
        """Run an action of Spark, and turn what it raises into one sentence; a cluster that works on nothing is given up."""
        over = threading.Event()
        idle: list[str] = []
        watch = threading.Thread(target=self._watch, args=(over, idle), daemon=True)
        watch.start()
        try:
            return action()
        except BoundworkError:
            raise
        except KeyboardInterrupt:
            with suppress(Exception):  # the other side may be gone already
                self.context.cancelAllJobs()
            raise
        except Exception as error:
            self._failed = True
            if idle:
                raise InputError(f"No worker of the cluster at {self.master} took work for {self.patience:.0f} seconds.",
                                 "Are its workers running, with memory and cores free? Nothing stands in the output; "
                                 "the same command goes on where this one stopped.") from None
            raise self._told(error) from None
        finally:
            over.set()

    def _watch(self, over: threading.Event, idle: list[str]) -> None:
        """Cancel everything once no task has been at work for long."""
        last, seen = time.monotonic(), (-1, -1)
        with suppress(Exception):  # an application that is over is told of by what waits for it
            tracker = self.context.statusTracker()
            while not over.wait(1):
                stages = [s for i in tracker.getActiveStageIds() if (s := tracker.getStageInfo(i)) is not None]
                now = (sum(s.numActiveTasks for s in stages), sum(s.numCompletedTasks for s in stages))
                if not stages or now[0] or now != seen:
                    last, seen = time.monotonic(), now
                if time.monotonic() - last > self.patience:
                    idle.append("idle")
                    self.context.cancelAllJobs()
                    return

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what Spark raises between jobs, as when it has ended the application meanwhile, into one sentence."""
        try:
            yield
        except Exception as error:
            if not isinstance(error, ConnectionError) and type(error).__module__.partition(".")[0] not in ("py4j", "pyspark"):
                raise
            self._failed = True
            raise self._told(error) from None

    def _told(self, error: Exception) -> BoundworkError:
        """What a failed job says, as an error of ours: a fault of a function is told apart from a machine that cannot go on."""
        try:
            text = str(error)
        except Exception:  # py4j asks Java for the text, and Java may be gone
            text = "Spark's Java process has ended"
        for name in ("No space left on device", "Disk quota exceeded"):
            if name in text:
                return InputError(f"A machine of the cluster has no room on its disk ({name}).",
                                  "Make room, or set SPARK_LOCAL_DIRS to a larger disk. Nothing stands in the output; "
                                  "the same command goes on where this one stopped.")
        lines = [x.strip().removeprefix(": ") for x in text.splitlines() if x.strip() and not x.startswith("An error occurred while calling")]
        python = [x for x in lines if x.startswith(("OSError", "PermissionError", "FileNotFoundError", "ModuleNotFoundError", "MemoryError"))]
        over = any(x in text for x in ("SparkContext has been shut", "SparkContext was shut", "stopped SparkContext",
                                       "Task not serializable"))  # so where the application ends while a task is prepared
        lost = next((x for x in lines if "ExecutorLostFailure" in x), "")
        reason = next(filter(None, (*python[-1:], self._why_over() if over else "", lost, *lines)), type(error).__name__)
        return InputError(f"The work on {self.master} stopped: {reason[:300].rstrip('.')}.",
                          f"Nothing stands in the output; the same command goes on where this one stopped. What Spark said stands in {self._log}.")

    def _why_over(self) -> str:
        """Return why Spark has ended the application, as it says in its log alone; an empty text where it does not."""
        said = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((x.partition("Reason: ")[2] for x in reversed(said) if "Reason: " in x), "")

    def each(self, function: str, jobs: list[dict[str, Any]]) -> Iterator[Any]:
        """Yield what the function makes of each job, one task a job."""
        if not jobs:
            return
        with self._telling():
            answers = self.run(self.context.parallelize(jobs, len(jobs)).map(partial(cluster_tasks.work, function, __version__)).collect)
        for kind, value in answers:
            if kind == "error":
                raise InputError(*value)
            yield value

    def add(self, targets: list[tuple[Work, str, Path]]) -> None:
        """Add what partitions counted: Spark sums by key, and one task for each reading writes its sums."""
        files = [(i, str(w.source), str(w.inferred(n) / f"tallies~{r}.nt")) for i, (w, r, _) in enumerate(targets) for n in range(w.partitions)]
        with self._telling():
            items = self.context.parallelize(files, len(files)).flatMap(cluster_tasks.tally_items)
            summed = items.reduceByKey(operator.add, len(targets), cluster_tasks.place_of)
            self.run(summed.mapPartitionsWithIndex(partial(cluster_tasks.write_sums, [str(into) for _, _, into in targets])).collect)

    def populate(self, works: list[Work], progress: Progress) -> None:
        """Populate all studies together: rows go to the partition of their extract, ids to where repeats and dead ends are seen."""
        if all(finished(f, verify=True) for w in works for f in (w.common, *(w.part(n) for n in range(w.partitions)))):
            return
        with self._telling():
            self._populate(works, progress)

    def _populate(self, works: list[Work], progress: Progress) -> None:
        if progress:
            progress("headers", 0)
        larges = list(self.each("boundwork.scale.shares:read_context", [{"work": w.as_job()} for w in works]))
        tables = _Tables(self, works, larges)
        plan, findings = tables.plan()
        for w, header in zip(works, plan.headers, strict=True):
            write_json(w.place / "headers.json", header)
        told = self._told_of_ids(plan, tables)
        rows = tables.rows(plan)
        here = told.filter(cluster_tasks.for_place)
        everything = rows.union(here) if rows is not None else here
        if progress:
            progress("partitions", 0)
        made = (everything.repartitionAndSortWithinPartitions(plan.places, cluster_tasks.place_of, keyfunc=cluster_tasks.key_itself)
                .mapPartitionsWithIndex(partial(cluster_tasks.make, plan)).reduceByKey(cluster_tasks.together, max(1, min(len(works), 64))))
        summaries = {i: Summary.from_json(tree) for i, tree in self.run(made.collect)}
        informed = set(self.run(told.filter(cluster_tasks.for_common).groupBy(cluster_tasks.study_of).map(partial(cluster_tasks.tell, plan)).collect))
        jobs = []
        for i, w in enumerate(works):
            summary = exchange.header_places(findings[i]).add(summaries.get(i, Summary()))
            jobs.append({"work": w.as_job(), "summary": summary.as_json(), "totals": plan.totals[i], "broken": plan.broken[i], "told_of_ids": i in informed})
        for _ in self.each("boundwork.scale.shares:populate_common", jobs):
            pass

    def _told_of_ids(self, plan: Plan, tables: _Tables) -> Any:
        ids = self.context.parallelize(range(len(plan.works)), len(plan.works)).flatMap(partial(cluster_tasks.asked_by_common, plan))
        if (of_rows := tables.ids(plan)) is not None:
            ids = of_rows.union(ids)
        buckets = max(plan.places, self.context.defaultParallelism)
        sorted_ids = ids.repartitionAndSortWithinPartitions(buckets, partial(cluster_tasks.bucket_of, buckets), keyfunc=cluster_tasks.key_itself)
        return sorted_ids.mapPartitions(partial(exchange.told_of_ids, plan)).cache()


class _Tables:
    """The large tables of all studies as Spark reads them: CSV in blocks, Parquet by its own reader."""

    def __init__(self, spark: Spark, works: list[Work], larges: list[dict[str, Any]]) -> None:
        self._spark, self._works, self._larges = spark, works, larges
        self._blocks: list[tuple[int, Block]] = []
        self._frames: list[tuple[int, str, Any]] = []

    def plan(self) -> tuple[Plan, dict[int, list[Any]]]:
        """Return the plan, and the findings on headers by study."""
        headers: list[dict[str, list[str]]] = [{} for _ in self._works]
        totals: list[dict[str, int]] = [{} for _ in self._works]
        broken: list[list[str]] = [[] for _ in self._works]
        findings: dict[int, list[Any]] = {}
        cuts: dict[tuple[int, str], list[Block]] = {}
        for i, (work, large) in enumerate(zip(self._works, self._larges, strict=True)):
            findings[i] = []
            for name in LARGE:
                path = table_file(work.source, name)
                if path.suffix == ".parquet" and path.exists():
                    from boundwork.scale.cluster_parquet import parquet_table

                    frame, header, count, found = parquet_table(self._spark.context, path, name, work.shown(name))
                    if header:
                        headers[i][name], totals[i][name] = header, count
                        self._frames.append((i, name, frame))
                    findings[i] += found
                    broken[i] += [] if header else [name]
                elif name in large:
                    findings[i] += [as_finding(f) for f in large[name]["findings"]]
                    if large[name]["header"]:
                        headers[i][name] = large[name]["header"]
                        cuts[i, name] = cut(path, name, self._spark.block)
                    if not large[name]["whole"]:
                        broken[i].append(name)
        self._look_at(cuts, headers)
        for (i, name), blocks in cuts.items():
            totals[i][name] = max(0, sum(b.rows for b in blocks) - 1)
            if any(b.stopped or b.too_long for b in blocks):
                broken[i].append(name)
            self._blocks += [(i, b) for b in blocks]
        starts, place = [], 0
        for w in self._works:
            starts.append(place)
            place += w.partitions
        done = frozenset(s + n for w, s in zip(self._works, starts, strict=True) for n in range(w.partitions) if finished(w.part(n), verify=True))
        few = tuple(t.get("extracts", 0) < FEW_IDS for t in totals)
        return Plan(tuple(w.as_job() for w in self._works), tuple(starts), tuple(headers), tuple(totals), tuple(broken), few, done), findings

    def _look_at(self, cuts: dict[tuple[int, str], list[Block]], headers: list[dict[str, list[str]]]) -> None:
        """Look at the blocks of all tables in one job, and again at those where a record runs across an edge."""
        asked = [(b, len(headers[i][name])) for (i, name), blocks in cuts.items() for b in blocks]
        first = dict(zip((b for b, _ in asked), self._looked(asked), strict=True))
        for (i, name), blocks in cuts.items():
            width = len(headers[i][name])
            cuts[i, name] = settle(blocks, self._looking(first, width))

    def _looking(self, first: dict[Block, Block], width: int) -> Callable[[list[Block]], list[Block]]:
        """Return a function that looks at blocks: what the first job saw is taken from there."""
        def look_at(blocks: list[Block]) -> list[Block]:
            again = [b for b in blocks if b not in first]
            seen = dict(zip(again, self._looked([(b, width) for b in again]), strict=True))
            return [seen[b] if b in seen else first[b] for b in blocks]

        return look_at

    def _looked(self, asked: list[tuple[Block, int]]) -> list[Block]:
        if not asked:
            return []
        context = self._spark.context
        return list(self._spark.run(context.parallelize(asked, len(asked)).map(cluster_tasks.look_at).collect))

    def rows(self, plan: Plan) -> Any:
        """Return all rows as records, each with its place; None where there are none."""
        found = [self._spark.context.parallelize(self._blocks, len(self._blocks)).flatMap(partial(cluster_tasks.block_rows, plan))] if self._blocks else []
        found += [frame.mapPartitions(partial(exchange.placed, plan, i, name)) for i, name, frame in self._frames]
        return self._spark.context.union(found) if found else None

    def ids(self, plan: Plan) -> Any:
        """Return the ids of all rows as records; None where there are none."""
        found = [self._spark.context.parallelize(self._blocks, len(self._blocks)).flatMap(partial(cluster_tasks.block_ids, plan))] if self._blocks else []
        found += [frame.mapPartitions(partial(exchange.ids_of, plan, i, name)) for i, name, frame in self._frames]
        return self._spark.context.union(found) if found else None


def _short(error: Exception) -> str:
    lines = [x.strip() for x in str(error).splitlines() if x.strip()]
    return lines[0][:200] if lines else type(error).__name__
