"""The explorer of a public build, asked without a browser: no private word, name, path or text on any page, in any download, in any answer at /sparql."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from boundwork.pipeline.publishing import public_study
from canaries import CANARY, EXAMPLE, canaried
from conftest import Run
from web.explorer import Answer, get, serving

DUMPS = ("SELECT * { ?s ?p ?o }", "SELECT * { GRAPH ?g { ?s ?p ?o } }", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")
FORMS = ("application/sparql-results+json", "text/csv", "text/turtle")
MOST = 150
START = ("", "study.json", "ask/hybrid-council-types", "ask/hybrid-council-types.csv", "ask/hybrid-council-types.json", "ask/evidence-chain.csv",
         "matrix.csv",
         "coding.csv", "coding.json", "validate.csv", "validate.sarif", "ontology.csv", "query", "why", "matrix?rows=council&columns=coder&count=extracts")


def kind_of(address: str) -> str:
    """What sort of address it is: thing and coding by their kind, everything else by its path and the names of its parameters."""
    parts = urlsplit(address)
    path = re.sub(r"/ask/[^./]+|/thing/bw:\w+|/thing/code:[\w-]+|[a-z]+-\d+", "N", parts.path)
    return f"{path}?{'&'.join(sorted(p.split('=')[0] for p in parts.query.split('&')))}"


def walk(address: str) -> list[tuple[str, Answer]]:
    """Every page and download that the pages lead to, at most two of a kind."""
    waiting = [f"{address}/{path}" for path in START]
    seen, kinds, found = set(waiting), dict[str, int](), list[tuple[str, Answer]]()
    while waiting and len(found) < MOST:
        here = waiting.pop(0)
        answer = get(here)
        found.append((here, answer))
        if answer.media != "text/html":
            continue
        for link in re.findall(r'(?:href|src|action)="([^"]+)"', answer.text):
            there = urljoin(here, unescape(link)).split("#")[0]
            if urlsplit(there).netloc != urlsplit(address).netloc or there in seen or "/events" in there or "/static/" in there:
                continue
            seen.add(there)
            kinds[kind_of(there)] = kinds.get(kind_of(there), 0) + 1
            if kinds[kind_of(there)] <= 2:
                waiting.append(there)
    return found


def test_nothing_private_is_served(scratch: Path, cache: Path) -> None:
    folder, words = canaried(scratch / "secretplace")
    private = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert len(set(CANARY.findall(private))) == len(words) > 300
    names = {b"Ann (invented)", b"Ben (invented)", b"coder/ann", b"saltreach", b"Saltreach", b"secretplace", bytes(scratch)}
    texts = [p.read_text(encoding="utf-8") for p in (EXAMPLE / "texts").glob("*.txt")]
    quotes = {" ".join(t.split()[i : i + 6]).encode() for t in texts for i in range(0, len(t.split()) - 6, 3)}
    assert len(quotes) > 500
    with serving(folder, "--public", "--reading", "both") as (address, _):
        found = walk(address)
        assert len(found) > 60
        paths = {urlsplit(a).path for a, _ in found}
        assert {"/", "/matrix", "/ask", "/coding", "/validate", "/ontology", "/query", "/study.json", "/ask/hybrid-council-types.csv"} <= paths
        assert [a for a, answer in found if answer.status >= 500] == []
        dumps = [get(f"{address}/sparql?query={quote(q)}", form) for q in DUMPS for form in FORMS if ("CONSTRUCT" in q) == (form == "text/turtle")]
        assert [d.status for d in dumps] == [200] * 5
        assert b"appliesCode" in dumps[0].body
        asked = [get(f"{address}/{p}") for p in ("coding/x01", "thing/coding/a01", "thing/council/northmere", "ask/evidence-chain?evidence=on", "no-such-page")]
        told = [(a, answer.body) for a, answer in found] + [("dump", d.body) for d in dumps] + [("asked", a.body) for a in asked[3:]]
        assert [(a, w) for a, body in told for w in CANARY.findall(body)] == []
        assert [(a, n) for a, body in told for n in names if n in body] == []
        everything = b" ".join(b" ".join(body.split()) for _, body in told)
        assert [q for q in quotes if q in everything] == []
        assert all(a.status >= 400 for a in asked[:3]), [a.status for a in asked]
        (folder / "study.toml").unlink()  # what is served hangs on nothing of the study
        assert get(f"{address}/ask/hybrid-council-types").status == 200
        assert get(f"{address}/coding").status == 200


def test_a_public_build_of_the_same_tables_is_taken_as_it_is(scratch: Path, cache: Path) -> None:
    folder = shutil.copytree(EXAMPLE, scratch / "mine")
    fresh = []
    for _ in range(2):
        with public_study(folder, scratch / "store") as (copy, done, _):
            fresh.append(done.build.fresh)
        assert not copy.exists()
    rows = (folder / "codings.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "codings.csv").write_text("".join(rows[:-1]), encoding="utf-8")
    with public_study(folder, scratch / "store") as (_, done, _):
        fresh.append(done.build.fresh)
    assert fresh == [True, False, True]


def test_the_text_is_refused(scratch: Path, run: Run) -> None:
    found = run("serve", EXAMPLE, "--public", "--text", EXAMPLE / "texts" / "northmere-w1.txt", "--no-browser")
    assert (found.returncode, found.stdout) == (2, "")
    assert "--public leaves out the texts" in found.stderr
