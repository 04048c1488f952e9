"""A real Spark cluster on loopback: a master and workers as processes of their own, which a test may kill or stop."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from servers import free_port

MASTER, WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
SPARING = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
"""What Java processes that live for seconds need not do."""
SETTINGS = """\
spark.executor.memory 512m
spark.executor.heartbeatInterval 1s
spark.network.timeout 12s
spark.network.timeoutInterval 3s
spark.ui.enabled false
"""


def need_spark() -> Path:
    """The folder of pyspark; the test is skipped where Java is missing."""
    import pyspark

    if not shutil.which("java"):
        pytest.skip("Java is not installed, which Spark needs")
    return Path(pyspark.__file__).parent


def within(seconds: float, what: Callable[[], object]) -> bool:
    """True as soon as something is true, False when it is not after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return False


class Cluster:
    """A master and workers with one core each."""

    def __init__(self, folder: Path) -> None:
        self.home, self.folder, self.port = need_spark(), folder, free_port()
        self.master = f"spark://127.0.0.1:{self.port}"
        (folder / "conf").mkdir()
        (folder / "conf" / "spark-defaults.conf").write_text(SETTINGS, encoding="utf-8")
        self.env = {**os.environ, "SPARK_HOME": str(self.home), "SPARK_CONF_DIR": str(folder / "conf"), "SPARK_LOCAL_IP": "127.0.0.1",
                    "SPARK_DAEMON_MEMORY": "256m", "JAVA_TOOL_OPTIONS": SPARING,
                    "SPARK_MASTER_OPTS": "-Dspark.worker.timeout=12", "SPARK_WORKER_OPTS": "-Dspark.worker.timeout=12", "PYSPARK_PYTHON": sys.executable,
                    "SPARK_LOCAL_DIRS": str(folder / "local"), "BOUNDWORK_SPARK_PATIENCE": "40"}
        (folder / "local").mkdir()
        self.log = folder / "cluster.log"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._master = self._start(MASTER, "--host", "127.0.0.1", "--port", str(self.port), "--webui-port", "0")
        assert within(60, self._listens), self.log.read_text()[-2000:]

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def _start(self, what: str, *args: str) -> subprocess.Popen[bytes]:
        with open(self.log, "ab") as log:
            return subprocess.Popen([str(self.home / "bin" / "spark-class"), what, *args], env=self.env, stdout=log, stderr=log, start_new_session=True)

    def add_worker(self) -> None:
        """Start one more worker and wait until the master knows it."""
        known = self._registered()
        self.workers.append(self._start(WORKER, "--cores", "1", "--memory", "1g", "--host", "127.0.0.1", "--webui-port", "0", "--work-dir",
                                        str(self.folder / f"work{len(self.workers)}"), self.master))
        assert within(90, lambda: self._registered() > known), self.log.read_text()[-2000:]

    def _registered(self) -> int:
        return self.log.read_text(encoding="utf-8", errors="replace").count("Successfully registered with master")

    def signal(self, worker: int, how: signal.Signals) -> None:
        """Send a signal to a worker and to all that it has started (its executors run in its session)."""
        for pid in _session(self.workers[worker].pid):
            with suppress(ProcessLookupError):
                os.kill(pid, how)

    def close(self) -> None:
        for process in (*self.workers, self._master):
            for pid in _session(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


def _session(leader: int) -> list[int]:
    """The processes of a session."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                if int((path / "stat").read_text().rpartition(")")[2].split()[3]) == leader:
                    found.append(int(path.name))
    return found


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster for the length of a block."""
    made = Cluster(folder)
    try:
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        made.close()
