"""Rows of a study's tables in, N-Triples lines per named graph out: the same bytes for the same rows, each row traceable."""

from boundwork.populate.study import Population, Populator, populate, populated

__all__ = ["Population", "Populator", "populate", "populated"]
