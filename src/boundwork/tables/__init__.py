"""The tables of a study: their columns (schema), and rows that know file, line and column (reader). No RDF library, no engine."""

from boundwork.tables.reader import Row, Table, read_table
from boundwork.tables.schema import TABLES, Column, TableSpec
from boundwork.tables.studyfile import Study, read_study

__all__ = ["TABLES", "Column", "Row", "Study", "Table", "TableSpec", "read_study", "read_table"]
