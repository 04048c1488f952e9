"""The ontology as one HTML page: every term has its entry with what uses it, the page needs no network, and it is the same each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import pytest

from boundwork.pipeline.inputs import load_vocabulary
from boundwork.terms import BASE, BW, CODE

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "ontology_html.py"
drawn = pytest.mark.skipif(find_spec("pylode") is None, reason="pyLODE is not installed, which draws the page: pip install pylode==3.3.4")


def _write(target: Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), "-o", str(target)], capture_output=True, text=True, check=False, timeout=300,
                          env={**os.environ, "PYTHONHASHSEED": seed})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = tmp_path_factory.mktemp("html") / "ontology.html"
    done = _write(target)
    assert done.returncode == 0, done.stderr
    return target.read_text(encoding="utf-8")


def _entry(page: str, name: str) -> str:
    """The text of one entry, without its marks."""
    start = page.index(f'id="{name}"')
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page[start:page.index("</table>", start)])).split())


def test_without_pylode_it_says_what_to_install(tmp_path: Path) -> None:
    """Also where it is installed: an import that fails is made by hand."""
    target = tmp_path / "o.html"
    code = f"import sys, runpy; sys.argv = ['x', '-o', {str(target)!r}]; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    hidden = "import importlib.util as u; find = u.find_spec; u.find_spec = lambda n, *a: None if n == 'pylode' else find(n, *a); "
    done = subprocess.run([sys.executable, "-c", hidden + code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "python -m pip install 'pylode==3.3.4'" in done.stderr
    assert not target.exists()


@drawn
def test_every_term_has_an_entry_with_definition_example_and_source(page: str) -> None:
    vocabulary = load_vocabulary()
    terms = [t for t in vocabulary.terms.values() if t.iri.startswith((BW, CODE)) and t.label]
    assert len(terms) > 350
    for term in terms:
        entry = _entry(page, term.iri[len(BW):] if term.iri.startswith(BW) else "code-" + term.iri[len(CODE):])
        for said in (term.iri, term.label, term.definition, term.example, term.source):
            assert " ".join(said.split()).replace("*", "") in entry.replace("*", ""), (term.iri, said)


@drawn
def test_an_entry_names_the_questions_rules_constraints_and_columns_that_use_the_term(page: str) -> None:
    entry = _entry(page, "invokesElement")
    assert "Written from codings.elements" in entry
    assert re.search(r"Questions .*\bevidence-per-element\b", entry)
    assert re.search(r"Rules .*\bdraws-on\b", entry)
    assert re.search(r"Constraints .*\belement-belongs-to-boundary\b", entry)
    assert "Stands in codings.elements" in _entry(page, "code-local-expertise-first")
    assert "Follows from in cell then cell logic" in _entry(page, "elementOf")
    assert "Limits at most one value" in _entry(page, "hasForm")


@drawn
def test_the_page_needs_no_network(page: str) -> None:
    """Addresses stand in it as links to follow, never as something to load."""
    assert re.findall(r"<(?:script|img|iframe|object|embed)\b[^>]*\bsrc\s*=", page) == []
    assert [h for h in re.findall(r"<link\b[^>]*href=\"([^\"]*)\"", page) if not h.startswith("data:")] == []
    assert re.findall(r"@import|url\(\s*['\"]?(?!data:)", page) == []


@drawn
def test_every_link_within_the_page_leads_somewhere_and_every_name_is_given_once(page: str) -> None:
    names = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(names) == sorted(set(names))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert len(links) > 300
    assert links - set(names) == set()
    assert re.findall(rf'href="{re.escape(BASE)}(?:code/|ontology#\w)[^"]*"', page) == []


@drawn
def test_the_page_is_the_same_each_time(page: str, tmp_path: Path) -> None:
    """Whatever order sets have."""
    assert _write(tmp_path / "again.html", seed="7").returncode == 0
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page
