"""The formats that export writes, by name."""

from __future__ import annotations

RDF = ("turtle", "ttl", "nt", "trig", "nq")
FORMATS = ("qdpx", "qdc", "csv", "xlsx", "jsonld", *RDF)
BINARY = ("qdpx", "xlsx")
"""Formats that are no text."""
