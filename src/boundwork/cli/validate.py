"""boundwork validate: table checks and SHACL -> findings that say what to change in which cell."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "check a study, or RDF files, against the shapes"
DESCRIPTION = "Check the tables of a study, and its graph against the SHACL shapes; or check RDF files. Findings name file, line, column and repair."
EXAMPLES = """\
examples:
  boundwork validate                         the enclosing study, or the shipped
  boundwork validate mystudy --fail-on warning
  boundwork validate data.ttl --shapes s.ttl any RDF files, any shapes
  boundwork validate --format sarif > findings.sarif
"""
FORMATS = ("text", "json", "csv", "html", "sarif", "junit", "github")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", nargs="*", metavar="STUDY|FILE", help="one study, or one or more RDF files")
    parser.add_argument("--shapes", action="append", metavar="FILE", help="use these shapes instead of the shipped ones (file or folder; again for more)")
    parser.add_argument("--fail-on", choices=("violation", "warning", "info"), default="violation", help="least severity that makes the exit status 1")
    parser.add_argument("--least", choices=("violation", "warning", "info"), default="info", help="least severity that is shown")
    parser.add_argument("--format", choices=FORMATS, default="text", metavar="FORMAT", help=f"one of {', '.join(FORMATS)}")
    parser.add_argument("--raw", action="store_true", help="csv: leave cells that start with = + - @ as they are")


def run(args: argparse.Namespace) -> int:
    """Validate and print the findings; 1 when one is at least as bad as --fail-on."""
    from boundwork.cli.output import Progress, listing, reader_note, width
    from boundwork.explore import reports
    from boundwork.explore.validation import rdf_files, validate_files, validate_study
    from boundwork.findings import Finding, Severity
    from boundwork.project import find_study

    progress = Progress()
    shapes = rdf_files(args.shapes) if args.shapes else None
    if args.what and (len(args.what) > 1 or Path(args.what[0]).suffix.lower() in (".ttl", ".nt", ".nq", ".trig", ".turtle", ".jsonld", ".rdf", ".xml", ".owl")):
        report = validate_files([Path(w) for w in args.what], shapes)
    else:
        report = validate_study(find_study(args.what[0] if args.what else None), shapes, progress)
    progress.clear()
    least = Severity.parse(args.least)
    found = [f for f in report.sorted() if f.severity >= least]
    columns = list(Finding(Severity.INFO, "", "").as_row())
    if args.format == "text":
        if found:
            print(reports.as_text(found, width() or 100) + "\n")
        print(reports.summary(report))
    elif args.format in ("json", "csv"):
        listing([dict(f.as_row()) for f in found], columns, args.format, args.raw)
    elif args.format == "html":
        listing([dict(f.as_row()) for f in found], columns, "html", title=f"boundwork validate: {reports.summary(report)}")
    else:
        print({"sarif": reports.as_sarif, "junit": reports.as_junit, "github": reports.as_github}[args.format](found))
    if args.format not in ("text", "html"):
        reader_note(reports.summary(report))
    return 1 if report.reaches(Severity.parse(args.fail_on)) else 0
