"""boundwork validate: table checks and SHACL -> findings that say what to change in which cell."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from boundwork.cli.options import add_engine

if TYPE_CHECKING:
    from boundwork.cli.output import Progress
    from boundwork.explore.working_list import WorkingList
    from boundwork.findings import Report

HELP = "check a study, RDF files or an ontology"
DESCRIPTION = """Check the tables of a study, and its graph against the SHACL shapes; or check RDF files. Findings name file, line, column and repair.
With --ontology, check what words mean instead: the ontology of a study, or ontology files, against queries/check and OWL 2 DL."""
EXAMPLES = """\
examples:
  boundwork validate                          the enclosing study
  boundwork validate mystudy --fail-on warning
  boundwork validate data.ttl --shapes s.ttl  any RDF files, any shapes
  curl -s URL | boundwork validate -          RDF from standard input
  boundwork validate --format html > findings.html
  boundwork validate --together               contradictions, overlaps, gaps
  boundwork validate --write-baseline known.csv
  boundwork validate --baseline known.csv     only what is new since then
  boundwork validate --watch                  again at each save; Ctrl-C ends it
  boundwork validate --ontology               labels, definitions, cycles ...
  boundwork validate studies -o found --engine spark
                                              many studies, findings as a table
"""
RDF = (".ttl", ".nt", ".nq", ".trig", ".turtle", ".jsonld", ".rdf", ".xml", ".owl")
FORMATS = ("text", "json", "csv", "html", "sarif", "junit", "github")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("what", nargs="*", metavar="STUDY|FILE", help="one study, or one or more RDF files (- for standard input)")
    parser.add_argument("--shapes", action="append", metavar="FILE", help="use these shapes instead of the shipped ones (file or folder; again for more)")
    parser.add_argument("--ontology", action="store_true", help="check the ontology instead: the study's with the shipped one, or the files given")
    parser.add_argument("--together", action="store_true", help="also say where coders contradict each other, extracts overlap with clashing codes, a council "
                        "is over-quoted, or a type of council has no extract on a boundary")
    parser.add_argument("--fail-on", choices=("violation", "warning", "info"), default="violation", help="least severity that makes the exit status 1")
    parser.add_argument("--least", choices=("violation", "warning", "info"), default="info", help="least severity that is shown")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="show only what this file does not hold")
    parser.add_argument("--write-baseline", type=Path, metavar="FILE", help="write what is found to this file, as a baseline for later")
    parser.add_argument("--watch", action="store_true", help="validate again whenever a file of the study is saved, and show what changed")
    parser.add_argument("-o", "--output", metavar="DIR", help="write the findings to this folder, as a table in partitions, and print their number; also to an "
                        "address such as hdfs://host/found")
    add_engine(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", metavar="FORMAT", help=f"one of {', '.join(FORMATS)}")
    parser.add_argument("--raw", action="store_true", help="csv: leave cells that start with = + - @ as they are")


def run(args: argparse.Namespace) -> int:
    """Validate and print the findings; 1 when one is at least as bad as --fail-on."""
    from boundwork.cli.options import read_bytes
    from boundwork.cli.output import Progress, reader_note
    from boundwork.explore.validation import rdf_files, validate_files, validate_study
    from boundwork.explore.working_list import work_through, write_baseline
    from boundwork.findings import Severity
    from boundwork.project import find_study
    from boundwork.scale.cluster_files import is_uri
    from boundwork.wording import counted

    _refuse(args)
    if args.engine == "one":
        from boundwork import workers

        workers.limit(1)
    notes: list[str] = []
    progress = Progress()
    shapes = rdf_files(args.shapes) if args.shapes else None
    folder: Path | None = None
    try:
        if args.ontology:
            report, notes = _ontology(args)
        elif _names_files(args.what):
            report = validate_files([Path(w) for w in args.what if w != "-"], shapes, read_bytes() if "-" in args.what else None)
        elif args.output or args.partitions or args.work or any(map(is_uri, args.what)):
            return _to_folder(args, shapes, progress)
        else:
            folder = find_study(args.what[0] if args.what else None)
            if args.watch:
                from boundwork.cli.watch import watch

                return watch(folder, shapes, Severity.parse(args.least))
            report = _on_spark(folder, shapes, args, progress) if args.engine == "spark" else validate_study(folder, shapes, progress, args.together)
            if not args.what and folder not in (Path.cwd(), *Path.cwd().parents):
                notes = [f"No study.toml stands in this folder or above it: this is the shipped study {folder.name}."]
        working = work_through(report, folder, args.baseline)
    finally:
        progress.clear()
    if args.write_baseline:
        notes.append(f"{counted(write_baseline(working, args.write_baseline), 'finding')} written to {args.write_baseline}.")
    if args.baseline:
        notes.append(f"{counted(working.known, 'finding')} of {args.baseline} left out; {working.gone} of it no longer there.")
    _print(args, report, working)
    for note in notes:
        reader_note(note)
    return 1 if report.reaches(Severity.parse(args.fail_on)) else 0


def _on_spark(folder: Path, shapes: list[Path] | None, args: argparse.Namespace, progress: Progress) -> Report:
    """Validate on Spark; the findings are brought here, since they are to be printed."""
    from boundwork.scale.engines import engine_named
    from boundwork.scale.validate import validate_for_report

    return validate_for_report(folder, lambda: engine_named("spark", args.master), shapes, progress, args.together)


def _to_folder(args: argparse.Namespace, shapes: list[Path] | None, progress: Progress) -> int:
    """Write the findings on one study or a folder of studies to a folder; 1 when one is at least as bad as --fail-on."""
    from boundwork.cli.output import reader_note
    from boundwork.errors import UsageError
    from boundwork.findings import Severity
    from boundwork.scale.engines import engine_named
    from boundwork.scale.stores import validate_at
    from boundwork.wording import counted

    if not args.output:
        raise UsageError("A validation in partitions writes a folder.", "Name it with -o DIR.")
    if args.watch or args.baseline or args.write_baseline or args.format != "text":
        raise UsageError("-o writes a table of findings, and takes no --format, --watch or baseline.", "Leave the other options out, or -o.")
    made = validate_at(args.what[0] if args.what else None, args.output, lambda: engine_named(args.engine, args.master), args.partitions, shapes,
                       args.together, args.work, progress)
    found = {s: made.manifest["findings"].get(s.word, 0) for s in sorted(Severity, reverse=True)}
    accepted = f" ({made.manifest['accepted']:,} accepted with a reason)" if made.manifest.get("accepted") else ""
    print(f"{', '.join(counted(n, s.word) for s, n in found.items())}{accepted} in {counted(len(made.manifest['studies']), 'study')}")
    reader_note(f"{'Written' if made.fresh else 'Already up to date'}: {args.output}")
    return 1 if any(n for s, n in found.items() if s >= Severity.parse(args.fail_on)) else 0


def _print(args: argparse.Namespace, report: Report, working: WorkingList) -> None:
    from boundwork.cli.output import listing, reader_note, width, wrapped
    from boundwork.explore import reports
    from boundwork.findings import Finding, Severity

    least = Severity.parse(args.least)
    found = [f for f in report.sorted() if f.severity >= least]
    columns = list(Finding(Severity.INFO, "", "").as_row())
    if args.format == "text":
        if found:
            print(reports.as_text(found, width() or 100) + "\n")
        for line in reports.tallied(found):
            print(wrapped(line))
        print(wrapped(reports.summary(report)))
    elif args.format in ("json", "csv"):
        listing([dict(f.as_row()) for f in found], columns, args.format, args.raw)
    elif args.format == "html":
        from boundwork.explore.findings_page import page

        print(page(found, working, reports.summary(report)))
    else:
        print({"sarif": reports.as_sarif, "junit": reports.as_junit, "github": reports.as_github}[args.format](found))
    if args.format not in ("text", "html"):
        reader_note(reports.summary(report))


def _refuse(args: argparse.Namespace) -> None:
    from boundwork.errors import UsageError

    if "-" in args.what and (args.ontology or args.what.count("-") > 1):
        raise UsageError("Standard input can be read once, and by a validation of data.", "Name the other files; --ontology takes files or a study.")
    if args.watch and (args.ontology or _names_files(args.what) or args.format != "text" or args.baseline or args.write_baseline):
        raise UsageError("--watch looks at a study, shows text, and takes no baseline.", "Leave the other options out.")
    if (args.output or args.partitions) and (args.ontology or _names_files(args.what)):
        raise UsageError("-o and --partitions are for studies.", "Leave them out: findings on RDF files go to standard output.")
    if args.baseline and args.write_baseline and args.baseline.resolve() == args.write_baseline.resolve():
        raise UsageError("--baseline leaves out what --write-baseline would have to hold.", "Write the new baseline without --baseline.")


def _names_files(what: list[str]) -> bool:
    return len(what) > 1 or (bool(what) and (what[0] == "-" or Path(what[0]).suffix.lower() in RDF))


def _ontology(args: argparse.Namespace) -> tuple[Report, list[str]]:
    from boundwork.errors import UsageError
    from boundwork.explore.ontology_gate import check_files, check_study
    from boundwork.explore.validation import rdf_files
    from boundwork.project import find_study

    if args.shapes:
        raise UsageError("--ontology asks the checks of queries/check and takes no --shapes.", "Leave one of the two out.")
    folder = len(args.what) == 1 and Path(args.what[0]).is_dir() and not (Path(args.what[0]) / "study.toml").is_file()
    if _names_files(args.what) or folder:
        return check_files(rdf_files(args.what))
    return check_study(find_study(args.what[0] if args.what else None))
