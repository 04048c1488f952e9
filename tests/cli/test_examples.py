"""Every example of the help is run as it stands, in a folder with what it speaks of; a port or a host of it becomes that of a server on loopback."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

from boundwork.cli.main import MODULES, VERBS
from boundwork.explore.pushing import push
from conftest import ROOT, STUDIES, Run
from readers.writers import ods, xlsx
from servers import VIRTUOSO, free_port, oxigraph, sql_address, virtuoso
from small_study import edit_rows
from spark_cluster import cluster, need_spark
from web.explorer import HEAR

PAPER_STUDY, EXAMPLE = STUDIES
IMD = """\
type,region,score,kind,gor,areas
county,North West,28.9,CTY,E12000002,389
unitary,East of England,13.87,UA,E12000006,3123
London borough,London,25.16,LBO,E12000007,4760
"""
LADS = "LAD23CD,LAD23NM\nE06000901,Saltreach Council\nE09000933,London Borough of Quaymarsh\n"
SHAPES = ("@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> . "
          "ex:s a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")
FEDERATED = "SELECT ?c ?type { ?c a bw:Council SERVICE <https://example.org/sparql> { ?c bw:councilType ?type } }"

pytestmark = pytest.mark.usefixtures("builds")


def examples(verb: str) -> Iterator[str]:
    """The commands of a verb's examples, lines that go on put together, without the words behind them; `...` is what the first example says more."""
    text = import_module(f"boundwork.cli.{MODULES.get(verb, verb)}").EXAMPLES
    options: dict[str, str] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines()[1:]:
        command = re.split(r"\s{2,}", line.strip())[0]
        if command and re.search(r"\bboundwork\b", command):
            options = options or dict(re.findall(r"(--\w+) +(\"[^\"]*\"|[^\s-]\S*)", command))
            if command.endswith("..."):
                command = command.removesuffix("...") + " ".join(f"{name} {value}" for name, value in options.items() if name not in command)
            yield command


def test_examples_are_read_whole() -> None:
    found = {verb: list(examples(verb)) for verb in VERBS}
    assert found["join"][0] == ('boundwork join mystudy imd.csv --on type,region --value score --unit points --period 2004 --source "IMD 2004, ODPM" '
                                "--licence OGL-UK-3.0")
    assert found["join"][1] == ('boundwork join mystudy imd.csv --on type=kind,region=gor --dry-run --value score --unit points --period 2004 '
                                '--source "IMD 2004, ODPM" --licence OGL-UK-3.0')
    assert found["serve"] == ["boundwork serve", "boundwork serve mystudy --port 8400", "boundwork serve --text paper.txt --no-browser",
                              "boundwork serve mystudy --public"]
    assert [verb for verb, commands in found.items() if not commands] == []


def keep_rows_of(coder: str, rows: list[dict[str, str]]) -> None:
    rows[:] = [r for r in rows if r.get("coder") == coder]


@pytest.fixture(scope="module")
def bench(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the examples speak of, made by the tool where it makes such things, and the command on a path of its own."""
    folder = tmp_path_factory.mktemp("examples")

    def made(*command: str) -> None:
        done = run(*command, cwd=folder)
        assert done.returncode == 0, done.stderr

    for name in ("mystudy", "one", "two", "studies/one", "open-study"):
        shutil.copytree(ROOT / "data" / EXAMPLE, folder / name)
        path = folder / name / "study.toml"
        path.write_text(path.read_text(encoding="utf-8").replace(f'id = "{EXAMPLE}"', f'id = "{Path(name).name}"', 1), encoding="utf-8")
    made("export", "mystudy", "--to", "qdpx", "--with-text", "-o", "project.qdpx")
    for coder in ("ann", "ben"):  # as each of them would send it
        shutil.copytree(folder / "mystudy", folder / coder)
        for table in ("codings", "judgements", "decisions", "claims"):
            edit_rows(folder / coder / f"{table}.csv", partial(keep_rows_of, coder))
        made("export", coder, "--to", "qdpx", "--with-text", "-o", f"{coder}.qdpx")
        shutil.rmtree(folder / coder)
    made("backup", "mystudy", "-o", "mystudy.zip")
    made("build", "one", "-o", "more")
    made("build", PAPER_STUDY, "-o", "parts")
    made("load", "parts", "--into", "archive")
    made("validate", "--write-baseline", "known.csv")
    tables = {p.stem: list(csv.reader(p.read_text(encoding="utf-8").splitlines(keepends=True))) for p in sorted((folder / "mystudy").glob("*.csv"))}
    (folder / "tables.ods").write_bytes(ods(tables))
    (folder / "coded.xlsx").write_bytes(xlsx({"Codings": [["Source", "Theme", "Text"], ["Interview 1", "Place", "We know our district."]]}))
    register = list(csv.DictReader((ROOT / "data" / EXAMPLE / "reference" / "council-register.csv").read_text(encoding="utf-8").splitlines(keepends=True)))
    with (folder / "councils.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*register[0], "snac"])
        writer.writeheader()
        writer.writerows({**row, "snac": f"00{row['id'][1:]}"} for row in register)
    for name, text in {"imd.csv": IMD, "lads.csv": LADS, "spend.csv": "code,score,population\n00NM,10,2000\n00SR,20,500\n00QM,30,900\n",
                       "cpa.csv": "id,rating\nnorthmere,4\nsaltreach,1 star\n", "paper.txt": "x" * 66195, "s.ttl": SHAPES, "both.rq": FEDERATED,
                       "data.ttl": "@prefix ex: <http://example.org/> . ex:a a ex:Thing .", "question.rq": "SELECT ?c { ?c a bw:Council }"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "data" / "reference" / "councils-by-type-and-region.csv", folder / "my-counts.csv")
    shutil.copy(ROOT / "data" / EXAMPLE / "texts" / "northmere-w1.txt", folder / "interview.txt")
    (folder / "home" / ".bash_completion.d").mkdir(parents=True)
    (folder / "home" / ".zfunc").mkdir()
    (folder / "bin").mkdir()
    shim = folder / "bin" / "boundwork"
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(HEAR)} "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def endpoint(builds: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SPARQL endpoint of an Oxigraph server with the shipped study."""
    with oxigraph(tmp_path_factory.mktemp("endpoint")) as url:
        push(ROOT / "data" / PAPER_STUDY, url)
        yield url


CASES = [(v, c) for v in VERBS for c in examples(v) if c != "boundwork cache --clear"]  # which would take the builds from the other tests


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell runs the examples")
@pytest.mark.parametrize(("verb", "command"), CASES)
def test_every_example_of_the_help_runs(verb: str, command: str, bench: Path, scratch: Path, request: pytest.FixtureRequest) -> None:
    """Each has a copy of the folder to itself, without what it is to write; it ends with 0, or with 1 for findings, or with Ctrl-C where it lasts."""
    here = scratch / "here"
    shutil.copytree(bench, here)
    for written in [*re.findall(r"(?:-o|--into) ([\w.-]+)(?!\S)", command), *(["mystudy"] if verb == "init" else [])]:
        place = here / written
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    env = {**os.environ, "PATH": f"{here / 'bin'}:{os.environ['PATH']}", "HOME": str(here / "home"), "BROWSER": "true",
           "BOUNDWORK_CONFIG": str(here / "config")}
    command = command.replace("hdfs://HOST/parts", f"{here.as_uri()}/new-parts").replace("hdfs://HOST", here.as_uri()).replace("curl -s URL", "cat data.ttl")
    if command.startswith("cd mystudy"):
        command = f"boundwork init mystudy && {command}"
    with ExitStack() as servers:
        if "spark://HOST:7077" in command:
            need_spark()
            made = servers.enter_context(cluster(scratch, 1))
            command, env = command.replace("spark://HOST:7077", made.master), {**made.env, **env}
        elif "--engine spark" in command:
            need_spark()
            env["SPARK_LOCAL_IP"] = "127.0.0.1"
        elif "virtuoso:" in command:
            if VIRTUOSO is None or not shutil.which("isql-vt"):
                pytest.skip("Virtuoso 7 is not installed (Debian: apt install virtuoso-opensource-7-bin, or make debian)")
            url = servers.enter_context(virtuoso(here))
            command = command.replace("127.0.0.1:1111", sql_address(here)) + f" --endpoint {url}"
        elif "127.0.0.1:7878" in command or "example.org" in command or "mystore" in command:
            url = request.getfixturevalue("endpoint")
            command = command.replace("http://127.0.0.1:7878/query", url).replace("http://127.0.0.1:7878", url.removesuffix("/query"))
            command = command.replace("https://example.org/sparql", url)
            (here / "both.rq").write_text(FEDERATED.replace("https://example.org/sparql", url), encoding="utf-8")
            (here / "config").mkdir()
            (here / "config" / "endpoints.toml").write_text(f'[mystore]\nurl = "{url}"\n', encoding="utf-8")
        if verb == "serve" or "--watch" in command:
            runs_until_ctrl_c(command, here, env)
            return
        done = subprocess.run(["bash", "-c", command], cwd=here, capture_output=True, encoding="utf-8", check=False, timeout=200, env=env)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    for written in re.findall(r"(?:-o|>|--into|--plot) ([\w.-]+)(?!\S)", command):
        assert (here / written).exists(), written


def runs_until_ctrl_c(command: str, here: Path, env: dict[str, str]) -> None:
    """Start a command that lasts, wait until it serves a page or has checked once, and end it as a person does."""
    serves = " serve" in command
    if serves:  # on a port that is free, whatever the example says
        command = f"{re.sub(r' --port [0-9]+', '', command)} --port {free_port()}"
    said = here / "said.txt"
    with said.open("wb") as out, subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=here, env=env, stdout=out, stderr=out) as process:
        try:
            end = time.monotonic() + 120
            ready = None
            while not ready and process.poll() is None and time.monotonic() < end:
                time.sleep(0.1)
                ready = re.search(r"http://127\.0\.0\.1:\d+/" if serves else r"\d+ violations?", said.read_text(encoding="utf-8"))
            assert ready, said.read_text(encoding="utf-8")
            if serves:
                with urllib.request.urlopen(ready[0], timeout=60) as page:
                    assert page.status == 200 and b"<title>" in page.read()
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130, said.read_text(encoding="utf-8")
        finally:
            process.kill()
    assert "Traceback" not in said.read_text(encoding="utf-8")
