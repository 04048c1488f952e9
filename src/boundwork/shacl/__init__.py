"""SHACL in, findings out. pyshacl and rdflib are imported in shacl.reference only, and only when something needs them."""

from boundwork.shacl.codebook import CodebookRules, codebook_rules
from boundwork.shacl.engine import ShapeInfo, check, describe, found_at, load_shapes, rdf_suffixes, read, results, shape_files
from boundwork.shacl.facts import Facts
from boundwork.shacl.lint import lint
from boundwork.shacl.parted import Parted, check_parted, read_lines
from boundwork.shacl.reference import parse
from boundwork.shacl.words import plain

__all__ = ["CodebookRules", "Facts", "Parted", "ShapeInfo", "check", "check_parted", "codebook_rules", "describe", "found_at", "lint", "load_shapes", "parse",
           "plain", "rdf_suffixes", "read", "read_lines", "results", "shape_files"]
