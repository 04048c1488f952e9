"""What each key of study.toml means, section by section: the words of the reference. docs/generate.py holds them to the reader's own list of keys."""

from __future__ import annotations

STUDY_KEYS: dict[str, dict[str, str]] = {
    "study": {
        "format": "Layout of the file and the tables, a whole number. Default `1`, the only one so far; a higher one is refused.",
        "id": "Part of every IRI of the study: letters, digits, `-`, `_`, `.`. Required.",
        "title": "Title of the study. Required.",
        "version": "Version of the study's data. Default `0.1.0`.",
        "codebook-version": "Version of the codebook that codings are made under unless column `codebook` says otherwise. Default `1.0.0`.",
        "description": "What was asked, of whom, and when.",
        "licence": "Licence of the study's data; an IRI where there is one.",
        "citation": "How to cite the study.",
        "anonymised": "`true`: councils have no names, and the shapes hold the study to that. Default `false`.",
        "public": "`true` in the tables that a public build is made of: extracts may be without their place. Default `false`.",
        "default-reading": "The reading that answers rest on unless `--reading` names another. Default: the first.",
    },
    "field": {
        "id": "Id of the field as a whole, used in the columns `about` and `speaks_for`. Default `field`.",
        "label": "What a reader sees.",
        "description": "What the field is.",
        "interviews": "Interviews that belong to no council.",
        "note": "For readers of the file; it does not enter the graph.",
    },
    "coders": {
        "label": "What a reader sees. `[coders.NAME]`; NAME stands in column `coder`.",
        "description": "Who or what the coder is, and what the coder saw.",
    },
    "readings": {
        "label": "What a reader sees. `[readings.NAME]`; NAME is what `--reading` takes.",
        "description": "What the reading may be taken for; printed under every answer.",
        "coders": "List of the coders whose codings count together. Required.",
        "adjudicated": "`true`: of these coders' codings only those that `decisions.csv` keeps.",
    },
    "waves": {
        "label": "What a reader sees. `[waves.NAME]`; NAME stands in column `wave`.",
        "start-year": "First year, a whole number.",
        "end-year": "Last year, a whole number.",
    },
    "publish": {
        "quotes": "`true`: column `quote` enters the graph. Default `false`.",
        "notes": "`true`: the columns `note` enter the graph. Default `false`.",
    },
    "override": {
        "rule": "`[[override]]`, once per rule: the shape that the study sets aside.",
        "reason": "Why. Required.",
        "by": "Who says so.",
    },
    "thresholds": {
        "disclosure": "Least number of real councils that share what an anonymised study publishes about a case. Default 10.",
        "agreement": "Least agreement between coders that the study asks for: Krippendorff's alpha over sets, from -1 to 1, for each dimension and over all.",
    },
}
