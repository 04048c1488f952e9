"""Builds the tree of a derivation: every premise in turn, repeats once, down to rows, the ontology, and what was not found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice

from boundwork.derivations.backwards import BackRule, Counted, Derivation, Derivations, Member
from boundwork.derivations.patterns import Triple, Var
from boundwork.derivations.solving import Absent
from boundwork.explore.explanation import place
from boundwork.explore.session import Session
from boundwork.explore.why.grounds import Grounds
from boundwork.explore.why.naming import Naming
from boundwork.explore.why.tree import Node
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.populate.origins import Rows
from boundwork.rules import read_rules
from boundwork.stores.local import LocalStore
from boundwork.terms import Vocabulary
from boundwork.wording import counted as number_of


class Reach:
    """One reading of a study with all that explaining needs: its store, the rules backwards, and the grounds."""

    def __init__(self, session: Session, reading: str, vocabulary: Vocabulary, naming: Naming, rows: Rows) -> None:
        self.reading = reading
        self.store = session.store if reading == session.reading.id else LocalStore.open(session.built.store(reading))
        self.grounds = Grounds(session, self.store, vocabulary, naming, rows)
        self.derivations = Derivations(self.store, read_rules(session.folder), self.grounds.holds)


class Builder:
    """Builds trees over one session; `most` bounds derivations and members, `depth` the levels of inference; None = all."""

    def __init__(self, session: Session, most: int | None = 3, depth: int | None = None) -> None:
        self.session = session
        self.most = most
        self.depth = depth
        self._reaches: dict[str, Reach] = {}
        self._done: set[tuple[str, Triple]] = set()
        self._said: set[tuple[str, str]] = set()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The terms of the ontology."""
        return load_vocabulary(self.session.folder)

    @cached_property
    def naming(self) -> Naming:
        """How terms are written."""
        return Naming(self.session.study.id, self.vocabulary)

    @cached_property
    def rows(self) -> Rows:
        """The tables as grounds."""
        return Rows(self.session.study, self.vocabulary)

    def reach(self, reading: str = "") -> Reach:
        """Return a reading's store and rules; the session's own where none is named."""
        name = reading or self.session.reading.id
        if name not in self._reaches:
            self._reaches[name] = Reach(self.session, name, self.vocabulary, self.naming, self.rows)
        return self._reaches[name]

    def tree(self, triple: Triple) -> Node:
        """Return the tree of a triple that stands in the store."""
        self.forget()
        return self.explained(self.reach(), triple, None, 0)

    def forget(self) -> None:
        """Begin anew: what was explained so far is explained again."""
        self._done.clear()
        self._said.clear()

    def explained(self, reach: Reach, triple: Triple, before: BackRule | None, level: int) -> Node:
        """Return the node of a triple; with `before`, as it stood when that rule ran."""
        ground = reach.grounds.of(triple)
        if ground is not None and not reach.derivations.makers(triple):
            return self._once(ground)
        title, key = self.naming.triple(triple), (reach.reading, triple)
        if key in self._done:
            return Node("shown", title, ["explained above"], triples=[triple])
        if self.depth is not None and level >= self.depth:
            return Node("more", title, ["inferred; not explained at this --depth"], triples=[triple])
        found = list(islice(reach.derivations.of(triple, before), self.most + 1 if self.most else None))
        if not found and ground is not None:
            return self._once(ground)
        if not found:
            elsewhere = self._elsewhere(reach, triple, level)
            if elsewhere is not None:
                return elsewhere
            made = [f"made by rule {r.rule.name}  ({place(r.rule.query.path)}), which cannot be run backwards: {r.problem}"
                    for r in reach.derivations.forwards(triple)]
            return Node("unexplained", title, made or ["no rule and no file accounts for it"], triples=[triple])
        node = Node("inferred", title, triples=[triple], reading=reach.reading)
        if ground is not None:
            node.children.append(self._once(ground))
        node.children += [self._ruled(reach, d, level) for d in found[: self.most]]
        if self.most and len(found) > self.most:
            node.children.append(Node("more", "and in more ways; --most shows them"))
        self._done.add(key)
        return node

    def _elsewhere(self, reach: Reach, triple: Triple, level: int) -> Node | None:
        """The node of an outcome that another reading made; it is kept beside this reading's own."""
        if not any(r.rule.stage == "outcome" for r in reach.derivations.makers(triple)):
            return None
        for name in self.session.study.readings:
            other = self.reach(name)
            found = next(other.derivations.of(triple), None) if other is not reach else None
            if found is not None:
                node = Node("inferred", self.naming.triple(triple), [f"under the reading {name}"], triples=[triple], reading=name)
                node.children.append(self._ruled(other, found, level))
                return node
        return None

    def _ruled(self, reach: Reach, found: Derivation, level: int) -> Node:
        rule = found.rule.rule
        told = ("rule", rule.name) in self._said
        node = Node("rule", f"by rule {rule.name}  ({place(rule.query.path)})", [] if told else [rule.query.summary], triples=list(found.all_premises),
                    rule=rule.iri, reading=reach.reading)
        self._said.add(("rule", rule.name))
        seen: set[str] = set()
        node.children += self.premises(reach, found.premises, found.rule, level, seen)
        if found.counted is not None:
            node.children += self._count(reach, found.counted, found, level, seen)
        node.children += self.absences(found.absent)
        return node

    def premises(self, reach: Reach, premises: Sequence[Triple], before: BackRule | None, level: int, seen: set[str]) -> list[Node]:
        """Return the nodes of premises: leaves first, merged where one row made several; what `seen` holds is not said again."""
        plain: list[Triple] = []
        inferred: list[Triple] = []
        for triple in premises:
            leaf = not reach.derivations.makers(triple) and reach.grounds.holds(triple)
            (plain if leaf else inferred).append(triple)
        nodes = [self._once(n) for n in reach.grounds.merged(plain)]
        nodes = [n for n in nodes if n.kind == "row" or not (n.title in seen or seen.add(n.title))]  # type: ignore[func-returns-value]
        groups: dict[object, list[Triple]] = {}
        for triple in inferred:
            groups.setdefault(triple[0] if self._structural(reach, triple) else triple, []).append(triple)
        for group in groups.values():
            told = [t for t in group if (reach.reading, t) in self._done]
            nodes += [self.explained(reach, t, before, level + 1) for t in told]
            several = [t for t in group if t not in told]
            if not several:
                continue
            node = self.explained(reach, several[0], before, level + 1)
            if len(several) > 1:
                node.lines[:0] = ["; ".join("  ".join(map(self.naming.term, t[1:])) for t in several[1:])]
                node.triples += several[1:]
                self._done.update((reach.reading, t) for t in several if node.kind == "inferred")
            nodes.append(node)
        return self._joined(nodes)

    def _joined(self, nodes: list[Node]) -> list[Node]:
        """Nodes of one thing that one firing of one rule made, or that were explained above, as one node."""
        found: list[Node] = []
        for node in nodes:
            before = found[-1:] if node.kind == "shown" else found if node.kind == "inferred" else []  # "above" must stay true
            like = next((n for n in before if n.kind == node.kind and n.triples[0][0] == node.triples[0][0] and _same_firing(n, node)), None)
            if like is None:
                found.append(node)
                continue
            said = "; ".join("  ".join(map(self.naming.term, t[1:])) for t in node.triples)
            if len(like.triples) == 1:
                like.lines.insert(0, said)
            else:
                like.lines[0] += f"; {said}"
            like.triples += node.triples
        return found

    def _structural(self, reach: Reach, triple: Triple) -> bool:
        """True for what a tally says of itself (its class and what it counts by) beside its numbers."""
        counting = False
        for back in reach.derivations.makers(triple):
            if triple[2].number is not None:
                return False
            if back.counting is not None:
                counting = True
                counts = {c.name for c in back.counting.columns if c.function}
                if any(isinstance(h.object, Var) and h.object.name in counts for h, _ in back.heads(triple)):
                    return False
        return counting

    def _count(self, reach: Reach, counted: Counted, found: Derivation, level: int, seen: set[str]) -> list[Node]:
        if not counted.members:
            return [self._none(reach, counted)]
        shown = counted.members[: self.most if counted.measures else 1]
        nodes = []
        for member in shown:
            title = self.naming.term(member.value) if member.value is not None else ""
            node = Node("counted", f"counted: {title}" if counted.measures else f"because of {title}", triples=list(member.premises))
            node.children += self.premises(reach, member.premises, found.rule, level, seen)
            node.children += self.absences(member.absent)
            nodes.append(node)
        left = counted.total - len(shown)
        if left > 0:
            nodes.append(Node("more", f"and {left:,} more of {counted.total:,}; --most shows them" if counted.measures else
                              f"and {left:,} more{'' if counted.complete else ' at least'}, each of them reason enough"))
        return nodes

    def _none(self, reach: Reach, counted: Counted) -> Node:
        """The leaf of a count of nothing: what was looked for, and in how many it was not found."""
        wanted = {self.naming.looked_for(Absent(a.group, {})): None for m in counted.passed for a in m.absent}
        looked = number_of(len(counted.passed), "coding") if counted.complete else f"the first {len(counted.passed):,} codings"
        node = Node("absent", f"counted none, of {looked} looked at", [f"looked for and not found: {p}" for p in wanted])
        if not wanted:
            node.lines.append("what the rule counts here holds for none of these:" if counted.passed else "nothing is there to count")
            node.children += [n for m in counted.passed[: self.most] for n in self._member_rows(reach, m)]
        return node

    def _member_rows(self, reach: Reach, member: Member) -> list[Node]:
        return [self._once(n) for n in reach.grounds.merged(t for t in member.premises if not reach.derivations.makers(t)) if n.kind == "row"]

    def absences(self, absents: Iterable[Absent]) -> list[Node]:
        """Return a leaf for each thing that was looked for and not found."""
        texts = dict.fromkeys(map(self.naming.looked_for, absents))
        return [Node("absent", f"looked for and not found: {t}") for t in texts]

    def _once(self, leaf: Node) -> Node:
        """A row says who coded and where the words stand the first time; after that its columns are enough. So for other leaves."""
        key = (leaf.row.table, leaf.row.ident) if leaf.row else ("", leaf.title)
        if key in self._said and leaf.row:
            leaf.row = replace(leaf.row, coder="", basis="", confidence="", extract=None)
        elif key in self._said:
            leaf.lines = leaf.lines[: leaf.kind == "ontology"]
        self._said.add(key)
        return leaf


def _same_firing(one: Node, other: Node) -> bool:
    """True for two triples with the same one derivation, apart from counts, which differ in what they count."""
    if one.kind == "shown":
        return True
    if len(one.children) != 1 or len(other.children) != 1 or one.children[0].kind != "rule":
        return False
    first, second = one.children[0], other.children[0]
    counts = any(c.kind in ("counted", "more") for c in (*first.children, *second.children))
    return not counts and first.rule == second.rule and first.triples == second.triples and [c.title for c in first.children] == [
        c.title for c in second.children]


__all__ = ["Builder", "Reach"]
