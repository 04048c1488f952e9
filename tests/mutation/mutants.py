"""Small changes to a module's source, one at a time: source in, changed syntax trees out. Nothing is run here."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}
_SUMS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.LShift: ast.RShift,
                                                       ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}


@dataclass(frozen=True)
class Mutant:
    """A change: its name (function, old -> new; stable while other lines move), the lines that show it, and where the node stands in the tree.

    `called` is False for what runs when the module is imported, and no more.
    """

    name: str
    called: bool
    lines: tuple[int, ...]
    place: int
    variant: int


def mutants(source: str) -> list[Mutant]:
    """Return every change of a source, in the order of the text.

    >>> [m.name for m in mutants("def f(a: int) -> bool:\\n    return a < 3\\n")]
    ['f: return a < 3 -> return None', 'f: a < 3 -> a <= 3', 'f: 3 -> 4', 'f: 3 -> 2']
    """
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    number = {id(n): i for i, n in enumerate(nodes)}
    found = []
    for node, function, called, statement in _places(tree, "", False, None):
        for variant, new in enumerate(_variants(node)):
            first = getattr(node, "lineno", 0)
            lines = {statement.lineno if statement else first, *range(first, (getattr(node, "end_lineno", first) or first) + 1)}
            name = f"{function or 'module'}: {_short(node)} -> {_short(new)}"
            found.append((first, getattr(node, "col_offset", 0), Mutant(name, called, tuple(sorted(lines)), number[id(node)], variant)))
    found.sort(key=lambda f: f[:2])
    seen: Counter[str] = Counter()
    named = []
    for _, _, m in found:
        seen[m.name] += 1
        again = f" (no. {seen[m.name]})" if seen[m.name] > 1 else ""
        named.append(Mutant(m.name + again, m.called, m.lines, m.place, m.variant))
    return named


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """Return the tree of a source with one change made."""
    tree = ast.parse(source)
    node = list(ast.walk(tree))[mutant.place]
    new = _variants(node)[mutant.variant]
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(v is node for v in value):
                value[[v is node for v in value].index(True)] = new
    return ast.fix_missing_locations(tree)


def sample(found: list[Mutant], most: int, seed: str) -> list[Mutant]:
    """Return at most this many, drawn with a seed, in the order of the text."""
    if len(found) <= most:
        return found
    chosen = set(random.Random(seed).sample(range(len(found)), most))
    return [m for i, m in enumerate(found) if i in chosen]


def _places(node: ast.AST, name: str, called: bool, statement: ast.stmt | None) -> Iterator[tuple[ast.AST, str, bool, ast.stmt | None]]:
    """Every node that may change, with the function and the statement that it is in; annotations, decorators and docstrings may not."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_comment", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
                continue
            inside = child if isinstance(child, ast.stmt) else statement
            yield child, name, called, inside
            deeper = f"{name}.{child.name}".lstrip(".") if isinstance(child, ast.FunctionDef | ast.ClassDef) else name
            yield from _places(child, deeper, called or isinstance(child, ast.FunctionDef), inside)


def _variants(node: ast.AST) -> list[ast.AST]:
    """What a node may become."""
    new: list[ast.AST] = []
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            if type(op) in _COMPARISONS:
                ops = [*node.ops[:i], _COMPARISONS[type(op)](), *node.ops[i + 1 :]]
                new.append(ast.Compare(node.left, ops, node.comparators))
    elif isinstance(node, ast.BoolOp):
        new.append(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        new.append(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
        new.append(ast.BinOp(node.left, _SUMS[type(node.op)](), node.right))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        new.append(ast.Constant(not node.value))
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        new += [ast.Constant(node.value + 1), ast.Constant(node.value - 1)]
    elif isinstance(node, ast.Return) and node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        new.append(ast.Return(ast.Constant(None)))
    elif isinstance(node, ast.IfExp):
        new.append(ast.IfExp(node.test, node.orelse, node.body))
    elif isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Compare | ast.BoolOp | ast.Constant):
        negated = ast.UnaryOp(ast.Not(), node.test)
        new.append(type(node)(negated, node.body, node.orelse))
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete) or (
            isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)):
        calls_super = any(isinstance(n, ast.Name) and n.id == "super" for n in ast.walk(node))
        new.append(ast.Expr(ast.Name("__class__", ast.Load())) if calls_super else ast.Pass())  # keeps the cell that super() made
    return [ast.copy_location(n, node) if n is not getattr(node, "operand", None) else n for n in new]


def _short(node: ast.AST) -> str:
    """A node as one line; of a branch or a loop only its head."""
    if isinstance(node, ast.If | ast.While):
        return f"{'if' if isinstance(node, ast.If) else 'while'} {ast.unparse(node.test)}"
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 110 else f"{text[:80]} ... {text[-25:]}"
