"""Statements in, what HermiT concludes out: consistent or not, the hierarchy of classes, who belongs to which class."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from boundwork.errors import Fault
from boundwork.reasoning.hermit import Limits, hermit
from boundwork.reasoning.parts import Split
from boundwork.reasoning.statements import OWL, RDFS, TYPE, above, data, reach, sort_out, triple

_LINE = re.compile(r"^(SubClassOf|EquivalentClasses|Type)\( ((?:<[^>]+>\s*)+)\)$", re.M)
_IRI = re.compile(r"<([^>]+)>")
_END = "urn:boundwork:end:"
_READ = "urn:boundwork:read"
_NOTHING = OWL + "Nothing"


@dataclass(frozen=True)
class Conclusions:
    """What HermiT says: whether the statements fit together, and if they do, who belongs to which class.

    `classes` counts the named classes that were read. `unsatisfiable` are classes that nothing can belong to. `instances` has
    class IRI -> IRIs of its members, those of its subclasses included; both are empty when nothing fits together. `hierarchy`
    are pairs of a class and one right above it (or equivalent to it), `inferred` those of them that no statement gives. `parts`
    counts the parts that were reasoned over, `failed` is the first that contradicts itself. `again` says why the whole had to be
    asked after the parts, and is empty where it had not. `peak` is megabytes of Java, `seconds` wall.
    """

    consistent: bool
    classes: int
    unsatisfiable: frozenset[str] = frozenset()
    instances: dict[str, set[str]] = field(default_factory=dict)
    hierarchy: frozenset[tuple[str, str]] = frozenset()
    inferred: frozenset[tuple[str, str]] = frozenset()
    parts: int = 1
    failed: int = 0
    peak: float = 0.0
    seconds: float = 0.0
    again: str = ""


def reason(data: bytes, limits: Limits | None = None) -> Conclusions:
    """Return what HermiT concludes from N-Triples: an ontology, with or without statements about individuals.

    No file and no Java process outlives the call. Errors: InputError without Java or memory, or when HermiT cannot read
    something (it knows no xsd:date, xsd:gYear and xsd:duration); TimeLimit.
    """
    statements = sort_out(data.decode("utf-8").split("\n"))
    lines = [*statements.lines()]
    return conclude(Split([], [lines]), limits or Limits())


def conclude(split: Split, limits: Limits) -> Conclusions:
    """Return what HermiT concludes from the parts of statements, in one Java process. Errors: as `reason`.

    Where the parts do not agree on what they share, or leave open what something shared is, the whole is asked after all.
    """
    texts = [data([*lines, *_marker(number)]) for number, lines in enumerate(split.texts())]
    stated = [triple(line) for line in (split.shared or split.parts[0])]
    classes = {s[1:-1] for s, p, o in stated if p == TYPE and o == f"<{OWL}Class>" and s.startswith("<")}
    run = hermit(texts, ["-c", "-I"], limits)
    found = [(kind, _IRI.findall(iris)) for kind, iris in _LINE.findall(run.output)]
    read = [iris[0] for kind, iris in found if kind == "Type" and iris[1] == _READ]
    if read != [f"{_END}{n}" for n in range(len(texts) if not run.inconsistent else len(read))] or len(read) > len(texts):
        raise Fault(f"HermiT read {len(read)} of {len(texts)} sets of statements to their end.", "Its reader or its output has changed.")
    if run.inconsistent:
        return Conclusions(False, len(classes), parts=len(texts), failed=len(read), peak=run.peak, seconds=run.seconds)
    higher = _hierarchy(found)
    steps: dict[str, set[str]] = defaultdict(set)
    for low, high in [*higher, *((s[1:-1], o[1:-1]) for s, p, o in stated if _names_above(p) and s[0] == o[0] == "<")]:
        steps[low].add(high)
    closed = {c: reach(c, steps) for c in classes}
    unsatisfiable = frozenset(c for c in classes if _NOTHING in closed[c])
    instances: dict[str, set[str]] = {c: set() for c in classes}
    for thing, cls in _types(found):
        for each in closed.get(cls, ()):
            if each in instances:
                instances[each].add(thing)
    doubt = _doubt(split, found, instances) if len(texts) > 1 else ""
    if doubt:
        whole = conclude(Split([], [[*split.shared, *(line for part in split.parts for line in part)]]), limits)
        return replace(whole, again=doubt, peak=max(run.peak, whole.peak), seconds=run.seconds + whole.seconds)
    told = above(_told(stated))
    named = frozenset((low, high) for low, high in higher if low in classes and high in classes and low not in unsatisfiable)
    new = frozenset((low, high) for low, high in named if high not in told.get(low, ()))
    return Conclusions(True, len(classes), unsatisfiable, instances, named, new, len(texts), 0, run.peak, run.seconds)


def _marker(number: int) -> list[str]:
    """The last lines of a text: when their conclusion comes out, all lines before them were read."""
    return [f"<{_READ}> {TYPE} <{OWL}Class> .", f"<{_END}{number}> {TYPE} <{_READ}> ."]


def _names_above(predicate: str) -> bool:
    return predicate in (f"<{RDFS}subClassOf>", f"<{OWL}equivalentClass>")


def _told(stated: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """Pairs of a class and one above it that are stated; an equivalence of names counts both ways."""
    for s, p, o in stated:
        if s[0] == o[0] == "<" and _names_above(p):
            yield s[1:-1], o[1:-1]
            if p == f"<{OWL}equivalentClass>":
                yield o[1:-1], s[1:-1]


def _hierarchy(found: list[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    """Class and class right above it, equivalent ones both ways; whatever is equivalent to owl:Nothing lies below it."""
    pairs: dict[tuple[str, str], None] = {}
    for kind, iris in found:
        if kind == "SubClassOf":
            pairs[iris[0], iris[1]] = None
        elif kind == "EquivalentClasses":
            pairs.update(dict.fromkeys((one, other) for one in iris for other in iris if one not in (other, _NOTHING)))
    return [*pairs]


def _types(found: list[tuple[str, list[str]]]) -> Iterator[tuple[str, str]]:
    for kind, iris in found:
        if kind == "Type" and iris[1] != _READ:
            yield iris[0], iris[1]


def _doubt(split: Split, found: list[tuple[str, list[str]]], instances: dict[str, set[str]]) -> str:
    """Say what makes the parts not enough: one knows more of something shared than another, or all leave open what it is."""
    count = Counter(pair for pair in _types(found) if pair[0] in split.shared_individuals)
    uneven = sorted(pair for pair, n in count.items() if n != len(split.parts))
    if uneven:
        return f"the parts do not agree on {uneven[0][0]}"
    for owner, members in split.choices:
        decided = {x for m in members for x in instances.get(m, ())}
        open_ = sorted(instances.get(owner, set()) & split.shared_individuals - decided)
        if open_:
            return f"the parts leave open what {open_[0]} is"
    return ""
