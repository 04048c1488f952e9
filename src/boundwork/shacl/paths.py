"""SHACL property paths over facts: from a node to its value nodes. Nothing here knows constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from boundwork.shacl.facts import FIRST, Facts, Values, is_iri

SH = "http://www.w3.org/ns/shacl#"
_STEPS = {f"<{SH}{name}>": mark for name, mark in (("inversePath", "^"), ("zeroOrMorePath", "*"), ("oneOrMorePath", "+"), ("zeroOrOnePath", "?"))}
_ALTERNATIVE = f"<{SH}alternativePath>"


@dataclass(frozen=True)
class Path:
    """A path. `kind` is predicate, ^ (inverse), / (sequence), | (alternative), * + or ?; a predicate has its IRI, the others their parts."""

    kind: str
    iri: str = ""
    parts: tuple[Path, ...] = ()

    @property
    def text(self) -> str:
        """The path as SPARQL writes it."""
        if self.kind == "predicate":
            return self.iri
        inner = [p.text if p.kind == "predicate" or (p.kind == "^" and self.kind in "/|") else f"({p.text})" for p in self.parts]
        return f"^{inner[0]}" if self.kind == "^" else self.kind.join(inner) if self.kind in "/|" else inner[0] + self.kind

    @property
    def simple(self) -> tuple[str, bool] | None:
        """Predicate and direction, where the path is one step."""
        if self.kind == "predicate":
            return self.iri, False
        if self.kind == "^" and self.parts[0].kind == "predicate":
            return self.parts[0].iri, True
        return None

    def predicates(self) -> set[str]:
        """Return the IRIs that the path mentions."""
        return {self.iri} if self.kind == "predicate" else set().union(*(p.predicates() for p in self.parts))

    def edges(self, facts: Facts, nodes: Iterable[str]) -> Values:
        """Return node -> value nodes for at least the given nodes; a node without any may be missing."""
        simple = self.simple
        if simple:
            return facts.edges(*simple)
        walk = self._walker(facts, inverse=False)
        return {node: found for node in nodes if (found := list(walk(node)))}

    def _walker(self, facts: Facts, inverse: bool) -> Callable[[str], dict[str, None]]:
        """A function from a node to its value nodes, each once, in a stable order."""
        if self.kind == "predicate":
            edges = facts.edges(self.iri, inverse)
            return lambda node: dict.fromkeys(edges.get(node, ()))
        if self.kind == "^":
            return self.parts[0]._walker(facts, not inverse)
        inner = [p._walker(facts, inverse) for p in self.parts]
        if self.kind == "/":
            steps = inner[::-1] if inverse else inner

            def sequence(node: str) -> dict[str, None]:
                reached = {node: None}
                for step in steps:
                    reached = {value: None for each in reached for value in step(each)}
                return reached

            return sequence
        if self.kind == "|":
            return lambda node: {value: None for step in inner for value in step(node)}
        step = inner[0]
        if self.kind == "?":
            return lambda node: {node: None, **step(node)}

        def closure(node: str) -> dict[str, None]:
            reached = {node: None} if self.kind == "*" else {}
            todo = [node]
            while todo:
                for value in step(todo.pop()):
                    if value not in reached:
                        reached[value] = None
                        todo.append(value)
            return reached

        return closure


def read_path(shapes: Facts, node: str) -> Path:
    """Return the path that a node of a shapes graph stands for. Errors: ValueError when it is none."""
    if is_iri(node):
        return Path("predicate", node)
    if shapes.value(node, FIRST):
        return _joined("/", tuple(read_path(shapes, n) for n in shapes.items(node)))
    if alternatives := shapes.value(node, _ALTERNATIVE):
        return _joined("|", tuple(read_path(shapes, n) for n in shapes.items(alternatives)))
    for predicate, mark in _STEPS.items():
        if inner := shapes.value(node, predicate):
            return Path(mark, parts=(read_path(shapes, inner),))
    raise ValueError(f"{node} is no property path")


def _joined(kind: str, parts: tuple[Path, ...]) -> Path:
    if len(parts) < 2:
        raise ValueError("a sequence or alternative path needs two members")
    return Path(kind, parts=parts)
