"""SHACL in, findings out. pyshacl and rdflib are imported in shacl.reference only, and only when something needs them."""

from boundwork.shacl.engine import ShapeInfo, check, describe, load_shapes, rdf_suffixes, read, results, shape_files
from boundwork.shacl.facts import Facts
from boundwork.shacl.lint import lint
from boundwork.shacl.reference import parse
from boundwork.shacl.words import plain

__all__ = ["Facts", "ShapeInfo", "check", "describe", "lint", "load_shapes", "parse", "plain", "rdf_suffixes", "read", "results", "shape_files"]
