"""Files on any file system that Hadoop knows (hdfs://, s3a://, abfs://, gs:// ...); nobody else imports py4j.

Hadoop's own classes do it, in a Java process beside this one: they come with pyspark, and stores beyond HDFS with a jar of
theirs. One process of the driver finds out the settings (`found_access`), as Spark's command does; workers are told them.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from boundwork.errors import InputError
from boundwork.files import temporary

ATOMIC = frozenset({"hdfs", "viewfs", "file"})
"""Schemes whose file systems rename a folder at once and whole; others copy file by file, or do so on some accounts."""
_SETTINGS = ("core-site.xml", "hdfs-site.xml")
_LOCK = threading.Lock()
_FOUND: list[Access] = []
_STARTED: dict[Access, tuple[Any, Any]] = {}


def is_uri(name: str | None) -> bool:
    """True for a name such as hdfs://host/folder, and not for a path; a single letter is a drive of Windows."""
    return name is not None and re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", name) is not None


def plain_path(name: str) -> str | None:
    """Return the path that a file: address names; None for another address. Errors: InputError for one with a host."""
    parts = urlsplit(name)
    if parts.scheme != "file":
        return None
    if parts.netloc not in ("", "localhost"):
        raise InputError(f"{name} names the machine {parts.netloc}.", "Write file:///path for a path of this machine.")
    return unquote(parts.path)


@dataclass(frozen=True)
class Entry:
    """A file or folder of a store: its address, its bytes, and when it was changed last, in milliseconds."""

    uri: str
    folder: bool
    size: int
    changed: int

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.uri.rstrip("/").rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Access:
    """What a Java process needs to reach a store: classes, and Hadoop's settings as XML, where passwords may stand; it is written nowhere."""

    classes: tuple[str, ...]
    settings: str = field(repr=False)

    def as_job(self) -> dict[str, Any]:
        """Return what another process needs; `Access.from_job` reads it."""
        return {"classes": list(self.classes), "settings": self.settings}

    @classmethod
    def from_job(cls, classes: list[str], settings: str) -> Access:
        """Return the access of a job."""
        return cls(tuple(classes), settings)


def found_access() -> Access:
    """Return how this machine reaches stores, as spark-submit finds it: spark-defaults.conf, PYSPARK_SUBMIT_ARGS, HADOOP_CONF_DIR, jars.

    Errors: InputError when pyspark or Java is missing, or does not start.
    """
    from boundwork.scale.cluster import check_installed

    with _LOCK:
        if not _FOUND:
            check_installed()
            _FOUND.append(_asked_of_spark())
        return _FOUND[0]


def _asked_of_spark() -> Access:
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")  # it looks for pandas; nothing here uses it
    from pyspark.java_gateway import launch_gateway

    try:
        with open(os.devnull, "ab") as nowhere:
            gateway: Any = launch_gateway(popen_kwargs={"stdout": nowhere, "stderr": nowhere})  # type: ignore[no-untyped-call]
    except Exception as error:
        raise InputError(f"Spark's Java process does not start: {_reason(error)}.", "Is spark-defaults.conf right?") from None
    try:
        jvm = gateway.jvm
        spark = jvm.org.apache.spark.SparkConf()
        found = jvm.org.apache.hadoop.conf.Configuration(False)
        for name in _SETTINGS:
            found.addResource(name)
        for pair in spark.getAll():
            if pair._1().startswith("spark.hadoop."):
                found.set(pair._1().removeprefix("spark.hadoop."), pair._2())
        text = jvm.java.io.StringWriter()
        found.writeXml(text)
        jars = [unquote(urlsplit(j).path) if is_uri(j) else j for j in spark.get("spark.jars", "").split(",") if j and not j.startswith(("http", "hdfs"))]
        classes = [jvm.java.lang.System.getProperty("java.class.path"), *jars]
        return Access(tuple(c for c in classes if c), text.toString())
    except Exception as error:
        raise InputError(f"Hadoop's settings cannot be read: {_reason(error)}.", "Is HADOOP_CONF_DIR right?") from None
    finally:
        with suppress(Exception):  # it ends with its standard input as well
            gateway.shutdown()
        gateway.proc.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            gateway.proc.wait(10)


def _reason(error: Exception) -> str:
    """Return what Java says of an error, in one line."""
    said = ""
    with suppress(Exception):  # py4j asks Java for the text, and Java may be gone
        cause = getattr(error, "java_exception", None)
        while cause is not None:
            said = (cause.getMessage() or cause.getClass().getSimpleName()).strip() or said
            cause = cause.getCause() if cause.getClass().getSimpleName() == "RuntimeException" else None
    return ((said or str(error)).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")


class Files:
    """The files of stores, by their addresses. Errors: InputError, with what Hadoop says."""

    def __init__(self, access: Access) -> None:
        self.access = access
        with _LOCK:
            if access not in _STARTED:
                _STARTED[access] = _gateway(access)
            self._jvm, self._conf = _STARTED[access]

    def _at(self, uri: str) -> tuple[Any, Any]:
        path = self._jvm.org.apache.hadoop.fs.Path(uri)
        return path.getFileSystem(self._conf), path

    @contextmanager
    def _telling(self, uri: str) -> Iterator[None]:
        from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError

        try:
            yield
        except Py4JJavaError as error:
            said = _reason(error)
            missing = re.search(r"Class (\S+) not found|No FileSystem for scheme", said)
            hint = "Name the jar of this store in spark.jars, and its settings in spark-defaults.conf." if missing else "Is the address right, and is it yours?"
            raise InputError(f"{uri} cannot be reached or used: {said}.", hint) from None
        except (Py4JNetworkError, Py4JError, OSError) as error:
            raise InputError(f"{uri} cannot be used: Hadoop's Java process has ended ({_reason(error)}).") from None

    def entry(self, uri: str) -> Entry | None:
        """Return what stands at an address; None for nothing."""
        with self._telling(uri):
            files, path = self._at(uri)
            return _entry(files.getFileStatus(path)) if files.exists(path) else None

    def inside(self, uri: str) -> list[Entry]:
        """Return what stands in a folder, by name."""
        with self._telling(uri):
            files, path = self._at(uri)
            return sorted((_entry(s) for s in files.listStatus(path)), key=lambda e: e.uri)

    def below(self, uri: str) -> dict[str, Entry]:
        """Return all files below a folder, by their names as seen from there."""
        with self._telling(uri):
            files, path = self._at(uri)
            start = files.getFileStatus(path).getPath().toString().rstrip("/") + "/"
            found, walk = {}, files.listFiles(path, True)
            while walk.hasNext():
                entry = _entry(walk.next())
                found[entry.uri.removeprefix(start)] = entry
            return found

    def read(self, uri: str) -> bytes:
        """Return what a small file holds."""
        with self._telling(uri):
            files, path = self._at(uri)
            stream = files.open(path)
            try:
                return bytes(stream.readAllBytes())
            finally:
                stream.close()

    def write(self, uri: str, data: bytes) -> None:
        """Write a small file; one that is there is replaced."""
        with self._telling(uri):
            files, path = self._at(uri)
            stream = files.create(path, True)
            try:
                stream.write(bytearray(data))
            finally:
                stream.close()

    def put(self, source: Path, uri: str) -> int:
        """Copy a file of this machine into a store, whole or not at all, and return the bytes that it has there."""
        with self._telling(uri):
            files, path = self._at(uri)
            here = self._jvm.org.apache.hadoop.fs.Path(source.absolute().as_uri())
            if urlsplit(uri).scheme not in ATOMIC:
                files.copyFromLocalFile(False, True, here, path)
                return int(files.getFileStatus(path).getLen())
            name = f"._{path.getName()}.{os.uname().nodename if hasattr(os, 'uname') else ''}.{os.getpid()}"
            unfinished = self._jvm.org.apache.hadoop.fs.Path(path.getParent(), name)
            files.copyFromLocalFile(False, True, here, unfinished)
            if not files.rename(unfinished, path):  # another attempt at the same work was first, or left half a file
                files.delete(path, False)
                files.rename(unfinished, path)
            return int(files.getFileStatus(path).getLen())

    def get(self, entry: Entry, into: Path) -> None:
        """Copy a file of a store to this machine, whole or not at all, with its time of change."""
        into.parent.mkdir(parents=True, exist_ok=True)
        unfinished = temporary(into.with_name(f".{into.name}.tmp-{os.getpid()}"))
        try:
            with self._telling(entry.uri):
                files, path = self._at(entry.uri)
                files.copyToLocalFile(False, path, self._jvm.org.apache.hadoop.fs.Path(unfinished.absolute().as_uri()), True)
            os.utime(unfinished, ns=(entry.changed * 1_000_000,) * 2)
            os.replace(unfinished, into)
        finally:
            unfinished.unlink(missing_ok=True)

    def move(self, source: str, into: str) -> bool:
        """Rename a folder to a name that is free; False where the store does not."""
        with self._telling(into):
            files, path = self._at(source)
            return bool(files.rename(path, self._jvm.org.apache.hadoop.fs.Path(into)))

    def delete(self, uri: str) -> None:
        """Delete a file or folder, if it is there."""
        with self._telling(uri):
            files, path = self._at(uri)
            files.delete(path, True)

    def make_folder(self, uri: str) -> None:
        """Make a folder and those above it."""
        with self._telling(uri):
            files, path = self._at(uri)
            files.mkdirs(path)


def _entry(status: Any) -> Entry:
    return Entry(status.getPath().toString(), bool(status.isDirectory()), int(status.getLen()), int(status.getModificationTime()))


def _gateway(access: Access) -> tuple[Any, Any]:
    """Start a Java process, which ends with this one, and return its classes and Hadoop's settings there."""
    from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

    found = importlib.util.find_spec("pyspark")
    jars = str(Path(str(found.origin)).parent / "jars" / "*") if found is not None else ""
    own = [d for d in (os.environ.get("HADOOP_CONF_DIR"),) if d]
    told = [c for entry in access.classes for c in entry.split(os.pathsep) if c]
    sent = [Path(c).name if c.endswith(".jar") and not Path(c).exists() else c for c in told]  # Spark puts jars into the folder in which an executor works
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    try:
        port, token = launch_gateway(classpath=os.pathsep.join([*own, *sent, jars]), java_path=java, die_on_exit=True, enable_auth=True,
                                     javaopts=["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
    except (OSError, ValueError) as error:
        raise InputError(f"Hadoop's Java process does not start: {error}.", "Is Java 17 installed?") from None
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token, auto_convert=True))
    conf = gateway.jvm.org.apache.hadoop.conf.Configuration()
    conf.addResource(gateway.jvm.java.io.ByteArrayInputStream(bytearray(access.settings.encode())))
    return gateway.jvm, conf


def put_files(access: dict[str, Any], files: list[list[Any]]) -> list[int]:
    """Copy files of this machine into a store, each with its name here and its address there; return the bytes that they have there."""
    store = Files(Access.from_job(**access))
    return [store.put(Path(source), uri) for source, uri in files]


def get_files(access: dict[str, Any], files: list[list[Any]]) -> list[int]:
    """Copy files of a store to this machine: address, bytes, time of change and name here; return the bytes that they have here."""
    store = Files(Access.from_job(**access))
    for uri, size, changed, into in files:
        store.get(Entry(uri, False, size, changed), Path(into))
    return [Path(into).stat().st_size for *_, into in files]
