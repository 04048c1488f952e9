"""What is missing for a triple that is not in the graph: rule by rule the condition that fails, and what is nearest to it."""

from __future__ import annotations

import re
from collections import Counter

from boundwork.derivations.backwards import BackRule
from boundwork.derivations.missing import Condition, Lack, lack
from boundwork.derivations.patterns import Filter, Minus, Triple, patterns
from boundwork.errors import UsageError
from boundwork.explore.explanation import place
from boundwork.explore.session import Session
from boundwork.explore.why.asking import thing, understand
from boundwork.explore.why.building import Builder
from boundwork.explore.why.hybrids import hybrid_nodes
from boundwork.explore.why.tree import Node
from boundwork.stores.answer import Value
from boundwork.terms import BW, RDF_TYPE, STUDY
from boundwork.wording import counted

DEEPEST = 6
_SUBJECTS = 200


def why_not(session: Session, subject: str, predicate: str, value: str) -> tuple[Node, bool]:
    """Return the tree of what is missing for a triple, and True where it holds after all.

    Errors: UsageError for a word that means nothing here.
    """
    return _why_not(Builder(session), subject, predicate, value)


def _why_not(builder: Builder, subject: str, predicate: str, value: str) -> tuple[Node, bool]:
    session, asked = builder.session, understand(builder, subject, predicate, value)
    if asked.holds:
        root = Node("inferred", builder.naming.triple(asked.triple), [f"It does hold in the reading {session.reading.id}; boundwork why says why."],
                    triples=[asked.triple], reading=session.reading.id)
        root.children += hybrid_nodes(builder.reach().store, asked.triple)
        return root, True
    trees = [Lacking(builder).tree(t) for t in asked.meanings[:4]]
    best = max(trees, key=lambda t: sum(n.kind == "holds" for n in t.walk()))
    if asked.instead:
        best.lines.append(f"There it says instead: {', '.join(asked.instead)}")
    if asked.readings:
        best.lines.append(f"It does hold under --reading {' or '.join(asked.readings)}")
    return best, False


def why_no_hybrid(session: Session, subject: str) -> list[tuple[Node, bool]]:
    """Return for a case what it lacks to be a hybrid, for a council the same of each boundary; True where it is one.

    Errors: UsageError for what is neither case nor council.
    """
    builder = Builder(session)
    for thing_meant in thing(builder, subject):
        types = {t.text for (t,) in builder.reach().store.select(f"SELECT ?t {{ {thing_meant.n_triples} a ?t }}") if t}
        if BW + "BoundaryCase" in types:
            return [_why_not(builder, thing_meant.text, "a", BW + "HybridCase")]
        if BW + "Council" in types:
            wanted = [t for t in builder.vocabulary.terms if re.fullmatch(rf"{BW}Hybrid\w+Council", t)]
            return [_why_not(builder, thing_meant.text, "a", t) for t in wanted]
    raise UsageError(f"'{subject}' is neither a case nor a council.", "Name the property and the value as well: boundwork why --not SUBJECT PREDICATE OBJECT")


class Lacking:
    """Builds the tree of what is missing; a condition that was told once is not told again."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._naming = builder.naming
        self._reach = builder.reach()
        self._told: set[object] = set()

    def tree(self, triple: Triple) -> Node:
        """Return the tree for one triple."""
        root = Node("missing", f"{self._naming.triple(triple)}  is not in the graph", triples=[triple], reading=self._reach.reading)
        root.children += hybrid_nodes(self._reach.store, triple)
        root.children += self.causes([triple], None, 0)
        return root

    def causes(self, triples: list[Triple], before: BackRule | None, depth: int) -> list[Node]:
        """Return a node for each rule that could make the triples (all of one property), or for the column that could."""
        derivations = self._reach.derivations
        makers = [m for m in derivations.makers(triples[0]) if before is None or before.sees(m)]
        if makers and derivations.knows(triples[0][0]):  # what is there already says which kind of thing it is
            makers = [m for m in makers if any(m.counting is None or derivations.whole(m, head, b) for head, b in m.heads(triples[0]))]
        if not makers:
            return self._columns(triples)
        nodes = []
        for back in makers:
            key = (back.order, tuple(triples[:20]))
            if key in self._told or depth >= DEEPEST:
                continue
            self._told.add(key)
            nodes.append(self._rule(lack(self._reach.derivations, back, triples[:_SUBJECTS]), depth))
        return nodes

    def _rule(self, found: Lack, depth: int) -> Node:
        rule = found.rule.rule
        node = Node("rule", f"rule {rule.name} would make it  ({place(rule.query.path)})", [rule.query.summary], rule=rule.iri)
        for condition in found.conditions:
            text = self._condition(condition)
            if text and condition.holds:
                node.children.append(Node("holds", text))
            elif text:
                if condition.of == 1 and 1 < len(found.wanted) <= 3 and len({t[0] for t in found.wanted}) == 1:
                    text = " or ".join(map(self._naming.triple, found.wanted)) + ": not found"
                lines = self._instead(found.wanted)
                if found.alone is not None:
                    lines.insert(0, f"taken alone: {self._condition(found.alone)}")
                stop = Node("missing", text, lines, triples=found.wanted[:20])
                stop.lines += [f"in the way: {self._naming.triple(t)}" for t in found.blocking[:3]]
                groups: dict[tuple[Value, Value], list[Triple]] = {}
                for triple in found.wanted:
                    groups.setdefault(triple[1:], []).append(triple)
                for several in groups.values() if any(t[0].text.startswith(STUDY) for t in found.wanted) else ():
                    stop.children += self.causes(several, found.rule, depth + 1)
                node.children.append(stop)
        node.children += [Node("holds" if c.holds else "missing", f"besides: {text}") for c in found.besides if (text := self._condition(c))]
        if found.complete:
            node.children.append(Node("missing", "the rule fires, and makes something else: another name or another number"))
        return node

    def _condition(self, condition: Condition) -> str:
        """One condition in words: what it looks for, and for how many of those that got here it holds."""
        element = condition.element
        text = " . ".join(map(self._naming.triple, condition.patterns))
        if isinstance(element, Filter):
            inner = " . ".join(self._naming.triple(p) for _, g in element.test.exists for p in patterns(g))
            must = "must not be there" if "!" in element.test.text else "must be there"
            text = f"{must}: {inner}" if inner else f"must be true: {self._naming.condition(element.test.text)}"
        elif isinstance(element, Minus):
            text = f"must not be there: {text}"
        if not text:
            return ""
        if condition.of > 1:
            return f"{text}: holds for {condition.holds or 'none'} of {condition.of}"
        if not condition.holds and condition.tried > 1:
            return f"{text}: none of {condition.tried}"
        if not condition.holds:
            return f"{text}: not found" if not isinstance(element, Filter | Minus) else f"{text}: does not hold"
        return f"{text}: {counted(condition.matches, 'match')}"

    def _instead(self, wanted: list[Triple]) -> list[str]:
        """What the subjects have there in place of what is wanted."""
        if not wanted or wanted[0][1].text == RDF_TYPE:
            return []
        subjects = " ".join(dict.fromkeys(t[0].n_triples for t in wanted[:_SUBJECTS] if t[0].kind == "iri"))
        seen = Counter(self._naming.term(o) for _, o in self._reach.store.select(
            f"SELECT DISTINCT ?s ?o {{ VALUES ?s {{ {subjects} }} ?s {wanted[0][1].n_triples} ?o }}") if o is not None)
        return [f"there instead: {', '.join(f'{name} ({n})' for name, n in seen.most_common(5))}"] if seen else []

    def _columns(self, triples: list[Triple]) -> list[Node]:
        """The column that would have to say it, for what no rule makes; the rows that could, where they are few."""
        rows = self._builder.rows
        where = rows.place_of(triples[0][0].text)
        kind = where[0] if where else ""
        origins = rows.properties(kind, triples[0][1].text)
        if not origins:
            kinds = rows.kinds_with(triples[0][1].text)
            said = " or ".join(f"a {k} ({o.table}.csv, column {', '.join(o.columns[:3])})" for k, o in kinds)
            return [Node("column", f"no rule makes it; {self._naming.term(triples[0][1])} is said of {said}")] if said else []
        node = Node("column", "no rule makes it; it would stand in " + " or ".join(
            f"{o.table}.csv, column{'s' if len(o.columns) > 1 else ''} {', '.join(o.columns)}" for o in origins if o.columns))
        key = (node.title, tuple(triples[:20]))
        if key in self._told:
            return []
        self._told.add(key)
        for triple in triples[:3]:
            leaf = self._reach.grounds.row_of(triple[0].text)
            if leaf is not None and leaf.row is not None:
                record = rows.record(*(rows.place_of(triple[0].text) or ("", "")))
                cells = "; ".join(f"{c} = {record[2].cells.get(c, '').strip() or '(blank)'}" for c in origins[0].columns[:3]) if record else ""
                node.children.append(Node("row", leaf.title, [cells] if cells else [], row=None))
        return [node]


__all__ = ["Lacking", "why_no_hybrid", "why_not"]
