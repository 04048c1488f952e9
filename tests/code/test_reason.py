"""The reasoner's side of boundwork: when parts are enough, smallest contradictions, axioms in words and where they stand."""

from __future__ import annotations

import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from boundwork import reasoning
from boundwork.errors import InputError, TimeLimit
from boundwork.explore.clashing import Written
from boundwork.pipeline.inputs import load_vocabulary, ontology_files, prefixes
from boundwork.reasoning import Clash, Conclusions, Limits, Split, Statements, conclude, engines, explain, sort_out, split
from boundwork.reasoning.axioms import sentences
from boundwork.reasoning.hermit import hermit
from boundwork.reasoning.statements import TYPE, data, triple
from boundwork.stores.local import n_triples
from boundwork.terms import BW

needs_java = pytest.mark.skipif(not reasoning.java(), reason="the OWL reasoner HermiT needs Java, which is not installed")
HEAD = f"""@prefix : <http://example.org/> . @prefix bw: <{BW}> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
bw:FocalActor a owl:Class . :A a owl:Class . :B a owl:Class . :C a owl:Class . :D a owl:Class . :E a owl:Class .
:p a owl:ObjectProperty . :q a owl:ObjectProperty . :r a owl:ObjectProperty . :s a owl:ObjectProperty .
:x a bw:FocalActor . :y a bw:FocalActor .
"""
BOTH_WAYS = """:D owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
    [ a owl:Restriction ; owl:onProperty :s ; owl:someValuesFrom :A ] [ a owl:Restriction ; owl:onProperty :s ; owl:someValuesFrom :B ] ) ] ."""
SEES_B = ":D owl:equivalentClass [ a owl:Restriction ; owl:onProperty :q ; owl:someValuesFrom :B ] ."
TOLD_VALUE = ":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :o ] ."
TOO_FAR = {
    # each lets one council learn through something shared what only another one is told
    "owl:TransitiveProperty": "uses TransitiveProperty", ":o a :A . :p rdfs:range [ a owl:Class ; owl:unionOf ( :A :B ) ] .": "range of p",
    f":r owl:propertyChainAxiom ( :p :q ) . :s owl:inverseOf :r . {BOTH_WAYS} "
    ":x a :A ; :p :m . :y a :B ; :p :n . :m :q :o . :n :q :o .": "r, .* read backwards",
    f"{TOLD_VALUE} :s owl:inverseOf :p . {BOTH_WAYS} :x a :C, :A . :y a :C, :B .": "p, .* read backwards",
    f":r owl:propertyChainAxiom ( :p :q ) ; rdfs:range :B . {SEES_B} :x :p :m . :m :q :o . :y :q :o .": "says more of its values",
    f"{TOLD_VALUE} :p rdfs:range :B . {SEES_B} :x a :C . :y :q :o .": "o is not told",
    f"{TOLD_VALUE} :p a owl:FunctionalProperty . {SEES_B} :x a :C ; :p :n . :n a :B . :y :q :o .": "n and o may be one and the same, by p",
    f":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] . :p a owl:FunctionalProperty . {SEES_B} "
    ":x a :C ; :p :o . :y :q :o .": "of which there is one at most",
    f":p a owl:FunctionalProperty . :s owl:inverseOf :p . :x :p :n . :o :s :x . :o a :B . {SEES_B} :y :q :n .": "n and o may be one and the same",
    ":o a [ a owl:Class ; owl:unionOf ( :A :B ) ] . :x :p :o . :y :p :o .": "what o is has no name",
    ":C rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :q ; owl:hasValue :y ] . :x a :C . :y a :B .": "names y, which is no code",
    ":C owl:equivalentClass [ a owl:Class ; owl:unionOf ( :A :B ) ] . :r rdfs:domain :C . "
    ":o :r :n . :x :p :o . :y :q :o .": "what o is, .* left open between A, B",
    ":s owl:inverseOf :p . [] owl:inverseOf :q .": "reads q backwards",
}


def read(turtle: str) -> Statements:
    text = ox.serialize(ox.parse(input=(HEAD + turtle).encode(), format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES) or b""
    return sort_out(text.decode().split("\n"))


def whole(statements: Statements) -> Conclusions:
    return conclude(Split([], [[*statements.lines()]]), Limits())


@pytest.fixture(scope="module")
def ontology() -> Statements:
    """The axioms of the shipped ontology."""
    return sort_out([line for i, path in enumerate(ontology_files()) for line in n_triples(path, f"o{i}x")])


@pytest.mark.parametrize("turtle", TOO_FAR, ids=lambda t: TOO_FAR[t])
def test_what_may_reach_from_one_council_to_another_is_not_taken_apart(turtle: str) -> None:
    pieces = split(read(f":p a {turtle} ." if turtle.startswith("owl:") else turtle), 1)
    assert len(pieces.parts) == 1
    assert re.search(TOO_FAR[turtle], pieces.why), pieces.why


@needs_java
def test_parts_hold_what_is_about_one_actor_and_conclude_the_same() -> None:
    """What one actor alone speaks of goes along with it, unless it tells something shared what it is."""
    given = read(f":q rdfs:range :B . {SEES_B.replace(':q', ':r')} :x :p :w, :v . :w :q :o . :v :r :o . :y :r :o .")
    pieces = split(given, 1)
    assert (len(pieces.parts), pieces.why) == (2, "")

    def holders(name: str) -> list[int]:
        return [n for n, part in enumerate(pieces.parts) if any(line.startswith(f"<http://example.org/{name}> ") for line in part)]

    assert [holders(name) for name in ("x", "v", "w", "y")] == [[0], [0], [], [1]]
    found = conclude(pieces, Limits())
    assert found.instances == whole(given).instances
    assert found.instances["http://example.org/D"] == {"http://example.org/v", "http://example.org/y"}


@needs_java
def test_where_parts_leave_something_open_the_whole_is_asked_after_all() -> None:
    """That o is one of two kinds follows from a definition only, which the check beforehand does not see."""
    given = read(":C owl:equivalentClass [ a owl:Class ; owl:unionOf ( :A :B ) ] . :E rdfs:subClassOf :C . "
                 ":E owl:equivalentClass [ a owl:Restriction ; owl:onProperty :r ; owl:someValuesFrom :D ] . :o :r :n . :n a :D . :x :p :o . :y :q :o .")
    pieces = split(given, 1)
    found = conclude(pieces, Limits())
    assert len(pieces.parts) == 2
    assert found.again == "the parts leave open what http://example.org/o is"
    assert (found.parts, found.instances) == (1, whole(given).instances)


def invented(rng: random.Random) -> str:
    """A small ontology, with facts of three actors that share some things."""
    kinds, props, actors, shared = [f":{k}" for k in "ABCDE"], [f":{p}" for p in "pqrs"], [":x", ":y", ":z"], [":o0", ":o1", ":o2"]

    def other(pool: list[str], many: int) -> list[str]:
        return rng.sample(pool, many)

    def kind(depth: int = 0) -> str:
        at, prop = rng.random(), rng.choice(props)
        if at < 0.35 or depth > 1:
            return rng.choice(kinds)
        if at < 0.6:
            return f"[ a owl:Restriction ; owl:onProperty {prop} ; owl:someValuesFrom {rng.choice(kinds)} ]"
        if at < 0.8:
            return f"[ a owl:Restriction ; owl:onProperty {prop} ; owl:hasValue {rng.choice(shared)} ]"
        return f"[ a owl:Class ; owl:intersectionOf ( {kind(depth + 1)} {kind(depth + 1)} ) ]"

    makers: list[Callable[[], str]] = [
        lambda: f"{rng.choice(kinds)} owl:equivalentClass {kind()} .", lambda: f"{rng.choice(kinds)} rdfs:subClassOf {kind()} .",
        lambda: "{} owl:disjointWith {} .".format(*other(kinds, 2)), lambda: f"{rng.choice(props)} rdfs:range {rng.choice(kinds)} .",
        lambda: "{} owl:equivalentClass [ a owl:Class ; owl:unionOf ( {} {} ) ] .".format(*other(kinds, 3)),
        lambda: "{} owl:inverseOf {} .".format(*other(props, 2)), lambda: "{} owl:propertyChainAxiom ( {} {} ) .".format(*other(props, 3))]
    lines = [rng.choice(makers)() for _ in range(rng.randrange(2, 6))]
    lines += [f"{rng.choice([*actors, shared[0]])} {rng.choice(props)} {rng.choice(shared)} ." for _ in range(8)]
    lines += [f"{rng.choice([*actors, *shared])} a {rng.choice(kinds)} ." for _ in range(4)]
    return "\n".join([*lines, ":z a bw:FocalActor . :o0 a :A .", "[] a owl:AllDifferent ; owl:distinctMembers ( :o0 :o1 :o2 ) ."])


def _taken_apart(first: int, many: int) -> list[tuple[Statements, Split]]:
    found: list[tuple[Statements, Split]] = []
    while len(found) < many:
        given = read(invented(random.Random(first)))
        pieces = split(given, 1)
        if len(pieces.parts) > 1:
            found.append((given, pieces))
        first += 1
    return found


@needs_java
@pytest.mark.parametrize(("first", "many"), [(1, 3), pytest.param(1000, 60, marks=pytest.mark.slow)])
def test_parts_of_invented_ontologies_conclude_what_the_whole_concludes(first: int, many: int) -> None:
    refused = 0
    for given, pieces in _taken_apart(first, many):
        try:
            one = whole(given)
        except InputError as error:  # properties in a circle of chains and inverses are no OWL 2 DL; the parts are refused for it as well
            refused += 1
            assert "not regular" in str(error)
            with pytest.raises(InputError, match="not regular"):
                conclude(pieces, Limits())
            continue
        several = conclude(pieces, Limits())
        assert (several.consistent, several.unsatisfiable, several.instances) == (one.consistent, one.unsatisfiable, one.instances)
    assert refused < many / 4


CLASH = """:p a owl:FunctionalProperty ; rdfs:range :A . :q rdfs:domain :B . :A owl:disjointWith :B . :C rdfs:subClassOf :A . :D rdfs:subClassOf :B .
    [] a owl:AllDifferent ; owl:distinctMembers ( :m :n :o ) . :x :r :m ; :p :m . :y :p :n . :m :r :o . :n :q :o . :o :s :x . :o :r :n ."""


@needs_java
def test_a_contradiction_is_cut_down_until_nothing_can_be_left_out() -> None:
    given = read(CLASH)
    found = explain(given, [(fact,) for fact in given.facts], Limits())
    assert isinstance(found, Clash)
    assert {line.replace("http://example.org/", "") for line in found.facts} == {"<y> <p> <n> .", "<n> <q> <o> ."}
    assert len(found.axioms) == 3
    pieces = [*((f,) for f in found.facts), *found.axioms]
    all_but_one = [data([*given.declarations, *(line for other in pieces if other is not piece for line in other)]) for piece in pieces]
    assert hermit(all_but_one, ["-k"], Limits()).output.count("is satisfiable") == len(pieces)
    assert hermit([data([*given.declarations, *(line for piece in pieces for line in piece)])], ["-k"], Limits()).inconsistent


@needs_java
def test_where_nothing_contradicts_itself_there_is_nothing_to_explain() -> None:
    given = read(":x a :A .")
    assert explain(given, [(fact,) for fact in given.facts], Limits()) is None


def test_every_axiom_of_the_ontology_has_words(ontology: Statements) -> None:
    """No axiom is shown as triples; what a sentence names are labels, and each axiom says something of its own."""
    terms = load_vocabulary().terms
    said = [sentences(axiom, ontology.declarations, set(), lambda iri: terms[iri].label if iri in terms else iri) for axiom in ontology.axioms]
    assert len(said) > 300
    assert [s for found in said for s in found if "<http" in s or not s.endswith(".") or "_:" in s] == []


def test_every_axiom_of_the_ontology_is_found_in_its_file(ontology: Statements) -> None:
    """At a line of the statement about its subject, which names what the axiom says."""
    written = Written(ontology_files(), prefixes())
    texts = {path.name: path.read_text(encoding="utf-8").splitlines() for path in ontology_files()}
    for axiom in ontology.axioms:
        file, line = written.at(axiom)
        assert line, axiom
        subject, _, thing = triple(axiom[0])
        if thing.startswith("<") and not subject.startswith("_:"):
            assert thing.strip("<>").replace("#", "/").rsplit("/", 1)[-1] in texts[Path(file).name][line - 1], axiom
    assert written.at((f"<{BW}Council> {TYPE} <{BW}Region> .",)) == ("", 0)


def test_when_the_time_is_up_nothing_is_started() -> None:
    limits = Limits.of(seconds=0.01)
    time.sleep(0.02)
    with pytest.raises(TimeLimit, match=r"within 0\.01 seconds"):
        limits.left()
    assert Limits().left() is None


def test_an_engine_that_cannot_run_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """HermiT without Java; the others are never used, and each says what is wrong with it here."""
    if reasoning.java():
        assert next(e for e in engines() if e.name == "hermit").usable
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = {e.name: e for e in engines()}
    assert (found["hermit"].usable, found["rules"].usable) == (False, True)
    assert "Install one" in found["hermit"].remark
    assert "compiled for Java" in found["pellet"].remark and "here is no Java" in found["pellet"].remark
    assert all(e.remark.endswith(".") for e in found.values())
