"""boundwork sparql: any SPARQL 1.1 query on the graph of one reading."""

from __future__ import annotations

import argparse
import sys

from boundwork.cli.options import add_endpoint, add_reading, add_study, add_timeout
from boundwork.cli.output import GRAPHS, RESULTS

HELP = "run a SPARQL query"
DESCRIPTION = ("Run any SPARQL 1.1 query. Every prefix of ontology/prefixes.ttl is known. The graph is only read, and no server is called but one that is "
               "named with --endpoint or --federate.")
EXAMPLES = """\
examples:
  boundwork sparql 'SELECT ?council ?type { ?council bw:councilType ?type }'
  boundwork sparql -f question.rq --format srj
  echo 'ASK { ?case a bw:HybridExpertiseCase }' | boundwork sparql -
  boundwork sparql 'DESCRIBE code:expertise' --format turtle
  boundwork sparql -f question.rq --endpoint https://example.org/sparql
  boundwork sparql -f both.rq --federate https://example.org/sparql
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("query", nargs="?", metavar="QUERY", help="the query, or - to read it from standard input")
    parser.add_argument("-f", "--file", metavar="FILE", help="read the query from a file")
    add_reading(parser)
    add_timeout(parser)
    add_endpoint(parser)
    parser.add_argument("--federate", action="append", default=[], metavar="URL",
                        help="let SERVICE <URL> { ... } in the query ask that server (an address, or a name in endpoints.toml); again for a second one")
    add_study(parser)
    parser.add_argument("--format", choices=(*RESULTS, *GRAPHS), metavar="FORMAT",
                        help=f"SELECT and ASK: {', '.join(RESULTS)} (default table); CONSTRUCT and DESCRIBE: {', '.join(GRAPHS)} (default turtle)")
    parser.add_argument("--raw", action="store_true", help="csv and tsv: leave cells that start with = + - @ as they are")


def run(args: argparse.Namespace) -> int:
    """Run the query and print its answer; 1 for a false ASK."""
    from boundwork.cli.options import limit_of, read_text, session
    from boundwork.cli.output import listing, reader_note, wrapped
    from boundwork.errors import UsageError
    from boundwork.pipeline.inputs import prefixes
    from boundwork.stores.answer import Triples, Truth, Value
    from boundwork.terms import compact

    if (args.query is None) == (args.file is None):
        raise UsageError("Give one query: as an argument, with -f FILE, or with - from standard input.")
    text = read_text(args.file) if args.file else read_text("-") if args.query == "-" else args.query
    if args.federate and args.endpoint:
        raise UsageError("--federate joins other servers with the study that is here, so --endpoint does not go with it.", "Leave one of them out.")
    opened = session(args, remote=bool(args.federate))
    if args.federate:
        from boundwork.cli.output import Progress
        from boundwork.explore.federating import federate

        progress = Progress()
        joined = federate(opened, text, args.federate, limit_of(args), args.max_age, progress)
        progress.clear()
        answer = joined.answer
        for note in joined.notes:
            reader_note(wrapped(note))
    else:
        answer = opened.sparql(text)
        for note in opened.distant.last() if opened.distant else ():
            reader_note(wrapped(note))
    if isinstance(answer, Triples):
        from boundwork.explore.results import graph_text

        form = args.format or "turtle"
        if form not in GRAPHS:
            raise UsageError(f"A graph cannot be written as {form}.", f"Use one of {', '.join(GRAPHS)}.")
        sys.stdout.buffer.write(graph_text(answer.lines, form))
        return 0
    form = args.format or "table"
    if form not in RESULTS:
        raise UsageError(f"A table cannot be written as {form}.", f"Use one of {', '.join(RESULTS)}.")
    truth = answer.value if isinstance(answer, Truth) else None
    if form in ("srj", "srx"):
        from boundwork.cli.results import write_results

        write_results([] if isinstance(answer, Truth) else answer.variables, [] if isinstance(answer, Truth) else answer.rows, truth, form)
        return 0 if truth in (None, True) else 1
    if isinstance(answer, Truth):
        listing([{"answer": answer.value}], ["answer"], form, args.raw)
        return 0 if answer.value else 1
    known = prefixes()
    short = form in ("table", "md", "html")

    def cell(value: Value | None) -> str | int | float | bool | None:
        if value is None:
            return None
        return compact(value.text, known) if short and value.kind == "iri" else value.plain

    rows = [{n: cell(v) for n, v in zip(answer.variables, row, strict=True)} for row in answer.rows]
    listing(rows, answer.variables, form, args.raw)
    return 0


