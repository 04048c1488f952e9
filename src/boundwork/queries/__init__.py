"""Stored queries: a file with a question, typed parameters and SPARQL in; text that is safe to run out. No engine here."""

from boundwork.queries.stored import Parameter, StoredQuery, read_query, stored_queries

__all__ = ["Parameter", "StoredQuery", "read_query", "stored_queries"]
