"""N-Triples in, what an OWL reasoner concludes out; nobody else imports owlready2, whose HermiT runs on Java."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from boundwork.errors import Fault, InputError

_CLASS = re.compile(rb"^<([^>]+)> <http://www\.w3\.org/1999/02/22-rdf-syntax-ns#type> <http://www\.w3\.org/2002/07/owl#Class> \.$", re.M)
_OWL = "http://www.w3.org/2002/07/owl#"


@dataclass(frozen=True)
class Conclusions:
    """What HermiT says: whether the statements fit together, and if they do, who belongs to which class.

    `classes` counts the named classes that were read. `unsatisfiable` are classes that nothing can belong to. `instances` has
    class IRI -> IRIs of its members, those of its subclasses included; both are empty when nothing fits together.
    """

    consistent: bool
    classes: int
    unsatisfiable: frozenset[str] = frozenset()
    instances: dict[str, set[str]] = field(default_factory=dict)


def java() -> str:
    """Return the path of the Java that HermiT runs on; empty when there is none."""
    return shutil.which("java") or ""


def reason(data: bytes) -> Conclusions:
    """Return what HermiT concludes from N-Triples: an ontology, with or without statements about individuals.

    owlready2 0.51 reads some Turtle as nothing and does not complain, hence N-Triples, a fresh world each time, and a count of
    what was read. No file and no Java process outlives the call. Not for threads: it moves Python's folder for temporary files.
    Errors: InputError without Java, or when HermiT cannot read something (it knows no xsd:date, xsd:gYear and xsd:duration).
    """
    if not java():
        raise InputError("The OWL reasoner HermiT needs Java, which is not installed.",
                         "Install a Java runtime, such as: apt install default-jre-headless. All else works without it.")
    import owlready2

    wanted = len(set(_CLASS.findall(data)))
    world = owlready2.World()
    try:
        world.get_ontology("http://boundwork.invalid/").load(fileobj=BytesIO(data), format="ntriples")
        loaded = {c.iri for c in world.classes()}
        if len(loaded) != wanted:
            raise Fault(f"owlready2 read {len(loaded)} of {wanted} classes.", "Its reader of N-Triples has changed.")
        try:
            with _own_temporary_folder():
                owlready2.sync_reasoner_hermit(world, debug=0)
        except owlready2.OwlReadyInconsistentOntologyError:
            return Conclusions(False, len(loaded))
        except owlready2.OwlReadyJavaError as error:
            raise InputError(f"HermiT stopped: {_reason(str(error))}.") from None
        return _conclusions(world, loaded)
    finally:
        world.close()


@contextmanager
def _own_temporary_folder() -> Iterator[None]:
    """Keep owlready2's file, which it leaves behind after an error, in a folder that is removed."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="boundwork-") as folder:
        tempfile.tempdir = str(Path(folder))
        try:
            yield
        finally:
            tempfile.tempdir = before


def _reason(text: str) -> str:
    """What Java printed, without its stack."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    return " ".join(lines).removeprefix("Java error message is: ").removeprefix('Exception in thread "main" ')[:500].rstrip(".")


def _conclusions(world: Any, classes: set[str]) -> Conclusions:
    """Read the triples that owlready2 wrote into its world; its objects would make a Python class for each mix of types."""
    name = world._unabbreviate
    number = world._abbreviate

    def pairs(predicate: str) -> Iterator[tuple[str, str]]:
        for s, _, o in world._get_obj_triples_spo_spo(None, number(predicate), None):
            if s > 0 and o > 0:  # negative numbers are blank nodes
                yield name(s), name(o)

    above: dict[str, set[str]] = defaultdict(set)
    for below, cls in pairs("http://www.w3.org/2000/01/rdf-schema#subClassOf"):
        above[below].add(cls)
    for one, other in pairs(_OWL + "equivalentClass"):
        above[one].add(other)
        above[other].add(one)
    closed = {cls: _reach(cls, above) for cls in classes}
    instances: dict[str, set[str]] = {cls: set() for cls in classes}
    for individual, cls in pairs("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"):
        for each in closed.get(cls, ()):
            if each in instances:
                instances[each].add(individual)
    return Conclusions(True, len(classes), frozenset(c for c in classes if _OWL + "Nothing" in closed[c]), instances)


def _reach(start: str, above: dict[str, set[str]]) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        for each in above.get(todo.pop(), set()) - found:
            found.add(each)
            todo.append(each)
    return found
