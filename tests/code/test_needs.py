"""What rules need of a graph: read from their text, and enough of it that they conclude the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundwork.derivations.needs import Needs
from boundwork.pipeline.builds import Build
from boundwork.populate.study import Population
from boundwork.rules import Rule, read_rules
from boundwork.stores.local import LocalStore
from boundwork.tables.schema import TABLES
from boundwork.terms import BW, RDF_TYPE, iri

RULES = read_rules()
TYPE = iri(RDF_TYPE)


def bw(*names: str) -> frozenset[str]:
    return frozenset(iri(BW + n) for n in names)


@pytest.mark.parametrize(("where", "predicates", "classes"), [
    ("?a bw:p ?b", bw("p"), frozenset()),
    ("?a a bw:C ; bw:p/bw:q+ ?b", bw("p", "q") | {TYPE}, bw("C")),
    ("?a a ?c", frozenset({TYPE}), None),
    ("VALUES ?c { bw:C bw:D } ?a a ?c", frozenset({TYPE}), bw("C", "D")),
    ("VALUES ?c { bw:C UNDEF } ?a a ?c", frozenset({TYPE}), None),
    ("{ VALUES ?c { bw:C } ?a bw:p ?c } UNION { ?a a ?c }", bw("p") | {TYPE}, None),
    ("VALUES ?p { bw:p bw:q } ?a ?p ?b", bw("p", "q"), frozenset()),
    ("?a ?p ?b", None, None),
    ("?a bw:p ?b OPTIONAL { ?b bw:q ?c } MINUS { ?b bw:r ?c }", bw("p", "q", "r"), frozenset()),
    ("?a bw:p ?b FILTER NOT EXISTS { ?b bw:q ?c } BIND(EXISTS { ?b a bw:C } AS ?d)", bw("p", "q") | {TYPE}, bw("C")),
    ("{ SELECT ?a (COUNT(?b) AS ?n) { ?a bw:p ?b } GROUP BY ?a } { SELECT * { ?a bw:q ?c } }", bw("p", "q"), frozenset()),
    ("?a bw:p ?b GRAPH ?g { ?a bw:q ?b }", None, None),
])
def test_needs_are_what_the_patterns_name(where: str, predicates: frozenset[str] | None, classes: frozenset[str] | None) -> None:
    needs = Needs.of([f"PREFIX bw: <{BW}> CONSTRUCT {{ ?a bw:made ?b }} WHERE {{ {where} }}"])
    assert (needs.predicates, needs.classes) == (predicates, classes)


def test_lines_that_are_not_needed_are_left_out() -> None:
    needs = Needs(bw("p") | {TYPE}, bw("C"))
    texts = (f'{iri(BW + "p")} "x {iri(BW + "q")} y"', f"{iri(BW + 'q')} <b>", f"{TYPE} {iri(BW + 'C')}", f"{TYPE} {iri(BW + 'D')}")
    lines = [f"<a> {text} .\n" for text in texts]
    assert needs.of_lines(line.encode() for line in lines).decode().splitlines(keepends=True) == [lines[0], lines[2]]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_every_rule_says_what_it_needs(rule: Rule) -> None:
    """A rule whose needs are open makes every build load everything, in each partition."""
    needs = Needs.of([rule.query.body])
    assert needs.predicates is not None and needs.classes is not None


def test_rules_conclude_from_what_they_need_what_they_conclude_from_all(builds: dict[str, Build]) -> None:
    for build in builds.values():
        whole = LocalStore.open(build.store(build.manifest["default-reading"]))
        lines = list(whole.lines())
        for rule in RULES:
            part = LocalStore.memory()
            part.load(Needs.of([rule.query.body]).of_lines(f"{line}\n".encode() for line in lines))
            assert sorted(part.construct(rule.query.body)) == sorted(whole.construct(rule.query.body)), rule.name


def test_the_tally_of_codebooks_looks_at_every_column_of_codes() -> None:
    body = next(r.query.body for r in RULES if r.name == "codebook-tally")
    named = Needs.of([body]).predicates or frozenset()
    columns = {c.property for c in TABLES["codings"].columns if c.on == "work" and c.code_class}
    assert {iri(BW + c.removeprefix("bw:")) for c in columns} | bw("deploresElement", "appliesCode") <= named


def test_partitions_load_no_more_than_the_rules_can_meet(tmp_path: Path) -> None:
    """A guard on the cost of the rules: of an extract a third is loaded, of a coding what its columns of codes say."""
    from boundwork.pipeline.inputs import load_vocabulary
    from boundwork.populate import populate
    from boundwork.project import find_study
    from boundwork.tables.studyfile import read_study

    folder = find_study("example-study")
    population = populate(read_study(folder), load_vocabulary(folder), tmp_path)
    needs = Needs.of(r.query.body for r in RULES if r.stage in ("coding", "tally"))
    share = {}
    for kind in ("source", "coding"):
        files = [path for key, parts in population.parts.items() for part, path in parts.items() if key[0] == kind and part != Population.COMMON]
        written = sum(path.read_bytes().count(b"\n") for path in files)
        share[kind] = sum(lines.count(b"\n") for path in files for lines in needs.of_file(path)) / written
    assert 0.2 < share["source"] < 0.4
    assert 0.6 < share["coding"] < 0.9
