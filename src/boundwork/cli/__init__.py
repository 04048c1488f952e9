"""The command line: one module a verb, each a thin face over level 4."""
