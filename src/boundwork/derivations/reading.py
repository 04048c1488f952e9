"""SPARQL text in, patterns out: a reader of the part of SPARQL that rules and stored questions use.

It refuses what it does not know, with the name of the thing, and never guesses. The engine's own parser has checked the
syntax before, so that this one need not.
"""

from __future__ import annotations

from collections.abc import Callable

from boundwork.derivations.cursor import Cursor
from boundwork.derivations.patterns import (
    Bind,
    Column,
    Construct,
    Element,
    Expression,
    Filter,
    Group,
    Minus,
    Optional,
    Pattern,
    Select,
    Union,
    Values,
    variables,
)
from boundwork.queries.tokens import Token, tokens
from boundwork.stores.answer import Value

_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_ENDS = {"ORDER", "LIMIT", "OFFSET", "VALUES", "HAVING", "GROUP"}


def read_construct(text: str) -> Construct:
    """Return a CONSTRUCT as patterns. Errors: InputError for what the reader does not know."""
    reader = _Reader(text)
    reader.prologue()
    reader.expect("CONSTRUCT")
    head: list[Element] = []
    if reader.at("{"):
        reader.take()
        reader.triples_until_brace(head)
    where = reader.where()
    if not head:
        head = [e for e in where.elements if isinstance(e, Pattern)]
    enumerated = {n: frozenset(r[i] for r in e.rows if r[i] is not None) for e in where.elements if isinstance(e, Values)
                  for i, n in enumerate(e.names) if all(r[i] is not None for r in e.rows)}
    return Construct(tuple(e for e in head if isinstance(e, Pattern)), where, enumerated)  # type: ignore[arg-type]


def read_select(text: str) -> Select:
    """Return a SELECT as patterns. Errors: InputError for what the reader does not know."""
    reader = _Reader(text)
    reader.prologue()
    reader.expect("SELECT")
    return reader.select()


def read_group(text: str, prefixes: dict[str, str]) -> Group:
    """Return a group of patterns, written without its braces. Errors: InputError for what the reader does not know."""
    reader = _Reader("{" + text + "}")
    reader.prefixes = dict(prefixes)
    return reader.group()


class _Reader(Cursor):
    def where(self) -> Group:
        if self.at("WHERE"):
            self.take()
        return self.group()

    def group(self) -> Group:
        self.expect("{")
        if self.at("SELECT"):
            self.take()
            everything = self.at("*")
            found = self.select()
            self.expect("}")
            if everything and not (found.counts or found.distinct or found.limited or found.having):
                return found.where  # SELECT * with nothing else is its pattern
            return Group((_flat(found),))
        elements: list[Element] = []
        while not self.at("}"):
            self.element(elements)
        self.take()
        return Group(tuple(elements))

    def element(self, elements: list[Element]) -> None:
        token = self.peek()
        word = token.text.upper() if token.kind == "word" else token.text
        simple: dict[str, Callable[[], Element]] = {
            "FILTER": lambda: Filter(self.constraint()), "OPTIONAL": lambda: Optional(self.group()), "MINUS": lambda: Minus(self.group()),
            "BIND": self.bind, "VALUES": self.values}
        if token.kind == "other" and word == ".":
            self.take()
        elif token.kind == "other" and word == "{":
            groups = [self.group()]
            while self.at("UNION"):
                self.take()
                groups.append(self.group())
            if len(groups) > 1:
                elements.append(Union(tuple(groups)))
            elif len(groups[0].elements) == 1 and isinstance(groups[0].elements[0], Select | Values):
                elements.append(groups[0].elements[0])
            else:
                elements.append(groups[0])
        elif token.kind == "word" and word in simple:
            self.take()
            elements.append(simple[word]())
        elif (token.kind == "word" and word in ("GRAPH", "SERVICE")) or token.kind == "end":
            raise self.unknown(word or "no closing brace")
        else:
            self.triples(elements)

    def bind(self) -> Bind:
        self.expect("(")
        value = self.expression(lambda t: t.kind == "word" and t.text.upper() == "AS")
        self.take()
        name = self.take().text[1:]
        self.expect(")")
        return Bind(value, name)

    def constraint(self) -> Expression:
        if self.at("EXISTS", "NOT"):
            return self.expression(lambda t: True, once=True)
        call = "" if self.at("(") else self.name_of_call()
        self.expect("(")
        inner = self.expression(lambda t: t.text == ")" and t.kind == "other")
        self.expect(")")
        return Expression(f"{call}({inner.text})", inner.variables, inner.exists)

    def name_of_call(self) -> str:
        token = self.take()
        return f"<{self.expanded(token.text)}>" if token.kind == "name" else token.text

    def expression(self, ends: Callable[[Token], bool], once: bool = False) -> Expression:
        """Read up to a token at this depth that ends the expression; `once` reads one EXISTS and no more."""
        parts: list[str] = []
        names: set[str] = set()
        exists: list[tuple[str, Group]] = []
        depth, last = 0, self.peek().start
        while True:
            token = self.peek()
            if token.kind == "end":
                raise self.unknown("an expression without an end")
            if depth == 0 and (parts if once else True) and ends(token):
                break
            if token.start > last:
                parts.append(" ")
            if self.at("EXISTS") or (self.at("NOT") and self.peek(1).text.upper() == "EXISTS"):
                positive = self.take().text.upper() == "EXISTS"
                if not positive:
                    self.take()
                self.fresh += 1
                name = f"exists_{self.fresh}"
                exists.append((name, self.group()))
                parts.append(f"?{name}" if positive else f"(!?{name})")
                last = self.tokens[self.place - 1].end
                continue
            self.take()
            last = token.end
            depth += (token.text == "(") - (token.text == ")") if token.kind == "other" else 0
            if token.kind == "variable":
                names.add(token.text[1:])
                parts.append("?" + token.text[1:])
            else:
                parts.append(f"<{self.expanded(token.text)}>" if token.kind == "name" else token.text)
        return Expression("".join(parts).strip(), frozenset(names), tuple(exists))

    def values(self) -> Values:
        single = self.peek().kind == "variable"
        names = []
        if single:
            names.append(self.take().text[1:])
        else:
            self.expect("(")
            while not self.at(")"):
                names.append(self.take().text[1:])
            self.take()
        self.expect("{")
        rows: list[tuple[Value | None, ...]] = []
        while not self.at("}"):
            if single:
                rows.append((self.datum(),))
            else:
                self.expect("(")
                row = []
                while not self.at(")"):
                    row.append(self.datum())
                self.take()
                rows.append(tuple(row))
        self.take()
        return Values(tuple(names), tuple(rows))

    def datum(self) -> Value | None:
        if self.at("UNDEF"):
            self.take()
            return None
        value = self.value(self.take())
        if value is None:
            raise self.unknown("a variable in VALUES")
        return value

    def select(self) -> Select:
        distinct = self.at("DISTINCT", "REDUCED")
        if distinct:
            self.take()
        columns: list[Column] = []
        everything = self.at("*")
        if everything:
            self.take()
        while self.peek().kind == "variable" or self.at("("):
            if self.at("("):
                columns.append(self.computed())
            else:
                columns.append(Column(self.take().text[1:]))
        where = self.where()
        if everything:
            columns = [Column(n) for n in sorted(variables(where)) if not n.startswith("/")]
        grouped: list[str] = []
        extra: list[Element] = []
        having, limited = "", False
        while self.peek().kind != "end" and not self.at("}"):
            word = self.take().text.upper()
            if word == "GROUP":
                self.expect("BY")
                while self.peek().kind == "variable" or self.at("("):
                    if self.at("("):
                        extra.append(self.bind())
                        grouped.append(extra[-1].name)  # type: ignore[union-attr]
                    else:
                        grouped.append(self.take().text[1:])
            elif word == "VALUES":
                extra.append(self.values())
            else:
                start = self.place
                while self.peek().kind != "end" and not self.at("}") and not (self.at(*_ENDS) and self.place > start):
                    if self.at("("):
                        self.skip()
                    else:
                        self.take()
                limited = limited or word in ("LIMIT", "OFFSET")
                if word == "HAVING":
                    having = self.text[self.tokens[start].start : self.tokens[self.place - 1].end]
        return Select(tuple(columns), tuple(grouped), Group((*where.elements, *extra)) if extra else where, distinct, having, limited)

    def skip(self) -> None:
        depth = 0
        while True:
            token = self.take()
            depth += (token.text == "(") - (token.text == ")") if token.kind == "other" else 0
            if depth == 0 or token.kind == "end":
                return

    def computed(self) -> Column:
        self.expect("(")
        function, distinct, value = "", False, None
        if self.peek().text.upper() in _AGGREGATES and self.peek(1).text == "(":
            start = self.place
            function = self.take().text.upper()
            self.take()
            if self.at("DISTINCT"):
                distinct = True
                self.take()
            if self.at("*"):
                self.take()
            else:
                value = self.expression(lambda t: t.kind == "other" and t.text in ");")
            while not self.at(")"):
                self.take()
            self.take()
            if not self.at("AS"):  # an expression over counts, such as SUM(?a) / SUM(?b)
                self.place, function, distinct, value = start, "EXPRESSION", False, None
        if value is None and not (function and function != "EXPRESSION"):
            value = self.expression(lambda t: t.kind == "word" and t.text.upper() == "AS")
            if not function and any(t.kind == "word" and t.text.upper() in _AGGREGATES for t in tokens(value.text)):
                function = "EXPRESSION"
        self.expect("AS")
        name = self.take().text[1:]
        self.expect(")")
        return Column(name, function, distinct, value)


def _flat(select: Select) -> Element:
    """A SELECT of nothing but VALUES is VALUES."""
    only = select.where.elements
    if len(only) == 1 and isinstance(only[0], Values) and not select.counts and tuple(c.name for c in select.columns) == only[0].names:
        return only[0]
    return select


__all__ = ["read_construct", "read_group", "read_select"]
