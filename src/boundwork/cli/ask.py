"""boundwork ask: a stored question, its answer, its caveats, and the extracts under each row."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from boundwork.cli.options import add_endpoint, add_reading, add_studies, add_timeout
from boundwork.cli.output import RESULTS, Cell, add_format
from boundwork.cli.whyprint import add_most

if TYPE_CHECKING:
    from boundwork.explore.answers import AskResult, EvidenceRow
    from boundwork.explore.session import Session

HELP = "answer a stored question"
DESCRIPTION = "Answer a stored question (see: boundwork queries). Every answer names its reading and what it may not be taken for."
EXAMPLES = """\
examples:
  boundwork ask hybrid-council-types
  boundwork ask hybrid-council-types --param boundary=competitiveness
  boundwork ask hybrid-council-types --reading reading-2 --evidence
  boundwork ask hybrid-council-types --why
  boundwork ask hybrid-council-types --sensitivity
  boundwork ask hybrid-council-types --format csv > types.csv
  boundwork ask hybrid-council-types --endpoint http://127.0.0.1:7878/query
  boundwork ask hybrid-council-types --study one --study two
  boundwork ask hybrid-council-types --loaded archive
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("slug", metavar="SLUG", help="name of the stored question")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="set a parameter; again for a second value; 'any' leaves it open")
    add_reading(parser)
    parser.add_argument("--evidence", action="store_true", help="list the extracts behind every row")
    parser.add_argument("--why", action="store_true", help="trace every row to the rules, table rows and extracts that it comes from")
    add_most(parser, "with --why, ")
    parser.add_argument("--sensitivity", action="store_true",
                        help="say of every row whether it holds under other readings, without low confidence and without single extracts")
    add_timeout(parser)
    add_endpoint(parser)
    add_studies(parser)
    add_format(parser, RESULTS)


def run(args: argparse.Namespace) -> int:
    """Ask and print; 1 when the question is an ASK and the answer is no."""
    from boundwork.cli.options import session
    from boundwork.cli.output import listing, reader_note

    if args.endpoint and (args.why or args.sensitivity):
        from boundwork.errors import UsageError

        raise UsageError(f"{'--why' if args.why else '--sensitivity'} works on the tables and rules that are here, not on another server.",
                         "Leave out --endpoint.")
    if args.loaded or len(args.study or ()) > 1:
        return _several(args)
    args.study = args.study[0] if args.study else None
    opened = session(args)
    result = opened.ask(args.slug, **_parameters(args.param))
    together = [name for name in ("sensitivity", "evidence", "why") if getattr(args, name)]
    if len(together) > 1:
        from boundwork.errors import UsageError

        raise UsageError(f"--{' and --'.join(together)} cannot be asked for together.", "Ask once with the one and once with the other.")
    if args.why:
        from boundwork.cli.whyprint import print_answer

        return print_answer(opened, result, args.format, args.most or None, args.raw)
    if args.sensitivity:
        from boundwork.cli.sensitivity import print_sensitivity

        print_sensitivity(opened, result, args)
        return 0 if result.truth in (None, True) else 1
    if args.format in ("srj", "srx"):
        from boundwork.cli.results import write_results

        write_results(result.variables, result.rows, result.truth, args.format)
        for line in result.fetched:
            reader_note(line)
        return 0 if result.truth in (None, True) else 1
    if result.truth is not None:
        listing([{"answer": result.truth}], ["answer"], args.format, args.raw, result.notes, result.query.question)
        return 0 if result.truth else 1
    if args.evidence:
        _with_evidence(opened, result, args)
    else:
        listing(result.table, result.variables, args.format, args.raw, result.notes, result.query.question)
    return 0


def _several(args: argparse.Namespace) -> int:
    """Ask several studies and print their rows together, each with its study."""
    from boundwork.cli.output import Progress, listing
    from boundwork.errors import UsageError
    from boundwork.explore.several import ask_several, open_loaded, open_several

    if args.evidence or args.why or args.sensitivity:
        raise UsageError("--evidence, --why and --sensitivity look into one study.", "Ask them of one --study.")
    if args.format in ("srj", "srx"):
        raise UsageError(f"--format {args.format} holds the answer of one study.", "Use json or csv, or ask one --study.")
    progress = Progress()
    names = list(dict.fromkeys(args.study or ()))
    sessions = open_loaded(Path(args.loaded), names, args.reading) if args.loaded else open_several(names, args.reading, args.store, progress)
    found = ask_several(sessions, args.slug, **_parameters(args.param))
    progress.clear()
    columns = found.variables if found.truth is None else [found.column, "answer"]
    listing(found.table, columns, args.format, args.raw, found.notes, found.first.query.question)
    return 0 if found.truth in (None, True) else 1


def _parameters(texts: list[str]) -> dict[str, str | int | bool | list[str | int | bool]]:
    from boundwork.errors import UsageError

    found: dict[str, list[str | int | bool]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"--param takes NAME=VALUE, not '{text}'.")
        found.setdefault(name, []).append(value)
    return dict(found)


def _evidence_row(e: EvidenceRow) -> dict[str, Cell]:
    return {"extract": e.extract, "coding": e.coding, "coder": e.coder, "basis": e.basis, "confidence": e.confidence, "about": e.about,
            "speaker": e.speaker, "where": e.locator, "gist": e.gist, "sha256": e.sha256}


def _with_evidence(opened: Session, result: AskResult, args: argparse.Namespace) -> None:
    import json

    from boundwork.cli.output import listing, reader_note, text_of, width, wrapped
    from boundwork.wording import folded

    most = 20
    found = opened.evidence(result, most)
    if args.format == "json":
        print(json.dumps([{**row, "evidence": [_evidence_row(e) for e in ev[:most]]} for row, ev in zip(result.table, found, strict=True)],
                         ensure_ascii=False, indent=1))
        for note in result.notes:
            reader_note(wrapped(note))
        return
    behind = ["extract", "coding", "coder", "basis", "confidence", "about", "speaker", "where", "gist"]
    if args.format in ("csv", "tsv", "md", "html"):
        names = {c: c if c not in result.variables else f"evidence_{c}" for c in behind}
        flat = [{**row, **{names[c]: _evidence_row(e).get(c) for c in behind}} for row, ev in zip(result.table, found, strict=True) for e in ev[:most]]
        flat += [row for row, ev in zip(result.table, found, strict=True) if not ev]
        listing(flat, [*result.variables, *names.values()], args.format, args.raw, result.notes, result.query.question)
        return
    print(f"{wrapped(result.query.question)}\n")
    table, limit = result.table, width() or 100
    same = {c for c in result.variables if len(table) > 1 and len({row[c] for row in table}) == 1}
    told = "; ".join(f"{c} {text_of(table[0][c])}" for c in result.variables if c in same and table[0][c] is not None)
    print(f"{wrapped(f'In every row: {told}')}\n" if told else "", end="\n" if told else "")
    for row, ev in zip(table, found, strict=True):
        print("\n".join(folded("* " + "; ".join(f"{k} {text_of(v)}" for k, v in row.items() if v is not None and k not in same), limit, "  ")))
        for e in ev[:most]:
            who = " / ".join(x for x in (e.speaker, f"{e.coding}: {e.coder}, {e.basis}, {e.confidence}" if e.coding else "") if x)
            print("\n".join(f"    {line}" for line in folded(f"{e.extract}  {e.locator}  {who}", limit - 4, "    ")))
            if e.gist:
                print("\n".join(f"        {line}" for line in folded(e.gist, limit - 8)))
        if len(ev) > most:
            print(f"    ... and more; only the first {most} are shown.")
        if not ev:
            print("    no extract stands behind this row")
    print("".join(f"\n{wrapped(n)}" for n in result.notes))
