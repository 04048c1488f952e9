"""The server's own description is whole, and what schemathesis asks by it, within and beside what it allows, is answered as it says."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount, Route

import boundwork
from boundwork.explore.querying import QueryRunner, StudyStores
from boundwork.web import openapi, protocol
from boundwork.web.app import pages
from boundwork.web.pages import coding, matrix, ontology, query, study, thing, validate, why
from conftest import ROOT, STUDIES
from web.explorer import get

HERE = Path(__file__).parent
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
_ENDLESS = "/validate/events"
QUESTIONS = r"^/ask/[b-z][\w-]*\.\{"
"""Most of the stored questions: they are answered by the same code."""


@pytest.fixture(scope="module")
def description(example_site: str) -> dict[str, Any]:
    """The description that the server gives."""
    found = get(f"{example_site}/openapi.json")
    assert (found.status, found.media) == (200, "application/json")
    return dict(json.loads(found.body))


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_address_is_described(description: dict[str, Any]) -> None:
    routes = [*pages(), *protocol.routes(QueryRunner(lambda: StudyStores(ROOT / "data" / STUDIES[1])))]  # type: ignore[arg-type, return-value]
    paths = {re.sub(r":\w+", "", r.path) for r in routes if isinstance(r, Route) and not isinstance(r, Mount)}
    wanted = {p.replace("{form}", "") for p in paths} - {"/sparql/"}  # the same as without the slash
    described = set(description["paths"])
    assert wanted - described == set()
    forms = {p.removesuffix(".{form}") for p in described if p.endswith(".{form}") and "{" not in p.removesuffix(".{form}")}
    slugs = {q.slug for q in boundwork.open(STUDIES[1]).queries()}
    assert forms == {p.replace("{form}", "") for p in paths if p.endswith("{form}") and p.count("{") == 1 and p != "/"} | {f"/ask/{s}" for s in slugs}


@pytest.mark.parametrize(("module", "of"), [(coding, ["/coding", "/coding/{name}"]), (matrix, ["/matrix", "/matrix/cell"]), (ontology, ["/ontology"]),
                                            (query, ["/query"]), (study, ["/", "/study"]), (thing, ["/thing", "/thing/{name}"]), (validate, ["/validate"]),
                                            (why, ["/why", "/why/{slug}"])])
def test_every_parameter_that_a_page_reads_is_described(module: Any, of: list[str]) -> None:
    calls = [n for n in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    read = {n.args[0].value for n in calls if n.func.attr == "given" and isinstance(n.args[0], ast.Constant)}  # type: ignore[attr-defined]
    read |= {"from"} if any(n.func.attr == "place" for n in calls) else set()  # type: ignore[attr-defined]
    read |= {"s", "p", "o"} if module is why else set()  # read in a loop
    assert {name for path in of for name in openapi.PAGES[path].reads} == read


def test_a_stored_question_is_an_operation_with_its_typed_parameters(description: dict[str, Any]) -> None:
    queries = boundwork.open(STUDIES[1]).queries()
    assert len(queries) >= 36
    for stored in queries:
        asked = description["paths"][f"/ask/{stored.slug}.{{form}}"]["get"]
        assert asked["summary"] == stored.question
        given = {p["name"]: p["schema"]["items"] for p in asked["parameters"] if p["in"] == "query" and p["name"] not in ("evidence", "reading")}
        assert set(given) == set(stored.params), stored.slug
    boundary = next(p for p in description["paths"]["/ask/hybrid-council-types.{form}"]["get"]["parameters"] if p["name"] == "boundary")
    assert {"any", "expertise", "competitiveness"} <= set(boundary["schema"]["items"]["enum"])


def test_the_description_is_valid(description: dict[str, Any]) -> None:
    """By the structure that OpenAPI 3.1 asks for: every parameter of a path stands in it, and every answer is described."""
    for method, path, operation in operations(description):
        inside = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert inside == set(re.findall(r"{(\w+)}", path)), path
        assert all(p["required"] for p in operation.get("parameters", []) if p["in"] == "path")
        names = [(p["in"], p["name"]) for p in operation.get("parameters", [])]
        assert len(names) == len(set(names)), path
        assert operation["summary"] and operation["responses"], (method, path)
        assert all(answer["description"] and "Content-Security-Policy" in answer["headers"] for answer in operation["responses"].values())


@pytest.mark.parametrize("path", ["/", "/matrix", "/matrix.csv", "/validate/events", "/openapi.json", "/static/explorer.css", "/sparql"])
def test_what_is_only_read_says_how(example_site: str, path: str) -> None:
    """Found by schemathesis: every 405 but the endpoint's lacked the header Allow, which RFC 9110 asks for."""
    import http.client

    connection = http.client.HTTPConnection(example_site.removeprefix("http://"), timeout=60)
    connection.request("DELETE", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 405
    assert {"GET", "HEAD"} <= set((answer.headers["allow"] or "").split(", "))


def test_an_unknown_reading_to_compare_with_is_refused_in_every_form(example_site: str) -> None:
    """Found by schemathesis: only the page looked at it."""
    for form in ("", ".csv", ".json", ".svg"):
        assert get(f"{example_site}/matrix{form}?compare=nobody").status == 400
        assert get(f"{example_site}/matrix{form}?compare=ben").status == 200


def test_a_row_of_five_thousand_digits_is_no_fault_of_ours(example_site: str) -> None:
    for row in ("9" * 5_000, "%C2%B2", "0", "-1"):
        assert get(f"{example_site}/why/hybrid-council-types?row={row}").status == 400


def ask(address: str, folder: Path, *options: str) -> str:
    """Run schemathesis against the server by its description; what it reports when it finds nothing."""
    done = subprocess.run([SCHEMATHESIS, "--config-file", HERE / "schemathesis.toml", "run", f"{address}/openapi.json", "--exclude-path", _ENDLESS,
                           "--seed", "1", "--request-timeout", "300", "--continue-on-failure", "--warnings", "off", *options], cwd=folder, capture_output=True,
                          text=True, check=False, env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE), "NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    return done.stdout


needs_schemathesis = pytest.mark.skipif(not SCHEMATHESIS.exists(), reason="schemathesis is not installed (requirements-test.lock)")


@needs_schemathesis
def test_schemathesis_finds_nothing_in_some_hundred_requests(example_site: str, tmp_path: Path) -> None:
    said = ask(example_site, tmp_path, "--phases", "examples,fuzzing", "--max-examples", "2", "--exclude-path-regex", QUESTIONS)
    assert int(re.findall(r"(\d+) generated", said)[0]) >= 60


@needs_schemathesis
@pytest.mark.slow
@pytest.mark.parametrize("options", [["--phases", "coverage", "--exclude-path-regex", QUESTIONS], ["--phases", "fuzzing", "--max-examples", "15"]],
                         ids=["every kind of a wrong value", "random"])
def test_schemathesis_finds_nothing_in_a_thousand_requests(options: list[str], example_site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ask(example_site, tmp_path, *options)
    generated = int(re.findall(r"(\d+) generated", said)[0])
    with capsys.disabled():
        print(f"\nschemathesis: {generated:,} requests, no failure")
    assert generated > 1_000
