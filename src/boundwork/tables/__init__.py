"""The tables of a study: their columns (schema), rows that know file, line and record (reader), and study.toml (studyfile)."""
