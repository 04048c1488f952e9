"""The stored checks and the OWL 2 DL profile on ontology files -> a report whose findings point at the line that defines the term.

A check is a query of queries/check/, whose rows are problems; nothing here knows what any of them asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from boundwork.errors import InputError, did_you_mean
from boundwork.explore import owl_profile
from boundwork.explore.explanation import place
from boundwork.findings import Finding, Report, Severity
from boundwork.pipeline.inputs import NOT_REASONED, prefixes
from boundwork.project import content_files, content_root, shipped_studies
from boundwork.queries.stored import read_query, stored_queries
from boundwork.queries.turtle import Places, places
from boundwork.stores.answer import Rows, Value
from boundwork.stores.local import LocalStore, n_triples
from boundwork.terms import BASE, GRAPH, RDF_TYPE, compact, iri, read_prefixes

TURTLE = (".ttl", ".turtle")
_OWL = "http://www.w3.org/2002/07/owl#"
_IS_DEFINED_BY = iri("http://www.w3.org/2000/01/rdf-schema#isDefinedBy")
_SPACES = tuple(iri(p) for p in ("http://purl.org/vocab/vann/preferredNamespaceUri", "http://rdfs.org/ns/void#uriSpace"))
_WRITTEN = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"']+")
_SLOT = re.compile(r"\{\?(\w+)\}")
_KEYS = ("summary", "problem", "severity", "fix", "source")


@dataclass(frozen=True)
class Check:
    """One stored check: what is wrong where it has a row, how bad that is, the repair in words, and which tools ask the same."""

    slug: str
    path: Path
    summary: str
    problem: str
    severity: Severity
    fix: str
    source: str
    query: str


def read_check(path: Path) -> Check:
    """Read one check.

    Errors: InputError naming the file for a header without all of its keys, or a severity that does not exist.
    """
    stored = read_query(path)
    said = {key: " ".join(str(stored.header.get(key) or "").split()) for key in _KEYS}
    for key in _KEYS:
        if not said[key]:
            raise InputError(f"{path}: the #+ header of a check needs the key '{key}'.", f"It has: {', '.join(stored.header) or 'none'}.")
    words = [s.word for s in Severity]
    if said["severity"] not in words:
        raise InputError(f"{path}: '{said['severity']}' is no severity.", did_you_mean(said["severity"], words) or f"One of: {', '.join(words)}.")
    if stored.form != "SELECT" or not re.search(r"\?term\b", stored.body):
        raise InputError(f"{path}: a check is a SELECT whose rows name a ?term.")
    return Check(path.stem, path, said["summary"], said["problem"], Severity.parse(said["severity"]), said["fix"], said["source"], stored.body)


def read_checks(study: Path | None = None) -> list[Check]:
    """Return the shipped checks and the study's own, by name."""
    return [read_check(path) for _, path in sorted(stored_queries(study, "check").items())]


@dataclass
class Gathered:
    """Ontology files as one graph: what they say, and for each term rdfs:isDefinedBy the file that declares it."""

    files: list[Path]
    """The files under check; a file's IRI in the graph is `named`."""
    aside: list[Path] = field(default_factory=list)
    """Files that the others lean on; what is wrong in them is not reported."""
    lines: list[str] = field(default_factory=list)
    terms: dict[str, list[Path]] = field(default_factory=dict)

    @cached_property
    def named(self) -> dict[str, Path]:
        """IRI of a file -> the file."""
        return {f"{GRAPH}file/{n}/{re.sub(r'[^A-Za-z0-9._-]', '-', p.name)}": p for n, p in enumerate([*self.files, *self.aside], 1)}

    @property
    def facts(self) -> list[str]:
        """Which file declares which term, as N-Triples lines."""
        names = {path: name for name, path in self.named.items()}
        return [f"{iri(term)} {_IS_DEFINED_BY} {iri(names[path])} ." for term, where in self.terms.items() for path in where]

    @property
    def data(self) -> bytes:
        """All that a check can see, as N-Triples."""
        return "".join(f"{line}\n" for line in (*self.lines, *self.facts)).encode()


def gather(files: Iterable[Path], aside: Iterable[Path] = ()) -> Gathered:
    """Read ontology files; of the shipped alignments, which nobody reasons over, the header alone.

    Errors: InputError for a file that is missing, does not parse, or holds no statement about any term.
    """
    found = Gathered([p for p in files if not _is_prefix_list(p)], list(aside))
    by_file: dict[Path, list[tuple[str, str, str]]] = {}
    for number, path in enumerate(found.named.values()):
        said = [_split(line) for line in n_triples(path, f"o{number}x")]
        if path.name in NOT_REASONED and _is_shipped(path):
            said = _header(said)
        by_file[path] = [t for t in said if t[1] != _IS_DEFINED_BY]
    spaces = set(_spaces(t for said in by_file.values() for t in said))
    declared = {path: _declared(said) for path, said in by_file.items()}
    everything = {t for terms in declared.values() for t in terms}
    if not any(t.startswith(tuple(spaces)) for t in everything):
        spaces = {""}  # the files name no namespace of their own: all is theirs but what belongs to vocabularies that are known
    outside = tuple(n for n in prefixes().values() if not n.startswith(BASE))
    for path, said in by_file.items():
        found.lines += [" ".join(t) + " ." for t in said]
        for term in declared[path]:
            if term.startswith(tuple(spaces)) and (spaces != {""} or not term.startswith(outside)):
                found.terms.setdefault(term, []).append(path)
    if not found.terms:
        raise InputError(f"No term is declared in {', '.join(p.name for p in found.files) or 'no file'}.",
                         "Give the files of an ontology: classes, properties, codes.")
    return found


def check_study(folder: Path) -> tuple[Report, list[str]]:
    """Return the findings on the shipped ontology, and notes on what could not be looked at.

    Where a user's study has an ontology of its own, the findings are on that one, and the shipped one stands behind it.
    """
    own = sorted((folder / "ontology").glob("*.ttl")) if folder not in shipped_studies().values() else []
    shipped = content_files("ontology", "*.ttl", None if own else folder)
    return _report(gather(own, [p for p in shipped if not _is_prefix_list(p)]) if own else gather(shipped), read_checks(folder))


def check_files(paths: list[Path], study: Path | None = None) -> tuple[Report, list[str]]:
    """Return the findings on ontology files; the shipped ontology stands behind them where they use a term of it that they do not declare."""
    alone = gather(paths)
    used = {name for line in alone.lines for name in re.findall(rf"<({re.escape(BASE)}(?:ontology#|code/|scheme/)[^>]+)>", line)}
    given = {p.resolve() for p in paths}
    behind = [p for p in content_files("ontology", "*.ttl") if p.name not in NOT_REASONED and p.resolve() not in given]
    return _report(gather(paths, behind) if used - set(alone.terms) else alone, read_checks(study))


def answers(gathered: Gathered, checks: Iterable[Check]) -> Iterator[tuple[Check, dict[str, Value]]]:
    """Yield every row of every check, with the columns that are bound.

    Errors: InputError naming the file for a check that does not run.
    """
    store = LocalStore.memory()
    store.load(gathered.data)
    for check in checks:
        try:
            found = store.query(check.query)
            assert isinstance(found, Rows)
            for row in found.rows:
                yield check, {name: value for name, value in zip(found.variables, row, strict=True) if value is not None}
        except InputError as error:
            raise InputError(f"{check.path}: {error.message}", error.hint) from None


def facts_of(slug: str, study: Path | None = None) -> list[tuple[str, str]]:
    """Return what is known of a check, as (name, value), or nothing where no check has this name."""
    if slug == owl_profile.RULE:
        return [("check", "Ontologies outside OWL 2 DL, for which a reasoner gives no warrant"), ("severity", Severity.VIOLATION.word),
                ("asks like", "py-horned-owl's profile check, which `boundwork validate --ontology` calls"), ("command", "boundwork validate --ontology")]
    path = stored_queries(study, "check").get(slug)
    if path is None:
        return []
    check = read_check(path)
    example = path.parent / "invalid" / f"{slug}.ttl"
    return [("check", check.summary), ("severity", check.severity.word), ("problem", check.problem), ("fix", check.fix), ("asks like", check.source),
            ("defined in", place(path)), ("caught in", place(example) if example.is_file() else ""), ("command", "boundwork validate --ontology"),
            ("sparql", check.query)]


def _report(gathered: Gathered, checks: list[Check]) -> tuple[Report, list[str]]:
    names = dict(prefixes())
    for path in gathered.files:
        if path.suffix in TURTLE:
            names = read_prefixes(path.read_text(encoding="utf-8")) | names
    where = _Where(gathered)
    report = Report(looked_at={"terms": sum(any(p in gathered.files for p in w) for w in gathered.terms.values()), "files": len(gathered.files),
                               "checks": len(checks)})
    for check, row in answers(gathered, checks):
        shown = {name: _text(value, gathered, names) for name, value in row.items()}
        message = _SLOT.sub(lambda m, s=shown: s.get(m[1], ""), f"{check.problem} {check.fix}")  # type: ignore[misc]
        subject = row["term"].text if "term" in row and row["term"].kind == "iri" else ""
        value = next((text for name, text in shown.items() if name != "term"), "")
        report.add(where.finding(check.severity, check.slug, message, subject, value))
    if note := owl_profile.missing():
        return report, [note]
    report.looked_at["checks"] += 1
    for what, term in owl_profile.outside_dl(gathered.lines):
        message = f"{compact(term, names) + ': ' if term else ''}{what}. Mend it, or no reasoner answers for what follows."
        report.add(where.finding(Severity.VIOLATION, owl_profile.RULE, message, term))
    return report, []


class _Where:
    """Finds the file and line of a term, reading each file once and only when something is wrong in it."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self._places: dict[Path, Places] = {}

    def finding(self, severity: Severity, rule: str, message: str, subject: str, value: str = "") -> Iterator[Finding]:
        """The finding, unless it belongs to a file that is not under check."""
        if subject in self.gathered.named:
            path, line = self.gathered.named[subject], 0
        else:
            path, line = self._place(subject)
        if path not in self.gathered.aside:
            yield Finding(severity, rule, message, file=place(path), line=line, value=value, subject=subject)

    def _place(self, subject: str) -> tuple[Path, int]:
        own = self.gathered.terms.get(subject, [])
        order = [*own, *(p for p in (*self.gathered.files, *self.gathered.aside) if p not in own)]
        for kind in ("subjects", "mentions"):
            for path in order:
                if line := getattr(self._of(path), kind).get(subject):
                    return path, line
        return order[0], 0

    def _of(self, path: Path) -> Places:
        if path not in self._places:
            text = path.read_text(encoding="utf-8", errors="replace")
            self._places[path] = places(text, path.resolve().as_uri()) if path.suffix in TURTLE else _named_in(text)
        return self._places[path]


def _named_in(text: str) -> Places:
    """Where IRIs stand in a format that is not Turtle: the first line that has one written out."""
    found = Places()
    for number, line in enumerate(text.splitlines(), 1):
        for name in _WRITTEN.findall(line):
            found.subjects.setdefault(name, number)
    return found


def _split(line: str) -> tuple[str, str, str]:
    subject, predicate, rest = line.split(" ", 2)
    return subject, predicate, rest.removesuffix(" .")


def _header(said: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """What a file says of itself as an ontology, and its declarations of outside terms."""
    heads = {s for s, p, o in said if p == iri(RDF_TYPE) and o == iri(_OWL + "Ontology")}
    return [t for t in said if t[0] in heads or (t[1] == iri(RDF_TYPE) and t[2].startswith(f"<{_OWL}"))]


def _spaces(said: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """The namespaces that files claim: those that they name, and their ontologies' own IRIs."""
    yield BASE
    for subject, predicate, value in said:
        if predicate in _SPACES:
            if match := re.match(r'["<]([^">]+)', value):
                yield match[1]
        elif predicate == iri(RDF_TYPE) and value == iri(_OWL + "Ontology") and subject.startswith("<"):
            yield from (subject[1:-1].rstrip("#/") + mark for mark in "#/")


def _declared(said: Iterable[tuple[str, str, str]]) -> dict[str, None]:
    """The IRIs that get a type, ontologies left out, in the order of the file."""
    return {s[1:-1]: None for s, p, o in said if p == iri(RDF_TYPE) and s.startswith("<") and o != iri(_OWL + "Ontology")}


def _text(value: Value, gathered: Gathered, names: dict[str, str]) -> str:
    if value.kind == "iri":
        return place(gathered.named[value.text]) if value.text in gathered.named else compact(value.text, names)
    if value.kind == "literal" and value.text in gathered.terms:  # an aggregate made a text of a term
        return compact(value.text, names)
    return "[]" if value.kind == "bnode" else value.text


def _is_shipped(path: Path) -> bool:
    return path.resolve().parent == (content_root() / "ontology").resolve()


def _is_prefix_list(path: Path) -> bool:
    return path.name == "prefixes.ttl" and _is_shipped(path)

