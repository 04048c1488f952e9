"""boundwork completion: a script that completes commands and options in the shell."""

from __future__ import annotations

import argparse

HELP = "print a script for shell completion"
DESCRIPTION = "Print a script that completes boundwork's commands and options in bash, zsh or tcsh."
EXAMPLES = """\
examples:
  boundwork completion bash > ~/.bash_completion.d/boundwork
  boundwork completion zsh > ~/.zfunc/_boundwork
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    from boundwork.cli.main import parser

    print(shtab.complete(parser(), args.shell))
    return 0
