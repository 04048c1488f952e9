"""Every address of the explorer, asked without a browser: what it shows is what the command says, in each form, for each thing of the graph."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
import rdflib

import boundwork
from boundwork.pipeline.builds import Build
from boundwork.terms import STUDY
from conftest import STUDIES, Run
from web.explorer import ROOT, Answer, get, serving

Site = Callable[[str], str]
PAPER, EXAMPLE = STUDIES
FORMS = {
    "/study": ["json"], "/matrix": ["csv", "tsv", "json", "md", "html", "svg", "png", "vl"], "/ask": ["csv", "json", "ttl"],
    "/ask/hybrid-council-types": ["csv", "tsv", "json", "md", "html", "srj", "srx", "rq"], "/coding": ["csv", "json", "md"], "/coding/x01": ["json", "ttl"],
    "/validate": ["csv", "json", "md", "html", "sarif"], "/ontology": ["csv", "json", "md"], "/thing/coding/CODING": ["json", "ttl"], "/query": ["json"],
}
READS: dict[str, Callable[[bytes], object]] = {
    "json": json.loads, "srj": json.loads, "sarif": json.loads, "vl": json.loads,
    "csv": lambda b: list(csv.reader(io.StringIO(b.decode()), strict=True)),
    "tsv": lambda b: list(csv.reader(io.StringIO(b.decode()), delimiter="\t", strict=True)),
    "ttl": lambda b: len(rdflib.Graph().parse(data=b, format="turtle")),
    "svg": lambda b: b.decode().index("<svg"), "png": lambda b: b.index(b"\x89PNG") == 0, "srx": lambda b: b.decode().index("<sparql"),
    "md": lambda b: b.decode(), "html": lambda b: b.decode().index("<!doctype"), "rq": lambda b: b.decode().index("SELECT"),
}


@pytest.mark.parametrize("study", STUDIES)
def test_every_page_can_be_had_in_its_forms(study: str, site: Site) -> None:
    for page, forms in FORMS.items():
        for form in forms:
            path = page.replace("CODING", "b031" if study == PAPER else "a01")
            answer = get(f"{site(study)}{path}.{form}")
            assert answer.status == 200, (path, form, answer.text)
            READS[form](answer.body)  # raises for what it is not
        if page.startswith("/thing"):
            continue  # there, what is no form belongs to the name
        refused = get(f"{site(study)}{path}.srx" if "srx" not in forms else f"{site(study)}{path}.png")
        assert refused.status == 400, path
        assert set(json.loads(refused.body)["error"]) <= {"message", "hint"}


@pytest.mark.parametrize("study", STUDIES)
def test_every_stored_question_has_its_form_and_its_answer(study: str, site: Site) -> None:
    queries = boundwork.open(study).queries()
    assert len(queries) >= 36
    for query in queries:
        page = get(f"{site(study)}/ask/{query.slug}")
        assert page.status == 200, query.slug
        assert query.question in unescape(page.text)
        assert set(re.findall(r'<(?:select|input) id="p-(\w+)"', page.text)) == set(query.params)
        assert "Before you use it" in page.text and "Reading: " in page.text


def test_every_dimension_can_be_crossed(example_site: str) -> None:
    from boundwork.explore.matrix import DIMENSIONS

    for dimension in DIMENSIONS:
        page = get(f"{example_site}/matrix?rows={dimension}&columns=coder&reading=both&compare=ann")
        assert page.status == 200 and '<table class="heat">' in page.text, dimension


def test_an_answer_is_the_command_s_own(site: Site, run: Run) -> None:
    for path, command in (("/ask/hybrid-council-types.csv?boundary=competitiveness", ("ask", "hybrid-council-types", "--param", "boundary=competitiveness")),
                          ("/ask/reading-differences.csv?reading=reading-2", ("ask", "reading-differences", "--reading", "reading-2")),
                          ("/matrix.csv?rows=type&columns=boundary&count=extracts", ("matrix", "type", "boundary", "--count", "extracts")),
                          ("/matrix.csv?rows=code&columns=role&together=near&near=200", ("matrix", "code", "role", "--near", "200")),
                          ("/ask.csv", ("queries",))):
        assert get(site(PAPER) + path).text == run(*command, "--study", PAPER, "--format", "csv").stdout, path
    found = get(f"{site(PAPER)}/validate.csv")
    assert found.text == run("validate", PAPER, "--format", "csv").stdout


def test_the_client_s_wish_decides_where_the_address_names_no_form(paper_site: str) -> None:
    assert get(f"{paper_site}/matrix").media == "text/html"
    assert get(f"{paper_site}/matrix", "*/*").media == "text/html"
    assert json.loads(get(f"{paper_site}/matrix", "application/json").body) == json.loads(get(f"{paper_site}/matrix.json").body)
    assert get(f"{paper_site}/thing/coding/b031", "text/turtle").body == get(f"{paper_site}/thing/coding/b031.ttl").body
    assert get(f"{paper_site}/matrix").headers["vary"] == "Accept"


def things(study: str, one_of_each: bool) -> list[str]:
    """IRIs that stand in the graph of a study: all of them, or one of each kind of thing and some of everything else."""
    store = boundwork.open(study).store
    rows = store.select("SELECT DISTINCT ?x { { ?x ?p ?o } UNION { ?s ?x ?o } UNION { ?s ?p ?x } FILTER(isIRI(?x)) }")
    everything = sorted({v.text for row in rows for v in row if v})
    if not one_of_each:
        return everything
    kinds: dict[str, str] = {}
    for thing in everything:
        kinds.setdefault("/".join(thing.split("/")[5:7]) if thing.startswith(STUDY) else thing.rstrip("/").rpartition("/")[0] + thing[-1:], thing)
    return sorted(kinds.values())


def missing(address: str, found: list[str]) -> list[str]:
    return [f"{answer.status} {t}" for t in found if (answer := get(f"{address}/thing?iri={quote(t, safe='')}")).status != 200 or "<h1>" not in answer.text]


@pytest.mark.parametrize("study", STUDIES)
def test_things_of_every_kind_open_their_page(study: str, site: Site) -> None:
    found = things(study, one_of_each=True)
    assert len(found) > 60
    assert missing(site(study), found[:: max(1, len(found) // 40)]) == []


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_every_iri_of_the_graph_opens_its_page(study: str, site: Site) -> None:
    found = things(study, one_of_each=False)
    assert len(found) > 1000
    assert missing(site(study), found) == []


def links(answer: Answer, address: str) -> set[str]:
    """Addresses of this server that a page leads to, without the place in the page."""
    found = {urljoin(address, unescape(h)).split("#")[0] for h in re.findall(r'(?:href|src|action)="([^"]+)"', answer.text)}
    return {f for f in found if urlsplit(f).netloc == urlsplit(address).netloc}


def kind_of(link: str) -> str:
    """What sort of address a link is: the first step, the form at its end, and the names of the parameters."""
    parts = urlsplit(link)
    return f"{parts.path.split('/')[1:3][0]}/{parts.path.count('/')}/{Path(parts.path).suffix}/{sorted(p.split('=')[0] for p in parts.query.split('&'))}"


def test_links_lead_somewhere(example_site: str) -> None:
    seen: dict[str, set[str]] = {}
    for page in ("/", "/matrix", "/ask", "/ask/evidence-chain", "/ask/rating-words-by-speaker", "/why?s=northmere-expertise-w1&p=a&o=bw:ExpertiseCase",
                 "/coding/x02", "/validate?severity=warning", "/ontology?q=boundary", "/thing/case/northmere-expertise-w1", "/thing/bw:Coding"):
        for link in links(get(example_site + page), example_site + page):
            seen.setdefault(kind_of(link), set()).add(link)
    assert len(seen) > 40
    chosen = [link for several in seen.values() for link in sorted(several)[:: max(1, len(several) // 2)][:2]]
    assert [f"{a.status} {link}" for link in chosen if (a := get(link, "*/*")).status != 200] == []


def test_a_download_is_safe_in_a_spreadsheet_and_never_runs_as_our_page(scratch: Path, builds: dict[str, Build]) -> None:
    import shutil

    folder = shutil.copytree(ROOT / "data" / EXAMPLE, scratch / "formulas")
    councils = (folder / "councils.csv").read_text(encoding="utf-8")
    (folder / "councils.csv").write_text(councils.replace("northmere,Northmere,", "northmere,=1+1,", 1), encoding="utf-8")
    with serving(folder) as (address, _):
        for form, comma in (("csv", ","), ("tsv", "\t")):
            answer = get(f"{address}/ask/undated-extracts.{form}")
            cells = [c for row in csv.reader(io.StringIO(answer.text), delimiter=comma) for c in row]
            assert "'=1+1" in cells and not [c for c in cells if c.startswith(("=", "+", "@"))]
            assert answer.headers["content-disposition"] == f'attachment; filename="undated-extracts.{form}"'
        assert get(f"{address}/ask/undated-extracts.html").headers["content-disposition"].startswith("attachment")
        assert any("=1+1" in row.values() for row in json.loads(get(f"{address}/ask/undated-extracts.json").body))


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(paper_site: str) -> None:
    for path in ("/", "/static/explorer.js", "/nothing", "/matrix.svg", "/query", "/validate.html"):
        headers = get(paper_site + path).headers
        assert "script-src 'self'" in headers["content-security-policy"] and "unsafe" not in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
    assert get(f"{paper_site}/", Host="evil.example").status == 421
    assert get(f"{paper_site}/", Origin="https://evil.example").status == 403
    for page in ("/", "/matrix", "/query", "/validate"):
        text = get(paper_site + page).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|<style|\sstyle=|javascript:", text), page


def test_the_first_page_is_small_and_quick(paper_site: str) -> None:
    get(f"{paper_site}/")
    took = []
    for _ in range(7):
        start = time.perf_counter()
        page = get(f"{paper_site}/")
        took.append(time.perf_counter() - start)
    size = len(page.body) + sum(len(get(paper_site + f).body) for f in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    assert size < 100_000
    assert min(took) < 0.2, f"{statistics.median(took):.3f} s"


def test_an_unknown_form_or_page_says_where_to_go_on(paper_site: str) -> None:
    for path, status in (("/nothing", 404), ("/thing/nothing-here", 404), ("/ask/no-such-question", 404), ("/matrix/cell", 400),
                         ("/why/hybrid-council-types?row=99", 400),
                         ("/thing?iri=<b>", 404), ("/thing", 404), ("/matrix?count=apples", 400), ("/coding?from=x", 200), ("/validate?severity=dire", 200)):
        answer = get(paper_site + path)
        assert answer.status == status, path
        assert "<nav" in answer.text and "Traceback" not in answer.text


def test_eight_readers_at_once_get_what_one_gets(paper_site: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    paths = ["/study.json", "/matrix.json?rows=type&columns=boundary",
             "/ask/hybrid-council-types.json", "/coding/x13.json", "/thing/case/cs08-competitiveness.json"]
    alone = {p: get(paper_site + p).body for p in paths}
    with ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda p: (p, get(paper_site + p).body), paths * 8))
    assert [p for p, body in many if body != alone[p]] == []


# ---- the command -------------------------------------------------------------------------------------------------------------------------


def test_ctrl_c_ends_it_and_leaves_nothing_behind(builds: dict[str, Build]) -> None:
    with serving(EXAMPLE) as (address, process):
        assert get(f"{address}/query?query=ASK+%7B%7D").status == 200
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        before = [int(p) for task in Path(f"/proc/{process.pid}/task").glob("*/children") for p in task.read_text().split()] if children.is_file() else []
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        end = time.monotonic() + 10
        while (left := [p for p in before if Path(f"/proc/{p}").exists()]) and time.monotonic() < end:
            time.sleep(0.1)
        assert left == []


def test_a_port_in_use_is_told_at_once(run: Run, builds: dict[str, Build]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", EXAMPLE, "--port", str(taken.getsockname()[1]), "--no-browser")
    assert done.returncode == 2 and "is taken" in done.stderr and "--port 0" in done.stderr


@pytest.mark.parametrize(("args", "said"), [
    (("no-such-study",), "There is no study 'no-such-study'"), ((EXAMPLE, "--port", "99999"), "is no port"),
    ((EXAMPLE, "--reading", "an"), "Did you mean 'ann'?"),
    ((EXAMPLE, "--text", "nowhere.txt"), "nowhere.txt cannot be read"), ((EXAMPLE, "--text", "README.md"), "none of the study's sources"),
    ((EXAMPLE, "--public", "--text", "README.md"), "--text")], ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_wrong_usage_is_told(args: tuple[str, ...], said: str, run: Run, builds: dict[str, Build]) -> None:
    done = run("serve", *args, *([] if "--port" in args else ["--port", "0"]), "--no-browser")
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(("package", "verb", "extra"), [("uvicorn", "serve", "web"), ("starlette", "serve", "web"), ("jinja2", "serve", "web"),
                                                        ("vl_convert", "matrix", "plot")])
def test_a_missing_extra_is_named_with_its_installation(package: str, verb: str, extra: str, cache: Path, builds: dict[str, Build], tmp_path: Path) -> None:
    args = ["serve", EXAMPLE, "--port", "0", "--no-browser"] if verb == "serve" else ["matrix", "type", "boundary", "--plot", str(tmp_path / "a.svg")]
    code = f"import sys; sys.modules[{package!r}] = None; from boundwork.cli.main import main; main({args!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, env=dict(os.environ), timeout=120)
    assert done.returncode == 2
    assert f"pip install 'boundwork[{extra}]'" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/proc/net/tcp").is_file(), reason="which addresses a process listens on is read from /proc")
def test_it_listens_on_this_machine_alone(paper_site: str) -> None:
    port = f":{int(paper_site.rsplit(':', 1)[1]):04X}"
    lines = [line.split() for name in ("tcp", "tcp6") if (p := Path(f"/proc/net/{name}")).is_file() for line in p.read_text().splitlines()[1:]]
    listening = [columns[1] for columns in lines if columns[1].endswith(port) and columns[3] == "0A"]
    assert listening == [f"0100007F{port}"]


def test_a_picture_holds_the_figures_of_the_table(run: Run, tmp_path: Path, builds: dict[str, Build], paper_site: str) -> None:
    done = run("matrix", "boundary", "logic", "--study", PAPER, "--plot", tmp_path / "a.svg")
    assert done.returncode == 0 and done.stdout == "" and "Reading: Reading 1" in done.stderr
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", drawn)
    found = boundwork.open(PAPER).matrix("boundary", "logic")
    assert sorted(t for t in texts if t.isdigit()) == sorted(texts_of := [str(n) for n in found.counts.values()] + _scale(texts, found.counts.values()))
    assert texts_of and {found.names[v] for v in (*found.row_values, *found.column_values)} <= set(texts)
    served = get(f"{paper_site}/matrix.svg").text
    assert re.findall(r"<text[^>]*>([^<]+)</text>", served) == texts
    bundle = found._repr_mimebundle_()
    assert bundle["application/vnd.vegalite.v5+json"] == json.loads(get(f"{paper_site}/matrix.vl").body)
    run("matrix", "boundary", "logic", "--study", PAPER, "--plot", tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert run("matrix", "boundary", "logic", "--plot", tmp_path / "a.pdf").returncode == 2
    assert run("matrix", "boundary", "logic", "--plot", tmp_path / "no" / "a.svg").returncode == 2


def _scale(texts: list[str], counts: object) -> list[str]:
    """The figures beside the colours: those texts that are numbers and no counts of cells."""
    left = [t for t in texts if t.isdigit()]
    for count in counts:  # type: ignore[attr-defined]
        left.remove(str(count))
    return left
