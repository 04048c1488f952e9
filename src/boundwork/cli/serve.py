"""boundwork serve: the explorer in a browser, and a SPARQL endpoint, on this machine alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from boundwork.cli.options import add_reading, add_store, group_size

HELP = "look at a study in a browser"
DESCRIPTION = """Open the explorer: the study, matrices, questions, derivations, codings side by side, findings that are kept up to date while you
edit the tables, the ontology, and a SPARQL endpoint at /sparql. It listens on 127.0.0.1 alone, changes nothing, and ends with Ctrl-C."""
EXAMPLES = """\
examples:
  boundwork serve
  boundwork serve mystudy --port 8400
  boundwork serve --text paper.txt --no-browser
  boundwork serve mystudy --public       without text, names and notes
"""


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:6]) < 65536):
        raise argparse.ArgumentTypeError(f"'{text}' is no port, such as 8321; 0 takes a free one")
    return int(text)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("study", nargs="?", metavar="STUDY", help="folder with study.toml, or the name of a shipped study (default: the enclosing study)")
    parser.add_argument("--port", type=_port, default=8321, metavar="N", help="listen on this port; 0 takes a free one (default 8321)")
    parser.add_argument("--text", action="append", type=Path, default=[], metavar="FILE",
                        help="the text of a source, to show the words of its extracts; again for another source")
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    parser.add_argument("--public", action="store_true", help="serve only what a public build holds, as it is when the server starts; "
                        "--reading takes the study's own name of a reading")
    parser.add_argument("--least", type=group_size, default=5, metavar="K", help="with --public: an attribute stays where K councils or speakers share it "
                        "(default: 5)")
    parser.add_argument("--offsets", action="store_true", help="with --public: the places of extracts in their sources stay")
    add_reading(parser)
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from boundwork.cli.output import Progress, reader_note, wrapped
    from boundwork.errors import UsageError
    from boundwork.explore.exchanging import published
    from boundwork.explore.session import open_study
    from boundwork.project import find_study
    from boundwork.web.serving import serve

    folder = find_study(args.study)
    if args.public and args.text:
        raise UsageError("--public leaves out the texts that --text shows.", "Use one of the two.")
    if args.reading:
        open_study(str(folder)).study.reading(args.reading)
    progress = Progress()

    def started(address: str) -> None:
        progress.clear()
        print(address, flush=True)
        what = f"what may be public of {folder.name}" if args.public else folder.name
        reader_note(f"The explorer of {what} is at this address, on this machine alone. Ctrl-C ends it.")
        if not args.no_browser:
            import webbrowser

            webbrowser.open(address)

    store, debug = Path(args.store) if args.store else None, bool(getattr(args, "debug", False))
    if args.public:
        with published(folder, store, args.reading, args.least, args.offsets, progress) as (public, build, reading, left_out):
            progress.clear()
            for line in left_out:
                reader_note(wrapped(line))
            serve(public, args.port, started, store, reading, (), progress, debug, build)
    else:
        serve(folder, args.port, started, store, args.reading, tuple(args.text), progress, debug)
    return 0
