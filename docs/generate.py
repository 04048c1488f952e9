"""Content and code in, the pages of docs/reference out; with --check, only say which pages are stale.

    python docs/generate.py
    python docs/generate.py --check

Nothing in docs/reference is written by hand: correct the place a page is made from, and run this again.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from markdown_pages import code, page, table
from study_keys import STUDY_KEYS

from boundwork import project, rules, shacl
from boundwork.cli import main as command_line
from boundwork.explore.ontology_gate import read_checks
from boundwork.linking.contract import COUNCIL_COLUMNS
from boundwork.linking.decisions import COLUMNS as CANDIDATES
from boundwork.linking.figures import COLUMNS as FIGURES
from boundwork.linking.figures import About
from boundwork.pipeline.inputs import load_vocabulary, ontology_files
from boundwork.queries.stored import StoredQuery, read_query
from boundwork.stores.local import read_rdf
from boundwork.tables import studyfile
from boundwork.tables.schema import TABLES, Column
from boundwork.terms import BW, CODE, Term, Vocabulary, compact

ROOT = project.content_root()
FOLDER = Path(__file__).resolve().parent / "reference"
_OWL = "http://www.w3.org/2002/07/owl#"


def link(path: Path) -> str:
    """Return a link from a page of docs/reference to a file of the repository."""
    name = path.relative_to(ROOT).as_posix()
    return f"[{name}](../../{name})"


def _takes(column: Column) -> str:
    what = {
        "id": "a short name", "integer": "whole number", "sha256": "64 hexadecimal digits", "path": "path relative to the study",
        "coder": "a coder of study.toml", "wave": "a wave of study.toml", "version": "version of a codebook", "actor": "id of a council or of the field",
        "ref": f"id in {column.refers}.csv", "word": " or ".join(map(code, column.words)),
        "code": "any code" if column.code_class == "*" else f"a code of class [{column.code_class}](terms.md#bw{column.code_class.lower()})",
    }.get(column.kind, "text")
    return what + ("; several, with `;` between them" if column.many else "") + ("; or `?`" if column.undecidable else "")


def tables_page() -> str:
    """Every table and column of a study, and every key of study.toml."""
    known = {name: keys for name, keys in studyfile._KNOWN.items() if name}
    if known.keys() != STUDY_KEYS.keys() or any(known[name] != set(keys) for name, keys in STUDY_KEYS.items()):
        raise SystemExit("docs/study_keys.py and the keys that study.toml may have differ. Describe the new ones.")
    lines = ["A study is a folder with `study.toml` and the tables below.",
             "A table is CSV in UTF-8 with commas and a header; the order of columns and rows is free.",
             "A blank cell means not coded; `?` means looked at and undecided; `;` stands between several values.",
             "`extracts.csv` and `codings.csv` must exist; every other table may be missing.", ""]
    for spec in sorted(TABLES.values(), key=lambda t: list(_ORDER).index(t.name) if t.name in _ORDER else len(_ORDER)):
        lines += [f"## {spec.file}", "", *spec.doc.replace(". ", ".\n").split("\n"), ""]
        lines += table(("column", "takes", "required", "meaning", "becomes"),
                       ((code(c.name), _takes(c), "yes" if c.required else "", c.doc, code(c.property)) for c in spec.columns))
    lines += ["## study.toml", "", "TOML in UTF-8; a key that is not listed here is an error.", ""]
    for name, keys in STUDY_KEYS.items():
        lines += [f"### {name}", "", *table(("key", "meaning"), ((code(k), v) for k, v in keys.items()))]
    return page("Tables of a study", "`boundwork.tables.schema`", lines)


_ORDER = ("councils", "speakers", "sources", "extracts", "codings", "judgements", "claims", "decisions", "codes", "codebook")


def council_tables_page() -> str:
    """The columns of a table of councils that links are made to, and of the tables beside it."""
    lines = ["`boundwork link --to TABLE` takes any CSV table with one row a council, in UTF-8 with commas and a header.",
             "Only `id` and `name` are required; capitals, spaces and hyphens in a column's name do not matter.",
             "`--column OURS=THEIRS` names a column that is called otherwise.", "Other columns are left aside.", ""]
    lines += table(("column", "required", "meaning", "also found as"),
                   ((code(c.name), "yes" if c.required else "", c.doc, ", ".join(map(code, others))) for c, others in COUNCIL_COLUMNS))
    lines += ["## Candidates", "", "What is left to a person: `STUDY/links/SET.candidates.csv`, one row a council and a candidate.",
              f"Columns: {', '.join(map(code, CANDIDATES))}.", "`decision` takes `accept` or `reject`; a decision needs `decided_by` and `date`.",
              "`relation` is `same`, or `successor` where the candidate took over.", "",
              "## Reorganisations", "", "`--successors FILE` adds to those of `data/reference/reorganisations.csv`, with its columns: `event`, `date` "
              "(first day of what took over), `original`, `original_type`, `original_codes`, `resulting`, `resulting_type`, `resulting_codes`, `source`.",
              "Codes are `scheme:code`, with `;` between several.", "",
              "## Figures", "", "`boundwork join` writes `STUDY/figures/SET.csv`, one row a figure, and `SET.toml`, which says what the figures are.",
              f"Columns of the table: {', '.join(map(code, FIGURES))}.",
              f"Keys of the TOML: {', '.join(code(f.name.replace('_', '-')) for f in fields(About))}.", "",
              "## Counts of councils", "", "`boundwork disclosure` reads `data/reference/councils-by-type-and-region.csv`, or the study's "
              "own `reference/councils-by-type-and-region.csv`, or `--counts FILE`: `type`, `region`, `councils`, and, where they are known, "
              "`from`, `until`, `source`.",
              "Any further column is an attribute, such as a rating: a row then counts the councils of that type and region with that value."]
    return page("Tables of councils, figures and counts", "`boundwork.linking`", lines)


def _query(query: StoredQuery) -> Iterator[str]:
    yield f"## {query.slug}"
    yield ""
    yield query.question
    yield ""
    yield "```"
    yield f"boundwork ask {query.slug}"
    yield "```"
    yield ""
    if query.params:
        yield from table(("parameter", "takes", "default", "meaning"),
                         ((code(p.name), code(p.kind), code(p.default or "any"), p.description) for p in query.params.values()))
    if query.columns:
        yield from table(("column", "meaning"), ((code(c), m) for c, m in query.columns.items()))
    if query.note:
        yield f"Note: {query.note}"
        yield ""
    facts = [f"competency question {query.competency}" if query.competency else "", f"tags: {', '.join(map(str, query.header.get('tags') or []))}"]
    yield f"Defined in {link(query.path)}; {'; '.join(f for f in facts if f and not f.endswith(': '))}.".replace("; .", ".")
    yield "Every row can name its evidence (`--evidence`)." if query.evidence else "Its rows have no extracts behind them."
    yield ""


def queries_page() -> str:
    """Every stored question with parameters, columns and caveats."""
    found = sorted((read_query(p) for p in project.content_files("queries/ask", "*.rq")), key=lambda q: (q.competency or 999, q.slug))
    lines = ["A stored question is one file of `queries/ask/`; `boundwork ask NAME` answers it, `--param NAME=VALUE` sets a parameter.",
             "The number is that of the competency question it answers.", ""]
    lines += table(("number", "name", "question"), ((str(q.competency or ""), f"[{q.slug}](#{q.slug})", q.question) for q in found))
    for query in found:
        lines += _query(query)
    return page("Stored questions", "the headers of `queries/ask/`", lines)


def _shapes_of(path: Path, heading: str) -> Iterator[str]:
    yield heading
    yield ""
    said = [line.lstrip("# ").strip() for line in path.read_text(encoding="utf-8").split("\n@prefix", 1)[0].splitlines() if line.startswith("#")]
    yield from said
    yield ""
    yield f"Defined in {link(path)}."
    yield ""
    for info in sorted(shacl.describe(shacl.load_shapes([path])).values(), key=lambda s: s.name):
        place = f"{info.table}.csv, column `{info.column}`" if info.table and info.column else f"{info.table}.csv" if info.table else ""
        yield f"### {info.name}"
        yield ""
        yield f"{info.label[:1].upper()}{info.label[1:]} ({info.severity.word})."
        yield ""
        yield f"- Message: {info.message}"
        if info.why:
            yield f"- Why: {info.why}"
        if place:
            yield f"- Cell to edit: {place}."
        yield ""


def shapes_page() -> str:
    """Every constraint, by file."""
    own = [(p.parent.name, sorted((p.parent / "shapes").glob("*.ttl"))) for p in project.shipped_studies().values() for p in [p / "study.toml"]]
    lines = ["A constraint has a name, a severity and a message that tells the repair.",
             "`boundwork validate` checks them all; `boundwork explain NAME` shows one with the examples that break it.",
             "In a message, `{?name}` stands for what was found.", ""]
    for path in project.content_files("shapes", "*.ttl"):
        lines += _shapes_of(path, f"## {path.stem}")
    for study, files in own:
        for path in files:
            lines += _shapes_of(path, f"## {path.stem}, of the study {study}")
    return page("Shapes", "`shapes/` and the shapes of the shipped studies", lines)


def _kind(term: Term) -> str:
    if _OWL + "Class" in term.types:
        return "class"
    return "property" if any(_OWL + f"{kind}Property" in term.types for kind in ("Object", "Datatype", "Annotation")) else ""


def _name(term: Term) -> str:
    return term.iri.rsplit("#", 1)[-1] if term.iri.startswith(BW) else term.iri[len(CODE):]


def _to(prefix: str, name: str) -> str:
    return f"[{name}](#{prefix}{name.lower()})"


def _entry(term: Term, vocabulary: Vocabulary, extra: Iterable[str] = ()) -> Iterator[str]:
    yield f"### {compact(term.iri, vocabulary.prefixes)}"
    yield ""
    yield (term.label or _name(term)) + (f" (also {', '.join(sorted(term.alternatives))})" if term.alternatives else "")
    yield ""
    yield term.definition
    yield ""
    yield from (f"- {fact}" for fact in extra)
    if term.example:
        yield f"- Example: {term.example}"
    if term.source:
        yield f"- Source: {term.source.rstrip('.')}."
    if term.replaced_by:
        yield f"- Replaced by {code(compact(term.replaced_by, vocabulary.prefixes))}."
    yield ""


def terms_page() -> str:
    """Every class, property and code of the ontology."""
    vocabulary = load_vocabulary()
    p = vocabulary.prefixes
    home = {s: path for path in ontology_files() for s, _, _ in read_rdf(path)}
    columns: dict[str, list[str]] = {}
    for spec in TABLES.values():
        for c in spec.columns:
            if c.property:
                columns.setdefault(vocabulary.expand(c.property), []).append(f"{spec.name}.{c.name}")
    named = sorted((t for t in vocabulary.terms.values() if _kind(t) or t.iri.startswith(CODE)), key=lambda t: (_name(t).lower(), t.iri))
    classes = [t for t in named if _kind(t) == "class"]
    properties = [t for t in named if _kind(t) == "property"]
    lines = ["Classes say what a thing can be, properties what can be said of it, codes what stands in the tables.",
             "`boundwork explain NAME` shows any of them, with where it is used.", ""]
    lines += [f"`{p_}:` stands for `{p[p_]}`." for p_ in ("bw", "code")] + ["", "## Classes", ""]
    for t in classes:
        above = sorted(compact(s, p) for s in t.superclasses if s.startswith(BW))
        lines += _entry(t, vocabulary, [f"Narrower than {', '.join(map(code, above))}."] if above else [])
    lines += ["## Properties", ""]
    for t in properties:
        said = sorted(compact(d, p) for d in t.domains if d.startswith(BW))
        extra = [f"Said of {', '.join(map(code, said))}."] if said else []
        extra += [f"Written from {', '.join(map(code, columns[t.iri]))}."] if t.iri in columns else []
        lines += _entry(t, vocabulary, extra)
    lines += ["## Codes", ""]
    by_class: dict[str, list[Term]] = {}
    for t in named:
        if t.iri.startswith(CODE):
            for cls in sorted(c for c in t.types if c.startswith(BW)):
                by_class.setdefault(cls, []).append(t)
    lines += table(("class", "codes"), ((_to("bw", c[len(BW):]), ", ".join(_to("code", _name(t)) for t in ts))
                                        for c, ts in sorted(by_class.items())))
    for t in named:
        if t.iri.startswith(CODE):
            extra = [f"A {', '.join(code(compact(c, p)) for c in sorted(t.types) if c.startswith(BW))}."]
            extra += [f"Narrower than {', '.join(code(compact(b, p)) for b in sorted(t.broader))}."] if t.broader else []
            lines += _entry(t, vocabulary, extra)
    lines += ["## Files", "", *(f"- {link(path)}" for path in sorted(set(home.values()))), ""]
    return page("Terms", "`ontology/`", lines)


def rules_page() -> str:
    """Every derivation rule, by stage."""
    stages = {"codebook": "From the ontology and the codebook alone.", "coding": "One coding at a time.",
              "tally": "Everything about one extract together; counts distinct extracts, so that the counts of partitions add up.",
              "case": "From the counts of whole cases.", "outcome": "What is kept of one reading beside the others."}
    found = rules.read_rules()
    lines = ["A rule is a SPARQL CONSTRUCT; what it makes goes into the inferred graph of the reading it runs over.",
             "Rules of one stage run in the order of their numbers, each once.", "`boundwork explain NAME` shows the SPARQL of a rule.", ""]
    for stage in rules.STAGES:
        lines += [f"## {stage}", "", stages[stage], ""]
        lines += table(("rule", "what it says", "file"), ((code(r.name), r.query.summary, link(r.query.path)) for r in found if r.stage == stage))
    return page("Derivation rules", "`queries/derive/`", lines)


def checks_page() -> str:
    """Every check of the ontology, worst first."""
    lines = ["A check is a query whose rows are problems in an ontology; `boundwork validate --ontology` runs them all.",
             "In a problem, `{?name}` stands for what was found.", ""]
    found = read_checks()
    for severity in sorted({c.severity for c in found}, reverse=True):
        lines += [f"## {severity.word}", ""]
        lines += table(("check", "problem", "repair", "asks like"), ((code(c.slug), c.problem, c.fix, c.source) for c in found if c.severity == severity))
    return page("Checks of the ontology", "the headers of `queries/check/`", lines)


def _option(action: argparse.Action) -> tuple[str, str]:
    shown = action.metavar if isinstance(action.metavar, str) else "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
    names = ", ".join(f"`{o}`" if action.nargs == 0 else f"`{o} {shown}`" for o in action.option_strings) or f"`{shown}`"
    choices = f" One of {', '.join(map(str, action.choices))}." if action.choices and isinstance(action.metavar, str) else ""
    text = (action.help or "") % {"default": action.default}
    return names, text if choices and all(str(c) in text for c in action.choices or ()) else text + choices


def _place(action: argparse.Action) -> str:
    name = _option(action)[0].strip("`")
    return {"?": f"[{name}]", "*": f"[{name} ...]"}.get(str(action.nargs), f"({name})" if "|" in name else name)


def commands_page() -> str:
    """Every command with its options, independent of the width of a terminal and of Python's version."""
    top = command_line.parser()
    verbs = next(a for a in top._actions if isinstance(a, argparse._SubParsersAction))
    lines = [top.description or "", "", "Results go to standard output, talk and progress to standard error.",
             (top.epilog or "").split("\n\n", 1)[1].strip().replace("exit status:", "Exit status:"), "",
             "STUDY is a folder with `study.toml`, or the name of a shipped study.",
             "Left out, it is the study that encloses the current folder, else `regulating-public-services`.",
             "`boundwork COMMAND --help` says the same as this page.", ""]
    helps = {c.dest: c.help or "" for c in verbs._choices_actions}
    lines += table(("command", "what it does"), ((f"[{v}](#{v})", helps.get(v, "")) for v in verbs.choices))
    lines += ["Options of every command:", "", *table(("option", "meaning"), (_option(a) for a in top._actions if a.option_strings))]
    for verb, sub in verbs.choices.items():
        usage = [_place(a) for a in sub._actions if not a.option_strings]
        lines += [f"## {verb}", "", *(line.strip() for line in (sub.description or "").replace(". ", ".\n").splitlines()), ""]
        lines += ["```", " ".join(["boundwork", verb, "[options]", *usage]), "```", ""]
        lines += table(("argument or option", "meaning"), (_option(a) for a in sub._actions if a.help != argparse.SUPPRESS and a.dest != "help"))
        examples = [line.strip() for line in (sub.epilog or "").splitlines()[1:] if line.strip()]
        lines += ["```", *examples, "```", ""] if examples else []
    return page("Commands", "the command line itself", lines)


def _gives(key: str, modules: Sequence[str]) -> str:
    """Return what a reader fills of the record, from what its modules import of it; of a table, from the roles that its columns play."""
    import ast

    from boundwork.readers.layouts import BY_FORMAT

    found = {"users"}
    if key == "nvivo-text" or key in BY_FORMAT:
        roles = {"group"} if key == "nvivo-text" else set(BY_FORMAT[key].headers)
        by_role = (("coder", "users"), ("case", "cases"), ("group", "groups"))
        found = {"codes", "sources", "selections", "codings", *(kind for role, kind in by_role if role in roles)}
        found |= {"variables", "attributes"} if key != "nvivo-text" else set()
        modules = ()
    for module in modules:
        tree = ast.parse((ROOT / "src" / "boundwork" / "readers" / f"{module}.py").read_text(encoding="utf-8"))
        found |= {f"{alias.name.lower()}s" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "boundwork.readers.record"
                  for alias in node.names}
    order = ("users", "codes", "sources", "selections", "codings", "variables", "attributes", "cases", "groups", "memos", "links")
    return ", ".join(kind for kind in order if kind in found)


def formats_page() -> str:
    """Return the page of the projects that can be read."""
    from boundwork.readers import FORMATS, limits
    from boundwork.readers.facts import FACTS
    from boundwork.readers.layouts import LAYOUTS
    from boundwork.readers.refi_selections import WRITERS

    lines = ["A file is told by its content, not by its name.",
             "Every reader fills the same record, and counts what it could not place: nothing is dropped silently.",
             "Inside, characters are code points of the source's text, counted from 0, the end excluded.", ""]
    lines += table(("format", "reads", "characters from", "coder", "gives"), (
        (f"`{key}`", words, FACTS[key].characters, FACTS[key].coder, _gives(key, FACTS[key].modules)) for key, words in FORMATS.items()))
    lines += ["## Never read", ""]
    lines += table(("format", "what"), ((f"`{key}`", facts.never) for key, facts in FACTS.items() if facts.never))
    lines += ["## Conventions of QDPX by writer", "",
              "Names and quotes decide first, then which convention keeps inside the texts, then, for writers that were never measured, the edges of words.",
              "What is still level is decided by the first convention of the row, and the report says so.", ""]
    lines += table(("origin holds", "conventions, the declared one first", "measured"), (
        (word or "anything else", "; ".join(f"{c.words}, line ends {c.line_ends}" if not c.crlf_is_one else f"{c.words}, {c.line_ends}" for c in tried),
         "yes" if measured else "no") for word, tried, measured in WRITERS))
    lines += ["## Headers of tables", "", "The first name that a sheet has is taken; `--column` names any other.", ""]
    for layout in LAYOUTS:
        lines += [f"### `{layout.format}`", ""]
        lines += table(("role", "headers"), ((f"`{role}`", ", ".join(names)) for role, names in layout.headers.items()))
    lines += ["## Limits", "", "A file beyond these is refused in one line.", ""]
    source = Path(limits.__file__).read_text(encoding="utf-8")
    lines += table(("limit", "most"), (
        (words, f"{getattr(limits, name):,}") for name, words in re.findall(r'^(MOST_\w+) = .*\n"""(.*?)"""', source, re.MULTILINE)))
    return page("Formats of projects", "the readers", lines)


PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables_page, "queries.md": queries_page, "shapes.md": shapes_page, "terms.md": terms_page, "rules.md": rules_page, "checks.md": checks_page,
    "commands.md": commands_page, "council-tables.md": council_tables_page, "formats.md": formats_page,
}


ELSEWHERE = {"axiom-mutations.md"}
"""Pages of the folder that another program writes: tests/content/mutate_axioms.py, because that takes minutes and a Java."""


def stale(folder: Path = FOLDER) -> list[str]:
    """Return the pages that are missing, differ from what would be written now, or that nothing writes."""
    wrong = [name for name, make in PAGES.items() if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != make()]
    return wrong + sorted(p.name for p in folder.glob("*.md") if p.name not in PAGES and p.name not in ELSEWHERE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check them; 1 when a page is stale."""
    parser = argparse.ArgumentParser(description="Write the pages of docs/reference from the content and the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a page is stale")
    if parser.parse_args(arguments).check:
        wrong = stale()
        for name in wrong:
            print(f"docs/reference/{name} is stale. Run: python docs/generate.py", file=sys.stderr)
        return 1 if wrong else 0
    FOLDER.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
