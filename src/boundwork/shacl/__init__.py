"""SHACL in, findings out; pyshacl is imported in shacl.engine only."""

from boundwork.shacl.engine import ShapeInfo, check, describe, lint, load_shapes, parse, parse_n_triples, plain, rdf_suffixes, shape_files

__all__ = ["ShapeInfo", "check", "describe", "lint", "load_shapes", "parse", "parse_n_triples", "plain", "rdf_suffixes", "shape_files"]
