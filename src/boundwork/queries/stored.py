"""One .rq file = a question, typed parameters, the SPARQL that answers it, its caveats, and how to find the evidence of a row."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from boundwork.errors import InputError, UsageError, did_you_mean
from boundwork.files import atomic
from boundwork.project import cache_root, content_files
from boundwork.queries.tokens import query_form, values_blocks

ANY = "any"
"""The value of a parameter that leaves it open."""
_HEADER_KEYS = {"summary", "question", "competency", "tags", "params", "note", "evidence", "open", "columns", "key", "stage",
                "problem", "severity", "fix", "source"}


@dataclass(frozen=True)
class Parameter:
    """A typed parameter: exactly one of `cls` (a class whose members are allowed), `datatype` and `choices` is set."""

    name: str
    description: str
    default: str | None
    cls: str = ""
    datatype: str = ""
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What may be given, in a few words."""
        return self.cls or self.datatype or " | ".join(self.choices)


@dataclass(frozen=True)
class StoredQuery:
    """A stored query as read from its file."""

    slug: str
    path: Path
    text: str
    header: dict[str, Any]
    params: dict[str, Parameter] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One line."""
        return str(self.header.get("summary", ""))

    @property
    def question(self) -> str:
        """The question it answers."""
        return str(self.header.get("question", self.summary))

    @property
    def competency(self) -> int | None:
        """Number of the competency question, if it answers one."""
        value = self.header.get("competency")
        return int(value) if value is not None else None

    @property
    def note(self) -> str:
        """What the answer may not be taken for."""
        return " ".join(str(self.header.get("note", "")).split())

    @property
    def evidence(self) -> str:
        """A SPARQL pattern that finds the codings behind a row; empty where rows have none."""
        return str(self.header.get("evidence", "")).strip()

    @property
    def open_columns(self) -> set[str]:
        """Columns that a row may leave blank and still have evidence."""
        return {str(c) for c in self.header.get("open") or []}

    @property
    def key_columns(self) -> list[str]:
        """Columns that say which row is which when two answers are compared; empty where all but numbers do."""
        return [str(c) for c in self.header.get("key") or []]

    @property
    def columns(self) -> dict[str, str]:
        """Column -> what it means."""
        return {str(k): str(v) for k, v in (self.header.get("columns") or {}).items()}

    @cached_property
    def body(self) -> str:
        """The SPARQL without the header lines."""
        return "\n".join(line for line in self.text.splitlines() if not line.startswith("#+")).strip() + "\n"

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE."""
        return query_form(self.body)

    def with_values(self, values: dict[str, list[str]]) -> str:
        """Return the SPARQL with the VALUES block of each given parameter replaced by N-Triples terms; an empty list leaves it open.

        Errors: UsageError for a parameter that the query does not have.
        """
        blocks = values_blocks(self.body)
        edits = []
        for name, terms in values.items():
            if name not in self.params:
                raise UsageError(f"The query {self.slug} has no parameter '{name}'.",
                                 did_you_mean(name, self.params) or (f"It has: {', '.join(self.params)}." if self.params else "It has none."))
            for start, end in blocks[name]:
                edits.append((start, end, f" {' '.join(terms) or 'UNDEF'} "))
        text = self.body
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text


def headers_file() -> Path:
    """Return the file that remembers headers which were asked for, under the text that they were read from."""
    return cache_root() / "headers.json"


def _remembered() -> dict[str, Any]:
    try:
        known = json.loads(headers_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _header(path: Path, head: str, remember: bool) -> Any:
    """Return a header; with `remember`, the next process reads it as JSON, since importing a reader of YAML costs more than most answers."""
    known = _remembered() if remember else {}
    if head in known:
        return known[head]
    import yaml

    try:
        header = yaml.load(head, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    except yaml.YAMLError as error:
        raise InputError(f"{path}: the #+ header is not YAML: {' '.join(str(error).split())}") from None
    if remember:
        with suppress(OSError, TypeError, ValueError):  # a date, say, is no JSON: it is read anew each time
            text = json.dumps({**known, head: header}, ensure_ascii=False)
            if json.loads(text)[head] == header:
                headers_file().parent.mkdir(parents=True, exist_ok=True)
                with atomic(headers_file()) as file:
                    file.write(text.encode())
    return header


def read_query(path: Path, remember: bool = False) -> StoredQuery:
    """Read one .rq file; with `remember`, its header is kept for the next process, as long as the text is the same.

    Errors: InputError naming the file for a header that is not YAML, a parameter without a VALUES block, or a missing question.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from None
    head = "\n".join(line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+"))
    header = _header(path, head, remember)
    if not isinstance(header, dict):
        raise InputError(f"{path}: the #+ header must be lines of the form '#+ question: ...'.")
    for key in header:
        if key not in _HEADER_KEYS:
            raise InputError(f"{path}: the header has an unknown key '{key}'.", did_you_mean(str(key), _HEADER_KEYS))
    for key, kind, what in (("params", dict, "name: {...}"), ("columns", dict, "name: meaning"), ("tags", list, "a list"), ("key", list, "a list"),
                            ("competency", int, "a whole number")):
        if header.get(key) is not None and not isinstance(header[key], kind):
            raise InputError(f"{path}: '{key}' in the header must be {what}.")
    params = {str(n): _parameter(path, str(n), spec) for n, spec in (header.get("params") or {}).items()}
    query = StoredQuery(path.stem, path, text, header, params)
    blocks = values_blocks(query.body)
    for name in params:
        if name not in blocks:
            raise InputError(f"{path}: parameter '{name}' has no block VALUES ?{name} {{ ... }} in the query.")
    return query


def _parameter(path: Path, name: str, spec: Any) -> Parameter:
    if not isinstance(spec, dict) or len({"class", "datatype", "in"} & set(spec)) != 1:
        raise InputError(f"{path}: parameter '{name}' needs exactly one of class, datatype and in.")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise InputError(f"{path}: parameter '{name}' must be lower-case letters, digits and _.")
    if not isinstance(spec.get("in", []), list):
        raise InputError(f"{path}: parameter '{name}': 'in' must be a list.")
    default = spec.get("default")
    return Parameter(name, str(spec.get("description", "")), None if default is None else str(default), str(spec.get("class", "")),
                     str(spec.get("datatype", "")), tuple(str(c) for c in spec.get("in", ())))


def stored_queries(study: Path | None = None, kind: str = "ask") -> dict[str, Path]:
    """Return slug -> file of the stored queries, the study's own included; nothing is read."""
    return {p.stem: p for p in content_files(f"queries/{kind}", "*.rq", study)}


def find_query(slug: str, study: Path | None = None) -> StoredQuery:
    """Return the stored query of this name; an unknown name gets the nearest one."""
    known = stored_queries(study)
    if slug not in known:
        raise UsageError(f"There is no stored query '{slug}'.", did_you_mean(slug, known) or "See: boundwork queries")
    return read_query(known[slug], remember=True)


def uses(query: StoredQuery, names: set[str]) -> set[str]:
    """Return those of the prefixed names that the query mentions."""
    from boundwork.queries.tokens import tokens

    return names & {t.text for t in tokens(query.body) if t.kind in ("name", "iri")}
