"""`python -m boundwork` is the `boundwork` command."""

from boundwork.cli.main import main

main()
