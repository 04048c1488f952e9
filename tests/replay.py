"""A derivation in, what is wrong with it out: its leaves must be asserted, and each rule, run on its premises alone, must make the conclusion."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from boundwork.derivations.patterns import Triple
from boundwork.explore.session import Session
from boundwork.explore.why.building import Builder
from boundwork.explore.why.tree import LEAVES, Node
from boundwork.pipeline.build import build
from boundwork.rules import Rule, read_rules
from boundwork.stores.local import LocalStore
from boundwork.terms import BW, RDF_TYPE

_QUAD = re.compile(r"(?P<triple>.*) <https://w3id\.org/boundwork/graph/(?P<graph>[^>]+)> \.")
_HYBRID = re.compile(rf"{BW}(?:\w*Hybrid\w*|BlendedWork|CoexistenceCase)\Z")


def text_of(triple: Triple) -> str:
    """A triple as a line of N-Triples, without its end."""
    return " ".join(v.n_triples for v in triple)


@dataclass
class Ground:
    """A study as its dataset holds it: what was asserted, and what each reading infers; `session` asks its default reading."""

    session: Session
    asserted: set[str] = field(default_factory=set)
    inferred: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, file: Path) -> Ground:
        """Write the dataset of a study into a file and read which graph each triple stands in."""
        build(folder, output=file)
        found = cls(Session(folder))
        for line in file.read_text(encoding="utf-8").splitlines():
            match = _QUAD.fullmatch(line)
            assert match, line
            kind = match["graph"].split("/")[1:]
            if kind[0] == "inferred" and f"<{BW}currentReading>" not in line:
                found.inferred.setdefault(kind[1], set()).add(match["triple"])
            elif kind[0] == "outcomes":
                for reading in found.session.study.readings:
                    found.inferred.setdefault(reading, set()).add(match["triple"])
            else:
                found.asserted.add(match["triple"])
        return found

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The rules by IRI."""
        return {rule.iri: rule for rule in read_rules(self.session.folder)}

    @cached_property
    def triples(self) -> list[Triple]:
        """All triples of the default reading that have no blank node."""
        rows = self.session.store.select("SELECT ?s ?p ?o { ?s ?p ?o }")
        return sorted(((s, p, o) for s, p, o in rows if s and p and o and "bnode" not in (s.kind, o.kind)), key=lambda t: (t[1], t[0], t[2]))

    @cached_property
    def conclusions(self) -> list[Triple]:
        """The triples of the default reading that rules made."""
        mine = self.inferred[self.session.reading.id]
        return [t for t in self.triples if text_of(t) in mine]

    @property
    def hybrid(self) -> list[Triple]:
        """Every conclusion that says hybrid, blended or co-existence of a case, a council or a work, and every status that does."""
        kinds = ("code/blended", "code/hybrid-element", "code/co-existence")
        return [t for t in self.conclusions if (t[1].text == RDF_TYPE and _HYBRID.match(t[2].text))
                or (t[1].text in (BW + "caseStatus", BW + "outcomeStatus") and t[2].text.endswith(kinds))]


class Replay:
    """Checks trees over one study; what one tree has explained counts as explained in the next."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.builder = Builder(ground.session, None, None)
        self.explained: set[Triple] = set()
        self.steps = 0

    def faults(self, triples: Iterable[Triple]) -> list[str]:
        """What is wrong with the trees of some triples; nothing is left out of a tree."""
        return [f for t in triples for f in self.check(self.builder.explained(self.builder.reach(), t, None, 0), [])]

    def check(self, node: Node, above: list[Triple]) -> Iterator[str]:
        """Yield what is wrong with a tree; `above` holds the conclusions that it is to support."""
        if node.kind in LEAVES:
            assert not node.children or node.kind == "absent", node.title
            yield from (f"{node.title}: a leaf that nobody asserted: {text_of(t)}" for t in node.triples if text_of(t) not in self.ground.asserted)
            if not node.triples and node.kind != "absent":
                yield f"{node.title}: a leaf without a triple"
        elif node.kind == "inferred":
            yield from (f"{node.title}: stands above itself" for t in node.triples if t in above)
            yield from (f"{node.title}: inferred, and no rule made it: {text_of(t)}" for t in node.triples
                        if text_of(t) not in self.ground.inferred[node.reading])
            if not node.children:
                yield f"{node.title}: inferred from nothing"
            for child in node.children:
                if child.kind == "rule":
                    yield from self.step(node, child, [*above, *node.triples])
                else:
                    yield from self.check(child, [*above, *node.triples])
            self.explained.update(node.triples)
        elif node.kind == "shown":
            yield from (f"{node.title}: said to be explained above, and is not" for t in node.triples if t not in self.explained)
        elif node.kind != "more" or not node.title.endswith("reason enough"):
            yield f"{node.title}: a node of kind {node.kind} ends in nothing"

    def step(self, made: Node, rule: Node, above: list[Triple]) -> Iterator[str]:
        """Run one rule on its premises alone, and check what stands beneath it."""
        self.steps += 1
        children = [c for child in rule.children for c in (child.children if child.kind == "counted" else [child])]
        beneath = {t for c in children for t in c.triples} | {t for c in rule.children if c.kind == "absent" for n in c.walk() for t in n.triples}
        asked = {t for t in rule.triples if t not in beneath}
        yield from (f"{made.title}: {rule.title} has a premise with nothing beneath: {text_of(t)}" for t in asked if not _passed(rule))
        came = self.run(rule.rule, rule.triples)
        yield from (f"{made.title}: {rule.title} does not make it from its premises: {text_of(t)}" for t in made.triples if text_of(t) not in came)
        for child in children:
            yield from self.check(child, above)

    def run(self, rule: str, premises: Iterable[Triple]) -> set[str]:
        """What a rule makes of some triples and of nothing else."""
        store = LocalStore.memory()
        store.load("".join(f"{text_of(t)} .\n" for t in premises).encode())
        return {line.removesuffix(" .") for line in store.construct(self.ground.rules[rule].query.body)}


def _passed(rule: Node) -> bool:
    """True for a count of nothing: what was looked at and did not count is told as a number."""
    return any(c.kind == "absent" and c.title.startswith("counted none") for c in rule.children)


__all__ = ["Ground", "Replay", "text_of"]
