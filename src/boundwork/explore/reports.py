"""Findings in the formats that people and tools read: text, json, csv, html, SARIF 2.1.0, JUnit and GitHub annotations."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from itertools import groupby
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from boundwork import __version__
from boundwork.explore.working_list import counts
from boundwork.findings import Finding, Report, Severity
from boundwork.tables.schema import TABLES
from boundwork.wording import counted, folded

FORMATS = ("text", "json", "csv", "html", "sarif", "junit", "github")
_LEVEL = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_NOTICE = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def summary(report: Report) -> str:
    """One line: how many findings of each severity, and what was looked at.

    >>> summary(Report())
    '0 violations, 0 warnings, 0 infos'
    """
    count, accepted = report.count(), len(report.accepted())
    words = ", ".join(counted(count[s], s.word) for s in sorted(Severity, reverse=True))
    looked = ", ".join(counted(n, TABLES[name].thing if name in TABLES else name.removesuffix("s")) for name, n in report.looked_at.items() if n)
    return words + (f" ({accepted} accepted with a reason)" if accepted else "") + (f" in {looked}" if looked else "")


def tallied(findings: Iterable[Finding]) -> list[str]:
    """Lines that count the open findings by rule and by coder; empty where one finding or none is open."""
    open_ = [f for f in findings if not f.accepted]
    if len(open_) < 2:
        return []
    return [f"By {name}: {', '.join(f'{n} {v}' for v, n in found)}." for name, found in counts(open_).items() if found]


def as_text(findings: list[Finding], wrap: int) -> str:
    """Findings grouped by place, folded to a width."""
    lines = []
    for place, group in groupby(findings, key=lambda f: (f.file, f.line, f.subject if not f.line else "")):
        first = True
        for f in group:
            if first:
                who = ", ".join(x for x in (f"coder {f.coder}" if f.coder else "", f"extract {f.extract}" if f.extract else "") if x)
                where = f"{place[0]}:{place[1]}" if place[0] and place[1] else "  ".join(x for x in (place[0], place[2]) if x) or "-"
                lines.append(where + (f"  ({who})" if who else ""))
                first = False
            cell = f"{f.column} = {_short(f.value)}" if f.column and f.value else f"{f.column} is blank" if f.column and f.line > 1 else f.column
            head = f"  {f.severity.word}  {f.rule}"
            beside = f"{head}  [{cell}]" if cell else head
            lines += [beside] if len(beside) <= wrap else [head, *(f"    {line}" for line in folded(f"[{cell}]", max(40, wrap - 4)))]
            lines += [f"    {line}" for line in folded(f.message, max(40, wrap - 4))]
            if f.accepted:
                lines += [f"    {line}" for line in folded(f"Accepted: {f.accepted}", max(40, wrap - 4))]
    return "\n".join(lines)


def _short(value: str, most: int = 60) -> str:
    line = " ".join(value.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def as_sarif(findings: list[Finding]) -> str:
    """Findings as a SARIF 2.1.0 log; regions are lines of the tables."""
    rules = sorted({f.rule for f in findings})
    results = []
    for f in findings:
        result: dict[str, object] = {"ruleId": f.rule, "ruleIndex": rules.index(f.rule), "level": _LEVEL[f.severity], "message": {"text": f.message}}
        if f.file:
            place: dict[str, object] = {"artifactLocation": {"uri": quote(f.file.replace("\\", "/"))}}
            if f.line:
                place["region"] = {"startLine": f.line}
            result["locations"] = [{"physicalLocation": place}]
        if f.accepted:
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": f.accepted}]
        results.append(result)
    driver = {"name": "boundwork", "version": __version__, "informationUri": "https://w3id.org/boundwork", "rules": [{"id": r} for r in rules]}
    return json.dumps({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
                       "runs": [{"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}]}, ensure_ascii=False, indent=1)


def as_junit(findings: list[Finding]) -> str:
    """Findings as JUnit XML: a test case a finding, warnings and infos as passed cases with output."""
    bad = sum(f.severity == Severity.VIOLATION and not f.accepted for f in findings)
    skipped = sum(bool(f.accepted) for f in findings)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>',
             f'<testsuite name="boundwork validate" tests="{max(1, len(findings))}" failures="{bad}" skipped="{skipped}">']
    if not findings:
        lines.append('  <testcase classname="boundwork" name="no findings"/>')
    for f in findings:
        lines.append(f"  <testcase classname={quoteattr(f.rule)} name={quoteattr(f.place)}>")
        if f.accepted:
            lines += [f"    <skipped message={quoteattr(f.accepted)}/>", f"    <system-out>{escape(f.message)}</system-out>", "  </testcase>"]
            continue
        tag = "failure" if f.severity == Severity.VIOLATION else "system-out"
        lines.append(f"    <{tag}{f' message={quoteattr(f.message)}' if tag == 'failure' else ''}>{escape(f.message)}</{tag}>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>"])


def as_github(findings: Iterable[Finding]) -> str:
    """Findings as GitHub workflow commands."""
    def clean(text: str, more: bool = False) -> str:
        text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        return text.replace(":", "%3A").replace(",", "%2C") if more else text

    lines = []
    for f in findings:
        place = "".join([f"file={clean(f.file, True)}," if f.file else "", f"line={f.line}," if f.line else ""])
        kind, said = ("notice", f"{f.message} Accepted: {f.accepted}") if f.accepted else (_NOTICE[f.severity], f.message)
        lines.append(f"::{kind} {place}title={clean(f.rule, True)}::{clean(said)}")
    return "\n".join(lines)
