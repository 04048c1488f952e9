"""Tokens of SPARQL in, terms and triple patterns out; paths are taken apart into patterns. Knows no groups and no expressions."""

from __future__ import annotations

import re

from boundwork.derivations.patterns import Closure, Element, Group, Pattern, Term, Union, Var
from boundwork.errors import InputError
from boundwork.queries.tokens import Token, tokens
from boundwork.stores.answer import XSD, Value
from boundwork.terms import RDF_TYPE

_END = Token("end", "", 0)


class Cursor:
    """A place in a query's tokens, the prefixes read so far, and what can be read from there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokens(text))
        self.place = 0
        self.prefixes: dict[str, str] = {}
        self.fresh = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return the token at this place, or some places on, without moving."""
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else _END

    def take(self) -> Token:
        """Return the token at this place and move on."""
        token = self.peek()
        self.place += 1
        return token

    def at(self, *words: str) -> bool:
        """True when one of these words or signs stands here."""
        token = self.peek()
        return token.kind in ("word", "other") and token.text.upper() in words

    def expect(self, word: str) -> None:
        """Move past a word or sign that must stand here."""
        if not self.at(word):
            raise self.unknown(f"'{self.peek().text}' where {word} is expected")
        self.take()

    def unknown(self, what: str) -> InputError:
        """Return the error for what cannot be run backwards."""
        return InputError(f"The pattern holds what cannot be run backwards: {what}.", "Write it with triple patterns, FILTER, BIND, OPTIONAL or UNION.")

    def new(self) -> Var:
        """Return a variable that stands in no text."""
        self.fresh += 1
        return Var(f"/{self.fresh}")

    def prologue(self) -> None:
        """Read the PREFIX lines."""
        while self.at("PREFIX", "BASE"):
            if self.take().text.upper() == "BASE":
                raise self.unknown("BASE")
            name, namespace = self.take(), self.take()
            self.prefixes[name.text[:-1]] = namespace.text[1:-1]

    def triples_until_brace(self, elements: list[Element]) -> None:
        """Read triples up to a closing brace."""
        while not self.at("}"):
            if self.at("."):
                self.take()
            else:
                self.triples(elements)
        self.take()

    def triples(self, elements: list[Element]) -> None:
        """Read one subject with all that is said of it."""
        subject = self.node(elements)
        if not self.at(".", "}"):
            self.properties(subject, elements)

    def properties(self, subject: Term, elements: list[Element]) -> None:
        """Read what is said of a subject."""
        while True:
            path = self.path_alternatives()
            while True:
                self.connect(subject, path, self.node(elements), elements)
                if not self.at(","):
                    break
                self.take()
            if not self.at(";"):
                return
            while self.at(";"):
                self.take()
            if self.at(".", "}", "]") or (self.peek().kind == "word" and self.peek().text != "a"):
                return

    def node(self, elements: list[Element]) -> Term:
        """Read a term, or brackets with what is said of an unnamed thing."""
        if self.at("["):
            self.take()
            node = self.new()
            if not self.at("]"):
                self.properties(node, elements)
            self.expect("]")
            return node
        return self.term()

    def term(self) -> Term:
        """Read a variable or a constant."""
        token = self.take()
        if token.kind == "variable":
            return Var(token.text[1:])
        if token.kind == "name" and token.text.startswith("_:"):
            return Var("/" + token.text)
        value = self.value(token)
        if value is None:
            raise self.unknown(f"'{token.text}'")
        return value

    def value(self, token: Token) -> Value | None:
        """Return the constant that starts with this token, or None."""
        if token.kind == "iri":
            return Value("iri", token.text[1:-1])
        if token.kind == "name":
            return Value("iri", self.expanded(token.text))
        if token.kind == "word" and token.text == "a":
            return Value("iri", RDF_TYPE)
        if token.kind == "word" and token.text.lower() in ("true", "false"):
            return Value("literal", token.text.lower(), XSD + "boolean")
        if token.kind == "other" and token.text in "+-" and self.peek().kind == "number":
            return _number(token.text.replace("+", "") + self.take().text)
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "string":
            text = _unquoted(token.text)
            if self.at("@"):
                self.take()
                lang = self.take().text
                while self.at("-"):
                    self.take()
                    lang += "-" + self.take().text
                return Value("literal", text, "", lang.lower())
            if self.at("^") and self.peek(1).text == "^":
                self.place += 2
                datatype = self.value(self.take())
                assert datatype is not None
                return Value("literal", text, "" if datatype.text == XSD + "string" else datatype.text)
            return Value("literal", text)
        return None

    def expanded(self, name: str) -> str:
        """Return a prefixed name as an IRI."""
        prefix, _, local = name.partition(":")
        if prefix not in self.prefixes:
            raise self.unknown(f"the prefix {prefix}:")
        return self.prefixes[prefix] + local.replace("\\", "")

    def path_alternatives(self) -> list[list[_Step]]:
        """Read a path: a list of ways, each a list of steps."""
        ways = [self.path_sequence()]
        while self.at("|"):
            self.take()
            ways.append(self.path_sequence())
        return ways

    def path_sequence(self) -> list[_Step]:
        """Read one way of a path."""
        steps = [self.path_step()]
        while self.at("/"):
            self.take()
            steps.append(self.path_step())
        return steps

    def path_step(self) -> _Step:
        """Read one step of a path."""
        inverse = self.at("^")
        if inverse:
            self.take()
        ways: list[list[_Step]] | None = None
        term: Term | None = None
        if self.at("("):
            self.take()
            ways = self.path_alternatives()
            self.expect(")")
        elif self.at("!"):
            raise self.unknown("a path with !")
        else:
            term = self.term()
        times = self.take().text if self.at("*", "+", "?") else ""
        return _Step(term, ways, inverse, times)

    def connect(self, subject: Term, ways: list[list[_Step]], target: Term, elements: list[Element]) -> None:
        """Take a path apart into patterns from a subject to a target."""
        if len(ways) > 1:
            branches = []
            for way in ways:
                branch: list[Element] = []
                self.connect(subject, [way], target, branch)
                branches.append(Group(tuple(branch)))
            elements.append(Union(tuple(branches)))
            return
        here = subject
        for number, step in enumerate(ways[0], 1):
            there = target if number == len(ways[0]) else self.new()
            one, other = (there, here) if step.inverse else (here, there)
            if step.times:
                elements.append(Closure(one, tuple(self.simple(step)), other, 1 if step.times == "+" else 0, step.times == "?"))
            elif step.ways is not None:
                self.connect(one, step.ways, other, elements)
            else:
                assert step.term is not None
                elements.append(Pattern(one, step.term, other))
            here = there

    def simple(self, step: _Step) -> list[tuple[Value, bool]]:
        """The properties that a repeated step may take."""
        if isinstance(step.term, Value):
            return [(step.term, False)]
        found = []
        for way in step.ways or []:
            if len(way) != 1 or way[0].times or not isinstance(way[0].term, Value):
                raise self.unknown("a repeated path of several steps")
            found.append((way[0].term, way[0].inverse))
        return found


class _Step:
    """One step of a path: a property or several ways in brackets, perhaps backwards, perhaps repeated."""

    def __init__(self, term: Term | None, ways: list[list[_Step]] | None, inverse: bool, times: str) -> None:
        self.term, self.ways, self.inverse, self.times = term, ways, inverse, times


def _number(text: str) -> Value:
    kind = "double" if "e" in text.lower() else "decimal" if "." in text else "integer"
    return Value("literal", str(int(text)) if kind == "integer" else text, XSD + kind)


_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


def _unquoted(text: str) -> str:
    quote = 3 if text[:3] in ('"""', "'''") else 1
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[quote:-quote], flags=re.S)
