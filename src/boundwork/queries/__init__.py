"""Stored queries: a file with a question, typed parameters and SPARQL in; text that is safe to run out. No engine here."""
