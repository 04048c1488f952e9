"""Findings as one HTML page that needs nothing else: sorted by a click, with the row around each cell, for eyes, ears and phones."""

from __future__ import annotations

from html import escape
from pathlib import Path

from boundwork.explore.working_list import Cells, WorkingList, around
from boundwork.findings import Finding

_STYLE = """
:root { color-scheme: light dark; --line: #767676; --soft: #f2f2f2; --text: #1a1a1a; --page: #fff; --bad: #9b1c1c; --warn: #7a4b00; --info: #1d4f91; }
@media (prefers-color-scheme: dark) { :root { --line: #9a9a9a; --soft: #2a2a2a; --text: #f0f0f0; --page: #161616; --bad: #ff9c9c; --warn: #f2c26b;
 --info: #9cc4ff; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 0 auto; padding: 1rem; max-width: 80rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
td:nth-child(4) { width: 60%; overflow-wrap: anywhere; }
th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: .2rem 0; min-height: 2rem; cursor: pointer; }
th button { text-align: left; }
th button:focus-visible, a:focus-visible { outline: 3px solid var(--info); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\2191"; } th[aria-sort=descending] button::after { content: " \\2193"; }
.violation { color: var(--bad); font-weight: 700; } .warning { color: var(--warn); font-weight: 700; } .info { color: var(--info); font-weight: 700; }
dl { margin: .3rem 0 0; font-size: .9rem; background: var(--soft); padding: .3rem .5rem; }
dl div { display: flex; gap: .5rem; } dt { min-width: 8rem; } dt::after { content: ":"; } dd { margin: 0; overflow-wrap: anywhere; }
.meant { font-weight: 700; text-decoration: underline; }
.accepted { border-left: 4px solid var(--line); padding-left: .5rem; margin: .3rem 0 0; }
@media (max-width: 48rem) {
 thead tr { display: flex; flex-wrap: wrap; gap: 0 1rem; border: 0; } thead th { border: 0; padding: 0; }
 tbody tr { display: block; border: 1px solid var(--line); margin: 0 0 1rem; padding: .3rem; }
 td:nth-child(n), th[scope=row] { display: block; width: auto; border: 0; padding: .2rem .4rem;
  overflow-wrap: anywhere; }
 td::before, th[scope=row]::before { content: attr(data-name) ": "; font-weight: 600; }
}
"""
_SCRIPT = """
for (const [at, head] of [...document.querySelectorAll("thead th")].entries()) {
  const button = document.createElement("button");
  button.type = "button"; button.textContent = head.textContent; head.replaceChildren(button);
  button.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending", body = document.querySelector("tbody");
    for (const other of document.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.children[at].dataset.key;
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    body.replaceChildren(...[...body.children].sort((a, b) => (up ? 1 : -1) * compare(key(a), key(b))));
    document.querySelector("#said").textContent = `Sorted by ${button.textContent}, ${up ? "ascending" : "descending"}.`;
  });
}
"""


def page(findings: list[Finding], working: WorkingList, summary: str) -> str:
    """Return the page for these findings; `working` has the rows that they stand in. It can be read without its script."""
    rows = "\n".join(_row(f, working.rows.get((f.file, f.row), {})) for f in findings)
    none = "" if findings else "<p>Nothing was found.</p>"
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Place", "Severity", "Rule", "What to do", "Coder", "Extract"))
    table = (f"<table><caption>One finding a row. A click on a head sorts.</caption><thead><tr>{heads}</tr></thead>\n"
             f"<tbody>\n{rows}\n</tbody></table>" if findings else "")
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>boundwork validate</title><style>{_STYLE}</style></head>\n<body><a class=\"skip\" href=\"#findings\">To the findings</a>\n"
            f"<header><h1>boundwork validate</h1><p>{escape(summary)}.</p></header>\n<main id=\"findings\">{none}{table}</main>\n"
            f'<p id="said" role="status" aria-live="polite"></p>\n<script>{_SCRIPT}</script></body></html>')


def _row(f: Finding, cells: Cells) -> str:
    place = f"{Path(f.file).name}:{f.line}" if f.file and f.line else f.file or f.subject or "-"
    order = {"violation": "1", "warning": "2", "info": "3"}[f.severity.word]

    def cell(name: str, inner: str, key: str, tag: str = "td", more: str = "") -> str:
        return f'<{tag}{more} data-name="{name}" data-key="{escape(key)}">{inner}</{tag}>'

    accepted = f'<p class="accepted">Accepted: {escape(f.accepted)}</p>' if f.accepted else ""
    where = f"{escape(place)}{f'<br>{escape(f.column)}' if f.column else ''}"
    said = f"{escape(f.message)}{accepted}{_around(f, cells)}"
    return "<tr>" + "".join((
        cell("Place", where, place, "th", ' scope="row"'), cell("Severity", f'<span class="{f.severity.word}">{f.severity.word}</span>', order),
        cell("Rule", escape(f.rule), f.rule), cell("What to do", said, f.message), cell("Coder", escape(f.coder) or "-", f.coder),
        cell("Extract", escape(f.extract) or "-", f.extract))) + "</tr>"


def _around(f: Finding, cells: Cells) -> str:
    """The cell that is meant between its neighbours, and the id of the row."""
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd{' class=meant' if meant else ''}>{escape(value) or '(blank)'}</dd></div>"
                    for name, value, meant in around(f, cells))
    return f"<dl>{shown}</dl>" if shown else ""
