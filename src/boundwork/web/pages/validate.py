"""The findings of the study, filtered, and kept up to date while its tables are edited."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from boundwork.explore import reports
from boundwork.explore.working_list import around, counts
from boundwork.findings import Finding, Severity
from boundwork.web.view import Site, View

_PAUSE = 0.4
_QUIET = 15.0
SHOWN = 500


def page(view: View) -> Response:
    """The findings that the filter leaves."""
    checked = view.site.live.now()
    severity = view.given("severity")
    chosen = checked.chosen(view.given("coder"), view.given("rule"), severity if severity in ("", *checked.counts) else "none", not view.given("open"))
    if view.form == "sarif":
        return view.file(reports.as_sarif(chosen), "sarif", "findings")
    if view.form != "page":
        columns = list(Finding(Severity.INFO, "", "").as_row())
        return view.rows([dict(f.as_row()) for f in chosen], columns, "findings", title=reports.summary(checked.working.report))
    everything = checked.working.report.sorted()
    return view.render("validate.html", checked=checked, chosen=chosen[:SHOWN], left=max(0, len(chosen) - SHOWN), found=len(chosen),
                       summary=reports.summary(checked.working.report), rules=counts(everything)["rule"], severities=checked.counts,
                       coders=sorted({f.coder for f in everything if f.coder}), accepted=len(checked.working.report.accepted()),
                       cells={f: around(f, checked.working.rows.get((f.file, f.row), {})) for f in chosen[:SHOWN]},
                       command=view.command("validate"))


async def events(request: Request) -> Response:
    """Server-sent events: one `checked` with the number of the check when the page opens, and one after each change of the files."""
    site: Site = request.app.state.site
    return StreamingResponse(_events(site), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(site: Site) -> AsyncIterator[str]:
    told, quiet = 0, 0.0
    while True:
        if not site.live.last or await run_in_threadpool(site.live.changed):
            await run_in_threadpool(site.live.now)
        last = site.live.last
        if last and last.number != told:
            told, quiet = last.number, 0.0
            yield f"event: checked\ndata: {json.dumps({'number': last.number, **last.counts})}\n\n"
        elif quiet >= _QUIET:
            quiet = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(_PAUSE)
        quiet += _PAUSE
