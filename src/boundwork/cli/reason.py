"""boundwork reason: what the OWL reasoner HermiT says of one reading, and whether the rules say the same."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from boundwork.cli.options import add_reading, seconds
from boundwork.cli.output import Cell, Progress, add_format, listing, wrapped
from boundwork.wording import counted

if TYPE_CHECKING:
    from boundwork.explore.reasoned import Reasoned

HELP = "whether a reading holds together, by the OWL reasoner"
DESCRIPTION = """Put the ontology and one reading before the OWL reasoner HermiT: is anything contradictory, can every class have members, and
do the rules of the build find the same members of every defined class as the definitions themselves. A contradiction is explained by
a smallest set of rows and axioms. Needs Java."""
EXAMPLES = """\
examples:
  boundwork reason                        the enclosing study, or the shipped
  boundwork reason mystudy --reading both
  boundwork reason --show members --format csv
  boundwork reason --engine list          what can be used here, and why not
  boundwork reason --time-limit 60 --memory 4000
"""
COLUMNS = ("class", "reasoner", "rules", "same", "only_reasoner", "only_rules")
SHOWN = {"comparison": COLUMNS, "classes": ("class", "above", "inferred", "possible", "members"), "members": ("class", "member", "found_by", "iri")}


def _megabytes(text: str) -> int:
    from boundwork.explore.reasoned import LEAST_MEMORY

    if not text.isascii() or not text.isdigit() or not LEAST_MEMORY <= int(text) <= 10_000_000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of megabytes, such as 2000")
    return int(text)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study")
    add_reading(parser)
    parser.add_argument("--engine", nargs="?", const="list", default="hermit", metavar="NAME",
                        help="hermit (the default), or list: say which reasoners can be used here, and why the others not")
    parser.add_argument("--show", choices=tuple(SHOWN), default="comparison",
                        help="comparison: defined classes, by definition and by the rules; classes: the hierarchy; members: who belongs to which class")
    parser.add_argument("--whole", action="store_true", help="reason over everything at once, not council by council where that is enough")
    parser.add_argument("--memory", type=_megabytes, metavar="MB", help="most memory for Java (default 2000)")
    parser.add_argument("--time-limit", "--timeout", dest="seconds", type=seconds, metavar="S", help="stop after so many seconds")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print what came out; 1 when something contradicts itself or the rules differ from the definitions."""
    from boundwork.explore.reasoned import Limits, reason_over
    from boundwork.project import find_study

    if args.engine != "hermit":
        return _engines(args)
    progress = Progress()
    try:
        found = reason_over(find_study(args.study), args.reading, Limits.of(args.memory, args.seconds), args.whole, progress)
    finally:
        progress.clear()
    notes = _notes(found)
    rows: list[dict[str, Cell]]
    if not found.conclusions.consistent:
        if args.format == "table":
            what = "these rows and axioms" if found.clash else "some rows and axioms"
            _print_clash(found, f"{found.study.id}, reading {found.reading.id}: {what} contradict each other.")
            print("".join(f"\n{wrapped(n)}" for n in notes))
        else:
            rows = [{"kind": c.kind, "says": c.says, "where": c.where, "file": c.file, "line": c.line or None, "row": c.row or None} for c in found.clash]
            listing(rows, ("kind", "says", "where", "file", "line", "row"), args.format, args.raw, notes, "What contradicts each other")
    elif args.show == "comparison" and args.format == "table":
        _page(found, notes)
    else:
        titles = {"comparison": "Members of every defined class", "classes": "Classes, and those right above them", "members": "Members of every class"}
        rows, columns = _listed(found, args.show, args.format in ("table", "md"))
        listing(rows, columns, args.format, args.raw, notes, f"{titles[args.show]}: {found.study.id}, {found.reading.id}")
    return 0 if found.sound else 1


def _listed(found: Reasoned, show: str, narrow: bool) -> tuple[list[dict[str, Cell]], list[str]]:
    """Return rows and columns of a listing; where people read it, some columns are drawn together or left out."""
    columns = list(SHOWN[show])
    if show == "comparison":
        return [_row(found, c.name) for c in found.compared], columns
    if show == "members":
        return [dict(r) for r in found.members()], columns[:-1] if narrow else columns
    rows: list[dict[str, Cell]] = [dict(r) for r in found.hierarchy()]
    if not narrow:
        return rows, columns
    for row in rows:
        new = str(row["inferred"]).split()
        row["above"] = " ".join(f"{c} (inferred)" if c in new else c for c in str(row["above"]).split()) if row["possible"] else "(can have no member)"
    return rows, ["class", "above", "members"]


def _engines(args: argparse.Namespace) -> int:
    """List the reasoners, or say why one that was asked for is not used. Errors: UsageError."""
    from boundwork.errors import UsageError, did_you_mean
    from boundwork.explore.reasoned import available

    engines = available()
    if args.engine == "list":
        listing([dict(r) for r in engines], ("engine", "usable", "version", "remark"), args.format, args.raw)
        return 0
    known = {r["engine"]: r for r in engines}
    if args.engine not in known:
        raise UsageError(f"There is no engine '{args.engine}'.", did_you_mean(args.engine, known) or "See: boundwork reason --engine list")
    raise UsageError(f"Of the engines, {args.engine} is not one to reason with here. {known[args.engine]['remark']}",
                     "Leave --engine out, and HermiT is asked.")


def _print_clash(found: Reasoned, title: str) -> None:
    print(wrapped(title) + "\n")
    for c in found.clash:
        print(wrapped(f"* {c.where}: {c.says}" if c.where else f"* {c.says}{' (by a rule of the codebook)' if c.kind == 'computed' else ''}", "  "))


def _row(found: Reasoned, name: str) -> dict[str, Cell]:
    one = next(c for c in found.compared if c.name == name)
    return {"class": one.name.rsplit("#", 1)[-1], "reasoner": one.reasoner, "rules": one.rules, "same": one.same,
            "only_reasoner": " ".join(map(found.names, one.only_reasoner)), "only_rules": " ".join(map(found.names, one.only_rules))}


def _page(found: Reasoned, notes: list[str]) -> None:
    print(wrapped(f"{found.study.id}, reading {found.reading.id}: nothing contradicts itself.") + "\n")
    if found.conclusions.unsatisfiable:
        print(wrapped("Nothing can belong to: " + ", ".join(sorted(c.rsplit("#", 1)[-1] for c in found.conclusions.unsatisfiable))) + "\n")
        if found.clash_of:
            _print_clash(found, f"Why nothing can belong to {found.clash_of}:")
            print()
    size = max((len(c.name.rsplit("#", 1)[-1]) for c in found.compared), default=0)
    print(f"{'defined class':{size}}  definition  rules")
    for c in found.compared:
        print(f"{c.name.rsplit('#', 1)[-1]:{size}}  {c.reasoner:>10}  {c.rules:>5}{'' if c.same else '  differ'}")
        for label, names in (("only by the definition", c.only_reasoner), ("only by the rules", c.only_rules)):
            if names:
                shown = ", ".join(map(found.names, names[:10]))
                print(wrapped(f"  {label}: {shown}{f' and {len(names) - 10} more' if len(names) > 10 else ''}"))
    print("".join(f"\n{wrapped(n)}" for n in notes))


def _notes(found: Reasoned) -> list[str]:
    said = found.conclusions
    notes = []
    if said.consistent:
        different = [c for c in found.compared if not c.same]
        empty = sum(not c.reasoner and not c.rules for c in found.compared)
        notes.append(f"The rules and the definitions differ in {len(different)} of {len(found.compared)} classes." if different else
                     f"The rules find the same members as the definitions in all {len(found.compared)} defined classes, of which {empty} have none here.")
        impossible = ", ".join(sorted(c.rsplit("#", 1)[-1] for c in said.unsatisfiable))
        notes.append(f"{said.classes} classes, every one of which can have members." if not said.unsatisfiable else
                     f"{said.classes} classes, of which these can have no member: {impossible}.")
        if said.inferred:
            pairs = sorted(f"{low.rsplit('#', 1)[-1]} under {high.rsplit('#', 1)[-1]}" for low, high in said.inferred)
            notes.append(f"Inferred of classes, stated nowhere: {'; '.join(pairs[:12])}{f' and {len(pairs) - 12} more' if len(pairs) > 12 else ''}.")
    elif found.clash:
        notes.append(f"Nothing of this set can be left out; there may be other contradictions. Found in {found.runs} runs of the reasoner. Mend one of the "
                     "rows, then reason again.")
    if found.unfinished:
        notes.append(found.unfinished)
    if found.violations:
        notes.append(f"The tables hold {counted(found.violations, 'violation')}: boundwork validate names them. The reasoner saw what could be read.")
    how = (f"in {said.parts} parts of {found.components} neighbourhoods of councils, which together conclude what the whole concludes" if said.parts > 1
           else f"at once ({found.why_whole})" if found.why_whole else "at once")
    notes.append(f"HermiT, {found.statements:,} statements, {how}; {said.seconds:.1f} s, {said.peak:.0f} MB of Java.")
    return notes


