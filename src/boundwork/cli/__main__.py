"""`python -m boundwork.cli` is the `boundwork` command."""

from boundwork.cli.main import main

main()
